"""The command line: what goes to which stream, in which format, with which status."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from shipped import NAMES, loaded, solved_once
from strategies_models import VALID

from negotiation import analysis, provenance
from negotiation.cli import _fit, cli, main
from negotiation.report import Page, render
from negotiation.results import Table

SOLVING = ("solve", "check", "trace", "validate", "models", "schema")
WHAT_IF = ("compare", "sweep", "tornado", "tipping", "conditions", "robustness", "repair")
COMMANDS = (*SOLVING, *WHAT_IF)
CHICKEN = "classics/chicken"
BARGAIN = "alaska/territory_for_commerce"


@pytest.fixture(autouse=True)
def _solve_once(monkeypatch):
    monkeypatch.setattr(analysis, "solve", solved_once)
    monkeypatch.setattr(provenance, "solve", solved_once)
    monkeypatch.setattr("negotiation.cli.common.PATIENCE", 1e9)


@pytest.fixture
def strait(tmp_path):
    """A model with every section, as a file."""
    path = tmp_path / "strait.yaml"
    path.write_text(VALID, encoding="utf-8")
    return str(path)


class Balance(HTMLParser):
    """Checks that every element is closed where it was opened."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = []

    def handle_starttag(self, tag, attrs):
        del attrs
        self.seen.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag


# ---- solve: formats ---------------------------------------------------------------------


@pytest.mark.parametrize("model", [CHICKEN, BARGAIN, "strait"])
@pytest.mark.parametrize("reading", [None, "all"])
def test_every_format(fine, strait, model, reading):
    model = strait if model == "strait" else model
    arguments = ["solve", model, *(["--reading", reading] if reading else [])]
    data = json.loads(fine(*arguments, "--format", "json"))
    readings = [] if reading is None or model == CHICKEN else list(data)
    assert readings in ([], ["igs", "pism"], ["calm", "storm"])
    title = data[readings[0]]["title"] if readings else data["title"]

    text = fine(*arguments)
    assert text.startswith(title)
    for name in readings:
        assert name in text

    page = fine(*arguments, "--format", "html")
    balance = Balance()
    balance.feed(page)
    balance.close()
    assert balance.open == []
    assert balance.seen.count("h1") == 1
    assert balance.seen.count("table") == page.count("<table>") > 0

    rows = list(csv.reader(io.StringIO(fine(*arguments, "--format", "csv"))))
    width = None
    heads = [k for k, row in enumerate(rows) if row[0].startswith("# ")]
    for start, end in zip(heads, [*heads[1:], len(rows)], strict=True):
        width = len(rows[start + 1])
        assert all(len(row) == width for row in rows[start + 1 : end]), rows[start]

    paper = fine(*arguments, "--format", "latex")
    assert paper.startswith("\\documentclass")
    assert paper.rstrip().endswith("\\end{document}")
    assert paper.count("\\begin{tabular}") == paper.count("\\end{tabular}") == page.count("<table>")
    assert paper.count("\\subsection*") == balance.seen.count("h2")
    plain = re.sub(r"\\[&%$#_{}]", "", paper)
    assert plain.count("{") == plain.count("}")
    assert not re.search(r"[_#%^~|<>]", plain)

    marked = fine(*arguments, "--format", "md")
    assert marked.startswith(f"# {title}\n")
    assert marked.count("\n## ") == balance.seen.count("h2") > 0
    lines = marked.splitlines()
    for k, line in enumerate(lines):
        if line.startswith("| ---"):
            columns = lines[k - 1].replace("\\|", "").count("|")
            assert line.count("|") == columns
            assert lines[k + 1].replace("\\|", "").count("|") == columns


def test_readings_stand_side_by_side(fine):
    text = fine("solve", BARGAIN, "--reading", "all")
    assert "reading" in text
    assert "igs: Essay (igs)" in text
    one = fine("solve", BARGAIN, "--reading", "pism")
    assert "igs: Essay" not in one
    assert "pism: Commentary (pism)" in one


def test_exact_shows_fractions(fine):
    plain, exact = fine("solve", CHICKEN), fine("solve", CHICKEN, "--exact")
    assert "0.1" in plain
    assert "1/10" in exact
    assert "1/10" not in plain.split("What the sources expect")[0].split("\n\n", 1)[1]


def test_details_show_more(fine, strait):
    short, long = fine("solve", strait), fine("solve", strait, "--details")
    assert "More with --details" in short
    assert "More with --details" not in long
    assert len(long) > len(short)


def test_set_changes_the_output(fine):
    plain = json.loads(fine("solve", CHICKEN, "--format", "json"))
    changed = json.loads(fine("solve", CHICKEN, "--set", "parameters.crash=-4", "--format", "json"))
    assert plain["overrides"] == {}
    assert changed["overrides"] == {"parameters.crash": "-4"}

    def daring(data):
        profile = data["sections"]["normal_form"]["equilibria"]["profiles"][-1]
        return Fraction(profile["strategies"]["first"]["straight"])

    assert (daring(plain), daring(changed)) == (Fraction(1, 10), Fraction(1, 4))
    text = fine("solve", CHICKEN, "--set", "parameters.crash = -4")
    assert "Changed by hand: parameters.crash = -4." in text


def test_set_takes_options_lists_and_several_at_once(fine, strait):
    out = fine(
        "solve", strait, "--format", "json",
        "--set", "agreements.interim.zone=open",
        "--set", "demands.south.quota.accepts=[low, high]",
        "--set", "parameters.patrol_cost=1/5",
    )  # fmt: skip
    data = json.loads(out)
    agreement = data["sections"]["stability"]["verdicts"]["interim"]["agreement"]
    assert agreement == {"zone": "open", "quota": "low"}
    assert data["overrides"]["parameters.patrol_cost"] == "1/5"


def test_strict_refuses_numbers_without_a_reason(run, fine, strait):
    status, out, err = run("solve", strait, "--strict")
    assert (status, out) == (2, "")
    assert "Traceback" not in err
    for path in ("parties.south.patience", "disagreement.south", "ratifiers.assembly"):
        assert path in err
    assert "strait.yaml:" in err
    assert "because" in err
    assert fine("solve", BARGAIN, "--reading", "all", "--strict", "--format", "json")


# ---- the other commands -----------------------------------------------------------------


def test_check(fine, strait):
    text = fine("check", strait)
    assert "No errors." in text
    assert "Numbers without a reason" in text
    data = json.loads(fine("check", strait, "--format", "json"))
    assert "disagreement.south" in data["as written"]["uncited"]
    both = json.loads(fine("check", BARGAIN, "--reading", "all", "--format", "json"))
    assert list(both) == ["igs", "pism"]
    assert all(found["uncited"] == [] for found in both.values())


def test_trace(fine):
    text = fine("trace", BARGAIN, "parameters.ru_war", "--reading", "pism")
    assert "C-PISM-18" in text
    data = json.loads(
        fine("trace", BARGAIN, "bargaining.nash.utility.ru", "--reading", "all", "--format", "json")
    )
    assert list(data) == ["igs", "pism"]
    for found in data.values():
        assert Fraction(found["value"])
        assert {claim["at"].split()[0] for claim in found["claims"]} <= {"igs", "pism"}
        assert "parameters.ru_war" in {entry["path"] for entry in found["inputs"]}
    changed = fine("trace", CHICKEN, "parameters.crash", "--set", "parameters.crash=-3")
    assert "set by hand" in changed


def test_validate_lists_every_prediction_of_every_shipped_model(fine):
    data = json.loads(fine("validate", "--format", "json"))
    assert list(data) == list(NAMES)
    for name in NAMES:
        predictions = loaded(name).predictions
        expected = {
            (key, reading or None)
            for key, prediction in predictions.items()
            for reading in prediction.reading or ("",)
        }
        assert {(item["name"], item["reading"]) for item in data[name]} == expected
        assert all(item["agrees"] is not None for item in data[name]), name
    text = fine("validate")
    flat = [item for items in data.values() for item in items]
    agreed = sum(item["agrees"] for item in flat)
    assert f"{agreed} of {len(flat)} predictions agree with the models." in text
    squeezed = "".join(text.split())
    for item in flat:
        assert "".join(item["says"].split())[:12] in squeezed, item["name"]
    disagreeing = [item for item in flat if not item["agrees"]]
    assert disagreeing
    rows = list(csv.reader(io.StringIO(fine("validate", "--format", "csv"))))
    marked = {row[0] for row in rows if "disagrees" in row}
    assert marked == {item["name"] for item in disagreeing}


def test_models(fine):
    text = fine("models")
    for name in NAMES:
        assert name in text
    data = json.loads(fine("models", "--format", "json"))
    assert [row["model"] for row in data] == list(NAMES)


def test_schema_is_one_and_accepts_a_valid_model(fine):
    schema = json.loads(fine("schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    model = {
        "title": "T",
        "parties": {"a": {}, "b": {"patience": 0.5}},
        "issues": {"x": {"options": ["p", "q"], "control": "a"}},
        "demands": {"a": {"x": {"aspires": "p", "weight": 2}}},
        "parameters": {"z": {"value": "1/2", "low": 0}},
    }
    assert list(validator.iter_errors(model)) == []
    assert list(validator.iter_errors({**model, "partys": {}}))
    assert list(validator.iter_errors({**model, "demands": {"a": {"x": {"aspire": "p"}}}}))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(fine, command, flag):
    text = fine(command, flag)
    assert text.startswith(f"Usage: negotiation {command}")
    assert len(text.splitlines()) > 4


def test_help_lists_the_commands(fine):
    text = fine("--help")
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert set(cli.commands) == set(COMMANDS)


# ---- errors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["solve", "classics/chickne"], ["chickne", "'classics/chicken'"]),
        (["solve", "nowhere/nothing.yaml"], ["nothing.yaml"]),
        (["solve", "nowhere.yml"], ["nowhere.yml"]),
        (["solve", ""], ["model"]),
        (["solve", BARGAIN, "--reading", "pismo"], ["reading 'pismo'", "'pism'"]),
        (["check", BARGAIN, "--reading", "x"], ["reading 'x'", "igs"]),
        (["trace", BARGAIN, "parameters.ru_war", "--reading", "x"], ["reading 'x'"]),
        (["solve", CHICKEN, "--reading", "igs"], ["reading 'igs'"]),
        (["trace", CHICKEN, "parameters.crahs"], ["'parameters.crash'"]),
        (["trace", CHICKEN, "normal_form.equilibira"], ["'equilibria'"]),
        (["trace", CHICKEN, ""], ["path"]),
        (["solve", CHICKEN, "--format", "pdf"], ["pdf", "json"]),
        (["solve", CHICKEN, "--set", "parameters.crash"], ["PATH=VALUE"]),
        (["solve", CHICKEN, "--set", "=3"], ["PATH=VALUE"]),
        (["solve", CHICKEN, "--set", "parameters.crash="], ["PATH=VALUE"]),
        (["solve", CHICKEN, "--set", "parameters.crahs=3"], ["'parameters.crash'"]),
        (["solve", CHICKEN, "--set", "parameters.crash=oops"], ["oops", "parameters.crash"]),
        (["solve", CHICKEN, "--set", "parameters.crash=1/0"], ["1/0"]),
        (["solve", CHICKEN, "--set", "parameters.crash=nan"], ["nan"]),
        (["solve", CHICKEN, "--set", "parameters.crash=win**win**9999999"], ["power"]),
        (["solve", CHICKEN, "--set", f"parameters.crash={'9' * 1500}"], ["1500 characters"]),
        (["solve", CHICKEN, "--set", "parameters.crash=[1, 2]"], ["crash"]),
        (["solve", CHICKEN, "--set", ".=1"], ["'.'"]),
        (["solve", CHICKEN, "--set", "title.x=1"], ["'title.x'"]),
        (["validate", "classics/chickne"], ["'classics/chicken'"]),
        (["solve"], ["MODEL"]),
        (["sovle", CHICKEN], ["sovle"]),
        (["solve", CHICKEN, "--stirct"], ["--stirct", "--strict"]),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_errors_are_one_message_on_standard_error(run, arguments, parts):
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert "Traceback" not in err
    assert err.count("rror:") + err.count("negotiation: ") == 1, err
    assert len(err) < 1000
    for part in parts:
        assert part in err


def test_faults_of_a_file_are_told_with_their_lines(run, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(VALID.replace("aspires: closed", "aspires: shut"), encoding="utf-8")
    status, out, err = run("solve", str(path))
    assert (status, out) == (2, "")
    line = next(k for k, text in enumerate(VALID.splitlines(), 1) if "aspires: closed" in text)
    assert f"bad.yaml:{line}" in err
    assert "unknown option 'shut'" in err


def test_a_folder_or_binary_file_is_no_traceback(run, tmp_path):
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00\x01")
    empty = tmp_path / "empty.yaml"
    empty.write_text("")
    for path in (tmp_path, binary, empty):
        status, out, err = run("solve", str(path))
        assert (status, out) == (2, ""), path
        assert err.count("\n") >= 1


# ---- streams ----------------------------------------------------------------------------


def test_progress_goes_to_standard_error(run, monkeypatch):
    monkeypatch.setattr("negotiation.cli.common.PATIENCE", -1.0)
    status, out, err = run("solve", BARGAIN, "--reading", "pism", "--format", "json")
    assert status == 0
    assert json.loads(out)["reading"] == "pism"
    assert "reading pism: bargaining ..." in err
    _, out, err = run("validate", CHICKEN, "--format", "json")
    assert json.loads(out)
    assert "Chicken, as written ..." in err


def test_the_group_runs_without_main_as_well():
    result = CliRunner().invoke(cli, ["solve", CHICKEN, "--format", "json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == "Chicken"


def test_as_a_process():
    done = subprocess.run(
        [sys.executable, "-m", "negotiation", "solve", CHICKEN, "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["title"] == "Chicken"


def test_a_closed_pipe_is_no_traceback():
    """As in `negotiation schema | head -1`, but the reader is gone before anything is written."""
    process = subprocess.Popen(
        [sys.executable, "-m", "negotiation", "schema"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    errors = process.stderr.read().decode()
    process.stderr.close()
    process.wait()
    assert errors == ""


def process(*arguments, **options):
    """Run the command line as a process of its own; return status, output, errors."""
    command = [sys.executable, "-m", "negotiation", *arguments]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    done = subprocess.run(command, check=False, **options)
    return done.returncode, done.stdout, (done.stderr or b"").decode()


@pytest.mark.parametrize("form", ["text", "html", "csv", "json"])
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii", "utf-8"])
def test_an_encoding_without_a_character_gets_what_looks_like_it(
    tmp_path, monkeypatch, encoding, form
):
    path = tmp_path / "greek.yaml"
    path.write_text(WORDS.replace("title: t", "title: δ → ½ – Wałęsa"), encoding="utf-8")
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(SystemExit) as stop:
        main(["solve", str(path), "--format", form])
    assert not stop.value.code
    stream.flush()
    written = stream.buffer.getvalue().decode(encoding)
    if form in {"text", "html"}:
        title = {"cp1252": "delta -> ½ – Wa\\u0142esa", "utf-8": "δ → ½ – Wałęsa"}
        shown = title.get(encoding, "delta -> ½ - Wa\\u0142esa")
        assert (shown.replace("½", "1/2") if encoding == "ascii" else shown) in written


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("a → b ≥ ½ … “q”", 'a -> b >= 1/2 ... "q"'),
        ("δ, λ; Ω", "delta, lambda; \\u03a9"),
        ("é ñ Å ł", "e n A \\u0142"),
        ("├── ✓ 日", "|-- yes \\u65e5"),
    ],
)
def test_look_alikes(text, looks):
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    _fit(stream)
    stream.write(text)
    stream.seek(0)
    assert stream.read() == looks


def test_what_a_stream_was_told_about_errors_stays():
    stream = io.TextIOWrapper(io.BytesIO(), "ascii", errors="replace")
    _fit(stream)
    _fit(None)
    assert stream.errors == "replace"


def test_a_full_disk_is_told():
    with Path("/dev/full").open("wb") as full:
        status, _, errors = process("schema", stdout=full)
    assert status == 2
    assert errors == "negotiation: standard output: No space left on device\n"


def test_a_closed_standard_output_is_told():
    status, _, errors = process("models", stdout=None, preexec_fn=lambda: os.close(1))
    assert (status, errors) == (2, "negotiation: standard output: is closed\n")
    status, _, _ = process("solve", "nothing", stderr=None, preexec_fn=lambda: os.close(2))
    assert status == 2


def test_names_that_the_system_refuses(run, tmp_path):
    for name in ("a" * 300, "a" * 300 + ".yaml", str(tmp_path / ("a" * 300 + ".yaml"))):
        status, out, errors = run("solve", name)
        assert (status, out) == (2, "")
        assert errors.startswith("negotiation: ")
        assert len(errors) < 700
    long = str(tmp_path / ("a" * 300 + ".svg"))
    status, _, errors = run("tipping", CHICKEN, "parameters.crash", "--plot", long)
    assert status == 2
    assert "name too long" in errors
    status, _, errors = run("compare", CHICKEN, "b" * 300)
    assert status == 2
    assert errors.startswith("negotiation: ")


def test_pipes_are_no_models(run, tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    status, out, errors = run("check", str(tmp_path / "pipe.yaml"))
    assert (status, out) == (2, "")
    assert "is a pipe, a socket or a device" in errors


WORDS = """\
title: t
parties: {a: {}, b: {}}
issues:
  i: {options: [x, y], control: {by: [a, b]}}
demands:
  a: {i: {aspires: x}}
  b: {i: {aspires: y}}
disagreement: {a: 0, b: 0}
bargaining: {players: [a, b]}
"""


def test_set_reads_words_as_a_file_does(run, fine, tmp_path):
    path = tmp_path / "joint.yaml"
    path.write_text(WORDS, encoding="utf-8")
    fine("solve", str(path), "--set", "issues.i.control.joint=true")
    status, _, errors = run("solve", str(path), "--set", "issues.i.control.joint=maybe")
    assert status == 2
    assert "write true or false" in errors
    fine("solve", str(path), "--set", "disagreement.a=max(0, 1/4)")
    output = ["--output", "bargaining.nash.exists"]
    out = fine("sweep", str(path), "--over", "disagreement.a=max(0, 1/4),1/8", *output)
    assert "max(0, 1/4)" in out


def test_commas_in_formulas_within_brackets_and_braces(run, tmp_path):
    path = tmp_path / "comma.yaml"
    path.write_text(WORDS.replace("b: 0}", "b: max(0, 1)}"), encoding="utf-8")
    status, _, errors = run("check", str(path))
    assert status == 2
    assert "put a formula that has a comma in quotes" in errors
    path.write_text(WORDS.replace("b: 0}", "b: 'max(0, 1)'}"), encoding="utf-8")
    assert run("check", str(path))[0] == 0


@pytest.mark.parametrize("name", ["lambda", "in", "None", "nan", "Infinity", "true", "max", "u"])
def test_words_with_a_meaning_of_their_own_name_no_parameter(run, tmp_path, name):
    path = tmp_path / "words.yaml"
    path.write_text(f"title: t\nparameters: {{{name}: 1}}\n", encoding="utf-8")
    status, _, errors = run("check", str(path))
    assert status == 2
    assert f"'{name}' cannot name a parameter" in errors
    assert f"call it {name}_" in errors
    path.write_text(f"title: t\nparameters: {{{name}_: 1, b: {name}_ + 1}}\n", encoding="utf-8")
    assert run("check", str(path))[0] == 0


def test_a_long_head_over_numbers_leaves_room_for_the_columns_beside_it():
    long = "bargaining.kalai_smorodinsky.utility.south"
    heads = ["agreement", *(f"{long}_{k}" for k in range(4))]
    table = Table("", heads, [["an_agreement_of_some_length", *map(Fraction, range(4))]])
    text = render(Page("page", "", (("section", (table,)),), None), "text")
    assert "an_agreement_of_some_length" in text
    assert long not in text
    narrow = Table("", heads[:2], [["short", Fraction(1)]])
    assert long in render(Page("page", "", (("section", (narrow,)),), None), "text")


def test_a_reading_without_a_title_is_named_without_one(fine, strait):
    page = fine("solve", str(strait), "--reading", "all")
    assert "Readings: calm; storm: Storm." in page
