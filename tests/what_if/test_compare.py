"""Comparisons, hybrids, mixtures and attributions, against the definitions taken literally."""

from __future__ import annotations

import copy
import itertools
from fractions import Fraction
from functools import cache

import pytest
import shipped
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import model_of, small_models

import negotiation as ng
from negotiation.errors import ModelError, NegotiationError, UnknownNameError
from negotiation.what_if.attribution import attribution
from negotiation.what_if.compare import compare, measured
from negotiation.what_if.differences import differences, hybrid, mixture

LARGE = ("alaska/settlement",)
SLOW = (*LARGE, "alaska/regions", "alaska/territory_for_commerce")
QUICK = [name for name in shipped.NAMES if name not in SLOW]
SOURCES = [
    name for name in shipped.NAMES if name not in LARGE and "igs" in shipped.loaded(name).readings
]


def both(name):
    return shipped.loaded(name, "igs"), shipped.loaded(name, "pism")


def paths_of(one, other):
    return [difference.path for difference in differences(one, other)]


def outcome(model):
    return model.solve().data()


def solved_both(name):
    return [shipped.solved(name, reading).data() for reading in ("igs", "pism")]


# ---- a model and itself --------------------------------------------------------------------


def compared_with_itself(name):
    for reading in shipped.readings(name):
        model = shipped.loaded(name, reading)
        found = compare(model, model)
        assert found.same
        assert not found.inputs
        assert not found.words
        assert not found.changes
        assert found.unchanged == found.compared
        assert sum(found.compared.values()) > 10
        assert compare(model, {}, outputs=next(iter(found.compared))).same


@pytest.mark.parametrize("name", QUICK)
def test_a_model_compared_with_itself_is_empty(name):
    compared_with_itself(name)


@pytest.mark.heavy
@pytest.mark.parametrize("name", SLOW)
def test_a_large_model_compared_with_itself_is_empty(name):
    compared_with_itself(name)


# ---- what is different, what changes -------------------------------------------------------


def test_inputs_are_told_with_both_values_and_ranges():
    one, other = both("alaska/regions")
    found = {
        difference.path: difference
        for difference in compare(one, other, outputs="bargaining").inputs
    }
    ask = found["parameters.ask"]
    assert (ask.here, ask.there) == (Fraction(3, 5), 0)
    assert (ask.range_here, ask.range_there) == ("0.3 to 0.6", "0 to 0.3")
    assert found["demands.ru.crimea.accepts"].here == ("recognised",)
    assert found["demands.ru.crimea.accepts"].there == ()
    assert not found["demands.ru.crimea.accepts"].mixes


def test_parts_of_one_only_are_told():
    data = {
        "title": "t",
        "parties": {"a": {}, "b": {}},
        "parameters": {"x": 1},
        "normal_form": {
            "players": {"a": ["l"], "b": ["l"]},
            "payoffs": {"l/l": ["x", 1]},
        },
    }
    more = copy.deepcopy(data)
    more["parameters"]["y"] = Fraction(2)
    more["parties"]["a"]["patience"] = Fraction(1, 2)
    found = compare(model_of(data), model_of(more))
    assert {d.path: (d.here, d.there) for d in found.inputs} == {
        "parties.a.patience": (None, Fraction(1, 2)),
        "parameters.y": (None, Fraction(2)),
    }
    assert "(not there)" in str(found.tables()[0])
    assert not found.changes
    assert not found.same


def test_flips_moves_and_equilibria_agree_with_the_outcomes():
    one, other = both("alaska/sequencing")
    found = compare(one, other)
    here, there = (outcome(model)["normal_form"]["equilibria"] for model in (one, other))
    place = "normal_form.equilibria.outcomes"
    new = {c.there for c in found.changes if c.path == place and c.kind == "appeared"}
    gone = {c.here for c in found.changes if c.path == place and c.kind == "vanished"}
    assert new == set(there["outcomes"]) - set(here["outcomes"])
    assert gone == set(here["outcomes"]) - set(there["outcomes"])
    moved = {c.path: c.by for c in found.changes if c.kind == "moved"}
    assert moved["normal_form.equilibria.count"] == there["count"] - here["count"]


def test_every_verdict_that_flips_is_told_with_both_witnesses_and_no_other():
    one, other = both("alaska/regions")
    found = compare(one, other)
    here, there = (data["stability"]["verdicts"] for data in solved_both("alaska/regions"))
    wanted = {
        f"stability.verdicts.{name}.{key}": (
            (here[name][key]["witness"] or {}).get("text", ""),
            (there[name][key]["witness"] or {}).get("text", ""),
        )
        for name in set(here) & set(there)
        if not name.startswith("best_")
        for key, verdict in here[name].items()
        if isinstance(verdict, dict)
        and "holds" in verdict
        and verdict["holds"] is not there[name][key]["holds"]
    }
    told = {
        c.path: (c.why_here, c.why_there)
        for c in found.at("stability")
        if c.kind == "flipped" and c.path in wanted
    }
    assert told == wanted
    assert len(wanted) > 5
    flips = [c.path for c in found.at("stability") if c.kind == "flipped" and c.verdict]
    assert {path for path in flips if not path.endswith(".holds")} == set(wanted)


def test_ranks_are_compared_agreement_by_agreement():
    one, other = both("alaska/regions")
    rows = [
        {
            tuple(row["agreement"].items()): (name, row)
            for name, row in data["stability"]["verdicts"].items()
            if name.startswith("best_")
        }
        for data in solved_both("alaska/regions")
    ]
    place = "stability.verdicts.best_"
    found = [c for c in compare(one, other, outputs="stability").changes if place in c.path]
    ends = {
        "appeared": rows[1].keys() - rows[0].keys(),
        "vanished": rows[0].keys() - rows[1].keys(),
    }
    for kind, wanted in ends.items():
        told = [c.there or c.here for c in found if c.kind == kind]
        assert {tuple(row["agreement"].items()) for row in told} == wanted
    for agreement in rows[0].keys() & rows[1].keys():
        (here, _), (there, _) = rows[0][agreement], rows[1][agreement]
        moves = [(c.here, c.there) for c in found if c.path == f"stability.verdicts.{here}"]
        assert moves == ([] if here == there else [(here, there)])
    assert not any(c.path.count(".agreement") for c in found)
    assert found
    assert all(c.minor for c in found)


def test_the_short_tables_say_which_verdicts_flip():
    one, other = both("alaska/regions")
    found = compare(one, other)
    flips = next(table for table in found.tables() if table.name == "flips")
    told = {
        f"stability.verdicts.{name}.{criterion}": met
        for name, _, won, lost in flips.rows
        for met, names in ((True, won), (False, lost))
        for criterion in names.split(", ")
        if criterion
    }
    assert told == {c.path: c.there for c in found.changes if c.verdict}
    assert len(told) > 5
    every = [change for table in found.tables() if table.name != "flips" for change in table.rows]
    issues = sum(".agreement." in c.path and not c.minor for c in found.changes)
    agreements = {c.path.rsplit(".", 1)[0] for c in found.changes if ".agreement." in c.path}
    short = {path for path in agreements if path.startswith("bargaining")}
    rest = len(found.inputs) + len(found.compared) + len(found.changes) - issues + len(short)
    assert len(every) == rest


def test_few_changes_are_all_told():
    model = shipped.loaded("alaska/territory_for_commerce", "pism")
    asked = "stability.verdicts.commerce_first.acceptable.margin"
    found = compare(model, {"parameters.gate": "1/10"}, outputs=asked)
    (changes,) = (table for table in found.tables() if table.name == "changes")
    assert [row[0] for row in changes.rows] == [asked]
    assert not any(table.detail for table in found.tables())
    assert (found.here, found.there) == ("pism", "the changed model")


def test_agreements_are_compared_by_issue():
    one, other = both("alaska/regions")
    found = solved_both("alaska/regions")
    here, there = (data["bargaining"]["nash"]["agreement"] for data in found)
    found = compare(one, other, outputs=["bargaining.nash.agreement"])
    told = {c.path.rsplit(".", 1)[1]: (c.here, c.there) for c in found.changes}
    assert told == {k: (here[k], there[k]) for k in here if here[k] != there[k]}
    assert told
    assert found.compared == {"bargaining": len(here)}
    assert found.unchanged == {"bargaining": len(here) - len(told)}


def test_a_mixed_equilibrium_moves():
    model = shipped.loaded("classics/chicken")
    found = compare(model, {"parameters.crash": -20})
    moved = [c for c in found.changes if c.path == "normal_form.equilibria.profiles"]
    assert [c.kind for c in moved] == ["moved"]
    assert abs(moved[0].by) == Fraction(1, 10) - Fraction(1, 20)


def test_a_reading_by_name_is_that_reading():
    model = shipped.loaded("alaska/sequencing")
    found = compare(model, "igs")
    assert found.changes == compare(model, model.reading("igs")).changes
    assert found.there == "igs"


def test_the_tables_come_in_order():
    titles = [table.title for table in compare(*both("alaska/regions")).tables()]
    assert titles[0] == "What is different in pism from igs"
    assert titles[1:3] == ["Which verdicts flip", "What else changes"]
    assert titles[-1] == "What stays as it is"
    assert compare(*both("alaska/sequencing")).to_dict()["same"] is False


# ---- hybrids and mixtures ------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SOURCES, *LARGE])
def test_hybrids_at_the_ends_are_the_readings(name):
    one, other = both(name)
    assert hybrid(one, other, []) == one == mixture(one, other, 0)
    assert hybrid(one, other, paths_of(one, other)) == other == mixture(one, other, 1)
    assert hybrid(other, one, paths_of(one, other)) == one


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.heavy] if name in SLOW else [])
        for name in [*SOURCES, *LARGE]
    ],
)
def test_hybrids_at_the_ends_have_the_outcomes_of_the_readings(name):
    one, other = both(name)
    inputs = [d.path for d in differences(one, other) if not d.words]
    assert outcome(hybrid(one, other, [])) == shipped.solved(name, "igs").data()
    assert outcome(hybrid(one, other, inputs)) == shipped.solved(name, "pism").data()


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_a_hybrid_differs_from_each_end_in_what_it_took_of_the_other(data):
    one, other = both("alaska/sequencing")
    every = paths_of(one, other)
    take = data.draw(st.sets(st.sampled_from(every)))
    mixed = hybrid(one, other, take)
    assert set(paths_of(one, mixed)) == take
    assert set(paths_of(mixed, other)) == set(every) - take


@settings(max_examples=8, deadline=None)
@given(small_models(), small_models())
def test_any_two_models_are_the_ends_of_their_hybrids(here, there):
    one, other = model_of(here), model_of(there)
    every = [d for d in differences(one, other) if not d.words]
    taken = hybrid(one, other, [d.path for d in every])
    assert taken == other
    assert hybrid(one, other, []) == one
    assert outcome(taken) == outcome(other)
    assert compare(one, other, outputs="stability").same is (one == other)


@settings(max_examples=10, deadline=None)
@given(small_models(), st.integers(0, 10), st.sampled_from([Fraction(1, 3), Fraction(3, 4)]))
def test_small_models_mix_exactly(data, tenths, w):
    one = model_of(data)
    other = one.override({"parameters.base": Fraction(tenths, 10), "parameters.shift": "1/20"})
    assert compare(one, one).same
    assert hybrid(one, other, ["parameters"]) == other
    assert hybrid(one, other, []) == one
    mixed = mixture(one, other, w)
    for path in ("parameters.base", "parameters.shift"):
        assert mixed.number(path) == (1 - w) * one.number(path) + w * other.number(path)
    assert {d.path for d in differences(one, mixed) if not d.words} == {
        d.path for d in differences(one, other) if not d.words
    }


def test_a_prefix_takes_all_below():
    one, other = both("alaska/regions")
    mixed = hybrid(one, other, ["demands.ru"])
    assert mixed.demands == other.demands
    assert mixed.parameters == one.parameters
    assert hybrid(one, other, ["demands.us", "parameters.ru_war"]) == one


def test_what_cannot_be_mixed_is_listed_and_stays():
    one, other = both("alaska/regions")
    mixed = mixture(one, other, Fraction(1, 2))
    unmixed = compare(one, other, outputs="bargaining").unmixed
    assert "demands.ru.truce.aspires" in unmixed
    assert "parameters.ask" not in unmixed
    assert mixed.demands["ru"]["truce"].aspires == one.demands["ru"]["truce"].aspires
    assert mixed.number("parameters.ask") == Fraction(3, 10)
    low, high = mixed.spec.parameters["ask"].low, mixed.spec.parameters["ask"].high
    assert (low, high) == (Fraction(3, 20), Fraction(9, 20))


# ---- attribution ---------------------------------------------------------------------------

PD = "classics/prisoners_dilemma"
GAME = {
    "title": "a game of its parameters",
    "parties": {"a": {}, "b": {}},
    "parameters": {"x": 0, "y": 0, "z": 0, "dull": 0},
}
PAYOFF = "normal_form.equilibria.payoffs.a"


def game(formula):
    """A model whose output is a formula of x, y and z."""
    section = {"players": {"a": ["l"], "b": ["l"]}, "payoffs": {"l/l": [formula, 0]}}
    return model_of({**GAME, "normal_form": section})


def literal(value, players):
    """One-at-a-time from both ends, and Shapley values over every order."""
    everything = frozenset(players)
    alone = {
        i: (
            value(frozenset({i})) - value(frozenset()),
            value(everything) - value(everything - {i}),
        )
        for i in players
    }
    orders = list(itertools.permutations(players))
    shapley = {
        i: sum(
            (
                value(frozenset(order[: order.index(i) + 1]))
                - value(frozenset(order[: order.index(i)]))
                for order in orders
            ),
            Fraction(0),
        )
        / len(orders)
        for i in players
    }
    return alone, shapley


FORMULAS = st.sampled_from(
    ["x*y + z", "x*y*z", "max(x, y) - z", "x + 2*y - 3*z", "(x - y)**2 * z", "min(x, y, z)"]
)
SMALL = st.fractions(-3, 3, max_denominator=4)


@settings(max_examples=15, deadline=None)
@given(FORMULAS, st.fixed_dictionaries({f"parameters.{n}": SMALL for n in ("x", "y", "z", "dull")}))
def test_shares_are_those_of_the_definition(formula, changes):
    model = game(formula)
    changes = {path: v for path, v in changes.items() if v != model.number(path)}
    found = attribution(model, changes, PAYOFF)

    @cache
    def value(taken):
        return model.override({p: changes[p] for p in taken}).solve().get_path(PAYOFF)

    alone, shapley = literal(value, list(changes))
    assert {s.name: (s.from_one, s.from_other) for s in found.shares} == alone
    assert {s.name: s.shapley for s in found.shares} == shapley
    assert sum((s.shapley for s in found.shares), Fraction(0)) == found.change
    assert all(s.shapley == 0 for s in found.shares if s.name == "parameters.dull")
    assert found.guarantee == "all"


def test_symmetric_differences_share_alike():
    changes = {"parameters.x": 2, "parameters.y": 2, "parameters.z": 1}
    found = attribution(game("x*y + z"), changes, PAYOFF)
    shares = {s.name: s.shapley for s in found.shares}
    assert shares == {"parameters.x": 2, "parameters.y": 2, "parameters.z": 1}
    assert found.most.shapley == 2


def test_a_shipped_attribution_is_that_of_the_definition():
    one, other = both("alaska/burden_sharing")
    path = "normal_form.dominance.count"
    found = attribution(one, other, path, groups="each")
    players = [d.path for d in differences(one, other) if not d.words]

    @cache
    def value(taken):
        return Fraction(hybrid(one, other, taken).solve().get_path(path))

    alone, shapley = literal(value, players)
    assert {s.name: s.shapley for s in found.shares} == shapley
    assert {s.name: (s.from_one, s.from_other) for s in found.shares} == alone


def test_sampled_shares_sum_to_the_change_and_are_near_the_exact_ones():
    changes = {"parameters.x": 2, "parameters.y": -1, "parameters.z": 3}
    exact = attribution(game("x*y*z + x"), changes, PAYOFF)
    found = attribution(game("x*y*z + x"), changes, PAYOFF, limit=2, groups="each", seed=0)
    assert found.guarantee == "sampled"
    assert found.permutations == 200
    assert sum(s.shapley for s in found.shares) == found.change == exact.change
    wanted = {s.name: s.shapley for s in exact.shares}
    for share in found.shares:
        assert abs(float(share.shapley - wanted[share.name])) <= 5 * share.error
    again = attribution(game("x*y*z + x"), changes, PAYOFF, limit=2, groups="each", seed=0)
    assert again == found
    assert "standard error" in str(found)


def test_differences_that_only_make_sense_together_are_merged():
    one = game("x + z")
    data = copy.deepcopy(one.origin.data)
    data["parameters"] |= {"new": 2, "z": 5}
    data["normal_form"]["payoffs"]["l/l"][0] = "x + new * z"
    found = attribution(one, model_of(data), PAYOFF)
    assert found.merged == (("parameters.new", "normal_form.payoffs.l/l.0"),)
    shares = {frozenset(s.paths): s.shapley for s in found.shares}
    # x + z at z = 0 and 5 is 0 and 5; x + 2z is 0 and 10
    assert shares == {
        frozenset({"parameters.new", "normal_form.payoffs.l/l.0"}): Fraction(5, 2),
        frozenset({"parameters.z"}): Fraction(15, 2),
    }
    assert found.change == 10
    assert "Only valid together: " in str(found)


def test_an_output_without_a_value_in_between_has_no_shapley_values():
    matching = {
        "players": {"a": ["l", "r"], "b": ["l", "r"]},
        "payoffs": {"l/l": ["x", "x"], "l/r": [0, 0], "r/l": [0, 0], "r/r": ["y", "y"]},
    }
    model = model_of({**GAME, "parameters": {"x": 1, "y": -1}, "normal_form": matching})
    found = attribution(model, {"parameters.x": -1, "parameters.y": 1}, PAYOFF)
    assert found.guarantee == "one"
    assert all(s.shapley is None for s in found.shares)
    assert "has no value with parameters." in str(found)


def fishing():
    data = {
        "title": "fishing",
        "parties": {"north": {}, "south": {}},
        "issues": {
            "zone": {"options": ["closed", "licensed", "open"]},
            "quota": {"options": ["none", "low", "high"]},
        },
        "parameters": {"cost": Fraction(1, 10)},
        "demands": {
            "north": {
                "zone": {"aspires": "closed", "weight": 3},
                "quota": {"aspires": "none", "weight": 1},
            },
            "south": {
                "zone": {"aspires": "open", "weight": 2},
                "quota": {"aspires": "high", "weight": 2},
            },
        },
        "disagreement": {"north": "cost", "south": "cost"},
        "bargaining": {"players": ["north", "south"]},
    }
    changes = {
        "parameters.cost": "1/5",
        "demands.north.zone.weight": 1,
        "demands.north.quota.weight": 4,
        "demands.south.quota.weight": 5,
    }
    return model_of(data), changes


GROUPS = {
    "each": [["cost"], ["north.zone"], ["north.quota"], ["south.quota"]],
    "part": [["cost"], ["north.zone", "north.quota"], ["south.quota"]],
    "party": [["cost"], ["north.zone", "north.quota"], ["south.quota"]],
    "issue": [["cost"], ["north.zone"], ["north.quota", "south.quota"]],
}


@pytest.mark.parametrize("kind", [*GROUPS, "stated"])
def test_groups_join_differences(kind):
    one, changes = fishing()
    path = "bargaining.nash.utility.north"
    sets = GROUPS.get(kind, [["cost", "north.zone", "north.quota"], ["south.quota"]])
    full = {frozenset(p for p in changes for part in own if part in p): None for own in sets}
    groups = {"g": ["parameters", "demands.north"]} if kind == "stated" else kind
    found = attribution(one, changes, path, groups=groups)

    @cache
    def value(taken):
        return one.override({p: changes[p] for own in taken for p in own}).solve().get_path(path)

    alone, shapley = literal(value, list(full))
    assert {frozenset(s.paths): s.shapley for s in found.shares} == shapley
    assert {frozenset(s.paths): (s.from_one, s.from_other) for s in found.shares} == alone
    assert found.change != 0


def test_more_differences_than_the_limit_are_taken_by_part():
    one, changes = fishing()
    found = attribution(one, changes, "bargaining.nash.utility.north", limit=3)
    assert {s.name for s in found.shares} == {"parameters.cost", "demands.north", "demands.south"}
    assert found.guarantee == "all"


def test_nothing_different_explains_nothing():
    model = shipped.loaded(PD)
    found = attribution(model, model, "normal_form.equilibria.count")
    assert found.shares == ()
    assert found.change == 0
    assert found.most is None


def test_a_verdict_means_its_margin():
    model = ng.load("alaska/regions")
    path = f"stability.verdicts.{next(iter(model.agreements))}.acceptable"
    assert measured(model, path) == (f"{path}.margin", f"{path}.holds")
    assert measured(model, f"{path}.margin") == (f"{path}.margin", f"{path}.holds")
    assert measured(model, f"{path}.holds") == (f"{path}.holds", f"{path}.holds")


# ---- mistakes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda m: compare(m, "igz"), UnknownNameError, "did you mean 'igs'"),
        (lambda m: compare(m, 7), NegotiationError, "nothing to compare"),
        (lambda m: compare("m", m), NegotiationError, "is no model"),
        (lambda m: compare(m.reading("igs"), "pism"), NegotiationError, "reading 'igs' already"),
        (lambda m: compare(m, {"parameters.carri": 1}), UnknownNameError, "parameters.carry"),
        (lambda m: compare(m, {}, outputs="normal_from"), UnknownNameError, "normal_form"),
        (lambda m: hybrid(m, m, ["parameters.carri"]), UnknownNameError, "parameters.carry"),
        (lambda m: hybrid(m, m, "parameters"), NegotiationError, "no list of paths"),
        (lambda m: hybrid(m, m, [3]), UnknownNameError, "unknown path '3'"),
        (
            lambda m: hybrid(m, m.reading("igs"), ["parameters.carry.low"]),
            NegotiationError,
            "take parameters.carry",
        ),
        (lambda m: mixture(m, m, 2), NegotiationError, "2 is no weight"),
        (lambda m: mixture(m, m, "-1/2"), NegotiationError, "is no weight"),
        (lambda m: mixture(m, m, "half"), NegotiationError, "is no number"),
        (
            lambda m: attribution(m, "igs", "normal_form.players"),
            NegotiationError,
            "is no number but",
        ),
        (
            lambda m: attribution(m, "igs", "normal_form.equilibria.cuont"),
            UnknownNameError,
            "count",
        ),
        (lambda m: attribution(m, "igs", 3), NegotiationError, "is no output path"),
        (
            lambda m: attribution(m, "igs", "normal_form.equilibria.count", groups="partie"),
            UnknownNameError,
            "party",
        ),
        (
            lambda m: attribution(m, "igs", "normal_form.equilibria.count", groups={"a": ["x.y"]}),
            UnknownNameError,
            "unknown difference",
        ),
        (
            lambda m: attribution(
                m,
                "igs",
                "normal_form.equilibria.count",
                groups={"a": ["parameters"], "b": ["parameters"]},
            ),
            NegotiationError,
            "in two groups",
        ),
    ],
)
def test_mistakes(make, error, message):
    with pytest.raises(error, match=message):
        make(ng.load("alaska/sequencing"))


def test_a_hybrid_that_makes_no_sense_is_refused():
    data = {
        "title": "t",
        "parties": {"a": {}, "b": {}},
        "parameters": {"x": 1},
        "normal_form": {"players": {"a": ["l"], "b": ["l"]}, "payoffs": {"l/l": ["x", 1]}},
    }
    more = copy.deepcopy(data)
    more["parameters"]["y"] = 2
    more["normal_form"]["payoffs"]["l/l"] = ["y", 1]
    with pytest.raises(ModelError, match="y"):
        hybrid(model_of(data), model_of(more), ["normal_form"])


TIED_AFTER = """
title: a verdict that depends on which of two tied solutions is taken
parties: {north: {}, south: {patience: 0.6}}
issues:
  zone: {options: [mine, half, yours], control: north}
  gas: {options: [mine, half, yours], control: south}
demands:
  north: {zone: {aspires: mine, accepts: half}, gas: {aspires: mine}}
  south: {zone: {aspires: yours}, gas: {aspires: yours, accepts: half}}
interactions: [{party: south, when: {zone: mine}, amount: -0.025}]
disagreement: {north: 0.1, south: 0.1}
ratifiers: {house: {of: north, at_least: 0.4}}
commitment: {}
bargaining: {players: [north, south]}
"""


def test_a_verdict_that_tied_solutions_share_no_more_flips():
    model = ng.loads(TIED_AFTER)
    other = {"disagreement.south": Fraction(2, 5)}
    here, there = (
        own.solve()["stability"].data()["verdicts"]["utilitarian_solution"]
        for own in (model, model.override(other))
    )
    assert set(here["holds"].values) == {True, False}
    assert there["holds"] is False
    assert here["self_enforcing"]["holds"] is True
    assert set(there["self_enforcing"]["holds"].values) == {True, False}
    for one, two, cells in (
        (model, model.override(other), ["no or yes → no", "", "self_enforcing (yes → no or yes)"]),
        (model.override(other), model, ["no → no or yes", "self_enforcing (no or yes → yes)", ""]),
    ):
        found = compare(one, two)
        (table,) = (table for table in found.tables() if table.name == "flips")
        assert {row[0]: list(row[1:]) for row in table.rows}["utilitarian_solution"] == cells
