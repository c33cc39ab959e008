"""What the verbs of the command line share."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from negotiation.model.model import Model
    from negotiation.report import Page

__all__ = [
    "FORMAT",
    "changes_of",
    "cli",
    "load_model",
    "progress",
    "readings_of",
    "show",
    "split_list",
    "variant",
]

PATIENCE = 2.0  # seconds of silence before progress is shown
FORMAT = click.Choice(["text", "json", "md", "html", "latex", "csv"])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="negotiation")
def cli() -> None:
    """From documents in which parties state demands to stable agreements.

    MODEL is the name of a shipped model (see `negotiation models`) or a YAML file.
    """


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Yield a callback that reports what is being done once two seconds have passed."""
    started = time.monotonic()
    shown = False

    def report(what: str) -> None:
        nonlocal shown
        elapsed = time.monotonic() - started
        if elapsed > PATIENCE or shown:
            shown = True
            click.echo(f"[{elapsed:4.1f} s] {what} ...", err=True)

    yield report


def load_model(name: str) -> Model:
    """Return a shipped model or the model of a file."""
    from negotiation.model.files import load

    return load(name)


def changes_of(pairs: tuple[str, ...]) -> dict[str, Any]:
    """Return what the options --set PATH=VALUE change."""
    from negotiation.errors import NegotiationError

    changes: dict[str, Any] = {}
    for pair in pairs:
        path, equals, value = pair.partition("=")
        if not equals or not path.strip() or not value.strip():
            raise NegotiationError(
                f"--set {pair}: no PATH=VALUE", remedy="write --set parameters.x=0.3"
            )
        text = value.strip()
        if text.startswith("[") and text.endswith("]"):
            changes[path.strip()] = [plain(item) for item in split_list(text[1:-1]) if item]
        else:
            changes[path.strip()] = plain(text)
    return changes


def plain(text: str) -> str | bool | None:
    """Return what a plain scalar in a model file means: true, false and null are no text."""
    from negotiation.model.yaml_tree import SCALARS

    return SCALARS.get(text, text)


def split_list(text: str) -> list[str]:
    """Split at the commas that stand in no parentheses: those of a formula are its own."""
    items, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth <= 0:
            items.append(text[start:place].strip())
            start = place + 1
    return [*items, text[start:].strip()]


def readings_of(model: Model, reading: str | None) -> list[str]:
    """Return the readings asked for; "" is the model as written."""
    from negotiation.errors import UnknownNameError

    if reading is None:
        return [""]
    if reading == "all":
        return list(model.readings) or [""]
    if reading not in model.readings:
        raise UnknownNameError.of("reading", reading, [*model.readings, "all"])
    return [reading]


def variant(model: Model, reading: str, changes: dict[str, Any]) -> Model:
    """Return the model in one reading with some inputs changed."""
    return (model.reading(reading) if reading else model).override(changes)


def show(page: Page, form: str, *, exact: bool = False, details: bool = True) -> None:
    """Print a page in the format asked for."""
    from negotiation.report import render

    width = shutil.get_terminal_size((110, 24)).columns if sys.stdout.isatty() else 110
    text = render(page, form, width=max(width, 60), exact=exact, details=details)
    click.echo(text, file=sys.stdout)  # as it is: click would write UTF-8 into an ASCII stream
