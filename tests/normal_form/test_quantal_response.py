import math
import pickle
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import SMALL, TIES, games

from negotiation.errors import GameError
from negotiation.normal_form import NormalForm, equilibria, is_equilibrium, regrets
from negotiation.normal_form.quantal_response import quantal_response

HALF = Fraction(1, 2)


def pennies(prize):
    """Return matching pennies in which player 1 wins `prize` for matching on the first side."""
    return NormalForm.from_arrays([[prize, 0], [0, 1]], [[0, 1], [1, 0]])


def literal_earnings(game, p, profile):
    """Sum over all cells: probability of the others' part times payoff."""
    values = [Fraction(0)] * game.shape[p]
    for cell in np.ndindex(*game.shape):
        chance = math.prod(
            (own[i] for k, (own, i) in enumerate(zip(profile, cell, strict=True)) if k != p),
            start=Fraction(1),
        )
        values[cell[p]] += chance * game.payoffs[p][cell]
    return values


def literal_residual(game, point):
    """Return the largest difference to the logit answers, by the definition, to 60 digits."""
    most = Decimal(0)
    with localcontext() as context:
        context.prec = 60

        def decimal(value):
            return Decimal(value.numerator) / Decimal(value.denominator)

        for p, own in enumerate(point.strategies):
            values = literal_earnings(game, p, point.strategies)
            powers = [decimal(point.precision * (v - values[0])).exp() for v in values]
            for weight, power in zip(own, powers, strict=True):
                most = max(most, abs(decimal(weight) - power / sum(powers)))
    return Fraction(most)


def check(game, result):
    for point in result.path:
        assert all(sum(own) == 1 and min(own) >= 0 for own in point.strategies)
        assert literal_residual(game, point) <= point.residual <= Fraction(1, 10**6)
        assert point.regret == max(regrets(game, point.strategies))
    assert result.path[0].precision == 0
    assert result.epsilon == max(regrets(game, result.selected))
    assert result.guarantee == "approximate"


@given(
    st.one_of(games(), games(entries=TIES), games(entries=TIES, players=3, high=2)),
    st.sampled_from([Fraction(1, 10), 1, Fraction(5, 2)]),
)
@settings(max_examples=25)
def test_every_point_is_as_good_as_it_says(game, precision):
    result = quantal_response(game, precision)
    check(game, result)
    assert result.point.precision == precision
    assert result.selected == result.point.strategies
    assert not result.limit


@given(games(entries=SMALL, players=1, high=4))
@settings(max_examples=10)
def test_one_player_answers_by_logit(game):
    (own,) = quantal_response(game, 1).selected
    powers = [math.exp(v - max(game.payoffs[0])) for v in game.payoffs[0]]
    for weight, power in zip(own, powers, strict=True):
        assert float(weight) == pytest.approx(power / sum(powers), abs=1e-9)


@given(st.one_of(games(), games(entries=TIES), games(players=3, high=2)))
@settings(max_examples=20)
def test_the_limit_is_nearly_an_equilibrium(game):
    result = quantal_response(game)
    check(game, result)
    span = max(array.max() - array.min() for array in game.payoffs) or 1
    assert result.epsilon <= span / 10**4
    assert result.limit
    assert bool(is_equilibrium(game, result.selected)) == (result.epsilon == 0)


@given(st.one_of(games(high=4), games(entries=TIES)))
@settings(max_examples=15)
def test_the_limit_of_a_game_with_one_equilibrium_is_that(game):
    only = equilibria(game).unique
    if only is not None:
        result = quantal_response(game)
        assert max(
            abs(a - b)
            for own, other in zip(only.strategies, result.point.strategies, strict=True)
            for a, b in zip(own, other, strict=True)
        ) <= Fraction(1, 100)


@given(games(players=3, entries=TIES))
@settings(max_examples=10)
def test_precision_zero_is_uniform(game):
    result = quantal_response(game, 0)
    assert len(result.path) == 1
    for own in result.selected:
        assert max(own) - min(own) <= Fraction(1, 10**14)
        assert all(abs(weight - Fraction(1, len(own))) <= Fraction(1, 10**14) for weight in own)


def test_matching_pennies_stay_uniform():
    for precision in (0, 1, 10, 1000):
        assert quantal_response(pennies(1), precision).selected == ((HALF, HALF), (HALF, HALF))
    assert quantal_response(pennies(1)).selected == ((HALF, HALF), (HALF, HALF))


@pytest.mark.parametrize("precision", [0.25, 1, 4])
def test_asymmetric_pennies_solve_the_two_equations(precision):
    """With odds p, q of the first side: bisection on q = logit(L (1 - 2 p(q)))."""
    prize = 9

    def first(q):
        return 1 / (1 + math.exp(-precision * ((prize + 1) * q - 1)))

    def excess(q):
        return q - 1 / (1 + math.exp(-precision * (1 - 2 * first(q))))

    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    p, q = (own[0] for own in quantal_response(pennies(prize), precision).selected)
    assert float(q) == pytest.approx(low, abs=1e-10)
    assert float(p) == pytest.approx(first(low), abs=1e-10)
    assert p > HALF  # against the Nash equilibrium, the own payoff matters


def test_asymmetric_pennies_lead_to_their_equilibrium():
    result = quantal_response(pennies(9))
    assert result.selected == ((HALF, HALF), (Fraction(1, 10), Fraction(9, 10)))
    assert result.epsilon == 0


def test_the_risk_dominant_equilibrium_is_selected():
    game = NormalForm.from_arrays([[9, 0], [8, 7]], [[9, 8], [0, 7]])
    assert quantal_response(game).selected == ((0, 1), (0, 1))


TURNING = NormalForm.from_arrays(
    [[22, 21, 26], [1, 21, 11], [25, 25, 8]], [[17, 14, 16], [24, 19, 22], [20, 7, 17]]
)


def test_a_turning_point_is_passed():
    """The branch turns back at precision 0.92 and again at 0.895 (as gambit has it too)."""
    result = quantal_response(TURNING)
    check(TURNING, result)
    levels = [float(point.precision) for point in result.path]
    turn = next(k for k in range(len(levels)) if levels[k + 1] < levels[k])
    again = next(k for k in range(turn, len(levels)) if levels[k + 1] > levels[k])
    assert levels[turn] == pytest.approx(0.92, abs=0.01)
    assert levels[again] == pytest.approx(0.895, abs=0.01)
    assert result.selected == ((0, 0, 1), (1, 0, 0))


def test_of_three_profiles_at_a_precision_the_first_is_returned():
    result = quantal_response(TURNING, Fraction(91, 100))
    check(TURNING, result)
    levels = [point.precision for point in result.path]
    assert levels == sorted(levels)
    assert levels[-1] == Fraction(91, 100)


def test_a_symmetric_branching_point_is_gone_straight_through():
    game = NormalForm.from_arrays([[10, 0], [0, 1]], [[1, 0], [0, 10]])
    result = quantal_response(game)
    high, low = Fraction(10, 11), Fraction(1, 11)
    assert result.selected == ((high, low), (low, high))
    check(game, result)


def test_units():
    game = NormalForm.from_arrays([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    other = game.rescale(0, 100, -7).rescale(1, 100, 3)
    for a, b in zip(
        quantal_response(game, 2).selected,
        quantal_response(other, Fraction(2, 100)).selected,
        strict=True,
    ):
        assert float(a[0]) == pytest.approx(float(b[0]), abs=1e-9)


def test_the_limit_is_that_of_gambit():
    gambit = pytest.importorskip("pygambit")
    random = np.random.default_rng(11)
    for shape in [(2, 2), (3, 3), (4, 4), (2, 2, 2), (3, 3, 3)]:
        game = NormalForm.from_arrays(*[random.integers(0, 100, shape) for _ in shape])
        peer = gambit.Game.from_arrays(*[array.astype(float) for array in game.payoffs])
        (theirs,) = gambit.nash.logit_solve(peer, maxregret=1e-6).equilibria
        ours = [float(weight) for own in quantal_response(game).selected for weight in own]
        assert [float(theirs[s]) for s in peer.strategies] == pytest.approx(ours, abs=1e-3)


def test_numbers_of_any_size():
    game = NormalForm.from_arrays([[10**40, 0], [0, 1]], [[0, 10**40], [1, 0]])
    result = quantal_response(game)
    assert result.epsilon <= 10**36
    check(game, result)


def test_constant_payoffs():
    game = NormalForm.from_arrays([[1, 1], [1, 1]], [[2, 2], [2, 2]])
    assert quantal_response(game).selected == ((HALF, HALF), (HALF, HALF))
    assert quantal_response(NormalForm.from_arrays([[1]], [[2]]), 3).selected == ((1,), (1,))


def test_results_show_themselves():
    result = quantal_response(pennies(9), "1/2")
    assert "Quantal response equilibrium at precision 0.5" in str(result)
    assert result.to_dict()["precision"] == "1/2"
    assert "Equilibrium selected by the logit path" in str(quantal_response(pennies(9)))
    assert pickle.loads(pickle.dumps(result)) == result
    assert hash(result) == hash(quantal_response(pennies(9), "1/2"))


def test_bad_precision_is_refused():
    with pytest.raises(GameError, match="negative"):
        quantal_response(pennies(2), -1)
    with pytest.raises(GameError, match="too large"):
        quantal_response(pennies(2), 10**9)
    with pytest.raises(GameError, match="no number"):
        quantal_response(pennies(2), "much")
    with pytest.raises(GameError, match="no finite number"):
        quantal_response(pennies(2), math.nan)
