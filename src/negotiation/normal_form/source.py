"""Text that knows its places: what the readers of game files share.

Conventions
-----------
- A place is ``name:line:column``; lines and columns are counted from 1, columns in characters.
- A file is UTF-8, with or without a byte order mark, or UTF-16 with one. Line ends are kept as
  they are.
- Every fault of a file is a :class:`~negotiation.errors.GameError` with its place.
- Sizes are bounded before anything is built: a file by :data:`MAX_BYTES`, a game by
  :data:`MAX_PLAYERS`, :data:`MAX_STRATEGIES` per player and :data:`MAX_PAYOFFS`.
- **Payoff lists** of all formats run through the profiles with the first player's strategy
  fastest (column-major order); k players with n profiles have k n payoffs.
"""

from __future__ import annotations

import codecs
import importlib
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError, NegotiationError, shorten
from negotiation.exact import exact
from negotiation.regular_files import read_regular_file

__all__ = [
    "PathLike",
    "Source",
    "Word",
    "by",
    "column_major",
    "optional",
    "read_source",
    "unique_names",
    "words",
]

PathLike = str | os.PathLike[str]

MAX_BYTES = 64 * 2**20
MAX_PLAYERS = 32
MAX_STRATEGIES = 4096
MAX_PAYOFFS = 2_000_000
MAX_NAME = 250  # characters of a file's name in messages

_COUNT = re.compile(r"0{0,9}[1-9][0-9]{0,8}")
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Word(NamedTuple):
    """A piece of a text and the offset at which it starts."""

    text: str
    offset: int


@dataclass(frozen=True)
class Source:
    """A text to read and the name to call it by in messages.

    Parameters
    ----------
    name : str
        The file's path, or what stands for it.
    text : str
        All of it.

    Raises
    ------
    GameError
        If the text is empty or too long.

    Examples
    --------
    >>> str(Source("game.nfg", "NFG 1 R").error("no title", 4, "add one"))
    'game.nfg:1:5: no title; add one'
    """

    name: str
    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", shorten(self.name, MAX_NAME))
        if not isinstance(self.text, str):
            raise GameError(f"'{shorten(self.text)}' is no text", where=self.name)
        if len(self.text) > MAX_BYTES:
            raise _too_long(self.name)
        if not self.text or self.text.isspace():
            raise GameError("the file is empty", where=self.name, remedy="give a file with a game")

    def error(self, what: str, offset: int, remedy: str = "") -> GameError:
        """Return the error that `what` is wrong at `offset`."""
        line = self.text.count("\n", 0, offset) + 1
        column = offset - self.text.rfind("\n", 0, offset)
        return GameError(what, where=f"{self.name}:{line}:{column}", remedy=remedy)

    def count(self, word: Word, what: str, limit: int) -> int:
        """Return a word that must be a whole number from 1 to `limit`."""
        if not _COUNT.fullmatch(word.text):
            raise self.error(
                f"'{shorten(word.text)}' is no number of {what}",
                word.offset,
                "write a positive whole number",
            )
        if int(word.text) > limit:
            raise self.error(
                f"{int(word.text)} {what}", word.offset, f"at most {limit} can be read"
            )
        return int(word.text)

    def profiles(self, shape: Sequence[int], offset: int) -> int:
        """Return the number of profiles, if that many payoffs can be read."""
        profiles = math.prod(shape)
        if profiles * len(shape) > MAX_PAYOFFS:
            raise self.error(
                f"strategies {by(shape)} make {profiles * len(shape)} payoffs",
                offset,
                f"at most {MAX_PAYOFFS} can be read",
            )
        return profiles

    def number(self, word: Word) -> Fraction:
        """Return a word that must be a number, exactly."""
        try:
            return exact(word.text)
        except GameError as fault:
            raise self.error(fault.what, word.offset, fault.remedy) from None

    def numbers(self, words: Iterable[Word], shape: Sequence[int]) -> list[Fraction]:
        """Return the numbers that the words of a payoff list are, as many as there must be."""
        expected = math.prod(shape) * len(shape)
        need = f"{_players(len(shape))} with strategies {by(shape)} need {expected}"
        known: dict[str, Fraction] = {}
        found: list[Fraction] = []
        for word in words:
            value = known.get(word.text)
            if value is None:
                value = known[word.text] = self.number(word)
            if len(found) == expected:
                raise self.error(
                    f"too many payoffs: {need}", word.offset, "remove the payoffs from here on"
                )
            found.append(value)
        if len(found) < expected:
            raise self.error(
                f"too few payoffs: {len(found)} where {need}",
                len(self.text.rstrip()),
                "give every player one payoff per profile",
            )
        return found


def _too_long(name: str) -> GameError:
    return GameError(f"more than {MAX_BYTES} bytes", where=name, remedy="give a smaller file")


def _players(count: int) -> str:
    return f"{count} players" if count > 1 else "1 player"


def by(shape: Iterable[int]) -> str:
    """Return a shape in words.

    Examples
    --------
    >>> by((2, 3))
    '2 by 3'
    """
    return " by ".join(map(str, shape))


def read_source(path: PathLike, encoding: str | None = None) -> Source:
    """Read a text file: UTF-8, or UTF-16 with its byte order mark, unless told otherwise.

    Parameters
    ----------
    path : str or os.PathLike
        A regular file.
    encoding : str, optional
        A name that Python knows, such as ``"cp1252"``, for files that say nothing of their own.

    Raises
    ------
    GameError
        If it cannot be read, is empty or too long, or is no text in this encoding.
    """
    name = shorten(path, MAX_NAME)
    try:
        data = read_regular_file(path, MAX_BYTES)
    except (OSError, ValueError, TypeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else "no file"
        raise GameError(
            f"cannot be read: {reason}", where=name, remedy="give the path of a text file"
        ) from None
    if len(data) > MAX_BYTES:
        raise _too_long(name)
    if encoding is not None and not isinstance(encoding, str):
        raise GameError(
            f"'{shorten(encoding)}' is no encoding", remedy="write 'utf-8', 'cp1252'..."
        )
    named = encoding or ("utf-16" if data.startswith(_MARKS) else "utf-8")
    try:
        text = data.decode(named)
    except UnicodeDecodeError as fault:
        kind = "UTF-8" if named == "utf-8" else shorten(named)
        before = data[: fault.start].decode(named, "ignore")
        raise Source(name, before + "?").error(
            f"this is no {kind} text",
            len(before),
            "save the file as UTF-8" if kind == "UTF-8" else "name the encoding it is in",
        ) from None
    except (LookupError, TypeError, ValueError):
        raise GameError(
            f"'{shorten(encoding)}' is no encoding", remedy="write 'utf-8', 'cp1252'..."
        ) from None
    return Source(name, text.removeprefix("\ufeff"))


def unique_names(labels: Iterable[str], kind: str) -> tuple[str, ...]:
    """Return labels with the empty ones named and the repeated ones numbered.

    The first bearer of a label keeps it. An empty label at place k becomes ``kind k``, and a
    label that is taken gets the first free of `` (2)``, `` (3)``...

    Examples
    --------
    >>> unique_names(["go", "", "go"], "row")
    ('go', 'row 2', 'go (2)')
    """
    given = tuple(labels)
    taken, kept, last = {*given}, set[str](), dict[str, int]()
    names = []
    for place, label in enumerate(given, start=1):
        name = base = label or f"{kind} {place}"
        if name in kept if label else name in taken:
            number = last.get(base, 1)
            while name in taken:
                number += 1
                name = f"{base} ({number})"
            last[base] = number
        taken.add(name)
        kept.add(name)
        names.append(name)
    return tuple(names)


def column_major(values: Sequence[Fraction], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return values as an array in whose order the first axis is fastest."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array.reshape(shape, order="F")


def words(source: Source, pattern: re.Pattern[str]) -> Iterator[Word]:
    """Yield the parts of a text that match a pattern's first group."""
    for match in pattern.finditer(source.text):
        if match[1] is not None:
            yield Word(match[1], match.start(1))


def optional(module: str, extra: str) -> Any:
    """Import a package that is only needed here."""
    try:
        return importlib.import_module(module)
    except ImportError:
        package = f"'negotiation[{extra}]'" if extra else module
        raise NegotiationError(
            f"{module} is not installed", remedy=f"install it: pip install {package}"
        ) from None
