"""Stability of a few agreements in the graph of switches, judged from their neighbourhoods only.

:mod:`negotiation.conflict_graph.stability` judges every state of a graph at once. Where only a
few states matter, at many preferences, less is enough. With K_i(s) the preference of party i:

- *nash*: s is unstable where some i has an improvement s1 in R_i(s).
- *gmr*, *smr*, *seq*: an improvement s1 to "no agreement" is never answered. Any other is undone
  when an opponent may walk out (for seq: would gain by it) and K_i(no agreement) <= K_i(s),
  because nobody moves from there. Only improvements that are left need a search, breadth first
  over the legal sequences of answers, up to the first that undoes them.
- *coalition proof*: no coalition of two or more reaches a q that every member strictly prefers.
- *efficient*: among the agreements that nobody likes less, none is liked more by anybody.

What does not depend on the numbers (moves, joint moves) is written down once. What decided a
case once is tried first the next time: it is checked anew, so that it saves time only.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph import ConflictGraph
from negotiation.conflict_graph.moves import IssueMoves, Values
from negotiation.conflict_graph.states import IssueStates

__all__ = ["Neighbourhoods"]

KEPT = 2_000_000
"""Written-out arcs and joint moves that are kept for a further draw, per piece."""

SMALL = 1000
"""Arcs out of a single state that are kept."""


@dataclass(frozen=True, eq=False)
class Neighbourhoods:
    """What can happen around some agreements of a graph of switches with walk-outs.

    Parameters
    ----------
    graph : ConflictGraph
        In issue form, with "no agreement" as its last state; its preferences are not used.
    states : tuple of int
        The agreements to judge.
    """

    graph: ConflictGraph
    states: tuple[int, ...]
    hints: dict[Any, Any] = field(default_factory=dict, repr=False)

    # ---- what does not depend on the numbers ----------------------------------------------

    @property
    def last(self) -> int:
        """The number of "no agreement"."""
        return self.graph.n_states - 1

    @cached_property
    def moves(self) -> tuple[IssueMoves, ...]:
        """The parties' moves."""
        return tuple(own for own in self.graph.moves if isinstance(own, IssueMoves))

    @cached_property
    def leavers(self) -> tuple[bool, ...]:
        """Which parties can walk out."""
        return tuple(own.walk_out for own in self.moves)

    def reach(self, state: int, party: int) -> Values:
        """Return R_i(s)."""
        key = ("reach", state, party)
        if key not in self.hints:
            self.hints[key] = self.moves[party].arcs_from(np.array([state], dtype=np.int64))[1]
        found: Values = self.hints[key]
        return found

    def _answers(self, state: int, party: int, other: int) -> tuple[Values, Values]:
        """Return the opponent's arcs out of every state of R_i(s): (position, target)."""
        key = ("answers", state, party, other)
        if key not in self.hints:
            found = self.moves[other].arcs_from(self.reach(state, party))
            if len(found[0]) > KEPT:
                return found
            self.hints[key] = found
        kept: tuple[Values, Values] = self.hints[key]
        return kept

    def _arcs(self, party: int, states: Values) -> tuple[Values, Values]:
        """Return the arcs out of some states; those out of a single one are kept."""
        if len(states) > 1:
            return self.moves[party].arcs_from(states)
        found: tuple[Values, Values]
        key = ("arcs", party, int(states[0]))
        if key not in self.hints:
            found = self.moves[party].arcs_from(states)
            if len(found[0]) > SMALL:
                return found
            self.hints[key] = found
        found = self.hints[key]
        return found

    def _others(self, party: int) -> list[int]:
        return [k for k in range(len(self.moves)) if k != party]

    @cached_property
    def _transitive(self) -> tuple[bool, ...]:
        return tuple(own.transitive for own in self.moves)

    def _joint(self, state: int, members: tuple[int, ...]) -> Values:
        """Return the agreements that the members reach together by one joint switch."""
        key = ("joint", state, members)
        if key in self.hints:
            found: Values = self.hints[key]
            return found
        layout, graph = self.graph.states, self.graph
        assert isinstance(layout, IssueStates)
        places = layout.places(state)
        assert places is not None
        coalition = frozenset(graph.parties[i] for i in members)
        ends = np.zeros(1, dtype=np.int64)
        for place, length, hand, allowed in zip(
            places, layout.shape, graph.control.values(), graph.allowed, strict=True
        ):
            free = hand.held_by(coalition)
            options = np.flatnonzero(allowed[place]) if free else np.array([place])
            ends = (ends[:, None] * length + options).ravel()
        if len(ends) <= KEPT:
            self.hints[key] = ends
        return ends

    # ---- single parties ---------------------------------------------------------------------

    def stable(self, concept: str, state: int, keys: Sequence[Values]) -> bool:
        """Judge one agreement by one concept.

        Parameters
        ----------
        concept : str
            ``nash``, ``gmr``, ``smr`` or ``seq``.
        state : int
            The agreement.
        keys : sequence of integer arrays
            Per party its preference over all states.
        """
        parties = range(len(keys))
        tempted = []
        for i in parties:  # the cheap cases first: who walks out cannot be answered
            if self.leavers[i] and keys[i][self.last] > keys[i][state]:
                return False
        for i in parties:
            ends = self.reach(state, i)
            better = np.flatnonzero(keys[i][ends] > keys[i][state])
            if len(better):
                if concept == "nash":
                    return False
                tempted.append((i, better))
        return all(self._deterred(concept, state, i, better, keys) for i, better in tempted)

    def _deterred(
        self, concept: str, state: int, party: int, better: Values, keys: Sequence[Values]
    ) -> bool:
        """Say whether every improvement of a party is undone; none of them is a walk-out."""
        own = keys[party]
        here = own[state]
        others = self._others(party)
        credible = concept == "seq"
        ends = self.reach(state, party)
        if own[self.last] <= here:
            leaving = [k for k in others if self.leavers[k]]
            if leaving and not credible:
                return True
            for k in leaving:
                better = better[keys[k][ends[better]] >= keys[k][self.last]]
        if credible and len(better):
            better = self._unanswered(state, party, better, keys)
        hint = ("undeterred", concept, state, party)
        first = self.hints.get(hint)
        order = sorted(ends[better].tolist(), key=lambda end: (end != first, -int(own[end])))
        for end in order:
            if not self._undone(concept, end, party, here, keys):
                self.hints[hint] = end
                return False
        return True

    def _unanswered(self, state: int, party: int, better: Values, keys: Sequence[Values]) -> Values:
        """Leave out improvements that one credible switch of an opponent undoes."""
        own = keys[party]
        ends = self.reach(state, party)
        left = np.zeros(len(ends), dtype=bool)
        left[better] = True
        for k in self._others(party):
            where, targets = self._answers(state, party, k)
            some = left[where] & (own[targets] <= own[state])
            where, targets = where[some], targets[some]
            gains = keys[k][targets] > keys[k][ends[where]]
            left[where[gains]] = False
            if not left.any():
                break
        return np.flatnonzero(left)

    def _undone(
        self, concept: str, start: int, party: int, here: int, keys: Sequence[Values]
    ) -> bool:
        """Search the answers of the others breadth first for one that undoes a move."""
        others = self._others(party)
        alike = all(self._transitive[k] for k in others)  # then nobody gains by moving twice
        seen = np.zeros((1 if alike else len(others), self.graph.n_states), dtype=bool)
        states = np.array([start], dtype=np.int64)
        movers = np.array([-1], dtype=np.int64)
        while len(states):
            layer, who = [], []
            for k, other in enumerate(others):
                row = seen[0 if alike else k]
                free = states if alike else states[movers != k]
                if not len(free):
                    continue
                where, targets = self._arcs(other, free)
                if concept == "seq":
                    targets = targets[keys[other][targets] > keys[other][free[where]]]
                targets = targets[~row[targets]]
                row[targets] = True
                targets = np.unique(targets)
                if self._harmful(concept, targets, party, here, keys):
                    return True
                layer.append(targets)
                who.append(np.full(len(targets), k))
            states = np.concatenate(layer) if layer else states[:0]
            movers = np.concatenate(who) if who else movers[:0]
        return False

    def _harmful(
        self, concept: str, states: Values, party: int, here: int, keys: Sequence[Values]
    ) -> bool:
        """Say whether a party is no better off than before in one of some states."""
        harmed = states[keys[party][states] <= here]
        if concept != "smr" or not len(harmed):
            return len(harmed) > 0
        where, targets = self.moves[party].arcs_from(harmed)
        escapes = np.zeros(len(harmed), dtype=bool)
        escapes[where[keys[party][targets] > here]] = True
        return not escapes.all()

    # ---- coalitions -------------------------------------------------------------------------

    def coalition_proof(self, state: int, keys: Sequence[Values]) -> bool:
        """Judge one agreement against the joint moves of two or more parties."""
        leaving = [keys[i][self.last] > keys[i][state] for i in range(len(keys))]
        if sum(leaving) > 1 and any(
            gain and can for gain, can in zip(leaving, self.leavers, strict=True)
        ):
            return False
        hint = ("joint move", state)
        if hint in self.hints:
            members, end = self.hints[hint]
            if all(keys[i][end] > keys[i][state] for i in members):
                return False
        for size in range(2, len(keys) + 1):
            for members in itertools.combinations(range(len(keys)), size):
                ends = self._joint(state, members)
                for i in members:
                    if len(ends):
                        ends = ends[keys[i][ends] > keys[i][state]]
                if len(ends):
                    self.hints[hint] = members, int(ends[0])
                    return False
        return True

    # ---- efficiency -------------------------------------------------------------------------

    def efficient(self, state: int, keys: Sequence[Values], versions: Sequence[int]) -> bool:
        """Judge whether no agreement is liked more by somebody and less by nobody.

        `versions` number the parties' preferences over agreements: where a number is that of
        the last call, the preferences are the same.
        """
        hint = ("dominated by", state)
        if hint in self.hints and self._dominates(self.hints[hint], state, keys):
            return False
        chain: list[tuple[int, int, NDArray[np.intp]]] = self.hints.setdefault(
            ("weakly better", state), []
        )
        kept: list[tuple[int, int, NDArray[np.intp]]] = []
        order = sorted(range(len(keys)), key=lambda i: (versions[i], i))
        rivals: NDArray[np.intp] | None = None
        for place, i in enumerate(order):
            if place < len(chain) and chain[place][:2] == (i, versions[i]):
                rivals = chain[place][2]
            else:
                del chain[place:]
                worth = keys[i][: self.last] if rivals is None else keys[i][rivals]
                found = np.flatnonzero(worth >= keys[i][state])
                rivals = found if rivals is None else rivals[found]
            kept.append((i, versions[i], rivals))
        self.hints["weakly better", state] = kept
        assert rivals is not None
        better = np.zeros(len(rivals), dtype=bool)
        for i in range(len(keys)):
            better |= keys[i][rivals] > keys[i][state]
        if not better.any():
            return True
        self.hints[hint] = int(rivals[np.argmax(better)])
        return False

    def _dominates(self, rival: int, state: int, keys: Sequence[Values]) -> bool:
        pairs = [(own[rival], own[state]) for own in keys]
        return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)
