"""The verbs that change inputs: what they print, what they refuse, and where progress goes."""

from __future__ import annotations

import csv
import io
import json

import pytest

CHICKEN = "classics/chicken"
COUNT = "normal_form.equilibria.count"
PAYOFF = "normal_form.equilibria.profiles.2.payoffs.first"
TRADE = "alaska/territory_for_commerce"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr("negotiation.cli.common.PATIENCE", 1e9)


def test_compare(fine):
    out = fine("compare", CHICKEN, "--set", "parameters.crash=2", "--output", COUNT)
    assert "parameters.crash" in out
    assert COUNT in out
    same = fine("compare", "alaska/sequencing", "igs", "--reading", "igs")
    assert "What is different" in same
    why = fine("compare", "alaska/sequencing", "pism", "--reading", "igs", "--why", COUNT)
    assert f"What explains {COUNT}" in why


def test_sweep(fine, tmp_path):
    out = fine("sweep", CHICKEN, "--over", "parameters.crash=-3:2:0.01", "--output", COUNT,
               "--format", "csv")  # fmt: skip
    rows = list(csv.reader(io.StringIO(out.split("\n", 1)[1])))
    assert rows[0] == ["parameters.crash", COUNT]
    assert len([row for row in rows if len(row) == 2 and row[1] in {"1", "3"}]) == 501
    folder = str(tmp_path / "kept")
    arguments = ["sweep", CHICKEN, "--over", "parameters.crash=-1,2", "--over",
                 "parameters.win=1,2", "--output", COUNT, "--resume", folder]  # fmt: skip
    assert fine(*arguments) == fine(*arguments)
    data = json.loads(fine(*arguments, "--format", "json"))
    assert COUNT in json.dumps(data)


def test_tornado(fine):
    out = fine("tornado", CHICKEN, PAYOFF, "--points", "3")
    assert out.index("parameters.crash") < out.index("parameters.lose")
    flips = fine("tornado", TRADE, "--over", "parameters.us_fallback=0:2")
    assert "What flips the verdicts" in flips
    assert "parameters.us_fallback" in flips


def test_tipping_and_conditions(fine):
    out = fine("tipping", CHICKEN, "parameters.crash", "--low=-3", "--high", "2")
    assert "(-1, 2]" in out
    assert "every number is exact" in out
    every = fine("tipping", TRADE, "parameters.gate", "--reading", "pism")
    assert "What stays as it is" in every
    assert "commerce_first.acceptable" in every
    verdict = "stability.verdicts.commerce_first.acceptable.holds"
    plane = ["tipping", TRADE, "parameters.gate", "--against", "parameters.ru_war=0:1/2"]
    assert "30*gate + 15*ru_war - 8 = 0" in fine(*plane, "--reading", "pism", "--output", verdict)
    curves = fine("tipping", CHICKEN, "parameters.crash", "--against", "parameters.lose")
    assert "Map: parameters.crash down, parameters.lose across" in curves
    assert "-crash + lose >= 0" in fine("conditions", CHICKEN, "swerve/straight")


def test_robustness(fine):
    arguments = ["robustness", CHICKEN, "--draws", "64", "--over", "parameters.crash=-3:1"]
    one = fine(*arguments, "--seed", "0")
    assert one == fine(*arguments)
    assert "95 % confidence" in one
    assert "Swaps of neighbours" in fine("robustness", "alaska/conflict_states", "--swaps")
    assert "Ranks under uncertain weights" in fine(
        "robustness", TRADE, "--weights", "--draws", "64"
    )
    assert "parameters.win" in fine("robustness", CHICKEN, "--drivers", PAYOFF, "--draws", "16")


def test_repair(fine):
    out = fine("repair", TRADE, "recognition_alone", "--criterion", "acceptable")
    assert "What would make recognition_alone hold" in out
    back = fine("repair", TRADE, "commerce_first", "--criterion", "acceptable", "--break")
    assert "What breaks commerce_first" in back


def test_plots(run, tmp_path):
    for number, arguments in enumerate(
        [
            ("tipping", CHICKEN, "parameters.crash", "--low=-3", "--high", "2"),
            ("tipping", CHICKEN, "parameters.crash", "--against", "parameters.lose"),
            ("tornado", CHICKEN, PAYOFF),
            ("robustness", CHICKEN, "--draws", "16"),
            ("sweep", CHICKEN, "--over", "parameters.crash=-3,2", "--output", COUNT),
        ]
    ):
        target = tmp_path / f"{number}.png"
        status, _, err = run(*arguments, "--plot", str(target))
        assert (status, err) == (0, f"wrote {target}\n")
        assert target.stat().st_size > 1000


@pytest.mark.parametrize(
    "arguments",
    [
        ("tipping", CHICKEN, "parameters.crash"),
        ("tipping", CHICKEN, "parameters.crash", "--against", "parameters.lose"),
        ("tornado", CHICKEN, PAYOFF),
        ("robustness", CHICKEN, "--draws", "16"),
        ("sweep", CHICKEN, "--over", "parameters.crash=-3,2", "--output", COUNT),
    ],
)
@pytest.mark.parametrize(
    ("name", "message"), [("x.gif", "no .png"), ("no/x.png", "no such folder"), (".", "no .png")]
)
def test_a_picture_that_cannot_be_written_is_told_before_the_work(
    run, tmp_path, monkeypatch, arguments, name, message
):
    def loaded(*_, **__):
        raise AssertionError("work was begun")

    monkeypatch.setattr("negotiation.cli.what_if.load_model", loaded)
    status, out, err = run(*arguments, "--plot", str(tmp_path / name))
    assert (status, out) == (2, "")
    assert message in err


def test_a_sweep_without_a_picture_is_told_before_the_work(run):
    over = [f"--over=parameters.{name}=1,2" for name in ("crash", "lose", "win")]
    status, out, err = run("sweep", CHICKEN, *over, "--output", COUNT, "--plot", "x.png")
    assert (status, out) == (2, "")
    assert "no picture" in err


def test_what_was_worked_out_is_printed_even_if_it_cannot_be_drawn(run, tmp_path):
    arguments = ("--over", "parameters.crash=-3,2", "--output", "normal_form.equilibria.outcomes")
    status, out, err = run("sweep", CHICKEN, *arguments, "--plot", str(tmp_path / "x.png"))
    assert status == 2
    assert "swerve/straight" in out
    assert "is no number" in err


def test_a_sweep_of_which_every_point_failed_is_told(run):
    arguments = ("sweep", CHICKEN, "--output", COUNT, "--over")
    status, out, err = run(*arguments, "parameters.crash=x,y")
    assert status == 2
    assert "Points that could not be evaluated: 2 of 2" in out
    assert "all 2 points failed" in err
    status, _, err = run(*arguments, "parameters.crash=x,1")
    assert (status, err) == (0, "")


def test_csv_has_decimals_and_fractions_on_request(fine):
    arguments = ("sweep", CHICKEN, "--over", "parameters.crash=-3,0.25", "--output", PAYOFF)
    for more, value in (((), "0.25"), (("--exact",), "1/4")):
        out = fine(*arguments, "--format", "csv", *more)
        rows = list(csv.reader(io.StringIO(out)))
        assert value in [row[0] for row in rows]
        assert ("/" in "".join(cell for row in rows[2:4] for cell in row)) is bool(more)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", CHICKEN], "nothing to compare with"),
        (["compare", "alaska/sequencing", "igss"], "igs"),
        (["sweep", CHICKEN, "--over", "parameters.crash", "--output", COUNT], "no PATH=VALUES"),
        (["sweep", CHICKEN, "--over", "parameters.crash=1:2", "--output", COUNT], "LOW:HIGH:STEP"),
        (["sweep", CHICKEN, "--over", "parameters.crash=2:1:1", "--output", COUNT], "low"),
        (["sweep", CHICKEN, "--over", "parameters.crash=1:2:0", "--output", COUNT], "step"),
        (["sweep", CHICKEN, "--over", "parameters.crush=1,2", "--output", COUNT], "crash"),
        (["sweep", CHICKEN, "--over", "parameters.crash=1,2"], "no outputs"),
        (
            ["sweep", "alaska/sequencing", "--over", "parameters.strain=0:1:0.000001",
             "--output", COUNT],
            "--yes",
        ),
        (["tornado", CHICKEN, PAYOFF, "--over", "parameters.crash=3"], "no LOW:HIGH"),
        (["tornado", CHICKEN, PAYOFF, "--over", "parameters.crash=3:1"], "upside down"),
        (["tornado", CHICKEN, "normal_form.equilibria.outcomes"], "number"),
        (["tipping", CHICKEN, "parameters.crush"], "parameters.crash"),
        (["tipping", CHICKEN, "parameters.crash", "--low", "5", "--high", "1"], "upside down"),
        (["tipping", CHICKEN, "parameters.crash", "--plot", "x.gif"], ".png"),
        (["tipping", CHICKEN, "parameters.crash", "--against", "parameters.lose=1"], "LOW:HIGH"),
        (["tipping", CHICKEN, "parameters.crash", "--against", "parameters.lose",
          "--output", COUNT, "--output", PAYOFF], "one --output"),
        (["tipping", TRADE, "parameters.gate", "--against", "parameters.ru_war"], "name one"),
        (["conditions", CHICKEN, "swerve/strait"], "straight"),
        (["robustness", "alaska/conflict_states"], "range"),
        (["robustness", CHICKEN, "--drivers", "normal_form.equilibria.cuont"], "count"),
        (["robustness", TRADE, "--swaps", "--plot", "x.png"], "leave out --plot"),
        (["robustness", TRADE, "--weights", "--output", COUNT], "--output is of no use"),
        (["tornado", CHICKEN, "--points", "5"], "--points is of no use without an OUTPUT"),
        (["repair", TRADE, "commerce_frist"], "commerce_first"),
        (["repair", TRADE, "commerce_first", "--criterion", "acceptble"], "acceptable"),
        (["sweep", TRADE, "--reading", "all", "--over", "parameters.gate=0,1",
          "--output", "bargaining.nash.count"], "one reading at a time"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_one_message(run, arguments, message):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("negotiation: ")
    assert message in err
    assert "Traceback" not in err


def test_progress_tells_the_time_left(run, monkeypatch):
    monkeypatch.setattr("negotiation.cli.common.PATIENCE", -1.0)
    monkeypatch.setattr("negotiation.cli.what_if.PAUSE", -1.0)
    _, out, err = run("tornado", CHICKEN, PAYOFF)
    assert "left" in err
    assert "left" not in out


def test_no_cluster_is_told(run):
    pytest.importorskip("distributed")
    status, _, err = run("sweep", CHICKEN, "--over", "parameters.crash=1,2", "--output", COUNT,
                         "--dask", "nowhere")  # fmt: skip
    assert status == 2
    assert "no Dask cluster at nowhere" in err
