"""Known probabilities lie in their intervals, known indices are found, swaps are tried one by one.

Everything is seeded: what passes once passes always. Where a bound is statistical, the chance
that correct code fails it for freshly chosen seeds is stated.
"""

from __future__ import annotations

import copy
import itertools
import pickle
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from small_models import model_of

import negotiation as ng
from negotiation.analysis import solve
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.exact import exact_text
from negotiation.model import build
from negotiation.what_if import sampling, smaa
from negotiation.what_if.fragility import fragility
from negotiation.what_if.robustness import robustness
from negotiation.what_if.sampling import Failed, Normal, Triangular
from negotiation.what_if.sensitivity import sensitivity
from negotiation.what_if.smaa import acceptability

OUTCOMES = "normal_form.equilibria.outcomes"
THIRD = "normal_form.equilibria.profiles.2.payoffs.first"
ONLY = "normal_form.equilibria.payoffs.me"
DEAL = "stability.verdicts.deal.acceptable"


def bargain(**more):
    """Two parties and one issue; a takes the deal, worth 1/2 to it, where x + 2 y <= 1/2."""
    data = {
        "title": "A deal",
        "parties": {"a": {}, "b": {}},
        "issues": {"price": {"options": ["low", "middle", "high"]}},
        "parameters": {"x": {"value": 0, "low": 0, "high": 1}, "y": 0},
        "demands": {
            "a": {"price": {"aspires": "high"}},
            "b": {"price": {"aspires": "low"}},
        },
        "disagreement": {"a": "x + 2*y", "b": 0},
        "agreements": {"deal": {"price": "middle"}},
    }
    return model_of({**data, **more})


def alone(payoff, **parameters):
    """A player without choice, whose payoff is a formula of parameters between 0 and 1."""
    return model_of(
        {
            "title": "No choice",
            "parties": {"me": {}, "you": {}},
            "parameters": {
                name: {"value": value, "low": 0, "high": 1} for name, value in parameters.items()
            },
            "normal_form": {
                "players": {"me": ["only"], "you": ["only"]},
                "payoffs": {"only/only": [payoff, 0]},
            },
        }
    )


# ---- known probabilities ------------------------------------------------------------------

# model, output, outcome, what is drawn, the probability by hand
KNOWN = [
    # a takes the deal where x <= 1/2
    (bargain(), f"{DEAL}.holds", "yes", None, 1 / 2),
    (bargain(), f"{DEAL}.holds", "no", {"parameters.x": (0, "5/6")}, 2 / 5),
    (bargain(), f"{DEAL}.holds", "yes", {"parameters.x": Triangular(0, 0, 1)}, 3 / 4),
    (bargain(), f"{DEAL}.holds", "yes", {"parameters.x": Normal(0, "1/2", 0)}, 0.682689492),
    # x + 2 y <= 1/2 in the unit square: a triangle with sides 1/2 and 1/4
    (bargain(), f"{DEAL}.holds", "yes", {"parameters.y": (0, 1)}, 1 / 16),
    # where a crash costs less than losing face, going straight is dominant
    (
        ng.load("classics/chicken"),
        OUTCOMES,
        "straight/straight",
        {"parameters.crash": (-3, 1)},
        None,
    ),
]


def probability(case):
    over, known = case[3:]
    if known is not None:
        return known
    # crash > lose, with lose uniform on [-2, -1/2] and crash on [-3, 1]; ties have no weight
    assert over == {"parameters.crash": (-3, 1)}
    return float((Fraction(1) - Fraction(-5, 4)) / 4)  # (1 - mean of lose) / 4


@pytest.mark.parametrize("place", range(len(KNOWN)))
def test_known_probabilities_lie_in_their_intervals(place):
    """10 seeds of independent draws: more than 3 of 10 intervals of 95 % miss in 0.1 % of runs."""
    case = KNOWN[place]
    model, output, outcome, over, _ = case
    known, missed = probability(case), 0
    for seed in range(10):
        found = robustness(
            model, draws=25, seed=seed, outputs=output, over=over, method="random"
        ).chance(output, outcome)
        missed += not found.low <= known <= found.high
    assert missed <= 3


@pytest.mark.parametrize("place", range(len(KNOWN)))
def test_sobol_draws_come_closer(place):
    """The share is off by less than half a standard error of as many independent draws.

    Sobol nets have a discrepancy of order log(N)^d / N, well below that; independent draws
    would fail this in 62 % of cases.
    """
    case = KNOWN[place]
    model, output, outcome, over, _ = case
    known = probability(case)
    found = robustness(model, draws=128, outputs=output, over=over).chance(output, outcome)
    assert abs(float(found.share) - known) < 0.5 * (known * (1 - known) / 128) ** 0.5


def test_mixed_equilibrium_of_chicken_over_the_crash():
    """Each goes straight with 1 / -crash and gets 1 / crash: the quantiles follow the crash."""
    over = {"parameters.win": None, "parameters.lose": None, "parameters.crash": (-50, -3)}
    found = robustness(ng.load("classics/chicken"), draws=128, outputs=THIRD, over=over)
    found = found.spread(THIRD)
    assert found.count == 128
    for name, part in (("least", 0), ("q05", 0.05), ("median", 0.5), ("q95", 0.95), ("most", 1)):
        # the larger the crash (towards -3), the lower 1/crash
        crash = -50 + 47 * (1 - part)
        assert 1 / float(getattr(found, name)) == pytest.approx(crash, abs=47 * 2 / 128)
    assert found.mean == pytest.approx(-np.log(50 / 3) / 47, abs=1e-3)
    assert 0 < found.deviation < 0.1


def test_whole_numbers_have_probabilities_and_a_spread():
    count = "normal_form.equilibria.count"
    found = robustness(ng.load("classics/chicken"), over={"parameters.crash": (-3, 1)}, draws=64)
    assert found.chance(count, "1").count + found.chance(count, "3").count == 64
    mean = 1 + 2 * float(found.chance(count, "3").share)
    assert found.spread(count).mean == pytest.approx(mean)
    assert found.chance(count, "7").count == 0


def test_shares_of_an_output_add_up_to_one():
    found = robustness(ng.load("alaska/territory_for_commerce"), draws=4)
    assert [table.name for table in found.tables()][:2] == ["verdicts", "probabilities"]
    for output in found.drawn.outputs:
        own = [chance for chance in found.chances if chance.output == output]
        assert own
        assert sum(chance.count for chance in own) == len(found) == 4


# ---- the same answer ----------------------------------------------------------------------


def test_any_number_of_workers_and_any_chunks_give_the_same_answer(monkeypatch):
    model = ng.load("classics/chicken")
    asked = {"draws": 60, "outputs": [THIRD, OUTCOMES], "over": {"parameters.crash": (-3, 1)}}
    found = robustness(model, jobs=1, **asked)
    assert robustness(model, jobs=2, **asked) == found
    assert robustness(model, jobs=3, **asked) == found
    with ThreadPoolExecutor(2) as pool:
        assert robustness(model, executor=pool, **asked) == found
    monkeypatch.setattr(sampling, "CHUNK", 5)
    again = robustness(model, jobs=2, **asked)
    assert again == found
    assert str(again) == str(found)
    assert again.data() == found.data()


def test_seeds_count_and_zero_is_one():
    model = ng.load("classics/chicken")
    first, again, other = (robustness(model, draws=16, seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first.samples != other.samples
    assert (first.seed, other.seed) == (0, 1)


def test_every_draw_can_be_repeated_by_hand():
    model = ng.load("classics/chicken")
    found = robustness(model, draws=8, outputs=[THIRD], method="latin")
    for k, (value,) in enumerate(found.results):
        text = {path: exact_text(number) for path, number in found.changes(k).items()}
        assert model.override(text).solve().get_path(THIRD) == value
    with pytest.raises(UnknownNameError, match="from 0 to 7"):
        found.changes(8)


def test_progress_goes_up_to_the_end():
    told = []
    robustness(
        ng.load("classics/chicken"),
        draws=64,
        outputs=[OUTCOMES, THIRD],
        progress=lambda *at: told.append(at),
    )
    assert told == sorted(told)
    assert told[-1] == (128, 128)


# ---- what is said -------------------------------------------------------------------------


def test_rounding_up_is_said():
    model = ng.load("classics/chicken")
    found = robustness(model, draws=1000)
    assert (found.asked, len(found), len(found.samples)) == (1000, 1024, 1024)
    assert "1,000 draws were asked for" in str(found)
    assert "asked for" not in str(robustness(model, draws=1000, method="random"))
    assert found.guarantee == "sampled"


def test_draws_that_fail_are_reported():
    model = ng.load("classics/chicken")
    found = robustness(model, draws=64, outputs=[THIRD], over={"parameters.crash": (-3, 1)})
    failed = found.failures[THIRD]
    assert 0 < failed < 64
    assert failed == sum(isinstance(value, Failed) for (value,) in found.results)
    assert found.chance(THIRD, "could not be evaluated").count == failed
    assert found.spread(THIRD).count == 64 - failed
    assert "What could not be evaluated" in str(found)
    assert found.data()["outputs"][THIRD]["failed"] == failed


def test_questions_that_do_not_arise_are_counted():
    output = "stability.verdicts.deal.ratifiable.holds"
    found = robustness(bargain(), draws=4, outputs=output)
    assert found.chance(output, "does not arise").count == 4
    assert found.chance(output).count == 0


def test_agreements_have_their_names():
    found = robustness(ng.load("alaska/territory_for_commerce"), draws=4)
    outcomes = {c.outcome for c in found.chances if c.output.startswith("bargaining.")}
    assert all(
        ": " in outcome or outcome == "none"
        for outcome in outcomes
        - {
            "no_deal",
            "commerce_first",
            "recognition_alone",
            "settlement_then_commerce",
            "ceasefire_without_recognition",
        }
    )
    model = bargain(bargaining={"players": ["a", "b"]})
    assert (
        robustness(model, draws=4, over={"parameters.x": (0, "1/10")})
        .chance("bargaining.egalitarian.agreement", "deal")
        .count
        == 4
    )


def test_frame_has_one_row_per_draw():
    found = robustness(ng.load("classics/chicken"), draws=8)
    assert found.to_dataframe()["parameters.win"].dtype == float
    frame = found.to_dataframe(exact=True)
    assert list(frame.columns) == [*found.ranges, *found.drawn.outputs]
    assert tuple(frame["parameters.win"]) == tuple(row[0] for row in found.samples)


def test_results_are_values():
    found = robustness(ng.load("classics/chicken"), draws=8, over={"parameters.crash": (-3, 1)})
    assert pickle.loads(pickle.dumps(found)) == found
    assert found.to_dict()["outputs"][OUTCOMES]["failed"] == 0
    assert repr(found) == "<robustness of 'Chicken' over 8 draws>"


# ---- sensitivity --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draws", "near"),
    [(64, 0.1), pytest.param(1024, 0.02, marks=pytest.mark.heavy)],
)
@pytest.mark.parametrize(
    ("payoff", "first", "total"),
    [
        ("a + 2*b", {"a": 1 / 5, "b": 4 / 5, "c": 0}, {"a": 1 / 5, "b": 4 / 5, "c": 0}),
        # var(ab) = 1/9 - 1/16, var(E[ab | a]) = var(a) / 4 = 1/48
        ("a*b", {"a": 3 / 7, "b": 3 / 7, "c": 0}, {"a": 4 / 7, "b": 4 / 7, "c": 0}),
        ("5 - 3*c", {"a": 0, "b": 0, "c": 1}, {"a": 0, "b": 0, "c": 1}),
    ],
)
def test_sobol_indices_of_known_functions(payoff, first, total, draws, near):
    """The error of N independent base draws is about 1.3 / sqrt(N), of Sobol points far less."""
    found = sensitivity(alone(payoff, a=1, b=1, c=1), ONLY, draws=draws)
    assert found.evaluations == draws * 5
    for name in "abc":
        own = found.driver(f"parameters.{name}")
        assert own.first == pytest.approx(first[name], abs=near)
        assert own.total == pytest.approx(total[name], abs=near)
        assert 0 <= own.first_error < 0.6
    assert [own.total for own in found.drivers] == sorted(
        (own.total for own in found.drivers), reverse=True
    )


def test_a_single_threshold_is_all_of_a_verdict():
    found = sensitivity(bargain(), f"{DEAL}.holds", draws=64, over={"parameters.y": (0, "1/10000")})
    assert found.drivers[0].path == "parameters.x"
    assert found.mean == pytest.approx(1 / 2, abs=1 / 64)
    # 64 base draws, of which some 64 / 2 flip: the spread of the estimate is about 0.15
    assert found.drivers[0].total == pytest.approx(1, abs=0.3)
    assert found.drivers[1].total < 0.05


def test_indices_come_from_the_seed_alone():
    model = alone("a*b", a=1, b=1)
    np.random.seed(1)  # noqa: NPY002  the global state must not matter
    first = sensitivity(model, ONLY, draws=16, seed=0)
    np.random.seed(2)  # noqa: NPY002
    assert sensitivity(model, ONLY, draws=16, seed=0, jobs=2) == first
    assert sensitivity(model, ONLY, draws=16, seed=1) != first


def test_nothing_drives_a_constant():
    found = sensitivity(alone("1", a=1), ONLY, draws=8)
    assert found.data()["drivers"]["parameters.a"] == dict.fromkeys(
        ("first", "first_error", "total", "total_error"), 0
    )
    assert "nothing drives it" in str(found)


def test_too_few_draws_to_see_an_event_raise_no_warning():
    over = {"parameters.y": (0, "1/2"), "parameters.x": (0, 1)}
    found = [
        sensitivity(bargain(), f"{DEAL}.holds", draws=1, seed=seed, over=over) for seed in range(25)
    ]
    seen = [own for own in found if own.variance]
    assert seen
    assert any(all(driver.total == 0 for driver in own.drivers) for own in seen)


def test_without_salib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.analyze.sobol", None)
    with pytest.raises(NegotiationError, match=r"negotiation\[sensitivity\]"):
        sensitivity(alone("a", a=1), ONLY)


# ---- acceptability ------------------------------------------------------------------------


def weighing(**more):
    """Party a has two issues, b one; with weight w on the first, a's utilities are linear in w."""
    score = {"options": ["left", "right"]}
    mixed = {"options": ["none", "some", "all"]}
    data = {
        "title": "Weighing",
        "parties": {"a": {}, "b": {}},
        "issues": {"one": mixed, "two": mixed, "three": score},
        "demands": {
            "a": {
                "one": {"scores": {"none": 0, "some": 0.6, "all": 1}},
                "two": {"scores": {"none": 0, "some": 0.6, "all": 1}},
            },
            "b": {"three": {"aspires": "left"}},
        },
        "disagreement": {"a": 0.5, "b": 0.5},
        "agreements": {
            "first": {"one": "all", "two": "none", "three": "left"},
            "second": {"one": "none", "two": "all", "three": "left"},
            "between": {"one": "some", "two": "some", "three": "right"},
        },
    }
    return model_of({**data, **more})


def test_rank_acceptability_of_two_weights():
    """With w uniform on [0, 1] a's utilities are w, 1 - w and 3/5: the shares are lengths.

    One number in a Sobol net of 1024: each length is off by 2/1024 at most.
    """
    found = acceptability(weighing(), draws=1024)
    near = {"abs": 2 / 1024 + 1e-6}
    a = {name: [float(s) for s in shares] for name, shares in found.ranks["a"].items()}
    # first leads for w > 3/5, is second between 2/5... and w <= 1/2 puts it below second
    assert a["first"] == pytest.approx([2 / 5, 1 / 10, 1 / 2], **near)
    assert a["second"] == pytest.approx([2 / 5, 1 / 10, 1 / 2], **near)
    assert a["between"] == pytest.approx([1 / 5, 4 / 5, 0], **near)
    assert found.ranks["b"]["between"] == (0, 0, 1)
    assert found.ranks["b"]["first"] == found.ranks["b"]["second"] == (1, 0, 0)
    assert [float(s) for s in found.joint["first"]] == pytest.approx([2 / 5, 1 / 10, 1 / 2], **near)
    assert found.joint["between"] == (0, 0, 1)
    assert float(found.acceptable["first"]) == pytest.approx(1 / 2, **near)
    assert found.acceptable["between"] == 0  # b refuses
    assert found.central["a"]["first"]["one"] == pytest.approx(4 / 5, **near)
    assert found.central["a"]["second"]["one"] == pytest.approx(1 / 5, **near)
    assert found.central["a"]["between"]["one"] == pytest.approx(1 / 2, **near)
    assert found.central["b"]["between"] is None
    assert found.central["b"]["first"] == {"three": 1}


def test_declared_ranges_of_weights_replace_the_simplex():
    """Weights w in [1, 3] and 1: w / (w + 1) > 3/5 where w > 3/2."""
    data = weighing().origin.data
    demands = copy.deepcopy(data["demands"])
    demands["a"]["one"]["weight"] = {"value": 1, "low": 1, "high": 3}
    found = acceptability(weighing(demands=demands), draws=1024)
    assert float(found.ranks["a"]["first"][0]) == pytest.approx(3 / 4, abs=2 / 1024 + 1e-6)
    assert found.ranks["a"]["second"][0] == 0


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("alaska/territory_for_commerce", ""),
        ("alaska/territory_for_commerce", "igs"),
        ("alaska/regions", ""),
    ],
)
def test_ranks_are_those_of_the_model_with_these_weights(name, reading):
    """Red lines and interactions among them: every draw against the judge of the changed model."""
    model = ng.load(name)
    model = model.reading(reading) if reading else model
    draws, names = 8, tuple(model.agreements)
    found = acceptability(model, draws=draws, seed=3)
    plans = [smaa._plan(model, party) for party in found.parties]
    unit = sampling.unit_points(draws, sum(plan.dimensions for plan in plans), 3)
    own = iter(unit.T)
    parts = [[next(own) for _ in range(plan.dimensions)] for plan in plans]
    weights = [
        plan.weights(np.array(part).T if part else np.empty((draws, 0)))
        for plan, part in zip(plans, parts, strict=True)
    ]
    ranks = {party: {a: Counter() for a in names} for party in found.parties}
    joint, accepted = {a: Counter() for a in names}, Counter()
    for k in range(draws):
        changed = model.override(
            {
                f"demands.{plan.party}.{issue}.weight": int(weight)
                for plan, rows in zip(plans, weights, strict=True)
                for issue, weight in zip(plan.issues, rows[k], strict=True)
            }
        )
        space = build.agreement_space(changed)
        worst = Counter()
        for party in found.parties:
            keys = {
                a: (not space.crossed(party, d), space.utility(party, d))
                for a in names
                for d in [changed.agreement(a)]
            }
            for a in names:
                rank = 1 + sum(key > keys[a] for key in keys.values())
                ranks[party][a][rank] += 1
                worst[a] = max(worst[a], rank)
        section = model.spec.stability
        signatories = (section.signatories if section else ()) or space.parties
        for a in names:
            joint[a][worst[a]] += 1
            accepted[a] += all(
                space.acceptable_to(p, changed.agreement(a)).holds for p in signatories
            )
    places = range(1, len(names) + 1)
    for a in names:
        for party in found.parties:
            assert found.ranks[party][a] == tuple(
                Fraction(ranks[party][a][r], draws) for r in places
            )
        assert found.joint[a] == tuple(Fraction(joint[a][r], draws) for r in places)
        assert found.acceptable[a] == Fraction(accepted[a], draws)


def test_disagreement_that_follows_the_weights():
    model = weighing(disagreement={"a": "u(a, first)", "b": 0})
    found = acceptability(model, draws=64, agreements=["between", "first"])
    assert found.acceptable["first"] == 1
    assert float(found.acceptable["between"]) == pytest.approx(3 / 5, abs=1 / 64)
    assert found.agreements == ("between", "first")


def test_weights_are_uniform_over_the_simplex():
    """Each of m weights is below t with probability 1 - (1 - t)^(m - 1)."""
    plan = smaa._Plan("p", tuple("wxyz"), (Fraction(1),) * 4, ng.exact.FrozenMap())
    weights = plan.weights(sampling.unit_points(4096, 3, 0))
    shares = (weights / weights.sum(axis=1)[:, None]).astype(float)
    for t in (0.1, 0.25, 0.5):
        # three standard errors of independent draws; Sobol points are closer
        assert (shares < t).mean(axis=0) == pytest.approx(1 - (1 - t) ** 3, abs=0.0235)


# ---- fragility ----------------------------------------------------------------------------


def stable_of(model, section):
    data = solve(model)[section].data()
    if section == "normal_form":
        return set(data["equilibria"]["outcomes"])
    return {f"{s} ({c})" for c, states in data["equilibria"].items() for s in states}


def compare(model, swap, changed, section):
    """A swap against solving the whole changed model."""
    before = {c.name: c.mark for c in model.solve().predictions()}
    after = {c.name: c.mark for c in changed.solve().predictions()}
    assert set(swap.flips) == {name for name in before if before[name] != after[name]}
    old, new = stable_of(model, section), stable_of(changed, section)
    assert (set(swap.appeared), set(swap.vanished)) == (new - old, old - new)


@pytest.mark.parametrize(
    "reading", [*(pytest.param(name, marks=pytest.mark.heavy) for name in ("", "pism")), "igs"]
)
def test_ranking_swaps_against_brute_force(reading):
    model = ng.load("alaska/conflict_states")
    model = model.reading(reading) if reading else model
    found = fragility(model)
    data, swaps = model.origin.data, iter(found.swaps)
    for party, block in data["conflict_graph"]["ranking"].items():
        order = block["order"] if isinstance(block, dict) else block
        for k in range(len(order) - 1):
            other = copy.deepcopy(data)
            moved = [*order]
            moved[k], moved[k + 1] = moved[k + 1], moved[k]
            target = other["conflict_graph"]["ranking"]
            target[party] = moved
            swap = next(swaps)
            assert (swap.party, swap.section) == (party, "conflict_graph")
            changed = type(model).from_data(other, model.origin)
            assert model.override(swap.changes) == changed
            compare(model, swap, changed, "conflict_graph")
    assert next(swaps, None) is None
    if reading:
        assert set(found.marks) == {
            name for name, own in model.predictions.items() if reading in own.reading
        }
    assert any(not swap.harmless for swap in found.swaps)
    assert str(found)


@pytest.mark.parametrize("name", ["prisoners_dilemma", "chicken", "stag_hunt"])
def test_payoff_swaps_against_brute_force(name):
    model = ng.load(f"classics/{name}")
    found = fragility(model)
    game = build.normal_form(model)
    swaps = iter(found.swaps)
    for place, player in enumerate(game.players):
        levels = sorted({*game.payoffs[place].ravel()})
        for low, high in reversed(list(itertools.pairwise(levels))):
            swap = next(swaps)
            assert (swap.party, swap.section) == (player, "normal_form")
            changed = model.override(swap.changes)
            own = build.normal_form(changed)
            for k in range(len(game.players)):
                wanted = game.payoffs[k].copy()
                if k == place:
                    wanted[game.payoffs[k] == low] = high
                    wanted[game.payoffs[k] == high] = low
                assert (own.payoffs[k] == wanted).all()
            compare(model, swap, changed, "normal_form")
    assert next(swaps, None) is None


def test_dilemma_turns_where_temptation_falls_below_the_reward():
    found = fragility(ng.load("classics/prisoners_dilemma"))
    harmful = [swap for swap in found.swaps if swap.appeared or swap.vanished]
    assert harmful
    assert all(swap.changes for swap in found.swaps)
    survivals = found.survivals
    for name, count in survivals.items():
        assert count == sum(name not in swap.flips for swap in found.swaps)
    assert found.data()["count"] == len(found.swaps) == 6


# ---- mistakes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: robustness(m, draws=0), "draws"),
        (lambda m: robustness(m, draws=-5), "draws"),
        (lambda m: robustness(m, draws=1.5), "draws"),
        (lambda m: robustness(m, seed=-1), "seed"),
        (lambda m: robustness(m, jobs=0), "jobs"),
        (lambda m: robustness(m, method="grid"), "unknown method"),
        (lambda m: robustness(m, outputs=[]), "no outputs"),
        (lambda m: robustness(m, outputs="normal_form.equilibria.cuont"), "count"),
        (lambda m: robustness(m, over={"parameters.crush": (0, 1)}), "parameters.crash"),
        (lambda m: robustness(m, over={"parameters.crash": (1, 0)}), "upside down"),
        (lambda _: robustness("chicken"), "is no model"),
        (lambda _: robustness(ng.load("alaska/conflict_states")), "no number of .* has a range"),
        (lambda m: robustness(m, draws=4).chance("normal_form.equilibria.cuont"), "did you mean"),
        (lambda m: robustness(m, draws=4).spread(OUTCOMES), "unknown numeric output"),
        (lambda m: sensitivity(m, OUTCOMES), "is no number"),
        (lambda m: sensitivity(m, [THIRD]), "is no output path"),
        (lambda m: sensitivity(m, THIRD, draws=0), "draws"),
        (
            lambda m: sensitivity(m, THIRD, draws=8, over={"parameters.crash": (-3, 1)}),
            "parameters.crash=.*could not be evaluated",
        ),
        (lambda m: sensitivity(m, THIRD, draws=2).driver("parameters.x"), "unknown number"),
        (acceptability, "no issues and demands"),
        (lambda _: acceptability(weighing(), agreements=["frist"]), "first"),
        (lambda _: acceptability(weighing(), agreements=[]), "names no agreements"),
        (lambda _: acceptability(weighing(), draws=0), "draws"),
        (lambda _: acceptability(bargain()), "no weights to vary"),
        (lambda _: fragility(bargain()), "states no order"),
        (lambda _: fragility(None), "is no model"),
    ],
)
def test_mistakes_are_told(make, message):
    with pytest.raises(NegotiationError, match=message):
        make(ng.load("classics/chicken"))


def test_without_ranges_the_message_says_how_to_declare_one():
    model = bargain(parameters={"x": 0, "y": 0})
    with pytest.raises(NegotiationError) as told:
        robustness(model)
    assert "parameters.x.low" in str(told.value)
    assert "over={" in str(told.value)


def test_a_model_that_answers_nothing_by_default_asks_for_outputs():
    model = model_of(
        {
            "title": "Two states",
            "parties": {"a": {}},
            "parameters": {"x": {"value": 0, "low": 0, "high": 1}},
            "conflict_graph": {
                "states": ["war", "peace"],
                "moves": [{"by": "a", "start": "war", "to": "peace"}],
                "ranking": {"a": ["peace", "war"]},
            },
        }
    )
    with pytest.raises(NegotiationError, match="name output paths"):
        robustness(model)
    assert fragility(model).swaps[0].changes == {"conflict_graph.ranking.a": (("war",), ("peace",))}
