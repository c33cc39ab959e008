"""Where a number comes from: from an output back to paragraphs, and what has no reason.

- :func:`trace` follows an input or an output path to the claims it rests on, with source and
  paragraph, and to the assumptions where no claim speaks.
- :func:`check` lists what a reader should know about a model before trusting it: sections that
  would be refused, numbers without any reason, assumptions, options that no document names,
  values outside their own range, claims that no number uses.

A quantity's reasons are its own ``because`` and ``assumption``; where it has none, those of the
nearest record around it (a weight takes those of its demand). A formula rests on its
parameters. An output rests on the parts of the model that its section reads. Where an output
judges a given agreement (the verdict table, ratification), these are narrowed to the parties,
ratifiers and agreements that its path, or the witness found there, names; solutions and
equilibria depend on every party and are not narrowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from negotiation.analysis import ANALYSES, Analysis, foresee, solve
from negotiation.errors import NegotiationError, UnknownNameError, first_few
from negotiation.exact import of_kind, show
from negotiation.formulas import parse
from negotiation.model.model import Model, checked_model
from negotiation.model.parts import (
    Control,
    Demand,
    QuantityPart,
    Ranking,
    Ratifier,
    walk_parts,
)
from negotiation.model.references import citations
from negotiation.results import Result, Table, said

__all__ = ["Checkup", "Reason", "Trace", "check", "trace"]


_VALUES = ("demands", "interactions", "agreements")
_GRAPH = (*_VALUES, "disagreement", "issues")
CRITERION_READS = {
    "utility": _VALUES,
    "acceptable": (*_VALUES, "disagreement"),
    "efficient": _VALUES,
    "ratifiable": (*_VALUES, "ratifiers"),
    "nash": _GRAPH,
    "seq": _GRAPH,
    "smr": _GRAPH,
    "gmr": _GRAPH,
    "coalition_proof": _GRAPH,
    "self_enforcing": (*_GRAPH, "parties", "commitment"),
    "robust": (*_VALUES, "disagreement"),
}
"""Criterion of the verdict table -> the parts of a model it rests on."""


DECIDED_ALONE = ("acceptable", "ratifiable", "nash", "self_enforcing", "robust")
"""Criteria that fail by what one party or ratifier wants, whatever the others want."""


@dataclass(frozen=True)
class Reason:
    """Why one input is what it is."""

    path: str
    value: str
    claims: tuple[str, ...]
    assumption: str


@dataclass(frozen=True)
class Trace(Result):
    """A path followed back to paragraphs.

    Attributes
    ----------
    path, value : str
        What was asked, and its value.
    reasons : tuple of Reason
        Every input it rests on.
    rows : tuple
        (input, claim, source and paragraph, speaker, hedge, what it says).
    """

    path: str
    value: str
    reasons: tuple[Reason, ...]
    rows: tuple[tuple[str, str, str, str, str, str], ...]

    def data(self) -> dict[str, Any]:
        """Return the trace as plain data."""
        keys = ("input", "claim", "at", "speaker", "hedge", "says")
        return {
            "path": self.path,
            "value": self.value,
            "inputs": [
                {
                    "path": reason.path,
                    "value": reason.value,
                    "because": list(reason.claims),
                    "assumption": reason.assumption or None,
                }
                for reason in self.reasons
            ],
            "claims": [dict(zip(keys, row, strict=True)) for row in self.rows],
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the inputs with their values, the claims, and the assumptions."""
        inputs = Table(
            f"{self.path} = {self.value} rests on",
            ["input", "value", "claims"],
            [
                [
                    reason.path,
                    reason.value,
                    ", ".join(reason.claims) or ("assumption" if reason.assumption else "–"),
                ]
                for reason in self.reasons
            ],
            name="inputs",
        )
        seen: dict[str, tuple[str, ...]] = {}
        for _, claim, *rest in self.rows:
            seen.setdefault(claim, tuple(rest))
        claims = Table(
            "Claims",
            ["claim", "where", "speaker", "hedge", "it says"],
            [[claim, *rest] for claim, rest in sorted(seen.items())],
            name="claims",
        )
        assumed = Table(
            "Assumptions",
            ["input", "because the modeller says"],
            [[reason.path, reason.assumption] for reason in self.reasons if reason.assumption],
            name="assumptions",
        )
        return tuple(table for table in (inputs, claims, assumed) if table.rows)


def trace(model: Model, path: str, analysis: Analysis | None = None) -> Trace:
    """Follow an input or output path to the claims and paragraphs it rests on.

    Parameters
    ----------
    model : Model
        The model, in the reading of interest.
    path : str
        An input such as ``parameters.war_cost`` or an output such as
        ``bargaining.nash.utility.ru``.
    analysis : Analysis, optional
        The solved model, if at hand.

    Raises
    ------
    UnknownNameError
        If the path names neither an input nor an output.

    Examples
    --------
    >>> import negotiation as ng
    >>> answer = trace(ng.load("classics/chicken"), "normal_form.payoffs.straight/straight.0")
    >>> [reason.path for reason in answer.reasons]
    ['normal_form.payoffs.straight/straight.0', 'parameters.crash']
    """
    checked_model(model)
    of_kind(path, str, "path", "write one such as 'parameters.x' or 'bargaining.nash.exists'")
    found = _inputs_at(model, path)
    if found:
        value = found[0].value if len(found) == 1 else f"{len(found)} inputs"
        return _trace(model, path, value, _with_parameters(model, found))
    section = path.split(".", maxsplit=1)[0]
    solvable = {entry.name: entry for entry in ANALYSES if entry.applies(model)}
    if section not in solvable:
        raise UnknownNameError.of("path", path, (*model.paths, *solvable))
    analysis = analysis or solve(model)
    value = analysis.get_path(path)
    steps = set(path.split("."))
    names: set[str] = set()
    if section == "ratification" or (section == "stability" and steps & set(model.agreements)):
        names = steps | (_witnesses(analysis, path) if steps & set(DECIDED_ALONE) else set())
    reads = solvable[section].reads
    for key, parts in CRITERION_READS.items():
        if section == "stability" and key in path.split("."):
            reads = parts
    reasons = [
        reason
        for reason in all_reasons(model)
        if reason.path.split(".")[0] in reads and _concerns(model, reason, names)
    ]
    reasons = [reason for reason in reasons if reason.path.split(".")[0] != "parameters"]
    return _trace(model, path, _brief(value), _with_parameters(model, reasons))


def _trace(model: Model, path: str, value: str, reasons: list[Reason]) -> Trace:
    rows = []
    for reason in reasons:
        for claim in reason.claims:
            part = model.claims[claim]
            rows.append(
                (
                    reason.path,
                    claim,
                    model.evidence.cite(claim),
                    part.speaker,
                    part.hedge,
                    part.says,
                )
            )
    return Trace(path, value, tuple(reasons), tuple(rows))


def _brief(value: Any) -> str:
    if isinstance(value, Mapping):
        if "holds" in value:
            witness = value.get("witness")
            why = f" ({said(witness['text'])})" if isinstance(witness, Mapping) else ""
            return said(value["holds"]) + why
        return "{" + ", ".join(first_few(map(str, value))) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(first_few(map(str, value))) + "]"
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    return said(value)


def _witnesses(analysis: Analysis, path: str) -> set[str]:
    """Return who the witness of a verdict names, so that its own inputs are shown."""
    steps = path.split(".")
    for length in range(len(steps), 1, -1):
        try:
            value = analysis.get_path(".".join(steps[:length]))
        except NegotiationError:
            continue
        if isinstance(value, dict) and isinstance(value.get("witness"), dict):
            return set(value["witness"]["who"])
    return set()


def _concerns(model: Model, reason: Reason, names: set[str]) -> bool:
    steps = reason.path.split(".")
    head = steps[0]
    parties = names & set(model.parties)
    councils = names & set(model.ratifiers)
    parties |= {model.ratifiers[name].of for name in councils if not model.ratifiers[name].demands}
    if head in {"demands", "disagreement", "parties"}:
        return (not parties and not councils) or steps[1] in parties
    if head in {"interactions", "commitment"}:
        party = _term_party(model, steps)
        return party is None or not parties or party in parties
    if head == "ratifiers":
        return steps[1] in councils or not (parties or councils)
    if head == "agreements":
        return steps[1] in names
    return True


def _term_party(model: Model, steps: list[str]) -> str | None:
    if steps[0] == "interactions":
        return model.spec.interactions[int(steps[1])].party
    if steps[1] == "drift" and model.spec.commitment is not None:
        return model.spec.commitment.drift[int(steps[2])].party
    return None


# ---- reasons of inputs ----------------------------------------------------------------------


def all_reasons(model: Model) -> list[Reason]:
    """Return every input of the model with its reasons: numbers first of all, and records."""
    records = {
        path: part
        for path, part in walk_parts(model.spec)
        if path[0] not in {"sources", "claims", "readings", "predictions"}
    }
    found = []
    for path, part in records.items():
        if isinstance(part, QuantityPart):
            if not _written(model, path):
                continue
            claims, assumption = part.because, part.assumption
            for length in range(len(path) - 1, 0, -1):
                if claims or assumption:
                    break
                around = records.get(path[:length])
                claims = getattr(around, "because", ())
                assumption = getattr(around, "assumption", "")
            found.append(Reason(_dotted(path), _shown(model, part), claims, assumption))
            around = records.get(path[:-1])
            own = part.because or part.assumption
            if isinstance(around, Demand) and not own and (around.because or around.assumption):
                found.pop()  # the demand itself says its weight
        else:
            claims, assumption = getattr(part, "because", ()), getattr(part, "assumption", "")
            if claims or assumption or isinstance(part, Demand):
                found.append(Reason(_dotted(path), _says(model, part), claims, assumption))
    return found


def _says(model: Model, part: Any) -> str:
    """Say what a record with reasons states."""
    if isinstance(part, Demand):
        text = f"wants {part.aspires}" if part.aspires else "scores every option"
        if part.accepts:
            text += f", accepts {' or '.join(part.accepts)}"
        return f"{text}, weight {show(model.number(part.weight))}"
    if isinstance(part, Control):
        return f"{', '.join(part.by)}{' jointly' if part.joint else ''}"
    if isinstance(part, Ranking):
        return " > ".join(" = ".join(tie) for tie in part.order)
    if isinstance(part, Ratifier):
        return f"at least {show(model.number(part.at_least))}"
    return str(getattr(part, "says", "")) or "stated"


def _written(model: Model, path: tuple[str | int, ...]) -> bool:
    node: Any = model.origin.data
    for step in path:
        if isinstance(node, dict) and str(step) in node:
            node = node[str(step)]
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return False
    return True


def _shown(model: Model, part: QuantityPart) -> str:
    number = show(model.number(part))
    return number if not isinstance(part.value, str) else f"{number} = {part.value}"


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path)


def _inputs_at(model: Model, path: str) -> list[Reason]:
    """Return the reasons at an input path: of itself, else of what lies below, else around."""
    reasons = all_reasons(model)
    path = path.removesuffix(".value")
    exact = [reason for reason in reasons if reason.path == path]
    below = [reason for reason in reasons if reason.path.startswith(path + ".")]
    if exact or below:
        return exact + below
    steps = path.split(".")
    short = steps[0] == "agreements" and len(steps) == 3 and steps[2] in model.issues
    known = path in model.paths or any(other.startswith(path + ".") for other in model.paths)
    if not known and not short:
        return []
    if steps[0] == "predictions" and len(steps) > 1 and steps[1] in model.predictions:
        part = model.predictions[steps[1]]
        return [Reason(path, part.expect, part.because, part.assumption)]
    for length in range(len(steps) - 1, 0, -1):
        around = [reason for reason in reasons if reason.path == ".".join(steps[:length])]
        if around:
            return around
    return []


def _with_parameters(model: Model, reasons: list[Reason]) -> list[Reason]:
    """Add the parameters that formulas among the reasons use, and theirs."""
    parts = dict(model.quantities)
    by_path = {reason.path: reason for reason in all_reasons(model)}
    found = {reason.path: reason for reason in reasons}
    queue = [*found, *(f"{path}.{leaf}" for path in found for leaf in ("weight", "at_least"))]
    while queue:
        part = parts.get(queue.pop())
        if part is None or not isinstance(part.value, str):
            continue
        for name in parse(part.value).names:
            path = f"parameters.{name}"
            if path not in found and path in by_path:
                found[path] = by_path[path]
                queue.append(path)
    return list(found.values())


# ---- checking ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checkup(Result):
    """What a reader should know about a model's numbers.

    Attributes
    ----------
    uncited : tuple of Reason
        Numbers with neither claim nor assumption.
    assumptions : tuple of Reason
        Inputs that rest on an assumption (with or without claims beside it).
    ours : tuple of (str, str, str)
        Issue, option, meaning: options that no document names.
    outside : tuple of str
        Numbers outside their own declared range.
    unused : tuple of str
        Claims that no input, prediction or agreement uses.
    refused : tuple of (str, str)
        Section and reason: what would not be solved, or not in full, because it is too large or
        states too little; the section "" stands for the whole model.
    """

    uncited: tuple[Reason, ...]
    assumptions: tuple[Reason, ...]
    ours: tuple[tuple[str, str, str], ...]
    outside: tuple[str, ...]
    unused: tuple[tuple[str, str, str], ...]
    inputs: int
    refused: tuple[tuple[str, str], ...] = ()

    def data(self) -> dict[str, Any]:
        """Return the lists as plain data."""
        return {
            "inputs": self.inputs,
            "uncited": [reason.path for reason in self.uncited],
            "assumptions": {reason.path: reason.assumption for reason in self.assumptions},
            "ours": [f"{issue}.{option}" for issue, option, _ in self.ours],
            "outside_range": list(self.outside),
            "unused_claims": [claim for claim, _, _ in self.unused],
            "refused": dict(self.refused),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return one table for each list that is not empty."""
        tables = [
            Table(
                "What would not be solved, or not in full",
                ["section", "because"],
                [[name or "all", reason] for name, reason in self.refused],
                name="refused",
            ),
            Table(
                "Numbers without a reason",
                ["input", "value"],
                [[reason.path, reason.value] for reason in self.uncited],
                notes=["add 'because: [claims]' or 'assumption: why'"],
                name="uncited",
            ),
            Table(
                "Assumptions of the modeller",
                ["input", "value", "claims beside it", "assumption"],
                [
                    [reason.path, reason.value, ", ".join(reason.claims), reason.assumption]
                    for reason in self.assumptions
                ],
                name="assumptions",
            ),
            Table(
                "Options that no document names",
                ["issue", "option", "meaning"],
                self.ours,
                name="ours",
            ),
            Table(
                "Numbers outside their declared range",
                ["input"],
                [[text] for text in self.outside],
                name="outside",
            ),
            Table(
                "Claims that nothing in the model uses",
                ["claim", "where", "it says"],
                self.unused,
                name="unused",
            ),
        ]
        return tuple(table for table in tables if table.rows)


def check(model: Model) -> Checkup:
    r"""List uncited numbers, assumptions, options of ours and unused claims of a model.

    Examples
    --------
    >>> import negotiation as ng
    >>> text = "title: Price\nparameters: {price: 3, cost: {value: 1, assumption: a guess}}"
    >>> [reason.path for reason in check(ng.loads(text)).uncited]
    ['parameters.price']
    """
    checked_model(model)
    reasons = all_reasons(model)
    parts = dict(model.quantities)
    uncited = [
        reason
        for reason in reasons
        if reason.path in parts
        and not reason.claims
        and not reason.assumption
        and not (isinstance(parts[reason.path].value, str) and _named(parts[reason.path]))
    ]
    used = {claim for _, cited in citations(model.spec) for claim in cited}
    for reading in model.readings.values():
        for value in reading.set.values():
            if hasattr(value, "get"):
                cited = value.get("because") or ()
                used |= {cited} if isinstance(cited, str) else set(cited)
    return Checkup(
        tuple(uncited),
        tuple(reason for reason in reasons if reason.assumption),
        tuple(_ours(model)),
        tuple(_outside(model)),
        tuple(
            (claim, model.evidence.cite(claim), part.says)
            for claim, part in model.claims.items()
            if claim not in used
        ),
        len(reasons),
        tuple((name, str(error)) for name, error in foresee(model).items()),
    )


def _named(part: QuantityPart) -> bool:
    assert isinstance(part.value, str)
    formula = parse(part.value)
    return bool(formula.names or formula.utilities)


def _ours(model: Model) -> list[tuple[str, str, str]]:
    found = []
    for name, issue in model.issues.items():
        topic = model.evidence.topics.get(issue.topic)
        for option, part in issue.options.items():
            known = topic.options.get(option) if topic else None
            basis = part.basis or (known.basis if known else "")
            if basis == "ours":
                found.append((name, option, part.says or (known.says if known else "")))
    graph = model.spec.conflict_graph
    if graph is not None:
        found += [
            (f"ranking of {party}", state, "its place is the modeller's choice")
            for party, ranking in graph.ranking.items()
            for state in ranking.ours
        ]
    return found


def _outside(model: Model) -> list[str]:
    found = []
    for path, part in model.quantities:
        if part.low is None and part.high is None:
            continue
        value = model.number(part)
        if (part.low is not None and value < part.low) or (
            part.high is not None and value > part.high
        ):
            low, high = show(part.low), show(part.high)
            found.append(f"{path} = {show(value)} is outside {low} to {high}")
    return found
