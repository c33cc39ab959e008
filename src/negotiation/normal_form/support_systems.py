"""All isolated equilibria of small games with any number of players, certified.

Fix which strategies each player uses: the *supports* S_1, ..., S_n. A profile with exactly
these supports is an equilibrium when every player is indifferent between the strategies it
uses and no other strategy earns it more. The indifference conditions are as many multilinear
equations as there are free probabilities, so that for generic payoffs they have finitely many
solutions, and all equilibria are found support by support:

1. Strategies that are strictly dominated, in the game or in what is left of it, are dropped.
2. Supports are dropped in which a strategy used is dominated *given the others' supports*:
   another one earns at least as much against every profile of them and more against some.
   As all of them are played with positive probability, the strategy is no best reply.
3. The system of each support that is left is solved by branch and prune with certificates
   (:mod:`negotiation.normal_form.multilinear`): every root is proved to exist and to be
   the only one near by, and its signs are decided; rational roots are recognised and confirmed
   exactly. A support in which this cannot be done, because equilibria form a continuum or
   coincide, or a condition holds with equality at an irrational root, is reported.

If every support is decided, the equilibria listed are all there are. Probabilities of games
with three players are irrational in general: the profiles returned are then rational points
next to the true equilibrium, with proved distance and exact regret.

Sources: Nash (1951); Porter, Nudelman and Shoham (2008) and Dickhaut and Kaplan (1991) on
supports; McKelvey and McLennan (1996) on the systems; Harsanyi (1973) on their regularity.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from negotiation.errors import GameError, TooLargeError
from negotiation.exact import IntArray, exact, show, whole
from negotiation.normal_form.best_replies import expected_payoffs, regrets
from negotiation.normal_form.dominance import iterated_dominance
from negotiation.normal_form.equilibrium import Distribution, Equilibrium, Profiles
from negotiation.normal_form.game import NormalForm
from negotiation.normal_form.multilinear import Region, Root, solve_multilinear
from negotiation.results import Table

__all__ = ["CertifiedEquilibrium", "IsolatedEquilibria", "UndecidedSupports", "isolated_equilibria"]

MAX_SUPPORTS = 5_000
"""Largest number of support profiles that is taken on."""
MAX_CELLS = 50_000
"""Cells searched in one support profile before it is left undecided."""

Supports = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class CertifiedEquilibrium(Equilibrium):
    """One equilibrium, or a rational point next to it, with what is proved about it.

    Attributes
    ----------
    strategies : tuple of tuple of Fraction
        Per player the probabilities; they add up to exactly 1.
    payoffs : tuple of Fraction
        What the players expect at this very profile.
    regret : Fraction
        The most any player gains by deviating from this very profile, in its utility.
    error : Fraction
        Every probability of a true equilibrium with the same supports is within this of the
        one given; 0 if the profile is that equilibrium.
    radius : Fraction
        The only equilibrium with these supports and all probabilities within this is that one.
    isolated : bool
        Whether it is proved that no other equilibrium, whatever its supports, is near by.
    """

    regret: Fraction
    error: Fraction
    radius: Fraction
    isolated: bool

    @property
    def exact(self) -> bool:
        """Whether the profile itself is an equilibrium."""
        return self.regret == 0


@dataclass(frozen=True)
class UndecidedSupports:
    """Supports in which there may be equilibria that are not listed.

    Attributes
    ----------
    supports : tuple of tuple of str
        Per player the names of the strategies used.
    bounds : tuple of tuple of (Fraction, Fraction)
        Per player, for each of these, the range in which its probability would lie.
    reason : str
        Why it is not decided.
    """

    supports: tuple[tuple[str, ...], ...]
    bounds: tuple[tuple[tuple[Fraction, Fraction], ...], ...]
    reason: str


@dataclass(frozen=True)
class IsolatedEquilibria(Profiles[CertifiedEquilibrium]):
    """The isolated equilibria of a game.

    ``guarantee`` is ``"all"`` if it is proved that the game has no other equilibrium, isolated
    or not; otherwise ``"some"``, and any other equilibrium is within ``undecided``.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    profiles : tuple of CertifiedEquilibrium
        Pure ones first, then by supports in lexicographic order.
    undecided : tuple of UndecidedSupports
        Where completeness is not proved; empty if the guarantee is ``"all"``.
    systems : int
        Number of support profiles whose equations were solved, after dominance.
    """

    undecided: tuple[UndecidedSupports, ...]
    systems: int

    def tables(self) -> tuple[Table, ...]:
        """Return the equilibria, and the supports that are not decided."""
        players = self.game.players
        rows = [
            [
                *(self.words(p, own) for p, own in enumerate(profile.strategies)),
                *profile.payoffs,
                profile.exact,
                profile.regret,
                profile.isolated,
            ]
            for profile in self.profiles
        ]
        heads = [*players, *(f"payoff of {name}" for name in players)]
        heads += ["exact", "regret", "isolated"]
        if self.guarantee == "all":
            note = "All equilibria, pure and mixed."
        else:
            note = "There may be other equilibria, with the supports listed below only."
        tables = [Table("Equilibria", heads, rows, [note], name="equilibria")]
        if self.undecided:
            tables.append(undecided_table(players, self.undecided))
        return tuple(tables)

    def data(self) -> dict[str, Any]:
        """Return the equilibria as nested plain data; its keys are output paths."""
        players = self.game.players
        return {
            "guarantee": self.guarantee,
            "count": len(self.profiles),
            "count_pure": sum(profile.pure for profile in self.profiles),
            "profiles": [
                {
                    **profile.data(players, self.game.strategies),
                    "regret": profile.regret,
                    "exact": profile.exact,
                    "error": profile.error,
                    "isolated": profile.isolated,
                }
                for profile in self.profiles
            ],
            "undecided": [
                {
                    "supports": {
                        player: dict(zip(own, its, strict=True))
                        for player, own, its in zip(players, u.supports, u.bounds, strict=True)
                    },
                    "reason": u.reason,
                }
                for u in self.undecided
            ],
        }


def undecided_table(players: Sequence[str], undecided: Sequence[UndecidedSupports]) -> Table:
    """Return the supports that are not decided as a table."""
    return Table(
        "Supports that are not decided",
        [*(f"{name} mixes" for name in players), "because"],
        [[*map(_ranges, one.supports, one.bounds), one.reason] for one in undecided],
        ["In brackets the range in which the probability would lie."],
        name="undecided",
    )


def _ranges(names: Sequence[str], bounds: Sequence[tuple[Fraction, Fraction]]) -> str:
    if len(names) == 1:
        return names[0]
    return ", ".join(
        f"{name} [{show(low)}, {show(high)}]"
        for name, (low, high) in zip(names, bounds, strict=True)
    )


def isolated_equilibria(
    game: NormalForm,
    *,
    tolerance: object = Fraction(1, 10**9),
    limit: int = MAX_SUPPORTS,
    budget: int = MAX_CELLS,
) -> IsolatedEquilibria:
    """Return all isolated equilibria of a game, certified, and where there may be others.

    Parameters
    ----------
    game : NormalForm
        Any number of players, in degenerate games too; made for three and more.
    tolerance : number
        Largest regret of a profile returned, in utility; must be positive. Rational
        equilibria with denominators up to some 20 digits have regret 0.
    limit : int
        Refuse games with more support profiles than this, dominated strategies left aside.
    budget : int
        Cells searched in one support profile before it is left undecided.

    Returns
    -------
    IsolatedEquilibria

    Raises
    ------
    TooLargeError
        Before it starts, if there are more than `limit` support profiles.
    GameError
        If the tolerance is not positive.

    Notes
    -----
    Complexity: the product of (2^m - 1) over the players' numbers m of strategies bounds the
    supports; the cells searched in each grow exponentially with the sum of (m - 1) and with
    how ill-conditioned its equations are.

    Examples
    --------
    Each of three players earns 1 for meeting the two others, and they may meet at two places.

    >>> meet = [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    >>> found = isolated_equilibria(NormalForm.from_arrays(meet, meet, meet))
    >>> found.guarantee, len(found.profiles), found.undecided
    ('all', 3, ())
    >>> found.profiles[2].strategies[0], found.profiles[2].isolated
    ((Fraction(1, 2), Fraction(1, 2)), True)
    """
    limit, budget = whole(limit, "limit"), whole(budget, "budget")
    small = exact(tolerance, where="tolerance")
    if small <= 0:
        raise GameError(
            f"{show(small)} is not positive",
            where="tolerance",
            remedy="irrational equilibria can be approached only: give a positive number",
        )
    reduced = iterated_dominance(game).reduced
    count = math.prod(2**size - 1 for size in reduced.shape)
    if count > limit:
        raise TooLargeError(
            f"a game of {' by '.join(map(str, reduced.shape))} strategies that no other dominates "
            f"has {count:,} support profiles and the limit is {limit:,}",
            remedy="use fewer strategies or a larger limit",
        )
    arrays = tuple(array for array, _ in reduced.scaled)
    wide = [array.astype(object) for array in arrays]
    span = max(array.max() - array.min() for array in reduced.payoffs)
    bits = 200 + max(0, int(span / small).bit_length())
    places = [
        [every.index(name) for name in own]
        for every, own in zip(game.strategies, reduced.strategies, strict=True)
    ]
    found: list[tuple[Supports, Root]] = []
    undecided = []
    systems = 0
    for supports in _candidates(arrays):
        systems += 1
        mixing = [p for p, own in enumerate(supports) if len(own) > 1]
        rows = _conditions(wide, supports)
        if not mixing:  # the search for dominated strategies has decided it
            strict = all((row < 0).all() for row in rows)
            found.append((supports, Root((), Fraction(0), Fraction(1), strict)))
            continue
        equations = sum(len(supports[p]) - 1 for p in mixing)
        solution = solve_multilinear(rows, equations, bits=bits, budget=budget)
        found += [(supports, root) for root in solution.roots]
        if solution.region is not None:
            undecided.append(
                UndecidedSupports(
                    tuple(
                        tuple(own[i] for i in used)
                        for own, used in zip(reduced.strategies, supports, strict=True)
                    ),
                    _bounds(supports, solution.region),
                    solution.reason,
                )
            )
    profiles = []
    for supports, root in found:
        mixed = iter(root.point)
        filled = [next(mixed) if len(used) > 1 else (Fraction(1),) for used in supports]
        used = [[places[p][i] for i in own] for p, own in enumerate(supports)]
        isolated = root.strict or not undecided
        profiles.append(_profile(game, used, filled, root, small, bits, isolated=isolated))
    profiles.sort(key=lambda e: (not e.pure, e.supports, e.strategies))
    return IsolatedEquilibria(
        game=game,
        profiles=tuple(profiles),
        undecided=tuple(undecided),
        systems=systems,
        guarantee="some" if undecided else "all",
    )


def _candidates(arrays: Sequence[IntArray]) -> Iterator[Supports]:
    """Return the supports in which no strategy used is dominated given the others' supports."""
    shape = arrays[0].shape
    choices = [
        [c for k in range(1, size + 1) for c in itertools.combinations(range(size), k)]
        for size in shape
    ]
    allowed: dict[tuple[int, Supports], frozenset[int]] = {}
    for supports in itertools.product(*choices):
        for p, own in enumerate(supports):
            others = supports[:p] + supports[p + 1 :]
            key = p, others
            if key not in allowed:
                part = np.moveaxis(arrays[p], p, 0)[np.ix_(range(shape[p]), *others)]
                allowed[key] = _undominated(part.reshape(shape[p], -1))
            if not allowed[key].issuperset(own):
                break
        else:
            yield supports


def _undominated(payoffs: IntArray) -> frozenset[int]:
    """Return the strategies that no other one dominates weakly."""
    return frozenset(
        s
        for s, own in enumerate(payoffs)
        if not ((payoffs >= own).all(axis=1) & (payoffs > own).any(axis=1)).any()
    )


def _conditions(arrays: Sequence[IntArray], supports: Supports) -> IntArray:
    """Return the equations and then the inequalities, one axis per mixing player each."""
    equations: list[IntArray] = []
    inequalities: list[IntArray] = []
    sizes = tuple(map(len, supports))
    shape = tuple(size for size in sizes if size > 1)
    for p, own in enumerate(supports):
        where = [*supports]
        where[p] = tuple(range(arrays[p].shape[p]))
        part = np.moveaxis(arrays[p][np.ix_(*where)], p, 0)
        for s, earned in enumerate(part):
            if s != own[0]:
                gain = np.broadcast_to(np.expand_dims(earned - part[own[0]], p), sizes)
                (equations if s in own else inequalities).append(gain.reshape(shape))
    count = len(equations) + len(inequalities)
    rows: IntArray = np.empty((count, *shape), dtype=object)
    for k, row in enumerate(equations + inequalities):
        rows[k] = row
    return rows


def _bounds(
    supports: Supports, region: Region
) -> tuple[tuple[tuple[Fraction, Fraction], ...], ...]:
    mixed = iter(region)
    sure = ((Fraction(1), Fraction(1)),)
    return tuple(next(mixed) if len(used) > 1 else sure for used in supports)


def _profile(
    game: NormalForm,
    used: Sequence[Sequence[int]],
    weights: Sequence[Distribution],
    root: Root,
    tolerance: Fraction,
    bits: int,
    *,
    isolated: bool,
) -> CertifiedEquilibrium:
    """Return a root as a profile of the game, rounded as far as the tolerance allows."""
    for places in range(50, bits + 50, 50):
        rounded = weights
        if root.error and places < bits:
            one = 1 << places
            heads = [tuple(Fraction(round(w * one), one) for w in own[:-1]) for own in weights]
            rounded = [(*head, 1 - sum(head, Fraction(0))) for head in heads]
        moved = max(
            abs(v - w)
            for own, its in zip(weights, rounded, strict=True)
            for v, w in zip(own, its, strict=True)
        )
        if min(itertools.chain(*rounded)) <= 0:
            continue  # a probability too small for this grid
        profile = tuple(
            tuple(dict(zip(own, its, strict=True)).get(i, Fraction(0)) for i in range(size))
            for own, its, size in zip(used, rounded, game.shape, strict=True)
        )
        regret = max(regrets(game, profile))
        if regret <= tolerance:
            break
    assert regret <= tolerance
    return CertifiedEquilibrium(
        strategies=profile,
        payoffs=expected_payoffs(game, profile),
        regret=regret,
        error=root.error + moved,
        radius=root.radius - moved,
        isolated=isolated,
    )
