"""Verdicts over boxes of inputs, and the nearest value at which one turns."""

from __future__ import annotations

from fractions import Fraction

import pytest
import shipped
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small_models import model_of, small_models

from negotiation.errors import NegotiationError
from negotiation.model import build
from negotiation.model.symbolic import Inputs, borders, field_of
from negotiation.stability import CRITERIA, Judge
from negotiation.what_if.enclosures import Verdicts
from negotiation.what_if.points import knob
from negotiation.what_if.repair import breaking, repair
from negotiation.what_if.repair.case import Deal
from negotiation.what_if.ways import Way, joint_share

few = settings(max_examples=10, suppress_health_check=[HealthCheck.filter_too_much])
TINY = Fraction(1, 10**6)
SHARES = [Fraction(k, 8) for k in range(1, 8)]


def judged(model, agreement, criterion):
    """Judge by the verdict table; None where the model has no meaning."""
    return Judge(model, build.agreement_space(model)).verdict(criterion, agreement).holds


def deal_of(model, criterion):
    return Deal(model, "plan", model.agreement("plan"), (criterion,))


def moved(model, changes):
    try:
        changed = model.override(changes)
        build.agreement_space(changed)
    except NegotiationError:
        return None
    return changed


@pytest.mark.parametrize("criterion", CRITERIA)
@few
@given(data=small_models())
def test_a_box_of_one_point_is_the_verdict(criterion, data):
    model = model_of(data)
    deal = deal_of(model, criterion)
    expected = judged(model, deal.agreement, criterion)
    if expected is None:
        assert deal.arising == ()
        return
    answer = Verdicts(deal.ask(model, Inputs(model, {})), (), ()).over(())
    assert answer.holds is expected


def boxes(model, data, count):
    """Some numbers of a model, each with a range around its value that has a meaning."""
    paths = [path for path, _ in model.quantities if "lag" not in path]
    chosen = data.draw(st.lists(st.sampled_from(paths), min_size=1, max_size=count, unique=True))
    found = {}
    for path in chosen:
        value = knob(model, path).value
        ends = [
            value + data.draw(st.sampled_from([Fraction(n, 10) for n in (0, 1, 3, 9)])) * sign
            for sign in (-1, 1)
        ]
        if path.endswith(("weight", "patience")):
            ends[0] = max(ends[0], Fraction(0))
        if path.endswith("patience"):
            ends[1] = min(ends[1], Fraction(19, 20))
        if ends[0] < value < ends[1]:
            found[path] = (value, *ends)
    return found


@pytest.mark.parametrize("criterion", CRITERIA)
@few
@given(data=small_models(), more=st.data())
def test_what_is_said_of_a_box_is_true_of_its_points(criterion, data, more):
    model = model_of(data)
    deal = deal_of(model, criterion)
    ranges = boxes(model, more, 3)
    assume(ranges)
    assume(deal.arising)
    names = tuple(f"x{k}" for k in range(len(ranges)))
    inputs = Inputs(model, dict(zip(ranges, names, strict=True)))
    subject = deal.ask(model, inputs)
    sample = tuple(value for value, _, _ in ranges.values())
    verdicts = Verdicts(subject, names, sample, borders(subject.nodes, field_of(names)))
    size = more.draw(st.sampled_from([Fraction(1), Fraction(1, 4), Fraction(1, 50)]))
    box = [(v - size * (v - low), v + size * (high - v)) for v, low, high in ranges.values()]
    answer = verdicts.over(box)
    if answer.holds is None:
        return
    shares = st.tuples(*(st.sampled_from(SHARES) for _ in box))
    for point in [*(more.draw(shares) for _ in range(4)), (Fraction(1, 2),) * len(box)]:
        values = [low + share * (high - low) for (low, high), share in zip(box, point, strict=True)]
        changed = moved(model, dict(zip(ranges, values, strict=True)))
        if changed is not None:
            assert judged(changed, deal.agreement, criterion) is answer.holds


@pytest.mark.parametrize("criterion", CRITERIA)
@few
@given(data=small_models(), more=st.data())
def test_the_nearest_value_of_a_number(criterion, data, more):
    model = model_of(data)
    deal = deal_of(model, criterion)
    ranges = boxes(model, more, 1)
    assume(ranges)
    assume(deal.arising)
    ((path, (value, low, high)),) = ranges.items()
    want = not judged(model, deal.agreement, criterion)
    way = Way.of(model, deal.ask, path)

    def does(at):
        changed = moved(model, {path: at})
        return changed is not None and judged(changed, deal.agreement, criterion) is want

    for end in (low, high):
        flip, proved = way.first(value, end, want=want)
        assert proved or (flip is not None and flip.before != flip.at)
        last = end if flip is None else flip.before
        for share in SHARES:
            assert not does(value + share * (last - value))
        if flip is None:
            assert not does(end)
            continue
        assert does(flip.at) is flip.attained
        if not flip.attained:
            assert does(flip.at + (end - flip.at) * TINY)
        if flip.before == flip.at != value:
            assert not does(value + (flip.at - value) * (1 - TINY))


@pytest.mark.parametrize("criterion", ["acceptable", "ratifiable", "nash", "seq", "efficient"])
@few
@given(data=small_models(), more=st.data())
def test_no_combination_within_the_share_does_it(criterion, data, more):
    model = model_of(data)
    deal = deal_of(model, criterion)
    ranges = boxes(model, more, 3)
    assume(len(ranges) > 1)
    assume(deal.arising)
    want = not judged(model, deal.agreement, criterion)
    share = joint_share(model, deal.ask, ranges, None, want=want)
    assert 0 <= share <= 1
    for _ in range(5):
        point = {
            path: value
            + more.draw(st.sampled_from([-1, 1, *SHARES]), label=path)
            * share
            * (1 - TINY)
            * (high - value)
            for path, (value, low, high) in ranges.items()
            if value - low >= high - value
        }
        changed = moved(model, point)
        if changed is not None:
            assert judged(changed, deal.agreement, criterion) is not want


def plain(formula, value, low, high, **more):
    """A model with one party that gets `formula` for option b and nothing for a."""
    return model_of(
        {
            "title": "plain",
            "parties": {"p": {}},
            "issues": {"deal": {"options": ["a", "b"]}},
            "parameters": {"x": {"value": value, "low": low, "high": high}},
            "demands": {"p": {"deal": {"scores": {"a": Fraction(0), "b": formula}}}},
            "disagreement": {"p": Fraction(0)},
            "agreements": {"plan": {"deal": "b"}, "none": {"deal": "a"}},
        }
        | more
    )


@pytest.mark.parametrize(
    ("formula", "start", "after", "attained"),
    [
        ("x - 1", 0, 1, True),
        ("(x - 1)*(x - 2)*(3 - x) - 0", 3 + Fraction(1, 2), 3, True),
        ("-(x - 1)**2", 0, 1, True),  # touches at a single point
        ("-(x - 1)**2*(x - 2)**2", 0, 1, True),
        ("max(x - 2, 1 - 2*x) - 1/2", 1, Fraction(1, 4), True),
        ("abs(x - 1) - 1/2", 1, Fraction(1, 2), True),
        ("-1/(x - 1)", 3, 1, False),  # across the pole it turns
        ("-1/(x - 1)**2", 0, None, True),
        ("min(x, 2 - x) - 1", 0, 1, True),
        ("x**3 - 8", 0, 2, True),
    ],
)
def test_ways_by_hand(formula, start, after, attained):
    model = plain(formula, Fraction(start), Fraction(-4), Fraction(4))
    (change,) = repair(model, "plan", "acceptable").of("input")
    assert (change.after, change.proved) == (after, True)
    if after is not None:
        assert (change.attained, change.bounded) == (attained, None)


def test_a_zero_that_is_not_rational_is_enclosed():
    for formula, power in (("x**2 - 2", 2), ("x**3 - 2", 3), ("x**5 - 2", 5)):
        model = plain(formula, Fraction(0), Fraction(0), Fraction(2))
        (change,) = repair(model, "plan", "acceptable").of("input")
        less, enough = change.bounded
        assert less**power < 2 < enough**power
        assert enough - less <= 4 * TINY
        assert change.proved


def test_values_without_meaning_are_passed_by():
    demands = {"p": {"deal": {"scores": {"a": Fraction(0), "b": Fraction(1)}, "weight": "x - 1"}}}
    model = plain(
        "x", Fraction(2), Fraction(-2), Fraction(3), demands=demands, disagreement={"p": "x"}
    )
    # worth 1 against x wherever the weight x - 1 is positive, and without meaning below
    (change,) = repair(model, "plan", "acceptable").of("input")
    assert change.after is None
    easier = model.override({"disagreement.p": "x - 1/2"})
    (change,) = repair(easier, "plan", "acceptable").of("input")
    assert (change.after, change.attained, change.proved) == (Fraction(3, 2), True, True)


def test_the_lag_is_whole():
    data = {
        "parties": {"p": {"patience": Fraction(1, 2)}},
        "issues": {"deal": {"options": ["a", "b"], "control": {"by": ["p"], "joint": False}}},
        "demands": {"p": {"deal": {"scores": {"a": Fraction(1), "b": Fraction(4, 5)}}}},
        "parameters": {"x": {"value": Fraction(4), "low": Fraction(1), "high": Fraction(6)}},
        "commitment": {"lag": "x - 1"},
    }
    model = plain("x", Fraction(0), Fraction(0), Fraction(1), **data)
    # it keeps where 1/5 <= (4/5) (1/2)**lag: at most 2
    (change,) = repair(model, "plan", "self_enforcing").of("input")
    assert (change.after, change.amount, change.proved) == (3, -1, True)
    back = breaking(model.override({"parameters.x": 2}), "plan", "self_enforcing")
    assert [c.after for c in back.of("input")] == [4]


def test_patience_is_found_as_a_root():
    data = {
        "parties": {"p": {}},
        "issues": {"deal": {"options": ["a", "b"], "control": {"by": ["p"], "joint": False}}},
        "demands": {"p": {"deal": {"scores": {"a": Fraction(1), "b": Fraction(3, 4)}}}},
        "parameters": {},
        "commitment": {"lag": 2},
    }
    data["parties"]["p"]["patience"] = {
        "value": Fraction(1, 10),
        "low": Fraction(0),
        "high": Fraction(99, 100),
    }
    model = plain("x", Fraction(0), Fraction(0), Fraction(1), **data)
    # 3/4 >= 1 - patience**2
    (change,) = repair(model, "plan", "self_enforcing").of("input")
    assert (change.after, change.attained, change.bounded) == (Fraction(1, 2), True, None)


@pytest.mark.parametrize("reading", ["igs", "pism"])
def test_red_lines_rule_out_all_numbers_at_once(reading):
    model = shipped.loaded("alaska/settlement", reading)
    found = repair(model, "european_terms")
    assert found.holds is False
    assert all(not change.works and change.proved for change in found.of("input"))
    (several,) = found.of("inputs")
    assert not several.works
    assert several.proved


def test_a_way_out_after_the_answer_counts_where_there_may_be_one():
    """North moves to b, south answers, and north's way out of that is worth x."""
    worth = [("a", "a", "1/2"), ("b", "a", "1"), ("a", "b", "x")]
    data = {
        "title": "way out",
        "parties": {"north": {}, "south": {}},
        "issues": {
            "move": {"options": ["a", "b"], "control": {"by": ["north"], "joint": False}},
            "answer": {"options": ["a", "b"], "control": {"by": ["south"], "joint": False}},
        },
        "parameters": {"x": {"value": Fraction(1, 4), "low": Fraction(0), "high": Fraction(1)}},
        "demands": {
            party: {"move": {"scores": {"a": Fraction(0), "b": Fraction(0)}}}
            for party in ("north", "south")
        },
        "interactions": [
            {"party": "north", "when": {"move": [own], "answer": [other]}, "amount": amount}
            for own, other, amount in worth
        ],
        "disagreement": {"north": Fraction(0), "south": Fraction(0)},
        "agreements": {"plan": {"move": "a", "answer": "a"}},
        "stability": {"signatories": ["north"]},
    }
    model = model_of(data)
    (change,) = breaking(model, "plan", "smr").of("input")
    assert (change.after, change.attained, change.proved) == (Fraction(1, 2), False, True)
    broken = model.override({"parameters.x": Fraction(3, 4)})
    (change,) = repair(broken, "plan", "smr").of("input")
    assert (change.after, change.attained, change.proved) == (Fraction(1, 2), True, True)
    (change,) = repair(broken, "plan", "smr").of("payoff")
    assert (change.who, change.amount) == ("north", Fraction(1, 4))
