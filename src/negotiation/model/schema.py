"""The schema of model files: checking the shape of plain data, and the JSON Schema for editors.

The records of :mod:`~negotiation.model.parts` are the schema. Pydantic checks plain data
against them; its faults are turned into sentences with a place and a remedy, and none of its
own wording reaches the user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from negotiation.errors import ModelError, Remedy, close_matches, did_you_mean, shorten
from negotiation.formulas import QUOTE_COMMAS
from negotiation.model.parts import EvidenceFile, ModelFile, brief

__all__ = ["json_schema", "validate_evidence", "validate_model"]

Where = Callable[[tuple[str | int, ...]], str]


@lru_cache(maxsize=1)
def _model_adapter() -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415

    return TypeAdapter(ModelFile)


@lru_cache(maxsize=1)
def _evidence_adapter() -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415

    return TypeAdapter(EvidenceFile)


def validate_model(data: Mapping[str, Any], where: Where) -> ModelFile:
    """Check the shape of plain data against the schema and return its parts.

    Raises
    ------
    ModelError
        With every fault of shape.
    """
    spec: ModelFile = _validate(_model_adapter(), data, where)
    return spec


def validate_evidence(data: Mapping[str, Any], where: Where) -> EvidenceFile:
    """Check the shape of an evidence file and return its parts.

    Raises
    ------
    ModelError
        With every fault of shape.
    """
    file: EvidenceFile = _validate(_evidence_adapter(), data, where)
    return file


def _validate(adapter: Any, data: Mapping[str, Any], where: Where) -> Any:
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        strangers: dict[tuple[Any, ...], list[str]] = {}  # unknown keys by the place they stand
        for fault in faults:
            if fault["type"] in _UNKNOWN:
                strangers.setdefault(fault["loc"][:-1], []).append(str(fault["loc"][-1]))
        found: dict[tuple[str, str], Remedy] = {}
        for fault in faults:
            *parent, key = fault["loc"] or ("",)
            if fault["type"] in _MISSING and close_matches(
                str(key), strangers.get(tuple(parent), ())
            ):
                continue  # misspelt, and reported as unknown
            place, what, remedy = _fault(fault, _real_path(fault["loc"], data), where)
            found.setdefault((place, what), remedy)
        raise ModelError.of_faults((*key, remedy) for key, remedy in found.items()) from None


def _real_path(loc: tuple[Any, ...], data: Any) -> tuple[str | int, ...]:
    """Drop the steps of a location that stand in no file (tags of unions, shorthand)."""
    path: list[str | int] = []
    node = data
    for index, step in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(node, dict) and (step in node or (last and isinstance(step, str))):
            if step not in node and (step == "[key]" or "-" in str(step) or "[" in str(step)):
                continue
            path.append(step)
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            path.append(step)
            node = node[step]
    return tuple(path)


_UNKNOWN = {"unexpected_keyword_argument", "unexpected_positional_argument", "extra_forbidden"}
_MISSING = {"missing", "missing_argument"}
_MESSAGES = {
    "mapping_type": ("{value} where a mapping belongs", "write 'key: value' lines"),
    "dict_type": ("{value} where a mapping belongs", "write 'key: value' lines"),
    "tuple_type": ("{value} where a list belongs", "write [a, b, c]"),
    "list_type": ("{value} where a list belongs", "write [a, b, c]"),
    "bool_type": ("{value} where true or false belongs", "write true or false"),
    "bool_parsing": ("{value} where true or false belongs", "write true or false"),
}


def _fault(
    fault: Mapping[str, Any], path: tuple[str | int, ...], where: Where
) -> tuple[str, str, Remedy]:
    """Return where a fault is, what is wrong and what to do about it."""
    kind, loc, shown = fault["type"], fault["loc"], brief(fault.get("input"))
    key = str(loc[-1]) if loc else ""
    if kind in _UNKNOWN:
        if key.count(")") > key.count("("):  # a formula that braces cut at its comma
            return where(path), f"unknown key '{shorten(key)}'", QUOTE_COMMAS
        return where(path), f"unknown key '{shorten(key)}'", partial(_known_key, key, loc[:-1])
    if kind == "dataclass_type":
        fields = ", ".join(_fields(loc)[:4])
        return where(path), f"{shown} where a mapping belongs", f"write its fields: {fields}..."
    if kind == "value_error":
        text = str(fault.get("ctx", {}).get("error", fault["msg"]))
        what, bar, remedy = text.rpartition("|")
        return where(path), what if bar else text, remedy if bar else ""
    if kind in _MISSING:
        path = path[:-1] if path and str(path[-1]) == key else path
        return where(path), f"'{key}' is missing", "add it"
    what, remedy = _MESSAGES.get(kind, ("{value} does not belong here", "see the schema"))
    return where(path), what.replace("{value}", shown), remedy


def _known_key(key: str, loc: tuple[Any, ...]) -> str:
    return did_you_mean(key, _fields(loc))


def _fields(loc: tuple[Any, ...]) -> list[str]:
    """Return the keys the schema allows at a location."""
    schema = json_schema()
    definitions = schema.get("$defs", {})
    node: Any = schema
    for step in loc:
        if str(step).startswith("["):  # the tag of an alternative, no key
            continue
        for option in _alternatives(node, definitions):
            properties = option.get("properties", {})
            if step in properties:
                node = properties[step]
                break
            extra = [*option.get("patternProperties", {}).values()]
            if isinstance(option.get("additionalProperties"), dict):
                extra.append(option["additionalProperties"])
            if extra and isinstance(step, str):
                node = extra[0]
                break
            if "items" in option and isinstance(step, int):
                node = option["items"]
                break
    keys: dict[str, None] = {}
    for option in _alternatives(node, definitions):
        keys |= dict.fromkeys(option.get("properties", {}))
    return list(keys)


def _alternatives(node: Any, definitions: Mapping[str, Any]) -> list[Any]:
    if not isinstance(node, dict):
        return []
    if "$ref" in node:
        return _alternatives(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    kinds = {"properties", "additionalProperties", "patternProperties", "items"}
    found = [node] if kinds & set(node) else []
    for option in (*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())):
        found += _alternatives(option, definitions)
    return found


@lru_cache(maxsize=1)
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a model file, for editors and for the reference page.

    Examples
    --------
    >>> json_schema()["title"]
    'Model file of the negotiation package'
    """
    schema: dict[str, Any] = _model_adapter().json_schema(mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Model file of the negotiation package"
    _close(schema)
    return schema


def _close(node: Any) -> None:
    """Forbid names that fit no pattern, so that editors complain where loading would."""
    if isinstance(node, dict):
        if "patternProperties" in node:
            node["additionalProperties"] = False
        for item in node.values():
            _close(item)
    elif isinstance(node, list):
        for item in node:
            _close(item)
