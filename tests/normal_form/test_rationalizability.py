import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import MIXED_SIZES, SMALL, TIES, games

from negotiation.errors import GameError
from negotiation.normal_form import NormalForm, equilibria, pure_equilibria
from negotiation.normal_form.correlated import correlated_equilibrium
from negotiation.normal_form.rationalizability import rationalizable_sets

SIZES = st.sampled_from([(2, 3), (2, 3), (3, 2), (1, 4)])  # players, most strategies


def earned(game, p, own, belief):
    """Return the expected payoff of a strategy against weighted profiles, by definition."""
    return sum(
        weight * game.payoff(p, (*others[:p], own, *others[p:])) for others, weight in belief
    )


def verify(result):
    """Check every conjecture and every elimination by definition."""
    game = result.game
    expected = [
        (player, name)
        for player, own in zip(game.players, result.sets, strict=True)
        for name in own
    ]
    assert [(c.player, c.strategy) for c in result.conjectures] == expected
    for c in result.conjectures:
        p = game.players.index(c.player)
        allowed = [own for q, own in enumerate(result.sets) if q != p]
        assert sum(weight for _, weight in c.belief) == 1
        assert all(weight > 0 for _, weight in c.belief)
        for others, _ in c.belief:
            assert all(name in own for name, own in zip(others, allowed, strict=True))
        values = [earned(game, p, name, c.belief) for name in game.strategies[p]]
        assert earned(game, p, c.strategy, c.belief) == c.payoff == max(values)
    left = [list(own) for own in game.strategies]
    for _, steps in itertools.groupby(result.elimination.steps, key=lambda step: step.round):
        before = [tuple(own) for own in left]
        for step in steps:
            p = game.players.index(step.player)
            assert sum(weight for _, weight in step.by) == 1
            for others in itertools.product(*(own for q, own in enumerate(before) if q != p)):
                sure = [(others, Fraction(1))]
                mixture = sum(w * earned(game, p, name, sure) for name, w in step.by)
                assert mixture - earned(game, p, step.strategy, sure) >= step.margin > 0
            assert {name for name, _ in step.by} <= set(before[p])
            left[p].remove(step.strategy)
    assert tuple(map(tuple, left)) == result.sets


@pytest.mark.parametrize("entries", [TIES, SMALL, MIXED_SIZES])
@given(data=st.data())
@settings(max_examples=30)
def test_every_strategy_has_a_conjecture_or_is_dominated(entries, data):
    players, high = data.draw(SIZES)
    verify(rationalizable_sets(data.draw(games(entries=entries, players=players, high=high))))


@given(game=games(entries=TIES, high=4))
@settings(max_examples=30)
def test_equilibria_use_rationalizable_strategies_only(game):
    sets = rationalizable_sets(game, correlated=False).sets
    for profile in equilibria(game).profiles:
        for names, used, own in zip(game.strategies, profile.supports, sets, strict=True):
            assert {names[i] for i in used} <= set(own)


@given(game=games(entries=TIES, players=3, high=3))
@settings(max_examples=20)
def test_correlated_equilibria_use_rationalizable_strategies_only(game):
    sets = rationalizable_sets(game).sets
    for place in pure_equilibria(game):
        assert all(n in own for n, own in zip(game.names(place), sets, strict=True))
    found = correlated_equilibrium(game)
    for profile, weight in found.distribution.items():
        assert weight == 0 or all(n in own for n, own in zip(profile, sets, strict=True))


def test_a_conjecture_may_need_correlation():
    # player 3's middle strategy is best only against matched pairs of unmatched chances
    third = np.zeros((2, 2, 3), dtype=int)
    third[0, 0], third[1, 1] = (9, 6, 0), (0, 6, 9)
    third[0, 1] = third[1, 0] = (9, 0, 9)
    same = np.zeros((2, 2, 3), dtype=int)
    result = rationalizable_sets(NormalForm.from_arrays(same, same, third))
    verify(result)
    middle = next(c for c in result.conjectures if c.strategy == "strategy 2" and "3" in c.player)
    assert dict(middle.belief) == {
        ("strategy 1", "strategy 1"): Fraction(1, 2),
        ("strategy 2", "strategy 2"): Fraction(1, 2),
    }
    # independent conjectures, of chances a and b: 6 (ab + (1-a)(1-b)) is below the better of
    # 9 (1 - (1-a)(1-b)) and 9 (1 - ab) everywhere, checked on a grid in steps of 1/20
    for i, j in itertools.product(range(21), repeat=2):
        a, b = Fraction(i, 20), Fraction(j, 20)
        both, neither = a * b, (1 - a) * (1 - b)
        assert 6 * (both + neither) < max(9 * (1 - neither), 9 * (1 - both))
    assert "may correlate" in str(result)
    assert "0.5 strategy 1/strategy 1 + 0.5 strategy 2/strategy 2" in str(result)


def test_dilemma_and_single_player():
    result = rationalizable_sets(NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]]))
    assert result.solved
    assert result.sets == (("row 2",), ("column 2",))
    assert result.data()["sets"] == {"player 1": ["row 2"], "player 2": ["column 2"]}
    assert len(result.data()["eliminated"]) == 2
    alone = rationalizable_sets(NormalForm.from_arrays([1, 2, 2]))
    assert alone.sets == (("strategy 2", "strategy 3"),)
    assert str(alone.conjectures[0]) == "player 1: strategy 2 earns the most, 2"
    assert pickle.loads(pickle.dumps(result)) == result
    hash(result)


def test_independent_conjectures_of_three_players_are_refused():
    game = NormalForm.from_arrays(*[np.zeros((2, 2, 2), dtype=int)] * 3)
    with pytest.raises(GameError, match="independent conjectures with 3 players"):
        rationalizable_sets(game, correlated=False)
