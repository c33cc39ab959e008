"""A results folder is written completely or not at all, continued only by the same work."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import negotiation as ng
from negotiation.errors import NegotiationError
from negotiation.exact import FrozenMap
from negotiation.what_if import store
from negotiation.what_if.points import Evaluator
from negotiation.what_if.store import Folder, decoded, encoded, fingerprint
from negotiation.what_if.sweep import grid, iter_sweep, sweep
from negotiation.what_if.work import Pointwise

COUNT = "normal_form.equilibria.count"
DOMINANCE = "normal_form.dominance.surviving"  # no kernel knows it
VALUES = {"parameters.crash": grid(-12, 1, step=1), "parameters.win": [0.5, 1]}
SCRIPT = """
import sys, time
import negotiation as ng
from negotiation.what_if.sweep import grid, sweep
values = {"parameters.crash": grid(-12, 1, step=1), "parameters.win": [0.5, 1]}
def slow(done, total):
    print(done, flush=True)
    time.sleep(float(sys.argv[2]))
sweep(ng.load("classics/chicken"), values, "normal_form.dominance.surviving",
      folder=sys.argv[1], chunk=2, progress=slow)
"""
PROCESS = """
import sys, time
import negotiation as ng
from negotiation.what_if.store import Folder
with Folder(sys.argv[1], {"chunk": 1}, resume=True):
    print("in", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def model():
    return ng.load("classics/chicken")


def contents(folder):
    """Return every file of a folder but the lock, with its bytes."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(Path(folder).rglob("*"))
        if file.is_file() and file.name != "lock"
    }


COMPUTED_AGAIN = "chunk 2 of the folder was damaged, or of other work, and was computed again"


def run(model, folder, **options):
    return sweep(model, VALUES, DOMINANCE, folder=folder, **{"chunk": 2, **options})


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.fractions()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.from_regex(r"\A'{0,3}-?[0-9]{1,3}(/[0-9]{1,2})?\n?\Z"),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=3).map(FrozenMap)
    ),
    max_leaves=6,
)


def kinds(value):
    if isinstance(value, tuple):
        return [kinds(item) for item in value]
    if isinstance(value, FrozenMap):
        return {key: kinds(item) for key, item in value.items()}
    return type(value)


@settings(max_examples=150, deadline=None)
@given(values)
def test_every_value_is_read_back_as_it_was(value):
    again = decoded(json.loads(json.dumps(encoded(value))))
    assert again == value
    assert kinds(again) == kinds(value)


def test_numbers_of_any_length_are_read_back():
    value = Fraction(10**6000 + 1, 7)
    assert decoded(encoded(value)) == value


def test_a_folder_holds_all_results(model, tmp_path):
    found = run(model, tmp_path / "new" / "folder")
    assert (
        found.values(DOMINANCE).tolist()
        == sweep(model, VALUES, DOMINANCE).values(DOMINANCE).tolist()
    )
    lines = (tmp_path / "new/folder/results.jsonl").read_text().splitlines()
    assert len(lines) == len(found) == 28
    for line, row in zip(map(json.loads, lines), found.rows(), strict=True):
        assert decoded(line["inputs"]) == row.inputs
        assert decoded(line["outputs"]) == row.outputs
    table = (tmp_path / "new/folder/results.csv").read_text().splitlines()
    assert table[0] == f"parameters.crash,parameters.win,{DOMINANCE},failure"
    assert len(table) == 29


def test_a_finished_folder_is_read_and_nothing_computed(model, tmp_path, monkeypatch):
    first = run(model, tmp_path)
    before = contents(tmp_path)
    monkeypatch.setattr(Pointwise, "__call__", None)
    again = run(model, tmp_path)
    assert contents(tmp_path) == before
    assert again.data() == first.data()


def test_failures_are_kept_too(model, tmp_path):
    points = [{"parameters.win": 1}, {"parameters.win": "1/no"}, {"parameters.win": "0.5"}]
    first = sweep(model, points=points, outputs=DOMINANCE, folder=tmp_path)
    assert [own.index for own in first.failures] == [1]
    again = sweep(model, points=points, outputs=DOMINANCE, folder=tmp_path)
    assert again.data() == first.data()


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-30]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"\xff\xfe"),
        lambda file: file.write_text(file.read_text().replace("-10", "-11", 1)),
        lambda file: file.write_text("3\n"),
        lambda file: file.write_text("".join(file.read_text().splitlines(keepends=True)[1:])),
        lambda file: file.write_text(file.with_name("0000000.jsonl").read_text()),
    ],
)
def test_a_damaged_chunk_is_computed_again_and_said(model, tmp_path, damage):
    first = run(model, tmp_path)
    before = contents(tmp_path)
    damage(tmp_path / "chunks" / "0000002.jsonl")
    assert contents(tmp_path) != before
    again = run(model, tmp_path)
    assert contents(tmp_path) == before
    assert again.notes == (COMPUTED_AGAIN,)
    assert again.data()["outputs"] == first.data()["outputs"]
    said = []
    damage(tmp_path / "chunks" / "0000002.jsonl")
    assert len(list(iter_sweep(model, VALUES, DOMINANCE, folder=tmp_path, tell=said.append))) == 28
    assert len(said) == 1


def test_a_chunk_of_another_sweep_is_computed_again_and_said(model, tmp_path):
    own, other = tmp_path / "own", tmp_path / "other"
    first = run(model, own)
    before = contents(own)
    run(model.override({"parameters.lose": -2}), other)  # the same inputs and outputs
    name = Path("chunks") / "0000002.jsonl"
    (own / name).write_bytes((other / name).read_bytes())
    again = run(model, own)
    assert again.notes == (COMPUTED_AGAIN,)
    assert again.data()["outputs"] == first.data()["outputs"]
    assert contents(own) == before


@pytest.mark.parametrize("name", ["lock", "manifest.json", "chunks"])
@pytest.mark.parametrize("begun", [True, False])
def test_no_link_in_a_folder_is_followed(model, tmp_path, name, begun):
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    if begun:
        run(model, folder)
        (folder / name).rename(outside)
    else:
        folder.mkdir()
        outside.mkdir() if name == "chunks" else outside.write_text("years of work")
    (folder / name).symlink_to(outside)
    before = contents(tmp_path) | {"": outside.is_file() and outside.read_bytes()}
    with pytest.raises(NegotiationError, match=f"{name} is a link"):
        run(model, folder)
    assert contents(tmp_path) | {"": outside.is_file() and outside.read_bytes()} == before


def test_links_in_the_place_of_files_are_replaced(model, tmp_path):
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    run(model, folder)
    before = contents(folder)
    outside.write_text("years of work")
    names = ["results.csv", ".results.jsonl.part", "chunks/0000002.jsonl", "chunks/.x.part"]
    for name in names:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(outside)
    assert run(model, folder).notes == (COMPUTED_AGAIN,)
    assert contents(folder) == before
    assert outside.read_text() == "years of work"
    assert not any(own.is_symlink() for own in folder.rglob("*"))


def test_a_lock_that_is_another_file_too_is_refused(model, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "lock").hardlink_to(tmp_path / "thesis.tex")
    with pytest.raises(NegotiationError, match="no file of its own"):
        run(model, folder)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_the_path_of_a_folder_may_be_a_link(model, tmp_path):
    (tmp_path / "true").mkdir()
    (tmp_path / "named").symlink_to(tmp_path / "true")
    run(model, tmp_path / "named")
    assert (tmp_path / "true" / "results.csv").is_file()


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0b", "\x1e", "\ud800", "\r", "\n"])
def test_odd_characters_in_an_input_are_kept(model, tmp_path, odd):
    values = {"title": [f"a{odd}b", "c"]}
    first = sweep(model, values, [COUNT], folder=tmp_path, chunk=1)
    assert (first.failures, first.notes) == ((), ())
    before = contents(tmp_path)
    again = sweep(model, values, [COUNT], folder=tmp_path, chunk=1)
    assert (again.notes, again.data()["inputs"]) == ((), first.data()["inputs"])
    assert contents(tmp_path) == before
    rows = (tmp_path / "results.jsonl").read_text("utf-8").splitlines()
    assert json.loads(rows[0])["inputs"]["title"] == f"a{odd}b"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model": ng.load("classics/stag_hunt")}, "another model"),
        (
            {"model": ng.load("classics/chicken").override({"parameters.lose": -2})},
            "model, reading",
        ),
        ({"values": {"parameters.crash": [1, 2]}}, "another set of inputs"),
        ({"values": dict(reversed(VALUES.items()))}, "another set of inputs"),
        ({"outputs": [COUNT]}, "another set of outputs"),
        ({"chunk": 3}, "another size of chunks: 2 and not 3"),
        ({"resume": False}, "resume=True"),
    ],
)
def test_a_folder_of_other_work_is_refused(model, tmp_path, change, told):
    run(model, tmp_path)
    before = contents(tmp_path)
    first = next(iter(change.get("model", model).spec.parameters))
    given_values = change.pop("values", VALUES)
    if change.get("model") is not None and change["model"].title != model.title:
        given_values = {f"parameters.{first}": [1, 2]}
    options = {"chunk": 2, **change}
    own, outputs = options.pop("model", model), options.pop("outputs", [DOMINANCE])
    with pytest.raises(NegotiationError, match=told) as caught:
        sweep(own, given_values, outputs, folder=tmp_path, **options)
    assert str(tmp_path) in caught.value.where
    assert caught.value.remedy
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("FORMAT", 9, "format of folders: 2 and not 9"), ("__version__", "9.9", "not 9.9")],
)
def test_a_folder_of_another_version_is_refused(model, tmp_path, monkeypatch, name, value, told):
    run(model, tmp_path)
    before = contents(tmp_path)
    monkeypatch.setattr(store, name, value)
    with pytest.raises(NegotiationError, match=told):
        run(model, tmp_path)
    assert contents(tmp_path) == before


def test_a_folder_of_something_else_is_refused(model, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(NegotiationError, match=r"thesis\.tex.*no manifest"):
        run(model, tmp_path)
    assert os.listdir(tmp_path) == ["thesis.tex"]  # noqa: PTH208  hidden files count, too
    with pytest.raises(NegotiationError, match="this is a file"):
        run(model, tmp_path / "thesis.tex")
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(NegotiationError, match=r"manifest\.json is damaged"):
        run(model, tmp_path)


def test_a_folder_in_use_is_refused_and_a_stale_lock_is_not(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", PROCESS, tmp_path], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"in\n"
        with pytest.raises(NegotiationError, match=f"process {holder.pid} on .* is at work"):
            Folder(tmp_path, {"chunk": 1}, resume=True).__enter__()
    finally:
        holder.kill()
        holder.communicate()
    assert str(holder.pid) in (tmp_path / "lock").read_text()
    with Folder(tmp_path, {"chunk": 1}, resume=True):
        assert str(os.getpid()) in (tmp_path / "lock").read_text()
    assert not (tmp_path / "lock").read_text()


@pytest.mark.parametrize("moment", [0, 1, 4, 14, 15])
def test_a_full_disk_is_told_and_what_is_done_stays(model, tmp_path, monkeypatch, moment):
    whole = tmp_path / "whole"
    run(model, whole)
    folder = tmp_path / "full"
    calls = []
    true = os.fsync

    def full(handle):
        calls.append(handle)
        if len(calls) > 2 * moment:  # the file and its folder, each
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        true(handle)

    with monkeypatch.context() as patch:
        patch.setattr(store.os, "fsync", full)
        with pytest.raises(NegotiationError, match="No space left on device") as caught:
            run(model, folder)
    kept = 2 * min(14, max(0, moment - 1))
    assert f"{kept} points are kept" in caught.value.remedy
    assert not [own for own in contents(folder) if own.endswith(".part")]
    assert contents(folder).items() <= contents(whole).items()
    run(model, folder)
    assert contents(folder) == contents(whole)


def test_ctrl_c_leaves_a_folder_that_is_resumed(model, tmp_path):
    def stop(done, _):
        if done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(model, tmp_path / "one", progress=stop)
    assert len(list((tmp_path / "one/chunks").iterdir())) == 5
    seen = []
    run(model, tmp_path / "one", progress=lambda done, total: seen.append((done, total)))
    run(model, tmp_path / "two")
    assert seen[-1] == (28, 28)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_folder_keeps_its_size_of_chunks(model, tmp_path):
    run(model, tmp_path, chunk=5)
    before = contents(tmp_path)
    run(model, tmp_path, chunk=None)
    assert contents(tmp_path) == before
    with pytest.raises(NegotiationError, match="5 and not 4"):
        run(model, tmp_path, chunk=4)


def test_what_was_not_foreseen_is_tried_again(model, tmp_path, monkeypatch):
    true = Evaluator.__call__

    def call(self, changes):
        if changes.get("parameters.crash") == -3:
            raise ZeroDivisionError("a fault of ours")
        return true(self, changes)

    with monkeypatch.context() as patch:
        patch.setattr(Evaluator, "__call__", call)
        found = run(model, tmp_path / "one")
    assert {own.message for own in found.failures} == {"ZeroDivisionError: a fault of ours"}
    assert {own.parameters["parameters.crash"] for own in found.failures} == {-3}
    again = run(model, tmp_path / "one")
    assert not again.failures
    run(model, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def killed_and_resumed(folder, kills, rng):
    """Kill a sweep at random moments, then let it end; return how far it was each time."""
    script = folder.with_suffix(".py")
    script.write_text(SCRIPT)
    reached = []
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, script, folder, "0.03"], stdout=subprocess.PIPE)
        lines = rng.randrange(1, 13)
        reached += [process.stdout.readline() for _ in range(lines)]
        time.sleep(rng.random() / 30)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return reached


@pytest.mark.parametrize(
    "kills", [2, pytest.param(10, marks=pytest.mark.heavy)], ids=["lighter", "ten times"]
)
def test_a_killed_sweep_is_resumed_and_ends_with_the_same_bytes(model, tmp_path, kills):
    whole = tmp_path / "whole"
    run(model, whole)
    folder = tmp_path / "killed"
    reached = killed_and_resumed(folder, kills, random.Random(kills))
    assert reached[0]
    assert (folder / "manifest.json").exists()
    run(model, folder)
    assert contents(folder) == contents(whole)


def test_the_fingerprint_tells_models_apart(model):
    assert fingerprint(model) == fingerprint(ng.load("classics/chicken"))
    other = ng.load("alaska/settlement")
    assert fingerprint(other) != fingerprint(other.reading("igs"))
