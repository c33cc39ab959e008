"""Connected components of the equilibria of a game, their parts and their index.

Take the graph whose nodes are the players' extreme strategies and whose edges are the extreme
equilibria (two players). Its connected components are those of the equilibrium set, and its
maximal bicliques U x V are the *maximal Nash subsets*: every mixture of U with every mixture
of V is an equilibrium, and every equilibrium of the component is one of these.

Sources: Jansen (1981); Avis, Rosenberg, Savani and von Stengel (2010).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from negotiation.normal_form.index import ComponentIndices, PointIndices

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
    products : tuple
        With more than two players who have a choice, its ``subsets``.

    Examples
    --------
    >>> component = Component((0, 1, 2), ((0, 0), (0, 1), (1, 0)))
    >>> component.isolated, component.subsets
    (False, (((0,), (0, 1)), ((0, 1), (0,))))
    """

    profiles: tuple[int, ...]
    edges: tuple[Edge, ...]
    place: int = field(default=0, repr=False, compare=False)
    indices: ComponentIndices | PointIndices | None = field(default=None, repr=False, compare=False)
    products: tuple[NashSubset, ...] = field(default=(), repr=False)

    @property
    def isolated(self) -> bool:
        """Whether the component is a single point."""
        return len(self.profiles) == 1

    @property
    def index(self) -> int | None:
        """Its index; those of all components add up to 1 (:mod:`negotiation.normal_form.index`).

        Found for all components when first asked for one. It is +1 or -1 for an isolated
        equilibrium that is nondegenerate and any integer for other components. If it is not 0,
        every game close by has equilibria close to the component. None where it is not
        determined: with more than two players, for components that are more than a regular
        equilibrium, unless the others tell.
        """
        return None if self.indices is None else self.indices.values[self.place]

    @cached_property
    def subsets(self) -> tuple[NashSubset, ...]:
        """The maximal Nash subsets, each as one tuple of indices into ``extreme[p]`` per player.

        Their union is the component. Found when first asked for. There may be exponentially many
        of them: :meth:`iter_subsets` gives them one by one.
        """
        return tuple(sorted(self.iter_subsets()))

    def iter_subsets(self) -> Iterator[NashSubset]:
        """Give the maximal Nash subsets one by one, in no particular order.

        The time until the next one is bounded by a polynomial in the size of the component, and
        none is kept.

        Examples
        --------
        >>> next(Component((0, 1, 2), ((0, 0), (0, 1), (1, 0))).iter_subsets())
        ((0,), (0, 1))
        """
        if self.products:
            yield from self.products
            return
        sides = [tuple(sorted(set(side))) for side in zip(*self.edges, strict=True)]
        varying = [p for p, side in enumerate(sides) if len(side) > 1]
        if len(varying) < 2:
            yield tuple(sides)
            return
        first, second = varying  # the strategies of other players are the same throughout
        for one, two in _iter_maximal_bicliques([(e[first], e[second]) for e in self.edges]):
            sides[first], sides[second] = one, two
            yield tuple(sides)


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


def _iter_maximal_bicliques(edges: Sequence[Edge]) -> Iterator[NashSubset]:
    """Give the maximal bicliques of a bipartite graph given by its edges.

    A set of first nodes is *closed* when it has all nodes that are joined to all its common
    neighbours; the maximal bicliques are the closed sets with their common neighbours. Each
    closed set but the first is reached from one other only, by adding the node after which
    nothing smaller joins in (prefix-preserving closure extension: Uno, Asai, Uchida and Arimura
    2004), so that none has to be remembered to tell whether it is new.
    """
    first = sorted({i for i, _ in edges})
    second = sorted({j for _, j in edges})
    places = {j: k for k, j in enumerate(second)}
    around = dict.fromkeys(first, 0)  # neighbours, as bits
    for i, j in edges:
        around[i] |= 1 << places[j]
    masks = [around[i] for i in first]

    def closure(common: int) -> int:
        return sum(1 << i for i, mask in enumerate(masks) if mask & common == common)

    everything = (1 << len(second)) - 1
    waiting = [(closure(everything), everything, 0)]
    while waiting:
        closed, common, start = waiting.pop()
        if closed:
            yield (
                tuple(i for k, i in enumerate(first) if closed >> k & 1),
                tuple(j for k, j in enumerate(second) if common >> k & 1),
            )
        for i in range(start, len(first)):
            shared = common & masks[i]
            if closed >> i & 1 or not shared:
                continue
            larger = closure(shared)
            before = (1 << i) - 1
            if larger & before == closed & before:
                waiting.append((larger, shared, i + 1))
