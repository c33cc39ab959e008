"""Compiled kernels: all extreme equilibria of many small games, decided exactly.

The minors of :mod:`~negotiation.normal_form.bordered_minors` are computed in double precision for
64 games at a time. Signs are kept as bits, one word for 64 games, so that a pair of supports is
tested for all of them at once. A sign counts only if it is proved:

- **Exact lanes.** :func:`half_range` says how large integer payoffs may be so that no partial
  sum leaves 2^53: then double precision computes the minors themselves. Payoffs are brought
  there by a shift and a factor where that is possible.
- **Bounded lanes.** Otherwise let h bound the absolute payoffs c, let u = 2^-53, and let the
  doubles used for them be off by at most d h, where d = 0 for payoffs that are doubles and d = 2u
  for rounded integers. Let e(r) bound the error of a computed minor of r rows of payoffs, and
  b(r) = (r + 1)^((r + 1) / 2) h^r the minor itself (Hadamard). The minor is a sum of r + 1
  products, added one after the other, in which every term passes at most r + 1 roundings, so that
  with g = (r + 1) u / (1 - (r + 1) u)

      e(r) = (r + 1) h (e(r - 1) + (d + g (1 + d)) (b(r - 1) + e(r - 1))),    e(0) = 0,

  a number k(r) times h^r that is found once per shape (:func:`error_factors`) in fractions and
  rounded up. Scaled so that h is about the half range, no product underflows by more than the
  last factor of safety covers. A computed minor beyond e(r) has the sign of the minor. For r = 1
  the minor is one difference; if d = 0 a difference of doubles is zero exactly if they are
  equal, and has the right sign, as underflow is gradual.
- **Ties.** In degenerate games a vertex is listed by the first of its bases, found by exchanges of
  one reply: the bases of a vertex are those of a matroid. The vertices of both players are joined
  for 64 games at once, by words that say where a reply is best against a vertex.
- **Doubtful signs.** Where a sign that is not proved may decide whether a pair of supports is a
  vertex, all minors of that game are computed in integers of as many 32-bit words as they need,
  which always decides: the payoffs are integers over a power of two.

**Results.** Probabilities w/W and payoffs sum(w c)/W are those of the exact integers w, c, rounded
to the nearest double. In exact lanes one division of integers below 2^53 does it. Otherwise the
integers are held in words; their leading 106 bits give the quotient as q + q' with a relative
error below 2^-98, and if all numbers that near to q + q' round to one double, this is it. Else the
quotient is found bit by bit.

What leaves all these ranges is left to the exact solver: payoffs of more than 256 bits, results
near the least doubles, and equilibria with the same supports whose order doubles do not tell.

Compiled by numba where it is installed; :data:`COMPILED` says so. Without it the functions below
are not used.

Sources: Hadamard's inequality; Higham (2002), chapters 3 and 4, for sums and products; Dekker
(1971) for exact products; Shewchuk (1997) for proving signs first in doubles.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

__all__ = [
    "COMPILED",
    "MAX_WORDS",
    "error_factors",
    "finish_rows",
    "half_range",
    "prove_signs",
    "solve_games",
]

LANES = 64
ONE = np.uint64(1)
NONE = np.uint64(0)
FULL = np.uint64(2**64 - 1)
GATHER = np.uint64(0x0102040810204080)
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # its 64 windows of six bits are all different
LOWEST = np.empty(64, dtype=np.int64)
LOWEST[[((1 << _bit) * int(DE_BRUIJN) % 2**64) >> 58 for _bit in range(64)]] = range(64)
UNSOLVED = -1
DOUBTFUL = -2
FLOAT_TOP = 2**53  # integers up to here are exact in double precision
EXACT = float(FLOAT_TOP)
INTEGERS, DOUBLES, WORDS = range(3)  # what payoffs are given as
WORD = np.uint64(32)
MASK = np.uint64(2**32 - 1)
MAX_WORDS = 8  # of a payoff
MAX_BITS = 1000  # of a sum of weights, so that a probability is no subnormal number
MAX_SHIFT = 1020  # by which doubles are scaled
DIGITS = 53
SPLIT = 2.0**27 + 1  # halves the digits of a double
NEAR = 2.0**-98
PAIR = 2.0**-100  # bounds the relative error of a few operations on pairs
LEAST = 2.0**-200  # far from underflow

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
def half_range(own: int, replies: int) -> int:
    """Return the largest h such that payoffs from -h to h keep all numbers within 2^53.

    A minor of r rows of payoffs and one of ones is at most h^r (r + 1)^((r + 1) / 2) by
    Hadamard's inequality; partial sums of its expansion are at most (r + 1) h times the bound
    for r - 1, and weights are added up.

    Examples
    --------
    >>> half_range(2, 2) == 2**51, half_range(6, 6)
    (True, 370)
    """

    def largest(h: int) -> int:
        bounds: list[int] = [
            h**r * (math.isqrt((r + 1) ** (r + 1) - 1) + 1)
            for r in range(1, min(own, replies - 1) + 1)
        ]
        sums = [(r + 2) * h * bound for r, bound in enumerate([1, *bounds])]
        return max([own, *(own * bound for bound in bounds), *sums[: len(bounds)]])

    low, high = 0, FLOAT_TOP // 2
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if largest(middle) <= FLOAT_TOP else (low, middle - 1)
    return low


@lru_cache(maxsize=256)
def error_factors(rows: int, rounded: bool) -> tuple[float, ...]:
    """Return k(0), k(1), ..., k(rows): a computed minor of r rows is off by at most k(r) h^r.

    Parameters
    ----------
    rows : int
        The largest r.
    rounded : bool
        Whether payoffs were rounded to doubles. If not, k(1) is 0: then signs of differences
        are right.

    Examples
    --------
    >>> [factor * 2**53 for factor in error_factors(2, rounded=False)][:2]
    [0.0, 0.0]
    >>> 16 < error_factors(2, rounded=False)[2] * 2**53 < 26
    True
    """
    unit = Fraction(1, 2**53)
    off = 2 * unit if rounded else Fraction(0)
    # one subtraction for r = 1, as the minors of no row are 1
    errors = [Fraction(0), 2 * (off + unit * (1 + off))]
    for r in range(2, rows + 1):
        size = math.isqrt(r**r - 1) + 1
        each = (r + 1) * unit / (1 - (r + 1) * unit)
        last = errors[r - 1]
        errors.append((r + 1) * (last + (off + each * (1 + off)) * (size + last)))
    factors = [float(error * (1 + Fraction(1, 2**20))) for error in errors]
    if not rounded:
        factors[1] = 0.0
    return tuple(factors[: rows + 1])


# -- loading ---------------------------------------------------------------------------


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
def _load_integers(
    flat: Any, starts: Any, width: Any, limit: Any, entries: Any, height: Any, top: Any, unit: Any
) -> Any:
    """Write integers around zero into one lane per game; return which are bounded, not exact."""
    bounded = NONE
    cells = len(entries)
    for l in range(width):
        first = starts[l]
        low = high = flat[first]
        for i in range(first + 1, first + cells):
            low = min(low, flat[i])
            high = max(high, flat[i])
        top[l], unit[l] = max(abs(np.float64(low)), abs(np.float64(high))), 1.0
        spread = np.uint64(high) - np.uint64(low)
        if spread <= limit:
            middle = low + np.int64(spread >> ONE)
            for i in range(cells):
                entries[i, l] = flat[first + i] - middle
        elif not _reduced(flat[first : first + cells], low, limit, l, entries):
            bounded |= ONE << np.uint64(l)
            height[l] = np.float64(spread) * (1.0 + 2.0**-50)
            # whether these doubles are the integers
            unit[l] = 1.0 if height[l] < EXACT and top[l] < EXACT else 0.0
            for i in range(cells):
                entries[i, l] = np.float64(np.uint64(flat[first + i]) - np.uint64(low))
    return bounded


@_jit
def _load_small(flat: Any, starts: Any, width: Any, entries: Any, top: Any) -> None:
    """Write payoffs that are in range as they are into one lane per game."""
    top[:width] = 0.0
    for i in range(len(entries)):
        row = entries[i]
        for l in range(width):
            row[l] = flat[starts[l] + i]
            top[l] = max(top[l], abs(row[l]))


@_jit
def _exponent(value: Any) -> Any:
    """Return the e with 2^(e - 1) <= value < 2^e."""
    field = (np.float64(value).view(np.int64) >> 52) & 2047
    return field - 1022 if field else np.int64(math.frexp(value)[1])


@_jit
def _power(exponent: Any) -> Any:
    """Return 2^exponent, a normal number."""
    return np.int64((exponent + 1023) << 52).view(np.float64)


@_jit
def _load_differences(
    values: Any, low: Any, spread: Any, bits: Any, lane: Any, entries: Any
) -> Any:
    """Write what payoffs exceed the lowest by, scaled to 2^bits, if all differences are exact.

    If all are integers then they are brought to integers without a common factor 2. Returns the
    power of two they are scaled by (0 if some are not exact), and whether they are integers.
    """
    if spread == math.inf or abs(bits - _exponent(spread)) >= MAX_SHIFT:
        return 0.0, False
    scale = _power(bits - _exponent(spread))
    back_scale = 1.0 / scale
    inexact, whole = False, True
    digits = np.int64(0)
    for i in range(len(values)):
        other = values[i] - low
        back = other - values[i]
        scaled = other * scale
        inexact |= (values[i] - (other - back) != 0.0) | (-low - back != 0.0)
        inexact |= scaled * back_scale != other
        entries[i, lane] = scaled
        number = np.int64(scaled)
        whole &= scaled == np.float64(number)
        digits |= number
    if inexact:
        return 0.0, False
    if whole and digits:
        down = _power(1 - _exponent(np.float64(digits & -digits)))
        for i in range(len(values)):
            entries[i, lane] *= down
        scale *= down
    return scale, whole


@_jit
def _load_doubles(
    flat: Any, starts: Any, width: Any, limit: Any, depth: Any, entries: Any, height: Any,
    top: Any, unit: Any,
) -> Any:  # fmt: skip
    """Write doubles times a power of two into one lane per game.

    Returns two words: which lanes are bounded, which are out of reach.
    """
    bounded = lost = NONE
    cells = len(entries)
    bits = _exponent(np.float64(limit)) - 1  # integers up to 2^bits fit between both ends
    for l in range(width):
        values = flat[starts[l] : starts[l] + cells]
        bit = ONE << np.uint64(l)
        low = high = values[0]
        least = math.inf
        for value in values:
            low, high = min(low, value), max(high, value)
            if value != 0.0:
                least = min(least, abs(value))
        largest = max(abs(low), abs(high))
        top[l], unit[l] = 0.0, 1.0
        if largest == 0.0:
            entries[:, l] = 0.0
            continue
        scale, whole = _load_differences(values, low, high - low, bits, l, entries)
        if whole:
            middle = math.floor((high - low) * scale / 2)
            for i in range(cells):
                entries[i, l] -= middle
            # the payoffs themselves are integers over `unit` if one is
            top[l] = largest * scale if low * scale == math.floor(low * scale) else math.inf
            unit[l] = 1.0 / scale
        else:
            bounded |= bit
            height[l] = (high - low) * scale
            if scale == 0.0 and abs(bits - _exponent(largest)) < MAX_SHIFT:
                scale = _power(bits - _exponent(largest))
                height[l] = largest * scale
                back = 1.0 / scale
                for i in range(cells):
                    entries[i, l] = values[i] * scale
                    if entries[i, l] * back != values[i]:
                        lost |= bit
            elif scale == 0.0:
                lost |= bit
                scale = 1.0
            unit[l] = 1.0 / scale
        # payoffs as words, and results that are no subnormal numbers
        lowest = _exponent(least) - DIGITS
        size = _exponent(largest) - lowest
        total = depth * size + 128
        if size > 32 * MAX_WORDS or total > MAX_BITS or lowest - total < -1020:
            lost |= bit
        if lost & bit:
            entries[:, l] = 0.0
            height[l] = 0.0
    return bounded, lost


@_jit
def _load_words(
    flat: Any, words: Any, starts: Any, width: Any, limit: Any, depth: Any, entries: Any,
    height: Any, top: Any, unit: Any,
) -> Any:  # fmt: skip
    """Write rounded integers into one lane per game.

    Returns two words: which lanes are bounded, which are out of reach.
    """
    bounded = lost = NONE
    cells = len(entries)
    for l in range(width):
        first = starts[l]
        largest = 0.0
        for i in range(cells):
            entries[i, l] = flat[first + i]
            largest = max(largest, abs(flat[first + i]))
        top[l] = math.inf  # the payoffs themselves are held in words only
        unit[l] = 0.0
        if largest > np.float64(limit >> ONE):  # integers up to there are not rounded
            bounded |= ONE << np.uint64(l)
            height[l] = largest * (1.0 + 2.0**-50)
        size = 0
        for i in range(first, first + cells):
            for w in range(size, words.shape[1]):
                if words[i, w]:
                    size = w + 1
        if 32 * (depth * size + MAX_WORDS) + 128 > MAX_BITS:
            lost |= ONE << np.uint64(l)
    return bounded, lost


# -- minors in doubles -----------------------------------------------------------------


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
def _signs(
    ones: Any, start: Any, minors: Any, errors: Any, bounded: Any, sure: Any, signs: Any
) -> Any:
    """Pack the signs of 64 games into words: bits set where positive, where negative.

    Returns which of the bounded lanes have a sign that is not proved. Those of differences are
    `sure` or not.
    """
    words = np.empty((2, LANES // 8), np.uint64)
    above, below = words[0].view(np.uint8), words[1].view(np.uint8)
    doubtful = NONE
    for e in range(len(minors)):
        row = minors[e]
        order = start[e + 1] - start[e] - 1 if e >= ones else 0
        error = errors[order]
        for l in range(LANES):
            above[l] = row[l] > error[l]
            below[l] = row[l] < -error[l]
        for s in range(2):
            bits = NONE
            for w in range(LANES // 8):
                # eight bytes of zero or one become the eight bits of the highest byte
                byte = (words[s, w] * GATHER) >> np.uint64(56)
                bits |= byte << np.uint64(8 * w)
            signs[e, s] = bits
        if order > 1 or not sure:
            doubtful |= bounded & ~(signs[e, 0] | signs[e, 1])
    return doubtful


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
def _grouped(rank: Any) -> Any:
    """Return the bases by support, those with the same in their order, and where each begins."""
    begin = np.zeros(rank.max() + 2, np.int64)
    for r in rank:
        begin[r + 1] += 1
    begin = np.cumsum(begin)
    free, order = begin.copy(), np.empty(len(rank), np.int64)
    for p in range(len(rank)):
        order[free[rank[p]]] = p
        free[rank[p]] += 1
    return order, begin


@_jit
def _vertices(
    tied: Any, order: Any, begin: Any, size: Any, simple: Any, weak: Any, test: Any, place: Any,
    replies: Any, signs: Any, found: Any, start: Any, where: Any, best: Any,
) -> None:  # fmt: skip
    """List the vertices of one player in the tied games, by support.

    Written are bases, `found`, beginning for each support at `start`; and where, in which of the
    games, basis k is the first of a vertex, `where[k]`, and reply j is best against it,
    `best[j, k]`. The bases of one vertex are those of a matroid: the first of them is the only
    one that no exchange of one reply for an earlier one improves.
    """
    count = 0
    for r in range(len(begin) - 1):
        start[r] = count
        for k in range(begin[r], begin[r + 1]):
            p = order[k]
            here = (simple[p] | weak[p]) & tied
            if not here:
                continue
            for j in range(len(best)):
                best[j, count] = FULL
            ties = weak[p] & tied
            for i in range(size[p], test.shape[1]):
                e = test[p, i]
                best[place[p, i], count] = ties & ~(signs[e, 0] | signs[e, 1])
            if ties:
                for c in range(begin[r], k):
                    q = order[c]
                    other = replies[q] & ~replies[p]
                    if not other & (other - ONE):
                        j = LOWEST[(other * DE_BRUIJN) >> np.uint64(58)]
                        here &= ~(best[j, count] & (simple[q] | weak[q]))
            if here:
                found[count], where[count] = p, here
                count += 1
    start[len(begin) - 1] = count


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
    total = other = 0.0
    for i in range(size[p]):
        total += abs(minors[test[p, i], lane])
        other += abs(minors[test[q, i], lane])
    for i in range(size[p]):
        one, two = abs(minors[test[p, i], lane]), abs(minors[test[q, i], lane])
        if total * other < EXACT:  # then so are these products
            order = np.int64(one * other > two * total) - np.int64(one * other < two * total)
        else:
            order = _compare(np.int64(one), np.int64(total), np.int64(two), np.int64(other))
        if order:
            return order
    return 0


@_jit
def _members(rank: Any, support: Any) -> Any:
    """Return for each support the one without its last member, or -1, and this member."""
    count = rank.max() + 1
    supports = np.empty(count, np.uint64)
    for p in range(len(rank)):
        supports[rank[p]] = support[p]
    rest, last = np.full(count, -1), np.zeros(count, np.int64)
    for r in range(count):
        while supports[r] >> np.uint64(last[r] + 1):
            last[r] += 1
        without = supports[r] ^ (ONE << np.uint64(last[r]))
        for s in range(r):
            if supports[s] == without:
                rest[r] = s
    return rest, last


@_jit
def _joined(
    found1: Any, found2: Any, start1: Any, start2: Any, where1: Any, where2: Any, best1: Any,
    best2: Any, rest1: Any, rest2: Any, last1: Any, last2: Any, pairs: Any, words: Any,
) -> Any:  # fmt: skip
    """Pair the vertices of both players that have all labels between them, by supports.

    Returns how many pairs there are, these as bases, and in which games each is an equilibrium;
    in longer arrays if they need them.
    """
    end = 0
    ranks1, ranks2 = len(start1) - 1, len(start2) - 1
    most = 0
    for r in range(ranks1):
        most = max(most, start1[r + 1] - start1[r])
    # where all of support s is best against vertex k of support r, and the other way round
    held1, held2 = np.empty((ranks2, most), np.uint64), np.empty(start2[ranks2], np.uint64)
    for mixed in range(2):
        for r in range(ranks1):
            begin, stop = start1[r], start1[r + 1]
            if begin == stop or (not mixed and rest1[r] >= 0):
                continue
            for c in range(len(held2)):
                held2[c] = where2[c]
            member = r
            while member >= 0:
                for c in range(len(held2)):
                    held2[c] &= best2[last1[member], c]
                member = rest1[member]
            for s in range(ranks2):
                some = other = NONE
                for k in range(begin, stop):
                    before = where1[k] if rest2[s] < 0 else held1[rest2[s], k - begin]
                    held1[s, k - begin] = before & best1[last2[s], k]
                    some |= held1[s, k - begin]
                if not some or (rest1[r] >= 0 or rest2[s] >= 0) != mixed:
                    continue
                for c in range(start2[s], start2[s + 1]):
                    other |= held2[c]
                if not some & other:
                    continue
                needed = end + (stop - begin) * (start2[s + 1] - start2[s])
                if needed > len(words):
                    more = np.empty((2 * needed, 2), np.int64)
                    longer = np.empty(2 * needed, np.uint64)
                    more[:end], longer[:end] = pairs[:end], words[:end]
                    pairs, words = more, longer
                for k in range(begin, stop):
                    here = held1[s, k - begin] & other
                    if not here:
                        continue
                    for c in range(start2[s], start2[s + 1]):
                        both = here & held2[c]
                        pairs[end, 0], pairs[end, 1] = found1[k], found2[c]
                        words[end] = both
                        end += 1 if both else 0
    return end, pairs, words


@_jit
def _listed(
    count: Any, pairs: Any, words: Any, bounded1: Any, bounded2: Any, size: Any, rank1: Any,
    rank2: Any, test1: Any, test2: Any, minors1: Any, minors2: Any, lefts: Any, rights: Any,
    lanes: Any,
) -> Any:  # fmt: skip
    """List the equilibria of each game in their final order, one for each bit of the words.

    Returns how many there are, and in which lanes some with the same supports are not ordered:
    those of bounded lanes are left to `finish_rows`.
    """
    end = first = 0
    seen = unordered = NONE
    for k in range(count):
        left, right, both = pairs[k, 0], pairs[k, 1], words[k]
        if k and (rank1[left] != rank1[pairs[k - 1, 0]] or rank2[right] != rank2[pairs[k - 1, 1]]):
            first, seen = end, NONE
        while both:
            bit = both & (~both + ONE)
            both ^= bit
            lane = LOWEST[(bit * DE_BRUIJN) >> np.uint64(58)]
            place = end
            if seen & bit:
                # past those of this game with the same supports, from the last
                for j in range(end - 1, first - 1, -1):
                    if lanes[j] != lane:
                        continue
                    order = 0
                    if lefts[j] != left:
                        if bounded1 & bit:
                            unordered |= bit
                            break
                        order = _order(lefts[j], left, lane, size, test1, minors1)
                    if order == 0:
                        if bounded2 & bit:
                            unordered |= bit
                            break
                        order = _order(rights[j], right, lane, size, test2, minors2)
                    if order <= 0:
                        break
                    lefts[place], rights[place] = lefts[j], rights[j]
                    place = j
            lefts[place], rights[place], lanes[end] = left, right, lane
            seen |= bit
            end += 1
    return end, unordered


# Numbers as unevaluated sums of two doubles, "pairs". With u = 2^-53 and no underflow, _difference
# and _times are exact, _product of pairs and _plus are off by at most 8 u^2 of the product, and of
# the sum of absolute values.


@_jit
def _difference(a: Any, b: Any) -> Any:
    head = a - b
    back = head - a
    return head, (a - (head - back)) - (b + back)


@_jit
def _times(a: Any, b: Any) -> Any:
    head = a * b
    left = a * SPLIT
    left -= left - a
    right = b * SPLIT
    right -= right - b
    rest = (a - left) * (b - right) - (
        ((head - left * right) - (a - left) * right) - left * (b - right)
    )
    return head, rest


@_jit
def _product(a: Any, b: Any, c: Any, d: Any) -> Any:
    head, rest = _times(a, c)
    rest += a * d + b * c
    return head + rest, rest - ((head + rest) - head)


@_jit
def _plus(a: Any, b: Any, c: Any, d: Any) -> Any:
    head, rest = _difference(a, -c)
    rest += b + d
    return head + rest, rest - ((head + rest) - head)


@_jit
def _rounded(a: Any, b: Any, c: Any, d: Any, error: Any) -> Any:
    """Return (a + b) / (c + d) as a double, NaN if an absolute error might change that."""
    first = a / c
    product, rest = _times(first, c)
    second = (((a - product) - rest) + (b - first * d)) / c
    error += abs(first) * NEAR
    least, largest = first + (second - error), first + (second + error)
    return least if least == largest else math.nan


@_jit
def _fill_pairs(
    basis: Any, row: Any, first: Any, size: Any, strides: Any, side: Any, lane: Any,
    entries: Any, shown: Any, unit: Any, pairs: Any, strategies: Any,
) -> Any:  # fmt: skip
    """Write a strategy of two or three, and return what the reply earns; NaN if not proved."""
    places, replies = side[6], side[9][basis]
    columns = (np.int64(0), np.int64(0), np.int64(0))
    count = 0
    for t in range(side[0]):
        if (replies >> np.uint64(t)) & ONE:
            column = t * strides[1]
            if count == 0:
                columns = (column, columns[1], columns[2])
            elif count == 1:
                columns = (columns[0], column, columns[2])
            else:
                columns = (columns[0], columns[1], column)
            count += 1
    # weights: differences of payoffs, or two by two determinants of such
    part = np.float64(0.0)  # a bound on the relative error of a weight
    for i in range(size):
        one = places[basis, (i + 1) % size] * strides[0]
        a, b = _difference(entries[one + columns[1], lane], entries[one + columns[0], lane])
        if size == 3:
            two = places[basis, (i + 2) % size] * strides[0]
            c, d = _difference(entries[two + columns[2], lane], entries[two + columns[0], lane])
            a, b = _product(a, b, c, d)
            e, f = _difference(entries[one + columns[2], lane], entries[one + columns[0], lane])
            c, d = _difference(entries[two + columns[1], lane], entries[two + columns[0], lane])
            e, f = _product(e, f, c, d)
            c = abs(a) + abs(e)
            a, b = _plus(a, b, -e, -f)
            if a != 0.0:
                part = max(part, c / abs(a) * PAIR)
        if abs(a) < LEAST:
            return math.nan
        pairs[i, 0], pairs[i, 1] = (a, b) if a > 0.0 else (-a, -b)
    whole = rest = earned = more = size_of_terms = 0.0
    back = 1.0 / unit  # a power of two
    for i in range(size):
        whole, rest = _plus(whole, rest, pairs[i, 0], pairs[i, 1])
        payoff = shown[first + places[basis, i] * strides[0]] * back
        if payoff != 0.0 and abs(payoff) < LEAST:
            return math.nan
        a, b = _product(pairs[i, 0], pairs[i, 1], payoff, 0.0)
        earned, more = _plus(earned, more, a, b)
        size_of_terms += abs(a)
    # the weights, their sum and their products are off by `part` and some roundings each
    error = 4.0 * part + 4.0 * PAIR
    bad = False
    for i in range(size):
        share = _rounded(pairs[i, 0], pairs[i, 1], whole, rest, pairs[i, 0] / whole * error)
        bad |= math.isnan(share)
        strategies[row, places[basis, i]] = share
    value = _rounded(earned, more, whole, rest, size_of_terms / whole * error)
    if bad or abs(value) < LEAST:
        return math.nan
    return value * unit


@_jit
def _fill(
    lanes: Any, rows: Any, bases: Any, others: Any, count: Any, shown: Any, games: Any,
    block: Any, player: Any, cells: Any, sizes: Any, strides: Any, side: Any, other_places: Any,
    minors: Any, bounded: Any, sure: Any, top: Any, unit: Any, entries: Any, pairs: Any,
    strategies: Any, values: Any,
) -> None:  # fmt: skip
    """Write one player's strategies in equilibria, into rows that are zero, and what they yield.

    `player` is the opponent, whose payoffs the strategies make equal; payoffs given as doubles are
    `sure`. Where doubles do not suffice, what they yield is left open as NaN.
    """
    test, places = side[4], side[6]
    for e in range(count):
        p, lane, row = bases[e], lanes[e], rows[e]
        reply = other_places[others[e], 0]  # a strategy that is played is a best reply
        first = (2 * games[block + lane] + player) * cells + reply * strides[1]
        size = sizes[p]
        if size == 1:
            strategies[row, places[p, 0]] = 1.0
            values[row, player] = shown[first + places[p, 0] * strides[0]]
            continue
        whole = math.inf
        if not (bounded >> np.uint64(lane)) & ONE:
            whole = 0.0
            for i in range(size):
                whole += abs(minors[test[p, i], lane])
        if whole * top[lane] < EXACT:  # then so are all products and sums below
            earned = 0.0
            scale = unit[lane]
            back = 1.0 / scale
            for i in range(size):
                weight = abs(minors[test[p, i], lane])
                strategies[row, places[p, i]] = weight / whole
                earned += weight * (shown[first + places[p, i] * strides[0]] * back)
            values[row, player] = earned / whole * scale
        elif size <= 3 and unit[lane] > 0.0 and (sure or top[lane] < EXACT):
            values[row, player] = _fill_pairs(
                p, row, first, size, strides, side, lane, entries, shown, unit[lane],
                pairs, strategies,
            )  # fmt: skip
        else:
            values[row, player] = math.nan


@_jit
def _load(
    source: Any, starts: Any, width: Any, small: Any, limit: Any, factors: Any, entries: Any,
    height: Any, top: Any, unit: Any, errors: Any,
) -> Any:  # fmt: skip
    """Write one player's payoffs in 64 games; return which are bounded and which out of reach."""
    kind, integers, doubles, words, _, _ = source
    bounded = lost = NONE
    depth = len(factors) - 1
    height[:] = 0.0
    if kind == INTEGERS:
        if small:
            _load_small(integers, starts, width, entries, top)
        else:
            bounded = _load_integers(integers, starts, width, limit, entries, height, top, unit)
    elif kind == DOUBLES:
        bounded, lost = _load_doubles(
            doubles, starts, width, limit, depth, entries, height, top, unit
        )
    else:
        bounded, lost = _load_words(
            doubles, words, starts, width, limit, depth, entries, height, top, unit
        )
    if not bounded:
        errors[:] = 0.0
        return bounded, lost
    for l in range(LANES):
        power = 1.0
        known = not (bounded >> np.uint64(l)) & ONE
        for r in range(1, depth + 1):
            power *= height[l]
            errors[r, l] = 0.0 if known else factors[r] * power
    return bounded, lost


@_jit
def _set_signs(ones: Any, lane: Any, known: Any, first: Any, signs: Any) -> None:
    """Write the signs of one game that are known."""
    bit = ONE << np.uint64(lane)
    for e in range(ones, len(signs)):
        sign = known[first + e]
        signs[e, 0] = signs[e, 0] | bit if sign > 0 else signs[e, 0] & ~bit
        signs[e, 1] = signs[e, 1] | bit if sign < 0 else signs[e, 1] & ~bit


@_jit
def solve_games(
    source: Any, shown: Any, games: Any, start: Any, small: Any, limits: Any, factors: Any,
    known: Any, shape: Any, size: Any, one: Any, two: Any, counts: Any, first: Any, second: Any,
    values: Any, bases: Any,
) -> Any:  # fmt: skip
    """Find all extreme equilibria of games[start:] until the rows are full.

    Parameters
    ----------
    source : tuple
        The payoffs, flat arrays in the order game, player, cell: ``INTEGERS`` and an int64
        array; ``DOUBLES`` and, in its place, a float64 array; or ``WORDS``, integers up to a
        common shift rounded to doubles, and the integers as 32-bit words, shape (.., words), and
        whether they are negative, and the words of the denominators, shape (games * 2, words).
        The arrays that are not needed are empty.
    shown : float64 array
        The payoffs rounded to doubles, flat.
    games : int64 array
        Which of them.
    start : int
        Where in `games` to begin.
    small : bool
        Whether all payoffs are known to be integers within the half ranges.
    limits : uint64 array, shape (2,)
        Twice the :func:`half_range` of either side.
    factors : pair of float64 arrays
        The :func:`error_factors` of either side.
    known : int8 array, shape (len(games), minors) or (0, 0)
        What :func:`prove_signs` says, if it was asked.
    shape : pair of int
        The numbers of strategies.
    size, one, two
        The fields of a :class:`~negotiation.normal_form.bordered_minors.Program`.
    counts : int64 array, shape (len(games),)
        Written: the number of equilibria, ``UNSOLVED`` where payoffs are out of range,
        ``DOUBTFUL`` where signs are not proved.
    first, second, values : float64 arrays, shapes (capacity, m), (capacity, n), (capacity, 2)
        Written: the probabilities and what the players get, one equilibrium after the other;
        what a player gets is NaN where :func:`finish_rows` has to write it.
    bases : int32 array, shape (capacity, 2)
        Written: which pairs of supports they come from, one for each player's strategy.

    Returns
    -------
    tuple of int
        How far it came in `games`, the rows written, the rows the next game needs.
    """
    ones1, start1, entry1, child1, test1, minus1, place1, rank1, support1, replies1 = one
    ones2, start2, entry2, child2, test2, minus2, place2, rank2, support2, replies2 = two
    m, n = shape
    cells = m * n
    total = len(size)
    entries1, entries2 = np.zeros((cells, LANES)), np.zeros((cells, LANES))
    minors1, minors2 = np.ones((len(start1) - 1, LANES)), np.ones((len(start2) - 1, LANES))
    signs1 = np.zeros((len(minors1), 2), np.uint64)
    signs2 = np.zeros((len(minors2), 2), np.uint64)
    errors1, errors2 = np.zeros((len(factors[0]), LANES)), np.zeros((len(factors[1]), LANES))
    height, pairs = np.zeros(LANES), np.zeros((3, 2))
    top1, top2 = np.zeros(LANES), np.zeros(LANES)
    unit1, unit2 = np.ones(LANES), np.ones(LANES)
    simple1, simple2 = np.zeros(total, np.uint64), np.zeros(total, np.uint64)
    weak1, weak2 = np.zeros(total, np.uint64), np.zeros(total, np.uint64)
    number, where = np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    starts1, starts2 = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    order1, begin1 = _grouped(rank1)
    order2, begin2 = _grouped(rank2)
    rest1, last1 = _members(rank1, support1)
    rest2, last2 = _members(rank2, support2)
    found1, found2 = np.empty(total, np.int64), np.empty(total, np.int64)
    starts_of1, starts_of2 = np.empty_like(begin1), np.empty_like(begin2)
    vertex1, vertex2 = np.empty(total, np.uint64), np.empty(total, np.uint64)
    best1, best2 = np.empty((n, total), np.uint64), np.empty((m, total), np.uint64)
    matched, words = np.empty((2 * total, 2), np.int64), np.empty(2 * total, np.uint64)
    lefts = np.empty(LANES * total, np.int64)
    rights, lanes, places = np.empty_like(lefts), np.empty_like(lefts), np.empty_like(lefts)
    sure = source[0] == DOUBLES
    used = 0
    for block in range(start, len(games), LANES):
        width = min(LANES, len(games) - block)
        for l in range(width):
            starts2[l] = 2 * cells * games[block + l]
            starts1[l] = starts2[l] + cells
        # minors and signs
        bounded1, lost1 = _load(
            source, starts1, width, small, limits[0], factors[0], entries1, height, top1, unit1,
            errors1,
        )  # fmt: skip
        bounded2, lost2 = _load(
            source, starts2, width, small, limits[1], factors[1], entries2, height, top2, unit2,
            errors2,
        )  # fmt: skip
        live = (FULL >> np.uint64(LANES - width)) & ~(lost1 | lost2)
        _minors(ones1, start1, entry1, child1, entries1, minors1)
        _minors(ones2, start2, entry2, child2, entries2, minors2)
        doubtful = _signs(ones1, start1, minors1, errors1, bounded1, sure, signs1)
        doubtful |= _signs(ones2, start2, minors2, errors2, bounded2, sure, signs2)
        if len(known):
            for l in range(width):
                _set_signs(ones1, l, known[block + l], 0, signs1)
                _set_signs(ones2, l, known[block + l], len(signs1), signs2)
            doubtful = NONE
        doubtful &= live
        live &= ~doubtful
        # vertices: those of nondegenerate games, then the others
        _bases(size, test1, minus1, signs1, simple1, weak1)
        _bases(size, test2, minus2, signs2, simple2, weak2)
        tied = NONE
        for p in range(total):
            tied |= weak1[p] | weak2[p]
        tied &= live
        plain = live & ~tied
        count = 0
        if tied:
            _vertices(
                tied, order1, begin1, size, simple1, weak1, test1, place1, replies1, signs1, found1,
                starts_of1, vertex1, best1,
            )  # fmt: skip
            _vertices(
                tied, order2, begin2, size, simple2, weak2, test2, place2, replies2, signs2, found2,
                starts_of2, vertex2, best2,
            )  # fmt: skip
            count, matched, words = _joined(
                found1, found2, starts_of1, starts_of2, vertex1, vertex2, best1, best2, rest1,
                rest2, last1, last2, matched, words,
            )  # fmt: skip
            if len(words) < count + total:
                matched = np.concatenate((matched, np.empty((total, 2), np.int64)))
                words = np.concatenate((words, np.empty(total, np.uint64)))
        for p in range(total):
            matched[count, 0] = matched[count, 1] = p
            words[count] = simple1[p] & simple2[p] & plain
            count += 1 if words[count] else 0
        # equilibria, game by game
        most = LANES * count
        if most > len(lefts):
            lefts = np.empty(2 * most, np.int64)
            rights, lanes, places = np.empty_like(lefts), np.empty_like(lefts), np.empty_like(lefts)
        e, unordered = _listed(
            count, matched, words, bounded1, bounded2, size, rank1, rank2, test1, test2, minors1,
            minors2, lefts, rights, lanes,
        )  # fmt: skip
        number[:] = 0
        for k in range(e):
            number[lanes[k]] += 1
        end = used
        for l in range(width):
            where[l] = end
            end += number[l]
        if end > len(first):
            return block, used, end - used
        for l in range(width):
            bit = ONE << np.uint64(l)
            counts[block + l] = number[l]
            if not live & bit:
                counts[block + l] = DOUBTFUL if doubtful & bit else UNSOLVED
        first[used:end] = 0.0
        second[used:end] = 0.0
        for k in range(e):
            places[k] = where[lanes[k]]
            where[lanes[k]] += 1
            bases[places[k], 0], bases[places[k], 1] = lefts[k], rights[k]
        _fill(
            lanes, places, lefts, rights, e, shown, games, block, 1, cells, size, (n, 1), one,
            place2, minors1, bounded1, sure, top1, unit1, entries1, pairs, first, values,
        )  # fmt: skip
        _fill(
            lanes, places, rights, lefts, e, shown, games, block, 0, cells, size, (1, n), two,
            place1, minors2, bounded2, sure, top2, unit2, entries2, pairs, second, values,
        )  # fmt: skip
        for k in range(e):
            if (unordered >> np.uint64(lanes[k])) & ONE:
                values[places[k], 1] = math.nan
        used = end
    return len(games), used, 0


# -- integers in words -----------------------------------------------------------------
#
# An integer is an array of 32-bit words, the lowest first, each in a uint64. Minors are in two's
# complement; everything else is an absolute value. A minor of r rows of payoffs of P words takes
# r P + 2 words: (r + 1)! times the number of strategies is below 2^31 in every program.


@_jit
def _double_words(value: Any, lowest: Any, out: Any, size: Any) -> None:
    """Write a double, divided by 2^lowest, into words."""
    for w in range(size):
        out[w] = NONE
    if value == 0.0:
        return
    exponent = _exponent(abs(value))
    if exponent > -1000:
        digits = np.uint64((np.float64(value).view(np.int64) & (2**52 - 1)) | 2**52)
    else:
        digits = np.uint64(math.frexp(abs(value))[0] * EXACT)
    shift = exponent - DIGITS - lowest
    place, bits = shift // 32, np.uint64(shift % 32)
    parts = ((digits & MASK) << bits, (digits >> WORD) << bits)
    out[place] = parts[0] & MASK
    carry = (parts[0] >> WORD) + parts[1]
    if place + 1 < size:
        out[place + 1] = carry & MASK
    if place + 2 < size:
        out[place + 2] = carry >> WORD


@_jit
def _payoff_words(
    source: Any, game: Any, player: Any, shape: Any, cells: Any, count: Any, out: Any,
    negative: Any,
) -> Any:  # fmt: skip
    """Write some of a player's payoffs in a game; return how many words, and the exponent."""
    kind, integers, doubles, words, minus, _ = source
    first = (2 * game + player) * shape[0] * shape[1]
    if kind == INTEGERS:
        for k in range(count):
            i = cells[k]
            value = integers[first + i]
            size = np.uint64(value) if value >= 0 else ~np.uint64(value) + ONE
            out[i, 0], out[i, 1] = size & MASK, size >> WORD
            negative[i] = value < 0
        return 2, 0
    if kind == DOUBLES:
        least, largest = math.inf, 0.0
        for k in range(count):
            absolute = abs(doubles[first + cells[k]])
            largest = max(largest, absolute)
            if absolute > 0.0:
                least = min(least, absolute)
        if largest == 0.0:
            for k in range(count):
                out[cells[k], 0] = NONE
            return 1, 0
        lowest = _exponent(least) - DIGITS
        long = (_exponent(largest) - lowest + 31) // 32
        for k in range(count):
            i = cells[k]
            _double_words(doubles[first + i], lowest, out[i], long)
            negative[i] = doubles[first + i] < 0.0
        return long, lowest
    long = 1
    for k in range(count):
        i = cells[k]
        for w in range(words.shape[1]):
            out[i, w] = words[first + i, w]
            if out[i, w]:
                long = max(long, w + 1)
        negative[i] = minus[first + i]
    return long, 0


@_jit
def _add_product(total: Any, size: Any, one: Any, one_size: Any, two: Any, two_size: Any) -> None:
    """Add a product to a total, modulo the size of the total."""
    for i in range(one_size):
        if not one[i]:
            continue
        carry = NONE
        for j in range(size - i):
            other = two[j] if j < two_size else NONE
            value = one[i] * other + total[i + j] + carry
            total[i + j] = value & MASK
            carry = value >> WORD


@_jit
def _subtract(total: Any, other: Any, size: Any) -> None:
    """Subtract one integer from another of the same size, modulo that size."""
    borrow = NONE
    for j in range(size):
        value = total[j] - other[j] - borrow
        total[j] = value & MASK
        borrow = ONE if value > MASK else NONE


@_jit
def _sign(value: Any, size: Any) -> Any:
    """Return the sign of an integer in two's complement."""
    if value[size - 1] >> np.uint64(31):
        return -1
    for j in range(size):
        if value[j]:
            return 1
    return 0


@_jit
def _word_minors(
    ones: Any, start: Any, entry: Any, child: Any, payoffs: Any, count: Any, negative: Any,
    wanted: Any, last: Any, spare: Any, minors: Any, size: Any,
) -> None:  # fmt: skip
    """Compute the wanted minors, up to the one in the `last` place, exactly."""
    for e in range(ones):
        for j in range(size):
            minors[e, j] = NONE
        minors[e, 0] = ONE
    for e in range(ones, last + 1):
        if not wanted[e]:
            continue
        plus = minors[e]
        for j in range(size):
            plus[j] = spare[j] = NONE
        end = start[e + 1] - 1
        for k in range(start[e], end + 1):
            odd = (end - k) % 2 == 1
            total = spare if odd != negative[entry[k]] else plus
            _add_product(total, size, payoffs[entry[k]], count, minors[child[k]], size)
        _subtract(plus, spare, size)


@_jit
def _leading(value: Any, size: Any) -> Any:
    """Return an integer as (a + b) 2^c with 2^52 <= a < 2^53 and 0 <= b < 1, 106 digits of it."""
    end = size - 1
    while end > 0 and not value[end]:
        end -= 1
    words = (
        value[end],
        value[end - 1] if end > 0 else NONE,
        value[end - 2] if end > 1 else NONE,
        value[end - 3] if end > 2 else NONE,
        value[end - 4] if end > 3 else NONE,
    )
    high, low = (words[0] << WORD) | words[1], (words[2] << WORD) | words[3]
    if not high:
        return 0.0, 0.0, np.int64(0)
    zeros = np.uint64(64 - _bit_length(high))
    if zeros:
        high = (high << zeros) | (low >> (np.uint64(64) - zeros))
        low = (low << zeros) | (words[4] >> (WORD - zeros))
    head = high >> np.uint64(11)
    rest = ((high & np.uint64(2047)) << np.uint64(42)) | (low >> np.uint64(22))
    exponent = 32 * (end - 1) - np.int64(zeros) + 11
    return np.float64(head), np.float64(rest) / EXACT, exponent


@_jit
def _bit_length(value: Any) -> Any:
    high = value >> WORD
    return 32 + _exponent(np.float64(high)) if high else _exponent(np.float64(value))


@_jit
def _length(value: Any, size: Any) -> Any:
    """Return the number of bits of an integer."""
    for k in range(size - 1, -1, -1):
        if value[k]:
            return 32 * k + _bit_length(value[k])
    return np.int64(0)


@_jit
def _shift(value: Any, absolute: Any, bits: Any, out: Any, size: Any) -> None:
    """Write an integer times 2^bits into other words."""
    for k in range(size):
        out[k] = NONE
    place, rest = bits // 32, np.uint64(bits % 32)
    for k in range(absolute):
        both = value[k] << rest
        if k + place < size:
            out[k + place] |= both & MASK
        if k + place + 1 < size:
            out[k + place + 1] |= both >> WORD


@_jit
def _long_division(above: Any, above_size: Any, below: Any, below_size: Any, spare: Any) -> Any:
    """Return the double nearest to a quotient, up to a power of two, and that power."""
    shift = _length(above, above_size) - _length(below, below_size)
    size = max(above_size, below_size) + 2
    rest, divisor = spare[0], spare[1]
    _shift(above, above_size, max(0, -shift), rest, size)
    _shift(below, below_size, max(0, shift), divisor, size)
    quotient, digits = NONE, 0
    while digits < 54 or quotient < np.uint64(2**54):  # at most one leading zero
        quotient <<= ONE
        digits += 1
        k = size - 1
        while k > 0 and rest[k] == divisor[k]:
            k -= 1
        if rest[k] >= divisor[k]:
            _subtract(rest, divisor, size)
            quotient |= ONE
        carry = NONE
        for j in range(size):
            value = (rest[j] << ONE) | carry
            rest[j] = value & MASK
            carry = value >> WORD
    odd, last = (quotient >> np.uint64(2)) & ONE, quotient & np.uint64(3)
    nearest = quotient >> np.uint64(2)
    if last == np.uint64(3) or (last == np.uint64(2) and (odd or _length(rest, size) > 0)):
        nearest += ONE
    return np.float64(nearest), shift - digits + 3


@_jit
def _quotient(
    above: Any, above_size: Any, below: Any, below_size: Any, head: Any, exponent: Any, spare: Any
) -> Any:
    """Return the double nearest to above / below times 2^exponent; see the module's opening.

    `head` is what `_leading` says of the divisor.
    """
    a, b, one = _leading(above, above_size)
    if a == 0.0:
        return 0.0
    c, d, two = head
    first = a / c
    # a - first * c without rounding, by halves of the digits
    product = first * c
    left = first * SPLIT
    left -= left - first
    right = c * SPLIT
    right -= right - c
    low = (first - left) * (c - right) - (
        ((product - left * right) - (first - left) * right) - left * (c - right)
    )
    second = (((a - product) - low) + (b - first * d)) / c
    error = first * NEAR
    least, largest = first + (second - error), first + (second + error)
    if least == largest:
        power = exponent + one - two
        return least * _power(power) if abs(power) < MAX_SHIFT else math.ldexp(least, power)
    nearest, power = _long_division(above, above_size, below, below_size, spare)
    return math.ldexp(nearest, power + exponent)


@_jit
def _fill_exactly(
    basis: Any, reply: Any, row: Any, source: Any, game: Any, player: Any, shape: Any, size: Any,
    strides: Any, side: Any, room: Any, strategies: Any, values: Any,
) -> None:  # fmt: skip
    """Write a mixed strategy and what the opponent earns, from integers in words."""
    ones, start, entry, child, test, _, places, _, _, replies = side
    cells, payoffs, negative, wanted, spare, minors = room
    # the payoffs of the strategies used from the replies they make equal
    used = 0
    for t in range(ones):
        if t == reply or (replies[basis] >> np.uint64(t)) & ONE:
            for i in range(size):
                cells[used] = places[basis, i] * strides[0] + t * strides[1]
                used += 1
    count, exponent = _payoff_words(source, game, player, shape, cells, used, payoffs, negative)
    # the minors that the weights need
    last = 0
    for i in range(size):
        wanted[test[basis, i]] = True
        last = max(last, test[basis, i])
    for e in range(last, ones - 1, -1):
        if wanted[e]:
            for k in range(start[e], start[e + 1]):
                wanted[child[k]] = True
    width = (size - 1) * count + 2
    _word_minors(
        ones, start, entry, child, payoffs, count, negative, wanted, last, spare[2], minors, width
    )
    for e in range(last + 1):
        wanted[e] = False
    # their absolute values, the sum, and what the reply earns against them
    long = width + count
    unit, total, plus, minus, divided = spare[3], spare[4], spare[5], spare[6], spare[7]
    unit[0] = ONE
    for j in range(long + MAX_WORDS):
        total[j] = plus[j] = minus[j] = divided[j] = NONE
    for i in range(size):
        weight = minors[test[basis, i]]
        if _sign(weight, width) < 0:
            for j in range(width):
                spare[2, j] = weight[j]
                weight[j] = NONE
            _subtract(weight, spare[2], width)
        _add_product(total, width, unit, 1, weight, width)
        cell = places[basis, i] * strides[0] + reply * strides[1]
        _add_product(minus if negative[cell] else plus, long, payoffs[cell], count, weight, width)
    below_zero = False
    for k in range(long - 1, -1, -1):
        if plus[k] != minus[k]:
            below_zero = plus[k] < minus[k]
            break
    if below_zero:
        plus, minus = minus, plus
    _subtract(plus, minus, long)
    head = _leading(total, width)
    for i in range(size):
        strategies[row, places[basis, i]] = _quotient(
            minors[test[basis, i]], width, total, width, head, 0, spare
        )
    divisors = source[5]
    if len(divisors):
        words = divisors.shape[1]
        _add_product(divided, width + words, divisors[2 * game + player], words, total, width)
        head = _leading(divided, width + words)
        value = _quotient(plus, long, divided, width + words, head, exponent, spare)
    else:
        value = _quotient(plus, long, total, width, head, exponent, spare)
    values[row, player] = -value if below_zero else value


@_jit
def _room(cells: Any, one: Any, two: Any) -> Any:
    """Return room for cells, payoffs, their signs, wanted minors, integers and minors."""
    most, depth = 0, 0
    for start in (one[1], two[1]):
        most = max(most, len(start) - 1)
        depth = max(depth, start[-1] - start[-2] - 1)
    wide = (depth + 3) * MAX_WORDS + 4
    return (
        np.arange(cells),
        np.zeros((cells, MAX_WORDS), np.uint64),
        np.zeros(cells, np.bool_),
        np.zeros(most, np.bool_),
        np.zeros((8, wide), np.uint64),
        np.empty((most, wide), np.uint64),
    )


@_jit
def prove_signs(source: Any, games: Any, shape: Any, one: Any, two: Any, signs: Any) -> None:
    """Find the signs of all minors of some games in exact integers.

    Parameters
    ----------
    source, games, shape, one, two
        As for :func:`solve_games`.
    signs : int8 array, shape (len(games), minors)
        Written: first the minors of player 1's side, then those of player 2's.
    """
    cells = shape[0] * shape[1]
    all_cells, payoffs, negative, wanted, spare, minors = _room(cells, one, two)
    for e in range(len(wanted)):
        wanted[e] = True
    for g in range(len(games)):
        first = 0
        for player in (1, 0):
            ones, start, entry, child = (
                (one[0], one[1], one[2], one[3]) if player else (two[0], two[1], two[2], two[3])
            )
            last = len(start) - 2
            count, _ = _payoff_words(
                source, games[g], player, shape, all_cells, cells, payoffs, negative
            )
            size = (start[last + 1] - start[last] - 1) * count + 2 if last >= ones else 1
            _word_minors(
                ones, start, entry, child, payoffs, count, negative, wanted, last, spare[2],
                minors, size,
            )  # fmt: skip
            for e in range(last + 1):
                signs[g, first + e] = _sign(minors[e], size)
            first += last + 1


@_jit
def _precedes(row: Any, other: Any, bases: Any, first: Any, second: Any) -> Any:
    """Say whether a row precedes another with the same supports: 1, 0 or, if unknown, -1."""
    for p, strategies in ((0, first), (1, second)):
        if bases[row, p] == bases[other, p]:
            continue
        for k in range(strategies.shape[1]):
            if strategies[row, k] != strategies[other, k]:
                return 1 if strategies[row, k] < strategies[other, k] else 0
            if strategies[row, k] > 0.0:  # the same to doubles
                return -1
    return -1


@_jit
def _swap(row: Any, other: Any, table: Any) -> None:
    for k in range(table.shape[1]):
        table[row, k], table[other, k] = table[other, k], table[row, k]


@_jit
def finish_rows(
    source: Any, games: Any, shape: Any, size: Any, one: Any, two: Any, counts: Any, first: Any,
    second: Any, values: Any, bases: Any,
) -> None:  # fmt: skip
    """Write what :func:`solve_games` has left open, from exact integers.

    The parameters are as for :func:`solve_games`; a count becomes ``UNSOLVED``, with its rows as
    they are, where the order of two equilibria is not known.
    """
    m, n = shape
    room = _room(m * n, one, two)
    rank1, rank2 = one[7], two[7]
    begin = 0
    for g in range(len(games)):
        end = begin + max(0, counts[g])
        opened = unknown = False
        for row in range(begin, end):
            p, q = bases[row, 0], bases[row, 1]
            if math.isnan(values[row, 1]):
                opened = True
                _fill_exactly(
                    p, two[6][q, 0], row, source, games[g], 1, shape, size[p], (n, 1), one, room,
                    first, values,
                )  # fmt: skip
            if math.isnan(values[row, 0]):
                opened = True
                _fill_exactly(
                    q, one[6][p, 0], row, source, games[g], 0, shape, size[q], (1, n), two, room,
                    second, values,
                )  # fmt: skip
        # the order of those with the same supports
        for row in range(begin + 1, end if opened else begin):
            k = row
            while k > begin:
                r, t = bases[k, 0], bases[k, 1]
                u, v = bases[k - 1, 0], bases[k - 1, 1]
                if rank1[r] != rank1[u] or rank2[t] != rank2[v]:
                    break
                before = _precedes(k, k - 1, bases, first, second)
                unknown |= before < 0
                if before < 1:
                    break
                _swap(k, k - 1, first)
                _swap(k, k - 1, second)
                _swap(k, k - 1, values)
                _swap(k, k - 1, bases)
                k -= 1
        if unknown:
            counts[g] = UNSOLVED
        begin = end
