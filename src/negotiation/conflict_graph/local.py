"""A graph in issue form seen from one state: a lazy search for the answers that deter a move.

:mod:`~negotiation.conflict_graph.stability` judges all states at once by arrays over all of
them. Here a state is a row of option numbers, one per issue, what it is worth is asked for when
it is met, and only what can be reached is looked at; the number of states plays no part.

The questions are those of the definition: is the move of a party from s to s1 deterred, which it
is when the others can lead on to a q worth no more to the party than s? The sequences of the
others are searched over (state, last mover), as in
:mod:`~negotiation.conflict_graph.sequences`, until there is such a q or nothing is left. "No
agreement" is final: a sequence ends there, and after it nobody counters.

Conventions
-----------
- States other than "no agreement" are int64 rows of option numbers; "no agreement" is None.
- A search that meets more than :data:`MAX_MOVES` moves is given up
  (:class:`~negotiation.errors.TooLargeError`); what was not searched is never taken for absent.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph.moves import Values
from negotiation.conflict_graph.states import Control, IssueStates
from negotiation.errors import TooLargeError
from negotiation.exact import IntArray

__all__ = ["LocalGraph", "Search"]

MAX_MOVES = 200_000

Step = tuple[str, Values | None]
"""Who moves, and the state it leads to; None is "no agreement"."""


class Search:
    """How many moves one search has met; refuses to go on above a limit.

    Examples
    --------
    >>> search = Search(limit=3)
    >>> search.spend(2)
    >>> search.left
    1
    """

    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit

    def spend(self, count: int) -> None:
        """Count some moves."""
        self.left -= count
        if self.left < 0:
            raise TooLargeError(
                f"more than {self.limit:,} moves would have to be searched",
                remedy="use fewer issues or options, or put fewer of them in one hand",
            )


@dataclass(frozen=True, eq=False)
class LocalGraph:
    """A conflict over issues, of any size, without a list of its states.

    Parameters
    ----------
    parties : tuple of str
    states : IssueStates
        The issues and their options.
    control : mapping of str to Control
        Issue -> in whose hands it is.
    allowed : tuple of Boolean arrays
        Per issue, ``allowed[k][a, b]``: whether it can be switched from option a to option b;
        the diagonal is True.
    leavers : frozenset of str
        Who can walk out.
    worth : callable
        ``worth(party, rows)``: integers that order states for a party, larger is better.
    without : mapping of str to int
        Party -> what "no agreement" is worth, on the same scale.
    """

    parties: tuple[str, ...]
    states: IssueStates
    control: Mapping[str, Control]
    allowed: tuple[NDArray[np.bool_], ...]
    leavers: frozenset[str]
    worth: Callable[[str, Values], IntArray]
    without: Mapping[str, int]

    def switches(self, members: frozenset[str], row: Values) -> dict[str, tuple[int, ...]]:
        """Return what some parties together can switch each issue to, what it has included."""
        return {
            issue: tuple(np.flatnonzero(allowed[place]).tolist())
            if hand.held_by(members)
            else (int(place),)
            for (issue, hand), allowed, place in zip(
                self.control.items(), self.allowed, row, strict=True
            )
        }

    def moves(self, party: str, row: Values, search: Search) -> Values:
        """Return the states that a party can switch to, one per row."""
        own = self.switches(frozenset({party}), row).values()
        search.spend(math.prod(len(options) for options in own))
        ends = np.zeros((1, 0), dtype=np.int64)
        for options in own:
            column = np.array(options, dtype=np.int64)
            ends = np.concatenate(
                [
                    np.repeat(ends, len(column), axis=0),
                    np.tile(column, len(ends))[:, None],
                ],
                axis=1,
            )
        moved: Values = ends[(ends != row).any(axis=1)]
        return moved

    def value(self, party: str, row: Values | None) -> int:
        """Return what one state is worth to a party."""
        return self.without[party] if row is None else int(self.worth(party, row[None, :])[0])

    def improvements(self, party: str, row: Values, search: Search) -> Values:
        """Return the states that a party gains by switching to, the best first."""
        ends = self.moves(party, row, search)
        worth = self.worth(party, ends)
        better = np.flatnonzero(worth > self.value(party, row))
        return ends[better[np.argsort(-worth[better], kind="stable")]]

    def deterrent(
        self,
        party: str,
        row: Values,
        end: Values,
        search: Search,
        *,
        improving: bool,
        counter: bool,
    ) -> list[Step] | None:
        """Return an answer of the others that deters a move, or None where there is none.

        Parameters
        ----------
        party : str
            Who moves.
        row, end : arrays
            From which state to which.
        search : Search
            What may be spent.
        improving : bool
            Whether every answer must improve its mover's position (seq).
        counter : bool
            Whether the party may move once more after the answer (smr).

        Returns
        -------
        list of (party, state)
            The answers in their order, the last one to a state worth no more than `row`.

        Raises
        ------
        TooLargeError
            If the search meets more moves than it may.
        """
        bar = self.value(party, row)
        others = [other for other in self.parties if other != party]
        reached: list[tuple[Values, str, int]] = [(end, "", -1)]
        seen: set[tuple[str, bytes]] = set()

        def path(at: int) -> list[Step]:
            steps: list[Step] = []
            while at > 0:
                state, mover, at = reached[at]
                steps.append((mover, state))
            return steps[::-1]

        # what is worth least to the party is looked at first
        queue = [(self.value(party, end), 0)]
        while queue:
            _, at = heapq.heappop(queue)
            state, last, _ = reached[at]
            for mover in others:
                if mover == last:
                    continue
                own = self.value(mover, state)
                credible = not improving or self.without[mover] > own
                if mover in self.leavers and credible and self.without[party] <= bar:
                    return [*path(at), (mover, None)]
                ends = self.moves(mover, state, search)
                if improving:
                    ends = ends[self.worth(mover, ends) > own]
                left = self.worth(party, ends)
                for hit in ends[left <= bar]:
                    if not counter or self._stuck(party, hit, bar, search):
                        return [*path(at), (mover, hit)]
                for target, value in zip(ends, left.tolist(), strict=True):
                    key = (mover, target.tobytes())
                    if key not in seen:
                        seen.add(key)
                        heapq.heappush(queue, (value, len(reached)))
                        reached.append((target, mover, at))
        return None

    def _stuck(self, party: str, row: Values, bar: int, search: Search) -> bool:
        """Return whether no move of a party from a state is worth more to it than `bar`."""
        if party in self.leavers and self.without[party] > bar:
            return False
        return bool((self.worth(party, self.moves(party, row, search)) <= bar).all())

    def answers(
        self, party: str, row: Values, *, improving: bool, counter: bool
    ) -> Iterator[tuple[Values, list[Step] | None]]:
        """Yield the improvements of a party by switching, the best first, with what deters each.

        Raises
        ------
        TooLargeError
            If more than 200,000 moves are met altogether.
        """
        search = Search(MAX_MOVES)
        for end in self.improvements(party, row, search):
            yield end, self.deterrent(party, row, end, search, improving=improving, counter=counter)
