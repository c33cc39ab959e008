"""Tornado: each number of a model across its range, one at a time.

With all else as the model says, one number goes from the low end of its declared range to the
high end; the output is evaluated exactly at both ends, and at points in equal steps between them
where more than two are asked for. The **effect** is the largest minus the smallest value found,
the model's own value among them where it lies inside the range. Inputs are sorted by it. With
two points an effect that is largest inside the range is not seen; more points, or tipping
points, which are exact, tell it.

:func:`flips` asks the same of yes and no: which number flips which verdict, at which end.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.exact import names_of, show, whole
from negotiation.model.model import Model
from negotiation.results import Result, Table, Tied, fields_of, said
from negotiation.stability import CRITERIA
from negotiation.what_if.compare import measured
from negotiation.what_if.points import Evaluator, Over, checked_model, knob, number, turned

__all__ = ["Bar", "Flip", "Flips", "Swing", "Tornado", "flips", "tornado"]

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Bar:
    """One bar of the plot: pure data."""

    label: str
    low: Fraction | None
    high: Fraction | None
    base: Fraction | None


@dataclass(frozen=True)
class Swing:
    """What one input does to the output.

    Attributes
    ----------
    path : str
        The input.
    low, high : Fraction
        Its range.
    at_low, at_high : Fraction or None
        The output there; None where it has no value, and `failures` say why.
    least, most : Fraction or None
        The smallest and the largest value found.
    direction : str
        ``"up"``, ``"down"`` (never the other way, at the points evaluated), ``"both"`` or
        ``"none"``.
    flips : tuple of str
        Where the yes or no behind the output is another than the model's: ``"low"``,
        ``"high"``, or the value in between.
    failures : tuple of str
        Where the output could not be had, with the reason.
    """

    path: str
    low: Fraction
    high: Fraction
    at_low: Fraction | None
    at_high: Fraction | None
    least: Fraction | None
    most: Fraction | None
    direction: str
    flips: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def effect(self) -> Fraction | None:
        """Largest minus smallest value; None where no value was found."""
        return None if self.most is None or self.least is None else self.most - self.least

    def data(self) -> dict[str, Any]:
        """Return the fields and the effect as plain data."""
        names = ("low", "high", "at_low", "at_high", "least", "most", "effect", "direction")
        data = {name: getattr(self, name) for name in names}
        return data | {"flips": list(self.flips), "failures": list(self.failures)}


@dataclass(frozen=True)
class Tornado(Result):
    """Inputs sorted by their effect on an output; see the module's opening.

    Attributes
    ----------
    output : str
        The number; the margin where a verdict was asked for.
    base : Fraction or None
        Its value in the model as it stands; None for a verdict without a margin.
    swings : tuple of Swing
        The largest effect first; those without effect last.
    holds : bool or None
        The yes or no behind the output, as the model stands.
    verdict : bool
        Whether there is one.
    points : int
        Points evaluated across each range.
    """

    output: str
    base: Fraction | None
    swings: tuple[Swing, ...]
    holds: bool | None = None
    verdict: bool = False
    points: int = 2

    def bars(self) -> tuple[Bar, ...]:
        """Return the bars of a plot, those with an effect only, the largest first."""
        return tuple(
            Bar(swing.path, swing.at_low, swing.at_high, self.base)
            for swing in self.swings
            if swing.effect
        )

    def data(self) -> dict[str, Any]:
        """Return base and swings as plain data."""
        return {
            "output": self.output,
            "base": self.base,
            "holds": self.holds,
            "points": self.points,
            "inputs": {swing.path: swing.data() for swing in self.swings},
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the inputs with an effect, those without, and what failed."""
        columns = ["input", "from", "to", "at low", "at high", "least", "most", "effect", "way"]
        rows = []
        for swing in self.swings:
            if not swing.effect and not swing.flips:
                continue
            row: list[Any] = [swing.path, swing.low, swing.high, swing.at_low, swing.at_high]
            row += [swing.least, swing.most, swing.effect, swing.direction]
            rows.append([*row, ", ".join(swing.flips)] if self.verdict else row)
        if self.verdict:
            columns.append("flips at")
        notes = [f"As the model stands: {show(self.base)}."]
        if self.verdict:
            notes = [f"As the model stands: {said(self.holds)} (at {show(self.base)})."]
        still = [s.path for s in self.swings if not s.effect and not s.flips and not s.failures]
        if still:
            notes.append("No effect: " + ", ".join(still))
        tables = [
            Table(f"What moves {self.output}", columns, rows, notes=notes, name="tornado"),
        ]
        failed = [[swing.path, reason] for swing in self.swings for reason in swing.failures]
        if failed:
            tables.append(
                Table("Where it could not be had", ["input", "why"], failed, name="failures")
            )
        return tuple(tables)


def tornado(
    model: Model,
    output: str,
    *,
    over: Over = None,
    points: int = 2,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Tornado:
    """Turn each number of a model across its range, one at a time, and sort by effect.

    Parameters
    ----------
    model : Model
    output : str
        Path of a number; yes and no are 1 and 0. A verdict means its margin, and where it flips
        is told besides.
    over : str, iterable of str, or mapping, optional
        Input paths; a mapping gives each its own range ``(low, high)``. Default: every number
        with a declared range.
    points : int
        Exact evaluations across each range, both ends among them; at least 2.
    jobs : int
        Processes; the answer is the same for any number.
    progress : callable, optional
        Called with the evaluations done and their number.

    Returns
    -------
    Tornado

    Raises
    ------
    NegotiationError
        If the output is no number, or no range is declared or given.
    UnknownNameError
        For an unknown output or input, with close matches.

    Examples
    --------
    >>> import negotiation as ng
    >>> mixed = "normal_form.equilibria.profiles.2.payoffs.first"
    >>> found = tornado(ng.load("classics/chicken"), mixed)
    >>> [(swing.path, swing.direction) for swing in found.swings]
    [('parameters.crash', 'down'), ('parameters.lose', 'up'), ('parameters.win', 'down')]
    """
    model = checked_model(model)
    path, yes = measured(model, output)
    points = whole(points, "points", least=1)
    if points < 2:
        raise NegotiationError("one point shows no effect", where="points", remedy="give 2 or more")
    jobs = whole(jobs, "jobs", least=1)
    asked = (path, yes) if yes and yes != path else (path,)
    base, *rest = Evaluator.of(model, asked)({})
    holds = rest[0] if rest else base if yes else None
    if base is not None or not yes:
        base = number(base, path)
    ranges = _ranges(model, over)
    grid = [
        (name, low + (high - low) * Fraction(step, points - 1))
        for name, low, high in ranges
        for step in range(points)
    ]
    found = _evaluated(Evaluator(model, asked), [{n: v} for n, v in grid], jobs, progress)
    swings = []
    for place, (name, low, high) in enumerate(ranges):
        own = slice(place * points, (place + 1) * points)
        at = [value for _, value in grid[own]]
        swings.append(_swing(model, name, (low, high), at, found[own], path, base, holds, yes))
    swings.sort(key=lambda s: (bool(s.effect or s.flips), s.effect or 0), reverse=True)
    return Tornado(path, base, tuple(swings), holds, bool(yes), points)


def _swing(
    model: Model,
    name: str,
    ends: tuple[Fraction, Fraction],
    at: list[Fraction],
    found: list[Any],
    path: str,
    base: Fraction | None,
    holds: bool | None,
    yes: str,
) -> Swing:
    """Put the values of one input together."""
    labels = ["low", *(show(value) for value in at[1:-1]), "high"]
    values: list[Fraction | None] = []
    flipped, failures = [], []
    for label, row in zip(labels, found, strict=True):
        value = None
        if isinstance(row, str):
            failures.append(f"at {label}: {row}")
        else:
            if isinstance(row[0], Tied):
                failures.append(f"at {label}: {path} is {row[0]}, solutions are tied there")
            elif row[0] is None:
                failures.append(f"at {label}: {path} has no value there")
            else:
                value = number(row[0], path)
            if yes and row[-1] != holds:
                flipped.append(label)
        values.append(value)
    curve = [(x, y) for x, y in zip(at, values, strict=True) if y is not None]
    own = knob(model, name).value
    if base is not None and ends[0] <= own <= ends[1]:
        curve.append((own, base))
    curve.sort()
    heights = [y for _, y in curve]
    steps = {(b > a) - (b < a) for a, b in itertools.pairwise(heights)} - {0}
    way = {frozenset({1}): "up", frozenset({-1}): "down", frozenset({1, -1}): "both"}
    return Swing(
        name,
        *ends,
        values[0],
        values[-1],
        min(heights, default=None),
        max(heights, default=None),
        way.get(frozenset(steps), "none"),
        tuple(flipped),
        tuple(failures),
    )


def _ranges(model: Model, over: Over) -> list[tuple[str, Fraction, Fraction]]:
    """Return path, low and high for every input to turn."""
    found = [(own.path, low, high) for own, low, high in turned(model, over)]
    if not found and over is None:
        raise NegotiationError(
            f"'{model.title}' declares no ranges",
            remedy="declare them, as in parameters: {x: {value: 1, low: 0, high: 2}}, or give "
            "over={'parameters.x': (0, 2)}",
        )
    if not found:
        raise NegotiationError("no inputs", where="over", remedy="name at least one input path")
    return found


@dataclass(frozen=True)
class _Task:
    """Evaluates one point; the reason as text where it cannot."""

    evaluate: Evaluator

    def __call__(self, changes: Mapping[str, Any]) -> tuple[Any, ...] | str:
        try:
            return self.evaluate(changes)
        except NegotiationError as error:
            return str(error)


def _evaluated(
    evaluate: Evaluator, points: list[dict[str, Fraction]], jobs: int, progress: Progress | None
) -> list[Any]:
    """Return the outputs at every point, in order."""
    task = _Task(evaluate)
    found: list[Any] = []

    def gather(rows: Iterable[Any]) -> list[Any]:
        for row in rows:
            found.append(row)
            if progress is not None:
                progress(len(found), len(points))
        return found

    if jobs == 1 or len(points) < 2:
        return gather(map(task, points))
    with ProcessPoolExecutor(min(jobs, len(points))) as pool:
        return gather(pool.map(task, points, chunksize=-(-len(points) // (4 * jobs))))


# ---- which number flips which verdict ----------------------------------------------------------


@dataclass(frozen=True)
class Flip:
    """A verdict that is another at one end of a range."""

    path: str
    end: str
    at: Fraction
    agreement: str
    criterion: str
    before: bool | None
    after: bool | None


@dataclass(frozen=True)
class Flips(Result):
    """Which number flips which verdict of which agreement, at which end of its range.

    Attributes
    ----------
    rows : tuple of Flip
    inputs, agreements : tuple of str
        What was turned, and whose verdicts were asked for.
    failures : tuple of tuple
        (input, end, reason) where the model has no outcome.
    """

    rows: tuple[Flip, ...]
    inputs: tuple[str, ...]
    agreements: tuple[str, ...]
    failures: tuple[tuple[str, str, str], ...] = ()

    def data(self) -> dict[str, Any]:
        """Return every flip as plain data."""
        return {
            "count": len(self.rows),
            "flips": [fields_of(row) for row in self.rows],
            "inputs": list(self.inputs),
            "agreements": list(self.agreements),
            "failures": [list(row) for row in self.failures],
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the flips, one row for each, and what failed."""
        columns = ["input", "end", "value", "agreement", "verdict", "from", "to"]
        rows = [
            [row.path, row.end, row.at, row.agreement, row.criterion, row.before, row.after]
            for row in self.rows
        ]
        moving = {row.path for row in self.rows}
        still = [path for path in self.inputs if path not in moving]
        notes = ["Flip nothing: " + ", ".join(still)] if still else []
        tables = [Table("Which number flips what", columns, rows, notes=notes, name="flips")]
        if self.failures:
            columns = ["input", "end", "why"]
            tables.append(
                Table("Where it could not be had", columns, self.failures, name="failures")
            )
        return tuple(tables)


def flips(
    model: Model,
    *,
    over: Over = None,
    agreements: Iterable[str] | str | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Flips:
    """Tell which number, at an end of its range, flips which verdict of the named agreements.

    Parameters
    ----------
    model : Model
        With issues, demands and named agreements.
    over, jobs, progress
        As in :func:`tornado`.
    agreements : iterable of str, optional
        Names; default: all the model names.

    Returns
    -------
    Flips

    Raises
    ------
    NegotiationError
        If the model names no agreement to judge, or no range is declared or given.
    UnknownNameError
        For an unknown agreement or input, with close matches.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("alaska/territory_for_commerce")
    >>> over = {"parameters.us_fallback": (0, 2)}
    >>> found = flips(model, agreements="commerce_first", over=over)
    >>> [(row.criterion, row.end) for row in found.rows if row.criterion == "acceptable"]
    [('acceptable', 'high')]
    """
    model = checked_model(model)
    judged = tuple(model.agreements if agreements is None else names_of(agreements, "agreements"))
    for name in judged:
        if name not in model.agreements:
            raise UnknownNameError.of("agreement", name, model.agreements)
    if not judged or not model.demands:
        raise NegotiationError(
            f"'{model.title}' has no named agreement with verdicts",
            remedy="add agreements and demands, or ask for the tornado of an output",
        )
    keys = [(name, own) for name in judged for own in ("holds", *CRITERIA)]
    paths = tuple(
        f"stability.verdicts.{name}.{own}" + ("" if own == "holds" else ".holds")
        for name, own in keys
    )
    evaluate = Evaluator(model, paths)
    before = evaluate({})
    grid = [
        (path, end, value)
        for path, low, high in _ranges(model, over)
        for end, value in (("low", low), ("high", high))
    ]
    found = _evaluated(evaluate, [{path: value} for path, _, value in grid], jobs, progress)
    rows, failures = [], []
    for (path, end, value), after in zip(grid, found, strict=True):
        if isinstance(after, str):
            failures.append((path, end, after))
            continue
        for (name, own), a, b in zip(keys, before, after, strict=True):
            if a is not b:
                rows.append(Flip(path, end, value, name, own, a, b))
    inputs = tuple(dict.fromkeys(path for path, _, _ in grid))
    return Flips(tuple(rows), inputs, judged, tuple(failures))
