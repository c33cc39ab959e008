"""Sequences of moves by several parties.

A sequence of moves by the parties H is legal when no party moves twice in a row; R_H(s) is the
set of states that the legal, non-empty sequences from s end in. That is reachability in the
product graph of (state, last mover): Xu, Hipel and Kilgour (2009), *Multiple objective
decision making*. A sequence of improvements has every mover improve, by its own preference,
on the state it moves from. A party may move several times in a sequence (A, B, A).

Answered here: the least value that R_H(s) contains, for all s at once and for one s; the set
R_H(s) of one s; and the clearest sequence from one s to a goal.

For the first, let T_k(s) be the least value that sequences whose first mover is k can end in::

    T_k(s) = min over q in R_k(s) of min(value(q), min over l in H, l != k, of T_l(q)).

Iterating from plus infinity, T falls to the solution: after round r it is right for sequences
of at most r moves. Where the moves of all of H are transitive, the ban on moving twice in a
row is immaterial: two moves in a row by one party are one move of it, or lead back and can be
left out, so that a single array does. Each round costs |H| operations of
:mod:`~negotiation.conflict_graph.moves`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph.moves import HIGHEST, Moves, Values

__all__ = ["clearest", "least_from", "least_reachable", "left_without", "reachable"]

BLOCK = 2**20  # arcs written out at a time

Switched = Callable[[Values, Values], Values]
"""How much some moves change, given where they begin and end."""


def least_reachable(moves: Sequence[Moves], values: Values, *, improving: bool) -> Values:
    """Return, for every state s, the least of `values` over R_H(s).

    Parameters
    ----------
    moves : sequence of Moves
        The moves of each member of H.
    values : array of int, shape (n_states,)
    improving : bool
        Whether only sequences of improvements count.

    Returns
    -------
    array of int, shape (n_states,)
        :data:`~negotiation.conflict_graph.moves.HIGHEST` where R_H(s) is empty. Where all moves
        are transitive, s itself may count although no legal sequence leads back to it: stability
        takes the least of this and of what s itself is worth, so that it makes no difference.
    """
    steps = [own.least_improving if improving else own.least for own in moves]
    if not steps:
        return np.full(len(values), HIGHEST, dtype=np.int64)
    if len(steps) == 1:  # one move at most, or one that stands for all of them
        return steps[0](values)
    first = [np.full(len(values), HIGHEST, dtype=np.int64) for _ in moves]
    if all(own.transitive for own in moves):
        first = [first[0]] * len(moves)  # one array that every step lowers
    shared = first[0] is first[1]
    stale = True
    while stale:
        stale = False
        for k, step in enumerate(steps):
            ahead = values
            for later in first[:1] if shared else first[:k] + first[k + 1 :]:
                ahead = np.minimum(ahead, later)
            found = step(ahead)
            lower = found < first[k]
            if lower.any():
                stale = True
                np.minimum(first[k], found, out=first[k])
    least: Values = np.minimum.reduce(first)
    return least


def reachable(moves: Sequence[Moves], start: int) -> NDArray[np.bool_]:
    """Return which states legal sequences of moves from `start` end in, as a mask."""
    mask = np.zeros(len(moves[0].worth), dtype=bool) if moves else np.zeros(0, dtype=bool)
    for layer in _layers(moves, start, improving=False):
        mask[layer.states] = True
    return mask


def left_without(
    moves: Sequence[Moves],
    start: int,
    origin: int,
    values: Values,
    *,
    improving: bool,
    first: bool = False,
) -> tuple[int, dict[int, int]]:
    """Return what the members of H can make of a move from `origin` to `start`, origin apart.

    With `first` the search ends as soon as somebody can lead back to `origin`, and with
    `improving` gains by it; neither result is complete then.

    Returns
    -------
    least : int
        The least of `values` over what the legal sequences from `start` end in that do not pass
        through `origin`; HIGHEST where there are none.
    entries : dict
        Position in `moves` -> a state from which that member can lead back to `origin`: of those
        that the sequences reach, one that it likes least. Whether it gains by that is not asked.
    """
    least, entries = HIGHEST, dict[int, int]()
    for layer in _layers(moves, start, improving=improving, origin=origin, entries=entries):
        least = min(least, int(values[layer.states].min()))
        if first and any(
            not improving or moves[k].worth[origin] > moves[k].worth[at]
            for k, at in entries.items()
        ):
            break
    return least, entries


def least_from(moves: Sequence[Moves], start: int, values: Values, *, improving: bool) -> int:
    """Return the least of `values` over R_H(start), HIGHEST where that is empty."""
    layers = _layers(moves, start, improving=improving)
    return min((int(values[layer.states].min()) for layer in layers), default=HIGHEST)


def clearest(
    moves: Sequence[Moves],
    start: int,
    goal: NDArray[np.bool_],
    switched: Switched,
    *,
    improving: bool,
) -> list[tuple[int, int]] | None:
    """Return the clearest legal sequence of moves from `start` to a state of `goal`.

    A shortest one; among these one that changes least, then one in which the fewest moves leave
    their mover no better off; then by the order of the movers, the last mover's preference for
    where it ends, and the number of that state.

    Parameters
    ----------
    moves : sequence of Moves
        The moves of each member of H.
    start : int
    goal : array of bool, shape (n_states,)
    switched : callable
        How much some moves change, given arrays of where they begin and end.
    improving : bool
        Whether only sequences of improvements count.

    Returns
    -------
    list of (position of the mover in `moves`, state moved to), or None

    Notes
    -----
    A pair of state and last mover lies in the first layer that it occurs in on every shortest
    sequence: otherwise a shorter one would do. So that the least change is that of the layers'
    pairs, one after the other.
    """
    layers: list[_Layer] = []
    for layer in _layers(moves, start, improving=improving, switched=switched):
        layers.append(layer)
        hits = np.flatnonzero(goal[layer.states])
        if len(hits):
            at = min(
                hits.tolist(),
                key=lambda hit: (
                    *(int(cost[hit]) for cost in layers[-1].costs),
                    int(layers[-1].movers[hit]),
                    -int(moves[int(layers[-1].movers[hit])].worth[layers[-1].states[hit]]),
                    int(layers[-1].states[hit]),
                ),
            )
            path = []
            for back in reversed(layers):
                path.append((int(back.movers[at]), int(back.states[at])))
                at = int(back.parents[at])
            return path[::-1]
    return None


@dataclass(frozen=True, eq=False)
class _Layer:
    """The pairs (state, last mover) that sequences of some length reach, and none shorter.

    Attributes
    ----------
    states, movers : array of int
        The pairs.
    parents : array of int
        The positions, in the layer before, of the pairs they were reached from.
    costs : tuple of arrays of int
        By how much the moves so far change things, and how many left their mover no better off;
        the least there is, the first before the second.
    """

    states: Values
    movers: Values
    parents: Values
    costs: tuple[Values, Values]


def _layers(
    moves: Sequence[Moves],
    start: int,
    *,
    improving: bool,
    switched: Switched | None = None,
    origin: int | None = None,
    entries: dict[int, int] | None = None,
) -> Iterator[_Layer]:
    """Search (state, last mover) breadth first; without `switched`, costs are all 0.

    `origin` is not entered: `entries` gets for each mover the state, among those from which it
    could, that it likes least.
    """
    if not moves:
        return
    seen = np.zeros((len(moves), len(moves[0].worth)), dtype=bool)
    nothing = np.zeros(1, dtype=np.int64)
    last = _Layer(np.array([start], dtype=np.int64), nothing - 1, nothing, (nothing, nothing))
    while len(last.states):
        found = []
        for k, own in enumerate(moves):
            free = np.flatnonzero(last.movers != k)
            block = max(1, BLOCK // max(1, own.width))
            reached = []
            for begin in range(0, len(free), block):
                some = free[begin : begin + block]
                where, targets = own.arcs_from(last.states[some])
                fresh = ~seen[k, targets]
                if entries is not None:
                    back = last.states[some[where[targets == origin]]]
                    known = [entries[k]] if k in entries else []
                    if len(back):
                        entries[k] = int(min([*known, *back.tolist()], key=own.worth.__getitem__))
                    fresh &= targets != origin
                where, targets = some[where[fresh]], targets[fresh]
                pays = own.worth[targets] > own.worth[last.states[where]]
                if improving:
                    where, targets, pays = where[pays], targets[pays], pays[pays]
                changes, idle = (cost[where] for cost in last.costs)
                if switched is not None:
                    changes = changes + switched(last.states[where], targets)
                    idle = idle + ~pays
                reached.append(_first_of_each(targets, changes, idle, where))
            if reached:
                columns = [np.concatenate(part) for part in zip(*reached, strict=True)]
                targets, changes, idle, where = (
                    _first_of_each(*columns) if len(reached) > 1 else columns
                )
                seen[k, targets] = True
                found.append((targets, np.full(len(targets), k), where, changes, idle))
        if not found:
            return
        states, movers, parents, *costs = (
            np.concatenate(part) for part in zip(*found, strict=True)
        )
        last = _Layer(states, movers, parents, (costs[0], costs[1]))
        if len(states):
            yield last


def _first_of_each(
    targets: Values, changes: Values, idle: Values, where: Values
) -> tuple[Values, Values, Values, Values]:
    """Return each target once, in order, with the least costs and where these came from."""
    order = np.lexsort((idle, changes, targets))  # stable: the first origin among equals
    targets = targets[order]
    first = np.ones(len(targets), dtype=bool)
    first[1:] = targets[1:] != targets[:-1]
    kept = order[first]
    return targets[first], changes[kept], idle[kept], where[kept]
