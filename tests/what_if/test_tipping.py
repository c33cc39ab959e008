"""Tipping points agree with solving point by point, on both sides and at the point itself."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import loaded
from small_models import model_of, small_models

from negotiation.analysis import SOLVERS
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.model import build
from negotiation.normal_form import equilibria
from negotiation.roots import Algebraic, between
from negotiation.stability import CRITERIA
from negotiation.what_if.outcomes import frozen
from negotiation.what_if.tipping import tipping_points
from negotiation.what_if.tipping_results import Bracket

LABELS = "abc"


def game(payoffs, parameters, *, players=2, **rest):
    """Return a model that states a game; payoffs: profile places -> formulas."""
    names = ["us", "ru", "ua"][:players]
    counts = [max(place[k] for place in payoffs) + 1 for k in range(players)]
    return model_of(
        {
            "title": "family",
            "parties": {name: {} for name in names},
            "parameters": parameters,
            "normal_form": {
                "players": {n: list(LABELS[:c]) for n, c in zip(names, counts, strict=True)},
                "payoffs": {
                    "/".join(LABELS[k] for k in place): list(row) for place, row in payoffs.items()
                },
            },
            **rest,
        }
    )


def bimatrix(first, second, **parameters):
    places = itertools.product(range(len(first)), range(len(first[0])))
    table = {(i, j): [first[i][j], second[i][j]] for i, j in places}
    return game(table, parameters or {"x": {"value": Fraction(1, 7), "low": -2, "high": 2}})


def solved(model, x):
    """Return the names of the supports, solved at one point by the ordinary solver."""
    found = equilibria(build.game_family(model).game(x=x))
    names = found.game.strategies
    supports = tuple(
        tuple(tuple(names[p][k] for k in own) for p, own in enumerate(one.supports))
        for one in found.profiles
    )
    return sorted(supports), len(found.components)


def held(structure):
    return sorted(structure.supports), structure.components


LINEAR = st.tuples(st.integers(-2, 2), st.integers(-1, 1)).map(lambda ab: f"{ab[0]} + {ab[1]}*x")
QUADRATIC = st.tuples(*[st.integers(-2, 2)] * 3).map(lambda c: f"{c[0]} + {c[1]}*x + {c[2]}*x**2")
RATIONAL = st.tuples(*[st.integers(-2, 2)] * 2, st.integers(-1, 3)).map(
    lambda c: f"({c[0]} + {c[1]}*x)/(x - {c[2]}/2)" if c[2] >= 0 else f"{c[0]}"
)
PIECES = st.tuples(LINEAR, LINEAR, st.sampled_from(["min", "max"])).map(
    lambda c: f"{c[2]}({c[0]}, {c[1]})"
) | LINEAR.map(lambda text: f"abs({text})")
ENTRIES = st.one_of(st.integers(-2, 2).map(str), LINEAR, QUADRATIC, RATIONAL, PIECES)


@st.composite
def families(draw, entries=ENTRIES, most=3):
    m, n = draw(st.tuples(st.integers(1, most), st.integers(2, most)))
    kind = draw(st.sampled_from([entries, LINEAR, st.one_of(LINEAR, st.integers(-1, 1).map(str))]))
    first, second = ([[draw(kind) for _ in range(n)] for _ in range(m)] for _ in range(2))
    return bimatrix(first, second)


def agrees(model, found, values):
    for x in values:
        holds = found.at(x)
        if holds is None:
            assert any(gap.low == x == gap.high for gap in found.gaps)
            with pytest.raises(NegotiationError):
                solved(model, x)
        else:
            assert held(holds) == solved(model, x)


def ends_of(found):
    return sorted({end for piece in found.pieces for end in (piece.low, piece.high)})


@settings(max_examples=12, deadline=None)
@given(families())
def test_pieces_are_what_solving_point_by_point_gives(model):
    found = tipping_points(model, "parameters.x")
    assert found.guarantee == "all"
    # a dense sweep over the range, and more points close to both sides of each tipping point
    sweep = [Fraction(k, 8) for k in range(-16, 17)]
    close = []
    for point in found.points:
        near = point.value
        if isinstance(near, Algebraic):
            near = near.refine(Fraction(1, 10**9))
            close += [near.low, near.high]
        else:
            step = Fraction(1, 10**7)
            close += [near, *(x for x in (near - step, near + step) if -2 <= x <= 2)]
    inside = [between(a, b) for a, b in itertools.pairwise(ends_of(found))]
    agrees(model, found, [*sweep, *close, *inside])


@pytest.mark.heavy
@settings(max_examples=250, deadline=None)
@given(families(), st.lists(st.fractions(-2, 2, max_denominator=60), max_size=20))
def test_pieces_hold_at_any_number(model, values):
    found = tipping_points(model, "parameters.x")
    agrees(model, found, [*values, *(p.value for p in found.points if p.value in values)])
    agrees(model, found, [between(a, b) for a, b in itertools.pairwise(ends_of(found))])


@pytest.mark.parametrize("criterion", ["", *CRITERIA])
@settings(max_examples=6, deadline=None)
@given(small_models(), st.data())
def test_verdicts_of_small_models_flip_exactly_there(criterion, data, draw):
    model = model_of(data)
    path = draw.draw(st.sampled_from([path for path, _ in model.quantities]))
    output = ".".join(["stability.verdicts.plan", *([criterion] if criterion else []), "holds"])
    if model.solve().get_path(output) is None:
        return
    own = model.number(path)
    low, high = own - Fraction(1, 2), own + Fraction(1, 2)
    if own >= 0:  # the amount of an interaction may be below
        low = max(low, Fraction(0))
    found = tipping_points(model, path, low, high, output=output)
    assert found.guarantee == "all"
    inside = [between(a, b) for a, b in itertools.pairwise(ends_of(found))][:4]
    exact_points = [p.value for p in found.points if isinstance(p.value, Fraction)][:4]
    for x in [low, high, own, *inside, *exact_points]:
        holds = found.at(x)
        try:
            assert value_at(model, path, x, output) is holds
        except NegotiationError:
            assert holds is None


def test_verdicts_in_a_large_space_are_exact():
    model = loaded("alaska/settlement", "pism")
    path = "parameters.ru_without_agreement"
    deal = "stability.verdicts.unconditional_ceasefire"
    found = tipping_points(model, path, outputs=[f"{deal}.{own}.holds" for own in ("nash", "seq")])
    assert found.guarantee == "all"
    assert [(p.value, str(p.change)) for p in found.points] == [
        (Fraction(1, 3), "unconditional_ceasefire.seq: yes → unconditional_ceasefire.seq: no")
    ]
    assert found.at(Fraction(1, 3))[f"{deal}.seq.holds"] is True


def test_an_irrational_tipping_point_of_a_verdict():
    data = {
        "title": "patience",
        "parties": {
            "p": {"patience": {"value": Fraction(1, 2), "low": 0, "high": Fraction(9, 10)}}
        },
        "issues": {"deal": {"options": ["a", "b"], "control": {"by": ["p"], "joint": False}}},
        "demands": {"p": {"deal": {"scores": {"a": Fraction(1), "b": Fraction(1, 2)}}}},
        "disagreement": {"p": Fraction(0)},
        "agreements": {"plan": {"deal": "b"}},
        "commitment": {"lag": 2},
    }
    model = model_of(data)
    output = "stability.verdicts.plan.self_enforcing.holds"
    found = tipping_points(model, "parties.p.patience", output=output)
    (point,) = found.points
    assert found.guarantee == "all"
    assert point.value == Algebraic.of([2, 0, -1], 0, 1)
    assert (point.before, point.at, point.after) == (False, True, True)


@settings(max_examples=12, deadline=None)
@given(families())
def test_only_true_changes_are_listed_and_pieces_cover_the_range(model):
    found = tipping_points(model, "parameters.x")
    for point in found.points:
        known = [side for side in (point.before, point.at, point.after) if side is not None]
        assert any(side != known[0] for side in known)
        assert found.at(point.value) == point.at
    listed = [point.value for point in found.points]
    assert listed == sorted(set(listed))
    for one, two in itertools.pairwise(found.pieces):
        assert one.high <= two.low
        between_them = [gap for gap in found.gaps if gap.low == one.high and gap.high == two.low]
        assert between_them or (one.high == two.low and one.high_included != two.low_included)
        assert between_them or (one.holds != two.holds and one.high in listed)


def test_a_crash_that_is_no_worse_than_losing_ends_chicken():
    found = tipping_points(loaded("classics/chicken"), "parameters.crash", -3, 2)
    (point,) = found.points
    assert point.value == -1
    assert (point.before.count, point.at.count, point.after.count) == (3, 3, 1)
    assert (point.before.components, point.at.components) == (3, 1)
    assert point.after.outcomes == ("straight/straight",)
    assert tipping_points(loaded("classics/chicken"), "parameters.crash").points == ()


def test_an_irrational_tipping_point():
    model = bimatrix([["x**2", "x**2"], [2, 2]], [[0, 0], [0, 1]])
    (low, high) = tipping_points(model, "parameters.x").points
    assert low.value == Algebraic.of([1, 0, -2], -2, -1)
    assert high.value == Algebraic.of([1, 0, -2], 1, 2)
    assert high.before.outcomes == ("b/b",)
    assert high.at.components == 1
    assert set(high.at.outcomes) == {"a/a", "a/b", "b/b"}
    assert set(high.after.outcomes) == {"a/a", "a/b"}
    assert "1.41421… (root of x**2 - 2)" in str(high)


def test_irrational_points_agree_with_a_scaled_rational_copy():
    # x -> sqrt(2)*y turns the point into a rational one with the same structure
    model = bimatrix([["x**2", "0"], ["2", "1"]], [["1", "x**2"], ["2", "0"]])
    copy = bimatrix([["2*x**2", "0"], ["2", "1"]], [["1", "2*x**2"], ["2", "0"]])
    found = tipping_points(model, "parameters.x", -3, 3)
    scaled = tipping_points(copy, "parameters.x", -3, 3)
    at = {str(p.value): p for p in scaled.points}
    assert found.at(Algebraic.of([1, 0, -2], 1, 2)) == scaled.at(1)
    assert found.at(Algebraic.of([1, 0, -2], 1, 2)) is not None
    assert at


def test_a_pole_is_a_gap_and_never_crossed():
    model = bimatrix([["1/x", 0]], [[0, "1/x"]])
    found = tipping_points(model, "parameters.x")
    (gap,) = found.gaps
    assert (gap.low, gap.high) == (0, 0)
    assert found.points == ()
    assert [piece.holds.outcomes for piece in found.pieces] == [("a/a",), ("a/b",)]
    assert found.at(0) is None
    assert any("divides by zero" in str(row) for row in found.tables()[-1].rows)
    # a fraction that could be reduced has no value at the zero of its divisor either
    model = bimatrix([["x*(x - 1)/x", 0]], [[0, 1]])
    assert [gap.low for gap in tipping_points(model, "parameters.x").gaps] == [0]


def test_an_outcome_that_flips_across_a_pole_is_told_with_its_place():
    model = bimatrix([["1/x"], ["0"]], [["0"], ["0"]])
    found = tipping_points(model, "parameters.x")
    (gap,) = found.gaps
    assert (gap.low, gap.high, gap.before.outcomes, gap.after.outcomes) == (
        0,
        0,
        ("b/a",),
        ("a/a",),
    )
    assert found.points == ()
    assert found.changes == (gap,)
    (points, pieces, _) = found.tables()
    assert points.rows == ((0, "1: b/a → no outcome → 1: a/a"),)
    assert "Nothing changes" not in str(found)
    assert [holds for _, holds in pieces.rows] == ["1: b/a", "1: a/a"]
    assert found.data()["gaps"][0]["after"]["outcomes"] == ["a/a"]


def test_a_pole_across_which_nothing_changes():
    found = tipping_points(bimatrix([["1/x**2"], ["0"]], [["0"], ["0"]]), "parameters.x")
    (gap,) = found.gaps
    assert (gap.low, gap.changes, found.changes) == (0, False, ())
    assert "Nothing changes where there is an outcome." in str(found)


RATIONALS = st.tuples(*[st.integers(-2, 2)] * 2, st.integers(-1, 3)).map(
    lambda c: f"({c[0]} + {c[1]}*x)*(x**2 - 2)/((x - {c[2]}/2)*(x**2 - 2))"
)


@settings(max_examples=8, deadline=None)
@given(families(st.one_of(RATIONAL, RATIONALS), most=2))
def test_both_sides_of_a_gap_are_what_solving_close_to_it_gives(model):
    found = tipping_points(model, "parameters.x")
    tiny = Fraction(1, 10**9)
    for gap in found.gaps:
        assert gap.low == gap.high
        near = gap.low.refine(tiny) if isinstance(gap.low, Algebraic) else None
        sides = (near.low, near.high) if near else (gap.low - tiny, gap.low + tiny)
        for x, holds in zip(sides, (gap.before, gap.after), strict=True):
            assert holds is None if abs(x) > 2 else held(holds) == solved(model, x)
    # an output that is searched in steps has its gaps at the same places
    halved = tipping_points(model, "parameters.x", output="normal_form.equilibria.pure", steps=4)
    for one, two in zip(found.gaps, halved.gaps, strict=True):
        assert (one.low, one.high) == (two.low, two.high)
        for exactly, holds in ((one.before, two.before), (one.after, two.after)):
            names = None if holds is None else tuple("/".join(own.values()) for own in holds)
            assert names == (exactly and exactly.outcomes)


def test_a_divisor_that_is_zero_all_along():
    model = bimatrix([["1/max(x, 0)", 0]], [[0, 1]])
    found = tipping_points(model, "parameters.x")
    assert [(gap.low, gap.high) for gap in found.gaps] == [(-2, 0)]
    (piece,) = found.pieces
    assert (piece.low, piece.low_included, piece.high) == (0, False, 2)


def test_payoffs_tied_everywhere():
    found = tipping_points(bimatrix([["x", "x"], ["x", "x"]], [[1, 1], [1, 1]]), "parameters.x")
    assert found.points == ()
    (piece,) = found.pieces
    assert (piece.low_included, piece.high_included, piece.holds.count) == (True, True, 4)


def test_a_point_at_an_end_of_the_range():
    model = bimatrix([["x"], [0]], [[0], [0]])
    (point,) = tipping_points(model, "parameters.x", 0, 1).points
    assert (point.value, point.before) == (0, None)
    assert point.at != point.after


def test_derived_parameters_move_along():
    parameters = {"x": {"value": 0, "low": -2, "high": 2}, "y": "2*x - 1"}
    model = bimatrix([["y"], [0]], [[0], [0]], **parameters)
    assert [p.value for p in tipping_points(model, "parameters.x").points] == [Fraction(1, 2)]


def test_a_payoff_itself_is_an_input():
    model = bimatrix([[1, 2], [0, 0]], [[0, 0], [1, 1]], x=0)
    path = next(path for path, _ in model.quantities if path.startswith("normal_form"))
    found = tipping_points(model, path, -1, 1)
    assert [p.value for p in found.points] == [0]


def test_counts_and_outcomes():
    chicken = loaded("classics/chicken")
    for output, values in {
        "count": [(3, 3, 1)],
        "count_pure": [(2, 3, 1)],
        "components": [(3, 1, 1)],
    }.items():
        path = f"normal_form.equilibria.{output}"
        found = tipping_points(chicken, "parameters.crash", -3, 2, output=path)
        assert [(p.before, p.at, p.after) for p in found.points] == values
        assert found.guarantee == "all"
    both = ["normal_form.equilibria.count", "normal_form.equilibria.outcomes"]
    found = tipping_points(chicken, "parameters.crash", -3, 2, outputs=both)
    assert found.points[0].after["normal_form.equilibria.count"] == 1


def test_three_players_have_their_pure_equilibria():
    places = list(itertools.product(range(2), repeat=3))
    model = game(
        {p: ["x" if p[0] else "1", f"{p[1]}*x", f"{p[2]}"] for p in places},
        {"x": {"value": 0, "low": -2, "high": 2}},
        players=3,
    )
    found = tipping_points(model, "parameters.x")
    assert found.guarantee == "pure"
    assert [point.value for point in found.points] == [0, 1]
    for x in [Fraction(k, 4) for k in range(-8, 9)]:
        every = equilibria(build.normal_form(model.override({"parameters.x": x})))
        pure = {
            "/".join(every.game.names(s[0] for s in e.supports)) for e in every.profiles if e.pure
        }
        assert set(found.at(x).outcomes) == pure


def test_a_three_by_three_game_takes_few_polynomials(monkeypatch):
    from negotiation import roots as room  # noqa: PLC0415

    entries = [["x**2 - 1", "2*x", 1], [0, "x + 1", "3 - x**2"], ["2 - x", 1, "x**2 + x - 1"]]
    other = [["1 - x", "x**2", 2], ["x - 1", "2*x**2", 1], [1, "1 - x**2", "3*x"]]
    model = bimatrix(entries, other)
    isolated = []
    real_roots = room._real_roots
    monkeypatch.setattr(
        room, "_real_roots", lambda factor: (isolated.append(factor), real_roots(factor))[1]
    )
    found = tipping_points(model, "parameters.x", -3, 3)
    assert len(isolated) <= 400  # 34 pairs of supports of equal size, 6 inequalities each, shared
    assert any(isinstance(point.value, Algebraic) for point in found.points)
    agrees(model, found, [Fraction(k, 8) for k in range(-24, 25)])


def test_results_are_hashable_picklable_and_shown():
    model = bimatrix([["x**2", "x**2"], [2, 2]], [[0, 0], [0, 1]])
    found = tipping_points(model, "parameters.x")
    assert pickle.loads(pickle.dumps(found)) == found
    assert hash(found) == hash(tipping_points(model, "parameters.x"))
    assert found.to_dict()["points"][0]["value"]["root_of"] == "x**2 - 2"
    assert "-1.41421…" in str(found)


# ---- agreements -------------------------------------------------------------------------------


DEAL = {
    "title": "deal",
    "parties": {"us": {}, "ru": {}},
    "issues": {"zone": {"options": ["shut", "some", "open"], "control": "us"}},
    "parameters": {"cost": {"value": 0, "low": -1, "high": 1}},
    "demands": {"us": {"zone": {"aspires": "shut"}}, "ru": {"zone": {"aspires": "open"}}},
    "disagreement": {"us": "0.3 + cost**2", "ru": "0.2 + cost"},
    "agreements": {"middle": {"zone": "some"}, "theirs": {"zone": "open"}},
    "ratifiers": {"senate": {"of": "us", "at_least": {"value": 0.2, "low": 0, "high": 1}}},
    "bargaining": {"players": ["us", "ru"]},
}


def value_at(model, path, value, output):
    return model.override({path: value}).solve().get_path(output)


def test_acceptance_tips_exactly_at_its_margins():
    model = model_of(DEAL)
    output = "stability.verdicts.middle.acceptable.holds"
    found = tipping_points(model, "parameters.cost", output=output)
    # 1/2 >= 3/10 + cost**2 and 1/2 >= 1/5 + cost
    assert [point.value for point in found.points] == [
        Algebraic.of([5, 0, -1], -1, 0),
        Fraction(3, 10),
    ]
    assert [(p.before, p.at, p.after) for p in found.points] == [
        (False, True, True),
        (True, True, False),
    ]
    for x in [Fraction(k, 10) for k in range(-10, 11)]:
        assert found.at(x) is value_at(model, "parameters.cost", x, output)


def test_a_ratifier_consents_up_to_its_utility():
    found = tipping_points(
        model_of(DEAL),
        "ratifiers.senate.at_least",
        output="stability.verdicts.middle.ratifiable.holds",
    )
    (point,) = found.points
    assert (point.value, point.before, point.at, point.after) == (
        Fraction(1, 2),
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    "output",
    [
        "stability.verdicts.middle.seq.holds",
        "stability.verdicts.theirs.nash.holds",
        "stability.verdicts.middle.efficient.holds",
        "stability.verdicts.middle.holds",
        "bargaining.nash.agreement",
        "bargaining.utilitarian.count",
        "bargaining.egalitarian.agreement",
        "bargaining.kalai_smorodinsky.agreement",
        "stability.verdicts.middle.met",
    ],
)
def test_other_outputs_agree_with_solving(output):
    model = model_of(DEAL)
    found = tipping_points(model, "parameters.cost", output=output)
    for x in [Fraction(k, 10) for k in range(-10, 11)]:
        if found.at(x) is None:
            assert any(isinstance(p.value, Bracket) or p.at is None for p in found.points)
            continue
        own = value_at(model, "parameters.cost", x, output)
        assert found.at(x) == frozen(own)


def test_weights_that_are_not_allowed_are_a_gap():
    model = model_of(
        DEAL
        | {
            "demands": {
                **DEAL["demands"],
                "us": {"zone": {"aspires": "shut", "weight": {"value": 1, "low": 0, "high": 2}}},
            }
        }
    )
    found = tipping_points(
        model,
        "demands.us.zone.weight",
        -1,
        2,
        output="stability.verdicts.middle.acceptable.holds",
    )
    assert found.gaps[0].low == -1
    assert found.gaps[-1].high == 0
    assert found.points == ()


@pytest.mark.parametrize("party", ["ru", "us", "ua", "europe"])
def test_acceptance_in_the_shipped_settlement(party):
    model = loaded("alaska/settlement")
    path = f"parameters.{party}_without_agreement"
    name = "guarded_compromise"
    found = tipping_points(model, path, 0, 1, output=f"stability.verdicts.{name}.acceptable.holds")
    space = build.agreement_space(model)
    utility = space.utility(party, model.agreement(name))
    assert [point.value for point in found.points] == [utility]
    assert (found.at(utility), found.at(utility + Fraction(1, 10**9))) == (True, False)


def test_the_default_looks_at_the_named_agreements():
    found = tipping_points(model_of(DEAL), "parameters.cost")
    assert found.outputs[0] == "stability.verdicts.middle.acceptable.holds"
    assert found.guarantee == "all"
    kinds = ["acceptable", "ratifiable", "seq"]
    assert found.outputs == (
        *(f"stability.verdicts.{n}.{k}.holds" for n in ("middle", "theirs") for k in kinds),
        *(f"bargaining.{concept}.agreement" for concept in SOLVERS),
    )


def test_each_of_several_outputs_is_as_if_asked_alone():
    model = model_of(DEAL)
    found = tipping_points(model, "parameters.cost")
    for output in found.outputs:
        alone = tipping_points(model, "parameters.cost", output=output)
        assert found.of(output) == alone
    assert {own.outputs[0] for own in found.changing} == {
        output for output in found.outputs if len(found.of(output).pieces) > 1
    }
    assert 0 < len(found.changing) < len(found.outputs)
    (points, pieces, stays) = found.tables()
    changes = sum(len(own.points) for own in found.changing)
    assert len(points.rows) == changes >= len(found.points)
    assert len(pieces.rows) == sum(len(own.pieces) for own in found.changing)
    told = [name for names, _ in stays.rows for name in names.split(", ")]
    assert len(told) == len(found.outputs) - len(found.changing)
    with pytest.raises(UnknownNameError, match="middle"):
        found.of("stability.verdicts.midle.seq.holds")


def test_halved_pieces_of_one_output_join_where_it_does_not_change():
    names = ["stability.verdicts.middle.met", "stability.verdicts.middle.acceptable.holds"]
    found = tipping_points(model_of(DEAL), "parameters.cost", outputs=names, steps=8)
    assert found.guarantee == "some"
    own = found.of(names[1])
    assert [point.before for point in own.points] != [point.after for point in own.points]
    assert len(own.pieces) == len(own.points) + 1
    assert {piece.holds for piece in own.pieces} == {True, False}


# ---- bad input --------------------------------------------------------------------------------


def test_bad_input():
    chicken = loaded("classics/chicken")
    with pytest.raises(UnknownNameError, match=r"parameters\.crash"):
        tipping_points(chicken, "parameters.crsh")
    with pytest.raises(UnknownNameError):
        tipping_points(chicken, "title")
    with pytest.raises(NegotiationError, match="upside down"):
        tipping_points(chicken, "parameters.crash", 2, 1)
    with pytest.raises(NegotiationError, match="empty"):
        tipping_points(chicken, "parameters.crash", 2, 2)
    with pytest.raises(UnknownNameError):
        tipping_points(chicken, "parameters.crash", output="bargaining.nash")
    with pytest.raises(UnknownNameError):
        tipping_points(chicken, "parameters.crash", output="normal_form.equilibria.cuont")
    with pytest.raises(NegotiationError, match="both"):
        tipping_points(chicken, "parameters.crash", output="a", outputs=["b"])
    with pytest.raises(NegotiationError, match="no outputs"):
        tipping_points(chicken, "parameters.crash", outputs=[])
    with pytest.raises(NegotiationError, match="no model"):
        tipping_points("chicken", "parameters.crash")
    with pytest.raises(NegotiationError, match="no low end"):
        tipping_points(bimatrix([["x"], [0]], [[0], [0]], x=0), "parameters.x")
    with pytest.raises(NegotiationError, match="all along"):
        tipping_points(
            chicken, "parameters.crash", output="normal_form.equilibria.profiles.2.payoffs.first"
        )
    with pytest.raises(NegotiationError, match="outside"):
        tipping_points(chicken, "parameters.crash").at(5)


def test_the_path_of_a_verdict_means_its_yes_or_no():
    model = loaded("alaska/territory_for_commerce", "igs")
    agreement = next(iter(model.agreements))
    for criterion in ("acceptable", "robust"):
        path = f"stability.verdicts.{agreement}.{criterion}"
        party = next(iter(model.spec.disagreement))
        short, long = (
            tipping_points(model, f"disagreement.{party}", 0, 1, output=output, steps=4)
            for output in (path, f"{path}.holds")
        )
        assert short.outputs == (f"{path}.holds",)
        assert short.data() == long.data()


def test_only_the_outputs_that_move_all_along_are_refused_by_name():
    model = loaded("alaska/territory_for_commerce", "igs")
    agreement = next(iter(model.agreements))
    party = next(iter(model.spec.disagreement))
    moving = f"stability.verdicts.{agreement}.acceptable.margin"
    outputs = [moving, "bargaining.nash.exists"]
    with pytest.raises(NegotiationError, match="changes all along") as refused:
        tipping_points(model, f"disagreement.{party}", 0, 1, outputs=outputs, steps=16)
    assert moving in str(refused.value)
    assert "bargaining.nash.exists" not in str(refused.value)
