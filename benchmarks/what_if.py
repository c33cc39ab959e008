"""What-if at work: a sweep of a formula game, tipping points, verdict draws, two processes.

``python benchmarks/what_if.py [--points 100000] [--draws 10000]``

Prints each figure with its target. The sweep of a 3x3 formula game is set against a loop over
nashpy's support enumeration on the same payoffs in the same run; nashpy is timed on as many
points as it manages in a few seconds. Compilation is done before anything is timed. The draws of
the verdict table are made in two processes, start-up and shares of the verdicts included.
"""

from __future__ import annotations

import argparse
import itertools
import random
import time
import warnings
from fractions import Fraction

import nashpy

import negotiation as ng
from negotiation.analysis import SOLVERS
from negotiation.model import build
from negotiation.stability import CRITERIA
from negotiation.what_if.draws import VerdictDraws

GAME = """\
title: A three by three game in one parameter
parameters: {x: {value: 1, low: 0, high: 10}}
normal_form:
  players: {north: [a, b, c], south: [d, e, f]}
  payoffs:
    a/d: [x, 4 - x]
    a/e: [3, 1]
    a/f: [1, x - 2]
    b/d: [2, 3]
    b/e: [5 - x, x]
    b/f: [4, 2]
    c/d: [1, 2*x]
    c/e: [x - 1, 5]
    c/f: [6 - x, 1]
"""


def timed(job):
    started = time.perf_counter()
    result = job()
    return result, time.perf_counter() - started


def say(what, target, measured):
    print(f"{what:72s} {target:>16s}  {measured}", flush=True)


def sweep_of_a_matrix(points):
    model = ng.loads(GAME, "three_by_three.yaml")
    values = [Fraction(10 * k, points) for k in range(points)]
    outputs = ["normal_form.equilibria.count", "normal_form.equilibria.outcomes"]
    ng.sweep(model, {"parameters.x": values[:200]}, outputs)
    found, spent = timed(lambda: ng.sweep(model, {"parameters.x": values}, outputs))
    say(f"sweep of {points:,} points, all equilibria exact", "3 s", f"{spent:.2f} s")
    family = build.game_family(model)
    games = [family.game(x=x) for x in values[:: max(1, points // 400)]]
    arrays = [[array.astype(float) for array in game.payoffs] for game in games]
    done = 0
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for A, B in itertools.cycle(arrays):
            list(nashpy.Game(A, B).support_enumeration())
            done += 1
            if time.perf_counter() - started > 3:
                break
    loop = (time.perf_counter() - started) / done * points
    say("  times a nashpy loop over the same games", "300x", f"{loop / spent:,.0f}x")
    assert len(found.values(outputs[0])) == points


def tipping_points():
    model = ng.loads(GAME, "three_by_three.yaml")
    ng.tipping_points(ng.load("classics/chicken"), "parameters.crash")
    found, spent = timed(lambda: ng.tipping_points(model, "parameters.x"))
    say(
        "exact tipping points of a 3x3 game in one parameter",
        "2 s",
        f"{spent:.2f} s, {len(found.points)} points, guarantee {found.guarantee}",
    )


def tipping_solutions():
    """Along what no agreement is worth; set against a sweep that solves point by point."""
    model = ng.load("alaska/settlement").reading("pism")
    path, values = "disagreement.us", [Fraction(k, 20) for k in range(20)]
    for concept in SOLVERS:
        output = f"bargaining.{concept}.agreement"
        _, solving = timed(lambda output=output: ng.sweep(model, {path: values}, [output], jobs=1))
        found, spent = timed(
            lambda output=output: ng.tipping_points(model, path, 0, 1, output=output)
        )
        say(
            f"exact tipping points of a solution, 207,360 agreements, {concept}",
            "",
            f"{spent:.2f} s, as long as {spent / solving * len(values):.0f} points of a sweep; "
            f"{len(found.points)} points, guarantee {found.guarantee}",
        )


def tipping_verdicts():
    """Everything that decides an answer along one input; one verdict in the plane of two."""
    model = ng.load("alaska/settlement").reading("pism")
    paths = ("parameters.pause_shift", "parameters.ru_without_agreement")
    for path in paths:
        found, spent = timed(lambda path=path: ng.tipping_points(model, path))
        say(
            f"exact tipping points of all verdicts and solutions, {path}",
            "",
            f"{spent:.2f} s, {len(found.outputs)} outputs, {len(found.points)} points, guarantee "
            f"{found.guarantee}",
        )
    for criterion in ("acceptable", "self_enforcing"):
        output = f"stability.verdicts.washington_signal.{criterion}.holds"
        found, spent = timed(lambda output=output: ng.tipping_curves(model, *paths, output=output))
        say(
            f"tipping curves of {criterion} in two inputs",
            "",
            f"{spent:.2f} s, {len(found.curves)} curves, guarantee {found.guarantee}",
        )


def settlements():
    """Yield the settlement in each reading with twelve random agreements beside its own eight."""
    rng = random.Random(0)
    for reading in ("igs", "pism"):
        model = ng.load("alaska/settlement").reading(reading)
        agreements = dict(model.origin.data["agreements"])
        for number in range(20 - len(agreements)):
            options = {
                issue: rng.choice(list(part.options)) for issue, part in model.issues.items()
            }
            agreements[f"random_{number}"] = {"options": options}
        yield reading, model.override({"agreements": agreements})


def verdict_draws(draws):
    asked = [criterion for criterion in CRITERIA if criterion != "robust"]
    for reading, model in settlements():
        outputs = [f"stability.verdicts.{a}.{key}.holds" for a in model.agreements for key in asked]
        found, spent = timed(
            lambda model=model, outputs=outputs: ng.robustness(
                model, draws=draws, method="random", outputs=outputs, jobs=2
            )
        )
        target = f"{60 * draws / 10_000:g} s on 2 cores"
        title = f"{draws:,} draws of the verdict table, 20 agreements, {reading}"
        say(title, target, f"{spent:.1f} s in two processes")
        assert len(found) == draws
        assert not any(found.failures.values())
        judge = VerdictDraws.of(model, list(model.agreements), asked, list(found.ranges))
        points = found.samples[:1000]
        judge.judge(points[:2])
        _, spent = timed(lambda judge=judge, points=points: judge.judge(points))
        say("  a draw in one process", "4 ms", f"{spent / len(points) * 1000:.2f} ms")


def two_processes():
    model = ng.load("alaska/territory_for_commerce").reading("igs")
    path, output = "parameters.us_truce", "stability.counts.nash"
    values = [Fraction(k, 40) for k in range(40, 140)]  # long enough for start-up not to count
    spent = [
        timed(lambda jobs=jobs: ng.sweep(model, {path: values}, [output], jobs=jobs))[1]
        for jobs in (1, 2)
    ]
    say("two processes against one", "1.7x", f"{spent[0] / spent[1]:.2f}x ({spent[0]:.1f} s)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=10_000)
    options = parser.parse_args()
    say("", "target", "measured")
    sweep_of_a_matrix(options.points)
    tipping_points()
    tipping_solutions()
    tipping_verdicts()
    verdict_draws(options.draws)
    two_processes()


if __name__ == "__main__":
    main()
