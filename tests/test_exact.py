"""Exact numbers: what is read as which fraction, what is refused, what cannot be changed."""

from __future__ import annotations

import copy
import math
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from negotiation.errors import (
    FormulaError,
    GameError,
    ModelError,
    NegotiationError,
    Problem,
    TooLargeError,
    UnknownNameError,
    did_you_mean,
    shorten,
)
from negotiation.exact import (
    FrozenMap,
    OrderedMap,
    common_denominator,
    exact,
    exact_array,
    exact_text,
    generator,
    integer_array,
    show,
    show_apart,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, Fraction(3)),
        (Fraction(2, 6), Fraction(1, 3)),
        (0.1, Fraction(1, 10)),
        (-0.0, Fraction(0)),
        (1e300, Fraction(10**300)),
        (5e-324, Fraction(5, 10**324)),
        (Decimal("0.30"), Fraction(3, 10)),
        (np.int64(-7), Fraction(-7)),
        (np.float64(0.1), Fraction(1, 10)),
        (np.float32(0.1), Fraction(1, 10)),
        (sympy.Rational(2, 3), Fraction(2, 3)),
        (sympy.Integer(4), Fraction(4)),
        ("2/3", Fraction(2, 3)),
        ("-2/3", Fraction(-2, 3)),
        ("+ 2/3", None),
        (" 4 / 6 ", Fraction(2, 3)),
        ("0.6", Fraction(3, 5)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("-1e-3", Fraction(-1, 1000)),
        ("1.5E+2", Fraction(150)),
        ("007", Fraction(7)),
    ],
)
def test_conversion(value, expected):
    if expected is None:
        with pytest.raises(GameError, match="is no number"):
            exact(value)
    else:
        assert exact(value) == expected
        assert type(exact(value)) is Fraction


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_means_the_decimal_it_prints_as(x):
    assert exact(x) == Fraction(repr(x))
    assert float(exact(x)) == x


@given(st.fractions())
def test_fractions_survive_their_text(x):
    assert exact(exact_text(x)) == exact(show(x, fractions=True)) == exact(str(x)) == x


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.True_,
        None,
        [1],
        {},
        b"1",
        1j,
        pytest.param(object(), id="object"),
        math.nan,
        math.inf,
        -math.inf,
        np.float64("nan"),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1e9999"),
        sympy.pi,
        sympy.oo,
        "",
        "nan",
        "inf",
        ".",
        "1_000",
        "0x10",
        "1/0",
        "1/2/3",
        "1 2",
        "½",
        "٣",
        "²",
        "1/-2",
        "1.5/2",
        "1e",
        "1e5.5",
        "1e1001",
        "1e999999999999",
        "9" * 1001,
    ],
    ids=lambda value: repr(value)[:24],
)
def test_refusals(value):
    with pytest.raises(GameError) as caught:
        exact(value, where="here")
    assert str(caught.value).startswith("here: ")
    assert len(str(caught.value)) < 250


def test_arrays():
    array = exact_array([[1, "1/3"], [0.5, Fraction(2)]])
    assert array.tolist() == [[1, Fraction(1, 3)], [Fraction(1, 2), 2]]
    assert array.dtype == object
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1
    assert exact_array(np.array([[0.1, 0.2]])).shape == (1, 2)
    assert exact_array([]).shape == (0,)
    assert exact_array(5).shape == ()
    with pytest.raises(GameError, match="ragged"):
        exact_array([[1, 2], [3]])
    with pytest.raises(GameError, match="ragged"):
        exact_array([[1, 2], 3])
    with pytest.raises(GameError, match="is no number"):
        exact_array([[1, "x"]])


@given(st.lists(st.fractions(max_denominator=10**6), min_size=1, max_size=6))
def test_integer_arrays_hold_the_scaled_numbers(values):
    array = exact_array(values)
    scale = common_denominator(values)
    whole = integer_array(array, scale)
    assert [Fraction(int(number), scale) for number in whole] == values
    assert (whole.dtype == np.int64) is all(abs(v * scale) < 2**52 for v in values)
    assert not whole.flags.writeable


def test_common_denominator_of_nothing_is_one():
    assert common_denominator([]) == 1


def test_seeds():
    assert generator(0).random() == generator(0).random() != generator(1).random()
    for seed in (-1, 1.5, True, None, "1"):
        with pytest.raises(GameError, match="no non-negative integer"):
            generator(seed)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0"),
        (-3, "-3"),
        (Fraction(3, 5), "0.6"),
        (Fraction(1, 3), "0.3333"),
        (Fraction(-2, 3), "-0.6667"),
        (Fraction(99999, 100000), "1"),
        (Fraction(1, 10**7), "1e-07"),
        (Fraction(-1, 30000), "-3.33e-05"),
        (10**23, "1" + "0" * 23),
        (10**24, "1e+24"),
        (-(10**5000), "-1e+5000"),
        (Fraction(1, 10**5000), "1e-5000"),
        (Fraction(10**400, 3), "3.333e+399"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_show(value, text):
    assert show(value) == text


@given(st.fractions(), st.integers(1, 9))
def test_shown_numbers_are_near(value, digits):
    shown = Fraction(show(value, digits))
    if abs(value) < 10**24:  # so many decimals
        assert abs(shown - value) <= max(Fraction(1, 2 * 10**digits), abs(value) / 10**15)
    else:  # so many significant digits
        assert abs(shown - value) <= 5 * abs(value) / 10**digits


def test_every_digit_of_a_long_number():
    value = Fraction(10**6000 + 1, 7**3000)
    top, bottom = exact_text(value).split("/")
    assert len(top) == 6001
    assert top == "1" + "0" * 5999 + "1"
    assert len(bottom) == 2536
    assert show(value, fractions=True) == exact_text(value)


# ---- maps -------------------------------------------------------------------------------


@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=5))
def test_frozen_maps_are_mappings(data):
    frozen = FrozenMap(data)
    assert dict(frozen) == data
    assert frozen == data
    assert frozen == FrozenMap(reversed(list(data.items())))
    assert hash(frozen) == hash(FrozenMap(reversed(list(data.items()))))
    assert list(frozen) == list(data)
    assert len(frozen) == len(data)
    for other in (pickle.loads(pickle.dumps(frozen)), copy.deepcopy(frozen), copy.copy(frozen)):
        assert other == frozen
        assert list(other) == list(frozen)
        assert type(other) is FrozenMap


def test_frozen_maps_cannot_be_changed():
    data = {"a": 1}
    frozen = FrozenMap(data)
    data["a"] = 2
    assert frozen["a"] == 1
    for name in ("_data", "other"):
        with pytest.raises(AttributeError):
            setattr(frozen, name, {})
        with pytest.raises(AttributeError):
            delattr(frozen, name)
    for method in ("pop", "update", "clear", "setdefault", "__setitem__", "__delitem__"):
        assert not hasattr(frozen, method)
    assert repr(frozen) == "FrozenMap({'a': 1})"
    assert frozen != 3


def test_ordered_maps_know_their_order():
    up, down = OrderedMap({"a": 1, "b": 2}), OrderedMap({"b": 2, "a": 1})
    assert up != down
    assert up == OrderedMap({"a": 1, "b": 2})
    assert hash(up) == hash(OrderedMap({"a": 1, "b": 2}))
    assert up == {"b": 2, "a": 1}
    assert up == FrozenMap({"b": 2, "a": 1})
    assert FrozenMap({"b": 2, "a": 1}) == up
    again = pickle.loads(pickle.dumps(up))
    assert again == up
    assert type(again) is OrderedMap
    assert repr(up) == "OrderedMap({'a': 1, 'b': 2})"


# ---- errors -----------------------------------------------------------------------------


def test_messages_have_what_where_and_remedy():
    error = GameError("no players", where="a.yaml:3", remedy="name one")
    assert str(error) == "a.yaml:3: no players; name one"
    assert str(GameError("no players")) == "no players"


def test_kinds():
    assert issubclass(GameError, ValueError)
    assert issubclass(FormulaError, ValueError)
    assert issubclass(UnknownNameError, KeyError)
    for kind in (GameError, FormulaError, UnknownNameError, TooLargeError, ModelError):
        assert issubclass(kind, NegotiationError)
        assert kind.exit_status == 2


@pytest.mark.parametrize("kind", [GameError, FormulaError, UnknownNameError, TooLargeError])
def test_errors_are_picklable(kind):
    again = pickle.loads(pickle.dumps(kind("what", where="here", remedy="do")))
    assert type(again) is kind
    assert str(again) == "here: what; do"


def test_model_errors_are_picklable_and_keep_their_problems():
    error = ModelError([Problem("a:1", "x", "y"), Problem("a:2", "z")])
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems
    assert str(again) == "a:1: x; y\na:2: z"


def test_messages_cannot_steer_a_terminal():
    problem = Problem("a.yaml:1: \x1b[31m", "two\nlines")
    assert str(problem) == r"a.yaml:1: \x1b[31m: two\nlines"
    assert shorten("\x1b[2J") == r"\x1b[2J"
    assert shorten("Привет") == "Привет"


def test_close_matches():
    assert did_you_mean("rusia", ["russia", "ukraine"]) == "did you mean 'russia'?"
    assert did_you_mean("USA", ["usa", "ru"]) == "did you mean 'usa'?"
    assert did_you_mean("cost", ["parameters.cost"]) == "did you mean 'parameters.cost'?"
    assert did_you_mean("x", []) == "nothing of that kind is defined"
    assert did_you_mean("", ["a"]) == "one of: a"
    assert did_you_mean("??", map(str, range(15))).endswith("and 3 more")
    assert len(did_you_mean("x" * 10**6, ["y"])) < 50
    assert "unknown party 'rusia'" in str(UnknownNameError.of("party", "rusia", ["russia"]))


@given(st.lists(st.fractions(), min_size=1, max_size=3))
def test_numbers_set_against_each_other_look_different_where_they_are(values):
    values += [value + Fraction(1, 10**9) for value in values]
    texts = show_apart(*values)
    assert len(set(texts)) == len(set(values))


def test_numbers_that_only_fractions_tell_apart():
    third = Fraction(1, 3)
    assert show_apart(third, third) == ["0.3333", "0.3333"]
    assert show_apart(third, third + Fraction(1, 10**40))[0] == "1/3"
