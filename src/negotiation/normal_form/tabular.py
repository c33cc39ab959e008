"""Games in tables: CSV files and pandas frames, payoffs exact.

CSV, two players
----------------
A **block** is a header row with a corner cell and the second player's strategies, and below it a
row per strategy of the first player: its name and its cells. Rows without content separate
blocks.

- *One block*: each cell has both payoffs, the row player's first, with a comma or semicolon
  between them: ``"3, 0"`` (in quotes where the comma also separates cells) or ``3; 0``. The
  corner is empty, the row player's name, or both names separated in the same way.
- *Two blocks* with the same strategies: a cell has one number; the first block holds the row
  player's payoffs and the second the column player's. Each corner is empty or its player's name.

Without a name players are "player 1" and "player 2". The number of blocks decides, nothing else.

Frames
------
- :func:`to_frame` makes a row per profile of strategies: the index has a level per player, the
  columns are the players, the entries their payoffs. Any number of players.
- :func:`from_frame` reads that (it is the form with a ``MultiIndex``) and, with a plain index,
  a payoff matrix of two players: index and columns are the strategies and the entries pairs,
  ``(3, 0)`` or ``"3, 0"``; the names of the index and of the columns are the players.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from negotiation.errors import GameError, shorten
from negotiation.exact import exact
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.normal_form.source import (
    MAX_STRATEGIES,
    PathLike,
    Source,
    Word,
    optional,
    read_source,
    unique_names,
)

__all__ = ["from_frame", "read_csv", "to_frame"]

_PAIR_REMEDY = 'write both payoffs, the row player\'s first: "3, 0" (in quotes) or 3; 0'

# -- CSV -------------------------------------------------------------------------------


def read_csv(path: PathLike, *, delimiter: str = ",") -> NormalForm:
    r"""Read a game of two players from a CSV file; the module describes the two forms.

    Parameters
    ----------
    path : str or os.PathLike
        A text file in UTF-8 of at most 64 MiB.
    delimiter : str
        What separates cells: a comma, semicolon or tab.

    Raises
    ------
    GameError
        If the file cannot be read or is no such game, with the line and column.

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
    if not isinstance(delimiter, str) or delimiter not in {",", ";", "\t"}:
        raise GameError(
            f"'{shorten(delimiter)}' is no delimiter", remedy="use a comma, semicolon or tab"
        )
    source = read_source(path)
    blocks = _blocks(source, delimiter)
    if len(blocks) > 2:
        raise source.error(
            f"{len(blocks)} blocks of rows",
            blocks[2][0][0].offset,
            "give one block with pairs of payoffs, or one block per player",
        )
    tables = [_Block(source, block) for block in blocks]
    one, two = tables[0], tables[-1]
    if len(blocks) == 2:
        names = [one.corner.text, two.corner.text]
        if one.strategies != two.strategies:
            raise source.error(
                "the second block has other strategies than the first",
                two.corner.offset,
                "use the same names in the same order in both blocks",
            )
        payoffs = [
            [[source.number(cell) for cell in row] for row in table.rows] for table in tables
        ]
    else:
        names = [part.strip() for part in re.split("[,;]", one.corner.text)]
        if len(names) > 2:
            raise source.error(
                f"{len(names)} names of players", one.corner.offset, "name two players or none"
            )
        names += [""] * (2 - len(names))
        pairs = [[_pair_of(source, cell) for cell in row] for row in one.rows]
        payoffs = [[[source.number(pair[p]) for pair in row] for row in pairs] for p in (0, 1)]
    if names[0] and names[0] == names[1]:
        raise source.error(
            f"both players are called '{shorten(names[0])}'",
            two.corner.offset,
            "give the players different names",
        )
    return NormalForm.from_arrays(
        *payoffs, players=unique_names(names, "player"), strategies=one.strategies
    )


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


def _blocks(source: Source, delimiter: str) -> list[list[list[Word]]]:
    """Return the cells, row by row, in blocks that rows without content separate."""
    mark = re.escape(delimiter)
    pattern = re.compile(
        rf'[ ]*+(?:"([^"]*+(?:""[^"]*+)*+)"[ ]*+|((?!")(?:(?!{mark})[^\r\n])*+))'
        rf"({mark}|\r\n|\n|\r|\Z)"
    )
    blocks: list[list[list[Word]]] = [[]]
    row: list[Word] = []
    place = 0
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
    return full


def _pair_of(source: Source, cell: Word) -> tuple[Word, Word]:
    """Return the two parts of a cell with both payoffs, each with its place."""
    parts = [
        Word(match[0].strip(), cell.offset + match.start())
        for match in re.finditer(r"[^,;\s][^,;]*", cell.text)
    ]
    if len(parts) != 2 or len(re.findall("[,;]", cell.text)) != 1:
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
