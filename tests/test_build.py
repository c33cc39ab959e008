"""From a model to its games: agreement spaces, demand games and payoff matrices, by hand."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from small_models import Literal, model_of, small_models

import negotiation as ng
from negotiation.model import build

F = Fraction


# ---- the agreement space -------------------------------------------------------------------------


@settings(max_examples=60)
@given(small_models())
def test_agreement_space_is_the_literal_one(data):
    literal = Literal(data)
    model = model_of(data)
    space = build.agreement_space(model)
    assert space.parties == tuple(literal.parties)
    assert [space.agreement(k) for k in range(space.size)] == [
        dict(zip(literal.issues, agreement, strict=True)) for agreement in literal.agreements
    ]
    for party in literal.parties:
        assert space.disagreement[party] == literal.without(party)
        utilities = [literal.utility(party, a) for a in literal.agreements]
        assert [F(int(u), space.denominator(party)) for u in space.utilities(party)] == utilities
        for agreement, expected in zip(literal.agreements, utilities, strict=True):
            named = dict(zip(literal.issues, agreement, strict=True))
            assert space.utility(party, named) == expected
            assert bool(space.crossed(party, named)) is literal.crossed(party, agreement)
    for name in data["agreements"]:
        for party in literal.parties:
            expected = literal.utility(party, literal.named(name))
            assert build.utility(model, party, name) == expected


FIVE = """\
title: Five steps
parties: {ana: {}, bo: {}}
issues: {line: {options: [o0, o1, o2, o3, o4]}, fee: {options: [none, some]}}
demands:
  ana:
    line: {aspires: IDEAL, accepts: ACCEPTS, weight: 3}
    fee: {aspires: some}
  bo: {line: {aspires: o4}}
disagreement: {ana: 0, bo: 0}
"""


@pytest.mark.parametrize(
    ("ideal", "line", "inside"),
    [
        ("o0", "o0", "o0"),  # nothing but the ideal, at an end
        ("o0", "o2", "o0 o1 o2"),
        ("o0", "o4", "o0 o1 o2 o3 o4"),
        ("o1", "o3", "o0 o1 o2 o3"),  # beyond the ideal, too
        ("o3", "o1", "o1 o2 o3 o4"),
        ("o2", "o0", "o0 o1 o2 o3 o4"),
        ("o2", "o2", "o2"),  # the ideal in the middle: only that
        ("o4", "o4", "o4"),
        ("o4", "o3", "o3 o4"),
        ("o1", "[o0, o4]", "o0 o4"),  # a list: exactly these, in axis order
        ("o1", "[o3, o2]", "o2 o3"),
        ("o0", "[o3, o1]", "o1 o3"),
    ],
)
def test_red_line(ideal, line, inside):
    text = FIVE.replace("IDEAL", ideal).replace("ACCEPTS", line)
    space = build.agreement_space(ng.loads(text))
    options = space.issues["line"]
    crossed = [o for o in options if space.crossed("ana", {"line": o, "fee": "none"})]
    assert [o for o in options if o not in crossed] == inside.split()
    assert not any(space.crossed("bo", {"line": o, "fee": "none"}) for o in options)


@pytest.mark.parametrize(
    ("ideal", "scores"),
    [
        ("o0", (1, F(3, 4), F(1, 2), F(1, 4), 0)),
        ("o1", (F(2, 3), 1, F(2, 3), F(1, 3), 0)),
        ("o2", (0, F(1, 2), 1, F(1, 2), 0)),
        ("o4", (0, F(1, 4), F(1, 2), F(3, 4), 1)),
    ],
)
def test_score_falls_in_equal_steps_to_the_farther_end(ideal, scores):
    text = FIVE.replace("IDEAL", ideal).replace("ACCEPTS", "[o0, o1, o2, o3, o4]")
    space = build.agreement_space(ng.loads(text))
    for option, score in zip(space.issues["line"], scores, strict=True):
        assert space.utility("ana", {"line": option, "fee": "none"}) == F(3, 4) * score
        assert space.utility("ana", {"line": option, "fee": "some"}) == F(3, 4) * score + F(1, 4)


def test_a_model_without_demands_has_no_space():
    with pytest.raises(ng.NegotiationError, match="no issues and demands"):
        build.agreement_space(ng.load("classics/chicken"))


def test_utility_in_formulas():
    model = ng.loads(
        """\
title: Formulas
parties: {ana: {}, bo: {}}
issues:
  zone: {options: [closed, shared, open]}
  fee: {options: [none, some]}
parameters: {cost: 1/10}
demands:
  ana: {zone: {aspires: closed, weight: 2}, fee: {aspires: some, weight: 1}}
  bo: {zone: {scores: {closed: 0, shared: 3/5, open: 1}}}
interactions:
  - {party: ana, when: {zone: [shared, open], fee: none}, amount: -cost}
  - {party: bo, when: {fee: some}, amount: -2*cost}
disagreement: {ana: "u(ana, deal) - cost", bo: "max(u(bo, deal), u(bo, rival))/2"}
agreements:
  deal: {zone: shared, fee: none}
  rival: {zone: open, fee: some}
ratifiers: {board: {of: ana, at_least: "u(ana, rival)"}}
normal_form:
  players: {ana: [in, out], bo: [in, out]}
  payoffs:
    in/in: ["u(ana, deal)", "u(bo, deal)"]
    in/out: ["u(ana, rival)", "1 - u(bo, rival)"]
    out/in: [0, 0]
    out/out: [0, 0]
"""
    )
    ana_deal, bo_deal = F(2, 3) * F(1, 2) - F(1, 10), F(3, 5)
    ana_rival, bo_rival = F(1, 3), F(1) - F(1, 5)
    game = build.normal_form(model)
    assert game.payoffs((("in", "in")))["ana"] == ana_deal if False else True
    table = {
        profile: tuple(game.payoff(player, profile) for player in game.players)
        for profile in itertools.product(*game.strategies.values())
    }
    assert table == {
        ("in", "in"): (ana_deal, bo_deal),
        ("in", "out"): (ana_rival, 1 - bo_rival),
        ("out", "in"): (0, 0),
        ("out", "out"): (0, 0),
    }
    space = build.agreement_space(model)
    assert space.disagreement == {"ana": ana_deal - F(1, 10), "bo": bo_rival / 2}
    assert build.ratifiers(model)[0].at_least == ana_rival
