"""Rationalizable strategies, with a conjecture for each and the reason against each other one.

A *conjecture* of player p is a distribution over the others' strategy profiles. A strategy is
rationalizable if it is a best reply to some conjecture over profiles of rationalizable
strategies: the rationalizable sets are the largest sets of which this is true. Players who
are rational, and know so of one another, play them and may play any of them.

Conjectures may be *correlated*: the others' strategies need not be thought of as
independent. Then a strategy is a best reply to some conjecture exactly if no mixture
dominates it strictly, so that the rationalizable sets are what iterated elimination of strictly
dominated strategies leaves. With two players there is nothing to correlate. With three or
more, conjectures that are products of one distribution per player may rationalize less;
these sets are the roots of multilinear inequalities and are not computed here.

Every equilibrium, correlated ones included, gives positive probability to rationalizable
strategies only.

Sources: Bernheim (1984) and Pearce (1984), Lemma 3 and Proposition 2; Brandenburger and
Dekel (1987) on correlated conjectures.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from negotiation.errors import GameError
from negotiation.exact import show
from negotiation.normal_form.dominance import DominanceResult, iterated_dominance, matrix_game
from negotiation.normal_form.game import NormalForm, checked_flag, profile_name
from negotiation.results import Result, Table

__all__ = ["Conjecture", "RationalizableSets", "rationalizable_sets"]


@dataclass(frozen=True)
class Conjecture:
    """What a player may believe that makes a strategy a best reply.

    Attributes
    ----------
    player, strategy : str
        Whose strategy is rationalized, and which.
    belief : tuple of (tuple of str, Fraction)
        Profiles of the *other* players' strategies, in player order, with their positive
        probabilities.
    payoff : Fraction
        What the strategy then earns, which is the most any strategy of the player earns.
    """

    player: str
    strategy: str
    belief: tuple[tuple[tuple[str, ...], Fraction], ...]
    payoff: Fraction

    @property
    def words(self) -> str:
        """The belief in words: "settle", or "0.5 stay/go + 0.5 go/stay"."""
        if len(self.belief) == 1:
            return profile_name(self.belief[0][0])
        return " + ".join(f"{show(weight)} {profile_name(names)}" for names, weight in self.belief)

    def __str__(self) -> str:
        if not self.belief[0][0]:
            return f"{self.player}: {self.strategy} earns the most, {show(self.payoff)}"
        return (
            f"{self.player}: {self.strategy} is a best reply to {self.words}, "
            f"and earns {show(self.payoff)}"
        )


@dataclass(frozen=True)
class RationalizableSets(Result):
    """The rationalizable strategies of every player.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    conjectures : tuple of Conjecture
        One per rationalizable strategy, in player order, over rationalizable strategies only.
    elimination : DominanceResult
        The other strategies: the round in which each goes, and what dominates it.
    """

    game: NormalForm
    conjectures: tuple[Conjecture, ...]
    elimination: DominanceResult

    @property
    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Names of the rationalizable strategies, per player."""
        return self.elimination.surviving

    @property
    def solved(self) -> bool:
        """Whether every player has one rationalizable strategy only."""
        return self.elimination.solved

    def tables(self) -> tuple[Table, ...]:
        """Return the rationalizable strategies with conjectures, and the elimination."""
        alone = len(self.game.players) == 1
        sets = Table(
            "Rationalizable strategies",
            ["player", "strategy", "best reply to", "payoff"],
            [
                [c.player, c.strategy, None if alone else c.words, c.payoff]
                for c in self.conjectures
            ],
            ["A conjecture may correlate the others' strategies."]
            if len(self.game.players) > 2
            else [],
            name="rationalizable",
        )
        return (sets, self.elimination.tables()[0])

    def data(self) -> dict[str, Any]:
        """Return the sets, conjectures and eliminated strategies; its keys are output paths."""
        return {
            "guarantee": self.guarantee,
            "solved": self.solved,
            "sets": {
                name: list(own) for name, own in zip(self.game.players, self.sets, strict=True)
            },
            "conjectures": [
                {
                    "player": c.player,
                    "strategy": c.strategy,
                    "belief": {profile_name(names): weight for names, weight in c.belief},
                    "payoff": c.payoff,
                }
                for c in self.conjectures
            ],
            "eliminated": self.elimination.data()["steps"],
        }


def rationalizable_sets(game: NormalForm, *, correlated: bool = True) -> RationalizableSets:
    """Return every player's rationalizable strategies, each with a conjecture. Exact.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    correlated : bool
        Whether conjectures may correlate the others' strategies. With one or two players it
        makes no difference; with more, only correlated conjectures are on offer.

    Returns
    -------
    RationalizableSets

    Raises
    ------
    GameError
        If independent conjectures are asked for with three or more players.

    Notes
    -----
    Complexity: that of :func:`~negotiation.normal_form.dominance.iterated_dominance`, and at
    most one linear program per surviving strategy. A conjecture is one profile for sure where
    that suffices.

    Examples
    --------
    >>> game = NormalForm.from_arrays(
    ...     [[3, 0], [0, 3], [2, 2], [1, 1]], [[1, 0], [0, 1], [0, 0], [0, 0]]
    ... )
    >>> found = rationalizable_sets(game)
    >>> print(found.conjectures[2])
    player 1: row 3 is a best reply to 0.5 column 1 + 0.5 column 2, and earns 2
    >>> found.sets[0], found.elimination.steps[0].dominator
    (('row 1', 'row 2', 'row 3'), 'row 3')
    """
    checked_flag(correlated, "correlated")
    if not correlated and len(game.players) > 2:
        raise GameError(
            f"independent conjectures with {len(game.players)} players are not on offer",
            where="correlated",
            remedy="allow correlated conjectures: the sets then contain those asked for",
        )
    elimination = iterated_dominance(game)
    reduced = elimination.reduced
    return RationalizableSets(
        game=game,
        conjectures=tuple(
            _conjecture(reduced, p, s) for p, size in enumerate(reduced.shape) for s in range(size)
        ),
        elimination=elimination,
    )


def _conjecture(game: NormalForm, p: int, s: int) -> Conjecture:
    """Return a conjecture to which an undominated strategy is a best reply."""
    scaled, denominator = game.scaled[p]
    payoffs = np.moveaxis(scaled, p, 0).reshape(game.shape[p], -1).astype(object)
    profiles = list(itertools.product(*(own for q, own in enumerate(game.strategies) if q != p)))
    best = np.flatnonzero(payoffs[s] == payoffs.max(axis=0))
    if best.size:
        weights = {int(best[0]): Fraction(1)}
    else:
        _, belief = matrix_game(np.delete(payoffs, s, axis=0) - payoffs[s])
        weights = {t: Fraction(weight) for t, weight in enumerate(belief) if weight}
    earned = [sum(row[t] * weight for t, weight in weights.items()) for row in payoffs]
    assert earned[s] == max(earned)
    return Conjecture(
        game.players[p],
        game.strategies[p][s],
        tuple((profiles[t], weight) for t, weight in weights.items()),
        Fraction(earned[s]) / denominator,
    )
