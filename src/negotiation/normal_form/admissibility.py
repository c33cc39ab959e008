"""Undominated strategies and efficient outcomes: whether no mixture is better. Exact.

- A mixed strategy is **undominated** (admissible) if no other strategy of the player earns at
  least as much against every profile of the others and more against some. Equivalently it is
  a best reply to a belief that gives every profile positive probability. Whether this holds
  depends only on which strategies it uses.
- A payoff vector is **efficient** if no lottery over outcomes gives nobody less and somebody
  more; equivalently it maximises a sum of payoffs with positive weights.

Both are the question whether some mixture of rows is nowhere below a target and somewhere
above, decided by one matrix game. Let G hold by how much each row exceeds the target in each
column, and let every entry of H be K times that entry of G plus the sum of its row of G, K
large. If H can be won by a mixture whose gains in G are never negative, that is the mixture
sought. If H cannot be won, an optimal mixture w of the adversary gives the positive weights
K w + 1, with which no row adds up to more than the target: there is none. If neither
certificate appears, K was too small, and it is squared; by the theory of exact penalties some
finite K suffices.

Sources: Wald (1950) and Luce and Raiffa (1957) on admissibility; van Damme (1987); Arrow,
Barankin and Blackwell (1953) on efficiency; Mangasarian (1979) on exact penalties.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.exact import common_denominator, show, show_apart
from negotiation.normal_form.best_replies import (
    MixedProfile,
    MixedStrategy,
    expected_payoffs,
    mixed_strategy,
)
from negotiation.normal_form.dominance import matrix_game
from negotiation.normal_form.game import NormalForm, checked_game, profile_name
from negotiation.results import Verdict, Witness

__all__ = ["is_efficient", "is_efficient_among", "is_undominated", "unbeaten_outcomes"]

Distribution = tuple[Fraction, ...]
Outcomes = tuple[tuple[str, ...], NDArray[Any]]
"""Outcomes by name, and one row of payoffs for each."""


def is_undominated(game: NormalForm, player: str | int, strategy: MixedStrategy) -> Verdict:
    """Judge whether a mixed strategy is undominated: admissible. Exact.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    player : str or int
        Whose strategy it is.
    strategy : str, mapping or sequence
        The strategy.

    Returns
    -------
    Verdict
        If it fails, the witness is a strategy that never earns less and sometimes more. If
        it holds, there is a belief that gives every profile of the others positive
        probability and against which the strategy is a best reply.

    Notes
    -----
    Complexity: a few linear programs with as many rows as own strategies and as many columns
    as profiles of the others.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[1, 1], [1, 0]], [[1, 1], [1, 0]])
    >>> print(is_undominated(game, "player 1", "row 2"))
    no: player 1: row 1 never earns less than row 2, and sometimes more
    """
    checked_game(game)
    p = game.player_index(player)
    x = mixed_strategy(game, p, strategy)
    scaled, _ = game.scaled[p]
    payoffs = np.moveaxis(scaled, p, 0).reshape(game.shape[p], -1).astype(object)
    better = _weakly_better(payoffs, np.array(x, dtype=object) @ payoffs)
    who = game.players[p]
    if better is None:
        text = f"{who}: no strategy earns as much against everything and more against something"
        return Verdict(holds=True, witness=Witness("dominated", text, (who,)))
    names = game.strategies[p]
    to = _mixture(names, better)
    text = f"{who}: {to} never earns less than {_mixture(names, x)}, and sometimes more"
    return Verdict(holds=False, witness=Witness("dominated", text, (who,), to))


def is_efficient(game: NormalForm, strategies: MixedProfile) -> Verdict:
    """Judge whether no lottery over outcomes is better for somebody and worse for nobody.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    strategies : sequence or mapping
        One mixed strategy per player; it need be no equilibrium.

    Returns
    -------
    Verdict
        If it fails, the witness is an outcome, or a lottery over outcomes, that is better.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> print(is_efficient(game, ("row 2", "column 2")))
    no: row 1/column 1 gives 3 to player 1 instead of 1, 3 to player 2 instead of 1
    """
    payoffs = expected_payoffs(game, strategies)  # which refuses what is no game
    return is_efficient_among(unbeaten_outcomes(game), game, payoffs)


def is_efficient_among(
    outcomes: Outcomes, game: NormalForm, payoffs: Sequence[Fraction]
) -> Verdict:
    """Judge the efficiency of expected payoffs, given the game's :func:`unbeaten_outcomes`.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> is_efficient_among(unbeaten_outcomes(game), game, (Fraction(3), Fraction(3))).holds
    True
    """
    names, points = outcomes
    better = _weakly_better(points, np.array(payoffs, dtype=object))
    if better is None:
        text = "no outcome and no lottery is better for somebody and worse for nobody"
        return Verdict(holds=True, witness=Witness("dominated", text))
    chosen = np.array(better, dtype=object) @ points
    to = _mixture(names, better)
    who = [p for p, value in enumerate(payoffs) if chosen[p] > value]
    texts = [show_apart(chosen[p], payoffs[p]) for p in who]
    gains = ", ".join(
        f"{more} to {game.players[p]} instead of {less}"
        for p, (more, less) in zip(who, texts, strict=True)
    )
    text = f"{to} gives {gains}" + ("" if len(who) == len(payoffs) else ", and nobody less")
    winners = tuple(game.players[p] for p in who)
    return Verdict(holds=False, witness=Witness("dominated", text, winners, to))


def unbeaten_outcomes(game: NormalForm) -> Outcomes:
    """Return the outcomes that no other outcome beats, by name, and their payoffs.

    Of outcomes with the same payoffs the first is listed.

    Notes
    -----
    Complexity: the number of outcomes times the number of those returned. In descending order of
    payoffs an outcome can be beaten by earlier ones only.

    Examples
    --------
    >>> unbeaten_outcomes(NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]]))[0]
    ('row 1/column 1', 'row 1/column 2', 'row 2/column 1')
    """
    flat = [array.ravel().tolist() for array, _ in game.scaled]
    first: dict[tuple[int, ...], int] = {}
    for k, own in enumerate(zip(*flat, strict=True)):
        first.setdefault(own, k)
    best: list[int] = []
    unbeaten = np.empty((len(first), len(flat)), dtype=np.result_type(*(a for a, _ in game.scaled)))
    for own in sorted(first, reverse=True):
        if not (unbeaten[: len(best)] >= own).all(axis=1).any():
            unbeaten[len(best)] = own
            best.append(first[own])
    best.sort()
    places = np.transpose(np.unravel_index(best, game.shape)).tolist()
    points = np.stack([array.ravel()[best] for array in game.payoffs], axis=1)
    return tuple(profile_name(game.names(place)) for place in places), points


def _mixture(names: Sequence[str], weights: Sequence[Fraction]) -> str:
    used = [(name, weight) for name, weight in zip(names, weights, strict=True) if weight]
    if len(used) == 1:
        return used[0][0]
    return " + ".join(f"{show(weight)} {name}" for name, weight in used)


def _weakly_better(rows: NDArray[Any], target: NDArray[Any]) -> Distribution | None:
    """Return a mixture of the rows that is nowhere below the target and somewhere above.

    None if there is none. Both answers are verified here by their certificates.
    """
    gains = rows - target
    if max(gains.sum(axis=1)) <= 0:  # equal weights will do
        return None
    for row, own in enumerate(gains):
        if min(own) >= 0 and max(own) > 0:
            return tuple(Fraction(int(k == row)) for k in range(len(rows)))
    scale = common_denominator([Fraction(value) for value in gains.ravel()])
    whole = np.array([[int(value * scale) for value in row] for row in gains], dtype=object)
    whole = np.concatenate([whole, np.zeros((1, whole.shape[1]), dtype=object)])
    size = whole.shape[1]
    weight = 8 * size
    while True:
        mixture, belief = matrix_game(weight * whole + whole.sum(axis=1, keepdims=True))
        if mixture is None:
            mixed = weight * belief + 1
            assert min(mixed) > 0
            if max(whole @ mixed) <= 0:
                return None
        elif min(mixture @ whole) >= 0:
            assert max(mixture @ whole) > 0
            return tuple(Fraction(w) / (1 - mixture[-1]) for w in mixture[:-1])
        weight *= weight
