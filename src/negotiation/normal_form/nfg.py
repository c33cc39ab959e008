r"""Gambit's file format for games in normal form, ``.nfg``: read and written exactly.

The format
----------
::

    NFG 1 R "title" { "player" ... }
    { { "strategy" ... } ... }      one list per player, or old style { 2 3 }: only how many
    "comment"                       optional

followed either by the **payoffs**, profile by profile with the first player's strategy
fastest, and within a profile player by player; or by the **outcomes**, ``{ "name" payoffs }``
each, in one list, and then per profile in the same order the number of its outcome: from 1,
or 0 for the outcome that gives everybody 0.

Conventions
-----------
- White space separates and means nothing more. After ``R`` (rational) and ``D`` (decimal)
  alike, a payoff may be an integer, a decimal, one with an exponent, or a fraction ``p/q``;
  each is read exactly.
- Commas may follow the payoffs of an outcome. Among the payoffs of the payoff form they are an
  error: a comma there is a decimal comma or a slip.
- In a label ``\"`` is a quotation mark. Other backslashes stand for themselves, except that a
  row of them before a quotation mark is halved. So every label can be written.
- A comment and the names of outcomes are read and forgotten: a
  :class:`~negotiation.normal_form.game.NormalForm` has no place for them.

Source: the description of file formats in gambit's manual, https://gambitproject.readthedocs.io.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from negotiation.errors import GameError, shorten
from negotiation.exact import MAX_DIGITS, exact_text
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.normal_form.source import (
    MAX_PAYOFFS,
    MAX_PLAYERS,
    MAX_STRATEGIES,
    PathLike,
    Source,
    Word,
    by,
    column_major,
    read_source,
    unique_names,
)

__all__ = ["number_text", "parse_nfg", "read_nfg", "write_nfg"]

MAX_PLACES = 15  # decimals written out; beyond, p/q is easier to read

_TOKEN = re.compile(
    r"""\s*(?: (?P<mark>[{},])
      | "(?P<label>[^"\\]*+(?:\\.[^"\\]*+)*+)"
      | (?P<word>[^\s{},"]+)
      | (?P<open>")
      | (?P<end>\Z) )""",
    re.VERBOSE | re.DOTALL,
)


def read_nfg(path: PathLike) -> NormalForm:
    """Read a game from a ``.nfg`` file, in its payoff or its outcome form.

    Old files give no names, empty or repeated ones. A missing name becomes the default of
    :meth:`NormalForm.from_arrays` ("player 2", "row 1", "column 3", with more than two players
    "strategy 1"); the second bearer of a name gets " (2)", and so on. Other names are kept.

    Parameters
    ----------
    path : str or os.PathLike
        A text file in UTF-8 of at most 64 MiB.

    Returns
    -------
    NormalForm
        With every payoff as written, exactly.

    Raises
    ------
    GameError
        If the file cannot be read or is no such game, with the line and column: among others
        for too few or too many payoffs, unknown outcomes, more than 32 players, 4,096
        strategies of one player or 2,000,000 payoffs.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "stag.nfg"
    >>> size = path.write_text('NFG 1 R "Stag hunt" { "us" "ru" } { 2 2 } 4 4 3 0 0 3 3 3')
    >>> read_nfg(path).payoffs[0].tolist()
    [[Fraction(4, 1), Fraction(0, 1)], [Fraction(3, 1), Fraction(3, 1)]]
    """
    return _read(read_source(path))


def parse_nfg(text: str, name: str = "<text>") -> NormalForm:
    """Read a game from the text of a ``.nfg`` file.

    Parameters
    ----------
    text : str
        What the file holds.
    name : str
        What to call it in messages.

    Raises
    ------
    GameError
        As for :func:`read_nfg`.

    Examples
    --------
    >>> game = parse_nfg('NFG 1 D "" { "us" "ru" } { { "stay" "go" } 1 } 0.1 1/3 1e-2 2')
    >>> game.strategies, game.payoffs_at(("stay", 0))
    ((('stay', 'go'), ('column 1',)), (Fraction(1, 10), Fraction(1, 3)))
    >>> parse_nfg('NFG 1 R "" { "us" "ru" } { 2 1 } 3 5 0', "mine.nfg")
    Traceback (most recent call last):
    ...
    negotiation.errors.GameError: mine.nfg:1:39: too few payoffs: 3 where 2 players with \
strategies 2 by 1 need 4; give every player one payoff per profile
    """
    return _read(Source(name, text.removeprefix("\ufeff") if isinstance(text, str) else text))


def write_nfg(game: NormalForm, *, title: str | None = None) -> str:
    """Return a game as the text of a ``.nfg`` file, in the payoff form.

    :func:`parse_nfg` of the result is the game. A payoff is an integer, a decimal of at most
    15 places where it ends, else ``p/q``.

    Parameters
    ----------
    game : NormalForm
        Gambit itself reads only labels of printable ASCII characters and single spaces.
    title : str, optional
        The title in the file; by default the game's own.

    Raises
    ------
    GameError
        If a payoff takes more than 1000 characters, or the title is no text.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[1, 0.5]], [["2/3", -1]], players=["us", "ru"])
    >>> print(write_nfg(game, title="Offer"), end="")
    NFG 1 R "Offer" { "us" "ru" }
    <BLANKLINE>
    { { "row 1" }
    { "column 1" "column 2" } }
    ""
    <BLANKLINE>
    1 2/3
    0.5 -1
    """
    checked_game(game)
    if title is None:
        title = game.title
    if not isinstance(title, str):
        raise GameError(f"'{shorten(title)}' is no title", remedy="give the title as text")
    lists = "\n".join(f"{{ {' '.join(map(_quoted, own))} }}" for own in game.strategies)
    head = f"NFG 1 R {_quoted(title)} {{ {' '.join(map(_quoted, game.players))} }}"
    columns = [array.ravel(order="F").tolist() for array in game.payoffs]
    cells = [" ".join(map(number_text, cell)) for cell in zip(*columns, strict=True)]
    step = game.shape[0]
    lines = [" ".join(cells[k : k + step]) for k in range(0, len(cells), step)]
    return f'{head}\n\n{{ {lists} }}\n""\n\n' + "\n".join(lines) + "\n"


# -- reading ---------------------------------------------------------------------------


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


class _Tokens:
    """The tokens of a text, one ahead."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.matches = _TOKEN.finditer(source.text)
        self.ahead = self._next()

    def take(self) -> _Token:
        """Return the token ahead and go on to the next."""
        taken, self.ahead = self.ahead, self._next()
        return taken

    def _next(self) -> _Token:
        match = next(self.matches)
        kind = match.lastgroup
        assert kind is not None
        offset = match.start(kind) - (kind == "label")
        if kind == "open":
            raise self.source.error(
                "a label that does not end", offset, 'close it with "; write \\" for " within it'
            )
        return _Token(kind, match[kind], offset)

    def at(self, kind: str, text: str = "") -> bool:
        """Say whether the token ahead is of a kind, and if given this text."""
        return self.ahead.kind == kind and text in {"", self.ahead.text}

    def need(self, kind: str, text: str, expected: str, remedy: str = "") -> _Token:
        """Take a token that must be of a kind, and if given this text."""
        if not self.at(kind, text):
            raise self.fault(expected, remedy)
        return self.take()

    def fault(self, expected: str, remedy: str = "") -> GameError:
        """Return the error that the token ahead is not what was expected."""
        found = "the file ends" if self.at("end") else f"'{shorten(self.ahead.text)}'"
        found = f"the label {found}" if self.at("label") else found
        return self.source.error(f"{found} where {expected} must be", self.ahead.offset, remedy)

    def labels(self, whose: str) -> list[str]:
        """Take a list of labels in braces."""
        self.need("mark", "{", f"the list of {whose}", f'write {whose} as {{ "name" "name" }}')
        found = []
        while not self.at("mark", "}"):
            token = self.need("label", "", f"one of {whose}, or }}", "put labels in quotes")
            found.append(_label(token.text))
        self.take()
        return found


def _read(source: Source) -> NormalForm:
    tokens = _Tokens(source)
    if tokens.at("word", "EFG"):
        raise source.error(
            "a game in extensive form (.efg)", tokens.ahead.offset, "convert it to .nfg with gambit"
        )
    head = 'a file starts with NFG 1 R "title" { players } { strategies }'
    tokens.need("word", "NFG", "NFG", head)
    tokens.need("word", "1", "the version 1", head)
    if not tokens.at("word", "D"):
        tokens.need("word", "R", "R or D", head)
    else:
        tokens.take()
    title = _label(tokens.need("label", "", "the title in quotes", head).text)
    place = tokens.ahead.offset
    players = unique_names(tokens.labels("the players"), "player")
    if not 1 <= len(players) <= MAX_PLAYERS:
        raise source.error(
            f"{len(players)} players", place, f"from 1 to {MAX_PLAYERS} players can be read"
        )
    place = tokens.ahead.offset
    strategies = _strategies(tokens, players)
    shape = tuple(map(len, strategies))
    profiles = source.profiles(shape, place)
    if tokens.at("label"):
        tokens.take()  # the comment
    if tokens.at("mark", "{"):
        flat = _by_outcomes(tokens, len(players), profiles, shape)
    else:
        flat = source.numbers(_payoff_words(tokens), shape)
    arrays = tuple(column_major(flat[p :: len(players)], shape) for p in range(len(players)))
    return NormalForm(players, strategies, arrays, title)


def _strategies(tokens: _Tokens, players: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Take per player a list of labels, or an old file's number of strategies."""
    source = tokens.source
    start = tokens.need("mark", "{", "the strategies", "write { { names } ... } or { 2 3 }")
    kinds = ("row", "column") if len(players) == 2 else ("strategy",) * len(players)
    found: list[tuple[str, ...]] = []
    while not tokens.at("mark", "}"):
        place = tokens.ahead.offset
        if len(found) == len(players):
            raise source.error(
                f"strategies of more than {len(players)} players",
                place,
                "give one list or number of strategies per player",
            )
        if tokens.at("word"):
            token = tokens.take()
            size = source.count(Word(token.text, token.offset), "strategies", MAX_STRATEGIES)
            labels = [""] * size
        else:
            labels = tokens.labels(f"strategies of {players[len(found)]}")
            if not 1 <= len(labels) <= MAX_STRATEGIES:
                raise source.error(
                    f"{len(labels)} strategies of {players[len(found)]}",
                    place,
                    f"from 1 to {MAX_STRATEGIES} can be read",
                )
        found.append(unique_names(labels, kinds[len(found)]))
    if len(found) < len(players):
        raise source.error(
            f"strategies of {len(found)} players where there are {len(players)} players",
            start.offset,
            "give one list or number of strategies per player",
        )
    tokens.take()
    return tuple(found)


def _payoff_words(tokens: _Tokens) -> Iterator[Word]:
    """Take words to the end of the file."""
    while not tokens.at("end"):
        if tokens.at("mark", ","):
            raise tokens.fault("a payoff", "write decimals with a point; spaces separate payoffs")
        token = tokens.need("word", "", "a payoff")
        yield Word(token.text, token.offset)


def _by_outcomes(
    tokens: _Tokens, players: int, profiles: int, shape: Sequence[int]
) -> list[Fraction]:
    """Take the list of outcomes and each profile's outcome; return payoffs profile by profile."""
    source = tokens.source
    tokens.take()
    outcomes: list[list[Fraction]] = [[Fraction(0)] * players]
    while not tokens.at("mark", "}"):
        start = tokens.need("mark", "{", "an outcome, or }", 'write { "name" payoffs }')
        if len(outcomes) * players > MAX_PAYOFFS:
            raise source.error("too many outcomes", start.offset, "leave out the unused ones")
        tokens.need("label", "", "the outcome's name in quotes", 'an empty name is ""')
        values: list[Fraction] = []
        while not tokens.at("mark", "}"):
            token = tokens.need("word", "", "a payoff, or }")
            values.append(source.number(Word(token.text, token.offset)))
            if tokens.at("mark", ","):
                tokens.take()
        tokens.take()
        if len(values) != players:
            raise source.error(
                f"wrong payoff count: {len(values)} in outcome {len(outcomes)}, expected {players}",
                start.offset,
                "give an outcome one payoff per player",
            )
        outcomes.append(values)
    tokens.take()
    need = f"strategies {by(shape)} need {profiles}"
    flat: list[Fraction] = []
    while not tokens.at("end"):
        token = tokens.need("word", "", "the number of an outcome")
        index = token.text
        if not (index.isascii() and index.isdecimal()):
            raise source.error(
                f"'{shorten(index)}' is no number of an outcome",
                token.offset,
                f"write 0 or a number up to {len(outcomes) - 1} per profile",
            )
        if len(index) > 9 or int(index) >= len(outcomes):
            raise source.error(
                f"there is no outcome {shorten(index)}",
                token.offset,
                f"the outcomes are 0 (nothing to anybody) to {len(outcomes) - 1}",
            )
        if len(flat) == profiles * players:
            raise source.error(
                f"too many outcome numbers: {need}", token.offset, "remove those from here on"
            )
        flat.extend(outcomes[int(index)])
    if len(flat) < profiles * players:
        raise source.error(
            f"too few outcome numbers: {len(flat) // players} where {need}",
            len(source.text.rstrip()),
            "give every profile the number of its outcome",
        )
    return flat


# -- labels and numbers ----------------------------------------------------------------


def _label(quoted: str) -> str:
    """Return the label that stands between quotation marks."""
    return re.sub(r'(\\+)("|\Z)', lambda m: "\\" * (len(m[1]) // 2) + m[2], quoted)


def _quoted(label: str) -> str:
    """Return a label between quotation marks."""
    inner = re.sub(r'(\\*)"', r'\1\1\\"', label)
    return '"' + re.sub(r"(\\+)\Z", r"\1\1", inner) + '"'


def number_text(value: Fraction) -> str:
    """Return a payoff as text that means exactly it."""
    places = _decimal_places(value.denominator)
    if value.denominator > 1 and places is not None and places <= MAX_PLACES:
        digits = exact_text(abs(value.numerator) * (10**places // value.denominator))
        digits = digits.rjust(places + 1, "0")
        text = f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    else:
        text = exact_text(value)
    if len(text) > MAX_DIGITS and places is not None:
        text = _with_exponent(value, places)
    if len(text) > MAX_DIGITS:
        raise GameError(
            f"a payoff of {len(text)} characters", remedy=f"at most {MAX_DIGITS} can be written"
        )
    return text


def _decimal_places(denominator: int) -> int | None:
    """Return how many decimals a denominator takes, None if they do not end (or are too many)."""
    if denominator.bit_length() > 8 * MAX_DIGITS:
        return None
    twos = (denominator & -denominator).bit_length() - 1
    fives, rest = 0, denominator >> twos
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    return max(twos, fives) if rest == 1 else None


def _with_exponent(value: Fraction, places: int) -> str:
    """Return a terminating decimal with an exponent, that within the bounds of reading."""
    digits = exact_text(value.numerator * (10**places // value.denominator))
    short = digits.rstrip("0")
    power = len(digits) - len(short) - places
    if power > MAX_DIGITS:
        return f"{short}{'0' * (power - MAX_DIGITS)}e{MAX_DIGITS}"
    if power < -MAX_DIGITS:
        sign, short = ("-", short[1:]) if value < 0 else ("", short)
        after = -power - MAX_DIGITS
        short = short.rjust(after, "0")
        return f"{sign}{short[:-after]}.{short[-after:]}e-{MAX_DIGITS}"
    return f"{short}e{power}"
