"""Conditions hold exactly where the profile is an equilibrium or the agreement acceptable."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import loaded
from small_models import model_of, small_models
from test_tipping import DEAL, bimatrix, families

from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.model import build
from negotiation.normal_form.pure import pure_equilibria
from negotiation.what_if.conditions import conditions


def true_at(inequality, values):
    """Evaluate the text of an inequality."""
    if inequality in {"always", "never"}:
        return inequality == "always"
    names = {"Abs": sympy.Abs, "Max": sympy.Max, "Min": sympy.Min}
    names |= {name: sympy.Symbol(name, real=True) for name in values}
    known = {names[name]: sympy.Rational(str(value)) for name, value in values.items()}
    return bool(sympy.sympify(inequality, locals=names).subs(known))


def test_chicken():
    found = conditions(loaded("classics/chicken"), "swerve/straight")
    assert [str(row) for row in found.rows] == [
        "first keeps swerve rather than straight while -crash + lose >= 0",
        "second keeps straight rather than swerve while win >= 0",
    ]
    assert [row.margin for row in found.rows] == [9, 1]
    assert found.holds
    assert not conditions(loaded("classics/chicken"), ("straight", "straight")).holds
    assert "As the model stands it is." in str(found)
    assert found.to_dict()["holds"] is True


@settings(max_examples=25, deadline=None)
@given(families(), st.fractions(-2, 2, max_denominator=9))
def test_all_conditions_hold_exactly_at_equilibria(model, x):
    try:
        moved = model.override({"parameters.x": x})
        game = build.normal_form(moved)
    except NegotiationError:  # a pole
        return
    for place in [(0, 0), (game.shape[0] - 1, 1)]:
        profile = game.names(place)
        found = conditions(moved, profile)
        assert found.holds == (place in pure_equilibria(game))
        there = [true_at(row.inequality, {"x": x}) for row in conditions(model, profile).rows]
        assert there == [row.holds for row in found.rows]


@settings(max_examples=15, deadline=None)
@given(small_models())
def test_all_conditions_hold_exactly_where_an_agreement_is_acceptable(data):
    model = model_of(data)
    found = conditions(model, "plan")
    holds = model.solve().get_path("stability.verdicts.plan.acceptable.holds")
    assert found.holds is holds
    values = {"base": model.number("parameters.base"), "shift": model.number("parameters.shift")}
    assert all(true_at(row.inequality, values) is row.holds for row in found.rows)


def test_agreements_in_words():
    found = conditions(model_of(DEAL), "middle")
    assert [row.inequality for row in found.rows] == ["1 - 5*cost**2 >= 0", "cost <= 3/10"]
    assert [row.margin for row in found.rows] == [Fraction(1, 5), Fraction(3, 10)]
    settlement = conditions(loaded("alaska/settlement"), "guarded_compromise")
    assert settlement.holds
    assert any("ua_without_agreement" in row.inequality for row in settlement.rows)


def test_numbers_that_are_no_parameters_can_be_left_open():
    model = bimatrix([[1], [0]], [[0], [0]], x=0)
    path = next(path for path, _ in model.quantities if path.startswith("normal_form"))
    (row,) = conditions(model, "a/a", over=path).rows
    assert row.inequality == f"{path} >= 0"
    (row,) = conditions(model, "a/a").rows
    assert row.inequality == "always"


def test_bad_input():
    with pytest.raises(UnknownNameError, match="swerve/straight"):
        conditions(loaded("classics/chicken"), "swerve/strait")
    with pytest.raises(UnknownNameError):
        conditions(loaded("classics/chicken"), 3)
    with pytest.raises(UnknownNameError):
        conditions(loaded("alaska/settlement"), "guarded")
    with pytest.raises(UnknownNameError):
        conditions(loaded("classics/chicken"), "swerve/straight", over="parameters.loss")
