"""Payoff points against a literal count, and products of issues against their definition."""

import itertools
import pickle
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from agreement_strategies import spaces, spaces_and_players
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.bargaining import (
    Agreements,
    AgreementSpace,
    PayoffPoints,
    Term,
    egalitarian,
    is_efficient,
    kalai_smorodinsky,
    nash_bargaining,
    pareto_frontier,
    utilitarian,
)
from negotiation.errors import NegotiationError
from negotiation.exact import FrozenMap
from negotiation.results import Tied

FINDERS = (nash_bargaining, kalai_smorodinsky, egalitarian, utilitarian)


def some_agreements(space):
    numbers = st.lists(st.integers(0, space.size - 1), min_size=1, unique=True)
    return numbers.map(lambda own: np.array(sorted(own), dtype=np.int64))


@settings(max_examples=80)
@given(spaces(), st.data())
def test_points_are_the_different_utilities_with_their_agreements(space, data):
    numbers = data.draw(some_agreements(space))
    points = PayoffPoints(space, numbers)
    literal = {}
    for number in numbers.tolist():
        agreement = space.agreement(number)
        worth = FrozenMap({party: space.utility(party, agreement) for party in space.parties})
        literal.setdefault(worth, []).append(agreement)
    assert {point.utilities: list(point.agreements) for point in points} == literal
    assert len(points) == len(literal)
    assert sum(point.count for point in points) == len(numbers)
    order = [[point.utilities[party] for party in sorted(space.parties)] for point in points]
    assert order == sorted(order, reverse=True)
    assert [points[k] for k in points.codes] == [
        next(point for point in points if space.agreement(n) in point.agreements) for n in numbers
    ]
    for party in space.parties:
        values = {worth[party] for worth in literal}
        found = points.utility(party, "here")
        assert (set(found) if isinstance(found, Tied) else {found}) == values
    assert pickle.loads(pickle.dumps(points)) == points


@settings(max_examples=80)
@given(spaces(), st.data())
def test_agreements_are_a_complete_sequence(space, data):
    numbers = data.draw(some_agreements(space))
    found = Agreements(space, numbers)
    literal = [space.agreement(number) for number in numbers.tolist()]
    assert list(found) == literal
    assert len(found) == len(literal)
    assert list(found[1:]) == literal[1:]
    assert found[-1] == literal[-1]
    assert [space.agreement(k) in found for k in range(space.size)] == [
        k in numbers for k in range(space.size)
    ]
    assert FrozenMap({"zone": "nowhere"}) not in found
    assert pickle.loads(pickle.dumps(found)) == found


def combined(agreements, block):
    return {tuple(own[issue] for issue in block) for own in agreements}


@settings(max_examples=150)
@given(spaces(huge=False), st.data())
def test_blocks_are_combined_freely(space, data):
    """The set is the product of what is taken on the blocks; no issue left in one is free."""
    found = Agreements(space, data.draw(some_agreements(space)))
    literal = set(found)
    assert sorted(issue for block in found.blocks for issue in block) == sorted(space.issues)
    parts = [combined(literal, block) for block in found.blocks]
    assert len(literal) == np.prod([len(part) for part in parts])
    for block in found.blocks:
        for issue in block if len(block) > 1 else ():
            others = [own for own in space.issues if own != issue]
            free = len(combined(literal, [issue])) * len(combined(literal, others))
            assert len(literal) < free
    texts, notes = found.said()
    assert len(notes) == sum(len(block) > 1 for block in found.blocks)
    for issue, options in space.issues.items():
        others = [own for own in space.issues if own != issue]
        rest = combined(literal, others)
        every = all(
            FrozenMap({**dict(zip(others, own, strict=True)), issue: option}) in literal
            for own in rest
            for option in options
        )
        assert (texts[issue] == "any") == (every and len(options) > 1)
    outcome = found.outcome()
    if isinstance(outcome, Tied):
        assert set(outcome) == literal
        for issue in space.issues:
            taken = outcome.at(issue)
            assert (set(taken) if isinstance(taken, Tied) else {taken}) == found.taken[issue]
    else:
        choices = [own if isinstance(own, Tied) else [own] for own in outcome.values()]
        assert {
            FrozenMap(zip(outcome, own, strict=True)) for own in itertools.product(*choices)
        } == literal


def test_two_pairs_of_issues_and_a_tie_of_three():
    issues = dict.fromkeys("abcd", ("no", "yes"))
    space = AgreementSpace.additive(issues, {"us": {}})

    def where(condition):
        kept = [
            k
            for k in range(space.size)
            if condition(*map("no".__ne__, space.agreement(k).values()))
        ]
        return Agreements(space, np.array(kept))

    assert where(lambda a, b, c, d: a == b and c == d).blocks == (("a", "b"), ("c", "d"))
    assert where(lambda a, b, c, _: (a + b + c) % 2 == 0).blocks == (("a", "b", "c"), ("d",))
    texts, notes = where(lambda a, b, c, _: a == b and c).said()
    assert texts == {"a": "no or yes", "b": "no or yes", "c": "yes", "d": "any"}
    assert notes == ["a: no, b: no; or a: yes, b: yes"]
    assert where(lambda a, b, c, _: a == b and c).text == (
        "c: yes, d: any; (a: no, b: no; or a: yes, b: yes)"
    )


# ---- what the order of a file must not decide -------------------------------------------------


def permuted(space, data):
    """Return the space with its issues, options and parties in another order."""
    issues = data.draw(st.permutations(list(space.issues)))
    options = {issue: data.draw(st.permutations(space.issues[issue])) for issue in issues}
    parties = data.draw(st.permutations(space.parties))
    return AgreementSpace.additive(
        options,
        {
            party: {
                issue: dict(zip(space.issues[issue], space.scores[party][issue], strict=True))
                for issue in issues
            }
            for party in parties
        },
        disagreement={party: space.disagreement[party] for party in parties},
        terms=[Term(own.party, dict(own.when), own.amount) for own in reversed(space.terms)],
        red_lines={
            party: dict(space.red_lines[party]) for party in parties if party in space.red_lines
        },
    )


def told(points):
    return [
        (point.utilities, set(point.agreements), point.agreements.nearest()) for point in points
    ]


@settings(max_examples=100)
@given(spaces_and_players(), st.data())
def test_the_order_of_issues_options_and_parties_decides_nothing(case, data):
    space, players = case
    other = permuted(space, data)
    others = data.draw(st.permutations(players))
    for finder in FINDERS:
        one, two = finder(space, players), finder(other, others)
        assert told(one.points) == told(two.points)
        here, there = one.data(), two.data()
        for key in ("exists", "count", "agreement", "utility", "gain", "range"):
            assert here[key] == there[key], key
    one, two = pareto_frontier(space, players), pareto_frontier(other, others)
    assert told(one.points) == told(two.points)
    assert one.among == two.among
    k = data.draw(st.integers(0, space.size - 1))
    verdicts = [is_efficient(own, space.agreement(k), players) for own in (space, other)]
    assert verdicts[0].holds == verdicts[1].holds
    assert verdicts[0].margin == verdicts[1].margin
    if verdicts[0].witness:
        change = [set(own.witness.to.split(", ")) for own in verdicts]
        assert change[0] == change[1]


# ---- nothing named as if complete is cut ----------------------------------------------------


def test_fifty_agreements_worth_the_same():
    space = AgreementSpace.from_utilities({f"d{k}": {"us": 1, "ru": 1} for k in range(50)})
    for found in (nash_bargaining(space), pareto_frontier(space)):
        assert found.count == len(found.agreements) == len(list(found.agreements)) == 50
        assert len(found.points) == 1
        assert found.points[0].count == 50
        assert found.agreements[49] == {"agreement": "d49"}


def test_long_lists_are_marked():
    size = 1200
    space = AgreementSpace.from_utilities(
        {f"d{k}": {"us": k, "ru": size - k} for k in range(size)}, {"us": -1, "ru": -1}
    )
    frontier = pareto_frontier(space)
    data = frontier.data()
    assert data["count"] == data["distinct"] == size
    assert len(data["points"]) + data["points_left_out"] == size
    (table,) = frontier.tables()
    assert len(table.rows) + table.left_out == size
    assert "more" in table.as_csv().splitlines()[-1]
    welfare = utilitarian(space)
    found = welfare.data()
    assert found["count"] == len(welfare.agreements) == size
    assert len(found["agreements"]) + found["agreements_left_out"] == size
    assert found["utility"]["us"].data() == found["range"]["us"] == {"low": 0, "high": size - 1}
    assert Counter(len(own) for own in (welfare.points, welfare.agreements)) == {size: 2}


def test_a_tie_is_no_number():
    pie = AgreementSpace.from_utilities({f"{x}": {"us": x, "ru": 4 - x} for x in range(5)})
    value = utilitarian(pie).utility("us")
    assert str(value) == "0 to 4"
    for use in (float, lambda own: own < 1, lambda own: own + 1, int, Fraction):
        with pytest.raises(TypeError):
            use(value)
    with pytest.raises(NegotiationError, match="say which of them is meant"):
        bool(value)
