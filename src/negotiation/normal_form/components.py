"""Connected components of the equilibria of a game, their parts and their index.

Take the graph whose nodes are the players' extreme strategies and whose edges are the extreme
equilibria (two players). Its connected components are those of the equilibrium set, and its
maximal bicliques U x V are the *maximal Nash subsets*: every mixture of U with every mixture
of V is an equilibrium, and every equilibrium of the component is one of these.

Sources: Jansen (1981); Avis, Rosenberg, Savani and von Stengel (2010).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from negotiation.normal_form.index import ComponentIndices

__all__ = ["Component", "grouped"]

Edge = tuple[int, ...]
NashSubset = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Component:
    """A connected component of the equilibrium set.

    Attributes
    ----------
    profiles : tuple of int
        Its extreme equilibria, as indices into ``Equilibria.profiles``.
    edges : tuple of tuple of int
        The same, as one index into ``Equilibria.extreme[p]`` per player p.

    Examples
    --------
    >>> component = Component((0, 1, 2), ((0, 0), (0, 1), (1, 0)))
    >>> component.isolated, component.subsets
    (False, (((0,), (0, 1)), ((0, 1), (0,))))
    """

    profiles: tuple[int, ...]
    edges: tuple[Edge, ...]
    place: int = field(default=0, repr=False, compare=False)
    indices: ComponentIndices | None = field(default=None, repr=False, compare=False)

    @property
    def isolated(self) -> bool:
        """Whether the component is a single point."""
        return len(self.profiles) == 1

    @property
    def index(self) -> int:
        """Its index; those of all components add up to 1 (:mod:`negotiation.normal_form.index`).

        Found for all components when first asked for one. It is +1 or -1 for an isolated
        equilibrium that is nondegenerate and any integer for other components. If it is not 0,
        every game close by has equilibria close to the component.
        """
        return 1 if self.indices is None else self.indices.values[self.place]

    @cached_property
    def subsets(self) -> tuple[NashSubset, ...]:
        """The maximal Nash subsets, each as one tuple of indices into ``extreme[p]`` per player.

        Their union is the component. Found when first asked for; each takes time
        proportional to the size of the component, and there may be exponentially many.
        """
        return _maximal_bicliques(self.edges)


def grouped(edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Group the edges of a bipartite graph by connected component, in order.

    Examples
    --------
    >>> grouped([(0, 0), (1, 1), (2, 0)])
    [[0, 2], [1]]
    """
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
    return list(groups.values())


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
