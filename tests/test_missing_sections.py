"""A model without some of its sections: refused in words, or answered; never a crash."""

from __future__ import annotations

import contextlib
import copy
import itertools

import pytest
from ruamel.yaml import YAML
from strategies_models import VALID

import negotiation as ng
from negotiation.cli import main
from negotiation.model.model import Model, Origin
from negotiation.model.references import OVER_DEMANDS

NO_DEMANDS_UTILITY = """\
title: t
parties: {x: {}, y: {}}
issues: {i: {options: [l, h]}}
agreements: {deal: {i: l}}
disagreement: {x: "u(y, deal)"}
"""
NO_DEMANDS_BARGAINING = """\
title: t
parties: {x: {}, y: {}}
parameters: {c: {value: 0.1, low: 0, high: 1}}
issues: {i: {options: [l, h]}}
bargaining: {players: [x, y]}
"""
COST = "parameters.patrol_cost"
OUTPUTS = (
    "stability.verdicts.interim.acceptable.holds",
    "bargaining.nash.exists",
    "normal_form.equilibria.count",
    "ratification.all",
    "demand_game.equilibria.count",
    "conflict_graph.counts.nash",
)


def uncited(node):
    """Return the data without citations, so that no section needs claims."""
    if isinstance(node, dict):
        return {key: uncited(value) for key, value in node.items() if key != "because"}
    return [uncited(value) for value in node] if isinstance(node, list) else node


WHOLE = {
    key: value
    for key, value in uncited(YAML(typ="safe").load(VALID)).items()
    if key not in {"claims", "sources", "evidence"}
}
SECTIONS = tuple(key for key in WHOLE if key != "title")
BASE = ("demands", "interactions", *OVER_DEMANDS)
"""Without these a model is one of matrices and listed graphs."""


def calls(model):
    """Every question that a model can be asked, with an output of each section."""
    yield lambda: ng.check(model).to_dict()
    yield lambda: ng.check_predictions(model)
    yield lambda: model.reading("calm").solve()
    for path in (*OUTPUTS, COST, "agreements.interim", "parties.north.patience"):
        yield lambda path=path: ng.trace(model, path)
    yield lambda: ng.compare(model, model.override({COST: "0.2"}))
    yield lambda: ng.sweep(model, {COST: [0, "0.1"]})
    for output in (*OUTPUTS[:3], None):
        yield lambda output=output: ng.tipping_points(model, COST, output=output)
    for output in OUTPUTS[:3]:
        yield lambda output=output: ng.tornado(model, output)
        yield lambda output=output: ng.sensitivity(model, output, draws=2)
    yield lambda: ng.flips(model)
    yield lambda: ng.robustness(model, draws=2)
    yield lambda: ng.acceptability(model, draws=2)
    yield lambda: ng.fragility(model)
    for question in (ng.repair, ng.breaking, ng.conditions):
        yield lambda question=question: question(model, "interim")
    yield lambda: ng.conditions(model, ("insist", "insist"))


def without(sections):
    """Return the model without some sections, or None where it is refused at loading."""
    data = {key: copy.deepcopy(value) for key, value in WHOLE.items() if key not in sections}
    try:
        return Model.from_data(data, Origin(data))
    except ng.ModelError:
        return None


def solved(model):
    try:
        return model.solve()
    except ng.NegotiationError:
        return None


def ask(model):
    """Ask everything: an answer, or an error of this package."""
    analysis = solved(model)
    refused = dict(ng.check(model).refused)
    if analysis is None:
        assert refused
    else:
        assert set(analysis.refused) <= set(refused)
        assert "" not in refused
    for call in calls(model):
        with contextlib.suppress(ng.NegotiationError):
            str(call())


def test_without_any_one_or_two_sections_a_model_is_refused_or_solved():
    loaded = 0
    for sections in itertools.chain([()], *(itertools.combinations(SECTIONS, r) for r in (1, 2))):
        model = without(sections)
        if model is not None:
            loaded += 1
            analysis = solved(model)
            refused = ng.check(model).refused
            assert (analysis is None) <= bool(refused), sections
            if analysis is not None:
                assert not refused, sections
    assert loaded > 40


@pytest.mark.parametrize("section", ["", "normal_form", "agreements", "issues", "parties"])
def test_every_question_to_a_model_without_demands(section):
    gone = {
        "agreements": {"agreements", "stability", "commitment"},
        "issues": {"issues", "agreements"},
        "parties": {"parties", "issues", "agreements", "disagreement"},
    }.get(section, {section})
    model = without({*BASE, *gone})
    assert model is not None
    ask(model)


@pytest.mark.parametrize("section", ["disagreement", "bargaining", "agreements", "ratifiers"])
def test_every_question_to_a_model_without_one_section(section):
    model = without({section})
    if model is None:
        assert section in {"disagreement", "agreements"}  # demands and others go by them
    else:
        ask(model)


@pytest.mark.heavy
def test_every_question_to_every_model_without_one_or_two_sections():
    for start in ((), BASE):
        for r in (0, 1, 2):
            for sections in itertools.combinations(SECTIONS, r):
                model = without({*start, *sections})
                if model is not None:
                    ask(model)


@pytest.mark.parametrize("section", OVER_DEMANDS)
def test_a_section_over_agreements_needs_demands(section):
    data = {key: value for key, value in WHOLE.items() if key not in BASE or key == section}
    with pytest.raises(ng.ModelError, match=f"'{section}' without demands: .*leave out") as refused:
        Model.from_data(data, Origin(data))
    assert any(problem.where == section for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NO_DEMANDS_UTILITY, ":5: disagreement.x: u(y, deal) has no value: 'y' demands nothing"),
        (NO_DEMANDS_BARGAINING, ":5: bargaining: 'bargaining' without demands"),
    ],
    ids=["utility", "bargaining"],
)
def test_what_presumes_demands_is_refused_with_its_place(text, message, tmp_path, capsys):
    file = tmp_path / "model.yaml"
    file.write_text(text, encoding="utf-8")
    for verb in ("check", "solve"):
        with pytest.raises(SystemExit) as stopped:
            main([verb, str(file)])
        assert stopped.value.code == 2
        assert message in capsys.readouterr().err
