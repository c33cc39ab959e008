r"""What one agreement has to be worth: every criterion as clauses over its own utilities.

Let v_i be what the wanted agreement s is worth to party i, everything else as the model says.
Each criterion of the verdict table that speaks of utilities is a conjunction of **clauses**, and
a clause is a choice between **options**, each of the form v_i >= level, or v_i > level:

- *acceptable*: v_i >= the disagreement value, for every signatory; *robust*: the same at every
  end of a range; *ratifiable*: v >= the threshold, for every ratifier.
- *nash, gmr, smr, seq*, for party i and a move to s1 in R_i(s): v_i >= what is left of s1 after
  the worst answer, min(u_i(s1), min over q in C(s1) of w(q)) with C and w as in
  :mod:`negotiation.conflict_graph.stability`. The answers C(s1) that do not pass through s do not
  depend on v. Those that reach s itself undo the move whatever s is worth. For seq a switch by j
  from t to s is credible only if v_j > u_j(t): one more option for each such j.
- *self_enforcing*: with what remains of the future weighed by delta to the power of the lag,
  v_i >= (1 - w) u_i(breach) + w u_i(after) for every breach, and v_i >= u_i(after).
- *coalition_proof*, for a coalition and a joint move to q: v_i >= u_i(q) for one member i.
- *efficient*, for another agreement t: v_i > u_i(t) for one party i, or v_i >= u_i(t) for all.

A red line orders agreements before utility does: an option is void where s crosses a red line of
i that the other outcome does not cross, and met whatever s is worth the other way round. All
options ask for more: whoever is given more never breaks a clause. So the least changes are
exact:

- **least total raise**: best-first search. Some clause is broken; each of its options that is not
  void says how far one utility has to rise; whichever vector of raises with the least sum breaks
  no clause is the least of all, because every other enough one lies above a vector searched.
- **least total loss**: the cheapest clause to break, in which every option has to be missed.

Amounts are pairs (number, extra): extra is 1 for "any more than the number".

Complexity: per party and move the answers are searched once, breadth first; a vector of raises
costs one pass over the clauses.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from negotiation.exact import FrozenMap

__all__ = [
    "Amount",
    "Clause",
    "Clauses",
    "Lazy",
    "Option",
    "Raise",
    "Worth",
    "of_profile",
    "total_of",
]

Amount = tuple[Fraction, int]
"""A number, and 1 for "any more than that"."""
Worth = Mapping[str, Amount]
"""Who -> what the agreement is worth."""

ZERO: Amount = (Fraction(0), 0)
MAX_VECTORS = 5_000
"""Vectors of raises after which the search ends with bounds."""


@dataclass(frozen=True)
class Option:
    """One way to keep a clause: what the agreement has to be worth to one party.

    Attributes
    ----------
    who : str
        A party, or a ratifier with demands of its own.
    least : tuple of Fraction and int
        The least that is enough; with 1, any more than that.
    """

    who: str
    least: Amount


@dataclass(frozen=True)
class Clause:
    """What has to hold: one of some options; none means that nothing helps.

    Attributes
    ----------
    criterion : str
    options : tuple of Option
    why : str
        What happens otherwise.
    movers : tuple of str
        Who would move.
    end : int or None
        Where to: the number of an agreement, or their number for no agreement.
    """

    criterion: str
    options: tuple[Option, ...]
    why: str
    movers: tuple[str, ...] = ()
    end: int | None = None

    def kept(self, worth: Worth) -> bool:
        """Return whether some option is met."""
        return any(worth[own.who] >= own.least for own in self.options)


Lazy = Callable[[Worth], Clause | None]


@dataclass(frozen=True)
class Raise:
    """The least raises, and how well that is known.

    Attributes
    ----------
    raises : FrozenMap
        Who -> amount, as a pair; only those who need any.
    total : pair
        Their sum.
    bound : Fraction
        No smaller total does it; the same as the total where it is proved least.
    """

    raises: FrozenMap[str, Amount]
    total: Amount
    bound: Fraction

    @property
    def least(self) -> bool:
        """Whether the total is proved to be the least."""
        return self.bound == self.total[0]


@dataclass(frozen=True, eq=False)
class Clauses:
    """All clauses of some criteria for one agreement, and what follows from them.

    Attributes
    ----------
    worth : FrozenMap
        Who -> what the agreement is worth now.
    listed : tuple of Clause
    searched : tuple of callables
        Each finds, for given worth, a broken clause of a criterion with too many to list.
    breaches : tuple of callables
        For each criterion in `searched`: its cheapest losses, as :meth:`losses` gives them.
    several : bool
        Whether there is more than one criterion.
    """

    worth: FrozenMap[str, Fraction]
    listed: tuple[Clause, ...]
    searched: tuple[Lazy, ...] = ()
    breaches: tuple[Callable[[], Iterable[Mapping[str, Amount]]], ...] = ()
    several: bool = False

    @cached_property
    def now(self) -> Worth:
        """What the agreement is worth, as amounts."""
        return {who: (value, 0) for who, value in self.worth.items()}

    def raised(self, raises: Mapping[str, Amount]) -> Worth:
        """Return what the agreement is worth after raises; losses are negative."""
        return dict(self.now) | {
            who: (self.worth[who] + amount, extra) for who, (amount, extra) in raises.items()
        }

    def broken(self, worth: Worth) -> Clause | None:
        """Return a broken clause, those without a choice first; None if all are kept."""
        found = None
        for clause in self.listed:
            if not clause.kept(worth):
                if len(clause.options) < 2:
                    return clause
                found = found or clause
        if found is not None:
            return found
        return next((own for search in self.searched if (own := search(worth))), None)

    # ---- raises -----------------------------------------------------------------------------

    def least_raise(
        self,
        start: Mapping[str, Amount] | None = None,
        *,
        only: Iterable[str] | None = None,
        cost: Callable[[Mapping[str, Amount]], Amount] | None = None,
        allowed: Callable[[Mapping[str, Amount]], bool] | None = None,
    ) -> Raise | Clause:
        """Find the raises of least total that keep all clauses.

        Parameters
        ----------
        start : mapping, optional
            Raises to begin from, which may be negative. Default: none.
        only : iterable of str, optional
            Who may be given anything. Default: everybody.
        cost : callable, optional
            What to make least; it must not fall where a raise grows. Default: the sum.
        allowed : callable, optional
            Which vectors may be taken; it must not turn true where a raise grows.

        Returns
        -------
        Raise or Clause
            A clause that cannot be kept, where nothing does it.
        """
        may = set(self.worth if only is None else only)
        price = cost or total_of
        first = dict(start or {})
        heap: list[tuple[Amount, tuple[Any, ...]]] = [(price(first), _frozen(first))]
        seen = {heap[0][1]}
        stuck: Clause | None = None
        while heap:
            total, items = heapq.heappop(heap)
            raises = dict(items)
            if len(seen) > MAX_VECTORS:
                return self._bounded(raises, may, price, allowed, total[0])
            clause = self.broken(self.raised(raises))
            if clause is None:
                needed = FrozenMap({who: own for who, own in raises.items() if own > ZERO})
                return Raise(needed if start is None else FrozenMap(raises), total, total[0])
            for more in self._ways(clause, raises, may):
                key = _frozen(more)
                if key not in seen and (allowed is None or allowed(more)):
                    seen.add(key)
                    heapq.heappush(heap, (price(more), key))
            stuck = clause if stuck is None or len(clause.options) < len(stuck.options) else stuck
        assert stuck is not None
        return stuck

    def _ways(
        self, clause: Clause, raises: Mapping[str, Amount], may: set[str]
    ) -> Iterator[dict[str, Amount]]:
        for own in clause.options:
            if own.who in may:
                amount = (own.least[0] - self.worth[own.who], own.least[1])
                yield {**raises, own.who: amount}

    def _bounded(
        self,
        raises: dict[str, Amount],
        may: set[str],
        price: Callable[[Mapping[str, Amount]], Amount],
        allowed: Callable[[Mapping[str, Amount]], bool] | None,
        bound: Fraction,
    ) -> Raise | Clause:
        """Go on with the cheapest option of each broken clause."""
        while (clause := self.broken(self.raised(raises))) is not None:
            ways = [own for own in self._ways(clause, raises, may) if not allowed or allowed(own)]
            if not ways:
                return clause
            raises = min(ways, key=lambda own: (price(own), _frozen(own)))
        return Raise(FrozenMap(raises), price(raises), bound)

    def alone(self, who: str) -> Amount | None:
        """Return the least raise of one party that is enough by itself, or None."""
        found = self.least_raise(only=[who])
        return found.raises.get(who, ZERO) if isinstance(found, Raise) else None

    # ---- losses -----------------------------------------------------------------------------

    def losses(self) -> list[FrozenMap[str, Amount]]:
        """Return the cheapest losses that break some clause.

        Returns
        -------
        list of FrozenMap
            Who -> loss, as a pair: for each party the least that is enough by itself, and, if
            that is less than each of these, the least total over several parties.
        """
        alone: dict[str, Amount] = {}
        together: Mapping[str, Amount] | None = None
        for losses in self._ruptures():
            real = {who: own for who, own in losses.items() if own > ZERO}
            if len(real) == 1:
                ((who, own),) = real.items()
                alone[who] = min(own, alone.get(who, own))
            elif together is None or total_of(real) < total_of(together):
                together = real
        found = [FrozenMap({who: alone[who]}) for who in self.worth if who in alone]
        if together and all(total_of(together) < own for own in alone.values()):
            found.append(FrozenMap(together))
        return found

    def _ruptures(self) -> Iterator[Mapping[str, Amount]]:
        for clause in self.listed:
            losses: dict[str, Amount] = {}
            for own in clause.options:
                loss = (self.worth[own.who] - own.least[0], 1 - own.least[1])
                losses[own.who] = max(loss, losses.get(own.who, loss))
            yield losses
        for search in self.breaches:
            yield from search()


def total_of(raises: Mapping[str, Amount]) -> Amount:
    """Return the sum of some amounts."""
    amounts = list(raises.values())
    return sum((a for a, _ in amounts), Fraction(0)), sum(extra for _, extra in amounts)


def _frozen(raises: Mapping[str, Amount]) -> tuple[Any, ...]:
    return tuple(sorted(raises.items()))


# ---- a profile of a payoff matrix ---------------------------------------------------------


def of_profile(
    worth: Mapping[str, Fraction], others: Mapping[str, Mapping[str, Fraction]]
) -> Clauses:
    """Return the clauses of a Nash equilibrium in pure strategies.

    Parameters
    ----------
    worth : mapping
        Player -> payoff at the profile.
    others : mapping
        Player -> other strategy -> payoff after switching to it.
    """
    return Clauses(
        FrozenMap(worth),
        tuple(
            Clause("nash", (Option(player, (payoff, 0)),), f"{player} switches to {own}")
            for player, row in others.items()
            for own, payoff in row.items()
        ),
    )
