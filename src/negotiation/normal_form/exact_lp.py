"""The one linear program of this chapter, solved exactly: the best worst payoff.

Given integer matrices U (one row per payoff that counts) and G (one row per limit), find

    max over distributions p with G p <= 0 of  min_k (U p)_k,

together with the proof that nothing does better: weights w (a distribution over the rows
of U) and prices y >= 0 (one per row of G) such that

    w U - y G <= value    in every column.

Multiplying this by any feasible p gives min_k (U p)_k <= w U p <= value.

- With one row U and the incentive constraints as G this is a best correlated equilibrium;
- with U the transpose of a payoff matrix and no G it is a matrix game: p is optimal for the
  player who mixes the columns of U, and w for the opponent.

Method: the dual simplex in integers over the last pivot. It needs no first phase: the column
that is best for the first row of U, alone, is a start that satisfies all but the constraints
still violated. Bland's rule takes over wherever a pivot changes nothing, so it cannot cycle.
For large programs scipy's HiGHS proposes which constraints and columns matter. The exact
program is solved over these; whatever its answer violates elsewhere is added, and it is
solved again. The answer does not depend on a tolerance: proposal or not, it is checked
against every column and every row in exact arithmetic.

Sources: Lemke (1954) on the dual method; Edmonds (1967) and Bareiss (1968) on integer
pivoting; Bland (1977).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from negotiation.normal_form.dominance import pivot

__all__ = ["Maximin", "maximin"]

SMALL = 1500
"""Programs with at most so many coefficients are solved without a proposal."""

Matrix: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Maximin:
    """The best worst payoff, with its proof.

    Attributes
    ----------
    point : tuple of Fraction
        The distribution over the columns.
    value : Fraction
        The smallest payoff it gives, which is the largest possible.
    weights : tuple of Fraction
        A distribution over the rows of U.
    prices : tuple of Fraction
        One price per row of G, not negative.
    """

    point: tuple[Fraction, ...]
    value: Fraction
    weights: tuple[Fraction, ...]
    prices: tuple[Fraction, ...]


def maximin(payoffs: Matrix, limits: Matrix | None = None) -> Maximin | None:
    """Return the distribution over the columns whose worst payoff is best.

    Parameters
    ----------
    payoffs : numpy.ndarray, shape (k, n)
        Integers of any size, at least one row and one column.
    limits : numpy.ndarray, shape (r, n), optional
        Integers: the distribution p must satisfy ``limits @ p <= 0``.

    Returns
    -------
    Maximin or None
        None if no distribution satisfies the limits.

    Notes
    -----
    Each pivot takes (k + r) (k + r + n) integer operations; in the worst case there are
    exponentially many, usually about k + r.

    Examples
    --------
    >>> best = maximin(np.array([[2, 0], [0, 1]]))
    >>> best.value, best.point, best.weights
    (Fraction(2, 3), (Fraction(1, 3), Fraction(2, 3)), (Fraction(1, 3), Fraction(2, 3)))
    """
    gains = payoffs.astype(object)
    bounds = np.zeros((0, gains.shape[1]), dtype=object)
    if limits is not None:
        bounds = limits.astype(object)
    heads, rows, columns = (np.ones(n, dtype=bool) for n in (len(gains), *bounds.shape))
    if (len(gains) + len(bounds)) * gains.shape[1] > SMALL:
        heads, rows, columns = _proposal(gains, bounds)
    while True:
        found = _dual_simplex(gains[heads][:, columns], bounds[rows][:, columns])
        if found is None:
            if columns.all():
                return None
            columns[:] = True
            continue
        scale, value, *parts = found
        point, weights, prices = (
            _spread(part, kept) for part, kept in zip(parts, (columns, heads, rows), strict=True)
        )
        lacking = gains @ point < value
        violated = bounds @ point > 0
        better = weights @ gains - prices @ bounds > value
        if not (lacking.any() or violated.any() or better.any()):
            break
        heads, rows, columns = heads | lacking, rows | violated, columns | better
    assert sum(point) == sum(weights) == scale
    assert min(point) >= 0
    assert min(weights) >= 0
    assert not (prices < 0).any()
    return Maximin(
        tuple(Fraction(v, scale) for v in point),
        Fraction(value, scale),
        tuple(Fraction(v, scale) for v in weights),
        tuple(Fraction(v, scale) for v in prices),
    )


def _spread(part: Matrix, kept: Matrix) -> Matrix:
    """Return a vector that is zero where nothing was kept."""
    full = np.zeros(len(kept), dtype=object)
    full[kept] = part
    return full


def _dual_simplex(gains: Matrix, limits: Matrix) -> tuple[int, int, Matrix, Matrix, Matrix] | None:
    """Return scale, value, point, weights and prices, all but the first times the scale.

    The worst payoff is written as the first row's payoff less a shortfall, which is one more
    column; the other rows of ``gains`` say that the shortfall is large enough.
    """
    others, columns = len(gains) - 1, gains.shape[1]
    rows, width = others + len(limits), columns + (others > 0)
    tableau = np.zeros((rows + 2, width + rows + 1), dtype=object)
    tableau[:others, :columns] = gains[0] - gains[1:]
    tableau[:others, columns:width] = -1
    tableau[others:rows, :columns] = limits
    tableau[np.arange(rows), width + np.arange(rows)] = 1
    tableau[rows, :columns] = tableau[rows, -1] = 1
    tableau[-1, :columns] = -gains[0]
    tableau[-1, columns:width] = 1
    first = int(gains[0].argmax())
    scale = pivot(tableau, rows, first, 1)
    basis = [*range(width, width + rows), first]
    stuck = False
    while True:
        missing = [i for i in range(rows + 1) if tableau[i, -1] < 0]
        if not missing:
            break
        leaving = min(missing, key=lambda i: basis[i] if stuck else tableau[i, -1])
        row: Matrix = -tableau[leaving, :-1]
        costs: Matrix = tableau[-1, :-1]
        entering = min(
            (j for j in range(width + rows) if row[j] > 0),
            key=lambda j: (Fraction(int(costs[j]), int(row[j])), j),
            default=None,
        )
        if entering is None:
            return None
        stuck = costs[entering] == 0
        tableau[leaving] *= -1  # so that the scale stays positive
        scale = pivot(tableau, leaving, entering, scale)
        basis[leaving] = entering
    full = np.zeros(width + rows, dtype=object)
    full[basis] = tableau[:-1, -1]
    dual = tableau[-1, width : width + rows]
    weights = np.array([scale - sum(dual[:others]), *dual[:others]], dtype=object)
    return scale, tableau[-1, -1], full[:columns], weights, dual[others:]


def _proposal(gains: Matrix, limits: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Return which rows of both matrices and which columns HiGHS finds to matter."""
    from scipy.optimize import linprog  # noqa: PLC0415  half a second, for large programs only

    heads, columns = gains.shape
    everything = (
        np.ones(heads, dtype=bool),
        np.ones(len(limits), dtype=bool),
        np.ones(columns, dtype=bool),
    )
    low = gains.min()
    span = max(1, gains.max() - low)
    sizes = np.maximum(1, np.abs(limits).max(axis=1, initial=1))
    upper = np.vstack([-((gains - low) / span), limits / sizes[:, None]]).astype(float)
    with_value = np.hstack([upper, np.zeros((len(upper), 1))])
    with_value[:heads, -1] = 1
    total = np.ones((1, columns + 1))
    total[0, -1] = 0
    answer = linprog(
        [*[0] * columns, -1],
        A_ub=with_value,
        b_ub=np.zeros(len(upper)),
        A_eq=total,
        b_eq=[1],
        bounds=[(0, None)] * columns + [(None, None)],
        method="highs",
    )
    if answer.status != 0:
        return everything
    tight = answer.ineqlin.residual <= 1e-9
    used = (answer.x[:-1] > 1e-9) | (answer.lower.marginals[:-1] <= 1e-9)
    if not tight[:heads].any() or not used.any():
        return everything
    return tight[:heads], tight[heads:], used
