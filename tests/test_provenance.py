"""From numbers back to paragraphs, and what a model leaves without a reason."""

from __future__ import annotations

import pytest
from shipped import NAMES, loaded, readings, solved

import negotiation as ng

SMALL = """\
title: Ferry dispute
sources:
  letter: {title: Letter of the islanders, paragraphs: 9}
claims:
  L1: {source: letter, at: p1, says: wants the ferry daily, speaker: the mayor, hedge: mild}
  L2: {source: letter, at: p2.1, says: expects fuel to stay dear}
  L3: {source: letter, at: p3, says: can wait for a year}
  L4: {source: letter, at: p4, says: the council must agree}
  L5: {source: letter, at: p5, says: the weather is fine}
  L6: {source: letter, at: p6, says: forecasts a compromise}
  L7: {source: letter, at: p7, says: names the daily ferry a plan}
  L8: {source: letter, at: p8, says: fuel will be cheap}
parties:
  isle: {name: Isle, patience: {value: 0.9, because: L3}}
  port: {name: Port, patience: 0.5}
issues:
  ferry:
    options: {daily: {}, weekly: {}, monthly: {says: once a month, basis: ours}}
    control: {by: port, assumption: the ships are its own}
parameters:
  fuel: {value: 0.3, low: 0.1, high: 0.2, because: L2}
  crew: 0.1
  cost: fuel + crew
  rest: {value: 0.2, assumption: a guess}
demands:
  isle: {ferry: {aspires: daily, weight: 2, because: L1}}
  port: {ferry: {aspires: monthly}}
disagreement:
  isle: 0.25
  port: {value: cost / 2, assumption: half of what it saves}
agreements: {plan: {options: {ferry: daily}, because: L7}}
ratifiers: {council: {of: isle, at_least: rest, because: L4}}
bargaining: {players: [isle, port]}
commitment: {}
conflict_graph:
  states: [row, peace]
  moves: [{by: isle, start: row, to: peace}]
  ranking:
    isle: [peace, row]
    port: {order: [peace, row], ours: [row], assumption: the letter does not say}
readings:
  cheap: {set: {parameters.fuel: {value: 0.15, because: L8}}}
predictions:
  agree: {says: they agree, expect: bargaining.nash.exists == true, because: L6}
"""
MODEL = ng.loads(SMALL)


def inputs(found):
    return {reason.path: reason for reason in found.reasons}


# ---- what has no reason -----------------------------------------------------------------


def test_check_lists_what_a_reader_should_know():
    found = ng.check(MODEL)
    assert {reason.path for reason in found.uncited} == {
        "parties.port.patience",
        "parameters.crew",
        "disagreement.isle",
    }
    assert {reason.path: reason.assumption for reason in found.assumptions} == {
        "issues.ferry.control": "the ships are its own",
        "parameters.rest": "a guess",
        "disagreement.port": "half of what it saves",
        "conflict_graph.ranking.port": "the letter does not say",
    }
    assert [(issue, option) for issue, option, _ in found.ours] == [
        ("ferry", "monthly"),
        ("ranking of port", "row"),
    ]
    assert found.ours[0][2] == "once a month"
    assert found.outside == ("parameters.fuel = 0.3 is outside 0.1 to 0.2",)
    assert [(claim, at) for claim, at, _ in found.unused] == [("L5", "letter p5")]


def test_check_as_tables_and_data():
    found = ng.check(MODEL)
    data = found.to_dict()
    assert data["uncited"] == [reason.path for reason in found.uncited]
    assert data["unused_claims"] == ["L5"]
    assert data["ours"] == ["ferry.monthly", "ranking of port.row"]
    assert [table.name for table in found.tables()] == [
        "uncited",
        "assumptions",
        "ours",
        "outside",
        "unused",
    ]
    tidy = ng.loads("title: T\nparties: {a: {}}\nparameters: {x: {value: 1, assumption: any}}")
    assert [table.name for table in ng.check(tidy).tables()] == ["refused", "assumptions"]
    assert ng.check(tidy).to_dict()["refused"] == {
        "": "'T' states nothing to solve; add normal_form, conflict_graph, or issues with demands"
    }


def test_a_number_set_by_hand_loses_its_claims_and_says_so():
    found = ng.check(MODEL.override({"parameters.fuel": 0.15}))
    assert not found.outside
    assert {r.path: r.assumption for r in found.assumptions}["parameters.fuel"] == "set by hand"
    (fuel,) = ng.trace(MODEL.override({"parameters.fuel": 0.15}), "parameters.fuel").reasons
    assert fuel.claims == ()


def test_a_reading_brings_its_own_claims():
    (fuel,) = ng.trace(MODEL.reading("cheap"), "parameters.fuel").reasons
    assert (fuel.value, fuel.claims) == ("0.15", ("L8",))


# ---- traces of inputs -------------------------------------------------------------------


def test_an_input_ends_at_its_paragraph():
    found = ng.trace(MODEL, "parameters.fuel")
    assert found.value == "0.3"
    assert found.rows == (
        ("parameters.fuel", "L2", "letter p2.1", "", "", "expects fuel to stay dear"),
    )
    assert ng.trace(MODEL, "parameters.fuel.value").rows == found.rows
    assert inputs(ng.trace(MODEL, "parties.isle.patience"))["parties.isle.patience"].claims == (
        "L3",
    )


def test_a_demand_speaks_for_its_weight():
    found = ng.trace(MODEL, "demands.isle.ferry.weight")
    (demand,) = found.reasons
    assert (demand.path, demand.claims) == ("demands.isle.ferry", ("L1",))
    assert demand.value == "wants daily, weight 2"
    assert found.rows[0][2:5] == ("letter p1", "the mayor", "mild")


def test_a_weight_in_a_demand_without_reasons_is_uncited():
    text = SMALL.replace("aspires: monthly", "aspires: monthly, weight: 3")
    uncited = {reason.path for reason in ng.check(ng.loads(text)).uncited}
    assert "demands.port.ferry.weight" in uncited
    reasons = ng.trace(ng.loads(text), "demands.port.ferry.weight").reasons
    assert [reason.path for reason in reasons] == ["demands.port.ferry.weight"]


def test_the_parameters_of_a_weight_are_followed():
    text = SMALL.replace("weight: 2", "weight: 2*cost")
    model = ng.loads(text)
    wanted = {"parameters.cost", "parameters.fuel", "parameters.crew"}
    assert wanted <= set(inputs(ng.trace(model, "demands.isle.ferry.weight")))
    assert wanted <= set(inputs(ng.trace(model, "bargaining.nash.utility.isle")))


def test_a_formula_rests_on_its_parameters_and_theirs():
    found = inputs(ng.trace(MODEL, "disagreement.port"))
    assert set(found) == {
        "disagreement.port",
        "parameters.cost",
        "parameters.fuel",
        "parameters.crew",
    }
    assert found["disagreement.port"].value == "0.2 = cost / 2"
    assert found["disagreement.port"].assumption == "half of what it saves"
    assert found["parameters.fuel"].claims == ("L2",)


def test_a_branch_is_all_that_lies_below_it():
    found = ng.trace(MODEL, "parameters")
    assert set(inputs(found)) == {f"parameters.{n}" for n in ("fuel", "crew", "cost", "rest")}
    assert found.value == "4 inputs"


def test_an_option_takes_the_reasons_around_it():
    assert inputs(ng.trace(MODEL, "demands.isle.ferry.aspires"))["demands.isle.ferry"].claims == (
        "L1",
    )
    assert inputs(ng.trace(MODEL, "agreements.plan.ferry"))["agreements.plan"].claims == ("L7",)
    (forecast,) = ng.trace(MODEL, "predictions.agree.expect").reasons
    assert forecast.claims == ("L6",)


# ---- traces of outputs ------------------------------------------------------------------


def test_an_output_rests_on_the_inputs_of_the_party_it_names():
    analysis = MODEL.solve()
    steps = inputs(ng.trace(MODEL, "stability.verdicts.plan.utility.port", analysis))
    assert "demands.port.ferry" in steps
    assert not any(path.startswith("demands.isle") for path in steps)


def test_a_solution_rests_on_the_inputs_of_every_party():
    analysis = MODEL.solve()
    for path in ("bargaining.nash.utility.port", "bargaining.nash.agreement"):
        steps = inputs(ng.trace(MODEL, path, analysis))
        assert {"disagreement.port", "parameters.cost", "parameters.fuel"} <= set(steps)
        assert {"disagreement.isle", "demands.isle.ferry"} <= set(steps)


def test_a_verdict_rests_on_who_decides_it():
    analysis = MODEL.solve()
    assert analysis.get_path("stability.verdicts.plan.acceptable.witness.who") == ["port"]
    found = ng.trace(MODEL, "stability.verdicts.plan.acceptable", analysis)
    assert found.value.startswith("no (port leaves")
    steps = inputs(found)
    assert {"disagreement.port", "parameters.fuel", "agreements.plan"} <= set(steps)
    assert "disagreement.isle" not in steps
    assert {row[1] for row in found.rows} >= {"L2", "L7"}


def test_a_ratifier_rests_on_its_threshold_and_its_partys_demands():
    steps = inputs(ng.trace(MODEL, "ratification.win_set.council"))
    assert {"ratifiers.council", "parameters.rest", "demands.isle.ferry"} <= set(steps)
    assert not any(path.startswith("demands.port") for path in steps)


def test_trace_as_tables_and_data():
    found = ng.trace(MODEL, "disagreement.port")
    assert [table.name for table in found.tables()] == ["inputs", "claims", "assumptions"]
    data = found.to_dict()
    assert data["value"] == "0.2 = cost / 2"
    assert {claim["claim"] for claim in data["claims"]} == {"L2"}
    assert "letter p2.1" in str(found)


@pytest.mark.parametrize(
    ("path", "close"),
    [
        ("parameters.fule", "'parameters.fuel'"),
        ("bargainign.nash", "'bargaining'"),
        ("bargaining.nsah", "'nash'"),
        ("demands.isle.fery.weight", "'demands.isle.ferry.weight'"),
        ("normal_form.equilibria", "one of|did you mean"),
    ],
)
def test_an_unknown_path_is_told_with_close_matches(path, close):
    with pytest.raises(ng.UnknownNameError, match=close):
        ng.trace(MODEL, path)


# ---- the shipped models -----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_shipped_models_leave_no_number_without_a_reason(name):
    for reading in readings(name):
        found = ng.check(loaded(name, reading))
        assert [reason.path for reason in found.uncited] == [], reading
        assert found.outside == (), reading
        assert found.inputs > 0


@pytest.mark.parametrize("name", NAMES)
def test_every_input_of_a_shipped_model_can_be_traced(name):
    for reading in readings(name):
        model = loaded(name, reading)
        for path in list(model.parameters)[:3]:
            found = ng.trace(model, f"parameters.{path}")
            for reason in found.reasons:
                assert reason.claims or reason.assumption or "=" in reason.value, reason.path


@pytest.mark.parametrize("name", ["alaska/regions", "alaska/territory_for_commerce"])
def test_an_output_of_a_shipped_model_ends_at_paragraphs(name):
    for reading in readings(name):
        model, analysis = loaded(name, reading), solved(name, reading)
        player = analysis["bargaining"].players[0]
        found = ng.trace(model, f"bargaining.nash.utility.{player}", analysis)
        assert found.rows
        for path, claim, at, _, _, says in found.rows:
            assert path.split(".")[0] in {"demands", "interactions", "disagreement", "parameters",
                                          "issues", "bargaining"}  # fmt: skip
            assert at == model.evidence.cite(claim)
            assert says == model.claims[claim].says
