r"""Comparing weighted products of positive integers exactly, however large the weights are.

The product of a_i ** w_i, with positive integers a_i and w_i, is largest where the sum of
w_i * log a_i is. Three steps, each leaving less to the next:

1. Sums of logarithms in floating point, with a bound on their error, leave a short list.
2. Short powers are multiplied out. Otherwise two vectors a and b are compared by the **coprime
   base** of all their entries: pairwise coprime integers p > 1 of which every entry is a product of
   powers. The integers p have unique factorisations that share no prime, so that their logarithms
   are linearly independent over the rationals. The two products are equal exactly if for every p

       sum over i of w_i * (v_p(a_i) - v_p(b_i)) = 0,

   with v_p(x) the power of p in x, whatever the size of the weights.
3. Where they are not equal, the sum over p of (that number) * log p is not zero. Its sign is
   found from logarithms with correctly rounded digits, twice as many each time, until it is larger
   than the bound on its error.

References
----------
D. J. Bernstein, "Factoring into coprimes in essentially linear time", Journal of Algorithms 54
(2005); the refinement used here is the plain one by pairs.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from negotiation.exact import IntArray

__all__ = ["compare_products", "coprime_base", "largest_product"]

SHORT = 4096
"""Bits up to which powers are multiplied out."""


def largest_product(columns: Sequence[IntArray], powers: Sequence[int]) -> NDArray[np.intp]:
    """Return where the product of ``column ** power`` is largest: all such places, ascending.

    Parameters
    ----------
    columns : sequence of integer arrays
        Entries of at least 1.
    powers : sequence of int
        At least 1.

    Examples
    --------
    >>> largest_product([np.array([8, 4, 3]), np.array([1, 2, 2])], [1, 3])
    array([1])
    >>> largest_product([np.array([8, 1]), np.array([1, 2])], [10**30, 3 * 10**30])
    array([0, 1])
    """
    places = _near_largest(columns, powers)
    rows = list(zip(*(column[places].tolist() for column in columns), strict=True))
    distinct = list(dict.fromkeys(rows))
    bits = sum(
        power * max(value.bit_length() for value in own)
        for power, own in zip(powers, zip(*distinct, strict=True), strict=True)
    )
    if bits <= SHORT:
        products = {
            row: math.prod(value**power for value, power in zip(row, powers, strict=True))
            for row in distinct
        }
        most = max(products.values())
        best = {row for row, product in products.items() if product == most}
    else:
        best = {distinct[0]}
        for row in distinct[1:]:
            sign = compare_products(row, next(iter(best)), powers)
            if sign >= 0:
                best = {row} if sign else best | {row}
    return places[[k for k, row in enumerate(rows) if row in best]]


def _near_largest(columns: Sequence[IntArray], powers: Sequence[int]) -> NDArray[np.intp]:
    """Return a list that holds every place where the product of powers is largest."""
    most = max(powers)
    total = np.zeros(columns[0].size)
    size = np.zeros(columns[0].size)
    for column, power in zip(columns, powers, strict=True):
        share = power / most  # rounded correctly, or to 0 where it is below the smallest float
        if column.dtype == object:
            logarithm = np.array([math.log(value) for value in column])
        else:
            logarithm = np.log(column)
        total += share * logarithm
        size += share * (logarithm + 1)  # entries are at least 1, logarithms at least 0
    # a logarithm is off by less than 2**-50 of (itself + 1); so are the sums, each player once
    slack = 2.0**-47 * len(columns) * float(size.max())
    return np.flatnonzero(total >= total.max() - slack)


def compare_products(one: Sequence[int], two: Sequence[int], powers: Sequence[int]) -> int:
    """Return 1, 0 or -1 as one weighted product is larger, equal or smaller than another.

    Examples
    --------
    >>> compare_products((6, 1), (2, 3), (10**40, 10**40))
    0
    >>> compare_products((10**20, 10**20), (10**20 - 1, 10**20 + 1), (10**40, 10**40))
    1
    """
    found: dict[int, int] = {}
    for base in coprime_base([*one, *two]):
        power = sum(
            weight * (_multiplicity(a, base) - _multiplicity(b, base))
            for weight, a, b in zip(powers, one, two, strict=True)
        )
        if power:
            found[base] = power
    if not found:
        return 0
    if len({power > 0 for power in found.values()}) == 1:
        return 1 if next(iter(found.values())) > 0 else -1
    digits = 40
    while True:
        with decimal.localcontext() as context:
            context.prec = digits
            context.Emax, context.Emin = decimal.MAX_EMAX, decimal.MIN_EMIN
            terms = [(power, decimal.Decimal(base).ln()) for base, power in found.items()]
            total = sum((Fraction(log) * power for power, log in terms), Fraction(0))
            # a base of many digits is taken whole; its logarithm is off by half a unit at most
            slack = sum(
                (
                    abs(power) * Fraction(10) ** (log.adjusted() - digits + 1)
                    for power, log in terms
                ),
                Fraction(0),
            )
        if abs(total) > slack:
            return 1 if total > 0 else -1
        digits *= 2


def coprime_base(values: Iterable[int]) -> tuple[int, ...]:
    """Return pairwise coprime integers above 1, products of whose powers the values are.

    Examples
    --------
    >>> coprime_base([12, 18, 35])
    (2, 3, 35)
    """
    base: list[int] = []
    stack = [value for value in values if value > 1]
    while stack:
        value = stack.pop()
        for place, own in enumerate(base):
            common = math.gcd(value, own)
            if common > 1:
                del base[place]
                stack += [part for part in (common, value // common, own // common) if part > 1]
                break
        else:
            base.append(value)
    return tuple(sorted(base))


def _multiplicity(value: int, base: int) -> int:
    count = 0
    while value % base == 0:
        value //= base
        count += 1
    return count
