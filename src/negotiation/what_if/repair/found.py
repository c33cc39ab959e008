"""What repair and breaking find: changes with the proof that less does not do."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import UnknownNameError
from negotiation.exact import show
from negotiation.results import Result, Table, fields_of, said

__all__ = ["KINDS", "Change", "Repair"]

KINDS = ("payoff", "alone", "together", "payment", "commitment", "input", "inputs")


@dataclass(frozen=True)
class Change:
    """One change that does it, or the finding that there is none of its kind.

    Attributes
    ----------
    kind : str
        ``"payoff"``, ``"alone"``, ``"together"``, ``"payment"``, ``"commitment"``, ``"input"``
        or ``"inputs"``; see :func:`negotiation.repair`.
    who : str
        The party, the parties, or the path of the input.
    amount : Fraction or None
        How much: `after` minus `before` of an input, utility otherwise; the share of the way
        for several inputs, the number of moves given up. None where no such change does it.
    before, after : Fraction or None
        The number changed; for utilities, the utility of the agreement.
    proof : str
        Why less is not enough.
    text : str
        The sentence for people.
    attained : bool
        Whether exactly `amount` is enough; otherwise any more is.
    bounded : tuple of two Fractions or None
        Where the least is known within two bounds only: what is not enough, what is.
    proved : bool
        Whether it is proved that nothing less does it (nothing below the lower bound, where
        there are bounds).
    """

    kind: str
    who: str
    amount: Fraction | None
    before: Fraction | None
    after: Fraction | None
    proof: str
    text: str
    attained: bool = True
    bounded: tuple[Fraction, Fraction] | None = None
    proved: bool = True

    @property
    def works(self) -> bool:
        """Whether there is such a change."""
        return self.amount is not None

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        data = fields_of(self)
        return data | {"bounded": None if self.bounded is None else list(self.bounded)}


@dataclass(frozen=True)
class Repair(Result):
    """What would make an agreement stable, or break it.

    Attributes
    ----------
    agreement : str
        Its name, or its options.
    criterion : str
        The criterion, or ``"holds"`` for all that count as holding.
    holds : bool or None
        As the model stands; None where the question does not arise.
    margin : Fraction or None
        As the model stands.
    changes : tuple of Change
        By kind; inputs by the share of their range that they need.
    notes : tuple of str
    breaks : bool
        Whether the changes are to break it.
    """

    agreement: str
    criterion: str
    holds: bool | None
    margin: Fraction | None
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    breaks: bool = False

    def of(self, kind: str) -> tuple[Change, ...]:
        """Return the changes of one kind.

        Raises
        ------
        UnknownNameError
            For an unknown kind, with close matches.
        """
        if kind not in KINDS:
            raise UnknownNameError.of("kind of change", kind, KINDS)
        return tuple(change for change in self.changes if change.kind == kind)

    def data(self) -> dict[str, Any]:
        """Return everything as plain data."""
        plain = fields_of(self, "changes", "notes", "guarantee")
        changes = [change.data() for change in self.changes]
        return plain | {"changes": changes, "notes": list(self.notes)}

    def tables(self) -> tuple[Table, ...]:
        """Return what parties would have to be given or to give up, and what inputs do."""
        deed = "break" if self.breaks else "hold"
        margin = "" if self.margin is None else f" (margin {show(self.margin)})"
        by = "all that counts as holding" if self.criterion == "holds" else self.criterion
        title = f"What would make {self.agreement} {deed}, by {by}"
        head = f"As the model stands: {said(self.holds)}{margin}."
        rows = [
            [c.kind, c.who, c.amount, c.text, c.proof]
            for c in self.changes
            if c.kind not in ("input", "inputs")
        ]
        turns = [
            [
                c.who if c.kind == "input" else f"{c.who.count(',') + 1} inputs at once",
                *(c.before, c.after, c.amount, c.text, c.proof),
            ]
            for c in self.changes
            if c.kind in ("input", "inputs") and c.works
        ]
        below = []
        idle = [c for c in self.of("input") if not c.works]
        for proved, how in ((True, "each judged as a whole"), (False, "not judged everywhere")):
            names = [c.who for c in idle if c.proved is proved]
            if names:
                below.append(f"No value within its range does it ({how}): {', '.join(names)}.")
        below += [f"{c.text}: {c.proof}." for c in self.of("inputs") if not c.works]
        return (
            Table(
                title,
                ["kind", "who", "amount", "change", "why no less"],
                rows,
                notes=(head, *self.notes),
                name="parties",
            ),
            Table(
                "Which inputs would do it",
                ["input", "from", "to", "by", "change", "why no less"],
                turns,
                notes=below,
                name="inputs",
            ),
        )
