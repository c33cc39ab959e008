"""The nouns of a model file, each a frozen record.

The field docstrings below are the reference of the file format: the JSON Schema for editors
and the page in the documentation are generated from them.

Shorthand that a file may use, expanded here:

- a number or a formula stands for a :class:`Quantity` without range or reason;
- a list of names stands for options without descriptions;
- ``issue: option`` pairs stand for a :class:`NamedAgreement` without description;
- one party's name stands for control by that party alone.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    PlainValidator,
    Strict,
    Tag,
    WithJsonSchema,
)

from negotiation.errors import NegotiationError, first_few, shorten
from negotiation.exact import FrozenMap, OrderedMap, exact
from negotiation.formulas import QUOTE_COMMAS, WORDS, parse
from negotiation.model.yaml_tree import SCALARS, plain_number

__all__ = [
    "Bargaining",
    "Claim",
    "Commitment",
    "ConflictGraphSection",
    "Control",
    "Demand",
    "DemandGame",
    "Issue",
    "ModelFile",
    "NamedAgreement",
    "NormalFormSection",
    "Option",
    "Party",
    "Prediction",
    "Quantity",
    "Ranking",
    "Ratifier",
    "Reading",
    "Source",
    "Stability",
    "TermPart",
    "Topic",
    "steps",
    "walk_parts",
]

_CONFIG = ConfigDict(extra="forbid", use_attribute_docstrings=True)
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_\-]*$")
RESERVED = {*WORDS, *SCALARS}
MAX_NAME = 60


def brief(value: Any) -> str:
    """Return a value as a file would show it, cut to a few words, in quotes.

    Examples
    --------
    >>> brief({"a": Fraction(1, 2), "b": True}), brief([True, "x"]), brief(None)
    ("'{a, b}'", "'[true, x]'", 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        text = "{" + ", ".join(first_few(map(str, value))) + "}"
    elif isinstance(value, (list, tuple)):
        text = "[" + ", ".join(first_few(brief(item).strip("'") for item in value)) + "]"
    elif isinstance(value, bool):
        text = str(value).lower()
    else:
        text = str(plain_number(value) if isinstance(value, Fraction) else value)
    return f"'{shorten(text, 40)}'"


def _fault(what: str, remedy: str = "") -> ValueError:
    """Return what pydantic carries to the caller, who splits it at the last bar."""
    return ValueError(f"{what}|{remedy}")


def is_name(value: Any) -> bool:
    """Say whether a value can name a party, an issue, an option..."""
    return isinstance(value, str) and len(value) <= MAX_NAME and bool(_NAME.fullmatch(value))


def _name(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_NAME:
        raise _fault(f"{brief(value)} is too long a name", f"use at most {MAX_NAME} characters")
    if not is_name(value):
        cut = isinstance(value, str) and value.count(")") > value.count("(")
        remedy = "use letters, digits, _ and -, starting with a letter"
        raise _fault(f"{brief(value)} is no name", QUOTE_COMMAS if cut else remedy)
    return value


def _symbol(value: Any) -> Any:
    value = _name(value)
    if value in RESERVED or value.lower() in {"nan", "inf", "infinity"}:
        raise _fault(
            f"'{value}' cannot name a parameter",
            f"it has a meaning of its own in formulas and files; call it {value}_, say",
        )
    if "-" in value:
        raise _fault(
            f"'{value}' cannot name a parameter",
            f"a hyphen would be a minus; call it {value.replace('-', '_')}, say",
        )
    return value


def _text(value: Any) -> Any:
    if isinstance(value, Fraction) and value.denominator == 1:
        return str(value)  # a year, say
    if not isinstance(value, str):
        remedy = "write text" if isinstance(value, (dict, list)) else "put it in quotes"
        raise _fault(f"{brief(value)} is no text", remedy)
    return value


def _number(value: Any) -> Fraction:
    if isinstance(value, bool):
        raise _fault(f"{brief(value)} is no number", "write 1 or 0")
    if value is None or isinstance(value, (list, dict)):
        raise _fault(f"{brief(value)} is no number", "write a decimal or a fraction")
    try:
        return exact(value)
    except NegotiationError as error:
        raise _fault(error.what, error.remedy) from None


def _amount(value: Any) -> Fraction | str:
    if isinstance(value, str):
        if re.fullmatch(r"[-+]?\.?(nan|inf|infinity)", value.strip(), re.IGNORECASE):
            raise _fault(f"'{value}' is no finite number", "write a decimal or a fraction")
        try:
            formula = parse(value)
        except NegotiationError as error:
            raise _fault(error.what, error.remedy) from None
        return exact(formula.node[1]) if formula.node[0] == "number" else formula.text
    return _number(value)


def _names_list(value: Any) -> Any:
    if value is None:
        return []
    return [value] if isinstance(value, str) else value


Name = Annotated[
    str, PlainValidator(_name), WithJsonSchema({"type": "string", "pattern": _NAME.pattern})
]
Symbol = Annotated[
    str,
    PlainValidator(_symbol),
    WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_]*$"}),
]
Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]
Number = Annotated[
    Fraction,
    PlainValidator(_number),
    WithJsonSchema({"type": ["number", "string"], "description": "a number"}),
]
Amount = Annotated[
    Fraction | str,
    PlainValidator(_amount),
    WithJsonSchema({"type": ["number", "string"], "description": "a number or a formula"}),
]
Names = Annotated[
    tuple[Name, ...], BeforeValidator(_names_list, json_schema_input_type=str | list[str])
]

K = TypeVar("K")
V = TypeVar("V")


def _frozen(value: Mapping[Any, Any]) -> FrozenMap[Any, Any]:
    return FrozenMap(value)


def _deep_frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return FrozenMap({key: _deep_frozen(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(_deep_frozen(item) for item in value)
    return value


def _mapping(value: Any) -> Any:
    return {} if value is None else value


Map = Annotated[Mapping[K, V], BeforeValidator(_mapping), AfterValidator(_frozen)]


def _empty() -> FrozenMap[Any, Any]:
    return FrozenMap()


DISTRIBUTIONS = ("uniform", "triangular")


@dataclass(frozen=True)
class QuantityPart:
    """A number that knows its unit, its range and why."""

    __pydantic_config__ = _CONFIG
    value: Amount
    """The number, or a formula of the parameters."""
    low: Number | None = None
    """Lower end of the range in which it may reasonably lie."""
    high: Number | None = None
    """Upper end of that range."""
    distribution: Text = "uniform"
    """How likely numbers in the range are: uniform, or triangular with its top at the value."""
    unit: Text = ""
    """Its unit: utility, probability, years..."""
    because: Names = ()
    """Ids of the claims it rests on."""
    assumption: Text = ""
    """Why the modeller chose it, where no claim gives it."""

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise _fault(
                f"low {plain_number(self.low)} is above high {plain_number(self.high)}",
                "exchange the two ends of the range",
            )
        if self.distribution not in DISTRIBUTIONS:
            raise _fault(
                f"'{shorten(self.distribution)}' is no distribution",
                f"write one of: {', '.join(DISTRIBUTIONS)}",
            )


def _quantity(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, QuantityPart):
        return value
    return {"value": value}


Quantity = Annotated[
    QuantityPart,
    BeforeValidator(_quantity, json_schema_input_type=float | str | QuantityPart),
]


@dataclass(frozen=True)
class Source:
    """A document that claims are taken from."""

    __pydantic_config__ = _CONFIG
    title: Text
    """Its title."""
    author: Text = ""
    """Who wrote it."""
    kind: Text = ""
    """Essay, note, treaty draft..."""
    date: Text = ""
    """When it was published."""
    vantage: Text = ""
    """From whose point of view it is written."""
    timing: Text = ""
    """When it was written relative to the events."""
    paragraphs: Number | None = None
    """How many paragraphs it has, for checking locators."""
    silent_on: Annotated[tuple[Text, ...], BeforeValidator(_names_list)] = ()
    """What it does not speak about."""
    note: Text = ""
    """Anything else a reader should know."""


@dataclass(frozen=True)
class Claim:
    """What a document claims, paraphrased, with its place; never asserted as true."""

    __pydantic_config__ = _CONFIG
    source: Name
    """Id of the source."""
    at: Text
    """Where in it: p7 is paragraph 7, p23.1 the first item of the list in paragraph 23."""
    says: Text
    """The claim in the modeller's own words."""
    kind: Text = ""
    """demand, red_line, belief, outside_option, prediction..."""
    also: Names = ()
    """Further kinds."""
    strength: Number | None = None
    """1 faint, 2 a hint, 3 stated once, 4 stated with emphasis, 5 categorical."""
    speaker: Text = ""
    """Who speaks inside the document."""
    hedge: Text = ""
    """none, mild or strong."""
    parties: Names = ()
    """Actors it is about, the one meant first."""
    affects: Annotated[tuple[Text, ...], BeforeValidator(_names_list)] = ()
    """Topics it bears on, as topic or topic=option."""
    effect: Text = ""
    """The kind of parameter it speaks to, with the sign of its effect."""

    def __post_init__(self) -> None:
        if self.strength is not None and not 1 <= self.strength <= 5:
            raise _fault(
                f"strength {plain_number(self.strength)} is outside 1 to 5",
                "1 is faint, 5 categorical",
            )


@dataclass(frozen=True)
class Option:
    """One option of an issue or topic."""

    __pydantic_config__ = _CONFIG
    says: Text = ""
    """What it means."""
    basis: Text = ""
    """Where it comes from: a source's id, both, implied, or ours (in no document)."""
    because: Names = ()
    """Claims that name it."""


def _option(value: Any) -> Any:
    if value is None:
        return {}
    return {"says": value} if isinstance(value, str) else value


OptionPart = Annotated[Option, BeforeValidator(_option, json_schema_input_type=str | Option)]


def _options(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        names = [_name(item) for item in value]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise _fault(f"option '{repeated[0]}' is listed twice", "list every option once")
        return {name: {} for name in names}
    if not isinstance(value, Mapping):
        raise _fault(f"{brief(value)} where options belong", "write a list such as [a, b, c]")
    return value


def _one_or_more(value: Mapping[Any, Any]) -> Mapping[Any, Any]:
    if not value:
        raise _fault("no options", "list at least one")
    return value


def _ordered(value: Mapping[Any, Any]) -> OrderedMap[Any, Any]:
    return OrderedMap(value)


Options = Annotated[
    Mapping[Name, OptionPart],
    BeforeValidator(_options, json_schema_input_type=list[str] | dict[str, str | Option | None]),
    AfterValidator(_one_or_more),
    AfterValidator(_ordered),
]


@dataclass(frozen=True)
class Topic:
    """Something the documents disagree about, with its options in axis order."""

    __pydantic_config__ = _CONFIG
    title: Text
    """What it is."""
    options: Options
    """Options in axis order with their basis."""
    axis: Text = ""
    """What the order of the options means."""


@dataclass(frozen=True)
class Party:
    """A party to the negotiation."""

    __pydantic_config__ = _CONFIG
    name: Text = ""
    """Its name in tables and sentences."""
    about: Text = ""
    """Who is meant."""
    patience: Quantity | None = None
    """Discount factor per period, between 0 and 1."""


@dataclass(frozen=True)
class Control:
    """Who implements an issue, and so may switch it after signature."""

    __pydantic_config__ = _CONFIG
    by: Names
    """The parties."""
    joint: Annotated[bool, Strict()] = False
    """False: each can switch it alone. True: only all of them together can."""
    because: Names = ()
    """Claims that say so."""
    assumption: Text = ""
    """Why the modeller says so, where no claim does."""


def _control(value: Any) -> Any:
    if value is None:
        return {"by": []}
    return {"by": value} if isinstance(value, (str, list, tuple)) else value


@dataclass(frozen=True)
class Issue:
    """A question the parties must settle, with its options in axis order."""

    __pydantic_config__ = _CONFIG
    options: Options
    """Options in axis order; a party's score falls along this order from its ideal."""
    control: Annotated[
        Control, BeforeValidator(_control, json_schema_input_type=str | list[str] | Control)
    ] = Control(())
    """Who implements it, and so may renege on it; nobody: it cannot be switched alone."""
    title: Text = ""
    """What the issue is."""
    topic: Text = ""
    """Topic of the evidence whose options these are; their basis is then known."""
    irreversible: tuple[tuple[Name, Name], ...] = ()
    """Switches [from, to] that cannot be made after signature."""
    because: Names = ()
    """Claims that raise the issue."""


@dataclass(frozen=True)
class Demand:
    """What one party wants on one issue."""

    __pydantic_config__ = _CONFIG
    aspires: Name | None = None
    """Its ideal option."""
    accepts: Names = ()
    """Its red line: the last option it would sign, from there to its ideal and beyond;
    or a list of all the options it would sign. Without it, every option is open to it."""
    weight: Quantity = field(default_factory=lambda: QuantityPart(Fraction(1)))
    """How much the issue counts among the party's issues; weights are scaled to sum to 1."""
    scores: Map[Name, Quantity] = field(default_factory=_empty)
    """Score of each option where the straight line from ideal to far end does not fit."""
    because: Names = ()
    """Claims it rests on."""
    assumption: Text = ""
    """Why the modeller chose it, where no claim gives it."""


@dataclass(frozen=True)
class TermPart:
    """An interaction: utility that depends on several issues at once."""

    __pydantic_config__ = _CONFIG
    party: Name
    """Whose utility."""
    when: Map[Name, Names]
    """Issue -> option or options; the term counts where all issues agree."""
    amount: Quantity
    """How much is added to the party's utility."""
    says: Text = ""
    """What it stands for."""


@dataclass(frozen=True)
class NamedAgreement:
    """An agreement with a name: one option for every issue."""

    __pydantic_config__ = _CONFIG
    options: Map[Name, Name]
    """Issue -> option."""
    says: Text = ""
    """What it stands for."""
    like: Text = ""
    """A named agreement that supplies the issues not listed."""
    because: Names = ()
    """Claims it is taken from."""
    assumption: Text = ""
    """What the modeller filled in."""


def _agreement(value: Any) -> Any:
    if isinstance(value, Mapping) and "options" not in value and "like" not in value:
        return {"options": value}
    if isinstance(value, Mapping) and "like" in value and "options" not in value:
        return {**value, "options": {}}
    return value


AgreementPart = Annotated[
    NamedAgreement,
    BeforeValidator(_agreement, json_schema_input_type=dict[str, str] | NamedAgreement),
]


@dataclass(frozen=True)
class Ratifier:
    """Somebody whose consent a party needs after its negotiators have signed."""

    __pydantic_config__ = _CONFIG
    of: Name
    """The party that needs the consent."""
    at_least: Quantity
    """Least utility at which it consents."""
    name: Text = ""
    """Its name in tables and sentences."""
    demands: Map[Name, Demand] = field(default_factory=_empty)
    """Its own demands by issue; without any, it judges with its party's utility."""
    because: Names = ()
    """Claims that make it a ratifier."""
    assumption: Text = ""
    """Why the modeller made it one, where no claim does."""


@dataclass(frozen=True)
class NormalFormSection:
    """A payoff matrix stated directly."""

    __pydantic_config__ = _CONFIG
    players: Annotated[Map[Name, Names], AfterValidator(_ordered)]
    """Player -> its strategies; payoffs stand in this order."""
    payoffs: Map[Text, tuple[Quantity, ...]]
    """Profile (strategies joined by /) -> one number or formula for each player, in order."""
    says: Text = ""
    """What the game is about."""
    because: Names = ()
    """Claims that the structure rests on."""
    assumption: Text = ""
    """Why bare numbers in the table were chosen."""

    @property
    def rows(self) -> dict[tuple[str, ...], tuple[Quantity, ...]]:
        """Profile, as a tuple of strategies -> the payoffs stated for it."""
        return {steps(profile): payoffs for profile, payoffs in self.payoffs.items()}


def steps(profile: str) -> tuple[str, ...]:
    """Return the strategies of a profile in a text such as ``"hold / yield"``.

    Examples
    --------
    >>> steps("hold / yield")
    ('hold', 'yield')
    """
    return tuple(step.strip() for step in profile.split("/"))


@dataclass(frozen=True)
class DemandGame:
    """A payoff matrix made from the demands: who insists, compromises or concedes."""

    __pydantic_config__ = _CONFIG
    players: Names
    """Parties that choose positions."""
    over: Names
    """The contested issues."""
    positions: Annotated[
        Annotated[tuple[Name, ...], Tag("[list]")]
        | Annotated[Mapping[Name, Mapping[Name, Map[Name, Name]]], Tag("[mapping]")],
        Discriminator(lambda value: "[mapping]" if isinstance(value, Mapping) else "[list]"),
        AfterValidator(
            lambda value: (
                FrozenMap({player: FrozenMap(options) for player, options in value.items()})
                if isinstance(value, Mapping)
                else value
            )
        ),
    ] = ("insist", "compromise", "concede")
    """Some of insist, compromise and concede; or player -> position -> package of options."""
    clash: Text = "disagreement"
    """What follows incompatible positions: disagreement, split, or a named agreement."""
    rest: Text = ""
    """The named agreement that fixes the issues not contested."""


@dataclass(frozen=True)
class Bargaining:
    """Who bargains over the agreement space."""

    __pydantic_config__ = _CONFIG
    players: Names
    """Parties at the table."""
    red_lines: Text = "binding"
    """binding: no player signs what crosses its red line; advisory: red lines cost score only."""


@dataclass(frozen=True)
class Ranking:
    """One party's ranking of the states of a conflict graph."""

    __pydantic_config__ = _CONFIG
    order: Annotated[
        tuple[Names, ...],
        WithJsonSchema({"type": "array", "items": {"type": ["string", "array"]}}),
    ]
    """States from best to worst; a list inside the list is a tie."""
    because: Names = ()
    """Claims it rests on."""
    ours: Names = ()
    """States whose place no document gives: the modeller's choice."""
    assumption: Text = ""
    """Why those places were chosen."""


def _ranking(value: Any) -> Any:
    if isinstance(value, str):
        raise _fault(f"{brief(value)} where a ranking belongs", "list the states, best first")
    return {"order": value} if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True)
class Move:
    """Arcs of a conflict graph: one party can take one state to others."""

    __pydantic_config__ = _CONFIG
    by: Name
    """The party that moves."""
    start: Names
    """State or states it can move from."""
    to: Names
    """State or states it can move to."""
    says: Text = ""
    """What the move is."""
    because: Names = ()
    """Claims that say it is possible."""
    assumption: Text = ""
    """Why the modeller allows it."""


@dataclass(frozen=True)
class ConflictGraphSection:
    """A conflict as states, moves and rankings."""

    __pydantic_config__ = _CONFIG
    states: Options
    """State -> what it is."""
    moves: tuple[Move, ...]
    """Who can take which state to which."""
    ranking: Map[
        Name, Annotated[Ranking, BeforeValidator(_ranking, json_schema_input_type=list | Ranking)]
    ]
    """Party -> its ranking of the states."""
    says: Text = ""
    """What the graph is about."""


@dataclass(frozen=True)
class Commitment:
    """What keeps an agreement once it is signed."""

    __pydantic_config__ = _CONFIG
    lag: Quantity = field(default_factory=lambda: QuantityPart(Fraction(1)))
    """Periods before a breach is answered (a whole number)."""
    punishment: Text = "disagreement"
    """What follows a breach: disagreement, or a named agreement."""
    drift: tuple[TermPart, ...] = ()
    """A drift of power: by how much each party's no-agreement value has moved after a period
    under agreements with the listed options."""


@dataclass(frozen=True)
class Stability:
    """What the verdict table looks at."""

    __pydantic_config__ = _CONFIG
    signatories: Names = ()
    """Parties whose acceptance an agreement needs, and who may walk out; default all."""
    candidates: Names = ()
    """Named agreements to judge; default all."""
    best: Number = Fraction(5)
    """How many agreements that meet most criteria to add."""


@dataclass(frozen=True)
class Reading:
    """One source's values, over the shared structure."""

    __pydantic_config__ = _CONFIG
    title: Text = ""
    """Its name in tables."""
    about: Text = ""
    """Whose reading it is."""
    set: Map[Text, Annotated[Any, AfterValidator(_deep_frozen)]] = field(default_factory=_empty)
    """Path -> value, or path -> mapping of fields to replace."""


@dataclass(frozen=True)
class Prediction:
    """What a source expects, as a check on the outcome."""

    __pydantic_config__ = _CONFIG
    says: Text
    """The expectation in words."""
    expect: Text
    """A condition on output paths, such as "bargaining.nash.exists == false"."""
    reading: Names = ()
    """Reading or readings it is checked in; default: the model as written."""
    because: Names = ()
    """Claims it comes from."""
    assumption: Text = ""
    """Whose expectation it is, where no claim gives it (a textbook, say)."""


def _readings(value: Any) -> Any:
    """Accept ``name: {path: value}`` for a reading without title."""
    if not isinstance(value, Mapping):
        return value
    fields = {"title", "about", "set"}
    return {
        name: ({"set": body} if isinstance(body, Mapping) and not fields & set(body) else body)
        for name, body in value.items()
    }


@dataclass(frozen=True)
class ModelFile:
    """One negotiation as data."""

    __pydantic_config__ = _CONFIG
    title: Text
    """The model's title."""
    about: Text = ""
    """What the model is about."""
    notes: Text = ""
    """What a reader should know: surprises, limits, how numbers were chosen."""
    evidence: Names = ()
    """Evidence files to include."""
    sources: Map[Name, Source] = field(default_factory=_empty)
    """Documents, by id."""
    claims: Map[Name, Claim] = field(default_factory=_empty)
    """Claims, by id."""
    parties: Map[Name, Party] = field(default_factory=_empty)
    """Parties, by id."""
    issues: Map[Name, Issue] = field(default_factory=_empty)
    """Issues, by id."""
    parameters: Map[Symbol, Quantity] = field(default_factory=_empty)
    """Named numbers for use in formulas."""
    demands: Map[Name, Map[Name, Demand]] = field(default_factory=_empty)
    """Party -> issue -> demand."""
    interactions: tuple[TermPart, ...] = ()
    """Utility that depends on several issues at once."""
    disagreement: Map[Name, Quantity] = field(default_factory=_empty)
    """Party -> what it gets without agreement."""
    agreements: Map[Name, AgreementPart] = field(default_factory=_empty)
    """Agreements with a name."""
    status_quo: Text = ""
    """The named agreement that describes today; where agreements are equally good for
    everybody, the one nearest to it is shown."""
    ratifiers: Map[Name, Ratifier] = field(default_factory=_empty)
    """Whose consent is needed after signature."""
    normal_form: NormalFormSection | None = None
    """A payoff matrix stated directly."""
    demand_game: DemandGame | None = None
    """A payoff matrix made from the demands."""
    bargaining: Bargaining | None = None
    """Bargaining solutions over the agreement space."""
    conflict_graph: ConflictGraphSection | None = None
    """A conflict stated as states, moves and rankings."""
    commitment: Commitment | None = None
    """Self-enforcement after signature."""
    stability: Stability | None = None
    """The verdict table."""
    readings: Annotated[
        Map[Name, Reading],
        BeforeValidator(_readings, json_schema_input_type=dict[str, Reading | dict[str, Any]]),
    ] = field(default_factory=_empty)
    """Each source's values."""
    predictions: Map[Name, Prediction] = field(default_factory=_empty)
    """What the sources expect."""


@dataclass(frozen=True)
class EvidenceFile:
    """An evidence file: sources, claims, and the actors and topics they speak of."""

    __pydantic_config__ = _CONFIG
    sources: Map[Name, Source] = field(default_factory=_empty)
    """Documents, by id."""
    actors: Map[Name, Text] = field(default_factory=_empty)
    """Actors, by id."""
    topics: Map[Name, Topic] = field(default_factory=_empty)
    """Topics, by id."""
    claims: Map[Name, Claim] = field(default_factory=_empty)
    """Claims, by id."""


_LEAVES = (str, Fraction, bool, type(None))


@lru_cache(maxsize=64)
def _fields_of(kind: type[Any]) -> tuple[str, ...] | None:
    """Return the names of a record's fields; None of what is no record."""
    if not dataclasses.is_dataclass(kind):
        return None
    return tuple(item.name for item in dataclasses.fields(kind))


def walk_parts(
    part: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield every record inside `part` with its path (records, not their scalar fields)."""
    kind: Any = type(part)
    names = _fields_of(kind)
    inside: Iterable[tuple[str | int, Any]] = ()
    if names is not None:
        if path:
            yield path, part
        inside = [(name, getattr(part, name)) for name in names]
    elif isinstance(part, FrozenMap):
        inside = part.items()
    elif isinstance(part, tuple):
        inside = enumerate(part)
    for step, value in inside:
        if value and not isinstance(value, _LEAVES):
            yield from walk_parts(value, (*path, step))
