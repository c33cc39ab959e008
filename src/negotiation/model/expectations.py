"""Expectations: what a source predicts, as a condition on output paths.

Grammar::

    expectation  = condition { " and " condition }
    condition    = path operator value
    operator     = "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains" | "lacks"
    value        = number | true | false | none | name | output path

``contains`` and ``lacks`` look for a value in a list (or a key in a mapping). A value that is
itself an output path is looked up, so that two outcomes can be compared.

Where solutions are tied an output can be a :class:`~negotiation.results.Tied`. The expectation is
then held against every tied solution, all its conditions together: it holds if it holds for all of
them, fails if it fails for all, and is open if it depends on which of them is taken.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from negotiation.errors import (
    FormulaError,
    GameError,
    NegotiationError,
    TooLargeError,
    UnknownNameError,
    shorten,
)
from negotiation.exact import exact, refuse_size, show, show_apart
from negotiation.results import Tied

__all__ = ["Condition", "Outcome", "check_expectation", "lookup", "parse_expectation"]

OPERATORS = ("==", "!=", "<=", ">=", "<", ">", "contains", "lacks")
_CONDITION = re.compile(r"\s*(\S+)\s+(==|!=|<=|>=|<|>|contains|lacks)\s+(\S.*?)\s*")
_REMEDY = "write 'PATH OPERATOR VALUE', such as bargaining.nash.exists == false"


@dataclass(frozen=True)
class Condition:
    """One condition: an output path, an operator and a value as text."""

    path: str
    operator: str
    value: str


@dataclass(frozen=True)
class Outcome:
    """Whether an expectation holds, and what was found at each path.

    ``holds`` is None where that depends on which of several tied solutions is taken.
    """

    holds: bool | None
    found: str


def parse_expectation(text: str) -> tuple[Condition, ...]:
    """Read an expectation.

    Examples
    --------
    >>> parse_expectation("bargaining.nash.exists == false")[0].path
    'bargaining.nash.exists'
    """
    if len(text) > 1000:
        raise FormulaError(f"an expectation of {len(text):,} characters", remedy=_REMEDY)
    conditions = []
    for part in re.split(r"\s+and\s+", text):
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise FormulaError(f"'{shorten(part)}' is no condition", remedy=_REMEDY)
        conditions.append(Condition(match[1], match[2], match[3]))
    return tuple(conditions)


def lookup(data: Any, path: str) -> Any:
    """Return the value at an output path of nested data.

    What lies below an output that is None (a solution that does not exist, say) is None. Where
    something was not solved because it is too large, the reason stands beside it, or in its place,
    under ``refused``.

    Raises
    ------
    UnknownNameError
        With close matches among the names at the step that fails.
    TooLargeError
        With the reason, for an output that was refused.
    """
    steps = path.split(".")
    node = data
    for depth, step in enumerate(steps):
        if node is None:
            return None  # nothing there: no unique equilibrium, no solution
        if isinstance(node, Mapping):
            missing = node.get(step) is None if step in node else len(node) == 1
            if "refused" in node and missing:
                raise TooLargeError(str(node["refused"]), where=path)
            if step in node:
                node = node[step]
                continue
            raise UnknownNameError.of(
                "output" if depth else "section", step, map(str, node), where=path
            )
        if isinstance(node, Tied) and node.steps:
            if step not in node.steps:
                raise UnknownNameError.of("output", step, node.steps, where=path)
            node = node.at(step)
            continue
        if isinstance(node, (list, tuple)) and step in map(str, range(len(node))):
            node = node[int(step)]
            continue
        before = ".".join(steps[:depth])
        raise UnknownNameError(
            f"'{before}' is {_text(node)} and has no '{shorten(step)}'", where=path
        )
    return node


def check_expectation(text: str, data: Any) -> Outcome:
    """Evaluate an expectation over nested output data.

    Examples
    --------
    >>> check_expectation("a.x > 1/2 and a.y contains b", {"a": {"x": Fraction(2), "y": ["b"]}})
    Outcome(holds=True, found='a.x = 2, a.y = [b]')
    """
    found = []
    compared: list[tuple[Condition, Any, Any]] = []
    for condition in parse_expectation(text):
        actual = lookup(data, condition.path)
        wanted = _wanted(condition.value, data)
        value = wanted.value if isinstance(wanted, _Output) else wanted
        found_text, wanted_text = _texts(actual, value)
        said = f"{condition.path} = {found_text}"
        if isinstance(wanted, _Output):
            said += f" against {condition.value} = {wanted_text}"
        compared.append((condition, actual, value))
        found.append(said)
    answers: set[bool] = set()
    for values in _worlds([value for _, *pair in compared for value in pair]):
        pairs = zip(values[::2], values[1::2], strict=True)
        each = [_compare(own[0], *pair) for own, pair in zip(compared, pairs, strict=True)]
        answers.add(all(each))
        if len(answers) > 1:
            break
    holds = answers.pop() if len(answers) == 1 else None
    told = ", ".join(dict.fromkeys(found))
    return Outcome(holds, told + ("" if holds is not None else f" ({OPEN})"))


OPEN = "it depends on which of the tied solutions is taken"


def _worlds(values: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield the values as they are in every combination of tied solutions; once if none are."""
    groups: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        if isinstance(value, Tied):
            source = value.worlds[0] if value.worlds else f"{place}"
            groups.setdefault(source, []).append(place)
    combined = []
    for places in groups.values():
        codes = [
            np.arange(len(values[place].values))
            if values[place].worlds is None
            else values[place].worlds[1]
            for place in places
        ]
        combined.append(np.unique(np.stack(codes, axis=1), axis=0).tolist())
    refuse_size(
        "combinations of tied solutions",
        math.prod(map(len, combined)),
        MAX_WORLDS,
        "compare the outputs of one solution at a time",
    )
    for rows in itertools.product(*combined):
        found = list(values)
        for places, row in zip(groups.values(), rows, strict=True):
            for place, code in zip(places, row, strict=True):
                found[place] = values[place].values[code]
        yield found


MAX_WORLDS = 1_000_000


def _wanted(text: str, data: Any) -> Any:
    if text.lower() in {"true", "false", "none"}:
        return {"true": True, "false": False, "none": None}[text.lower()]
    try:
        return exact(text)
    except GameError:
        pass
    if "." in text and isinstance(data, Mapping) and text.split(".", 1)[0] in data:
        return _Output(lookup(data, text))
    return text


@dataclass(frozen=True)
class _Output:
    """A wanted value that is itself an output."""

    value: Any


def _compare(condition: Condition, actual: Any, wanted: Any) -> bool:
    operator = condition.operator
    if isinstance(actual, bool) is not isinstance(wanted, bool) and operator in {"==", "!="}:
        return operator == "!="  # true is no 1
    if operator == "==":
        return bool(actual == wanted)
    if operator == "!=":
        return bool(actual != wanted)
    if operator in {"contains", "lacks"}:
        if not isinstance(actual, (list, tuple, Mapping, str)):
            raise GameError(
                f"'{condition.path}' is {_text(actual)}, which contains nothing",
                remedy="use == for single values",
            )
        return (wanted in actual) is (operator == "contains")
    if not isinstance(actual, (Fraction, int, float)) or not isinstance(
        wanted, (Fraction, int, float)
    ):
        if actual is None or wanted is None:
            return False
        raise NegotiationError(
            f"'{condition.path}' is {_text(actual)} and cannot be compared by {operator}",
            remedy="compare numbers with numbers",
        )
    orders: dict[str, Callable[[Any, Any], bool]] = {
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
    return orders[operator](actual, wanted)


def _texts(actual: Any, wanted: Any) -> list[str]:
    """Return both as texts; different numbers look different."""
    pair = (actual, wanted)
    if all(isinstance(v, (Fraction, int)) and not isinstance(v, bool) for v in pair):
        return show_apart(*pair)
    return [_text(actual), _text(wanted)]


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, Tied):
        return shorten(value, 160)
    if isinstance(value, (Fraction, int)):
        return show(value)
    if isinstance(value, Mapping):
        return "{" + shorten(", ".join(f"{k}: {_text(v)}" for k, v in value.items()), 160) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + shorten(", ".join(_text(item) for item in value), 160) + "]"
    return str(value)
