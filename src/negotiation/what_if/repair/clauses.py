r"""What one agreement has to be worth: every criterion as clauses over its own utilities.

Let v_i be what the wanted agreement s is worth to party i, everything else as the model says.
Each criterion of the verdict table that speaks of utilities is a conjunction of **clauses**, and
a clause is a choice between **options**, each of the form v_i >= level, or v_i > level:

- *acceptable*: v_i >= the disagreement value, for every signatory; *robust*: the same at every
  end of a range; *ratifiable*: v >= the threshold, for every ratifier.
- *nash, gmr, smr, seq*, for party i and a move to s1 in R_i(s): v_i >= what is left of s1 after
  the worst answer, min(u_i(s1), min over q in C(s1) of w(q)) with C and w as in
  :mod:`negotiation.conflict_graph.stability`. The answers C(s1) that do not pass through s do not
  depend on v. Those that reach s itself undo the move whatever s is worth. For seq a switch by j
  from t to s is credible only if v_j > u_j(t): one more option for each such j.
- *self_enforcing*: with what remains of the future weighed by delta to the power of the lag,
  v_i >= (1 - w) u_i(breach) + w u_i(after) for every breach, and v_i >= u_i(after).
- *coalition_proof*, for a coalition and a joint move to q: v_i >= u_i(q) for one member i.
- *efficient*, for another agreement t: v_i > u_i(t) for one party i, or v_i >= u_i(t) for all.

A red line orders agreements before utility does: an option is void where s crosses a red line of
i that the other outcome does not cross, and met whatever s is worth the other way round. All
options ask for more: whoever is given more never breaks a clause. So the least changes are
exact:

- **least total raise**: best-first search. Some clause is broken; each of its options that is not
  void says how far one utility has to rise; whichever vector of raises with the least sum breaks
  no clause is the least of all, because every other enough one lies above a vector searched.
- **least total loss**: the cheapest clause to break, in which every option has to be missed.

Amounts are pairs (number, extra): extra is 1 for "any more than the number".

Complexity: per party and move the answers are searched once, breadth first; a vector of raises
costs one pass over the clauses.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace
from negotiation.bargaining.agreements import words
from negotiation.conflict_graph import ConflictGraph
from negotiation.conflict_graph.coalitions import coalitions, joint_moves
from negotiation.conflict_graph.moves import Values
from negotiation.exact import FrozenMap, common_denominator
from negotiation.stability.judge import Judge

__all__ = ["Amount", "Clause", "Clauses", "Option", "Raise", "Worth", "of_agreement", "of_profile"]

Amount = tuple[Fraction, int]
"""A number, and 1 for "any more than that"."""
Worth = Mapping[str, Amount]
"""Who -> what the agreement is worth."""

ZERO: Amount = (Fraction(0), 0)
MAX_VECTORS = 5_000
"""Vectors of raises after which the search ends with bounds."""


@dataclass(frozen=True)
class Option:
    """One way to keep a clause: what the agreement has to be worth to one party.

    Attributes
    ----------
    who : str
        A party, or a ratifier with demands of its own.
    least : tuple of Fraction and int
        The least that is enough; with 1, any more than that.
    """

    who: str
    least: Amount


@dataclass(frozen=True)
class Clause:
    """What has to hold: one of some options; none means that nothing helps.

    Attributes
    ----------
    criterion : str
    options : tuple of Option
    why : str
        What happens otherwise.
    movers : tuple of str
        Who would move.
    end : int or None
        Where to: the number of an agreement, or their number for no agreement.
    """

    criterion: str
    options: tuple[Option, ...]
    why: str
    movers: tuple[str, ...] = ()
    end: int | None = None

    def kept(self, worth: Worth) -> bool:
        """Return whether some option is met."""
        return any(worth[own.who] >= own.least for own in self.options)


Lazy = Callable[[Worth], Clause | None]


@dataclass(frozen=True)
class Raise:
    """The least raises, and how well that is known.

    Attributes
    ----------
    raises : FrozenMap
        Who -> amount, as a pair; only those who need any.
    total : pair
        Their sum.
    bound : Fraction
        No smaller total does it; the same as the total where it is proved least.
    """

    raises: FrozenMap[str, Amount]
    total: Amount
    bound: Fraction

    @property
    def least(self) -> bool:
        """Whether the total is proved to be the least."""
        return self.bound == self.total[0]


@dataclass(frozen=True, eq=False)
class Clauses:
    """All clauses of some criteria for one agreement, and what follows from them.

    Attributes
    ----------
    worth : FrozenMap
        Who -> what the agreement is worth now.
    listed : tuple of Clause
    searched : tuple of callables
        Each finds, for given worth, a broken clause of a criterion with too many to list.
    breaches : tuple of callables
        For each criterion in `searched`: its cheapest losses, as :meth:`losses` gives them.
    """

    worth: FrozenMap[str, Fraction]
    listed: tuple[Clause, ...]
    searched: tuple[Lazy, ...] = ()
    breaches: tuple[Callable[[], Iterable[Mapping[str, Amount]]], ...] = ()

    @cached_property
    def now(self) -> Worth:
        """What the agreement is worth, as amounts."""
        return {who: (value, 0) for who, value in self.worth.items()}

    def raised(self, raises: Mapping[str, Amount]) -> Worth:
        """Return what the agreement is worth after raises; losses are negative."""
        return dict(self.now) | {
            who: (self.worth[who] + amount, extra) for who, (amount, extra) in raises.items()
        }

    def broken(self, worth: Worth) -> Clause | None:
        """Return a broken clause, those without a choice first; None if all are kept."""
        found = None
        for clause in self.listed:
            if not clause.kept(worth):
                if len(clause.options) < 2:
                    return clause
                found = found or clause
        if found is not None:
            return found
        return next((own for search in self.searched if (own := search(worth))), None)

    # ---- raises -----------------------------------------------------------------------------

    def least_raise(
        self,
        start: Mapping[str, Amount] | None = None,
        *,
        only: Iterable[str] | None = None,
        cost: Callable[[Mapping[str, Amount]], Amount] | None = None,
        allowed: Callable[[Mapping[str, Amount]], bool] | None = None,
    ) -> Raise | Clause:
        """Find the raises of least total that keep all clauses.

        Parameters
        ----------
        start : mapping, optional
            Raises to begin from, which may be negative. Default: none.
        only : iterable of str, optional
            Who may be given anything. Default: everybody.
        cost : callable, optional
            What to make least; it must not fall where a raise grows. Default: the sum.
        allowed : callable, optional
            Which vectors may be taken; it must not turn true where a raise grows.

        Returns
        -------
        Raise or Clause
            A clause that cannot be kept, where nothing does it.
        """
        may = set(self.worth if only is None else only)
        price = cost or _sum
        first = dict(start or {})
        heap: list[tuple[Amount, tuple[Any, ...]]] = [(price(first), _frozen(first))]
        seen = {heap[0][1]}
        stuck: Clause | None = None
        while heap:
            total, items = heapq.heappop(heap)
            raises = dict(items)
            if len(seen) > MAX_VECTORS:
                return self._bounded(raises, may, price, allowed, total[0])
            clause = self.broken(self.raised(raises))
            if clause is None:
                needed = FrozenMap({who: own for who, own in raises.items() if own > ZERO})
                return Raise(needed if start is None else FrozenMap(raises), total, total[0])
            for more in self._ways(clause, raises, may):
                key = _frozen(more)
                if key not in seen and (allowed is None or allowed(more)):
                    seen.add(key)
                    heapq.heappush(heap, (price(more), key))
            stuck = clause if stuck is None or len(clause.options) < len(stuck.options) else stuck
        assert stuck is not None
        return stuck

    def _ways(
        self, clause: Clause, raises: Mapping[str, Amount], may: set[str]
    ) -> Iterator[dict[str, Amount]]:
        for own in clause.options:
            if own.who in may:
                amount = (own.least[0] - self.worth[own.who], own.least[1])
                yield {**raises, own.who: amount}

    def _bounded(
        self,
        raises: dict[str, Amount],
        may: set[str],
        price: Callable[[Mapping[str, Amount]], Amount],
        allowed: Callable[[Mapping[str, Amount]], bool] | None,
        bound: Fraction,
    ) -> Raise | Clause:
        """Go on with the cheapest option of each broken clause."""
        while (clause := self.broken(self.raised(raises))) is not None:
            ways = [own for own in self._ways(clause, raises, may) if not allowed or allowed(own)]
            if not ways:
                return clause
            raises = min(ways, key=lambda own: (price(own), _frozen(own)))
        return Raise(FrozenMap(raises), price(raises), bound)

    def alone(self, who: str) -> Amount | None:
        """Return the least raise of one party that is enough by itself, or None."""
        found = self.least_raise(only=[who])
        return found.raises.get(who, ZERO) if isinstance(found, Raise) else None

    # ---- losses -----------------------------------------------------------------------------

    def losses(self) -> list[FrozenMap[str, Amount]]:
        """Return the cheapest losses that break some clause.

        Returns
        -------
        list of FrozenMap
            Who -> loss, as a pair: for each party the least that is enough by itself, and, if
            that is less than each of these, the least total over several parties.
        """
        alone: dict[str, Amount] = {}
        together: Mapping[str, Amount] | None = None
        for losses in self._ruptures():
            real = {who: own for who, own in losses.items() if own > ZERO}
            if len(real) == 1:
                ((who, own),) = real.items()
                alone[who] = min(own, alone.get(who, own))
            elif together is None or _sum(real) < _sum(together):
                together = real
        found = [FrozenMap({who: alone[who]}) for who in self.worth if who in alone]
        if together and all(_sum(together) < own for own in alone.values()):
            found.append(FrozenMap(together))
        return found

    def _ruptures(self) -> Iterator[Mapping[str, Amount]]:
        for clause in self.listed:
            losses: dict[str, Amount] = {}
            for own in clause.options:
                loss = (self.worth[own.who] - own.least[0], 1 - own.least[1])
                losses[own.who] = max(loss, losses.get(own.who, loss))
            yield losses
        for search in self.breaches:
            yield from search()


def _sum(raises: Mapping[str, Amount]) -> Amount:
    amounts = list(raises.values())
    return sum((a for a, _ in amounts), Fraction(0)), sum(extra for _, extra in amounts)


def _frozen(raises: Mapping[str, Amount]) -> tuple[Any, ...]:
    return tuple(sorted(raises.items()))


# ---- a profile of a payoff matrix ---------------------------------------------------------


def of_profile(
    worth: Mapping[str, Fraction], others: Mapping[str, Mapping[str, Fraction]]
) -> Clauses:
    """Return the clauses of a Nash equilibrium in pure strategies.

    Parameters
    ----------
    worth : mapping
        Player -> payoff at the profile.
    others : mapping
        Player -> other strategy -> payoff after switching to it.
    """
    return Clauses(
        FrozenMap(worth),
        tuple(
            Clause("nash", (Option(player, (payoff, 0)),), f"{player} switches to {own}")
            for player, row in others.items()
            for own, payoff in row.items()
        ),
    )


# ---- an agreement of a space --------------------------------------------------------------


def of_agreement(
    judge: Judge, agreement: FrozenMap[str, str], criteria: Iterable[str], graph: ConflictGraph
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
    """
    deal = _Deal(judge, agreement, graph)
    listed: list[Clause] = []
    searched: list[Lazy] = []
    breaches: list[Callable[[], Iterable[Mapping[str, Amount]]]] = []
    for criterion in criteria:
        if criterion == "coalition_proof":
            searched.append(deal.joint_gain)
            breaches.append(deal.joint_losses)
        elif criterion == "efficient":
            searched.append(deal.dominated)
            breaches.append(deal.dominated_after)
        else:
            listed += deal.clauses(criterion)
    worth = dict(deal.worth) | {
        key: voice.utility(party, agreement) for _, key, voice, party, _ in deal.consents
    }
    return Clauses(FrozenMap(worth), tuple(listed), tuple(searched), tuple(breaches))


@dataclass(frozen=True, eq=False)
class _Deal:
    """An agreement, and what the parties could do about it."""

    judge: Judge
    agreement: FrozenMap[str, str]
    graph: ConflictGraph
    found: dict[Any, Any] = field(default_factory=dict)

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

    def clauses(self, criterion: str) -> Iterator[Clause]:
        if criterion in ("acceptable", "robust"):
            yield from self._acceptance(criterion)
        elif criterion == "ratifiable":
            yield from self._consent()
        elif criterion == "self_enforcing":
            yield from self._keeping()
        else:
            for party in range(len(self.space.parties)):
                for end in self.graph.successors(party, self.index):
                    yield from self._answered(criterion, party, end)

    def _acceptance(self, criterion: str) -> Iterator[Clause]:
        spaces = [("", self.space)]
        if criterion == "robust":
            spaces += [
                (f"with {path} = {value}: ", space) for path, value, space in self.judge.range_ends
            ]
        for where, space in spaces:
            for party in self.judge.signatories:
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
            drift = sum(
                (
                    term.amount
                    for term in rules.drift
                    if term.party == party
                    and all(self.agreement[k] in options for k, options in term.when.items())
                ),
                Fraction(0),
            )
            future = patience**rules.lag
            after = rules.punishment[party] + drift
            ends = [
                end for end in self.graph.successors(number, self.index) if end < self.space.size
            ]
            for end in ends:
                gain = self.utility(number, end)
                least = (1 - future) * gain + future * after
                if itself:  # then v_i stands on both sides
                    least = gain + future * drift / (1 - future)
                move = self.graph.move_label(self.index, end)
                option = Option(party, (least, 0))
                yield Clause("self_enforcing", (option,), f"{party} {move}", (party,), end)
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
        if concept == "nash":
            return end, {}
        left = end
        entries: dict[int, int] = {}
        others = [k for k in range(len(self.keys)) if k != party]
        seen = {k: np.zeros(self.graph.n_states, dtype=bool) for k in others}
        layer: list[tuple[int, Values]] = [(-1, np.array([end], dtype=np.int64))]
        while layer:
            after: list[tuple[int, Values]] = []
            for k in others:
                free = [states for mover, states in layer if mover != k]
                if not free:
                    continue
                states = np.unique(np.concatenate(free))
                where, targets = self.graph.moves[k].arcs_from(states)
                back = states[where[targets == self.index]]
                if len(back) and concept == "gmr":
                    return None, {}
                if concept == "seq":
                    if len(back):
                        known = [entries[k]] if k in entries else []
                        places = np.array([*back.tolist(), *known])
                        entries[k] = int(places[np.argmin(self.keys[k][places])])
                    gains = self.keys[k][targets] > self.keys[k][states[where]]
                    targets = targets[gains & (targets != self.index)]
                targets = np.unique(targets[~seen[k][targets]])
                seen[k][targets] = True
                if len(targets):
                    after.append((k, targets))
                    left = self._worst(concept, party, left, targets)
            layer = after
        return left, entries

    def _worst(self, concept: str, party: int, left: int, states: Values) -> int:
        """Return the worst of a state and others, each with what the party can do after it."""
        own = self.keys[party]
        if concept != "smr":
            worst = int(states[np.argmin(own[states])])
            return worst if own[worst] < own[left] else left
        for state in states[(own[states] < own[left]) | (states == self.index)].tolist():
            best = self._escape(party, state)
            if own[best] < own[left]:
                left = best
        return left

    def _escape(self, party: int, state: int) -> int:
        """Return the best that a party can do in a state: staying or moving on, not to s.

        In s itself: moving on.
        """
        key = (party, state)
        if key not in self.found:
            own = self.keys[party]
            ends = [q for q in self.graph.successors(party, state) if q != self.index]
            if state != self.index:
                ends.append(state)
            self.found[key] = max(ends, key=lambda q: own[q])
        found: int = self.found[key]
        return found

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
        return table - int(floor), line

    def joint_gain(self, worth: Worth) -> Clause | None:
        """Find a joint move by which all movers gain: that in which the least gain is largest."""
        found: tuple[Fraction, tuple[int, ...], int] | None = None
        for members, ends in self.joint:
            mask = np.ones(len(ends), dtype=bool)
            rows = {}
            for i in members:
                gains, line = self.gains(i, ends, worth[self.space.parties[i]])
                mask &= (line > 0) | ((line == 0) & (gains > 0))
                rows[i] = gains, line
            if not mask.any():
                continue
            least = np.full(len(ends), np.inf)
            for i, (gains, line) in rows.items():
                size = gains.astype(float) / self.space.denominator(self.space.parties[i])
                least = np.minimum(least, np.where(line > 0, np.inf, size))
            place = int(np.flatnonzero(mask)[np.argmax(least[mask])])
            if found is None or least[place] > found[0]:
                found = least[place], members, int(ends[place])
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
        least = np.full(len(left), np.inf)
        gainers = np.zeros(len(left), dtype=np.int64)
        for i, name in enumerate(self.space.parties):
            gains, line = self.gains(i, left, worth[name])
            size = gains.astype(float) / self.space.denominator(name)
            least = np.minimum(least, np.where(line > 0, np.inf, size))
            gainers += (line > 0) | (gains > 0)
        place = int(np.argmax(least))
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
