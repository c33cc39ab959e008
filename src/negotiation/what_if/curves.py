"""Tipping curves: where in the plane of two inputs the set of equilibria changes.

With two inputs open, what decides the equilibria (:mod:`negotiation.what_if.deciders`) is a set
of polynomials in both. The set of equilibria can change only where one of their irreducible
factors is zero: these are the **candidates**. Along every line of a grid, in both directions, the
changes are found exactly (:func:`negotiation.what_if.tipping.tipping_points`); a candidate that is
zero at one of these is a boundary, a **curve**. The map says what holds at the grid's points.

Where formulas have min, max or abs, the polynomials are those of the branches in force at the
grid's points; a branch that is in force between them only is not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any

from negotiation.errors import NegotiationError
from negotiation.exact import FrozenMap, whole
from negotiation.model.model import Model
from negotiation.results import Result, Table, said
from negotiation.what_if.deciders import EquilibriumDecider, decider, numerators
from negotiation.what_if.outcomes import Structure
from negotiation.what_if.points import checked_model, knob
from negotiation.what_if.roots import Polynomial, integral, sign_at
from negotiation.what_if.symbolic import Around, Inputs, PoleError, borders, field_of
from negotiation.what_if.tipping import symbol, tipping_points
from negotiation.what_if.tipping_results import Bracket

__all__ = ["Curve", "TippingCurves", "tipping_curves"]


@dataclass(frozen=True)
class Curve:
    """The zeros of an irreducible polynomial in two inputs.

    Attributes
    ----------
    terms : tuple
        ((power of the first, power of the second), integer), the highest powers first.
    names : tuple of str
        What the inputs are called.
    """

    terms: tuple[tuple[tuple[int, int], int], ...]
    names: tuple[str, str]

    def sympy(self) -> Any:
        """Return the polynomial as a sympy expression."""
        import sympy  # noqa: PLC0415  half a second that most runs never need

        x, y = (sympy.Symbol(name, real=True) for name in self.names)
        return sympy.Add(*(value * x**i * y**j for (i, j), value in self.terms))

    def on_line(self, place: int, value: Fraction) -> Polynomial:
        """Return the polynomial that is left where one of the two inputs has a value."""
        found: dict[int, Fraction] = {}
        for powers, amount in self.terms:
            power = powers[1 - place]
            found[power] = found.get(power, Fraction(0)) + amount * value ** powers[place]
        return integral(found.get(k, 0) for k in range(max(found), -1, -1))

    def __str__(self) -> str:
        return f"{self.sympy()} = 0"


@dataclass(frozen=True)
class TippingCurves(Result):
    """Boundaries in the plane of two inputs, and a map; see the module's opening.

    Attributes
    ----------
    paths : tuple of str
        The two inputs.
    curves : tuple of Curve
        On each of them a change was found.
    poles : tuple of Curve
        Where a formula may divide by zero.
    candidates : tuple of Curve
        All polynomials that can matter, the curves among them.
    values : tuple of tuple of Fraction
        The grid's values of each input.
    grid : tuple of tuple
        ``grid[i][j]`` holds at value i of the first and j of the second; None in a gap.
    """

    paths: tuple[str, str]
    curves: tuple[Curve, ...]
    poles: tuple[Curve, ...]
    candidates: tuple[Curve, ...]
    values: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
    grid: tuple[tuple[Structure | None, ...], ...]
    notes: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return curves and map as plain data."""
        return {
            "paths": list(self.paths),
            "curves": [str(curve) for curve in self.curves],
            "poles": [str(curve) for curve in self.poles],
            "candidates": [str(curve) for curve in self.candidates],
            "values": [list(own) for own in self.values],
            "grid": [[cell.data() if cell else None for cell in row] for row in self.grid],
            "guarantee": self.guarantee,
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the curves, the map with a letter for each outcome, and the letters."""
        kinds = list(dict.fromkeys(cell for row in self.grid for cell in row if cell is not None))
        marks = {kind: _mark(place) for place, kind in enumerate(kinds)}
        rows = [[str(curve), "the equilibria change"] for curve in self.curves]
        rows += [[str(curve), "a formula divides by zero"] for curve in self.poles]
        first, second = self.paths
        return (
            Table("Boundaries", ["curve", "what"], rows, notes=self.notes, name="curves"),
            Table(
                f"Map: {first} down, {second} across",
                ["", *map(said, self.values[1])],
                [
                    [said(value), *("–" if cell is None else marks[cell] for cell in row)]
                    for value, row in zip(self.values[0], self.grid, strict=True)
                ],
                name="map",
            ),
            Table(
                "What holds",
                ["mark", "equilibria"],
                [[m, said(k)] for k, m in marks.items()],
                name="outcomes",
            ),
        )


def _mark(place: int) -> str:
    letter = chr(ord("A") + place % 26)
    return letter if place < 26 else f"{letter}{place // 26}"


def tipping_curves(
    model: Model,
    path: str,
    other: str,
    *,
    low: object = None,
    high: object = None,
    other_low: object = None,
    other_high: object = None,
    points: int = 9,
) -> TippingCurves:
    """Find the exact curves in two inputs at which the set of equilibria changes.

    Parameters
    ----------
    model : Model
        With a payoff matrix.
    path, other : str
        Paths of two numbers.
    low, high, other_low, other_high : number, optional
        Their ranges. Default: as declared.
    points : int
        Points of the map in each direction; at least 2.

    Raises
    ------
    NegotiationError
        If the model states no payoff matrix, the inputs are the same, or a range is missing.
    UnknownNameError
        For an unknown path, with close matches.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = tipping_curves(
    ...     ng.load("classics/chicken"), "parameters.crash", "parameters.lose", low=-3, high=0
    ... )
    >>> [str(curve) for curve in found.curves]
    ['crash - lose = 0']
    """
    model = checked_model(model)
    own = (knob(model, path), knob(model, other))
    if own[0].path == own[1].path:
        raise NegotiationError(f"{own[0].path} twice", remedy="name two different numbers")
    ranges = (own[0].ends(low, high), own[1].ends(other_low, other_high))
    if model.spec.normal_form is None:
        raise NegotiationError(
            f"'{model.title}' states no payoff matrix", remedy="ask for tipping points instead"
        )
    points = whole(points, "points", least=1)
    if points < 2:
        raise NegotiationError("a map of one point", where="points", remedy="give 2 or more")
    paths = (own[0].path, own[1].path)
    names = (symbol(paths[0]), symbol(paths[1]))
    if names[0] == names[1]:
        names = ("x", "y")
    values = tuple(
        tuple(a + (b - a) * Fraction(k, points - 1) for k in range(points)) for a, b in ranges
    )
    candidates, poles = _candidates(model, paths, names, (values[0], values[1]))
    touched: list[list[Curve]] = []
    rows: list[tuple[Structure | None, ...]] = []
    for place in (0, 1):
        for value in values[place]:
            try:
                line = model.override({paths[place]: value})
            except NegotiationError:  # a pole at the model's own value of the other input
                middle = sum(ranges[1 - place], Fraction(0)) / 2
                try:
                    line = model.override({paths[place]: value, paths[1 - place]: middle})
                except NegotiationError:
                    if place == 0:
                        rows.append((None,) * points)
                    continue
            found = tipping_points(line, paths[1 - place], *ranges[1 - place])
            for point in found.points:
                at = point.value
                assert not isinstance(at, Bracket)
                touched.append([c for c in candidates if sign_at(c.on_line(place, value), at) == 0])
            if place == 0:
                rows.append(tuple(found.at(v) for v in values[1]))
    # where several cross, those seen by themselves elsewhere explain the change
    seen = {own[0] for own in touched if len(own) == 1}
    seen |= {curve for own in touched if not seen.intersection(own) for curve in own}
    note = (
        f"Curves on which a change was found along the {2 * points} lines of the grid, of "
        f"{len(candidates)} that can matter."
    )
    return TippingCurves(
        paths,
        tuple(curve for curve in candidates if curve in seen),
        poles,
        candidates,
        (values[0], values[1]),
        tuple(rows),
        (note,),
        guarantee="some",
    )


def _candidates(
    model: Model,
    paths: tuple[str, str],
    names: tuple[str, str],
    values: tuple[tuple[Fraction, ...], tuple[Fraction, ...]],
) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    """Return the irreducible polynomials that can matter, and the poles."""
    inputs = Inputs(model, dict(zip(paths, names, strict=True)))
    game = decider(model, inputs, paths[0], "normal_form.equilibria")
    assert isinstance(game, EquilibriumDecider)
    over = field_of(names)
    edges = borders(game.nodes, over)
    read: set[tuple[Any, ...]] = set()
    found: dict[Any, None] = dict.fromkeys(edges.breaks)
    for x in values[0]:
        for y in values[1]:
            at: Mapping[str, Fraction] = FrozenMap({names[0]: x, names[1]: y})
            around = Around(over, at)
            try:
                functions = tuple(around.function(node) for node in game.nodes)
            except PoleError:
                continue
            if functions in read:
                continue
            read.add(functions)
            known = dict(zip(game.nodes, functions, strict=True))
            for player, payoffs in enumerate(game.payoffs):
                scaled, _ = numerators([known[node] for node in payoffs])
                found |= dict.fromkeys(game.elements(player, scaled).values())
    return _irreducible(found, names), _irreducible(edges.poles, names)


def _irreducible(polynomials: Any, names: tuple[str, str]) -> tuple[Curve, ...]:
    """Return the curves of the irreducible factors, the simplest first."""
    found = set()
    for polynomial in polynomials:
        if not polynomial:
            continue
        for factor, _ in polynomial.factor_list()[1]:
            terms = sorted(((i, j), _fraction(value)) for (i, j), value in factor.terms())
            terms.reverse()
            below = 1
            for _, value in terms:
                below = below * value.denominator // gcd(below, value.denominator)
            scaled = [int(value * below) for _, value in terms]
            common = gcd(*scaled) * (1 if scaled[0] > 0 else -1)
            pairs = zip(terms, scaled, strict=True)
            found.add(Curve(tuple((powers, v // common) for (powers, _), v in pairs), names))
    return tuple(
        sorted(found, key=lambda curve: (curve.terms[0][0], len(curve.terms), curve.terms))
    )


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.numerator), int(value.denominator))
