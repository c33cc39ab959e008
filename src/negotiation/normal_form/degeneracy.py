"""Whether a two-player game is degenerate. Exact.

A two-player game is **nondegenerate** if no mixed strategy has more pure best replies than it
uses strategies. Then equilibria are finitely many and odd in number, each uses equally many
strategies on both sides, and each survives small changes of payoffs.

Give a mixed strategy of a player with m strategies one label per strategy it does not use and
one per best reply to it. It uses k strategies and has b best replies, so it has m - k + b
labels, and b > k says that there are more than m. The strategies that share all these labels
form a face of the best-reply polyhedron, and the vertices of the face have the same labels or
more. Hence **a game is degenerate exactly if some vertex of a best-reply polyhedron has more
labels than the player has strategies**, where replies that are best only together with others
(redundant inequalities) count as labels too.

No number measures this: degenerate games have measure zero and lie next to every game, and the
distance of a nondegenerate game to the nearest degenerate one depends on which payoffs may
move. The verdict therefore has no margin.

Sources: von Stengel (2002, definition 2.6 and theorem 2.10); Avis, Rosenberg, Savani and von
Stengel (2010).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from negotiation.errors import GameError
from negotiation.exact import show, whole
from negotiation.normal_form.equilibrium import Distribution, normalised, point, pure_strategy
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.normal_form.polytopes import MAX_VERTICES, best_reply_rays, refuse_vertices
from negotiation.results import Verdict, Witness

__all__ = ["is_degenerate"]


def is_degenerate(game: NormalForm, *, limit: int = MAX_VERTICES) -> Verdict:
    """Judge whether some mixed strategy has more best replies than strategies it uses. Exact.

    Parameters
    ----------
    game : NormalForm
        Two players.
    limit : int
        Refuse games whose best-reply polyhedra may have more vertices, unless a pure strategy
        with two best replies settles it.

    Returns
    -------
    Verdict
        If it holds, the witness is such a mixed strategy, of those that are vertices one with
        the fewest strategies: whose it is, what it mixes and the best replies to it. There is
        no margin: arbitrarily small changes of payoffs make any degenerate game nondegenerate.

    Raises
    ------
    GameError
        If the game does not have two players, or `limit` is no integer from 0 upwards.
    TooLargeError
        Before it starts, if the bound on the number of vertices exceeds `limit`.

    Notes
    -----
    Complexity: linear in the number of payoffs where a pure strategy has two best replies;
    else as :func:`~negotiation.normal_form.polytopes.best_reply_rays`. Von Stengel (2002).

    Examples
    --------
    >>> game = NormalForm.from_arrays([[2, 0, 1], [0, 2, 1]], [[1, 0, 0], [0, 1, 0]])
    >>> print(is_degenerate(game))
    yes: player 2 plays column 3: 1 strategy, and row 1, row 2 are best replies, which is more
    >>> is_degenerate(NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])).holds
    False
    """
    checked_game(game)
    limit = whole(limit, "limit")
    if len(game.players) != 2:
        raise GameError(
            f"{len(game.players)} players where degeneracy is defined for two",
            remedy="judge a game of two players",
        )
    for found in (_pure(game), _mixed(game, limit)):
        for p, strategy, replies in found:
            return Verdict(holds=True, witness=_witness(game, p, strategy, replies))
    text = "no mixed strategy has more pure best replies than it uses strategies"
    return Verdict(holds=False, witness=Witness("degenerate", text))


Case = tuple[int, Distribution, list[int]]


def _pure(game: NormalForm) -> Iterator[Case]:
    """Yield the pure strategies with more than one best reply."""
    for p in (0, 1):
        payoffs = np.moveaxis(game.scaled[1 - p][0], p, 0)
        best = payoffs == payoffs.max(axis=1, keepdims=True)
        for i in np.flatnonzero(best.sum(axis=1) > 1):
            yield p, pure_strategy(int(i), game.shape[p]), np.flatnonzero(best[i]).tolist()


def _mixed(game: NormalForm, limit: int) -> Iterator[Case]:
    """Yield vertices with too many labels, those with the smallest support first."""
    refuse_vertices(game.shape, limit)
    cases = []
    for p, own in enumerate(game.shape):
        payoffs, units = normalised(*game.scaled[1 - p])
        rays, labels = best_reply_rays(np.moveaxis(payoffs, 1 - p, 0))
        for k in np.flatnonzero(labels.sum(axis=1) > own):
            *weights, value = rays[k].tolist()
            strategy, _ = point(weights, value, units)
            replies = np.flatnonzero(labels[k, own:]).tolist()
            cases.append((sum(map(bool, weights)), p, strategy, replies))
    for _, p, strategy, replies in sorted(cases):
        yield p, strategy, replies


def _witness(game: NormalForm, p: int, strategy: Distribution, replies: list[int]) -> Witness:
    own, other = game.strategies[p], game.strategies[1 - p]
    used = [(name, w) for name, w in zip(own, strategy, strict=True) if w]
    best = ", ".join(other[j] for j in replies)
    who = game.players[p]
    if len(used) == 1:
        played = used[0][0]
    else:
        played = " + ".join(f"{show(weight)} {name}" for name, weight in used)
    count = f"{len(used)} strateg{'y' if len(used) == 1 else 'ies'}"
    text = f"{who} plays {played}: {count}, and {best} are best replies, which is more"
    return Witness("degenerate", text, (who,), played)
