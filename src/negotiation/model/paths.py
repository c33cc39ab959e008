"""Paths into plain model data: resolving them, setting what they name.

A path names an input by dotted keys from the root of a model file. Shorthand does not matter: a
bare number also has the fields of a quantity (``parties.us.patience.low``), an agreement's
options may be named with or without ``options``, and a payoff by its player.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from negotiation.errors import NegotiationError, UnknownNameError, shorten
from negotiation.exact import MAX_DIGITS, FrozenMap, exact
from negotiation.model.parts import (
    Control,
    Demand,
    Issue,
    NamedAgreement,
    Party,
    QuantityPart,
    Ratifier,
)
from negotiation.model.yaml_tree import MAX_DEPTH

__all__ = ["copied", "plain_value", "set_path", "split_path", "thawed"]

_QUANTITY_FIELDS = {part.name for part in dataclasses.fields(QuantityPart)}


def split_path(path: str) -> tuple[str, ...]:
    """Split a dotted path; errors are the user's to read."""
    if not isinstance(path, str) or not path or len(path) > 500:
        raise UnknownNameError(f"'{shorten(path)}' is no path", remedy="write keys joined by dots")
    return tuple(path.split("."))


def _steps(path: str, data: dict[str, Any]) -> tuple[str, ...]:
    """Split a path into keys, of which those inside a reading hold dots themselves."""
    rest = split_path(path)
    steps: tuple[str, ...] = ()
    node: Any = data
    while rest:
        take = 1
        if isinstance(node, dict):
            longer = range(len(rest), 1, -1)
            take = next((count for count in longer if ".".join(rest[:count]) in node), 1)
        step, rest = ".".join(rest[:take]), rest[take:]
        node = _descend(node, step, steps, data)
        steps = (*steps, step)
    return steps


def set_path(data: dict[str, Any], path: str, value: Any, known: tuple[str, ...]) -> None:
    """Set one value in plain model data, in place; see :meth:`Model.override`."""
    steps = _steps(path, data)
    node: Any = data

    def unknown() -> UnknownNameError:
        return UnknownNameError.of("path", path, known)

    for depth, step in enumerate(steps[:-1]):
        node = _descend(node, step, steps[:depth], data)
        if node is None:
            if _may_create(steps, data) and _create(data, steps, value):
                return
            raise unknown()
        if not isinstance(node, (dict, list)):
            if depth == len(steps) - 2 and steps[-1] in _QUANTITY_FIELDS:
                promoted = {"value": node, steps[-1]: value}
                _assign(data, steps[:-1], promoted)
                return
            raise unknown()
    key = _key(node, steps[-1], steps[:-1], data)
    if isinstance(node, dict):
        if key not in node and "options" in node and steps[0] == "agreements":
            node = node["options"]
        if key not in node and not _may_create(steps, data):
            raise unknown()
        if key == "value" and set(node) <= _QUANTITY_FIELDS:  # the same as setting the quantity
            _assign(data, steps[:-1], _merged(node, value))
            return
        node[key] = _merged(node.get(key), value)
    elif isinstance(node, list):
        if not isinstance(key, int) or not 0 <= key < len(node):
            raise unknown()
        node[key] = _merged(node[key], value)


def _key(node: Any, step: str, above: tuple[str, ...], data: dict[str, Any]) -> Any:
    if isinstance(node, list):
        if step.isascii() and step.isdigit():
            return int(step)
        if above[:2] == ("normal_form", "payoffs"):
            players = list((data.get("normal_form") or {}).get("players") or {})
            return players.index(step) if step in players else step
    return step


def _descend(node: Any, step: str, above: tuple[str, ...], data: dict[str, Any]) -> Any:
    key = _key(node, step, above, data)
    if isinstance(node, dict):
        return node.get(key)
    if isinstance(node, list) and isinstance(key, int) and 0 <= key < len(node):
        return node[key]
    return None


def _assign(data: dict[str, Any], steps: tuple[str, ...], value: Any) -> None:
    node: Any = data
    for depth, step in enumerate(steps[:-1]):
        node = _descend(node, step, steps[:depth], data)
    node[_key(node, steps[-1], steps[:-1], data)] = value


def _merged(old: Any, new: Any) -> Any:
    """Return what replaces `old`: fields merge, a number over a quantity keeps its range."""
    if isinstance(old, dict) and isinstance(new, dict):
        if {"because", "assumption"} & set(new):  # new reasons replace all the old ones
            old = {key: item for key, item in old.items() if key not in {"because", "assumption"}}
        return {**old, **{key: _merged(old.get(key), item) for key, item in new.items()}}
    if isinstance(old, dict) and "value" in old and not isinstance(new, (dict, list)):
        if old["value"] == new:
            return old
        kept = {key: item for key, item in old.items() if key not in {"because", "assumption"}}
        return {**kept, "value": new, "assumption": "set by hand"}
    return new


def _may_create(steps: tuple[str, ...], data: dict[str, Any]) -> bool:
    """Say whether a path that is absent may be added: optional fields, missing demands."""
    parties, issues = data.get("parties") or {}, data.get("issues") or {}
    if steps[0] == "demands" and len(steps) in {2, 3} and steps[1] in parties:
        return len(steps) == 2 or steps[2] in issues
    if steps[0] == "disagreement" and len(steps) == 2:
        return steps[1] in parties
    if steps[0] == "agreements" and len(steps) == 3:
        return steps[1] in (data.get("agreements") or {}) and steps[2] in issues
    return steps[-1] in _optional_fields() and not (
        len(steps) == 2 and steps[0] in _optional_fields() and steps[0] != "stability"
    )


def _optional_fields() -> set[str]:
    kinds = (QuantityPart, Demand, Party, Issue, Control, Ratifier, NamedAgreement)
    names = {item.name for kind in kinds for item in dataclasses.fields(kind)}
    return names | {"rest", "clash", "red_lines", "lag", "punishment", "best", "signatories"}


def _create(data: dict[str, Any], steps: tuple[str, ...], value: Any) -> bool:
    """Add a value with the mappings above it; say whether nothing else stands in the way."""
    node: Any = data
    for step in steps[:-1]:
        if not isinstance(node, dict):
            return False
        if node.get(step) is None:
            node[step] = {}
        node = node[step]
    if isinstance(node, dict):
        node[steps[-1]] = value
    return isinstance(node, dict)


def copied(value: Any) -> Any:
    """Return a copy of tree data: dicts and lists anew, scalars as they are."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def thawed(value: Any) -> Any:
    """Return frozen data as plain dicts and lists."""
    if isinstance(value, (FrozenMap, dict)):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [thawed(item) for item in value]
    return value


def plain_value(value: Any, path: str, depth: int = 0) -> Any:
    """Turn a Python value into tree data: numbers exact, sequences lists."""
    if isinstance(value, Fraction):  # the usual case of a long list of values
        return _of_sane_length(value, path)
    if depth > MAX_DEPTH:
        raise NegotiationError(f"nested more than {MAX_DEPTH} levels deep", where=path)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        try:
            return exact(value)
        except NegotiationError:
            return value
    if isinstance(value, Mapping):
        return {str(key): plain_value(item, path, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(item, path, depth + 1) for item in value]
    return _of_sane_length(exact(value, where=path), path)


def _of_sane_length(number: Fraction, path: str) -> Fraction:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > 3.32 * MAX_DIGITS:
        raise NegotiationError(f"a number of more than {MAX_DIGITS:,} digits", where=path)
    return number
