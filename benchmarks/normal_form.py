"""All extreme equilibria of the same random games by every solver that is installed.

``python benchmarks/normal_form.py [--sizes 2 3 4 6] [--seconds 2] [--payoffs 100] [--threads 1]``

Runs this package (batch and one by one), nashpy, quantecon, pygambit and lrsnash (Debian's
lrslib) in one run, one after the other, on random integer games and on games full of ties, and
prints games per second, how many times faster the batch is, and how often each tool is wrong.
Compilation is not counted, nor, except for the batch, the making of game objects; every tool is
timed on as many games as it manages in the given seconds.

The exact solver is the reference, and the exact regret decides: an answer is *invented* if it
is nowhere near an extreme equilibrium and has regret, *lost* if an extreme equilibrium of the
game is missing. nashpy and quantecon promise nothing on
degenerate games; what they lose there is counted all the same, in a row of its own.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from negotiation.normal_form import NormalForm, equilibria, regrets
from negotiation.normal_form.batch import equilibria_batch

Tool = tuple[Callable[..., object], Callable[[object], object]]
JUDGED = 200  # games on which answers are compared
CLOSE = 1e-6  # distance at which a floating-point profile counts as the exact one


def single() -> Tool:
    def solve(game: NormalForm) -> list:
        return [profile.strategies for profile in equilibria(game).profiles]

    return NormalForm.from_arrays, solve


def nashpy_tool() -> Tool:
    import nashpy  # noqa: PLC0415  optional

    def solve(game: nashpy.Game) -> list:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(game.support_enumeration())

    return nashpy.Game, solve


def quantecon_tool() -> Tool:
    from quantecon.game_theory import (  # noqa: PLC0415  optional
        NormalFormGame,
        Player,
        support_enumeration,
    )

    def prepare(A: np.ndarray, B: np.ndarray) -> NormalFormGame:
        return NormalFormGame((Player(A), Player(np.ascontiguousarray(B.T))))

    return prepare, support_enumeration


def pygambit_tool() -> Tool:
    import pygambit  # noqa: PLC0415  optional

    def solve(game: pygambit.Game) -> list:
        found = pygambit.nash.enummixed_solve(game, rational=True).equilibria
        return [
            tuple(
                tuple(Fraction(str(profile[strategy])) for strategy in player.strategies)
                for player in game.players
            )
            for profile in found
        ]

    return pygambit.Game.from_arrays, solve


def lrsnash_tool() -> Tool:
    if shutil.which("lrsnash") is None:
        raise ImportError("lrsnash")
    path = Path(tempfile.mkdtemp()) / "game"

    def prepare(A: np.ndarray, B: np.ndarray) -> str:
        lines = [f"{A.shape[0]} {A.shape[1]}", ""]
        for matrix in (A, B):
            lines += [" ".join(map(str, row)) for row in matrix] + [""]
        return "\n".join(lines)

    def solve(text: str) -> list:
        path.write_text(text)
        run = subprocess.run(["lrsnash", str(path)], check=True, capture_output=True, text=True)
        return list(parsed(run.stdout))

    return prepare, solve


def parsed(text: str) -> Iterator[tuple[tuple[Fraction, ...], ...]]:
    """Read what lrsnash prints: blocks of strategies of player 2, each with one of player 1."""
    second: list[tuple[Fraction, ...]] = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 3 or words[0] not in {"1", "2"}:
            second = [] if not words else second
            continue
        try:
            strategy = tuple(map(Fraction, words[1:-1]))
        except ValueError:
            continue
        if words[0] == "2":
            second.append(strategy)
        else:
            yield from ((strategy, other) for other in second)


TOOLS = {
    "one by one": single,
    "quantecon": quantecon_tool,
    "nashpy": nashpy_tool,
    "pygambit": pygambit_tool,
    "lrsnash": lrsnash_tool,
}


def judged(found: object, game: NormalForm, expected: list) -> tuple[bool, bool]:
    """Say whether a tool's answer for a game invents or loses equilibria."""
    exact = [np.array([float(v) for strategy in p for v in strategy]) for p in expected]
    answers = [np.array([float(v) for strategy in p for v in strategy]) for p in found]
    lost = any(all(abs(a - e).max() > CLOSE for a in answers) for e in exact)
    invented = False
    for profile, a in zip(found, answers, strict=True):
        if all(not abs(a - e).max() <= CLOSE for e in exact):
            invented |= not near_equilibrium(profile, game)
    return invented, lost


def near_equilibrium(profile: object, game: NormalForm) -> bool:
    """Say whether a profile that is no extreme equilibrium is near an equilibrium."""
    strategies = [[max(Fraction(0), Fraction(v)) for v in map(float, own)] for own in profile]
    if any(abs(sum(own) - 1) > CLOSE for own in strategies):
        return False
    mixed = [tuple(v / sum(own) for v in own) for own in strategies]
    return max(regrets(game, mixed)) <= CLOSE


def compare(size: int, kind: str, games: np.ndarray, seconds: float, threads: int) -> None:
    equilibria_batch(games[:64])  # compiles
    runs, spent = 0, 0.0
    while spent < seconds:
        started = time.perf_counter()
        found = equilibria_batch(games, threads=threads)
        spent += time.perf_counter() - started
        runs += 1
    fast = runs * len(games) / spent
    sample = [found.game(k) for k in range(min(JUDGED, len(games)))]
    truth = [[profile.strategies for profile in equilibria(game).profiles] for game in sample]
    wrong = sum(
        [profile.strategies for profile in found.equilibria(k)] != expected
        for k, expected in enumerate(truth)
    )
    print(f"\n{size} by {size}, {kind}: {len(games):,} games, {found.counts.mean():.2f} equilibria")
    print(f"  {'tool':12s} {'games/s':>12s} {'batch is':>12s}   wrong games of those judged")
    note = f"{wrong} of {len(truth)}, {found.exact_games} to the exact solver"
    print(f"  {'batch':12s} {fast:12,.0f} {'':>12s}   {note}")
    for name, make in TOOLS.items():
        try:
            prepare, solve = make()
        except ImportError:
            print(f"  {name:12s} {'–':>12s} {'–':>12s}   not installed")
            continue
        solve(prepare(*games[0]))  # compiles
        answers = []
        spent = 0.0
        for A, B in games:
            game = prepare(A, B)
            started = time.perf_counter()
            answers.append(solve(game))
            spent += time.perf_counter() - started
            if spent > seconds:
                break
        speed = len(answers) / spent
        pairs = [judged(*case) for case in zip(answers[: len(truth)], sample, truth, strict=False)]
        invented, lost = (sum(column) for column in zip(*pairs, strict=True))
        note = f"invents in {invented}, loses in {lost} of {len(pairs)}"
        print(f"  {name:12s} {speed:12,.0f} {fast / speed:11,.0f}x   {note}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[2, 3, 4, 6])
    parser.add_argument("--seconds", type=float, default=2, help="per tool and kind of game")
    parser.add_argument("--payoffs", type=int, default=100, help="from minus this to this")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    for size in options.sizes:
        number = max(2_000, min(200_000, 10**7 // size**5))
        shape = (number, 2, size, size)
        plain = rng.integers(-options.payoffs, options.payoffs + 1, size=shape)
        tied = rng.integers(0, 3, size=(max(500, number // 20), *shape[1:]))
        for kind, games in (("random integers", plain), ("payoffs 0, 1, 2", tied)):
            compare(size, kind, games, options.seconds, options.threads)


if __name__ == "__main__":
    main()
