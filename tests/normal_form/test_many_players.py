"""Equilibria of games with more than two players: components, dummies, large games.

Oracles: the definition in exact arithmetic on grids of profiles; linear programs for points in
polytopes; the exact solver for two players; pygambit where it is installed.
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import solved
from strategies_games import SMALL, TIES, degenerate_games, games

from negotiation.normal_form import (
    NormalForm,
    equilibria,
    is_equilibrium,
    iterated_dominance,
    many_players,
    pure_equilibria,
    regrets,
)
from negotiation.normal_form.all_equilibria import exact_only
from negotiation.normal_form.exact_lp import maximin
from negotiation.normal_form.support_systems import support_profiles


def random_game(seed, shape, low=-50, high=51):
    rng = np.random.default_rng(seed)
    return NormalForm.from_arrays(*(rng.integers(low, high, shape) for _ in shape))


def without_pure(shape, count):
    """Return random games without a pure equilibrium and without dominated strategies."""
    made = (random_game(seed, shape) for seed in itertools.count())
    hard = (
        own
        for own in made
        if not pure_equilibria(own) and iterated_dominance(own).reduced.shape == shape
    )
    return list(itertools.islice(hard, count))


# -- the definition of what components say -----------------------------------------------------


def meet(first, second):
    """Say whether the hulls of two sets of points have a point in common. A linear program."""
    points = [*first, *[tuple(-w for w in v) for v in second]]
    rows = []
    for i in range(len(first[0])):
        row = [v[i] for v in points]
        one = np.lcm.reduce([w.denominator for w in row], dtype=object)
        rows += [[int(w * one) for w in row], [-int(w * one) for w in row]]
    one_each = [1] * len(first) + [-1] * len(second)
    rows += [one_each, [-v for v in one_each]]
    everything = np.ones((1, len(points)), dtype=object)
    return maximin(everything, np.array(rows, dtype=object)) is not None


def sides(found, subset):
    return [[found.extreme[p][i] for i in side] for p, side in enumerate(subset)]


def contains(found, profile):
    """Say whether a profile is in a component."""
    return any(
        all(meet([own], side) for own, side in zip(profile, sides(found, subset), strict=True))
        for component in found.components
        for subset in component.subsets
    )


def grid(size, parts):
    """Return the distributions in multiples of one over `parts`."""
    return [
        tuple(Fraction(k, parts) for k in own)
        for own in itertools.product(range(parts + 1), repeat=size)
        if sum(own) == parts
    ]


def verify(found):
    """Check profiles and components from the definition."""
    game = found.game
    assert found.profiles
    for e in found.profiles:
        regret = max(regrets(game, e.strategies))
        assert regret == 0 if e.exact else 0 < regret <= Fraction(1, 10**9)
    pure = {tuple(own[0] for own in e.supports) for e in found.profiles if e.pure}
    assert pure == set(pure_equilibria(game))
    assert found.guarantee == "some" or not (found.undecided or found.unsearched)
    # any mixture of the corners is an equilibrium
    for component in found.components:
        if not all(found.profiles[k].exact for k in component.profiles):
            assert component.isolated
            continue
        for subset in component.subsets:
            middle = [
                tuple(sum(own) / len(side) for own in zip(*side, strict=True))
                for side in sides(found, subset)
            ]
            assert is_equilibrium(game, middle)
    # components are connected, and apart from one another
    parts = [
        (c, sides(found, subset))
        for c, component in enumerate(found.components)
        for subset in component.subsets
    ]
    linked = {k: {k} for k in range(len(parts))}
    for (k, (c, one)), (l, (d, two)) in itertools.combinations(enumerate(parts), 2):
        if all(meet(own, its) for own, its in zip(one, two, strict=True)):
            assert c == d
            joined = linked[k] | linked[l]
            linked |= dict.fromkeys(joined, joined)
    assert len({id(own) for own in linked.values()}) == len(found.components)
    if found.guarantee != "some":
        assert {k for own in found.components for k in own.profiles} == set(
            range(len(found.profiles))
        )


@given(
    game=st.one_of(
        games(entries=TIES, players=3, low=1, high=2),
        games(entries=TIES, players=3, low=2, high=3),
        games(entries=st.integers(0, 1), players=4, low=1, high=2),
    )
)
@settings(max_examples=15)
def test_every_equilibrium_on_a_grid_is_in_a_component(game):
    found = equilibria(game)
    verify(found)
    if found.guarantee == "some":
        return
    ints = [array.astype(np.int64) for array in game.payoffs]
    for profile in itertools.product(*(grid(size, 2) for size in game.shape)):
        weights = [np.array([int(2 * w) for w in own]) for own in profile]
        for p, own in enumerate(weights):
            earned = np.moveaxis(ints[p], p, 0)
            for other in reversed([w for q, w in enumerate(weights) if q != p]):
                earned = earned @ other
            if earned[own > 0].min() < earned.max():
                break
        else:
            assert contains(found, profile)


@given(game=st.one_of(degenerate_games(), games(entries=SMALL)), place=st.integers(0, 2))
@settings(max_examples=20)
def test_a_player_without_choice_changes_nothing(game, place):
    known = equilibria(game)
    third = np.arange(np.prod(game.shape)).reshape(game.shape)
    arrays = [np.expand_dims(array, place) for array in (*game.payoffs, third)]
    arrays.insert(place, arrays.pop())
    found = equilibria(NormalForm.from_arrays(*arrays))
    verify(found)
    assert found.guarantee == "all"

    def rest(own):
        return tuple(own[:place]) + tuple(own[place + 1 :])

    assert [rest(e.strategies) for e in found.profiles] == [e.strategies for e in known.profiles]
    assert [rest(e.payoffs) for e in found.profiles] == [e.payoffs for e in known.profiles]
    for one, other in zip(found.components, known.components, strict=True):
        assert (one.profiles, one.isolated) == (other.profiles, other.isolated)
        assert tuple(map(rest, one.subsets)) == other.subsets


def test_the_shipped_game_of_three_is_two_segments():
    found = solved("alaska/sequencing")["normal_form"].equilibria
    verify(found)
    assert found.guarantee == "all"
    (component,) = found.components
    assert [
        [[found.words(p, own) for own in side] for p, side in enumerate(sides(found, subset))]
        for subset in component.subsets
    ] == [
        [["settlement_first"], ["hold"], ["back_russia", "back_bloc"]],
        [["settlement_first", "ceasefire_for_recognition"], ["hold"], ["back_russia"]],
    ]


def test_a_game_of_three_without_stakes_is_one_component():
    found = equilibria(NormalForm.from_arrays(*np.zeros((3, 2, 3, 2), dtype=int)))
    verify(found)
    assert found.guarantee == "all"
    assert [c.subsets for c in found.components] == [(((0, 1), (0, 1, 2), (0, 1)),)]
    assert "All extreme equilibria; with the components below, all equilibria." in str(found)


def test_a_product_of_differences_has_two_crossing_sets():
    # the third wants the others to differ in (x - 1/2) (y - 1/2), which must vanish for it to mix
    parity = np.array([[1, -1], [-1, 1]])
    third = np.stack([parity, -parity], axis=2)
    found = equilibria(NormalForm.from_arrays(0 * third, 0 * third, third))
    verify(found)
    assert found.guarantee == "all"
    assert len(found.components) == 1
    half = (Fraction(1, 2), Fraction(1, 2))
    assert contains(
        found, ((Fraction(1, 3), Fraction(2, 3)), half, (Fraction(1, 5), Fraction(4, 5)))
    )
    assert not contains(found, ((Fraction(1, 3), Fraction(2, 3)),) * 2 + (half,))


# -- what is not decided -----------------------------------------------------------------------


def curve():
    """Return a game in which all mix along a curve: 1 is indifferent, 2 and 3 see 1's mixture.

    With x, y, z the chances of second strategies, 2 mixes if z (1 + x) = 1 and 3 if
    y (1 + x) = 1.
    """
    x, y, z = np.indices((2, 2, 2))
    return NormalForm.from_arrays(0 * x, y * (1 - z * (1 + x)), z * (1 - y * (1 + x)))


def test_a_curve_is_left_undecided_with_a_point_of_it():
    found = equilibria(curve())
    verify(found)
    assert found.guarantee == "some"
    full = (("strategy 1", "strategy 2"),) * 3
    assert full in {own.supports for own in found.undecided}
    inside = [e for e in found.profiles if all(len(own) == 2 for own in e.supports)]
    assert inside
    for e in inside:
        (_, x), (_, y), (_, z) = e.strategies
        assert z * (1 + x) == y * (1 + x) == 1
    assert not any(e.isolated for e in inside)
    end = ((Fraction(1), Fraction(0)), (Fraction(0), Fraction(1)), (Fraction(0), Fraction(1)))
    assert is_equilibrium(found.game, end)
    assert not contains(found, end)  # no component that ends on the curve is called complete


@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 2, 2), (3, 3, 2), (2, 2, 2, 2)])
def test_no_list_is_empty(shape):
    rng = np.random.default_rng(1)
    for _ in range(10):
        verify(equilibria(NormalForm.from_arrays(*rng.integers(0, 3, (len(shape), *shape)))))


def test_without_any_certificate_the_answer_says_what_was_tried(monkeypatch):
    game = without_pure((2, 2, 2), 1)[0]
    monkeypatch.setattr(many_players, "MAX_WORK", 0)
    monkeypatch.setattr(many_players, "FIRST_EFFORT", 0)
    on_the_path = equilibria(game)
    verify(on_the_path)
    monkeypatch.setattr(many_players, "USED", ())
    nothing = equilibria(game)
    assert (nothing.profiles, nothing.guarantee) == ((), "some")
    assert nothing.unsearched == support_profiles((2, 2, 2))
    assert "There is one, as in every finite game" in str(nothing)


# -- large games -------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 4, 4), (2,) * 6, (6, 6, 6), (3,) * 4])
def test_games_too_large_for_all_have_at_least_one(shape):
    for game in without_pure(shape, 2):
        found = equilibria(game)
        assert found.guarantee == "some"
        assert found.unsearched > 0
        assert "supports that were not searched" in str(found)
        for e in found.profiles:
            assert max(regrets(game, e.strategies)) <= Fraction(1, 10**9)
        assert found.profiles
        assert equilibria(game) == found
        assert all(e.exact for e in exact_only(found).profiles)


def test_where_pure_equilibria_exist_they_are_all_listed():
    game = next(
        own for own in (random_game(s, (5, 5, 5)) for s in range(50)) if pure_equilibria(own)
    )
    found = equilibria(game)
    assert [tuple(s[0] for s in e.supports) for e in found.profiles] == [*pure_equilibria(game)]
    assert found.guarantee == "some"
    assert found.unique is None


def test_the_logit_path_finds_one_where_supports_are_not_searched(monkeypatch):
    monkeypatch.setattr(many_players, "MAX_WORK", 0)
    monkeypatch.setattr(many_players, "FIRST_EFFORT", 0)
    for game in without_pure((3, 3, 2), 2):
        verify(equilibria(game))


def test_a_search_in_time_is_complete_and_one_without_time_is_not():
    game = without_pure((3, 2, 2), 1)[0]
    found = equilibria(game)
    assert found.guarantee == "all"
    assert equilibria(game, seconds=600) == found
    asked = iter(range(10**9))
    halted = equilibria(game, stop=lambda: next(asked) > 12)
    verify(halted)
    assert halted.guarantee == "some"
    assert 0 < halted.unsearched < support_profiles(game.shape)


@pytest.mark.heavy
def test_a_game_of_sixty_four_cells_in_time():
    game = without_pure((4, 4, 4), 1)[0]
    found = equilibria(game, stop=lambda: False)
    verify(found)
    assert found.guarantee == "all"
    assert len(found.profiles) % 2 == 1


# -- against another solver --------------------------------------------------------------------


def test_what_pygambit_finds_is_found():
    gambit = pytest.importorskip("pygambit")
    for seed in range(8):
        game = random_game(seed, (2, 2, 2), *((-9, 10) if seed % 2 else (0, 3)))
        found = equilibria(game)
        peer = gambit.Game.from_arrays(*(array.astype(int) for array in game.payoffs))
        ours = [
            np.concatenate([np.array(own, dtype=float) for own in e.strategies])
            for e in found.profiles
        ]
        for profile in gambit.nash.enumpoly_solve(peer).equilibria:
            theirs = [[float(profile[s]) for s in player.strategies] for player in peer.players]
            near = min(np.abs(own - np.concatenate(theirs)).max() for own in ours)
            if near > 1e-6:  # a point of a continuum: exactly one after rounding
                exact = [[Fraction(w).limit_denominator(1000) for w in own] for own in theirs]
                assert is_equilibrium(game, exact)
                assert found.guarantee == "some" or contains(found, [tuple(own) for own in exact])
