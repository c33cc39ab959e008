"""All isolated equilibria of games with three and more players.

Oracles: the exact regrets; for 2x2x2 games a second solver that shares no code with the
finder (elimination by hand to one polynomial in one variable, exact root isolation by
sympy); `equilibria` for games in which only two players have a choice.
"""

import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import SMALL, TIES, games

from negotiation.errors import GameError, TooLargeError
from negotiation.normal_form import (
    NormalForm,
    equilibria,
    is_equilibrium,
    pure_equilibria,
    regrets,
)
from negotiation.normal_form.multilinear import solve_multilinear
from negotiation.normal_form.rationalizability import rationalizable_sets
from negotiation.normal_form.support_systems import isolated_equilibria

TOLERANCE = Fraction(1, 10**9)


def game_of(function, shape):
    """Return the game with payoffs function(player, profile)."""
    arrays = [np.empty(shape, dtype=object) for _ in shape]
    for place in np.ndindex(*shape):
        for p, array in enumerate(arrays):
            array[place] = Fraction(function(p, place))
    return NormalForm.from_arrays(*arrays)


def random_game(seed, shape, low=-50, high=51):
    rng = np.random.default_rng(seed)
    return NormalForm.from_arrays(*(rng.integers(low, high, shape) for _ in shape))


def verify(found):
    """Check what is said about every profile from the definition."""
    game = found.game
    for e in found.profiles:
        assert all(sum(own) == 1 and min(own) >= 0 for own in e.strategies)
        assert max(regrets(game, e.strategies)) == e.regret <= TOLERANCE
        assert e.exact == bool(is_equilibrium(game, e.strategies))
        assert e.error >= 0
        assert e.radius > e.error or not e.isolated
    assert len({e.strategies for e in found.profiles}) == len(found.profiles)
    assert {tuple(s[0] for s in e.supports) for e in found.profiles if e.pure} == set(
        pure_equilibria(game)
    )
    assert (found.guarantee == "all") == (not found.undecided)


# -- a second solver for 2x2x2 games -----------------------------------------------------


def totally_mixed(game):
    """Return the number of equilibria of a 2x2x2 game in which all mix, or None if degenerate.

    With x, y, z the chances of second strategies the conditions are bilinear: a(y, z) = 0,
    b(x, z) = 0, c(x, y) = 0. From the last two y and z are fractions of linear functions of x,
    and the first becomes a quadratic in x.
    """
    x = sympy.Symbol("x")

    def condition(p):
        gain = game.payoffs[p].take(1, axis=p) - game.payoffs[p].take(0, axis=p)
        m = [[sympy.Rational(v.numerator, v.denominator) for v in row] for row in gain]
        # constant, first variable, second variable, both
        return m[0][0], m[1][0] - m[0][0], m[0][1] - m[0][0], m[0][0] + m[1][1] - m[0][1] - m[1][0]

    a, b, c = map(condition, range(3))
    z_above, z_below = -(b[0] + b[1] * x), b[2] + b[3] * x
    y_above, y_below = -(c[0] + c[1] * x), c[2] + c[3] * x
    one = sympy.expand(
        a[0] * y_below * z_below
        + a[1] * y_above * z_below
        + a[2] * y_below * z_above
        + a[3] * y_above * z_above
    )
    if one == 0:
        return None
    polynomial = sympy.Poly(one, x)
    for other in (z_above, z_below, y_above, y_below, z_above - z_below, y_above - y_below):
        if other == 0 or sympy.gcd(polynomial, sympy.Poly(other, x)).degree() > 0:
            return None  # a root on the border, or a free variable
    if sympy.discriminant(polynomial) == 0 and polynomial.degree() == 2:
        return None

    def sign(linear, root):
        return sympy.sign(sympy.simplify(linear.subs(x, root)))

    count = 0
    for root in sympy.roots(polynomial):
        if root.is_real and 0 < root < 1:
            inside = all(
                sign(above, root) == sign(below, root) == sign(below - above, root)
                for above, below in ((z_above, z_below), (y_above, y_below))
            )
            count += inside
    return count


def one_pure(game):
    """Return the number of equilibria of a 2x2x2 game in which exactly two mix."""
    count = 0
    for r, s in itertools.product(range(3), range(2)):
        p, q = (k for k in range(3) if k != r)
        A = game.payoffs[p].take(s, axis=r)
        B = game.payoffs[q].take(s, axis=r)
        try:
            y = (A[0, 0] - A[1, 0]) / (A[0, 0] - A[1, 0] + A[1, 1] - A[0, 1])
            x = (B[0, 0] - B[0, 1]) / (B[0, 0] - B[0, 1] + B[1, 1] - B[1, 0])
        except ZeroDivisionError:
            if A[0, 0] == A[1, 0] or B[0, 0] == B[0, 1]:
                return None
            continue  # one's gain from switching is the same, and not zero, whatever the other does
        if 0 < x < 1 and 0 < y < 1:
            profile = [None] * 3
            profile[p], profile[q] = (1 - x, x), (1 - y, y)
            profile[r] = (Fraction(1 - s), Fraction(s))
            count += bool(is_equilibrium(game, profile))
    return count


@pytest.mark.parametrize("seed", range(25))
def test_two_by_two_by_two_against_elimination_to_one_variable(seed):
    game = random_game(seed, (2, 2, 2), -9, 10)
    if seed % 2:  # a cycle with noise: no pure equilibria, much mixing
        game = game_of(
            lambda p, t: (
                (3 if (t[p] == t[(p + 1) % 3]) == (p < 2 or seed % 4 == 1) else -3)
                + game.payoffs[p][t] / 5
            ),
            (2, 2, 2),
        )
    found = isolated_equilibria(game)
    verify(found)
    mixing = [sum(len(s) > 1 for s in e.supports) for e in found.profiles]
    expected = totally_mixed(game)
    if expected is not None:
        assert mixing.count(3) == expected
    two = one_pure(game)
    if two is not None:
        assert mixing.count(2) == two
    if found.guarantee == "all":
        assert len(found.profiles) % 2 == 1
        assert mixing.count(1) == 0


def test_the_second_solver_sees_all_kinds():
    counts = [totally_mixed(random_game(seed, (2, 2, 2), -9, 10)) for seed in range(16)]
    assert {0, 1} <= set(counts)


# -- known games -------------------------------------------------------------------------


def irrational():
    """Return a game with three players whose only equilibrium is irrational."""
    return NormalForm.from_arrays(
        [[[5, 1], [2, 6]], [[0, 4], [4, 0]]],
        [[[2, 1], [5, 0]], [[4, 6], [0, 5]]],
        [[[5, 4], [0, 6]], [[5, 1], [2, 1]]],
    )


def test_an_irrational_game_has_a_certified_neighbour():
    game = irrational()
    # no equilibrium with a pure strategy: no pure one, none in which two mix, and no ties
    assert pure_equilibria(game) == ()
    assert one_pure(game) == 0
    for p, array in enumerate(game.payoffs):
        assert (array.take(0, axis=p) != array.take(1, axis=p)).all()
    # and one, irrational, in which all mix: by a Groebner basis of the conditions
    chances = sympy.symbols("x y z")
    conditions = []
    for p, array in enumerate(game.payoffs):
        gain = array.take(1, axis=p) - array.take(0, axis=p)
        u, v = (c for q, c in enumerate(chances) if q != p)
        weights = [[(1 - u) * (1 - v), (1 - u) * v], [u * (1 - v), u * v]]
        conditions.append(sum(int(gain[i, j]) * weights[i][j] for i in range(2) for j in range(2)))
    basis = sympy.groebner(list(map(sympy.expand, conditions)), *chances, order="lex")
    *linear, last = basis.exprs
    assert sympy.Poly(last, chances[2]).degree() == 2
    inside = []
    for z in sympy.Poly(last, chances[2]).real_roots():
        x, y = (
            sympy.solve(e.subs(chances[2], z), c)[0] for e, c in zip(linear, chances, strict=False)
        )
        if all(0 < v < 1 for v in (x, y, z)):
            inside.append((x, y, z))
    assert len(inside) == 1
    assert not any(sympy.radsimp(v).is_rational for v in inside[0])
    found = isolated_equilibria(game)
    verify(found)
    assert found.guarantee == "all"
    e = found.unique
    assert e is not None
    assert e.isolated
    assert not e.exact
    assert 0 < e.regret <= TOLERANCE
    for own, value in zip(e.strategies, inside[0], strict=True):
        distance = abs(sympy.N(value, 60) - sympy.Rational(own[1].numerator, own[1].denominator))
        assert 0 < distance <= sympy.Rational(e.error.numerator, e.error.denominator)


def test_nine_equilibria_of_two_by_two_by_two():
    # an example after McKelvey and McLennan (1996)
    payoffs = {
        (0, 0, 0): (9, 8, 12),
        (1, 1, 0): (9, 8, 2),
        (1, 0, 1): (3, 4, 6),
        (0, 1, 1): (3, 4, 6),
    }
    found = isolated_equilibria(game_of(lambda p, t: payoffs.get(t, (0, 0, 0))[p], (2, 2, 2)))
    verify(found)
    assert found.guarantee == "all"
    assert len(found.profiles) == 9
    assert all(e.isolated for e in found.profiles)


def test_three_player_matching_pennies():
    # Jordan (1993): 1 wants to match 2, 2 wants to match 3, 3 wants to differ from 1
    found = isolated_equilibria(
        game_of(lambda p, t: int((t[p] == t[(p + 1) % 3]) == (p < 2)), (2, 2, 2))
    )
    verify(found)
    assert found.guarantee == "all"
    assert found.unique.strategies == ((Fraction(1, 2),) * 2,) * 3
    assert found.unique.exact
    assert found.data()["profiles"][0]["regret"] == 0


@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 3, 3), (2, 2, 2, 2)])
def test_pure_coordination_has_one_equilibrium_per_set_of_strategies(shape):
    # all earn 1 if they agree, else 0: in a support, all its profiles are alike by symmetry
    found = isolated_equilibria(game_of(lambda _, t: int(len(set(t)) == 1), shape))
    verify(found)
    uniform = {
        tuple(Fraction(int(i in own), len(own)) for i in range(shape[0]))
        for size in range(1, shape[0] + 1)
        for own in itertools.combinations(range(shape[0]), size)
    }
    same = [e.strategies[0] for e in found.profiles if len(set(e.strategies)) == 1]
    assert set(same) == uniform
    assert all(e.exact for e in found.profiles)
    for e in found.profiles:
        assert is_equilibrium(found.game, e.strategies)


@given(game=games(entries=SMALL, low=2, high=3), third=SMALL)
@settings(max_examples=25)
def test_a_third_player_without_choice_changes_nothing(game, third):
    A, B = (array[:, :, None] for array in game.payoffs)
    found = isolated_equilibria(NormalForm.from_arrays(A, B, np.full_like(A, Fraction(third))))
    verify(found)
    known = equilibria(game)
    points = {e.strategies for e in known.profiles}
    got = {e.strategies[:2] for e in found.profiles}
    alone = {known.profiles[c.profiles[0]].strategies for c in known.components if c.isolated}
    isolated = {e.strategies[:2] for e in found.profiles if e.isolated}
    if found.guarantee == "all":
        assert got == points == alone == isolated
    assert isolated <= alone
    assert all(is_equilibrium(game, strategies) for strategies in got)
    if len(alone) < len(known.components):
        assert found.undecided


# -- properties --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "seeds"), [((2, 2, 2), 12), ((2, 2, 3), 5), ((2, 2, 2, 2), 3), ((2, 3, 3), 3)]
)
def test_an_odd_number_where_nothing_is_left_open(shape, seeds):
    for seed in range(seeds):
        game = random_game(seed, shape, -(10**6), 10**6)
        found = isolated_equilibria(game)
        verify(found)
        assert found.guarantee == "all"
        assert len(found.profiles) % 2 == 1
        sets = rationalizable_sets(game).sets
        for e in found.profiles:
            for names, used, own in zip(game.strategies, e.supports, sets, strict=True):
                assert {names[i] for i in used} <= set(own)


@given(game=games(entries=TIES, players=3, low=2, high=2), data=st.data())
@settings(max_examples=20)
def test_ties_lose_no_equilibrium(game, data):
    found = isolated_equilibria(game)
    verify(found)
    # any equilibrium on a grid is listed, or lies in supports that are reported
    weights = [Fraction(k, 4) for k in range(5)]
    listed = {e.strategies for e in found.profiles}
    open_ = {u.supports: u.bounds for u in found.undecided}
    for point in itertools.product(weights, repeat=3):
        profile = tuple((1 - w, w) for w in point)
        if profile in listed or max(regrets(game, profile)) > 0:
            continue
        names = tuple(
            tuple(n for n, w in zip(own, its, strict=True) if w)
            for own, its in zip(game.strategies, profile, strict=True)
        )
        assert names in open_
        for own, its in zip(open_[names], profile, strict=True):
            used = [w for w in its if w]
            assert all(low <= w <= high for (low, high), w in zip(own, used, strict=True))
    # a listed equilibrium next to which another one lies on the grid line is not isolated
    factor = data.draw(st.sampled_from([Fraction(1, 10**9), 10**9]))
    moved = isolated_equilibria(game.rescale(0, factor, 10**12))
    assert [e.supports for e in moved.profiles] == [e.supports for e in found.profiles]
    assert [u.supports for u in moved.undecided] == [u.supports for u in found.undecided]


def test_continua_are_said_in_words():
    found = isolated_equilibria(game_of(lambda *_: 0, (2, 2, 2)))
    assert found.guarantee == "some"
    assert len(found.profiles) == 8
    assert not any(e.isolated for e in found.profiles)
    assert len(found.undecided) == 27 - 8
    assert {u.reason for u in found.undecided} == {"equilibria form a continuum"}
    text = str(found)
    assert "strategy 1 [0, 1], strategy 2 [0, 1]" in text
    assert "There may be other equilibria" in text
    assert len(found.data()["undecided"]) == 19
    assert pickle.loads(pickle.dumps(found)) == found
    hash(found)


def test_a_double_root_is_reported():
    # y z = 1/4 and y + z = 1, each by one player: the equations touch at y = z = 1/2
    def payoff(p, t):
        x, y, z = t
        return [x * (4 * y * z - 1), y * (y * 0 + 2 * x - 1), z * (0 * z + 2 * x - 1)][p]

    found = isolated_equilibria(game_of(payoff, (2, 2, 2)))
    full = (("strategy 1", "strategy 2"),) * 3
    assert full in {u.supports for u in found.undecided}


def test_tolerance_is_kept_and_stops_have_a_reason():
    game = irrational()
    fine = isolated_equilibria(game, tolerance=Fraction(1, 10**60))
    assert fine.profiles[-1].regret <= Fraction(1, 10**60)
    assert fine.profiles[-1].error < Fraction(1, 10**55)
    large = isolated_equilibria(game.rescale(0, 10**30))
    assert large.profiles[-1].regret <= TOLERANCE
    stopped = isolated_equilibria(game, budget=0)
    assert {u.reason for u in stopped.undecided} == {"the search was stopped"}
    assert stopped.guarantee == "some"


def test_refusals():
    big = game_of(lambda p, t: int(t[p] == sum(t) % 5), (5, 5, 5))
    with pytest.raises(TooLargeError, match=r"29,791 support profiles and the limit is 5,000"):
        isolated_equilibria(big)
    with pytest.raises(GameError, match="tolerance: 0 is not positive"):
        isolated_equilibria(irrational(), tolerance=0)


def test_roots_of_a_multilinear_system_alone():
    # x + y = 1 and x y = 2/9, with x and y the chances of second strategies
    rows = np.array([[[-1, 0], [0, 1]], [[-2, -2], [-2, 7]]])
    found = solve_multilinear(rows, 2, bits=200, budget=10_000)
    assert found.region is None
    points = {tuple(own[1] for own in root.point) for root in found.roots}
    assert points == {(Fraction(1, 3), Fraction(2, 3)), (Fraction(2, 3), Fraction(1, 3))}
    assert all(root.error == 0 and root.radius > 0 for root in found.roots)
    fifth = np.array([[[-1, 0], [0, 1]], [[-1, -1], [-1, 4]]])  # with x y = 1/5 they are irrational
    for root in solve_multilinear(fifth, 2, bits=200, budget=10_000).roots:
        assert 0 < root.error < Fraction(1, 10**50)
        assert abs((2 * root.point[0][1] - 1) ** 2 - Fraction(1, 5)) < 8 * root.error
    half = np.array([[[-1, 0], [0, 1]], [[-1, -1], [-1, 3]]])  # the same with x y = 1/4
    touching = solve_multilinear(half, 2, bits=200, budget=10_000)
    assert touching.roots == ()
    assert all(low <= Fraction(1, 2) <= high for own in touching.region for low, high in own)
    assert math.prod(high - low for own in touching.region for low, high in own) < 1e-6


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(6))
def test_three_by_three_by_three(seed):
    found = isolated_equilibria(random_game(seed, (3, 3, 3), -(10**6), 10**6))
    verify(found)
    assert found.guarantee == "all"
    assert len(found.profiles) % 2 == 1
