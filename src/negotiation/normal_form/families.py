"""Families of games: payoffs that are formulas in parameters, evaluated exactly in bulk.

A *family* is a game in normal form whose payoffs are formulas
(:mod:`negotiation.formulas`) in named parameters. At a *point*, one value for every
parameter, it is a :class:`~negotiation.normal_form.game.NormalForm`.

Conventions
-----------
- A parameter has a default: a number, or a formula in other parameters. The latter is
  *derived*: it follows the others unless it is itself given a value.
- Numbers are exact. As everywhere, a float means the shortest decimal that prints as it, also
  in arrays: 0.1 is 1/10. (A float handed directly to
  :func:`~negotiation.normal_form.batch.equilibria_batch` means the double it is.)
- N points are given as one array of N values per parameter; a single value serves all points.

- Everything is computed in integers (:mod:`negotiation.normal_form.columns`); nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import FormulaError, GameError, UnknownNameError, shorten
from negotiation.exact import (
    IntArray,
    OrderedMap,
    exact,
    exact_text,
    flatten,
    numbered,
    read_only,
)
from negotiation.formulas import WORDS, Formula, parse
from negotiation.normal_form.all_equilibria import Equilibrium
from negotiation.normal_form.batch import BatchEquilibria, equilibria_batch
from negotiation.normal_form.columns import Column, common_scale, evaluate, read_column
from negotiation.normal_form.game import NormalForm
from negotiation.results import Result, Table

__all__ = ["FamilyEquilibria", "GameFamily", "ScaledPayoffs"]


class ScaledPayoffs(NamedTuple):
    """Payoffs of N games as integers over a denominator per game and player."""

    integers: IntArray
    """Shape (N, players, strategies of player 1, ...); int64, or Python integers if too large."""
    denominators: IntArray
    """Shape (N, players): positive, and the least possible."""


@dataclass(frozen=True)
class GameFamily:
    """A game in normal form whose payoffs are formulas in named parameters.

    Use :meth:`from_formulas`.

    Attributes
    ----------
    players : tuple of str
        Names, in the order of the axes.
    strategies : tuple of tuple of str
        Per player the names of its strategies.
    formulas : tuple of tuple of Formula
        Per player its payoff in every profile, the last player's strategy fastest.
    parameters : OrderedMap of str to Fraction or Formula
        Every parameter's default; a formula for those derived from others.

    Examples
    --------
    >>> family = GameFamily.from_formulas(
    ...     ["us", "ru"],
    ...     [["yield", "fight"], ["yield", "fight"]],
    ...     [
    ...         [["prize/2", 0], ["prize", "prize/2 - cost"]],
    ...         [["prize/2", "prize"], [0, "prize/2 - cost"]],
    ...     ],
    ...     {"prize": 2, "cost": 3},
    ... )
    >>> family.game(cost="1/2").payoffs_at(("fight", "fight"))
    (Fraction(1, 2), Fraction(1, 2))
    >>> family.equilibria({"cost": [0.5, 2, 3]}).counts.tolist()
    [1, 3, 3]
    """

    players: tuple[str, ...]
    strategies: tuple[tuple[str, ...], ...]
    formulas: tuple[tuple[Formula, ...], ...]
    parameters: OrderedMap[str, Fraction | Formula]

    @classmethod
    def from_formulas(
        cls,
        players: Sequence[str],
        strategies: Sequence[Sequence[str]],
        formulas: Sequence[object],
        defaults: Mapping[str, object],
    ) -> GameFamily:
        """Build a family from one array of formulas per player.

        Parameters
        ----------
        players : sequence of str
            Names.
        strategies : sequence of sequences of str
            One list of names per player.
        formulas : sequence of array-likes
            One per player with one axis per player, as for :meth:`NormalForm.from_arrays`;
            entries are formulas as text, or numbers.
        defaults : mapping of str to number or str
            Every parameter's value, or the formula of other parameters that it follows.

        Raises
        ------
        GameError
            If shapes or names are wrong, parameters are defined in a circle, or a formula
            uses ``u(party, agreement)``, which has no meaning without a model.
        FormulaError
            If a text is no formula.
        UnknownNameError
            If a formula names a parameter without default.

        Examples
        --------
        >>> family = GameFamily.from_formulas(
        ...     ["us", "ru"], [["stay"], ["go"]], [[["a"]], [["b"]]], {"a": 1, "b": "a + 1"}
        ... )
        >>> family.game(a=5).payoffs_at((0, 0)), family.game(b=7).payoffs_at((0, 0))
        ((Fraction(5, 1), Fraction(6, 1)), (Fraction(1, 1), Fraction(7, 1)))
        """
        if not isinstance(defaults, Mapping):
            raise GameError("the defaults are no mapping", remedy='write {"cost": 3, ...}')
        parameters: dict[str, Fraction | Formula] = {}
        for name, value in defaults.items():
            if not isinstance(name, str) or not name.isidentifier() or name in WORDS:
                raise GameError(
                    f"'{shorten(name)}' cannot name a parameter",
                    remedy="use letters, digits and _, and no word of formulas",
                )
            own = _formula(value, f"parameter {name}")
            parameters[name] = own if own.names else own.value({})
        if isinstance(formulas, str) or not isinstance(formulas, Sequence | np.ndarray):
            raise GameError(
                f"'{shorten(formulas)}' are no arrays of formulas", remedy="give one per player"
            )
        arrays = [
            _formula_array(values, f"payoffs of player {k}")
            for k, values in enumerate(formulas, start=1)
        ]
        # a game with the shapes and names of the family, which checks them
        frame = NormalForm.from_arrays(
            *(np.zeros(array.shape, dtype=int) for array in arrays),
            players=players,
            strategies=strategies,
        )
        family = cls(
            frame.players,
            frame.strategies,
            tuple(tuple(array.ravel()) for array in arrays),
            OrderedMap(parameters),
        )
        places = {f"parameter {n}": f for n, f in parameters.items() if isinstance(f, Formula)}
        for name, payoffs in zip(frame.players, family.formulas, strict=True):
            places |= {f"payoffs of {name}, '{shorten(f.text)}'": f for f in payoffs}
        for where, formula in places.items():
            for other in formula.names:
                if other not in parameters:
                    raise UnknownNameError.of("parameter", other, parameters, where=where)
        assert family._derived is not None  # a circle is refused here
        return family

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of strategies of each player."""
        return tuple(len(names) for names in self.strategies)

    @cached_property
    def _derived(self) -> tuple[tuple[str, Formula], ...]:
        """The derived parameters, each after those it follows."""
        pending = {n: f for n, f in self.parameters.items() if isinstance(f, Formula)}
        order = []
        while pending:
            ready = [n for n, f in pending.items() if not any(o in pending for o in f.names)]
            if not ready:
                raise GameError(
                    f"parameters defined in a circle: {', '.join(pending)}",
                    remedy="give one of them a number",
                )
            order += [(name, pending.pop(name)) for name in ready]
        return tuple(order)

    def game(self, /, **parameters: object) -> NormalForm:
        """Return the game at one point, the other parameters at their defaults.

        Parameters
        ----------
        **parameters : int, Fraction, float, Decimal or str
            Values, each exact.

        Raises
        ------
        UnknownNameError
            If there is no such parameter.
        FormulaError
            If a formula has no value there: a division by zero, or a value beyond bounds.
        """
        point = {
            self._known(name): exact(value, where=f"parameter {name}")
            for name, value in parameters.items()
        }
        for name, default in self.parameters.items():
            if isinstance(default, Fraction):
                point.setdefault(name, default)
        for name, formula in self._derived:
            if name not in point:
                point[name] = formula.value(point)
        payoffs = []
        for own in self.formulas:
            array = np.empty(len(own), dtype=object)
            array[:] = [formula.value(point) for formula in own]
            payoffs.append(array.reshape(self.shape))
        return NormalForm(self.players, self.strategies, tuple(payoffs))

    def payoffs(self, parameters: Mapping[str, object]) -> ScaledPayoffs:
        """Return the payoffs at N points, as integers over a denominator per game and player.

        Parameters
        ----------
        parameters : mapping of str to array-like of N numbers, or number
            Values by parameter; those left out have their defaults. Without any array there
            is one point.

        Returns
        -------
        ScaledPayoffs
            ``integers[k, p] / denominators[k, p]`` are the payoffs of player p in
            ``game(...)`` at point k. The integers alone have the same equilibria.

        Raises
        ------
        GameError
            If arrays have different lengths or entries that are no numbers.
        UnknownNameError
            If there is no such parameter.
        FormulaError
            If a formula has no value at a point; the message names it.

        Notes
        -----
        Takes time proportional to N times the length of the formulas, some nanoseconds per
        operation as long as numbers stay below 2^62, some microseconds beyond.

        Examples
        --------
        >>> family = GameFamily.from_formulas(["me"], [["a", "b"]], [["x/2", 1]], {"x": 0})
        >>> integers, denominators = family.payoffs({"x": [1, 2, "1/3"]})
        >>> integers[:, 0].tolist(), denominators[:, 0].tolist()
        ([[1, 2], [1, 1], [1, 6]], [2, 1, 6])
        """
        return self._scaled(*self._columns(parameters))

    def _scaled(self, columns: Mapping[str, Column], count: int) -> ScaledPayoffs:
        known: dict[Formula, Column] = {}
        parts = []
        for own in self.formulas:
            for formula in own:
                if formula not in known:
                    known[formula] = evaluate(formula, columns, 0, count)
            parts.append(common_scale([known[formula] for formula in own], count))
        integers = np.stack([whole for whole, _ in parts], axis=1)
        denominators = np.stack([below for _, below in parts], axis=1)
        return ScaledPayoffs(
            read_only(integers.reshape(count, len(self.players), *self.shape)),
            read_only(denominators),
        )

    def equilibria(
        self,
        parameters: Mapping[str, object],
        *,
        threads: int = 1,
        chunk: int | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> FamilyEquilibria:
        """Return all extreme equilibria of the games at N points. Exact.

        Parameters
        ----------
        parameters : mapping of str to array-like of N numbers, or number
            As for :meth:`payoffs`.
        threads, chunk, progress
            As for :func:`~negotiation.normal_form.batch.equilibria_batch`.

        Raises
        ------
        GameError
            If there are not two players; and as for :meth:`payoffs`.

        Examples
        --------
        >>> family = GameFamily.from_formulas(
        ...     ["us", "ru"],
        ...     [["old", "new"], ["old", "new"]],
        ...     [[[1, 0], [0, "x"]], [[1, 0], [0, "x"]]],
        ...     {"x": 1},
        ... )
        >>> found = family.equilibria({"x": [-1, "1/2"]})
        >>> found.counts.tolist(), found.equilibria(1)[1].payoffs
        ([1, 3], (Fraction(1, 2), Fraction(1, 2)))
        """
        if len(self.players) != 2:
            raise GameError(
                f"{len(self.players)} players",
                remedy="families of two players can be solved in bulk; solve games one by one",
            )
        columns, count = self._columns(parameters)
        integers, denominators = self._scaled(columns, count)
        batch = equilibria_batch(integers, threads=threads, chunk=chunk, progress=progress)
        given = OrderedMap((name, columns[name]) for name in self.parameters if name in parameters)
        return FamilyEquilibria(self, given, batch, denominators, guarantee=batch.guarantee)

    def _known(self, name: str) -> str:
        if name not in self.parameters:
            raise UnknownNameError.of("parameter", name, self.parameters)
        return name

    def _columns(self, parameters: Mapping[str, object]) -> tuple[dict[str, Column], int]:
        """Return a column for every parameter, and the number of points."""
        if not isinstance(parameters, Mapping):
            raise GameError("the parameters are no mapping", remedy='write {"cost": [1, 2, 3]}')
        columns: dict[str, Column] = {}
        lengths: dict[str, int] = {}
        for name, values in parameters.items():
            columns[self._known(name)], length = read_column(values, f"parameter {name}")
            if length is not None:
                lengths[name] = length
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise GameError(
                f"arrays of different lengths: {shown}",
                where="parameters",
                remedy="give every array one value per point",
            )
        count = next(iter(lengths.values()), 1)
        for name, default in self.parameters.items():
            if isinstance(default, Fraction):
                columns.setdefault(name, Column(default.numerator, default.denominator))
        for name, formula in self._derived:
            if name not in columns:
                columns[name] = evaluate(formula, columns, 0, count)
        return columns, count


@dataclass(frozen=True, eq=False, repr=False)
class FamilyEquilibria(Result):
    """All extreme equilibria of the games of a family at N points.

    Attributes
    ----------
    family : GameFamily
        The family.
    given : OrderedMap of str to Column
        The values of the parameters that were given; see :meth:`point`.
    batch : BatchEquilibria
        The equilibria of the games with payoffs scaled to integers.
    denominators : array, shape (N, 2)
        By how much each player's payoffs are scaled in each game.
    """

    family: GameFamily
    given: OrderedMap[str, Column]
    batch: BatchEquilibria
    denominators: IntArray

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of extreme equilibria at each point, shape (N,)."""
        return self.batch.counts

    def point(self, k: int) -> dict[str, Fraction]:
        """Return the values of the parameters that were given, at point k.

        Raises
        ------
        UnknownNameError
            If there is no point k.
        """
        k = numbered(k, len(self), "point")
        return {name: own.take(k, k + 1)[0] for name, own in self.given.items()}

    def game(self, k: int) -> NormalForm:
        """Return the game at point k; see :meth:`point`."""
        return self.family.game(**self.point(k))

    def equilibria(self, k: int) -> tuple[Equilibrium, ...]:
        """Return the extreme equilibria at point k, with payoffs in the family's own unit.

        They are the ``profiles`` of ``equilibria(found.game(k))``, in the same order.

        Raises
        ------
        UnknownNameError
            If there is no point k.
        """
        self.point(k)
        found = self.batch.equilibria(k)
        scale = [int(below) for below in self.denominators[k]]
        return tuple(
            replace(
                profile,
                payoffs=tuple(v / s for v, s in zip(profile.payoffs, scale, strict=True)),
            )
            for profile in found
        )

    def tables(self) -> tuple[Table, ...]:
        """Return how many points have how many extreme equilibria."""
        return self.batch.tables()

    def data(self) -> dict[str, Any]:
        """Return the numbers of points and equilibria; the keys are output paths."""
        return self.batch.data() | {"parameters": list(self.given)}

    def __repr__(self) -> str:
        return f"<equilibria of a family at {len(self):,} points: {self.counts.sum():,}>"


# -- reading ---------------------------------------------------------------------------


def _formula(value: object, where: str) -> Formula:
    """Return a formula given as such, as text or as a number."""
    if isinstance(value, str):
        try:
            formula = parse(value)
        except FormulaError as fault:
            raise FormulaError(fault.what, where=where, remedy=fault.remedy) from None
    elif isinstance(value, Formula):
        formula = value
    else:
        number = exact(value, where=where)
        return Formula(exact_text(number), ("number", number), (), ())
    if formula.utilities:
        party, agreement = formula.utilities[0]
        raise GameError(
            f"u({party}, {agreement}) in '{shorten(formula.text)}'",
            where=where,
            remedy="give its value as a parameter: a family knows no agreements",
        )
    return formula


def _formula_array(values: object, where: str) -> NDArray[Any]:
    """Return nested formulas as an object array."""
    shape, flat = flatten(values, where=where)
    array = np.empty(len(flat), dtype=object)
    array[:] = [_formula(value, where) for value in flat]
    return array.reshape(shape)
