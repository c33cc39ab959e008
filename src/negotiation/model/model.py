"""The model: one negotiation as immutable data, with paths in.

A :class:`Model` wraps the typed parts of a model file (:class:`~.parts.ModelFile`) and the
evidence it includes. It never changes: :meth:`Model.override` and :meth:`Model.reading` return
new models. A *path* names any input by dotted keys, from the root of the file::

    parameters.war_cost            its value (``.low``, ``.high``, ``.because`` also exist)
    demands.ru.truce.weight        weight of one party's demand on one issue
    agreements.interim.zone        one option of a named agreement
    normal_form.payoffs.pivot/settle.us    one payoff

Equality is that of what the model says: two models are equal when their parts and their
evidence are, whatever file, layout or shorthand they came from.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from negotiation.errors import (
    FormulaError,
    ModelError,
    NegotiationError,
    Problem,
    UnknownNameError,
    shorten,
)
from negotiation.exact import MAX_DIGITS, FrozenMap, exact
from negotiation.formulas import parse
from negotiation.model.parts import (
    Claim,
    Demand,
    EvidenceFile,
    Issue,
    ModelFile,
    NamedAgreement,
    Party,
    Prediction,
    QuantityPart,
    Ratifier,
    Reading,
    Source,
    Topic,
)
from negotiation.model.references import check_references, parameter_values
from negotiation.model.yaml_tree import MAX_DEPTH, Tree, leaves, write_tree

if TYPE_CHECKING:
    from negotiation.analysis import Analysis

__all__ = ["Evidence", "Model", "Origin", "split_path"]

_QUANTITY_FIELDS = {part.name for part in dataclasses.fields(QuantityPart)}


@dataclass(frozen=True)
class Evidence:
    """Everything the documents claim, merged from the model and its evidence files.

    Attributes
    ----------
    sources, claims, topics, actors : FrozenMap
        By id.
    """

    sources: FrozenMap[str, Source] = field(default_factory=FrozenMap)
    claims: FrozenMap[str, Claim] = field(default_factory=FrozenMap)
    topics: FrozenMap[str, Topic] = field(default_factory=FrozenMap)
    actors: FrozenMap[str, str] = field(default_factory=FrozenMap)

    @classmethod
    def merge(cls, spec: ModelFile, files: Mapping[str, EvidenceFile]) -> Evidence:
        """Merge the model's own sources and claims with those of its evidence files."""
        sources: dict[str, Source] = {}
        claims: dict[str, Claim] = {}
        topics: dict[str, Topic] = {}
        actors: dict[str, str] = {}
        for file in files.values():
            sources |= dict(file.sources)
            claims |= dict(file.claims)
            topics |= dict(file.topics)
            actors |= dict(file.actors)
        sources |= dict(spec.sources)
        claims |= dict(spec.claims)
        return cls(FrozenMap(sources), FrozenMap(claims), FrozenMap(topics), FrozenMap(actors))

    def cite(self, claim: str) -> str:
        """Return where a claim stands, such as ``igs p24``."""
        found = self.claims[claim]
        return f"{found.source} {found.at}"


@dataclass(frozen=True)
class Origin:
    """Where a model came from: for messages, for writing it back, never part of equality."""

    data: dict[str, Any]
    source: Tree | None = None
    files: FrozenMap[str, EvidenceFile] = field(default_factory=FrozenMap)
    overrides: tuple[tuple[str, Any], ...] = ()
    reading: str = ""
    name: str = ""

    def where(self, path: tuple[str | int, ...]) -> str:
        """Return ``file:line: path``, or the override that put the value there."""
        dotted = ".".join(str(step) for step in path)
        for key, _ in self.overrides:
            if _covers(key, dotted):
                return f"override: {dotted}"
        if self.source is None:
            return dotted
        if self.reading:
            body = self.data["readings"][self.reading]
            inside = ("set",) if "set" in body else ()
            for key in body.get("set", body):
                if _covers(key, dotted):
                    rest = dotted[len(key) :].split(".")[1:]
                    return self.source.where(("readings", self.reading, *inside, key, *rest))
        return self.source.where(path)


def _covers(key: str, dotted: str) -> bool:
    return dotted == key or dotted.startswith((key + ".", key.removesuffix(".value") + "."))


@dataclass(frozen=True, eq=False)
class Model:
    """One negotiation as data; build one with :func:`negotiation.load`.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("classics/prisoners_dilemma")
    >>> model.override({"parameters.temptation": 4}).number("parameters.temptation")
    Fraction(4, 1)
    """

    spec: ModelFile
    evidence: Evidence
    origin: Origin = field(repr=False)

    # ---- building -----------------------------------------------------------------------

    @classmethod
    def from_data(cls, data: dict[str, Any], origin: Origin) -> Model:
        """Validate plain data and return the model it describes.

        Raises
        ------
        ModelError
            With every fault found, each with its place and a remedy.
        """
        from negotiation.model.files import validate_model  # noqa: PLC0415  pydantic is slow

        spec = validate_model(data, origin.where)
        evidence = Evidence.merge(spec, origin.files)
        problems = sorted(
            (
                Problem(origin.where(path), what, remedy)
                for path, what, remedy in check_references(spec, evidence)
            ),
            key=lambda problem: problem.line,
        )
        if problems:
            raise ModelError(problems)
        return cls(spec, evidence, origin)

    def override(self, changes: Mapping[str, Any]) -> Model:
        """Return a model in which some inputs have other values.

        Parameters
        ----------
        changes : mapping of str to value
            Path -> number, formula, option, list or mapping of fields. Numbers may be int,
            float (read as its shortest decimal), Fraction or text such as "2/3". A number set
            over a quantity keeps its range and loses its citations, because they do not speak
            for the new value.

        Raises
        ------
        UnknownNameError
            For a path that does not exist, with close matches.
        ModelError
            If the changed model is not valid.

        Examples
        --------
        >>> import negotiation as ng
        >>> model = ng.load("classics/chicken")
        >>> model.override({}) == model
        True
        """
        if not isinstance(changes, Mapping):
            raise NegotiationError(
                f"override takes a mapping of paths to values, not {type(changes).__name__}",
                remedy="write model.override({'parameters.x': 0.3})",
            )
        if not changes:
            return self
        overrides = (*self.origin.overrides, *((str(k), v) for k, v in changes.items()))
        try:
            model = self._changed(changes, overrides=overrides)
            if any(str(path).split(".", 1)[0] == "readings" for path in changes):
                for name in model.readings:
                    model.reading(name)  # a fault in one would otherwise wait for its user
        except ModelError as error:
            raise ModelError(
                problem
                if problem.where.startswith("override: ")
                else dataclasses.replace(problem, where=f"override: {problem.where}")
                for problem in error.problems
            ) from None
        return model

    def _changed(self, changes: Mapping[str, Any], **marks: Any) -> Model:
        data = copied(self.origin.data)
        for path, value in changes.items():
            set_path(data, path, _plain_value(value, str(path)), self.paths)
        return Model.from_data(data, dataclasses.replace(self.origin, data=data, **marks))

    def reading(self, name: str) -> Model:
        """Return the model with one source's values in place.

        Raises
        ------
        UnknownNameError
            If there is no such reading.
        """
        if name not in self.spec.readings:
            raise UnknownNameError.of("reading", name, self.spec.readings)
        return self._changed(thawed(self.spec.readings[name].set), reading=name)

    def solve(self, *, progress: Any = None) -> Analysis:
        """Solve every section of the model.

        Parameters
        ----------
        progress : callable, optional
            Called with the name of each section before it is solved.

        Returns
        -------
        Analysis
            A mapping from section to result.
        """
        from negotiation.analysis import solve  # noqa: PLC0415  the one upward import

        return solve(self, progress=progress)

    # ---- looking ------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The model's title."""
        return self.spec.title

    @property
    def readings(self) -> Mapping[str, Reading]:
        """Readings by name."""
        return self.spec.readings

    @property
    def parties(self) -> Mapping[str, Party]:
        """Parties by id."""
        return self.spec.parties

    @property
    def issues(self) -> Mapping[str, Issue]:
        """Issues by id."""
        return self.spec.issues

    @property
    def demands(self) -> Mapping[str, Mapping[str, Demand]]:
        """Party -> issue -> demand."""
        return self.spec.demands

    @property
    def ratifiers(self) -> Mapping[str, Ratifier]:
        """Ratifiers by id."""
        return self.spec.ratifiers

    @property
    def predictions(self) -> Mapping[str, Prediction]:
        """Predictions by id."""
        return self.spec.predictions

    @property
    def claims(self) -> Mapping[str, Claim]:
        """Claims by id, those of included evidence files among them."""
        return self.evidence.claims

    @property
    def agreements(self) -> Mapping[str, NamedAgreement]:
        """Named agreements by id, as written."""
        return self.spec.agreements

    def agreement(self, name: str) -> FrozenMap[str, str]:
        """Return the named agreement with an option for every issue."""
        if name not in self.spec.agreements:
            raise UnknownNameError.of("agreement", name, self.spec.agreements)
        part = self.spec.agreements[name]
        options = dict(self.agreement(part.like)) if part.like else {}
        options |= dict(part.options)
        return FrozenMap({issue: options[issue] for issue in self.spec.issues})

    @cached_property
    def parameters(self) -> Mapping[str, Fraction]:
        """Exact value of every parameter."""
        return FrozenMap(parameter_values(self.spec))

    def number(self, quantity: QuantityPart | str) -> Fraction:
        """Return the exact value of a quantity, given itself or its path.

        Examples
        --------
        >>> import negotiation as ng
        >>> ng.load("classics/chicken").number("parameters.crash") < 0
        True
        """
        if isinstance(quantity, str):
            for path, part in self.quantities:
                if path in {quantity, quantity.removesuffix(".value")}:
                    return self.number(part)
            raise UnknownNameError.of("number", quantity, [path for path, _ in self.quantities])
        if isinstance(quantity.value, Fraction):
            return quantity.value
        try:
            return parse(quantity.value).value(self.parameters, self._utility)
        except FormulaError as error:
            path = next((path for path, part in self.quantities if part is quantity), "")
            where = self.origin.where(split_path(path)) if path else ""
            raise ModelError.one(where, error.what, error.remedy) from None

    def _utility(self, party: str, agreement: str) -> Fraction:
        from negotiation.model.build import utility  # noqa: PLC0415  build imports this module

        return utility(self, party, agreement)

    @cached_property
    def quantities(self) -> tuple[tuple[str, QuantityPart], ...]:
        """Every quantity of the model with its path, in the order of the file format."""
        return tuple(
            (".".join(map(str, path)), part)
            for path, part in walk_parts(self.spec)
            if isinstance(part, QuantityPart)
        )

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every input path, shortest form (without ``.value``)."""
        found: dict[str, None] = {}
        for path, _ in leaves(self.origin.data):
            dotted = ".".join(str(step) for step in path)
            found.setdefault(dotted.removesuffix(".value"))
        return tuple(found)

    def to_yaml(self) -> str:
        """Return the model as YAML, with the comments and layout of the file it came from."""
        return write_tree(self.origin.data, self.origin.source)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        return self.spec == other.spec and self.evidence == other.evidence

    def __hash__(self) -> int:
        return hash((self.spec.title, frozenset(self.spec.parameters), frozenset(self.spec.issues)))

    def __str__(self) -> str:
        bits = [self.title]
        counts = {
            "parties": len(self.parties),
            "issues": len(self.issues),
            "parameters": len(self.spec.parameters),
            "readings": len(self.readings),
            "predictions": len(self.predictions),
        }
        bits.append(", ".join(f"{count} {name}" for name, count in counts.items() if count))
        return "\n".join(bit for bit in bits if bit)

    def __repr__(self) -> str:
        return f"<Model {self.title!r}>"


def walk_parts(
    part: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield every record inside `part` with its path (records, not their scalar fields)."""
    if dataclasses.is_dataclass(part):
        if path:
            yield path, part
        for item in dataclasses.fields(part):
            yield from walk_parts(getattr(part, item.name), (*path, item.name))
    elif isinstance(part, FrozenMap):
        for key, value in part.items():
            yield from walk_parts(value, (*path, key))
    elif isinstance(part, tuple):
        for index, value in enumerate(part):
            if not isinstance(value, (str, Fraction)):
                yield from walk_parts(value, (*path, index))


# ---- paths ------------------------------------------------------------------------------


def split_path(path: str) -> tuple[str, ...]:
    """Split a dotted path; errors are the user's to read."""
    if not isinstance(path, str) or not path or len(path) > 500:
        raise UnknownNameError(f"'{shorten(path)}' is no path", remedy="write keys joined by dots")
    return tuple(path.split("."))


def _steps(path: str, data: dict[str, Any]) -> tuple[str, ...]:
    """Split a path into keys, of which those inside a reading hold dots themselves."""
    rest = split_path(path)
    steps: tuple[str, ...] = ()
    node: Any = data
    while rest:
        take = 1
        if isinstance(node, dict):
            longer = range(len(rest), 1, -1)
            take = next((count for count in longer if ".".join(rest[:count]) in node), 1)
        step, rest = ".".join(rest[:take]), rest[take:]
        node = _descend(node, step, steps, data)
        steps = (*steps, step)
    return steps


def set_path(data: dict[str, Any], path: str, value: Any, known: tuple[str, ...]) -> None:
    """Set one value in plain model data, in place; see :meth:`Model.override`."""
    steps = _steps(path, data)
    node: Any = data

    def unknown() -> UnknownNameError:
        return UnknownNameError.of("path", path, known)

    for depth, step in enumerate(steps[:-1]):
        node = _descend(node, step, steps[:depth], data)
        if node is None:
            if _may_create(steps, data) and _create(data, steps, value):
                return
            raise unknown()
        if not isinstance(node, (dict, list)):
            if depth == len(steps) - 2 and steps[-1] in _QUANTITY_FIELDS:
                promoted = {"value": node, steps[-1]: value}
                _assign(data, steps[:-1], promoted)
                return
            raise unknown()
    key = _key(node, steps[-1], steps[:-1], data)
    if isinstance(node, dict):
        if key not in node and "options" in node and steps[0] == "agreements":
            node = node["options"]
        if key not in node and not _may_create(steps, data):
            raise unknown()
        if key == "value" and set(node) <= _QUANTITY_FIELDS:  # the same as setting the quantity
            _assign(data, steps[:-1], _merged(node, value))
            return
        node[key] = _merged(node.get(key), value)
    elif isinstance(node, list):
        if not isinstance(key, int) or not 0 <= key < len(node):
            raise unknown()
        node[key] = _merged(node[key], value)


def _key(node: Any, step: str, above: tuple[str, ...], data: dict[str, Any]) -> Any:
    if isinstance(node, list):
        if step.isascii() and step.isdigit():
            return int(step)
        if above[:2] == ("normal_form", "payoffs"):
            players = list((data.get("normal_form") or {}).get("players") or {})
            return players.index(step) if step in players else step
    return step


def _descend(node: Any, step: str, above: tuple[str, ...], data: dict[str, Any]) -> Any:
    key = _key(node, step, above, data)
    if isinstance(node, dict):
        return node.get(key)
    if isinstance(node, list) and isinstance(key, int) and 0 <= key < len(node):
        return node[key]
    return None


def _assign(data: dict[str, Any], steps: tuple[str, ...], value: Any) -> None:
    node: Any = data
    for depth, step in enumerate(steps[:-1]):
        node = _descend(node, step, steps[:depth], data)
    node[_key(node, steps[-1], steps[:-1], data)] = value


def _merged(old: Any, new: Any) -> Any:
    """Return what replaces `old`: fields merge, a number over a quantity keeps its range."""
    if isinstance(old, dict) and isinstance(new, dict):
        if {"because", "assumption"} & set(new):  # new reasons replace all the old ones
            old = {key: item for key, item in old.items() if key not in {"because", "assumption"}}
        return {**old, **{key: _merged(old.get(key), item) for key, item in new.items()}}
    if isinstance(old, dict) and "value" in old and not isinstance(new, (dict, list)):
        if old["value"] == new:
            return old
        kept = {key: item for key, item in old.items() if key not in {"because", "assumption"}}
        return {**kept, "value": new, "assumption": "set by hand"}
    return new


def _may_create(steps: tuple[str, ...], data: dict[str, Any]) -> bool:
    """Say whether a path that is absent may be added: optional fields, missing demands."""
    parties, issues = data.get("parties") or {}, data.get("issues") or {}
    if steps[0] == "demands" and len(steps) in {2, 3} and steps[1] in parties:
        return len(steps) == 2 or steps[2] in issues
    if steps[0] == "disagreement" and len(steps) == 2:
        return steps[1] in parties
    if steps[0] == "agreements" and len(steps) == 3:
        return steps[1] in (data.get("agreements") or {}) and steps[2] in issues
    return steps[-1] in _optional_fields() and not (
        len(steps) == 2 and steps[0] in _optional_fields() and steps[0] != "stability"
    )


def _optional_fields() -> set[str]:
    kinds = (QuantityPart, Demand, Party, Issue, Ratifier, NamedAgreement)
    names = {item.name for kind in kinds for item in dataclasses.fields(kind)}
    return names | {"rest", "clash", "red_lines", "lag", "punishment", "best", "signatories"}


def _create(data: dict[str, Any], steps: tuple[str, ...], value: Any) -> bool:
    """Add a value with the mappings above it; say whether nothing else stands in the way."""
    node: Any = data
    for step in steps[:-1]:
        if not isinstance(node, dict):
            return False
        if node.get(step) is None:
            node[step] = {}
        node = node[step]
    if isinstance(node, dict):
        node[steps[-1]] = value
    return isinstance(node, dict)


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def thawed(value: Any) -> Any:
    if isinstance(value, (FrozenMap, dict)):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [thawed(item) for item in value]
    return value


def _plain_value(value: Any, path: str, depth: int = 0) -> Any:
    """Turn a Python value into tree data: numbers exact, sequences lists."""
    if depth > MAX_DEPTH:
        raise NegotiationError(f"nested more than {MAX_DEPTH} levels deep", where=path)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return exact(value)
        except NegotiationError:
            return value
    if isinstance(value, Mapping):
        return {str(key): _plain_value(item, path, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_value(item, path, depth + 1) for item in value]
    number = exact(value, where=path)
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > 3.32 * MAX_DIGITS:
        raise NegotiationError(f"a number of more than {MAX_DIGITS:,} digits", where=path)
    return number
