"""What :func:`negotiation.what_if.tipping.tipping_points` returns: points, pieces and gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.exact import exact, show, show_apart
from negotiation.results import Result, Table, said
from negotiation.roots import Algebraic, Number
from negotiation.what_if.outcomes import NOTHING, Structure, Unknown, differing, short_name, told

__all__ = ["Bracket", "Gap", "Piece", "Place", "TippingPoint", "TippingPoints", "plain"]

ABSENT = f"{NOTHING}: what is asked for does not exist there."


@dataclass(frozen=True)
class Bracket:
    """Two numbers between which a change lies that is not known exactly."""

    low: Fraction
    high: Fraction

    def __str__(self) -> str:
        return f"between {' and '.join(show_apart(self.low, self.high, digits=8))}"

    def __float__(self) -> float:
        return float((self.low + self.high) / 2)

    def data(self) -> dict[str, Any]:
        """Return both ends."""
        return {"low": self.low, "high": self.high}


Place = Number | Bracket


def plain(value: object) -> Any:
    """Return an outcome, or a place, as plain data."""
    if isinstance(value, (Structure, Algebraic, Bracket)):
        return value.data()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Unknown) else value


@dataclass(frozen=True)
class TippingPoint:
    """A number at which the outcome changes.

    Attributes
    ----------
    value : Fraction, Algebraic or Bracket
        Where; a Bracket if only two numbers around it are known.
    before, at, after : object
        What holds just below, there, and just above. At an end of the range nothing is known of
        the other side: it is None, as is `at` for a Bracket.
    """

    value: Place
    before: Any
    at: Any
    after: Any

    @property
    def change(self) -> str:
        """The change in words."""
        parts = [part for part in (self.before, self.at, self.after) if part is not None]
        parts, _ = differing(parts)
        kept = [part for k, part in enumerate(parts) if k == 0 or part != parts[k - 1]]
        return " → ".join(map(told, kept))

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return {name: plain(getattr(self, name)) for name in ("value", "before", "at", "after")}

    def __str__(self) -> str:
        return f"{said(self.value)}: {self.change}"


@dataclass(frozen=True)
class Piece:
    """A part of the range, or a single number, on which the outcome is one and the same.

    Attributes
    ----------
    low, high : Fraction, Algebraic or Bracket
        Its ends; the same for a single number.
    low_included, high_included : bool
        Whether the ends belong to it.
    holds : object
        What holds there.
    """

    low: Place
    high: Place
    low_included: bool
    high_included: bool
    holds: Any

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, (int, Fraction, Algebraic)):
            return False
        low = self.low.high if isinstance(self.low, Bracket) else self.low
        high = self.high.low if isinstance(self.high, Bracket) else self.high
        return (low < value or (self.low_included and low == value)) and (
            value < high or (self.high_included and high == value)
        )

    @property
    def words(self) -> str:
        """The interval in the usual notation."""
        if self.low == self.high:
            return f"at {_short(self.low)}"
        left, right = "(["[self.low_included], ")]"[self.high_included]
        return f"{left}{_short(self.low)}, {_short(self.high)}{right}"

    def touches(self, after: Piece) -> bool:
        """Say whether no number is left out between this piece and the next."""
        if self.high != after.low:
            return False
        return isinstance(self.high, Bracket) or self.high_included or after.low_included

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        names = ("low", "high", "low_included", "high_included", "holds")
        return {name: plain(getattr(self, name)) for name in names}


def _short(value: Place) -> str:
    if isinstance(value, Algebraic):
        return value.digits()
    return show(value) if isinstance(value, Fraction) else f"≈{show((value.low + value.high) / 2)}"


@dataclass(frozen=True)
class Gap:
    """A number, or a part of the range, where the model has no outcome.

    Attributes
    ----------
    low, high : Fraction, Algebraic or Bracket
        Its ends; the same for a single number.
    why : str
    before, after : object
        What holds just below and just above; None at an end of the range, and where it is not
        known.
    """

    low: Place
    high: Place
    why: str
    before: Any = None
    after: Any = None

    @property
    def changes(self) -> bool:
        """Whether what holds above is known to be another outcome than what holds below."""
        return None not in (self.before, self.after) and self.before != self.after

    @property
    def change(self) -> str:
        """What holds on the two sides, in words."""
        before, after = differing([self.before, self.after])[0]
        return f"{told(before)} → no outcome → {told(after)}"

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        names = ("low", "high", "why", "before", "after")
        return {name: plain(getattr(self, name)) for name in names}

    def __str__(self) -> str:
        return f"{said(_place(self))}: {self.change if self.changes else self.why}"


@dataclass(frozen=True)
class TippingPoints(Result):
    """Where along one input the outcome changes, and what holds in between.

    ``guarantee`` is ``"all"`` where all changes over the range are listed, each exact; ``"pure"``
    where the same is true of the pure equilibria, and the mixed ones are left out; ``"some"``
    where changes may be missing.

    Attributes
    ----------
    path, outputs : str, tuple of str
        The input and what was looked at.
    low, high : Fraction
        The range, both ends included.
    points : tuple of TippingPoint
        In increasing order.
    pieces : tuple of Piece
        What holds, from low to high, with the gaps left out.
    gaps : tuple of Gap
        Where the model has no outcome, such as at the pole of a formula, and what holds on the two
        sides. That may be different: see ``changes``.
    notes : tuple of str
        What to know about the answer.
    """

    path: str
    outputs: tuple[str, ...]
    low: Fraction
    high: Fraction
    points: tuple[TippingPoint, ...]
    pieces: tuple[Piece, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...] = ()

    def at(self, value: object) -> Any:
        """Return what holds at a number of the range; None in a gap or where it is not known.

        Raises
        ------
        NegotiationError
            If it lies outside the range.
        """
        number = value if isinstance(value, Algebraic) else exact(value, where=self.path)
        if number < self.low or number > self.high:
            raise NegotiationError(
                f"{self.path} = {said(number)} is outside the range",
                remedy=f"ask between {show(self.low)} and {show(self.high)}",
            )
        return next((piece.holds for piece in self.pieces if number in piece), None)

    def of(self, output: str) -> TippingPoints:
        """Return the changes of one of the outputs, and its pieces.

        Raises
        ------
        UnknownNameError
            If it was not looked at, with close matches.

        Examples
        --------
        >>> import negotiation as ng
        >>> game = ng.load("classics/chicken")
        >>> asked = ["normal_form.equilibria.count", "normal_form.equilibria.count_pure"]
        >>> found = ng.tipping_points(game, "parameters.crash", -3, 2, outputs=asked)
        >>> [str(point) for point in found.of("normal_form.equilibria.count_pure").points]
        ['-1: 2 → 3 → 1']
        """
        if output not in self.outputs:
            raise UnknownNameError.of("output", output, self.outputs)
        if len(self.outputs) == 1:
            return self
        sides = [
            (p.value, *(own and own[output] for own in (p.before, p.at, p.after)))
            for p in self.points
        ]
        points = [TippingPoint(*own) for own in sides if len({*own[1:]} - {None}) > 1]
        pieces: list[Piece] = []
        for piece in self.pieces:
            own = replace(piece, holds=piece.holds[output])
            last = pieces[-1] if pieces else None
            if last is not None and last.holds == own.holds and last.touches(own):
                pieces[-1] = replace(last, high=own.high, high_included=own.high_included)
            else:
                pieces.append(own)
        gaps = [
            replace(
                gap,
                before=gap.before and gap.before[output],
                after=gap.after and gap.after[output],
            )
            for gap in self.gaps
        ]
        return replace(
            self,
            outputs=(output,),
            points=tuple(points),
            pieces=tuple(pieces),
            gaps=tuple(gaps),
        )

    @property
    def changes(self) -> tuple[TippingPoint | Gap, ...]:
        r"""The points, and the gaps across which the outcome changes, in increasing order.

        Examples
        --------
        >>> import negotiation as ng
        >>> text = "title: t\nparameters: {a: {value: 1, low: -1, high: 1, assumption: none}}\n"
        >>> text += "normal_form: {players: {us: [u, d], ru: [l]}, payoffs: {u/l: [1/a, 0]"
        >>> found = ng.tipping_points(ng.loads(text + ", d/l: [0, 0]}}", "t"), "parameters.a")
        >>> print(*found.changes)
        0: 1: d/l → no outcome → 1: u/l
        """

        def place(own: TippingPoint | Gap) -> Number:
            low, _ = _ends(own)
            return low.low if isinstance(low, Bracket) else low

        crossed = [gap for gap in self.gaps if gap.changes]
        return tuple(sorted([*self.points, *crossed], key=place))

    @property
    def changing(self) -> tuple[TippingPoints, ...]:
        """The outputs that are not the same on all pieces, each alone."""
        single = map(self.of, self.outputs)
        return tuple(own for own in single if len({piece.holds for piece in own.pieces}) > 1)

    @property
    def moving(self) -> list[Any]:
        """Of what holds on each piece what is not the same on all of them."""
        return differing([piece.holds for piece in self.pieces])[0]

    def _shared(self) -> list[str]:
        """Say what is the same on all pieces, and what "nothing" is."""
        holds = [piece.holds for piece in self.pieces]
        _, same = differing(holds)
        notes = []
        if same is not None:
            absent = NOTHING in holds
            notes.append(f"{'Wherever there is one' if absent else 'All along'}: {told(same)}.")
        if NOTHING in holds:
            notes.append(ABSENT)
        return notes

    def data(self) -> dict[str, Any]:
        """Return points, pieces and gaps as plain data."""
        return {
            "path": self.path,
            "outputs": list(self.outputs),
            "low": self.low,
            "high": self.high,
            "guarantee": self.guarantee,
            "count": len(self.points),
            "points": [point.data() for point in self.points],
            "pieces": [piece.data() for piece in self.pieces],
            "gaps": [gap.data() for gap in self.gaps],
            "notes": list(self.notes),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the points, the pieces, and the gaps where there are any."""
        tables = self._alone() if len(self.outputs) == 1 else self._together()
        if self.gaps:
            rows = [[said(gap.low), said(gap.high), gap.why] for gap in self.gaps]
            tables.append(Table("No outcome", ["from", "to", "why"], rows, name="gaps"))
        return tuple(tables)

    def _points(self, what: str, columns: list[str], rows: list[list[Any]]) -> Table:
        complete = {
            "all": "All changes over the range; every number is exact.",
            "pure": "All changes of the pure equilibria over the range; every number is exact.",
            "some": "Changes may be missing.",
        }
        where = " where there is an outcome" if self.gaps else ""
        nothing = f"Nothing changes{where}." if self.pieces else "There is no outcome anywhere."
        notes = [
            *([] if rows else [nothing]),
            complete[self.guarantee],
            *self.notes,
        ]
        title = f"Where {self.path} tips {what}, from {show(self.low)} to {show(self.high)}"
        return Table(title, columns, rows, notes=notes, name="points")

    def _alone(self) -> list[Table]:
        """Return the tables of one output."""
        points = [[_place(own), own.change] for own in self.changes]
        pieces = [
            [piece.words, told(own)] for piece, own in zip(self.pieces, self.moving, strict=True)
        ]
        return [
            self._points(self.outputs[0], ["value", "change"], points),
            Table(
                "What holds", [self.path, "outcome"], pieces, notes=self._shared(), name="pieces"
            ),
        ]

    def _together(self) -> list[Table]:
        """Return the tables of several outputs: what changes, and what stays."""
        changing = self.changing
        names = [short_name(own.outputs[0]) for own in changing]
        points: list[list[Any]] = [
            [_place(whole), name, change.change]
            for whole in self.changes
            for name, own in zip(names, changing, strict=True)
            for change in own.changes
            if _ends(change) == _ends(whole)
        ]
        pieces = [
            [name, piece.words, told(holds)]
            for name, own in zip(names, changing, strict=True)
            for piece, holds in zip(own.pieces, own.moving, strict=True)
        ]
        first = self.pieces[0].holds if self.pieces else {}
        moved = {own.outputs[0] for own in changing}
        stays: dict[str, list[str]] = {}
        for output in first:
            if output not in moved:
                stays.setdefault(told(first[output]), []).append(short_name(output))
        absent = any(piece.holds == NOTHING for own in changing for piece in own.pieces)
        tables = [
            self._points(f"{len(self.outputs)} outputs", ["value", "output", "change"], points)
        ]
        if pieces:
            columns = ["output", self.path, "outcome"]
            notes = [ABSENT] if absent else []
            tables.append(Table("What holds", columns, pieces, notes=notes, name="pieces"))
        if stays:
            rows = [[", ".join(own), outcome] for outcome, own in stays.items()]
            tables.append(Table("What stays as it is", ["output", "outcome"], rows, name="stays"))
        return tables


def _ends(change: TippingPoint | Gap) -> tuple[Place, Place]:
    """Return where a change lies."""
    return (change.low, change.high) if isinstance(change, Gap) else (change.value, change.value)


def _place(change: TippingPoint | Gap) -> Any:
    """Return where a change lies for a table: a number where it is one, else text."""
    low, high = _ends(change)
    if low != high:
        return f"{said(low)} to {said(high)}"
    return low if isinstance(low, Fraction) else said(low)
