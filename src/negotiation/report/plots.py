"""Pictures of what-if results: what is drawn as plain data, and a thin function that draws it.

- :func:`bars`: a tornado, one bar per input, from the output at the low end of its range to the
  output at the high end.
- :func:`heat`: a sweep of two inputs, one cell per point, coloured by the output.
- :func:`lines`: a sweep of one input, one line per numeric output.
- :func:`strips`: tipping points, one strip per thing that holds somewhere in the range, filled
  where it does (a bifurcation diagram).
- :func:`plane`: tipping curves, and the regions between them filled by what holds there; only
  points where no regions are known.
- :func:`chances`: probabilities with their intervals.

The data functions need nothing but the result and are tested as such; :func:`draw` needs
matplotlib (extra ``plots``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from textwrap import fill
from textwrap import shorten as shorten_words
from typing import Any

from negotiation.errors import NegotiationError, shorten
from negotiation.exact import exact, nearest_float
from negotiation.results import Tied
from negotiation.roots import Algebraic, between
from negotiation.what_if.curves import Strip, TippingCurves
from negotiation.what_if.outcomes import Structure, differing, short_name, told
from negotiation.what_if.points import number
from negotiation.what_if.robustness import Robustness
from negotiation.what_if.sweep_results import Failure, Sweep
from negotiation.what_if.tipping_results import TippingPoints
from negotiation.what_if.tornado import Tornado

__all__ = [
    "BarData",
    "ChanceData",
    "HeatData",
    "LineData",
    "PlaneData",
    "RegionData",
    "StripData",
    "bars",
    "chances",
    "check_target",
    "draw",
    "heat",
    "lines",
    "looks_of",
    "plane",
    "plot_data",
    "strips",
]

ENDINGS = (".png", ".svg", ".pdf")
COLUMNS = 48  # lines on which the edges of a region are worked out
TINY = Fraction(1, 10**4)  # how close to an end of a strip they come, as a share of it
# colours that are told apart by everybody (Okabe and Ito 2008); yes and no have their own
YES, NO = "#0072B2", "#E69F00"
COLOURS = ("#009E73", "#CC79A7", "#56B4E9", "#F0E442", "#D55E00", "#999999", "#000000")


def looks_of(legend: Sequence[str]) -> list[dict[str, str]]:
    """Return how each outcome is filled; yes and no always look the same, no two look alike.

    Examples
    --------
    >>> looks_of(["no", "yes", "1: a/b"])[1:]
    [{'facecolor': '#0072B2', 'hatch': ''}, {'facecolor': '#009E73', 'hatch': ''}]
    """
    known = {"yes": {"facecolor": YES, "hatch": ""}, "no": {"facecolor": NO, "hatch": "///"}}
    others = (
        {"facecolor": colour, "hatch": mark * density}
        for density in itertools.count(1)
        for mark in ("", ".", "x", "o", "-", "|")
        if density == 1 or mark
        for colour in COLOURS
    )
    return [known.get(text) or next(others) for text in legend]


@dataclass(frozen=True)
class BarData:
    """A tornado: per bar a label and the output at the low and at the high end."""

    title: str
    base: float
    rows: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class HeatData:
    """A sweep of two inputs: a level per cell, None where it failed; level -> what it means."""

    title: str
    axes: tuple[str, str]
    ticks: tuple[tuple[str, ...], tuple[str, ...]]
    cells: tuple[tuple[float | None, ...], ...]
    legend: tuple[str, ...]
    """What the levels 0, 1, ... stand for; empty if they are the numbers themselves."""


@dataclass(frozen=True)
class LineData:
    """A sweep of one input: per output its value at each point, None where it failed."""

    axis: str
    ticks: tuple[float, ...]
    rows: tuple[tuple[str, tuple[float | None, ...]], ...]


@dataclass(frozen=True)
class StripData:
    """Tipping points: per thing that holds the spans (from, to) in which it does."""

    axis: str
    low: float
    high: float
    points: tuple[float, ...]
    rows: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]


@dataclass(frozen=True)
class RegionData:
    """A region of a plane: its level, and its left and right edge at values upwards."""

    level: int
    up: tuple[float, ...]
    left: tuple[float, ...]
    right: tuple[float, ...]


@dataclass(frozen=True)
class PlaneData:
    """Tipping curves: a level per point of the map, the regions, and where the curves run.

    ``curves`` holds for each a label and its terms: ((power, power), coefficient).
    """

    map: HeatData
    values: tuple[tuple[float, ...], tuple[float, ...]]
    curves: tuple[tuple[str, tuple[tuple[tuple[int, int], int], ...]], ...]
    regions: tuple[RegionData, ...] = ()


@dataclass(frozen=True)
class ChanceData:
    """Probabilities: per row a label, the share of draws and the ends of its interval."""

    title: str
    rows: tuple[tuple[str, float, float, float], ...]


PlotData = BarData | HeatData | LineData | PlaneData | StripData | ChanceData


def bars(result: Tornado) -> BarData:
    """Return the bars of a tornado, those with an effect, the largest first.

    An end at which there is no value is drawn at the base.
    """
    base = _drawn(result.base or 0)

    def at(end: Fraction | None) -> float:
        return base if end is None else _drawn(end)

    rows = tuple((bar.label, at(bar.low), at(bar.high)) for bar in result.bars())
    return BarData(result.output, base, rows)


def heat(result: Sweep, output: str | None = None) -> HeatData:
    """Return the cells of a sweep of two inputs.

    Outputs that are no numbers get levels in the order in which they first occur.
    """
    name = output or result.outputs[0]
    values = result.values(name)
    one, two = result.inputs
    flat = [value for value in values.ravel() if not _is_gap(value)]
    plain = all(isinstance(value, (int, Fraction)) for value in flat)
    levels: dict[str, int] = {}

    def level(value: Any) -> float | None:
        if _is_gap(value):
            return None
        return _drawn(value) if plain else levels.setdefault(_text(value), len(levels))

    cells = tuple(tuple(level(value) for value in row) for row in values)
    ticks = tuple(tuple(map(_text, own)) for own in result.inputs.values())
    return HeatData(name, (one, two), (ticks[0], ticks[1]), cells, tuple(levels))


def lines(result: Sweep) -> LineData:
    """Return the lines of a sweep of one input; every output must be numeric."""
    ((path, values),) = result.inputs.items()
    rows = tuple(
        (
            name,
            tuple(
                None if value is None or _is_gap(value) else _drawn(number(value, name))
                for value in result.values(name).ravel()
            ),
        )
        for name in result.outputs
    )
    return LineData(path, tuple(_drawn(number(_exact(v), path)) for v in values), rows)


def plane(result: TippingCurves) -> PlaneData:
    """Return the map of what holds, the first input upwards, the regions and the curves."""
    levels = {kind: place for place, kind in enumerate(result.kinds)}
    cells = tuple(
        tuple(None if cell is None else float(levels[cell]) for cell in row) for row in result.grid
    )
    legend = tuple(map(told, differing(result.kinds)[0]))
    ticks = tuple(tuple(map(_text, own)) for own in result.values)
    shown = HeatData(result.output, result.paths, (ticks[0], ticks[1]), cells, legend)
    values = tuple(tuple(map(float, own)) for own in result.values)
    curves = [(str(curve), curve.terms) for curve in result.curves]
    curves += [(f"{curve}: no outcome", curve.terms) for curve in result.poles]
    return PlaneData(shown, (values[0], values[1]), tuple(curves), tuple(_regions(result, levels)))


def _regions(result: TippingCurves, levels: Mapping[Any, int]) -> Iterator[RegionData]:
    """Yield the regions; touching ones of the same outcome in a strip are one."""
    ends = (result.values[1][0], result.values[1][-1])
    for strip in result.strips:
        rows = _across(result, strip)
        edges = [[float(ends[0]), *row, float(ends[1])] for _, row in rows]
        # where a strip begins and ends its edges are as close to there
        up = [float(strip.low), *(float(at) for at, _ in rows), float(strip.high)]
        edges = [edges[0], *edges, edges[-1]]
        place = 0
        for kind, group in itertools.groupby(strip.holds):
            after = place + len(list(group))
            if kind is not None:
                yield RegionData(
                    levels[kind],
                    tuple(up),
                    tuple(row[place] for row in edges),
                    tuple(row[after] for row in edges),
                )
            place = after


def _across(result: TippingCurves, strip: Strip) -> list[tuple[Fraction, list[float]]]:
    """Return values of the first input in a strip, and where the walls are crossed there."""
    whole = result.values[0][-1] - result.values[0][0]
    low, high = strip.low, strip.high
    low = low.refine(whole * TINY).high if isinstance(low, Algebraic) else low
    high = high.refine(whole * TINY).low if isinstance(high, Algebraic) else high
    if low >= high:  # too narrow to be seen
        spots = [between(strip.low, strip.high)]
    else:
        count = math.ceil(COLUMNS * (high - low) / whole)
        shares = [TINY, *(Fraction(k, count) for k in range(1, count)), 1 - TINY]
        spots = [low + (high - low) * share for share in shares]
    return [(at, [float(own) for own in result.crossings(at)]) for at in spots]


def chances(result: Robustness) -> ChanceData:
    """Return the probabilities of the outcomes, in the order of the result."""
    return ChanceData(
        f"{len(result):,} draws",
        tuple(
            (f"{own.output}: {result.short(own)}", float(own.share), own.low, own.high)
            for own in result.chances
        ),
    )


def plot_data(result: object, output: str | None = None) -> PlotData:
    """Return what there is to draw of a what-if result.

    Raises
    ------
    NegotiationError
        If it is nothing that can be drawn.
    """
    if isinstance(result, Tornado):
        return bars(result)
    if isinstance(result, Robustness):
        return chances(result)
    if isinstance(result, TippingPoints):
        return strips(result)
    if isinstance(result, TippingCurves):
        return plane(result)
    if isinstance(result, Sweep) and result.gridded and len(result.inputs) == 1:
        return lines(result)
    if isinstance(result, Sweep) and result.gridded and len(result.inputs) == 2:
        return heat(result, output)
    raise NegotiationError(
        f"there is no picture of {shorten(type(result).__name__)}",
        remedy="draw a tornado, tipping points or curves, robustness, or a sweep of one or two "
        "inputs",
    )


def check_target(path: str | Path) -> Path:
    """Return the file of a picture; refuse one that cannot be written.

    Raises
    ------
    NegotiationError
        If matplotlib is missing, the ending is another one or there is no such folder.
    """
    target = Path(path)
    if target.suffix.lower() not in ENDINGS:
        raise NegotiationError(
            f"{shorten(target.name)} is no {', '.join(ENDINGS)} file",
            remedy="give the file one of these endings",
        )
    if not target.parent.is_dir() or target.is_dir():
        what = "is a folder" if target.is_dir() else "cannot be written: there is no such folder"
        raise NegotiationError(f"{shorten(str(target))} {what}", remedy="choose another file")
    if find_spec("matplotlib") is None:
        raise NegotiationError("matplotlib is not installed", remedy="install negotiation[plots]")
    return target


def draw(result: object, path: str | Path, *, output: str | None = None) -> None:
    """Draw a what-if result into a file.

    Parameters
    ----------
    result : Tornado, Sweep, TippingPoints, TippingCurves or Robustness
        What to draw.
    path : str or Path
        A ``.png``, ``.svg`` or ``.pdf`` file; one that exists is replaced.
    output : str, optional
        Which output of a sweep of two inputs; default the first.

    Raises
    ------
    NegotiationError
        If matplotlib is missing, the ending is another one or the file cannot be written.
    """
    data = plot_data(result, output)
    target = check_target(path)
    from matplotlib.figure import Figure  # noqa: PLC0415  an optional extra

    figure = Figure(figsize=(9, max(5.0, _height(data))), layout="constrained")
    axes = figure.add_subplot()
    _DRAW[type(data)](figure, axes, data)
    try:
        figure.savefig(target)
    except OSError as error:
        raise NegotiationError(
            f"{shorten(str(target))} cannot be written: {error.strerror or error}",
            remedy="choose another file",
        ) from None


def strips(result: TippingPoints) -> StripData:
    """Return where in the range each thing holds; single numbers are spans of no length."""
    spans: dict[str, list[tuple[float, float]]] = {}
    several = len(result.outputs) > 1
    for own in result.changing or map(result.of, result.outputs):
        name = short_name(own.outputs[0]) if several else ""
        for piece, holds in zip(own.pieces, own.moving, strict=True):
            for label in _labels(holds, name):
                spans.setdefault(label, []).append((_drawn(piece.low), _drawn(piece.high)))
    return StripData(
        result.path,
        _drawn(result.low),
        _drawn(result.high),
        tuple(_drawn(point.value) for point in result.points),
        tuple((label, tuple(own)) for label, own in spans.items()),
    )


def _labels(holds: Any, name: str) -> tuple[str, ...]:
    """Return what holds on a piece: each equilibrium, each part of an agreement, or the value.

    `name`: the output, where there are several of them; of verdicts only a yes is drawn then.
    """
    if name and isinstance(holds, bool):
        return (name,) if holds else ()
    if isinstance(holds, Structure):
        found = holds.words
    elif isinstance(holds, Mapping):
        found = tuple(
            f"{key}: {told(one)}"
            for key, own in holds.items()
            for one in (own if isinstance(own, Tied) else [own])
        )
    elif isinstance(holds, Tied) and holds.steps:
        found = tuple(dict.fromkeys(label for own in holds for label in _labels(own, "")))
    else:
        found = (told(holds),)
    return tuple(f"{name}: {label}" for label in found) if name else found


def _drawn(value: Any) -> float:
    """Return a number as a place in a picture."""
    try:
        return float(value)
    except OverflowError:
        raise NegotiationError(
            "a number is beyond the range of floats and cannot be drawn",
            remedy="rescale the numbers, or look at the tables",
        ) from None


def _is_gap(value: Any) -> bool:
    """Say whether nothing is drawn: no outcome, or no one number where solutions are tied."""
    return isinstance(value, Failure) or (isinstance(value, Tied) and value.numeric)


def _text(value: Any) -> str:
    return f"{nearest_float(value):.4g}" if isinstance(value, Fraction) else told(value)


def _exact(value: Any) -> Any:
    return exact(value, where="values") if isinstance(value, (str, float)) else value


def _gaps(values: tuple[float | None, ...]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _wrapped(label: str) -> str:
    """Return a label that leaves room for the picture beside it."""
    return fill(shorten_words(label, 150, placeholder=" …"), 50)


def _height(data: PlotData) -> float:
    """Return the inches that the labels of the rows need."""
    if isinstance(data, (HeatData, LineData, PlaneData)):
        return 0.0
    lines = max((_wrapped(row[0]).count("\n") + 1 for row in data.rows), default=1)
    return 0.6 + len(data.rows) * (0.18 * lines + 0.12)


def _draw_bars(_: Any, axes: Any, data: BarData) -> None:
    for place, (_label, low, high) in enumerate(data.rows):
        axes.barh(place, low - data.base, left=data.base, color="tab:blue", height=0.6)
        axes.barh(place, high - data.base, left=data.base, color="tab:orange", height=0.6)
    axes.axvline(data.base, color="black", linewidth=1)
    axes.set_yticks(range(len(data.rows)), [label for label, _, _ in data.rows])
    axes.invert_yaxis()
    axes.set_xlabel(data.title)
    axes.set_title("blue: at the low end of the range, orange: at the high end", fontsize="small")


def _draw_heat(figure: Any, axes: Any, data: HeatData) -> None:
    look: dict[str, Any] = {}
    if 0 < len(data.legend) <= len(COLOURS):
        from matplotlib.colors import ListedColormap  # noqa: PLC0415  an optional extra

        look = {"cmap": ListedColormap([own["facecolor"] for own in looks_of(data.legend)])}
        look |= {"vmin": -0.5, "vmax": len(data.legend) - 0.5}
    image = axes.imshow([_gaps(row) for row in data.cells], aspect="auto", origin="lower", **look)
    for side, ticks in ((axes.set_yticks, data.ticks[0]), (axes.set_xticks, data.ticks[1])):
        step = max(1, len(ticks) // 10)
        side(range(0, len(ticks), step), ticks[::step])
    axes.set_ylabel(data.axes[0])
    axes.set_xlabel(data.axes[1])
    axes.set_title(data.title)
    bar = figure.colorbar(image)
    if data.legend:
        bar.set_ticks(range(len(data.legend)), labels=[shorten(text, 60) for text in data.legend])


def _draw_lines(_: Any, axes: Any, data: LineData) -> None:
    for label, values in data.rows:
        axes.plot(data.ticks, _gaps(values), marker=".", label=label)
    axes.set_xlabel(data.axis)
    axes.legend()


def _draw_plane(figure: Any, axes: Any, data: PlaneData) -> None:
    import numpy as np  # noqa: PLC0415  only where matplotlib is used, which needs it
    from matplotlib.lines import Line2D  # noqa: PLC0415  an optional extra
    from matplotlib.patches import Patch  # noqa: PLC0415

    (up, across), shown = data.values, data.map
    looks = looks_of(shown.legend)
    fill_look: dict[str, Any] = {"linewidth": 0, "edgecolor": "white", "alpha": 0.6}
    for region in data.regions:
        look = fill_look | looks[region.level]
        axes.fill_betweenx(region.up, region.left, region.right, **look)
    if not data.regions:  # what is known at the points of the grid, and no more
        points = [
            (y, x, looks[int(level)]["facecolor"])
            for y, row in zip(up, shown.cells, strict=True)
            for x, level in zip(across, row, strict=True)
            if level is not None
        ]
        axes.scatter(
            [x for _, x, _ in points], [y for y, _, _ in points], c=[own for *_, own in points]
        )
    rows, columns = np.meshgrid(*(np.linspace(own[0], own[-1], 301) for own in (up, across)))
    rows, columns = rows.T, columns.T
    marks: list[Any] = [
        Patch(label=_wrapped(text), **(fill_look | look))
        for text, look in zip(shown.legend, looks, strict=True)
    ]
    for place, (label, terms) in enumerate(data.curves):
        style = ["-", "--", ":", "-."][place % 4]
        height = sum(value * rows**i * columns**j for (i, j), value in terms)
        axes.contour(columns, rows, height, [0], colors="black", linestyles=[style])
        marks.append(Line2D([], [], color="black", linestyle=style, label=_wrapped(label)))
    axes.set_ylim(up[0], up[-1])
    axes.set_xlim(across[0], across[-1])
    axes.set_ylabel(shown.axes[0])
    axes.set_xlabel(shown.axes[1])
    what = "between the curves where it changes" if data.regions else "at the points of a grid"
    axes.set_title(f"{shown.title}, {what}", fontsize="small")
    figure.legend(handles=marks, loc="outside right upper", fontsize="x-small")


def _draw_strips(_: Any, axes: Any, data: StripData) -> None:
    for place, (_label, spans) in enumerate(data.rows):
        wide = [(low, high - low) for low, high in spans if high > low]
        axes.broken_barh(wide, (place - 0.3, 0.6))
        alone = [low for low, high in spans if low == high]
        axes.plot(alone, [place] * len(alone), "k|", markersize=12)
    for point in data.points:
        axes.axvline(point, color="black", linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(data.rows)), [_wrapped(label) for label, _ in data.rows])
    axes.set_xlim(data.low, data.high)
    axes.set_xlabel(data.axis)


def _draw_chances(_: Any, axes: Any, data: ChanceData) -> None:
    places = range(len(data.rows))
    shares = [share for _, share, _, _ in data.rows]
    below = [share - low for _, share, low, _ in data.rows]
    above = [high - share for _, share, _, high in data.rows]
    axes.barh(places, shares, xerr=(below, above), height=0.6, capsize=3)
    axes.set_yticks(places, [_wrapped(label) for label, _, _, _ in data.rows])
    axes.set_xlim(0, 1)
    axes.invert_yaxis()
    axes.set_xlabel(f"probability, with 95 % intervals; {data.title}")


_DRAW: dict[type, Any] = {
    BarData: _draw_bars,
    HeatData: _draw_heat,
    LineData: _draw_lines,
    PlaneData: _draw_plane,
    StripData: _draw_strips,
    ChanceData: _draw_chances,
}
