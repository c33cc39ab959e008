"""Constructors, labels, identity, and the array operations on moves."""

import itertools
import pickle

import numpy as np
import pytest
from graph_builders import explicit, issue_form
from graph_oracle import issue_graphs, literals
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.conflict_graph import ConflictGraph, Control
from negotiation.conflict_graph.moves import HIGHEST, LOWEST
from negotiation.conflict_graph.sequences import clearest, least_reachable, reachable
from negotiation.errors import GameError, TooLargeError, UnknownNameError

SETTINGS = settings(max_examples=90, deadline=None)
STATES = ["peace", "war", "truce"]
RANKS = {"north": ["peace", "truce", "war"], "south": [["peace", "truce"], "war"]}


def fishing(**changes):
    """An issue graph of two parties; keyword arguments replace the constructor's."""
    arguments = {
        "parties": ["north", "south"],
        "issues": {"zone": ["closed", "licensed", "open"], "quota": ["none", "low"]},
        "control": {"zone": Control("north"), "quota": Control(["north", "south"], joint=True)},
        "values": {"north": np.arange(6).reshape(3, 2), "south": -np.arange(6).reshape(3, 2)},
        "disagreement": {"north": 2, "south": -3},
        "irreversible": {"zone": [("open", "closed")]},
    }
    return ConflictGraph.from_issues(**{**arguments, **changes})


# ---- operations on moves --------------------------------------------------------------------


def assert_operations(graph, literal, values):
    values = np.array(values[: literal.size], dtype=np.int64)
    for i, own in enumerate(graph.moves):
        rows = [sorted(literal.moves(i, s)) for s in range(literal.size)]
        better = [sorted(literal.improvements(i, s)) for s in range(literal.size)]
        assert [list(graph.successors(i, s)) for s in range(literal.size)] == rows
        assert own.best(values).tolist() == [
            max((values[q] for q in row), default=LOWEST) for row in rows
        ]
        assert own.least(values).tolist() == [
            min((values[q] for q in row), default=HIGHEST) for row in rows
        ]
        assert own.least_improving(values).tolist() == [
            min((values[q] for q in row), default=HIGHEST) for row in better
        ]
        where, targets = own.arcs_from(np.arange(literal.size))
        pairs = sorted(zip(where.tolist(), targets.tolist(), strict=True))
        assert pairs == sorted(literal.arcs[i])
        assert max(map(len, rows)) <= own.width
    assert all(own.transitive for own in graph.moves) >= literal.transitive()


NUMBERS = st.lists(st.integers(-5, 5), min_size=28, max_size=28)


@SETTINGS
@given(literals(), NUMBERS)
def test_operations_on_arcs(literal, values):
    graph = explicit(literal)
    assert_operations(graph, literal, values)
    assert all(own.transitive for own in graph.moves) == literal.transitive()


@SETTINGS
@given(issue_graphs(), NUMBERS)
def test_operations_on_issues(given_graph, values):
    graph = issue_form(given_graph)
    assert_operations(graph, given_graph.literal(), values)
    if all(own.transitive for own in graph.moves):
        assert given_graph.literal().transitive()


@SETTINGS
@given(literals(), st.booleans(), NUMBERS)
def test_sequences_follow_the_definition(literal, improving, values):
    graph = explicit(literal)
    values = np.array(values[: literal.size], dtype=np.int64)
    parties = range(len(literal.arcs))
    sets = [literal.reach(parties, s, improving=improving) for s in range(literal.size)]
    least = least_reachable(graph.moves, values, improving=improving)
    for s, ends in enumerate(sets):
        exact = min((values[q] for q in ends), default=HIGHEST)
        if all(own.transitive for own in graph.moves):
            assert min(least[s], values[s]) == min(exact, values[s])
        else:
            assert least[s] == exact
        if not improving:
            assert set(np.flatnonzero(reachable(graph.moves, s)).tolist()) == ends
        for goal in range(literal.size):
            mask = np.arange(literal.size) == goal
            path = clearest(graph.moves, s, mask, graph.states.switched, improving=improving)
            assert (path is not None) == (goal in ends)
            if path is None:
                continue
            at, last = s, None
            for mover, state in path:
                assert mover != last
                step = literal.improvements if improving else literal.moves
                assert state in step(mover, at)
                at, last = state, mover
            assert at == goal


def differences(given_graph, one, two):
    """How many issues differ; walking out is one deed."""
    states = given_graph.states
    if max(one, two) == len(states):
        return 1
    return sum(a != b for a, b in zip(states[one], states[two], strict=True))


@settings(max_examples=40, deadline=None)
@given(issue_graphs(max_options=3), st.booleans(), st.integers(0, 99), st.sets(st.integers(0, 27)))
def test_the_clearest_sequence_is_the_best_of_all_shortest_ones(
    given_graph, improving, start, goals
):
    graph, literal = issue_form(given_graph), given_graph.literal()
    start %= literal.size
    step = literal.improvements if improving else literal.moves
    mask = np.isin(np.arange(literal.size), list(goals))
    # per sequence: what it changes, how many movers it leaves no better off, its moves
    longer = [(0, 0, ())]
    for _ in range(3):
        longer = [
            (
                changed + differences(given_graph, at, q),
                idle + (literal.worth[k][q] <= literal.worth[k][at]),
                (*path, (k, q)),
            )
            for changed, idle, path in longer[:3000]
            for at, last in [path[-1][::-1] if path else (start, None)]
            for k in range(len(literal.arcs))
            if k != last
            for q in sorted(step(k, at))
        ]
        ending = [
            (changed, idle, path[-1][0], -literal.worth[path[-1][0]][path[-1][1]], path[-1][1])
            for changed, idle, path in longer
            if mask[path[-1][1]]
        ]
        if ending or not longer:
            break
    found = clearest(graph.moves, start, mask, graph.states.switched, improving=improving)
    if not ending:
        assert found is None or len(longer) > 3000 or len(found) > 3
        return
    assert found is not None
    assert len(found) == len(longer[0][2])
    places = [start, *(q for _, q in found)]
    changed = sum(differences(given_graph, a, b) for a, b in itertools.pairwise(places))
    idle = sum(
        literal.worth[k][b] <= literal.worth[k][a]
        for (k, _), a, b in zip(found, places[:-1], places[1:], strict=True)
    )
    mover, end = found[-1]
    assert (changed, idle, mover, -literal.worth[mover][end], end) == min(ending)


def test_without_movers_nothing_is_reachable():
    assert not reachable([], 0).any()
    assert clearest([], 0, np.ones(3, dtype=bool), np.subtract, improving=False) is None
    assert (least_reachable([], np.zeros(3, dtype=np.int64), improving=True) == HIGHEST).all()


# ---- labels ---------------------------------------------------------------------------------


def test_issue_states_are_numbered_in_c_order():
    graph = fishing()
    assert graph.n_states == 7
    for k in range(6):
        zone, quota = np.unravel_index(k, (3, 2))
        agreement = {
            "zone": ["closed", "licensed", "open"][zone],
            "quota": ["none", "low"][quota],
        }
        assert graph.index(agreement) == k
        assert graph.labels(k) == f"zone: {agreement['zone']}, quota: {agreement['quota']}"
    assert graph.index("no agreement") == 6
    assert graph.labels(6) == "no agreement"
    assert graph.move_label(2, 6) == "walks out"
    assert graph.move_label(0, 4) == "switches zone from closed to open"
    assert graph.move_label(0, 3) == (
        "switches zone from closed to licensed and quota from none to low"
    )
    assert not graph.explicit
    assert repr(graph) == "<ConflictGraph: 7 states; parties north, south>"


def test_control_and_bans_decide_the_moves():
    graph = fishing()
    assert graph.successors("north", 0) == (2, 4, 6)
    assert graph.successors("north", 4) == (2, 6)  # open to closed is banned
    assert graph.successors("south", 0) == (6,)  # the quota needs both
    assert graph.successors("south", 6) == ()
    shared = fishing(control={"zone": Control("north"), "quota": Control(["north", "south"])})
    assert shared.successors("south", 0) == (1, 6)
    assert shared.successors("north", 0) == (1, 2, 3, 4, 5, 6)
    nobody = fishing(control={"zone": Control(()), "quota": Control((), joint=True)})
    assert nobody.successors("north", 0) == (6,)
    single = fishing(control={"zone": Control(()), "quota": Control("south", joint=True)})
    assert single.successors("south", 0) == (1, 6)
    closed = fishing(disagreement=None)
    assert closed.n_states == 6
    assert closed.successors("south", 0) == ()
    with pytest.raises(GameError, match="no state"):
        closed.index("no agreement")


def test_explicit_labels_and_descriptions():
    graph = ConflictGraph.from_moves(
        {"peace": "nobody shoots", "war": "everybody does", "truce": ""},
        [("north", "peace", ["war", "truce"]), ("north", "peace", "war")],
        RANKS,
    )
    assert graph.explicit
    assert graph.states.descriptions[0] == "nobody shoots"
    assert graph.index("truce") == graph.index(2) == graph.index(np.int64(2)) == 2
    assert graph.successors("north", "peace") == (1, 2)  # the repeated arc counts once
    assert graph.move_label("peace", "war") == "moves from peace to war"
    assert graph.preferences[1].tolist() == [1, 0, 1]


def test_numbers_are_ranked_exactly():
    graph = ConflictGraph.from_moves(
        STATES, [], {"north": {"peace": 0.5, "war": "1/3", "truce": -1}}
    )
    assert graph.preferences[0].tolist() == [3, 2, -6]
    huge = ConflictGraph.from_moves(
        STATES, [], {"north": {"peace": 10**40, "war": 10**40 + 1, "truce": 0}}
    )
    assert huge.preferences[0].tolist() == [1, 2, 0]
    assert huge.gain("north", 2, 1, {"north": 1}) == 1
    assert huge.gain("north", 2, 0, {"north": 10**40}) > 1


# ---- red lines --------------------------------------------------------------------------------

LINES = {"north": {"zone": ["closed", "licensed"]}}
LOWERED = np.array([[5, 4], [3, 2], [-7, -8]])  # 9 below what its options are worth


def lined(**changes):
    values = {"north": LOWERED, "south": np.zeros((3, 2), dtype=np.int64)}
    return fishing(**{"values": values, "red_lines": LINES, **changes})


@pytest.mark.parametrize("scale", [1, 10**30])
def test_a_difference_across_a_red_line_is_no_amount(scale):
    values = {"north": LOWERED.astype(object) * scale, "south": np.zeros((3, 2), dtype=np.int64)}
    graph = lined(values=values, disagreement={"north": 2 * scale, "south": 0})
    worth = graph.preferences[0].tolist()
    unit = {"north": scale}
    for one, two in itertools.product(range(7), repeat=2):
        amount = graph.gain("north", worth[one], worth[two], unit)
        if (one in (4, 5)) != (two in (4, 5)):
            assert amount is None
            assert graph.apart("north", worth[one], worth[two])
        else:
            plain = [*LOWERED.ravel().tolist(), 2]
            assert amount == plain[one] - plain[two]
    assert graph.crossed("north", 4) == (("zone", "open"),)
    assert graph.crossed("north", 0) == graph.crossed("north", 6) == graph.crossed("south", 4) == ()
    again = pickle.loads(pickle.dumps(graph))
    assert again == graph
    assert again.crossed("north", 5) == (("zone", "open"),)
    assert graph != lined(values=values, red_lines=None)


def test_a_state_past_a_red_line_ranks_below_all_others():
    level = LOWERED.copy()
    level[2, 0] = 2  # what the last one inside is worth
    values = {"north": level, "south": np.zeros((3, 2), dtype=np.int64)}
    with pytest.raises(GameError, match="values of north: a state past a red line does not rank"):
        lined(values=values)
    level[2, 0] = 1
    assert lined(values=values).bars == (2, None)


def test_nothing_may_be_inside_a_red_line():
    graph = lined(red_lines={"north": {"zone": []}}, disagreement=None)
    assert graph.gain("north", 5, 3, {"north": 2}) == 1


# ---- the work of building ---------------------------------------------------------------------


class Counted(str):
    """A name that counts how often it is compared."""

    __slots__ = ()
    compared = 0
    __hash__ = str.__hash__

    def __eq__(self, other):
        Counted.compared += 1
        return str.__eq__(self, other)


def test_names_are_looked_up_not_searched():
    size, copies = 400, 3
    names = [[Counted(f"s{k}") for k in range(size)] for _ in range(copies)]
    moves = [("a", names[1][k], names[2][(k + own) % size]) for k in range(size) for own in (1, 2)]
    Counted.compared = 0
    graph = ConflictGraph.from_moves(
        names[0], moves, {"a": names[1], "b": dict.fromkeys(names[2], 1)}
    )
    assert graph.successors("a", names[1][399]) == (0, 1)
    assert Counted.compared < 20 * size  # a search would need some size**2 / 2


# ---- identity -------------------------------------------------------------------------------


def big_values():
    return {
        "north": np.array([[10**30, 1], [2, 3], [4, 5]], dtype=object),
        "south": np.arange(6, dtype=np.uint64).reshape(3, 2),
    }


def test_graphs_compare_hash_and_pickle():
    arcs = [("north", "peace", "war")]
    for make in (
        fishing,
        lambda: fishing(values=big_values()),
        lambda: ConflictGraph.from_moves(STATES, arcs, RANKS),
    ):
        graph = make()
        again = pickle.loads(pickle.dumps(graph))
        assert again == graph == make()
        assert hash(again) == hash(graph)
        assert {graph: 1}[again] == 1
        for copy in (graph, again):
            with pytest.raises(ValueError, match="read-only"):
                copy.preferences[0][0] = 7
            assert copy.moves[0].worth is copy.preferences[0]
    plain = ConflictGraph.from_moves(STATES, arcs, RANKS)
    assert plain != ConflictGraph.from_moves(STATES, [("south", "peace", "war")], RANKS)
    assert plain != ConflictGraph.from_moves(STATES, [("north", "peace", "truce")], RANKS)
    swapped = {"north": RANKS["south"], "south": RANKS["north"]}
    assert plain != ConflictGraph.from_moves(STATES, arcs, swapped)
    assert plain != "a graph"
    assert fishing() != fishing(irreversible=None)
    assert fishing() != fishing(disagreement=None)
    assert fishing(values=big_values()) != fishing(
        values={**big_values(), "north": big_values()["north"] * 2}
    )


def test_the_order_of_the_issues_is_part_of_a_graph():
    values = {"a": np.zeros((2, 2), dtype=np.int64)}
    x, y = ["1", "2"], ["1", "2"]
    hands = {"x": Control("a"), "y": Control("a")}
    one = ConflictGraph.from_issues(["a"], {"x": x, "y": y}, hands, values)
    other = ConflictGraph.from_issues(["a"], {"y": y, "x": x}, hands, values)
    assert one != other


def test_the_callers_arrays_stay_writeable():
    values = {"north": np.zeros((3, 2), dtype=np.int64), "south": np.zeros((3, 2), dtype=np.int64)}
    fishing(values=values)
    fishing(values=values, disagreement=None)
    values["north"][0, 0] = 1
    assert values["north"].flags.writeable


def test_values_may_be_flat_in_the_order_of_the_states():
    values = {"north": np.arange(6).reshape(3, 2), "south": np.array([[4, 0], [1, 5], [3, 2]])}
    flat = {party: array.ravel() for party, array in values.items()}
    assert fishing(values=values) == fishing(values=flat)
    turned = {party: array.T for party, array in values.items()}
    with pytest.raises(GameError, match="shape"):
        fishing(values=turned)


# ---- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "moves", "preferences", "kind", "message"),
    [
        ([], [], RANKS, GameError, "states: no state at all"),
        ("peace", [], RANKS, GameError, "no list of names"),
        (["peace", "peace"], [], RANKS, GameError, "state 'peace' is given twice"),
        (["peace", 3], [], RANKS, GameError, "'3' is no name"),
        (STATES, [], {}, GameError, "preferences: no party at all"),
        (STATES, [], ["north"], GameError, "no rankings by party"),
        (STATES, "north", RANKS, GameError, "no list of moves"),
        (STATES, ["north"], RANKS, GameError, "move 1: 'north' is no move"),
        (STATES, [("north", "peace")], RANKS, GameError, "is no move"),
        (STATES, [("noth", "peace", "war")], RANKS, UnknownNameError, "did you mean 'north'"),
        (STATES, [("north", "pece", "war")], RANKS, UnknownNameError, "did you mean 'peace'"),
        (STATES, [("north", "peace", ["wr"])], RANKS, UnknownNameError, "did you mean 'war'"),
        (STATES, [("north", "peace", 1)], RANKS, UnknownNameError, "move 1: unknown state '1'"),
        (STATES, [("north", "war", "war")], RANKS, GameError, "from 'war' to itself"),
        (STATES, [], {"north": ["peace", "war"]}, GameError, "state 'truce' not ranked"),
        (STATES, [], {"north": ["war"]}, GameError, "state 'peace' and 1 more not ranked"),
        (STATES, [], {"north": ["peace", "war", ["truce", "war"]]}, GameError, "ranked twice"),
        (STATES, [], {"north": ["peace", "war", "truc"]}, UnknownNameError, "'truce'"),
        (STATES, [], {"north": "peace"}, GameError, "'peace' is no ranking"),
        (STATES, [], {"north": {"peace": 1, "war": 2}}, GameError, "nothing for state 'truce'"),
        (STATES, [], {"north": dict.fromkeys(STATES, "x")}, GameError, "'x' is no number"),
        (STATES, [], {"north": dict.fromkeys(["a", *STATES], 1)}, UnknownNameError, "state 'a'"),
    ],
)
def test_faulty_lists_are_refused(states, moves, preferences, kind, message):
    with pytest.raises(kind, match=message):
        ConflictGraph.from_moves(states, moves, preferences)


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"parties": []}, GameError, "no party at all"),
        ({"issues": {}}, GameError, "no issue at all"),
        ({"issues": {"zone": [], "quota": ["a"]}}, GameError, "issue 'zone': no option"),
        ({"issues": {"zone": ["a", "a"]}}, GameError, "option 'a' is given twice"),
        ({"control": {"zone": Control("north")}}, GameError, "nothing for issue 'quota'"),
        ({"control": {"zon": Control("north")}}, UnknownNameError, "did you mean 'zone'"),
        ({"control": {"zone": "north", "quota": "south"}}, GameError, "'north' says no control"),
        ({"control": dict.fromkeys(["zone", "quota"], Control("nort"))}, UnknownNameError, "north"),
        ({"values": {"north": np.zeros((3, 2), dtype=int)}}, GameError, "party 'south'"),
        ({"values": [1]}, GameError, "no mapping by party"),
        ({"values": {"north": [[1], [1, 2]], "south": [1]}}, GameError, "lengths"),
        ({"values": dict.fromkeys(["north", "south"], np.zeros(5, int))}, GameError, "shape"),
        ({"values": dict.fromkeys(["north", "south"], np.zeros((3, 2)))}, GameError, "float64"),
        ({"values": dict.fromkeys(["north", "south"], np.full((3, 2), "a", object))},
         GameError, "no integer"),
        ({"disagreement": {"north": 1}}, GameError, "disagreement: nothing for party 'south'"),
        ({"disagreement": {"north": 1, "south": 0.5}}, GameError, "1/2 is no integer"),
        ({"irreversible": {"zon": []}}, UnknownNameError, "did you mean 'zone'"),
        ({"irreversible": {"zone": [("open", "closd")]}}, UnknownNameError, "'closed'"),
        ({"irreversible": {"zone": [("open", "open")]}}, GameError, "to itself"),
        ({"irreversible": {"zone": ["open"]}}, GameError, "'open' is no switch"),
        ({"red_lines": {"nort": {}}}, UnknownNameError, "red lines: .*did you mean 'north'"),
        ({"red_lines": {"north": {"zon": []}}}, UnknownNameError, "did you mean 'zone'"),
        ({"red_lines": {"north": {"zone": ["opn"]}}}, UnknownNameError, "did you mean 'open'"),
        ({"red_lines": {"north": {"zone": ["closed"]}}}, GameError, "does not rank below all"),
        ({"red_lines": ["north"]}, GameError, "no red lines by party"),
        ({"red_lines": {"north": ["zone"]}}, GameError, "no red lines by issue"),
        ({"red_lines": {"north": {"zone": "open"}}}, GameError, "no list of options"),
    ],
)  # fmt: skip
def test_faulty_issues_are_refused(changes, kind, message):
    with pytest.raises(kind, match=message):
        fishing(**changes)


def test_states_and_controls_that_do_not_exist():
    graph = fishing()
    for state, kind, message in [
        (7, GameError, "there is no state 7"),
        (-1, GameError, "there is no state -1"),
        (True, GameError, "'True' is no state"),
        ("peace", GameError, "'peace' is no state"),
        ({"zone": "open"}, GameError, "no option for issue 'quota'"),
        ({"zon": "open"}, UnknownNameError, "did you mean 'zone'"),
        ({"zone": "opn", "quota": "low"}, UnknownNameError, "did you mean 'open'"),
    ]:
        with pytest.raises(kind, match=message):
            graph.index(state)
    with pytest.raises(UnknownNameError, match="unknown party 'None'"):
        graph.party(None)
    with pytest.raises(GameError, match="party 'a' is given twice"):
        Control(["a", "a"])


def test_graphs_beyond_memory_are_refused_before_they_start():
    with pytest.raises(TooLargeError, match="states for 2 parties"):
        fishing(issues={f"i{k}": list("abcdefgh") for k in range(9)})


def test_only_leavers_walk_out():
    values = {"a": np.array([1, 2]), "b": np.array([2, 1])}
    graph = ConflictGraph.from_issues(
        parties=["a", "b"],
        issues={"zone": ["closed", "open"]},
        control={"zone": Control("b")},
        values=values,
        disagreement={"a": 3, "b": 3},
        leavers=["a"],
    )
    last = graph.n_states - 1
    assert graph.successors("a", 0) == (last,)
    assert graph.successors("b", 0) == (1,)
    assert graph.successors("a", last) == ()
    assert graph.successors("b", last) == ()
    with pytest.raises(UnknownNameError, match="leavers"):
        ConflictGraph.from_issues(
            ["a", "b"], {"zone": ["x"]}, {"zone": Control("a")}, values, leavers=["c"]
        )
