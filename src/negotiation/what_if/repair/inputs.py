"""Changes of a model's numbers within their ranges, as sentences with their proof."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from negotiation.errors import NegotiationError
from negotiation.exact import show, show_apart
from negotiation.model.model import Model
from negotiation.what_if.points import Over, turned
from negotiation.what_if.repair.case import Case
from negotiation.what_if.repair.clauses import Amount, Clause, Clauses, total_of
from negotiation.what_if.repair.found import Change
from negotiation.what_if.ways import TINY, Flip, Way, joint_share

__all__ = ["Range", "one_input", "ranges_of", "several_inputs"]

ZERO = Fraction(0)

Range = tuple[Fraction, Fraction, Fraction]
"""Value, low and high."""


def ranges_of(model: Model, over: Over) -> dict[str, Range]:
    """Return value, low and high of every input to turn; none declared is no error."""
    return {own.path: (own.value, low, high) for own, low, high in turned(model, over)}


def one_input(case: Case, path: str, ends: Range, *, want: bool) -> Change:
    """Find the nearest value of one input that does it."""
    value, low, high = ends
    way = Way.of(case.model, case.ask, path)
    inside = low <= value <= high
    start = value if inside else low if value < low else high
    targets = [end for end in (low, high) if end != value] if inside else [low + high - start]
    found: list[Flip] = []
    proved = True
    if not inside and way.at(start).holds is want:
        found.append(Flip(start, start))
    else:
        for end in targets:
            flip, whole = way.first(start, end, want=want)
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


def several_inputs(case: Case, ranges: Mapping[str, Range], *, want: bool) -> Change | None:
    """Find the least common share of the way of several inputs towards the ends that help."""
    free = {
        path: (value, low, high)
        for path, (value, low, high) in ranges.items()
        if low <= value <= high and Way.of(case.model, case.ask, path).lag is None
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
        way = Way.together(case.model, case.ask, ends)
        share, proved = way.first(ZERO, Fraction(1), want=want)
        if share is not None:
            needed = _needed(case, ends, share, want=want)
            if needed != ends:
                ends = needed
                way = Way.together(case.model, case.ask, ends)
                share, proved = way.first(ZERO, Fraction(1), want=want)
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
        f"{path} from {' to '.join(show_apart(start, start + share.at * (end - start)))}"
        for path, (start, end) in ends.items()
    )
    how = "" if share.attained else "more than "
    text = f"move these by {how}{show(share.at)} of the way to the end of their range: {moves}"
    exact = bound == share.at and share.before == share.at
    proof = "with a millionth less of the way, no combination of values does it"
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
        if len(rest) > 1 and Way.together(case.model, case.ask, rest).at(at).holds is want:
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
        sums = [total_of(own) for own in clauses.losses()]
        return (0, min(sums)) if sums else (1, nothing)
    found = clauses.least_raise()
    return (1, nothing) if isinstance(found, Clause) else (0, found.total)
