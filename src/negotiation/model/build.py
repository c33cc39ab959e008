"""From a model to its games: one function per arrow.

All views come from one agreement space, so that they cannot contradict each other:

- :func:`agreement_space`: the product of the issues' options; a party's utility is the sum of
  its scores, weighted by weights scaled to sum to 1, plus the interactions. The score of an
  option is 1 at the ideal (``aspires``) and falls along the axis, in equal steps, to 0 at the
  end of the axis farther from it; ``scores`` replaces that line.
- :func:`voices`: the same space in the eyes of the ratifiers.
- :func:`normal_form`: the payoff matrix that a model states, and :func:`game_family`: the
  same with its parameters left open.
- :func:`demand_game`: the payoff matrix that the demands imply. On each contested issue an
  *insisting* player accepts its ideal only; a *compromising* player accepts everything up to
  the midpoint between its ideal and the farthest ideal among the others (the earlier on the
  axis, where two are as far), and asks for that midpoint; a *conceding* player accepts
  everything and asks for nothing. Where what the players accept has nothing in common, they
  clash. Otherwise the outcome is the commonly
  accepted option nearest to the mean of what was asked (of the ideals, if nobody asks), the
  earlier one on the axis where two are as near.
- :func:`conflict_graph`: the graph that a model states; :func:`issue_graph`: the graph in
  which a state is an agreement and a move is a party switching what it controls.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from negotiation.bargaining import AgreementSpace, Term
from negotiation.bargaining.ratification import Ratifier as RatifierGame
from negotiation.conflict_graph import ConflictGraph, Control
from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.exact import FrozenMap
from negotiation.model.model import Model
from negotiation.model.parts import Demand, Issue, TermPart
from negotiation.normal_form import NormalForm
from negotiation.normal_form.families import GameFamily

__all__ = [
    "WALKING_OUT",
    "DemandGameForm",
    "agreement_space",
    "conflict_graph",
    "controls",
    "demand_game",
    "game_family",
    "issue_graph",
    "normal_form",
    "ratifiers",
    "signatories",
    "terms",
    "utility",
    "voices",
]


# ---- the agreement space ----------------------------------------------------------------


def scores(model: Model, issue: Issue, demand: Demand) -> tuple[Fraction, ...]:
    """Return the score of each option of an issue for one demand, in axis order."""
    options = list(issue.options)
    if demand.scores:
        return tuple(model.number(demand.scores[option]) for option in options)
    assert demand.aspires is not None
    ideal = options.index(demand.aspires)
    span = max(ideal, len(options) - 1 - ideal, 1)
    return tuple(1 - Fraction(abs(position - ideal), span) for position in range(len(options)))


def allowed(issue: Issue, demand: Demand) -> tuple[str, ...] | None:
    """Return the options inside a red line, or None where the demand draws none."""
    options = list(issue.options)
    if not demand.accepts:
        return None
    if len(demand.accepts) > 1 or demand.aspires is None:
        return tuple(option for option in options if option in demand.accepts)
    line, ideal = options.index(demand.accepts[0]), options.index(demand.aspires)
    if line == ideal:
        if line == 0 or line == len(options) - 1:
            return (options[line],)
        return tuple(demand.accepts)
    return tuple(options[: line + 1] if line > ideal else options[line:])


def terms(model: Model, parts: tuple[TermPart, ...]) -> tuple[Term, ...]:
    """Return interaction terms with exact amounts."""
    return tuple(
        Term(part.party, FrozenMap(dict(part.when)), model.number(part.amount)) for part in parts
    )


def _space(
    model: Model,
    demands: Mapping[str, Mapping[str, Demand]],
    disagreement: Mapping[str, Fraction] | None,
    interactions: tuple[Term, ...],
) -> AgreementSpace:
    issues = model.issues
    red_lines = {
        party: {
            issue: inside
            for issue, demand in block.items()
            if (inside := allowed(issues[issue], demand)) is not None
        }
        for party, block in demands.items()
    }
    return AgreementSpace.additive(
        issues={name: tuple(issue.options) for name, issue in issues.items()},
        scores={
            party: {name: scores(model, issues[name], demand) for name, demand in block.items()}
            for party, block in demands.items()
        },
        weights={
            party: {name: model.number(demand.weight) for name, demand in block.items()}
            for party, block in demands.items()
        },
        disagreement=disagreement,
        terms=interactions,
        red_lines=red_lines,
    )


def agreement_space(model: Model) -> AgreementSpace:
    """Build the agreement space of a model with issues and demands."""
    if not model.issues or not model.demands:
        raise NegotiationError(
            f"'{model.title}' has no issues and demands to bargain over",
            remedy="add issues and demands, or solve its payoff matrix",
        )
    return _space(
        model,
        {party: model.demands[party] for party in model.parties if party in model.demands},
        {
            party: model.number(model.spec.disagreement[party])
            for party in model.parties
            if party in model.demands
        },
        terms(model, model.spec.interactions),
    )


def utility(model: Model, party: str, agreement: str) -> Fraction:
    """Return ``u(party, agreement)`` for use in formulas; no disagreement value is needed."""
    if party not in model.demands:
        raise UnknownNameError.of("party with demands", party, model.demands)
    space = _space(
        model,
        {party: model.demands[party]},
        None,
        tuple(t for t in terms(model, model.spec.interactions) if t.party == party),
    )
    return space.utility(party, model.agreement(agreement))


# ---- ratification -----------------------------------------------------------------------


def ratifiers(model: Model) -> tuple[RatifierGame, ...]:
    """Return the ratifiers with exact thresholds."""
    return tuple(
        RatifierGame(name, part.of, model.number(part.at_least))
        for name, part in model.ratifiers.items()
    )


def voices(model: Model, space: AgreementSpace) -> dict[str, tuple[AgreementSpace, str]]:
    """Return, for each ratifier, the space and the name in it whose utility it judges by."""
    own = {name: part.demands for name, part in model.ratifiers.items() if part.demands}
    council = _space(model, own, None, ()) if own else space
    return {
        name: (council, name) if part.demands else (space, part.of)
        for name, part in model.ratifiers.items()
    }


# ---- payoff matrices --------------------------------------------------------------------


def normal_form(model: Model) -> NormalForm:
    """Build the payoff matrix that a model states."""
    section = model.spec.normal_form
    assert section is not None
    players = list(section.players)
    rows = section.rows
    table = {}
    for profile in itertools.product(*section.players.values()):
        table[profile] = tuple(model.number(quantity) for quantity in rows[profile])
    return NormalForm.from_table(
        players={player: tuple(section.players[player]) for player in players}, table=table
    )


def game_family(model: Model) -> GameFamily:
    """Return the payoff matrix that a model states with its parameters left open."""
    section = model.spec.normal_form
    assert section is not None
    rows = section.rows
    strategies = [tuple(own) for own in section.players.values()]
    shape = tuple(map(len, strategies))
    arrays = [np.empty(shape, dtype=object) for _ in strategies]
    for place, profile in zip(np.ndindex(*shape), itertools.product(*strategies), strict=True):
        for array, quantity in zip(arrays, rows[profile], strict=True):
            array[place] = quantity.value
    defaults = {name: quantity.value for name, quantity in model.spec.parameters.items()}
    return GameFamily.from_formulas(list(section.players), strategies, arrays, defaults)


@dataclass(frozen=True)
class DemandGameForm:
    """A payoff matrix made from demands, with what each profile leads to.

    Attributes
    ----------
    game : NormalForm
        Payoffs are utilities.
    outcomes : FrozenMap
        Profile -> the agreement it leads to, or None for disagreement.
    clash : FrozenMap
        Profile -> the contested issues on which the positions clash.
    """

    game: NormalForm
    outcomes: FrozenMap[tuple[str, ...], FrozenMap[str, str] | None]
    clash: FrozenMap[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class _Stand:
    """What a position accepts and asks for on one issue, as positions on its axis."""

    accepts: frozenset[int]
    asks: Fraction | None


def demand_game(model: Model, space: AgreementSpace) -> DemandGameForm:
    """Build the payoff matrix that the demands imply; see the module's opening."""
    section = model.spec.demand_game
    assert section is not None
    stands = {player: _stands(model, player) for player in section.players}
    rest = dict(model.agreement(section.rest)) if section.rest else {}
    table: dict[tuple[str, ...], tuple[Fraction, ...]] = {}
    outcomes: dict[tuple[str, ...], FrozenMap[str, str] | None] = {}
    clashes: dict[tuple[str, ...], tuple[str, ...]] = {}
    for profile in itertools.product(*(stands[player] for player in section.players)):
        agreement = dict(rest)
        clash = []
        for issue in section.over:
            options = list(model.issues[issue].options)
            chosen = [
                stands[player][position].get(issue)
                for player, position in zip(section.players, profile, strict=True)
            ]
            ideals = [
                Fraction(options.index(ideal))
                for player in section.players
                if (ideal := model.demands[player].get(issue, Demand()).aspires) is not None
            ]
            if not ideals and not any(stand and stand.asks is not None for stand in chosen):
                raise NegotiationError(
                    f"nobody asks for anything on '{issue}' in the profile {'/'.join(profile)}",
                    where=model.origin.where(("demand_game", "positions")),
                    remedy="name the issue in a package, or give a player an ideal on it",
                )
            settled = _settle([stand for stand in chosen if stand], ideals, len(options))
            if settled is None:
                clash.append(issue)
                settled = _nearest(
                    [stand.asks for stand in chosen if stand and stand.asks is not None],
                    range(len(options)),
                )
            agreement[issue] = options[settled]
        outcome: FrozenMap[str, str] | None = FrozenMap(
            {issue: agreement[issue] for issue in model.issues}
        )
        if clash and section.clash == "disagreement":
            outcome = None
        elif clash and section.clash != "split":
            outcome = model.agreement(section.clash)
        outcomes[profile] = outcome
        clashes[profile] = tuple(clash)
        table[profile] = tuple(
            space.disagreement[player] if outcome is None else space.utility(player, outcome)
            for player in section.players
        )
    game = NormalForm.from_table(
        players={player: tuple(stands[player]) for player in section.players}, table=table
    )
    return DemandGameForm(game, FrozenMap(outcomes), FrozenMap(clashes))


def _stands(model: Model, player: str) -> dict[str, dict[str, _Stand]]:
    """Return position -> issue -> stand of one player."""
    section = model.spec.demand_game
    assert section is not None
    if not isinstance(section.positions, tuple):
        return {
            position: {
                issue: _Stand(frozenset({place}), Fraction(place))
                for issue, option in package.items()
                for place in [list(model.issues[issue].options).index(option)]
            }
            for position, package in section.positions[player].items()
        }
    found: dict[str, dict[str, _Stand]] = {position: {} for position in section.positions}
    for issue in section.over:
        options = list(model.issues[issue].options)
        own = _ideal(model, player, issue)
        others = [_ideal(model, other, issue) for other in section.players if other != player]
        far = max(others, key=lambda place: (abs(place - own), -place))
        middle = Fraction(own + far, 2)
        towards_own = int(-(-middle // 1)) if own > far else int(middle // 1)
        towards_far = own + far - towards_own
        if own == far:
            inside = frozenset({own})
        elif own < far:
            inside = frozenset(range(towards_far + 1))
        else:
            inside = frozenset(range(towards_far, len(options)))
        stands = {
            "insist": _Stand(frozenset({own}), Fraction(own)),
            "compromise": _Stand(inside, Fraction(towards_own)),
            "concede": _Stand(frozenset(range(len(options))), None),
        }
        for position in section.positions:
            found[position][issue] = stands[position]
    return found


def _ideal(model: Model, player: str, issue: str) -> int:
    aspires = model.demands[player][issue].aspires
    assert aspires is not None
    return list(model.issues[issue].options).index(aspires)


def _settle(stands: list[_Stand], ideals: list[Fraction], count: int) -> int | None:
    common = frozenset(range(count)).intersection(*(stand.accepts for stand in stands))
    if not common:
        return None
    asked = [stand.asks for stand in stands if stand.asks is not None]
    return _nearest(asked or ideals, sorted(common))


def _nearest(asked: list[Fraction], places: Any) -> int:
    mean = sum(asked, Fraction(0)) / len(asked)
    return int(min(places, key=lambda place: (abs(place - mean), place)))


# ---- conflict graphs --------------------------------------------------------------------


def conflict_graph(model: Model) -> ConflictGraph:
    """Build the conflict graph that a model states."""
    section = model.spec.conflict_graph
    assert section is not None
    return ConflictGraph.from_moves(
        states={name: option.says for name, option in section.states.items()},
        moves=[
            (move.by, start, [state for state in move.to if state != start])
            for move in section.moves
            for start in move.start
            if any(state != start for state in move.to)
        ],
        preferences={
            party: [tie[0] if len(tie) == 1 else tie for tie in ranking.order]
            for party, ranking in section.ranking.items()
        },
    )


def signatories(model: Model) -> tuple[str, ...]:
    """Return the parties whose acceptance counts, and who can walk out."""
    section = model.spec.stability
    named = section.signatories if section else ()
    return named or tuple(party for party in model.parties if party in model.demands)


def controls(model: Model, given_up: Collection[tuple[str, str]] = ()) -> dict[str, Control]:
    """Return in whose hands each issue is, without the switches that are `given_up`."""

    def hand(name: str) -> Control:
        own = model.issues[name].control
        left = tuple(party for party in own.by if (party, name) not in given_up)
        return Control(() if own.joint and left != tuple(own.by) else left, own.joint)

    return {name: hand(name) for name in model.issues}


WALKING_OUT = ""
"""Stands for no issue: what a party gives up that will not walk out."""


def issue_graph(
    model: Model,
    space: AgreementSpace,
    *,
    walk_out: bool = True,
    given_up: Collection[tuple[str, str]] = (),
) -> ConflictGraph:
    """Build the graph whose states are agreements and whose moves are switches.

    Parameters
    ----------
    model : Model
    space : AgreementSpace
    walk_out : bool
        Whether no agreement is one more, final state that every signatory can move to.
    given_up : collection of (party, issue)
        Switches that a party will not make, alone or with others; :data:`WALKING_OUT` in place
        of an issue: it will not walk out.
    """
    return ConflictGraph.from_issues(
        parties=space.parties,
        issues=dict(space.issues),
        control=controls(model, given_up),
        values={party: space.preferences(party).reshape(space.shape) for party in space.parties},
        disagreement=(
            {party: space.disagreement_value(party) for party in space.parties}
            if walk_out
            else None
        ),
        leavers=[party for party in signatories(model) if (party, WALKING_OUT) not in given_up],
        irreversible={name: issue.irreversible for name, issue in model.issues.items()},
        red_lines=space.red_lines,
    )
