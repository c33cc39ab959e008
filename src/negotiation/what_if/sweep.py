"""Sweeps: outputs of a model over a grid, or a list, of inputs.

Conventions
-----------
- How points are numbered, and what stands for one that fails, is told by what a sweep returns
  (:mod:`negotiation.what_if.sweep_results`). A point that fails does not stop the others.
- Every point is evaluated in exact arithmetic, as ``model.override(point)`` would be. Points do
  not know of each other: the results depend neither on the number of workers, nor on the size
  of the chunks in which points are handed out.
- What is asked about the equilibria of a two-player matrix while only parameters change is
  found in bulk (:class:`~negotiation.what_if.work.Batch`), with the same answers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from negotiation.errors import (
    GameError,
    ModelError,
    NegotiationError,
    TooLargeError,
    UnknownNameError,
    shorten,
)
from negotiation.exact import OrderedMap, common_denominator, exact, read_only, show, whole
from negotiation.model.model import Model
from negotiation.model.paths import plain_value
from negotiation.what_if.points import Evaluator, checked_model, input_path
from negotiation.what_if.store import Folder, decoded, encoded, fingerprint
from negotiation.what_if.sweep_results import Failure, Points, Sweep, SweepRow
from negotiation.what_if.work import (
    Batch,
    Fault,
    Pointwise,
    Row,
    batch,
    duration,
    in_order,
    settled,
)

__all__ = ["grid", "iter_sweep", "sweep"]

Progress = Callable[[int, int], object]
Tell = Callable[[str], object]
Chunks = Generator[tuple[int, list[Row]], None, None]

MAX_POINTS = 100_000
"""Points that are solved one by one unasked."""
MAX_BATCH_POINTS = 10_000_000
"""Points that are solved in bulk unasked."""
MAX_STEPS = 10_000_000
CHUNK = 32  # points that are solved one by one, in a chunk
BATCH_CHUNK = 8192


# ---- inputs -------------------------------------------------------------------------------


def grid(
    low: object, high: object, *, step: object = None, count: int | None = None
) -> tuple[Fraction, ...]:
    """Return evenly spaced exact numbers from `low` upwards.

    Parameters
    ----------
    low, high : number
        The ends. `high` is included if a step leads there, and always with `count`.
    step : number, optional
        Distance of neighbours, above 0.
    count : int, optional
        How many numbers, at least 2; instead of `step`.

    Raises
    ------
    GameError
        If the range is empty or upside down, or the step is not above 0.
    TooLargeError
        Beyond ten million numbers.

    Examples
    --------
    >>> [str(x) for x in grid(0, 1, step=0.25)]
    ['0', '1/4', '1/2', '3/4', '1']
    >>> grid(0, 1, count=4)[1]
    Fraction(1, 3)
    """
    first, last = exact(low, where="low"), exact(high, where="high")
    if first >= last:
        what = "is empty" if first == last else "is upside down"
        raise GameError(
            f"the range from {show(first)} to {show(last)} {what}",
            remedy="give a low end below the high end",
        )
    if (step is None) == (count is None):
        raise GameError(
            "a grid needs a step or a count", remedy="give step= or count=, one of both"
        )
    if count is not None:
        size = whole(count, "count", least=1)
        if size < 2:
            raise GameError("a grid of one number", where="count", remedy="give at least 2")
        width = (last - first) / (size - 1)
    else:
        width = exact(step, where="step")
        if width <= 0:
            raise GameError(
                f"a step of {show(width)} leads nowhere", where="step", remedy="give one above 0"
            )
        size = (last - first) // width + 1
    if size > MAX_STEPS:
        raise TooLargeError(
            f"a grid of {size:,} numbers", remedy=f"take a larger step; the limit is {MAX_STEPS:,}"
        )
    common = common_denominator([first, width])
    start, stride = int(first * common), int(width * common)
    return tuple(Fraction(start + k * stride, common) for k in range(size))


def _plain(value: object, path: str) -> Any:
    """Return one value of an input as it will stand in the model, unchangeable."""
    if isinstance(value, Fraction):
        return plain_value(value, path)
    if isinstance(value, np.generic):
        value = value.item()
    return settled(plain_value(value, path))


def _known(model: Model, path: object, value: object) -> str:
    """Return an input path; one that is absent but may be added is known, too."""
    try:
        return input_path(model, path)
    except UnknownNameError:
        if not isinstance(path, str):
            raise
        try:
            model.override({path: value})
        except UnknownNameError:
            raise
        except ModelError:  # this value does not suit it; others may
            return path
        return path


def _given(model: Model, values: object, points: object) -> Points:
    if (values is None) == (points is None):
        raise NegotiationError(
            "a sweep needs a grid of values or a list of points",
            remedy='write {"parameters.x": [0, 1/2, 1]} or points=[{"parameters.x": 0}, ...]',
        )
    columns: dict[object, list[Any]] = {}
    if points is not None:
        rows = _items(points, "points")
        for k, row in enumerate(rows):
            if not isinstance(row, Mapping) or not row:
                raise NegotiationError(
                    f"point {k} is no mapping of paths to values: '{shorten(row)}'",
                    remedy='write points=[{"parameters.x": 0}, ...]',
                )
            if set(row) != set(rows[0]):
                odd = shorten(", ".join(sorted(map(str, set(row) ^ set(rows[0])))))
                raise NegotiationError(
                    f"point {k} and point 0 do not name the same inputs: {odd}",
                    remedy="name the same inputs at every point",
                )
        columns = {path: [row[path] for row in rows] for path in rows[0]}
    elif not isinstance(values, Mapping) or not values:
        raise NegotiationError(
            f"'{shorten(values)}' is no mapping of paths to values",
            remedy='write {"parameters.x": [0, 1/2, 1]}',
        )
    else:
        columns = {path: _items(own, str(path)) for path, own in values.items()}
    found: dict[str, tuple[Any, ...]] = {}
    for path, own in columns.items():
        short = _known(model, path, own[0])
        if short in found:
            raise NegotiationError(f"{short} is given twice", remedy="name each input once")
        found[short] = tuple(_plain(value, short) for value in own)
    return Points(tuple(found), tuple(found.values()), product=points is None)


def _items(values: Any, where: str) -> list[Any]:
    if isinstance(values, (str, bytes)) or not (
        isinstance(values, Sequence) or (hasattr(values, "__array__") and np.ndim(values) == 1)
    ):
        raise NegotiationError(
            f"'{shorten(values)}' is no list", where=where, remedy="give a list, even of one value"
        )
    items = list(values)
    if not items:
        raise NegotiationError("an empty list", where=where, remedy="give at least one value")
    return items


# ---- sweeping -----------------------------------------------------------------------------


def sweep(
    model: Model,
    values: Mapping[str, Sequence[Any]] | None = None,
    outputs: Sequence[str] | str = (),
    executor: Executor | None = None,
    *,
    points: Sequence[Mapping[str, Any]] | None = None,
    jobs: int = 1,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = True,
    chunk: int | None = None,
    progress: Progress | None = None,
    yes: bool = False,
) -> Sweep:
    """Return outputs of a model over a grid or a list of inputs. Exact.

    Parameters
    ----------
    model : Model
        Any model.
    values : mapping of str to list
        Input path -> values, as :meth:`negotiation.Model.override` takes them; several make the
        full grid. :func:`grid` returns evenly spaced numbers.
    outputs : list of str
        Output paths, as :meth:`negotiation.Analysis.get_path` takes them.
    executor : concurrent.futures.Executor, optional
        Runs the chunks; Dask's ``Client.get_executor()`` is one. It stays open.
    points : list of mappings, optional
        Points one by one, instead of `values`; all name the same inputs.
    jobs : int
        Processes that are started if no executor is given; 1 works here. A script that asks for
        more does so under ``if __name__ == "__main__":``.
    folder : path, optional
        Keeps every finished chunk, and at the end ``results.jsonl`` and ``results.csv``. An
        interrupted sweep goes on from there when it is called again.
    resume : bool
        Whether a folder that holds results of this very sweep is continued, or refused.
    chunk : int, optional
        Points handed out at a time. The results do not depend on it.
    progress : callable, optional
        Called after each chunk with the number of points done and of all points.
    yes : bool
        Goes on beyond 100,000 points that are solved one by one, or ten million in bulk.

    Returns
    -------
    Sweep

    Raises
    ------
    UnknownNameError
        For an unknown input or output, with close matches.
    TooLargeError
        For too many points, with an estimate of the time.
    NegotiationError
        If values are no lists; if the folder holds something else, is in use or full. What
        fails at a point raises nothing: see :attr:`Sweep.failures`.

    Notes
    -----
    Takes the time of one point times their number, divided by the number of workers. What is
    asked about ``normal_form.equilibria`` of two players while only parameters change is solved
    in bulk, some microseconds per point.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("classics/chicken")
    >>> found = sweep(model, {"parameters.crash": [-10, 0, 2]}, "normal_form.equilibria.outcomes")
    >>> for row in found.rows():
    ...     print(*row.inputs.values(), *row.outputs["normal_form.equilibria.outcomes"])
    -10 swerve/straight straight/swerve
    0 straight/straight
    2 straight/straight
    """
    plan = _Plan.of(model, values, points, outputs, executor, jobs, folder, resume, chunk, yes)
    total = plan.points.count
    columns = [np.empty(total, dtype=object) for _ in plan.outputs]
    failures = []
    notes: list[str] = []
    for start, rows in plan.run(progress, notes.append):
        for k, row in enumerate(rows, start=start):
            if isinstance(row, Fault):
                failed = plan.failure(k, row)
                failures.append(failed)
                for column in columns:
                    column[k] = failed
            else:
                for column, value in zip(columns, row, strict=True):
                    column[k] = value
    return Sweep(
        model,
        OrderedMap(zip(plan.points.paths, plan.points.values, strict=True)),
        plan.outputs,
        plan.points.shape,
        plan.points.product,
        tuple(failures),
        tuple(notes),
        tuple(map(read_only, columns)),
    )


def iter_sweep(
    model: Model,
    values: Mapping[str, Sequence[Any]] | None = None,
    outputs: Sequence[str] | str = (),
    executor: Executor | None = None,
    *,
    points: Sequence[Mapping[str, Any]] | None = None,
    jobs: int = 1,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = True,
    chunk: int | None = None,
    progress: Progress | None = None,
    tell: Tell | None = None,
    yes: bool = False,
) -> Iterator[SweepRow]:
    """Yield the points of a sweep in order, as they are done; memory is bounded.

    Parameters
    ----------
    model, values, outputs, executor, points, jobs, folder, resume, chunk, progress, yes
        As for :func:`sweep`. Faults in them are raised at once, those of the folder with the
        first point.
    tell : callable, optional
        Called with a sentence where chunks of the folder had to be computed again.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("classics/chicken")
    >>> rows = iter_sweep(model, {"parameters.win": [1, 2]}, "normal_form.equilibria.count")
    >>> next(rows).outputs
    OrderedMap({'normal_form.equilibria.count': 3})
    """
    plan = _Plan.of(model, values, points, outputs, executor, jobs, folder, resume, chunk, yes)
    return plan.rows(progress, tell or _silent)


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True)
class _Plan:
    """A sweep that was checked and is ready to run."""

    model: Model
    points: Points
    outputs: tuple[str, ...]
    work: Pointwise | Batch
    executor: Executor | None
    jobs: int
    folder: Folder | None
    chunk: int

    @classmethod
    def of(
        cls,
        model: Model,
        values: object,
        points: object,
        outputs: Sequence[str] | str,
        executor: Executor | None,
        jobs: int,
        folder: str | os.PathLike[str] | None,
        resume: bool,
        chunk: int | None,
        yes: bool,
    ) -> _Plan:
        model = checked_model(model)
        jobs = whole(jobs, "jobs", least=1)
        if chunk is not None:
            chunk = whole(chunk, "chunk", least=1)
        if executor is not None and not callable(getattr(executor, "submit", None)):
            raise NegotiationError(
                f"'{shorten(executor)}' is no executor",
                remedy="give a concurrent.futures.Executor, such as Client.get_executor() of Dask",
            )
        own = _given(model, values, points)
        if len(set(outputs)) < len(outputs) and not isinstance(outputs, str):
            raise NegotiationError("an output is named twice", remedy="name each output once")
        evaluator = Evaluator.of(model, outputs)
        pointwise = Pointwise(evaluator, own.paths)
        bulk = batch(pointwise, own.values)
        work = bulk or pointwise
        limit = MAX_POINTS if bulk is None else MAX_BATCH_POINTS
        if own.count > limit and not yes:
            raise _too_many(work, own, limit)
        kept = None
        if folder is not None:
            what = {
                "model": fingerprint(model),
                "title": model.title,
                "kind": "grid" if own.product else "list",
                "inputs": [[p, encoded(v)] for p, v in zip(own.paths, own.values, strict=True)],
                "outputs": list(evaluator.outputs),
                "points": own.count,
            }
            kept = Folder(folder, what, resume=resume)
            chunk = chunk or kept.chunk_size()
        if chunk is None:
            most = CHUNK if bulk is None else BATCH_CHUNK
            chunk = max(1, min(most, own.count // 64)) if bulk is None else most
        if kept is not None:
            kept.suit(chunk)
        return cls(model, own, evaluator.outputs, work, executor, jobs, kept, chunk)

    def failure(self, k: int, fault: Fault) -> Failure:
        own = OrderedMap(zip(self.points.paths, self.points.point(k), strict=True))
        return Failure(k, own, fault.kind, fault.message)

    def rows(self, progress: Progress | None, tell: Tell) -> Iterator[SweepRow]:
        for start, rows in self.run(progress, tell):
            points = self.points.part(start, start + len(rows))
            for k, (point, row) in enumerate(zip(points, rows, strict=True), start=start):
                inputs = OrderedMap(zip(self.points.paths, point, strict=True))
                if isinstance(row, Fault):
                    yield SweepRow(k, inputs, self.failure(k, row))
                else:
                    yield SweepRow(k, inputs, OrderedMap(zip(self.outputs, row, strict=True)))

    def run(self, progress: Progress | None, tell: Tell) -> Iterator[tuple[int, list[Row]]]:
        """Yield, chunk by chunk, the number of the first point and the rows."""
        if self.folder is None:
            numbers = range(-(-self.points.count // self.chunk))
            yield from self._reported(self._computed(iter(numbers)), progress)
            return
        with self.folder as folder:
            yield from self._reported(self._kept(folder, tell), progress)
            count = -(-self.points.count // self.chunk)
            folder.assemble(count, self.points.paths, self.outputs)

    def _reported(
        self, parts: Chunks, progress: Progress | None
    ) -> Iterator[tuple[int, list[Row]]]:
        with closing(parts):
            for number, rows in parts:
                start = number * self.chunk
                if progress is not None:
                    progress(start + len(rows), self.points.count)
                yield start, rows

    def _part(self, number: int) -> list[tuple[Any, ...]]:
        start = number * self.chunk
        return self.points.part(start, min(start + self.chunk, self.points.count))

    def _computed(self, numbers: Iterator[int]) -> Chunks:
        chunks = ((number, self._part(number)) for number in numbers)
        return in_order(self.work, chunks, jobs=self.jobs, executor=self.executor)

    def _kept(self, folder: Folder, tell: Tell) -> Chunks:
        """Yield all chunks in order, those of the folder and those that are missing there."""
        missing = []
        for number in range(-(-self.points.count // self.chunk)):
            found = folder.read(number)
            if found is None and folder.has(number):
                tell(
                    f"chunk {number} of the folder was damaged, or of other work, and was "
                    "computed again"
                )
            if found is None or found[1]:
                missing.append(number)
            else:
                folder.kept += len(found[0])
        lacking = set(missing)
        with closing(self._computed(iter(missing))) as computed:
            for number in range(-(-self.points.count // self.chunk)):
                if number not in lacking:
                    yield number, [self._row(own) for own in folder.sound(number)]
                    continue
                _, rows = next(computed)
                points = self._part(number)
                again = any(isinstance(row, Fault) and not row.expected for row in rows)
                lines = [self._line(*pair) for pair in zip(points, rows, strict=True)]
                folder.write(number, lines, again=again)
                yield number, rows

    def _line(self, point: tuple[Any, ...], row: Row) -> dict[str, Any]:
        own: dict[str, Any] = {"inputs": dict(zip(self.points.paths, encoded(point), strict=True))}
        if isinstance(row, Fault):
            return own | {"failure": row.message, "kind": row.kind}
        return own | {"outputs": dict(zip(self.outputs, encoded(row), strict=True))}

    def _row(self, own: dict[str, Any]) -> Row:
        if "failure" in own:
            return Fault(own["kind"], own["failure"])
        return tuple(decoded(own["outputs"][name]) for name in self.outputs)


def _too_many(work: Pointwise | Batch, points: Points, limit: int) -> TooLargeError:
    """Say how many points there are and how long they would take."""
    sample = points.part(0, 1000 if isinstance(work, Batch) else 1)
    work(sample[:1])  # what is loaded or compiled once is not counted
    begun = time.perf_counter()
    work(sample)
    each = (time.perf_counter() - begun) / len(sample)
    try:
        estimate = duration(each * points.count)
    except OverflowError:
        estimate = "more years than can be told"
    return TooLargeError(
        f"{points.count:,} points, about {estimate} with one process; the limit is {limit:,}",
        remedy="take fewer values, or confirm with yes=True (--yes)",
    )
