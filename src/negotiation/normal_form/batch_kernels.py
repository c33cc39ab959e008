"""Compiled kernels: all extreme equilibria of many small games in machine numbers, exactly.

**Bordered minors.** Player 1 mixes over m strategies, the opponent has n replies and earns
C[i, j] from reply j against strategy i. For a set R of r strategies and a set T of r + 1 replies
let E(R, T) be the determinant of the rows R and columns T of C below a row of ones. Adding a
constant to C changes no E. By Cramer's rule, for S and T of equal size k:

- the weights on S that make all of T earn the same are, up to a common factor, the numbers
  (-1)^i E(S without its i-th member, T), i = 1..k;
- what T earns less what j earns is then, times the same factor, -(-1)^c E(S, T with j), where
  c counts the members of T below j.

So (S, T) is a basis of a vertex of the best-reply polyhedron exactly if all k weights have one
sign and the n - k slacks, times that sign, are not negative; T and every reply of slack zero
are the best replies. Where no slack of any vertex of either player is zero the game is
nondegenerate, and the equilibria are the (S, T) that are vertices for both players. Otherwise
the distinct vertices are listed with bitmasks of their labels and joined; two bases with the
same support and the same best replies are one vertex.

**Arithmetic.** The minors are found by expansion along the last row, smallest first, with
products and sums of integers only, for 64 games at a time. :func:`half_range` says how large
payoffs may be so that no partial sum leaves the machine type: 2^53 in float64, where the
arithmetic of integers is exact and runs in vector registers, 2^62 in int64. Signs are kept as
bits, one word for 64 games, so that a pair of supports is tested for all of them at once.

Compiled by numba where it is installed; :data:`COMPILED` says so. Without it the functions below
are not used.

Sources: Hadamard's inequality for the bound; Mangasarian (1964) and von Stengel (2002) on
vertices and labels.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["COMPILED", "Program", "describe", "half_range", "program", "solve_games"]

LANES = 64
ONE = np.uint64(1)
NONE = np.uint64(0)
FULL = np.uint64(2**64 - 1)
MAX_STRATEGIES = 62  # labels of one player fit a word
MAX_MINORS = 20_000
UNSOLVED = -1

Places = tuple[int, ...]
Function = TypeVar("Function", bound=Callable[..., Any])

try:
    _numba: Any = importlib.import_module("numba")
except ImportError:
    _numba = None

COMPILED = _numba is not None


def _jit(function: Function) -> Function:
    """Compile on first call, with the machine code kept on disk where that is possible."""
    if _numba is None:
        return function
    options = {"nogil": True, "error_model": "numpy"}
    try:
        compiled: Function = _numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder to keep it in
        compiled = _numba.njit(**options)(function)
    return compiled


class Side(NamedTuple):
    """One player's part of a :class:`Program`.

    Minor e >= ``ones`` is the alternating sum of ``entry[k] * minor[child[k]]`` for k in
    ``start[e]:start[e + 1]``, the last term positive; the minors below are 1. In test p the
    first ``size[p]`` minors ``test[p]`` are weights, of the strategies ``place[p]``, and the
    others slacks, of the replies ``place[p]``; ``minus[p]`` says which change sign.
    """

    ones: int
    start: NDArray[np.int64]
    entry: NDArray[np.int64]
    child: NDArray[np.int64]
    test: NDArray[np.int64]
    minus: NDArray[np.bool_]
    place: NDArray[np.int64]
    rank: NDArray[np.int64]
    support: NDArray[np.uint64]
    replies: NDArray[np.uint64]


class Program(NamedTuple):
    """What to compute for games of one shape: the pairs of supports in their final order."""

    shape: tuple[int, int]
    size: NDArray[np.int64]
    sides: tuple[Side, Side]


def _minor_count(own: int, replies: int) -> int:
    return sum(
        math.comb(own, r) * math.comb(replies, r + 1) for r in range(min(own, replies - 1) + 1)
    )


@lru_cache(maxsize=16)
def program(m: int, n: int) -> Program | None:
    """Return the program for m by n games, or None if they are too large for it.

    Examples
    --------
    >>> len(program(3, 3).size), program(40, 40)
    (19, None)
    """
    too_many = max(_minor_count(m, n), _minor_count(n, m)) > MAX_MINORS
    if max(m, n) > MAX_STRATEGIES or too_many:
        return None
    pairs = [
        (S, T)
        for k in range(1, min(m, n) + 1)
        for S in combinations(range(m), k)
        for T in combinations(range(n), k)
    ]
    pairs.sort(key=lambda pair: (len(pair[0]) > 1, pair))
    return Program(
        (m, n),
        np.array([len(S) for S, _ in pairs]),
        (_side(m, n, pairs, (n, 1)), _side(n, m, [(T, S) for S, T in pairs], (1, n))),
    )


def _side(
    own: int,
    replies: int,
    pairs: list[tuple[Places, Places]],
    strides: tuple[int, int],
) -> Side:
    index: dict[tuple[Places, Places], int] = {((), (t,)): t for t in range(replies)}
    start, entry, child = [0] * (replies + 1), list[int](), list[int]()
    for r in range(1, min(own, replies - 1) + 1):
        for R in combinations(range(own), r):
            for T in combinations(range(replies), r + 1):
                index[R, T] = len(index)
                entry += [R[-1] * strides[0] + t * strides[1] for t in T]
                child += [index[R[:-1], T[:q] + T[q + 1 :]] for q in range(r + 1)]
                start.append(len(entry))
    ranks = {S: k for k, S in enumerate(sorted({S for S, _ in pairs}))}
    test = np.empty((len(pairs), replies), dtype=np.int64)
    minus, place = np.empty(test.shape, dtype=np.bool_), np.empty(test.shape, dtype=np.int64)
    for p, (S, T) in enumerate(pairs):
        for i, s in enumerate(S):
            test[p, i], minus[p, i], place[p, i] = index[S[:i] + S[i + 1 :], T], i % 2 == 0, s
        for i, j in enumerate((j for j in range(replies) if j not in T), start=len(S)):
            below = sum(t < j for t in T)
            union = (*T[:below], j, *T[below:])
            test[p, i], minus[p, i], place[p, i] = index[S, union], below % 2 == 0, j
    return Side(
        replies,
        np.array(start),
        np.array(entry, dtype=np.int64),
        np.array(child, dtype=np.int64),
        test,
        minus,
        place,
        np.array([ranks[S] for S, _ in pairs]),
        np.array([sum(1 << s for s in S) for S, _ in pairs], dtype=np.uint64),
        np.array([sum(1 << t for t in T) for _, T in pairs], dtype=np.uint64),
    )


@lru_cache(maxsize=256)
def half_range(own: int, replies: int, top: int) -> int:
    """Return the largest h such that payoffs from -h to h keep all numbers within `top`.

    A minor of r rows of payoffs and one of ones is at most h^r (r + 1)^((r + 1) / 2) by
    Hadamard's inequality; partial sums of its expansion are at most (r + 1) h times the bound
    for r - 1, and weights are added up.

    Examples
    --------
    >>> half_range(2, 2, 2**53) == 2**51, half_range(6, 6, 2**53)
    (True, 370)
    """

    def largest(h: int) -> int:
        bounds: list[int] = [
            h**r * (math.isqrt((r + 1) ** (r + 1) - 1) + 1)
            for r in range(1, min(own, replies - 1) + 1)
        ]
        sums = [(r + 2) * h * bound for r, bound in enumerate([1, *bounds])]
        return max([own, *(own * bound for bound in bounds), *sums[: len(bounds)]])

    low, high = 0, top // 2
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if largest(middle) <= top else (low, middle - 1)
    return low


@_jit
def _reduced(values: Any, low: Any, limit: Any, lane: Any, entries: Any) -> Any:
    """Write payoffs without their common factor into a lane; say whether they are in range."""
    divisor = highest = NONE
    for value in values:
        other = np.uint64(value) - np.uint64(low)
        highest = max(highest, other)
        while other:
            divisor, other = other, divisor % other
    highest //= divisor
    if highest > limit:
        return False
    for i in range(len(values)):
        value = (np.uint64(values[i]) - np.uint64(low)) // divisor
        entries[i, lane] = np.int64(value) - np.int64(highest >> ONE)
    return True


@_jit
def _load(flat: Any, games: Any, block: Any, player: Any, limit: Any, entries: Any) -> Any:
    """Write payoffs around zero into one lane per game; return the lanes that are in range."""
    live = NONE
    cells = len(entries)
    for l in range(min(LANES, len(games) - block)):
        first = (2 * games[block + l] + player) * cells
        low = high = flat[first]
        for i in range(first + 1, first + cells):
            low = min(low, flat[i])
            high = max(high, flat[i])
        spread = np.uint64(high) - np.uint64(low)
        if spread <= limit:
            live |= ONE << np.uint64(l)
            middle = low + np.int64(spread >> ONE)
            for i in range(cells):
                entries[i, l] = flat[first + i] - middle
        elif _reduced(flat[first : first + cells], low, limit, l, entries):
            live |= ONE << np.uint64(l)
        else:
            entries[:, l] = 0
    return live


@_jit
def _minors(ones: Any, start: Any, entry: Any, child: Any, entries: Any, minors: Any) -> None:
    """Compute all minors of 64 games."""
    for e in range(ones, len(start) - 1):
        first, last = start[e], start[e + 1] - 1
        result = minors[e]
        payoff, minor = entries[entry[last]], minors[child[last]]
        for l in range(LANES):
            result[l] = payoff[l] * minor[l]
        for k in range(first, last):
            payoff, minor = entries[entry[k]], minors[child[k]]
            if (last - k) % 2 == 0:
                for l in range(LANES):
                    result[l] += payoff[l] * minor[l]
            else:
                for l in range(LANES):
                    result[l] -= payoff[l] * minor[l]


@_jit
def _signs(minors: Any, signs: Any) -> None:
    """Pack the signs of 64 games into words: bits set where positive, where negative."""
    for e in range(len(minors)):
        above, below = NONE, NONE
        for l in range(LANES):
            above |= np.uint64(minors[e, l] > 0) << np.uint64(l)
            below |= np.uint64(minors[e, l] < 0) << np.uint64(l)
        signs[e, 0] = above
        signs[e, 1] = below


@_jit
def _vertex_bits(k: Any, test: Any, minus: Any, signs: Any) -> Any:
    """Say in which of 64 games a basis is that of a simple, and of a degenerate, vertex."""
    up, down = FULL, FULL  # all weights positive, all negative
    for i in range(k):
        s = np.int64(minus[i])
        up &= signs[test[i], s]
        down &= signs[test[i], 1 - s]
    weak_up, weak_down = up, down
    for i in range(k, len(test)):
        s = np.int64(minus[i])
        above, below = signs[test[i], s], signs[test[i], 1 - s]
        up &= above
        down &= below
        weak_up &= ~below
        weak_down &= ~above
    simple = up | down
    return simple, (weak_up | weak_down) & ~simple


@_jit
def _vertices(lane: Any, size: Any, tests: Any, minors: Any, found: Any, tight: Any) -> Any:
    """List the vertices of one player in one game, each once: a basis and the best replies."""
    test, minus, place, rank, replies = tests
    count = 0
    for p in range(len(size)):
        k = size[p]
        sign = minors[test[p, 0], lane]
        if minus[p, 0]:
            sign = -sign
        labels = replies[p]
        good = sign != 0
        for i in range(1, test.shape[1]):
            if not good:
                break
            value = minors[test[p, i], lane]
            if minus[p, i] != (sign < 0):
                value = -value
            if i < k:
                good = value > 0
            elif value == 0:
                labels |= ONE << np.uint64(place[p, i])
            else:
                good = value > 0
        for v in range(count):
            if not good:
                break
            good = tight[v] != labels or rank[found[v]] != rank[p]
        if good:
            found[count] = p
            tight[count] = labels
            count += 1
    return count


@_jit
def _write(
    p: Any, lane: Any, size: Any, tests: Any, minors: Any, rows: Any, r: Any, first: Any, count: Any
) -> None:
    """Write the weights of the vertex of a basis into columns of a row."""
    test, _, place, _, _ = tests
    for i in range(first, first + count):
        rows[r, i] = 0
    for i in range(size[p]):
        rows[r, first + place[p, i]] = np.int64(abs(minors[test[p, i], lane]))


@_jit
def _compare(a: Any, b: Any, c: Any, d: Any) -> Any:
    """Return the sign of a/b - c/d by Euclid's algorithm: nothing can overflow."""
    sign = 1
    while True:
        if a // b != c // d:
            return sign if a // b > c // d else -sign
        a, c = a % b, c % d
        if a == 0 or c == 0:
            return 0 if a == c else (sign if c == 0 else -sign)
        a, b, c, d, sign = b, a, d, c, -sign


@_jit
def _later(one: Any, two: Any, m: Any) -> Any:
    """Say whether the strategies of one row of weights come after those of another."""
    for first, last in ((0, m), (m, len(one))):
        total, other = one[first:last].sum(), two[first:last].sum()
        for i in range(first, last):
            order = _compare(one[i], total, two[i], other)
            if order:
                return order > 0
    return False


@_jit
def _sort(rows: Any, keys: Any, m: Any) -> None:
    """Sort equilibria by key, then by their strategies."""
    row = np.empty(rows.shape[1], np.int64)
    for i in range(1, len(rows)):
        key = keys[i]
        row[:] = rows[i]
        j = i
        while j > 0 and (keys[j - 1] > key or (keys[j - 1] == key and _later(rows[j - 1], row, m))):
            rows[j] = rows[j - 1]
            keys[j] = keys[j - 1]
            j -= 1
        rows[j] = row
        keys[j] = key


@_jit
def solve_games(
    payoffs: Any, games: Any, first: Any, limits: Any, size: Any, one: Any, two: Any,
    kind: Any, counts: Any, rows: Any,
) -> Any:  # fmt: skip
    """Find all extreme equilibria of games[first:] until `rows` is full.

    Parameters
    ----------
    payoffs : int64 array, shape (N, 2, m, n), contiguous
    games : int64 array
        Which of them.
    first : int
        Where in `games` to begin.
    limits : uint64 array, shape (2,)
        Twice the :func:`half_range` of either side.
    size, one, two
        The fields of a :class:`Program`.
    kind : array, shape (1,)
        Its type is the type of the arithmetic, float64 or int64.
    counts : int64 array, shape (len(games),)
        Written: the number of equilibria, ``UNSOLVED`` where payoffs are out of range.
    rows : int64 array, shape (capacity, m + n)
        Written: the weights of both players, one equilibrium after the other.

    Returns
    -------
    tuple of int
        How far it came in `games`, the rows written, the rows the next game needs.
    """
    ones1, start1, entry1, child1, test1, minus1, place1, rank1, support1, replies1 = one
    ones2, start2, entry2, child2, test2, minus2, place2, rank2, support2, replies2 = two
    m, n = payoffs.shape[2], payoffs.shape[3]
    flat = payoffs.reshape(-1)
    total = len(size)
    entries1 = np.zeros((m * n, LANES), kind.dtype)
    entries2 = np.zeros((m * n, LANES), kind.dtype)
    minors1 = np.ones((len(start1) - 1, LANES), kind.dtype)
    minors2 = np.ones((len(start2) - 1, LANES), kind.dtype)
    signs1 = np.zeros((len(minors1), 2), np.uint64)
    signs2 = np.zeros((len(minors2), 2), np.uint64)
    lists = np.empty((LANES, total), np.int64)
    number = np.empty(LANES, np.int64)
    found1, found2 = np.empty(total, np.int64), np.empty(total, np.int64)
    tight1, tight2 = np.empty(total, np.uint64), np.empty(total, np.uint64)
    tests1 = (test1, minus1, place1, rank1, replies1)
    tests2 = (test2, minus2, place2, rank2, replies2)
    used = 0
    for block in range(first, len(games), LANES):
        width = min(LANES, len(games) - block)
        live = _load(flat, games, block, 1, limits[0], entries1)
        live &= _load(flat, games, block, 0, limits[1], entries2)
        number[:] = 0
        _minors(ones1, start1, entry1, child1, entries1, minors1)
        _minors(ones2, start2, entry2, child2, entries2, minors2)
        _signs(minors1, signs1)
        _signs(minors2, signs2)
        tied = NONE
        for p in range(total):
            simple1, weak1 = _vertex_bits(size[p], test1[p], minus1[p], signs1)
            simple2, weak2 = _vertex_bits(size[p], test2[p], minus2[p], signs2)
            tied |= weak1 | weak2
            both = simple1 & simple2 & live
            l = 0
            while both:
                if both & np.uint64(0xFF) == NONE:
                    both >>= np.uint64(8)
                    l += 8
                    continue
                if both & ONE:
                    lists[l, number[l]] = p
                    number[l] += 1
                both >>= ONE
                l += 1
        for l in range(width):
            if not (live >> np.uint64(l)) & ONE:
                counts[block + l] = UNSOLVED
                continue
            if not (tied >> np.uint64(l)) & ONE:
                if used + number[l] > len(rows):
                    return block + l, used, number[l]
                for e in range(number[l]):
                    p = lists[l, e]
                    _write(p, l, size, tests1, minors1, rows, used, 0, m)
                    _write(p, l, size, tests2, minors2, rows, used, m, n)
                    used += 1
                counts[block + l] = number[l]
                continue
            count1 = _vertices(l, size, tests1, minors1, found1, tight1)
            count2 = _vertices(l, size, tests2, minors2, found2, tight2)
            pairs = 0
            for v in range(count1):
                for w in range(count2):
                    outside = support1[found1[v]] & ~tight2[w]
                    outside |= support2[found2[w]] & ~tight1[v]
                    pairs += outside == NONE
            if used + pairs > len(rows):
                return block + l, used, pairs
            keys = np.empty(pairs, np.int64)
            e = 0
            for v in range(count1):
                for w in range(count2):
                    p, q = found1[v], found2[w]
                    outside = (support1[p] & ~tight2[w]) | (support2[q] & ~tight1[v])
                    if outside:
                        continue
                    _write(p, l, size, tests1, minors1, rows, used + e, 0, m)
                    _write(q, l, size, tests2, minors2, rows, used + e, m, n)
                    mixed = np.int64(size[p] + size[q] > 2)
                    keys[e] = (mixed * total + rank1[p]) * total + rank2[q]
                    e += 1
            _sort(rows[used : used + pairs], keys, m)
            counts[block + l] = pairs
            used += pairs
    return len(games), used, 0


@_jit
def describe(payoffs: Any, counts: Any, rows: Any, first: Any, second: Any, values: Any) -> None:
    """Write the probabilities of both players and what they get, in double precision.

    Parameters
    ----------
    payoffs : float64 array, shape (N, 2, m, n)
    counts : int64 array, shape (N,)
    rows : int64 array, shape (K, m + n)
        Weights, the equilibria of one game after those of another.
    first, second, values : float64 arrays, shapes (K, m), (K, n), (K, 2)
        Written.
    """
    m, n = payoffs.shape[2], payoffs.shape[3]
    k = 0
    for g in range(len(counts)):
        for _ in range(counts[g]):
            total = other = 0
            row = column = -1
            for i in range(m):
                total += rows[k, i]
                row = i if row < 0 and rows[k, i] else row
            for j in range(n):
                other += rows[k, m + j]
                column = j if column < 0 and rows[k, m + j] else column
            earned = received = 0.0
            for i in range(m):
                first[k, i] = rows[k, i] / total
                received += first[k, i] * payoffs[g, 1, i, column]
            for j in range(n):
                second[k, j] = rows[k, m + j] / other
                earned += second[k, j] * payoffs[g, 0, row, j]
            values[k, 0] = earned
            values[k, 1] = received
            k += 1
