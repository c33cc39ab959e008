"""Tornados and flips, against direct overrides."""

from __future__ import annotations

from fractions import Fraction

import pytest
import shipped
from small_models import model_of

import negotiation as ng
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.stability import CRITERIA
from negotiation.what_if.points import knobs
from negotiation.what_if.tornado import flips, tornado

MIXED = "normal_form.equilibria.profiles.2.payoffs.first"
REGIONS = "alaska/regions"


def direct(model, output, path, value):
    return model.override({path: value}).solve().get_path(output)


@pytest.mark.parametrize("points", [2, 3, 5])
def test_values_are_those_of_the_overridden_models(points):
    model = shipped.loaded("classics/chicken")
    found = tornado(model, MIXED, points=points)
    base = model.solve().get_path(MIXED)
    assert found.base == base
    assert {s.path for s in found.swings} == {own.path for own in knobs(model)}
    for own, swing in (
        (own, s) for own in knobs(model) for s in found.swings if s.path == own.path
    ):
        step = (own.high - own.low) / (points - 1)
        at = [own.low + step * k for k in range(points)]
        values = [direct(model, MIXED, own.path, value) for value in at]
        assert (swing.at_low, swing.at_high) == (values[0], values[-1])
        assert swing.least == min(*values, base)
        assert swing.most == max(*values, base)
        assert swing.effect == swing.most - swing.least
        rising = values == sorted(values)
        assert swing.direction == ("up" if rising else "down")
    effects = [s.effect for s in found.swings]
    assert effects == sorted(effects, reverse=True)
    assert effects[-1] > 0


def one_cell(formula, **parameters):
    section = {"players": {"a": ["l"], "b": ["l"]}, "payoffs": {"l/l": [formula, 0]}}
    return model_of(
        {
            "title": "t",
            "parties": {"a": {}, "b": {}},
            "parameters": parameters,
            "normal_form": section,
        }
    )


PAYOFF = "normal_form.equilibria.payoffs.a"
UNIT = {"value": Fraction(1, 2), "low": Fraction(0), "high": Fraction(1)}


def test_an_effect_inside_the_range_takes_more_points():
    model = one_cell("x * (1 - x) + 0*y", x={**UNIT, "value": Fraction(0)}, y=UNIT)
    ends, inside = (tornado(model, PAYOFF, points=points) for points in (2, 3))
    assert [(s.path, s.effect, s.direction) for s in ends.swings] == [
        ("parameters.x", 0, "none"),
        ("parameters.y", 0, "none"),
    ]
    assert "No effect: parameters.x, parameters.y" in str(ends)
    assert ends.bars() == ()
    assert inside.swings[0].path == "parameters.x"
    assert inside.swings[0].effect == Fraction(1, 4)
    assert inside.swings[0].direction == "both"


def test_the_model_s_own_value_counts():
    found = tornado(one_cell("x * (1 - x)", x=UNIT), PAYOFF)
    assert found.swings[0].effect == Fraction(1, 4)


@pytest.mark.parametrize("end", ["low", "high"])
def test_a_value_at_the_very_end_of_its_range_is_that_end(end):
    model = ng.load("classics/chicken")
    own = model.number("parameters.crash")
    ranges = {"parameters.crash": (own, -5) if end == "low" else (-12, own)}
    found = tornado(model, "normal_form.equilibria.profiles.2.payoffs.first", over=ranges)
    (swing,) = found.swings
    assert getattr(swing, f"at_{end}") == found.base
    assert {swing.least, swing.most} == {swing.at_low, swing.at_high}
    assert swing.direction == ("down" if swing.at_high < swing.at_low else "up")
    beyond = tornado(
        model,
        "normal_form.equilibria.profiles.2.payoffs.first",
        over={"parameters.crash": (own + 1, -5)},
    )
    assert found.base not in (beyond.swings[0].least, beyond.swings[0].most)


def test_ends_without_an_outcome_are_told_with_the_reason():
    found = tornado(one_cell("y / x", x=UNIT, y=UNIT), PAYOFF)
    swing = next(s for s in found.swings if s.path == "parameters.x")
    assert swing.at_low is None
    assert swing.at_high == Fraction(1, 2)
    assert len(swing.failures) == 1
    assert swing.failures[0].startswith("at low: ")
    assert "zero" in swing.failures[0]
    assert "Where it could not be had" in str(found)


def test_bars_are_plain_data():
    found = tornado(shipped.loaded("classics/chicken"), MIXED)
    bars = found.bars()
    assert [bar.label for bar in bars] == [s.path for s in found.swings]
    assert all(bar.base == found.base for bar in bars)
    assert found.to_dict()["inputs"][bars[0].label]["direction"] == found.swings[0].direction


def test_ranges_may_be_given():
    model = shipped.loaded("classics/chicken")
    found = tornado(model, MIXED, over={"parameters.crash": (-20, "-5/2")})
    (swing,) = found.swings
    assert (swing.low, swing.high) == (-20, Fraction(-5, 2))
    assert swing.at_high == direct(model, MIXED, "parameters.crash", Fraction(-5, 2))
    assert [s.path for s in tornado(model, MIXED, over="parameters.win").swings] == [
        "parameters.win"
    ]


def test_any_number_of_processes_gives_the_same():
    model = shipped.loaded("classics/chicken")
    told = []
    alone = tornado(model, MIXED, points=4, progress=lambda done, all_: told.append((done, all_)))
    assert tornado(model, MIXED, points=4, jobs=2) == alone
    assert told == [(k, 12) for k in range(1, 13)]


def test_a_verdict_is_measured_by_its_margin_and_its_flips_are_told():
    model = shipped.loaded(REGIONS)
    verdict = "stability.verdicts.three_de_facto.acceptable"
    over = ["parameters.ru_war", "parameters.us_durability"]
    found = tornado(model, verdict, over=over)
    assert found.output == f"{verdict}.margin"
    base = shipped.solved(REGIONS)
    assert found.holds is base.get_path(f"{verdict}.holds")
    assert found.base == base.get_path(f"{verdict}.margin")
    flipped = {(s.path, end) for s in found.swings for end in s.flips}
    wanted = {
        (own.path, end)
        for own in knobs(model)
        if own.path in over
        for end, value in (("low", own.low), ("high", own.high))
        if direct(model, f"{verdict}.holds", own.path, value) is not found.holds
    }
    assert flipped == wanted
    assert flipped
    assert "flips at" in str(found)


def test_flips_are_those_of_the_overridden_models():
    model = shipped.loaded(REGIONS)
    over = ["parameters.ru_war", "parameters.us_durability"]
    names = ["three_de_facto", "contact_line"]
    found = flips(model, over=over, agreements=names)
    before = shipped.solved(REGIONS).data()["stability"]["verdicts"]
    wanted = set()
    for own in (own for own in knobs(model) if own.path in over):
        for end, value in (("low", own.low), ("high", own.high)):
            after = model.override({own.path: value}).solve().data()["stability"]["verdicts"]
            for name in names:
                if before[name]["holds"] is not after[name]["holds"]:
                    wanted.add((own.path, end, name, "holds", after[name]["holds"]))
                for key in CRITERIA:
                    a, b = before[name][key]["holds"], after[name][key]["holds"]
                    if a is not b:
                        wanted.add((own.path, end, name, key, b))
    assert {(r.path, r.end, r.agreement, r.criterion, r.after) for r in found.rows} == wanted
    assert wanted
    assert "Flip nothing: parameters.us_durability" in str(found)
    assert found.to_dict()["count"] == len(wanted)


@pytest.mark.heavy
def test_the_largest_model():
    model = ng.load("alaska/settlement")
    found = tornado(model, "bargaining.nash.utility.us", jobs=2)
    assert len(found.swings) == len(knobs(model))
    swing = found.swings[0]
    assert swing.at_low == direct(model, found.output, swing.path, swing.low)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda _: tornado("m", MIXED), NegotiationError, "is no model"),
        (lambda m: tornado(m, "normal_form.players"), NegotiationError, "is no number but"),
        (lambda m: tornado(m, "normal_form.equilibria.cuont"), UnknownNameError, "count"),
        (lambda m: tornado(m, 3), NegotiationError, "is no output path"),
        (lambda m: tornado(m, MIXED, points=1), NegotiationError, "2 or more"),
        (lambda m: tornado(m, MIXED, points=0), NegotiationError, "whole number"),
        (lambda m: tornado(m, MIXED, jobs=0), NegotiationError, "whole number"),
        (lambda m: tornado(m, MIXED, over=[]), NegotiationError, "no inputs"),
        (
            lambda m: tornado(m, MIXED, over="parameters.crush"),
            UnknownNameError,
            "parameters.crash",
        ),
        (lambda m: tornado(m, MIXED, over={"parameters.crash": 3}), NegotiationError, "no range"),
        (
            lambda m: tornado(m, MIXED, over={"parameters.crash": (3, 1)}),
            NegotiationError,
            "upside down",
        ),
        (flips, NegotiationError, "no named agreement"),
        (lambda m: flips(m, agreements="x"), UnknownNameError, "unknown agreement 'x'"),
        (
            lambda _: tornado(one_cell("x", x=1), PAYOFF),
            NegotiationError,
            "declares no ranges.*low.*high",
        ),
    ],
)
def test_mistakes(make, error, message):
    with pytest.raises(error, match=message):
        make(shipped.loaded("classics/chicken"))
