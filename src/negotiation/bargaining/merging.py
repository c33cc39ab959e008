"""The best changes of one agreement within a product of options, without listing the product.

Mathematics
-----------
Let a be an agreement and B the agreements that take, on every issue k, one of the options O_k,
with a in B. The *gain* of party p by b is u_p(b) - u_p(a). Terms tie issues together: the
*blocks* are the connected components of the issues under "some term speaks of both". Gains add up
over the blocks, so that the vectors of gains (one entry per player) are merged block by block.

Of two partial choices one of which is at least as good in every coordinate, the other can be
dropped: whatever follows adds the same to both. A partial choice can also be dropped when even
the most that the remaining blocks can add leaves some player below what is asked for. What is
left at the end are the maximal vectors of gains; their number, not that of the agreements,
decides about the cost.

A player past a red line of its own at a has one coordinate more: whether a line of it is still
crossed. A player that crosses none at a never prefers what crosses one, so that its options past
a line are left out.

Conventions
-----------
- a itself is no change: only b different from a count.
- Numbers are integers over one common denominator, exact at any size.
- Where more than :data:`MAX_POINTS` partial choices are left, a change that is found all the same
  among the most promising ones counts; that there is none, or no better one, is then not known,
  and the question is refused (:class:`~negotiation.errors.TooLargeError`).

Sources: Nemhauser and Ullmann (1969), *Discrete dynamic programming and capital allocation*,
Management Science 15 (lists of undominated partial choices).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.agreements import Agreement, AgreementSpace
from negotiation.bargaining.maximal import maximal
from negotiation.errors import TooLargeError
from negotiation.exact import FrozenMap, IntArray, unravel

__all__ = ["Change", "best_change", "improving_change"]

MAX_POINTS = 5_000  # partial choices that are kept
MAX_CANDIDATES = 60_000  # partial choices that are compared at a time
BEAM = 300  # partial choices that a search goes on with that can only find, not exclude
ROOM = 2**62  # gains below this bound fit 64 bits


@dataclass(frozen=True)
class Change:
    """Another agreement, and what it changes for some players.

    Attributes
    ----------
    agreement : FrozenMap
        Issue -> option.
    gains : FrozenMap
        Player -> the difference of its utilities.
    relieved : tuple of str
        Players past a red line of theirs before, and past none after.
    """

    agreement: Agreement
    gains: FrozenMap[str, Fraction]
    relieved: tuple[str, ...]

    @property
    def least(self) -> Fraction | None:
        """The least gain of those who are not relieved; None, more than any, without such."""
        others = [gain for player, gain in self.gains.items() if player not in self.relieved]
        return min(others, default=None)


def best_change(
    space: AgreementSpace,
    agreement: Mapping[str, str],
    players: Sequence[str],
    options: Mapping[str, Sequence[str]] | None = None,
    *,
    above: Fraction | None = None,
) -> Change | None:
    """Return the change whose least gain is largest, to leave red lines behind being the most.

    Among equals the one that relieves most players, then the one with the largest total gain,
    then the one with the fewest switches.

    Parameters
    ----------
    space : AgreementSpace
    agreement : mapping
        Issue -> option: what is changed.
    players : sequence of str
        Whose gains count.
    options : mapping from issue to options, optional
        What each issue may be changed to; what it has now is always among them. Default: every
        option of every issue.
    above : Fraction, optional
        Only a least gain above this counts.

    Returns
    -------
    Change or None
        Among the changes by which no player comes past a red line of its own; None where there
        are none.

    Raises
    ------
    TooLargeError
        If more than 5,000 partial choices would have to be kept.

    Examples
    --------
    >>> space = AgreementSpace.additive(
    ...     {f"clause {k}": ("out", "in") for k in range(100)},
    ...     {
    ...         "us": {f"clause {k}": (0, 2) for k in range(100)},
    ...         "ru": {f"clause {k}": (1, 0) for k in range(100)},
    ...     },
    ... )
    >>> change = best_change(space, {f"clause {k}": "out" for k in range(100)}, ["us", "ru"])
    >>> dict(change.gains)
    {'us': Fraction(2, 1), 'ru': Fraction(-1, 1)}
    """
    product = _Product.of(space, agreement, players, options)
    # what one block alone can bring is a bound that prunes from the first block on
    floor = max(
        (int(gains.min()) for block in product.blocks for gains in product.gains_of(block)),
        default=None,
    )
    if floor is None:
        return None
    if above is not None:
        floor = max(floor, math.floor(above * product.scale) + 1)
    points = product.merge([floor] * len(product.players), complete=True)
    return product.change(points, *product.ranked(points)[:1])


def improving_change(
    space: AgreementSpace,
    agreement: Mapping[str, str],
    players: Sequence[str],
    options: Mapping[str, Sequence[str]] | None = None,
    *,
    every: bool = False,
) -> Change | None:
    """Return a change that some player prefers and none minds, or None where there is none.

    Parameters
    ----------
    space, agreement, players, options
        As for :func:`best_change`. A player past a red line of its own prefers every change that
        leaves it behind.
    every : bool
        Whether all must prefer it.

    Returns
    -------
    Change or None
        Among several, as :func:`best_change`, but where more than 5,000 partial choices would
        have to be kept.

    Raises
    ------
    TooLargeError
        If none was found among the partial choices that were kept, and some were not.

    Examples
    --------
    >>> space = AgreementSpace.additive(
    ...     {"zone": ("closed", "open"), "quota": ("low", "high")},
    ...     {"us": {"zone": (0, 1)}, "ru": {"quota": (0, 0.5)}},
    ... )
    >>> change = improving_change(space, {"zone": "open", "quota": "low"}, ["us", "ru"])
    >>> dict(change.agreement)
    {'zone': 'open', 'quota': 'high'}
    """
    product = _Product.of(space, agreement, players, options)
    points = product.merge([int(every)] * len(product.players))
    for place in product.ranked(points):
        change = product.change(points, place)
        if change is not None and (
            change.relieved or any(gain > 0 for gain in change.gains.values())
        ):
            return change
    if points.left_out:
        raise _too_many(points.left_out)
    return None


# ---- merging ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Block:
    """Issues that terms tie together, with what every combination of their options brings."""

    issues: tuple[int, ...]
    combinations: tuple[tuple[int, ...], ...]
    vectors: IntArray
    """One row per combination: gains of the players, then minus 1 per crossed line."""
    own: int
    """The combination that changes nothing."""

    @cached_property
    def switched(self) -> NDArray[np.int64]:
        """On how many issues each combination differs from the one that changes nothing."""
        rows = np.array(self.combinations, dtype=np.int64)
        return np.asarray((rows != rows[self.own]).sum(axis=1), dtype=np.int64)


@dataclass(frozen=True)
class _Points:
    """Undominated vectors, with how each came about: per block its parent and its combination."""

    vectors: IntArray
    switched: NDArray[np.int64]
    """On how many issues each differs from the base: the fewest, of equal vectors."""
    trail: tuple[tuple[NDArray[Any], NDArray[Any]], ...]
    left_out: int = 0
    """How many partial choices there were where more were dropped than are dominated."""


@dataclass(frozen=True)
class _Product:
    """The agreements that can be chosen, as blocks of gains over one denominator."""

    space: AgreementSpace
    base: tuple[int, ...]
    players: tuple[str, ...]
    past: tuple[int, ...]
    """Players past a red line of their own at the base; each has one coordinate more."""
    scale: int
    blocks: tuple[_Block, ...]

    @classmethod
    def of(
        cls,
        space: AgreementSpace,
        agreement: Mapping[str, str],
        players: Sequence[str],
        options: Mapping[str, Sequence[str]] | None,
    ) -> _Product:
        chosen = space.select(players)
        base = unravel(space.index(agreement), space.shape)
        past = tuple(k for k, player in enumerate(chosen) if space.crossed(player, agreement))
        scale = math.lcm(*(space.denominator(player) for player in chosen))
        allowed = []
        for place, (issue, names) in zip(base, space.issues.items(), strict=True):
            open_: Sequence[int] = range(len(names))
            if options is not None:
                open_ = sorted({names.index(option) for option in options.get(issue, ())} | {place})
            lines = [
                set(space.red_lines[player][issue])
                for k, player in enumerate(chosen)
                if k not in past and issue in space.red_lines.get(player, {})
            ]
            allowed.append([k for k in open_ if all(names[k] in line for line in lines)])
        blocks = tuple(
            _block(space, base, chosen, past, scale, issues, allowed)
            for issues in _components(space, chosen)
        )
        spans = [int(np.abs(block.vectors).max()) for block in blocks]
        order = sorted(range(len(blocks)), key=lambda k: -spans[k])  # what matters most comes first
        if sum(spans) < ROOM:
            blocks = tuple(
                _Block(b.issues, b.combinations, b.vectors.astype(np.int64), b.own) for b in blocks
            )
        return cls(space, base, chosen, past, scale, tuple(blocks[k] for k in order))

    def merge(self, floors: Sequence[int], *, complete: bool = False) -> _Points:
        """Return the maximal vectors of the changes that give every player its floor.

        The floor of a player past a red line counts only while it stays past one. Where there
        are too many partial choices, the most promising ones are followed, or, if all are needed
        (`complete`), the question is refused.
        """
        count = len(self.players)
        width = count + len(self.past)
        tops = [block.vectors.max(axis=0) for block in self.blocks]
        vectors = np.zeros((0, width), dtype=tops[0].dtype)
        same = np.zeros(width, dtype=tops[0].dtype)  # no change so far, with the lines it crosses
        switched = np.zeros(0, dtype=np.int64)
        trail = []
        left_out = 0

        def promising(ends: IntArray, some: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
            nonlocal left_out
            if len(some) <= limit:
                return some
            left_out = max(left_out, len(some))
            if complete:
                raise _too_many(left_out)
            least = ends[some, :count].min(axis=1)
            return some[np.argsort(-least, kind="stable")[:BEAM]]

        for stage, block in enumerate(self.blocks):
            # every change so far with every combination, and the first change in this block
            ends = (vectors[:, None, :] + block.vectors[None, :, :]).reshape(-1, width)
            parents = np.repeat(np.arange(len(vectors)), len(block.vectors))
            taken = np.tile(np.arange(len(block.vectors)), len(vectors))
            first = np.delete(np.arange(len(block.vectors)), block.own)
            ends = np.concatenate([ends, same + block.vectors[first]])
            changed = (switched[:, None] + block.switched).ravel()
            changed = np.concatenate([changed, block.switched[first]])
            same = np.maximum(same + block.vectors[block.own], -1)
            parents = np.concatenate([parents, np.full(len(first), -1)])
            taken = np.concatenate([taken, first])
            ends[:, count:] = np.maximum(ends[:, count:], -1)
            # drop what cannot reach the floors any more, then what is dominated
            best = ends + sum(tops[stage + 1 :], np.zeros(width, dtype=ends.dtype))
            kept = np.ones(len(ends), dtype=bool)
            for k, floor in enumerate(floors):
                enough = best[:, k] >= floor
                if k in self.past:
                    enough |= ends[:, count + self.past.index(k)] == 0
                kept &= enough.astype(bool)
            kept = np.flatnonzero(kept)
            kept = promising(ends, kept, MAX_CANDIDATES)
            kept = kept[np.argsort(changed[kept], kind="stable")]
            kept = kept[_distinct(ends[kept])]
            if len(kept):
                kept = kept[maximal([ends[kept, k] for k in range(width)])]
            kept = promising(ends, kept, BEAM if left_out else MAX_POINTS)
            vectors, switched = ends[kept], changed[kept]
            trail.append((parents[kept], taken[kept]))
        return _Points(vectors, switched, tuple(trail), left_out)

    def gains_of(self, block: _Block) -> IntArray:
        """Return the gains of the players by the changes of one block alone."""
        return np.delete(block.vectors, block.own, axis=0)[:, : len(self.players)]

    def ranked(self, points: _Points) -> list[int]:
        """Return the points, that with the largest least gain first; see :func:`best_change`."""
        count = len(self.players)

        def rank(place: int) -> tuple[bool, int, int, int, int, int]:
            gains, flags = rows[place][:count], rows[place][count:]
            relieved = {k for k, flag in zip(self.past, flags, strict=True) if flag == 0}
            others = [gain for k, gain in enumerate(gains) if k not in relieved]
            least = min(others, default=0)
            fewest = -int(points.switched[place])
            return not others, least, len(relieved), sum(others), sum(gains), fewest

        rows = points.vectors.tolist()
        return sorted(range(len(rows)), key=rank, reverse=True)

    def change(self, points: _Points, place: int | None = None) -> Change | None:
        """Return one of the points as an agreement; None for none."""
        if place is None:
            return None
        positions = list(self.base)
        at = place
        for block, (parents, taken) in zip(
            reversed(self.blocks), reversed(points.trail), strict=True
        ):
            if at < 0:
                break
            for issue, option in zip(block.issues, block.combinations[int(taken[at])], strict=True):
                positions[issue] = option
            at = int(parents[at])
        agreement = FrozenMap(
            {
                issue: names[k]
                for (issue, names), k in zip(self.space.issues.items(), positions, strict=True)
            }
        )
        row = points.vectors[place].tolist()
        count = len(self.players)
        return Change(
            agreement,
            FrozenMap(
                {p: Fraction(int(g), self.scale) for p, g in zip(self.players, row, strict=False)}
            ),
            tuple(
                self.players[k] for k, flag in zip(self.past, row[count:], strict=True) if flag == 0
            ),
        )


def _too_many(count: int) -> TooLargeError:
    return TooLargeError(
        f"{count:,} partial agreements would have to be compared at a time and the limit is "
        f"{MAX_POINTS:,}",
        remedy="use fewer issues, options or interactions",
    )


def _components(space: AgreementSpace, players: tuple[str, ...]) -> list[tuple[int, ...]]:
    """Return the blocks of issues, by number, that terms of the players tie together."""
    names = list(space.issues)
    block_of = {issue: {k} for k, issue in enumerate(names)}
    for term in space.terms:
        if term.party in players:
            joined = set().union(*(block_of[issue] for issue in term.when))
            for k in joined:
                block_of[names[k]] = joined
    return sorted({tuple(sorted(block)) for block in block_of.values()})


def _block(
    space: AgreementSpace,
    base: tuple[int, ...],
    players: tuple[str, ...],
    past: tuple[int, ...],
    scale: int,
    issues: tuple[int, ...],
    allowed: Sequence[Sequence[int]],
) -> _Block:
    """Write out what every combination of the options of tied issues brings."""
    size = math.prod(len(allowed[k]) for k in issues)
    if size > MAX_POINTS:
        raise _too_many(size)
    names = list(space.issues)
    options = list(space.issues.values())
    combinations = tuple(itertools.product(*(allowed[k] for k in issues)))
    own = combinations.index(tuple(base[k] for k in issues))
    vectors = np.zeros((size, len(players) + len(past)), dtype=object)
    for column, player in enumerate(players):
        scores = space.scores[player]
        rows = [[int(value * scale) for value in scores[names[k]]] for k in issues]
        terms = [
            (term, int(term.amount * scale))
            for term in space.terms
            if term.party == player and any(names.index(issue) in issues for issue in term.when)
        ]
        for number, combination in enumerate(combinations):
            here = {names[k]: options[k][at] for k, at in zip(issues, combination, strict=True)}
            total = sum(row[at] for row, at in zip(rows, combination, strict=True))
            for term, amount in terms:
                if all(here[issue] in wanted for issue, wanted in term.when.items()):
                    total += amount
            vectors[number, column] = total
        vectors[:, column] -= vectors[own, column]
    for column, k in enumerate(past, start=len(players)):
        lines = space.red_lines[players[k]]
        for number, combination in enumerate(combinations):
            vectors[number, column] = -int(
                any(
                    names[issue] in lines and options[issue][at] not in lines[names[issue]]
                    for issue, at in zip(issues, combination, strict=True)
                )
            )
    return _Block(issues, combinations, vectors, own)


def _distinct(vectors: IntArray) -> NDArray[np.int64]:
    """Return the first place of every different row, ascending."""
    if vectors.dtype != object:
        return np.sort(np.unique(vectors, axis=0, return_index=True)[1])
    first: dict[tuple[int, ...], int] = {}
    for place, row in enumerate(vectors.tolist()):
        first.setdefault(tuple(row), place)
    return np.array(list(first.values()), dtype=np.int64)
