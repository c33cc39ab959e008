"""The Pareto frontier: agreements that no other agreement improves on.

Agreement b *dominates* a for some players when every one of them finds b at least as good as
a and one of them finds it better. An agreement is *efficient* when none dominates it.
"At least as good" is :meth:`~.agreements.AgreementSpace.preferences`: a crossed red line of a
player is worse for it than anything that crosses none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.agreements import (
    ROOM,
    Agreement,
    AgreementSpace,
    Mask,
    checked_space,
    words,
)
from negotiation.bargaining.leximin import largest_minimum, largest_sum
from negotiation.bargaining.maximal import maximal
from negotiation.bargaining.payoff_points import Agreements, PayoffPoints
from negotiation.bargaining.solutions import Feasible
from negotiation.errors import GameError
from negotiation.exact import IntArray, read_only, show
from negotiation.results import LISTED, Result, Table, Verdict, Witness

__all__ = [
    "Frontier",
    "dominating",
    "efficient",
    "feasible_frontier",
    "is_efficient",
    "pareto_frontier",
]


# -- the mask over all agreements --------------------------------------------------------


def efficient(space: AgreementSpace, players: Sequence[str] | None = None) -> Mask:
    """Return which agreements are efficient among all agreements of the space.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    players : sequence of str, optional
        Whose preferences count. Default: all parties.

    Returns
    -------
    numpy.ndarray of bool
        Flat, in C order over the issues, read-only.

    Raises
    ------
    TooLargeError
        Above 20 million agreements.

    Notes
    -----
    Exact. With n agreements and a table that fits: O(n log n) for the ranks, plus the cells
    of the table, plus O(n) per player.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 3, "ru": 1}, "b": {"us": 3, "ru": 0}, "c": {"us": 1, "ru": 3}}
    ... )
    >>> efficient(space).tolist()
    [True, False, True]
    """
    values = [space.preferences(player) for player in checked_space(space).select(players)]
    return read_only(maximal(values))


# -- the frontier as a result ------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Frontier(Result):
    """The efficient agreements.

    Attributes
    ----------
    space : AgreementSpace
        The space.
    players : tuple of str
        Whose preferences count.
    points : PayoffPoints
        Their distinct payoff points, each with its multiplicity and its agreements.
    among : int
        How many agreements were compared.
    """

    space: AgreementSpace
    players: tuple[str, ...]
    points: PayoffPoints
    among: int

    @property
    def indices(self) -> NDArray[np.int64]:
        """The efficient agreements by number, ascending, read-only."""
        return self.points.numbers

    @property
    def count(self) -> int:
        """Number of efficient agreements."""
        return len(self.indices)

    @property
    def agreements(self) -> Agreements:
        """All efficient agreements, made when asked for."""
        return self.points.agreements

    def utilities(self, party: str) -> IntArray:
        """Return the party's utilities on the frontier, times ``space.denominator(party)``."""
        return read_only(self.space.utilities(party)[self.indices])

    def data(self) -> dict[str, Any]:
        """Return the count, and the payoff points with every party's utility."""
        return {
            "players": list(self.players),
            "among": self.among,
            "count": self.count,
            "distinct": len(self.points),
            **self.points.data(),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the payoff points with their utilities and agreements."""
        shown = self.points[:LISTED]
        multiple = self.count > len(self.points)
        return (
            Table(
                f"Efficient agreements for {', '.join(self.players)}: "
                f"{self.count:,} of {self.among:,}",
                ["agreement", *self.space.parties, *(["agreements"] if multiple else [])],
                [
                    [
                        point.agreements.text,
                        *point.utilities.values(),
                        *([point.count] if multiple else []),
                    ]
                    for point in shown
                ],
                name="frontier",
                left_out=len(self.points) - len(shown),
            ),
        )


def pareto_frontier(
    space: AgreementSpace,
    players: Sequence[str] | None = None,
    within: Mask | None = None,
) -> Frontier:
    """Return the agreements that are efficient for some players among some agreements.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    players : sequence of str, optional
        Whose preferences count. Default: all parties.
    within : array of bool, optional
        The agreements that count, as candidates and as improvements: flat, of length
        ``space.size``. Default: the whole space. The individually rational frontier is
        ``pareto_frontier(space, players, space.acceptable(players))``.

    Raises
    ------
    GameError
        If `within` is no flat Boolean array over the space.
    TooLargeError
        Above 20 million agreements.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 3, "ru": 1}, "b": {"us": 2, "ru": 0}, "c": {"us": 1, "ru": 3}}
    ... )
    >>> print(pareto_frontier(space))
    Efficient agreements for us, ru: 2 of 3
    agreement  us  ru
    ---------  --  --
    c           1   3
    a           3   1
    """
    chosen = checked_space(space).select(players)
    values = [space.preferences(player) for player in chosen]
    if within is None:
        found = np.flatnonzero(maximal(values))
        return Frontier(space, chosen, PayoffPoints(space, found), space.size)
    mask = np.asarray(within)
    if mask.dtype != np.bool_ or mask.shape != (space.size,):
        raise GameError(
            f"a mask of shape {mask.shape} and type {mask.dtype} for {space.size:,} agreements",
            where="within",
            remedy="give one Boolean per agreement",
        )
    candidates = np.flatnonzero(mask)
    found = candidates[maximal([column[candidates] for column in values])]
    return Frontier(space, chosen, PayoffPoints(space, found), int(candidates.size))


def feasible_frontier(feasible: Feasible) -> Frontier:
    """Return what is efficient for the players among the agreements that all of them accept."""
    space = feasible.space
    best = feasible.numbers[maximal(feasible.gains)]  # inside all red lines utility decides
    return Frontier(space, feasible.players, PayoffPoints(space, best), len(feasible.numbers))


# -- one agreement -----------------------------------------------------------------------


def dominating(
    space: AgreementSpace, agreement: Mapping[str, str], players: Sequence[str] | None = None
) -> int | None:
    """Return the number of an agreement that dominates the given one, or None.

    Among several, one with the largest smallest gain in utility, a red line left behind being
    more than any; then with most red lines left behind, the largest total of utilities, the fewest
    changes, and the first name. It is itself efficient.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    agreement : mapping
        Issue -> option.
    players : sequence of str, optional
        Whose preferences count. Default: all parties.

    Raises
    ------
    UnknownNameError, GameError
        If the agreement or a player does not exist.

    Notes
    -----
    Linear in the size of the space; shares no code with :func:`efficient`.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 3, "ru": 1}, "b": {"us": 2, "ru": 0}, "c": {"us": 1, "ru": 3}}
    ... )
    >>> dominating(space, {"agreement": "b"}), dominating(space, {"agreement": "c"})
    (0, None)
    """
    chosen = checked_space(space).select(players)
    weakly = np.ones(space.size, dtype=bool)
    strictly = np.zeros(space.size, dtype=bool)
    table = [space.gains(player, agreement) for player in chosen]
    for gains, lines in table:
        weakly &= (lines > 0) | ((lines == 0) & (gains >= 0))
        strictly |= (lines > 0) | ((lines == 0) & (gains > 0))
    better = np.flatnonzero(weakly & strictly)
    if better.size == 0:
        return None
    gained = [gains[better] for gains, _ in table]
    freed = np.stack([lines[better] > 0 for _, lines in table])
    divisors = [space.denominator(player) for player in chosen]
    most = 2 + max(
        int(gains.max()) // divisor for gains, divisor in zip(gained, divisors, strict=True)
    )
    best = largest_minimum(
        [
            np.where(free, most * divisor, gains if most * divisor < ROOM else gains.astype(object))
            for free, gains, divisor in zip(freed, gained, divisors, strict=True)
        ],
        divisors,
    )
    best = best[largest_sum([freed[:, best].sum(axis=0)], [1])]
    totals = [gains[best] for gains in gained]
    equals = better[best[largest_sum(totals, divisors)]]
    return space.index(Agreements(space, equals).nearest(agreement))


def is_efficient(
    space: AgreementSpace, agreement: Mapping[str, str], players: Sequence[str] | None = None
) -> Verdict:
    """Judge whether one agreement is efficient; shares no code with :func:`efficient`.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    agreement : mapping
        Issue -> option.
    players : sequence of str, optional
        Whose preferences count. Default: all parties.

    Returns
    -------
    Verdict
        Witness "dominated": a better agreement and who gains what. Margin: by how much the
        utility of every player at this agreement may fall before another agreement is better
        for all; minus how much it would have to rise where one is better already. Zero where
        another agreement is as good for all without being better for all. None where the
        agreement crosses a player's red line, or no other agreement competes.

    Examples
    --------
    >>> space = AgreementSpace.additive(
    ...     {"zone": ("closed", "open"), "quota": ("low", "high")},
    ...     {"us": {"zone": (0, 1), "quota": (0, 0)}, "ru": {"zone": (0, 0), "quota": (0, 0.5)}},
    ... )
    >>> print(is_efficient(space, {"zone": "open", "quota": "low"}))
    no (margin 0): with quota: high instead of low, nobody is worse off and ru gains 0.5
    """
    chosen = checked_space(space).select(players)
    index = space.index(agreement)
    margin = None
    crossing = any(space.crossed(player, agreement) for player in chosen)
    if not crossing:
        margin = _efficiency_margin(space, chosen, index)
    better = dominating(space, agreement, chosen)
    if better is None:
        return Verdict(holds=True, margin=margin)
    other = space.agreement(better)
    gains = {}
    relieved = []
    for player in chosen:
        gain = space.utility(player, other) - space.utility(player, agreement)
        if space.crossed(player, agreement) and not space.crossed(player, other):
            relieved.append(player)
        elif gain > 0:
            gains[player] = gain
    parts = [f"{player} gains {show(gain)}" for player, gain in gains.items()]
    parts += [f"no red line of {player} is crossed any more" for player in relieved]
    text = f"with {_change(agreement, other)}, nobody is worse off and {' and '.join(parts)}"
    amount = max(gains.values()) if gains else None
    witness = Witness("dominated", text, (*gains, *relieved), words(other), amount)
    return Verdict(holds=False, margin=margin, witness=witness)


def _change(agreement: Mapping[str, str], other: Agreement) -> str:
    return ", ".join(
        f"{option if len(other) == 1 else f'{issue}: {option}'} instead of {agreement[issue]}"
        for issue, option in other.items()
        if agreement[issue] != option
    )


def _efficiency_margin(
    space: AgreementSpace, players: tuple[str, ...], index: int
) -> Fraction | None:
    """Return minus the largest smallest gain that another agreement brings."""
    competes = np.ones(space.size, dtype=bool)
    competes[index] = False
    for player in players:
        competes &= space.within_red_lines(player)
    rivals = np.flatnonzero(competes)
    if rivals.size == 0:
        return None
    gains = [space.utilities(player)[rivals] - space.utilities(player)[index] for player in players]
    place = largest_minimum(gains, [space.denominator(player) for player in players])[0]
    return -min(
        Fraction(int(gain[place]), space.denominator(player))
        for gain, player in zip(gains, players, strict=True)
    )
