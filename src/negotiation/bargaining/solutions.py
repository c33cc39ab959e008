"""Bargaining solutions: which agreement the players should reach.

The feasible set is finite: the agreements inside every player's red lines that give each
player at least its disagreement value. With gains g_i(a) = u_i(a) - d_i, each concept picks
the agreements that are largest in its own sense:

==================  ==================================================================
concept             largest
==================  ==================================================================
nash                product of g_i ** w_i, over agreements where every g_i > 0
kalai_smorodinsky   leximin of g_i / G_i, where G_i is the most that i gains in the
                    feasible set (its individually rational ideal)
egalitarian         leximin of g_i
utilitarian         sum of g_i
==================  ==================================================================

*Leximin* compares the smallest entries first, then the second smallest, and so on: on a finite
set it puts in one order what maximising the smallest entry alone leaves tied.

Nash and Kalai-Smorodinsky do not change when a player's utility is rescaled. Egalitarian and
utilitarian do: they compare utilities between players and mean something only where one
player's unit is comparable with another's.

All ties are returned; every comparison is exact.

References
----------
J. Nash, "The bargaining problem", Econometrica 18 (1950). E. Kalai and M. Smorodinsky, "Other
solutions to Nash's bargaining problem", Econometrica 43 (1975). E. Kalai, "Proportional
solutions to bargaining situations", Econometrica 45 (1977), the egalitarian solution. H. Imai,
"Individual monotonicity and lexicographic maxmin solution", Econometrica 51 (1983), the
lexicographic form of Kalai-Smorodinsky. E. Kalai, "Nonsymmetric Nash solutions and
replications of 2-person bargaining", International Journal of Game Theory 6 (1977), weights.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.agreements import Agreement, AgreementSpace, words
from negotiation.bargaining.leximin import largest_sum, leximin
from negotiation.errors import GameError, UnknownNameError
from negotiation.exact import FrozenMap, IntArray, common_denominator, exact, refuse_size
from negotiation.results import Result, Table

__all__ = [
    "BargainingSolution",
    "egalitarian",
    "kalai_smorodinsky",
    "nash_bargaining",
    "utilitarian",
    "why_nothing_acceptable",
]

SHOWN = 20
MAX_POWER = 1000


@dataclass(frozen=True)
class BargainingSolution(Result):
    """The agreements that a bargaining solution picks.

    Attributes
    ----------
    concept : str
        ``"nash"``, ``"kalai_smorodinsky"``, ``"egalitarian"`` or ``"utilitarian"``.
    space : AgreementSpace
        The space.
    players : tuple of str
        Who bargains.
    indices : tuple of int
        All solutions by number, ascending; empty where the solution does not exist.
    reason : str
        Why it does not exist; empty where it does.
    """

    concept: str
    space: AgreementSpace
    players: tuple[str, ...]
    indices: tuple[int, ...]
    reason: str = ""

    @property
    def exists(self) -> bool:
        """Whether there is a solution."""
        return bool(self.indices)

    @property
    def count(self) -> int:
        """Number of agreements that are solutions."""
        return len(self.indices)

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """The first 20 solutions."""
        return tuple(self.space.agreement(index) for index in self.indices[:SHOWN])

    def gain(self, player: str, agreement: Mapping[str, str]) -> Fraction:
        """Return the player's utility above its disagreement value."""
        return self.space.utility(player, agreement) - self.space.disagreement[player]

    def data(self) -> dict[str, Any]:
        """Return the first solution with utilities of all parties and the players' gains."""
        first = self.agreements[0] if self.agreements else None
        space = self.space
        return {
            "concept": self.concept,
            "exists": self.exists,
            "reason": self.reason,
            "count": self.count,
            "players": list(self.players),
            "agreement": None if first is None else dict(first),
            "utility": (
                None if first is None else {p: space.utility(p, first) for p in space.parties}
            ),
            "gain": None if first is None else {p: self.gain(p, first) for p in self.players},
            "agreements": [dict(agreement) for agreement in self.agreements],
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the solutions with every party's utility."""
        title = f"{self.concept.replace('_', '-').title()} solution between"
        more = self.count - len(self.agreements)
        notes = [self.reason] if self.reason else []
        notes += [f"... and {more:,} more"] if more else []
        parties = self.space.parties
        return (
            Table(
                f"{title} {', '.join(self.players)}",
                ["agreement", *parties],
                [
                    ["no agreement", *(self.space.disagreement[party] for party in parties)],
                    *(
                        [words(agreement), *(self.space.utility(p, agreement) for p in parties)]
                        for agreement in self.agreements
                    ),
                ],
                notes=notes,
                name=self.concept,
            ),
        )


def nash_bargaining(
    space: AgreementSpace,
    players: Sequence[str] | None = None,
    weights: Mapping[str, object] | None = None,
) -> BargainingSolution:
    """Return the agreements with the largest product of gains.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    players : sequence of str, optional
        Who bargains. Default: all parties.
    weights : mapping, optional
        Player -> bargaining power, a rational above 0; only proportions count. Default:
        equal powers.

    Returns
    -------
    BargainingSolution
        Empty, with a reason, where no agreement gives every player a gain.

    Raises
    ------
    GameError
        If a weight is missing or not above 0.
    UnknownNameError
        For a name that is no player.
    TooLargeError
        If the weights, as integers without common factor, sum to more than 1000.

    Notes
    -----
    Linear in the size of the space. Sums of logarithms in floating point, with a bound on
    their error, leave a short list; integer products decide. Nash (1950).

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 4, "ru": 1}, "b": {"us": 2, "ru": 3}, "c": {"us": 0, "ru": 4}}
    ... )
    >>> nash_bargaining(space).agreements
    (FrozenMap({'agreement': 'b'}),)
    """
    chosen = space.select(players)
    powers = _powers(chosen, weights)
    table = _feasible(space, chosen)
    if isinstance(table, str):
        return BargainingSolution("nash", space, chosen, (), table)
    places, gains = table
    positive = np.logical_and.reduce([gain > 0 for gain in gains])
    if not positive.any():
        reason = _no_gain(chosen, [gain > 0 for gain in gains])
        return BargainingSolution("nash", space, chosen, (), reason)
    places, gains = places[positive], [gain[positive] for gain in gains]
    short = _near_largest_product(gains, powers)
    products: dict[tuple[int, ...], int] = {}
    scores = []
    for row in zip(*(gain[short].tolist() for gain in gains), strict=True):
        if row not in products:
            products[row] = math.prod(
                value**power for value, power in zip(row, powers, strict=True)
            )
        scores.append(products[row])
    best = max(scores)
    found = (place for place, score in zip(places[short], scores, strict=True) if score == best)
    return BargainingSolution("nash", space, chosen, tuple(int(place) for place in found))


def kalai_smorodinsky(
    space: AgreementSpace, players: Sequence[str] | None = None
) -> BargainingSolution:
    """Return the agreements that are leximin-largest in shares of the players' ideal gains.

    A player's ideal is the most it gets in an agreement that all players accept.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    players : sequence of str, optional
        Who bargains. Default: all parties.

    Returns
    -------
    BargainingSolution
        Empty, with a reason, where a player gains in no acceptable agreement.

    Notes
    -----
    Linear in the size of the space. Kalai and Smorodinsky (1975); the lexicographic extension
    to finite sets follows Imai (1983).

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 8, "ru": 1}, "b": {"us": 4, "ru": 2}, "c": {"us": 0, "ru": 4}}
    ... )
    >>> kalai_smorodinsky(space).agreements
    (FrozenMap({'agreement': 'b'}),)
    """

    def pick(gains: list[IntArray], chosen: tuple[str, ...]) -> NDArray[np.intp] | str:
        ideals = [int(gain.max()) for gain in gains]
        if min(ideals) == 0:
            return _no_gain(chosen, [gain > 0 for gain in gains])
        return leximin(gains, ideals)

    return _solve("kalai_smorodinsky", space, players, pick)


def egalitarian(space: AgreementSpace, players: Sequence[str] | None = None) -> BargainingSolution:
    """Return the agreements whose gains are leximin-largest.

    Gains are compared between players: the answer depends on the scale of each utility.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    players : sequence of str, optional
        Who bargains. Default: all parties.

    Returns
    -------
    BargainingSolution
        Empty, with a reason, where no agreement is acceptable to all.

    Notes
    -----
    Linear in the size of the space. Kalai (1977), in the lexicographic form.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 4, "ru": 1}, "b": {"us": 2, "ru": 2}, "c": {"us": 3, "ru": 2}}
    ... )
    >>> egalitarian(space).agreements
    (FrozenMap({'agreement': 'c'}),)
    """
    return _solve(
        "egalitarian",
        space,
        players,
        lambda gains, chosen: leximin(gains, [space.denominator(player) for player in chosen]),
    )


def utilitarian(space: AgreementSpace, players: Sequence[str] | None = None) -> BargainingSolution:
    """Return the acceptable agreements with the largest sum of utilities.

    Gains are compared between players: the answer depends on the scale of each utility.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    players : sequence of str, optional
        Who bargains. Default: all parties.

    Returns
    -------
    BargainingSolution
        Empty, with a reason, where no agreement is acceptable to all.

    Notes
    -----
    Linear in the size of the space.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 4, "ru": 1}, "b": {"us": 2, "ru": 2}, "c": {"us": 9, "ru": -1}}
    ... )
    >>> utilitarian(space).agreements
    (FrozenMap({'agreement': 'a'}),)
    """
    return _solve(
        "utilitarian",
        space,
        players,
        lambda gains, chosen: largest_sum(gains, [space.denominator(player) for player in chosen]),
    )


# -- shared ------------------------------------------------------------------------------


def _solve(
    concept: str,
    space: AgreementSpace,
    players: Sequence[str] | None,
    pick: Callable[[list[IntArray], tuple[str, ...]], NDArray[np.intp] | str],
) -> BargainingSolution:
    chosen = space.select(players)
    table = _feasible(space, chosen)
    if isinstance(table, str):
        return BargainingSolution(concept, space, chosen, (), table)
    places, gains = table
    picked = pick(gains, chosen)
    if isinstance(picked, str):
        return BargainingSolution(concept, space, chosen, (), picked)
    return BargainingSolution(concept, space, chosen, tuple(places[picked].tolist()))


def _feasible(
    space: AgreementSpace, players: tuple[str, ...]
) -> tuple[NDArray[np.intp], list[IntArray]] | str:
    """Return the acceptable agreements with each player's gains, or why there are none."""
    places = np.flatnonzero(space.acceptable(players))
    if places.size == 0:
        return why_nothing_acceptable(space, players)
    return places, [
        space.utilities(player)[places] - space.disagreement_value(player) for player in players
    ]


def _powers(players: tuple[str, ...], weights: Mapping[str, object] | None) -> list[int]:
    if weights is None:
        return [1] * len(players)
    for player in weights:
        if player not in players:
            raise UnknownNameError.of("player", player, players, where="weights")
    missing = [player for player in players if player not in weights]
    if missing:
        raise GameError(f"no weight for {missing[0]}", where="weights", remedy="weigh every player")
    numbers = [exact(weights[player], where=f"weight of {player}") for player in players]
    if min(numbers) <= 0:
        raise GameError(
            "a weight that is not above 0",
            where="weights",
            remedy="leave a player without power out of the players",
        )
    scale = common_denominator(numbers)
    powers = [int(number * scale) for number in numbers]
    powers = [power // math.gcd(*powers) for power in powers]
    refuse_size("powers of the weighted product", sum(powers), MAX_POWER)
    return powers


def _near_largest_product(gains: list[IntArray], powers: list[int]) -> NDArray[np.intp]:
    """Return a list that holds every place where the product of powers is largest."""
    total = np.zeros(gains[0].size)
    size = np.zeros(gains[0].size)
    for gain, power in zip(gains, powers, strict=True):
        if gain.dtype == object:
            logarithm = np.array([math.log(value) for value in gain])
        else:
            logarithm = np.log(gain)
        total += power * logarithm
        size += power * (logarithm + 1)  # gains are at least 1, logarithms at least 0
    # a logarithm is off by less than 2**-50 of (itself + 1); so are the sums, each player once
    slack = 2.0**-48 * len(gains) * float(size.max())
    return np.flatnonzero(total >= total.max() - slack)


# -- why there is no solution ------------------------------------------------------------


def why_nothing_acceptable(space: AgreementSpace, players: tuple[str, ...]) -> str:
    """Say why no agreement is acceptable to all of some players.

    First red lines that exclude each other, on every issue where they do; then a single player
    that no agreement satisfies; then a smallest group that none satisfies together.

    Examples
    --------
    >>> space = AgreementSpace.additive(
    ...     {"zone": ("open", "closed")},
    ...     {"us": {}, "ru": {}},
    ...     red_lines={"us": {"zone": ("open",)}, "ru": {"zone": ("closed",)}},
    ... )
    >>> why_nothing_acceptable(space, space.parties)
    'the red lines exclude each other: on zone, us allows only open and ru allows only closed'
    """
    lines = _excluding_lines(space, players)
    if lines:
        return lines
    for player in players:
        if not space.acceptable((player,)).any():
            return f"{player} prefers no agreement to every agreement inside its red lines"
    group = _smallest_conflict(
        players, lambda members: not space.acceptable(members).any(), range(2, len(players) + 1)
    )
    return (
        f"no agreement is inside the red lines of {_and(group)} and at least as good as no "
        f"agreement for {'both' if len(group) == 2 else 'all of them'}"
    )


def _excluding_lines(space: AgreementSpace, players: tuple[str, ...]) -> str:
    """Say on which issues red lines leave no option; "" where they leave one on each."""
    found = []
    for issue, options in space.issues.items():
        lines = {
            player: set(space.red_lines[player][issue])
            for player in players
            if issue in space.red_lines.get(player, FrozenMap())
        }

        def clash(members: Iterable[str], lines: Mapping[str, set[str]] = lines) -> bool:
            return not set.intersection(*(lines[member] for member in members))

        if len(lines) < 2 or not clash(lines):
            continue
        group = _smallest_conflict(tuple(lines), clash, range(2, len(lines) + 1))
        allowed = [
            f"{member} allows only {' or '.join(o for o in options if o in lines[member])}"
            for member in group
        ]
        found.append(f"on {issue}, {' and '.join(allowed)}")
    return f"the red lines exclude each other: {'; '.join(found)}" if found else ""


def _no_gain(players: tuple[str, ...], gains: list[NDArray[np.bool_]]) -> str:
    """Say who cannot gain, given where each player gains among acceptable agreements."""
    stuck = [player for player, gain in zip(players, gains, strict=True) if not gain.any()]
    if stuck:
        return (
            "no agreement is better than no agreement for all: acceptable agreements never give "
            f"{_and(stuck, 'or')} more than that"
        )
    where = dict(zip(players, gains, strict=True))
    group = _smallest_conflict(
        players,
        lambda members: not np.logical_and.reduce([where[m] for m in members]).any(),
        range(2, len(players) + 1),
    )
    return (
        "no agreement is better than no agreement for all: no acceptable agreement gives "
        f"{_and(group)} a gain at the same time"
    )


def _smallest_conflict(
    members: tuple[str, ...],
    conflict: Callable[[tuple[str, ...]], bool],
    sizes: Iterable[int],
) -> tuple[str, ...]:
    """Return the first smallest group in conflict; up to three members, else everybody."""
    for size in sizes:
        if size > 3:
            break
        for group in itertools.combinations(members, size):
            if conflict(group):
                return group
    return members


def _and(names: Sequence[str], word: str = "and") -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
