"""What a sweep returns: the points of a grid, or of a list, with their outputs.

Conventions
-----------
- A grid has one axis per input, in the order given; points are numbered from 0 with the last
  axis fastest. A list of points has one axis.
- A point at which the model is not valid, or an output does not exist, is a :class:`Failure`
  in the place of every output.
- Outputs are exact objects; where rounded numbers are asked for, NaN stands for none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.exact import OrderedMap, nearest_float, numbered, show, unravel
from negotiation.model.model import Model
from negotiation.normal_form import Equilibrium, equilibria
from negotiation.results import Result, Table, Tied, frame_of

__all__ = ["Failure", "Points", "Sweep", "SweepRow"]

Array = NDArray[Any]

SHOWN = 40  # rows up to which a table shows all
ENDS = 10  # rows shown at either end of a longer one
DISTINCT = 20  # values of an output that are counted one by one


@dataclass(frozen=True)
class Points:
    """The points of a sweep: values per input, and how they are combined.

    Attributes
    ----------
    paths : tuple of str
        The inputs.
    values : tuple of tuple
        Per input the values along its axis of a grid, or point by point.
    product : bool
        Whether it is a grid.
    """

    paths: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    product: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis of a grid; of a list, the number of points."""
        return tuple(map(len, self.values)) if self.product else (len(self.values[0]),)

    @property
    def count(self) -> int:
        """Number of points."""
        return math.prod(self.shape)

    def point(self, k: int) -> tuple[Any, ...]:
        """Return the values at point k, which there is."""
        where = unravel(k, self.shape) if self.product else [k] * len(self.values)
        return tuple(own[place] for own, place in zip(self.values, where, strict=True))

    def part(self, start: int, stop: int) -> list[tuple[Any, ...]]:
        """Return the values at the points from `start` to before `stop`."""
        if not self.product:
            return list(zip(*(own[start:stop] for own in self.values), strict=True))
        columns: list[list[Any]] = []
        inner = self.count
        for own in self.values:
            inner //= len(own)
            columns.append([own[k // inner % len(own)] for k in range(start, stop)])
        return list(zip(*columns, strict=True))


@dataclass(frozen=True)
class Failure:
    """A point without outputs; it stands in the place of each.

    Attributes
    ----------
    index : int
        Number of the point.
    parameters : OrderedMap
        Its inputs.
    kind : str
        Name of the exception.
    message : str
        What it says.
    """

    index: int
    parameters: OrderedMap[str, Any]
    kind: str
    message: str

    def __str__(self) -> str:
        return f"failed: {self.message}"


@dataclass(frozen=True)
class SweepRow:
    """One point of a sweep.

    Attributes
    ----------
    index : int
        Number of the point.
    inputs : OrderedMap
        Path -> value.
    outputs : OrderedMap or Failure
        Path -> value, or why there are none.
    """

    index: int
    inputs: OrderedMap[str, Any]
    outputs: OrderedMap[str, Any] | Failure


@dataclass(frozen=True, eq=False)
class Sweep(Result):
    """Outputs of a model over a grid or a list of inputs.

    Attributes
    ----------
    model : Model
        The model that was changed.
    inputs : OrderedMap of str to tuple
        Path -> values: along its axis of a grid, or point by point in a list.
    outputs : tuple of str
        Output paths.
    shape : tuple of int
        Length of each axis of the grid; of a list, the number of points.
    gridded : bool
        Whether it is a grid.
    failures : tuple of Failure
        Points without outputs, in order.
    notes : tuple of str
        What happened on the way: chunks of a folder that had to be computed again.
    """

    model: Model
    inputs: OrderedMap[str, tuple[Any, ...]]
    outputs: tuple[str, ...]
    shape: tuple[int, ...]
    gridded: bool
    failures: tuple[Failure, ...]
    notes: tuple[str, ...] = ()
    _columns: tuple[Array, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return math.prod(self.shape)

    def point(self, k: int) -> OrderedMap[str, Any]:
        """Return the inputs at point k.

        Raises
        ------
        UnknownNameError
            If there is no point k.
        """
        own = self._points.point(numbered(k, len(self), "point"))
        return OrderedMap(zip(self.inputs, own, strict=True))

    @property
    def _points(self) -> Points:
        return Points(tuple(self.inputs), tuple(self.inputs.values()), self.gridded)

    def values(self, output: str) -> Array:
        """Return one output as an array of exact objects, shaped as the grid; read-only.

        Raises
        ------
        UnknownNameError
            If it is no output of this sweep.
        """
        return self._flat(output).reshape(self.shape)

    def _flat(self, output: str) -> Array:
        if output not in self.outputs:
            raise UnknownNameError.of("output", output, self.outputs)
        return self._columns[self.outputs.index(output)]

    def rows(self) -> Iterator[SweepRow]:
        """Yield the points in order."""
        for k in range(len(self)):
            own = [column[k] for column in self._columns]
            failed = isinstance(own[0], Failure)
            outputs = own[0] if failed else OrderedMap(zip(self.outputs, own, strict=True))
            yield SweepRow(k, self.point(k), outputs)

    def equilibria(self, k: int) -> tuple[Equilibrium, ...]:
        """Return all extreme equilibria of the payoff matrix at point k, exactly.

        They are found anew, which takes milliseconds.

        Raises
        ------
        UnknownNameError
            If there is no point k.
        NegotiationError
            If the model states no payoff matrix, or none at this point.
        """
        from negotiation.model import build  # noqa: PLC0415  next to its only use

        model = self.model.override(self.point(k))
        if model.spec.normal_form is None:
            raise NegotiationError(
                f"'{model.title}' states no payoff matrix",
                remedy="equilibria(k) is for models with the section normal_form",
            )
        return equilibria(build.normal_form(model)).profiles

    def to_dataframe(self, *, exact: bool = False) -> Any:
        """Return a pandas frame with a row per point: inputs, outputs, why it failed.

        Parameters
        ----------
        exact : bool
            Whether values stay as they are, fractions among them; otherwise numbers are floats,
            and the frame can be plotted and saved: see :func:`negotiation.results.frame_of`.
        """
        points = self._points.part(0, len(self))
        columns: list[list[Any]] = [list(own) for own in zip(*points, strict=True)]
        columns += [[_blank(value) for value in column] for column in self._columns]
        heads = [*self.inputs, *self.outputs]
        if self.failures:
            messages = dict.fromkeys(range(len(self)), "")
            messages |= {failure.index: failure.message for failure in self.failures}
            columns.append(list(messages.values()))
            heads.append("failure")
        return frame_of(heads, columns, exact=exact)

    def to_xarray(self, *, exact: bool = False) -> Any:
        """Return an xarray data set: dimensions are inputs, variables are outputs.

        A list of points has the one dimension ``point``. Failed points are None, or NaN.

        Parameters
        ----------
        exact : bool
            Whether numbers are fractions, or floats rounded from them.
        """
        import xarray as xr  # noqa: PLC0415  an optional extra, imported when asked for

        def array(values: Any) -> Array:
            made = _objects(values if exact else map(_rounded, values))
            if not exact and all(isinstance(v, (int, float)) for v in made):
                return made.astype(float)
            return made

        dims = tuple(self.inputs) if self.gridded else ("point",)
        coords: dict[str, Any] = {
            path: (path if self.gridded else "point", array(own))
            for path, own in self.inputs.items()
        }
        variables = {
            f"{path} (output)" if path in coords else path: (
                dims,
                array(map(_blank, column)).reshape(self.shape),
            )
            for path, column in zip(self.outputs, self._columns, strict=True)
        }
        return xr.Dataset(variables, coords)

    def data(self) -> dict[str, Any]:
        """Return inputs, outputs and failures as nested plain data."""
        return {
            "points": len(self),
            "shape": list(self.shape),
            "grid": self.gridded,
            "inputs": {path: list(own) for path, own in self.inputs.items()},
            "outputs": {
                path: [_blank(value) for value in column]
                for path, column in zip(self.outputs, self._columns, strict=True)
            },
            "failed": len(self.failures),
            "failures": [
                {
                    "index": own.index,
                    "parameters": dict(own.parameters),
                    "kind": own.kind,
                    "message": own.message,
                }
                for own in self.failures
            ],
            "notes": list(self.notes),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the rows, of a long sweep the first and last, and how often each value occurs."""
        return self._tables(SHOWN)

    def full_tables(self) -> tuple[Table, ...]:
        """Return the same with every row, for other programs."""
        return self._tables(max(SHOWN, len(self)))

    def _tables(self, most: int) -> tuple[Table, ...]:
        count = len(self)
        places = list(range(count))
        notes = list(self.notes)
        title = f"Sweep over {', '.join(self.inputs)}"
        if count > most:
            places = [*places[:ENDS], *places[-ENDS:]]
            notes.append(
                f"The first and last {ENDS} of {count:,} points; {count - 2 * ENDS:,} rows are not "
                "shown: to_dataframe() has them all."
            )
        rows = [
            [*self._points.point(k), *(_cell(column[k]) for column in self._columns)]
            for k in places
        ]
        tables = [Table(title, [*self.inputs, *self.outputs], rows, notes, name="sweep")]
        if count > most:
            tables += [
                _counted(path, column)
                for path, column in zip(self.outputs, self._columns, strict=True)
            ]
        if self.failures:
            shown = self.failures[:most]
            more = len(self.failures) - len(shown)
            note = (
                [f"{more:,} more failures are not shown: .failures has them all."] if more else []
            )
            lines = [[own.index, *own.parameters.values(), own.message] for own in shown]
            heads = ["point", *self.inputs, "why"]
            failed = f"Points that could not be evaluated: {len(self.failures):,} of {count:,}"
            tables.append(Table(failed, heads, lines, note, name="failures"))
        return tuple(tables)


def _rounded(value: Any) -> Any:
    if value is None:
        return math.nan
    return nearest_float(value) if isinstance(value, Fraction) else value


def _blank(value: Any) -> Any:
    return None if isinstance(value, Failure) else value


def _objects(values: Any) -> Array:
    items = list(values)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _cell(value: Any) -> Any:
    return "failed" if isinstance(value, Failure) else value


def _counted(path: str, column: Array) -> Table:
    """Say how often each value of an output occurs, the most frequent first."""
    counts: dict[Any, int] = {}
    for value in column.tolist():
        key = "failed" if isinstance(value, Failure) else (type(value) is bool, value)
        counts[key] = counts.get(key, 0) + 1
    ranked = sorted(counts.items(), key=lambda own: -own[1])
    rows = [[_cell(key if key == "failed" else key[1]), times] for key, times in ranked[:DISTINCT]]
    notes = []
    if len(ranked) > DISTINCT:
        rest = sum(times for _, times in ranked[DISTINCT:])
        notes.append(
            f"{len(ranked) - DISTINCT:,} more values, at {rest:,} points, are not shown in this "
            "table."
        )
    every = [v for own in column for v in ([*own] if isinstance(own, Tied) else [own])]
    numbers = [v for v in every if isinstance(v, (int, Fraction)) and not isinstance(v, bool)]
    if numbers and len(ranked) > 1:
        notes.append(f"Least {show(min(numbers))}, greatest {show(max(numbers))}.")
    return Table(f"Values of {path}", [path, "points"], rows, notes, name="values")
