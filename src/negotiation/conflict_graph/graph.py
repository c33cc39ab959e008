"""The graph model of a conflict: who can move it from which state to which, and who prefers what.

Conventions
-----------
- States are numbered from 0. A state is given by number, by name, or in issue form as a
  mapping issue -> option.
- A party's preference is an integer per state, larger is better, equal is a tie; only the
  order counts for stability, and differences are a unit where the caller says which.
- R_i(s) is the set of states party i can move to from s in one step; s is not in it. A move
  that is not possible in the other direction is irreversible. Two parties may have the same
  move (a common move).
- **Explicit form** (:meth:`ConflictGraph.from_moves`): states and arcs are listed. Nothing is
  added: if i can move from a to b and from b to c, it can move from a to c only if that is
  listed too.
- **Issue form** (:meth:`ConflictGraph.from_issues`): a state is one option per issue; a move
  switches any number of the issues that the party can switch alone, all at the same time,
  each by a switch that is not banned. A ban is on one pair (from, to) and does not spread: with
  a -> c banned but a -> b and b -> c allowed, getting from a to c takes two moves. Where each
  issue's allowed switches are transitive, so are the moves of every party. An issue in joint
  control of several parties gives none of them a unilateral move: it counts for coalitions
  only.
- With a disagreement value, "no agreement" is one more state, the last and final: every party
  can move there from every other state, and nobody can leave it.
- In issue form a party may draw **red lines**: on an issue, the options it allows. A state that
  crosses one ranks below all states that cross none, and by how much has no meaning: the
  difference of two preferences is an amount only between states on the same side of the line.

Sources: Kilgour, Hipel and Fang (1987), *The graph model for conflicts*, Automatica 23; Fang,
Hipel and Kilgour (1993), *Interactive Decision Making*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph.moves import ArcMoves, IssueMoves, Moves, Values
from negotiation.conflict_graph.preferences import (
    by_name,
    compressed,
    over_states,
    ranked,
    state_number,
)
from negotiation.conflict_graph.states import Control, IssueStates, NamedStates, distinct
from negotiation.errors import GameError, TooLargeError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, IntArray, exact, read_only, refuse_bytes

__all__ = ["ConflictGraph", "Unit"]

MAX_CELLS = 2**27  # states times parties: 1 GiB per array of preferences

Ranking = Sequence[str | Sequence[str]] | Mapping[str, Any]
Move = tuple[str, str, str | Sequence[str]]
Unit = Callable[[str, int], Fraction | None] | Mapping[str, int]


@dataclass(frozen=True, eq=False, repr=False)
class ConflictGraph:
    """A conflict: parties, states, preferences and moves.

    Use :meth:`from_moves` or :meth:`from_issues`. Two graphs are equal when they have the same
    parties, states, preferences and moves, in the same form.

    Attributes
    ----------
    parties : tuple of str
    states : NamedStates or IssueStates
        Labels of the states; see :meth:`labels` and :meth:`index`.
    preferences : tuple of numpy.ndarray
        Per party a read-only int64 array of shape (n_states,), larger is better.
    moves : tuple of ArcMoves or IssueMoves
        Per party its moves.
    levels : tuple
        Per party None, or the exact preference values by rank where they do not fit 64 bits;
        ``preferences`` then holds ranks.
    control : FrozenMap
        Issue -> :class:`Control`; empty in explicit form.
    allowed : tuple of numpy.ndarray
        Per issue, ``allowed[k][a, b]``: whether it can be switched from option a to option b;
        empty in explicit form.
    red_lines : FrozenMap
        Party -> issue -> the options it allows.
    bars : tuple
        Per party None, or the least preference of a state that crosses none of its red lines:
        what is below is past one.

    Examples
    --------
    >>> graph = ConflictGraph.from_moves(
    ...     states=["peace", "war"],
    ...     moves=[("north", "peace", "war")],
    ...     preferences={"north": ["peace", "war"], "south": ["peace", "war"]},
    ... )
    >>> graph
    <ConflictGraph: 2 states; parties north, south>
    """

    parties: tuple[str, ...]
    states: NamedStates | IssueStates
    preferences: tuple[Values, ...]
    moves: tuple[Moves, ...]
    levels: tuple[IntArray | None, ...]
    control: FrozenMap[str, Control]
    allowed: tuple[NDArray[np.bool_], ...]
    red_lines: FrozenMap[str, FrozenMap[str, tuple[str, ...]]]
    bars: tuple[int | None, ...]

    # ---- constructors ---------------------------------------------------------------------

    @classmethod
    def from_moves(
        cls,
        states: Mapping[str, str] | Sequence[str],
        moves: Sequence[Move],
        preferences: Mapping[str, Ranking],
    ) -> ConflictGraph:
        """Build a graph from listed states, moves and rankings.

        Parameters
        ----------
        states : sequence of str, or mapping of str to str
            Names, with a description each where it is a mapping.
        moves : sequence of (party, from, to)
            `to` is a state or a list of states. What is not listed is not possible.
        preferences : mapping of str to ranking
            Party -> its states from best to worst, a list inside standing for a tie; or
            state -> number, larger is better (numbers are scaled to integers by their common
            denominator). Its keys are the parties, in their order.

        Raises
        ------
        UnknownNameError
            If a party or a state does not exist.
        GameError
            If a ranking omits or repeats a state, a move leads to where it starts, or an
            argument is not of the stated form.

        Examples
        --------
        >>> graph = ConflictGraph.from_moves(
        ...     states={"calm": "nobody moves", "raid": "", "feud": ""},
        ...     moves=[("a", "calm", ["raid", "feud"]), ("b", "raid", "feud")],
        ...     preferences={"a": ["raid", "calm", "feud"], "b": {"calm": 2, "raid": 0, "feud": 0}},
        ... )
        >>> graph.successors("a", "calm")
        (1, 2)
        """
        names = distinct(states, "state", "states")
        described = states if isinstance(states, Mapping) else dict.fromkeys(names, "")
        layout = NamedStates(names, tuple(str(described[name]) for name in names))
        if not isinstance(preferences, Mapping):
            raise GameError("no rankings by party", where="preferences")
        parties = distinct(preferences, "party", "preferences")
        worths = []
        for party in parties:
            where = f"preferences of {party}"
            worths.append(ranked(preferences[party], layout, where))
        if isinstance(moves, str) or not isinstance(moves, Sequence):
            raise GameError(
                "no list of moves", where="moves", remedy="list (party, from, to) triples"
            )
        arcs: dict[str, list[tuple[int, int]]] = {party: [] for party in parties}
        for number, move in enumerate(moves, start=1):
            party, start, ends = _move(move, layout, number)
            if not isinstance(party, str) or party not in arcs:
                raise UnknownNameError.of("party", party, parties, where=f"move {number}")
            arcs[party] += [(start, end) for end in ends]
        kept = [compressed(worth) for worth in worths]
        return cls(
            parties,
            layout,
            tuple(worth for worth, _ in kept),
            tuple(
                ArcMoves.from_arcs(arcs[party], worth)
                for party, (worth, _) in zip(parties, kept, strict=True)
            ),
            tuple(levels for _, levels in kept),
            FrozenMap(),
            (),
            FrozenMap(),
            (None,) * len(parties),
        )

    @classmethod
    def from_issues(
        cls,
        parties: Sequence[str],
        issues: Mapping[str, Sequence[str]],
        control: Mapping[str, Control],
        values: Mapping[str, NDArray[Any]],
        *,
        disagreement: Mapping[str, int] | None = None,
        leavers: Sequence[str] | None = None,
        irreversible: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        red_lines: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    ) -> ConflictGraph:
        """Build the graph whose states are agreements and whose moves are switches.

        Parameters
        ----------
        parties : sequence of str
        issues : mapping of str to sequence of str
            Issue -> options, in axis order.
        control : mapping of str to Control
            Issue -> in whose hands it is, for every issue.
        values : mapping of str to integer array
            Party -> preference over the agreements, with one axis per issue or flat in the
            order of the states (C order): int64, or Python integers of any size.
        disagreement : mapping of str to int, optional
            Party -> preference for "no agreement", on the same scale. Without it nobody can
            walk out.
        leavers : sequence of str, optional
            Parties that can walk out; default all.
        irreversible : mapping of str to sequence of (from, to), optional
            Issue -> switches that are not possible.
        red_lines : mapping, optional
            Party -> issue -> the options it allows. The values say already that what crosses a
            line ranks below what does not; by how much is not read as an amount.

        Raises
        ------
        UnknownNameError
            If a party, issue or option does not exist.
        GameError
            If something is missing or repeated, a shape or type is wrong, or a state past a red
            line ranks as high as one that crosses none.
        TooLargeError
            If states times parties pass 2**27, or the memory would not do.

        Examples
        --------
        >>> graph = ConflictGraph.from_issues(
        ...     parties=["north", "south"],
        ...     issues={"zone": ["closed", "open"], "quota": ["none", "low", "high"]},
        ...     control={"zone": Control("north"), "quota": Control("south")},
        ...     values={
        ...         "north": np.array([[5, 4, 3], [2, 1, 0]]),
        ...         "south": np.array([[0, 1, 2], [3, 4, 5]]),
        ...     },
        ...     disagreement={"north": 2, "south": 1},
        ... )
        >>> graph.n_states, graph.labels(5), graph.move_label(5, 2)
        (7, 'zone: open, quota: high', 'switches zone from open to closed')
        """
        names = distinct(parties, "party", "parties")
        layout = IssueStates(
            FrozenMap(
                {
                    issue: distinct(issues[issue], "option", f"issue '{issue}'")
                    for issue in distinct(issues, "issue", "issues")
                }
            ),
            disagreement is not None,
        )
        if layout.size * len(names) > MAX_CELLS:
            raise TooLargeError(
                f"{layout.size:,} states for {len(names)} parties",
                remedy=f"states times parties are limited to {MAX_CELLS:,}",
            )
        refuse_bytes(
            f"{layout.size:,} states for {len(names)} parties", layout.size * len(names) * 24
        )
        hands = by_name(control, "issue", layout.issues, "control")
        for issue, hand in hands.items():
            if not isinstance(hand, Control):
                raise GameError(
                    f"'{shorten(hand)}' says no control",
                    where=f"control of '{issue}'",
                    remedy="give a Control(parties, joint)",
                )
            for party in hand.parties:
                if party not in names:
                    raise UnknownNameError.of("party", party, names, where=f"control of '{issue}'")
        arrays = by_name(values, "party", names, "values")
        ends = (
            None if disagreement is None else by_name(disagreement, "party", names, "disagreement")
        )
        leaving = names if leavers is None else tuple(leavers)
        for party in leaving:
            if party not in names:
                raise UnknownNameError.of("party", party, names, where="leavers")
        allowed = layout.switches(irreversible or {})
        lines = _lines(red_lines or {}, names, layout)
        preferences, levels, moves, bars = [], [], [], []
        for party in names:
            worth, level = compressed(
                over_states(arrays[party], layout, None if ends is None else ends[party], party)
            )
            own = tuple(k for k, issue in enumerate(layout.issues) if party in hands[issue].alone)
            preferences.append(worth)
            levels.append(level)
            bars.append(_bar(party, worth, layout.within(lines[party])) if party in lines else None)
            moves.append(
                IssueMoves(
                    layout.shape,
                    own,
                    tuple(allowed[k] for k in own),
                    layout.walk_out and party in leaving,
                    worth,
                )
            )
        return cls(
            names,
            layout,
            tuple(preferences),
            tuple(moves),
            tuple(levels),
            FrozenMap(hands),
            allowed,
            lines,
            tuple(bars),
        )

    # ---- reading --------------------------------------------------------------------------

    @property
    def n_states(self) -> int:
        """Number of states."""
        return self.states.size

    @property
    def explicit(self) -> bool:
        """Whether states and moves are listed one by one."""
        return isinstance(self.states, NamedStates)

    def party(self, party: str | int) -> int:
        """Return the number of a party given by name or number."""
        if isinstance(party, str):
            if party not in self.parties:
                raise UnknownNameError.of("party", party, self.parties)
            return self.parties.index(party)
        whole = isinstance(party, Integral) and not isinstance(party, bool)
        if not whole or not 0 <= party < len(self.parties):
            raise UnknownNameError.of("party", party, self.parties)
        return int(party)

    def index(self, state: object) -> int:
        """Return the number of a state.

        Parameters
        ----------
        state : int, str or mapping
            Its number, its name (in issue form "no agreement" only), or in issue form one
            option per issue.

        Raises
        ------
        UnknownNameError, GameError
            If there is no such state.
        """
        return self.states.index(state)

    def labels(self, state: object) -> str:
        """Return the words for a state: its name, or the option of each issue."""
        return self.states.label(self.index(state))

    def move_label(self, start: object, end: object) -> str:
        """Return the words for a move: "moves from x to y", "switches...", "walks out"."""
        return self.states.move(self.index(start), self.index(end))

    def successors(self, party: str | int, state: object) -> tuple[int, ...]:
        """Return R_i(s): the states that a party can move to from a state, ascending."""
        own = self.moves[self.party(party)]
        _, targets = own.arcs_from(np.array([self.index(state)], dtype=np.int64))
        return tuple(sorted(targets.tolist()))

    def crossed(self, party: str | int, state: object) -> tuple[tuple[str, str], ...]:
        """Return the party's red lines that a state crosses, as (issue, option)."""
        lines = self.red_lines.get(self.parties[self.party(party)])
        layout = self.states
        places = layout.places(self.index(state)) if isinstance(layout, IssueStates) else None
        if lines is None or places is None or not isinstance(layout, IssueStates):
            return ()
        return tuple(
            (issue, options[place])
            for (issue, options), place in zip(layout.issues.items(), places, strict=True)
            if issue in lines and options[place] not in lines[issue]
        )

    def apart(self, party: str | int, one: int, two: int) -> bool:
        """Return whether one of two preference values of a party is past its red lines only."""
        bar = self.bars[self.party(party)]
        return bar is not None and (one < bar) != (two < bar)

    def plainest(
        self, start: int, ends: Sequence[int], score: Callable[[int], tuple[Any, ...]]
    ) -> int:
        """Return the end with the highest score; among several the one with fewest switches."""
        best = max(map(score, ends))
        equals = np.array([end for end in ends if score(end) == best], dtype=np.int64)
        return int(equals[np.argmin(self.states.switched(np.array([start]), equals))])

    def gain(self, party: str | int, high: int, low: int, unit: Unit | None) -> Fraction | None:
        """Return the difference of two preference values of a party, in a unit.

        None where just one of them is past a red line: no amount makes up for that.

        Parameters
        ----------
        party : str or int
        high, low : int
            Entries of the party's :attr:`preferences`.
        unit : callable, mapping or None
            ``unit(party, difference)`` says an integer difference of the party's preference in
            the unit of the caller, or None where it has none; or party -> denominator. None:
            the preferences are ordinal.
        """
        if self.apart(party, high, low):
            return None
        level = self.levels[self.party(party)]
        ends = (high, low) if level is None else (level[high], level[low])
        return self.in_unit(party, int(ends[0]) - int(ends[1]), unit)

    def in_unit(self, party: str | int, difference: int, unit: Unit | None) -> Fraction | None:
        """Say an integer difference of a party's preference in a unit; see :meth:`gain`."""
        name = self.parties[self.party(party)]
        if unit is None:
            return None
        if not isinstance(unit, Mapping):
            return unit(name, difference)
        for key in unit:
            if key not in self.parties:
                raise UnknownNameError.of("party", key, self.parties, where="unit")
        if name not in unit:
            return None
        denominator = exact(unit[name], where=f"unit of {name}")
        if denominator <= 0:
            raise GameError(f"{denominator} is no denominator", where=f"unit of {name}")
        return difference / denominator

    # ---- identity -------------------------------------------------------------------------

    def _fields(self) -> tuple[Any, ...]:
        return (
            self.parties,
            self.states,
            self.preferences,
            self.moves,
            self.levels,
            self.control,
            self.allowed,
            self.red_lines,
            self.bars,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConflictGraph):
            return NotImplemented
        mine, theirs = (
            [
                *graph.preferences,
                *graph.allowed,
                *(own.bounds for own in graph.moves if isinstance(own, ArcMoves)),
                *(own.targets for own in graph.moves if isinstance(own, ArcMoves)),
                *(np.zeros(0) if level is None else level for level in graph.levels),
            ]
            for graph in (self, other)
        )
        return (
            (self.parties, self.states, self.control, self.red_lines)
            == (other.parties, other.states, other.control, other.red_lines)
            and tuple(self.control) == tuple(other.control)  # the order of the issues
            and len(mine) == len(theirs)
            and all(map(np.array_equal, mine, theirs))
        )

    def __hash__(self) -> int:
        return hash((self.parties, self.states, self.control))

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, self._fields())

    def __repr__(self) -> str:
        return f"<ConflictGraph: {self.n_states:,} states; parties {', '.join(self.parties)}>"


def _restore(*fields: Any) -> ConflictGraph:
    """Rebuild a pickled graph; arrays come back read-only."""
    graph = ConflictGraph(*fields)
    for array in (*graph.preferences, *graph.allowed, *graph.levels):
        if array is not None:
            read_only(array)
    return graph


def _lines(
    given: Mapping[str, Mapping[str, Sequence[str]]], parties: tuple[str, ...], layout: IssueStates
) -> FrozenMap[str, FrozenMap[str, tuple[str, ...]]]:
    """Return red lines, checked."""
    if not isinstance(given, Mapping):
        raise GameError(f"'{shorten(given)}' are no red lines by party", where="red lines")
    for party, block in given.items():
        where = f"red lines of {party}"
        if party not in parties:
            raise UnknownNameError.of("party", party, parties, where="red lines")
        if not isinstance(block, Mapping):
            raise GameError(f"'{shorten(block)}' are no red lines by issue", where=where)
        for issue, options in block.items():
            if issue not in layout.issues:
                raise UnknownNameError.of("issue", issue, layout.issues, where=where)
            if isinstance(options, str) or not isinstance(options, Sequence):
                raise GameError(
                    f"'{shorten(options)}' is no list of options",
                    where=where,
                    remedy="list the options that it allows",
                )
            for option in options:
                if option not in layout.issues[issue]:
                    known = layout.issues[issue]
                    raise UnknownNameError.of(f"option of '{issue}'", option, known, where=where)
    return FrozenMap(
        {
            party: FrozenMap({issue: tuple(options) for issue, options in block.items()})
            for party, block in given.items()
        }
    )


def _bar(party: str, worth: Values, inside: NDArray[np.bool_]) -> int:
    """Return the least preference of a state inside red lines; all others must be below."""
    if not inside.any():
        return int(worth.max()) + 1
    bar = int(worth[inside].min())
    if not inside.all() and int(worth[~inside].max()) >= bar:
        raise GameError(
            "a state past a red line does not rank below all that cross none",
            where=f"values of {party}",
            remedy="lower the values of all states past a red line by the same amount",
        )
    return bar


def _move(move: object, layout: NamedStates, number: int) -> tuple[str, int, list[int]]:
    """Return the party, the start and the ends of a listed move."""
    if isinstance(move, str) or not isinstance(move, Sequence) or len(move) != 3:
        raise GameError(
            f"'{shorten(move)}' is no move",
            where=f"move {number}",
            remedy="write (party, from, to)",
        )
    party, start, to = move
    ends = [to] if isinstance(to, str) or not isinstance(to, Sequence) else to
    places = layout.positions
    try:
        origin, found = places[start], [places[end] for end in ends]
    except (KeyError, TypeError):  # a name that is none: say which
        for name in (start, *ends):
            state_number(name, layout, f"move {number}")
        raise
    if origin in found:
        raise GameError(
            f"a move of {party} from '{start}' to itself",
            where=f"move {number}",
            remedy="a move leads to another state",
        )
    return party, origin, found
