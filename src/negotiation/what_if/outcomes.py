"""What an outcome of a what-if can be, beyond plain values, and how it is put in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from negotiation.exact import FrozenMap, fixed
from negotiation.normal_form.game import profile_name
from negotiation.results import Tied, said, tied

__all__ = ["NOTHING", "Structure", "Unknown", "differing", "frozen", "short_name", "told"]

NOTHING = "nothing"
"""What stands for an output that does not exist, such as the agreement of no solution."""


@dataclass(frozen=True)
class Unknown:
    """No outcome, and why."""

    why: str
    gap: bool = True
    """Whether the model has none; otherwise it has one that was not worked out."""

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True)
class Structure:
    """The set of equilibria, but for the numbers in it.

    Attributes
    ----------
    supports : tuple
        For each extreme equilibrium, per player the names of the strategies in use; pure ones
        first, then lexicographically by the order of the strategies.
    components : int or None
        Connected components of the set; None where only the pure ones are known.
    """

    supports: tuple[tuple[tuple[str, ...], ...], ...]
    components: int | None = None

    @property
    def count(self) -> int:
        """Number of (extreme) equilibria."""
        return len(self.supports)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The pure ones, such as ``"swerve/straight"``."""
        return tuple(
            profile_name(own[0] for own in one)
            for one in self.supports
            if all(len(own) == 1 for own in one)
        )

    @property
    def words(self) -> tuple[str, ...]:
        """Each equilibrium by the strategies in use, such as ``"a+b/c"``."""
        return tuple("/".join("+".join(own) for own in one) for one in self.supports)

    def data(self) -> dict[str, Any]:
        """Return number, supports, pure outcomes and components as plain data."""
        return {
            "count": self.count,
            "supports": [[list(own) for own in one] for one in self.supports],
            "outcomes": list(self.outcomes),
            "components": self.components,
        }

    def __str__(self) -> str:
        if not self.supports:
            return "no pure equilibrium"
        text = ", ".join(self.words)
        if self.components is None or self.components == self.count:
            return f"{self.count}: {text}"
        return f"{self.count} in {self.components} component{'s' * (self.components != 1)}: {text}"


def frozen(value: Any) -> Any:
    """Return an output as data that does not change."""
    return NOTHING if value is None else fixed(value)


def told(value: object) -> str:
    """Return an outcome as text."""
    if not isinstance(value, Mapping):
        return said(value)
    return said({short_name(key): item for key, item in value.items()})


def short_name(output: str) -> str:
    """Return an output path without what all verdicts share."""
    return output.removeprefix("stability.verdicts.").removesuffix(".holds")


def differing(outcomes: Sequence[Any]) -> tuple[list[Any], Any]:
    """Return of several outcomes what is not the same in all of them, and what is.

    Only mappings are taken apart, also those inside and those that are tied; others stay as they
    are. What is the same is None where there is nothing, and where all of every mapping is.

    Examples
    --------
    >>> one, two = ({"truce": "open", "army": size} for size in ("small", "large"))
    >>> parts, same = differing([one, two])
    >>> print(*map(told, parts), told(same), sep="; ")
    army: small; army: large; truce: open
    """
    groups = [
        [*own] if isinstance(own, Tied) and own.steps and len(own.values) <= TIED else [own]
        for own in outcomes
    ]
    parts, same = _taken_apart([own for group in groups for own in group])
    found = iter(parts)
    return [
        next(found) if len(group) == 1 else tied([next(found) for _ in group]) for group in groups
    ], same


TIED = 100
"""Tied outcomes that are taken apart."""


def _taken_apart(outcomes: Sequence[Any]) -> tuple[list[Any], Any]:
    mappings = [own for own in outcomes if isinstance(own, Mapping)]
    if len(mappings) < 2 or any(own.keys() != mappings[0].keys() for own in mappings):
        return list(outcomes), None
    rests: list[dict[str, Any]] = [{} for _ in mappings]
    shared: dict[str, Any] = {}
    for key in mappings[0]:
        column = [own[key] for own in mappings]
        if all(value == column[0] for value in column):
            shared[key] = column[0]
            continue
        inner, same = differing(column)
        if same is not None:
            shared[key] = same
        for rest, value in zip(rests, inner, strict=True):
            rest[key] = value
    if not any(rests):
        return list(outcomes), None
    left = map(FrozenMap, rests)
    parts = [next(left) if isinstance(own, Mapping) else own for own in outcomes]
    return parts, FrozenMap(shared) if shared else None
