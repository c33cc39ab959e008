"""The agreement space against its definition, one agreement at a time."""

import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from agreement_strategies import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.bargaining import AgreementSpace, Term
from negotiation.errors import GameError, TooLargeError, UnknownNameError
from negotiation.exact import FrozenMap


def all_agreements(space):
    return [
        FrozenMap(zip(space.issues, options, strict=True))
        for options in itertools.product(*space.issues.values())
    ]


def literal_utility(space, party, agreement):
    total = Fraction(0)
    for issue, option in agreement.items():
        total += space.scores[party][issue][space.issues[issue].index(option)]
    for term in space.terms:
        if term.party == party and all(agreement[i] in o for i, o in term.when.items()):
            total += term.amount
    return total


def literal_crossed(space, party, agreement):
    lines = space.red_lines.get(party, {})
    return {issue for issue in lines if agreement[issue] not in lines[issue]}


@settings(max_examples=80)
@given(spaces())
def test_arrays_and_single_agreements_follow_the_definition(space):
    agreements = all_agreements(space)
    assert space.size == len(agreements)
    assert [space.agreement(k) for k in range(space.size)] == agreements
    assert [space.index(agreement) for agreement in agreements] == list(range(space.size))
    everyone = np.ones(space.size, dtype=bool)
    for party in space.parties:
        values = [literal_utility(space, party, agreement) for agreement in agreements]
        crossed = [literal_crossed(space, party, agreement) for agreement in agreements]
        scale = space.denominator(party)
        array = space.utilities(party)
        assert [Fraction(int(value), scale) for value in array] == values
        assert [space.utility(party, agreement) for agreement in agreements] == values
        assert array.dtype == object or max(map(abs, array.tolist())) < 2**52
        assert Fraction(space.disagreement_value(party), scale) == space.disagreement[party]
        assert [{i for i, _ in space.crossed(party, a)} for a in agreements] == crossed
        assert space.within_red_lines(party).tolist() == [not lines for lines in crossed]
        accepted = [
            not lines and value >= space.disagreement[party]
            for lines, value in zip(crossed, values, strict=True)
        ]
        assert space.acceptable((party,)).tolist() == accepted
        everyone &= np.array(accepted)
        for agreement, value, lines in zip(agreements, values, crossed, strict=True):
            verdict = space.acceptable_to(party, agreement)
            assert verdict.holds == (not lines and value >= space.disagreement[party])
            assert verdict.margin == (None if lines else value - space.disagreement[party])
            kind = None if verdict.holds else ("red line" if lines else "walk-out")
            assert (verdict.witness.kind if verdict.witness else None) == kind
    assert (space.acceptable() == everyone).all()


@settings(max_examples=80)
@given(spaces())
def test_preferences_put_crossed_red_lines_below_everything_else(space):
    for party in space.parties:
        inside = space.within_red_lines(party)
        utilities, ranks = space.utilities(party), space.preferences(party)
        without = space.disagreement_value(party)

        def key(k, inside=inside, utilities=utilities):
            return bool(inside[k]), int(utilities[k])

        for a, b in itertools.product(range(space.size), repeat=2):
            assert (ranks[a] < ranks[b]) == (key(a) < key(b))
        assert (ranks[inside] == utilities[inside]).all()
        assert (ranks[~inside] < without).all()


def test_arrays_are_read_only_and_kept():
    space = AgreementSpace.from_utilities({"a": {"us": 1}, "b": {"us": 2}})
    for build in (space.utilities, space.preferences, space.within_red_lines):
        assert not build("us").flags.writeable
        assert build("us") is build("us")
    assert not space.acceptable().flags.writeable
    assert space.utilities("us").dtype == np.int64


@given(spaces())
def test_copies_are_equal_and_carry_no_arrays(space):
    space.preferences(space.parties[0])
    data = pickle.dumps(space)
    copy = pickle.loads(data)
    assert copy == space
    assert hash(copy) == hash(space)
    assert copy.same_values(space)
    assert copy.preferences(space.parties[0]).tolist() == (
        space.preferences(space.parties[0]).tolist()
    )
    assert space.without_red_lines().red_lines == {}
    assert (space.without_red_lines() == space) == (not space.red_lines)
    assert b"numpy" not in data


def test_the_order_of_issues_counts():
    scores = {"us": {"zone": (0, 1), "quota": (0, 2)}}
    one = AgreementSpace.additive({"zone": ("a", "b"), "quota": ("c", "d")}, scores)
    two = AgreementSpace.additive({"quota": ("c", "d"), "zone": ("a", "b")}, scores)
    assert one != two
    assert one != "a space"
    assert not one.same_values(two)


def test_weights_are_shares():
    space = AgreementSpace.additive(
        {"zone": ("a", "b"), "quota": ("c", "d"), "fees": ("e", "f")},
        {"us": {"zone": {"b": 1, "a": 0}, "quota": (0, 0.5)}, "ru": {}},
        weights={"us": {"zone": 3, "quota": 0.5, "fees": "1/2"}},
        disagreement={"us": "1/7", "ru": 0},
    )
    assert space.scores["us"]["zone"] == (0, Fraction(3, 4))
    assert space.scores["us"]["quota"] == (0, Fraction(1, 16))
    assert space.scores["us"]["fees"] == (0, 0)
    assert space.denominator("us") == 16 * 7
    assert space.utilities("ru").tolist() == [0] * 8


def test_utilities_past_64_bits_are_exact():
    space = AgreementSpace.additive(
        {"zone": ("a", "b")},
        {"us": {"zone": (10**30, 10**30 + 1)}},
        disagreement={"us": 10**30 + 1},
        terms=[Term("us", {"zone": ("b",)}, Fraction(1, 10**20))],
    )
    assert space.utilities("us").dtype == object
    assert space.acceptable().tolist() == [False, True]
    assert space.acceptable_to("us", {"zone": "b"}).margin == Fraction(1, 10**20)


def test_a_large_space_answers_about_one_agreement_and_refuses_arrays():
    issues = {f"issue {k}": tuple("abcdefgh") for k in range(12)}
    space = AgreementSpace.additive(issues, {"us": {issue: range(8) for issue in issues}})
    middle = space.agreement(space.size // 3)
    assert space.index(middle) == space.size // 3
    assert space.utility("us", dict.fromkeys(issues, "h")) == 84
    assert space.acceptable_to("us", middle)
    for build in (space.utilities, space.within_red_lines, space.preferences):
        with pytest.raises(TooLargeError, match="68,719,476,736"):
            build("us")
    with pytest.raises(TooLargeError, match="the limit is 20,000,000"):
        space.acceptable()


def test_witnesses_are_sentences():
    space = AgreementSpace.additive(
        {"zone": ("closed", "licensed", "open"), "quota": ("low", "high")},
        {"ua": {"zone": (0.5, 0.31, 0)}, "ru": {"zone": (0, 1, 2)}},
        disagreement={"ua": 0.42, "ru": 0},
        red_lines={"ru": {"zone": ("licensed", "open"), "quota": ("high",)}},
    )
    agreement = {"zone": "licensed", "quota": "low"}
    assert str(space.acceptable_to("ua", agreement)) == (
        "no (margin -0.11): ua leaves: no agreement gives it 0.42 instead of 0.31 (gain 0.11)"
    )
    assert space.acceptable_to("ru", agreement).witness.text == (
        "ru refuses: quota low crosses its red line (it allows high)"
    )
    assert space.acceptable_to("ru", {"zone": "closed", "quota": "low"}).witness.text == (
        "ru refuses: zone closed, quota low cross its red lines"
    )


ZONE = {"zone": ("open", "closed")}
US = {"us": {"zone": (1, 0)}}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: AgreementSpace.additive({}, {"us": {}}), GameError, "no issues"),
        (lambda: AgreementSpace.additive(ZONE, {}), GameError, "no parties"),
        (lambda: AgreementSpace.additive({"zone": "open"}, US), GameError, "one text, 'open'"),
        (lambda: AgreementSpace.additive({"zone": ()}, {"us": {}}), GameError, "no options of"),
        (
            lambda: AgreementSpace.additive({"zone": ("a", "a")}, US),
            GameError,
            "option 'a' twice in the options of issue zone",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, {"us": {"zon": (1, 0)}}),
            UnknownNameError,
            "scores of us: unknown issue 'zon'; did you mean 'zone'",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, {"us": {"zone": (1, 0, 2)}}),
            GameError,
            "3 scores for 2 options",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, {"us": {"zone": {"open": 1}}}),
            GameError,
            "no score for closed",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, {"us": {"zone": {"opn": 1}}}),
            UnknownNameError,
            "did you mean 'open'",
        ),
        (lambda: AgreementSpace.additive(ZONE, {"us": {"zone": 3}}), GameError, "no list of"),
        (lambda: AgreementSpace.additive(ZONE, {"us": {"zone": (1, None)}}), GameError, "None"),
        (
            lambda: AgreementSpace.additive(ZONE, US, weights={"us": {"zone": 0}}),
            GameError,
            "weights of us: weights that are negative or all zero",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US, weights={"us": {"zone": -1}}),
            GameError,
            "negative",
        ),
        (lambda: AgreementSpace.additive(ZONE, US, weights={}), GameError, "no weight for zone"),
        (
            lambda: AgreementSpace.additive(ZONE, US, weights={"uss": {}}),
            UnknownNameError,
            "did you mean 'us'",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US, weights={"us": {"zoe": 1}}),
            UnknownNameError,
            "did you mean 'zone'",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US, disagreement={}),
            GameError,
            "no disagreement value for us",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US, disagreement={"us": 0, "ru": 1}),
            UnknownNameError,
            "unknown party 'ru'",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US, terms=[Term("ru", {}, 1)]),
            UnknownNameError,
            "terms: unknown party 'ru'",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US, terms=[Term("us", {"zone": "opn"}, 1)]),
            UnknownNameError,
            "unknown option of zone 'opn'",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US, red_lines={"us": {"zone": ()}}),
            GameError,
            "it allows no option",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US, red_lines={"us": {"zone": "open"}}),
            GameError,
            "one text",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US, red_lines={"us": {"zone": ("shut",)}}),
            UnknownNameError,
            "red line of us on zone: unknown option",
        ),
        (lambda: AgreementSpace.from_utilities({}), GameError, "no alternatives"),
        (
            lambda: AgreementSpace.from_utilities({"a": {"us": 1}, "b": {"us": 1, "ru": 2}}),
            GameError,
            "'b' and 'a' do not both have a utility for ru",
        ),
        (lambda: AgreementSpace.additive(ZONE, US).agreement(2), GameError, "from 0 to 1"),
        (lambda: AgreementSpace.additive(ZONE, US).agreement(-1), GameError, "number -1"),
        (lambda: AgreementSpace.additive(ZONE, US).index({}), GameError, "leaves zone open"),
        (
            lambda: AgreementSpace.additive(ZONE, US).utility("us", {"zone": "opened"}),
            UnknownNameError,
            "did you mean 'open'",
        ),
        (
            lambda: AgreementSpace.additive(ZONE, US).utility("us", {"zone": "open", "z": "a"}),
            UnknownNameError,
            "unknown issue 'z'",
        ),
        (lambda: AgreementSpace.additive(ZONE, US).utilities("uk"), UnknownNameError, "'uk'"),
        (lambda: AgreementSpace.additive(ZONE, US).acceptable([]), GameError, "no players"),
        (lambda: AgreementSpace.additive(ZONE, US).acceptable("us"), GameError, "list of names"),
        (lambda: AgreementSpace.additive(ZONE, US).select(["us", "us"]), GameError, "twice"),
        (lambda: AgreementSpace.additive(ZONE, US).select(["uk"]), UnknownNameError, "players"),
        (lambda: AgreementSpace.additive(ZONE, US).select([""]), GameError, "non-empty"),
    ],
)
def test_errors_say_what_where_and_remedy(call, error, message):
    with pytest.raises(error, match=message):
        call()


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6))
def test_a_list_of_alternatives(values):
    space = AgreementSpace.from_utilities(
        {f"deal {k}": {"us": value, "ru": -value} for k, value in enumerate(values)},
        disagreement={"us": 0, "ru": -2},
    )
    assert space.issues == {"agreement": tuple(f"deal {k}" for k in range(len(values)))}
    assert space.utilities("us").tolist() == values
    assert space.acceptable().tolist() == [0 <= value <= 2 for value in values]
