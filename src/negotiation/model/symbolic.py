"""The numbers of a model as exact functions of some of its inputs.

:class:`Inputs` leaves some numbers of a model open and writes every other number as a tree of
:mod:`negotiation.formulas` in them: parameters that follow others, ``u(party, agreement)`` and
the weighted sums of the agreement space are all written out. On such trees

- :class:`Around` gives the rational function that a tree is around one point: there each
  ``min``, ``max`` and ``abs`` is one of its arguments;
- :func:`borders` gives the polynomials outside whose zeros that function stays the same: the
  divisors, whose zeros are **poles**, and the differences of what is compared, whose zeros are
  **breaks**. A divisor that is zero is a pole even where the fraction could be reduced, because
  the formula has no value there.

Rational functions are elements of sympy's field of fractions over the rationals, reduced.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from negotiation.errors import TooLargeError
from negotiation.formulas import Node, applied, parse
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.parts import Demand, QuantityPart
from negotiation.roots import Polynomial, integral

__all__ = [
    "Around",
    "Borders",
    "Inputs",
    "PoleError",
    "borders",
    "constant",
    "dense",
    "field_of",
    "folded",
    "names",
]

MAX_BRANCHES = 256
"""Largest number of functions that one formula with min, max and abs may be."""

ZERO: Node = ("number", Fraction(0))
ONE: Node = ("number", Fraction(1))


class PoleError(ArithmeticError):
    """A formula has no value: its divisor is zero."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """A model with some of its numbers left open.

    Parameters
    ----------
    model : Model
    names : mapping of str to str or tree
        Path of each open number -> the name it has in the trees, or a tree of names to stand
        for it.
    """

    model: Model
    names: Mapping[str, str | Node]
    known: dict[int, Node] = field(default_factory=dict, repr=False)

    @cached_property
    def _open(self) -> dict[int, Node]:
        trees = {
            path: ("name", own) if isinstance(own, str) else own for path, own in self.names.items()
        }
        return {id(part): trees[path] for path, part in self.model.quantities if path in trees}

    def quantity(self, part: QuantityPart) -> Node:
        """Return a number of the model as a tree."""
        key = id(part)
        if key not in self.known:
            if key in self._open:
                self.known[key] = self._open[key]
            elif isinstance(part.value, Fraction):
                self.known[key] = ("number", part.value)
            else:
                self.known[key] = self._written(parse(part.value).node)
        return self.known[key]

    def _written(self, node: Node) -> Node:
        head = node[0]
        if head == "number":
            return node
        if head == "name":
            return self.quantity(self.model.spec.parameters[node[1]])
        if head == "u":
            return self.utility(node[1], self.model.agreement(node[2]))
        if head == "**":
            return folded("**", self._written(node[1]), node[2])
        return folded(head, *map(self._written, node[1:]))

    def utility(self, party: str, agreement: Mapping[str, str]) -> Node:
        """Return a party's utility of an agreement."""
        total = self.block(self.model.demands[party], agreement)
        for term in self.model.spec.interactions:
            if term.party == party and all(
                agreement[issue] in options for issue, options in term.when.items()
            ):
                total = folded("+", total, self.quantity(term.amount))
        return total

    def total_weight(self, demands: Mapping[str, Demand]) -> Node:
        """Return the sum of the weights of some demands."""
        total = ZERO
        for demand in demands.values():
            total = folded("+", total, self.quantity(demand.weight))
        return total

    def block(self, demands: Mapping[str, Demand], agreement: Mapping[str, str]) -> Node:
        """Return the weighted mean of the scores of an agreement."""
        above = ZERO
        for issue, demand in demands.items():
            weight = self.quantity(demand.weight)
            above = folded(
                "+", above, folded("*", weight, self.score(issue, demand, agreement[issue]))
            )
        return folded("/", above, self.total_weight(demands))

    def score(self, issue: str, demand: Demand, option: str) -> Node:
        """Return the score of an option for a demand."""
        if demand.scores:
            return self.quantity(demand.scores[option])
        part = self.model.issues[issue]
        return ("number", build.scores(self.model, part, demand)[list(part.options).index(option)])

    def disagreement(self, party: str) -> Node:
        """Return what a party gets without agreement."""
        return self.quantity(self.model.spec.disagreement[party])

    def consent(self, ratifier: str, agreement: Mapping[str, str]) -> Node:
        """Return the utility that a ratifier judges by, less its threshold."""
        part = self.model.ratifiers[ratifier]
        if part.demands:
            own = self.block(part.demands, agreement)
        else:
            own = self.utility(part.of, agreement)
        return folded("-", own, self.quantity(part.at_least))

    @cached_property
    def moving(self) -> tuple[Node, ...]:
        """The numbers of the model that depend on the open ones."""
        found = (self.quantity(part) for _, part in self.model.quantities)
        return tuple(dict.fromkeys(node for node in found if names(node)))


def names(node: Node) -> frozenset[str]:
    """Return the names in a tree."""
    if node[0] == "name":
        return frozenset({node[1]})
    if node[0] == "number":
        return frozenset()
    return frozenset().union(*map(names, node[1:]))


def folded(head: str, *parts: Node) -> Node:
    """Return a tree, worked out where all its parts are numbers."""
    if head in {"+", "-"} and parts[1] == ZERO:
        return parts[0]
    if head == "+" and parts[0] == ZERO:
        return parts[1]
    if head == "*" and ONE in parts:
        return parts[1] if parts[0] == ONE else parts[0]
    if all(part[0] == "number" for part in parts) and not (
        (head == "/" and not parts[1][1]) or (head == "**" and not parts[0][1] and parts[1][1] < 0)
    ):
        return ("number", applied(head, [part[1] for part in parts]))
    return (head, *parts)


def _applied(head: str, values: Sequence[Any]) -> Any:
    """Apply an operator to numbers or to functions; a divisor that is zero is a pole."""
    try:
        return applied(head, values)
    except ZeroDivisionError:
        raise PoleError from None


# ---- rational functions -----------------------------------------------------------------------


def field_of(variables: Sequence[Any]) -> Any:
    """Return the field of rational functions in these names, or symbols, over the rationals."""
    from sympy import QQ  # noqa: PLC0415  half a second that most runs never need
    from sympy.polys.fields import FracField  # noqa: PLC0415

    return FracField(list(variables), QQ)


def dense(polynomial: Any) -> Polynomial:
    """Return an element of a ring in one variable as integers, the highest power first."""
    degree = max(polynomial.degree(), 0) if polynomial else 0
    values = [Fraction(0)] * (degree + 1)
    for (power,), value in polynomial.terms():
        values[degree - power] = Fraction(int(value.numerator), int(value.denominator))
    return integral(values)


def constant(over: Any, value: Fraction) -> Any:
    """Return a number as an element of a field of rational functions."""
    return over.from_expr(_rational(value))


def _rational(value: Fraction) -> Any:
    from sympy import Rational  # noqa: PLC0415  half a second that most runs never need

    return Rational(value.numerator, value.denominator)


@dataclass
class Around:
    """Reads trees as rational functions around one point off all their borders.

    Attributes
    ----------
    over : field of rational functions
    at : mapping of str to Fraction
        The point.
    divisors : list
        The divisors met.
    """

    over: Any
    at: Mapping[str, Fraction]
    divisors: list[Any] = field(default_factory=list)
    known: dict[Node, tuple[Any, Fraction]] = field(default_factory=dict, repr=False)

    def function(self, node: Node) -> Any:
        """Return the function.

        Raises
        ------
        PoleError
            If a divisor is zero at the point.
        """
        return self._read(node)[0]

    def _read(self, node: Node) -> tuple[Any, Fraction]:
        """Return the function and its value at the point."""
        if node not in self.known:
            self.known[node] = self._function(node)
        return self.known[node]

    def _function(self, node: Node) -> tuple[Any, Fraction]:
        head = node[0]
        if head == "number":
            return constant(self.over, node[1]), node[1]
        if head == "name":
            place = [str(symbol) for symbol in self.over.symbols].index(node[1])
            return self.over.gens[place], self.at[node[1]]
        if head == "**":
            base, value = self._read(node[1])
            power = int(node[2][1])
            if power < 0:
                self.divisors.append(base)
            return _power(base, power), _applied(head, [value, power])
        parts = [self._read(child) for child in node[1:]]
        if head == "/":
            self.divisors.append(parts[1][0])
        value = _applied(head, [own for _, own in parts])
        if head in {"min", "max"}:
            return next(part for part in parts if part[1] == value)
        if head == "abs":
            return parts[0] if parts[0][1] >= 0 else (-parts[0][0], value)
        return _applied(head, [own for own, _ in parts]), value


def _power(base: Any, power: int) -> Any:
    if power < 0:
        if not base:
            raise PoleError
        return (1 / base) ** -power
    return base**power if power else base.field.one


@dataclass(frozen=True)
class Borders:
    """Where trees change: see the module's opening.

    Attributes
    ----------
    poles, breaks : tuple
        Polynomials, as elements of the ring of the field.
    """

    poles: tuple[Any, ...]
    breaks: tuple[Any, ...]


def borders(nodes: Iterable[Node], over: Any) -> Borders:
    """Return the borders of some trees.

    Raises
    ------
    TooLargeError
        If a tree can be more than 256 different functions.
    """
    poles: dict[Any, None] = {}
    breaks: dict[Any, None] = {}
    known: dict[Node, tuple[Any, ...]] = {}

    def unlike(first: Any, second: Any) -> None:
        difference = (first - second).numer
        if difference:
            breaks.setdefault(difference)

    def divisor(value: Any) -> bool:
        if value:
            poles.setdefault(value.numer)
        return bool(value)

    def walk(node: Node) -> tuple[Any, ...]:
        if node not in known:
            found = tuple(dict.fromkeys(read(node)))
            if len(found) > MAX_BRANCHES:
                raise TooLargeError(
                    f"a formula with min, max or abs can be more than {MAX_BRANCHES} functions",
                    remedy="write it with fewer of them",
                )
            known[node] = found
        return known[node]

    def read(node: Node) -> Iterable[Any]:
        head = node[0]
        if head == "number":
            return [constant(over, node[1])]
        if head == "name":
            return [over.gens[[str(symbol) for symbol in over.symbols].index(node[1])]]
        if head == "**":
            power = int(node[2][1])
            return [_power(own, power) for own in walk(node[1]) if power >= 0 or divisor(own)]
        parts = [walk(child) for child in node[1:]]
        if head in {"min", "max"}:
            for one, two in itertools.combinations(parts, 2):
                for first, second in itertools.product(one, two):
                    unlike(first, second)
            return [own for part in parts for own in part]
        if head == "abs":
            for own in parts[0]:
                unlike(own, over.zero)
            return [value for own in parts[0] for value in (own, -own)]
        if head == "/":
            parts[1] = tuple(own for own in parts[1] if divisor(own))
        return [_applied(head, own) for own in itertools.product(*parts)]

    for node in nodes:
        walk(node)
    return Borders(tuple(poles), tuple(breaks))
