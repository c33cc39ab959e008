"""All roots of multilinear systems on products of simplices, with proofs.

Players q mix over m_q strategies with probabilities x_q in a simplex. A *row* is a tensor R
with one axis per mixing player and stands for the multilinear polynomial

    R(x) = sum over profiles t of R[t] * prod_q x_q[t_q].

The rows called *equations* must vanish, the others must not be positive. Sought are the x
inside the simplices. Roots are found where there are as many equations as free probabilities,
sum of (m_q - 1); with more or fewer, cells are only discarded.

Branch and prune
    A *cell* is a product of sub-simplices, given by its vertices. A multilinear polynomial
    restricted to it is again one, and its tensor holds its values at the vertex profiles, so
    that its range lies between the smallest and the largest entry, both attained. A cell is
    discarded if a row, or a combination Y of the equations, keeps one sign on it. With Y the
    inverse of the Jacobian at the centre, this discards all but the cells next to a root.
    Cells of all systems of one shape are looked at together.
At most one root
    The derivative along an edge of the cell is a difference of two slices of the tensor, so its
    range is known too. If ``|I - Y J| < 1`` (row sums of largest entries) all over the cell
    enlarged by a quarter, the equations are injective there: a root known to lie in the
    enlarged cell is the only one the cell can hold.
Certificate
    Newton's method in floating point finds a point x next to the root. Let b bound ``|Y f(x)|``
    and c the norm of ``I - Y J`` all over the box of radius r about x. If ``b + c r <= r`` and
    c < 1, the map ``x - Y f(x)`` contracts the box into itself: it holds exactly one root, within
    b / (1 - c) of x. This is evaluated exactly. A root that may be a solution is then polished in
    integers over a power of two, and certified again.
Ends
    Cells that become small without a decision, as at a multiple root or on a continuum of
    solutions, are handed back as undecided.

Rounding: tensors are scaled to entries within [-1, 1] and each halving averages two of them,
which adds at most half a unit in the last place; after a thousand halvings the errors are
below 2^-43. Every comparison allows for ``SLACK`` = 2^-40 times the sum of the multipliers.
Bounds made of sums and products of positive floats allow for ``CARE``, a relative error far
above theirs.

Sources: Moore (1977) and Krawczyk (1969) on the certificate; Garloff and Smith (2001) on
ranges of polynomials by expansion over cells.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Region",
    "Root",
    "Solution",
    "hull",
    "root_near",
    "solve_all_multilinear",
    "solve_multilinear",
]

SLACK = 2.0**-40
SHORTEST = 2.0**-12
"""Cells with no longer edge are handed back as undecided."""
COARSE = 2.0**-4
"""The same where an equation is void, so that no root can be certified."""
MANY = 64
"""So many undecided cells end the search of a system."""
CHUNK = 512
MARGIN = 0.25
CARE = 1 + 2.0**-30
QUICK = 52
"""Bits of the grid on which roots are first certified."""
SIMPLE = 1 << 17
"""Denominators up to this are recognised there."""
NEWTON_STEPS = 10
FAR = 4.0
"""No weight of a point next to a simplex is as large."""
POLISHING_STEPS = 60

Floats: TypeAlias = NDArray[np.float64]
Exact: TypeAlias = NDArray[Any]
Weights = tuple[tuple[Fraction, ...], ...]
Region = tuple[tuple[tuple[Fraction, Fraction], ...], ...]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


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
    """The rows as integers, and as floats scaled to [-1, 1], and what is known of the roots."""

    def __init__(self, rows: Exact, equations: int) -> None:
        self.rows = rows.astype(object)
        self.equations = equations
        self.sizes = rows.shape[1:]
        flat = self.rows.reshape(len(rows), -1).tolist()
        self.norms = [max(map(abs, row)) or 1 for row in flat]
        self.void = np.array([not any(row) for row in flat], dtype=bool)
        scaled = [
            [entry / norm for entry in row]  # true division: correctly rounded
            for row, norm in zip(flat, self.norms, strict=True)
        ]
        self.tensors = np.array(scaled, dtype=float).reshape(rows.shape)
        self.known: list[_Certified] = []
        self.doubtful: list[Region] = []
        self.reason = ""
        self.seen = self.small = 0
        self.closed = False

    @property
    def square(self) -> bool:
        """Whether there are as many equations as free probabilities."""
        return self.equations == sum(self.sizes) - len(self.sizes)

    @property
    def shortest(self) -> float:
        """The length of edges below which cells are left undecided."""
        return COARSE if not self.square or self.void[: self.equations].any() else SHORTEST

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

    def gaps(self, point: Sequence[Exact]) -> Exact:
        """Return the values of the equations, as they are, for integer weights."""
        tensor: Exact = self.rows[: self.equations]
        for own in reversed(point):
            tensor = tensor @ own
        return tensor

    def slopes(self, point: Sequence[Exact]) -> Exact:
        """Return their derivatives in all weights but each player's first."""
        blocks = []
        for q in range(len(point)):
            tensor = np.moveaxis(self.rows[: self.equations], q + 1, 1)
            for own in reversed([own for p, own in enumerate(point) if p != q]):
                tensor = tensor @ own
            blocks.append(tensor[:, 1:] - tensor[:, :1])
        joined: Exact = np.concatenate(blocks, axis=1)
        return joined

    def inverse(self, slopes: Exact, one: int) -> tuple[Exact, int] | None:
        """Return an approximate inverse of the derivatives as integers over a denominator."""
        scale = one ** (len(self.sizes) - 1)
        floats = np.array(
            [
                [entry / (norm * scale) for entry in row]
                for row, norm in zip(slopes.tolist(), self.norms, strict=False)
            ]
        )
        try:
            inverted = np.linalg.inv(floats)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(inverted).all() or np.abs(inverted).max() > 2.0**QUICK:
            return None
        shift = 64 + max(norm.bit_length() for norm in self.norms[: self.equations])
        rows = [
            [
                (round(value * 2.0**64) << (shift - 64)) // norm
                for value, norm in zip(row, self.norms, strict=False)
            ]
            for row in inverted.tolist()
        ]
        return np.array(rows, dtype=object), 1 << shift

    def certified(self, start: Sequence[Floats]) -> _Certified | None:
        """Prove that there is a root next to a point, and find the box in which it is unique."""
        one = 1 << QUICK
        point = _on_grid([own.tolist() for own in start], one)
        slopes = self.slopes(point)
        inverse = self.inverse(slopes, one)
        if inverse is None:
            return None
        found = self._proved(point, one, slopes, inverse)
        if found is None or found.error > Fraction(1, 1 << 40):  # nearly singular: more digits
            weights = tuple(tuple(Fraction(int(w), one) for w in own) for own in point)
            return self.polished(_Certified(weights, Fraction(1), Fraction(0)), 2 * QUICK)
        return self._recognised(found, SIMPLE) or found

    def polished(self, root: _Certified, bits: int) -> _Certified | None:
        """Return a root with its point on a finer grid, or the root itself if it is rational."""
        if root.error == 0:
            return root
        one = 1 << bits
        point = _on_grid(root.weights, one)
        inverse = self.inverse(self.slopes(point), one)
        if inverse is None:
            return None
        last = one
        for _ in range(POLISHING_STEPS):
            step = _rounded(inverse[0] @ self.gaps(point), inverse[1] * one ** (len(point) - 1))
            size = max(map(abs, step.tolist()))
            if size > 1 and size >= last:
                return None  # not drawn to a root
            point, last = _moved(point, step, one), size
            if size <= 1:
                break
        found = self._proved(point, one, self.slopes(point), inverse)
        if found is None or found.error > Fraction(1, 1 << 64):
            return None
        if len(point) == 2:  # if no row has a product, one step from anywhere is the root
            exact = self._step(found.weights)
            if exact is not None and self._is_root(exact, found):
                return _Certified(exact, Fraction(0), found.radius - found.error)
        return self._recognised(found, 1 << (bits // 3)) or found

    def _proved(
        self, point: Sequence[Exact], one: int, slopes: Exact, inverse: tuple[Exact, int]
    ) -> _Certified | None:
        """Evaluate the certificate at a point of the grid, exactly."""
        matrix, over = inverse
        size, players = self.equations, len(point)
        scale = over * one ** (players - 1)
        product = matrix @ slopes
        product[np.arange(size), np.arange(size)] -= scale
        defect = _up(Fraction(int(abs(product).sum(axis=1).max()), scale))
        norms = np.array(self.norms[:size], dtype=object)
        norm = _up(Fraction(int((abs(matrix) @ norms).max()), over))
        step = Fraction(int(abs(matrix @ self.gaps(point)).max()), scale * one)
        lengths = [_up(Fraction(int(abs(own).sum()), one)) for own in point]
        for k in range(2, 60):
            radius = 2.0**-k
            change = sum(
                (own - 1) * _spread(lengths, self.sizes, radius, q)
                for q, own in enumerate(self.sizes)
            )
            if CARE * (defect + 2 * norm * change) <= 0.5:
                break
        else:
            return None
        error = 2 * step  # the norm is at most one half
        if error > Fraction(radius):
            return None
        weights = tuple(tuple(Fraction(int(w), one) for w in own) for own in point)
        return _Certified(weights, error, Fraction(radius))

    def _recognised(self, root: _Certified, largest: int) -> _Certified | None:
        """Return the root as simple fractions, if it is."""
        guess = []
        for own in root.weights:
            rest = [w.limit_denominator(largest) for w in own[1:]]
            guess.append((1 - sum(rest, Fraction(0)), *rest))
        if not self._is_root(tuple(guess), root):
            return None
        return _Certified(tuple(guess), Fraction(0), root.radius - root.error)

    def _is_root(self, weights: Weights, root: _Certified) -> bool:
        """Say whether a point is the one root in the box around a certified one."""
        if _distance(weights, root.weights) > root.radius:
            return False
        return not any(self.values(weights, slice(0, self.equations)))

    def _step(self, weights: Weights) -> Weights | None:
        """Return the point to which one exact step of Newton's method leads."""
        one = math.lcm(*(w.denominator for own in weights for w in own))
        point = _on_grid(weights, one)
        scale = one ** (len(point) - 1)
        slopes = [[Fraction(int(v), scale) for v in row] for row in self.slopes(point)]
        gaps = [Fraction(int(v), scale * one) for v in self.gaps(point)]
        step = solve_exactly(slopes, gaps)
        if step is None:
            return None
        steps = iter(step)
        moved = []
        for own in weights:
            rest = [w - next(steps) for w in own[1:]]
            moved.append((1 - sum(rest, Fraction(0)), *rest))
        return tuple(moved)

    def judged(self, root: _Certified) -> tuple[str, bool]:
        """Say whether a root solves the system: yes, no or open; and whether strictly."""
        reach = max(self.sizes) * root.error
        least = min(itertools.chain(*root.weights))
        if least + reach <= 0:
            return "no", False  # outside; or on the border, where it has smaller supports
        rest = slice(self.equations, None)
        lengths = [_up(sum(map(abs, own), Fraction(0))) for own in root.weights]
        change = Fraction(CARE * _spread(lengths, self.sizes, _up(root.error)))
        strict, open_ = True, least - reach <= 0
        for k, value in enumerate(self.values(root.weights, rest), start=self.equations):
            if value > change:
                return "no", False
            if value < -change:
                continue
            strict = False
            open_ |= root.error > 0 and not self.void[k]
        return ("open" if open_ else "yes"), strict

    def doubt(self, cells: _Cells, reason: str) -> None:
        """Leave cells undecided."""
        if len(cells):
            self.doubtful.append(_box(cells))
            self.reason = self.reason or reason

    def solution(self, bits: int) -> Solution:
        """Judge the roots that were found, after polishing them where that matters."""
        roots = []
        for quick in self.known:
            root, (verdict, strict) = quick, self.judged(quick)
            if verdict != "no":
                finer = self.polished(quick, bits)
                if finer is None:
                    verdict = "open"
                else:
                    root, (verdict, strict) = finer, self.judged(finer)
            if verdict == "yes":
                error = root.error * (max(self.sizes) - 1)
                roots.append(Root(root.weights, error, root.radius, strict))
            elif verdict == "open":
                around = max(self.sizes) * root.error
                self.doubtful.append(
                    tuple(tuple((w - around, w + around) for w in own) for own in root.weights)
                )
                self.reason = (
                    self.reason or "a solution lies on the border of being one, or nearly does"
                )
        return Solution(
            tuple(roots), hull(self.doubtful) if self.doubtful else None, self.reason, self.seen
        )


def _up(value: Fraction) -> float:
    """Return a float that is not less."""
    return float(value) * CARE + 2.0**-1000


def _spread(lengths: Sequence[float], sizes: Sequence[int], radius: float, skip: int = -1) -> float:
    """Bound the change of a multilinear polynomial with entries in [-1, 1] over a box.

    ``prod (|x_q| + |h_q|) - prod |x_q|`` in sums of absolute values, over all q but one;
    a change of at most the radius in every probability but the first moves a player's
    weights by at most twice its number of these times the radius.
    """
    near, change = 1.0, 0.0
    for q, (length, size) in enumerate(zip(lengths, sizes, strict=True)):
        if q != skip:
            step = 2 * (size - 1) * radius
            change = change * (length + step) + near * step
            near *= length
    return change


def _on_grid(weights: Sequence[Sequence[Any]], one: int) -> list[Exact]:
    """Return distributions as integers that add up to `one`."""
    grid = []
    for own in weights:
        rest = [round(Fraction(w) * one) for w in own[1:]]
        grid.append(np.array([one - sum(rest), *rest], dtype=object))
    return grid


def _rounded(values: Exact, scale: int) -> Exact:
    rounded: Exact = (2 * values + scale) // (2 * scale)
    return rounded


def _moved(point: Sequence[Exact], step: Exact, one: int) -> list[Exact]:
    """Return a point of the grid less a step in all weights but each player's first."""
    moved, start = [], 0
    for own in point:
        rest = own[1:] - step[start : start + len(own) - 1]
        start += len(own) - 1
        moved.append(np.array([one - sum(rest), *rest], dtype=object))
    return moved


def _distance(one: Weights, other: Weights) -> Fraction:
    """Return the largest difference of probabilities, each player's first left aside."""
    return max(
        abs(v - w)
        for own, its in zip(one, other, strict=True)
        for v, w in zip(own[1:], its[1:], strict=True)
    )


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
    """A stack of cells: tensors, per player the vertices of their simplices, and whose they are."""

    tensors: Floats
    vertices: list[Floats]
    owners: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.tensors)

    def kept(self, which: Any) -> _Cells:
        return _Cells(self.tensors[which], [v[which] for v in self.vertices], self.owners[which])

    def by_owner(self) -> list[tuple[int, _Cells]]:
        return [(int(k), self.kept(self.owners == k)) for k in np.unique(self.owners)]


def _joined(parts: Sequence[_Cells]) -> _Cells:
    if len(parts) == 1:
        return parts[0]
    return _Cells(
        np.concatenate([part.tensors for part in parts]),
        [np.concatenate(own) for own in zip(*(part.vertices for part in parts), strict=True)],
        np.concatenate([part.owners for part in parts]),
    )


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
    return solve_all_multilinear([rows], equations, bits=bits, budget=budget)[0]


def solve_all_multilinear(
    rows: Sequence[Exact],
    equations: int,
    *,
    bits: int,
    budget: int,
    stop: Callable[[int], bool] = lambda _: False,
) -> list[Solution]:
    """Solve systems of one shape together; see :func:`solve_multilinear`.

    ``budget`` is for each system. ``stop`` is asked with the number of cells looked at since it
    was asked last; where it says yes, what is left is undecided.
    """
    systems = [_System(own, equations) for own in rows]
    tensors = np.array([system.tensors for system in systems])
    every = len(systems)
    stack = [
        _Cells(
            tensors[k : k + CHUNK],
            [np.repeat(np.eye(m)[None], min(CHUNK, every - k), axis=0) for m in tensors.shape[2:]],
            np.arange(k, min(every, k + CHUNK)),
        )
        for k in range(0, every, CHUNK)
    ]
    square = systems[0].square
    void = np.array([system.void for system in systems])
    pairs = [np.triu_indices(m, 1) for m in tensors.shape[2:]]
    shortest = np.array([system.shortest for system in systems])
    while stack:
        parts = [stack.pop()]
        while stack and len(stack[-1]) + sum(map(len, parts)) <= CHUNK:
            parts.append(stack.pop())
        cells = _joined(parts)
        # leave aside what has used up its budget
        halted = stop(len(cells))
        counts = np.bincount(cells.owners, minlength=every)
        for k in np.flatnonzero(counts).tolist():
            systems[k].seen += int(counts[k])
            systems[k].closed |= halted or systems[k].seen > budget
        closed = np.array([system.closed for system in systems])[cells.owners]
        if closed.any():
            for k, own in cells.kept(closed).by_owner():
                systems[k].doubt(own, "the search was stopped")
            cells = cells.kept(~closed)
            if not len(cells):
                continue
        cells, inverses = _pruned(cells, equations, square=square)
        if not len(cells):
            continue
        # cells in which every point is a solution
        full = _all_solve(cells, void[cells.owners], equations)
        if full.any():
            for k, own in cells.kept(full).by_owner():
                systems[k].doubt(own, "there is a continuum of solutions")
            cells, inverses = cells.kept(~full), inverses[~full]
            if not len(cells):
                continue
        # cells with one root at most, if that root is known
        if square:
            alone = _injective(cells, equations, inverses)
            alone[alone] = _hold_known(systems, cells.kept(alone))
            cells = cells.kept(~alone)
        lengths = _edges(cells, pairs)
        small = lengths.max(axis=1, initial=0) <= shortest[cells.owners]
        if small.any():
            for k, own in cells.kept(small).by_owner():
                systems[k].doubt(own, "solutions form a continuum, coincide or nearly do")
                systems[k].small += len(own)
                systems[k].closed |= systems[k].small > MANY
            cells, lengths = cells.kept(~small), lengths[~small]
        stack += _split(cells, lengths, pairs)
    return [system.solution(bits) for system in systems]


def root_near(
    rows: Exact, equations: int, start: Sequence[Sequence[Any]], *, bits: int
) -> Solution:
    """Return the root to which Newton's method leads from a point, if it is a solution."""
    system = _System(rows, equations)
    if system.square:
        given = [np.array([[float(w) for w in own]]) for own in start]
        given = [own / own.sum() for own in given]
        found = _newton(system.tensors[None, :equations], given)
        if all(np.isfinite(own).all() and np.abs(own).max() < FAR for own in found):
            root = system.certified([own[0] for own in found])
            if root is not None:
                system.known.append(root)
    return system.solution(bits)


def _pruned(cells: _Cells, equations: int, *, square: bool) -> tuple[_Cells, Floats]:
    """Drop cells on which a row or a combination of equations keeps one sign."""
    count, axes = len(cells), tuple(range(2, cells.tensors.ndim))
    low, high = cells.tensors.min(axis=axes), cells.tensors.max(axis=axes)
    gone = (low > SLACK).any(axis=1) | (high[:, :equations] < -SLACK).any(axis=1)
    cells = cells.kept(~gone)
    count = len(cells)
    if not count or not square:
        return cells, np.zeros((count, equations, equations))
    f = cells.tensors[:, :equations]
    blocks = []
    for q in range(len(cells.vertices)):
        others = tuple(a for a in axes if a != q + 2)
        means = f.mean(axis=others)
        blocks.append(means[..., 1:] - means[..., :1])
    jacobians = np.concatenate(blocks, axis=2)
    # a little noise makes singular matrices invertible, with the null direction in all rows
    noise = _noise(equations)
    size = np.abs(jacobians).max(axis=(1, 2), keepdims=True)
    inverses = np.linalg.inv(jacobians + (1e-9 * size + 1e-30) * noise)
    combined = inverses @ f.reshape(count, equations, -1)
    allowance = SLACK * np.abs(inverses).sum(axis=2)
    gone = ((combined.min(axis=2) > allowance) | (combined.max(axis=2) < -allowance)).any(axis=1)
    return cells.kept(~gone), inverses[~gone]


@cache
def _noise(size: int) -> Floats:
    return np.random.default_rng(7).uniform(-1, 1, (size, size))


def _all_solve(cells: _Cells, void: NDArray[np.bool_], equations: int) -> NDArray[np.bool_]:
    """Say of which cells every point is a solution: void equations, inequalities that hold."""
    if not void[:, :equations].all(axis=1).any():
        return np.zeros(len(cells), dtype=bool)
    highest = cells.tensors.reshape(*cells.tensors.shape[:2], -1).max(axis=2)
    holding = void | (highest < -SLACK)
    holding[:, :equations] = void[:, :equations]
    solved: NDArray[np.bool_] = holding.all(axis=1)
    return solved


def _injective(cells: _Cells, equations: int, inverses: Floats) -> NDArray[np.bool_]:
    """Say on which cells, enlarged, the equations are proved to be injective."""
    f = cells.tensors[:, :equations]
    players = len(cells.vertices)
    for axis in range(2, 2 + players):
        f = (1 + MARGIN) * f - (MARGIN / f.shape[axis]) * f.sum(axis=axis, keepdims=True)
    shape = f.shape
    # three axes at least of size two each grow values by no more than (1 + 2 * MARGIN) each
    growth = (1 + 2 * MARGIN) ** players
    combined = (inverses @ f.reshape(len(f), equations, -1)).reshape(shape) / (1 + MARGIN)
    total = np.zeros(shape[:2])
    column = 0
    for q in range(players):
        slices = combined.swapaxes(q + 2, 2)
        for i in range(1, slices.shape[2]):
            change = (slices[:, :, i] - slices[:, :, 0]).reshape(*shape[:2], -1)
            change[:, column] -= 1
            total += np.abs(change).max(axis=2)
            column += 1
    allowance = 4 * growth * column * SLACK * np.abs(inverses).sum(axis=2)
    injective: NDArray[np.bool_] = (total + allowance < 1).all(axis=1)
    return injective


def _hold_known(systems: Sequence[_System], cells: _Cells) -> list[bool]:
    """Say of each cell whether a certified root lies in the enlarged cell, looking for one."""
    centres = [own.mean(axis=1) for own in cells.vertices]
    corners = [[own[k] for own in cells.vertices] for k in range(len(cells))]
    owners = [systems[k] for k in cells.owners]
    held = [
        any(_inside(root, places) for root in system.known)
        for system, places in zip(owners, corners, strict=True)
    ]
    lacking = [k for k, known in enumerate(held) if not known]
    if not lacking:
        return held
    tensors = np.array([owners[k].tensors[: owners[k].equations] for k in lacking])
    starts = _newton(tensors, [own[lacking] for own in centres])
    for n, k in enumerate(lacking):
        system = owners[k]
        place = [own[n] for own in starts]
        if not all(np.isfinite(own).all() and np.abs(own).max() < FAR for own in place):
            continue
        root = system.certified(place)
        if root is None:
            continue
        if not any(
            _distance(root.weights, other.weights) + root.error <= other.radius
            for other in system.known
        ):
            system.known.append(root)
        held[k] = _inside(root, corners[k])
    return held


def _newton(tensors: Floats, points: list[Floats]) -> list[Floats]:
    """Follow Newton's method in floating point from many points, each with its own equations."""
    players = len(points)
    for _ in range(NEWTON_STEPS):
        blocks = []
        for q in range(players):
            part = np.moveaxis(tensors, q + 2, 2)
            for p in reversed([p for p in range(players) if p != q]):
                own = points[p]
                part = (part * own.reshape(len(own), *[1] * (part.ndim - 2), -1)).sum(axis=-1)
            blocks.append(part[:, :, 1:] - part[:, :, :1])
        values = (part * points[-1][:, None, :]).sum(axis=2)
        slopes = np.concatenate(blocks, axis=2)
        slopes += 1e-300 * np.eye(slopes.shape[1])
        try:
            steps = np.linalg.solve(slopes, values[:, :, None])[:, :, 0]
        except np.linalg.LinAlgError:
            return points
        start, moved = 0, []
        with np.errstate(all="ignore"):
            for own in points:
                rest = own[:, 1:] - steps[:, start : start + own.shape[1] - 1]
                start += own.shape[1] - 1
                moved.append(np.concatenate([1 - rest.sum(axis=1, keepdims=True), rest], axis=1))
        points = moved
        if np.abs(steps).max(initial=0) < 1e-15:
            break
    return points


def _inside(root: _Certified, corners: Sequence[Floats]) -> bool:
    """Say whether the true root lies in the enlarged cell, whose barycentric weights may dip."""
    tiny = 2.0**-20
    for own, place in zip(corners, root.weights, strict=True):
        weights = np.array([float(w) for w in place])
        slack = MARGIN / len(own) - 2 * tiny
        if (weights < own.min(axis=0) - 2 * MARGIN).any():
            return False
        # edges are no shorter than SHORTEST, so that errors grow to far less than tiny
        if np.linalg.solve(own.T, weights).min() < -slack:
            return False
    return True


def _edges(cells: _Cells, pairs: Sequence[Pairs]) -> Floats:
    """Return the length of every edge of every cell, players and pairs in order."""
    blocks = [
        np.abs(own[:, i] - own[:, j]).max(axis=2)
        for own, (i, j) in zip(cells.vertices, pairs, strict=True)
    ]
    return np.concatenate(blocks, axis=1)


def _split(cells: _Cells, lengths: Floats, pairs: Sequence[Pairs]) -> list[_Cells]:
    """Halve every cell across its longest edge."""
    if not len(cells):
        return []
    longest = lengths.argmax(axis=1)
    halves = []
    start = 0
    for q, (first, second) in enumerate(pairs):
        chosen = np.flatnonzero((start <= longest) & (longest < start + len(first)))
        if len(chosen):
            part = cells.kept(chosen)
            edge = longest[chosen] - start
            every = np.arange(len(part))
            i, j = first[edge], second[edge]
            # the player's axis next to the cells, so that one vertex of each cell is one entry
            tensors = part.tensors.swapaxes(1, q + 2)
            own = part.vertices[q]
            middle, centre = (
                (tensors[every, i] + tensors[every, j]) / 2,
                (own[every, i] + own[every, j]) / 2,
            )
            for moving in (i, j):
                half, vertices = tensors.copy(), [*part.vertices]
                half[every, moving] = middle
                vertices[q] = own.copy()
                vertices[q][every, moving] = centre
                halves.append(_Cells(half.swapaxes(1, q + 2), vertices, part.owners))
        start += len(first)
    joined = _joined(halves)
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


def hull(boxes: Sequence[Region]) -> Region:
    """Return the smallest box around some boxes."""
    return tuple(
        tuple(
            (min(low for low, _ in ranges), max(high for _, high in ranges))
            for ranges in zip(*player, strict=True)
        )
        for player in zip(*boxes, strict=True)
    )
