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
from small_models import CONCEPTS, NO_AGREEMENT, Literal, model_of, small_models

import negotiation as ng
from negotiation.bargaining.checks import is_bargaining_solution
from negotiation.model import build
from negotiation.stability import CRITERIA, Judge, verdict_table

few = settings(max_examples=30)


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


def read_breach(literal, party, agreement):
    """Return the best switch of a party, or the agreement itself, by its preference."""
    return max(literal.breaches(party, agreement), key=lambda own: literal.key(party, own))


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
        nash = judge.verdict("nash", a)
        if any(
            literal.crossed(p, agreement) and literal.moves(p, agreement) for p in literal.parties
        ):
            assert nash.margin is None or not nash.holds
        else:
            # a move past one's own red line has no unit, however much one would have to gain
            slack = [
                literal.utility(p, agreement) - max(literal.key(p, s)[1] for s in inside)
                for p in literal.parties
                if (inside := [s for s in literal.moves(p, agreement) if literal.key(p, s)[0]])
            ]
            moving = [p for p in literal.parties if literal.moves(p, agreement)]
            expected = {min(slack, default=None)}
            if len(slack) < len(moving):
                expected.add(None)
            assert nash.margin in expected
        ratified = judge.verdict("ratifiable", a)
        short = [literal.shortfall(name, agreement) for name in data.get("ratifiers", {})]
        if ratified.holds is not None:
            assert ratified.margin == (None if None in short else -max(short))


@few
@given(small_models(), st.integers(0, 26))
def test_margin_of_coalitions_counts_no_move_past_a_members_red_line(data, seed):
    """A move past a red line has no unit, and no gain in utility would make it an improvement."""
    literal, judge = judged(data)
    for agreement in chosen(literal, seed):
        if any(literal.crossed(p, agreement) for p in literal.parties):
            continue
        ends = [(m, end) for m in literal.coalitions for end in literal.together(m, agreement)]
        inside = [(m, end) for m, end in ends if all(literal.key(p, end)[0] for p in m)]
        expected = {
            -max(
                min(literal.key(p, end)[1] - literal.utility(p, agreement) for p in members)
                for members, end in inside
            )
            if inside
            else None
        }
        if len(inside) < len(ends):
            expected.add(None)  # no margin is no false margin
        verdict = judge.verdict("coalition_proof", mapping(literal, agreement))
        assert verdict.margin in expected, agreement


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
    assert verdict.margin in {1, None}  # None: it has no unit


def test_nash_margin_of_a_party_that_can_only_cross_its_red_line():
    """North signs nothing and will not switch: the margin is South's 1 above no agreement."""
    text = LINE.replace("LINE", "[high, low]").replace("SIGN", "[south]")
    text = text.replace("control: north", "control: north, irreversible: [[low, high]]")
    model = ng.loads(text)
    judge = Judge(model, build.agreement_space(model))
    verdict = judge.verdict("nash", {"wall": "low"})
    assert verdict.holds
    assert verdict.margin in {1, None}  # None: it has no unit


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
            breach = read_breach(literal, first, agreement)
            kept, best = literal.key(first, agreement), literal.key(first, breach)
            if verdict.witness.amount is None:  # a red line of its own is left behind
                assert literal.stream(first, agreement, breach)[0] > kept[0]
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
