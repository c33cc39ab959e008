"""What decides an outcome: polynomials in one input whose signs fix it.

A *decider* knows one output of a model. It names the numbers that the output rests on
(``nodes``); where these are rational functions it gives the polynomials whose signs decide the
output (``prepare``), and it tells the output at a number (``outcome``).

- :class:`EquilibriumDecider`, two players: the extreme equilibria are the pairs of vertices of the
  best-reply polyhedra that have all labels between them, and which pairs of equally many
  strategies and replies are vertices, with which best replies, follows from the signs of the
  bordered minors E(R, T) (see :mod:`negotiation.normal_form.bordered_minors`). As long as no
  minor changes its sign, supports and components of the equilibrium set stay the same.
  Otherwise: the pure equilibria, from the signs of all payoff differences of single deviations.
- :class:`ConsentDecider`: an agreement is acceptable, or ratifiable, exactly if no margin is
  negative; red lines do not depend on numbers.
- Bargaining solutions are upper envelopes; :mod:`~negotiation.what_if.solution_decider` walks
  along them, and its polynomials are those at whose zeros the solution changes.

Other verdicts on agreements are walked along (:mod:`~negotiation.what_if.ways`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from negotiation.exact import FrozenMap
from negotiation.formulas import Node
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.symbolic import Inputs, dense
from negotiation.normal_form.components import grouped
from negotiation.roots import Number, Polynomial, sign_at
from negotiation.stability.judge import Judge
from negotiation.what_if.outcomes import Structure
from negotiation.what_if.solution_decider import solution_decider
from negotiation.what_if.subjects import Scene, agreement_subject

__all__ = ["Decider", "EquilibriumDecider", "decider", "numerators"]

MAX_MINORS = 4_000
Place = tuple[int, ...]
Minors = dict[tuple[Place, Place], Any]


class Decider(Protocol):
    """Decides one output; see the module's opening."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The numbers that the output rests on."""

    @property
    def note(self) -> str:
        """What is left out, or "" for nothing."""

    @property
    def guarantee(self) -> str:
        """How complete the answer is."""

    def prepare(
        self, functions: Mapping[Node, Any], sample: Fraction, places: Sequence[Number]
    ) -> tuple[Any, Iterable[Polynomial]]:
        """Return what :meth:`outcome` needs and the polynomials that decide.

        `places`: the two ends of what is looked at, and between them where the model may stop
        having a meaning.
        """

    def outcome(self, prepared: Any, at: Number) -> Any:
        """Return the output at a number where the functions hold."""


def numerators(functions: Sequence[Any]) -> tuple[list[Any], Any]:
    """Return the functions times their common denominator, and that, all in the ring."""
    below = functions[0].field.ring.one
    for own in functions:
        below = below.lcm(own.denom)
    return [own.numer * below.exquo(own.denom) for own in functions], below


def _signed(value: Any) -> Polynomial:
    """Return the polynomial whose sign is that of a rational function."""
    return dense(value.numer * value.denom)


# ---- equilibria -------------------------------------------------------------------------------


def _minors(matrix: Sequence[Sequence[Any]], one: Any) -> Minors:
    """Return all E(R, T): the rows R and columns T below a row of ones; |T| = |R| + 1."""
    m, n = len(matrix), len(matrix[0])
    found: Minors = {((), (t,)): one for t in range(n)}
    for size in range(1, min(m, n - 1) + 1):
        for rows in itertools.combinations(range(m), size):
            for columns in itertools.combinations(range(n), size + 1):
                total = one - one
                for place, column in enumerate(columns):
                    rest = columns[:place] + columns[place + 1 :]
                    term = matrix[rows[-1]][column] * found[rows[:-1], rest]
                    total = total + (term if (size + place) % 2 == 0 else -term)
                found[rows, columns] = total
    return found


def _vertices(signs: Mapping[tuple[Place, Place], int], m: int, n: int) -> set[tuple[Place, Place]]:
    """Return the vertices as (support, best replies)."""
    found = set()
    for size in range(1, min(m, n) + 1):
        for own in itertools.combinations(range(m), size):
            for replies in itertools.combinations(range(n), size):
                weights = {
                    signs[own[:i] + own[i + 1 :], replies] * (-1) ** (i + 1) for i in range(size)
                }
                if len(weights) != 1 or 0 in weights:
                    continue
                (factor,) = weights
                best = list(replies)
                for j in range(n):
                    if j in replies:
                        continue
                    below = sum(t < j for t in replies)
                    more = tuple(sorted((*replies, j)))
                    slack = -((-1) ** below) * signs[own, more] * factor
                    if slack < 0:
                        break
                    if slack == 0:
                        best.append(j)
                else:
                    found.add((own, tuple(sorted(best))))
    return found


@dataclass(frozen=True, eq=False)
class EquilibriumDecider:
    """Decides the set of equilibria, or what follows from it."""

    strategies: tuple[tuple[str, ...], ...]
    payoffs: tuple[tuple[Node, ...], ...]
    pick: Callable[[Structure], Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of strategies of each player."""
        return tuple(map(len, self.strategies))

    @property
    def complete(self) -> bool:
        """Whether mixed equilibria are found too."""
        if len(self.shape) != 2:
            return False
        m, n = self.shape
        return (
            sum(
                math.comb(m, r) * math.comb(n, r + 1) + math.comb(n, r) * math.comb(m, r + 1)
                for r in range(min(m, n))
            )
            <= MAX_MINORS
        )

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The payoffs."""
        return tuple(itertools.chain(*self.payoffs))

    @property
    def note(self) -> str:
        """What is left out."""
        if self.complete:
            return ""
        return "Pure equilibria only: the game has more than two players or is too large."

    @property
    def guarantee(self) -> str:
        """How complete the structure is."""
        return "all" if self.complete else "pure"

    def prepare(
        self,
        functions: Mapping[Node, Any],
        sample: Fraction,
        places: Sequence[Number],  # noqa: ARG002  part of the protocol
    ) -> tuple[Any, Iterable[Polynomial]]:
        """Return the minors, or the payoff differences, as polynomials."""
        tables: list[dict[Any, Polynomial]] = []
        for player, own in enumerate(self.payoffs):
            values, below = numerators([functions[node] for node in own])
            if sign_at(dense(below), sample) < 0:
                values = [-value for value in values]
            elements = self.elements(player, values)
            known = {element: dense(element) for element in set(elements.values())}
            tables.append({key: known[element] for key, element in elements.items()})
        return tables, {poly for table in tables for poly in table.values()}

    def elements(self, player: int, values: Sequence[Any]) -> dict[Any, Any]:
        """Return what decides, from one player's payoffs in a ring: minors or differences."""
        if not self.complete:
            return self._deviations(player, values)
        m, n = self.shape
        matrix = [list(values[i * n : (i + 1) * n]) for i in range(m)]
        if player == 0:  # the weights of one player equalise what the other earns
            matrix = [list(column) for column in zip(*matrix, strict=True)]
        return _minors(matrix, values[0].ring.one)

    def _deviations(self, player: int, values: Sequence[Any]) -> dict[Any, Any]:
        """Return what each single deviation loses."""
        places = list(itertools.product(*map(range, self.shape)))
        value = dict(zip(places, values, strict=True))
        return {
            (place, other): value[place] - value[(*place[:player], other, *place[player + 1 :])]
            for place in places
            for other in range(self.shape[player])
            if other != place[player]
        }

    def outcome(self, prepared: Any, at: Number) -> Any:
        """Return the structure, or what was asked of it."""
        known: dict[Polynomial, int] = {}
        for poly in {poly for table in prepared for poly in table.values()}:
            known[poly] = sign_at(poly, at)
        signs = [{key: known[poly] for key, poly in table.items()} for table in prepared]
        if not self.complete:
            return self.pick(self._pure(signs))
        m, n = self.shape
        first = sorted(_vertices(signs[1], m, n))
        second = sorted(_vertices(signs[0], n, m))
        edges = [
            (i, j)
            for i, (x, replies) in enumerate(first)
            for j, (y, answers) in enumerate(second)
            if set(x) <= set(answers) and set(y) <= set(replies)
        ]
        supports = sorted(
            ((first[i][0], second[j][0]) for i, j in edges),
            key=lambda pair: (len(pair[0]) + len(pair[1]) > 2, pair),
        )
        return self.pick(Structure(tuple(map(self._named, supports)), len(grouped(edges))))

    def _pure(self, signs: list[dict[Any, int]]) -> Structure:
        losing = {place for table in signs for (place, _), sign in table.items() if sign < 0}
        places = itertools.product(*map(range, self.shape))
        return Structure(
            tuple(self._named([(k,) for k in place]) for place in places if place not in losing)
        )

    def _named(self, supports: Sequence[Place]) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(names[k] for k in own)
            for names, own in zip(self.strategies, supports, strict=True)
        )


# ---- consent ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ConsentDecider:
    """Decides whether no margin is negative; `crossed` where a red line decides already."""

    nodes: tuple[Node, ...]
    crossed: bool
    note: str = ""
    guarantee: str = "all"

    def prepare(
        self,
        functions: Mapping[Node, Any],
        sample: Fraction,  # noqa: ARG002  part of the protocol
        places: Sequence[Number],  # noqa: ARG002  part of the protocol
    ) -> tuple[Any, Iterable[Polynomial]]:
        """Return the signs of the margins as polynomials."""
        found = tuple(dict.fromkeys(_signed(functions[node]) for node in self.nodes))
        return found, found

    def outcome(self, prepared: Any, at: Number) -> Any:
        """Return whether it holds."""
        return not self.crossed and all(sign_at(poly, at) >= 0 for poly in prepared)


# ---- which decider an output has -------------------------------------------------------------


def decider(model: Model, inputs: Inputs, path: str, output: str) -> Decider | None:
    """Return the decider of an output along an input, or None where there is no exact one."""
    section, *rest = output.split(".")
    if section in {"normal_form", "demand_game"}:
        return _of_game(model, inputs, section, rest)
    if section == "stability" and len(rest) > 2 and rest[0] == "verdicts":
        return _of_verdict(model, inputs, rest[1:])
    if section == "bargaining" and len(rest) > 1:
        return solution_decider(model, inputs, path, rest)
    return None


PICKS: Mapping[str, Callable[[Structure], Any]] = FrozenMap(
    {
        "": lambda found: found,
        "count": lambda found: found.count,
        "count_pure": lambda found: len(found.outcomes),
        "outcomes": lambda found: found.outcomes,
        "components": lambda found: found.components,
    }
)


def _of_game(model: Model, inputs: Inputs, section: str, rest: list[str]) -> Decider | None:
    if (rest[:1] or ["equilibria"]) != ["equilibria"] or len(rest) > 2:
        return None
    pick = PICKS.get(rest[1] if len(rest) == 2 else "")
    if pick is None:
        return None
    if section == "normal_form":
        form = model.spec.normal_form
        assert form is not None
        strategies = tuple(tuple(own) for own in form.players.values())
        rows = form.rows
        table = [
            [inputs.quantity(part) for part in rows[profile]]
            for profile in itertools.product(*strategies)
        ]
    else:
        made = build.demand_game(model, build.agreement_space(model))
        strategies = made.game.strategies
        table = [
            [
                inputs.disagreement(player)
                if made.outcomes[profile] is None
                else inputs.utility(player, made.outcomes[profile] or {})
                for player in made.game.players
            ]
            for profile in itertools.product(*strategies)
        ]
    found = EquilibriumDecider(strategies, tuple(zip(*table, strict=True)), pick)
    if not found.complete and rest[1:] in (["count"], ["components"]):
        return None
    return found


def _of_verdict(model: Model, inputs: Inputs, rest: list[str]) -> Decider | None:
    name, criterion, *more = rest
    if name not in model.agreements or more != ["holds"]:
        return None
    if criterion != "acceptable" and not (criterion == "ratifiable" and model.ratifiers):
        return None
    scene = Scene(Judge(model, build.agreement_space(model)), model.agreement(name))
    subject = agreement_subject(model, inputs, scene, [criterion])
    return ConsentDecider(subject.margins, subject.never)
