"""Fragility: which predictions survive if two neighbours in one order change places.

Orders are those of the rankings of a conflict graph, and of the payoffs of a matrix. One swap is
made at a time; ties, and equal payoffs, move together.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from negotiation.analysis import Analysis, solve
from negotiation.errors import NegotiationError
from negotiation.exact import FrozenMap, OrderedMap, show
from negotiation.model.model import Model
from negotiation.results import Result, Table
from negotiation.what_if.points import checked_model

__all__ = ["Fragility", "Swap", "fragility"]


@dataclass(frozen=True)
class Swap:
    """Two neighbours of one order, exchanged, and what that changes.

    Attributes
    ----------
    section : str
        ``"conflict_graph"`` or ``"normal_form"``.
    party : str
        Whose order.
    upper, lower : str
        What stood above, and what right below it.
    changes : FrozenMap
        What was overridden: the swapped model is ``model.override(swap.changes)``.
    flips : tuple of str
        Predictions whose mark is another one after the swap.
    appeared, vanished : tuple of str
        Stable states by concept, or pure equilibria, gained and lost.
    ours : bool
        Whether the place of either is the modeller's choice, in no document.
    """

    section: str
    party: str
    upper: str
    lower: str
    changes: FrozenMap[str, Any]
    flips: tuple[str, ...]
    appeared: tuple[str, ...]
    vanished: tuple[str, ...]
    ours: bool = False

    @property
    def harmless(self) -> bool:
        """Whether nothing changes."""
        return not (self.flips or self.appeared or self.vanished)


@dataclass(frozen=True)
class Fragility(Result):
    """Which predictions survive which swaps of neighbours.

    Attributes
    ----------
    swaps : tuple of Swap
        Every swap tried, by section, party and place.
    marks : OrderedMap of str to str
        Each prediction's mark in the model as it stands: agrees, disagrees, cannot be checked.
    """

    swaps: tuple[Swap, ...]
    marks: OrderedMap[str, str]

    @property
    def survivals(self) -> dict[str, int]:
        """Per prediction the number of swaps that leave its mark as it is."""
        return {name: sum(name not in s.flips for s in self.swaps) for name in self.marks}

    def data(self) -> dict[str, Any]:
        """Return the swaps and what they change."""
        return {
            "guarantee": self.guarantee,
            "count": len(self.swaps),
            "harmless": sum(swap.harmless for swap in self.swaps),
            "predictions": {
                name: {"mark": self.marks[name], "survives": count}
                for name, count in self.survivals.items()
            },
            "swaps": [
                {
                    "section": swap.section,
                    "party": swap.party,
                    "upper": swap.upper,
                    "lower": swap.lower,
                    "ours": swap.ours,
                    "flips": list(swap.flips),
                    "appeared": list(swap.appeared),
                    "vanished": list(swap.vanished),
                }
                for swap in self.swaps
            ],
        }

    def tables(self) -> tuple[Table, ...]:
        """Return how many swaps each prediction survives, and what each swap changes."""
        many = len(self.swaps)
        ours = any(swap.ours for swap in self.swaps)
        tables = []
        if self.marks:
            rows = [
                [name, self.marks[name], count, many - count]
                for name, count in self.survivals.items()
            ]
            heads = ["prediction", "now", "survives", "changes"]
            title = f"Predictions under {many} swaps of neighbours"
            tables.append(Table(title, heads, rows, name="survival"))
        rows = [
            [
                swap.party,
                f"{swap.lower} above {swap.upper}",
                *([swap.ours] if ours else []),
                "; ".join(swap.flips) or None,
                "; ".join(swap.appeared) or None,
                "; ".join(swap.vanished) or None,
            ]
            for swap in self.swaps
            if not swap.harmless
        ]
        heads = ["party", "if", *(["ours"] if ours else []), "flips", "appears", "vanishes"]
        notes = [f"{many - len(rows)} of {many} swaps change nothing."]
        if ours:
            notes.append("ours: the place of one of the two is in no document.")
        tables.append(Table("What each swap changes", heads, rows, notes, name="swaps"))
        return tuple(tables)


def fragility(model: Model) -> Fragility:
    """Return what changes if two neighbours in one party's order change places.

    In a conflict graph the neighbours are states (or ties of states) next to each other in a
    party's ranking. In a payoff matrix they are neighbouring levels of a player's payoffs: all
    profiles at either level get the payoff of the other. One swap at a time.

    Parameters
    ----------
    model : Model
        The model, in a reading or as written; its predictions are those for this reading.

    Raises
    ------
    NegotiationError
        If the model has neither a conflict graph nor a payoff matrix.

    Notes
    -----
    Solves the section once per swap: for a party that ranks n states there are n - 1.

    Examples
    --------
    >>> import negotiation as ng
    >>> found = fragility(ng.load("classics/prisoners_dilemma"))
    >>> len(found.swaps)
    6
    """
    model = checked_model(model)
    swaps = [*_ranking_swaps(model), *_payoff_swaps(model)]
    if model.spec.conflict_graph is None and model.spec.normal_form is None:
        raise NegotiationError(
            f"'{model.title}' states no order: no conflict_graph and no normal_form",
            remedy="use robustness() for numbers with ranges",
        )
    base = solve(model)
    marks = {checked.name: checked.mark for checked in base.predictions()}
    found = []
    for swap in swaps:
        part = solve(model.override(swap.changes), only=[swap.section])
        after = Analysis(part.model, FrozenMap({**base.results, **part.results}))
        before_set, after_set = _stable(base, swap.section), _stable(after, swap.section)
        found.append(
            replace(
                swap,
                flips=tuple(
                    checked.name
                    for checked in after.predictions()
                    if checked.mark != marks[checked.name]
                ),
                appeared=tuple(name for name in after_set if name not in before_set),
                vanished=tuple(name for name in before_set if name not in after_set),
            )
        )
    return Fragility(tuple(found), OrderedMap(marks))


def _ranking_swaps(model: Model) -> Iterator[Swap]:
    """Yield every exchange of neighbours in the rankings of a conflict graph."""
    section = model.spec.conflict_graph
    for party, ranking in section.ranking.items() if section else ():
        order = [list(tie) for tie in ranking.order]
        for k in range(len(order) - 1):
            upper, lower = order[k], order[k + 1]
            swapped = [*order[:k], lower, upper, *order[k + 2 :]]
            yield Swap(
                "conflict_graph",
                party,
                ", ".join(upper),
                ", ".join(lower),
                FrozenMap({f"conflict_graph.ranking.{party}": tuple(map(tuple, swapped))}),
                (),
                (),
                (),
                bool({*upper, *lower} & set(ranking.ours)),
            )


def _payoff_swaps(model: Model) -> Iterator[Swap]:
    """Yield every exchange of neighbouring levels of a player's payoffs."""
    section = model.spec.normal_form
    for place, player in enumerate(section.players if section else ()):
        assert section is not None
        own = {key: model.number(payoffs[place]) for key, payoffs in section.payoffs.items()}
        levels = sorted(set(own.values()), reverse=True)
        for above, below in itertools.pairwise(levels):
            other = {above: below, below: above}
            changes = {
                f"normal_form.payoffs.{key}.{player}": other[value]
                for key, value in own.items()
                if value in other
            }
            upper, lower = (
                f"{', '.join(key for key in own if own[key] == level)} ({show(level)})"
                for level in (above, below)
            )
            yield Swap("normal_form", player, upper, lower, FrozenMap(changes), (), (), ())


def _stable(analysis: Analysis, section: str) -> list[str]:
    """Return what is stable: states by concept, or pure equilibria."""
    data: Any = analysis[section].data()
    if section == "normal_form":
        return list(data["equilibria"]["outcomes"])
    return [
        f"{name} ({concept})" for concept, names in data["equilibria"].items() for name in names
    ]
