"""Games from and to other tools: .nfg, .gam, CSV, pandas frames, nashpy and gambit.

Every reader keeps payoffs exact: 0.1 is 1/10 and 2/3 two thirds. A fault of a file is a
:class:`~negotiation.errors.GameError` with its line and column.

``.nfg`` is described in :mod:`negotiation.normal_form.nfg`; CSV files and frames are in
:mod:`negotiation.normal_form.tabular`.

The .gam format (GameTracer, GAMUT)
-----------------------------------
Numbers separated by white space: how many players, how many strategies each of them has, then
all payoffs of the first player, all of the second, and so on, each player's with the first
player's strategy fastest. A ``#`` starts a comment that ends with its line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from negotiation.errors import GameError, printable
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.normal_form.nfg import number_text, parse_nfg, read_nfg, write_nfg
from negotiation.normal_form.source import (
    MAX_PLAYERS,
    MAX_STRATEGIES,
    PathLike,
    Word,
    column_major,
    optional,
    read_source,
    unique_names,
    words,
)
from negotiation.normal_form.tabular import from_frame, read_csv, to_frame, write_csv

__all__ = [
    "from_frame",
    "parse_nfg",
    "read_csv",
    "read_gam",
    "read_nfg",
    "to_frame",
    "to_nashpy",
    "to_pygambit",
    "write_csv",
    "write_gam",
    "write_nfg",
]

_GAM = re.compile(r"#[^\n]*|([^\s#]+)")


def read_gam(path: PathLike) -> NormalForm:
    r"""Read a game from a ``.gam`` file; players and strategies get default names.

    Parameters
    ----------
    path : str or os.PathLike
        A text file in UTF-8 of at most 64 MiB.

    Raises
    ------
    GameError
        If the file cannot be read or is no such game, with the line and column: among others
        for too few or too many payoffs.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "small.gam"
    >>> size = path.write_text("2\n2 3\n 1 2 3 4 5 6  0 0.5 0 0 0 1/3")
    >>> read_gam(path).payoffs_at(("row 2", "column 1"))
    (Fraction(2, 1), Fraction(1, 2))
    """
    source = read_source(path)
    numbers = words(source, _GAM)
    end = Word("", len(source.text.rstrip()))

    def head(what: str, limit: int) -> tuple[Word, int]:
        word = next(numbers, end)
        if word is end:
            raise source.error(
                f"the file ends where the number of {what} must be",
                end.offset,
                "start with the number of players and each player's number of strategies",
            )
        return word, source.count(word, what, limit)

    first, players = head("players", MAX_PLAYERS)
    shape = tuple(head(f"strategies of player {k + 1}", MAX_STRATEGIES)[1] for k in range(players))
    size = source.profiles(shape, first.offset)
    flat = source.numbers(numbers, shape)
    blocks = (flat[k * size : (k + 1) * size] for k in range(players))
    return NormalForm.from_arrays(*(column_major(block, shape) for block in blocks))


def write_gam(game: NormalForm) -> str:
    r"""Return a game as the text of a ``.gam`` file, payoffs exact; it has no place for names.

    :func:`read_gam` of the result is the game under default names. Players' and strategies' names
    are lost.

    Parameters
    ----------
    game : NormalForm
        With any number of players.

    Raises
    ------
    GameError
        If a payoff takes more than 1000 characters.

    Examples
    --------
    >>> print(write_gam(NormalForm.from_arrays([[1, 0.5]], [["2/3", -1]])), end="")
    2
    1 2
    <BLANKLINE>
    1 0.5
    2/3 -1
    """
    checked_game(game)
    lines = [str(len(game.players)), " ".join(map(str, game.shape)), ""]
    lines += [" ".join(map(number_text, array.ravel(order="F"))) for array in game.payoffs]
    return "\n".join(lines) + "\n"


# -- other packages --------------------------------------------------------------------


def to_nashpy(game: NormalForm) -> Any:
    """Return a game of two players as a ``nashpy.Game``, with payoffs rounded to floats.

    Raises
    ------
    GameError
        If there are not two players, or a payoff is beyond the range of floats.

    Examples
    --------
    >>> to_nashpy(NormalForm.from_arrays([["1/2", 0]], [[3, 5]])).payoff_matrices[0]
    array([[0.5, 0. ]])
    """
    checked_game(game)
    if len(game.players) != 2:
        raise GameError(
            f"{len(game.players)} players", remedy="nashpy takes games of exactly two players"
        )
    try:
        one, two = (array.astype(np.float64) for array in game.payoffs)
    except OverflowError:
        raise GameError(
            "a payoff beyond the range of floats", remedy="rescale the payoffs first"
        ) from None
    return optional("nashpy", "").Game(one, two)


def to_pygambit(game: NormalForm) -> Any:
    r"""Return a game as a ``pygambit.Game``, with exact payoffs and the game's names.

    Gambit's labels are printable ASCII characters and single spaces: other characters become
    escapes such as ``\xfc``, other white space single spaces, and names that then agree are
    numbered. Players and strategies keep their order.

    Raises
    ------
    NegotiationError
        If pygambit is not installed (extra ``oracles``).

    Examples
    --------
    ::

        peer = to_pygambit(NormalForm.from_arrays([["1/3", 0]], [[3, 5]]))
        pygambit.nash.enummixed_solve(peer)
    """
    checked_game(game)
    gambit = optional("pygambit", "oracles")
    exactly = np.vectorize(
        lambda value: gambit.Rational(value.numerator, value.denominator), otypes=[object]
    )
    peer = gambit.Game.from_arrays(*(exactly(array) for array in game.payoffs))
    _label(list(peer.players), game.players)
    for player, names in zip(list(peer.players), game.strategies, strict=True):
        _label(list(player.strategies), names)
    return peer


def _label(owners: list[Any], names: Sequence[str]) -> None:
    """Label gambit's objects; by way of other labels, as no two may agree in between."""
    plain = (printable(name.encode("ascii", "backslashreplace").decode()) for name in names)
    labels = unique_names((" ".join(name.split()) for name in plain), "name")
    free = "_" * (1 + max(map(len, labels)))
    for k, owner in enumerate(owners):
        owner.label = f"{free}{k}"
    for owner, label in zip(owners, labels, strict=True):
        owner.label = label
