import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import SMALL, degenerate_games, dual_cyclic, games, is_nondegenerate, solve

from negotiation.errors import GameError, TooLargeError
from negotiation.normal_form import NormalForm, best_replies
from negotiation.normal_form.degeneracy import is_degenerate


def feasible_on(replies, own, best):
    """Say whether a strategy on `own` has all of `best` as best replies, from small bases.

    By Caratheodory's argument it is enough to try supports within `own` for which the system
    of equal payoffs and total one has one solution.
    """
    for size in range(1, len(own) + 1):
        for used in itertools.combinations(own, size):
            for chosen in itertools.combinations(best, size):
                system = [[1] * size + [0]]
                system += [[*(replies[j][i] for i in used), -1] for j in chosen]
                point = solve(system, [1] + [0] * size)
                if point is None or min(point[:-1]) < 0:
                    continue
                values = [
                    sum(row[i] * w for i, w in zip(used, point[:-1], strict=True))
                    for row in replies
                ]
                if all(values[j] == max(values) for j in best):
                    return True
    return False


def degenerate_by_definition(game):
    """Try all pairs of a support and a set of best replies that is larger by one."""
    for p in (0, 1):
        payoffs = game.payoffs[1].T if p == 0 else game.payoffs[0]
        replies = [list(row) for row in payoffs]
        size = game.shape[p]
        for k in range(1, size + 1):
            for own in itertools.combinations(range(size), k):
                for best in itertools.combinations(range(len(replies)), k + 1):
                    if feasible_on(replies, own, best):
                        return True
    return False


@given(st.one_of(degenerate_games(high=3), games(entries=SMALL, low=1, high=3)))
@settings(max_examples=120)
def test_against_the_definition(game):
    verdict = is_degenerate(game)
    assert verdict.holds == degenerate_by_definition(game)
    assert verdict.holds != is_nondegenerate(game)
    assert verdict.margin is None


@given(games(entries=st.integers(0, 3), low=2, high=4))
@settings(max_examples=60)
def test_the_witness_has_more_best_replies_than_it_uses(game):
    verdict = is_degenerate(game)
    if not verdict.holds:
        return
    (who,) = verdict.witness.who
    p = game.player_index(who)
    text = verdict.witness.text
    shown, _, rest = text.removeprefix(f"{who} plays ").partition(": ")
    assert shown == verdict.witness.to
    best = rest.partition(", and ")[2].removesuffix(" are best replies, which is more").split(", ")
    parts = shown.split(" + ")
    assert len(best) > len(parts)
    assert set(best) <= set(game.strategies[1 - p])
    if len(parts) == 1:
        replies = best_replies(game, 1 - p, {who: shown})
        assert set(replies) == set(best)


def test_a_mixture_is_named():
    game = NormalForm.from_arrays(
        [[3, 0, 0], [0, 3, 0], [1, 2, 5]],
        [[0, 4, 2], [4, 0, 2], [1, 2, 3]],
        players=("us", "ru"),
        strategies=(("insist", "concede", "leave"), ("fight", "settle", "wait")),
    )
    verdict = is_degenerate(game)
    assert str(verdict) == (
        "yes: us plays 0.5 insist + 0.5 concede: 2 strategies, and fight, settle, wait are best "
        "replies, which is more"
    )
    assert verdict.witness.who == ("us",)


def test_a_redundant_reply_counts():
    # column 3 is best only where the other two are, and that is degenerate all the same
    game = NormalForm.from_arrays(np.arange(6).reshape(2, 3), [[2, 0, 1], [0, 2, 1]])
    assert is_degenerate(game).holds
    other = [[2, 0, Fraction(99, 100)], [0, 2, Fraction(99, 100)]]
    assert not is_degenerate(NormalForm.from_arrays(np.arange(6).reshape(2, 3), other)).holds


def test_known_games():
    unit = np.eye(5, dtype=int)
    assert not is_degenerate(NormalForm.from_arrays(unit, unit)).holds
    assert not is_degenerate(dual_cyclic()).holds
    assert is_degenerate(NormalForm.from_arrays(0 * unit, unit)).holds
    assert not is_degenerate(NormalForm.from_arrays([[1]], [[1]])).holds


def test_only_games_that_it_can_judge():
    with pytest.raises(GameError, match="1 players"):
        is_degenerate(NormalForm.from_arrays([1, 2]))
    rng = np.random.default_rng(0)
    payoffs = rng.permutation(2 * 30 * 30).reshape(2, 30, 30)
    with pytest.raises(TooLargeError, match="30 by 30"):
        is_degenerate(NormalForm.from_arrays(*payoffs))
    payoffs[0, :2, 3] = payoffs[0].max() + 1
    assert is_degenerate(NormalForm.from_arrays(*payoffs)).holds
