"""Logit quantal response: equilibria of players who err less the more an error costs.

At precision L >= 0 a player who expects payoff e(s) from strategy s plays it with
probability proportional to exp(L e(s)). A *logit quantal response equilibrium* is a profile
in which everybody answers everybody's mixture in this way (McKelvey and Palfrey 1995). At
precision 0 it is the centroid: all strategies equally likely. The *principal branch* is the
curve of such profiles that starts there; as the precision grows without bound it leads, in
almost every game, to one Nash equilibrium: the *logit selection*. The precision has the
unit 1 / utility, the same for all players; use :meth:`NormalForm.rescale` to change a unit.

The curve. With the log odds y_s = log(x_s / x_0) of every player's strategies over one of
them, the curve solves H(y, L) = 0 for

    H_s = y_s - L (e(s) - e(0)),        x = the logit probabilities of (0, y).

Where the derivative of H, bordered by the tangent of the curve, is regular, the curve is the
only one near by. In a *regular* game that is so all along, the determinant of the bordered
derivative keeps its sign, and as this is positive at L = 0, the derivative in y alone has a
positive determinant wherever the precision grows. In the limit that determinant has the sign
of the index (:mod:`negotiation.normal_form.index`): the selection has index +1.

- At a *fold* the precision stops growing and the curve turns back; it is followed.
- At a *crossing* the bordered derivative is singular, as happens in games with symmetries:
  another curve goes through the same point. Straight on is one way among several, and payoffs
  changed by however little turn the curve off to one side. What is selected beyond a crossing
  is *knife-edge*, and the result says so.

Method (Turocy 2005): an Euler predictor along the tangent and a Newton corrector at right
angles to it. So that no step leads to another curve, each is compared with two half steps. It
counts if

- both ways arrive at the same point, and the corrections are at most a tenth of the step;
- from its start to its middle and from there to its end the bordered derivative turns by little:
  all eigenvalues m of the quotient of two of them have ``|m - 1| <= |m + 1| / 3``, so that the
  determinant keeps its sign on the straight line between the two.

This is looked at in the start, the middle and the end of a step; between them it is likely and
not proved. Next to a crossing steps become shorter in proportion to the distance. If none
longer than ``SHORTEST`` counts, a step of ``ACROSS`` is tried from where steps were ``BEFORE``
long. If it finds a curve straight on, going the same way, with an eigenvalue below 0, a crossing
is reported: curves that are nearer to each other cannot be told apart in floating point. That is
so if payoffs differ from those of a game with a crossing by some 1e-12 of their range or less.
If it finds none, the path ends there.

Where the path ends. The limit is read off when every player's regret is ``SETTLED`` in the range
of its own payoffs, or when the precision times that range is ``FAR`` for every player (its regret
is then at most log(strategies) / ``FAR`` of the range). The point is then replaced by the exact
equilibrium next to it, or polished and certified if that is irrational and regular.

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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError
from negotiation.exact import exact, refuse_size, show
from negotiation.normal_form.best_replies import is_equilibrium, regrets
from negotiation.normal_form.exact_lp import maximin
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.normal_form.index import regular_equilibrium
from negotiation.results import Result, Table, bound_list

__all__ = ["QuantalPoint", "QuantalResponse", "SingularPoint", "quantal_response"]

MAX_CELLS = 1_000_000
MAX_STEPS = 20_000
FAR = 1e6
"""Where the limit is read off: precision times the range of a player's payoffs."""
SETTLED = 1e-12
"""Regret, in the range of a player's payoffs, at which the limit is read off at once."""
HIGHEST = 1e13
"""Precision times the largest range of payoffs beyond which floating point ends."""
LIMIT = Fraction(1, 10**4)
"""Regret, in the range of a player's payoffs, up to which an end is near an equilibrium."""
NEWTON = 1e-10
"""Length of a step of Newton's method after which the next would be rounding."""
ROUNDING = 1e-14
"""The same in the size of the point; a hundred times both is accepted if no step is shorter."""
TURN = 1 / 3
"""Of the bordered derivative from one end of half a step to the other."""
SHORTEST = 1e-7
"""A shorter step is not tried: it stands before a crossing, or the path ends."""
BEFORE = 1e-5
"""A crossing is stepped over from the last place at which steps were at least as long."""
ACROSS = 1e-3
"""Length of that step."""
SHOWN_MOVE = 0.05
"""A point is kept if a probability has moved this far since the last, or the precision doubled."""
RARE = 1e-3
"""Probability, in the largest, below which log odds are taken over another strategy."""
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
class SingularPoint:
    """Where the branch does not simply go on with the precision.

    Attributes
    ----------
    kind : str
        ``"fold"``, where it turns back in the precision, or ``"crossing"``, where another
        curve goes through the same point, as far as floating point can tell.
    point : QuantalPoint
        The fold, or a point just before the crossing.
    """

    kind: str
    point: QuantalPoint


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
        equilibrium that the path leads to, if `limit` says so, and else where the path ended.
    epsilon : Fraction
        The most a player could gain at `selected` by switching alone. 0 if `selected` is
        exactly a Nash equilibrium.
    limit : bool
        Whether `selected` is the limit of the path: no player's regret is more than a
        ten-thousandth of the range of its payoffs. False for a point at a precision, and where
        the path could not be followed so far.
    path : tuple of QuantalPoint
        Points of the branch, from precision 0 on, singular ones among them.
    singular : tuple of SingularPoint
        The folds and crossings on the way.
    error : Fraction or None
        If the path leads to its limit: every probability of a Nash equilibrium is within this
        of `selected`, proved; 0 if that is one itself. None where none is proved.
    index : int or None
        The index of that equilibrium if it is regular, and None else. It is +1 unless a crossing
        lies on the way.
    asked : Fraction or None
        The precision asked for, None if it was the limit.
    """

    game: NormalForm
    selected: Profile
    epsilon: Fraction
    limit: bool
    path: tuple[QuantalPoint, ...]
    singular: tuple[SingularPoint, ...] = ()
    error: Fraction | None = None
    index: int | None = None
    asked: Fraction | None = None

    @property
    def point(self) -> QuantalPoint:
        """The last point of the path."""
        return self.path[-1]

    @property
    def knife_edge(self) -> bool:
        """Whether there is a crossing on the way.

        Then payoffs changed by however little may lead elsewhere.
        """
        return any(own.kind == "crossing" for own in self.singular)

    def tables(self) -> tuple[Table, ...]:
        """Return the profile selected, the folds and crossings, and the path."""
        notes = [f"Nobody gains more than {show(self.epsilon)} by switching alone."]
        if self.asked is not None:
            title = f"Quantal response equilibrium at precision {show(self.point.precision)}"
            notes[0] += f" Residual at most {show(self.point.residual)}."
        elif not self.limit:
            title = "Where the logit path ended"
            notes.append(
                f"The path could not be followed beyond precision {show(self.point.precision)}."
            )
        elif self.error is None:
            title = "Approximate equilibrium to which the logit path leads"
        else:
            title = "Equilibrium selected by the logit path"
            if self.epsilon == 0:
                notes = ["Exactly a Nash equilibrium; that the path leads to it is approximate."]
            elif self.error:
                notes.append(
                    f"Every probability of an equilibrium is within {show(self.error)} of these."
                )
        crossings = [own.point for own in self.singular if own.kind == "crossing"]
        if crossings:
            notes.append(
                f"Knife-edge: at precision {show(crossings[0].precision)} the branch crosses "
                "another one and was followed straight on; payoffs changed by however little may "
                "lead elsewhere."
            )
        rows = [
            [player, name, weight]
            for player, names, own in zip(
                self.game.players, self.game.strategies, self.selected, strict=True
            )
            for name, weight in zip(names, own, strict=True)
        ]
        heads = ["precision", *(f"{player}: {name}" for player, name, _ in rows)]
        heads += ["regret", "residual"]
        tables = [Table(title, ["player", "strategy", "probability"], rows, notes, name="quantal")]
        if self.singular:
            lines = [[own.kind, *_line(own.point)] for own in self.singular]
            tables.append(
                Table("Folds and crossings", ["kind", *heads], lines, name="quantal_singular")
            )
        lines = [_line(point) for point in self.path]
        tables.append(Table("Principal branch", heads, lines, name="quantal_path", detail=True))
        return tuple(tables)

    def data(self) -> dict[str, Any]:
        """Return the profile selected and the last point; its keys are output paths."""
        singular = [{"kind": s.kind, "precision": s.point.precision} for s in self.singular]
        return {
            "guarantee": self.guarantee,
            "limit": self.limit,
            "epsilon": self.epsilon,
            "error": self.error,
            "index": self.index,
            "knife_edge": self.knife_edge,
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
            **bound_list("singular", singular),
        }


def _line(point: QuantalPoint) -> list[object]:
    return [point.precision, *itertools.chain(*point.strategies), point.regret, point.residual]


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
        or with the support of the limit is close, exactly that; where there is an irrational one
        that is regular, a rational point next to it; else the last point. If the selection is
        knife-edge, :attr:`QuantalResponse.knife_edge` says so.

    Raises
    ------
    GameError
        If the precision is no number, is negative or is too large to be reached.
    TooLargeError
        If the game has more than 1,000,000 cells.

    Notes
    -----
    With k strategies in all, each step solves a dozen linear systems of size k and looks at
    the eigenvalues of two matrices; there are usually 10 to 100 steps, and some 60 more for each
    crossing. Players whose payoffs have very different ranges, by a factor of f, need
    precisions that are as much higher; beyond a factor of some 10^7 floating point may not
    reach them, and ``limit`` is then False. McKelvey and Palfrey (1995); Turocy (2005).

    Examples
    --------
    >>> pennies = NormalForm.from_arrays([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    >>> selected = quantal_response(pennies)
    >>> selected.selected
    ((Fraction(1, 2), Fraction(1, 2)), (Fraction(1, 10), Fraction(9, 10)))
    >>> quantal_response(pennies, precision=0).selected[0]
    (Fraction(1, 2), Fraction(1, 2))

    In a game of chicken that is the same for both, the branch keeps the symmetry. A payoff that
    is a hundredth higher decides who gives way:

    >>> chicken = NormalForm.from_arrays([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> quantal_response(chicken).selected[0], quantal_response(chicken).knife_edge
    ((Fraction(2, 3), Fraction(1, 3)), True)
    >>> other = NormalForm.from_arrays([[6, 2], ["7.01", 0]], [[6, 7], [2, 0]])
    >>> quantal_response(other).selected[0], quantal_response(other).knife_edge
    ((Fraction(0, 1), Fraction(1, 1)), False)
    """
    checked_game(game)
    target = None if precision is None else exact(precision, where="precision")
    if target is not None and target < 0:
        raise GameError(
            f"precision {show(target)} is negative", remedy="0 is chance, larger is more precise"
        )
    refuse_size("cells of the game", int(np.prod(game.shape, dtype=object)), MAX_CELLS)
    ranges = [Fraction(array.max() - array.min()) for array in game.payoffs]
    span = max(ranges) or Fraction(1)
    if target is not None and target * span > int(FAR):
        raise GameError(
            f"precision {show(target)} is too large for floating point",
            remedy=f"stay at or below {show(int(FAR) / span)}, or ask for the limit",
        )
    # follow the branch, and keep some points of it
    branch = _Branch(game, span)
    level = None if target is None else float(target * span)
    path: list[QuantalPoint] = []
    singular = []
    last: tuple[float, list[Floats]] | None = None
    kept, settled = last, False
    for kind, reached, mixed in branch.follow(level):
        last = reached, mixed
        settled = kind == "settled"
        if settled:
            break
        if kind or kept is None or _moved(kept, last):
            kept = last
            path.append(_certified(game, Fraction(last[0]) / span, last[1]))
            if kind:
                singular.append(SingularPoint(kind, path[-1]))
    assert last is not None
    at = target if target is not None and last[0] == level else Fraction(last[0]) / span
    if kept is not last or path[-1].precision != at:
        path = path if kept is not last else path[:-1]
        path.append(_certified(game, at, last[1]))
    end = path[-1]
    if target is not None:
        if end.precision != target:
            raise GameError(
                f"the path could not be followed beyond precision {show(end.precision)}",
                remedy="ask for a lower precision, or for the limit",
            )
        return QuantalResponse(
            game=game,
            selected=end.strategies,
            epsilon=end.regret,
            limit=False,
            path=tuple(path),
            singular=tuple(singular),
            asked=target,
            guarantee="approximate",
        )
    # read off the limit
    limit = settled and all(
        regret <= LIMIT * own
        for regret, own in zip(regrets(game, end.strategies), ranges, strict=True)
    )
    selected, error, index = _read_off(game, end.strategies) if limit else (None, None, None)
    selected = selected or end.strategies
    return QuantalResponse(
        game=game,
        selected=selected,
        epsilon=max(regrets(game, selected)),
        limit=limit,
        path=tuple(path),
        singular=tuple(singular),
        error=error,
        index=index,
        guarantee="approximate",
    )


def _moved(before: tuple[float, list[Floats]], now: tuple[float, list[Floats]]) -> bool:
    """Say whether a point is far enough from another to be kept."""
    if not before[0] / 2 <= now[0] <= 2 * before[0]:
        return True
    return any(abs(a - b).max() > SHOWN_MOVE for a, b in zip(before[1], now[1], strict=True))


class _Branch:
    """The equations in floating point, with payoffs in units of the largest difference.

    A point u is the log odds of all strategies but one of each player, its base, over that one,
    then the precision. Players with a single strategy are left out.
    """

    def __init__(self, game: NormalForm, span: Fraction) -> None:
        self.shape = game.shape
        self.players = [p for p, size in enumerate(game.shape) if size > 1]
        sizes = [game.shape[p] for p in self.players]
        self.tables = [
            np.moveaxis(game.payoffs[p].reshape(sizes) / span, k, 0)
            for k, p in enumerate(self.players)
        ]
        self.ranges = [
            float((game.payoffs[p].max() - game.payoffs[p].min()) / span) for p in self.players
        ]
        self.parts = [
            slice(end - size + 1, end)
            for size, end in zip(sizes, itertools.accumulate(m - 1 for m in sizes), strict=True)
        ]
        self.size = sum(sizes) - len(sizes)
        self.upwards = np.zeros(self.size + 1)
        self.upwards[-1] = 1
        # the gains of the rest of each player's strategies over its base
        self.base = [0] * len(sizes)
        self.rest = [np.arange(1, size) for size in sizes]
        self.gains: list[Floats] = [
            (table[1:] - table[0]).astype(np.float64) for table in self.tables
        ]

    def odds(self, u: Floats, k: int) -> Floats:
        """Return the log odds of all strategies of a player over its base."""
        odds = np.zeros(len(self.rest[k]) + 1)
        odds[self.rest[k]] = u[self.parts[k]]
        return odds

    def weights(self, u: Floats) -> list[Floats]:
        """Return the mixed strategies at a point of the players that have a choice."""
        found = []
        for k in range(len(self.parts)):
            odds = self.odds(u, k)
            powers = np.exp(odds - odds.max())
            found.append(powers / powers.sum())
        return found

    def mixed(self, u: Floats) -> list[Floats]:
        """Return the mixed strategies of all players at a point."""
        own = iter(self.weights(u))
        return [next(own) if size > 1 else np.ones(1) for size in self.shape]

    def rebased(self, at: _Place, along: Floats) -> tuple[_Place, Floats] | None:
        """Return a place and a direction in log odds over strategies that are played much.

        Log odds over a strategy that dies out grow, and their differences lose digits.
        """
        u, along = at.u.copy(), along.copy()
        changed = False
        for k, own in enumerate(self.weights(u)):
            best = int(own.argmax())
            if own[self.base[k]] >= RARE * own[best]:
                continue
            odds, ahead = self.odds(u, k), self.odds(along, k)
            rest = np.delete(np.arange(len(own)), best)
            u[self.parts[k]] = (odds - odds[best])[rest]
            along[self.parts[k]] = (ahead - ahead[best])[rest]
            self.base[k], self.rest[k] = best, rest
            table = self.tables[k]
            self.gains[k] = (table[rest] - table[best]).astype(np.float64)
            changed = True
        if not changed:
            return None
        place = _Place(u, self.equations(u)[1])
        return place, place.tangent(along / math.sqrt(along @ along))

    def earned(self, k: int, mixed: list[Floats]) -> tuple[Floats, dict[int, Floats]]:
        """Return the gains over the base, alone and against each strategy of each other.

        The others are averaged over by halves, so that what two of them have in common is
        computed once.
        """
        others = [q for q in range(len(mixed)) if q != k]
        if not others:
            return self.gains[k], {}
        against: dict[int, Floats] = {}
        stack = [(self.gains[k], others)]
        while stack:
            table, left = stack.pop()
            if len(left) == 1:
                against[left[0]] = table
                continue
            half = len(left) // 2
            first, second = table, table
            for axis in reversed(range(half, len(left))):
                first = _averaged(first, axis + 1, mixed[left[axis]])
            for axis in reversed(range(half)):
                second = _averaged(second, axis + 1, mixed[left[axis]])
            stack += [(first, left[:half]), (second, left[half:])]
        q, table = next(iter(against.items()))
        return table @ mixed[q], against

    def equations(self, u: Floats) -> tuple[Floats, Floats]:
        """Return the equations' left sides and their derivatives."""
        mixed, level = self.weights(u), u[-1]
        values, slopes = np.empty(self.size), np.zeros((self.size, self.size + 1))
        slopes.flat[:: self.size + 2] = 1
        for k, part in enumerate(self.parts):
            gains, against = self.earned(k, mixed)
            values[part] = u[part] - level * gains
            slopes[part, -1] = -gains
            for q, table in against.items():
                rest = self.rest[q]
                slopes[part, self.parts[q]] = (gains[:, None] - table[:, rest]) * (
                    level * mixed[q][rest]
                )
        return values, slopes

    def settled(self, at: _Place) -> bool:
        """Say whether the limit can be read off."""
        level = float(at.u[-1])
        for k, (own, span) in enumerate(zip(self.weights(at.u), self.ranges, strict=True)):
            gains = -at.slopes[self.parts[k], -1]
            regret = max(gains.max(), 0.0) - gains @ own[self.rest[k]]
            if regret > SETTLED * span and level * span < FAR:
                return False
        # would the branch meet a crossing if the profile stayed as it is? The derivative at
        # precision L is then I - L C, and singular where 1 / L is an eigenvalue of C
        there = at.u.copy()
        there[-1] = end = max((FAR / span for span in self.ranges if span), default=1.0)
        values = np.linalg.eigvals(np.eye(self.size) - self.equations(there)[1][:, :-1]) / end
        real = values.real[np.abs(values.imag) <= 1e-9 * np.abs(values)]
        return not bool(((real * level < 1) & (real * end > 1)).any())

    def corrected(
        self, u: Floats, along: Floats, place: float | None = None
    ) -> tuple[_Place, float] | None:
        """Return the curve's place near u, and how far away it is.

        It is sought where ``along`` has the product ``place`` with a point, by default u's.
        """
        u = u.copy()
        place = float(along @ u) if place is None else place
        far = last = 0.0
        for k in range(8):
            values, slopes = self.equations(u)
            right = np.append(-values, place - along @ u)
            try:
                step = np.linalg.solve(np.concatenate([slopes, along[None]]), right)
            except np.linalg.LinAlgError:
                return None
            u += step
            length, size = math.sqrt(step @ step), math.sqrt(u @ u)
            far = far or length
            enough = NEWTON + ROUNDING * size
            if length <= enough:
                return _Place(u, slopes), far
            if k and length > 0.3 * last:  # it no longer contracts: rounding, or no solution
                return (_Place(u, slopes), far) if length <= 100 * enough else None
            if not length < 1e3 + size:
                return None
            last = length
        return None

    def stepped(
        self, at: _Place, along: Floats, length: float
    ) -> tuple[tuple[_Place, _Place], float] | None:
        """Return the places after half a step and after a step, and the turn; or None."""
        half, whole = (self.corrected(at.u + share * length * along, along) for share in (0.5, 1.0))
        if half is None or whole is None or max(half[1], whole[1]) > 0.1 * length:
            return None
        middle, end = half[0], whole[0]
        turn = max(_turn(at, middle, along), _turn(middle, end, along))
        if turn > TURN:
            return None
        ahead = middle.tangent(along)
        guess = middle.u + (along @ (end.u - middle.u)) / (along @ ahead) * ahead
        again = self.corrected(guess, along, float(along @ end.u))
        if again is None or again[1] > 0.1 * length:
            return None
        apart = np.abs(again[0].u - end.u).max()
        same = apart <= 1e-6 * min(length, 1) + 1e-10 * np.abs(end.u).max()
        return ((middle, end), turn) if same else None

    def follow(self, target: float | None) -> Iterator[tuple[str, float, list[Floats]]]:
        """Yield what is there, precision and mixed strategies along the branch up to a target.

        What is there is ``"fold"``, ``"crossing"``, ``"settled"`` for the last, where the limit
        can be read off, or nothing.
        """
        start = np.zeros(self.size + 1)
        yield "", 0.0, self.mixed(start)
        if target == 0:
            return
        if not self.size:
            level = target or 0.0
            yield "settled" if target is None else "", level, self.mixed(start)
            return
        at = _Place(start, self.equations(start)[1])
        along = at.tangent(self.upwards)
        length, before = 0.1, (at, along)
        for _ in range(MAX_STEPS):
            if at.u[-1] > HIGHEST:
                return
            if target is None and self.settled(at):
                yield "settled", float(at.u[-1]), self.mixed(at.u)
                return
            scale = max(1.0, 1e-6 * math.sqrt(at.u @ at.u))
            if length >= BEFORE * scale:
                before = at, along
            step = self.stepped(at, along, length)
            if step is not None:
                places, turn = step
                for stop in places:
                    for kind, point in self._between(at, stop, along, target):
                        yield kind, float(point[-1]), self.mixed(point)
                        if point[-1] == target:
                            return
                    at = stop
                along = at.tangent(along)
                if (rebased := self.rebased(at, along)) is not None:
                    before = at, along = rebased
                length *= 2 if turn < 0.1 else 1.3 if turn < 0.2 else 1
                continue
            length /= 2
            if length < SHORTEST * scale:
                over = self._across(*before, ACROSS * scale)
                if over is None:
                    return
                yield "crossing", float(before[0].u[-1]), self.mixed(before[0].u)
                at, along = over
                length = ACROSS * scale / 10
                yield "", float(at.u[-1]), self.mixed(at.u)

    def _between(
        self, at: _Place, end: _Place, along: Floats, target: float | None
    ) -> Iterator[tuple[str, Floats]]:
        """Yield the fold between two places of a step, if any, and the target or the end."""

        def climb(place: _Place) -> float:
            return float(place.tangent(along)[-1])

        stops = [("", end)]
        if climb(at) * climb(end) < 0:
            stops.insert(0, ("fold", self._found(at, end, along, climb)))
        for kind, stop in stops:
            if target is not None and at.u[-1] < target <= stop.u[-1]:
                there = self._found(at, stop, along, lambda place: float(place.u[-1]) - target)
                there.u[-1] = target
                exactly = self.corrected(there.u, self.upwards)
                if exactly is not None and exactly[1] <= 1e-6 * (1 + math.sqrt(at.u @ at.u)):
                    there = exactly[0]
                    there.u[-1] = target
                yield "", there.u
                return
            yield kind, stop.u
            at = stop

    def _found(
        self, at: _Place, end: _Place, along: Floats, measure: Callable[[_Place], float]
    ) -> _Place:
        """Return the place between two of the curve where a measure changes sign."""
        low, high = measure(at), measure(end)
        for k in range(60):
            share = 0.5 if k % 3 == 2 else low / (low - high)  # false position, and halving
            between = self.corrected(at.u + share * (end.u - at.u), along)
            if between is None:
                break
            middle, value = between[0], measure(between[0])
            if abs(value) <= 1e-10:
                return middle
            if (value < 0) == (low < 0):
                at, low = middle, value
            else:
                end, high = middle, value
        return at if abs(low) < abs(high) else end

    def _across(self, at: _Place, along: Floats, length: float) -> tuple[_Place, Floats] | None:
        """Return the place on the other side of a crossing, and the direction there."""
        found = self.corrected(at.u + length * along, along)
        if found is None or found[1] > 0.1 * length:
            return None
        ahead = found[0].tangent(along)
        values = np.linalg.eigvals(at.quotient(found[0], along))
        turned = (values.real < 0) & (np.abs(values.imag) <= 1e-3 * np.abs(values))
        return (found[0], ahead) if turned.any() and ahead @ along > 0.99 else None


@dataclass(frozen=True, eq=False)
class _Place:
    """A point of the curve, with the derivatives of the equations there."""

    u: Floats
    slopes: Floats

    def bordered(self, along: Floats) -> Floats:
        """Return the derivatives with a direction as the last row."""
        return np.concatenate([self.slopes, along[None]])

    def tangent(self, along: Floats) -> Floats:
        """Return the curve's direction, the one that goes on in a direction."""
        right = np.zeros(len(along))
        right[-1] = 1
        ahead = np.linalg.solve(self.bordered(along), right)
        return np.asarray(ahead / math.sqrt(ahead @ ahead), dtype=np.float64)

    def quotient(self, other: _Place, along: Floats) -> Floats:
        """Return the bordered derivative at another place by that at this one."""
        return np.asarray(
            np.linalg.solve(self.bordered(along), other.bordered(along)), dtype=np.float64
        )


def _turn(one: _Place, other: _Place, along: Floats) -> float:
    """Return the largest ``|m - 1| / |m + 1|`` over the eigenvalues m of the quotient."""
    try:
        values = np.linalg.eigvals(one.quotient(other, along))
    except np.linalg.LinAlgError:
        return math.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = float((np.abs(values - 1) / np.abs(values + 1)).max())
    return turn if math.isfinite(turn) else math.inf


def _averaged(table: Floats, axis: int, weights: Floats) -> Floats:
    """Return the average of a table over one axis."""
    shape = table.shape
    flat: Any = weights @ table.reshape(math.prod(shape[:axis]), shape[axis], -1)
    averaged: Floats = flat.reshape(shape[:axis] + shape[axis + 1 :])
    return averaged


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


def _read_off(
    game: NormalForm, near: Profile
) -> tuple[Profile | None, Fraction | None, int | None]:
    """Return the equilibrium next to a profile, how near it is proved to be, and its index."""
    candidates: list[Profile] = [
        tuple(tuple(weight.limit_denominator(most) for weight in own) for own in near)
        for most in (1, 30, 1000)
    ]
    if len(near) == 2 and (solved := _on_supports(game, near)):
        candidates.append(solved)
    for candidate in candidates:
        likely = all(sum(own) == 1 for own in candidate) and _close(candidate, near)
        if likely and is_equilibrium(game, candidate):
            root = regular_equilibrium(game, candidate)
            alone = root is not None and root.strategies == candidate
            return candidate, Fraction(0), root.index if root and alone else None
    # an irrational one: on the strategies that are used, if it is regular
    used = [tuple(weight if weight > NEAR else Fraction(0) for weight in own) for own in near]
    start = tuple(tuple(weight / sum(own) for weight in own) for own in used)
    root = regular_equilibrium(game, start)
    if root is not None and _close(root.strategies, near):
        return root.strategies, root.error, root.index
    return None, None, None


def _close(one: Profile, other: Profile) -> bool:
    return all(
        abs(a - b) <= NEAR
        for own, its in zip(one, other, strict=True)
        for a, b in zip(own, its, strict=True)
    )


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
