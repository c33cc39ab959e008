"""Vertices of best-reply polyhedra, exactly, degenerate ones included.

A player mixes over m strategies with weights x; the opponent has n replies, and reply j
earns the opponent C[j] @ x. The *best-reply cone*

    { (x, v) : x_i >= 0 for all i,  v >= C[j] @ x for all j }     (m + n inequalities)

has one extreme ray (0, 1); the other extreme rays, scaled to sum(x) = 1, are the vertices
of the best-reply polyhedron, with v what the best reply earns. The *labels* of a ray are the
inequalities it satisfies with equality: label i < m says that strategy i is unused, label
m + j that reply j is best.

The double description method adds the n reply inequalities one at a time. Of the rays so
far, those that violate the new inequality are cut off, and a new ray appears on every
two-dimensional face between a ray inside and a ray cut off. Rays are integer vectors of any
size without common factors: nothing is rounded. Two rays span such a face

- if one of them has exactly m labels and they share m - 1 (a simple ray: its labels are
  independent inequalities); found by a join on the labels;
- in general, if no third ray has all the labels they share; found by matrix products of
  zero-one matrices, exact in floating point as counts of labels are small.

Sources: Motzkin, Raiffa, Thompson and Thrall (1953), the double description method;
Fukuda and Prodon (1996), the adjacency tests; McMullen (1970), the bound on the number of
vertices; von Stengel (2002), best-reply polyhedra and their labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import TooLargeError
from negotiation.exact import IntArray

__all__ = [
    "MAX_VERTICES",
    "best_reply_rays",
    "complementary",
    "largest_bound",
    "refuse_vertices",
    "vertex_bound",
]

MAX_VERTICES = 1_000_000
"""Largest possible number of vertices of a best-reply polyhedron that is taken on."""

BoolArray = NDArray[np.bool_]
Check = Callable[[int], None]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]

MASK_BITS = 62  # labels that fit the sign-free part of a 64-bit integer
BLOCK = 4_000_000  # entries of a product computed at once
INT64 = 2**62


def vertex_bound(dimension: int, facets: int) -> int:
    """Return the largest number of vertices of a polytope of this dimension and facet count.

    Examples
    --------
    >>> vertex_bound(3, 6), vertex_bound(6, 12)
    (8, 112)
    """
    low, high = dimension // 2, (dimension + 1) // 2
    return math.comb(facets - high, low) + math.comb(facets - low - 1, high - 1)


def largest_bound(shape: Sequence[int]) -> int:
    """Return the largest number of vertices that either player's polyhedron may have.

    Examples
    --------
    >>> largest_bound((3, 3))
    8
    """
    return max(vertex_bound(own, sum(shape)) for own in shape)


def refuse_vertices(shape: Sequence[int], limit: int, *, otherwise: str = "") -> None:
    """Raise :class:`TooLargeError` if a polyhedron may have more than `limit` vertices."""
    bound = largest_bound(shape)
    if bound > limit:
        m, n = shape
        raise TooLargeError(
            f"a game of {m} by {n} strategies: its best-reply polyhedra may have up to "
            f"{bound:,} vertices and the limit is {limit:,}",
            remedy="eliminate dominated strategies first, use fewer strategies or a larger "
            f"limit{otherwise}",
        )


def best_reply_rays(
    replies: IntArray, check: Check | None = None
) -> tuple[NDArray[Any], BoolArray]:
    """Return the extreme rays of a best-reply cone, without (0, 1), and their labels.

    Parameters
    ----------
    replies : integer array, shape (n, m)
        ``replies[j, i]`` is what reply j earns the opponent against strategy i.
    check : callable, optional
        Called with the number of rays before they are made, and during long comparisons with
        0; what it raises ends the enumeration.

    Returns
    -------
    rays : integer array, shape (rays, m + 1)
        Weights x, not normalised, then v, without common factors.
    labels : boolean array, shape (rays, m + n)
        Column i < m: x_i = 0; column m + j: reply j is best.

    Notes
    -----
    Complexity: with V the largest number of vertices on the way (at most
    ``vertex_bound(m, m + n)``), n joins of m V keys for simple polyhedra; at most n V^2
    comparisons of label sets, and as many products with V, for degenerate ones.

    Examples
    --------
    >>> rays, labels = best_reply_rays(np.array([[0, 1], [2, 0]]))
    >>> sorted(rays.tolist())
    [[0, 1, 1], [1, 0, 2], [1, 2, 2]]
    """
    n, m = replies.shape
    rays = np.zeros((m + 1, m + 1), dtype=object)
    rays[np.arange(m + 1), np.arange(m + 1)] = 1
    rays[:m, m] = [int(value) for value in replies[0]]
    labels = np.zeros((m + 1, m + n), dtype=bool)
    labels[:, :m] = ~np.eye(m + 1, m, dtype=bool)
    labels[:m, m] = True
    largest = int(abs(replies).max(initial=1))
    for j in range(1, n):
        rays, labels = _cut(_narrow(rays, largest), labels, replies[j], m + j, check)
    real = rays[:, :m].any(axis=1).astype(bool)
    return rays[real], labels[real]


def _narrow(rays: NDArray[Any], largest: int) -> NDArray[Any]:
    """Hold rays as 64-bit integers where neither slack nor new ray can overflow."""
    top = int(abs(rays).max())
    slack = top * (1 + largest * rays.shape[1])
    fits = 2 * slack * top < INT64
    return rays.astype(np.int64 if fits else object)


def _cut(
    rays: NDArray[Any], labels: BoolArray, reply: IntArray, label: int, check: Check | None
) -> tuple[NDArray[Any], BoolArray]:
    """Add the inequality v >= reply @ x, which gets this label."""
    if check is not None:
        check(len(rays))
    slack = rays[:, -1] - rays[:, :-1] @ reply.astype(rays.dtype)
    inside, cut = np.flatnonzero(slack > 0), np.flatnonzero(slack < 0)
    labels[slack == 0, label] = True
    if not len(cut):
        return rays, labels
    first, second = _adjacent(labels, inside, cut, rays.shape[1] - 2, check)
    if check is not None:
        check(len(rays) - len(cut) + len(first))
    new = slack[first, None] * rays[second] - slack[second, None] * rays[first]
    new //= np.gcd.reduce(new, axis=1)[:, None]
    new_labels = labels[first] & labels[second]
    new_labels[:, label] = True
    keep = slack >= 0
    return np.concatenate([rays[keep], new]), np.concatenate([labels[keep], new_labels])


def _adjacent(
    labels: BoolArray,
    inside: NDArray[np.intp],
    cut: NDArray[np.intp],
    shared: int,
    check: Check | None,
) -> Pairs:
    """Return the pairs of a ray inside and a ray cut off that span a face, by index."""
    simple = labels.sum(axis=1) == shared + 1
    firsts, seconds = [], []
    joined = labels.shape[1] <= MASK_BITS
    if joined:  # two simple rays that differ in one label each
        one, two = inside[simple[inside]], cut[simple[cut]]
        left, right = _join(_drop_one(labels[one], shared + 1), _drop_one(labels[two], shared + 1))
        firsts.append(one[left // (shared + 1)])
        seconds.append(two[right // (shared + 1)])
    doubtful = [np.empty((0, 2), dtype=np.intp)]
    rough = [inside[~simple[inside]], inside[simple[inside]]]
    for one, two in [(rough[0], cut), (rough[1], cut[~simple[cut]] if joined else cut)]:
        for left, right in _pairs(labels[one], labels[two], lambda count: count >= shared, check):
            sure = simple[one[left]] | simple[two[right]]
            firsts.append(one[left[sure]])
            seconds.append(two[right[sure]])
            doubtful.append(np.stack([one[left[~sure]], two[right[~sure]]], axis=1))
    candidates = np.concatenate(doubtful)
    both = labels[candidates[:, 0]] & labels[candidates[:, 1]]
    alone = _containing(both, labels, check) == 2
    firsts.append(candidates[alone, 0])
    seconds.append(candidates[alone, 1])
    return np.concatenate(firsts), np.concatenate(seconds)


def _masks(labels: BoolArray) -> NDArray[np.int64]:
    """Return each row of labels as the bits of one integer."""
    return labels @ (np.int64(1) << np.arange(labels.shape[1], dtype=np.int64))


def _drop_one(labels: BoolArray, size: int) -> NDArray[np.int64]:
    """Return, row by row, the masks of the `size` labels of each row less one of them."""
    dropped = np.int64(1) << np.nonzero(labels)[1].astype(np.int64).reshape(-1, size)
    masks: NDArray[np.int64] = (_masks(labels)[:, None] ^ dropped).ravel()
    return masks


def _join(left: NDArray[np.int64], right: NDArray[np.int64]) -> Pairs:
    """Return the places of equal keys; a key that occurs on both sides is unique on each."""
    _, first, second = np.intersect1d(left, right, return_indices=True)
    return first, second


def _pairs(
    left: BoolArray,
    right: BoolArray,
    accept: Callable[[NDArray[np.float32]], BoolArray],
    check: Check | None,
) -> Iterator[Pairs]:
    """Yield the pairs of rows whose number of common labels is accepted, in blocks."""
    if not len(left) or not len(right):
        return
    columns = right.T.astype(np.float32)
    step = max(1, BLOCK // len(right))
    for start in range(0, len(left), step):
        if check is not None:
            check(0)
        counts = left[start : start + step].astype(np.float32) @ columns
        first, second = np.nonzero(accept(counts))
        yield first + start, second


def _containing(sets: BoolArray, labels: BoolArray, check: Check | None) -> NDArray[np.intp]:
    """Return for each set how many rows of `labels` contain it."""
    found = np.zeros(len(sets), dtype=np.intp)
    for first, _ in _pairs(sets, ~labels, lambda count: count == 0, check):
        found += np.bincount(first, minlength=len(sets))
    return found


def complementary(
    left: BoolArray, right: BoolArray, simple: tuple[int, int], check: Check | None = None
) -> Pairs:
    """Return all pairs of rows that have every label between them.

    Parameters
    ----------
    left, right : boolean arrays with equally many columns
        Labels, the same label in the same column.
    simple : pair of int
        The numbers of labels of an ordinary row on either side, which no row is below and
        which add up to the number of columns.
    check : callable, optional
        Called with 0 during long comparisons; what it raises ends them.

    Examples
    --------
    >>> one, two = np.array([[True, False]]), np.array([[True, False], [False, True]])
    >>> [place.tolist() for place in complementary(one, two, (1, 1))]
    [[0], [1]]
    """
    ordinary = [left.sum(axis=1) == simple[0], right.sum(axis=1) == simple[1]]
    plain = [np.flatnonzero(which) for which in ordinary]
    rich = [np.flatnonzero(~which) for which in ordinary]
    firsts, seconds = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
    joined = left.shape[1] <= MASK_BITS
    if joined:
        first, second = _join(_masks(~left[plain[0]]), _masks(right[plain[1]]))
        firsts.append(plain[0][first])
        seconds.append(plain[1][second])
    everything = np.arange(len(right))
    for one, two in [(rich[0], everything), (plain[0], rich[1] if joined else everything)]:
        for first, second in _pairs(~left[one], ~right[two], lambda count: count == 0, check):
            firsts.append(one[first])
            seconds.append(two[second])
    return np.concatenate(firsts), np.concatenate(seconds)
