"""Tipping curves: where in the plane of two inputs an outcome changes.

With two inputs open, an outcome can change only where one of certain polynomials in both is zero
(:mod:`negotiation.what_if.boundaries`): their irreducible factors are the **candidates**. A
candidate on which it does change is a boundary, a **curve**.

For the equilibria of a payoff matrix, for acceptance and for ratification all candidates are
known. Which of them are curves is found as in a cylindrical algebraic decomposition (Collins
1975). At a *critical* value of the first input two candidates or poles meet, or one of them turns
back, runs off or enters the range of the second: discriminants, leading coefficients and
resultants are zero there. Between two neighbouring critical values the candidates are arcs side by
side, and what holds between and on them stays the same. So that one line between them sees all
there is: along it the changes are found exactly
(:func:`negotiation.what_if.tipping.tipping_points`), and each lies on one candidate only. Lines in
the other direction see the candidates that run straight up. Where formulas have min, max or abs,
the plane is first cut up by their breaks in the same way, and the polynomials are collected from
every cell.

For other verdicts on agreements, and for bargaining solutions, changes are found exactly along
the lines of a grid, and the candidates around each of them. Then the lines between all crossings
of the curves found are looked along too, until no curve is new. What no line meets is missed.

The curves found, poles and limits cut the range of the first input into strips, in each of which
they run side by side. So what holds between them all over a strip is what holds between them on
one line of it: the **regions** of the plane are known as well as the curves are. The map says what
holds at the points of a grid.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import gcd
from typing import Any

from negotiation.errors import NegotiationError
from negotiation.exact import exact, whole
from negotiation.model.model import Model
from negotiation.model.symbolic import Around, Inputs, PoleError, borders, field_of
from negotiation.results import Result, Table, said
from negotiation.roots import Algebraic, Number, Polynomial, between, integral, roots, sign_at
from negotiation.what_if.boundaries import Everywhere, Nearby, Spot, boundaries
from negotiation.what_if.outcomes import differing, short_name, told
from negotiation.what_if.points import checked_model, knob
from negotiation.what_if.tipping import checked_outputs, symbol, tipping_points
from negotiation.what_if.tipping_results import Bracket, TippingPoint, TippingPoints, plain

__all__ = ["Curve", "Strip", "TippingCurves", "tipping_curves"]

MAX_CURVES = 60
"""Most polynomials of which all crossings are worked out."""
MAX_LINES = 250
"""Most lines along which changes are looked for, where all candidates are known."""
MANY_LINES = 60
"""The same where they are not."""
CLOSE = (Fraction(1, 10**6), Fraction(1, 10**12), Fraction(1, 10**24))
"""Shares of the range within which candidates around a change are looked for."""


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
class Strip:
    """A part of the plane, from one value of the first input to another, and its regions.

    Between the two the walls do not meet, begin or end: as many of them are crossed on each line.

    Attributes
    ----------
    low, high : Fraction or Algebraic
        Values of the first input; the strip lies between them.
    holds : tuple
        What holds up to the first wall, between the first and the second, and so on, as the second
        input grows; None in a gap and where it is not known.
    """

    low: Number
    high: Number
    holds: tuple[Any, ...]


@dataclass(frozen=True)
class TippingCurves(Result):
    """Boundaries in the plane of two inputs, and a map; see the module's opening.

    ``guarantee`` is ``"all"`` where all curves along which the outcome changes are listed;
    ``"pure"`` where the same is true of the pure equilibria, and the mixed ones are left out;
    ``"some"`` where only the changes along some lines are known.

    Attributes
    ----------
    paths : tuple of str
        The two inputs.
    output : str
        What was looked at.
    curves : tuple of Curve
        On each of them a change was found.
    poles : tuple of Curve
        Where a formula may divide by zero.
    crossed : tuple of Curve
        Those of them across which the outcome was found to change.
    candidates : tuple of Curve
        All polynomials that were looked at, the curves among them.
    values : tuple of tuple of Fraction
        The grid's values of each input.
    grid : tuple of tuple
        ``grid[i][j]`` holds at value i of the first and j of the second; None in a gap.
    limits : tuple of Curve
        Where numbers of the model reach 0 or 1, past which it may have no outcome.
    strips : tuple of Strip
        The regions; none where there are too many.
    """

    paths: tuple[str, str]
    output: str
    curves: tuple[Curve, ...]
    poles: tuple[Curve, ...]
    candidates: tuple[Curve, ...]
    values: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
    grid: tuple[tuple[Any, ...], ...]
    notes: tuple[str, ...] = ()
    crossed: tuple[Curve, ...] = ()
    limits: tuple[Curve, ...] = ()
    strips: tuple[Strip, ...] = ()

    @property
    def kinds(self) -> tuple[Any, ...]:
        """The different outcomes, in the order in which they first occur."""
        cells = itertools.chain(*self.grid, *(strip.holds for strip in self.strips))
        return tuple(dict.fromkeys(cell for cell in cells if cell is not None))

    @property
    def walls(self) -> tuple[Curve, ...]:
        """What the regions lie between: curves, poles and limits."""
        return tuple(dict.fromkeys((*self.curves, *self.poles, *self.limits)))

    def crossings(self, value: Fraction) -> list[Number]:
        """Return where the walls are crossed at a value of the first input, off their ends."""
        low, high = self.values[1][0], self.values[1][-1]
        return _inner([wall.on_line(0, value) for wall in self.walls], low, high)

    def at(self, value: object, other: object) -> Any:
        """Return what holds at a point, from the region it lies in.

        None on the border of a region, outside the ranges, in a gap, and where it is not known.

        Examples
        --------
        >>> import negotiation as ng
        >>> chicken = ng.load("classics/chicken")
        >>> found = tipping_curves(
        ...     chicken, "parameters.crash", "parameters.lose", low=-3, high=0, points=2
        ... )
        >>> found.at(-2, -1.5).outcomes, found.at(-0.5, -1.5).outcomes
        (('swerve/straight', 'straight/swerve'), ('straight/straight',))
        """
        here, there = exact(value, where=self.paths[0]), exact(other, where=self.paths[1])
        low, high = self.values[1][0], self.values[1][-1]
        strip = next((own for own in self.strips if own.low <= here <= own.high), None)
        on_a_wall = any(sign_at(wall.on_line(0, here), there) == 0 for wall in self.walls)
        if strip is None or on_a_wall or not low <= there <= high:
            return None
        if here in (strip.low, strip.high):
            # where two strips meet: go aside, and not as far as the next wall
            lines = [wall.on_line(1, there) for wall in self.walls]
            first, last = self.values[0][0], self.values[0][-1]
            stops = [strip.low, strip.high, *roots(lines, first, last)]
            if here == strip.low:
                here = between(here, min(stop for stop in stops if stop > here))
            else:
                here = between(max(stop for stop in stops if stop < here), here)
        return strip.holds[sum(place < there for place in self.crossings(here))]

    def data(self) -> dict[str, Any]:
        """Return curves and map as plain data."""
        return {
            "paths": list(self.paths),
            "output": self.output,
            "curves": [str(curve) for curve in self.curves],
            "poles": [str(curve) for curve in self.poles],
            "crossed": [str(curve) for curve in self.crossed],
            "candidates": [str(curve) for curve in self.candidates],
            "values": [list(own) for own in self.values],
            "grid": [[plain(cell) for cell in row] for row in self.grid],
            "guarantee": self.guarantee,
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the curves, the map with a letter for each outcome, and the letters."""
        marks = {kind: _mark(place) for place, kind in enumerate(self.kinds)}
        game = self.output.endswith(".equilibria")
        change = "the equilibria change" if game else f"{short_name(self.output)} changes"
        rows = [[str(curve), change] for curve in self.curves]
        for curve in self.poles:
            across = f", and across it {change}" if curve in self.crossed else ""
            rows.append([str(curve), f"a formula divides by zero{across}"])
        first, second = self.paths
        parts, same = differing(self.kinds)
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
                ["mark", "equilibria" if game else short_name(self.output)],
                [[mark, told(own)] for mark, own in zip(marks.values(), parts, strict=True)],
                notes=[] if same is None else [f"Wherever there is one: {told(same)}."],
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
    output: str | None = None,
    points: int = 9,
    progress: Callable[[int, int], None] | None = None,
) -> TippingCurves:
    """Find the exact curves in two inputs at which an outcome changes.

    Parameters
    ----------
    model : Model
    path, other : str
        Paths of two numbers.
    low, high, other_low, other_high : number, optional
        Their ranges. Default: as declared.
    output : str, optional
        Output path of what to look at: the equilibria of a payoff matrix (the default), a verdict
        (``.holds``) on a named agreement or a solution, the agreement of a bargaining solution.
    points : int
        Points of the map in each direction; at least 2.
    progress : callable, optional
        Called with the number of lines done and of those known so far.

    Returns
    -------
    TippingCurves

    Raises
    ------
    NegotiationError
        If no output is named and the model states no payoff matrix, if it is not known exactly
        where the output changes, if the inputs are the same or a range is missing.
    UnknownNameError
        For an unknown path or output, with close matches.

    Notes
    -----
    One search for tipping points per line: with n candidates of low degree there are up to about
    n**2 lines, 42 of them and two seconds for a 3 by 3 game with 14 candidates. Complete for
    equilibria, acceptance and ratification; for other outputs see the module's opening.

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
    if output is None and model.spec.normal_form is None:
        raise NegotiationError(
            f"'{model.title}' states no payoff matrix, and no output is named",
            remedy="name one, such as stability.verdicts.NAME.acceptable.holds",
        )
    (name,) = checked_outputs(model, output or "normal_form.equilibria", None)
    points = whole(points, "points", least=1)
    if points < 2:
        raise NegotiationError("a map of one point", where="points", remedy="give 2 or more")
    paths = (own[0].path, own[1].path)
    names = (symbol(paths[0]), symbol(paths[1]))
    if names[0] == names[1]:
        names = ("x", "y")
    first, second = (
        tuple(a + (b - a) * Fraction(k, points - 1) for k in range(points)) for a, b in ranges
    )
    plane = _Plane(model, paths, names, ranges, name)
    if plane.sought is None:
        raise NegotiationError(
            f"there are no curves of {name}: where it changes is not known exactly",
            remedy="ask for equilibria, another verdict (.holds) or the agreement of a "
            "bargaining solution, or sweep both inputs",
        )
    looked = _Looked(plane, progress)
    guarantee, note = looked.everywhere((first, second))
    rows = []
    for value in first:
        found = looked.along(0, value)
        rows.append((None,) * points if found is None else tuple(map(found.at, second)))
    return TippingCurves(
        paths,
        name,
        tuple(sorted(looked.curves, key=_order)),
        plane.poles,
        looked.candidates,
        (first, second),
        tuple(rows),
        (note,),
        tuple(sorted(looked.crossed, key=_order)),
        looked.limits,
        looked.strips(),
        guarantee=guarantee,
    )


Axes = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
"""Values of the first and of the second input."""
Line = tuple[int, Fraction]
"""Which of the two inputs is the same all along it, and its value."""


@dataclass(frozen=True, eq=False)
class _Plane:
    """Two inputs of a model, each with a range, and an output."""

    model: Model
    paths: tuple[str, str]
    names: tuple[str, str]
    ranges: tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]
    output: str

    @cached_property
    def inputs(self) -> Inputs:
        """The model with both open."""
        return Inputs(self.model, dict(zip(self.paths, self.names, strict=True)))

    @cached_property
    def sought(self) -> Everywhere | Nearby | None:
        """Where the output can change."""
        return boundaries(self.inputs, self.names, self.output)

    @cached_property
    def nodes(self) -> tuple[Any, ...]:
        """The numbers that matter."""
        own = self.sought.nodes if isinstance(self.sought, Everywhere) else ()
        return tuple(dict.fromkeys((*own, *self.inputs.moving)))

    @cached_property
    def poles(self) -> tuple[Curve, ...]:
        """Where a formula may divide by zero."""
        return _irreducible(borders(self.nodes, field_of(self.names)).poles, self.names)

    def along(self, line: Line, cuts: Iterable[Curve] = ()) -> TippingPoints | None:
        """Return the changes along a line; None where the model has no meaning on it.

        It is asked for at the model's own value of the other input, in the middle of its range,
        and between all zeros of `cuts`.
        """
        place, value = line
        path, other = self.paths[place], self.paths[1 - place]
        low, high = self.ranges[1 - place]
        zeros = _inner((c.on_line(*line) for c in cuts), low, high)
        samples = [between(a, b) for a, b in pairwise([low, *zeros, high])]
        for changes in ({}, {other: (low + high) / 2}, *({other: own} for own in samples)):
            try:
                model = self.model.override({path: value, **changes})
            except NegotiationError:
                continue
            return tipping_points(model, other, low, high, output=self.output)
        return None

    def lines(self, curves: Sequence[Curve], most: int = MAX_LINES) -> list[Line] | None:
        """Return lines between all neighbouring critical values; None if they are too many."""
        if len(curves) > MAX_CURVES:
            return None
        found = [(place, value) for place in (0, 1) for value in self._between(curves, place)]
        return found if len(found) <= most else None

    def _between(self, curves: Sequence[Curve], place: int) -> tuple[Fraction, ...]:
        return tuple(between(a, b) for a, b in pairwise(self.critical(curves, place)))

    def critical(self, curves: Sequence[Curve], place: int) -> list[Number]:
        """Return the critical values of one of the inputs, with the ends of its range."""
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
        return [low, *_inner(found, low, high), high]

    def candidates(
        self, everywhere: Everywhere, grid: Axes
    ) -> tuple[tuple[Curve, ...], tuple[Curve, ...], bool]:
        """Return the irreducible polynomials that can matter, the limits, and whether all are here.

        Limits are where a number of the model reaches 0 or 1, past which some are not allowed. If
        the plane has too many cells they all are those at the points of a grid.
        """
        over = field_of(self.names)
        edges = borders(self.nodes, over)
        points = self._cells((*self.poles, *_irreducible(edges.breaks, self.names)))
        read: set[tuple[Any, ...]] = set()
        found: dict[Any, None] = dict.fromkeys(edges.breaks)
        limits: dict[Any, None] = {}
        for x, y in itertools.product(*grid) if points is None else points:
            around = Around(over, {self.names[0]: x, self.names[1]: y})
            try:
                functions = tuple(around.function(node) for node in self.nodes)
            except PoleError:
                continue
            if functions in read:
                continue
            read.add(functions)
            known = dict(zip(self.nodes, functions, strict=True))
            own = {node: known[node] for node in everywhere.nodes}
            found |= dict.fromkeys(everywhere.polynomials(own))
            if self.model.demands:
                ends = (over.zero, over.one)
                for node in self.inputs.moving:
                    limits |= dict.fromkeys((known[node] - end).numer for end in ends)
        named = [_irreducible(own, self.names) for own in (found, limits)]
        return named[0], named[1], points is not None

    def _cells(self, curves: Sequence[Curve]) -> list[tuple[Fraction, Fraction]] | None:
        """Return a point in every cell of the plane; None if they are too many."""
        lines = self.lines(curves)
        if lines is None:
            return None
        low, high = self.ranges[1]
        found = []
        for place, x in lines:
            if place == 0:
                inner = _inner([curve.on_line(0, x) for curve in curves], low, high)
                found += [(x, between(a, b)) for a, b in pairwise([low, *inner, high])]
        return found

    def around(self, nearby: Nearby, line: Line, point: TippingPoint) -> list[Curve]:
        """Return the candidates on which a change lies."""
        place, value = line
        at = point.value
        low, high = self.ranges[1 - place]
        found: list[Curve] = []
        for share in CLOSE:
            width = (high - low) * share
            if isinstance(at, Algebraic):
                near = at.refine(width)
                spot = Spot(place, value, near.low, near.high)
            elif isinstance(at, Fraction):
                spot = Spot(place, value, at - width, at + width)
            else:
                return []
            every = _irreducible(nearby.polynomials(spot), self.names)
            found = _on(every, line, at) or found
            if found and (nearby.concept or len(found) == len(every)):
                break  # nothing else turns as close as that
        return found


@dataclass(eq=False)
class _Looked:
    """The lines looked along, and the candidates on which changes lie."""

    plane: _Plane
    progress: Callable[[int, int], None] | None = None
    known: dict[Line, TippingPoints | None] = field(default_factory=dict)
    candidates: tuple[Curve, ...] = ()
    limits: tuple[Curve, ...] = ()
    touched: list[list[Curve]] = field(default_factory=list)
    crossed: set[Curve] = field(default_factory=set)
    unexplained: int = 0
    all_between: bool = False
    """Whether a line was looked along between all neighbouring crossings."""

    def strips(self) -> tuple[Strip, ...]:
        """Return the regions of the plane."""
        plane, low, high = self.plane, *self.plane.ranges[1]
        if not self.all_between:
            return ()
        walls = tuple(dict.fromkeys((*self.curves, *plane.poles, *self.limits)))
        strips = []
        for left, right in pairwise(plane.critical(walls, 0)):
            inside = [at for place, at in self.known if place == 0 and left < at < right]
            value = inside[0] if inside else between(left, right)
            found = self.along(0, value)
            zeros = _inner((wall.on_line(0, value) for wall in walls), low, high)
            parts = pairwise([low, *zeros, high])
            holds = [None if found is None else _all_over(found, a, b) for a, b in parts]
            strips.append(Strip(left, right, tuple(holds)))
        return tuple(strips)

    def along(self, place: int, value: Fraction) -> TippingPoints | None:
        """Return the changes along a line."""
        line = (place, value)
        if line not in self.known:
            self.known[line] = self.plane.along(line, (*self.plane.poles, *self.limits))
        return self.known[line]

    def look(self, lines: Sequence[Line]) -> set[str]:
        """Look along lines for changes and the candidates they lie on; return the guarantees."""
        kinds = set()
        total = len({*self.known, *lines})
        for line in lines:
            new = line not in self.known
            found = self.along(*line)
            if self.progress is not None and new:
                self.progress(len(self.known), total)
            if found is None:
                continue  # the model has no meaning on it
            kinds.add(found.guarantee)
            for point in found.points:
                self._explain(line, point)
            for gap in found.gaps:
                if gap.changes and not isinstance(gap.low, Bracket) and gap.low == gap.high:
                    self.crossed.update(_on(self.plane.poles, line, gap.low))
        return kinds

    def _explain(self, line: Line, point: TippingPoint) -> None:
        """Note the candidates on which a change lies."""
        sought, at = self.plane.sought, point.value
        here: list[Curve] = []
        if isinstance(sought, Nearby):
            here = self.plane.around(sought, line, point)
            self.candidates = tuple(sorted({*self.candidates, *here}, key=_order))
        elif not isinstance(at, Bracket):
            here = _on(self.candidates, line, at)
        if here:
            self.touched.append(here)
        else:
            self.unexplained += 1

    @property
    def curves(self) -> set[Curve]:
        """The candidates that explain the changes.

        Where several cross, those seen by themselves elsewhere explain the change.
        """
        seen = {own[0] for own in self.touched if len(own) == 1}
        return seen | {c for own in self.touched if not seen.intersection(own) for c in own}

    def everywhere(self, grid: Axes) -> tuple[str, str]:
        """Look along as many lines as it takes; return the guarantee, and what to know about it."""
        plane = self.plane
        rows: list[Line] = [(place, value) for place in (0, 1) for value in grid[place]]
        if isinstance(plane.sought, Everywhere):
            self.candidates, self.limits, complete = plane.candidates(plane.sought, grid)
            every = (*self.candidates, *plane.poles, *self.limits)
            lines = plane.lines(every) if complete else None
            kinds = self.look(rows if lines is None else lines)
            count = f"of {len(self.candidates)} that can matter"
            self.all_between = lines is not None
            if lines is not None and "some" not in kinds and not self.unexplained:
                return "pure" if "pure" in kinds else "all", (
                    f"All curves along which the outcome changes, {count}: looked for on "
                    f"{len(lines)} lines, one between all neighbouring crossings."
                )
            return "some", self._noted(f", {count}")
        self.look(rows)
        while not self.all_between:
            found = self.curves
            lines = plane.lines((*sorted(found, key=_order), *plane.poles), MANY_LINES)
            if lines is None or len({*self.known, *lines}) > MANY_LINES + len(rows):
                break
            self.look([line for line in lines if line not in self.known])
            self.all_between = found == self.curves
        return "some", self._noted(
            ", one between all neighbouring crossings of these among them"
            if self.all_between
            else ""
        )

    def _noted(self, more: str) -> str:
        """Say what is known where not all curves are."""
        note = (
            f"Curves on which a change was found along {len(self.known)} lines{more}; one that no "
            "line meets is missing."
        )
        if self.unexplained:
            note += f" Of {self.unexplained} changes the curve is not known."
        return note


def _inner(polynomials: Iterable[Polynomial], low: Fraction, high: Fraction) -> list[Number]:
    """Return the zeros strictly between two numbers, in increasing order."""
    return [at for at in roots(polynomials, low, high) if low < at < high]


def _all_over(found: TippingPoints, low: Number, high: Number) -> Any:
    """Return what holds all along an open interval; None where nothing is known to."""
    for piece in found.pieces:
        if (
            not isinstance(piece.low, Bracket)
            and not isinstance(piece.high, Bracket)
            and piece.low <= low
            and high <= piece.high
        ):
            return piece.holds
    return None


def _on(curves: Iterable[Curve], line: Line, at: Any) -> list[Curve]:
    """Return the curves that run through a point of a line, and not all along it."""
    found = []
    for curve in curves:
        poly = curve.on_line(*line)
        if len(poly) > 1 and sign_at(poly, at) == 0:
            found.append(curve)
    return found


def _order(curve: Curve) -> tuple[Any, ...]:
    """Return what puts the simplest first."""
    return (curve.terms[0][0], len(curve.terms), curve.terms)


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
    return tuple(sorted(found, key=_order))


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.numerator), int(value.denominator))
