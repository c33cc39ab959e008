"""Bargaining solutions against their definitions, and against their axioms."""

import math
import pickle
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from agreement_strategies import spaces, spaces_and_players
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from negotiation.bargaining import (
    AgreementSpace,
    egalitarian,
    is_bargaining_solution,
    is_efficient,
    kalai_smorodinsky,
    nash_bargaining,
    utilitarian,
)
from negotiation.errors import GameError, UnknownNameError
from negotiation.results import Tied

FINDERS = {
    "nash": nash_bargaining,
    "kalai_smorodinsky": kalai_smorodinsky,
    "egalitarian": egalitarian,
    "utilitarian": utilitarian,
}
concepts = st.sampled_from(sorted(FINDERS))


def feasible(space, players):
    """Map the number of each acceptable agreement to the players' gains."""
    found = {}
    for k in range(space.size):
        agreement = space.agreement(k)
        if any(space.crossed(player, agreement) for player in players):
            continue
        gains = [space.utility(p, agreement) - space.disagreement[p] for p in players]
        if min(gains) >= 0:
            found[k] = gains
    return found


def literal(space, players, concept, powers=None):
    """Return the solutions by definition, in fractions."""
    gains = feasible(space, players)
    if not gains:
        return []
    ideal = [max(row[i] for row in gains.values()) for i in range(len(players))]
    if concept == "nash":
        gains = {k: row for k, row in gains.items() if min(row) > 0}
        powers = powers or [1] * len(players)
        score = {
            k: math.prod(g**w for g, w in zip(row, powers, strict=True)) for k, row in gains.items()
        }
    elif concept == "kalai_smorodinsky":
        if min(ideal) == 0:
            return []
        score = {
            k: sorted(g / top for g, top in zip(row, ideal, strict=True))
            for k, row in gains.items()
        }
    elif concept == "egalitarian":
        score = {k: sorted(row) for k, row in gains.items()}
    else:
        score = {k: sum(row) for k, row in gains.items()}
    best = max(score.values(), default=None)
    return [k for k, value in score.items() if value == best]


@settings(max_examples=100)
@given(spaces_and_players(), concepts)
def test_solutions_are_those_of_the_definition(case, concept):
    space, players = case
    solution = FINDERS[concept](space, players)
    expected = literal(space, players, concept)
    assert list(solution.indices) == expected
    assert solution.exists == bool(expected)
    assert bool(solution.reason) != solution.exists
    data = solution.data()
    assert data["count"] == len(expected) == solution.count
    agreements = [space.agreement(k) for k in expected]
    assert data["agreements"] == agreements == list(solution.agreements)
    if not expected:
        assert data["agreement"] is data["utility"] is data["gain"] is data["range"] is None
        assert data["points"] == []
    for party in space.parties if expected else ():
        values = sorted({space.utility(party, own) for own in agreements})
        found = data["utility"][party]
        assert (list(found) if isinstance(found, Tied) else [found]) == values
        assert data["range"][party] == {"low": values[0], "high": values[-1]}
        if party in players:
            gain = data["gain"][party]
            assert (list(gain) if isinstance(gain, Tied) else [gain]) == [
                value - space.disagreement[party] for value in values
            ]
    worth = Counter(tuple(space.utility(p, own) for p in space.parties) for own in agreements)
    assert {tuple(point["utility"].values()): point["count"] for point in data["points"]} == worth
    assert str(solution)
    assert pickle.loads(pickle.dumps(solution)) == solution


@settings(max_examples=60)
@given(spaces_and_players(), concepts)
def test_the_checker_agrees_on_every_agreement(case, concept):
    space, players = case
    expected = literal(space, players, concept)
    for k in range(space.size):
        verdict = is_bargaining_solution(space, space.agreement(k), concept, players)
        assert verdict.holds == (k in expected)
        assert (verdict.witness is None) == verdict.holds


@settings(max_examples=60)
@given(spaces_and_players(huge=False), st.data())
def test_weighted_nash(case, data):
    space, players = case
    powers = data.draw(st.lists(st.integers(1, 5), min_size=len(players), max_size=len(players)))
    unit = data.draw(st.sampled_from([Fraction(1), Fraction(1, 7), Fraction(4)]))
    weights = {p: unit * power for p, power in zip(players, powers, strict=True)}
    solution = nash_bargaining(space, players, weights)
    assert list(solution.indices) == literal(space, players, "nash", powers)


# ---- axioms ------------------------------------------------------------------------------


@settings(max_examples=80)
@given(spaces(), concepts)
def test_pareto(space, concept):
    solution = FINDERS[concept](space.without_red_lines())
    for agreement in solution.agreements:
        assert is_efficient(solution.space, agreement)


def rescaled(space, factors, shifts):
    """Replace each utility u by factor * u + shift."""
    first = next(iter(space.issues))
    return AgreementSpace.additive(
        dict(space.issues),
        {
            party: {
                issue: [
                    factors[party] * value + (shifts[party] if issue == first else 0)
                    for value in values
                ]
                for issue, values in block.items()
            }
            for party, block in space.scores.items()
        },
        disagreement={
            party: factors[party] * value + shifts[party]
            for party, value in space.disagreement.items()
        },
        terms=[
            type(term)(term.party, term.when, factors[term.party] * term.amount)
            for term in space.terms
        ],
        red_lines={party: dict(block) for party, block in space.red_lines.items()},
    )


@settings(max_examples=80)
@given(spaces(), st.data())
def test_rescaling_utilities(space, data):
    numbers = st.sampled_from([Fraction(1), Fraction(2, 7), Fraction(10**9), Fraction(1, 10**12)])
    factors = {party: data.draw(numbers) for party in space.parties}
    shifts = {party: data.draw(numbers) for party in space.parties}
    moved = rescaled(space, factors, shifts)
    for finder in (nash_bargaining, kalai_smorodinsky):
        assert finder(moved).indices == finder(space).indices
    alike = rescaled(space, dict.fromkeys(space.parties, factors[space.parties[0]]), shifts)
    for finder in (egalitarian, utilitarian):
        assert finder(alike).indices == finder(space).indices


rows = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=10)


def alternatives(table, disagreement=(0, 0)):
    return AgreementSpace.from_utilities(
        {f"deal {k}": {"us": a, "ru": b} for k, (a, b) in enumerate(table)},
        disagreement={"us": disagreement[0], "ru": disagreement[1]},
    )


@given(rows, concepts)
def test_symmetry(table, concept):
    mirrored = alternatives([*table, *[(b, a) for a, b in table]])
    solution = FINDERS[concept](mirrored)
    found = {
        (
            mirrored.utility("us", mirrored.agreement(k)),
            mirrored.utility("ru", mirrored.agreement(k)),
        )
        for k in solution.indices
    }
    assert found == {(b, a) for a, b in found}


@given(rows, st.sampled_from(["nash", "egalitarian", "utilitarian"]), st.data())
def test_independence_of_irrelevant_alternatives(table, concept, data):
    solution = FINDERS[concept](alternatives(table))
    assume(solution.exists)
    keep = data.draw(st.lists(st.booleans(), min_size=len(table), max_size=len(table)))
    left = [k for k, flag in enumerate(keep) if flag]
    winners = [k for k in solution.indices if k in left]
    assume(winners)
    smaller = FINDERS[concept](alternatives([table[k] for k in left]))
    assert [left[k] for k in smaller.indices] == winners


@given(rows, st.tuples(st.integers(0, 6), st.integers(0, 6)))
def test_the_least_egalitarian_gain_never_falls_when_options_are_added(table, more):
    before, after = egalitarian(alternatives(table)), egalitarian(alternatives([*table, more]))

    def least(solution):
        return {min(solution.gain(p, own) for p in ("us", "ru")) for own in solution.agreements}

    (earlier,), (later,) = least(before), least(after)
    assert later >= earlier


def test_kalai_smorodinsky_measures_by_individually_rational_ideals():
    """An unacceptable alternative with a huge utility must not move the solution."""
    table = [(4, 2), (2, 4), (3, 3)]
    plain = kalai_smorodinsky(alternatives(table, (1, 1)))
    tempted = kalai_smorodinsky(alternatives([*table, (100, 0)], (1, 1)))
    assert plain.indices == tempted.indices == (2,)


def test_textbook_divisions():
    """A pie of 100 cents: risk-averse ru gets less (Nash), shares of ideals (KS)."""
    pie = AgreementSpace.from_utilities(
        {f"{x}": {"us": x, "ru": Fraction(100 - x)} for x in range(101)},
        disagreement={"us": 20, "ru": 0},
    )
    for finder in FINDERS.values():
        solution = finder(pie)
        if finder is utilitarian:
            assert solution.indices == tuple(range(20, 101))
        else:
            assert solution.indices == (60,)
    assert nash_bargaining(pie, weights={"us": 1, "ru": 3}).indices == (40,)
    assert nash_bargaining(pie, weights={"us": 10**9, "ru": 3 * 10**9}).indices == (40,)
    assert nash_bargaining(pie, ["us"]).indices == (100,)


def test_products_that_floats_cannot_tell_apart():
    """(m-1)(m+1) and m*m differ in the last of 60 digits."""
    m = 10**30
    space = alternatives([(m - 1, m + 1), (m, m), (m + 1, m - 1)])
    assert nash_bargaining(space).indices == (1,)
    m = 2**49
    space = alternatives([(m - 1, m + 1), (m, m), (m + 1, m - 1), (m, m)])
    assert space.utilities("us").dtype == np.int64
    assert nash_bargaining(space).indices == (1, 3)


@pytest.mark.parametrize("seed", range(5))
def test_near_ties_beyond_the_precision_of_logarithms(seed):
    rng = np.random.default_rng(seed)
    target = 2**97 + int(rng.integers(1, 2**60))
    first = [int(value) for value in rng.integers(2**47, 2**50, 300)]
    table = [(value, target // value) for value in first]
    products = [a * b for a, b in table]
    assert len(set(products)) > 1
    best = tuple(k for k, value in enumerate(products) if value == max(products))
    assert nash_bargaining(alternatives(table)).indices == best


def test_quotients_that_floats_cannot_tell_apart():
    """Gains over different prime denominators, equal to the last bit of a float."""
    p, q = 10**17 + 3, 10**17 + 13
    space = alternatives(
        [(Fraction(p // 3, p), Fraction(q // 3, q)), (Fraction(1, 3), Fraction(1, 3)), (1, 0)]
    )
    low = min(Fraction(p // 3, p), Fraction(q // 3, q))
    assert float(low) == float(Fraction(1, 3))
    assert low < Fraction(1, 3)
    assert egalitarian(space).indices == (1,)
    assert kalai_smorodinsky(space).indices == tuple(
        literal(space, ("us", "ru"), "kalai_smorodinsky")
    )


# ---- reasons -----------------------------------------------------------------------------

ISSUES = {"zone": ("closed", "licensed", "open"), "quota": ("low", "high")}
FLAT = {"us": {}, "ru": {}, "ua": {}}


@pytest.mark.parametrize(
    ("space", "reason"),
    [
        (
            AgreementSpace.additive(
                ISSUES,
                FLAT,
                red_lines={"us": {"zone": ("closed", "licensed")}, "ua": {"zone": ("open",)}},
            ),
            (
                "the red lines exclude each other: on zone, us allows only closed or licensed "
                "and ua allows only open"
            ),
        ),
        (
            AgreementSpace.additive(
                ISSUES,
                FLAT,
                red_lines={
                    "us": {"zone": ("closed", "licensed")},
                    "ru": {"zone": ("licensed", "open")},
                    "ua": {"zone": ("closed", "open")},
                },
            ),
            (
                "the red lines exclude each other: on zone, us allows only closed or licensed "
                "and ru allows only licensed or open and ua allows only closed or open"
            ),
        ),
        (
            AgreementSpace.additive(ISSUES, FLAT, disagreement={"us": 0, "ru": 1, "ua": 0}),
            (
                "ru prefers no agreement to every agreement: the nearest, zone: closed, "
                "quota: high, gives ru 0 instead of 1 (gap 1)"
            ),
        ),
        (
            AgreementSpace.additive(
                ISSUES,
                {"us": {"quota": (0, 1)}, "ru": {}, "ua": {"quota": (1, 0)}},
                disagreement={"us": 1, "ru": 0, "ua": 1},
            ),
            (
                "no agreement is at least as good as no agreement for us and ua: the nearest, "
                "zone: closed, quota: high, gives ua 0 instead of 1 (gap 1)"
            ),
        ),
        (
            AgreementSpace.additive(
                ISSUES,
                {"us": {"quota": (0, 1)}, "ru": {}, "ua": {"quota": (3, 0), "zone": (0, 1, 0)}},
                disagreement={"us": 1, "ru": 0, "ua": 2},
                red_lines={"ua": {"zone": ("licensed", "open")}},
            ),
            (
                "no agreement is inside the red lines of ua and at least as good as no agreement "
                "for us and ua: the nearest, zone: licensed, quota: high, gives ua 1 instead of 2 "
                "(gap 1)"
            ),
        ),
        (
            AgreementSpace.additive(ISSUES, {"us": {"quota": (0, 1)}, "ru": {}, "ua": {}}),
            (
                "no agreement is better than no agreement for all: acceptable agreements never "
                "give ru or ua more than that"
            ),
        ),
        (
            AgreementSpace.additive(
                ISSUES,
                {"us": {"quota": (0, 1)}, "ru": {"zone": (0, 0, 1)}, "ua": {"quota": (1, 0)}},
            ),
            (
                "no agreement is better than no agreement for all: no acceptable agreement gives "
                "us and ua a gain at the same time"
            ),
        ),
    ],
    ids=[
        "two lines",
        "three lines",
        "one refuses",
        "two refuse",
        "a line and a refusal",
        "nobody gains",
        "not together",
    ],
)
def test_reasons(space, reason):
    solution = nash_bargaining(space)
    assert not solution.exists
    assert solution.reason == reason
    assert reason in str(solution)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ({"us": 1}, GameError, "no weight for ru"),
        ({"us": 1, "ru": 0}, GameError, "not above 0"),
        ({"us": 1, "ru": 1, "ua": 1}, UnknownNameError, "unknown player 'ua'"),
    ],
)
def test_weights_that_are_none(weights, error, message):
    with pytest.raises(error, match=message):
        nash_bargaining(alternatives([(1, 1)]), weights=weights)


def test_an_unknown_concept():
    with pytest.raises(UnknownNameError, match="did you mean 'nash'"):
        is_bargaining_solution(alternatives([(1, 1)]), {"agreement": "deal 0"}, "nsh")
