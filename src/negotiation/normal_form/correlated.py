"""Correlated equilibria: what a mediator can recommend and be obeyed. Exact.

A mediator draws a profile of strategies from a known distribution p and tells every player
its own part only. p is a *correlated equilibrium* (Aumann 1974) if obeying is best for each
player as long as the others obey: for every player, recommendation a and alternative b,

    sum over the others' profiles t of  p(a, t) * (payoff[b, t] - payoff[a, t])  <=  0.

It is a *coarse* correlated equilibrium (Moulin and Vial 1978) if nobody gains by committing
to an alternative b before hearing a recommendation: for every player and b,

    sum over all profiles (a, t) of  p(a, t) * (payoff[b, t] - payoff[a, t])  <=  0.

Every Nash equilibrium, read as a product distribution, is a correlated one, and every
correlated one is coarse. Both sets are polytopes, so that a best one is found by linear
programming, here in exact arithmetic and with an exact proof from duality (see
:mod:`negotiation.normal_form.exact_lp`). The objectives:

- ``"total"``: the sum of all expected payoffs;
- ``"worst"``: the smallest expected payoff of all players, utilities compared as given;
- ``"nash"``: the product of the expected gains over the security levels (what each player can
  guarantee alone), which no unit or zero point of a utility changes. A player who cannot
  gain in any equilibrium of the kind is left out of the product.

The product is not linear. At any distribution with gains g, the weights w_k = 1/g_k bound it
by the inequality of the means: for every p the product of n gains is at most
(sum of w_k gain_k(p) / n)^n / product of w. The best p for this linear objective gives a bound
valid everywhere, and a new vertex if the bound is not met; the product is then maximised over
the vertices at hand, and so on (simplicial decomposition). With two players the best point of
a segment between two vertices is rational, and the method ends with the exact maximum.

The checker :func:`is_correlated_equilibrium` is the definition and shares no code with the
finder.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import GameError, did_you_mean, shorten
from negotiation.exact import (
    FrozenMap,
    common_denominator,
    exact,
    exact_array,
    refuse_size,
    show,
    show_apart,
    unravel,
)
from negotiation.normal_form.best_replies import as_distribution, tolerance_of
from negotiation.normal_form.exact_lp import maximin
from negotiation.normal_form.game import NormalForm, checked_flag, checked_game, profile_name
from negotiation.normal_form.zero_sum import security_level
from negotiation.results import Result, Table, Verdict, Witness

__all__ = ["CorrelatedEquilibrium", "correlated_equilibrium", "is_correlated_equilibrium"]

OBJECTIVES = {
    "total": "the total of the payoffs",
    "nash": "the product of the gains over the security levels",
    "worst": "the smallest payoff",
}
MAX_ENTRIES = 1_000_000
MAX_ROUNDS = 60
CLOSE = Fraction(1, 10**9)

Array = NDArray[Any]
Vector = tuple[Fraction, ...]


@dataclass(frozen=True)
class CorrelatedEquilibrium(Result):
    """A best correlated equilibrium.

    ``guarantee`` is ``"one"`` where the objective is exactly the best possible (there may be
    other distributions as good), and ``"approximate"`` where it is a product that lies at
    most ``bound - value`` below the best. The distribution satisfies every incentive
    constraint exactly in both cases.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    objective : str
        ``"total"``, ``"nash"`` or ``"worst"``.
    coarse : bool
        Whether players may only deviate before they hear the recommendation.
    distribution : FrozenMap of tuple of str to Fraction
        The profiles recommended, each with its positive probability.
    payoffs : tuple of Fraction
        What each player expects.
    value : Fraction
        The objective.
    bound : Fraction
        What no distribution of the kind exceeds; equal to `value` if the guarantee is "one".
    security : tuple of Fraction
        What each player can guarantee alone.
    prices : FrozenMap of tuple of str to Fraction
        The proof of `bound` by duality: for (player, recommended, alternative), how much of
        the (linear or linearised) objective a unit of the incentive constraint costs; only
        positive ones. `recommended` is empty if coarse.
    """

    game: NormalForm
    objective: str
    coarse: bool
    distribution: FrozenMap[tuple[str, ...], Fraction]
    payoffs: tuple[Fraction, ...]
    value: Fraction
    bound: Fraction
    security: tuple[Fraction, ...]
    prices: FrozenMap[tuple[str, str, str], Fraction]

    def tables(self) -> tuple[Table, ...]:
        """Return what the mediator recommends how often, and what each player expects."""
        kind = "coarse correlated" if self.coarse else "correlated"
        players = self.game.players
        rows = [
            [*profile, weight, *self.game.payoffs_at(profile)]
            for profile, weight in self.distribution.items()
        ]
        note = f"Best {kind} equilibrium for {OBJECTIVES[self.objective]}: {show(self.value)}"
        note += (
            ", exactly the best possible."
            if self.value == self.bound
            else f", at most {show(self.bound - self.value)} below the best possible."
        )
        drawn = Table(
            "What the mediator recommends",
            [*players, "probability", *(f"payoff of {name}" for name in players)],
            rows,
            [note],
            name="correlated",
        )
        expected = Table(
            "Expected payoffs",
            ["player", "payoff", "security level"],
            list(zip(players, self.payoffs, self.security, strict=True)),
            name="correlated_payoffs",
        )
        return drawn, expected

    def data(self) -> dict[str, Any]:
        """Return distribution, payoffs and objective; its keys are output paths."""
        return {
            "guarantee": self.guarantee,
            "objective": self.objective,
            "coarse": self.coarse,
            "value": self.value,
            "bound": self.bound,
            "payoffs": dict(zip(self.game.players, self.payoffs, strict=True)),
            "security": dict(zip(self.game.players, self.security, strict=True)),
            "distribution": [
                {"profile": list(profile), "probability": weight}
                for profile, weight in self.distribution.items()
            ],
        }


def correlated_equilibrium(
    game: NormalForm, objective: str = "total", coarse: bool = False
) -> CorrelatedEquilibrium:
    """Return a correlated equilibrium that is best for a chosen objective. Exact.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    objective : {"total", "nash", "worst"}
        What the mediator maximises: the total of the expected payoffs, the product of the
        gains over the security levels, or the smallest expected payoff.
    coarse : bool
        Whether coarse correlated equilibria are allowed, which are more.

    Returns
    -------
    CorrelatedEquilibrium
        Its objective is exactly the best; for ``"nash"`` with three or more players it is
        within ``bound - value`` of the best, usually by a factor of 1 + 1e-9.

    Raises
    ------
    GameError
        If there is no such objective.
    TooLargeError
        If the incentive constraints would have more than 1,000,000 coefficients.

    Notes
    -----
    With N profiles and R = sum of m (m - 1) incentive constraints (sum of m if coarse), one
    linear program of R rows and N columns; a few of them for ``"nash"``. Aumann (1974, 1987);
    Moulin and Vial (1978); Hart and Schmeidler (1989) on duality; von Hohenbalken (1977) on
    simplicial decomposition.

    Examples
    --------
    >>> chicken = NormalForm.from_arrays(
    ...     [[6, 2], [7, 0]], [[6, 7], [2, 0]], strategies=[["yield", "insist"]] * 2
    ... )
    >>> best = correlated_equilibrium(chicken)
    >>> best.value, best.distribution["yield", "yield"]
    (Fraction(21, 2), Fraction(1, 2))
    """
    checked_game(game)
    checked_flag(coarse, "coarse")
    if not isinstance(objective, str) or objective not in OBJECTIVES:
        raise GameError(
            f"'{shorten(objective)}' is no objective",
            where="correlated equilibrium",
            remedy=did_you_mean(objective, OBJECTIVES),
        )
    size = math.prod(game.shape)
    count = sum(m if coarse else m * (m - 1) for m in game.shape)
    refuse_size("coefficients of the incentive constraints", size * count, MAX_ENTRIES)
    names, scales, limits = _incentives(game, coarse)
    security = tuple(security_level(game, p) for p in range(len(game.players)))
    if objective == "nash":
        point, value, bound, units, prices = _best_product(game, limits, security)
    else:
        units = common_denominator(v for array in game.payoffs for v in array.ravel())
        payoffs = np.array(
            [
                array.astype(object).ravel() * (units // denominator)
                for array, denominator in game.scaled
            ],
            dtype=object,
        )
        if objective == "total":
            payoffs = payoffs.sum(axis=0, keepdims=True)
        best = maximin(payoffs, limits)
        assert best is not None  # there is an equilibrium
        point, prices = best.point, best.prices
        value = bound = best.value / units
    return CorrelatedEquilibrium(
        game,
        objective,
        coarse,
        FrozenMap(
            (game.names(place), weight)
            for place, weight in zip(np.ndindex(*game.shape), point, strict=True)
            if weight
        ),
        tuple(
            sum((v * w for v, w in zip(array.ravel(), point, strict=True) if w), Fraction(0))
            for array in game.payoffs
        ),
        value,
        bound,
        security,
        FrozenMap(
            (name, price * scale / units)
            for name, price, scale in zip(names, prices, scales, strict=True)
            if price
        ),
        guarantee="one" if value == bound else "approximate",
    )


def _incentives(
    game: NormalForm, coarse: bool
) -> tuple[list[tuple[str, str, str]], list[Fraction], Array]:
    """Return (player, recommended, alternative), factor and integer gains of each deviation.

    The gains, by profile, are the true ones times the factor. Deviations that never gain
    anything are left out.
    """
    names, scales, rows = [], [], []
    for p, (player, own) in enumerate(zip(game.players, game.strategies, strict=True)):
        scaled, denominator = game.scaled[p]
        payoffs = np.moveaxis(scaled.astype(object), p, 0)
        for a, b in itertools.product(range(1 if coarse else len(own)), range(len(own))):
            gains = payoffs[b] - payoffs
            if not coarse:
                gains[np.arange(len(own)) != a] = 0
            flat = np.moveaxis(gains, 0, p).ravel()
            if max(flat) <= 0:
                continue
            factor = math.gcd(*flat)
            rows.append(flat // factor)
            names.append((player, "" if coarse else own[a], own[b]))
            scales.append(Fraction(denominator, factor))
    size = math.prod(game.shape)
    return names, scales, np.array(rows, dtype=object).reshape(len(rows), size)


def _best_product(
    game: NormalForm, limits: Array, security: Vector
) -> tuple[Vector, Fraction, Fraction, int, Vector]:
    """Return distribution, product, its bound, the unit of the prices, and the prices."""
    gains = [
        [value - level for value in array.ravel()]
        for array, level in zip(game.payoffs, security, strict=True)
    ]
    points: list[Vector] = []
    kept: list[Sequence[Fraction]] = []
    size = Fraction(1)  # of the product, once every gain is counted in its largest
    for own in gains:
        point, most, _, _ = _best_sum(own, limits)
        if most > 0:
            points.append(point)
            kept.append([value / most for value in own])
            size *= most
    if not points:
        point, _, units, prices = _best_sum([sum(own) for own in zip(*gains, strict=True)], limits)
        return point, Fraction(0), Fraction(0), units, prices
    count = len(kept)
    named = {_gains(kept, point): point for point in points}
    vertices, points = list(named), list(named.values())
    best_bound: tuple[Fraction, int, Vector] | None = None
    for _ in range(MAX_ROUNDS):
        mixture = _best_pair(vertices) if count <= 2 else _best_mixture(vertices)
        now = [
            sum((w * v[k] for w, v in zip(mixture, vertices, strict=True)), Fraction(0))
            for k in range(count)
        ]
        weights = [_simple(1 / value) if count > 2 else 1 / value for value in now]
        linear = [
            sum((w * v for w, v in zip(weights, values, strict=True)), Fraction(0))
            for values in zip(*kept, strict=True)
        ]
        point, most, units, prices = _best_sum(linear, limits)
        bound = math.prod((most / count / weight for weight in weights), start=Fraction(1))
        if best_bound is None or bound < best_bound[0]:
            best_bound = bound, units, prices
        vertex = _gains(kept, point)
        if bound <= math.prod(now) * (1 + (CLOSE if count > 2 else 0)) or vertex in vertices:
            break
        points.append(point)
        vertices.append(vertex)
    assert best_bound is not None
    bound, units, prices = best_bound
    mixed = tuple(
        sum((w * p[i] for w, p in zip(mixture, points, strict=False) if w), Fraction(0))
        for i in range(len(points[0]))
    )
    return mixed, size * math.prod(now), size * bound, units, prices


def _gains(gains: Sequence[Sequence[Fraction]], point: Vector) -> Vector:
    """Return what a distribution gives each player."""
    return tuple(
        sum((v * w for v, w in zip(own, point, strict=True) if w), Fraction(0)) for own in gains
    )


def _best_sum(objective: Sequence[Fraction], limits: Array) -> tuple[Vector, Fraction, int, Vector]:
    """Return the distribution that is best for a linear objective: point, value, unit, prices."""
    units = common_denominator(objective)
    best = maximin(np.array([[int(value * units) for value in objective]], dtype=object), limits)
    assert best is not None  # there is an equilibrium
    return best.point, best.value / units, units, best.prices


def _best_pair(vertices: Sequence[Vector]) -> Vector:
    """Return the weights of the vertices that maximise the product of one or two gains.

    The best point of a polygon lies on one of its sides, and the product along a segment
    from v to w is quadratic.
    """
    options = [(math.prod(v), k, k, Fraction(0)) for k, v in enumerate(vertices)]
    for (j, v), (k, w) in itertools.combinations(enumerate(vertices), 2):
        step = [b - a for a, b in zip(v, w, strict=True)]
        if len(v) == 2 and step[0] * step[1] < 0:
            share = -(v[0] * step[1] + v[1] * step[0]) / (2 * step[0] * step[1])
            if 0 < share < 1:
                product = math.prod(a + share * d for a, d in zip(v, step, strict=True))
                options.append((product, j, k, share))
    _, j, k, share = max(options, key=lambda option: (option[0], -option[1]))
    weights = [Fraction(0)] * len(vertices)
    weights[j] += 1 - share
    weights[k] += share
    return tuple(weights)


def _best_mixture(vertices: Sequence[Vector]) -> Vector:
    """Return weights of the vertices that nearly maximise the product of the gains.

    Newton's method for the sum of logarithms with a vanishing logarithmic barrier, in
    floating point; how good the answer is, is for the bound to say.
    """
    table = np.array([[float(value) for value in vertex] for vertex in vertices]).T
    count = len(vertices)
    weights = np.full(count, 1 / count)
    found = []
    for barrier in (*0.3 ** np.arange(25), 0):
        if not barrier:  # a last time without the vertices that hardly count
            found.append(weights)
            weights = np.where(weights < 1e-4, 0, weights)
        for _ in range(3 if barrier else 6):
            ratio = table * weights / (table @ weights)[:, None]  # of each vertex in each gain
            slope = ratio.sum(axis=0) + barrier
            system = np.zeros((count + 1, count + 1))
            system[:count, :count] = ratio.T @ ratio + barrier * np.eye(count)
            system[:count, -1] = system[-1, :count] = weights
            step = np.linalg.lstsq(system, np.append(slope, 0), rcond=1e-15)[0][:count]
            length = min(1.0, 0.9 / max(1e-300, -step.min()))
            weights = weights * (1 + length * step)
            weights /= weights.sum()
    found.append(weights)
    rounded = [
        [Fraction(weight).limit_denominator(most) for weight in weights.tolist()]
        for most in (60, 10**4)
    ]
    rounded += [[Fraction(round(weight * 10**15)) for weight in own.tolist()] for own in found]
    options = [tuple(w / sum(own) for w in own) for own in rounded if any(own)]
    return max(options, key=lambda own: math.prod(_gains(list(zip(*vertices, strict=True)), own)))


def _simple(weight: Fraction) -> Fraction:
    """Return the weight, to twelve digits unless it is short."""
    return weight if weight.denominator < 10**6 else Fraction(f"{float(weight):.12g}")


# -- the definition --------------------------------------------------------------------


def is_correlated_equilibrium(
    game: NormalForm, distribution: object, coarse: bool = False, *, tolerance: object = 0
) -> Verdict:
    """Judge whether a distribution over profiles is a correlated equilibrium. Exact.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    distribution : mapping or array-like
        Probabilities by profile (names or indices, in player order; others 0), or an array
        of the shape of the game. A float means its shortest decimal.
    coarse : bool
        Judge coarse correlated equilibrium: players may only deviate before they hear what
        is recommended.
    tolerance : number
        For rounded probabilities: each is replaced by the simplest fraction within this, and
        these are judged. The witness says by how much they were changed.

    Returns
    -------
    Verdict
        ``margin`` is the smallest loss from disobeying, in the utility of the player, given
        the recommendation (coarse: over all recommendations): negative if somebody gains,
        None if nobody has an alternative. The witness says who disobeys which
        recommendation and what it changes.

    Raises
    ------
    GameError, UnknownNameError
        If it is no distribution over the profiles of the game.

    Notes
    -----
    Aumann (1974), Moulin and Vial (1978). A profile of pure strategies has the same margin
    here as a Nash equilibrium.

    Examples
    --------
    >>> chicken = NormalForm.from_arrays(
    ...     [[6, 2], [7, 0]], [[6, 7], [2, 0]], strategies=[["yield", "insist"]] * 2
    ... )
    >>> third = Fraction(1, 3)
    >>> signals = {("yield", "yield"): third, ("yield", "insist"): third, ("insist", 0): third}
    >>> print(is_correlated_equilibrium(chicken, signals))
    yes (margin 0.5): player 1, told to play yield, loses 0.5 by playing insist: 3.5 instead of 4
    """
    checked_game(game)
    checked_flag(coarse, "coarse")
    chances, moved = _probabilities(game, distribution, tolerance_of(tolerance))
    closest: tuple[Fraction, Fraction, int, int | None, int] | None = None
    for p, a, share, values, now in _situations(game, chances, coarse):
        for b, value in enumerate(values):
            if b == a or share[b] == 1:
                continue
            if closest is None or value - now > closest[0]:
                closest = value - now, now, p, a, b
    if closest is None:
        return Verdict(holds=True, witness=Witness("deviation", "nobody has an alternative"))
    gain, now, p, told, b = closest
    name, to = game.players[p], game.strategies[p][b]
    who = (
        f"{name}, before hearing a recommendation,"
        if told is None
        else (f"{name}, told to play {game.strategies[p][told]},")
    )
    by = f"by committing to {to}" if told is None else f"by playing {to}"
    change = " instead of ".join(show_apart(now + gain, now))
    if gain > 0:
        text = f"{who} gains {show(gain)} {by}: {change}"
    elif gain < 0:
        text = f"{who} loses {show(-gain)} {by}: {change}"
    else:
        text = f"{who} neither gains nor loses {by}"
    if moved:
        text += f" (probabilities changed by up to {show(moved)})"
    return Verdict(gain <= 0, -gain, Witness("deviation", text, (name,), to, gain))


def _situations(
    game: NormalForm, chances: Array, coarse: bool
) -> Iterator[tuple[int, int | None, Sequence[Fraction], Sequence[Fraction], Fraction]]:
    """Yield every situation in which a player decides whether to obey.

    Player, recommendation (None: not heard yet), its own part's distribution, what each
    strategy earns, and what obeying earns.
    """
    for p, size in enumerate(game.shape):
        table = np.moveaxis(chances, p, 0).reshape(size, -1)
        payoffs = np.moveaxis(game.payoffs[p], p, 0).reshape(size, -1)
        heard: list[int | None] = [None] if coarse else [a for a in range(size) if any(table[a])]
        for a in heard:
            likely = table if a is None else table[[a]]
            total = Fraction(likely.sum())
            values = [Fraction((likely * payoffs[b]).sum()) / total for b in range(size)]
            share = [Fraction(row.sum()) if a is None else Fraction(0) for row in table]
            now = Fraction((table * payoffs).sum()) if a is None else values[a]
            yield p, a, share, values, now


def _probabilities(
    game: NormalForm, distribution: object, tolerance: Fraction
) -> tuple[Array, Fraction]:
    """Return exact probabilities in an array of the shape of the game, and what was changed."""
    where = "distribution over profiles"
    if isinstance(distribution, Mapping):
        array = np.full(game.shape, Fraction(0), dtype=object)
        for profile, value in distribution.items():
            array[game.profile_index(profile)] += exact(value, where=f"{where}, {shorten(profile)}")
    else:
        array = exact_array(distribution, where=where)
        if array.shape != game.shape:
            raise GameError(
                f"shape {array.shape} where the strategies make {game.shape}",
                where=where,
                remedy="give probabilities by profile, or one array with an axis per player",
            )

    def name(k: int) -> str:
        return profile_name(game.names(unravel(k, game.shape)))

    values, moved = as_distribution(array.ravel().tolist(), name, tolerance, where=where)
    near = np.empty(len(values), dtype=object)
    near[:] = values
    return near.reshape(game.shape), moved
