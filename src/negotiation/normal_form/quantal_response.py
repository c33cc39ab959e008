"""Logit quantal response: equilibria of players who err less the more an error costs.

At precision L >= 0 a player who expects payoff e(s) from strategy s plays it with
probability proportional to exp(L e(s)). A *logit quantal response equilibrium* is a profile
in which everybody answers everybody's mixture in this way (McKelvey and Palfrey 1995). At
precision 0 it is the centroid: all strategies equally likely. The *principal branch* is the
curve of such profiles that starts there; as the precision grows without bound it leads, in
almost every game, to one Nash equilibrium: the *logit selection*. The precision has the
unit 1 / utility, the same for all players; use :meth:`NormalForm.rescale` to change a unit.

Method (Turocy 2005): with z = log probability the curve solves, for every player,

    sum over s of exp(z_s) = 1    and    z_s - z_0 = L (e(s) - e(0)),

which is followed in the space of (z, L) by an Euler predictor along the tangent and a Newton
corrector, with the length of the step governed by how well the prediction was. The curve may
turn back in L; it is followed through turning points. A game with symmetries may have a
branching point on the way: there the curve that goes straight on is taken, which keeps the
symmetry.

Floating point finds the curve, exact arithmetic vouches for it. Each point returned is a
profile of rational distributions with

- its *residual*: the largest difference between a probability and the logit answer to the
  profile, bounded from above (exact payoffs, exponentials to 50 digits);
- its *regret*: the most a player could gain by switching alone, exactly. The profile is an
  epsilon-equilibrium for this epsilon.
"""

from __future__ import annotations

import decimal
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError
from negotiation.exact import exact, refuse_size, show
from negotiation.normal_form.best_replies import is_equilibrium
from negotiation.normal_form.exact_lp import maximin
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.results import Result, Table

__all__ = ["QuantalPoint", "QuantalResponse", "quantal_response"]

MAX_CELLS = 1_000_000
MAX_STEPS = 20_000
FAR = 1e6
"""Where the limit is read off: precision times the largest payoff difference."""
SETTLED = 1e-12
"""Regret, in the largest payoff difference, at which the limit is read off at once."""
GRID = 10**15
TINY = Fraction(1, 10**35)
"""More than the errors of the logit answers."""
NEAR = Fraction(1, 10**4)
"""How far an exact equilibrium may be from the end of the path."""

Floats = NDArray[np.float64]
Profile = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class QuantalPoint:
    """One point of the principal branch, with how good it is.

    Attributes
    ----------
    precision : Fraction
        The precision, in 1 / utility.
    strategies : tuple of tuple of Fraction
        Per player one probability per strategy, in multiples of 1e-15.
    residual : Fraction
        Upper bound of the difference between a probability and the logit answer.
    regret : Fraction
        The most a player could gain by switching alone.
    """

    precision: Fraction
    strategies: Profile
    residual: Fraction
    regret: Fraction


@dataclass(frozen=True)
class QuantalResponse(Result):
    """A logit quantal response equilibrium and the path that leads to it.

    ``guarantee`` is ``"approximate"``: every point says how near it is.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    selected : tuple of tuple of Fraction
        The quantal response equilibrium at the precision asked for; without one, the Nash
        equilibrium that the path leads to.
    epsilon : Fraction
        The most a player could gain at `selected` by switching alone. 0 if `selected` is
        exactly a Nash equilibrium.
    limit : bool
        Whether `selected` is the limit of the path rather than a point at a precision.
    path : tuple of QuantalPoint
        The points that were computed, from precision 0 on.
    """

    game: NormalForm
    selected: Profile
    epsilon: Fraction
    limit: bool
    path: tuple[QuantalPoint, ...]

    @property
    def point(self) -> QuantalPoint:
        """The last point of the path."""
        return self.path[-1]

    def tables(self) -> tuple[Table, ...]:
        """Return the profile selected, and the path."""
        note = f"Nobody gains more than {show(self.epsilon)} by switching alone."
        if self.limit:
            title = "Equilibrium selected by the logit path"
            if self.epsilon == 0:
                note = "Exactly a Nash equilibrium; that the path leads to it is approximate."
        else:
            title = f"Quantal response equilibrium at precision {show(self.point.precision)}"
            note += f" Residual at most {show(self.point.residual)}."
        rows = [
            [player, name, weight]
            for player, names, own in zip(
                self.game.players, self.game.strategies, self.selected, strict=True
            )
            for name, weight in zip(names, own, strict=True)
        ]
        heads = [f"{player}: {name}" for player, name, _ in rows]
        lines = [
            [point.precision, *itertools.chain(*point.strategies), point.regret, point.residual]
            for point in self.path
        ]
        return (
            Table(title, ["player", "strategy", "probability"], rows, [note], name="quantal"),
            Table(
                "Principal branch",
                ["precision", *heads, "regret", "residual"],
                lines,
                name="quantal_path",
                detail=True,
            ),
        )

    def data(self) -> dict[str, Any]:
        """Return the profile selected and the last point; its keys are output paths."""
        return {
            "guarantee": self.guarantee,
            "limit": self.limit,
            "epsilon": self.epsilon,
            "selected": {
                player: dict(zip(names, own, strict=True))
                for player, names, own in zip(
                    self.game.players, self.game.strategies, self.selected, strict=True
                )
            },
            "precision": self.point.precision,
            "residual": self.point.residual,
            "regret": self.point.regret,
            "points": len(self.path),
        }


def quantal_response(game: NormalForm, precision: object = None) -> QuantalResponse:
    """Return the logit quantal response equilibrium on the principal branch.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    precision : number, optional
        Not negative, in 1 / utility. Without it the path is followed until the Nash
        equilibrium that it leads to can be read off.

    Returns
    -------
    QuantalResponse
        With a precision, the first profile of the branch at it (a branch that turns back has
        more of them). Without, the limit; where a Nash equilibrium with small denominators
        or with the support of the limit is close, exactly that, else the last point.

    Raises
    ------
    GameError
        If the precision is no number, is negative or is too large to be reached.
    TooLargeError
        If the game has more than 1,000,000 cells.

    Notes
    -----
    With k strategies in all, each step solves a few linear systems of size k + 1; there are
    usually 30 to 300 steps. McKelvey and Palfrey (1995); Turocy (2005).

    Examples
    --------
    >>> pennies = NormalForm.from_arrays([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    >>> selected = quantal_response(pennies)
    >>> selected.selected
    ((Fraction(1, 2), Fraction(1, 2)), (Fraction(1, 10), Fraction(9, 10)))
    >>> quantal_response(pennies, precision=0).selected[0]
    (Fraction(1, 2), Fraction(1, 2))
    """
    checked_game(game)
    target = None if precision is None else exact(precision, where="precision")
    if target is not None and target < 0:
        raise GameError(
            f"precision {show(target)} is negative", remedy="0 is chance, larger is more precise"
        )
    refuse_size("cells of the game", int(np.prod(game.shape, dtype=object)), MAX_CELLS)
    span = max(Fraction(array.max() - array.min()) for array in game.payoffs) or Fraction(1)
    if target is not None and target * span > int(FAR):
        raise GameError(
            f"precision {show(target)} is too large for floating point",
            remedy=f"stay at or below {show(int(FAR) / span)}, or ask for the limit",
        )
    branch = _Branch(game, span)
    path = []
    reached = target is None
    for level, mixed in branch.follow(None if target is None else float(target * span)):
        at = Fraction(level) / span
        if target is not None and level == float(target * span):
            at, reached = target, True
        path.append(_certified(game, at, mixed))
    if not reached:
        raise GameError(
            f"the path could not be followed beyond precision {show(path[-1].precision)}",
            remedy="ask for a lower precision, or for the limit",
        )
    last = path[-1]
    exactly = _recognised(game, last.strategies) if target is None else None
    return QuantalResponse(
        game,
        exactly or last.strategies,
        Fraction(0) if exactly else last.regret,
        target is None,
        tuple(path),
        guarantee="approximate",
    )


class _Branch:
    """The equations in floating point, with payoffs in units of the largest difference.

    A point u is the log probabilities of all players, then the precision.
    """

    def __init__(self, game: NormalForm, span: Fraction) -> None:
        self.payoffs: list[Floats] = [
            ((array - array.min()) / span).astype(np.float64) for array in game.payoffs
        ]
        self.shape = game.shape
        self.parts = [
            slice(end - size, end)
            for size, end in zip(game.shape, itertools.accumulate(game.shape), strict=True)
        ]

    def mixed(self, u: Floats) -> list[Floats]:
        """Return the mixed strategies at a point."""
        weights = [np.exp(np.minimum(u[part], 1.0)) for part in self.parts]
        return [own / own.sum() for own in weights]

    def earnings(self, p: int, mixed: list[Floats]) -> tuple[Floats, dict[int, Floats]]:
        """Return what each strategy of p earns, alone and against each strategy of each other."""
        if len(mixed) == 1:
            return self.payoffs[p], {}
        against = {}
        for q in range(len(mixed)):
            if q == p:
                continue
            table = self.payoffs[p]
            for k in reversed(range(len(mixed))):
                if k not in {p, q}:
                    table = np.tensordot(table, mixed[k], axes=(k, 0))
            against[q] = table if p < q else table.T
        q, table = next(iter(against.items()))
        return table @ mixed[q], against

    def equations(self, u: Floats) -> tuple[Floats, Floats]:
        """Return the equations' left sides and their derivatives."""
        mixed, level = [np.exp(np.minimum(u[part], 1.0)) for part in self.parts], u[-1]
        size = len(u) - 1
        values, slopes = np.zeros(size), np.zeros((size, size + 1))
        for p, part in enumerate(self.parts):
            first, rest = part.start, slice(part.start + 1, part.stop)
            earned, against = self.earnings(p, mixed)
            values[first] = mixed[p].sum() - 1
            slopes[first, part] = mixed[p]
            values[rest] = u[rest] - u[first] - level * (earned[1:] - earned[0])
            slopes[rest, rest] = np.eye(part.stop - part.start - 1)
            slopes[rest, first] = -1
            slopes[rest, -1] = earned[0] - earned[1:]
            for q, table in against.items():
                slopes[rest, self.parts[q]] = -level * (table[1:] - table[0]) * mixed[q]
        return values, slopes

    def regret(self, u: Floats) -> float:
        """Return the most a player gains by switching alone."""
        mixed = self.mixed(u)
        most = 0.0
        for p, own in enumerate(mixed):
            earned, _ = self.earnings(p, mixed)
            most = max(most, float(earned.max() - earned @ own))
        return most

    def corrected(self, u: Floats, *, fixed: bool = False) -> tuple[Floats | None, float]:
        """Return the curve's point near u, or None, and how far away it is.

        With ``fixed`` the precision stays as it is.
        """
        u, first, last = u.copy(), 0.0, 0.0
        size = float(np.linalg.norm(u))
        for k in range(8):
            values, slopes = self.equations(u)
            if fixed:
                slopes[:, -1] = 0
            step = np.linalg.lstsq(slopes, -values, rcond=None)[0]
            u += step
            length = float(np.linalg.norm(step))
            if k == 0:
                first = length
                if length > 0.3:
                    return None, first
            elif length > 0.5 * last and length > 1e-8 + 1e-12 * size:
                return None, first
            if length <= 1e-10 + 1e-14 * size:
                return u, first
            last = length
        return (u if last <= 1e-8 + 1e-12 * size else None), first

    def tangent(self, u: Floats, before: Floats) -> Floats:
        """Return the curve's direction at u, the one that goes on from ``before``."""
        _, slopes = self.equations(u)
        right = np.zeros(len(u))
        right[-1] = 1
        along = np.linalg.lstsq(np.vstack([slopes, before]), right, rcond=None)[0]
        return np.asarray(along / np.linalg.norm(along), dtype=np.float64)

    def follow(self, target: float | None) -> Iterator[tuple[float, list[Floats]]]:
        """Yield precision and mixed strategies along the branch, up to ``target`` if given."""
        u = np.concatenate([*(np.full(m, -np.log(m)) for m in self.shape), [0.0]])
        yield 0.0, self.mixed(u)
        along = np.zeros(len(u))
        along[-1] = 1
        along = self.tangent(u, along)
        length = 0.1
        for _ in range(MAX_STEPS):
            if target is not None and u[-1] >= target:
                return
            if target is None and (u[-1] >= FAR or self.regret(u) <= SETTLED):
                return
            there, error = self.corrected(u + length * along)
            if there is None or error > 0.1:
                length /= 2
            else:
                ahead = self.tangent(there, along)
                if target is not None and there[-1] > target:
                    share = (target - u[-1]) / (there[-1] - u[-1])
                    guess = u + share * (there - u)
                    guess[-1] = target
                    there, _ = self.corrected(guess, fixed=True)
                if there is None or ahead @ along < 0.8:
                    length /= 2
                else:
                    u, along = there, ahead
                    yield float(u[-1]), self.mixed(u)
                    length *= 2 if error < 0.02 else 1
            if length < 1e-9:
                return


def _certified(game: NormalForm, precision: Fraction, mixed: Sequence[Floats]) -> QuantalPoint:
    """Return a point with rational strategies and exact bounds."""
    digits = []
    for own in mixed:
        rounded = [round(weight * GRID) for weight in own.tolist()]
        rounded[rounded.index(max(rounded))] += GRID - sum(rounded)
        digits.append(np.array(rounded, dtype=object))
    context = decimal.Context(prec=50)
    regret = residual = Fraction(0)
    for p, (scaled, denominator) in enumerate(game.scaled):
        table = np.moveaxis(scaled.astype(object), p, 0)
        for q in reversed(range(len(digits))):
            if q != p:
                table = np.tensordot(table, digits[q], axes=(table.ndim - 1, 0))
        unit = denominator * GRID ** (len(digits) - 1)
        best = max(table)
        regret = max(regret, Fraction(int(best * GRID - table @ digits[p]), unit * GRID))
        answers = [_exponential(precision * Fraction(int(v - best), unit), context) for v in table]
        total = sum(answers)
        residual = max(
            residual,
            *(
                abs(Fraction(int(digit), GRID) - answer / total)
                for digit, answer in zip(digits[p], answers, strict=True)
            ),
        )
    steps = 10**20
    return QuantalPoint(
        precision,
        tuple(tuple(Fraction(int(digit), GRID) for digit in own) for own in digits),
        Fraction(math.ceil((residual + TINY) * steps), steps),
        regret,
    )


def _exponential(power: Fraction, context: decimal.Context) -> Fraction:
    """Return the exponential of a number that is not positive, to about 40 digits."""
    if power < -200:
        return Fraction(0)
    ratio = context.divide(Decimal(power.numerator), Decimal(power.denominator))
    return Fraction(context.exp(ratio))


def _recognised(game: NormalForm, near: Profile) -> Profile | None:
    """Return an exact equilibrium next to a profile, or None."""
    candidates: list[Profile] = [
        tuple(tuple(weight.limit_denominator(most) for weight in own) for own in near)
        for most in (1, 30, 1000)
    ]
    if len(near) == 2 and (solved := _on_supports(game, near)):
        candidates.append(solved)
    for candidate in candidates:
        close = all(
            abs(a - b) <= NEAR
            for own, other in zip(candidate, near, strict=True)
            for a, b in zip(own, other, strict=True)
        )
        if close and all(sum(own) == 1 for own in candidate) and is_equilibrium(game, candidate):
            return candidate
    return None


def _on_supports(game: NormalForm, near: Profile) -> Profile | None:
    """Return a pair of strategies, on the supports of a pair, that make these best replies."""
    supports = [[s for s, weight in enumerate(own) if weight > NEAR] for own in near]
    found: list[tuple[Fraction, ...]] = []
    for p in (0, 1):
        rival = np.moveaxis(game.scaled[1 - p][0].astype(object), 1 - p, 0)[:, supports[p]]
        level = rival[supports[1 - p][0]]
        limits = np.vstack([rival - level, level - rival[supports[1 - p]]])
        best = maximin(level[None, :], limits)
        if best is None:
            return None
        weights = dict(zip(supports[p], best.point, strict=True))
        found.append(tuple(weights.get(s, Fraction(0)) for s in range(game.shape[p])))
    return found[0], found[1]
