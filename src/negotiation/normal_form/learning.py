"""Learning dynamics: how players, or populations, might come to play. Simulated by nashpy.

Two players, payoff matrices A and B, x and y the frequencies of their strategies.

- **Replicator dynamics** of two populations, ``x_i' = x_i ((A y)_i - x' A y)`` and likewise for
  y with B: a strategy grows at the rate by which it beats its own population's average.
- **Replicator dynamics of one population** that plays a symmetric game against itself,
  ``x_i' = x_i ((A x)_i - x' A x)``, with mutation if asked for.
- **Fictitious play**: in every round each player chooses a best reply to the frequencies of all
  that the other has played so far, any of them where several are best. In *stochastic*
  fictitious play it draws from the logit distribution of payoffs, slightly disturbed.

Conventions
-----------
- Everything here is floating point, computed by nashpy, labelled by this package: the guarantee
  is ``"simulated"``. Nothing is promised about convergence; :attr:`Trajectory.regrets` says
  exactly how far the last point is from an equilibrium.
- Player names and axes are those of the game: ``frequencies[p][t, s]`` is how often player p
  plays its strategy s at ``times[t]``.
- nashpy draws from numpy's global random numbers. A seed, every non-negative integer, makes a
  run repeatable; the state of the global generator is put back afterwards.

Sources: Taylor and Jonker (1978); Brown (1951); Hofbauer and Sandholm (2002); Fudenberg and
Levine, *The Theory of Learning in Games* (1998).
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError, TooLargeError, shorten
from negotiation.exact import exact, generator, is_real, listed, read_only, whole
from negotiation.normal_form.all_equilibria import Equilibrium, equilibria
from negotiation.normal_form.best_replies import (
    MixedProfile,
    MixedStrategy,
    mixed_strategy,
    regrets,
)
from negotiation.normal_form.evolutionary import is_symmetric
from negotiation.normal_form.formats import to_nashpy
from negotiation.normal_form.game import NormalForm, checked_flag
from negotiation.results import Result, Table

__all__ = ["Trajectory", "fictitious_play", "replicator_dynamics"]

FloatArray = NDArray[np.float64]

MAX_STEPS = 1_000_000
TABLE_POINTS = 11  # points of a trajectory in its table


@dataclass(frozen=True, eq=False)
class Trajectory(Result):
    """What a simulation of learning went through.

    Attributes
    ----------
    game : NormalForm
        The game played.
    dynamics : str
        ``"replicator dynamics"``, ``"fictitious play"``...
    times : float64 array, shape (T,)
        Read-only; rounds are counted from 1.
    frequencies : tuple of float64 arrays, shapes (T, strategies of the player)
        Per player, read-only; each row sums to 1 up to rounding.
    """

    game: NormalForm
    dynamics: str
    times: FloatArray
    frequencies: tuple[FloatArray, ...]

    @property
    def final(self) -> dict[str, dict[str, float]]:
        """The last point: player -> strategy -> frequency."""
        return {
            player: dict(zip(names, own[-1].tolist(), strict=True))
            for player, names, own in zip(
                self.game.players, self.game.strategies, self.frequencies, strict=True
            )
        }

    @cached_property
    def last(self) -> tuple[tuple[Fraction, ...], ...]:
        """The last point as exact distributions: the doubles themselves, scaled to sum to 1."""
        return tuple(_distribution(own[-1]) for own in self.frequencies)

    @cached_property
    def regrets(self) -> tuple[Fraction, ...]:
        """What each player could gain at most by leaving the last point alone; 0 at equilibria."""
        return regrets(self.game, self.last)

    @cached_property
    def nearest_equilibrium(self) -> Equilibrium:
        """The extreme equilibrium nearest to the last point, in Euclidean distance.

        Raises
        ------
        TooLargeError
            If the game is too large to enumerate.
        """
        return min(equilibria(self.game).profiles, key=self._distance)

    @property
    def distance(self) -> float:
        """How far :attr:`nearest_equilibrium` is from the last point."""
        return math.sqrt(self._distance(self.nearest_equilibrium))

    def _distance(self, profile: Equilibrium) -> Fraction:
        return sum(
            (
                (a - b) ** 2
                for own, other in zip(self.last, profile.strategies, strict=True)
                for a, b in zip(own, other, strict=True)
            ),
            Fraction(0),
        )

    def tables(self) -> tuple[Table, ...]:
        """Return the frequencies at some evenly spaced points, and the last point's regrets."""
        count = len(self.times)
        places = sorted({round(k * (count - 1) / (TABLE_POINTS - 1)) for k in range(TABLE_POINTS)})
        heads = ["time"] + [
            f"{player}: {name}"
            for player, names in zip(self.game.players, self.game.strategies, strict=True)
            for name in names
        ]
        rows = [
            [
                float(self.times[k]),
                *(value for own in self.frequencies for value in own[k].tolist()),
            ]
            for k in places
        ]
        gains = [
            f"{player} could still gain {float(regret):.4g}"
            for player, regret in zip(self.game.players, self.regrets, strict=True)
        ]
        notes = [f"At the last point {' and '.join(gains)} by switching."]
        if len(places) < count:
            notes.insert(0, f"{len(places)} evenly spaced points of {count:,}.")
        title = self.dynamics.capitalize()
        return (Table(title, heads, rows, notes, name="trajectory"),)

    def data(self) -> dict[str, Any]:
        """Return the last point and its regrets; the keys are output paths."""
        return {
            "guarantee": self.guarantee,
            "dynamics": self.dynamics,
            "points": len(self.times),
            "final": self.final,
            "regrets": dict(zip(self.game.players, self.regrets, strict=True)),
        }


def replicator_dynamics(
    game: NormalForm,
    start: MixedProfile | MixedStrategy | None = None,
    *,
    times: Sequence[float] | FloatArray | None = None,
    one_population: bool = False,
    mutation: Sequence[Sequence[float]] | FloatArray | None = None,
) -> Trajectory:
    """Simulate replicator dynamics.

    Parameters
    ----------
    game : NormalForm
        Two players.
    start : optional
        One mixed strategy per player, in player order or by player name; for one population,
        one mixed strategy. Default: all strategies equally often, which may be a rest point.
    times : sequence of float, optional
        Increasing, the first is the time of the start. Default: 1001 from 0 to 100.
    one_population : bool
        Whether a single population plays a symmetric game against itself. Then both players of
        the trajectory have its frequencies.
    mutation : array-like, shape (strategies, strategies), optional
        For one population: ``mutation[i][j]`` is the share of offspring of strategy i that
        play j; rows sum to 1.

    Returns
    -------
    Trajectory

    Raises
    ------
    GameError
        If the start is no distribution, times do not increase, the game is not of two players
        or, for one population, not symmetric, or payoffs are too large to integrate.

    Notes
    -----
    ``nashpy.Game.replicator_dynamics`` and ``.asymmetric_replicator_dynamics``, which integrate
    by scipy's ``odeint``. Frequencies that end outside [0, 1] by rounding are put on its border.

    Examples
    --------
    >>> hawk_dove = NormalForm.from_arrays(
    ...     [[-1, 4], [0, 2]], [[-1, 0], [4, 2]], strategies=[["hawk", "dove"]] * 2
    ... )
    >>> found = replicator_dynamics(hawk_dove, ["1/10", "9/10"], one_population=True)
    >>> {name: round(share, 3) for name, share in found.final["player 1"].items()}
    {'hawk': 0.667, 'dove': 0.333}
    >>> found = replicator_dynamics(hawk_dove, [["0.6", "0.4"], ["0.5", "0.5"]])
    >>> [round(found.final[name]["hawk"], 3) for name in hawk_dove.players]
    [1.0, 0.0]
    """
    peer = to_nashpy(game)
    checked_flag(one_population, "one_population")
    moments = _times(times)
    if one_population:
        if not is_symmetric(game):
            raise GameError(
                "the game is not symmetric",
                remedy="one population needs the same strategies and payoffs for both players",
            )
        first = _floats(_start(game, 0, start))
        shares = _mutation(mutation, game.shape[0])
        path = _integrated(
            lambda: peer.replicator_dynamics(y0=first, timepoints=moments, mutation_matrix=shares)
        )
        return _trajectory(game, "replicator dynamics of one population", moments, [path, path])
    if mutation is not None:
        raise GameError("mutation between two populations", remedy="set one_population=True")
    x0, y0 = (_floats(own) for own in _starts(game, start))
    paths = _integrated(
        lambda: peer.asymmetric_replicator_dynamics(x0=x0, y0=y0, timepoints=moments)
    )
    return _trajectory(game, "replicator dynamics", moments, paths)


def fictitious_play(
    game: NormalForm,
    *,
    iterations: int,
    seed: int,
    stochastic: bool = False,
    temperature: float = 0.1,
    noise: float = 0.01,
) -> Trajectory:
    """Simulate fictitious play.

    Parameters
    ----------
    game : NormalForm
        Two players.
    iterations : int
        Rounds, from 1 to 1,000,000.
    seed : int
        Non-negative. Ties between best replies are broken at random, the first round included.
    stochastic : bool
        Whether players draw from the logit distribution rather than play a best reply.
    temperature : float
        Of the logit distribution, positive, in utility and the same for both players: small is
        close to best replies. Stochastic only.
    noise : float
        Largest disturbance of a payoff, not negative. Stochastic only.

    Returns
    -------
    Trajectory
        ``times`` are the rounds 1, 2, ..., and ``frequencies`` what was played up to then.

    Raises
    ------
    GameError
        If an argument is out of range or the payoffs are too large for the logit distribution.

    Notes
    -----
    ``nashpy.Game.fictitious_play`` and ``.stochastic_fictitious_play``. In a zero-sum game
    frequencies approach the equilibria (Robinson, 1951), slowly; in others they need not.

    Examples
    --------
    >>> pennies = NormalForm.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> found = fictitious_play(pennies, iterations=2000, seed=0)
    >>> max(found.regrets) < Fraction(1, 10), found.nearest_equilibrium.strategies[0][0]
    (True, Fraction(1, 2))
    """
    peer = to_nashpy(game)
    checked_flag(stochastic, "stochastic")
    iterations = whole(iterations, "iterations", least=1)
    if iterations > MAX_STEPS:
        raise TooLargeError(f"{shorten(iterations)} iterations", remedy=f"at most {MAX_STEPS:,}")
    generator(seed)  # refuses what is no seed
    for name, value, least in (("temperature", temperature, 1e-9), ("noise", noise, 0.0)):
        if not is_real(value) or not least <= value <= sys.float_info.max:
            raise GameError(
                f"{name}: {shorten(value)}", remedy=f"give a finite number of at least {least:g}"
            )
    counts = [np.empty((iterations, size)) for size in game.shape]
    with _seeded(int(seed)):
        rounds = (
            (
                played
                for played, _ in peer.stochastic_fictitious_play(
                    iterations=iterations, etha=float(temperature), epsilon_bar=float(noise)
                )
            )
            if stochastic
            else peer.fictitious_play(iterations=iterations)
        )
        next(rounds)  # before the first round nothing has been played
        try:
            with warnings.catch_warnings(), np.errstate(all="raise"):
                for k, played in enumerate(rounds):
                    for own, times in zip(counts, played, strict=True):
                        own[k] = times
        except (FloatingPointError, ValueError):
            raise GameError(
                "payoffs too large for this temperature",
                remedy="rescale the payoffs or raise the temperature",
            ) from None
    moments = np.arange(1, iterations + 1, dtype=float)
    name = "stochastic fictitious play" if stochastic else "fictitious play"
    return _trajectory(game, name, moments, [own / moments[:, None] for own in counts])


# -- arguments -------------------------------------------------------------------------


def _starts(game: NormalForm, start: Any) -> list[tuple[Fraction, ...]]:
    """Return one distribution per player."""
    if start is None:
        return [_start(game, p, None) for p in range(len(game.players))]
    if isinstance(start, Mapping):
        for name in start:
            game.player_index(name)
        given = [start[name] for name in game.players if name in start]
    else:
        given = listed(start) or []
    if len(given) != len(game.players):
        raise GameError(
            f"'{shorten(start)}' is not one mixed strategy per player",
            where="start",
            remedy="give a pair of mixed strategies, in this order: " + ", ".join(game.players),
        )
    return [_start(game, p, own) for p, own in enumerate(given)]


def _start(game: NormalForm, player: int, start: Any) -> tuple[Fraction, ...]:
    """Return a player's distribution; by default all strategies equally often."""
    if start is None:
        return (Fraction(1, game.shape[player]),) * game.shape[player]
    try:
        return mixed_strategy(game, player, start)
    except GameError as fault:
        raise GameError(fault.what, where=f"start, {fault.where}", remedy=fault.remedy) from None


def _floats(strategy: tuple[Fraction, ...]) -> FloatArray:
    return np.array([float(value) for value in strategy])


def _times(times: object) -> FloatArray:
    """Return increasing times."""
    if times is None:
        return np.linspace(0, 100, 1001)
    try:
        given = np.asarray(times)
        moments = given.astype(float) if given.dtype.kind in "iufO" else np.empty(0)
    except (TypeError, ValueError, OverflowError):
        moments = np.empty(0)
    if moments.ndim != 1 or len(moments) < 2 or not np.isfinite(moments).all():
        raise GameError(
            f"'{shorten(times)}' are no times", remedy="give a list of at least two finite numbers"
        )
    if len(moments) > MAX_STEPS:
        raise TooLargeError(f"{len(moments):,} times", remedy=f"at most {MAX_STEPS:,}")
    if moments[0] < 0 or (np.diff(moments) <= 0).any():
        raise GameError(
            "times that are negative or do not increase",
            where="times",
            remedy="start at 0 or later, each time after the one before",
        )
    return moments


def _mutation(mutation: object, size: int) -> FloatArray | None:
    """Return a stochastic matrix."""
    if mutation is None:
        return None
    rows = [
        [exact(v, where="mutation") for v in listed(row) or ()] for row in listed(mutation) or ()
    ]
    right = len(rows) == size and all(len(row) == size for row in rows)
    if not right or any(min(row) < 0 or sum(row) != 1 for row in rows):
        raise GameError(
            "no matrix of shares",
            where="mutation",
            remedy=f"give {size} rows of {size} numbers from 0 to 1, each row with the sum 1",
        )
    return np.array([_floats(tuple(row)) for row in rows])


# -- running nashpy --------------------------------------------------------------------


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed numpy's global random numbers, which nashpy draws from, and put them back."""
    before = np.random.get_state()  # noqa: NPY002  nashpy knows no other generator
    np.random.seed(np.random.SeedSequence(seed).generate_state(8))  # noqa: NPY002  as above
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002  as above


def _integrated(run: Callable[[], Any]) -> Any:
    """Run an integration; what it warns of is a failure."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            found = run()
            if all(np.isfinite(part).all() for part in found):
                return found
    except Warning:
        pass
    raise GameError(
        "the equations could not be integrated",
        remedy="rescale the payoffs, or give shorter steps between times",
    )


def _trajectory(
    game: NormalForm, dynamics: str, times: FloatArray, paths: Sequence[Any]
) -> Trajectory:
    frequencies = tuple(read_only(np.clip(path, 0.0, 1.0)) for path in paths)
    return Trajectory(game, dynamics, read_only(times), frequencies, guarantee="simulated")


def _distribution(row: FloatArray) -> tuple[Fraction, ...]:
    values = [Fraction(value) for value in row.tolist()]
    total = sum(values, Fraction(0))
    return tuple(value / total for value in values)
