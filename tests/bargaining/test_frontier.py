"""Efficiency against all pairs of agreements, and the algorithm at its limits."""

import itertools
import math
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
from agreement_strategies import spaces, spaces_and_players
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.bargaining import (
    AgreementSpace,
    dominating,
    efficient,
    is_efficient,
    pareto_frontier,
)
from negotiation.errors import GameError

algorithm = import_module("negotiation.bargaining.maximal")


def key(space, party, k):
    """What a party compares: red lines first, then utility."""
    agreement = space.agreement(k)
    return not space.crossed(party, agreement), space.utility(party, agreement)


def literal_dominators(space, players, k):
    own = [key(space, party, k) for party in players]
    found = []
    for other in range(space.size):
        theirs = [key(space, party, other) for party in players]
        if theirs != own and all(b >= a for a, b in zip(own, theirs, strict=True)):
            found.append(other)
    return found


@settings(max_examples=80)
@given(spaces_and_players())
def test_efficient_agreements_are_those_without_a_dominator(case):
    space, players = case
    mask = efficient(space, players)
    literal = [not literal_dominators(space, players, k) for k in range(space.size)]
    assert mask.tolist() == literal
    assert not mask.flags.writeable
    frontier = pareto_frontier(space, players)
    assert frontier.indices.tolist() == [k for k, holds in enumerate(literal) if holds]
    assert frontier.count == sum(literal) == frontier.data()["count"]
    assert frontier.among == space.size
    assert str(frontier)
    for party in space.parties:
        assert frontier.utilities(party).tolist() == space.utilities(party)[mask].tolist()


@settings(max_examples=80)
@given(spaces_and_players(), st.data())
def test_the_checker_and_its_witness(case, data):
    space, players = case
    k = data.draw(st.integers(0, space.size - 1))
    agreement = space.agreement(k)
    dominators = literal_dominators(space, players, k)
    verdict = is_efficient(space, agreement, players)
    found = dominating(space, agreement, players)
    assert verdict.holds == (not dominators) == (found is None)
    crossing = any(space.crossed(party, agreement) for party in players)
    rivals = [
        other
        for other in range(space.size)
        if other != k and not any(space.crossed(party, space.agreement(other)) for party in players)
    ]

    def gains(other):
        return [
            space.utility(party, space.agreement(other)) - space.utility(party, agreement)
            for party in players
        ]

    if crossing or not rivals:
        assert verdict.margin is None
    else:
        assert verdict.margin == -max(min(gains(other)) for other in rivals)
    if found is not None:
        assert found in dominators
        assert efficient(space, players)[found]
        assert verdict.witness.kind == "dominated"
        assert set(verdict.witness.who) <= set(players)
        assert verdict.witness.who

        def score(other):
            """The least gain, a red line left behind being more than any; how many; the sum."""
            freed = [
                bool(space.crossed(party, agreement))
                and not space.crossed(party, space.agreement(other))
                for party in players
            ]
            kept = [gain for gain, free in zip(gains(other), freed, strict=True) if not free]
            return min(kept, default=math.inf), sum(freed), sum(gains(other))

        assert score(found) == max(map(score, dominators))
        if not crossing:
            assert verdict.witness.amount == max(gains(found))


@settings(max_examples=60)
@given(spaces(), st.data())
def test_within_restricts_candidates_and_rivals(space, data):
    flags = data.draw(st.lists(st.booleans(), min_size=space.size, max_size=space.size))
    mask = np.array(flags, dtype=bool)
    frontier = pareto_frontier(space, within=mask)
    literal = [
        k
        for k in np.flatnonzero(mask)
        if not mask[literal_dominators(space, space.parties, k)].any()
    ]
    assert frontier.indices.tolist() == literal
    assert frontier.among == mask.sum()


points = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.tuples(*[st.integers(0, 5) | st.integers(-(10**6), 10**6)] * width),
        min_size=1,
        max_size=60,
    )
)


def by_definition(rows):
    return [
        not any(
            other != row and all(b >= a for a, b in zip(row, other, strict=True)) for other in rows
        )
        for row in rows
    ]


@settings(max_examples=100)
@given(points, st.sampled_from([0, 2, 8, 2048]), st.sampled_from([1, 30, 300, 30_000_000]))
def test_every_path_of_the_algorithm(rows, pairs, cells):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(algorithm, "MAX_PAIRS", pairs)
        patch.setattr(algorithm, "MAX_CELLS", cells)
        for kind, factor in ((np.int64, 1), (object, 10**30)):
            columns = [
                np.array([value * factor for value in column], dtype=kind)
                for column in zip(*rows, strict=True)
            ]
            assert algorithm.maximal(columns).tolist() == by_definition(rows)


def simplex(count, width, seed=0):
    """Points of which none dominates another: nonnegative, with a fixed sum."""
    cuts = np.random.default_rng(seed).integers(0, 10**9, (count, width - 1))
    cuts = np.sort(np.concatenate([np.zeros((count, 1), int), cuts], axis=1), axis=1)
    return list(np.diff(cuts, axis=1, append=10**9).T)


@pytest.mark.parametrize("width", [2, 3, 4, 5])
def test_large_sets_in_which_nothing_is_dominated(width):
    columns = simplex(20_000, width)
    assert algorithm.maximal(columns).all()
    rng = np.random.default_rng(1)
    worse = [np.concatenate([column, column[:300]]) for column in columns]
    worse[width - 1][-300:] -= rng.integers(1, 3, 300)  # one coordinate lower, the others tied
    assert algorithm.maximal(worse).tolist() == [True] * 20_000 + [False] * 300
    constant = [np.zeros(20_000, dtype=np.int64), *columns]
    assert algorithm.maximal(constant).all()


@pytest.mark.parametrize("tied", [0, 1, 2])
def test_a_dominator_far_away_that_ties_in_one_coordinate(tied):
    """Only the top point dominates its copy, and they are as good in one coordinate."""
    columns = simplex(20_000, 3)
    rng = np.random.default_rng(2)
    top = int(np.argmax(columns[tied]))
    for k in range(3):
        spread = 5_000 if k == tied else 2_500  # the table's last coordinate has most ranks
        filler = -rng.permutation(np.arange(5_000) % spread + 10**5)
        copy = columns[k][top] if k == tied else -(10**9)
        columns[k] = np.concatenate([columns[k], filler, [copy]])
    assert algorithm.maximal(columns).tolist() == [True] * 20_000 + [False] * 5_001


def test_heavy_ties_on_one_rank():
    columns = simplex(6_000, 3)
    columns[0][:5_900] = columns[0].min()
    mask = algorithm.maximal(columns)
    table = np.stack(columns, axis=1)
    for k in range(0, 6_000, 37):
        weakly = (table >= table[k]).all(axis=1)
        assert mask[k] == (not (weakly & (table > table[k]).any(axis=1)).any())


def test_one_point_and_equal_points():
    assert algorithm.maximal([np.array([4])]).tolist() == [True]
    assert algorithm.maximal([np.array([4, 4]), np.array([1, 1])]).tolist() == [True, True]
    assert algorithm.maximal([np.array([], dtype=np.int64)]).tolist() == []


def test_large_spaces_with_many_denominators():
    primes = [3, 5, 7, 11, 13, 17, 19]
    issues = {f"issue {k}": tuple("abc") for k in range(7)}
    scores = {
        party: {
            issue: [Fraction((7 * shift + 5 * k + place**2) % 23, 23) for k in range(3)]
            for place, issue in enumerate(issues)
        }
        for shift, party in enumerate(("us", "ru", "ua"))
    }
    weights = {
        party: {issue: primes[(shift + k) % 7] ** (shift + 5) for k, issue in enumerate(issues)}
        for shift, party in enumerate(scores)
    }
    space = AgreementSpace.additive(issues, scores, weights)
    mask = efficient(space)
    values = [
        [Fraction(int(value), space.denominator(p)) for value in space.utilities(p)] for p in scores
    ]
    for k in range(0, space.size, 131):
        verdict = is_efficient(space, space.agreement(k))
        assert verdict.holds == mask[k]
        losses = [
            max(column[k] - column[j] for column in values) for j in range(space.size) if j != k
        ]
        assert verdict.margin == min(losses)


def test_the_witness_names_the_change():
    space = AgreementSpace.additive(
        {"zone": ("closed", "open"), "quota": ("low", "high")},
        {"us": {"zone": (0, 1)}, "ru": {"quota": (0, "0.1")}},
        red_lines={"ru": {"zone": ("closed",)}},
    )
    verdict = is_efficient(space, {"zone": "closed", "quota": "low"})
    assert verdict.witness.text == (
        "with quota: high instead of low, nobody is worse off and ru gains 0.1"
    )
    verdict = is_efficient(space, {"zone": "open", "quota": "low"}, ["ru"])
    assert verdict.witness.text == (
        "with zone: closed instead of open, quota: high instead of low, "
        "nobody is worse off and no red line of ru is crossed any more"
    )
    assert verdict.margin is None


@pytest.mark.parametrize(
    "within", [[True], [[True, False]], [1, 0], np.array([1, 0])], ids=["short", "2d", "0/1", "int"]
)
def test_a_mask_that_is_none_is_refused(within):
    space = AgreementSpace.from_utilities({"a": {"us": 1}, "b": {"us": 2}})
    with pytest.raises(GameError, match="within: a mask of shape"):
        pareto_frontier(space, within=within)


def test_few_levels_and_every_subset_of_players():
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 3, (27, 4)).tolist()
    space = AgreementSpace.from_utilities(
        {f"deal {k}": dict(zip("abcd", row, strict=True)) for k, row in enumerate(rows)}
    )
    for size in range(1, 5):
        for players in itertools.combinations(range(4), size):
            part = [[row[p] for p in players] for row in rows]
            mask = efficient(space, ["abcd"[p] for p in players])
            assert mask.tolist() == by_definition(part)
