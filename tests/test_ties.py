"""Tied solutions all the way: tables, predictions, sweeps, tipping points, comparisons, draws."""

from fractions import Fraction

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import negotiation as ng
from negotiation.analysis import Context, solve
from negotiation.errors import NegotiationError
from negotiation.model.expectations import check_expectation, lookup
from negotiation.results import Tied
from negotiation.what_if.points import Evaluator
from negotiation.what_if.store import decoded, encoded
from negotiation.what_if.work import settled

TIES = """
title: two tied solutions
parties: {north: {}, south: {}, coast: {}}
issues:
  zone: {options: [mine, yours]}
  gas: {options: [mine, yours]}
demands:
  north: {zone: {aspires: mine}, gas: {aspires: mine}}
  south: {zone: {aspires: yours}, gas: {aspires: yours}}
  coast: {zone: {aspires: mine}}
interactions:
  - {party: north, when: {zone: mine, gas: yours}, amount: 0.1}
  - {party: south, when: {zone: yours, gas: mine}, amount: 0.1}
disagreement: {north: 0.2, south: 0.2, coast: 0.5}
bargaining: {players: [north, south]}
stability: {best: 0, signatories: [north, south, coast]}
"""
"""Nash: (mine, yours) is worth 0.6 and 0.5, (yours, mine) 0.5 and 0.6; coast agrees to one."""

PIE = """
title: tied welfare
parties: {north: {}, south: {}}
issues:
  share: {options: [n100, n75, n50, n25, n0]}
demands:
  north: {share: {aspires: n100}}
  south: {share: {aspires: n0}}
disagreement: {north: 0.0, south: 0.0}
bargaining: {players: [north, south]}
stability: {best: 0}
"""


@pytest.fixture(scope="module")
def ties():
    return ng.loads(TIES).solve()


@pytest.fixture(scope="module")
def pie():
    return ng.loads(PIE).solve()


def swapped(text):
    """Return the model with the issues, the options and the parties in the other order."""
    tree = yaml.safe_load(text)
    for key in ("issues", "parties", "demands", "disagreement"):
        tree[key] = dict(reversed(tree[key].items()))
    for issue in tree["issues"].values():
        issue["options"].reverse()
    tree["interactions"] = tree.get("interactions", [])[::-1]
    return ng.loads(yaml.safe_dump(tree, sort_keys=False))


# ---- tables and data ------------------------------------------------------------------------


def test_tied_points_stand_side_by_side(ties):
    solutions, contents, frontier = ties["bargaining"].tables()
    rows = {row[0]: row[1:] for row in solutions.rows}
    half, more = Fraction(1, 2), Fraction(3, 5)
    assert rows["Nash 1"] == (more, half, Fraction(1), 1)
    assert rows["Nash 2"] == (half, more, Fraction(0), 1)
    assert not any("any" in row for row in contents.rows)
    places = [contents.columns.index(head) for head in ("Nash 1", "Nash 2")]
    said = {row[0]: [row[k] for k in places] for row in contents.rows}
    assert said == {"zone": ["mine", "yours"], "gas": ["yours", "mine"]}
    assert frontier.detail
    assert len(frontier.rows) == 2


def test_the_order_of_a_file_decides_nothing():
    for text in (TIES, PIE):
        found = ng.compare(ng.loads(text), swapped(text))
        assert [own for own in found.changes if own.path.startswith("bargaining")] == []
        assert [own for own in found.changes if own.kind in {"flipped", "moved"}] == []


rows = st.lists(st.integers(0, 2), min_size=3, max_size=3)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(rows, rows), min_size=3, max_size=3), st.integers(0, 2))
def test_the_rows_of_the_verdict_table_do_not_depend_on_the_order_of_a_file(scores, without):
    parties = ("us", "ru", "ua")
    tree = {
        "title": "many ties",
        "parties": {party: {} for party in parties},
        "issues": {issue: {"options": ["a", "b", "c"], "control": "us"} for issue in ("x", "y")},
        "demands": {
            party: {
                issue: {"scores": dict(zip("abc", own, strict=True))}
                for issue, own in zip(("x", "y"), both, strict=True)
            }
            for party, both in zip(parties, scores, strict=True)
        },
        "disagreement": dict.fromkeys(parties, without / 2),
        "bargaining": {"players": ["us", "ru"]},
        "stability": {"best": 9},
    }
    tables = []
    for model in (ng.loads(yaml.safe_dump(tree, sort_keys=False)), swapped(yaml.safe_dump(tree))):
        table = model.solve()["stability"]
        tables.append([(row.names, row.agreement, row.utilities, row.met) for row in table.rows])
    assert tables[0] == tables[1]


def test_order_of_issues_alone_changes_no_output():
    tree = yaml.safe_load(TIES)
    tree["issues"] = dict(reversed(tree["issues"].items()))
    found = ng.compare(ng.loads(TIES), ng.loads(yaml.safe_dump(tree, sort_keys=False)))
    assert found.same


def test_utility_is_a_range_where_solutions_differ(ties, pie):
    nash = ties.to_dict()["sections"]["bargaining"]["nash"]
    ends = {"low": "1/2", "high": "3/5"}
    assert nash["utility"] == {"north": ends, "south": ends, "coast": {"low": "0", "high": "1"}}
    assert nash["gain"]["north"] == {"low": "3/10", "high": "2/5"}
    assert nash["count"] == 2
    assert [point["count"] for point in nash["points"]] == [1, 1]
    assert nash["agreement"] == {
        "one_of": [{"zone": "mine", "gas": "yours"}, {"zone": "yours", "gas": "mine"}]
    }
    welfare = pie.to_dict()["sections"]["bargaining"]["utilitarian"]
    assert welfare["range"]["north"] == {"low": "0", "high": "1"}
    assert welfare["agreement"] == {"share": {"one_of": ["n0", "n100", "n25", "n50", "n75"]}}
    assert len(welfare["points"]) == 5
    frontier = pie.to_dict()["sections"]["bargaining"]["frontier"]
    assert frontier["count"] == frontier["distinct"] == len(frontier["points"]) == 5
    assert pie.get_path("bargaining.nash.utility.north") == Fraction(1, 2)


def test_all_points_are_candidates(ties, pie):
    names = {name for row in pie["stability"].rows for name in row.names}
    assert {f"utilitarian_solution_{k}" for k in range(1, 6)} <= names
    assert "nash_solution" in names
    table = ties["stability"]
    accepted = {k: table.row(f"nash_solution_{k}").holds for k in (1, 2)}
    assert accepted == {1: True, 2: False}
    assert ties.get_path("stability.verdicts.nash_solution.holds") == Tied((False, True))
    assert ties.get_path("stability.verdicts.nash_solution.seq.holds") is not None
    assert ties.get_path("stability.verdicts.nash_solution.agreement.zone") == Tied(
        ("mine", "yours")
    )


def test_more_points_than_are_judged():
    options = [f"n{k}" for k in range(30)]
    tree = yaml.safe_load(PIE)
    tree["issues"]["share"]["options"] = options
    tree["demands"]["north"]["share"]["aspires"] = options[-1]
    tree["demands"]["south"]["share"]["aspires"] = options[0]
    model = ng.loads(yaml.safe_dump(tree))
    table = model.solve()["stability"]
    assert "utilitarian_solution: 10 more tied payoff points are not judged." in table.notes
    assert "utilitarian_solution" not in table.data()["verdicts"]
    assert "utilitarian_solution_20" in table.data()["verdicts"]
    with pytest.raises(NegotiationError, match="30 would be needed and the limit is 20"):
        Evaluator.of(model, "stability.verdicts.utilitarian_solution.holds")
    solutions, contents, frontier = model.solve()["bargaining"].tables()
    assert "utilitarian: 10 more tied payoff points." in solutions.notes
    assert solutions.left_out == 10
    assert any(note.startswith("... and ") for note in contents.notes)
    assert len(frontier.rows) == 30


# ---- predictions ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("bargaining.nash.utility.north == 0.6", None),
        ("bargaining.nash.utility.north != 0.6", None),
        ("bargaining.nash.utility.north >= 0.5", True),
        ("bargaining.nash.utility.north < 0.5", False),
        ("bargaining.nash.utility.north == 0.55", False),
        ("bargaining.nash.utility.north > bargaining.nash.utility.south", None),
        ("bargaining.nash.utility.north != bargaining.nash.utility.south", True),
        ("bargaining.nash.utility.north > 0.55 and bargaining.nash.utility.south > 0.55", False),
        ("bargaining.nash.agreement.zone == mine", None),
        ("bargaining.nash.agreement.zone == mine and bargaining.nash.agreement.gas == mine", False),
        ("bargaining.nash.agreement.zone != bargaining.nash.agreement.gas", True),
        ("bargaining.nash.agreement.zone == mine and bargaining.nash.utility.north == 0.5", False),
        ("bargaining.nash.agreement.zone == ours", False),
        ("bargaining.nash.range.north.low == 1/2", True),
        ("bargaining.nash.utility.north == 0.6 and bargaining.nash.count == 3", False),
        # another solution may be tied in another way
        (
            (
                "bargaining.nash.utility.north == 0.6 and "
                "bargaining.egalitarian.utility.north == 0.5"
            ),
            None,
        ),
        ("stability.verdicts.nash_solution.holds == true", None),
        ("stability.verdicts.nash_solution.gmr.margin != 7", True),
        (
            (
                "stability.verdicts.nash_solution.holds == true and "
                "bargaining.nash.agreement.zone == yours"
            ),
            False,
        ),
    ],
)
def test_an_expectation_is_held_against_every_tied_solution(ties, text, holds):
    outcome = check_expectation(text, ties.data())
    assert outcome.holds is holds
    assert ("depends on which of the tied" in outcome.found) == (holds is None)


def test_an_open_prediction_neither_agrees_nor_disagrees():
    tree = yaml.safe_load(TIES)
    tree["predictions"] = {
        "north_wins": {"says": "north gets more", "expect": "bargaining.nash.utility.north == 0.6"},
        "both_gain": {"says": "both gain", "expect": "bargaining.nash.gain.south > 0"},
    }
    found = {own.name: own for own in ng.loads(yaml.safe_dump(tree)).solve().predictions()}
    assert found["north_wins"].mark == "open"
    assert found["north_wins"].data()["agrees"] is None
    assert found["both_gain"].mark == "agrees"


def test_a_path_through_a_tie_is_checked(ties):
    with pytest.raises(NegotiationError, match="did you mean 'zone'"):
        lookup(ties.data(), "bargaining.nash.agreement.zon")
    with pytest.raises(NegotiationError, match="has no 'low'"):
        lookup(ties.data(), "bargaining.nash.utility.north.low")


# ---- what-if --------------------------------------------------------------------------------


def test_evaluator_and_page_say_the_same(ties):
    model = ng.loads(TIES)
    for path in (
        "bargaining.nash.utility.north",
        "bargaining.nash.agreement",
        "bargaining.nash.agreement.zone",
        "stability.verdicts.nash_solution.holds",
        "stability.verdicts.nash_solution.acceptable.margin",
        "stability.verdicts.nash_solution.utility.coast",
    ):
        assert Evaluator.of(model, path)({})[0] == ties.get_path(path), path


def test_kept_values_come_back(ties):
    for path in ("utility.north", "agreement", "agreement.zone"):
        value = settled(ties.get_path(f"bargaining.nash.{path}"))
        assert isinstance(value, Tied)
        assert decoded(encoded(value)) == value


def test_a_sweep_shows_the_tie_where_it_is():
    model = ng.loads(TIES)
    path = "interactions.0.amount"
    found = ng.sweep(model, {path: [0, "0.1", "0.2"]}, outputs=["bargaining.nash.utility.north"])
    values = found.values("bargaining.nash.utility.north").tolist()
    assert values == [
        Fraction(1, 2),
        Tied((Fraction(1, 2), Fraction(3, 5))),
        Fraction(7, 10),
    ]
    assert "0.5 to 0.6" in str(found)


def test_numbers_that_are_tied_are_refused_as_numbers():
    model = ng.loads(TIES)
    output = "bargaining.nash.utility.north"
    with pytest.raises(NegotiationError, match=r"solutions with 0.5 to 0.6 are tied"):
        ng.tornado(model, output, over={"interactions.0.amount": (0, "0.2")})
    off = model.override({"interactions.0.amount": "0.15"})
    found = ng.tornado(off, output, over={"interactions.0.amount": ("0.1", "0.2")})
    assert "solutions are tied there" in str(found)
    low = ng.tornado(
        model, "bargaining.nash.range.north.low", over={"disagreement.north": (0, "0.3")}
    )
    assert low.base == Fraction(1, 2)


def test_draws_count_ties_apart():
    model = ng.loads(TIES)
    outputs = ["bargaining.nash.utility.north", "stability.verdicts.nash_solution.holds"]
    found = ng.robustness(
        model, over={"disagreement.coast": (0, "0.4")}, outputs=outputs, draws=16, seed=1
    )
    assert found.chance(outputs[0], "tied").share == 1
    assert found.chance(outputs[1], "no or yes").share == 1


def test_tipping_over_a_tie():
    """Below 0.1 south's trade is better, above it north's; at 0.1 both are tied."""
    model = ng.loads(TIES)
    found = ng.tipping_points(
        model, "interactions.0.amount", 0, "0.2", output="bargaining.nash.agreement"
    )
    (point,) = found.points
    assert point.value == Fraction(1, 10)
    assert point.before == {"zone": "yours", "gas": "mine"}
    assert point.after == {"zone": "mine", "gas": "yours"}
    assert isinstance(point.at, Tied)
    judged = ng.tipping_points(
        model,
        "interactions.0.amount",
        0,
        "0.2",
        output="stability.verdicts.nash_solution.acceptable.holds",
    )
    (point,) = judged.points
    assert (point.before, point.at, point.after) == (False, Tied((False, True)), True)


MEETING = """
title: two tied agreements, told apart by a bystander who changes its mind
parties: {a: {}, b: {}, c: {}}
parameters: {t: 1}
issues: {deal: {options: [one, two]}}
demands:
  a: {deal: {scores: {one: 1, two: 1}}}
  b: {deal: {scores: {one: 1, two: 1}}}
  c: {deal: {scores: {one: t, two: "t * t / 2"}}}
disagreement: {a: 0, b: 0, c: 0.9}
bargaining: {players: [a, b]}
stability: {best: 0, signatories: [a, b, c]}
"""


def test_bystanders_make_points_along_a_range():
    """c gets t or t^2/2, the same at 2 only; there one agreement stands for both."""
    model = ng.loads(MEETING)
    output = "stability.verdicts.nash_solution.acceptable.holds"
    found = ng.tipping_points(model, "parameters.t", "0.5", 3, output=output)
    assert found.guarantee == "all"
    for value in [Fraction(k, 10) for k in range(5, 31)]:
        solved = Evaluator.of(model, output)({"parameters.t": value})[0]
        assert found.at(value) == solved, value


# ---- single models --------------------------------------------------------------------------


def test_a_zone_that_is_empty_states_its_gap():
    text = PIE.replace("{north: 0.0, south: 0.0}", "{north: 0.55, south: 0.3}")
    result = ng.loads(text).solve()["bargaining"]
    assert result.solutions["nash"].reason == (
        "no agreement is at least as good as no agreement for north and south: the nearest, n50, "
        "gives north 0.5 instead of 0.55 (gap 0.05)"
    )


CONTRACT = {
    "wage_rise": {"o0": (0, 5000), "o2": (2000, 3500), "o4": (4000, 1500), "o6": (6000, 0)},
    "shift_notice": {"o1_week": (0, 1600), "o2_weeks": (1200, 1200), "o4_weeks": (2400, 0)},
    "training_days": {"o0": (0, 0), "o3": (800, 1000), "o5": (1600, 2400)},
    "moonlighting": {"banned": (0, 400), "allowed": (1000, 0)},
    "site": {"north": (0, 0), "south": (1200, 1200)},
    "layoffs": {"none_for_2_years": (3000, 0), "none_for_1_year": (1800, 1200), "free": (0, 3000)},
    "pension": {"o3": (0, 2000), "o4": (900, 1000), "o5": (1800, 0)},
    "start": {"January": (0, 2400), "March": (300, 1200), "June": (600, 0)},
}


def contract(disagreement):
    players = ("union", "management")
    return ng.loads(
        yaml.safe_dump(
            {
                "title": "A labour contract",
                "parties": {player: {} for player in players},
                "issues": {issue: {"options": [*rows]} for issue, rows in CONTRACT.items()},
                "demands": {
                    player: {
                        issue: {"scores": {option: both[k] for option, both in rows.items()}}
                        for issue, rows in CONTRACT.items()
                    }
                    for k, player in enumerate(players)
                },
                "disagreement": disagreement,
                "bargaining": {"players": [*players]},
            }
        )
    )


def test_a_contract_with_tied_welfare():
    """Weights are shares of eight issues; the sums of points were gone through one by one."""
    model = contract({"union": 6000 // 8, "management": 5000 // 8})
    data = solve(model, only=["bargaining"]).data()["bargaining"]
    assert data["space"] == {"size": 3888, "acceptable": 2860}
    assert data["frontier"]["count"] == 34
    for concept in ("nash", "kalai_smorodinsky", "egalitarian"):
        assert data[concept]["utility"] == {"union": 12200 // 8, "management": 11000 // 8}
        assert data[concept]["count"] == 1
    welfare = data["utilitarian"]
    points = {(own["utility"]["union"] * 8, own["count"]) for own in welfare["points"]}
    assert points == {(15200, 1), (14000, 2), (12800, 1), (12200, 1), (11000, 1)}
    assert welfare["range"]["union"] == {"low": 11000 // 8, "high": 15200 // 8}
    assert (
        Context(contract({"union": 6000, "management": 5000}))
        .solution("nash")
        .reason.endswith("gives union 2200 instead of 6000 (gap 3800)")
    )


@pytest.mark.parametrize(
    ("wanted", "words"),
    [(1, "best_1: the agreement that meets most of"), (9, "best_1 to best_5: the agreements that")],
)
def test_the_note_names_the_rows_that_there_are(wanted, words):
    table = ng.loads(PIE.replace("best: 0", f"best: {wanted}")).solve()["stability"]
    assert any(note.startswith(words) for note in table.notes)
