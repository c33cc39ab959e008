"""Repair and breaking: every change flips the answer, less of it does not."""

from __future__ import annotations

import copy
import itertools
from fractions import Fraction

import pytest
import shipped
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from small_models import CONCEPTS, Literal, gifted, model_of, small_models

import negotiation as ng
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.model import build
from negotiation.stability import CRITERIA, HOLDING, Judge
from negotiation.what_if.points import knob
from negotiation.what_if.repair import breaking, repair

few = settings(max_examples=10, suppress_health_check=[HealthCheck.filter_too_much])
TINY = Fraction(1, 10**6)
PAIRS = [(repair, True), (breaking, False)]


def answer(model, agreement, criterion):
    """Judge without the module: True, False or None."""
    judge = Judge(model, build.agreement_space(model))
    deal = model.agreement(agreement)
    if criterion is not None:
        return judge.verdict(criterion, deal).holds
    return all(judge.verdict(own, deal).holds is not False for own in HOLDING)


def check_inputs(model, agreement, criterion, found, want):
    """The change flips the answer; half of it does not; nor does a millionth less."""
    for change in found.of("input"):
        if not change.works:
            continue

        def at(share, change=change):
            value = change.before + share * change.amount
            return answer(model.override({change.who: value}), agreement, criterion)

        outside = not knob_inside(model, change)
        if outside:
            assert at(1) is want
            continue
        assert at(Fraction(1, 2)) is not want or not change.amount
        if change.bounded is not None:
            less, enough = change.bounded
            assert change.after == enough
            assert at(1) is want
            assert answer(model.override({change.who: less}), agreement, criterion) is not want
        elif change.attained:
            assert at(1) is want
            assert at(1 - TINY) is not want
        else:
            assert at(1) is not want
            if change.amount:
                assert at(1 + TINY) is want


def knob_inside(model, change):
    own = knob(model, change.who)
    return own.low is None or own.high is None or own.low <= own.value <= own.high


@pytest.mark.parametrize(("work", "want"), PAIRS)
@pytest.mark.parametrize(
    ("name", "reading", "deal", "criterion"),
    [
        ("alaska/territory_for_commerce", "", None, "acceptable"),
        ("alaska/regions", "", "three_plus_two", "ratifiable"),
        ("alaska/regions", "pism", "three_de_facto", "acceptable"),
        ("alaska/settlement", "igs", None, "acceptable"),
        pytest.param(*("alaska/settlement", "igs", None, "ratifiable"), marks=pytest.mark.heavy),
        pytest.param(
            *("alaska/settlement", "igs", None, "self_enforcing"), marks=pytest.mark.heavy
        ),
    ],
)
def test_inputs_of_shipped_models(work, want, name, reading, deal, criterion):
    model = shipped.loaded(name, reading)
    deal = deal or list(model.agreements)[1]
    found = work(model, deal, criterion)
    assert found.holds is answer(model, deal, criterion)
    if found.holds is want or found.holds is None:
        assert found.changes == ()
        return
    check_inputs(model, deal, criterion, found, want)


@pytest.mark.parametrize(("work", "want"), PAIRS)
@pytest.mark.parametrize("criterion", [None, *CRITERIA])
@settings(max_examples=2)
@given(data=small_models())
def test_inputs_of_small_models(work, want, criterion, data):
    model = model_of(data)
    found = work(model, "plan", criterion)
    assert found.holds is answer(model, "plan", criterion)
    check_inputs(model, "plan", criterion, found, want)
    for change in found.of("inputs"):
        assert change.amount is None or 0 <= change.amount <= 1


# ---- payoffs against the definitions ----------------------------------------------------


def gifted_holds(data, agreement, bonuses, criterion):
    if criterion == "robust":
        plain = Literal(data)
        every = [data, *(variant.data for variant in plain.variants.values())]
        return all(gifted(own, agreement, bonuses).acceptable(agreement) for own in every)
    return gifted(data, agreement, bonuses).holds_by(criterion, agreement)


def gifted_answer(data, agreement, bonuses, criterion):
    if criterion is not None:
        return gifted_holds(data, agreement, bonuses, criterion)
    return all(gifted_holds(data, agreement, bonuses, own) is not False for own in HOLDING)


def plan(data):
    return tuple(data["agreements"]["plan"][issue] for issue in data["issues"])


@pytest.mark.parametrize("criterion", [None, *(c for c in CRITERIA if c != "efficient")])
@few
@given(data=small_models())
def test_bonuses_are_enough_and_no_less_is(criterion, data):
    found = repair(model_of(data), "plan", criterion, over={})
    agreement = plan(data)
    if found.holds is not False:
        assert found.changes == ()
        return
    payoffs = found.of("payoff")
    assert payoffs
    assert all(change.proved for change in payoffs)
    if not all(change.works for change in payoffs):
        for size in (1, 7, 1000):
            everyone = [*data["parties"], *data.get("ratifiers", {})]
            assert not gifted_answer(data, agreement, dict.fromkeys(everyone, size), criterion)
        return
    bonuses = {c.who: c.amount + (0 if c.attained else TINY) for c in payoffs}
    assert min(bonuses.values()) > 0
    assert gifted_answer(data, agreement, bonuses, criterion)
    for change in payoffs:
        shares = (0, Fraction(1, 2), 1 - TINY) if change.attained else (0, Fraction(1, 2), 1)
        for share in shares:
            less = bonuses | {change.who: change.amount * share}
            assert not gifted_answer(data, agreement, less, criterion), change


def spread(total, count):
    """All ways to hand out a total in sixths."""
    for parts in itertools.product(range(7), repeat=count):
        if sum(parts) == 6:
            yield [total * part / 6 for part in parts]


@pytest.mark.parametrize("criterion", [None, *CRITERIA])
@few
@given(data=small_models())
def test_no_smaller_total_of_bonuses_does_it(criterion, data):
    found = repair(model_of(data), "plan", criterion, over={})
    payoffs = found.of("payoff")
    assume(payoffs and all(change.works and change.proved for change in payoffs))
    everyone = [*data["parties"], *data.get("ratifiers", {})]
    total = sum(change.amount for change in payoffs)
    enough = {c.who: c.amount + (0 if c.attained else TINY) for c in payoffs}
    assert gifted_answer(data, plan(data), enough, criterion)
    if total:
        for amounts in spread(total * (1 - TINY), len(everyone)):
            bonuses = dict(zip(everyone, amounts, strict=True))
            assert not gifted_answer(data, plan(data), bonuses, criterion)
    for change in found.of("alone"):
        more = change.amount if change.attained else change.amount + TINY
        less = change.amount * (1 - TINY) if change.attained else change.amount
        assert gifted_answer(data, plan(data), {change.who: more}, criterion)
        assert not gifted_answer(data, plan(data), {change.who: less}, criterion)
        assert change.amount >= total
    for who in set(everyone) - {c.who for c in (*payoffs, *found.of("alone"))}:
        assert not gifted_answer(data, plan(data), {who: Fraction(100)}, criterion)


@pytest.mark.parametrize("criterion", [None, *CRITERIA])
@few
@given(data=small_models())
def test_losses_break_and_no_less_does(criterion, data):
    found = breaking(model_of(data), "plan", criterion, over={})
    if found.holds is not True:
        assert found.changes == ()
        return
    agreement = plan(data)
    everyone = [*data["parties"], *data.get("ratifiers", {})]
    least = None
    for change in found.of("payoff"):

        def with_loss(loss, who=change.who):
            return gifted_answer(data, agreement, {who: -loss}, criterion)

        past = change.amount if change.attained else change.amount + TINY
        assert with_loss(past) is False, change
        if change.amount:
            assert with_loss(change.amount * (1 - TINY)) is not False, change
        if not change.attained:
            assert with_loss(change.amount) is not False, change
        least = change.amount if least is None else min(least, change.amount)
    if criterion in (*CONCEPTS, "acceptable", "ratifiable", "robust"):
        assert found.margin == least  # what one party may lose is what the margin says
    for who in set(everyone) - {change.who for change in found.of("payoff")}:
        assert gifted_answer(data, agreement, {who: Fraction(-100)}, criterion) is not False
    for change in found.of("together"):
        assert least is None or change.amount < least
        least = change.amount
    if least is None:
        losses = dict.fromkeys(everyone, Fraction(-100))
        assert gifted_answer(data, agreement, losses, criterion) is not False
    elif least:
        for amounts in spread(-least * (1 - TINY), len(everyone)):
            losses = dict(zip(everyone, amounts, strict=True))
            assert gifted_answer(data, agreement, losses, criterion) is not False


# ---- payments ---------------------------------------------------------------------------


def plain(worth, without, **more):
    """A model with one issue of two options; option b is worth `worth` to each party."""
    data = {
        "title": "plain",
        "parties": {party: {} for party in worth},
        "issues": {"deal": {"options": ["a", "b"]}},
        "demands": {
            party: {"deal": {"scores": {"a": Fraction(0), "b": Fraction(own)}}}
            for party, own in worth.items()
        },
        "disagreement": {party: Fraction(own) for party, own in without.items()},
        "agreements": {"plan": {"deal": "b"}, "none": {"deal": "a"}},
    }
    return model_of(data | more)


def test_payments_by_hand():
    model = plain({"x": 1, "y": "1/2", "z": "1/5"}, {"x": "1/5", "y": "2/5", "z": "3/5"})
    found = repair(model, "plan", "acceptable")
    assert [(c.who, c.amount) for c in found.of("payment")] == [("x to z", Fraction(2, 5))]
    assert found.of("payment")[0].text == "x pays z 0.4"
    assert any("utility as money" in note for note in found.notes)
    assert any("no number declares a range" in note.lower() for note in found.notes)
    assert [(c.who, c.amount) for c in found.of("payoff")] == [("z", Fraction(2, 5))]
    assert found.margin == Fraction(-2, 5)
    poor = repair(plain({"x": "1/2", "y": 0}, {"x": "2/5", "y": "1/2"}), "plan", "acceptable")
    assert poor.of("payment") == ()
    assert any("exceeds what they can spare by 0.4" in note for note in poor.notes)


@few
@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=2, max_size=4))
def test_payments_are_those_of_the_linear_program(pairs):
    names = [f"p{k}" for k in range(len(pairs))]
    surplus = [Fraction(a - b, 10) for a, b in pairs]
    assume(min(surplus) < 0)
    model = plain(
        {n: Fraction(a, 10) for n, (a, _) in zip(names, pairs, strict=True)},
        {n: Fraction(b, 10) for n, (_, b) in zip(names, pairs, strict=True)},
    )
    found = repair(model, "plan", "acceptable")
    size = len(names)
    # receipts r >= 0 and payments g >= 0 of each; sum r = sum g; surplus + r - g >= 0
    answer_ = linprog(
        [1] * size + [0] * size,
        A_ub=[
            [-(i == k) for i in range(size)] + [int(i == k) for i in range(size)]
            for k in range(size)
        ],
        b_ub=[float(s) for s in surplus],
        A_eq=[[1] * size + [-1] * size],
        b_eq=[0],
    )
    payments = found.of("payment")
    assert (answer_.status == 0) is bool(payments)
    if payments:
        assert float(sum(c.amount for c in payments)) == pytest.approx(answer_.fun, abs=1e-9)
        after = dict(zip(names, surplus, strict=True))
        for change in payments:
            giver, taker = change.who.split(" to ")
            after[giver] -= change.amount
            after[taker] += change.amount
        assert min(after.values()) >= 0
    else:
        assert sum(surplus) < 0


def test_two_takers_share_a_giver():
    model = plain(
        {"x": 1, "y": 0, "z": 0, "w": "1/2"},
        {"x": "3/10", "y": "2/5", "z": "2/5", "w": "2/5"},
    )
    found = repair(model, "plan", "acceptable")
    assert [(c.who, c.amount) for c in found.of("payment")] == [
        ("x to y", Fraction(2, 5)),
        ("x to z", Fraction(3, 10)),
        ("w to z", Fraction(1, 10)),
    ]


def test_whoever_pays_more_than_an_amount_can_spare_more():
    scores = {
        "north": {"a": Fraction(1, 2), "b": Fraction(0), "c": Fraction(1)},
        "south": {"a": Fraction(1, 2), "b": Fraction(0), "c": Fraction(0)},
        "west": {"a": Fraction(0), "b": Fraction(1, 2), "c": Fraction(1, 2)},
    }
    data = {
        "title": "spare",
        "parties": {party: {} for party in scores},
        "issues": {
            "deal": {
                "options": ["a", "b", "c"],
                "control": {"by": ["north", "west"], "joint": False},
            }
        },
        "demands": {party: {"deal": {"scores": own}} for party, own in scores.items()},
        "disagreement": dict.fromkeys(scores, Fraction(0)),
        "agreements": {"plan": {"deal": "a"}},
    }
    found = repair(model_of(data), "plan", "seq")
    payments = found.of("payment")
    assert payments
    for change in payments:
        assert change.works
    assert gifted_answer(data, ("a",), gathered(payments), "seq")
    given = gathered(payments)
    assert all(scores[who]["a"] + amount >= 0 for who, amount in given.items())


def listed(scores, without, **more):
    """A model with one issue; scores by party and option; the plan is option a."""
    options = list(next(iter(scores.values())))
    data = {
        "title": "listed",
        "parties": {party: {} for party in scores},
        "issues": {"deal": {"options": options} | more.pop("issue", {})},
        "demands": {
            party: {"deal": {"scores": {k: Fraction(v) for k, v in own.items()}}}
            for party, own in scores.items()
        },
        "disagreement": {party: Fraction(own) for party, own in without.items()},
        "agreements": {"plan": {"deal": options[0]}},
    }
    return model_of(data | more)


def test_who_needs_more_than_all_that_is_spare_cannot_be_paid():
    scores = {"x": {"a": 0, "b": "1/2"}, "y": {"a": "1/2", "b": "1/2"}}
    found = repair(listed(scores, {"x": 0, "y": 0}), "plan", "efficient")
    assert [(c.who, c.amount, c.attained) for c in found.of("payoff")] == [
        ("y", Fraction(0), False),
    ]
    assert found.of("payment") == ()


def test_to_go_back_to_the_agreement_is_no_way_out():
    model = listed(
        {"north": {"a": "1/2", "b": 1, "c": 0}, "south": {"a": 0, "b": 0, "c": 0}},
        {"north": -1, "south": 0},
        issue={
            "control": {"by": ["north", "south"], "joint": False},
            "irreversible": [["c", "b"]],
        },
        stability={"signatories": ["north"]},
    )
    found = breaking(model, "plan", "smr")
    assert [(c.who, c.amount, c.attained) for c in found.of("payoff")][:1] == [
        ("north", Fraction(1, 2), False)
    ]


def gathered(payments):
    """What each party gets and gives, just past the amounts that are not attained."""
    bonuses = {}
    for change in payments:
        giver, taker = change.who.split(" to ")
        amount = change.amount + (0 if change.attained else TINY)
        bonuses[giver] = bonuses.get(giver, 0) - amount
        bonuses[taker] = bonuses.get(taker, 0) + amount
    return bonuses


@pytest.mark.parametrize("criterion", [None, *CRITERIA])
@few
@given(data=small_models())
def test_payments_do_it_and_no_smaller_ones_do(criterion, data):
    found = repair(model_of(data), "plan", criterion, over={})
    assume(found.holds is False)
    literal, agreement = Literal(data), plan(data)
    payments = found.of("payment")
    signatories = literal.signatories
    lines = any(literal.crossed(party, agreement) for party in signatories)

    def fair(bonuses):
        return all(
            literal.utility(party, agreement) + bonuses.get(party, 0) >= literal.without(party)
            for party in signatories
        )

    def does(bonuses):
        return fair(bonuses) and gifted_answer(data, agreement, bonuses, criterion)

    moved = sum(change.amount for change in payments)
    if payments:
        assert does(gathered(payments))
    elif lines:
        assert any("red line" in note for note in found.notes)
        return
    # whoever gives and whoever takes: nothing smaller does it
    most = moved * (1 - TINY) if payments else Fraction(3)
    for size in {most, most / 2} - {0}:
        for giver, taker in itertools.permutations(signatories, 2):
            assert not does({giver: -size, taker: size})
        for one, *others in itertools.permutations(signatories):
            if len(others) == 2:
                half = dict.fromkeys(others, size / 2)
                assert not does({one: -size} | half)
                assert not does({one: size} | {who: -own for who, own in half.items()})


# ---- commitments ------------------------------------------------------------------------


class Pledged(Literal):
    """The definitions where parties have given up some of their moves."""

    def __init__(self, data, pledges):
        data = copy.deepcopy(data)
        for party, issue in pledges:
            if issue and party in data["issues"][issue].get("control", {"by": []})["by"]:
                control = data["issues"][issue]["control"]
                left = [] if control["joint"] else [own for own in control["by"] if own != party]
                data["issues"][issue]["control"] = {"by": left, "joint": False}
        self.staying = {party for party, issue in pledges if not issue}
        super().__init__(data)

    def together(self, coalition, state):
        leaving = set(coalition) & set(self.signatories) - self.staying
        ends = super().together(coalition, state)
        return [end for end in ends if end != "no agreement" or leaving]


def pledges_of(change):
    """Read a commitment back from its sentence."""
    found = set()
    for part in change.text.split("; "):
        party, rest = part.split(" gives up ")
        if "walking out" in rest:
            found.add((party, ""))
        if "switching " in rest:
            found |= {(party, issue) for issue in rest.split("switching ")[1].split(", ")}
    return found


@pytest.mark.parametrize(
    "criterion", [None, "nash", "smr", "gmr", "seq", "coalition_proof", "self_enforcing"]
)
@few
@given(data=small_models())
def test_commitments_are_all_the_least_sets(criterion, data):
    found = repair(model_of(data), "plan", criterion, over={})
    assume(found.holds is False)
    agreement = plan(data)
    every = [
        (party, issue)
        for party in data["parties"]
        for issue in ("", *data["issues"])
        if not issue or party in data["issues"][issue].get("control", {"by": []})["by"]
    ]

    def does(pledges):
        literal = Pledged(data, pledges)
        names = HOLDING if criterion is None else (criterion,)
        return all(literal.holds_by(name, agreement) is not False for name in names)

    commitments = found.of("commitment")
    size = int(commitments[0].amount) if commitments else min(3, len(every))
    for count in range(1, size + (not commitments)):
        if commitments and count == size:
            break
        assert not any(does(own) for own in itertools.combinations(every, count))
    if commitments and not any("more sets" in note for note in found.notes):
        least = [set(own) for own in itertools.combinations(every, size) if does(own)]
        stated = [pledges_of(change) for change in commitments]
        assert all(own in least for own in stated)
        assert len(stated) == len(least)


# ---- profiles ---------------------------------------------------------------------------


def test_profiles():
    model = ng.load("classics/prisoners_dilemma")
    found = repair(model, "cooperate / cooperate", "nash")
    assert (found.agreement, found.holds, found.margin) == ("cooperate/cooperate", False, -2)
    assert [(c.who, c.amount, c.before, c.after) for c in found.of("payoff")] == [
        ("first", 2, 3, 5),
        ("second", 2, 3, 5),
    ]
    assert [c.works for c in found.of("input")] == [False] * 4
    wide = repair(model, "cooperate/cooperate", over={"parameters.temptation": (1, 6)})
    (change,) = wide.of("input")
    assert (change.amount, change.after, change.attained) == (-2, 3, True)
    broken = breaking(model, "defect/defect", over={"parameters.sucker": (-1, 2)})
    assert [(c.amount, c.attained) for c in broken.of("payoff")] == [(1, False), (1, False)]
    (change,) = broken.of("input")
    assert (change.amount, change.after, change.attained) == (1, 1, False)


@pytest.mark.parametrize(
    ("deal", "criterion", "path", "value"),
    [
        ("three_de_facto", "acceptable", "parameters.ru_war", Fraction(23, 90)),
        ("three_plus_two", "ratifiable", "parameters.ua_truce", Fraction(34, 11)),
    ],
)
def test_the_values_that_the_model_s_notes_state_are_found_exactly(deal, criterion, path, value):
    model = shipped.loaded("alaska/regions", "pism")
    found = repair(model, deal, criterion, over=path)
    (change,) = found.of("input")
    assert (change.after, change.attained, change.bounded) == (value, True, None)


def test_several_inputs_share_the_way():
    more = {"parameters": {}}
    for name in "xy":
        more["parameters"][name] = {"value": Fraction(0), "low": Fraction(-1), "high": Fraction(1)}
    model = plain(
        {"a": "1/2"},
        {"a": 0},
        **more,
        interactions=[{"party": "a", "when": {"deal": ["b"]}, "amount": "x - 2*y - 1"}],
    )
    found = repair(model, "plan", "acceptable")
    (change,) = found.of("inputs")
    assert change.who == "parameters.x, parameters.y"
    assert (change.amount, change.attained, change.bounded) == (Fraction(1, 6), True, None)
    assert {c.who: c.after for c in found.of("input")} == {
        "parameters.x": Fraction(1, 2),
        "parameters.y": Fraction(-1, 4),
    }
    back = breaking(model.override({"parameters.x": 1}), "plan", "acceptable")
    assert {c.who: (c.after, c.attained) for c in back.of("input")} == {
        "parameters.x": (Fraction(1, 2), False),
        "parameters.y": (Fraction(1, 4), False),
    }


def test_a_value_outside_its_range():
    model = plain(
        {"a": "1/2"},
        {"a": 0},
        parameters={"x": {"value": Fraction(0)}},
        interactions=[{"party": "a", "when": {"deal": ["b"]}, "amount": "x - 1"}],
    )
    for ends, after in (
        ((Fraction(1, 4), 1), Fraction(1, 2)),
        ((Fraction(3, 4), 1), Fraction(3, 4)),
    ):
        (change,) = repair(model, "plan", "acceptable", over={"parameters.x": ends}).of("input")
        assert (change.after, change.amount, change.attained) == (after, after, True)


def test_a_curved_margin_is_bracketed():
    data = {
        "title": "t",
        "parties": {"a": {}},
        "issues": {"deal": {"options": ["no", "yes"]}},
        "parameters": {"x": {"value": Fraction(0), "low": Fraction(0), "high": Fraction(2)}},
        "demands": {"a": {"deal": {"scores": {"no": Fraction(0), "yes": "x*x"}}}},
        "disagreement": {"a": Fraction(2)},
        "agreements": {"plan": {"deal": "yes"}},
    }
    (change,) = repair(model_of(data), "plan", "acceptable").of("input")
    less, enough = change.bounded
    assert less**2 < 2 < enough**2
    assert 0 < enough - less <= Fraction(2, 10**6)
    assert change.proved


# ---- words and bad input ----------------------------------------------------------------


def test_tables_and_data():
    model = shipped.loaded("alaska/regions", "pism")
    over = ["parameters.ua_truce", "parameters.ask"]
    found = repair(model, "three_plus_two", "ratifiable", over=over)
    assert [table.name for table in found.tables()] == ["parties", "inputs"]
    assert "three_plus_two" in str(found)
    assert found.to_dict()["holds"] is False
    assert len(found.to_dict()["changes"]) == len(found.changes)
    done = repair(model, "three_plus_two", "acceptable")
    assert done.holds
    assert done.changes == ()
    assert done.margin > 0
    never = repair(model, "three_plus_two", "self_enforcing")
    assert never.holds is None
    assert "does not arise" in str(never)
    by_options = repair(model, dict(model.agreement("three_plus_two")), "ratifiable", over=over)
    assert by_options == found


def test_bad_input():
    model = shipped.loaded("alaska/regions")
    with pytest.raises(UnknownNameError, match="three_plus_two"):
        repair(model, "three_plus_tow")
    with pytest.raises(UnknownNameError, match="acceptable"):
        breaking(model, "three_plus_two", "aceptable")
    with pytest.raises(UnknownNameError, match=r"parameters\.ask"):
        repair(model, "three_plus_two", over={"parameters.aks": (0, 1)})
    with pytest.raises(NegotiationError, match="upside down"):
        repair(model, "three_plus_two", over={"parameters.ask": (1, 0)})
    with pytest.raises(NegotiationError, match="no range"):
        repair(model, "three_plus_two", over={"parameters.ask": 1})
    with pytest.raises(NegotiationError, match="no agreement"):
        repair(model, 3)
    with pytest.raises(UnknownNameError, match="truce"):
        repair(model, {"truc": "no_truce"})
    with pytest.raises(NegotiationError, match="no model"):
        repair("alaska/regions", "three_plus_two")
    chicken = ng.load("classics/prisoners_dilemma")
    with pytest.raises(UnknownNameError, match="cooperate/defect"):
        repair(chicken, "cooperate/defekt")
    with pytest.raises(UnknownNameError, match="nash"):
        repair(chicken, "defect/defect", "seq")
    with pytest.raises(NegotiationError, match="no agreements"):
        repair(ng.load("alaska/conflict_states"), "x")
    with pytest.raises(UnknownNameError):
        repair(model, "three_plus_two", "acceptable").of("gift")


@pytest.mark.parametrize("concept", ["nash", "smr", "gmr", "seq"])
def test_a_party_past_its_red_line_can_be_held_where_all_moves_end_past_it(concept):
    south = {
        "issue0": {"aspires": "a", "accepts": "a", "weight": Fraction(1)},
        "issue1": {"aspires": "a", "accepts": "a", "weight": Fraction(1)},
    }
    nothing = {"scores": dict.fromkeys("abc", Fraction(0)), "weight": Fraction(1)}
    options = ["a", "b", "c"]
    data = {
        "title": "small",
        "parties": {"north": {}, "south": {}},
        "issues": {
            "issue0": {"options": options},
            "issue1": {"options": options, "control": {"by": ["south"], "joint": False}},
        },
        "parameters": {"base": Fraction(0)},
        "demands": {"north": {"issue0": nothing}, "south": south},
        "interactions": [],
        "disagreement": {"north": Fraction(0), "south": Fraction(0)},
        "agreements": {
            "today": {"issue0": "a", "issue1": "a"},
            "plan": {"issue0": "b", "issue1": "b"},
        },
        "stability": {"best": 0, "signatories": ["north"]},
    }
    found = repair(model_of(data), "plan", concept, over={})
    assert [(c.who, c.amount) for c in found.changes if c.kind == "payoff"] == [
        ("south", Fraction(1, 4))
    ]
