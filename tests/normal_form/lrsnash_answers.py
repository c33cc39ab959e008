"""Games and what lrsnash answers to them: ``python tests/normal_form/lrsnash_answers.py``.

Writes ``lrsnash_answers.json`` beside this file: integer games, and the extreme equilibria that
lrsnash (of Debian's package lrslib, version 0.71b) prints for them, in sorted order. A strategy
is one string of fractions. The file lets every test run compare with lrsnash without it.
"""

from __future__ import annotations

import importlib.util
import json
from fractions import Fraction
from pathlib import Path

import numpy as np

ANSWERS = Path(__file__).with_suffix(".json")
GAMES = 160
BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "normal_form.py"

KINDS = (
    "small",  # 1 to 12: the first half is random, ...
    "two digits",
    "large",
    "three decimals",
    "one row",
    "plain 2 by 5",
    "ties",  # ... the second built to be degenerate
    "repeated row",
    "zero block",
    "dominated",
    "constant",
    "huge with ties",
)


def benchmark():
    """Return the benchmark script as a module: its adapter of lrsnash is the one that is tested."""
    spec = importlib.util.spec_from_file_location("benchmark_of_normal_forms", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def draw(rng, kind, high=4):
    """Return two integer matrices and the denominator they are over."""
    m, n = rng.integers(2, high + 1, size=2)
    if kind == "one row":
        m, n = (1, n) if rng.integers(2) else (m, 1)
    elif kind == "plain 2 by 5":
        m, n = (2, 5) if rng.integers(2) else (5, 2)
    shape = (2, m, n)
    if kind in {"small", "one row"}:
        return rng.integers(-5, 6, size=shape), 1
    if kind in {"two digits", "plain 2 by 5"}:
        return rng.integers(0, 100, size=shape), 1
    if kind == "large":
        return rng.integers(-(10**6), 10**6, size=shape), 1
    if kind == "three decimals":
        return rng.integers(-(10**4), 10**4, size=shape), 1000
    if kind == "huge with ties":
        return rng.integers(-1, 2, size=shape) * 10**15 + rng.integers(0, 2, size=shape), 1
    games = rng.integers(0, 3, size=shape)
    if kind == "repeated row":
        games = rng.integers(0, 6, size=shape)
        games[:, -1], games[:, :, -1] = games[:, 0], games[:, :, 0]
    elif kind == "zero block":
        games = rng.integers(-9, 10, size=shape)
        games[:, 1:, 1:] = 0
    elif kind == "dominated":  # by the first row, weakly or by one
        games = rng.integers(-9, 10, size=shape)
        games[0, -1] = games[0, 0] - rng.integers(0, 2, size=n)
    elif kind == "constant":
        games = rng.integers(-9, 10, size=shape)
        games[rng.integers(2)] = 1
    return games, 1


def drawn(seed, number, high=4):
    """Yield games of every kind in turn: kind, two integer matrices and a denominator."""
    rng = np.random.default_rng(seed)
    for k in range(number):
        kind = KINDS[k % len(KINDS)]
        payoffs, denominator = draw(rng, kind, high)
        yield kind, payoffs, denominator


def written(strategy):
    return " ".join(map(str, strategy))


def read(text):
    return tuple(map(Fraction, text.split()))


def main() -> None:
    prepare, solve = benchmark().lrsnash_tool()
    lines = []
    for kind, payoffs, _ in drawn(seed=71, number=GAMES):
        found = sorted(solve(prepare(*payoffs)))
        pairs = [[written(x), written(y)] for x, y in found]
        case = {"kind": kind, "payoffs": payoffs.tolist(), "equilibria": pairs}
        lines.append(json.dumps(case))
    ANSWERS.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
