"""Fuzz: a text loads or is refused in plain words, an override works or is refused; no crash."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_models import VALID

import negotiation as ng
from negotiation.errors import NegotiationError
from negotiation.model.files import catalogue

LINES = VALID.splitlines()
MODEL = ng.loads(VALID)
JUNK = st.one_of(
    st.sampled_from(
        ["", " ", "-", "- ", ":", ": ", "{", "}", "[", "]", "'", '"', "|", ">", "#", "&a", "*a",
        "!x",
         "?", "%", "@", ",", "\t", "\n", "\0", "\x85", "~", "true", "null", "0", "1/0", "1e9999",
         ".nan",
         "north", "zone", "open", "N1", "interim", "u(north, interim)", "half", "patrol_cost**-1",
         "9**9**9", "[a, b]", "{a: b}", "x: y", "[[a]]", "<<: x", "²", "é", "value", "because",
         "set"]
    ),
    st.text(max_size=4),
)  # fmt: skip


def loads_or_refuses(text) -> None:
    failure = None
    try:
        model = ng.loads(text, "fuzz.yaml")
    except NegotiationError as error:
        failure = error
    else:
        assert ng.loads(model.to_yaml()) == model
    if failure is not None:
        assert str(failure).startswith("fuzz.yaml")
        assert all(line.isprintable() for line in str(failure).splitlines())
        assert len(str(failure)) < 20_000


@settings(max_examples=60)
@given(st.one_of(st.text(max_size=60), st.lists(JUNK, max_size=30).map("".join)))
def test_any_text(text):
    loads_or_refuses(text)


KEYS = st.sampled_from(
    ["title", "about", "evidence", "sources", "claims", "parties", "issues", "parameters",
    "demands",
     "interactions", "disagreement", "agreements", "ratifiers", "normal_form", "demand_game",
     "bargaining", "conflict_graph", "commitment", "stability", "readings", "predictions",
     "players",
     "payoffs", "options", "value", "low", "because", "a", "b", "north", "a/b", "order", "to", "by",
     "positions", "over", "states", "moves", "ranking", "set", "like", "weight", "scores",
     "aspires"]
)  # fmt: skip
SCALARS = st.sampled_from(
    [
        "a",
        "b",
        "north",
        "0",
        "0.5",
        "-1",
        "true",
        "",
        "a/b",
        "x + 1",
        "1/0",
        "'0.5'",
        "N1",
        "a == b",
    ]
)
NESTED = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=80)
@given(st.dictionaries(KEYS, NESTED, max_size=4))
def test_any_shape(sections):
    loads_or_refuses("\n".join(["title: t", *(f"{k}: {v}" for k, v in sections.items())]))


@st.composite
def damaged(draw):
    """Draw the valid text after a few deletions, copies, moves and replacements."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        kind = draw(
            st.sampled_from(["delete", "double", "move", "indent", "outdent", "cut", "put", "swap"])
        )
        line = lines[place]
        if kind == "delete":
            del lines[place]
        elif kind == "double":
            lines.insert(place, line)
        elif kind == "move":
            lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(place))
        elif kind == "indent":
            lines[place] = " " * draw(st.integers(1, 4)) + line
        elif kind == "outdent":
            lines[place] = line[draw(st.integers(1, 4)) :]
        elif kind == "cut":
            lines[place] = line[: draw(st.integers(0, len(line)))]
        elif kind == "put":
            at = draw(st.integers(0, len(line)))
            lines[place] = line[:at] + draw(JUNK) + line[at:]
        else:
            words = line.split(" ")
            words[draw(st.integers(0, len(words) - 1))] = draw(JUNK)
            lines[place] = " ".join(words)
    return "\n".join(lines)


@settings(max_examples=60)
@given(damaged())
def test_damaged_models(text):
    loads_or_refuses(text)


@st.composite
def rewired(draw):
    """Draw the valid text with some words replaced by other words of the same text."""
    text = VALID
    words = ["north", "south", "zone", "quota", "open", "low", "interim", "half", "patrol_cost",
    "N1",
             "calm", "war", "insist", "0.1", "value", "aspires", "like", "3", "note",
             "p2"]  # fmt: skip
    for _ in range(draw(st.integers(1, 2))):
        old, new = draw(st.sampled_from(words)), draw(st.one_of(st.sampled_from(words), JUNK))
        parts = text.split(old)
        if len(parts) > 1:
            at = draw(st.integers(1, len(parts) - 1))
            text = old.join(parts[:at]) + new + old.join(parts[at:])
    return text


@settings(max_examples=60)
@given(rewired())
def test_rewired_models(text):
    loads_or_refuses(text)


# ---- overrides --------------------------------------------------------------------------

STEPS = st.one_of(
    st.sampled_from(sorted({step for path in MODEL.paths for step in path.split(".")})),
    st.sampled_from(["value", "low", "high", "because", "assumption", "0", "1", "-1", "²", "٣", "",
                     "options", "set", "weight", "accepts", "scores", "unknown", "9" * 400]),
    st.text(max_size=3),
)  # fmt: skip
PATHS = st.one_of(
    st.sampled_from(MODEL.paths),
    st.lists(STEPS, min_size=1, max_size=5).map(".".join),
    st.tuples(st.sampled_from(MODEL.paths), STEPS).map(".".join),
    st.sampled_from([path.rpartition(".")[0] or path for path in MODEL.paths]),
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.fractions(max_denominator=9),
    st.floats(),
    st.sampled_from(
        ["0.3", "2/3", "1/0", "half", "1 - half", "north", "open", "zone", "N1", ["N1"], ["open"],
         "u(north, interim)", "__import__('os')", "nan", "", " ", "\n", "\x1b[2J", "\ud800",
         "x" * 9999,
         10**2000, Fraction(1, 10**2000), Decimal("NaN"), Decimal("1e99999"), math.inf, 1j, b"x",
         object(), print, np.float64(0.5), {"value": 1}, {"low": 1, "high": 0}, {1: 2}, [[]], {},
         [],
         range(3), {"a", "b"}, np.array([1, 2])],
    ),
)  # fmt: skip
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(STEPS, inner, max_size=2)),
    max_leaves=4,
)


def readings_hold(model) -> bool:
    """Say whether an override has left every reading as it was: files are checked whole."""
    try:
        for name in model.readings:
            model.reading(name)
    except NegotiationError:
        return False
    return True


def changes_or_refuses(changes) -> None:
    failure = None
    try:
        model = MODEL.override(changes)
    except NegotiationError as error:
        failure = error
    else:
        if readings_hold(model):
            assert ng.loads(model.to_yaml()) == model
        assert isinstance(str(model) + repr(model), str)
        assert isinstance(hash(model), int)
    assert MODEL.to_yaml() == VALID
    if failure is not None:
        assert all(line.isprintable() for line in str(failure).splitlines())
        assert len(str(failure)) < 20_000


@settings(max_examples=150)
@given(st.dictionaries(PATHS, VALUES, max_size=2))
def test_any_override(changes):
    changes_or_refuses(changes)


@settings(max_examples=60)
@given(
    st.dictionaries(st.one_of(st.none(), st.integers(), st.text(), st.tuples()), PLAIN, max_size=2)
)
def test_any_kind_of_path(changes):
    changes_or_refuses(changes)


@pytest.mark.parametrize("changes", [None, 3, "parameters.x=1", [("a", 1)], {"a"}])
def test_overrides_are_mappings(changes):
    with pytest.raises(NegotiationError, match="mapping of paths"):
        MODEL.override(changes)


def test_endless_values_are_refused():
    endless: list = []
    endless.append(endless)
    deep: dict = {}
    for _ in range(5000):
        deep = {"a": deep}
    for value, part in (
        (endless, "levels deep"),
        (deep, "levels deep"),
        (10**9999, "1,000 digits"),
    ):
        with pytest.raises(NegotiationError, match=part):
            MODEL.override({"parameters.half": value})


@pytest.mark.parametrize("name", catalogue())
def test_every_path_of_a_shipped_model_can_be_set_to_what_it_is(name):
    model = ng.load(name)
    for path in model.paths[:: max(1, len(model.paths) // 6)]:
        node = model.origin.data
        for step in path.split("."):
            if isinstance(node, list):
                node = node[int(step)]
            elif step in node:
                node = node[step]
            else:  # a path inside a reading, whose keys hold dots themselves
                break
        else:
            assert model.override({path: node}) == model
