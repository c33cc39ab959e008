"""Evolutionarily stable strategies of symmetric two-player games, exactly.

A two-player game is *symmetric* if both players have equally many strategies and
``payoffs[1]`` is the transpose of ``payoffs[0]`` = A: the k-th strategy of one is the k-th of
the other. A mixed strategy x is **evolutionarily stable** if every other y, called a mutant,

- earns less than x against x, or
- earns the same against x, and less than x against y.

Then (x, x) is an equilibrium. Mutants that are no best reply to x satisfy the first. Among
mixtures y of the best replies B to x, the second says h(y) = (x - y)' A y > 0, and h grows
with the square of the distance on every ray from x, so it is enough to look at the faces of
B that do not contain x. A minimiser of h there with the smallest support is the *only*
stationary point on its face, hence the solution of a regular linear system: x is stable
exactly if h is positive at all of them. In directions d between mixtures of B, h is -d' A d: where
elimination shows this to be positive, no face is gone through.

Every evolutionarily stable strategy belongs to an extreme equilibrium: if another vector of
the same support were indifferent over B too, the difference d would have d' A d = 0.

Sources: Maynard Smith and Price (1973); Haigh (1975) and Abakuks (1980) on the finite test.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from negotiation.errors import GameError, TooLargeError
from negotiation.exact import show, show_apart
from negotiation.normal_form.all_equilibria import equilibria
from negotiation.normal_form.best_replies import MixedStrategy, mixed_strategy
from negotiation.normal_form.equilibrium import ZERO
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.results import Verdict, Witness

__all__ = ["evolutionarily_stable_strategies", "evolutionary_stability", "is_symmetric"]

MAX_REPLIES = 16
"""Largest number of best replies whose faces are gone through."""

Distribution = tuple[Fraction, ...]


def is_symmetric(game: NormalForm) -> bool:
    """Return whether two players face each other with the same strategies and payoffs.

    The k-th strategy of one corresponds to the k-th of the other, whatever their names.

    Examples
    --------
    >>> is_symmetric(NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]]))
    True
    """
    checked_game(game)
    if len(game.shape) != 2 or game.shape[0] != game.shape[1]:
        return False
    return bool((game.payoffs[0] == game.payoffs[1].T).all())


def evolutionary_stability(game: NormalForm, strategy: MixedStrategy) -> Verdict:
    """Judge whether a strategy of a symmetric two-player game is evolutionarily stable. Exact.

    Parameters
    ----------
    game : NormalForm
        Two players, symmetric (see :func:`is_symmetric`).
    strategy : str, mapping or sequence
        A mixed strategy of the first player.

    Returns
    -------
    Verdict
        If it fails, the witness says which mutant gets in. ``margin`` is None.

    Raises
    ------
    GameError
        If the game is not symmetric or the strategy no distribution.
    TooLargeError
        If more than 16 strategies are best replies to it.

    Notes
    -----
    Complexity: with b best replies, two eliminations of b unknowns where these prove it, else at
    most 2^b linear systems.

    Examples
    --------
    >>> hawk_dove = NormalForm.from_arrays(
    ...     [[-1, 4], [0, 2]], [[-1, 0], [4, 2]], strategies=[["hawk", "dove"]] * 2
    ... )
    >>> print(evolutionary_stability(hawk_dove, {"hawk": "2/3", "dove": "1/3"}))
    yes: every mutant earns less than the strategy, or no more but less against itself
    >>> print(evolutionary_stability(hawk_dove, "dove"))
    no: hawk earns 4 against dove, which earns 2
    """
    if not is_symmetric(game):
        raise GameError(
            "the game is not symmetric",
            remedy="evolutionary stability needs two players with the same strategies and "
            "payoffs: the second's are the transpose of the first's",
        )
    return _judge(game, mixed_strategy(game, 0, strategy))


def evolutionarily_stable_strategies(game: NormalForm) -> tuple[Distribution, ...]:
    """Return all evolutionarily stable strategies of a symmetric two-player game. Exact.

    There may be none.

    Raises
    ------
    GameError
        If the game is not symmetric.
    TooLargeError
        If the game is too large for all its equilibria, or has a symmetric equilibrium with
        more than 16 best replies.

    Examples
    --------
    >>> hawk_dove = NormalForm.from_arrays([[-1, 4], [0, 2]], [[-1, 0], [4, 2]])
    >>> evolutionarily_stable_strategies(hawk_dove)
    ((Fraction(2, 3), Fraction(1, 3)),)
    """
    if not is_symmetric(game):
        raise GameError(
            "the game is not symmetric", remedy="make the second's payoffs the first's, transposed"
        )
    found = equilibria(game)
    both = [p.strategies[0] for p in found.profiles if p.strategies[0] == p.strategies[1]]
    return tuple(x for x in both if _judge(game, x))


def _judge(game: NormalForm, x: Distribution) -> Verdict:
    payoffs = game.payoffs[0].tolist()
    size = len(payoffs)
    against = [sum((a * w for a, w in zip(row, x, strict=True)), Fraction(0)) for row in payoffs]
    now = sum((w * v for w, v in zip(x, against, strict=True)), Fraction(0))
    best = max(against)
    name = _words(game, x)
    if best > now:
        first = game.strategies[0][against.index(best)]
        more, less = show_apart(best, now)
        text = f"{first} earns {more} against {name}, which earns {less}"
        return Verdict(holds=False, witness=Witness("mutant", text, (), first, best - now))
    replies = [k for k in range(size) if against[k] == best]
    if len(replies) > MAX_REPLIES:
        raise TooLargeError(
            f"{len(replies)} strategies are best replies to {name}: "
            f"{2 ** len(replies):,} faces to go through",
            remedy=f"games with at most {MAX_REPLIES} best replies can be judged",
        )
    support = {k for k in range(size) if x[k]}
    sizes = range(1, len(replies) + 1)
    if _is_concave(payoffs, sorted(support), [k for k in replies if k not in support]):
        sizes = range(0)
    for count in sizes:
        for face in itertools.combinations(replies, count):
            if support <= set(face):
                continue
            y = _stationary(payoffs, x, face)
            if y is None:
                continue
            mutual = [sum((a * w for a, w in zip(r, y, strict=True)), Fraction(0)) for r in payoffs]
            mutant = sum((w * v for w, v in zip(y, mutual, strict=True)), Fraction(0))
            resident = sum((w * v for w, v in zip(x, mutual, strict=True)), Fraction(0))
            if resident <= mutant:
                to = _words(game, y)
                more, less = show_apart(mutant, resident)
                text = (
                    f"{to} earns {show(now)} against {name} as that does itself, and "
                    f"{more} against itself, where {name} earns {less}"
                )
                witness = Witness("mutant", text, (), to, mutant - resident)
                return Verdict(holds=False, witness=witness)
    text = "every mutant earns less than the strategy, or no more but less against itself"
    return Verdict(holds=True, witness=Witness("mutant", text))


def _is_concave(
    payoffs: Sequence[Sequence[Fraction]], support: Sequence[int], others: Sequence[int]
) -> bool:
    """Say whether a few eliminations show that d' A d < 0 for all d = y - x.

    These d are the combinations of e_i - e_k, k the first strategy used, with weights of any sign
    for the others used and from 0 upwards for the other best replies. Let H hold -(A + A') in
    these directions. What is left of H after elimination of the first must be positive wherever
    the weights are not negative; it is if it is positive definite, or would be without its
    positive entries off the diagonal.
    """
    k, *used = support
    free = [*used, *others]
    rows = [
        [
            payoffs[i][k]
            + payoffs[j][k]
            + payoffs[k][i]
            + payoffs[k][j]
            - payoffs[i][j]
            - payoffs[j][i]
            - 2 * payoffs[k][k]
            for j in free
        ]
        for i in free
    ]
    rest = _eliminated(rows, len(used))
    if rest is None:
        return False
    less = [
        [v if i == j else min(v, ZERO) for j, v in enumerate(row)] for i, row in enumerate(rest)
    ]
    return any(_eliminated(matrix, len(others)) is not None for matrix in (rest, less))


def _eliminated(matrix: Sequence[Sequence[Fraction]], count: int) -> list[list[Fraction]] | None:
    """Return what is left of a symmetric matrix after some pivots; None if one is not positive."""
    rows = [list(row) for row in matrix]
    for _ in range(count):
        (pivot, *first), *below = rows
        if pivot <= 0:
            return None
        rows = [
            [v - head / pivot * w for v, w in zip(row, first, strict=True)] for head, *row in below
        ]
    return rows


def _words(game: NormalForm, x: Sequence[Fraction]) -> str:
    used = [(name, w) for name, w in zip(game.strategies[0], x, strict=True) if w]
    if len(used) == 1:
        return used[0][0]
    return " + ".join(f"{show(w)} {name}" for name, w in used)


def _stationary(
    payoffs: Sequence[Sequence[Fraction]], x: Distribution, face: Sequence[int]
) -> Distribution | None:
    """Return the stationary point of h inside a face, if it is the only one on it.

    The gradient of h at y is A' x - (A + A') y, and is constant on the face.
    """
    rows = [
        [
            *(payoffs[i][j] + payoffs[j][i] for j in face),
            Fraction(1),
            sum((w * row[i] for w, row in zip(x, payoffs, strict=True)), Fraction(0)),
        ]
        for i in face
    ]
    rows.append([*(Fraction(1) for _ in face), Fraction(0), Fraction(1)])
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i, row in enumerate(rows):
            if i != k and row[k]:
                rows[i] = [v - row[k] * w for v, w in zip(row, rows[k], strict=True)]
    weights = {i: row[-1] for i, row in zip(face, rows[:-1], strict=True)}
    if min(weights.values()) <= 0:
        return None
    return tuple(weights.get(i, Fraction(0)) for i in range(len(x)))
