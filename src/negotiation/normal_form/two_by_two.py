"""The ordinal type of a game of two players with two strategies each, and its neighbours.

Only the order of each player's four payoffs counts here; the *ranks* are 4 for the best
outcome down to 1 for the worst. Call **first** that strategy of each player with which the
*other* player can get its best payoff. That fixes the order of rows and of columns, so a
player's ranks can be written, from its own side, as

    R both play first,     S it plays first and the other second,
    T it second, other first,     P both play second,

and its 4 is R or T. That leaves twelve patterns for each player, and each pattern is that of
exactly one *symmetric* game. Hence the 4! * 4! strict ordinal games fall, up to the order of
rows and of columns, into 12 * 12 = 144 types, and a type is a pair of patterns: "player 1 has
the payoffs of a prisoners' dilemma, player 2 those of a chicken". Up to exchanging the
players there are 78.

Two types are **neighbours** in the topology of Robinson and Goforth (2005) if exchanging two
payoffs of adjacent rank of one player turns one into the other: six for every type. Within a
player, exchanging 1 with 2 and 2 with 3 leads around two cycles of six patterns, one with 4
as T and one with 4 as R; exchanging 3 with 4 leads across.

A game with **ties** lies on the border of the strict types that arise when its ties are
broken in all possible ways; these are its types. Equal payoffs need no exchange to change
places, so swaps are listed between payoffs that each occur once.

Names and numbers: a type is identified by its key, which is defined here (the two patterns
R, S, T, P). The layer, row and column numbers of the book are not used. Prisoners' dilemma,
chicken, battle of the sexes (or leader), hero, deadlock, stag hunt and harmony are names in
general use, called bluff and bully those of Snyder and Diesing (1977). The remaining five
patterns carry labels after Bruns (2015), who names asymmetric games by pairs of symmetric
ones too; here a label means what the table below says and no more, and `common_name` leaves
it out. *Battle of the sexes* is used for two patterns, which differ in which way of missing each
other is worse: where each goes to the other's favourite (named hero here) or to its own (named
battle of the sexes, or leader). Where both are equally bad the game lies on their border.

Sources: Rapoport and Guyer (1966); Snyder and Diesing (1977); Robinson and Goforth (2005);
Bruns (2015).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from negotiation.errors import GameError, shorten
from negotiation.exact import show
from negotiation.normal_form.game import NormalForm, checked_game, profile_name
from negotiation.results import Result, Table

__all__ = ["Neighbour", "OrdinalType", "TwoByTwo", "classify_two_by_two"]

PATTERNS = {
    "3142": "prisoners' dilemma",
    "3241": "chicken",
    "2341": "battle of the sexes",
    "1342": "hero",
    "1243": "compromise",
    "2143": "deadlock",
    "4132": "stag hunt",
    "4123": "assurance",
    "4213": "coordination",
    "4312": "peace",
    "4321": "harmony",
    "4231": "concord",
}
"""Ranks in the order R, S, T, P, and the symmetric game both of whose players have them."""

ALSO = {
    "battle of the sexes": ("leader",),
    "chicken": ("hawk-dove",),
    "hero": ("battle of the sexes",),
}
"""Other names of symmetric games."""

LABELS = frozenset({"compromise", "assurance", "coordination", "peace", "concord"})
"""Patterns whose names are labels only: not in general use for exactly this game."""

CROSSES = {
    frozenset({"prisoners' dilemma", "chicken"}): "called bluff",
    frozenset({"chicken", "deadlock"}): "bully",
}
"""Games with a name of their own whose players have the payoffs of two different ones."""

WORDS = {
    "cyclic": "cyclic game like matching pennies",
    "tragic": "game with an equilibrium that is worse for both",
    "concordant": "game with an outcome best for both",
}
BORDER = "With ties: the strict types on whose border the game lies."

Outcome = tuple[int, int]
OUTCOMES: tuple[Outcome, ...] = ((0, 0), (0, 1), (1, 0), (1, 1))
Ranks = tuple[int, ...]


@dataclass(frozen=True, order=True)
class OrdinalType:
    """One of the 144 types of strict ordinal two-by-two games.

    Attributes
    ----------
    key : str
        The ranks R, S, T, P of player 1 and those of player 2, from each one's own side,
        such as ``"3142 3142"``; a game has one key only.

    Examples
    --------
    >>> kind = OrdinalType("3142 3241")
    >>> kind.patterns, kind.name, kind.equilibria
    (("prisoners' dilemma", 'chicken'), 'called bluff', ('second/first',))
    """

    key: str

    def __post_init__(self) -> None:
        words = self.key.split(" ") if isinstance(self.key, str) else []
        if len(words) != 2 or not all(word in PATTERNS for word in words):
            raise GameError(
                f"'{shorten(self.key)}' is no key of an ordinal type",
                remedy='write the ranks R, S, T, P of both players, 4 as R or T: "3142 3142"',
            )

    @property
    def patterns(self) -> tuple[str, str]:
        """Per player the symmetric game that it has the payoffs of."""
        one, two = self.key.split(" ")
        return PATTERNS[one], PATTERNS[two]

    @property
    def symmetric(self) -> bool:
        """Whether both players have the same payoffs, each from its own side."""
        return self.key[:4] == self.key[5:]

    @property
    def exchanged(self) -> OrdinalType:
        """The type that results from exchanging the players."""
        return OrdinalType(f"{self.key[5:]} {self.key[:4]}")

    @property
    def class_key(self) -> str:
        """The key up to the order of the players: one of 78."""
        return min(self.key, self.exchanged.key)

    @property
    def common_name(self) -> str | None:
        """The name the game has in the literature, or None."""
        one, two = self.patterns
        if one == two:
            return None if one in LABELS else one
        return CROSSES.get(frozenset({one, two}))

    @property
    def also(self) -> tuple[str, ...]:
        """Other common names."""
        return ALSO.get(self.common_name or "", ())

    @property
    def name(self) -> str:
        """The common name, or the patterns: "deadlock against stag hunt"."""
        one, two = self.patterns
        return self.common_name or (one if one == two else f"{one} against {two}")

    @cached_property
    def _ranks(self) -> tuple[dict[Outcome, int], dict[Outcome, int]]:
        """Per player the ranks by outcome; 0 is first and 1 is second."""
        one, two = ([int(digit) for digit in word] for word in self.key.split(" "))
        return (
            dict(zip(OUTCOMES, one, strict=True)),
            {(j, i): rank for (i, j), rank in zip(OUTCOMES, two, strict=True)},
        )

    @cached_property
    def _stable(self) -> tuple[Outcome, ...]:
        mine, yours = self._ranks
        return tuple(
            (i, j)
            for i, j in OUTCOMES
            if mine[i, j] > mine[1 - i, j] and yours[i, j] > yours[i, 1 - j]
        )

    @property
    def equilibria(self) -> tuple[str, ...]:
        """The pure equilibria, in terms of each player's first and second strategy."""
        words = ("first", "second")
        return tuple(f"{words[i]}/{words[j]}" for i, j in self._stable)

    @property
    def dominant(self) -> tuple[bool, bool]:
        """Per player whether one of its strategies strictly dominates the other."""
        mine, yours = self._ranks
        return (
            (mine[0, 0] > mine[1, 0]) == (mine[0, 1] > mine[1, 1]),
            (yours[0, 0] > yours[0, 1]) == (yours[1, 0] > yours[1, 1]),
        )

    @property
    def family(self) -> str:
        """What the order of payoffs implies, in one word.

        ``"cyclic"``: no pure equilibrium. ``"concordant"``: one outcome is best for both.
        ``"tragic"``: the only equilibrium is worse for both than another outcome.
        ``"contested"``: two equilibria and each player prefers another.
        ``"unequal"``: none of these; one equilibrium, efficient, not best for both.
        """
        mine, yours = self._ranks
        if not self._stable:
            return "cyclic"
        if any(mine[o] == yours[o] == 4 for o in OUTCOMES):
            return "concordant"
        if len(self._stable) == 2:
            return "contested"
        only = self._stable[0]
        worse = any(mine[o] > mine[only] and yours[o] > yours[only] for o in OUTCOMES)
        return "tragic" if worse else "unequal"

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Neighbour:
    """What one swap of two adjacent payoffs of one player makes of a game.

    Attributes
    ----------
    player : str
        Whose payoffs are exchanged.
    ranks : pair of int
        The ranks exchanged, counted from 1 for the lowest.
    profiles : pair of str
        The outcomes they belong to, lower payoff first.
    gap : Fraction
        How far apart the payoffs are, in the player's utility.
    types : tuple of OrdinalType
        What the game becomes; more than one where other payoffs are tied.
    """

    player: str
    ranks: tuple[int, int]
    profiles: tuple[str, str]
    gap: Fraction
    types: tuple[OrdinalType, ...]

    def __str__(self) -> str:
        low, high = self.ranks
        return (
            f"one swap of the {low} and the {high} of {self.player} "
            f"({' and '.join(self.profiles)}, {show(self.gap)} apart) away from "
            f"{_between(self.types)}"
        )


@dataclass(frozen=True)
class TwoByTwo(Result):
    """The ordinal type of a two-by-two game and what single swaps make of it.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    types : tuple of OrdinalType
        The type; with ties, all strict types on whose border the game lies, by key.
    neighbours : tuple of Neighbour
        For every swap of two adjacent payoffs of one player, in the order of players and
        ranks: six for a game without ties.
    """

    game: NormalForm
    types: tuple[OrdinalType, ...]
    neighbours: tuple[Neighbour, ...]

    @property
    def strict(self) -> bool:
        """Whether no player has two equal payoffs."""
        return all(len(set(values)) == 4 for values in _payoffs(self.game))

    @property
    def type(self) -> OrdinalType | None:
        """The type, if the game lies in one only."""
        return self.types[0] if len(self.types) == 1 else None

    @property
    def name(self) -> str:
        """The name of the type, or of the border: "between chicken and hero"."""
        names = _names(self.types)
        if len(names) == 1:
            return names[0]
        families = {kind.family for kind in self.types}
        if len(names) > 4 and len(families) == 1 and (word := WORDS.get(*families)):
            return f"{word}, between {len(names)} types"
        if len(names) > 4:
            return f"between {len(names)} types"
        return f"between {', '.join(names[:-1])} and {names[-1]}"

    def neighbour(self, player: str | int, rank: int) -> Neighbour | None:
        """Return the neighbour by swapping a player's payoffs of ranks `rank` and `rank` + 1.

        None where the player has no such pair of single payoffs.
        """
        name = self.game.players[self.game.player_index(player)]
        found = [n for n in self.neighbours if n.player == name and n.ranks[0] == rank]
        return found[0] if found else None

    def tables(self) -> tuple[Table, ...]:
        """Return the type or types, and the neighbours."""
        players = self.game.players
        also = [kind for kind in self.types if kind.also]
        kinds = Table(
            f"Ordinal type: {self.name}",
            [
                "type",
                *(f"payoffs of {name}" for name in players),
                "key",
                "pure equilibria",
                "family",
            ],
            [
                [kind.name, *kind.patterns, kind.key, len(kind.equilibria), kind.family]
                for kind in self.types
            ],
            [
                *(f"{kind.name} is also called {' or '.join(kind.also)}." for kind in also),
                *(() if self.strict else [BORDER]),
            ],
            name="ordinal_type",
        )
        swaps = Table(
            "One swap away",
            ["player", "swap", "of", "and", "apart", "becomes"],
            [
                [n.player, f"{n.ranks[0]} and {n.ranks[1]}", *n.profiles, n.gap, _between(n.types)]
                for n in self.neighbours
            ],
            [] if self.neighbours else ["No two adjacent payoffs occur once each."],
            name="neighbours",
        )
        return kinds, swaps

    def data(self) -> dict[str, Any]:
        """Return name, types and neighbours; its keys are output paths."""
        return {
            "guarantee": self.guarantee,
            "name": self.name,
            "key": self.types[0].key if len(self.types) == 1 else None,
            "strict": self.strict,
            "types": [
                {
                    "key": kind.key,
                    "name": kind.name,
                    "also": list(kind.also),
                    "patterns": list(kind.patterns),
                    "family": kind.family,
                }
                for kind in self.types
            ],
            "neighbours": [
                {
                    "player": n.player,
                    "ranks": list(n.ranks),
                    "profiles": list(n.profiles),
                    "gap": n.gap,
                    "types": [kind.key for kind in n.types],
                    "names": list(_names(n.types)),
                }
                for n in self.neighbours
            ],
        }


def classify_two_by_two(game: NormalForm) -> TwoByTwo:
    """Return the ordinal type of a two-by-two game, and the types one swap away.

    Parameters
    ----------
    game : NormalForm
        Two players with two strategies each; ties are allowed.

    Returns
    -------
    TwoByTwo

    Raises
    ------
    GameError
        If the game is not two by two.

    Notes
    -----
    Complexity: constant; up to 576 ways of breaking ties. Robinson and Goforth (2005).

    Examples
    --------
    >>> result = classify_two_by_two(NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]]))
    >>> result.name
    "prisoners' dilemma"
    >>> print(result.neighbour("player 2", 3).types[0])
    prisoners' dilemma against stag hunt
    >>> print(result.neighbour("player 2", 1))  # doctest: +NORMALIZE_WHITESPACE
    one swap of the 1 and the 2 of player 2 (row 2/column 1 and row 2/column 2, 1 apart) away
    from called bluff
    """
    checked_game(game)
    if game.shape != (2, 2):
        raise GameError(
            "a game of " + " by ".join(map(str, game.shape)) + " strategies has no ordinal type",
            remedy="classify games of two players with two strategies each",
        )
    payoffs = _payoffs(game)
    neighbours = []
    for p in (0, 1):
        for low, high in itertools.permutations(range(4), 2):
            between = [v for v in payoffs[p] if payoffs[p][low] <= v <= payoffs[p][high]]
            if payoffs[p][low] < payoffs[p][high] and len(between) == 2:
                swapped = list(payoffs)
                moved = list(payoffs[p])
                moved[low], moved[high] = moved[high], moved[low]
                swapped[p] = tuple(moved)
                rank = sum(v <= payoffs[p][low] for v in payoffs[p])
                neighbours.append(
                    Neighbour(
                        game.players[p],
                        (rank, rank + 1),
                        (_profile(game, low), _profile(game, high)),
                        payoffs[p][high] - payoffs[p][low],
                        _types(swapped),
                    )
                )
    neighbours.sort(key=lambda n: (game.players.index(n.player), n.ranks))
    return TwoByTwo(game=game, types=_types(payoffs), neighbours=tuple(neighbours))


def _payoffs(game: NormalForm) -> tuple[tuple[Fraction, ...], ...]:
    """Return each player's four payoffs in the order of OUTCOMES."""
    return tuple(tuple(array.ravel()) for array in game.payoffs)


def _profile(game: NormalForm, place: int) -> str:
    return profile_name(game.names(OUTCOMES[place]))


def _names(types: Sequence[OrdinalType]) -> tuple[str, ...]:
    """Return the distinct names, in the order of the types."""
    return tuple(dict.fromkeys(kind.name for kind in types))


def _between(types: Sequence[OrdinalType]) -> str:
    return " or ".join(_names(types))


def _types(payoffs: Sequence[Sequence[Fraction]]) -> tuple[OrdinalType, ...]:
    """Return the types of all strict orders that agree with the payoffs, by key."""
    one, two = (_strict_orders(values) for values in payoffs)
    return tuple(sorted({_type(a, b) for a in one for b in two}))


def _strict_orders(values: Sequence[Fraction]) -> tuple[Ranks, ...]:
    """Return the ranks of the values, ties broken in every way."""
    return tuple(
        ranks
        for ranks in itertools.permutations((1, 2, 3, 4))
        if all(
            (ranks[a] < ranks[b])
            for a, b in itertools.permutations(range(4), 2)
            if values[a] < values[b]
        )
    )


def _type(one: Ranks, two: Ranks) -> OrdinalType:
    """Return the type of strict ranks, each in the order of OUTCOMES."""
    mine, yours = dict(zip(OUTCOMES, one, strict=True)), dict(zip(OUTCOMES, two, strict=True))
    first_column = next(j for i, j in OUTCOMES if mine[i, j] == 4)
    first_row = next(i for i, j in OUTCOMES if yours[i, j] == 4)
    order = [(i ^ first_row, j ^ first_column) for i, j in OUTCOMES]
    one_key = "".join(str(mine[o]) for o in order)
    two_key = "".join(str(yours[order[k]]) for k in (0, 2, 1, 3))
    return OrdinalType(f"{one_key} {two_key}")
