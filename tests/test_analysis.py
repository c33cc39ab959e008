"""Solving: repeatable, harmless, exact; paths out; predictions; every shipped model."""

from __future__ import annotations

import copy
import itertools
import json
import math
import os
import pickle
import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given, settings
from shipped import NAMES, loaded, readings, solved
from small_models import model_of, small_models
from strategies_models import VALID

import negotiation as ng
from negotiation.analysis import ANALYSES
from negotiation.bargaining.checks import is_bargaining_solution
from negotiation.normal_form import is_equilibrium

FULL = ng.loads(VALID)


# ---- solving leaves no trace ------------------------------------------------------------


@settings(max_examples=20)
@given(small_models())
def test_solving_twice_gives_the_same_and_leaves_the_model_alone(data):
    model = model_of(data)
    before = pickle.dumps(model.origin.data)
    twin = model_of(data)
    first = model.solve()
    assert pickle.dumps(model.origin.data) == before
    assert model == twin
    assert copy.deepcopy(model.spec) == model.spec
    assert first.data() == model.solve().data() == twin.solve().data()
    assert first.data() == model.override({}).solve().data()


def test_a_model_with_every_section_solves_every_section():
    analysis = FULL.solve()
    assert list(analysis) == [entry.name for entry in ANALYSES]
    assert len(analysis) == len(ANALYSES)
    assert ng.loads(VALID) == FULL
    again = FULL.override({}).solve()
    assert again.data() == analysis.data()
    assert str(again) == str(analysis)
    for entry in ANALYSES:
        assert entry.title.upper() in str(analysis)


def test_setting_a_number_to_what_it_is_changes_nothing():
    same = FULL.override({"parameters.patrol_cost": "0.1", "parties.south.patience": 0.7})
    assert same.solve().data() == FULL.solve().data()
    other = FULL.override({"parameters.patrol_cost": 0.2}).solve()
    assert other.data() != FULL.solve().data()


def test_progress_names_every_section_before_it_is_solved():
    seen = []
    FULL.solve(progress=seen.append)
    assert seen == [entry.title for entry in ANALYSES]


def test_a_model_without_a_question_is_told():
    with pytest.raises(ng.NegotiationError, match="nothing to solve"):
        ng.loads("title: Nothing").solve()


def numbers(node):
    """Yield every leaf."""
    if isinstance(node, dict):
        for item in node.values():
            yield from numbers(item)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from numbers(item)
    else:
        yield node


def test_json_has_exact_numbers_as_text():
    analysis = FULL.solve()
    data = json.loads(json.dumps(analysis.to_dict()))
    assert data == analysis.to_dict()
    assert not any(isinstance(leaf, float) for leaf in numbers(data))
    expected = analysis.get_path("bargaining.nash.utility.north")
    found = data["sections"]["bargaining"]["nash"]["utility"]["north"]
    assert isinstance(found, str)
    assert Fraction(found) == expected
    assert data["reading"] is None
    changed = FULL.override({"parameters.patrol_cost": "1/5"}).solve().to_dict()
    assert Fraction(changed["overrides"]["parameters.patrol_cost"]) == Fraction(1, 5)
    assert FULL.reading("calm").solve().to_dict()["reading"] == "calm"


def test_leaves_are_exact_or_names():
    for leaf in numbers(FULL.solve().data()):
        assert leaf is None or isinstance(leaf, (bool, int, str, Fraction)), repr(leaf)


# ---- paths out --------------------------------------------------------------------------


def test_paths_name_outputs():
    analysis = FULL.solve()
    for path, value in every_path(analysis.data()):
        assert analysis.get_path(path) == value, path
    assert analysis["bargaining"] is analysis.results["bargaining"]


def every_path(node, path=""):
    for key, item in node.items():
        here = f"{path}.{key}" if path else key
        if "." in key:
            continue
        yield here, item
        if isinstance(item, dict):
            yield from every_path(item, here)


@pytest.mark.parametrize(
    ("path", "close"),
    [
        ("bargainign.nash", "'bargaining'"),
        ("bargaining.nsah", "'nash'"),
        ("bargaining.nash.utilty.north", "'utility'"),
        ("stability.counts.acceptible", "'acceptable'"),
        ("stability.verdicts.interim.nash.margn", "'margin'"),
    ],
)
def test_an_unknown_path_is_told_with_close_matches(path, close):
    with pytest.raises(ng.UnknownNameError, match=close):
        FULL.solve().get_path(path)


def test_an_unknown_section_is_told_with_close_matches():
    with pytest.raises(ng.UnknownNameError, match="'stability'"):
        FULL.solve()["stabilty"]
    assert FULL.solve().get("stabilty") is None


# ---- predictions ------------------------------------------------------------------------

PREDICTED = VALID.replace(
    "predictions:\n",
    """predictions:
  right: {says: pure ones, expect: normal_form.equilibria.count_pure >= 1}
  wrong: {says: none, expect: normal_form.equilibria.count == 0, reading: [calm, storm]}
  lost: {says: something, expect: normal_form.equilibriums.count == 0}
""",
)


def test_predictions_agree_disagree_or_cannot_be_checked():
    model = ng.loads(PREDICTED)
    found = {(item.name, item.reading): item for item in ng.check_predictions(model)}
    assert set(found) == {
        ("right", ""),
        ("wrong", "calm"),
        ("wrong", "storm"),
        ("lost", ""),
        ("impasse", "calm"),
    }
    assert found["right", ""].mark == "agrees"
    assert found["wrong", "calm"].mark == found["wrong", "storm"].mark == "disagrees"
    assert "normal_form.equilibria.count = " in found["wrong", "calm"].outcome.found
    lost = found["lost", ""]
    assert lost.mark == "cannot be checked"
    assert lost.agrees is None
    assert "'equilibria'" in lost.error
    assert lost.data()["found"] == lost.error
    assert [item.name for item in model.solve().predictions()] == ["right", "lost"]
    assert [p.name for p in model.reading("storm").solve().predictions()] == ["wrong"]


def test_predictions_are_in_the_order_of_the_model():
    model = ng.loads(PREDICTED)
    order = list(model.predictions)
    places = [order.index(item.name) for item in ng.check_predictions(model)]
    assert places == sorted(places)


# ---- a number's range must not stop a model that is valid as written --------------------

RANGES = """\
title: Wall
parties: {north: {patience: PATIENCE}, south: {}}
issues: {wall: {options: [up, down], control: north}}
parameters: {p: {value: 1, low: 0, high: 2}}
demands:
  north: {wall: {aspires: up, weight: WEIGHT}}
  south: {wall: {aspires: down}}
disagreement: {north: {value: OUTSIDE}, south: 0}
agreements: {plan: {wall: up}}
commitment: {lag: LAG}
"""
PLAIN = {"PATIENCE": "0.5", "WEIGHT": "1", "OUTSIDE": "0", "LAG": "1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"PATIENCE": "{value: 0.9, low: 0.8, high: 1}"},
        {"LAG": "{value: 1, low: 0.5, high: 2}"},
        {"WEIGHT": "{value: 1, low: 0, high: 2}"},
        {"WEIGHT": "p"},
        {"OUTSIDE": "1/p - 1"},
    ],
    ids=["patience", "lag", "weight", "weight by formula", "disagreement by formula"],
)
def test_a_range_end_without_meaning_stops_no_solve(changes):
    text = RANGES
    for key, value in (PLAIN | changes).items():
        text = text.replace(key, value)
    model = ng.loads(text)
    assert model.solve()["stability"].row("plan").verdicts["acceptable"].holds


# ---- the shipped models -----------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_shipped_model_solves_in_every_reading(name):
    for reading in readings(name):
        analysis = solved(name, reading)
        assert list(analysis) == [e.name for e in ANALYSES if e.applies(loaded(name))]
        assert json.loads(json.dumps(analysis.to_dict()))["reading"] == (reading or None)
        assert loaded(name, reading).origin.reading == reading
        assert all(table.rows for table in analysis.tables() if not table.detail), reading


def regrets(game, mixed):
    """How much each player could gain, as the definition says, in fractions."""
    whole = []
    for place in range(len(game.players)):
        values = dict.fromkeys(game.strategies[place], Fraction(0))
        for profile in itertools.product(*map(range, map(len, game.strategies))):
            chance = math.prod(
                (mixed[k][own] for k, own in enumerate(profile) if k != place), start=Fraction(1)
            )
            names = tuple(game.strategies[k][own] for k, own in enumerate(profile))
            if chance:
                values[names[place]] += chance * game.payoffs_at(names)[place]
        got = sum(p * v for p, v in zip(mixed[place], values.values(), strict=True))
        whole.append(max(values.values()) - got)
    return whole


@pytest.mark.parametrize("name", NAMES)
def test_every_equilibrium_has_no_regret(name):
    for reading in readings(name):
        analysis = solved(name, reading)
        for section in {"normal_form", "demand_game"} & set(analysis):
            found = analysis[section].equilibria
            for profile in found.profiles:
                game = analysis[section].game
                verdict = is_equilibrium(game, profile.strategies)
                close = not profile.exact and verdict.margin >= -Fraction(1, 10**9)
                assert verdict.holds or close, f"{reading}: {verdict}"
                if profile.exact:
                    assert regrets(game, profile.strategies) == [0] * len(game.players), reading


@pytest.mark.parametrize("name", NAMES)
def test_bargaining_solutions_pass_the_definition(name):
    if loaded(name).spec.bargaining is None:
        assert "bargaining" not in solved(name)
        return
    for reading in readings(name):
        result = solved(name, reading)["bargaining"]
        small = result.space.size < 5000  # the definition in fractions is slow
        for concept, solution in result.solutions.items():
            assert solution.exists or solution.reason
            if solution.exists and small:
                agreement = solution.agreements[0]
                verdict = is_bargaining_solution(result.space, agreement, concept, result.players)
                assert verdict.holds, f"{reading}, {concept}: {verdict}"
        assert any(s.exists for s in result.solutions.values()) is (result.acceptable > 0)


# ---- the same in every process ----------------------------------------------------------

SOLVE = """\
import json, sys, negotiation as ng
analysis = ng.loads(sys.stdin.read()).solve()
print(json.dumps(analysis.to_dict()))
print(analysis)
"""


def test_the_same_answer_in_every_process():
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SOLVE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("0", "1", "2")
    ]
    answers = {process.communicate(PREDICTED)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(answers) == 1
    assert json.loads(answers.pop().splitlines()[0])["title"] == "Strait fishing dispute"
