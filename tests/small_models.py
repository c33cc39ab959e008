"""Small random models as plain data, and what the definitions say of them, literally.

:class:`Literal` works in fractions, sets and loops over the plain data; it shares no code with
the package. :func:`small_models` draws such data, ties and degenerate cases among them.
"""

from __future__ import annotations

import copy
import itertools
from fractions import Fraction
from functools import cache, cached_property

from hypothesis import strategies as st

from negotiation.model.model import Model, Origin

NO_AGREEMENT = "no agreement"
CONCEPTS = ("nash", "seq", "smr", "gmr")


def model_of(data):
    """Return the model that plain data describes; the data is copied."""
    data = copy.deepcopy(data)
    return Model.from_data(data, Origin(data))


def ranged(node, path=()):
    """Yield (path, quantity) for everything with a declared range."""
    if isinstance(node, dict):
        if "value" in node and {"low", "high"} & set(node):
            yield path, node
        for key, item in node.items():
            yield from ranged(item, (*path, key))
    elif isinstance(node, list):
        for place, item in enumerate(node):
            yield from ranged(item, (*path, place))


class Literal:
    """The definitions over one model's plain data. An agreement is a tuple of options."""

    def __init__(self, data):
        self.data = data
        self.parties = list(data["parties"])
        self.issues = {name: list(part["options"]) for name, part in data["issues"].items()}
        self.agreements = list(itertools.product(*self.issues.values()))
        self.states = [*self.agreements, NO_AGREEMENT]
        for name in ("key", "moves", "reach", "utility"):  # remembered, not changed
            setattr(self, name, cache(getattr(self, name)))

    # ---- numbers, scores, utilities --------------------------------------------------------

    def number(self, quantity):
        if isinstance(quantity, dict):
            return self.number(quantity["value"])
        if isinstance(quantity, str):
            if quantity in self.data["parameters"]:
                return self.number(self.data["parameters"][quantity])
            return sum(map(self.number, quantity.split(" + "))) if "+" in quantity else None
        return Fraction(quantity)

    def score(self, issue, demand, option):
        if "scores" in demand:
            return self.number(demand["scores"][option])
        options = self.issues[issue]
        ideal = options.index(demand["aspires"])
        farther = max(ideal, len(options) - 1 - ideal)
        if farther == 0:
            return Fraction(1)
        return Fraction(farther - abs(options.index(option) - ideal), farther)

    def open_to(self, issue, demand):
        """The options inside the red line."""
        options = self.issues[issue]
        named = demand.get("accepts")
        if named is None:
            return set(options)
        if isinstance(named, list):
            return set(named)
        line, ideal = options.index(named), options.index(demand["aspires"])
        if line == ideal:
            return {named}
        return {o for k, o in enumerate(options) if (k - line) * (ideal - line) >= 0}

    def block_utility(self, block, agreement):
        total = sum(self.number(demand.get("weight", 1)) for demand in block.values())
        return sum(
            (
                self.number(block[issue].get("weight", 1))
                * self.score(issue, block[issue], option)
                / total
                for issue, option in zip(self.issues, agreement, strict=True)
                if issue in block
            ),
            Fraction(0),
        )

    def met(self, term, agreement):
        return all(
            dict(zip(self.issues, agreement, strict=True))[issue] in options
            for issue, options in term["when"].items()
        )

    def utility(self, party, agreement):
        return self.block_utility(self.data["demands"][party], agreement) + sum(
            self.number(term["amount"])
            for term in self.data.get("interactions", [])
            if term["party"] == party and self.met(term, agreement)
        )

    def without(self, party):
        return self.number(self.data["disagreement"][party])

    def block_crossed(self, block, agreement):
        return any(
            option not in self.open_to(issue, block[issue])
            for issue, option in zip(self.issues, agreement, strict=True)
            if issue in block
        )

    def crossed(self, party, agreement):
        return self.block_crossed(self.data["demands"][party], agreement)

    def key(self, party, state):
        """What orders states for a party: red lines first, then utility."""
        if state == NO_AGREEMENT:
            return (1, self.without(party))
        return (0 if self.crossed(party, state) else 1, self.utility(party, state))

    # ---- acceptable, efficient, ratifiable --------------------------------------------------

    @property
    def signatories(self):
        return self.data.get("stability", {}).get("signatories") or self.parties

    def accepts(self, party, agreement):
        return not self.crossed(party, agreement) and (
            self.utility(party, agreement) >= self.without(party)
        )

    def acceptable(self, agreement):
        return all(self.accepts(party, agreement) for party in self.signatories)

    def dominates(self, better, agreement):
        pairs = [(self.key(p, better), self.key(p, agreement)) for p in self.parties]
        return all(b >= a for b, a in pairs) and any(b > a for b, a in pairs)

    def efficient(self, agreement):
        return not any(self.dominates(other, agreement) for other in self.agreements)

    def consents(self, ratifier, agreement):
        part = self.data["ratifiers"][ratifier]
        if part.get("demands"):
            value = self.block_utility(part["demands"], agreement)
            crossed = self.block_crossed(part["demands"], agreement)
        else:
            value = self.utility(part["of"], agreement)
            crossed = self.crossed(part["of"], agreement)
        return value >= self.number(part["at_least"]) and not crossed

    def shortfall(self, ratifier, agreement):
        """By how much a ratifier's utility misses its threshold; None past a red line."""
        part = self.data["ratifiers"][ratifier]
        block = part.get("demands") or self.data["demands"][part["of"]]
        if self.block_crossed(block, agreement):
            return None
        value = (
            self.block_utility(block, agreement)
            if part.get("demands")
            else self.utility(part["of"], agreement)
        )
        return self.number(part["at_least"]) - value

    def ratifiable(self, agreement):
        if not self.data.get("ratifiers"):
            return None
        return all(self.consents(name, agreement) for name in self.data["ratifiers"])

    # ---- moves ------------------------------------------------------------------------------

    def holds(self, issue, coalition):
        """Whether the members can switch an issue: one of them alone, or all it needs."""
        part = self.data["issues"][issue].get("control", {"by": []})
        if part.get("joint"):
            return set(part["by"]) <= set(coalition)
        return bool(set(part["by"]) & set(coalition))

    def together(self, coalition, state):
        """All states that a coalition reaches by one joint switch, or as a signatory leaves."""
        if state == NO_AGREEMENT:
            return []
        found = [NO_AGREEMENT] if set(coalition) & set(self.signatories) else []
        return found + [
            other
            for other in self.agreements
            if other != state
            and all(
                old == new
                or (
                    self.holds(issue, coalition)
                    and [old, new] not in self.data["issues"][issue].get("irreversible", [])
                )
                for issue, old, new in zip(self.issues, state, other, strict=True)
            )
        ]

    def moves(self, party, state):
        return self.together((party,), state)

    def improvements(self, party, state):
        here = self.key(party, state)
        return [other for other in self.moves(party, state) if self.key(party, other) > here]

    def reach(self, party, state, improving):
        """What the others reach by legal sequences from `state`: nobody moves twice in a row."""
        others = [p for p in self.parties if p != party]
        step = self.improvements if improving else self.moves
        seen = set()
        todo = [(state, None)]
        while todo:
            here, last = todo.pop()
            for mover in others:
                if mover != last:
                    new = {(end, mover) for end in step(mover, here)} - seen
                    seen |= new
                    todo += new
        return frozenset(end for end, _ in seen)

    def deterred(self, concept, party, state, end):
        """Whether an answer of the others undoes the move from `state` to `end`."""
        if concept == "nash":
            return False
        here = self.key(party, state)
        for answer in self.reach(party, end, improving=concept == "seq"):
            if self.key(party, answer) <= here and (
                concept != "smr"
                or all(self.key(party, last) <= here for last in self.moves(party, answer))
            ):
                return True
        return False

    def stable(self, concept, agreement):
        return all(
            self.deterred(concept, party, agreement, end)
            for party in self.parties
            for end in self.improvements(party, agreement)
        )

    @cached_property
    def coalitions(self):
        return [
            members
            for size in range(2, len(self.parties) + 1)
            for members in itertools.combinations(self.parties, size)
        ]

    def coalition_proof(self, agreement):
        return not any(
            all(self.key(p, end) > self.key(p, agreement) for p in members)
            for members in self.coalitions
            for end in self.together(members, agreement)
        )

    # ---- patience and ranges ------------------------------------------------------------------

    def patience(self):
        return {
            party: self.number(part["patience"])
            for party, part in self.data["parties"].items()
            if "patience" in part
        }

    def breaches(self, party, agreement):
        """Keeping, and every switch the party can make alone to what it does not abhor more."""
        line = self.key(party, agreement)[0]
        ends = [s for s in self.moves(party, agreement) if s != NO_AGREEMENT]
        return [agreement, *(end for end in ends if self.key(party, end)[0] >= line)]

    def after(self, party, agreement):
        """What a party gets for good when its breach has been answered."""
        section = self.data["commitment"]
        after = self.without(party)
        if section.get("punishment", "disagreement") != "disagreement":
            after = self.utility(party, self.named(section["punishment"]))
        return after + sum(
            self.number(term["amount"])
            for term in section.get("drift", [])
            if term["party"] == party and self.met(term, agreement)
        )

    def keeps(self, party, agreement):
        share = self.patience()[party] ** self.data["commitment"].get("lag", 1)
        line, keep = self.key(party, agreement)
        return all(
            self.key(party, breach)[0] == line
            and keep
            >= (1 - share) * self.utility(party, breach) + share * self.after(party, agreement)
            for breach in self.breaches(party, agreement)
        )

    def self_enforcing(self, agreement):
        if "commitment" not in self.data or not self.patience():
            return None
        return all(self.keeps(party, agreement) for party in self.patience())

    def named(self, name):
        return tuple(self.data["agreements"][name][issue] for issue in self.issues)

    @cached_property
    def variants(self):
        """(path, end) -> the model with that one number at that end of its range."""
        found = {}
        for path, quantity in ranged(self.data):
            for end in ("low", "high"):
                if end in quantity:
                    data = copy.deepcopy(self.data)
                    node = data
                    for step in path:
                        node = node[step]
                    node["value"] = quantity[end]
                    found[".".join(map(str, path)), Fraction(quantity[end])] = Literal(data)
        return found

    def robust(self, agreement):
        everyone = [self, *self.variants.values()]
        return all(one.acceptable(agreement) for one in everyone)

    # ---- all criteria ---------------------------------------------------------------------------

    def holds_by(self, criterion, agreement):
        if criterion in CONCEPTS:
            return self.stable(criterion, agreement)
        return getattr(self, criterion)(agreement)


def gifted(data, agreement, bonuses):
    """The literal model in which one agreement is worth more to some."""
    literal = Literal(copy.deepcopy(data))
    plain, consents = literal.utility, literal.consents

    def utility(party, own):
        return plain(party, own) + (bonuses.get(party, 0) if own == agreement else 0)

    def consent(ratifier, own):
        part = literal.data["ratifiers"][ratifier]
        if not part.get("demands") or own != agreement or ratifier not in bonuses:
            return consents(ratifier, own)
        missing = literal.shortfall(ratifier, own)
        return missing is not None and missing <= bonuses[ratifier]

    literal.utility, literal.consents = cache(utility), consent
    if "variants" in vars(literal):
        del vars(literal)["variants"]
    return literal


# ---- drawing ----------------------------------------------------------------------------

TENTHS = st.integers(0, 10).map(lambda n: Fraction(n, 10))
SHAPES = [(1,), (3,), (2, 2), (1, 3), (3, 2), (3, 3), (2, 2, 2), (2, 3, 2), (3, 2, 3)]
AMOUNTS = st.sampled_from([Fraction(n, 10) for n in (-5, -2, 0, 2, 5)])


@st.composite
def quantities(draw, values=TENTHS, *, least=None):
    """A number, or one with a range around it."""
    value = draw(values)
    if draw(st.integers(0, 3)):
        return value
    low, high = (draw(st.sampled_from([0, Fraction(1, 10), Fraction(2, 5)])) for _ in "lh")
    bottom = value - low if least is None else max(least, value - low)
    return {"value": value, "low": bottom, "high": value + high}


@st.composite
def demand_blocks(draw, issues):
    """Demands on some issues: lines of every kind, weights some of them 0."""
    chosen = draw(st.lists(st.sampled_from(list(issues)), min_size=1, unique=True))
    block = {}
    for place, issue in enumerate(chosen):
        options = issues[issue]
        demand = {}
        if draw(st.integers(0, 3)):
            demand["aspires"] = draw(st.sampled_from(options))
            if draw(st.integers(0, 3)) == 0:
                demand["accepts"] = draw(st.sampled_from(options))
        else:
            demand["scores"] = {o: draw(st.integers(0, 2).map(lambda n: n / 2)) for o in options}
            demand["scores"] = {o: Fraction(s) for o, s in demand["scores"].items()}
        if "accepts" not in demand and len(options) > 1 and draw(st.integers(0, 4)) == 0:
            demand["accepts"] = draw(st.lists(st.sampled_from(options), min_size=2, unique=True))
        demand["weight"] = draw(
            quantities(st.integers(1 if place == 0 else 0, 3).map(Fraction), least=0)
        )
        if place == 0 and isinstance(demand["weight"], dict):
            demand["weight"]["low"] = demand["weight"]["value"]  # never all zero
        block[issue] = demand
    return block


@st.composite
def terms(draw, parties, issues):
    """An interaction or a drift."""
    over = draw(st.lists(st.sampled_from(list(issues)), min_size=1, max_size=2, unique=True))
    return {
        "party": draw(st.sampled_from(parties)),
        "when": {
            issue: draw(st.lists(st.sampled_from(issues[issue]), min_size=1, unique=True))
            for issue in over
        },
        "amount": draw(quantities(AMOUNTS)),
    }


@st.composite
def small_models(draw):
    """Plain data of a model of two or three parties and one to three issues."""
    parties = ["north", "south", "west"][: draw(st.integers(2, 3))]
    counts = draw(st.sampled_from(SHAPES))
    issues = {f"issue{k}": list("abc")[:count] for k, count in enumerate(counts)}
    blocks = {}
    for name, options in issues.items():
        part = {"options": options}
        who = draw(st.lists(st.sampled_from(parties), unique=True, max_size=3))
        if who or draw(st.booleans()):
            part["control"] = {"by": who, "joint": len(who) > 1 and draw(st.booleans())}
        pairs = [list(pair) for pair in itertools.permutations(options, 2)]
        if pairs and draw(st.integers(0, 2)) == 0:
            part["irreversible"] = draw(
                st.lists(st.sampled_from(pairs), max_size=3, unique_by=tuple)
            )
        blocks[name] = part
    deals = {
        name: {issue: draw(st.sampled_from(options)) for issue, options in issues.items()}
        for name in ("today", "plan")
    }
    shift = draw(st.sampled_from([Fraction(0), Fraction(1, 10)]))
    data = {
        "title": "small",
        "parties": {party: {} for party in parties},
        "issues": blocks,
        "parameters": {
            "base": draw(TENTHS),
            "shift": {"value": shift, "low": Fraction(-1, 10), "high": Fraction(1, 5)},
        },
        "demands": {party: draw(demand_blocks(issues)) for party in parties},
        "interactions": draw(st.lists(terms(parties, issues), max_size=2)),
        "disagreement": {
            party: draw(st.one_of(quantities(), st.just("base + shift"))) for party in parties
        },
        "agreements": deals,
        "stability": {"best": draw(st.integers(0, 4))},
    }
    if draw(st.booleans()):
        data["stability"]["signatories"] = draw(
            st.lists(st.sampled_from(parties), min_size=1, unique=True)
        )
    if draw(st.booleans()):
        data["status_quo"] = "today"
    if draw(st.booleans()):
        data["bargaining"] = {"players": parties}
    if draw(st.booleans()):
        data["ratifiers"] = {}
        for name in ("assembly", "senate")[: draw(st.integers(1, 2))]:
            part = {"of": draw(st.sampled_from(parties)), "at_least": draw(quantities())}
            if draw(st.booleans()):
                part["demands"] = draw(demand_blocks(issues))
            data["ratifiers"][name] = part
    if draw(st.integers(0, 3)):
        for party in draw(st.lists(st.sampled_from(parties), unique=True)):
            data["parties"][party]["patience"] = Fraction(draw(st.sampled_from([0, 3, 5, 9])), 10)
        data["commitment"] = {
            "lag": draw(st.integers(1, 3)),
            "punishment": draw(st.sampled_from(["disagreement", "today"])),
            "drift": draw(st.lists(terms(parties, issues), max_size=2)),
        }
    return data


FORMULAS = (
    "t",
    "1 - t",
    "t**2",
    "t**2 - 1/3",
    "min(t, 1/2)",
    "max(t, 1 - t)",
    "1/(t + 3)",
    "t/(t**2 + 1)",
    "1/(2*t - 1)",
    "abs(t - 1/4)",
    "t*(t - 1)",
    "t**3 - t/2",
    "max(t**2, 1/3)",
    "abs(t**2 - 1/2)",
    "1/(t**2 - 2)",
)
WEIGHING = ("t", "t**2", "1 - t", "max(t, 0)", "abs(t)", "1/(t + 3)", "2*t", "t**2 - 1/60")
"""For weights: not negative at 1/7."""
PATIENT = ("t", "1 - t", "t**2", "min(t, 1/2)", "abs(t)", "1/(t + 3)")


def _spots(data):
    """Return (mapping, key) of numbers that can become a formula."""
    spots = [(term, "amount") for term in data["interactions"]]
    spots += [(data["disagreement"], party) for party in data["disagreement"]]
    for block in data["demands"].values():
        for demand in block.values():
            spots.append((demand, "weight"))
            spots += [(demand["scores"], option) for option in demand.get("scores", ())]
    spots += [(part, "at_least") for part in data.get("ratifiers", {}).values()]
    spots += [(part, "patience") for part in data["parties"].values() if "patience" in part]
    return spots + [(term, "amount") for term in data.get("commitment", {}).get("drift", ())]


@st.composite
def formula_models(draw):
    """Small models with bargaining and a parameter ``t`` in some of their numbers."""
    data = copy.deepcopy(draw(small_models()))
    data["bargaining"] = {"players": list(data["parties"])}
    if draw(st.integers(0, 3)) == 0:
        data["bargaining"]["red_lines"] = "advisory"
    if draw(st.booleans()):
        for block in data["demands"].values():
            for demand in block.values():
                demand.pop("accepts", None)
    data["parameters"]["t"] = Fraction(1, 7)
    places = st.lists(
        st.sampled_from(range(len(_spots(data)))), min_size=1, max_size=4, unique=True
    )
    for place in draw(places):
        holder, key = _spots(data)[place]
        choice = {"weight": WEIGHING, "patience": PATIENT}.get(key, FORMULAS)
        formula = draw(st.sampled_from(choice))
        holder[key] = {"value": formula} if isinstance(holder.get(key), dict) else formula
    return data


@st.composite
def enforced_models(draw):
    """Small models in which keeping the agreement ``plan`` depends on a parameter ``t``.

    Every party has patience and controls something, and what follows a breach drifts.
    """
    data = copy.deepcopy(draw(small_models()))
    parties, plan = list(data["parties"]), data["agreements"]["plan"]
    data["parameters"]["t"] = Fraction(1, 7)
    for place, part in enumerate(data["issues"].values()):
        part["control"] = {"by": [parties[place % len(parties)]], "joint": False}
        part.pop("irreversible", None)
    for own in data["parties"].values():
        own["patience"] = draw(st.sampled_from(["9/10", "99/100", "min(t, 1/2)", "1 - t"]))
    data["disagreement"] = {party: draw(st.sampled_from(["0", "1/10"])) for party in parties}
    drift = [
        {"party": party, "when": {issue: [plan[issue]] for issue in list(plan)[:1]}, "amount": own}
        for party in parties
        for own in [draw(st.sampled_from(["0", "t", "-t", "t/3", "1/5 - t**2", "abs(t) - 1/3"]))]
    ]
    punishment = draw(st.sampled_from(["disagreement", "disagreement", "today"]))
    data["commitment"] = {"lag": draw(st.integers(1, 2)), "punishment": punishment, "drift": drift}
    return data
