"""One party's moves, as operations on whole arrays of states.

A party's reach is R(s), the states it can move to from s in one step; s itself is never in
R(s). With u the party's preference, its improvements are the q in R(s) with u(q) > u(s). Both
forms of moves answer the same questions for every state s at once:

- ``best(x)``: the maximum of x over R(s), :data:`LOWEST` where R(s) is empty;
- ``least(x)``: the minimum of x over R(s), :data:`HIGHEST` where R(s) is empty;
- ``least_improving(x)``: the minimum of x over the improvements from s;
- ``arcs_from(states)``: the moves out of a few states, written out.

``transitive`` says that two moves in a row by the party are one move of it, or lead back.

:class:`ArcMoves` keeps explicit arcs (compressed rows); every operation is one segmented
reduction, O(arcs).

:class:`IssueMoves` never writes its arcs down. The party's own issues span a *fibre* of K
combinations, the others fix which fibre: n states are n/K fibres. Where no switch is banned, R(s)
is the rest of the fibre: maxima and minima come from running extrema from both sides, O(n),
and improvements from sorting each fibre once by preference and running minima from the top,
with all ties of a preference level skipped together. Where switches are banned, the
combinations are grouped by what they can be switched to, and each group is treated like that
within its own targets: O(n) times the number of groups, at most the product over the restricted
issues of their distinct sets of targets.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negotiation.exact import read_only

__all__ = ["HIGHEST", "LOWEST", "ArcMoves", "IssueMoves", "Moves", "Values"]

Values = NDArray[np.int64]

LOWEST = int(np.iinfo(np.int64).min)
"""Stands for minus infinity: the maximum over no states."""
HIGHEST = int(np.iinfo(np.int64).max)
"""Stands for plus infinity: the minimum over no states."""


@dataclass(frozen=True, eq=False)
class ArcMoves:
    """A party's moves as explicit arcs.

    Parameters
    ----------
    bounds : array of int, shape (n_states + 1,)
        The arcs out of state s are those numbered ``bounds[s]`` to ``bounds[s + 1] - 1``.
    targets : array of int, shape (n_arcs,)
        Where each arc leads, ascending within a state.
    worth : array of int, shape (n_states,)
        The party's preference.
    """

    bounds: Values
    targets: Values
    worth: Values

    def __post_init__(self) -> None:
        for array in (self.bounds, self.targets, self.worth):
            read_only(array)

    def __reduce__(self) -> tuple[object, ...]:
        return (ArcMoves, (self.bounds, self.targets, self.worth))

    @classmethod
    def from_arcs(cls, arcs: Sequence[tuple[int, int]], worth: Values) -> ArcMoves:
        """Build the moves from pairs (from, to); repeated pairs count once."""
        pairs = np.array(arcs, dtype=np.int64).reshape(-1, 2)
        starts, targets = np.divmod(np.unique(pairs @ [len(worth), 1]), max(1, len(worth)))
        bounds = np.searchsorted(starts, np.arange(len(worth) + 1)).astype(np.int64)
        return cls(bounds, targets, worth)

    @cached_property
    def width(self) -> int:
        """Most moves out of one state."""
        return int(np.diff(self.bounds).max())

    @cached_property
    def starts(self) -> Values:
        """Where each arc begins."""
        return np.repeat(np.arange(len(self.worth)), np.diff(self.bounds))

    @cached_property
    def transitive(self) -> bool:
        """Whether two moves in a row are one move, or lead back."""
        reach = [set(row.tolist()) for row in np.split(self.targets, self.bounds[1:-1])]
        return all(
            reach[middle] <= row | {start} for start, row in enumerate(reach) for middle in row
        )

    @cached_property
    def _improving(self) -> ArcMoves:
        starts = self.starts
        kept = self.worth[self.targets] > self.worth[starts]
        bounds = np.searchsorted(starts[kept], np.arange(len(self.worth) + 1)).astype(np.int64)
        return ArcMoves(bounds, self.targets[kept], self.worth)

    def _reduce(self, extremum: np.ufunc, values: Values, nothing: int) -> Values:
        result = np.full(len(self.worth), nothing, dtype=np.int64)
        some = np.flatnonzero(np.diff(self.bounds))
        if len(some):
            result[some] = extremum.reduceat(values[self.targets], self.bounds[some])
        return result

    def best(self, values: Values) -> Values:
        """Return the maximum of `values` over the moves from each state."""
        return self._reduce(np.maximum, values, LOWEST)

    def least(self, values: Values) -> Values:
        """Return the minimum of `values` over the moves from each state."""
        return self._reduce(np.minimum, values, HIGHEST)

    def least_improving(self, values: Values) -> Values:
        """Return the minimum of `values` over the improvements from each state."""
        return self._improving.least(values)

    def arcs_from(self, states: Values) -> tuple[Values, Values]:
        """Return (position in `states`, target) of every move out of `states`."""
        counts = self.bounds[states + 1] - self.bounds[states]
        where = np.repeat(np.arange(len(states)), counts)
        before = np.cumsum(counts) - counts
        arcs = np.arange(len(where)) - before[where] + self.bounds[states][where]
        return where, self.targets[arcs]


@dataclass(frozen=True, eq=False)
class IssueMoves:
    """A party's moves by switching its own issues, and by walking out.

    Parameters
    ----------
    shape : tuple of int
        Number of options per issue.
    axes : tuple of int
        The issues that the party can switch alone.
    allowed : tuple of Boolean arrays
        Per own issue, ``allowed[k][a, b]``: whether it can be switched from a to b; the
        diagonal is True (an issue may be left alone).
    walk_out : bool
        Whether there is a last state, without moves, that can be reached from all others.
    worth : array of int, shape (n_states,)
        The party's preference.
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    allowed: tuple[NDArray[np.bool_], ...]
    walk_out: bool
    worth: Values

    def __post_init__(self) -> None:
        for array in (self.worth, *self.allowed):
            read_only(array)

    def __reduce__(self) -> tuple[object, ...]:
        return (IssueMoves, (self.shape, self.axes, self.allowed, self.walk_out, self.worth))

    @cached_property
    def transitive(self) -> bool:
        """Whether two moves in a row are one move, or lead back."""
        return all(
            bool(((matrix.astype(np.int64) @ matrix.astype(np.int64) > 0) <= matrix).all())
            for matrix in self.allowed
        )

    @property
    def width(self) -> int:
        """Most moves out of one state."""
        return len(self._fibre) - 1 + self.walk_out

    @cached_property
    def _strides(self) -> tuple[int, ...]:
        return tuple(math.prod(self.shape[axis + 1 :]) for axis in range(len(self.shape)))

    def _offsets(self, axes: Sequence[int]) -> Values:
        """Return what the combinations of options on `axes` add to a state number, in C order."""
        total = np.zeros(1, dtype=np.int64)
        for axis in axes:
            steps = np.arange(self.shape[axis], dtype=np.int64) * self._strides[axis]
            total = (total[:, None] + steps).ravel()
        return total

    @cached_property
    def _fibre(self) -> Values:
        return self._offsets(self.axes)

    @cached_property
    def _bases(self) -> Values:
        return self._offsets([axis for axis in range(len(self.shape)) if axis not in self.axes])

    @cached_property
    def _groups(self) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """Group the K combinations by targets: pairs (origins, targets) of masks over the fibre.

        Origins are always among their own targets; together the origins are the whole fibre.
        """
        per_axis = []
        for matrix in self.allowed:
            rows = {row.tobytes(): row for row in matrix}
            per_axis.append([((matrix == row).all(axis=1), row) for row in rows.values()])
        groups = []
        for choice in itertools.product(*per_axis):
            origins = targets = np.ones(1, dtype=bool)
            for own, reach in choice:
                origins = (origins[:, None] & own).ravel()
                targets = (targets[:, None] & reach).ravel()
            if targets.sum() > 1:
                groups.append((origins, targets))
        return groups

    def _over_moves(self, extremum: np.ufunc, values: Values, nothing: int) -> Values:
        """Reduce over the rest of the fibre: running extrema from the left and from the right."""
        result = np.full(len(self.worth), nothing, dtype=np.int64)
        for origins, targets in self._groups:
            cells = self._bases[:, None] + self._fibre[targets]
            kept = origins[targets]
            inside = values[cells]
            left = np.full_like(inside, nothing)
            right = np.full_like(inside, nothing)
            extremum.accumulate(inside[:, :-1], axis=1, out=left[:, 1:])
            extremum.accumulate(inside[:, :0:-1], axis=1, out=right[:, -2::-1])
            result[cells[:, kept]] = extremum(left, right)[:, kept]
        if self.walk_out:
            result[:-1] = extremum(result[:-1], values[-1])
        return result

    def best(self, values: Values) -> Values:
        """Return the maximum of `values` over the moves from each state."""
        return self._over_moves(np.maximum, values, LOWEST)

    def least(self, values: Values) -> Values:
        """Return the minimum of `values` over the moves from each state."""
        return self._over_moves(np.minimum, values, HIGHEST)

    @cached_property
    def _ladders(self) -> list[tuple[Values, Values, Values]]:
        """Per group: its cells sorted by preference, its origin states, and where each looks.

        An origin looks at the position of the first cell strictly above it, in the flattened
        table of running minima that has one more column for "nothing above".
        """
        found = []
        for origins, targets in self._groups:
            cells = self._bases[:, None] + self._fibre[targets]
            worth = self.worth[cells]
            order = np.argsort(worth, axis=1, kind="stable")
            cells = np.take_along_axis(cells, order, axis=1)
            worth = np.take_along_axis(worth, order, axis=1)
            width = cells.shape[1]
            # the first cell strictly above: the least later start of a new level
            above = np.full(cells.shape, width, dtype=np.int64)
            fresh = worth[:, 1:] > worth[:, :-1]
            above[:, :-1] = np.where(fresh, np.arange(1, width), width)
            above = np.minimum.accumulate(above[:, ::-1], axis=1)[:, ::-1]
            looks = above + np.arange(len(cells))[:, None] * (width + 1)
            kept = origins[targets][order]
            found.append((cells, cells[kept], looks[kept]))
        return found

    def least_improving(self, values: Values) -> Values:
        """Return the minimum of `values` over the improvements from each state."""
        result = np.full(len(self.worth), HIGHEST, dtype=np.int64)
        for cells, states, looks in self._ladders:
            running = np.full((len(cells), cells.shape[1] + 1), HIGHEST, dtype=np.int64)
            np.minimum.accumulate(values[cells][:, ::-1], axis=1, out=running[:, -2::-1])
            result[states] = running.ravel()[looks]
        if self.walk_out:
            gains = self.worth[:-1] < self.worth[-1]
            result[:-1][gains] = np.minimum(result[:-1][gains], values[-1])
        return result

    def arcs_from(self, states: Values) -> tuple[Values, Values]:
        """Return (position in `states`, target) of every move out of `states`."""
        last = math.prod(self.shape)  # the number of "no agreement", where there is one
        inside = np.flatnonzero(states < last)
        reachable = np.ones((len(inside), 1), dtype=bool)
        base = states[inside].copy()
        for axis, matrix in zip(self.axes, self.allowed, strict=True):
            place = states[inside] // self._strides[axis] % self.shape[axis]
            base -= place * self._strides[axis]
            pairs = reachable[:, :, None] & matrix[place][:, None, :]
            reachable = pairs.reshape(len(inside), pairs.shape[1] * pairs.shape[2])
        where, combination = np.nonzero(reachable)
        targets = base[where] + self._fibre[combination]
        moved = targets != states[inside][where]
        where, targets = inside[where[moved]], targets[moved]
        if self.walk_out:
            where = np.concatenate([where, inside])
            targets = np.concatenate([targets, np.full(len(inside), last)])
        return where, targets


Moves = ArcMoves | IssueMoves
"""A party's moves, in either form."""
