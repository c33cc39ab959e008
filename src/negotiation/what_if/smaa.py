"""Acceptability of agreements when nothing is known of how parties weigh the issues.

Which agreements does each party rank first, second... over all weights it may have? Rank
acceptability indices and central weights: stochastic multicriteria acceptability analysis
(Lahdelma, Hokkanen & Salminen 1998; Lahdelma & Salminen 2001).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace
from negotiation.errors import NegotiationError
from negotiation.exact import FrozenMap, OrderedMap, common_denominator
from negotiation.formulas import parse
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.results import Result, Table
from negotiation.stability import Judge
from negotiation.what_if.points import checked_model, knob
from negotiation.what_if.sampling import (
    Distribution,
    Uniform,
    full_draws,
    unit_points,
)

__all__ = ["Acceptability", "acceptability"]


@dataclass(frozen=True)
class Acceptability(Result):
    """Rank acceptability of agreements when the parties' weights are uncertain.

    Attributes
    ----------
    agreements, parties : tuple of str
        Names.
    ranks : FrozenMap
        Party -> agreement -> share of the draws in which it has rank 1, 2, ... A rank is one
        more than the number of agreements that the party likes better: equals share a rank.
    joint : FrozenMap
        Agreement -> share of the draws in which 1, 2, ... is the worst rank that any party
        gives it.
    acceptable : FrozenMap
        Agreement -> share of the draws in which every signatory accepts it.
    central : FrozenMap
        Party -> agreement -> issue -> mean weight over the draws in which the party ranks it
        first; None where it never does.
    asked, draws, seed : int
        Draws asked for and made, and the seed.
    """

    agreements: tuple[str, ...]
    parties: tuple[str, ...]
    ranks: FrozenMap[str, FrozenMap[str, tuple[Fraction, ...]]]
    joint: FrozenMap[str, tuple[Fraction, ...]]
    acceptable: FrozenMap[str, Fraction]
    central: FrozenMap[str, FrozenMap[str, OrderedMap[str, float] | None]]
    asked: int
    draws: int
    seed: int

    def data(self) -> dict[str, Any]:
        """Return shares by party and agreement."""
        return {
            "guarantee": self.guarantee,
            "draws": self.draws,
            "asked": self.asked,
            "seed": self.seed,
            "ranks": {p: {a: list(s) for a, s in own.items()} for p, own in self.ranks.items()},
            "joint": {a: list(shares) for a, shares in self.joint.items()},
            "acceptable": dict(self.acceptable),
            "central": {
                party: {a: None if w is None else dict(w) for a, w in own.items()}
                for party, own in self.central.items()
            },
        }

    def tables(self) -> tuple[Table, ...]:
        """Return one table of ranks per party, the joint one and the central weights."""
        heads = ["agreement", *(f"rank {k + 1}" for k in range(len(self.agreements)))]
        notes = [f"{self.draws:,} Sobol draws of the weights, seed {self.seed}."]
        if self.draws != self.asked:
            notes.append(f"{self.asked:,} were asked for: Sobol points come in powers of two.")
        tables = [
            Table(
                "For all parties: the worst rank that any gives it",
                [*heads, "acceptable"],
                [[a, *self.joint[a], self.acceptable[a]] for a in self.agreements],
                [*notes, "acceptable: every signatory prefers it to no agreement."],
                name="joint_ranks",
            )
        ]
        for party in self.parties:
            rows = [[a, *self.ranks[party][a]] for a in self.agreements]
            tables.append(Table(f"In the eyes of {party}", heads, rows, name=f"ranks_{party}"))
            first = {a: w for a, w in self.central[party].items() if w is not None}
            issues = list(next(iter(first.values()), {}))
            tables.append(
                Table(
                    f"Weights with which {party} ranks it first (mean)",
                    ["agreement", *issues],
                    [[a, *weights.values()] for a, weights in first.items()],
                    name=f"central_{party}",
                    detail=True,
                )
            )
        return tuple(tables)


def acceptability(
    model: Model,
    *,
    draws: int = 1024,
    seed: int = 0,
    agreements: Iterable[str] | None = None,
    method: str = "sobol",
) -> Acceptability:
    """Return how agreements rank when it is uncertain how the parties weigh the issues.

    Parameters
    ----------
    model : Model
        A model with issues, demands and named agreements.
    draws, seed, method
        As for :func:`robustness`.
    agreements : iterable of str, optional
        Names; default all.

    Returns
    -------
    Acceptability
        With guarantee ``"sampled"``.

    Raises
    ------
    UnknownNameError
        For an agreement that does not exist.
    NegotiationError
        If there is nothing to rank, or no weight to vary.

    Notes
    -----
    A party whose demands declare ranges of weights has these drawn, uniformly and one by one,
    and the others held. The weights of any other party are uniform over all that sum to 1; an
    issue of weight 0 stays out, since the party has no stake in it. Parties are independent.
    Agreements past a party's red line rank below all others. Where a disagreement value is a
    formula of utilities, it follows the weights. All comparisons are exact.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = acceptability(ng.load("alaska/territory_for_commerce"), draws=64)
    >>> sum(found.joint["no_deal"])
    Fraction(1, 1)
    """
    model = checked_model(model)
    count = full_draws(draws, method)
    space = build.agreement_space(model)
    if isinstance(agreements, str):
        agreements = (agreements,)
    names = tuple(dict.fromkeys(model.agreements if agreements is None else agreements))
    if not names:
        raise NegotiationError(
            f"'{model.title}' names no agreements to rank", remedy="add some under agreements:"
        )
    for name in names:
        model.agreement(name)
    plans = [_plan(model, party) for party in space.parties]
    dimensions = sum(plan.dimensions for plan in plans)
    if not dimensions:
        raise NegotiationError(
            f"no weights to vary in '{model.title}': every party has a single issue",
            remedy="add demands on further issues, or use robustness() for other numbers",
        )
    unit = unit_points(count, dimensions, seed, method)
    weights: dict[str, NDArray[Any]] = {}
    start = 0
    for plan in plans:
        weights[plan.party] = plan.weights(unit[:, start : start + plan.dimensions])
        start += plan.dimensions
    judge = _Weighing(model, space, weights)
    inside = {
        party: np.array([not space.crossed(party, model.agreement(name)) for name in names])
        for party in space.parties
    }
    ranks = {party: _ranks(judge.values(party, names), inside[party]) for party in space.parties}
    accepted = np.ones((count, len(names)), dtype=bool)
    for party in Judge(model, space).signatories:
        accepted &= judge.gains(party, names) & inside[party]
    worst = np.max(list(ranks.values()), axis=0)
    return Acceptability(
        agreements=names,
        parties=space.parties,
        ranks=FrozenMap({party: FrozenMap(_shares(names, own)) for party, own in ranks.items()}),
        joint=FrozenMap(_shares(names, worst)),
        acceptable=FrozenMap(
            {name: Fraction(int(accepted[:, k].sum()), count) for k, name in enumerate(names)}
        ),
        central=FrozenMap(
            {plan.party: _central(plan, names, weights, ranks[plan.party]) for plan in plans}
        ),
        asked=int(draws),
        draws=count,
        seed=int(seed),
        guarantee="sampled",
    )


@dataclass(frozen=True)
class _Plan:
    """How the weights of one party are drawn."""

    party: str
    issues: tuple[str, ...]
    fixed: tuple[Fraction, ...]
    ranges: FrozenMap[int, Distribution]

    @property
    def dimensions(self) -> int:
        return len(self.ranges) or len(self.issues) - 1

    def weights(self, unit: NDArray[np.float64]) -> NDArray[Any]:
        """Return integers in the proportion of the weights, shape (draws, issues)."""
        if self.ranges:
            columns = [[value] * len(unit) for value in self.fixed]
            for column, (place, own) in enumerate(self.ranges.items()):
                columns[place] = own.values(unit[:, column])
        else:  # the gaps between sorted uniform numbers are uniform over all that sum to 1
            drawn = [Uniform(0, 1).values(unit[:, k]) for k in range(len(self.issues) - 1)]
            cuts = [[Fraction(0), *sorted(row), Fraction(1)] for row in zip(*drawn, strict=True)]
            if not cuts:
                cuts = [[Fraction(0), Fraction(1)]] * len(unit)
            gaps = [[b - a for a, b in itertools.pairwise(row)] for row in cuts]
            columns = [list(column) for column in zip(*gaps, strict=True)]
        scale = common_denominator(value for column in columns for value in column)
        return np.array([[int(v * scale) for v in column] for column in columns], dtype=object).T


def _plan(model: Model, party: str) -> _Plan:
    block = {issue: model.number(demand.weight) for issue, demand in model.demands[party].items()}
    knobs = {issue: knob(model, f"demands.{party}.{issue}.weight") for issue in block}
    free = {issue for issue, own in knobs.items() if own.ranged}
    issues = tuple(issue for issue, value in block.items() if value or issue in free)
    ranges = {
        place: Uniform(knobs[issue].low, knobs[issue].high)
        for place, issue in enumerate(issues)
        if issue in free
    }
    for own in ranges.values():
        if own.low < 0 or (own.low == 0 and len(issues) == len(ranges)):
            raise NegotiationError(
                f"the weights of {party} may all be 0 or below",
                remedy="declare ranges of weights above 0",
            )
    fixed = tuple(block[issue] for issue in issues)
    return _Plan(party, issues, fixed, FrozenMap(ranges))


class _Weighing:
    """Utilities of named agreements under drawn weights, in integers."""

    def __init__(
        self, model: Model, space: AgreementSpace, weights: Mapping[str, NDArray[Any]]
    ) -> None:
        self.model, self.space, self.weights = model, space, weights
        self.plans = {party: _plan(model, party) for party in space.parties}

    def values(self, party: str, names: Sequence[str]) -> NDArray[Any]:
        """Return utilities times :meth:`scale`, shape (draws, agreements)."""
        return self._scaled(party, names)[0]

    def gains(self, party: str, names: Sequence[str]) -> NDArray[np.bool_]:
        """Return whether the party gets at least its disagreement value."""
        values, scale = self._scaled(party, names)
        ends = [self._disagreement(party, draw) for draw in range(len(values))]
        above = [
            [value * end.denominator >= end.numerator * unit for value in row]
            for row, end, unit in zip(values.tolist(), ends, scale.tolist(), strict=True)
        ]
        return np.array(above, dtype=bool)

    def _scaled(self, party: str, names: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any]]:
        plan, own = self.plans[party], self.weights[party]
        scores, extras = [], []
        for name in names:
            agreement = self.model.agreement(name)
            scores.append([self._score(party, issue, agreement[issue]) for issue in plan.issues])
            extras.append(
                sum(
                    (
                        term.amount
                        for term in self.space.terms
                        if term.party == party
                        and all(agreement[issue] in among for issue, among in term.when.items())
                    ),
                    Fraction(0),
                )
            )
        below = common_denominator([*(v for row in scores for v in row), *extras])
        table = np.array([[int(v * below) for v in row] for row in scores], dtype=object).T
        more = np.array([int(value * below) for value in extras], dtype=object)
        total = own.sum(axis=1)
        return own @ table + total[:, None] * more, total * below

    def _score(self, party: str, issue: str, option: str) -> Fraction:
        demand = self.model.demands[party][issue]
        options = list(self.model.issues[issue].options)
        return build.scores(self.model, self.model.issues[issue], demand)[options.index(option)]

    def _disagreement(self, party: str, draw: int) -> Fraction:
        """Return what the party gets without agreement, under the weights of one draw."""
        value = self.model.spec.disagreement[party].value
        if isinstance(value, Fraction):
            return value
        formula = parse(value)
        if not formula.utilities:
            return self.space.disagreement[party]

        def utility(other: str, agreement: str) -> Fraction:
            values, scale = self._cached(other, agreement)
            return Fraction(values[draw, 0], scale[draw])

        return formula.value(self.model.parameters, utility)

    def _cached(self, party: str, agreement: str) -> tuple[NDArray[Any], NDArray[Any]]:
        known: dict[tuple[str, str], Any] = self.__dict__.setdefault("_known", {})
        if (party, agreement) not in known:
            known[party, agreement] = self._scaled(party, [agreement])
        found: tuple[NDArray[Any], NDArray[Any]] = known[party, agreement]
        return found


def _ranks(values: NDArray[Any], inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return each agreement's rank in each draw: one more than the number of better ones."""
    ranks = np.ones(values.shape, dtype=np.int64)
    for k in range(values.shape[1]):
        better = (values > values[:, k : k + 1]).astype(bool)
        better = (better & (inside == inside[k])) | (inside & ~inside[k])
        ranks[:, k] += better.sum(axis=1)
    return ranks


def _shares(names: Sequence[str], ranks: NDArray[np.int64]) -> dict[str, tuple[Fraction, ...]]:
    return {
        name: tuple(
            Fraction(int((ranks[:, k] == rank).sum()), len(ranks))
            for rank in range(1, len(names) + 1)
        )
        for k, name in enumerate(names)
    }


def _central(
    plan: _Plan,
    names: Sequence[str],
    weights: Mapping[str, NDArray[Any]],
    ranks: NDArray[np.int64],
) -> FrozenMap[str, OrderedMap[str, float] | None]:
    """Return the mean weights of the draws in which each agreement ranks first."""
    own = weights[plan.party]
    shares = (own / own.sum(axis=1)[:, None]).astype(np.float64)
    found: dict[str, OrderedMap[str, float] | None] = {}
    for k, name in enumerate(names):
        chosen = shares[ranks[:, k] == 1]
        means = [math.fsum(column) / len(chosen) for column in chosen.T] if len(chosen) else []
        found[name] = OrderedMap(zip(plan.issues, means, strict=True)) if means else None
    return FrozenMap(found)
