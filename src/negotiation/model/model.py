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
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from negotiation.errors import (
    FormulaError,
    ModelError,
    NegotiationError,
    UnknownNameError,
)
from negotiation.exact import FrozenMap, of_kind
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
    walk_parts,
)
from negotiation.model.paths import copied, plain_value, set_path, split_path, thawed
from negotiation.model.references import check_references, parameter_values
from negotiation.model.schema import validate_model
from negotiation.model.yaml_tree import Tree, leaves, write_tree

if TYPE_CHECKING:
    from negotiation.analysis import Analysis

__all__ = ["Evidence", "Model", "Origin", "checked_model"]


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
        if _covering(dotted, self._overridden) is not None:
            return f"override: {dotted}"
        if self.source is None:
            return dotted
        if self.reading:
            body = self.data["readings"][self.reading]
            inside = ("set",) if "set" in body else ()
            key = _covering(dotted, body.get("set", body))
            if key is not None:
                rest = dotted[len(key.removesuffix(".value")) :].split(".")[1:]
                return self.source.where(("readings", self.reading, *inside, key, *rest))
        return self.source.where(path)

    @cached_property
    def _overridden(self) -> frozenset[str]:
        return frozenset(key for key, _ in self.overrides)


def _covering(dotted: str, keys: Container[str]) -> str | None:
    """Return the key that set the value at a path: its own or the nearest above, if any."""
    above = dotted
    while above:
        for key in (above, f"{above}.value"):
            if key in keys and (key == above or above != dotted):
                return key
        above = above.rpartition(".")[0]
    return None


def checked_model(model: object) -> Model:
    """Return a model; anything else is told with what to do."""
    return of_kind(model, Model, "model", "load one with negotiation.load(...)")


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
        spec = validate_model(data, origin.where)
        evidence = Evidence.merge(spec, origin.files)
        if faults := check_references(spec, evidence):
            raise ModelError.of_faults(
                (origin.where(path), what, remedy) for path, what, remedy in faults
            )
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
            set_path(data, path, plain_value(value, str(path)), self.paths)
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
