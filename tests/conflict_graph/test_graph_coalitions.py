"""Coalitional Nash stability against brute force over all coalitions."""

import itertools
from fractions import Fraction

import pytest
from graph_builders import explicit, issue_form
from graph_oracle import Literal, LiteralIssues, issue_graphs, literals
from hypothesis import given, settings
from hypothesis import strategies as st
from test_graph_stability import elmira

from negotiation.conflict_graph import ConflictGraph, coalition_improvement
from negotiation.errors import GameError, TooLargeError, UnknownNameError

SETTINGS = settings(max_examples=70, deadline=None)


def coalitions(count, least):
    for size in range(least, count + 1):
        yield from itertools.combinations(range(count), size)


def assert_judged(graph, worth, together, least, denominators):
    """Compare with brute force; ``together(H, s)`` is the set of states H can reach."""
    count = len(worth)
    unit = dict(zip(graph.parties, denominators, strict=True))
    for s in range(graph.n_states):
        options = {
            (members, q): min(Fraction(worth[i][q] - worth[i][s], denominators[i]) for i in members)
            for members in coalitions(count, least)
            for q in together(members, s) - {s}
        }
        best = max(options.values(), default=None)
        verdict = coalition_improvement(graph, s, least, unit=unit)
        assert verdict.holds == (best is None or best <= 0)
        assert verdict.margin == (None if best is None else -best)
        ordinal = coalition_improvement(graph, s, least)
        assert ordinal.holds == verdict.holds
        assert ordinal.margin is None
        for one in (verdict, ordinal):
            if one.holds:
                assert one.witness is None
                continue
            members = tuple(graph.party(name) for name in one.witness.who)
            ends = [q for q in range(graph.n_states) if graph.labels(q) == one.witness.to]
            assert options[members, ends[0]] > 0
        if not verdict.holds:
            assert verdict.witness.amount == best
            assert ordinal.witness.amount is None


@SETTINGS
@given(literals(max_states=5), st.integers(1, 3), st.lists(st.integers(1, 9), min_size=4))
def test_explicit_graphs_follow_the_definition(literal, least, numbers):
    count = len(literal.arcs)
    assert_judged(
        explicit(literal), literal.worth, literal.reach, min(least, count), numbers[:count]
    )


@SETTINGS
@given(issue_graphs(max_options=3), st.integers(1, 2), st.lists(st.integers(1, 9), min_size=3))
def test_issue_graphs_follow_the_definition(given_graph, least, numbers):
    def together(members, s):
        names = {given_graph.parties[i] for i in members}
        return {b for a, b in given_graph.together(names) if a == s}

    count = len(given_graph.parties)
    graph = issue_form(given_graph)
    assert_judged(graph, given_graph.worth, together, least, numbers[:count])


@SETTINGS
@given(issue_graphs(max_options=3))
def test_both_forms_agree_on_transitive_switches_without_joint_control(given_graph):
    literal = given_graph.literal()
    joint = any(joint and len(parties) > 1 for parties, joint in given_graph.control)
    graph, twin = issue_form(given_graph), explicit(literal, given_graph.parties)
    if joint or not literal.transitive():
        # what remains true: the issue form allows every single move of a member
        for party in graph.parties:
            for s in range(graph.n_states):
                assert graph.successors(party, s) == twin.successors(party, s)
        return
    unit = dict.fromkeys(graph.parties, 1)
    for s in range(graph.n_states):
        mine = coalition_improvement(graph, s, unit=unit)
        other = coalition_improvement(twin, s, unit=unit)
        assert (mine.holds, mine.margin) == (other.holds, other.margin)


def test_the_equilibrium_jump_of_elmira():
    verdict = coalition_improvement(elmira(), "5")
    assert not verdict
    assert verdict.witness.who == ("ministry", "firm")
    assert verdict.witness.to == "8"
    assert coalition_improvement(elmira(), "8")
    assert coalition_improvement(elmira(), "9")  # nobody can leave it


def test_joint_control_and_bans_in_words():
    given_graph = LiteralIssues(
        options=(("a", "b"), ("a", "b", "c")),
        parties=("p0", "p1", "p2"),
        control=((("p0", "p1"), True), (("p2",), False)),
        bans=(frozenset(), frozenset({("a", "c")})),
        worth=((0, 0, 9, 3, 4, 5), (0, 0, 9, 4, 4, 5), (0, 1, 9, 0, 2, 9)),
        walk_out=False,
    )
    graph = issue_form(given_graph)
    verdict = coalition_improvement(graph, 0, unit=dict.fromkeys(graph.parties, 10))
    assert verdict.witness.text == (
        "p0 and p1 together switch issue0 from a to b: p0 gains 0.3, p1 gains 0.4"
    )
    trio = coalition_improvement(graph, 0, 3, unit=dict.fromkeys(graph.parties, 10))
    assert trio.witness.text == (
        "p0, p1 and p2 together switch issue0 from a to b and issue1 from a to b: "
        "p0 gains 0.4, p1 gains 0.4, p2 gains 0.2"
    )
    alone = coalition_improvement(graph, 0, 1)
    assert alone.witness.text == (
        "p0 and p1 together switch issue0 from a to b, which each of them prefers"
    )
    solo = coalition_improvement(graph, 4, 1)
    assert solo.witness.text == "p2 switches issue1 from b to c, which it prefers"


def test_parties_without_a_unit():
    graph = explicit(
        Literal(2, (frozenset({(0, 1)}), frozenset()), ((0, 2), (0, 1))), ["one", "two"]
    )
    verdict = coalition_improvement(graph, 0, unit={"one": 4})
    assert verdict.margin is None
    assert verdict.witness.amount is None
    assert verdict.witness.text == (
        "one and two together move to s1: one gains 0.5, two prefers it"
    )


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(GameError, match="no least size"):
        coalition_improvement(elmira(), "1", 0)
    with pytest.raises(UnknownNameError, match="unknown state"):
        coalition_improvement(elmira(), "0")
    states = ["s", "t"]
    crowd = ConflictGraph.from_moves(states, [], {f"p{k}": states for k in range(13)})
    with pytest.raises(TooLargeError, match="8,192 coalitions of 13 parties"):
        coalition_improvement(crowd, "s")
    dozen = ConflictGraph.from_moves(states, [], {f"p{k}": states for k in range(12)})
    assert coalition_improvement(dozen, "t").margin is None
