"""The verdict table against the definitions, implemented literally on small random models."""

from __future__ import annotations

import copy
import itertools
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import CONCEPTS, NO_AGREEMENT, Literal, gifted, model_of, small_models

import negotiation as ng
from negotiation.bargaining.checks import is_bargaining_solution
from negotiation.model import build
from negotiation.stability import CRITERIA, Judge, verdict_table

few = settings(max_examples=30)
TINY, FAR = Fraction(1, 10**6), Fraction(1000)


def judged(data):
    """Return the literal model and the judge of the same data."""
    model = model_of(data)
    return Literal(data), Judge(model, build.agreement_space(model))


def mapping(literal, agreement):
    return dict(zip(literal.issues, agreement, strict=True))


def read(literal, text):
    """Read the state that a witness names back into a tuple of options."""
    if text == NO_AGREEMENT:
        return NO_AGREEMENT
    if ": " not in text:
        return (text,)
    found = dict(part.split(": ") for part in text.split(", "))
    assert list(found) == list(literal.issues)
    return tuple(found.values())


def chosen(literal, seed):
    """Return a few agreements, spread over the space."""
    size = len(literal.agreements)
    return [literal.agreements[(seed + k * 7) % size] for k in range(min(size, 6))]


# ---- yes and no -------------------------------------------------------------------------


@few
@given(small_models(), st.integers(0, 26))
def test_every_verdict_is_that_of_the_definition(data, seed):
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):
        for criterion in CRITERIA:
            verdict = judge.verdict(criterion, mapping(literal, agreement))
            assert verdict.holds is literal.holds_by(criterion, agreement), (criterion, agreement)


@few
@given(small_models())
def test_masks_and_counts_are_those_of_all_agreements(data):
    literal, judge = judged(data)
    masks = judge.masks()
    table = verdict_table(judge)
    expected = {"acceptable", "efficient", *CONCEPTS}
    expected |= {"ratifiable"} if data.get("ratifiers") else set()
    if "commitment" in data and literal.patience():
        expected.add("self_enforcing")
    assert set(masks) == set(table.counts) == expected
    for criterion, mask in masks.items():
        literally = [literal.holds_by(criterion, agreement) for agreement in literal.agreements]
        assert mask.tolist() == literally, criterion
        assert table.counts[criterion] == sum(literally)


@few
@given(small_models())
def test_inclusions_and_what_walking_out_makes_of_gmr(data):
    """Nash in SEQ in GMR and Nash in SMR in GMR.

    A signatory may walk out, and nobody can answer that: what is GMR-stable is therefore
    acceptable to all signatories. Where two or more may walk out, what is acceptable to all
    parties is SMR-stable, since another can answer any gain by walking out, after which nobody
    moves. Where all are signatories, the three are the same.
    """
    literal, judge = judged(data)
    masks = judge.masks()
    assert (masks["nash"] <= masks["seq"]).all()
    assert (masks["seq"] <= masks["gmr"]).all()
    assert (masks["nash"] <= masks["smr"]).all()
    assert (masks["smr"] <= masks["gmr"]).all()
    assert (masks["gmr"] <= masks["acceptable"]).all()
    by_all = [
        all(literal.accepts(party, agreement) for party in literal.parties)
        for agreement in literal.agreements
    ]
    if len(literal.signatories) > 1:
        assert (np.array(by_all) <= masks["smr"]).all()
    if len(literal.signatories) == len(literal.parties):
        assert masks["gmr"].tolist() == masks["smr"].tolist() == by_all


# ---- margins ----------------------------------------------------------------------------


@few
@given(small_models(), st.integers(0, 26))
def test_margins(data, seed):
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):
        a = mapping(literal, agreement)
        margin = judge.verdict("acceptable", a).margin
        gains = [literal.utility(p, agreement) - literal.without(p) for p in literal.signatories]
        if any(literal.crossed(p, agreement) for p in literal.signatories):
            assert margin is None
        else:
            assert margin == min(gains)
        if judge.verdict("robust", a).holds:
            assert judge.verdict("robust", a).margin == min(
                one.utility(p, agreement) - one.without(p)
                for one in (literal, *literal.variants.values())
                for p in literal.signatories
            )
        ratified = judge.verdict("ratifiable", a)
        short = [literal.shortfall(name, agreement) for name in data.get("ratifiers", {})]
        if ratified.holds is not None:
            assert ratified.margin == (None if None in short else -max(short))


def stays(literal, concept, party, agreement):
    return all(
        literal.deterred(concept, party, agreement, end)
        for end in literal.improvements(party, agreement)
    )


@few
@given(small_models(), st.integers(0, 26), st.sampled_from(CONCEPTS))
def test_the_margin_of_stability_is_what_one_party_may_lose_or_needs(data, seed, concept):
    """By the definitions, of the same model in which the agreement is worth more or less."""
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):

        def given_(amount, *who, agreement=agreement):
            return gifted(data, agreement, dict.fromkeys(who, amount))

        verdict = judge.verdict(concept, mapping(literal, agreement))
        if verdict.holds:
            most = FAR if verdict.margin is None else verdict.margin
            for party in literal.parties:
                for loss in (most / 2, most * (1 - TINY)):
                    assert given_(-loss, party).stable(concept, agreement)
            if verdict.margin is not None:
                assert any(
                    not given_(-loss, party).stable(concept, agreement)
                    for party in literal.parties
                    for loss in (most, most + TINY)
                )
            continue
        leaving = [p for p in literal.parties if not stays(literal, concept, p, agreement)]
        if verdict.margin is None:  # past a red line, no amount is enough
            assert any(
                not stays(given_(FAR, party), concept, party, agreement) for party in leaving
            )
            continue
        for party in leaving:
            assert stays(given_(-verdict.margin, party), concept, party, agreement)
        less = -verdict.margin * (1 - TINY)
        assert not all(stays(given_(less, p), concept, p, agreement) for p in leaving)


@few
@given(small_models(), st.integers(0, 26))
def test_the_margin_of_coalitions_is_what_all_may_lose_or_need(data, seed):
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):

        def proof(amount, agreement=agreement):
            everybody = dict.fromkeys(literal.parties, amount)
            return gifted(data, agreement, everybody).coalition_proof(agreement)

        verdict = judge.verdict("coalition_proof", mapping(literal, agreement))
        if verdict.margin is None:
            assert proof(-FAR if verdict.holds else FAR) is verdict.holds
        else:
            assert proof(-verdict.margin)
            assert not proof(-verdict.margin - TINY)


LINE = """\
title: A switch past one's own red line
parties: {north: {}, south: {}}
issues: {wall: {options: [high, low, none], control: north}}
demands:
  north: {wall: {aspires: high, accepts: LINE}}
  south: {wall: {scores: {high: 0, low: 1, none: 0.5}}}
disagreement: {north: 0.1, south: 0}
stability: {signatories: SIGN}
"""


def test_margin_of_coalitions_past_a_red_line():
    """North would not go to no wall, whatever it gained: the least any other way leaves is 1."""
    model = ng.loads(LINE.replace("LINE", "low").replace("SIGN", "[]"))
    judge = Judge(model, build.agreement_space(model))
    verdict = judge.verdict("coalition_proof", {"wall": "low"})
    assert verdict.holds
    assert verdict.margin == 1


def test_nash_margin_of_a_party_that_can_only_cross_its_red_line():
    """North signs nothing and will not switch: the margin is South's 1 above no agreement."""
    text = LINE.replace("LINE", "[high, low]").replace("SIGN", "[south]")
    text = text.replace("control: north", "control: north, irreversible: [[low, high]]")
    model = ng.loads(text)
    judge = Judge(model, build.agreement_space(model))
    verdict = judge.verdict("nash", {"wall": "low"})
    assert verdict.holds
    assert verdict.margin == 1


def judge_of(text):
    model = ng.loads(text)
    return Judge(model, build.agreement_space(model))


HARSH = """\
title: A sanction past a red line
parties: {a: {}, b: {}}
issues:
  x: {options: [low, high], control: a}
  y: {options: [calm, harsh], control: b}
demands:
  a: {x: {aspires: high, weight: 1}, y: {aspires: calm, accepts: calm, weight: 1}}
  b: {x: {aspires: low, weight: 3}, y: {aspires: calm, weight: 1}}
interactions:
  - {party: b, when: {x: high, y: harsh}, amount: 0.6}
disagreement: {a: 0, b: -1}
stability: {signatories: [a]}
"""


@pytest.mark.parametrize("concept", ["seq", "smr", "gmr"])
def test_a_sanction_past_a_red_line_is_no_amount(concept):
    """In what b answers a has the same utility as before; what deters it is its red line."""
    verdict = judge_of(HARSH).verdict(concept, {"x": "low", "y": "calm"})
    assert (verdict.holds, verdict.margin) == (True, Fraction(1, 2))
    assert verdict.witness.text.startswith(
        "a would gain 0.5 if it switches x from low to high, but b answers: it switches y from "
        "calm to harsh, where y: harsh crosses a's red line"
    )
    assert verdict.witness.amount == Fraction(1, 2)


@pytest.mark.heavy
def test_the_answer_named_is_the_plainest_and_no_loss_across_a_red_line_is_a_number():
    """The switch of alignment alone deters the move, and pays Kyiv more than with others."""
    model = ng.load("alaska/settlement").reading("pism")
    judge = Judge(model, build.agreement_space(model))
    verdict = judge.verdict("seq", model.agreement("washington_signal"))
    assert verdict.witness.text == (
        "ru would gain 0.0833 if it switches truce from general_open to limited_temporary, but ua "
        "answers: it switches alignment from membership_dropped to open_door, where alignment: "
        "open_door crosses ru's red line"
    )


def test_the_plainest_answer_is_the_one_with_fewest_switches():
    """b would rather switch both its issues; one of them deters a."""
    model = ng.loads("""\
title: One switch is enough
parties: {a: {}, b: {}}
issues:
  x: {options: [low, high], control: a}
  u: {options: [no, yes], control: b}
  v: {options: [no, yes], control: b}
demands:
  a: {x: {aspires: high, weight: 1}, v: {aspires: no, weight: 3}}
  b: {x: {aspires: low, weight: 2}, u: {aspires: no, weight: 1}, v: {aspires: yes, weight: 3}}
disagreement: {a: -1, b: -1}
""")
    judge = Judge(model, build.agreement_space(model))
    agreement = {"x": "low", "u": "yes", "v": "no"}
    verdict = judge.graph.verdict("seq", agreement, "a", unit=judge.units)
    assert verdict.witness.to == "x: high, u: yes, v: yes"
    assert (
        "b answers: it switches v from no to yes, which leaves a 0.5 worse" in verdict.witness.text
    )


def test_to_leave_a_red_line_behind_is_no_amount():
    judge = judge_of(HARSH.replace("control: b", "control: [a, b]"))
    way = {"nash": "x from low to high and y from harsh to calm", "seq": "y from harsh to calm"}
    for concept, switches in way.items():  # b answers the former, which a would like best
        verdict = judge.verdict(concept, {"x": "low", "y": "harsh"})
        assert (verdict.holds, verdict.margin, verdict.witness.amount) == (False, None, None)
        assert verdict.witness.text.startswith(
            f"a leaves: it switches {switches}, because y: harsh crosses its red line"
        )
    joint = judge_of(HARSH.replace("control: b", "control: {by: [a, b], joint: true}"))
    verdict = joint.verdict("coalition_proof", {"x": "high", "y": "harsh"})
    assert (verdict.holds, verdict.margin) == (False, Fraction(-2, 5))
    assert verdict.witness.amount == Fraction(2, 5)
    assert verdict.witness.text == (
        "a and b together switch x from high to low and y from harsh to calm: no red line of a is "
        "crossed any more, b gains 0.4"
    )


@pytest.mark.parametrize("scores", ["{low: 0.4, high: 1}", "{low: 1, high: 0.4}"])
def test_on_the_same_side_of_a_red_line_a_difference_is_an_amount(scores):
    """a cannot undo what crosses its line; what it can switch is worth 0.3 more or less."""
    text = HARSH.replace("aspires: high, weight: 1", f"scores: {scores}, weight: 1")
    text = text.replace("signatories: [a]", "signatories: [b]").replace(
        "y: {options: [calm, harsh], control: b}", "y: {options: [calm, harsh]}"
    )
    verdict = judge_of(text).verdict("nash", {"x": "low", "y": "harsh"})
    assert verdict.margin == Fraction(3 if "low: 1" in scores else -3, 10)


GATE = """\
title: Two guards at one gate
parties: {a: {}, b: {}}
parameters: {x: {value: 0.5, low: 0, high: 1, assumption: none}}
issues: {gate: {options: [shut, open], control: [a, b]}}
demands:
  a: {gate: {aspires: open, scores: {shut: x, open: 1}, weight: 1}}
  b: {gate: {aspires: shut, weight: 1}}
disagreement: {a: -1, b: -1}
agreements: {keep_shut: {gate: shut}}
"""


@pytest.mark.parametrize("share", [0, Fraction(1, 4), Fraction(1, 2), 1])
def test_what_is_put_back_undoes_a_move_whatever_it_is_worth(share):
    """a stays until walking out is better; b until an open gate is, or it would not shut it."""
    model = ng.loads(GATE).override({"parameters.x": share})
    judge = Judge(model, build.agreement_space(model))
    for concept in ("gmr", "smr"):
        graph = judge.graph
        assert graph.verdict(concept, 0, "a", unit=judge.units).margin == share + 1
    assert judge.graph.verdict("seq", 0, "a", unit=judge.units).margin == share + 1
    assert judge.verdict("gmr", {"gate": "shut"}).margin == share + 1
    seq = judge.verdict("seq", {"gate": "shut"})
    assert seq.margin == 1
    found = ng.breaking(model, "keep_shut", "seq", over={})
    assert found.margin == seq.margin == min(change.amount for change in found.of("payoff"))
    assert {change.who: change.amount for change in found.of("payoff")} == {"a": share + 1, "b": 1}


WILD = """\
title: A breach past one's own red line
parties: {a: {patience: 0.1}, b: {}}
issues: {x: {options: [ok, wild], control: a}}
demands:
  a: {x: {aspires: ok, accepts: [ok], scores: {ok: 0.4, wild: 1}, weight: 1}}
  b: {x: {aspires: ok}}
disagreement: {a: 0.1, b: 0}
agreements: {deal: {x: ok}, brawl: {x: wild}}
commitment: {}
"""


def test_no_party_breaches_past_its_own_red_line():
    judge = judge_of(WILD)
    deal, brawl = {"x": "ok"}, {"x": "wild"}
    for criterion in ("nash", "self_enforcing"):
        assert judge.verdict(criterion, deal).holds
        assert not judge.verdict(criterion, brawl).holds
    assert judge.verdict("self_enforcing", deal).margin == Fraction(1, 10)  # keeping is best
    verdict = judge.verdict("self_enforcing", brawl)
    assert (verdict.margin, verdict.witness.amount) == (None, None)
    assert verdict.witness.text == (
        "a breaks it: x: wild crosses its red line, and switching x from wild to ok does not"
    )
    assert judge.masks()["self_enforcing"].tolist() == [True, False]
    # with nothing to switch to, keeping gives it more than what follows
    stuck = judge_of(WILD.replace(", control: a", ""))
    assert stuck.verdict("self_enforcing", brawl).holds
    assert stuck.masks()["self_enforcing"].tolist() == [True, True]


def test_the_breach_named_is_the_plainest_of_the_best():
    text = WILD.replace(
        "issues: {x: {options: [ok, wild], control: a}}",
        """\
issues:
  y: {options: [one, two], control: a}
  x: {options: [ok, wild], control: a}""",
    ).replace(", accepts: [ok]", "")
    text = text.replace("deal: {x: ok}, brawl: {x: wild}", "deal: {y: two, x: ok}")
    verdict = judge_of(text).verdict("self_enforcing", {"y": "two", "x": "ok"})
    assert verdict.witness.to == "switching x from ok to wild"
    # a switch that gives no more than keeping is no breach
    level = text.replace("wild: 1}", "wild: 0.4}").replace(
        "disagreement: {a: 0.1", "disagreement: {a: 1"
    )
    verdict = judge_of(level).verdict("self_enforcing", {"y": "two", "x": "ok"})
    assert (verdict.witness.to, verdict.witness.amount) == ("", 0)


def test_three_red_lines_that_exclude_each_other_only_together_are_named():
    model = ng.loads("""\
title: Three lines
parties: {a: {}, b: {}, c: {}}
issues: {i: {options: [x, y, z]}, j: {options: [x, y]}}
demands:
  a: {i: {aspires: x, accepts: [x, y]}, j: {aspires: x, accepts: x}}
  b: {i: {aspires: y, accepts: [y, z]}, j: {aspires: y, accepts: y}}
  c: {i: {aspires: z, accepts: [z, x]}}
disagreement: {a: 0, b: 0, c: 0}
bargaining: {players: [a, b, c]}
stability: {best: 0}
""")
    found = model.solve()
    reason = (
        "the red lines exclude each other: on i, a allows only x or y and b allows only y or z and "
        "c allows only x or z; on j, a allows only x and b allows only y"
    )
    assert found["bargaining"].solutions["nash"].reason == reason
    assert found["stability"].notes[-1] == (
        f"No agreement is acceptable to all signatories, because {reason}."
    )


# ---- witnesses --------------------------------------------------------------------------


@few
@given(small_models(), st.integers(0, 26))
def test_who_refuses_is_who_would_lose(data, seed):
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):
        verdict = judge.verdict("acceptable", mapping(literal, agreement))
        refusing = [p for p in literal.signatories if not literal.accepts(p, agreement)]
        if verdict.holds:
            assert not refusing
            continue
        witness = verdict.witness
        assert sorted(witness.who) == sorted(refusing)
        first = witness.who[0]
        assert first in witness.text
        if any(literal.crossed(p, agreement) for p in refusing):
            assert witness.kind == "red line"
            assert literal.crossed(first, agreement)
        else:
            assert witness.kind == "walk-out"
            assert witness.to == NO_AGREEMENT
            assert witness.amount == literal.without(first) - literal.utility(first, agreement) > 0
            assert witness.amount == max(
                literal.without(p) - literal.utility(p, agreement) for p in refusing
            )


@few
@given(small_models(), st.integers(0, 26))
def test_the_dominating_agreement_dominates_and_the_ratifier_is_short(data, seed):
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):
        a = mapping(literal, agreement)
        verdict = judge.verdict("efficient", a)
        if not verdict.holds:
            better = read(literal, verdict.witness.to)
            assert literal.dominates(better, agreement)
            gaining = {
                p for p in literal.parties if literal.key(p, better) > literal.key(p, agreement)
            }
            assert set(verdict.witness.who) == gaining
        verdict = judge.verdict("ratifiable", a)
        if verdict.holds is False:
            blocking = [n for n in data["ratifiers"] if not literal.consents(n, agreement)]
            assert sorted(verdict.witness.who) == sorted(blocking)
            first = verdict.witness.who[0]
            assert first in verdict.witness.text
            assert verdict.witness.amount == literal.shortfall(first, agreement)


@few
@given(small_models(), st.integers(0, 26), st.sampled_from(CONCEPTS))
def test_the_mover_gains_and_nobody_undoes_it(data, seed, concept):
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):
        verdict = judge.verdict(concept, mapping(literal, agreement))
        witness = verdict.witness
        if verdict.holds:
            if witness is not None:  # a sanction
                mover, *answering = witness.who
                assert literal.improvements(mover, agreement)
                assert answering
                assert mover not in answering
                end = read(literal, witness.to)
                assert literal.key(mover, end) <= literal.key(mover, agreement)
            continue
        (mover,) = witness.who
        end = read(literal, witness.to)
        assert end in literal.improvements(mover, agreement)
        assert not literal.deterred(concept, mover, agreement, end)
        assert witness.kind == ("walk-out" if end == NO_AGREEMENT else "move")
        if literal.crossed(mover, agreement):
            assert witness.amount is None
        elif concept == "nash":
            gain = literal.key(mover, end)[1] - literal.utility(mover, agreement)
            assert witness.amount == gain > 0
            assert verdict.margin in {None, -gain}
        else:
            assert witness.amount is not None
            assert witness.amount > 0


@few
@given(small_models(), st.integers(0, 26))
def test_every_member_of_the_coalition_gains(data, seed):
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):
        verdict = judge.verdict("coalition_proof", mapping(literal, agreement))
        if verdict.holds:
            continue
        members = verdict.witness.who
        end = read(literal, verdict.witness.to)
        assert len(members) > 1
        assert end in literal.together(members, agreement)
        for party in members:
            assert literal.key(party, end) > literal.key(party, agreement)


@few
@given(small_models(), st.integers(0, 26))
def test_who_breaks_it_and_the_range_that_breaks_it(data, seed):
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):
        a = mapping(literal, agreement)
        verdict = judge.verdict("self_enforcing", a)
        if verdict.holds is False:
            breaking = [p for p in literal.patience() if not literal.keeps(p, agreement)]
            assert sorted(verdict.witness.who) == sorted(breaking)
            first = verdict.witness.who[0]
            kept = literal.key(first, agreement)
            best = max(literal.key(first, own) for own in literal.breaches(first, agreement))
            if verdict.witness.amount is None:  # a red line of its own is left behind
                assert best[0] > kept[0]
            else:
                assert best[0] == kept[0]
                assert verdict.witness.amount == best[1] - kept[1]
        verdict = judge.verdict("robust", a)
        if verdict.holds is False and literal.acceptable(agreement):
            path, value = verdict.witness.to.split("=")
            moved = literal.variants[path, Fraction(value)]
            assert not moved.acceptable(agreement)
            for party in verdict.witness.who:
                assert not moved.accepts(party, agreement)


@few
@given(small_models())
def test_every_no_has_a_sentence(data):
    _, judge = judged(data)
    for row in verdict_table(judge).rows:
        for criterion, verdict in row.verdicts.items():
            if verdict.holds is not True:
                assert verdict.witness is not None, criterion
                assert verdict.witness.text.strip(), criterion
                assert "None" not in verdict.witness.text


# ---- the rows ---------------------------------------------------------------------------


@few
@given(small_models())
def test_best_rows_have_the_highest_scores_and_differ_in_what_they_are_worth(data):
    literal, judge = judged(data)
    table = verdict_table(judge)
    masks = judge.masks()
    score = {
        agreement: sum(bool(literal.holds_by(key, agreement)) for key in masks)
        for agreement in literal.agreements
    }
    worth = {a: tuple(literal.utility(p, a) for p in literal.parties) for a in literal.agreements}
    most = defaultdict(int)
    for agreement, points in score.items():
        most[worth[agreement]] = max(most[worth[agreement]], points)
    ranked = sorted((points for points in most.values() if points), reverse=True)
    wanted = data["stability"]["best"]
    rows = {name: row for row in table.rows for name in row.names if name.startswith("best_")}
    best = [tuple(rows[f"best_{k}"].agreement.values()) for k in range(1, len(rows) + 1)]
    assert [score[agreement] for agreement in best] == ranked[:wanted]
    assert len({worth[agreement] for agreement in best}) == len(best)
    assert table.most == max(score.values())

    def least(agreement):
        return min(literal.utility(p, agreement) - literal.without(p) for p in literal.parties)

    for agreement, after in itertools.pairwise(best):
        if score[agreement] == score[after]:
            assert least(agreement) >= least(after)
    shown = {worth[agreement] for agreement in best}
    for agreement in literal.agreements if len(best) == wanted > 0 else ():
        if worth[agreement] not in shown and score[agreement] == score[best[-1]]:
            assert least(agreement) <= least(best[-1])


@few
@given(small_models())
def test_rows_carry_the_named_agreements_and_the_solutions(data):
    literal, judge = judged(data)
    analysis = judge.model.solve()
    table = analysis["stability"]
    for name in data["agreements"]:
        assert tuple(table.row(name).agreement.values()) == literal.named(name)
    for row in table.rows:
        agreement = tuple(row.agreement.values())
        assert row.utilities == {p: literal.utility(p, agreement) for p in literal.parties}
        assert row.met == sum(bool(literal.holds_by(key, agreement)) for key in CRITERIA)
    assert len({row.agreement for row in table.rows}) == len(table.rows)
    if "bargaining" in data:
        for concept, solution in analysis["bargaining"].solutions.items():
            name = f"{concept}_solution"
            names = {n for row in table.rows for n in row.names}
            assert (name in names) is solution.exists
            if solution.exists:
                agreement = table.row(name).agreement
                verdict = is_bargaining_solution(judge.space, agreement, concept)
                assert verdict.holds, verdict
            else:
                assert not any(
                    is_bargaining_solution(judge.space, mapping(literal, agreement), concept)
                    for agreement in literal.agreements
                )


def test_unknown_names_are_told_with_close_matches():
    model = ng.loads(WALL)
    judge = Judge(model, build.agreement_space(model))
    with pytest.raises(ng.UnknownNameError, match="'efficient'"):
        judge.verdict("eficient", {"wall": "up"})
    with pytest.raises(ng.UnknownNameError, match="'plan'"):
        model.solve()["stability"].row("plam")


WALL = """\
title: Wall
parties: {north: {}, south: {}}
issues: {wall: {options: [up, down], control: north}}
demands:
  north: {wall: {aspires: up}}
  south: {wall: {aspires: down}}
disagreement: {north: 0, south: 0}
agreements: {plan: {wall: down}}
"""


# ---- what must not matter ---------------------------------------------------------------


def renamed(node, names):
    """Rename every key and every text that is one of `names`."""
    if isinstance(node, dict):
        return {names.get(key, key): renamed(item, names) for key, item in node.items()}
    if isinstance(node, list):
        return [renamed(item, names) for item in node]
    return names.get(node, node) if isinstance(node, str) else node


NAMES = {
    "north": "ural",
    "south": "alps",
    "west": "fen",
    "a": "zero",
    "b": "one",
    "c": "two",
    "issue0": "quay",
    "issue1": "mole",
    "issue2": "buoy",
}


def verdicts(data, names=None):
    """Return masks and some verdicts, keyed by names that do not depend on the spelling."""
    names = names or {}
    back = {new: old for old, new in names.items()}
    literal, judge = judged(data)
    masks = {
        key: {
            frozenset((back.get(i, i), back.get(o, o)) for i, o in judge.space.agreement(k).items())
            for k in range(judge.space.size)
            if mask[k]
        }
        for key, mask in judge.masks().items()
    }
    cells = {
        (
            frozenset((back.get(i, i), back.get(o, o)) for i, o in mapping(literal, a).items()),
            key,
        ): (
            judge.verdict(key, mapping(literal, a)).holds,
            judge.verdict(key, mapping(literal, a)).margin,
        )
        for a in literal.agreements[:4]
        for key in CRITERIA
    }
    return masks, cells


@settings(max_examples=12)
@given(small_models())
def test_names_do_not_matter(data):
    assert verdicts(renamed(data, NAMES), NAMES) == verdicts(data)


@settings(max_examples=12)
@given(small_models(), st.sampled_from([Fraction(1, 7), Fraction(3), Fraction(10**9)]))
def test_scaling_the_weights_of_a_party_does_not_matter(data, factor):
    scaled = copy.deepcopy(data)
    for demand in scaled["demands"]["north"].values():
        weight = demand["weight"]
        demand["weight"] = (
            {key: value * factor for key, value in weight.items()}
            if isinstance(weight, dict)
            else weight * factor
        )
    assert verdicts(scaled) == verdicts(data)


@settings(max_examples=12)
@given(small_models())
def test_order_of_parties_and_direction_of_axes_do_not_matter(data):
    turned = copy.deepcopy(data)
    for section in ("parties", "demands", "disagreement"):
        turned[section] = dict(reversed(turned[section].items()))
    for part in turned["issues"].values():
        part["options"].reverse()
    turned_masks, _ = verdicts(turned)
    masks, _ = verdicts(data)
    assert turned_masks == masks
