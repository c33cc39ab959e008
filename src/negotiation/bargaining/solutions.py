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

All ties are returned; every comparison is exact. Tied agreements need not be worth the same: what
is worth the same to all parties is one *payoff point*, and a solution is a set of such points
(:mod:`~negotiation.bargaining.payoff_points`).

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
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.agreements import AgreementSpace, checked_space, words
from negotiation.bargaining.leximin import largest_minimum, largest_sum, leximin
from negotiation.bargaining.payoff_points import Agreements, PayoffPoints
from negotiation.bargaining.products import largest_product
from negotiation.errors import GameError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, IntArray, common_denominator, exact, show
from negotiation.results import LISTED, Result, Table, Tied, bound_list

__all__ = [
    "BargainingSolution",
    "Feasible",
    "egalitarian",
    "kalai_smorodinsky",
    "nash_bargaining",
    "utilitarian",
    "why_nothing_acceptable",
]


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
    points : PayoffPoints
        The distinct payoff points, each with its multiplicity and its agreements; none where the
        solution does not exist.
    reason : str
        Why it does not exist; empty where it does.
    """

    concept: str
    space: AgreementSpace
    players: tuple[str, ...]
    points: PayoffPoints
    reason: str = ""

    @classmethod
    def of(
        cls,
        concept: str,
        space: AgreementSpace,
        players: tuple[str, ...],
        numbers: Any,
        reason: str = "",
    ) -> BargainingSolution:
        """Make a solution of agreements by number, ascending."""
        return cls(concept, space, players, PayoffPoints(space, numbers), reason)

    @property
    def exists(self) -> bool:
        """Whether there is a solution."""
        return bool(self.count)

    @property
    def agreements(self) -> Agreements:
        """All solutions, made when asked for."""
        return self.points.agreements

    @property
    def indices(self) -> tuple[int, ...]:
        """All solutions by number, ascending."""
        return tuple(self.points.numbers.tolist())

    @property
    def count(self) -> int:
        """Number of agreements that are solutions."""
        return len(self.agreements)

    def utility(self, party: str) -> Any:
        """Return a party's utility: a number, or a ``Tied`` of numbers where solutions differ.

        None where there is no solution.
        """
        return self.points.utility(party, self.concept) if self.exists else None

    def gain(self, player: str, agreement: Mapping[str, str]) -> Fraction:
        """Return the player's utility above its disagreement value."""
        return self.space.utility(player, agreement) - self.space.disagreement[player]

    def data(self) -> dict[str, Any]:
        """Return what all tied solutions share, and the payoff points one by one.

        ``utility`` and ``gain`` hold numbers where all solutions agree, else a
        :class:`~negotiation.results.Tied`; ``range`` holds both ends always; ``agreement`` is as
        :meth:`.Agreements.outcome` says.
        """
        utility, gain, ends = {}, {}, {}
        for party in self.space.parties if self.exists else ():
            own = utility[party] = self.utility(party)
            ends[party] = own.data() if isinstance(own, Tied) else {"low": own, "high": own}
        for player in self.players if self.exists else ():
            own, without = utility[player], self.space.disagreement[player]
            gain[player] = (
                replace(own, values=tuple(value - without for value in own.values))
                if isinstance(own, Tied)
                else own - without
            )
        return {
            "concept": self.concept,
            "reason": self.reason,
            "players": list(self.players),
            **self.picked(),
            "utility": utility if self.exists else None,
            "gain": gain if self.exists else None,
            "range": ends if self.exists else None,
            **self.points.data(),
        }

    def picked(self) -> dict[str, Any]:
        """Return the part of the data that follows from which agreements are picked."""
        found = bound_list("agreements", self.agreements)
        found["agreements"] = [dict(own) for own in found["agreements"]]
        return {
            "exists": self.exists,
            "count": self.count,
            "agreement": self.agreements.outcome((self.concept, np.arange(self.count))),
            **found,
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the solutions with every party's utility."""
        title = f"{self.concept.replace('_', '-').title()} solution between"
        parties = self.space.parties
        shown = self.agreements[:LISTED]
        return (
            Table(
                f"{title} {', '.join(self.players)}",
                ["agreement", *parties],
                [
                    ["no agreement", *(self.space.disagreement[party] for party in parties)],
                    *(
                        [words(agreement), *(self.space.utility(p, agreement) for p in parties)]
                        for agreement in shown
                    ),
                ],
                notes=[self.reason] if self.reason else [],
                name=self.concept,
                left_out=self.count - len(shown),
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

    Notes
    -----
    Linear in the size of the space. Sums of logarithms in floating point, with a bound on
    their error, leave a short list; :mod:`~negotiation.bargaining.products` decides exactly,
    however large the weights are as integers. Nash (1950), Kalai (1977).

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 4, "ru": 1}, "b": {"us": 2, "ru": 3}, "c": {"us": 0, "ru": 4}}
    ... )
    >>> nash_bargaining(space).agreements
    (FrozenMap({'agreement': 'b'}),)
    """
    feasible = Feasible.of(space, players)
    return _nash(feasible, _powers(feasible.players, weights))


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
    return _kalai_smorodinsky(Feasible.of(space, players))


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
    return _egalitarian(Feasible.of(space, players))


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
    return _utilitarian(Feasible.of(space, players))


# -- the feasible set, and what is picked in it --------------------------------------------


@dataclass(frozen=True, eq=False)
class Feasible:
    """The agreements that all players accept, with their gains; all concepts share it.

    Attributes
    ----------
    space : AgreementSpace
        The space.
    players : tuple of str
        Who bargains.
    numbers : numpy.ndarray of int
        The acceptable agreements by number, ascending.
    gains : tuple of numpy.ndarray
        Per player the gains, times ``space.denominator(player)``.
    """

    space: AgreementSpace
    players: tuple[str, ...]
    numbers: NDArray[np.intp]
    gains: tuple[IntArray, ...]

    @classmethod
    def of(cls, space: AgreementSpace, players: Sequence[str] | None = None) -> Feasible:
        """Go through the space."""
        chosen = checked_space(space).select(players)
        numbers = np.flatnonzero(space.acceptable(chosen))
        gains = (
            space.utilities(player)[numbers] - space.disagreement_value(player) for player in chosen
        )
        return cls(space, chosen, numbers, tuple(gains))

    @property
    def scales(self) -> list[int]:
        """The denominators of the gains."""
        return [self.space.denominator(player) for player in self.players]

    @cached_property
    def empty(self) -> str:
        """Why no agreement is acceptable to all; "" where one is."""
        return "" if self.numbers.size else why_nothing_acceptable(self.space, self.players)

    def solution(self, concept: str) -> BargainingSolution:
        """Return what a concept picks, with equal powers."""
        if concept not in PICKS:
            raise UnknownNameError.of("bargaining solution", concept, PICKS)
        return PICKS[concept](self)

    def choose(self, concept: str, places: Any, reason: str = "") -> BargainingSolution:
        """Return the agreements at some places as a solution."""
        return BargainingSolution.of(
            concept, self.space, self.players, self.numbers[places], reason
        )


def _nash(own: Feasible, powers: Sequence[int] | None = None) -> BargainingSolution:
    positive = [gain > 0 for gain in own.gains]
    all_gain = np.flatnonzero(np.logical_and.reduce(positive))
    if not all_gain.size:
        return own.choose("nash", [], own.empty or _no_gain(own.players, positive))
    gains = [gain[all_gain] for gain in own.gains]
    return own.choose("nash", all_gain[largest_product(gains, powers or [1] * len(gains))])


def _kalai_smorodinsky(own: Feasible) -> BargainingSolution:
    ideals = [int(gain.max(initial=0)) for gain in own.gains]
    if min(ideals) == 0:
        reason = own.empty or _no_gain(own.players, [gain > 0 for gain in own.gains])
        return own.choose("kalai_smorodinsky", [], reason)
    return own.choose("kalai_smorodinsky", leximin(own.gains, ideals))


def _egalitarian(own: Feasible) -> BargainingSolution:
    places: Any = [] if own.empty else leximin(own.gains, own.scales)
    return own.choose("egalitarian", places, own.empty)


def _utilitarian(own: Feasible) -> BargainingSolution:
    places: Any = [] if own.empty else largest_sum(own.gains, own.scales)
    return own.choose("utilitarian", places, own.empty)


PICKS: Mapping[str, Callable[[Feasible], BargainingSolution]] = FrozenMap(
    {
        "nash": _nash,
        "kalai_smorodinsky": _kalai_smorodinsky,
        "egalitarian": _egalitarian,
        "utilitarian": _utilitarian,
    }
)


def _powers(players: tuple[str, ...], weights: Mapping[str, object] | None) -> list[int]:
    if weights is None:
        return [1] * len(players)
    if not isinstance(weights, Mapping):
        raise GameError(f"'{shorten(weights)}' is no mapping of players", where="weights")
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
    return [power // math.gcd(*powers) for power in powers]


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
            inside = " inside its red lines" if player in space.red_lines else ""
            return (
                f"{player} prefers no agreement to every agreement{inside}: {_gap(space, [player])}"
            )
    group = _smallest_conflict(
        players, lambda members: not space.acceptable(members).any(), range(2, len(players) + 1)
    )
    drawn = [player for player in group if player in space.red_lines]
    inside = f"is inside the red lines of {_and(drawn)} and " if drawn else "is "
    return (
        f"no agreement {inside}at least as good as no agreement for "
        f"{_and(group)}: {_gap(space, group)}"
    )


def _gap(space: AgreementSpace, players: Sequence[str]) -> str:
    """Say how much is missing in the agreement whose worst-off player lacks least.

    Red lines of the players leave some agreements.
    """
    inside = np.flatnonzero(
        np.logical_and.reduce([space.within_red_lines(player) for player in players])
    )
    gains = [
        space.utilities(player)[inside] - space.disagreement_value(player) for player in players
    ]
    scales = [space.denominator(player) for player in players]
    best = largest_minimum(gains, scales)
    nearest = Agreements(space, inside[best]).nearest()
    lacking = []
    for player in players:
        value, without = space.utility(player, nearest), space.disagreement[player]
        if value < without:
            lacking.append(
                f"{player} {show(value)} instead of {show(without)} (gap {show(without - value)})"
            )
    return f"the nearest, {words(nearest)}, gives {_and(lacking)}"


def _excluding_lines(space: AgreementSpace, players: tuple[str, ...]) -> str:
    """Say on which issues red lines leave no option; "" where they leave one on each."""
    found = []
    for issue in sorted(space.issues):  # whatever their order in a file
        options = space.issues[issue]
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
