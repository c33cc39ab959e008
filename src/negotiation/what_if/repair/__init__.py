r"""Repair: the least change that makes a wanted agreement stable, and the least that breaks it.

Stability means one criterion of the verdict table, or all that count as holding at once
(acceptable, ratifiable, sequentially stable, self-enforcing, as far as the model states them).
These kinds of change are looked for, each on its own:

``payoff``
    Bonuses that parties get with this one agreement and with no other, of least total; to break
    it, the least loss of one party by itself. ``alone``: a bonus of one party that is enough
    by itself. ``together``: losses of several parties, where their sum is less than any single
    one. See :mod:`~negotiation.what_if.repair.clauses`.
``payment``
    Utility handed over between signatories, as if it were money, of least total, that leaves
    everybody at least what no agreement gives: bonuses that may be negative and sum to no more
    than 0.
``commitment``
    The least sets of moves that parties would have to give up
    (:mod:`~negotiation.what_if.repair.commitments`).
``input``, ``inputs``
    One number within its range, or all that help by one common share of the way to the ends of
    their ranges (:mod:`~negotiation.what_if.repair.nearest`). Everything nearer is judged as a
    whole, not at samples (:mod:`~negotiation.what_if.repair.enclosures`).

Amounts are exact. Where just the amount is not enough and any more is, the change says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from negotiation.bargaining import AgreementSpace
from negotiation.bargaining.agreements import words
from negotiation.errors import NegotiationError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, show
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.stability import CRITERIA, HOLDING
from negotiation.stability.judge import Judge
from negotiation.what_if.points import checked_model, knob, knobs
from negotiation.what_if.repair.clauses import (
    Amount,
    Clause,
    Clauses,
    Raise,
    of_agreement,
    of_profile,
)
from negotiation.what_if.repair.commitments import MOVES, Pledge, least_pledges
from negotiation.what_if.repair.enclosures import (
    Scene,
    Subject,
    agreement_subject,
    profile_subject,
)
from negotiation.what_if.repair.found import Change, Repair
from negotiation.what_if.repair.nearest import TINY, Flip, Way, joint_share
from negotiation.what_if.symbolic import Inputs

__all__ = ["Change", "Repair", "breaking", "repair"]

ZERO = Fraction(0)
LISTED = 12
"""Commitments of the same size that are written out."""

Over = Mapping[str, tuple[object, object]] | Iterable[str] | str | None
Range = tuple[Fraction, Fraction, Fraction]
"""Value, low and high."""


# ---- what is asked ------------------------------------------------------------------------


@dataclass(frozen=True)
class Deal:
    """An agreement of an agreement space, judged by criteria of the verdict table."""

    model: Model
    name: str
    agreement: FrozenMap[str, str]
    criteria: tuple[str, ...]

    @cached_property
    def space(self) -> AgreementSpace:
        return build.agreement_space(self.model)

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.model, self.space)

    @cached_property
    def scene(self) -> Scene:
        return Scene(self.judge, self.agreement)

    @cached_property
    def arising(self) -> tuple[str, ...]:
        """The criteria whose question arises."""
        idle = {
            "ratifiable": self.judge.ratification is None,
            "self_enforcing": self.judge.enforcement is None,
        }
        return tuple(own for own in self.criteria if not idle.get(own))

    def verdict(self) -> tuple[bool | None, Fraction | None, str]:
        rows = [self.judge.verdict(own, self.agreement) for own in self.criteria]
        arising = [row for row in rows if row.holds is not None]
        if not arising:
            return None, None, str(rows[0].witness)
        holds = all(row.holds for row in arising)
        margins = [row.margin for row in arising if row.margin is not None]
        lost = any(row.margin is None and not row.holds for row in arising)
        return holds, None if lost or not margins else min(margins), ""

    @cached_property
    def clauses(self) -> Clauses:
        return of_agreement(self.judge, self.agreement, self.arising, self.scene.graph)

    def clauses_of(self, model: Model) -> Clauses:
        space = build.agreement_space(model)
        graph = build.issue_graph(model, space)
        return of_agreement(Judge(model, space), self.agreement, self.arising, graph)

    def ask(self, model: Model, inputs: Inputs) -> Subject:
        return agreement_subject(model, inputs, self.scene, self.arising)


@dataclass(frozen=True)
class Profile:
    """A pure profile of a stated payoff matrix, judged by Nash."""

    model: Model
    name: str
    profile: tuple[str, ...]
    criteria: tuple[str, ...] = ("nash",)

    def clauses_of(self, model: Model) -> Clauses:
        game = build.normal_form(model)
        worth = {player: game.payoff(player, self.profile) for player in game.players}
        others = {
            player: {
                own: game.payoff(player, (*self.profile[:place], own, *self.profile[place + 1 :]))
                for own in game.strategies[place]
                if own != self.profile[place]
            }
            for place, player in enumerate(game.players)
        }
        return of_profile(worth, others)

    @cached_property
    def clauses(self) -> Clauses:
        return self.clauses_of(self.model)

    def verdict(self) -> tuple[bool | None, Fraction | None, str]:
        own = self.clauses
        gaps = [own.worth[o.who] - o.least[0] for clause in own.listed for o in clause.options]
        margin = min(gaps, default=None)
        return margin is None or margin >= 0, margin, ""

    def ask(self, model: Model, inputs: Inputs) -> Subject:
        return profile_subject(model, inputs, self.profile)


Case = Deal | Profile


def _case(model: Model, agreement: object, criterion: str | None) -> Case:
    """Check what is asked."""
    form = model.spec.normal_form
    spaced = bool(model.issues) and bool(model.demands)
    if form is not None and isinstance(agreement, str) and ("/" in agreement or not spaced):
        profiles = [" / ".join(own) for own in itertools.product(*form.players.values())]
        steps = tuple(step.strip() for step in agreement.split("/"))
        if steps not in {*itertools.product(*(tuple(own) for own in form.players.values()))}:
            raise UnknownNameError.of("profile", agreement, [p.replace(" ", "") for p in profiles])
        if criterion not in (None, "nash"):
            raise UnknownNameError.of("criterion of a profile", criterion, ["nash"])
        return Profile(model, "/".join(steps), steps)
    if not spaced:
        raise NegotiationError(
            f"'{model.title}' has no agreements",
            remedy="repair needs issues with demands, or a stated normal_form and a profile "
            "such as 'row/column'",
        )
    if criterion is not None and criterion not in CRITERIA:
        raise UnknownNameError.of("criterion", criterion, CRITERIA)
    criteria = HOLDING if criterion is None else (criterion,)
    if isinstance(agreement, Mapping):
        space = build.agreement_space(model)
        wanted = space.agreement(space.index(agreement))
        name = next(
            (own for own in model.agreements if model.agreement(own) == wanted), words(wanted)
        )
        return Deal(model, name, wanted, criteria)
    if not isinstance(agreement, str):
        raise NegotiationError(
            f"'{shorten(agreement)}' is no agreement",
            remedy="give the name of one, or an option for every issue",
        )
    return Deal(model, agreement, model.agreement(agreement), criteria)


# ---- bonuses and losses -------------------------------------------------------------------


def _much(amount: Amount) -> str:
    return f"{'more than ' if amount[1] else ''}{show(amount[0])}"


def _bonuses(case: Case) -> tuple[list[Change], list[str]]:
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
                bounded=None,
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
    return "it holds too" if broken is None else f"{broken.why} ({broken.criterion})"


def _losses(case: Case) -> list[Change]:
    """Return, for each party, the least loss that breaks it; and less of several, if any."""
    clauses = case.clauses
    changes = []
    for losses in clauses.losses():
        broken = clauses.broken(
            clauses.raised({who: (-amount, -extra) for who, (amount, extra) in losses.items()})
        )
        assert broken is not None
        parts = [f"{who} gets {_much(own)} less" for who, own in losses.items()]
        text = f"{' and '.join(parts)} {_with(case)}"
        total = sum((amount for amount, _ in losses.values()), ZERO)
        attained = not any(extra for _, extra in losses.values())
        proof = f"then {broken.why} ({broken.criterion}); "
        if len(losses) > 1:
            proof += "no smaller sum of losses does it"
            who = ", ".join(losses)
            changes.append(
                Change("together", who, total, None, None, proof, text, attained=attained)
            )
            continue
        (who,) = losses
        here = clauses.worth[who]
        proof += "a smaller loss of this party alone breaks nothing"
        changes.append(
            Change("payoff", who, total, here, here - total, proof, text, attained=attained)
        )
    return changes


# ---- payments -----------------------------------------------------------------------------

MONEY = (
    "Payments treat utility as money that can be handed over one to one between signatories; the "
    "model does not say so."
)


def _payments(case: Case) -> tuple[list[Change], list[str]]:
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
    some = [own for own in raises.values() if own > (ZERO, 0)]
    return sum((amount for amount, _ in some), ZERO), sum(extra for _, extra in some)


def _covered(raises: Mapping[str, Amount]) -> bool:
    """Say whether what is received can be paid."""
    total = sum((amount for amount, _ in raises.values()), ZERO)
    return total < 0 or (total == 0 and not any(extra for _, extra in raises.values()))


def _handed(found: Raise) -> list[tuple[str, str, Amount]]:
    """Return (giver, taker, amount): the largest need from the largest surplus first."""
    takers = {who: own for who, own in found.raises.items() if own > (ZERO, 0)}
    spare = {who: -amount for who, (amount, _) in found.raises.items() if amount < 0}
    if any(extra and who in spare for who, (_, extra) in found.raises.items()):
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


def _commitments(case: Case) -> tuple[list[Change], list[str]]:
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
        deeds = ["walking out"] if issues[0] == build.WALKING_OUT else []
        rest = [issue for issue in issues if issue != build.WALKING_OUT]
        deeds += [f"switching {', '.join(rest)}"] if rest else []
        parts.append(f"{party} gives up {' and '.join(deeds)}")
    return "; ".join(parts)


# ---- inputs -------------------------------------------------------------------------------


def _ranges(model: Model, over: Over) -> dict[str, Range]:
    """Return value, low and high of every input to turn; none declared is no error."""
    if over is None:
        chosen = [(own, own.ends()) for own in knobs(model)]
    elif isinstance(over, Mapping):
        chosen = []
        for path, ends in over.items():
            if not isinstance(ends, (tuple, list)) or len(ends) != 2:
                raise NegotiationError(
                    f"'{shorten(ends)}' is no range", where=str(path), remedy="give (low, high)"
                )
            own = knob(model, path)
            chosen.append((own, own.ends(*ends)))
    else:
        paths = (over,) if isinstance(over, str) else tuple(over)
        chosen = [(own, own.ends()) for own in (knob(model, path) for path in paths)]
    return {own.path: (own.value, *ends) for own, ends in chosen}


def _input(case: Case, path: str, ends: Range, *, want: bool) -> Change:
    """Find the nearest value of one input that does it."""
    value, low, high = ends
    way = Way.of(case.model, case.ask, path, want=want)
    inside = low <= value <= high
    start = value if inside else low if value < low else high
    targets = [end for end in (low, high) if end != value] if inside else [low + high - start]
    found: list[Flip] = []
    proved = True
    if not inside and way.does(start):
        found.append(Flip(start, start))
    else:
        for end in targets:
            flip, whole = way.first(start, end)
            proved = proved and whole
            found += [] if flip is None else [flip]
    if not found:
        text = f"no change of {path} within {show(low)} to {show(high)} does it"
        proof = "judged as a whole" if proved else "some values were not judged"
        return Change("input", path, None, value, None, proof, text, attained=False, proved=proved)
    flip = min(found, key=lambda one: abs(one.at - value))
    amount = flip.at - value
    verb = "raise" if amount > 0 else "lower" if amount < 0 else "move"
    to = show(flip.at)
    bounded = None
    if flip.before != flip.at:
        bounded = (flip.before, flip.at)
        proof = f"at {show(flip.before, 8)} it is not enough"
    elif not flip.attained:
        upwards = amount > 0 or (amount == 0 and flip in found[-1:] and targets[-1] == high)
        to = f"anything {'above' if upwards else 'below'} {to}"
        proof = f"at {show(flip.at)} itself it is not enough"
    elif not inside and flip.at == start:
        proof = "the end of the range that is nearest to the value is enough"
    else:
        proof = f"{show(flip.at)} is enough"
    proof += ", and all values nearer fail" if proved else "; some values nearer were not judged"
    text = f"{verb} {path} from {show(value)} to {to}"
    return Change(
        "input", path, amount, value, flip.at, proof, text, flip.attained, bounded, proved
    )


def _several(case: Case, ranges: Mapping[str, Range], *, want: bool) -> Change | None:
    """Find the least common share of the way of several inputs towards the ends that help."""
    free = {
        path: (value, low, high)
        for path, (value, low, high) in ranges.items()
        if low <= value <= high and Way.of(case.model, case.ask, path, want=want).lag is None
    }
    if len(free) < 2:
        return None
    if joint_share(case.model, case.ask, free, None, want=want) == 1:
        text = "No values of all inputs at once do it"
        proof = "all combinations within their ranges are judged as a whole"
        return Change("inputs", ", ".join(free), None, ZERO, None, proof, text, attained=False)
    ends = _helpful(case, free, want=want)
    share: Flip | None = None
    proved = True
    if len(ends) > 1:
        way = Way.together(case.model, case.ask, ends, want=want)
        share, proved = way.first(ZERO, Fraction(1))
        if share is not None:
            needed = _needed(case, ends, share, want=want)
            if needed != ends:
                ends = needed
                way = Way.together(case.model, case.ask, ends, want=want)
                share, proved = way.first(ZERO, Fraction(1))
    if share is None:
        if len(ends) < 2:
            return None
        text = f"Moving {', '.join(ends)} to the ends that help does not do it"
        proof = "other combinations are not judged"
        return Change(
            *("inputs", ", ".join(ends), None, ZERO, None, proof, text),
            attained=False,
            proved=False,
        )
    bound = joint_share(case.model, case.ask, free, share.at, want=want)
    moves = ", ".join(
        f"{path} from {show(start)} to {show(start + share.at * (end - start))}"
        for path, (start, end) in ends.items()
    )
    how = "" if share.attained else "more than "
    text = f"move these by {how}{show(share.at)} of the way to the end of their range: {moves}"
    exact = bound == share.at and share.before == share.at
    proof = "no combination of values within a smaller share does it, but for a millionth of it"
    if not exact:
        proof = (
            f"no combination of values within {show(bound, 8)} of the way does it; along this "
            "way, " + ("nothing nearer does" if proved else "some shares were not judged")
        )
    return Change(
        "inputs",
        ", ".join(ends),
        share.at,
        ZERO,
        share.at,
        proof,
        text,
        share.attained,
        None if exact else (bound, share.at),
        proved,
    )


def _needed(
    case: Case, ends: dict[str, tuple[Fraction, Fraction]], share: Flip, *, want: bool
) -> dict[str, tuple[Fraction, Fraction]]:
    """Leave out inputs without which the same share is enough."""
    at = share.at if share.attained else min(share.at * (1 + TINY) or TINY, Fraction(1))
    for path in tuple(ends):
        rest = {own: pair for own, pair in ends.items() if own != path}
        if len(rest) > 1 and Way.together(case.model, case.ask, rest, want=want).does(at):
            ends = rest
    return ends


def _helpful(
    case: Case, ranges: Mapping[str, Range], *, want: bool
) -> dict[str, tuple[Fraction, Fraction]]:
    """Return the inputs of which one end is nearer to the wanted answer: (value, that end)."""
    here = _distance(case.clauses, want=want)
    found: dict[str, tuple[Fraction, Fraction]] = {}
    for path, (value, low, high) in ranges.items():
        rows = []
        for end in (low, high):
            try:
                clauses = case.clauses_of(case.model.override({path: end}))
            except NegotiationError:
                continue
            rows.append((_distance(clauses, want=want), end))
        best = min(rows, default=None)
        if best is not None and best[0] < here:
            found[path] = (value, best[1])
    return found


def _distance(clauses: Clauses, *, want: bool) -> tuple[int, Amount]:
    """Say how far from the wanted answer a point is, in utility."""
    nothing: Amount = (ZERO, 0)
    if not want:
        if clauses.broken(clauses.now) is not None:
            return 0, nothing
        sums = [
            (sum((a for a, _ in own.values()), ZERO), sum(e for _, e in own.values()))
            for own in clauses.losses()
        ]
        return (0, min(sums)) if sums else (1, nothing)
    found = clauses.least_raise()
    return (1, nothing) if isinstance(found, Clause) else (0, found.total)


# ---- all together -------------------------------------------------------------------------


def _changes(
    model: Model, agreement: object, criterion: str | None, over: Over, *, want: bool
) -> Repair:
    case = _case(checked_model(model), agreement, criterion)
    ranges = _ranges(model, over)
    holds, margin, idle = case.verdict()
    asked = criterion or ("nash" if isinstance(case, Profile) else "holds")
    if holds is None or holds is want:
        said = f"It {'holds' if want else 'does not hold'} already: nothing need change."
        notes = [f"The question does not arise: {idle}." if holds is None else said]
        return Repair(case.name, asked, holds, margin, (), tuple(notes), not want)
    notes = []
    changes: list[Change] = []
    kinds: list[Callable[[Case], tuple[list[Change], list[str]]]] = [
        _bonuses,
        _payments,
        _commitments,
    ]
    if want:
        for find in kinds:
            more, said_too = find(case)
            changes += more
            notes += said_too
    else:
        changes += _losses(case)
    if not ranges:
        notes.append("No number declares a range: no change of inputs was looked for.")
    turned = [_input(case, path, ends, want=want) for path, ends in ranges.items()]
    span = {path: high - low for path, (_, low, high) in ranges.items()}
    turned.sort(key=lambda c: (c.amount is None, abs(c.amount or ZERO) / span[c.who]))
    changes += turned
    several = _several(case, ranges, want=want)
    changes += [] if several is None else [several]
    return Repair(case.name, asked, holds, margin, tuple(changes), tuple(notes), not want)


def repair(
    model: Model, agreement: object, criterion: str | None = None, *, over: Over = None
) -> Repair:
    """Find the least change that makes an agreement stable.

    Parameters
    ----------
    model : Model
        One with issues and demands, or with a stated payoff matrix.
    agreement : str or mapping
        A named agreement, or issue -> option; a pure profile such as ``"row/column"`` of a
        stated payoff matrix.
    criterion : str, optional
        One of the verdict table. Default: all that count as holding, together.
    over : mapping, str or iterable of str, optional
        Input paths, a mapping with a range ``(low, high)`` each. Default: every number with a
        declared range.

    Returns
    -------
    Repair
        ``payoff`` changes belong together; every other change does it by itself.

    Raises
    ------
    UnknownNameError
        For an unknown agreement, profile, criterion or input, with close matches.
    NegotiationError
        If the model has neither agreements nor a payoff matrix, or a range is none.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = repair(ng.load("classics/prisoners_dilemma"), "cooperate/cooperate")
    >>> found.holds
    False
    >>> print(found.of("payoff")[0].text)
    first gets 2 more at cooperate/cooperate
    """
    return _changes(model, agreement, criterion, over, want=True)


def breaking(
    model: Model, agreement: object, criterion: str | None = None, *, over: Over = None
) -> Repair:
    """Find the least change that breaks an agreement; arguments as for :func:`repair`.

    Each of the changes is enough by itself. Losses are losses in this one agreement.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = breaking(ng.load("classics/prisoners_dilemma"), "defect/defect")
    >>> print(found.of("payoff")[0].text)
    first gets more than 1 less at defect/defect
    """
    return _changes(model, agreement, criterion, over, want=False)
