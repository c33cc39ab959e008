import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from strategies_games import MIXED_SIZES, TIES, degenerate_games, games

from negotiation.errors import GameError, TooLargeError, UnknownNameError
from negotiation.normal_form import (
    NormalForm,
    equilibria,
    exact_lp,
    is_equilibrium,
    pure_equilibria,
)
from negotiation.normal_form.correlated import correlated_equilibrium, is_correlated_equilibrium
from negotiation.normal_form.exact_lp import maximin
from negotiation.normal_form.zero_sum import security_level

OBJECTIVES = ("total", "worst", "nash")
CHICKEN = NormalForm.from_arrays(
    [[6, 2], [7, 0]],
    [[6, 7], [2, 0]],
    players=("us", "ru"),
    strategies=[["yield", "insist"]] * 2,
)
PRISONERS = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
CYCLE = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]


def cells(game):
    return list(itertools.product(*map(range, game.shape)))


def gain(game, p, cell, b):
    """Return what player p gains at a cell by playing b instead."""
    other = (*cell[:p], b, *cell[p + 1 :])
    return game.payoffs[p][other] - game.payoffs[p][cell]


def deviations(game, coarse):
    """List (player, recommendation or None, alternative), literally."""
    return [
        (p, a, b)
        for p, size in enumerate(game.shape)
        for a in ([None] if coarse else range(size))
        for b in range(size)
    ]


def gain_row(game, p, a, b):
    return [gain(game, p, cell, b) if a in {None, cell[p]} else 0 for cell in cells(game)]


def literal(game, distribution, coarse):
    """Say whether a distribution (by cell) obeys the definition."""
    return all(
        sum(
            weight * value
            for weight, value in zip(distribution, gain_row(game, p, a, b), strict=True)
        )
        <= 0
        for p, a, b in deviations(game, coarse)
    )


def flat(game, distribution):
    return [distribution.get(game.names(cell), Fraction(0)) for cell in cells(game)]


def product(profile):
    return np.multiply.outer(*[np.array(own, dtype=object) for own in profile.strategies])


def objective(game, kind, payoffs):
    if kind == "total":
        return sum(payoffs)
    if kind == "worst":
        return min(payoffs)
    return math.prod(v - security_level(game, p) for p, v in enumerate(payoffs))


def by_scipy(game, kind, coarse):
    """Return the best objective by floating point: variables are the cells and the value."""
    count = len(cells(game))
    rows = [[*map(float, gain_row(game, *d)), 0.0] for d in deviations(game, coarse)]
    payoffs = [[float(array[cell]) for cell in cells(game)] for array in game.payoffs]
    if kind == "total":
        payoffs = [[sum(column) for column in zip(*payoffs, strict=True)]]
    rows += [[*(-v for v in own), 1.0] for own in payoffs]
    answer = linprog(
        [*[0] * count, -1],
        A_ub=rows,
        b_ub=[0] * len(rows),
        A_eq=[[*[1] * count, 0]],
        b_eq=[1],
        bounds=[(0, None)] * count + [(None, None)],
    )
    assert answer.status == 0
    return -answer.fun


@given(st.data())
@settings(max_examples=80)
def test_the_checker_is_the_definition(data):
    game = data.draw(games(entries=TIES, players=data.draw(st.integers(1, 3))))
    size = len(cells(game))
    weights = data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    total = sum(weights) or 1
    weights = [*weights[:-1], weights[-1] + (total - sum(weights))]
    distribution = [Fraction(weight, total) for weight in weights]
    array = np.array(distribution, dtype=object).reshape(game.shape)
    for coarse in (False, True):
        verdict = is_correlated_equilibrium(game, array, coarse)
        assert bool(verdict) == literal(game, distribution, coarse)
        if verdict.margin is None:
            continue
        losses = []
        for p, a, b in deviations(game, coarse):
            heard = [
                (w, cell)
                for w, cell in zip(distribution, cells(game), strict=True)
                if a in {None, cell[p]}
            ]
            chance = sum(w for w, _ in heard)
            if chance and not all(cell[p] == b for w, cell in heard if w):
                losses.append(-sum(w * gain(game, p, cell, b) for w, cell in heard) / chance)
        assert verdict.margin == min(losses)


@given(
    st.one_of(
        games(entries=MIXED_SIZES),
        games(entries=TIES, high=4),
        games(entries=TIES, players=3, high=2),
        games(players=3, high=3),
        degenerate_games(),
        games(players=1),
    ),
    st.booleans(),
)
@settings(max_examples=60)
def test_the_best_is_one_and_proved_best(game, coarse):
    for kind in OBJECTIVES:
        best = correlated_equilibrium(game, kind, coarse)
        distribution = flat(game, best.distribution)
        assert sum(distribution) == 1
        assert min(distribution) >= 0
        assert literal(game, distribution, coarse)
        assert is_correlated_equilibrium(game, best.distribution, coarse)
        assert list(best.payoffs) == [
            sum(w * array[cell] for w, cell in zip(distribution, cells(game), strict=True))
            for array in game.payoffs
        ]
        assert all(v >= level for v, level in zip(best.payoffs, best.security, strict=True))
        assert best.value <= best.bound
        assert (best.guarantee == "one") == (best.value == best.bound)
        if kind != "nash":
            assert best.value == best.bound == objective(game, kind, best.payoffs)
        elif len(game.players) <= 2:
            assert best.value == best.bound
        if kind == "total":  # the proof: weak duality in every cell
            index = dict(zip(game.players, game.strategies, strict=True))
            assert all(price > 0 for price in best.prices.values())
            for cell in cells(game):
                cost = sum(
                    price * gain(game, game.player_index(player), cell, index[player].index(b))
                    for (player, a, b), price in best.prices.items()
                    if coarse or a == index[player][cell[game.player_index(player)]]
                )
                assert sum(array[cell] for array in game.payoffs) - cost <= best.bound


@given(st.one_of(games(high=4), games(entries=TIES, players=3, high=3)), st.booleans())
@settings(max_examples=40)
def test_the_value_is_that_of_scipy(game, coarse):
    for kind in ("total", "worst"):
        value = correlated_equilibrium(game, kind, coarse).value
        assert float(value) == pytest.approx(by_scipy(game, kind, coarse), abs=1e-6)


@given(st.one_of(degenerate_games(), games(high=4)))
@settings(max_examples=40)
def test_nash_within_correlated_within_coarse(game):
    found = equilibria(game).profiles
    for profile in found:
        table = product(profile)
        assert is_correlated_equilibrium(game, table)
        assert is_correlated_equilibrium(game, table, coarse=True)
    for kind in OBJECTIVES:
        best, coarse = (correlated_equilibrium(game, kind, flag) for flag in (False, True))
        assert is_correlated_equilibrium(game, best.distribution, coarse=True)
        if kind != "nash" or both(best):  # nobody is left out of either product
            assert coarse.value >= best.value
        assert best.value >= max(objective(game, kind, p.payoffs) for p in found)


@given(st.one_of(games(entries=TIES, players=3, high=2), games(players=3, high=2)))
@settings(max_examples=25)
def test_the_product_of_three_gains_is_bounded(game):
    best = correlated_equilibrium(game, "nash")
    assert best.bound - best.value <= best.bound / 10**9
    gains = [v - s for v, s in zip(best.payoffs, best.security, strict=True)]
    most = []
    for q in range(3):
        first, second = (k for k in range(3) if k != q)
        selfish = game.rescale(first, Fraction(1, 10**9)).rescale(second, Fraction(1, 10**9))
        most.append(correlated_equilibrium(selfish).payoffs[q])
    counted = [p for p, g in enumerate(gains) if g]
    assert best.value == (math.prod(gains[p] for p in counted) if counted else 0)
    assert all(m == s for m, g, s in zip(most, gains, best.security, strict=True) if not g)
    for kind in ("total", "worst"):
        other = correlated_equilibrium(game, kind)
        assert math.prod(other.payoffs[p] - best.security[p] for p in counted) <= (
            best.bound if counted else 1
        )


@given(games(high=3))
@settings(max_examples=25)
def test_units_do_not_change_the_nash_product(game):
    best = correlated_equilibrium(game, "nash")
    other = correlated_equilibrium(game.rescale(0, "7/3", -5).rescale(1, 10, 10**12), "nash")
    assert other.value == (best.value * Fraction(70, 3) if both(best) else other.value)
    assert other.payoffs == (best.payoffs[0] * Fraction(7, 3) - 5, best.payoffs[1] * 10 + 10**12)


def both(best):
    return all(v > s for v, s in zip(best.payoffs, best.security, strict=True))


@given(st.one_of(games(entries=TIES), games(players=3, high=2)))
@settings(max_examples=30)
def test_a_pure_profile_is_as_far_from_deviating_as_a_nash_equilibrium(game):
    for cell in cells(game):
        names = game.names(cell)
        nash = is_equilibrium(game, names)
        for coarse in (False, True):
            verdict = is_correlated_equilibrium(game, {names: 1}, coarse)
            assert (verdict.holds, verdict.margin) == (nash.holds, nash.margin)


def test_chicken():
    third = Fraction(1, 3)
    signals = {("yield", "yield"): third, ("yield", "insist"): third, ("insist", "yield"): third}
    verdict = is_correlated_equilibrium(CHICKEN, signals)
    assert verdict
    assert verdict.margin == Fraction(1, 2)
    best = correlated_equilibrium(CHICKEN)
    assert best.value == Fraction(21, 2)
    assert best.distribution == {
        ("yield", "yield"): Fraction(1, 2),
        ("yield", "insist"): Fraction(1, 4),
        ("insist", "yield"): Fraction(1, 4),
    }
    for kind in ("worst", "nash"):
        assert correlated_equilibrium(CHICKEN, kind).payoffs == (Fraction(21, 4),) * 2
    assert correlated_equilibrium(CHICKEN, "nash").value == Fraction(13, 4) ** 2
    always = is_correlated_equilibrium(CHICKEN, {("yield", "yield"): 1})
    assert str(always) == (
        "no (margin -1): us, told to play yield, gains 1 by playing insist: 7 instead of 6"
    )
    assert always.witness.who == ("us",)
    assert always.witness.to == "insist"
    coarse = is_correlated_equilibrium(CHICKEN, {("insist", "insist"): 1}, coarse=True)
    assert coarse.witness.text == (
        "us, before hearing a recommendation, gains 2 by committing to yield: 2 instead of 0"
    )


def test_dominance_leaves_one():
    for kind, coarse in itertools.product(OBJECTIVES, (False, True)):
        best = correlated_equilibrium(PRISONERS, kind, coarse)
        assert best.distribution == {("row 2", "column 2"): 1}
        assert best.value == {"total": 2, "worst": 1, "nash": 0}[kind]


def test_coarse_is_more():
    """Rock, paper, scissors with a loss for ties: agreeing to differ is coarse only."""
    table = np.array([[-3, -1, 1], [1, -3, -1], [-1, 1, -3]])
    game = NormalForm.from_arrays(table, table.T)
    differ = [[0 if i == j else Fraction(1, 6) for j in range(3)] for i in range(3)]
    assert is_correlated_equilibrium(game, differ, coarse=True)
    assert correlated_equilibrium(game, "total", coarse=True).value == 0
    same = [[Fraction(int(i == j), 3) for j in range(3)] for i in range(3)]
    zero_sum = NormalForm.from_arrays(CYCLE, -np.array(CYCLE))
    assert is_correlated_equilibrium(zero_sum, same, coarse=True)
    assert not is_correlated_equilibrium(zero_sum, same)
    assert correlated_equilibrium(zero_sum).distribution == {
        (f"row {i}", f"column {j}"): Fraction(1, 9)
        for i, j in itertools.product((1, 2, 3), repeat=2)
    }


def test_a_single_cell_has_no_alternative():
    game = NormalForm.from_arrays([[1]], [[2]])
    best = correlated_equilibrium(game)
    verdict = is_correlated_equilibrium(game, best.distribution)
    assert verdict
    assert verdict.margin is None
    assert best.value == 3


@given(st.one_of(games(high=4), games(entries=TIES, players=3, high=3)), st.data())
@settings(max_examples=25)
def test_no_proposal_changes_the_value(game, data):
    """Whatever rows and columns are proposed, the exact check mends it."""

    def any_proposal(gains, limits):
        sizes = (len(gains), len(limits), gains.shape[1])
        drawn = [
            np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=bool)
            for n in sizes
        ]
        drawn[0][:1] = drawn[2][:1] = True
        return tuple(drawn)

    values = [correlated_equilibrium(game, kind).value for kind in ("total", "worst")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact_lp, "SMALL", -1)
        assert [correlated_equilibrium(game, kind).value for kind in ("total", "worst")] == values
        patch.setattr(exact_lp, "_proposal", any_proposal)
        assert [correlated_equilibrium(game, kind).value for kind in ("total", "worst")] == values


def test_larger_games_are_proved_too():
    random = np.random.default_rng(5)
    for shape in [(8, 8), (4, 4, 4), (3, 3, 3, 3)]:
        game = NormalForm.from_arrays(*[random.integers(0, 50, shape) for _ in shape])
        for kind in ("total", "worst"):
            best = correlated_equilibrium(game, kind)
            assert best.value == best.bound
            assert is_correlated_equilibrium(game, best.distribution)
        for pure in pure_equilibria(game):
            assert is_correlated_equilibrium(game, {pure: 1})


def test_a_program_without_solution():
    assert maximin(np.array([[1, 2]]), np.array([[1, 1]])) is None


def test_results_show_themselves():
    best = correlated_equilibrium(CHICKEN, "nash")
    assert "exactly the best possible" in str(best)
    assert best.data()["payoffs"]["us"] == Fraction(21, 4)
    assert best.to_dict()["distribution"][0] == {
        "profile": ["yield", "yield"],
        "probability": "1/2",
    }
    assert pickle.loads(pickle.dumps(best)) == best
    assert hash(best) == hash(correlated_equilibrium(CHICKEN, "nash"))


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        ({("yield", "yield"): 2}, GameError, "add up to 2, not 1"),
        ({("yield", "yield"): 2, ("insist", "yield"): -1}, GameError, "negative probability -1"),
        ({("yield", "go"): 1}, UnknownNameError, "unknown strategy 'go'"),
        ({("yield",): 1}, GameError, "no profile of 2"),
        ({"yield": 1}, GameError, "no profile of 2"),
        ([[1, 0]], GameError, "shape"),
        ("yield", GameError, "no number"),
        ([[0.5, 0.5], [0]], GameError, "ragged"),
    ],
)
def test_what_is_no_distribution_is_refused(wrong, error, text):
    with pytest.raises(error, match=text):
        is_correlated_equilibrium(CHICKEN, wrong)


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(GameError, match="did you mean 'total'"):
        correlated_equilibrium(CHICKEN, "totl")
    with pytest.raises(TooLargeError, match="incentive constraints"):
        correlated_equilibrium(NormalForm.from_arrays(*[np.zeros((30, 30), int)] * 2))


def test_a_rounded_distribution_is_taken_with_a_tolerance():
    game = NormalForm.from_arrays(
        [[6, 2], [7, 0]], [[6, 7], [2, 0]], strategies=[["yield", "insist"]] * 2
    )
    floats = [[0.3333333333333333, 0.3333333333333333], [0.3333333333333333, 0]]
    with pytest.raises(GameError, match=r"add up to .*tolerance=1e-9"):
        is_correlated_equilibrium(game, floats)
    verdict = is_correlated_equilibrium(game, floats, tolerance=1e-9)
    assert verdict.margin == Fraction(1, 2)
    assert "changed by up to" in verdict.witness.text
