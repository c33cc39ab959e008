"""What some agreements are worth: distinct payoff points, and the agreements behind each.

The *payoff point* of an agreement is the vector of the utilities of **all** parties, also of those
whose interests were not asked: what the players are indifferent about need not be the same to
the others. The *multiplicity* of a point is the number of agreements that have it.

Conventions
-----------
- Points are ordered by utility, the largest first, party after party in alphabetical order, so
  that the order of a file decides nothing.
- The agreements of a point are ordered by their number in the space. Both sequences are complete
  and make their items when asked for one.
- A set of agreements is a *product* over some issues where every combination of what is taken on
  them occurs, whatever is taken on the others. Issue k is combined freely if the set S has
  ``|S| = |options taken on k| * |S without k|``, S being contained in that product.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.agreements import Agreement, AgreementSpace, words
from negotiation.bargaining.maximal import ranks
from negotiation.errors import first_few
from negotiation.exact import FrozenMap, read_only
from negotiation.results import Tied, bound_list, tied

__all__ = ["Agreements", "PayoffPoint", "PayoffPoints", "by_name", "changes"]

Numbers = NDArray[np.int64]


# -- orders that no file decides --------------------------------------------------------------


def changes(space: AgreementSpace, numbers: Numbers, quo: Mapping[str, str] | None) -> Numbers:
    """Return in how many issues agreements differ from the status quo (0 without one)."""
    different = np.zeros(len(numbers), dtype=np.int64)
    if quo is not None:
        here = np.unravel_index(space.index(quo), space.shape)
        for place, own in zip(np.unravel_index(numbers, space.shape), here, strict=True):
            different += place != own
    return different


def by_name(space: AgreementSpace, numbers: Numbers) -> Numbers:
    """Return numbers that order agreements by the names of issues and of the options taken.

    Unlike the numbers in the space they do not depend on the order of issues and options.

    Examples
    --------
    >>> issues = {"zone": ("open", "closed"), "gas": ("on", "off")}
    >>> space = AgreementSpace.additive(issues, {"us": {}})
    >>> by_name(space, np.arange(4)).tolist()
    [3, 1, 2, 0]
    """
    places = dict(zip(space.issues, np.unravel_index(numbers, space.shape), strict=True))
    found = np.zeros(len(numbers), dtype=np.int64)
    for issue in sorted(space.issues):
        options = space.issues[issue]
        rank = {option: place for place, option in enumerate(sorted(options))}
        found = found * len(options) + np.array([rank[own] for own in options])[places[issue]]
    return found


# -- agreements -------------------------------------------------------------------------------


class Agreements(Sequence[Agreement]):
    """Some agreements of a space; each is made when it is asked for.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    numbers : array of int64
        Their numbers in the space, ascending.

    Examples
    --------
    >>> issues = {"zone": ("open", "closed"), "gas": ("on", "off")}
    >>> space = AgreementSpace.additive(issues, {"us": {}})
    >>> some = Agreements(space, np.array([0, 1, 3]))
    >>> len(some), some[-1]
    (3, FrozenMap({'zone': 'closed', 'gas': 'off'}))
    >>> some.blocks
    (('zone', 'gas'),)
    """

    __slots__ = ("__dict__", "numbers", "space")

    def __init__(self, space: AgreementSpace, numbers: Numbers) -> None:
        self.space = space
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: SupportsIndex) -> Agreement: ...
    @overload
    def __getitem__(self, place: slice) -> Agreements: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Agreement | Agreements:
        if isinstance(place, slice):
            return Agreements(self.space, self.numbers[place])
        return self.space.agreement(int(self.numbers[place]))

    def __contains__(self, agreement: object) -> bool:
        if not isinstance(agreement, Mapping) or set(agreement) != set(self.space.issues):
            return False
        if any(agreement[issue] not in own for issue, own in self.space.issues.items()):
            return False
        number = self.space.index(agreement)
        place = int(np.searchsorted(self.numbers, number))
        return place < len(self.numbers) and int(self.numbers[place]) == number

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Agreements):
            return NotImplemented
        if len(self) != len(other):
            return False
        if list(self.space.issues.items()) == list(other.space.issues.items()):
            return bool(np.array_equal(self.numbers, other.numbers))
        if {issue: set(own) for issue, own in self.space.issues.items()} != {
            issue: set(own) for issue, own in other.space.issues.items()
        }:
            return set(self) == set(other)
        ours, theirs = (np.sort(by_name(own.space, own.numbers)) for own in (self, other))
        return bool(np.array_equal(ours, theirs))

    def __hash__(self) -> int:
        return hash((len(self), self.taken))

    def __repr__(self) -> str:
        inside = ", ".join(first_few(map(repr, self)))
        return f"({inside},)" if len(self) == 1 else f"({inside})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Agreements, (self.space, self.numbers)

    # -- what is taken on the issues, and how it is combined ----------------------------------

    def column(self, issue: str) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        """Return the options of an issue, and for each agreement the place of its option."""
        options = self.space.issues[issue]
        axis = list(self.space.issues).index(issue)
        return options, np.unravel_index(self.numbers, self.space.shape)[axis]

    @cached_property
    def taken(self) -> FrozenMap[str, frozenset[str]]:
        """Issue -> the options that some of the agreements take."""
        found = {}
        for issue in self.space.issues:
            options, places = self.column(issue)
            found[issue] = frozenset(options[k] for k in np.unique(places))
        return FrozenMap(found)

    def _patterns(self, issues: Sequence[str]) -> Numbers:
        """Return the different combinations of some issues, as numbers of their agreements."""
        columns = np.unravel_index(self.numbers, self.space.shape)
        axes = [k for k, issue in enumerate(self.space.issues) if issue in issues]
        code = np.zeros(len(self), dtype=np.int64)
        for axis in axes:
            code = code * self.space.shape[axis] + columns[axis]
        _, first = np.unique(code, return_index=True)
        found: Numbers = self.numbers[np.sort(first)]
        return found

    @cached_property
    def blocks(self) -> tuple[tuple[str, ...], ...]:
        """Groups of issues; what is taken in one group is combined freely with the others.

        An issue on which all agreements take the same option, and one that is combined freely
        with all others, is a group of its own.
        """
        issues = list(self.space.issues)
        tight = [
            issue
            for issue in issues
            if len(self.taken[issue]) > 1
            and len(self)
            != len(self.taken[issue]) * len(self._patterns([i for i in issues if i != issue]))
        ]
        groups = [{issue} for issue in tight]
        for one, two in itertools.combinations(tight, 2):
            if len(self._patterns([one, two])) < len(self.taken[one]) * len(self.taken[two]):
                a, b = (next(group for group in groups if i in group) for i in (one, two))
                if a is not b:
                    groups.remove(b)
                    a |= b
        loose = math.prod(len(self.taken[issue]) for issue in issues if issue not in tight)
        if len(self) != loose * math.prod(len(self._patterns([*group])) for group in groups):
            groups = [set(tight)]  # tied together, though no two of the groups are
        found: list[tuple[str, ...]] = [(issue,) for issue in issues if issue not in tight]
        found += [tuple(issue for issue in issues if issue in group) for group in groups]
        return tuple(sorted(found, key=lambda block: issues.index(block[0])))

    def said(self) -> tuple[dict[str, str], list[str]]:
        """Say what is taken on each issue, and how what is not free is combined.

        "any" stands on an issue where every option is taken, whatever is taken on the others.
        """
        texts: dict[str, str] = {}
        notes: list[str] = []
        for block in self.blocks:
            for issue in block:
                options, taken = self.space.issues[issue], self.taken[issue]
                full = len(taken) == len(options) > 1 and len(block) == 1
                texts[issue] = "any" if full else _or([own for own in options if own in taken])
            if len(block) > 1:
                patterns = Agreements(self.space, self._patterns(block))
                each = (words({issue: own[issue] for issue in block}) for own in patterns)
                notes.append("; or ".join(first_few(each)))
        return {issue: texts[issue] for issue in self.space.issues}, notes

    @property
    def text(self) -> str:
        """The agreements in one line: what they all say, issue by issue."""
        if len(self) == 1:
            return words(self[0])
        texts, combined = self.said()
        free = {issue: texts[issue] for block in self.blocks if len(block) == 1 for issue in block}
        return "; ".join([*([words(free)] if free else []), *(f"({own})" for own in combined)])

    # -- as an output -------------------------------------------------------------------------

    def outcome(self, worlds: tuple[str, NDArray[np.intp]] | None = None) -> Any:
        """Return what the agreements say as one outcome: a mapping from issue to option.

        Where several options are taken on issues that are combined freely, such an issue has a
        :class:`~negotiation.results.Tied` in the place of its option. Otherwise the outcome is one
        ``Tied`` of all agreements. None for no agreements.

        Parameters
        ----------
        worlds : tuple, optional
            As :class:`~negotiation.results.Tied` has it, with the place in this sequence.
        """
        if not len(self):
            return None
        if len(self) == 1:
            return dict(self[0])
        whole = Tied(self, worlds)
        if any(len(block) > 1 for block in self.blocks):
            return whole
        return {issue: whole.at(issue) for issue in self.space.issues}

    def nearest(self, quo: Mapping[str, str] | None = None) -> Agreement:
        """Return the one that changes fewest issues; of equals the first by name."""
        if len(self) == 1:
            return self[0]
        order = np.lexsort(
            (by_name(self.space, self.numbers), changes(self.space, self.numbers, quo))
        )
        return self[int(order[0])]


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) < 2 else f"{', '.join(names[:-1])} or {names[-1]}"


# -- points -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class PayoffPoint:
    """One payoff point.

    Attributes
    ----------
    utilities : FrozenMap
        Party -> utility, for all parties.
    agreements : Agreements
        All agreements that are worth this; a sequence.
    """

    utilities: FrozenMap[str, Fraction]
    agreements: Agreements

    @property
    def count(self) -> int:
        """Its multiplicity: how many agreements are worth this."""
        return len(self.agreements)

    def data(self) -> dict[str, Any]:
        """Return utilities, multiplicity and content as plain data."""
        return {
            "utility": dict(self.utilities),
            "count": self.count,
            "agreement": self.agreements.outcome(),
        }


class PayoffPoints(Sequence[PayoffPoint]):
    """The distinct payoff points of some agreements, with multiplicity; made when asked for.

    Parameters
    ----------
    space : AgreementSpace
        The space.
    numbers : array of int64
        The agreements by number, ascending.

    Notes
    -----
    O(n log n) for n agreements, for the order.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 1, "ru": 3}, "b": {"us": 2, "ru": 1}, "c": {"us": 1, "ru": 3}}
    ... )
    >>> points = PayoffPoints(space, np.arange(3))
    >>> [(point.utilities["ru"], point.count) for point in points]
    [(Fraction(3, 1), 2), (Fraction(1, 1), 1)]
    """

    __slots__ = ("__dict__", "agreements", "space")

    def __init__(self, space: AgreementSpace, numbers: Any) -> None:
        self.space = space
        own = np.array(numbers, dtype=np.int64)
        self.agreements = Agreements(space, read_only(own))

    @property
    def numbers(self) -> Numbers:
        """All their agreements by number in the space, ascending."""
        return self.agreements.numbers

    @cached_property
    def codes(self) -> NDArray[np.intp]:
        """For each agreement the place of its point."""
        order, starts = self._groups
        found = np.empty(len(order), dtype=np.intp)
        lengths = np.diff(np.append(starts, len(order)))
        found[order] = np.repeat(np.arange(len(starts)), lengths)
        return found

    @cached_property
    def _groups(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The agreements' places, point after point, and where each point begins."""
        if not len(self.numbers):
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
        columns = [
            ranks(self.space.utilities(party)[self.numbers]) for party in sorted(self.space.parties)
        ]
        order = np.lexsort([-column for column in reversed(columns)])  # stable: numbers ascend
        fresh = np.zeros(len(order), dtype=bool)
        fresh[0] = True
        for column in columns:
            fresh[1:] |= np.diff(column[order]) != 0
        return order, np.flatnonzero(fresh)

    def __len__(self) -> int:
        return len(self._groups[1])

    @overload
    def __getitem__(self, place: SupportsIndex) -> PayoffPoint: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[PayoffPoint]: ...
    def __getitem__(self, place: SupportsIndex | slice) -> PayoffPoint | Sequence[PayoffPoint]:
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        order, starts = self._groups
        k = range(len(starts))[place]
        stop = starts[k + 1] if k + 1 < len(starts) else len(order)
        own = Agreements(self.space, self.numbers[order[starts[k] : stop]])
        return PayoffPoint(
            FrozenMap(
                {
                    party: Fraction(
                        int(self.space.utilities(party)[own.numbers[0]]),
                        self.space.denominator(party),
                    )
                    for party in self.space.parties
                }
            ),
            own,
        )

    def __iter__(self) -> Iterator[PayoffPoint]:
        return (self[k] for k in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PayoffPoints):
            return NotImplemented
        return self.space == other.space and self.agreements == other.agreements

    def __hash__(self) -> int:
        return hash((self.space, self.agreements))

    def __repr__(self) -> str:
        return f"PayoffPoints({len(self):,} points of {len(self.numbers):,} agreements)"

    def __reduce__(self) -> tuple[Any, ...]:
        return PayoffPoints, (self.space, self.numbers)

    def data(self) -> dict[str, Any]:
        """Return the points as a list of data that may be long."""
        found = bound_list("points", self)
        return found | {"points": [point.data() for point in found["points"]]}

    def utility(self, party: str, source: str = "") -> Any:
        """Return a party's utility: a number where it is the same in all points, else a ``Tied``.

        Parameters
        ----------
        party : str
            Who.
        source : str
            What the agreements are solutions of, as :class:`~negotiation.results.Tied` has it.
        """
        order, starts = self._groups
        firsts = self.numbers[order[starts]]
        scale = self.space.denominator(party)
        values = [Fraction(int(v), scale) for v in self.space.utilities(party)[firsts]]
        return tied(values, (source, self.codes))
