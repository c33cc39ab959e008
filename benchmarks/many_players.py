"""Equilibria of games with more than two players: time, completeness, and what pygambit finds.

``python benchmarks/many_players.py [--games 5] [--ties 200]``

Random integer games: the median time of :func:`negotiation.normal_form.equilibria`, how often it
has all equilibria, how many it has, and the largest exact regret; beside it gambit's polynomial
solver in the same run, game by game in turn, where the game is small enough for it, and how many it
finds that are not listed here. Then games with payoffs 0, 1 and 2: how many end in ``"some"``, and
how many lists are empty. Times are process times.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter

import numpy as np

from negotiation.normal_form import NormalForm, equilibria, regrets

SHAPES = [(2, 2, 2), (3, 3, 3), (2,) * 4, (2,) * 5, (4, 3, 3), (4, 4, 4), (2,) * 6, (10, 10, 10)]
TIED = [(2, 2, 2), (3, 2, 2), (3, 3, 2)]
FOR_GAMBIT = 81
"""Largest number of supports of games that are handed to gambit."""
CLOSE = 1e-6


def drawn(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-50, 51, size=(len(shape), *shape))


def flat(strategies: object) -> np.ndarray:
    return np.concatenate([np.array(own, dtype=float) for own in strategies])


def by_gambit(payoffs: np.ndarray) -> tuple[float, list[np.ndarray]] | None:
    """Return the time of gambit's polynomial solver, and the profiles it finds."""
    try:
        import pygambit  # noqa: PLC0415  optional
    except ImportError:
        return None
    game = pygambit.Game.from_arrays(*payoffs)
    start = time.process_time()
    found = pygambit.nash.enumpoly_solve(game).equilibria
    taken = time.process_time() - start
    return taken, [
        flat([[profile[s] for s in player.strategies] for player in game.players])
        for profile in found
    ]


def random_games(shape: tuple[int, ...], games: int) -> None:
    times, theirs, more = [], [], 0
    counts, complete, most = [], 0, 0.0
    small = np.prod([2**size - 1 for size in shape]) <= FOR_GAMBIT or shape == (3, 3, 3)
    for seed in range(games):
        payoffs = drawn(shape, seed)
        game = NormalForm.from_arrays(*payoffs)
        start = time.process_time()
        found = equilibria(game)
        times.append(time.process_time() - start)
        counts.append(len(found.profiles))
        complete += found.guarantee != "some"
        for own in found.profiles:
            most = max(most, float(max(regrets(game, own.strategies))))
        peer = by_gambit(payoffs) if small else None
        if peer is not None:
            theirs.append((peer[0], len(peer[1])))
            ours = [flat(own.strategies) for own in found.profiles]
            more += sum(min(np.abs(own - v).max() for own in ours) > CLOSE for v in peer[1])
    line = f"{'x'.join(map(str, shape)):>20}  {1e3 * statistics.median(times):8.1f} ms"
    line += f"  all in {complete} of {games}  found {counts}  regret <= {most:.1e}"
    if theirs:
        taken = statistics.median(t for t, _ in theirs)
        ratio = statistics.median(t / own for (t, _), own in zip(theirs, times, strict=True))
        line += f"  gambit {1e3 * taken:8.1f} ms (x {ratio:.2f}) {[n for _, n in theirs]}"
        line += f", {more} not listed here"
    print(line, flush=True)


def tied_games(shape: tuple[int, ...], games: int) -> None:
    rng = np.random.default_rng(1)
    guarantees: Counter[str] = Counter()
    empty = 0
    start = time.process_time()
    for _ in range(games):
        found = equilibria(NormalForm.from_arrays(*rng.integers(0, 3, size=(3, *shape))))
        guarantees["some" if found.guarantee == "some" else "all"] += 1
        empty += not found.profiles
    taken = time.process_time() - start
    name = "x".join(map(str, shape))
    some = guarantees["some"]
    print(f"{name:>20}  some in {some} of {games}, {empty} empty, {taken:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--games", type=int, default=5, help="random games of each shape")
    parser.add_argument("--ties", type=int, default=200, help="games with ties of each shape")
    given = parser.parse_args()
    equilibria(NormalForm.from_arrays(*drawn((2, 2, 2), 99)))  # imports are not counted
    print("random games")
    for shape in SHAPES:
        random_games(shape, given.games)
    print("games with payoffs 0, 1 and 2")
    for shape in TIED:
        tied_games(shape, given.ties)


if __name__ == "__main__":
    main()
