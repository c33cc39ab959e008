"""Games in tables: CSV files and pandas frames, payoffs exact.

CSV, two players
----------------
A **block** is a header row with a corner cell and the second player's strategies, and below it a
row per strategy of the first player: its name and its cells. Rows without content separate
blocks; columns without content at the end of a block are left out.

- *One block*: each cell has both payoffs, the row player's first, with a comma or semicolon
  between them: ``"3, 0"`` (in quotes where the comma also separates cells) or ``3; 0``. The
  corner is empty, the row player's name, or both names separated in the same way.
- *Two blocks* with the same strategies: a cell has one number; the first block holds the row
  player's payoffs and the second the column player's. Each corner is empty or its player's name.

Without a name players are "player 1" and "player 2". The number of blocks decides, nothing else.

What separates cells, and what marks decimals
---------------------------------------------
Spreadsheets write CSV in several dialects. The delimiter is what the caller says, else what a
first line ``sep=;`` says, else the one of tab, semicolon and comma under which the file is a
game; the tab where it is one of several, and where semicolon and comma are both possible the file
is refused. The decimal mark is what the caller says; else the point where a comma is the
delimiter or some payoff has a point, and the comma where only it makes numbers of the cells. A
cell such as ``3,5`` in one block can be the pair of 3 and 5 or the number 3.5: where nothing in
the file decides, it is refused. ``3, 5`` with a space is always a pair.

Frames
------
- :func:`to_frame` makes a row per profile of strategies: the index has a level per player, the
  columns are the players, the entries their payoffs. Any number of players.
- :func:`from_frame` reads that (it is the form with a ``MultiIndex``) and, with a plain index,
  a payoff matrix of two players: index and columns are the strategies and the entries pairs,
  ``(3, 0)`` or ``"3, 0"``; the names of the index and of the columns are the players. Texts
  such as ``"3,5"``, in which the comma can be a decimal one, are refused as in files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from negotiation.errors import GameError, shorten
from negotiation.exact import exact
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.normal_form.nfg import number_text
from negotiation.normal_form.source import (
    MAX_STRATEGIES,
    PathLike,
    Source,
    Word,
    optional,
    read_source,
    unique_names,
)

__all__ = ["from_frame", "read_csv", "to_frame", "write_csv"]

_PAIR_REMEDY = 'write both payoffs, the row player\'s first: "3, 0" (in quotes) or 3; 0'

# -- CSV -------------------------------------------------------------------------------


def read_csv(
    path: PathLike,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
) -> NormalForm:
    r"""Read a game of two players from a CSV file; the module describes the two forms.

    Parameters
    ----------
    path : str or os.PathLike
        A text file of at most 64 MiB: UTF-8, or UTF-16 with its byte order mark.
    delimiter : str, optional
        What separates cells: a comma, semicolon or tab. By default the file decides.
    decimal : str, optional
        The decimal mark: a point or a comma. By default the file decides.
    encoding : str, optional
        The encoding of a file in another one, such as ``"cp1252"``.

    Raises
    ------
    GameError
        If the file cannot be read or is no such game, with the line and column; or if it is one
        in two ways that differ, such as a cell ``3,5`` that is a pair or a decimal number.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "offer.csv"
    >>> size = path.write_text('"us, ru",settle,wait\nstay,"3, 0",1; 1\ngo,"2, 2.5",0; 0')
    >>> print(read_csv(path).table())
    Payoffs: us chooses the row, ru the column
    us    settle   wait
    ----  -------  ------
    stay  3*, 0    1*, 1*
    go    2, 2.5*  0, 0
    * best reply to the others' strategies
    """
    if delimiter is not None and not (isinstance(delimiter, str) and delimiter in DELIMITERS):
        raise GameError(
            f"'{shorten(delimiter)}' is no delimiter", remedy="use a comma, semicolon or tab"
        )
    if decimal is not None and not (isinstance(decimal, str) and decimal in DECIMALS):
        raise GameError(f"'{shorten(decimal)}' is no decimal mark", remedy="use a point or a comma")
    source = read_source(path, encoding)
    start, told = _told_delimiter(source)
    delimiter = delimiter or told
    found = [
        _Table(source, start, mark, decimal)
        for mark in ([delimiter] if delimiter else [m for m in DELIMITERS if m in source.text])
    ] or [_Table(source, start, ",", decimal)]
    games = [table for table in found if table.fault is None or table.unclear]
    if len(games) > 1 and games[0].delimiter != "\t":
        raise source.error(
            "cells may be separated by semicolons or by commas",
            start,
            "say which: delimiter=';' or delimiter=','",
        )
    # Where none is a game, tell what is wrong under the delimiter that makes the widest blocks.
    return (games or [max(reversed(found), key=lambda table: table.width)])[0].game()


def write_csv(game: NormalForm, *, delimiter: str = ",") -> str:
    r"""Return a game of two players as the text of a CSV file, payoffs exact.

    :func:`read_csv` of the result is the game. It has one block with cells such as ``"3, 0"``;
    two blocks, one per player, where a player's name has a comma or semicolon.

    Parameters
    ----------
    game : NormalForm
        Of two players.
    delimiter : str
        What separates cells: a comma, semicolon or tab. Numbers have decimal points.

    Raises
    ------
    GameError
        If there are not two players, a name begins or ends with white space, or a payoff takes
        more than 1000 characters.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0.5]], [["1/3", 5]], players=["us", "ru"])
    >>> print(write_csv(game), end="")
    "us, ru",column 1,column 2
    row 1,"3, 1/3","0.5, 5"
    """
    checked_game(game)
    if not isinstance(delimiter, str) or delimiter not in DELIMITERS:
        raise GameError(
            f"'{shorten(delimiter)}' is no delimiter", remedy="use a comma, semicolon or tab"
        )
    if len(game.players) != 2:
        raise GameError(
            f"{len(game.players)} players", remedy="a CSV file holds a game of two; write .nfg"
        )
    for name in (*game.players, *game.strategies[0], *game.strategies[1]):
        if name != name.strip():
            raise GameError(
                f"the name '{shorten(name)}' begins or ends with white space",
                remedy="relabel it first",
            )
    one, two = ([[number_text(v) for v in row] for row in array] for array in game.payoffs)
    if any(mark in name for name in game.players for mark in ",;"):
        blocks = [(game.players[0], one), (game.players[1], two)]
    else:
        pairs = [
            [", ".join(pair) for pair in zip(*rows, strict=True)]
            for rows in zip(one, two, strict=True)
        ]
        blocks = [(", ".join(game.players), pairs)]
    rows, columns = game.strategies
    lines = [
        [[corner, *columns], *([row, *cells] for row, cells in zip(rows, table, strict=True))]
        for corner, table in blocks
    ]
    texts = ("".join(delimiter.join(map(_cell, line)) + "\n" for line in block) for block in lines)
    return "\n".join(texts)


def _cell(text: str) -> str:
    """Return a cell, in quotes where anything in it could mean something else."""
    if re.search(r"""[,;\t\r\n"]""", text):
        return '"' + text.replace('"', '""') + '"'
    return text


DELIMITERS = ("\t", ";", ",")
DECIMALS = (".", ",")
_NUMBER = r"[+-]?(?:[0-9]+\s*/\s*[0-9]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_POINTED = re.compile(_NUMBER)
_COMMA_OR_PAIR = re.compile(r"\s*[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?\s*")
_COMMAED = re.compile(_NUMBER.replace(r"\.", ","))


def _told_delimiter(source: Source) -> tuple[int, str | None]:
    """Return where the rows start, and the delimiter that a line ``sep=;`` before them names."""
    match = re.match(r"""\s*"?sep=([^"\r\n])"?[ ]*(?:\r\n|\n|\r|\Z)""", source.text)
    if match is None:
        return 0, None
    if match[1] not in DELIMITERS:
        raise source.error(
            f"'{shorten(match[1])}' is no delimiter",
            match.start(1),
            "use a comma, semicolon or tab",
        )
    return match.end(), match[1]


class _Table:
    """A file under one delimiter: its game, or the first fault that makes it none."""

    def __init__(self, source: Source, start: int, delimiter: str, decimal: str | None) -> None:
        self.source = source
        self.delimiter = delimiter
        self.decimal = decimal
        self.width = 0
        self.fault: GameError | None = None
        self.unclear = False  # whether the fault is that it is a game in two ways
        self.payoffs: list[Any] = []
        self.names: list[str] = []
        self.strategies: tuple[tuple[str, ...], ...] = ()
        try:
            self._read(start)
        except GameError as fault:
            self.fault = fault

    def game(self) -> NormalForm:
        """Return the game.

        Raises
        ------
        GameError
            If it is none.
        """
        if self.fault is not None:
            raise self.fault
        return NormalForm.from_arrays(
            *self.payoffs,
            players=unique_names(self.names, "player"),
            strategies=self.strategies,
        )

    def _read(self, start: int) -> None:
        source = self.source
        blocks = _blocks(source, self.delimiter, start)
        if len(blocks) > 2:
            raise source.error(
                f"{len(blocks)} blocks of rows",
                blocks[2][0][0].offset,
                "give one block with pairs of payoffs, or one block per player",
            )
        tables = [_Block(source, block) for block in blocks]
        self.width = len(blocks[0][0])
        one, two = tables[0], tables[-1]
        self.strategies = one.strategies
        if len(blocks) == 2:
            self.names = [one.corner.text, two.corner.text]
            if one.strategies != two.strategies:
                raise source.error(
                    "the second block has other strategies than the first",
                    two.corner.offset,
                    "use the same names in the same order in both blocks",
                )
        else:
            self.names = [part.strip() for part in re.split("[,;]", one.corner.text)]
            if len(self.names) > 2:
                raise source.error(
                    f"{len(self.names)} names of players",
                    one.corner.offset,
                    "name two players or none",
                )
            self.names += [""] * (2 - len(self.names))
        if self.names[0] and self.names[0] == self.names[1]:
            raise source.error(
                f"both players are called '{shorten(self.names[0])}'",
                two.corner.offset,
                "give the players different names",
            )
        cells = [cell for table in tables for row in table.rows for cell in row]
        decimal = self._decimal(cells, 3 - len(blocks))
        if len(blocks) == 2:
            self.payoffs = [
                [[_number(source, cell, decimal) for cell in row] for row in table.rows]
                for table in tables
            ]
            return
        pairs = [[_pair_of(source, cell, decimal) for cell in row] for row in one.rows]
        self.payoffs = [
            [[_number(source, pair[p], decimal) for pair in row] for row in pairs] for p in (0, 1)
        ]

    def _decimal(self, cells: Sequence[Word], each: int) -> str:
        """Return the decimal mark of cells with 1 or 2 numbers; the module says by what rule."""
        if self.decimal:
            return self.decimal
        if self.delimiter == ",":
            return "."
        counts = {mark: {_numbers_in(cell.text, mark) for cell in cells} for mark in DECIMALS}
        if each == 2 and (counts["."], counts[","]) == ({2}, {1}):
            self.unclear = True
            raise self.source.error(
                f"'{shorten(cells[0].text)}' is a pair of payoffs or a decimal number",
                cells[0].offset,
                "say which: decimal='.' for pairs, decimal=',' for numbers",
            )
        return "," if counts[","] == {each} != counts["."] else "."


def _numbers_in(text: str, decimal: str) -> int:
    """Return how many numbers a cell holds under a decimal mark: 1, 2, or 0 if it is neither."""
    parts = [part.strip() for part in re.split("[,;]" if decimal == "." else ";", text)]
    form = _POINTED if decimal == "." else _COMMAED
    return len(parts) if len(parts) <= 2 and all(map(form.fullmatch, parts)) else 0


def _number(source: Source, word: Word, decimal: str) -> Fraction:
    if decimal == "." or not _COMMAED.fullmatch(word.text):
        return source.number(word)
    return source.number(Word(word.text.replace(",", "."), word.offset))


class _Block:
    """A block of rows: its corner, the names of strategies, the cells below the header."""

    def __init__(self, source: Source, block: Sequence[Sequence[Word]]) -> None:
        header, *body = block
        self.corner = header[0]
        columns = header[1:]
        if not columns or not body:
            raise source.error(
                "a block without strategies",
                self.corner.offset,
                "give a header with the columns' names and a row per strategy below it",
            )
        for row in body:
            if len(row) != len(header):
                raise source.error(
                    f"{len(row)} cells where the header has {len(header)}",
                    row[0].offset,
                    "put a cell that has a comma in quotes" if len(row) > len(header) else "",
                )
        for labels in (columns, [row[0] for row in body]):
            if len(labels) > MAX_STRATEGIES:
                raise source.error(
                    f"{len(labels)} strategies",
                    labels[0].offset,
                    f"at most {MAX_STRATEGIES} can be read",
                )
            known = set()
            for label in labels:
                if not label.text or label.text in known:
                    raise source.error(
                        f"the name '{shorten(label.text)}' again" if label.text else "no name",
                        label.offset,
                        "give every strategy a name of its own",
                    )
                known.add(label.text)
        source.profiles((len(body), len(columns)), self.corner.offset)
        self.rows = [row[1:] for row in body]
        self.strategies = (
            tuple(row[0].text for row in body),
            tuple(label.text for label in columns),
        )


def _blocks(source: Source, delimiter: str, place: int) -> list[list[list[Word]]]:
    """Return the cells from a place on, row by row, in blocks that empty rows separate."""
    mark = re.escape(delimiter)
    pattern = re.compile(
        rf'[ ]*+(?:"([^"]*+(?:""[^"]*+)*+)"[ ]*+|((?!")(?:(?!{mark})[^\r\n])*+))'
        rf"({mark}|\r\n|\n|\r|\Z)"
    )
    blocks: list[list[list[Word]]] = [[]]
    row: list[Word] = []
    while True:
        match = pattern.match(source.text, place)
        if match is None:
            raise source.error(
                "a quoted cell that does not end, or goes on after its quotation mark",
                place,
                'put a whole cell in quotes; write "" for a quotation mark within it',
            )
        quoted = match[1] is not None
        inner = match[1].replace('""', '"') if quoted else match[2]
        start = match.start(1 if quoted else 2)
        row.append(Word(inner.strip(), start + (len(inner) - len(inner.lstrip()))))
        place = match.end()
        if match[3] != delimiter:
            if any(cell.text for cell in row):
                blocks[-1].append(row)
            elif blocks[-1]:
                blocks.append([])
            row = []
            if not match[3]:
                break
    full = [block for block in blocks if block]
    if not full:
        raise source.error("no cell has any content", 0, "give a file with a game")
    return [_without_empty_end(block) for block in full]


def _without_empty_end(block: list[list[Word]]) -> list[list[Word]]:
    """Leave out the columns at the end of a block in which no cell has any content."""
    width = max(place for row in block for place, cell in enumerate(row, start=1) if cell.text)
    return [row[:width] for row in block]


def _pair_of(source: Source, cell: Word, decimal: str) -> tuple[Word, Word]:
    """Return the two parts of a cell with both payoffs, each with its place."""
    marks = ",;" if decimal == "." else ";"
    parts = [
        Word(match[0].strip(), cell.offset + match.start())
        for match in re.finditer(rf"[^{marks}\s][^{marks}]*", cell.text)
    ]
    if len(parts) != 2 or len(re.findall(f"[{marks}]", cell.text)) != 1:
        raise source.error(
            f"'{shorten(cell.text)}' is no pair of payoffs", cell.offset, _PAIR_REMEDY
        )
    return parts[0], parts[1]


# -- pandas ----------------------------------------------------------------------------


def to_frame(game: NormalForm) -> Any:
    """Return a game as a pandas frame with a row per profile of strategies.

    Parameters
    ----------
    game : NormalForm
        With any number of players.

    Returns
    -------
    pandas.DataFrame
        The index has one level per player, the columns are the players and the entries their
        payoffs as fractions; :func:`from_frame` of it is the game.

    Raises
    ------
    NegotiationError
        If pandas is not installed (extra ``tables``).

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0]], [["1/2", 5]], players=["us", "ru"])
    >>> to_frame(game).loc[("row 1", "column 1"), "ru"]
    Fraction(1, 2)
    """
    checked_game(game)
    pandas = optional("pandas", "tables")
    index = pandas.MultiIndex.from_product(game.strategies, names=game.players)
    data = np.empty((len(index), len(game.players)), dtype=object)
    for p, array in enumerate(game.payoffs):
        data[:, p] = array.ravel()
    return pandas.DataFrame(data, index=index, columns=list(game.players))


def from_frame(frame: Any) -> NormalForm:
    """Return the game in a pandas frame; the module describes the two forms.

    Parameters
    ----------
    frame : pandas.DataFrame
        With a ``MultiIndex``: a row per profile and a column of payoffs per player. With a
        plain index: the payoff matrix of two players, entries ``(3, 0)`` or ``"3, 0"``. Labels
        that are no text are taken as text; a float means the decimal that prints as it.

    Raises
    ------
    GameError
        If it is no such frame: profiles missing or repeated, levels that do not fit the
        players, entries that are no numbers or pairs of numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> matrix = pd.DataFrame([["3, 0", "1, 1"]], index=["stay"], columns=["settle", "wait"])
    >>> from_frame(matrix).payoffs_at(("stay", "wait"))
    (Fraction(1, 1), Fraction(1, 1))
    """
    pandas = optional("pandas", "tables")
    if not isinstance(frame, pandas.DataFrame):
        raise GameError(f"'{shorten(frame)}' is no pandas frame", remedy="give a pandas.DataFrame")
    if isinstance(frame.columns, pandas.MultiIndex):
        raise GameError(
            "columns of several levels", where="frame", remedy="give the columns one level"
        )
    if frame.empty:
        raise GameError("an empty frame", where="frame", remedy="give a frame with payoffs")
    columns = [str(label) for label in frame.columns]
    if isinstance(frame.index, pandas.MultiIndex):
        return _from_profiles(frame, columns)
    names = [_name(frame.index.name), _name(frame.columns.name)]
    cells = frame.to_numpy(dtype=object)
    texts = [value for value in cells.flat if isinstance(value, str)]
    if texts and all(map(_COMMA_OR_PAIR.fullmatch, texts)):
        raise GameError(
            f"'{shorten(texts[0])}' is a pair of payoffs or a decimal number",
            where="frame",
            remedy='write pairs as (3, 5) or "3, 5" with a space',
        )
    payoffs = [np.empty(cells.shape, dtype=object) for _ in names]
    for place, value in np.ndenumerate(cells):
        where = f"frame, {shorten(frame.index[place[0]])}/{shorten(columns[place[1]])}"
        parts = re.split("[,;]", value) if isinstance(value, str) else value
        if not isinstance(parts, tuple | list | np.ndarray) or len(parts) != 2:
            raise GameError(
                f"'{shorten(value)}' is no pair of payoffs",
                where=where,
                remedy='write (3, 0) or "3, 0", the row player\'s first',
            )
        for array, part in zip(payoffs, parts, strict=True):
            array[place] = exact(part, where=where)
    return NormalForm.from_arrays(
        *payoffs,
        players=unique_names(names, "player") if names[0] != names[1] or not names[0] else names,
        strategies=([str(label) for label in frame.index], columns),
    )


def _from_profiles(frame: Any, players: list[str]) -> NormalForm:
    """Return the game in a frame with a row per profile."""
    if frame.index.nlevels != len(players):
        raise GameError(
            f"{frame.index.nlevels} index levels for {len(players)} columns",
            where="frame",
            remedy="give one index level and one column per player",
        )
    if len(set(players)) < len(players):
        raise GameError("repeated columns", where="frame", remedy="name every player once")
    levels = [_name(name) for name in frame.index.names]
    if any(level not in {"", player} for level, player in zip(levels, players, strict=True)):
        raise GameError(
            f"index levels {', '.join(levels)} for columns {', '.join(players)}",
            where="frame",
            remedy="name the index levels as the columns, in the same order",
        )
    profiles = [tuple(map(str, profile)) for profile in frame.index]
    if len(set(profiles)) < len(profiles):
        raise GameError("repeated profiles", where="frame", remedy="give every profile one row")
    strategies = [tuple(dict.fromkeys(own)) for own in zip(*profiles, strict=True)]
    rows = frame.to_numpy(dtype=object).tolist()
    return NormalForm.from_table(
        dict(zip(players, strategies, strict=True)), dict(zip(profiles, rows, strict=True))
    )


def _name(name: object) -> str:
    return "" if name is None else str(name)
