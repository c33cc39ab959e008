"""Changes of what parties get or may do, as sentences with their proof.

Bonuses and losses in the wanted agreement, payments between signatories, moves given up.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction

from negotiation.exact import show
from negotiation.model.build import WALKING_OUT
from negotiation.what_if.repair.case import Case, Deal, Profile
from negotiation.what_if.repair.clauses import Amount, Clause, Clauses, Raise, total_of
from negotiation.what_if.repair.commitments import MOVES, Pledge, least_pledges
from negotiation.what_if.repair.found import Change
from negotiation.what_if.ways import TINY

__all__ = ["bonuses", "commitments", "losses", "payments"]

ZERO = Fraction(0)
LISTED = 12
"""Commitments of the same size that are written out."""


# ---- bonuses and losses -------------------------------------------------------------------


def _much(amount: Amount) -> str:
    return f"{'more than ' if amount[1] else ''}{show(amount[0])}"


def bonuses(case: Case) -> tuple[list[Change], list[str]]:
    """Return the bonuses of least total, and what one party alone would need."""
    clauses = case.clauses
    found = clauses.least_raise()
    if isinstance(found, Clause):
        who = ", ".join(found.movers)
        text = f"no utility makes up for it: {found.why}"
        proof = "a red line comes before utility, and what follows a breach is not changed by it"
        return [Change("payoff", who, None, None, None, proof, text, attained=False)], []
    changes = []
    for who, (amount, extra) in found.raises.items():
        text = f"{who} gets {_much((amount, extra))} more {_with(case)}"
        why = _otherwise(clauses, dict(found.raises), who)
        proof = f"with less, {why}" + ("" if len(found.raises) == 1 else ", all else given")
        changes.append(
            Change(
                "payoff",
                who,
                amount,
                clauses.worth[who],
                clauses.worth[who] + amount,
                proof,
                text,
                attained=not extra,
                proved=found.least,
            )
        )
    notes = []
    if len(changes) > 1:
        total = show(found.total[0])
        notes = [
            f"The bonuses sum to {total}; no smaller sum does it."
            if found.least
            else f"The bonuses sum to {total}; the least sum is {show(found.bound)} or more."
        ]
    for who in clauses.worth:
        single = clauses.alone(who)
        if single is None or set(found.raises) == {who}:
            continue
        here = clauses.worth[who]
        why = _otherwise(clauses, {who: single}, who)
        text = f"{who} alone gets {_much(single)} more {_with(case)}"
        changes.append(
            Change(
                "alone",
                who,
                single[0],
                here,
                here + single[0],
                f"with less, {why}",
                text,
                attained=not single[1],
            )
        )
    return changes, notes


def _with(case: Case) -> str:
    return f"at {case.name}" if isinstance(case, Profile) else "with this agreement"


def _otherwise(clauses: Clauses, raises: dict[str, Amount], who: str) -> str:
    """Say what goes wrong with a little less for one party."""
    amount, extra = raises[who]
    less = (amount, 0) if extra else (amount * (1 - TINY), 0)
    broken = clauses.broken(clauses.raised(raises | {who: less}))
    return "it holds too" if broken is None else _why(clauses, broken)


def _why(clauses: Clauses, broken: Clause) -> str:
    """Say what goes wrong, by which criterion if there are several."""
    return f"{broken.why} ({broken.criterion})" if clauses.several else broken.why


def losses(case: Case) -> list[Change]:
    """Return, for each party, the least loss that breaks it; and less of several, if any."""
    clauses = case.clauses
    changes = []
    for lost in clauses.losses():
        after = clauses.raised({who: (-amount, -extra) for who, (amount, extra) in lost.items()})
        broken = clauses.broken(after)
        assert broken is not None
        who = ", ".join(lost)
        parts = [f"{party} gets {_much(amount)} less" for party, amount in lost.items()]
        text = f"{' and '.join(parts)} {_with(case)}"
        total = sum((amount for amount, _ in lost.values()), ZERO)
        single = len(lost) == 1
        here = clauses.worth[who] if single else None
        less = "a smaller loss of this party alone breaks nothing"
        changes.append(
            Change(
                "payoff" if single else "together",
                who,
                total,
                here,
                None if here is None else here - total,
                f"then {_why(clauses, broken)}; "
                + (less if single else "no smaller sum of losses does it"),
                text,
                attained=not any(extra for _, extra in lost.values()),
            )
        )
    return changes


# ---- payments -----------------------------------------------------------------------------

MONEY = (
    "Payments treat utility as money that can be handed over one to one between signatories; the "
    "model does not say so."
)


def payments(case: Case) -> tuple[list[Change], list[str]]:
    """Return who pays whom, in all as little as possible."""
    clauses = case.clauses
    floors = _floors(case, clauses)
    if isinstance(floors, str):
        return [], [floors]
    least = clauses.least_raise(floors, only=floors)
    if isinstance(least, Clause):
        return [], [f"No payment does it: {least.why} ({least.criterion})."]
    names = ", ".join(floors)
    if least.total > (ZERO, 0):
        least_sum = show(least.bound)
        return [], [
            (
                f"No payments among {names} do it: what they need exceeds what they can spare by "
                f"{'' if least.least else 'at least '}{least_sum}."
            ),
            MONEY,
        ]
    found = clauses.least_raise(floors, only=floors, cost=_received, allowed=_covered)
    if isinstance(found, Clause):
        return [], [f"No payments among {names} were found.", MONEY]
    moved = _received(found.raises)
    if moved == (ZERO, 0):
        return [], []
    proof = f"{_much(moved)} in all changes hands; "
    proof += "no less does it" if found.least else f"the least is {show(found.bound)} or more"
    changes = [
        Change(
            "payment",
            f"{giver} to {taker}",
            amount,
            None,
            None,
            proof,
            f"{giver} pays {taker} {_much((amount, extra))}",
            attained=not extra,
            proved=found.least,
        )
        for giver, taker, (amount, extra) in _handed(found)
    ]
    return changes, [MONEY]


def _floors(case: Case, clauses: Clauses) -> dict[str, Amount] | str:
    """Return how much each payer needs at least (negative: can spare), or why there is none."""
    floors: dict[str, Amount] = {}
    if isinstance(case, Deal):
        space, parties = case.space, case.judge.signatories
        crossed = [party for party in parties if space.crossed(party, case.agreement)]
        if crossed:
            return f"No payment makes up for a crossed red line ({', '.join(crossed)})."
        floors = {party: (space.disagreement[party] - clauses.worth[party], 0) for party in parties}
    for clause in clauses.listed:
        for own in clause.options:
            payer = isinstance(case, Profile) or own.who in floors
            if len(clause.options) == 1 and payer:
                need = (own.least[0] - clauses.worth[own.who], own.least[1])
                floors[own.who] = max(need, floors.get(own.who, need))
    return floors


def _received(raises: Mapping[str, Amount]) -> Amount:
    """Return how much is received."""
    return total_of({who: own for who, own in raises.items() if own > (ZERO, 0)})


def _covered(raises: Mapping[str, Amount]) -> bool:
    """Say whether what is received can be paid."""
    total = sum((amount for amount, _ in raises.values()), ZERO)
    return total < 0 or (total == 0 and not any(extra for _, extra in raises.values()))


def _handed(found: Raise) -> list[tuple[str, str, Amount]]:
    """Return (giver, taker, amount): the largest need from the largest surplus first."""
    takers = {who: own for who, own in found.raises.items() if own > (ZERO, 0)}
    spare = {who: -amount for who, (amount, _) in found.raises.items() if amount < 0}
    if any(extra for _, extra in found.raises.values()):
        # nobody may be drained to the last: everybody gives the same share of what is spare
        share = sum((own for own, _ in takers.values()), ZERO) / sum(spare.values(), ZERO)
        share = share or Fraction(1)
        spare = {who: own * share for who, own in spare.items()}
    handed = []
    for taker, (need, extra) in sorted(takers.items(), key=lambda own: own[1], reverse=True):
        rest, more = need, extra
        for giver in sorted(spare, key=lambda own: spare[own], reverse=True):
            amount = min(spare[giver], rest)
            if amount <= 0 and not (more and rest == 0):
                continue
            spare[giver] -= amount
            rest -= amount
            handed.append((giver, taker, (amount, more)))
            more = 0  # one payment is enough to be more than needed
            if rest == 0:
                break
    return handed


# ---- commitments --------------------------------------------------------------------------


def commitments(case: Case) -> tuple[list[Change], list[str]]:
    """Return the least sets of moves to give up, where moves are what is wrong."""
    if not isinstance(case, Deal) or not set(case.arising) & set(MOVES):
        return [], []
    rest = [own for own in case.arising if own not in MOVES]
    if not all(case.judge.verdict(own, case.agreement).holds for own in rest):
        return [], []
    found = least_pledges(case.judge, case.agreement, case.arising)
    if not found:
        said = "does it" if found is not None else "was found in 20,000 sets"
        return [], [f"No set of moves to give up {said}."]
    size = len(found[0])
    proof = "no set of fewer moves does it" if size > 1 else "one move; with none it does not hold"
    changes = [
        Change(
            "commitment",
            ", ".join(dict.fromkeys(party for party, _ in pledges)),
            Fraction(size),
            None,
            None,
            proof,
            _pledged(pledges),
        )
        for pledges in found[:LISTED]
    ]
    more = len(found) - LISTED
    return changes, [f"{more} more sets of {size} moves do it as well."] if more > 0 else []


def _pledged(pledges: tuple[Pledge, ...]) -> str:
    parts = []
    for party, own in itertools.groupby(pledges, key=lambda pledge: pledge[0]):
        issues = [issue for _, issue in own]
        deeds = ["walking out"] if issues[0] == WALKING_OUT else []
        rest = [issue for issue in issues if issue != WALKING_OUT]
        deeds += [f"switching {', '.join(rest)}"] if rest else []
        parts.append(f"{party} gives up {' and '.join(deeds)}")
    return "; ".join(parts)
