import itertools
import pickle
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import TIES, games

from negotiation.errors import GameError
from negotiation.normal_form import NormalForm, pure_equilibria
from negotiation.normal_form.two_by_two import OrdinalType, classify_two_by_two

ORDERS = list(itertools.permutations((1, 2, 3, 4)))


def game_of(one, two):
    return NormalForm.from_arrays(
        np.reshape(one, (2, 2)).tolist(), np.reshape(two, (2, 2)).tolist()
    )


def symmetric(r, s, t, p):
    return NormalForm.from_arrays([[r, s], [t, p]], [[r, t], [s, p]])


@pytest.fixture(scope="module")
def strict():
    """All 576 strict ordinal games with what they are classified as."""
    return {(a, b): classify_two_by_two(game_of(a, b)) for a in ORDERS for b in ORDERS}


def relabelled(a, b, rows, columns):
    """Exchange rows and/or columns, written out."""
    a, b = np.reshape(a, (2, 2)), np.reshape(b, (2, 2))
    if rows:
        a, b = a[::-1], b[::-1]
    if columns:
        a, b = a[:, ::-1], b[:, ::-1]
    return tuple(a.ravel().tolist()), tuple(b.ravel().tolist())


def exchanged(a, b):
    a, b = np.reshape(a, (2, 2)), np.reshape(b, (2, 2))
    return tuple(b.T.ravel().tolist()), tuple(a.T.ravel().tolist())


def test_types_are_the_orbits_of_exchanging_rows_and_columns(strict):
    orbits = {frozenset(relabelled(a, b, r, c) for r in (0, 1) for c in (0, 1)) for a, b in strict}
    assert len(orbits) == 144
    keys = [{strict[member].type.key for member in orbit} for orbit in orbits]
    assert all(len(own) == 1 for own in keys)
    assert len(set().union(*keys)) == 144


def test_classes_are_the_orbits_with_exchange_of_players(strict):
    by_class = {}
    for (a, b), result in strict.items():
        swapped = strict[exchanged(a, b)].type
        assert swapped == result.type.exchanged
        assert swapped.class_key == result.type.class_key
        by_class.setdefault(result.type.class_key, set()).add(result.type.key)
    assert len(by_class) == 78
    assert Counter(map(len, by_class.values())) == {1: 12, 2: 66}


def test_the_twelve_symmetric_types_are_the_games_equal_to_their_own_exchange(strict):
    found = {result.type.key for result in strict.values() if result.type.symmetric}
    by_definition = {classify_two_by_two(symmetric(*order)).type.key for order in ORDERS}
    assert found == by_definition
    assert len(found) == 12
    assert len({OrdinalType(key).name for key in found}) == 12


def test_equilibria_dominance_and_families_follow_from_the_payoffs(strict):
    counts = Counter()
    for (a, b), result in strict.items():
        game, kind = result.game, result.type
        pure = pure_equilibria(game)
        assert len(kind.equilibria) == len(pure)
        A, B = np.reshape(a, (2, 2)), np.reshape(b, (2, 2))
        assert kind.dominant == (
            bool((A[0] > A[1]).all() or (A[0] < A[1]).all()),
            bool((B[:, 0] > B[:, 1]).all() or (B[:, 0] < B[:, 1]).all()),
        )
        both = any(x == y == 4 for x, y in zip(a, b, strict=True))
        beaten = [
            place
            for place in pure
            if any(A[o] > A[place] and B[o] > B[place] for o in np.ndindex(2, 2))
        ]
        if not pure:
            family = "cyclic"
        elif both:
            family = "concordant"
        elif len(pure) == 2:
            family = "contested"
        else:
            family = "tragic" if beaten else "unequal"
        assert kind.family == family
        counts[family] += 1
    # four games make a type; seven types have an equilibrium worse for both
    assert {name: count // 4 for name, count in counts.items()} == {
        "cyclic": 18,
        "concordant": 36,
        "contested": 9,
        "tragic": 7,
        "unequal": 74,
    }


CLASSICS = {
    "prisoners' dilemma": symmetric(3, 0, 5, 1),
    "chicken": symmetric(3, 1, 5, 0),
    "stag hunt": symmetric(5, 0, 3, 1),
    "deadlock": symmetric(1, 0, 3, 2),
    "battle of the sexes": symmetric(1, 2, 3, 0),
    "hero": symmetric(1, 3, 2, 0),
    "harmony": symmetric(3, 2, 1, 0),
    "called bluff": NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [1, 0]]),
    "bully": NormalForm.from_arrays([[3, 1], [5, 0]], [[1, 3], [0, 2]]),
}


@pytest.mark.parametrize("name", CLASSICS)
def test_classics_have_their_names(name):
    result = classify_two_by_two(CLASSICS[name])
    assert result.strict
    assert result.name == result.type.common_name == name
    assert str(result.type) == name
    assert name in str(result)
    assert result.to_dict()["key"] == result.type.key


def test_labels_that_are_no_common_names():
    kind = classify_two_by_two(symmetric(4, 2, 3, 1)).type
    assert (kind.common_name, kind.name) == (None, "concord")
    mixed = classify_two_by_two(NormalForm.from_arrays([[3, 0], [5, 1]], [[5, 3], [0, 1]])).type
    assert (mixed.common_name, mixed.also) == (None, ())
    assert " against " in mixed.name
    assert classify_two_by_two(CLASSICS["chicken"]).type.also == ("hawk-dove",)


def test_swaps_are_involutions_and_make_a_regular_graph(strict):
    for (a, b), result in strict.items():
        assert [(n.player, n.ranks) for n in result.neighbours] == [
            (player, (k, k + 1)) for player in ("player 1", "player 2") for k in (1, 2, 3)
        ]
        for n in result.neighbours:
            low, high = n.ranks
            trade = {low: high, high: low}
            values = [list(a), list(b)]
            p = ("player 1", "player 2").index(n.player)
            assert n.profiles == tuple(
                "/".join(result.game.names(divmod(values[p].index(k), 2))) for k in n.ranks
            )
            values[p] = [trade.get(v, v) for v in values[p]]
            there = strict[tuple(values[0]), tuple(values[1])]
            assert n.types == there.types
            assert n.gap == 1
            assert there.neighbour(p, low).types == result.types
    steps = {}
    for result in strict.values():
        own = frozenset(n.types[0].key for n in result.neighbours)
        assert len(own) == 6
        assert steps.setdefault(result.type.key, own) == own
    seen, todo = set(), [next(iter(steps))]
    while todo:
        key = todo.pop()
        if key not in seen:
            seen.add(key)
            todo += steps[key]
    assert len(seen) == 144


def test_one_swap_makes_a_stag_hunt():
    almost = NormalForm.from_arrays([[5, 0], [3, 1]], [[5, "1.5"], [0, 2]], players=["us", "ru"])
    # ru: 5 at best, then 2 and 1.5: exchanging these two makes a stag hunt
    result = classify_two_by_two(almost)
    found = [n for n in result.neighbours if [k.name for k in n.types] == ["stag hunt"]]
    assert len(found) == 1
    assert str(found[0]) == (
        "one swap of the 2 and the 3 of ru (row 1/column 2 and row 2/column 2, 0.5 apart) "
        "away from stag hunt"
    )
    assert found[0].gap == Fraction(1, 2)


def literal_types(game):
    """The types reached by arbitrarily small changes: add every order of four small numbers."""
    reached = set()
    sizes = [abs(a - b) for array in game.payoffs for a in array.flat for b in array.flat if a != b]
    small = min(sizes, default=Fraction(1)) / 10
    for one in ORDERS:
        for two in ORDERS:
            moved = [
                array + np.reshape([small * k for k in order], (2, 2))
                for array, order in zip(game.payoffs, (one, two), strict=True)
            ]
            reached.add(classify_two_by_two(NormalForm.from_arrays(*moved)).type.key)
    return reached


@given(game=games(entries=TIES, low=2, high=2))
@settings(max_examples=2, deadline=None)
def test_ties_are_resolved_to_all_types_within_reach(game):
    result = classify_two_by_two(game)
    assert {kind.key for kind in result.types} == literal_types(game)
    assert list(result.types) == sorted(result.types)


@given(
    game=games(entries=st.integers(0, 4), low=2, high=2),
    rows=st.booleans(),
    columns=st.booleans(),
    factor=st.integers(1, 10**20),
)
@settings(max_examples=60, deadline=None)
def test_invariance_under_relabelling_and_rescaling(game, rows, columns, factor):
    result = classify_two_by_two(game)
    A, B = game.payoffs
    moved = [(x[::-1] if rows else x) for x in (A, B)]
    moved = [(x[:, ::-1] if columns else x) for x in moved]
    other = classify_two_by_two(NormalForm.from_arrays(*moved).rescale(0, factor, -7))
    assert other.types == result.types
    assert other.name == result.name
    assert {(n.player, n.ranks, n.types) for n in other.neighbours} == {
        (n.player, n.ranks, n.types) for n in result.neighbours
    }
    mirrored = classify_two_by_two(NormalForm.from_arrays(B.T, A.T))
    assert {kind.exchanged for kind in mirrored.types} == set(result.types)
    assert pickle.loads(pickle.dumps(result)) == result
    assert hash(result) == hash(pickle.loads(pickle.dumps(result)))


def test_matching_pennies_lies_between_cyclic_types():
    result = classify_two_by_two(NormalForm.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]))
    assert {kind.family for kind in result.types} == {"cyclic"}
    assert result.name.startswith("cyclic game like matching pennies")
    assert result.type is None
    assert result.data()["key"] is None
    assert result.neighbours == ()
    assert "No two adjacent payoffs" in str(result)


def test_a_game_without_any_order_borders_on_every_type():
    result = classify_two_by_two(NormalForm.from_arrays([[0, 0], [0, 0]], [[0, 0], [0, 0]]))
    assert len(result.types) == 144
    # called bluff and bully are each the name of two types, one per order of the players
    assert result.name == "between 142 types"


def test_a_tie_of_one_player_lies_between_two_neighbours():
    # the weak prisoners' dilemma: the punishment equals the sucker's payoff, for player 2
    result = classify_two_by_two(NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 0]]))
    assert {kind.name for kind in result.types} == {"prisoners' dilemma", "called bluff"}
    assert result.name in (
        "between prisoners' dilemma and called bluff",
        "between called bluff and prisoners' dilemma",
    )
    assert not result.strict
    assert result.neighbour("player 2", 1) is None
    assert result.neighbour("player 2", 3).types


def test_bad_input():
    with pytest.raises(GameError, match="a game of 2 by 3 strategies has no ordinal type"):
        classify_two_by_two(NormalForm.from_arrays([[1, 2, 3]] * 2, [[1, 2, 3]] * 2))
    for key in ("3142", "3142 1111", "", 7):
        with pytest.raises(GameError, match="no key of an ordinal type"):
            OrdinalType(key)


def test_the_battle_of_the_sexes_is_found_under_that_name_in_both_versions():
    # each prefers its own favourite alone to the other's alone, or the other way round
    for alone, astray in ((1, 0), (0, 1)):
        game = NormalForm.from_arrays([[3, alone], [astray, 2]], [[2, alone], [astray, 3]])
        kind = classify_two_by_two(game).type
        assert "battle of the sexes" in (kind.name, *kind.also)
        assert "battle of the sexes" in str(classify_two_by_two(game)).split("One swap away")[0]
