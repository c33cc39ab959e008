"""Bounds on polynomials hold at every point, and rounding never says too much."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from negotiation.what_if.bernstein import Rounded, coefficients, plus, product

NUMBERS = st.fractions(-3, 3, max_denominator=12)
POLYS = st.lists(NUMBERS, min_size=1, max_size=4).map(tuple)
SHARES = st.fractions(0, 1, max_denominator=20)


def value(poly, at):
    return sum((own * at**power for power, own in enumerate(poly)), Fraction(0))


@given(POLYS, NUMBERS, NUMBERS, SHARES)
def test_a_polynomial_lies_within_its_coefficients(poly, low, high, share):
    assume(low < high)
    found = coefficients(poly, low, high)
    assert found[0] == value(poly, low)
    assert found[-1] == value(poly, high)
    assert min(found) <= value(poly, low + share * (high - low)) <= max(found)


@given(POLYS, POLYS, NUMBERS, st.sampled_from([-2, -1, 1, 3]))
def test_sums_and_products(one, two, at, factor):
    assert value(product(one, two), at) == value(one, at) * value(two, at)
    assert value(plus(one, two, factor), at) == value(one, at) + factor * value(two, at)


@given(st.lists(POLYS, min_size=1, max_size=3), NUMBERS, NUMBERS, st.booleans())
def test_rounded_coefficients_are_within_their_slack(polys, low, high, subtract):
    """Products and differences in floating point against the same in fractions."""
    assume(low < high)
    largest = max(1, *(abs(own) for poly in polys for own in poly))
    scaled = [tuple(own / largest for own in poly) for poly in polys]
    tables = [[np.array([float(own)]) for own in poly] for poly in scaled]
    rounded = reduce(Rounded.times, (Rounded.of(table, low, high) for table in tables))
    exact = reduce(product, scaled)
    if subtract:
        rounded = Rounded.one(scaled[0], low, high).plus(rounded, -1)
        exact = plus(scaled[0], exact, -1)
    degree = len(rounded.rows) - 1
    exact = (*exact, *[Fraction(0)] * (degree + 1 - len(exact)))
    for own, true in zip(rounded.rows, coefficients(exact, low, high), strict=True):
        assert abs(Fraction(float(np.ravel(own)[0])) - true) <= Fraction(rounded.slack)
        assert abs(true) <= Fraction(rounded.size) * (1 + Fraction(1, 2**40))
    if np.all(rounded.above):
        assert min(coefficients(exact, low, high)) > 0
