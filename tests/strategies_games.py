"""Shared Hypothesis strategies and named games for the tests of the normal form."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from negotiation.normal_form import NormalForm

TIES = st.integers(0, 2)
SMALL = st.integers(-9, 9)
MIXED_SIZES = st.one_of(
    st.integers(-(10**20), 10**20),
    st.fractions(min_value=-5, max_value=5, max_denominator=10**6),
    TIES,
)


@st.composite
def games(draw, entries=SMALL, players=2, low=1, high=3):
    """Draw a game with `entries` as payoffs and low to high strategies per player."""
    shape = tuple(draw(st.integers(low, high)) for _ in range(players))
    size = int(np.prod(shape))
    payoffs = []
    for _ in range(players):
        array = np.empty(size, dtype=object)
        array[:] = draw(st.lists(entries, min_size=size, max_size=size))
        payoffs.append(array.reshape(shape))
    return NormalForm.from_arrays(*payoffs)


@st.composite
def degenerate_games(draw, high=4):
    """Draw a two-player game with many ties, repeated rows or zero blocks."""
    game = draw(games(entries=TIES, low=2, high=high))
    A, B = (array.copy() for array in game.payoffs)
    kind = draw(st.sampled_from(["ties", "repeated row", "zero block", "constant"]))
    if kind == "repeated row":
        A[-1], B[-1] = A[0], B[0]
    elif kind == "zero block":
        A[1:, 1:] = B[1:, 1:] = Fraction(0)
    elif kind == "constant":
        A[:] = Fraction(1)
    return NormalForm.from_arrays(A, B)


@st.composite
def distributions(draw, size):
    """Draw a distribution with small denominators."""
    weights = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    if not any(weights):
        weights[0] = 1
    return tuple(Fraction(weight, sum(weights)) for weight in weights)


def dual_cyclic():
    """Return the 6 by 6 game on dual cyclic polytopes, with 75 equilibria (von Stengel, 1999)."""
    A = np.array(
        [
            [9504, -660, 19976, -20526, 1776, -8976],
            [-111771, 31680, -130944, 168124, -8514, 52764],
            [397584, -113850, 451176, -586476, 29216, -178761],
            [171204, -45936, 208626, -263076, 14124, -84436],
            [1303104, -453420, 1227336, -1718376, 72336, -461736],
            [737154, -227040, 774576, -1039236, 48081, -300036],
        ]
    )
    swap = [4, 5, 2, 3, 0, 1]
    return NormalForm.from_arrays(A, A[swap][:, swap].T)


def solve(rows, rights):
    """Return the unique exact solution of a square linear system, or None."""
    matrix = [
        [Fraction(v) for v in row] + [Fraction(b)] for row, b in zip(rows, rights, strict=True)
    ]
    size = len(matrix)
    for k in range(size):
        pivot = next((i for i in range(k, size) if matrix[i][k]), None)
        if pivot is None:
            return None
        matrix[k], matrix[pivot] = matrix[pivot], matrix[k]
        matrix[k] = [v / matrix[k][k] for v in matrix[k]]
        for i in range(size):
            if i != k and matrix[i][k]:
                factor = matrix[i][k]
                matrix[i] = [v - factor * w for v, w in zip(matrix[i], matrix[k], strict=True)]
    return tuple(row[-1] for row in matrix)


def earnings(game, player, other):
    """Return what each strategy of one of two players earns against a mixture, literally."""
    payoffs = game.payoffs[0] if player == 0 else game.payoffs[1].T
    return [sum((v * w for v, w in zip(row, other, strict=True)), Fraction(0)) for row in payoffs]


def literal_equilibrium(game, x, y):
    """Say whether (x, y) is an equilibrium: only best replies are played."""
    for player, (own, other) in enumerate([(x, y), (y, x)]):
        values = earnings(game, player, other)
        if any(weight and value < max(values) for weight, value in zip(own, values, strict=True)):
            return False
    return True


def vertices_by_bases(game, player):
    """Return the vertices of a player's best-reply polyhedron, trying every set of equalities."""
    size, replies = game.shape[player], game.shape[1 - player]
    payoffs = game.payoffs[1].T if player == 0 else game.payoffs[0]
    equalities = [[Fraction(int(i == k)) for k in range(size)] + [0] for i in range(size)]
    equalities += [[*row, Fraction(-1)] for row in payoffs]
    total = [1] * size + [0]
    found = set()
    for basis in itertools.combinations(equalities, size):
        point = solve([total, *basis], [1] + [0] * size)
        if point is None or min(point[:-1]) < 0:
            continue
        values = earnings(game, 1 - player, point[:-1])
        if len(values) == replies and max(values) <= point[-1]:
            found.add(point[:-1])
    return found


def extreme_by_bases(game):
    """Return all extreme equilibria by brute force: pairs of vertices that are equilibria."""
    xs, ys = vertices_by_bases(game, 0), vertices_by_bases(game, 1)
    return {(x, y) for x in xs for y in ys if literal_equilibrium(game, x, y)}


def by_supports(game):
    """Return the equilibria found by equal-size supports: all of a nondegenerate game."""
    m, n = game.shape
    A, B = game.payoffs
    found = set()
    for size in range(1, min(m, n) + 1):
        for rows in itertools.combinations(range(m), size):
            for columns in itertools.combinations(range(n), size):
                y = _indifferent([[A[i, j] for j in columns] for i in rows])
                x = _indifferent([[B[i, j] for i in rows] for j in columns])
                if x is None or y is None:
                    continue
                full_x, full_y = _spread(x, rows, m), _spread(y, columns, n)
                if literal_equilibrium(game, full_x, full_y):
                    found.add((full_x, full_y))
    return found


def _indifferent(matrix):
    """Return the positive mixture that makes all rows earn the same, if it is unique."""
    size = len(matrix)
    rows = [[1] * size + [0], *([*row, -1] for row in matrix)]
    point = solve(rows, [1] + [0] * size)
    return None if point is None or min(point[:-1]) <= 0 else point[:-1]


def _spread(weights, places, size):
    full = [Fraction(0)] * size
    for place, weight in zip(places, weights, strict=True):
        full[place] = weight
    return tuple(full)


def is_nondegenerate(game):
    """Say whether no vertex of either best-reply polyhedron has more labels than its simplex."""
    for player in (0, 1):
        for x in vertices_by_bases(game, player):
            values = earnings(game, 1 - player, x)
            if sum(v == max(values) for v in values) > sum(w > 0 for w in x):
                return False
    return True
