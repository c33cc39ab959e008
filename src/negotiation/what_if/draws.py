"""Verdicts on a few agreements at many points of a model's parameters.

A draw sets some numbers of a model; the question is which of the criteria of the verdict table
each candidate meets there. The answers are those of :class:`negotiation.stability.judge.Judge`,
exactly, ties included; only the way there differs:

- a draw replaces numbers in a model that is known to be valid, computes those that follow them,
  and checks what depends on numbers only (formulas, weights, patience, lag); where such a check
  fails, the model itself is asked what is wrong;
- utilities are integers over a common denominator. With the scores of a party fixed, only the
  amounts of its interactions vary: agreements of the same score that meet the same interactions
  then have the same utility at every draw, and one number is computed for all of them. A party
  whose numbers did not change keeps them;
- with all scores fixed, what dominates an agreement is looked for among the agreements that are
  maximal among those that meet the same interactions, which are the same ones at every draw;
- stability is judged from the neighbourhoods of the candidates
  (:mod:`~negotiation.what_if.neighbourhoods`), not over the whole graph.

See :mod:`~negotiation.what_if.numbers` and :mod:`~negotiation.what_if.kinds`.

The general way (override the model, then ask the judge) is taken where a path names no plain
number of the model, where integers do not fit 64 bits, and for ``robust``: right, and slow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace
from negotiation.bargaining.maximal import maximal
from negotiation.conflict_graph.moves import Values
from negotiation.errors import NegotiationError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, exact, read_only
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.stability import CRITERIA
from negotiation.stability.judge import Judge
from negotiation.stability.table import GRAPH
from negotiation.what_if.kinds import Ordering, Scores, numbered
from negotiation.what_if.neighbourhoods import Neighbourhoods, Preference
from negotiation.what_if.numbers import Numbers, Point
from negotiation.what_if.points import checked_model, input_path

__all__ = ["JudgedDraws", "VerdictDraws"]

MAX_GROUPS = 256
"""Different sets of interactions met, up to which rivals are sought in each."""

Marks = NDArray[np.int8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class JudgedDraws:
    """Verdicts by criterion, draw and agreement.

    Attributes
    ----------
    verdicts : FrozenMap
        Criterion -> read-only int8 array, shape (draws, agreements): 1 where the criterion is
        met, 0 where it is not, -1 where the question does not arise or the draw failed.
    failures : tuple of (int, str)
        Draws at which the model has no meaning, ascending, and why.
    """

    verdicts: FrozenMap[str, Marks]
    failures: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class VerdictDraws:
    """Judges some agreements of a model at many values of some of its inputs; picklable.

    Attributes
    ----------
    model : Model
        The model as it stands.
    agreements : tuple of FrozenMap
        The agreements, each issue -> option.
    criteria : tuple of str
        Among :data:`negotiation.stability.CRITERIA`.
    paths : tuple of str
        The inputs that a point gives values to.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("alaska/territory_for_commerce")
    >>> deals = ["no_deal", "commerce_first"]
    >>> draws = VerdictDraws.of(model, deals, ["acceptable"], ["parameters.ru_war"])
    >>> found = draws.judge([["0.1"], ["0.9"]])
    >>> found.verdicts["acceptable"].tolist(), found.failures
    ([[0, 1], [0, 0]], ())
    """

    model: Model
    agreements: tuple[FrozenMap[str, str], ...]
    criteria: tuple[str, ...]
    paths: tuple[str, ...]

    @classmethod
    def of(
        cls,
        model: object,
        agreements: Sequence[str | Mapping[str, str]],
        criteria: Sequence[str] | None = None,
        paths: Sequence[str] = (),
    ) -> VerdictDraws:
        """Check agreements, criteria and paths against a model.

        Parameters
        ----------
        model : Model
            A model with issues and demands.
        agreements : sequence of str or mapping
            Named agreements, or issue -> option for every issue.
        criteria : sequence of str, optional
            Default: all but ``robust``.
        paths : sequence of str
            Input paths.

        Raises
        ------
        UnknownNameError
            For an agreement, option, criterion or path that does not exist.
        NegotiationError
            If there is no agreement or criterion, or a path is given twice.
        """
        model = checked_model(model)
        space = build.agreement_space(model)
        found = []
        for agreement in agreements:
            named = model.agreement(agreement) if isinstance(agreement, str) else agreement
            if not isinstance(named, Mapping):
                raise NegotiationError(
                    f"'{shorten(named)}' is no agreement",
                    remedy="give its name, or an option for every issue",
                )
            found.append(space.agreement(space.index(named)))
        chosen = tuple(key for key in CRITERIA if key != "robust")
        if criteria is not None:
            chosen = tuple(dict.fromkeys(criteria))
        for key in chosen:
            if key not in CRITERIA:
                raise UnknownNameError.of("criterion", key, CRITERIA)
        if not found or not chosen:
            what = "criteria" if found else "agreements"
            raise NegotiationError(f"no {what} to judge", remedy="name at least one")
        inputs = tuple(input_path(model, path) for path in paths)
        if len(set(inputs)) < len(inputs):
            twice = next(path for k, path in enumerate(inputs) if path in inputs[:k])
            raise NegotiationError(f"{twice} is given twice", remedy="name each path once")
        return cls(model, tuple(found), chosen, inputs)

    def judge(
        self,
        points: Sequence[Sequence[object]],
        progress: Callable[[int], object] | None = None,
    ) -> JudgedDraws:
        """Judge every agreement at every point.

        Parameters
        ----------
        points : sequence of sequences of numbers
            ``points[d][k]`` is the value of ``paths[k]`` in draw d.
        progress : callable, optional
            Called with the number of draws done after each draw.

        Returns
        -------
        JudgedDraws

        Raises
        ------
        NegotiationError
            If a point has another length than `paths`, or a value is no number.
        """
        shape = (len(points), len(self.agreements))
        arrays = {key: np.full(shape, -1, dtype=np.int8) for key in self.criteria}
        failures: list[tuple[int, str]] = []
        for draw, point in enumerate(points):
            if len(point) != len(self.paths):
                raise NegotiationError(
                    f"{len(point)} values for {len(self.paths)} paths",
                    where=f"draw {draw}",
                    remedy="give one value for every path",
                )
            values = tuple(
                exact(value, where=f"draw {draw}, {path}")
                for path, value in zip(self.paths, point, strict=True)
            )
            try:
                row = self._kit.row(values)
            except NegotiationError as error:
                failures.append((draw, str(error)))
            else:
                for key, array in arrays.items():
                    array[draw] = row[key]
            if progress is not None:
                progress(draw + 1)
        return JudgedDraws(
            FrozenMap({key: read_only(array) for key, array in arrays.items()}), tuple(failures)
        )

    @cached_property
    def _kit(self) -> _Kit:
        return _Kit(self)

    def __reduce__(self) -> tuple[object, ...]:
        return VerdictDraws, (self.model, self.agreements, self.criteria, self.paths)


# ---- draws ------------------------------------------------------------------------------


@dataclass(eq=False)
class _Kit:
    """What the draws of one :class:`VerdictDraws` share, in one process."""

    asked: VerdictDraws
    draw: int = 0
    stakes: dict[str, tuple[int, list[tuple[int, int]]]] = field(default_factory=dict)

    # ---- structure ------------------------------------------------------------------------

    @cached_property
    def base(self) -> AgreementSpace:
        """The space of the model as it stands."""
        return build.agreement_space(self.asked.model)

    @cached_property
    def numbers(self) -> Numbers | None:
        """The model's numbers; None where a path names none."""
        return Numbers.of(self.asked.model, self.asked.paths)

    @cached_property
    def parties(self) -> dict[str, Ordering] | None:
        """The parties; None where the integers of one do not fit 64 bits."""
        found = {}
        for name in self.base.parties:
            scores = Scores(self.base.scores[name])
            if not scores.fits:
                return None
            assert self.numbers is not None
            varies = bool(self.numbers.varying("demands", name))
            found[name] = Ordering(self.base, name, scores, varies)
        return found

    @cached_property
    def around(self) -> Neighbourhoods:
        """The agreements' neighbourhoods."""
        graph = build.issue_graph(self.asked.model, self.base)
        return Neighbourhoods(graph, tuple(map(self.base.index, self.asked.agreements)))

    @cached_property
    def signatories(self) -> list[int]:
        """Numbers of the parties whose acceptance counts."""
        names = Judge(self.asked.model, self.base).signatories
        return [self.base.parties.index(name) for name in names]

    @cached_property
    def rivals(self) -> Values | None:
        """Agreements one of which dominates whatever is dominated; None for all.

        Where no scores vary, the maximal ones among those that meet the same interactions: the
        amounts move these by as much, and do not change what is maximal among them.
        """
        assert self.parties is not None
        parties = [*self.parties.values()]
        if any(party.varies for party in parties):
            return None
        orders = [party.order for party in parties]
        groups = numbered(
            [np.zeros(self.base.size, dtype=bool), *(m for p in parties for m in p.meets)]
        )
        if groups.max() >= MAX_GROUPS:
            return None
        found = []
        for group in range(groups.max() + 1):
            members = (groups == group).nonzero()[0]
            members = members[maximal([order[members] for order in orders])]
            columns = np.stack([order[members] for order in orders])
            found.append(members[np.unique(columns, axis=1, return_index=True)[1]])
        return np.concatenate(found)

    # ---- one draw -------------------------------------------------------------------------

    def row(self, values: tuple[Fraction, ...]) -> dict[str, Any]:
        """Return criterion -> a mark for each agreement.

        Raises
        ------
        NegotiationError
            If the model has no meaning there.
        """
        asked = self.asked
        point = None
        if "robust" not in asked.criteria and self.numbers is not None:
            point = self.numbers.at(values)
        if point is None:
            return self._slow(asked.model.override(dict(zip(asked.paths, values, strict=True))))
        keys = self._keys(point)
        if keys is None:
            return self._slow(point.model)
        around, wanted = self.around, asked.criteria
        leaving = around.leaving(keys)
        found: dict[str, Any] = {}
        if "acceptable" in wanted:
            found["acceptable"] = ~leaving[self.signatories].any(axis=0)
        if "ratifiable" in wanted:
            found["ratifiable"] = self._ratifiable(point)
        if "self_enforcing" in wanted:
            found["self_enforcing"] = self._self_enforcing(point)
        if "efficient" in wanted:
            assert self.parties is not None
            made = [party.made for party in self.parties.values()]
            found["efficient"] = around.efficient(keys, made, self.rivals)
        if "coalition_proof" in wanted:
            found["coalition_proof"] = around.coalition_proof(keys, leaving)
        concepts = [concept for concept in GRAPH if concept in wanted]
        return found | around.stable(concepts, keys, leaving)

    def _slow(self, model: Model) -> dict[str, Any]:
        judge = Judge(model, build.agreement_space(model))
        marks: dict[bool | None, int] = {True: 1, False: 0, None: -1}
        return {
            key: [marks[judge.verdict(key, agreement).holds] for agreement in self.asked.agreements]
            for key in self.asked.criteria
        }

    def _keys(self, point: Point) -> list[Preference] | None:
        """Return each party's preference; None where integers do not fit."""
        if self.parties is None:
            return None
        self.draw += 1
        keys = []
        for name, party in self.parties.items():
            scores = (point.space if party.varies else self.base).scores[name]
            amounts = tuple(point.number("interactions", k, "amount") for k in party.terms)
            if not party.renew(scores, amounts, self.draw):
                return None
            keys.append(party.preference(point.number("disagreement", name)))
        return keys

    # ---- ratification -----------------------------------------------------------------------

    def _heard(self, model: Model, space: AgreementSpace) -> dict[str, list[Fraction | None]]:
        """Return what each ratifier's own demands say of the agreements.

        0 for one without, and None past a red line, whatever the utility.
        """
        voices = build.voices(model, space)
        return {
            name: [
                None
                if voice.crossed(party, agreement)
                else (
                    voice.utility(party, agreement)
                    if model.ratifiers[name].demands
                    else Fraction(0)
                )
                for agreement in self.asked.agreements
            ]
            for name, (voice, party) in voices.items()
        }

    @cached_property
    def _heard_always(self) -> dict[str, list[Fraction | None]] | None:
        """That, where it does not vary."""
        assert self.numbers is not None
        names = self.asked.model.ratifiers
        if any(self.numbers.varying("ratifiers", name, "demands") for name in names):
            return None
        return self._heard(self.asked.model, self.base)

    def _ratifiable(self, point: Point) -> Any:
        ratifiers = self.asked.model.ratifiers
        if not ratifiers:
            return -1
        assert self.parties is not None
        passed = [True] * len(self.asked.agreements)
        heard = self._heard_always
        if heard is None:
            heard = self._heard(point.model, point.space)
        for name, part in ratifiers.items():
            least = point.number("ratifiers", name, "at_least")
            values: list[Any] = heard[name]
            if not part.demands:
                party = self.parties[part.of]
                least *= party.scale
                utilities = party.worth(self.around.array).tolist()
                values = [
                    None if value is None else utility
                    for value, utility in zip(values, utilities, strict=True)
                ]
            for k, value in enumerate(values):
                passed[k] = passed[k] and value is not None and value >= least
        return passed

    # ---- self-enforcement -------------------------------------------------------------------

    @cached_property
    def _drifts(self) -> dict[str, list[tuple[int, ...]]]:
        """By party and agreement the numbers of the drift terms that count."""
        section = self.asked.model.spec.commitment
        terms = build.terms(self.asked.model, section.drift) if section else ()
        return {
            name: [
                tuple(
                    k
                    for k, term in enumerate(terms)
                    if term.party == name
                    and all(agreement[issue] in options for issue, options in term.when.items())
                )
                for agreement in self.asked.agreements
            ]
            for name in self.base.parties
        }

    def _self_enforcing(self, point: Point) -> Any:
        model = self.asked.model
        section = model.spec.commitment
        patient = [
            name
            for name, party in model.parties.items()
            if party.patience is not None and name in self.base.parties
        ]
        if section is None or not patient:
            return -1
        assert self.parties is not None
        lag = int(point.number("commitment", "lag"))
        kept = [True] * len(self.asked.agreements)
        for name in patient:
            party = self.parties[name]
            if section.punishment == "disagreement":
                after = point.number("disagreement", name)
            else:
                state = self.base.index(model.agreement(section.punishment))
                after = Fraction(int(party.worth(state)), party.scale)
            share = point.number("parties", name, "patience") ** lag
            p, q = share.numerator, share.denominator
            freed = self._freed[self.base.parties.index(name)]
            ends: dict[tuple[int, ...], Fraction] = {}
            stakes = zip(self._stakes(party), self._drifts[name], strict=True)
            for k, ((keep, best), drift) in enumerate(stakes):
                kept[k] = kept[k] and not freed[k]
                if kept[k]:
                    if drift not in ends:
                        amounts = (point.number("commitment", "drift", t, "amount") for t in drift)
                        ends[drift] = sum(amounts, after)
                    punish = ends[drift]
                    left = (q * keep - (q - p) * best) * punish.denominator
                    kept[k] = left >= p * punish.numerator * party.scale
        return kept

    @cached_property
    def _switches(self) -> list[tuple[Values, Values]]:
        """By party the best switches of each agreement by red lines, keeping it among them.

        One agreement after the other, and where each begins.
        """
        around, found = self.around, []
        for number, name in enumerate(self.base.parties):
            inside = self.base.within_red_lines(name)
            rows = []
            for state in around.states:
                ends = np.append(state, around.reach(state, number))
                ends = ends[ends < around.last]
                rows.append(ends[inside[ends] == inside[ends].max()])
            found.append((np.concatenate(rows), np.cumsum([0, *map(len, rows[:-1])])))
        return found

    @cached_property
    def _freed(self) -> list[list[bool]]:
        """By party and agreement whether its best switch leaves a red line of its own behind."""
        found = []
        for (ends, starts), name in zip(self._switches, self.base.parties, strict=True):
            inside = self.base.within_red_lines(name)
            found.append((inside[ends[starts]] & ~inside[self.around.array]).tolist())
        return found

    def _stakes(self, party: Ordering) -> list[tuple[int, int]]:
        """Return, for each agreement, what a party gets by keeping it and by the best switch."""
        made, found = self.stakes.get(party.name, (-1, []))
        if made != party.made:
            ends, starts = self._switches[self.base.parties.index(party.name)]
            worth = party.worth(ends)
            best = np.maximum.reduceat(worth, starts)
            keep = party.worth(self.around.array)
            found = list(zip(keep.tolist(), best.tolist(), strict=True))
            self.stakes[party.name] = party.made, found
        return found
