"""Verdicts at many points: held against the judge, and against the literal definitions."""

from __future__ import annotations

import copy
import itertools
import math
import pickle
import random
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.conflict_graph import (
    ConflictGraph,
    Control,
    coalition_improvement,
    graph_stability,
)
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.model import build
from negotiation.model.parts import QuantityPart
from negotiation.stability import CRITERIA
from negotiation.stability.judge import Judge
from negotiation.what_if import draws as module
from negotiation.what_if import neighbourhoods
from negotiation.what_if.draws import VerdictDraws
from negotiation.what_if.points import knobs
from tests.shipped import loaded
from tests.small_models import CONCEPTS, Literal, model_of, small_models

MARK = {True: 1, False: 0, None: -1}
ALL = [key for key in CRITERIA if key != "robust"]
# few values: thresholds and utilities coincide often
NUMBERS = st.one_of(
    st.integers(-2, 12).map(lambda n: Fraction(n, 10)),
    st.integers(-3, 6).map(lambda n: Fraction(n, 6)),
    st.sampled_from([Fraction(1, 3), Fraction(2, 3), Fraction(123457, 10**6), Fraction(2)]),
)


def wanted(model, agreements, criteria):
    judge = Judge(model, build.agreement_space(model))
    return {
        key: [MARK[judge.verdict(key, agreement).holds] for agreement in agreements]
        for key in criteria
    }


@st.composite
def cases(draw):
    """A small model, some of its numbers, and points for them."""
    data = draw(small_models())
    model = model_of(data)
    paths = [path for path, part in model.quantities if isinstance(part, QuantityPart)]
    chosen = draw(st.lists(st.sampled_from(paths), min_size=1, max_size=4, unique=True))
    points = draw(
        st.lists(
            st.lists(NUMBERS, min_size=len(chosen), max_size=len(chosen)), min_size=1, max_size=4
        )
    )
    parts = dict(model.quantities)
    ends = [[getattr(parts[path], end) for path in chosen] for end in ("low", "high")]
    points += [end for end in ends if None not in end]
    return data, model, chosen, [*points, points[0]]


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_verdicts_are_those_of_the_judge(case):
    _, model, paths, points = case
    space = build.agreement_space(model)
    agreements = [space.agreement(k) for k in range(space.size)][:12]
    found = VerdictDraws.of(model, agreements, None, paths).judge(points)
    failed = dict(found.failures)
    for draw, point in enumerate(points):
        try:
            changed = model.override(dict(zip(paths, point, strict=True)))
            expected = wanted(changed, agreements, ALL)
        except NegotiationError as error:
            told = str(error)
            expected = dict.fromkeys(ALL, [-1] * len(agreements))
        else:
            told = None
        assert failed.pop(draw, None) == told
        for key in ALL:
            assert found.verdicts[key][draw].tolist() == expected[key], (key, point)
    assert not failed


@st.composite
def cases_of_fixed_scores(draw):
    """A small model, and points for what else its parties' preferences depend on."""
    data = draw(small_models())
    for place, term in enumerate(data["interactions"]):
        term["amount"] = f"amount{place}"
        data["parameters"][f"amount{place}"] = Fraction(0)
    paths = [f"parameters.{name}" for name in data["parameters"]]
    paths += [f"disagreement.{name}" for name in list(data["parties"])[:2]]
    few = st.sampled_from([Fraction(n, 6) for n in (-3, -1, 0, 1, 2, 3, 5)])
    row = st.lists(few, min_size=len(paths), max_size=len(paths))
    return model_of(data), paths, draw(st.lists(row, min_size=4, max_size=8))


@pytest.mark.parametrize("roomy", [True, False])
def test_what_is_remembered_of_other_draws_changes_no_verdict(roomy, monkeypatch):
    if not roomy:
        monkeypatch.setattr(module, "MAX_GROUPS", 1)
        monkeypatch.setattr(neighbourhoods, "KEPT", 3)

    @settings(max_examples=60, deadline=None)
    @given(cases_of_fixed_scores())
    def check(case):
        model, paths, points = case
        space = build.agreement_space(model)
        agreements = [space.agreement(k) for k in range(space.size)]
        draws = VerdictDraws.of(model, agreements, None, paths)
        there, back = draws.judge(points).verdicts, draws.judge(points[::-1]).verdicts
        for draw, point in enumerate(points):
            changed = model.override(dict(zip(paths, point, strict=True)))
            expected = wanted(changed, agreements, ALL)
            cold = VerdictDraws.of(model, agreements, None, paths).judge([point]).verdicts
            for key in ALL:
                assert there[key][draw].tolist() == expected[key], (key, point)
                assert back[key][len(points) - 1 - draw].tolist() == expected[key], (key, point)
                assert cold[key][0].tolist() == expected[key], (key, point)

    check()


@pytest.mark.parametrize("kept", [neighbourhoods.KEPT, 3])
def test_stability_at_preferences_that_change_little_by_little(kept, monkeypatch):
    monkeypatch.setattr(neighbourhoods, "KEPT", kept)
    rng = random.Random(kept)
    parties, concepts = ["a", "b", "c"], ["nash", "seq", "smr", "gmr"]
    met = Counter()
    for _ in range(40):
        shape = rng.choice([(2, 2, 2), (3, 2, 2), (3, 3), (2, 2, 3), (4, 3)])
        issues = {f"i{k}": list("wxyz")[:length] for k, length in enumerate(shape)}
        pairs = {name: list(itertools.permutations(own, 2)) for name, own in issues.items()}
        shared = {
            "parties": parties,
            "issues": issues,
            "control": {
                name: Control(tuple(rng.sample(parties, rng.choice([1, 1, 2])))) for name in issues
            },
            "leavers": rng.sample(parties, rng.choice([1, 1, 2])),
            "irreversible": {
                name: rng.sample(own, rng.choice([0, 0, 1, 2])) for name, own in pairs.items()
            },
        }
        size = math.prod(shape)
        levels = [[rng.randrange(6) for _ in range(size)] + [rng.randrange(3)] for _ in parties]
        around = None
        for _ in range(12):
            graph = ConflictGraph.from_issues(
                values={p: np.array(own[:-1]) for p, own in zip(parties, levels, strict=True)},
                disagreement={p: own[-1] for p, own in zip(parties, levels, strict=True)},
                **shared,
            )
            around = around or neighbourhoods.Neighbourhoods(graph, tuple(range(size)))
            keys = [neighbourhoods.Preference(None, np.array(own)) for own in levels]
            leaving = around.leaving(keys)
            found = around.stable(concepts, keys, leaving)
            full = graph_stability(graph, concepts=concepts)
            for concept in concepts:
                equilibria = set(full.equilibria(concept))
                stable = [state in equilibria for state in range(size)]
                assert found[concept] == stable, concept
                met.update((concept, one) for one in stable)
            proof = [coalition_improvement(graph, state).holds for state in range(size)]
            assert around.coalition_proof(keys, leaving) == proof
            for _ in range(2):
                rng.choice(levels)[rng.randrange(size + 1)] = rng.randrange(6)
        met.update(key[0] for key in around.hints)
        chains = [own for key, own in around.hints.items() if key[0] == "undone"]
        met.update(len(answers) for own in chains for answers in own.values())
    assert all(met[concept, one] for concept in concepts for one in (True, False))
    assert met["refuge"]
    assert met[1] > met[2] > 0


@settings(max_examples=40, deadline=None)
@given(small_models(), st.lists(NUMBERS, min_size=1, max_size=3))
def test_the_verdicts_are_those_of_the_definitions(data, values):
    model = model_of(data)
    literal = Literal(data)
    agreements = [dict(zip(literal.issues, a, strict=True)) for a in literal.agreements][:9]
    found = VerdictDraws.of(model, agreements, None, ["parameters.base"]).judge(
        [[value] for value in values]
    )
    assert not found.failures
    for draw, value in enumerate(values):
        changed = copy.deepcopy(data)
        changed["parameters"]["base"] = value
        literal = Literal(changed)
        for key in ALL:
            expected = [MARK[literal.holds_by(key, a)] for a in literal.agreements[:9]]
            assert found.verdicts[key][draw].tolist() == expected, key


def test_each_concept_differs_somewhere():
    """The random models are rich enough to tell the concepts apart."""
    seen = set()

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(small_models())
    def collect(data):
        model = model_of(data)
        space = build.agreement_space(model)
        agreements = [space.agreement(k) for k in range(space.size)]
        found = VerdictDraws.of(model, agreements).judge([()]).verdicts
        for one in ALL:
            seen.update((one, int(mark)) for mark in found[one].ravel())
        seen.update(
            (one, other)
            for one in CONCEPTS
            for other in CONCEPTS
            if (found[one] != found[other]).any()
        )

    collect()
    assert {(one, mark) for one in ALL for mark in (0, 1)} <= seen
    assert {("nash", "seq"), ("seq", "gmr"), ("smr", "gmr")} <= seen


def settlement(reading, draws, seed):
    model = loaded("alaska/settlement", reading)
    inputs = knobs(model)
    generator = random.Random(seed)
    points = [
        [k.low + (k.high - k.low) * Fraction(generator.randrange(101), 100) for k in inputs]
        for _ in range(draws)
    ]
    return model, [k.path for k in inputs], points


@pytest.mark.parametrize("reading", ["pism"])
def test_the_settlement_is_judged_as_by_the_judge(reading):
    model, paths, points = settlement(reading, 5, 3)
    agreements = [model.agreement(name) for name in model.agreements]
    found = VerdictDraws.of(model, list(model.agreements), None, paths).judge(points)
    assert not found.failures
    changed = model.override(dict(zip(paths, points[-1], strict=True)))
    expected = wanted(changed, agreements, ALL)
    assert {key: found.verdicts[key][-1].tolist() for key in ALL} == expected


@pytest.mark.heavy
@pytest.mark.parametrize("reading", ["igs", "pism"])
def test_the_settlement_is_judged_as_by_the_judge_at_many_points(reading):
    model, paths, points = settlement(reading, 4, 8)
    space = build.agreement_space(model)
    accepted = np.flatnonzero(space.acceptable())[::5000]
    agreements = [*map(model.agreement, model.agreements), *map(space.agreement, accepted)]
    found = VerdictDraws.of(model, agreements, None, paths).judge(points)
    for draw, point in enumerate(points):
        changed = model.override(dict(zip(paths, point, strict=True)))
        expected = wanted(changed, agreements, ALL)
        assert {key: found.verdicts[key][draw].tolist() for key in ALL} == expected


SPLIT = {
    "title": "split",
    "parties": {"a": {"patience": "calm"}, "b": {}},
    "issues": {"share": {"options": ["none", "half", "all"], "control": {"by": ["a"]}}},
    "parameters": {"war": Fraction(1, 2), "calm": Fraction(1, 2)},
    "demands": {
        "a": {"share": {"aspires": "all", "weight": 1}},
        "b": {"share": {"aspires": "none", "weight": 1}},
    },
    "disagreement": {"a": "war", "b": "1/10 / (war - 1)"},
    "agreements": {"fair": {"share": "half"}},
    "commitment": {},
}


def test_a_tie_is_decided_exactly():
    tiny = Fraction(1, 10**12)
    draws = VerdictDraws.of(model_of(SPLIT), ["fair"], ["acceptable"], ["parameters.war"])
    half = Fraction(1, 2)
    found = draws.judge([[half], [half + tiny], [half - tiny]]).verdicts["acceptable"]
    assert found.ravel().tolist() == [1, 0, 1]
    assert found.dtype == np.int8


def test_formulas_follow_the_point():
    data = copy.deepcopy(SPLIT)
    data["parameters"] |= {"third": "2 * second", "second": "war / 2 + 1/10"}
    data["interactions"] = [{"party": "a", "when": {"share": ["half"]}, "amount": "third - war"}]
    data["disagreement"] = {"a": "u(a, fair) - third / 4", "b": "min(second, calm)"}
    data["demands"]["b"]["share"]["weight"] = "war"
    model = model_of(data)
    agreements = [{"share": option} for option in ("none", "half", "all")]
    for paths in (["parameters.war", "parameters.calm"], ["parameters.second", "disagreement.a"]):
        points = [[Fraction(a, 6), Fraction(b, 6)] for a in range(1, 6) for b in range(6)]
        found = VerdictDraws.of(model, agreements, None, paths).judge(points)
        assert not found.failures
        for draw, point in enumerate(points):
            changed = model.override(dict(zip(paths, point, strict=True)))
            expected = wanted(changed, agreements, ALL)
            assert {key: found.verdicts[key][draw].tolist() for key in ALL} == expected


def test_points_without_meaning_are_reported_and_the_rest_goes_on():
    paths = ["parameters.war", "parameters.calm"]
    draws = VerdictDraws.of(model_of(SPLIT), ["fair"], None, paths)
    found = draws.judge([[0, 0], [1, 0], [0, 1], [0, Fraction(9, 10)]])
    assert [draw for draw, _ in found.failures] == [1, 2]
    assert "division by zero" in found.failures[0][1]
    assert "discount factor" in found.failures[1][1]
    assert all((marks[1:3] == -1).all() for marks in found.verdicts.values())
    assert found.verdicts["acceptable"].ravel().tolist() == [1, -1, -1, 1]


def test_weights_and_lags_without_meaning_are_reported():
    data = copy.deepcopy(SPLIT)
    data["commitment"] = {"lag": 1}
    data["demands"]["a"]["share"]["weight"] = "1 - war"
    model = model_of(data)
    paths = ["parameters.war", "commitment.lag"]
    points = [[0, 2], [0, Fraction(3, 2)], [1, 1], [2, 1], [0, 101], [0, 0], [Fraction(1, 2), 3]]
    found = VerdictDraws.of(model, ["fair"], None, paths).judge(points)
    assert [draw for draw, _ in found.failures] == [1, 2, 3, 4, 5]
    for draw in (0, 6):
        changed = model.override(dict(zip(paths, points[draw], strict=True)))
        expected = wanted(changed, [model.agreement("fair")], ALL)
        assert {key: found.verdicts[key][draw].tolist() for key in ALL} == expected


def test_numbers_beyond_64_bits_take_the_slow_way():
    model = model_of(SPLIT)
    path = "demands.a.share.scores.half"
    data = copy.deepcopy(SPLIT)
    data["demands"]["a"]["share"] = {"scores": {"none": 0, "half": Fraction(1, 2), "all": 1}}
    model = model_of(data)
    values = [Fraction(10**30 + 1, 2 * 10**30), Fraction(10**30 - 1, 2 * 10**30)]
    found = VerdictDraws.of(model, ["fair"], None, [path]).judge([[v] for v in values])
    assert found.verdicts["acceptable"].ravel().tolist() == [1, 0]


def test_robust_is_judged_when_asked_for():
    data = copy.deepcopy(SPLIT)
    data["parameters"]["war"] = {"value": 0, "low": 0, "high": Fraction(3, 5)}
    draws = VerdictDraws.of(model_of(data), ["fair"], ["robust"], ["parameters.calm"])
    assert draws.judge([[0]]).verdicts["robust"].tolist() == [[0]]


def test_the_answer_survives_pickling_and_does_not_depend_on_the_order():
    model, paths, points = settlement("pism", 6, 5)
    draws = VerdictDraws.of(model, list(model.agreements), None, paths)
    first = draws.judge(points)
    again = pickle.loads(pickle.dumps(draws))
    assert again == draws
    turned = again.judge(points[::-1])
    for key, marks in first.verdicts.items():
        assert (marks == turned.verdicts[key][::-1]).all()


def test_bad_input_is_told():
    model = model_of(SPLIT)
    with pytest.raises(UnknownNameError, match="fair"):
        VerdictDraws.of(model, ["fiar"])
    with pytest.raises(UnknownNameError, match="seq"):
        VerdictDraws.of(model, ["fair"], ["sek"])
    with pytest.raises(UnknownNameError, match="war"):
        VerdictDraws.of(model, ["fair"], None, ["parameters.wra"])
    with pytest.raises(NegotiationError, match="no agreements"):
        VerdictDraws.of(model, [])
    with pytest.raises(NegotiationError, match="twice"):
        VerdictDraws.of(model, ["fair"], None, ["parameters.war", "parameters.war.value"])
    with pytest.raises(NegotiationError, match="1 values for 0 paths"):
        VerdictDraws.of(model, ["fair"]).judge([[1]])
    with pytest.raises(NegotiationError, match="is no agreement"):
        VerdictDraws.of(model, [3])


def test_progress_is_told():
    told = []
    VerdictDraws.of(model_of(SPLIT), ["fair"]).judge([(), ()], told.append)
    assert told == [1, 2]
