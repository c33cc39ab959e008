"""Write the reference of the model file where a page says ``<!-- model reference -->``.

The tables are made from the schema that editors use (:func:`negotiation.json_schema`), so that
page, schema and program cannot say different things.
"""

import dataclasses
from typing import Any

from pydantic import TypeAdapter

from negotiation import json_schema
from negotiation.model import parts

MARK = "<!-- model reference -->"
Schema = dict[str, Any]

NAMES = {  # record of the schema -> what a reader calls it
    "QuantityPart": "Quantity",
    "TermPart": "Term",
    "NormalFormSection": "Payoff matrix",
    "ConflictGraphSection": "Conflict graph",
    "NamedAgreement": "Named agreement",
    "DemandGame": "Demand game",
}
ORDER = [
    *["QuantityPart", "Source", "Claim", "Party", "Issue", "Option", "Control", "Demand"],
    *["TermPart", "NamedAgreement", "Ratifier", "NormalFormSection", "DemandGame", "Bargaining"],
    *["ConflictGraphSection", "Move", "Ranking", "Commitment", "Stability", "Reading"],
    *["Prediction", "Topic"],
]


def title(record: str) -> str:
    """Return the heading of a record."""
    return NAMES.get(record, record)


def link(record: str) -> str:
    """Return a link to the table of a record."""
    words = title(record).lower()
    return f"[{words}](#{words.replace(' ', '-')})"


def kind(node: Any) -> str:
    """Say in words what may stand at a place of the schema."""
    if not isinstance(node, dict) or not set(node) - {"title", "description", "default"}:
        return "anything"
    if "$ref" in node:
        return link(node["$ref"].rsplit("/", 1)[1])
    choices = node.get("anyOf", node.get("oneOf"))
    if choices is not None:
        found = dict.fromkeys(kind(item) for item in choices if item.get("type") != "null")
        if {"number", "text", link("QuantityPart")} <= set(found):
            return f"number, formula or {link('QuantityPart')}"
        words = " or ".join(found)
        return "name or list of names" if words == "text or list of text" else words
    types = node["type"] if isinstance(node["type"], list) else [node["type"]]
    if set(types) == {"number", "string"}:
        return "number or formula"
    return " or ".join(_plain(name, node) for name in types)


def _plain(name: str, node: Schema) -> str:
    if name == "array":
        if "prefixItems" in node:
            return "list of " + " and ".join(kind(item) for item in node["prefixItems"])
        inside = kind(node.get("items", {}))
        return "list" if inside == "anything" else f"list of {inside}"
    if name == "object":
        pattern = list(node.get("patternProperties", {}).values())
        extra = node.get("additionalProperties")
        values = pattern or ([extra] if isinstance(extra, dict) else [{}])
        return f"mapping to {kind(values[0])}"
    if name == "string":
        return "name" if "pattern" in node else "text"
    return {"boolean": "true or false"}.get(name, name)


def default(record: str, field: str, schema: Schema) -> str:
    """Say what holds where a field is left out."""
    if field in schema.get("required", ()):
        return "required"
    value = schema["properties"][field].get("default")
    if value is None:  # made when it is needed, and so in no schema
        made = next(f for f in dataclasses.fields(getattr(parts, record)) if f.name == field)
        if callable(made.default_factory):
            value = getattr(made.default_factory(), "value", None)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list) and value:
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`" if value and not isinstance(value, dict) else "–"


def table(record: str, schema: Schema) -> list[str]:
    """Return one Markdown table for a record of the schema."""
    lines = ["| field | what may stand there | if left out | meaning |", "|---|---|---|---|"]
    for field, node in schema.get("properties", {}).items():
        meaning = " ".join(node.get("description", "").split())
        cells = [f"`{field}`", kind(node), default(record, field, schema), meaning]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def reference() -> str:
    """Return the whole reference in Markdown."""
    model = json_schema()
    evidence = TypeAdapter(parts.EvidenceFile).json_schema(mode="validation")
    records = {**evidence["$defs"], **model["$defs"]}
    order = [name for name in ORDER if name in records]
    order += [name for name in records if name not in order]
    lines = ["### The file", "", model["description"], "", *table("ModelFile", model), ""]
    for name in order:
        lines += [f"### {title(name)}", "", records[name].get("description", ""), ""]
        lines += [*table(name, records[name]), ""]
    lines += [
        "### Evidence file",
        "",
        evidence["description"],
        "",
        *table("EvidenceFile", evidence),
        "",
    ]
    return "\n".join(lines)


def setup(app: Any) -> dict[str, Any]:
    """Fill the mark of every page as it is read."""

    def read(_app: Any, _page: str, source: list[str]) -> None:
        if MARK in source[0]:
            source[0] = source[0].replace(MARK, reference())

    app.connect("source-read", read)
    return {"version": "1", "parallel_read_safe": True}
