"""Many small two-player games at once: all extreme equilibria of each, exactly.

Sweeps and Monte Carlo ask for the equilibria of thousands of variants of one small game. They
are given as one array of shape (N, 2, m, n): game, player, strategy of player 1, strategy of
player 2. The answers are those of :func:`~negotiation.normal_form.equilibria`, degenerate games
included, in the same order.

- **Numbers.** Integers mean themselves. A float means **exactly the double it is**: 0.1 here is
  3602879701896397/36028797018963968, not 1/10, as it is a number that somebody's array program
  has computed and not one that somebody wrote. Where 0.1 is to mean 1/10, scale to integers or
  solve the games one by one.
- **Where it is computed.** Payoffs are brought to integers, player by player. If a bound proves
  that no number on the way leaves the exact range of machine arithmetic, the compiled kernel
  finds the equilibria (:mod:`~negotiation.normal_form.batch_kernels`, which needs numba, the
  extra ``fast``). All other games go, one by one, to the exact solver, and are counted. Both
  ways are exact: nothing is decided by rounded numbers.
- **What is rounded** is only the presentation in arrays of doubles, for numpy;
  :meth:`BatchEquilibria.equilibria` returns fractions.
"""

from __future__ import annotations

import importlib.util
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError
from negotiation.exact import FrozenMap, IntArray, is_integer, numbered, read_only, whole
from negotiation.normal_form.all_equilibria import Equilibrium, equilibria
from negotiation.normal_form.game import NormalForm, checked_call
from negotiation.results import Result, Table

__all__ = ["BatchEquilibria", "equilibria_batch"]

FloatArray = NDArray[np.float64]
Solved = tuple[Equilibrium, ...]
Progress = Callable[[int, int], object]

CHUNK_ENTRIES = 2**17  # payoffs in one chunk by default: working memory stays in the cache
BLOCK = 256  # games whose exact weights are found together
EXACT_CHUNK = 256  # games, without the compiled kernel
ZERO = Fraction(0)
FLOAT_TOP = 2**53  # integers up to here are exact in double precision
INT_TOP = 2**62
NO_NUMBERS = {bool, np.bool_, type(np.ma.masked)}


@dataclass(frozen=True, eq=False, repr=False)
class BatchEquilibria(Result):
    """All extreme equilibria of many games.

    The equilibria of game k are the entries ``offsets[k]`` to ``offsets[k + 1]`` of the arrays,
    pure ones first, then by supports in lexicographic order.

    Attributes
    ----------
    games : array, shape (N, 2, m, n)
        The payoffs asked about.
    counts : int64 array, shape (N,)
        Number of extreme equilibria of each game.
    offsets : int64 array, shape (N + 1,)
        Where the equilibria of each game begin.
    strategies : pair of float64 arrays, shapes (K, m) and (K, n)
        Probabilities, rounded to doubles.
    payoffs : float64 array, shape (K, 2)
        Expected payoffs, rounded to doubles.
    solved_exactly : mapping of int to tuple of Equilibrium
        The games that went to the exact solver.
    compiled : bool
        Whether the compiled kernel was there; without it every game is solved exactly.
    """

    games: NDArray[Any]
    counts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    strategies: tuple[FloatArray, FloatArray]
    payoffs: FloatArray
    solved_exactly: FrozenMap[int, Solved]
    compiled: bool

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def exact_games(self) -> int:
        """Number of games that went to the exact solver."""
        return len(self.solved_exactly)

    def game(self, k: int) -> NormalForm:
        """Return game k with exact payoffs.

        Examples
        --------
        >>> equilibria_batch([[[[0.5, 0]], [[1, 2]]]]).game(0).payoffs[0].tolist()
        [[Fraction(1, 2), Fraction(0, 1)]]
        """
        return _game(self.games[numbered(k, len(self), "game")])

    def equilibria(self, k: int) -> Solved:
        """Return the extreme equilibria of game k as fractions.

        They are the ``profiles`` of ``equilibria(batch.game(k))``, in the same order.

        Raises
        ------
        UnknownNameError
            If there is no game k.

        Examples
        --------
        >>> found = equilibria_batch([[[[2, 0], [0, 1]], [[1, 0], [0, 2]]]])
        >>> found.equilibria(0)[2].strategies[0]
        (Fraction(2, 3), Fraction(1, 3))
        """
        k = numbered(k, len(self), "game")
        if k in self.solved_exactly:
            return self.solved_exactly[k]
        m = self.games.shape[2]
        A, B = self.games[k]
        profiles = []
        for row in self._weights(k):
            x, y = row[:m], row[m:]
            i = next(i for i, weight in enumerate(x) if weight)
            j = next(j for j, weight in enumerate(y) if weight)
            payoffs = (_mean(A[i].tolist(), y), _mean(B[:, j].tolist(), x))
            profiles.append(Equilibrium((_distribution(x), _distribution(y)), payoffs))
        return tuple(profiles)

    def _weights(self, k: int) -> list[list[int]]:
        """Return the weights of game k; those of its block are found together and kept."""
        start = k - k % BLOCK
        kept: tuple[int, dict[int, list[list[int]]]] | None = self.__dict__.get("_kept")
        if kept is None or kept[0] != start:
            found = {}
            for piece in _run_kernel(self.games[start : start + BLOCK], exact=True):
                rows, end = piece.weights.tolist(), 0
                for game, count in zip(piece.games.tolist(), piece.counts.tolist(), strict=True):
                    found[start + game] = rows[end : end + count]
                    end += count
            self.__dict__["_kept"] = kept = (start, found)
        return kept[1][k]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_kept"}

    def tables(self) -> tuple[Table, ...]:
        """Return how many games have how many extreme equilibria."""
        sizes, games = np.unique(self.counts, return_counts=True)
        if self.compiled:
            note = f"{self.exact_games:,} of {len(self):,} games went to the exact solver."
        else:
            note = "numba is not installed: every game went to the exact solver, one by one."
        rows = list(zip(sizes.tolist(), games.tolist(), strict=True))
        heads = ["extreme equilibria", "games"]
        return (Table("Equilibria of many games", heads, rows, [note], name="batch"),)

    def data(self) -> dict[str, Any]:
        """Return the numbers of games and equilibria; the keys are output paths."""
        sizes, games = np.unique(self.counts, return_counts=True)
        return {
            "guarantee": self.guarantee,
            "games": len(self),
            "shape": list(self.games.shape[2:]),
            "equilibria": int(self.counts.sum()),
            "games_by_count": dict(zip(sizes.tolist(), games.tolist(), strict=True)),
            "exact_games": self.exact_games,
            "compiled": self.compiled,
        }

    def __repr__(self) -> str:
        m, n = self.games.shape[2:]
        return f"<equilibria of {len(self):,} games of {m} by {n}: {self.counts.sum():,}>"


def equilibria_batch(
    payoffs: object,
    *,
    threads: int = 1,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> BatchEquilibria:
    """Return all extreme equilibria of many two-player games. Exact.

    Parameters
    ----------
    payoffs : array-like, shape (N, 2, m, n)
        ``payoffs[k, p, i, j]`` is what player p gets in game k if player 1 plays strategy i and
        player 2 plays strategy j. Integers of any size, or floats, each of which means exactly
        the double it is.
    threads : int
        Chunks solved at the same time; the compiled kernel runs in parallel.
    chunk : int, optional
        Games per chunk. The answer does not depend on it; working memory does.
    progress : callable, optional
        Called after each chunk with the number of games done and of all games.

    Returns
    -------
    BatchEquilibria

    Raises
    ------
    GameError
        If the shape is not (N, 2, m, n) with m, n > 0, or entries are no finite numbers.
    TooLargeError
        If a game goes to the exact solver and is too large for it.

    Notes
    -----
    With numba (extra ``fast``) the first call ever compiles for some seconds and keeps the
    machine code on disk. Without numba every game goes to the exact solver, and the result says
    so. Per game the kernel takes time proportional to n times the number of pairs of supports
    of equal size, which is less than binomial(m + n, m); more where ties make a game
    degenerate. Working memory is proportional to the chunk.

    Examples
    --------
    >>> import numpy as np
    >>> stakes = np.arange(1, 4)
    >>> games = np.zeros((3, 2, 2, 2), dtype=int)
    >>> games[:, 0, 0, 0] = games[:, 1, 1, 1] = stakes
    >>> games[:, 0, 1, 1] = games[:, 1, 0, 0] = 1
    >>> found = equilibria_batch(games)
    >>> found.counts.tolist()
    [3, 3, 3]
    >>> print(*found.equilibria(2)[2].strategies[0])
    3/4 1/4
    """
    games = _checked(payoffs)
    total, m, n = len(games), games.shape[2], games.shape[3]
    compiled = importlib.util.find_spec("numba") is not None
    if chunk is None:
        chunk = max(64, CHUNK_ENTRIES // (2 * m * n)) if compiled else EXACT_CHUNK
    threads = whole(threads, "threads", least=1)
    chunk = whole(chunk, "chunk", least=1)
    checked_call(progress, "progress")
    spans = [(start, min(start + chunk, total)) for start in range(0, total, chunk)]
    counts = np.empty(total, dtype=np.int64)
    rows = tuple(_Rows(width) for width in (m, n, 2))
    exact: dict[int, Solved] = {}
    solve = partial(_solve, compiled=compiled)
    for (start, stop), part in zip(
        spans, _mapped(solve, (games[a:b] for a, b in spans), threads), strict=True
    ):
        counts[start:stop] = part.counts
        for gathered, block in zip(rows, part.rows, strict=True):
            gathered.append(block, share=stop / total)
        exact |= {start + k: found for k, found in part.exact.items()}
        if progress is not None:
            progress(stop, total)
    first, second, values = (gathered.array() for gathered in rows)
    return BatchEquilibria(
        games=games,
        counts=read_only(counts),
        offsets=read_only(np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])),
        strategies=(first, second),
        payoffs=values,
        solved_exactly=FrozenMap(exact),
        compiled=compiled,
        guarantee="extreme",
    )


def _checked(payoffs: object) -> NDArray[Any]:
    """Return a read-only copy of payoffs: int64, float64 or Python integers."""
    where = "payoffs"
    if np.ma.is_masked(payoffs):
        raise GameError("masked entries", where=where, remedy="give every payoff a number")
    made = hasattr(payoffs, "__array__")
    try:
        given: NDArray[Any] = np.asarray(payoffs, dtype=None if made else object)
        # among the numbers of a list, numpy would make numbers of these
        if not made and NO_NUMBERS.isdisjoint(map(type, given.flat)):
            given = np.asarray(payoffs)
    except (ValueError, RuntimeError):  # ragged lists, or too deep ones
        given = np.empty(0)
    if given.ndim != 4 or given.shape[1] != 2 or 0 in given.shape[2:]:
        raise GameError(
            f"shape {given.shape} is not (N, 2, m, n)",
            where=where,
            remedy="give game, player, strategy of player 1, strategy of player 2",
        )
    if given.dtype.kind == "f" and given.dtype.itemsize <= 8:
        games = given.astype(np.float64)
        bad = np.argwhere(~np.isfinite(games))
        if len(bad):
            place = tuple(bad[0].tolist())
            raise GameError(f"{games[place]} at {place} is no finite number", where=where)
    elif given.dtype.kind in "iu" and (given.dtype != np.uint64 or given.max(initial=0) < 2**63):
        games = given.astype(np.int64)
    elif given.dtype == np.uint64 or (
        given.dtype == object and all(is_integer(v) for v in given.flat)
    ):
        games = np.empty(given.shape, dtype=object)
        games[...] = np.array([int(v) for v in given.flat], dtype=object).reshape(given.shape)
    else:
        raise GameError(
            f"entries of type {given.dtype} are neither integers nor doubles",
            where=where,
            remedy="scale them to integers, or solve the games one by one",
        )
    return read_only(np.ascontiguousarray(games))


def _mapped(
    solve: Callable[[NDArray[Any]], Part], chunks: Iterable[NDArray[Any]], threads: int
) -> Iterator[Part]:
    """Yield the solved chunks in order, a few ahead."""
    if threads == 1:
        yield from map(solve, chunks)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Part]] = deque()
        for games in chunks:
            waiting.append(pool.submit(solve, games))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Rows:
    """An array that grows by blocks of rows, seldom copied: what is not filled costs nothing."""

    def __init__(self, width: int) -> None:
        self._array = np.empty((0, width))
        self._used = 0

    def append(self, block: FloatArray, *, share: float) -> None:
        """Add rows; the `share` of all rows that is there then says how many may follow."""
        used = self._used + len(block)
        if used > len(self._array):
            larger = np.empty((int(1.1 * used / share) + 1, block.shape[1]))
            larger[: self._used] = self._array[: self._used]
            self._array = larger
        self._array[self._used : used] = block
        self._used = used

    def array(self) -> FloatArray:
        return read_only(self._array[: self._used])


@dataclass(frozen=True)
class Part:
    """The equilibria of one chunk of games: probabilities of both players and payoffs."""

    counts: NDArray[np.int64]
    rows: tuple[FloatArray, FloatArray, FloatArray]
    exact: dict[int, Solved]


class Piece(NamedTuple):
    """What one run of the kernel has found for the games with these places in a chunk."""

    games: NDArray[np.intp]
    counts: NDArray[np.int64]
    rows: tuple[FloatArray, FloatArray, FloatArray]
    weights: NDArray[np.int64]


def _solve(games: NDArray[Any], *, compiled: bool) -> Part:
    pieces = _run_kernel(games) if compiled else []
    if len(pieces) == 1 and len(pieces[0].games) == len(games):
        return Part(pieces[0].counts, pieces[0].rows, {})
    counts = np.full(len(games), -1, dtype=np.int64)
    for piece in pieces:
        counts[piece.games] = piece.counts
    exact = {int(k): equilibria(_game(games[k])).profiles for k in np.flatnonzero(counts < 0)}
    counts[list(exact)] = [len(found) for found in exact.values()]
    starts = np.cumsum(counts) - counts
    rows = tuple(np.empty((int(counts.sum()), size)) for size in (*games.shape[2:], 2))
    for piece in pieces:
        places = _places(starts[piece.games], piece.counts)
        for all_rows, own in zip(rows, piece.rows, strict=True):
            all_rows[places] = own
    first, second, values = rows
    for k, found in exact.items():
        for row, profile in enumerate(found, start=int(starts[k])):
            first[row], second[row] = profile.strategies
            values[row] = [_double(value) for value in profile.payoffs]
    return Part(counts, (first, second, values), exact)


def _run_kernel(games: NDArray[Any], *, exact: bool = False) -> list[Piece]:
    """Solve what machine arithmetic can, first in double precision, then in 64-bit integers.

    The weights are filled in only if they are asked for.
    """
    # compiled code is loaded here and never when a single game is solved
    from negotiation.normal_form import batch_kernels as kernels  # noqa: PLC0415

    m, n = games.shape[2:]
    plan = kernels.program(m, n)
    if plan is None:
        return []
    integers, fit = _integers(games)
    shown = _doubles(games)
    one, two = (tuple(side) for side in plan.sides)
    pieces = []
    left = np.flatnonzero(fit)
    largest = max(int(integers.max()), -int(integers.min()))
    for kind, top in ((np.float64, FLOAT_TOP), (np.int64, INT_TOP)):
        if not len(left):
            break
        ranges = [kernels.half_range(*own, top) for own in ((m, n), (n, m))]
        bounds, dtype = np.array(ranges, dtype=np.uint64) * 2, np.zeros(1, dtype=kind)
        small = largest <= min(ranges)
        counts = np.empty(len(left), dtype=np.int64)
        blocks = []
        done, need = 0, 2 * len(left) + 64
        while done < len(left):
            first, second, values = (np.empty((need, size)) for size in (m, n, 2))
            weights = np.empty((need if exact else 0, m + n), dtype=np.int64)
            done, used, need = kernels.solve_games(
                integers, shown, left, done, small, bounds, plan.size, one, two, dtype, counts,
                first, second, values, weights,
            )  # fmt: skip
            blocks.append([array[:used] for array in (first, second, values, weights)])
            need = max(int(need), 2 * (len(left) - done) + 64)
        solved = counts >= 0
        if solved.any():
            first, second, values, weights = (
                part[0] if len(part) == 1 else np.concatenate(part)
                for part in zip(*blocks, strict=True)
            )
            rows = (first, second, values)
            pieces.append(Piece(left[solved], counts[solved], rows, weights))
        left = left[~solved]
    return pieces


def _integers(games: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return payoffs as 64-bit integers, each player's by a factor of its own, where they fit."""
    if games.dtype == np.int64:
        return games, np.ones(len(games), dtype=bool)
    whole = np.zeros(games.shape, dtype=np.int64)
    if games.dtype == object:
        largest = abs(games).reshape(len(games), -1).max(axis=1, initial=0)
        small = np.array([value < INT_TOP for value in largest], dtype=bool)
        whole[small] = games[small].astype(np.int64)
        return whole, small
    # a double is an odd integer times two to the power `low`, and less than 2^`high`
    fraction, high = np.frexp(games)
    digits = (fraction * 2.0**53).astype(np.int64)
    low = high - 54 + np.frexp((digits & -digits).astype(np.float64))[1]
    low = np.where(games == 0, 2000, low).min(axis=(2, 3))
    high = np.where(games == 0, -2000, high).max(axis=(2, 3))
    low = np.where(low == 2000, 0, low)
    fit = ((high - low)[:, 0] <= 62) & ((high - low)[:, 1] <= 62)
    whole[fit] = np.ldexp(games[fit], -low[fit][:, :, None, None]).astype(np.int64)
    return whole, fit


def _places(starts: IntArray, counts: IntArray) -> IntArray:
    """Return start, start + 1, ..., as many as counted, for one start after the other."""
    ends = np.cumsum(counts)
    return np.repeat(starts - ends + counts, counts) + np.arange(int(counts.sum()))


def _game(payoffs: NDArray[Any]) -> NormalForm:
    exact = np.empty(payoffs.shape, dtype=object)
    exact.ravel()[:] = [Fraction(value) for value in payoffs.ravel().tolist()]
    return NormalForm.from_arrays(*exact)


def _doubles(games: NDArray[Any]) -> FloatArray:
    """Return payoffs as doubles; those beyond the range of doubles belong to exact games."""
    if games.dtype != object:
        return games.astype(np.float64, copy=False)
    return np.array([_double(value) for value in games.flat]).reshape(games.shape)


def _double(value: Fraction | int) -> float:
    """Return the nearest double, infinite beyond the range of doubles."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _distribution(weights: list[int]) -> tuple[Fraction, ...]:
    total = sum(weights)
    return tuple(Fraction(weight, total) if weight else ZERO for weight in weights)


def _mean(values: list[Any], weights: list[int]) -> Fraction:
    """Return the exact mean of integers or doubles."""
    if isinstance(values[0], float):
        values = list(map(Fraction, values))
    return Fraction(sum(v * w for v, w in zip(values, weights, strict=True)), sum(weights))
