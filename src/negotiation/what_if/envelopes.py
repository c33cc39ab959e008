r"""Bargaining solutions along one input: which agreements they pick, piece by piece, exactly.

Between two borders of formulas the gain of player i in agreement a is P_ia(x) / W_i(x), with
polynomials P_ia and one positive divisor W_i for each player. Each concept picks what is largest
in its own sense among the agreements that all players accept (P_ia >= 0 for all i), see
:mod:`negotiation.bargaining.solutions`:

- nash: product of P_ia, where all are above 0; the divisors are the same for all agreements;
- utilitarian: the sum of P_ia / W_i;
- egalitarian: leximin of P_ia / W_i;
- kalai_smorodinsky: leximin of P_ia / G_i, where G_i is the largest P_ib of an acceptable b.

So that what is picked over a range is an *upper envelope* of functions, each of them on the part
of the range on which it is acceptable. It is found in three steps.

1. **Champions.** At one number inside a piece the ordinary solver picks an agreement.
2. **Candidates.** An agreement goes if it is acceptable nowhere on the piece, or if the champion is
   acceptable everywhere on it and better all along. A polynomial is above 0 on an open interval if
   its Bernstein coefficients there are not below 0, and one of them is above. Over all agreements
   this is done in floating point, with a bound on the rounding errors inside of which nothing
   goes; what is left is decided in integers. Agreements that all players value alike at every
   number stand for one.
3. **Comparing.** The few candidates are compared at a number in exact arithmetic, and the
   polynomials whose signs were asked for are written down. As long as none of these changes
   its sign, the comparisons go the same way and the answer is the same: up to the nearest roots on
   either side. At the roots themselves, rational or not, and beyond them it is asked again.

A piece with too many candidates is cut: where its champion stops being acceptable, or else in the
middle. At the cuts the ordinary solver is asked. Two agreements of which one is *leximin*-larger
stay in that order when the gains of players who have the same gain in both are left out; the
champion is better all along if its least remaining gain is above one of the other's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, cmp_to_key, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import BargainingSolution
from negotiation.roots import (
    Algebraic,
    Number,
    Polynomial,
    between,
    integral,
    roots,
    sign_at,
)
from negotiation.what_if.bernstein import Rounded, blossom, coefficients, plus, product

__all__ = ["Cell", "Part", "Player"]

ENOUGH = 40
"""Candidates, told apart by some player, that are compared; with more of them a piece is cut."""
CLASSES = 2_000
"""Candidates after floating point that are looked at in exact arithmetic."""
MAX_PIECES = 600
FEW = 4
"""Agreements that may give one player its largest gain."""
CLOSE = 2.0**-10
"""Share of the largest gain below which an irrational end is looked at exactly."""
NARROW = Fraction(1, 2**24)
"""Share of a cell below which a piece is not halved any more."""

Coefficients = tuple[int, ...]
"""Of a polynomial, the constant first."""
Places = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """What is picked at one number, or on an open interval.

    Attributes
    ----------
    low, high : Fraction or Algebraic
        Its ends; the same for a single number.
    indices : tuple of int or None
        The agreements by number, ascending; None where that was not worked out.
    """

    low: Number
    high: Number
    indices: tuple[int, ...] | None


# ---- one cell ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Piece:
    """An open interval, or a single irrational number.

    Attributes
    ----------
    left, right : Fraction or Algebraic
        Its ends.
    low, high : Fraction
        Rational numbers around it: its ends, where these are rational.
    """

    left: Number
    right: Number
    low: Fraction
    high: Fraction

    @classmethod
    def of(cls, left: Number, right: Number) -> _Piece:
        """Return the open interval between two numbers."""
        middle = between(left, right)
        while isinstance(left, Algebraic) and (left.high - left.low) * 2**20 > middle - left.high:
            left = left.halved()
        while (
            isinstance(right, Algebraic) and (right.high - right.low) * 2**20 > right.low - middle
        ):
            right = right.halved()
        return cls(
            left,
            right,
            left.low if isinstance(left, Algebraic) else left,
            right.high if isinstance(right, Algebraic) else right,
        )

    @classmethod
    def at(cls, root: Algebraic, width: Fraction) -> _Piece:
        """Return a single number."""
        near = root.refine(width)
        return cls(near, near, near.low, near.high)

    @property
    def irrational(self) -> bool:
        """Whether an end is."""
        return isinstance(self.left, Algebraic) or isinstance(self.right, Algebraic)

    @cached_property
    def samples(self) -> tuple[Fraction, ...]:
        """Numbers at which to look for a champion."""
        if self.left == self.right:
            return (self.low, self.high)
        return (between(self.left, self.right),)

    def sign(self, poly: Sequence[Any]) -> int | None:
        """Return the sign of a polynomial if it has one and the same all along."""
        whole = integral(poly[::-1])
        if self.left == self.right:
            return sign_at(whole, self.left)
        if any(self.left < root < self.right for root in roots([whole], self.left, self.right)):
            return None
        return sign_at(whole, self.samples[0])

    def above(self, poly: Sequence[Any]) -> bool:
        """Say whether a polynomial is surely positive all along."""
        found = coefficients(poly, self.low, self.high)
        if min(found) >= 0 and max(found) > 0:
            return True
        return self.irrational and max(found) > 0 and self.sign(poly) == 1


@dataclass(frozen=True, eq=False)
class Player:
    """A player's gains on a cell: sum over k of ``tables[k] * x**k``, over ``divisor``.

    Attributes
    ----------
    tables : tuple of integer arrays
        Over the agreements inside all red lines.
    divisor : tuple of Fraction
        The coefficients of the divisor, which is positive on the cell.
    """

    tables: tuple[NDArray[Any], ...]
    divisor: tuple[Fraction, ...]

    def gain(self, place: int) -> Coefficients:
        """Return the polynomial of one agreement."""
        return tuple(int(table[place]) for table in self.tables)

    @cached_property
    def largest(self) -> int:
        """The largest size of a coefficient."""
        every = [abs(int(end)) for t in self.tables if t.size for end in (t.max(), t.min())]
        return max([1, *every])

    @cached_property
    def floats(self) -> list[Floats]:
        """The tables over their largest coefficient."""
        return [np.asarray(table / self.largest, dtype=float) for table in self.tables]

    def exactly(self, places: Places, low: Fraction, high: Fraction) -> list[NDArray[Any]]:
        """Return the Bernstein coefficients of some agreements times a positive number."""
        matrix = blossom(len(self.tables) - 1, low, high)
        scale = math.lcm(*(value.denominator for row in matrix for value in row))
        columns = [table[places].astype(object) for table in self.tables]
        return [
            reduce(
                np.add,
                (int(value * scale) * column for value, column in zip(row, columns, strict=True)),
            )
            for row in matrix
        ]

    def rounded(self, places: Places, piece: _Piece) -> Rounded:
        """Return the gains of some agreements, over the largest coefficient of the tables."""
        tables = [table[places] for table in self.floats]
        return Rounded.of(tables, piece.low, piece.high)

    def single(self, own: Sequence[Any], piece: _Piece) -> Rounded:
        """Return one polynomial, over the same."""
        scaled = [Fraction(value) / self.largest for value in own]
        return Rounded.one(scaled, piece.low, piece.high)

    def alike(self, places: Places, own: Coefficients) -> NDArray[np.bool_]:
        """Say where the gain is a polynomial."""
        found: NDArray[np.bool_] = np.logical_and.reduce(
            [table[places] == value for table, value in zip(self.tables, own, strict=True)]
        )
        return found


class _TooManyError(Exception):
    """More candidates than are compared.

    ``cuts``: polynomials at whose roots a piece should be cut; ``later``: at whose roots one too
    narrow to be halved.
    """

    def __init__(
        self, cuts: Iterable[Sequence[Any]] = (), later: Iterable[Sequence[Any]] = ()
    ) -> None:
        super().__init__()
        self.cuts, self.later = list(cuts), list(later)


Class = tuple[Coefficients, ...]
"""The gains of all players in one agreement, or in several that nobody tells apart."""
Divisors = Sequence[Sequence[Sequence[Any]]]
"""Per player the polynomials that may be its divisor."""


@dataclass(frozen=True, eq=False)
class _Field:
    """Who may be picked on a piece.

    Attributes
    ----------
    classes : mapping
        The gains of a candidate -> the places of all agreements with these gains.
    ideals : tuple
        Per player those of whom one has the largest gain; for Kalai-Smorodinsky.
    """

    classes: Mapping[Class, list[int]]
    ideals: tuple[tuple[Class, ...], ...] = ()


@dataclass
class _Run:
    """Compares polynomials at one number and remembers which."""

    at: Number
    asked: dict[Polynomial, int] = field(default_factory=dict)

    def sign(self, poly: Sequence[Any]) -> int:
        """Return the sign of a polynomial at the number."""
        key = integral(poly[::-1])
        if len(key) < 2:
            return sign_at(key, Fraction(0)) if key else 0
        if key not in self.asked:
            self.asked[key] = sign_at(key, self.at)
        return self.asked[key]


@dataclass(eq=False)
class Cell:
    """A part of the range on which all numbers of a model are one function each.

    Parameters
    ----------
    concept : str
        ``"nash"``, ``"kalai_smorodinsky"``, ``"egalitarian"`` or ``"utilitarian"``.
    players : sequence of Player
    numbers : array
        The number in the space of each agreement in the tables, ascending.
    solve : callable
        The solution at a number by the ordinary solver; None where the model has no meaning.
    """

    concept: str
    players: Sequence[Player]
    numbers: Places
    solve: Callable[[Fraction], BargainingSolution | None]
    scores: dict[Class, tuple[Any, ...]] = field(default_factory=dict, repr=False)
    known: dict[Any, bool] = field(default_factory=dict, repr=False)

    def parts(self, low: Number, high: Number) -> list[Part]:
        """Return what is picked from `low` to `high`, both included, in order.

        The model has a meaning everywhere between them or nowhere.
        """
        pieces: list[tuple[_Piece, _Field | None]] = []
        stack: list[tuple[Number, Number]] = [(low, high)]
        whole = _Piece.of(low, high)
        least = (whole.high - whole.low) * NARROW
        while stack:
            piece = _Piece.of(*stack.pop())
            try:
                pieces.append((piece, self._field(piece)))
            except _TooManyError as fault:
                cut = _cut(fault, piece, least)
                if cut is None or len(pieces) + len(stack) > MAX_PIECES:
                    pieces.append((piece, None))
                else:
                    stack += [(cut, piece.right), (piece.left, cut)]
        found: list[Part] = []
        for piece, candidates in pieces:
            found.append(self._end(piece.left, least))
            if candidates is None:
                found.append(Part(piece.left, piece.right, None))
            else:
                found += self._between(piece, candidates)
        return [*found, self._end(high, least)]

    def _end(self, at: Number, width: Fraction) -> Part:
        """Return what is picked at an end of a piece."""
        if isinstance(at, Fraction):
            found = self.solve(at)
            return Part(at, at, None if found is None else found.indices)
        try:
            return Part(at, at, self._picked(_Run(at), self._field(_Piece.at(at, width))))
        except _TooManyError:
            return Part(at, at, None)

    def _between(self, piece: _Piece, candidates: _Field) -> Iterator[Part]:
        """Yield what is picked inside a piece."""
        stack: list[Part | tuple[Number, Number]] = [(piece.left, piece.right)]
        while stack:
            job = stack.pop()
            if isinstance(job, Part):
                yield job
                continue
            left, right = job
            if left == right:
                yield Part(left, left, self._picked(_Run(left), candidates))
                continue
            run = _Run(between(left, right))
            picked = self._picked(run, candidates)
            turns = [at for at in roots(run.asked, left, right) if left < at < right]
            before = max((at for at in turns if at <= run.at), default=left)
            after = min((at for at in turns if at >= run.at), default=right)
            if after < right:
                stack += [(after, right), (after, after)]
            if before < after:
                stack.append(Part(before, after, picked))
                if left < before:
                    stack.append((before, before))
            if left < before:
                stack.append((left, before))

    # ---- who may be picked ------------------------------------------------------------------

    @property
    def strict(self) -> bool:
        """Whether all players must gain."""
        return self.concept == "nash"

    @np.errstate(over="ignore", invalid="ignore")  # what is no number keeps its agreement
    def _field(self, piece: _Piece) -> _Field:
        """Return who may be picked on a piece."""
        places = self._acceptable(piece)
        solutions = [own for at in piece.samples if (own := self.solve(at)) is not None]
        if not len(places) or not solutions:
            return _Field({})
        ideals = self._ideals(places, solutions[0], piece)
        if any(not any(map(any, (own[i] for own in ideal))) for i, ideal in enumerate(ideals)):
            return _Field({})  # a player who never gains
        unsure: list[Coefficients] = []
        for solution in solutions:
            if not solution.exists:
                continue
            champion = self._class(int(np.searchsorted(self.numbers, solution.points.numbers[0])))
            doubts = self._unsure(champion, piece)
            if not doubts:
                return self._beside(champion, places, ideals, piece)
            unsure += doubts
        return _Field(self._classes(places, ENOUGH, unsure), ideals)

    def _beside(
        self, champion: Class, places: Places, ideals: tuple[tuple[Class, ...], ...], piece: _Piece
    ) -> _Field:
        """Return who is not worse than a champion all along."""
        divisors: Divisors = [[own.divisor] for own in self.players]
        if ideals:
            divisors = [
                list(dict.fromkeys(own[i] for own in ideal)) for i, ideal in enumerate(ideals)
            ]
        places = places[~self._worse(champion, divisors, places, piece)]
        classes = {
            own: members
            for own, members in self._classes(places, CLASSES).items()
            if not self._surely_worse(champion, own, divisors, piece)
        }
        if len(classes) > ENOUGH:
            raise _TooManyError(later=self._crossings(champion, classes, divisors))
        return _Field(classes, ideals)

    def _class(self, place: int) -> Class:
        return tuple(own.gain(place) for own in self.players)

    def _acceptable(self, piece: _Piece) -> Places:
        """Return who may be acceptable somewhere on a piece."""
        places = np.arange(len(self.numbers))
        for own in self.players:
            found = own.rounded(places, piece)
            most = np.broadcast_to(reduce(np.maximum, found.rows), places.shape)
            keep = ~(most < -found.slack)
            near = np.flatnonzero(keep & ~(most > found.slack))
            rows = own.exactly(places[near], piece.low, piece.high)
            keep[near] = np.logical_or.reduce([row > 0 for row in rows])
            if not self.strict:
                keep[near] |= np.logical_and.reduce([row == 0 for row in rows])
            if piece.irrational:  # beyond its ends does not count
                for place in np.flatnonzero(keep & ~(most > found.size * CLOSE)).tolist():
                    keep[place] = self._reached(own.gain(int(places[place])), piece)
            places = places[keep]
        return places

    def _reached(self, poly: Coefficients, piece: _Piece) -> bool:
        """Say whether a gain is somewhere on a piece as a solution needs it."""
        key = (poly, piece.left, piece.right)
        if key not in self.known:
            sign = piece.sign(poly)
            self.known[key] = sign is None or sign > 0 or (sign == 0 and not self.strict)
        return self.known[key]

    def _unsure(self, one: Class, piece: _Piece) -> list[Coefficients]:
        """Return the gains that do not make an agreement acceptable all along."""
        signs = {poly: piece.sign(poly) for poly in one}
        return [
            poly
            for poly, sign in signs.items()
            if sign is None or sign < 0 or (sign == 0 and self.strict)
        ]

    def _classes(
        self, places: Places, most: int, cuts: Iterable[Coefficients] = ()
    ) -> dict[Class, list[int]]:
        """Put agreements together that nobody tells apart."""
        found: dict[tuple[int, ...], list[int]] = {}
        columns = [table[places].tolist() for own in self.players for table in own.tables]
        for place, row in zip(places.tolist(), zip(*columns, strict=True), strict=True):
            found.setdefault(row, []).append(place)
            if len(found) > most:
                raise _TooManyError(cuts)
        return {self._class(members[0]): members for members in found.values()}

    def _ideals(
        self, places: Places, solution: BargainingSolution, piece: _Piece
    ) -> tuple[tuple[Class, ...], ...]:
        """Return, by player, of whom one has the largest gain among acceptable agreements."""
        if self.concept != "kalai_smorodinsky":
            return ()
        inside = solution.space.acceptable(solution.players)[self.numbers[places]]
        ideals = []
        for i, (name, own) in enumerate(zip(solution.players, self.players, strict=True)):
            unsure: list[Coefficients] = []
            left = places
            most: Class = ()
            if inside.any():
                gains = solution.space.utilities(name)[self.numbers[places]]
                best = places[inside][int(np.argmax(gains[inside]))]
                most = self._class(int(best))
                unsure = self._unsure(most, piece)
                if not unsure:
                    mine = own.single(most[i], piece)
                    ahead = mine.plus(own.rounded(places, piece), -1).above
                    left = places[~(ahead | own.alike(places, most[i]))]
            classes = self._classes(left, CLASSES, unsure)
            found = [
                other
                for other in classes
                if unsure or not most or not piece.above(plus(most[i], other[i], -1))
            ]
            if len(found) > FEW:
                later: list[Sequence[Any]] = (
                    [plus(most[i], other[i], -1) for other in found[:ENOUGH]] if most else []
                )
                raise _TooManyError(unsure, later)
            ideals.append(tuple(dict.fromkeys([*([most] if most else []), *found])))
        return tuple(ideals)

    # ---- worse all along ----------------------------------------------------------------------

    def _worse(
        self, champion: Class, divisors: Divisors, places: Places, piece: _Piece
    ) -> NDArray[np.bool_]:
        """Say who is worse than the champion all along, as far as floating point can tell."""
        others = [own.rounded(places, piece) for own in self.players]
        mine = [own.single(poly, piece) for own, poly in zip(self.players, champion, strict=True)]
        below = [
            [own.single(poly, piece) for poly in polys]
            for own, polys in zip(self.players, divisors, strict=True)
        ]
        if self.concept == "nash":
            found = reduce(Rounded.times, mine).plus(reduce(Rounded.times, others), -1).above
        elif self.concept == "utilitarian":
            single = [own[0] for own in below]
            found = _summed(mine, single).plus(_summed(others, single), -1).above
        else:
            alike = [
                own.alike(places, poly) for own, poly in zip(self.players, champion, strict=True)
            ]
            found = np.zeros(len(places), dtype=bool)
            for j, theirs in enumerate(others):
                here = ~alike[j]
                for i, own in enumerate(mine):
                    for one, two in itertools.product(below[i], below[j]):
                        if i != j or one is two:
                            ahead = own.times(two).plus(theirs.times(one), -1).above
                            here &= alike[i] | ahead
                found |= here
        return np.broadcast_to(found, places.shape)

    def _surely_worse(
        self, champion: Class, other: Class, divisors: Divisors, piece: _Piece
    ) -> bool:
        """Say whether an agreement is surely worse than the champion all along."""
        if self.concept in ("nash", "utilitarian"):
            return piece.above(plus(self._score(champion), self._score(other), -1))
        rest = [k for k in range(len(other)) if champion[k] != other[k]]

        def ahead(i: int, j: int) -> bool:
            return all(
                piece.above(plus(product(champion[i], two), product(other[j], one), -1))
                for one, two in itertools.product(divisors[i], divisors[j])
                if i != j or one is two
            )

        return any(all(ahead(i, j) for i in rest) for j in rest)

    def _crossings(
        self, champion: Class, others: Iterable[Class], divisors: Divisors
    ) -> list[tuple[Any, ...]]:
        """Return what is zero where the champion and others change places."""
        if self.concept in ("nash", "utilitarian"):
            mine = self._score(champion)
            return [plus(mine, self._score(own), -1) for own in itertools.islice(others, ENOUGH)]
        return [
            plus(product(champion[i], divisors[j][0]), product(champion[j], divisors[i][0]), -1)
            for i, j in itertools.combinations(range(len(champion)), 2)
        ]

    # ---- comparing ----------------------------------------------------------------------------

    def _score(self, own: Class) -> tuple[Any, ...]:
        """Return what is largest: the product or the sum of gains, times all divisors."""
        if own not in self.scores:
            if self.concept == "nash":
                self.scores[own] = reduce(product, own)
            else:
                below = [player.divisor for player in self.players]
                terms = (
                    reduce(product, (*below[:i], *below[i + 1 :]), poly)
                    for i, poly in enumerate(own)
                )
                self.scores[own] = reduce(plus, terms)
        return self.scores[own]

    def _accepted(self, run: _Run, own: Class) -> bool:
        return all(run.sign(poly) >= (1 if self.strict else 0) for poly in own)

    def _picked(self, run: _Run, candidates: _Field) -> tuple[int, ...]:
        """Return what is picked at a number."""
        inside = [own for own in candidates.classes if self._accepted(run, own)]
        if not inside:
            return ()
        divisors: list[Sequence[Any]] = [own.divisor for own in self.players]
        for i, ideal in enumerate(candidates.ideals):
            reached = [own[i] for own in ideal if self._accepted(run, own)]
            divisors[i] = _largest(reached, lambda a, b: run.sign(plus(a, b, -1)))[0]
            if run.sign(divisors[i]) == 0:
                return ()
        if self.concept in ("nash", "utilitarian"):

            def compare(one: Class, two: Class) -> int:
                return run.sign(plus(self._score(one), self._score(two), -1))

            best = _largest(inside, compare)
        else:

            def entry(one: tuple[Class, int], two: tuple[Class, int]) -> int:
                (a, i), (b, j) = one, two
                return run.sign(plus(product(a[i], divisors[j]), product(b[j], divisors[i]), -1))

            rows = {
                own: sorted(((own, i) for i in range(len(own))), key=cmp_to_key(entry))
                for own in inside
            }

            def leximin(one: Class, two: Class) -> int:
                signs = (entry(a, b) for a, b in zip(rows[one], rows[two], strict=True))
                return next((sign for sign in signs if sign), 0)

            best = _largest(inside, leximin)
        places = [place for own in best for place in candidates.classes[own]]
        return tuple(self.numbers[sorted(places)].tolist())


def _largest(found: Sequence[Any], compare: Callable[[Any, Any], int]) -> list[Any]:
    """Return all that nothing is larger than."""
    best = [found[0]]
    for own in found[1:]:
        sign = compare(own, best[0])
        if sign > 0:
            best = [own]
        elif sign == 0:
            best.append(own)
    return best


def _summed(gains: Sequence[Rounded], divisors: Sequence[Rounded]) -> Rounded:
    """Return the sum of quotients, times all divisors."""
    return reduce(
        Rounded.plus,
        (
            reduce(Rounded.times, (*divisors[:i], *divisors[i + 1 :]), own)
            for i, own in enumerate(gains)
        ),
    )


def _cut(fault: _TooManyError, piece: _Piece, least: Fraction) -> Number | None:
    """Return where to cut a piece; None where it cannot be cut."""
    (middle,) = piece.samples
    narrow = piece.high - piece.low <= least
    polys = [integral(own[::-1]) for own in (*fault.cuts, *(fault.later if narrow else ()))]
    places = [
        root for root in roots(polys, piece.left, piece.right) if piece.left < root < piece.right
    ]
    below = [root for root in places if root <= middle]
    if places:
        return below[-1] if below else places[0]
    return None if narrow else middle
