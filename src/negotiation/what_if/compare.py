"""Comparison: what is different in two models, and what changes in the outcome.

Outcomes are compared as data, output by output:

- **numbers** move, by an exact difference;
- **verdicts** flip, told with both witnesses; one that stands may have another margin or witness;
- **sets** (outcomes, agreements, states) are compared as sets: what appears, what vanishes;
- **equilibria** are told by what is played in them. Two that are not the same are one that moved
  if they are the only ones left with their support on either side;
- **agreements** are compared issue by issue;
- rows ``best_1``, ``best_2``, ... of the verdict table are ranks: the agreements that have them
  are compared each with itself, whatever rank it has in the other.

How many outputs were compared and how many of them are as before is counted by section.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import Any

from negotiation.analysis import ANALYSES
from negotiation.errors import NegotiationError, shorten
from negotiation.exact import FrozenMap, fixed, show, show_apart
from negotiation.model.model import Model
from negotiation.results import Result, Table, Tied, fields_of, said
from negotiation.what_if.differences import Difference, differences, other_model
from negotiation.what_if.points import Evaluator, checked_model

__all__ = ["Change", "Comparison", "compare"]

ROWS = "stability.verdicts"
_SOLUTION = re.compile(r"_solution(_\d+)?$")
MINOR = {"agreements", "counts", "dominance", "exists", "gain", "points", "range", "reason"}
"""Parts of the path of an output that follows from others."""
KINDS = ("flipped", "appeared", "vanished", "changed", "moved")


@dataclass(frozen=True)
class Change:
    """One change in the outcome.

    Attributes
    ----------
    path : str
        The output, or the set in which something appeared or vanished.
    kind : str
        ``"flipped"`` (a yes or no), ``"appeared"``, ``"vanished"``, ``"moved"`` (a number, an
        equilibrium) or ``"changed"`` (anything else).
    here, there : object
        The output in the one and the other; None where it is not.
    by : Fraction or None
        The other minus the one, for numbers; for an equilibrium the largest shift of a weight.
    why_here, why_there : str
        The witnesses of a verdict.
    """

    path: str
    kind: str
    here: Any
    there: Any
    by: Fraction | None = None
    why_here: str = ""
    why_there: str = ""

    @property
    def section(self) -> str:
        """The section of the outcome."""
        return self.path.split(".", 1)[0]

    @property
    def verdict(self) -> bool:
        """Whether a verdict flips, on an agreement that has a name."""
        return self.kind == "flipped" and self.path.startswith(f"{ROWS}.") and not self._ranked

    @property
    def minor(self) -> bool:
        """Whether this is one of the many details behind verdicts and solutions."""
        if self.path.startswith(f"{ROWS}."):
            told = self.kind in {"moved", "changed"} or _SOLUTION.search(self.path) is not None
            return told or self._ranked
        return not MINOR.isdisjoint(self.path.split("."))

    @property
    def _ranked(self) -> bool:
        return _is_rank(self.path.removeprefix(f"{ROWS}."))

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return fields_of(self)

    def cells(self) -> list[Any]:
        """Return what, how, here, there and by how much, as the cells of a table."""
        sides = (self.here, self.there)
        texts = show_apart(*sides) if all(map(_is_number, sides)) else map(_told, sides)
        here, there = (
            text + (f": {why}" if why else "")
            for text, why in zip(texts, (self.why_here, self.why_there), strict=True)
        )
        return [self.path, self.kind, here, there, self.by]


@dataclass(frozen=True)
class Comparison(Result):
    """What is different in two models, and what changes in the outcome.

    Attributes
    ----------
    here, there : str
        Their names.
    inputs : tuple of Difference
        Every input that differs; parts that one of them lacks among them.
    words : tuple of str
        Where only names, descriptions or reasons differ.
    changes : tuple of Change
        What changes in the outcome: verdicts that flip first, moved numbers last, by section.
    compared, unchanged : FrozenMap
        Section -> how many outputs were compared, and how many of them are the same.
    """

    here: str
    there: str
    inputs: tuple[Difference, ...]
    words: tuple[str, ...]
    changes: tuple[Change, ...]
    compared: FrozenMap[str, int]
    unchanged: FrozenMap[str, int]

    @property
    def same(self) -> bool:
        """Whether neither the inputs nor the outcome differ."""
        return not self.inputs and not self.changes

    @property
    def unmixed(self) -> tuple[str, ...]:
        """Inputs with nothing in between for :func:`mixture`."""
        return tuple(difference.path for difference in self.inputs if not difference.mixes)

    def at(self, section: str) -> tuple[Change, ...]:
        """Return the changes in one section."""
        return tuple(change for change in self.changes if change.section == section)

    def data(self) -> dict[str, Any]:
        """Return inputs, changes and counts as plain data."""
        return {
            "here": self.here,
            "there": self.there,
            "same": self.same,
            "inputs": {difference.path: difference.data() for difference in self.inputs},
            "words": list(self.words),
            "changes": [change.data() for change in self.changes],
            "compared": dict(self.compared),
            "unchanged": dict(self.unchanged),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return what is different, what changes in short and in full, and what does not."""
        notes = [] if self.inputs else ["Nothing is different."]
        if self.words:
            notes.append(f"In {len(self.words):,} places more, only words or reasons differ.")
        inputs = Table(
            f"What is different in {self.there} from {self.here}",
            ["input", self.here, self.there],
            [difference.cells() for difference in self.inputs],
            notes=notes,
            name="inputs",
        )
        verdicts = [change for change in self.changes if change.verdict]
        rest = [change for change in self.changes if not change.verdict]
        main = [change for change in rest if not change.minor]
        minor = [change for change in rest if change.minor]
        if not verdicts and not main:
            main, minor = minor, main
        columns = ["output", "how", self.here, self.there, "by"]
        notes = [] if self.changes else ["Nothing changes."]
        if minor:
            notes.append(f"{len(minor):,} numbers and details behind these change besides.")
        found = [inputs]
        if verdicts:
            found.append(_flips(verdicts))
        if main or not verdicts:
            title = "What else changes" if verdicts else "What changes"
            found.append(Table(title, columns, list(_rows(main)), notes=notes, name="changes"))
        for title, changes, name in (
            ("Why verdicts flip", verdicts, "verdicts"),
            ("Numbers and details behind these", minor, "margins"),
        ):
            if changes:
                rows = [change.cells() for change in changes]
                found.append(Table(title, columns, rows, name=name, detail=True))
        rows = [[name, count, self.unchanged[name]] for name, count in self.compared.items()]
        counts = ["section", "outputs compared", "unchanged"]
        return (*found, Table("What stays as it is", counts, rows, name="unchanged"))


def _flips(changes: Iterable[Change]) -> Table:
    """Return which agreements meet which criteria in the one of two only, a row for each."""
    rows: dict[str, list[Any]] = {}
    for change in changes:
        agreement, criterion = change.path.removeprefix(f"{ROWS}.").rsplit(".", 1)
        row = rows.setdefault(agreement, [agreement, "as before", [], []])
        if criterion == "holds":
            row[1] = f"{said(change.here)} → {said(change.there)}"
            continue
        plain = isinstance(change.here, bool) and isinstance(change.there, bool)
        more = change.there is True or change.here is False  # than before
        row[2 if more else 3].append(
            criterion if plain else f"{criterion} ({said(change.here)} → {said(change.there)})"
        )
    return Table(
        "Which verdicts flip",
        ["agreement", "holds", "meets now", "meets no more"],
        [
            [name, holds, ", ".join(won), ", ".join(lost)]
            for name, holds, won, lost in rows.values()
        ],
        name="flips",
    )


def _rows(changes: Iterable[Change]) -> Iterator[list[Any]]:
    """Yield the rows of a table; the issues of one agreement share one."""

    def holder(change: Change) -> str:
        above, inside, _ = change.path.partition(".agreement.")
        return f"{above}.agreement" if inside else ""

    for path, group in groupby(changes, holder):
        own = list(group)
        if not path:
            yield from (change.cells() for change in own)
            continue
        issues = [change.path.rsplit(".", 1)[1] for change in own]
        sides = ([c.here for c in own], [c.there for c in own])
        texts = [said(dict(zip(issues, side, strict=True))) for side in sides]
        yield [path, own[0].kind, *texts, None]


def compare(
    model: Model, other: object, *, outputs: Iterable[str] | str | None = None
) -> Comparison:
    """Compare two models, two readings, or a model and what it would be with other values.

    Parameters
    ----------
    model : Model
        The one.
    other : Model, str or mapping
        The other; the name of one of its readings; or input paths with other values.
    outputs : iterable of str, optional
        Output paths to compare, whole sections such as ``bargaining`` among them; default:
        everything that solving gives. What is not asked for is not solved.

    Returns
    -------
    Comparison
        ``inputs`` (what is different), ``changes`` (what changes) and ``same``.

    Raises
    ------
    UnknownNameError
        For an unknown reading, input or output, with close matches. An output that one of the
        two has suffices.
    ModelError
        If the overrides make no valid model.

    Notes
    -----
    Both models are solved once; the comparison itself is linear in the number of outputs.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = compare(ng.load("classics/chicken"), {"parameters.crash": 2})
    >>> [(change.kind, change.there) for change in found.changes if change.kind == "appeared"][0]
    ('appeared', 'straight/straight')
    >>> found.same
    False
    """
    one = checked_model(model)
    there = other_model(one, other)
    names = _names(one, there, other)
    diff = _Diff()
    for path, a, b in _outcomes(one, there, outputs):
        diff.any(path, a, b)
    order = {section.name: place for place, section in enumerate(ANALYSES)}
    diff.changes.sort(key=lambda c: (order.get(c.section, 0), c.minor, KINDS.index(c.kind)))
    found = differences(one, there)
    return Comparison(
        *names,
        tuple(difference for difference in found if not difference.words),
        tuple(difference.path for difference in found if difference.words),
        tuple(diff.changes),
        FrozenMap(diff.compared),
        FrozenMap({name: count - diff.changed[name] for name, count in diff.compared.items()}),
    )


def _names(one: Model, there: Model, other: object) -> tuple[str, str]:
    """Name the two: by reading, else by title, else by their roles."""
    names = [model.origin.reading or model.title for model in (one, there)]
    if isinstance(other, Mapping):
        return names[0], "the changed model"
    if names[0] == names[1]:
        return "the one", "the other"
    return names[0], names[1]


def _outcomes(
    one: Model, other: Model, outputs: Iterable[str] | str | None
) -> list[tuple[str, Any, Any]]:
    """Return path, here and there for every output asked for."""
    if outputs is None:
        here, there = (model.solve().data() for model in (one, other))
        sections = [*here, *(name for name in there if name not in here)]
        return [(name, here.get(name), there.get(name)) for name in sections]
    found = []
    for path in (outputs,) if isinstance(outputs, str) else tuple(outputs):
        values: list[Any] = []
        faults = []
        for model in (one, other):
            try:
                values += Evaluator.of(model, path)({})
            except NegotiationError as error:
                values.append(None)
                faults.append(error)
        if len(faults) == 2:
            raise faults[0]
        found.append((path, *values))
    return found


# ---- the difference of two outcomes ------------------------------------------------------------


@dataclass
class _Diff:
    """Gathers changes; every output compared is counted once."""

    changes: list[Change] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def count(self, path: str, *changes: Change, of: int = 1) -> None:
        """Note that outputs were compared, with the changes found among them."""
        section = path.split(".", 1)[0]
        self.compared[section] += of
        self.changed[section] += min(len(changes), of)
        self.changes += changes

    def any(self, path: str, here: Any, there: Any) -> None:
        """Compare two values of an output, whatever they are."""
        if _is_verdict(here) and _is_verdict(there):
            self.verdict(path, here, there)
        elif _is_equilibria(here) and _is_equilibria(there):
            self.equilibria(path, here, there)
        elif isinstance(here, Mapping) and isinstance(there, Mapping):
            ranked = path == ROWS
            for key in (*here, *(key for key in there if key not in here)):
                if not (ranked and _is_rank(key)):
                    self.any(f"{path}.{key}", here.get(key), there.get(key))
            if ranked:
                self.ranks(path, here, there)
        elif isinstance(here, (list, tuple)) and isinstance(there, (list, tuple)):
            self.sets(path, list(here), list(there))
        elif here == there and isinstance(here, bool) is isinstance(there, bool):
            self.count(path)
        elif here is None or there is None:
            self.count(path, Change(path, "vanished" if there is None else "appeared", here, there))
        elif _is_yes_or_no(here) and _is_yes_or_no(there):
            self.count(path, Change(path, "flipped", here, there))
        elif _is_number(here) and _is_number(there):
            self.count(path, Change(path, "moved", here, there, Fraction(there) - Fraction(here)))
        else:
            self.count(path, Change(path, "changed", here, there))

    def verdict(self, path: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> None:
        """Compare two verdicts: the answer, else the margin, else the witness."""
        why = (_why(here["witness"]), _why(there["witness"]))
        a, b = here["margin"], there["margin"]
        by = Fraction(b) - Fraction(a) if _is_number(a) and _is_number(b) else None
        if here["holds"] != there["holds"]:
            self.count(path, Change(path, "flipped", here["holds"], there["holds"], by, *why))
        elif a != b:
            kind = "changed" if by is None else "moved"
            self.count(path, Change(f"{path}.margin", kind, a, b, by, *why))
        elif here["witness"] != there["witness"]:
            self.count(path, Change(f"{path}.witness", "changed", why[0], why[1]))
        else:
            self.count(path)

    def ranks(self, path: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> None:
        """Compare the agreements that have a rank; those with other names are compared there."""
        ours, theirs = (
            {FrozenMap(row["agreement"]): key for key, row in side.items() if _is_rank(key)}
            for side in (here, there)
        )
        named = [row["agreement"] for key, row in here.items() if not _is_rank(key)]
        for agreement, key in ours.items():
            own, other = f"{path}.{key}", theirs.get(agreement)
            if other is None:
                self.count(own, Change(own, "vanished", here[key], None))
                continue
            self.count(own, *([] if key == other else [Change(own, "changed", key, other)]))
            if agreement not in named:
                self.any(own, here[key], there[other])
        for agreement, key in theirs.items():
            if agreement not in ours:
                own = f"{path}.{key}"
                self.count(own, Change(own, "appeared", None, there[key]))

    def sets(self, path: str, here: list[Any], there: list[Any]) -> None:
        """Compare two lists as sets."""
        ours, theirs = (set(map(fixed, side)) for side in (here, there))
        gone = [item for item in here if fixed(item) not in theirs]
        new = [item for item in there if fixed(item) not in ours]
        self.count(
            path,
            *(Change(path, "vanished", item, None) for item in gone),
            *(Change(path, "appeared", None, item) for item in new),
            of=len(here) + len(new) or 1,
        )

    def equilibria(self, path: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> None:
        """Compare two sets of equilibria of a matrix game."""
        derived = {"profiles", "pure", "unique", "payoffs"}  # all told by the profiles
        for key in (*here, *(key for key in there if key not in here)):
            if key not in derived:
                self.any(f"{path}.{key}", here.get(key), there.get(key))
        place = f"{path}.profiles"
        gone, new, pairs = _matched(here["profiles"], there["profiles"])
        for a, b in pairs:
            shift = _shift(a["strategies"], b["strategies"])
            if shift:
                names = (_named(a), _named(b))
                self.count(place, Change(place, "moved", *names, shift))
            else:
                self.any(f"{place}.{_named(a)}.payoffs", a["payoffs"], b["payoffs"])
                self.any(f"{place}.{_named(a)}.isolated", a["isolated"], b["isolated"])
        for a in gone:
            self.count(place, Change(place, "vanished", _named(a), None))
        for b in new:
            self.count(place, Change(place, "appeared", None, _named(b)))


def _why(witness: Any) -> str:
    """Return the text of a witness, if it is one and the same."""
    return str(witness.get("text", "")) if isinstance(witness, Mapping) else ""


def _is_rank(name: str) -> bool:
    """Say whether a row of the verdict table is named for its place in an order."""
    return name.startswith("best_")


def _told(value: Any) -> str:
    """Return an output as text; of a whole row of the verdict table the agreement."""
    if isinstance(value, Mapping) and {"agreement", "met"} <= set(value):
        return said(value["agreement"])
    return said(value, between=" / ")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Fraction)) and not isinstance(value, bool)


def _is_yes_or_no(value: Any) -> bool:
    """Say whether a value is a yes or a no, or the one or the other."""
    return all(isinstance(own, bool) for own in (value if isinstance(value, Tied) else [value]))


def _is_verdict(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"holds", "margin", "witness"}


def _is_equilibria(value: Any) -> bool:
    return isinstance(value, Mapping) and {"profiles", "count_pure"} <= set(value)


def _matched(here: list[Any], there: list[Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """Return which equilibria are gone, which are new and which are the same, moved or not."""
    played = [profile["strategies"] for profile in there]
    pairs = [(a, there[played.index(a["strategies"])]) for a in here if a["strategies"] in played]
    kept = [a["strategies"] for a, _ in pairs]
    gone = [a for a in here if a["strategies"] not in kept]
    new = [b for b in there if b["strategies"] not in kept]
    for a in list(gone):
        ours = [c for c in gone if _support(c) == _support(a)]
        theirs = [b for b in new if _support(b) == _support(a)]
        if len(ours) == len(theirs) == 1:
            gone.remove(a)
            new.remove(theirs[0])
            pairs.append((a, theirs[0]))
    return gone, new, pairs


def _support(profile: Mapping[str, Any]) -> dict[str, set[str]]:
    return {player: set(own) for player, own in profile["strategies"].items()}


def _shift(here: Mapping[str, Any], there: Mapping[str, Any]) -> Fraction:
    """Return the largest difference of a weight, with its sign."""
    shifts = [
        Fraction(there[player].get(name, 0)) - own[name]
        for player, own in here.items()
        for name in own
    ]
    return max(shifts, key=abs, default=Fraction(0))


def _named(profile: Mapping[str, Any]) -> str:
    """Name an equilibrium by what is played."""
    texts = []
    for player, own in profile["strategies"].items():
        mix = " + ".join(
            name if weight == 1 else f"{show(weight)} {name}" for name, weight in own.items()
        )
        texts.append(f"{player}: {mix}")
    return ", ".join(texts)


def measured(model: Model, output: object) -> tuple[str, str]:
    """Return the paths of a number and of the yes or no that it measures ("" where none).

    A path to a verdict means its margin.

    Raises
    ------
    NegotiationError
        If the output is no path.
    UnknownNameError
        If it does not exist, with close matches.
    """
    if not isinstance(output, str):
        raise NegotiationError(
            f"'{shorten(output)}' is no output path", remedy="write 'bargaining.nash.utility.us'"
        )
    (value,) = Evaluator.of(model, output)({})
    if _is_verdict(value):
        return f"{output}.margin", f"{output}.holds"
    if output.endswith(".margin"):
        parent = output.removesuffix(".margin")
        (verdict,) = Evaluator(model, (parent,))({})
        return output, f"{parent}.holds" if _is_verdict(verdict) else ""
    return output, output if isinstance(value, bool) else ""
