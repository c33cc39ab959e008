"""Draws are finite decimals inside their ranges, with the stated distribution, in any order."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import negotiation as ng
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.what_if import sampling
from negotiation.what_if.points import Evaluator
from negotiation.what_if.sampling import (
    Failed,
    Normal,
    Triangular,
    Uniform,
    draw_points,
    evaluate_draws,
    full_draws,
    ranges_of,
    unit_points,
    wilson,
)

COUNT, PURE, OUTCOMES = (f"normal_form.equilibria.{k}" for k in ("count", "count_pure", "outcomes"))
MIDDLES = (np.arange(256) + 0.5) / 256


def decimal(value):
    """Whether a fraction is a finite decimal."""
    below = value.denominator
    for prime in (2, 5):
        while below % prime == 0:
            below //= prime
    return below == 1


@pytest.mark.parametrize(
    ("own", "known", "width"),
    [
        (Uniform(-3, 5), stats.uniform(-3, 8), 8),
        (Uniform("1/3", "2/3"), stats.uniform(1 / 3, 1 / 3), 1 / 3),
        (Triangular(0, "1/4", 2), stats.triang(0.125, 0, 2), 2),
        (Triangular(0, 0, 1), stats.triang(0, 0, 1), 1),
        (Triangular(0, 1, 1), stats.triang(1, 0, 1), 1),
        (Normal(3, 2), stats.norm(3, 2), 26),
        (Normal(0, 1, -1, 2), stats.truncnorm(-1, 2), 3),
        (Normal(0, 1, low=0), stats.truncnorm(0, 20), 6.5),
    ],
)
def test_quantiles_are_those_of_the_distribution(own, known, width):
    found = own.values(MIDDLES)
    assert np.abs(np.array(found, dtype=float) - known.ppf(MIDDLES)).max() <= width * 1e-6
    assert all(map(decimal, found))
    assert found == sorted(found)


@settings(max_examples=60, deadline=None)
@given(
    st.fractions(-(10**30), 10**30, max_denominator=10**12),
    st.fractions(Fraction(1, 10**15), 10**30),
    st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=5),
)
def test_draws_are_decimals_inside_any_range(low, width, across):
    for own in (
        Uniform(low, low + width),
        Triangular(low, low + width / 3, low + width),
        Normal(low + width / 2, width, low, low + width),
    ):
        found = own.values(np.array(across))
        assert all(low <= value <= low + width and decimal(value) for value in found)


def test_the_ends_of_the_unit_interval_are_drawn_from():
    ends = np.array([0.0, np.nextafter(1.0, 0.0)])
    for own in (Uniform(0, 1), Triangular(0, "1/2", 1), Normal(0, 1), Normal(0, 1, 0, 1)):
        low, high = own.values(ends)
        assert low < high
    assert Uniform(0, 1).values(ends) == [0, 1]


@pytest.mark.parametrize("method", sampling.METHODS)
def test_points_come_from_the_seed_alone(method):
    first = unit_points(64, 3, 0, method)
    assert first.shape == (64, 3)
    assert ((first >= 0) & (first < 1)).all()
    assert (first == unit_points(64, 3, 0, method)).all()
    assert (first != unit_points(64, 3, 1, method)).any()


@pytest.mark.parametrize("method", ["sobol", "latin"])
def test_every_slice_of_a_range_has_its_point(method):
    for column in unit_points(64, 4, 0, method).T:
        assert sorted((column * 64).astype(int)) == list(range(64))


def test_sobol_draws_are_powers_of_two():
    assert [full_draws(n) for n in (1, 2, 3, 1000, 1024, 1025)] == [1, 2, 4, 1024, 1024, 2048]
    assert full_draws(1000, "latin") == 1000


@pytest.mark.parametrize("draws", [0, -1, 1.5, True, "8", None])
def test_draws_are_positive_integers(draws):
    with pytest.raises(NegotiationError, match="draws"):
        full_draws(draws)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Uniform(2, 1), "upside down"),
        (lambda: Uniform(1, 1), "is empty"),
        (lambda: Uniform("x", 1), "no number"),
        (lambda: Triangular(0, 3, 2), "mode 3 is outside"),
        (lambda: Triangular(2, 1, 0), "upside down"),
        (lambda: Normal(0, 0), "not above 0"),
        (lambda: Normal(0, -1), "not above 0"),
        (lambda: Normal(0, 1, 2, 1), "upside down"),
        (lambda: Normal(5, 1, high=3), "outside the range"),
        (lambda: full_draws(10**12), "the limit is 16,777,216"),
        (lambda: full_draws(8, "sobl"), "did you mean 'sobol'"),
        (lambda: unit_points(8, 1, -1), "seed"),
        (lambda: unit_points(8, 1, 0.5), "seed"),
        (lambda: unit_points(2, 30000, 0), "method='random'"),
        (lambda: ng.robustness(ng.load("classics/chicken"), jobs=0), "jobs"),
        (lambda: ng.robustness(ng.load("classics/chicken"), jobs=1.5), "jobs"),
    ],
)
def test_mistakes(make, message):
    with pytest.raises(NegotiationError, match=message):
        make()


def test_ranges_are_the_declared_ones_changed_by_hand():
    model = ng.load("classics/chicken")
    assert list(ranges_of(model)) == ["parameters.win", "parameters.lose", "parameters.crash"]
    over = {
        "parameters.win": None,
        "parameters.crash.value": (None, -2),
        "parameters.lose": [-3, 0],
    }
    found = ranges_of(model, over)
    assert found == {"parameters.lose": Uniform(-3, 0), "parameters.crash": Uniform(-50, -2)}
    payoff = "normal_form.payoffs.swerve/swerve.0"
    assert ranges_of(model, {payoff: Normal(0, 1)})[payoff] == Normal(0, 1)


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"parameters.crush": (0, 1)}, "did you mean 'parameters.crash'"),
        ({"parameters.crash": (-1, -2)}, "parameters.crash from -1 to -2 is upside down"),
        ({"parameters.crash": (1, 1)}, "is empty"),
        ({"parameters.crash": 3}, "no range of parameters.crash"),
        ({"parameters.crash": (1, 2, 3)}, "no range of parameters.crash"),
        ({"parameters.crash": ("a", 2)}, "no number"),
        ([("parameters.crash", (0, 1))], "no mapping"),
        ({f"parameters.{name}": None for name in ("win", "lose", "crash")}, "parameters.win.low"),
    ],
)
def test_ranges_by_hand_are_checked(over, message):
    with pytest.raises(NegotiationError, match=message):
        ranges_of(ng.load("classics/chicken"), over)


# ---- outputs at draws ---------------------------------------------------------------------


def drawn(model, outputs, over=None, count=32):
    evaluator = Evaluator.of(model, outputs)
    ranges = ranges_of(model, over)
    points = draw_points(ranges, unit_points(count, len(ranges), 0))
    return evaluate_draws(evaluator, tuple(ranges), points)


def one_by_one(model, found):
    """Each output at each draw by solving the whole changed model."""
    for point, values in zip(found.points, found.values, strict=True):
        analysis = model.override(dict(zip(found.paths, point, strict=True))).solve()
        for path, value in zip(found.outputs, values, strict=True):
            yield value, analysis.get_path(path)


@pytest.mark.parametrize(
    "name", ["chicken", "prisoners_dilemma", "battle_of_the_sexes", "stag_hunt"]
)
def test_bulk_equals_solving_one_by_one(name):
    model = ng.load(f"classics/{name}")
    every = {path: (-3, 4) for path, _ in model.quantities if path.startswith("parameters.")}
    found = drawn(
        model, [OUTCOMES, "normal_form.equilibria.profiles.0.payoffs", COUNT, PURE], every
    )
    assert len({row[0] for row in found.values}) > 1
    for value, known in one_by_one(model, found):
        assert value == (tuple(known) if isinstance(known, list) else known)


def test_payoffs_drawn_by_hand_leave_the_family_for_the_model():
    model = ng.load("classics/chicken")
    found = drawn(model, [COUNT], {"normal_form.payoffs.swerve/swerve.0": (-2, 2)}, 8)
    assert all(value == known for value, known in one_by_one(model, found))


def test_draws_that_fail_are_kept_with_their_reason():
    model = ng.load("classics/chicken").override(
        {"normal_form.payoffs.swerve/swerve": ["1/(win - 1/2)", "0"], "parameters.win.low": 0}
    )
    points = ((Fraction(1),), (Fraction(1, 2),), (Fraction(2),))
    found = evaluate_draws(Evaluator.of(model, [COUNT]), ("parameters.win",), points)
    assert [isinstance(value, Failed) for (value,) in found.values] == [False, True, False]
    assert "zero" in found.values[1][0].why


def test_an_output_that_is_missing_does_not_take_the_others_along():
    model = ng.load("classics/chicken")
    third = "normal_form.equilibria.profiles.2.payoffs.first"
    points = ((Fraction(-10),), (Fraction(2),))
    outputs = [third, "normal_form.equilibria.profiles.0.payoffs.first"]
    found = evaluate_draws(Evaluator.of(model, outputs), ("parameters.crash",), points)
    assert found.values[0][0] == Fraction(-1, 10)
    assert isinstance(found.values[1][0], Failed)
    assert found.values[1][1] == 2


def test_verdicts_in_bulk_are_those_of_the_judge(monkeypatch):
    model = ng.load("alaska/territory_for_commerce")
    outputs = [
        "stability.verdicts.no_deal.seq.holds",
        "stability.verdicts.commerce_first.holds",
        "stability.verdicts.commerce_first.ratifiable.holds",
        "stability.verdicts.commerce_first.acceptable.margin",
        "stability.verdicts.no_deal.acceptable.holds",
    ]
    bulk = drawn(model, outputs, count=8)
    asked = []
    monkeypatch.setattr(sampling, "_verdicts", lambda *given: asked.append(given))
    assert drawn(model, outputs, count=8) == bulk  # one changed model at a time
    assert len(asked) == 1


def test_draws_are_pickled():
    found = drawn(ng.load("classics/chicken"), [OUTCOMES], count=4)
    assert pickle.loads(pickle.dumps(found)) == found
    assert hash(found) == hash(drawn(ng.load("classics/chicken"), [OUTCOMES], count=4))


# ---- intervals ----------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "draws"), [(0, 10), (1, 10), (5, 10), (10, 10), (37, 1024)])
def test_wilson_ends_are_where_the_score_test_flips(count, draws):
    for end in wilson(count, draws):
        error = math.sqrt(end * (1 - end) / draws)
        assert abs(count / draws - end) == pytest.approx(sampling.Z95 * error, abs=1e-12)


def test_unknown_methods_are_told():
    with pytest.raises(UnknownNameError, match="one of: sobol, random, latin"):
        full_draws(4, "halton!")


def test_a_declared_distribution_is_drawn_from():
    model = ng.load("classics/chicken")
    peaked = model.override({"parameters.win.distribution": "triangular"})
    assert str(ranges_of(peaked)["parameters.win"]) == "triangular from 0.5 over 1 to 2"
    assert str(ranges_of(model)["parameters.win"]) == "uniform from 0.5 to 2"
    with pytest.raises(NegotiationError, match="'normal' is no distribution"):
        model.override({"parameters.win.distribution": "normal"})
    outside = model.override({"parameters.win": 3, "parameters.win.distribution": "triangular"})
    with pytest.raises(NegotiationError, match="the mode 3 is outside"):
        ranges_of(outside)
