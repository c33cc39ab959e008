"""What is drawn of what-if results, as data; and that drawing it makes a file."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

import negotiation as ng
from negotiation.errors import NegotiationError
from negotiation.model import build
from negotiation.report.plots import (
    bars,
    chances,
    draw,
    heat,
    lines,
    looks_of,
    plane,
    plot_data,
    strips,
)
from negotiation.what_if.points import Evaluator

COUNT = "normal_form.equilibria.count"


@pytest.fixture(scope="module")
def chicken():
    return ng.load("classics/chicken")


@pytest.fixture(scope="module")
def grid(chicken):
    return ng.sweep(
        chicken,
        {"parameters.crash": [-2, 0], "parameters.win": [1, 2, 3]},
        ["normal_form.equilibria.outcomes", COUNT],
    )


def test_a_heat_map_has_a_level_for_every_outcome(grid):
    data = heat(grid)
    assert data.axes == ("parameters.crash", "parameters.win")
    assert data.ticks == (("-2", "0"), ("1", "2", "3"))
    assert data.cells == ((0, 0, 0), (1, 1, 1))
    assert data.legend == ("swerve/straight, straight/swerve", "straight/straight")
    assert heat(grid, COUNT).cells == ((3, 3, 3), (1, 1, 1))
    assert heat(grid, COUNT).legend == ()


def test_a_point_that_failed_is_a_gap():
    text = (
        "title: t\nparameters: {x: 1}\nnormal_form:\n  players: {a: [s], b: [t]}\n"
        "  payoffs: {s/t: [1/x, 0]}\n"
    )
    model = ng.loads(text, "pole.yaml")
    swept = ng.sweep(model, {"parameters.x": [-1, 0, 1]}, [COUNT])
    assert lines(swept).rows == ((COUNT, (1.0, None, 1.0)),)
    assert lines(swept).ticks == (-1, 0, 1)


def test_the_strips_of_tipping_points(chicken):
    found = ng.tipping_points(chicken, "parameters.crash", low=-3, high=2)
    data = strips(found)
    assert (data.axis, data.low, data.high, data.points) == ("parameters.crash", -3, 2, (-1,))
    rows = dict(data.rows)
    assert rows["swerve/straight"] == ((-3, -1), (-1, -1))
    assert rows["straight/straight"] == ((-1, -1), (-1, 2))


def test_agreements_are_drawn_by_what_changes():
    trade = ng.load("alaska/territory_for_commerce").reading("igs")
    found = ng.tipping_points(trade, "parameters.us_gain", output="bargaining.nash.agreement")
    labels = [label for label, _ in strips(found).rows]
    before, after = found.points[0].before, found.points[0].after
    moving = [issue for issue in before if before[issue] != after[issue]]
    assert {label.split(":")[0] for label in labels} == set(moving)
    drawn = ng.robustness(trade, draws=16, outputs=["bargaining.nash.agreement"])
    for label, _, _, _ in chances(drawn).rows:
        assert label.count(":") <= 1 + len(before)
    shorts = [drawn.short(chance) for chance in drawn.chances]
    assert len(set(shorts)) == len(shorts)
    assert max(map(len, shorts)) < max(len(chance.outcome) for chance in drawn.chances)


def test_the_strips_of_verdicts():
    model = ng.load("alaska/territory_for_commerce")
    path = "stability.verdicts.commerce_first.acceptable.holds"
    found = ng.tipping_points(model, "parameters.us_fallback", low=0, high=2, outputs=[path])
    assert len(found.points) == 1
    assert {label for label, _ in strips(found).rows} == {"yes", "no"}


def test_several_outputs_have_the_strips_of_those_that_change():
    trade = ng.load("alaska/territory_for_commerce").reading("pism")
    names = [
        *(f"stability.verdicts.commerce_first.{own}.holds" for own in ("acceptable", "nash")),
        "bargaining.nash.agreement",
    ]
    found = ng.tipping_points(trade, "parameters.gate", outputs=names)
    rows = dict(strips(found).rows)
    assert rows.pop("commerce_first.acceptable") == (
        (0.0, float(found.of(names[0]).points[0].value)),
    )
    assert rows
    assert all(label.startswith("bargaining.nash.agreement: ") for label in rows)


def test_the_plane_of_curves(chicken):
    ranges = {"low": -3, "high": 0, "other_low": -2, "other_high": 1}
    found = ng.tipping_curves(chicken, "parameters.crash", "parameters.lose", points=4, **ranges)
    data = plane(found)
    assert data.values == ((-3, -2, -1, 0), (-2, -1, 0, 1))
    assert data.curves == (("crash - lose = 0", (((1, 0), 1), ((0, 1), -1))),)
    assert data.map.axes == ("parameters.crash", "parameters.lose")
    for row, cells in zip(found.grid, data.map.cells, strict=True):
        assert [found.kinds[int(level)] for level in cells] == list(row)
    assert len(data.map.legend) == len(found.kinds)


def filled_as_solved(model, found, solved, told, places=(1,)):
    """Solve points of each filled region, inside it and close to both of its edges."""
    data = plane(found)
    assert data.regions
    assert {region.level for region in data.regions} <= set(range(len(found.kinds)))
    for region in data.regions:
        for place in places:
            x = Fraction(region.up[place])
            left, right = Fraction(region.left[place]), Fraction(region.right[place])
            for share in (Fraction(1, 1000), Fraction(1, 2), Fraction(999, 1000)):
                point = (x, left + (right - left) * share)
                changed = model.override(dict(zip(found.paths, point, strict=True)))
                assert solved(changed) == told(found.kinds[region.level])


def test_a_region_is_filled_by_what_solving_gives_in_it(chicken):
    ranges = {"low": -3, "high": 1, "other_low": -2, "other_high": 2}
    found = ng.tipping_curves(chicken, "parameters.crash", "parameters.win", points=2, **ranges)
    filled_as_solved(
        chicken,
        found,
        lambda model: sorted(ng.equilibria(build.normal_form(model)).data()["outcomes"]),
        lambda kind: sorted(kind.outcomes),
        places=(1, -2),
    )


@pytest.mark.parametrize("criterion", ["acceptable", "seq"])
def test_yes_and_no_fill_what_the_verdict_says(criterion):
    trade = ng.load("alaska/territory_for_commerce").reading("pism")
    output = f"stability.verdicts.commerce_first.{criterion}.holds"
    numbers = ("parameters.gate", "parameters.ru_war")
    found = ng.tipping_curves(trade, *numbers, high="1/4", output=output, points=2)
    data = plane(found)
    looks = dict(zip(data.map.legend, looks_of(data.map.legend), strict=True))
    assert looks["yes"] == looks_of(["yes"])[0] != looks_of(["no"])[0] == looks["no"]
    evaluate = Evaluator(trade, (output,))
    filled_as_solved(
        trade,
        found,
        lambda model: Evaluator(model, (output,))({})[0],
        lambda kind: kind,
    )
    assert evaluate({})[0] in found.kinds


def test_no_two_outcomes_look_alike():
    legend = ["yes", "no", *map(str, range(30))]
    looks = looks_of(legend)
    assert len({tuple(look.values()) for look in looks}) == len(legend)


def test_where_regions_are_not_known_only_points_are_drawn(chicken, tmp_path):
    found = replace(
        ng.tipping_curves(chicken, "parameters.crash", "parameters.lose", points=3), strips=()
    )
    assert plane(found).regions == ()
    assert found.at(-2, -1) is None
    draw(found, tmp_path / "points.png")


def test_the_bars_of_a_tornado(chicken):
    output = "normal_form.equilibria.profiles.2.payoffs.first"
    found = ng.tornado(chicken, output)
    data = bars(found)
    assert data.base == pytest.approx(-0.1)
    assert [label for label, _, _ in data.rows] == [
        "parameters.crash",
        "parameters.lose",
        "parameters.win",
    ]
    for label, low, high in data.rows:
        for end, value in (("low", low), ("high", high)):
            knob = getattr(next(k for k in found.swings if k.path == label), end)
            solved = chicken.override({label: knob}).solve().get_path(output)
            assert value == float(Fraction(solved))


def test_the_chances_of_robustness(chicken):
    found = ng.robustness(chicken, draws=64, over={"parameters.crash": (-3, 1)})
    data = chances(found)
    assert len(data.rows) == len(found.chances)
    assert all(0 <= low <= share <= high <= 1 for _, share, low, high in data.rows)


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_every_picture_is_a_file(chicken, grid, tmp_path, ending):
    results = [
        grid,
        ng.sweep(chicken, {"parameters.crash": [-2, 0]}, [COUNT]),
        ng.tipping_points(chicken, "parameters.crash", low=-3, high=2),
        ng.tornado(chicken, COUNT, over={"parameters.crash": (-3, 1)}),
        ng.tipping_curves(chicken, "parameters.crash", "parameters.lose", points=2),
        ng.robustness(chicken, draws=16),
    ]
    for k, result in enumerate(results):
        target = tmp_path / f"{k}{ending}"
        draw(result, target)
        assert target.stat().st_size > 1000


def test_what_cannot_be_drawn_is_told(chicken, grid, tmp_path):
    with pytest.raises(NegotiationError, match="there is no picture of"):
        plot_data(chicken)
    with pytest.raises(NegotiationError, match=r"is no \.png, \.svg, \.pdf file"):
        draw(grid, tmp_path / "picture.gif")
    with pytest.raises(NegotiationError, match="cannot be written"):
        draw(grid, tmp_path / "missing" / "picture.png")
