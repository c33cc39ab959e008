"""Weighted products against integers multiplied out, and ties that no logarithm tells."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.bargaining import AgreementSpace, nash_bargaining
from negotiation.bargaining.products import compare_products, coprime_base, largest_product

small = st.integers(1, 12)


def product(row, powers):
    return math.prod(value**power for value, power in zip(row, powers, strict=True))


def sign(number):
    return (number > 0) - (number < 0)


@given(st.lists(st.integers(1, 10**6) | st.sampled_from([2**40, 6**20, 10**30]), max_size=8))
def test_a_coprime_base_makes_every_value(values):
    base = coprime_base(values)
    assert all(math.gcd(one, two) == 1 for one, two in itertools.combinations(base, 2))
    assert all(own > 1 for own in base)
    for value in values:
        rest = value
        for own in base:
            while rest % own == 0:
                rest //= own
        assert rest == 1


@settings(max_examples=200)
@given(
    st.lists(st.tuples(small, small, st.integers(1, 30)), min_size=1, max_size=4),
    st.sampled_from([1, 10**6, 10**40]),
)
def test_products_are_compared_as_integers_are(entries, unit):
    """A common factor of all powers changes no comparison, however large it is."""
    one, two, powers = zip(*entries, strict=True)
    expected = sign(product(one, powers) - product(two, powers))
    assert compare_products(one, two, [power * unit for power in powers]) == expected
    assert compare_products(two, one, [power * unit for power in powers]) == -expected


@settings(max_examples=60)
@given(
    st.lists(st.tuples(small, small, small), min_size=1, max_size=30),
    st.lists(st.integers(1, 40), min_size=3, max_size=3),
    st.sampled_from([1, 10**5, 10**30]),
    st.booleans(),
)
def test_all_largest_products_are_found(rows, powers, unit, objects):
    kind = object if objects else np.int64
    columns = [np.array(own, dtype=kind) for own in zip(*rows, strict=True)]
    most = max(product(row, powers) for row in rows)
    expected = [k for k, row in enumerate(rows) if product(row, powers) == most]
    assert largest_product(columns, [power * unit for power in powers]).tolist() == expected


def test_products_that_differ_in_the_last_of_thousands_of_digits():
    m = 10**50
    powers = (7 * 10**40, 7 * 10**40)
    assert compare_products((m, m), (m - 1, m + 1), powers) == 1
    assert compare_products((m - 1, m + 1), (m, m), powers) == -1
    assert compare_products((2**300, 3), (2**299, 6), powers) == 0
    # the powers of 2 and of 3 that are closest, far beyond the precision of a float
    p, q = 10439860591, 6586818670
    assert compare_products((2,), (1,), (p,)) == 1
    assert compare_products((2, 1), (1, 3), (p, q)) == sign(
        Fraction(p * 10**30 * 693147180559945309417232121458176568)
        - Fraction(q * 10**30 * 1098612288668109691395245236922525704)
    )


def alternatives(table):
    return AgreementSpace.from_utilities(
        {f"deal {k}": {"us": a, "ru": b} for k, (a, b) in enumerate(table)}
    )


@settings(max_examples=40)
@given(
    st.lists(st.tuples(small, small), min_size=1, max_size=8),
    st.integers(1, 9999),
)
def test_weights_of_four_decimals(table, share):
    space = alternatives(table)
    weights = {"us": Fraction(share, 10**4), "ru": f"{(10**4 - share) / 10**4:.4f}"}
    score = [a**share * b ** (10**4 - share) for a, b in table]
    expected = tuple(k for k, own in enumerate(score) if own == max(score))
    assert nash_bargaining(space, weights=weights).indices == expected


@pytest.mark.parametrize("digits", [4, 12, 60])
def test_ties_of_weights_with_many_digits(digits):
    """4^w * 2^(1-2w) does not depend on w, and neither does 2 * 2^0."""
    unit = 10**digits
    weights = {"us": Fraction(unit // 3, unit), "ru": Fraction(2 * (unit // 3), unit)}
    tied = nash_bargaining(alternatives([(4, 1), (1, 2), (2, 1)]), weights=weights)
    assert tied.indices == (0, 1)
    weights["ru"] += Fraction(1, unit)
    assert nash_bargaining(alternatives([(4, 1), (1, 2)]), weights=weights).indices == (1,)
