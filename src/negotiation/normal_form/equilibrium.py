"""One equilibrium, and the units in which finders of equilibria compute.

Finders compute with payoffs *normalised* per player: integers from 0 upwards without common
factor. Adding a constant to a player's payoffs, or multiplying them by a positive number,
changes no best reply, so that the strategies found are those of the game as given; what a
player earns is turned back by

    payoff = units[0] + units[1] * normalised payoff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from negotiation.exact import IntArray

__all__ = [
    "Distribution",
    "Equilibrium",
    "Units",
    "normalised",
    "point",
    "pure_strategy",
    "support",
]

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


def support(strategy: Distribution) -> tuple[int, ...]:
    """Return the indices of the strategies played with positive probability."""
    return tuple(i for i, weight in enumerate(strategy) if weight)


def pure_strategy(place: int, size: int) -> Distribution:
    """Return the strategy that plays one of `size` for sure."""
    return tuple(Fraction(int(i == place)) for i in range(size))
