"""All extreme equilibria of the same random games by every solver that is installed.

``python benchmarks/normal_form.py [--sizes 2 3 4 6] [--seconds 2] [--payoffs 100] [--threads 1]``
``python benchmarks/normal_form.py --single``

Runs this package (batch and one by one), nashpy, quantecon, pygambit and lrsnash (Debian's
lrslib) in one run, one after the other, on random integer games and on games full of ties, and
prints games per second, how many times faster the batch is, and how often each tool is wrong.
Compilation is not counted, nor, except for the batch, the making of game objects; every tool is
timed on as many games as it manages in the given seconds.

The exact solver is the reference, and the exact regret decides: an answer is *invented* if it
is nowhere near an extreme equilibrium and has regret, *lost* if an extreme equilibrium of the
game is missing. nashpy and quantecon promise nothing on
degenerate games; what they lose there is counted all the same, in a row of its own.

``--single`` measures single games instead, against their targets: times of this package are of
the call alone, those of lrsnash of its whole process, nothing subtracted. Peak memory is that of
a process of its own, the interpreter included.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
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


def dual_cyclic() -> NormalForm:
    """Return the 6 by 6 game on dual cyclic polytopes, with 75 equilibria (von Stengel, 1999)."""
    A = np.array(
        [
            [9504, -660, 19976, -20526, 1776, -8976],
            [-111771, 31680, -130944, 168124, -8514, 52764],
            [397584, -113850, 451176, -586476, 29216, -178761],
            [171204, -45936, 208626, -263076, 14124, -84436],
            [1303104, -453420, 1227336, -1718376, 72336, -461736],
            [737154, -227040, 774576, -1039236, 48081, -300036],
        ]
    )
    swap = [4, 5, 2, 3, 0, 1]
    return NormalForm.from_arrays(A, A[swap][:, swap].T)


def seconds_of(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


COORDINATION = """
from negotiation.normal_form import NormalForm, equilibria
unit = np.eye(15, dtype=int)
game = NormalForm.from_arrays(unit, unit)
started = time.perf_counter()
found = equilibria(game)
assert len(found.profiles) == len(found.components) == 2**15 - 1
"""

VARIANTS = """
from negotiation.normal_form.batch import equilibria_batch
games = np.random.default_rng(1).integers(-100, 101, size=(10**6, 2, 3, 3), dtype=np.int64)
equilibria_batch(games[:64])
started = time.perf_counter()
found = equilibria_batch(games)
assert len(found) == 10**6
"""


def measured(code: str) -> tuple[float, float]:
    """Run code in a process of its own; return seconds since it sets `started`, and peak GB."""
    report = "print(time.perf_counter() - started, resource.getrusage(0).ru_maxrss / 2**20)"
    whole = f"import resource, time\nimport numpy as np\n{code}{report}"
    run = subprocess.run([sys.executable, "-c", whole], check=True, capture_output=True, text=True)
    seconds, memory = map(float, run.stdout.split())
    return seconds, memory


def show(what: str, target: str, found: str) -> None:
    print(f"{what:45s} {target:28s} {found}", flush=True)


def peer(tool: Callable[[], Tool], game: tuple[np.ndarray, ...]) -> float | None:
    """Return the seconds that a peer needs for a game, or None where it is not installed."""
    try:
        prepare, solve = tool()
    except ImportError:
        return None
    ready = prepare(*game)
    return seconds_of(lambda: solve(ready))


def single_games(runs: int = 5) -> None:
    """Print the target and the measured time of single games, each the median of some runs."""
    rng = np.random.default_rng(1)
    show("game", "target", "measured")
    cyclic = dual_cyclic()
    times = [seconds_of(lambda: equilibria(cyclic)) for _ in range(runs)]
    count = len(equilibria(cyclic).profiles)
    show("6x6 dual cyclic", "75 equilibria, < 50 ms", f"{count}, {statistics.median(times):.4f} s")

    numbers = rng.integers(0, 10**4, size=(2, 9, 9))
    decimals = np.vectorize(lambda v: Fraction(int(v), 1000), otypes=[object])(numbers)
    game = NormalForm.from_arrays(*decimals)
    times = [seconds_of(lambda: equilibria(game)) for _ in range(runs)]
    other = peer(gambit_rationals, tuple(decimals))
    against = "pygambit not installed" if other is None else f"pygambit {other:.2f} s"
    show("9x9, three decimals", "< 1 s", f"{statistics.median(times):.3f} s; {against}")

    own, theirs = [], []
    for _ in range(runs):
        matrices = rng.integers(0, 100, size=(2, 12, 12))
        game = NormalForm.from_arrays(*matrices)
        own.append(seconds_of(lambda game=game: equilibria(game)))
        other = peer(lrsnash_tool, tuple(matrices))
        if other is not None:
            theirs.append(other)
    against = (
        f"lrsnash, whole process {statistics.median(theirs):.3f} s"
        if theirs
        else "lrsnash not installed"
    )
    what = f"12x12, two digits, median of {runs}"
    show(what, "not slower than lrsnash", f"{statistics.median(own):.3f} s; {against}")

    seconds, memory = measured(COORDINATION)
    show(
        "15x15 coordination", "32,767, bounded memory", f"{seconds:.2f} s, {memory:.2f} GB at most"
    )
    seconds, memory = measured(VARIANTS)
    show("10^6 variants of a 3x3", "1 GB", f"{seconds:.2f} s, {memory:.2f} GB at most")


def gambit_rationals() -> Tool:
    prepare, solve = pygambit_tool()
    import pygambit  # noqa: PLC0415  optional

    rational = np.vectorize(pygambit.Rational, otypes=[object])
    return lambda A, B: prepare(rational(A), rational(B)), solve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[2, 3, 4, 6])
    parser.add_argument("--seconds", type=float, default=2, help="per tool and kind of game")
    parser.add_argument("--payoffs", type=int, default=100, help="from minus this to this")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--single", action="store_true", help="single games against targets")
    options = parser.parse_args()
    if options.single:
        single_games()
        return
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
