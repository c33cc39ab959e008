"""Stability of the states of a conflict graph against unilateral moves.

One number decides. Let i be a party with preference u, R(s) its moves and H its opponents. With
``value(s1) = min(u(s1), min over q in C(s1) of w(q))``, what i is left with in the worst case
after moving to s1, state s is stable for i exactly when

    u(s) >= V(s) = max over s1 in R(s) of value(s1),

the maximum over no moves being minus infinity. The concepts differ in C, what the opponents may
do next, and in w, what i may do after that:

========  =====================================================  ==============================
concept   C(s1)                                                  w(q)
========  =====================================================  ==============================
nash      nothing                                                -
gmr       all sequences of moves of H from s1                    u(q)
smr       all sequences of moves of H from s1                    the better of u(q), best in R(q)
seq       all sequences of improvements of H from s1             u(q)
sseq      all sequences of improvements of H from s1             as for smr
========  =====================================================  ==============================

An equilibrium is a state that is stable for every party.

**Margins.** V(s) itself depends on u(s) where opponents can lead back to s: that is a sanction
whatever s is worth. Let V'(s) be V(s) computed with s worth nothing to i (minus infinity). At
u(s) = x the state is stable for i exactly when x >= V'(s); where it is unstable, V'(s) = V(s). So
that u(s) - V'(s) is how far u(s) may fall before i leaves, or minus the least raise that keeps it;
where V'(s) is minus infinity, nothing makes it leave. A red line outweighs all amounts: where just
one of u(s) and V'(s) is past one, no change of the amount turns the answer. Under seq the worth of
s to an opponent matters too: to lead back to s must pay it, more than u(s1) say, and where that is
the only answer to a move of i, a fall of the opponent's u(s) to u(s1) makes i leave. An
equilibrium is as far from its end as the least of these falls (for sseq, of those of the first
kind), each of one party with all else as it is.

Conventions
-----------
- A sequence may use a party several times but not twice in a row; see
  :mod:`~negotiation.conflict_graph.sequences`. An improvement is judged by its mover, from the
  state it moves from.
- A sanction is weak: bringing i back to a state as good as s is enough. The logical definition
  is used, by which s itself counts as a sanction (``origin_is_sanction=True``); the matrix form
  of the literature leaves it out, which differs only where opponents can lead back to s.
- After a sanction the mover's counter-move (smr, sseq) is compared with s.
- Opponents answer by unilateral moves; issues in joint control are for coalitions only.
- "No agreement" has no moves out, so it is stable for everybody.

Inclusions: nash in sseq in seq in gmr, and sseq in smr in gmr.

Sources: Nash (1950); Howard (1971), *Paradoxes of Rationality* (gmr, smr); Fraser and Hipel
(1979), IEEE Trans. SMC 9 (seq); Rego and Vieira (2015, 2017), *Group Decision and Negotiation*
(sseq); Fang, Hipel and Kilgour (1993), *Interactive Decision Making* (graph form).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph.coalitions import coalition_improvement
from negotiation.conflict_graph.graph import ConflictGraph, Unit
from negotiation.conflict_graph.moves import LOWEST, Values
from negotiation.conflict_graph.sequences import clearest, least_from, least_reachable, left_without
from negotiation.errors import GameError, UnknownNameError
from negotiation.exact import FrozenMap, names_of, of_kind, read_only, refuse_bytes, show
from negotiation.results import LISTED, Result, Table, Verdict, Witness, bound_list

__all__ = ["CONCEPTS", "GraphStability", "crossing", "graph_stability", "memory_of"]

EXPLAINED = 60  # states up to which tables() gives the reason for every state


@dataclass(frozen=True)
class _Concept:
    """What opponents and mover may do: see the table at the top of the module."""

    name: str
    answers: bool
    improving: bool
    counter: bool


FEW = 8  # moves whose answers are searched one by one; of more, for all states at once

CONCEPTS: Mapping[str, _Concept] = FrozenMap(
    {
        "nash": _Concept("Nash", answers=False, improving=False, counter=False),
        "gmr": _Concept("GMR", answers=True, improving=False, counter=False),
        "smr": _Concept("SMR", answers=True, improving=False, counter=True),
        "seq": _Concept("SEQ", answers=True, improving=True, counter=False),
        "sseq": _Concept("SSEQ", answers=True, improving=True, counter=True),
    }
)


@dataclass(frozen=True)
class GraphStability(Result):
    """Which states are stable, for whom, by which concept.

    Attributes
    ----------
    graph : ConflictGraph
    concepts : tuple of str
        The concepts that were judged.
    floors : tuple of tuples of arrays
        ``floors[c][i][s]`` is V(s) of the module's definition for concept c and party i, the
        least int64 where the party has no move.
    outcomes : tuple of tuples of arrays
        ``outcomes[c][i][s1]`` is what party i is left with in the worst case after moving to
        s1.
    coalitions : tuple of Verdict, or None
        Per state whether it withstands the joint moves of every coalition of two or more; None
        where that was not asked.
    notes : tuple of str
        Lines below the table of states.
    """

    graph: ConflictGraph
    concepts: tuple[str, ...]
    floors: tuple[tuple[Values, ...], ...] = field(compare=False, repr=False)
    outcomes: tuple[tuple[Values, ...], ...] = field(compare=False, repr=False)
    coalitions: tuple[Verdict, ...] | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    # ---- answers over all states ------------------------------------------------------------

    def _concept(self, concept: str) -> int:
        if concept not in self.concepts:
            raise UnknownNameError.of("concept", concept, self.concepts)
        return self.concepts.index(concept)

    def stable(self, concept: str, party: str | int | None = None) -> NDArray[np.bool_]:
        """Return which states are stable.

        Returns
        -------
        Boolean array
            Shape (n_states, n_parties), or (n_states,) for one `party`.
        """
        floors = self.floors[self._concept(concept)]
        if party is not None:
            number = self.graph.party(party)
            return self.graph.preferences[number] >= floors[number]
        columns = [self.stable(concept, number) for number in range(len(floors))]
        return np.stack(columns, axis=1)

    def equilibria(self, concept: str) -> NDArray[np.int64]:
        """Return the numbers of the states that are stable for every party, ascending."""
        stable = np.ones(self.graph.n_states, dtype=bool)
        for number in range(len(self.graph.parties)):
            stable &= self.stable(concept, number)
        return np.flatnonzero(stable)

    def margin(self, concept: str, party: str | int) -> np.ma.MaskedArray[Any, Any]:
        """Return u(s) - V'(s) for every state, in the unit of the party's preference.

        Stable states have margins of at least 0: by how much u(s) may fall and no more; those of
        the others are minus the least raise that is enough. Masked where no change of u(s) turns
        the answer, because all moves are undone by leading back to s, or by a red line.

        Notes
        -----
        For every stable state the answers to its most rewarding moves are searched one by one.
        """
        which, number = self._concept(concept), self.graph.party(party)
        worth, level = self.graph.preferences[number], self.graph.levels[number]
        floor = np.array(
            [self._bound(which, state, number) for state in range(self.graph.n_states)],
            dtype=np.int64,
        )
        stuck = floor == LOWEST
        bar = self.graph.bars[number]
        if bar is not None:
            stuck |= (worth < bar) != (floor < bar)
        reference = np.where(stuck, worth, floor)
        margin = worth - reference if level is None else level[worth] - level[reference]
        return np.ma.MaskedArray(margin, mask=stuck)

    # ---- one state ----------------------------------------------------------------------------

    def verdict(
        self,
        concept: str,
        state: object,
        party: str | int | None = None,
        *,
        unit: Unit | None = None,
    ) -> Verdict:
        """Judge one state, for one party or (party None) as an equilibrium.

        Parameters
        ----------
        concept : str
        state : int, str or mapping
            As for :meth:`ConflictGraph.index`.
        party : str or int, optional
        unit : callable or mapping, optional
            ``unit(party, difference)`` says an integer preference difference in the unit of
            the verdict, or None where it has none; or party -> denominator. Without it
            preferences are ordinal: there is no margin, and sentences say "prefers".

        Returns
        -------
        Verdict
            Its margin is u(s) - V'(s) in the unit: how far u(s) may fall before the party
            leaves, or minus the least raise that keeps it. For an equilibrium the least fall of
            one party's u(s) that ends it; if it is none, the margin of the party that is farthest
            from staying. None where no change of utility does it, or a party concerned has no
            unit. The witness of a no is the move that pays most in the worst case, of the party
            that gains most (the first without an amount, where there is one). The witness of a
            yes is, where somebody would gain by a move, the clearest sanction that deters it; see
            :func:`~negotiation.conflict_graph.sequences.clearest`.

        Examples
        --------
        >>> graph = ConflictGraph.from_moves(
        ...     states=["both keep", "one arms", "other arms", "both arm"],
        ...     moves=[
        ...         ("one", "both keep", "one arms"), ("one", "one arms", "both keep"),
        ...         ("one", "other arms", "both arm"), ("one", "both arm", "other arms"),
        ...         ("other", "both keep", "other arms"), ("other", "other arms", "both keep"),
        ...         ("other", "one arms", "both arm"), ("other", "both arm", "one arms"),
        ...     ],
        ...     preferences={
        ...         "one": ["one arms", "both keep", "both arm", "other arms"],
        ...         "other": ["other arms", "both keep", "both arm", "one arms"],
        ...     },
        ... )
        >>> result = graph_stability(graph)
        >>> print(result.verdict("nash", "both keep").witness)
        one leaves: it moves from both keep to one arms, which it prefers
        >>> print(result.verdict("seq", "both keep").witness)
        one would gain if it moves from both keep to one arms, but other answers: it moves \
from one arms to both arm, which one likes less than both keep
        """
        number = self.graph.index(state)
        which = self._concept(concept)
        if party is not None:
            return self._judge(which, number, self.graph.party(party), unit)
        leavers = [i for i in range(len(self.graph.parties)) if self._leaves(which, number, i)]
        if leavers:
            slack = {i: self._slack(which, number, i, unit) for i in leavers}
            mover = next((i for i in leavers if slack[i] is None), None)
            if mover is None:
                mover = min(leavers, key=lambda i: (slack[i], i))
            witness = self._leaving(which, number, mover, unit)
            return Verdict(holds=False, margin=slack[mover], witness=witness)
        return self._stays(which, number, range(len(self.graph.parties)), unit)

    def _judge(self, which: int, state: int, party: int, unit: Unit | None) -> Verdict:
        if not self._leaves(which, state, party):
            return self._stays(which, state, [party], unit)
        margin = self._slack(which, state, party, unit)
        return Verdict(holds=False, margin=margin, witness=self._leaving(which, state, party, unit))

    def _stays(self, which: int, state: int, parties: Sequence[int], unit: Unit | None) -> Verdict:
        """Return the yes for a state that is stable for some parties."""
        graph = self.graph
        falls = []  # party, and the preference that its own may not fall below
        if unit is not None:
            falls = [(i, self._bound(which, state, i)) for i in parties]
            falls += self._lost_answers(which, state) if len(parties) > 1 else []
        known = [
            graph.gain(i, here, bound, unit)
            for i, bound in falls
            for here in [int(graph.preferences[i][state])]
            if bound != LOWEST and not graph.apart(i, here, bound)  # else no fall does it
        ]
        amounts = [amount for amount in known if amount is not None]
        least = min(amounts) if amounts and len(amounts) == len(known) else None
        tempted = (self._sanction(which, state, i, unit) for i in parties)
        witness = next((w for w in tempted if w is not None), None)
        return Verdict(holds=True, margin=least, witness=witness)

    def _leaves(self, which: int, state: int, party: int) -> bool:
        return bool(self.graph.preferences[party][state] < self.floors[which][party][state])

    def _bound(self, which: int, state: int, party: int) -> int:
        """Return V'(s) of the module's definition: V(s) with s worth nothing to the party."""
        graph, concept = self.graph, CONCEPTS[self.concepts[which]]
        worth, outcome = graph.preferences[party], self.outcomes[which][party]
        floor = int(self.floors[which][party][state])
        if not concept.answers or floor == LOWEST or floor > worth[state]:
            return floor
        found = LOWEST
        ends = sorted(graph.successors(party, state), key=lambda s1: -int(outcome[s1]))
        for end in ends[:FEW]:
            if outcome[end] <= found:  # what is left of a move is no more without s
                return found
            left, returning = self._left(which, state, party, end, first=True)
            found = max(found, LOWEST if returning else left)
        if len(ends) > FEW and outcome[ends[FEW]] > found:
            left_of = self._left_everywhere(which, state, party)
            found = max(found, *(int(left_of[end]) for end in ends[FEW:]))
        return found

    def _left_everywhere(self, which: int, state: int, party: int) -> Values:
        """Return, for every state, what is left of a move to it with s worth nothing."""
        graph, concept = self.graph, CONCEPTS[self.concepts[which]]
        others = [moves for k, moves in enumerate(graph.moves) if k != party]
        if concept.counter:
            standing = _standing_without(graph, party, state)
            answered = least_reachable(others, standing, improving=concept.improving)
            return np.minimum(graph.preferences[party], answered)
        elsewhere = (np.arange(graph.n_states) != state).astype(np.int64)
        back = least_reachable(others, elsewhere, improving=concept.improving) == 0
        return np.where(back, LOWEST, self.outcomes[which][party])

    def _left(
        self, which: int, state: int, party: int, end: int, *, first: bool = False
    ) -> tuple[int, list[tuple[int, int]]]:
        """Return what is left of a move to `end` without s, and who would lead back to s.

        The latter are opponents with the state from which they would, where that is a sanction;
        with `first` one of them is enough, and what is left is not asked then.
        """
        graph, concept = self.graph, CONCEPTS[self.concepts[which]]
        others = [k for k in range(len(graph.parties)) if k != party]
        moves, worth = [graph.moves[k] for k in others], graph.preferences[party]
        if concept.counter:
            standing = _standing_without(graph, party, state)
            least = least_from(moves, end, standing, improving=concept.improving)
            return min(int(worth[end]), least), []
        least, entries = left_without(
            moves, end, state, worth, improving=concept.improving, first=first
        )
        returning = [(others[k], start) for k, start in entries.items()]
        if concept.improving:
            returning = [
                (k, start)
                for k, start in returning
                if graph.preferences[k][state] > graph.preferences[k][start]
            ]
        return min(int(worth[end]), least), returning

    def _lost_answers(self, which: int, state: int) -> list[tuple[int, int]]:
        """Return whose fall of u(s) ends an answer that alone keeps another party, and how far.

        Under seq, leading back to s is credible only while it pays. Under sseq and the other
        concepts it is no sanction, or one whatever it pays.
        """
        graph, concept = self.graph, CONCEPTS[self.concepts[which]]
        if not concept.improving or concept.counter:
            return []
        found = []
        for party, worth in enumerate(graph.preferences):
            here = int(worth[state])
            ends = [end for end in graph.successors(party, state) if worth[end] > here]
            if len(ends) > FEW:  # without s some other answer keeps it from most of them
                moves = [
                    replace(
                        own, worth=np.where(np.arange(graph.n_states) == state, LOWEST, own.worth)
                    )
                    for k, own in enumerate(graph.moves)
                    if k != party
                ]
                answered = least_reachable(moves, worth, improving=True)
                ends = [end for end in ends if answered[end] > here]
            for end in ends:
                left, returning = self._left(which, state, party, end)
                if left > here and len(returning) == 1:
                    ((k, start),) = returning
                    found.append((k, int(graph.preferences[k][start])))
        return found

    def _slack(self, which: int, state: int, party: int, unit: Unit | None) -> Fraction | None:
        """Return minus the least raise that keeps a party which leaves; None without an amount."""
        floor = int(self.floors[which][party][state])
        return self.graph.gain(party, int(self.graph.preferences[party][state]), floor, unit)

    def _leaving(self, which: int, state: int, party: int, unit: Unit | None) -> Witness:
        """Say which move pays most in the worst case."""
        graph, concept = self.graph, CONCEPTS[self.concepts[which]]
        worth, outcome = graph.preferences[party], self.outcomes[which][party]
        end = graph.plainest(
            state, graph.successors(party, state), lambda s1: (outcome[s1], worth[s1])
        )
        amount = graph.gain(party, int(outcome[end]), int(worth[state]), unit)
        name, move = graph.parties[party], graph.move_label(state, end)
        answer = "credible answer" if concept.improving else "answer"
        if graph.apart(party, int(outcome[end]), int(worth[state])):
            text = f"{name} leaves: it {move}, because {crossing(graph, party, state)}"
            text += f", and no {answer} of the others undoes that" if concept.answers else ""
        elif amount is None:
            text = f"{name} leaves: it {move}, which it prefers"
            text += f", and no {answer} of the others undoes that" if concept.answers else ""
        elif outcome[end] < worth[end]:
            text = f"{name} leaves: it {move} and gains {show(amount)} even after the worst "
            text += f"{answer} of the others"
        else:
            text = f"{name} leaves: it {move} and gains {show(amount)}"
            text += f", which no {answer} of the others undoes" if concept.answers else ""
        kind = "walk-out" if move == "walks out" else "move"
        return Witness(kind, text, (name,), graph.labels(end), amount)

    def _sanction(self, which: int, state: int, party: int, unit: Unit | None) -> Witness | None:
        """Say which answer deters the most tempting improvement, if there is one."""
        graph, concept = self.graph, CONCEPTS[self.concepts[which]]
        worth = graph.preferences[party]
        ends = graph.successors(party, state)
        if not concept.answers or not ends:
            return None
        end = graph.plainest(state, ends, lambda s1: (worth[s1],))
        if worth[end] <= worth[state]:
            return None
        others = [i for i in range(len(graph.parties)) if i != party]
        harm = _standing(graph, party, counter=concept.counter) <= worth[state]
        path = clearest(
            [graph.moves[i] for i in others],
            end,
            harm,
            graph.states.switched,
            improving=concept.improving,
        )
        assert path is not None  # the state is stable although this move is an improvement
        answers, at = [], end
        for k, target in path:
            mover = graph.parties[others[k]]
            answers.append(f"{mover} answers: it {graph.move_label(at, target)}")
            at = target
        name, move = graph.parties[party], graph.move_label(state, end)
        tempting = graph.gain(party, int(worth[end]), int(worth[state]), unit)
        loss = graph.gain(party, int(worth[state]), int(worth[at]), unit)
        if worth[at] == worth[state]:
            ending = f"which leaves {name} no better off than before"
        elif graph.apart(party, int(worth[state]), int(worth[at])):
            ending = "where " + crossing(graph, party, at, f"{name}'s")
        elif loss is None:
            ending = f"which {name} likes less than {graph.labels(state)}"
        else:
            ending = f"which leaves {name} {show(loss)} worse off than before"
        ending += ", whatever it does next" if concept.counter else ""
        prize = "" if tempting is None else f" {show(tempting)}"
        if graph.apart(party, int(worth[end]), int(worth[state])):
            prize = f", since {crossing(graph, party, state)},"
        text = f"{name} would gain{prize} if it {move}, but {', then '.join(answers)}, {ending}"
        who = (name, *dict.fromkeys(graph.parties[others[k]] for k, _ in path))
        return Witness("sanction", text, who, graph.labels(at), tempting)

    # ---- result -------------------------------------------------------------------------------

    def data(self) -> dict[str, Any]:
        """Return counts and, for listed states, names; see :class:`~.results.Result`."""
        found: dict[str, Any] = {"states": self.graph.n_states}
        equilibria = {concept: self.equilibria(concept) for concept in self.concepts}
        if self.graph.explicit:
            found["equilibria"] = {}
            for concept, states in equilibria.items():
                found["equilibria"] |= self._listed(concept, states)
            found["stable"] = {concept: {} for concept in self.concepts}
            for concept, party in itertools.product(self.concepts, self.graph.parties):
                states = np.flatnonzero(self.stable(concept, party))
                found["stable"][concept] |= self._listed(party, states)
            if self.coalitions is not None:
                found["coalitions"] = self._joint(self.coalitions)
        found["counts"] = {concept: len(states) for concept, states in equilibria.items()}
        return found

    def _listed(self, name: str, states: NDArray[np.int64]) -> dict[str, Any]:
        entries = bound_list(name, states.tolist())
        return entries | {name: [self.graph.labels(state) for state in entries[name]]}

    def _joint(self, verdicts: tuple[Verdict, ...]) -> dict[str, Any]:
        """Return which states withstand coalitions, and who moves from the others together."""
        stable = np.flatnonzero([bool(verdict) for verdict in verdicts])
        moves = [
            {"state": self.graph.labels(state), "by": list(witness.who), "to": witness.to}
            for state, verdict in enumerate(verdicts)
            if (witness := verdict.witness) is not None
        ]
        return self._listed("stable", stable) | bound_list("moves", moves)

    def tables(self) -> tuple[Table, ...]:
        """Return states by concepts with reasons; of large graphs counts and equilibria first."""
        if self.graph.n_states <= EXPLAINED:
            states = range(self.graph.n_states)
            marks = self._marks("Stable states, or who leaves", states, "stability")
            reasons = Table(
                "Who leaves, to what, and what keeps them",
                ["state", "under", "because"],
                [row for state in states for row in self._reasons(state)],
                name="moves",
            )
            return (marks, reasons) if reasons.rows else (marks,)
        found = np.unique(np.concatenate([self.equilibria(concept) for concept in self.concepts]))
        title = f"States that are stable for everybody in some sense: {len(found):,}"
        named = self._marks(title, found.tolist(), "equilibria")
        everything = self._marks(
            "Stable states, or who leaves", range(self.graph.n_states), "stability"
        )
        return (self._counts(), named, replace(everything, detail=True))

    def _counts(self) -> Table:
        rows = [
            [
                CONCEPTS[concept].name,
                len(self.equilibria(concept)),
                *(int(self.stable(concept, party).sum()) for party in self.graph.parties),
            ]
            for concept in self.concepts
        ]
        columns = ["concept", "equilibria", *(f"for {party}" for party in self.graph.parties)]
        title = f"How many of {self.graph.n_states:,} states are stable"
        return Table(title, columns, rows, name="stability_counts")

    def _marks(self, title: str, states: Sequence[int], name: str) -> Table:
        """Return one row per state: yes, or who leaves, by concept and for coalitions."""
        heads = [CONCEPTS[concept].name for concept in self.concepts]
        heads += [] if self.coalitions is None else ["coalitions"]
        stable = [self.stable(concept) for concept in self.concepts]
        rows = []
        for state in states[:LISTED]:
            cells = [self._cell(masks[state]) for masks in stable]
            if self.coalitions is not None:
                witness = self.coalitions[state].witness
                cells.append("yes" if witness is None else _leaving(witness.who))
            rows.append([self.graph.labels(state), *cells])
        left_out = max(0, len(states) - LISTED)
        return Table(title, ["state", *heads], rows, self.notes, name, left_out=left_out)

    def _reasons(self, state: int) -> list[list[str]]:
        """Return one row for each different sentence about a state, its concepts joined."""
        found: dict[tuple[bool | None, tuple[str, ...], str], tuple[list[str], str]] = {}
        for concept in sorted(self.concepts, key=lambda name: name == "gmr"):
            verdict = self.verdict(concept, state)
            if verdict.witness is None:
                continue
            key = (verdict.holds, verdict.witness.who, verdict.witness.to)
            names, text = found.get(key, ([], verdict.witness.text))
            if not verdict.holds:
                text = verdict.witness.text  # GMR comes last: it is the most forgiving
            found[key] = ([*names, CONCEPTS[concept].name], text)
        name = self.graph.labels(state)
        rows = [[name, ", ".join(names), text] for names, text in found.values()]
        joint = None if self.coalitions is None else self.coalitions[state].witness
        return rows if joint is None else [*rows, [name, "coalitions", joint.text]]

    def _cell(self, stable: NDArray[np.bool_]) -> str:
        leavers = [
            party for party, stays in zip(self.graph.parties, stable, strict=True) if not stays
        ]
        return _leaving(leavers) if leavers else "yes"


def _leaving(leavers: Sequence[str]) -> str:
    return f"{' and '.join(leavers)} leave{'s' if len(leavers) == 1 else ''}"


def crossing(graph: ConflictGraph, party: int, state: int, whose: str = "its") -> str:
    """Say which red lines of a party, "its" or by name, a state crosses.

    Examples
    --------
    >>> from negotiation.conflict_graph import Control
    >>> graph = ConflictGraph.from_issues(
    ...     parties=["a"],
    ...     issues={"arms": ["none", "some"]},
    ...     control={"arms": Control("a")},
    ...     values={"a": np.array([1, 0])},
    ...     red_lines={"a": {"arms": ["none"]}},
    ... )
    >>> crossing(graph, 0, 1)
    'arms: some crosses its red line'
    """
    named = [f"{issue}: {option}" for issue, option in graph.crossed(party, state)]
    if len(named) == 1:
        return f"{named[0]} crosses {whose} red line"
    return f"{', '.join(named[:-1])} and {named[-1]} cross {whose} red lines"


def _standing_without(graph: ConflictGraph, party: int, state: int) -> Values:
    """Return w where one state is worth nothing: back there, the party would go again."""
    without = graph.preferences[party].copy()
    without[state] = LOWEST
    return np.maximum(without, graph.moves[party].best(without))


def _standing(graph: ConflictGraph, party: int, *, counter: bool) -> Values:
    """Return w: what a state is worth to a party, after its best counter-move if allowed."""
    worth = graph.preferences[party]
    return np.maximum(worth, graph.moves[party].best(worth)) if counter else worth


def memory_of(states: int, parties: int, concepts: int) -> int:
    """Return about how many bytes it takes to judge all states, their preferences included.

    Measured from above: per state and party its preference, 16 for every concept and what the
    moves keep in order; per state what one step takes.

    Examples
    --------
    >>> memory_of(1_000_000, 4, 4)
    472000000
    """
    return states * (parties * (16 * concepts + 34) + 80)


def graph_stability(
    graph: ConflictGraph,
    concepts: Sequence[str] = ("nash", "gmr", "smr", "seq"),
    *,
    coalitions: bool = False,
) -> GraphStability:
    """Find the states that are stable for each party, by each concept.

    Parameters
    ----------
    graph : ConflictGraph
    concepts : sequence of str
        Among ``nash``, ``gmr``, ``smr``, ``seq`` and ``sseq``; see the module's table.
    coalitions : bool
        Whether to ask too which states withstand the joint moves of every coalition of two or
        more parties (:func:`~negotiation.conflict_graph.coalitions.coalition_improvement`).

    Returns
    -------
    GraphStability
        Guarantee ``all``: every state is judged, exactly.

    Raises
    ------
    UnknownNameError
        If a concept does not exist.
    TooLargeError
        If coalitions are asked about and there are more than 12 parties, or if the memory would
        not do; see :func:`memory_of`.

    Notes
    -----
    By the characterisation at the top of the module. Per party and concept it takes one
    maximum over the party's moves and r rounds of minima over each opponent's, with r the
    length of the longest sequence that matters: linear in states (issue form) or arcs (explicit
    form) per round. Memory is 16 bytes per state, party and concept.

    Examples
    --------
    >>> graph = ConflictGraph.from_moves(
    ...     states=["talks", "boycott", "blockade"],
    ...     moves=[("a", "talks", "boycott"), ("b", "boycott", "blockade")],
    ...     preferences={
    ...         "a": ["boycott", "talks", "blockade"],
    ...         "b": ["talks", "blockade", "boycott"],
    ...     },
    ... )
    >>> print(graph_stability(graph).tables()[0])
    Stable states, or who leaves
    state     Nash      GMR       SMR       SEQ
    --------  --------  --------  --------  --------
    talks     a leaves  yes       yes       yes
    boycott   b leaves  b leaves  b leaves  b leaves
    blockade  yes       yes       yes       yes
    """
    of_kind(graph, ConflictGraph, "conflict graph", "build one with ConflictGraph.from_moves")
    if isinstance(concepts, str):
        raise GameError(
            f"'{concepts}' is no list of concepts", remedy=f"write concepts=('{concepts}',)"
        )
    concepts = names_of(concepts, "concepts")
    for name in concepts:
        if name not in CONCEPTS:
            raise UnknownNameError.of("concept", name, CONCEPTS)
    chosen = tuple(dict.fromkeys(concepts))
    refuse_bytes(
        f"{len(chosen)} concepts over {graph.n_states:,} states for {len(graph.parties)} parties",
        memory_of(graph.n_states, len(graph.parties), len(chosen)),
    )
    floors: list[list[Values]] = [[] for _ in chosen]
    outcomes: list[list[Values]] = [[] for _ in chosen]
    for party, worth in enumerate(graph.preferences):
        own = graph.moves[party]
        others = [moves for k, moves in enumerate(graph.moves) if k != party]
        for k, name in enumerate(chosen):
            concept = CONCEPTS[name]
            outcome = worth
            if concept.answers:
                standing = _standing(graph, party, counter=concept.counter)
                answered = least_reachable(others, standing, improving=concept.improving)
                outcome = read_only(np.minimum(worth, answered))
            outcomes[k].append(outcome)
            floors[k].append(read_only(own.best(outcome)))
    joint = (
        tuple(coalition_improvement(graph, state) for state in range(graph.n_states))
        if coalitions
        else None
    )
    return GraphStability(
        graph, chosen, tuple(map(tuple, floors)), tuple(map(tuple, outcomes)), joint
    )
