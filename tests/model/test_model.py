"""Models: files and back, overrides, readings, numbers, equality, the schema."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_models import VALID

import negotiation as ng
from negotiation.errors import GameError, ModelError, NegotiationError, UnknownNameError
from negotiation.model.expectations import check_expectation, lookup, parse_expectation
from negotiation.model.files import catalogue
from negotiation.model.paths import split_path
from negotiation.model.schema import json_schema
from negotiation.model.yaml_tree import read_tree_file

MODEL = ng.loads(VALID)
SHIPPED = tuple(catalogue())
COST = "parameters.patrol_cost"


# ---- files and back ---------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_a_model_and_its_readings_survive_their_yaml(name):
    model = ng.load(name)
    assert model.to_yaml() == catalogue()[name].read_text(encoding="utf-8")
    for reading in ("", *model.readings):
        variant = model.reading(reading) if reading else model
        again = ng.loads(variant.to_yaml())
        assert again == variant
        assert hash(again) == hash(variant)


@pytest.mark.parametrize("name", SHIPPED)
def test_models_are_picklable(name):
    model = ng.load(name)
    assert model.quantities is not None  # a cached property, to be carried or left behind
    again = pickle.loads(pickle.dumps(model))
    assert again == model
    assert hash(again) == hash(model)
    assert again.to_yaml() == model.to_yaml()


def test_a_shipped_model_is_loaded_by_name_or_by_path():
    assert ng.load("classics/chicken") == ng.load(catalogue()["classics/chicken"])
    assert ng.load(str(catalogue()["classics/chicken"])).title == "Chicken"


def test_a_change_keeps_the_comments():
    text = VALID.replace("    low: 0\n", "    low: 0   # patrols cannot pay\n")
    changed = ng.loads(text).override({COST: 0.25})
    assert "# patrols cannot pay" in changed.to_yaml()
    assert ng.loads(changed.to_yaml()) == changed


# ---- equality ---------------------------------------------------------------------------


def test_shorthand_says_the_same():
    long = VALID.replace("  south: 0.2\n", "  south:\n    value: 1/5\n")
    long = long.replace("    control: north", "    control: {by: [north]}")
    long = long.replace(
        "  interim: {zone: licensed, quota: low}",
        "  interim: {options: {quota: low, zone: licensed}}",
    )
    assert long != VALID
    assert ng.loads(long) == MODEL
    assert hash(ng.loads(long)) == hash(MODEL)


def test_the_order_of_parameters_says_nothing():
    turned = VALID.replace("  half: patrol_cost / 2\n", "").replace(
        "parameters:\n", "parameters:\n  half: patrol_cost / 2\n"
    )
    assert ng.loads(turned) == MODEL
    assert hash(ng.loads(turned)) == hash(MODEL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[closed, licensed, open]", "[open, licensed, closed]"),
        ("{north: [insist, yield], south: [insist, yield]}",
         "{south: [insist, yield], north: [insist, yield]}"),
        ("[insist, yield], south", "[yield, insist], south"),
    ],
)  # fmt: skip
def test_order_with_a_meaning_is_part_of_a_model(old, new):
    assert VALID.count(old) == 1
    assert ng.loads(VALID.replace(old, new)) != MODEL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: 0.1", "value: 0.11"),
        ("strength: 3", "strength: 2"),
        ("paragraphs: 9", "paragraphs: 10"),
        ("joint: true", "joint: false"),
        ("title: Storm", "title: Gale"),
    ],
)
def test_every_part_counts(old, new):
    assert VALID.count(old) == 1
    assert ng.loads(VALID.replace(old, new)) != MODEL


def test_a_model_equals_no_other_thing():
    assert MODEL != 3
    assert MODEL.spec != MODEL


# ---- overrides --------------------------------------------------------------------------


def test_nothing_changes_nothing():
    assert MODEL.override({}) is MODEL


@pytest.mark.parametrize(
    "value",
    [0.25, "0.25", "1/4", Fraction(1, 4), np.float64(0.25), {"value": "1/4"}, "2 / 8"],
    ids=repr,
)
def test_a_number_can_be_given_in_many_ways(value):
    assert MODEL.override({COST: value}).number(COST) == Fraction(1, 4)


def test_a_formula_can_replace_a_number():
    changed = MODEL.override({"disagreement.south": "half + 0.1"})
    assert changed.number("disagreement.south") == Fraction(3, 20)


def test_the_original_stays():
    before = MODEL.to_yaml()
    changed = MODEL.override(
        {COST: 0.2, "demands.south.quota.weight": 9, "issues.zone.title": "Zone"}
    )
    assert changed != MODEL
    assert MODEL.to_yaml() == before == VALID
    assert ng.loads(VALID) == MODEL
    assert MODEL.number(COST) == Fraction(1, 10)


def test_a_number_set_by_hand_keeps_its_range_and_loses_its_citations():
    part = MODEL.override({COST: 0.2}).spec.parameters["patrol_cost"]
    assert (part.value, part.low, part.high) == (Fraction(1, 5), 0, Fraction(3, 10))
    assert part.because == ()
    assert part.assumption == "set by hand"


@pytest.mark.parametrize("path", [COST, COST + ".value"])
def test_the_same_number_keeps_its_citations(path):
    part = MODEL.override({path: 0.1}).spec.parameters["patrol_cost"]
    assert part.because == ("N2",)
    assert MODEL.override({path: 0.1}) == MODEL


def test_the_path_of_the_value_means_the_value():
    assert MODEL.override({COST + ".value": 0.2}) == MODEL.override({COST: 0.2})


def test_fields_are_merged():
    part = MODEL.override({COST: {"high": 0.5}}).spec.parameters["patrol_cost"]
    assert (part.value, part.low, part.high) == (Fraction(1, 10), 0, Fraction(1, 2))
    assert part.because == ("N2",)


def test_new_reasons_replace_the_old_ones():
    part = MODEL.override({COST: {"value": 0.2, "assumption": "a guess"}}).spec.parameters[
        "patrol_cost"
    ]
    assert part.because == ()
    assert part.assumption == "a guess"
    demand = MODEL.override({"demands.north.zone": {"weight": 4, "because": ["N2"]}}).demands[
        "north"
    ]["zone"]
    assert demand.because == ("N2",)
    assert demand.aspires == "closed"


def test_a_field_of_a_short_quantity_can_be_set():
    part = MODEL.override({"disagreement.south.high": 0.3}).spec.disagreement["south"]
    assert (part.value, part.high) == (Fraction(1, 5), Fraction(3, 10))


@pytest.mark.parametrize(
    ("path", "value", "look"),
    [
        ("agreements.interim.zone", "open", lambda m: m.agreement("interim")["zone"]),
        ("agreements.final.zone", "open", lambda m: m.agreement("final")["zone"]),
        ("agreements.final.quota", "high", lambda m: m.agreement("final")["quota"]),
        ("normal_form.payoffs.insist/yield.south", Fraction(7),
         lambda m: m.spec.normal_form.payoffs["insist/yield"][1].value),
        ("normal_form.payoffs.insist/yield.1", Fraction(7),
         lambda m: m.spec.normal_form.payoffs["insist/yield"][1].value),
        ("demands.south.zone.accepts", ["open"],
         lambda m: list(m.demands["south"]["zone"].accepts)),
        ("demands.north.zone.accepts", "open", lambda m: m.demands["north"]["zone"].accepts[0]),
        ("parties.north.patience", Fraction(1, 2), lambda m: m.parties["north"].patience.value),
        ("parties.south.patience.low", Fraction(1, 2), lambda m: m.parties["south"].patience.low),
        ("issues.zone.control", "south", lambda m: m.issues["zone"].control.by[0]),
        ("stability.best", Fraction(9), lambda m: m.spec.stability.best),
        ("title", "Another", lambda m: m.title),
        ("interactions.0.amount", Fraction(2), lambda m: m.spec.interactions[0].amount.value),
        ("ratifiers.assembly.at_least", Fraction(1, 5),
         lambda m: m.ratifiers["assembly"].at_least.value),
        ("readings.calm.parameters.patrol_cost", Fraction(1, 7),
         lambda m: m.reading("calm").number(COST)),
        ("readings.storm.set.parameters.patrol_cost.value", Fraction(1, 7),
         lambda m: m.reading("storm").number(COST)),
    ],
)  # fmt: skip
def test_what_can_be_set(path, value, look):
    changed = MODEL.override({path: value})
    assert look(changed) == value
    assert look(MODEL) != value
    assert ng.loads(changed.to_yaml()) == changed


@pytest.mark.parametrize(
    ("path", "close"),
    [
        ("parameters.patrol_csot", COST),
        ("patrol_cost", COST),
        ("demands.south.zone.wieght", "demands.south.zone.weight"),
        ("demands.north.zon.bonus", "demands.north.zone"),
        ("titel", "title"),
        ("agreements.interm.zone", "agreements.interim.zone"),
    ],
)
def test_unknown_paths_have_close_matches(path, close):
    with pytest.raises(UnknownNameError) as caught:
        MODEL.override({path: 1})
    assert f"'{path}'" in str(caught.value)
    assert close in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({COST: "1/0"}, "division by zero"),
        ({COST: True}, "'true' is no number"),
        ({COST: None}, "number"),
        ({"demands.south.zone.aspires": "opne"}, "did you mean 'open'"),
        (
            {"demands.south": {"zone": {"weight": 0}, "quota": {"weight": 0}}},
            "all weights are zero",
        ),
        ({COST: {"low": 1}}, "low 1 is above high 0.3"),
        ({"readings.storm.set.parameters.patrol_cost": "few"}, "unknown parameter 'few'"),
    ],
)
def test_overrides_are_checked_and_say_so(changes, what):
    with pytest.raises(NegotiationError, match=what) as caught:
        MODEL.override(changes)
    assert "override" in str(caught.value)


# ---- readings ---------------------------------------------------------------------------


def test_a_reading_is_a_new_model():
    calm, storm = MODEL.reading("calm"), MODEL.reading("storm")
    assert calm != MODEL
    assert calm.number(COST) == Fraction(1, 50)
    assert storm.number(COST) == Fraction(1, 5)
    assert storm.spec.parameters["patrol_cost"].because == ("N1",)
    assert storm.spec.parameters["patrol_cost"].high == Fraction(3, 10)
    assert MODEL.number(COST) == Fraction(1, 10)
    assert (calm.origin.reading, MODEL.origin.reading) == ("calm", "")


def test_an_override_of_a_reading_says_where_each_value_comes_from():
    changed = MODEL.reading("storm").override({"disagreement.south": 0.25})
    assert changed.origin.overrides == (("disagreement.south", 0.25),)
    assert changed.origin.reading == "storm"
    where = changed.origin.where
    assert where(("disagreement", "south")) == "override: disagreement.south"
    line = VALID[: VALID.index("      parameters.patrol_cost: {")].count("\n") + 1
    assert where(("parameters", "patrol_cost", "value")).startswith(
        f"<text>:{line}: readings.storm"
    )
    line = VALID[: VALID.index("title: Strait")].count("\n") + 1
    assert where(("title",)) == f"<text>:{line}: title"


def test_unknown_readings_have_close_matches():
    with pytest.raises(UnknownNameError, match="did you mean 'calm'"):
        MODEL.reading("clam")


# ---- numbers ----------------------------------------------------------------------------


def test_numbers_by_path():
    assert MODEL.number("parameters.half") == Fraction(1, 20)
    assert MODEL.number("disagreement.north") == Fraction(3, 10)
    assert MODEL.number("demands.north.quota.weight") == 1
    assert MODEL.number("demands.south.zone.weight.value") == 2
    assert MODEL.number(MODEL.spec.disagreement["north"]) == Fraction(3, 10)
    assert dict(MODEL.parameters) == {"patrol_cost": Fraction(1, 10), "half": Fraction(1, 20)}
    with pytest.raises(UnknownNameError, match=r"disagreement\.north"):
        MODEL.number("disagreement.nort")


def test_every_quantity_has_a_number():
    for name in SHIPPED:
        model = ng.load(name)
        for path, part in model.quantities:
            if isinstance(part.value, Fraction) or "u(" not in part.value:
                assert model.number(path) == model.number(part)


def test_agreements_are_complete():
    assert dict(MODEL.agreement("final")) == {"zone": "closed", "quota": "low"}
    assert list(MODEL.agreement("final")) == ["zone", "quota"]
    with pytest.raises(UnknownNameError, match="did you mean 'interim'"):
        MODEL.agreement("intrim")


def test_parameters_may_stand_in_any_order():
    model = ng.loads("title: t\nparameters:\n  a: b + 1\n  b: c * 2\n  c: 3\n  d: a - b\n")
    assert dict(model.parameters) == {"a": 7, "b": 6, "c": 3, "d": 1}
    assert list(model.parameters) == ["a", "b", "c", "d"]


@settings(max_examples=40)
@given(st.permutations(range(12)))
def test_long_chains_of_parameters(order):
    lines = [f"  p{k}: p{k - 1} + 1" if k else "  p0: 1" for k in order]
    assert ng.loads("title: t\nparameters:\n" + "\n".join(lines)).number("parameters.p11") == 12


def test_a_circle_is_named_without_what_hangs_on_it():
    text = "title: t\nparameters:\n  a: b\n  b: c\n  c: b\n  d: a\n  e: 1\n"
    with pytest.raises(ModelError, match=r"in a circle: b, c; give one of them a number"):
        ng.loads(text)


def test_descriptions():
    assert str(MODEL) == (
        "Strait fishing dispute\n2 parties, 2 issues, 2 parameters, 2 readings, 1 predictions"
    )
    assert repr(MODEL) == "<Model 'Strait fishing dispute'>"
    assert MODEL.evidence.cite("N1") == "note p2"


def test_paths_are_split_at_dots():
    assert split_path("a.b/c.0") == ("a", "b/c", "0")
    for path in ("", None, 3, "x" * 501):
        with pytest.raises(UnknownNameError, match="is no path"):
            split_path(path)


# ---- schema -----------------------------------------------------------------------------


def jsonlike(value):
    """Turn tree data into what a JSON validator sees of the file."""
    if isinstance(value, dict):
        return {key: jsonlike(item) for key, item in value.items()}
    if isinstance(value, list):
        return [jsonlike(item) for item in value]
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value


VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.loads(json.dumps(json_schema())) == json_schema()


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_models_fit_the_schema(name):
    data = jsonlike(read_tree_file(catalogue()[name]).data)
    assert [error.message[:200] for error in VALIDATOR.iter_errors(data)] == []


def test_the_valid_model_fits_the_schema():
    VALIDATOR.validate(jsonlike(MODEL.origin.data))


@pytest.mark.parametrize(
    "change",
    [
        {"partys": {}},
        {"parties": []},
        {"parties": {"a b": {}}},
        {"parameters": {"a-b": 1}},
        {"issues": {"x": {"options": 3}}},
        {"title": []},
        {"demands": {"north": {"zone": {"aspirs": "open"}}}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_loading_refuses(change):
    data = {**MODEL.origin.data, **change}
    assert not VALIDATOR.is_valid(jsonlike(data))
    with pytest.raises(ModelError):
        ng.Model.from_data(data, MODEL.origin)


def properties(node, path=""):
    if isinstance(node, dict):
        for key, item in node.get("properties", {}).items():
            yield f"{path}.{key}", item
        for key, item in node.items():
            yield from properties(item, f"{path}.{key}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from properties(item, f"{path}.{index}")


def test_every_property_has_a_description():
    found = dict(properties(json_schema()))
    assert len(found) > 80
    assert [path for path, item in found.items() if len(item.get("description", "")) < 8] == []


# ---- expectations -----------------------------------------------------------------------

DATA = {
    "a": {
        "x": Fraction(1, 3),
        "flag": True,
        "none": None,
        "list": ["b", Fraction(2)],
        "name": "b",
    },
    "b": {"y": Fraction(1, 2), "rows": ({"z": 1}, {"z": 2})},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a.x == 1/3", True),
        ("a.x == 0.3333", False),
        ("a.x != 0.3333", True),
        ("a.x < b.y", True),
        ("a.x >= b.y", False),
        ("a.x <= 1/3 and b.y > 0.49", True),
        ("a.x <= 1/3 and b.y > 0.5", False),
        ("a.flag == true", True),
        ("a.flag == false", False),
        ("a.flag == 1", False),
        ("a.none == none", True),
        ("a.none > 0", False),
        ("a.list contains b", True),
        ("a.list contains 2", True),
        ("a.list lacks c", True),
        ("a.list lacks b", False),
        ("a contains x", True),
        ("a.name == b", True),
        ("b.rows.1.z == 2", True),
    ],
)
def test_expectations(text, holds):
    assert check_expectation(text, DATA).holds is holds


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a.z == 1", "unknown output 'z'"),
        ("c.x == 1", "unknown section 'c'"),
        ("a.x.y == 1", "'a.x' is 0.3333 and has no 'y'"),
        ("b.rows.² == 1", "has no '²'"),
        ("b.rows.2.z == 1", "has no '2'"),
        ("b.rows.-1.z == 1", "has no '-1'"),
        ("a.name < 1", "cannot be compared"),
        ("a.x contains 1", "contains nothing"),
        ("a.x", "is no condition"),
        ("a.x = 1", "is no condition"),
        ("", "is no condition"),
        ("a.x == 1 and ", "is no condition"),
        ("x" * 2000, "2,000 characters"),
    ],
)
def test_unreadable_expectations(text, part):
    with pytest.raises(NegotiationError) as caught:
        check_expectation(text, DATA)
    assert part in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_as_expectation(text):
    failure = None
    try:
        parse_expectation(text)
        lookup(DATA, text)
        check_expectation(text, DATA)
    except (NegotiationError, GameError) as error:
        failure = error
    assert failure is None or str(failure).isprintable()


@pytest.mark.parametrize("text", ["0.05", "1/20", '"1/20"', '" 1/20 "', "'0.05'"])
def test_numbers_in_quotes_are_read_everywhere(text):
    """A fraction with an end in quotes is read like a value in quotes."""
    model = ng.loads(
        f'title: t\nparameters: {{p: {{value: {text}, low: {text}, high: "1/4"}}}}\n'
        "normal_form:\n  players: {a: [x], b: [y]}\n  payoffs: {x/y: [p, 0]}\n"
    )
    part = model.spec.parameters["p"]
    assert (model.number("parameters.p"), part.low, part.high) == (
        Fraction(1, 20),
        Fraction(1, 20),
        Fraction(1, 4),
    )
