"""Ratification: which agreements would pass at home.

A ratifier judges by the utility of one party of an agreement space, its *voice*: its own, or
that of the party it answers to. It passes an agreement that gives it at least ``at_least`` and
crosses none of its red lines. What it passes is its *win-set*; a party's win-set is what all
its ratifiers pass; an agreement that lies in all win-sets is ratifiable.

The wider the win-sets, the likelier they overlap; the narrower one side's, the more its
negotiator can insist on.

References
----------
R. Putnam, "Diplomacy and domestic politics: the logic of two-level games", International
Organization 42 (1988). T. Schelling, *The Strategy of Conflict* (1960), on the strength of
tied hands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from negotiation.bargaining.agreements import AgreementSpace, Mask, checked_space
from negotiation.errors import GameError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, exact, listed, of_kind, read_only, show, show_apart
from negotiation.results import Result, Table, Verdict, Witness

__all__ = ["Ratification", "Ratifier", "Voice", "ratification", "win_set"]

Voice = tuple[AgreementSpace, str]
"""The space, and the party in it, by whose utility and red lines a ratifier judges."""


@dataclass(frozen=True)
class Ratifier:
    """Someone whose consent an agreement needs.

    Parameters
    ----------
    name : str
        Its name.
    of : str
        The party it ratifies for.
    at_least : number
        The utility it insists on.

    Examples
    --------
    >>> Ratifier("assembly", "south", 0.4).at_least
    Fraction(2, 5)
    """

    name: str
    of: str
    at_least: Fraction

    def __post_init__(self) -> None:
        where = f"threshold of {self.name}"
        object.__setattr__(self, "at_least", exact(self.at_least, where=where))


def win_set(
    space: AgreementSpace, ratifier: Ratifier, voice: AgreementSpace, party: str | None = None
) -> Mask:
    """Return which agreements a ratifier passes.

    Parameters
    ----------
    space : AgreementSpace
        The space of agreements.
    ratifier : Ratifier
        Who ratifies.
    voice : AgreementSpace
        A space over the same issues and options, in the same order, with the ratifier's
        utility and red lines.
    party : str, optional
        The party in `voice` by which it judges. Default: the ratifier's own name where it is
        a party there, else the party it answers to.

    Returns
    -------
    numpy.ndarray of bool
        Flat, in C order over the issues, read-only.

    Raises
    ------
    GameError
        If the two spaces have different issues.
    UnknownNameError
        If the party is not in `voice`.

    Examples
    --------
    >>> space = AgreementSpace.from_utilities({"a": {"us": 3}, "b": {"us": 1}})
    >>> win_set(space, Ratifier("senate", "us", 2), space).tolist()
    [True, False]
    """
    judge = party or (ratifier.name if ratifier.name in voice.parties else ratifier.of)
    _check_voice(space, ratifier, voice, judge)
    # u >= t if and only if the integer u*q >= the least integer not below t*q
    least = -(-ratifier.at_least * voice.denominator(judge) // 1)
    passes = voice.utilities(judge) >= int(least)
    return read_only(np.asarray(passes & voice.within_red_lines(judge), dtype=bool))


def _check_voice(
    space: AgreementSpace, ratifier: Ratifier, voice: AgreementSpace, judge: str
) -> None:
    if tuple(space.issues.items()) != tuple(voice.issues.items()):
        raise GameError(
            f"the voice of {ratifier.name} has other issues or options than the agreements",
            remedy="give both the same issues and options, in the same order",
        )
    if judge not in voice.parties:
        raise UnknownNameError.of("party", judge, voice.parties, where=f"voice of {ratifier.name}")


@dataclass(frozen=True, eq=False)
class Ratification(Result):
    """Win-sets of all ratifiers.

    Attributes
    ----------
    space : AgreementSpace
        The space.
    ratifiers : tuple of Ratifier
        Who ratifies.
    voices : FrozenMap
        Ratifier -> (space, party) by which it judges.
    """

    space: AgreementSpace
    ratifiers: tuple[Ratifier, ...]
    voices: FrozenMap[str, Voice]

    @cached_property
    def masks(self) -> FrozenMap[str, Mask]:
        """Ratifier -> its win-set, a read-only Boolean array; built when first asked for."""
        return FrozenMap(
            {
                ratifier.name: win_set(self.space, ratifier, *self.voices[ratifier.name])
                for ratifier in self.ratifiers
            }
        )

    @property
    def parties(self) -> tuple[str, ...]:
        """Parties that have ratifiers."""
        return tuple(dict.fromkeys(ratifier.of for ratifier in self.ratifiers))

    def win_set(self, party: str) -> Mask:
        """Return what all ratifiers of a party pass; everything where it has none."""
        mask = np.ones(self.space.size, dtype=bool)
        for ratifier in self.ratifiers:
            if ratifier.of == party:
                mask &= self.masks[ratifier.name]
        return read_only(mask)

    @property
    def mask(self) -> Mask:
        """Which agreements every ratifier passes."""
        mask = np.ones(self.space.size, dtype=bool)
        for own in self.masks.values():
            mask &= own
        return read_only(mask)

    def verdict(self, agreement: Mapping[str, str]) -> Verdict:
        """Judge whether every ratifier passes an agreement.

        Returns
        -------
        Verdict
            Margin: the least of utility minus threshold over the ratifiers; None where a red
            line of one of them is crossed. Witness "ratifier": the one that blocks, for how
            much; one with a crossed red line first, else the one that misses most.
        """
        margins: dict[str, Fraction] = {}
        blocks: list[tuple[int, Fraction, Ratifier, str]] = []
        for ratifier in self.ratifiers:
            voice, party = self.voices[ratifier.name]
            crossed = voice.crossed(party, agreement)
            value = voice.utility(party, agreement)
            margin = value - ratifier.at_least
            who = ratifier.name + (f" (for {ratifier.of})" if ratifier.of != ratifier.name else "")
            if crossed:
                issue, option = crossed[0]
                allowed = " or ".join(voice.red_lines[party][issue])
                text = f"{who} blocks it: {issue}: {option} crosses its red line ({allowed})"
                blocks.append((0, margin, ratifier, text))
                continue
            margins[ratifier.name] = margin
            if margin < 0:
                got, asked = show_apart(value, ratifier.at_least)
                text = f"{who} blocks it: it gets {got} and insists on {asked}"
                text += f" ({show(-margin)} short)"
                blocks.append((1, margin, ratifier, text))
        if not blocks:
            return Verdict(holds=True, margin=min(margins.values()))
        red, margin, ratifier, text = min(blocks, key=lambda block: block[:2])
        others = [block[2].name for block in blocks if block[2] is not ratifier]
        if others:
            text += f"; also blocked by {', '.join(others)}"
        amount = -margin if red else None
        witness = Witness("ratifier", text, (ratifier.name, *others), amount=amount)
        return Verdict(holds=False, margin=margin if red else None, witness=witness)

    def data(self) -> dict[str, Any]:
        """Return how many agreements pass, by ratifier, by party and altogether."""
        counts = {name: int(mask.sum()) for name, mask in self.masks.items()}
        every = self.mask
        return {
            "size": self.space.size,
            "win_set": counts,
            "share": {name: Fraction(count, self.space.size) for name, count in counts.items()},
            "parties": {party: int(self.win_set(party).sum()) for party in self.parties},
            "all": int(every.sum()),
            "acceptable": int((every & self.space.acceptable()).sum()),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the size of each win-set."""
        data = self.data()
        rows: list[list[Any]] = [
            [
                ratifier.name,
                ratifier.of,
                ratifier.at_least,
                data["win_set"][ratifier.name],
                data["share"][ratifier.name],
            ]
            for ratifier in self.ratifiers
        ]
        rows.append(["all together", None, None, data["all"], Fraction(data["all"], data["size"])])
        return (
            Table(
                f"What the ratifiers pass, of {data['size']:,} agreements",
                ["ratifier", "for", "insists on", "win-set", "share"],
                rows,
                notes=[
                    f"{data['acceptable']:,} agreements pass and are acceptable to all parties."
                ],
                name="ratification",
            ),
        )


def ratification(
    space: AgreementSpace, ratifiers: Sequence[Ratifier], voices: Mapping[str, Voice]
) -> Ratification:
    """Find the win-sets of all ratifiers.

    Parameters
    ----------
    space : AgreementSpace
        The space of agreements.
    ratifiers : sequence of Ratifier
        Who ratifies; at least one, with distinct names.
    voices : mapping
        Ratifier -> (space, party): a space over the same issues and options, and the party
        in it by whose utility and red lines the ratifier judges.

    Returns
    -------
    Ratification

    Raises
    ------
    GameError
        If there are no ratifiers, a name is repeated, or a voice has other issues.
    UnknownNameError
        If a ratifier has no voice, or answers to no party of the space.

    Notes
    -----
    Win-sets are built when they are asked for, linear in the size of the space per ratifier; one
    agreement is judged without them. Putnam (1988).

    Examples
    --------
    >>> space = AgreementSpace.from_utilities(
    ...     {"a": {"us": 3, "ru": 0}, "b": {"us": 1, "ru": 2}, "c": {"us": 2, "ru": 1}}
    ... )
    >>> senate, duma = Ratifier("senate", "us", 2), Ratifier("duma", "ru", 1)
    >>> result = ratification(
    ...     space, [senate, duma], {"senate": (space, "us"), "duma": (space, "ru")}
    ... )
    >>> result.mask.tolist()
    [False, False, True]
    >>> print(result.verdict({"agreement": "b"}))
    no (margin -1): senate (for us) blocks it: it gets 1 and insists on 2 (1 short)
    """
    checked_space(space)
    named = tuple(
        of_kind(one, Ratifier, "ratifier", "give Ratifier(name, of, at_least)")
        for one in listed(ratifiers) or ()
    )
    if not isinstance(voices, Mapping):
        raise GameError(f"'{shorten(voices)}' is no mapping", where="voices")
    names = [ratifier.name for ratifier in named]
    if not names:
        raise GameError("no ratifiers", remedy="name at least one")
    for ratifier in named:
        if names.count(ratifier.name) > 1:
            raise GameError(f"two ratifiers called '{ratifier.name}'", remedy="rename one")
        if ratifier.of not in space.parties:
            where = f"ratifier {ratifier.name}"
            raise UnknownNameError.of("party", ratifier.of, space.parties, where=where)
        if ratifier.name not in voices:
            raise UnknownNameError.of("ratifier", ratifier.name, voices, where="voices")
        voice, party = voices[ratifier.name]
        _check_voice(space, ratifier, voice, party)
    return Ratification(space, named, FrozenMap({name: voices[name] for name in names}))
