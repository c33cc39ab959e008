"""Preferences of a conflict graph: rankings and value arrays, read into integers.

A party's preference is a weak order of the states, kept as one integer per state, larger is
better, equal is a tie. Values that fit 64 bits (below 2**62 in size, so that differences fit
too) are kept as they are; larger ones are replaced by their ranks and the list of their exact
levels, by rank.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from negotiation.conflict_graph.moves import Values
from negotiation.conflict_graph.states import IssueStates, NamedStates
from negotiation.errors import GameError, UnknownNameError, shorten
from negotiation.exact import IntArray, common_denominator, exact, read_only

__all__ = ["by_name", "compressed", "over_states", "ranked", "state_number"]

SAFE = 2**62  # differences of preferences below this bound fit 64 bits


def by_name(given: object, kind: str, names: Collection[str], where: str) -> Any:
    """Return `given` as a dict with exactly the keys `names`, in their order.

    Of many names a mapping is best, in which each is found at once.
    """
    if not isinstance(given, Mapping):
        raise GameError(f"'{shorten(given)}' is no mapping by {kind}", where=where)
    for name in given:
        if name not in names:
            raise UnknownNameError.of(kind, name, names, where=where)
    for name in names:
        if name not in given:
            raise GameError(
                f"nothing for {kind} '{name}'", where=where, remedy=f"give one for every {kind}"
            )
    return {name: given[name] for name in names}


def state_number(name: object, layout: NamedStates, where: str) -> int:
    """Return the number of a named state, or refuse it with its place."""
    if not isinstance(name, str) or name not in layout.positions:
        raise UnknownNameError.of("state", name, layout.names, where=where)
    return layout.positions[name]


def ranked(ranking: object, layout: NamedStates, where: str) -> IntArray:
    """Return a ranking as integers, larger is better."""
    if isinstance(ranking, Mapping):
        given = by_name(ranking, "state", layout.positions, where)
        numbers = [exact(number, where=where) for number in given.values()]
        scale = common_denominator(numbers)
        return np.array([int(number * scale) for number in numbers], dtype=object)
    if isinstance(ranking, str) or not isinstance(ranking, Sequence):
        raise GameError(
            f"'{shorten(ranking)}' is no ranking",
            where=where,
            remedy="list the states from best to worst, or give each a number",
        )
    worth = np.full(layout.size, -1, dtype=object)
    for place, entry in enumerate(ranking):
        tie = [entry] if isinstance(entry, str) or not isinstance(entry, Sequence) else entry
        for name in tie:
            state = state_number(name, layout, where)
            if worth[state] != -1:
                raise GameError(
                    f"state '{name}' is ranked twice", where=where, remedy="rank every state once"
                )
            worth[state] = len(ranking) - 1 - place
    missing = [name for name, value in zip(layout.names, worth, strict=True) if value == -1]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise GameError(
            f"state '{missing[0]}'{more} not ranked", where=where, remedy="rank every state once"
        )
    return worth


def over_states(values: object, layout: IssueStates, end: object, party: str) -> IntArray:
    """Return a party's preference over all states, checked, as a flat array."""
    where = f"values of {party}"
    try:
        array = np.asarray(values)
    except ValueError:
        raise GameError("rows of different lengths", where=where) from None
    if array.dtype.kind == "u":  # numpy would mix unsigned and signed integers into floats
        array = array.astype(object)
    if array.shape not in {layout.shape, (math.prod(layout.shape),)}:
        raise GameError(
            f"shape {array.shape} where the issues make {layout.shape}",
            where=where,
            remedy="give one axis per issue, in the order of the issues, or the flat C order",
        )
    flat = array.ravel()
    if array.dtype == object:
        if any(isinstance(v, bool) or not isinstance(v, (int, np.integer)) for v in flat):
            raise GameError("an entry is no integer", where=where, remedy="scale to integers")
    elif not np.issubdtype(array.dtype, np.integer):
        raise GameError(f"{array.dtype} numbers", where=where, remedy="scale to integers")
    if not layout.walk_out:
        return flat
    last = exact(end, where=f"disagreement of {party}")
    if last.denominator != 1:
        raise GameError(
            f"{last} is no integer",
            where=f"disagreement of {party}",
            remedy="use the integer scale of the values",
        )
    tail = np.empty(1, dtype=object)
    tail[0] = int(last)
    if array.dtype != object and abs(int(last)) < SAFE:
        tail = tail.astype(np.int64)
    return np.concatenate([flat, tail])


def compressed(worth: IntArray) -> tuple[Values, IntArray | None]:
    """Return preferences as read-only int64: as they are where they fit, else ranks + levels."""
    if int(worth.min()) > -SAFE and int(worth.max()) < SAFE:
        return read_only(worth.astype(np.int64)), None
    levels, ranks = np.unique(worth.astype(object), return_inverse=True)
    return read_only(ranks.astype(np.int64).reshape(-1)), read_only(levels)
