"""Stability of a few agreements in the graph of switches, judged from their neighbourhoods only.

:mod:`negotiation.conflict_graph.stability` judges every state of a graph at once. Where only a
few states matter, at many preferences, less is enough. With K_i(s) the preference of party i:

- *nash*: s is unstable where some i has an improvement s1 in R_i(s).
- *gmr*, *smr*, *seq*: an improvement s1 to "no agreement" is never answered. Any other is undone
  when an opponent may walk out (for seq: would gain by it) and K_i(no agreement) <= K_i(s),
  because nobody moves from there. Only improvements that are left need a search, breadth first
  over the legal sequences of answers, up to the first that undoes them.
- *coalition proof*: no coalition of two or more reaches a q that every member strictly prefers.
- *efficient*: among the agreements that nobody likes less, none is liked more by anybody. Any
  set of rivals will do that holds, for every agreement, one that nobody likes less than it.

A preference is stored by kinds: states of one kind are worth the same to a party at all
preferences that will be asked about, so that a new preference is a number per kind.

What does not depend on the numbers (moves, joint moves) is written down once. What decided a
case once is tried first the next time: a sequence of answers that undid an improvement, a joint
move, a rival, or a set of states that the answers to an improvement do not leave. It is checked
anew at the present preferences, so that it saves time only.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph import ConflictGraph
from negotiation.conflict_graph.moves import IssueMoves, Values
from negotiation.conflict_graph.states import IssueStates

__all__ = ["Neighbourhoods", "Preference"]

KEPT = 2_000_000
"""Written-out arcs and joint moves that are kept for a further draw, per piece."""

SMALL = 1000
"""Arcs out of a single state that are kept."""

Mask = NDArray[np.bool_]

Answers = tuple[tuple[int, int], ...]
"""A sequence of answers: who moves, and to which state."""


@dataclass(frozen=True, eq=False)
class Preference:
    """A party's preference over all states.

    Parameters
    ----------
    kinds : array of int, shape (n_states,), or None
        The kind of each state; "no agreement", the last state, is alone in the last kind. None:
        every state is a kind of its own.
    levels : array of int
        What a state of each kind is worth.
    """

    kinds: Values | None
    levels: Values

    def __getitem__(self, states: Any) -> Any:
        return self.levels[states if self.kinds is None else self.kinds[states]]

    @property
    def without(self) -> int:
        """What "no agreement" is worth."""
        return int(self.levels[-1])


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

    @cached_property
    def last(self) -> int:
        """The number of "no agreement"."""
        return self.graph.n_states - 1

    @cached_property
    def array(self) -> Values:
        """The agreements to judge."""
        return np.array(self.states, dtype=np.int64)

    @cached_property
    def moves(self) -> tuple[IssueMoves, ...]:
        """The parties' moves."""
        return tuple(own for own in self.graph.moves if isinstance(own, IssueMoves))

    @cached_property
    def leavers(self) -> tuple[bool, ...]:
        """Which parties can walk out."""
        return tuple(own.walk_out for own in self.moves)

    @cached_property
    def _able(self) -> Mask:
        return np.array(self.leavers)

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

    def leaving(self, keys: Sequence[Preference]) -> Mask:
        """Return, by party and agreement, who would rather have none."""
        return np.stack([own.without > own[self.array] for own in keys])

    def stable(
        self, concepts: Collection[str], keys: Sequence[Preference], leaving: Mask
    ) -> dict[str, list[bool]]:
        """Judge every agreement against the moves of single parties.

        Parameters
        ----------
        concepts : collection of str
            Among ``nash``, ``gmr``, ``smr`` and ``seq``.
        keys : sequence of Preference
            Per party.
        leaving : array of bool
            From :meth:`leaving`.
        """
        found: dict[str, list[bool]] = {concept: [] for concept in concepts}
        # who walks out cannot be answered
        left = np.logical_or.reduce(leaving[self._able]).tolist()
        for state, gone in zip(self.states, left, strict=True):
            tempted = [] if gone else self._tempted(state, keys)
            known = {"nash": not gone and not tempted}
            for concept in concepts:  # nash implies all others; seq and smr imply gmr
                if concept not in known:
                    known[concept] = not gone and (
                        known["nash"]
                        or (concept == "gmr" and (known.get("seq") or known.get("smr")))
                        or all(self._deterred(concept, state, *one, keys) for one in tempted)
                    )
                found[concept].append(known[concept])
        return found

    def _tempted(self, state: int, keys: Sequence[Preference]) -> list[tuple[int, Values]]:
        """Return who has improvements: the party, and their positions in R_i(s)."""
        found = []
        for i, own in enumerate(keys):
            better = (own[self.reach(state, i)] > own[state]).nonzero()[0]
            if len(better):
                found.append((i, better))
        return found

    def _deterred(
        self, concept: str, state: int, party: int, better: Values, keys: Sequence[Preference]
    ) -> bool:
        """Say whether every improvement of a party is undone; none of them is a walk-out."""
        own = keys[party]
        here = int(own[state])
        credible = concept == "seq"
        ends = self.reach(state, party)
        if own.without <= here:
            leaving = [k for k in self._others(party) if self.leavers[k]]
            if leaving and not credible:
                return True
            for k in leaving:
                better = better[keys[k][ends[better]] >= keys[k].without]
        refuge = self.hints.get(("refuge", concept, state, party))
        if refuge is not None and refuge.end in ends[better] and refuge.holds(party, here, keys):
            return False
        undone: dict[int, Answers] = self.hints.setdefault(("undone", concept, state, party), {})
        places = [
            place
            for place in better.tolist()
            if place not in undone
            or not self._undoes(concept, int(ends[place]), undone[place], party, here, keys)
        ]
        if credible and places:
            places = self._unanswered(state, party, places, undone, keys)
        for place in sorted(places, key=lambda place: -int(own[ends[place]])):
            end = int(ends[place])
            answers, visited = self._search(concept, end, party, here, keys)
            if not answers:
                self.hints["refuge", concept, state, party] = self._refuge(end, party, visited)
                return False
            undone[place] = answers
        return True

    def _undoes(
        self,
        concept: str,
        end: int,
        answers: Answers,
        party: int,
        here: int,
        keys: Sequence[Preference],
    ) -> bool:
        """Say whether a sequence of answers to a move undoes it."""
        last = answers[-1][1]
        if keys[party][last] > here:
            return False
        if concept == "seq":
            for k, target in answers:
                if keys[k][target] <= keys[k][end]:
                    return False
                end = target
        return (
            concept != "smr" or len(self._harmful(concept, np.array([last]), party, here, keys)) > 0
        )

    def _unanswered(
        self,
        state: int,
        party: int,
        places: list[int],
        undone: dict[int, Answers],
        keys: Sequence[Preference],
    ) -> list[int]:
        """Leave out improvements that one credible switch of an opponent undoes."""
        own = keys[party]
        ends = self.reach(state, party)
        left = np.zeros(len(ends), dtype=bool)
        left[places] = True
        for k in self._others(party):
            where, targets = self._answers(state, party, k)
            some = left[where] & (own[targets] <= own[state])
            where, targets = where[some], targets[some]
            gains = keys[k][targets] > keys[k][ends[where]]
            where, targets = where[gains], targets[gains]
            left[where] = False
            undone.update(
                (place, ((k, target),))
                for place, target in zip(where.tolist(), targets.tolist(), strict=True)
            )
            if not left.any():
                break
        return left.nonzero()[0].tolist()

    def _search(
        self, concept: str, start: int, party: int, here: int, keys: Sequence[Preference]
    ) -> tuple[Answers, Values]:
        """Search the answers of the others, breadth first, for some that undo a move.

        Returns
        -------
        answers : tuple
            Empty where none undoes it.
        visited : array of int
            Then the states that the answers lead to, and the first.
        """
        others = self._others(party)
        alike = all(self._transitive[k] for k in others)  # then nobody gains by moving twice
        seen = np.zeros((1 if alike else len(others), self.graph.n_states), dtype=bool)
        # per layer: the states, who moved there, and from which place in the layer before
        layers = [(np.array([start]), np.array([-1]), np.array([0]))]
        while len(layers[-1][0]):
            states, movers, _ = layers[-1]
            layer = []
            for k, other in enumerate(others):
                row = seen[0 if alike else k]
                free = np.arange(len(states)) if alike else (movers != other).nonzero()[0]
                if not len(free):
                    continue
                where, targets = self._arcs(other, states[free])
                where = free[where]
                some = ~row[targets]
                if concept == "seq":
                    some &= keys[other][targets] > keys[other][states[where]]
                targets, first = np.unique(targets[some], return_index=True)
                where = where[some][first]
                row[targets] = True
                harmful = self._harmful(concept, targets, party, here, keys)
                if len(harmful):
                    answers = [(other, int(targets[harmful[0]]))]
                    place = where[harmful[0]]
                    for states, movers, before in layers[:0:-1]:
                        answers.append((int(movers[place]), int(states[place])))
                        place = before[place]
                    return tuple(reversed(answers)), targets[:0]
                layer.append((targets, np.full(len(targets), other), where))
            if not layer:
                break
            columns = zip(*layer, strict=True)
            states, movers, before = (np.concatenate(column) for column in columns)
            layers.append((states, movers, before))
        return (), np.unique(np.concatenate([states for states, _, _ in layers]))

    def _refuge(self, start: int, party: int, states: Values) -> _Refuge | None:
        """Return some states with the opponents' arcs out of them, if these are not too many."""
        others = self._others(party)
        if len(states) * sum(self.moves[k].width for k in others) > KEPT:
            return None
        inside = np.zeros(self.graph.n_states, dtype=bool)
        inside[states] = True
        arcs = []
        for k in others:
            where, targets = self.moves[k].arcs_from(states)
            leave = ~inside[targets]
            arcs.append((k, states[where[leave]], targets[leave]))
        return _Refuge(start, states, tuple(arcs))

    def _harmful(
        self, concept: str, states: Values, party: int, here: int, keys: Sequence[Preference]
    ) -> Values:
        """Return the places of the states in which a party is no better off than before."""
        harmful: Values = (keys[party][states] <= here).nonzero()[0]
        if concept != "smr" or not len(harmful):
            return harmful
        where, targets = self.moves[party].arcs_from(states[harmful])
        escapes = np.zeros(len(harmful), dtype=bool)
        escapes[where[keys[party][targets] > here]] = True
        return harmful[~escapes]

    # ---- coalitions -------------------------------------------------------------------------

    def coalition_proof(self, keys: Sequence[Preference], leaving: Mask) -> list[bool]:
        """Judge every agreement against the joint moves of two or more parties."""
        left = ((leaving.sum(axis=0) > 1) & leaving[self._able].any(axis=0)).tolist()
        return [
            not gone and self._no_joint_move(state, keys)
            for state, gone in zip(self.states, left, strict=True)
        ]

    def _no_joint_move(self, state: int, keys: Sequence[Preference]) -> bool:
        """Judge one agreement against joint moves to others."""
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

    def efficient(
        self, keys: Sequence[Preference], versions: Sequence[int], rivals: Values | None
    ) -> list[bool]:
        """Judge for every agreement whether none is liked more by somebody and less by nobody.

        Parameters
        ----------
        keys : sequence of Preference
            Per party.
        versions : sequence of int
            Number the parties' preferences over agreements: where a number is that of the last
            call, the preferences are the same.
        rivals : array of int, optional
            The agreements to compare with, the same at every call; None for all.
        """
        last: Values = self.hints.setdefault("dominated by", self.array.copy())
        weakly = np.ones(len(last), dtype=bool)
        strictly = np.zeros(len(last), dtype=bool)
        for own in keys:
            theirs, here = own[last], own[self.array]
            weakly &= theirs >= here
            strictly |= theirs > here
        return [
            not known and self._undominated(place, keys, versions, rivals)
            for place, known in enumerate((weakly & strictly).tolist())
        ]

    def _undominated(
        self, place: int, keys: Sequence[Preference], versions: Sequence[int], rivals: Values | None
    ) -> bool:
        """Compare one agreement with the rivals; those of unchanged parties are kept."""
        state = self.states[place]
        chain: list[tuple[int, int, Values]] = self.hints.setdefault(("weakly better", state), [])
        for link, i in enumerate(sorted(range(len(keys)), key=lambda i: (versions[i], i))):
            if link < len(chain) and chain[link][:2] != (i, versions[i]):
                del chain[link:]
            if link == len(chain):
                before = chain[-1][2] if chain else rivals
                worth = keys[i][slice(self.last) if before is None else before]
                found = (worth >= keys[i][state]).nonzero()[0]
                chain.append((i, versions[i], found if before is None else before[found]))
        left = chain[-1][2]
        better = np.zeros(len(left), dtype=bool)
        for own in keys:
            better |= own[left] > own[state]
        if not better.any():
            return True
        self.hints["dominated by"][place] = left[np.argmax(better)]
        return False


@dataclass(frozen=True, eq=False)
class _Refuge:
    """States among which all answers to a move stayed, and the arcs out of them.

    Attributes
    ----------
    end : int
        Where the move led.
    states : array of int
        The states.
    arcs : tuple of (int, array of int, array of int)
        Per opponent the arcs that leave them: (who, from, to).
    """

    end: int
    states: Values
    arcs: tuple[tuple[int, Values, Values], ...]

    def holds(self, party: int, here: int, keys: Sequence[Preference]) -> bool:
        """Say whether the party is better off in all states, and nobody gains by leaving them."""
        return bool((keys[party][self.states] > here).all()) and not any(
            (keys[k][targets] > keys[k][starts]).any() for k, starts, targets in self.arcs
        )
