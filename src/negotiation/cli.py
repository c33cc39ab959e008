"""The command line: one verb for each public function, a thin skin over the library.

Every error the user can cause is one message on standard error and exit status 2; progress
goes to standard error as well, so that standard output can be piped.
"""

from __future__ import annotations

import json
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

__all__ = ["cli", "main"]

PATIENCE = 2.0  # seconds of silence before progress is shown
FORMAT = click.Choice(["text", "json", "md", "html", "latex", "csv"])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="negotiation")
def cli() -> None:
    """From documents in which parties state demands to stable agreements.

    MODEL is the name of a shipped model (see `negotiation models`) or a YAML file.
    """


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
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


def _load(name: str) -> Model:
    from negotiation.model.files import load

    return load(name)


def _changes(pairs: tuple[str, ...]) -> dict[str, Any]:
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
            changes[path.strip()] = [item.strip() for item in text[1:-1].split(",") if item.strip()]
        else:
            changes[path.strip()] = text
    return changes


def _readings(model: Model, reading: str | None) -> list[str]:
    from negotiation.errors import UnknownNameError

    if reading is None:
        return [""]
    if reading == "all":
        return list(model.readings) or [""]
    if reading not in model.readings:
        raise UnknownNameError.of("reading", reading, [*model.readings, "all"])
    return [reading]


def _variant(model: Model, reading: str, changes: dict[str, Any]) -> Model:
    return (model.reading(reading) if reading else model).override(changes)


def _show(page: Page, form: str, *, exact: bool = False, details: bool = True) -> None:
    from negotiation.report import render

    width = shutil.get_terminal_size((110, 24)).columns if sys.stdout.isatty() else 110
    click.echo(render(page, form, width=max(width, 60), exact=exact, details=details))


@cli.command()
@click.argument("model")
@click.option("--reading", metavar="NAME", help="Solve one source's reading, or 'all' of them.")
@click.option(
    "--set", "pairs", metavar="PATH=VALUE", multiple=True, help="Change an input; repeatable."
)
@click.option("--format", "form", type=FORMAT, default="text", show_default=True)
@click.option("--exact", is_flag=True, help="Show numbers as fractions.")
@click.option("--details", is_flag=True, help="Show every table.")
@click.option("--strict", is_flag=True, help="Refuse numbers without claim or assumption.")
def solve(
    model: str,
    reading: str | None,
    pairs: tuple[str, ...],
    form: str,
    exact: bool,
    details: bool,
    strict: bool,
) -> None:
    """Solve MODEL: equilibria, bargaining solutions, which agreements are stable and why."""
    from negotiation.analysis import solve as solve_model
    from negotiation.report import analysis_page

    loaded = _load(model)
    changes = _changes(pairs)
    variants = {name: _variant(loaded, name, changes) for name in _readings(loaded, reading)}
    if strict:
        _refuse_uncited(variants)
    analyses = {}
    with _progress() as report:
        for name, variant in variants.items():
            label = f"reading {name}: " if name else ""
            analyses[name] = solve_model(variant, progress=_labelled(report, label))
    _show(analysis_page(analyses), form, exact=exact, details=details)


def _labelled(report: Callable[[str], None], label: str) -> Callable[[str], None]:
    return lambda section: report(label + section.lower())


def _refuse_uncited(variants: dict[str, Model]) -> None:
    from negotiation.errors import ModelError, Problem
    from negotiation.provenance import check as check_model

    problems = {
        reason.path: Problem(
            variant.origin.where(tuple(reason.path.split("."))),
            f"{reason.value} has no reason",
            "add 'because: [claims]' or 'assumption: why'",
        )
        for variant in variants.values()
        for reason in check_model(variant).uncited
    }
    if problems:
        raise ModelError(problems.values())


@cli.command()
@click.argument("model")
@click.option("--reading", metavar="NAME", help="Check one source's reading.")
@click.option("--format", "form", type=FORMAT, default="text", show_default=True)
def check(model: str, reading: str | None, form: str) -> None:
    """Check MODEL: errors with file and line; assumptions; claims never used."""
    from negotiation.provenance import check as check_model
    from negotiation.report import Page

    loaded = _load(model)
    names = _readings(loaded, reading)
    sections = []
    data = {}
    for name in names:
        checkup = check_model(_variant(loaded, name, {}))
        heading = f"Reading {name}" if name else "As written"
        sections.append((heading, checkup.tables()))
        data[name or "as written"] = checkup.to_dict()
    counts = data[names[0] or "as written"]
    intro = (
        f"No errors. {counts['inputs']} inputs with reasons or numbers: "
        f"{len(counts['uncited'])} numbers without a reason, "
        f"{len(counts['assumptions'])} with an assumption, "
        f"{len(counts['unused_claims'])} claims never used."
    )
    _show(Page(f"Check of {loaded.title}", intro, tuple(sections), data), form)


@cli.command()
@click.argument("model")
@click.argument("path")
@click.option("--reading", metavar="NAME", help="Trace in one source's reading.")
@click.option("--set", "pairs", metavar="PATH=VALUE", multiple=True, help="Change an input.")
@click.option("--format", "form", type=FORMAT, default="text", show_default=True)
def trace(model: str, path: str, reading: str | None, pairs: tuple[str, ...], form: str) -> None:
    """Follow PATH, an input or an output of MODEL, to the claims and paragraphs behind it."""
    from negotiation.provenance import trace as trace_path
    from negotiation.report import Page

    loaded = _load(model)
    sections = []
    data = {}
    for name in _readings(loaded, reading):
        result = trace_path(_variant(loaded, name, _changes(pairs)), path)
        sections.append((f"Reading {name}" if name else "As written", result.tables()))
        data[name or "as written"] = result.to_dict()
    _show(Page(f"Trace of {path}", loaded.title, tuple(sections), data), form)


@cli.command()
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--format", "form", type=FORMAT, default="text", show_default=True)
def validate(models: tuple[str, ...], form: str) -> None:
    """Check every prediction of the MODELs (default: all shipped) against what they say."""
    from negotiation.analysis import check_predictions
    from negotiation.model.files import catalogue
    from negotiation.report import Page, predictions_table

    sections = []
    data: dict[str, Any] = {}
    agreed = total = 0
    with _progress() as report:
        for name in models or tuple(catalogue()):
            loaded = _load(name)
            checked = check_predictions(loaded, progress=report)
            agreed += sum(1 for item in checked if item.agrees)
            total += len(checked)
            data[name] = [item.data() for item in checked]
            if checked:
                sections.append((f"{name}: {loaded.title}", (predictions_table(checked),)))
    intro = f"{agreed} of {total} predictions agree with the models."
    _show(
        Page("Predictions of the sources and what the models say", intro, tuple(sections), data),
        form,
    )


@cli.command()
@click.option("--format", "form", type=FORMAT, default="text", show_default=True)
def models(form: str) -> None:
    """List the shipped models."""
    from negotiation.model.files import catalogue, load
    from negotiation.report import Page
    from negotiation.results import Table

    rows = []
    for name in catalogue():
        loaded = load(name)
        about = (loaded.spec.about or loaded.title).split(". ")[0].rstrip(".")
        rows.append([name, loaded.title, ", ".join(loaded.readings) or "–", about])
    table = Table("", ["model", "title", "readings", "about"], rows, name="models")
    data = [dict(zip(table.columns, row, strict=True)) for row in rows]
    _show(Page("Shipped models", "", (("Models", (table,)),), data), form)


@cli.command()
def schema() -> None:
    """Print the JSON Schema of a model file, for editors."""
    from negotiation.model.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the project's own errors exit with status 2 and no traceback."""
    try:
        status = cli.main(arguments, prog_name="negotiation", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except Exception as error:
        from negotiation.errors import NegotiationError

        if not isinstance(error, NegotiationError):
            raise
        click.echo(f"negotiation: {error}", err=True)
        sys.exit(error.exit_status)
    sys.exit(status if isinstance(status, int) else 0)
