"""What is too large: estimates of memory, sections refused one by one, agreements by themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import Literal, model_of, small_models

import negotiation as ng
from negotiation.analysis import Context
from negotiation.bargaining import best_change, efficient, improving_change
from negotiation.bargaining.maximal import memory_of as memory_of_frontier
from negotiation.cli import main
from negotiation.conflict_graph import memory_of
from negotiation.exact import MEMORY, free_bytes, out_of_memory, refuse_bytes
from negotiation.model import build
from negotiation.model.expectations import lookup
from negotiation.report import analysis_page, render
from negotiation.stability import CRITERIA, Judge, verdict_table
from negotiation.what_if.tables import tabulated

few = settings(max_examples=30)
TOO_LARGE = ng.TooLargeError("everything at once is too much")
SHARED = ("gmr", "smr", "seq")
"""Criteria of which one agreement alone has no margin."""


def model_data(issues: int, options: int = 2, parties: int = 3, **sections):
    """Return a model with a scored issue after another, a matrix and a listed conflict graph."""
    names = [f"p{k}" for k in range(parties)]
    rng = np.random.default_rng(issues)
    axis = [f"o{k}" for k in range(options)]
    return {
        "title": "Many clauses",
        "parties": {name: {"patience": "0.9"} for name in names},
        "issues": {
            f"i{k}": {"options": axis, "control": names[k % parties]} for k in range(issues)
        },
        "demands": {
            name: {
                f"i{k}": {
                    "scores": {option: int(rng.integers(0, 9)) for option in axis},
                    "weight": int(rng.integers(1, 5)),
                }
                for k in range(issues)
            }
            for name in names
        },
        "disagreement": dict.fromkeys(names, 1),
        "agreements": {
            "deal": {f"i{k}": axis[int(rng.integers(options))] for k in range(issues)},
        },
        "bargaining": {"players": names},
        "ratifiers": {"house": {"of": "p0", "at_least": 2}},
        "commitment": {"lag": 1, "punishment": "disagreement"},
        "normal_form": {
            "players": {"p0": ["a", "b"], "p1": ["a", "b"]},
            "payoffs": {"a/a": [3, 3], "a/b": [0, 5], "b/a": [5, 0], "b/b": [1, 1]},
        },
        "conflict_graph": {
            "states": ["war", "truce"],
            "moves": [{"by": "p0", "start": "war", "to": "truce"}],
            "ranking": {name: ["truce", "war"] for name in names},
        },
        **sections,
    }


@pytest.fixture(scope="module")
def huge():
    """A model of about 10^9 agreements."""
    return model_of(
        model_data(
            30,
            readings={"one": {"disagreement.p0": 0}, "calm": {"disagreement.p0": 0}},
            predictions={
                "settled": {
                    "says": "they settle",
                    "expect": "bargaining.nash.exists == true",
                    "assumption": "a guess",
                },
                "stable": {
                    "says": "it is ratified",
                    "expect": "stability.verdicts.deal.ratifiable.holds == true",
                    "assumption": "a guess",
                },
                "counted": {
                    "says": "few are efficient",
                    "expect": "stability.counts.efficient < 5",
                    "assumption": "a guess",
                },
            },
        )
    )


@pytest.fixture(scope="module")
def analysis(huge):
    return huge.solve()


# ---- one agreement alone ------------------------------------------------------------------


@few
@given(small_models(), st.integers(0, 26))
def test_one_agreement_alone_is_judged_as_among_all(data, seed):
    literal, model = Literal(data), model_of(data)
    space = build.agreement_space(model)
    among_all, alone = Judge(model, space), Judge(model, space, given_up=TOO_LARGE)
    size = len(literal.agreements)
    for place in {(seed + k * 7) % size for k in range(6)}:
        agreement = space.agreement(place)
        for criterion in CRITERIA:
            one, other = (judge.verdict(criterion, agreement) for judge in (alone, among_all))
            assert one.holds is other.holds, (criterion, agreement)
            assert one.holds is literal.holds_by(criterion, literal.agreements[place])
            assert (one.witness is None) is (other.witness is None) or criterion in SHARED
            assert one.margin == (None if criterion in SHARED else other.margin), criterion


@few
@given(small_models(), st.integers(0, 26))
def test_changes_found_by_merging_are_those_of_all_agreements(data, seed):
    space = build.agreement_space(model_of(data))
    here = space.agreement(seed % space.size)
    others = [space.agreement(k) for k in range(space.size) if k != seed % space.size]
    past = {party for party in space.parties if space.crossed(party, here)}

    def least(other):
        """None where somebody comes past a red line, else (relieved all, least of the others)."""
        if any(space.crossed(p, other) for p in space.parties if p not in past):
            return None
        gains = [
            space.utility(p, other) - space.utility(p, here)
            for p in space.parties
            if p not in past or space.crossed(p, other)
        ]
        return not gains, min(gains, default=Fraction(0))

    values = [value for other in others if (value := least(other)) is not None]
    change = best_change(space, here, space.parties)
    assert (change is None) == (not values)
    if change is not None:
        assert least(change.agreement) == max(values)
        assert change.agreement != here
        for party in space.parties:
            gain = space.utility(party, change.agreement) - space.utility(party, here)
            assert change.gains[party] == gain
    better = improving_change(space, here, space.parties)
    assert (better is None) == efficient(space)[space.index(here)]


def test_a_space_of_any_size_is_judged_locally():
    model = model_of(model_data(50, options=100, parties=2))
    judge = Judge(model, build.agreement_space(model))
    deal = model.agreement("deal")
    assert judge.space.size == 10**100
    for criterion in ("acceptable", "ratifiable", "nash", "smr", "gmr", "self_enforcing"):
        verdict = judge.verdict(criterion, deal)
        assert verdict.holds is not None, criterion
    seq = judge.verdict("seq", deal)
    assert seq.holds is None
    assert seq.undecided
    assert seq.mark == "?"
    assert "200,000 moves" in seq.witness.text


def test_what_is_not_decided_is_not_said_to_hold(monkeypatch):
    monkeypatch.setattr("negotiation.conflict_graph.local.MAX_MOVES", 20)
    model = model_of(model_data(9))
    judge = Judge(model, build.agreement_space(model), given_up=TOO_LARGE)
    rows = [judge.judge(("it",), judge.space.agreement(k)) for k in range(40)]
    doubtful = [row for row in rows if row.verdicts["seq"].undecided]
    assert doubtful
    for row in doubtful:
        assert not row.verdicts["seq"]
        assert row.holds is (False if row.breaks else None)
        assert row.breaks or "not decided: seq" in row.reason
        with pytest.raises(ng.TooLargeError, match="more than 20 moves"):
            lookup({"seq": row.verdicts["seq"].data()}, "seq.holds")


# ---- sections one by one ------------------------------------------------------------------


def test_a_section_too_large_leaves_the_others(analysis):
    assert set(analysis) == {"normal_form", "stability", "conflict_graph"}
    assert set(analysis.refused) == {"bargaining", "ratification"}
    assert analysis["normal_form"].equilibria.profiles[0].strategies[0][1] == 1
    assert "bargaining" not in analysis
    with pytest.raises(ng.TooLargeError, match="1,073,741,824 agreements: the limit is 20,000,000"):
        analysis["bargaining"]
    with pytest.raises(ng.TooLargeError, match=r"bargaining\.nash\.exists: .*1,073,741,824"):
        analysis.get_path("bargaining.nash.exists")


def test_named_agreements_are_judged_and_nothing_is_counted(analysis):
    table = analysis["stability"]
    assert [row.name for row in table.rows] == ["deal"]
    assert not table.counts
    assert table.most is None
    verdicts = table.row("deal").verdicts
    assert [key for key in CRITERIA if verdicts[key].holds is None] in ([], ["seq"])
    data = analysis.to_dict()["sections"]
    assert data["stability"]["counts"] is None
    assert "1,073,741,824" in data["stability"]["refused"]
    assert list(data["bargaining"]) == ["refused"]
    for path in ("stability.counts.efficient", "stability.most"):
        with pytest.raises(ng.TooLargeError, match="1,073,741,824"):
            analysis.get_path(path)


def test_predictions_on_what_was_refused_cannot_be_checked(analysis):
    marks = {checked.name: checked for checked in analysis.predictions()}
    assert marks["stable"].agrees is not None
    for name in ("settled", "counted"):
        assert marks[name].mark == "cannot be checked"
        assert "1,073,741,824" in marks[name].error


@pytest.mark.parametrize("form", ["text", "json", "md", "html", "latex", "csv"])
def test_every_page_says_what_was_refused(analysis, form):
    page = " ".join(render(analysis_page({"": analysis}), form).split())
    assert "over all 1,073,741,824 agreements: the limit is 20,000,000" in page
    both = render(analysis_page({"one": analysis, "calm": analysis}), form)
    assert "the limit is 20,000,000" in " ".join(both.split())


def test_nothing_solved_is_an_error():
    data = model_data(30, normal_form=None, conflict_graph=None, agreements={})
    model = model_of({key: value for key, value in data.items() if value is not None})
    with pytest.raises(ng.TooLargeError, match="1,073,741,824"):
        model.solve()


def test_check_foresees_what_solve_refuses(huge, analysis):
    checkup = ng.check(huge)
    assert [name for name, _ in checkup.refused] == ["stability", "bargaining", "ratification"]
    assert dict(checkup.refused)["bargaining"] == str(analysis.refused["bargaining"])
    small = ng.load("strait/fishing") if "strait/fishing" in ng.catalogue() else None
    for model in filter(None, [small, ng.load("classics/chicken")]):
        assert ng.check(model).refused == ()
    (name, reason), *_ = ng.check(ng.loads("title: Nothing yet")).refused
    assert (name, "states nothing to solve" in reason) == ("", True)


# ---- memory -------------------------------------------------------------------------------


def test_estimates_are_functions_of_sizes_and_grow():
    for estimate in (lambda n, k: memory_of(n, k, 4), memory_of_frontier):
        assert estimate(10**6, 4) == estimate(10**6, 4)
        sizes = [10**3, 10**5, 10**7]
        assert [estimate(n, 3) for n in sizes] == sorted(estimate(n, 3) for n in sizes)
        assert estimate(10**6, 3) <= estimate(10**6, 4)


@pytest.mark.parametrize("parties", [2, 3, 4])
def test_the_estimate_covers_what_is_taken(parties):
    model = model_of(model_data(14, parties=parties))
    judge = Judge(model, build.agreement_space(model))
    each, besides = judge.memory
    tracemalloc.start()
    judge.masks()
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    estimate = judge.space.size * each + besides
    assert estimate / 2 < taken < estimate + 2**20


def test_the_environment_says_how_much_may_be_used(monkeypatch):
    monkeypatch.setenv(MEMORY, "1e8")
    assert free_bytes() <= 10**8
    refuse_bytes("something small", 10**6)
    with pytest.raises(ng.TooLargeError, match="it would take about 200 MB of memory and"):
        refuse_bytes("it", 2 * 10**8)
    monkeypatch.setenv(MEMORY, "plenty")
    with pytest.raises(ng.GameError, match=f"{MEMORY}: 'plenty' is no number"):
        refuse_bytes("it", 2 * 10**8)


def test_memory_is_asked_for_before_it_is_taken(monkeypatch):
    model = model_of(model_data(18))
    monkeypatch.setenv(MEMORY, "4e7")
    solved = model.solve()
    assert set(solved.refused) == {"bargaining"}
    assert "MB of memory" in str(solved.refused["bargaining"])
    table = solved["stability"]
    assert "MB of memory" in table.refusal
    assert [row.name for row in table.rows] == ["deal"]
    arrays = [key for key in Context(model).space._cache if key[0] == "utilities"]
    assert arrays == []


def test_the_verdict_table_is_the_same_where_both_exist():
    model = model_of(model_data(12))
    context = Context(model)
    whole = verdict_table(context.judge)
    alone = verdict_table(Judge(model, context.space, given_up=TOO_LARGE))
    for criterion in CRITERIA:
        one, other = (t.row("deal").verdicts[criterion] for t in (alone, whole))
        assert one.undecided or one.holds is other.holds, criterion


def test_a_failed_allocation_is_a_refusal(monkeypatch):
    model = model_of(model_data(4))

    def fail(_):
        raise MemoryError("Unable to allocate 8.00 GiB for an array with shape (3,)")

    monkeypatch.setattr(Judge, "masks", fail)
    table = model.solve()["stability"]
    assert "unable to allocate 8.00 GiB" in table.refusal
    assert [row.name for row in table.rows if row.name == "deal"] == ["deal"]
    assert str(out_of_memory("it", TOO_LARGE)) == str(TOO_LARGE)


def test_the_command_line_says_out_of_memory_in_one_line(monkeypatch, capsys):
    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr("negotiation.analysis.solve", fail)
    with pytest.raises(SystemExit) as stopped:
        main(["solve", "classics/chicken"])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("negotiation: what was asked: the memory did not do (")
    assert said.count("\n") == 1


SOLVE = """
import resource, sys
import negotiation.analysis, negotiation.report
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
from negotiation.cli import main
main(["solve", sys.argv[1], "--format", "json"])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of address space")
def test_a_million_agreements_in_little_memory(tmp_path):
    """The part too large ends in a number; matrix, graph and the named agreement are there."""
    file = tmp_path / "million.yaml"
    data = model_data(6, options=10, parties=4)
    del data["conflict_graph"]["ranking"]["p3"]
    file.write_text(json.dumps(data), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SOLVE, str(file), str(500 * 2**20)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    sections = json.loads(done.stdout)["sections"]
    assert "MB of memory and" in sections["stability"]["refused"]
    assert sections["stability"]["verdicts"]["deal"]["nash"]["holds"] is not None
    assert sections["normal_form"]["equilibria"]["count"] == 1
    assert sections["conflict_graph"]["equilibria"]["nash"] == ["truce"]


def test_tables_of_polynomials_are_refused_before_they_are_made(monkeypatch):
    axis = tuple("abcdefghij")
    one = {(power,): Fraction(1) for power in range(3)}

    def tables(count: int):
        issues = {f"issue{k}": axis for k in range(count)}
        space = ng.AgreementSpace.additive(issues, {"us": {k: tuple(range(10)) for k in issues}})
        return tabulated(space, [[one] * 10] * count, [], one, inputs=1, scale=1)

    monkeypatch.setenv(MEMORY, "1e6")
    assert {key: len(own) for key, own in tables(2).items()} == {
        (power,): 101 for power in range(3)
    }
    with pytest.raises(ng.TooLargeError, match="numbers as functions of inputs over all 1,000,000"):
        tables(6)
