"""One equilibrium, several of them, and the units in which finders of equilibria compute.

Finders compute with payoffs *normalised* per player: integers from 0 upwards without common
factor. Adding a constant to a player's payoffs, or multiplying them by a positive number,
changes no best reply, so that the strategies found are those of the game as given; what a
player earns is turned back by

    payoff = units[0] + units[1] * normalised payoff.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from operator import mul
from typing import Any, Generic, TypeVar

import numpy as np

from negotiation.exact import IntArray
from negotiation.normal_form.game import NormalForm
from negotiation.results import Result

__all__ = [
    "ONE",
    "ZERO",
    "Distribution",
    "Equilibrium",
    "Profiles",
    "Units",
    "normalised",
    "order_of",
    "over_one",
    "point",
    "pure_strategy",
    "support",
    "weighted",
]

ZERO = Fraction(0)
ONE = Fraction(1)

Distribution = tuple[Fraction, ...]
Units = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Equilibrium:
    """One equilibrium: a mixed strategy and an expected payoff per player, in player order.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> found = Equilibrium(((half, half), (Fraction(0), Fraction(1))), (half, Fraction(0)))
    >>> found.supports, found.pure
    (((0, 1), (1,)), False)
    """

    strategies: tuple[Distribution, ...]
    payoffs: tuple[Fraction, ...]

    @property
    def supports(self) -> tuple[tuple[int, ...], ...]:
        """Per player the indices of the strategies played with positive probability."""
        return tuple(map(support, self.strategies))

    @property
    def exact(self) -> bool:
        """Whether the profile itself is an equilibrium, and not a point next to one."""
        return True

    @property
    def pure(self) -> bool:
        """Whether every player plays one strategy for sure."""
        return all(1 in strategy for strategy in self.strategies)

    def data(
        self, players: Sequence[str], strategies: Sequence[Sequence[str]]
    ) -> dict[str, dict[str, Any]]:
        """Return what is played, with which probability, and the payoffs, by name."""
        return {
            "strategies": {
                player: {name: weight for name, weight in zip(names, own, strict=True) if weight}
                for player, names, own in zip(players, strategies, self.strategies, strict=True)
            },
            "payoffs": dict(zip(players, self.payoffs, strict=True)),
        }


Kind = TypeVar("Kind", bound=Equilibrium)


@dataclass(frozen=True)
class Profiles(Result, Generic[Kind]):
    """Equilibria of a game: what the results of all finders have in common.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    profiles : tuple of Equilibrium
        Pure ones first, then by supports in lexicographic order.
    """

    game: NormalForm
    profiles: tuple[Kind, ...]

    @property
    def unique(self) -> Kind | None:
        """The equilibrium, if the game is known to have no other."""
        alone = len(self.profiles) == 1 and self.guarantee != "some"
        return self.profiles[0] if alone else None

    def words(
        self, player: str | int, strategy: Sequence[Fraction], *, fractions: bool = False
    ) -> str:
        """Return a mixed strategy in words: "settle", or "0.6 fight + 0.4 settle"."""
        return self.game.words(player, strategy, fractions=fractions)


def normalised(payoffs: IntArray, denominator: int) -> tuple[IntArray, Units]:
    """Return payoffs as integers from 0 upwards without common factor, and their units."""
    least = payoffs.min()
    shifted = payoffs - least
    factor = int(np.gcd.reduce(shifted.ravel())) or 1
    return shifted // factor, (Fraction(int(least), denominator), Fraction(factor, denominator))


def point(weights: Sequence[int], value: int, units: Units) -> tuple[Distribution, Fraction]:
    """Return the distribution with these weights, and what a best reply to it earns.

    ``value`` is what it earns against the weights themselves, in normalised payoffs.
    """
    total = sum(weights)
    return (
        tuple(Fraction(weight, total) for weight in weights),
        units[0] + units[1] * Fraction(value, total),
    )


def over_one(numbers: Sequence[Fraction]) -> tuple[list[int], int]:
    """Return numbers as integers over their common denominator, and that.

    Examples
    --------
    >>> over_one([Fraction(1, 2), Fraction(2, 3)])
    ([3, 4], 6)
    """
    below = math.lcm(*{number.denominator for number in numbers})
    if below == 1:
        return [number.numerator for number in numbers], 1
    return [number.numerator * (below // number.denominator) for number in numbers], below


def weighted(
    weights: Sequence[int], values: Sequence[int], below: int
) -> tuple[Distribution, Fraction]:
    """Return the distribution with these weights, and its mean of the values over `below`.

    Examples
    --------
    >>> weighted([1, 3], [2, 0], 1)
    ((Fraction(1, 4), Fraction(3, 4)), Fraction(1, 2))
    """
    total = sum(weights)
    mean = Fraction(sum(map(mul, weights, values)), total * below)
    if max(weights) == total:
        return pure_strategy(weights.index(total), len(weights)), mean
    return tuple(Fraction(weight, total) if weight else ZERO for weight in weights), mean


def support(strategy: Distribution) -> tuple[int, ...]:
    """Return the indices of the strategies played with positive probability."""
    return tuple(i for i, weight in enumerate(strategy) if weight)


def order_of(strategy: Distribution) -> tuple[bool, tuple[int, ...], Distribution]:
    """Return what strategies are sorted by: pure ones first, then by supports."""
    used = support(strategy)
    return len(used) > 1, used, strategy


@lru_cache(maxsize=1024)
def pure_strategy(place: int, size: int) -> Distribution:
    """Return the strategy that plays one of `size` for sure."""
    return (ZERO,) * place + (ONE,) + (ZERO,) * (size - place - 1)
