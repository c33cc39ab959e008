"""Points: a model with some inputs changed, and the outputs asked for there.

Every what-if asks the same thing again and again: *with these inputs changed, what are these
outputs?* An :class:`Evaluator` answers it and solves no more of the model than the outputs
need. Inputs are paths as in :meth:`negotiation.Model.override`, outputs are paths as in
:meth:`negotiation.Analysis.get_path`. Both are checked when the evaluator is made, at the model
as it stands, so that a misspelt name is told before any long work starts.

An input that is a number with a declared range is a :class:`Knob`: the ranges are what tornado,
tipping points and robustness go through unless they are told otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.analysis import ANALYSES, SOLVERS, Context, solve
from negotiation.errors import NegotiationError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, exact, names_of, refuse_size
from negotiation.model.expectations import lookup
from negotiation.model.model import Model, checked_model
from negotiation.model.parts import QuantityPart
from negotiation.results import Tied, all_tied
from negotiation.stability import CRITERIA, HOLDING

__all__ = [
    "Evaluator",
    "Knob",
    "Over",
    "checked_model",
    "input_path",
    "knob",
    "knobs",
    "number",
    "picked_by",
    "turned",
]


@dataclass(frozen=True)
class Knob:
    """A number of the model that can be turned.

    Attributes
    ----------
    path : str
        Its input path, without ``.value``.
    value : Fraction
        What the model says.
    low, high : Fraction or None
        The declared range; either end may be missing.
    unit : str
        Its unit, or "".
    distribution : str
        How likely numbers in the range are: ``"uniform"``, or ``"triangular"`` with its top at
        the value.
    """

    path: str
    value: Fraction
    low: Fraction | None = None
    high: Fraction | None = None
    unit: str = ""
    distribution: str = "uniform"

    @property
    def ranged(self) -> bool:
        """Whether both ends of a range are declared and differ."""
        return self.low is not None and self.high is not None and self.low < self.high

    def ends(self, low: object = None, high: object = None) -> tuple[Fraction, Fraction]:
        """Return the range to go through: as given, else as declared.

        Raises
        ------
        NegotiationError
            If an end is neither given nor declared, or the range is upside down or empty.
        """
        ends = []
        for name, given, declared in (("low", low, self.low), ("high", high, self.high)):
            if given is None and declared is None:
                raise NegotiationError(
                    f"no {name} end of the range of {self.path}",
                    remedy=f"declare {self.path}.{name} in the model, or give {name}=",
                )
            ends.append(declared if given is None else exact(given, where=f"{self.path}, {name}"))
        first, last = ends
        assert first is not None
        assert last is not None
        if first >= last:
            what = "is empty" if first == last else "is upside down"
            raise NegotiationError(
                f"the range of {self.path} from {first} to {last} {what}",
                remedy="give a low end below the high end",
            )
        return first, last


def input_path(model: Model, path: object) -> str:
    """Return an input path in its short form.

    Raises
    ------
    UnknownNameError
        If the model has no such input, with close matches.
    """
    text = path.removesuffix(".value") if isinstance(path, str) else path
    if not isinstance(text, str) or text not in {*model.paths, *(p for p, _ in model.quantities)}:
        raise UnknownNameError.of("path", path, model.paths)
    return text


def knob(model: Model, path: object) -> Knob:
    """Return one number of a model by its path.

    Raises
    ------
    UnknownNameError
        If there is no such number, with close matches among the numbers.
    """
    short = path.removesuffix(".value") if isinstance(path, str) else path
    for own, part in model.quantities:
        if own == short:
            return _knob(model, own, part)
    raise UnknownNameError.of("number", path, [own for own, _ in model.quantities])


def knobs(model: Model) -> tuple[Knob, ...]:
    """Return the numbers of a model that declare a range, in the order of the file format."""
    return tuple(
        found for path, part in model.quantities if (found := _knob(model, path, part)).ranged
    )


Over = Mapping[str, tuple[object, object]] | Iterable[str] | str | None
"""Inputs to go through: paths with a range each, paths with declared ranges, or all declared."""


def turned(model: Model, over: Over) -> tuple[tuple[Knob, Fraction, Fraction], ...]:
    """Return the numbers to go through, each with the ends of its range.

    Raises
    ------
    UnknownNameError
        For a path that is no number of the model, with close matches.
    NegotiationError
        For something that is no range, a range upside down, or one that is not declared.
    """
    if over is None:
        return tuple((own, *own.ends()) for own in knobs(model))
    if not isinstance(over, Mapping):
        paths = (over,) if isinstance(over, str) else tuple(over)
        return tuple((own, *own.ends()) for own in (knob(model, path) for path in paths))
    chosen = []
    for path, ends in over.items():
        if not isinstance(ends, (tuple, list)) or len(ends) != 2:
            raise NegotiationError(
                f"'{shorten(ends)}' is no range", where=str(path), remedy="give (low, high)"
            )
        own = knob(model, path)
        chosen.append((own, *own.ends(*ends)))
    return tuple(chosen)


def _knob(model: Model, path: str, part: QuantityPart) -> Knob:
    value = model.number(part)
    return Knob(path, value, part.low, part.high, part.unit, part.distribution)


def number(value: object, path: str) -> Fraction:
    """Return an output as an exact number; yes and no are 1 and 0.

    Raises
    ------
    NegotiationError
        If it is no number.
    """
    if isinstance(value, (bool, int, Fraction)):
        return Fraction(value)
    if isinstance(value, Tied):
        solution = ".".join(path.split(".")[:2])
        raise NegotiationError(
            f"{path} is no one number: solutions with {value} are tied",
            remedy=f"ask for an end, such as {solution}.range.PARTY.low, or for one solution",
        )
    raise NegotiationError(
        f"{path} is no number but '{shorten(value)}'",
        remedy="ask for an output that is a number, such as a utility, a margin or a count",
    )


@dataclass(frozen=True)
class Evaluator:
    """Answers what some outputs of a model are when inputs change; picklable.

    Parameters
    ----------
    model : Model
        The model as it stands.
    outputs : tuple of str
        Output paths.

    Raises
    ------
    UnknownNameError
        If an output does not exist in the model as it stands, with close matches.

    Examples
    --------
    >>> import negotiation as ng
    >>> count = "normal_form.equilibria.count"
    >>> evaluate = Evaluator.of(ng.load("classics/chicken"), [count])
    >>> evaluate({"parameters.crash": 2})
    (1,)
    """

    model: Model
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, model: object, outputs: Iterable[str] | str) -> Evaluator:
        """Check the outputs at the model as it stands."""
        model = checked_model(model)
        names = tuple(names_of(outputs, "outputs"))
        if not names:
            raise NegotiationError("no outputs", remedy="name at least one output path")
        sections = [section.name for section in ANALYSES if section.applies(model)]
        for name in names:
            if not isinstance(name, str):
                raise NegotiationError(f"'{shorten(name)}' is no output path")
            if name.split(".", 1)[0] not in sections:
                raise UnknownNameError.of("output", name, sections)
        evaluator = cls(model, names)
        evaluator({})
        return evaluator

    def __call__(self, changes: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the outputs with some inputs changed.

        Raises
        ------
        NegotiationError
            If the changed model is not valid or an output does not exist there.
        """
        model = self.model.override(changes)
        context = Context(model)
        known: dict[str, Any] = {}
        values = []
        for path in self.outputs:
            section, *rest = path.split(".")
            if section == "bargaining" and rest and rest[0] in SOLVERS:
                values.append(lookup({rest[0]: context.solution(rest[0]).data()}, ".".join(rest)))
                continue
            if _is_direct(model, section, rest):
                values.append(_direct(context, rest[1], rest[2:]))
                continue
            if section not in known:
                known[section] = solve(model, only=[section], context=context)[section].data()
            values.append(lookup(known, path))
        return tuple(values)


def _is_direct(model: Model, section: str, rest: list[str]) -> bool:
    """Say whether an output is about one agreement: then no other need be judged."""
    if section != "stability" or len(rest) < 3 or rest[0] != "verdicts":
        return False
    known = rest[1] in model.agreements or picked_by(model, rest[1]) is not None
    return known and rest[2] in {*CRITERIA, "holds", "utility"}


def picked_by(model: Model, name: str) -> str | None:
    """Return the bargaining solution that a name in the table of verdicts stands for."""
    concept = name.removesuffix("_solution")
    solved = concept != name and concept in SOLVERS and model.spec.bargaining is not None
    return concept if solved else None


def _direct(context: Context, name: str, rest: list[str]) -> Any:
    """Return an output about an agreement, or about all that one solution may pick.

    None for a solution that does not exist.
    """
    if name in context.model.agreements:
        return _about(context, context.model.agreement(name), rest)
    concept = picked_by(context.model, name)
    assert concept is not None
    points = context.solution(concept).points
    if not points:
        return None
    found = context.candidates(concept)
    refuse_size(
        f"verdicts on {name}, which may be one of its tied payoff points",
        len(points),
        len(found),
        "ask about a solution with fewer tied points, or about a named agreement",
    )
    return all_tied([_about(context, own, rest) for own in found.values()], (concept, points.codes))


def _about(context: Context, agreement: FrozenMap[str, str], rest: list[str]) -> Any:
    """Return an output about one agreement."""
    if rest[0] == "holds":
        return all(context.judge.verdict(own, agreement).holds is not False for own in HOLDING)
    if rest[0] == "utility":
        space = context.space
        data: Any = {party: space.utility(party, agreement) for party in space.parties}
    else:
        data = context.judge.verdict(rest[0], agreement).data()
    return lookup({rest[0]: data}, ".".join(rest))
