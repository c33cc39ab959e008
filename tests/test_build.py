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


# ---- the agreement space ----------------------------------------------------------------


@settings(max_examples=25)
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
    assert {
        profile: game.payoffs_at(profile) for profile in itertools.product(*game.strategies)
    } == {
        ("in", "in"): (ana_deal, bo_deal),
        ("in", "out"): (ana_rival, 1 - bo_rival),
        ("out", "in"): (0, 0),
        ("out", "out"): (0, 0),
    }
    space = build.agreement_space(model)
    assert space.disagreement == {"ana": ana_deal - F(1, 10), "bo": bo_rival / 2}
    assert build.ratifiers(model)[0].at_least == ana_rival


# ---- payoff matrices that a model states ------------------------------------------------

MATRIX = """\
title: Matrix
parties: {ana: {}, bo: {}}
issues: {fee: {options: [none, some]}}
parameters: {half: 1/2, whole: half + half}
demands:
  ana: {fee: {aspires: none}}
  bo: {fee: {aspires: some}}
disagreement:
  ana: DISAGREEMENT
  bo: 0
agreements: {free: {fee: none}}
ratifiers:
  board:
    of: bo
    at_least: THRESHOLD
normal_form:
  players: {ana: [top, low], bo: [left, mid, right]}
  payoffs:
    low/right: [whole - 2*half, -whole**2]
    top/left: [half, 1/3]
    top / mid: [0.1, "min(half, 1/4)"]
    top/right: [2, 3]
    low/left: [4, 5]
    low/mid: [6, PAYOFF]
"""
ZERO = "1/(u(ana, free) - 1)"


def matrix(payoff="7", disagreement="0", threshold="0"):
    text = MATRIX.replace("PAYOFF", payoff).replace("DISAGREEMENT", disagreement)
    return ng.loads(text.replace("THRESHOLD", threshold), "matrix.yaml")


FEE = """\
title: Fee
parameters: {fee: {value: 2, low: 1, high: 4}, rest: 3 - fee}
normal_form:
  players: {north: [charge, waive], south: [call, avoid]}
  payoffs:
    charge/call: [fee, rest]
    charge/avoid: [-1, 0]
    waive/call: [1, 3]
    waive/avoid: [0, 0]
"""


def test_a_family_is_the_matrix_with_its_parameters_open():
    family = build.game_family(ng.loads(FEE, "fee.yaml"))
    assert family.game() == build.normal_form(ng.loads(FEE, "fee.yaml"))
    for fee in (1, F(5, 2), 4):
        changed = ng.loads(FEE, "fee.yaml").override({"parameters.fee": fee})
        assert family.game(fee=fee) == build.normal_form(changed)


def test_rows_of_the_matrix_may_stand_in_any_order():
    game = build.normal_form(matrix())
    assert game.players == ("ana", "bo")
    assert game.strategies == (("top", "low"), ("left", "mid", "right"))
    assert [game.payoffs_at(p) for p in itertools.product(*game.strategies)] == [
        (F(1, 2), F(1, 3)),
        (F(1, 10), F(1, 4)),
        (2, 3),
        (4, 5),
        (6, 7),
        (0, -1),
    ]


def line_of(needle, text):
    return next(k for k, line in enumerate(text.splitlines(), 1) if needle in line)


@pytest.mark.parametrize(
    ("changes", "path", "needle"),
    [
        ({"payoff": f'"{ZERO}"'}, "normal_form.payoffs.low/mid", "low/mid"),
        ({"disagreement": f'"{ZERO}"'}, "disagreement.ana", "ana: DIS"),
        ({"threshold": f'"{ZERO}"'}, "ratifiers.board.at_least", "at_least"),
    ],
    ids=["payoff", "disagreement", "threshold"],
)
def test_a_formula_without_value_is_told_with_its_place(changes, path, needle):
    with pytest.raises(ng.NegotiationError) as caught:
        matrix(**changes).solve()
    message = str(caught.value)
    assert "division by zero" in message
    assert path in message
    assert f"matrix.yaml:{line_of(needle, MATRIX)}" in message


# ---- demand games: one contested issue --------------------------------------------------


def duel(count, first, second, clash="disagreement", extra=""):
    """Two players with ideals on one axis of `count` options."""
    options = ", ".join(f"o{k}" for k in range(count))
    return ng.loads(
        f"""\
title: Duel
parties: {{ana: {{}}, bo: {{}}}}
issues: {{line: {{options: [{options}]}}}}
demands:
  ana: {{line: {{aspires: o{first}}}}}
  bo: {{line: {{aspires: o{second}}}}}
disagreement: {{ana: 1/7, bo: -1/9}}
agreements: {{fixed: {{line: o{count - 1}}}}}
demand_game: {{players: [ana, bo], over: [line], clash: {clash}{extra}}}
"""
    )


def outcomes(model):
    """Return profile -> number of the option it leads to, None for no agreement."""
    form = build.demand_game(model, build.agreement_space(model))
    return {
        profile: None if agreement is None else int(agreement["line"][1:])
        for profile, agreement in form.outcomes.items()
    }


I, M, C = "insist", "compromise", "concede"


@pytest.mark.parametrize(
    ("count", "first", "second", "expected"),
    [
        # an odd number of steps between the ideals has its midpoint between two options: a
        # compromising player accepts up to the one behind it and asks for the one before it
        (5, 0, 4, {I + I: None, I + M: None, I + C: 0, M + I: None, M + M: 2, M + C: 2,
                   C + I: 4, C + M: 2, C + C: 2}),
        (5, 4, 0, {I + I: None, I + M: None, I + C: 4, M + I: None, M + M: 2, M + C: 2,
                   C + I: 0, C + M: 2, C + C: 2}),
        (4, 0, 3, {I + I: None, I + M: None, I + C: 0, M + I: None, M + M: 1, M + C: 1,
                   C + I: 3, C + M: 2, C + C: 1}),
        (4, 3, 0, {I + I: None, I + M: None, I + C: 3, M + I: None, M + M: 1, M + C: 2,
                   C + I: 0, C + M: 1, C + C: 1}),
        (5, 1, 3, {I + I: None, I + M: None, I + C: 1, M + I: None, M + M: 2, M + C: 2,
                   C + I: 3, C + M: 2, C + C: 2}),
        # one step apart: who compromises accepts the other's ideal
        (2, 0, 1, {I + I: None, I + M: 0, I + C: 0, M + I: 1, M + M: 0, M + C: 0,
                   C + I: 1, C + M: 1, C + C: 0}),
        # the same ideal: nothing to clash over
        (3, 1, 1, dict.fromkeys((a + b for a in (I, M, C) for b in (I, M, C)), 1)),
    ],
)  # fmt: skip
def test_positions_of_two(count, first, second, expected):
    found = outcomes(duel(count, first, second))
    assert {"".join(profile): option for profile, option in found.items()} == expected


def test_payoffs_are_utilities_and_disagreement_values():
    model = duel(5, 0, 4)
    space = build.agreement_space(model)
    form = build.demand_game(model, space)
    assert form.game.strategies == ((I, M, C), (I, M, C))
    assert form.game.payoffs_at((I, I)) == (F(1, 7), F(-1, 9))
    assert form.game.payoffs_at((I, C)) == (1, 0)
    assert form.game.payoffs_at((M, C)) == (F(1, 2), F(1, 2))
    assert form.clash[I, I] == ("line",)
    assert form.clash[M, M] == ()


@pytest.mark.parametrize(
    ("count", "clash", "expected"),
    [
        (5, "split", {I + I: 2, I + M: 1, M + I: 3}),
        (4, "split", {I + I: 1, I + M: 1, M + I: 2}),
        (5, "fixed", {I + I: 4, I + M: 4, M + I: 4}),
    ],
)
def test_what_follows_a_clash(count, clash, expected):
    model = duel(count, 0, count - 1, clash)
    found = {"".join(profile): option for profile, option in outcomes(model).items()}
    assert {profile: found[profile] for profile in expected} == expected
    peaceful = outcomes(duel(count, 0, count - 1))
    for profile, option in peaceful.items():
        if option is not None:
            assert found["".join(profile)] == option
    space = build.agreement_space(model)
    form = build.demand_game(model, space)
    for profile, agreement in form.outcomes.items():
        assert form.game.payoffs_at(profile) == tuple(
            space.utility(player, agreement) for player in ("ana", "bo")
        )


def test_some_positions_only():
    assert list(outcomes(duel(5, 0, 4, extra=", positions: [insist, concede]"))) == [
        (I, I),
        (I, C),
        (C, I),
        (C, C),
    ]


# ---- demand games: several players, several issues --------------------------------------

THREE = """\
title: Three
parties: {ana: {}, bo: {}, cy: {}, onlooker: {}}
issues:
  line: {options: [o0, o1, o2, o3, o4]}
  fee: {options: [none, some, much]}
  date: {options: [soon, late]}
demands:
  ana: {line: {aspires: o0}, fee: {aspires: none}}
  bo: {line: {aspires: o1}, fee: {aspires: much}}
  cy: {line: {aspires: o4}, fee: {aspires: much}}
  onlooker: {date: {aspires: late}}
disagreement: {ana: 0, bo: 0, cy: 0, onlooker: 0}
agreements: {rest: {line: o3, fee: some, date: late}}
demand_game: {players: [ana, bo, cy], over: OVER, clash: CLASH, rest: rest}
"""


def three(over="[line]", clash="disagreement"):
    model = ng.loads(THREE.replace("OVER", over).replace("CLASH", clash))
    return build.demand_game(model, build.agreement_space(model))


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ((I, I, I), None),
        ((M, M, M), "o2"),  # ana to 2, bo (farthest from cy) to 3 asking 2, cy from 2
        ((I, C, C), "o0"),
        ((I, M, C), "o0"),  # bo accepts 0 to 3
        ((I, C, M), None),
        ((M, I, M), None),
        ((M, I, C), "o1"),
        ((C, I, C), "o1"),
        ((C, C, I), "o4"),
        ((C, M, I), None),
        ((C, M, M), "o2"),
        ((M, C, C), "o2"),
        ((C, C, C), "o2"),  # the ideals' mean is 5/3
    ],
)
def test_positions_of_three(profile, expected):
    agreement = three().outcomes[profile]
    assert (agreement and agreement["line"]) == expected
    if agreement:
        assert dict(agreement) == {"line": expected, "fee": "some", "date": "late"}


def test_a_clash_on_one_of_two_issues():
    spoilt = three("[line, fee]")
    assert spoilt.clash[C, I, I] == ("line",)
    assert spoilt.outcomes[C, I, I] is None
    assert spoilt.clash[I, I, I] == ("line", "fee")
    assert dict(spoilt.outcomes[C, I, C]) == {"line": "o1", "fee": "much", "date": "late"}
    shared = three("[line, fee]", "split")
    # on the line bo asks 1 and cy 4: 5/2, as near to 2 as to 3, the earlier counts
    assert dict(shared.outcomes[C, I, I]) == {"line": "o2", "fee": "much", "date": "late"}
    # on the fee 0, 2 and 2 are asked: 4/3
    assert dict(shared.outcomes[I, I, I]) == {"line": "o2", "fee": "some", "date": "late"}
    assert shared.clash == spoilt.clash
    fixed = three("[line, fee]", "rest")
    assert dict(fixed.outcomes[C, I, I]) == {"line": "o3", "fee": "some", "date": "late"}


def test_compromise_does_not_depend_on_the_order_of_the_others():
    """In the middle between two ideals that are equally far the players may stand in any order."""
    text = THREE.replace("bo: {line: {aspires: o1}", "bo: {line: {aspires: o2}")
    text = text.replace("OVER", "[line]").replace("CLASH", "disagreement")
    found = {}
    for order in itertools.permutations(["ana", "bo", "cy"]):
        model = ng.loads(text.replace("players: [ana, bo, cy]", f"players: [{', '.join(order)}]"))
        form = build.demand_game(model, build.agreement_space(model))
        for positions in itertools.product((I, M, C), repeat=3):
            who = dict(zip(order, positions, strict=True))
            found.setdefault(tuple(sorted(who.items())), set()).add(form.outcomes[positions])
    assert {profile for profile, options in found.items() if len(options) > 1} == set()


PACKAGES = """\
title: Packages
parties: {ana: {}, bo: {}}
issues:
  line: {options: [o0, o1, o2]}
  fee: {options: [none, some, much]}
demands:
  ana: {line: {aspires: o0}, fee: {aspires: none}}
  bo: {line: {aspires: o2}, fee: {aspires: some}}
disagreement: {ana: 0, bo: 0}
demand_game:
  players: [ana, bo]
  over: [line, fee]
  positions:
    ana: {hard: {line: o0, fee: none}, soft: {line: o1}}
    bo: {hard: {line: o2, fee: some}, trade: {line: o0, fee: much}, open: {}}
"""


def test_packages():
    model = ng.loads(PACKAGES)
    form = build.demand_game(model, build.agreement_space(model))
    assert form.game.strategies == (("hard", "soft"), ("hard", "trade", "open"))
    assert {profile: form.clash[profile] for profile in form.outcomes} == {
        ("hard", "hard"): ("line", "fee"),
        ("hard", "trade"): ("fee",),
        ("hard", "open"): (),
        ("soft", "hard"): ("line",),
        ("soft", "trade"): ("line",),
        ("soft", "open"): (),
    }
    assert dict(form.outcomes["hard", "open"]) == {"line": "o0", "fee": "none"}
    # on the fee nobody asks: the mean of the ideals none and some, the earlier one
    assert dict(form.outcomes["soft", "open"]) == {"line": "o1", "fee": "none"}


def test_an_issue_on_which_nobody_asks_or_has_an_ideal_is_no_traceback():
    text = PACKAGES.replace("fee: {aspires: none}", "fee: {scores: {none: 1, some: 0, much: 0}}")
    text = text.replace("fee: {aspires: some}", "fee: {scores: {none: 0, some: 1, much: 1}}")
    with pytest.raises(ng.NegotiationError, match="fee"):
        ng.loads(text).solve()
