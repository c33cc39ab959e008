"""The verbs that solve a model, check it, and follow its answers to their sources."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from negotiation.cli.common import (
    FORMAT,
    changes_of,
    cli,
    load_model,
    progress,
    readings_of,
    show,
    variant,
)

if TYPE_CHECKING:
    from negotiation.model.model import Model


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

    loaded = load_model(model)
    changes = changes_of(pairs)
    chosen = {name: variant(loaded, name, changes) for name in readings_of(loaded, reading)}
    if strict:
        _refuse_uncited(chosen)
    analyses = {}
    with progress() as report:
        for name, one in chosen.items():
            label = f"reading {name}: " if name else ""
            analyses[name] = solve_model(one, progress=_labelled(report, label))
    show(analysis_page(analyses), form, exact=exact, details=details)


def _labelled(report: Callable[[str], None], label: str) -> Callable[[str], None]:
    return lambda section: report(label + section.lower())


def _refuse_uncited(variants: dict[str, Model]) -> None:
    from negotiation.errors import ModelError, Problem
    from negotiation.provenance import check as check_model

    problems = {
        reason.path: Problem(
            one.origin.where(tuple(reason.path.split("."))),
            f"{reason.value} has no reason",
            "add 'because: [claims]' or 'assumption: why'",
        )
        for one in variants.values()
        for reason in check_model(one).uncited
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

    loaded = load_model(model)
    names = readings_of(loaded, reading)
    sections = []
    data = {}
    for name in names:
        checkup = check_model(variant(loaded, name, {}))
        heading = f"Reading {name}" if name else "As written"
        sections.append((heading, checkup.tables()))
        data[name or "as written"] = checkup.to_dict()
    counts = data[names[0] or "as written"]
    refused = len(counts["refused"])
    intro = (
        f"No errors{' in the file, but not all of it would be solved' if refused else ''}. "
        f"{counts['inputs']} inputs with reasons or numbers: "
        f"{len(counts['uncited'])} numbers without a reason, "
        f"{len(counts['assumptions'])} with an assumption, "
        f"{len(counts['unused_claims'])} claims never used."
    )
    show(Page(f"Check of {loaded.title}", intro, tuple(sections), data), form)


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

    loaded = load_model(model)
    sections = []
    data = {}
    for name in readings_of(loaded, reading):
        result = trace_path(variant(loaded, name, changes_of(pairs)), path)
        sections.append((f"Reading {name}" if name else "As written", result.tables()))
        data[name or "as written"] = result.to_dict()
    show(Page(f"Trace of {path}", loaded.title, tuple(sections), data), form)


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
    with progress() as report:
        for name in models or tuple(catalogue()):
            loaded = load_model(name)
            checked = check_predictions(loaded, progress=report)
            agreed += sum(1 for item in checked if item.agrees)
            total += len(checked)
            data[name] = [item.data() for item in checked]
            if checked:
                sections.append((f"{name}: {loaded.title}", (predictions_table(checked),)))
    intro = f"{agreed} of {total} predictions agree with the models."
    show(
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
    show(Page("Shipped models", "", (("Models", (table,)),), data), form)


@cli.command()
def schema() -> None:
    """Print the JSON Schema of a model file, for editors."""
    from negotiation.model.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2), file=sys.stdout)
