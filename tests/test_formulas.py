"""Formulas: three readings of one text agree, and nothing but arithmetic is read."""

from __future__ import annotations

import operator
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation import formulas
from negotiation.errors import FormulaError
from negotiation.formulas import MAX_BITS, MAX_DEPTH, MAX_LENGTH, MAX_POWER, parse

NAMES = ("a", "b", "cost_2")
NUMBERS = st.one_of(
    st.integers(0, 20).map(str), st.sampled_from(["0.1", "2.5", ".5", "1e-2", "3.", "0.125"])
)
LEAVES = st.one_of(NUMBERS, st.sampled_from(NAMES))


def combined(inner):
    two = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(two, st.sampled_from("+-*/")).map(lambda t: f"({t[0][0]}){t[1]}({t[0][1]})"),
        st.tuples(inner, st.integers(-3, 4)).map(lambda t: f"({t[0]})**{t[1]}"),
        inner.map(lambda x: f"-({x})"),
        inner.map(lambda x: f"abs({x})"),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(inner, min_size=1, max_size=3)).map(
            lambda t: f"{t[0]}({', '.join(t[1])})"
        ),
    )


TEXTS = st.recursive(LEAVES, combined, max_leaves=6)
VALUES = st.fractions(min_value=-8, max_value=8, max_denominator=12)
POINTS = st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES))


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def eager(text, point):
    """Let Python itself evaluate the text, over fractions: the reading it has to agree with."""
    wrapped = "".join(
        f"F('{token}')" if kind == "number" else token for kind, token in tokens(text)
    )
    scope = {
        "F": Fraction,
        "min": lambda *values: min(values),
        "max": lambda *values: max(values),
        "abs": abs,
        **point,
        "__builtins__": {},
    }
    return Fraction(eval(wrapped, scope))


def tokens(text):
    """Split a text of the strategy above into numbers and the rest; powers stay integers."""
    found, index = [], 0
    while index < len(text):
        end = index
        if text[index].isdigit() or text[index] == ".":
            while end < len(text) and (
                text[end] in "0123456789.e" or text[end - 1 : end + 1] == "e-"
            ):
                end += 1
            power = text[:index].endswith(("**", "**-"))
            found.append(("rest" if power else "number", text[index:end]))
        elif text[index].isalpha():
            while end < len(text) and (text[end].isalnum() or text[end] == "_"):
                end += 1
            found.append(("rest", text[index:end]))
        else:
            end += 1
            found.append(("rest", text[index:end]))
        index = end
    return found


@settings(max_examples=200)
@given(TEXTS, POINTS)
def test_exact_value_is_that_of_python_over_fractions(text, point):
    try:
        expected = eager(text, point)
    except ZeroDivisionError:
        with pytest.raises(FormulaError, match=r"division by zero|negative power"):
            parse(text).value(point)
        return
    assert parse(text).value(point) == expected


@settings(max_examples=150)
@given(TEXTS, st.lists(POINTS, min_size=1, max_size=4))
def test_arrays_of_fractions_give_exactly_the_values(text, points):
    formula = parse(text)
    try:
        values = [formula.value(point) for point in points]
    except FormulaError:
        return  # a pole: see the tests of poles below
    if not formula.names:
        return  # without arrays a formula is a plain number
    arrays = {name: objects([point[name] for point in points]) for name in NAMES}
    assert list(np.broadcast_to(formula.function()(**arrays), len(points))) == values


DYADIC_LEAVES = st.one_of(
    st.sampled_from(["0", "1", "2", "3", "0.5", "1.25", "4"]), st.sampled_from(NAMES)
)


def combined_dyadic(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]}){t[1]}({t[2]})"),
        inner.map(lambda x: f"({x})/4"),
        inner.map(lambda x: f"-({x})"),
        inner.map(lambda x: f"abs({x})"),
        st.tuples(inner, inner).map(lambda t: f"max({t[0]}, min({t[1]}, 1))"),
        st.sampled_from(NAMES).map(lambda x: f"{x}**3"),
    )


@settings(max_examples=150)
@given(
    st.recursive(DYADIC_LEAVES, combined_dyadic, max_leaves=4),
    st.fixed_dictionaries(dict.fromkeys(NAMES, st.integers(-8, 8).map(lambda n: Fraction(n, 4)))),
)
def test_float_arrays_are_exact_where_every_step_is(text, point):
    """Quarters up to 2 in at most four leaves of degree 3 need fewer than 53 bits."""
    arrays = {name: np.array([float(value)] * 3) for name, value in point.items()}
    got = np.broadcast_to(parse(text).function()(**arrays), 3)
    assert [Fraction(x) for x in got] == [parse(text).value(point)] * 3


def polynomial(inner):
    return st.tuples(inner, st.sampled_from("+*"), inner).map(lambda t: f"({t[0]}){t[1]}({t[2]})")


@settings(max_examples=100)
@given(
    st.recursive(LEAVES, polynomial, max_leaves=8),
    st.fixed_dictionaries(
        dict.fromkeys(NAMES, st.fractions(min_value=0, max_value=8, max_denominator=12))
    ),
)
def test_float_arrays_are_close(text, point):
    """Sums and products of numbers >= 0 lose at most one rounding per leaf and operation.

    Without cancellation the relative error of each of the 8 leaves and 7 operations is at most
    2**-53, so 15 of them stay below 16 * 2**-53 (higher orders included).
    """
    formula = parse(text)
    exact = formula.value(point)
    arrays = {name: np.array([float(value)]) for name, value in point.items()}
    got = Fraction(float(np.broadcast_to(formula.function()(**arrays), 1)[0]))
    assert abs(got - exact) <= abs(exact) * Fraction(16, 2**53)


@settings(max_examples=60)
@given(st.recursive(LEAVES, combined, max_leaves=4), POINTS)
def test_sympy_expression_agrees(text, point):
    formula = parse(text)
    try:
        exact = formula.value(point)
    except FormulaError:
        return
    expression = formula.sympy()
    values = {
        sympy.Symbol(name, real=True): sympy.Rational(value.numerator, value.denominator)
        for name, value in point.items()
    }
    assert expression.subs(values) == sympy.Rational(exact.numerator, exact.denominator)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2**2", -4),
        ("(-2)**2", 4),
        ("2**-2", Fraction(1, 4)),
        ("2*3**2", 18),
        ("8/4/2", 1),
        ("8-4-2", 2),
        ("1+2*3", 7),
        ("-1-1", -2),
        ("--1", 1),
        ("+1", 1),
        ("2**+3", 8),
        ("0.1+0.2", Fraction(3, 10)),
        ("1/3", Fraction(1, 3)),
        ("1e-3", Fraction(1, 1000)),
        ("1E3", 1000),
        (".5", Fraction(1, 2)),
        ("3.", 3),
        ("0**0", 1),
        ("min(3, 1, 2)", 1),
        ("max(3, abs(-5))", 5),
        ("min(7)", 7),
        ("  1 +\t1  ", 2),
        ("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH, 1),
        ("-" * MAX_DEPTH + "1", 1),
    ],
)
def test_precedence_and_numbers(text, value):
    assert parse(text).value({}) == value
    assert abs(Fraction(float(parse(text).function()())) - value) <= abs(value) * Fraction(1, 2**52)
    assert parse(text).sympy() == sympy.Rational(str(Fraction(value)))


REFUSED = {
    "import": ("__import__('os')", "'__import__'"),
    "open": ("open('x')", "'open'"),
    "print": ("print(1)", "'print'"),
    "attribute": ("a.b", "attribute"),
    "dunder": ("a.__class__.__bases__", "attribute"),
    "method": ("a.real()", "no plain function"),
    "number's attribute": ("1.5.real", "attribute"),
    "subscript": ("a[0]", "index"),
    "comparison": ("a < b", "comparison"),
    "equality": ("a == b", "comparison"),
    "lambda": ("lambda: 1", "lambda"),
    "called lambda": ("(lambda: 1)()", "no plain function"),
    "walrus": ("(a := 1)", "no arithmetic"),
    "f-string": ("f'{a}'", "no arithmetic"),
    "text": ("'a'", "no number"),
    "bytes": ("b'a'", "no number"),
    "keyword": ("max(a, key=b)", "names or stars"),
    "star": ("max(*a)", "names or stars"),
    "conditional": ("a if b else c", "conditional"),
    "and": ("a and b", "Boolean operator"),
    "not": ("not a", "no arithmetic"),
    "invert": ("~a", "no arithmetic"),
    "floor division": ("a // b", "no arithmetic"),
    "remainder": ("a % b", "no arithmetic"),
    "matrix product": ("a @ b", "no arithmetic"),
    "shift": ("1 << 99", "no arithmetic"),
    "bar": ("a | b", "no arithmetic"),
    "list": ("[1]", "no arithmetic"),
    "tuple": ("(1, 2)", "no arithmetic"),
    "set": ("{1}", "no arithmetic"),
    "comprehension": ("(a for b in c)", "no arithmetic"),
    "await": ("await a", "no arithmetic"),
    "ellipsis": ("...", "no number"),
    "complex": ("1j", "no number"),
    "True": ("True", "no number"),
    "None": ("None", "no number"),
    "underscored digits": ("1_000", "no decimal number"),
    "hexadecimal": ("0x10", "no decimal number"),
    "octal": ("0o17", "no decimal number"),
    "binary": ("0b1", "no decimal number"),
    "leading zero": ("007", "no formula"),
    "caret": ("x^2", "write **"),
    "comment": ("x # y", "'#'"),
    "backslash": ("'\\d'", "no number"),
    "glued keyword": ("1if 2else 3", "conditional"),
    "two expressions": ("1; 2", "no formula"),
    "assignment": ("a = 1", "no formula"),
    "statement": ("import os", "no formula"),
    "two words": ("a b", "no formula"),
    "unbalanced": ("(1", "no formula"),
    "only an operator": ("+", "no formula"),
    "empty": ("", "empty"),
    "blank": ("  \t ", "empty"),
    "newline": ("1 +\n1", "one line"),
    "carriage return": ("1 +\r1", "one line"),
    "form feed": ("1 +\f1", "one line"),
    "NUL": ("a\0b", "one line"),
    "Arabic digit": ("٣", "arabic-indic digit three"),
    "superscript": ("x²", "superscript two"),
    "Cyrillic a": ("а + 1", "cyrillic small letter a"),
    "full width": ("ｘ", "fullwidth"),
    "minus sign": ("a − b", "minus sign"),
    "lone surrogate": ("\ud800", "character"),
    "max alone": ("max", "without its arguments"),
    "u alone": ("u + 1", "without its arguments"),
    "max of nothing": ("max()", "0 arguments"),
    "abs of two": ("abs(1, 2)", "2 arguments"),
    "u of one": ("u(a)", "one party and one agreement"),
    "u of numbers": ("u(1, 2)", "one party and one agreement"),
    "u of formulas": ("u(a, b + c)", "one party and one agreement"),
    "power of a name": ("x**y", "no plain integer"),
    "root": ("x**0.5", "no plain integer"),
    "computed power": ("x**(1+1)", "no plain integer"),
    "tower": ("9**9**9", "no plain integer"),
    "great power": ("2**1001", "too large"),
    "power of a power": ("((x**999)**999)", "too large"),
    "product of powers": ("x**600 * x**600", "too large"),
    "exponent": ("1e999999", "exponent"),
    "negative exponent": ("1e-999999", "exponent"),
    "parentheses": ("(" * 10_000 + "1" + ")" * 10_000, "characters"),
    "parentheses in bounds of length": ("(" * 900 + "1" + ")" * 900, "900 levels"),
    "brackets": ("[" * 900, "levels"),
    "minus signs": ("-" * 10_000 + "1", "characters"),
    "minus signs in bounds of length": ("-" * 1900 + "1", "1,900 levels"),
    "spaced minus signs": ("- " * 900 + "1", "900 levels"),
    "nots": ("not " * 450 + "1", "no arithmetic"),
    "long chain": ("+".join("x" * 900), "chain"),
    "long power chain": ("**".join("2" * 600), ""),
    "huge text": ("x" * 10_000_000, "10,000,000 characters"),
    "huge number": ("9" * 5000, "characters"),
    "long number": ("9" * 1500, "1500"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal(name, monkeypatch):
    text, part = REFUSED[name]
    parsed = []
    read = formulas.ast.parse

    def counted(source, **mode):
        parsed.append(source)
        return read(source, **mode)

    monkeypatch.setattr(formulas.ast, "parse", counted)
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert all(len(source) <= 2 * formulas.MAX_LENGTH for source in parsed)
    message = str(caught.value)
    assert part in message
    assert len(message) < 400
    assert message.isprintable()


@pytest.mark.parametrize("value", [None, 3, Fraction(1), b"1", ["1"]])
def test_only_text_is_parsed(value):
    with pytest.raises(FormulaError, match="no formula"):
        parse(value)


@pytest.mark.parametrize(
    "text", ["(9e999)**1000", "a**1000", "(a*a)**400", "max(a**900, 1)/a**90", "1/(1/a)**1000"]
)
def test_values_are_bounded(text, computed):
    with pytest.raises(FormulaError, match="too large"):
        parse(text).value({"a": Fraction(10**900 + 1, 7)})
    assert max(computed, default=0) <= 2 * formulas.MAX_BITS


@pytest.fixture
def computed(monkeypatch):
    """Return the bits of every value that formulas compute."""
    bits = []
    real = formulas.applied

    def counted(head, values):
        value = real(head, values)
        bits.append(formulas._bits(value))
        return value

    monkeypatch.setattr(formulas, "applied", counted)
    return bits


LONG = Fraction(2**3001 + 1, 3**1900)


@pytest.mark.parametrize(
    "text",
    [
        " + ".join(f"a**30/{k}" for k in range(2, 150)),
        " - ".join(f"a**30/{k}" for k in range(2, 150)),
        f"max({', '.join(['a**30'] * 200)})",
        f"min({', '.join(f'a**30 + {k}' for k in range(100))})",
    ],
    ids=lambda text: text[:12],
)
def test_many_operations_on_long_numbers_are_bounded(text, computed):
    with pytest.raises(FormulaError, match="its numbers are too long"):
        parse(text).value({"a": LONG})
    assert sum(bits**2 for bits in computed) <= 2 * formulas.MAX_WORK


@pytest.mark.parametrize("power", [-1, 1])
def test_the_bound_on_a_power_holds_for_both_signs(power, computed):
    base = Fraction(2**formulas.MAX_BITS - 1)
    assert parse(f"a**{power}").value({"a": base}) == base**power
    before = len(computed)
    with pytest.raises(FormulaError, match=r"a power in .* is too large"):
        parse(f"a**{2 * power}").value({"a": base})
    assert len(computed) == before  # refused before it is computed


def test_degrees_of_products_and_quotients_add():
    for text in ("a**500*a**500", "a**500/a**500", "1/a**1000", "(a*b)**500"):
        parse(text)
    for text in ("a**500*a**501", "a**500/a**501", "a/a**1000", "(a*b/c)**400"):
        with pytest.raises(FormulaError, match=r"powers in .* are too large"):
            parse(text)


@pytest.mark.parametrize("word", ["lambda", "is", "in", "None"])
def test_words_of_the_language_are_named_where_they_stand(word):
    with pytest.raises(FormulaError) as caught:
        parse(f"{word} + 1")
    assert word in str(caught.value)


def test_parties_and_agreements_may_have_any_name():
    formula = parse("u(us-a, in) - u( is ,lambda)/2 + u(u, min)")
    assert formula.utilities == (("us-a", "in"), ("is", "lambda"), ("u", "min"))
    assert formula.value({}, lambda party, agreement: Fraction(len(party + agreement))) == 6


def test_a_formula_cut_at_its_comma_says_to_quote_it():
    with pytest.raises(FormulaError, match=r"put a formula that has a comma in quotes"):
        parse("max(a")


ALPHABET = "ab1u09.+-*/() ,^'\"_[]{}:=<>!#\\\n\0éx²"


def told(error: FormulaError) -> bool:
    """Say whether an error is one printable line."""
    return str(error).isprintable() and 0 < len(str(error)) < 400


@settings(max_examples=400)
@given(st.one_of(st.text(ALPHABET, max_size=30), st.text(max_size=30)))
def test_parsing_any_text_raises_nothing_but_formula_errors(text):
    failure = None
    try:
        formula = parse(text)
        words = "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
        assert set(formula.names) <= set(words)
        formula.value(dict.fromkeys(formula.names, Fraction(2, 3)), lambda *_: Fraction(1, 7))
    except FormulaError as error:
        failure = error
    assert failure is None or told(failure)


@settings(max_examples=100)
@given(TEXTS, st.data())
def test_parsing_a_damaged_formula_raises_nothing_but_formula_errors(text, data):
    place = data.draw(st.integers(0, len(text)))
    damage = data.draw(st.text(ALPHABET, max_size=3))
    failure = None
    try:
        parse(text[:place] + damage + text[place + data.draw(st.integers(0, 2)) :])
    except FormulaError as error:
        failure = error
    assert failure is None or told(failure)


# ---- poles, names, utilities ------------------------------------------------------------


def test_poles_are_gaps_in_floats_and_errors_in_fractions():
    formula = parse("1/x + x**-2")
    got = formula.function()(x=np.array([0.0, 2.0]))
    assert np.isnan(got[0])
    assert got[1] == 0.75
    with pytest.raises(FormulaError, match="division by zero"):
        formula.function()(x=objects([Fraction(0), Fraction(2)]))
    with pytest.raises(FormulaError, match="division by zero"):
        formula.value({"x": Fraction(0)})
    with pytest.raises(FormulaError, match="zero to a negative power"):
        parse("x**-2").value({"x": Fraction(0)})


@pytest.mark.parametrize("text", ["x + 1e400", "x + 10**400", "x - -1e400", "x*10**999"])
def test_floats_overflow_to_infinity_without_error_or_warning(text):
    assert parse(text).function()(x=np.array([1.0, 2.0])).tolist() == [np.inf, np.inf]
    assert parse(text).function()(x=1.0) == np.inf


def test_unknown_names_have_close_matches():
    with pytest.raises(FormulaError, match="did you mean 'cost'"):
        parse("2*csot").value({"cost": Fraction(1)})
    with pytest.raises(FormulaError, match="did you mean 'cost'"):
        parse("2*csot").function()(cost=1.0)


def test_arrays_broadcast():
    got = parse("a + b").function()(a=np.array([[1.0], [2.0]]), b=np.array([10.0, 20.0]))
    assert got.tolist() == [[11.0, 21.0], [12.0, 22.0]]


def test_utilities():
    formula = parse("u(us, deal) - 2*u(ru, war) + u(us, deal)")
    assert formula.utilities == (("us", "deal"), ("ru", "war"))
    assert formula.names == ()
    table = {("us", "deal"): Fraction(1, 3), ("ru", "war"): Fraction(1, 4)}
    assert formula.value({}, lambda p, a: table[p, a]) == Fraction(1, 6)
    assert formula.function(lambda p, a: table[p, a])() == pytest.approx(1 / 6, rel=2**-50)
    assert {str(s) for s in formula.sympy().free_symbols} == {"u(us, deal)", "u(ru, war)"}
    with pytest.raises(FormulaError, match="no meaning here"):
        formula.value({})
    with pytest.raises(FormulaError, match="no meaning here"):
        formula.function()()


@given(TEXTS)
@settings(max_examples=30)
def test_formulas_are_hashable_and_picklable(text):
    formula = parse(text)
    again = pickle.loads(pickle.dumps(formula))
    assert again == formula
    assert hash(again) == hash(formula)
    with pytest.raises(AttributeError):
        formula.text = "1"


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("a+b", operator.add),
        ("a-b", operator.sub),
        ("a*b", operator.mul),
        ("a/b", operator.truediv),
    ],
)
def test_the_four_operations(text, operation):
    a, b = Fraction(2, 3), Fraction(-5, 7)
    assert parse(text).value({"a": a, "b": b}) == operation(a, b)


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_power_is_bounded_before_it_is_computed(sign, monkeypatch):
    formula = parse(f"x**{sign}{MAX_POWER}")
    bits = MAX_BITS // MAX_POWER
    assert formula.value({"x": Fraction(2 ** (bits - 1))}) == Fraction(2) ** (
        (bits - 1) * (-MAX_POWER if sign else MAX_POWER)
    )

    def computed(*_):
        raise AssertionError("computed")

    monkeypatch.setattr("negotiation.formulas.applied", computed)
    for value in (Fraction(2**bits), Fraction(1, 2**bits), Fraction(-(2**bits))):
        with pytest.raises(FormulaError, match=r"a power in .* is too large to compute"):
            formula.value({"x": value})


@pytest.mark.parametrize("text", ["x*y", "x/y"])
def test_a_value_is_bounded_exactly(text):
    formula = parse(text)
    other = Fraction(2) if text == "x*y" else Fraction(1, 2)
    most = Fraction(2 ** (MAX_BITS - 1))  # one bit more than the power
    assert formula.value({"x": most / 2, "y": other}) == most
    with pytest.raises(FormulaError, match=r"'x.y' is too large"):
        formula.value({"x": most, "y": other})
    with pytest.raises(FormulaError, match=r"'x.y' is too large"):
        formula.value({"x": 1 / most, "y": 1 / other})


@pytest.mark.parametrize(
    ("fits", "beyond"),
    [
        ("x**500/x**500", "x**500/x**501"),
        ("x**500*x**500", "x**501*x**500"),
        ("(x**-500)**2", "(x**-500)**3"),
        ("x**-1000", "x**-1001"),
        ("(x/y)**500", "(x/y)**501"),
        ("x**999/(x + 1)", "x**1000/(x + 1)"),
        ("max(x**1000, y)", "max(x**1000*y, 1)"),
    ],
)
def test_degrees_add_up_in_products_and_quotients(fits, beyond):
    assert parse(fits).names
    with pytest.raises(FormulaError, match=r"too large"):
        parse(beyond)


def test_length_and_depth_are_bounded_exactly():
    longest = "x" * MAX_LENGTH
    assert parse(longest).names == (longest,)
    with pytest.raises(FormulaError, match="characters"):
        parse(longest + "x")
    assert parse("(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH).names == ("x",)
    with pytest.raises(FormulaError, match="levels deep"):
        parse("(" * (MAX_DEPTH + 1) + "x" + ")" * (MAX_DEPTH + 1))
