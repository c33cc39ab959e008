"""Solving a model: the one table of sections that everything else iterates.

:data:`ANALYSES` lists, in order, each section, when a model has it, and the function from a
:class:`Context` to its result. Printing, output paths, predictions, the command line and
tracing all iterate this table, so that a new section is added in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from negotiation.bargaining import (
    AgreementSpace,
    BargainingSolution,
    Frontier,
    PayoffPoint,
    Ratification,
)
from negotiation.bargaining.frontier import feasible_frontier
from negotiation.bargaining.maximal import memory_of
from negotiation.bargaining.solutions import Feasible
from negotiation.conflict_graph import CONCEPTS, GraphStability, graph_stability
from negotiation.errors import NegotiationError, TooLargeError, UnknownNameError
from negotiation.exact import FrozenMap, out_of_memory
from negotiation.model import build
from negotiation.model.expectations import Outcome, check_expectation, lookup
from negotiation.model.model import Model, checked_model
from negotiation.model.parts import Prediction
from negotiation.normal_form import Equilibria, NormalForm, equilibria, iterated_dominance
from negotiation.normal_form.game import profile_name
from negotiation.results import Result, Table, jsonable
from negotiation.stability import Judge, StabilityTable, verdict_table

__all__ = ["ANALYSES", "Analysis", "Checked", "check_predictions", "solve"]

MAX_JOINT_CASES = 20_000  # states times coalitions up to which coalitions are asked about


# ---- results of the sections --------------------------------------------------------------


@dataclass(frozen=True)
class MatrixResult(Result):
    """A payoff matrix with its equilibria and iterated dominance.

    Attributes
    ----------
    game : NormalForm
        The payoffs.
    equilibria : Equilibria
        What was found, with its guarantee.
    dominance : Result
        What survives iterated elimination of strictly dominated strategies, with the trace.
    form : DemandGameForm or None
        For a game made from demands: what each profile leads to.
    """

    game: NormalForm
    equilibria: Equilibria
    dominance: Any
    form: build.DemandGameForm | None = None
    contested: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return equilibria and dominance as nested data."""
        data: dict[str, Any] = {
            "players": list(self.game.players),
            "equilibria": self.equilibria.data(),
            "dominance": self.dominance.data(),
        }
        if self.form is not None:
            data["outcomes"] = {
                profile_name(profile): None if agreement is None else dict(agreement)
                for profile, agreement in self.form.outcomes.items()
            }
        return data

    def tables(self) -> tuple[Table, ...]:
        """Return the matrix, the equilibria and the eliminated strategies."""
        tables = [self.game.table(), *self.equilibria.tables()]
        if self.dominance.steps:
            tables += [replace(table, detail=True) for table in self.dominance.tables()]
        if self.form is not None:
            rows = []
            for profile, agreement in self.form.outcomes.items():
                clash = self.form.clash[profile]
                text = "no agreement"
                if agreement is not None:
                    text = ", ".join(f"{issue}: {agreement[issue]}" for issue in self.contested)
                rows.append([" / ".join(profile), text, ", ".join(clash) or "nothing"])
            tables.append(
                Table(
                    "Where each profile leads",
                    [" / ".join(self.game.players), "outcome", "clash over"],
                    rows,
                    name="outcomes",
                    detail=True,
                )
            )
        return tuple(tables)


@dataclass(frozen=True)
class BargainingResult(Result):
    """Bargaining solutions over the agreement space, and the efficient acceptable agreements."""

    space: AgreementSpace
    players: tuple[str, ...]
    solutions: FrozenMap[str, BargainingSolution]
    frontier: Frontier

    @property
    def acceptable(self) -> int:
        """How many agreements all players accept."""
        return self.frontier.among

    def data(self) -> dict[str, Any]:
        """Return each solution, the size of the space and its frontier."""
        return {
            "players": list(self.players),
            "space": {"size": self.space.size, "acceptable": self.acceptable},
            "frontier": self.frontier.data(),
            **{name: solution.data() for name, solution in self.solutions.items()},
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the payoff points of the solutions, what they agree on, and the frontier."""
        parties = self.space.parties
        rows: list[list[Any]] = [
            ["without agreement", *(self.space.disagreement[party] for party in parties), None]
        ]
        notes: dict[str, None] = {}
        shown: list[tuple[str, PayoffPoint]] = []
        left_out = 0
        for concept, solution in self.solutions.items():
            label = SOLUTION_NAMES[concept]
            if not solution.exists:
                rows.append([label, *(None for _ in parties), 0])
                notes[solution.reason] = None
                continue
            points = solution.points[:JUDGED]
            more = len(solution.points) - len(points)
            left_out += more
            if more:
                notes[f"{label}: {more:,} more tied payoff points."] = None
            for place, point in enumerate(points, start=1):
                head = label if len(points) == 1 else f"{label} {place}"
                rows.append([head, *point.utilities.values(), point.count])
                shown.append((head, point))
            if len(points) > 1:
                notes[TIES] = None
        notes[
            f"{self.acceptable:,} of {self.space.size:,} agreements are acceptable to "
            f"{', '.join(self.players)}; {self.frontier.count:,} of these are efficient among them."
        ] = None
        utilities = Table(
            f"Bargaining solutions between {', '.join(self.players)}",
            ["solution", *parties, "agreements"],
            rows,
            notes=list(notes),
            name="solutions",
            left_out=left_out,
        )
        if not self.frontier.count:
            return (utilities,)
        contents = [_contents(self.space, shown)] if shown else []
        return (utilities, *contents, replace(self.frontier.tables()[0], detail=True))


ABREAST = 12
"""Payoff points that are set side by side."""
TIES = "1, 2, ...: tied payoff points of one solution, which prefers none of them to another."


def _contents(space: AgreementSpace, shown: Sequence[tuple[str, PayoffPoint]]) -> Table:
    """Set side by side what is agreed at some payoff points."""
    said = [(head, *point.agreements.said()) for head, point in shown[:ABREAST]]
    free = any("any" in texts.values() for _, texts, _ in said)
    notes = ["any: whichever option is taken, all parties get the same"] if free else []
    notes += [f"{head}, combined: {own}" for head, _, combined in said for own in combined]
    if len(shown) > ABREAST:
        notes.append(f"... and {len(shown) - ABREAST:,} more columns.")
    return Table(
        "What they agree on",
        ["issue", *(head for head, _, _ in said)],
        [[issue, *(texts[issue] for _, texts, _ in said)] for issue in space.issues],
        notes=notes,
        name="contents",
    )


SOLUTION_NAMES = {
    "nash": "Nash",
    "kalai_smorodinsky": "Kalai-Smorodinsky",
    "egalitarian": "egalitarian",
    "utilitarian": "utilitarian",
}
SOLVERS = tuple(SOLUTION_NAMES)
"""The bargaining solutions by name."""


# ---- the table ----------------------------------------------------------------------------


class Context:
    """What the sections of one model share; built when first asked for."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._solutions: dict[str, BargainingSolution] = {}

    @cached_property
    def space(self) -> AgreementSpace:
        """The agreement space."""
        return build.agreement_space(self.model)

    @cached_property
    def judge(self) -> Judge:
        """The judge of the verdict table."""
        return Judge(self.model, self.space)

    @cached_property
    def bargained(self) -> AgreementSpace:
        """The agreement space that the bargaining solutions are taken in."""
        section = self.model.spec.bargaining
        assert section is not None
        return self.space if section.red_lines == "binding" else self.space.without_red_lines()

    def require_room(self) -> None:
        """Refuse to bargain over more agreements than there is room for."""
        section, space = self.model.spec.bargaining, self.bargained
        assert section is not None
        count = len(section.players)
        space.require_room(
            "bargaining", space.array_bytes() + 20 * count, memory_of(space.size, count)
        )

    @cached_property
    def feasible(self) -> Feasible:
        """The agreements that all players accept; all solutions and the frontier share them."""
        self.require_room()
        section = self.model.spec.bargaining
        assert section is not None
        return Feasible.of(self.bargained, section.players)

    def solution(self, concept: str) -> BargainingSolution:
        """Return one bargaining solution."""
        if concept not in self._solutions:
            self._solutions[concept] = self.feasible.solution(concept)
        return self._solutions[concept]

    @cached_property
    def bargaining(self) -> BargainingResult:
        """Bargaining solutions, also candidates of the verdict table."""
        return BargainingResult(
            self.bargained,
            self.feasible.players,
            FrozenMap({concept: self.solution(concept) for concept in SOLVERS}),
            feasible_frontier(self.feasible),
        )

    def candidates(self, concept: str) -> dict[str, FrozenMap[str, str]]:
        """Return by name an agreement for each payoff point of a bargaining solution.

        It is the one that is nearest to the status quo. Of many points only the first
        :data:`JUDGED` have one.
        """
        quo = self.model.spec.status_quo
        here = self.model.agreement(quo) if quo else None
        points = self.solution(concept).points[:JUDGED]
        found = [point.agreements.nearest(here) for point in points]
        name = f"{concept}_solution"
        return {
            name if len(found) == 1 else f"{name}_{place}": own
            for place, own in enumerate(found, start=1)
        }


JUDGED = 20
"""Payoff points of one solution that are candidates of the verdict table."""


def _matrix(game: NormalForm) -> MatrixResult:
    return MatrixResult(game, equilibria(game), iterated_dominance(game))


def _demand_game(context: Context) -> MatrixResult:
    form = build.demand_game(context.model, context.space)
    section = context.model.spec.demand_game
    assert section is not None
    return replace(_matrix(form.game), form=form, contested=section.over)


def _stability(context: Context) -> StabilityTable:
    solutions: dict[str, Mapping[str, str]] = {}
    ties = {}
    notes = []
    for concept in SOLVERS if context.model.spec.bargaining is not None else ():
        try:
            points = context.solution(concept).points
            own = context.candidates(concept)
        except (MemoryError, TooLargeError) as error:
            reason = out_of_memory("bargaining", error).what
            notes = [f"Without the bargaining solutions: {reason}."]
            break
        solutions |= own
        if len(own) == len(points) > 1:
            ties[f"{concept}_solution"] = (tuple(own), (concept, points.codes))
        if len(own) < len(points):
            notes.append(
                f"{concept}_solution: {len(points) - len(own):,} more tied payoff points are not "
                "judged."
            )
    found = verdict_table(context.judge, solutions)
    return replace(found, ties=FrozenMap(ties), notes=(*found.notes, *notes))


def _ratification(context: Context) -> Ratification:
    found = context.judge.ratification
    assert found is not None
    _room_for_win_sets(context)
    found.data()  # what does not fit all the same is found out here
    return found


def _room_for_win_sets(context: Context) -> None:
    space = context.space
    space.require_room("win-sets", space.array_bytes() + len(context.model.ratifiers) + 24)


def _room_for_verdicts(context: Context) -> None:
    if context.judge.refusal is not None:
        raise context.judge.refusal


def _conflict_graph(context: Context) -> GraphStability:
    """Judge a stated graph by every concept, and against coalitions where they are not too many."""
    graph = build.conflict_graph(context.model)
    cases = graph.n_states << len(graph.parties)
    if cases <= MAX_JOINT_CASES:
        return graph_stability(graph, tuple(CONCEPTS), coalitions=True)
    note = (
        f"Joint moves of coalitions are not searched for here: {cases:,} states times coalitions, "
        f"the limit is {MAX_JOINT_CASES:,}; see coalition_improvement."
    )
    return replace(graph_stability(graph, tuple(CONCEPTS)), notes=(note,))


@dataclass(frozen=True)
class Section:
    """One row of the table of analyses."""

    name: str
    title: str
    applies: Callable[[Model], bool]
    solve: Callable[[Context], Result]
    reads: tuple[str, ...]
    """Parts of the model that the section rests on, for tracing."""
    prepare: Callable[[Context], object]
    """Builds what is solved, or asks whether there is room for it: raises what `solve` would
    refuse before it starts."""


_SPACE = ("demands", "interactions", "disagreement", "parameters", "issues")

ANALYSES: tuple[Section, ...] = (
    Section(
        "normal_form",
        "Payoff matrix",
        lambda model: model.spec.normal_form is not None,
        lambda context: _matrix(build.normal_form(context.model)),
        ("normal_form", "parameters"),
        lambda context: build.normal_form(context.model),
    ),
    Section(
        "stability",
        "Which agreements are stable",
        lambda model: bool(model.issues) and bool(model.demands),
        _stability,
        (*_SPACE, "agreements", "ratifiers", "commitment", "parties", "stability"),
        _room_for_verdicts,
    ),
    Section(
        "bargaining",
        "Bargaining",
        lambda model: model.spec.bargaining is not None,
        lambda context: context.bargaining,
        (*_SPACE, "bargaining"),
        lambda context: context.require_room(),
    ),
    Section(
        "ratification",
        "Ratification",
        lambda model: bool(model.ratifiers) and bool(model.demands),
        _ratification,
        (*_SPACE, "ratifiers"),
        _room_for_win_sets,
    ),
    Section(
        "demand_game",
        "The demands as a game",
        lambda model: model.spec.demand_game is not None,
        _demand_game,
        (*_SPACE, "demand_game"),
        lambda context: build.demand_game(context.model, context.space),
    ),
    Section(
        "conflict_graph",
        "Conflict graph",
        lambda model: model.spec.conflict_graph is not None,
        _conflict_graph,
        ("conflict_graph",),
        lambda context: build.conflict_graph(context.model),
    ),
)


@dataclass(frozen=True, eq=False)
class Analysis(Mapping[str, Result]):
    """What solving a model gave: a mapping from section to result.

    A section that is too large is refused by itself: it is no item of the mapping, asking for it
    or for one of its outputs raises the reason, and the other sections are solved.

    Attributes
    ----------
    model : Model
        What was solved.
    results : FrozenMap
        Section -> result, for those that were solved.
    refused : FrozenMap
        Section -> the error that says why it is too large.

    Examples
    --------
    >>> import negotiation as ng
    >>> analysis = ng.load("classics/prisoners_dilemma").solve()
    >>> analysis["normal_form"].equilibria.profiles[0].strategies[0]
    (Fraction(0, 1), Fraction(1, 1))
    >>> analysis.get_path("normal_form.equilibria.count")
    1
    """

    model: Model
    results: FrozenMap[str, Result]
    refused: FrozenMap[str, TooLargeError] = field(default_factory=FrozenMap)

    def __getitem__(self, section: str) -> Result:
        if section in self.refused:
            raise self.refused[section]
        if section not in self.results:
            raise UnknownNameError.of("section", section, self.results)
        return self.results[section]

    def __contains__(self, section: object) -> bool:
        return section in self.results

    def __iter__(self) -> Iterator[str]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)

    @cached_property
    def _data(self) -> dict[str, Any]:
        found = {name: result.data() for name, result in self.results.items()}
        return found | {name: {"refused": str(error)} for name, error in self.refused.items()}

    def data(self) -> dict[str, Any]:
        """Return nested data with exact numbers; its keys are the output paths.

        A section that is too large holds nothing but ``refused``, the reason.
        """
        return self._data

    def get_path(self, path: str) -> Any:
        """Return one output, such as ``bargaining.nash.utility.ru``.

        Raises
        ------
        UnknownNameError
            For a path that does not exist, with close matches.
        TooLargeError
            For an output of what was refused, with the reason.
        """
        return lookup(self.data(), path)

    def predictions(self) -> tuple[Checked, ...]:
        """Check the predictions made for this reading (or for the model as written).

        One about a section that was refused cannot be checked; the reason is that of the refusal.
        """
        return tuple(
            _check(name, prediction, self)
            for name, prediction in self.model.predictions.items()
            if _concerns(prediction, self.model.origin.reading)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data: exact numbers as strings like "3/5"."""
        return {
            "model": self.model.origin.name,
            "title": self.model.title,
            "reading": self.model.origin.reading or None,
            "overrides": jsonable(dict(self.model.origin.overrides)),
            "sections": jsonable(self.data()),
            "predictions": [checked.data() for checked in self.predictions()],
        }

    def tables(self) -> tuple[Table, ...]:
        """Return every table of every section."""
        return tuple(table for result in self.results.values() for table in result.tables())

    def __str__(self) -> str:
        parts = [str(self.model)]
        titles = {section.name: section.title for section in ANALYSES}
        for name, result in self.results.items():
            parts += [titles[name].upper(), str(result)]
        for name, error in self.refused.items():
            parts += [titles[name].upper(), f"Not solved: {error}"]
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        return "\n".join(table.as_html() for table in self.tables())


def solve(
    model: Model,
    *,
    progress: Callable[[str], None] | None = None,
    only: Collection[str] | None = None,
    context: Context | None = None,
) -> Analysis:
    """Solve every section a model has, or `only` some; see :meth:`negotiation.Model.solve`.

    Raises
    ------
    NegotiationError
        If the model states nothing to solve.
    TooLargeError
        If every section is too large; one of several is refused by itself
        (:attr:`Analysis.refused`).
    """
    context = context or Context(model)
    results: dict[str, Result] = {}
    refused: dict[str, TooLargeError] = {}
    for section in ANALYSES:
        if section.applies(model) and (only is None or section.name in only):
            if progress is not None:
                progress(section.title)
            try:
                results[section.name] = section.solve(context)
            except (MemoryError, TooLargeError) as error:
                refused[section.name] = out_of_memory(section.title.lower(), error)
    if not results and refused:
        raise next(iter(refused.values()))
    if not results:
        raise nothing_to_solve(model)
    return Analysis(model, FrozenMap(results), FrozenMap(refused))


def foresee(model: Model) -> dict[str, NegotiationError]:
    """Return what :func:`solve` would refuse, by section, without solving; "" is the whole model.

    What only turns out on the way is not foreseen.
    """
    context = Context(model)
    sections = [section for section in ANALYSES if section.applies(model)]
    if not sections:
        return {"": nothing_to_solve(model)}
    found: dict[str, NegotiationError] = {}
    for section in sections:
        try:
            section.prepare(context)
        except NegotiationError as error:
            found[section.name] = error
    return found


def nothing_to_solve(model: Model) -> NegotiationError:
    """Return the error for a model without any section."""
    return NegotiationError(
        f"'{model.title}' states nothing to solve",
        remedy="add normal_form, conflict_graph, or issues with demands",
    )


# ---- predictions --------------------------------------------------------------------------


@dataclass(frozen=True)
class Checked:
    """A prediction beside what the model says.

    Attributes
    ----------
    name, prediction, reading : str, Prediction, str
        What was expected, and in which reading it was checked ("" is the model as written).
    outcome : Outcome or None
        Whether it holds and what was found; None where the path does not exist.
    error : str
        Why it could not be checked.
    """

    name: str
    prediction: Prediction
    reading: str
    outcome: Outcome | None
    error: str = ""

    @property
    def agrees(self) -> bool | None:
        """Whether the model agrees with the source.

        None if it could not be checked, or if it depends on which of several tied solutions is
        taken.
        """
        return None if self.outcome is None else self.outcome.holds

    @property
    def mark(self) -> str:
        """``agrees``, ``disagrees``, ``open`` or ``cannot be checked``."""
        if self.agrees is None:
            return "cannot be checked" if self.outcome is None else "open"
        return "agrees" if self.agrees else "disagrees"

    def data(self) -> dict[str, Any]:
        """Return the check as plain data."""
        return {
            "name": self.name,
            "says": self.prediction.says,
            "expect": self.prediction.expect,
            "reading": self.reading or None,
            "because": list(self.prediction.because),
            "found": self.outcome.found if self.outcome else self.error,
            "agrees": self.agrees,
        }


def _concerns(prediction: Prediction, reading: str) -> bool:
    return (reading in prediction.reading) if prediction.reading else not reading


def _check(name: str, prediction: Prediction, analysis: Analysis) -> Checked:
    reading = analysis.model.origin.reading
    try:
        outcome = check_expectation(prediction.expect, analysis.data())
    except NegotiationError as error:
        return Checked(name, prediction, reading, None, str(error))
    return Checked(name, prediction, reading, outcome)


def check_predictions(
    model: Model, *, progress: Callable[[str], None] | None = None
) -> tuple[Checked, ...]:
    """Check every prediction of a model in the readings it is made for.

    Examples
    --------
    >>> import negotiation as ng
    >>> [checked.mark for checked in check_predictions(ng.load("classics/stag_hunt"))]
    ['agrees', 'agrees', 'agrees']
    """
    needed: dict[str, None] = {}
    for prediction in checked_model(model).predictions.values():
        needed |= dict.fromkeys(prediction.reading or ("",))
    found: list[Checked] = []
    for reading in needed:
        if progress is not None:
            progress(f"{model.title}, {f'reading {reading}' if reading else 'as written'}")
        variant = model.reading(reading) if reading else model
        found += variant.solve().predictions()
    order = list(model.predictions)
    return tuple(sorted(found, key=lambda c: (order.index(c.name), c.reading)))
