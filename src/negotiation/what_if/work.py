"""Work: outputs at many points, cut into chunks that any executor may run.

What is computed at a point depends on the point alone, so that the answer depends neither on
the number of workers, nor on the size of the chunks, nor on the order in which they end.

- :class:`Pointwise` solves the changed model, point by point.
- :class:`Batch` gives the same answers, from the compiled kernels, for what is asked about the
  equilibria of a two-player payoff matrix when only parameters change. Points that it cannot
  answer exactly as `Pointwise` would go there.
- :func:`in_order` runs chunks here, in processes of its own, or in any
  :class:`concurrent.futures.Executor`, a bounded number ahead, and yields them in order. A
  process that dies takes nothing with it but the point that kills it every time.

A row is the tuple of the outputs at a point, or a :class:`Fault`.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from multiprocessing import connection, get_all_start_methods, get_context, parent_process
from typing import Any

import numpy as np

from negotiation.errors import NegotiationError, shorten
from negotiation.exact import FrozenMap, refuse_size
from negotiation.formulas import parse
from negotiation.model import build
from negotiation.model.expectations import lookup
from negotiation.model.model import Model
from negotiation.normal_form.equilibrium import Equilibrium, pure_strategy
from negotiation.normal_form.families import FamilyEquilibria, GameFamily
from negotiation.normal_form.game import profile_name
from negotiation.results import LISTED, Result, Tied, Verdict, tied
from negotiation.what_if.points import Evaluator

__all__ = ["Batch", "Eta", "Fault", "Pointwise", "Row", "batch", "duration", "in_order", "settled"]

AHEAD = 2  # chunks under way or waiting, per process
AHEAD_ELSEWHERE = 256  # chunks handed to an executor that does not say how many workers it has
FEW = 16  # points that are solved one by one rather than halved again
SUMMARY = frozenset({"guarantee", "count", "count_pure", "unique", "pure", "outcomes"})


@dataclass(frozen=True)
class Fault:
    """Why there are no outputs at a point.

    Attributes
    ----------
    kind : str
        Name of the exception.
    message : str
        What it says.
    expected : bool
        Whether the package raised it on purpose, and would do so again.
    """

    kind: str
    message: str
    expected: bool = True

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        """Return what is told of an exception."""
        expected = isinstance(error, NegotiationError)
        message = str(error) if expected else f"{type(error).__name__}: {shorten(error, 500)}"
        return cls(type(error).__name__, message, expected)


Point = tuple[Any, ...]
Row = tuple[Any, ...] | Fault
Work = Callable[[Sequence[Point]], list[Row]]


def settled(value: Any) -> Any:
    """Return an output in the form that is kept: exact, unchangeable, writable as JSON.

    Examples
    --------
    >>> settled({"a": [1, Fraction(1, 2)]})
    FrozenMap({'a': (1, Fraction(1, 2))})
    """
    if value is None or isinstance(value, (bool, int, float, str, Fraction)):
        return value
    if isinstance(value, Mapping):
        return FrozenMap({str(key): settled(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(map(settled, value))
    if isinstance(value, Tied):
        refuse_size("tied values", len(value.values), LISTED, "ask for one issue, or for a count")
        return tied([settled(own) for own in value.values])
    if isinstance(value, (Verdict, Result)):
        return settled(value.data())
    if isinstance(value, (np.generic, np.ndarray)):
        return settled(value.tolist())
    return str(value)


# ---- outputs at points --------------------------------------------------------------------


@dataclass(frozen=True)
class Pointwise:
    """Outputs by solving the changed model, point by point."""

    evaluate: Evaluator
    paths: tuple[str, ...]

    def __call__(self, points: Sequence[Point]) -> list[Row]:
        """Return a row per point."""
        return [self.row(point) for point in points]

    def row(self, point: Point) -> Row:
        """Return the row of one point."""
        try:
            values = self.evaluate(dict(zip(self.paths, point, strict=True)))
        except Exception as error:  # noqa: BLE001  whatever goes wrong here, other points go on
            return Fault.of(error)
        return tuple(map(settled, values))


@dataclass(frozen=True)
class Batch:
    """Outputs about the equilibria of a two-player matrix, many points at once."""

    family: GameFamily
    pointwise: Pointwise

    def __call__(self, points: Sequence[Point]) -> list[Row]:
        """Return a row per point."""
        if not points:
            return []
        names = [path.removeprefix("parameters.") for path in self.pointwise.paths]
        columns = {
            name: list(own) for name, own in zip(names, zip(*points, strict=True), strict=True)
        }
        try:
            found = self.family.equilibria(columns)
        except NegotiationError:  # some of these points have no game: find out which
            if len(points) <= FEW:
                return self.pointwise(points)
            half = len(points) // 2
            return self(points[:half]) + self(points[half:])
        counts = found.counts.tolist()
        pure = self._pure(found.batch)
        outputs = self.pointwise.evaluate.outputs
        known: dict[object, tuple[Any, ...] | None] = {}
        rows: list[Row] = []
        heads = {path.split(".")[2] for path in outputs}
        brief = heads <= SUMMARY
        for k, (point, count, places) in enumerate(zip(points, counts, pure, strict=True)):
            key = (count, places)
            if not brief:
                # only the payoffs of a game with one equilibrium are output without its profiles
                wanted = "profiles" in heads or count == 1
                profiles = self._profiles(found, k, places) if wanted else ()
                row = self._looked_up(self._data(count, places, profiles))
            elif key in known:
                row = known[key]
            else:
                row = known[key] = self._looked_up(self._data(count, places))
            rows.append(self.pointwise.row(point) if row is None else row)
        return rows

    @staticmethod
    def _profiles(
        found: FamilyEquilibria, k: int, places: tuple[tuple[int, int], ...]
    ) -> tuple[Equilibrium, ...]:
        """Return the equilibria at point k; a single pure one is read off the matrix."""
        if len(places) != 1 or found.counts[k] != 1:
            return found.equilibria(k)
        i, j = places[0]
        games = found.batch.games
        payoffs = tuple(
            Fraction(int(games[k, p, i, j]), int(below))
            for p, below in enumerate(found.denominators[k])
        )
        sizes = games.shape[2:]
        own = tuple(pure_strategy(own, size) for own, size in zip((i, j), sizes, strict=True))
        return (Equilibrium(own, payoffs),)

    def _pure(self, found: Any) -> list[tuple[tuple[int, int], ...]]:
        """Return, for each game, its pure equilibria by the numbers of the strategies."""
        first, second = found.strategies
        alone = (np.count_nonzero(first, axis=1) == 1) & (np.count_nonzero(second, axis=1) == 1)
        pairs = list(
            zip(first.argmax(axis=1).tolist(), second.argmax(axis=1).tolist(), strict=True)
        )
        flags, ends = alone.tolist(), found.offsets.tolist()
        pure = [
            tuple(pair for pair, flag in zip(pairs[a:b], flags[a:b], strict=True) if flag)
            for a, b in pairwise(ends)
        ]
        for k, profiles in found.solved_exactly.items():  # doubles may round a probability to 0
            pure[k] = tuple(
                (one[0], two[0]) for one, two in (p.supports for p in profiles if p.pure)
            )
        return pure

    def _data(
        self,
        count: int,
        places: tuple[tuple[int, int], ...],
        profiles: tuple[Equilibrium, ...] | None = None,
    ) -> dict[str, Any]:
        """Return what `Equilibria.data` says, as far as it is asked for."""
        players, strategies = self.family.players, self.family.strategies
        pure = [
            {player: own[i] for player, own, i in zip(players, strategies, place, strict=True)}
            for place in places
        ]
        data: dict[str, Any] = {
            "guarantee": "extreme",
            "count": count,
            "count_pure": len(pure),
            "unique": pure[0] if count == len(pure) == 1 else None,
            "pure": pure,
            "outcomes": [profile_name(own.values()) for own in pure],
        }
        if profiles is not None:
            data["profiles"] = [profile.data(players, strategies) for profile in profiles]
            data["payoffs"] = data["profiles"][0]["payoffs"] if count == 1 else None
        return data

    def _looked_up(self, data: dict[str, Any]) -> tuple[Any, ...] | None:
        """Return the outputs, or None where one does not exist."""
        nested = {"normal_form": {"equilibria": data}}
        try:
            outputs = self.pointwise.evaluate.outputs
            return tuple(settled(lookup(nested, path)) for path in outputs)
        except NegotiationError:
            return None


def batch(pointwise: Pointwise, values: Iterable[Iterable[object]]) -> Batch | None:
    """Return what gives the same rows in bulk, or None where nothing does.

    Parameters
    ----------
    pointwise : Pointwise
        What is asked.
    values : iterable
        The values of each input.
    """
    model, outputs = pointwise.evaluate.model, pointwise.evaluate.outputs
    section = model.spec.normal_form
    if section is None or len(section.players) != 2 or not all(map(_in_bulk, outputs)):
        return None
    names = {path.removeprefix("parameters.") for path in pointwise.paths}
    if any(
        not path.startswith("parameters.") or path[len("parameters.") :] not in model.parameters
        for path in pointwise.paths
    ):
        return None
    if not all(isinstance(value, Fraction) for own in values for value in own):
        return None
    if _others_follow(model, names):
        return None
    try:
        return Batch(build.game_family(model), pointwise)
    except NegotiationError:  # its payoffs are utilities of agreements, say
        return None


def _in_bulk(output: str) -> bool:
    """Say whether the kernels know an output."""
    steps = output.split(".")
    if steps[:2] != ["normal_form", "equilibria"] or len(steps) < 3:
        return False
    if steps[2] == "profiles":
        return len(steps) > 4 and steps[3].isdigit() and steps[4] in {"strategies", "payoffs"}
    return steps[2] in SUMMARY or steps[2] == "payoffs"


def _others_follow(model: Model, names: set[str]) -> bool:
    """Say whether formulas outside the matrix follow these parameters: they may be faulty."""
    followers = set(names)
    while True:
        more = {
            name
            for name, part in model.spec.parameters.items()
            if isinstance(part.value, str) and followers.intersection(parse(part.value).names)
        } - followers
        if not more:
            break
        followers |= more
    return any(
        isinstance(part.value, str)
        and path.split(".", 1)[0] not in {"parameters", "normal_form"}
        and bool(followers.intersection(parse(part.value).names) or parse(part.value).utilities)
        for path, part in model.quantities
    )


# ---- chunks through an executor -----------------------------------------------------------


@lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Work:
    work: Work = pickle.loads(packed)  # noqa: S301  what this program has packed itself
    return work


def _run(packed: bytes, points: Sequence[Point]) -> list[Row]:
    """Do one chunk in another process, which unpacks the work once."""
    return _unpacked(packed)(points)


def _begin() -> None:
    """Prepare a process: Ctrl-C is for the one that started it, and it ends with that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is None:
        return

    def leave() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=leave, daemon=True).start()


def _alive() -> bool:
    return True


def in_order(
    work: Work,
    chunks: Iterable[tuple[int, Sequence[Point]]],
    *,
    jobs: int = 1,
    executor: Executor | None = None,
) -> Generator[tuple[int, list[Row]], None, None]:
    """Yield the rows of each chunk, in the order of the chunks.

    Parameters
    ----------
    work : callable
        From points to rows; picklable where other processes do it.
    chunks : iterable of (int, sequence of points)
        Read as far ahead as is worked on, no further.
    jobs : int
        Processes; 1 works here.
    executor : Executor, optional
        Runs the chunks instead; it is not shut down.

    Raises
    ------
    NegotiationError
        If the executor takes no work, or processes cannot be started.
    """
    if executor is None and jobs == 1:
        for number, points in chunks:
            yield number, work(points)
        return
    crew = _Own(work, jobs) if executor is None else _Theirs(work, executor)
    waiting: deque[tuple[int, Sequence[Point], Future[list[Row]]]] = deque()
    supply = iter(chunks)
    try:
        while True:
            while len(waiting) < crew.ahead and (following := next(supply, None)) is not None:
                number, points = following
                waiting.append((number, points, crew.submit(points)))
            if not waiting:
                return
            number, points, future = waiting.popleft()
            try:
                rows = future.result()
            except BrokenProcessPool:
                rows = crew.after_break(points)
                for place, (other, own, begun) in enumerate(waiting):
                    if not begun.done() or begun.exception() is not None:
                        waiting[place] = (other, own, crew.submit(own))
            except CancelledError:
                raise _refused("it has cancelled the work") from None
            except Exception as error:  # noqa: BLE001  a chunk that fails is told, the rest goes on
                rows = [Fault.of(error)] * len(points)
            yield number, rows
    finally:
        for _, _, future in waiting:
            future.cancel()
        crew.close(idle=not waiting)


def _refused(why: object) -> NegotiationError:
    return NegotiationError(
        f"the executor takes no more work: {shorten(why, 300)}",
        remedy="keep it open until the sweep has ended; what a folder holds by now is kept",
    )


class _Theirs:
    """An executor that somebody else has opened."""

    def __init__(self, work: Work, executor: Executor) -> None:
        self._executor = executor
        self._packed = pickle.dumps(work)
        workers = getattr(executor, "_max_workers", None)
        self.ahead = AHEAD * workers + 1 if isinstance(workers, int) else AHEAD_ELSEWHERE

    def submit(self, points: Sequence[Point]) -> Future[list[Row]]:
        try:
            return self._executor.submit(_run, self._packed, points)
        except Exception as error:
            raise _refused(error) from error

    def after_break(self, points: Sequence[Point]) -> list[Row]:
        raise _refused(f"a process died, with {len(points)} points under way")

    def close(self, *, idle: bool) -> None:
        pass


class _Own:
    """Processes of our own; where one dies they are started anew."""

    def __init__(self, work: Work, jobs: int) -> None:
        self._packed = pickle.dumps(work)
        self._jobs = jobs
        self._worked = False
        self.ahead = AHEAD * jobs + 1
        self._pool = self._started(jobs)

    @staticmethod
    def _started(jobs: int) -> ProcessPoolExecutor:
        # a fork would copy the locks of threads that do not exist in the copy
        kind = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
        return ProcessPoolExecutor(jobs, mp_context=get_context(kind), initializer=_begin)

    def submit(self, points: Sequence[Point]) -> Future[list[Row]]:
        try:
            return self._pool.submit(_run, self._packed, points)
        except BrokenProcessPool as error:  # told when its turn comes
            broken: Future[list[Row]] = Future()
            broken.set_exception(error)
            return broken

    def after_break(self, points: Sequence[Point]) -> list[Row]:
        """Start anew and return the rows of the chunk whose turn it is."""
        self._end(self._pool)
        if not self._worked:
            self._probe()
        rows = self._alone(points)
        self._pool = self._started(self._jobs)
        return rows

    def _probe(self) -> None:
        pool = self._started(1)
        try:
            self._worked = pool.submit(_alive).result()
        except BrokenProcessPool:
            raise NegotiationError(
                "processes cannot be started",
                remedy='in a script, call it under if __name__ == "__main__":, or use jobs=1',
            ) from None
        finally:
            self._end(pool)

    def _alone(self, points: Sequence[Point]) -> list[Row]:
        """Work on points in a process of their own, halved until it is clear which one kills."""
        pool = self._started(1)
        try:
            return pool.submit(_run, self._packed, points).result()
        except BrokenProcessPool:
            if len(points) == 1:
                return [
                    Fault("BrokenProcessPool", "the process working on it died", expected=False)
                ]
        except Exception as error:  # noqa: BLE001  a chunk that fails is told, the rest goes on
            return [Fault.of(error)] * len(points)
        finally:
            self._end(pool)
        half = len(points) // 2
        return self._alone(points[:half]) + self._alone(points[half:])

    @staticmethod
    def _end(pool: ProcessPoolExecutor) -> None:
        processes = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:  # what they still do is wanted no more
            process.terminate()
        for process in processes:
            process.join()

    def close(self, *, idle: bool) -> None:
        if idle:
            self._pool.shutdown()
        else:
            self._end(self._pool)


# ---- time left ----------------------------------------------------------------------------


def duration(seconds: float) -> str:
    """Return a time in words.

    Examples
    --------
    >>> duration(0.2), duration(75), duration(7300), duration(10**6)
    ('under a second', '1 min 15 s', '2 h 1 min', '11 days')
    """
    if seconds < 1:
        return "under a second"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 172_800:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    days = whole // 86_400
    return f"{days:,} days" if days < 1000 else f"{days // 365:,} years"


@dataclass
class Eta:
    """Says how long work will still take, from what has been done since the first report.

    Parameters
    ----------
    clock : callable
        Seconds, ever rising.

    Examples
    --------
    >>> ticks = iter([0.0, 10.0])
    >>> eta = Eta(clock=lambda: next(ticks))
    >>> eta.text(0, 100), eta.text(20, 100)
    ('0 of 100', '20 of 100 (20 %), 40 s left')
    """

    clock: Callable[[], float] = time.monotonic
    _first: tuple[float, int] | None = field(default=None, init=False)

    def left(self, done: int, total: int) -> float | None:
        """Return the seconds left, or None where nothing can be said yet."""
        now = self.clock()
        if self._first is None:
            self._first = now, done
        since, before = self._first
        if done <= before or now <= since:
            return None
        return (now - since) / (done - before) * (total - done)

    def text(self, done: int, total: int) -> str:
        """Return the state of the work in one line."""
        left = self.left(done, total)
        said = f"{done:,} of {total:,}"
        return said if left is None else f"{said} ({100 * done // total} %), {duration(left)} left"
