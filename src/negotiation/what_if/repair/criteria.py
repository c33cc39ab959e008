"""The clauses of one agreement: what it has to be worth, criterion by criterion.

See :mod:`~negotiation.what_if.repair.clauses` for what a clause is and for each criterion's.

Nash, GMR, SMR and SEQ: for every move of a party the answers of the others are searched once, as
:mod:`negotiation.conflict_graph.sequences` does for the margins of these criteria. Coalition
proofness and efficiency have too many clauses to list. A broken one is searched for over whole
arrays; the one whose least gain is largest comes first, because it asks for most.

Ranks of the graph order states for each party, red lines first; utilities are integers over
:meth:`~negotiation.bargaining.AgreementSpace.denominator`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace
from negotiation.bargaining.agreements import ROOM, words
from negotiation.bargaining.leximin import common_scale
from negotiation.conflict_graph import ConflictGraph
from negotiation.conflict_graph.coalitions import coalitions, joint_moves
from negotiation.conflict_graph.moves import LOWEST, Values
from negotiation.conflict_graph.sequences import least_from, left_without
from negotiation.errors import NegotiationError
from negotiation.exact import FrozenMap, common_denominator
from negotiation.stability.judge import Judge
from negotiation.stability.table import GRAPH
from negotiation.what_if.repair.clauses import Amount, Clause, Clauses, Lazy, Option, Worth

__all__ = ["Known", "first_broken", "of_agreement"]


Known = dict[tuple[AgreementSpace, str], list[Clause]]
"""Clauses about moves, which are the same while the space is."""


def of_agreement(
    judge: Judge,
    agreement: FrozenMap[str, str],
    criteria: Iterable[str],
    graph: ConflictGraph,
    known: Known | None = None,
) -> Clauses:
    """Return the clauses of an agreement by some criteria.

    Parameters
    ----------
    judge : Judge
        Of the model as it stands.
    agreement : FrozenMap
    criteria : iterable of str
        Those whose question arises.
    graph : ConflictGraph
        Who may move; usually that of :func:`negotiation.model.build.issue_graph`.
    known : dict, optional
        Clauses about moves that were found before, for the same agreement and moves; added to.
    """
    deal = _Deal(judge, agreement, graph)
    listed: list[Clause] = []
    searched: list[Lazy] = []
    breaches: list[Callable[[], Iterable[Mapping[str, Amount]]]] = []
    named = tuple(criteria)
    for criterion in named:
        if criterion == "coalition_proof":
            searched.append(deal.joint_gain)
            breaches.append(deal.joint_losses)
        elif criterion == "efficient":
            searched.append(deal.dominated)
            breaches.append(deal.dominated_after)
        elif criterion in GRAPH:
            kept = {} if known is None else known
            key = (judge.space, criterion)
            if key not in kept:
                kept[key] = list(deal.clauses(criterion))
            listed += kept[key]
        else:
            listed += deal.clauses(criterion)
    worth = dict(deal.worth) | {
        key: voice.utility(party, agreement) for _, key, voice, party, _ in deal.consents
    }
    return Clauses(
        FrozenMap(worth), tuple(listed), tuple(searched), tuple(breaches), len(named) > 1
    )


def first_broken(
    judge: Judge, agreement: FrozenMap[str, str], criteria: Iterable[str], graph: ConflictGraph
) -> Clause | None:
    """Return a clause that is broken as the model stands, by criteria that depend on moves."""
    deal = _Deal(judge, agreement, graph)
    now = {party: (value, 0) for party, value in deal.worth.items()}
    for criterion in criteria:
        if criterion == "coalition_proof":
            found = deal.joint_gain(now)
        else:
            clauses = deal.clauses(criterion, tempting=True)
            found = next((clause for clause in clauses if not clause.kept(now)), None)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, eq=False)
class _Deal:
    """An agreement, and what the parties could do about it."""

    judge: Judge
    agreement: FrozenMap[str, str]
    graph: ConflictGraph
    found: dict[int, Values] = field(default_factory=dict)

    @cached_property
    def space(self) -> AgreementSpace:
        return self.judge.space

    @cached_property
    def index(self) -> int:
        return self.space.index(self.agreement)

    @cached_property
    def worth(self) -> dict[str, Fraction]:
        return {party: self.space.utility(party, self.agreement) for party in self.space.parties}

    @cached_property
    def crossed(self) -> tuple[bool, ...]:
        return tuple(bool(self.space.crossed(p, self.agreement)) for p in self.space.parties)

    @property
    def keys(self) -> tuple[Values, ...]:
        """Per party what orders all agreements and no agreement, which comes last."""
        return self.graph.preferences

    @cached_property
    def past(self) -> tuple[NDArray[np.bool_], ...]:
        """Per party the states past its red lines."""
        return tuple(np.append(~self.space.within_red_lines(p), False) for p in self.space.parties)

    @cached_property
    def consents(self) -> list[tuple[str, str, AgreementSpace, str, Fraction]]:
        """Per ratifier: (name, whose utility, its space, its name there, threshold)."""
        found = self.judge.ratification
        if found is None:
            return []
        rows = []
        for ratifier in found.ratifiers:
            voice, party = found.voices[ratifier.name]
            key = party if voice is self.space else ratifier.name
            rows.append((ratifier.name, key, voice, party, ratifier.at_least))
        return rows

    def utility(self, party: int, state: int) -> Fraction:
        name = self.space.parties[party]
        if state == self.space.size:
            return self.space.disagreement[name]
        return Fraction(int(self.space.utilities(name)[state]), self.space.denominator(name))

    def option(self, party: int, state: int, *, more: bool = False) -> Option | bool:
        """Say what s has to be worth to a party to be as good as a state, or better.

        True: it is, whatever it is worth; False: it is not.
        """
        here, there = self.crossed[party], bool(self.past[party][state])
        if here != there:
            return there
        return Option(self.space.parties[party], (self.utility(party, state), int(more)))

    # ---- criteria with a list ---------------------------------------------------------------

    def clauses(self, criterion: str, *, tempting: bool = False) -> Iterator[Clause]:
        """Yield the clauses of a criterion; with `tempting` only of moves that gain now."""
        if criterion in ("acceptable", "robust"):
            yield from self._acceptance(criterion)
        elif criterion == "ratifiable":
            yield from self._consent()
        elif criterion == "self_enforcing":
            yield from self._keeping()
        else:
            for party in range(len(self.space.parties)):
                for end in self.graph.successors(party, self.index):
                    if tempting and self.keys[party][end] <= self.keys[party][self.index]:
                        continue
                    yield from self._answered(criterion, party, end)

    def _acceptance(self, criterion: str) -> Iterator[Clause]:
        parties = self.judge.signatories
        spaces = [("", self.space, parties)]
        if criterion == "robust":
            for turned in self.judge.ranges:
                for party, least in turned.all_least(parties, self.agreement):
                    if not least.attained:
                        raise NegotiationError(
                            f"the least that {party} gains over the range of {turned.path} is at "
                            "no rational number, or is a limit",
                            remedy="repair another criterion, or declare a narrower range",
                        )
                    where = f"with {turned.path} = {least.at}: "
                    spaces.append((where, self.judge.space_at(turned.path, least.at), (party,)))
        for where, space, asked in spaces:
            for party in asked:
                own = self.worth[party]
                shift = own - space.utility(party, self.agreement)
                option = Option(party, (space.disagreement[party] + shift, 0))
                void = space.crossed(party, self.agreement)
                why = f"{where}{party} {'is held back by a red line' if void else 'refuses'}"
                yield Clause(criterion, () if void else (option,), why)

    def _consent(self) -> Iterator[Clause]:
        for name, key, voice, party, threshold in self.consents:
            void = voice.crossed(party, self.agreement)
            option = Option(key, (threshold, 0))
            why = f"a red line of {name} is crossed" if void else f"{name} does not ratify"
            yield Clause("ratifiable", () if void else (option,), why)

    def _keeping(self) -> Iterator[Clause]:
        rules = self.judge.enforcement
        assert rules is not None
        section = self.judge.model.spec.commitment
        assert section is not None
        itself = (
            section.punishment != "disagreement"
            and self.judge.model.agreement(section.punishment) == self.agreement
        )
        for party, patience in rules.patience.items():
            number = self.space.parties.index(party)
            after = rules.after(party, self.agreement)
            drift = after - rules.punishment[party]
            future = patience**rules.lag
            ends = [
                end for end in self.graph.successors(number, self.index) if end < self.space.size
            ]
            for end in ends:
                gain = self.utility(number, end)
                least = (1 - future) * gain + future * after
                if itself:  # then v_i stands on both sides
                    least = gain + future * drift / (1 - future)
                crossed, past = self.crossed[number], bool(self.past[number][end])
                if past and not crossed:
                    continue  # it never breaches past a red line of its own
                options = (Option(party, (least, 0)),) if crossed == past else ()
                why = f"{party} {self.graph.move_label(self.index, end)}"
                yield Clause("self_enforcing", options, why, (party,), end)
            if itself and future * drift > 0:
                yield Clause("self_enforcing", (), f"{party} prefers what follows a breach")
            elif not itself and future:
                why = f"{party} prefers what follows a breach"
                yield Clause("self_enforcing", (Option(party, (after, 0)),), why)

    # ---- moves and answers ------------------------------------------------------------------

    def _answered(self, concept: str, party: int, end: int) -> Iterator[Clause]:
        """Yield the clause of one move, unless it is kept whatever s is worth."""
        left, entries = self._left(concept, party, end)
        if left is None:
            return
        options = [self.option(party, left)]
        options += [self.option(other, state, more=True) for other, state in entries.items()]
        if any(own is True for own in options):
            return
        name, move = self.space.parties[party], self.graph.move_label(self.index, end)
        real = tuple(own for own in options if isinstance(own, Option))
        yield Clause(concept, real, f"{name} {move}", (name,), end)

    def _left(self, concept: str, party: int, end: int) -> tuple[int | None, dict[int, int]]:
        """Return what is left of a move, as a state; and who could answer by returning to s.

        None is left where a legal answer undoes it whatever s is worth. For seq: other party ->
        the state from which its return to s has to gain least.
        """
        own = self.keys[party]
        if concept == "nash":
            return end, {}
        others = [k for k in range(len(self.keys)) if k != party]
        moves = [self.graph.moves[k] for k in others]
        entries: dict[int, int] = {}
        if concept == "smr":  # back in s, the mover could go again
            least = least_from(moves, end, self._after(party), improving=False)
        else:
            credible = concept == "seq"
            least, entries = left_without(
                moves, end, self.index, own, improving=credible, first=not credible
            )
            if entries and not credible:
                return None, {}
        left = min(int(own[end]), least)
        return int(np.flatnonzero(own == left)[0]), {others[k]: at for k, at in entries.items()}

    def _after(self, party: int) -> Values:
        """Return, per state, the best that a party can do there: staying or moving on, not to s.

        In s itself: moving on.
        """
        if party not in self.found:
            own = self.keys[party]
            without = own.copy()
            without[self.index] = LOWEST
            self.found[party] = np.maximum(self.graph.moves[party].best(without), without)
        return self.found[party]

    # ---- coalitions -------------------------------------------------------------------------

    @cached_property
    def joint(self) -> list[tuple[tuple[int, ...], Values]]:
        """Coalitions of two or more, and where they can move together."""
        found = [
            (members, joint_moves(self.graph, self.index, members))
            for members in coalitions(len(self.space.parties), 2)
        ]
        return [(members, ends) for members, ends in found if len(ends)]

    def gains(self, party: int, ends: Values, worth: Amount) -> tuple[Any, Any]:
        """Return what a party gains in some states, in its integers, and a red line apart.

        Returns
        -------
        gains : integer array
            Of utility, rounded down; 0 is no gain.
        line : integer array
            1 where s crosses a red line and the state does not, -1 the other way round.
        """
        name = self.space.parties[party]
        table = np.append(self.space.utilities(name), self.space.disagreement_value(name))[ends]
        here = worth[0] * self.space.denominator(name)
        floor = here // 1 if worth[1] >= 0 else -(-here // 1) - 1
        line = int(self.crossed[party]) - self.past[party][ends].astype(np.int64)
        if abs(floor) >= ROOM:
            table = table.astype(object)
        return table - int(floor), line

    def least(self, rows: Mapping[int, tuple[Any, Any]]) -> tuple[Any, int, int]:
        """Return the least gain of some parties in each state, exactly.

        Parameters
        ----------
        rows : mapping
            Party -> what :meth:`gains` returns, without states past a line that s is not past.

        Returns
        -------
        least : integer array
            Over `unit`; `top`, larger than all gains, where a line ends for all of them.
        unit, top : int
        """
        scales = [self.space.denominator(self.space.parties[i]) for i in rows]
        scaled = common_scale([gains for gains, _ in rows.values()], scales)
        top = 1 + max(int(own.max()) for own in scaled)
        lifted = [
            np.where(line > 0, top, own)
            for own, (_, line) in zip(scaled, rows.values(), strict=True)
        ]
        return np.minimum.reduce(lifted), math.lcm(*scales), top

    def joint_gain(self, worth: Worth) -> Clause | None:
        """Find a joint move by which all movers gain: that in which the least gain is largest."""
        found: tuple[Fraction | float, tuple[int, ...], int] | None = None
        for members, ends in self.joint:
            mask = np.ones(len(ends), dtype=bool)
            rows = {}
            for i in members:
                gains, line = self.gains(i, ends, worth[self.space.parties[i]])
                mask &= (line > 0) | ((line == 0) & (gains > 0))
                rows[i] = gains, line
            if not mask.any():
                continue
            least, unit, top = self.least(rows)
            place = int(np.flatnonzero(mask)[np.argmax(least[mask])])
            gain = math.inf if least[place] == top else Fraction(int(least[place]), unit)
            if found is None or gain > found[0]:
                found = gain, members, int(ends[place])
        if found is None:
            return None
        _, members, end = found
        options = [self.option(i, end) for i in members]
        names = " and ".join(self.space.parties[i] for i in members)
        return Clause(
            "coalition_proof",
            tuple(own for own in options if isinstance(own, Option)),
            f"{names} together gain by another outcome ({self.label(end)})",
            tuple(self.space.parties[i] for i in members),
            end,
        )

    def label(self, state: int) -> str:
        """Return the words for a state."""
        if state == self.space.size:
            return "no agreement"
        there = self.space.agreement(state)
        return words(FrozenMap({k: v for k, v in there.items() if v != self.agreement[k]}))

    def joint_losses(self) -> Iterator[Mapping[str, Amount]]:
        """Yield the cheapest losses after which the movers of a joint move gain by it."""
        for members, ends in self.joint:
            yield from self._cheapest(members, ends, gaining=True)

    def dominated_after(self) -> Iterator[Mapping[str, Amount]]:
        """Yield the cheapest losses after which another agreement is better for all."""
        yield from self._cheapest(range(len(self.space.parties)), self.rivals, gaining=False)

    def _cheapest(
        self, members: Iterable[int], ends: Values, *, gaining: bool
    ) -> Iterator[Mapping[str, Amount]]:
        """Yield the cheapest losses that make other states better for some parties.

        With `gaining` for each of them; otherwise for one of them, and worse for none. First
        for each party the cheapest that is a loss of nobody else, then the cheapest total.
        """
        names = [self.space.parties[i] for i in members]
        scale = common_denominator([Fraction(1, self.space.denominator(name)) for name in names])
        possible = np.ones(len(ends), dtype=bool)
        better = np.zeros(len(ends), dtype=bool)
        needs = []
        for i, name in zip(members, names, strict=True):
            gains, line = self.gains(i, ends, (self.worth[name], 0))
            possible &= line >= 0
            ahead = (line > 0) | (gains > 0)
            better |= ahead
            # -1: nothing is needed; 0: any loss at all
            idle = ahead if gaining else ahead | ((line == 0) & (gains == 0))
            wide = gains.astype(object) * -(scale // self.space.denominator(name))
            needs.append(np.where(idle, -1, wide))
        kept = np.flatnonzero(possible)
        if not len(kept):
            return
        table = np.stack(needs)[:, kept]
        extra = np.full(len(kept), 1) if gaining else 1 - better[kept].astype(np.int64)
        pays = table >= 0
        payers = pays.sum(axis=0)
        if not gaining:  # where all are equal, any loss of anybody does it
            even = np.flatnonzero((payers == 0) & (extra > 0))
            if len(even):
                yield from ({name: (Fraction(0), 1)} for name in names)
        totals = np.where(pays, table, 0).sum(axis=0) * 2 + extra
        for k in range(len(names)):
            single = np.flatnonzero(pays[k] & (payers == 1))
            if len(single):
                place = int(single[np.argmin(totals[single])])
                yield {names[k]: (Fraction(int(table[k, place]), scale), int(extra[place]))}
        some = np.flatnonzero(payers > 0)
        if len(some):
            place = int(some[np.argmin(totals[some])])
            amounts = {
                name: (Fraction(int(need), scale), int(extra[place]) if gaining else 0)
                for name, need in zip(names, table[:, place], strict=True)
                if need >= 0
            }
            if not gaining and extra[place]:
                first = next(iter(amounts))
                amounts[first] = (amounts[first][0], 1)
            yield amounts

    # ---- efficiency -------------------------------------------------------------------------

    @cached_property
    def rivals(self) -> Values:
        """All other agreements."""
        return np.delete(np.arange(self.space.size, dtype=np.int64), self.index)

    def dominated(self, worth: Worth) -> Clause | None:
        """Find an agreement that is better for somebody and worse for nobody."""
        left = self.rivals
        better = np.zeros(len(left), dtype=bool)
        for i, name in enumerate(self.space.parties):
            gains, line = self.gains(i, left, worth[name])
            whole = (worth[name][0] * self.space.denominator(name)).denominator == 1
            # with an extra, or between two integers, no gain is a loss
            even = whole and not worth[name][1]
            kept = (line > 0) | ((line == 0) & (gains >= (0 if even else 1)))
            better = (better | (line > 0) | ((line == 0) & (gains > 0)))[kept]
            left = left[kept]
        left = left[better]
        if not len(left):
            return None
        rows = {i: self.gains(i, left, worth[name]) for i, name in enumerate(self.space.parties)}
        gainers = sum((line > 0) | (gains > 0) for gains, line in rows.values())
        place = int(np.argmax(self.least(rows)[0]))
        end = int(left[place])
        options = []
        for i, name in enumerate(self.space.parties):
            # where nobody else gains, being as good is enough: then nobody does
            alone = gainers[place] == 1 and self.utility(i, end) > worth[name][0]
            options.append(self.option(i, end, more=not alone))
        return Clause(
            "efficient",
            tuple(own for own in options if isinstance(own, Option)),
            f"another agreement is better for some and worse for nobody ({self.label(end)})",
        )
