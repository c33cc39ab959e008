"""Stability against the literal definitions, the theorems, and the known traps."""

import pickle
import random
from fractions import Fraction

import numpy as np
import pytest
from graph_builders import explicit, issue_form
from graph_oracle import CONCEPTS, Literal, issue_graphs, literals
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import model_of

from negotiation.conflict_graph import ConflictGraph, Control, graph_stability, stability
from negotiation.errors import GameError, UnknownNameError
from negotiation.results import LISTED, Table

MANY = settings(max_examples=120, deadline=None)
SOME = settings(max_examples=60, deadline=None)


def judged(graph):
    return graph_stability(graph, CONCEPTS)


def assert_as_defined(result, literal):
    for concept in CONCEPTS:
        expected = [
            [literal.stable(concept, i, s) for i in range(len(literal.arcs))]
            for s in range(literal.size)
        ]
        assert result.stable(concept).tolist() == expected, concept
        equilibria = [s for s, row in enumerate(expected) if all(row)]
        assert result.equilibria(concept).tolist() == equilibria


def assert_witnesses(result, literal, unit):
    """Every no names an unsanctioned improvement; every deterred yes names a real sanction."""
    graph = result.graph
    for concept in CONCEPTS:
        improving = concept in {"seq", "sseq"}
        for s in range(literal.size):
            for i, party in enumerate(graph.parties):
                verdict = result.verdict(concept, s, party, unit=unit)
                worth = literal.worth[i]
                witness = verdict.witness
                assert verdict.holds == literal.stable(concept, i, s)
                if not verdict.holds:
                    ends = [q for q in range(literal.size) if graph.labels(q) == witness.to]
                    assert witness.who == (party,)
                    assert ends[0] in literal.improvements(i, s)
                    assert not literal.sanctioned(concept, i, s, ends[0])
                    assert witness.amount == -verdict.margin > 0
                elif concept != "nash" and literal.improvements(i, s):
                    assert witness.kind == "sanction"
                    assert witness.who[0] == party
                    assert party not in witness.who[1:]
                    best = max(worth[q] for q in literal.improvements(i, s))
                    assert witness.amount == Fraction(best - worth[s], unit[party])
                    others = [graph.party(name) for name in witness.who[1:]]
                    end = next(q for q in range(literal.size) if graph.labels(q) == witness.to)
                    assert worth[end] <= worth[s]
                    assert any(
                        end in literal.reach(others, s1, improving=improving)
                        for s1 in literal.improvements(i, s)
                        if worth[s1] == best
                    )
                    if concept in {"smr", "sseq"}:
                        assert all(worth[q] <= worth[s] for q in literal.moves(i, end))
                else:
                    assert witness is None


# ---- the definition is the oracle -----------------------------------------------------------


@MANY
@given(literals())
def test_explicit_graphs_follow_the_definitions(literal):
    assert_as_defined(judged(explicit(literal)), literal)


@MANY
@given(literals(max_states=7, parties=(3, 3)).map(Literal.closed))
def test_transitive_explicit_graphs_follow_the_definitions(literal):
    assert_as_defined(judged(explicit(literal)), literal)


@MANY
@given(issue_graphs())
def test_issue_graphs_follow_the_definitions_and_their_explicit_twins(given_graph):
    literal = given_graph.literal()
    result = judged(issue_form(given_graph))
    assert_as_defined(result, literal)
    twin = judged(explicit(literal, given_graph.parties))
    for concept in CONCEPTS:
        assert (result.stable(concept) == twin.stable(concept)).all()
        for party in given_graph.parties:
            mine, other = result.margin(concept, party), twin.margin(concept, party)
            assert (mine.mask == other.mask).all()
            assert mine.compressed().tolist() == other.compressed().tolist()


@SOME
@given(issue_graphs(max_options=4, parties=(1, 2)))
def test_values_beyond_64_bits_give_the_same_answers_and_exact_margins(given_graph):
    scale = 10**30
    small, large = judged(issue_form(given_graph)), judged(issue_form(given_graph, scale=scale))
    for concept in CONCEPTS:
        assert (small.stable(concept) == large.stable(concept)).all()
        for party in given_graph.parties:
            margins = small.margin(concept, party).compressed().tolist()
            assert large.margin(concept, party).compressed().tolist() == [
                margin * scale for margin in margins
            ]
        for state in range(small.graph.n_states):
            one = small.verdict(concept, state, unit=dict.fromkeys(given_graph.parties, 10))
            two = large.verdict(concept, state, unit=dict.fromkeys(given_graph.parties, 10 * scale))
            assert one == two


@SOME
@given(literals(max_states=5))
def test_witnesses_of_explicit_graphs_are_genuine(literal):
    graph = explicit(literal)
    assert_witnesses(judged(graph), literal, dict.fromkeys(graph.parties, 7))


@SOME
@given(issue_graphs(max_options=2))
def test_witnesses_of_issue_graphs_are_genuine(given_graph):
    graph = issue_form(given_graph)
    unit = {party: 3 + k for k, party in enumerate(graph.parties)}
    assert_witnesses(judged(graph), given_graph.literal(), unit)


def assert_margins(literal, result):
    """Lowered or raised by the margin, a state is just stable for the party; past it, it is not.

    Whether answers are searched one by one, or for all states at once.
    """
    low = min(map(min, literal.worth)) - 1
    for concept in CONCEPTS:
        for i, party in enumerate(result.graph.parties):
            margins = result.margin(concept, party)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(stability, "FEW", 0)
                again = result.margin(concept, party)
            assert again.mask.tolist() == margins.mask.tolist()
            assert again.compressed().tolist() == margins.compressed().tolist()
            for s, here in enumerate(literal.worth[i]):
                if margins.mask[s]:  # nothing makes the party leave
                    assert literal.with_worth(i, s, low).stable(concept, i, s)
                    continue
                turn = here - margins[s]
                assert literal.with_worth(i, s, turn).stable(concept, i, s)
                assert not literal.with_worth(i, s, turn - 1).stable(concept, i, s)


@SOME
@given(literals(max_states=5, parties=(2, 3)))
def test_the_margin_is_how_far_the_worth_of_a_state_is_from_turning_the_answer(literal):
    assert_margins(literal, judged(explicit(literal)))


@SOME
@given(issue_graphs(max_options=2))
def test_margins_of_issue_graphs_are_those_of_the_definition(given_graph):
    assert_margins(given_graph.literal(), judged(issue_form(given_graph)))


@SOME
@given(literals(max_states=5, parties=(2, 3)))
def test_the_margin_of_an_equilibrium_is_the_least_fall_that_ends_it(literal):
    result = judged(explicit(literal))
    unit = dict.fromkeys(result.graph.parties, 1)
    low = min(map(min, literal.worth)) - 1
    for concept in ("nash", "gmr", "smr", "seq"):
        for s in result.equilibria(concept).tolist():
            margin = result.verdict(concept, s, unit=unit).margin
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(stability, "FEW", 0)
                assert result.verdict(concept, s, unit=unit).margin == margin
            for i, row in enumerate(literal.worth):
                for fall in range(row[s] - low + 1 if margin is None else int(margin)):
                    assert literal.with_worth(i, s, row[s] - fall).equilibrium(concept, s)
            if margin is not None:
                assert any(
                    not literal.with_worth(i, s, row[s] - margin - more).equilibrium(concept, s)
                    for i, row in enumerate(literal.worth)
                    for more in (0, 1)
                )


def test_an_answer_that_ends_when_it_no_longer_pays():
    """b restores the shut gate for 1 more; a alone could lose more before it leaves."""
    ranks = {"a": flat(shut=5, open=10, left=2), "b": flat(shut=4, open=1, left=-9)}
    arcs = [("a", "shut", "open"), ("b", "open", "shut"), ("a", "shut", "left")]
    result, unit = small(ranks, arcs), {"a": 1, "b": 1}
    assert result.verdict("seq", "shut", "a", unit=unit).margin == 3
    assert result.verdict("seq", "shut", "b", unit=unit).margin is None  # it has no move
    assert result.verdict("seq", "shut", unit=unit).margin == 3
    ranks["b"]["open"] = 2
    assert small(ranks, arcs).verdict("seq", "shut", unit=unit).margin == 2
    assert small(ranks, arcs).verdict("gmr", "shut", unit=unit).margin == 3
    # another answer leaves a as it was: that b's may end makes no difference
    ranks["a"]["level"], ranks["b"]["level"] = 5, 3
    more = [*arcs, ("b", "open", "level")]
    assert small(ranks, more).verdict("seq", "shut", unit=unit).margin == 3
    ranks["a"]["level"] = 6  # now it gains there
    assert small(ranks, more).verdict("seq", "shut", unit=unit).margin == 2


@SOME
@given(literals(max_states=5))
def test_the_verdict_on_an_equilibrium_gathers_the_parties(literal):
    graph = explicit(literal)
    result, unit = judged(graph), {party: 2 + k for k, party in enumerate(graph.parties)}
    for concept in CONCEPTS:
        for s in range(graph.n_states):
            verdict = result.verdict(concept, s, unit=unit)
            each = [result.verdict(concept, s, party, unit=unit) for party in graph.parties]
            margins = [one.margin for one in each if one.margin is not None]
            assert verdict.holds == all(one.holds for one in each)
            assert verdict.holds == (s in result.equilibria(concept))
            if verdict.holds and concept == "seq":  # an answer may end before a party leaves
                assert not margins or verdict.margin <= min(margins)
            else:
                assert verdict.margin == (min(margins) if margins else None)
            if not verdict.holds:
                assert verdict.witness.amount == -min(margins)
            ordinal = result.verdict(concept, s)
            assert ordinal.holds == verdict.holds
            assert ordinal.margin is None
            assert (ordinal.witness is None) == (verdict.witness is None)


# ---- theorems -------------------------------------------------------------------------------


@MANY
@given(literals())
def test_inclusions(literal):
    result = judged(explicit(literal))
    stable = {concept: result.stable(concept) for concept in CONCEPTS}
    for inner, outer in [
        ("nash", "sseq"),
        ("sseq", "seq"),
        ("seq", "gmr"),
        ("sseq", "smr"),
        ("smr", "gmr"),
        ("nash", "smr"),
    ]:
        assert (stable[inner] <= stable[outer]).all()


@MANY
@given(literals(max_states=7).map(Literal.closed))
def test_transitive_graphs_have_gmr_and_seq_equilibria(literal):
    result = judged(explicit(literal))
    assert len(result.equilibria("gmr")) > 0
    assert len(result.equilibria("seq")) > 0


@SOME
@given(literals(), st.randoms(use_true_random=False))
def test_relabelling_changes_nothing(literal, random):
    states = list(range(literal.size))
    parties = list(range(len(literal.arcs)))
    random.shuffle(states)  # state s is called states[s]
    random.shuffle(parties)  # party i comes from party parties[i]
    worth = []
    for i in parties:
        row = [0] * literal.size
        for s, value in enumerate(literal.worth[i]):
            row[states[s]] = value
        worth.append(tuple(row))
    arcs = tuple(frozenset((states[a], states[b]) for a, b in literal.arcs[i]) for i in parties)
    before = judged(explicit(literal))
    after = judged(explicit(Literal(literal.size, arcs, tuple(worth))))
    for concept in CONCEPTS:
        expected = before.stable(concept)[:, parties]
        assert (after.stable(concept)[states] == expected).all()


@SOME
@given(literals())
def test_only_the_order_counts(literal):
    stretched = tuple(tuple(v**3 - 5 for v in row) for row in literal.worth)
    before = judged(explicit(literal))
    after = judged(explicit(Literal(literal.size, literal.arcs, stretched)))
    for concept in CONCEPTS:
        assert (before.stable(concept) == after.stable(concept)).all()


@SOME
@given(literals())
def test_a_ranking_with_ties_says_what_its_numbers_say(literal):
    graph = explicit(literal)
    ranked = ConflictGraph.from_moves(
        states=graph.states.names,
        moves=[(f"p{i}", f"s{a}", f"s{b}") for i, arcs in enumerate(literal.arcs) for a, b in arcs],
        preferences={
            f"p{i}": [
                [f"s{s}" for s, value in enumerate(row) if value == level]
                for level in sorted(set(row), reverse=True)
            ]
            for i, row in enumerate(literal.worth)
        },
    )
    for concept in CONCEPTS:
        assert (judged(ranked).stable(concept) == judged(graph).stable(concept)).all()


# ---- the traps ------------------------------------------------------------------------------


def small(ranks, arcs):
    """One graph over s (where a thinks of leaving), t (where a would go) and others."""
    states = sorted({state for _, start, end in arcs for state in (start, end)})
    return judged(ConflictGraph.from_moves(states, arcs, ranks))


def flat(**values):
    return values


def test_nobody_moves_twice_in_a_row():
    ranks = {"a": flat(s=1, t=2, x=3, q=0), "b": flat(s=0, t=0, x=1, q=2)}
    arcs = [("a", "s", "t"), ("b", "t", "x"), ("b", "x", "q")]
    result = small(ranks, arcs)
    for concept in ("gmr", "smr", "seq", "sseq"):
        assert not result.verdict(concept, "s", "a")  # b would have to move twice
    result = small(ranks, [*arcs, ("b", "t", "q")])
    for concept in ("gmr", "smr", "seq", "sseq"):
        assert result.verdict(concept, "s", "a")


def test_a_party_may_move_again_after_another():
    ranks = {
        "a": flat(s=1, t=2, x=3, y=3, q=0),
        "b": flat(s=0, t=0, x=1, y=1, q=2),
        "c": flat(s=0, t=0, x=0, y=1, q=0),
    }
    arcs = [("a", "s", "t"), ("b", "t", "x"), ("c", "x", "y"), ("b", "y", "q")]
    result = small(ranks, arcs)
    for concept in ("gmr", "smr", "seq", "sseq"):
        verdict = result.verdict(concept, "s", "a")
        assert verdict
        assert verdict.witness.who == ("a", "b", "c")
        assert verdict.witness.to == "q"
        assert verdict.witness.text.startswith(
            "a would gain if it moves from s to t, but b answers: it moves from t to x, "
            "then c answers: it moves from x to y, then b answers: it moves from y to q"
        )


def test_being_led_back_to_the_origin_is_a_sanction():
    ranks = {"a": flat(s=1, t=2), "b": flat(s=1, t=0)}
    result = small(ranks, [("a", "s", "t"), ("b", "t", "s")])
    for concept in ("gmr", "seq"):
        assert result.verdict(concept, "s", "a")
    for concept in ("smr", "sseq"):  # a would simply go again
        assert not result.verdict(concept, "s", "a")


def test_an_improvement_is_judged_from_where_its_mover_stands():
    ranks = {"a": flat(s=1, t=2, q=0), "b": flat(s=9, t=0, q=1)}
    result = small(ranks, [("a", "s", "t"), ("b", "t", "q")])
    assert result.verdict("seq", "s", "a")  # q is worse than s for b, but better than t


def test_common_moves_keep_every_last_mover():
    ranks = {
        "a": flat(s=1, t=2, x=3, q=0),
        "b": flat(s=0, t=0, x=1, q=2),
        "c": flat(s=0, t=0, x=1, q=0),
    }
    alone = [("a", "s", "t"), ("b", "t", "x"), ("b", "x", "q")]
    for concept in ("gmr", "seq"):
        assert not small(ranks, alone).verdict(concept, "s", "a")
        assert small(ranks, [*alone, ("c", "t", "x")]).verdict(concept, "s", "a")


def test_a_sanction_that_leaves_the_mover_equal_suffices():
    ranks = {"a": flat(s=1, t=2, q=1), "b": flat(s=0, t=0, q=1)}
    arcs = [("a", "s", "t"), ("b", "t", "q")]
    verdict = small(ranks, arcs).verdict("seq", "s", "a", unit={"a": 1})
    assert verdict
    assert verdict.margin == 0
    assert "no better off than before" in verdict.witness.text
    worse = {**ranks, "a": flat(s=1, t=3, q=2)}
    assert not small(worse, arcs).verdict("seq", "s", "a")


def test_a_counter_move_is_compared_with_the_origin():
    arcs = [("a", "s", "t"), ("b", "t", "q"), ("a", "q", "r")]
    bob = flat(s=0, t=0, q=1, r=0)
    regains = {"a": flat(s=1, t=3, q=-1, r=0), "b": bob}  # better than q, not than s
    escapes = {"a": flat(s=1, t=3, q=-1, r=2), "b": bob}
    for concept in ("smr", "sseq"):
        assert small(regains, arcs).verdict(concept, "s", "a")
        assert not small(escapes, arcs).verdict(concept, "s", "a")
    assert small(escapes, arcs).verdict("gmr", "s", "a")


# ---- classics -------------------------------------------------------------------------------


def literal_of(graph):
    """Write a graph out for the oracle."""
    size = graph.n_states
    return Literal(
        size,
        tuple(
            frozenset((s, q) for s in range(size) for q in graph.successors(party, s))
            for party in graph.parties
        ),
        tuple(tuple(row.tolist()) for row in graph.preferences),
    )


def two_by_two(one, other):
    """Each of two parties has a first and a second strategy; states are 11, 12, 21, 22."""
    result = judged(
        ConflictGraph.from_moves(
            states=["11", "12", "21", "22"],
            moves=[
                move
                for k in "12"
                for move in [
                    ("one", f"1{k}", f"2{k}"),
                    ("one", f"2{k}", f"1{k}"),
                    ("other", f"{k}1", f"{k}2"),
                    ("other", f"{k}2", f"{k}1"),
                ]
            ],
            preferences={"one": one, "other": other},
        )
    )
    assert_as_defined(result, literal_of(result.graph))
    return result


def named(result):
    return result.data()["equilibria"]


def test_prisoners_dilemma():
    result = two_by_two(["21", "11", "22", "12"], ["12", "11", "22", "21"])
    both = ["11", "22"]
    assert named(result) == {"nash": ["22"], **dict.fromkeys(CONCEPTS[1:], both)}


def test_chicken():
    result = two_by_two(["21", "11", "12", "22"], ["12", "11", "21", "22"])
    assert named(result)["nash"] == ["12", "21"]
    # only the crash answers a swerve from "11", and it hurts the one who answers most
    assert named(result)["seq"] == named(result)["sseq"] == ["12", "21"]
    assert named(result)["gmr"] == named(result)["smr"] == ["11", "12", "21"]


def test_matching_pennies_has_no_nash_equilibrium():
    result = two_by_two([["11", "22"], ["12", "21"]], [["12", "21"], ["11", "22"]])
    assert named(result)["nash"] == []
    assert named(result)["gmr"] == ["11", "12", "21", "22"]


def elmira():
    """The Elmira groundwater conflict (Fang, Hipel and Kilgour 1993): ministry, firm, town."""
    moves = [
        *[("ministry", str(s), str(s + 1)) for s in (1, 3, 5, 7)],  # modify the order
        *[("firm", str(s), str(s + 2)) for s in (1, 2, 5, 6)],  # accept it
        *[("firm", str(s), "9") for s in range(1, 9)],  # abandon the plant
        *[("town", str(s), str(s + 4)) for s in range(1, 5)],  # insist
        *[("town", str(s + 4), str(s)) for s in range(1, 5)],
    ]
    return ConflictGraph.from_moves(
        states=[str(s) for s in range(1, 10)],
        moves=moves,
        preferences={
            "ministry": list("734851269"),
            "firm": list("148593726"),
            "town": list("735186429"),
        },
    )


def test_elmira():
    graph = elmira()
    result = judged(graph)
    assert_as_defined(result, literal_of(graph))
    assert named(result)["nash"] == ["5", "8", "9"]
    for concept in CONCEPTS:
        assert {"5", "8", "9"} <= set(named(result)[concept])


# ---- the result -----------------------------------------------------------------------------


def test_data_and_tables_of_a_small_graph():
    result = graph_stability(elmira(), ["nash", "seq"])
    data = result.to_dict()
    assert data["states"] == 9
    assert data["counts"]["nash"] == 3
    assert data["stable"]["nash"]["firm"] == ["1", "4", "5", "8", "9"]
    table, reasons = result.tables()
    assert isinstance(table, Table)
    assert table.columns == ("state", "Nash", "SEQ")
    assert table.rows[4] == ("5", "yes", "yes")
    assert table.rows[0][1] == "town leaves"
    assert table.rows[1][1] == "firm and town leave"
    state, under, text = reasons.rows[0]
    assert (state, under) == ("1", "Nash, SEQ")
    assert text.startswith("town leaves: it moves from 1 to ")


def test_large_graphs_name_their_equilibria_and_mark_what_is_left_out():
    size = 1_200
    states = [f"s{k}" for k in range(size)]
    moves = [("a", f"s{k}", f"s{k + 1}") for k in range(size - 1)]
    graph = ConflictGraph.from_moves(states, moves, {"a": states, "b": states})
    result = graph_stability(graph)
    data = result.data()
    assert data["counts"]["nash"] == size
    for found in (data["equilibria"], data["stable"]["nash"]):
        key = "nash" if "nash" in found else "a"
        assert (len(found[key]), found[f"{key}_left_out"]) == (LISTED, size - LISTED)
    counts, named, everything = result.tables()
    assert counts.columns == ("concept", "equilibria", "for a", "for b")
    assert counts.rows[0] == ("Nash", size, size, size)
    assert named.rows[:2] == (("s0", *["yes"] * 4), ("s1", *["yes"] * 4))
    assert (len(named.rows), named.left_out) == (LISTED, size - LISTED)
    assert everything.detail
    assert "... and 1,100 more" in str(named)
    assert named.as_csv().splitlines()[-1] == "... and 200 more,,,,"


def test_a_stated_graph_of_sixty_four_states_is_answered_in_names():
    size = 64  # sixteen two-by-two games: one party changes the first bit, the other the second
    states = [f"s{k}" for k in range(size)]
    rng = random.Random(0)
    orders = [rng.sample(range(size), size) for _ in "ab"]
    literal = Literal(
        size,
        tuple(frozenset((k, k ^ bit) for k in range(size)) for bit in (1, 2)),
        tuple(tuple(size - order.index(k) for k in range(size)) for order in orders),
    )
    model = model_of(
        {
            "title": "sixty-four states",
            "parties": {"a": {}, "b": {}},
            "conflict_graph": {
                "states": states,
                "moves": [
                    {"by": party, "start": states[k], "to": states[m]}
                    for party, arcs in zip("ab", literal.arcs, strict=True)
                    for k, m in sorted(arcs)
                ],
                "ranking": {
                    party: [states[k] for k in order]
                    for party, order in zip("ab", orders, strict=True)
                },
            },
        }
    )
    expected = {
        concept: [
            name
            for k, name in enumerate(states)
            if all(literal.stable(concept, i, k) for i in (0, 1))
        ]
        for concept in CONCEPTS
    }
    joint = {
        name
        for k, name in enumerate(states)
        if not any(
            all(worth[q] > worth[k] for worth in literal.worth) for q in literal.reach((0, 1), k)
        )
    }
    section = model.solve()["conflict_graph"]
    data = section.data()
    assert data["equilibria"] == expected
    assert set(data["coalitions"]["stable"]) == joint
    assert {move["state"] for move in data["coalitions"]["moves"]} == set(states) - joint
    shown = str(section)
    for names in expected.values():
        assert all(f"\n{name} " in shown for name in names)
    rows = {row[0]: row[1:] for row in section.tables()[1].rows}
    for place, concept in enumerate(CONCEPTS):
        assert [name for name, cells in rows.items() if cells[place] == "yes"] == expected[concept]


def test_walking_out_is_final_and_said():
    graph = ConflictGraph.from_issues(
        ["north", "south"],
        {"zone": ["closed", "open"]},
        {"zone": Control("north")},
        {"north": np.array([4, 6]), "south": np.array([1, 3])},
        disagreement={"north": 0, "south": 2},
    )
    result = judged(graph)
    for concept in CONCEPTS:
        assert result.stable(concept)[-1].all()
        assert result.margin(concept, "north").mask[-1]
    verdict = result.verdict("nash", {"zone": "closed"}, unit={"north": 10, "south": 100})
    assert (
        verdict.witness.text == "north leaves: it switches zone from closed to open and gains 0.2"
    )
    verdict = result.verdict("seq", {"zone": "closed"}, unit={"north": 100, "south": 10})
    assert verdict.witness.text == (
        "south leaves: it walks out and gains 0.1, which no credible answer of the others undoes"
    )
    assert verdict.witness.kind == "walk-out"
    assert verdict.witness.to == "no agreement"
    assert result.verdict("seq", "no agreement") == result.verdict("nash", 2)
    assert "equilibria" not in result.data()
    assert result.data()["counts"]["nash"] == 2


def test_units_that_some_parties_do_not_have():
    graph = ConflictGraph.from_moves(
        ["s", "t", "u"],
        [("a", "s", "t"), ("b", "s", "u")],
        {"a": flat(s=0, t=1, u=0), "b": flat(s=0, t=0, u=5)},
    )
    result = judged(graph)

    def unit(party, difference):
        return None if party == "a" else Fraction(difference, 2)

    verdict = result.verdict("nash", "s", unit=unit)
    assert verdict.margin is None
    assert verdict.witness.text == "a leaves: it moves from s to t, which it prefers"
    assert result.verdict("nash", "s", "b", unit=unit).margin == Fraction(-5, 2)
    assert result.verdict("nash", "s", unit={"a": 1, "b": 100}).witness.who == ("a",)
    assert result.verdict("nash", "s", unit={"a": 1, "b": 2}).witness.who == ("b",)


def test_results_compare_hash_and_pickle():
    result = graph_stability(elmira())
    again = pickle.loads(pickle.dumps(result))
    assert again == result
    assert hash(again) == hash(result)
    assert again != graph_stability(elmira(), ["nash"])
    assert again.to_dict() == result.to_dict()


def test_what_does_not_exist_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'nash'"):
        graph_stability(elmira(), ["nsh"])
    with pytest.raises(GameError, match="no list of concepts"):
        graph_stability(elmira(), "nash")
    result = graph_stability(elmira(), ["nash"])
    with pytest.raises(UnknownNameError, match="unknown concept 'seq'"):
        result.equilibria("seq")
    with pytest.raises(UnknownNameError, match="did you mean 'town'"):
        result.stable("nash", "twon")
    with pytest.raises(UnknownNameError, match="unknown party '3'"):
        result.stable("nash", 3)
    with pytest.raises(UnknownNameError, match="unknown state '10'"):
        result.verdict("nash", "10")
    with pytest.raises(UnknownNameError, match="unknown party 'twon'"):
        result.verdict("nash", "1", unit={"twon": 1})
    with pytest.raises(GameError, match="0 is no denominator"):
        result.verdict("nash", "1", unit={"town": 0})
