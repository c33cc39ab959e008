"""What is asked of a model whose numbers are partly open: trees of numbers, and what is fixed.

A :class:`Subject` holds, as trees of formulas in the open inputs, all numbers that an answer
rests on: margins that must not be negative, and each party's weighted scores, interactions and
value of no agreement where the criteria need its moves or all agreements. A :class:`Scene` is
what does not depend on numbers: the agreement, who can move where, red lines.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace
from negotiation.conflict_graph import ConflictGraph
from negotiation.conflict_graph.coalitions import coalitions, joint_moves
from negotiation.conflict_graph.moves import Values
from negotiation.errors import NegotiationError
from negotiation.exact import FrozenMap
from negotiation.formulas import Node
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.parts import Demand
from negotiation.model.symbolic import Inputs, folded, names
from negotiation.stability.judge import Judge
from negotiation.stability.ranges import ends_decide, gains

__all__ = [
    "PartyNumbers",
    "RangeError",
    "Scene",
    "Subject",
    "agreement_subject",
    "arising",
    "party_numbers",
    "profile_subject",
]

TURNED = "turned"
"""The name of a number that is turned over its range."""


class RangeError(NegotiationError):
    """Robustness is not a matter of finitely many margins."""


@dataclass(frozen=True, eq=False)
class Scene:
    """An agreement, and what can happen around it whatever the numbers.

    Attributes
    ----------
    judge : Judge
        Of the model as it stands; issues, red lines and control are the same for all numbers.
    agreement : FrozenMap
    """

    judge: Judge
    agreement: FrozenMap[str, str]
    known: dict[Any, tuple[Values, Values]] = field(default_factory=dict, repr=False)

    @property
    def space(self) -> AgreementSpace:
        """The agreements."""
        return self.judge.space

    @cached_property
    def graph(self) -> ConflictGraph:
        """Who can move where."""
        return build.issue_graph(self.judge.model, self.judge.space)

    @cached_property
    def index(self) -> int:
        """The number of the agreement."""
        return self.space.index(self.agreement)

    @cached_property
    def inside(self) -> list[NDArray[np.int8] | None]:
        """Per party 1 for states inside its red lines, 0 past them; None without red lines."""
        return [
            np.append(self.space.within_red_lines(party), True).astype(np.int8)
            if party in self.space.red_lines
            else None
            for party in self.space.parties
        ]

    def moves(self, party: int, states: Values) -> tuple[Values, Values]:
        """Return the moves of a party out of some states: (position, target)."""
        if len(states) > 1:
            return self.graph.moves[party].arcs_from(states)
        key = (party, int(states[0]))
        if key not in self.known:
            self.known[key] = self.graph.moves[party].arcs_from(states)
        return self.known[key]

    @cached_property
    def ends(self) -> list[Values]:
        """Per party where it can move from the agreement."""
        here = np.array([self.index], dtype=np.int64)
        return [self.moves(party, here)[1] for party in range(len(self.space.parties))]

    @cached_property
    def joint(self) -> list[tuple[tuple[int, ...], Values]]:
        """Coalitions of two or more, and where they can move together."""
        return [
            (members, joint_moves(self.graph, self.index, members))
            for members in coalitions(len(self.space.parties), 2)
        ]


@dataclass(frozen=True, eq=False)
class PartyNumbers:
    """One party's numbers as trees."""

    scores: tuple[tuple[Node, ...], ...]
    """Weighted, by issue and option."""
    terms: tuple[tuple[Mapping[str, tuple[str, ...]], Node], ...]
    without: Node
    drift: Node = ("number", Fraction(0))
    """By how much what follows a breach of the agreement drifts."""
    weight: Node | None = None
    """The weight of what follows a breach, for a patient party."""

    @property
    def plain(self) -> list[Node]:
        """All but the weight, in a fixed order."""
        amounts = (node for _, node in self.terms)
        return [*itertools.chain(*self.scores), *amounts, self.without, self.drift]

    @property
    def every(self) -> list[Node]:
        """All of them."""
        return self.plain + ([] if self.weight is None else [self.weight])


@dataclass(frozen=True, eq=False)
class Subject:
    """What is asked about a model, in trees over its open inputs.

    Attributes
    ----------
    model : Model
    inputs : Inputs
    criteria : tuple of str
        Those that need the moves of the parties or all agreements.
    margins : tuple of trees
        What must not be negative.
    never : bool
        Whether a red line is crossed that makes the answer no whatever the numbers.
    """

    model: Model
    inputs: Inputs
    criteria: tuple[str, ...]
    margins: tuple[Node, ...]
    never: bool = False
    scene: Scene | None = None

    @property
    def around(self) -> Scene:
        """What does not depend on numbers."""
        assert self.scene is not None
        return self.scene

    @cached_property
    def numbers(self) -> Mapping[str, PartyNumbers]:
        """Party -> its numbers, where the criteria need more than margins."""
        if not self.criteria:
            return {}
        return {party: _with_breaches(self, party) for party in self.around.space.parties}

    @property
    def nodes(self) -> list[Node]:
        """All numbers that the answer rests on."""
        rows = [own.every for own in self.numbers.values()]
        return list(dict.fromkeys([*self.margins, *itertools.chain(*rows)]))

    @property
    def patient(self) -> Mapping[str, Node]:
        """Party -> the weight of what follows a breach: patience to the power of the lag."""
        if "self_enforcing" not in self.criteria:
            return {}
        section = self.model.spec.commitment
        assert section is not None
        lag = self.model.number(section.lag)
        return {
            name: folded("**", self.inputs.quantity(part.patience), ("number", lag))
            for name, part in self.model.parties.items()
            if part.patience is not None and name in self.model.demands
        }


def party_numbers(model: Model, inputs: Inputs, party: str) -> PartyNumbers:
    """Return a party's utilities and its value of no agreement as trees; no drift, no weight."""
    block: Mapping[str, Demand] = model.demands[party]
    total = inputs.total_weight(block)
    rows: list[tuple[Node, ...]] = []
    for issue, part in model.issues.items():
        if issue not in block:
            rows.append((("number", Fraction(0)),) * len(part.options))
            continue
        weight = folded("/", inputs.quantity(block[issue].weight), total)
        scores = [inputs.score(issue, block[issue], option) for option in part.options]
        rows.append(tuple(folded("*", weight, own) for own in scores))
    terms = [
        (FrozenMap(dict(term.when)), inputs.quantity(term.amount))
        for term in model.spec.interactions
        if term.party == party
    ]
    return PartyNumbers(tuple(rows), tuple(terms), inputs.disagreement(party))


def _with_breaches(subject: Subject, party: str) -> PartyNumbers:
    """Return a party's numbers with what follows a breach of the agreement."""
    drift: Node = ("number", Fraction(0))
    if subject.model.spec.commitment is not None:
        for term in subject.model.spec.commitment.drift:
            if term.party == party and all(
                subject.around.agreement[issue] in options for issue, options in term.when.items()
            ):
                drift = folded("+", drift, subject.inputs.quantity(term.amount))
    found = party_numbers(subject.model, subject.inputs, party)
    return replace(found, drift=drift, weight=subject.patient.get(party))


def profile_subject(model: Model, inputs: Inputs, profile: tuple[str, ...]) -> Subject:
    """Ask whether a profile of a stated payoff matrix is an equilibrium."""
    form = model.spec.normal_form
    assert form is not None
    rows = form.rows
    margins = []
    for place, strategies in enumerate(form.players.values()):
        here = inputs.quantity(rows[profile][place])
        for own in strategies:
            if own != profile[place]:
                other = (*profile[:place], own, *profile[place + 1 :])
                margins.append(folded("-", here, inputs.quantity(rows[other][place])))
    return Subject(model, inputs, (), tuple(margins))


def arising(judge: Judge, criteria: Iterable[str]) -> tuple[str, ...]:
    """Return the criteria whose question arises in a model."""
    idle = {
        "ratifiable": judge.ratification is None,
        "self_enforcing": judge.enforcement is None,
    }
    return tuple(own for own in criteria if not idle.get(own))


def agreement_subject(
    model: Model, inputs: Inputs, scene: Scene, criteria: Iterable[str]
) -> Subject:
    """Ask whether an agreement meets some criteria; `scene` is that of the model as it stands.

    Raises
    ------
    RangeError
        For ``robust``, where the ends of ranges do not decide it.
    """
    judge, agreement = scene.judge, scene.agreement
    margins: list[Node] = []
    never = False
    rest = []
    for criterion in criteria:
        if criterion in ("acceptable", "robust"):
            margins += _acceptance(inputs, scene)
            never |= any(judge.space.crossed(p, agreement) for p in judge.signatories)
            if criterion == "robust":
                margins += _robustness(model, inputs, scene)
        elif criterion == "ratifiable":
            margins += [inputs.consent(name, agreement) for name in model.ratifiers]
            voices = build.voices(model, judge.space)
            never |= any(voice.crossed(own, agreement) for voice, own in voices.values())
        else:
            rest.append(criterion)
    return Subject(model, inputs, tuple(rest), tuple(margins), never, scene)


def _acceptance(inputs: Inputs, scene: Scene) -> list[Node]:
    return gains(inputs, scene.judge.signatories, scene.agreement)


def _robustness(model: Model, inputs: Inputs, scene: Scene) -> list[Node]:
    """Return what is gained at the ends of every range, where these decide.

    Raises
    ------
    RangeError
        Where they do not, or cannot be told to.
    """
    found: list[Node] = []
    for own in scene.judge.ranges:
        part = dict(model.quantities)[own.path]
        open_ = {path: tree for path, tree in inputs.names.items() if path != own.path}
        turned = Inputs(model, open_ | {own.path: TURNED})
        nodes = [node for node in _acceptance(turned, scene) if TURNED in names(node)]
        if not nodes:
            continue
        totals = [turned.total_weight(block) for block in model.demands.values()]
        if not own.whole or not all(
            ends_decide(node, TURNED, own.low, own.high, totals) for node in nodes
        ):
            raise RangeError(
                f"acceptance over the range of {own.path} is not decided by its ends",
                remedy="ask for it at single values of the other input",
            )
        for end in (part.low, part.high):
            if end is not None:
                found += _acceptance(Inputs(model.override({own.path: end}), open_), scene)
    return found
