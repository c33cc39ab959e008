"""Is this agreement a bargaining solution? An independent check, by the definition.

The four concepts of :mod:`~negotiation.bargaining.solutions` each order the acceptable
agreements by a score. Here the scores are computed literally, in fractions, and the agreement
is held against every rival; no code is shared with the finders.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from negotiation.bargaining.agreements import AgreementSpace, checked_space, words
from negotiation.errors import UnknownNameError
from negotiation.results import Verdict, Witness

__all__ = ["is_bargaining_solution"]

Gains = tuple[Fraction, ...]


def _nash(gains: Gains, ideal: Gains) -> object:
    del ideal
    return math.prod(gains)


def _kalai_smorodinsky(gains: Gains, ideal: Gains) -> object:
    return sorted(gain / most for gain, most in zip(gains, ideal, strict=True))


def _egalitarian(gains: Gains, ideal: Gains) -> object:
    del ideal
    return sorted(gains)


def _utilitarian(gains: Gains, ideal: Gains) -> object:
    del ideal
    return sum(gains)


SCORES: dict[str, Callable[[Gains, Gains], Any]] = {
    "nash": _nash,
    "kalai_smorodinsky": _kalai_smorodinsky,
    "egalitarian": _egalitarian,
    "utilitarian": _utilitarian,
}
WORDS = {
    "nash": "the product of gains is larger",
    "kalai_smorodinsky": "the shares of the ideal gains are larger, smallest first",
    "egalitarian": "the gains are larger, smallest first",
    "utilitarian": "the sum of gains is larger",
}


def is_bargaining_solution(
    space: AgreementSpace,
    agreement: Mapping[str, str],
    concept: str,
    players: Sequence[str] | None = None,
) -> Verdict:
    """Judge whether one agreement is a bargaining solution.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    agreement : mapping
        Issue -> option.
    concept : str
        ``"nash"`` (equal powers), ``"kalai_smorodinsky"``, ``"egalitarian"`` or
        ``"utilitarian"``.
    players : sequence of str, optional
        Who bargains. Default: all parties.

    Returns
    -------
    Verdict
        Without a margin. Witness: "red line" or "walk-out" where a player would not accept
        the agreement, "no gain" where a player gains nothing and the concept asks for a gain,
        "better agreement" where another agreement has a larger score.

    Raises
    ------
    UnknownNameError
        For a concept, player, issue or option that does not exist.

    Notes
    -----
    Fractions over every acceptable agreement: slow on large spaces, and meant to be.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 4, "ru": 1}, "b": {"us": 2, "ru": 3}, "c": {"us": 0, "ru": 4}}
    ... )
    >>> print(is_bargaining_solution(space, {"agreement": "a"}, "nash"))
    no: with b instead, the product of gains is larger
    """
    if concept not in SCORES:
        raise UnknownNameError.of("bargaining solution", concept, SCORES)
    chosen = checked_space(space).select(players)
    for player in chosen:
        accepts = space.acceptable_to(player, agreement)
        if not accepts:
            return Verdict(holds=False, margin=None, witness=accepts.witness)
    index = space.index(agreement)
    columns = [
        [
            Fraction(int(value), space.denominator(player)) - space.disagreement[player]
            for value in space.utilities(player)
        ]
        for player in chosen
    ]
    rivals = [
        place
        for place in np.flatnonzero(
            np.logical_and.reduce([space.within_red_lines(player) for player in chosen])
        ).tolist()
        if all(column[place] >= 0 for column in columns)
    ]
    ideal = tuple(max(column[place] for place in rivals) for column in columns)
    gains = tuple(column[index] for column in columns)
    needed = {"nash": gains, "kalai_smorodinsky": ideal}.get(concept, ())
    stuck = [player for player, gain in zip(chosen, needed, strict=False) if gain <= 0]
    if stuck:
        text = f"{stuck[0]} gains nothing by it, so that the solution is not defined there"
        return Verdict(holds=False, margin=None, witness=Witness("no gain", text, tuple(stuck)))
    score = SCORES[concept]
    own = score(gains, ideal)
    best, best_place = own, index
    for place in rivals:
        value = score(tuple(column[place] for column in columns), ideal)
        if value > best:
            best, best_place = value, place
    if best_place == index:
        return Verdict(holds=True)
    other = words(space.agreement(best_place))
    text = f"with {other} instead, {WORDS[concept]}"
    return Verdict(
        holds=False, margin=None, witness=Witness("better agreement", text, chosen, other)
    )
