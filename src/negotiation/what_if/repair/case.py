"""What is to be repaired: an agreement by some criteria, or a profile of a payoff matrix."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from negotiation.analysis import Context
from negotiation.bargaining import AgreementSpace
from negotiation.bargaining.agreements import words
from negotiation.errors import NegotiationError, UnknownNameError, shorten
from negotiation.exact import FrozenMap
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.parts import steps
from negotiation.model.symbolic import Inputs
from negotiation.stability import CRITERIA, HOLDING
from negotiation.stability.judge import Judge
from negotiation.what_if.repair.clauses import Clauses, of_profile
from negotiation.what_if.repair.criteria import Known, of_agreement
from negotiation.what_if.subjects import (
    Scene,
    Subject,
    agreement_subject,
    arising,
    profile_subject,
)

__all__ = ["Case", "Deal", "Profile", "case_of"]


@dataclass(frozen=True)
class Deal:
    """An agreement of an agreement space, judged by criteria of the verdict table."""

    model: Model
    name: str
    agreement: FrozenMap[str, str]
    criteria: tuple[str, ...]
    known: Known = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def context(self) -> Context:
        """What judging shares."""
        return Context(self.model)

    @property
    def space(self) -> AgreementSpace:
        """The agreements of the model as it stands."""
        return self.context.space

    @property
    def judge(self) -> Judge:
        """The judge of the model as it stands."""
        return self.context.judge

    @cached_property
    def scene(self) -> Scene:
        """What can happen around the agreement whatever the numbers."""
        return Scene(self.judge, self.agreement)

    @cached_property
    def arising(self) -> tuple[str, ...]:
        """The criteria whose question arises."""
        return arising(self.judge, self.criteria)

    def verdict(self) -> tuple[bool | None, Fraction | None, str]:
        """Return answer, margin and, where the question does not arise, why."""
        rows = [self.judge.verdict(own, self.agreement) for own in self.criteria]
        arising = [row for row in rows if row.holds is not None]
        if not arising:
            return None, None, str(rows[0].witness)
        holds = all(row.holds for row in arising)
        margins = [row.margin for row in arising if row.margin is not None]
        lost = any(row.margin is None and not row.holds for row in arising)
        return holds, None if lost or not margins else min(margins), ""

    @cached_property
    def clauses(self) -> Clauses:
        """What it has to be worth."""
        return of_agreement(self.judge, self.agreement, self.arising, self.scene.graph, self.known)

    def clauses_of(self, model: Model) -> Clauses:
        """Return what it has to be worth in the same model with other numbers."""
        space = build.agreement_space(model)
        if space == self.space:  # patience, thresholds: nobody's order has changed
            judge, graph = Judge(model, self.space), self.scene.graph
        else:
            judge, graph = Judge(model, space), build.issue_graph(model, space)
        return of_agreement(judge, self.agreement, self.arising, graph, self.known)

    def ask(self, model: Model, inputs: Inputs) -> Subject:
        """Ask whether it holds in the same model, with some inputs open."""
        return agreement_subject(model, inputs, self.scene, self.arising)


@dataclass(frozen=True)
class Profile:
    """A pure profile of a stated payoff matrix, judged by Nash."""

    model: Model
    name: str
    profile: tuple[str, ...]
    criteria: tuple[str, ...] = ("nash",)

    def clauses_of(self, model: Model) -> Clauses:
        """Return what it has to be worth in the same model with other numbers."""
        game = build.normal_form(model)
        worth = {player: game.payoff(player, self.profile) for player in game.players}
        others = {
            player: {
                own: game.payoff(player, (*self.profile[:place], own, *self.profile[place + 1 :]))
                for own in game.strategies[place]
                if own != self.profile[place]
            }
            for place, player in enumerate(game.players)
        }
        return of_profile(worth, others)

    @cached_property
    def clauses(self) -> Clauses:
        """What it has to be worth."""
        return self.clauses_of(self.model)

    def verdict(self) -> tuple[bool | None, Fraction | None, str]:
        """Return answer, margin and, where the question does not arise, why."""
        own = self.clauses
        gaps = [own.worth[o.who] - o.least[0] for clause in own.listed for o in clause.options]
        margin = min(gaps, default=None)
        return margin is None or margin >= 0, margin, ""

    def ask(self, model: Model, inputs: Inputs) -> Subject:
        """Ask whether it holds in the same model, with some inputs open."""
        return profile_subject(model, inputs, self.profile)


Case = Deal | Profile


def case_of(model: Model, agreement: object, criterion: str | None) -> Case:
    """Check what is asked."""
    form = model.spec.normal_form
    spaced = bool(model.issues) and bool(model.demands)
    if form is not None and isinstance(agreement, str) and ("/" in agreement or not spaced):
        profiles = [" / ".join(own) for own in itertools.product(*form.players.values())]
        asked = steps(agreement)
        if asked not in {*itertools.product(*(tuple(own) for own in form.players.values()))}:
            raise UnknownNameError.of("profile", agreement, [p.replace(" ", "") for p in profiles])
        if criterion not in (None, "nash"):
            raise UnknownNameError.of("criterion of a profile", criterion, ["nash"])
        return Profile(model, "/".join(asked), asked)
    if not spaced:
        raise NegotiationError(
            f"'{model.title}' has no agreements",
            remedy="repair needs issues with demands, or a stated normal_form and a profile "
            "such as 'row/column'",
        )
    if criterion is not None and criterion not in CRITERIA:
        raise UnknownNameError.of("criterion", criterion, CRITERIA)
    criteria = HOLDING if criterion is None else (criterion,)
    if isinstance(agreement, Mapping):
        space = build.agreement_space(model)
        wanted = space.agreement(space.index(agreement))
        name = next(
            (own for own in model.agreements if model.agreement(own) == wanted), words(wanted)
        )
        return Deal(model, name, wanted, criteria)
    if not isinstance(agreement, str):
        raise NegotiationError(
            f"'{shorten(agreement)}' is no agreement",
            remedy="give the name of one, or an option for every issue",
        )
    return Deal(model, agreement, model.agreement(agreement), criteria)
