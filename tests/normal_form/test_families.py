"""Families against their games, point by point."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.errors import FormulaError, GameError, UnknownNameError
from negotiation.formulas import parse
from negotiation.normal_form import NormalForm, equilibria
from negotiation.normal_form.families import GameFamily

HAWK = GameFamily.from_formulas(
    ["us", "ru"],
    [["yield", "fight"], ["settle", "war"]],
    [
        [["prize/2", 0], ["prize", "prize/2 - cost"]],
        [["prize/2", "prize"], [0, "prize/2 - cost"]],
    ],
    {"prize": 2, "half": "prize/2", "cost": "half + 2"},
)

leaves = st.sampled_from(
    ["x", "y", "z", "0", "1", "3", "0.1", "2/7", "1e9", "12345678901234567890"]
)


def _grown(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        inner.map(lambda t: f"abs({t})"),
        inner.map(lambda t: f"(-{t})"),
        st.tuples(inner, st.sampled_from([-2, -1, 0, 1, 2, 3, 30])).map(
            lambda t: f"({t[0]})**{t[1]}"
        ),
    )


formulas = st.recursive(leaves, _grown, max_leaves=6).filter(
    lambda text: text.count("**") <= 2  # formulas bound their powers
)
values = st.one_of(
    st.integers(-4, 4),
    st.fractions(min_value=-9, max_value=9, max_denominator=12),
    st.integers(-(10**30), 10**30),
    st.sampled_from([2**62, -(2**62), 2**63, 2**31, Fraction(1, 2**63), Fraction(1, 10**25)]),
    st.floats(-1e6, 1e6),
)


@st.composite
def families(draw):
    shape = draw(st.sampled_from([(1, 1), (2, 2), (1, 3), (2, 1, 2)]))
    size = int(np.prod(shape))
    arrays = [
        np.array(draw(st.lists(formulas, min_size=size, max_size=size)), dtype=object)
        for _ in shape
    ]
    names = [[f"s{i}" for i in range(n)] for n in shape]
    return GameFamily.from_formulas(
        [f"p{k}" for k in range(len(shape))],
        names,
        [array.reshape(shape) for array in arrays],
        {"x": 1, "y": "2*x + 1/3", "z": 3},
    )


def one_by_one(family, points):
    """Return the payoffs of the games, or None where a formula has no value."""
    try:
        return [family.game(**point).payoffs for point in points]
    except FormulaError:
        return None


@given(families(), st.lists(st.tuples(values, values), min_size=1, max_size=6), st.booleans())
@settings(max_examples=150, deadline=None)
def test_payoffs_are_those_of_the_games(family, pairs, both):
    parameters = {"x": [x for x, _ in pairs], "z": [z for _, z in pairs]}
    if not both:
        del parameters["z"]
    points = [{name: own[k] for name, own in parameters.items()} for k in range(len(pairs))]
    expected = one_by_one(family, points)
    if expected is None:
        with pytest.raises(FormulaError):
            family.payoffs(parameters)
        return
    integers, denominators = family.payoffs(parameters)
    assert integers.shape == (len(pairs), len(family.players), *family.shape)
    for k, game in enumerate(expected):
        for p, array in enumerate(game):
            assert [Fraction(int(v), int(denominators[k, p])) for v in integers[k, p].flat] == list(
                array.flat
            )
            # the least denominator, whatever the way there
            assert denominators[k, p] == math.lcm(*(v.denominator for v in array.flat))


@given(st.integers(0, 2**32), st.sampled_from([1, 10, 10**12, 10**25]), st.sampled_from([0, 3, 9]))
@settings(max_examples=15, deadline=None)
def test_many_points_with_a_few_huge_ones(seed, size, huge):
    """The halving of points: small and huge values side by side."""
    family = GameFamily.from_formulas(
        ["a", "b"],
        [["s"], ["t", "u"]],
        [[["x*y - z", "x/y"]], [["max(x, y**2)", "10**20"]]],
        {"x": 1, "y": "x + 1/2", "z": 5},
    )
    random = np.random.default_rng(seed)
    x = [int(v) for v in random.integers(-50, 50, 300)]
    for place in random.integers(0, 300, huge):
        x[place] *= size
    integers, denominators = family.payoffs({"x": x})
    for k, value in enumerate(x):
        for p, array in enumerate(family.game(x=value).payoffs):
            assert [Fraction(int(v), int(denominators[k, p])) for v in integers[k, p].flat] == list(
                array.flat
            )


@pytest.mark.parametrize(
    "kind",
    [
        lambda v: v,
        np.array,
        lambda v: np.array(v, dtype=np.float32),
        lambda v: np.array(v, dtype=object),
        lambda v: [str(x) for x in v],
        lambda v: tuple(Fraction(str(x)) for x in v),
    ],
)
def test_numbers_mean_what_they_print_as(kind):
    found = HAWK.payoffs({"prize": kind([0.1, 2.25, 1000.0]), "cost": 0})
    true = [Fraction(1, 10), Fraction(9, 4), Fraction(1000)]
    for k, prize in enumerate(true):
        assert Fraction(int(found.integers[k, 0, 1, 0]), int(found.denominators[k, 0])) == prize


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_arrays_of_floats_mean_the_shortest_decimals(numbers):
    family = GameFamily.from_formulas(["me"], [["s"]], [["x"]], {"x": 0})
    found = family.payoffs({"x": np.array(numbers)})
    for k, number in enumerate(numbers):
        assert Fraction(int(found.integers[k, 0, 0]), int(found.denominators[k, 0])) == Fraction(
            str(number)
        )


def test_defaults_derived_and_given_parameters():
    assert HAWK.game().payoffs_at(("fight", "war")) == (-2, -2)  # cost is half + 2 = 3
    assert HAWK.game(prize=4).payoffs_at(("fight", "war")) == (-2, -2)  # cost is 4
    assert HAWK.game(half=0, prize=4).payoffs_at(("fight", "war")) == (0, 0)
    assert HAWK.game().players == ("us", "ru")
    assert HAWK.game().strategies == (("yield", "fight"), ("settle", "war"))
    integers, _ = HAWK.payoffs({"half": [0, 1], "prize": 4})
    assert integers[:, 0, 1, 1].tolist() == [0, -1]


def test_one_point_no_point():
    assert HAWK.payoffs({}).integers.shape == (1, 2, 2, 2)
    assert HAWK.payoffs({"prize": []}).integers.shape == (0, 2, 2, 2)
    assert HAWK.equilibria({"prize": []}).counts.tolist() == []
    assert HAWK.payoffs({"prize": np.int64(3)}).integers.shape == (1, 2, 2, 2)


@pytest.mark.parametrize("threads", [1, 2])
def test_equilibria_are_those_of_the_games(threads):
    prizes = [2, "1/3", -1, 0, 10**40, 7.5]
    costs = ["1/7", 1, 2, 0, 10**40, 3.75]
    seen = []
    found = HAWK.equilibria(
        {"prize": prizes, "cost": costs},
        threads=threads,
        chunk=2,
        progress=lambda *done: seen.append(done),
    )
    assert seen == [(2, 6), (4, 6), (6, 6)]
    assert len(found) == 6
    for k, (prize, cost) in enumerate(zip(prizes, costs, strict=True)):
        game = HAWK.game(prize=prize, cost=cost)
        assert found.game(k) == game
        assert found.point(k) == {"prize": Fraction(str(prize)), "cost": Fraction(str(cost))}
        assert found.equilibria(k) == equilibria(game).profiles
        assert found.counts[k] == len(found.equilibria(k))
    assert found.to_dict()["games"] == 6
    assert found.guarantee == "extreme"
    assert "extreme equilibria" in str(found)
    again = pickle.loads(pickle.dumps(found))
    assert again.equilibria(4) == found.equilibria(4)


def test_no_such_point():
    found = HAWK.equilibria({"cost": [1, 2]})
    for k in (-1, 2, 0.5, True, "x"):
        with pytest.raises(UnknownNameError, match="there is no point"):
            found.equilibria(k)
        with pytest.raises(UnknownNameError, match="numbered from 0 to 1"):
            found.game(k)


@pytest.mark.parametrize("formula", ["1/(x - 3)", "(x - 3)**-2", "abs(x)/(3 - x)"])
@pytest.mark.parametrize("other", ["0", str(10**40)])
def test_division_by_zero_names_the_point(formula, other):
    family = GameFamily.from_formulas(["a"], [["s"]], [[f"{formula} + {other}"]], {"x": 1})
    x = np.arange(-200, 200)
    with pytest.raises(FormulaError, match=r"point 203 \(x = 3\): .*zero"):
        family.payoffs({"x": x})
    with pytest.raises(FormulaError, match="zero"):
        family.game(x=3)
    assert family.payoffs({"x": x[x != 3]}).integers.shape == (399, 1, 1)


def test_values_beyond_bounds_name_the_point():
    family = GameFamily.from_formulas(["a"], [["s"]], [["x**900"]], {"x": 1})
    with pytest.raises(FormulaError, match=r"point 1 \(x = 1\d*\.*\).*too large"):
        family.payoffs({"x": [2, 10**40]})


def test_families_are_values():
    again = pickle.loads(pickle.dumps(HAWK))
    assert again == HAWK
    assert hash(again) == hash(HAWK)
    assert again.game(cost=1) == HAWK.game(cost=1)
    assert not HAWK.payoffs({}).integers.flags.writeable


def test_formulas_may_be_numbers_and_parsed_formulas():
    family = GameFamily.from_formulas(
        ["a"], [["s", "t", "u"]], [[parse("x + 1"), 0.5, Fraction(1, 3)]], {"x": "2/3"}
    )
    assert family.game() == NormalForm.from_arrays(
        ["5/3", "1/2", "1/3"], players=["a"], strategies=[["s", "t", "u"]]
    )


def build(players=("a",), strategies=(("s", "t"),), formulas=(("x", "1"),), defaults=None):
    return GameFamily.from_formulas(
        players, strategies, formulas, {"x": 1} if defaults is None else defaults
    )


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"formulas": (("x + y", "1"),)}, UnknownNameError, "unknown parameter 'y'"),
        ({"defaults": {"x": "cost"}}, UnknownNameError, "parameter x: unknown parameter 'cost'"),
        ({"defaults": {"x": "y", "y": "x"}}, GameError, "in a circle: x, y"),
        ({"defaults": {"x": float("nan")}}, GameError, "parameter x: nan"),
        ({"defaults": {"2x": 1}}, GameError, "'2x' cannot name a parameter"),
        ({"defaults": {1: 1}}, GameError, "'1' cannot name a parameter"),
        ({"defaults": [1]}, GameError, "no mapping"),
        ({"formulas": (("x", "u(us, deal)"),)}, GameError, r"u\(us, deal\).*as a parameter"),
        ({"formulas": (("x", "import os"),)}, FormulaError, "payoffs of player 1: .*no formula"),
        ({"formulas": (("x", True),)}, GameError, "True is no number"),
        ({"formulas": (("x",),)}, GameError, "shape 1"),
        ({"formulas": ((("x",), ("x", "1")),)}, GameError, "ragged"),
        ({"formulas": "x"}, GameError, "no arrays of formulas"),
        ({"formulas": ()}, GameError, "no payoff arrays"),
        ({"players": ("a", "b")}, GameError, "2 player names for 1"),
        ({"players": 5}, GameError, "no list of names"),
        ({"strategies": (("s", "s"),)}, GameError, "repeated names: s"),
    ],
)
def test_ill_formed_families_are_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        build(**options)


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        ({"prise": [1]}, UnknownNameError, "'prise'; did you mean 'prize'"),
        ({"prize": [1, 2], "cost": [1, 2, 3]}, GameError, "lengths: prize 2, cost 3"),
        ({"prize": [[1, 2]]}, GameError, "parameter prize: a nested list"),
        ({"prize": np.ones((2, 2))}, GameError, "array of 2 dimensions"),
        ({"prize": [1, "much"]}, GameError, "parameter prize: 'much' is no number"),
        ({"prize": np.array([1.0, np.nan])}, GameError, "nan is no finite number"),
        ({"prize": [True]}, GameError, "True is no number"),
        ({"prize": np.array([True])}, GameError, "True is no number"),
        ({"prize": None}, GameError, "no number"),
        ([1], GameError, "no mapping"),
    ],
)
def test_bad_parameters_are_refused(parameters, kind, message):
    with pytest.raises(kind, match=message):
        HAWK.payoffs(parameters)


def test_other_bad_calls():
    with pytest.raises(UnknownNameError, match="prise"):
        HAWK.game(prise=1)
    with pytest.raises(GameError, match="parameter prize: 'x' is no number"):
        HAWK.game(prize="x")
    with pytest.raises(GameError, match="1 players"):
        build().equilibria({"x": [1]})
    three = build(("a", "b", "c"), (("s",),) * 3, ([[["x"]]],) * 3)
    assert three.payoffs({"x": [1, 2]}).integers.shape == (2, 3, 1, 1, 1)
