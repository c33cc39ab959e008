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

The general way (override the model, then ask the judge) is taken where a path names no plain
number of the model, where integers do not fit 64 bits, and for ``robust``: right, and slow.
"""

from __future__ import annotations

import dataclasses
import math
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
from negotiation.exact import FrozenMap, common_denominator, exact, read_only
from negotiation.formulas import Formula, parse
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.parts import QuantityPart, walk_parts
from negotiation.stability import CRITERIA
from negotiation.stability.judge import Judge
from negotiation.stability.table import GRAPH
from negotiation.what_if.neighbourhoods import Neighbourhoods, Preference
from negotiation.what_if.points import checked_model, input_path

__all__ = ["JudgedDraws", "VerdictDraws"]

ROOM = 2**57
"""Bound on twice a utility in integers, so that red lines can be told apart below it."""
DROP = 2**60
"""By how much an agreement past a red line is lowered."""
MAX_LAG = 100
MAX_GROUPS = 256
"""Different sets of interactions met, up to which rivals are sought in each."""
WEIGHTS = frozenset({("demands", 4), ("ratifiers", 5)})
"""Where weights stand: the first step to them, and how many there are."""

Marks = NDArray[np.int8]
Mask = NDArray[np.bool_]
Place = tuple[Any, ...]


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


# ---- numbers at a point -----------------------------------------------------------------


def _replaced(node: Any, steps: Place, value: Fraction) -> Any:
    """Return a tree of parts with one quantity's value replaced."""
    if not steps:
        return dataclasses.replace(node, value=value)
    step, rest = steps[0], steps[1:]
    if isinstance(node, Mapping):
        return type(node)({**node, step: _replaced(node[step], rest, value)})  # type: ignore[call-arg]  # every mapping of the parts is built from a dict
    if isinstance(node, tuple):
        return (*node[:step], _replaced(node[step], rest, value), *node[step + 1 :])
    return dataclasses.replace(node, **{step: _replaced(getattr(node, step), rest, value)})


@dataclass(frozen=True, eq=False)
class _Numbers:
    """The numbers of a model at many points: those that no point changes are computed once.

    Attributes
    ----------
    model : Model
        The model as it stands.
    quantities : dict
        Its numbers, by their places in the parts.
    places : tuple of places
        Where each value of a point goes.
    """

    model: Model
    quantities: dict[Place, QuantityPart]
    places: tuple[Place, ...]

    @classmethod
    def of(cls, model: Model, paths: Sequence[str]) -> _Numbers | None:
        """Find the places of some paths; None where one is no plain number of the model."""
        quantities = {
            place: part for place, part in walk_parts(model.spec) if isinstance(part, QuantityPart)
        }
        places = {".".join(map(str, place)): place for place in quantities}
        try:
            found = tuple(places[path] for path in paths)
            for place in found:
                _replaced(model.spec, place, Fraction(1))
        except (AttributeError, KeyError, TypeError):
            return None
        return cls(model, quantities, found)

    @cached_property
    def _formulas(self) -> dict[Place, Formula]:
        """The formulas of the model in which points leave them."""
        return {
            place: parse(part.value)
            for place, part in self.quantities.items()
            if isinstance(part.value, str) and place not in self.places
        }

    @cached_property
    def following(self) -> dict[Place, Formula]:
        """The formulas of parameters only that follow a point, each after those it needs."""
        follow = {place[1] for place in self.places if place[0] == "parameters"}
        found = {}
        pending = {place[1]: place for place in self._formulas if place[0] == "parameters"}
        while pending:
            for name, place in list(pending.items()):
                formula = self._formulas[place]
                if not pending.keys() & {*formula.names}:
                    del pending[name]
                    if not follow.isdisjoint(formula.names):
                        follow.add(name)
                        found[place] = formula
        return found | {
            place: formula
            for place, formula in self._formulas.items()
            if not formula.utilities and not follow.isdisjoint(formula.names)
        }

    @cached_property
    def constant(self) -> dict[Place, Fraction]:
        """The numbers that no point changes."""
        return {
            place: self.model.number(part)
            for place, part in self.quantities.items()
            if place not in self.places
            and place not in self.following
            and (place not in self._formulas or not self._formulas[place].utilities)
        }

    def varying(self, *start: str) -> list[Place]:
        """Return the places, below a given one, of numbers that a point may change."""
        length = len(start)
        return [
            place
            for place in self.quantities
            if place[:length] == start and place not in self.constant
        ]

    @cached_property
    def _patience(self) -> list[Place]:
        return [place for place in self.varying("parties") if place[2:] == ("patience",)]

    @cached_property
    def _weights(self) -> list[list[Place]]:
        """The weights of each block of demands in which one varies."""
        blocks: dict[Place, list[Place]] = {}
        for place in self.quantities:
            if place[-1] == "weight" and (place[0], len(place)) in WEIGHTS:
                blocks.setdefault(place[:-2], []).append(place)
        return [
            block for block in blocks.values() if any(place not in self.constant for place in block)
        ]

    @cached_property
    def _lag(self) -> list[Place]:
        return self.varying("commitment", "lag")

    def at(self, values: Sequence[Fraction]) -> _Point | None:
        """Return the numbers at a point, or None where the model may have no meaning there."""
        changed = dict(zip(self.places, values, strict=True))
        parameters = dict(self.model.parameters)
        for place, value in changed.items():
            if place[0] == "parameters":
                parameters[place[1]] = value
        point = _Point(self, tuple(values), changed)
        try:
            for place, formula in self.following.items():
                value = changed[place] = formula.value(parameters)
                if place[0] == "parameters":
                    parameters[place[1]] = value
            if any(not 0 <= point.number(*place) < 1 for place in self._patience):
                return None
            for block in self._weights:
                amounts = [point.number(*place) for place in block]
                if min(amounts) < 0 or not any(amounts):
                    return None
            for place in self._lag:
                lag = point.number(*place)
                if lag.denominator != 1 or not 1 <= lag <= MAX_LAG:
                    return None
        except NegotiationError:
            return None
        return point


@dataclass(frozen=True, eq=False)
class _Point:
    """The numbers of a model at one point.

    Attributes
    ----------
    numbers : _Numbers
        What they share with other points.
    values : tuple of Fraction
        The point.
    changed : dict
        Place -> number, for those that the point gives and those that follow it.
    """

    numbers: _Numbers
    values: tuple[Fraction, ...]
    changed: dict[Place, Fraction]

    def number(self, *place: Any) -> Fraction:
        """Return the number at a place."""
        found = self.changed.get(place)
        if found is None:
            found = self.numbers.constant.get(place)
        return self.model.number(self.numbers.quantities[place]) if found is None else found

    @cached_property
    def model(self) -> Model:
        """The model with the values in place."""
        own = self.numbers.model
        spec = own.spec
        for place, value in zip(self.numbers.places, self.values, strict=True):
            spec = _replaced(spec, place, value)
        return Model(spec, own.evidence, own.origin)

    @cached_property
    def space(self) -> AgreementSpace:
        """The agreement space of that model."""
        return build.agreement_space(self.model)


# ---- preferences ------------------------------------------------------------------------


class _Scores:
    """What the options are worth to one party, in integers over a common denominator."""

    def __init__(self, source: Mapping[str, Sequence[Fraction]]) -> None:
        self.source = source
        rows = [[*values] for values in source.values()]
        self.scale = common_denominator([value for row in rows for value in row])
        self.rows = [[int(value * self.scale) for value in row] for row in rows]
        self.low = sum(map(min, self.rows))
        self.high = sum(map(max, self.rows))
        self.most = sum(max(map(abs, row)) for row in self.rows)

    @cached_property
    def sums(self) -> Values:
        """The score of every agreement."""
        found = np.zeros(1, dtype=np.int64)
        for row in self.rows:
            found = np.add.outer(found, np.array(row, dtype=np.int64)).ravel()
        return found


def _numbered(columns: Sequence[NDArray[Any]]) -> Values:
    """Give each row of some columns of integers a number; the same rows, the same numbers."""
    code, span = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        low, high = int(column.min()), int(column.max())
        shifted = column - low
        if high - low >= len(column):
            shifted = np.unique(column, return_inverse=True)[1].reshape(-1)
        width = int(shifted.max()) + 1
        if span * width >= 2**62:
            code, span = np.unique(code, return_inverse=True)[1].reshape(-1), len(code)
        code = code * width + shifted
        span *= width
    found: Values = np.unique(code, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return found


@dataclass(eq=False)
class _Party:
    """One party's preference, made anew as far as its numbers change.

    Where its scores never vary, agreements are of one kind that have the same score, meet the
    same interactions and lie on the same side of its red lines.

    Attributes
    ----------
    space : AgreementSpace
        That of the model as it stands; its issues and red lines never change.
    name : str
        The party.
    scores : _Scores
        Its scores.
    varies : bool
        Whether points change them.
    amounts : tuple of Fraction
        The amounts of its interactions.
    made : int
        The draw in which its utilities were made.
    scale : int
        Their denominator.
    utilities, levels : array of int
        By kind; a level is twice a utility, so that a disagreement value between two integers
        has a number of its own. Those past a red line are lowered by :data:`DROP`.
    low, high : int
        Bounds of the levels on this side of red lines.
    """

    space: AgreementSpace
    name: str
    scores: _Scores
    varies: bool
    amounts: tuple[Fraction, ...] = ()
    made: int = -1
    scale: int = 1
    utilities: Values = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    levels: Values = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    low: int = 0
    high: int = 0

    @cached_property
    def terms(self) -> tuple[int, ...]:
        """Numbers of its interactions."""
        return tuple(k for k, term in enumerate(self.space.terms) if term.party == self.name)

    @cached_property
    def meets(self) -> list[Mask]:
        """Per interaction the agreements in which it counts."""
        found = []
        for k in self.terms:
            met = np.ones(1, dtype=bool)
            for issue, options in self.space.issues.items():
                named = self.space.terms[k].when.get(issue, options)
                met = np.logical_and.outer(met, [option in named for option in options]).ravel()
            found.append(met)
        return found

    @cached_property
    def outside(self) -> Mask:
        """Which agreements are past a red line of it."""
        return ~self.space.within_red_lines(self.name)

    @cached_property
    def kinds(self) -> Values | None:
        """The kind of each state, as :class:`~.neighbourhoods.Preference` has it."""
        if self.varies:
            return None
        kinds = _numbered([self.scores.sums, self.outside, *self.meets])
        return np.append(kinds, kinds.max() + 1)

    def _by_kind(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return, for each kind, the value of its agreements."""
        if self.kinds is None:
            return values
        found = np.zeros(self.kinds[-1], dtype=values.dtype)
        found[self.kinds[:-1]] = values
        return found

    @cached_property
    def _scored(self) -> Values:
        return self._by_kind(self.scores.sums)

    @cached_property
    def _counts(self) -> list[Values]:
        """Per interaction the kinds in which it counts."""
        return [self._by_kind(met).nonzero()[0] for met in self.meets]

    @cached_property
    def _drops(self) -> Values | None:
        """By how much each kind is lowered; None without red lines."""
        drops = np.where(self._by_kind(self.outside), DROP, 0)
        return drops if drops.any() else None

    def worth(self, states: Any) -> Any:
        """Return the integer utilities of some agreements."""
        return self.utilities[states if self.kinds is None else self.kinds[states]]

    @property
    def order(self) -> Values:
        """What orders those agreements that meet the same interactions."""
        scored = self.scores.sums
        return scored - self.outside * (int(scored.max() - scored.min()) + 1)

    def renew(self, scores: Any, amounts: tuple[Fraction, ...], draw: int) -> bool:
        """Take over numbers; say whether they fit 64 bits."""
        known = scores is self.scores.source or scores == self.scores.source
        if known and amounts == self.amounts and self.made >= 0:
            return True
        own = self.scores if known else _Scores(scores)
        scale = math.lcm(own.scale, *(amount.denominator for amount in amounts))
        factor = scale // own.scale
        shifts = [amount.numerator * (scale // amount.denominator) for amount in amounts]
        low = own.low * factor + sum(shift for shift in shifts if shift < 0)
        high = own.high * factor + sum(shift for shift in shifts if shift > 0)
        if max(-low, high, own.most * factor) >= ROOM:
            return False
        self.scores, self.amounts, self.made, self.scale = own, amounts, draw, scale
        self.low, self.high = 2 * low, 2 * high
        self.utilities = (own.sums if self.varies else self._scored) * factor
        for kinds, shift in zip(self._counts, shifts, strict=True):
            self.utilities[kinds] += shift
        self.levels = np.zeros(len(self.utilities) + 1, dtype=np.int64)
        np.multiply(self.utilities, 2, out=self.levels[:-1])
        if self._drops is not None:
            self.levels[:-1] -= self._drops
        return True

    def preference(self, without: Fraction) -> Preference:
        """Return the preference, given the disagreement value."""
        doubled = 2 * without.numerator * self.scale
        below = 2 * without.denominator
        level = 2 * (doubled // below) + (doubled % below != 0)
        # beyond all agreements it makes no difference how far
        self.levels[-1] = min(max(level, self.low - 1), self.high + 1)
        return Preference(self.kinds, self.levels)


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
    def numbers(self) -> _Numbers | None:
        """The model's numbers; None where a path names none."""
        return _Numbers.of(self.asked.model, self.asked.paths)

    @cached_property
    def parties(self) -> dict[str, _Party] | None:
        """The parties; None where the integers of one do not fit 64 bits."""
        found = {}
        for name in self.base.parties:
            scores = _Scores(self.base.scores[name])
            if scores.most >= ROOM:
                return None
            assert self.numbers is not None
            varies = bool(self.numbers.varying("demands", name))
            found[name] = _Party(self.base, name, scores, varies)
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
        groups = _numbered(
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

    def _keys(self, point: _Point) -> list[Preference] | None:
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

    def _ratifiable(self, point: _Point) -> Any:
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

    def _self_enforcing(self, point: _Point) -> Any:
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
            ends: dict[tuple[int, ...], Fraction] = {}
            stakes = zip(self._stakes(party), self._drifts[name], strict=True)
            for k, ((keep, best), drift) in enumerate(stakes):
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
        """By party each agreement and its switches, one after the other; where each begins."""
        around, found = self.around, []
        for number in range(len(self.base.parties)):
            ends = [np.append(state, around.reach(state, number)) for state in around.states]
            ends = [own[own < around.last] for own in ends]
            found.append((np.concatenate(ends), np.cumsum([0, *map(len, ends[:-1])])))
        return found

    def _stakes(self, party: _Party) -> list[tuple[int, int]]:
        """Return, for each agreement, what a party gets by keeping it and by the best switch."""
        made, found = self.stakes.get(party.name, (-1, []))
        if made != party.made:
            ends, starts = self._switches[self.base.parties.index(party.name)]
            worth = party.worth(ends)
            best = np.maximum.reduceat(worth, starts)
            found = list(zip(worth[starts].tolist(), best.tolist(), strict=True))
            self.stakes[party.name] = party.made, found
        return found
