"""The index of equilibria. Exact.

Take a player's gains e(s) - e(0) over the first strategy it uses, for the other strategies it
uses, as functions of the probabilities of those others, and let J be their derivative. An
equilibrium is **regular** if J is nonsingular and no strategy outside the supports is a best
reply. Its **index** is the sign of det(-J), +1 or -1, and +1 for a strict pure equilibrium. It is
an isolated equilibrium; in almost every game all are regular (Harsanyi 1973).

The index of a set of equilibria that is apart from all others is the sum of the indices of the
equilibria near it in any game close by in which all are regular. **The indices of all components
add up to +1.** A set whose index is not 0 keeps equilibria nearby whatever small change is made
to the payoffs.

**Any number of players.** The index of a regular equilibrium is computed at the equilibrium, or,
where it is irrational, at a rational point x next to it: with Y an approximate inverse of J(x),
b a bound on |Y (gains at x)| and c one on |I - Y J| all over the box of radius r about x,
b + c r <= r and c < 1 prove that the box holds exactly one point without gains and that J is
nonsingular all over it, so that det J has the same sign at both. If all components are known and
one index is missing, it is what is missing to +1. Otherwise an index is not determined, and is
None.

**Two players.** Let (x, y) be an equilibrium that uses k strategies I of player 1 and k
strategies J of player 2, with no best reply outside, and let all payoffs be positive (adding a
constant changes no equilibrium). Its index is, by elimination,

    (-1)^(k+1) sign(det A_IJ det B_IJ)

(Shapley 1974), and those of all components are found one by one:

1. where both vertices have as many labels as dimensions, by the determinants;
2. if one component is left, what is missing to +1;
3. if more are left, from a game nearby. With payoffs C > 0 of the opponent's replies, multiply
   row j by K + r_j, for random whole numbers r_j and a large K. On { x >= 0 : C x <= 1 } this
   moves right-hand sides to u_j = K / (K + r_j), and on the way, at (1 - s) + s u, the solution
   of every basis moves along a line. Suppose that at s = 1 each vertex lies on exactly as many
   inequalities as dimensions, and that its basis is feasible at s = 0 too. Then each basis is
   feasible with positive slack for all 0 < s <= 1; each of its neighbours is too and stays the
   other end of their common edge; and since the edges connect all vertices, there are no
   others for any s > 0. So nothing appears or vanishes on the way, the equilibria at s = 1 are
   nondegenerate, each ends in the pair of vertices which has its labels, and multiplying rows
   by positive numbers changes no sign of a determinant. Both suppositions are checked; if one
   fails, larger numbers are tried.

Sources: Shapley (1974); Gul, Pearce and Stacchetti (1993); Ritzberger (1994) and Govindan and
Wilson (1997), on components; von Schemde and von Stengel (2008); Harsanyi (1973), on regularity;
Moore (1977) and Krawczyk (1969), on the certificate.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError
from negotiation.normal_form.best_replies import (
    MixedProfile,
    is_equilibrium,
    mixed_strategy,
)
from negotiation.normal_form.equilibrium import Distribution, Equilibrium, normalised, support
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.normal_form.polytopes import best_reply_rays, complementary

__all__ = [
    "ComponentIndices",
    "PointIndices",
    "RegularEquilibrium",
    "Supports",
    "determinant_signs",
    "equilibrium_index",
    "regular_equilibrium",
]

SPREAD = 2**8
"""The first range of the random numbers r_j; K is its square."""
BITS = 160
"""Roots are polished on multiples of 2 to the power of minus this."""
RADIUS = Fraction(1, 2**30)
"""Of the box in which a root is proved to be the only one."""
NEWTON_STEPS = 40

Supports = tuple[tuple[int, ...], ...]


def equilibrium_index(game: NormalForm, profile: Equilibrium | MixedProfile) -> int:
    """Return the index of a regular equilibrium: +1 or -1. Exact.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    profile : Equilibrium, or one mixed strategy per player
        An equilibrium with no best reply outside its supports, which the players' indifference
        determines near by; for two players one that uses equally many strategies on both sides
        with nonsingular payoff matrices on them. An :class:`Equilibrium` that says it is a
        rational point next to an irrational one stands for that.

    Raises
    ------
    GameError
        If it is no equilibrium, or if it is degenerate: then the index belongs to its
        component.

    Notes
    -----
    Complexity: with k strategies used in all, k^3 integer operations, and for more than two
    players as many sums over the profiles used. Shapley (1974); Ritzberger (1994).

    Examples
    --------
    >>> game = NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> equilibrium_index(game, ("row 1", "column 1"))
    1
    >>> equilibrium_index(game, (["2/3", "1/3"], ["1/3", "2/3"]))
    -1

    Three players who earn 1 for meeting at one of two places:

    >>> meet = [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    >>> equilibrium_index(NormalForm.from_arrays(meet, meet, meet), [["1/2", "1/2"]] * 3)
    -1
    """
    checked_game(game)
    given = profile.strategies if isinstance(profile, Equilibrium) else profile
    if isinstance(profile, Equilibrium) and not profile.exact:
        root = regular_equilibrium(game, profile.strategies)
        if root is not None:
            return root.index
    verdict = is_equilibrium(game, given)
    if not verdict.holds:
        raise GameError(
            f"an index is defined for equilibria only ({verdict.witness})",
            remedy="take a profile of equilibria(game)",
        )
    pairs = list(given.items()) if isinstance(given, Mapping) else list(enumerate(given))
    places = {game.player_index(p): mixed_strategy(game, p, own) for p, own in pairs}
    strategies = tuple(places[p] for p in range(len(game.players)))
    root = regular_equilibrium(game, strategies)
    if root is None or root.error or root.strategies != strategies:
        raise GameError(
            "the equilibrium is degenerate, and its index is that of its component",
            remedy="ask for the index of the component: equilibria(game).components[k].index",
        )
    return root.index


@dataclass(frozen=True)
class RegularEquilibrium:
    """A regular equilibrium, or a rational point next to it, with its index.

    Attributes
    ----------
    strategies : tuple of mixed strategies
        Per player the probabilities.
    error : Fraction
        Every probability of the true equilibrium is within this; 0 if this is the equilibrium.
    index : int
        +1 or -1.
    """

    strategies: tuple[Distribution, ...]
    error: Fraction
    index: int


def regular_equilibrium(
    game: NormalForm, near: Sequence[Distribution]
) -> RegularEquilibrium | None:
    """Return the regular equilibrium next to a profile, with the same supports. Proved.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    near : sequence of mixed strategies
        Exact probabilities, one distribution per player in player order; where the search
        starts.

    Returns
    -------
    RegularEquilibrium or None
        None if none is found: there may be no equilibrium near by, or none that is regular.

    Examples
    --------
    >>> third = Fraction(333, 1000)
    >>> game = NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> found = regular_equilibrium(game, ((1 - third, third), (third, 1 - third)))
    >>> found.strategies[0], found.error, found.index
    ((Fraction(2, 3), Fraction(1, 3)), Fraction(0, 1), -1)
    """
    gains = _Gains(game, tuple(map(support, near)))
    start = tuple(tuple(weight for weight in own if weight) for own in near)
    exactly = not any(gains.values(gains.inner, start))
    point = start if exactly else gains.polished(start)
    error = None if point is None else gains.error(point)
    if point is None or error is None or not (index := gains.index(point)):
        return None
    filled = tuple(
        tuple(dict(zip(own, weights, strict=True)).get(i, Fraction(0)) for i in range(size))
        for own, weights, size in zip(gains.supports, point, game.shape, strict=True)
    )
    return RegularEquilibrium(filled, error, index)


Matrix = list[list[Fraction]]


class _Gains:
    """The gains over the first strategy used, in each player's own range of payoffs.

    Of each player's weights on its support all but the first are free.
    """

    def __init__(self, game: NormalForm, supports: Supports) -> None:
        self.supports = supports
        self.spans: list[int] = []
        self.inner: list[NDArray[Any]] = []
        self.outer: list[NDArray[Any]] = []
        for p, (payoffs, _) in enumerate(game.scaled):
            self.spans.append(int(payoffs.max()) - int(payoffs.min()) or 1)
            others = [*supports]
            others[p] = tuple(range(game.shape[p]))
            table = np.moveaxis(payoffs.astype(object)[np.ix_(*others)], p, 0)
            table = table - table[supports[p][0]]
            unused = [s for s in range(game.shape[p]) if s not in supports[p]]
            self.inner.append(table[list(supports[p][1:])])
            self.outer.append(table[unused])
        self.free = [(p, s) for p, own in enumerate(supports) for s in range(1, len(own))]

    def values(self, tables: Sequence[NDArray[Any]], point: Sequence[Distribution]) -> Distribution:
        """Return the gains in some tables, player by player."""
        found = []
        for p, (table, span) in enumerate(zip(tables, self.spans, strict=True)):
            gains, scale = _averaged(table, p, point, ())
            found += [Fraction(int(v), scale * span) for v in gains]
        return tuple(found)

    def slopes(self, point: Sequence[Distribution]) -> Matrix:
        """Return the derivatives of the gains of strategies used in the free weights."""
        rows: Matrix = []
        for p, (table, span) in enumerate(zip(self.inner, self.spans, strict=True)):
            blocks = [[Fraction(0)] * len(self.free) for _ in table]
            for q, own in enumerate(self.supports):
                if q == p or len(own) == 1:
                    continue
                alone, scale = _averaged(table, p, point, (q,))
                first = self.free.index((q, 1))
                for row, values in zip(blocks, alone, strict=True):
                    row[first : first + len(own) - 1] = [
                        Fraction(int(v - values[0]), scale * span) for v in values[1:]
                    ]
            rows += blocks
        return rows

    def inverse(self, slopes: Matrix) -> Matrix | None:
        """Return an approximate inverse, if there is one."""
        try:
            inverted = np.linalg.inv(np.array([[float(v) for v in row] for row in slopes]))
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(inverted).all():
            return None
        return [[Fraction(v) for v in row] for row in inverted.tolist()]

    def polished(self, start: Sequence[Distribution]) -> tuple[Distribution, ...] | None:
        """Return where Newton's method from a point no longer moves, on a fine grid."""
        one = 1 << BITS
        point = tuple(start)
        inverse: Matrix | None = None
        for k in range(NEWTON_STEPS):
            if k < 4:
                inverse = self.inverse(self.slopes(point)) if self.free else None
            if inverse is None:
                return None
            step = _times(inverse, self.values(self.inner, point))
            steps = dict(zip(self.free, step, strict=True))
            moved = []
            for p, own in enumerate(point):
                rest = [
                    Fraction(round((w - steps[p, s]) * one), one)
                    for s, w in enumerate(own[1:], start=1)
                ]
                moved.append((1 - sum(rest, Fraction(0)), *rest))
            point = tuple(moved)
            if min(itertools.chain(*point)) <= 0:
                return None
            if max(map(abs, step)) * one <= 4:
                return self._simple(point)
        return None

    def _simple(self, point: tuple[Distribution, ...]) -> tuple[Distribution, ...]:
        """Return the point with simple fractions next to one if it has no gains, else the same."""
        simple = tuple(
            (1 - sum(rest, Fraction(0)), *rest)
            for rest in ([w.limit_denominator(1 << BITS // 3) for w in own[1:]] for own in point)
        )
        return point if any(self.values(self.inner, simple)) else simple

    def error(self, point: tuple[Distribution, ...]) -> Fraction | None:
        """Return how near a point an equilibrium is proved to be; 0 if it is one itself."""
        error = Fraction(0)
        values = self.values(self.inner, point)
        if any(values):
            slopes = self.slopes(point)
            inverse = self.inverse(slopes)
            if inverse is None:
                return None
            product = [_times(inverse, column) for column in zip(*slopes, strict=True)]
            size = range(len(self.free))
            defect = max(sum(abs(product[b][a] - (a == b)) for b in size) for a in size)
            changes = [self._turn(point, p) for p, _ in self.free]
            spread = max(
                sum(abs(v) * c for v, c in zip(row, changes, strict=True)) for row in inverse
            )
            contraction = defect + spread
            step = max(map(abs, _times(inverse, values)))
            if contraction >= 1 or step > RADIUS * (1 - contraction):
                return None
            error = step / (1 - contraction)
        # the signs: every strategy used has weight, every other earns less
        reach = max(map(len, self.supports)) * error
        if min(itertools.chain(*point)) <= reach:
            return None
        drift = math.prod(1 + 2 * (len(own) - 1) * error for own in self.supports) - 1
        if any(value >= -drift for value in self.values(self.outer, point)):
            return None
        return error

    def _turn(self, point: tuple[Distribution, ...], player: int) -> Fraction:
        """Bound how much a row of derivatives changes all over the box, in the sum of its entries.

        A player's weights change by at most twice its number of free ones times the radius, and
        an entry is a difference of two averages of numbers in [-1, 1].
        """
        moves = [1 + 2 * (len(own) - 1) * RADIUS for own in point]
        total = Fraction(0)
        for q, own in enumerate(point):
            if q != player:
                rest = (move for k, move in enumerate(moves) if k not in {q, player})
                total += 2 * (len(own) - 1) * (math.prod(rest, start=Fraction(1)) - 1)
        return total

    def index(self, point: tuple[Distribution, ...]) -> int:
        """Return the sign of det(-J); 0 if J is singular."""
        if not self.free:
            return 1
        rows = []
        for row in self.slopes(point):
            common = math.lcm(*(v.denominator for v in row))
            rows.append([-int(v * common) for v in row])
        return int(determinant_signs(np.array([rows], dtype=object))[0])


def _averaged(
    table: NDArray[Any], p: int, point: Sequence[Distribution], but: tuple[int, ...]
) -> tuple[NDArray[Any], int]:
    """Return the averages of p's table over all others ``but`` some, times the scale returned."""
    scale = 1
    others = [q for q in range(len(point)) if q != p]
    for axis in reversed(range(len(others))):
        if others[axis] not in but:
            own = point[others[axis]]
            one = math.lcm(*(w.denominator for w in own))
            weights = np.array([int(w * one) for w in own], dtype=object)
            table = np.tensordot(table, weights, axes=(axis + 1, 0))
            scale *= one
    return table, scale


def _times(matrix: Matrix, vector: Sequence[Fraction]) -> list[Fraction]:
    return [sum((a * b for a, b in zip(row, vector, strict=True)), Fraction(0)) for row in matrix]


def determinant_signs(matrices: NDArray[Any]) -> NDArray[np.int64]:
    """Return the signs of the determinants of many integer matrices of one size. Exact.

    Parameters
    ----------
    matrices : integer array, shape (count, k, k)

    Notes
    -----
    Elimination without fractions, all matrices at once: every entry on the way is a minor, and
    every division is exact. The largest numbers on the way are differences of two products of
    minors of order k - 1: 64-bit integers where Hadamard's bound on these allows it, else
    Python's. Bareiss (1968).

    Examples
    --------
    >>> determinant_signs(np.array([[[1, 2], [3, 4]], [[2, 2], [1, 1]], [[0, -1], [1, 0]]]))
    array([-1,  0,  1])
    """
    count, size, _ = matrices.shape
    top = int(abs(matrices).max(initial=1))
    minor = (top**2 * max(size - 1, 1)) ** max(size - 1, 1)  # square of a bound on those minors
    work = matrices.astype(np.int64 if max(2 * minor, top) < 2**63 else object)
    signs = np.ones(count, dtype=np.int64)
    last = np.ones(count, dtype=work.dtype)
    everything = np.arange(count)
    for k in range(size - 1):
        row = k + (work[:, k:, k] != 0).argmax(axis=1)
        signs[row != k] *= -1
        kept = work[everything, row].copy()
        work[everything, row] = work[:, k]
        work[:, k] = kept
        element = kept[:, k]
        signs[element == 0] = 0
        rest = work[:, k + 1 :, k + 1 :] * element[:, None, None]
        rest -= work[:, k + 1 :, k, None] * kept[:, None, k + 1 :]
        work[:, k + 1 :, k + 1 :] = rest // last[:, None, None]
        last = np.where(element == 0, 1, element)
    final = work[:, -1, -1]
    return signs * ((final > 0).astype(np.int64) - (final < 0))


def _indices(game: NormalForm, supports: Sequence[Supports]) -> list[int]:
    """Return Shapley's index for pairs of supports of equal size; 0 where one is singular."""
    A, B = (normalised(*scaled)[0] + 1 for scaled in game.scaled)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for number, (rows, _) in enumerate(supports):
        groups[len(rows)].append(number)
    found = np.zeros(len(supports), dtype=np.int64)
    for size, numbers in groups.items():
        I, J = (np.array([supports[k][p] for k in numbers]) for p in (0, 1))
        place = I[:, :, None], J[:, None, :]
        found[numbers] = (-1) ** (size + 1) * (
            determinant_signs(A[place]) * determinant_signs(B[place])
        )
    return [int(index) for index in found]


@dataclass(frozen=True, eq=False)
class ComponentIndices:
    """The indices of all components of a game's equilibria, found when first asked for.

    Parameters
    ----------
    game : NormalForm
        Two players.
    supports : tuple
        Per component the supports of its equilibrium if this is one point whose vertices have
        as many labels as dimensions, else None.
    strategies : tuple of mixed strategies
        The extreme strategies of player 1 in equilibria.
    component_of : tuple of int
        The component of each of them.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[1, 0], [0, 0]], [[1, 0], [0, 0]])
    >>> ComponentIndices(game, (((0,), (0,)), None), ((1, 0), (0, 1)), (0, 1)).values
    (1, 0)
    """

    game: NormalForm
    supports: tuple[Supports | None, ...]
    strategies: tuple[Distribution, ...]
    component_of: tuple[int, ...]

    @cached_property
    def values(self) -> tuple[int, ...]:
        """One index per component."""
        known = _indices(self.game, [own for own in self.supports if own is not None])
        given = iter(known)
        values = [0 if own is None else next(given) for own in self.supports]
        open_ones = [k for k, own in enumerate(self.supports) if own is None]
        if len(open_ones) == 1:
            values[open_ones[0]] = 1 - sum(known)
        elif open_ones:
            places = dict(zip(self.strategies, self.component_of, strict=True))
            nearby = _from_nearby(self.game, places, len(values))
            assert all(own is None or nearby[k] == values[k] for k, own in enumerate(self.supports))
            values = nearby
        assert sum(values) == 1
        return tuple(values)


@dataclass(frozen=True, eq=False)
class PointIndices:
    """The indices of components that were found one by one, with any number of players.

    Parameters
    ----------
    game : NormalForm
        The game.
    points : tuple
        Per component its strategies if it is a single point, else None.
    complete : bool
        Whether these are all components of the game's equilibria.

    Examples
    --------
    >>> tied = NormalForm.from_arrays([1, 1])
    >>> PointIndices(tied, (None,), complete=True).values
    (1,)
    >>> PointIndices(tied, (None,), complete=False).values
    (None,)
    """

    game: NormalForm
    points: tuple[tuple[Distribution, ...] | None, ...]
    complete: bool

    @cached_property
    def values(self) -> tuple[int | None, ...]:
        """One index per component, None where it is not determined."""
        roots = [None if p is None else regular_equilibrium(self.game, p) for p in self.points]
        values = [None if root is None else root.index for root in roots]
        if self.complete and values.count(None) == 1:
            values[values.index(None)] = 1 - sum(value or 0 for value in values)
        return tuple(values)


def _from_nearby(game: NormalForm, component: dict[Distribution, int], count: int) -> list[int]:
    """Return the index of every component from a nondegenerate game nearby."""
    m, n = game.shape
    A, B = (normalised(*scaled)[0].astype(object) + 1 for scaled in game.scaled)
    spread, draw = SPREAD, random.Random(0)  # noqa: S311  any numbers do, they are checked
    sides = []
    for replies in (B.T, A):
        size = replies.shape[1]
        rays, labels = best_reply_rays(replies)
        while True:
            factors = [spread**2 + draw.randrange(spread) for _ in replies]
            moved, bases = best_reply_rays(replies * np.array(factors, dtype=object)[:, None])
            if (bases.sum(axis=1) == size).all():
                near, far = complementary(~bases, labels, (len(replies), size))
                if len(near) == len(moved):
                    break
            spread **= 2
        end = np.empty(len(moved), dtype=np.intp)
        end[near] = far
        sides.append((rays, bases, end))
    (rays, bases, end), (_, others, _) = sides
    swapped = np.concatenate([others[:, n:], others[:, :n]], axis=1)
    pairs = complementary(bases, swapped, (m, n))
    supports = [
        (
            tuple(np.flatnonzero(~bases[k, :m]).tolist()),
            tuple(np.flatnonzero(~others[l, :n]).tolist()),
        )
        for k, l in zip(*pairs, strict=True)
    ]
    values = [0] * count
    for k, index in zip(pairs[0], _indices(game, supports), strict=True):
        weights = rays[end[k], :-1].tolist()
        total = sum(weights)
        values[component[tuple(Fraction(w, total) for w in weights)]] += index
    return values
