"""Robustness: how far the answers hold when the numbers behind them are uncertain.

With every uncertain number drawn from its range, how likely is each verdict, equilibrium and
solution? The answers are shares of the draws, with 95 % intervals (Wilson 1927).

Points come from :mod:`~negotiation.what_if.sampling`: made from the seed alone and evaluated
exactly, so that the answers depend neither on the number of workers nor on their order.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from negotiation.analysis import ANALYSES, SOLVERS
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.exact import OrderedMap, exact_text, nearest_float, numbered
from negotiation.model.model import Model
from negotiation.results import Result, Table, Tied, fields_of, frame_of
from negotiation.stability import CRITERIA
from negotiation.what_if.outcomes import NOTHING, differing
from negotiation.what_if.points import Evaluator, checked_model
from negotiation.what_if.sampling import (
    Distribution,
    Draws,
    Failed,
    Progress,
    draw_points,
    evaluate_draws,
    full_draws,
    ranges_of,
    unit_points,
    wilson,
)

__all__ = ["Chance", "Robustness", "Spread", "robustness"]

FAILED = "could not be evaluated"
FEW = 12  # different whole numbers up to which each gets a probability of its own
QUANTILES = {"q05": Fraction(1, 20), "median": Fraction(1, 2), "q95": Fraction(19, 20)}


@dataclass(frozen=True)
class Chance:
    """How often an output had one outcome.

    Attributes
    ----------
    output, outcome : str
        The output path, and what it was: yes, no, a name, a number.
    count, draws : int
        In how many of all draws.
    low, high : float
        The 95 % interval of the probability.
    """

    output: str
    outcome: str
    count: int
    draws: int
    low: float
    high: float

    @property
    def share(self) -> Fraction:
        """The share of all draws: the estimated probability."""
        return Fraction(self.count, self.draws)


@dataclass(frozen=True)
class Spread:
    """How a numeric output is distributed over the draws in which it has a value.

    Attributes
    ----------
    output : str
        The output path.
    count : int
        Draws in which it has a value.
    mean, deviation : float
        Mean and standard deviation over these draws.
    least, q05, median, q95, most : Fraction
        Order statistics: the least value that at least 5 %, half, 95 % of the values do not
        exceed, and the ends.
    """

    output: str
    count: int
    mean: float
    deviation: float
    least: Fraction
    q05: Fraction
    median: Fraction
    q95: Fraction
    most: Fraction

    def data(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return fields_of(self, "output")


@dataclass(frozen=True)
class Robustness(Result):
    """What was found at many draws of the uncertain numbers.

    Attributes
    ----------
    model : Model
        The model.
    ranges : OrderedMap of str to Distribution
        What was drawn, by path.
    drawn : Draws
        The points and the outputs there.
    asked : int
        How many draws were asked for; Sobol points come in powers of two.
    seed : int
        Seed of the points.
    method : str
        ``"sobol"``, ``"random"`` or ``"latin"``.
    chances : tuple of Chance
        For every output that is no plain number, and for whole numbers of few values.
    spreads : tuple of Spread
        For every numeric output.
    """

    model: Model
    ranges: OrderedMap[str, Distribution]
    drawn: Draws
    asked: int
    seed: int
    method: str
    chances: tuple[Chance, ...]
    spreads: tuple[Spread, ...]

    def __len__(self) -> int:
        return len(self.drawn.points)

    @property
    def samples(self) -> tuple[tuple[Fraction, ...], ...]:
        """The drawn numbers, one row per draw, in the order of ``ranges``; exact."""
        return self.drawn.points

    @property
    def results(self) -> tuple[tuple[Any, ...], ...]:
        """The outputs, one row per draw; ``Failed`` where one could not be evaluated."""
        return self.drawn.values

    @property
    def failures(self) -> dict[str, int]:
        """Per output the number of draws in which it could not be evaluated."""
        columns = zip(*self.drawn.values, strict=True)
        return {
            output: sum(isinstance(value, Failed) for value in column)
            for output, column in zip(self.drawn.outputs, columns, strict=True)
        }

    def changes(self, draw: int) -> dict[str, Fraction]:
        """Return one draw as a mapping for ``model.override``.

        Raises
        ------
        UnknownNameError
            If there is no such draw.
        """
        own = self.drawn.points[numbered(draw, len(self), "draw")]
        return dict(zip(self.drawn.paths, own, strict=True))

    def chance(self, output: str, outcome: str = "yes") -> Chance:
        """Return how likely an outcome is; one that never occurred has a count of 0.

        Raises
        ------
        UnknownNameError
            If the output was not asked for, or is a number of many values.
        """
        own = [chance for chance in self.chances if chance.output == output]
        if not own:
            known = dict.fromkeys(chance.output for chance in self.chances)
            raise UnknownNameError.of("output with probabilities", output, known)
        for chance in own:
            if chance.outcome == outcome:
                return chance
        return _chance(output, outcome, 0, len(self))

    def short(self, chance: Chance) -> str:
        """Return an outcome in words; of several agreements what is not the same in all."""
        return self._shortened[0].get((chance.output, chance.outcome), chance.outcome)

    @cached_property
    def _shortened(self) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
        """Return short words by output and outcome, and what is the same, by output."""
        shorts: dict[tuple[str, str], str] = {}
        shared: dict[str, str] = {}
        columns = zip(*self.drawn.values, strict=True)
        for output, column in zip(self.drawn.outputs, columns, strict=True):
            kinds = list(dict.fromkeys(own for own in column if isinstance(own, Mapping)))
            parts, same = differing(kinds)
            if same is not None:
                shared[output] = _label(same, {}, yes_no=False)
                for own, part in zip(kinds, parts, strict=True):
                    whole = _label(own, {}, yes_no=False)
                    shorts[output, whole] = _label(part, {}, yes_no=False)
        return shorts, shared

    def spread(self, output: str) -> Spread:
        """Return how a numeric output is distributed.

        Raises
        ------
        UnknownNameError
            If the output was not asked for, or is no number.
        """
        for spread in self.spreads:
            if spread.output == output:
                return spread
        raise UnknownNameError.of("numeric output", output, [own.output for own in self.spreads])

    def data(self) -> dict[str, Any]:
        """Return probabilities and distributions by output."""
        outputs: dict[str, dict[str, Any]] = {path: {} for path in self.drawn.outputs}
        for own in self.chances:
            outputs[own.output].setdefault("probability", {})[own.outcome] = {
                "count": own.count,
                "share": own.share,
                "low": own.low,
                "high": own.high,
            }
        for spread in self.spreads:
            outputs[spread.output]["numbers"] = spread.data()
        for path, count in self.failures.items():
            outputs[path]["failed"] = count
        return {
            "guarantee": self.guarantee,
            "draws": len(self),
            "asked": self.asked,
            "seed": self.seed,
            "method": self.method,
            "ranges": {path: str(own) for path, own in self.ranges.items()},
            "outputs": outputs,
        }

    def tables(self) -> tuple[Table, ...]:
        """Return probabilities, numbers, failures and what was drawn."""
        notes = [
            f"{len(self):,} {self.method} draws, seed {self.seed}.",
            "low and high bound the probability with 95 % confidence.",
        ]
        if len(self) != self.asked:
            notes.append(
                f"{self.asked:,} draws were asked for: Sobol points come in powers of two, so "
                f"{len(self):,} were made."
            )
        tables = [*self._verdicts()]
        if self.chances:
            sure = {c.output for c in self.chances if c.outcome in {"does not arise", FAILED}}
            _, shared = self._shortened
            notes += [
                f"In all draws with any, {output}: {text}." for output, text in shared.items()
            ]
            rows = [
                [c.output, self.short(c), c.share, c.low, c.high]
                for c in self.chances
                if c.outcome != "no" or c.output in sure  # else it is what yes leaves
            ]
            heads = ["output", "outcome", "probability", "low", "high"]
            tables.append(Table("How likely it is", heads, rows, notes, name="probabilities"))
        if self.spreads:
            _, *names = self.spreads[0].data()
            heads = ["output", "draws", *names]
            rows = [[spread.output, *spread.data().values()] for spread in self.spreads]
            left = [] if self.chances else notes
            tables.append(Table("How the numbers vary", heads, rows, left, name="numbers"))
        rows = [
            [output, why, count]
            for output, column in zip(
                self.drawn.outputs, zip(*self.drawn.values, strict=True), strict=True
            )
            for why, count in Counter(v.why for v in column if isinstance(v, Failed)).most_common()
        ]
        if rows:
            tables.append(Table(f"What {FAILED}", ["output", "why", "draws"], rows, name="failed"))
        rows = [[path, str(own)] for path, own in self.ranges.items()]
        tables.append(
            Table("What was drawn", ["number", "distribution"], rows, name="ranges", detail=True)
        )
        return tuple(tables)

    def _verdicts(self) -> Iterator[Table]:
        """Yield the probability of a yes by agreement and criterion, if there are several."""
        found: dict[str, dict[str, Fraction | None]] = {}
        for output in self.drawn.outputs:
            steps = output.split(".")
            if steps[:2] == ["stability", "verdicts"] and steps[-1] == "holds":
                never = self.chance(output, "does not arise").count == len(self)
                share = None if never else self.chance(output).share
                found.setdefault(steps[2], {})[steps[3]] = share
        keys = [key for key in ("holds", *CRITERIA) if any(key in own for own in found.values())]
        if len(found) > 1 or len(keys) > 1:
            yield Table(
                "Probability of a yes",
                ["agreement", *keys],
                [[name, *(own.get(key) for key in keys)] for name, own in found.items()],
                ["– : the question never arises, or was not asked."],
                name="verdicts",
            )

    def to_dataframe(self, *, exact: bool = False) -> Any:
        """Return a pandas frame with one row per draw: the numbers drawn, then the outputs.

        None where an output could not be evaluated. With `exact` values stay as they are;
        otherwise numbers are floats: see :func:`negotiation.results.frame_of`.
        """
        rows = [(*p, *v) for p, v in zip(self.drawn.points, self.drawn.values, strict=True)]
        columns = (
            [None if isinstance(value, Failed) else value for value in column]
            for column in zip(*rows, strict=True)
        )
        return frame_of([*self.drawn.paths, *self.drawn.outputs], columns, exact=exact)

    def __repr__(self) -> str:
        return f"<robustness of {self.model.title!r} over {len(self):,} draws>"


def robustness(
    model: Model,
    *,
    draws: int = 1024,
    seed: int = 0,
    outputs: Iterable[str] | str | None = None,
    over: Mapping[str, object] | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    method: str = "sobol",
) -> Robustness:
    """Return how likely each verdict, equilibrium and solution is over the declared ranges.

    Parameters
    ----------
    model : Model
        The model, in a reading or as written.
    draws : int
        How many; Sobol points are rounded up to a power of two, which the result says.
    seed : int
        Any whole number from 0 upwards; the same seed gives the same answer.
    outputs : str or iterable of str, optional
        Output paths. Default: ``holds`` and every criterion but ``robust`` for each named
        agreement; counts and pure outcomes of payoff matrices; what each bargaining solution
        agrees on.
    over : mapping of str to (low, high) or Distribution or None, optional
        Ranges in place of the declared ones and beyond them, by path;
        :class:`~.sampling.Triangular` or :class:`~.sampling.Normal` for other distributions
        than the uniform; None holds a number at its value.
    jobs : int
        Processes. The answer does not depend on it.
    executor : concurrent.futures.Executor, optional
        Runs the work instead.
    progress : callable, optional
        Called with the work done and all work, in draws.
    method : str
        ``"sobol"`` (scrambled), ``"random"`` or ``"latin"``.

    Returns
    -------
    Robustness
        With guarantee ``"sampled"``. Shares are of all draws, those in which the output could
        not be evaluated among them: these have an entry of their own.

    Raises
    ------
    UnknownNameError
        For an input or output that does not exist, with close matches.
    NegotiationError
        If there is no range to draw from, a range is upside down, or `draws` is no positive
        integer.

    Notes
    -----
    Every draw is evaluated exactly. Counts and pure outcomes of a two-player matrix take some
    microseconds per draw (extra ``fast``); other outputs as long as solving their section.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = robustness(ng.load("classics/chicken"), draws=64)
    >>> found.chance("normal_form.equilibria.outcomes", "swerve/straight").share
    Fraction(1, 1)
    """
    model = checked_model(model)
    count = full_draws(draws, method)
    ranges = ranges_of(model, over)
    evaluator = Evaluator.of(model, default_outputs(model) if outputs is None else outputs)
    points = draw_points(ranges, unit_points(count, len(ranges), seed, method))
    drawn = evaluate_draws(
        evaluator, tuple(ranges), points, jobs=jobs, executor=executor, progress=progress
    )
    chances: list[Chance] = []
    spreads: list[Spread] = []
    named = {model.agreement(name): name for name in reversed(list(model.agreements))}
    for output, column in zip(drawn.outputs, zip(*drawn.values, strict=True), strict=True):
        there = [value for value in column if not _is_absent(value)]
        numeric = bool(there) and all(
            isinstance(value, (int, Fraction)) and not isinstance(value, bool) for value in there
        )
        if numeric:
            spreads.append(_spread(output, there))
        few = not numeric or (
            all(isinstance(value, int) for value in there) and len(set(there)) <= FEW
        )
        chances += _chances(output, column if few else _absent(column), count, named)
    return Robustness(
        model=model,
        ranges=OrderedMap(ranges),
        drawn=drawn,
        asked=int(draws),
        seed=int(seed),
        method=method,
        chances=tuple(chances),
        spreads=tuple(spreads),
        guarantee="sampled",
    )


def default_outputs(model: Model) -> tuple[str, ...]:
    """Return what robustness asks of a model unless told otherwise."""
    sections = {section.name for section in ANALYSES if section.applies(model)}
    found: list[str] = []
    if "stability" in sections:
        questions = ["holds", *(f"{key}.holds" for key in CRITERIA if key != "robust")]
        found += [f"stability.verdicts.{name}.{q}" for name in model.agreements for q in questions]
    for section in ("normal_form", "demand_game"):
        if section in sections:
            found += [f"{section}.equilibria.{key}" for key in ("count", "count_pure", "outcomes")]
    if "bargaining" in sections:
        found += [f"bargaining.{concept}.agreement" for concept in SOLVERS]
    if not found:
        raise NegotiationError(
            f"nothing to ask of '{model.title}' by default", remedy="name output paths in outputs="
        )
    return tuple(found)


def _is_absent(value: Any) -> bool:
    """Say whether there is no one number or outcome to count."""
    numbers = isinstance(value, Tied) and value.numeric
    return value is None or numbers or isinstance(value, Failed)


def _absent(column: Sequence[Any]) -> list[Any]:
    return [value for value in column if _is_absent(value)]


def _chance(output: str, outcome: str, count: int, draws: int) -> Chance:
    return Chance(output, outcome, count, draws, *wilson(count, draws))


def _chances(
    output: str, column: Sequence[Any], draws: int, named: Mapping[Any, str]
) -> list[Chance]:
    """Count the outcomes of one output; those of a list are its entries."""
    yes_no = output.endswith(".holds") or any(isinstance(value, bool) for value in column)
    counts: Counter[str] = Counter({"yes": 0} if yes_no else {})
    kinds = Counter(zip(map(type, column), column, strict=True))  # True is not 1 here
    for (_, value), times in kinds.items():
        entries = value if isinstance(value, tuple) and value else (value,)
        for label in {_label(entry, named, yes_no=yes_no) for entry in entries}:
            counts[label] += times
    order = sorted(counts, key=lambda label: (label == FAILED, -counts[label], label))
    if yes_no:
        order.sort(key=lambda label: label != "yes")
    return [_chance(output, label, counts[label], draws) for label in order]


def _label(value: Any, named: Mapping[Any, str], *, yes_no: bool) -> str:
    """Say one outcome."""
    if isinstance(value, Failed):
        return FAILED
    if value is None:
        return "does not arise" if yes_no else NOTHING
    if value == ():
        return "none"
    if isinstance(value, Tied):
        if value.numeric:
            return "tied"
        return " or ".join(_label(own, named, yes_no=yes_no) for own in value.values)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, Fraction)):
        return exact_text(value)
    if isinstance(value, Mapping):
        text = ", ".join(f"{key}: {_label(v, named, yes_no=False)}" for key, v in value.items())
        return named.get(value) or text
    return str(value)


def _spread(output: str, values: Sequence[Any]) -> Spread:
    ordered = sorted(map(Fraction, values))
    size = max(abs(ordered[0]), abs(ordered[-1]))
    unit = Fraction(1) if not size or 2**-400 < size < 2**400 else size  # so that squares fit
    floats = [float(value / unit) for value in ordered]
    mean = math.fsum(floats) / len(floats)
    variance = math.fsum((value - mean) ** 2 for value in floats) / max(len(floats) - 1, 1)
    cuts = {
        name: ordered[max(0, math.ceil(part * len(ordered)) - 1)]
        for name, part in QUANTILES.items()
    }
    return Spread(
        output,
        len(ordered),
        nearest_float(Fraction(mean) * unit),
        nearest_float(Fraction(math.sqrt(variance)) * unit),
        least=ordered[0],
        most=ordered[-1],
        **cuts,
    )
