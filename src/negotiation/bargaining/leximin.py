"""Comparing quotients of integers over a whole space: largest minimum, leximin, largest sum.

Each player i comes with an integer array a_i (one entry per agreement, at least one) and a positive
integer b_i; what counts is the quotient a_i/b_i. Quotients with different divisors are compared
exactly by bringing them to one denominator. Where that would leave 64 bits, the largest
minimum is first narrowed down in floating point, keeping everything within a bound on the
rounding error, and decided among what is left in exact integers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.exact import IntArray

__all__ = ["common_scale", "largest_minimum", "largest_sum", "leximin"]

FITS = 2**62


def common_scale(columns: Sequence[IntArray], divisors: Sequence[int]) -> list[IntArray]:
    """Return a_i * (L / b_i), L being the least common multiple of the divisors.

    The arrays are int64 where the sum of any signed choice of their entries fits, else object.

    Examples
    --------
    >>> common_scale([np.array([1, 2]), np.array([3, 0])], [2, 3])
    [array([3, 6]), array([6, 0])]
    """
    common = math.lcm(*divisors)
    factors = [common // divisor for divisor in divisors]
    if _bound(columns, factors) >= FITS:
        columns = [column.astype(object) for column in columns]
    return [column * factor for column, factor in zip(columns, factors, strict=True)]


def _bound(columns: Sequence[IntArray], factors: Sequence[int]) -> int:
    return sum(
        max(1, abs(int(column.max())), abs(int(column.min()))) * factor
        for column, factor in zip(columns, factors, strict=True)
    )


def largest_minimum(columns: Sequence[IntArray], divisors: Sequence[int]) -> NDArray[np.intp]:
    """Return where the least of the quotients a_i/b_i is largest: all such places.

    Examples
    --------
    >>> largest_minimum([np.array([4, 2, 3]), np.array([1, 5, 3])], [2, 2])
    array([2])
    """
    places = np.arange(columns[0].size)
    common = math.lcm(*divisors)
    beyond = _bound(columns, [common // divisor for divisor in divisors]) >= FITS
    if beyond and max(divisors) < 2**1000 and all(column.dtype != object for column in columns):
        quotients = [
            column / float(divisor) for column, divisor in zip(columns, divisors, strict=True)
        ]
        least = np.minimum.reduce(quotients)
        # three roundings put each quotient off by less than 2**-51 of its size
        slack = 2.0**-49 * max(float(np.abs(quotient).max()) for quotient in quotients)
        places = np.flatnonzero(least >= least.max() - slack)
    short = common_scale([column[places] for column in columns], divisors)
    exact_least = np.minimum.reduce(short)
    found: NDArray[np.intp] = places[np.flatnonzero(exact_least == exact_least.max())]
    return found


def leximin(columns: Sequence[IntArray], divisors: Sequence[int]) -> NDArray[np.intp]:
    """Return where the quotients are leximin-largest: all such places, ascending.

    The least quotient is maximised; among ties the second least; and so on.

    Examples
    --------
    >>> leximin([np.array([1, 1, 3]), np.array([1, 4, 1])], [1, 1])
    array([1])
    """
    places = largest_minimum(columns, divisors)
    rows = np.sort(np.stack(common_scale([c[places] for c in columns], divisors), axis=1), axis=1)
    for k in range(1, len(columns)):
        keep = np.flatnonzero(rows[:, k] == rows[:, k].max())
        places, rows = places[keep], rows[keep]
    return places


def largest_sum(columns: Sequence[IntArray], divisors: Sequence[int]) -> NDArray[np.intp]:
    """Return where the sum of the quotients is largest: all such places, ascending.

    Examples
    --------
    >>> largest_sum([np.array([1, 4, 3]), np.array([1, 1, 2])], [1, 1])
    array([1, 2])
    """
    scaled = common_scale(columns, divisors)
    total = scaled[0]
    for column in scaled[1:]:
        total = total + column
    return np.flatnonzero(total == total.max())
