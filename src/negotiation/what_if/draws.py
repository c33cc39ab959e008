"""Verdicts on a few agreements at many points of a model's parameters.

A draw sets some numbers of a model; the question is which of the criteria of the verdict table
each candidate meets there. The answers are those of :class:`negotiation.stability.judge.Judge`,
exactly, ties included; only the way there differs:

- a draw replaces numbers in a model that is known to be valid, and checks what depends on
  numbers only (formulas, weights, patience, lag); where such a check fails, the model itself is
  asked what is wrong;
- utilities are integers over a common denominator, computed once per different set of numbers;
  a party whose numbers did not change keeps them;
- stability is judged from the neighbourhoods of the candidates
  (:mod:`~negotiation.what_if.neighbourhoods`), not over the whole graph.

The general way (override the model, then ask the judge) is taken where a path names no plain
number of the model, where integers do not fit 64 bits, and for ``robust``: right, and slow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace, Term
from negotiation.conflict_graph.moves import Values
from negotiation.errors import NegotiationError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, common_denominator, exact, read_only
from negotiation.formulas import Formula, parse
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.parts import Demand, QuantityPart, walk_parts
from negotiation.stability import CRITERIA
from negotiation.stability.judge import Judge
from negotiation.stability.table import GRAPH
from negotiation.what_if.neighbourhoods import Neighbourhoods
from negotiation.what_if.points import checked_model, input_path

__all__ = ["JudgedDraws", "VerdictDraws"]

ROOM = 2**57
"""Bound on twice a utility in integers, so that red lines can be told apart below it."""
DROP = 2**60
"""By how much an agreement past a red line is lowered."""
MAX_LAG = 100

Marks = NDArray[np.int8]


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


# ---- numbers into a model ---------------------------------------------------------------


def _replaced(node: Any, steps: Sequence[Any], value: Fraction) -> Any:
    """Return a tree of parts with one quantity's value replaced."""
    if not steps:
        return dataclasses.replace(node, value=value)
    step, rest = steps[0], steps[1:]
    if isinstance(node, Mapping):
        return type(node)({**node, step: _replaced(node[step], rest, value)})  # type: ignore[call-arg]  # every mapping of the parts is built from a dict
    if isinstance(node, tuple):
        return (*node[:step], _replaced(node[step], rest, value), *node[step + 1 :])
    return dataclasses.replace(node, **{step: _replaced(getattr(node, step), rest, value)})


def _weights(spec: Any) -> list[list[QuantityPart]]:
    """Return the weights of each block of demands."""
    blocks: list[Mapping[str, Demand]] = [*spec.demands.values()]
    blocks += [part.demands for part in spec.ratifiers.values() if part.demands]
    return [[demand.weight for demand in block.values()] for block in blocks]


@dataclass
class _Table:
    """One party's preferences: integers, and the numbers they were made from."""

    source: Any
    scale: int
    version: int
    keys: Values
    low: int
    high: int
    utilities: Values
    stakes: list[tuple[int, int]] = field(default_factory=list)


@dataclass(eq=False)
class _Kit:
    """What the draws of one :class:`VerdictDraws` share, in one process."""

    asked: VerdictDraws
    tables: dict[str, _Table] = field(default_factory=dict)
    scored: dict[str, tuple[Any, int, Values]] = field(default_factory=dict)
    cells: dict[str, list[tuple[NDArray[np.uint8], list[int]]]] = field(default_factory=dict)
    drops: dict[str, Values] = field(default_factory=dict)
    councils: tuple[list[Fraction], dict[str, list[Fraction | None]]] | None = None
    version: int = 0

    # ---- structure ------------------------------------------------------------------------

    @cached_property
    def base(self) -> AgreementSpace:
        """The space of the model as it stands; its issues and red lines never change."""
        return build.agreement_space(self.asked.model)

    @cached_property
    def steps(self) -> tuple[tuple[Any, ...], ...] | None:
        """Where in the parts each path's quantity is; None where one is no quantity."""
        places = {
            ".".join(map(str, path)): path
            for path, part in walk_parts(self.asked.model.spec)
            if isinstance(part, QuantityPart)
        }
        if any(path not in places for path in self.asked.paths):
            return None
        found = tuple(places[path] for path in self.asked.paths)
        try:
            for path in found:
                _replaced(self.asked.model.spec, path, Fraction(1))
        except (AttributeError, KeyError, TypeError):
            return None
        return found

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """The model's formulas of parameters only, wherever they stand."""
        found = [
            parse(part.value)
            for path, part in walk_parts(self.asked.model.spec)
            if isinstance(part, QuantityPart)
            and isinstance(part.value, str)
            and ".".join(map(str, path)) not in self.asked.paths
        ]
        return tuple(formula for formula in found if not formula.utilities)

    @cached_property
    def indices(self) -> Values:
        """The numbers of the agreements."""
        return np.array([self.base.index(a) for a in self.asked.agreements], dtype=np.int64)

    @cached_property
    def around(self) -> Neighbourhoods:
        """The agreements' neighbourhoods."""
        graph = build.issue_graph(self.asked.model, self.base)
        return Neighbourhoods(graph, tuple(self.indices.tolist()))

    @cached_property
    def signatories(self) -> tuple[int, ...]:
        """Numbers of the parties whose acceptance counts."""
        names = Judge(self.asked.model, self.base).signatories
        return tuple(self.base.parties.index(name) for name in names)

    # ---- one draw -------------------------------------------------------------------------

    def row(self, values: tuple[Fraction, ...]) -> dict[str, Any]:
        """Return criterion -> a mark for each agreement.

        Raises
        ------
        NegotiationError
            If the model has no meaning there.
        """
        asked = self.asked
        model = None if "robust" in asked.criteria else self.changed(values)
        if model is None:
            return self._slow(asked.model.override(dict(zip(asked.paths, values, strict=True))))
        space = build.agreement_space(model)
        keys = self._keys(space)
        if keys is None:
            return self._slow(model)
        found: dict[str, Any] = {}
        for key in asked.criteria:
            if key == "acceptable":
                found[key] = self._acceptable(keys)
            elif key == "ratifiable":
                found[key] = self._ratifiable(model, space)
            elif key == "self_enforcing":
                found[key] = self._self_enforcing(model, space)
            elif key == "efficient":
                versions = [self.tables[party].version for party in space.parties]
                found[key] = [self.around.efficient(s, keys, versions) for s in self.around.states]
            elif key == "coalition_proof":
                found[key] = [self.around.coalition_proof(s, keys) for s in self.around.states]
        self._graph(keys, found)
        return found

    def changed(self, values: tuple[Fraction, ...]) -> Model | None:
        """Return the model with values in place, or None where its validity is in doubt."""
        if self.steps is None:
            return None
        own = self.asked.model
        spec = own.spec
        for steps, value in zip(self.steps, values, strict=True):
            spec = _replaced(spec, steps, value)
        model = Model(spec, own.evidence, own.origin)
        try:
            parameters = model.parameters
            for formula in self.formulas:
                formula.value(parameters)
            for part in spec.parties.values():
                if part.patience is not None and not 0 <= model.number(part.patience) < 1:
                    return None
            for block in _weights(spec):
                amounts = [model.number(weight) for weight in block]
                if min(amounts, default=0) < 0 or not any(amounts):
                    return None
            if spec.commitment is not None:
                lag = model.number(spec.commitment.lag)
                if lag.denominator != 1 or not 1 <= lag <= MAX_LAG:
                    return None
        except NegotiationError:
            return None
        return model

    def _slow(self, model: Model) -> dict[str, Any]:
        judge = Judge(model, build.agreement_space(model))
        marks: dict[bool | None, int] = {True: 1, False: 0, None: -1}
        return {
            key: [marks[judge.verdict(key, agreement).holds] for agreement in self.asked.agreements]
            for key in self.asked.criteria
        }

    # ---- preferences ------------------------------------------------------------------------

    def _keys(self, space: AgreementSpace) -> list[Values] | None:
        """Return each party's preference over all states; None where integers do not fit.

        Twice the utility, so that a disagreement value between two integers has a number of its
        own; agreements past a red line are lowered by :data:`DROP`.
        """
        keys = []
        for party in space.parties:
            terms = tuple((t.when, t.amount) for t in space.terms if t.party == party)
            source = (space.scores[party], terms, space.red_lines.get(party))
            table = self.tables.get(party)
            if table is None or table.source != source:
                table = self._table(space, party, source)
                if table is None:
                    return None
                self.tables[party] = table
            without = space.disagreement[party] * table.scale
            level = 2 * (without // 1) + (without.denominator != 1)
            # beyond all agreements it makes no difference how far
            table.keys[-1] = int(min(max(level, table.low - 1), table.high + 1))
            keys.append(table.keys)
        return keys

    def _table(self, space: AgreementSpace, party: str, source: Any) -> _Table | None:
        terms = [term for term in space.terms if term.party == party]
        rows = [[*values] for values in space.scores[party].values()]
        scale = common_denominator([v for row in rows for v in row] + [t.amount for t in terms])
        amounts = [int(term.amount * scale) for term in terms]
        low = int(sum(min(row) for row in rows) * scale) + sum(a for a in amounts if a < 0)
        high = int(sum(max(row) for row in rows) * scale) + sum(a for a in amounts if a > 0)
        if max(-low, high) >= ROOM or sum(max(map(abs, row)) for row in rows) * scale >= ROOM:
            return None
        own, scored = self._scored(space, party)
        utilities = scored * (scale // own)
        for cells, members in self._cells(party, terms):
            sums = [
                sum(amounts[k] for place, k in enumerate(members) if pattern >> place & 1)
                for pattern in range(2 ** len(members))
            ]
            utilities += np.array(sums, dtype=np.int64)[cells]
        keys = np.empty(space.size + 1, dtype=np.int64)
        np.multiply(utilities, 2, out=keys[:-1])
        if party in space.red_lines:
            keys[:-1] -= self._drops(party)
        self.version += 1
        return _Table(source, scale, self.version, keys, 2 * low, 2 * high, utilities)

    def _scored(self, space: AgreementSpace, party: str) -> tuple[int, Values]:
        """Return the utilities without interactions, and their denominator."""
        kept = self.scored.get(party)
        if kept is None or kept[0] != space.scores[party]:
            rows = [[*values] for values in space.scores[party].values()]
            scale = common_denominator([value for row in rows for value in row])
            array = np.zeros(1, dtype=np.int64)
            for row in rows:
                column = np.array([int(value * scale) for value in row], dtype=np.int64)
                array = np.add.outer(array, column).ravel()
            kept = self.scored[party] = space.scores[party], scale, array
        return kept[1], kept[2]

    def _cells(self, party: str, terms: list[Term]) -> list[tuple[NDArray[np.uint8], list[int]]]:
        """Return, for up to eight terms at a time, which of them each agreement meets."""
        if party not in self.cells:
            found = []
            for start in range(0, len(terms), 8):
                members = list(range(start, min(start + 8, len(terms))))
                cells = np.zeros(self.base.size, dtype=np.uint8)
                for place, k in enumerate(members):
                    met = np.ones(1, dtype=bool)
                    for issue, options in self.base.issues.items():
                        named = terms[k].when.get(issue, options)
                        inside = np.array([option in named for option in options])
                        met = np.logical_and.outer(met, inside).ravel()
                    cells |= met.astype(np.uint8) << np.uint8(place)
                found.append((cells, members))
            self.cells[party] = found
        return self.cells[party]

    def _drops(self, party: str) -> Values:
        if party not in self.drops:
            self.drops[party] = np.where(self.base.within_red_lines(party), 0, DROP)
        return self.drops[party]

    # ---- criteria ---------------------------------------------------------------------------

    def _acceptable(self, keys: list[Values]) -> Any:
        inside = np.ones(len(self.indices), dtype=bool)
        for i in self.signatories:
            inside &= keys[i][self.indices] >= keys[i][-1]
        return inside

    def _graph(self, keys: list[Values], found: dict[str, Any]) -> None:
        """Judge stability; nash implies seq, and seq implies gmr."""
        around = self.around
        wanted = [concept for concept in GRAPH if concept in self.asked.criteria]
        for concept in wanted:
            found[concept] = []
        for state in around.states:
            known: dict[str, bool] = {}
            for concept in wanted:
                if known.get("nash") or (
                    concept == "gmr" and (known.get("seq") or known.get("smr"))
                ):
                    known[concept] = True
                else:
                    known[concept] = around.stable(concept, state, keys)
                found[concept].append(known[concept])

    def _ratifiable(self, model: Model, space: AgreementSpace) -> Any:
        if not model.ratifiers:
            return -1
        own = [
            model.number(quantity)
            for part in model.ratifiers.values()
            for demand in part.demands.values()
            for quantity in (demand.weight, *demand.scores.values())
        ]
        if self.councils is None or self.councils[0] != own:
            voices = build.voices(model, space)
            heard: dict[str, list[Fraction | None]] = {}
            for name, part in model.ratifiers.items():
                voice, party = voices[name]
                heard[name] = [
                    (voice.utility(party, agreement) if part.demands else Fraction(0))
                    if not voice.crossed(party, agreement)
                    else None  # past a red line, whatever its utility
                    for agreement in self.asked.agreements
                ]
            self.councils = own, heard
        passed = [True] * len(self.asked.agreements)
        for ratifier in build.ratifiers(model):
            values = self.councils[1][ratifier.name]
            table = None
            least = ratifier.at_least
            if not model.ratifiers[ratifier.name].demands:
                table = self.tables[ratifier.of]
                least *= table.scale
            for k, value in enumerate(values):
                if value is None:
                    passed[k] = False
                elif passed[k]:
                    state = self.around.states[k]
                    passed[k] = (value if table is None else int(table.utilities[state])) >= least
        return passed

    def _self_enforcing(self, model: Model, space: AgreementSpace) -> Any:
        section = model.spec.commitment
        patience = {
            name: model.number(party.patience)
            for name, party in model.parties.items()
            if party.patience is not None and name in space.parties
        }
        if section is None or not patience:
            return -1
        lag = int(model.number(section.lag))
        drift = build.terms(model, section.drift)
        kept = [True] * len(self.asked.agreements)
        for party, delta in patience.items():
            number = space.parties.index(party)
            table = self.tables[party]
            after = space.disagreement[party]
            if section.punishment != "disagreement":
                after = space.utility(party, model.agreement(section.punishment))
            share = delta**lag
            p, q = share.numerator, share.denominator
            terms = [term for term in drift if term.party == party]
            stakes = self._stakes(party, number)
            for k, (keep, best) in enumerate(stakes):
                if not kept[k]:
                    continue
                agreement = self.asked.agreements[k]
                punish = after
                for term in terms:
                    if all(agreement[issue] in options for issue, options in term.when.items()):
                        punish += term.amount
                below, above = punish.denominator, punish.numerator * table.scale
                kept[k] = q * keep * below >= (q - p) * best * below + p * above
        return kept

    def _stakes(self, party: str, number: int) -> list[tuple[int, int]]:
        """Return, for each agreement, what a party gets by keeping it and by the best switch."""
        table = self.tables[party]
        if not table.stakes:
            for state in self.around.states:
                ends = self.around.reach(state, number)
                ends = ends[ends < self.around.last]
                keep = int(table.utilities[state])
                best = max(keep, int(table.utilities[ends].max())) if len(ends) else keep
                table.stakes.append((keep, best))
        return table.stakes
