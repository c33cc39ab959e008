"""What bargaining solutions pick along one input: exact, complete, in spaces of any size."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shipped import loaded
from small_models import enforced_models, formula_models, model_of

from negotiation.analysis import SOLVERS, Context
from negotiation.bargaining.checks import is_bargaining_solution
from negotiation.errors import NegotiationError
from negotiation.results import Tied
from negotiation.roots import Algebraic, between, integral, roots
from negotiation.stability import CRITERIA
from negotiation.what_if import envelopes
from negotiation.what_if.outcomes import NOTHING, frozen
from negotiation.what_if.points import Evaluator
from negotiation.what_if.solution_decider import PICKED
from negotiation.what_if.tipping import tipping_points

CONCEPTS = tuple(SOLVERS)
LOW, HIGH = Fraction(-1), Fraction(2)


def model_or_none(data):
    try:
        return model_of(data)
    except NegotiationError:
        return None


def places(found):
    """Numbers in every piece, at every end of one, close to both sides, and a grid."""
    ends = sorted({end for piece in found.pieces for end in (piece.low, piece.high)})
    values = [between(a, b) for a, b in itertools.pairwise(ends)]
    for end in ends:
        near = (end, end)
        if isinstance(end, Algebraic):
            fine = end.refine(Fraction(1, 10**9))
            near = (fine.low, fine.high)
        values += [near[0] - Fraction(1, 10**8), *near, near[1] + Fraction(1, 10**8)]
    width = found.high - found.low
    values += [found.low + width * Fraction(step, 12) for step in range(13)]
    return [value for value in dict.fromkeys(values) if found.low <= value <= found.high]


def agrees(model, found, output, values):
    """Hold what is said against solving the whole model at single numbers."""
    evaluate = Evaluator(model, (output,))
    for value in values:
        holds = found.at(value)
        if holds is None and found.guarantee == "some":
            continue
        try:
            solved = frozen(evaluate({found.path: value})[0])
        except NegotiationError:
            solved = None
        assert holds == solved, (value, holds, solved, found.points)
    for point in found.points:
        known = {str(side) for side in (point.before, point.at, point.after) if side is not None}
        assert len(known) > 1


@pytest.mark.parametrize("enough", [40, 2])
@settings(max_examples=25, deadline=None)
@given(formula_models(), st.sampled_from(CONCEPTS), st.sampled_from(PICKED))
def test_pieces_agree_with_solving(enough, data, concept, rest):
    checked(enough, data, f"bargaining.{concept}.{rest}")


def checked(enough, data, output):
    model = model_or_none(data)
    assume(model is not None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelopes, "ENOUGH", enough)  # with few, pieces must be cut
        found = tipping_points(model, "parameters.t", LOW, HIGH, output=output)
    assert found.guarantee == "all" or enough < 40
    agrees(model, found, output, places(found))


@pytest.mark.heavy
@pytest.mark.parametrize("enough", [40, 3])
@pytest.mark.parametrize("concept", CONCEPTS)
@settings(max_examples=100, deadline=None)
@given(formula_models(), st.sampled_from(PICKED))
def test_more_pieces_agree_with_solving(enough, concept, data, rest):
    checked(enough, data, f"bargaining.{concept}.{rest}")


NAMES = ("plan", *(f"{concept}_solution" for concept in CONCEPTS))


@settings(max_examples=40, deadline=None)
@given(formula_models(), st.sampled_from(NAMES), st.sampled_from(["", *CRITERIA]))
def test_verdicts_agree_with_solving(data, name, criterion):
    verdicts_agree(data, name, criterion)


@pytest.mark.heavy
@settings(max_examples=400, deadline=None)
@given(formula_models(), st.sampled_from(NAMES), st.sampled_from(["", *CRITERIA]))
def test_more_verdicts_agree_with_solving(data, name, criterion):
    verdicts_agree(data, name, criterion)


@settings(max_examples=25, deadline=None)
@given(enforced_models())
def test_keeping_agrees_with_solving(data):
    verdicts_agree(data, "plan", "self_enforcing")


def test_what_follows_a_breach_may_alone_depend_on_the_input():
    """Then no party's utility does."""
    model = loaded("alaska/settlement", "pism")
    path, asked = "parameters.pause_shift", "stability.verdicts.washington_signal.self_enforcing"
    found = tipping_points(model, path, output=f"{asked}.holds")
    assert len(found.points) == 2
    for point in found.points:
        (verdict,) = Evaluator(model, (asked,))({path: point.value})
        assert verdict["margin"] == 0
    agrees(model, found, f"{asked}.holds", places(found))


def verdicts_agree(data, name, criterion):
    model = model_or_none(data)
    assume(model is not None)
    steps = ["stability.verdicts", name, criterion, "holds"]
    output = ".".join(step for step in steps if step)
    assume(Evaluator(model, (output,))({})[0] is not None)  # the question arises
    found = tipping_points(model, "parameters.t", LOW, HIGH, output=output)
    agrees(model, found, output, places(found)[:25])


def all_of(holds):
    """Return every agreement of an outcome: tied ones, and tied options freely combined."""
    found = []
    for one in holds.values if isinstance(holds, Tied) else [holds]:
        choices = [own.values if isinstance(own, Tied) else (own,) for own in one.values()]
        found += [dict(zip(one, own, strict=True)) for own in itertools.product(*choices)]
    return found


@settings(max_examples=25, deadline=None)
@given(formula_models(), st.sampled_from(CONCEPTS))
def test_what_is_picked_passes_the_check_by_definition(data, concept):
    model = model_or_none(data)
    assume(model is not None)
    found = tipping_points(
        model, "parameters.t", LOW, HIGH, output=f"bargaining.{concept}.agreement"
    )
    for piece in found.pieces:
        value = piece.low if piece.low == piece.high else between(piece.low, piece.high)
        if not isinstance(value, Fraction):
            continue
        context = Context(model.override({"parameters.t": value}))
        players = model.spec.bargaining.players
        if piece.holds == NOTHING:
            every = map(context.bargained.agreement, range(context.bargained.size))
        else:
            every = all_of(piece.holds)
        for agreement in every:
            verdict = is_bargaining_solution(context.bargained, agreement, concept, players)
            assert verdict.holds is (piece.holds != NOTHING)


# ---- large spaces -----------------------------------------------------------------------------


@pytest.mark.parametrize("concept", CONCEPTS)
def test_a_large_space_is_exact(concept):
    model = loaded("alaska/settlement", "pism")
    output = f"bargaining.{concept}.agreement"
    found = tipping_points(model, "disagreement.us", 0, 1, output=output)
    assert found.guarantee == "all"
    assert len(found.points) >= 3
    evaluate = Evaluator(model, (output,))
    close = Fraction(1, 10**12)
    for point in found.points[:3]:
        sides = (point.value - close, point.value, point.value + close)
        told = (point.before, point.at, point.after)
        assert tuple(frozen(evaluate({found.path: own})[0]) for own in sides) == told


def wide(amount, **more):
    """Return a model with 4,096 agreements; `amount` is a number with ``t`` in it."""
    issues = {f"issue{k}": {"options": list("abcd")} for k in range(6)}
    weights = {"p": (1, 2, 3, 4, 5, 6), "q": (6, 1, 5, 2, 4, 3)}
    return model_of(
        {
            "title": "wide",
            "parties": {"p": {}, "q": {}},
            "parameters": {"t": {"value": Fraction(1, 7), "low": 0, "high": 2}},
            "issues": issues,
            "demands": {
                party: {
                    issue: {"aspires": end, "weight": Fraction(weight)}
                    for issue, weight in zip(issues, own, strict=True)
                }
                for (party, own), end in zip(weights.items(), "ad", strict=True)
            },
            "interactions": [
                {"party": "p", "when": {"issue1": ["b", "c", "d"]}, "amount": amount},
            ],
            "disagreement": {"p": Fraction(1, 10), "q": Fraction(1, 10)},
            "bargaining": {"players": ["p", "q"]},
            **more,
        }
    )


@pytest.mark.parametrize("concept", CONCEPTS)
def test_irrational_points_agree_with_a_rational_copy(concept):
    """t**2 in place of t moves every change to its square root, and nothing else."""
    output = f"bargaining.{concept}.agreement"
    plain = tipping_points(wide("t/5"), "parameters.t", 0, 4, output=output)
    squared = tipping_points(wide("t**2/5"), "parameters.t", 0, 2, output=output)
    assert plain.guarantee == squared.guarantee == "all"
    assert plain.points
    assert len(plain.points) == len(squared.points)
    for one, two in zip(plain.points, squared.points, strict=True):
        assert (one.before, one.at, one.after) == (two.before, two.at, two.after)
        assert (two.value,) == roots([integral([1, 0, -one.value])], Fraction(0))


@pytest.mark.parametrize("concept", CONCEPTS)
def test_thousands_of_agreements_leave_at_one_irrational_number(concept):
    """Beyond it p refuses everything: what p gets falls short of its walk-out everywhere."""
    model = wide(Fraction(0), disagreement={"p": "t**2/3 + 2/3", "q": Fraction(0)})
    output = f"bargaining.{concept}.agreement"
    found = tipping_points(model, "parameters.t", output=output)
    assert found.guarantee == "all"
    assert found.at(Fraction(2)) == NOTHING
    agrees(model, found, output, places(found))


@pytest.mark.parametrize("concept", CONCEPTS)
def test_ties_all_along(concept):
    """Nobody cares: every agreement is picked, until nobody signs any."""
    data = {
        "title": "idle",
        "parties": {"p": {}, "q": {}},
        "parameters": {"t": {"value": Fraction(1, 2), "low": -1, "high": 1}},
        "issues": {f"issue{k}": {"options": list("abc")} for k in range(5)},
        "demands": {
            party: {"issue0": {"scores": dict.fromkeys("abc", Fraction(0))}} for party in "pq"
        },
        "disagreement": {"p": "t", "q": "t"},
        "bargaining": {"players": ["p", "q"]},
    }
    found = tipping_points(model_of(data), "parameters.t", output=f"bargaining.{concept}.count")
    (point,) = found.points
    nothing_to_gain = concept in ("nash", "kalai_smorodinsky")
    assert (point.value, point.before, point.after) == (Fraction(0), 243, 0)
    assert point.at == (0 if nothing_to_gain else 243)


def test_a_solution_that_ends_is_a_tipping_point():
    model = wide("t/5")
    found = tipping_points(model, "disagreement.p", 0, 2, output="bargaining.nash.agreement")
    assert found.points[-1].after == NOTHING
    assert found.pieces[-1].holds == NOTHING
    assert NOTHING in str(found.points[-1])
    assert not found.gaps


def test_solutions_and_verdicts_together():
    model = loaded("alaska/settlement", "pism")
    names = ["bargaining.nash.exists", "stability.verdicts.nash_solution.acceptable.holds"]
    found = tipping_points(model, "disagreement.ua", 0, 1, outputs=names)
    assert found.guarantee == "all"
    evaluate = Evaluator(model, names)
    for piece in found.pieces:
        value = piece.low if piece.low == piece.high else between(piece.low, piece.high)
        if isinstance(value, Fraction):
            solved = evaluate({found.path: value})
            assert tuple(piece.holds[name] for name in names) == tuple(map(frozen, solved))


def test_numbers_that_lose_their_meaning_are_gaps():
    model = wide("t/5")
    found = tipping_points(
        model, "demands.p.issue0.weight", -1, 1, output="bargaining.utilitarian.agreement"
    )
    (gap,) = found.gaps
    assert (gap.low, gap.high) == (Fraction(-1), Fraction(0))
    assert "negative weight" in gap.why
    assert found.guarantee == "all"


# ---- where formulas break or lose their meaning ----------------------------------------------


def patient(weight, scores):
    """One party that may switch between two options; every other number is fixed."""
    return model_of(
        {
            "title": "patient",
            "parties": {"p": {"patience": Fraction(1, 2)}},
            "parameters": {"t": {"value": Fraction(7, 6), "low": 1, "high": 2}},
            "issues": {"deal": {"options": ["a", "b", "c"], "control": {"by": ["p"]}}},
            "demands": {"p": {"deal": {"scores": scores, "weight": weight}}},
            "disagreement": {"p": Fraction(0)},
            "agreements": {"plan": {"deal": "a"}},
            "commitment": {"lag": 1},
        }
    )


def plan(criterion):
    return f"stability.verdicts.plan.{criterion}.holds"


def test_a_break_at_an_irrational_number_is_crossed():
    scores = {"a": "max(t**2, 2)/4", "b": Fraction(1, 2), "c": Fraction(0)}
    found = tipping_points(patient(1, scores), "parameters.t", output=plan("nash"))
    assert found.guarantee == "all"
    assert not found.points  # a is worth no less than b on either side

    scores["b"] = "t**2/4"  # as much beyond the square root of 2, less before it
    scores["c"] = "3 - t**2"
    found = tipping_points(patient(1, scores), "parameters.t", output=plan("self_enforcing"))
    agrees(patient(1, scores), found, plan("self_enforcing"), places(found))
    assert found.guarantee == "all"


def test_a_weight_that_ends_at_an_irrational_number_is_a_gap():
    scores = {"a": Fraction(1), "b": Fraction(1, 2), "c": Fraction(0)}
    model = patient(1, scores).override(
        {"demands.p.deal.weight": "t**2 - 2", "parameters.t": Fraction(7, 4)}
    )
    found = tipping_points(model, "parameters.t", output=plan("nash"))
    root = Algebraic.of([1, 0, -2], 1, 2)
    (gap,) = found.gaps
    assert (gap.low, gap.high) == (Fraction(1), root)  # no weight at all at the root itself
    assert found.guarantee == "all"
    assert not found.points
    (piece,) = found.pieces
    assert (piece.holds, piece.low_included, piece.high_included) == (True, False, True)


def test_patience_that_reaches_one_at_an_irrational_number_is_a_gap():
    scores = {"a": Fraction(1), "b": Fraction(1, 2), "c": Fraction(0)}
    model = patient(1, scores).override({"parties.p.patience": "t**2/2"})
    found = tipping_points(model, "parameters.t", output=plan("self_enforcing"))
    root = Algebraic.of([1, 0, -2], 1, 2)
    (piece,) = found.pieces
    assert (piece.low, piece.high, piece.high_included) == (Fraction(1), root, False)
    (gap,) = found.gaps
    assert (gap.low, gap.high) == (root, Fraction(2))
    assert found.guarantee == "all"


def test_a_pole_of_a_number_that_does_not_matter_is_a_gap_of_one_number():
    scores = {"a": Fraction(1), "b": Fraction(1, 2), "c": "1/(2*t - 3)"}
    found = tipping_points(patient(1, scores), "parameters.t", output=plan("acceptable"))
    (gap,) = found.gaps
    assert (gap.low, gap.high) == (Fraction(3, 2), Fraction(3, 2))
    assert [piece.holds for piece in found.pieces] == [True, True]


def test_a_weight_that_is_zero_on_part_of_the_range():
    model = wide(Fraction(0))
    model = model.override({"demands.p.issue0.weight": "max(t - 1, 0)"})
    for output in ("bargaining.nash.agreement", "bargaining.egalitarian.count"):
        found = tipping_points(model, "parameters.t", output=output)
        assert found.guarantee == "all"
        agrees(model, found, output, places(found))


def test_self_enforcement_with_long_denominators():
    tiny = Fraction(1, 3**45)
    data = {
        "title": "long",
        "parties": {"p": {"patience": Fraction(1, 2)}},
        "issues": {"deal": {"options": ["a", "b"], "control": {"by": ["p"]}}},
        "demands": {"p": {"deal": {"scores": {"a": Fraction(1, 2**40), "b": Fraction(0)}}}},
        "disagreement": {"p": Fraction(0)},
        "agreements": {"plan": {"deal": "b"}},
        "commitment": {
            "lag": 1,
            "drift": [{"party": "p", "when": {"deal": ["b"]}, "amount": tiny - Fraction(1, 2**40)}],
        },
    }
    # keeping is worth 0; breaching 2**-40 now, and tiny - 2**-40 for good from then on
    assert model_of(data).solve().get_path(plan("self_enforcing")) is False
    data["commitment"]["drift"][0]["amount"] = -Fraction(1, 2**40)
    assert model_of(data).solve().get_path(plan("self_enforcing")) is True


@pytest.mark.parametrize("concept", CONCEPTS)
def test_ranges_beyond_floating_point(concept):
    model = wide("t**2/(t**2 + 1)/5")
    output = f"bargaining.{concept}.agreement"
    far = Fraction(10) ** 200
    found = tipping_points(model, "parameters.t", 0, far, output=output)
    near = tipping_points(model, "parameters.t", 0, 100, output=output)
    assert found.guarantee == "all"
    assert [point.value for point in found.points] == [point.value for point in near.points]
    assert found.at(far) == found.pieces[-1].holds


# ---- in words ---------------------------------------------------------------------------------


def test_what_is_the_same_everywhere_is_said_once():
    found = tipping_points(wide("t/5"), "disagreement.p", 0, 2, output="bargaining.nash.agreement")
    points, pieces, *_ = found.tables()
    texts = [text for _, text in pieces.rows]
    assert texts[-1] == NOTHING
    moving = {part.split(":")[0] for text in texts[:-1] for part in text.split(", ")}
    assert moving
    (shared, absent) = pieces.notes
    assert shared.startswith("Wherever there is one: ")
    same = {part.split(":")[0] for part in shared.partition(": ")[2].split(", ")}
    assert moving.isdisjoint(same)
    assert moving | same == set(found.pieces[0].holds)
    assert absent.startswith(NOTHING)
    first = dict(part.split(": ") for part in texts[0].split(", "))
    assert first.items() <= found.pieces[0].holds.items()
    assert all(name in moving for name, *_ in (row[1].split(":") for row in points.rows[:-1]))


def test_several_outputs_tell_only_what_changes():
    names = ["bargaining.nash.agreement", "bargaining.nash.exists"]
    found = tipping_points(wide("t/5"), "parameters.t", outputs=names)
    assert found.points
    for point in found.points:
        assert "exists" not in point.change
        assert point.change.count("issue") < 2 * 6
    _, pieces, stays = found.tables()
    assert {row[0] for row in pieces.rows} == {"bargaining.nash.agreement"}
    assert stays.rows == (("bargaining.nash.exists", "yes"),)
