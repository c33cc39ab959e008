"""Which agreements to judge, and the table of their verdicts.

Candidates are the named agreements, the bargaining solutions, and the agreements that meet most
of the criteria judged over the whole space.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace
from negotiation.bargaining.solutions import why_nothing_acceptable
from negotiation.exact import FrozenMap
from negotiation.stability.judge import Judge
from negotiation.stability.table import CRITERIA, StabilityTable

__all__ = ["changes", "verdict_table"]


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
    """
    model, space = judge.model, judge.space
    section = model.spec.stability
    masks = judge.masks()
    candidates: dict[FrozenMap[str, str], list[str]] = {}
    for name in (section.candidates if section else ()) or tuple(model.agreements):
        candidates.setdefault(model.agreement(name), []).append(name)
    for name, agreement in (solutions or {}).items():
        candidates.setdefault(FrozenMap(agreement), []).append(name)
    quo = model.agreement(model.spec.status_quo) if model.spec.status_quo else None
    worth = {_worth(space, agreement): agreement for agreement in reversed(candidates)}
    score = sum((mask.astype(np.int16) for mask in masks.values()), np.zeros(space.size, np.int16))
    wanted = int(section.best) if section else 5
    for place, index in enumerate(_best(space, score, wanted, quo), start=1):
        best = space.agreement(index)
        twin = worth.get(_worth(space, best))
        if twin is not None and score[space.index(twin)] == score[index]:
            best = twin
        candidates.setdefault(best, []).append(f"best_{place}")
    rows = tuple(judge.judge(tuple(names), a) for a, names in candidates.items())
    most = int(score.max(initial=0))
    notes = []
    if wanted:
        notes.append(
            f"best_1 to best_{wanted}: the agreements that meet most of the {len(masks)} criteria "
            f"judged over all {space.size:,} agreements ({most}); among equals, first the one "
            "whose worst-off party gains most."
        )
    if judge.meaningless_ends:
        notes.append(f"Ends of ranges left out: {'; '.join(judge.meaningless_ends)}.")
    if not masks["acceptable"].any():
        reason = why_nothing_acceptable(space, judge.signatories)
        notes.append(f"No agreement is acceptable to all signatories, because {reason}.")
    return StabilityTable(
        rows,
        FrozenMap({key: int(masks[key].sum()) for key in CRITERIA if key in masks}),
        space.size,
        space.parties,
        most,
        tuple(notes),
        quo,
    )


def _worth(space: AgreementSpace, agreement: Mapping[str, str]) -> tuple[Fraction, ...]:
    return tuple(space.utility(party, agreement) for party in space.parties)


def _best(
    space: AgreementSpace, score: NDArray[np.int16], wanted: int, quo: Mapping[str, str] | None
) -> list[int]:
    """Return agreements with the highest score, no two alike for all parties.

    Ties of the score are broken by the gain of the worst-off party; among agreements worth
    the same to everybody, the one nearest to the status quo stands for all.
    """
    found: list[int] = []
    seen: set[tuple[int, ...]] = set()
    for level in sorted(set(score.tolist()), reverse=True):
        if len(found) >= wanted or level <= 0:
            break
        pool = np.flatnonzero(score == level)
        worth = np.stack([space.utilities(party)[pool] for party in space.parties])
        least = np.min(
            [
                (row - space.disagreement_value(party)).astype(float) / space.denominator(party)
                for party, row in zip(space.parties, worth, strict=True)
            ],
            axis=0,
        )
        order = np.lexsort((pool, changes(space, pool, quo), *worth, -least))
        for place in order:
            vector = tuple(int(value) for value in worth[:, place])
            if vector not in seen:
                seen.add(vector)
                found.append(int(pool[place]))
                if len(found) >= wanted:
                    break
    return found


def changes(
    space: AgreementSpace, indices: NDArray[Any], quo: Mapping[str, str] | None
) -> NDArray[np.int64]:
    """Return in how many issues agreements differ from the status quo (0 without one)."""
    if quo is None:
        return np.zeros(len(indices), dtype=np.int64)
    here = np.unravel_index(space.index(quo), space.shape)
    places = np.unravel_index(indices, space.shape)
    different = np.zeros(len(indices), dtype=np.int64)
    for place, own in zip(places, here, strict=True):
        different += place != own
    return different
