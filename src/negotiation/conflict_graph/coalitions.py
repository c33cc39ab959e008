"""Coalitional Nash stability of one state: no group can do better by moving together.

For a coalition H let R_H(s) be what its members can reach together from s:

- explicit form: the states that legal sequences of the members' moves end in (nobody moves
  twice in a row; see :mod:`~negotiation.conflict_graph.sequences`);
- issue form: every combination of allowed switches, made at the same time, of issues that the
  members control, alone or jointly; and "no agreement", where walking out is possible. A ban
  on a switch is respected even if the members could get around it in several steps. Where the
  allowed switches are transitive and no control is joint, both forms agree.

s is coalitionally Nash-stable when no H of at least the wanted size has a q in R_H(s) that every
member strictly prefers to s.

The search takes, for every H, the maximum over R_H(s) of the least gain of its members; s is
stable when none of these maxima is positive. A red line outweighs every gain: a q past a line of
a member that s does not cross is left out, and a member that leaves one behind gains without
bound. It costs the size of R_H(s) times the size of H
per coalition, 2**n coalitions.

Sources: Kilgour, Hipel, Fang and Peng (2001), *Group Decision and Negotiation* 10 (coalition
analysis in the graph model); Inohara and Hipel (2008), *Journal of Systems Science and Systems
Engineering* 17; Aumann (1959) for strong equilibrium.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph.graph import ConflictGraph, Unit
from negotiation.conflict_graph.moves import IssueMoves, Values
from negotiation.conflict_graph.sequences import reachable
from negotiation.conflict_graph.states import IssueStates
from negotiation.errors import GameError, TooLargeError
from negotiation.exact import IntArray, common_denominator, show
from negotiation.results import Verdict, Witness

__all__ = ["coalition_improvement", "coalitions", "joint_moves", "refuse_parties"]

MAX_PARTIES = 12


def coalition_improvement(
    graph: ConflictGraph, state: object, min_size: int = 2, *, unit: Unit | None = None
) -> Verdict:
    """Judge whether a state withstands the joint moves of every coalition.

    Parameters
    ----------
    graph : ConflictGraph
    state : int, str or mapping
        As for :meth:`ConflictGraph.index`.
    min_size : int
        The least number of members; 1 includes the moves of single parties.
    unit : callable or mapping, optional
        ``unit(party, difference)``, linear in the difference, or party -> denominator; as for
        :meth:`GraphStability.verdict`.

    Returns
    -------
    Verdict
        Holds when no coalition has a joint improvement. With a unit for every party the margin
        is the largest m such that every joint move leaves some member with a gain of at most
        -m: to flip the answer, each member of some coalition must gain that much more. None
        without units, or where no amount turns the answer: there is no joint move that leaves
        nobody past a red line, or one by which every member leaves its own behind. The witness
        of a no is the coalition and the state where
        its least-gaining member gains most (in the unit, or in the preference integers).

    Raises
    ------
    TooLargeError
        If there are more than 12 parties.
    GameError
        If there is no such state, or `min_size` is no positive integer.

    Examples
    --------
    >>> graph = ConflictGraph.from_moves(
    ...     states=["status quo", "one yields", "both yield"],
    ...     moves=[("a", "status quo", "one yields"), ("b", "one yields", "both yield")],
    ...     preferences={
    ...         "a": {"both yield": 3, "status quo": 1, "one yields": 0},
    ...         "b": {"both yield": 2, "status quo": 1, "one yields": 1},
    ...     },
    ... )
    >>> print(coalition_improvement(graph, "status quo"))
    no: a and b together move to both yield, which each of them prefers
    >>> print(coalition_improvement(graph, "status quo", unit={"a": 10, "b": 10}).witness)
    a and b together move to both yield: a gains 0.2, b gains 0.1
    """
    if isinstance(min_size, bool) or not isinstance(min_size, int) or min_size < 1:
        raise GameError(f"'{min_size}' is no least size of a coalition", remedy="give 1, 2, ...")
    count = len(graph.parties)
    refuse_parties(count)
    start = graph.index(state)
    gains, scale = _gains(graph, start, unit)
    lines = [_lines(graph, party, start) for party in range(count)]
    beyond = 1 + max(int(own.max()) for own in gains)
    if beyond >= 2**63 or any(own.dtype == object for own in gains):  # nobody's fit 64 bits then
        gains = [own.astype(object) for own in gains]
    best: int | None = None
    found: tuple[tuple[int, ...], int] = ((), start)
    for members in coalitions(count, min_size):
        ends = joint_moves(graph, start, members)
        for i in members:  # nobody crosses a red line of its own, whatever it gains
            ends = ends[lines[i][ends] >= 0]
        if not len(ends):
            continue
        # to leave a red line of one's own behind outweighs all gains
        least = np.minimum.reduce(
            [np.where(lines[i][ends] > 0, beyond, gains[i][ends]) for i in members]
        )
        most = least.max()
        if best is None or most > best:
            best, found = int(most), (members, _plainest(graph, start, ends[least == most]))
    margin = None
    if best is not None and best < beyond and scale is not None:
        margin = Fraction(-best, scale)
    if best is None or best <= 0:
        return Verdict(holds=True, margin=margin)
    return Verdict(holds=False, margin=margin, witness=_witness(graph, start, *found, unit))


def refuse_parties(count: int) -> None:
    """Refuse to search the coalitions of more than 12 parties."""
    if count > MAX_PARTIES:
        raise TooLargeError(
            f"{2**count:,} coalitions of {count} parties",
            remedy=f"coalitions are searched for up to {MAX_PARTIES} parties",
        )


def coalitions(count: int, min_size: int) -> Iterator[tuple[int, ...]]:
    """Yield the coalitions of at least some size, as numbers of parties, small ones first."""
    for size in range(min_size, count + 1):
        yield from itertools.combinations(range(count), size)


def _gains(
    graph: ConflictGraph, start: int, unit: Unit | None
) -> tuple[list[IntArray], int | None]:
    """Return each party's gain over `start` in every state, as integers over one denominator.

    The denominator is None where some party has no unit; gains are then the differences of
    the preference integers.
    """
    units = [graph.in_unit(party, 1, unit) for party in range(len(graph.parties))]
    known = [one for one in units if one is not None]
    scale = common_denominator(known) if len(known) == len(units) else None
    gains = []
    for worth, level, one in zip(graph.preferences, graph.levels, units, strict=True):
        values = worth if level is None or scale is None else level[worth]
        factor = 1 if scale is None or one is None else int(one * scale)
        span = max(abs(int(values.max())), abs(int(values.min()))) * 2 * factor
        exact_values = values if span < 2**62 else values.astype(object)
        gains.append((exact_values - exact_values[start]) * factor)
    return gains, scale


def _lines(graph: ConflictGraph, party: int, start: int) -> NDArray[np.int8]:
    """Return 1 where only `start` is past a red line of a party, -1 where only the state is."""
    bar, worth = graph.bars[party], graph.preferences[party]
    inside = np.ones(worth.shape, dtype=np.int8) if bar is None else (worth >= bar).astype(np.int8)
    found: NDArray[np.int8] = inside - inside[start]
    return found


def joint_moves(graph: ConflictGraph, start: int, members: tuple[int, ...]) -> Values:
    """Return R_H(s) without s, ascending."""
    layout = graph.states
    if not isinstance(layout, IssueStates):
        mask = reachable([graph.moves[i] for i in members], start)
        mask[start] = False
        return np.flatnonzero(mask)
    places = layout.places(start)
    if places is None:
        return np.zeros(0, dtype=np.int64)
    coalition = frozenset(graph.parties[i] for i in members)
    ends = np.zeros(1, dtype=np.int64)
    for place, length, hand, allowed in zip(
        places, layout.shape, graph.control.values(), graph.allowed, strict=True
    ):
        options = np.flatnonzero(allowed[place]) if hand.held_by(coalition) else np.array([place])
        ends = (ends[:, None] * length + options).ravel()
    ends = ends[ends != start]
    moves = [graph.moves[i] for i in members]
    leaves = any(isinstance(move, IssueMoves) and move.walk_out for move in moves)
    return np.append(ends, layout.size - 1) if leaves else ends


def _plainest(graph: ConflictGraph, start: int, ends: Values) -> int:
    """Return, of equally good ends, walking out, or else the one with the fewest switches."""
    layout = graph.states
    out = layout.size - 1 if isinstance(layout, IssueStates) and layout.walk_out else -1
    return graph.plainest(start, ends.tolist(), lambda end: (end == out,))


def _witness(
    graph: ConflictGraph, start: int, members: tuple[int, ...], end: int, unit: Unit | None
) -> Witness:
    names = tuple(graph.parties[i] for i in members)
    who = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    move = graph.move_label(start, end)
    if isinstance(graph.states, IssueStates):
        plural = {"switches": "switch", "walks": "walk"}
        verb, rest = move.split(" ", 1)
        deed = f"{verb if len(names) == 1 else plural[verb]} {rest}"
    else:
        deed = f"{'moves' if len(names) == 1 else 'move'} to {graph.labels(end)}"
    amounts = [
        graph.gain(i, int(graph.preferences[i][end]), int(graph.preferences[i][start]), unit)
        for i in members
    ]
    known = [amount for amount in amounts if amount is not None]
    freed = [graph.crossed(i, start) and not graph.crossed(i, end) for i in members]
    said = [
        f"no red line of {name} is crossed any more"
        if free
        else (f"{name} prefers it" if amount is None else f"{name} gains {show(amount)}")
        for name, free, amount in zip(names, freed, amounts, strict=True)
    ]
    text = f"{who}{' together' if len(names) > 1 else ''} {deed}"
    if known or any(freed):
        text += f": {', '.join(said)}"
    else:
        text += ", which each of them prefers" if len(names) > 1 else ", which it prefers"
    bounded = [own for own, free in zip(amounts, freed, strict=True) if not free]
    amount = min(known) if known and len(known) == len(bounded) else None
    return Witness("coalition", text, names, graph.labels(end), amount)
