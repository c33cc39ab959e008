"""Games whose equilibria are known, and what must not change them.

Counts and strategies are those of the literature or follow from a sentence beside the game; the
invariants that other files hold already (units, order of strategies, roles, dominance, zero-sum
values on random games) are not repeated here.
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from strategies_games import (
    SMALL,
    TIES,
    degenerate_games,
    dual_cyclic,
    extreme_by_bases,
    games,
    literal_equilibrium,
)

from negotiation.normal_form import NormalForm, dominated_strategies, equilibria, regrets
from negotiation.normal_form.batch import equilibria_batch
from negotiation.normal_form.correlated import is_correlated_equilibrium
from negotiation.normal_form.zero_sum import zero_sum_value

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def both(A, B):
    return NormalForm.from_arrays(A, B)


def found(game):
    return {profile.strategies for profile in equilibria(game).profiles}


def uniform(size):
    return (Fraction(1, size),) * size


def pure(i, size):
    return tuple(Fraction(int(i == k)) for k in range(size))


# -- families --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [9, 10])
def test_larger_coordination_games(size):
    unit = np.eye(size, dtype=int)
    result = equilibria(both(unit, unit))
    assert len(result.profiles) == len(result.components) == 2**size - 1
    assert {p.supports for p in result.profiles} == {
        (own, own) for k in range(1, size + 1) for own in itertools.combinations(range(size), k)
    }


@pytest.mark.heavy
def test_the_coordination_game_of_15():
    unit = np.eye(15, dtype=int)
    result = equilibria(both(unit, unit))
    assert len(result.profiles) == 2**15 - 1
    assert all(p.strategies[0] == p.strategies[1] for p in result.profiles)


@pytest.mark.parametrize("prizes", [(1, 1, 1), (1, 2, 3, 4), ("1/3", 2, 5, 7, 9)])
def test_coordination_on_prizes_plays_every_support_in_inverse_proportion(prizes):
    values = [Fraction(v) for v in prizes]
    A = [[v if i == j else 0 for j in range(len(values))] for i, v in enumerate(values)]
    expected = set()
    for k in range(1, len(values) + 1):
        for own in itertools.combinations(range(len(values)), k):
            total = sum(1 / values[i] for i in own)
            x = tuple(1 / v / total if i in own else Fraction(0) for i, v in enumerate(values))
            expected.add((x, x))
    assert found(both(A, A)) == expected


@pytest.mark.parametrize("size", [2, 3, 4, 6, 8])
def test_hide_and_seek_with_different_treasures(size):
    """The hider makes the seeker indifferent: probabilities inverse to the treasures."""
    worth = np.diag(np.arange(1, size + 1))
    (profile,) = equilibria(both(worth, -worth)).profiles
    total = sum(Fraction(1, k) for k in range(1, size + 1))
    inverse = tuple(1 / (k * total) for k in range(1, size + 1))
    assert profile.strategies == (inverse, inverse)
    assert profile.payoffs == (1 / total, -1 / total)


@pytest.mark.parametrize("size", [3, 5, 7, 9])
def test_cyclic_contests_of_odd_size_have_one_equilibrium(size):
    """Each beats the (size - 1) / 2 that follow: rock, paper, scissors; lizard, Spock."""
    ahead = (np.arange(size)[:, None] - np.arange(size)) % size
    A = np.where(ahead == 0, 0, np.where(ahead <= size // 2, 1, -1))
    result = equilibria(both(A, -A))
    assert found(both(A, -A)) == {(uniform(size), uniform(size))}
    assert result.components[0].isolated


@pytest.mark.parametrize("size", [4, 6])
def test_cyclic_contests_of_even_size_have_a_component(size):
    """As many beat as are beaten, and the opposite is a draw: the even and the odd suffice."""
    ahead = (np.arange(size)[:, None] - np.arange(size)) % size
    A = np.where(ahead % (size // 2) == 0, 0, np.where(ahead < size // 2, 1, -1))
    result = equilibria(both(A, -A))
    assert {profile.payoffs for profile in result.profiles} == {(0, 0)}
    assert len(result.components) == 1
    assert len(result.extreme[0]) ** 2 == len(result.profiles) > 1


@pytest.mark.parametrize("size", [2, 3, 5, 7])
def test_matching_pennies_with_many_sides(size):
    """One wants the same side, the other wants the next one: a cycle without a pure end."""
    unit = np.eye(size, dtype=int)
    assert found(both(unit, np.roll(unit, 1, axis=1))) == {(uniform(size), uniform(size))}


def test_shapley():
    """Fictitious play cycles here for ever; the equilibrium is the uniform one (1964)."""
    A = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    B = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    result = equilibria(both(A, B))
    assert found(both(A, B)) == {(uniform(3), uniform(3))}
    assert result.profiles[0].payoffs == (THIRD, THIRD)


def test_the_dual_cyclic_game_is_nondegenerate_and_symmetric_under_its_swap():
    game = dual_cyclic()
    swap = [4, 5, 2, 3, 0, 1]
    profiles = found(game)
    mirrored = {(tuple(y[i] for i in swap), tuple(x[i] for i in swap)) for x, y in profiles}
    assert len(profiles) == 75
    assert mirrored == profiles
    fully = [p for p in equilibria(game).profiles if len(p.supports[0]) == 6]
    assert len(fully) == 1


def moment_curve_game(size, columns_of_moments):
    """Return payoffs from a cyclic polytope: the i-th point (t, t^2, ..., t^size)."""
    return np.array([[int(t) ** k for k in range(1, size + 1)] for t in columns_of_moments])


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_games_on_the_moment_curve_have_an_odd_number(size):
    """Points on the moment curve are in general position: such games are hard for paths."""
    points = moment_curve_game(size, range(1, size + 1))
    game = both(points, moment_curve_game(size, range(2, size + 2)).T[::-1])
    result = equilibria(game)
    assert len(result.profiles) % 2 == 1
    if size <= 4:
        assert found(game) == extreme_by_bases(game)


def test_kohlberg_and_mertens_have_a_hexagon():
    """Their game of 1986, figure 2: the equilibria of this 3 by 3 game form a circle."""
    A = [[1, 0, -1], [-1, 0, -1], [1, 0, -2]]
    B = [[1, -1, 1], [0, 0, 0], [-1, -1, -2]]
    game = both(A, B)
    result = equilibria(game)
    (component,) = result.components
    assert len(component.profiles) == 6
    assert len(component.subsets) == 6
    assert all(len(rows) * len(columns) == 2 for rows, columns in component.subsets)
    # every corner ends two sides, and the sides are passed one after the other: a circle
    ends = [{(rows[0], columns[0]), (rows[-1], columns[-1])} for rows, columns in component.subsets]
    corners = set().union(*ends)
    assert len(corners) == 6
    assert all(sum(corner in side for side in ends) == 2 for corner in corners)
    assert found(game) == extreme_by_bases(game)


# -- games of economics ----------------------------------------------------------------------


def symmetric(size, payoff):
    """Return the symmetric game in which a player with i against j gets payoff(i, j)."""
    A = np.array([[Fraction(payoff(i, j)) for j in range(size)] for i in range(size)])
    return both(A, A.T)


@pytest.mark.parametrize("highest", [4, 10, 14])
def test_the_travellers_dilemma_ends_at_the_bottom(highest):
    """Claims 2, 3, ...; the lower claim is paid to both, 2 more to the lower, 2 less above."""
    game = symmetric(highest - 1, lambda i, j: min(i, j) + 2 + (2 if i < j else -2 if i > j else 0))
    (profile,) = equilibria(game).profiles
    assert profile.strategies == (pure(0, highest - 1),) * 2
    assert profile.payoffs == (2, 2)


@pytest.mark.parametrize("last", [2, 3, 4])
def test_the_war_of_attrition(last):
    """Hold out 0, ..., last at 2 a round for a prize of 3: to give in at once is a best reply.

    An end is an equilibrium where one gives in at once and the other holds out long enough.
    """
    prize = Fraction(5, 2)
    game = symmetric(last + 1, lambda i, j: prize - j if i > j else prize / 2 - i if i == j else -i)
    assert found(game) == extreme_by_bases(game)
    shared = [p for p in equilibria(game).profiles if p.strategies[0] == p.strategies[1]]
    assert len(shared) % 2 == 1
    ends = {(0, j) for j in range(1, last + 1) if j >= prize} | {
        (j, 0) for j in range(1, last + 1) if j >= prize
    }
    at_once = {(p.supports[0][0], p.supports[1][0]) for p in equilibria(game).profiles if p.pure}
    assert ends <= at_once


def test_the_all_pay_auction():
    """Bids 0, 1, 2, 3 for a prize of 3, halved in ties; all pay. Literal definition decides."""
    prize = 3
    game = symmetric(
        prize + 1,
        lambda i, j: -i + (prize if i > j else Fraction(prize, 2) if i == j else 0),
    )
    assert found(game) == extreme_by_bases(game)
    result = equilibria(game)
    assert ((THIRD, THIRD, THIRD, 0),) * 2 in found(game)
    assert all(min(profile.payoffs) >= 0 for profile in result.profiles)


def blotto(soldiers, fields):
    """Return the splits of soldiers on fields, and who wins more fields."""
    splits = [
        split
        for split in itertools.product(range(soldiers + 1), repeat=fields)
        if sum(split) == soldiers
    ]
    A = np.array([[int(np.sign(sum(np.sign(np.subtract(a, b))))) for b in splits] for a in splits])
    return splits, both(A, -A)


@pytest.mark.parametrize(("soldiers", "fields"), [(2, 2), (3, 2), (5, 2), (2, 3), (3, 3)])
def test_colonel_blotto(soldiers, fields):
    """A symmetric zero-sum game is worth 0; its equilibria are all pairs of optimal mixtures."""
    splits, game = blotto(soldiers, fields)
    result = equilibria(game)
    assert {profile.payoffs for profile in result.profiles} == {(0, 0)}
    (component,) = result.components
    optimal = set(result.extreme[0])
    assert optimal == set(result.extreme[1])
    assert found(game) == set(itertools.product(optimal, optimal))
    assert (len(component.subsets), len(result.profiles)) == (1, len(optimal) ** 2)
    if fields == 2:  # with two fields nobody can win: everything is optimal
        assert optimal == {pure(i, len(splits)) for i in range(len(splits))}


def centipede(rounds):
    """Return the normal form of a centipede: each may stop at any of their moves, or never."""
    payoffs = [np.zeros((rounds + 1, rounds + 1), dtype=int) for _ in range(2)]
    for i, j in itertools.product(range(rounds + 1), repeat=2):
        stop = min(2 * i, 2 * j + 1)
        pot = stop + 2
        taker = 0 if (stop == 2 * i and i < rounds) or stop > 2 * rounds - 1 else 1
        payoffs[taker][i, j], payoffs[1 - taker][i, j] = pot, pot - 3
    return both(*payoffs)


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_the_centipede_stops_at_once_in_every_equilibrium(rounds):
    game = centipede(rounds)
    result = equilibria(game)
    assert found(game) == extreme_by_bases(game)
    assert {profile.strategies[0] for profile in result.profiles} == {pure(0, rounds + 1)}
    (component,) = result.components
    assert not component.isolated
    (subset,) = component.subsets
    assert len(subset[1]) == len(result.profiles) > 1


# -- invariants ------------------------------------------------------------------------------


@given(st.one_of(games(entries=TIES, low=2), games(entries=SMALL), degenerate_games(high=3)))
@settings(max_examples=30)
def test_each_player_has_units_of_their_own(game):
    """Only one player's payoffs change here, decimals included."""
    base = equilibria(game)
    for player, (factor, shift) in itertools.product(
        (0, 1), [(1, 10**12), (10**9, 0), ("1e-9", 0), ("1e-9", "0.1"), (10**9, -(10**12))]
    ):
        other = equilibria(game.rescale(player, factor, shift))
        assert [p.strategies for p in other.profiles] == [p.strategies for p in base.profiles]
        assert other.components == base.components
        assert [p.payoffs[1 - player] for p in other.profiles] == [
            p.payoffs[1 - player] for p in base.profiles
        ]


@given(st.one_of(games(high=3), degenerate_games(high=3)), st.data())
@settings(max_examples=40)
def test_a_duplicate_doubles_the_mixtures_that_use_it(game, data):
    """Weight on a strategy may go to its double: extreme equilibria put all on either."""
    row = data.draw(st.integers(0, game.shape[0] - 1))
    order = [*range(game.shape[0]), row]
    larger = both(*(array[order] for array in game.payoffs))
    expected = set()
    for x, y in found(game):
        expected.add(((*x, Fraction(0)), y))
        moved = [w if i != row else Fraction(0) for i, w in enumerate(x)]
        expected.add(((*moved, x[row]), y))
    assert found(larger) == expected
    assert len(equilibria(larger).components) == len(equilibria(game).components)


@given(st.one_of(games(high=3), degenerate_games(high=3)), st.data())
@settings(max_examples=40)
def test_a_strictly_dominated_strategy_is_never_played(game, data):
    """It may matter for nothing: its owner's payoffs are lower, the other's are whatever."""
    A, B = game.payoffs
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(A), max_size=len(A)).filter(any))
    mixture = [Fraction(w, sum(weights)) for w in weights]
    below = sum(w * row for w, row in zip(mixture, A, strict=True)) - Fraction(1, 1000)
    others = [data.draw(st.integers(-9, 9)) for _ in range(game.shape[1])]
    larger = both(np.vstack([A, [below]]), np.vstack([B, [[Fraction(v) for v in others]]]))
    assert dominated_strategies(larger, 0)
    assert found(larger) == {((*x, Fraction(0)), y) for x, y in found(game)}


@given(st.one_of(games(high=3), degenerate_games(high=4)), st.data())
@settings(max_examples=40)
def test_every_point_of_a_component_is_an_equilibrium_and_a_correlated_one(game, data):
    result = equilibria(game)
    component = data.draw(st.sampled_from(result.components))
    subset = data.draw(st.sampled_from(component.subsets))
    point = []
    for p, side in enumerate(subset):
        weights = data.draw(
            st.lists(st.integers(0, 3), min_size=len(side), max_size=len(side)).filter(any)
        )
        point.append(
            tuple(
                sum(w * result.extreme[p][i][s] for w, i in zip(weights, side, strict=True))
                / Fraction(sum(weights))
                for s in range(game.shape[p])
            )
        )
    assert literal_equilibrium(game, *point)
    joint = {
        game.names((i, j)): v * w
        for i, v in enumerate(point[0])
        for j, w in enumerate(point[1])
        if v * w
    }
    assert is_correlated_equilibrium(game, joint)


@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(2, 4))
@settings(max_examples=40)
def test_large_random_payoffs_make_an_odd_number(seed, m, n):
    """Ties of payoffs up to 10^12 have probability nil, so games are nondegenerate."""
    A, B = np.random.default_rng(seed).integers(-(10**12), 10**12, (2, m, n))
    result = equilibria(both(A, B))
    assert len(result.profiles) % 2 == 1
    assert all(component.isolated for component in result.components)
    assert all(len(p.supports[0]) == len(p.supports[1]) for p in result.profiles)
    assert all(regrets(result.game, p.strategies) == (0, 0) for p in result.profiles)


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 5), st.sampled_from([3, 100]))
@settings(max_examples=40)
def test_zero_sum_values_are_those_of_linear_programming(seed, m, n, high):
    A = np.random.default_rng(seed).integers(-high, high, (m, n))
    game = both(A, -A)
    value = zero_sum_value(game).value
    assert {profile.payoffs for profile in equilibria(game).profiles} == {(value, -value)}
    assert len(equilibria(game).components) == 1  # optimal strategies are exchangeable
    program = linprog(
        [*[0] * m, -1],
        A_ub=np.column_stack([-A.T, np.ones(n)]),
        b_ub=np.zeros(n),
        A_eq=[[*[1] * m, 0]],
        b_eq=[1],
        bounds=[(0, None)] * m + [(None, None)],
    )
    assert -program.fun == pytest.approx(float(value), abs=1e-9 * high)


# -- the batch -------------------------------------------------------------------------------


def assert_batch(payoffs):
    array = np.asarray(payoffs)
    result = equilibria_batch(array)
    assert len(result) == len(array)
    for k in range(len(array)):
        exact = np.vectorize(Fraction, otypes=[object])(array[k].astype(object))
        assert result.equilibria(k) == equilibria(both(*exact)).profiles, array[k].tolist()
    return result


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (2, 5), (5, 2), (3, 6), (5, 5), (6, 4)])
@pytest.mark.parametrize("high", [2, 10, 10**5])
def test_the_batch_on_every_shape(shape, high):
    rng = np.random.default_rng([*shape, high])
    assert_batch(rng.integers(0, high, size=(12, 2, *shape)))


@pytest.mark.parametrize("number", [0, 1, 63, 64, 65, 128, 129])
def test_the_batch_at_the_edges_of_blocks(number):
    games = np.random.default_rng(number).integers(0, 3, size=(number, 2, 2, 2))
    result = assert_batch(games) if number else equilibria_batch(games)
    assert result.counts.shape == (number,)
    assert result.offsets[-1] == result.counts.sum() == len(result.payoffs)


@pytest.mark.parametrize("power", [52, 53, 54, 61, 62])
def test_the_batch_near_the_bounds_of_doubles_and_integers(power):
    rng = np.random.default_rng(power)
    top = 2**power
    for values in ([-top, top], [-top, top - 1, top], [top, top - 1], [0, 1, top]):
        games = rng.choice(np.array(values, dtype=np.int64), size=(8, 2, 2, 3))
        assert_batch(games)
        assert_batch(games.astype(object) * 2 + 1)
    doubles = rng.integers(-3, 4, size=(8, 2, 2, 2)) * float(top)
    assert_batch(doubles)
    assert_batch(np.nextafter(doubles, 1))


def test_the_smallest_and_the_largest_integers():
    edge = np.array([-(2**63), 2**63 - 1, 0, -1])
    games = np.random.default_rng(63).choice(edge, size=(30, 2, 2, 2))
    assert_batch(games)
    unsigned = np.array([2**64 - 1, 2**63, 0, 1], dtype=np.uint64)
    assert_batch(np.random.default_rng(64).choice(unsigned, size=(30, 2, 2, 2)))


def test_the_batch_reads_memory_of_any_layout():
    games = np.random.default_rng(2).integers(0, 4, size=(40, 2, 3, 4))
    expected = equilibria_batch(games)
    layouts = {
        "fortran": np.asfortranarray(games),
        "every second": np.repeat(games, 2, axis=0)[::2],
        "backwards twice": games[:, :, ::-1][:, :, ::-1],
        "transposed": np.ascontiguousarray(games.transpose(3, 2, 1, 0)).transpose(3, 2, 1, 0),
        "big-endian": games.astype(">i8"),
        "bytes": games.astype(np.int8),
        "unsigned": games.astype(np.uint64),
        "half floats": games.astype(np.float16),
        "lists": games.tolist(),
    }
    for name, layout in layouts.items():
        result = equilibria_batch(layout)
        assert np.array_equal(result.counts, expected.counts), name
        assert np.array_equal(result.strategies[0], expected.strategies[0]), name
        assert np.array_equal(result.payoffs, expected.payoffs), name
    turned = equilibria_batch(games.transpose(0, 1, 3, 2)[:, ::-1])
    assert np.array_equal(turned.counts, expected.counts)
    for k in range(5):
        assert {p.strategies[::-1] for p in turned.equilibria(k)} == {
            p.strategies for p in expected.equilibria(k)
        }
