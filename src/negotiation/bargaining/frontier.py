"""The Pareto frontier: agreements that no other agreement improves on.

Agreement b *dominates* a for some players when every one of them finds b at least as good as
a and one of them finds it better. An agreement is *efficient* when none dominates it.
"At least as good" is :meth:`~.agreements.AgreementSpace.preferences`: a crossed red line of a
player is worse for it than anything that crosses none.

Algorithm of :func:`efficient`
------------------------------
1. Replace each player's values by their ranks. The player with the most ranks is the last.
2. Enter every agreement into a table over the ranks of the others, keeping the highest rank
   of the last player; take running maxima from the top along every axis. T[r] is then the
   best the last player gets among agreements that give each other player j at least r_j.
3. An agreement with ranks (r, s) is dominated if and only if T[r] > s, or T[r + e_j] >= s
   for some j, e_j being one step up for player j.

Where that table would not fit, ranks are gathered into coarse bins of about as many
agreements each. A table of bins finds what is dominated from a higher bin of every binned
player. A dominator of what is left shares a bin with it, so that each bin is solved in the
same way by itself, in exact comparisons throughout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.agreements import Agreement, AgreementSpace, Mask, words
from negotiation.errors import GameError
from negotiation.exact import IntArray, read_only, show
from negotiation.results import Result, Table, Verdict, Witness

__all__ = ["Frontier", "dominating", "efficient", "is_efficient", "pareto_frontier"]

MAX_CELLS = 30_000_000
MAX_PAIRS = 1024  # below this many points, every pair is compared
SHOWN = 20

Ranks = NDArray[np.int64]


# -- the mask over all agreements --------------------------------------------------------


def efficient(space: AgreementSpace, players: Sequence[str] | None = None) -> Mask:
    """Return which agreements are efficient among all agreements of the space.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    players : sequence of str, optional
        Whose preferences count. Default: all parties.

    Returns
    -------
    numpy.ndarray of bool
        Flat, in C order over the issues, read-only.

    Raises
    ------
    TooLargeError
        Above 20 million agreements.

    Notes
    -----
    Exact. With n agreements and a table that fits: O(n log n) for the ranks, plus the cells
    of the table, plus O(n) per player.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 3, "ru": 1}, "b": {"us": 3, "ru": 0}, "c": {"us": 1, "ru": 3}}
    ... )
    >>> efficient(space).tolist()
    [True, False, True]
    """
    values = [space.preferences(player) for player in space.select(players)]
    return read_only(_maximal(values))


def _maximal(values: Sequence[IntArray]) -> Mask:
    """Return which points no other point dominates; one array per coordinate."""
    return _undominated([_ranks(column) for column in values])


def _ranks(values: IntArray) -> Ranks:
    """Return the rank of each value among the distinct values, from 0."""
    if values.size == 0:
        return np.zeros(0, dtype=np.int64)
    if values.dtype != object:
        low, high = int(values.min()), int(values.max())
        if high - low < 8 * values.size + 64:  # counting is faster than sorting
            shifted = values - low
            seen = np.zeros(high - low + 1, dtype=np.int64)
            seen[shifted] = 1
            return (np.cumsum(seen) - 1)[shifted]
    _, ranks = np.unique(values, return_inverse=True)
    return ranks.reshape(-1).astype(np.int64)


def _undominated(ranks: Sequence[Ranks]) -> Mask:
    count = ranks[0].size
    if count <= 1:
        return np.ones(count, dtype=bool)
    levels = [int(column.max()) + 1 for column in ranks]
    order = sorted((j for j in range(len(ranks)) if levels[j] > 1), key=lambda j: levels[j])
    if not order:
        return np.ones(count, dtype=bool)
    others, last = [ranks[j] for j in order[:-1]], ranks[order[-1]]
    lengths = [levels[j] for j in order[:-1]]
    if math.prod(length + 1 for length in lengths) <= max(MAX_CELLS // 100, 64 * count):
        return ~_dominated(others, lengths, last)
    if count <= MAX_PAIRS:
        return _by_pairs([*others, last])
    if math.prod(length + 1 for length in lengths) <= MAX_CELLS:
        return ~_dominated(others, lengths, last)
    return _by_bins(others, lengths, last)


def _dominated(
    others: Sequence[Ranks],
    lengths: Sequence[int],
    last: Ranks,
    coarse: Sequence[bool] | None = None,
) -> Mask:
    """Return which points are dominated, by the table of running maxima.

    A `coarse` coordinate holds bins of ranks: only a higher bin is known to be better, so
    that a dominator is looked for one step up in all coarse coordinates at once.
    """
    steps = [0 if coarse is None else int(flag) for flag in (coarse or [False] * len(others))]
    strides = [1] * len(others)
    for j in range(len(others) - 2, -1, -1):
        strides[j] = strides[j + 1] * (lengths[j + 1] + 1)
    cells = strides[0] * (lengths[0] + 1) if others else 1
    own = np.zeros(last.size, dtype=np.int64)
    for column, stride in zip(others, strides, strict=True):
        own += column * stride
    score = last.astype(np.int32)
    best = np.full(cells, -1, dtype=np.int32)
    np.maximum.at(best, own, score)
    for length, stride in zip(lengths, strides, strict=True):
        _running_maximum(best.reshape(-1, length + 1, stride))
    shift = sum(step * stride for step, stride in zip(steps, strides, strict=True))
    if shift:
        return best[own + shift] >= score
    found = best[own] > score
    for stride in strides:
        found |= best[own + stride] >= score
    return found


def _running_maximum(grid: NDArray[np.int32]) -> None:
    """Replace each entry by the maximum of itself and those after it on the middle axis."""
    before, length, after = grid.shape
    if after >= 16 or before < 16:
        for level in range(length - 2, -1, -1):
            np.maximum(grid[:, level], grid[:, level + 1], out=grid[:, level])
    else:
        view = grid[:, ::-1]
        np.maximum.accumulate(view, axis=1, out=view)


def _by_pairs(columns: Sequence[Ranks]) -> Mask:
    points = np.stack([column.astype(np.int32) for column in columns])
    least = np.ones((points.shape[1],) * 2, dtype=bool)
    for row in points:
        least &= row[:, None] <= row[None, :]
    # b is at least as good as a, and a is not at least as good as b
    return ~(least & ~least.T).any(axis=1)


def _by_bins(others: Sequence[Ranks], lengths: Sequence[int], last: Ranks) -> Mask:
    """Find the undominated points where a table of all ranks would not fit."""
    count = last.size
    side = _side(lengths, min(MAX_CELLS, max(64 * count, 2 ** len(lengths))))
    columns, widths, coarse = [], [], []
    for column, length in zip(others, lengths, strict=True):
        fine = length <= side
        bins = column if fine else _bins(column, length, side)
        columns.append(bins)
        widths.append(length if fine else int(bins.max()) + 1)
        coarse.append(not fine)
    alive = ~_dominated(columns, widths, last, coarse)
    for bins, flag in zip(columns, coarse, strict=True):
        if not flag:
            continue
        left = np.flatnonzero(alive)
        left = left[np.argsort(bins[left], kind="stable")]
        cuts = np.flatnonzero(np.diff(bins[left])) + 1
        for group in np.split(left, cuts):
            if group.size > 1:
                inner = [_ranks(column[group]) for column in (*others, last)]
                alive[group] = _undominated(inner)
    return alive


def _side(lengths: Sequence[int], cells: int) -> int:
    """Return the largest number of bins per axis for which the table has at most `cells`."""
    low, high = 1, max(lengths)
    while low < high:
        middle = (low + high + 1) // 2
        if math.prod(min(length, middle) + 1 for length in lengths) <= cells:
            low = middle
        else:
            high = middle - 1
    return low


def _bins(column: Ranks, length: int, side: int) -> Ranks:
    """Gather ranks into at most `side` bins of about as many points each."""
    before = np.cumsum(np.bincount(column, minlength=length)) - 1
    bins = np.unique(before * side // column.size, return_inverse=True)[1].reshape(-1)
    return bins.astype(np.int64)[column]


# -- the frontier as a result ------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Frontier(Result):
    """The efficient agreements.

    Attributes
    ----------
    space : AgreementSpace
        The space.
    players : tuple of str
        Whose preferences count.
    indices : numpy.ndarray of int64
        The efficient agreements by number, ascending, read-only.
    among : int
        How many agreements were compared.
    """

    space: AgreementSpace
    players: tuple[str, ...]
    indices: NDArray[np.int64]
    among: int

    @property
    def count(self) -> int:
        """Number of efficient agreements."""
        return int(self.indices.size)

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """The first 20 efficient agreements."""
        return tuple(self.space.agreement(int(index)) for index in self.indices[:SHOWN])

    def utilities(self, party: str) -> IntArray:
        """Return the party's utilities on the frontier, times ``space.denominator(party)``."""
        return read_only(self.space.utilities(party)[self.indices])

    def data(self) -> dict[str, Any]:
        """Return the count, and the first agreements with every party's utility."""
        return {
            "players": list(self.players),
            "among": self.among,
            "count": self.count,
            "agreements": [dict(agreement) for agreement in self.agreements],
            "utilities": [
                {party: self.space.utility(party, agreement) for party in self.space.parties}
                for agreement in self.agreements
            ],
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the first efficient agreements with their utilities."""
        more = self.count - len(self.agreements)
        return (
            Table(
                f"Efficient agreements for {', '.join(self.players)}: "
                f"{self.count:,} of {self.among:,}",
                ["agreement", *self.space.parties],
                [
                    [words(agreement), *(self.space.utility(p, agreement) for p in self.space.parties)]
                    for agreement in self.agreements
                ],
                notes=[f"... and {more:,} more"] if more > 0 else [],
                name="frontier",
            ),
        )


def pareto_frontier(
    space: AgreementSpace,
    players: Sequence[str] | None = None,
    within: Mask | None = None,
) -> Frontier:
    """Return the agreements that are efficient for some players among some agreements.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    players : sequence of str, optional
        Whose preferences count. Default: all parties.
    within : array of bool, optional
        The agreements that count, as candidates and as improvements: flat, of length
        ``space.size``. Default: the whole space. The individually rational frontier is
        ``pareto_frontier(space, players, space.acceptable(players))``.

    Raises
    ------
    GameError
        If `within` is no flat Boolean array over the space.
    TooLargeError
        Above 20 million agreements.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 3, "ru": 1}, "b": {"us": 2, "ru": 0}, "c": {"us": 1, "ru": 3}}
    ... )
    >>> print(pareto_frontier(space))
    Efficient agreements for us, ru: 2 of 3
    agreement  us  ru
    ---------  --  --
    a           3   1
    c           1   3
    """
    chosen = space.select(players)
    values = [space.preferences(player) for player in chosen]
    if within is None:
        found = np.flatnonzero(_maximal(values))
        return Frontier(space, chosen, read_only(found), space.size)
    mask = np.asarray(within)
    if mask.dtype != np.bool_ or mask.shape != (space.size,):
        raise GameError(
            f"a mask of shape {mask.shape} and type {mask.dtype} for {space.size:,} agreements",
            where="within",
            remedy="give one Boolean per agreement",
        )
    candidates = np.flatnonzero(mask)
    found = candidates[_maximal([column[candidates] for column in values])]
    return Frontier(space, chosen, read_only(found), int(candidates.size))


# -- one agreement -----------------------------------------------------------------------


def dominating(
    space: AgreementSpace, agreement: Mapping[str, str], players: Sequence[str] | None = None
) -> int | None:
    """Return the number of an agreement that dominates the given one, or None.

    Among several, one with the largest smallest gain in utility, then with the largest total
    gain, then the first; it is itself efficient.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    agreement : mapping
        Issue -> option.
    players : sequence of str, optional
        Whose preferences count. Default: all parties.

    Raises
    ------
    UnknownNameError, GameError
        If the agreement or a player does not exist.

    Notes
    -----
    Linear in the size of the space; shares no code with :func:`efficient`.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 3, "ru": 1}, "b": {"us": 2, "ru": 0}, "c": {"us": 1, "ru": 3}}
    ... )
    >>> dominating(space, {"agreement": "b"}), dominating(space, {"agreement": "c"})
    (0, None)
    """
    chosen = space.select(players)
    index = space.index(agreement)
    weakly = np.ones(space.size, dtype=bool)
    strictly = np.zeros(space.size, dtype=bool)
    for player in chosen:
        values = space.preferences(player)
        weakly &= values >= values[index]
        strictly |= values > values[index]
    better = np.flatnonzero(weakly & strictly)
    if better.size == 0:
        return None
    common = math.lcm(*(space.denominator(player) for player in chosen))
    gains = []
    for player in chosen:
        values = space.preferences(player)
        scale = common // space.denominator(player)
        gain = values[better] - values[index]
        small = int(gain.max()) * scale * len(chosen) < 2**62
        gains.append((gain if small else gain.astype(object)) * scale)
    least = gains[0]
    for gain in gains[1:]:
        least = np.minimum(least, gain)
    best = np.flatnonzero(least == least.max())
    total = gains[0][best]
    for gain in gains[1:]:
        total = total + gain[best]
    return int(better[best[int(np.argmax(total))]])


def is_efficient(
    space: AgreementSpace, agreement: Mapping[str, str], players: Sequence[str] | None = None
) -> Verdict:
    """Judge whether one agreement is efficient; shares no code with :func:`efficient`.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    agreement : mapping
        Issue -> option.
    players : sequence of str, optional
        Whose preferences count. Default: all parties.

    Returns
    -------
    Verdict
        Witness "dominated": a better agreement and who gains what. Margin: by how much the
        utility of every player at this agreement may fall before another agreement is better
        for all; minus how much it would have to rise where one is better already. Zero where
        another agreement is as good for all without being better for all. None where the
        agreement crosses a player's red line, or no other agreement competes.

    Examples
    --------
    >>> space = AgreementSpace.additive(
    ...     {"zone": ("closed", "open"), "quota": ("low", "high")},
    ...     {"us": {"zone": (0, 1), "quota": (0, 0)}, "ru": {"zone": (0, 0), "quota": (0, 0.5)}},
    ... )
    >>> print(is_efficient(space, {"zone": "open", "quota": "low"}))
    no (margin 0): with quota: high instead of low, nobody is worse off and ru gains 0.5
    """
    chosen = space.select(players)
    index = space.index(agreement)
    margin = None
    crossing = any(space.crossed(player, agreement) for player in chosen)
    if not crossing:
        margin = _efficiency_margin(space, chosen, index)
    better = dominating(space, agreement, chosen)
    if better is None:
        return Verdict(True, margin)
    other = space.agreement(better)
    gains = {}
    relieved = []
    for player in chosen:
        if space.crossed(player, agreement) and not space.crossed(player, other):
            relieved.append(player)
            continue
        gain = space.utility(player, other) - space.utility(player, agreement)
        if gain > 0:
            gains[player] = gain
    parts = [f"{player} gains {show(gain)}" for player, gain in gains.items()]
    parts += [f"no red line of {player} is crossed any more" for player in relieved]
    text = f"with {_change(agreement, other)}, nobody is worse off and {' and '.join(parts)}"
    amount = max(gains.values()) if gains else None
    witness = Witness("dominated", text, (*gains, *relieved), words(other), amount)
    return Verdict(False, margin, witness)


def _change(agreement: Mapping[str, str], other: Agreement) -> str:
    return ", ".join(
        f"{option if len(other) == 1 else f'{issue}: {option}'} instead of {agreement[issue]}"
        for issue, option in other.items()
        if agreement[issue] != option
    )


def _efficiency_margin(
    space: AgreementSpace, players: tuple[str, ...], index: int
) -> Fraction | None:
    """Return the minimum over other agreements of the most that a player loses by it."""
    common = math.lcm(*(space.denominator(player) for player in players))
    competes = np.ones(space.size, dtype=bool)
    competes[index] = False
    for player in players:
        competes &= space.within_red_lines(player)
    rivals = np.flatnonzero(competes)
    if rivals.size == 0:
        return None
    worst: IntArray | None = None
    for player in players:
        values, scale = space.utilities(player), common // space.denominator(player)
        loss = values[index] - values[rivals]
        small = max(abs(int(loss.max())), abs(int(loss.min()))) * scale < 2**62
        loss = (loss if small else loss.astype(object)) * scale
        worst = loss if worst is None else np.maximum(worst, loss)
    assert worst is not None
    return Fraction(int(worst.min()), common)
