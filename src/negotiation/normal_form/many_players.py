"""Equilibria of games with more than two players: all, or as many as the work allows.

What iterated strict dominance leaves has the same equilibria. If one or two players still have a
choice there, it is a game of two players, and their equilibria are known exactly with their
components; the others' strategies are added. Otherwise the supports are searched
(:mod:`negotiation.normal_form.support_systems`) where the work of searching them all, estimated
before, is small enough, or as long as the time given. In larger games all pure equilibria are
found, and if there are none, supports are searched, small ones first, until one equilibrium is
found: random games tend to have one with small supports. If that fails too, the logit path is
followed to where it leads, and what is there is certified.

Sources: Porter, Nudelman and Shoham (2008) on the order of supports; Turocy (2005) on the path.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from fractions import Fraction

from negotiation.errors import GameError
from negotiation.normal_form.all_equilibria import Equilibria, equilibria
from negotiation.normal_form.best_replies import expected_payoffs
from negotiation.normal_form.components import Component
from negotiation.normal_form.dominance import iterated_dominance
from negotiation.normal_form.equilibrium import (
    Distribution,
    Equilibrium,
    order_of,
    pure_strategy,
)
from negotiation.normal_form.game import NormalForm
from negotiation.normal_form.index import PointIndices
from negotiation.normal_form.polytopes import largest_bound
from negotiation.normal_form.pure import pure_equilibria
from negotiation.normal_form.support_systems import (
    EquilibriumSet,
    sizes_of,
    support_profiles,
)

__all__ = ["many_player_equilibria"]

MAX_WORK = 4_000
"""Largest estimate of the work at which all supports are searched unasked: half a second."""
MAX_EFFORT = 200_000
"""Supports and cells that a search takes on unasked."""
FIRST_EFFORT = 50_000
"""The same in search of one equilibrium."""
USED = (1e-2, 1e-3, 1e-5)
"""Probabilities from which a strategy counts as used at the end of the logit path."""


def many_player_equilibria(
    game: NormalForm,
    *,
    limit: int,
    seconds: float | None = None,
    stop: Callable[[], bool] | None = None,
) -> Equilibria:
    """Return all equilibria of a game with more than two players, or what is found of them.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    limit : int
        Where two players are left: largest bound on vertices at which these are enumerated.
    seconds, stop
        See :func:`~negotiation.normal_form.all_equilibria.equilibria`.

    Examples
    --------
    >>> three = NormalForm.from_arrays(*[[[[1, 0], [0, 0]], [[0, 0], [0, 1]]]] * 3)
    >>> found = many_player_equilibria(three, limit=100)
    >>> found.guarantee, len(found.profiles)
    ('all', 3)
    """
    reduced = iterated_dominance(game).reduced
    free = [p for p, size in enumerate(reduced.shape) if size > 1]
    if len(free) == 2:
        return _of_two(game, reduced, free, limit, seconds, stop)
    timed = seconds is not None or stop is not None
    budget = _Budget(None if timed else MAX_EFFORT, seconds, stop)
    found = EquilibriumSet(game, reduced, stop=budget)
    if timed or _is_little_work(reduced.shape):
        found.search()
    if not found.complete:
        found.add_pure(pure_equilibria(reduced))
    if not found.known:
        found.stop = _Budget(None if timed else FIRST_EFFORT, seconds, stop)
        if not timed and not found.complete:
            found.search(first=True)
        if not found.known:
            _follow_the_path(found)
    return _as_equilibria(found)


class _Budget:
    """Says when a search has to stop: after so much work, so much time, or when it is told to."""

    def __init__(
        self, work: int | None, seconds: float | None, stop: Callable[[], bool] | None
    ) -> None:
        self.work, self.stop = work, stop
        self.end = None if seconds is None else time.monotonic() + min(seconds, 1e9)

    def __call__(self, done: int) -> bool:
        if self.work is not None:
            self.work -= done
            if self.work < 0:
                return True
        if self.end is not None and time.monotonic() >= self.end:
            return True
        return self.stop is not None and self.stop()


def _is_little_work(shape: Sequence[int]) -> bool:
    """Say whether all supports can be searched in about half a second.

    The cells looked at grow exponentially with the number of free probabilities. Supports in which
    a player has more equations than the others have probabilities rarely have any.
    """
    work = 0.0
    for sizes in sizes_of(shape):
        free = sum(sizes) - len(sizes)
        mixing = sum(size > 1 for size in sizes)
        hard = mixing > 2 and all(2 * (size - 1) <= free for size in sizes)
        cost = 2**free * (mixing / 3) ** 2 if hard else 0.1
        work += cost * math.prod(map(math.comb, shape, sizes))
        if work > MAX_WORK:
            return False
    return True


def _of_two(
    game: NormalForm,
    reduced: NormalForm,
    free: Sequence[int],
    limit: int,
    seconds: float | None,
    stop: Callable[[], bool] | None,
) -> Equilibria:
    """Return the equilibria of a game in which only two players have a choice worth making."""
    two = NormalForm.from_arrays(
        *(reduced.payoffs[p].reshape([reduced.shape[q] for q in free]) for p in free),
        players=[reduced.players[p] for p in free],
        strategies=[reduced.strategies[p] for p in free],
    )
    if stop is None and largest_bound(two.shape) > limit:

        def stop() -> bool:
            return False

    found = equilibria(two, limit=limit, seconds=seconds, stop=stop)
    places = [
        [every.index(name) for name in own]
        for every, own in zip(game.strategies, reduced.strategies, strict=True)
    ]

    def whole(p: int, strategy: Distribution) -> Distribution:
        given = dict(zip(places[p], strategy, strict=True))
        return tuple(given.get(s, Fraction(0)) for s in range(game.shape[p]))

    def everyone(own: Sequence[Distribution]) -> tuple[Distribution, ...]:
        mixed = dict(zip(free, own, strict=True))
        return tuple(
            whole(p, mixed[p]) if p in mixed else pure_strategy(places[p][0], game.shape[p])
            for p in range(len(game.players))
        )

    profiles = []
    for one in found.profiles:
        strategies = everyone(one.strategies)
        profiles.append(Equilibrium(strategies, expected_payoffs(game, strategies)))

    def edge(own: Sequence[int]) -> tuple[int, ...]:
        given = dict(zip(free, own, strict=True))
        return tuple(given.get(p, 0) for p in range(len(game.players)))

    sides = dict(zip(free, found.extreme, strict=True))
    return Equilibria(
        game=game,
        profiles=tuple(profiles),
        components=tuple(
            Component(own.profiles, tuple(map(edge, own.edges)), own.place, own.indices)
            for own in found.components
        ),
        extreme=tuple(
            tuple(whole(p, own) for own in sides[p])
            if p in sides
            else (pure_strategy(places[p][0], size),)
            for p, size in enumerate(game.shape)
        ),
        guarantee="all" if found.guarantee == "extreme" else found.guarantee,
    )


def _follow_the_path(found: EquilibriumSet) -> None:
    """Look for an equilibrium where the logit path leads."""
    from negotiation.normal_form.quantal_response import quantal_response  # noqa: PLC0415  slow

    try:
        end = quantal_response(found.reduced).selected
    except GameError:
        return
    tried = set()
    for least in USED:
        supports = tuple(tuple(s for s, w in enumerate(own) if w > least) for own in end)
        if supports not in tried:
            tried.add(supports)
            if found.look_near(supports, end):
                return


def _as_equilibria(found: EquilibriumSet) -> Equilibria:
    """Return what was found as a result."""
    profiles, groups = found.listed()
    extreme = tuple(
        tuple(sorted({profile.strategies[p] for profile in profiles}, key=order_of))
        for p in range(len(found.game.players))
    )
    places = [{own: k for k, own in enumerate(side)} for side in extreme]
    edges = [
        tuple(place[own] for place, own in zip(places, profile.strategies, strict=True))
        for profile in profiles
    ]
    number = {edge: k for k, edge in enumerate(edges)}
    parts = []
    for group in groups:
        subsets = sorted(
            tuple(
                tuple(sorted(place[own] for own in side))
                for place, side in zip(places, sides, strict=True)
            )
            for sides in group
        )
        own = sorted({number[edge] for subset in subsets for edge in itertools.product(*subset)})
        parts.append((tuple(own), tuple(subsets)))
    parts.sort()
    points = tuple(profiles[own[0]].strategies if len(own) == 1 else None for own, _ in parts)
    indices = PointIndices(found.game, points, complete=found.guarantee == "all")
    components = [
        Component(own, tuple(edges[k] for k in own), c, indices, subsets)
        for c, (own, subsets) in enumerate(parts)
    ]
    return Equilibria(
        game=found.game,
        profiles=tuple(profiles),
        components=tuple(components),
        extreme=extreme,
        undecided=tuple(map(found.named, found.open)),
        unsearched=0 if found.complete else support_profiles(found.reduced.shape) - found.searched,
        guarantee=found.guarantee,
    )
