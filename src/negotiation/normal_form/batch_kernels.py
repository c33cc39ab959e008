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

__all__ = ["COMPILED", "Program", "half_range", "program", "solve_games"]

LANES = 64
ONE = np.uint64(1)
NONE = np.uint64(0)
FULL = np.uint64(2**64 - 1)
GATHER = np.uint64(0x0102040810204080)
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # its 64 windows of six bits are all different
LOWEST = np.empty(64, dtype=np.int64)
LOWEST[[((1 << _bit) * int(DE_BRUIJN) % 2**64) >> 58 for _bit in range(64)]] = range(64)
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
def _load(flat: Any, starts: Any, width: Any, limit: Any, entries: Any) -> Any:
    """Write payoffs around zero into one lane per game; return the lanes that are in range."""
    live = NONE
    cells = len(entries)
    for l in range(width):
        first = starts[l]
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
def _load_small(flat: Any, starts: Any, width: Any, entries: Any) -> None:
    """Write payoffs that are in range as they are into one lane per game."""
    for i in range(len(entries)):
        row = entries[i]
        for l in range(width):
            row[l] = flat[starts[l] + i]


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
    words = np.empty((2, LANES // 8), np.uint64)
    above, below = words[0].view(np.uint8), words[1].view(np.uint8)
    for e in range(len(minors)):
        row = minors[e]
        for l in range(LANES):
            above[l] = row[l] > 0
            below[l] = row[l] < 0
        for s in range(2):
            bits = NONE
            for w in range(LANES // 8):
                # eight bytes of zero or one become the eight bits of the highest byte
                byte = (words[s, w] * GATHER) >> np.uint64(56)
                bits |= byte << np.uint64(8 * w)
            signs[e, s] = bits


@_jit
def _bases(size: Any, test: Any, minus: Any, signs: Any, simple: Any, weak: Any) -> None:
    """Say in which of 64 games a basis is that of a simple, and of a degenerate, vertex."""
    for p in range(len(size)):
        up, down = FULL, FULL  # all weights positive, all negative
        for i in range(size[p]):
            s = np.int64(minus[p, i])
            up &= signs[test[p, i], s]
            down &= signs[test[p, i], 1 - s]
        weak_up, weak_down = up, down
        for i in range(size[p], test.shape[1]):
            s = np.int64(minus[p, i])
            above, below = signs[test[p, i], s], signs[test[p, i], 1 - s]
            up &= above
            down &= below
            weak_up &= ~below
            weak_down &= ~above
        simple[p] = up | down
        weak[p] = (weak_up | weak_down) & ~simple[p]


@_jit
def _vertices(
    lanes: Any, size: Any, simple: Any, weak: Any, test: Any, place: Any, rank: Any,
    replies: Any, minors: Any, number: Any, found: Any, tight: Any,
) -> None:  # fmt: skip
    """List the vertices of one player in some games, each once: a basis and the best replies."""
    for t in range(len(lanes)):
        lane = lanes[t]
        bit = ONE << np.uint64(lane)
        count = 0
        for p in range(len(size)):
            if not (simple[p] | weak[p]) & bit:
                continue
            labels = replies[p]
            if weak[p] & bit:
                for i in range(size[p], test.shape[1]):
                    if minors[test[p, i], lane] == 0:
                        labels |= ONE << np.uint64(place[p, i])
            new = True
            for v in range(count):
                if tight[t, v] == labels and rank[found[t, v]] == rank[p]:
                    new = False
            if new:
                found[t, count] = p
                tight[t, count] = labels
                count += 1
        number[t] = count


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
def _order(p: Any, q: Any, lane: Any, size: Any, test: Any, minors: Any) -> Any:
    """Return the sign of the order of two vertices with the same support."""
    total = other = np.int64(0)
    for i in range(size[p]):
        total += np.int64(abs(minors[test[p, i], lane]))
        other += np.int64(abs(minors[test[q, i], lane]))
    for i in range(size[p]):
        one = np.int64(abs(minors[test[p, i], lane]))
        two = np.int64(abs(minors[test[q, i], lane]))
        order = _compare(one, total, two, other)
        if order:
            return order
    return 0


@_jit
def _joined(
    lanes: Any, size: Any, count1: Any, found1: Any, tight1: Any, count2: Any, found2: Any,
    tight2: Any, support1: Any, support2: Any, rank1: Any, rank2: Any, test1: Any, test2: Any,
    minors1: Any, minors2: Any, number: Any, lefts: Any, rights: Any, keys: Any,
) -> None:  # fmt: skip
    """Pair the vertices of both players that have all labels between them, in final order."""
    total = len(size)
    end = 0
    for t in range(len(lanes)):
        lane, begin = lanes[t], end
        for v in range(count1[t]):
            p = found1[t, v]
            for w in range(count2[t]):
                q = found2[t, w]
                if (support1[p] & ~tight2[t, w]) | (support2[q] & ~tight1[t, v]):
                    continue
                mixed = np.int64(size[p] + size[q] > 2)
                key = (mixed * total + rank1[p]) * total + rank2[q]
                j = end
                while j > begin and keys[j - 1] >= key:
                    if keys[j - 1] == key:
                        order = _order(lefts[j - 1], p, lane, size, test1, minors1)
                        if order == 0:
                            order = _order(rights[j - 1], q, lane, size, test2, minors2)
                        if order <= 0:
                            break
                    keys[j], lefts[j], rights[j] = keys[j - 1], lefts[j - 1], rights[j - 1]
                    j -= 1
                keys[j], lefts[j], rights[j] = key, p, q
                end += 1
        number[lane] = end - begin


@_jit
def _fill(
    lanes: Any, rows: Any, lefts: Any, rights: Any, count: Any, games: Any, block: Any, size: Any,
    test1: Any, test2: Any, place1: Any, place2: Any, minors1: Any, minors2: Any, shown: Any,
    first: Any, second: Any, values: Any, weights: Any,
) -> None:  # fmt: skip
    """Write the equilibria of pairs of bases into rows that are zero."""
    exact = len(weights) > 0
    for e in range(count):
        p, q, lane, r = lefts[e], rights[e], lanes[e], rows[e]
        game = games[block + lane]
        row, column = place1[p, 0], place2[q, 0]  # strategies played, thus best replies
        if size[p] == 1:
            first[r, row] = 1.0
            values[r, 1] = shown[game, 1, row, column]
        else:
            whole = received = 0.0
            for i in range(size[p]):
                whole += np.float64(abs(minors1[test1[p, i], lane]))
            for i in range(size[p]):
                share = np.float64(abs(minors1[test1[p, i], lane])) / whole
                first[r, place1[p, i]] = share
                received += share * shown[game, 1, place1[p, i], column]
            values[r, 1] = received
        if size[q] == 1:
            second[r, column] = 1.0
            values[r, 0] = shown[game, 0, row, column]
        else:
            whole = earned = 0.0
            for j in range(size[q]):
                whole += np.float64(abs(minors2[test2[q, j], lane]))
            for j in range(size[q]):
                share = np.float64(abs(minors2[test2[q, j], lane])) / whole
                second[r, place2[q, j]] = share
                earned += share * shown[game, 0, row, place2[q, j]]
            values[r, 0] = earned
        if exact:
            for i in range(size[p]):
                weights[r, place1[p, i]] = np.int64(abs(minors1[test1[p, i], lane]))
            for j in range(size[q]):
                weights[r, first.shape[1] + place2[q, j]] = np.int64(
                    abs(minors2[test2[q, j], lane])
                )


@_jit
def solve_games(
    payoffs: Any, shown: Any, games: Any, start: Any, small: Any, limits: Any, size: Any,
    one: Any, two: Any, kind: Any, counts: Any, first: Any, second: Any, values: Any,
    weights: Any,
) -> Any:  # fmt: skip
    """Find all extreme equilibria of games[start:] until the rows are full.

    Parameters
    ----------
    payoffs : int64 array, shape (N, 2, m, n), contiguous
    shown : float64 array, shape (N, 2, m, n)
        The payoffs to report, of which those above are a multiple.
    games : int64 array
        Which of them.
    start : int
        Where in `games` to begin.
    small : bool
        Whether all payoffs are known to be within the half ranges.
    limits : uint64 array, shape (2,)
        Twice the :func:`half_range` of either side.
    size, one, two
        The fields of a :class:`Program`.
    kind : array, shape (1,)
        Its type is the type of the arithmetic, float64 or int64.
    counts : int64 array, shape (len(games),)
        Written: the number of equilibria, ``UNSOLVED`` where payoffs are out of range.
    first, second, values : float64 arrays, shapes (capacity, m), (capacity, n), (capacity, 2)
        Written: the probabilities and what the players get, one equilibrium after the other.
    weights : int64 array, shape (capacity, m + n) or (0, m + n)
        Written if there is room: integers in the proportion of the probabilities.

    Returns
    -------
    tuple of int
        How far it came in `games`, the rows written, the rows the next game needs.
    """
    ones1, start1, entry1, child1, test1, minus1, place1, rank1, support1, replies1 = one
    ones2, start2, entry2, child2, test2, minus2, place2, rank2, support2, replies2 = two
    m, n = payoffs.shape[2], payoffs.shape[3]
    cells = m * n
    flat = payoffs.reshape(-1)
    total = len(size)
    entries1 = np.zeros((cells, LANES), kind.dtype)
    entries2 = np.zeros((cells, LANES), kind.dtype)
    minors1 = np.ones((len(start1) - 1, LANES), kind.dtype)
    minors2 = np.ones((len(start2) - 1, LANES), kind.dtype)
    signs1 = np.zeros((len(minors1), 2), np.uint64)
    signs2 = np.zeros((len(minors2), 2), np.uint64)
    simple1, simple2 = np.zeros(total, np.uint64), np.zeros(total, np.uint64)
    weak1, weak2 = np.zeros(total, np.uint64), np.zeros(total, np.uint64)
    number, where = np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    starts1, starts2 = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    ties = np.empty(LANES, np.int64)
    count1, count2 = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    found1, found2 = np.empty((LANES, total), np.int64), np.empty((LANES, total), np.int64)
    tight1, tight2 = np.empty((LANES, total), np.uint64), np.empty((LANES, total), np.uint64)
    lefts = np.empty(LANES * total, np.int64)
    rights, keys = np.empty_like(lefts), np.empty_like(lefts)
    lanes, places = np.empty_like(lefts), np.empty_like(lefts)
    used = 0
    for block in range(start, len(games), LANES):
        width = min(LANES, len(games) - block)
        for l in range(width):
            starts2[l] = 2 * cells * games[block + l]
            starts1[l] = starts2[l] + cells
        if small:
            _load_small(flat, starts1, width, entries1)
            _load_small(flat, starts2, width, entries2)
            live = FULL >> np.uint64(LANES - width)
        else:
            live = _load(flat, starts1, width, limits[0], entries1)
            live &= _load(flat, starts2, width, limits[1], entries2)
        _minors(ones1, start1, entry1, child1, entries1, minors1)
        _minors(ones2, start2, entry2, child2, entries2, minors2)
        _signs(minors1, signs1)
        _signs(minors2, signs2)
        _bases(size, test1, minus1, signs1, simple1, weak1)
        _bases(size, test2, minus2, signs2, simple2, weak2)
        tied = NONE
        for p in range(total):
            tied |= weak1[p] | weak2[p]
        tied &= live
        plain = live & ~tied
        number[:] = 0
        for p in range(total):
            both = simple1[p] & simple2[p] & plain
            for l in range(LANES):
                number[l] += np.int64((both >> np.uint64(l)) & ONE)
        count = 0
        for l in range(width):
            if (tied >> np.uint64(l)) & ONE:
                ties[count] = l
                count += 1
        if count:
            _vertices(
                ties[:count], size, simple1, weak1, test1, place1, rank1, replies1, minors1,
                count1, found1, tight1,
            )  # fmt: skip
            _vertices(
                ties[:count], size, simple2, weak2, test2, place2, rank2, replies2, minors2,
                count2, found2, tight2,
            )  # fmt: skip
            most = 0
            for t in range(count):
                most += count1[t] * count2[t]
            if most > len(keys):
                lefts = np.empty(most, np.int64)
                rights, keys = np.empty_like(lefts), np.empty_like(lefts)
                lanes, places = np.empty_like(lefts), np.empty_like(lefts)
            _joined(
                ties[:count], size, count1, found1, tight1, count2, found2, tight2, support1,
                support2, rank1, rank2, test1, test2, minors1, minors2, number, lefts, rights,
                keys,
            )  # fmt: skip
        end = used
        for l in range(width):
            where[l] = end
            end += number[l]
        if end > len(first):
            return block, used, end - used
        for l in range(width):
            counts[block + l] = number[l] if (live >> np.uint64(l)) & ONE else UNSOLVED
        first[used:end] = 0.0
        second[used:end] = 0.0
        weights[used:end] = 0
        e = 0
        for t in range(count):
            for r in range(where[ties[t]], where[ties[t]] + number[ties[t]]):
                lanes[e], places[e] = ties[t], r
                e += 1
        _fill(
            lanes, places, lefts, rights, e, games, block, size, test1, test2, place1, place2,
            minors1, minors2, shown, first, second, values, weights,
        )  # fmt: skip
        e = 0
        for p in range(total):
            both = simple1[p] & simple2[p] & plain
            while both:
                lowest = both & (~both + ONE)
                both ^= lowest
                l = LOWEST[(lowest * DE_BRUIJN) >> np.uint64(58)]
                lefts[e] = rights[e] = p
                lanes[e], places[e] = l, where[l]
                where[l] += 1
                e += 1
        _fill(
            lanes, places, lefts, rights, e, games, block, size, test1, test2, place1, place2,
            minors1, minors2, shown, first, second, values, weights,
        )  # fmt: skip
        used = end
    return len(games), used, 0
