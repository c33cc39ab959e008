"""Tipping curves: where in the plane of two inputs the set of equilibria changes.

With two inputs open, what decides the equilibria (:mod:`negotiation.what_if.deciders`) is a set
of polynomials in both. The set of equilibria can change only where one of their irreducible
factors is zero: these are the **candidates**. A candidate on which it does change is a boundary,
a **curve**.

Which ones these are is found as in a cylindrical algebraic decomposition (Collins 1975). At a
*critical* value of the first input two candidates or poles meet, or one of them turns back, runs
off or enters the range of the second: discriminants, leading coefficients and resultants are zero
there. Between two neighbouring critical values the candidates are arcs side by side, and what
holds between and on them stays the same. So that one line between them sees all there is: along
it the changes are found exactly (:func:`negotiation.what_if.tipping.tipping_points`), and each lies
on one candidate only. Lines in the other direction see the candidates that run straight up.

Where formulas have min, max or abs, the plane is first cut up by their breaks in the same way, and
the polynomials are collected from every cell. The map says what holds at the points of a grid.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import Any

from negotiation.errors import NegotiationError
from negotiation.exact import whole
from negotiation.model.model import Model
from negotiation.results import Result, Table, said
from negotiation.what_if.deciders import EquilibriumDecider, decider, numerators
from negotiation.what_if.outcomes import Structure
from negotiation.what_if.points import checked_model, knob
from negotiation.what_if.roots import Polynomial, between, integral, roots, sign_at
from negotiation.what_if.symbolic import Around, Inputs, PoleError, borders, field_of
from negotiation.what_if.tipping import symbol, tipping_points
from negotiation.what_if.tipping_results import Bracket, TippingPoints

__all__ = ["Curve", "TippingCurves", "tipping_curves"]

MAX_CURVES = 60
"""Most polynomials of which all crossings are worked out."""
MAX_LINES = 250
"""Most lines along which changes are looked for."""


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

    ``guarantee`` is ``"all"`` where all curves along which the equilibria change are listed;
    ``"pure"`` where the same is true of the pure equilibria, and the mixed ones are left out;
    ``"some"`` where too many candidates cross, so that only the lines of the grid are looked along.

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

    Notes
    -----
    One search for tipping points per line: with n candidates of low degree there are up to about
    n**2 lines, 42 of them and two seconds for a 3 by 3 game with 14 candidates.

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
    plane = _Plane(model, paths, names, ranges)
    candidates, poles, complete = plane.candidates((values[0], values[1]))
    lines = plane.lines((*candidates, *poles)) if complete else None
    touched: list[list[Curve]] = []
    rows: list[tuple[Structure | None, ...]] = []
    kinds = {"all"}
    for place in (0, 1):
        sought = values[place] if lines is None else lines[place]
        for value in dict.fromkeys((*(values[0] if place == 0 else ()), *sought)):
            found = plane.along(place, value)
            if found is None:
                complete = complete and value not in sought
            elif value in sought:
                kinds.add(found.guarantee)
                touched += (
                    [c for c in candidates if sign_at(c.on_line(place, value), at) == 0]
                    for at in (point.value for point in found.points)
                    if not isinstance(at, Bracket)
                )
            if place == 0 and value in values[0]:
                rows.append((None,) * points if found is None else tuple(map(found.at, values[1])))
    # where several cross, those seen by themselves elsewhere explain the change
    seen = {own[0] for own in touched if len(own) == 1}
    seen |= {curve for own in touched if not seen.intersection(own) for curve in own}
    if lines is None or not complete:
        note = (
            f"Curves on which a change was found along the {2 * points} lines of the grid, of "
            f"{len(candidates)} that can matter; a small one between the lines may be missing."
        )
        guarantee = "some"
    else:
        note = (
            f"All curves along which the equilibria change, of {len(candidates)} that can matter: "
            f"looked for on {sum(map(len, lines))} lines, one between all neighbouring crossings."
        )
        guarantee = next(kind for kind in ("some", "pure", "all") if kind in kinds)
    return TippingCurves(
        paths,
        tuple(curve for curve in candidates if curve in seen),
        poles,
        candidates,
        (values[0], values[1]),
        tuple(rows),
        (note,),
        guarantee=guarantee,
    )


Axes = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
"""Values of the first and of the second input."""


@dataclass(frozen=True, eq=False)
class _Plane:
    """Two inputs of a model, each with a range."""

    model: Model
    paths: tuple[str, str]
    names: tuple[str, str]
    ranges: tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]

    def along(self, place: int, value: Fraction) -> TippingPoints | None:
        """Return the changes along a line on which one input has a value."""
        path, other = self.paths[place], self.paths[1 - place]
        middle = sum(self.ranges[1 - place], Fraction(0)) / 2
        for changes in ({path: value}, {path: value, other: middle}):
            try:
                line = self.model.override(changes)
            except NegotiationError:  # a pole at the model's own value of the other input
                continue
            return tipping_points(line, other, *self.ranges[1 - place])
        return None

    def lines(self, curves: Sequence[Curve]) -> Axes | None:
        """Return values of each input between all neighbouring critical ones; None if too many."""
        if len(curves) > MAX_CURVES:
            return None
        found = (self._between(curves, 0), self._between(curves, 1))
        return found if sum(map(len, found)) <= MAX_LINES else None

    def _between(self, curves: Sequence[Curve], place: int) -> tuple[Fraction, ...]:
        from sympy import Poly, Symbol  # noqa: PLC0415  half a second that most runs never need

        axis, other = (Symbol(self.names[k], real=True) for k in (place, 1 - place))
        polys = [Poly(curve.sympy(), other) for curve in curves]
        critical = [poly.LC() for poly in polys]  # itself where the other input is not in it
        critical += [poly.discriminant() for poly in polys if poly.degree() > 1]
        tall = [poly for poly in polys if poly.degree() > 0]
        critical += [one.resultant(two) for one, two in itertools.combinations(tall, 2)]
        found = {integral(map(str, Poly(own, axis).all_coeffs())) for own in critical}
        found |= {
            curve.on_line(1 - place, end) for curve in curves for end in self.ranges[1 - place]
        }
        low, high = self.ranges[place]
        inner = [at for at in roots(found, low, high) if low < at < high]
        return tuple(between(a, b) for a, b in pairwise([low, *inner, high]))

    def candidates(self, grid: Axes) -> tuple[tuple[Curve, ...], tuple[Curve, ...], bool]:
        """Return the irreducible polynomials that can matter, the poles, and whether these are all.

        If the plane has too many cells they are those at the points of a grid.
        """
        inputs = Inputs(self.model, dict(zip(self.paths, self.names, strict=True)))
        game = decider(self.model, inputs, self.paths[0], "normal_form.equilibria")
        assert isinstance(game, EquilibriumDecider)
        over = field_of(self.names)
        edges = borders(game.nodes, over)
        poles = _irreducible(edges.poles, self.names)
        breaks = _irreducible(edges.breaks, self.names)
        points = self._cells((*poles, *breaks))
        complete = points is not None
        read: set[tuple[Any, ...]] = set()
        found: dict[Any, None] = dict.fromkeys(edges.breaks)
        for x, y in itertools.product(*grid) if points is None else points:
            around = Around(over, {self.names[0]: x, self.names[1]: y})
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
        return _irreducible(found, self.names), poles, complete

    def _cells(self, curves: Sequence[Curve]) -> list[tuple[Fraction, Fraction]] | None:
        """Return a point in every cell of the plane; None if they are too many."""
        lines = self.lines(curves)
        if lines is None:
            return None
        low, high = self.ranges[1]
        found = []
        for x in lines[0]:
            crossed = roots([curve.on_line(0, x) for curve in curves], low, high)
            inner = [at for at in crossed if low < at < high]
            found += [(x, between(a, b)) for a, b in pairwise([low, *inner, high])]
        return found


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
