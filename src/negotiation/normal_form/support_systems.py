"""All equilibria of small games with any number of players, exact or certified.

Fix which strategies each player uses: the *supports* S_1, ..., S_n. A profile with exactly
these supports is an equilibrium when every player is indifferent between the strategies it
uses and no other strategy earns it more. These are multilinear equations, as many as there are
free probabilities, and multilinear inequalities, and all equilibria are found support by support:

1. Strategies that are strictly dominated, in the game or in what is left of it, are dropped.
2. Supports are dropped in which a strategy used is dominated *given the others' supports*:
   another one earns at least as much against every profile of them and more against some.
   As all of them are played with positive probability, the strategy is no best reply.
3. Where the conditions fall apart into conditions of single players' mixtures, the equilibria with
   these supports and their limits are products of polytopes
   (:mod:`negotiation.normal_form.polytope_products`): so wherever one player mixes, wherever two
   do and no third one's conditions depend on both mixtures, and in many games with ties.
4. What is left is solved by branch and prune with certificates
   (:mod:`negotiation.normal_form.multilinear`): every root is proved to exist and to be
   the only one near by, and its signs are decided; rational roots are recognised and confirmed
   exactly. A support in which this cannot be done, because equilibria form a curve or
   coincide, or a condition holds with equality at an irrational root, is reported as undecided.
   Points of it are sought by fixing one player's mixture at simple places.

If every support is decided, the set of equilibria consists of the roots and the products. Two
products are in one connected component if they meet, or if a chain of others links them.
Probabilities of games with three players are irrational in general: the profiles returned are
then rational points next to the true equilibrium, with proved distance and exact regret.

Every finite game has an equilibrium (Nash 1951). If none is found, one of the supports that are
not decided has one.

Sources: Nash (1951); Porter, Nudelman and Shoham (2008) and Dickhaut and Kaplan (1991) on
supports; McKelvey and McLennan (1996) on the systems; Harsanyi (1973) on their regularity.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from negotiation.errors import GameError, TooLargeError
from negotiation.exact import IntArray, exact, show, whole
from negotiation.normal_form.best_replies import expected_payoffs, regrets
from negotiation.normal_form.dominance import iterated_dominance
from negotiation.normal_form.equilibrium import Distribution, Equilibrium, Profiles
from negotiation.normal_form.game import NormalForm
from negotiation.normal_form.multilinear import (
    Exact,
    Region,
    Root,
    Solution,
    hull,
    root_near,
    solve_all_multilinear,
)
from negotiation.normal_form.polytope_products import (
    Cut,
    Polytope,
    Remainder,
    Row,
    Sides,
    separate,
    values_on,
)
from negotiation.results import Table

__all__ = [
    "CertifiedEquilibrium",
    "EquilibriumSet",
    "IsolatedEquilibria",
    "UndecidedSupports",
    "isolated_equilibria",
    "sizes_of",
    "support_profiles",
]

MAX_SUPPORTS = 5_000
"""Largest number of support profiles that is taken on."""
MAX_CELLS = 50_000
"""Cells searched in one support profile before it is left undecided."""
FEW_CELLS = 500
"""The same for points of supports that are not decided."""
TOLERANCE = Fraction(1, 10**9)
"""Largest regret of a profile, in utility."""
TOGETHER = 256
"""So many systems are searched together."""
REMEMBERED = 100_000
"""So many supports are remembered with what is undominated against them."""
PLACES = 12
"""At so many places a player's mixture is fixed to find a point of undecided supports."""

Supports = tuple[tuple[int, ...], ...]
Ranges: TypeAlias = Callable[[int, int], tuple[Fraction, Fraction]]
"""Between what the probability of a player's strategy lies."""
Group: TypeAlias = list[list[list[Distribution]]]
"""A component: its products, as one list of strategies per player."""


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
        The only equilibrium with these supports and all probabilities within this is that one; 0
        where that is not proved, as on a continuum.
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
    tolerance: object = TOLERANCE,
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
        Supports in which equilibria form a continuum are among the undecided ones;
        :func:`~negotiation.normal_form.all_equilibria.equilibria` describes them.

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
    count = support_profiles(reduced.shape)
    if count > limit:
        raise TooLargeError(
            f"a game of {' by '.join(map(str, reduced.shape))} strategies that no other dominates "
            f"has {count:,} support profiles and the limit is {limit:,}",
            remedy="use fewer strategies or a larger limit",
        )
    found = EquilibriumSet(game, reduced, tolerance=small, cells=budget)
    found.search()
    open_ = {one.supports: one for one in found.continua()}
    for one in found.open:
        other = open_.get(one.supports, one)
        open_[one.supports] = replace(one, bounds=hull([one.bounds, other.bounds]))
    undecided = tuple(map(found.named, open_.values()))
    return IsolatedEquilibria(
        game=game,
        profiles=tuple(found.listed()[0]),
        undecided=undecided,
        systems=found.systems,
        guarantee="some" if undecided else "all",
    )


def support_profiles(shape: Sequence[int]) -> int:
    """Return the number of ways to choose which strategies the players use.

    Examples
    --------
    >>> support_profiles((2, 2, 2))
    27
    """
    return math.prod(2**size - 1 for size in shape)


@dataclass(frozen=True)
class _Product:
    """Equilibria that are a product of polytopes: supports, and one polytope per player."""

    supports: Supports
    sides: Sides

    @property
    def point(self) -> bool:
        return all(len(side.vertices) == 1 for side in self.sides)

    @property
    def place(self) -> tuple[frozenset[tuple[int, Fraction]], ...]:
        """Where it is, if it is a point."""
        return tuple(frozenset(own[0].items()) for own in self.corners)

    @cached_property
    def corners(self) -> list[list[dict[int, Fraction]]]:
        """Per player the vertices, as the probabilities of the strategies in use."""
        return [
            [
                {s: Fraction(w, sum(v)) for s, w in zip(own, v, strict=True) if w}
                for v in side.vertices
            ]
            for own, side in zip(self.supports, self.sides, strict=True)
        ]

    @cached_property
    def used(self) -> frozenset[tuple[int, int]]:
        """The players with the strategies that they play anywhere in it."""
        return frozenset((q, s) for q, own in enumerate(self.corners) for v in own for s in v)

    def contains(self, other: _Product) -> bool:
        """Say whether the other product lies in this one."""
        if not other.used <= self.used:
            return False
        for own, its, side, inner in zip(
            self.supports, other.supports, self.sides, other.sides, strict=True
        ):
            for v in inner.vertices:
                given = {s: w for s, w in zip(its, v, strict=True) if w}
                if not given.keys() <= set(own) or not side.holds([given.get(s, 0) for s in own]):
                    return False
        return True

    def meets(self, other: _Product) -> bool:
        """Say whether the two products have a point in common."""
        if len({q for q, _ in self.used & other.used}) < len(self.supports):
            return False
        for own, its, side, inner in zip(
            self.supports, other.supports, self.sides, other.sides, strict=True
        ):
            cuts: list[Cut] = [(tuple(int(t == s) for t in own), True) for s in own if s not in its]
            for coefficients, equation in inner.cuts:
                given = dict(zip(its, coefficients, strict=True))
                cuts.append((tuple(given.get(s, 0) for s in own), equation))
            common: Polytope | None = side
            for coefficients, equation in cuts:
                if common is not None:
                    common = common.cut(coefficients, equation=equation)
            if common is None:
                return False
        return True

    def range(self, q: int, s: int) -> tuple[Fraction, Fraction]:
        """Return between what a strategy's probabilities lie."""
        values = [corner.get(s, Fraction(0)) for corner in self.corners[q]]
        return min(values), max(values)


@dataclass(frozen=True)
class _Near:
    """An equilibrium with these supports next to a rational point."""

    supports: Supports
    weights: tuple[Distribution, ...]
    root: Root


@dataclass(frozen=True)
class _Open:
    """Supports in which there may be other equilibria, and where."""

    supports: Supports
    bounds: Region
    reason: str

    def misses(self, ranges: Ranges) -> bool:
        """Say whether a box, given by the range of every probability, is apart from it."""
        for q, (own, bounds) in enumerate(zip(self.supports, self.bounds, strict=True)):
            for s, (low, high) in zip(own, bounds, strict=True):
                least, most = ranges(q, s)
                if most < low or high < least:
                    return True
        return False


@dataclass(frozen=True)
class _Conditions:
    """The conditions of one support profile, on the axes of the players who mix."""

    supports: Supports
    mixing: tuple[int, ...]
    equations: tuple[Row, ...]
    inequalities: tuple[Row, ...]
    implied: tuple[Row, ...]

    @property
    def simplices(self) -> Sides:
        return tuple(Polytope.simplex(len(self.supports[p])) for p in self.mixing)

    def everyone(self, own: Sequence[Any], alone: Any) -> tuple[Any, ...]:
        """Return something of each player who mixes, and of the others what is given."""
        mixed = dict(zip(self.mixing, own, strict=True))
        return tuple(mixed.get(p, alone) for p in range(len(self.supports)))

    def product(self, sides: Sides) -> _Product:
        return _Product(self.supports, self.everyone(sides, Polytope.simplex(1)))


class _Payoffs:
    """The payoffs of a game as integers, and what follows from them for supports."""

    def __init__(self, arrays: Sequence[IntArray]) -> None:
        self.shape = arrays[0].shape
        self.arrays = arrays
        self.flat = [array.ravel().tolist() for array in arrays]
        self.strides = [math.prod(self.shape[q + 1 :]) for q in range(len(self.shape))]
        self.dominance: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self.known: dict[tuple[int, Supports], frozenset[int]] = {}

    def _places(self, p: int, supports: Supports, strides: Sequence[int]) -> list[int]:
        """Return where the profiles of the others' supports are, in lexicographic order."""
        places = [0]
        for q, own in enumerate(supports):
            if q != p:
                places = [place + strides[q] * s for place in places for s in own]
        return places

    def _rivals(self, p: int, s: int) -> list[tuple[int, int]]:
        """Return, for every strategy, against which profiles it earns no less than s, and more.

        Sets of the others' profiles are the bits of an integer.
        """
        if (p, s) not in self.dominance:
            rows = np.moveaxis(self.arrays[p], p, 0).reshape(self.shape[p], -1)
            packed = [
                np.packbits(more.astype(bool), axis=1, bitorder="little")
                for more in (rows >= rows[s], rows > rows[s])
            ]
            self.dominance[p, s] = [
                (int.from_bytes(one.tobytes(), "little"), int.from_bytes(two.tobytes(), "little"))
                for one, two in zip(*packed, strict=True)
            ]
        return self.dominance[p, s]

    def undominated(self, p: int, supports: Supports) -> frozenset[int]:
        """Return p's strategies that no other one dominates weakly against the others' supports."""
        key = p, (*supports[:p], *supports[p + 1 :])
        if key not in self.known:
            strides = [
                stride // self.shape[p] if q < p else stride
                for q, stride in enumerate(self.strides)
            ]
            mask = sum(1 << place for place in self._places(p, supports, strides))
            self.known[key] = frozenset(
                s
                for s in range(self.shape[p])
                if not any(
                    mask & no_less == mask and mask & more for no_less, more in self._rivals(p, s)
                )
            )
        return self.known[key]

    def candidates(self, sizes: Sequence[int]) -> Iterator[list[Supports]]:
        """Yield the supports in which no strategy used is dominated given the others' supports.

        They come in lists, one for each choice of all supports but one: most of these are empty.
        """
        p = max(range(len(sizes)), key=lambda q: math.comb(self.shape[q], sizes[q]))
        for partial in self._choices(sizes, p):
            if len(self.known) > REMEMBERED:
                self.known.clear()
            allowed = sorted(self.undominated(p, partial))
            found = []
            for own in itertools.combinations(allowed, sizes[p]):
                supports = (*partial[:p], own, *partial[p + 1 :])
                if all(
                    q == p or self.undominated(q, supports).issuperset(its)
                    for q, its in enumerate(supports)
                ):
                    found.append(supports)
            yield found

    def _choices(self, sizes: Sequence[int], p: int, q: int = 0) -> Iterator[Supports]:
        """Yield the supports of these sizes of the players from q on, that of p left empty."""
        if q == len(sizes):
            yield ()
            return
        for own in [()] if q == p else itertools.combinations(range(self.shape[q]), sizes[q]):
            for rest in self._choices(sizes, p, q + 1):
                yield (own, *rest)

    def is_strict(self, profile: Sequence[int]) -> bool:
        """Say whether every player's only best reply is its strategy, in a pure profile."""
        for p, s in enumerate(profile):
            place: tuple[Any, ...] = (*profile[:p], slice(None), *profile[p + 1 :])
            line = self.arrays[p][place]
            if (line >= line[s]).sum() > 1:
                return False
        return True

    def conditions(self, supports: Supports) -> _Conditions:
        """Return the conditions of an equilibrium with these supports."""
        mixing = tuple(p for p, own in enumerate(supports) if len(own) > 1)
        equations: list[Row] = []
        inequalities: list[Row] = []
        implied: list[Row] = []
        for p, own in enumerate(supports):
            places = self._places(p, supports, self.strides)
            flat, stride = self.flat[p], self.strides[p]
            after = math.prod(len(its) for its in supports[p + 1 :])
            base = [flat[k + own[0] * stride] for k in places]
            gains = []
            for s in range(self.shape[p]):
                if s == own[0]:
                    continue
                gain = [flat[k + s * stride] - v for k, v in zip(places, base, strict=True)]
                if len(own) > 1:  # constant along the player's own axis
                    gain = [
                        value
                        for start in range(0, len(gain), after)
                        for _ in own
                        for value in gain[start : start + after]
                    ]
                if s in own:
                    equations.append(Row(gain, equation=True))
                    gains.append(gain)
                else:
                    inequalities.append(Row(gain, equation=False))
            implied += [
                Row([v - w for v, w in zip(one, two, strict=True)], equation=True)
                for one, two in itertools.combinations(gains, 2)
            ]
        return _Conditions(supports, mixing, tuple(equations), tuple(inequalities), tuple(implied))


@dataclass(frozen=True)
class _Task:
    """A system to be solved by branch and prune: what is left of the conditions of a support."""

    conditions: _Conditions
    remainder: Remainder
    sides: Sides
    order: tuple[int, ...]
    tensor: Exact
    equations: int
    tied: bool

    @classmethod
    def of(cls, conditions: _Conditions, remainder: Remainder) -> _Task:
        sides, rows = remainder.sides, remainder.rows
        if not all(side.whole or len(side.vertices) == 1 for side in sides):
            sides, rows = conditions.simplices, conditions.equations + conditions.inequalities
        sizes = [len(side.vertices) for side in sides if len(side.vertices) > 1]
        equations = [values_on(row.entries, sides) for row in rows if row.equation]
        inequalities = [values_on(row.entries, sides) for row in rows if not row.equation]
        surplus = equations[sum(sizes) - len(sizes) :]
        del equations[sum(sizes) - len(sizes) :]
        for row in surplus:
            inequalities += [row, [-value for value in row]]
        tensor = np.empty((len(equations) + len(inequalities), math.prod(sizes)), dtype=object)
        for k, row in enumerate(equations + inequalities):
            tensor[k] = row
        tied = any(
            not any(values_on(row.entries, remainder.sides)) for row in conditions.inequalities
        )
        # axes in the order of their sizes, so that systems that differ in this only go together
        order = tuple(sorted(range(len(sizes)), key=sizes.__getitem__))
        tensor = tensor.reshape(-1, *sizes).transpose(0, *(q + 1 for q in order))
        return cls(conditions, remainder, sides, order, tensor, len(equations), tied)

    def with_rows(self, count: int) -> Exact:
        """Return the tensor with rows added that hold everywhere."""
        more = np.full((count - len(self.tensor), *self.tensor.shape[1:]), -1, dtype=object)
        return np.concatenate([self.tensor, more])

    def filled(self, own: Sequence[Any], point: Callable[[tuple[int, ...]], Any]) -> list[Any]:
        """Return something of each mixing player, made from the vertex where this is a point."""
        given = iter([one for _, one in sorted(zip(self.order, own, strict=True))])
        return [
            next(given) if len(side.vertices) > 1 else point(side.vertices[0])
            for side in self.sides
        ]


class EquilibriumSet:
    """The set of equilibria of a game, as far as it has been searched.

    Parameters
    ----------
    game, reduced : NormalForm
        The game, and what iterated strict dominance leaves of it.
    tolerance : Fraction
        Largest regret of the profiles.
    cells : int
        Cells searched in one support profile before it is left undecided.
    stop : callable, optional
        Asked with the amount of work done since it was asked last, in support profiles and
        cells. When it says True, the search ends.
    """

    def __init__(
        self,
        game: NormalForm,
        reduced: NormalForm,
        *,
        tolerance: Fraction = TOLERANCE,
        cells: int = MAX_CELLS,
        stop: Callable[[int], bool] = lambda _: False,
    ) -> None:
        self.game, self.reduced = game, reduced
        self.tolerance, self.cells, self.stop = tolerance, cells, stop
        self.payoffs = _Payoffs([array for array, _ in reduced.scaled])
        span = max(array.max() - array.min() for array in reduced.payoffs)
        self.bits = 200 + max(0, int(span / tolerance).bit_length())
        self.products: list[_Product] = []
        self.near: list[_Near] = []
        self.open: list[_Open] = []
        self.points: list[_Product | _Near] = []  # of supports that are not decided
        self.systems = self.searched = 0
        self.complete = False

    # ---- the search ----------------------------------------------------------------------

    def search(self, *, first: bool = False) -> None:
        """Search all supports, small ones first; with ``first``, until there is an equilibrium."""
        shape = self.reduced.shape
        tasks: list[_Task] = []
        reached, mixing = 0, 0  # supports that are searched once the tasks are solved
        for sizes in sizes_of(shape):
            level = sum(size > 1 for size in sizes)
            if level > mixing or first:
                self._solve(tasks)
                self.searched, tasks, mixing = reached, [], level
                if first and self.known:
                    return
            for candidates in self.payoffs.candidates(sizes):
                if self.stop(1 + len(candidates)):
                    return
                self.systems += len(candidates)
                for supports in candidates:
                    self._take_apart(self.payoffs.conditions(supports), tasks)
                if len(tasks) >= TOGETHER:
                    self._solve(tasks)
                    tasks = []
                if first and self.known:
                    return
            reached += math.prod(map(math.comb, shape, sizes))
        self._solve(tasks)
        self.searched, self.complete = reached, True

    def _take_apart(self, conditions: _Conditions, tasks: list[_Task]) -> None:
        """Find the equilibria of a support that are products, and add what is left as tasks."""
        rows = conditions.equations + conditions.inequalities
        found = separate(conditions.simplices, rows, conditions.implied)
        self.products += map(conditions.product, found.products)
        tasks += [_Task.of(conditions, rest) for rest in found.remainders]

    def _solve(self, tasks: Sequence[_Task]) -> None:
        """Solve what cannot be taken apart, all systems of one shape together."""
        groups: dict[tuple[tuple[int, ...], int], list[_Task]] = {}
        for task in tasks:
            groups.setdefault((task.tensor.shape[1:], task.equations), []).append(task)
        for (_, equations), group in groups.items():
            most = max(len(task.tensor) for task in group)
            solutions = solve_all_multilinear(
                [task.with_rows(most) for task in group],
                equations,
                bits=self.bits,
                budget=self.cells,
                stop=self.stop,
            )
            for task, solution in zip(group, solutions, strict=True):
                self._enter(task, solution)

    def _enter(self, task: _Task, solution: Solution) -> None:
        """Enter the roots of a system, and what is left undecided with a point of it."""
        conditions = task.conditions
        known = [self._rooted(task, root) for root in solution.roots]
        self.products += [one for one in known if isinstance(one, _Product)]
        self.near += [one for one in known if isinstance(one, _Near)]
        if solution.region is None:
            return
        region = task.filled(
            solution.region,
            lambda v: tuple((Fraction(w, sum(v)),) * 2 for w in v),
        )
        sure = ((Fraction(1), Fraction(1)),)
        self.open.append(
            _Open(conditions.supports, conditions.everyone(region, sure), solution.reason)
        )
        if not known:
            point = self._guessed(conditions, region) or self._point(conditions, task.remainder)
            if point is not None:
                self.points.append(point)

    def _rooted(self, task: _Task, root: Root) -> _Product | _Near:
        """Return a root as a product that is a point, or as a point next to it."""
        own = task.filled(root.point, lambda v: tuple(Fraction(w, sum(v)) for w in v))
        if root.error == 0:
            return task.conditions.product(tuple(map(_at, own)))
        root = replace(root, strict=root.strict and not task.tied)
        weights = task.conditions.everyone(own, (Fraction(1),))
        used = [  # all strategies, but for points with one player's mixture fixed at the border
            [(s, w) for s, w in zip(its, given, strict=True) if w]
            for its, given in zip(task.conditions.supports, weights, strict=True)
        ]
        return _Near(
            tuple(tuple(s for s, _ in its) for its in used),
            tuple(tuple(w for _, w in its) for its in used),
            root,
        )

    def _guessed(self, conditions: _Conditions, region: Sequence[Any]) -> _Product | None:
        """Return a simple point in the middle of a region, if it is an equilibrium."""
        rows = conditions.equations + conditions.inequalities
        for largest in (8, 64, 4096):
            sides = []
            for own in region:
                rest = [((low + high) / 2).limit_denominator(largest) for low, high in own[1:]]
                sides.append((1 - sum(rest, Fraction(0)), *rest))
            if min(map(min, sides)) < 0:
                continue
            found = separate(tuple(map(_at, sides)), rows)
            if found.products:
                return conditions.product(found.products[0])
        return None

    def _point(
        self, conditions: _Conditions, rest: Remainder, depth: int = 1
    ) -> _Product | _Near | None:
        """Return an equilibrium of a remainder, with one player's mixture fixed at some places."""
        order = sorted(range(len(rest.sides)), key=lambda q: len(rest.sides[q].vertices))
        for q in order:
            corners = rest.sides[q].vertices
            if len(corners) == 1:
                continue
            middle = tuple(map(sum, zip(*corners, strict=True)))
            places = [middle, *corners]
            places += [tuple(map(sum, zip(middle, v, strict=True))) for v in corners]
            for place in places[:PLACES]:
                sides = (*rest.sides[:q], _at(place), *rest.sides[q + 1 :])
                found = separate(sides, rest.rows)
                for product in found.products:
                    first = tuple(Polytope.at(side.vertices[0]) for side in product)
                    return conditions.product(first)
                for left in found.remainders:
                    task = _Task.of(conditions, left)
                    if task.sides == left.sides:
                        (solution,) = solve_all_multilinear(
                            [task.tensor],
                            task.equations,
                            bits=self.bits,
                            budget=FEW_CELLS,
                            stop=self.stop,
                        )
                        for root in solution.roots:
                            return self._rooted(task, replace(root, radius=root.error))
                    if depth:
                        deeper = self._point(conditions, left, depth - 1)
                        if deeper is not None:
                            return deeper
        return None

    def add_pure(self, profiles: Sequence[Sequence[int]]) -> None:
        """Enter pure equilibria of the reduced game."""
        alone = tuple(Polytope.simplex(1) for _ in self.reduced.shape)
        self.products += [_Product(tuple((s,) for s in own), alone) for own in profiles]

    def look_near(self, supports: Supports, place: Sequence[Distribution]) -> bool:
        """Look for an equilibrium with these supports near a place, and say if there is one."""
        conditions = self.payoffs.conditions(supports)
        tasks: list[_Task] = []
        self._take_apart(conditions, tasks)
        for task in tasks:
            if not all(side.whole for side in task.sides):
                continue
            start = [[place[p][s] for s in supports[p]] for p in conditions.mixing]
            start = [start[q] for q in task.order]
            solution = root_near(task.tensor, task.equations, start, bits=self.bits)
            for root in solution.roots:
                known = self._rooted(task, root)
                if isinstance(known, _Product):
                    self.products.append(known)
                else:
                    self.near.append(known)
        return self.known

    # ---- what was found ------------------------------------------------------------------

    @property
    def known(self) -> bool:
        """Whether any equilibrium is known."""
        return bool(self.products or self.near or self.points)

    @property
    def guarantee(self) -> str:
        """``"all"`` if there is no other equilibrium, else ``"some"``."""
        return "all" if self.complete and not self.open else "some"

    @cached_property
    def maximal(self) -> list[_Product]:
        """The products that are in no other: first those that are more than a point."""
        wide: list[_Product] = []
        for one in sorted(self.products, key=lambda own: -sum(map(len, own.supports))):
            if not one.point and not any(other.contains(one) for other in wide):
                wide = [other for other in wide if not one.contains(other)]
                wide.append(one)
        points = {one.place: one for one in self.products if one.point}
        alone = [one for one in points.values() if not any(other.contains(one) for other in wide)]
        return wide + alone

    def groups(self) -> list[tuple[list[_Product], bool]]:
        """Return the maximal products that are linked, and whether nothing else can be near."""
        groups: list[list[_Product]] = []
        for one in self.maximal:
            touched: list[list[_Product]] = []
            apart: list[list[_Product]] = []
            if one.point:  # it is in no other
                groups.append([one])
                continue
            for group in groups:
                linked = any(one.meets(other) for other in group)
                (touched if linked else apart).append(group)
            groups = [*apart, [one, *itertools.chain(*touched)]]
        return [(group, all(map(self._apart, group))) for group in groups]

    def _apart(self, product: _Product) -> bool:
        """Say whether no equilibrium that is not known can be near."""
        if not all(own.misses(product.range) for own in self.open):
            return False
        return self.complete or (product.point and self._strict(product))

    def listed(self) -> tuple[list[CertifiedEquilibrium], list[Group]]:
        """Return the vertices of the products and the other equilibria, and the components.

        Of components only those are given near which there is nothing else, each as its products,
        with the strategies that are mixed per player.
        """
        profiles: dict[tuple[Distribution, ...], CertifiedEquilibrium] = {}
        groups: list[Group] = []

        def enter(strategies: tuple[Distribution, ...], one: _Product, *, isolated: bool) -> None:
            if strategies not in profiles:
                zero = Fraction(0)
                if all(1 in own for own in strategies):
                    radius = Fraction(1)
                    payoffs = self.game.payoffs_at(tuple(own.index(1) for own in strategies))
                else:
                    radius = self._radius(one) if isolated else zero
                    payoffs = expected_payoffs(self.game, strategies)
                profiles[strategies] = CertifiedEquilibrium(
                    strategies, payoffs, zero, zero, radius, isolated
                )

        for group, apart in self.groups():
            isolated = apart and len(group) == 1 and group[0].point
            parts = [(one, self._strategies(one)) for one in group]
            for one, sides in parts:
                for strategies in itertools.product(*sides):
                    enter(strategies, one, isolated=isolated)
            if apart:
                groups.append([sides for _, sides in parts])
        for point in self.points:
            if isinstance(point, _Near):
                near = self._rounded(point, isolated=False)
                profiles.setdefault(near.strategies, near)
            elif not any(own.contains(point) for own in self.maximal):
                (strategies,) = itertools.product(*self._strategies(point))
                enter(strategies, point, isolated=False)
        for point in self.near:
            isolated = all(own.misses(_around(point)) for own in self.open) and (
                self.complete or point.root.strict
            )
            profile = self._rounded(point, isolated=isolated)
            profiles[profile.strategies] = profile
            if isolated:
                groups.append([[[own] for own in profile.strategies]])
        ordered = sorted(profiles.values(), key=lambda e: (not e.pure, e.supports, e.strategies))
        return ordered, groups

    def continua(self) -> list[_Open]:
        """Return the supports in which equilibria are not isolated, each with all their ranges."""
        boxes: dict[Supports, list[Region]] = {}
        for one in self.products:
            if not one.point:
                region = tuple(
                    tuple(one.range(q, s) for s in own) for q, own in enumerate(one.supports)
                )
                boxes.setdefault(one.supports, []).append(region)
        return [
            _Open(supports, hull(own), "equilibria form a continuum")
            for supports, own in boxes.items()
        ]

    def named(self, one: _Open) -> UndecidedSupports:
        """Return supports that are not decided by name."""
        names = zip(self.reduced.strategies, one.supports, strict=True)
        return UndecidedSupports(
            tuple(tuple(own[i] for i in used) for own, used in names), one.bounds, one.reason
        )

    def _strategies(self, product: _Product) -> list[list[Distribution]]:
        """Return the vertices of a product as strategies of the game."""
        return [
            [_distribution({place[s]: w for s, w in corner.items()}, size) for corner in corners]
            for place, corners, size in zip(
                self.places, product.corners, self.game.shape, strict=True
            )
        ]

    @cached_property
    def places(self) -> list[list[int]]:
        """Per player where the strategies that are left are in the game."""
        return [
            [every.index(name) for name in own]
            for every, own in zip(self.game.strategies, self.reduced.strategies, strict=True)
        ]

    def _radius(self, point: _Product) -> Fraction:
        """Return within what there is no other equilibrium with the supports of a point."""
        ranges: list[Ranges] = [
            own.range for own in self.products if own.supports == point.supports
        ]
        ranges += [_around(own) for own in self.near if own.supports == point.supports]
        radius = Fraction(1)
        for other in ranges:
            gap = Fraction(0)
            for q, own in enumerate(point.supports):
                for s in own:
                    (low, high), (least, most) = point.range(q, s), other(q, s)
                    gap = max(gap, least - high, low - most)
            if gap:
                radius = min(radius, gap / 2)
        return radius

    def _rounded(self, near: _Near, *, isolated: bool) -> CertifiedEquilibrium:
        """Return a root as a profile of the game, rounded as far as the tolerance allows."""
        used = [[self.places[p][i] for i in own] for p, own in enumerate(near.supports)]
        return _profile(
            self.game, used, near.weights, near.root, self.tolerance, self.bits, isolated=isolated
        )

    def _strict(self, product: _Product) -> bool:
        """Say whether every strategy that is not used earns less, at a product that is a point."""
        supports = tuple(tuple(corner[0]) for corner in product.corners)
        if all(len(own) == 1 for own in supports):
            return self.payoffs.is_strict([own[0] for own in supports])
        conditions = self.payoffs.conditions(supports)
        sides = tuple(_at(tuple(product.corners[p][0].values())) for p in conditions.mixing)
        return all(values_on(row.entries, sides)[0] < 0 for row in conditions.inequalities)


def _at(weights: Sequence[Fraction] | Sequence[int]) -> Polytope:
    """Return a distribution as a polytope that is a point."""
    one = math.lcm(*(Fraction(w).denominator for w in weights))
    whole_ones = [int(w * one) for w in weights]
    common = math.gcd(*whole_ones)
    return Polytope.at(tuple(w // common for w in whole_ones))


def _around(near: _Near) -> Ranges:
    """Return between what the probabilities of the true equilibrium next to a point lie."""

    def ranges(q: int, s: int) -> tuple[Fraction, Fraction]:
        given = dict(zip(near.supports[q], near.weights[q], strict=True))
        if s not in given:
            return Fraction(0), Fraction(0)
        return given[s] - near.root.error, given[s] + near.root.error

    return ranges


def _distribution(weights: Mapping[int, Fraction], size: int) -> Distribution:
    return tuple(weights.get(i, Fraction(0)) for i in range(size))


def sizes_of(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield how many strategies the players use: few mixing players and small supports first."""
    for mixing in range(len(shape) + 1):
        for own in itertools.combinations(range(len(shape)), mixing):
            if all(shape[p] > 1 for p in own):
                break
        else:
            return
        level: list[tuple[int, ...]] = []
        for own in itertools.combinations([p for p, size in enumerate(shape) if size > 1], mixing):
            for sizes in itertools.product(*(range(2, shape[p] + 1) for p in own)):
                given = dict(zip(own, sizes, strict=True))
                level.append(tuple(given.get(p, 1) for p in range(len(shape))))
        yield from sorted(level, key=lambda sizes: (sum(sizes), sizes))


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
            _distribution(dict(zip(own, its, strict=True)), size)
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
        radius=max(root.radius - moved, Fraction(0)),
        isolated=isolated,
    )
