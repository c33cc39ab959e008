"""Bordered minors: all equilibria of small two-player games from the signs of determinants.

**Bordered minors.** Player 1 mixes over m strategies, the opponent has n replies and earns
C[i, j] from reply j against strategy i. For a set R of r strategies and a set T of r + 1 replies
let E(R, T) be the determinant of the rows R and columns T of C below a row of ones. Adding a
constant to C changes no E. By Cramer's rule, for S and T of equal size k:

- the weights on S that make all of T earn the same are, up to a common factor, the numbers
  (-1)^i E(S without its i-th member, T), i = 1..k;
- what T earns less what j earns is then, times the same factor, -(-1)^c E(S, T with j), where
  c counts the members of T below j.

So (S, T) is a basis of a vertex of the best-reply polyhedron exactly if all k weights have one
sign and the n - k slacks, times that sign, are not negative; T and every reply of slack zero
are the best replies. Where no slack of any vertex of either player is zero the game is
nondegenerate, and the equilibria are the (S, T) that are vertices for both players. Otherwise
the distinct vertices are listed with bitmasks of their labels and joined; two bases with the
same support and the same best replies are one vertex.

The minors are found by expansion along the last row, smallest first, with products and sums
only. What to compute depends on the numbers of strategies alone and is listed once per shape,
as a :class:`Program`. :func:`vertex_pairs` runs it for one game in Python's integers: for a few
strategies that takes less time than a few calls on arrays. For many games at once it is run by
:mod:`~negotiation.normal_form.batch_kernels`.

Sources: Mangasarian (1964) and von Stengel (2002) on vertices and labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import combinations
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Program",
    "Side",
    "Vertex",
    "has_small_program",
    "program",
    "vertex_of_basis",
    "vertex_pairs",
]

MAX_STRATEGIES = 62  # labels of one player fit a word
MAX_MINORS = 20_000
MAX_SMALL = 450  # minors of both players up to which one game is solved in Python's integers

Places = tuple[int, ...]


class Side(NamedTuple):
    """One player's part of a :class:`Program`.

    Minor e >= ``ones`` is the alternating sum of ``entry[k] * minor[child[k]]`` for k in
    ``start[e]:start[e + 1]``, the last term positive; the minors below are 1. In test p the
    first ``size[p]`` minors ``test[p]`` are weights, of the strategies ``place[p]``, and the
    others slacks, of the replies ``place[p]``; ``minus[p]`` says which change sign.
    """

    ones: int
    start: NDArray[np.int64]
    entry: NDArray[np.int64]
    child: NDArray[np.int64]
    test: NDArray[np.int64]
    minus: NDArray[np.bool_]
    place: NDArray[np.int64]
    rank: NDArray[np.int64]
    support: NDArray[np.uint64]
    replies: NDArray[np.uint64]


class Program(NamedTuple):
    """What to compute for games of one shape: the pairs of supports in their final order."""

    shape: tuple[int, int]
    size: NDArray[np.int64]
    sides: tuple[Side, Side]


def _minor_count(own: int, replies: int) -> int:
    return sum(
        math.comb(own, r) * math.comb(replies, r + 1) for r in range(min(own, replies - 1) + 1)
    )


@lru_cache(maxsize=16)
def program(m: int, n: int) -> Program | None:
    """Return the program for m by n games, or None if they are too large for it.

    Examples
    --------
    >>> len(program(3, 3).size), program(40, 40)
    (19, None)
    """
    too_many = max(_minor_count(m, n), _minor_count(n, m)) > MAX_MINORS
    if max(m, n) > MAX_STRATEGIES or too_many:
        return None
    pairs = [
        (S, T)
        for k in range(1, min(m, n) + 1)
        for S in combinations(range(m), k)
        for T in combinations(range(n), k)
    ]
    pairs.sort(key=lambda pair: (len(pair[0]) > 1, pair))
    return Program(
        (m, n),
        np.array([len(S) for S, _ in pairs]),
        (_side(m, n, pairs, (n, 1)), _side(n, m, [(T, S) for S, T in pairs], (1, n))),
    )


def _side(
    own: int,
    replies: int,
    pairs: list[tuple[Places, Places]],
    strides: tuple[int, int],
) -> Side:
    bits = [1 << i for i in range(max(own, replies))]
    # a minor's key: its rows as bits, and above them its columns
    index = {1 << (own + t): t for t in range(replies)}
    start, entry, child = [0] * (replies + 1), list[int](), list[int]()
    for r in range(1, min(own, replies - 1) + 1):
        for R in combinations(range(own), r):
            rows, rest = sum(bits[i] for i in R), sum(bits[i] for i in R[:-1])
            for T in combinations(range(replies), r + 1):
                columns = sum(bits[t] for t in T)
                index[rows | columns << own] = len(index)
                for t in T:
                    entry.append(R[-1] * strides[0] + t * strides[1])
                    child.append(index[rest | (columns ^ bits[t]) << own])
                start.append(len(entry))
    ranks = {S: k for k, S in enumerate(sorted({S for S, _ in pairs}))}
    tests = []
    for S, T in pairs:
        rows, columns = sum(bits[s] for s in S), sum(bits[t] for t in T)
        own_tests = [
            (index[rows ^ bits[s] | columns << own], i % 2 == 0, s) for i, s in enumerate(S)
        ]
        for j in range(replies):
            if not columns & bits[j]:
                odd = (columns & (bits[j] - 1)).bit_count() % 2
                own_tests.append((index[rows | (columns | bits[j]) << own], odd == 0, j))
        tests.append(own_tests)
    test, minus, place = np.moveaxis(np.array(tests), 2, 0)
    return Side(
        replies,
        np.array(start),
        np.array(entry, dtype=np.int64),
        np.array(child, dtype=np.int64),
        np.ascontiguousarray(test),
        minus.astype(np.bool_),
        np.ascontiguousarray(place),
        np.array([ranks[S] for S, _ in pairs]),
        np.array([sum(1 << s for s in S) for S, _ in pairs], dtype=np.uint64),
        np.array([sum(1 << t for t in T) for _, T in pairs], dtype=np.uint64),
    )


# -- one game in Python's integers -----------------------------------------------------


class Vertex(NamedTuple):
    """A vertex of a player's best-reply polyhedron."""

    weights: tuple[int, ...]
    """One per strategy, in the proportion of the probabilities."""
    reply: int
    """A best reply of the opponent."""
    simple: bool
    """Whether it has no more best replies than strategies used."""


class _Test(NamedTuple):
    """How to judge one basis from the list of all minors followed by their negatives."""

    numbers: Callable[[Sequence[int]], tuple[int, ...]]  # picks the weights, then the slacks
    used: Places
    others: Places  # the replies whose slacks these are
    support: int
    replies: int


class _Steps(NamedTuple):
    """One player's part of a program as tuples: what Python reads fastest."""

    ones: int
    orders: tuple[tuple[tuple[int, ...], ...], ...]  # by order of minors: entry, child, entry, ..
    tests: tuple[_Test, ...]


def has_small_program(m: int, n: int) -> bool:
    """Say whether :func:`vertex_pairs` takes on games of this shape.

    Examples
    --------
    >>> has_small_program(5, 5), has_small_program(6, 6)
    (True, False)
    """
    return _minor_count(m, n) + _minor_count(n, m) <= MAX_SMALL


@lru_cache(maxsize=64)
def _steps(m: int, n: int) -> tuple[_Steps, _Steps]:
    plan = program(m, n)
    assert plan is not None
    first, second = (_side_steps(side, plan.size.tolist()) for side in plan.sides)
    return first, second


def _side_steps(side: Side, sizes: list[int]) -> _Steps:
    start, entry, child = (array.tolist() for array in (side.start, side.entry, side.child))
    orders: dict[int, list[tuple[int, ...]]] = {}
    for e in range(side.ones, len(start) - 1):
        terms = range(start[e], start[e + 1])
        flat = tuple(v for k in terms for v in (entry[k], child[k]))
        orders.setdefault(len(terms), []).append(flat)
    count = len(start) - 1
    tests = []
    signed = (side.test + count * side.minus).tolist()
    masks = zip(side.support.tolist(), side.replies.tolist(), strict=True)
    for size, own, place, (support, replies) in zip(
        sizes, signed, side.place.tolist(), masks, strict=True
    ):
        places = (tuple(place[:size]), tuple(place[size:]))
        tests.append(_Test(_getter(own), *places, support, replies))
    return _Steps(side.ones, tuple(map(tuple, orders.values())), tuple(tests))


def _getter(places: Sequence[int]) -> Callable[[Sequence[int]], tuple[int, ...]]:
    """Return a function that picks these places, as a tuple however few they are."""
    if len(places) == 1:
        only = places[0]
        return lambda values: (values[only],)
    return itemgetter(*places)


def vertex_pairs(
    one: Sequence[int], two: Sequence[int], shape: tuple[int, int]
) -> tuple[list[Vertex], list[Vertex], list[tuple[int, int]]]:
    """Return all extreme equilibria of a small game as pairs of vertices.

    Parameters
    ----------
    one, two : sequences of int
        The payoffs of player 1 and of player 2, row by row.
    shape : pair of int
        The numbers of strategies; see :func:`has_small_program`.

    Returns
    -------
    first, second : list of Vertex
        Vertices of player 1's and of player 2's strategies.
    pairs : list of pair of int
        Which of them make an equilibrium, each pair once and in no particular order.

    Notes
    -----
    Takes time proportional to n times the number of pairs of supports of equal size, which is
    less than binomial(m + n, m), and to the number of pairs of vertices in degenerate games.

    Examples
    --------
    >>> first, second, pairs = vertex_pairs([2, 0, 0, 1], [1, 0, 0, 2], (2, 2))
    >>> [(first[i].weights, second[j].weights) for i, j in pairs]
    [((1, 0), (1, 0)), ((0, 1), (0, 1)), ((2, 1), (1, 2))]
    """
    m, n = shape
    of_rows, of_columns = _steps(m, n)
    left, right = _minors(of_rows, two), _minors(of_columns, one)
    xs, x_weak = _bases(of_rows, left)
    ys, y_weak = _bases(of_columns, right)
    if not x_weak and not y_weak:  # nondegenerate: the same pair of supports for both players
        both = sorted(xs.keys() & ys.keys())
        first = [_vertex(of_rows.tests[p], left, m, simple=True) for p in both]
        second = [_vertex(of_columns.tests[p], right, n, simple=True) for p in both]
        return first, second, [(k, k) for k in range(len(both))]
    rows, columns = (
        list(dict.fromkeys((steps.tests[p].support, best) for p, best in found.items()))
        for steps, found in ((of_rows, xs), (of_columns, ys))
    )
    pairs = [
        (i, j)
        for i, (support, best) in enumerate(rows)
        for j, (other_support, other_best) in enumerate(columns)
        if not (support & ~other_best or other_support & ~best)
    ]
    sides = []
    for k, (steps, minors, found, size) in enumerate(
        ((of_rows, left, xs, m), (of_columns, right, ys, n))
    ):
        bases = {(steps.tests[p].support, best): p for p, best in found.items()}
        keys = (rows, columns)[k]
        used = sorted({pair[k] for pair in pairs})
        rank = {old: new for new, old in enumerate(used)}
        sides.append(
            (
                rank,
                [
                    _vertex(
                        steps.tests[bases[keys[old]]],
                        minors,
                        size,
                        simple=keys[old][1] == steps.tests[bases[keys[old]]].replies,
                    )
                    for old in used
                ],
            )
        )
    (rank, first), (other_rank, second) = sides
    return first, second, [(rank[i], other_rank[j]) for i, j in pairs]


@lru_cache(maxsize=16)
def _lists(m: int, n: int) -> tuple[list[int], tuple[Side, Side]]:
    """Return a program with lists for arrays, which Python reads faster one by one."""
    plan = program(m, n)
    assert plan is not None
    first, second = (
        Side(side.ones, *(array.tolist() for array in side[1:])) for side in plan.sides
    )
    return plan.size.tolist(), (first, second)


def vertex_of_basis(
    payoffs: Sequence[int], shape: tuple[int, int], player: int, basis: int
) -> Vertex:
    """Return the vertex of one basis of a program, in Python's integers.

    Parameters
    ----------
    payoffs : sequence of int
        The payoffs of the other player, row by row.
    shape : pair of int
        The numbers of strategies.
    player, basis : int
        Whose vertex, 0 or 1, and the number of the pair of supports in the program.

    Examples
    --------
    >>> vertex_of_basis([1, 0, 0, 2], (2, 2), 0, 4).weights
    (2, 1)
    """
    sizes, sides = _lists(*shape)
    side, size = sides[player], sizes[basis]
    known: dict[int, int] = {}

    def minor(e: int) -> int:
        if e < side.ones:
            return 1
        if e not in known:
            value = 0
            for k in range(side.start[e], side.start[e + 1]):
                value = payoffs[side.entry[k]] * minor(side.child[k]) - value
            known[e] = value
        return known[e]

    weights = [0] * shape[player]
    for place, e in zip(side.place[basis][:size], side.test[basis][:size], strict=True):
        weights[place] = abs(minor(e))
    replies = int(side.replies[basis])
    return Vertex(tuple(weights), (replies & -replies).bit_length() - 1, simple=True)


def _minors(steps: _Steps, payoffs: Sequence[int]) -> list[int]:
    """Return all minors, and then the negatives of all."""
    c = payoffs
    minors = [1] * steps.ones
    for terms in steps.orders:
        length = len(terms[0])
        if length == 4:
            minors += [c[b] - c[a] for a, _, b, _ in terms]
        elif length == 6:
            minors += [
                c[a] * minors[x] - c[b] * minors[y] + c[d] * minors[z] for a, x, b, y, d, z in terms
            ]
        elif length == 8:
            minors += [
                c[b] * minors[y] - c[a] * minors[x] + c[f] * minors[w] - c[d] * minors[z]
                for a, x, b, y, d, z, f, w in terms
            ]
        else:
            for own in terms:
                value = 0
                for k in range(0, length, 2):
                    value = c[own[k]] * minors[own[k + 1]] - value
                minors.append(value)
    return minors + [-value for value in minors]


def _bases(steps: _Steps, minors: Sequence[int]) -> tuple[dict[int, int], bool]:
    """Return the best replies of every basis of a vertex, and whether some are too many."""
    found, weak = {}, False
    for p, test in enumerate(steps.tests):
        numbers = test.numbers(minors)
        least, largest = min(numbers), max(numbers)
        if least > 0 or largest < 0:
            found[p] = test.replies
        elif (least == 0 or largest == 0) and all(numbers[: len(test.used)]):
            weak = True
            ties = zip(test.others, numbers[len(test.used) :], strict=True)
            found[p] = test.replies | sum(1 << reply for reply, slack in ties if not slack)
    return found, weak


def _vertex(test: _Test, minors: Sequence[int], size: int, *, simple: bool) -> Vertex:
    weights = [0] * size
    for place, weight in zip(test.used, test.numbers(minors), strict=False):
        weights[place] = abs(weight)
    return Vertex(tuple(weights), (test.replies & -test.replies).bit_length() - 1, simple)
