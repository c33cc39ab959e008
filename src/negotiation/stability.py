"""Which agreements are stable: the verdict table.

Each agreement is put to ten questions, each answered by a verdict with its margin and, for
every no, a witness:

=================  ==========================================================================
criterion          the agreement passes when
=================  ==========================================================================
acceptable         it crosses no signatory's red line and gives each at least what it gets
                   without agreement (individual rationality)
efficient          no other agreement is at least as good for every party and better for one
                   (Pareto)
ratifiable         every ratifier consents: it lies in all win-sets (Putnam 1988)
nash               no party gains by switching what it controls, or by walking out
seq                every such gain can be undone by credible answers of the others
                   (sequential stability, Fraser and Hipel 1979)
smr                every such gain can be undone, whatever the mover does next
                   (symmetric metarationality, Howard 1971)
gmr                every such gain can be undone by some answer of the others, credible or not
                   (general metarationality, Howard 1971)
coalition_proof    no coalition of two or more can move to where every member is better off
self_enforcing     each party's patience is at least the critical discount factor at which
                   keeping the agreement beats a one-shot breach followed by punishment
robust             it stays acceptable when every number with a declared range is moved, one
                   at a time, to either end of its range
=================  ==========================================================================

Moves, preferences and the walk-out are those of
:func:`negotiation.model.build.issue_graph`: a party switches what it controls, a signatory may
walk out. An agreement that crosses a party's red line ranks
below no agreement for that party, and by how much has no unit: such verdicts have no margin.

Where walking out is a move, every acceptable agreement is GMR-stable, because a threat need
not be credible there, and an agreement is Nash-stable only if no implementer would rather
switch: efficiency, ratification, sequential stability and self-enforcement are what tell
agreements apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace, Term, efficient, is_efficient, ratification
from negotiation.bargaining.ratification import Ratification
from negotiation.commitment import SelfEnforcement, Stakes, self_enforcing, self_enforcing_mask
from negotiation.conflict_graph import (
    ConflictGraph,
    GraphStability,
    coalition_improvement,
    graph_stability,
)
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.exact import FrozenMap, common_denominator, show
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.results import Result, Table, Verdict, Witness

__all__ = ["CRITERIA", "Enforcement", "Judge", "Judged", "StabilityTable", "verdict_table"]

Mask = NDArray[np.bool_]

CRITERIA: Mapping[str, str] = FrozenMap(
    {
        "acceptable": "every signatory prefers it to no agreement and no red line is crossed",
        "efficient": "no agreement is better for one party and worse for none",
        "ratifiable": "every ratifier consents",
        "nash": "nobody gains by switching what it controls or by walking out",
        "seq": "every gain from leaving is undone by credible answers",
        "smr": "every gain from leaving is undone, whatever the mover does next",
        "gmr": "every gain from leaving is undone by some answer",
        "coalition_proof": "no coalition can move to something better for all its members",
        "self_enforcing": "everybody is patient enough to keep it",
        "robust": "it stays acceptable over every declared range, one number at a time",
    }
)
RANGED = ("parameters", "demands", "interactions", "disagreement")
"""Parts of a model whose numbers bear on acceptance."""
HOLDING = ("acceptable", "ratifiable", "seq", "self_enforcing")
HOLDS = (
    "holds: accepted, ratified, sequentially stable and self-enforcing, as far as the model "
    "states these."
)
GRAPH = ("nash", "seq", "smr", "gmr")
SHORT: Mapping[str, str] = FrozenMap(
    {
        "acceptable": "acc",
        "efficient": "eff",
        "ratifiable": "rat",
        "nash": "nash",
        "seq": "seq",
        "smr": "smr",
        "gmr": "gmr",
        "coalition_proof": "coal",
        "self_enforcing": "self",
        "robust": "rob",
    }
)
"""Column heads of the verdict table."""


@dataclass(frozen=True)
class Judged:
    """One agreement with its verdicts.

    Attributes
    ----------
    name : str
        Its id: a named agreement, a bargaining solution, or ``best_1``...
    names : tuple of str
        All names under which the same agreement was found.
    agreement : FrozenMap
        Issue -> option.
    utilities : FrozenMap
        Party -> utility.
    verdicts : FrozenMap
        Criterion -> verdict.
    """

    name: str
    names: tuple[str, ...]
    agreement: FrozenMap[str, str]
    utilities: FrozenMap[str, Fraction]
    verdicts: FrozenMap[str, Verdict]

    @property
    def searched(self) -> bool:
        """Whether it was found by search only and has no name of its own."""
        return all(name.startswith("best_") for name in self.names)

    @property
    def breaks(self) -> str:
        """The first of acceptance, ratification, SEQ and self-enforcement that fails, or ""."""
        return next((key for key in HOLDING if self.verdicts[key].holds is False), "")

    @property
    def holds(self) -> bool:
        """Whether none of these fails."""
        return not self.breaks

    @property
    def reason(self) -> str:
        """Who breaks it and for what, or what it still fails."""
        if self.breaks:
            witness = self.verdicts[self.breaks].witness
            return witness.text if witness else ""
        open_ = [key.replace("_", "-") for key in CRITERIA if self.verdicts[key].holds is False]
        return f"it fails only: {', '.join(open_)}" if open_ else "it meets every criterion"

    @property
    def met(self) -> int:
        """Number of criteria met."""
        return sum(1 for verdict in self.verdicts.values() if verdict.holds)


@dataclass(frozen=True)
class StabilityTable(Result):
    """The verdict table.

    Attributes
    ----------
    rows : tuple of Judged
        Candidates in the order: named agreements, bargaining solutions, best by criteria met.
    counts : FrozenMap
        Criterion -> how many of all agreements meet it (for the criteria that are judged over
        all agreements).
    size : int
        Number of agreements.
    """

    rows: tuple[Judged, ...]
    counts: FrozenMap[str, int]
    size: int
    parties: tuple[str, ...]
    most: int = 0
    notes: tuple[str, ...] = ()
    status_quo: FrozenMap[str, str] | None = None

    def row(self, name: str) -> Judged:
        """Return the row of an agreement by any of its names."""
        for row in self.rows:
            if name in row.names:
                return row
        raise UnknownNameError.of("agreement", name, [n for r in self.rows for n in r.names])

    def data(self) -> dict[str, Any]:
        """Return verdicts by agreement and criterion; see :class:`~.results.Result`."""
        return {
            "size": self.size,
            "counts": dict(self.counts),
            "most": self.most,
            "stable": [name for row in self.rows if row.met == len(CRITERIA) for name in row.names],
            "verdicts": {
                name: {
                    "met": row.met,
                    "holds": row.holds,
                    "agreement": dict(row.agreement),
                    "utility": dict(row.utilities),
                    **{key: verdict.data() for key, verdict in row.verdicts.items()},
                }
                for row in self.rows
                for name in row.names
            },
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the marks, the reasons for each no, utilities, contents and counts."""
        short = Table(
            "In short: which would hold, and who breaks the others",
            ["agreement", "holds", "because"],
            [[row.names[0], row.holds, row.reason] for row in self.rows if not row.searched],
            notes=[*self.notes, HOLDS],
            name="in_short",
        )
        marks = Table(
            "By every criterion",
            ["agreement", *SHORT.values(), "met"],
            [
                [_names(row), *(row.verdicts[key].mark for key in CRITERIA), row.met]
                for row in self.rows
            ],
            notes=["The heads are explained at the end of this section."],
            name="verdicts",
        )
        reasons = Table(
            "Why not: who breaks it, and for what",
            ["agreement", "fails", "because"],
            [
                ["" if place else row.names[0], ", ".join(SHORT[key] for key in keys), text]
                for row in self.rows
                if not row.searched
                for place, (keys, text) in enumerate(_reasons(row))
            ],
            name="witnesses",
        )
        values = Table(
            "What each party gets",
            ["agreement", *self.parties],
            [
                [row.names[0], *(row.utilities[party] for party in self.parties)]
                for row in self.rows
            ],
            name="utilities",
        )
        contents = Table(
            "What the agreements say" + (", beside the status quo" if self.status_quo else ""),
            ["agreement", "content"],
            [[row.names[0], self._content(row.agreement)] for row in self.rows],
            name="agreements",
            detail=True,
        )
        counts = Table(
            f"How many of all {self.size:,} agreements meet a criterion",
            ["criterion", "agreements"],
            [[SHORT[key], self.counts.get(key)] for key in CRITERIA],
            notes=["– : not applicable, or judged for the listed agreements only"],
            name="counts",
        )
        legend = Table(
            "The criteria",
            ["head", "criterion", "met when"],
            [[SHORT[key], key.replace("_", "-"), text] for key, text in CRITERIA.items()],
            name="criteria",
        )
        return short, marks, reasons, values, contents, counts, legend

    def _content(self, agreement: FrozenMap[str, str]) -> str:
        quo: Mapping[str, str] = self.status_quo or {}
        parts = [
            f"{issue}: {option}" for issue, option in agreement.items() if quo.get(issue) != option
        ]
        return ", ".join(parts) or "the status quo"


def _reasons(row: Judged) -> list[tuple[list[str], str]]:
    """Return (criteria, sentence), one for each different reason why a row fails."""
    found: dict[tuple[object, ...], tuple[list[str], str]] = {}
    for key, verdict in row.verdicts.items():
        witness = verdict.witness
        if verdict.holds is not False or witness is None:
            continue
        if key == "robust" and not row.verdicts["acceptable"].holds:
            continue  # says no more than acceptance
        identity = (witness.kind, witness.who, witness.to) if key in GRAPH else (key,)
        keys, _ = found.get(identity, ([], ""))
        found[identity] = ([*keys, key], witness.text)
    return list(found.values())


def _names(row: Judged) -> str:
    return row.names[0] + (f" (= {', '.join(row.names[1:])})" if len(row.names) > 1 else "")


@dataclass(frozen=True, eq=False)
class Judge:
    """Puts the agreements of one model to the questions; everything shared is built once."""

    model: Model
    space: AgreementSpace
    cache: dict[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def signatories(self) -> tuple[str, ...]:
        """Parties whose acceptance counts."""
        section = self.model.spec.stability
        return (section.signatories if section else ()) or self.space.parties

    @cached_property
    def graph(self) -> GraphStability:
        """Stability of every agreement in the graph with walk-outs."""
        return graph_stability(build.issue_graph(self.model, self.space), concepts=GRAPH)

    @cached_property
    def ratification(self) -> Ratification | None:
        """Win-sets, where the model has ratifiers."""
        if not self.model.ratifiers:
            return None
        return ratification(
            self.space, build.ratifiers(self.model), build.voices(self.model, self.space)
        )

    @cached_property
    def enforcement(self) -> Enforcement | None:
        """What each party can gain by a breach, where the model states patience."""
        return Enforcement.build(self.model, self.space)

    # ---- over all agreements --------------------------------------------------------------

    def masks(self) -> dict[str, Mask]:
        """Return, for each criterion judged over all agreements, who passes."""
        size = self.space.size
        found: dict[str, Mask] = {
            "acceptable": self.space.acceptable(self.signatories),
            "efficient": efficient(self.space),
        }
        if self.ratification is not None:
            found["ratifiable"] = self.ratification.mask
        for concept in GRAPH:
            mask = np.zeros(size + 1, dtype=bool)
            mask[self.graph.equilibria(concept)] = True
            found[concept] = mask[:size]
        if self.enforcement is not None:
            found["self_enforcing"] = self.enforcement.mask()
        return found

    # ---- one agreement --------------------------------------------------------------------

    def verdict(self, criterion: str, agreement: Mapping[str, str]) -> Verdict:
        """Judge one agreement by one criterion."""
        agreement = FrozenMap(agreement)
        if criterion in GRAPH:
            return self.graph_verdict(criterion, agreement)
        judges: dict[str, Callable[[FrozenMap[str, str]], Verdict]] = {
            "acceptable": self.acceptable,
            "efficient": self.efficient,
            "ratifiable": self.ratifiable,
            "coalition_proof": self.coalition_proof,
            "self_enforcing": self.self_enforcing,
            "robust": self.robust,
        }
        if criterion not in judges:
            raise UnknownNameError.of("criterion", criterion, CRITERIA)
        return judges[criterion](agreement)

    def acceptable(
        self, agreement: FrozenMap[str, str], space: AgreementSpace | None = None
    ) -> Verdict:
        """Judge acceptance by every signatory; the witness is the one who loses most."""
        verdicts = [
            (space or self.space).acceptable_to(party, agreement) for party in self.signatories
        ]
        refusals = [verdict for verdict in verdicts if not verdict.holds]
        if not refusals:
            least = min(v.margin for v in verdicts if v.margin is not None)
            return Verdict(holds=True, margin=least)
        lines = [verdict for verdict in refusals if verdict.margin is None]
        worst = lines[0] if lines else min(refusals, key=lambda v: v.margin or Fraction(0))
        assert worst.witness is not None
        others = [v.witness.who[0] for v in refusals if v.witness and v is not worst]
        text = worst.witness.text + (f" (also refused by {', '.join(others)})" if others else "")
        witness = Witness(
            worst.witness.kind,
            text,
            (*worst.witness.who, *others),
            worst.witness.to,
            worst.witness.amount,
        )
        return Verdict(holds=False, margin=worst.margin, witness=witness)

    def efficient(self, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge efficiency among all parties."""
        return is_efficient(self.space, agreement)

    def ratifiable(self, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge consent of the ratifiers."""
        if self.ratification is None:
            return Verdict(holds=None, witness=Witness("none", "the model names no ratifiers"))
        return self.ratification.verdict(agreement)

    def graph_verdict(self, concept: str, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge stability against single parties' moves."""
        index = self.space.index(agreement)
        return self._sure(self.graph.verdict(concept, index, unit=self._unit(agreement)))

    def coalition_proof(self, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge stability against joint moves of two or more parties."""
        index = self.space.index(agreement)
        verdict = coalition_improvement(self.graph.graph, index, unit=self._unit(agreement))
        return self._sure(verdict)

    def _sure(self, verdict: Verdict) -> Verdict:
        """Drop a margin that was measured to a state past a red line: it has no unit."""
        past = verdict.margin is not None and verdict.margin > self.space.reach
        return replace(verdict, margin=None) if past else verdict

    def _unit(self, agreement: FrozenMap[str, str]) -> Callable[[str, int], Fraction | None]:
        """Say a preference difference in utility; parties past a red line have no unit."""
        crossed = {party for party in self.space.parties if self.space.crossed(party, agreement)}

        def unit(party: str, difference: int) -> Fraction | None:
            if party in crossed:
                return None
            return Fraction(int(difference), self.space.denominator(party))

        return unit

    def self_enforcing(self, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge whether patience keeps the agreement."""
        if self.enforcement is None:
            text = "no party states its patience, or the model has no commitment section"
            return Verdict(holds=None, witness=Witness("none", text))
        return self.enforcement.result(agreement).verdict()

    @cached_property
    def range_ends(self) -> tuple[tuple[str, Fraction, AgreementSpace], ...]:
        """Spaces with one number at one end of its range: (path, value, space)."""
        return tuple(end for end in self._ends if isinstance(end, tuple))

    @cached_property
    def meaningless_ends(self) -> tuple[str, ...]:
        """Ends of ranges at which the model has no meaning (all weights zero, say)."""
        return tuple(end for end in self._ends if isinstance(end, str))

    @cached_property
    def _ends(self) -> tuple[tuple[str, Fraction, AgreementSpace] | str, ...]:
        found: list[tuple[str, Fraction, AgreementSpace] | str] = []
        for path, part in self.model.quantities:
            if path.split(".", maxsplit=1)[0] not in RANGED:
                continue
            for end in (part.low, part.high):
                if end is None or end == part.value:
                    continue
                try:
                    space = build.agreement_space(self.model.override({path: end}))
                except NegotiationError as error:
                    found.append(f"{path} = {show(end)} ({error.what})")
                    continue
                if space != self.space:
                    found.append((path, end, space))
        return tuple(found)

    def robust(self, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge acceptance over the declared ranges, one number at a time."""
        base = self.acceptable(agreement)
        if not base.holds:
            witness = Witness("range", "it is not acceptable even at the stated values")
            return Verdict(holds=False, witness=witness)
        least = base.margin
        for path, end, space in self.range_ends:
            verdict = self.acceptable(agreement, space)
            if not verdict.holds:
                assert verdict.witness is not None
                text = f"with {path} at {show(end)}: {verdict.witness.text}"
                witness = Witness(
                    "range", text, verdict.witness.who, f"{path}={show(end)}", verdict.margin
                )
                return Verdict(holds=False, margin=verdict.margin, witness=witness)
            if verdict.margin is not None and least is not None:
                least = min(least, verdict.margin)
        return Verdict(holds=True, margin=least)

    def judge(self, names: tuple[str, ...], agreement: FrozenMap[str, str]) -> Judged:
        """Put one agreement to every question."""
        return Judged(
            names[0],
            names,
            agreement,
            FrozenMap(
                {party: self.space.utility(party, agreement) for party in self.space.parties}
            ),
            FrozenMap({key: self.verdict(key, agreement) for key in CRITERIA}),
        )


# ---- self-enforcement -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Enforcement:
    """What each patient party gains by a one-shot breach, over all agreements.

    Breach means switching what the party controls (walking out is the punishment itself).
    After ``lag`` periods it is answered for good: by no agreement, whose value may have drifted
    meanwhile, or by the punishment the model names.
    """

    space: AgreementSpace
    graph: ConflictGraph
    patience: FrozenMap[str, Fraction]
    lag: int
    punishment: FrozenMap[str, Fraction]
    drift: tuple[Term, ...]

    @classmethod
    def build(cls, model: Model, space: AgreementSpace) -> Enforcement | None:
        """Read the commitment section; None where the model has none or states no patience."""
        section = model.spec.commitment
        patience = {
            name: model.number(party.patience)
            for name, party in model.parties.items()
            if party.patience is not None and name in space.parties
        }
        if section is None or not patience:
            return None
        if section.punishment == "disagreement":
            punishment = {party: space.disagreement[party] for party in patience}
        else:
            agreement = model.agreement(section.punishment)
            punishment = {party: space.utility(party, agreement) for party in patience}
        return cls(
            space,
            build.issue_graph(model, space, walk_out=False),
            FrozenMap(patience),
            int(model.number(section.lag)),
            FrozenMap(punishment),
            build.terms(model, section.drift),
        )

    def mask(self) -> Mask:
        """Return which agreements every patient party keeps."""
        found = np.ones(self.space.size, dtype=bool)
        for party, patience in self.patience.items():
            cooperate = self.space.utilities(party)
            denominator = self.space.denominator(party)
            drift = [term for term in self.drift if term.party == party]
            extra = common_denominator(
                [*(term.amount for term in drift), self.punishment[party], Fraction(1, denominator)]
            )
            scale = extra // denominator
            punish = np.full(self.space.shape, int(self.punishment[party] * extra), dtype=np.int64)
            for term in drift:
                punish[self._where(term)] += int(term.amount * extra)
            found &= self_enforcing_mask(
                cooperate * scale,
                self._best_breach(party) * scale,
                punish.ravel(),
                patience,
                lag=self.lag,
            )
        return found

    def _where(self, term: Term) -> tuple[Any, ...]:
        """Return the slice of the space in which a term counts."""
        places = [
            [place for place, option in enumerate(options) if option in term.when[issue]]
            if issue in term.when
            else list(range(len(options)))
            for issue, options in self.space.issues.items()
        ]
        return np.ix_(*places)

    def _best_breach(self, party: str) -> NDArray[Any]:
        """Return, for every agreement, the most a party can get by switching or by keeping."""
        utilities = self.space.utilities(party)
        levels, ranks = np.unique(utilities, return_inverse=True)
        moves = self.graph.moves[self.graph.party(party)]
        ranks = ranks.reshape(-1).astype(np.int64)
        return levels[np.maximum(ranks, moves.best(ranks))]

    def result(self, agreement: FrozenMap[str, str]) -> SelfEnforcement:
        """Return the critical discount factor of each patient party for one agreement."""
        index = self.space.index(agreement)
        return self_enforcing(
            {
                party: self._stakes(party, patience, agreement, index)
                for party, patience in self.patience.items()
            },
            lag=self.lag,
        )

    def _stakes(
        self, party: str, patience: Fraction, agreement: FrozenMap[str, str], index: int
    ) -> Stakes:
        cooperate = self.space.utility(party, agreement)
        best, breach = cooperate, ""
        for target in self.graph.successors(party, index):
            value = self.space.utility(party, self.space.agreement(target))
            if value > best:
                label = self.graph.move_label(index, target)
                best, breach = value, label.replace("switches", "switching", 1)
        punish = self.punishment[party] + sum(
            (
                term.amount
                for term in self.drift
                if term.party == party
                and all(agreement[issue] in options for issue, options in term.when.items())
            ),
            Fraction(0),
        )
        return Stakes(cooperate, best, punish, patience, breach)


# ---- the table ------------------------------------------------------------------------------


def verdict_table(
    judge: Judge, solutions: Mapping[str, Mapping[str, str]] | None = None
) -> StabilityTable:
    """Put the named agreements, the bargaining solutions and the best agreements to all tests.

    Parameters
    ----------
    judge : Judge
        The model with its agreement space.
    solutions : mapping of str to agreement, optional
        Bargaining solutions by name.

    Returns
    -------
    StabilityTable
        ``guarantee`` is ``"all"``: the counts are over all agreements, each verdict is exact.
    """
    model, space = judge.model, judge.space
    section = model.spec.stability
    masks = judge.masks()
    candidates: dict[FrozenMap[str, str], list[str]] = {}
    for name in (section.candidates if section else ()) or tuple(model.agreements):
        candidates.setdefault(model.agreement(name), []).append(name)
    for name, agreement in (solutions or {}).items():
        candidates.setdefault(FrozenMap(agreement), []).append(name)
    quo = model.agreement(model.spec.status_quo) if model.spec.status_quo else None
    worth = {_worth(space, agreement): agreement for agreement in reversed(candidates)}
    score = sum((mask.astype(np.int16) for mask in masks.values()), np.zeros(space.size, np.int16))
    wanted = int(section.best) if section else 5
    for place, index in enumerate(_best(space, score, wanted, quo), start=1):
        best = space.agreement(index)
        twin = worth.get(_worth(space, best))
        if twin is not None and score[space.index(twin)] == score[index]:
            best = twin
        candidates.setdefault(best, []).append(f"best_{place}")
    rows = tuple(judge.judge(tuple(names), a) for a, names in candidates.items())
    most = int(score.max(initial=0))
    notes = []
    if wanted:
        notes.append(
            f"best_1 to best_{wanted}: the agreements that meet most of the {len(masks)} criteria "
            f"judged over all {space.size:,} agreements ({most}); among equals, first the one "
            "whose worst-off party gains most."
        )
    if judge.meaningless_ends:
        notes.append(f"Ends of ranges left out: {'; '.join(judge.meaningless_ends)}.")
    if not masks["acceptable"].any():
        notes.append(f"No agreement is acceptable to all signatories. {clash(space, judge)}")
    return StabilityTable(
        rows,
        FrozenMap({key: int(masks[key].sum()) for key in CRITERIA if key in masks}),
        space.size,
        space.parties,
        most,
        tuple(notes),
        quo,
    )


def _worth(space: AgreementSpace, agreement: Mapping[str, str]) -> tuple[Fraction, ...]:
    return tuple(space.utility(party, agreement) for party in space.parties)


def clash(space: AgreementSpace, judge: Judge) -> str:
    """Say which red lines exclude each other, where some do."""
    found: list[str] = []
    for issue, options in space.issues.items():
        lines = {
            party: set(space.red_lines[party][issue])
            for party in judge.signatories
            if issue in space.red_lines.get(party, FrozenMap())
        }
        apart = [
            party for party in lines if any(not lines[party] & lines[other] for other in lines)
        ]
        if apart:
            sides: dict[str, list[str]] = {}
            for party in apart:
                allowed = " or ".join(option for option in options if option in lines[party])
                sides.setdefault(allowed, []).append(party)
            said = [f"{', '.join(who)} only {allowed}" for allowed, who in sides.items()]
            found.append(f"{issue} ({'; '.join(said)})")
    return f"Red lines exclude each other on {', '.join(found)}." if found else ""


def _best(
    space: AgreementSpace, score: NDArray[np.int16], wanted: int, quo: Mapping[str, str] | None
) -> list[int]:
    """Return agreements with the highest score, no two alike for all parties.

    Ties of the score are broken by the gain of the worst-off party; among agreements worth
    the same to everybody, the one nearest to the status quo stands for all.
    """
    found: list[int] = []
    seen: set[tuple[int, ...]] = set()
    for level in sorted(set(score.tolist()), reverse=True):
        if len(found) >= wanted or level <= 0:
            break
        pool = np.flatnonzero(score == level)
        worth = np.stack([space.utilities(party)[pool] for party in space.parties])
        least = np.min(
            [
                (row - space.disagreement_value(party)).astype(float) / space.denominator(party)
                for party, row in zip(space.parties, worth, strict=True)
            ],
            axis=0,
        )
        order = np.lexsort((pool, changes(space, pool, quo), *worth, -least))
        for place in order:
            vector = tuple(int(value) for value in worth[:, place])
            if vector not in seen:
                seen.add(vector)
                found.append(int(pool[place]))
                if len(found) >= wanted:
                    break
    return found


def changes(
    space: AgreementSpace, indices: NDArray[Any], quo: Mapping[str, str] | None
) -> NDArray[np.int64]:
    """Return in how many issues agreements differ from the status quo (0 without one)."""
    if quo is None:
        return np.zeros(len(indices), dtype=np.int64)
    here = np.unravel_index(space.index(quo), space.shape)
    places = np.unravel_index(indices, space.shape)
    different = np.zeros(len(indices), dtype=np.int64)
    for place, own in zip(places, here, strict=True):
        different += place != own
    return different
