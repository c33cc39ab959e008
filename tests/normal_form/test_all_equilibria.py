import itertools
import math
import pickle
from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies_games import (
    MIXED_SIZES,
    SMALL,
    by_supports,
    degenerate_games,
    dual_cyclic,
    extreme_by_bases,
    games,
    is_nondegenerate,
    literal_equilibrium,
)

from negotiation.errors import GameError, TooLargeError
from negotiation.exact import FrozenMap
from negotiation.normal_form import (
    NormalForm,
    equilibria,
    is_equilibrium,
    lemke_howson,
    polytopes,
    pure_equilibria,
    regrets,
)
from negotiation.normal_form import index as indices
from negotiation.normal_form.all_equilibria import iter_equilibria
from negotiation.normal_form.components import Component
from negotiation.normal_form.game import profile_name
from negotiation.normal_form.index import (
    PointIndices,
    determinant_signs,
    equilibrium_index,
    regular_equilibrium,
)
from negotiation.normal_form.lemke_howson import equilibria_on_paths
from negotiation.normal_form.selection import select
from negotiation.results import SHOWN

HALF = Fraction(1, 2)
CHICKEN = NormalForm.from_arrays(
    [[0, 3], [1, 2]],
    [[0, 1], [3, 2]],
    players=("us", "ru"),
    strategies=(("insist", "concede"), ("insist", "concede")),
)


def found(game):
    return {profile.strategies for profile in equilibria(game).profiles}


# -- against brute force and the definition --------------------------------------------------


@given(games(entries=SMALL, high=4))
@settings(max_examples=40)
def test_small_games_against_all_bases(game):
    assert found(game) == extreme_by_bases(game)


@given(degenerate_games(high=4))
@settings(max_examples=60)
def test_degenerate_games_against_all_bases(game):
    assert found(game) == extreme_by_bases(game)


@given(games(entries=MIXED_SIZES, low=2, high=3))
@settings(max_examples=40)
def test_payoffs_of_any_size_against_all_bases(game):
    assert found(game) == extreme_by_bases(game)


@given(games(entries=st.integers(-(10**6), 10**6), low=2, high=4))
@settings(max_examples=25)
def test_nondegenerate_games_against_support_enumeration(game):
    assume(is_nondegenerate(game))
    result = equilibria(game)
    assert {profile.strategies for profile in result.profiles} == by_supports(game)
    assert len(result.profiles) % 2 == 1
    assert all(component.isolated for component in result.components)


@pytest.mark.parametrize("seed", range(6))
def test_larger_nondegenerate_games_have_an_odd_number(seed):
    rng = np.random.default_rng(seed)
    size = 5 + seed
    A, B = rng.integers(0, 10**4, (2, size, size))
    game = NormalForm.from_arrays(A, B)
    result = equilibria(game)
    assert len(result.profiles) % 2 == 1
    assert len(result.components) == len(result.profiles)
    assert all(regrets(game, profile.strategies) == (0, 0) for profile in result.profiles)


def test_five_by_five_against_support_enumeration():
    A, B = np.random.default_rng(7).integers(0, 10**3, (2, 5, 5))
    game = NormalForm.from_arrays(A, B)
    assert found(game) == by_supports(game)


@given(degenerate_games(high=4))
@settings(max_examples=40)
def test_every_profile_has_no_regret_and_the_payoffs_it_says(game):
    result = equilibria(game)
    assert result.profiles
    for profile in result.profiles:
        assert is_equilibrium(game, profile.strategies)
        for p in (0, 1):
            payoff = sum(
                x * y * game.payoffs[p][i, j]
                for i, x in enumerate(profile.strategies[0])
                for j, y in enumerate(profile.strategies[1])
            )
            assert payoff == profile.payoffs[p]
    supports = [profile.supports for profile in result.profiles if profile.pure]
    assert tuple(tuple(s[0] for s in own) for own in supports) == pure_equilibria(game)


# -- components ------------------------------------------------------------------------------


def mixture(points):
    return tuple(sum(values) / Fraction(len(points)) for values in zip(*points, strict=True))


@given(degenerate_games(high=4))
@settings(max_examples=60)
def test_maximal_nash_subsets_are_maximal_and_components_connected(game):
    result = equilibria(game)
    xs, ys = result.extreme
    edges = {edge for component in result.components for edge in component.edges}
    assert {(xs[i], ys[j]) for i, j in edges} == found(game)
    for component in result.components:
        union = set()
        for rows, columns in component.subsets:
            # the middle of a product of simplices is an equilibrium iff all of it is
            x, y = mixture([xs[i] for i in rows]), mixture([ys[j] for j in columns])
            assert literal_equilibrium(game, x, y)
            for i in set(range(len(xs))) - set(rows):
                assert not literal_equilibrium(game, xs[i], y)
            for j in set(range(len(ys))) - set(columns):
                assert not literal_equilibrium(game, x, ys[j])
            union |= set(itertools.product(rows, columns))
        assert union == set(component.edges)
        assert len(set(component.subsets)) == len(component.subsets)
        reached = {component.edges[0]}
        while more := {
            edge
            for edge in component.edges
            if edge not in reached and any(edge[0] == i or edge[1] == j for i, j in reached)
        }:
            reached |= more
        assert reached == set(component.edges)
        assert component.isolated == (len(component.edges) == 1)
    sides = [[{e[k] for e in c.edges} for c in result.components] for k in (0, 1)]
    for side in sides:
        assert sum(map(len, side)) == len(set().union(*side))


def test_a_component_of_two_segments_that_meet():
    game = NormalForm.from_arrays([[1, 1], [1, 0]], [[1, 1], [1, 0]])
    result = equilibria(game)
    (component,) = result.components
    assert not component.isolated
    assert component.subsets == (((0,), (0, 1)), ((0, 1), (0,)))
    assert len(result.tables()) == 2
    assert result.tables()[1].rows == (
        (1, 1, "row 1", "column 1, column 2"),
        (1, 1, "row 1, row 2", "column 1"),
    )


def test_an_isolated_point_beside_a_segment():
    game = NormalForm.from_arrays([[2, 0, 0], [0, 1, 1]], [[1, 0, 0], [0, 1, 1]])
    result = equilibria(game)
    assert [component.isolated for component in result.components] == [True, False, False]
    assert [len(component.profiles) for component in result.components] == [1, 2, 2]


# -- families with known counts --------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 9))
def test_coordination_games(size):
    unit = np.eye(size, dtype=int)
    result = equilibria(NormalForm.from_arrays(unit, unit))
    assert len(result.profiles) == len(result.components) == 2**size - 1
    for profile in result.profiles:
        assert profile.supports[0] == profile.supports[1]
        share = Fraction(1, len(profile.supports[0]))
        assert profile.payoffs == (share, share)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 5), (3, 2), (4, 4), (7, 7)])
def test_games_in_which_nothing_matters(rows, columns):
    zero = np.zeros((rows, columns), dtype=int)
    result = equilibria(NormalForm.from_arrays(zero, zero))
    assert len(result.profiles) == rows * columns
    (component,) = result.components
    assert component.subsets == ((tuple(range(rows)), tuple(range(columns))),)
    assert component.isolated == (rows == columns == 1)


def test_the_dual_cyclic_game_has_75_at_no_more_vertices_than_there_can_be(monkeypatch):
    game = dual_cyclic()
    made = []
    cut = polytopes._cut
    monkeypatch.setattr(
        polytopes, "_cut", lambda rays, *rest: (made.append(len(rays)), cut(rays, *rest))[1]
    )
    result = equilibria(game)
    assert len(made) == 10  # five inequalities after the first, for each player
    assert max(made) <= polytopes.vertex_bound(6, 12) + 1
    assert len(result.profiles) == len(result.components) == 75
    assert all(regrets(game, profile.strategies) == (0, 0) for profile in result.profiles)


def test_hide_and_seek_and_rock_paper_scissors():
    for size in (2, 3, 5):
        unit = np.eye(size, dtype=int)
        (profile,) = equilibria(NormalForm.from_arrays(unit, -unit)).profiles
        assert profile.strategies == ((Fraction(1, size),) * size,) * 2
        assert profile.payoffs == (Fraction(1, size), -Fraction(1, size))
    beats = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    (profile,) = equilibria(NormalForm.from_arrays(beats, -beats)).profiles
    assert profile.strategies == ((Fraction(1, 3),) * 3,) * 2
    assert profile.payoffs == (0, 0)


def test_chicken():
    result = equilibria(CHICKEN)
    assert [profile.strategies for profile in result.profiles] == [
        ((1, 0), (0, 1)),
        ((0, 1), (1, 0)),
        ((HALF, HALF), (HALF, HALF)),
    ]


# -- invariance ------------------------------------------------------------------------------


@given(degenerate_games(high=4))
@settings(max_examples=25)
def test_rescaling_changes_payoffs_only(game):
    base = equilibria(game)
    for factor, shift in [(1, 10**12), (10**9, 0), ("1e-9", 0), ("7/3", "-1/7"), (10**30, 1)]:
        other = equilibria(game.rescale(0, factor, shift).rescale(1, factor, 10**12))
        assert [p.strategies for p in other.profiles] == [p.strategies for p in base.profiles]
        assert other.components == base.components
        for profile, old in zip(other.profiles, base.profiles, strict=True):
            assert profile.payoffs == (
                old.payoffs[0] * Fraction(factor) + Fraction(shift),
                old.payoffs[1] * Fraction(factor) + 10**12,
            )


@given(degenerate_games(high=4), st.data())
@settings(max_examples=40)
def test_order_and_roles_do_not_matter(game, data):
    base = found(game)
    assert {(y, x) for x, y in found(game.swap_players())} == base
    order = data.draw(st.permutations(range(game.shape[0])))
    moved = {(tuple(x[i] for i in order), y) for x, y in base}
    turned = game.permute(0, order)
    assert found(turned) == moved
    assert sorted(len(c.profiles) for c in equilibria(turned).components) == sorted(
        len(c.profiles) for c in equilibria(game).components
    )


def test_profiles_are_in_a_stable_order():
    game = NormalForm.from_arrays(np.eye(3, dtype=int), np.eye(3, dtype=int))
    supports = [profile.supports[0] for profile in equilibria(game).profiles]
    assert supports == [(0,), (1,), (2,), (0, 1), (0, 1, 2), (0, 2), (1, 2)]


@given(degenerate_games(high=4))
@settings(max_examples=40)
def test_without_joins_the_result_is_the_same(game):
    # many labels do not fit a mask: then every pair is compared
    expected = equilibria(game)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polytopes, "MASK_BITS", 0)
        patch.setattr(polytopes, "BLOCK", 3)
        assert equilibria(game) == expected


@given(games(entries=SMALL, low=2, high=4))
@settings(max_examples=30)
def test_without_machine_integers_the_result_is_the_same(game):
    expected = equilibria(game)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polytopes, "INT64", 0)
        assert equilibria(game) == expected


def test_a_long_thin_game_beyond_the_masks():
    A, B = np.random.default_rng(5).integers(0, 1000, (2, 2, 63))
    game = NormalForm.from_arrays(A, B)
    assert found(game) == by_supports(game)


# -- polyhedra -------------------------------------------------------------------------------


def test_the_bound_on_vertices_is_attained_by_known_polytopes():
    assert polytopes.vertex_bound(2, 7) == 7  # polygon
    assert polytopes.vertex_bound(3, 4) == 4  # simplex
    assert polytopes.vertex_bound(4, 8) == 20  # dual of the cyclic polytope C(8, 4)
    rays, labels = polytopes.best_reply_rays(dual_cyclic().scaled[0][0])
    assert len(rays) == polytopes.vertex_bound(6, 12) - 1  # all but the one at infinity
    assert (labels.sum(axis=1) == 6).all()


@given(games(entries=SMALL, high=4))
@settings(max_examples=40)
def test_no_polyhedron_exceeds_the_bound(game):
    m, n = game.shape
    rays, labels = polytopes.best_reply_rays(game.scaled[0][0])
    assert len(rays) + 1 <= polytopes.vertex_bound(n, m + n)
    replies = game.scaled[0][0]
    for ray, tight in zip(rays.tolist(), labels, strict=True):
        slack = [*ray[:-1], *(ray[-1] - replies @ np.array(ray[:-1]))]
        assert min(slack) >= 0
        assert [value == 0 for value in slack] == tight.tolist()


def test_too_large_a_game_is_refused_before_it_starts(monkeypatch):
    rng = np.random.default_rng(0)
    game = NormalForm.from_arrays(*rng.integers(0, 9, (2, 20, 20)))
    with monkeypatch.context() as patch:
        patch.setattr(polytopes, "_cut", None)  # it would be called
        with pytest.raises(TooLargeError, match=r"20 by 20 .* 40,060,020 vertices"):
            equilibria(game)
    with pytest.raises(TooLargeError):
        equilibria(CHICKEN, limit=2)


# -- the index -------------------------------------------------------------------------------


def leibniz(matrix):
    """Return a determinant by its definition."""
    size = len(matrix)
    total = 0
    for order in itertools.permutations(range(size)):
        swaps = sum(order[a] > order[b] for a in range(size) for b in range(a + 1, size))
        product = (-1) ** swaps
        for i, j in enumerate(order):
            product *= matrix[i][j]
        total += product
    return total


def sign(value):
    return (value > 0) - (value < 0)


def jacobian_sign(game, profile):
    """Return the sign of det(-J) of the replicator dynamics on the face of the supports."""
    (rows, columns), (x, y) = profile.supports, profile.strategies
    A, B = game.payoffs
    k = len(rows)
    # the last weight is one less the others, whose rates are x_i (e_i - average)
    one = [
        [
            x[i] * sum((A[i, j] - A[i, columns[-1]]) * (j == l) for j in columns)
            - x[i] * sum(x[h] * (A[h, l] - A[h, columns[-1]]) for h in rows)
            for l in columns[:-1]
        ]
        for i in rows[:-1]
    ]
    two = [
        [
            y[j] * (B[l, j] - B[rows[-1], j])
            - y[j] * sum(y[h] * (B[l, h] - B[rows[-1], h]) for h in columns)
            for l in rows[:-1]
        ]
        for j in columns[:-1]
    ]
    zero = [0] * (k - 1)
    whole = [zero + [-v for v in row] for row in one] + [[-v for v in row] + zero for row in two]
    return sign(leibniz(whole)) if whole else 1


def bordered_index(game, profile):
    """Return the index by determinants that do not change when constants are added."""
    rows, columns = profile.supports
    total = (-1) ** (len(rows) + 1)
    for payoffs in game.payoffs:
        inner = [[1, *(payoffs[i, j] for j in columns)] for i in rows]
        total *= sign(leibniz([[0] + [1] * len(columns), *inner]))
    return total


@given(games(entries=st.integers(-(10**4), 10**4), low=2, high=4))
@settings(max_examples=40)
def test_the_index_by_three_formulas_in_nondegenerate_games(game):
    assume(is_nondegenerate(game))
    result = equilibria(game)
    total = 0
    for profile, c in zip(result.profiles, result.component_of, strict=True):
        index = equilibrium_index(game, profile)
        assert index == bordered_index(game, profile) == jacobian_sign(game, profile)
        assert index == result.components[c].index
        assert index == 1 or not profile.pure
        total += index
    assert total == 1


def near(game, seed):
    """Return the game with every payoff moved by less than a millionth."""
    rng = np.random.default_rng(seed)
    return NormalForm.from_arrays(
        *(v + rng.integers(0, 10**9, v.shape) * Fraction(1, 10**15) for v in game.payoffs)
    )


def distance(result, component, profile):
    """Return how much a profile plays outside the strategies used in a component's parts."""
    best = None
    for rows, columns in component.subsets:
        gap = 0
        for side, places, own in zip(
            result.extreme, (rows, columns), profile.strategies, strict=True
        ):
            allowed = {i for k in places for i, w in enumerate(side[k]) if w}
            gap = max(gap, sum(w for i, w in enumerate(own) if i not in allowed))
        best = gap if best is None else min(best, gap)
    return best


@given(degenerate_games(high=3), st.integers(0, 99))
@settings(max_examples=60)
def test_the_index_of_a_component_is_that_of_the_equilibria_nearby(game, seed):
    result = equilibria(game)
    assert sum(component.index for component in result.components) == 1
    other = near(game, seed)
    assume(is_nondegenerate(other))
    expected = [0] * len(result.components)
    for profile in equilibria(other).profiles:
        close = [
            c
            for c, component in enumerate(result.components)
            if distance(result, component, profile) < Fraction(1, 1000)
        ]
        if len(close) != 1:  # supports alone do not tell the components apart
            return
        expected[close[0]] += bordered_index(other, profile)
    assert [component.index for component in result.components] == expected


@pytest.mark.parametrize("spread", [2, 3])
def test_small_numbers_are_tried_again_until_the_conditions_hold(spread):
    rng = np.random.default_rng(4)
    for _ in range(40):
        game = NormalForm.from_arrays(*rng.integers(0, 2, (2, 4, 4)))
        usual = [component.index for component in equilibria(game).components]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(indices, "SPREAD", spread)
            assert [component.index for component in equilibria(game).components] == usual
        assert sum(usual) == 1


def test_indices_of_components_by_hand():
    # one strict equilibrium, and one that any small change may remove
    result = equilibria(NormalForm.from_arrays([[1, 0], [0, 0]], [[1, 0], [0, 0]]))
    assert [component.index for component in result.components] == [1, 0]
    # two segments: each as good as a strict equilibrium; the mixed one between has -1
    segments = NormalForm.from_arrays([[1, 1, 0, 0], [0, 0, 1, 1]], [[1, 1, 0, 0], [0, 0, 1, 1]])
    found = [(c.isolated, c.index) for c in equilibria(segments).components]
    assert sorted(found) == [(False, -1), (False, 1), (False, 1)]
    # an outside option before a coordination game (Kohlberg and Mertens 1986)
    outside = NormalForm.from_arrays([[2, 2], [3, 0], [0, 1]], [[2, 2], [1, 0], [0, 3]])
    found = {c.isolated: c.index for c in equilibria(outside).components}
    assert found == {True: 1, False: 0}
    one = equilibria(NormalForm.from_arrays([1, 3, 3]))
    assert one.components[0].index == 1


@pytest.mark.parametrize("size", range(1, 7))
def test_the_index_in_coordination_games_alternates_with_the_support(size):
    unit = np.eye(size, dtype=int)
    game = NormalForm.from_arrays(unit, unit)
    result = equilibria(game)
    for component, profile in zip(result.components, result.profiles, strict=True):
        assert component.index == (-1) ** (len(profile.supports[0]) + 1)
    named = {"player 2": "column 1", "player 1": "row 1"}
    assert equilibrium_index(game, named) == equilibrium_index(game, FrozenMap(named)) == 1


def test_the_dual_cyclic_game_has_38_of_index_one():
    found = [component.index for component in equilibria(dual_cyclic()).components]
    assert (found.count(1), found.count(-1)) == (38, 37)


def gain_of(game, p, s, profile):
    """Sum over all cells: what p gains by strategy s over the first it uses, times the chance."""
    first = profile.supports[p][0]
    total = Fraction(0)
    for cell in np.ndindex(*game.shape):
        if cell[p] == first:
            others = (
                own[i]
                for q, (own, i) in enumerate(zip(profile.strategies, cell, strict=True))
                if q != p
            )
            other = (*cell[:p], s, *cell[p + 1 :])
            gain = game.payoffs[p][other] - game.payoffs[p][cell]
            total += gain * math.prod(others, start=Fraction(1))
    return total


def literal_index(game, profile):
    """Return the sign of det(-J), each derivative as a difference of two profiles."""
    free = [(p, s) for p, used in enumerate(profile.supports) for s in used[1:]]
    matrix = []
    for p, s in free:
        row = []
        for q, t in free:
            ends = []
            for sure in (t, profile.supports[q][0]):
                moved = list(profile.strategies)
                moved[q] = tuple(Fraction(int(i == sure)) for i in range(game.shape[q]))
                gains = 0 if q == p else gain_of(game, p, s, Placed(moved, profile.supports))
                ends.append(gains)
            row.append(ends[1] - ends[0])
        matrix.append(row)
    return sign(leibniz(matrix)) if matrix else 1


@dataclass
class Placed:
    strategies: list
    supports: tuple


@given(st.one_of(games(entries=st.integers(-(10**4), 10**4), players=3, low=1, high=2)))
@settings(max_examples=25)
def test_the_index_with_three_players_adds_up_to_one(game):
    result = equilibria(game)
    assume(result.guarantee == "all")
    regular = True
    for profile, c in zip(result.profiles, result.component_of, strict=True):
        index = result.components[c].index
        try:
            assert equilibrium_index(game, profile) == literal_index(game, profile) == index
        except GameError:
            regular = False
    if regular:
        assert sum(component.index for component in result.components) == 1


def test_the_index_of_meeting_for_three():
    meet = [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    result = equilibria(NormalForm.from_arrays(meet, meet, meet))
    assert [component.index for component in result.components] == [1, 1, -1]
    assert [row["index"] for row in result.data()["profiles"]] == [1, 1, -1]


def test_the_index_of_an_irrational_equilibrium():
    """With one equilibrium the index is 1, whatever is computed."""
    game = NormalForm.from_arrays(
        [[[2, 0], [2, 1]], [[2, 2], [1, 1]]],
        [[[2, 1], [1, 0]], [[1, 0], [2, 2]]],
        [[[1, 2], [2, 2]], [[2, 2], [2, 0]]],
    )
    (only,) = equilibria(game).profiles
    assert not only.exact
    assert equilibrium_index(game, only) == literal_index(game, only) == 1
    root = regular_equilibrium(game, only.strategies)
    assert 0 < root.error < Fraction(1, 10**30)
    far = (Fraction(1, 100), Fraction(99, 100))
    # the point alone is no equilibrium, and a point far from one has none next to it
    with pytest.raises(GameError, match="equilibria only"):
        equilibrium_index(game, only.strategies)
    with pytest.raises(GameError, match="equilibria only"):
        equilibrium_index(game, replace(only, strategies=(far,) * 3))


def test_an_index_that_was_not_computed_is_none():
    assert Component((0,), ((0, 0, 0),)).index is None
    meet = [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    game = NormalForm.from_arrays(meet, meet, meet)
    first, second, middle = (own.strategies for own in equilibria(game).profiles)
    values = PointIndices(game, (first, None, middle), complete=True).values
    assert values == (1, 1, -1)
    assert PointIndices(game, (first, None, middle), complete=False).values == (1, None, -1)
    assert PointIndices(game, (first, None, None), complete=True).values == (1, None, None)
    # nobody cares: the point is no regular equilibrium
    nil = NormalForm.from_arrays(*[np.zeros((2, 2, 2), dtype=int)] * 3)
    assert PointIndices(nil, (first, second), complete=True).values == (None, None)


@pytest.mark.parametrize("size", [2, 4, 8])
def test_determinants_at_the_border_of_64_bits(size):
    """Hadamard matrices attain the bound nearly: above it 64 bits would give the wrong sign."""
    signs = np.array([[1]], dtype=object)
    while len(signs) < size:
        signs = np.block([[signs, signs], [signs, -signs]])
    # on the way the largest number is the determinant times a minor of order size - 2
    bits = Fraction(63 - {2: 1, 4: 5, 8: 19}[size], {2: 2, 4: 6, 8: 14}[size])
    edge = 2 ** float(bits)
    for factor in (0.7, 0.9, 0.99, 1.01, 1.03, 1.07, 1.1, 1.15, 1.5, 3, 20, 10**6):
        matrix = signs * int(edge * factor)
        other = matrix.copy()
        other[[0, 1]] = other[[1, 0]]
        right = sign(exact_determinant(matrix))
        assert determinant_signs(np.array([matrix, other])).tolist() == [right, -right]


def exact_determinant(matrix):
    """Return a determinant by elimination with fractions."""
    rows, total = [[Fraction(v) for v in row] for row in matrix.tolist()], Fraction(1)
    while rows:
        pivot = next((i for i, row in enumerate(rows) if row[0]), None)
        if pivot is None:
            return 0
        top = rows.pop(pivot)
        total *= top[0] * (-1) ** pivot
        rows = [
            [v - row[0] / top[0] * w for v, w in zip(row, top, strict=True)][1:] for row in rows
        ]
    return total


def test_no_index_is_made_up():
    game = NormalForm.from_arrays([[1, 0], [0, 0]], [[1, 0], [0, 0]])
    assert equilibrium_index(game, ("row 1", "column 1")) == 1
    with pytest.raises(GameError, match="degenerate"):
        equilibrium_index(game, ("row 2", "column 2"))
    with pytest.raises(GameError, match=r"equilibria only .*row 1"):
        equilibrium_index(game, ("row 2", "column 1"))
    assert equilibrium_index(NormalForm.from_arrays([1, 0]), ("strategy 1",)) == 1
    # equally many best replies on both sides, and singular payoffs
    zero = NormalForm.from_arrays([[1, 1], [1, 1]], [[1, 1], [1, 1]])
    with pytest.raises(GameError, match="degenerate"):
        equilibrium_index(zero, (["1/2", "1/2"], ["1/2", "1/2"]))


@given(st.integers(1, 4), st.sampled_from([1, 3, 10**4, 10**30]), st.integers(0, 10**6))
@settings(max_examples=60)
def test_signs_of_determinants(size, top, seed):
    rng = np.random.default_rng(seed)
    matrices = rng.integers(-3, 4, (5, size, size)).astype(object) * top
    if size > 1:
        matrices[0, 1] = matrices[0, 0]
    expected = [sign(leibniz(matrix.tolist())) for matrix in matrices]
    assert determinant_signs(matrices).tolist() == expected


# -- searches that may be stopped ------------------------------------------------------------


@given(degenerate_games(high=4))
@settings(max_examples=40)
def test_one_by_one_all_are_found_once(game):
    result = list(iter_equilibria(game))
    assert set(result) == set(equilibria(game).profiles)
    assert len(set(result)) == len(result)
    pure = [profile.pure for profile in result]
    assert pure == sorted(pure, reverse=True)


def test_one_by_one_finds_what_no_path_reaches():
    game = NormalForm.from_arrays(
        [[0, 3, 3], [2, 0, 3], [0, 3, 1]], [[3, 0, 2], [3, 2, 2], [1, 2, 2]]
    )
    assert len(list(equilibria_on_paths(game))) == 1
    assert set(iter_equilibria(game)) == set(equilibria(game).profiles)
    assert len(list(iter_equilibria(game))) == 3


def test_one_by_one_works_for_games_far_too_large(monkeypatch):
    game = NormalForm.from_arrays(*np.random.default_rng(2).integers(0, 100, (2, 40, 40)))
    pivots = []
    enter = lemke_howson._Tableau.enter
    monkeypatch.setattr(
        lemke_howson._Tableau,
        "enter",
        lambda tableau, label: (pivots.append(label), enter(tableau, label))[1],
    )
    monkeypatch.setattr(polytopes, "_cut", None)  # nothing is enumerated
    mixed = (profile for profile in iter_equilibria(game) if not profile.pure)
    for profile in itertools.islice(mixed, 2):
        assert regrets(game, profile.strategies) == (0, 0)
    assert len(pivots) < 5_000
    with pytest.raises(GameError, match="3 players"):
        iter_equilibria(NormalForm.from_arrays(*np.zeros((3, 1, 1, 1), dtype=int)))


def test_with_a_budget_no_game_is_refused(monkeypatch):
    game = NormalForm.from_arrays(*np.random.default_rng(0).integers(0, 9, (2, 20, 20)))
    clock = itertools.count()
    hours = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr("negotiation.normal_form.all_equilibria.time", hours)
    result = equilibria(game, seconds=400)
    assert next(clock) == 401  # the first look at the clock after its end is the last
    assert (result.guarantee, result.components, result.unique) == ("some", (), None)
    assert len(result.profiles) > len(pure_equilibria(game))
    assert len(set(result.profiles)) == len(result.profiles)
    for profile in result.profiles:
        assert regrets(game, profile.strategies) == (0, 0)
        assert all(
            own in side for own, side in zip(profile.strategies, result.extreme, strict=True)
        )
    assert "stopped before it was complete" in str(result)
    data = result.data()
    assert (data["components"], data["unique"], data["guarantee"]) == (None, None, "some")
    assert data["profiles"][0]["index"] is None


@given(degenerate_games(high=4))
@settings(max_examples=20)
def test_with_enough_time_the_result_is_complete(game):
    assert equilibria(game, seconds=60) == equilibria(game)
    assert equilibria(game, stop=lambda: False) == equilibria(game)
    assert equilibria(game, seconds=float("inf"), limit=10**6) == equilibria(game)


def test_a_stop_at_any_moment_keeps_what_was_found():
    game = dual_cyclic()
    calls = itertools.count()
    everything = equilibria(game, stop=lambda: next(calls) < 0)
    assert everything.guarantee == "extreme"
    for asked in range(0, next(calls), 4):
        calls = itertools.count()
        result = equilibria(game, stop=lambda calls=calls, asked=asked: next(calls) >= asked)
        assert result.guarantee == "some"
        assert set(result.profiles) <= set(everything.profiles)
        order = [everything.profiles.index(profile) for profile in result.profiles]
        assert order == sorted(order)


def test_the_only_one_found_is_not_called_the_only_one():
    game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    result = equilibria(game, seconds=0)
    assert (len(result.profiles), result.guarantee, result.unique) == (1, "some", None)
    assert result.data()["unique"] is None


def test_more_vertices_than_the_limit_stop_the_search():
    result = equilibria(dual_cyclic(), limit=20, stop=lambda: False)
    assert result.guarantee == "some"
    assert len(result.profiles) > 6


@pytest.mark.parametrize("seconds", [-1, float("nan"), "soon"])
def test_seconds_that_are_none(seconds):
    with pytest.raises(GameError, match="no number of seconds"):
        equilibria(CHICKEN, seconds=seconds)


@pytest.mark.heavy
def test_a_coordination_game_with_32767_equilibria():
    unit = np.eye(15, dtype=int)
    result = equilibria(NormalForm.from_arrays(unit, unit))
    assert len(result.components) == 2**15 - 1
    assert sum(component.index for component in result.components) == 1


# -- one and many players --------------------------------------------------------------------


def test_one_player():
    result = equilibria(NormalForm.from_arrays([1, 3, 3]))
    assert [profile.strategies for profile in result.profiles] == [((0, 1, 0),), ((0, 0, 1),)]
    assert result.guarantee == "extreme"
    assert result.components[0].subsets == (((0, 1),),)
    assert not result.components[0].isolated


def meeting(places):
    own = np.zeros((places, places, places), dtype=int)
    own[(range(places),) * 3] = 1
    return NormalForm.from_arrays(own, own, own)


def test_three_players_with_few_strategies_get_all():
    result = equilibria(meeting(2))
    assert result.guarantee == "all"
    half = (Fraction(1, 2), Fraction(1, 2))
    assert [profile.strategies for profile in result.profiles] == [
        ((1, 0), (1, 0), (1, 0)),
        ((0, 1), (0, 1), (0, 1)),
        (half, half, half),
    ]
    assert [component.isolated for component in result.components] == [True] * 3
    assert "All equilibria, pure and mixed." in str(result)


def test_three_players_with_irrational_probabilities():
    # all give or all hold back: the third equilibrium has probability (2/5)^(1/2) of giving
    payoffs = [np.where(own == 0, -2, 0) for own in np.indices((2, 2, 2))]
    for own in payoffs:
        own[0, 0, 0] = 3
    result = equilibria(NormalForm.from_arrays(*payoffs))
    assert result.guarantee == "all"
    mixed = [profile for profile in result.profiles if not profile.pure]
    assert len(result.profiles) == 3
    assert [profile.exact for profile in mixed] == [False]
    assert abs(mixed[0].strategies[0][0] ** 2 - Fraction(2, 5)) < Fraction(1, 10**12)
    assert "irrational probabilities are rounded" in str(result)
    assert "e-" not in str(result)
    chosen = select(result.game)
    assert chosen.guarantee == "some"
    assert len(chosen.standings) == 2


def test_three_players_with_many_strategies_get_the_pure_ones_and_are_told_so():
    result = equilibria(meeting(4))
    assert result.guarantee == "some"
    assert result.unsearched == 15**3
    places = [place for place in itertools.product(range(4), repeat=3) if len(set(place)) != 2]
    assert [profile.supports for profile in result.profiles] == [
        tuple((i,) for i in place) for place in places
    ]
    strict = [k for k, place in enumerate(places) if len(set(place)) == 1]
    assert [component.profiles for component in result.components] == [(k,) for k in strict]
    data = result.data()
    assert (data["count"], data["count_pure"], data["unique"]) == (28, 28, None)
    assert data["profiles"][1]["component"] is None
    assert "All pure equilibria, and of others some" in str(result)


def test_one_pure_equilibrium_of_three_players_is_not_called_the_only_one():
    # rock, paper, scissors with a way out for both, and a third player who can only watch
    beats = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    one, two = np.full((2, 4, 4), -9)
    one[:3, :3], two[:3, :3] = beats, -beats
    one[3, 3] = two[3, 3] = 0
    assert len(equilibria(NormalForm.from_arrays(one, two)).profiles) == 3
    watched = NormalForm.from_arrays(*(v[:, :, None] for v in (one, two, 0 * one)))
    result = equilibria(watched)
    assert (len(result.profiles), result.guarantee, result.unique) == (3, "all", None)
    assert result.data()["unique"] is None


def test_three_players_without_a_pure_equilibrium():
    own = np.eye(2, dtype=int)[:, :, None]
    result = equilibria(NormalForm.from_arrays(own, -own, own))
    assert [profile.supports for profile in result.profiles] == [((0, 1), (0, 1), (0,))]
    assert result.guarantee == "all"
    assert result.unique == result.profiles[0]


def test_three_players_solved_by_dominance():
    place = np.indices((2, 2, 2))
    payoffs = [3 * place[p] - place.sum(axis=0) for p in range(3)]
    game = NormalForm.from_arrays(*payoffs, players=("a", "b", "c"))
    result = equilibria(game)
    assert result.guarantee == "all"
    assert result.data()["unique"] == dict.fromkeys("abc", "strategy 2")
    assert [component.isolated for component in result.components] == [True]
    assert result.components[0].subsets == (((0,), (0,), (0,)),)
    assert "only equilibrium" in str(result)


# -- showing ---------------------------------------------------------------------------------


def test_data_has_the_agreed_keys():
    data = equilibria(CHICKEN).data()
    assert list(data) == [
        "guarantee",
        "count",
        "count_pure",
        "components",
        "unique",
        "pure",
        "payoffs",
        "profiles",
        "outcomes",
        "undecided",
        "unsearched",
    ]
    assert data["guarantee"] == "extreme"
    assert (data["count"], data["count_pure"], data["components"]) == (3, 2, 3)
    assert data["unique"] is None
    assert data["payoffs"] is None
    assert data["pure"][0] == {"us": "insist", "ru": "concede"}
    assert data["outcomes"] == ["insist/concede", "concede/insist"]
    assert data["profiles"][2] == {
        "strategies": {
            "us": {"insist": HALF, "concede": HALF},
            "ru": {"insist": HALF, "concede": HALF},
        },
        "payoffs": {"us": Fraction(3, 2), "ru": Fraction(3, 2)},
        "component": 3,
        "isolated": True,
        "index": -1,
    }
    assert equilibria(CHICKEN).to_dict()["profiles"][2]["payoffs"]["us"] == "3/2"


def test_a_unique_equilibrium_is_named():
    game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], players=("us", "ru"))
    data = equilibria(game).data()
    assert data["unique"] == {"us": "row 2", "ru": "column 2"}
    assert data["payoffs"] == {"us": 1, "ru": 1}
    pennies = equilibria(NormalForm.from_arrays([[1, 0], [0, 1]], [[0, 1], [1, 0]])).data()
    assert pennies["unique"] is None
    assert pennies["payoffs"] == {"player 1": HALF, "player 2": HALF}


def test_the_table_speaks_in_names():
    table = equilibria(CHICKEN).tables()[0]
    assert table.columns == (
        "us",
        "ru",
        "payoff of us",
        "payoff of ru",
        "component",
        "isolated",
    )
    assert table.rows[0] == ("insist", "concede", 3, 1, 1, True)
    assert table.rows[2][0] == "0.5 insist + 0.5 concede"
    assert table.notes == ("All equilibria, pure and mixed.",)


def test_results_are_values():
    result = equilibria(CHICKEN)
    again = pickle.loads(pickle.dumps(result))
    assert again == result
    assert hash(again) == hash(result)
    assert "insist" in result._repr_html_()


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_nash_subsets_are_all_maximal_bicliques_each_once(edges):
    """Against every set of first nodes with its common neighbours."""
    around = {i: {j for k, j in edges if k == i} for i, _ in edges}
    expected = set()
    for size in range(1, len(around) + 1):
        for group in itertools.combinations(sorted(around), size):
            common = set.intersection(*(around[i] for i in group))
            if common:
                rows = tuple(i for i in sorted(around) if common <= around[i])
                expected.add((rows, tuple(sorted(common))))
    component = Component(tuple(range(len(edges))), tuple(sorted(edges)))
    listed = list(component.iter_subsets())
    assert sorted(listed) == sorted(expected)
    assert component.subsets == tuple(sorted(expected))


def test_a_component_with_exponentially_many_nash_subsets_is_shown_in_part():
    # every set of rows with all columns outside it: 2^40 - 2
    edges = [(i, j) for i in range(40) for j in range(40) if i != j]
    component = Component(tuple(range(len(edges))), tuple(edges))
    first = list(itertools.islice(component.iter_subsets(), 300))
    assert len(set(first)) == 300
    unit = -np.eye(12, dtype=int)
    result = equilibria(NormalForm.from_arrays(unit, unit))
    table = result.tables()[1]
    assert (len(table.rows), table.left_out) == (SHOWN, None)
    assert "... and more" in str(result)
    assert table.as_csv().splitlines()[-1].startswith("... and more")
    assert len(str(result).splitlines()) < 2 * SHOWN + 40


def test_names_of_different_profiles_differ():
    pairs = [("yes", "no/go"), ("yes/no", "go"), ("yes\\", "no"), ("yes", "\\no"), ("yes\\/", "no")]
    assert len({profile_name(pair) for pair in pairs}) == len(pairs)
    game = NormalForm.from_arrays(
        np.zeros((2, 2), dtype=int),
        np.zeros((2, 2), dtype=int),
        strategies=[("yes", "yes/no"), ("no/go", "go")],
    )
    assert len(set(equilibria(game).data()["outcomes"])) == 4


def test_components_that_are_not_determined_are_not_counted():
    """Pure equilibria alone say nothing about components."""
    found = replace(equilibria(CHICKEN), guarantee="pure", components=())
    assert found.data()["components"] is None
