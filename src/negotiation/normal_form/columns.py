"""Columns of exact numbers: formulas evaluated at many points in integer arithmetic.

A column of N numbers is held as N integers over one common denominator, or over a denominator
per point where a formula divides by a parameter; then every quotient is kept in lowest terms.
Each step of a formula is a few array operations on 64-bit integers, done only if the largest
operands prove that no result exceeds 2^62. Where that fails the points are halved, until few
points are left; these are evaluated in arrays of Python integers, and past 20,000 bits one by
one by the formula's own definition. Nothing is rounded, and one huge value slows down its
neighbours only.

A float means the shortest decimal that prints as it. A decimal of at most 15 digits is the
shortest that prints as the double next to it, so a whole array of doubles is read at once where
all are such decimals, times a power of ten at most.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from negotiation.errors import FormulaError, GameError, shorten
from negotiation.exact import IntArray, exact, exact_array, show
from negotiation.formulas import Formula

__all__ = ["Column", "common_scale", "evaluate", "read_column"]

LIMIT = 2**62  # integers up to here are added and compared in 64 bits without overflow
BIG = 2**20_000  # Python integers up to here; formulas allow for five times the digits
FEW = 1024  # points that are evaluated in Python integers rather than halved again
WHOLE = 10.0**15  # decimals of up to 15 digits are told apart by doubles

Whole = int | IntArray


class _Overflow(Exception):  # noqa: N818  control flow within this module, no error
    """A step cannot be proved to stay within 64 bits."""


class _Pole(Exception):  # noqa: N818  control flow within this module, no error
    """A division by zero at some point."""

    def __init__(self, zero: Whole) -> None:
        super().__init__()
        self.place = int(np.argmax(np.asarray(zero) == 0))


class Column(NamedTuple):
    """N numbers: integers over a positive denominator, each one for all points or one each."""

    above: Whole
    below: Whole

    def take(self, start: int, stop: int) -> tuple[Fraction, ...]:
        """Return the numbers at some points as fractions."""
        above, below = (
            [part] * (stop - start) if isinstance(part, int) else part[start:stop].tolist()
            for part in self
        )
        return tuple(Fraction(a, b) for a, b in zip(above, below, strict=True))

    def cut(self, start: int, stop: int, kind: type) -> Column:
        """Return the numbers at some points, of a kind of integers into which they must fit."""
        parts: list[Whole] = []
        for part in self:
            own = part if isinstance(part, int) else part[start:stop]
            if kind is np.int64 and _size(own) > LIMIT:
                raise _Overflow
            parts.append(own if isinstance(own, int) else own.astype(kind, copy=False))
        return Column(*parts)


def read_column(values: object, where: str) -> tuple[Column, int | None]:
    """Return a parameter's values as a column, and how many there are (None for one value)."""
    if isinstance(values, str) or not (
        isinstance(values, Sequence) or (hasattr(values, "__array__") and np.ndim(values))
    ):
        number = exact(values, where=where)
        return Column(number.numerator, number.denominator), None
    if np.ma.is_masked(values):
        raise GameError(
            "some values are masked", where=where, remedy="give a number for every point"
        )
    array = values if isinstance(values, Sequence) else np.asarray(values)
    if isinstance(array, np.ndarray) and array.ndim > 1:
        raise GameError(
            f"an array of {array.ndim} dimensions", where=where, remedy="give one value per point"
        )
    if isinstance(array, np.ndarray) and array.dtype.kind in "iu" and array.dtype != np.uint64:
        return Column(array.astype(np.int64), 1), len(array)
    if isinstance(array, np.ndarray) and array.dtype == np.float64 and len(array):
        for places in range(0, 16, 3):
            whole = np.rint(array * 10.0**places)
            # a decimal of up to 15 digits that is rounded to a double is what the double prints
            if not (np.abs(whole) < WHOLE).all():
                break
            if (whole / 10.0**places == array).all():
                return Column(whole.astype(np.int64), 10**places), len(array)
    numbers = exact_array(array, where=where)
    if numbers.ndim != 1:
        raise GameError("a nested list", where=where, remedy="give one value per point")
    return _from_fractions(numbers.tolist()), len(numbers)


def _from_fractions(numbers: Sequence[Fraction]) -> Column:
    """Return fractions over their common denominator, or over one each where that is large."""
    below = 1
    for denominator in {number.denominator for number in numbers}:
        below = math.lcm(below, denominator)
        if below > LIMIT:
            return Column(
                _integers([number.numerator for number in numbers]),
                _integers([number.denominator for number in numbers]),
            )
    above = [number.numerator * (below // number.denominator) for number in numbers]
    return Column(_integers(above), below)


def _integers(values: Sequence[int]) -> IntArray:
    """Return integers as int64 where all fit, else as Python integers."""
    fits = all(-LIMIT <= value <= LIMIT for value in values)
    array = np.empty(len(values), dtype=np.int64 if fits else object)
    array[:] = values
    return array


def _size(values: Whole) -> int:
    """Return the largest absolute value."""
    if isinstance(values, int):
        return abs(values)
    if not values.size:
        return 0
    return max(int(values.max()), -int(values.min()))


def _bound(*parts: Whole) -> int:
    """Return up to where results of these operands are integers without overflow."""
    machine = any(not isinstance(part, int) and part.dtype != object for part in parts)
    return LIMIT if machine else BIG


def _times(one: Whole, two: Whole) -> Whole:
    left, right = _size(one), _size(two)
    if max(left, right, left * right) > _bound(one, two):
        raise _Overflow
    return one * two


def _gcd(one: Whole, two: Whole) -> Whole:
    if isinstance(one, int) and isinstance(two, int):
        return math.gcd(one, two)
    if max(_size(one), _size(two)) > _bound(one, two):
        raise _Overflow
    return np.gcd(one, two)


def _same(one: Whole, two: Whole) -> bool:
    """Say whether both are one and the same integer for all points."""
    return isinstance(one, int) and isinstance(two, int) and one == two


def _aligned(one: Column, two: Column) -> tuple[Whole, Whole, Whole]:
    """Return both numerators over a common denominator, and that."""
    if _same(one.below, two.below):
        return one.above, two.above, one.below
    shared = _gcd(one.below, two.below)
    left, right = one.below // shared, two.below // shared
    return _times(one.above, right), _times(two.above, left), _times(left, two.below)


def _reduced(above: Whole, below: Whole) -> Column:
    """Cancel, where there is a denominator per point."""
    if isinstance(below, int):
        return Column(above, below)
    shared = _gcd(above, below)
    return Column(above // shared, below // shared)


def _product(one: Column, two: Column) -> Column:
    return _reduced(_times(one.above, two.above), _times(one.below, two.below))


def _inverse(own: Column) -> Column:
    if isinstance(own.above, int):
        if own.above == 0:
            raise _Pole(own.above)
        return Column(own.below if own.above > 0 else -own.below, abs(own.above))
    if (own.above == 0).any():
        raise _Pole(own.above)
    return Column(_times(np.sign(own.above), own.below), np.abs(own.above))


def _power(own: Column, power: int) -> Column:
    base = _inverse(own) if power < 0 else own
    raised = []
    for part in base:
        size = _size(part)
        if size > 1 and size.bit_length() * abs(power) >= _bound(part).bit_length():
            raise _Overflow
        raised.append(part ** abs(power))
    above, below = raised
    return Column(above, below)


def _stepwise(node: tuple[Any, ...], columns: Mapping[str, Column]) -> Column:
    """Return the values of a formula's tree, in the kind of integers of the columns."""
    head = node[0]
    if head == "number":
        return Column(node[1].numerator, node[1].denominator)
    if head == "name":
        return columns[node[1]]
    if head == "**":
        return _power(_stepwise(node[1], columns), int(node[2][1]))
    values = [_stepwise(child, columns) for child in node[1:]]
    own = values[0]
    if head == "negative":
        return Column(-own.above, own.below)
    if head == "abs":
        size = abs(own.above) if isinstance(own.above, int) else np.abs(own.above)
        return Column(size, own.below)
    for other in values[1:]:
        if head == "*":
            own = _product(own, other)
            continue
        if head == "/":
            own = _product(own, _inverse(other))
            continue
        left, right, below = _aligned(own, other)
        if _size(left) + _size(right) > _bound(left, right):
            raise _Overflow
        if head in {"+", "-"}:
            own = _reduced(left + right if head == "+" else left - right, below)
        else:
            least = head == "min"
            if isinstance(left, int) and isinstance(right, int):
                own = Column(min(left, right) if least else max(left, right), below)
            else:
                choose = np.minimum if least else np.maximum
                own = _reduced(choose(left, right), below)
    return own


def evaluate(formula: Formula, columns: Mapping[str, Column], start: int, stop: int) -> Column:
    """Return the values of a formula at the points from `start` to before `stop`."""
    kinds = (np.int64, object) if stop - start <= FEW or not formula.names else (np.int64,)
    for kind in kinds:
        try:
            own = {name: columns[name].cut(start, stop, kind) for name in formula.names}
            return _stepwise(formula.node, own)
        except _Pole as pole:
            _one(formula, columns, start + pole.place)
            raise AssertionError(formula.text) from None  # the line above names the point
        except _Overflow:
            continue
    if not formula.names:
        value = formula.value({})
        return Column(value.numerator, value.denominator)
    if stop - start <= FEW:
        return _from_fractions([_one(formula, columns, k) for k in range(start, stop)])
    middle = (start + stop) // 2
    spans = [(start, middle), (middle, stop)]
    halves = [evaluate(formula, columns, *span) for span in spans]
    above = [_spread(half.above, b - a) for half, (a, b) in zip(halves, spans, strict=True)]
    below = halves[0].below
    if not _same(below, halves[1].below):
        each = [_spread(half.below, b - a) for half, (a, b) in zip(halves, spans, strict=True)]
        below = np.concatenate(each)
    return Column(np.concatenate(above), below)


def _one(formula: Formula, columns: Mapping[str, Column], k: int) -> Fraction:
    """Return the value of a formula at point k, by its definition."""
    point = {name: columns[name].take(k, k + 1)[0] for name in formula.names}
    try:
        return formula.value(point)
    except FormulaError as fault:
        shown = ", ".join(f"{n} = {show(v, fractions=True)}" for n, v in point.items())
        raise FormulaError(
            fault.what,
            where=f"point {k}" + (f" ({shorten(shown)})" if shown else ""),
            remedy=fault.remedy,
        ) from None


def _spread(part: Whole, count: int) -> IntArray:
    """Return one integer per point."""
    if not isinstance(part, int) and part.ndim:
        return part
    return np.full(count, part, dtype=np.int64 if _size(part) <= LIMIT else object)


def common_scale(columns: Sequence[Column], count: int) -> tuple[IntArray, IntArray]:
    """Return a player's payoffs, shape (N, profiles), over one denominator per game, (N,)."""
    for kind in (np.int64, object):
        try:
            return _over_one(columns, count, kind)
        except _Overflow:
            continue
    raise AssertionError(count)  # Python integers do not overflow


def _over_one(columns: Sequence[Column], count: int, kind: type) -> tuple[IntArray, IntArray]:
    bounded = kind is np.int64
    parts = [column.cut(0, count, kind) for column in columns]
    below: Whole = 1
    for part in parts:
        if isinstance(below, int) and isinstance(part.below, int):
            below = math.lcm(below, part.below)
            continue
        one: IntArray = _spread(below, count).astype(kind)
        two: IntArray = _spread(part.below, count).astype(kind)
        rest = two // np.gcd(one, two)
        below = _times(one, rest) if bounded else one * rest
    if bounded and _size(below) > LIMIT:
        raise _Overflow
    whole: IntArray = np.empty((count, len(parts)), dtype=kind)
    for place, part in enumerate(parts):
        factor = below // part.below
        if bounded and _size(part.above) * _size(factor) > LIMIT:
            raise _Overflow
        whole[:, place] = part.above * factor
    under: IntArray = _spread(below, count).astype(kind)
    if not isinstance(below, int) or below > 1:
        shared = under
        for place in range(len(parts)):
            shared = np.gcd(shared, whole[:, place])
        whole //= shared[:, None]
        under = under // shared
    if not bounded and max(_size(whole), _size(under)) <= LIMIT:
        return whole.astype(np.int64), under.astype(np.int64)
    return whole, under
