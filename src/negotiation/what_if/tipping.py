"""Tipping points: where along one input the outcome becomes another, exactly.

With all else as the model says, the numbers that decide an outcome are rational functions of one
input (:mod:`negotiation.model.symbolic`). Their numerators and divisors are polynomials.
Between two neighbouring roots of all of them every sign is constant, and with the signs the
outcome (:mod:`negotiation.what_if.deciders` says which signs decide which outcome). So it is
enough to look at one rational number between neighbouring roots and at each root itself; roots
where nothing changes are left out. Roots are rational or algebraic, and every sign is exact
(:mod:`negotiation.roots`).

Where a formula has a **pole** the model has no outcome: it is a gap, and what holds on its two
sides is told apart.

In an agreement space there are too many numbers for that. What a bargaining solution picks is an
upper envelope over all agreements, found piece by piece
(:mod:`negotiation.what_if.envelopes`); verdicts on agreements are walked along, whole pieces of
the range being judged at once (:mod:`negotiation.what_if.ways`).

Outputs without such polynomials are found by halving: the output is evaluated at equal steps,
and where two neighbours differ the change is enclosed between two numbers closer and closer.
A change that comes and goes between two steps is missed then; the guarantee says so.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from negotiation.analysis import ANALYSES, JUDGED, SOLVERS, Context
from negotiation.bargaining import Agreements
from negotiation.errors import NegotiationError
from negotiation.exact import FrozenMap, whole
from negotiation.formulas import Node
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.symbolic import Around, Inputs, PoleError, borders, dense, field_of
from negotiation.results import all_tied
from negotiation.roots import Algebraic, Number, Polynomial, between, roots, sign_at
from negotiation.stability import CRITERIA, HOLDING
from negotiation.stability.judge import Judge
from negotiation.what_if.deciders import Decider, decider
from negotiation.what_if.outcomes import NOTHING, Unknown, frozen
from negotiation.what_if.points import Evaluator, Knob, checked_model, knob, picked_by
from negotiation.what_if.solution_decider import SolutionDecider
from negotiation.what_if.subjects import (
    RangeError,
    Scene,
    Subject,
    agreement_subject,
    arising,
)
from negotiation.what_if.tipping_results import (
    Bracket,
    Gap,
    Piece,
    Place,
    TippingPoint,
    TippingPoints,
)
from negotiation.what_if.ways import Way

__all__ = ["tipping_points"]

HALVINGS = 16
"""Times that a step is halved around a change that is not found exactly."""


# ---- the exact way -----------------------------------------------------------------------------

POLE = Unknown("a formula divides by zero")
Exact = tuple[Number, Number, Any]
Item = tuple[Place, Place, Any]
"""(low, high, outcome): a single number or the open interval between its ends."""


def symbol(path: str) -> str:
    """Return the name that an input has in polynomials."""
    last = path.rsplit(".", 1)[-1]
    return last if last.isidentifier() and not keyword.iskeyword(last) else "x"


@dataclass(frozen=True, eq=False)
class _Line:
    """Goes through the range of one input."""

    model: Model
    knob: Knob
    low: Fraction
    high: Fraction
    inputs: Inputs
    deciders: Mapping[str, Decider]
    name: str

    def items(self) -> list[Exact]:
        """Return the numbers of interest and the intervals between them, in order."""
        over = field_of([self.name])
        nodes = list(dict.fromkeys(node for own in self.deciders.values() for node in own.nodes))
        every = list(dict.fromkeys([*nodes, *self.inputs.moving]))
        found = borders(every, over)
        edges = roots(map(dense, (*found.poles, *found.breaks)), self.low, self.high)
        places = sorted({self.low, self.high, *edges})
        items: list[Exact] = []
        for left, right in pairwise(places):
            inner = self._cell(nodes, every, over, left, right)
            # both cells speak about the number between them: a pole on either side counts
            if items and items[-1][2] != inner[0][2] and _blocked(inner[0][2]):
                items[-1] = inner[0]
            items += inner if not items else inner[1:]
        return items

    def _cell(
        self, nodes: list[Node], every: list[Node], over: Any, left: Number, right: Number
    ) -> list[Exact]:
        """Return the items from one border to the next, both included."""
        sample = between(left, right)
        around = Around(over, {self.name: sample})
        try:
            for node in every:
                around.function(node)
        except PoleError:
            return [(left, left, POLE), (left, right, POLE), (right, right, POLE)]
        functions = {node: around.function(node) for node in nodes}
        prepared = {}
        polynomials: set[Polynomial] = set(self._limits(around, over))
        limits = [at for at in roots(polynomials, left, right) if left < at < right]
        for output, own in self.deciders.items():
            prepared[output], decisive = own.prepare(functions, sample, [left, *limits, right])
            polynomials.update(decisive)
        poles = {dense(own.numer) for own in around.divisors}
        inner = [at for at in roots(polynomials, left, right) if left < at < right]
        items: list[Exact] = []
        places = [left, *inner, right]
        for place, at in enumerate(places):
            pole = at in (left, right) and any(sign_at(own, at) == 0 for own in poles)
            items.append((at, at, POLE if pole else self._outcome(prepared, at)))
            if place < len(places) - 1:
                after = places[place + 1]
                items.append((at, after, self._outcome(prepared, between(at, after))))
        return items

    def _limits(self, around: Around, over: Any) -> Iterable[Polynomial]:
        """Return where numbers of the model reach 0 or 1, beyond which some are not allowed."""
        if self.plain:
            return
        for node in self.inputs.moving:
            for limit in (over.zero, over.one):
                value = around.function(node) - limit
                yield dense(value.numer * value.denom)

    @property
    def plain(self) -> bool:
        """Whether every value of the input is allowed, poles apart."""
        return self.model.spec.normal_form is not None and self.model.demands == {}

    def _outcome(self, prepared: Mapping[str, Any], at: Number) -> Any:
        if not self.plain and isinstance(at, Fraction):
            try:
                self.model.override({self.knob.path: at})
            except NegotiationError as error:
                return Unknown(str(error))
        found = {key: own.outcome(prepared[key], at) for key, own in self.deciders.items()}
        for value in found.values():
            if isinstance(value, Unknown):
                return value
        return joined(found)


def joined(found: Mapping[str, Any]) -> Any:
    """Return the one outcome, or all by output."""
    if len(found) == 1:
        return next(iter(found.values()))
    return FrozenMap(dict(found))


def _blocked(value: object) -> bool:
    return isinstance(value, Unknown) and value.gap


MOST_TIED = 100
"""Tied agreements whose payoffs are compared along a range."""
TOO_MANY = Unknown("not worked out: too many solutions are tied", gap=False)


# ---- verdicts ----------------------------------------------------------------------------------


@dataclass(eq=False)
class _Verdicts:
    """Walks along the range of one input for verdicts on agreements."""

    line: _Line
    scenes: dict[FrozenMap[str, str], Scene] = field(default_factory=dict)
    """What does not depend on numbers, by agreement."""
    picks: dict[str, list[Exact]] = field(default_factory=dict)
    """What each bargaining solution picks along the range."""

    def items(self, output: str) -> list[Exact] | None:
        """Return what holds at numbers and between them; None for other outputs."""
        section, *rest = output.split(".")
        if section != "stability" or rest[:1] != ["verdicts"] or rest[-1] != "holds":
            return None
        name, *criterion = rest[1:-1] or [""]
        if len(criterion) > 1:
            return None
        model = self.line.model
        if name in model.agreements:
            way = self._way(model.agreement(name), criterion)
            return None if way is None else _judged(way, self.line.low, self.line.high)
        concept = picked_by(model, name)
        return None if concept is None else self._of_solution(concept, criterion)

    def _way(self, agreement: FrozenMap[str, str], criterion: Sequence[str]) -> Way | None:
        model = self.line.model
        if agreement not in self.scenes:
            known = next(iter(self.scenes.values()), None)
            judge = Judge(model, build.agreement_space(model)) if known is None else known.judge
            self.scenes[agreement] = Scene(judge, agreement)
        scene = self.scenes[agreement]
        asked = arising(scene.judge, criterion or HOLDING)
        if not asked:
            return None

        def ask(changed: Model, inputs: Inputs) -> Subject:
            return agreement_subject(changed, inputs, scene, asked)

        try:
            ask(model, Inputs(model, {self.line.knob.path: self.line.name}))
        except RangeError:
            return None
        return Way.of(model, ask, self.line.knob.path)

    def _of_solution(self, concept: str, criterion: Sequence[str]) -> list[Exact] | None:
        """Judge the agreement that a bargaining solution picks, wherever it picks it.

        Of tied agreements those are judged that stand for their payoff points.
        """
        line = self.line
        if concept not in self.picks:
            output = f"bargaining.{concept}.agreement"
            own = decider(line.model, line.inputs, line.knob.path, output)
            if own is None:
                return None
            assert isinstance(own, SolutionDecider)
            picks = replace(line, deciders={output: replace(own, rest="")}).items()
            self.picks[concept] = list(self._standing(concept, picks))
        picked = self.picks[concept]
        ends: dict[FrozenMap[str, str], list[Fraction]] = {}
        for low, high, value in picked:
            for agreement in () if isinstance(value, Unknown) else value:
                places = ends.setdefault(agreement, [])
                places.append(low.low if isinstance(low, Algebraic) else low)
                places.append(high.high if isinstance(high, Algebraic) else high)
        judged: dict[FrozenMap[str, str], list[Exact]] = {}
        for agreement, places in ends.items():
            way = self._way(agreement, criterion)
            if way is None:
                return None
            judged[agreement] = _judged(way, min(places), max(places))
        found: list[Exact] = []
        for low, high in _cut_up([picked, *judged.values()]):
            at = low if low == high else between(low, high)
            value = _value(picked, at)
            if not isinstance(value, Unknown):
                each = [_value(judged[own], at) for own in value]
                open_ = [own for own in each if isinstance(own, Unknown)]
                value = open_[0] if open_ else all_tied(each) if each else NOTHING
            found.append((low, high, value))
        return found

    def _standing(self, concept: str, items: Sequence[Exact]) -> Iterator[Exact]:
        """Yield which agreements stand for the payoff points of what is picked, piece by piece."""
        for place, (low, high, value) in enumerate(items):
            if isinstance(value, Unknown):
                yield low, high, value
            elif len(value) < 2:
                yield low, high, tuple(value)
            elif low == high and isinstance(low, Fraction):
                yield low, high, self._at(concept, low)
            elif len(value) > MOST_TIED:
                yield low, high, TOO_MANY
            else:
                near = place + 1 if low == high and place + 1 < len(items) else place
                near = place - 1 if low == high and near == place else near
                points = _Points.of(self.line, value, between(*items[near][:2]))
                places = [low, *points.meetings(low, high), high] if low < high else [low]
                for at, after in pairwise(places):
                    if at != low:
                        own = self._at(concept, at) if isinstance(at, Fraction) else points.at(at)
                        yield at, at, own
                    yield at, after, points.at(None)
                if low == high:
                    yield low, high, points.at(low)

    def _at(self, concept: str, at: Fraction) -> Any:
        """Return the same at a rational number."""
        context = Context(self.line.model.override({self.line.knob.path: at}))
        found = tuple(context.candidates(concept).values())
        return found if len(found) == len(context.solution(concept).points) else TOO_MANY


@dataclass(frozen=True, eq=False)
class _Points:
    """Tied agreements and their payoffs as functions of the input, where these are one each.

    Attributes
    ----------
    groups : mapping
        The utilities of all parties -> the places of the agreements with these.
    """

    agreements: Agreements
    groups: Mapping[tuple[Any, ...], list[int]]
    quo: FrozenMap[str, str] | None

    @classmethod
    def of(cls, line: _Line, agreements: Agreements, sample: Fraction) -> _Points:
        """Read the payoffs around a number."""
        around = Around(field_of([line.name]), {line.name: sample})
        groups: dict[tuple[Any, ...], list[int]] = {}
        for place, own in enumerate(agreements):
            worth = tuple(
                around.function(line.inputs.utility(party, own))
                for party in agreements.space.parties
            )
            groups.setdefault(worth, []).append(place)
        quo = line.model.spec.status_quo
        return cls(agreements, groups, line.model.agreement(quo) if quo else None)

    def _apart(self) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...], list[Polynomial]]]:
        """Yield every two groups with the polynomials that are zero where they meet."""
        for one, two in combinations(self.groups, 2):
            yield one, two, [dense((a - b).numer) for a, b in zip(one, two, strict=True) if a != b]

    def meetings(self, low: Number, high: Number) -> list[Number]:
        """Return where between two numbers groups that differ are worth the same to all."""
        found: set[Number] = set()
        for _, _, polynomials in self._apart():
            for at in roots(polynomials[:1], low, high):
                if low < at < high and all(sign_at(own, at) == 0 for own in polynomials):
                    found.add(at)
        return sorted(found)

    def at(self, at: Number | None) -> Any:
        """Return who stands for each payoff point at a number, or where no two groups meet."""
        groups = {worth: set(places) for worth, places in self.groups.items()}
        if at is not None:
            for one, two, polynomials in self._apart():
                if all(sign_at(own, at) == 0 for own in polynomials):
                    groups[one] |= groups[two]
                    groups |= {w: groups[one] for w in groups if groups[w] & groups[one]}
        distinct = {frozenset(places) for places in groups.values()}
        if len(distinct) > JUDGED:
            return TOO_MANY
        space, numbers = self.agreements.space, self.agreements.numbers
        return tuple(
            Agreements(space, numbers[sorted(places)]).nearest(self.quo) for places in distinct
        )


def _judged(way: Way, low: Fraction, high: Fraction) -> list[Exact]:
    """Return what holds at numbers and between them."""
    return [
        (
            step.near,
            step.far,
            Unknown(step.why, gap=step.judged) if step.holds is None else step.holds,
        )
        for step in way.walk(low, high)
    ]


def _cut_up(parts: Iterable[list[Exact]]) -> Iterator[tuple[Number, Number]]:
    """Yield all places of several outputs and the intervals between them, in order."""
    places = sorted({place for items in parts for low, high, _ in items for place in (low, high)})
    for place, after in zip(places, [*places[1:], None], strict=True):
        yield place, place
        if after is not None:
            yield place, after


def _value(items: list[Exact], at: Number) -> Any:
    """Return what holds at a number, an end of the range or of an interval among them."""
    return next(v for low, high, v in items if low == at == high or low < at < high)


def _merged(parts: Sequence[tuple[str, list[Exact]]], names: Sequence[str]) -> list[Exact]:
    """Put the outcomes of several outputs together; a part without a name has several."""
    if len(parts) == 1:
        return parts[0][1]
    return [
        (low, high, _together(parts, names, low if low == high else between(low, high)))
        for low, high in _cut_up(items for _, items in parts)
    ]


def _together(parts: Sequence[tuple[str, list[Exact]]], names: Sequence[str], at: Number) -> Any:
    found: dict[str, Any] = {}
    for name, items in parts:
        value = _value(items, at)
        if isinstance(value, Unknown):
            return value
        found |= {name: value} if name else value
    return FrozenMap({name: found[name] for name in names})


# ---- halving -----------------------------------------------------------------------------------


def _halved(
    evaluate: Evaluator,
    path: str,
    low: Fraction,
    high: Fraction,
    steps: int,
    poles: Iterable[Number] = (),
) -> list[Item]:
    """Return brackets around the changes seen, and the intervals between them.

    The range is cut at the poles of formulas: there is no outcome at one, and a change across it
    is none that could be enclosed.
    """
    known: dict[Fraction, Any] = {}

    def outcome(at: Fraction) -> Any:
        if at not in known:
            try:
                found = evaluate({path: at})
                known[at] = joined(dict(zip(evaluate.outputs, map(frozen, found), strict=True)))
            except NegotiationError as error:
                known[at] = Unknown(str(error))
        return known[at]

    grid = [low + (high - low) * Fraction(step, steps) for step in range(steps + 1)]
    tiny = (high - low) / steps / 2**HALVINGS
    poles = set(poles)
    refuse_moving([outcome(at) for at in grid if at not in poles], evaluate.outputs)
    items: list[Item] = []
    for left, right in pairwise(sorted({low, *poles, high})):
        inner = [at for at in grid if left < at < right]
        # next to a pole the outcome is asked for at a number close to it
        first = _beside(left, (inner or [between(left, right)])[0], tiny) if left in poles else low
        last = _beside(right, (inner or [first])[-1], tiny) if right in poles else high
        if not items:
            items.append((left, left, POLE if left in poles else outcome(low)))
        start: Place = left
        for near, far in pairwise(sorted({first, *inner, last})):
            before, after = near, far
            if same(outcome(near), outcome(far)):
                continue
            for _ in range(HALVINGS):
                middle = (before + after) / 2
                if same(outcome(middle), outcome(before)):
                    before = middle
                else:
                    after = middle
            found = Bracket(before, after)
            items += [(start, found, outcome(before)), (found, found, None)]
            if not same(outcome(after), outcome(far)):
                # more than one change in this step: what holds after the first is known at one
                # number
                other = Bracket(after, far)
                items += [(found, other, outcome(after)), (other, other, None)]
                found = other
            start = found
        items.append((start, right, outcome(last)))
        items.append((right, right, POLE if right in poles else outcome(high)))
    return items


def _beside(pole: Number, other: Fraction, tiny: Fraction) -> Fraction:
    """Return a number between a pole and another number, within `tiny` of the pole if it can be."""
    near = between(*sorted([pole, other]))
    if isinstance(pole, Algebraic):
        own = pole.refine(tiny)
        close = own.high if pole < other else own.low
    else:
        close = pole + tiny if pole < other else pole - tiny
    return close if min(pole, other) < close < max(pole, other) else near


def same(one: object, two: object) -> bool:
    """Say whether two outcomes are the same; all gaps are."""
    return one == two or (_blocked(one) and _blocked(two))


def refuse_moving(found: Sequence[Any], outputs: Sequence[str]) -> None:
    """Refuse outputs that change everywhere."""
    kinds = [value for value in found if not isinstance(value, Unknown)]
    moving = []
    for output in outputs:
        own = [value if len(outputs) == 1 else value[output] for value in kinds]
        if sum(one != two for one, two in pairwise(own)) > max(4, len(own) // 2):
            moving.append(output)
    if moving:
        told = "changes" if len(moving) == 1 else "change"
        has = "has" if len(moving) == 1 else "have"
        raise NegotiationError(
            f"{', '.join(moving)} {told} all along the range and {has} no tipping points",
            remedy="ask for a verdict (.holds), a count, an agreement or outcomes; "
            "sweeps and tornado show numbers that move",
        )


# ---- putting it together -----------------------------------------------------------------------


def _assembled(items: Sequence[Item]) -> tuple[list[TippingPoint], list[Piece], list[Gap], int]:
    """Return points, pieces, gaps and how many single outcomes are not known."""
    unknown = 0
    points: list[TippingPoint] = []
    pieces: list[Piece] = []
    gaps: list[Gap] = []
    for place, (low, high, value) in enumerate(items):
        single = low is high or low == high
        if single and not _blocked(value):
            sides = [
                items[k][2]
                if 0 <= k < len(items) and not isinstance(items[k][2], Unknown)
                else None
                for k in (place - 1, place + 1)
            ]
            open_ = isinstance(value, Unknown) or isinstance(low, Bracket)
            unknown += isinstance(value, Unknown)
            at = None if open_ else value
            given = [side for side in (*sides, at) if side is not None]
            if any(side != given[0] for side in given[1:]):
                points.append(TippingPoint(low, sides[0], at, sides[1]))
    before: Any = None  # what holds on the item before, if it is known
    open_gap = False
    for low, high, value in items:
        single = low == high
        if isinstance(low, Bracket) and single:
            continue
        in_gap, open_gap = open_gap, _blocked(value)
        if open_gap:
            if in_gap:
                gaps[-1] = replace(gaps[-1], high=high)
            else:
                gaps.append(Gap(low, high, value.why, before))
            continue
        before = None if isinstance(value, Unknown) else value
        if in_gap:
            gaps[-1] = replace(gaps[-1], after=before)
        if isinstance(value, Unknown):
            unknown += not single
            continue
        last = pieces[-1] if pieces else None
        touching = last is not None and last.high == low and (last.high_included or single)
        if last is not None and touching and last.holds == value:
            pieces[-1] = Piece(last.low, high, last.low_included, single, value)
        else:
            pieces.append(Piece(low, high, single, single, value))
    return points, pieces, gaps, unknown


def default_outputs(model: Model) -> tuple[str, ...]:
    """Return what is looked at unless told otherwise."""
    sections = [section.name for section in ANALYSES if section.applies(model)]
    found = ["normal_form.equilibria"] if "normal_form" in sections else []
    if "stability" in sections and model.agreements:
        judge = Judge(model, build.agreement_space(model))
        found += [
            f"stability.verdicts.{name}.{own}.holds"
            for name in model.agreements
            for own in arising(judge, HOLDING)
        ]
    if "bargaining" in sections:
        found += [f"bargaining.{concept}.agreement" for concept in SOLVERS]
    if "demand_game" in sections:
        found.append("demand_game.equilibria")
    if found:
        return tuple(found)
    raise NegotiationError(
        f"'{model.title}' has no equilibria, named agreements or bargaining to look at",
        remedy="name an output path in output=",
    )


def checked_outputs(model: Model, output: object, outputs: object) -> tuple[str, ...]:
    """Return the outputs asked for, each checked at the model as it stands."""
    if output is not None and outputs is not None:
        raise NegotiationError("both output= and outputs= are given", remedy="give one of them")
    asked = output if outputs is None else outputs
    if asked is None:
        return default_outputs(model)
    names = (asked,) if isinstance(asked, str) else asked
    if not isinstance(names, Iterable):
        raise NegotiationError("the outputs are no paths", remedy="give output paths as texts")
    return tuple(map(_answer, Evaluator.of(model, names).outputs))


def _answer(output: str) -> str:
    """Return the path of its yes or no for that of a verdict, any other as it is."""
    steps = output.split(".")
    verdict = steps[:2] == ["stability", "verdicts"] and len(steps) == 4 and steps[3] in CRITERIA
    return f"{output}.holds" if verdict else output


def tipping_points(
    model: Model,
    path: str,
    low: object = None,
    high: object = None,
    *,
    output: str | None = None,
    outputs: Iterable[str] | None = None,
    steps: int = 32,
) -> TippingPoints:
    """Find the exact values of one input at which the outcome changes.

    Parameters
    ----------
    model : Model
    path : str
        Path of a number.
    low, high : number, optional
        The range, both ends included. Default: the declared one.
    output : str, optional
        Output path of what to look at: equilibria, counts, outcomes, a verdict (``.holds``) of a
        named agreement, the agreement of a bargaining solution. The path of a verdict means its
        yes or no. Default: the set of equilibria, what decides whether each named agreement
        holds, and all bargaining solutions.
    outputs : iterable of str, optional
        Several of them: then all are looked at together.
    steps : int
        For outputs without an exact answer: steps in which the range is searched.

    Returns
    -------
    TippingPoints

    Raises
    ------
    NegotiationError
        If there is no range, or the output is a number that moves all along it.
    UnknownNameError
        For an unknown path or output, with close matches.
    TooLargeError
        If a formula has too many branches of min, max and abs.

    Notes
    -----
    Exact for: payoff matrices of two players, whose payoffs are formulas, comfortably up to
    4 by 4 (the pure equilibria with more players); and in agreement spaces of any size for what a
    bargaining solution picks (``.agreement``, ``.agreements``, ``.count``, ``.exists``) and for
    all verdicts (``.holds``) on named agreements and on solutions.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = tipping_points(ng.load("classics/chicken"), "parameters.crash", -3, 2)
    >>> for point in found.points:
    ...     print(point)
    -1: 3: swerve/straight, straight/swerve, swerve+straight/swerve+straight → 3 in 1 component: \
swerve/straight, straight/swerve, straight/straight → 1: straight/straight
    """
    model = checked_model(model)
    own = knob(model, path)
    low, high = own.ends(low, high)
    names = checked_outputs(model, output, outputs)
    steps = whole(steps, "steps", least=1)
    inputs = Inputs(model, {own.path: symbol(own.path)})
    found = {name: decider(model, inputs, own.path, name) for name in names}
    deciders = {name: one for name, one in found.items() if one is not None}
    line = _Line(model, own, low, high, inputs, deciders, symbol(own.path))
    verdicts = _Verdicts(line)
    parts: list[tuple[str, list[Exact]]] = []
    for name in names:
        if name not in deciders:
            judged = verdicts.items(name)
            if judged is None:
                break
            parts.append((name, judged))
    notes = []
    if len(parts) + len(deciders) == len(names):
        guarantee = "all"
        if deciders:
            parts.append(("" if len(deciders) > 1 else next(iter(deciders)), line.items()))
            guarantee = min((one.guarantee for one in deciders.values()), key=("pure", "all").index)
            notes = list(dict.fromkeys(one.note for one in deciders.values() if one.note))
        items: Sequence[Item] = _merged(parts, names)
        values = [value for at, to, value in items if at != to]
        if any(_numeric(value) for value in values):
            refuse_moving(values, names)
    else:
        poles = borders(inputs.moving, field_of([line.name])).poles
        items = _halved(
            Evaluator(model, names), own.path, low, high, steps, roots(map(dense, poles), low, high)
        )
        guarantee = "some"
        notes.append(
            f"Searched in {steps} steps: a change that comes and goes within one may be missing, "
            "and each is known to lie between two numbers."
        )
    points, pieces, gaps, unknown = _assembled(items)
    if unknown:
        guarantee = "some"
        notes.append(f"The outcome is not worked out at {unknown} irrational numbers or pieces.")
    return TippingPoints(
        own.path,
        names,
        low,
        high,
        tuple(points),
        tuple(pieces),
        tuple(gaps),
        tuple(notes),
        guarantee=guarantee,
    )


def _numeric(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_numeric, value.values()))
    return isinstance(value, Fraction)
