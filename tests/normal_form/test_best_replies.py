import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import TIES, distributions, games

from negotiation.errors import GameError, UnknownNameError
from negotiation.normal_form import (
    NormalForm,
    best_replies,
    expected_payoffs,
    is_equilibrium,
    mixed_strategy,
    pure_equilibria,
    regrets,
)

CHICKEN = NormalForm.from_arrays(
    [[0, 3], [1, 2]],
    [[0, 1], [3, 2]],
    players=("us", "ru"),
    strategies=(("insist", "concede"), ("insist", "concede")),
)


def literal_payoff(game, player, profile):
    """Sum over all pure profiles: probability times payoff."""
    return sum(
        (
            math.prod(own[i] for own, i in zip(profile, place, strict=True))
            * game.payoffs[player][place]
            for place in itertools.product(*map(range, game.shape))
        ),
        Fraction(0),
    )


@given(st.data())
@settings(max_examples=60)
def test_everything_agrees_with_the_definition(data):
    game = data.draw(games(entries=TIES, players=data.draw(st.integers(1, 3))))
    profile = tuple(data.draw(distributions(size)) for size in game.shape)
    now = [literal_payoff(game, p, profile) for p in range(len(game.players))]
    assert list(expected_payoffs(game, profile)) == now
    alone = []
    for p, size in enumerate(game.shape):
        values = [
            literal_payoff(
                game,
                p,
                (
                    *profile[:p],
                    tuple(Fraction(int(i == s)) for i in range(size)),
                    *profile[p + 1 :],
                ),
            )
            for s in range(size)
        ]
        alone.append(values)
        others = profile[:p] + profile[p + 1 :]
        assert best_replies(game, p, others) == tuple(
            game.strategies[p][s] for s in range(size) if values[s] == max(values)
        )
    assert list(regrets(game, profile)) == [max(v) - u for v, u in zip(alone, now, strict=True)]
    verdict = is_equilibrium(game, profile)
    assert verdict.holds == all(max(v) == u for v, u in zip(alone, now, strict=True))
    if not verdict:
        assert verdict.margin == -max(regrets(game, profile))
        p = game.player_index(verdict.witness.who[0])
        s = game.strategy_index(p, verdict.witness.to)
        assert alone[p][s] - now[p] == verdict.witness.amount == -verdict.margin > 0


@given(games(entries=TIES, players=3))
@settings(max_examples=40)
def test_pure_equilibria_are_exactly_the_profiles_that_pass_the_check(game):
    passed = tuple(
        place
        for place in itertools.product(*map(range, game.shape))
        if is_equilibrium(game, game.names(place))
    )
    assert pure_equilibria(game) == passed


def test_pure_equilibria_with_payoffs_beyond_machine_integers():
    game = NormalForm.from_arrays([[10**40, 0], [10**40 + 1, 1]], [[0, "1e-300"], [2, 2]])
    assert pure_equilibria(game) == ((1, 0), (1, 1))


def test_margin_of_a_strict_equilibrium_is_the_smallest_loss():
    verdict = is_equilibrium(CHICKEN, ("insist", "concede"))
    assert (verdict.holds, verdict.margin) == (True, 1)
    assert str(verdict.witness) == "us loses 1 by switching to concede: 2 instead of 3"


def test_margin_of_a_mixed_equilibrium_is_zero():
    half = {"insist": 0.5, "concede": "1/2"}
    verdict = is_equilibrium(CHICKEN, {"us": half, "ru": half})
    assert (verdict.holds, verdict.margin) == (True, 0)
    assert "neither gains nor loses" in verdict.witness.text


def test_a_failure_names_the_best_deviation():
    verdict = is_equilibrium(CHICKEN, ("insist", "insist"))
    assert (verdict.holds, verdict.margin) == (False, -1)
    assert str(verdict.witness) == "us gains 1 by switching to concede: 1 instead of 0"
    assert verdict.witness.who == ("us",)


def test_nobody_has_an_alternative():
    verdict = is_equilibrium(NormalForm.from_arrays([[1]], [[2]]), ([1], [1]))
    assert (verdict.holds, verdict.margin) == (True, None)
    assert verdict.witness.text == "nobody has an alternative"


@pytest.mark.parametrize(
    ("strategies", "error", "message"),
    [
        (("insist",), GameError, "one strategy for each of 2 players"),
        ("insist", GameError, "one strategy for each of 2 players"),
        (5, GameError, "one strategy for each of 2 players"),
        ({"us": "insist"}, GameError, "one strategy for each of 2 players"),
        ({"us": "insist", "uk": "insist"}, UnknownNameError, "unknown player 'uk'"),
        (("insist", "insits"), UnknownNameError, "did you mean 'insist'"),
        (("insist", [1]), GameError, "strategy of ru: 1 probabilities for 2"),
        (("insist", [0.5, 0.6]), GameError, "add up to 11/10, not 1"),
        (("insist", [1.5, -0.5]), GameError, "concede has the negative probability -0.5"),
        (("insist", [float("nan"), 1]), GameError, "no finite number"),
        (("insist", ["x", 1]), GameError, "'x' is no number"),
        (("insist", {"concede": 0.5}), GameError, "add up to 1/2"),
        (("insist", {"cncede": 1}), UnknownNameError, "did you mean 'concede'"),
        (("insist", 1), GameError, "is no mixed strategy"),
    ],
)
def test_what_is_no_profile_is_refused(strategies, error, message):
    with pytest.raises(error, match=message):
        is_equilibrium(CHICKEN, strategies)


def test_others_do_not_include_the_player():
    with pytest.raises(GameError, match="each of 1 players"):
        best_replies(CHICKEN, "us", ("insist", "insist"))
    with pytest.raises(UnknownNameError, match="unknown player 'us'"):
        best_replies(CHICKEN, "us", {"us": "insist"})
    assert best_replies(CHICKEN, "us", ("insist",)) == ("concede",)


def test_probabilities_are_exact():
    assert mixed_strategy(CHICKEN, "us", [0.1, 0.9]) == (Fraction(1, 10), Fraction(9, 10))
    assert mixed_strategy(CHICKEN, 1, "concede") == (0, 1)


# -- rounded probabilities -----------------------------------------------------------------


def test_floats_of_another_solver_can_be_checked():
    # rows and columns mix 1/3, 2/3 and 3/7, 4/7; the sums in floating point are 1 - 1e-16 and 1
    A = np.array([[4, 0], [0, 3]])
    B = np.array([[0, 1], [Fraction(1, 2), 0]], dtype=object)
    game = NormalForm.from_arrays(A, B)
    floats = [np.array([1 / 3, 0.6666666666666665]), np.array([3 / 7, 4 / 7])]
    with pytest.raises(GameError, match=r"add up to .*tolerance=1e-9"):
        is_equilibrium(game, floats)
    verdict = is_equilibrium(game, floats, tolerance=1e-9)
    assert verdict.holds
    assert "(probabilities changed by up to 1." in verdict.witness.text
    assert regrets(game, floats, tolerance=1e-9) == (0, 0)
    exactly = ([Fraction(1, 3), Fraction(2, 3)], [Fraction(3, 7), Fraction(4, 7)])
    assert expected_payoffs(game, floats, tolerance="1e-9") == expected_payoffs(game, exactly)
    assert best_replies(game, 0, [floats[1]], tolerance=1e-9) == ("row 1", "row 2")
    assert "changed" not in is_equilibrium(game, exactly, tolerance=1e-9).witness.text


def test_nashpy_can_be_checked():
    nashpy = pytest.importorskip("nashpy")
    A, B = np.array([[3, 3, 0], [2, 5, 6], [0, 6, 1]]), np.array([[3, 2, 3], [2, 6, 1], [1, 0, 7]])
    game = NormalForm.from_arrays(A, B)
    profiles = list(nashpy.Game(A, B).vertex_enumeration())
    assert profiles
    for profile in profiles:
        assert is_equilibrium(game, profile, tolerance=1e-12)


@given(
    weights=st.lists(st.integers(0, 40), min_size=2, max_size=5).filter(any),
    noise=st.lists(st.floats(-1e-12, 1e-12), min_size=5, max_size=5),
)
def test_what_was_a_simple_distribution_is_found_again(weights, noise):
    size = len(weights)
    game = NormalForm.from_arrays(np.zeros((size, 1), dtype=int), np.zeros((size, 1), dtype=int))
    simple = tuple(Fraction(w, sum(weights)) for w in weights)
    given_ = [float(w) + e for w, e in zip(simple, noise, strict=False)]
    assert mixed_strategy(game, 0, given_, tolerance=1e-10) == simple


def test_a_tolerance_does_not_make_a_distribution_of_anything():
    assert mixed_strategy(CHICKEN, "us", [0.1, 0.9], tolerance=0) == (
        Fraction(1, 10),
        Fraction(9, 10),
    )
    for wrong in ([0.5, 0.6], [1.5, -0.5], [1.001, -0.001]):
        with pytest.raises(GameError, match=r"add up to|negative"):
            mixed_strategy(CHICKEN, "us", wrong, tolerance=1e-6)
    with pytest.raises(GameError, match="tolerance: -1 is negative"):
        is_equilibrium(CHICKEN, ("insist", "insist"), tolerance=-1)
    with pytest.raises(GameError, match="is no number"):
        regrets(CHICKEN, ("insist", "insist"), tolerance="little")
    # far from a distribution, no tolerance is offered
    with pytest.raises(GameError) as caught:
        mixed_strategy(CHICKEN, "us", [0.5, 0.6])
    assert "tolerance" not in str(caught.value)


def test_the_verdict_is_on_what_was_found_not_within_the_tolerance():
    pennies = NormalForm.from_arrays([[1, 0], [0, 1]], [[0, 1], [1, 0]])
    verdict = is_equilibrium(pennies, ([0.5001, 0.4999], [0.5, 0.5]), tolerance=1e-9)
    assert not verdict.holds
    assert verdict.margin == -Fraction(1, 10**4)
