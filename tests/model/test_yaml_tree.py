"""YAML as data with lines: what a scalar means, what is kept on writing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.errors import ModelError
from negotiation.model import yaml_tree
from negotiation.model.files import catalogue
from negotiation.model.yaml_tree import (
    leaves,
    plain_number,
    read_tree,
    read_tree_file,
    write_tree,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.6", Fraction(3, 5)),
        ("2/3", Fraction(2, 3)),
        ("-2 / 3", Fraction(-2, 3)),
        ("7", Fraction(7)),
        ("+7", Fraction(7)),
        ("007", Fraction(7)),
        ("1e-3", Fraction(1, 1000)),
        (".5", Fraction(1, 2)),
        ("true", True),
        ("True", True),
        ("false", False),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("TRUE", "TRUE"),
        ("12:30", "12:30"),
        ("1:2:3", "1:2:3"),
        ("2024-03-01", "2024-03-01"),
        ("2001-12-14 21:59:43.10", "2001-12-14 21:59:43.10"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("0o17", "0o17"),
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("nan", "nan"),
        ("1.2.3", "1.2.3"),
        ("٣", "٣"),
        ("1e", "1e"),
        ("none", "none"),
        ("'0.6'", "0.6"),
        ('"true"', "true"),
        ("''", ""),
        ("=", "="),
        ("a # b", "a"),
        ("'a # b'", "a # b"),
    ],
)
def test_scalars(text, value):
    found = read_tree(f"a: {text}").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_lines():
    tree = read_tree(
        "# a comment\n"
        "title: t\n"
        "\n"
        "list:\n"
        "  - x\n"
        "  - {a: 1,\n"
        "     b: 2}\n"
        "long: >-\n"
        "  folded\n"
        "  text\n"
        "'quoted key': 3\n",
        "f.yaml",
    )
    lines = {".".join(map(str, path)): line for path, line in tree.lines.items()}
    assert lines == {
        "title": 2,
        "list": 4,
        "list.0": 5,
        "list.1": 6,
        "list.1.a": 6,
        "list.1.b": 7,
        "long": 8,
        "quoted key": 11,
    }
    assert tree.where(("list", 1, "b")) == "f.yaml:7: list.1.b"
    assert tree.where(("list", 1, "missing", "deeper")) == "f.yaml:6: list.1.missing.deeper"
    assert tree.where(("nothing",)) == "f.yaml:1: nothing"
    assert tree.where(()) == "f.yaml:1"


def test_keys_are_text():
    assert list(read_tree("2024: a\ntrue: b\nnull: c\n'': d\n").data) == [
        "2024",
        "true",
        "null",
        "",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 290_000,
        "{" * 290_000,
        "a: " * 90_000,
        "a: '" + "''" * 140_000,
        "#\n" * 140_000,
        " " * 290_000,
        "a: " + "b " * 140_000,
        "a: >\n" + "  b\n\n" * 55_000,
        "".join(f"k{n}: {n}\n" for n in range(20_000)),
        "a: " + "!" * 290_000,
        "a: " + "&x " * 90_000,
        "%" * 290_000,
        'a: "' + "\\x41" * 70_000,
        "a" * 290_000 + ": b",
        "---\n" * 70_000,
    ],
    ids=lambda text: f"{text[:6]!r}*{len(text)}",
)
def test_no_text_takes_long(text, monkeypatch):
    taken = []
    take = yaml_tree._Builder.take
    monkeypatch.setattr(
        yaml_tree._Builder, "take", lambda self, event: (taken.append(1), take(self, event))[1]
    )
    try:
        read_tree(text)
    except ModelError as error:
        told = str(error)
        assert len(told) < 400
    assert len(taken) <= 2 * yaml_tree.MAX_NODES + 10


# ---- writing ----------------------------------------------------------------------------

SOURCE = """\
# The head of the file.
title: A model   # why this title

parameters:
  cost: {value: 0.10, low: 0}   # ten per cent
  # a comment between
  gain:
    value: 2/3
    because: [N1, N2]   # two claims
text: 'quoted'
date: 2024-03-01
list:
- one   # first
- two

# The end.
"""


def changed(path, value):
    data = read_tree(SOURCE).data
    node = data
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return data


def test_the_same_data_gives_the_same_text():
    tree = read_tree(SOURCE)
    assert write_tree(tree.data, tree) == SOURCE


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (("title",), "Another", "title: Another   # why this title"),
        (("parameters", "cost", "value"), Fraction(1, 5), "  cost: {value: 0.2, low: 0}"),
        (("parameters", "gain", "value"), Fraction(1, 3), "    value: 1/3"),
        (("parameters", "gain", "value"), Fraction(3), "    value: 3"),
        (("parameters", "gain", "value"), "a - b", "    value: a - b"),
        (("parameters", "gain", "because"), ["N1", "N3"], "    because: [N1, N3]   # two claims"),
        (("list", 0), "uno", "  - uno # first"),
        (("text",), "0.5", "text: '0.5'"),
        (("text",), None, "text:"),
        (("text",), True, "text: true"),
    ],
    ids=str,
)
def test_one_change_keeps_the_rest(path, value, line):
    data = changed(path, value)
    text = write_tree(data, read_tree(SOURCE))
    assert read_tree(text).data == data
    assert line in text
    comments = {part.split("#")[1] for part in SOURCE.splitlines() if "#" in part}
    assert comments == {part.split("#")[1] for part in text.splitlines() if "#" in part}
    assert "date: 2024-03-01" in text


def test_keys_can_be_added_and_removed():
    data = read_tree(SOURCE).data
    del data["parameters"]["gain"]
    data["parameters"]["new"] = {"value": Fraction(1, 2)}
    data["list"].append("three")
    text = write_tree(data, read_tree(SOURCE))
    assert read_tree(text).data == data
    assert "# why this title" in text


@pytest.mark.parametrize(
    "source",
    [
        "true: a\nb: 1\n",
        "1: a\n1.0: b\nb: 1\n",
        "null: a\nb: 1\n",
        "0x10: a\nb: 1\n",
        "d: 2001-12-14t21:59:43.10-05:00\nb: 1\n",
        "d: 2001-12-14 21:59:43.1\nb: 1\n",
        "d: [0o17, 0x1F, 1_000, 012, .nan, -.inf]\nb: 1\n",
        "d: =\nb: 1\n",
        "d: <<\nb: 1\n",
        "d: >-\n  folded\n  text\n\n  more\nb: 1\n",
        "d: |\n  two\n  lines\nb: 1\n",
        'd: "a\\tb\\u263a"\nb: 1\n',
        "b: 1",
        "b: 1\n...\n",
        "---\nb: 1\n",
        "%YAML 1.1\n---\nyes: no\nb: 1\n",
    ],
)
def test_what_the_writer_reads_otherwise_survives(source):
    tree = read_tree(source)
    data = {**tree.data, "b": Fraction(2)}
    assert read_tree(write_tree(data, tree)).data == data
    longer = {**data, "z": [Fraction(1, 3)]}
    assert read_tree(write_tree(longer, tree)).data == longer
    shorter = {"b": Fraction(2)}
    assert read_tree(write_tree(shorter, tree)).data == shorter


def test_order_and_type_are_part_of_what_is_written():
    tree = read_tree("a: 1\nb: true\n")
    for data in ({"b": True, "a": Fraction(1)}, {"a": True, "b": True}):
        again = read_tree(write_tree(data, tree)).data
        assert list(again.items()) == list(data.items())
        assert [type(value) for value in again.values()] == [type(v) for v in data.values()]


NUMBERS = st.one_of(
    st.fractions(),
    st.integers().map(Fraction),
    st.decimals(-1000, 1000, places=4).map(Fraction),
    st.sampled_from([Fraction(10**400), Fraction(10**400 + 1, 2), Fraction(1, 10**40)]),
)
PRINTABLE = st.text(
    st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\ufeff"), max_size=12
)
LOOKALIKES = st.sampled_from(
    ["", " ", "null", "~", "true", "False", "TRUE", "yes", "no", "0.6", "2/3", " 7 ", "1e5", "0x10",
     "12:30", "2024-03-01", "- a", "a: b", "# c", "*x", "&x", "!t", "<<", "=", "?", "[", "{", "'",
     '"', "|", ">", "%", "@", "`", ",", "a\nb", "\n", "a\n\nb ", "\t", "---", "...", "é", "\x85",
     "\u2028", "😀", "word " * 60, "1_000", ".nan", "-", ":", "a:", ":a", "a #b"]
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, PRINTABLE, LOOKALIKES)
TREES = st.dictionaries(
    PRINTABLE,
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(PRINTABLE, inner, max_size=3)
        ),
        max_leaves=5,
    ),
    min_size=1,
    max_size=3,
).filter(lambda tree: "<<" not in str(tree))


def typed(value):
    """Return a value in which true and 1 differ, and so do two orders of the same keys."""
    if isinstance(value, dict):
        return [(key, typed(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value).__name__, value


@settings(max_examples=100)
@given(TREES)
def test_reading_inverts_writing(data):
    assert typed(read_tree(write_tree(data)).data) == typed(data)


@settings(max_examples=40)
@given(TREES, TREES)
def test_reading_inverts_writing_over_another_text(before, after):
    source = read_tree(write_tree(before))
    after = {**before, **after}
    assert typed(read_tree(write_tree(after, source)).data) == typed(after)


@given(st.fractions())
def test_plain_numbers_mean_the_same(value):
    assert read_tree(f"a: {plain_number(value)}").data["a"] == value


def test_leaves():
    data = {"a": [Fraction(1), {"b": None}], "c": "x"}
    assert list(leaves(data)) == [(("a", 0), 1), (("a", 1, "b"), None), (("c",), "x")]


@pytest.mark.parametrize("name", catalogue())
def test_shipped_files_survive_a_change(name):
    tree = read_tree_file(catalogue()[name])
    data = {**tree.data, "title": "Another title"}
    text = write_tree(data, tree)
    assert read_tree(text).data == data
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in tree.text.splitlines() if line.startswith("#")
    ]
