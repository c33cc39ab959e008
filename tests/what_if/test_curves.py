"""Tipping curves: the boundaries are the known ones; the map is solving point by point."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from shipped import loaded
from test_tipping import bimatrix, held

from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.model import build
from negotiation.normal_form import equilibria
from negotiation.what_if.curves import tipping_curves


def test_chicken_ends_where_a_crash_is_no_worse_than_losing():
    chicken = loaded("classics/chicken")
    ranges = {"low": -3, "high": 0, "other_low": -2, "other_high": 1}
    found = tipping_curves(chicken, "parameters.crash", "parameters.lose", points=4, **ranges)
    assert [str(curve) for curve in found.curves] == ["crash - lose = 0"]
    crash, lose = sympy.symbols("crash lose", real=True)
    assert found.curves[0].sympy() == crash - lose
    assert found.curves[0] in found.candidates
    for x, row in zip(found.values[0], found.grid, strict=True):
        for y, cell in zip(found.values[1], row, strict=True):
            model = chicken.override({"parameters.crash": x, "parameters.lose": y})
            own = equilibria(build.normal_form(model))
            assert (cell.count, cell.components) == (len(own.profiles), len(own.components))
    assert "Map" in str(found)
    assert found.to_dict()["curves"] == ["crash - lose = 0"]


def test_a_curve_of_degree_two_a_pole_and_a_gap():
    parameters = {
        "x": {"value": 1, "low": -2, "high": 2},
        "y": {"value": 1, "low": -2, "high": 2},
    }
    model = bimatrix([["x**2 + y**2"], ["3"]], [["1/x"], [0]], **parameters)
    found = tipping_curves(model, "parameters.x", "parameters.y", points=5)
    assert [str(curve) for curve in found.curves] == ["x**2 + y**2 - 3 = 0"]
    assert [str(curve) for curve in found.poles] == ["x = 0"]
    assert found.grid[2] == (None,) * 5
    at_corner = found.grid[0][0]
    assert held(at_corner) == ([(("a",), ("a",))], 1)


def test_branches_of_max():
    parameters = {
        "x": {"value": 1, "low": -2, "high": 2},
        "y": {"value": 1, "low": -2, "high": 2},
    }
    model = bimatrix([["max(x, y)"], ["1"]], [[0], [0]], **parameters)
    found = tipping_curves(model, "parameters.x", "parameters.y", points=5)
    assert {str(curve) for curve in found.curves} == {"x - 1 = 0", "y - 1 = 0"}


def test_bad_input():
    chicken = loaded("classics/chicken")
    with pytest.raises(NegotiationError, match="twice"):
        tipping_curves(chicken, "parameters.crash", "parameters.crash")
    with pytest.raises(UnknownNameError):
        tipping_curves(chicken, "parameters.crash", "parameters.loss")
    with pytest.raises(NegotiationError, match="one point"):
        tipping_curves(chicken, "parameters.crash", "parameters.lose", points=1)
    with pytest.raises(NegotiationError, match="upside down"):
        tipping_curves(chicken, "parameters.crash", "parameters.lose", low=1, high=Fraction(1, 2))
    with pytest.raises(NegotiationError, match="no payoff matrix"):
        tipping_curves(
            loaded("alaska/settlement"),
            "parameters.ua_without_agreement",
            "parameters.us_without_agreement",
        )
