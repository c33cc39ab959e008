"""Cross-reference checks: every name a model uses must exist, every number have a value.

Each check yields ``(path, what, remedy)``; the caller adds file and line. All faults are
found in one pass, so that a user corrects them in one go; what only follows from another
fault is left out.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Any

from negotiation.errors import (
    MAX_SHOWN,
    FormulaError,
    NegotiationError,
    Remedy,
    did_you_mean,
    shorten,
)
from negotiation.exact import FrozenMap, show
from negotiation.formulas import Formula, Work, parse
from negotiation.model.expectations import parse_expectation
from negotiation.model.parts import (
    Demand,
    Issue,
    ModelFile,
    NormalFormSection,
    QuantityPart,
    steps,
    walk_parts,
)

__all__ = ["check_references", "parameter_values"]

Fault = tuple[tuple[str | int, ...], str, Remedy]
Part = tuple[tuple[str | int, ...], Any]
MAX_PROFILES = 20_000
OVER_DEMANDS = ("bargaining", "demand_game", "stability", "ratifiers", "commitment")
"""Sections that ask about agreements, and have no meaning where nobody demands anything."""


def parameter_values(spec: ModelFile, work: Work | None = None) -> dict[str, Fraction]:
    """Evaluate all parameters, those that are formulas of others included.

    Each is evaluated once, after those it needs: linear in the size of the formulas, whatever
    the order in which the file defines them.

    Parameters
    ----------
    spec : ModelFile
        The parts.
    work : Work, optional
        What the formulas may cost together; by default the allowance of one model.

    Raises
    ------
    FormulaError
        On an unknown name, a circle of definitions, a division by zero, or numbers too long.
    """
    values: dict[str, Fraction] = {}
    pending: dict[str, Formula] = {}
    for name, part in spec.parameters.items():
        if isinstance(part.value, Fraction):
            values[name] = part.value
        else:
            pending[name] = parse(part.value)
    needed = {
        name: sum(other in pending for other in formula.names) for name, formula in pending.items()
    }
    users: dict[str, list[str]] = {}
    for name, formula in pending.items():
        for other in formula.names:
            if other in pending:
                users.setdefault(other, []).append(name)
    ready = [name for name in pending if not needed[name]]
    work = work or Work.of_model()
    for name in ready:  # grows as formulas get all they need
        values[name] = pending.pop(name).value(values, work=work)
        for user in users.get(name, ()):
            needed[user] -= 1
            if not needed[user]:
                ready.append(user)
    if pending:
        raise FormulaError(
            f"parameters defined in a circle: {shorten(', '.join(_circle(pending)), 200)}",
            remedy="give one of them a number",
        )
    return {name: values[name] for name in spec.parameters}


def _circle(pending: Mapping[str, Formula]) -> list[str]:
    """Return one circle among definitions of which each needs another."""
    walk: dict[str, None] = {}
    here = next(iter(pending))
    while here not in walk:
        walk[here] = None
        here = next(name for name in pending[here].names if name in pending)
    circle = list(walk)
    return circle[circle.index(here) :]


def check_references(spec: ModelFile, evidence: Any) -> list[Fault]:
    """Return every fault of a well-shaped model file.

    Parameters
    ----------
    spec : ModelFile
        The parts.
    evidence : Evidence
        Sources, claims, topics and actors, merged.
    """
    faults = list(_evidence(spec, evidence))
    parts = list(walk_parts(spec))
    faults += _citations(spec, evidence, parts)
    work = Work.of_model()
    values, more = _parameters(spec, work)
    faults += more
    if values is not None:
        faults += _quantities(spec, values, work, parts)
    faults += _issues(spec, evidence)
    faults += _demands(spec, values)
    faults += _agreements(spec)
    faults += _sections(spec, values)
    faults += _graph(spec)
    faults += _predictions(spec)
    return faults


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _unknown(
    path: tuple[str | int, ...], kind: str, name: str, known: Any, remedy: str = ""
) -> Fault:
    what = f"unknown {kind} '{shorten(name, 60)}'"
    return path, what, remedy or partial(did_you_mean, name, known)


def _evidence(spec: ModelFile, evidence: Any) -> Iterator[Fault]:
    return check_claims(spec.claims, evidence.sources, evidence.topics, evidence.actors)


def check_claims(
    claims: Mapping[str, Any],
    sources: Mapping[str, Any],
    topics: Mapping[str, Any],
    actors: Mapping[str, str],
) -> Iterator[Fault]:
    """Check the claims' sources, locators, topics and actors."""
    for name, claim in claims.items():
        path = ("claims", name)
        if claim.source not in sources:
            yield _unknown((*path, "source"), "source", claim.source, sources)
            continue
        match = re.fullmatch(r"p(\d+)(\.\d+)?", claim.at)
        last = sources[claim.source].paragraphs
        if match and last is not None and not 1 <= int(match[1]) <= last:
            yield (
                (*path, "at"),
                f"paragraph {match[1]} of a source of {last} paragraphs",
                f"give a paragraph from p1 to p{last}",
            )
        for party in claim.parties:
            if actors and party not in actors:
                yield _unknown((*path, "parties"), "actor", party, actors)
        for target in claim.affects:
            topic, _, option = target.partition("=")
            if topics and topic not in topics:
                yield _unknown((*path, "affects"), "topic", topic, topics)
            elif option and topics and option not in topics[topic].options:
                yield _unknown((*path, "affects"), "option", option, topics[topic].options)


def _citations(spec: ModelFile, evidence: Any, parts: Iterable[Part]) -> Iterator[Fault]:
    for path, part in parts:
        for claim in getattr(part, "because", ()):
            if claim not in evidence.claims:
                yield _unknown((*path, "because"), "claim", claim, evidence.claims)
    for name, reading in spec.readings.items():
        for changed, value in reading.set.items():
            if isinstance(value, FrozenMap) and "because" in value:
                cited = value["because"]
                for claim in (cited,) if isinstance(cited, str) else cited:
                    if claim not in evidence.claims:
                        where = ("readings", name, "set", changed, "because")
                        yield _unknown(where, "claim", claim, evidence.claims)


def citations(spec: ModelFile) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...]]]:
    """Yield (path, claims) for every record with a ``because``."""
    for path, part in walk_parts(spec):
        if because := getattr(part, "because", ()):
            yield path, because


def _parameters(spec: ModelFile, work: Work) -> tuple[dict[str, Fraction] | None, list[Fault]]:
    faults: list[Fault] = []
    for name, part in spec.parameters.items():
        if isinstance(part.value, str):
            formula = parse(part.value)
            faults += [
                _unknown(("parameters", name), "parameter", other, spec.parameters)
                for other in formula.names
                if other not in spec.parameters
            ]
            if formula.utilities:
                faults.append(
                    (
                        ("parameters", name),
                        f"u(...) in the parameter '{name}'",
                        "u(party, agreement) is for payoffs, disagreement and ratifiers",
                    )
                )
    if faults:
        return None, faults
    try:
        return parameter_values(spec, work), []
    except FormulaError as error:
        culprit = next(
            (n for n, p in spec.parameters.items() if isinstance(p.value, str)), "parameters"
        )
        for name, part in spec.parameters.items():
            if isinstance(part.value, str) and shorten(part.value) in error.what:
                culprit = name
        return None, [(("parameters", culprit), error.what, error.remedy)]


def _quantities(
    spec: ModelFile, values: dict[str, Fraction], work: Work, parts: Iterable[Part]
) -> Iterator[Fault]:
    for path, part in parts:
        if not isinstance(part, QuantityPart):
            continue
        if isinstance(part.value, Fraction) or path[0] == "parameters":
            continue
        formula = parse(part.value)
        unknown = [name for name in formula.names if name not in values]
        for name in unknown:
            yield _unknown(path, "parameter", name, spec.parameters)
        allowed = path[0] in {"normal_form", "disagreement", "ratifiers"}
        for party, agreement in formula.utilities:
            if not allowed:
                yield (
                    path,
                    f"u({party}, {agreement}) in '{shorten(part.value)}'",
                    "u(party, agreement) is for payoffs, disagreement and ratifiers",
                )
            elif party not in spec.parties:
                yield _unknown(path, "party", party, spec.parties)
            elif agreement not in spec.agreements:
                yield _unknown(path, "agreement", agreement, spec.agreements)
            elif party not in spec.demands:
                yield (
                    path,
                    f"u({party}, {agreement}) has no value: '{party}' demands nothing",
                    f"add demands.{party}, or write a number",
                )
        if not unknown and not formula.utilities:
            try:
                formula.value(values, work=work)
            except NegotiationError as error:
                yield path, error.what, error.remedy
                if work.spent:
                    return


def _issues(spec: ModelFile, evidence: Any) -> Iterator[Fault]:
    for name, issue in spec.issues.items():
        path = ("issues", name)
        for party in issue.control.by:
            if party not in spec.parties:
                yield _unknown((*path, "control"), "party", party, spec.parties)
        if issue.control.joint and len(issue.control.by) < 2:
            yield (*path, "control"), "joint control by fewer than two parties", "name two parties"
        if issue.topic:
            if issue.topic not in evidence.topics:
                yield _unknown((*path, "topic"), "topic", issue.topic, evidence.topics)
            else:
                known = evidence.topics[issue.topic].options
                for option, part in issue.options.items():
                    if option not in known and not part.basis:
                        yield _unknown(
                            (*path, "options", option), "option of the topic", option, known
                        )
        for index, (start, end) in enumerate(issue.irreversible):
            if start == end:
                yield (
                    (*path, "irreversible", index),
                    f"a switch from '{start}' to itself",
                    "write [from, to] with two options",
                )
            for option in (start, end):
                if option not in issue.options:
                    where = (*path, "irreversible", index)
                    yield _unknown(where, "option", option, issue.options)


def _value(part: QuantityPart, values: Mapping[str, Fraction] | None) -> Fraction | None:
    if isinstance(part.value, Fraction):
        return part.value
    if values is None:
        return None
    try:
        return parse(part.value).value(values)
    except NegotiationError:
        return None  # reported where quantities are checked


def _demands(spec: ModelFile, values: Mapping[str, Fraction] | None) -> Iterator[Fault]:
    for party, demands in spec.demands.items():
        if party not in spec.parties:
            yield _unknown(("demands", party), "party", party, spec.parties)
        yield from _demand_block(spec, ("demands", party), demands, values)
    for name, ratifier in spec.ratifiers.items():
        path = ("ratifiers", name)
        if ratifier.of not in spec.parties:
            yield _unknown((*path, "of"), "party", ratifier.of, spec.parties)
        if ratifier.demands:
            yield from _demand_block(spec, (*path, "demands"), ratifier.demands, values)
    if spec.demands:
        complete = set(spec.demands) <= set(spec.parties)
        for party in spec.parties:
            if party not in spec.demands and complete:
                yield (
                    ("parties", party),
                    f"party '{party}' demands nothing",
                    f"add demands.{party}, or leave the party out",
                )
            if party not in spec.disagreement and party in spec.demands:
                yield (
                    ("disagreement",),
                    f"no disagreement value for '{party}'",
                    f"add disagreement.{party}: what it gets without agreement, from 0 to 1",
                )
    for party in spec.disagreement:
        if party not in spec.parties:
            yield _unknown(("disagreement", party), "party", party, spec.parties)
    for index, term in enumerate(spec.interactions):
        yield from _term(spec, ("interactions", index), term)
    for name, part in spec.parties.items():
        if part.patience is not None:
            patience = _value(part.patience, values)
            if patience is not None and not 0 <= patience < 1:
                yield (
                    ("parties", name, "patience"),
                    f"patience {show(patience)} is no discount factor",
                    "a discount factor lies from 0 to below 1",
                )


def _demand_block(
    spec: ModelFile,
    path: tuple[str | int, ...],
    demands: Mapping[str, Demand],
    values: Mapping[str, Fraction] | None,
) -> Iterator[Fault]:
    weights: list[Fraction | None] = []
    for issue, demand in demands.items():
        if issue not in spec.issues:
            yield _unknown((*path, issue), "issue", issue, spec.issues)
            continue
        options = spec.issues[issue].options
        if demand.aspires is None and not demand.scores:
            yield (
                (*path, issue),
                "a demand without 'aspires' or 'scores'",
                "name the ideal option, or score every option",
            )
        named = [("aspires", demand.aspires)] if demand.aspires else []
        named += [("accepts", option) for option in demand.accepts]
        for key, option in named:
            if option not in options:
                yield _unknown((*path, issue, key), "option", option, options)
        for option in demand.scores:
            if option not in options:
                yield _unknown((*path, issue, "scores", option), "option", option, options)
        if demand.scores and set(options) - set(demand.scores):
            missing = next(option for option in options if option not in demand.scores)
            yield (
                (*path, issue, "scores"),
                f"no score for option '{missing}'",
                "score every option of the issue",
            )
        if demand.scores and demand.aspires is None and len(demand.accepts) == 1 < len(options):
            yield (
                (*path, issue, "accepts"),
                "a red line without the ideal it is seen from",
                "add 'aspires', or list every option the party would sign",
            )
        weight = _value(demand.weight, values)
        weights.append(weight)
        if weight is not None and weight < 0:
            yield (
                (*path, issue, "weight"),
                f"negative weight {show(weight)}",
                "weights say how much an issue counts: zero or more",
            )
    if demands and all(weight == 0 for weight in weights):
        yield path, "all weights are zero", "give at least one issue a positive weight"
    if not demands:
        yield path, "no demands", "add at least one issue"


def _term(spec: ModelFile, path: tuple[str | int, ...], term: Any) -> Iterator[Fault]:
    if term.party not in spec.parties:
        yield _unknown((*path, "party"), "party", term.party, spec.parties)
    for issue, options in term.when.items():
        if issue not in spec.issues:
            yield _unknown((*path, "when", issue), "issue", issue, spec.issues)
            continue
        for option in options:
            if option not in spec.issues[issue].options:
                known = spec.issues[issue].options
                yield _unknown((*path, "when", issue), "option", option, known)


def _agreements(spec: ModelFile) -> Iterator[Fault]:
    issues = frozenset(spec.issues)
    covered: dict[str, frozenset[str]] = {}  # what an agreement settles, with what it is like
    for name, agreement in spec.agreements.items():
        path = ("agreements", name)
        for issue, option in agreement.options.items():
            if issue not in spec.issues:
                yield _unknown((*path, issue), "issue", issue, spec.issues)
            elif option not in spec.issues[issue].options:
                known: Mapping[str, Any] = spec.issues[issue].options
                yield _unknown((*path, issue), "option", option, known)
        if agreement.like and agreement.like not in spec.agreements:
            yield _unknown((*path, "like"), "agreement", agreement.like, spec.agreements)
        # Go from like to like up to where it is known; a circle is told where it closes.
        walk: dict[str, None] = {}
        here = name
        while here in spec.agreements and here not in covered and here not in walk:
            walk[here] = None
            here = spec.agreements[here].like
        if here in walk:
            circle = [*walk][[*walk].index(here) :]
            first = circle.index(min(circle))
            circle = [*circle[first:], *circle[:first], circle[first]]
            where = ("agreements", circle[0], "like")
            yield where, shorten(" is like ".join(circle), 200), "leave out 'like' in one of them"
        whole = covered.get(here, frozenset() if here == "" else issues)
        for each in reversed(walk):
            own = spec.agreements[each].options
            whole = whole | own.keys() if own else whole
            covered[each] = whole
        if not agreement.like and covered[name] < issues:
            missing = (issue for issue in spec.issues if issue not in covered[name])
            shown = ", ".join(itertools.islice(missing, MAX_SHOWN))
            more = len(issues) - len(covered[name]) - MAX_SHOWN
            yield (
                path,
                f"agreement '{name}' leaves open: {shown}" + f" and {more} more" * (more > 0),
                "name an option for every issue, or 'like: another agreement'",
            )


def _sections(spec: ModelFile, values: Mapping[str, Fraction] | None) -> Iterator[Fault]:
    if spec.status_quo and spec.status_quo not in spec.agreements:
        yield _unknown(("status_quo",), "agreement", spec.status_quo, spec.agreements)
    if not spec.demands:
        for section in OVER_DEMANDS:
            if getattr(spec, section):
                yield (
                    (section,),
                    f"'{section}' without demands: there are no utilities to go by",
                    f"add issues and demands, or leave out '{section}'",
                )
    if spec.normal_form is not None:
        yield from _normal_form(spec.normal_form)
    game = spec.demand_game
    if game is not None:
        yield from _players(spec, ("demand_game", "players"), game.players, 2)
        for issue in game.over:
            if issue not in spec.issues:
                yield _unknown(("demand_game", "over"), "issue", issue, spec.issues)
        yield from _positions(spec, game)
        if game.clash not in {"disagreement", "split"} and game.clash not in spec.agreements:
            known = ["disagreement", "split", *spec.agreements]
            yield _unknown(("demand_game", "clash"), "outcome of a clash", game.clash, known)
        if game.rest and game.rest not in spec.agreements:
            yield _unknown(("demand_game", "rest"), "agreement", game.rest, spec.agreements)
        if not game.rest and set(game.over) < set(spec.issues):
            yield (
                ("demand_game",),
                "the issues not contested are left open",
                "add 'rest: NAME' with the agreement that fixes them",
            )
    if spec.bargaining is not None:
        yield from _players(spec, ("bargaining", "players"), spec.bargaining.players, 2)
        if spec.bargaining.red_lines not in {"binding", "advisory"}:
            known = ["binding", "advisory"]
            yield _unknown(
                ("bargaining", "red_lines"), "rule for red lines", spec.bargaining.red_lines, known
            )
    if spec.commitment is not None:
        yield from _commitment(spec, values)
    if spec.stability is not None:
        yield from _players(spec, ("stability", "signatories"), spec.stability.signatories, 0)
        for name in spec.stability.candidates:
            if name not in spec.agreements:
                where = ("stability", "candidates")
                yield _unknown(where, "agreement", name, spec.agreements)
        if spec.stability.best.denominator != 1 or not 0 <= spec.stability.best <= 100:
            yield ("stability", "best"), "'best' is no whole number from 0 to 100", "write 5, say"


def _players(
    spec: ModelFile, path: tuple[str | int, ...], players: tuple[str, ...], least: int
) -> Iterator[Fault]:
    for player in players:
        if player not in spec.parties:
            yield _unknown(path, "party", player, spec.parties)
    if len(set(players)) < len(players):
        yield path, "a party is named twice", "name every party once"
    if len(players) < least:
        yield path, _number(len(players), "player"), f"name at least {least} parties"


def _positions(spec: ModelFile, game: Any) -> Iterator[Fault]:
    path = ("demand_game", "positions")
    if isinstance(game.positions, tuple):
        known = ("insist", "compromise", "concede")
        for position in game.positions:
            if position not in known:
                yield _unknown(path, "position", position, known)
        if not game.positions:
            yield path, "no positions", "use insist, compromise, concede"
        for player in game.players:
            for issue in game.over:
                if player not in spec.demands or issue not in spec.issues:
                    continue  # reported elsewhere
                demands = spec.demands[player]
                demand = demands.get(issue)
                if set(demands) <= set(spec.issues) and (
                    demand is None or (demand.aspires is None and demand.scores)
                ):
                    yield (
                        path,
                        f"'{player}' has no ideal option on '{issue}' to insist on",
                        f"add demands.{player}.{issue}.aspires, or list packages",
                    )
        return
    for player in game.players:
        if player not in game.positions:
            yield path, f"no positions for '{player}'", "list the packages of every player"
    contested = set(game.over)
    for player, packages in game.positions.items():
        if player not in game.players:
            yield _unknown((*path, player), "player", player, game.players)
        for name, package in packages.items():
            for issue, option in package.items():
                if issue not in contested:
                    yield _unknown((*path, player, name), "contested issue", issue, game.over)
                elif issue in spec.issues and option not in spec.issues[issue].options:
                    known_options = spec.issues[issue].options
                    yield _unknown((*path, player, name), "option", option, known_options)


def _commitment(spec: ModelFile, values: Mapping[str, Fraction] | None) -> Iterator[Fault]:
    section = spec.commitment
    assert section is not None
    lag = _value(section.lag, values)
    if lag is not None and (lag.denominator != 1 or not 1 <= lag <= 100):
        yield (
            ("commitment", "lag"),
            f"lag {show(lag)} is no whole number from 1 to 100",
            "count the periods before a breach is answered",
        )
    if section.punishment != "disagreement" and section.punishment not in spec.agreements:
        known = ["disagreement", *spec.agreements]
        yield _unknown(("commitment", "punishment"), "punishment", section.punishment, known)
    for index, term in enumerate(section.drift):
        yield from _term(spec, ("commitment", "drift", index), term)


def _normal_form(section: NormalFormSection) -> Iterator[Fault]:
    path = ("normal_form",)
    if len(section.players) < 1:
        yield (*path, "players"), "no players", "name the players and their strategies"
        return
    size = 1
    known = {player: set(strategies) for player, strategies in section.players.items()}
    for player, strategies in section.players.items():
        if not strategies:
            yield (*path, "players", player), f"'{player}' has no strategies", "list at least one"
            return
        if len(set(strategies)) < len(strategies):
            yield (*path, "players", player), "a strategy is listed twice", "list each once"
        size *= max(1, len(strategies))
    if size > MAX_PROFILES:
        yield path, f"{size:,} profiles", f"the limit of a table in a file is {MAX_PROFILES:,}"
        return
    rows: dict[tuple[str, ...], str] = {}
    for key, payoffs in section.payoffs.items():
        profile = steps(key)
        where = (*path, "payoffs", key)
        if len(profile) != len(section.players):
            yield (
                where,
                (
                    f"a profile of {_number(len(profile), 'strategy', 'strategies')} "
                    f"for {_number(len(section.players), 'player')}"
                ),
                "join one strategy of each player, in order, by '/'",
            )
            continue
        for strategy, (player, strategies) in zip(profile, section.players.items(), strict=True):
            if strategy not in known[player]:
                yield _unknown(where, f"strategy of {player}", strategy, strategies)
        if profile in rows:
            yield where, "a profile listed twice", "list every profile once"
        rows[profile] = key
        if len(payoffs) != len(section.players):
            yield (
                where,
                f"{_number(len(payoffs), 'payoff')} for {_number(len(section.players), 'player')}",
                f"one payoff each for {', '.join(section.players)}",
            )
    missing = [
        "/".join(profile)
        for profile in itertools.product(*section.players.values())
        if profile not in rows
    ]
    if missing and size:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        yield (
            (*path, "payoffs"),
            f"no payoffs for {missing[0]}{more}",
            "the table needs one row for every profile",
        )


def _graph(spec: ModelFile) -> Iterator[Fault]:
    graph = spec.conflict_graph
    if graph is None:
        return
    path = ("conflict_graph",)
    if not graph.ranking:
        yield (*path, "ranking"), "no rankings", "rank the states for every party"
    for party, ranking in graph.ranking.items():
        if spec.parties and party not in spec.parties:
            yield _unknown((*path, "ranking", party), "party", party, spec.parties)
        placed = Counter(state for tie in ranking.order for state in tie)
        where = (*path, "ranking", party)
        for state in (*placed, *ranking.ours):
            if state not in graph.states:
                yield _unknown(where, "state", state, graph.states)
        for state in graph.states:
            if placed[state] != 1:
                times = "is not ranked" if state not in placed else "is ranked twice"
                yield where, f"state '{state}' {times}", "rank every state exactly once"
    for index, move in enumerate(graph.moves):
        if move.by not in graph.ranking:
            yield _unknown((*path, "moves", index, "by"), "party", move.by, graph.ranking)
        for key, states in (("start", move.start), ("to", move.to)):
            for state in states:
                if state not in graph.states:
                    yield _unknown((*path, "moves", index, key), "state", state, graph.states)
        both = set(move.start) & set(move.to)
        if both and len(move.start) == 1:
            yield (
                (*path, "moves", index),
                f"a move from '{min(both)}' to itself",
                "a move goes to another state",
            )


def _predictions(spec: ModelFile) -> Iterator[Fault]:
    for name, prediction in spec.predictions.items():
        for reading in prediction.reading:
            if reading not in spec.readings:
                where = ("predictions", name, "reading")
                yield _unknown(where, "reading", reading, spec.readings)
        try:
            parse_expectation(prediction.expect)
        except NegotiationError as error:
            yield ("predictions", name, "expect"), error.what, error.remedy


def ideal_index(issue: Issue, demand: Demand) -> int | None:
    """Return the position of the ideal on the issue's axis, or None without one."""
    return None if demand.aspires is None else list(issue.options).index(demand.aspires)
