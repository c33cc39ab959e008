"""Against gambit's exact vertex enumeration, on payoffs small enough for it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from strategies_games import TIES, degenerate_games, dual_cyclic, games

from negotiation.normal_form import equilibria

gambit = pytest.importorskip("pygambit")


def by_gambit(game):
    one, two = (np.vectorize(gambit.Rational)(payoffs) for payoffs in game.payoffs)
    peer = gambit.Game.from_arrays(one, two)
    found = set()
    for profile in gambit.nash.enummixed_solve(peer, rational=True).equilibria:
        found.add(
            tuple(
                tuple(Fraction(str(profile[strategy])) for strategy in player.strategies)
                for player in peer.players
            )
        )
    return found


def ours(game):
    return {profile.strategies for profile in equilibria(game).profiles}


@given(games(low=2, high=4))
@settings(max_examples=25)
def test_random_games(game):
    assert ours(game) == by_gambit(game)


@given(games(entries=TIES, low=2, high=5))
@settings(max_examples=25)
def test_games_with_ties(game):
    assert ours(game) == by_gambit(game)


@given(degenerate_games(high=4))
@settings(max_examples=25)
def test_degenerate_games(game):
    assert ours(game) == by_gambit(game)


def test_the_dual_cyclic_game():
    assert ours(dual_cyclic()) == by_gambit(dual_cyclic())
