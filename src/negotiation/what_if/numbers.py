"""The numbers of a model at many points, without making the model anew at each.

A point gives values to some numbers; those that follow it by formulas are computed, all others
once. What a model checks about numbers (weights, patience, the lag, formulas) is checked here
too; where such a check fails there is no point, and the model itself is asked what is wrong.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from negotiation.bargaining import AgreementSpace
from negotiation.errors import NegotiationError
from negotiation.formulas import Formula, parse
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.parts import QuantityPart, walk_parts

__all__ = ["Numbers", "Place", "Point"]

MAX_LAG = 100
WEIGHTS = frozenset({("demands", 4), ("ratifiers", 5)})
"""Where weights stand: the first step to them, and how many there are."""

Place = tuple[Any, ...]


def _replaced(node: Any, steps: Place, value: Fraction) -> Any:
    """Return a tree of parts with one quantity's value replaced."""
    if not steps:
        return dataclasses.replace(node, value=value)
    step, rest = steps[0], steps[1:]
    if isinstance(node, Mapping):
        return type(node)({**node, step: _replaced(node[step], rest, value)})  # type: ignore[call-arg]  # every mapping of the parts is built from a dict
    if isinstance(node, tuple):
        return (*node[:step], _replaced(node[step], rest, value), *node[step + 1 :])
    return dataclasses.replace(node, **{step: _replaced(getattr(node, step), rest, value)})


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of a model at many points: those that no point changes are computed once.

    Attributes
    ----------
    model : Model
        The model as it stands.
    quantities : dict
        Its numbers, by their places in the parts.
    places : tuple of places
        Where each value of a point goes.
    """

    model: Model
    quantities: dict[Place, QuantityPart]
    places: tuple[Place, ...]

    @classmethod
    def of(cls, model: Model, paths: Sequence[str]) -> Numbers | None:
        """Find the places of some paths; None where one is no plain number of the model."""
        quantities = {
            place: part for place, part in walk_parts(model.spec) if isinstance(part, QuantityPart)
        }
        places = {".".join(map(str, place)): place for place in quantities}
        try:
            found = tuple(places[path] for path in paths)
            for place in found:
                _replaced(model.spec, place, Fraction(1))
        except (AttributeError, KeyError, TypeError):
            return None
        return cls(model, quantities, found)

    @cached_property
    def _formulas(self) -> dict[Place, Formula]:
        """The formulas of the model in which points leave them."""
        return {
            place: parse(part.value)
            for place, part in self.quantities.items()
            if isinstance(part.value, str) and place not in self.places
        }

    @cached_property
    def following(self) -> dict[Place, Formula]:
        """The formulas of parameters only that follow a point, each after those it needs."""
        follow = {place[1] for place in self.places if place[0] == "parameters"}
        found = {}
        pending = {place[1]: place for place in self._formulas if place[0] == "parameters"}
        while pending:
            for name, place in list(pending.items()):
                formula = self._formulas[place]
                if not pending.keys() & {*formula.names}:
                    del pending[name]
                    if not follow.isdisjoint(formula.names):
                        follow.add(name)
                        found[place] = formula
        return found | {
            place: formula
            for place, formula in self._formulas.items()
            if not formula.utilities and not follow.isdisjoint(formula.names)
        }

    @cached_property
    def constant(self) -> dict[Place, Fraction]:
        """The numbers that no point changes."""
        return {
            place: self.model.number(part)
            for place, part in self.quantities.items()
            if place not in self.places
            and place not in self.following
            and (place not in self._formulas or not self._formulas[place].utilities)
        }

    def varying(self, *start: str) -> list[Place]:
        """Return the places, below a given one, of numbers that a point may change."""
        length = len(start)
        return [
            place
            for place in self.quantities
            if place[:length] == start and place not in self.constant
        ]

    @cached_property
    def _patience(self) -> list[Place]:
        return [place for place in self.varying("parties") if place[2:] == ("patience",)]

    @cached_property
    def _weights(self) -> list[list[Place]]:
        """The weights of each block of demands in which one varies."""
        blocks: dict[Place, list[Place]] = {}
        for place in self.quantities:
            if place[-1] == "weight" and (place[0], len(place)) in WEIGHTS:
                blocks.setdefault(place[:-2], []).append(place)
        return [
            block for block in blocks.values() if any(place not in self.constant for place in block)
        ]

    @cached_property
    def _lag(self) -> list[Place]:
        return self.varying("commitment", "lag")

    def at(self, values: Sequence[Fraction]) -> Point | None:
        """Return the numbers at a point, or None where the model may have no meaning there."""
        changed = dict(zip(self.places, values, strict=True))
        parameters = dict(self.model.parameters)
        for place, value in changed.items():
            if place[0] == "parameters":
                parameters[place[1]] = value
        point = Point(self, tuple(values), changed)
        try:
            for place, formula in self.following.items():
                value = changed[place] = formula.value(parameters)
                if place[0] == "parameters":
                    parameters[place[1]] = value
            if any(not 0 <= point.number(*place) < 1 for place in self._patience):
                return None
            for block in self._weights:
                amounts = [point.number(*place) for place in block]
                if min(amounts) < 0 or not any(amounts):
                    return None
            for place in self._lag:
                lag = point.number(*place)
                if lag.denominator != 1 or not 1 <= lag <= MAX_LAG:
                    return None
        except NegotiationError:
            return None
        return point


@dataclass(frozen=True, eq=False)
class Point:
    """The numbers of a model at one point.

    Attributes
    ----------
    numbers : Numbers
        What they share with other points.
    values : tuple of Fraction
        The point.
    changed : dict
        Place -> number, for those that the point gives and those that follow it.
    """

    numbers: Numbers
    values: tuple[Fraction, ...]
    changed: dict[Place, Fraction]

    def number(self, *place: Any) -> Fraction:
        """Return the number at a place."""
        found = self.changed.get(place)
        if found is None:
            found = self.numbers.constant.get(place)
        return self.model.number(self.numbers.quantities[place]) if found is None else found

    @cached_property
    def model(self) -> Model:
        """The model with the values in place."""
        own = self.numbers.model
        spec = own.spec
        for place, value in zip(self.numbers.places, self.values, strict=True):
            spec = _replaced(spec, place, value)
        return Model(spec, own.evidence, own.origin)

    @cached_property
    def space(self) -> AgreementSpace:
        """The agreement space of that model."""
        return build.agreement_space(self.model)
