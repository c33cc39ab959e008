"""Sequences of moves by several parties.

A sequence of moves by the parties H is legal when no party moves twice in a row; R_H(s) is the
set of states that the legal, non-empty sequences from s end in. That is reachability in the
product graph of (state, last mover): Xu, Hipel and Kilgour (2009), *Multiple objective
decision making*. A sequence of improvements has every mover improve, by its own preference,
on the state it moves from. A party may move several times in a sequence (A, B, A).

Three questions are answered here: the least value that R_H(s) contains, for all s at once; the
set R_H(s) of one s; and a shortest sequence from one s to a goal.

For the first, let T_k(s) be the least value that sequences whose first mover is k can end in::

    T_k(s) = min over q in R_k(s) of min(value(q), min over l in H, l != k, of T_l(q)).

Iterating from plus infinity, T falls to the solution: after round r it is right for sequences
of at most r moves. Where the moves of all of H are transitive, the ban on moving twice in a
row is immaterial: two moves in a row by one party are one move of it, or lead back and can be
left out, so that a single array does. Each round costs |H| operations of
:mod:`~negotiation.conflict_graph.moves`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph.moves import HIGHEST, Moves, Values

__all__ = ["least_reachable", "reachable", "shortest"]

BLOCK = 2**20  # arcs written out at a time


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
    for states, _, _ in _layers(moves, start, improving=False):
        mask[states] = True
    return mask


def shortest(
    moves: Sequence[Moves], start: int, goal: NDArray[np.bool_], *, improving: bool
) -> list[tuple[int, int]] | None:
    """Return a shortest legal sequence of moves from `start` to a state of `goal`.

    Returns
    -------
    list of (position of the mover in `moves`, state moved to), or None
    """
    layers = []
    for states, movers, parents in _layers(moves, start, improving=improving):
        layers.append((states, movers, parents))
        hits = np.flatnonzero(goal[states])
        if len(hits):
            path, at = [], int(hits[0])
            for ends, who, before in reversed(layers):
                path.append((int(who[at]), int(ends[at])))
                at = int(before[at])
            return path[::-1]
    return None


def _layers(
    moves: Sequence[Moves], start: int, *, improving: bool
) -> Iterator[tuple[Values, Values, Values]]:
    """Search (state, last mover) breadth first.

    Yields per number of moves the new pairs, as arrays of states and of movers, with the
    positions of their parents in the layer before.
    """
    if not moves:
        return
    seen = np.zeros((len(moves), len(moves[0].worth)), dtype=bool)
    states = np.array([start], dtype=np.int64)
    movers = np.array([-1], dtype=np.int64)
    while len(states):
        found = []
        for k, own in enumerate(moves):
            free = np.flatnonzero(movers != k)
            block = max(1, BLOCK // max(1, own.width))
            for begin in range(0, len(free), block):
                some = free[begin : begin + block]
                where, targets = own.arcs_from(states[some])
                if improving:
                    better = own.worth[targets] > own.worth[states[some][where]]
                    where, targets = where[better], targets[better]
                targets, first = np.unique(targets, return_index=True)
                new = ~seen[k, targets]
                targets, first = targets[new], first[new]
                seen[k, targets] = True
                found.append((targets, np.full(len(targets), k), some[where[first]]))
        if not found:
            return
        states, movers, parents = (np.concatenate(part) for part in zip(*found, strict=True))
        if len(states):
            yield states, movers, parents
