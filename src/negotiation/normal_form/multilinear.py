"""All roots of a multilinear system on a product of simplices, with proofs.

Players q mix over m_q strategies with probabilities x_q in a simplex. A *row* is a tensor R
with one axis per mixing player and stands for the multilinear polynomial

    R(x) = sum over profiles t of R[t] * prod_q x_q[t_q].

The rows called *equations* must vanish, the others must not be positive; there are as many
equations as free probabilities, sum of (m_q - 1). Sought are the x inside the simplices.

Branch and prune
    A *cell* is a product of sub-simplices, given by its vertices. A multilinear polynomial
    restricted to it is again one, and its tensor holds its values at the vertex profiles, so
    that its range lies between the smallest and the largest entry, both attained. A cell is
    discarded if a row, or a combination Y of the equations, keeps one sign on it. With Y the
    inverse of the Jacobian at the centre, this discards all but the cells next to a root.
At most one root
    The derivative along an edge of the cell is a difference of two slices of the tensor, so its
    range is known too. If ``|I - Y J| < 1`` (row sums of largest entries) all over the cell
    enlarged by a quarter, the equations are injective there: a root known to lie in the
    enlarged cell is the only one the cell can hold.
Certificate
    A root is polished by Newton's method in integers over a power of two. Let b bound
    ``|Y f(x)|`` at the polished x and c the norm of ``I - Y J`` all over the box of radius r
    about it. If ``b + c r <= r`` and c < 1, the map ``x - Y f(x)`` contracts the box into
    itself: it holds exactly one root, within b / (1 - c) of x. This is evaluated exactly.
Ends
    Cells that become small without a decision, as at a multiple root or on a continuum of
    solutions, are handed back as undecided.

Rounding: tensors are scaled to entries within [-1, 1] and each halving averages two of them,
which adds at most half a unit in the last place; after a thousand halvings the errors are
below 2^-43. Every comparison allows for ``SLACK`` = 2^-40 times the sum of the multipliers.

Sources: Moore (1977) and Krawczyk (1969) on the certificate; Garloff and Smith (2001) on
ranges of polynomials by expansion over cells.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Region", "Root", "Solution", "solve_multilinear"]

SLACK = 2.0**-40
SHORTEST = 2.0**-12
"""Cells with no longer edge are handed back as undecided."""
COARSE = 2.0**-4
"""The same where an equation is void, so that no root can be certified."""
MANY = 64
"""So many undecided cells end the search of a system."""
CHUNK = 128
MARGIN = 0.25

Floats: TypeAlias = NDArray[np.float64]
Exact: TypeAlias = NDArray[Any]
Weights = tuple[tuple[Fraction, ...], ...]
Region = tuple[tuple[tuple[Fraction, Fraction], ...], ...]


@dataclass(frozen=True)
class Root:
    """A certified solution: the polished point, and what is proved about the true one.

    Attributes
    ----------
    point : tuple of tuple of Fraction
        Per mixing player the probabilities.
    error : Fraction
        Every probability of the true root is within this of the point; 0 if it is the root.
    radius : Fraction
        No other root of the equations has all probabilities but the first within this.
    strict : bool
        Whether every inequality holds strictly.
    """

    point: Weights
    error: Fraction
    radius: Fraction
    strict: bool


@dataclass(frozen=True)
class Solution:
    """The certified solutions, and the smallest box that may hold others, with the reason."""

    roots: tuple[Root, ...]
    region: Region | None
    reason: str
    cells: int


@dataclass(frozen=True)
class _Certified:
    weights: Weights
    error: Fraction
    radius: Fraction


class _System:
    """The rows as integers, and as floats scaled to [-1, 1]."""

    def __init__(self, rows: Exact, equations: int, bits: int) -> None:
        self.rows = rows.astype(object)
        self.equations = equations
        self.sizes = rows.shape[1:]
        self.bits = bits
        flat = np.abs(self.rows.reshape(len(rows), -1))
        self.norms = [int(row.max()) or 1 for row in flat]
        scaled = [
            [entry / norm for entry in row.tolist()]  # true division: correctly rounded
            for row, norm in zip(self.rows.reshape(len(rows), -1), self.norms, strict=True)
        ]
        self.tensors = np.array(scaled, dtype=float).reshape(rows.shape)

    def values(self, weights: Weights, which: slice) -> list[Fraction]:
        """Return the scaled values of rows at a point, exactly."""
        one = math.lcm(*(w.denominator for own in weights for w in own))
        tensor = self.rows[which]
        for own in reversed(weights):
            tensor = tensor @ np.array([int(w * one) for w in own], dtype=object)
        scale = one ** len(weights)
        return [
            Fraction(int(v), norm * scale)
            for v, norm in zip(tensor, self.norms[which], strict=True)
        ]

    def jacobian(self, weights: Weights) -> list[list[Fraction]]:
        """Return the derivatives of the scaled equations in all probabilities but the first."""
        one = math.lcm(*(w.denominator for own in weights for w in own))
        scale = one ** (len(weights) - 1)
        blocks = []
        for q in range(len(weights)):
            tensor = np.moveaxis(self.rows[: self.equations], q + 1, 1)
            others = [own for p, own in enumerate(weights) if p != q]
            for own in reversed(others):
                tensor = tensor @ np.array([int(w * one) for w in own], dtype=object)
            blocks.append(tensor[:, 1:] - tensor[:, :1])
        joined = np.concatenate(blocks, axis=1)
        return [
            [Fraction(int(v), norm * scale) for v in row]
            for row, norm in zip(joined, self.norms[: self.equations], strict=True)
        ]

    def moved(self, weights: Weights, step: Sequence[Fraction]) -> Weights:
        """Return the point less a step in all probabilities but the first of each player."""
        steps = iter(step)
        moved = []
        for own in weights:
            rest = [w - next(steps) for w in own[1:]]
            moved.append((1 - sum(rest, Fraction(0)), *rest))
        return tuple(moved)

    def rounded(self, weights: Weights, bits: int) -> Weights:
        """Return the point on the grid of multiples of one over a power of two."""
        one = 1 << bits
        grid = []
        for own in weights:
            rest = [Fraction(round(w * one), one) for w in own[1:]]
            grid.append((1 - sum(rest, Fraction(0)), *rest))
        return tuple(grid)

    def polished(self, start: Weights) -> tuple[Weights, list[list[Fraction]]] | None:
        """Return a point that Newton's method no longer moves, and an approximate inverse."""
        point = self.rounded(start, self.bits)
        equations = slice(0, self.equations)
        last = Fraction(2)
        inverse: list[list[Fraction]] = []
        for k in range(12 + self.bits // 20):
            if k < 6:
                floats = np.array([[float(v) for v in row] for row in self.jacobian(point)])
                try:
                    inverse = [[Fraction(v) for v in row] for row in np.linalg.inv(floats).tolist()]
                except (np.linalg.LinAlgError, ValueError, OverflowError):
                    return None
            step = _times(inverse, self.values(point, equations))
            size = max(map(abs, step))
            if size > 4:
                return None
            moved = self.rounded(self.moved(point, step), self.bits)
            if k > 6 and size >= last / 2:
                break
            point, last = moved, size
        return (point, inverse) if last < Fraction(1, 1 << 20) else None

    def spread(self, weights: Weights, radius: Fraction, skip: int = -1) -> Fraction:
        """Bound the change of a multilinear polynomial with entries in [-1, 1] over a box.

        ``prod (|x_q| + |h_q|) - prod |x_q|`` in sums of absolute values, over all q but one;
        a change of at most the radius in every probability but the first moves a player's
        weights by at most twice its number of these times the radius.
        """
        near, far = Fraction(1), Fraction(1)
        for q, own in enumerate(weights):
            if q != skip:
                size = sum(map(abs, own), Fraction(0))
                near *= size
                far *= size + 2 * (len(own) - 1) * radius
        return far - near

    def certified(self, start: Weights) -> _Certified | None:
        """Polish a root, prove that it exists, and find the box in which it is unique."""
        found = self.polished(start)
        if found is None:
            return None
        point, inverse = found
        equations = slice(0, self.equations)
        product = [_times(inverse, column) for column in zip(*self.jacobian(point), strict=True)]
        defect = max(
            sum(abs(product[b][a] - (a == b)) for b in range(self.equations))
            for a in range(self.equations)
        )
        norm = max(sum(map(abs, row)) for row in inverse)
        step = max(map(abs, _times(inverse, self.values(point, equations))))
        for k in range(2, 60):
            radius = Fraction(1, 1 << k)
            change = sum(
                (len(own) - 1) * self.spread(point, radius, q) for q, own in enumerate(point)
            )
            contraction = defect + 2 * norm * change
            if contraction <= Fraction(1, 2):
                break
        else:
            return None
        error = step / (1 - contraction)
        if error > min(radius, Fraction(1, 1 << 64)):
            return None
        for guess in self._guesses(point):
            if max(abs(v - w) for v, w in _pairs(guess, point)) <= radius and not any(
                self.values(guess, equations)
            ):
                return _Certified(guess, Fraction(0), radius - error)
        return _Certified(point, error, radius)

    def _guesses(self, point: Weights) -> list[Weights]:
        """Return rational points that may be the root: simple fractions; a full Newton step."""
        simple: list[Weights] = [
            tuple(
                (1 - sum(rest, Fraction(0)), *rest)
                for rest in (
                    [w.limit_denominator(1 << (self.bits // 3)) for w in own[1:]] for own in point
                )
            )
        ]
        if len(point) == 2:  # in a game linear in either: one step from anywhere is the root
            step = solve_exactly(self.jacobian(point), self.values(point, slice(0, self.equations)))
            return simple if step is None else [self.moved(point, step), *simple]
        return simple

    def judged(self, root: _Certified) -> tuple[str, bool]:
        """Say whether a root solves the system: yes, no or open; and whether strictly."""
        reach = max(self.sizes) * root.error
        least = min(itertools.chain(*root.weights))
        if least + reach <= 0:
            return "no", False  # outside; or on the border, where it has smaller supports
        rest = slice(self.equations, None)
        change = self.spread(root.weights, root.error)
        strict, open_ = True, least - reach <= 0
        for k, value in enumerate(self.values(root.weights, rest), start=self.equations):
            if value > change:
                return "no", False
            if value < -change:
                continue
            strict = False
            open_ |= root.error > 0 and bool(np.any(self.rows[k]))
        return ("open" if open_ else "yes"), strict


def _times(matrix: Sequence[Sequence[Fraction]], vector: Sequence[Fraction]) -> list[Fraction]:
    return [sum((a * b for a, b in zip(row, vector, strict=True)), Fraction(0)) for row in matrix]


def _pairs(one: Weights, other: Weights) -> list[tuple[Fraction, Fraction]]:
    """Return the pairs of all probabilities but each player's first."""
    return [
        pair
        for own, its in zip(one, other, strict=True)
        for pair in zip(own[1:], its[1:], strict=True)
    ]


def solve_exactly(
    matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction]
) -> list[Fraction] | None:
    """Return the solution of a square linear system, or None if it is singular."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for k in range(size):
        pivot = next((i for i in range(k, size) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for i in range(size):
            if i != k and rows[i][k]:
                factor = rows[i][k]
                rows[i] = [v - factor * w for v, w in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]


@dataclass
class _Cells:
    """A stack of cells: their tensors, and per player the vertices of their simplices."""

    tensors: Floats
    vertices: list[Floats]

    def __len__(self) -> int:
        return len(self.tensors)

    def kept(self, which: Any) -> _Cells:
        return _Cells(self.tensors[which], [v[which] for v in self.vertices])


def solve_multilinear(rows: Exact, equations: int, *, bits: int, budget: int) -> Solution:
    """Return all solutions inside the simplices, certified, and what is left undecided.

    Parameters
    ----------
    rows : numpy.ndarray, shape (k, m_1, ..., m_n)
        Integers of any size.
    equations : int
        The first so many rows must vanish, the others must not be positive.
    bits : int
        Roots are polished on multiples of 2 to the power of minus this.
    budget : int
        Largest number of cells looked at.

    Returns
    -------
    Solution

    Examples
    --------
    >>> game = np.array([[[2, -1], [2, -1]], [[3, 3], [-4, -4]]])
    >>> solve_multilinear(game, 2, bits=200, budget=1000).roots[0].point
    ((Fraction(4, 7), Fraction(3, 7)), (Fraction(1, 3), Fraction(2, 3)))
    """
    system = _System(rows, equations, bits)
    start = _Cells(system.tensors[None], [np.eye(m)[None] for m in system.sizes])
    stack = [start]
    known: list[_Certified] = []
    doubtful: list[Region] = []
    shortest = SHORTEST if all(map(np.any, system.rows[:equations])) else COARSE
    seen = count = 0
    reason = ""
    while stack:
        cells = stack.pop()
        seen += len(cells)
        if seen > budget:
            stack.append(cells)
            reason = "the search was stopped"
            break
        cells, inverses = _pruned(cells, equations)
        if not len(cells):
            continue
        full = _all_solve(system, cells)
        if full.any():
            doubtful.append(_box(cells.kept(full)))
            reason = "there is a continuum of solutions"
            cells, inverses = cells.kept(~full), inverses[~full]
        if not len(cells):
            continue
        alone = _injective(cells, equations, inverses)
        for k in np.flatnonzero(alone):
            alone[k] = _holds_known(system, cells, int(k), known)
        cells = cells.kept(~alone)
        lengths = _edges(cells)
        small = lengths.max(axis=1) <= shortest
        if small.any():
            doubtful.append(_box(cells.kept(small)))
            count += int(small.sum())
            reason = reason or "solutions form a continuum, coincide or nearly do"
            if count > MANY:
                stack.append(cells.kept(~small))
                break
            cells, lengths = cells.kept(~small), lengths[~small]
        stack += _split(cells, lengths)
    roots = []
    for root in known:
        verdict, strict = system.judged(root)
        if verdict == "yes":
            error = root.error * (max(system.sizes) - 1)
            roots.append(Root(root.weights, error, root.radius, strict))
        elif verdict == "open":
            around = max(system.sizes) * root.error
            doubtful.append(
                tuple(tuple((w - around, w + around) for w in own) for own in root.weights)
            )
            reason = reason or "a solution lies on the border of being one, or nearly does"
    doubtful += [_box(cells) for cells in stack if len(cells)]
    return Solution(tuple(roots), _hull(doubtful), reason, seen)


def _pruned(cells: _Cells, equations: int) -> tuple[_Cells, Floats]:
    """Drop cells on which a row or a combination of equations keeps one sign."""
    count, axes = len(cells), tuple(range(2, cells.tensors.ndim))
    low, high = cells.tensors.min(axis=axes), cells.tensors.max(axis=axes)
    gone = (low > SLACK).any(axis=1) | (high[:, :equations] < -SLACK).any(axis=1)
    cells = cells.kept(~gone)
    count = len(cells)
    if not count:
        return cells, np.zeros((0, equations, equations))
    f = cells.tensors[:, :equations]
    blocks = []
    for q in range(len(cells.vertices)):
        others = tuple(a for a in axes if a != q + 2)
        means = f.mean(axis=others)
        blocks.append(means[..., 1:] - means[..., :1])
    jacobians = np.concatenate(blocks, axis=2)
    # a little noise makes singular matrices invertible, with the null direction in all rows
    noise = np.random.default_rng(7).uniform(-1, 1, (equations, equations))
    size = np.abs(jacobians).max(axis=(1, 2), keepdims=True)
    inverses = np.linalg.inv(jacobians + (1e-9 * size + 1e-30) * noise)
    combined = inverses @ f.reshape(count, equations, -1)
    allowance = SLACK * np.abs(inverses).sum(axis=2)
    gone = ((combined.min(axis=2) > allowance) | (combined.max(axis=2) < -allowance)).any(axis=1)
    return cells.kept(~gone), inverses[~gone]


def _all_solve(system: _System, cells: _Cells) -> NDArray[np.bool_]:
    """Say of which cells every point is a solution: void equations, inequalities that hold."""
    void = np.array([not np.any(row) for row in system.rows], dtype=bool)
    if not void[: system.equations].all():
        return np.zeros(len(cells), dtype=bool)
    highest = cells.tensors.reshape(*cells.tensors.shape[:2], -1).max(axis=2)
    solved: NDArray[np.bool_] = (void | (highest < -SLACK)).all(axis=1)
    return solved


def _injective(cells: _Cells, equations: int, inverses: Floats) -> NDArray[np.bool_]:
    """Say on which cells, enlarged, the equations are proved to be injective."""
    f = cells.tensors[:, :equations]
    players = len(cells.vertices)
    for axis in range(2, 2 + players):
        f = (1 + MARGIN) * f - MARGIN * f.mean(axis=axis, keepdims=True)
    shape = f.shape
    # three axes at least of size two each grow values by no more than (1 + 2 * MARGIN) each
    growth = (1 + 2 * MARGIN) ** players
    combined = (inverses @ f.reshape(len(f), equations, -1)).reshape(shape) / (1 + MARGIN)
    total = np.zeros(shape[:2])
    column = 0
    for q in range(players):
        slices = np.moveaxis(combined, q + 2, 2)
        for i in range(1, slices.shape[2]):
            change = (slices[:, :, i] - slices[:, :, 0]).reshape(*shape[:2], -1)
            change[:, column] -= 1
            total += np.abs(change).max(axis=2)
            column += 1
    allowance = 4 * growth * column * SLACK * np.abs(inverses).sum(axis=2)
    injective: NDArray[np.bool_] = (total + allowance < 1).all(axis=1)
    return injective


def _holds_known(system: _System, cells: _Cells, k: int, known: list[_Certified]) -> bool:
    """Say whether a certified root lies in the enlarged cell, looking for one if need be."""
    corners = [[[Fraction(v) for v in row] for row in own[k].tolist()] for own in cells.vertices]
    if any(_inside(root, corners) for root in known):
        return True
    centre = tuple(
        tuple(sum(column, Fraction(0)) / len(own) for column in zip(*own, strict=True))
        for own in corners
    )
    root = system.certified(centre)
    if root is None:
        return False
    for other in known:
        distance = max(abs(v - w) for v, w in _pairs(root.weights, other.weights))
        if distance + root.error <= other.radius:
            break
    else:
        known.append(root)
    return _inside(root, corners)


def _inside(root: _Certified, corners: list[list[list[Fraction]]]) -> bool:
    """Say whether the true root lies in the enlarged cell, whose barycentric weights may dip."""
    tiny = Fraction(1, 1 << 20)
    if root.error > tiny**3:
        return False
    for own, place in zip(corners, root.weights, strict=True):
        matrix = list(zip(*own, strict=True))
        bary = solve_exactly(matrix, place)
        if bary is None or min(bary) < tiny - Fraction(MARGIN) / len(own):
            return False
    return True


def _edges(cells: _Cells) -> Floats:
    """Return the length of every edge of every cell, players and pairs in order."""
    blocks = []
    for own in cells.vertices:
        i, j = np.triu_indices(own.shape[1], 1)
        blocks.append(np.abs(own[:, i] - own[:, j]).max(axis=2))
    return np.concatenate(blocks, axis=1)


def _split(cells: _Cells, lengths: Floats) -> list[_Cells]:
    """Halve every cell across its longest edge."""
    if not len(cells):
        return []
    longest = lengths.argmax(axis=1)
    places = [
        (q, i, j)
        for q, own in enumerate(cells.vertices)
        for i, j in itertools.combinations(range(own.shape[1]), 2)
    ]
    halves = []
    for edge in np.unique(longest):
        q, i, j = places[edge]
        part = cells.kept(longest == edge)
        for moving, fixed in ((i, j), (j, i)):
            tensors = np.moveaxis(part.tensors.copy(), q + 2, 0)
            tensors[moving] = (tensors[moving] + tensors[fixed]) / 2
            vertices = list(part.vertices)
            vertices[q] = vertices[q].copy()
            vertices[q][:, moving] = (vertices[q][:, moving] + vertices[q][:, fixed]) / 2
            halves.append(_Cells(np.moveaxis(tensors, 0, q + 2), vertices))
    joined = _Cells(
        np.concatenate([half.tensors for half in halves]),
        [np.concatenate(own) for own in zip(*(half.vertices for half in halves), strict=True)],
    )
    return [joined.kept(slice(k, k + CHUNK)) for k in range(0, len(joined), CHUNK)]


def _box(cells: _Cells) -> Region:
    """Return the range of every probability over some cells."""
    return tuple(
        tuple(
            (Fraction(low), Fraction(high))
            for low, high in zip(
                own.min(axis=(0, 1)).tolist(), own.max(axis=(0, 1)).tolist(), strict=True
            )
        )
        for own in cells.vertices
    )


def _hull(boxes: Sequence[Region]) -> Region | None:
    """Return the smallest box around some boxes."""
    if not boxes:
        return None
    return tuple(
        tuple(
            (min(low for low, _ in ranges), max(high for _, high in ranges))
            for ranges in zip(*player, strict=True)
        )
        for player in zip(*boxes, strict=True)
    )
