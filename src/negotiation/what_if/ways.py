r"""The nearest value of an input, or of several, at which a verdict turns.

**One input**, from where it stands towards an end of its range. The way is cut at the breaks of
formulas, at zeros of divisors and where a weight or a patience stops being allowed. Between two
cuts an open piece of the way is judged as a whole (:mod:`~negotiation.what_if.enclosures`):

- the answer is not the wanted one anywhere on it: on to the next piece;
- it is the wanted one everywhere: the border is where the piece begins, and any value past it
  does it;
- it is not decided: the piece is cut at the zeros of the differences that were left undecided,
  which are the only places where the answer can turn, nearest first; where these are too many,
  in the middle. The cuts themselves are judged as points.

So the first value found is the nearest, and everything nearer has been judged. Around a zero that
is not rational a narrow piece is left; if nothing else turns in it, the signs of all differences
on both sides of that zero and at it are known, and with them the answers. The lag counts periods:
the values at which it is whole are judged one by one, nearest first.

**Several inputs** together: towards the ends that help, by one common share of the way; that is
one input again. No smaller share does it in any combination of values if the box of all values
within that share is judged to fail, as a whole or cut into pieces.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from negotiation.errors import NegotiationError
from negotiation.formulas import Node
from negotiation.model.model import Model
from negotiation.model.symbolic import (
    Around,
    Borders,
    Inputs,
    PoleError,
    borders,
    dense,
    field_of,
    folded,
    names,
)
from negotiation.roots import (
    Algebraic,
    Number,
    Polynomial,
    between,
    factors,
    integral,
    roots,
    sign_at,
)
from negotiation.what_if.enclosures import Answer, Box, Undecided, Verdicts
from negotiation.what_if.subjects import Subject

__all__ = ["Ask", "Flip", "Step", "Way", "joint_share"]

TINY = Fraction(1, 10**6)
"""Width, as a share of the way, of the interval around a zero that is not rational."""
MAX_BOXES = 1_500
"""Pieces judged on one way, after which the rest is left out."""
MAX_LAG = 100
FINE = 2**60
PIECES, FEW = (40, 400), (1, 8)
"""Pieces into which a box of several inputs is cut at most, for the proof and for bounds: where
moves or all agreements have to be looked at, and where margins are enough."""

Ask = Callable[[Model, Inputs], Subject]
"""Says what is asked of a model with some of its inputs open."""
NAME = "x"


@dataclass(frozen=True)
class Flip:
    """The nearest place at which the answer is the wanted one.

    Attributes
    ----------
    at : Fraction
        The value.
    before : Fraction
        Nothing up to here does it; `at` itself where that is exact.
    attained : bool
        Whether the value itself does it; otherwise any value just past it.
    """

    at: Fraction
    before: Fraction
    attained: bool = True


@dataclass(frozen=True)
class Step:
    """What holds at one number, or on an open piece of the way.

    Attributes
    ----------
    near, far : Fraction or Algebraic
        Its ends, `near` the one nearer to the start; the same for a single number.
    holds : bool or None
        The answer; None where the model has no meaning, or it was not judged.
    why : str
        Why there is no answer.
    judged : bool
        Whether that is known.
    """

    near: Number
    far: Number
    holds: bool | None
    why: str = ""
    judged: bool = True


@dataclass(frozen=True)
class _Cuts:
    """Where formulas break or lose their meaning.

    Attributes
    ----------
    rational, irrational : tuple
        The latter with intervals in which no other cut is.
    forbidden : tuple of polynomials
        At their zeros the model has no meaning.
    """

    rational: tuple[Fraction, ...]
    irrational: tuple[Algebraic, ...]
    forbidden: tuple[Polynomial, ...]


@dataclass(eq=False)
class Way:
    """The way of one input, or of several by a common share, and the answers on it.

    Attributes
    ----------
    model : Model
        As it stands.
    ask : callable
        What is asked.
    changes : callable
        What to change for a value.
    trees : mapping
        Path of an open input -> its tree in the one name ``x``.
    """

    model: Model
    ask: Ask
    changes: Callable[[Fraction], Mapping[str, Fraction]]
    trees: Mapping[str, Node]
    known: dict[Fraction, Step] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Model, ask: Ask, path: str) -> Way:
        """Return the way of one input."""
        return cls(model, ask, lambda value: {path: value}, {path: ("name", NAME)})

    @classmethod
    def together(cls, model: Model, ask: Ask, ends: Mapping[str, tuple[Fraction, Fraction]]) -> Way:
        """Return the common way of several inputs: 0 is where they stand, 1 are the ends."""

        def changes(share: Fraction) -> dict[str, Fraction]:
            return {path: start + share * (end - start) for path, (start, end) in ends.items()}

        trees = {
            path: folded(
                "+",
                ("number", start),
                folded("*", ("number", end - start), ("name", NAME)),
            )
            for path, (start, end) in ends.items()
        }
        return cls(model, ask, changes, trees)

    # ---- single values ----------------------------------------------------------------------

    def at(self, value: Fraction) -> Step:
        """Judge a single value."""
        if value not in self.known:
            try:
                model = self.model.override(dict(self.changes(value)))
                subject = self.ask(model, Inputs(model, {}))
                holds = Verdicts(subject, (), ()).over(()).holds
                self.known[value] = Step(value, value, holds)
            except NegotiationError as error:
                self.known[value] = Step(value, value, None, str(error))
        return self.known[value]

    # ---- the way ----------------------------------------------------------------------------

    @cached_property
    def inputs(self) -> Inputs:
        """The model with the input open."""
        return Inputs(self.model, self.trees)

    @cached_property
    def subject(self) -> Subject:
        """What is asked."""
        return self.ask(self.model, self.inputs)

    @cached_property
    def lag(self) -> Node | None:
        """The lag, where it depends on the input and bears on the answer."""
        section = self.model.spec.commitment
        if section is None or "self_enforcing" not in self.subject.criteria:
            return None
        found = self.inputs.quantity(section.lag)
        return found if names(found) else None

    def first(self, start: Fraction, end: Fraction, *, want: bool) -> tuple[Flip | None, bool]:
        """Return the nearest flip from `start`, where the answer is not the wanted one.

        Returns
        -------
        Flip or None
        bool
            Whether everything nearer was judged.
        """
        if self.subject.never and want:
            return None, True
        proved = True
        last = start  # the last rational number that is known not to do it
        open_: Step | None = None  # what was not judged since
        for step in self.walk(start, end):
            if step.near == step.far == start:
                continue
            irrational = step.near == step.far and isinstance(step.near, Algebraic)
            if step.holds is want and not irrational:
                return self._flip(step, last, open_), proved
            if not step.judged or (irrational and step.holds is want):
                proved = proved and open_ is None
                open_ = step
                continue
            if open_ is not None and step.near == step.far:
                proved = False  # what comes and goes within may be missed
            open_ = None if step.near == step.far else open_
            last = step.far if isinstance(step.far, Fraction) else last
        return None, proved and open_ is None

    def _flip(self, step: Step, last: Fraction, open_: Step | None) -> Flip:
        """Return the flip at the beginning of a step."""
        if isinstance(step.near, Algebraic):
            at = step.far
            if not isinstance(at, Fraction) or self.at(at).holds is not step.holds:
                at = between(*sorted([step.near, step.far]))
            return Flip(at, last)
        if step.near == step.far:
            return Flip(step.near, step.near if open_ is None else last)
        return Flip(step.near, step.near, attained=False)

    def walk(self, start: Fraction, end: Fraction) -> Iterator[Step]:
        """Yield what holds at numbers and between them, from `start` to `end`.

        Every number from one to the other is in one of the steps, in order.
        """
        yield self.at(start)
        if start == end:
            return
        if self.lag is not None:
            yield from self._periods(start, end)
            return
        low, high = min(start, end), max(start, end)
        cuts = self._cuts(low, high)
        narrow = {root.low: root for root in cuts.irrational}
        ends = (end for root in cuts.irrational for end in (root.low, root.high))
        places = sorted({low, high, *cuts.rational, *ends})
        budget = iter(range(MAX_BOXES))
        for near, far in pairwise(places if start < end else places[::-1]):
            root = narrow.get(min(near, far))
            if root is None:
                yield from self._between(near, far, abs(end - start), budget)
            else:
                yield from self._across(near, root, far, cuts)
            yield self.at(far)

    def _periods(self, start: Fraction, end: Fraction) -> Iterator[Step]:
        """Judge the values at which the lag is a whole number."""
        low, high = min(start, end), max(start, end)
        around = Around(field_of([NAME]), {NAME: start})
        numbers = []
        try:
            assert self.lag is not None
            lag = around.function(self.lag)
            numbers = [dense((lag - own * lag.field.one).numer) for own in range(1, MAX_LAG + 1)]
        except PoleError:
            pass
        places = [own for own in roots(numbers, low, high) if isinstance(own, Fraction)]
        last = start
        for place in sorted({*places, end} - {start}, key=lambda own: abs(own - start)):
            yield Step(last, place, None, "the lag is no whole number from 1 on")
            yield self.at(place)
            last = place

    def _between(
        self, near: Fraction, far: Fraction, span: Fraction, budget: Iterator[int]
    ) -> Iterator[Step]:
        """Yield the steps between two cuts."""
        sample = (near + far) / 2
        verdicts = Verdicts(self.subject, (NAME,), (sample,))
        try:
            self.model.override(dict(self.changes(sample)))
            verdicts.over([(sample, sample)])
        except (NegotiationError, PoleError) as error:
            yield Step(near, far, None, str(error) or "a formula divides by zero")
            return
        yield from self._piece(verdicts, near, far, span * TINY, budget)

    def _across(
        self, near: Fraction, root: Algebraic, far: Fraction, cuts: _Cuts
    ) -> Iterator[Step]:
        """Yield the steps of a narrow piece around a cut that is not rational."""
        low, high = min(near, far), max(near, far)
        sides: list[tuple[Fraction, Verdicts | None, str]] = []
        for left, right in ((low, root), (root, high))[:: 1 if near < far else -1]:
            sample = between(left, right)
            verdicts = Verdicts(self.subject, (NAME,), (sample,))
            try:
                self.model.override(dict(self.changes(sample)))
                verdicts.over([(sample, sample)])
            except (NegotiationError, PoleError) as error:
                sides.append((sample, None, str(error) or "a formula divides by zero"))
            else:
                sides.append((sample, verdicts, ""))

        def step(left: Number, right: Number, sample: Number, verdicts: Verdicts) -> Step:
            holds = _beside(verdicts, low, high, root, sample)
            if holds is None:
                return Step(left, right, None, "several places at once", judged=False)
            return Step(left, right, holds)

        (before, first, why), (after, second, why_not) = sides
        inner = first or second
        yield Step(near, root, None, why) if first is None else step(near, root, before, first)
        if inner is None or any(sign_at(poly, root) == 0 for poly in cuts.forbidden):
            yield Step(root, root, None, why or why_not or "the model has no meaning there")
        else:
            yield step(root, root, root, inner)
        yield Step(root, far, None, why_not) if second is None else step(root, far, after, second)

    def _cuts(self, low: Fraction, high: Fraction) -> _Cuts:
        """Return where formulas break or lose their meaning."""
        over = field_of([NAME])
        nodes = dict.fromkeys([*self.subject.nodes, *self.limited, *self.inputs.moving])
        found = borders(nodes, over)
        forbidden = set(map(dense, found.poles))
        cuts = set(roots([*forbidden, *map(dense, found.breaks)], low, high))
        limits: set[Polynomial] = set()
        for left, right in pairwise(sorted({low, *cuts, high})):
            around = Around(over, {NAME: between(left, right)})
            for node, (least, most) in self.limited.items():
                try:
                    value = around.function(node)
                except PoleError:
                    continue
                limits.add(dense(value.numer))
                if not least:
                    forbidden.add(dense(value.numer))
                if most:
                    forbidden.add(dense((value - over.one).numer))
        places = sorted({*cuts, *roots([*limits, *forbidden], low, high)})
        return _Cuts(
            tuple(cut for cut in places if isinstance(cut, Fraction)),
            _apart([low, *places, high], (high - low) * TINY),
            tuple(forbidden),
        )

    @cached_property
    def limited(self) -> dict[Node, tuple[bool, bool]]:
        """Numbers that must not be negative: weights, their sums, and patience.

        With whether 0 is allowed, and whether they must stay below 1.
        """
        spec, inputs = self.model.spec, self.inputs
        blocks = [*spec.demands.values(), *(part.demands for part in spec.ratifiers.values())]
        patient = [part.patience for part in spec.parties.values() if part.patience is not None]
        below_one = {inputs.quantity(part) for part in patient}
        above_zero = {inputs.total_weight(block) for block in blocks if block}
        weights = {
            inputs.quantity(own.weight) for block in blocks for own in (block or {}).values()
        }
        return {
            node: (node not in above_zero, node in below_one)
            for node in below_one | above_zero | weights
            if names(node)
        }

    def _piece(
        self,
        verdicts: Verdicts,
        near: Fraction,
        far: Fraction,
        grid: Fraction,
        budget: Iterator[int],
    ) -> Iterator[Step]:
        """Yield the steps of an open piece on which formulas are one function each."""
        if next(budget, None) is None:
            yield Step(near, far, None, "too many places to look at", judged=False)
            return
        answer = verdicts.over([(min(near, far), max(near, far))])
        if answer.holds is not None:
            yield Step(near, far, answer.holds)
            return
        narrow = abs(far - near) <= grid
        cuts = self._turns(answer, near, far, None if narrow else grid)
        if not cuts and narrow:
            yield from self._irrational(verdicts, answer, near, far)
            return
        places = [near, *(cuts or [(near + far) / 2]), far]
        for place, (left, right) in enumerate(pairwise(places)):
            if place:
                yield self.at(left)
            yield from self._piece(verdicts, left, right, grid, budget)

    def _irrational(
        self, verdicts: Verdicts, answer: Answer, near: Fraction, far: Fraction
    ) -> Iterator[Step]:
        """Yield the steps of a narrow piece without a rational zero.

        Where all that is not decided turns at one number, its signs on either side are known.
        """
        low, high = min(near, far), max(near, far)
        inner = _inside(answer.undecided or (), low, high)
        if answer.undecided is None or len(inner) != 1:
            yield Step(near, far, None, "several places at once", judged=False)
            return
        (root,) = inner
        for left, right in ((near, root), (root, root), (root, far)):
            sample = root if left == right else between(*sorted([left, right]))
            holds = _beside(verdicts, low, high, root, sample)
            if holds is None:
                yield Step(left, right, None, "several places at once", judged=False)
            else:
                yield Step(left, right, holds)

    def _turns(
        self, answer: Answer, near: Fraction, far: Fraction, grid: Fraction | None
    ) -> list[Fraction]:
        """Return the zeros of what was not decided inside a piece, the nearest first.

        Those that are not rational by the multiples of `grid` on their two sides, if given.
        """
        if answer.undecided is None:
            return []
        low, high = min(near, far), max(near, far)
        centre, radius = (low + high) / 2, (high - low) / 2
        cuts: set[Fraction] = set()
        for poly in map(_dense, answer.undecided):
            exactly, about = _zeros(poly)
            cuts.update(centre + radius * own for own in exactly)
            if grid is None:
                continue
            for own in about:
                step = (centre + radius * own) // grid
                cuts.update((step * grid, (step + 1) * grid))
        return sorted((cut for cut in cuts if low < cut < high), key=lambda cut: abs(cut - near))


def _apart(places: Sequence[Number], width: Fraction) -> tuple[Algebraic, ...]:
    """Return the irrational ones of some increasing numbers, with intervals that do not meet."""
    near = [own.refine(width) if isinstance(own, Algebraic) else own for own in places]

    def low(k: int) -> Fraction:
        own = near[k]
        return own.low if isinstance(own, Algebraic) else own

    def high(k: int) -> Fraction:
        own = near[k]
        return own.high if isinstance(own, Algebraic) else own

    for k in range(len(near) - 1):
        while near[k] != near[k + 1] and high(k) >= low(k + 1):
            near[k : k + 2] = [
                own.halved() if isinstance(own, Algebraic) else own for own in near[k : k + 2]
            ]
    return tuple(own for own in near if isinstance(own, Algebraic))


def _zeros(polynomial: Polynomial) -> tuple[list[Fraction], list[Fraction]]:
    """Return all rational zeros of a polynomial, and nearly those that are square roots."""
    exactly, about = [], []
    for factor in factors(polynomial):
        if len(factor) == 2:
            exactly.append(Fraction(-factor[1], factor[0]))
        if len(factor) == 3:
            a, b, c = factor
            square = b * b - 4 * a * c
            if square > 0:
                near = Fraction(math.isqrt(square * FINE * FINE), FINE)
                about += [(-b + sign * near) / (2 * a) for sign in (-1, 1)]
    return exactly, about


def _inside(polys: Iterable[Undecided], low: Fraction, high: Fraction) -> list[Number]:
    """Return where in an open piece some polynomials in y are zero."""
    found = roots((_moved(poly, (low + high) / 2, (high - low) / 2) for poly in polys), low, high)
    return [own for own in found if low < own < high]


def _beside(
    verdicts: Verdicts, low: Fraction, high: Fraction, root: Number, sample: Number
) -> bool | None:
    """Judge a piece at a root, or on one side of it; None if something else turns there too."""
    signs: dict[Undecided, int] = {}
    while True:
        answer = verdicts.over([(low, high)], signs)
        if answer.holds is not None:
            return answer.holds
        new = [poly for poly in answer.undecided or () if poly not in signs]
        if not new or any(own != root for own in _inside(new, low, high)):
            return None
        centre, radius = (low + high) / 2, (high - low) / 2
        signs |= {poly: sign_at(_moved(poly, centre, radius), sample) for poly in new}


def _moved(poly: Undecided, centre: Fraction, radius: Fraction) -> Polynomial:
    """Return a polynomial in y as one in x = centre + radius * y."""
    values = [Fraction(0)] * (max(powers[0] for powers, _ in poly) + 1)
    for (power,), value in poly:
        for k in range(power + 1):
            values[k] += value * math.comb(power, k) * (-centre) ** (power - k) / radius**power
    return integral(reversed(values))


def _dense(poly: Undecided) -> Polynomial:
    """Return a polynomial in one name by its coefficients, the highest power first."""
    values = {powers[0]: value for powers, value in poly}
    return integral([values.get(power, 0) for power in range(max(values), -1, -1)])


# ---- several inputs ---------------------------------------------------------------------------


def joint_share(
    model: Model,
    ask: Ask,
    ranges: Mapping[str, tuple[Fraction, Fraction, Fraction]],
    enough: Fraction | None,
    *,
    want: bool,
) -> Fraction:
    """Return a share of the way up to which no combination of values does it.

    Parameters
    ----------
    model : Model
    ask : callable
    ranges : mapping
        Path -> value, low and high; all of them may move at once, each to either side.
    enough : Fraction or None
        A share that is known to be enough.
    want : bool

    Returns
    -------
    Fraction
        1 with `enough` None: nothing within the ranges does it. 0: nothing is known.
    """
    trees: dict[str, Node] = {path: ("name", f"x{k}") for k, path in enumerate(ranges)}
    inputs = Inputs(model, trees)
    subject = ask(model, inputs)
    if subject.never and want:
        return Fraction(1)
    variables = tuple(f"x{k}" for k in range(len(ranges)))
    sample = tuple(value for value, _, _ in ranges.values())
    fences: Borders = borders(subject.nodes, field_of(variables))
    verdicts = Verdicts(subject, variables, sample, fences, closed=True)
    many, few = (PIECES[0], FEW[0]) if subject.criteria else (PIECES[1], FEW[1])

    def fails(share: Fraction, pieces: int) -> bool:
        """Say whether nothing in the box does it, cutting it into some pieces at most."""
        boxes: list[Box] = [
            [
                (value - share * (value - low), value + share * (high - value))
                for value, low, high in ranges.values()
            ]
        ]
        for _ in range(pieces):
            if not boxes:
                return True
            box = boxes.pop()
            answer = verdicts.over(box)
            if answer.holds is want:
                return False
            if answer.holds is None:
                boxes += _halves(box, answer)
        return not boxes

    whole = Fraction(1) if enough is None else enough * (1 - TINY)
    try:
        if fails(whole, 1 if enough is None else many):
            return whole if enough is None else enough
        low, high = Fraction(0), whole
        for _ in range(10 if enough is not None else 0):
            middle = (low + high) / 2
            low, high = (middle, high) if fails(middle, few) else (low, middle)
    except PoleError:
        return Fraction(0)
    return low


def _halves(box: Box, answer: Answer) -> list[Box]:
    """Cut a box across the input that most of what is not decided depends on."""
    widths = [high - low for low, high in box]
    weights = [0.0] * len(box)
    for poly in answer.undecided or ():
        size = sum(abs(value) for _, value in poly)
        for powers, value in poly:
            for place, power in enumerate(powers):
                weights[place] += float(Fraction(abs(value) * power, size))
    place = max(range(len(box)), key=lambda k: (bool(widths[k]), weights[k], widths[k]))
    low, high = box[place]
    middle = (low + high) / 2
    return [[*box[:place], ends, *box[place + 1 :]] for ends in ((low, middle), (middle, high))]
