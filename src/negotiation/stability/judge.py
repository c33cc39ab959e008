"""The judge: puts the agreements of one model to the ten questions.

Everything that agreements share (the space, the graph with walk-outs, win-sets, the stakes of a
breach, the numbers with a range) is built once, when first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace, efficient, is_efficient, ratification
from negotiation.bargaining.maximal import memory_of as largest_memory
from negotiation.bargaining.ratification import Ratification
from negotiation.conflict_graph import (
    GraphStability,
    coalition_improvement,
    graph_stability,
    memory_of,
)
from negotiation.errors import TooLargeError, UnknownNameError
from negotiation.exact import FrozenMap, exact_text, show
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.results import Verdict, Witness
from negotiation.stability.enforcement import Enforcement
from negotiation.stability.local import LocalJudge
from negotiation.stability.ranges import Range, ranges
from negotiation.stability.table import CRITERIA, GRAPH, Judged

__all__ = ["Judge"]

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Judge:
    """Puts the agreements of one model to the questions; everything shared is built once."""

    model: Model
    space: AgreementSpace
    given_up: TooLargeError | None = None
    """Why all agreements at once were given up, where that was found out on the way."""

    @cached_property
    def signatories(self) -> tuple[str, ...]:
        """Parties whose acceptance counts."""
        return build.signatories(self.model)

    @cached_property
    def local(self) -> LocalJudge:
        """The judge of single agreements, for spaces of any size."""
        return LocalJudge(self.model, self.space)

    @cached_property
    def refusal(self) -> TooLargeError | None:
        """Why the criteria cannot be put to all agreements at once; None where they can.

        What is compared with others is then judged by :attr:`local`, one agreement at a time.
        """
        if self.given_up is not None:
            return self.given_up
        try:
            self.space.require_room("the criteria", *self.memory)
        except TooLargeError as error:
            return error
        return None

    @cached_property
    def memory(self) -> tuple[int, int]:
        """Bytes that :meth:`masks` takes at its peak: for every agreement, and besides."""
        space, count = self.space, len(self.space.parties)
        # the arrays of the space stay; the frontier is found before the graph is built
        graph = memory_of(space.size + 1, count, len(GRAPH))
        return space.array_bytes() + len(CRITERIA), max(graph, largest_memory(space.size, count))

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
        if self.refusal is not None:
            return self.local.efficient(agreement)
        return is_efficient(self.space, agreement)

    def ratifiable(self, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge consent of the ratifiers."""
        if self.ratification is None:
            return Verdict(holds=None, witness=Witness("none", "the model names no ratifiers"))
        return self.ratification.verdict(agreement)

    def graph_verdict(self, concept: str, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge stability against single parties' moves."""
        if self.refusal is not None:
            return self.local.graph_verdict(concept, agreement)
        index = self.space.index(agreement)
        return self.graph.verdict(concept, index, unit=self.units)

    def coalition_proof(self, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge stability against joint moves of two or more parties."""
        if self.refusal is not None:
            return self.local.coalition_proof(agreement)
        index = self.space.index(agreement)
        return coalition_improvement(self.graph.graph, index, unit=self.units)

    @cached_property
    def units(self) -> dict[str, int]:
        """Party -> the denominator of its preferences, as utilities."""
        return {party: self.space.denominator(party) for party in self.space.parties}

    def self_enforcing(self, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge whether patience keeps the agreement."""
        if self.enforcement is None:
            text = "no party states its patience, or the model has no commitment section"
            return Verdict(holds=None, witness=Witness("none", text))
        return self.enforcement.result(agreement).verdict()

    @cached_property
    def ranges(self) -> tuple[Range, ...]:
        """The numbers with a declared range that bear on acceptance."""
        return ranges(self.model)

    def space_at(self, path: str, value: Fraction) -> AgreementSpace:
        """Return the space with one number at a value."""
        return build.agreement_space(self.model.override({path: value}))

    @property
    def left_out(self) -> tuple[str, ...]:
        """Values of ranges at which the model was found to have no meaning."""
        return tuple(text for own in self.ranges for text in own.left_out)

    def robust(self, agreement: FrozenMap[str, str]) -> Verdict:
        """Judge acceptance over the declared ranges, one number at a time."""
        base = self.acceptable(agreement)
        if not base.holds:
            witness = Witness("range", "it is not acceptable even at the stated values")
            return Verdict(holds=False, witness=witness)
        least, open_ = base.margin, ""
        for own in self.ranges:
            try:
                found = own.least(self.signatories, agreement)
            except TooLargeError as error:
                found = own.at_ends(self.signatories, agreement)
                open_ = open_ or f"not decided over the range of {own.path}: {error.what}"
            if found is None:
                continue
            if found.gain < 0:
                return self._shaken(agreement, own.path, found.at)
            least = None if least is None else min(least, found.gain)
        if open_:
            return Verdict(holds=None, witness=Witness("range", open_))
        return Verdict(holds=True, margin=least)

    def _shaken(self, agreement: FrozenMap[str, str], path: str, value: Fraction) -> Verdict:
        """Return the no of an agreement that is refused with one number at a value."""
        verdict = self.acceptable(agreement, self.space_at(path, value))
        assert not verdict.holds
        assert verdict.witness is not None
        text = f"with {path} at {show(value)}: {verdict.witness.text}"
        plain = show(value)
        to = f"{path}={plain if Fraction(plain) == value else exact_text(value)}"
        witness = Witness("range", text, verdict.witness.who, to, verdict.margin)
        return Verdict(holds=False, margin=verdict.margin, witness=witness)

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
