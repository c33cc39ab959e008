"""The least sets of moves that parties would have to give up.

A party can give up walking out, or switching one of the issues it controls, alone or together
with others. Taking moves away from i removes what tempts i; it also removes what i could answer
to others. So that a set that is enough may stop to be enough when more is added.

Search by size: some party, or coalition, still gains by a move. Fewer moves of the others do not
undo it, because every answer that is left was there before. Whoever wants to stop it by giving
up more has to make that move itself impossible (or, for smr, the mover's way out after the
answer). The sets that do so are the branches; all sets of the least size are found, and none
smaller is enough.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from negotiation.conflict_graph import ConflictGraph
from negotiation.exact import FrozenMap
from negotiation.model import build
from negotiation.model.build import WALKING_OUT
from negotiation.stability.judge import Judge
from negotiation.stability.table import GRAPH
from negotiation.what_if.repair.criteria import first_broken

__all__ = ["MOVES", "WALKING_OUT", "Pledge", "least_pledges"]

MOVES = (*GRAPH, "coalition_proof", "self_enforcing")
"""Criteria that depend on who can move."""
MAX_SETS = 20_000

Pledge = tuple[str, str]
"""A party, and the issue it would not switch; :data:`WALKING_OUT` for staying at the table."""
Pledges = frozenset[Pledge]


def least_pledges(
    judge: Judge, agreement: FrozenMap[str, str], criteria: Iterable[str]
) -> list[tuple[Pledge, ...]] | None:
    """Find all least sets of moves to give up so that an agreement meets some criteria.

    Parameters
    ----------
    judge : Judge
        Of the model as it stands.
    agreement : FrozenMap
    criteria : iterable of str
        Those whose question arises.

    Returns
    -------
    list of tuples of (party, issue), or None
        Sets of one size, each in the order of parties and issues; an empty list where no
        giving up of moves does it; None where the search was given up.

    Notes
    -----
    At most 20,000 sets are judged.
    """
    search = _Search(judge, agreement, tuple(own for own in criteria if own in MOVES))
    heap: list[tuple[int, int, Pledges]] = [(0, 0, frozenset())]
    seen = {frozenset[Pledge]()}
    found: list[Pledges] = []
    counter = itertools.count(1)
    while heap:
        size, _, pledges = heapq.heappop(heap)
        if found and size > len(found[0]):
            break
        ways = search.ways(pledges)
        if ways is None:
            found.append(pledges)
            continue
        for way in ways:
            more = pledges | way
            if more not in seen:
                seen.add(more)
                heapq.heappush(heap, (len(more), next(counter), more))
        if len(seen) > MAX_SETS:
            return None
    order = [(party, issue) for party in judge.space.parties for issue in search.order]
    return sorted(
        (tuple(sorted(own, key=order.index)) for own in found),
        key=lambda own: [order.index(pledge) for pledge in own],
    )


@dataclass(frozen=True, eq=False)
class _Search:
    """Judges an agreement when moves are given up."""

    judge: Judge
    agreement: FrozenMap[str, str]
    criteria: tuple[str, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """What can be given up, walking out first."""
        return (WALKING_OUT, *self.judge.space.issues)

    @cached_property
    def index(self) -> int:
        return self.judge.space.index(self.agreement)

    def ways(self, pledges: Pledges) -> list[Pledges] | None:
        """Return how a gain that is left can be stopped; None where nobody gains."""
        graph = build.issue_graph(self.judge.model, self.judge.space, given_up=pledges)
        broken = first_broken(self.judge, self.agreement, self.criteria, graph)
        if broken is None:
            return None
        if broken.end is None:
            return []
        if broken.criterion == "smr":  # its way out after the answer counts too
            (mover,) = broken.movers
            mine = [frozenset({(mover, issue)}) for issue in self.order]
            return [own for own in mine if self.real(graph, own)]
        return list(self._blocks(graph, frozenset(broken.movers), broken.end))

    def real(self, graph: ConflictGraph, pledges: Pledges) -> bool:
        """Say whether there is anything to give up."""
        ((party, issue),) = pledges
        if issue == WALKING_OUT:
            return self.judge.space.size in graph.successors(party, self.index)
        return party in graph.control[issue].parties

    def _blocks(self, graph: ConflictGraph, movers: frozenset[str], end: int) -> Iterator[Pledges]:
        """Yield the sets that make a joint move impossible."""
        space = self.judge.space
        if end == space.size:
            leaving = {p for p in movers if end in graph.successors(p, self.index)}
            yield frozenset((party, WALKING_OUT) for party in leaving)
            return
        there = space.agreement(end)
        for issue, hand in graph.control.items():
            if there[issue] == self.agreement[issue]:
                continue
            alone = movers.intersection(hand.alone)
            if alone:
                yield frozenset((party, issue) for party in alone)
            else:
                yield from (frozenset({(party, issue)}) for party in hand.parties)
