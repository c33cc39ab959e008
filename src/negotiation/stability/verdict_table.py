"""Which agreements to judge, and the table of their verdicts.

Candidates are the named agreements, the bargaining solutions, and the agreements that meet most
of the criteria judged over the whole space.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace
from negotiation.bargaining.leximin import common_scale
from negotiation.bargaining.maximal import ranks
from negotiation.bargaining.payoff_points import by_name, changes
from negotiation.bargaining.solutions import why_nothing_acceptable
from negotiation.errors import TooLargeError
from negotiation.exact import FrozenMap, out_of_memory
from negotiation.stability.judge import Judge, Mask
from negotiation.stability.table import CRITERIA, StabilityTable

__all__ = ["verdict_table"]


def verdict_table(
    judge: Judge, solutions: Mapping[str, Mapping[str, str]] | None = None
) -> StabilityTable:
    """Put the named agreements, the bargaining solutions and the best agreements to all tests.

    Parameters
    ----------
    judge : Judge
        The model with its agreement space.
    solutions : mapping of str to agreement, optional
        Bargaining solutions by name.

    Returns
    -------
    StabilityTable
        ``guarantee`` is ``"all"``: the counts are over all agreements, each verdict is exact.
        Where all agreements are too many (:attr:`StabilityTable.refusal` says why), the named
        ones and the solutions are judged by themselves, without counts and best agreements.
    """
    try:
        masks = {} if judge.refusal is not None else judge.masks()
    except (MemoryError, TooLargeError) as error:
        judge = replace(judge, given_up=out_of_memory("the criteria over all agreements", error))
        masks = {}
    model, space = judge.model, judge.space
    section = model.spec.stability
    candidates: dict[FrozenMap[str, str], list[str]] = {}
    for name in (section.candidates if section else ()) or tuple(model.agreements):
        candidates.setdefault(model.agreement(name), []).append(name)
    for name, agreement in (solutions or {}).items():
        candidates.setdefault(FrozenMap(agreement), []).append(name)
    quo = model.agreement(model.spec.status_quo) if model.spec.status_quo else None
    said: list[str] = []
    if judge.refusal is not None:
        if not candidates:
            raise judge.refusal
        said.append(f"Judged one by one, and not counted or searched: {judge.refusal.what}.")
        most = None
    else:
        most = _add_best(judge, masks, candidates, quo, said)
    rows = tuple(judge.judge(tuple(names), a) for a, names in candidates.items())
    if judge.left_out:
        said.append(f"Values of ranges left out: {'; '.join(judge.left_out)}.")
    if masks and not masks["acceptable"].any():
        reason = why_nothing_acceptable(space, judge.signatories)
        said.append(f"No agreement is acceptable to all signatories, because {reason}.")
    return StabilityTable(
        rows,
        FrozenMap({key: int(masks[key].sum()) for key in CRITERIA if key in masks}),
        space.size,
        space.parties,
        most,
        tuple(said),
        quo,
        "" if judge.refusal is None else str(judge.refusal),
    )


def _add_best(
    judge: Judge,
    masks: Mapping[str, Mask],
    candidates: dict[FrozenMap[str, str], list[str]],
    quo: Mapping[str, str] | None,
    notes: list[str],
) -> int:
    """Add the agreements that meet most criteria to the candidates; return how many they meet."""
    space, section = judge.space, judge.model.spec.stability
    worth = {_worth(space, agreement): agreement for agreement in reversed(candidates)}
    score = sum((mask.astype(np.int16) for mask in masks.values()), np.zeros(space.size, np.int16))
    wanted = int(section.best) if section else 5
    found = _best(space, score, wanted, quo)
    for place, index in enumerate(found, start=1):
        best = space.agreement(index)
        twin = worth.get(_worth(space, best))
        if twin is not None and score[space.index(twin)] == score[index]:
            best = twin
        candidates.setdefault(best, []).append(f"best_{place}")
    most = int(score.max(initial=0))
    if found:
        last = len(found)
        named = f"best_1 to best_{last}: the agreements that meet"
        named = named if last > 1 else "best_1: the agreement that meets"
        notes.append(
            f"{named} most of the {len(masks)} criteria judged over all {space.size:,} agreements "
            f"({most}); among equals, first the one whose worst-off party gains most."
        )
    return most


def _worth(space: AgreementSpace, agreement: Mapping[str, str]) -> tuple[Fraction, ...]:
    return tuple(space.utility(party, agreement) for party in space.parties)


def _best(
    space: AgreementSpace, score: NDArray[np.int16], wanted: int, quo: Mapping[str, str] | None
) -> list[int]:
    """Return agreements with the highest score, no two alike for all parties.

    Ties of the score are broken by the gain of the worst-off party, then by that of the next, and
    so on, and at last by the utilities of the parties in alphabetical order; among agreements worth
    the same to everybody, the one nearest to the status quo stands for all, of these the first by
    name.
    """
    found: list[int] = []
    seen: set[tuple[int, ...]] = set()
    for level in sorted(set(score.tolist()), reverse=True):
        if len(found) >= wanted or level <= 0:
            break
        pool = np.flatnonzero(score == level)
        parties = sorted(space.parties)  # the order of a file decides nothing
        worth = [space.utilities(party)[pool] for party in parties]
        gains = [
            own - space.disagreement_value(party) for party, own in zip(parties, worth, strict=True)
        ]
        scales = [space.denominator(party) for party in parties]
        rows = np.sort(np.stack(common_scale(gains, scales)), axis=0)  # the worst-off first
        leximin = [-ranks(own) for own in reversed(rows)]
        further = [-ranks(own) for own in reversed(worth)]
        order = np.lexsort((by_name(space, pool), changes(space, pool, quo), *further, *leximin))
        for place in order:
            vector = tuple(int(own[place]) for own in worth)
            if vector not in seen:
                seen.add(vector)
                found.append(int(pool[place]))
                if len(found) >= wanted:
                    break
    return found
