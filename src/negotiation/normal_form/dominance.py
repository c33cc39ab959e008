"""Dominated strategies and their iterated elimination, with a certificate for each.

Strategy s of a player is

- *strictly dominated* by a mixed strategy x of the same player if x earns more than s
  against every profile of the others;
- *weakly dominated* if x earns at least as much against every profile and more against some.

Whether s is strictly dominated is a matrix game: the player picks r among the other
strategies, an adversary picks a profile t, and the player wins payoff[r, t] - payoff[s, t].
If the value is positive, an optimal mixture dominates s by at least that margin. If not, an
optimal mixture of the adversary is a belief against which s is a best reply: no mixture
dominates. The linear program is solved in integers of any size and both certificates are
verified against the payoffs before anything is reported. Whether s is weakly dominated is a
linear program too: among the mixtures that never earn less, the one that earns most in sum.

Strictly dominated strategies have probability 0 in every equilibrium. Eliminating them round
by round leads to the same game in every order, and loses no equilibrium. Weakly dominated ones
are eliminated on request only: what is left may depend on the order (here all players' at once,
round by round) and has fewer equilibria than the game in general, though no others.

Sources: Luce and Raiffa (1957); Pearce (1984), Lemma 3, on beliefs; Gilboa, Kalai and Zemel
(1990) on the order of elimination; Edmonds (1967) and Bareiss (1968) on integer pivoting;
Bland (1977) on the pivoting rule, which cannot cycle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError, shorten
from negotiation.exact import IntArray, show
from negotiation.normal_form.game import NormalForm, checked_flag, checked_game
from negotiation.results import Result, Table

__all__ = ["Dominance", "DominanceResult", "dominated_strategies", "iterated_dominance"]

KINDS = ("strict", "weak")


@dataclass(frozen=True)
class Dominance:
    """One dominated strategy, with what dominates it.

    Attributes
    ----------
    player, strategy : str
        Whose strategy is dominated, and which.
    by : tuple of (str, Fraction)
        The dominating mixture: strategy names with positive probabilities.
    kind : str
        ``"strict"`` or ``"weak"``.
    margin : Fraction
        The least the mixture earns more, in the player's utility; 0 if weak.
    round : int
        Round of an iterated elimination, from 1.
    """

    player: str
    strategy: str
    by: tuple[tuple[str, Fraction], ...]
    kind: str
    margin: Fraction
    round: int = 1

    @property
    def dominator(self) -> str:
        """The dominating mixture in words: "go", or "0.5 go + 0.5 stay"."""
        if len(self.by) == 1:
            return self.by[0][0]
        return " + ".join(f"{show(weight)} {name}" for name, weight in self.by)

    def __str__(self) -> str:
        if self.kind == "weak":
            return (
                f"{self.player}: {self.dominator} never earns less than {self.strategy}, "
                "and sometimes more"
            )
        return (
            f"{self.player}: {self.dominator} always earns more than {self.strategy}, "
            f"by at least {show(self.margin)}"
        )


@dataclass(frozen=True)
class DominanceResult(Result):
    """What iterated elimination of dominated strategies leaves, and its trace.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    steps : tuple of Dominance
        What was eliminated, in order, with round and dominating mixture.
    reduced : NormalForm
        The game that is left; after strict elimination it has the same equilibria.
    mixed : bool
        Whether domination by mixtures was used too.
    kind : str
        ``"strict"`` or ``"weak"``: what was eliminated.
    """

    game: NormalForm
    steps: tuple[Dominance, ...]
    reduced: NormalForm
    mixed: bool = True
    kind: str = "strict"

    @property
    def surviving(self) -> tuple[tuple[str, ...], ...]:
        """Names of the strategies that are left, per player."""
        return self.reduced.strategies

    @property
    def solved(self) -> bool:
        """Whether one profile is left: an equilibrium, and the only one if ``kind`` is strict."""
        return all(size == 1 for size in self.reduced.shape)

    @property
    def rounds(self) -> int:
        """Number of rounds in which something was eliminated."""
        return max((step.round for step in self.steps), default=0)

    def tables(self) -> tuple[Table, ...]:
        """Return the trace and the surviving strategies."""
        how = "strictly" if self.kind == "strict" else "weakly"
        notes = [] if self.steps else [f"No strategy is {how} dominated."]
        if self.kind == "weak" and self.steps:
            notes.append("Equilibria may have been lost, and another order may leave another game.")
        only = "an equilibrium" if self.kind == "weak" else "the only equilibrium"
        trace = Table(
            f"Iterated elimination of {how} dominated strategies",
            ["round", "player", "eliminated", "dominated by", "gain at least"],
            [[s.round, s.player, s.strategy, s.dominator, s.margin] for s in self.steps],
            notes,
            name="dominance",
        )
        left = Table(
            "Surviving strategies",
            ["player", "strategies"],
            [
                [name, ", ".join(own)]
                for name, own in zip(self.game.players, self.surviving, strict=True)
            ],
            [f"One profile is left: it is {only}."] if self.solved else [],
            name="surviving",
        )
        return trace, left

    def data(self) -> dict[str, Any]:
        """Return rounds, steps and surviving strategies; its keys are output paths."""
        return {
            "guarantee": self.guarantee,
            "rounds": self.rounds,
            "count": len(self.steps),
            "solved": self.solved,
            "surviving": {
                name: list(own) for name, own in zip(self.game.players, self.surviving, strict=True)
            },
            "steps": [
                {
                    "round": step.round,
                    "player": step.player,
                    "strategy": step.strategy,
                    "by": dict(step.by),
                    "margin": step.margin,
                }
                for step in self.steps
            ],
        }


def dominated_strategies(
    game: NormalForm, player: str | int, *, kind: str = "strict", mixed: bool = True
) -> tuple[Dominance, ...]:
    """Return a player's dominated strategies, each with a mixture that dominates it.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    player : str or int
        Whose strategies.
    kind : {"strict", "weak"}
        Weak dominance includes strict.
    mixed : bool
        Whether mixtures may dominate too.

    Returns
    -------
    tuple of Dominance
        In the order of the strategies. The dominating strategies are themselves undominated.

    Raises
    ------
    GameError
        If `kind` is neither.

    Notes
    -----
    Complexity: with s own strategies and t profiles of the others, s^2 t comparisons and at
    most 2 s linear programs of s rows and t columns.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0], [0, 3], [1, 1]], [[0, 0], [0, 0], [0, 0]])
    >>> print(dominated_strategies(game, "player 1")[0])
    player 1: 0.5 row 1 + 0.5 row 2 always earns more than row 3, by at least 0.5
    """
    checked_game(game)
    checked_flag(mixed, "mixed")
    if not isinstance(kind, str) or kind not in KINDS:
        raise GameError(
            f"'{shorten(kind)}' is no kind of dominance", remedy='use "strict" or "weak"'
        )
    p = game.player_index(player)
    scaled, denominator = game.scaled[p]
    payoffs = np.moveaxis(scaled, p, 0).reshape(game.shape[p], -1)
    beaten = _pure(payoffs, weak=kind == "weak")
    if mixed:
        beaten = _mixed(payoffs, beaten, weak=kind == "weak")
    found = []
    for s, weights in sorted(beaten.items()):
        margin = min(
            sum(weight * int(payoffs[r, t]) for r, weight in weights.items()) - int(payoffs[s, t])
            for t in range(payoffs.shape[1])
        )
        assert margin > 0 or (kind == "weak" and margin == 0)
        found.append(
            Dominance(
                game.players[p],
                game.strategies[p][s],
                tuple((game.strategies[p][r], weight) for r, weight in sorted(weights.items())),
                "strict" if margin > 0 else "weak",
                Fraction(margin) / denominator,
            )
        )
    return tuple(found)


Mixture = dict[int, Fraction]


def _pure(payoffs: IntArray, *, weak: bool) -> dict[int, Mixture]:
    """Return the strategies dominated by a pure one, and the undominated one that does best."""
    dominators: dict[int, list[tuple[Any, int]]] = {}
    for s, own in enumerate(payoffs):
        gains = (payoffs - own).min(axis=1)
        more = (payoffs > own).any(axis=1)
        which = gains >= 0 if weak else gains > 0
        which &= more
        if which.any():
            dominators[s] = [(-gains[r], int(r)) for r in np.flatnonzero(which)]
    return {
        s: {min(pair for pair in pairs if pair[1] not in dominators)[1]: Fraction(1)}
        for s, pairs in dominators.items()
    }


def _mixed(payoffs: IntArray, beaten: dict[int, Mixture], *, weak: bool) -> dict[int, Mixture]:
    """Return all dominated strategies, given those dominated by a pure one.

    The mixtures returned use strategies only that no mixture dominates.
    """
    dominating = _weakly_dominating_mixture if weak else _dominating_mixture
    best = payoffs == payoffs.max(axis=0)
    if weak:  # only the one best reply to something is safe
        best &= best.sum(axis=0) == 1
    safe = best.any(axis=1)
    rivals = [s for s in range(len(payoffs)) if s not in beaten]
    found = dict(beaten)
    for s in rivals:
        if not safe[s] and (mixture := dominating(payoffs, s, rivals)):
            found[s] = mixture
    rivals = [s for s in rivals if s not in found]
    for s, mixture in found.items():
        if not mixture.keys() <= set(rivals):
            gains = (payoffs[rivals] - payoffs[s]).min(axis=1)
            first = int(gains.argmax())
            pure = {rivals[first]: Fraction(1)}
            found[s] = pure if gains[first] > 0 else dominating(payoffs, s, rivals)
    return found


def _weakly_dominating_mixture(payoffs: IntArray, s: int, rivals: Sequence[int]) -> Mixture:
    """Return a mixture of the rivals that weakly dominates s, or {} if there is none."""
    from negotiation.normal_form.exact_lp import maximin  # noqa: PLC0415  it imports us

    others = [r for r in rivals if r != s]
    if not others:
        return {}
    gains = payoffs[others].astype(object) - payoffs[s].astype(object)
    best = maximin(gains.sum(axis=1)[None, :], -gains.T)
    if best is None or best.value <= 0:
        return {}
    earned = np.array(best.point, dtype=object) @ gains
    assert min(earned) >= 0  # the certificate that the mixture does
    assert max(earned) > 0
    return {r: weight for r, weight in zip(others, best.point, strict=True) if weight}


def _dominating_mixture(payoffs: IntArray, s: int, rivals: Sequence[int]) -> Mixture:
    """Return a mixture of the rivals that strictly dominates s, or {} if there is none."""
    others = [r for r in rivals if r != s]
    if not others:
        return {}
    gains = payoffs[others].astype(object) - payoffs[s].astype(object)
    mixture, belief = matrix_game(gains)
    if mixture is None:
        assert max(gains @ belief) <= 0  # the certificate that nothing dominates s
        return {}
    assert min(mixture @ gains) > 0  # the certificate that the mixture does
    return {r: weight for r, weight in zip(others, mixture, strict=True) if weight}


def matrix_game(gains: NDArray[Any]) -> tuple[NDArray[Any] | None, NDArray[Any]]:
    """Decide whether the row player wins a zero-sum game of integers ``gains``.

    Returns
    -------
    row mixture or None, column mixture
        Optimal for both if the value is positive; else None, and a column mixture against
        which no row wins anything. With entries shifted to be positive, the column player
        maximises the sum of w subject to ``gains @ w <= 1``, ``w >= 0``; the value is one
        over the largest sum, less the shift, so a sum that is large enough settles the
        second case. The tableau is kept in integers over the last pivot. Bland's rule
        takes over from the steepest column wherever a pivot does not increase the sum.
    """
    rows, columns = gains.shape
    shift = 1 - gains.min()
    tableau = np.zeros((rows + 1, columns + rows + 1), dtype=object)
    tableau[:rows, :columns] = gains + shift
    tableau[np.arange(rows), columns + np.arange(rows)] = 1
    tableau[:rows, -1] = 1
    tableau[rows, :columns] = -1
    basis = [columns + i for i in range(rows)]
    scale, stuck = 1, False
    while tableau[rows, :-1].min() < 0 and scale > shift * tableau[rows, -1]:
        costs = tableau[rows, :-1]
        entering = int(np.flatnonzero(costs < 0)[0]) if stuck else int(costs.argmin())
        leaving = min(
            (i for i in range(rows) if tableau[i, entering] > 0),
            key=lambda i: (Fraction(tableau[i, -1], tableau[i, entering]), basis[i]),
        )
        stuck = tableau[leaving, -1] == 0
        scale = pivot(tableau, leaving, entering, scale)
        basis[leaving] = entering
    total = Fraction(tableau[rows, -1])
    belief = np.full(columns, Fraction(0), dtype=object)
    for i, k in enumerate(basis):
        if k < columns:
            belief[k] = tableau[i, -1] / total
    won = scale > shift * total
    return (tableau[rows, columns : columns + rows] / total if won else None), belief


def pivot(tableau: NDArray[Any], row: int, column: int, scale: int) -> int:
    """Exchange one basic variable in place; every division by the last pivot is exact."""
    element: int = tableau[row, column]
    kept = tableau[row].copy()
    factors = tableau[:, column].copy()
    tableau[:] = (tableau * element - np.outer(factors, kept)) // scale
    tableau[row] = kept
    return element


def iterated_dominance(
    game: NormalForm, *, kind: str = "strict", mixed: bool = True
) -> DominanceResult:
    """Eliminate dominated strategies until none is left.

    In every round all players' strategies that are dominated in the game left by the round
    before go at once.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    kind : {"strict", "weak"}
        What goes. Weak dominance may lose equilibria, and another order of elimination may
        leave another game; the result says so.
    mixed : bool
        Whether mixtures may dominate too; if not, only pure strategies do.

    Returns
    -------
    DominanceResult
        The trace and the reduced game. With ``"strict"`` it has the same equilibria; with
        ``"weak"`` each of its equilibria is one of the game.

    Examples
    --------
    >>> result = iterated_dominance(NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]]))
    >>> print(result.steps[0])
    player 1: row 2 always earns more than row 1, by at least 1
    >>> result.solved, result.surviving
    (True, (('row 2',), ('column 2',)))
    """
    checked_game(game)
    reduced = game
    steps: list[Dominance] = []
    for number in range(1, math.prod(game.shape) + 1):
        now = [
            replace(step, round=number)
            for p in range(len(game.players))
            for step in dominated_strategies(reduced, p, kind=kind, mixed=mixed)
        ]
        if not now:
            break
        steps += now
        gone = {(step.player, step.strategy) for step in now}
        reduced = reduced.restrict(
            {
                player: [name for name in own if (player, name) not in gone]
                for player, own in zip(reduced.players, reduced.strategies, strict=True)
            }
        )
    return DominanceResult(game=game, steps=tuple(steps), reduced=reduced, mixed=mixed, kind=kind)
