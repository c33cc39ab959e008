"""Largest minimum, leximin and largest sum against fractions, past 64 bits too."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.bargaining.leximin import common_scale, largest_minimum, largest_sum, leximin

BIG = [1, 3, 10, 2**40 + 15, 10**17 + 3, 10**30 + 57, 10**320]


@st.composite
def problems(draw):
    width = draw(st.integers(1, 4))
    divisors = draw(st.lists(st.sampled_from(BIG), min_size=width, max_size=width))
    near = st.integers(-2, 2)
    rows = draw(st.lists(st.tuples(*[near] * width), min_size=1, max_size=8))
    center = draw(st.booleans())
    table = [
        [value + (divisor // 3) * center for value, divisor in zip(row, divisors, strict=True)]
        for row in rows
    ]
    columns = []
    for column in zip(*table, strict=True):
        fits = max(map(abs, column)) < 2**52 and draw(st.booleans())
        columns.append(np.array(column, dtype=np.int64 if fits else object))
    return table, columns, divisors


@settings(max_examples=120)
@given(problems())
def test_by_definition(problem):
    table, columns, divisors = problem
    quotients = [
        sorted(Fraction(value, divisor) for value, divisor in zip(row, divisors, strict=True))
        for row in table
    ]

    def places(score):
        values = [score(row) for row in quotients]
        return [k for k, value in enumerate(values) if value == max(values)]

    assert largest_minimum(columns, divisors).tolist() == places(min)
    assert leximin(columns, divisors).tolist() == places(list)
    assert largest_sum(columns, divisors).tolist() == places(sum)


@pytest.mark.parametrize("extra", [0, 1])
def test_many_near_ties_in_64_bits(extra):
    """Quotients that agree to the last bit of a float but not exactly."""
    p, q = 2**51 - 129, 2**51 - 139
    first = np.full(300, p // 3)
    second = np.full(300, q // 3)
    first[200] += extra
    second[200] += extra
    least = [
        min(Fraction(int(a), p), Fraction(int(b), q)) for a, b in zip(first, second, strict=True)
    ]
    expected = [k for k, value in enumerate(least) if value == max(least)]
    assert largest_minimum([first, second], [p, q]).tolist() == expected


def test_roundings_that_swap_two_quotients():
    """a/p > b/q, and the other way round in floating point, for divisors past 53 bits."""
    swapped = 0
    for p in range(2**55 + 1, 2**55 + 400, 2):
        q = p + 2**54 + 11
        ratio = Fraction(q, p).limit_denominator(2**50)
        b, a = ratio.numerator, ratio.denominator
        first, second = Fraction(a, p), Fraction(b, q)
        rounded = a / float(p), b / float(q)
        swapped += (first > second) != (rounded[0] > rounded[1]) and rounded[0] != rounded[1]
        columns = [np.array([a, 2**51]), np.array([2**51 + 2**50, b])]
        best = [0, 1] if first == second else [int(first < second)]
        assert largest_minimum(columns, [p, q]).tolist() == best
    assert swapped > 0


def test_a_huge_divisor_does_not_overflow():
    scaled = common_scale([np.array([0, 0]), np.array([1, 2])], [1, 10**40])
    assert [column.tolist() for column in scaled] == [[0, 0], [1, 2]]
    assert largest_sum([np.array([0, 0]), np.array([1, 2])], [10**40, 1]).tolist() == [1]
