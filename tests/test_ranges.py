"""Robustness looks at whole ranges: no value inside one contradicts what is said of it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_models import model_of

from negotiation.errors import NegotiationError
from negotiation.formulas import parse
from negotiation.model import build
from negotiation.stability.judge import Judge
from negotiation.stability.ranges import ends_decide
from negotiation.what_if.curves import tipping_curves
from negotiation.what_if.repair import repair
from negotiation.what_if.tipping import tipping_points


def deal(disagreement, low=0, high=1, value=0, **rest):
    """Return a model in which x gets 1/2 by the deal, and a formula in c without it."""
    return model_of(
        {
            "title": "a deal and a range",
            "parties": {"x": {}, "y": {}},
            "parameters": {
                "c": {"value": value, "low": low, "high": high, "assumption": "test"},
                "k": {"value": 0, "assumption": "test"},
            },
            "issues": {"i": {"options": ["l", "m", "h"]}},
            "demands": {"x": {"i": {"aspires": "l"}}, "y": {"i": {"aspires": "h"}}},
            "disagreement": {"x": disagreement, "y": 0},
            "agreements": {"deal": {"i": "m"}},
            "stability": {"candidates": ["deal"], "best": 0},
            **rest,
        }
    )


def robust(model):
    judge = Judge(model, build.agreement_space(model))
    return judge, judge.verdict("robust", model.agreement("deal"))


def acceptable_at(model, value):
    """Judge acceptance at one value; None where the model has no meaning."""
    try:
        changed = model.override({"parameters.c": value})
    except NegotiationError:
        return None
    judge = Judge(changed, build.agreement_space(changed))
    return judge.verdict("acceptable", model.agreement("deal"))


def test_a_refusal_inside_the_range_is_found():
    model = deal("4*c*(1-c)")
    _, verdict = robust(model)
    assert (verdict.holds, verdict.margin) == (False, Fraction(-1, 2))
    assert verdict.witness.to == "parameters.c=0.5"
    assert verdict.witness.text.startswith("with parameters.c at 0.5: x leaves")
    assert acceptable_at(model, Fraction(1, 2)).holds is False
    assert all(acceptable_at(model, end).holds for end in (0, 1))
    said = model.solve()["stability"].data()["verdicts"]["deal"]["robust"]
    assert (said["holds"], said["witness"]["to"]) == (False, "parameters.c=0.5")


@pytest.mark.parametrize(
    ("disagreement", "holds", "margin"),
    [
        ("4*c*(1-c)/2", True, 0),  # touched inside the range
        ("1/2 - (c**2 - 1/2)**2", True, 0),  # touched at an irrational number
        ("1/2 - (c**2 - 1/2)**2 + 1/10**9", False, None),
        ("max(c, 1-c) - 1/2", True, 0),
        ("1 - max(c, 1-c)", True, 0),  # least at a break
        ("1/10**9 + 1 - max(c, 1-c)", False, Fraction(-1, 10**9)),
        ("min(c**2, 1 - c**2)", True, 0),  # least at an irrational break
        ("min(c**2, 1 - c**2) + 1/10**9", False, None),
        ("c**2*(c**2-1)", True, Fraction(1, 2)),
        ("abs(c - 1/3) - 1/6", True, 0),
        ("1/2 - abs(c - 1/3)", True, 0),
        ("3/2*c**2 - c**3", True, 0),
    ],
)
def test_the_least_gain_inside_the_range(disagreement, holds, margin):
    _, verdict = robust(deal(disagreement))
    assert verdict.holds is holds
    if margin is not None:
        assert verdict.margin == margin


def test_an_irrational_least_gain_is_rounded_down():
    # the least of c**3 - c is -2/(3*sqrt(3)) = -0.38490017945975...
    _, verdict = robust(deal("c - c**3"))
    assert verdict.holds
    exactly = Fraction(1, 2) - Fraction("0.384900179459750509672765853667971637")
    assert 0 <= exactly - verdict.margin < Fraction(3, 10**12)


def test_a_pole_in_the_range_is_left_out_and_both_sides_are_looked_at():
    model = deal("-1/c**2", low=-1, high=1, value=1)
    judge, verdict = robust(model)
    assert "parameters.c = 0 (no outcome)" in model.solve()["stability"].notes[-1]
    assert verdict.holds
    assert judge.left_out == ("parameters.c = 0 (no outcome)",)
    _, verdict = robust(deal("1/c", low=-2, high=2, value=-1))
    assert verdict.holds is False
    assert Fraction(verdict.witness.to.split("=")[1]) > 0
    # next to an end at which there is no outcome
    judge, verdict = robust(deal("1/c - 3", low=0, high=1, value=1))
    assert verdict.holds is False
    assert "division by zero" in judge.left_out[0]


def test_values_that_are_not_allowed_are_left_out():
    demands = {
        "x": {"i": {"aspires": "l"}, "j": {"aspires": "n", "weight": "c - 1/2"}},
        "y": {"i": {"aspires": "h"}},
    }
    judge, verdict = robust(
        deal(  # x gets c/(c + 1/2) where the weight is allowed, from 1/2 on
            "1/2",
            value=1,
            issues={"i": {"options": ["l", "m", "h"]}, "j": {"options": ["n", "o"]}},
            demands=demands,
            agreements={"deal": {"i": "m", "j": "n"}},
        )
    )
    assert (verdict.holds, verdict.margin) == (True, 0)
    assert "parameters.c = 0 to 0.5 (not allowed)" in judge.left_out


def test_one_end_declared_is_a_range_from_the_value():
    model = deal("4*c*(1-c)", low=None, high=1)
    assert robust(model)[1].witness.to == "parameters.c=0.5"
    assert robust(deal("4*c*(1-c)", low=None, high=None))[1].holds


def test_what_is_not_decided_is_no_yes():
    branches = " + ".join(f"max(0, c - {k}/20)/10**{k + 3}" for k in range(10))
    _, verdict = robust(deal(branches))
    assert verdict.holds is None
    assert "not decided over the range of parameters.c" in verdict.witness.text
    _, verdict = robust(deal(f"c + {branches}"))
    assert (verdict.holds, verdict.witness.to) == (False, "parameters.c=1")


TERMS = st.tuples(st.integers(-3, 3), st.integers(0, 3)).map(lambda t: f"({t[0]})*c**{t[1]}")
SUMS = st.lists(TERMS, min_size=1, max_size=3).map(" + ".join)
FORMULAS = st.one_of(
    SUMS,
    st.tuples(SUMS, SUMS).map(lambda t: f"min({t[0]}, {t[1]})"),
    st.tuples(SUMS, SUMS).map(lambda t: f"max({t[0]}, {t[1]})"),
    SUMS.map(lambda t: f"abs({t})"),
    st.tuples(SUMS, SUMS).map(lambda t: f"({t[0]})/({t[1]})"),
    st.tuples(SUMS, st.integers(0, 3)).map(lambda t: f"({t[0]})/(c - {t[1]}/4)"),
)


def agrees(model):
    """Compare with values all over the range."""
    _, verdict = robust(model)
    low, high = (Fraction(own) for own in (model.spec.parameters["c"].low, 1))
    grid = [low + (high - low) * Fraction(k, 40) for k in range(41)]
    found = [own for own in (acceptable_at(model, value) for value in grid) if own is not None]
    if not acceptable_at(model, model.number("parameters.c")).holds:
        return
    if verdict.holds:
        assert all(own.holds for own in found)
        assert verdict.margin <= min(own.margin for own in found)
    else:
        value = Fraction(verdict.witness.to.split("=")[1])
        assert low <= value <= high
        assert acceptable_at(model, value).holds is False
        assert acceptable_at(model, value).margin == verdict.margin


@settings(max_examples=10, deadline=None)
@given(FORMULAS, FORMULAS, st.sampled_from(["c", "1 + c", "c**2", "2*c - c**2"]))
@example("4*c*(1-c)", "0", "c")
def test_no_value_of_a_range_contradicts(first, second, weight):
    demands = {
        "x": {"i": {"aspires": "l", "weight": weight}, "j": {"aspires": "n"}},
        "y": {"i": {"aspires": "h"}},
    }
    try:
        model = deal(
            f"({first})/4",
            value=1,
            issues={"i": {"options": ["l", "m", "h"]}, "j": {"options": ["n", "o"]}},
            demands=demands,
            interactions=[{"party": "x", "when": {"i": "m"}, "amount": f"-abs({second})/8"}],
            agreements={"deal": {"i": "m", "j": "n"}},
        )
    except NegotiationError:
        return  # the formulas have no value at 1
    agrees(model)


@settings(max_examples=40, deadline=None)
@given(FORMULAS)
def test_where_the_ends_decide_nothing_inside_is_less(text):
    tree = parse(text)
    try:
        ends = [tree.value({"c": Fraction(end)}) for end in (0, 1)]
    except NegotiationError:
        return
    if not ends_decide(tree.node, "c", Fraction(0), Fraction(1)):
        return
    values = [tree.value({"c": Fraction(k, 12)}) for k in range(13)]
    assert values in (sorted(values), sorted(values, reverse=True))
    assert (values[0], values[-1]) == tuple(ends)


# ---- what-if questions about it --------------------------------------------------------------


ROBUST = "stability.verdicts.deal.robust.holds"


def test_tipping_of_robust_where_ends_decide_is_exact():
    model = deal("c/4 + k")
    found = tipping_points(model, "parameters.k", -1, 1, output=ROBUST)
    assert found.guarantee == "all"
    assert [(point.value, point.before, point.at) for point in found.points] == [
        (Fraction(1, 4), True, True)
    ]


def test_tipping_of_robust_where_they_do_not_is_searched():
    model = deal("c*(1-c) + k")
    found = tipping_points(model, "parameters.k", -1, 1, output=ROBUST, steps=4)
    assert found.guarantee == "some"
    (point,) = found.points
    assert point.value.low <= Fraction(1, 4) <= point.value.high
    with pytest.raises(NegotiationError, match="no curves"):
        tipping_curves(
            model,
            "parameters.k",
            "disagreement.y",
            low=0,
            high=1,
            other_low=0,
            other_high=1,
            output=ROBUST,
        )


def test_repair_of_robust_asks_for_the_worst_value_inside():
    found = repair(deal("4*c*(1-c)"), "deal", "robust", over={})
    (change,) = found.of("payoff")
    assert (change.who, change.amount, change.attained) == ("x", Fraction(1, 2), True)
    with pytest.raises(NegotiationError, match="at no rational number"):
        repair(deal("3*(c - c**3)"), "deal", "robust", over={})
