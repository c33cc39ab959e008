"""Which of several equilibria, and how far each can be trusted. Exact.

- **Payoff dominance** (Harsanyi and Selten, 1988): an equilibrium payoff-dominates another if
  it gives *every* player strictly more.
- **Risk dominance** (the same): of two strict equilibria of a two-by-two game, the one with
  the larger product of the two players' losses from deviating alone risk-dominates. In
  larger two-player games two strict pure equilibria in which both players play differently
  are compared within the two-by-two game they span. The logarithmic measure (Selten, 1995)
  is the logarithm of the ratio of the two products: positive for the first, and additive.
- **Pareto status** and **admissibility** (see :mod:`negotiation.normal_form.admissibility`):
  whether no lottery over outcomes, or no other own strategy, is better.
- **Margin and radius**: the margin of a pure equilibrium is the least that a player loses by
  deviating alone. If no payoff moves by more than r, a loss shrinks by 2 r at most, and it
  can shrink by as much: the equilibrium survives every change below *half the margin*, its
  regret radius, and none larger. An equilibrium that is mixed, or pure and not strict, has
  radius 0: raising one payoff by however little gives somebody a better reply. It is then
  still true, as for every equilibrium, that after a change by r nobody gains more than 2 r
  by deviating.
- **Perfection**: with two players the trembling-hand perfect equilibria (Selten, 1975) are
  exactly those in undominated strategies (van Damme, 1987); with more players being
  undominated is necessary, being strict is sufficient, and between the two the question is
  left open here.

Sources: Selten (1975); van Damme (1987); Harsanyi and Selten (1988); Selten (1995).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import GameError, TooLargeError, shorten
from negotiation.exact import show
from negotiation.normal_form.admissibility import (
    is_efficient_among,
    is_undominated,
    unbeaten_outcomes,
)
from negotiation.normal_form.all_equilibria import Equilibria, Equilibrium, equilibria, exact_only
from negotiation.normal_form.best_replies import (
    MixedProfile,
    is_equilibrium,
)
from negotiation.normal_form.evolutionary import evolutionary_stability, is_symmetric
from negotiation.normal_form.game import NormalForm, PureProfile, checked_game, profile_name
from negotiation.results import Result, Table, Verdict

__all__ = [
    "RiskDominance",
    "Selection",
    "Standing",
    "regret_radius",
    "risk_dominance",
    "select",
]

Distribution = tuple[Fraction, ...]


@dataclass(frozen=True)
class RiskDominance:
    """The comparison of two strict equilibria by their products of deviation losses.

    Attributes
    ----------
    profiles : pair of tuple of str
        The strategy names of the two equilibria.
    losses : pair of pair of Fraction
        Per equilibrium, each player's loss from switching to the other equilibrium alone.
    """

    profiles: tuple[tuple[str, ...], tuple[str, ...]]
    losses: tuple[tuple[Fraction, ...], tuple[Fraction, ...]]

    @property
    def products(self) -> tuple[Fraction, Fraction]:
        """Per equilibrium the product of the losses."""
        one, two = (math.prod(own, start=Fraction(1)) for own in self.losses)
        return one, two

    @property
    def dominant(self) -> int | None:
        """0 or 1 for the risk-dominant equilibrium, or None if neither is."""
        one, two = self.products
        return None if one == two else int(one < two)

    @property
    def ratio(self) -> Fraction:
        """The first product over the second."""
        return self.products[0] / self.products[1]

    @property
    def measure(self) -> float:
        """The logarithmic measure: the logarithm of the ratio, rounded to a float."""
        return math.log(self.ratio.numerator) - math.log(self.ratio.denominator)

    def __str__(self) -> str:
        one, two = (profile_name(names) for names in self.profiles)
        products = " against ".join(show(value) for value in self.products)
        if self.dominant is None:
            return f"neither {one} nor {two} risk-dominates: both products of losses are {products}"
        if self.dominant:
            one, two = two, one
            products = " against ".join(show(value) for value in reversed(self.products))
        return f"{one} risk-dominates {two}: products of losses {products}"


@dataclass(frozen=True)
class Standing:
    """What can be said for and against one equilibrium.

    Attributes
    ----------
    profile : Equilibrium
        The equilibrium.
    name : str
        Its strategies in words.
    margin : Fraction or None
        The least loss from deviating alone: positive exactly if the equilibrium is strict;
        None if nobody has an alternative.
    radius : Fraction or None
        How far all payoffs may move; None if no change can break it.
    efficient : Verdict
        Whether no lottery over outcomes is better for somebody and worse for nobody.
    undominated : tuple of Verdict
        Per player whether its strategy is undominated.
    perfect : bool or None
        Whether it is trembling-hand perfect; None where that is not decided.
    evolutionarily_stable : bool or None
        Whether the strategy both play is; None unless game and equilibrium are symmetric, and
        where there are too many best replies to go through.
    """

    profile: Equilibrium
    name: str
    margin: Fraction | None
    radius: Fraction | None
    efficient: Verdict
    undominated: tuple[Verdict, ...]
    perfect: bool | None
    evolutionarily_stable: bool | None


@dataclass(frozen=True)
class Selection(Result):
    """The equilibria of a game by the usual criteria of selection.

    ``guarantee`` is that of the equilibria compared: with three or more players these are the
    exact ones, and it is ``"some"`` where others are left out.

    Attributes
    ----------
    game : NormalForm
        The game asked about.
    equilibria : Equilibria
        All extreme equilibria (two players), or what is known.
    standings : tuple of Standing
        One per equilibrium, in the order of ``equilibria.profiles``.
    payoff_dominant : int or None
        Index of the equilibrium that payoff-dominates all others, if there are others.
    risk : tuple of RiskDominance
        Every comparison of two strict pure equilibria that is defined.
    """

    game: NormalForm
    equilibria: Equilibria
    standings: tuple[Standing, ...]
    payoff_dominant: int | None
    risk: tuple[RiskDominance, ...]

    @property
    def risk_dominant(self) -> int | None:
        """Index of the equilibrium that risk-dominates every other strict pure one.

        None if there is none, or if there is a pair that cannot be compared.
        """
        strict = [k for k, own in enumerate(self.standings) if own.profile.pure and own.margin]
        won = [pair.profiles[pair.dominant] for pair in self.risk if pair.dominant is not None]
        for k in strict:
            name = self.game.names(side[0] for side in self.standings[k].profile.supports)
            if len(strict) > 1 and won.count(name) == len(strict) - 1:
                return k
        return None

    @property
    def _compared(self) -> bool:
        """Whether every two strict pure equilibria have been compared by risk."""
        count = sum(own.profile.pure and bool(own.margin) for own in self.standings)
        return len(self.risk) == math.comb(count, 2)

    def tables(self) -> tuple[Table, ...]:
        """Return the equilibria with their standing, and the comparisons by risk."""
        heads = [
            "equilibrium",
            *(f"payoff of {name}" for name in self.game.players),
            "payoff-dominant",
            "risk-dominant",
            "efficient",
            "margin",
            "radius",
            "perfect",
            "evolutionarily stable",
        ]
        compared, risk_dominant = self._compared, self.risk_dominant
        rows = [
            [
                own.name,
                *own.profile.payoffs,
                k == self.payoff_dominant,
                k == risk_dominant if compared else None,
                own.efficient,
                own.margin,
                own.radius,
                own.perfect,
                own.evolutionarily_stable,
            ]
            for k, own in enumerate(self.standings)
        ]
        notes = ["Radius: no change of all payoffs by less breaks the equilibrium."]
        if self.guarantee == "some":
            notes.append("There may be other equilibria.")
        tables = [Table("Selection among equilibria", heads, rows, notes, name="selection")]
        if self.risk:
            lines = [
                [*map(profile_name, pair.profiles), *pair.products, str(pair)] for pair in self.risk
            ]
            tables.append(
                Table(
                    "Risk dominance",
                    ["first", "second", "product of losses", "of the second", "result"],
                    lines,
                    name="risk_dominance",
                )
            )
        return tuple(tables)

    def data(self) -> dict[str, Any]:
        """Return the standings as nested plain data; its keys are output paths."""
        names = [own.name for own in self.standings]
        payoff, risk = self.payoff_dominant, self.risk_dominant
        return {
            "guarantee": self.guarantee,
            "count": len(names),
            "payoff_dominant": None if payoff is None else names[payoff],
            "risk_dominant": None if risk is None else names[risk],
            "standings": [
                {
                    "name": own.name,
                    "payoffs": dict(zip(self.game.players, own.profile.payoffs, strict=True)),
                    "margin": own.margin,
                    "radius": own.radius,
                    "efficient": own.efficient.data(),
                    "undominated": {
                        player: verdict.data()
                        for player, verdict in zip(self.game.players, own.undominated, strict=True)
                    },
                    "perfect": own.perfect,
                    "evolutionarily_stable": own.evolutionarily_stable,
                }
                for own in self.standings
            ],
            "risk": [
                {
                    "profiles": [profile_name(names) for names in pair.profiles],
                    "products": list(pair.products),
                    "measure": pair.measure,
                    "dominant": None
                    if pair.dominant is None
                    else profile_name(pair.profiles[pair.dominant]),
                }
                for pair in self.risk
            ],
        }


def select(game: NormalForm, found: Equilibria | None = None) -> Selection:
    """Judge every equilibrium of a game by the usual criteria of selection. Exact.

    Parameters
    ----------
    game : NormalForm
        Any number of players; with more than two, the exact ones of those found are judged.
    found : Equilibria, optional
        The equilibria, if they are known already.

    Returns
    -------
    Selection

    Raises
    ------
    GameError
        If `found` belongs to another game.
    TooLargeError
        If the game is too large for all its equilibria.

    Notes
    -----
    Complexity: one linear program for every support of a player and one over the undominated
    outcomes for every payoff vector; for every pair of strict pure equilibria a few
    multiplications; in symmetric games :func:`evolutionary_stability` for every symmetric one.

    Examples
    --------
    >>> hunt = NormalForm.from_arrays(
    ...     [[9, 0], [8, 7]], [[9, 8], [0, 7]], strategies=[["stag", "hare"]] * 2
    ... )
    >>> result = select(hunt)
    >>> result.data()["payoff_dominant"], result.data()["risk_dominant"]
    ('stag/stag', 'hare/hare')
    >>> print(result.risk[0])
    hare/hare risk-dominates stag/stag: products of losses 49 against 1
    >>> [own.radius for own in result.standings]
    [Fraction(1, 2), Fraction(7, 2), Fraction(0, 1)]
    """
    checked_game(game)
    if found is None:
        found = equilibria(game)
    elif not isinstance(found, Equilibria):
        raise GameError(
            f"'{shorten(found)}' are no equilibria of a game", remedy="give equilibria(game)"
        )
    elif found.game != game:
        raise GameError("these are the equilibria of another game", remedy="leave them out")
    found = exact_only(found)
    symmetric = is_symmetric(game)
    known: dict[tuple[int, tuple[int, ...]], Verdict] = {}
    outcomes = unbeaten_outcomes(game)
    efficient: dict[tuple[Fraction, ...], Verdict] = {}
    standings = []
    for profile in found.profiles:
        margin = is_equilibrium(game, profile.strategies).margin
        for p, used in enumerate(profile.supports):
            if (p, used) not in known:
                known[p, used] = is_undominated(game, p, profile.strategies[p])
        if profile.payoffs not in efficient:
            efficient[profile.payoffs] = is_efficient_among(outcomes, game, profile.payoffs)
        undominated = tuple(known[p, used] for p, used in enumerate(profile.supports))
        perfect: bool | None = all(undominated)
        if perfect and len(game.players) > 2 and margin == 0:
            perfect = None
        same = symmetric and profile.strategies[0] == profile.strategies[1]
        standings.append(
            Standing(
                profile,
                "/".join(found.words(p, own) for p, own in enumerate(profile.strategies)),
                margin,
                None if margin is None else margin / 2,
                efficient[profile.payoffs],
                undominated,
                perfect,
                _stable(game, profile.strategies[0]) if same else None,
            )
        )
    strict = [
        tuple(own[0] for own in standing.profile.supports)
        for standing in standings
        if standing.profile.pure and standing.margin
    ]
    risk = tuple(
        risk_dominance(game, one, two)
        for one, two in itertools.combinations(strict, 2)
        if len(game.players) == 2 and one[0] != two[0] and one[1] != two[1]
    )
    return Selection(
        game=game,
        equilibria=found,
        standings=tuple(standings),
        payoff_dominant=_payoff_dominant(found.profiles),
        risk=risk,
        guarantee=found.guarantee,
    )


def _stable(game: NormalForm, strategy: Distribution) -> bool | None:
    try:
        return bool(evolutionary_stability(game, strategy))
    except TooLargeError:
        return None


def _payoff_dominant(profiles: Sequence[Equilibrium]) -> int | None:
    if len(profiles) < 2:
        return None
    best = max(range(len(profiles)), key=lambda k: profiles[k].payoffs)
    one, rest = profiles[best], (two for i, two in enumerate(profiles) if i != best)
    better = all(a > b for two in rest for a, b in zip(one.payoffs, two.payoffs, strict=True))
    return best if better else None


def risk_dominance(game: NormalForm, first: PureProfile, second: PureProfile) -> RiskDominance:
    """Compare two strict equilibria of a two-player game by risk dominance. Exact.

    Parameters
    ----------
    game : NormalForm
        Two players. In games larger than two by two the comparison takes place in the
        two-by-two game that the two equilibria span.
    first, second : sequence or mapping
        Two strict equilibria in pure strategies; both players play differently in them.

    Raises
    ------
    GameError
        If there are not two players, a profile is no strict equilibrium, or a player plays
        the same in both.

    Examples
    --------
    >>> hunt = NormalForm.from_arrays([[9, 0], [8, 7]], [[9, 8], [0, 7]])
    >>> found = risk_dominance(hunt, ("row 1", "column 1"), ("row 2", "column 2"))
    >>> found.dominant, found.products, round(found.measure, 2)
    (1, (Fraction(1, 1), Fraction(49, 1)), -3.89)
    """
    checked_game(game)
    if len(game.players) != 2:
        raise GameError(
            f"risk dominance with {len(game.players)} players is not defined here",
            remedy="compare strict equilibria of two-player games",
        )
    places = (game.profile_index(first), game.profile_index(second))
    names = (game.names(places[0]), game.names(places[1]))
    for p, name in enumerate(game.players):
        if places[0][p] == places[1][p]:
            raise GameError(
                f"{name} plays {names[0][p]} in both equilibria",
                remedy="risk dominance compares equilibria in which both players differ",
            )
    for own in names:
        verdict = is_equilibrium(game, own)
        if not verdict or not verdict.margin:
            raise GameError(
                f"{'/'.join(own)} is no strict equilibrium: {verdict.witness}",
                remedy="risk dominance compares strict equilibria",
            )
    losses = []
    for here, there in (places, places[::-1]):
        away = ((there[0], here[1]), (here[0], there[1]))
        losses.append(tuple(game.payoffs[p][here] - game.payoffs[p][away[p]] for p in (0, 1)))
    return RiskDominance(names, (losses[0], losses[1]))


def regret_radius(game: NormalForm, strategies: MixedProfile) -> Fraction | None:
    """Return how far all payoffs may move before an equilibrium breaks. Exact.

    Parameters
    ----------
    game : NormalForm
        Any number of players.
    strategies : sequence or mapping
        An equilibrium, one mixed strategy per player.

    Returns
    -------
    Fraction or None
        The largest r such that the strategies stay an equilibrium whenever every payoff of
        every player moves by less than r: half the least loss from deviating, in the units of
        the payoffs. 0 for equilibria that are mixed or not strict. None if nobody has an
        alternative: then nothing breaks it.

    Raises
    ------
    GameError
        If the strategies are no equilibrium.

    Examples
    --------
    >>> game = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> regret_radius(game, ("row 2", "column 2"))
    Fraction(1, 2)
    """
    verdict = is_equilibrium(game, strategies)
    if not verdict:
        raise GameError(f"no equilibrium: {verdict.witness}", remedy="give an equilibrium")
    return None if verdict.margin is None else verdict.margin / 2
