"""The verdict table as a result: criteria, rows, and how they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from negotiation.errors import UnknownNameError
from negotiation.exact import FrozenMap
from negotiation.results import Result, Table, Verdict, all_tied

__all__ = ["CRITERIA", "GRAPH", "HOLDING", "Judged", "StabilityTable"]

CRITERIA: Mapping[str, str] = FrozenMap(
    {
        "acceptable": "every signatory prefers it to no agreement and no red line is crossed",
        "efficient": "no agreement is better for one party and worse for none",
        "ratifiable": "every ratifier consents",
        "nash": "nobody gains by switching what it controls or by walking out",
        "seq": "every gain from leaving is undone by credible answers",
        "smr": "every gain from leaving is undone, whatever the mover does next",
        "gmr": "every gain from leaving is undone by some answer",
        "coalition_proof": "no coalition can move to something better for all its members",
        "self_enforcing": "everybody is patient enough to keep it",
        "robust": "it stays acceptable over every declared range, one number at a time",
    }
)
HOLDING = ("acceptable", "ratifiable", "seq", "self_enforcing")
HOLDS = (
    "holds: accepted, ratified, sequentially stable and self-enforcing, as far as the model "
    "states these."
)
GRAPH = ("nash", "seq", "smr", "gmr")
SHORT: Mapping[str, str] = FrozenMap(
    {
        "acceptable": "acc",
        "efficient": "eff",
        "ratifiable": "rat",
        "nash": "nash",
        "seq": "seq",
        "smr": "smr",
        "gmr": "gmr",
        "coalition_proof": "coal",
        "self_enforcing": "self",
        "robust": "rob",
    }
)
"""Column heads of the verdict table."""


@dataclass(frozen=True)
class Judged:
    """One agreement with its verdicts.

    Attributes
    ----------
    name : str
        Its id: a named agreement, a bargaining solution, or ``best_1``...
    names : tuple of str
        All names under which the same agreement was found.
    agreement : FrozenMap
        Issue -> option.
    utilities : FrozenMap
        Party -> utility.
    verdicts : FrozenMap
        Criterion -> verdict.
    """

    name: str
    names: tuple[str, ...]
    agreement: FrozenMap[str, str]
    utilities: FrozenMap[str, Fraction]
    verdicts: FrozenMap[str, Verdict]

    @property
    def searched(self) -> bool:
        """Whether it was found by search only and has no name of its own."""
        return all(name.startswith("best_") for name in self.names)

    @property
    def breaks(self) -> str:
        """The first of acceptance, ratification, SEQ and self-enforcement that fails, or ""."""
        return next((key for key in HOLDING if self.verdicts[key].holds is False), "")

    @property
    def holds(self) -> bool | None:
        """Whether none of these fails; None where none is known to and one was not decided."""
        if self.breaks:
            return False
        return None if any(self.verdicts[key].undecided for key in HOLDING) else True

    @property
    def reason(self) -> str:
        """Who breaks it and for what, or what it still fails."""
        if self.breaks:
            witness = self.verdicts[self.breaks].witness
            return witness.text if witness else ""
        open_ = [key.replace("_", "-") for key in CRITERIA if self.verdicts[key].holds is False]
        doubt = [key.replace("_", "-") for key in CRITERIA if self.verdicts[key].undecided]
        said = [f"it fails only: {', '.join(open_)}"] if open_ else []
        said += [f"not decided: {', '.join(doubt)}"] if doubt else []
        return "; ".join(said) or "it meets every criterion"

    @property
    def met(self) -> int:
        """Number of criteria met."""
        return sum(1 for verdict in self.verdicts.values() if verdict.holds)


@dataclass(frozen=True)
class StabilityTable(Result):
    """The verdict table.

    Attributes
    ----------
    rows : tuple of Judged
        Candidates in the order: named agreements, bargaining solutions, best by criteria met.
    counts : FrozenMap
        Criterion -> how many of all agreements meet it (for the criteria that are judged over
        all agreements).
    size : int
        Number of agreements.
    most : int or None
        The most criteria that any agreement meets, of those judged over all.
    refusal : str
        Why not all agreements were judged, counted and searched; "" where they were.
    ties : FrozenMap
        Name of a bargaining solution with several payoff points -> the names of their rows, and
        what :class:`~negotiation.results.Tied` calls worlds, by row.
    """

    rows: tuple[Judged, ...]
    counts: FrozenMap[str, int]
    size: int
    parties: tuple[str, ...]
    most: int | None = 0
    notes: tuple[str, ...] = ()
    status_quo: FrozenMap[str, str] | None = None
    refusal: str = ""
    ties: FrozenMap[str, tuple[tuple[str, ...], tuple[str, Any]]] = field(default_factory=FrozenMap)

    def row(self, name: str) -> Judged:
        """Return the row of an agreement by any of its names."""
        for row in self.rows:
            if name in row.names:
                return row
        raise UnknownNameError.of("agreement", name, [n for r in self.rows for n in r.names])

    def data(self) -> dict[str, Any]:
        """Return verdicts by agreement and criterion; see :class:`~.results.Result`.

        Under the name of a solution with several payoff points stands what is the same for all of
        them, and a :class:`~negotiation.results.Tied` in the place of the rest.
        """
        verdicts = {
            name: {
                "met": row.met,
                "holds": row.holds,
                "agreement": dict(row.agreement),
                "utility": dict(row.utilities),
                **{key: verdict.data() for key, verdict in row.verdicts.items()},
            }
            for row in self.rows
            for name in row.names
        }
        for name, (own, worlds) in self.ties.items():
            verdicts[name] = all_tied([verdicts[row] for row in own], worlds)
        return {
            "size": self.size,
            **({"refused": self.refusal} if self.refusal else {}),
            "counts": None if self.refusal else dict(self.counts),
            "most": self.most,
            "stable": [name for row in self.rows if row.met == len(CRITERIA) for name in row.names],
            "verdicts": verdicts,
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the marks, the reasons for each no, utilities, contents and counts."""
        short = Table(
            "In short: which would hold, and who breaks the others",
            ["agreement", "holds", "because"],
            [[row.names[0], row.holds, row.reason] for row in self.rows if not row.searched],
            notes=[*self.notes, HOLDS],
            name="in_short",
        )
        marks = Table(
            "By every criterion",
            ["agreement", *SHORT.values(), "met"],
            [
                [_names(row), *(row.verdicts[key].mark for key in CRITERIA), row.met]
                for row in self.rows
            ],
            notes=["The heads are explained at the end of this section."],
            name="verdicts",
        )
        reasons = Table(
            "Why not: who breaks it, and for what",
            ["agreement", "fails", "because"],
            [
                ["" if place else row.names[0], ", ".join(SHORT[key] for key in keys), text]
                for row in self.rows
                if not row.searched
                for place, (keys, text) in enumerate(_reasons(row))
            ],
            name="witnesses",
        )
        values = Table(
            "What each party gets",
            ["agreement", *self.parties],
            [
                [row.names[0], *(row.utilities[party] for party in self.parties)]
                for row in self.rows
            ],
            name="utilities",
        )
        contents = Table(
            "What the agreements say" + (", beside the status quo" if self.status_quo else ""),
            ["agreement", "content"],
            [[row.names[0], self._content(row.agreement)] for row in self.rows],
            name="agreements",
            detail=True,
        )
        counts = Table(
            f"How many of all {self.size:,} agreements meet a criterion",
            ["criterion", "agreements"],
            [[SHORT[key], self.counts.get(key)] for key in CRITERIA],
            notes=["– : not applicable, or judged for the listed agreements only"],
            name="counts",
        )
        legend = Table(
            "The criteria",
            ["head", "criterion", "met when"],
            [[SHORT[key], key.replace("_", "-"), text] for key, text in CRITERIA.items()],
            name="criteria",
        )
        undecided = Table(
            "Not decided",
            ["agreement", "criterion", "because"],
            [
                [row.names[0], SHORT[key], verdict.witness.text if verdict.witness else ""]
                for row in self.rows
                for key, verdict in row.verdicts.items()
                if verdict.undecided
            ],
            name="undecided",
        )
        doubts = (undecided,) if undecided.rows else ()
        counted = () if self.refusal else (counts,)
        return short, marks, reasons, *doubts, values, contents, *counted, legend

    def _content(self, agreement: FrozenMap[str, str]) -> str:
        quo: Mapping[str, str] = self.status_quo or {}
        parts = [
            f"{issue}: {option}" for issue, option in agreement.items() if quo.get(issue) != option
        ]
        return ", ".join(parts) or "the status quo"


def _reasons(row: Judged) -> list[tuple[list[str], str]]:
    """Return (criteria, sentence), one for each different reason why a row fails."""
    found: dict[tuple[object, ...], tuple[list[str], str]] = {}
    for key, verdict in row.verdicts.items():
        witness = verdict.witness
        if verdict.holds is not False or witness is None:
            continue
        if key == "robust" and not row.verdicts["acceptable"].holds:
            continue  # says no more than acceptance
        identity = (witness.kind, witness.who, witness.to) if key in GRAPH else (key,)
        keys, _ = found.get(identity, ([], ""))
        found[identity] = ([*keys, key], witness.text)
    return list(found.values())


def _names(row: Judged) -> str:
    return row.names[0] + (f" (= {', '.join(row.names[1:])})" if len(row.names) > 1 else "")
