"""Roots and signs hold against sign changes, Sturm's count and plain arithmetic."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.errors import NegotiationError
from negotiation.roots import (
    Algebraic,
    between,
    factors,
    integral,
    polynomial_text,
    roots,
    sign_at,
)

X = sympy.Symbol("x")
COEFFICIENTS = st.lists(st.integers(-6, 6), min_size=1, max_size=5)


def value(polynomial, at):
    """The value, power by power."""
    top = len(polynomial) - 1
    return sum((c * at ** (top - k) for k, c in enumerate(polynomial)), Fraction(0))


def product(one, two):
    found = [0] * (len(one) + len(two) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            found[i + j] += a * b
    return integral(found)


@settings(max_examples=80, deadline=None)
@given(COEFFICIENTS)
def test_all_real_roots_are_found_and_isolated(coefficients):
    polynomial = integral(coefficients)
    found = roots([polynomial])
    if len(polynomial) < 2:
        assert found == ()
        return
    poly = sympy.Poly(polynomial, X)
    assert len(found) == poly.sqf_part().count_roots()
    for root in found:
        assert sign_at(polynomial, root) == 0
        if isinstance(root, Fraction):
            assert value(polynomial, root) == 0
        else:
            ends = value(root.polynomial, root.low), value(root.polynomial, root.high)
            assert ends[0] * ends[1] < 0
            own = sympy.Poly(root.polynomial, X)
            assert own.is_irreducible
            assert own.count_roots(sympy.Rational(root.low), sympy.Rational(root.high)) == 1
            assert len(root.polynomial) > 2
    assert list(found) == sorted(found)


@settings(max_examples=60, deadline=None)
@given(COEFFICIENTS, COEFFICIENTS)
def test_signs_and_order_agree_with_floats_and_with_products(one, two):
    one, two = integral(one), integral(two)
    places = roots([one, two])
    for left, right in itertools.pairwise(places):
        assert left < right
        assert left != right
        assert left < between(left, right) < right
    for at in places:
        near = float(at)
        rough = float(value(two, Fraction(near)))
        if abs(rough) > 1e-6:
            assert sign_at(two, at) == (1 if rough > 0 else -1)
        if one and two:
            assert sign_at(product(one, two), at) == sign_at(one, at) * sign_at(two, at)


@settings(max_examples=40, deadline=None)
@given(COEFFICIENTS)
def test_factors_give_the_square_free_part(coefficients):
    polynomial = integral(coefficients)
    whole = (1,)
    for factor in factors(polynomial):
        whole = product(whole, factor)
    if len(polynomial) > 1:
        part = sympy.Poly(polynomial, X).sqf_part()
        expected = integral([int(c) for c in part.primitive()[1].all_coeffs()])
        assert whole in (expected, tuple(-c for c in expected))


def test_the_root_of_two():
    root = Algebraic.of([1, 0, -2], 1, 2)
    assert (root.low, root.high) != (0, 0)
    assert root == Algebraic.of([1, 1, -2, -2], 1, 2)  # times x + 1
    assert hash(root) == hash(Algebraic.of([2, 0, -4], 1, 3))
    assert root != Algebraic.of([1, 0, -2], -2, 0)
    assert root != Fraction(7, 5)
    assert root != "root"
    assert Fraction(141421356, 10**8) < root < Fraction(141421357, 10**8)
    assert float(root) == 2**0.5
    near = root.refine("1e-30")
    assert near.high - near.low <= Fraction(1, 10**30)
    assert near == root
    assert near.low**2 < 2 < near.high**2
    assert str(root) == "1.41421… (root of x**2 - 2)"
    assert str(Algebraic.of([1, 2, -1], 0, 1)) == "0.41421… (root of x**2 + 2*x - 1)"
    assert Algebraic.of([1, 0, -2], -2, -1).digits() == "-1.41421…"
    assert pickle.loads(pickle.dumps(root)) == root


def test_close_roots_are_told_apart():
    one = Algebraic.of([1, 0, -2], 1, 2)
    two = Algebraic.of([10**20, 0, -2 * 10**20 - 1], 1, 2)
    assert one < two
    assert one < between(one, two) < two
    assert sign_at((10**20, 0, -2 * 10**20 - 1), one) == -1


def test_texts():
    assert polynomial_text((-1, 0, 3, -1)) == "-x**3 + 3*x - 1"
    assert polynomial_text(()) == "0"
    assert integral([0, 0]) == ()


def test_bad_input():
    with pytest.raises(NegotiationError, match="rational"):
        Algebraic.of([1, 0, -4], 0, 3)
    with pytest.raises(NegotiationError, match="2 roots"):
        Algebraic.of([1, 0, -2], -2, 2)
    with pytest.raises(NegotiationError, match="no root"):
        Algebraic.of([5], 0, 1)
    with pytest.raises(NegotiationError, match="positive"):
        Algebraic.of([1, 0, -2], 1, 2).refine(0)
