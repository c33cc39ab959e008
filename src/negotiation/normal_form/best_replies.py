"""Best replies, regret, and the check whether strategies form an equilibrium.

A mixed strategy of player p is a probability distribution over its strategies. Against
mixed strategies of the others, playing s earns the expected payoff

    e_p(s) = sum over the others' profiles t of  prob(t) * payoffs[p][s, t],

the *best replies* are the strategies that maximise it, and the *regret* of playing x is
max_s e_p(s) - sum_s x(s) e_p(s). The strategies form an equilibrium if and only if every
player's regret is zero: some e_p(s) exceeds the average exactly when x is no best reply.

This module is the definition in exact arithmetic. It checks what the finders find and
shares no code with them. Probabilities must be exact, too: they may not add up to 1 - 1e-17.
Those of solvers that compute in floating point can be taken with a *tolerance*; each is then
replaced by the simplest fraction within it, and what is judged is the distribution so found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from negotiation.errors import GameError, UnknownNameError, shorten
from negotiation.exact import exact, listed, show, show_apart
from negotiation.normal_form.game import NormalForm, checked_game
from negotiation.results import Verdict, Witness

__all__ = [
    "MixedProfile",
    "MixedStrategy",
    "as_distribution",
    "best_replies",
    "expected_payoffs",
    "is_equilibrium",
    "mixed_strategy",
    "regrets",
    "tolerance_of",
]

MixedStrategy = str | Mapping[str, object] | Sequence[object]
"""A strategy name (played for sure), probabilities by name, or one probability each."""

MixedProfile = Sequence[MixedStrategy] | Mapping[str, MixedStrategy]
"""One mixed strategy per player: in player order, or by player name."""

Distribution = tuple[Fraction, ...]

ROUNDING = Fraction(1, 10**3)
"""Up to this far from a distribution, numbers may have been rounded."""
FOR_ROUNDED = "rounded numbers are taken with a tolerance, such as tolerance=1e-9"


def mixed_strategy(
    game: NormalForm, player: str | int, strategy: MixedStrategy, *, tolerance: object = 0
) -> Distribution:
    """Return a player's mixed strategy as one exact probability per strategy.

    Parameters
    ----------
    game : NormalForm
        The game.
    player : str or int
        Whose strategy it is.
    strategy : str, mapping or sequence
        A strategy name (played for sure), probabilities by strategy name (others 0), or
        one probability per strategy in order. A float means its shortest decimal.
    tolerance : number
        For rounded probabilities: each is replaced by the simplest fraction within this, and
        the largest by what is missing to 1.

    Raises
    ------
    GameError
        If it is no distribution: wrong length, a negative entry, a sum other than 1, all of
        them by more than the tolerance; or if that is negative.
    UnknownNameError
        If it names a strategy that the player does not have.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[1, 0]], [[0, 0]])
    >>> mixed_strategy(game, "player 2", {"column 2": 0.25, "column 1": 0.75})
    (Fraction(3, 4), Fraction(1, 4))
    >>> mixed_strategy(game, "player 2", [0.333333333333333, 0.666666666666667], tolerance=1e-9)
    (Fraction(1, 3), Fraction(2, 3))
    """
    return _rounded(game, player, strategy, tolerance_of(tolerance))[0]


def tolerance_of(tolerance: object) -> Fraction:
    """Return a tolerance as an exact number that is not negative."""
    small = exact(tolerance, where="tolerance")
    if small < 0:
        raise GameError(f"{show(small)} is negative", where="tolerance")
    return small


def _rounded(
    game: NormalForm, player: str | int, strategy: MixedStrategy, tolerance: Fraction
) -> tuple[Distribution, Fraction]:
    """Return a mixed strategy, and by how much probabilities were changed for it."""
    checked_game(game)
    p = game.player_index(player)
    where = f"strategy of {game.players[p]}"
    size = game.shape[p]
    if isinstance(strategy, str):
        chosen = game.strategy_index(p, strategy)
        return tuple(Fraction(int(i == chosen)) for i in range(size)), Fraction(0)
    if isinstance(strategy, Mapping):
        values = [Fraction(0)] * size
        for name, value in strategy.items():
            values[game.strategy_index(p, name)] += exact(value, where=f"{where}, {name}")
    elif (given := listed(strategy)) is not None:
        values = [exact(value, where=where) for value in given]
    else:
        raise GameError(
            f"'{shorten(strategy)}' is no mixed strategy",
            where=where,
            remedy="give a strategy name, probabilities by name, or a list of probabilities",
        )
    if len(values) != size:
        raise GameError(
            f"{len(values)} probabilities for {size} strategies",
            where=where,
            remedy="give one probability each for " + ", ".join(game.strategies[p]),
        )
    return as_distribution(values, game.strategies[p].__getitem__, tolerance, where=where)


def as_distribution(
    values: Sequence[Fraction], name: Callable[[int], str], tolerance: Fraction, *, where: str
) -> tuple[Distribution, Fraction]:
    """Return probabilities if they are a distribution, or one next to them and how far it is.

    Parameters
    ----------
    values : sequence of Fraction
        The probabilities.
    name : callable
        Returns the name of what the k-th is the probability of.
    tolerance : Fraction
        0, or within what each but the largest is replaced by the simplest fraction.
    where : str
        For messages.

    Raises
    ------
    GameError
        If one is negative or the sum is not 1, by more than the tolerance.

    Examples
    --------
    >>> tenth = Fraction(1, 10)
    >>> as_distribution([3 * tenth, 6 * tenth], "ab".__getitem__, tenth, where="")
    ((Fraction(1, 3), Fraction(2, 3)), Fraction(1, 15))
    """
    for k, value in enumerate(values):
        if value < -tolerance:
            raise GameError(
                f"{name(k)} has the negative probability {show(value)}",
                where=where,
                remedy="" if abs(value) > ROUNDING else FOR_ROUNDED,
            )
    total = sum(values, Fraction(0))
    if abs(total - 1) > tolerance * len(values):
        raise GameError(
            f"the probabilities add up to {shorten(show(total, fractions=True))}, not 1",
            where=where,
            remedy='write thirds and the like as fractions: "1/3"'
            + (f"; {FOR_ROUNDED}" if abs(total - 1) <= ROUNDING else ""),
        )
    if not tolerance:
        return tuple(values), Fraction(0)
    largest = max(range(len(values)), key=values.__getitem__)
    near = [_simplest(max(v - tolerance, Fraction(0)), v + tolerance) for v in values]
    near[largest] += 1 - sum(near, Fraction(0))
    moved = max(abs(v - w) for v, w in zip(values, near, strict=True))
    if near[largest] < 0:  # a tolerance as large as the probabilities
        raise GameError(
            f"no distribution is found within {show(tolerance)}",
            where=where,
            remedy="give a smaller tolerance",
        )
    return tuple(near), moved


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """Return the fraction with the smallest denominator between two that are not negative.

    It has the continued fraction that both have in common, and then the least that fits.
    """
    terms = []
    while (term := -(-low.numerator // low.denominator)) > high:
        terms.append(term - 1)
        low, high = 1 / (high - term + 1), 1 / (low - term + 1)
    found = Fraction(term)
    for term in reversed(terms):
        found = term + 1 / found
    return found


def _profile(
    game: NormalForm, strategies: MixedProfile, tolerance: object = 0
) -> tuple[tuple[Distribution, ...], Fraction]:
    """Return one distribution per player, and by how much probabilities were changed."""
    checked_game(game)
    return _some(game, strategies, tuple(range(len(game.players))), tolerance)


def _some(
    game: NormalForm, strategies: MixedProfile, wanted: tuple[int, ...], tolerance: object
) -> tuple[tuple[Distribution, ...], Fraction]:
    """Return the same of the players `wanted`, which must be all that are given."""
    small = tolerance_of(tolerance)
    names = [game.players[p] for p in wanted]
    given: list[Any] | None = None
    if isinstance(strategies, Mapping):
        for name in strategies:
            if name not in names:
                raise UnknownNameError.of("player", name, names)
        if len(strategies) == len(names):
            given = [strategies[name] for name in names]
    else:
        given = listed(strategies)
    if given is None or len(given) != len(names):
        raise GameError(
            f"'{shorten(strategies)}' does not give one strategy for each of {len(names)} players",
            remedy="give a tuple with one strategy each, in this order: " + ", ".join(names),
        )
    rounded = [_rounded(game, p, own, small) for p, own in zip(wanted, given, strict=True)]
    return tuple(own for own, _ in rounded), max((moved for _, moved in rounded), default=small)


def _earnings(
    game: NormalForm, player: int, others: Mapping[int, Distribution]
) -> tuple[Fraction, ...]:
    """Return the expected payoff of each strategy of `player` against the others' mixtures."""
    array = game.payoffs[player]
    for q in sorted(others, reverse=True):
        support = [i for i, probability in enumerate(others[q]) if probability]
        # a chain of sums over q's strategies removes axis q; later axes are already gone
        axis = q
        first, *rest = (array.take(i, axis=axis) * others[q][i] for i in support)
        array = sum(rest, start=first)
    return tuple(array.ravel())


def _rest(game: NormalForm, p: int) -> tuple[int, ...]:
    return tuple(q for q in range(len(game.players)) if q != p)


def best_replies(
    game: NormalForm, player: str | int, others: MixedProfile, *, tolerance: object = 0
) -> tuple[str, ...]:
    """Return the names of a player's strategies that are best against the others' strategies.

    Parameters
    ----------
    game : NormalForm
        The game.
    player : str or int
        Who replies.
    others : sequence or mapping
        One mixed strategy for every *other* player: in player order, or by player name.
    tolerance : number
        For rounded probabilities; see :func:`mixed_strategy`.

    Returns
    -------
    tuple of str
        At least one; exactly the mixtures of these are best replies.

    Raises
    ------
    GameError, UnknownNameError
        If `others` does not give one distribution for each other player.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> best_replies(game, "player 1", ("column 1",))
    ('row 2',)
    >>> best_replies(game, "player 2", {"player 1": {"row 1": 0.5, "row 2": 0.5}})
    ('column 2',)
    """
    checked_game(game)
    p = game.player_index(player)
    rest = _rest(game, p)
    played, _ = _some(game, others, rest, tolerance)
    earnings = _earnings(game, p, dict(zip(rest, played, strict=True)))
    best = max(earnings)
    return tuple(
        name for name, value in zip(game.strategies[p], earnings, strict=True) if value == best
    )


def _all_earnings(
    game: NormalForm, profile: tuple[Distribution, ...]
) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(
        _earnings(game, p, {q: profile[q] for q in _rest(game, p)})
        for p in range(len(game.players))
    )


def _average(weights: Distribution, values: Sequence[Fraction]) -> Fraction:
    return sum((w * v for w, v in zip(weights, values, strict=True) if w), Fraction(0))


def expected_payoffs(
    game: NormalForm, strategies: MixedProfile, *, tolerance: object = 0
) -> tuple[Fraction, ...]:
    """Return what each player expects when all play these mixed strategies.

    Rounded probabilities are taken with a `tolerance`; see :func:`mixed_strategy`.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> expected_payoffs(game, ([0.5, 0.5], "column 1"))
    (Fraction(4, 1), Fraction(3, 2))
    """
    profile, _ = _profile(game, strategies, tolerance)
    earnings = _all_earnings(game, profile)
    return tuple(map(_average, profile, earnings))


def regrets(
    game: NormalForm, strategies: MixedProfile, *, tolerance: object = 0
) -> tuple[Fraction, ...]:
    """Return what each player could gain at most by switching alone.

    Rounded probabilities are taken with a `tolerance`; see :func:`mixed_strategy`.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> regrets(game, ("row 1", "column 1"))
    (Fraction(2, 1), Fraction(2, 1))
    """
    profile, _ = _profile(game, strategies, tolerance)
    earnings = _all_earnings(game, profile)
    return tuple(max(own) - _average(x, own) for x, own in zip(profile, earnings, strict=True))


def is_equilibrium(game: NormalForm, strategies: MixedProfile, *, tolerance: object = 0) -> Verdict:
    """Judge whether mixed strategies, one per player, form a Nash equilibrium. Exact.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    strategies : sequence or mapping
        One mixed strategy per player, in player order or by player name; each a strategy
        name, probabilities by name, or one probability per strategy.
    tolerance : number
        For rounded probabilities, as of solvers that compute in floating point: each is
        replaced by the simplest fraction within this, and these are judged, exactly. The
        witness says by how much they were changed.

    Returns
    -------
    Verdict
        ``margin`` is minus the largest regret if it fails. If it holds, it is the smallest
        loss from deviating, in the deviator's utility: positive exactly for strict (hence
        pure) equilibria, 0 otherwise, None if nobody has an alternative. The witness says
        who switches to what and what it changes.

    Raises
    ------
    GameError, UnknownNameError
        If a strategy is no distribution over the player's strategies.

    Notes
    -----
    Complexity: (number of players) times (number of payoffs) exact multiplications.
    Nash (1951).

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> print(is_equilibrium(game, ("row 1", "column 1")))
    no (margin -2): player 1 gains 2 by switching to row 2: 5 instead of 3
    >>> print(is_equilibrium(game, ("row 2", "column 2")))
    yes (margin 1): player 1 loses 1 by switching to row 1: 0 instead of 1
    >>> pennies = NormalForm.from_arrays([[2, 0], [0, 1]], [[0, 1], [1, 0]])
    >>> rounded = [0.5, 0.5], [0.3333333333333333, 0.6666666666666666]
    >>> print(is_equilibrium(pennies, rounded, tolerance=1e-9).holds)
    True
    """
    profile, moved = _profile(game, strategies, tolerance)
    closest: tuple[Fraction, int, int] | None = None  # gain, player, strategy switched to
    now = []
    for p, own in enumerate(_all_earnings(game, profile)):
        now.append(_average(profile[p], own))
        for s, value in enumerate(own):
            gain = value - now[p]
            if profile[p][s] != 1 and (closest is None or gain > closest[0]):
                closest = (gain, p, s)
    if closest is None:
        return Verdict(holds=True, witness=Witness("deviation", "nobody has an alternative"))
    gain, p, s = closest
    name, to = game.players[p], game.strategies[p][s]
    change = " instead of ".join(show_apart(now[p] + gain, now[p]))
    if gain > 0:
        text = f"{name} gains {show(gain)} by switching to {to}: {change}"
    elif gain < 0:
        text = f"{name} loses {show(-gain)} by switching to {to}: {change}"
    else:
        text = f"{name} neither gains nor loses by switching to {to}"
    if moved:
        text += f" (probabilities changed by up to {show(moved)})"
    return Verdict(gain <= 0, -gain, Witness("deviation", text, (name,), to, gain))
