"""Reading the names and numbers that make an agreement space; every fault says where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from negotiation.errors import GameError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, exact, names_of

__all__ = ["distinct", "listed", "numbers", "shares", "values_of"]


def listed(names: Sequence[str], what: str) -> tuple[str, ...]:
    """Return names as a tuple; a single text is no list."""
    if isinstance(names, str):
        raise GameError(
            f"the options of {what} are one text, '{shorten(names)}'",
            remedy="give a list of names",
        )
    return tuple(names)


def distinct(names: Sequence[str], kind: str, what: str) -> tuple[str, ...]:
    """Return names as a tuple; refuse none, repeated ones and what is no text."""
    if isinstance(names, str):
        raise GameError(f"'{shorten(names)}' as the {what}", remedy="give a list of names")
    found = tuple(names_of(names, what))
    if not found:
        raise GameError(f"no {what}", remedy=f"name at least one {kind}")
    article = "an" if kind[0] in "aeiou" else "a"
    for position, name in enumerate(found):
        if not isinstance(name, str) or not name:
            raise GameError(
                f"'{shorten(name)}' as {article} {kind}", remedy="names are non-empty text"
            )
        if name in found[:position]:
            raise GameError(f"{kind} '{name}' twice in the {what}", remedy="give each one name")
    return found


def numbers(
    values: Sequence[object] | Mapping[str, object], options: tuple[str, ...], where: str
) -> tuple[Fraction, ...]:
    """Return one exact number per option."""
    if isinstance(values, Mapping):
        for option in values:
            if option not in options:
                raise UnknownNameError.of("option", option, options, where=where)
        missing = [option for option in options if option not in values]
        if missing:
            raise GameError(
                f"no score for {missing[0]}", where=where, remedy="give every option a number"
            )
        values = [values[option] for option in options]
    if isinstance(values, str) or not hasattr(values, "__len__"):
        raise GameError(f"'{shorten(values)}' is no list of scores", where=where)
    if len(values) != len(options):
        raise GameError(
            f"{len(values)} scores for {len(options)} options",
            where=where,
            remedy="give one number per option, in axis order",
        )
    return tuple(exact(value, where=where) for value in values)


def shares(
    party: str,
    block: Mapping[str, object],
    weights: Mapping[str, object],
    issues: Mapping[str, Sequence[str]],
) -> dict[str, Fraction]:
    """Return a party's weights, divided by their sum."""
    where = f"weights of {party}"
    for issue in weights:
        if issue not in issues:
            raise UnknownNameError.of("issue", issue, issues, where=where)
    missing = [issue for issue in block if issue not in weights]
    if missing:
        raise GameError(
            f"no weight for {missing[0]}", where=where, remedy="weigh every issue with scores"
        )
    found = {issue: exact(weight, where=where) for issue, weight in weights.items()}
    total = sum(found.values(), Fraction(0))
    if total <= 0 or min(found.values()) < 0:
        raise GameError(
            "weights that are negative or all zero",
            where=where,
            remedy="give numbers >= 0 with at least one above 0",
        )
    return {issue: number / total for issue, number in found.items()}


def values_of(
    values: Mapping[str, object] | None, parties: Mapping[str, object]
) -> FrozenMap[str, Fraction]:
    """Return disagreement values as exact numbers; 0 for everyone if there are none."""
    if values is None:
        return FrozenMap(dict.fromkeys(parties, Fraction(0)))
    return FrozenMap(
        {party: exact(value, where=f"disagreement of {party}") for party, value in values.items()}
    )
