"""Pure equilibria of games with any number of players.

A profile of pure strategies is a (Nash) equilibrium when every player's strategy is a best
reply to the others': no player gains by switching alone. On the payoff arrays, player p's
best replies are the entries that attain the maximum along axis p; the equilibria are the
profiles at which this is so for all players. Payoffs are compared as integers over a common
denominator, exactly.
"""

from __future__ import annotations

import numpy as np

from negotiation.normal_form.game import NormalForm, checked_game

__all__ = ["pure_equilibria"]


def pure_equilibria(game: NormalForm) -> tuple[tuple[int, ...], ...]:
    """Return all pure equilibria as profiles of strategy indices, in lexicographic order.

    Parameters
    ----------
    game : NormalForm
        Any number of players.

    Returns
    -------
    tuple of tuple of int
        One index per player; ``game.names(profile)`` gives the names. Empty if none exists.

    Notes
    -----
    Complexity: linear in the number of payoffs. Nash (1951).

    Examples
    --------
    >>> pure_equilibria(NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]]))
    ((0, 0), (1, 1))
    """
    checked_game(game)
    stable = np.ones(game.shape, dtype=bool)
    for p, (payoffs, _) in enumerate(game.scaled):
        stable &= payoffs == payoffs.max(axis=p, keepdims=True)
    return tuple(tuple(int(i) for i in place) for place in np.argwhere(stable))
