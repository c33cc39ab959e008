"""One equilibrium of a two-player game by complementary pivoting, and many by more paths.

With payoffs A, B > 0 (m rows, n columns) let

    P = { x >= 0 : B^T x <= 1 }     and     Q = { y >= 0 : A y <= 1 },

and let labels 0..m-1 be the rows, m..m+n-1 the columns: x has label i where x_i = 0 and label
m + j where reply j is best; y has label m + j where y_j = 0 and label i where reply i is best.
A pair with all labels, other than (0, 0), is an equilibrium once x and y are scaled to add up
to one; (0, 0) is called the *artificial* equilibrium. From a pair with all labels, let go of
one of them, the *missing label*, and follow the edge; whichever label is picked up is now
there twice and is let go of on the other side; and so on until the missing label is picked
up. The pair reached has all labels again and is another one than at the start.

- **Integer pivoting.** Tableaux are kept in integers over their last pivot, so nothing is
  rounded and no fraction is reduced (Edmonds 1967; Bareiss 1968).
- **Degenerate games.** Ties for the variable that leaves are broken lexicographically: the
  path is the one in the game in which the right-hand sides 1 are 1 + e, 1 + e^2, ... for all
  small e > 0. It is unique and can be walked backwards, so it never cycles.
- **More equilibria.** The pairs with all labels are the nodes, and the paths the edges, of a
  graph in which each node has one path per label. All nodes connected with the artificial
  equilibrium are reached by trying every label from each; others may exist.

Sources: Lemke and Howson (1964); Shapley (1974); von Stengel (2002, section 2), on the
lexicographic method; Codenotti, De Rossi and Pagan (2008), on trying all labels.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError, shorten
from negotiation.exact import is_integer
from negotiation.normal_form.dominance import pivot
from negotiation.normal_form.equilibrium import Equilibrium, normalised, point
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.normal_form.polytopes import Check

__all__ = ["equilibria_on_paths", "lemke_howson"]

FIRST_STEPS = 64
"""After so many pivots a path is put off until the others have had their turn."""

Label = int | tuple[str | int, str | int]
Node = tuple[frozenset[int], frozenset[int]]


def lemke_howson(game: NormalForm, missing_label: Label = 0) -> Equilibrium:
    """Return the equilibrium at the end of the Lemke-Howson path of one label. Exact.

    Parameters
    ----------
    game : NormalForm
        Two players; degenerate games included.
    missing_label : (player, strategy) or int
        A strategy of either player, by names or indices; or its place when the first player's
        strategies are counted from 0 and the second player's after them.

    Returns
    -------
    Equilibrium
        One equilibrium, and an extreme one; the game may have others.

    Raises
    ------
    GameError
        If the game has another number of players, or there is no such label.
    UnknownNameError
        If there is no such player or strategy.

    Notes
    -----
    Complexity: each pivot takes at most (m + n) max(m, n) integer operations, on integers
    of at most as many digits as a determinant of payoffs. A path has about m + n pivots as a
    rule and exponentially many at worst (Savani and von Stengel 2006). Lemke and Howson (1964).

    Examples
    --------
    >>> game = NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> lemke_howson(game, ("player 1", "row 2")).supports
    ((1,), (1,))
    >>> lemke_howson(game, 0).supports
    ((0,), (0,))
    """
    checked_game(game)
    if len(game.players) != 2:
        raise GameError(
            f"{len(game.players)} players where a Lemke-Howson path takes two",
            remedy="ask for the pure equilibria, or for a game of two players",
        )
    label = _label(game, missing_label)
    solver = _Solver.of(game)
    end = solver.path(_Pair.artificial(solver), label)
    assert end is not None
    return solver.equilibrium(end)


def equilibria_on_paths(
    game: NormalForm,
    *,
    everywhere: bool = True,
    check: Check | None = None,
) -> Iterator[Equilibrium]:
    """Yield the distinct equilibria at the ends of Lemke-Howson paths, one by one.

    Parameters
    ----------
    game : NormalForm
        Two players.
    everywhere : bool
        Whether paths also start from every equilibrium found, or from (0, 0) only.
    check : callable, optional
        Called with 0 before every pivot; what it raises ends the search.

    Notes
    -----
    Some paths are hundreds of times as long as others. One that takes many steps is put off,
    and walked again when its turn comes with twice as many; so short paths come first, at no
    more than twice the price of each.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> [found.supports for found in equilibria_on_paths(game)]
    [((0,), (0,)), ((1,), (1,)), ((0, 1), (0, 1))]
    """
    checked_game(game)
    solver = _Solver.of(game, check)
    every = range(sum(game.shape))
    origin = _Pair.artificial(solver).node
    nodes, walked, told = {origin}, set(), set()
    waiting = deque([(origin, list(every), FIRST_STEPS)])
    while waiting:
        node, labels, steps = waiting.popleft()
        start, longer = solver.pair(node), []
        for label in labels:
            if (node, label) in walked:
                continue
            end = solver.path(start.copy(), label, steps)
            if end is None:
                longer.append(label)
                continue
            walked |= {(node, label), (end.node, label)}
            if end.node in nodes:
                continue
            nodes.add(end.node)
            if everywhere:
                waiting.append((end.node, list(every), FIRST_STEPS))
            found = solver.equilibrium(end)
            if found.strategies not in told:
                told.add(found.strategies)
                yield found
        if longer:
            waiting.append((node, longer, 2 * steps))


def _label(game: NormalForm, given: Label) -> int:
    """Return the number of a label."""
    if isinstance(given, tuple):
        if len(given) != 2:
            raise GameError(
                f"{len(given)} entries where a label is (player, strategy)",
                remedy="give a player and one of its strategies",
            )
        p = game.player_index(given[0])
        return p * game.shape[0] + game.strategy_index(p, given[1])
    if not is_integer(given) or not 0 <= given < sum(game.shape):
        raise GameError(
            f"'{shorten(given)}' is no label",
            remedy=f"give (player, strategy), or a number from 0 to {sum(game.shape) - 1}",
        )
    return int(given)


@dataclass
class _Tableau:
    """One polytope's equations in integers over `scale`; columns are labels, then right side."""

    entries: NDArray[Any]
    basis: list[int]  # the label that is basic in each row
    scale: int
    order: tuple[int, ...]  # columns that break ties: right side, then the first basis

    @classmethod
    def of(cls, payoffs: NDArray[Any], own: range, slack: range) -> _Tableau:
        rows = len(payoffs)
        entries = np.zeros((rows, len(own) + rows + 1), dtype=object)
        entries[:, own] = payoffs
        entries[np.arange(rows), slack] = 1
        entries[:, -1] = 1
        return cls(entries, list(slack), 1, (-1, *slack))

    def copy(self) -> _Tableau:
        return _Tableau(self.entries.copy(), list(self.basis), self.scale, self.order)

    def enter(self, label: int) -> int:
        """Make a label basic and return the one that leaves: the next vertex on the edge."""
        column = self.entries[:, label]
        rows = [int(row) for row in np.flatnonzero(column > 0)]
        for place in self.order:
            if len(rows) == 1:
                break
            values, least = self.entries[:, place], rows[:1]
            for row in rows[1:]:
                excess = values[row] * column[least[0]] - values[least[0]] * column[row]
                if excess < 0:
                    least = [row]
                elif excess == 0:
                    least.append(row)
            rows = least
        return self._exchange(rows[0], label)

    def _exchange(self, row: int, label: int) -> int:
        self.scale = pivot(self.entries, row, label, self.scale)
        left, self.basis[row] = self.basis[row], label
        return left

    def move_to(self, basis: frozenset[int]) -> None:
        """Make exactly these labels basic."""
        for label in sorted(basis - set(self.basis)):
            row = next(
                k
                for k, old in enumerate(self.basis)
                if old not in basis and self.entries[k, label] != 0
            )
            self._exchange(row, label)
        if self.scale < 0:
            self.entries, self.scale = -self.entries, -self.scale

    def weights(self, labels: range) -> list[int]:
        """Return the variables with these labels, times the scale."""
        values = dict(zip(self.basis, self.entries[:, -1].tolist(), strict=True))
        return [values.get(label, 0) for label in labels]


@dataclass
class _Pair:
    """A vertex of P and a vertex of Q."""

    sides: tuple[_Tableau, _Tableau]

    @classmethod
    def artificial(cls, solver: _Solver) -> _Pair:
        return cls((solver.sides[0].copy(), solver.sides[1].copy()))

    def copy(self) -> _Pair:
        return _Pair((self.sides[0].copy(), self.sides[1].copy()))

    @property
    def node(self) -> Node:
        return frozenset(self.sides[0].basis), frozenset(self.sides[1].basis)


@dataclass(frozen=True)
class _Solver:
    """The two polytopes of a game at their origins, and the units of its payoffs."""

    sides: tuple[_Tableau, _Tableau]
    labels: tuple[range, range]
    units: tuple[tuple[Any, Any], tuple[Any, Any]]
    check: Check | None = None

    @classmethod
    def of(cls, game: NormalForm, check: Check | None = None) -> _Solver:
        m, n = game.shape
        (A, scale), (B, other) = (normalised(*scaled) for scaled in game.scaled)
        rows, columns = range(m), range(m, m + n)
        sides = (
            _Tableau.of(B.T.astype(object) + 1, rows, columns),
            _Tableau.of(A.astype(object) + 1, columns, rows),
        )
        return cls(sides, (rows, columns), (scale, other), check)

    def pair(self, node: Node) -> _Pair:
        """Return the pair of vertices with these bases."""
        pair = _Pair.artificial(self)
        for side, basis in zip(pair.sides, node, strict=True):
            side.move_to(basis)
        return pair

    def path(self, pair: _Pair, missing: int, steps: int | None = None) -> _Pair | None:
        """Walk from a pair with all labels along the path of the missing one; changes `pair`.

        None if this takes more than so many steps.
        """
        entering = missing
        side = int(missing in pair.sides[0].basis)
        for step in itertools.count():
            if step == steps:
                return None
            if self.check is not None:
                self.check(0)
            entering = pair.sides[side].enter(entering)
            if entering == missing:
                break
            side = 1 - side
        return pair

    def equilibrium(self, pair: _Pair) -> Equilibrium:
        """Return the equilibrium at a pair with all labels that is not the origin."""
        strategies, payoffs = [], []
        for p in (0, 1):
            side, units = pair.sides[p], self.units[1 - p]
            weights = side.weights(self.labels[p])
            # at weights adding up to w, the best reply earns scale in payoffs raised by one
            strategy, earned = point(weights, side.scale - sum(weights), units)
            strategies.append(strategy)
            payoffs.append(earned)
        return Equilibrium((strategies[0], strategies[1]), (payoffs[1], payoffs[0]))
