"""One agreement judged by itself, in a space of any size.

The criteria of the verdict table, answered without a list of all agreements:

- acceptance, ratification, robustness and self-enforcement ask for utilities only;
- nash and coalition-proof ask for the best change within what a party or a coalition can switch,
  efficiency for one within the whole space: :mod:`~negotiation.bargaining.merging`;
- gmr, smr and seq ask whether each gain is undone by answers, which are searched for from the
  agreement on: :mod:`~negotiation.conflict_graph.local`.

What is proved is said, and nothing else: a question whose search is given up is answered by a
verdict that neither holds nor fails, with the reason (:func:`undecided`). Where the judge of all
agreements (:class:`~negotiation.stability.judge.Judge`) answers too, both answers are the same;
only the margins of gmr, smr and seq are left out here, because they rest on every state that can
be reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from negotiation.bargaining import AgreementSpace, Change, best_change, improving_change
from negotiation.bargaining.agreements import words
from negotiation.conflict_graph import IssueStates, LocalGraph
from negotiation.conflict_graph.coalitions import coalitions, refuse_parties
from negotiation.conflict_graph.local import Step
from negotiation.conflict_graph.states import NO_AGREEMENT
from negotiation.errors import TooLargeError
from negotiation.exact import FrozenMap, show
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.results import Verdict, Witness

__all__ = ["LocalJudge", "undecided"]

Agreement = FrozenMap[str, str]


def undecided(reason: object) -> Verdict:
    """Return the verdict on what was not found out, with the reason."""
    return Verdict(holds=None, witness=Witness("undecided", f"not decided: {reason}"))


@dataclass(frozen=True, eq=False)
class LocalJudge:
    """Judges single agreements by the criteria that compare them with others."""

    model: Model
    space: AgreementSpace

    @cached_property
    def graph(self) -> LocalGraph:
        """The graph of switches and walk-outs."""
        states = IssueStates(self.space.issues, walk_out=True)
        return LocalGraph(
            self.space.parties,
            states,
            build.controls(self.model),
            states.switches({name: i.irreversible for name, i in self.model.issues.items()}),
            frozenset(build.signatories(self.model)),
            self.space.preferences_at,
            {party: self.space.disagreement_value(party) for party in self.space.parties},
        )

    # ---- efficient --------------------------------------------------------------------------

    def efficient(self, agreement: Agreement) -> Verdict:
        """Judge efficiency among all parties."""
        space = self.space
        try:
            better = improving_change(space, agreement, space.parties)
        except TooLargeError as error:
            return undecided(error.what)
        margin = None
        if not any(space.crossed(party, agreement) for party in space.parties):
            try:
                change = best_change(space, agreement, space.parties)
                margin = None if change is None or change.least is None else -change.least
            except TooLargeError:
                pass  # the answer is known, its margin is not
        if better is None:
            return Verdict(holds=True, margin=margin)
        gains = {
            party: gain
            for party, gain in better.gains.items()
            if gain > 0 and party not in better.relieved
        }
        said = [f"{party} gains {show(gain)}" for party, gain in gains.items()]
        said += [f"no red line of {party} is crossed any more" for party in better.relieved]
        text = f"with {self._switches(agreement, better, ' instead of ')}, nobody is worse off and "
        witness = Witness(
            "dominated",
            text + " and ".join(said),
            (*gains, *better.relieved),
            words(better.agreement),
            max(gains.values(), default=None),
        )
        return Verdict(holds=False, margin=margin, witness=witness)

    # ---- single parties -----------------------------------------------------------------------

    def nash(self, agreement: Agreement) -> Verdict:
        """Judge stability against single parties' moves that nobody answers."""
        try:
            moves = {party: self._best(party, agreement) for party in self.space.parties}
        except TooLargeError as error:
            return undecided(error.what)
        leavers = [party for party, move in moves.items() if move is not None and move.improves]
        if leavers:
            party = max(leavers, key=lambda name: _rank(moves[name]))
            move = moves[party]
            assert move is not None
            text = f"{party} leaves: it {self._move(self._row(agreement), move.end)}"
            text += (
                f"{self._because(party, agreement)}"
                if move.gain is None
                else (f" and gains {show(move.gain)}")
            )
            kind = "walk-out" if move.end is None else "move"
            witness = Witness(kind, text, (party,), self._label(move.end), move.gain)
            margin = None if move.gain is None else -move.gain
            return Verdict(holds=False, margin=margin, witness=witness)
        known = [move.gain for move in moves.values() if move is not None and move.gain is not None]
        return Verdict(holds=True, margin=-max(known) if known else None)

    def graph_verdict(self, concept: str, agreement: Agreement) -> Verdict:
        """Judge stability against single parties' moves and the answers of the others."""
        if concept == "nash":
            return self.nash(agreement)
        found: Verdict | None = None
        doubts: list[str] = []
        sanction: Witness | None = None
        for party in self.space.parties:
            try:
                witness, leaves = self._deterred(concept, party, agreement)
            except TooLargeError as error:
                doubts.append(error.what)
                continue
            if leaves:
                found = found or Verdict(holds=False, witness=witness)
            sanction = sanction or witness
        if found is not None:
            return found
        if doubts:
            return undecided(doubts[0])
        return Verdict(holds=True, witness=sanction)

    def _deterred(
        self, concept: str, party: str, agreement: Agreement
    ) -> tuple[Witness | None, bool]:
        """Return what keeps a party, or what it leaves for, and whether it leaves."""
        graph = self.graph
        move = self._best(party, agreement)
        if move is None or not move.improves:
            return None, False
        row = self._row(agreement)
        bar = graph.value(party, row)
        improving, counter = concept == "seq", concept == "smr"
        answer = "credible answer" if improving else "answer"
        if party in graph.leavers and graph.without[party] > bar:  # nobody answers that
            lost = self._walk_out(party, agreement)
            text = f"{party} leaves: it walks out"
            text += self._because(party, agreement) if lost is None else f" and gains {show(lost)}"
            text += f", and no {answer} of the others undoes that"
            return Witness("walk-out", text, (party,), NO_AGREEMENT, lost), True
        others = [other for other in graph.parties if other in graph.leavers and other != party]
        if others and not improving and graph.without[party] <= bar:
            # whatever the party switches, another can walk out, after which nobody moves
            steps: list[Step] = [(others[0], None)]
            return self._sanction(party, row, move.end, steps, move.gain, counter=counter), False
        first: Witness | None = None
        for end, path in graph.answers(party, row, improving=improving, counter=counter):
            gain = self._gain(party, row, end)
            if path is None:
                text = f"{party} leaves: it {self._move(row, end)}"
                text += (
                    self._because(party, agreement)
                    if gain is None
                    else (f" and gains {show(gain)}")
                )
                text += f", and no {answer} of the others undoes that"
                return Witness("move", text, (party,), self._label(end), gain), True
            first = first or self._sanction(party, row, end, path, gain, counter=counter)
        return first, False

    def _best(self, party: str, agreement: Agreement) -> _Best | None:
        """Return the best that a party can do by itself; None where it crosses a line by all."""
        key = (party, agreement)
        if key not in self._known:
            self._known[key] = self._find_best(party, agreement)
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[str, Agreement], _Best | None]:
        return {}

    def _find_best(self, party: str, agreement: Agreement) -> _Best | None:
        space, graph = self.space, self.graph
        options = self._options(frozenset({party}), agreement)
        leaves = party in graph.leavers
        change = best_change(space, agreement, [party], options)
        end = None if change is None else self._row(change.agreement)
        if change is not None and change.least is None:
            return _Best(end, None, improves=True)
        out = self._walk_out(party, agreement)
        if leaves and out is None:
            return _Best(None, None, improves=True)
        if leaves and out is not None and (change is None or out > change.gains[party]):
            return _Best(None, out, improves=out > 0)
        if change is None:
            return None
        return _Best(end, change.gains[party], improves=change.gains[party] > 0)

    def _walk_out(self, party: str, agreement: Agreement) -> Fraction | None:
        """Return what a party gains by walking out; None past a red line of its own."""
        if self.space.crossed(party, agreement):
            return None
        return self.space.disagreement[party] - self.space.utility(party, agreement)

    def _crossing(self, party: str, agreement: Agreement) -> str:
        """Say which red lines of a party an agreement crosses."""
        crossed = self.space.crossed(party, agreement)
        said = " and ".join(f"{issue}: {option}" for issue, option in crossed)
        return f"{said} {'crosses its red line' if len(crossed) == 1 else 'cross its red lines'}"

    def _because(self, party: str, agreement: Agreement) -> str:
        return f", because {self._crossing(party, agreement)}"

    def best_breach(self, party: str, agreement: Agreement) -> tuple[Agreement, str, str]:
        """Return what a party's best switch leads to, the switch, and the red lines it leaves.

        Best by its preference, red lines first; the agreement itself where keeping is as good.
        """
        options = self._options(frozenset({party}), agreement)
        change = best_change(self.space, agreement, [party], options)
        if change is None or (change.least is not None and change.least <= 0):
            return agreement, "", ""
        move = self._move(self._row(agreement), self._row(change.agreement))
        left = self._crossing(party, agreement) if change.relieved else ""
        return change.agreement, move.replace("switches", "switching", 1), left

    def _sanction(
        self,
        party: str,
        row: Any,
        end: Any,
        path: list[Step],
        prize: Fraction | None,
        *,
        counter: bool,
    ) -> Witness:
        answers, at = [], end
        for mover, target in path:
            answers.append(f"{mover} answers: it {self._move(at, target)}")
            at = target
        before, after = self.graph.value(party, row), self.graph.value(party, at)
        ending = f"which {party} likes " + (
            "no better than before" if after == before else "less than before"
        )
        ending += ", whatever it does next" if counter else ""
        gains = "" if prize is None else f" {show(prize)}"
        text = f"{party} would gain{gains} if it {self._move(row, end)}, but "
        text += f"{', then '.join(answers)}, {ending}"
        who = (party, *dict.fromkeys(mover for mover, _ in path))
        return Witness("sanction", text, who, self._label(at), prize)

    # ---- coalitions ---------------------------------------------------------------------------

    def coalition_proof(self, agreement: Agreement) -> Verdict:
        """Judge stability against joint moves of two or more parties."""
        parties = self.space.parties
        best: tuple[tuple[str, ...], _Joint] | None = None
        doubts: list[str] = []
        try:
            refuse_parties(len(parties))
        except TooLargeError as error:
            return undecided(error.what)
        for numbers in coalitions(len(parties), 2):
            members = tuple(parties[k] for k in numbers)
            most = None if best is None else best[1].least
            if best is not None and most is None:
                break  # nothing is more than that
            try:
                joint = self._joint(members, agreement, above=most)
            except TooLargeError as error:
                doubts.append(error.what)
                joint = self._some_joint(members, agreement)
            if joint is not None and (most is None or joint.least is None or joint.least > most):
                best = members, joint
        least = None if best is None else best[1].least
        margin = None if least is None or doubts else -least
        if best is not None and (least is None or least > 0):
            return Verdict(holds=False, margin=margin, witness=self._together(*best, agreement))
        return undecided(doubts[0]) if doubts else Verdict(holds=True, margin=margin)

    def _joint(
        self, members: tuple[str, ...], agreement: Agreement, above: Fraction | None
    ) -> _Joint | None:
        """Return the joint move with the largest least gain, if that is more than `above`."""
        options = self._options(frozenset(members), agreement)
        change = best_change(self.space, agreement, members, options, above=above)
        found = None if change is None else self._joint_of(change)
        if self.graph.leavers & set(members):
            out = _Joint(None, {party: self._walk_out(party, agreement) for party in members})
            if found is None or out.least is None:
                return out
            if found.least is not None and out.least >= found.least:
                return out
        return found

    def _some_joint(self, members: tuple[str, ...], agreement: Agreement) -> _Joint | None:
        """Return a joint move that all members prefer, if one is found."""
        options = self._options(frozenset(members), agreement)
        try:
            change = improving_change(self.space, agreement, members, options, every=True)
        except TooLargeError:
            return None
        return None if change is None else self._joint_of(change)

    def _joint_of(self, change: Change) -> _Joint:
        gains = {p: None if p in change.relieved else g for p, g in change.gains.items()}
        return _Joint(self._row(change.agreement), gains)

    def _together(self, members: tuple[str, ...], joint: _Joint, agreement: Agreement) -> Witness:
        deed = self._move(self._row(agreement), joint.end)
        deed = deed.replace("switches", "switch", 1).replace("walks", "walk", 1)
        who = " and ".join(filter(None, [", ".join(members[:-1]), members[-1]]))
        said = [
            f"no red line of {name} is crossed any more"
            if gain is None
            else f"{name} gains {show(gain)}"
            for name, gain in joint.gains.items()
        ]
        text = f"{who} together {deed}: {', '.join(said)}"
        return Witness("coalition", text, members, self._label(joint.end), joint.least)

    # ---- helpers ------------------------------------------------------------------------------

    def _row(self, agreement: Agreement) -> Any:
        places = [options.index(agreement[issue]) for issue, options in self.space.issues.items()]
        return np.array(places, dtype=np.int64)

    def _options(self, members: frozenset[str], agreement: Agreement) -> dict[str, tuple[str, ...]]:
        issues = self.space.issues
        return {
            issue: tuple(issues[issue][place] for place in places)
            for issue, places in self.graph.switches(members, self._row(agreement)).items()
        }

    def _gain(self, party: str, row: Any, end: Any) -> Fraction | None:
        """Return what a party gains by a switch; None where it leaves a red line behind."""
        before, after = (
            FrozenMap(
                {
                    issue: options[place]
                    for (issue, options), place in zip(
                        self.space.issues.items(), places.tolist(), strict=True
                    )
                }
            )
            for places in (row, end)
        )
        if bool(self.space.crossed(party, before)) != bool(self.space.crossed(party, after)):
            return None
        return self.space.utility(party, after) - self.space.utility(party, before)

    def _number(self, row: Any) -> int:
        number = 0
        for place, length in zip(row.tolist(), self.space.shape, strict=True):
            number = number * length + place
        return number

    def _label(self, row: Any) -> str:
        return NO_AGREEMENT if row is None else self.graph.states.label(self._number(row))

    def _move(self, start: Any, end: Any) -> str:
        if end is None:
            return "walks out"
        return self.graph.states.move(self._number(start), self._number(end))

    def _switches(self, agreement: Agreement, change: Change, between: str) -> str:
        return ", ".join(
            f"{option if len(agreement) == 1 else f'{issue}: {option}'}{between}{agreement[issue]}"
            for issue, option in change.agreement.items()
            if agreement[issue] != option
        )


@dataclass(frozen=True, eq=False)
class _Best:
    """The best that a party can do by itself."""

    end: Any
    """The state as a row of option numbers; None is walking out."""
    gain: Fraction | None
    """None where a red line is left behind."""
    improves: bool


def _rank(move: _Best | None) -> tuple[bool, Fraction]:
    assert move is not None
    return move.gain is None, move.gain or Fraction(0)


@dataclass(frozen=True, eq=False)
class _Joint:
    """A joint move: where it leads (None is walking out), and what each member gains."""

    end: Any
    gains: dict[str, Fraction | None]
    """None where a red line is left behind."""

    @property
    def least(self) -> Fraction | None:
        """The least gain; None, more than any, where all leave a red line behind."""
        return min((gain for gain in self.gains.values() if gain is not None), default=None)
