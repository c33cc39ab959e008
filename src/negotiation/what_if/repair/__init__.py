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
    their ranges (:mod:`~negotiation.what_if.ways`). Everything nearer is judged as a
    whole, not at samples (:mod:`~negotiation.what_if.enclosures`).

Amounts are exact. Where just the amount is not enough and any more is, the change says so.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from negotiation.model.model import Model
from negotiation.what_if.points import Over, checked_model
from negotiation.what_if.repair.case import Profile, case_of
from negotiation.what_if.repair.found import Change, Repair
from negotiation.what_if.repair.inputs import one_input, ranges_of, several_inputs
from negotiation.what_if.repair.payoffs import bonuses, commitments, losses, payments

__all__ = ["Change", "Repair", "breaking", "repair"]

Progress = Callable[[str], object]


def _changes(
    model: Model,
    agreement: object,
    criterion: str | None,
    over: Over,
    progress: Progress | None,
    *,
    want: bool,
) -> Repair:
    tell = progress or (lambda _: None)
    case = case_of(checked_model(model), agreement, criterion)
    ranges = ranges_of(model, over)
    tell("as the model stands")
    holds, margin, idle = case.verdict()
    asked = criterion or ("nash" if isinstance(case, Profile) else "holds")
    if holds is None or holds is want:
        said = f"It {'holds' if want else 'does not hold'} already: nothing need change."
        notes = [f"The question does not arise: {idle}." if holds is None else said]
        return Repair(case.name, asked, holds, margin, (), tuple(notes), not want)
    notes = []
    changes: list[Change] = []
    if want:
        for what, find in (
            ("bonuses", bonuses),
            ("payments", payments),
            ("moves to give up", commitments),
        ):
            tell(what)
            more, said_too = find(case)
            changes += more
            notes += said_too
    else:
        tell("losses")
        changes += losses(case)
    if not ranges:
        notes.append("No number declares a range: no change of inputs was looked for.")
    turned = []
    for number, (path, ends) in enumerate(ranges.items(), start=1):
        tell(f"{path} ({number} of {len(ranges)})")
        turned.append(one_input(case, path, ends, want=want))
    span = {path: high - low for path, (_, low, high) in ranges.items()}
    turned.sort(key=lambda c: (c.amount is None, abs(c.amount or Fraction(0)) / span[c.who]))
    changes += turned
    tell("several inputs at once")
    several = several_inputs(case, ranges, want=want)
    changes += [] if several is None else [several]
    return Repair(case.name, asked, holds, margin, tuple(changes), tuple(notes), not want)


def repair(
    model: Model,
    agreement: object,
    criterion: str | None = None,
    *,
    over: Over = None,
    progress: Progress | None = None,
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
    progress : callable, optional
        Called with what is being looked for.

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
    return _changes(model, agreement, criterion, over, progress, want=True)


def breaking(
    model: Model,
    agreement: object,
    criterion: str | None = None,
    *,
    over: Over = None,
    progress: Progress | None = None,
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
    return _changes(model, agreement, criterion, over, progress, want=False)
