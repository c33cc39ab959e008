"""What :func:`negotiation.what_if.tipping.tipping_points` returns: points, pieces and gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import NegotiationError
from negotiation.exact import exact, show
from negotiation.results import Result, Table, said
from negotiation.what_if.outcomes import NOTHING, Structure, Unknown, differing, told
from negotiation.what_if.roots import Algebraic, Number

__all__ = ["Bracket", "Gap", "Piece", "Place", "TippingPoint", "TippingPoints"]


@dataclass(frozen=True)
class Bracket:
    """Two numbers between which a change lies that is not known exactly."""

    low: Fraction
    high: Fraction

    def __str__(self) -> str:
        return f"between {show(self.low, 8)} and {show(self.high, 8)}"

    def __float__(self) -> float:
        return float((self.low + self.high) / 2)

    def data(self) -> dict[str, Any]:
        """Return both ends."""
        return {"low": self.low, "high": self.high}


Place = Number | Bracket


def _plain(value: object) -> Any:
    if isinstance(value, (Structure, Algebraic, Bracket)):
        return value.data()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
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
        return {name: _plain(getattr(self, name)) for name in ("value", "before", "at", "after")}

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

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        names = ("low", "high", "low_included", "high_included", "holds")
        return {name: _plain(getattr(self, name)) for name in names}


def _verdicts(holds: object) -> bool:
    return isinstance(holds, Mapping) and all(isinstance(own, bool) for own in holds.values())


def _leaves(holds: object) -> list[object]:
    """Return the outcomes of single outputs."""
    return list(holds.values()) if isinstance(holds, Mapping) else [holds]


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
    """

    low: Place
    high: Place
    why: str

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return {"low": _plain(self.low), "high": _plain(self.high), "why": self.why}


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
        Where the model has no outcome.
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

    @property
    def moving(self) -> list[Any]:
        """Of what holds on each piece what is not the same on all of them.

        Verdicts are told whole, as the list of those that are yes.
        """
        holds = [piece.holds for piece in self.pieces]
        return holds if all(map(_verdicts, holds)) else differing(holds)[0]

    def _shared(self) -> list[str]:
        """Say what is the same on all pieces, and what "nothing" is."""
        holds = [piece.holds for piece in self.pieces]
        _, same = differing(holds)
        notes = []
        if same is not None and not all(map(_verdicts, holds)):
            absent = any(not isinstance(own, Mapping) for own in holds)
            notes.append(f"{'Wherever there is one' if absent else 'All along'}: {told(same)}.")
        if any(NOTHING in _leaves(own) for own in holds):
            notes.append(f"{NOTHING}: what is asked for does not exist there.")
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
        count = len(self.outputs)
        what = ", ".join(self.outputs) if count < 3 else f"{count} outputs"
        ends = f"from {show(self.low)} to {show(self.high)}"
        complete = {
            "all": "All changes over the range; every number is exact.",
            "pure": "All changes of the pure equilibria over the range; every number is exact.",
            "some": "Changes may be missing.",
        }
        tables = [
            Table(
                f"Where {self.path} tips {what}, {ends}",
                ["value", "change"],
                [
                    [p.value if isinstance(p.value, Fraction) else said(p.value), p.change]
                    for p in self.points
                ],
                notes=[
                    *([] if self.points else ["Nothing changes."]),
                    complete[self.guarantee],
                    *self.notes,
                ],
                name="points",
            ),
            Table(
                "What holds",
                [self.path, "outcome"],
                [
                    [piece.words, told(own)]
                    for piece, own in zip(self.pieces, self.moving, strict=True)
                ],
                notes=self._shared(),
                name="pieces",
            ),
        ]
        if self.gaps:
            rows = [[said(gap.low), said(gap.high), gap.why] for gap in self.gaps]
            tables.append(Table("No outcome", ["from", "to", "why"], rows, name="gaps"))
        return tuple(tables)
