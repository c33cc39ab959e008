"""Evaluators answer what solving the changed model says, and names are checked first."""

from __future__ import annotations

import pickle
from fractions import Fraction

import pytest

import negotiation as ng
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.what_if.points import Evaluator, Knob, input_path, knob, knobs, number

SHIPPED = ["classics/chicken", "alaska/sequencing", "alaska/burden_sharing"]


def paths(node, prefix=()):
    if isinstance(node, dict) and node:
        for key, value in node.items():
            if "." not in str(key):
                yield from paths(value, (*prefix, str(key)))
    else:
        yield ".".join(prefix)


@pytest.mark.parametrize("name", SHIPPED)
def test_outputs_are_those_of_the_solved_model(name):
    model = ng.load(name)
    found = next(iter(knobs(model)))
    changes = {found.path: found.high}
    analysis = model.override(changes).solve()
    wanted = [path for path in paths(analysis.data()) if "robust" not in path][:400]
    outputs = tuple(wanted)
    assert Evaluator(model, outputs)(changes) == tuple(map(analysis.get_path, outputs))


def test_one_agreement_is_judged_alone():
    model = ng.load("alaska/regions")
    analysis = model.solve()
    for name in model.agreements:
        for key in ("holds", "acceptable.margin", "seq.holds", "nash.witness.text"):
            path = f"stability.verdicts.{name}.{key}"
            assert Evaluator.of(model, path)({}) == (analysis.get_path(path),)


def test_evaluators_are_pickled():
    evaluate = Evaluator.of(ng.load("classics/chicken"), ["normal_form.equilibria.count"])
    assert pickle.loads(pickle.dumps(evaluate))({}) == evaluate({})


def test_knobs_are_the_numbers_with_a_range():
    model = ng.load("classics/chicken")
    found = knobs(model)
    assert found
    assert all(own.low <= own.high for own in found)
    assert knob(model, found[0].path + ".value") == found[0]
    assert input_path(model, found[0].path) == found[0].path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: Evaluator.of(m, []), "no outputs"),
        (lambda _: Evaluator.of(None, ["x"]), "is no model"),
        (lambda m: Evaluator.of(m, [3]), "is no output path"),
        (lambda m: knob(m, "parameters.crash").ends(3, 1), "upside down"),
        (lambda m: knob(m, "parameters.crash").ends(1, 1), "is empty"),
        (lambda _: Knob("x", Fraction(1)).ends(), "no low end of the range of x"),
        (lambda _: number("yes", "a.b"), "a.b is no number"),
    ],
)
def test_mistakes(make, message):
    with pytest.raises(NegotiationError, match=message):
        make(ng.load("classics/chicken"))


@pytest.mark.parametrize(
    ("make", "close"),
    [
        (lambda m: Evaluator.of(m, ["normal_from.equilibria.count"]), "normal_form"),
        (lambda m: Evaluator.of(m, ["normal_form.equilibria.cuont"]), "count"),
        (lambda m: knob(m, "parameters.crush"), "parameters.crash"),
        (lambda m: input_path(m, "parameters.crush"), "parameters.crash"),
        (
            lambda m: Evaluator.of(m, "normal_form.equilibria.count")({"parameters.crush": 1}),
            "crash",
        ),
    ],
)
def test_misspelt_names_are_told_with_close_ones(make, close):
    with pytest.raises(UnknownNameError) as told:
        make(ng.load("classics/chicken"))
    assert close in str(told.value)
