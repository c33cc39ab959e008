"""All equilibria of a two-player game, exactly, with their connected components.

Let A and B be the payoffs of player 1 (rows) and player 2 (columns). A pair (x, y) of mixed
strategies is an equilibrium exactly if every strategy is unused or a best reply: if x as a
point of player 1's best-reply polyhedron and y as a point of player 2's have all m + n
labels between them (see :mod:`negotiation.normal_form.polytopes`). Hence

- the **extreme equilibria** are the pairs of *vertices* that have all labels between them;
  they are finitely many, and in a nondegenerate game they are all equilibria;
- take the graph that has these vertices as nodes and the extreme equilibria as edges. Its
  **maximal bicliques** U x V are the *maximal Nash subsets*: every mixture of U with every
  mixture of V is an equilibrium, and every equilibrium is one of these;
- its **connected components** are the connected components of the equilibrium set. An
  equilibrium is *isolated* when its component is a single edge.

Everything is computed in integers. Payoffs are first brought to integers without common
factor from 0 upwards, player by player, so that adding a constant or multiplying by a
positive number changes nothing but the payoffs reported.

With more than two players the pure equilibria are found, and the result says so; when
iterated strict dominance leaves one profile, that is the only equilibrium and the result
says that.

Sources: Mangasarian (1964) and Winkels (1979) on extreme equilibria; Jansen (1981) on
maximal Nash subsets; von Stengel (2002) on labels; Avis, Rosenberg, Savani and von Stengel
(2010) on enumeration and components.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from negotiation.errors import TooLargeError
from negotiation.exact import IntArray, show
from negotiation.normal_form.dominance import iterated_dominance
from negotiation.normal_form.game import NormalForm
from negotiation.normal_form.polytopes import best_reply_rays, complementary, vertex_bound
from negotiation.normal_form.pure import pure_equilibria
from negotiation.results import Result, Table

__all__ = ["Component", "Equilibria", "Equilibrium", "equilibria"]

MAX_VERTICES = 1_000_000
"""Largest possible number of vertices of a best-reply polyhedron that is taken on."""

Distribution = tuple[Fraction, ...]
Edge = tuple[int, ...]
NashSubset = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Equilibrium:
    """One equilibrium: a mixed strategy and an expected payoff per player, in player order."""

    strategies: tuple[Distribution, ...]
    payoffs: tuple[Fraction, ...]

    @property
    def supports(self) -> tuple[tuple[int, ...], ...]:
        """Per player the indices of the strategies played with positive probability."""
        return tuple(map(_support, self.strategies))

    @property
    def pure(self) -> bool:
        """Whether every player plays one strategy for sure."""
        return all(1 in strategy for strategy in self.strategies)


@dataclass(frozen=True)
class Component:
    """A connected component of the equilibrium set.

    Attributes
    ----------
    profiles : tuple of int
        Its extreme equilibria, as indices into ``Equilibria.profiles``.
    edges : tuple of tuple of int
        The same, as one index into ``Equilibria.extreme[p]`` per player p.
    """

    profiles: tuple[int, ...]
    edges: tuple[Edge, ...]

    @property
    def isolated(self) -> bool:
        """Whether the component is a single point."""
        return len(self.profiles) == 1

    @cached_property
    def subsets(self) -> tuple[NashSubset, ...]:
        """The maximal Nash subsets, each as one tuple of indices into ``extreme[p]`` per player.

        Their union is the component. Found when first asked for; each takes time
        proportional to the size of the component, and there may be exponentially many.
        """
        return _maximal_bicliques(self.edges)


@dataclass(frozen=True)
class Equilibria(Result):
    """The equilibria of a game.

    ``guarantee`` is ``"extreme"`` for one or two players: all extreme equilibria, and with
    the components the whole equilibrium set. For more players it is ``"pure"``: all pure
    equilibria and no other, or ``"all"`` where dominance proves that the one found is the
    only one.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    profiles : tuple of Equilibrium
        Pure ones first, then by supports in lexicographic order.
    components : tuple of Component
        In the order of their first profile; empty if the guarantee is ``"pure"``.
    extreme : tuple of tuples of mixed strategies
        Per player the distinct strategies that occur in ``profiles``, in the same order.
    """

    game: NormalForm
    profiles: tuple[Equilibrium, ...]
    components: tuple[Component, ...]
    extreme: tuple[tuple[Distribution, ...], ...]

    @cached_property
    def component_of(self) -> tuple[int | None, ...]:
        """Per profile the index of its component, or None where that is not determined."""
        places = {i: c for c, component in enumerate(self.components) for i in component.profiles}
        return tuple(places.get(i) for i in range(len(self.profiles)))

    @property
    def unique(self) -> Equilibrium | None:
        """The equilibrium, if the game is known to have no other."""
        alone = len(self.profiles) == 1 and self.guarantee != "pure"
        return self.profiles[0] if alone else None

    def words(
        self, player: str | int, strategy: Sequence[Fraction], *, fractions: bool = False
    ) -> str:
        """Return a mixed strategy in words: "settle", or "0.6 fight + 0.4 settle"."""
        names = self.game.strategies[self.game.player_index(player)]
        used = [(name, weight) for name, weight in zip(names, strategy, strict=True) if weight]
        if len(used) == 1:
            return used[0][0]
        return " + ".join(f"{show(weight, fractions=fractions)} {name}" for name, weight in used)

    def tables(self) -> tuple[Table, ...]:
        """Return the equilibria, and the components that are more than a point."""
        players = self.game.players
        rows = []
        for profile, c in zip(self.profiles, self.component_of, strict=True):
            rows.append(
                [
                    *(self.words(p, own) for p, own in enumerate(profile.strategies)),
                    *profile.payoffs,
                    None if c is None else c + 1,
                    None if c is None else self.components[c].isolated,
                ]
            )
        heads = [*players, *(f"payoff of {name}" for name in players), "component", "isolated"]
        wide = [c for c in self.components if not c.isolated]
        tables = [Table("Equilibria", heads, rows, [self._note(bool(wide))], name="equilibria")]
        if wide:
            lines = [
                [c + 1, *(", ".join(self._corners(p, side)) for p, side in enumerate(subset))]
                for c, component in enumerate(self.components)
                if not component.isolated
                for subset in component.subsets
            ]
            tables.append(
                Table(
                    "Components with infinitely many equilibria",
                    ["component", *(f"{name} mixes any of" for name in players)],
                    lines,
                    ["In each row, every mixture with every mixture is an equilibrium."],
                    name="components",
                )
            )
        return tuple(tables)

    def _corners(self, player: int, side: Sequence[int]) -> list[str]:
        words = [self.words(player, self.extreme[player][i]) for i in side]
        return [f"({text})" if " + " in text else text for text in words]

    def _note(self, wide: bool) -> str:
        if self.guarantee == "pure":
            return (
                "Pure equilibria only: with more than two players, mixed equilibria are not "
                "searched for."
            )
        if self.guarantee == "all":
            return "The only equilibrium: every other strategy is eliminated by dominance."
        if wide:
            return "All extreme equilibria; with the components below, all equilibria."
        return "All equilibria, pure and mixed."

    def data(self) -> dict[str, Any]:
        """Return the equilibria as nested plain data; its keys are output paths."""
        players = self.game.players
        pure = [
            dict(zip(players, self._played(profile), strict=True))
            for profile in self.profiles
            if profile.pure
        ]
        only = self.unique
        return {
            "guarantee": self.guarantee,
            "count": len(self.profiles),
            "count_pure": len(pure),
            "components": len(self.components),
            "unique": pure[0] if only is not None and only.pure else None,
            "pure": pure,
            "payoffs": dict(zip(players, self.profiles[0].payoffs, strict=True))
            if len(self.profiles) == 1
            else None,
            "profiles": [
                {
                    "strategies": {
                        player: {name: w for name, w in zip(names, own, strict=True) if w}
                        for player, names, own in zip(
                            players, self.game.strategies, profile.strategies, strict=True
                        )
                    },
                    "payoffs": dict(zip(players, profile.payoffs, strict=True)),
                    "component": None if c is None else c + 1,
                    "isolated": None if c is None else self.components[c].isolated,
                }
                for profile, c in zip(self.profiles, self.component_of, strict=True)
            ],
            "outcomes": ["/".join(own.values()) for own in pure],
        }

    def _played(self, profile: Equilibrium) -> tuple[str, ...]:
        return self.game.names(own[0] for own in profile.supports)


def equilibria(game: NormalForm, *, limit: int = MAX_VERTICES) -> Equilibria:
    """Return all extreme equilibria of a game and their connected components. Exact.

    Parameters
    ----------
    game : NormalForm
        With one or two players all extreme equilibria are found, degenerate games included;
        with more, the pure equilibria.
    limit : int
        Refuse two-player games whose best-reply polyhedra may have more vertices.

    Returns
    -------
    Equilibria

    Raises
    ------
    TooLargeError
        Before it starts, if the bound on the number of vertices exceeds `limit`: beyond 16
        strategies each, or more if one player has few.

    Notes
    -----
    Complexity: see :func:`~negotiation.normal_form.polytopes.best_reply_rays`; the number of
    vertices is exponential in the smaller number of strategies. The method of vertex pairs is
    due to Mangasarian (1964); here the vertices come from the double description method, and
    pairs are matched by their labels.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]], players=["us", "ru"])
    >>> found = equilibria(game)
    >>> print(found.tables()[0].as_csv().splitlines()[3])
    0.6667 row 1 + 0.3333 row 2,0.3333 column 1 + 0.6667 column 2,2/3,2/3,3,yes
    >>> found.data()["outcomes"]
    ['row 1/column 1', 'row 2/column 2']
    """
    if len(game.players) == 2:
        return _two_players(game, limit)
    places = pure_equilibria(game)
    extreme = tuple(
        tuple(_vertex(i, size) for i in sorted({place[p] for place in places}))
        for p, size in enumerate(game.shape)
    )
    edges = tuple(
        tuple(side.index(_vertex(i, len(side[0]))) for i, side in zip(place, extreme, strict=True))
        for place in places
    )
    profiles = tuple(
        Equilibrium(
            tuple(side[i] for side, i in zip(extreme, edge, strict=True)), game.payoffs_at(place)
        )
        for place, edge in zip(places, edges, strict=True)
    )
    if len(game.players) == 1:
        guarantee = "extreme"
    elif len(places) == 1 and iterated_dominance(game, mixed=False).solved:
        guarantee = "all"
    else:
        guarantee = "pure"
    components = () if guarantee == "pure" else (Component(tuple(range(len(edges))), edges),)
    return Equilibria(
        game=game, profiles=profiles, components=components, extreme=extreme, guarantee=guarantee
    )


def _two_players(game: NormalForm, limit: int) -> Equilibria:
    m, n = game.shape
    bound = max(vertex_bound(m, m + n), vertex_bound(n, m + n))
    if bound > limit:
        raise TooLargeError(
            f"a game of {m} by {n} strategies: its best-reply polyhedra may have up to "
            f"{bound:,} vertices and the limit is {limit:,}",
            remedy="eliminate dominated strategies first, use fewer strategies or a larger limit",
        )
    (rows, scale), (columns, other_scale) = (
        _normalised(payoffs, denominator) for payoffs, denominator in game.scaled
    )
    rays = (best_reply_rays(columns.T), best_reply_rays(rows))
    swapped = np.concatenate([rays[1][1][:, n:], rays[1][1][:, :n]], axis=1)
    pairs = complementary(rays[0][1], swapped, (m, n))
    # a ray of one player's weights carries what the *other* player's best reply earns
    sides = []
    for p, (vertices, units) in enumerate(((rays[0][0], other_scale), (rays[1][0], scale))):
        used = np.unique(pairs[p])
        points = [_point(vertices[k].tolist(), units) for k in used]
        order = sorted(range(len(used)), key=lambda i: _order(points[i][0]))
        place = {int(used[i]): rank for rank, i in enumerate(order)}
        sides.append((place, [points[i] for i in order]))
    (place, xs), (other_place, ys) = sides
    supports = [[_support(x) for x, _ in side] for side in (xs, ys)]
    edges = sorted(
        ((place[int(k)], other_place[int(l)]) for k, l in zip(*pairs, strict=True)),
        key=lambda edge: (
            len(supports[0][edge[0]]) + len(supports[1][edge[1]]) > 2,
            supports[0][edge[0]],
            supports[1][edge[1]],
            edge,
        ),
    )
    return Equilibria(
        game=game,
        profiles=tuple(Equilibrium((xs[i][0], ys[j][0]), (ys[j][1], xs[i][1])) for i, j in edges),
        components=_components(edges),
        extreme=tuple(tuple(point for point, _ in side) for side in (xs, ys)),
        guarantee="extreme",
    )


Units = tuple[Fraction, Fraction]  # a payoff is first + second * normalised payoff


def _normalised(payoffs: IntArray, denominator: int) -> tuple[IntArray, Units]:
    """Return payoffs as integers from 0 upwards without common factor, and their units."""
    least = payoffs.min()
    shifted = payoffs - least
    factor = int(np.gcd.reduce(shifted.ravel())) or 1
    return shifted // factor, (Fraction(int(least), denominator), Fraction(factor, denominator))


def _point(ray: list[int], units: Units) -> tuple[Distribution, Fraction]:
    """Return the distribution on a ray and what the other player's best reply earns."""
    *weights, value = ray
    total = sum(weights)
    return (
        tuple(Fraction(weight, total) for weight in weights),
        units[0] + units[1] * Fraction(value, total),
    )


def _support(strategy: Distribution) -> tuple[int, ...]:
    return tuple(i for i, weight in enumerate(strategy) if weight)


def _vertex(place: int, size: int) -> Distribution:
    return tuple(Fraction(int(i == place)) for i in range(size))


def _order(strategy: Distribution) -> tuple[bool, tuple[int, ...], Distribution]:
    support = _support(strategy)
    return len(support) > 1, support, strategy


def _components(edges: Sequence[tuple[int, int]]) -> tuple[Component, ...]:
    """Group the edges of a bipartite graph by connected component."""
    parent: dict[tuple[int, int], tuple[int, int]] = {}

    def root(node: tuple[int, int]) -> tuple[int, int]:
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    for i, j in edges:
        parent[root((0, i))] = root((1, j))
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for k, (i, _) in enumerate(edges):
        groups[root((0, i))].append(k)
    return tuple(
        Component(tuple(group), tuple(edges[k] for k in group)) for group in groups.values()
    )


def _maximal_bicliques(edges: Sequence[Edge]) -> tuple[NashSubset, ...]:
    """Return the maximal bicliques of a connected bipartite graph given by its edges.

    They correspond to the non-empty intersections of neighbourhoods of first nodes; those
    are closed under adding one neighbourhood at a time.
    """
    if len(edges) == 1 or len(edges[0]) == 1:
        return (tuple(tuple(sorted(set(side))) for side in zip(*edges, strict=True)),)
    neighbours: defaultdict[int, set[int]] = defaultdict(set)
    for i, j in edges:
        neighbours[i].add(j)
    closed: set[frozenset[int]] = set()
    for around in neighbours.values():
        closed |= {frozenset(around)} | {known & around for known in closed if known & around}
    subsets = [
        (tuple(i for i in sorted(neighbours) if common <= neighbours[i]), tuple(sorted(common)))
        for common in closed
    ]
    return tuple(sorted(subsets))
