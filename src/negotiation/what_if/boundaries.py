r"""Which polynomials in two inputs are zero where an outcome changes.

With two inputs open all numbers of a model are rational functions of both
(:mod:`~negotiation.model.symbolic`). An outcome can change only where the numerator of some
difference that decides it is zero. Two kinds of outcomes:

- **Everywhere**: the differences are few and known beforehand. They are the minors that decide
  the equilibria of a payoff matrix (:mod:`~negotiation.what_if.deciders`), and the margins of
  acceptance and ratification.
- **Nearby**: over a large agreement space they are too many, and which of them matter differs
  from place to place. They are asked for next to a change that was found exactly on a line. For a
  verdict they are what is compared and not decided over a small box around the change
  (:mod:`~negotiation.what_if.enclosures`). For a bargaining solution they are the differences
  between what is picked on the two sides, as its concept compares them.

What is returned may contain polynomials that are not zero at the change; the caller leaves those
out, for they cannot explain it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from negotiation.analysis import Context
from negotiation.errors import NegotiationError
from negotiation.exact import FrozenMap
from negotiation.formulas import Node
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.symbolic import Around, Inputs, PoleError, borders, field_of, folded
from negotiation.model.symbolic import names as names_in
from negotiation.stability import HOLDING
from negotiation.stability.judge import Judge
from negotiation.what_if.deciders import EquilibriumDecider, decider, numerators
from negotiation.what_if.enclosures import Undecided, Verdicts
from negotiation.what_if.points import picked_by
from negotiation.what_if.solution_decider import PICKED
from negotiation.what_if.subjects import (
    RangeError,
    Scene,
    Subject,
    agreement_subject,
    arising,
)

__all__ = ["Everywhere", "Nearby", "Spot", "boundaries"]


@dataclass(frozen=True, eq=False)
class Everywhere:
    """All polynomials at whose zeros an outcome can change.

    Attributes
    ----------
    nodes : tuple
        The numbers that decide it.
    polynomials : callable
        Their functions around a point -> the polynomials.
    """

    nodes: tuple[Node, ...]
    polynomials: Callable[[dict[Node, Any]], Iterable[Any]]


@dataclass(frozen=True)
class Spot:
    """A small box around a change on a line.

    Attributes
    ----------
    place : int
        Which of the two inputs is the same all along the line.
    value : Fraction
        Its value.
    below, above : Fraction
        Values of the other input on the two sides of the change.
    """

    place: int
    value: Fraction
    below: Fraction
    above: Fraction

    def at(self, other: Fraction) -> tuple[Fraction, Fraction]:
        """Return a point of the line."""
        return (self.value, other) if self.place == 0 else (other, self.value)

    @property
    def box(self) -> list[tuple[Fraction, Fraction]]:
        """The ends in both inputs."""
        width = self.above - self.below
        sides = [(self.value - width, self.value + width), (self.below, self.above)]
        return sides if self.place == 0 else sides[::-1]


@dataclass(eq=False)
class Nearby:
    """Polynomials around single changes.

    Parameters
    ----------
    inputs : Inputs
        The model with two inputs open.
    names : tuple of str
        Their names.
    agreement : FrozenMap or None
        What a verdict is about; None for what a solution picks.
    concept : str
        The bargaining solution asked about, or "".
    criteria : tuple of str
        The criteria of the verdict; none where only what is picked is asked for.
    """

    inputs: Inputs
    names: tuple[str, str]
    agreement: FrozenMap[str, str] | None
    concept: str
    criteria: tuple[str, ...]
    judges: dict[FrozenMap[str, str], _Verdict] = field(default_factory=dict, repr=False)

    @property
    def model(self) -> Model:
        """The model."""
        return self.inputs.model

    def polynomials(self, spot: Spot) -> list[Any]:
        """Return what may be zero at the change, as elements of the ring of both inputs."""
        found: list[Any] = []
        agreements = [] if self.agreement is None else [self.agreement]
        if self.concept:
            picks = list(self._picks(spot))
            found += self._compared(picks)
            agreements += [own for pick in picks for own in pick.agreements]
        if self.criteria:
            for agreement in dict.fromkeys(agreements):
                found += self._judge(agreement).undecided(spot)
        return list(dict.fromkeys(found))

    # ---- verdicts ---------------------------------------------------------------------------

    def _judge(self, agreement: FrozenMap[str, str]) -> _Verdict:
        if agreement not in self.judges:
            known = next(iter(self.judges.values()), None)
            judge = _judge_of(self.model) if known is None else known.subject.around.judge
            scene = Scene(judge, agreement)
            subject = agreement_subject(self.model, self.inputs, scene, self.criteria)
            self.judges[agreement] = _Verdict(subject, self.names)
        return self.judges[agreement]

    # ---- what a solution picks --------------------------------------------------------------

    def _picks(self, spot: Spot) -> Iterator[_Pick]:
        """Yield what is picked on the two sides of a change, and halfway between them."""
        for other in (spot.below, (spot.below + spot.above) / 2, spot.above):
            values = dict(zip(self.inputs.names, spot.at(other), strict=True))
            try:
                context = Context(self.model.override(values))
                solution = context.solution(self.concept)
            except NegotiationError:
                continue  # the model has no meaning there
            space, players = context.bargained, solution.players
            within = context.feasible.numbers
            ideals = [
                space.agreement(int(within[np.argmax(space.utilities(own)[within])]))
                for own in players
                if len(within)
            ]
            picked = tuple(context.candidates(self.concept).values())
            yield _Pick(spot.at(other), players, picked, tuple(ideals))

    def _compared(self, picks: Sequence[_Pick]) -> Iterator[Any]:
        """Yield what the concept compares between the agreements picked."""
        for sample in {pick.sample for pick in picks}:
            around = Around(field_of(self.names), dict(zip(self.names, sample, strict=True)))
            try:
                yield from self._differences(around, picks)
            except PoleError:
                continue

    def _differences(self, around: Around, picks: Sequence[_Pick]) -> Iterator[Any]:
        def gains(agreement: FrozenMap[str, str]) -> tuple[Any, ...]:
            return tuple(
                around.function(
                    folded(
                        "-",
                        self.inputs.utility(player, agreement),
                        self.inputs.disagreement(player),
                    )
                )
                for player in picks[0].players
            )

        picked = dict.fromkeys(gains(own) for pick in picks for own in pick.agreements)
        ideals = [tuple(map(gains, pick.ideals)) for pick in picks if pick.ideals]
        for row in {*picked, *itertools.chain(*ideals)}:
            yield from (value.numer for value in row)
        most = {tuple(row[i] for i, row in enumerate(rows)) for rows in ideals}
        for one, two in itertools.combinations(most, 2):
            yield from ((a - b).numer for a, b in zip(one, two, strict=True))
        for one, two in itertools.combinations(picked, 2):
            for value in _between(self.concept, one, two, most):
                yield value.numer


def _between(concept: str, one: Any, two: Any, ideals: Iterable[Any]) -> Iterator[Any]:
    """Yield what is zero where a concept ranks two vectors of gains alike."""
    if concept == "nash":
        yield math.prod(one[1:], start=one[0]) - math.prod(two[1:], start=two[0])
    elif concept == "utilitarian":
        yield sum(one[1:], one[0]) - sum(two[1:], two[0])
    elif concept == "egalitarian":
        yield from (a - b for a, b in itertools.product(one, two))
    else:
        for most in ideals:
            pairs = itertools.product(zip(one, most, strict=True), zip(two, most, strict=True))
            yield from (a * h - b * g for (a, g), (b, h) in pairs)


@dataclass(frozen=True)
class _Pick:
    """What a solution picks at a point, and where each player's largest gain is.

    Of agreements worth the same to all parties one stands for all.
    """

    sample: tuple[Fraction, Fraction]
    players: tuple[str, ...]
    agreements: tuple[FrozenMap[str, str], ...]
    ideals: tuple[FrozenMap[str, str], ...]


@dataclass(eq=False)
class _Verdict:
    """Judges one agreement over small boxes."""

    subject: Subject
    names: tuple[str, str]
    known: dict[tuple[Fraction, ...], Verdicts] = field(default_factory=dict)

    @cached_property
    def _one_function(self) -> bool:
        """Whether every number is the same function everywhere."""
        found = borders(self.subject.nodes, field_of(self.names))
        return not found.poles and not found.breaks

    def undecided(self, spot: Spot) -> Iterator[Any]:
        """Yield what is compared and not decided in a box, in both inputs."""
        section = self.subject.model.spec.commitment
        if section is not None and names_in(self.subject.inputs.quantity(section.lag)):
            return  # a whole number of periods: the outcome jumps with it
        for sample in map(spot.at, (spot.below, spot.above)):
            key = () if self._one_function else sample
            if key not in self.known:
                self.known = {} if len(self.known) > 3 else self.known
                self.known[key] = Verdicts(self.subject, self.names, sample)
            try:
                answer = self.known[key].over(spot.box)
            except PoleError:
                continue
            for own in answer.undecided or ():
                yield _moved_back(own, spot.box, self.names)


def _moved_back(poly: Undecided, box: Sequence[tuple[Fraction, Fraction]], names: Any) -> Any:
    """Return a polynomial over a box, from -1 to 1, in the inputs themselves."""
    from sympy import Rational  # noqa: PLC0415  half a second that most runs never need

    ring = field_of(names).ring

    def number(value: Fraction) -> Any:
        return ring.domain.from_sympy(Rational(value.numerator, value.denominator))

    scaled = []
    for gen, (low, high) in zip(ring.gens, box, strict=True):
        half = (high - low) / 2
        scaled.append((gen - number((high + low) / 2)) * number(1 / half))
    total = ring.zero
    for powers, value in poly:
        term = ring.one * value
        for own, power in zip(scaled, powers, strict=True):
            term = term * own**power
        total = total + term
    return total


def _judge_of(model: Model) -> Judge:
    return Judge(model, build.agreement_space(model))


# ---- which an output has ----------------------------------------------------------------------


def boundaries(inputs: Inputs, names: tuple[str, str], output: str) -> Everywhere | Nearby | None:
    """Return where an output can change with two inputs; None where that is not known."""
    model = inputs.model
    section, *rest = output.split(".")
    if section in {"normal_form", "demand_game"}:
        game = decider(model, inputs, next(iter(inputs.names)), output)
        return _of_game(game) if isinstance(game, EquilibriumDecider) else None
    if section == "bargaining" and len(rest) == 2 and rest[1] in PICKED:
        return Nearby(inputs, names, None, rest[0], ())
    if section != "stability" or rest[:1] != ["verdicts"] or rest[-1] != "holds":
        return None
    name, *criterion = rest[1:-1] or [""]
    judge = _judge_of(model)
    asked = arising(judge, criterion or HOLDING)
    if len(criterion) > 1 or not asked:
        return None
    if name not in model.agreements:
        concept = picked_by(model, name)
        return None if concept is None else Nearby(inputs, names, None, concept, asked)
    agreement = model.agreement(name)
    try:
        subject = agreement_subject(model, inputs, Scene(judge, agreement), asked)
    except RangeError:
        return None
    if subject.criteria:
        return Nearby(inputs, names, agreement, "", asked)
    return Everywhere(
        tuple(dict.fromkeys(subject.margins)),
        lambda functions: [own.numer for own in functions.values()],
    )


def _of_game(game: EquilibriumDecider) -> Everywhere:
    def polynomials(functions: dict[Node, Any]) -> Iterator[Any]:
        for player, payoffs in enumerate(game.payoffs):
            scaled, _ = numerators([functions[node] for node in payoffs])
            yield from game.elements(player, scaled).values()

    return Everywhere(game.nodes, polynomials)
