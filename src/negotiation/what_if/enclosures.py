r"""Verdicts on one agreement over whole boxes of inputs, at once.

With all numbers of a model as rational functions of some open inputs
(:mod:`negotiation.model.symbolic`), bring the utilities of each party to a common divisor
D_i > 0. Over a box of inputs, x_k = c_k + r_k y_k with y in the open cube (-1, 1)^m, each
utility then is a polynomial in y over D_i, and the difference between two outcomes s and t is

    (a_0 + sum over the other monomials of a_j y^j) / D_i,

whose sign is fixed on the whole box where |a_0| is not less than the sum of the |a_j|. So that
of every comparison it is known whether it

- **surely** holds: at every point of the box, or
- **may** hold: it is not known to fail everywhere.

"Surely better" is the denial of "may be no better". A criterion is then judged twice, in the
very words of its definition: it surely holds if it does so with whatever may threaten it and
only what surely protects it; and it may hold if it does so with only what surely threatens it
and whatever may protect it. If it may not hold, it fails at every point of the box. For a box of
one point both answers are the verdict there. For one input that enters as a ratio of linear
functions the enclosures are exact, not only sufficient: a linear function keeps its sign on an
interval exactly if it has it at both ends. Polynomials of a higher degree in one input have one
sign where all their Bernstein coefficients on the interval do.

What was compared and not decided is remembered: the zeros of these differences are the only
places where the verdict can turn (see :mod:`~negotiation.what_if.ways`).

Numbers in formulas with ``min``, ``max`` or ``abs`` are one rational function only between
breaks; a box across a break, or across the zero of a divisor, is not decided.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.conflict_graph.moves import Values
from negotiation.formulas import Node
from negotiation.model.symbolic import Around, Borders, field_of
from negotiation.stability.table import GRAPH
from negotiation.what_if.bernstein import coefficients
from negotiation.what_if.subjects import PartyNumbers, Scene, Subject
from negotiation.what_if.tables import Poly, Powers, over_one_divisor, poly_of, shifted, tabulated

__all__ = ["Answer", "Box", "Undecided", "Verdicts"]

Undecided = tuple[tuple[Powers, int], ...]
"""A numerator in y, as powers and coefficient, in order."""
Box = Sequence[tuple[Fraction, Fraction]]
"""Per input its ends; the same number twice for a single point."""

REMEMBERED = 64
"""Undecided comparisons that are remembered; with more of them a box is too large."""


@dataclass(frozen=True)
class Answer:
    """What is known over a box.

    Attributes
    ----------
    holds : bool or None
        Whether what is asked holds at every point, or at none; None: not decided.
    undecided : frozenset or None
        The numerators that were compared and not decided; None where these were too many.
    """

    holds: bool | None
    undecided: frozenset[Undecided] | None = frozenset()


# ---- polynomials over a box -----------------------------------------------------------------


def _spread(poly: Poly) -> tuple[Fraction, Fraction]:
    """Return the constant and the sum of the other coefficients' sizes."""
    centre = radius = Fraction(0)
    for powers, value in poly.items():
        if any(powers):
            radius += abs(value)
        else:
            centre = value
    return centre, radius


@dataclass(frozen=True, eq=False)
class _Numbers:
    """One party's numbers times a common positive divisor, in the open inputs."""

    scores: tuple[tuple[Poly, ...], ...]
    terms: tuple[tuple[Mapping[str, tuple[str, ...]], Poly], ...]
    without: Poly
    drift: Poly
    weight: tuple[Poly, Poly] | None
    """Numerator and divisor of the weight of what follows a breach."""

    @cached_property
    def constant(self) -> bool:
        every = [self.without, self.drift, *(poly for _, poly in self.terms)]
        every += [poly for row in self.scores for poly in row]
        every += [] if self.weight is None else list(self.weight)
        return not any(any(powers) for poly in every for powers in poly)


@dataclass(frozen=True, eq=False)
class _Party:
    """One party's numbers over a box, times a positive function: per monomial of y."""

    tables: Mapping[Powers, NDArray[Any]]
    """Over all agreements and no agreement."""
    drift: Mapping[Powers, int]
    weight: tuple[Mapping[Powers, int], Mapping[Powers, int]] | None


# ---- verdicts -------------------------------------------------------------------------------


@dataclass(eq=False)
class Verdicts:
    """Judges a subject over boxes of its open inputs, around one point of theirs.

    Parameters
    ----------
    subject : Subject
    names : tuple of str
        The names in its trees, in the order of a box.
    sample : tuple of Fraction
        A point off all breaks and divisors' zeros. Every divisor has the same sign there as in
        all boxes.
    borders : Borders, optional
        Breaks and divisors that a box might cross, which is looked at then. Without them the
        caller keeps boxes off them.
    closed : bool
        Whether the sides of a box belong to it; otherwise they do not, but for a single point.
    """

    subject: Subject
    names: tuple[str, ...]
    sample: tuple[Fraction, ...]
    borders: Borders | None = None
    closed: bool = False
    known: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def _around(self) -> Around:
        return Around(field_of(self.names), dict(zip(self.names, self.sample, strict=True)))

    @cached_property
    def _fences(self) -> list[Poly]:
        if self.borders is None:
            return []
        return [poly_of(own) for own in (*self.borders.poles, *self.borders.breaks)]

    def _function(self, node: Node) -> tuple[Poly, Poly]:
        """Return numerator and divisor, the latter positive at the sample."""
        (above,), below = over_one_divisor([node], self._around)
        return above, below

    @cached_property
    def margins(self) -> list[Poly]:
        """What must not be negative, times positive divisors."""
        return [self._function(node)[0] for node in dict.fromkeys(self.subject.margins)]

    @cached_property
    def _numbers(self) -> list[_Numbers]:
        return [self._party(own) for own in self.subject.numbers.values()]

    def _party(self, numbers: PartyNumbers) -> _Numbers:
        split = iter(over_one_divisor(numbers.plain, self._around)[0])
        return _Numbers(
            tuple(tuple(next(split) for _ in row) for row in numbers.scores),
            tuple((when, next(split)) for when, _ in numbers.terms),
            next(split),
            next(split),
            None if numbers.weight is None else self._function(numbers.weight),
        )

    # ---- a box ------------------------------------------------------------------------------

    def over(self, box: Box, signs: Mapping[Undecided, int] | None = None) -> Answer:
        """Judge at all points of a box: open where an input's ends differ.

        Parameters
        ----------
        box : sequence of pairs
        signs : mapping, optional
            Signs of numerators in the part of the box that is looked at, where they are known.
        """
        subject = self.subject
        if subject.never:
            return Answer(holds=False)
        centre = tuple((low + high) / 2 for low, high in box)
        radius = tuple((high - low) / 2 for low, high in box)
        for own in self._fences:
            middle, size = _spread(shifted(own, centre, radius))
            if abs(middle) <= size:
                return Answer(None, None)
        found = _Over(self, centre, radius, signs or {})
        may = found.judged(sure=False)
        if not may:
            return Answer(holds=False)
        holds = True if found.judged(sure=True) else None
        rest = None if found.many else frozenset(found.undecided)
        return Answer(holds, rest)

    def party_over(
        self, number: int, centre: Sequence[Fraction], radius: Sequence[Fraction]
    ) -> _Party:
        """Return a party's numbers over a box."""
        numbers = self._numbers[number]
        key = number if numbers.constant else (number, tuple(centre), tuple(radius))
        if key not in self.known:
            if len(self.known) > 40:
                self.known = {k: v for k, v in self.known.items() if isinstance(k, int)}
            self.known[key] = self._tabled(numbers, centre, radius)
        found: _Party = self.known[key]
        return found

    def _tabled(
        self, numbers: _Numbers, centre: Sequence[Fraction], radius: Sequence[Fraction]
    ) -> _Party:
        def moved(poly: Poly) -> Poly:
            return shifted(poly, centre, radius)

        rows = [[moved(poly) for poly in row] for row in numbers.scores]
        terms = [(when, moved(poly)) for when, poly in numbers.terms]
        without, drift = moved(numbers.without), moved(numbers.drift)
        every = [*itertools.chain(*rows), *(poly for _, poly in terms), without, drift]
        scale = math.lcm(1, *(value.denominator for poly in every for value in poly.values()))
        tables = tabulated(
            self.subject.around.space, rows, terms, without, inputs=len(centre), scale=scale
        )
        weight = None
        if numbers.weight is not None:
            parts = [moved(poly) for poly in numbers.weight]
            common = math.lcm(1, *(v.denominator for poly in parts for v in poly.values()))
            weight = tuple({k: int(v * common) for k, v in poly.items()} for poly in parts)
        return _Party(
            tables,
            {key: int(value * scale) for key, value in drift.items()},
            weight,  # type: ignore[arg-type]  # a pair, made from a pair
        )


def _bernstein_sign(values: Mapping[int, int]) -> int | None:
    """Return the sign of a polynomial in y on (-1, 1) where its Bernstein coefficients agree."""
    poly = [values.get(power, 0) for power in range(max(values) + 1)]
    found = coefficients(poly, Fraction(-1), Fraction(1))
    if min(found) >= 0:
        return 1
    return -1 if max(found) <= 0 else None


def _positive(centre: Any, radius: Any) -> Any:
    """Say whether what lies within `radius` of `centre`, ends excluded, is surely positive."""
    return (centre >= radius) & (centre > 0)


# ---- one box, one verdict -------------------------------------------------------------------


@dataclass(eq=False)
class _Over:
    """The comparisons over one box, and the criteria in terms of them."""

    verdicts: Verdicts
    centre: tuple[Fraction, ...]
    radius: tuple[Fraction, ...]
    signs: Mapping[Undecided, int]
    undecided: set[Undecided] = field(default_factory=set)
    many: bool = False

    @property
    def scene(self) -> Scene:
        return self.verdicts.subject.around

    def judged(self, *, sure: bool) -> bool:
        """Say whether everything asked surely holds, or may hold."""
        subject = self.verdicts.subject
        for above in self.verdicts.margins:
            if not self._margin(shifted(above, self.centre, self.radius), sure=sure):
                return False
        return all(self._criterion(criterion, sure=sure) for criterion in subject.criteria)

    def _margin(self, poly: Poly, *, sure: bool) -> bool:
        """Say whether a number is surely, or may be, not negative."""
        centre, radius = _spread(poly)
        surely, maybe = centre >= radius, centre + radius > 0 or centre >= 0
        if self.verdicts.closed:
            maybe = centre + radius >= 0
        if maybe and not surely:
            scale = math.lcm(*(value.denominator for value in poly.values()))
            sign = self._sign({powers: int(value * scale) for powers, value in poly.items()})
            if sign is not None:
                return sign >= 0
        return surely if sure else maybe

    def _sign(self, poly: Mapping[Powers, int]) -> int | None:
        """Return the sign of a polynomial that is not constant, if it is the same everywhere.

        Otherwise, or if that is not known, the polynomial is remembered.
        """
        scale = math.gcd(*poly.values()) or 1
        key = tuple(sorted((k, v // scale) for k, v in poly.items() if v))
        if key in self.signs:
            return self.signs[key]
        if len(self.radius) == 1 and any(powers > (1,) for powers, _ in key):
            sign = _bernstein_sign({powers[0]: value for powers, value in key})
            if sign is not None:
                return sign
        self.undecided.add(key)
        self.many = self.many or len(self.undecided) > REMEMBERED
        return None

    def party(self, number: int) -> _Party:
        return self.verdicts.party_over(number, self.centre, self.radius)

    # ---- comparisons ------------------------------------------------------------------------

    def better(self, i: int, one: Any, two: Any, *, sure: bool) -> Any:
        """Say for which pairs of states party i surely prefers, or may prefer, the first."""
        party = self.party(i)
        one, two = np.asarray(one), np.asarray(two)
        rows = {key: table[one] - table[two] for key, table in party.tables.items()}
        found = self._above(rows, sure=sure)
        inside = self.scene.inside[i]
        if inside is None:
            return found
        line = inside[one] - inside[two]
        return (line > 0) | ((line == 0) & found)

    def no_worse(self, i: int, one: Any, two: Any, *, sure: bool) -> Any:
        """Say for which pairs party i surely likes, or may like, the first at least as well."""
        return ~self.better(i, two, one, sure=not sure)

    def _above(self, rows: Mapping[Powers, Any], *, sure: bool) -> Any:
        """Say where a polynomial is surely, or may be, positive."""
        (first, centre), *rest = sorted(rows.items())
        assert not any(first)
        if not rest:
            return np.asarray(centre > 0)
        radius = sum(np.abs(row) for _, row in rest)
        surely = np.asarray(centre > radius if self.verdicts.closed else _positive(centre, radius))
        maybe = np.asarray(centre + radius > 0)
        open_ = np.flatnonzero(maybe & ~surely)
        self.many = self.many or len(open_) > REMEMBERED * 4
        if not self.many:
            flat = {key: np.asarray(row).reshape(-1) for key, row in rows.items()}
            known = (surely if sure else maybe).copy().reshape(-1)
            for place in open_.tolist():
                sign = self._sign({key: int(row[place]) for key, row in flat.items()})
                if sign is not None:
                    known[place] = sign > 0
            return known.reshape(maybe.shape)
        return surely if sure else maybe

    # ---- criteria ---------------------------------------------------------------------------

    def _criterion(self, criterion: str, *, sure: bool) -> bool:
        if criterion in GRAPH:
            return self._stable(criterion, sure=sure)
        if criterion == "coalition_proof":
            return self._coalition_proof(sure=sure)
        if criterion == "efficient":
            return self._efficient(sure=sure)
        return self._kept(sure=sure)

    def _stable(self, concept: str, *, sure: bool) -> bool:
        here = self.scene.index
        tempted = []
        for i in range(len(self.scene.space.parties)):
            ends = self.scene.ends[i]
            better = ends[self.better(i, ends, here, sure=not sure)]
            if len(better) and concept == "nash":
                return False
            tempted.append((i, better))
        return all(
            self._undone(concept, end, i, sure=sure)
            for i, better in tempted
            for end in better.tolist()
        )

    def _undone(self, concept: str, start: int, i: int, *, sure: bool) -> bool:
        """Say whether some legal sequence of answers undoes a move."""
        others = [k for k in range(len(self.scene.space.parties)) if k != i]
        seen = {k: np.zeros(self.scene.graph.n_states, dtype=bool) for k in others}
        layer: list[tuple[int, Values]] = [(-1, np.array([start], dtype=np.int64))]
        while layer:
            after: list[tuple[int, Values]] = []
            for k in others:
                free = [states for mover, states in layer if mover != k]
                if not free:
                    continue
                states = np.unique(np.concatenate(free))
                where, targets = self.scene.moves(k, states)
                fresh = ~seen[k][targets]
                where, targets = where[fresh], targets[fresh]
                if concept == "seq":
                    targets = targets[self.better(k, targets, states[where], sure=sure)]
                targets = np.unique(targets)
                seen[k][targets] = True
                if not len(targets):
                    continue
                if self._harmful(concept, targets, i, sure=sure):
                    return True
                after.append((k, targets))
            layer = after
        return False

    def _harmful(self, concept: str, states: Values, i: int, *, sure: bool) -> bool:
        here = self.scene.index
        harmed = states[self.no_worse(i, here, states, sure=sure)]
        if concept != "smr" or not len(harmed):
            return len(harmed) > 0
        where, targets = self.scene.moves(i, harmed)
        escapes = np.zeros(len(harmed), dtype=bool)
        escapes[where[self.better(i, targets, here, sure=not sure)]] = True
        return not escapes.all()

    def _coalition_proof(self, *, sure: bool) -> bool:
        here = self.scene.index
        for members, moves in self.scene.joint:
            ends = moves
            for i in members:
                if len(ends):
                    ends = ends[self.better(i, ends, here, sure=not sure)]
            if len(ends):
                return False
        return True

    def _efficient(self, *, sure: bool) -> bool:
        here = self.scene.index
        parties = range(len(self.scene.space.parties))
        left = np.delete(np.arange(self.scene.space.size, dtype=np.int64), here)
        for i in parties:
            if len(left):
                left = left[self.no_worse(i, left, here, sure=not sure)]
        return not any(
            len(left) and self.better(i, left, here, sure=not sure).any() for i in parties
        )

    def _kept(self, *, sure: bool) -> bool:
        """Say whether every patient party keeps the agreement."""
        subject = self.verdicts.subject
        section = subject.model.spec.commitment
        assert section is not None
        here = self.scene.index
        if section.punishment == "disagreement":
            punished = self.scene.space.size
        else:
            punished = self.scene.space.index(subject.model.agreement(section.punishment))
        for name in subject.patient:
            i = self.scene.space.parties.index(name)
            party = self.party(i)
            assert party.weight is not None
            ends = self.scene.ends[i]
            ends = np.append(ends[ends < self.scene.space.size], here)
            above, below = party.weight
            inside = self.scene.inside[i]
            # below * keep - (below - above) * u(end) - above * after >= 0
            for end in ends.tolist():
                if inside is not None and inside[end] != inside[here]:
                    if inside[end]:
                        return False  # the breach leaves a red line behind
                    continue
                total: dict[Powers, int] = {}
                for factor, sign, other in ((below, 1, here), (above, -1, punished)):
                    for key in {**party.tables, **party.drift}:
                        table = party.tables.get(key)
                        value = 0 if table is None else int(table[other]) - int(table[end])
                        if sign < 0:
                            value += party.drift.get(key, 0)
                        for power, weight in factor.items():
                            both = tuple(a + b for a, b in zip(key, power, strict=True))
                            total[both] = total.get(both, 0) + sign * weight * value
                poly = {key: Fraction(value) for key, value in total.items() if value}
                if not self._margin(poly, sure=sure):
                    return False
        return True
