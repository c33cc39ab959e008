"""Self-enforcement: whether patience keeps an agreement that no court enforces.

Mathematics
-----------
Per period a party gets c (*cooperate*) while the agreement is kept. A breach gives it d
(*deviate*) for L periods, the detection lag, and n (*punish*) in every period after. With
discount factor δ, 0 <= δ < 1, the party keeps the agreement if and only if

    sum over t >= 0 of δ^t c  >=  sum over t < L of δ^t d  +  sum over t >= L of δ^t n,

which, times (1 - δ), is **c >= (1 - δ^L) d + δ^L n**. With x = δ^L the right side is linear in
x, and there are four cases:

==============  ==============================================================  ===========
case            the agreement is kept if and only if                            kept for
==============  ==============================================================  ===========
d <= c, n <= c  always                                                          all δ
d > c, n < c    x >= (d - c)/(d - n), the critical ratio                        patient δ
d > c, n >= c   never: what follows a breach is no worse than the agreement     no δ
d <= c, n > c   x <= (c - d)/(n - d), the ceiling                               impatient δ
==============  ==============================================================  ===========

The last case is that of a party whose position grows: a breach costs it now and pays later.
With L = 1 the critical ratio is the critical discount factor; in general that is its L-th root.
In the prisoner's dilemma with grim trigger, (T - R)/(T - P).

The circumstances are the same in every period, so that a breach planned for later pays if and
only if one now does: judging the breach now is enough. A breach once begun goes on until it is
answered; that it could be given up before matters only where it costs from the start and the lag
is above 1 (d < c, L > 1), and not where d is the best that a party can do, keeping included.

**Red lines.** The breach is the one that the party likes best by its preference, in which a
crossed red line outweighs all utility: it never breaches to what crosses a line that keeping does
not, whatever that would give it. Where keeping crosses one and a breach does not, it breaches at
once, and no patience keeps it. Otherwise both are on the same side of its lines, and the
inequality decides. What comes later is compared in utility alone: only amounts can be weighed
over time, and a red line is none.

References
----------
J. Friedman, "A non-cooperative equilibrium for supergames", Review of Economic Studies 38
(1971), the critical discount factor. R. Powell, "War as a
commitment problem", International Organization 60 (2006), shifts of power.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError
from negotiation.exact import FrozenMap, IntArray, exact, read_only, refuse_size, show, show_apart
from negotiation.results import Result, Table, Verdict, Witness

__all__ = [
    "CriticalDiscount",
    "SelfEnforcement",
    "Stakes",
    "critical_discount",
    "self_enforcing",
    "self_enforcing_mask",
]

MAX_LAG = 1000


def _lag(value: object) -> int:
    lag = exact(value, where="lag")
    if lag.denominator != 1 or lag < 1:
        raise GameError(f"a lag of {show(lag)}", remedy="count whole periods, at least 1")
    refuse_size("periods of lag", int(lag), MAX_LAG, "count longer periods")
    return int(lag)


def _patience(value: object, where: str = "") -> Fraction:
    delta = exact(value, where=where)
    if not 0 <= delta < 1:
        raise GameError(
            f"patience {show(delta)} is no discount factor",
            where=where,
            remedy="use a number from 0 to below 1",
        )
    return delta


# -- one party ---------------------------------------------------------------------------


@dataclass(frozen=True)
class CriticalDiscount:
    """For which discount factors a party keeps an agreement.

    Build it with :func:`critical_discount`, which reads and checks the numbers.

    Parameters
    ----------
    cooperate, deviate, punish : Fraction
        Utility per period while the agreement is kept, during a breach before it is answered,
        and afterwards.
    lag : int
        Periods before a breach is answered.
    """

    cooperate: Fraction
    deviate: Fraction
    punish: Fraction
    lag: int = 1

    @property
    def feasible(self) -> bool:
        """Whether some discount factor below 1 keeps the agreement."""
        return self.deviate <= self.cooperate or self.punish < self.cooperate

    @property
    def ratio(self) -> Fraction | None:
        """The least δ^lag that keeps the agreement; 0 if a breach gains nothing now.

        None where no discount factor keeps it.
        """
        if self.deviate <= self.cooperate:
            return Fraction(0)
        if self.punish >= self.cooperate:
            return None
        return (self.deviate - self.cooperate) / (self.deviate - self.punish)

    @property
    def ceiling(self) -> Fraction | None:
        """The largest δ^lag that keeps the agreement, where patience undoes it; else None."""
        if self.deviate <= self.cooperate < self.punish:
            return (self.cooperate - self.deviate) / (self.punish - self.deviate)
        return None

    @property
    def value(self) -> Fraction | float | None:
        """The critical discount factor itself: exact for lag 1 and for 0, else a float."""
        if self.ratio is None:
            return None
        if self.lag == 1 or self.ratio == 0:
            return self.ratio
        return float(float(self.ratio) ** (1 / self.lag))

    def slack(self, delta: object) -> Fraction:
        """Return what keeping is worth above a breach, as utility per period.

        That is c - (1 - δ^L) d - δ^L n: the agreement is kept if and only if it is >= 0.
        """
        share = _patience(delta) ** self.lag
        return self.cooperate - (1 - share) * self.deviate - share * self.punish

    def holds(self, delta: object) -> bool:
        """Return whether a party with discount factor `delta` keeps the agreement, exactly.

        Raises
        ------
        GameError
            Unless 0 <= delta < 1.
        """
        return self.slack(delta) >= 0

    def margin(self, delta: object) -> Fraction | None:
        """Return how far δ^L is on the right side of the threshold that binds.

        δ^L minus the ratio, or the ceiling minus δ^L where there is one; None where no
        discount factor keeps the agreement.
        """
        share = _patience(delta) ** self.lag
        if self.ceiling is not None:
            return self.ceiling - share
        return None if self.ratio is None else share - self.ratio


def critical_discount(
    cooperate: object, deviate: object, punish: object, lag: object = 1
) -> CriticalDiscount:
    """Return for which discount factors a party keeps an agreement.

    Parameters
    ----------
    cooperate, deviate, punish : number
        Utility per period: while the agreement is kept; during a breach, before it is
        answered; afterwards.
    lag : int, optional
        Periods before a breach is answered, at least 1.

    Returns
    -------
    CriticalDiscount

    Raises
    ------
    GameError
        If a number is none, or the lag is no whole number above 0.
    TooLargeError
        For a lag above 1000 periods.

    Notes
    -----
    Friedman (1971). See the cases at the head of the module.

    Examples
    --------
    The prisoner's dilemma with T, R, P, S = 5, 3, 1, 0:

    >>> critical_discount(3, 5, 1).ratio
    Fraction(1, 2)
    >>> slow = critical_discount(3, 5, 1, lag=2)
    >>> slow.holds(0.7), slow.holds(0.71), round(slow.value, 4)
    (False, True, 0.7071)
    """
    return CriticalDiscount(
        exact(cooperate, where="cooperate"),
        exact(deviate, where="deviate"),
        exact(punish, where="punish"),
        _lag(lag),
    )


# -- all parties -------------------------------------------------------------------------


@dataclass(frozen=True)
class Stakes:
    """What an agreement and its breach mean for one party.

    Parameters
    ----------
    cooperate : number
        Utility per period while the agreement is kept.
    deviate : number
        Utility per period of the best one-shot breach, before it is answered.
    punish : number
        Utility per period after that, any drift of power included.
    patience : number
        Discount factor, from 0 to below 1.
    switch : str, optional
        The breach in words, such as "switching zone to open".
    line : str, optional
        That the agreement crosses a red line of the party, in words, where the breach crosses
        none: then no patience keeps it.

    Raises
    ------
    GameError
        If a number is none, or the patience no discount factor.

    Examples
    --------
    >>> Stakes(0.6, 0.8, 0.3, 0.85, "switching zone to open").patience
    Fraction(17, 20)
    """

    cooperate: Fraction
    deviate: Fraction
    punish: Fraction
    patience: Fraction
    switch: str = ""
    line: str = ""

    def __post_init__(self) -> None:
        for name in ("cooperate", "deviate", "punish"):
            object.__setattr__(self, name, exact(getattr(self, name), where=name))
        object.__setattr__(self, "patience", _patience(self.patience))


@dataclass(frozen=True)
class SelfEnforcement(Result):
    """Who keeps an agreement and who breaks it.

    Attributes
    ----------
    stakes : FrozenMap
        Party -> its stake.
    lag : int
        Periods before a breach is answered.
    """

    stakes: FrozenMap[str, Stakes]
    lag: int

    @cached_property
    def critical(self) -> FrozenMap[str, CriticalDiscount]:
        """Party -> for which discount factors it keeps the agreement."""
        return FrozenMap(
            {
                party: CriticalDiscount(stake.cooperate, stake.deviate, stake.punish, self.lag)
                for party, stake in self.stakes.items()
            }
        )

    @property
    def holds(self) -> bool:
        """Whether every party keeps the agreement."""
        return all(self.keeps(party) for party in self.stakes)

    def keeps(self, party: str) -> bool:
        """Return whether one party keeps the agreement."""
        stake = self.stakes[party]
        return not stake.line and self.critical[party].holds(stake.patience)

    def margin(self, party: str) -> Fraction | None:
        """Return the party's δ^lag less what is needed; None where no patience is enough."""
        stake = self.stakes[party]
        return None if stake.line else self.critical[party].margin(stake.patience)

    @property
    def weakest(self) -> str:
        """The party closest to a breach.

        One that leaves a red line behind, then one that no patience keeps, then the least margin.
        """

        def rank(party: str) -> tuple[int, Fraction]:
            stake, margin = self.stakes[party], self.margin(party)
            if stake.line:
                return 0, Fraction(0)
            if margin is None:
                return 1, self.critical[party].slack(stake.patience)
            return 2, margin

        return min(self.stakes, key=rank)

    def verdict(self) -> Verdict:
        """Judge whether every party keeps the agreement.

        Returns
        -------
        Verdict
            Margin: that of the weakest party, in discount factors (to the power of the lag);
            None where no patience would keep it. Witness "impatience": the weakest party,
            its breach and what it gains by it, if that is an amount.
        """
        weakest = self.weakest
        margin = self.margin(weakest)
        if self.holds:
            return Verdict(holds=True, margin=margin)
        stake = self.stakes[weakest]
        others = [party for party in self.stakes if party != weakest and not self.keeps(party)]
        text = self._why(weakest)
        if others:
            text += f"; also broken by {', '.join(others)}"
        witness = Witness(
            "impatience",
            text,
            (weakest, *others),
            stake.switch,
            None if stake.line else stake.deviate - stake.cooperate,
        )
        return Verdict(holds=False, margin=margin, witness=witness)

    def _why(self, party: str) -> str:
        stake, critical = self.stakes[party], self.critical[party]
        if stake.line:
            return f"{party} breaks it: {stake.line}, and {stake.switch or 'a breach'} does not"
        if critical.ceiling is not None:
            punished, kept = show_apart(stake.punish, stake.cooperate)
            text = f"{party} breaks it: after a breach it gets {punished}"
            text += f", against {kept} by keeping"
            if critical.ceiling > 0:
                most = _root(critical.ceiling, self.lag)
                text += f"; only patience up to {most} would keep it, has {show(stake.patience)}"
            return text
        now, kept = show_apart(stake.deviate, stake.cooperate)
        text = f"{party} breaks it: {stake.switch or 'a breach'} gives {now} now against {kept}"
        if self.lag > 1:
            text += f" for {self.lag} periods"
        if critical.ratio is None:
            return text + f", and {show(stake.punish)} later, so that no patience keeps it"
        least = _root(critical.ratio, self.lag)
        return text + f"; it keeps only with patience {least}, has {show(stake.patience)}"

    def data(self) -> dict[str, Any]:
        """Return verdict, critical ratios and margins by party.

        ``critical`` is the least δ^lag (for lag 1, the critical discount factor). There is none,
        nor any slack, where a breach leaves a red line behind.
        """
        return {
            "holds": self.holds,
            "weakest": self.weakest,
            "lag": self.lag,
            "keeps": {party: self.keeps(party) for party in self.stakes},
            "critical": {party: self._bound(party)[0] for party in self.stakes},
            "ceiling": {party: self._bound(party)[1] for party in self.stakes},
            "patience": {party: stake.patience for party, stake in self.stakes.items()},
            "margin": {party: self.margin(party) for party in self.stakes},
            "slack": {
                party: None if stake.line else self.critical[party].slack(stake.patience)
                for party, stake in self.stakes.items()
            },
        }

    def _bound(self, party: str) -> tuple[Fraction | None, Fraction | None]:
        """Return the least and the largest δ^lag that keep the agreement; None for none."""
        if self.stakes[party].line:
            return None, None
        return self.critical[party].ratio, self.critical[party].ceiling

    def tables(self) -> tuple[Table, ...]:
        """Return one row per party."""
        rows: list[list[Any]] = []
        for party, stake in self.stakes.items():
            critical = self.critical[party]
            bound = critical.ratio if critical.ceiling is None else critical.ceiling
            needed = "none is enough" if bound is None else _root(bound, self.lag)
            if stake.line:
                bound, needed = None, "none is enough"
            word = (
                "" if bound is None else ("at least " if critical.ceiling is None else "at most ")
            )
            rows.append(
                [
                    party,
                    "keeps" if self.keeps(party) else "breaks",
                    stake.switch or None,
                    stake.cooperate,
                    stake.deviate,
                    stake.punish,
                    word + needed,
                    stake.patience,
                    self.margin(party),
                ]
            )
        heads = ["party", "does", "best breach", "kept", "breach", "after", "patience needed"]
        notes = [] if self.lag == 1 else [f"A breach is answered after {self.lag} periods."]
        return (
            Table(
                "What keeps the agreement",
                [*heads, "patience", "margin"],
                rows,
                notes=notes,
                name="enforcement",
            ),
        )


def _root(share: Fraction, lag: int) -> str:
    """Write the discount factor whose power `lag` is `share`."""
    return show(share if lag == 1 or share == 0 else Fraction(float(share) ** (1 / lag)))


def self_enforcing(stakes: Mapping[str, Stakes], lag: object = 1) -> SelfEnforcement:
    """Judge who keeps an agreement.

    Parameters
    ----------
    stakes : mapping
        Party -> :class:`Stakes`; at least one.
    lag : int, optional
        Periods before a breach is answered, at least 1.

    Returns
    -------
    SelfEnforcement

    Raises
    ------
    GameError
        If there are no parties, or the lag is no whole number above 0.
    TooLargeError
        For a lag above 1000 periods.

    Examples
    --------
    >>> result = self_enforcing(
    ...     {
    ...         "ru": Stakes(0.6, 0.8, 0.5, 0.5, "switching zone to open"),
    ...         "us": Stakes(0.7, 0.7, 0.2, 0.9),
    ...     }
    ... )
    >>> print(result.verdict().witness)
    ru breaks it: switching zone to open gives 0.8 now against 0.6; it keeps only with patience \
0.6667, has 0.5
    """
    if not stakes:
        raise GameError("no parties", where="stakes", remedy="name at least one")
    return SelfEnforcement(FrozenMap(stakes), _lag(lag))


def self_enforcing_mask(
    cooperate: IntArray | int,
    deviate: IntArray | int,
    punish: IntArray | int,
    delta: object,
    lag: object = 1,
) -> NDArray[np.bool_]:
    """Return where a party keeps the agreement, for many agreements at once, exactly.

    Parameters
    ----------
    cooperate, deviate, punish : integer arrays or integers
        Utilities per period, all over one denominator; they broadcast.
    delta : number
        Discount factor, from 0 to below 1.
    lag : int, optional
        Periods before a breach is answered.

    Returns
    -------
    numpy.ndarray of bool
        Read-only, of the broadcast shape.

    Raises
    ------
    GameError
        If an array holds no integers, or delta or lag are out of range.

    Notes
    -----
    With δ^L = p/q the test is c q >= (q - p) d + p n, in int64 where the products fit, else in
    Python integers.

    Examples
    --------
    >>> self_enforcing_mask(np.array([3, 3, 4]), np.array([5, 6, 4]), 1, Fraction(1, 2)).tolist()
    [True, False, True]
    """
    share = _patience(delta) ** _lag(lag)
    p, q = share.numerator, share.denominator
    arrays = [
        _integers(values, name)
        for values, name in ((cooperate, "cooperate"), (deviate, "deviate"), (punish, "punish"))
    ]
    bound = max(
        (max(abs(int(a.max())), abs(int(a.min()))) if a.size else 0 for a in arrays), default=0
    )
    if max(1, bound) * q >= 2**62:
        arrays = [array.astype(object) for array in arrays]
    c, d, n = arrays
    return read_only(np.asarray(c * q >= d * (q - p) + n * p, dtype=bool))


def _integers(values: IntArray | int, name: str) -> IntArray:
    array = np.asarray(values)
    if array.dtype != object and not np.issubdtype(array.dtype, np.integer):
        raise GameError(
            f"numbers of type {array.dtype}", where=name, remedy="scale them to integers first"
        )
    return array if array.dtype == object else array.astype(np.int64)
