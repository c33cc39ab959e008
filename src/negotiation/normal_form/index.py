"""The index of equilibria of a two-player game. Exact.

Let (x, y) be an equilibrium that uses k strategies I of player 1 and k strategies J of player
2, with no best reply outside, and let all payoffs be positive (adding a constant changes no
equilibrium). Its **index** is

    (-1)^(k+1) sign(det A_IJ det B_IJ),

which is +1 for a strict pure equilibrium. The index of a set of equilibria that is apart from
all others is the sum of the indices of the equilibria near it in any game close by in which
all are of this kind. **The indices of all components add up to +1.** A set whose index is not
0 keeps equilibria nearby whatever small change is made to the payoffs.

Component by component:

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
Wilson (1997), on components; von Schemde and von Stengel (2008).
"""

from __future__ import annotations

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
    best_replies,
    is_equilibrium,
    mixed_strategy,
)
from negotiation.normal_form.equilibrium import Distribution, Equilibrium, normalised, support
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.normal_form.polytopes import best_reply_rays, complementary

__all__ = ["ComponentIndices", "Supports", "determinant_signs", "equilibrium_index"]

SPREAD = 2**8
"""The first range of the random numbers r_j; K is its square."""

Supports = tuple[tuple[int, ...], ...]


def equilibrium_index(game: NormalForm, profile: Equilibrium | MixedProfile) -> int:
    """Return the index of an isolated and nondegenerate equilibrium: +1 or -1. Exact.

    Parameters
    ----------
    game : NormalForm
        Two players.
    profile : Equilibrium, or one mixed strategy per player
        An equilibrium that uses equally many strategies on both sides, with no best reply
        outside them and with nonsingular payoff matrices on them.

    Raises
    ------
    GameError
        If the game does not have two players, if it is no equilibrium, or if it is degenerate:
        then the index belongs to its component.

    Notes
    -----
    Complexity: k^3 integer operations for k strategies used. Shapley (1974).

    Examples
    --------
    >>> game = NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> equilibrium_index(game, ("row 1", "column 1"))
    1
    >>> equilibrium_index(game, (["2/3", "1/3"], ["1/3", "2/3"]))
    -1
    """
    checked_game(game)
    if len(game.players) != 2:
        raise GameError(
            f"{len(game.players)} players where the index takes two",
            remedy="ask for a game of two players",
        )
    given = profile.strategies if isinstance(profile, Equilibrium) else profile
    verdict = is_equilibrium(game, given)
    if not verdict.holds:
        raise GameError(
            f"an index is defined for equilibria only ({verdict.witness})",
            remedy="take a profile of equilibria(game)",
        )
    pairs = list(given.items()) if isinstance(given, Mapping) else list(enumerate(given))
    strategies = {game.player_index(p): mixed_strategy(game, p, own) for p, own in pairs}
    x, y = strategies[0], strategies[1]
    rows, columns = support(x), support(y)
    best = [
        len(best_replies(game, p, {game.players[1 - p]: other})) for p, other in ((0, y), (1, x))
    ]
    index = 0
    if best == [len(rows)] * 2 == [len(columns)] * 2:
        (index,) = _indices(game, [(rows, columns)])
    if index == 0:
        raise GameError(
            "the equilibrium is degenerate, and its index is that of its component",
            remedy="ask for the index of the component: equilibria(game).components[k].index",
        )
    return index


def determinant_signs(matrices: NDArray[Any]) -> NDArray[np.int64]:
    """Return the signs of the determinants of many integer matrices of one size. Exact.

    Parameters
    ----------
    matrices : integer array, shape (count, k, k)

    Notes
    -----
    Elimination without fractions, all matrices at once: every entry on the way is a minor, and
    every division is exact. 64-bit integers where Hadamard's bound on minors allows it, else
    Python's. Bareiss (1968).

    Examples
    --------
    >>> determinant_signs(np.array([[[1, 2], [3, 4]], [[2, 2], [1, 1]], [[0, -1], [1, 0]]]))
    array([-1,  0,  1])
    """
    count, size, _ = matrices.shape
    top = int(abs(matrices).max(initial=1))
    minor = (top**2 * size) ** size  # the square of a bound on every minor
    work = matrices.astype(np.int64 if 2 * minor < 2**62 else object)
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
