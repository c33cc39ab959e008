"""Signs of polynomials over an interval, one by one or very many at once.

A polynomial of degree n is on [low, high] a mean of its n + 1 Bernstein coefficients, whose
weights are positive inside. So that it is above 0 on the open interval if no coefficient is below
0 and one is above. For degree 1 the coefficients are the values at the ends, and this is exact.

A polynomial is the sequence of its coefficients, the constant first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from negotiation.exact import nearest_float

__all__ = ["Rounded", "blossom", "coefficients", "plus", "product"]


def product(one: Sequence[Any], two: Sequence[Any]) -> tuple[Any, ...]:
    """Return the product of two polynomials."""
    found = [0] * (len(one) + len(two) - 1)
    for i, a in enumerate(one):
        if a:
            for j, b in enumerate(two):
                found[i + j] += a * b
    return tuple(found)


def plus(one: Sequence[Any], two: Sequence[Any], factor: int = 1) -> tuple[Any, ...]:
    """Return the sum of two polynomials, the second times a number."""
    return tuple(a + factor * b for a, b in itertools.zip_longest(one, two, fillvalue=0))


@lru_cache(maxsize=256)
def blossom(degree: int, low: Fraction, high: Fraction) -> tuple[tuple[Fraction, ...], ...]:
    """Return row i, column k: the i-th Bernstein coefficient of x**k on [low, high]."""
    width = high - low
    return tuple(
        tuple(
            sum(
                (
                    math.comb(k, j)
                    * low ** (k - j)
                    * width**j
                    * Fraction(math.comb(i, j), math.comb(degree, j))
                    for j in range(min(i, k) + 1)
                ),
                Fraction(0),
            )
            for k in range(degree + 1)
        )
        for i in range(degree + 1)
    )


def coefficients(poly: Sequence[Any], low: Fraction, high: Fraction) -> list[Fraction]:
    """Return the Bernstein coefficients of a polynomial on [low, high].

    Examples
    --------
    >>> coefficients((0, 0, 1), Fraction(-1), Fraction(1))
    [Fraction(1, 1), Fraction(-1, 1), Fraction(1, 1)]
    """
    matrix = blossom(len(poly) - 1, low, high)
    return [sum((a * b for a, b in zip(row, poly, strict=True)), Fraction(0)) for row in matrix]


@dataclass(frozen=True, eq=False)
class Rounded:
    """Bernstein coefficients in floating point, each off by no more than `slack`.

    Coefficients are arrays over agreements, or single numbers; none is above `size`.
    """

    rows: list[Any]
    size: float
    slack: float

    @classmethod
    def of(cls, tables: Sequence[Any], low: Fraction, high: Fraction) -> Rounded:
        """Return those of polynomials whose own coefficients are at most 1 in size."""
        matrix = blossom(len(tables) - 1, low, high)
        weights = [[nearest_float(value) for value in row] for row in matrix]
        rows = [
            reduce(np.add, (w * table for w, table in zip(row, tables, strict=True)))
            for row in weights
        ]
        size = max(sum(map(abs, row)) for row in weights)
        return cls(rows, size, size * len(tables) * 2.0**-50)

    @classmethod
    def one(cls, poly: Sequence[Fraction], low: Fraction, high: Fraction) -> Rounded:
        """Return those of a single polynomial."""
        values = coefficients(poly, low, high)
        size = nearest_float(max(map(abs, values))) * 2 or 1.0
        return cls([nearest_float(value) for value in values], size, size * 2.0**-52)

    def times(self, other: Rounded) -> Rounded:
        """Return the product."""
        m, n = len(self.rows) - 1, len(other.rows) - 1
        rows: list[Any] = [0.0] * (m + n + 1)
        for i, a in enumerate(self.rows):
            for j, b in enumerate(other.rows):
                weight = math.comb(m, i) * math.comb(n, j) / math.comb(m + n, i + j)
                rows[i + j] = rows[i + j] + weight * (a * b)
        size = self.size * other.size
        errors = self.slack * other.size + other.slack * self.size + self.slack * other.slack
        return Rounded(rows, size, errors + size * (m + n + 2) * 2.0**-50)

    def raised(self, degree: int) -> Rounded:
        """Return the same polynomials by the coefficients of a higher degree."""
        missing = degree + 1 - len(self.rows)
        return self.times(Rounded([1.0] * (missing + 1), 1.0, 0.0)) if missing > 0 else self

    def plus(self, other: Rounded, factor: int = 1) -> Rounded:
        """Return the sum, or the difference."""
        degree = max(len(self.rows), len(other.rows)) - 1
        one, two = self.raised(degree), other.raised(degree)
        size = one.size + two.size
        rows = [a + factor * b for a, b in zip(one.rows, two.rows, strict=True)]
        return Rounded(rows, size, one.slack + two.slack + size * 2.0**-50)

    @property
    def above(self) -> Any:
        """Where the polynomial is surely positive."""
        return reduce(np.minimum, self.rows) > self.slack
