"""All equilibria of the same random games by every solver that is installed, side by side.

``python benchmarks/normal_form.py [--sizes 2 3 4 5 6] [--rounds 5] [--seconds 0.3] [--quick]``
``python benchmarks/normal_form.py --single``

Tools: this package in a batch and one by one, quantecon, nashpy, pygambit (in fractions, and in
doubles with ``rational=False``) and lrsnash (Debian's package lrslib); those that are not installed
are named and left out. Kinds of games: integers, three decimals, doubles, ties (payoffs 0, 1, 2),
zero-sum games and rectangular ones.

How it is measured: process time, of children too; in each round every tool solves some games of
its own share of the time, one tool after the other, and what is printed is the median of the rounds
and their spread (largest less least, in percent of the median). Compiling and loading are not
counted, and neither is the making of objects of other packages. Not the same work is done:

- *batch* hands over arrays of doubles, each the nearest to the exact number; *batch, fractions*
  asks for fractions for every game; quantecon and nashpy hand over doubles that are not exact;
- *one by one* and pygambit's exact mode hand over fractions, this package also components, their
  Nash subsets and guarantees; *with reading* counts ``NormalForm.from_arrays`` too;
- lrsnash is a process per game, which is counted as it has no other form.

Answers are judged against the exact solver on the first games, and the exact regret decides: one
is *invented* if it is nowhere near an extreme equilibrium and has regret, *lost* if an extreme
equilibrium is missing. nashpy and quantecon promise nothing on degenerate games. The batch
must equal the exact solver in every digit.

``--single`` measures single games instead, against their targets: times of this package are of
the call alone, those of lrsnash of its whole process, nothing subtracted. Peak memory is that of
a process of its own, the interpreter included.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from negotiation.normal_form import NormalForm, equilibria, regrets
from negotiation.normal_form.all_equilibria import Equilibrium
from negotiation.normal_form.batch import BatchEquilibria, equilibria_batch

Tool = tuple[Callable[..., object], Callable[[object], object]]
JUDGED = 100  # games on which answers are compared
CHILDREN = resource.RUSAGE_CHILDREN
CLOSE = 1e-6  # distance at which a floating-point profile counts as the exact one


def single() -> Tool:
    def solve(game: NormalForm) -> list:
        return [profile.strategies for profile in finished(game)]

    return lambda *arrays: NormalForm.from_arrays(*map(exact_doubles, arrays)), solve


def single_with_reading() -> Tool:
    def solve(arrays: tuple[np.ndarray, ...]) -> list:
        return [profile.strategies for profile in finished(NormalForm.from_arrays(*arrays))]

    # floats mean doubles here, as for the other tools
    return lambda *arrays: tuple(map(exact_doubles, arrays)), solve


def finished(game: NormalForm) -> tuple:
    """Return the equilibria, when all that is told of them has been looked at."""
    found = equilibria(game)
    assert found.guarantee == "extreme"
    assert all(component.subsets for component in found.components)
    return found.profiles


def exact_doubles(array: np.ndarray) -> np.ndarray:
    """Return floats as the fractions that they are; integers as they are."""
    if array.dtype.kind != "f":
        return array
    return np.vectorize(Fraction, otypes=[object])(array)


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


def pygambit_tool(*, rational: bool = True) -> Tool:
    import pygambit  # noqa: PLC0415  optional

    def solve(game: pygambit.Game) -> list:
        found = pygambit.nash.enummixed_solve(game, rational=rational).equilibria
        read = (lambda v: Fraction(str(v))) if rational else float
        return [
            tuple(
                tuple(read(profile[strategy]) for strategy in player.strategies)
                for player in game.players
            )
            for profile in found
        ]

    def prepare(*arrays: np.ndarray) -> pygambit.Game:
        numbers = np.vectorize(lambda v: pygambit.Rational(Fraction(v)), otypes=[object])
        return pygambit.Game.from_arrays(
            *(numbers(own) if own.dtype.kind in "fO" else own for own in arrays)
        )

    return prepare, solve


def lrsnash_tool() -> Tool:
    if shutil.which("lrsnash") is None:
        raise ImportError("lrsnash")
    path = Path(tempfile.mkdtemp()) / "game"

    def prepare(A: np.ndarray, B: np.ndarray) -> str:
        lines = [f"{A.shape[0]} {A.shape[1]}", ""]
        for matrix in (A, B):
            lines += [" ".join(str(Fraction(v)) for v in row.tolist()) for row in matrix] + [""]
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
    "one by one, with reading": single_with_reading,
    "quantecon": quantecon_tool,
    "nashpy": nashpy_tool,
    "pygambit, exact": pygambit_tool,
    "pygambit, doubles": partial(pygambit_tool, rational=False),
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


def clock() -> float:
    """Return the CPU seconds of this process and of its children."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


class Runner:
    """Solves games one after the other, round by round, and remembers how long it took."""

    def __init__(self, make: Callable[[], Tool], games: np.ndarray) -> None:
        self.prepare, self.solve = make()
        self.games, self.next = games, 0
        self.answers: list[object] = []
        self.times: list[float] = []
        self.solve(self.prepare(*games[0]))  # compiles

    def round(self, seconds: float) -> None:
        """Solve games for some seconds."""
        spent, count = 0.0, 0
        while spent < seconds:
            game = self.prepare(*self.games[self.next % len(self.games)])
            started = clock()
            answer = self.solve(game)
            spent += clock() - started
            count += 1
            if self.next < JUDGED and self.next < len(self.games):
                self.answers.append(answer)
            self.next += 1
        self.times.append(spent / count)


class Batch:
    """Solves all games at once, to arrays of doubles or to fractions."""

    def __init__(self, games: np.ndarray, *, fractions: bool, threads: int) -> None:
        self.games, self.fractions, self.threads = games, fractions, threads
        self.times: list[float] = []
        equilibria_batch(games[: max(400, len(games) // 10)])  # compiles

    def round(self, seconds: float) -> None:
        """Solve all games, and again until some seconds have passed."""
        spent, count = 0.0, 0
        games = self.games[:JUDGED] if self.fractions else self.games
        while spent < seconds:
            started = clock()
            found = equilibria_batch(games, threads=self.threads)
            if self.fractions:
                for k in range(len(found)):
                    found.equilibria(k)
            spent += clock() - started
            count += len(games)
        self.times.append(spent / count)


def compare(kind: str, games: np.ndarray, options: argparse.Namespace) -> float:
    """Print all tools on games of one kind; return the seconds of the batch per game."""
    shape = " by ".join(map(str, games.shape[2:]))
    found = equilibria_batch(games)
    sample = [found.game(k) for k in range(min(JUDGED, len(games)))]
    truth = [list(equilibria(game).profiles) for game in sample]
    wrong = sum(not same(found, k, expected) for k, expected in enumerate(truth))
    strategies = [[profile.strategies for profile in own] for own in truth]
    runners: dict[str, Runner | Batch] = {
        "batch": Batch(games, fractions=False, threads=options.threads),
        "batch, fractions": Batch(games, fractions=True, threads=options.threads),
    }
    missing = []
    for name, make in TOOLS.items():
        try:
            runners[name] = Runner(make, games)
        except ImportError:
            missing.append(name)
    for _ in range(options.rounds):
        for runner in runners.values():
            runner.round(options.seconds)
    print(f"\n{shape}, {kind}: {len(games):,} games, {found.counts.mean():.2f} equilibria")
    print(f"  {'tool':24s} {'us a game':>11s} {'spread':>7s} {'batch is':>9s}   wrong games")
    fast = statistics.median(runners["batch"].times)
    for name, runner in runners.items():
        middle = statistics.median(runner.times)
        spread = (max(runner.times) - min(runner.times)) / middle
        if isinstance(runner, Batch):
            note = f"{wrong} of {len(truth)}; {found.exact_games} games to the exact solver"
        else:
            pairs = [judged(*case) for case in zip(runner.answers, sample, strategies)]  # noqa: B905  as many as were solved
            invented, lost = (sum(column) for column in zip(*pairs, strict=True))
            note = f"invents in {invented}, loses in {lost} of {len(pairs)}"
        times = f"{middle * 1e6:11,.2f} {spread:7.0%} {middle / fast:8,.1f}x"
        print(f"  {name:24s} {times}   {note}", flush=True)
    if missing:
        print(f"  not installed: {', '.join(missing)}")
    return fast


def same(found: BatchEquilibria, k: int, expected: list[Equilibrium]) -> bool:
    """Say whether the batch has the exact answer, in fractions and rounded to doubles."""
    span = slice(found.offsets[k], found.offsets[k + 1])
    return (
        list(found.equilibria(k)) == expected
        and all(
            found.strategies[p][span].tolist()
            == [[float(v) for v in profile.strategies[p]] for profile in expected]
            for p in (0, 1)
        )
        and found.payoffs[span].tolist()
        == [[float(v) for v in profile.payoffs] for profile in expected]
    )


def kinds(size: int, payoffs: int, number: int) -> dict[str, np.ndarray]:
    """Return random games of every kind."""
    rng = np.random.default_rng(1)
    shape = (number, 2, size, size)
    zero_sum = rng.integers(-payoffs, payoffs + 1, size=shape)
    zero_sum[:, 1] = -zero_sum[:, 0]
    return {
        "integers": rng.integers(-payoffs, payoffs + 1, size=shape),
        "three decimals": np.round(rng.random(shape), 3),
        "doubles": rng.random(shape),
        "payoffs 0, 1, 2": rng.integers(0, 3, size=shape),
        "zero-sum": zero_sum,
        "rectangular": rng.integers(-payoffs, payoffs + 1, size=(number, 2, size, size + 2)),
    }


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
    other = peer(pygambit_tool, tuple(decimals))
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[2, 3, 4, 5, 6])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.1, help="per tool, kind and round")
    parser.add_argument("--payoffs", type=int, default=100, help="from minus this to this")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="2 to 4 strategies, a minute or so")
    parser.add_argument("--single", action="store_true", help="single games against targets")
    options = parser.parse_args()
    if options.single:
        single_games()
        return
    if options.quick:
        options.sizes, options.rounds, options.seconds = [2, 3, 4], 3, 0.03
    ratios = []
    for size in options.sizes:
        number = max(500, min(50_000, 2 * 10**6 // size**5))
        times = {
            kind: compare(kind, games, options)
            for kind, games in kinds(size, options.payoffs, number).items()
        }
        whole = times["integers"]
        shown = (f"{kind} {times[kind] / whole:.1f}" for kind in times if kind != "integers")
        ratios.append(f"  {size} by {size}: {', '.join(shown)}")
    print("\nTime of the batch as a multiple of that for integers")
    print("\n".join(ratios))


if __name__ == "__main__":
    main()
