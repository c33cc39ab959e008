"""The value of a zero-sum game, and what a player can secure in any game. Exact.

A two-player game is *constant-sum* if the two payoffs add up to the same number c in every
cell: what one gains the other loses. Its *value* v is what player 1 can secure by an optimal
mixed strategy whatever player 2 does, and player 2 can keep player 1 from getting more
(von Neumann 1928): player 1 gets v and player 2 gets c - v in every equilibrium. All pairs
of optimal strategies are the equilibria.

In any game the *security level* of a player is the most a mixed strategy guarantees against
everything the others may do, together or not: the value of the zero-sum game in which the
others act as one opponent. No equilibrium, no correlated equilibrium and no coarse one gives
a player less.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from negotiation.errors import GameError
from negotiation.exact import show
from negotiation.normal_form.exact_lp import Maximin, maximin
from negotiation.normal_form.game import NormalForm, checked_game, profile_name
from negotiation.results import Result, Table

__all__ = ["ZeroSumSolution", "security_level", "zero_sum_value"]


@dataclass(frozen=True)
class ZeroSumSolution(Result):
    """The value of a constant-sum game and an optimal strategy of each player.

    ``guarantee`` is ``"one"``: the value is the only one; there may be other optimal
    strategies, and every one is optimal against every one.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    value : Fraction
        What player 1 gets, in player 1's utility.
    constant : Fraction
        What the two payoffs add up to in every cell; player 2 gets ``constant - value``.
    strategies : tuple of tuple of Fraction
        One optimal mixed strategy per player.
    """

    game: NormalForm
    value: Fraction
    constant: Fraction
    strategies: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]

    @property
    def payoffs(self) -> tuple[Fraction, Fraction]:
        """What the two players get."""
        return self.value, self.constant - self.value

    def tables(self) -> tuple[Table, ...]:
        """Return the optimal strategies with what each secures."""
        rows = [
            [player, strategy, weight, payoff if place == 0 else None]
            for player, names, weights, payoff in zip(
                self.game.players, self.game.strategies, self.strategies, self.payoffs, strict=True
            )
            for place, (strategy, weight) in enumerate(
                (name, weight) for name, weight in zip(names, weights, strict=True) if weight
            )
        ]
        one, two = self.game.players
        note = (
            f"Value: {one} secures {show(self.value)} and {two} {show(self.payoffs[1])}; "
            "neither can do better."
        )
        heads = ["player", "strategy", "probability", "secures"]
        return (Table("Optimal strategies", heads, rows, [note], name="zero_sum"),)

    def data(self) -> dict[str, Any]:
        """Return value, constant and optimal strategies; its keys are output paths."""
        return {
            "guarantee": self.guarantee,
            "value": self.value,
            "constant": self.constant,
            "payoffs": dict(zip(self.game.players, self.payoffs, strict=True)),
            "strategies": {
                player: dict(zip(names, weights, strict=True))
                for player, names, weights in zip(
                    self.game.players, self.game.strategies, self.strategies, strict=True
                )
            },
        }


def zero_sum_value(game: NormalForm) -> ZeroSumSolution:
    """Return the value of a constant-sum game and optimal strategies of both players. Exact.

    Parameters
    ----------
    game : NormalForm
        Two players whose payoffs add up to the same number in every cell.

    Returns
    -------
    ZeroSumSolution

    Raises
    ------
    GameError
        If there are not two players, or the sum is not the same everywhere; the message
        names the first cell that differs.

    Notes
    -----
    A linear program in integers: :func:`~negotiation.normal_form.exact_lp.maximin`.
    von Neumann (1928); Dantzig (1951) on the linear program.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, -1], [-2, 1]], [[-3, 1], [2, -1]])
    >>> solution = zero_sum_value(game)
    >>> solution.value, solution.strategies[0]
    (Fraction(1, 7), (Fraction(3, 7), Fraction(4, 7)))
    """
    checked_game(game)
    if len(game.players) != 2:
        raise GameError(
            f"{len(game.players)} players: only games of two have a value",
            remedy="security_level() says what one player can secure against all others",
        )
    sums = game.payoffs[0] + game.payoffs[1]
    constant: Fraction = sums[0, 0]
    for place in np.ndindex(*game.shape):
        if sums[place] != constant:
            cell, first = (profile_name(game.names(at)) for at in (place, (0, 0)))
            raise GameError(
                f"no constant-sum game: the payoffs add up to {show(sums[place])} at {cell} "
                f"and to {show(constant)} at {first}",
                remedy="rescale one player's payoffs if they mean the same, "
                "or ask for equilibria()",
            )
    best, denominator = _secured(game, 0)
    return ZeroSumSolution(
        game, best.value / denominator, constant, (best.point, best.weights), guarantee="one"
    )


def security_level(game: NormalForm, player: str | int) -> Fraction:
    """Return the most a player can guarantee by a mixed strategy, whatever the others do.

    Parameters
    ----------
    game : NormalForm
        Any number of players; the others may coordinate.
    player : str or int
        Whose level.

    Raises
    ------
    UnknownNameError
        If there is no such player.

    Examples
    --------
    >>> security_level(NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]]), "player 1")
    Fraction(2, 3)
    """
    checked_game(game)
    best, denominator = _secured(game, game.player_index(player))
    return best.value / denominator


def _secured(game: NormalForm, p: int) -> tuple[Maximin, int]:
    scaled, denominator = game.scaled[p]
    best = maximin(np.moveaxis(scaled, p, 0).reshape(game.shape[p], -1).T)
    assert best is not None  # there are no limits to satisfy
    return best, denominator
