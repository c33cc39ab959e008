"""Exact numbers: Fraction in, Fraction out, and the one tolerance policy.

Conventions
-----------
- A number given as text or in a model file means exactly what it says: ``0.6`` is 3/5,
  ``2/3`` is two thirds, ``1e-3`` is 1/1000.
- A Python float means the shortest decimal that prints as it: ``0.1`` is 1/10, not
  3602879701896397/36028797018963968. NaN and infinities are refused.
- **Tolerance policy**: there is none. Comparisons are between fractions or integers. Where
  a result is irrational or found in floating point, it is returned as an approximation with
  a certified bound and its type says so; it is never compared with ``==``.
- Arrays handed out by results are read-only.
- **What is too large is refused before it starts**: :func:`refuse_size` holds a count against a
  limit, :func:`refuse_bytes` an estimate of memory against what there is.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Inexact
from fractions import Fraction
from numbers import Integral, Rational, Real
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError, TooLargeError, UnknownNameError, shorten

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

__all__ = [
    "FrozenMap",
    "IntArray",
    "OrderedMap",
    "common_denominator",
    "decimal_text",
    "exact",
    "exact_array",
    "exact_text",
    "fixed",
    "flatten",
    "generator",
    "integer_array",
    "is_integer",
    "is_real",
    "listed",
    "names_of",
    "nearest_float",
    "numbered",
    "of_kind",
    "read_only",
    "show",
    "show_apart",
    "unravel",
    "whole",
]

Kind = TypeVar("Kind")

IntArray = NDArray[Any]
"""An integer array: int64 where the values fit, else object (Python integers)."""

MAX_DIGITS = 1000
MAX_DEPTH = 32  # of nested lists
MANY = 64  # entries of an array from which each different number is read once
PLAIN = {int, float, Fraction, Decimal, str}
_NUMBER = re.compile(
    r"""\s*(?P<sign>[-+]?)(?:
        (?P<numerator>\d+)\s*/\s*(?P<denominator>\d+)
      | (?P<mantissa>(?:\d+\.?\d*|\.\d+))(?:[eE](?P<exponent>[-+]?\d+))?
    )\s*""",
    re.VERBOSE,
)


def exact(value: object, *, where: str = "") -> Fraction:
    """Return `value` as an exact fraction.

    Parameters
    ----------
    value : int, Fraction, Decimal, float, str or numpy scalar
        Text may be an integer, a decimal, a power-of-ten decimal or ``p/q``.
    where : str, optional
        The place to name in the error.

    Returns
    -------
    Fraction

    Raises
    ------
    GameError
        If it is no finite real number, or longer than 1000 digits.

    Examples
    --------
    >>> exact(0.6), exact("2/3"), exact("1e-3")
    (Fraction(3, 5), Fraction(2, 3), Fraction(1, 1000))
    """
    if type(value) is int:  # the usual types first
        return Fraction(value)
    if isinstance(value, Fraction):
        return value
    if isinstance(value, (bool, np.bool_)):
        raise GameError(f"{value} is no number", where=where, remedy="write 1 or 0")
    if is_integer(value):
        return Fraction(int(value))
    if isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            raise GameError(f"{value} is no finite number", where=where)
        return Fraction(*Decimal(str(value)).as_integer_ratio())
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > MAX_DIGITS:
            raise GameError(f"{shorten(value)} is no finite number of usual size", where=where)
        return Fraction(value)
    if isinstance(value, Rational) and not isinstance(value, Integral):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, str):
        return _parse(value, where)
    if hasattr(value, "is_Rational") and value.is_Rational:  # a sympy number
        return Fraction(int(value.p), int(value.q))  # type: ignore[attr-defined]
    raise GameError(
        f"'{shorten(repr(value) if isinstance(value, np.ndarray) else value)}' is no number",
        where=where,
        remedy="use an integer, a decimal or a fraction such as 2/3",
    )


def is_integer(value: object) -> TypeGuard[int]:
    """Return whether `value` is an integer of Python or numpy: no truth value, no duration.

    Examples
    --------
    >>> is_integer(np.int8(1)), is_integer(True), is_integer(np.timedelta64(1)), is_integer(1.0)
    (True, False, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, (bool, np.timedelta64))


def is_real(value: object) -> TypeGuard[float]:
    """Return whether `value` is a real number, NaN and infinities included, as `is_integer`.

    Examples
    --------
    >>> is_real(0.5), is_real(True), is_real("1"), is_real(1j)
    (True, False, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, (bool, np.timedelta64))


def whole(value: object, what: str, *, least: int = 0) -> int:
    """Return an option that must be an integer of at least `least`, 0 or 1.

    Raises
    ------
    GameError
        If it is something else.

    Examples
    --------
    >>> whole(3, "threads", least=1)
    3
    """
    if is_integer(value) and value >= least:
        return int(value)
    raise GameError(
        f"{shorten(value)} is no {'positive' if least else 'non-negative'} integer",
        where=what,
        remedy=f"give a whole number from {least} upwards",
    )


def numbered(k: object, count: int, what: str) -> int:
    """Return the number of one of `count` things, which are numbered from 0.

    Raises
    ------
    UnknownNameError
        If there is no such thing.

    Examples
    --------
    >>> numbered(2, 3, "point")
    2
    """
    if is_integer(k) and 0 <= k < count:
        return int(k)
    raise UnknownNameError(
        f"there is no {what} {shorten(k)}", remedy=f"{what}s are numbered from 0 to {count - 1}"
    )


def unravel(k: int, shape: Sequence[int]) -> tuple[int, ...]:
    """Return where cell k of a grid is along each axis, the last axis fastest; any size of grid.

    Examples
    --------
    >>> unravel(5, (2, 3))
    (1, 2)
    """
    found = []
    for length in reversed(shape):
        k, place = divmod(k, length)
        found.append(place)
    return tuple(reversed(found))


def of_kind(value: object, kind: type[Kind], what: str, remedy: str) -> Kind:
    """Return an argument that must be of some type; tell in words what is not.

    Raises
    ------
    GameError
        If it is something else.

    Examples
    --------
    >>> of_kind("peace", int, "whole number", "count them")
    Traceback (most recent call last):
    ...
    negotiation.errors.GameError: 'peace' is no whole number; count them
    """
    if not isinstance(value, kind):
        raise GameError(f"'{shorten(value)}' is no {what}", remedy=remedy)
    return value


def listed(values: Any) -> list[Any] | None:
    """Return the entries of a list or the like; None for text and what has no entries.

    Examples
    --------
    >>> listed((1, 2)), listed("ab"), listed(5), listed(np.array(1.5))
    ([1, 2], None, None, None)
    """
    if isinstance(values, (str, bytes)):
        return None
    try:
        return list(values)
    except TypeError:
        return None


def names_of(values: object, what: str) -> list[Any]:
    """Return an argument that is one name or a list of names as a list.

    Raises
    ------
    GameError
        If it is neither.

    Examples
    --------
    >>> names_of("us", "players"), names_of(("us", "ru"), "players")
    (['us'], ['us', 'ru'])
    """
    found = [values] if isinstance(values, str) else listed(values)
    if found is None:
        raise GameError(
            f"'{shorten(values)}' is no list of names", where=what, remedy="give a list of names"
        )
    return found


def _parse(text: str, where: str) -> Fraction:
    if len(text) > MAX_DIGITS:
        raise GameError(f"a number of {len(text)} characters is too long", where=where)
    match = _NUMBER.fullmatch(text)
    if match is None or not text.isascii():
        raise GameError(
            f"'{shorten(text)}' is no number",
            where=where,
            remedy="use an integer, a decimal or a fraction such as 2/3",
        )
    if match["denominator"] is not None:
        if int(match["denominator"]) == 0:
            raise GameError(f"'{shorten(text)}' divides by zero", where=where)
        number = Fraction(int(match["numerator"]), int(match["denominator"]))
    else:
        exponent = match["exponent"] or "0"
        if len(exponent) > 5 or abs(int(exponent)) > MAX_DIGITS:
            raise GameError(
                f"'{shorten(text)}' has too large an exponent",
                where=where,
                remedy=f"keep exponents within ±{MAX_DIGITS}",
            )
        number = Fraction(match["mantissa"] + "e" + exponent)
    return -number if match["sign"] == "-" else number


def exact_array(values: object, *, where: str = "") -> NDArray[Any]:
    """Return nested numbers as a read-only object array of fractions.

    Raises
    ------
    GameError
        If the nesting is ragged or an entry is no number.

    Examples
    --------
    >>> exact_array([[1, 0.5], [0, "1/3"]])[0, 1]
    Fraction(1, 2)
    """
    if not isinstance(values, np.ndarray):
        shape, flat = flatten(values, where=where)
        numbers = [exact(value, where=where) for value in flat]
    elif values.dtype.kind in "iu" or values.dtype == np.float64:
        shape, flat = values.shape, values.ravel().tolist()
        if len(flat) > MANY:
            known = {value: exact(value, where=where) for value in dict.fromkeys(flat)}
            numbers = [known[value] for value in flat]
        else:
            numbers = [exact(value, where=where) for value in flat]
    else:
        shape = values.shape
        numbers = [exact(value, where=where) for value in values.ravel()]
    array = np.empty(len(numbers), dtype=object)
    array[:] = numbers
    return read_only(array.reshape(shape))


def flatten(
    values: object, *, where: str = "", depth: int = 0
) -> tuple[tuple[int, ...], list[object]]:
    """Return the shape of a nested list and its entries, the last axis fastest.

    Raises
    ------
    GameError
        If the nesting is ragged, or deeper than 32.

    Examples
    --------
    >>> flatten([["a", "b"]])
    ((1, 2), ['a', 'b'])
    """
    if not isinstance(values, Sequence | np.ndarray) or isinstance(values, (str, bytes)):
        return (), [values]
    if isinstance(values, np.ndarray) and not values.ndim:
        return (), [values]
    if depth == MAX_DEPTH:
        raise GameError(
            f"a list nested more than {MAX_DEPTH} deep",
            where=where,
            remedy="give a table with one axis per player",
        )
    if PLAIN.issuperset(map(type, values)):
        return (len(values),), list(values)
    parts = [flatten(value, where=where, depth=depth + 1) for value in values]
    shapes = {shape for shape, _ in parts}
    if len(shapes) > 1:
        raise GameError(
            "ragged table: rows of different lengths",
            where=where,
            remedy="give every row the same number of entries",
        )
    inner = shapes.pop() if shapes else ()
    return (len(parts), *inner), [value for _, flat in parts for value in flat]


def common_denominator(values: Iterable[Fraction]) -> int:
    """Return the least common multiple of the denominators (1 for no values)."""
    return math.lcm(1, *{value.denominator for value in values})


def integer_array(values: NDArray[Any], denominator: int) -> IntArray:
    """Scale an array of fractions by a multiple of all denominators, to int64 where they fit.

    The bound leaves room for sums of a thousand terms, so that adding up scaled utilities
    never overflows.
    """
    flat = [v.numerator * (denominator // v.denominator) for v in values.ravel().tolist()]
    small = all(abs(value) < 2**52 for value in flat)
    array = np.array(flat, dtype=np.int64 if small else object).reshape(values.shape)
    return read_only(array)


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Mark `array` as read-only and return it."""
    array.setflags(write=False)
    return array


def generator(seed: int) -> np.random.Generator:
    """Return a seeded random generator; every seed counts, 0 included."""
    if not is_integer(seed) or seed < 0:
        raise GameError(f"seed {shorten(seed)} is no non-negative integer")
    return np.random.default_rng(int(seed))


def exact_text(value: Fraction | int) -> str:
    """Return ``p`` or ``p/q`` with every digit, however many there are.

    ``str`` refuses integers of more than a few thousand digits.

    Examples
    --------
    >>> exact_text(Fraction(3, 5)), len(exact_text(10**9999))
    ('3/5', 10000)
    """
    parts = [value.numerator] if value.denominator == 1 else [value.numerator, value.denominator]
    return "/".join(str(p) if p.bit_length() < 10_000 else f"{Decimal(p):f}" for p in parts)


def decimal_text(value: Fraction | int) -> str:
    """Return a number as a decimal for other programs.

    Every digit where there are at most 40, otherwise correctly rounded to 17, from which the
    nearest double can be read back; integers always have all their digits.

    Examples
    --------
    >>> decimal_text(Fraction(1, 4)), decimal_text(Fraction(2, 3)), decimal_text(Fraction(1, 2**70))
    ('0.25', '0.66666666666666667', '8.4703294725430034E-22')
    """
    if value.denominator == 1:
        return exact_text(value)
    parts = Decimal(value.numerator), Decimal(value.denominator)
    for digits in (40, 17):
        context = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
        found = context.divide(*parts)
        if not context.flags[Inexact]:
            break
    return f"{found:f}" if -10 < found.adjusted() < 40 else str(found)


def show(value: Fraction | int | None, digits: int = 4, *, fractions: bool = False) -> str:
    """Format an exact number for people: sensible digits, or exactly on request.

    Examples
    --------
    >>> show(Fraction(3, 5)), show(Fraction(1, 3)), show(Fraction(1, 3), fractions=True)
    ('0.6', '0.3333', '1/3')
    """
    if value is None:
        return "–"
    number = Fraction(value)
    if fractions or (number.denominator == 1 and abs(number) < 10**24):
        return exact_text(number)
    ratio = Decimal(number.numerator) / Decimal(number.denominator)
    if number.denominator == 1 or abs(ratio.adjusted()) > 300:
        return f"{ratio.normalize():.{digits}g}"
    text = f"{float(number):.{digits}f}".rstrip("0").rstrip(".")
    if text in {"0", "-0", ""}:
        return f"{float(number):.{max(1, digits - 1)}g}"
    return text


def show_apart(*values: Fraction | int, digits: int = 4) -> list[str]:
    """Format numbers that a sentence sets against each other: different ones look different.

    Digits are added, up to 16 places, as long as two different numbers have the same text; beyond
    that they are written as fractions.

    Examples
    --------
    >>> show_apart(Fraction(1, 3), Fraction(33333, 100000)), show_apart(Fraction(1, 3), 1)
    (['0.333333', '0.33333'], ['0.3333', '1'])
    """
    different = len(set(values))
    for places in range(digits, 17):
        texts = [show(value, places) for value in values]
        if len(set(texts)) == different:
            return texts
    return [show(value, fractions=True) for value in values]


Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class FrozenMap(Mapping[Key, Value]):
    """An ordered, immutable, hashable, picklable mapping.

    Equality ignores order, as for any mapping.

    Examples
    --------
    >>> FrozenMap({"a": 1})["a"]
    1
    """

    __slots__ = ("_data", "_hash")
    _data: dict[Key, Value]
    _hash: int | None

    def __init__(self, data: Mapping[Key, Value] | Iterable[tuple[Key, Value]] = ()) -> None:
        object.__setattr__(self, "_data", dict(data))
        object.__setattr__(self, "_hash", None)

    def __getitem__(self, key: Key) -> Value:
        return self._data[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed")

    def __hash__(self) -> int:
        if self._hash is None:
            object.__setattr__(self, "_hash", hash(frozenset(self._data.items())))
        assert self._hash is not None
        return self._hash

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FrozenMap):
            return self._data == other._data
        return self._data == other if isinstance(other, dict) else NotImplemented

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._data!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (dict(self._data),))


class OrderedMap(FrozenMap[Key, Value]):
    """A :class:`FrozenMap` whose order has a meaning: the options along an axis, say.

    Two of them are equal only if their order is.

    Examples
    --------
    >>> OrderedMap({"low": 1, "high": 2}) == OrderedMap({"high": 2, "low": 1})
    False
    """

    __slots__ = ()
    __hash__ = FrozenMap.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OrderedMap) and list(self) != list(other):
            return False
        return super().__eq__(other)


def nearest_float(value: Fraction | int) -> float:
    """Return the nearest float, infinite beyond the largest.

    Examples
    --------
    >>> nearest_float(Fraction(1, 2)), nearest_float(-(10**400))
    (0.5, -inf)
    """
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def fixed(value: Any) -> Any:
    """Return nested data that cannot change and can be compared and hashed.

    Examples
    --------
    >>> fixed({"who": ["us", "ru"]})
    FrozenMap({'who': ('us', 'ru')})
    """
    if isinstance(value, Mapping):
        return FrozenMap({key: fixed(item) for key, item in value.items()})
    return tuple(map(fixed, value)) if isinstance(value, (list, tuple)) else value


def refuse_size(what: str, size: int, limit: int, remedy: str = "use fewer strategies") -> None:
    """Raise :class:`TooLargeError` when `size` exceeds `limit`."""
    if size > limit:
        raise TooLargeError(
            f"{what}: {size:,} would be needed and the limit is {limit:,}",
            remedy=remedy,
        )


# ---- memory -------------------------------------------------------------------------------

MAX_BYTES = 4 * 2**30
"""What one question may take where :data:`MEMORY` does not say otherwise."""
MEMORY = "NEGOTIATION_MEMORY"
"""The environment variable that says how many bytes one question may take."""
LESS = f"use fewer issues or options, or allow more memory ({MEMORY}=BYTES, or the machine's limit)"
SMALL = 2**25  # bytes below which nobody asks what is left


def refuse_bytes(what: str, needed: int) -> None:
    """Raise :class:`TooLargeError` when a question would need more memory than there is.

    The estimate is the caller's, and a function of sizes alone. It is held against
    :func:`free_bytes`, which depends on the machine: what is refused on one may be answered on
    another, and an answer is the same on both.

    Examples
    --------
    >>> try:
    ...     refuse_bytes("a table of everything", 10**15)
    ... except TooLargeError as error:
    ...     print(error.what.partition(" and ")[0])
    a table of everything would take about 1,000,000,000 MB of memory
    """
    if needed <= SMALL:
        return
    free = free_bytes()
    if needed > free:
        raise TooLargeError(
            f"{what} would take about {-(-needed // 10**6):,} MB of memory and "
            f"{free // 10**6:,} MB may be used",
            remedy=LESS,
        )


def out_of_memory(what: str, error: BaseException) -> TooLargeError:
    """Return the refusal that a failed allocation stands for; a refusal stays what it is.

    Examples
    --------
    >>> out_of_memory("the frontier", MemoryError("Unable to allocate 8.00 GiB")).what
    'the frontier: the memory did not do (unable to allocate 8.00 GiB)'
    """
    if isinstance(error, TooLargeError):
        return error
    detail = shorten(str(error).split(" for an array")[0]).removeprefix("Unable to")
    said = f"unable to {detail.strip()}" if detail else f"{free_bytes() // 10**6:,} MB are left"
    return TooLargeError(f"{what}: the memory did not do ({said})", remedy=LESS)


def free_bytes() -> int:
    """Return how much memory one question may take.

    That is the number in the environment variable ``NEGOTIATION_MEMORY`` (default 4 GiB), and no
    more than the process may still have by its limit of address space, by the memory that the
    machine has free, and by the limit of the container it runs in, as far as these are known.
    """
    text = os.environ.get(MEMORY, "").strip()
    allowed = MAX_BYTES if not text else max(0, int(exact(text, where=MEMORY)))
    return max(0, min([allowed, *_left()]))


def _left() -> Iterator[int]:
    """Yield what each known limit leaves to this process, in bytes."""
    page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
    mapped, resident, *_ = (int(n) * page for n in (_read("/proc/self/statm") or "0 0").split())
    if resource is not None:
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            yield limit - mapped
    found = re.search(r"MemAvailable:\s*(\d+) kB", _read("/proc/meminfo"))
    if found:
        yield int(found[1]) * 1024
    container = _read("/sys/fs/cgroup/memory.max").strip()
    if container.isdigit():
        yield int(container) - resident


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
