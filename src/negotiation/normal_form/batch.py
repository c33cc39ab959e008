"""Many small two-player games at once: all extreme equilibria of each, exactly.

Sweeps and Monte Carlo ask for the equilibria of thousands of variants of one small game. They
are given as one array of shape (N, 2, m, n): game, player, strategy of player 1, strategy of
player 2. The answers are those of :func:`~negotiation.normal_form.equilibria`, degenerate games
included, in the same order.

- **Numbers.** Integers, fractions and decimals of Python mean themselves. A float means **exactly
  the double it is**: 0.1 here is 3602879701896397/36028797018963968, not 1/10, as it is a number
  that somebody's array program has computed and not one that somebody wrote. Where 0.1 is to mean
  1/10, give ``Fraction(1, 10)``, scale to integers or solve the games one by one. Lists may mix
  all of these: what one entry is changes no other.
- **Where it is computed.** The compiled kernel (:mod:`~negotiation.normal_form.batch_kernels`,
  which needs numba, the extra ``fast``) computes in double precision and proves every sign, else
  it finds it in integers. The few games that leave its range go, one by one, to the exact solver,
  and are counted; so do all games where numba is not installed, or where there are too few for
  loading it to pay. Both ways are exact: nothing is decided by rounded numbers.
- **What is rounded** is only the presentation in arrays of doubles, for numpy: each number there
  is the double nearest to the exact one. :meth:`BatchEquilibria.equilibria` returns fractions.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial, reduce
from numbers import Integral, Rational
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError, shorten
from negotiation.exact import FrozenMap, exact, numbered, read_only, whole
from negotiation.normal_form.all_equilibria import Equilibrium, equilibria
from negotiation.normal_form.bordered_minors import Program, program, vertex_of_basis
from negotiation.normal_form.equilibrium import over_one, weighted
from negotiation.normal_form.game import NormalForm, checked_call
from negotiation.results import Result, Table

__all__ = ["BatchEquilibria", "equilibria_batch"]

FloatArray = NDArray[np.float64]
Solved = tuple[Equilibrium, ...]
Progress = Callable[[int, int], object]

CHUNK_ENTRIES = 2**17  # payoffs in one chunk by default: working memory stays in the cache
EXACT_CHUNK = 256  # games, without the compiled kernel
FEW = 300  # games for which it does not pay to load the compiled kernel
KERNELS = "negotiation.normal_form.batch_kernels"
FLOAT_TOP = 2**53  # integers up to here are exact in double precision
INT_TOP = 2**63
NO_NUMBERS = (bool, np.bool_, np.timedelta64, type(np.ma.masked))


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
        Probabilities, each the double nearest to the exact one.
    payoffs : float64 array, shape (K, 2)
        Expected payoffs, each the double nearest to the exact one; infinite beyond doubles.
    bases : int32 array, shape (K, 2)
        Which pair of supports each player's strategy comes from, by its number in
        :func:`~negotiation.normal_form.bordered_minors.program`; -1 from the exact solver.
    solved_exactly : mapping of int to tuple of Equilibrium
        The games that went to the exact solver.
    compiled : bool
        Whether the compiled kernel was used; without it every game is solved exactly.
    """

    games: NDArray[Any]
    counts: NDArray[np.int64]
    offsets: NDArray[np.int64]
    strategies: tuple[FloatArray, FloatArray]
    payoffs: FloatArray
    bases: NDArray[np.int32]
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
        shape = self.games.shape[2], self.games.shape[3]
        n = shape[1]
        (one, below_one), (two, below_two) = (
            over_one([Fraction(value) for value in own.ravel().tolist()]) for own in self.games[k]
        )
        profiles = []
        for p, q in self.bases[self.offsets[k] : self.offsets[k + 1]].tolist():
            x, y = vertex_of_basis(two, shape, 0, p), vertex_of_basis(one, shape, 1, q)
            first, second = (
                weighted(x.weights, two[x.reply :: n], below_two),
                weighted(y.weights, one[y.reply * n : y.reply * n + n], below_one),
            )
            profiles.append(Equilibrium((first[0], second[0]), (second[1], first[1])))
        return tuple(profiles)

    def tables(self) -> tuple[Table, ...]:
        """Return how many games have how many extreme equilibria."""
        sizes, games = np.unique(self.counts, return_counts=True)
        if self.compiled:
            note = f"{self.exact_games:,} of {len(self):,} games went to the exact solver."
        else:
            why = (
                "numba is not installed"
                if importlib.util.find_spec("numba") is None
                else "There are too few games for loading the compiled kernel to pay"
            )
            note = f"{why}: every game went to the exact solver, one by one."
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
        player 2 plays strategy j. Integers of any size, fractions, decimals, or floats, each of
        which means exactly the double it is.
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
    With numba (extra ``fast``) the first call ever for 300 games or more compiles for some
    seconds and keeps the machine code on disk; loading it takes about a second in every process.
    Fewer games are solved by it where it is loaded. Without it every game goes to the exact
    solver, and the result says so: a 3 by 3 game then takes about 0.2 ms instead of 1 us. Per game
    the kernel takes time proportional to n times the number of pairs of supports of equal size,
    which is less than binomial(m + n, m); more where ties make a game degenerate, or where signs
    that doubles do not prove are found in integers. Working memory is proportional to the chunk.

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
    compiled = importlib.util.find_spec("numba") is not None and (
        total >= FEW or _kernel_is_loaded()
    )
    if chunk is None:
        chunk = max(64, CHUNK_ENTRIES // (2 * m * n)) if compiled else EXACT_CHUNK
    threads = whole(threads, "threads", least=1)
    chunk = whole(chunk, "chunk", least=1)
    checked_call(progress, "progress")
    spans = [(start, min(start + chunk, total)) for start in range(0, total, chunk)]
    counts = np.empty(total, dtype=np.int64)
    kinds = ((m, np.float64), (n, np.float64), (2, np.float64), (2, np.int32))
    rows = tuple(_Rows(width, kind) for width, kind in kinds)
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
    first, second, values, bases = (gathered.array() for gathered in rows)
    return BatchEquilibria(
        games=games,
        counts=read_only(counts),
        offsets=read_only(np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])),
        strategies=(first, second),
        payoffs=values,
        bases=bases,
        solved_exactly=FrozenMap(exact),
        compiled=compiled,
        guarantee="extreme",
    )


def _kernel_is_loaded() -> bool:
    """Say whether the compiled kernel has been used in this process."""
    kernels = sys.modules.get(KERNELS)
    return kernels is not None and bool(getattr(kernels.solve_games, "signatures", ()))


def _checked(payoffs: object) -> NDArray[Any]:
    """Return a read-only copy of payoffs: int64, float64, or Python integers and fractions."""
    where = "payoffs"
    if np.ma.is_masked(payoffs):
        raise GameError("masked entries", where=where, remedy="give every payoff a number")
    made = hasattr(payoffs, "__array__")
    try:
        # in lists numpy would choose one type for all numbers
        given: NDArray[Any] = np.asarray(payoffs, dtype=None if made else object)
    except (ValueError, RuntimeError):  # ragged lists, or too deep ones
        given = np.empty(0)
    if given.ndim != 4 or given.shape[1] != 2 or 0 in given.shape[2:]:
        raise GameError(
            f"shape {given.shape} is not (N, 2, m, n)",
            where=where,
            remedy="give game, player, strategy of player 1, strategy of player 2",
        )
    if given.dtype == object:
        games = _read(given)
    elif given.dtype.kind == "f" and given.dtype.itemsize <= 8:
        games = given.astype(np.float64)
        _refuse_infinite(games)
    elif given.dtype.kind in "iu":
        large = given.dtype == np.uint64 and given.max(initial=0) >= INT_TOP
        games = given.astype(object if large else np.int64)
    else:
        raise _no_numbers(f"entries of type {given.dtype}")
    return read_only(np.ascontiguousarray(games))


def _read(given: NDArray[Any]) -> NDArray[Any]:
    """Return numbers of any types as int64 or float64 if all are such, else as exact numbers."""
    flat = given.ravel().tolist()
    kinds = set(map(type, flat))
    for kind in kinds:
        long = issubclass(kind, np.floating) and kind().itemsize > 8
        known = (Integral, Rational, Decimal, float, np.floating)
        if issubclass(kind, NO_NUMBERS) or not issubclass(kind, known) or long:
            place = next(k for k, value in enumerate(flat) if type(value) is kind)
            raise _no_numbers(f"'{shorten(flat[place])}', of type {kind.__name__},")
    floating = {kind for kind in kinds if issubclass(kind, (float, np.floating))}
    rest = kinds - floating
    integers = all(issubclass(kind, Integral) for kind in rest)
    top = FLOAT_TOP if floating else INT_TOP - 1
    numbers: list[Any]
    if integers:
        numbers = [float(v) if type(v) in floating else int(v) for v in flat]
        if all(-top <= v <= top for v in numbers if type(v) is int):
            kept = np.array(numbers, dtype=np.float64 if floating else np.int64)
            games: NDArray[Any] = kept.reshape(given.shape)
            if floating:
                _refuse_infinite(games)
            return games
    if floating:
        finite = np.array(
            [not isinstance(v, (float, np.floating)) or math.isfinite(v) for v in flat]
        )
        bad = np.argwhere(~finite.reshape(given.shape))
        if len(bad):
            raise _infinite(given, tuple(bad[0].tolist()))
    # a float is the double it is, everything else what it says
    numbers = [
        Fraction(float(v)) if type(v) in floating else exact(v, where="payoffs") for v in flat
    ]
    games = np.empty(given.shape, dtype=object)
    games.ravel()[:] = [v.numerator for v in numbers] if integers and not floating else numbers
    return games


def _no_numbers(what: str) -> GameError:
    return GameError(
        f"{what} are neither integers nor doubles, fractions or decimals",
        where="payoffs",
        remedy="give numbers of these types",
    )


def _refuse_infinite(games: FloatArray) -> None:
    finite = np.isfinite(games)
    if not finite.all():
        raise _infinite(games, tuple(np.argwhere(~finite)[0].tolist()))


def _infinite(games: NDArray[Any], place: tuple[int, ...]) -> GameError:
    return GameError(f"{games[place]} at {place} is no finite number", where="payoffs")


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

    def __init__(self, width: int, kind: type) -> None:
        self._array: NDArray[Any] = np.empty((0, width), dtype=kind)
        self._used = 0

    def append(self, block: NDArray[Any], *, share: float) -> None:
        """Add rows; the `share` of all rows that is there then says how many may follow."""
        used = self._used + len(block)
        if share == 1 and not self._used:
            self._array, self._used = block, used
            return
        if used > len(self._array):
            size = (int(1.1 * used / share) + 1, block.shape[1])
            larger = np.empty(size, dtype=self._array.dtype)
            larger[: self._used] = self._array[: self._used]
            self._array = larger
        self._array[self._used : used] = block
        self._used = used

    def array(self) -> NDArray[Any]:
        return read_only(self._array[: self._used])


Rows = tuple[NDArray[Any], ...]
"""One row per equilibrium: probabilities of both players, payoffs and bases."""


@dataclass(frozen=True)
class Part:
    """The equilibria of one chunk of games."""

    counts: NDArray[np.int64]
    rows: Rows
    exact: dict[int, Solved]


class Piece(NamedTuple):
    """What one run of the kernel has found for the games with these places in a chunk."""

    games: NDArray[np.intp]
    counts: NDArray[np.int64]
    rows: Rows


def _solve(games: NDArray[Any], *, compiled: bool) -> Part:
    plan = program(*games.shape[2:]) if compiled else None
    pieces: list[Piece] = []
    if plan is not None:
        for places, source, shown in _sources(games):
            pieces += _run_kernel(plan, places, source, shown)
    solved = np.concatenate([np.empty(0, np.intp), *(piece.games for piece in pieces)])
    rest = np.setdiff1d(np.arange(len(games)), solved) if len(solved) < len(games) else solved[:0]
    exact = {int(k): equilibria(_game(games[k])).profiles for k in rest}
    if exact or not pieces:
        pieces.append(_exact_piece(rest, list(exact.values()), games.shape[2:]))
    whole = reduce(_merged, pieces)
    return Part(whole.counts, whole.rows, exact)


def _exact_piece(games: NDArray[np.intp], found: list[Solved], shape: tuple[int, ...]) -> Piece:
    """Return what the exact solver has found, rounded."""
    profiles = [profile for own in found for profile in own]
    first, second = (
        np.array([[float(v) for v in profile.strategies[p]] for profile in profiles])
        for p in (0, 1)
    )
    values = np.array([[_double(value) for value in profile.payoffs] for profile in profiles])
    return Piece(
        games,
        np.array([len(own) for own in found], dtype=np.int64),
        (
            first.reshape(-1, shape[0]),
            second.reshape(-1, shape[1]),
            values.reshape(-1, 2),
            np.full((len(profiles), 2), -1, dtype=np.int32),
        ),
    )


def _merged(one: Piece, two: Piece) -> Piece:
    """Return two pieces as one, game by game."""
    if len(one.games) < len(two.games):
        one, two = two, one
    if not len(two.games):
        return one
    at = np.searchsorted(one.games, two.games)
    cuts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(one.counts)])[at]
    rows: Rows
    if len(one.games) < 16 * len(two.games):
        into = np.repeat(cuts, two.counts)
        rows = tuple(
            np.insert(large, into, small, axis=0)
            for large, small in zip(one.rows, two.rows, strict=True)
        )
    else:  # few games between many: whole stretches are copied
        ends, begin = np.cumsum(two.counts), 0
        stretches = []
        for cut, end, count in zip(cuts.tolist(), ends.tolist(), two.counts.tolist(), strict=True):
            stretches.append((begin, cut, end - count, end))
            begin = cut
        rows = tuple(
            np.concatenate(
                [part for a, b, c, d in stretches for part in (large[a:b], small[c:d])]
                + [large[begin:]]
            )
            for large, small in zip(one.rows, two.rows, strict=True)
        )
    return Piece(np.insert(one.games, at, two.games), np.insert(one.counts, at, two.counts), rows)


class Source(NamedTuple):
    """Payoffs as the kernel reads them; see ``batch_kernels.solve_games``."""

    kind: int
    integers: NDArray[np.int64]
    doubles: FloatArray
    words: NDArray[np.uint64]
    negative: NDArray[np.bool_]
    divisors: NDArray[np.uint64]


def _sources(games: NDArray[Any]) -> Iterator[tuple[NDArray[np.intp], Source, FloatArray]]:
    """Yield what the kernel can read: places of games, their payoffs, and these as doubles."""
    # compiled code is loaded here and never when a single game is solved
    from negotiation.normal_form import batch_kernels as kernels  # noqa: PLC0415

    nothing = Source(
        0,
        np.empty(0, dtype=np.int64),
        np.empty(0),
        np.empty((0, 0), dtype=np.uint64),
        np.empty(0, dtype=np.bool_),
        np.empty((0, 0), dtype=np.uint64),
    )
    everything = np.arange(len(games))
    if games.dtype == np.int64:
        flat = games.ravel()
        yield (
            everything,
            nothing._replace(kind=kernels.INTEGERS, integers=flat),
            flat.astype(np.float64),
        )
        return
    if games.dtype == np.float64:
        flat = games.ravel()
        yield everything, nothing._replace(kind=kernels.DOUBLES, doubles=flat), flat
        return
    # Python's numbers: integers that fit 64 bits, then what fits the words
    small = np.array(
        [
            all(type(v) is int and -INT_TOP <= v < INT_TOP for v in game.ravel().tolist())
            for game in games
        ],
        dtype=bool,
    )
    if small.any():
        whole = games[small].astype(np.int64)
        yield (everything[small], *next(_sources(whole))[1:])
    held, read = [], []
    for k in everything[~small].tolist():
        sides = [_words(own.ravel().tolist(), kernels.MAX_WORDS) for own in games[k]]
        if None not in sides:
            held.append(k)
            read += sides
    if held:
        near, words, negative, divisors = (np.concatenate(part) for part in zip(*read, strict=True))
        source = nothing._replace(
            kind=kernels.WORDS, doubles=near, words=words, negative=negative, divisors=divisors
        )
        shown = np.array([_double(v) for v in games[held].ravel().tolist()])
        yield np.array(held), source, shown


def _words(
    numbers: list[Any], size: int
) -> tuple[FloatArray, NDArray[np.uint64], NDArray[np.bool_], NDArray[np.uint64]] | None:
    """Return one player's payoffs in one game in words of 32 bits, or None if they do not fit.

    First, integers with the same differences up to a factor, rounded to doubles; if they are
    below 2^53 they are not.
    """
    whole, below = over_one(numbers)
    bits = 32 * size
    if max(map(abs, whole)) >> bits or below >> bits:
        return None
    low, high = min(whole), max(whole)
    factor = math.gcd(*(v - low for v in whole)) or 1
    middle = (high - low) // factor // 2
    least = max(0, middle.bit_length() - 60)
    near = [math.ldexp(float((v - low) // factor - middle), -least) for v in whole]
    held = b"".join(abs(v).to_bytes(4 * size, "little") for v in [*whole, below])
    words = np.frombuffer(held, dtype="<u4").astype(np.uint64).reshape(-1, size)
    return np.array(near), words[:-1], np.array([v < 0 for v in whole]), words[-1:]


def _run_kernel(
    plan: Program, places: NDArray[np.intp], source: Source, shown: FloatArray
) -> Iterator[Piece]:
    """Yield the games that the kernel solves: by signs of doubles, then by signs of integers."""
    from negotiation.normal_form import batch_kernels as kernels  # noqa: PLC0415

    m, n = plan.shape
    one, two = (tuple(side) for side in plan.sides)
    ranges = [kernels.half_range(*own) for own in ((m, n), (n, m))]
    limits = np.array(ranges, dtype=np.uint64) * np.uint64(2)
    rounded = source.kind != kernels.DOUBLES
    factors = tuple(
        np.array(kernels.error_factors(min(own, replies - 1), rounded))
        for own, replies in ((m, n), (n, m))
    )
    small = source.kind == kernels.INTEGERS and max(
        int(source.integers.max()), -int(source.integers.min())
    ) <= min(ranges)
    # arrays of one kind whatever is in them, as the kernel is compiled for their types
    fixed = (source.kind, *(read_only(part.view()) for part in source[1:]))
    shown = read_only(shown.view())
    games, known = np.arange(len(places)), np.empty((0, 0), dtype=np.int8)
    while len(games):
        counts = np.empty(len(games), dtype=np.int64)
        blocks: list[Rows] = []
        done, written, need = 0, 0, 8 * len(games) + 64  # what is not filled costs nothing
        while done < len(games):
            first, second, values = (np.empty((need, size)) for size in (m, n, 2))
            bases = np.empty((need, 2), dtype=np.int32)
            done, used, need = kernels.solve_games(
                fixed, shown, games, done, small, limits, factors, known, (m, n), plan.size,
                one, two, counts, first, second, values, bases,
            )  # fmt: skip
            blocks.append((first[:used], second[:used], values[:used], bases[:used]))
            written += used
            share = 1.1 * written / max(done, 1)
            need = max(int(need), int(max(2.0, share) * (len(games) - done)) + 64)
        rows: Rows = tuple(
            part[0] if len(part) == 1 else np.concatenate(part)
            for part in zip(*blocks, strict=True)
        )
        doubtful = games[counts == kernels.DOUBTFUL]
        if np.isnan(rows[2]).any():
            lengths = np.maximum(counts, 0)
            kernels.finish_rows(fixed, games, (m, n), plan.size, one, two, counts, *rows)
            if (lost := (lengths > 0) & (counts < 0)).any():
                kept = ~np.repeat(lost, lengths)
                rows = tuple(part[kept] for part in rows)
        solved = counts >= 0
        yield Piece(places[games[solved]], counts[solved], rows)
        games = doubtful
        if len(games):
            known = np.empty((len(games), sum(len(side.start) - 1 for side in plan.sides)), np.int8)
            kernels.prove_signs(fixed, games, (m, n), one, two, known)


def _game(payoffs: NDArray[Any]) -> NormalForm:
    exact = np.empty(payoffs.shape, dtype=object)
    exact.ravel()[:] = [Fraction(value) for value in payoffs.ravel().tolist()]
    return NormalForm.from_arrays(*exact)


def _double(value: Fraction | int) -> float:
    """Return the nearest double, infinite beyond the range of doubles."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
