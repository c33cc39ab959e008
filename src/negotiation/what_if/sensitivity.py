"""Sensitivity: which uncertain numbers drive an output.

First-order and total Sobol indices: the part of the output's variance that is gone on average
once one number is known, and the part that is left when all others are known (Sobol' 1993;
Saltelli et al. 2010). The points are laid out here, from Sobol points, so that they stay exact;
the estimators and their intervals are those of SALib (extra ``sensitivity``).
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np

from negotiation.errors import NegotiationError, UnknownNameError, shorten
from negotiation.exact import exact_text, show
from negotiation.model.model import Model
from negotiation.results import Result, Table, fields_of
from negotiation.what_if.points import Evaluator, checked_model, number
from negotiation.what_if.sampling import (
    Draws,
    Failed,
    Progress,
    draw_points,
    evaluate_draws,
    full_draws,
    ranges_of,
    unit_points,
)

__all__ = ["Driver", "Sensitivity", "sensitivity"]

FAILED = "could not be evaluated"
LARGEST = 2**500  # whose squares are still floats
RESAMPLES = 200  # for the confidence intervals of Sobol indices


@dataclass(frozen=True)
class Driver:
    """How much one number drives an output.

    Attributes
    ----------
    path : str
        The number.
    first, first_error : float
        First-order Sobol index, and half the width of its 95 % interval.
    total, total_error : float
        Total Sobol index, and half the width of its 95 % interval.
    """

    path: str
    first: float
    first_error: float
    total: float
    total_error: float

    def data(self) -> dict[str, float]:
        """Return the indices by name."""
        return fields_of(self, "path")


@dataclass(frozen=True)
class Sensitivity(Result):
    """Sobol indices of one output.

    Attributes
    ----------
    output : str
        The output.
    drivers : tuple of Driver
        By total index, largest first.
    mean, variance : float
        Of the output over the draws; a yes is 1, a no is 0.
    asked, draws, evaluations : int
        Base draws asked for and made, and points evaluated: draws times (numbers + 2).
    seed : int
        Seed of the points.
    """

    output: str
    drivers: tuple[Driver, ...]
    mean: float
    variance: float
    asked: int
    draws: int
    evaluations: int
    seed: int

    def driver(self, path: str) -> Driver:
        """Return the indices of one number.

        Raises
        ------
        UnknownNameError
            If it was not varied.
        """
        for own in self.drivers:
            if own.path == path:
                return own
        raise UnknownNameError.of("number", path, [own.path for own in self.drivers])

    def data(self) -> dict[str, Any]:
        """Return the indices by path."""
        return {
            "guarantee": self.guarantee,
            "output": self.output,
            "mean": self.mean,
            "variance": self.variance,
            "asked": self.asked,
            "draws": self.draws,
            "evaluations": self.evaluations,
            "seed": self.seed,
            "drivers": {own.path: own.data() for own in self.drivers},
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the indices, largest first."""
        notes = [
            f"{self.evaluations:,} evaluations ({self.draws:,} base draws, seed {self.seed}).",
            "first: what the number explains alone; total: together with others.",
            "±: half the width of the 95 % interval.",
        ]
        if self.draws != self.asked:
            notes.append(f"{self.asked:,} base draws were asked for: powers of two are made.")
        if not self.variance:
            notes.append("The output is the same at every draw: nothing drives it.")
        rows = [[own.path, *own.data().values()] for own in self.drivers]
        heads = ["number", "first", "±", "total", "± "]
        title = f"What drives {self.output}"
        return (Table(title, heads, rows, notes, name="drivers"),)


def sensitivity(
    model: Model,
    output: str,
    *,
    draws: int = 1024,
    seed: int = 0,
    over: Mapping[str, object] | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Sensitivity:
    """Return which uncertain numbers drive an output: Sobol indices (extra ``sensitivity``).

    Parameters
    ----------
    model : Model
        The model.
    output : str
        The path of a number, or of a yes or no, which counts as 1 or 0.
    draws : int
        Base draws, rounded up to a power of two; each takes one evaluation per number and two.
    seed : int
        Any whole number from 0 upwards.
    over, jobs, executor, progress
        As for :func:`robustness`.

    Raises
    ------
    NegotiationError
        If SALib is missing, or the output is no number at some draw; and as for
        :func:`robustness`.

    Notes
    -----
    Saltelli's design: two independent halves A and B of Sobol points of twice as many
    dimensions, and A with one column of B at a time; estimators and bootstrap intervals by
    SALib (Saltelli et al. 2010, table 2 b and f).

    Examples
    --------
    >>> import negotiation as ng
    >>> payoff = "normal_form.equilibria.profiles.2.payoffs.first"
    >>> found = sensitivity(ng.load("classics/chicken"), payoff, draws=64)
    >>> found.drivers[0].path
    'parameters.crash'
    """
    try:
        sobol = importlib.import_module("SALib.analyze.sobol")  # an optional extra
    except ImportError:
        raise NegotiationError(
            "Sobol indices need SALib, which is not installed",
            remedy="install it: pip install 'negotiation[sensitivity]'",
        ) from None
    model = checked_model(model)
    count = full_draws(draws)
    ranges = ranges_of(model, over)
    if not isinstance(output, str):
        raise NegotiationError(
            f"'{shorten(output)}' is no output path", remedy="name one output path"
        )
    evaluator = Evaluator.of(model, output)
    number(evaluator({})[0], output)
    width = len(ranges)
    unit = unit_points(count, 2 * width, seed)
    blocks = [unit[:, :width]]
    for k in range(width):
        mixed = unit[:, :width].copy()
        mixed[:, k] = unit[:, width + k]
        blocks.append(mixed)
    blocks.append(unit[:, width:])
    design = np.stack(blocks, axis=1).reshape(-1, width)  # per base draw: A, A with one of B, B
    points = draw_points(ranges, design)
    drawn = evaluate_draws(
        evaluator, tuple(ranges), points, jobs=jobs, executor=executor, progress=progress
    )
    values = np.array([_numeric(row[0], output, drawn, k) for k, row in enumerate(drawn.values)])
    zero = np.zeros(width)
    indices = {"S1": zero, "S1_conf": zero, "ST": zero, "ST_conf": zero}
    if np.ptp(values) > 0:
        problem = {"num_vars": width, "names": list(ranges), "bounds": [[0, 1]] * width}
        with warnings.catch_warnings():  # of halves A and B that happen to be constant
            warnings.filterwarnings("ignore", "Constant values", UserWarning)
            indices = sobol.analyze(
                problem,
                values,
                calc_second_order=False,
                num_resamples=RESAMPLES,
                seed=int(seed) + 1,  # SALib takes 0 for no seed
            )
    drivers = [
        Driver(path, *(float(indices[key][k]) for key in ("S1", "S1_conf", "ST", "ST_conf")))
        for k, path in enumerate(ranges)
    ]
    return Sensitivity(
        output=output,
        drivers=tuple(sorted(drivers, key=lambda own: -own.total)),
        mean=float(values.mean()),
        variance=float(values.var()),
        asked=int(draws),
        draws=count,
        evaluations=len(points),
        seed=int(seed),
        guarantee="sampled",
    )


def _numeric(value: Any, output: str, drawn: Draws, draw: int) -> float:
    """Return an output as a number, or say at which point it is none."""
    place = ", ".join(
        f"{path}={exact_text(at)}" for path, at in zip(drawn.paths, drawn.points[draw], strict=True)
    )
    if isinstance(value, Failed):
        raise NegotiationError(
            f"{output} {FAILED}: {value.why}",
            where=shorten(place, 300),
            remedy="narrow the ranges with over=, or ask for an output that exists everywhere",
        )
    try:
        found = number(value, output)
    except NegotiationError as fault:
        raise NegotiationError(fault.what, where=shorten(place, 300), remedy=fault.remedy) from None
    if abs(found) > LARGEST:
        raise NegotiationError(
            f"{output} is {show(found)}, whose square is beyond the range of floats",
            where=shorten(place, 300),
            remedy="rescale the numbers, or narrow the ranges with over=",
        )
    return float(found)
