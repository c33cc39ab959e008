"""YAML as a tree with line numbers, and back with the comments kept.

Reading goes through the event stream of ruamel.yaml, never through a constructor, so that
nothing in a file can do anything but become data:

- a plain scalar that is a number (integer, decimal, ``p/q``) becomes an exact Fraction;
  ``true``, ``false`` and ``null`` (or nothing) mean what they say; everything else is text,
  ``yes``, ``no``, dates and ``12:30`` included; quoted scalars are always text;
- duplicate keys, anchors, aliases, tags and several documents in one file are refused;
- size, depth and number of nodes are bounded, so that no file takes more than a moment.

Writing starts from the text that was read and changes only what differs, so that comments,
order and layout stay.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from negotiation.errors import ModelError, Problem, shorten
from negotiation.exact import exact, exact_text
from negotiation.regular_files import read_regular_file

__all__ = ["Path_", "Tree", "read_tree", "read_tree_file", "write_tree"]

Path_ = tuple[str | int, ...]
"""Where a value stands in a tree: keys and list positions from the root."""

MAX_BYTES = 300_000
MAX_DEPTH = 24
MAX_NODES = 30_000
MAX_FILE_NAME = 250  # characters of a file's name in messages
SCALARS: dict[str, bool | None] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "Null": None,
    "NULL": None,
    "~": None,
    "": None,
}
"""Plain scalars that are neither number nor text."""
_NUMBER = re.compile(r"[-+]?(\d+\s*/\s*\d+|(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)", re.ASCII)


@dataclass(frozen=True)
class Tree:
    """Data read from a file, with the line of every value.

    Attributes
    ----------
    data : dict
        Nested dicts, lists, strings, fractions, Booleans and None.
    lines : dict
        Path of a value -> its line, counted from 1.
    name : str
        The file's name for messages.
    text : str
        What was read.
    """

    data: dict[str, Any]
    lines: dict[Path_, int]
    name: str
    text: str

    def where(self, path: Path_) -> str:
        """Return ``file:line: path`` of the nearest value that exists on the way to `path`."""
        probe = tuple(path)
        while probe and probe not in self.lines:
            probe = probe[:-1]
        line = self.lines.get(probe, 1)
        dotted = ".".join(str(step) for step in path)
        return f"{self.name}:{line}" + (f": {dotted}" if dotted else "")


def read_tree_file(path: Path) -> Tree:
    """Read a YAML file of bounded size.

    Raises
    ------
    ModelError
        If it cannot be read, is too large, is not UTF-8, or is no single YAML mapping.
    """
    name = shorten(path, MAX_FILE_NAME)
    try:
        raw = read_regular_file(path, MAX_BYTES)
    except IsADirectoryError:
        raise ModelError.one(name, "is a folder", "name a .yaml file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ModelError.one(
            name, f"cannot be read: {reason.lower()}", "give the path of a model file"
        ) from None
    if len(raw) > MAX_BYTES:
        raise ModelError.one(
            name,
            f"is larger than {MAX_BYTES:,} bytes",
            "model files hold claims and numbers, not data series; split the evidence",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ModelError.one(
            f"{name}:{line}", "is not UTF-8 text", "save the file in UTF-8"
        ) from None
    return read_tree(text, name)


def read_tree(text: str, name: str = "<text>") -> Tree:
    r"""Read YAML text into a :class:`Tree`.

    Examples
    --------
    >>> read_tree("a: 0.6\nb: [yes, 12:30]").data
    {'a': Fraction(3, 5), 'b': ['yes', '12:30']}
    """
    from ruamel.yaml import YAML  # noqa: PLC0415  slow to import, and only files need it
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    if len(text) > MAX_BYTES:
        raise ModelError.one(name, f"is larger than {MAX_BYTES:,} characters")
    parser = YAML(typ="safe", pure=True)
    builder = _Builder(name)
    try:
        for event in parser.parse(io.StringIO(text)):
            builder.take(event)
    except YAMLError as error:
        raise _syntax_error(error, name, text) from None
    except (RecursionError, ValueError, AttributeError, IndexError, TypeError) as error:
        raise ModelError.one(name, f"is no YAML: {shorten(error)}") from None
    data = builder.root
    if data is None:
        raise ModelError.one(name, "is empty", "start with 'title: ...'")
    if not isinstance(data, dict):
        raise ModelError.one(
            f"{name}:1", "is no mapping of keys to values", "start with 'title: ...'"
        )
    return Tree(data, builder.lines, name, text)


_SYNTAX = [  # words of the parser -> what is wrong, remedy, whether it starts further up
    ("quoted scalar", "a quotation mark that is never closed", "close it", True),
    ("flow mapping", "a brace '{' that is not closed", "write {key: value, key: value}", True),
    ("flow sequence", "a bracket '[' that is not closed", "write [a, b, c]", True),
    ("'\\t'", "a tab where spaces belong", "indent with spaces", False),
    (
        "mapping values are not allowed",
        "a colon where none belongs",
        "check the indentation; put text that contains ': ' in quotes",
        False,
    ),
    (
        "cannot start any token",
        "a sign that cannot start a value",
        "put the text in quotes",
        False,
    ),
    (
        "expected <block end>",
        "a line that does not stand under the one it belongs to",
        "check the indentation",
        False,
    ),
    (
        "could not find expected ':'",
        "a line without 'key:' before its value",
        "write 'key: value', and indent text that goes on over several lines",
        True,
    ),
]


def _syntax_error(error: Any, name: str, text: str) -> ModelError:
    mark = getattr(error, "problem_mark", None)
    above = getattr(error, "context_mark", None)
    said = " ".join(str(getattr(error, part, "") or "") for part in ("context", "problem"))
    what, remedy, further_up = "", "", False
    for words, *answer in _SYNTAX:
        if words in said:
            what, remedy, further_up = str(answer[0]), str(answer[1]), bool(answer[2])
            break
    line = next((m.line + 1 for m in (above, mark)[:: 1 if further_up else -1] if m), None)
    position = getattr(error, "position", None)
    if isinstance(position, int):  # a character that no YAML file may hold
        character = text[position : position + 1]
        line = text[:position].count("\n") + 1
        what, remedy = f"the unprintable character {character!a}", "remove it"
    if not what:
        what = shorten(" ".join((said.strip() or str(error)).split()), 120)
        remedy = "check the indentation and the quotation marks"
    return ModelError.one(f"{name}:{line}" if line else name, f"is no YAML: {what}", remedy)


class _Builder:
    """Builds the tree from parse events on a stack of its own: no recursion, no surprise."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = None
        self.lines: dict[Path_, int] = {}
        self.nodes = 0
        self.documents = 0
        self.stack: list[list[Any]] = []  # [container, path, pending key or None]

    def fail(self, event: Any, what: str, remedy: str = "") -> ModelError:
        return ModelError([Problem(f"{self.name}:{event.start_mark.line + 1}", what, remedy)])

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                raise self.fail(event, "a second document in one file", "one model per file")
        elif kind == "AliasEvent":
            raise self.fail(
                event, f"alias '*{shorten(event.anchor)}'", "write the value out; no aliases here"
            )
        elif kind in {"ScalarEvent", "MappingStartEvent", "SequenceStartEvent"}:
            if event.anchor:
                raise self.fail(
                    event, f"anchor '&{shorten(event.anchor)}'", "write the value out; no anchors"
                )
            tag = getattr(event, "tag", None)
            if tag is not None and str(tag) not in {"!", "None"}:
                written = str(tag).replace("tag:yaml.org,2002:", "!!")
                raise self.fail(
                    event, f"tag '{shorten(written)}'", "remove it; values need no tags"
                )
            self.nodes += 1
            if self.nodes > MAX_NODES:
                raise self.fail(
                    event, f"more than {MAX_NODES:,} values in one file", "split the evidence"
                )
            self.open(event, kind)
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            container, _, pending = self.stack.pop()
            if isinstance(container, dict) and pending is not None:
                raise self.fail(event, "a key without a value")

    def open(self, event: Any, kind: str) -> None:
        line = event.start_mark.line + 1
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top[0], dict) and top[2] is None:
            if kind != "ScalarEvent":
                raise self.fail(event, "a key that is no plain text", "keys are names")
            key = str(event.value)
            if key in top[0]:
                first = self.lines[(*top[1], key)]
                raise self.fail(
                    event,
                    f"duplicate key '{shorten(key)}' (first on line {first})",
                    "keep one of the two",
                )
            if key == "<<":
                raise self.fail(event, "a merge key '<<'", "write the values out")
            top[2] = key
            self.lines[(*top[1], key)] = line
            return
        if top is None:
            path: Path_ = ()
        elif isinstance(top[0], dict):
            path = (*top[1], top[2])
        else:
            path = (*top[1], len(top[0]))
            self.lines[path] = line
        value: Any
        if kind == "ScalarEvent":
            value = self.scalar(event)
        else:
            value = {} if kind == "MappingStartEvent" else []
            if len(self.stack) >= MAX_DEPTH:
                raise self.fail(
                    event,
                    f"nested more than {MAX_DEPTH} levels deep",
                    "no model needs so many; check the brackets and the indentation",
                )
        if top is None:
            self.root = value
        elif isinstance(top[0], dict):
            top[0][top[2]] = value
            top[2] = None
        else:
            top[0].append(value)
        if kind != "ScalarEvent":
            self.stack.append([value, path, None])

    def scalar(self, event: Any) -> Any:
        text = str(event.value)
        if event.style is not None and event.style != "":
            return text
        stripped = text.strip()
        if stripped in SCALARS:
            return SCALARS[stripped]
        if _NUMBER.fullmatch(stripped):
            try:
                return exact(stripped)
            except ValueError as error:
                raise self.fail(event, str(error)) from None
        return text


def plain_number(value: Fraction) -> int | float | str:
    """Return what YAML should hold for an exact number: integer, decimal or ``p/q``.

    Examples
    --------
    >>> plain_number(Fraction(3, 5)), plain_number(Fraction(1, 3)), plain_number(Fraction(4))
    (0.6, '1/3', 4)
    """
    if value.denominator == 1:
        return value.numerator
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    try:
        if rest == 1 and Fraction(repr(float(value))) == value:
            return float(value)
    except OverflowError:
        pass
    return exact_text(value)


def write_tree(data: dict[str, Any], source: Tree | None = None) -> str:
    """Write `data` as YAML; with `source`, keep the comments and layout of its text.

    Parameters
    ----------
    data : dict
        As in :class:`Tree`.
    source : Tree, optional
        What the data was read from; only what differs from it is changed.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    if source is not None and _same(data, source.data):
        return source.text
    writer = YAML()
    writer.width = 98
    writer.preserve_quotes = True
    writer.indent(mapping=2, sequence=4, offset=2)

    def dump(document: Any) -> str:
        buffer = io.StringIO()
        writer.dump(document, buffer)
        return buffer.getvalue()

    if source is not None:
        try:
            document = writer.load(source.text)
            _patch(document, source.data, data)
            text = dump(document)
            if _same(read_tree(text).data, data):
                return text
        except (YAMLError, ValueError, ModelError):
            pass  # the writer sees one key where we see two (`1` and `1.0`): layout is lost
    return dump(_plain(data))


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        number = plain_number(value)
        if isinstance(number, str):
            from ruamel.yaml.scalarstring import PlainScalarString  # noqa: PLC0415

            return PlainScalarString(number)
        return number
    if isinstance(value, dict):
        return {_escaped(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return _quoted(value)
    return value


def _quoted(text: str) -> Any:
    """Quote text that would be read back as a number, Boolean or nothing."""
    stripped = text.strip()
    special = {"", "~", "null", "true", "false"}
    if not text.isprintable():
        return _escaped(text)
    if _NUMBER.fullmatch(stripped) or stripped.lower() in special:
        from ruamel.yaml.scalarstring import SingleQuotedScalarString  # noqa: PLC0415

        return SingleQuotedScalarString(text)
    return text


def _escaped(text: str) -> str:
    """Write characters that a line cannot show as escapes; newlines between words may stay."""
    if text.replace("\n", "").isprintable() and text == text.strip():
        return text
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString  # noqa: PLC0415

    quoted: str = DoubleQuotedScalarString(text)
    return quoted


def _patch(document: Any, old: Any, new: Any) -> None:
    """Change `document` (round-trip data for `old`) in place so that it says `new`."""
    if isinstance(new, dict):
        written = dict(zip(old, list(document), strict=True))  # `true:` is a Boolean to the writer
        for key in [key for key in old if key not in new]:
            del document[written[key]]
        for position, (key, value) in enumerate(new.items()):
            if key not in old:
                document.insert(position, _escaped(key), _plain(value))
            elif not _same(value, old[key]):
                actual = written[key]
                if _same_kind(value, old[key]):
                    _patch(document[actual], old[key], value)
                else:
                    document[actual] = _plain(value)
    else:
        for index, value in enumerate(new):
            if index >= len(old):
                document.append(_plain(value))
            elif not _same(value, old[index]):
                if _same_kind(value, old[index]):
                    _patch(document[index], old[index], value)
                else:
                    document[index] = _plain(value)
        while len(document) > len(new):
            del document[len(document) - 1]


def _same(first: Any, second: Any) -> bool:
    """Compare trees by value, type and order: ``true`` is not 1, and options have an order."""
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(_same(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_same, first, second))
    return type(first) is type(second) and bool(first == second)


def _same_kind(first: Any, second: Any) -> bool:
    return (isinstance(first, dict) and isinstance(second, dict)) or (
        isinstance(first, list) and isinstance(second, list)
    )


def leaves(data: Any, prefix: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Yield every leaf of a tree with its path."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, (*prefix, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from leaves(value, (*prefix, index))
    else:
        yield prefix, data
