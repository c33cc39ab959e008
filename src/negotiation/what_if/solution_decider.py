"""Decides what a bargaining solution picks along one input.

The model's numbers become tables of polynomials (:mod:`~negotiation.what_if.tables`) for the
players' gains over all agreements inside their red lines; what is picked is an upper envelope
(:mod:`~negotiation.what_if.envelopes`). The ordinary solvers say what is picked at single numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.analysis import SOLVERS, Context
from negotiation.bargaining import BargainingSolution
from negotiation.errors import NegotiationError
from negotiation.formulas import Node
from negotiation.model.expectations import lookup
from negotiation.model.model import Model
from negotiation.model.symbolic import Around, Inputs, field_of
from negotiation.roots import Algebraic, Number, Polynomial
from negotiation.what_if.envelopes import Cell, Player
from negotiation.what_if.outcomes import Unknown, frozen
from negotiation.what_if.subjects import PartyNumbers, party_numbers
from negotiation.what_if.tables import over_one_divisor, tabulated

__all__ = ["SolutionDecider", "solution_decider"]

PICKED = ("agreement", "agreements", "count", "exists")
"""What of a bargaining solution changes only where the solution does."""


@dataclass(frozen=True, eq=False)
class SolutionDecider:
    """Decides which agreements a bargaining solution picks, or what follows from that."""

    model: Model
    path: str
    concept: str
    rest: str
    """The output below the solution; "" for the agreements themselves."""
    name: str
    numbers: tuple[PartyNumbers, ...]
    note: str = ""
    guarantee: str = "all"

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The players' scores, interactions and values of no agreement."""
        return tuple(dict.fromkeys(node for own in self.numbers for node in own.plain))

    def prepare(
        self,
        functions: Mapping[Node, Any],  # noqa: ARG002  part of the protocol
        sample: Fraction,
        places: Sequence[Number],
    ) -> tuple[Any, Iterable[Polynomial]]:
        """Return what is picked where, and where that changes."""
        around = Around(field_of([self.name]), {self.name: sample})
        cell = Cell(self.concept, self._players(around), self._inside, self._solve)
        parts = [part for low, high in itertools.pairwise(places) for part in cell.parts(low, high)]
        found = [(part.low, part.high, self._said(part.indices)) for part in parts]
        turns = set()
        for before, after in itertools.pairwise(found):
            if before[2] != after[2]:
                at = before[0] if before[0] == before[1] else after[0]
                turns.add(
                    at.polynomial if isinstance(at, Algebraic) else (at.denominator, -at.numerator)
                )
        return found, turns

    def outcome(self, prepared: Any, at: Number) -> Any:
        """Return what is picked."""
        return next(value for low, high, value in prepared if low == at == high or low < at < high)

    @cached_property
    def _context(self) -> Context:
        return Context(self.model)

    @cached_property
    def _inside(self) -> NDArray[np.intp]:
        """The agreements inside all players' red lines."""
        space = self._context.bargained
        lines = [space.within_red_lines(player) for player in self._chosen]
        return np.flatnonzero(np.logical_and.reduce(lines))

    @property
    def _chosen(self) -> tuple[str, ...]:
        section = self.model.spec.bargaining
        assert section is not None
        return self._context.bargained.select(section.players)

    def _players(self, around: Around) -> list[Player]:
        """Return the gains on a cell."""
        found = []
        for own in self.numbers:
            split, divisor = over_one_divisor(own.plain, around)
            polys = iter(split)
            rows = [[next(polys) for _ in row] for row in own.scores]
            terms = [(when, next(polys)) for when, _ in own.terms]
            scale = math.lcm(*(value.denominator for poly in split for value in poly.values()), 1)
            tables = tabulated(
                self._context.bargained, rows, terms, next(polys), inputs=1, scale=scale
            )
            degree = max(power for (power,) in tables)
            nothing = np.zeros_like(tables[0,])
            every = [tables.get((power,), nothing) for power in range(degree + 1)]
            found.append(
                Player(
                    tuple((table[:-1] - table[-1])[self._inside] for table in every),
                    tuple(
                        scale * divisor.get((power,), Fraction(0))
                        for power in range(max(power for (power,) in divisor) + 1)
                    ),
                )
            )
        return found

    def _solve(self, at: Fraction) -> BargainingSolution | None:
        try:
            changed = Context(self.model.override({self.path: at}))
        except NegotiationError:
            return None
        return changed.solution(self.concept)

    def _said(self, indices: tuple[int, ...] | None) -> Any:
        """Return the output where some agreements are picked."""
        if indices is None:
            return Unknown("not worked out: too many agreements at once", gap=False)
        found = BargainingSolution.of(self.concept, self._context.bargained, self._chosen, indices)
        if not self.rest:
            return found.agreements
        return frozen(lookup(found.picked(), self.rest))


def solution_decider(
    model: Model, inputs: Inputs, path: str, rest: Sequence[str]
) -> SolutionDecider | None:
    """Return the decider of what follows from a bargaining solution, ``concept, output, ...``."""
    section = model.spec.bargaining
    if section is None or rest[0] not in SOLVERS or rest[1] not in PICKED:
        return None
    (name,) = inputs.names.values()
    assert isinstance(name, str)
    numbers = tuple(party_numbers(model, inputs, player) for player in section.players)
    return SolutionDecider(model, path, rest[0], ".".join(rest[1:]), name, numbers)
