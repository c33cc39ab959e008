"""Payoff formulas: one text, three readings.

A formula is ``+ - * /``, ``**`` with an integer power, ``min``, ``max``, ``abs``, numbers,
parameter names and ``u(party, agreement)``. The text is parsed by Python's own parser into a
syntax tree, and the tree is walked against a whitelist into a small tree of our own; nothing
is ever evaluated as code. From that tree come

- an exact value (:meth:`Formula.value`), in fractions;
- a sympy expression (:meth:`Formula.sympy`), for derivatives, roots and thresholds;
- a vectorised function (:meth:`Formula.function`), over numpy arrays.

Numbers are exact: ``0.1`` is 1/10. Precedence is that of Python: ``-2**2`` is -4.

Bounds keep every formula cheap: 2,000 characters, 60 levels of nesting, powers up to 1,000 in
all, values up to 100,000 bits, and in all the work of ten operations on numbers of that length
(:class:`Work`). They are bounds on sizes: what is refused is refused on every machine.
"""

from __future__ import annotations

import ast
import keyword
import operator
import re
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from negotiation.errors import FormulaError, did_you_mean, shorten
from negotiation.exact import exact, nearest_float

__all__ = ["QUOTE_COMMAS", "WORDS", "Formula", "Work", "applied", "parse"]

MAX_LENGTH = 2_000
MAX_DEPTH = 60
MAX_POWER = 1_000
MAX_BITS = 100_000
MAX_WORK = 10 * MAX_BITS**2
MAX_MODEL_WORK = 10 * MAX_WORK

Node = tuple[Any, ...]
"""("number", Fraction) | ("name", str) | ("u", party, agreement) | (operator, *operands)."""

Utility = Callable[[str, str], Fraction]

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_FUNCTIONS = {"min", "max", "abs"}
_ALLOWED = "use + - * / ** (integer power), min, max, abs, names and u(party, agreement)"
WORDS = {*keyword.kwlist, *_FUNCTIONS, "u", "nan", "inf", "infinity"}
"""Words with a meaning of their own in formulas: they name no parameter."""
QUOTE_COMMAS = "within [ ] and { } put a formula that has a comma in quotes: 'max(a, b)'"

_NAMED = r"([A-Za-z_][A-Za-z0-9_-]*)"
_UTILITY = re.compile(rf"(?<![A-Za-z0-9_.])u\s*\(\s*{_NAMED}\s*,\s*{_NAMED}\s*\)")


class Work:
    """What evaluating formulas may still cost, counted in squared bits of the operands.

    Adding and multiplying fractions of n bits takes time like n^2 (a greatest common divisor),
    so that a bound on the sum of n^2 bounds the time by the sizes of the numbers alone.

    Parameters
    ----------
    left : int
        The allowance; by default that of one formula.

    Examples
    --------
    >>> work = Work()
    >>> parse("a + 1/3").value({"a": Fraction(1)}, work=work)
    Fraction(4, 3)
    >>> MAX_WORK - work.left
    10
    """

    def __init__(self, left: int = MAX_WORK) -> None:
        self.left = left

    @classmethod
    def of_model(cls) -> Work:
        """Return the allowance of all formulas of a model together."""
        return cls(MAX_MODEL_WORK)

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.left < 0

    def take(self, head: str, values: Sequence[Fraction], text: str) -> None:
        """Take what an operation costs.

        Raises
        ------
        FormulaError
            If more than what is left.
        """
        if head == "**":
            self.left -= (_bits(values[0]) * abs(int(values[1]))) ** 2
        else:
            self.left -= sum(_bits(value) ** 2 for value in values)
        if self.left < 0:
            raise FormulaError(
                f"'{shorten(text)}' is too large to compute: its numbers are too long",
                remedy="write shorter numbers or smaller powers",
            )


@dataclass(frozen=True)
class Formula:
    """A parsed formula.

    Attributes
    ----------
    text : str
        The formula as written.
    node : tuple
        The tree, for those who walk it.
    names : tuple of str
        Parameter names in order of first appearance.
    utilities : tuple of (str, str)
        The ``u(party, agreement)`` terms in order of first appearance.

    Examples
    --------
    >>> f = parse("temptation - 0.5*cost")
    >>> f.names
    ('temptation', 'cost')
    >>> f.value({"temptation": Fraction(5), "cost": Fraction(1, 2)})
    Fraction(19, 4)
    >>> f.sympy()
    -cost/2 + temptation
    >>> f.function()(temptation=np.array([1.0, 2.0]), cost=2.0)
    array([0., 1.])
    """

    text: str
    node: Node
    names: tuple[str, ...]
    utilities: tuple[tuple[str, str], ...]

    def value(
        self,
        parameters: Mapping[str, Fraction],
        utility: Utility | None = None,
        *,
        work: Work | None = None,
    ) -> Fraction:
        """Return the exact value at these `parameters`.

        Parameters
        ----------
        parameters : mapping of str to Fraction
            A value for every name.
        utility : callable, optional
            ``utility(party, agreement)`` for the ``u`` terms.
        work : Work, optional
            What it may cost, where formulas share an allowance.

        Raises
        ------
        FormulaError
            On an unknown name, a division by zero, a value beyond 100,000 bits, or more work
            than is allowed.
        """
        return self._exact(self.node, parameters, utility, work or Work())

    def _exact(
        self,
        node: Node,
        parameters: Mapping[str, Fraction],
        utility: Utility | None,
        work: Work,
    ) -> Fraction:
        head = node[0]
        if head == "number":
            number: Fraction = node[1]
            return number
        if head == "name":
            if node[1] not in parameters:
                raise FormulaError(
                    f"unknown parameter '{node[1]}' in '{shorten(self.text)}'",
                    remedy=did_you_mean(node[1], parameters),
                )
            return exact(parameters[node[1]])
        if head == "u":
            if utility is None:
                raise FormulaError(
                    f"u({node[1]}, {node[2]}) in '{shorten(self.text)}' has no meaning here",
                    remedy="u(party, agreement) needs a model with issues and agreements",
                )
            return utility(node[1], node[2])
        values = [self._exact(child, parameters, utility, work) for child in node[1:]]
        return self._bounded(self._apply(head, values, work))

    def _apply(self, head: str, values: list[Fraction], work: Work) -> Fraction:
        if head == "**" and _bits(values[0]) * abs(values[1]) > MAX_BITS:
            raise FormulaError(
                f"a power in '{shorten(self.text)}' is too large to compute",
                remedy=f"values are bounded by {MAX_BITS:,} bits",
            )
        work.take(head, values, self.text)
        try:
            value: Fraction = applied(head, values)
        except ZeroDivisionError:
            if head == "**":
                raise FormulaError(f"zero to a negative power in '{shorten(self.text)}'") from None
            raise FormulaError(
                f"division by zero in '{shorten(self.text)}'",
                remedy="keep the divisor away from zero over the declared range",
            ) from None
        return value

    def _bounded(self, value: Fraction) -> Fraction:
        if _bits(value) > MAX_BITS:
            raise FormulaError(
                f"'{shorten(self.text)}' is too large to compute",
                remedy=f"values are bounded by {MAX_BITS:,} bits",
            )
        return value

    def sympy(self) -> Any:
        """Return the formula as a sympy expression with exact rationals.

        Names become real symbols; ``u(p, a)`` becomes the symbol of that text.
        """
        import sympy  # noqa: PLC0415  half a second that most runs never need

        def walk(node: Node) -> Any:
            head = node[0]
            if head == "number":
                return sympy.Rational(node[1].numerator, node[1].denominator)
            if head == "name":
                return sympy.Symbol(node[1], real=True)
            if head == "u":
                return sympy.Symbol(f"u({node[1]}, {node[2]})", real=True)
            values = [walk(child) for child in node[1:]]
            if head == "min":
                return sympy.Min(*values)
            if head == "max":
                return sympy.Max(*values)
            return applied(head, values)

        return walk(self.node)

    def function(self, utility: Utility | None = None) -> Callable[..., Any]:
        """Return a function of keyword arrays that evaluates the formula elementwise.

        Arrays broadcast. Float arrays give floats, with NaN where the formula divides by
        zero; object arrays of fractions give exact fractions.
        """

        def evaluate(**arrays: Any) -> Any:
            missing = [name for name in self.names if name not in arrays]
            if missing:
                raise FormulaError(
                    f"no value for parameter '{missing[0]}' of '{shorten(self.text)}'",
                    remedy=did_you_mean(missing[0], arrays),
                )
            inputs = {name: np.asarray(arrays[name]) for name in self.names}
            whole = any(array.dtype == object for array in inputs.values())

            def walk(node: Node) -> Any:
                head = node[0]
                if head == "number":
                    return node[1] if whole else np.float64(nearest_float(node[1]))
                if head == "name":
                    array = inputs[node[1]]
                    return array if array.dtype == object else array.astype(float)
                if head == "u":
                    if utility is None:
                        raise FormulaError(f"u({node[1]}, {node[2]}) has no meaning here")
                    value = utility(node[1], node[2])
                    return value if whole else np.float64(nearest_float(value))
                if head == "**":
                    power = int(node[2][1])
                    base = walk(node[1])
                    return 1 / _nonzero(base) ** -power if power < 0 else base**power
                values = [walk(child) for child in node[1:]]
                if head == "/":
                    values[1] = _nonzero(values[1])
                if head in _ENTRYWISE:
                    return reduce(_ENTRYWISE[head], values)
                return applied(head, values)

            with np.errstate(all="ignore"):
                return walk(self.node)

        return evaluate


def _nonzero(values: Any) -> Any:
    """Replace zeros by NaN, so that a pole is a gap and not an infinity."""
    array = np.asarray(values)
    if array.dtype == object:
        if (array == 0).any():
            raise FormulaError("division by zero", remedy="keep the divisor away from zero")
        return array
    return np.where(array == 0, np.nan, array)


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


_ENTRYWISE: dict[str, Callable[[Any, Any], Any]] = {"min": np.minimum, "max": np.maximum}

_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": lambda base, power: base ** int(power),
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "abs": abs,
    "negative": operator.neg,
}


def applied(head: str, values: Sequence[Any]) -> Any:
    """Return what an operator of a tree makes of its operands: numbers, or what calculates so.

    Raises
    ------
    ZeroDivisionError
        Where it divides by zero; the caller knows what to say about it.

    Examples
    --------
    >>> applied("/", [Fraction(1), Fraction(3)]), applied("max", [1, 3, 2])
    (Fraction(1, 3), 3)
    """
    return _ARITHMETIC[head](*values)


def parse(text: str) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
        At most 2,000 characters.

    Returns
    -------
    Formula

    Raises
    ------
    FormulaError
        If the text is no formula, or is anything but arithmetic on names.

    Examples
    --------
    >>> parse("max(0, gain - 2*risk**2)").names
    ('gain', 'risk')
    >>> parse("__import__('os')")
    Traceback (most recent call last):
    ...
    negotiation.errors.FormulaError: '__import__' in '__import__('os')' cannot be called; use \
+ - * / ** (integer power), min, max, abs, names and u(party, agreement)
    """
    if not isinstance(text, str):
        raise FormulaError(f"'{shorten(text)}' is no formula")
    return _parse(text.strip())


@lru_cache(maxsize=4096)
def _parse(text: str) -> Formula:
    if not text:
        raise FormulaError("an empty formula", remedy="write a number or an expression")
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"a formula of {len(text):,} characters", remedy=f"the limit is {MAX_LENGTH:,}"
        )
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    runs = [len(run) for run in re.findall(r"[-+~]+", text.replace(" ", ""))]
    if deepest > MAX_DEPTH or max(runs, default=0) > MAX_DEPTH:
        raise FormulaError(
            f"'{shorten(text)}' is nested {max(deepest, *runs, 0):,} levels deep",
            remedy=f"the limit is {MAX_DEPTH}",
        )
    if "#" in text:
        raise FormulaError(f"'#' in '{shorten(text)}'", remedy="put comments outside the quotes")
    if "^" in text:
        raise FormulaError(f"'^' in '{shorten(text)}'", remedy="write ** for a power")
    for character in text:
        if not (character.isascii() and character.isprintable()) and character != "\t":
            name = unicodedata.name(character, "a control character").lower()
            raise FormulaError(
                f"the character {character!a} ({name}) in '{shorten(text)}'",
                remedy="write the formula on one line with plain letters and digits",
            )
    # Parties and agreements may have hyphens or be words of Python's, so their names stand aside.
    pairs: list[tuple[str, str]] = []

    def aside(match: re.Match[str]) -> str:
        pairs.append((match[1], match[2]))
        return f"u({_ASIDE}{len(pairs) - 1})"

    source = _UTILITY.sub(aside, text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on code that is refused anyway
            tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise FormulaError(f"'{shorten(text)}' is no formula", remedy=_remedy(text)) from None
    reader = _Reader(text, source, pairs)
    node = reader.walk(tree)
    degree = _degree(node)
    if degree > MAX_POWER:
        raise FormulaError(
            f"the powers in '{shorten(text)}' are too large", remedy=f"the limit is {MAX_POWER:,}"
        )
    return Formula(text, node, tuple(reader.names), tuple(reader.utilities))


_ASIDE = "é"  # a letter that no formula may hold


def _remedy(text: str) -> str:
    """Return what to do about a text that is no formula."""
    if text.count("(") != text.count(")"):
        return f"close the parentheses; {QUOTE_COMMAS}"
    taken = next(
        (word for word in re.findall(r"[A-Za-z_]\w*", text) if keyword.iskeyword(word)), ""
    )
    if taken:
        return f"'{taken}' cannot name a parameter; call it {taken}_, say"
    return _ALLOWED


class _Reader:
    """Reads Python's syntax tree of a formula into a tree of ours, and notes names."""

    def __init__(self, text: str, source: str, pairs: list[tuple[str, str]]) -> None:
        self.text = text
        self.source = source
        self.pairs = pairs
        self.names: dict[str, None] = {}
        self.utilities: dict[tuple[str, str], None] = {}

    def refuse(self, what: str) -> FormulaError:
        return FormulaError(f"{what} in '{shorten(self.text)}'", remedy=_ALLOWED)

    def walk(self, tree: ast.expr, depth: int = 0) -> Node:
        text = self.text
        if depth > MAX_LENGTH // 8:
            raise FormulaError(
                f"'{shorten(text)}' is too long a chain of operations",
                remedy="name parts of it as parameters of their own",
            )
        if isinstance(tree, ast.Constant):
            return self.number(tree)
        if isinstance(tree, ast.Name):
            if tree.id in {*_FUNCTIONS, "u"}:
                raise self.refuse(f"'{tree.id}' without its arguments")
            self.names.setdefault(tree.id)
            return ("name", tree.id)
        if isinstance(tree, ast.UnaryOp):
            if isinstance(tree.op, ast.USub):
                return ("negative", self.walk(tree.operand, depth + 1))
            if isinstance(tree.op, ast.UAdd):
                return self.walk(tree.operand, depth + 1)
            raise self.refuse("an operator that is no arithmetic")
        if isinstance(tree, ast.BinOp):
            head = _OPERATORS.get(type(tree.op))
            if head is None:
                raise self.refuse("an operator that is no arithmetic")
            left, right = self.walk(tree.left, depth + 1), self.walk(tree.right, depth + 1)
            if head == "**":
                right = ("number", _power(right, text))
            return (head, left, right)
        if isinstance(tree, ast.Call):
            return self.call(tree, depth)
        kinds = {
            ast.Attribute: "attribute access ('.')",
            ast.Subscript: "an index ('[...]')",
            ast.Compare: "a comparison",
            ast.BoolOp: "a Boolean operator",
            ast.IfExp: "a conditional",
            ast.Lambda: "a lambda",
        }
        raise self.refuse(kinds.get(type(tree), "something that is no arithmetic"))

    def number(self, tree: ast.Constant) -> Node:
        source = ast.get_source_segment(self.source, tree) or ""
        if isinstance(tree.value, bool) or not isinstance(tree.value, (int, float)):
            raise self.refuse(f"'{shorten(source)}' is no number")
        if not re.fullmatch(r"[0-9.eE+-]+", source):
            raise self.refuse(f"'{shorten(source)}' is no decimal number")
        try:
            return ("number", exact(source))
        except ValueError as error:
            raise FormulaError(f"{error} in '{shorten(self.text)}'") from None

    def call(self, tree: ast.Call, depth: int) -> Node:
        if not isinstance(tree.func, ast.Name):
            raise self.refuse("a call of something that is no plain function")
        function = tree.func.id
        if function not in {*_FUNCTIONS, "u"}:
            raise FormulaError(
                f"'{shorten(function)}' in '{shorten(self.text)}' cannot be called",
                remedy=_ALLOWED,
            )
        if tree.keywords or any(isinstance(argument, ast.Starred) for argument in tree.args):
            raise self.refuse(f"arguments with names or stars for '{function}'")
        if function == "u":
            return self.utility(tree)
        count = len(tree.args)
        if count == 0 or (function == "abs" and count != 1):
            raise self.refuse(f"{count} arguments for '{function}'")
        return (function, *[self.walk(argument, depth + 1) for argument in tree.args])

    def utility(self, tree: ast.Call) -> Node:
        aside = tree.args[0] if len(tree.args) == 1 else None
        if not isinstance(aside, ast.Name) or not aside.id.startswith(_ASIDE):
            raise self.refuse("u(...) that does not name one party and one agreement")
        pair = self.pairs[int(aside.id.removeprefix(_ASIDE))]
        self.utilities.setdefault(pair)
        return ("u", *pair)


def _power(node: Node, text: str) -> Fraction:
    sign = 1
    while node[0] == "negative":
        sign, node = -sign, node[1]
    if node[0] != "number" or node[1].denominator != 1:
        raise FormulaError(
            f"a power in '{shorten(text)}' is no plain integer",
            remedy="write the power as an integer, such as x**2",
        )
    power: Fraction = sign * node[1]
    if abs(power) > MAX_POWER:
        raise FormulaError(
            f"the power {shorten(power)} in '{shorten(text)}' is too large",
            remedy=f"the limit is {MAX_POWER:,}",
        )
    return power


def _degree(node: Node) -> int:
    """Bound the total power in a tree: products add degrees, powers multiply them."""
    head = node[0]
    if head == "number":
        return 0
    if head in {"name", "u"}:
        return 1
    if head == "**":
        return max(1, _degree(node[1])) * abs(int(node[2][1]))
    degrees = [_degree(child) for child in node[1:]]
    return sum(degrees) if head in {"*", "/"} else max(degrees)
