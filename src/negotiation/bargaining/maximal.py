"""Maximal points of a finite set of integer vectors, exactly.

Point q *dominates* p when it is at least as large in every coordinate and larger in one. The
maximal points are those that no other point dominates; equal points do not dominate each other.

Algorithm
---------
1. Replace each coordinate's values by their ranks. The coordinate with the most ranks is the last.
2. Enter every point into a table over the ranks of the others, keeping the highest rank of
   the last; take running maxima from the top along every axis. T[r] is then the highest last
   rank among points with at least r_j in every other coordinate j.
3. A point with ranks (r, s) is dominated if and only if T[r] > s, or T[r + e_j] >= s for
   some j, e_j being one step up in coordinate j.

Where that table would not fit, ranks are gathered into coarse bins of about as many points
each. A table of bins finds what is dominated from a higher bin in every binned coordinate. An
undominated dominator of what is left shares a bin with it, so that each bin is solved by
itself in the same way. Few points are compared in pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negotiation.exact import IntArray

__all__ = ["maximal", "memory_of", "ranks"]

MAX_CELLS = 30_000_000
MAX_PAIRS = 2048  # up to this many points, pairs are compared

Mask = NDArray[np.bool_]
Ranks = NDArray[np.int64]


def maximal(values: Sequence[IntArray]) -> Mask:
    """Return which points no other point dominates.

    Parameters
    ----------
    values : sequence of integer arrays
        One flat array per coordinate, int64 or Python integers; more is better.

    Returns
    -------
    numpy.ndarray of bool
        True where no other point is at least as large in every coordinate and larger in one.

    Notes
    -----
    Exact. With n points and a table that fits: O(n log n) for the ranks, plus the cells of
    the table, plus O(n) per coordinate.

    Examples
    --------
    >>> maximal([np.array([3, 3, 1]), np.array([1, 0, 3])]).tolist()
    [True, False, True]
    """
    return _undominated([ranks(column) for column in values])


def memory_of(count: int, coordinates: int) -> int:
    """Return about how many bytes :func:`maximal` takes at its peak, beyond the values.

    Measured from above: ranks and what is sorted with them, and the table of running maxima.

    Examples
    --------
    >>> memory_of(1_000_000, 4)
    212000000
    """
    table = 4 * min(MAX_CELLS, max(300_000, 128 * count)) if coordinates > 2 else 0
    return count * (8 * coordinates + 60) + table


def ranks(values: IntArray) -> Ranks:
    """Return the rank of each value among the distinct values, from 0."""
    if values.size == 0:
        return np.zeros(0, dtype=np.int64)
    if values.dtype != object:
        low, high = int(values.min()), int(values.max())
        if high - low < 8 * values.size + 64:  # counting is faster than sorting
            shifted = values - low
            seen = np.zeros(high - low + 1, dtype=np.int64)
            seen[shifted] = 1
            found: Ranks = (np.cumsum(seen) - 1)[shifted]
            return found
    _, places = np.unique(values, return_inverse=True)
    return places.reshape(-1).astype(np.int64)


def _undominated(columns: Sequence[Ranks]) -> Mask:
    count = columns[0].size
    if count <= 1:
        return np.ones(count, dtype=bool)
    levels = [int(column.max()) + 1 for column in columns]
    order = sorted((j for j in range(len(columns)) if levels[j] > 1), key=lambda j: levels[j])
    if not order:
        return np.ones(count, dtype=bool)
    others, last = [columns[j] for j in order[:-1]], columns[order[-1]]
    lengths = [levels[j] for j in order[:-1]]
    cells = math.prod(length + 1 for length in lengths)
    if cells <= min(MAX_CELLS, max(300_000, 128 * count)):
        return ~_dominated(others, lengths, last)
    if count > MAX_PAIRS and cells <= MAX_CELLS:
        return ~_dominated(others, lengths, last)
    if count <= MAX_PAIRS or 3 ** len(others) > MAX_CELLS:  # not even two bins per axis
        return _by_pairs([*others, last])
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
    """Find the undominated points by comparing them in order of falling rank sum.

    A dominator has the higher sum, so that each point meets only those before it, and of
    these only the undominated ones.
    """
    total = np.sum(columns, axis=0)
    order = np.argsort(-total, kind="stable")
    small = all(int(column.max()) < 2**15 for column in columns)
    points = np.stack([c[order].astype(np.int16 if small else np.int64) for c in columns])
    falling = total[order]
    count, start = order.size, 0
    alive = np.ones(count, dtype=bool)
    while start < count:
        before = np.flatnonzero(alive[:start])
        stop = min(count, start + max(1, min(256, 2**22 // (before.size + 256))))
        rivals = np.concatenate([before, np.arange(start, stop)])
        better = falling[rivals] > falling[start:stop, None]
        for row in points:
            better &= row[rivals] >= row[start:stop, None]
        alive[start:stop] = ~better.any(axis=1)
        start = stop
    mask = np.empty(count, dtype=bool)
    mask[order] = alive
    return mask


def _by_bins(others: Sequence[Ranks], lengths: Sequence[int], last: Ranks) -> Mask:
    """Find the undominated points where a table of all ranks would not fit."""
    count = last.size
    cells = min(MAX_CELLS, max(128 * count, 3 ** len(lengths)))
    side = _side(lengths, cells, count // 256)
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
                inner = [ranks(column[group]) for column in (*others, last)]
                alive[group] = _undominated(inner)
    return alive


def _side(lengths: Sequence[int], cells: int, most: int) -> int:
    """Return the largest number of bins per axis, up to `most`, for a table within `cells`."""
    low, high = 2, max(2, min(max(lengths), most))
    while low < high:
        middle = (low + high + 1) // 2
        if math.prod(min(length, middle) + 1 for length in lengths) <= cells:
            low = middle
        else:
            high = middle - 1
    return low


def _bins(column: Ranks, length: int, side: int) -> Ranks:
    """Gather ranks into 2 to `side` bins of about as many points each."""
    upto = np.cumsum(np.bincount(column, minlength=length))
    bins = (upto - 1) * side // column.size
    if bins[0] == bins[-1]:  # nearly all points have the lowest rank
        bins = np.arange(length) * side // length
    return ranks(bins)[column]
