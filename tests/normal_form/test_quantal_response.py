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
from negotiation.normal_form import quantal_response as quantal
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
        # probabilities are rounded to 1e-15, which an error in the exponent multiplies by L
        size = point.precision * max(array.max() - array.min() for array in game.payoffs)
        rounding = Fraction(1, 10**12) + size * Fraction(1, 10**14)
        assert literal_residual(game, point) <= point.residual <= rounding
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
    for regret, array in zip(regrets(game, result.selected), game.payoffs, strict=True):
        assert regret <= (array.max() - array.min()) / Fraction(10**4)
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


def test_folds_are_located():
    folds = quantal_response(TURNING).singular
    assert [own.kind for own in folds] == ["fold", "fold"]
    for fold, other, sign in zip(folds, (0.92, 0.895), (1, -1), strict=True):
        level = fold.point.precision
        assert float(level) == pytest.approx(other, abs=0.005)
        # next to the fold the branch is on one side of its precision only
        beyond = quantal_response(TURNING, level + sign * Fraction(1, 10**5)).selected
        gap = max(
            abs(a - b)
            for x, y in zip(beyond, fold.point.strategies, strict=True)
            for a, b in zip(x, y, strict=True)
        )
        assert gap > Fraction(1, 20)
    assert "fold" in quantal_response(TURNING).tables()[1].as_csv()


CHICKEN = NormalForm.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])
NEARLY_CHICKEN = NormalForm.from_arrays([[6, 2], ["7.01", 0]], [[6, 7], [2, 0]])


def test_a_hundredth_decides_who_gives_way():
    result = quantal_response(NEARLY_CHICKEN)
    assert result.selected == ((0, 1), (1, 0))
    assert (result.index, result.knife_edge, result.singular) == (1, False, ())
    at = quantal_response(NEARLY_CHICKEN, 2).selected
    rounded = [round(float(weight), 3) for own in at for weight in own]
    assert rounded == [0.146, 0.854, 0.958, 0.042]


def test_a_symmetric_game_of_chicken_is_knife_edge():
    result = quantal_response(CHICKEN)
    assert result.selected == ((Fraction(2, 3), Fraction(1, 3)),) * 2
    assert (result.index, result.knife_edge) == (-1, True)
    (crossing,) = result.singular
    # both derivatives are 3 times the precision times x (1 - x), and their product is 1
    x = float(crossing.point.strategies[0][0])
    assert 3 * float(crossing.point.precision) * x * (1 - x) == pytest.approx(1, abs=1e-3)
    assert "Knife-edge: at precision 1.37" in str(result)
    assert not quantal_response(CHICKEN, 1).knife_edge
    assert quantal_response(CHICKEN, 2).knife_edge


def test_a_crossing_on_a_branch_that_does_not_move_is_seen():
    one = np.eye(3, dtype=int)
    result = quantal_response(NormalForm.from_arrays(one, one))
    assert result.selected == ((Fraction(1, 3),) * 3,) * 2
    assert result.knife_edge
    (crossing,) = result.singular
    assert float(crossing.point.precision) == pytest.approx(3, abs=1e-3)


@pytest.mark.parametrize("size", ["1e-3", "1e-6", "1e-10", "1e-13", "1e-15", "1e-17"])
def test_a_selection_has_index_one_or_is_knife_edge(size):
    """However near the curves are: at some distance floating point no longer tells them apart."""
    rng = np.random.default_rng(8)
    for base in (CHICKEN, NormalForm.from_arrays([[10, 0], [0, 1]], [[1, 0], [0, 10]])):
        noise = rng.integers(-1000, 1001, (2, 2, 2)) * (Fraction(size) / 1000)
        result = quantal_response(NormalForm.from_arrays(*(base.payoffs + noise)))
        assert result.limit
        assert result.index == (-1 if result.knife_edge else 1)
        assert result.knife_edge == (Fraction(size) < Fraction(1, 10**12)) or size == "1e-13"


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


DILEMMA = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])


@pytest.mark.parametrize("power", [3, 6, 9, -6])
def test_the_limit_is_in_each_players_own_units(power):
    result = quantal_response(DILEMMA.rescale(0, Fraction(10) ** power, 0))
    assert result.selected == ((0, 1), (0, 1))
    assert (result.limit, result.epsilon, result.index) == (True, 0, 1)


@given(games(), st.integers(-9, 15), st.integers(0, 1))
@settings(max_examples=25)
def test_nothing_is_called_an_equilibrium_that_is_none(game, power, player):
    game = game.rescale(player, Fraction(10) ** power, 0)
    result = quantal_response(game)
    title = result.tables()[0].title
    small = all(
        regret <= (array.max() - array.min()) / Fraction(10**4)
        for regret, array in zip(regrets(game, result.selected), game.payoffs, strict=True)
    )
    assert small or not result.limit
    assert (title == "Where the logit path ended") == (not result.limit)
    assert (title == "Equilibrium selected by the logit path") == (result.error is not None)
    if result.error == 0:
        assert is_equilibrium(game, result.selected)
    assert result.limit or abs(power) > 5


def test_a_path_that_cannot_be_followed_says_where_it_ended():
    result = quantal_response(DILEMMA.rescale(0, 10**15, 0))
    assert not result.limit
    assert (result.error, result.index) == (None, None)
    assert result.selected == result.point.strategies
    assert result.epsilon == max(regrets(result.game, result.selected))
    text = str(result.tables()[0])
    assert "could not be followed beyond precision" in text
    assert "Equilibrium selected" not in text


GOLDEN = NormalForm.from_arrays(
    [[[2, 0], [2, 1]], [[2, 2], [1, 1]]],
    [[[2, 1], [1, 0]], [[1, 0], [2, 2]]],
    [[[1, 2], [2, 2]], [[2, 2], [2, 0]]],
)
"""With s the root of 5 its only equilibrium has 1 - 1 / s, (s - 1) / 2 and 3 - s first."""


def test_a_path_that_stops_early_has_no_limit(monkeypatch):
    """Though the regret is small where it stops: next to a centroid that is an equilibrium."""
    noise = np.array([[1, 2], [-3, 5]]) * Fraction(1, 10**6)
    one = np.eye(2, dtype=int)
    game = NormalForm.from_arrays(one + noise, one + noise)
    assert quantal_response(game).limit
    monkeypatch.setattr(quantal, "MAX_STEPS", 5)
    result = quantal_response(game)
    assert result.epsilon < Fraction(1, 10**5)
    assert not result.limit
    assert (result.error, result.index) == (None, None)


def test_an_irrational_end_is_polished():
    result = quantal_response(GOLDEN)
    assert (result.limit, result.index) == (True, 1)
    assert 0 < result.error < Fraction(1, 10**30)
    assert 0 < result.epsilon < Fraction(1, 10**30)
    (x, _), (y, _), (z, _) = result.selected
    for value in (5 * (1 - x) ** 2 - 1, y**2 + y - 1, (3 - z) ** 2 - 5):
        assert abs(value) <= 10 * result.error
    assert "Every probability of an equilibrium is within" in str(result)


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
