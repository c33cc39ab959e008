"""Bad model files: every fault is one message with the line, the culprit and a remedy.

Each case changes the valid model in one place; ``# HERE`` marks the line that the message has
to name, wherever the reader would look first.
"""

from __future__ import annotations

import difflib
import os
import re
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from strategies_models import VALID

import negotiation as ng
from negotiation import errors, formulas
from negotiation.cli import main
from negotiation.errors import ModelError, NegotiationError
from negotiation.model import files, yaml_tree


@dataclass(frozen=True)
class Case:
    """A fault: the text of the file and what the message must say."""

    name: str
    text: str
    parts: tuple[str, ...]

    @property
    def line(self) -> int:
        """The line marked in the text."""
        marked = [n for n, line in enumerate(self.text.splitlines(), 1) if "# HERE" in line]
        assert len(marked) == 1, f"{self.name}: mark exactly one line"
        return marked[0]


def edit(name: str, old: str, new: str, *parts: str) -> Case:
    """Return a case that replaces `old` in the valid model by `new`."""
    assert VALID.count(old) == 1, f"{name}: {VALID.count(old)} times {old!r}"
    return Case(name, VALID.replace(old, new), parts)


def whole(name: str, text: str, *parts: str) -> Case:
    """Return a case that is a file of its own."""
    return Case(name, text, parts)


def append(name: str, text: str, *parts: str) -> Case:
    """Return a case that adds `text` at the end of the valid model."""
    return Case(name, VALID + text, parts)


PARTY = "  south: {name: Southland, patience: 0.7}"
ZONE = "    options: [closed, licensed, open]\n    control: north"
HIGH = "    high: 0.3\n"
NORTH = "    zone: {aspires: closed, accepts: licensed, weight: 3, because: [N1]}"
SOUTH = "    zone: {aspires: open, weight: 2}"
TERM = "    when: {zone: open, quota: [low, high]}"
FIRST_ROW = "    insist/insist: [0, 0]\n"
LAST_ROW = '    yield/yield: ["1", 1 - half]'
PLAYERS = "  players: {north: [insist, yield], south: [insist, yield]}"
GAME = "  over: [zone, quota]"
RANKING = "    north: [truce, war]"
MOVE = "    - {by: north, start: war, to: truce}"
COMMIT = "commitment: {lag: 1, punishment: interim}"
STABLE = "stability: {candidates: [interim], best: 3}"
CALM = "    parameters.patrol_cost: 0.02"
EXPECT = "    expect: bargaining.nash.exists == false"
FINAL = "  final: {like: interim, options: {zone: closed}}"
INTERIM = "  interim: {zone: licensed, quota: low}"
CLAIM = "  N1: {source: note, at: p2, says: wants the inner zone closed, strength: 5}"
HALF = "  half: patrol_cost / 2"

UNKNOWN_KEYS = [
    append("root key", "partys: {}  # HERE\n", "unknown key 'partys'", "'parties'"),
    edit("source key", "paragraphs: 9}", "paragraf: 9}  # HERE", "'paragraf'", "'paragraphs'"),
    edit("claim key", "strength: 5}", "strenght: 5}  # HERE", "'strenght'", "'strength'"),
    edit("party key", PARTY, "  south: {nam: S}  # HERE", "'nam'", "'name'"),
    edit("issue key", "    control: north", "    contrl: north  # HERE", "'contrl'", "'control'"),
    edit("control key", "joint: true}", "jointly: true}  # HERE", "'jointly'", "'joint'"),
    edit("quantity key", HIGH, "    hihg: 0.3  # HERE\n", "unknown key 'hihg'", "'high'"),
    edit("demand key", "      accepts: low", "      acepts: low  # HERE", "'acepts'", "'accepts'"),
    edit("term key", TERM, "    wen: {zone: open}  # HERE", "unknown key 'wen'", "'when'"),
    edit("agreement key", FINAL, "  final: {like: interim, say: x}  # HERE", "'say'", "'says'"),
    edit("ratifier key", "at_least: 0.3}", "at_last: 0.3}  # HERE", "'at_last'", "'at_least'"),
    edit("section key", GAME, "  ovr: [zone, quota]  # HERE", "unknown key 'ovr'", "'over'"),
    edit(
        "ranking key", "      order: [war, truce]", "      ordr: [war]  # HERE", "'ordr'", "'order'"
    ),
    edit("move key", MOVE, "    - {by: north, start: war, too: truce}  # HERE", "'too'", "'to'"),
    edit("commitment key", COMMIT, "commitment: {lagg: 1}  # HERE", "'lagg'", "'lag'"),
    edit("reading key", "    set:", "    sett:  # HERE", "unknown key 'sett'", "'set'"),
    edit("prediction key", EXPECT, "    expects: a == 1  # HERE", "'expects'", "'expect'"),
    edit("patience key", "patience: 0.7}", "patience: {valu: 1}}  # HERE", "'valu'", "'value'"),
]

ALASKA = "title: t\nevidence: alaska\nclaims:\n  X: {source: igs, at: p1, says: x, NEW}  # HERE\n"

UNKNOWN_NAMES = [
    whole(
        "topic of a claim",
        ALASKA.replace("NEW", "affects: truce_scop"),
        "unknown topic 'truce_scop'",
        "'truce_scope'",
    ),
    whole(
        "option of a claim's topic",
        ALASKA.replace("NEW", "affects: truce_scope=general_opn"),
        "unknown option 'general_opn'",
        "'general_open'",
    ),
    whole(
        "actor of a claim", ALASKA.replace("NEW", "parties: [russsia]"), "unknown actor 'russsia'"
    ),
    whole(
        "source among evidence",
        ALASKA.replace("igs", "igz").replace(", NEW", ""),
        "unknown source 'igz'",
        "'igs'",
    ),
    whole(
        "locator in evidence",
        ALASKA.replace("p1", "p36").replace(", NEW", ""),
        "paragraph 36",
        "35 paragraphs",
    ),
    whole(
        "option of a topic",
        "title: t\nevidence: alaska\nissues:\n  a:\n    topic: truce_scope\n"
        "    options: [no_truce, partial_truse]  # HERE\n",
        "'partial_truse'",
        "'partial_truce'",
    ),
    append(
        "status quo", "status_quo: interrim  # HERE\n", "unknown agreement 'interrim'", "'interim'"
    ),
    edit("evidence file", "evidence: []", "evidence: [alasca]  # HERE", "'alasca'", "'alaska'"),
    edit(
        "source of a claim",
        "{source: note, at: p2,",
        "{source: notes, at: p2, # HERE\n   ",
        "unknown source 'notes'",
        "'note'",
    ),
    edit(
        "claim of a party", "because: [N2]}}", "because: [N3]}}  # HERE", "unknown claim 'N3'", "'N"
    ),
    edit(
        "claim of a demand",
        NORTH,
        NORTH.replace("N1", "M1") + "  # HERE",
        "claim 'M1'",
        "one of: N1, N2",
    ),
    edit(
        "claim of a reading",
        "value: 0.2, because: [N1]}",
        "value: 0.2, because: [N9]}  # HERE",
        "unknown claim 'N9'",
        "'N",
    ),
    edit(
        "claim of a prediction",
        "    because: [N1]\n",
        "    because: [N8]  # HERE\n",
        "unknown claim 'N8'",
        "'N",
    ),
    edit(
        "party in demands",
        "  north:\n" + NORTH,
        "  nort:  # HERE\n" + NORTH,
        "unknown party 'nort'",
        "'north'",
    ),
    edit(
        "party in control", "    control: north", "    control: nort  # HERE", "'nort'", "'north'"
    ),
    edit(
        "party in disagreement",
        "  south: 0.2",
        "  south: 0.2\n  sooth: 0.2  # HERE",
        "unknown party 'sooth'",
        "'south'",
    ),
    edit(
        "party in an interaction",
        "  - party: north",
        "  - party: norht  # HERE",
        "unknown party 'norht'",
        "'north'",
    ),
    edit("party of a ratifier", "of: south,", "of: sotuh,  # HERE\n   ", "'sotuh'", "'south'"),
    edit(
        "party in bargaining",
        "{players: [north, south]}",
        "{players: [north, s]}  # HERE",
        "unknown party 's'",
        "one of: north, south",
    ),
    edit(
        "party in u()",
        "  north: 0.4 - patrol_cost",
        "  north: u(noth, interim)  # HERE",
        "unknown party 'noth'",
        "'north'",
    ),
    edit(
        "agreement in u()",
        "  north: 0.4 - patrol_cost",
        "  north: u(north, interm)  # HERE",
        "unknown agreement 'interm'",
        "'interim'",
    ),
    edit("issue in demands", SOUTH, "    zon: {aspires: open}  # HERE", "issue 'zon'", "'zone'"),
    edit(
        "issue in an agreement",
        INTERIM,
        "  interim: {zon: open, quota: low}  # HERE",
        "unknown issue 'zon'",
        "'zone'",
    ),
    edit("issue in an interaction", TERM, "    when: {zoned: open}  # HERE", "'zoned'", "'zone'"),
    edit("issue in the demand game", GAME, "  over: [zone, qouta]  # HERE", "'qouta'", "'quota'"),
    edit("ideal option", SOUTH, "    zone: {aspires: opne}  # HERE", "option 'opne'", "'open'"),
    edit(
        "option of a red line",
        NORTH,
        NORTH.replace("licensed", "license") + "  # HERE",
        "unknown option 'license'",
        "'licensed'",
    ),
    edit(
        "option in scores",
        SOUTH,
        "    zone: {aspires: open, scores: {closed: 0, licenced: 1, licensed: 0, open: 1}}  # HERE",
        "unknown option 'licenced'",
        "'licensed'",
    ),
    edit(
        "option in an agreement",
        INTERIM,
        "  interim: {zone: licensed, quota: lo}  # HERE",
        "unknown option 'lo'",
        "'low'",
    ),
    edit(
        "option in an interaction",
        TERM,
        "    when: {quota: [low, hihg]}  # HERE",
        "unknown option 'hihg'",
        "'high'",
    ),
    edit(
        "irreversible option",
        "    irreversible: [[open, closed]]",
        "    irreversible: [[open, clsed]]  # HERE",
        "unknown option 'clsed'",
        "'closed'",
    ),
    edit(
        "agreement like",
        FINAL,
        "  final: {like: interem, options: {zone: closed}}  # HERE",
        "unknown agreement 'interem'",
        "'interim'",
    ),
    edit("punishment", COMMIT, "commitment: {punishment: interrim}  # HERE", "'interim'"),
    edit("clash", "  clash: disagreement", "  clash: disagrement  # HERE", "'disagreement'"),
    edit("rest", GAME, "  rest: interimm  # HERE\n" + GAME, "'interimm'", "'interim'"),
    edit("candidate", STABLE, "stability: {candidates: [intrim]}  # HERE", "'intrim'", "'interim'"),
    edit("signatory", STABLE, "stability: {signatories: [nrth]}  # HERE", "'nrth'", "'north'"),
    edit(
        "position",
        GAME,
        GAME + "\n  positions: [insist, concead]  # HERE",
        "unknown position 'concead'",
        "'concede'",
    ),
    edit(
        "red lines",
        "bargaining: {players: [north, south]}",
        "bargaining: {players: [north, south], red_lines: bindin}  # HERE",
        "'binding'",
    ),
    edit("state in a ranking", RANKING, "    north: [truce, war, wat]  # HERE", "'wat'", "'war'"),
    edit(
        "state in a move",
        MOVE,
        MOVE.replace("start: war", "start: wars") + "  # HERE",
        "unknown state 'wars'",
        "'war'",
    ),
    edit("party that moves", MOVE, MOVE.replace("north", "norht") + "  # HERE", "'north'"),
    edit("topic of an issue", ZONE, ZONE + "\n    topic: zones  # HERE", "unknown topic 'zones'"),
    edit(
        "path of a reading",
        CALM,
        "    parameters.patrol_csot: 1  # HERE",
        "'parameters.patrol_csot'",
        "'parameters.patrol_cost'",
    ),
    edit(
        "path of a longer reading",
        "      parameters.patrol_cost: {",
        "      demands.north.zone.wieght: {  # HERE\n        ",
        "'demands.north.zone.wieght'",
        "'demands.north.zone.weight'",
    ),
    edit(
        "reading of a prediction",
        "    reading: calm",
        "    reading: clam  # HERE",
        "unknown reading 'clam'",
        "'calm'",
    ),
]

NUMBERS = [
    edit(
        "negative weight",
        SOUTH,
        "    zone: {aspires: open, weight: -2}  # HERE",
        "negative weight -2",
        "zero or more",
    ),
    edit(
        "all weights zero",
        "  south:\n" + SOUTH + "\n    quota:\n      aspires: high\n"
        "      accepts: low\n      weight: 2",
        "  south:  # HERE\n    zone: {aspires: open, weight: 0}\n"
        "    quota: {aspires: high, weight: 0}",
        "all weights are zero",
    ),
    edit("patience one", PARTY, PARTY.replace("0.7", "1") + "  # HERE", "patience 1", "below 1"),
    edit("patience negative", PARTY, PARTY.replace("0.7", "-0.1") + "  # HERE", "patience -0.1"),
    edit(
        "range upside down",
        "  patrol_cost:\n    value: 0.1\n    low: 0\n" + HIGH,
        "  patrol_cost:  # HERE\n    value: 0.1\n    low: 0.4\n" + HIGH,
        "low 0.4 is above high 0.3",
        "exchange",
    ),
    edit("strength seven", "strength: 5}", "strength: 7}  # HERE", "strength 7", "1 to 5"),
    edit(
        "locator beyond the source",
        "at: p5.1,",
        "at: p12,  # HERE\n   ",
        "paragraph 12",
        "9 paragraphs",
    ),
    edit("locator zero", "at: p5.1,", "at: p0,  # HERE\n   ", "paragraph 0", "p1 to p9"),
    edit("lag of no whole number", COMMIT, "commitment: {lag: 1.5}  # HERE", "lag 1.5", "whole"),
    edit("best of no whole number", STABLE, "stability: {best: 1.5}  # HERE", "best", "whole"),
    edit("text for a number", "    low: 0\n", "    low: few  # HERE\n", "'few' is no number"),
    edit("date for a number", "    low: 0\n", "    low: 2024-03-01  # HERE\n", "no number"),
    edit("Boolean for a number", "    low: 0\n", "    low: true  # HERE\n", "no number"),
    edit("Boolean for a payoff", FIRST_ROW, "    insist/insist: [0, true]  # HERE\n", "no number"),
    edit("nothing for a number", "    value: 0.1\n", "    value:  # HERE\n", "number"),
    edit(
        "text for a weight",
        SOUTH,
        "    zone: {aspires: open, weight: very much}  # HERE",
        "very much",
        "formula",
    ),
    edit("zero divisor", "    value: 0.1\n", "    value: 1/0  # HERE\n", "1/0", "zero"),
    edit("exponent of a bomb", "    value: 0.1\n", "    value: 1e999999999  # HERE\n", "exponent"),
    edit("long number", "    value: 0.1\n", f"    value: {'9' * 2000}  # HERE\n", "2000"),
    *(
        edit(f"{number} as {place}", old, new.replace("NUMBER", number), number, "number")
        for number in (".nan", "-.inf", "inf")
        for place, old, new in (
            ("value", "    value: 0.1\n", "    value: NUMBER  # HERE\n"),
            ("low", "    low: 0\n", "    low: NUMBER  # HERE\n"),
            ("high", HIGH, "    high: NUMBER  # HERE\n"),
            ("short parameter", HALF, "  half: NUMBER  # HERE"),
            ("weight", SOUTH, "    zone: {aspires: open, weight: NUMBER}  # HERE"),
            ("score", SOUTH, "    zone: {scores: {closed: 0, licensed: NUMBER, open: 1}}  # HERE"),
            ("amount", "    amount: -patrol_cost", "    amount: NUMBER  # HERE"),
            ("disagreement", "  south: 0.2", "  south: NUMBER  # HERE"),
            ("threshold", "at_least: 0.3}", "at_least: NUMBER}  # HERE"),
            ("payoff", FIRST_ROW, "    insist/insist: [0, NUMBER]  # HERE\n"),
            ("patience", "patience: 0.7}", "patience: NUMBER}  # HERE"),
            ("lag", COMMIT, "commitment: {lag: NUMBER}  # HERE"),
            ("best", STABLE, "stability: {best: NUMBER}  # HERE"),
            ("strength", "strength: 5}", "strength: NUMBER}  # HERE"),
            ("paragraphs", "paragraphs: 9}", "paragraphs: NUMBER}  # HERE"),
            ("reading", CALM, "    parameters.patrol_cost: NUMBER  # HERE"),
        )
    ),
]

FORMULAS = [
    edit("division by zero", HALF, "  half: 1 / (patrol_cost - 0.1)  # HERE", "division by zero"),
    edit(
        "division by zero in a payoff",
        FIRST_ROW,
        "    insist/insist: [0, 1/(half - half)]  # HERE\n",
        "division by zero",
    ),
    edit(
        "division by zero in a reading",
        CALM,
        "    parameters.half: 1/(patrol_cost - patrol_cost)  # HERE",
        "division by zero",
    ),
    edit(
        "unknown parameter",
        HALF,
        "  half: patrol_csot / 2  # HERE",
        "unknown parameter 'patrol_csot'",
        "'patrol_cost'",
    ),
    edit(
        "unknown parameter in a payoff",
        FIRST_ROW,
        "    insist/insist: [0, haf]  # HERE\n",
        "unknown parameter 'haf'",
        "'half'",
    ),
    edit(
        "unknown parameter in an amount",
        "    amount: -patrol_cost",
        "    amount: -patrol_costs  # HERE",
        "'patrol_costs'",
        "'patrol_cost'",
    ),
    edit("code", HALF, "  half: __import__('os').system('true')  # HERE", "call"),
    edit(
        "code in a payoff",
        FIRST_ROW,
        "    insist/insist: [0, \"open('/etc/passwd')\"]  # HERE\n",
        "'open'",
        "called",
    ),
    edit("attribute", HALF, "  half: patrol_cost.__class__  # HERE", "attribute"),
    edit("tower of powers", HALF, "  half: 9**9**9  # HERE", "power"),
    edit("caret", HALF, "  half: patrol_cost^2  # HERE", "'^'", "**"),
    edit("sentence", HALF, "  half: half of the cost  # HERE", "'half of the cost' is no formula"),
    edit("u in a parameter", HALF, "  half: u(north, interim)  # HERE", "u(...)", "payoffs"),
    edit("circle of itself", HALF, "  half: half / 2  # HERE", "circle", "half"),
    edit("circle of two", HALF, "  one: two\n  two: one  # HERE\n" + HALF, "circle", "one, two"),
    Case(
        "division by zero that a reading causes",
        VALID.replace(HALF, "  half: 1 / (patrol_cost - 0.02)").replace(
            "  calm:", "  calm:  # HERE"
        ),
        ("parameters.half: division by zero",),
    ),
    edit(
        "u in its own interactions",
        "    amount: -patrol_cost",
        "    amount: u(north, interim)  # HERE",
        "u(north, interim)",
    ),
]

TABLES = [
    edit(
        "missing profile",
        "  payoffs:\n" + FIRST_ROW,
        "  payoffs:  # HERE\n",
        "no payoffs for insist/insist",
    ),
    edit(
        "one payoff too many",
        FIRST_ROW,
        "    insist/insist: [0, 0, 0]  # HERE\n",
        "3 payoffs for 2 players",
        "north, south",
    ),
    edit(
        "one payoff too few",
        FIRST_ROW,
        "    insist/insist: [0]  # HERE\n",
        "1 payoff for 2 players",
    ),
    edit("a single payoff", FIRST_ROW, "    insist/insist: 0  # HERE\n", "where a list belongs"),
    edit(
        "unknown strategy",
        LAST_ROW,
        "    yield/yeld: [1, 1]  # HERE\n" + LAST_ROW,
        "unknown strategy of south 'yeld'",
        "'yield'",
    ),
    edit("profile twice", LAST_ROW, LAST_ROW + "\n    yield / yield: [1, 1]  # HERE", "twice"),
    edit(
        "three strategies",
        LAST_ROW,
        "    yield/yield/yield: [1, 1]  # HERE\n" + LAST_ROW,
        "3 strategies for 2 players",
    ),
    edit(
        "one strategy",
        LAST_ROW,
        "    yield: [1, 1]  # HERE\n" + LAST_ROW,
        "1 strategy for 2 players",
    ),
    edit(
        "strategy twice",
        PLAYERS,
        PLAYERS.replace("[insist, yield]}", "[insist, yield, yield]}") + "  # HERE",
        "twice",
    ),
    edit(
        "no strategies",
        PLAYERS,
        PLAYERS.replace("[insist, yield]}", "[]}") + "  # HERE",
        "'south' has no strategies",
    ),
    edit("no players", PLAYERS, "  players: {}  # HERE", "no players"),
    edit(
        "table too large",
        "normal_form:\n" + PLAYERS,
        "normal_form:  # HERE\n  players:\n" + "".join(f"    p{k}: [a, b]\n" for k in range(15)),
        "32,768 profiles",
        "20,000",
    ),
]

STRUCTURE = [
    edit(
        "circular like",
        INTERIM + "\n" + FINAL,
        "  interim: {like: final, options: {quota: low}}\n" + FINAL + "  # HERE",
        "final is like interim is like final",
        "leave out",
    ),
    edit(
        "agreement that leaves an issue open",
        INTERIM,
        "  interim: {zone: licensed}  # HERE",
        "leaves open: quota",
    ),
    edit("demand without ideal", SOUTH, "    zone: {weight: 2}  # HERE", "aspires"),
    edit(
        "red line without ideal", SOUTH, "    zone: {accepts: open, weight: 2}  # HERE", "aspires"
    ),
    edit(
        "score missing",
        SOUTH,
        "    zone: {aspires: open, scores: {closed: 0, open: 1}}  # HERE",
        "no score for option 'licensed'",
    ),
    edit(
        "joint control by one",
        "by: [north, south], joint: true}",
        "by: north, joint: true}  # HERE",
        "joint control",
    ),
    edit(
        "unreadable expectation",
        EXPECT,
        "    expect: peace in our time  # HERE",
        "'peace in our time'",
        "such as",
    ),
    edit("expectation without a value", EXPECT, "    expect: a.b ==  # HERE", "no condition"),
    edit("option twice", ZONE, ZONE.replace("open]", "open, open]  # HERE"), "'open'", "twice"),
    edit("no options", ZONE, ZONE.replace("[closed, licensed, open]", "[]  # HERE"), "no options"),
    edit("state not ranked", RANKING, "    north: [truce]  # HERE", "state 'war' is not ranked"),
    edit(
        "state ranked twice",
        RANKING,
        "    north: [truce, [war, truce]]  # HERE",
        "state 'truce' is ranked twice",
    ),
    edit("move to itself", MOVE, "    - {by: north, start: war, to: war}  # HERE", "to itself"),
    edit(
        "player twice",
        "bargaining: {players: [north, south]}",
        "bargaining: {players: [north, north]}  # HERE",
        "twice",
    ),
    edit(
        "one player",
        "bargaining: {players: [north, south]}",
        "bargaining: {players: [north]}  # HERE",
        "at least 2",
    ),
    edit("party that demands nothing", PARTY, PARTY + "\n  west: {}  # HERE", "demands.west"),
    edit(
        "no disagreement value",
        "disagreement:\n  north: 0.4 - patrol_cost\n  south: 0.2",
        "disagreement:  # HERE\n  north: 0.4",
        "'south'",
        "disagreement.south",
    ),
    edit(
        "irreversible to itself",
        "    irreversible: [[open, closed]]",
        "    irreversible: [[open, open]]  # HERE",
        "from 'open' to itself",
    ),
    edit(
        "irreversible of one option",
        "    irreversible: [[open, closed]]",
        "    irreversible: [open]  # HERE",
        "list",
    ),
]

NAMES = [
    edit("name with a dot", PARTY, "  south.east: {}  # HERE\n" + PARTY, "'south.east'", "letters"),
    edit(
        "name with a space", PARTY, "  south east: {}  # HERE\n" + PARTY, "'south east'", "letters"
    ),
    edit("name that starts with a digit", HALF, "  2nd: 1  # HERE\n" + HALF, "'2nd'", "letter"),
    edit("parameter called like a function", HALF, "  max: 1  # HERE\n" + HALF, "'max'", "u"),
    edit("parameter with a hyphen", HALF, "  a-b: 1  # HERE\n" + HALF, "'a-b'", "_"),
    edit(
        "option with a space",
        ZONE,
        ZONE.replace("open]", "wide open]  # HERE"),
        "'wide open'",
        "letters",
    ),
    edit("number for an option", ZONE, ZONE.replace("open]", "3]  # HERE"), "'3'", "letter"),
    edit(
        "strategy with a slash",
        PLAYERS,
        PLAYERS.replace("[insist, yield]}", "[insist/not, yield]}") + "  # HERE",
        "'insist/not'",
    ),
    edit("homoglyph", PARTY, "  nоrth: {}  # HERE\n" + PARTY, "nоrth", "letters"),
]

SHAPES = [
    whole(
        "list for a mapping of parties",
        "title: t\nparties: [a, b]  # HERE\n",
        "'[a, b]'",
        "where a mapping belongs",
    ),
    whole("text for a mapping of issues", "title: t\nissues: many  # HERE\n", "'many'", "mapping"),
    edit("list for a party", PARTY, "  south: [a, b]  # HERE", "mapping"),
    edit("text for a party", PARTY, "  south: Southland  # HERE", "'Southland'", "mapping"),
    edit("list for a demand", SOUTH, "    zone: [open]  # HERE", "mapping"),
    whole(
        "list for the demands of a party",
        "title: t\ndemands:\n  a: [zone]  # HERE\n",
        "demands.a",
        "mapping",
    ),
    whole(
        "demands as a list",
        "title: t\ndemands:  # HERE\n  - {party: a, issue: b}\n",
        "'[{party, issue}]'",
        "mapping",
    ),
    edit(
        "mapping for a list of options",
        ZONE,
        ZONE.replace("[closed, licensed, open]", "{closed: [1], licensed: , open: }  # HERE"),
        "closed",
    ),
    edit(
        "text for options",
        ZONE,
        ZONE.replace("[closed, licensed, open]", "all  # HERE"),
        "'all'",
        "list",
    ),
    edit(
        "mapping for interactions",
        "interactions:\n  - party: north\n" + TERM + "\n    amount: -patrol_cost",
        "interactions: {party: north}  # HERE",
        "list",
    ),
    edit(
        "text for interactions",
        "interactions:\n  - party: north\n" + TERM + "\n    amount: -patrol_cost",
        "interactions: none  # HERE",
        "list",
    ),
    edit("list for an agreement", INTERIM, "  interim: [licensed, low]  # HERE", "mapping"),
    edit(
        "list for a section",
        "bargaining: {players: [north, south]}",
        "bargaining: [north, south]  # HERE",
        "mapping",
    ),
    whole(
        "text for payoffs",
        "title: t\nnormal_form:\n  players: {a: [b]}\n  payoffs: some  # HERE\n",
        "'some'",
        "mapping",
    ),
    whole(
        "list for payoffs",
        "title: t\nnormal_form:\n  players: {a: [b]}\n  payoffs: [[1]]  # HERE\n",
        "'[[1]]'",
        "mapping",
    ),
    edit("mapping for a title", "title: Strait fishing dispute", "title: {a: b}  # HERE", "text"),
    edit("list for an about", "evidence: []", "about: [a, b]  # HERE", "text"),
    edit("mapping for a name", GAME, "  over: [{zone: quota}]  # HERE", "name"),
    edit("mapping for names", GAME, "  over: {zone: quota}  # HERE", "list"),
    edit("text for joint", "joint: true}", "joint: maybe}  # HERE", "'maybe'", "true or false"),
    edit("yes for joint", "joint: true}", "joint: yes}  # HERE", "'yes'", "true or false"),
    edit("number for joint", "joint: true}", "joint: 1}  # HERE", "'1'", "true or false"),
    edit(
        "list for a quantity", SOUTH, "    zone: {aspires: open, weight: [1, 2]}  # HERE", "number"
    ),
    edit(
        "mapping for moves", "  moves:\n" + MOVE, "  moves: {war: truce}  # HERE", "'{war}'", "list"
    ),
    edit("text for a move", MOVE, "    - war to truce  # HERE", "'war to truce'", "by, start, to"),
    edit("text for a ranking", RANKING, "    north: war  # HERE", "'war'", "best first"),
    whole("text for readings", "title: t\nreadings: two  # HERE\n", "'two'", "mapping"),
    whole("list for readings", "title: t\nreadings: [a: {b: 1}]  # HERE\n", "mapping"),
    edit("text for a reading", "  calm:\n" + CALM, "  calm: 0.02  # HERE", "mapping"),
    whole("list for predictions", "title: t\npredictions: []  # HERE\n", "mapping"),
    edit(
        "missing expectation",
        "  impasse:\n    says: no concession\n    reading: calm\n" + EXPECT,
        "  impasse:  # HERE\n    says: no concession",
        "'expect' is missing",
    ),
    whole("missing title", "about: x  # HERE\n", "'title' is missing"),
    edit(
        "missing value",
        "  patrol_cost:\n    value: 0.1\n",
        "  patrol_cost:  # HERE\n",
        "'value' is missing",
    ),
    edit("text for positions", GAME, GAME + "\n  positions: any  # HERE", "'any'", "list"),
    edit(
        "packages of nobody",
        GAME,
        GAME + "\n  positions: {north: {all: {zone: open}}}  # HERE",
        "no positions for 'south'",
    ),
    edit(
        "list for packages", GAME, GAME + "\n  positions: {north: [a], south: {}}  # HERE", "'[a]'"
    ),
    edit(
        "Booleans for options",
        ZONE,
        ZONE.replace("[closed, licensed, open]", "[true, false]  # HERE"),
        "'true' is no name",
        "letter",
    ),
    edit("Boolean for a name", INTERIM, "  interim: {zone: true, quota: low}  # HERE", "'true'"),
    edit("Boolean for a text", "name: Southland", "name: true  # HERE\n   ", "'true'", "quotes"),
    edit("decimal for a text", "name: Southland", "name: 1.5  # HERE\n   ", "'1.5'", "quotes"),
    edit("number for evidence", "evidence: []", "evidence: 3  # HERE", "list"),
    edit("number in evidence", "evidence: []", "evidence: [3]  # HERE", "'3'"),
    edit(
        "evidence that climbs out",
        "evidence: []",
        "evidence: [../../secret]  # HERE",
        "../../secret",
    ),
]

SYNTAX = [
    append("duplicate key", "title: Another  # HERE\n", "duplicate key 'title'", "line 1"),
    edit("duplicate party", PARTY, PARTY + "\n  north: {}  # HERE", "duplicate key 'north'"),
    edit("anchor", "bargaining: {", "bargaining: &b {  # HERE\n  ", "anchor '&b'"),
    append("alias", "about: *b  # HERE\n", "alias '*b'"),
    append("merge key", "about: {<<: {a: b}}  # HERE\n", "merge key '<<'"),
    append("tag of Python", "about: !!python/object/apply:os.system [ls]  # HERE\n", "tag"),
    append("own tag", "about: !secret x  # HERE\n", "tag '!secret'"),
    append("tag of a type", "about: !!str x  # HERE\n", "tag"),
    append("second document", "---  # HERE\ntitle: Two\n", "second document"),
    append("tab", "about:\n\tx: y  # HERE\n", "tab"),
    append("key that is no text", "? [a, b]  # HERE\n: c\n", "key"),
    append("complex key", "{a: b}: c  # HERE\n", "key"),
]


def laughs() -> str:
    lines = ["title: t", "a0: &a0 [x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 30)]
    return "\n".join(lines)


WHOLE = {
    "empty": ("", ("is empty", "title")),
    "blank": ("\n  \n", ("is empty",)),
    "comments": ("# nothing\n# at all\n", ("is empty",)),
    "only a scalar": ("hello", (":1:", "no mapping")),
    "only a list": ("- a\n- b\n", (":1:", "no mapping")),
    "unclosed bracket": ("title: [a, b\nabout: c\n", (":1:", "bracket '['")),
    "unclosed brace": ("title: t\nabout: {a: b\nx: c\n", (":2:", "brace '{'")),
    "unclosed quote": ("title: 'a\nabout: c\n", (":1:", "quotation mark")),
    "line without a key": ("title: t\nabout\nnotes: x\n", (":2:", "without 'key:'")),
    "dash without a list": ("title: t\n- a\n", (":2:", "does not stand under")),
    "quotation in the middle": ("title: t\nabout: 'a' b\n", (":2:",)),
    "at sign": ("title: t\nabout: @a\n", (":2:", "quotes")),
    "colon in a text": ("title: t\nabout: one: two\n", (":2:", "colon", "quotes")),
    "bad indentation": ("title: a\n  about: c\n", (":2:", "indentation")),
    "billion laughs": (laughs(), (":2:", "anchor")),
    "deep nesting": ("title: t\nabout: " + "[" * 10_000 + "]" * 10_000, (":2:", "levels deep")),
    "deep block nesting": (
        "title: t\n" + "".join(" " * k + "a:\n" for k in range(500)),
        ("levels deep",),
    ),
    "deep braces": ("title: t\nabout: " + "{a: " * 10_000, (":2:", "levels deep")),
    "too many values": (
        "title: t\nabout: [" + ", ".join(["x"] * 40_000) + "]",
        (":2:", "30,000 values"),
    ),
    "control character": ("title: a\x07b\n", (":1:", r"'\x07'")),
    "NUL byte": ("title: t\nabout: a\0b\n", (":2:", r"'\x00'")),
    "JavaScript": ("function f() { return 1; }\n", (":1:",)),
    "only a tag": ("!!python/none\n", (":1:", "tag")),
    "another YAML": ("%YAML 9.9\n---\ntitle: t\n", (":1:", "version")),
}

ALL = [
    *UNKNOWN_KEYS,
    *UNKNOWN_NAMES,
    *NUMBERS,
    *FORMULAS,
    *TABLES,
    *STRUCTURE,
    *NAMES,
    *SHAPES,
    *SYNTAX,
]

JARGON = re.compile(
    r"pydantic|ruamel|Traceback|dataclass|<class|Fraction\(|Decimal\(|KeyError|_type|None\b"
    r"|Input should|function-|\[key\]|object at|expected <"
)


def problems_of(text: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ng.loads(text, "bad.yaml")
    return caught.value


def test_the_cases_have_names_of_their_own():
    names = [case.name for case in ALL]
    assert len(set(names)) == len(names) >= 45


def test_the_valid_model_loads():
    assert ng.loads(VALID).title == "Strait fishing dispute"


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_message(case):
    error = problems_of(case.text)
    assert len(error.problems) == 1, f"one fault, one message: {error}"
    message = str(error)
    assert re.match(rf"bad\.yaml:{case.line}: ", message), message
    for part in case.parts:
        assert part in message
    assert "\n" not in message
    assert len(message) < 500
    assert not JARGON.search(message), message


@contextmanager
def events_bounded():
    """Fail where more of a file is taken than the bound on its values allows."""
    taken = 0

    def counted(self, event, take=yaml_tree._Builder.take):
        nonlocal taken
        taken += 1
        take(self, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_tree._Builder, "take", counted)
        yield
    assert taken <= 2 * yaml_tree.MAX_NODES + 10


@pytest.mark.parametrize("name", WHOLE)
def test_text_that_is_no_model(name):
    text, parts = WHOLE[name]
    with events_bounded():
        error = problems_of(text)
    message = str(error)
    for part in ("bad.yaml", *parts):
        assert part in message
    assert "\n" not in message
    assert len(message) < 500
    assert not JARGON.search(message), message


# ---- bounded work -----------------------------------------------------------------------

UNKNOWN = {
    "paths": "".join(
        ["parameters:\n", *(f"  p{k}: 1\n" for k in range(300)), "readings:\n  r:\n    set:\n"]
        + [f"      parameters.question{k}: 1\n" for k in range(700)]
    ),
    "parameters": "parameters:\n" + "".join(f"  p{k}: question{k}\n" for k in range(2000)),
    "options": "parties: {a: {}}\nissues:\n  i:\n    options:\n"
    + "".join(f"      - o{k}\n" for k in range(2000))
    + "disagreement: {a: 0}\ndemands:\n  a:\n    i:\n      aspires: o1\n      accepts:\n"
    + "".join(f"        - question{k}\n" for k in range(2000)),
    "keys": "".join(f"question{k}: 1\n" for k in range(2000)),
    "fields": f"parties: {{{', '.join(f'a{k}: {{nmae: x}}' for k in range(2000))}}}\n",
    "long names": "parties: {a: {}}\ndemands:\n  a: {}\n"
    + "".join(f"  {'b' * 50}{k}: {{}}\n" for k in range(2000)),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_close_matches_are_sought_for_what_is_shown_only(kind, monkeypatch):
    compared = []

    def counted(text, names, **options):
        compared.append(len(text) * sum(map(len, names)))
        return difflib.get_close_matches(text, names, **options)

    monkeypatch.setattr(errors, "get_close_matches", counted)
    error = problems_of("title: t\n" + UNKNOWN[kind])
    assert len(error.problems) > 500
    assert "more problems" in str(error)
    assert len(compared) <= errors.MAX_SHOWN
    assert all(pairs <= errors.MAX_COMPARED + errors.MAX_SOUGHT**2 for pairs in compared)
    assert all(problem.remedy for problem in error.problems[: errors.MAX_SHOWN])


def test_one_search_among_very_many_names_is_bounded_and_finds_the_closest(monkeypatch):
    names = [f"parameters.{word}{k}" for k in range(20_000) for word in ("share", "cost")]
    compared = []

    def counted(text, near, **options):
        compared.append(len(text) * sum(map(len, near)))
        return difflib.get_close_matches(text, near, **options)

    monkeypatch.setattr(errors, "get_close_matches", counted)
    assert "'parameters.share12345'" in errors.did_you_mean("parameters.shaer12345", names)
    assert max(compared) <= errors.MAX_COMPARED + errors.MAX_SOUGHT**2


@pytest.mark.parametrize("order", [1, -1])
def test_every_parameter_is_evaluated_once(order, monkeypatch):
    evaluated = []
    value = formulas.Formula.value

    def counted(self, *arguments, **options):
        evaluated.append(self.text)
        return value(self, *arguments, **options)

    monkeypatch.setattr(formulas.Formula, "value", counted)
    lines = [f"  p{k}: p{k - 1} + 1\n" for k in range(1, 1000)]
    model = ng.loads("title: t\nparameters:\n  p0: 1\n" + "".join(lines[::order]))
    assert len(evaluated) == 999
    assert model.parameters["p999"] == 1000


def test_agreements_that_are_like_one_another_are_walked_once():
    text = "title: t\nissues: {i: {options: [x, y]}}\nagreements:\n"
    chain = "".join(f"  a{k}: {{like: a{k + 1}}}\n" for k in range(900))
    assert ng.loads(text + chain + "  a900: {i: x}\n").agreement("a0") == {"i": "x"}
    error = problems_of(text + chain + "  a900: {like: a300}\n")
    (problem,) = error.problems  # once, and without those that only lead into the circle
    assert problem.what.startswith("a300 is like a301 is like")
    error = problems_of(text + "  a: {like: b}\n  b: {like: c}\n")
    (problem,) = error.problems
    assert problem.what == "unknown agreement 'c'"


def test_readings_of_a_large_file_are_bounded(monkeypatch):
    monkeypatch.setattr(files, "MAX_READ", 100)
    body = "title: t\nparameters: {a: 1}\nreadings:\n"
    error = problems_of(body + "".join(f"  r{k}: {{parameters.a: 2}}\n" for k in range(20)))
    assert "bad.yaml:3: readings: 20 readings of a file of 44 values" in str(error)


def test_a_reading_is_copied_once_however_much_it_sets(monkeypatch):
    copies = []
    copied = files.copied
    monkeypatch.setattr(files, "copied", lambda data: copies.append(1) or copied(data))
    numbers = "".join(f"  p{k}: 1\n" for k in range(50))
    changes = "".join(f"      parameters.p{k}: 2\n" for k in range(50))
    ng.loads(f"title: t\nparameters:\n{numbers}readings:\n  r:\n    set:\n{changes}")
    assert len(copies) == 1


def test_formulas_of_a_model_share_an_allowance_of_work():
    text = f"title: t\nparameters:\n  a: {2**3001 + 1}\n  c: {3**1900}\n"
    text += "".join(f"  b{k}: (a/c)**30 + {k}/7\n" for k in range(200))
    error = problems_of(text)
    assert "is too large to compute" in str(error)
    assert len(error.problems) == 1


# ---- files ------------------------------------------------------------------------------


def refused(path) -> str:
    with pytest.raises(NegotiationError) as caught:
        ng.load(path)
    message = str(caught.value)
    assert str(path) in message
    assert not JARGON.search(message), message
    return message


def test_pipes_and_devices_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")  # opening it would wait for a writer
    (tmp_path / "zeros.yaml").symlink_to("/dev/zero")  # reading it would never end
    for name in ("pipe.yaml", "zeros.yaml"):
        assert "is a pipe, a socket or a device" in refused(tmp_path / name)


def test_a_name_too_long_for_the_system(tmp_path):
    with pytest.raises(NegotiationError, match="name too long"):
        ng.load(tmp_path / ("a" * 300 + ".yaml"))
    with pytest.raises(NegotiationError, match="no shipped model is called"):
        ng.load("a" * 300)
    with pytest.raises(NegotiationError, match="cannot be read"):
        ng.load("a\0b.yaml")


def test_missing_file(tmp_path):
    assert "no such file" in refused(tmp_path / "no.yaml")


def test_folder(tmp_path):
    (tmp_path / "a.yaml").mkdir()
    assert "folder" in refused(tmp_path / "a.yaml")


def test_huge_file_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)  # a hole: nothing is written
    asked = []
    real = os.fdopen

    def counted(*arguments, **options):
        file = real(*arguments, **options)
        asked.append(read := SimpleNamespace(file=file, sizes=[]))
        return nullcontext(
            SimpleNamespace(read=lambda size: (read.sizes.append(size), file.read(size))[1])
        )

    monkeypatch.setattr(os, "fdopen", counted)
    message = refused(path)
    assert [read.sizes for read in asked] == [[300_001]]
    assert "larger than 300,000 bytes" in message


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("title: t\nabout: caf\xe9\n".encode("latin-1"), (":2:", "not UTF-8", "save the file")),
        ("title: t\n".encode("utf-16"), ("UTF-8",)),
        ("title: t\n".encode("utf-16-le"), ("unprintable character",)),
        (b"\x7fELF\x02\x01\x00\xff\xfe", ("UTF-8",)),
        (b"\x89PNG\r\n\x1a\n\x00\x00", ("UTF-8",)),
        (b"PK\x03\x04title: t", ("unprintable character",)),
        (b"", ("is empty",)),
    ],
    ids=["Latin-1", "UTF-16", "UTF-16 without mark", "program", "picture", "archive", "nothing"],
)
def test_files_that_are_no_text(tmp_path, raw, parts):
    path = tmp_path / "bad.yaml"
    path.write_bytes(raw)
    message = refused(path)
    for part in parts:
        assert part in message


def test_a_byte_order_mark_is_fine(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_bytes(b"\xef\xbb\xbftitle: T\n")
    assert ng.load(path).title == "T"


def test_windows_line_ends_are_fine(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_bytes(VALID.replace("\n", "\r\n").encode())
    assert ng.load(path) == ng.loads(VALID)


def test_fault_in_an_evidence_file_names_that_file(tmp_path):
    (tmp_path / "notes.yaml").write_text("claims:\n  C1: {source: s, at: p1, says: x}\n")
    (tmp_path / "a.yaml").write_text("title: t\nevidence: notes\n")
    with pytest.raises(ModelError, match=r"notes\.yaml:2: claims\.C1\.source: unknown source 's'"):
        ng.load(tmp_path / "a.yaml")


def test_unknown_shipped_model():
    with pytest.raises(NegotiationError, match="did you mean 'classics/chicken'"):
        ng.load("classics/chiken")


def test_all_faults_are_told_at_once_in_the_order_of_lines():
    text = VALID.replace("strength: 5}", "strength: 9}").replace("patience: 0.7}", "patiense: 1}")
    text = text.replace("    control: north", "    contrl: north")
    error = problems_of(text)
    lines = [int(problem.where.split(":")[1]) for problem in error.problems]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_a_dozen_faults_are_shown_and_the_rest_counted():
    extra = "".join(f"wrong{k}: 1\n" for k in range(20))
    error = problems_of("title: t\n" + extra)
    assert len(error.problems) == 20
    assert str(error).splitlines()[-1] == "... and 8 more problems"


# ---- the command line -------------------------------------------------------------------


@pytest.mark.parametrize("case", ALL[::9], ids=lambda case: case.name)
def test_command_line(case, tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    path.write_text(case.text, encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        main(["check", str(path)])
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"negotiation: {path}:{case.line}: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_command_line_missing_file(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["check", "no/such/file.yaml"])
    assert caught.value.code == 2
    assert "no such file" in capsys.readouterr().err
