"""Real algebraic numbers and the real roots of integer polynomials, exactly.

A polynomial is the tuple of its integer coefficients, the highest power first. A real number that
is a root of one is *algebraic*. It is given by

- its **minimal polynomial**: irreducible over the rationals, without common factor, the first
  coefficient positive; two numbers with different minimal polynomials are different;
- an **isolating interval** (low, high) with rational ends, in which that polynomial has no other
  root. A minimal polynomial of degree two or more has no rational and no multiple root, so it
  is not zero at the ends and changes its sign between them.

Rational numbers are :class:`~fractions.Fraction`, all others :class:`Algebraic`. The sign of
another polynomial at an algebraic number is zero exactly if the minimal polynomial divides it;
otherwise halving the interval shows the sign after finitely many steps. Nothing is rounded.

Factors and isolating intervals come from sympy; everything else is arithmetic of integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, total_ordering
from math import gcd
from typing import Any

from negotiation.errors import NegotiationError, shorten
from negotiation.exact import exact, exact_text

__all__ = [
    "Algebraic",
    "Number",
    "Polynomial",
    "between",
    "factors",
    "integral",
    "polynomial_text",
    "roots",
    "sign_at",
]

Polynomial = tuple[int, ...]
"""Integer coefficients, the highest power first."""


def integral(coefficients: Iterable[object]) -> Polynomial:
    """Return the multiple by a positive number that has integers without common factor.

    Examples
    --------
    >>> integral([Fraction(1, 2), 0, -1])
    (1, 0, -2)
    """
    values = [exact(value, where="coefficients") for value in coefficients]
    while values and not values[0]:
        values.pop(0)
    below = 1
    for value in values:
        below = below * value.denominator // gcd(below, value.denominator)
    whole = [int(value * below) for value in values]
    common = gcd(*whole) or 1
    return tuple(value // common for value in whole)


def _value(polynomial: Sequence[int], at: Fraction) -> Fraction:
    """Return the value at a rational number."""
    total, scale = 0, 1
    for coefficient in polynomial:  # Horner's rule over the powers of the denominator
        total = total * at.numerator + coefficient * scale
        scale *= at.denominator
    return Fraction(total * at.denominator, scale) if polynomial else Fraction(0)


def _sign(value: Fraction | int) -> int:
    return (value > 0) - (value < 0)


def _remainder(dividend: Polynomial, divisor: Polynomial) -> Polynomial:
    """Return the remainder times a positive number; the divisor begins with a positive one."""
    rest = list(dividend)
    while len(rest) >= len(divisor):
        lead = rest[0]
        if lead:
            rest = [value * divisor[0] for value in rest]
            for place, value in enumerate(divisor):
                rest[place] -= lead * value
        rest.pop(0)
    return integral(rest)


def polynomial_text(polynomial: Sequence[int], name: str = "x") -> str:
    """Return a polynomial as text.

    Examples
    --------
    >>> polynomial_text((1, 2, 0, -1))
    'x**3 + 2*x**2 - 1'
    """
    text = ""
    for power, value in zip(range(len(polynomial) - 1, -1, -1), polynomial, strict=True):
        if not value:
            continue
        variable = "" if power == 0 else name if power == 1 else f"{name}**{power}"
        amount = str(abs(value)) if not variable or abs(value) != 1 else ""
        term = "*".join(part for part in (amount, variable) if part)
        text += (f" {'-' if value < 0 else '+'} " if text else "-" * (value < 0)) + term
    return text or "0"


@total_ordering
@dataclass(frozen=True, eq=False)
class Algebraic:
    """A real algebraic number that is not rational; see the module's opening.

    Use :meth:`of`, or :func:`roots`.

    Attributes
    ----------
    polynomial : tuple of int
        Its minimal polynomial, the highest power first.
    low, high : Fraction
        The isolating interval.

    Examples
    --------
    >>> root = Algebraic.of([1, 2, -1], 0, 1)
    >>> print(root)
    0.41421… (root of x**2 + 2*x - 1)
    >>> root > Fraction(2, 5), root == Algebraic.of([1, 3, 1, -1], 0, 1)
    (True, True)
    """

    polynomial: Polynomial
    low: Fraction
    high: Fraction

    @classmethod
    def of(cls, coefficients: Iterable[object], low: object, high: object) -> Algebraic:
        """Return the only root of a polynomial between two rational numbers.

        Raises
        ------
        NegotiationError
            If there is not exactly one, or it is rational.
        """
        polynomial = integral(coefficients)
        if len(polynomial) < 2:
            raise NegotiationError(f"the polynomial {polynomial_text(polynomial)} has no root")
        found = roots([polynomial], exact(low), exact(high))
        if len(found) != 1 or not isinstance(found[0], Algebraic):
            raise NegotiationError(
                f"{polynomial_text(polynomial)} has {len(found)} roots from {low} to {high}"
                + (", a rational one" if len(found) == 1 else ""),
                remedy="give an interval around one irrational root",
            )
        return found[0]

    def refine(self, eps: object) -> Algebraic:
        """Return the same number with an interval no wider than `eps`, a positive number."""
        width = exact(eps, where="eps")
        if width <= 0:
            raise NegotiationError(f"eps is {shorten(eps)}", remedy="give a positive width")
        found = self
        while found.high - found.low > width:
            found = found.halved()
        return found

    def halved(self) -> Algebraic:
        """Return the same number with an interval half as wide."""
        middle = (self.low + self.high) / 2
        if _sign(_value(self.polynomial, middle)) == _sign(_value(self.polynomial, self.low)):
            return Algebraic(self.polynomial, middle, self.high)
        return Algebraic(self.polynomial, self.low, middle)

    def sign(self, polynomial: Sequence[int]) -> int:
        """Return the sign of another integer polynomial at this number: -1, 0 or 1."""
        rest = _remainder(tuple(polynomial), self.polynomial)
        if not rest:
            return 0
        here = self
        while True:
            least, most = _bounds(rest, here.low, here.high)
            if least > 0 or most < 0:
                return 1 if least > 0 else -1
            here = here.halved()

    def _compare(self, other: Fraction | Algebraic) -> int:
        if isinstance(other, Fraction):
            if self.low < other < self.high:
                inside = _sign(_value(self.polynomial, other))
                return 1 if inside == _sign(_value(self.polynomial, self.low)) else -1
            return 1 if other <= self.low else -1
        mine, yours = self, other
        if mine.polynomial == yours.polynomial:
            low, high = max(mine.low, yours.low), min(mine.high, yours.high)
            if low < high and _sign(_value(mine.polynomial, low)) != _sign(
                _value(mine.polynomial, high)
            ):
                return 0
        while mine.low < yours.high and yours.low < mine.high:
            mine, yours = mine.halved(), yours.halved()
        return 1 if mine.low >= yours.high else -1

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Algebraic):
            return self.polynomial == other.polynomial and self._compare(other) == 0
        return False if isinstance(other, (int, Fraction)) else NotImplemented

    def __lt__(self, other: object) -> bool:
        if isinstance(other, (int, Fraction, Algebraic)):
            return self._compare(Fraction(other) if isinstance(other, int) else other) < 0
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.polynomial)

    def _signed(self) -> Algebraic:
        """Return the same number with an interval that does not go through zero."""
        near = self
        while near.low < 0 < near.high:
            near = near.halved()
        return near

    def __float__(self) -> float:
        near = self._signed()
        while near.high - near.low > max(abs(near.low), abs(near.high)) / 2**56:
            near = near.halved()
        return float((near.low + near.high) / 2)

    def digits(self, places: int = 5) -> str:
        """Return the decimals up to a place, cut off and not rounded."""
        near, scale = self._signed(), 10**places
        while True:
            ends = sorted((abs(near.low) * scale, abs(near.high) * scale))
            cut = int(ends[0])
            if ends[1] <= cut + 1:
                break
            near = near.halved()
        text = str(cut).rjust(places + 1, "0")
        return f"{'-' if near.high <= 0 else ''}{text[:-places]}.{text[-places:]}…"

    def __str__(self) -> str:
        return f"{self.digits()} (root of {polynomial_text(self.polynomial)})"

    def __repr__(self) -> str:
        return f"<Algebraic {self}>"

    def data(self) -> dict[str, Any]:
        """Return the polynomial and a narrow interval as plain data."""
        near = self.refine(Fraction(1, 10**12))
        return {
            "root_of": polynomial_text(self.polynomial),
            "low": exact_text(near.low),
            "high": exact_text(near.high),
        }


Number = Fraction | Algebraic


def _bounds(polynomial: Polynomial, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """Return bounds of a polynomial over an interval: Horner's rule on intervals."""
    least = most = Fraction(0)
    for value in polynomial:
        corners = (least * low, least * high, most * low, most * high)
        least, most = min(corners) + value, max(corners) + value
    return least, most


def sign_at(polynomial: Sequence[int], at: Number) -> int:
    """Return the sign of an integer polynomial at a number: -1, 0 or 1.

    Examples
    --------
    >>> sign_at((1, 0, -2), Fraction(3, 2)), sign_at((1, 0, -2), Algebraic.of([1, 0, -2], 1, 2))
    (1, 0)
    """
    if isinstance(at, Algebraic):
        return at.sign(polynomial)
    return _sign(_value(polynomial, at))


@lru_cache(maxsize=65_536)
def factors(polynomial: Polynomial) -> tuple[Polynomial, ...]:
    """Return the different irreducible factors of degree one or more.

    Examples
    --------
    >>> factors((1, 0, -1, 0, 0))
    ((1, -1), (1, 0), (1, 1))
    """
    from sympy import ZZ  # noqa: PLC0415  half a second that most runs never need
    from sympy.polys.factortools import dup_factor_list  # noqa: PLC0415

    polynomial = integral(polynomial)
    if len(polynomial) < 2:
        return ()
    found: set[Polynomial] = set()
    for factor, _ in dup_factor_list([ZZ(value) for value in polynomial], ZZ)[1]:
        whole = integral([int(value) for value in factor])
        found.add(whole if whole[0] > 0 else tuple(-value for value in whole))
    return tuple(sorted(found))


@lru_cache(maxsize=65_536)
def _real_roots(factor: Polynomial) -> tuple[Number, ...]:
    """Return the real roots of an irreducible polynomial, in increasing order."""
    if len(factor) == 2:
        return (Fraction(-factor[1], factor[0]),)
    from sympy import ZZ  # noqa: PLC0415  half a second that most runs never need
    from sympy.polys.rootisolation import dup_isolate_real_roots_sqf  # noqa: PLC0415

    found = dup_isolate_real_roots_sqf([ZZ(value) for value in factor], ZZ)
    ends = [(Fraction(str(low)), Fraction(str(high))) for low, high in found]
    return tuple(Algebraic(factor, low, high) for low, high in sorted(ends))


def roots(
    polynomials: Iterable[Polynomial], low: Number | None = None, high: Number | None = None
) -> tuple[Number, ...]:
    """Return the different real roots of several polynomials, from `low` to `high`.

    Polynomials that are constant, zero among them, have none.

    Examples
    --------
    >>> [str(root) for root in roots([(2, -1), (1, 0, -2)], Fraction(0), Fraction(2))]
    ['1/2', '1.41421… (root of x**2 - 2)']
    """
    irreducible = {factor for polynomial in polynomials for factor in factors(polynomial)}
    found = [
        root
        for factor in irreducible
        for root in _real_roots(factor)
        if (low is None or root >= low) and (high is None or root <= high)
    ]
    return tuple(sorted(found))


def between(left: Number, right: Number) -> Fraction:
    """Return a rational number strictly between two different numbers, the smaller first.

    Examples
    --------
    >>> between(Fraction(1), Fraction(2))
    Fraction(3, 2)
    """
    while True:
        low = left if isinstance(left, Fraction) else left.high
        high = right if isinstance(right, Fraction) else right.low
        if low < high:
            return _simple((3 * low + high) / 4, (low + 3 * high) / 4)
        if low == high and isinstance(left, Algebraic) and isinstance(right, Algebraic):
            return low
        left = left if isinstance(left, Fraction) else left.halved()
        right = right if isinstance(right, Fraction) else right.halved()


def _simple(low: Fraction, high: Fraction) -> Fraction:
    """Return a fraction from `low` to `high` with a small denominator."""
    scale = 1
    while True:
        found = Fraction(-(-low * scale // 1), scale)
        if found <= high:
            return found
        scale *= 2
