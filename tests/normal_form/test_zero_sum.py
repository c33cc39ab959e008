import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from strategies_games import MIXED_SIZES, SMALL, TIES, earnings, games

from negotiation.errors import GameError, UnknownNameError
from negotiation.normal_form import NormalForm, equilibria, is_equilibrium
from negotiation.normal_form.zero_sum import security_level, zero_sum_value

THIRD = Fraction(1, 3)


def constant_sum(game, constant=0):
    A = game.payoffs[0]
    return NormalForm.from_arrays(A, constant - A)


def value_by_scipy(table):
    rows, columns = np.shape(table)
    answer = linprog(
        [*[0] * rows, -1],
        A_ub=[[*(-float(table[i][j]) for i in range(rows)), 1] for j in range(columns)],
        b_ub=[0] * columns,
        A_eq=[[*[1] * rows, 0]],
        b_eq=[1],
        bounds=[(0, None)] * rows + [(None, None)],
    )
    return -answer.fun


@given(
    st.one_of(games(entries=TIES, high=5), games(entries=MIXED_SIZES), games(high=5)),
    st.sampled_from([0, 7, Fraction(-1, 3)]),
)
@settings(max_examples=80)
def test_each_strategy_secures_its_part_of_the_constant(game, constant):
    game = constant_sum(game, constant)
    solution = zero_sum_value(game)
    x, y = solution.strategies
    for own in (x, y):
        assert sum(own) == 1
        assert min(own) >= 0
    secured = [
        sum((w * v for w, v in zip(x, column, strict=True)), Fraction(0))
        for column in game.payoffs[0].T
    ]
    conceded = earnings(game, 0, y)
    assert min(secured) == solution.value == max(conceded)
    assert sum(solution.payoffs) == constant == solution.constant
    assert is_equilibrium(game, (x, y))
    assert security_level(game, 0) == solution.value
    assert security_level(game, 1) == constant - solution.value


@given(games(high=6))
@settings(max_examples=30)
def test_the_value_is_that_of_scipy(game):
    value = zero_sum_value(constant_sum(game)).value
    assert float(value) == pytest.approx(value_by_scipy(game.payoffs[0].tolist()), abs=1e-7)


@given(st.one_of(games(entries=TIES, high=4), games(entries=SMALL)))
@settings(max_examples=30)
def test_every_equilibrium_has_the_value(game):
    game = constant_sum(game)
    value = zero_sum_value(game).value
    assert {profile.payoffs[0] for profile in equilibria(game).profiles} == {value}


@given(games(entries=TIES, players=3, high=2))
@settings(max_examples=25)
def test_security_against_several_is_a_game_against_one(game):
    for p, size in enumerate(game.shape):
        table = np.moveaxis(game.payoffs[p], p, 0).reshape(size, -1)
        assert (
            security_level(game, p) == zero_sum_value(NormalForm.from_arrays(table, -table)).value
        )


def test_a_larger_game_is_solved_with_a_proposal():
    table = np.random.default_rng(3).integers(-50, 50, (45, 40))
    game = NormalForm.from_arrays(table, -table)
    solution = zero_sum_value(game)
    assert is_equilibrium(game, solution.strategies)
    assert float(solution.value) == pytest.approx(value_by_scipy(table))


def test_rock_paper_scissors():
    table = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    solution = zero_sum_value(NormalForm.from_arrays(table, -table))
    assert solution.value == 0
    assert solution.strategies == ((THIRD,) * 3,) * 2
    assert solution.guarantee == "one"


def test_saddle_point():
    table = np.array([[3, 2, 4], [1, 0, 9]])
    solution = zero_sum_value(NormalForm.from_arrays(table, 5 - table))
    assert solution.payoffs == (2, 3)
    assert solution.strategies == ((1, 0), (0, 1, 0))


def test_results_show_themselves():
    solution = zero_sum_value(NormalForm.from_arrays([[3, -1], [-2, 1]], [[-3, 1], [2, -1]]))
    assert "player 1 secures 0.1429 and player 2 -0.1429" in str(solution)
    assert solution.to_dict()["strategies"]["player 1"] == {"row 1": "3/7", "row 2": "4/7"}
    assert pickle.loads(pickle.dumps(solution)) == solution
    assert hash(solution) == hash(solution)


def test_other_games_are_refused_with_the_cell():
    game = NormalForm.from_arrays([[1, 2], [0, 3]], [[-1, -2], [1, -3]])
    with pytest.raises(GameError, match="add up to 1 at row 2/column 1 and to 0 at row 1/column 1"):
        zero_sum_value(game)
    with pytest.raises(GameError, match="3 players"):
        zero_sum_value(NormalForm.from_arrays([[[1]]], [[[0]]], [[[-1]]]))
    with pytest.raises(UnknownNameError):
        security_level(game, "nobody")
