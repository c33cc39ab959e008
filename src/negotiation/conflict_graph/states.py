"""States of a conflict graph and the words for them.

States are numbered from 0. They come in two forms:

- :class:`NamedStates`: a list of names, each with an optional description.
- :class:`IssueStates`: every combination of one option per issue. State ``k`` is the
  combination at position ``k`` of the C-order ravel over the issues (the last issue varies
  fastest). Where walking out is possible, "no agreement" is one more state, the last.

:class:`Control` says in whose hands an issue is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph.moves import Values
from negotiation.errors import GameError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, read_only, unravel

__all__ = ["NO_AGREEMENT", "Control", "IssueStates", "NamedStates", "distinct", "position"]

NO_AGREEMENT = "no agreement"


@dataclass(frozen=True)
class Control:
    """In whose hands an issue is.

    Parameters
    ----------
    parties : sequence of str
        The parties; a single name stands for that party alone; none: nobody can switch it.
    joint : bool
        False: each of them can switch it alone. True: only all of them together can, so that
        (with two or more) it allows no unilateral move.

    Raises
    ------
    GameError
        If a party is repeated or no name.

    Examples
    --------
    >>> Control(("north", "south"), joint=True).alone
    ()
    >>> Control("north").alone
    ('north',)
    """

    parties: tuple[str, ...]
    joint: bool = False

    def __init__(self, parties: str | Sequence[str], joint: bool = False) -> None:
        names = (parties,) if isinstance(parties, str) else parties
        object.__setattr__(self, "parties", distinct(names, "party", "control", least=0))
        object.__setattr__(self, "joint", bool(joint))

    @property
    def alone(self) -> tuple[str, ...]:
        """The parties that can switch the issue alone."""
        return () if self.joint and len(self.parties) > 1 else self.parties

    def held_by(self, coalition: frozenset[str]) -> bool:
        """Tell whether the members of `coalition` can switch the issue, alone or jointly."""
        if any(party in coalition for party in self.alone):
            return True
        return bool(self.parties) and coalition.issuperset(self.parties)


@dataclass(frozen=True)
class NamedStates:
    """States given one by one.

    Parameters
    ----------
    names : tuple of str
        Distinct names; state k is the k-th.
    descriptions : tuple of str
        What each state is; empty where nothing is said.
    """

    names: tuple[str, ...]
    descriptions: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of states."""
        return len(self.names)

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Name -> number."""
        return {name: k for k, name in enumerate(self.names)}

    def index(self, state: object) -> int:
        """Return the number of a state given by name or number."""
        if isinstance(state, str):
            if state not in self.positions:
                raise UnknownNameError.of("state", state, self.names)
            return self.positions[state]
        return position(state, self.size)

    def label(self, state: int) -> str:
        """Return the name of a state."""
        return self.names[state]

    def switched(self, starts: Values, ends: Values) -> Values:
        """Return how much each move changes: every one is a single step."""
        return np.ones(np.broadcast(starts, ends).shape, dtype=np.int64)

    def move(self, start: int, end: int) -> str:
        """Say a move."""
        return f"moves from {self.names[start]} to {self.names[end]}"


@dataclass(frozen=True)
class IssueStates:
    """States that are combinations of options.

    Parameters
    ----------
    issues : FrozenMap
        Issue -> options, in axis order.
    walk_out : bool
        Whether "no agreement" is one more state, the last.
    """

    issues: FrozenMap[str, tuple[str, ...]]
    walk_out: bool

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Number of options per issue."""
        return tuple(len(options) for options in self.issues.values())

    @property
    def size(self) -> int:
        """Number of states, "no agreement" included."""
        return math.prod(self.shape) + self.walk_out

    def places(self, state: int) -> tuple[int, ...] | None:
        """Return the option number on each axis, or None for "no agreement"."""
        if self.walk_out and state == self.size - 1:
            return None
        return unravel(state, self.shape)

    def index(self, state: object) -> int:
        """Return the number of a state.

        The state is given by number, as a mapping issue -> option, or as "no agreement".
        """
        if isinstance(state, str) and state == NO_AGREEMENT and self.walk_out:
            return self.size - 1
        if not isinstance(state, Mapping):
            return position(state, self.size)
        for issue in state:
            if issue not in self.issues:
                raise UnknownNameError.of("issue", issue, self.issues)
        found = 0
        for issue, options in self.issues.items():
            if issue not in state:
                raise GameError(
                    f"no option for issue '{issue}'", remedy="a state has one option per issue"
                )
            if state[issue] not in options:
                raise UnknownNameError.of(f"option of '{issue}'", state[issue], options)
            found = found * len(options) + options.index(state[issue])
        return found

    def switched(self, starts: Values, ends: Values) -> Values:
        """Return how many issues each move switches; walking out counts as one."""
        found = np.zeros(np.broadcast(starts, ends).shape, dtype=np.int64)
        stride = 1
        for length in reversed(self.shape):
            found += starts // stride % length != ends // stride % length
            stride *= length
        return np.where((starts == stride) != (ends == stride), 1, found)

    def within(self, lines: Mapping[str, Sequence[str]]) -> NDArray[np.bool_]:
        """Return which states take, on every issue of `lines`, one of the options named there."""
        mask = np.ones(1, dtype=bool)
        for issue, options in self.issues.items():
            allowed = lines.get(issue, options)
            mask = np.logical_and.outer(mask, [option in allowed for option in options]).ravel()
        return np.append(mask, True) if self.walk_out else mask

    def switches(
        self, irreversible: Mapping[str, Sequence[tuple[str, str]]]
    ) -> tuple[NDArray[np.bool_], ...]:
        """Return per issue which switches are possible; leaving an issue alone always is."""
        for issue in irreversible:
            if issue not in self.issues:
                raise UnknownNameError.of("issue", issue, self.issues, where="irreversible")
        found = []
        for issue, options in self.issues.items():
            where = f"irreversible switches of '{issue}'"
            matrix = np.ones((len(options), len(options)), dtype=bool)
            for pair in irreversible.get(issue, ()):
                if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
                    raise GameError(
                        f"'{shorten(pair)}' is no switch", where=where, remedy="write (from, to)"
                    )
                for option in pair:
                    if option not in options:
                        raise UnknownNameError.of("option", option, options, where=where)
                if pair[0] == pair[1]:
                    raise GameError(
                        f"a switch from '{pair[0]}' to itself",
                        where=where,
                        remedy="a switch leads to another option",
                    )
                matrix[options.index(pair[0]), options.index(pair[1])] = False
            found.append(read_only(matrix))
        return tuple(found)

    def label(self, state: int) -> str:
        """Describe a state: the option of each issue."""
        places = self.places(state)
        if places is None:
            return NO_AGREEMENT
        return ", ".join(
            f"{issue}: {options[place]}"
            for (issue, options), place in zip(self.issues.items(), places, strict=True)
        )

    def move(self, start: int, end: int) -> str:
        """Say a move: what is switched, from what to what."""
        before, after = self.places(start), self.places(end)
        if before is None or after is None:
            return "walks out"
        switches = [
            f"{issue} from {options[old]} to {options[new]}"
            for (issue, options), old, new in zip(self.issues.items(), before, after, strict=True)
            if old != new
        ]
        return "switches " + " and ".join(switches)


def distinct(names: object, kind: str, where: str, *, least: int = 1) -> tuple[str, ...]:
    """Return `names` as a tuple of distinct non-empty strings, or refuse them."""
    if isinstance(names, str) or not isinstance(names, Sequence | Mapping):
        raise GameError(
            f"'{shorten(names)}' is no list of names", where=where, remedy="give a list of names"
        )
    found = tuple(names)
    for name in found:
        if not isinstance(name, str) or not name:
            raise GameError(f"'{shorten(name)}' is no name", where=where, remedy="names are text")
    if len(set(found)) < len(found):
        twice = next(name for name, times in Counter(found).items() if times > 1)
        raise GameError(
            f"{kind} '{twice}' is given twice", where=where, remedy="name each one once"
        )
    if len(found) < least:
        raise GameError(f"no {kind} at all", where=where, remedy=f"name at least {least}")
    return found


def position(state: object, size: int) -> int:
    """Return a state number within range, or refuse it."""
    if isinstance(state, bool) or not isinstance(state, Integral):
        raise GameError(
            f"'{shorten(state)}' is no state",
            remedy=f"give its name, its options or its number from 0 to {size - 1}",
        )
    if not 0 <= int(state) < size:
        raise GameError(
            f"there is no state {state}", remedy=f"states are numbered from 0 to {size - 1}"
        )
    return int(state)
