r"""Repair: the least change that makes a wanted agreement stable, and the least that breaks it.

Stability means one criterion of the verdict table, or all that count as holding at once
(acceptable, ratifiable, sequentially stable, self-enforcing, as far as the model states them).
Five kinds of change are looked for, each on its own:

``payoff``
    A bonus :math:`t_p \ge 0` that party p gets with this one agreement and with no other. For
    acceptance and ratification it is the shortfall. For Nash, GMR and SMR it is V(s) - u(s) of
    :mod:`negotiation.conflict_graph.stability`: what the others do does not depend on p's
    bonus, so that the least bonuses of the parties are independent of each other. For SEQ a
    bonus of one party can only add credible answers against the others: the sum of what each
    needs alone is enough, and is lowered party by party. A red line cannot be bought off. For
    coalitions one member of each has to be bought off: a bound. Losses that break are told for
    one party at a time.
``payment``
    Utility handed over between signatories, as if it were money: feasible exactly where their
    surpluses over no agreement sum to at least 0, and the sum of the shortfalls then is the
    least total that changes hands.
``input``
    One number within its range. The ends and points between are judged in exact arithmetic;
    where the answer flips between two, the margin, which is a ratio of linear functions of an
    input on pieces, is interpolated by such a ratio through three exact points. Its zero is
    accepted only if the exact margin there is 0 and the answer differs on its two sides.
    Otherwise bisection gives a bracket a millionth of the way wide.
``inputs``
    All numbers whose helpful end is known move towards it by one common share of the way.
``commitment``
    The smallest sets of parties that would have to give up their moves (Nash, coalitions).

A *border* that is not itself enough is marked: any more than it does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from negotiation.bargaining import Term
from negotiation.bargaining.agreements import AgreementSpace, words
from negotiation.errors import NegotiationError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, show
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.results import Result, Table
from negotiation.stability import CRITERIA, HOLDING
from negotiation.stability.judge import Judge
from negotiation.stability.table import GRAPH
from negotiation.what_if.points import checked_model, knob, knobs

__all__ = ["Change", "Repair", "breaking", "repair"]

TINY = Fraction(1, 10**6)
ZERO = Fraction(0)
PERIODS = 60  # whole numbers tried at most for an input that counts periods
LARGE = 10_000  # agreements from which criteria that need moves are judged at fewer points

Over = Mapping[str, tuple[Any, Any]] | Iterable[str] | str | None
Bonuses = Mapping[str, Fraction]


# ---- results ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One change that does it, or the finding that there is none of its kind.

    Attributes
    ----------
    kind : str
        ``"payoff"``, ``"payment"``, ``"input"``, ``"inputs"`` or ``"commitment"``.
    who : str
        The party, the parties, or the path of the input.
    amount : Fraction or None
        How much: `after` minus `before` of an input, utility otherwise, the share of the way
        for several inputs. None where no such change does it.
    before, after : Fraction or None
        The number changed; for utilities, the utility of the agreement.
    proof : str
        Why less is not enough.
    text : str
        The sentence for people.
    attained : bool
        Whether exactly `amount` is enough; otherwise any more is.
    bounded : tuple of two Fractions or None
        Where the least is known within two bounds only: what is not enough, what is.
    """

    kind: str
    who: str
    amount: Fraction | None
    before: Fraction | None
    after: Fraction | None
    proof: str
    text: str
    attained: bool = True
    bounded: tuple[Fraction, Fraction] | None = None

    @property
    def works(self) -> bool:
        """Whether there is such a change."""
        return self.amount is not None

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        names = ("kind", "who", "amount", "before", "after", "attained", "proof", "text")
        data = {name: getattr(self, name) for name in names}
        return data | {"bounded": None if self.bounded is None else list(self.bounded)}


@dataclass(frozen=True)
class Repair(Result):
    """What would make an agreement stable, or break it.

    Attributes
    ----------
    agreement : str
        Its name, or its options.
    criterion : str
        The criterion, or ``"holds"`` for all that count as holding.
    holds : bool or None
        As the model stands; None where the question does not arise.
    margin : Fraction or None
        As the model stands.
    changes : tuple of Change
        By kind; inputs by the share of their range that they need.
    notes : tuple of str
    breaks : bool
        Whether the changes are to break it.
    """

    agreement: str
    criterion: str
    holds: bool | None
    margin: Fraction | None
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    breaks: bool = False

    def of(self, kind: str) -> tuple[Change, ...]:
        """Return the changes of one kind."""
        kinds = ("payoff", "payment", "input", "inputs", "commitment")
        if kind not in kinds:
            raise UnknownNameError.of("kind of change", kind, kinds)
        return tuple(change for change in self.changes if change.kind == kind)

    def data(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "agreement": self.agreement,
            "criterion": self.criterion,
            "holds": self.holds,
            "margin": self.margin,
            "breaks": self.breaks,
            "changes": [change.data() for change in self.changes],
            "notes": list(self.notes),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return what parties would have to be given or to give up, and what inputs do."""
        deed = "break" if self.breaks else "hold"
        said = {True: "yes", False: "no", None: "–"}[self.holds]
        margin = "" if self.margin is None else f" (margin {show(self.margin)})"
        by = "all that counts as holding" if self.criterion == "holds" else self.criterion
        title = f"What would make {self.agreement} {deed}, by {by}"
        head = f"As the model stands: {said}{margin}."
        rows = [
            [c.kind, c.who, c.amount, c.text, c.proof]
            for c in self.changes
            if c.kind not in ("input", "inputs")
        ]
        turns = [
            [
                c.who if c.kind == "input" else f"{c.who.count(',') + 1} inputs at once",
                *(c.before, c.after, c.amount, c.text, c.proof),
            ]
            for c in self.changes
            if c.kind in ("input", "inputs") and c.works
        ]
        idle = [c.who for c in self.of("input") if not c.works]
        below = []
        if idle:
            below.append(
                f"No change within its range does it, at any point tried: {', '.join(idle)}."
            )
        below += [f"{c.text} ({c.proof})." for c in self.of("inputs") if not c.works]
        return (
            Table(
                title,
                ["kind", "who", "amount", "change", "why no less"],
                rows,
                notes=(head, *self.notes),
                name="parties",
            ),
            Table(
                "Which inputs would do it",
                ["input", "from", "to", "by", "change", "why no less"],
                turns,
                notes=below,
                name="inputs",
            ),
        )


# ---- the question, at one point ---------------------------------------------------------


@dataclass(frozen=True)
class _State:
    """The answer at one point; `root` is a number that is 0 on the border."""

    holds: bool | None
    margin: Fraction | None = None
    root: Fraction | None = None


def _together(rows: list[tuple[bool | None, Fraction | None, Fraction | None]]) -> _State:
    """Put the answers by several criteria together."""
    arising = [row for row in rows if row[0] is not None]
    if not arising:
        return _State(None)
    holds = all(row[0] for row in arising)
    return _State(
        holds,
        _least([(row[0], row[1]) for row in arising]),
        _least([(row[0], row[2]) for row in arising]),
    )


def _least(pairs: list[tuple[bool | None, Fraction | None]]) -> Fraction | None:
    """Return the least number; None where something that fails has none, or none is known."""
    if any(number is None and not holds for holds, number in pairs):
        return None
    return min((number for _, number in pairs if number is not None), default=None)


@dataclass(frozen=True)
class _Deal:
    """An agreement of an agreement space, and the criteria."""

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

    def state(self, changes: Mapping[str, Any]) -> _State:
        """Judge with some inputs changed."""
        if not changes:
            return self.judged(self.judge)
        model = self.model.override(changes)
        return self.judged(Judge(model, build.agreement_space(model)))

    def judged(self, judge: Judge) -> _State:
        rows: list[tuple[bool | None, Fraction | None, Fraction | None]] = []
        for criterion in self.criteria:
            if criterion == "self_enforcing" and judge.enforcement is not None:
                result = judge.enforcement.result(self.agreement)
                slack = min(result.data()["slack"].values())
                rows.append((result.holds, result.verdict().margin, slack))
                continue
            verdict = judge.verdict(criterion, self.agreement)
            rows.append((verdict.holds, verdict.margin, verdict.margin))
        return _together(rows)

    @property
    def slow(self) -> bool:
        heavy = {*GRAPH, "coalition_proof", "self_enforcing"}
        return self.space.size > LARGE and not heavy.isdisjoint(self.criteria)

    @property
    def arising(self) -> tuple[str, ...]:
        return tuple(
            criterion
            for criterion in self.criteria
            if self.judge.verdict(criterion, self.agreement).holds is not None
        )

    # ---- with bonuses ---------------------------------------------------------------------

    def given(self, space: AgreementSpace, bonuses: Bonuses) -> AgreementSpace:
        """Return a space in which this agreement is worth more."""
        when: FrozenMap[str, tuple[str, ...]] = FrozenMap(
            {issue: (option,) for issue, option in self.agreement.items()}
        )
        extra = [
            Term(who, when, amount)
            for who, amount in bonuses.items()
            if amount and who in space.parties
        ]
        return replace(space, terms=(*space.terms, *extra)) if extra else space

    def with_bonuses(self, bonuses: Bonuses) -> _State:
        """Judge literally with bonuses for this agreement; roots are not known."""
        judge = Judge(self.model, self.given(self.space, bonuses))
        rows: list[tuple[bool | None, Fraction | None, Fraction | None]] = []
        for criterion in self.arising:
            if criterion == "ratifiable":
                assert self.judge.ratification is not None
                holds: bool | None = all(
                    not voice.crossed(party, self.agreement)
                    and voice.utility(party, self.agreement) + bonuses.get(key, ZERO) >= least
                    for key, voice, party, least in self.consents
                )
            elif criterion == "robust":
                spaces = [self.space, *(space for _, _, space in self.judge.range_ends)]
                holds = all(
                    self.judge.acceptable(self.agreement, self.given(space, bonuses)).holds
                    for space in spaces
                )
            else:
                holds = judge.verdict(criterion, self.agreement).holds
            rows.append((holds, None, None))
        return _together(rows)

    @cached_property
    def consents(self) -> list[tuple[str, AgreementSpace, str, Fraction]]:
        """Who has to be given what for ratification: (key, space, name there, threshold)."""
        found = self.judge.ratification
        if found is None:
            return []
        rows = []
        for ratifier in found.ratifiers:
            voice, party = found.voices[ratifier.name]
            key = party if voice is self.space else ratifier.name
            rows.append((key, voice, party, ratifier.at_least))
        return rows

    def worth(self, who: str) -> Fraction:
        """Return the utility of the agreement to a party, or to a ratifier with its own."""
        for key, voice, party, _ in self.consents:
            if key == who:
                return voice.utility(party, self.agreement)
        return self.space.utility(who, self.agreement)


@dataclass(frozen=True)
class _Profile:
    """A pure profile of a stated payoff matrix, judged by Nash."""

    model: Model
    name: str
    profile: tuple[str, ...]
    slow: bool = False

    def gaps(self, model: Model) -> dict[str, tuple[Fraction, Fraction | None, str]]:
        """Return, per player, its payoff, the best it can switch to, and that strategy."""
        game = build.normal_form(model)
        rows = {}
        for place, player in enumerate(game.players):
            others = [
                (
                    game.payoff(player, (*self.profile[:place], own, *self.profile[place + 1 :])),
                    own,
                )
                for own in game.strategies[place]
                if own != self.profile[place]
            ]
            best, own = max(others, key=lambda pair: pair[0]) if others else (None, "")
            rows[player] = (game.payoff(player, self.profile), best, own)
        return rows

    def state(self, changes: Mapping[str, Any]) -> _State:
        """Judge with some inputs changed."""
        gaps = self.gaps(self.model.override(changes) if changes else self.model)
        margins = [here - best for here, best, _ in gaps.values() if best is not None]
        margin = min(margins, default=None)
        return _State(margin is None or margin >= 0, margin, margin)


_Case = _Deal | _Profile


def _case(model: Model, agreement: object, criterion: str | None) -> _Case:
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
        return _Profile(model, "/".join(steps), steps)
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
        return _Deal(model, name, wanted, criteria)
    if not isinstance(agreement, str):
        raise NegotiationError(
            f"'{shorten(agreement)}' is no agreement",
            remedy="give the name of one, or an option for every issue",
        )
    return _Deal(model, agreement, model.agreement(agreement), criteria)


# ---- where an answer flips along a way --------------------------------------------------


@dataclass(frozen=True)
class _Flip:
    """The first share of the way that does it."""

    share: Fraction
    before: Fraction  # a share that is known not to be enough
    attained: bool = True
    exact: bool = True


def _zero(points: list[tuple[Fraction, Fraction]]) -> Fraction | None:
    """Return where the ratio of linear functions through three points is 0."""
    (x1, m1), (x2, m2), (x3, m3) = points
    if m3 == 0 or m2 == m1:
        return None
    ratio = m1 * (m2 - m3) / (m3 * (m2 - m1))
    below = (x2 - x3) - ratio * (x2 - x1)
    return None if below == 0 else (x1 * (x2 - x3) - ratio * x3 * (x2 - x1)) / below


@dataclass(frozen=True)
class _Way:
    """A way from 0 to 1, and the answer at each share of it."""

    at: Callable[[Fraction], _State]
    want: bool
    known: dict[Fraction, _State]

    def state(self, share: Fraction) -> _State:
        if share not in self.known:
            try:
                self.known[share] = self.at(share)
            except NegotiationError:
                self.known[share] = _State(None)
        return self.known[share]

    def does(self, share: Fraction) -> bool:
        return self.state(share).holds is self.want

    def first(self, shares: list[Fraction]) -> _Flip | None:
        """Return the first flip between the shares given, in order, from 0."""
        low = ZERO
        for share in shares:
            if self.does(share):
                return self.between(low, share)
            low = share
        return None

    def between(self, low: Fraction, high: Fraction) -> _Flip:
        """Return the flip between a share that is not enough and one that is."""
        for border in (low, high):
            if found := self.border(border):
                return found
        while high - low > TINY:
            mid = (low + high) / 2
            roots = [(x, root) for x in (low, mid, high) if (root := self.state(x).root)]
            zero = _zero(roots) if len(roots) == 3 else None
            for guess in (mid, zero):
                if guess is not None and low < guess < high and (found := self.border(guess)):
                    return found
            low, high = (low, mid) if self.does(mid) else (mid, high)
        for size in (100, 1000):  # a curved margin may still be 0 at a simple fraction
            guess = ((low + high) / 2).limit_denominator(size)
            if low < guess < high and (found := self.border(guess)):
                return found
        return _Flip(high, low, exact=False)

    def border(self, share: Fraction) -> _Flip | None:
        """Return the flip at a share, if the margin there is 0 and the answer changes there."""
        if self.state(share).root != 0:
            return None
        if self.does(share):
            less = share * (1 - TINY)
            return None if self.does(less) else _Flip(share, less)
        more = share * (1 + TINY) or TINY
        return _Flip(share, share, attained=False) if more <= 1 and self.does(more) else None


# ---- inputs -----------------------------------------------------------------------------


def _ranges(model: Model, over: Over) -> list[tuple[str, Fraction, Fraction, Fraction]]:
    """Return path, value, low and high for every input to turn; none declared is no error."""
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
    return [(own.path, own.value, *ends) for own, ends in chosen]


def _shares(case: _Case, path: str, start: Fraction, end: Fraction) -> list[Fraction]:
    """Return the shares of a way at which the answer is sampled."""
    if path == "commitment.lag":
        whole = range(1, min(PERIODS, int(abs(end - start))) + 1)
        return [step / abs(end - start) for step in map(Fraction, whole)]
    count = 2 if case.slow else 4
    return [Fraction(step, count) for step in range(1, count + 1)]


def _input(
    case: _Case, base: _State, row: tuple[str, Fraction, Fraction, Fraction], want: bool
) -> Change:
    """Find the least change of one input."""
    path, value, low, high = row
    tried = 0
    found: list[tuple[Fraction, _Flip, Fraction, Fraction]] = []
    if low <= value <= high:
        ways = [(value, end) for end in (low, high) if end != value]
        starts = {value: base}
    else:
        near, far = (low, high) if value < low else (high, low)
        ways = [(near, far)]
        starts = {}
    for start, end in ways:

        def at(share: Fraction, start: Fraction = start, end: Fraction = end) -> _State:
            return case.state({path: start + share * (end - start)})

        way = _Way(at, want, {ZERO: starts[start]} if start in starts else {})
        shares = _shares(case, path, start, end)
        tried += len(shares)
        if way.does(ZERO):
            found.append((start - value, _Flip(ZERO, ZERO, exact=False), start, start))
            continue
        if path == "commitment.lag":
            step = next((share for share in shares if way.does(share)), None)
            flip = None if step is None else _Flip(step, step - shares[0])
        else:
            flip = way.first(shares)
        if flip is not None:
            after = start + flip.share * (end - start)
            found.append((after - value, flip, after, start + flip.before * (end - start)))
    if not found:
        text = f"no change of {path} within {show(low)} to {show(high)} does it"
        proof = f"none found at {tried} points up to the ends of the range"
        return Change("input", path, None, value, None, proof, text, attained=False)
    amount, flip, after, less = min(found, key=lambda one: abs(one[0]))
    verb = "raise" if amount > 0 else "lower" if amount < 0 else "move"
    text = f"{verb} {path} from {show(value)} to {show(after)}"
    bounded = None
    if not flip.attained:
        way_out = "above" if _upwards(amount, after, high) else "below"
        text = f"{verb} {path} from {show(value)} to anything {way_out} {show(after)}"
        proof = f"at {show(after)} the margin is exactly 0 and that is not enough; just past it is"
    elif path == "commitment.lag":
        proof = "the whole numbers nearer do not do it"
    elif flip.exact:
        proof = f"at {show(after)} the margin is exactly 0; with a millionth less it {_not(want)}"
    elif flip.share == 0:
        proof = "the end of the range that is nearest to the value is enough"
    else:
        bounded = (less, after)
        proof = f"bounded by {show(less, 8)}, which is not enough, and {show(after, 8)}, which is"
    proof += f" (answers sampled at {tried} points)"
    return Change("input", path, amount, value, after, proof, text, flip.attained, bounded)


def _upwards(amount: Fraction, after: Fraction, high: Fraction) -> bool:
    """Say to which side of a border lies what is enough."""
    return amount > 0 or (amount == 0 and after < high)


def _not(want: bool) -> str:
    return "does not hold" if want else "still holds"


def _several(
    case: _Case, base: _State, rows: list[tuple[str, Fraction, Fraction, Fraction]], want: bool
) -> Change | None:
    """Find the least common share of the way of all inputs towards their helpful ends."""
    ends: dict[str, tuple[Fraction, Fraction]] = {}
    for path, value, low, high in rows:
        if path == "commitment.lag":
            continue
        best: tuple[Any, Fraction] | None = None
        here = _score(case, {}, base, want)
        for end in (low, high):
            try:
                score = _score(case, {path: end}, None, want)
            except NegotiationError:
                continue
            if score > here and (best is None or score > best[0]):
                best = (score, end)
        if best is not None:
            ends[path] = (value, best[1])
    if len(ends) < 2:
        return None

    def at(share: Fraction) -> _State:
        return case.state({path: v + share * (end - v) for path, (v, end) in ends.items()})

    who = ", ".join(ends)
    way = _Way(at, want, {ZERO: base})
    count = 2 if case.slow else 4
    flip = way.first([Fraction(step, count) for step in range(1, count + 1)])
    if flip is None:
        text = f"moving all of {who} to their helpful ends does not do it"
        proof = f"none found at {count} points of the way"
        return Change("inputs", who, None, ZERO, None, proof, text, attained=False)
    moves = ", ".join(
        f"{path} from {show(v)} to {show(v + flip.share * (end - v))}"
        for path, (v, end) in ends.items()
    )
    share = show(flip.share)
    text = f"move all by {share} of the way to their helpful ends: {moves}"
    bounded = None
    if not flip.attained:
        text = f"move all by more than {share} of the way to their helpful ends: {moves}"
        proof = "the margin is exactly 0 there, which is not enough; just past it is"
    elif flip.exact:
        proof = f"the margin is exactly 0 there; with a millionth less it {_not(want)}"
    else:
        bounded = (flip.before, flip.share)
        proof = f"bounded by shares {show(flip.before, 8)} and {show(flip.share, 8)} of the way"
    proof += f" (least along this direction, sampled at {count} points)"
    return Change("inputs", who, flip.share, ZERO, flip.share, proof, text, flip.attained, bounded)


def _score(
    case: _Case, changes: Mapping[str, Any], state: _State | None, want: bool
) -> tuple[bool, Fraction, Fraction]:
    """Say how near a point is to what is wanted: larger is nearer.

    The answer, then the margin by which it is missed, then the sum of what is missing to all.
    """
    state = case.state(changes) if state is None else state
    root = state.root if state.root is not None else Fraction(-(10**9))
    short = ZERO
    if isinstance(case, _Deal) and want:
        space = build.agreement_space(case.model.override(changes)) if changes else case.space
        short = sum(
            (
                max(ZERO, space.disagreement[party] - space.utility(party, case.agreement))
                for party in case.judge.signatories
            ),
            ZERO,
        )
    return state.holds is want, root if want else -root, -short


# ---- what parties need ------------------------------------------------------------------


Needs = dict[str, Fraction | None]
"""Who -> what is missing (negative: what is left over); None where no utility bears on it."""


def _needs(deal: _Deal, criterion: str, judge: Judge) -> Needs:
    """Return what each party lacks, alone, by one criterion; parties without a say are left out."""
    space, agreement = judge.space, deal.agreement
    if criterion in ("acceptable", "robust"):
        spaces = [space]
        if criterion == "robust":
            spaces += [other for _, _, other in judge.range_ends]
        return {
            party: None
            if any(own.crossed(party, agreement) for own in spaces)
            else max(own.disagreement[party] - own.utility(party, agreement) for own in spaces)
            for party in judge.signatories
        }
    if criterion == "ratifiable":
        needs: Needs = {}
        for key, voice, party, least in deal.consents:
            amount = least - voice.utility(party, agreement)
            if voice.crossed(party, agreement) or (key in needs and needs[key] is None):
                needs[key] = None
            else:
                old = needs.get(key)
                needs[key] = amount if old is None else max(old, amount)
        return needs
    if criterion in GRAPH:
        # past a red line too: moves may all end past it, and what crosses it is told by `reach`
        unit = {party: space.denominator(party) for party in space.parties}
        index = space.index(agreement)
        found: Needs = {}
        for party in space.parties:
            verdict = judge.graph.verdict(criterion, index, party=party, unit=unit)
            if verdict.holds and verdict.margin is None:
                continue  # no move, or nothing in the unit
            over = verdict.margin is not None and abs(verdict.margin) > space.reach
            found[party] = None if over or verdict.margin is None else -verdict.margin
        return found
    return {}


def _patience(deal: _Deal, want: bool) -> Needs:
    """Return the least bonus (or loss, negative) that changes who keeps the agreement."""
    enforcement = deal.judge.enforcement
    found: Needs = {}
    if enforcement is None:
        return found
    result = enforcement.result(deal.agreement)
    for party, stake in result.stakes.items():
        share = stake.patience**result.lag
        keep, breach, after = stake.cooperate, stake.deviate, stake.punish
        # the best switch apart from keeping is not above `breach`; the kinks of the slack
        marks = {ZERO, after - keep, breach - keep, (1 - share) * breach + share * after - keep}
        switches = [
            deal.space.utility(party, deal.space.agreement(target))
            for target in enforcement.graph.successors(party, deal.space.index(deal.agreement))
        ]
        if switches:
            best = max(switches)
            marks |= {best - keep, (1 - share) * best + share * after - keep}
            marks.add(best + (share * after - keep) / (1 - share))
        sign = 1 if want else -1
        steps = sorted({mark * sign for mark in marks if mark * sign >= 0})

        def keeps(bonus: Fraction, party: str = party) -> bool:
            judge = Judge(deal.model, deal.given(deal.space, {party: bonus}))
            assert judge.enforcement is not None
            return judge.enforcement.result(deal.agreement).keeps(party)

        if want:
            found[party] = next((step for step in steps if keeps(step)), None)
        else:
            past = [(step, keeps(-(step * (1 + TINY) or TINY))) for step in steps]
            loss = next((step for step, kept in past if not kept), None)
            found[party] = None if loss is None else -loss
    return found


@dataclass(frozen=True)
class _Blocks:
    """Joint moves of two or more that all of them gain by: who, and their gains."""

    members: tuple[str, ...]
    gains: np.ndarray[Any, Any]  # (moves, members), in units of 1 / denominator of each


def _blocks(deal: _Deal) -> list[_Blocks]:
    """Return every coalition that can improve, with the gains of its members by move."""
    graph, space = deal.judge.graph.graph, deal.space
    places = [space.issues[issue].index(option) for issue, option in deal.agreement.items()]
    index = space.index(deal.agreement)
    gains = {}
    for party in space.parties:
        worth = space.preferences(party)
        gains[party] = np.append(worth, space.disagreement_value(party)) - worth[index]
    found = []
    for size in range(2, len(space.parties) + 1):
        for members in itertools.combinations(space.parties, size):
            ends = np.zeros(1, dtype=np.int64)
            for place, length, hand, allowed in zip(
                places, space.shape, graph.control.values(), graph.allowed, strict=True
            ):
                held = hand.held_by(frozenset(members))
                options = np.flatnonzero(allowed[place]) if held else np.array([place])
                ends = (ends[:, None] * length + options).ravel()
            if set(members) & set(deal.judge.signatories):
                ends = np.append(ends, space.size)
            table = np.stack([gains[party][ends] for party in members], axis=1)
            table = table[(table > 0).all(axis=1)]
            if len(table):
                plain = table.dtype != object
                found.append(_Blocks(members, np.unique(table, axis=0) if plain else table))
    return found


def _bought_off(deal: _Deal) -> Needs:
    """Buy off one member of every coalition, the cheapest first, then take back what is idle."""
    blocks = _blocks(deal)
    space = deal.space
    crossed = {party for party in space.parties if space.crossed(party, deal.agreement)}
    bonus: dict[str, Fraction] = dict.fromkeys(space.parties, ZERO)

    def open_block(given: Bonuses) -> tuple[Fraction, str] | None:
        """Return the least gain, and whose it is, in the joint move where it is largest."""
        worst: tuple[Fraction, str] | None = None
        for block in blocks:
            limits = [int(given[p] * space.denominator(p) // 1) for p in block.members]
            left = block.gains[(block.gains > np.array(limits, dtype=object)).all(axis=1)]
            for row in left:
                each = [
                    (Fraction(int(gain), space.denominator(party)), party)
                    for gain, party in zip(row, block.members, strict=True)
                    if party not in crossed
                ]
                if not each:
                    return Fraction(-1), ""
                cheap = min(each, key=lambda one: one[0] - given[one[1]])
                if worst is None or cheap[0] - given[cheap[1]] > worst[0] - given[worst[1]]:
                    worst = cheap
        return worst

    while (step := open_block(bonus)) is not None:
        amount, party = step
        if not party:
            return dict.fromkeys(space.parties, None)
        bonus[party] = amount
    for party in sorted(bonus, key=lambda own: bonus[own]):
        levels = {
            Fraction(int(gain), space.denominator(party))
            for block in blocks
            if party in block.members
            for gain in np.unique(block.gains[:, block.members.index(party)])
        }
        for level in sorted({ZERO, *(own for own in levels if own < bonus[party])}):
            if open_block(bonus | {party: level}) is None:
                bonus[party] = level
                break
    return {party: amount for party, amount in bonus.items() if amount}


def _dominated(deal: _Deal, want: bool) -> Needs:
    """Return, per party alone, the bonus that no dominating agreement offers, or the loss."""
    space = deal.space
    index = space.index(deal.agreement)
    gains = {}
    for party in space.parties:
        worth = space.preferences(party)
        gains[party] = worth - worth[index]
    found: Needs = {}
    for party in space.parties:
        others = [gains[own] >= 0 for own in space.parties if own != party]
        mask = np.ones(space.size, dtype=bool)
        for own in others:
            mask &= own
        mask[index] = False
        if want:
            mask &= gains[party] >= 0
        if not mask.any():
            continue
        most = Fraction(int(gains[party][mask].max()), space.denominator(party))
        if space.crossed(party, deal.agreement) or abs(most) > space.reach:
            found[party] = None
        else:
            found[party] = most
    return found


# ---- changes of payoffs -----------------------------------------------------------------


def _bonuses(deal: _Deal) -> list[Change]:
    """Return the least bonuses that make the agreement hold."""
    needs: dict[str, Fraction] = {}
    why: dict[str, str] = {}
    blocked: list[str] = []
    either: Needs = {}
    for criterion in deal.arising:
        if deal.judge.verdict(criterion, deal.agreement).holds:
            continue
        if criterion == "efficient":
            either = _dominated(deal, want=True)
            continue
        if criterion == "self_enforcing":
            found = _patience(deal, want=True)
        elif criterion == "coalition_proof":
            found = _bought_off(deal)
        else:
            found = _needs(deal, criterion, deal.judge)
        for who, amount in found.items():
            if amount is None:
                blocked.append(who)
            elif amount > needs.get(who, ZERO):
                needs[who], why[who] = amount, criterion
    if either:
        return [_alternative(deal, who, amount) for who, amount in either.items()]
    changes = [
        Change(
            "payoff",
            who,
            None,
            deal.worth(who),
            None,
            "a red line is not a matter of utility, or no bonus changes what follows a breach",
            f"nothing that {who} is given here makes up for it",
            attained=False,
        )
        for who in dict.fromkeys(blocked)
    ]
    if not blocked:
        needs = _lowered(deal, needs)
    together = not blocked and deal.with_bonuses(needs).holds
    for who, amount in needs.items():
        text = f"{who} gets {show(amount)} more with this agreement ({why[who]})"
        proof = "what it lacks by itself, exactly"
        if together:
            less = deal.with_bonuses(needs | {who: amount * (1 - TINY)}).holds
            proof = "bounded by this: less may do" if less else "with a millionth less it fails"
            proof += "" if len(needs) == 1 else ", all other bonuses given"
            if why[who] == "coalition_proof":
                proof += "; bounded by this sum: other members might be cheaper to buy off"
        here = deal.worth(who)
        changes.append(Change("payoff", who, amount, here, here + amount, proof, text))
    return changes


def _alternative(deal: _Deal, who: str, amount: Fraction | None) -> Change:
    """Return the bonus of one party alone that makes the agreement efficient."""
    here = deal.worth(who)
    if amount is None:
        text = f"nothing that {who} is given here makes up for it"
        return Change(
            "payoff", who, None, here, None, "a red line is crossed", text, attained=False
        )
    attained = bool(deal.with_bonuses({who: amount}).holds)
    how = "" if attained else "more than "
    text = f"{who} alone gets {how}{show(amount)} more with this agreement"
    proof = "with less, an agreement that is better for all is still one"
    return Change("payoff", who, amount, here, here + amount, proof, text, attained)


def _lowered(deal: _Deal, needs: dict[str, Fraction]) -> dict[str, Fraction]:
    """Lower bonuses that others' bonuses make idle: those add credible answers (SEQ)."""
    if "seq" not in deal.arising or len(needs) < 2:
        return needs
    for who in tuple(needs):
        rest = {own: amount for own, amount in needs.items() if own != who}
        judge = Judge(deal.model, deal.given(deal.space, rest))
        least = [_needs(deal, "seq", judge).get(who)]
        for criterion in deal.arising:
            if criterion in ("acceptable", "ratifiable"):
                least.append(_needs(deal, criterion, deal.judge).get(who))
            if criterion == "self_enforcing":
                least.append(_patience(deal, want=True).get(who))
        amount = max((own for own in least if own is not None), default=ZERO)
        amount = max(amount, ZERO)
        if amount < needs[who] and deal.with_bonuses(rest | {who: amount}).holds:
            needs = needs | {who: amount} if amount else rest
    return needs


def _losses(deal: _Deal) -> list[Change]:
    """Return, for each party alone, the least loss that breaks the agreement."""
    losses: dict[str, Fraction] = {}
    changes = []
    for criterion in deal.arising:
        if criterion == "coalition_proof":
            margin = deal.judge.verdict(criterion, deal.agreement).margin
            if margin is not None:
                changes.append(_common_loss(deal, margin))
            continue
        if criterion == "efficient":
            found = _dominated(deal, want=False)
        elif criterion == "self_enforcing":
            found = _patience(deal, want=False)
        else:
            found = _needs(deal, criterion, deal.judge)
        for who, amount in found.items():
            if amount is not None and (who not in losses or -amount < losses[who]):
                losses[who] = -amount
    for who, stated in losses.items():
        here, loss = deal.worth(who), stated
        scale = loss * (1 + 2 * TINY) or TINY

        def at(share: Fraction, who: str = who, scale: Fraction = scale) -> _State:
            return deal.with_bonuses({who: -share * scale})

        attained = at(loss / scale).holds is False
        if at(Fraction(1)).holds is not False:
            continue
        proof = f"any one loss is enough; at {show(loss)} it still holds, just past it fails"
        if attained:
            proof = "any one loss is enough; with a millionth less it still holds"
        bounded = None
        if loss and at(loss * (1 - TINY) / scale).holds is False:
            flip = _Way(at, want=False, known={}).between(ZERO, Fraction(1))
            bounded = (flip.before * scale, flip.share * scale)
            loss, attained = bounded[1], True
            proof = f"any one loss is enough; bounded by {show(bounded[0], 8)}, which is not"
        how = "" if attained else "more than "
        text = f"{who} gets {how}{show(loss)} less with this agreement"
        changes.append(
            Change("payoff", who, loss, here, here - loss, proof, text, attained, bounded)
        )
    return changes


def _common_loss(deal: _Deal, margin: Fraction) -> Change:
    """Return the loss of every party at once that lets a coalition gain."""
    who = ", ".join(deal.space.parties)
    text = f"every party gets more than {show(margin)} less with this agreement"
    proof = "with this loss of each, some member of every coalition gains nothing by moving"
    return Change("payoff", who, margin, None, None, proof, text, attained=False)


def _profile_payoffs(case: _Profile, want: bool) -> list[Change]:
    """Return what each player has to gain or lose in the profile itself."""
    changes = []
    for player, (here, best, own) in case.gaps(case.model).items():
        if best is None or (want and best <= here):
            continue
        amount = abs(best - here)
        if want:
            text = f"{player} gets {show(amount)} more at {case.name}"
            proof = f"with less, {own} is better for {player}; a tie is no gain"
        else:
            text = f"{player} gets more than {show(amount)} less at {case.name}"
            proof = f"any one loss is enough; with no more than this, {own} is no gain"
        after = here + amount if want else here - amount
        changes.append(Change("payoff", player, amount, here, after, proof, text, want))
    return changes


# ---- payments and commitments -----------------------------------------------------------


def _payments(deal: _Deal) -> tuple[list[Change], list[str]]:
    """Return who pays whom so that all signatories accept."""
    space, parties = deal.space, deal.judge.signatories
    crossed = [party for party in parties if space.crossed(party, deal.agreement)]
    if crossed:
        return [], [f"No payment makes up for a crossed red line ({', '.join(crossed)})."]
    surplus = {p: space.utility(p, deal.agreement) - space.disagreement[p] for p in parties}
    missing = [-own for own in surplus.values() if own < 0]
    if not missing:
        return [], []
    note = (
        "Payments treat utility as money that can be handed over one to one between "
        "signatories; the model does not say so."
    )
    total = sum(surplus.values(), ZERO)
    if total < 0:
        return [], [
            (
                f"No payments among {', '.join(parties)} do it: their surpluses over no "
                f"agreement sum to {show(total)}, {show(-total)} too little."
            ),
            note,
        ]
    moved = sum(missing, ZERO)
    proof = (
        f"each shortfall has to be covered: {show(moved)} in all changes hands, no less; it is "
        f"feasible since the surpluses sum to {show(total)}"
    )
    changes = []
    givers = sorted((p for p in parties if surplus[p] > 0), key=lambda p: -surplus[p])
    spare = dict(surplus)
    for taker in sorted((p for p in parties if surplus[p] < 0), key=lambda p: surplus[p]):
        for giver in givers:
            amount = min(spare[giver], -spare[taker])
            if amount <= 0:
                continue
            spare[giver] -= amount
            spare[taker] += amount
            who = f"{giver} to {taker}"
            text = f"{giver} pays {taker} {show(amount)}"
            changes.append(Change("payment", who, amount, None, None, proof, text))
    return changes, [note]


def _commitments(deal: _Deal) -> list[Change]:
    """Return the smallest sets of parties that would have to give up their moves."""
    (criterion,) = deal.criteria
    parties = deal.space.parties
    if criterion == "nash":
        graph, index = deal.judge.graph, deal.space.index(deal.agreement)
        groups = [
            {party} for party in parties if not graph.verdict("nash", index, party=party).holds
        ]
    else:
        groups = [set(block.members) for block in _blocks(deal)]
    found: list[set[str]] = []
    for size in range(1, len(parties) + 1):
        for members in itertools.combinations(parties, size):
            chosen = set(members)
            if any(own <= chosen for own in found) or not all(g & chosen for g in groups):
                continue
            found.append(chosen)
    changes = []
    for chosen in found:
        names = [party for party in parties if party in chosen]
        who = ", ".join(names)
        text = "; ".join(f"{name} gives up {_given_up(deal, name)}" for name in names)
        proof = "with any one of them free to move, somebody gains by moving"
        changes.append(Change("commitment", who, Fraction(len(names)), None, None, proof, text))
    return changes


def _given_up(deal: _Deal, name: str) -> str:
    """Say what a party would have to give up: against Nash, the kind of move it gains by."""
    both = "walking out and switching what it controls"
    if deal.criteria != ("nash",):
        return both
    graph, index = deal.judge.graph.graph, deal.space.index(deal.agreement)
    worth = graph.preferences[graph.party(name)]
    gains = [t for t in graph.successors(name, index) if worth[t] > worth[index]]
    moves = {graph.move_label(index, target) for target in gains}
    if "walks out" not in moves:
        return "switching what it controls"
    return "walking out" if len(moves) == 1 else both


# ---- all together -----------------------------------------------------------------------


def _changes(
    model: Model, agreement: object, criterion: str | None, over: Over, *, want: bool
) -> Repair:
    case = _case(checked_model(model), agreement, criterion)
    rows = _ranges(model, over)
    base = case.state({})
    asked = criterion or ("nash" if isinstance(case, _Profile) else "holds")
    if base.holds is None or base.holds is want:
        notes = [f"It {'holds' if want else 'does not hold'} already: nothing need change."]
        if base.holds is None:
            assert isinstance(case, _Deal)
            witness = case.judge.verdict(case.criteria[0], case.agreement).witness
            notes = [f"The question does not arise: {witness}."]
        return Repair(case.name, asked, base.holds, base.margin, (), tuple(notes), not want)
    notes = []
    changes: list[Change] = []
    if isinstance(case, _Profile):
        changes += _profile_payoffs(case, want)
    elif want:
        changes += _bonuses(case)
        if "acceptable" in case.criteria:
            payments, said = _payments(case)
            changes += payments
            notes += said
        if case.criteria in (("nash",), ("coalition_proof",)):
            changes += _commitments(case)
    else:
        changes += _losses(case)
    if not rows:
        notes.append("No number declares a range: no change of inputs was looked for.")
    turned = [_input(case, base, row, want) for row in rows]
    span = {path: high - low for path, _, low, high in rows}
    turned.sort(key=lambda c: (c.amount is None, abs(c.amount or ZERO) / span[c.who]))
    changes += turned
    several = _several(case, base, rows, want)
    changes += [] if several is None else [several]
    return Repair(case.name, asked, base.holds, base.margin, tuple(changes), tuple(notes), not want)


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

    Losses are those of one party alone, in this one agreement; each of them is enough.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = breaking(ng.load("classics/prisoners_dilemma"), "defect/defect")
    >>> print(found.of("payoff")[0].text)
    first gets more than 1 less at defect/defect
    """
    return _changes(model, agreement, criterion, over, want=False)
