"""Self-enforcement over an agreement space: who would breach what, and when it pays.

A party breaches by the best switch among the issues it controls: best by its preference, red
lines first. The breach is answered after ``lag`` periods, for good, by no agreement (or the
punishment the model names), whose value to a party may have drifted meanwhile: see
:mod:`negotiation.commitment.repeated` for the inequality and for red lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace, Term
from negotiation.commitment import SelfEnforcement, Stakes, self_enforcing, self_enforcing_mask
from negotiation.conflict_graph import ConflictGraph
from negotiation.exact import FrozenMap, common_denominator
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.stability.local import LocalJudge

__all__ = ["Enforcement"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Enforcement:
    """What each patient party gains by a one-shot breach, over all agreements.

    Breach means switching what the party controls (walking out is the punishment itself).
    After ``lag`` periods it is answered for good: by no agreement, whose value may have drifted
    meanwhile, or by the punishment the model names.
    """

    model: Model
    space: AgreementSpace
    patience: FrozenMap[str, Fraction]
    lag: int
    punishment: FrozenMap[str, Fraction]
    drift: tuple[Term, ...]

    @classmethod
    def build(cls, model: Model, space: AgreementSpace) -> Enforcement | None:
        """Read the commitment section; None where the model has none or states no patience."""
        section = model.spec.commitment
        patience = {
            name: model.number(party.patience)
            for name, party in model.parties.items()
            if party.patience is not None and name in space.parties
        }
        if section is None or not patience:
            return None
        if section.punishment == "disagreement":
            punishment = {party: space.disagreement[party] for party in patience}
        else:
            agreement = model.agreement(section.punishment)
            punishment = {party: space.utility(party, agreement) for party in patience}
        return cls(
            model,
            space,
            FrozenMap(patience),
            int(model.number(section.lag)),
            FrozenMap(punishment),
            build.terms(model, section.drift),
        )

    @cached_property
    def graph(self) -> ConflictGraph:
        """The graph of switches, without walking out."""
        return build.issue_graph(self.model, self.space, walk_out=False)

    @cached_property
    def local(self) -> LocalJudge:
        """Finds the best breach of one agreement in a space of any size."""
        return LocalJudge(self.model, self.space)

    def mask(self) -> Mask:
        """Return which agreements every patient party keeps."""
        found = np.ones(self.space.size, dtype=bool)
        for party, patience in self.patience.items():
            cooperate = self.space.utilities(party)
            denominator = self.space.denominator(party)
            drift = [term for term in self.drift if term.party == party]
            extra = common_denominator(
                [*(term.amount for term in drift), self.punishment[party], Fraction(1, denominator)]
            )
            scale = extra // denominator
            amounts = [int(term.amount * extra) for term in drift]
            without = int(self.punishment[party] * extra)
            largest = max(abs(int(cooperate.max())), abs(int(cooperate.min())), 1) * scale
            fits = max(largest, abs(without) + sum(map(abs, amounts))) < 2**62
            kind: Any = np.int64 if fits else object
            punish = np.full(self.space.shape, without, dtype=kind)
            for term, amount in zip(drift, amounts, strict=True):
                punish[self._where(term)] += amount
            breach = self._best_breach(party)
            inside = self.space.within_red_lines(party)
            found &= inside == inside[breach]  # else the breach leaves a red line behind
            found &= self_enforcing_mask(
                cooperate.astype(kind) * scale,
                cooperate[breach].astype(kind) * scale,
                punish.ravel(),
                patience,
                lag=self.lag,
            )
        return found

    def _where(self, term: Term) -> tuple[Any, ...]:
        """Return the slice of the space in which a term counts."""
        places = [
            [place for place, option in enumerate(options) if option in term.when[issue]]
            if issue in term.when
            else list(range(len(options)))
            for issue, options in self.space.issues.items()
        ]
        return np.ix_(*places)

    def _best_breach(self, party: str) -> NDArray[np.int64]:
        """Return, for every agreement, one as good as the best switch of a party, or keeping."""
        number = self.graph.party(party)
        worth = self.graph.preferences[number]
        levels, first = np.unique(worth, return_index=True)
        best = np.maximum(worth, self.graph.moves[number].best(worth))
        found: NDArray[np.int64] = first[np.searchsorted(levels, best)]
        return found

    def result(self, agreement: FrozenMap[str, str]) -> SelfEnforcement:
        """Return the critical discount factor of each patient party for one agreement."""
        return self_enforcing(
            {
                party: self._stakes(party, patience, agreement)
                for party, patience in self.patience.items()
            },
            lag=self.lag,
        )

    def _stakes(self, party: str, patience: Fraction, agreement: FrozenMap[str, str]) -> Stakes:
        breach, switch, crossed = self.local.best_breach(party, agreement)
        return Stakes(
            self.space.utility(party, agreement),
            self.space.utility(party, breach),
            self.after(party, agreement),
            patience,
            switch,
            crossed,
        )

    def after(self, party: str, agreement: Mapping[str, str]) -> Fraction:
        """Return what a breach of an agreement leads to for a party, per period."""
        drift = (
            term.amount
            for term in self.drift
            if term.party == party
            and all(agreement[issue] in options for issue, options in term.when.items())
        )
        return sum(drift, self.punishment[party])
