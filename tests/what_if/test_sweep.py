"""Sweeps say what solving each changed model says, however and wherever they are computed."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from fractions import Fraction
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import negotiation as ng
from negotiation.errors import (
    GameError,
    NegotiationError,
    TooLargeError,
    UnknownNameError,
)
from negotiation.exact import FrozenMap
from negotiation.what_if import sweep as sweeping
from negotiation.what_if import work as working
from negotiation.what_if.points import Evaluator, knobs
from negotiation.what_if.sweep import grid, iter_sweep, sweep
from negotiation.what_if.sweep_results import Failure
from negotiation.what_if.work import Batch, Eta, Fault, Pointwise, batch, in_order, settled

E = "normal_form.equilibria."
COUNT = E + "count"
SURVIVING = "normal_form.dominance.surviving"  # no kernel knows it
CRASH, WIN = "parameters.crash", "parameters.win"
IN_BULK = [
    E + own
    for own in (
        "guarantee",
        "count",
        "count_pure",
        "outcomes",
        "unique",
        "unique.a",
        "pure",
        "payoffs",
        "payoffs.b",
        "profiles.0.payoffs.a",
        "profiles.0.strategies",
        "profiles.1.payoffs",
        "profiles.0.strategies.a.s0",
        "pure.0.a",
    )
]


@pytest.fixture(scope="module")
def model():
    return ng.load("classics/chicken")


def formula_game(payoffs, shape, extra=""):
    """Return a model of a two-player game whose payoffs are formulas of x and y."""
    strategies = [[f"{name}{k}" for k in range(n)] for name, n in zip("st", shape, strict=True)]
    lines = [
        f"    {one}/{two}: [{first!r}, {second!r}]"
        for (one, two), (first, second) in zip(itertools.product(*strategies), payoffs, strict=True)
    ]
    return ng.loads(
        "title: Random\nparties: {a: {}, b: {}}\n"
        "parameters: {x: 1, y: {value: 2, low: 0, high: 3}, z: x + y}\n"
        f"normal_form:\n  players: {{a: {strategies[0]}, b: {strategies[1]}}}\n  payoffs:\n"
        + "\n".join(lines)
        + "\n"
        + extra
    )


FORMULAS = ["0", "1", "2", "-1", "x", "y", "x - y", "x*y", "z", "2 - x", "max(x, y)", "y/2"]
formulas = st.sampled_from(FORMULAS)
numbers = st.fractions(-3, 3, max_denominator=4)


@st.composite
def formula_games(draw, more=()):
    shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    own = st.sampled_from([*FORMULAS, *more])
    size = shape[0] * shape[1]
    return formula_game(draw(st.lists(st.tuples(own, own), min_size=size, max_size=size)), shape)


def literally(model, points, outputs):
    """Return the outputs of each point, or the message, by solving the whole changed model."""
    found = []
    for point in points:
        try:
            analysis = model.override(point).solve()
            found.append(tuple(settled(analysis.get_path(path)) for path in outputs))
        except NegotiationError as error:
            found.append(str(error))
    return found


def told(found):
    return [
        own.outputs.message if isinstance(own.outputs, Failure) else tuple(own.outputs.values())
        for own in found.rows()
    ]


# ---- against the definition ---------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    formula_games(more=["1/x", "x/(y - 1)"]),
    st.lists(numbers, min_size=1, max_size=3),
    st.lists(numbers, min_size=1, max_size=3),
    st.lists(st.sampled_from(IN_BULK), min_size=1, max_size=3, unique=True),
)
def test_in_bulk_means_point_by_point(game, xs, ys, outputs):
    values = {"parameters.x": xs, "parameters.y": ys}
    points = [dict(zip(values, own, strict=True)) for own in itertools.product(xs, ys)]
    try:
        Evaluator.of(game, outputs)
    except NegotiationError:
        return
    work = batch(Pointwise(Evaluator.of(game, outputs), tuple(values)), values.values())
    assert isinstance(work, Batch) or not all(isinstance(v, Fraction) for v in xs + ys)
    assert told(sweep(game, values, outputs, chunk=4)) == literally(game, points, outputs)


def test_a_derived_parameter_is_set_over_its_formula():
    game = formula_game([("z", "1"), ("1", "x"), ("x", "z"), ("0", "2")], (2, 2))
    values = {"parameters.z": [-1, 0, 5], "parameters.x": [0, 3]}
    points = [dict(zip(values, own, strict=True)) for own in itertools.product(*values.values())]
    assert told(sweep(game, values, [E + "profiles"])) == literally(game, points, [E + "profiles"])
    assert told(sweep(game, values, IN_BULK[:5])) == literally(game, points, IN_BULK[:5])


def test_a_fault_elsewhere_in_the_model_is_not_passed_over():
    extra = (
        "issues: {i: {options: [l, h]}}\ndemands: {a: {i: {aspires: l}}, b: {i: {aspires: h}}}\n"
        "disagreement: {a: 0, b: 0}\n"
        "commitment: {lag: x}\n"
    )
    game = formula_game([("z", "1"), ("1", "x"), ("x", "z"), ("0", "2")], (2, 2), extra)
    points = [{"parameters.x": own} for own in (1, Fraction(1, 2), 2)]
    expected = literally(game, points, [COUNT])
    assert isinstance(expected[1], str)
    assert told(sweep(game, {"parameters.x": [1, "1/2", 2]}, COUNT)) == expected


def test_poles_are_failures_and_the_rest_goes_on():
    game = formula_game([("1/x", "1"), ("1", "x"), ("x", "1/(x - 2)"), ("0", "2")], (2, 2))
    found = sweep(game, {"parameters.x": list(range(-50, 50))}, [COUNT, E + "outcomes"])
    assert [own.parameters["parameters.x"] for own in found.failures] == [0, 2]
    points = [{"parameters.x": own} for own in range(-50, 50)]
    assert told(found) == literally(game, points, [COUNT, E + "outcomes"])
    assert found.values(COUNT)[50] == found.failures[0]


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("alaska/burden_sharing", []),
        ("alaska/sequencing", []),
        ("alaska/conflict_states", []),
        ("classics/stag_hunt", [SURVIVING, COUNT]),
    ],
)
def test_any_section_of_any_model(name, outputs):
    own = ng.load(name)
    values = {found.path: [found.low, found.high] for found in knobs(own)[:2]}
    if not values:
        path = own.quantities[0][0] if own.quantities else own.paths[0]
        values = {path: [own.number(path) if own.quantities else "Another title"]}
    data = own.solve().data()
    for section, result in data.items():
        outputs += [f"{section}.{key}" for key in list(result)[:2] if "." not in key]
    points = [
        dict(zip(values, point, strict=True)) for point in itertools.product(*values.values())
    ]
    assert told(sweep(own, values, outputs)) == literally(own, points, outputs)


def test_options_are_values_too():
    own = ng.load("alaska/settlement")
    name, part = next(iter(own.agreements.items()))
    issue = next(iter(own.issues))
    options = list(own.issues[issue].options)[:2]
    path = f"agreements.{name}.{issue}"
    party = next(iter(own.parties))
    output = f"stability.verdicts.{name}.utility.{party}"
    found = sweep(own, {path: [*options, "nonsense"]}, output)
    assert part is own.agreements[name]
    for k, option in enumerate(options):
        assert found.values(output)[k] == Evaluator(own, (output,))({path: option})[0]
    assert [own.index for own in found.failures] == [2]
    assert "nonsense" in found.failures[0].message


# ---- labels -------------------------------------------------------------------------------


def test_a_grid_is_row_major_in_the_order_given(model):
    found = sweep(model, {CRASH: [-10, 2], WIN: [1, "1/2", 3]}, [E + "outcomes", COUNT])
    assert found.shape == (2, 3)
    assert found.values(COUNT).shape == (2, 3)
    assert [tuple(row.inputs.values()) for row in found.rows()] == list(
        itertools.product([-10, 2], [1, Fraction(1, 2), 3])
    )
    assert found.point(4) == {CRASH: 2, WIN: Fraction(1, 2)}
    with pytest.raises(UnknownNameError, match="from 0 to 5"):
        found.point(6)
    with pytest.raises(UnknownNameError, match="did you mean"):
        found.values(E + "cuont")
    with pytest.raises(ValueError, match="read-only"):
        found.values(COUNT)[0, 0] = 1


def test_a_list_of_points_is_a_grid_of_one_axis(model):
    points = [{CRASH: -10, WIN: 1}, {WIN: 2, CRASH: 3}, {CRASH: -1.5, WIN: 1}]
    found = sweep(model, points=points, outputs=[COUNT, SURVIVING])
    assert found.shape == (3,)
    assert told(found) == literally(model, points, [COUNT, SURVIVING])


def test_frames_and_data_sets(model):
    found = sweep(model, {CRASH: [-10, 2], WIN: [1, "1/2", 3]}, [E + "outcomes", COUNT])
    frame = found.to_dataframe(exact=True)
    assert list(frame.columns) == [CRASH, WIN, E + "outcomes", COUNT]
    assert frame[WIN].tolist() == [1, Fraction(1, 2), 3] * 2
    assert frame[COUNT].tolist() == found.values(COUNT).ravel().tolist()
    rounded = found.to_dataframe()
    assert (rounded[WIN].dtype, rounded[COUNT].dtype) == (float, int)
    assert rounded[E + "outcomes"][0] == "swerve/straight, straight/swerve"
    again = pd.read_csv(io.StringIO(rounded.to_csv(index=False)))
    pd.testing.assert_frame_equal(again, rounded, check_dtype=False)
    space = found.to_xarray(exact=True)
    assert space[COUNT].dims == (CRASH, WIN)
    assert space[COUNT].sel({CRASH: 2, WIN: Fraction(1, 2)}) == 1
    rounded = found.to_xarray()
    assert rounded[COUNT].dtype == float
    assert rounded[COUNT].sel({CRASH: 2.0, WIN: 0.5}) == 1
    points = sweep(model, points=[{WIN: 1}, {WIN: "x"}], outputs=COUNT)
    assert points.to_xarray()[WIN].dims == ("point",)
    assert np.isnan(points.to_xarray()[COUNT][1])
    assert points.to_dataframe()["failure"].tolist() == ["", points.failures[0].message]


def test_tables_show_all_or_say_what_they_leave_out(model):
    short = sweep(model, {CRASH: [-10, 2]}, COUNT)
    assert len(short.tables()) == 1
    assert len(short.tables()[0].rows) == 2
    long = sweep(model, {CRASH: grid(-100, 100, step=1)}, [COUNT, E + "outcomes"])
    head, counts, _ = long.tables()
    assert len(head.rows) == 20
    assert "181 rows are not shown" in head.notes[-1]
    assert sum(row[1] for row in counts.rows) == 201
    many = sweep(model, {CRASH: grid(-100, -3, step=1)}, E + "profiles.2.payoffs.first")
    counts = many.tables()[1]
    assert "78 more values, at 78 points" in counts.notes[0]
    text = str(sweep(model, points=[{WIN: 1}, {WIN: "x"}], outputs=COUNT))
    assert "could not be evaluated: 1 of 2" in text
    assert short.to_dict()["outputs"] == {COUNT: [3, 1]}


def test_equilibria_at_a_point(model):
    found = sweep(model, {CRASH: [-10, 2]}, COUNT)
    for k in range(2):
        analysis = model.override(found.point(k)).solve()
        assert found.equilibria(k) == analysis["normal_form"].equilibria.profiles
    other = ng.load("alaska/settlement")
    own = knobs(other)[0]
    output = f"stability.verdicts.{next(iter(other.agreements))}.utility"
    with pytest.raises(NegotiationError, match="no payoff matrix"):
        sweep(other, {own.path: [own.value]}, output).equilibria(0)


# ---- grids and bad input ------------------------------------------------------------------


@given(numbers, st.fractions(Fraction(1, 9), 5, max_denominator=9), st.integers(2, 30))
def test_grids_are_exact(low, width, count):
    high = low + width * (count - 1)
    expected = tuple(low + k * width for k in range(count))
    assert grid(low, high, step=width) == grid(low, high, count=count) == expected
    assert grid(low, high + width / 2, step=width) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"low": 0, "high": 1, "step": 0}, "step of 0"),
        ({"low": 0, "high": 1, "step": -0.5}, "step of -0.5"),
        ({"low": 1, "high": 0, "step": 1}, "upside down"),
        ({"low": 1, "high": 1, "count": 3}, "is empty"),
        ({"low": 0, "high": 1}, "step or a count"),
        ({"low": 0, "high": 1, "step": 1, "count": 2}, "step or a count"),
        ({"low": 0, "high": 1, "count": 1}, "at least 2"),
        ({"low": 0, "high": 1, "count": 0.5}, "positive integer"),
        ({"low": 0, "high": 1, "step": "1e-9"}, "1,000,000,001 numbers"),
        ({"low": 0, "high": "x", "step": 1}, "'x' is no number"),
    ],
)
def test_grids_that_are_none(arguments, message):
    with pytest.raises(NegotiationError, match=message) as caught:
        grid(**arguments)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ({"parameters.crahs": [1]}, {}, "did you mean 'parameters.crash'"),
        ({CRASH: [1]}, {"outputs": E + "cuont"}, "did you mean"),
        ({CRASH: [1]}, {"outputs": ()}, "no outputs"),
        ({CRASH: [1]}, {"outputs": [COUNT, COUNT]}, "named twice"),
        ({CRASH: []}, {}, "an empty list"),
        ({CRASH: 1}, {}, "'1' is no list"),
        ({CRASH: "12"}, {}, "'12' is no list"),
        ({CRASH: {1, 2}}, {}, "is no list"),
        ({CRASH: [float("nan")]}, {}, "no finite number"),
        ({CRASH: [1], CRASH + ".value": [2]}, {}, "given twice"),
        ({}, {}, "no mapping of paths"),
        ([1], {}, "no mapping of paths"),
        (None, {}, "a grid of values or a list"),
        ({CRASH: [1]}, {"points": [{CRASH: 1}]}, "a grid of values or a list"),
        (None, {"points": [{CRASH: 1}, {WIN: 1}]}, "point 1 and point 0"),
        (None, {"points": [3]}, "point 0 is no mapping"),
        (None, {"points": []}, "an empty list"),
        ({CRASH: [1]}, {"jobs": 0}, "jobs"),
        ({CRASH: [1]}, {"chunk": 0}, "chunk"),
        ({CRASH: [1]}, {"executor": 3}, "no executor"),
    ],
)
def test_bad_input_is_told(model, values, options, message):
    with pytest.raises(NegotiationError, match=message):
        sweep(model, values, **{"outputs": COUNT, **options})


def test_a_grid_that_is_too_large_needs_a_yes(model, monkeypatch):
    wide = grid(0, 1, count=1001)
    with pytest.raises(TooLargeError, match=r"1,002,001 points, about .*--yes"):
        sweep(model, {CRASH: wide, WIN: wide}, SURVIVING)
    with pytest.raises(TooLargeError, match=r"1,003,003,001 points"):
        iter_sweep(model, {CRASH: wide, WIN: wide, "parameters.lose": wide}, COUNT)
    monkeypatch.setattr(sweeping, "MAX_BATCH_POINTS", 3)
    assert len(sweep(model, {CRASH: [1, 2, 3, 4]}, COUNT, yes=True)) == 4
    with pytest.raises(TooLargeError, match="4 points"):
        sweep(model, {CRASH: [1, 2, 3, 4]}, COUNT)
    with pytest.raises(NegotiationError, match="is no model"):
        sweep("classics/chicken", {CRASH: [1]}, COUNT)


# ---- chunks and executors -----------------------------------------------------------------


@pytest.mark.parametrize("outputs", [COUNT, SURVIVING])
def test_the_answer_does_not_depend_on_chunks_and_workers(model, outputs):
    values = {CRASH: grid(-6, 1, step=1), WIN: [1, "x", 2]}
    expected = sweep(model, values, outputs).data()
    assert expected["failed"] == 8
    for chunk in (1, 5, 100):
        assert sweep(model, values, outputs, chunk=chunk).data() == expected
    with ThreadPoolExecutor(3) as pool:
        assert sweep(model, values, outputs, pool, chunk=2).data() == expected
    if outputs == SURVIVING:  # to start processes takes a second
        assert sweep(model, values, outputs, jobs=2, chunk=3).data() == expected


def test_rows_come_as_they_are_done_and_no_faster(model, monkeypatch):
    seen = []
    true = Pointwise.row

    def row(self, point):
        seen.append(point)
        return true(self, point)

    monkeypatch.setattr(Pointwise, "row", row)
    rows = iter_sweep(model, {CRASH: grid(1, 50_000, step=1)}, SURVIVING, chunk=2)
    first = [next(rows) for _ in range(3)]
    assert len(seen) == 4
    assert [own.inputs[CRASH] for own in first] == [1, 2, 3]
    seen.clear()
    with ThreadPoolExecutor(2) as pool:
        rows = iter_sweep(model, {CRASH: grid(1, 50_000, step=1)}, SURVIVING, pool, chunk=1)
        next(rows)
        rows.close()
    assert len(seen) < 10


def test_progress_is_told_chunk_by_chunk(model):
    told_so = []
    sweep(model, {CRASH: [1, 2, 3]}, COUNT, chunk=2, progress=lambda *own: told_so.append(own))
    assert told_so == [(2, 3), (3, 3)]


def nasty(points):
    """Stand in for work: it may end its process."""
    rows = []
    for (own,) in points:
        if own == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if isinstance(own, str) and own.startswith("once "):
            try:
                os.close(os.open(own[5:], os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                rows.append(("survived",))
                continue
            os.kill(os.getpid(), signal.SIGKILL)
        rows.append((own,))
    return rows


@pytest.mark.heavy
def test_a_process_that_dies_takes_one_point_with_it(tmp_path):
    points = [(1,), (2,), ("die",), (4,), (f"once {tmp_path / 'mark'}",), (6,), (7,)]
    chunks = [(0, points[:4]), (1, points[4:6]), (2, points[6:])]
    found = list(in_order(nasty, chunks, jobs=2))
    assert [number for number, _ in found] == [0, 1, 2]
    rows = [row for _, part in found for row in part]
    assert isinstance(rows[2], Fault)
    assert not rows[2].expected
    assert rows[:2] + rows[3:] == [(1,), (2,), (4,), ("survived",), (6,), (7,)]


def test_of_waiting_chunks_those_that_broke_are_handed_out_once_more(monkeypatch):
    handed, broken = [], []

    class Crew:
        """Breaks with the first chunk: the next is done, one is lost and one under way."""

        ahead = 4

        def __init__(self, *_):
            pass

        def submit(self, points):
            handed.append(points)
            future = Future()
            if not broken and points in ("a", "c"):
                future.set_exception(BrokenProcessPool())
            elif broken or points == "b":
                future.set_result([points])
            else:  # never done: to wait for it would take for ever
                future.result = lambda: pytest.fail("waited for a process that is gone")
            return future

        def after_break(self, points):
            broken.append(points)
            return [points]

        def close(self, *, idle):
            assert idle

    monkeypatch.setattr(working, "_Own", Crew)
    found = in_order(None, enumerate("abcdef"), jobs=2)
    assert list(found) == [(k, [name]) for k, name in enumerate("abcdef")]
    assert broken == ["a"]
    assert "".join(handed) == "abcd" + "cd" + "ef"  # what was done is not done again


def test_an_executor_that_breaks_or_is_shut_is_told(model):
    chunks = [(k, [(own,)]) for k, own in enumerate([1, "die", 3])]
    with (
        ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool,
        pytest.raises(NegotiationError, match="takes no more work"),
    ):
        list(in_order(nasty, chunks, executor=pool))
    with pytest.raises(NegotiationError, match="takes no more work"):
        sweep(model, {CRASH: [1, 2]}, COUNT, pool)


@pytest.mark.heavy
def test_a_script_without_a_guard_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import negotiation as ng\nfrom negotiation.what_if.sweep import sweep\n"
        f"sweep(ng.load('classics/chicken'), {{'{CRASH}': [1, 2]}}, '{COUNT}', jobs=2)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode
    assert '__name__ == "__main__"' in done.stderr


@pytest.mark.heavy
def test_workers_do_not_outlive_their_parent(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\nfrom negotiation.what_if.work import in_order\n"
        "def work(points):\n    print(os.getpid(), flush=True)\n    time.sleep(60)\n"
        "if __name__ == '__main__':\n    list(in_order(work, [(0, [1]), (1, [2])], jobs=2))\n"
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    workers = [int(process.stdout.readline()) for _ in range(2)]
    process.kill()
    process.wait()
    for worker in workers:
        for _ in range(100):
            try:
                os.kill(worker, 0)
            except ProcessLookupError:
                break
            time.sleep(0.1)
        else:
            raise AssertionError(worker)
    process.stdout.close()


@pytest.mark.heavy
def test_a_dask_cluster_of_which_a_worker_is_killed(model, tmp_path):
    from distributed import Client, LocalCluster  # noqa: PLC0415  slow to import

    values = {CRASH: grid(-300, 1, step=1), WIN: [1, "x"]}
    expected = sweep(model, values, SURVIVING, folder=tmp_path / "here", chunk=4)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        victims = [cluster.workers[0].pid]

        def kill(done, _):
            if done > 40 and victims:
                os.kill(victims.pop(), signal.SIGKILL)

        found = sweep(
            model,
            values,
            SURVIVING,
            client.get_executor(),
            folder=tmp_path / "there",
            chunk=4,
            progress=kill,
        )
    assert not victims
    assert found.data() == expected.data()
    for name in ("results.jsonl", "results.csv"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_time_left():
    ticks = iter([0.0, 60.0, 60.0, 120.0])
    eta = Eta(clock=lambda: next(ticks))
    assert eta.left(500, 1000) is None  # resumed: these took no time
    assert eta.left(600, 1000) == 240.0
    assert eta.text(500, 1000) == "500 of 1,000"
    assert eta.text(1000, 1000) == "1,000 of 1,000 (100 %), under a second left"


def test_outputs_are_settled():
    assert settled({"a": [1, np.int64(2)], "b": ng.Verdict(holds=True)}) == FrozenMap(
        {
            "a": (1, 2),
            "b": FrozenMap({"holds": True, "margin": None, "witness": None}),
        }
    )
    assert isinstance(settled(Fraction(2)), Fraction)
    with pytest.raises(GameError):
        grid(0, 1, step=None, count=-1)
