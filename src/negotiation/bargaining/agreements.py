"""The agreement space: every way to settle the issues, and what each party makes of it.

Mathematics
-----------
Issues 1..m have finitely many options each; an agreement takes one option on every issue,
so the space is the product of the option sets. Party p's utility of agreement a is

    u_p(a) = sum over issues k of s_p,k(a_k)  +  sum of the terms of p that a meets,

where ``s_p,k`` is a (weighted) score per option and a term adds an amount when each of its
issues has one of its listed options. Without agreement p gets its disagreement value d_p.
A red line of p on an issue is the set of options it allows there; an agreement with any other
option on that issue crosses it.

Conventions
-----------
- Agreements are numbered in C order: **axis k is issue k**, the last issue varies fastest.
- All arrays are flat, of length :attr:`AgreementSpace.size`, in that order, and read-only.
- :meth:`AgreementSpace.utilities` are integers over :meth:`AgreementSpace.denominator`, which
  also fits the disagreement value. They are int64 where every value fits with room for
  sums, else Python integers.
- A crossed red line outweighs all utility: in :meth:`AgreementSpace.preferences` an agreement
  that crosses a red line of the party ranks below no agreement and below every agreement that
  crosses none of its lines. Among the crossing ones utility decides. How far below has no
  meaning; only the order counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining.reading import distinct, listed, numbers, shares, values_of
from negotiation.errors import GameError, TooLargeError, UnknownNameError, shorten
from negotiation.exact import (
    FrozenMap,
    IntArray,
    common_denominator,
    exact,
    of_kind,
    read_only,
    refuse_bytes,
    show,
    show_apart,
    unravel,
)
from negotiation.results import Verdict, Witness

__all__ = ["Agreement", "AgreementSpace", "Mask", "Term", "checked_space", "words"]

Agreement = FrozenMap[str, str]
"""Issue -> option, one option for every issue."""

Mask = NDArray[np.bool_]
"""Yes or no for every agreement, in C order over the issues."""

Scores = FrozenMap[str, FrozenMap[str, tuple[Fraction, ...]]]
RedLines = FrozenMap[str, FrozenMap[str, tuple[str, ...]]]

MAX_AGREEMENTS = 20_000_000
FEWER = "use fewer issues, or fewer options of an issue"
ROOM = 2**52  # int64 below this bound, so that a thousand terms may be added


def words(agreement: Mapping[str, str]) -> str:
    """Write an agreement for people.

    Examples
    --------
    >>> words({"zone": "open", "quota": "low"}), words({"agreement": "deal A"})
    ('zone: open, quota: low', 'deal A')
    """
    if len(agreement) == 1:
        return next(iter(agreement.values()))
    return ", ".join(f"{issue}: {option}" for issue, option in agreement.items())


def _count(number: int) -> str:
    """Write a number of agreements, of any size."""
    return f"{number:,}" if number < 10**21 else f"about 10^{math.log10(number):.0f}"


@dataclass(frozen=True)
class Term:
    """An interaction: utility that depends on several issues at once.

    Parameters
    ----------
    party : str
        Whose utility changes.
    when : mapping from issue to options
        The term counts where every listed issue has one of its listed options.
    amount : number
        By how much the utility changes.

    Examples
    --------
    >>> Term("ru", {"zone": ("open", "licensed"), "quota": "low"}, 0.1).amount
    Fraction(1, 10)
    """

    party: str
    when: FrozenMap[str, tuple[str, ...]]
    amount: Fraction

    def __post_init__(self) -> None:
        when = {
            issue: (options,) if isinstance(options, str) else tuple(options)
            for issue, options in self.when.items()
        }
        object.__setattr__(self, "when", FrozenMap(when))
        object.__setattr__(self, "amount", exact(self.amount, where=f"term of {self.party}"))


@dataclass(frozen=True, eq=False, repr=False)
class AgreementSpace:
    """All agreements over some issues, with every party's utility. Exact and immutable.

    Use :meth:`additive` or :meth:`from_utilities`; the bare constructor takes finished
    fields and validates them.

    Parameters
    ----------
    parties : tuple of str
        Distinct names.
    issues : FrozenMap
        Issue -> its options, in axis order.
    scores : FrozenMap
        Party -> issue -> one fraction per option: the (already weighted) contribution to the
        party's utility. A missing issue counts 0.
    disagreement : FrozenMap
        Party -> its utility without agreement.
    terms : tuple of Term
        Interactions.
    red_lines : FrozenMap
        Party -> issue -> the options it allows. Absent: everything.

    Raises
    ------
    GameError
        If names are repeated or missing, or a number is none.
    UnknownNameError
        If a party, issue or option does not exist.

    Examples
    --------
    >>> space = AgreementSpace.additive(
    ...     issues={"zone": ("closed", "open"), "quota": ("none", "low", "high")},
    ...     scores={
    ...         "north": {"zone": (1, 0), "quota": (1, 0.5, 0)},
    ...         "south": {"zone": (0, 1), "quota": (0, 1, 1)},
    ...     },
    ...     weights={"north": {"zone": 3, "quota": 1}, "south": {"zone": 1, "quota": 1}},
    ...     disagreement={"north": 0.4, "south": 0.2},
    ... )
    >>> space.size, space.agreement(1)
    (6, FrozenMap({'zone': 'closed', 'quota': 'low'}))
    >>> space.utility("north", {"zone": "closed", "quota": "low"})
    Fraction(7, 8)
    >>> space.utilities("north"), space.denominator("north")
    (array([40, 35, 30, 10,  5,  0]), 40)
    >>> print(space.acceptable_to("north", space.agreement(4)))
    no (margin -0.275): north leaves: no agreement gives it 0.4 instead of 0.125 (gain 0.275)
    """

    parties: tuple[str, ...]
    issues: FrozenMap[str, tuple[str, ...]]
    scores: Scores
    disagreement: FrozenMap[str, Fraction]
    terms: tuple[Term, ...] = ()
    red_lines: RedLines = field(default_factory=FrozenMap)

    def __post_init__(self) -> None:
        parties = distinct(self.parties, "party", "parties")
        issues = FrozenMap(
            {
                issue: distinct(self.issues[issue], "option", f"options of issue {issue}")
                for issue in distinct(tuple(self.issues), "issue", "issues")
            }
        )
        set_field = object.__setattr__
        set_field(self, "parties", parties)
        set_field(self, "issues", issues)
        set_field(self, "terms", tuple(self.terms))
        for name in ("scores", "red_lines", "disagreement"):
            for party in getattr(self, name):
                self._known(party, where=name.replace("_", " "))
        set_field(self, "scores", FrozenMap({party: self._scores_of(party) for party in parties}))
        missing = [party for party in parties if party not in self.disagreement]
        if missing:
            raise GameError(
                f"no disagreement value for {missing[0]}",
                where="disagreement",
                remedy="say what every party gets without agreement",
            )
        values = {
            party: exact(self.disagreement[party], where=f"disagreement of {party}")
            for party in parties
        }
        set_field(self, "disagreement", FrozenMap(values))
        for term in self.terms:
            self._known(term.party, where="terms")
            for issue, options in term.when.items():
                self._places(issue, options, where=f"term of {term.party}")
        lines = {party: self._lines_of(party) for party in parties if party in self.red_lines}
        set_field(self, "red_lines", FrozenMap({p: block for p, block in lines.items() if block}))

    # -- constructors ------------------------------------------------------------------

    @classmethod
    def additive(
        cls,
        issues: Mapping[str, Sequence[str]],
        scores: Mapping[str, Mapping[str, Sequence[object] | Mapping[str, object]]],
        weights: Mapping[str, Mapping[str, object]] | None = None,
        disagreement: Mapping[str, object] | None = None,
        *,
        terms: Sequence[Term] = (),
        red_lines: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    ) -> AgreementSpace:
        """Build a space from scores per issue.

        Parameters
        ----------
        issues : mapping from str to sequence of str
            Issue -> options in axis order.
        scores : mapping
            Party -> issue -> numbers per option, as a sequence in axis order or a mapping
            from every option to its number. The keys, in order, are the parties. A missing
            issue leaves the party indifferent (0).
        weights : mapping, optional
            Party -> issue -> number >= 0, divided by the party's total, so that they sum to 1.
            Every issue a party scores needs a weight. None: the scores are used as they are.
        disagreement : mapping, optional
            Party -> utility without agreement. None: 0 for everyone.
        terms : sequence of Term
            Interactions; not weighted.
        red_lines : mapping, optional
            Party -> issue -> the options it allows.

        Raises
        ------
        GameError
            If weights are negative or sum to 0, a score is missing, or a number is none.
        UnknownNameError
            If a party, issue or option does not exist.

        Examples
        --------
        >>> AgreementSpace.additive(
        ...     {"border": ("west", "east")},
        ...     {"us": {"border": {"west": 0, "east": 2}}, "ru": {"border": (1, 0)}},
        ... ).utilities("us")
        array([0, 2])
        """
        axes = {issue: listed(options, issue) for issue, options in issues.items()}
        if weights is not None:
            for party in weights:
                if party not in scores:
                    raise UnknownNameError.of("party", party, scores, where="weights")
        blocks: dict[str, FrozenMap[str, tuple[Fraction, ...]]] = {}
        for party, block in scores.items():
            found = {}
            for issue, values in block.items():
                where = f"scores of {party} on {issue}"
                if issue not in axes:
                    raise UnknownNameError.of("issue", issue, axes, where=f"scores of {party}")
                found[issue] = numbers(values, axes[issue], where)
            if weights is not None and (block or weights.get(party)):
                share = shares(party, block, weights.get(party, {}), axes)
                found = {
                    issue: tuple(share[issue] * value for value in values)
                    for issue, values in found.items()
                }
            blocks[party] = FrozenMap(found)
        return cls(
            tuple(scores),
            FrozenMap(axes),
            FrozenMap(blocks),
            values_of(disagreement, scores),
            tuple(terms),
            FrozenMap(
                {
                    party: FrozenMap(
                        {issue: listed(options, issue) for issue, options in block.items()}
                    )
                    for party, block in (red_lines or {}).items()
                }
            ),
        )

    @classmethod
    def from_utilities(
        cls,
        utilities: Mapping[str, Mapping[str, object]],
        disagreement: Mapping[str, object] | None = None,
    ) -> AgreementSpace:
        """Build a space from a list of alternatives: one issue, called "agreement".

        Parameters
        ----------
        utilities : mapping
            Alternative -> party -> utility, for the same parties everywhere.
        disagreement : mapping, optional
            Party -> utility without agreement. None: 0 for everyone.

        Raises
        ------
        GameError
            If there is no alternative, or a party's utility is missing somewhere.

        Examples
        --------
        >>> space = AgreementSpace.from_utilities(
        ...     {"deal A": {"us": 3, "ru": 2}, "deal B": {"us": 1, "ru": 4}},
        ...     disagreement={"us": 1, "ru": 1},
        ... )
        >>> space.shape, space.utility("ru", {"agreement": "deal B"})
        ((2,), Fraction(4, 1))
        """
        if not utilities:
            raise GameError("no alternatives", remedy="list at least one agreement")
        parties = tuple(next(iter(utilities.values())))
        for name, row in utilities.items():
            for party in (*parties, *row):
                if party not in row or party not in parties:
                    raise GameError(
                        f"'{name}' and '{next(iter(utilities))}' do not both have a utility for "
                        f"{party}",
                        remedy="give every party's utility of every alternative",
                    )
        scores = {
            party: {"agreement": [row[party] for row in utilities.values()]} for party in parties
        }
        return cls.additive({"agreement": tuple(utilities)}, scores, disagreement=disagreement)

    def without_red_lines(self) -> AgreementSpace:
        """Return the same space with every red line erased."""
        return AgreementSpace(
            self.parties, self.issues, self.scores, self.disagreement, self.terms, FrozenMap()
        )

    # -- identity ----------------------------------------------------------------------

    @cached_property
    def _key(self) -> tuple[object, ...]:
        """The fields, with the order of the issues, which a mapping's equality ignores."""
        issues = tuple(self.issues.items())
        return self.parties, issues, self.scores, self.disagreement, self.terms, self.red_lines

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, AgreementSpace) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    def __reduce__(self) -> tuple[object, ...]:
        return AgreementSpace, (
            self.parties,
            self.issues,
            self.scores,
            self.disagreement,
            self.terms,
            self.red_lines,
        )

    def __repr__(self) -> str:
        return (
            f"AgreementSpace({len(self.parties)} parties, {len(self.issues)} issues, "
            f"{self.size:,} agreements)"
        )

    def same_values(self, other: AgreementSpace) -> bool:
        """Return whether `other` has the same parties, issues, numbers and red lines."""
        return self == other

    # -- agreements --------------------------------------------------------------------

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Number of options per issue."""
        return tuple(len(options) for options in self.issues.values())

    @cached_property
    def size(self) -> int:
        """Number of agreements."""
        return math.prod(self.shape)

    def agreement(self, index: int) -> Agreement:
        """Return the agreement with a number between 0 and :attr:`size` - 1.

        Raises
        ------
        GameError
            If there is no agreement of that number.
        """
        number = int(index)
        if not 0 <= number < self.size:
            raise GameError(
                f"no agreement number {shorten(index)}",
                remedy=f"numbers run from 0 to {self.size - 1:,}",
            )
        where = unravel(number, self.shape)
        return FrozenMap(
            {
                issue: options[place]
                for (issue, options), place in zip(self.issues.items(), where, strict=True)
            }
        )

    def index(self, agreement: Mapping[str, str]) -> int:
        """Return the number of an agreement.

        Raises
        ------
        UnknownNameError
            For an issue or option that does not exist, with close matches.
        GameError
            If an issue is left open.
        """
        index = 0
        for place, length in zip(self._positions(agreement), self.shape, strict=True):
            index = index * length + place
        return index

    def utility(self, party: str, agreement: Mapping[str, str]) -> Fraction:
        """Return the party's utility of one agreement; builds no array.

        Raises
        ------
        UnknownNameError
            For a party, issue or option that does not exist.
        GameError
            If an issue is left open.
        """
        self._known(party)
        places = self._positions(agreement)
        scores = self.scores[party].values()
        total = sum(
            (values[place] for values, place in zip(scores, places, strict=True)), Fraction(0)
        )
        for term in self.terms:
            if term.party == party and all(
                agreement[issue] in options for issue, options in term.when.items()
            ):
                total += term.amount
        return total

    def crossed(self, party: str, agreement: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Return the party's red lines that an agreement crosses, as (issue, option)."""
        self._known(party)
        self._positions(agreement)
        lines = self.red_lines.get(party, FrozenMap())
        return tuple(
            (issue, agreement[issue])
            for issue in self.issues
            if issue in lines and agreement[issue] not in lines[issue]
        )

    def acceptable_to(self, party: str, agreement: Mapping[str, str]) -> Verdict:
        """Judge whether a party would rather have the agreement than none.

        Returns
        -------
        Verdict
            Holds where no red line of the party is crossed and its utility is at least its
            disagreement value. Margin: utility minus disagreement value; None where a red
            line is crossed, because no utility makes up for that. Witness: "red line" or
            "walk-out".
        """
        crossed = self.crossed(party, agreement)
        value = self.utility(party, agreement)
        if crossed:
            issue, option = crossed[0]
            text = f"{party} refuses: {issue} {option} crosses its red line"
            if len(crossed) == 1:
                text += f" (it allows {' or '.join(self.red_lines[party][issue])})"
            else:
                each = ", ".join(f"{issue} {option}" for issue, option in crossed)
                text = f"{party} refuses: {each} cross its red lines"
            return Verdict(holds=False, margin=None, witness=Witness("red line", text, (party,)))
        without = self.disagreement[party]
        margin = value - without
        if margin >= 0:
            return Verdict(holds=True, margin=margin)
        change = " instead of ".join(show_apart(without, value))
        text = f"{party} leaves: no agreement gives it {change} (gain {show(-margin)})"
        witness = Witness("walk-out", text, (party,), "no agreement", -margin)
        return Verdict(holds=False, margin=margin, witness=witness)

    # -- the whole space ---------------------------------------------------------------

    def require_room(self, what: str, each: int, extra: int = 0) -> None:
        """Refuse a question over all agreements that would not fit.

        Every question that goes through all agreements passes here before it starts.

        Parameters
        ----------
        what : str
            What is asked of all agreements.
        each, extra : int
            Bytes that it takes at its peak, per agreement and altogether.

        Raises
        ------
        TooLargeError
            Above 20 million agreements, or where the memory would not do
            (:func:`~negotiation.exact.refuse_bytes`).

        Examples
        --------
        >>> space = AgreementSpace.additive({"x": ("a", "b")}, {"us": {"x": (0, 1)}})
        >>> space.require_room("utilities", 24)
        """
        question = f"{what} over all {_count(self.size)} agreements"
        if self.size > MAX_AGREEMENTS:
            raise TooLargeError(f"{question}: the limit is {MAX_AGREEMENTS:,}", remedy=FEWER)
        refuse_bytes(question, self.size * each + extra)

    def array_bytes(self) -> int:
        """Return how many bytes per agreement the arrays of all parties take, once built."""
        each = sum(8 if self._kind(party) is np.int64 else 48 for party in self.parties)
        lined = sum(p in self.red_lines for p in self.parties)
        return each * (2 if lined else 1) + len(self.parties)

    def _kind(self, party: str) -> type:
        """Return the type of the party's :meth:`utilities`: int64 with room for sums, or object."""
        rows = self.scores[party].values()
        bound = sum((max(map(abs, values)) for values in rows), abs(self.disagreement[party]))
        bound += sum((abs(term.amount) for term in self.terms if term.party == party), Fraction(0))
        return np.int64 if bound * self.denominator(party) < ROOM else object

    def denominator(self, party: str) -> int:
        """Return the common denominator of the party's utilities and disagreement value."""
        key = ("denominator", party)
        if key not in self._cache:
            self._known(party)
            found = [value for values in self.scores[party].values() for value in values]
            found += [term.amount for term in self.terms if term.party == party]
            self._cache[key] = common_denominator([*found, self.disagreement[party]])
        return int(self._cache[key])

    def disagreement_value(self, party: str) -> int:
        """Return the disagreement value as an integer over :meth:`denominator`."""
        return int(self.disagreement[party] * self.denominator(party))

    def utilities(self, party: str) -> IntArray:
        """Return the party's utilities of all agreements, times :meth:`denominator`.

        Returns
        -------
        numpy.ndarray
            Flat, read-only, of length :attr:`size`; int64 where the values fit, else object.

        Raises
        ------
        TooLargeError
            Above 20 million agreements.

        Notes
        -----
        Linear in :attr:`size`: built by broadcasting, one issue at a time, and kept.
        """
        key = ("utilities", party)
        if key not in self._cache:
            scale = self.denominator(party)
            kind = self._kind(party)
            self.require_room(f"utilities of {party}", 24 if kind is np.int64 else 120)
            columns = [
                [int(value * scale) for value in values] for values in self.scores[party].values()
            ]
            terms = [(term, int(term.amount * scale)) for term in self.terms if term.party == party]
            array: IntArray = np.zeros(1, dtype=kind)
            for column in columns:
                array = np.add.outer(array, np.array(column, dtype=kind)).ravel()
            grid = array.reshape(self.shape)
            for term, amount in terms:
                places = [
                    self._places(issue, term.when.get(issue, options))
                    for issue, options in self.issues.items()
                ]
                grid[np.ix_(*places)] += amount
            self._cache[key] = read_only(array)
        found: NDArray[Any] = self._cache[key]
        return found

    def within_red_lines(self, party: str) -> Mask:
        """Return which agreements cross none of the party's red lines."""
        key = ("within", party)
        if key not in self._cache:
            self._known(party)
            self.require_room(f"red lines of {party}", 2)
            mask: Mask = np.ones(1, dtype=bool)
            lines = self.red_lines.get(party, FrozenMap())
            for issue, options in self.issues.items():
                allowed = np.isin(np.arange(len(options)), self._places(issue, lines.get(issue)))
                mask = np.logical_and.outer(mask, allowed).ravel()
            self._cache[key] = read_only(mask)
        found: NDArray[Any] = self._cache[key]
        return found

    def preferences(self, party: str) -> IntArray:
        """Return numbers that order all agreements for the party, red lines included.

        Equal to :meth:`utilities` where no red line of the party is crossed. Agreements that
        cross one are lowered together: below the disagreement value and below every agreement
        that crosses none. A difference is one of utilities only between agreements on the same
        side: see :meth:`gains`.
        """
        key = ("preferences", party)
        if key not in self._cache:
            self.require_room(f"preferences of {party}", 24)
            utilities, inside = self.utilities(party), self.within_red_lines(party)
            if inside.all():
                self._cache[key] = utilities
            else:
                floor = int(utilities[inside].min()) if inside.any() else None
                without = self.disagreement_value(party)
                floor = without if floor is None else min(floor, without)
                drop = max(0, int(utilities[~inside].max()) - floor + 1)
                wide = utilities if drop < ROOM else utilities.astype(object)
                self._cache[key] = read_only(np.where(inside, wide, wide - drop))
        found: NDArray[Any] = self._cache[key]
        return found

    def gains(self, party: str, agreement: Mapping[str, str]) -> tuple[IntArray, NDArray[np.int8]]:
        """Return what every agreement brings a party over a given one, red lines apart.

        Returns
        -------
        gains : array
            Differences of utility, times :meth:`denominator`; flat.
        lines : array of int8
            1 where the given agreement crosses a red line of the party and the other does not,
            -1 the other way round. There the difference of utility decides nothing, and no
            amount of it would; the first outweighs every gain, the second every loss.

        Examples
        --------
        >>> space = AgreementSpace.additive(
        ...     {"arms": ("some", "none")},
        ...     {"us": {"arms": (3, 1)}},
        ...     red_lines={"us": {"arms": ("none",)}},
        ... )
        >>> space.gains("us", {"arms": "some"})
        (array([ 0, -2]), array([0, 1], dtype=int8))
        """
        index, inside = self.index(agreement), self.within_red_lines(party).view(np.int8)
        utilities = self.utilities(party)
        return utilities - utilities[index], inside - inside[index]

    def acceptable(self, players: Sequence[str] | None = None) -> Mask:
        """Return which agreements all `players` (default: all parties) accept.

        Such an agreement is inside all their red lines and gives each of them at least its
        disagreement value.
        """
        chosen = self.select(players)
        key = ("acceptable", chosen)
        if key not in self._cache:
            self.require_room("acceptance", 3)
            mask = np.ones(self.size, dtype=bool)
            for party in chosen:
                mask &= self.within_red_lines(party)
                mask &= self.utilities(party) >= self.disagreement_value(party)
            self._cache[key] = read_only(mask)
        found: Mask = self._cache[key]
        return found

    def preferences_at(self, party: str, rows: NDArray[np.int64]) -> IntArray:
        """Return numbers that order some agreements for the party; no array over the space.

        Parameters
        ----------
        party : str
        rows : array of int, shape (agreements, issues)
            Option numbers, one row per agreement.

        Returns
        -------
        array of int, shape (agreements,)
            In the order of :meth:`preferences`, and to be compared with one another and with
            :meth:`disagreement_value` only: what crosses a red line of the party lies below that
            and below all that crosses none.

        Examples
        --------
        >>> space = AgreementSpace.additive(
        ...     {f"clause {k}": ("out", "in") for k in range(100)},
        ...     {"us": {f"clause {k}": (0, 1) for k in range(100)}},
        ... )
        >>> space.preferences_at("us", np.ones((1, 100), dtype=np.int64)).tolist()
        [100]
        """
        columns, terms, lines, drop = self._tables(party)
        total: IntArray = np.zeros(len(rows), dtype=columns[0].dtype)
        for place, column in enumerate(columns):
            total = total + column[rows[:, place]]
        for amount, met in terms:
            counts = np.logical_and.reduce([mask[rows[:, place]] for place, mask in met])
            total = total + amount * counts
        for place, inside in lines:
            crossing = ~inside[rows[:, place]]
            total = np.where(crossing & (total >= -drop), total - 2 * drop, total)
        return total

    def _tables(self, party: str) -> tuple[list[IntArray], list[Any], list[Any], int]:
        """Return the party's scores, terms and red lines by option number, and a bound on all."""
        key = ("tables", party)
        if key not in self._cache:
            self._known(party)
            scale = self.denominator(party)
            names = list(self.issues)
            own = [term for term in self.terms if term.party == party]
            rows = self.scores[party].values()
            bound = sum((max(map(abs, values)) for values in rows), abs(self.disagreement[party]))
            bound += sum((abs(term.amount) for term in own), Fraction(0))
            drop = int(bound * scale) + 1
            kind = np.int64 if drop < ROOM else object

            def mask(issue: str, options: Sequence[str]) -> tuple[int, Mask]:
                places = self._places(issue, options)
                return names.index(issue), np.isin(np.arange(len(self.issues[issue])), places)

            self._cache[key] = (
                [np.array([int(value * scale) for value in values], dtype=kind) for values in rows],
                [
                    (int(term.amount * scale), [mask(*item) for item in term.when.items()])
                    for term in own
                ],
                [mask(*item) for item in self.red_lines.get(party, FrozenMap()).items()],
                drop,
            )
        found: tuple[list[IntArray], list[Any], list[Any], int] = self._cache[key]
        return found

    def select(self, players: Sequence[str] | None) -> tuple[str, ...]:
        """Return `players` if they are distinct parties; all parties for None.

        Raises
        ------
        UnknownNameError
            For a name that is no party.
        GameError
            If there are none, or one is named twice.
        """
        if players is None:
            return self.parties
        chosen = distinct(players, "player", "players")
        for party in chosen:
            self._known(party, where="players")
        return chosen

    # -- helpers -----------------------------------------------------------------------

    @cached_property
    def _cache(self) -> dict[tuple[str, object], Any]:
        return {}

    def _known(self, party: str, *, where: str = "") -> None:
        if party not in self.parties:
            raise UnknownNameError.of("party", party, self.parties, where=where)

    def _places(self, issue: str, options: Sequence[str] | None, *, where: str = "") -> list[int]:
        if issue not in self.issues:
            raise UnknownNameError.of("issue", issue, self.issues, where=where)
        known = self.issues[issue]
        if options is None:
            return list(range(len(known)))
        for option in options:
            if option not in known:
                raise UnknownNameError.of(f"option of {issue}", option, known, where=where)
        return sorted({known.index(option) for option in options})

    def _positions(self, agreement: Mapping[str, str]) -> tuple[int, ...]:
        for issue in agreement:
            if issue not in self.issues:
                raise UnknownNameError.of("issue", issue, self.issues, where="agreement")
        missing = [issue for issue in self.issues if issue not in agreement]
        if missing:
            raise GameError(
                f"the agreement leaves {', '.join(missing)} open",
                remedy="give one option for every issue",
            )
        return tuple(
            self._places(issue, (agreement[issue],), where="agreement")[0] for issue in self.issues
        )

    def _scores_of(self, party: str) -> FrozenMap[str, tuple[Fraction, ...]]:
        block = self.scores.get(party, FrozenMap())
        for issue in block:
            self._places(issue, None, where=f"scores of {party}")
        zero = Fraction(0)
        return FrozenMap(
            {
                issue: numbers(block[issue], options, f"scores of {party} on {issue}")
                if issue in block
                else (zero,) * len(options)
                for issue, options in self.issues.items()
            }
        )

    def _lines_of(self, party: str) -> FrozenMap[str, tuple[str, ...]]:
        found = {}
        for issue, options in self.red_lines[party].items():
            where = f"red line of {party} on {issue}"
            places = self._places(issue, options, where=where)
            if not places:
                raise GameError(
                    "it allows no option", where=where, remedy="list the options it allows"
                )
            if len(places) < len(self.issues[issue]):
                found[issue] = tuple(self.issues[issue][place] for place in places)
        return FrozenMap(found)


def checked_space(space: object) -> AgreementSpace:
    """Return a space of agreements; anything else is told with what to do."""
    remedy = "build one with AgreementSpace.additive or AgreementSpace.from_utilities"
    return of_kind(space, AgreementSpace, "space of agreements", remedy)
