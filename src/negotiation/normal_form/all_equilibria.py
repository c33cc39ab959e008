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

Everything is computed in integers. The pairs of vertices come from one of two finders:

- with few strategies, up to 5 by 5, from the signs of determinants
  (:mod:`negotiation.normal_form.bordered_minors`);
- otherwise from the double description of both polyhedra. Payoffs are first brought to integers
  without common factor from 0 upwards, player by player.

Games with more than two players are handed to :mod:`negotiation.normal_form.many_players`: where
no more than two have undominated strategies to choose from, they are solved as above; small ones
are solved support by support, and the result then has all equilibria, or says in which supports
there may be others; in larger ones the pure equilibria are found, or else one that is mixed.

Sources: Mangasarian (1964) and Winkels (1979) on extreme equilibria; Jansen (1981) on
maximal Nash subsets; von Stengel (2002) on labels; Avis, Rosenberg, Savani and von Stengel
(2010) on enumeration and components.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from negotiation.errors import GameError, shorten
from negotiation.exact import is_real, whole
from negotiation.normal_form.bordered_minors import Vertex, has_small_program, vertex_pairs
from negotiation.normal_form.components import Component, grouped
from negotiation.normal_form.equilibrium import (
    Distribution,
    Equilibrium,
    Profiles,
    normalised,
    order_of,
    over_one,
    point,
    pure_strategy,
    support,
    weighted,
)
from negotiation.normal_form.game import NormalForm, checked_call, checked_game, profile_name
from negotiation.normal_form.index import ComponentIndices, PointIndices, Supports
from negotiation.normal_form.lemke_howson import equilibria_on_paths
from negotiation.normal_form.polytopes import (
    MAX_VERTICES,
    Check,
    best_reply_rays,
    complementary,
    largest_bound,
    refuse_vertices,
)
from negotiation.normal_form.pure import pure_equilibria
from negotiation.results import SHOWN, Table

if TYPE_CHECKING:
    from negotiation.normal_form.support_systems import UndecidedSupports

__all__ = ["Component", "Equilibria", "Equilibrium", "equilibria", "iter_equilibria"]

FOREVER = 1e9
"""Seconds that no search takes."""


@dataclass(frozen=True)
class Equilibria(Profiles[Equilibrium]):
    """The equilibria of a game.

    ``guarantee`` is ``"extreme"`` for one or two players: all extreme equilibria, and with
    the components the whole equilibrium set. For more players it is ``"all"`` where the same is
    proved, and ``"some"`` where there may be others: within ``undecided``, or in supports that
    were not searched; all pure equilibria are listed in any case. It is ``"some"`` too if the
    search was stopped before it was complete.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    profiles : tuple of Equilibrium
        Pure ones first, then by supports in lexicographic order. With more than two players
        those that are irrational are rational points next to a true equilibrium:
        :class:`~negotiation.normal_form.support_systems.CertifiedEquilibrium`.
    components : tuple of Component
        In the order of their first profile. If the guarantee is ``"some"``, only those that are
        proved to be complete.
    extreme : tuple of tuples of mixed strategies
        Per player the distinct strategies that occur in ``profiles``, in the same order.
    undecided : tuple of UndecidedSupports
        With more than two players: where there may be other equilibria.
    unsearched : int
        The number of further support profiles that were not searched.
    """

    components: tuple[Component, ...]
    extreme: tuple[tuple[Distribution, ...], ...]
    undecided: tuple[UndecidedSupports, ...] = ()
    unsearched: int = 0

    @cached_property
    def component_of(self) -> tuple[int | None, ...]:
        """Per profile the index of its component, or None where that is not determined."""
        places = {i: c for c, component in enumerate(self.components) for i in component.profiles}
        return tuple(places.get(i) for i in range(len(self.profiles)))

    def tables(self) -> tuple[Table, ...]:
        """Return the equilibria, and the components that are more than a point."""
        players = self.game.players
        rows = []
        for profile, c in zip(self.profiles, self.component_of, strict=True):
            rows.append(
                [
                    *(self.words(p, own) for p, own in enumerate(profile.strategies)),
                    *(value if profile.exact else round(value, 9) for value in profile.payoffs),
                    None if c is None else c + 1,
                    None if c is None else self.components[c].isolated,
                ]
            )
        heads = [*players, *(f"payoff of {name}" for name in players), "component", "isolated"]
        wide = [c for c in self.components if not c.isolated]
        tables = [Table("Equilibria", heads, rows, [self._note(bool(wide))], name="equilibria")]
        if wide:
            # there may be exponentially many: no more than the table shows are looked for
            found = (
                (c, component, subset)
                for c, component in enumerate(self.components)
                if not component.isolated
                for subset in component.iter_subsets()
            )
            listed = sorted(islice(found, SHOWN), key=lambda line: (line[0], line[2]))
            lines = [
                [
                    c + 1,
                    component.index,
                    *(", ".join(self._corners(p, side)) for p, side in enumerate(subset)),
                ]
                for c, component, subset in listed
            ]
            tables.append(
                Table(
                    "Components with infinitely many equilibria",
                    ["component", "index", *(f"{name} mixes any of" for name in players)],
                    lines,
                    [
                        "In each row, every mixture with every mixture is an equilibrium.",
                        "If the index is not 0, no small change of payoffs removes them all.",
                    ],
                    name="components",
                    left_out=0 if next(found, None) is None else None,
                )
            )
        if self.undecided:
            from negotiation.normal_form.support_systems import (  # noqa: PLC0415  it imports us
                undecided_table,
            )

            tables.append(undecided_table(players, self.undecided))
        return tuple(tables)

    def _corners(self, player: int, side: Sequence[int]) -> list[str]:
        words = [self.words(player, self.extreme[player][i]) for i in side]
        return [f"({text})" if " + " in text else text for text in words]

    def _note(self, wide: bool) -> str:
        if not self.profiles:
            return (
                "None could be certified. There is one, as in every finite game (Nash), with "
                "supports listed below or not searched; iterated dominance, the search of supports "
                "and the logit path were tried."
            )
        if self.unsearched:
            return (
                "All pure equilibria, and of others some: there may be more in "
                f"{self.unsearched:,} supports that were not searched; `seconds` says how long to "
                "search."
            )
        if self.undecided:
            return "There may be other equilibria, with the supports listed below only."
        if self.guarantee == "some":
            return (
                "Some equilibria only: the search was stopped before it was complete, so there "
                "may be others, and components are not determined."
            )
        if self.unique is not None and self.guarantee == "all":
            return "The only equilibrium."
        if self.guarantee == "all" and not all(profile.exact for profile in self.profiles):
            return "All equilibria, pure and mixed; irrational probabilities are rounded."
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
            "components": None if self.guarantee in {"pure", "some"} else len(self.components),
            "unique": pure[0] if only is not None and only.pure else None,
            "pure": pure,
            "payoffs": dict(zip(players, self.profiles[0].payoffs, strict=True))
            if len(self.profiles) == 1
            else None,
            "profiles": [
                {
                    **profile.data(players, self.game.strategies),
                    "component": None if c is None else c + 1,
                    "isolated": None if c is None else self.components[c].isolated,
                    "index": None if c is None else self.components[c].index,
                }
                for profile, c in zip(self.profiles, self.component_of, strict=True)
            ],
            "outcomes": [profile_name(own.values()) for own in pure],
            "undecided": len(self.undecided),
            "unsearched": self.unsearched,
        }

    def _played(self, profile: Equilibrium) -> tuple[str, ...]:
        return self.game.names(own[0] for own in profile.supports)


def equilibria(
    game: NormalForm,
    *,
    limit: int = MAX_VERTICES,
    seconds: float | None = None,
    stop: Callable[[], bool] | None = None,
) -> Equilibria:
    """Return all extreme equilibria of a game and their connected components. Exact.

    Parameters
    ----------
    game : NormalForm
        With one or two players all extreme equilibria are found, degenerate games included;
        with more, all equilibria of small games, and at least one of others.
    limit : int
        Refuse two-player games whose best-reply polyhedra may have more vertices. With
        `seconds` or `stop` no game is refused; the search stops where it really meets more.
    seconds : float, optional
        Stop after about so many seconds with the equilibria found until then. The guarantee is
        then ``"some"``, and as usual if all were found in time. With more than two players
        all supports are searched then, whatever their number; without, only where that is
        little work.
    stop : callable, optional
        Asked again and again; the search stops in the same way when it says True. Set by a
        handler of a signal, or by another thread, it keeps what was found when a user
        interrupts: signals themselves are not caught here. Whoever wants them one by one
        takes :func:`iter_equilibria`.

    Returns
    -------
    Equilibria

    Raises
    ------
    TooLargeError
        Before it starts, if the bound on the number of vertices exceeds `limit`: beyond 16
        strategies each, or more if one player has few. Not with `seconds` or `stop`.
    GameError
        If `limit` is no integer, or `seconds` no number, from 0 upwards.

    Notes
    -----
    Complexity: see :func:`~negotiation.normal_form.polytopes.best_reply_rays`; the number of
    vertices is exponential in the smaller number of strategies. The method of vertex pairs is
    due to Mangasarian (1964); here the vertices come from the double description method, and
    pairs are matched by their labels. A search that may be stopped looks for pure equilibria
    and follows Lemke-Howson paths first: those from the artificial equilibrium, and from all
    others too where the bound exceeds `limit`.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]], players=["us", "ru"])
    >>> found = equilibria(game)
    >>> print(found.tables()[0].as_csv(exact=True).splitlines()[3])
    0.6667 row 1 + 0.3333 row 2,0.3333 column 1 + 0.6667 column 2,2/3,2/3,3,yes
    >>> found.data()["outcomes"]
    ['row 1/column 1', 'row 2/column 2']
    """
    checked_game(game)
    limit = whole(limit, "limit")
    if seconds is not None and not (is_real(seconds) and seconds >= 0):
        raise GameError(
            f"'{shorten(seconds)}' is no number of seconds", remedy="give a number from 0 upwards"
        )
    checked_call(stop, "stop")
    if len(game.players) == 2:
        if seconds is None and stop is None:
            refuse_vertices(
                game.shape,
                limit,
                otherwise=", or give seconds=60 to get the equilibria found in that time",
            )
            return _enumerated(game)
        return _stoppable(game, limit, seconds, stop)
    if len(game.players) > 2:
        from negotiation.normal_form.many_players import (  # noqa: PLC0415  it imports us
            many_player_equilibria,
        )

        return many_player_equilibria(game, limit=limit, seconds=seconds, stop=stop)
    found = [_pure(game, place) for place in pure_equilibria(game)]
    return _listed(game, found, "extreme", [range(len(found))])


def exact_only(found: Equilibria) -> Equilibria:
    """Return the equilibria without those that are rational points next to one."""
    exact = [profile for profile in found.profiles if profile.exact]
    if len(exact) == len(found.profiles):
        return found
    return _listed(found.game, exact, "some", [])


def _listed(
    game: NormalForm,
    profiles: Sequence[Equilibrium],
    guarantee: str,
    groups: Sequence[Sequence[int]],
) -> Equilibria:
    """Return equilibria that come as a list, with the groups that are components."""
    extreme = tuple(
        tuple(sorted({profile.strategies[p] for profile in profiles}, key=order_of))
        for p in range(len(game.players))
    )
    edges = [
        tuple(side.index(own) for side, own in zip(extreme, profile.strategies, strict=True))
        for profile in profiles
    ]
    points = tuple(profiles[own[0]].strategies if len(own) == 1 else None for own in groups)
    indices = PointIndices(game, points, complete=guarantee in {"all", "extreme"})
    return Equilibria(
        game=game,
        profiles=tuple(profiles),
        components=tuple(
            Component(tuple(own), tuple(edges[k] for k in own), c, indices)
            for c, own in enumerate(groups)
        ),
        extreme=extreme,
        guarantee=guarantee,
    )


def iter_equilibria(game: NormalForm) -> Iterator[Equilibrium]:
    """Yield the extreme equilibria of a two-player game one by one, each of them exact.

    Pure ones come first, then those at the ends of Lemke-Howson paths from the artificial
    equilibrium and from every equilibrium found, then the rest by complete enumeration. An
    exhausted iterator has yielded every extreme equilibrium once; one that is left early has
    cost no more than what it yielded.

    Parameters
    ----------
    game : NormalForm
        Two players, of any size.

    Raises
    ------
    GameError
        If the game does not have two players.

    Notes
    -----
    Complexity: see :func:`~negotiation.normal_form.lemke_howson.lemke_howson` for each path; a
    path may lead to an equilibrium known already. The complete enumeration in the end takes
    time and memory as :func:`equilibria` does, without a limit.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> for found in iter_equilibria(game):
    ...     print(found.supports, *found.payoffs)
    ((0,), (0,)) 2 1
    ((1,), (1,)) 1 2
    ((0, 1), (0, 1)) 2/3 2/3
    """
    checked_game(game)
    if len(game.players) != 2:
        raise GameError(
            f"{len(game.players)} players where the search takes two",
            remedy="ask for equilibria() or pure_equilibria()",
        )
    return _one_by_one(game)


def _one_by_one(game: NormalForm) -> Iterator[Equilibrium]:
    told = set()
    for found in _quickly(game):
        told.add(found.strategies)
        yield found
    for found in _enumerated(game).profiles:
        if found.strategies not in told:
            yield found


def _quickly(
    game: NormalForm, *, everywhere: bool = True, check: Check | None = None
) -> Iterator[Equilibrium]:
    """Yield the pure equilibria, then the others on Lemke-Howson paths."""
    for place in pure_equilibria(game):
        yield _pure(game, place)
    for found in equilibria_on_paths(game, everywhere=everywhere, check=check):
        if not found.pure:
            yield found


def _pure(game: NormalForm, place: tuple[int, ...]) -> Equilibrium:
    strategies = tuple(map(pure_strategy, place, game.shape))
    return Equilibrium(strategies, game.payoffs_at(place))


class _StoppedError(Exception):
    """The search is to stop."""


def _stoppable(
    game: NormalForm, limit: int, seconds: float | None, stop: Callable[[], bool] | None
) -> Equilibria:
    """Return all equilibria if they are found before the search is to stop, else some."""
    end = None if seconds is None else time.monotonic() + min(seconds, FOREVER)

    def check(vertices: int) -> None:
        if vertices > limit:
            raise _StoppedError
        if end is not None and time.monotonic() >= end:
            raise _StoppedError
        if stop is not None and stop():
            raise _StoppedError

    found: list[Equilibrium] = []
    try:
        for one in _quickly(game, everywhere=largest_bound(game.shape) > limit, check=check):
            found.append(one)  # noqa: PERF402  what was found before it stops is kept
        return _enumerated(game, check)
    except _StoppedError:
        found.sort(key=lambda one: (not one.pure, *one.supports, one.strategies))
    return _listed(game, found, "some", [])


def _enumerated(game: NormalForm, check: Check | None = None) -> Equilibria:
    """Return all extreme equilibria and their components."""
    if has_small_program(*game.shape):
        sides, pairs = _of_small_game(game)
    else:
        sides, pairs = _of_polyhedra(game, check)
    # each player's strategies in order, and the equilibria as pairs of their ranks
    supports, ranks = [], []
    for p, side in enumerate(sides):
        used = [support(own.strategy) for own in side]
        order = sorted(
            range(len(side)), key=lambda i: (len(used[i]) > 1, used[i], side[i].strategy)
        )
        sides[p], rank = [side[i] for i in order], [0] * len(side)
        for new, old in enumerate(order):
            rank[old] = new
        supports.append([used[i] for i in order])
        ranks.append(rank)
    (xs, ys), (rank, other_rank), (rows, columns) = sides, ranks, supports
    edges = [(rank[i], other_rank[j]) for i, j in pairs]
    edges.sort(
        key=lambda edge: (
            len(rows[edge[0]]) + len(columns[edge[1]]) > 2,
            rows[edge[0]],
            columns[edge[1]],
            edge,
        )
    )
    extreme = tuple(tuple(own.strategy for own in side) for side in sides)
    if len(edges) == len(xs) == len(ys):
        groups = [[k] for k in range(len(edges))]
    else:
        groups = grouped(edges)
    component_of = [0] * len(xs)
    ordinary: list[Supports | None] = []
    for c, group in enumerate(groups):
        for k in group:
            component_of[edges[k][0]] = c
        i, j = edges[group[0]]
        plain = len(group) == 1 and xs[i].simple and ys[j].simple
        ordinary.append((rows[i], columns[j]) if plain else None)
    indices = ComponentIndices(game, tuple(ordinary), extreme[0], tuple(component_of))
    return Equilibria(
        game=game,
        profiles=tuple(
            Equilibrium((xs[i].strategy, ys[j].strategy), (ys[j].earned, xs[i].earned))
            for i, j in edges
        ),
        components=tuple(
            Component(tuple(group), tuple(edges[k] for k in group), c, indices)
            for c, group in enumerate(groups)
        ),
        extreme=extreme,
        guarantee="extreme",
    )


class _Point(NamedTuple):
    """A strategy that is a vertex."""

    strategy: Distribution
    earned: Fraction
    """What the other player earns by a best reply to it."""
    simple: bool
    """Whether it has no more best replies than strategies used."""


_Sides = tuple[list[list[_Point]], Iterable[tuple[int, int]]]
"""Both players' points, and which pairs of them are equilibria."""


def _of_small_game(game: NormalForm) -> _Sides:
    """Find the extreme equilibria by minors: little work for few strategies."""
    m, n = game.shape
    (one, below_one), (two, below_two) = (
        over_one(array.ravel().tolist()) for array in game.payoffs
    )
    first, second, pairs = vertex_pairs(one, two, (m, n))
    # what reply r earns against each strategy
    sides = [
        [_mixed(own, two[own.reply :: n], below_two) for own in first],
        [_mixed(own, one[own.reply * n : own.reply * n + n], below_one) for own in second],
    ]
    return sides, pairs


def _mixed(vertex: Vertex, earned: Sequence[int], below: int) -> _Point:
    return _Point(*weighted(vertex.weights, earned, below), vertex.simple)


def _of_polyhedra(game: NormalForm, check: Check | None) -> _Sides:
    """Find the extreme equilibria by all vertices of both players' polyhedra."""
    m, n = game.shape
    (rows, scale), (columns, other_scale) = (
        normalised(payoffs, denominator) for payoffs, denominator in game.scaled
    )
    rays = (best_reply_rays(columns.T, check), best_reply_rays(rows, check))
    swapped = np.concatenate([rays[1][1][:, n:], rays[1][1][:, :n]], axis=1)
    pairs = complementary(rays[0][1], swapped, (m, n), check)
    # a ray of one player's weights carries what the *other* player's best reply earns
    sides, places = [], []
    for p, (vertices, units) in enumerate(((rays[0][0], other_scale), (rays[1][0], scale))):
        used, own_places = np.unique(pairs[p], return_inverse=True)
        simple = (rays[p][1][used].sum(axis=1) == game.shape[p]).tolist()
        points = (point(row[:-1], row[-1], units) for row in vertices[used].tolist())
        sides.append([_Point(*own, flag) for own, flag in zip(points, simple, strict=True)])
        places.append(own_places.tolist())
    return sides, zip(*places, strict=True)
