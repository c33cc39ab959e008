"""Sampling: draws of a model's uncertain numbers, and the outputs at every draw.

Conventions
-----------
- Each uncertain number has a distribution of its own and they are independent:
  :class:`Uniform`, :class:`Triangular` or :class:`Normal`. A declared range (``low`` and
  ``high`` in the model) means uniform between its ends.
- N points of the unit cube are made first, from the seed alone, then turned into numbers by the
  inverse of each distribution function. What is computed where, and in which order, has no
  influence on them. ``sobol``: a scrambled Sobol net (Owen 1998), whose N is a power of two;
  ``latin``: a Latin hypercube; ``random``: independent points.
- Every drawn number is a **finite decimal** inside its range, on a grid of at least 10^6 steps
  over the range: it can be written down, and every draw is evaluated in exact arithmetic and
  can be repeated with ``model.override`` or ``--set``. The grid moves a number by less than a
  millionth of its range.
- What fails at a draw is kept as :class:`Failed` in the place of the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import (
    GameError,
    NegotiationError,
    TooLargeError,
    UnknownNameError,
    shorten,
)
from negotiation.exact import exact, generator, nearest_float, show, whole
from negotiation.model.model import Model
from negotiation.stability import CRITERIA, HOLDING
from negotiation.what_if.draws import VerdictDraws
from negotiation.what_if.points import Evaluator, Knob, knob, knobs
from negotiation.what_if.work import Batch, Fault, Pointwise, batch, in_order, settled

__all__ = [
    "METHODS",
    "Distribution",
    "Draws",
    "Failed",
    "Normal",
    "Triangular",
    "Uniform",
    "draw_points",
    "evaluate_draws",
    "full_draws",
    "ranges_of",
    "unit_points",
    "wilson",
]

Point = tuple[Fraction, ...]
Row = tuple[Any, ...]
Progress = Callable[[int, int], object]
FloatArray = NDArray[np.float64]

METHODS = ("sobol", "random", "latin")
DIGITS = 6  # decimal digits of a draw across its range; few digits keep the kernels fast
TAIL = 2.0**-32  # what a normal distribution leaves out at either end
COVERS = tuple(f"normal_form.equilibria.{own}" for own in ("count", "count_pure", "outcomes"))
CHUNK = 32  # draws in one task; the answer does not depend on it
MAX_DRAWS = 2**24
MAX_DIMENSIONS = 21201  # of scipy's Sobol sequence
Z95 = 1.959963984540054  # the 97.5 % quantile of the normal distribution


# ---- distributions ------------------------------------------------------------------------


@dataclass(frozen=True)
class Distribution:
    """How one number is drawn; a subclass says how far across its range."""

    def values(self, uniform: FloatArray) -> list[Fraction]:
        """Return a finite decimal for each number between 0 and 1, ascending with it."""
        raise NotImplementedError(type(self).__name__)  # every subclass says its own


def _read(owner: object, **given: object) -> None:
    """Store exact numbers in a frozen record."""
    name = type(owner).__name__
    for key, value in given.items():
        object.__setattr__(owner, key, exact(value, where=f"{name}, {key}"))


def _ascending(owner: object, low: Fraction, high: Fraction) -> None:
    if low >= high:
        what = "empty" if low == high else "upside down"
        raise NegotiationError(
            f"the range from {low} to {high} is {what}",
            where=type(owner).__name__,
            remedy="give a low end below the high end",
        )


def _on_grid(low: Fraction, high: Fraction, across: FloatArray) -> list[Fraction]:
    """Return decimals from `low` to `high`, given how far across each lies."""
    width = high - low
    digits = DIGITS - math.floor(math.log10(width.numerator) - math.log10(width.denominator))
    scale = Fraction(10) ** digits
    first, last = math.ceil(low * scale), math.floor(high * scale)
    count = last - first + 1
    steps = np.clip((across * count).astype(np.int64), 0, count - 1).tolist()
    if digits < 0:
        return [Fraction((first + step) * 10**-digits) for step in steps]
    below = 10**digits
    return [Fraction(first + step, below) for step in steps]


@dataclass(frozen=True)
class Uniform(Distribution):
    """Every number between two ends alike.

    Examples
    --------
    >>> import numpy as np
    >>> print(*Uniform(1, 2).values(np.array([0.0, 0.25])))
    1 5/4
    """

    low: Fraction
    high: Fraction

    def __init__(self, low: object, high: object) -> None:
        _read(self, low=low, high=high)
        _ascending(self, self.low, self.high)

    def values(self, uniform: FloatArray) -> list[Fraction]:
        """Return low + u (high - low), on the grid."""
        return _on_grid(self.low, self.high, uniform)

    def __str__(self) -> str:
        return f"uniform from {show(self.low)} to {show(self.high)}"


@dataclass(frozen=True)
class Triangular(Distribution):
    """Most likely at the mode, falling in straight lines to nothing at the ends.

    Examples
    --------
    >>> print(Triangular(0, 1, 2))
    triangular from 0 over 1 to 2
    """

    low: Fraction
    mode: Fraction
    high: Fraction

    def __init__(self, low: object, mode: object, high: object) -> None:
        _read(self, low=low, mode=mode, high=high)
        _ascending(self, self.low, self.high)
        if not self.low <= self.mode <= self.high:
            raise NegotiationError(
                f"the mode {self.mode} is outside {self.low} to {self.high}",
                where="Triangular",
                remedy="give low, mode and high in ascending order",
            )

    def values(self, uniform: FloatArray) -> list[Fraction]:
        """Return the inverse of the distribution function, on the grid."""
        peak = float((self.mode - self.low) / (self.high - self.low))
        rising = np.sqrt(uniform * peak)
        falling = 1 - np.sqrt((1 - uniform) * (1 - peak))
        return _on_grid(self.low, self.high, np.where(uniform < peak, rising, falling))

    def __str__(self) -> str:
        return f"triangular from {show(self.low)} over {show(self.mode)} to {show(self.high)}"


@dataclass(frozen=True)
class Normal(Distribution):
    """A normal distribution, cut off at the ends where these are given.

    Parameters
    ----------
    mean, deviation : number
        Before the cut.
    low, high : number, optional
        Ends; without one, what lies beyond about 6.2 deviations is left out.

    Examples
    --------
    >>> print(Normal(0, "1/2", high=1))
    normal around 0, deviation 0.5, at most 1
    """

    mean: Fraction
    deviation: Fraction
    low: Fraction | None
    high: Fraction | None

    def __init__(
        self, mean: object, deviation: object, low: object = None, high: object = None
    ) -> None:
        _read(self, mean=mean, deviation=deviation)
        for key, end in (("low", low), ("high", high)):
            object.__setattr__(self, key, None)
            if end is not None:
                _read(self, **{key: end})
        if self.deviation <= 0:
            raise NegotiationError(f"the deviation {self.deviation} is not above 0", where="Normal")
        if self.low is not None and self.high is not None:
            _ascending(self, self.low, self.high)
        if (self.low is not None and self.mean < self.low) or (
            self.high is not None and self.mean > self.high
        ):
            raise NegotiationError(f"the mean {self.mean} is outside the range", where="Normal")

    def values(self, uniform: FloatArray) -> list[Fraction]:
        """Return the inverse of the distribution function, on the grid."""
        from scipy.special import ndtr, ndtri  # noqa: PLC0415  a heavy import, for this alone

        reach = Fraction(13, 2)  # more deviations than TAIL leaves in
        low = self.mean - reach * self.deviation if self.low is None else self.low
        high = self.mean + reach * self.deviation if self.high is None else self.high
        least, most = (nearest_float((end - self.mean) / self.deviation) for end in (low, high))
        if math.isinf(least) or math.isinf(most):
            raise NegotiationError(
                "the range is too wide for the deviation", remedy="leave out the far end"
            )
        below, above = float(ndtr(least)), float(ndtr(most))
        inside = np.clip(below + uniform * (above - below), max(below, TAIL), min(above, 1 - TAIL))
        return _on_grid(low, high, (ndtri(inside) - least) / (most - least))

    def __str__(self) -> str:
        text = f"normal around {show(self.mean)}, deviation {show(self.deviation)}"
        text += "" if self.low is None else f", at least {show(self.low)}"
        return text + ("" if self.high is None else f", at most {show(self.high)}")


def ranges_of(model: Model, over: Mapping[str, object] | None = None) -> dict[str, Distribution]:
    """Return what is drawn: every declared range, changed and completed by `over`.

    Parameters
    ----------
    model : Model
        The model.
    over : mapping of str to (low, high) or Distribution or None, optional
        By path. None holds a number at its value.

    Raises
    ------
    UnknownNameError
        For a path that is no number of the model, with close matches.
    NegotiationError
        For a range upside down, or if nothing is left to draw.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = ranges_of(ng.load("classics/chicken"), {"parameters.win": (1, 3)})
    >>> print(found["parameters.win"])
    uniform from 1 to 3
    """
    found = {own.path: _declared(own) for own in knobs(model)}
    if over is not None and not isinstance(over, Mapping):
        raise NegotiationError(
            f"'{shorten(over)}' is no mapping of paths to ranges",
            remedy='write over={"parameters.x": (0, 1)}',
        )
    for path, given in (over or {}).items():
        own = knob(model, path)
        if given is None:
            found.pop(own.path, None)
        else:
            found[own.path] = _distribution(own, given)
    if not found:
        paths = [path for path, _ in model.quantities]
        example = paths[0] if paths else "parameters.x"
        raise NegotiationError(
            f"no number of '{model.title}' has a range to draw from",
            remedy=f"declare {example}.low and {example}.high in the model, or give "
            f'over={{"{example}": (low, high)}}'
            + ("" if paths else "; the model has no numbers yet"),
        )
    return found


def _declared(own: Knob) -> Distribution:
    if own.distribution == "triangular":
        return Triangular(own.low, own.value, own.high)
    return Uniform(own.low, own.high)


def _distribution(own: Knob, given: object) -> Distribution:
    if isinstance(given, Distribution):
        return given
    if isinstance(given, (tuple, list)) and len(given) == 2:
        return Uniform(*own.ends(*given))
    raise NegotiationError(
        f"'{shorten(given)}' is no range of {own.path}",
        remedy="give (low, high), Triangular(low, mode, high), Normal(mean, deviation), or None "
        "to hold it at its value",
    )


# ---- points -------------------------------------------------------------------------------


def full_draws(draws: object, method: object = "sobol") -> int:
    """Return how many draws are made: for Sobol points the next power of two.

    Raises
    ------
    NegotiationError
        If `draws` is no positive integer or too many, or there is no such method.

    Examples
    --------
    >>> full_draws(1000), full_draws(1000, "random")
    (1024, 1000)
    """
    if method not in METHODS:
        raise UnknownNameError.of("method", method, METHODS)
    count = whole(draws, "draws", least=1)
    if count > MAX_DRAWS:
        raise TooLargeError(
            f"{count:,} draws, and the limit is {MAX_DRAWS:,}",
            remedy="a million draws give a probability to three digits",
        )
    return 1 << (count - 1).bit_length() if method == "sobol" else count


def unit_points(count: int, dimensions: int, seed: int, method: str = "sobol") -> FloatArray:
    """Return points of the unit cube; every seed counts, 0 included.

    Returns
    -------
    numpy.ndarray
        Shape (count, dimensions), entries in [0, 1).
    """
    source = generator(seed)
    if method == "random":
        return source.random((count, dimensions))
    from scipy.stats import qmc  # noqa: PLC0415  a heavy import

    if dimensions > MAX_DIMENSIONS:
        raise GameError(
            f"{dimensions:,} numbers to draw, and Sobol points have at most {MAX_DIMENSIONS:,}",
            remedy="use method='random'",
        )
    kind = qmc.Sobol if method == "sobol" else qmc.LatinHypercube
    points: FloatArray = kind(dimensions, scramble=True, seed=source).random(count)
    return points


def draw_points(ranges: Mapping[str, Distribution], unit: FloatArray) -> tuple[Point, ...]:
    """Turn points of the unit cube into exact numbers, one per range."""
    columns = [own.values(unit[:, k]) for k, own in enumerate(ranges.values())]
    return tuple(zip(*columns, strict=True))


# ---- outputs at every draw ----------------------------------------------------------------


@dataclass(frozen=True)
class Failed:
    """What stands in the place of an output that a draw does not have."""

    why: str

    def __str__(self) -> str:
        return f"could not be evaluated: {self.why}"


@dataclass(frozen=True)
class _Pointwise:
    """Evaluates outputs by solving the changed model, draw by draw."""

    evaluate: Evaluator
    paths: tuple[str, ...]

    def __call__(self, points: Sequence[Point]) -> list[Row]:
        rows = []
        for point in points:
            changes = dict(zip(self.paths, point, strict=True))
            try:
                row: Row = self.evaluate(changes)
            except NegotiationError as fault:
                row = (Failed(str(fault)),) * len(self.evaluate.outputs)
                if len(row) > 1:  # some outputs may exist nevertheless
                    row = tuple(self._one(output, changes) for output in self.evaluate.outputs)
            rows.append(tuple(v if isinstance(v, Failed) else settled(v) for v in row))
        return rows

    def _one(self, output: str, changes: Mapping[str, Fraction]) -> Any:
        try:
            return Evaluator(self.evaluate.model, (output,))(changes)[0]
        except NegotiationError as fault:
            return Failed(str(fault))


@dataclass(frozen=True)
class _Bulk:
    """Evaluates what is asked about a two-player matrix, all draws of a chunk at once."""

    batch: Batch
    slow: _Pointwise

    def __call__(self, points: Sequence[Point]) -> list[Row]:
        rows = self.batch(points)
        return [
            self.slow([point])[0] if isinstance(row, Fault) else row
            for point, row in zip(points, rows, strict=True)
        ]


@dataclass(frozen=True)
class _Verdicts:
    """Evaluates verdicts on named agreements, a chunk of draws at once."""

    draws: VerdictDraws
    wanted: tuple[tuple[int, str], ...]  # of each output: number of the agreement, criterion
    slow: _Pointwise

    def __call__(self, points: Sequence[Point]) -> list[Row]:
        found = self.draws.judge(points)
        marks = found.verdicts
        columns = []
        for place, criterion in self.wanted:
            if criterion == "holds":
                holds = np.all([marks[own][:, place] != 0 for own in HOLDING], axis=0)
                columns.append(holds.tolist())
            else:
                own = marks[criterion][:, place].tolist()
                columns.append([None if mark < 0 else bool(mark) for mark in own])
        rows: list[Row] = list(zip(*columns, strict=True))
        for draw, _ in found.failures:
            rows[draw] = self.slow([points[draw]])[0]
        return rows


def _verdict_of(model: Model, output: str) -> tuple[str, str] | None:
    """Return (agreement, criterion) of an output such as stability.verdicts.x.seq.holds."""
    steps = output.split(".")
    if steps[:2] != ["stability", "verdicts"] or steps[-1] != "holds":
        return None
    inner = steps[2:-1]
    if len(inner) == 1 and inner[0] in model.agreements:
        return inner[0], "holds"
    if len(inner) == 2 and inner[0] in model.agreements and inner[1] in CRITERIA:
        return None if inner[1] == "robust" else (inner[0], inner[1])
    return None


def _verdicts(model: Model, outputs: Sequence[str], paths: tuple[str, ...]) -> _Verdicts | None:
    """Return what judges these outputs in bulk, or None where nothing does."""
    wanted = [found for output in outputs if (found := _verdict_of(model, output)) is not None]
    if not wanted:
        return None
    agreements = list(dict.fromkeys(name for name, _ in wanted))
    asked = dict.fromkeys(
        own for _, key in wanted for own in (HOLDING if key == "holds" else (key,))
    )
    criteria = [key for key in CRITERIA if key in asked]
    try:
        draws = VerdictDraws.of(model, agreements, criteria, list(paths))
    except NegotiationError:
        return None
    return _Verdicts(
        draws,
        tuple((agreements.index(name), key) for name, key in wanted),
        _Pointwise(Evaluator(model, tuple(outputs)), paths),
    )


def _bulk(
    model: Model, outputs: Sequence[str], paths: tuple[str, ...], points: Sequence[Point]
) -> _Bulk | None:
    """Return what solves these outputs in bulk, or None where nothing does."""
    if not outputs:
        return None
    evaluate = Evaluator(model, tuple(outputs))
    found = batch(Pointwise(evaluate, paths), zip(*points, strict=True))
    return None if found is None else _Bulk(found, _Pointwise(evaluate, paths))


def _filled(row: Row | Fault, count: int) -> Row:
    """Return a row, also where the chunk that held it has failed."""
    return (Failed(row.message),) * count if isinstance(row, Fault) else row


@dataclass(frozen=True)
class Draws:
    """Points and the outputs there.

    Attributes
    ----------
    paths : tuple of str
        What was drawn.
    points : tuple of tuple of Fraction
        One row per draw.
    outputs : tuple of str
        What was asked.
    values : tuple of tuple
        One row per draw; :class:`Failed` where an output could not be evaluated.
    """

    paths: tuple[str, ...]
    points: tuple[Point, ...]
    outputs: tuple[str, ...]
    values: tuple[Row, ...]


def evaluate_draws(
    evaluator: Evaluator,
    paths: Sequence[str],
    points: Sequence[Point],
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Draws:
    """Return the outputs at every point; the same for any number of workers.

    Counts and pure outcomes of a two-player matrix, and verdicts on named agreements, are found
    in bulk where the inputs allow it; everything else by solving the changed model.

    Raises
    ------
    NegotiationError
        If `jobs` is no positive integer. What fails at a draw raises nothing.
    """
    model, outputs, paths = evaluator.model, evaluator.outputs, tuple(paths)
    rest = list(outputs)
    groups: list[tuple[list[str], Any, int]] = []
    own = [path for path in outputs if path in COVERS]
    if (bulk := _bulk(model, own, paths, points)) is not None:
        groups.append((own, bulk, 16 * CHUNK))
        rest = [path for path in rest if path not in own]
    own = [path for path in rest if _verdict_of(model, path) is not None]
    if (verdicts := _verdicts(model, own, paths)) is not None:
        groups.append((own, verdicts, 8 * CHUNK))
        rest = [path for path in rest if path not in own]
    if rest:
        slow = _Pointwise(Evaluator(model, tuple(rest)), paths)
        groups.append((rest, slow, CHUNK // 4))
    jobs = whole(jobs, "jobs", least=1)
    done, total = 0, len(points) * len(groups)
    columns: dict[str, Sequence[Any]] = {}
    for names, task, chunk in groups:
        rows: list[Row] = []
        parts = ((k, points[k : k + chunk]) for k in range(0, len(points), chunk))
        for _, part in in_order(task, parts, jobs=jobs, executor=executor):
            rows += [_filled(row, len(names)) for row in part]
            done += len(part)
            if progress is not None:
                progress(done, total)
        columns |= dict(zip(names, zip(*rows, strict=True), strict=True))
    values = tuple(zip(*(columns[path] for path in outputs), strict=True))
    return Draws(paths, tuple(points), outputs, values)


# ---- intervals ----------------------------------------------------------------------------


def wilson(count: int, draws: int) -> tuple[float, float]:
    """Return the 95 % interval of a probability after `count` of `draws` (Wilson 1927).

    For independent draws it holds the probability in about 95 cases of 100; Sobol points lie
    more evenly than independent ones and the interval is then, as a rule, too wide.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(5, 10)]
    [0.2366, 0.7634]
    """
    share, z2 = count / draws, Z95**2
    middle = (share + z2 / (2 * draws)) / (1 + z2 / draws)
    spread = math.sqrt(share * (1 - share) / draws + z2 / (4 * draws**2))
    half = Z95 * spread / (1 + z2 / draws)
    low = 0.0 if count == 0 else middle - half
    high = 1.0 if count == draws else middle + half
    return max(0.0, low), min(1.0, high)
