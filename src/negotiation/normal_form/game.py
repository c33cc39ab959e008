"""Games in normal form: who plays, what each can do, what each gets. Exact.

Conventions
-----------
- A game has players 0..n-1 with names, and each player has named strategies.
- ``payoffs[p]`` is player p's payoff array and **axis k is player k's strategy, for every
  player p**. With two players, ``payoffs[0][i, j]`` and ``payoffs[1][i, j]`` are what the
  two get when the first plays its strategy i and the second its strategy j.
- Payoffs are fractions. A float means the shortest decimal that prints as it: 0.1 is 1/10.
- A player, and a strategy of a player, is given by name or by index from 0.
- Objects are immutable, hashable and picklable; every change makes a new game.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError, UnknownNameError, shorten
from negotiation.exact import (
    IntArray,
    common_denominator,
    exact,
    exact_array,
    integer_array,
    is_integer,
    listed,
    read_only,
    show,
)
from negotiation.results import Table

__all__ = ["NormalForm", "PureProfile", "checked_call", "checked_flag", "checked_game"]

MAX_PLAYERS = 32
"""Axes that an array may have in every version of numpy in use."""

PureProfile = Sequence[str | int] | Mapping[str, str | int]
"""One strategy per player, by name or index: in player order, or by player name."""


def profile_name(names: Iterable[str]) -> str:
    r"""Return the name of a profile of strategies: their names joined by ``/``.

    Different profiles have different names: a ``/`` or a backslash inside the name of a strategy
    gets a backslash before it.

    Examples
    --------
    >>> print(profile_name(("stay", "go")), profile_name(("yes/no", "go")))
    stay/go yes\/no/go
    """
    return "/".join(name.replace("\\", r"\\").replace("/", r"\/") for name in names)


@dataclass(frozen=True, eq=False, repr=False)
class NormalForm:
    """A finite game in normal form with exact payoffs.

    Use :meth:`from_arrays` or :meth:`from_table`; the bare constructor takes the three
    fields as they are and validates them in the same way.

    Parameters
    ----------
    players : tuple of str
        Distinct names, in the order of the axes.
    strategies : tuple of tuple of str
        Per player the distinct names of its strategies, in the order of its axis.
    payoffs : tuple of numpy.ndarray
        Per player a read-only object array of fractions of shape :attr:`shape`.
    title : str
        What the game is called; one line of text, possibly empty. Games that differ in
        nothing else are equal.

    Raises
    ------
    GameError
        If names are repeated or missing, shapes disagree or an entry is no finite number.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> game.shape, game.payoff("player 1", ("row 2", "column 1"))
    ((2, 2), Fraction(5, 1))
    """

    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    payoffs: tuple[NDArray[Any], ...]
    title: str = ""

    def __post_init__(self) -> None:
        players = _labels(self.players, "the players")
        strategies = _strategy_names(players, self.strategies)
        arrays = listed(self.payoffs)
        if arrays is None or len(arrays) != len(players):
            count = "no list of" if arrays is None else len(arrays)
            raise GameError(
                f"{count} payoff arrays for {len(players)} players",
                remedy="give one payoff array per player, all of the same shape",
            )
        payoffs = tuple(
            _payoff_array(values, f"payoffs of {name}")
            for name, values in zip(players, arrays, strict=True)
        )
        self._set(players, strategies, payoffs, self.title)

    def _set(
        self,
        players: tuple[str, ...],
        strategies: tuple[tuple[str, ...], ...],
        payoffs: tuple[NDArray[Any], ...],
        title: str,
    ) -> None:
        """Take names and arrays that are each well-formed, if they fit together."""
        if not players:
            raise GameError("a game without players", remedy="name at least one player")
        shape = tuple(len(names) for names in strategies)
        for name, array in zip(players, payoffs, strict=True):
            if array.shape != shape:
                raise GameError(
                    f"shape {_by(array.shape)} where the strategies make {_by(shape)}",
                    where=f"payoffs of {name}",
                    remedy="axis k is player k's strategy in every player's payoffs",
                )
        if not isinstance(title, str):
            raise GameError(f"'{shorten(title)}' is no title", remedy="give the title as text")
        object.__setattr__(self, "players", players)
        object.__setattr__(self, "strategies", strategies)
        object.__setattr__(self, "payoffs", tuple(map(read_only, payoffs)))
        object.__setattr__(self, "title", title)

    @classmethod
    def _checked(
        cls,
        players: tuple[str, ...],
        strategies: tuple[tuple[str, ...], ...],
        payoffs: Sequence[NDArray[Any]],
        title: str,
    ) -> NormalForm:
        """Build a game from checked names and arrays of fractions that nobody else holds."""
        game = object.__new__(cls)
        game._set(players, strategies, tuple(payoffs), title)
        return game

    # -- constructors ------------------------------------------------------------------

    @classmethod
    def from_arrays(
        cls,
        *payoffs: object,
        players: Sequence[str] | None = None,
        strategies: Sequence[Sequence[str]] | None = None,
        title: str = "",
    ) -> NormalForm:
        """Build a game from one payoff array per player.

        Parameters
        ----------
        *payoffs : array-like
            One per player, all of the same shape, with one axis per player: axis k is
            player k's strategy.
        players : sequence of str, optional
            Default "player 1", "player 2", ...
        strategies : sequence of sequences of str, optional
            One list of names per player. Default "row 1", ... and "column 1", ... with two
            players, "strategy 1", ... otherwise.
        title : str
            What the game is called.

        Raises
        ------
        GameError
            If the arrays are ragged or disagree in shape, if an entry is no finite number,
            or if there are too few, too many or repeated names.

        Examples
        --------
        >>> game = NormalForm.from_arrays([[0.1, 0]], [["1/3", 2]], players=["us", "ru"])
        >>> game.payoffs_at(("row 1", "column 1"))
        (Fraction(1, 10), Fraction(1, 3))
        """
        if not payoffs:
            raise GameError("no payoff arrays", remedy="give one payoff array per player")
        count = len(payoffs)
        names = _player_names(count) if players is None else _labels(players, "the players")
        if len(names) != count:
            raise GameError(
                f"{len(names)} player names for {count} payoff arrays",
                remedy="give one name and one payoff array per player",
            )
        arrays = tuple(
            _payoff_array(values, f"payoffs of {name}")
            for name, values in zip(names, payoffs, strict=True)
        )
        for name, array in zip(names, arrays, strict=True):
            if array.ndim != count:
                raise GameError(
                    f"{array.ndim} dimensions for {count} players",
                    where=f"payoffs of {name}",
                    remedy="give one payoff array per player, each with one axis per player",
                )
            if array.shape != arrays[0].shape:
                raise GameError(
                    f"shape {_by(array.shape)} differs from {_by(arrays[0].shape)}, "
                    f"the shape of {names[0]}'s payoffs",
                    where=f"payoffs of {name}",
                    remedy="axis k is player k's strategy in every player's payoffs",
                )
        shape = arrays[0].shape
        own = _default_names(shape) if strategies is None else _strategy_names(names, strategies)
        return cls._checked(names, own, arrays, title)

    @classmethod
    def from_table(
        cls,
        players: Mapping[str, Sequence[str]],
        table: Mapping[tuple[str, ...], Sequence[object]],
        *,
        title: str = "",
    ) -> NormalForm:
        """Build a game from a table with one row of payoffs per profile of strategies.

        Parameters
        ----------
        players : mapping of str to sequence of str
            Each player's strategies; the order is the order of the axes.
        table : mapping of tuple of str to sequence of numbers
            For every profile, strategies in player order, the payoffs in player order.
        title : str
            What the game is called.

        Raises
        ------
        GameError
            If profiles are missing, or a row has the wrong number of strategies or payoffs.
        UnknownNameError
            If a row names a strategy that its player does not have.

        Examples
        --------
        >>> game = NormalForm.from_table(
        ...     {"us": ("stay", "go"), "ru": ("settle",)},
        ...     {("stay", "settle"): (1, 0.5), ("go", "settle"): (0, 2)},
        ... )
        >>> game.payoff("ru", ("stay", "settle"))
        Fraction(1, 2)
        """
        if not isinstance(players, Mapping) or not isinstance(table, Mapping):
            raise GameError(
                "players and table must be mappings",
                remedy='write {"us": ("stay", "go"), ...} and {("stay", ...): (1, ...), ...}',
            )
        names = _labels(tuple(players), "the players")
        strategies = _strategy_names(names, tuple(players.values()))
        shape = tuple(len(own) for own in strategies)
        count = len(names)
        if count > MAX_PLAYERS:
            raise GameError(
                f"{count} players", remedy=f"payoff arrays have at most {MAX_PLAYERS} axes"
            )
        size = math.prod(shape)
        if size > 2 * len(table) + 10**6:  # do not make room for what is not there
            raise GameError(
                f"{len(table)} rows for {size:,} profiles",
                remedy="give a row of payoffs for every profile",
            )
        arrays = [np.empty(shape, dtype=object) for _ in names]
        places = [{name: i for i, name in enumerate(own)} for own in strategies]
        for profile, values in table.items():
            where = f"profile {shorten(profile)}"
            if not isinstance(profile, tuple) or len(profile) != count:
                raise GameError(
                    f"no tuple of {count} strategies", where=where, remedy="one per player"
                )
            place = tuple(
                known[name]
                if name in known
                else _find("strategy", name, own, where=f"{where}, {player}")
                for player, name, own, known in zip(names, profile, strategies, places, strict=True)
            )
            own_values = listed(values)
            if own_values is None or len(own_values) != count:
                raise GameError(
                    f"'{shorten(values)}' is no list of {count} payoffs",
                    where=where,
                    remedy="give one payoff per player, in player order",
                )
            for player, array, value in zip(names, arrays, own_values, strict=True):
                array[place] = exact(value, where=f"{where}, payoff of {player}")
        missing = [place for place in np.ndindex(*shape) if names and arrays[0][place] is None]
        if missing:
            first = "/".join(own[i] for own, i in zip(strategies, missing[0], strict=True))
            raise GameError(
                f"{len(missing)} of {len(missing) + len(table)} profiles have no payoffs, "
                f"the first is {first}",
                remedy="give a row of payoffs for every profile",
            )
        return cls._checked(names, strategies, arrays, title)

    # -- reading -----------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of strategies of each player."""
        return tuple(len(names) for names in self.strategies)

    def player_index(self, player: str | int) -> int:
        """Return the index of a player given by name or index.

        Raises
        ------
        UnknownNameError
            If there is no such player.
        """
        return _find("player", player, self.players)

    def strategy_index(self, player: str | int, name: str | int) -> int:
        """Return the index of a player's strategy given by name or index.

        Raises
        ------
        UnknownNameError
            If the player has no such strategy.

        Examples
        --------
        >>> NormalForm.from_arrays([[3, 0]], [[3, 5]]).strategy_index("player 2", "column 2")
        1
        """
        p = self.player_index(player)
        return _find("strategy", name, self.strategies[p], where=self.players[p])

    def profile_index(self, profile: PureProfile) -> tuple[int, ...]:
        """Return the indices of a profile of pure strategies.

        Raises
        ------
        GameError
            If it does not give exactly one strategy per player.
        UnknownNameError
            If a player or strategy does not exist.
        """
        chosen: list[Any] | None
        if isinstance(profile, Mapping):
            for name in profile:
                self.player_index(name)
            chosen = [profile[name] for name in self.players if name in profile]
        else:
            chosen = listed(profile)
        if chosen is None or len(chosen) != len(self.players):
            raise GameError(
                f"'{shorten(profile)}' is no profile of {len(self.players)} strategies",
                remedy="give one strategy per player, in player order: " + ", ".join(self.players),
            )
        return tuple(self.strategy_index(p, name) for p, name in enumerate(chosen))

    def payoff(self, player: str | int, profile: PureProfile) -> Fraction:
        """Return what `player` gets at a profile of pure strategies.

        Raises
        ------
        GameError, UnknownNameError
            If the profile or a name in it does not exist.
        """
        value: Fraction = self.payoffs[self.player_index(player)][self.profile_index(profile)]
        return value

    def payoffs_at(self, profile: PureProfile) -> tuple[Fraction, ...]:
        """Return what every player gets at a profile of pure strategies, in player order."""
        place = self.profile_index(profile)
        return tuple(array[place] for array in self.payoffs)

    def words(
        self, player: str | int, strategy: Sequence[Fraction], *, fractions: bool = False
    ) -> str:
        """Return a mixed strategy in words: "settle", or "0.6 fight + 0.4 settle"."""
        names = self.strategies[self.player_index(player)]
        weights = listed(strategy)
        if weights is None or len(weights) != len(names):
            raise GameError(
                f"'{shorten(strategy)}' is no mixed strategy over {len(names)} strategies",
                remedy="give one probability per strategy",
            )
        used = [(name, weight) for name, weight in zip(names, weights, strict=True) if weight]
        if len(used) == 1:
            return used[0][0]
        return " + ".join(f"{show(weight, fractions=fractions)} {name}" for name, weight in used)

    def names(self, profile: Iterable[int]) -> tuple[str, ...]:
        """Return the strategy names of a profile of indices."""
        return tuple(own[i] for own, i in zip(self.strategies, profile, strict=True))

    @cached_property
    def scaled(self) -> tuple[tuple[IntArray, int], ...]:
        """Per player the payoffs as integers and the common denominator they are over.

        Examples
        --------
        >>> array, denominator = NormalForm.from_arrays([["1/2", "1/3"]], [[0, 0]]).scaled[0]
        >>> array.tolist(), denominator
        ([[3, 2]], 6)
        """
        denominators = [common_denominator(array.ravel()) for array in self.payoffs]
        return tuple(
            (integer_array(array, denominator), denominator)
            for array, denominator in zip(self.payoffs, denominators, strict=True)
        )

    # -- new games from old ------------------------------------------------------------

    def rescale(self, player: str | int, factor: object = 1, shift: object = 0) -> NormalForm:
        """Return the game with one player's payoffs times `factor` plus `shift`.

        The factor must be positive: the new game then has the same equilibria.

        Examples
        --------
        >>> NormalForm.from_arrays([[1, 2]], [[0, 0]]).rescale(0, 10, -5).payoffs[0].tolist()
        [[Fraction(5, 1), Fraction(15, 1)]]
        """
        p = self.player_index(player)
        times, plus = exact(factor, where="factor"), exact(shift, where="shift")
        if times <= 0:
            raise GameError(
                f"factor {show(times)} is not positive",
                remedy="only a positive factor keeps the preferences",
            )
        payoffs = list(self.payoffs)
        payoffs[p] = payoffs[p] * times + plus
        return self._checked(self.players, self.strategies, payoffs, self.title)

    def relabel(
        self,
        players: Mapping[str, str] | None = None,
        strategies: Mapping[str, Mapping[str, str]] | None = None,
    ) -> NormalForm:
        """Return the game with new names.

        Parameters
        ----------
        players : mapping of str to str, optional
            New names of players, by old name.
        strategies : mapping of str to mapping of str to str, optional
            Per player, by its old name, new names of strategies by old name.

        Examples
        --------
        >>> game = NormalForm.from_arrays([[1, 2]], [[0, 0]])
        >>> game.relabel({"player 1": "us"}, {"player 1": {"row 1": "stay"}}).strategies
        (('stay',), ('column 1', 'column 2'))
        """
        renamed = dict(enumerate(self.players))
        own = [list(names) for names in self.strategies]
        for old, new in _pairs({} if players is None else players):
            renamed[self.player_index(old)] = new
        for player, names in _pairs({} if strategies is None else strategies):
            p = self.player_index(player)
            for old, new in _pairs(names):
                own[p][self.strategy_index(p, old)] = new
        new_names = _labels(renamed.values(), "the players")
        return self._checked(new_names, _strategy_names(new_names, own), self.payoffs, self.title)

    def restrict(self, strategies: Mapping[str, Sequence[str | int]]) -> NormalForm:
        """Return the game in which the players named keep only these strategies, in this order.

        Examples
        --------
        >>> NormalForm.from_arrays([[1, 2]], [[0, 3]]).restrict({"player 2": [1]}).shape
        (1, 1)
        """
        kept = [list(range(size)) for size in self.shape]
        for player, names in _pairs(strategies):
            p = self.player_index(player)
            if (chosen := listed(names)) is None:
                raise GameError(f"'{shorten(names)}' is no list of names", where=self.players[p])
            kept[p] = [self.strategy_index(p, name) for name in chosen]
        own = [[names[i] for i in keep] for names, keep in zip(self.strategies, kept, strict=True)]
        grid = np.ix_(*kept)
        return self._checked(
            self.players,
            _strategy_names(self.players, own),
            [array[grid] for array in self.payoffs],
            self.title,
        )

    def permute(self, player: str | int, order: Sequence[str | int]) -> NormalForm:
        """Return the game with one player's strategies in another `order`.

        Raises
        ------
        GameError
            If `order` does not list every strategy exactly once.
        """
        p = self.player_index(player)
        places = [self.strategy_index(p, name) for name in listed(order) or ()]
        if sorted(places) != list(range(self.shape[p])):
            raise GameError(
                f"'{shorten(order)}' does not list every strategy once",
                where=self.players[p],
                remedy="order all of: " + ", ".join(self.strategies[p]),
            )
        return self.restrict({self.players[p]: places})

    def swap_players(self, first: str | int = 0, second: str | int = 1) -> NormalForm:
        """Return the same game with two players, and their axes, in each other's place.

        Examples
        --------
        >>> NormalForm.from_arrays([[1, 2]], [[3, 4]]).swap_players().payoffs[0].tolist()
        [[Fraction(3, 1)], [Fraction(4, 1)]]
        """
        a, b = self.player_index(first), self.player_index(second)
        order = list(range(len(self.players)))
        order[a], order[b] = b, a
        return self._checked(
            tuple(self.players[k] for k in order),
            tuple(self.strategies[k] for k in order),
            [self.payoffs[k].swapaxes(a, b) for k in order],
            self.title,
        )

    # -- showing -----------------------------------------------------------------------

    def table(self, *, fractions: bool = False) -> Table:
        """Return the payoffs as a table; a payoff with ``*`` is a best reply.

        With two players it is the payoff matrix, each cell with the row player's payoff
        first; otherwise there is one row per profile. A profile in which every payoff is
        marked is a pure equilibrium.

        Parameters
        ----------
        fractions : bool
            Write payoffs exactly rather than with four digits.

        Examples
        --------
        >>> print(NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]]).table())
        Payoffs: player 1 chooses the row, player 2 the column
        player 1  column 1  column 2
        --------  --------  --------
        row 1     3, 3      0, 5*
        row 2     5*, 0     1*, 1*
        * best reply to the others' strategies
        """
        marked = []
        for p, array in enumerate(self.payoffs):
            texts = np.empty(self.shape, dtype=object)
            best = array == array.max(axis=p, keepdims=True)
            for place, value in np.ndenumerate(array):
                star = "*" if best[place] else ""
                texts[place] = show(value, fractions=fractions) + star
            marked.append(texts)
        notes = ["* best reply to the others' strategies"]
        if len(self.players) == 2:
            one, two = self.players
            rows = [
                [name, *(f"{marked[0][i, j]}, {marked[1][i, j]}" for j in range(self.shape[1]))]
                for i, name in enumerate(self.strategies[0])
            ]
            title = f"{self.title or 'Payoffs'}: {one} chooses the row, {two} the column"
            return Table(title, [one, *self.strategies[1]], rows, notes, name="payoffs")
        rows = [
            [*self.names(place), *(texts[place] for texts in marked)]
            for place in itertools.product(*map(range, self.shape))
        ]
        heads = [*self.players, *(f"payoff of {name}" for name in self.players)]
        return Table(self.title or "Payoffs", heads, rows, notes, name="payoffs")

    def __str__(self) -> str:
        return self.table().as_text()

    def _repr_html_(self) -> str:
        return self.table().as_html()

    def __repr__(self) -> str:
        return f"NormalForm(players={self.players!r}, shape={self.shape!r})"

    # -- other forms -------------------------------------------------------------------

    def to_nfg(self, *, title: str | None = None) -> str:
        """Return the game as ``.nfg`` text; see :func:`~.formats.write_nfg`."""
        from negotiation.normal_form.formats import write_nfg  # noqa: PLC0415  it imports us

        return write_nfg(self, title=title)

    def to_latex(self, *, fractions: bool = False) -> str:
        r"""Return the payoff table in LaTeX; see :meth:`Table.as_latex`.

        Examples
        --------
        >>> game = NormalForm.from_arrays([[3, "1/3"]], [[3, 5]], players=["us", "R&D"])
        >>> print(game.to_latex(fractions=True).splitlines()[7])
        row 1 & 3*, 3 & 1/3*, 5* \\
        """
        return self.table(fractions=fractions).as_latex(exact=fractions)

    def to_nashpy(self) -> Any:
        """Return the game as a ``nashpy.Game``, in floats; see :func:`~.formats.to_nashpy`."""
        from negotiation.normal_form.formats import to_nashpy  # noqa: PLC0415  it imports us

        return to_nashpy(self)

    def to_pygambit(self) -> Any:
        """Return the game as a ``pygambit.Game``; see :func:`~.formats.to_pygambit`."""
        from negotiation.normal_form.formats import to_pygambit  # noqa: PLC0415  it imports us

        return to_pygambit(self)

    def to_frame(self) -> Any:
        """Return the game as a pandas frame; see :func:`~.formats.to_frame`."""
        from negotiation.normal_form.formats import to_frame  # noqa: PLC0415  it imports us

        return to_frame(self)

    # -- identity ----------------------------------------------------------------------

    @cached_property
    def _key(self) -> tuple[object, ...]:
        values = tuple(tuple(array.ravel()) for array in self.payoffs)
        return (self.players, self.strategies, values)

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, NormalForm) else NotImplemented

    @cached_property
    def _hash(self) -> int:
        return hash(self._key)

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        return (NormalForm, (self.players, self.strategies, self.payoffs, self.title))


def checked_game(game: object) -> None:
    """Refuse what is no :class:`NormalForm`; the first step of every function that takes one."""
    if not isinstance(game, NormalForm):
        raise GameError(
            f"'{shorten(game)}' is no game in normal form",
            where="game",
            remedy="build one with NormalForm.from_arrays",
        )


def checked_flag(value: object, where: str) -> None:
    """Refuse an option that is neither True nor False."""
    if not isinstance(value, (bool, np.bool_)):
        raise GameError(
            f"'{shorten(value)}' is no truth value", where=where, remedy="True or False"
        )


def checked_call(value: object, where: str) -> None:
    """Refuse an option that is neither None nor a function."""
    if value is not None and not callable(value):
        raise GameError(
            f"'{shorten(value)}' cannot be called", where=where, remedy="give a function, or None"
        )


def _pairs(names: Any) -> Iterable[tuple[Any, Any]]:
    """Return what a mapping maps to what."""
    if not isinstance(names, Mapping):
        raise GameError(
            f"'{shorten(names)}' is no mapping from names", remedy='write {"player 1": ...}'
        )
    return names.items()


def _by(shape: tuple[int, ...]) -> str:
    return " by ".join(map(str, shape)) if shape else "of a single number"


def _labels(names: object, what: str) -> tuple[str, ...]:
    """Check that `names` are distinct non-empty strings."""
    labels = listed(names)
    if labels is None:
        raise GameError(
            f"'{shorten(names)}' is no list of names", where=what, remedy='write ["us", "ru"]'
        )
    for label in labels:
        if not isinstance(label, str) or not label:
            raise GameError(
                f"'{shorten(label)}' is no name", where=what, remedy="names are non-empty text"
            )
    repeated = sorted(label for label, count in Counter(labels).items() if count > 1)
    if repeated:
        raise GameError(
            "repeated names: " + ", ".join(repeated), where=what, remedy="use every name once"
        )
    return tuple(map(str, labels))


@lru_cache(maxsize=64)
def _player_names(count: int) -> tuple[str, ...]:
    return tuple(f"player {k + 1}" for k in range(count))


@lru_cache(maxsize=256)
def _default_names(shape: tuple[int, ...]) -> tuple[tuple[str, ...], ...]:
    kinds = ("row", "column") if len(shape) == 2 else ("strategy",) * len(shape)
    return tuple(
        tuple(f"{kind} {i + 1}" for i in range(size))
        for kind, size in zip(kinds, shape, strict=True)
    )


def _strategy_names(players: tuple[str, ...], strategies: object) -> tuple[tuple[str, ...], ...]:
    """Check one non-empty list of names per player."""
    lists = listed(strategies)
    if lists is None:
        raise GameError(
            f"'{shorten(strategies)}' is no list of strategy names per player",
            remedy="give one list of names per player",
        )
    if len(lists) != len(players):
        raise GameError(
            f"{len(lists)} lists of strategies for {len(players)} players",
            remedy="give one list of names per player",
        )
    named = tuple(
        _labels(own, f"strategies of {player}") for player, own in zip(players, lists, strict=True)
    )
    for player, own in zip(players, named, strict=True):
        if not own:
            raise GameError(
                f"{player} has no strategies", remedy="give every player at least one strategy"
            )
    return named


def _payoff_array(values: object, where: str) -> NDArray[Any]:
    """Return payoffs as a read-only array of fractions without empty axes."""
    plain = values
    if not isinstance(values, (str, bytes, Sequence, np.ndarray)) and hasattr(values, "__array__"):
        plain = np.asarray(values, dtype=object)
    array = exact_array(plain, where=where)
    if array.size == 0:
        raise GameError("an empty payoff array", where=where, remedy="give every player a strategy")
    return read_only(array)


def _find(kind: str, given: object, names: tuple[str, ...], *, where: str = "") -> int:
    """Return the index of a name, or of an index within range."""
    if isinstance(given, str):
        if given in names:
            return names.index(given)
    elif is_integer(given) and 0 <= given < len(names):
        return int(given)
    raise UnknownNameError.of(kind, given, names, where=where)
