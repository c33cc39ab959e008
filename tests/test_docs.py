"""The examples in docstrings run, and the pages name what the package has.

The blocks in README.md and docs/*.md are run by the conftest.py in the root.
"""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import negotiation
from negotiation.cli import cli
from negotiation.stability import CRITERIA

REFERENCE = re.compile(r"^\.\. auto(?:function|class):: (\S+)$", re.MULTILINE)
DOCS = Path(__file__).resolve().parents[1] / "docs"
MODULES = [
    "negotiation",
    *(
        found.name
        for found in pkgutil.walk_packages(negotiation.__path__, "negotiation.")
        if not found.name.endswith("__main__")
    ),
]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_run(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_the_doctests_are_found():
    """A collection that finds nothing would pass as well."""
    module = importlib.import_module("negotiation.results")
    assert sum(bool(test.examples) for test in doctest.DocTestFinder().find(module)) >= 3


def test_every_public_name_is_in_the_reference():
    written = re.findall(
        r"^\.\. auto(?:function|class):: (\S+)$", page("reference.md"), re.MULTILINE
    )
    assert set(negotiation.__all__) == {name for name in written if "." not in name}


def test_every_command_has_its_place_on_the_page():
    assert re.findall(r"^<!-- help: (\w+) -->$", page("cli.md"), re.MULTILINE) == sorted(
        cli.commands, key=page("cli.md").index
    )
    for name in cli.commands:
        assert f"## {name}\n\n<!-- help: {name} -->" in page("cli.md")


def test_every_criterion_is_defined():
    heads = " ".join(re.findall(r"^### (.*)$", page("verdicts.md"), re.MULTILINE)).replace("-", "_")
    for name in CRITERIA:
        assert re.search(rf"\b{name}\b", heads), f"'{name}' has no heading in docs/verdicts.md"


def test_every_room_is_on_the_map():
    rooms = {name.split(".")[1] for name in MODULES if "." in name}
    named = set(re.findall(r"^\| `negotiation\.(\w+)` \|", page("architecture.md"), re.MULTILINE))
    assert named == rooms


def test_the_model_reference_names_every_record():
    import sys  # noqa: PLC0415  the extensions of the documentation are no package

    sys.path.insert(0, str(DOCS / "_ext"))
    try:
        from model_reference import reference  # noqa: PLC0415
    finally:
        sys.path.remove(str(DOCS / "_ext"))
    tables = reference()
    for record in negotiation.json_schema()["$defs"].values():
        assert record["description"] in tables
        for field, node in record.get("properties", {}).items():
            assert f"| `{field}` |" in tables
            assert " ".join(node["description"].split()).replace("|", "\\|") in tables
