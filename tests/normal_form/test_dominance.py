import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import MIXED_SIZES, SMALL, TIES, extreme_by_bases, games, solve

from negotiation.errors import GameError
from negotiation.normal_form import (
    NormalForm,
    dominated_strategies,
    equilibria,
    is_equilibrium,
    iterated_dominance,
    pure_equilibria,
)


def rows_of(game, player):
    """Return one row of payoffs per strategy of the player."""
    return np.moveaxis(game.payoffs[player], player, 0).reshape(game.shape[player], -1)


def best_margin(rows, s):
    """Return the largest margin by which a mixture of the others beats row s, by all bases.

    An optimal vertex of: maximise e subject to sum_r x_r (row_r - row_s) >= e, x a
    distribution over r other than s; every set of equalities is tried.
    """
    others = [r for r in range(len(rows)) if r != s]
    if not others:
        return None
    gains = [[rows[r][t] - rows[s][t] for r in others] for t in range(rows.shape[1])]
    size = len(others)
    equalities = [[int(i == k) for k in range(size)] + [0] for i in range(size)]
    equalities += [[*gain, -1] for gain in gains]
    values = []
    for basis in itertools.combinations(equalities, size):
        point = solve([[1] * size + [0], *basis], [1] + [0] * size)
        if point is not None and min(point[:-1]) >= 0:
            earned = [sum(g * w for g, w in zip(gain, point[:-1], strict=True)) for gain in gains]
            values.append(min(earned))
    return max(values)


@pytest.mark.parametrize("entries", [TIES, SMALL, MIXED_SIZES])
@given(data=st.data())
@settings(max_examples=40)
def test_strict_dominance_is_found_exactly_where_a_mixture_wins(entries, data):
    game = data.draw(games(entries=entries, high=4))
    for p in (0, 1):
        rows = rows_of(game, p)
        found = {d.strategy: d for d in dominated_strategies(game, p)}
        margins = [best_margin(rows, s) for s in range(len(rows))]
        expected = {
            name
            for name, margin in zip(game.strategies[p], margins, strict=True)
            if margin is not None and margin > 0
        }
        assert found.keys() == expected
        for name, dominance in found.items():
            s = game.strategy_index(p, name)
            gains = [
                sum(w * rows[game.strategy_index(p, r)][t] for r, w in dominance.by) - rows[s][t]
                for t in range(rows.shape[1])
            ]
            assert min(gains) == dominance.margin > 0
            assert sum(w for _, w in dominance.by) == 1
            assert all(w > 0 for _, w in dominance.by)
            assert not found.keys() & {r for r, _ in dominance.by}


@given(games(entries=TIES, players=3, high=3))
@settings(max_examples=40)
def test_pure_dominance_is_the_definition(game):
    for p in range(3):
        rows = rows_of(game, p)
        for kind in ("strict", "weak"):
            expected = {
                name
                for name, own in zip(game.strategies[p], rows, strict=True)
                if any(
                    all(a > b for a, b in zip(row, own, strict=True))
                    if kind == "strict"
                    else all(a >= b for a, b in zip(row, own, strict=True)) and any(row > own)
                    for row in rows
                )
            }
            found = dominated_strategies(game, p, kind=kind, mixed=False)
            assert {d.strategy for d in found} == expected
            assert not expected & {r for d in found for r, _ in d.by}


@given(games(entries=TIES, low=2, high=4))
@settings(max_examples=50)
def test_elimination_keeps_every_equilibrium_and_nothing_dominated_is_played(game):
    result = iterated_dominance(game)
    kept = [set(own) for own in result.surviving]
    for profile in equilibria(game).profiles:
        for p, support in enumerate(profile.supports):
            assert {game.strategies[p][i] for i in support} <= kept[p]
    reduced = {
        tuple(tuple(w for w in s if w) for s in pair) for pair in extreme_by_bases(result.reduced)
    }
    full = {
        tuple(tuple(w for w in s if w) for s in profile.strategies)
        for profile in equilibria(game).profiles
    }
    assert reduced == full
    assert iterated_dominance(result.reduced).steps == ()


def test_a_strategy_dominated_by_a_mixture_only():
    game = NormalForm.from_arrays([[3, 0], [0, 3], [1, 1]], np.zeros((3, 2), dtype=int))
    (found,) = dominated_strategies(game, 0)
    assert found.by == (("row 1", Fraction(1, 2)), ("row 2", Fraction(1, 2)))
    assert found.margin == Fraction(1, 2)
    assert dominated_strategies(game, 0, mixed=False) == ()


def test_the_border_case_is_not_dominated():
    game = NormalForm.from_arrays([[2, 0], [0, 2], [1, 1]], np.zeros((3, 2), dtype=int))
    assert dominated_strategies(game, 0) == ()
    near = game.rescale(0, 10**30)
    payoffs = near.payoffs[0].copy()
    payoffs[2] -= 1
    lower = NormalForm.from_arrays(payoffs, near.payoffs[1])
    (found,) = dominated_strategies(lower, 0)
    assert found.margin == 1


def test_dominators_are_undominated_themselves():
    rows = [[9, 0, 4], [0, 9, 4], [3, 3, 3], [2, 2, 2]]
    game = NormalForm.from_arrays(rows, np.zeros((4, 3), dtype=int))
    found = {d.strategy: {r for r, _ in d.by} for d in dominated_strategies(game, 0)}
    assert found["row 3"] == {"row 1", "row 2"}
    assert found.keys() == {"row 3", "row 4"}


def test_a_dominator_that_a_mixture_dominates_is_replaced():
    rows = [[-2, -1], [-1, 0], [-1, 1], [0, 0]]
    game = NormalForm.from_arrays(rows, np.zeros((4, 2), dtype=int))
    found = {d.strategy: d.dominator for d in dominated_strategies(game, 0)}
    assert found == {"row 1": "row 3", "row 2": "0.5 row 3 + 0.5 row 4"}


def test_three_players_and_correlated_beliefs():
    # the middle strategy is best only if the others are believed to play alike
    own = np.array([[[8, 0], [0, 0]], [[4, 0], [0, 4]], [[0, 0], [0, 8]]])
    game = NormalForm.from_arrays(own, np.zeros((3, 2, 2)), np.zeros((3, 2, 2)))
    assert dominated_strategies(game, 0) == ()


def test_the_trace_tells_rounds_and_names():
    game = NormalForm.from_table(
        {"us": ("hold", "yield"), "ru": ("push", "wait", "leave")},
        {
            ("hold", "push"): (0, 1),
            ("hold", "wait"): (2, 2),
            ("hold", "leave"): (3, 0),
            ("yield", "push"): (1, 3),
            ("yield", "wait"): (1, 1),
            ("yield", "leave"): (1, 0),
        },
    )
    result = iterated_dominance(game)
    assert [(s.round, s.player, s.strategy) for s in result.steps] == [(1, "ru", "leave")]
    assert not result.solved
    assert result.rounds == 1
    assert str(result.steps[0]) == "ru: push always earns more than leave, by at least 1"
    assert result.data()["surviving"] == {"us": ["hold", "yield"], "ru": ["push", "wait"]}
    assert result.to_dict()["steps"][0]["by"] == {"push": "1"}
    assert "Surviving" in str(result)
    assert pickle.loads(pickle.dumps(result)) == result


def test_three_rounds():
    game = NormalForm.from_arrays([[1, 1, 0], [0, 0, 2]], [[0, 2, 1], [3, 1, 0]])
    result = iterated_dominance(game)
    assert [(s.round, s.strategy, s.dominator) for s in result.steps] == [
        (1, "column 3", "column 2"),
        (2, "row 2", "row 1"),
        (3, "column 1", "column 2"),
    ]
    assert result.surviving == (("row 1",), ("column 2",))
    assert result.solved
    assert pure_equilibria(game) == ((0, 1),)
    assert "only equilibrium" in result.tables()[1].notes[0]


def test_nothing_to_eliminate_is_said():
    result = iterated_dominance(NormalForm.from_arrays([[0, 0]], [[0, 0]]))
    assert result.tables()[0].notes == ("No strategy is strictly dominated.",)


def best_sum_among_the_never_worse(rows, s):
    """Return the most a mixture of the others that never earns less earns more in sum.

    Every vertex of the mixtures over r other than s with sum_r x_r (row_r - row_s) >= 0 is
    tried by its equalities; None if there is none.
    """
    others = [r for r in range(len(rows)) if r != s]
    gains = [[rows[r][t] - rows[s][t] for r in others] for t in range(rows.shape[1])]
    size = len(others)
    if not size:
        return None
    equalities = [[int(i == k) for k in range(size)] for i in range(size)] + gains
    values = []
    for basis in itertools.combinations(equalities, size - 1):
        point = solve([[1] * size, *basis], [1] + [0] * (size - 1))
        if point is not None and min(point) >= 0:
            earned = [sum(g * w for g, w in zip(gain, point, strict=True)) for gain in gains]
            if min(earned) >= 0:
                values.append(sum(earned))
    return max(values, default=None)


@given(data=st.data())
@settings(max_examples=60)
def test_weak_dominance_is_found_exactly_where_a_mixture_is_never_worse(data):
    game = data.draw(games(entries=TIES, high=4))
    for p in (0, 1):
        rows = rows_of(game, p)
        found = {d.strategy: d for d in dominated_strategies(game, p, kind="weak")}
        sums = [best_sum_among_the_never_worse(rows, s) for s in range(len(rows))]
        names = game.strategies[p]
        assert set(found) == {name for name, most in zip(names, sums, strict=True) if most}
        for name, step in found.items():
            assert {other for other, _ in step.by}.isdisjoint(found)
            earned = sum(weight * rows[names.index(other)] for other, weight in step.by)
            gains = earned - rows[names.index(name)]
            assert min(gains) >= 0
            assert max(gains) > 0
            assert step.margin == min(gains)


def test_a_strategy_weakly_dominated_by_a_mixture_only():
    # row 3 earns as much as the even mixture of rows 1 and 2, and less in the last column
    game = NormalForm.from_arrays([[2, 0, 1], [0, 2, 1], [1, 1, 0]], np.zeros((3, 3), dtype=int))
    assert dominated_strategies(game, 0, kind="weak", mixed=False) == ()
    (step,) = dominated_strategies(game, 0, kind="weak")
    assert step.by == (("row 1", Fraction(1, 2)), ("row 2", Fraction(1, 2)))
    assert (step.kind, step.margin) == ("weak", 0)


@given(games(entries=TIES, high=3))
@settings(max_examples=60)
def test_weak_elimination_leaves_equilibria_only(game):
    result = iterated_dominance(game, kind="weak")
    for profile in equilibria(result.reduced).profiles:
        full = tuple(
            tuple(dict(zip(kept, own, strict=True)).get(name, Fraction(0)) for name in whole)
            for whole, kept, own in zip(
                game.strategies, result.reduced.strategies, profile.strategies, strict=True
            )
        )
        assert is_equilibrium(game, full).holds
    for p in range(2):
        assert not dominated_strategies(result.reduced, p, kind="weak")


def test_weak_elimination_is_said_to_lose_equilibria():
    # entry deterrence: staying out is an equilibrium that weak dominance removes
    game = NormalForm.from_arrays([[0, 0], [-1, 1]], [[2, 2], [-1, 1]])
    result = iterated_dominance(game, kind="weak")
    assert result.solved
    assert result.surviving == (("row 2",), ("column 2",))
    text = "\n".join(map(str, result.tables()))
    assert "Equilibria may have been lost" in text
    assert "it is an equilibrium" in text
    assert "the only equilibrium" not in text


def test_weak_dominance_in_words():
    game = NormalForm.from_arrays([[1, 1], [1, 0]], [[0, 0], [0, 0]])
    (found,) = dominated_strategies(game, 0, kind="weak")
    assert (found.kind, found.margin) == ("weak", 0)
    assert str(found) == "player 1: row 1 never earns less than row 2, and sometimes more"


def test_an_unknown_kind_is_refused():
    with pytest.raises(GameError, match="no kind of dominance"):
        dominated_strategies(NormalForm.from_arrays([[1]], [[1]]), 0, kind="strong")
