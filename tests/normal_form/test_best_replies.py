import itertools
import math
from fractions import Fraction

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
