"""One party's preference over all agreements, made anew as far as its numbers change.

Utilities are integers over a common denominator. With the scores of a party fixed, only the
amounts of its interactions vary: agreements of the same score that meet the same interactions
then have the same utility at every point. They are of one kind, and one number is computed for
all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace
from negotiation.conflict_graph.moves import Values
from negotiation.exact import common_denominator
from negotiation.what_if.neighbourhoods import Preference

__all__ = ["Ordering", "Scores", "numbered"]

ROOM = 2**57
"""Bound on twice a utility in integers, so that red lines can be told apart below it."""
DROP = 2**60
"""By how much an agreement past a red line is lowered."""

Mask = NDArray[np.bool_]


class Scores:
    """What the options are worth to one party, in integers over a common denominator."""

    def __init__(self, source: Mapping[str, Sequence[Fraction]]) -> None:
        self.source = source
        rows = [[*values] for values in source.values()]
        self.scale = common_denominator([value for row in rows for value in row])
        self.rows = [[int(value * self.scale) for value in row] for row in rows]
        self.low = sum(map(min, self.rows))
        self.high = sum(map(max, self.rows))
        self.most = sum(max(map(abs, row)) for row in self.rows)

    @property
    def fits(self) -> bool:
        """Whether sums of them fit 64 bits with room for red lines."""
        return self.most < ROOM

    @cached_property
    def sums(self) -> Values:
        """The score of every agreement."""
        found = np.zeros(1, dtype=np.int64)
        for row in self.rows:
            found = np.add.outer(found, np.array(row, dtype=np.int64)).ravel()
        return found


def numbered(columns: Sequence[NDArray[Any]]) -> Values:
    """Give each row of some columns of integers a number; the same rows, the same numbers."""
    code, span = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        low, high = int(column.min()), int(column.max())
        shifted = column - low
        if high - low >= len(column):
            shifted = np.unique(column, return_inverse=True)[1].reshape(-1)
        width = int(shifted.max()) + 1
        if span * width >= 2**62:
            code, span = np.unique(code, return_inverse=True)[1].reshape(-1), len(code)
        code = code * width + shifted
        span *= width
    found: Values = np.unique(code, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return found


@dataclass(eq=False)
class Ordering:
    """One party's preference, made anew as far as its numbers change.

    Where its scores never vary, agreements are of one kind that have the same score, meet the
    same interactions and lie on the same side of its red lines.

    Attributes
    ----------
    space : AgreementSpace
        That of the model as it stands; its issues and red lines never change.
    name : str
        The party.
    scores : Scores
        Its scores.
    varies : bool
        Whether points change them.
    amounts : tuple of Fraction
        The amounts of its interactions.
    made : int
        The draw in which its utilities were made.
    scale : int
        Their denominator.
    utilities, levels : array of int
        By kind; a level is twice a utility, so that a disagreement value between two integers
        has a number of its own. Those past a red line are lowered by :data:`DROP`.
    low, high : int
        Bounds of the levels on this side of red lines.
    """

    space: AgreementSpace
    name: str
    scores: Scores
    varies: bool
    amounts: tuple[Fraction, ...] = ()
    made: int = -1
    scale: int = 1
    utilities: Values = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    levels: Values = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    low: int = 0
    high: int = 0

    @cached_property
    def terms(self) -> tuple[int, ...]:
        """Numbers of its interactions."""
        return tuple(k for k, term in enumerate(self.space.terms) if term.party == self.name)

    @cached_property
    def meets(self) -> list[Mask]:
        """Per interaction the agreements in which it counts."""
        found = []
        for k in self.terms:
            met = np.ones(1, dtype=bool)
            for issue, options in self.space.issues.items():
                named = self.space.terms[k].when.get(issue, options)
                met = np.logical_and.outer(met, [option in named for option in options]).ravel()
            found.append(met)
        return found

    @cached_property
    def outside(self) -> Mask:
        """Which agreements are past a red line of it."""
        return ~self.space.within_red_lines(self.name)

    @cached_property
    def kinds(self) -> Values | None:
        """The kind of each state, as :class:`~.neighbourhoods.Preference` has it."""
        if self.varies:
            return None
        kinds = numbered([self.scores.sums, self.outside, *self.meets])
        return np.append(kinds, kinds.max() + 1)

    def _by_kind(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return, for each kind, the value of its agreements."""
        if self.kinds is None:
            return values
        found = np.zeros(self.kinds[-1], dtype=values.dtype)
        found[self.kinds[:-1]] = values
        return found

    @cached_property
    def _scored(self) -> Values:
        return self._by_kind(self.scores.sums)

    @cached_property
    def _counts(self) -> list[Values]:
        """Per interaction the kinds in which it counts."""
        return [self._by_kind(met).nonzero()[0] for met in self.meets]

    @cached_property
    def _drops(self) -> Values | None:
        """By how much each kind is lowered; None without red lines."""
        drops = np.where(self._by_kind(self.outside), DROP, 0)
        return drops if drops.any() else None

    def worth(self, states: Any) -> Any:
        """Return the integer utilities of some agreements."""
        return self.utilities[states if self.kinds is None else self.kinds[states]]

    @property
    def order(self) -> Values:
        """What orders those agreements that meet the same interactions."""
        scored = self.scores.sums
        return scored - self.outside * (int(scored.max() - scored.min()) + 1)

    def renew(self, scores: Any, amounts: tuple[Fraction, ...], draw: int) -> bool:
        """Take over numbers; say whether they fit 64 bits."""
        known = scores is self.scores.source or scores == self.scores.source
        if known and amounts == self.amounts and self.made >= 0:
            return True
        own = self.scores if known else Scores(scores)
        scale = math.lcm(own.scale, *(amount.denominator for amount in amounts))
        factor = scale // own.scale
        shifts = [amount.numerator * (scale // amount.denominator) for amount in amounts]
        low = own.low * factor + sum(shift for shift in shifts if shift < 0)
        high = own.high * factor + sum(shift for shift in shifts if shift > 0)
        if max(-low, high, own.most * factor) >= ROOM:
            return False
        self.scores, self.amounts, self.made, self.scale = own, amounts, draw, scale
        self.low, self.high = 2 * low, 2 * high
        self.utilities = (own.sums if self.varies else self._scored) * factor
        for kinds, shift in zip(self._counts, shifts, strict=True):
            self.utilities[kinds] += shift
        self.levels = np.zeros(len(self.utilities) + 1, dtype=np.int64)
        np.multiply(self.utilities, 2, out=self.levels[:-1])
        if self._drops is not None:
            self.levels[:-1] -= self._drops
        return True

    def preference(self, without: Fraction) -> Preference:
        """Return the preference, given the disagreement value."""
        doubled = 2 * without.numerator * self.scale
        below = 2 * without.denominator
        level = 2 * (doubled // below) + (doubled % below != 0)
        # beyond all agreements it makes no difference how far
        self.levels[-1] = min(max(level, self.low - 1), self.high + 1)
        return Preference(self.kinds, self.levels)
