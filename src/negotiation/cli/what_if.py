"""The verbs that change inputs and see what changes: compare, sweep, tornado and the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
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
    split_list,
    variant,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from negotiation.model.model import Model
    from negotiation.results import Result

UNUSED = {"outputs", "over", "points", "draws", "seed", "method", "jobs", "dask", "plot"}
"""Options that some questions of a verb have no use for."""
ROBUSTNESS = {
    "--drivers": {"over", "draws", "seed", "jobs", "dask"},
    "--weights": {"draws", "seed", "method"},
    "--swaps": set[str](),
}
"""Which of them the questions of ``robustness`` use."""
PAUSE = 1.0  # seconds between two lines of progress

READING = click.option("--reading", metavar="NAME", help="Take one source's reading.")
SET = click.option(
    "--set", "pairs", metavar="PATH=VALUE", multiple=True, help="Change an input; repeatable."
)
OUTPUT = click.option(
    "--output", "outputs", metavar="PATH", multiple=True, help="An output; repeatable."
)
RANGE = click.option(
    "--over",
    metavar="PATH=LOW:HIGH",
    multiple=True,
    help="A range, instead of the declared ones; repeatable.",
)
JOBS = click.option("--jobs", type=click.IntRange(min=1), default=1, help="Processes.")
SEED = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
FORM = click.option("--format", "form", type=FORMAT, default="text", show_default=True)
EXACT = click.option("--exact", is_flag=True, help="Show numbers as fractions.")
DETAILS = click.option("--details", is_flag=True, help="Show every table.")
PLOT = click.option("--plot", metavar="FILE", help="Draw it too: a PNG, SVG or PDF file.")
DASK = click.option("--dask", metavar="ADDRESS", help="Run on a Dask cluster.")


def _chosen(model: str, reading: str | None, pairs: tuple[str, ...]) -> Model:
    """Return the one model that is asked about."""
    from negotiation.errors import NegotiationError

    loaded = load_model(model)
    names = readings_of(loaded, reading)
    if len(names) > 1:
        raise NegotiationError(
            "one reading at a time", remedy="name one of: " + ", ".join(loaded.readings)
        )
    return variant(loaded, names[0], changes_of(pairs))


def _pairs(items: tuple[str, ...], option: str, example: str) -> Iterator[tuple[str, str]]:
    from negotiation.errors import NegotiationError

    for item in items:
        path, equals, text = item.partition("=")
        if not equals or not path.strip() or not text.strip():
            raise NegotiationError(f"{option} {item}: no PATH=VALUES", remedy=f"write {example}")
        yield path.strip(), text.strip()


def _values(items: tuple[str, ...]) -> dict[str, Any]:
    """Return PATH=a,b,c as a list, PATH=low:high:step as evenly spaced numbers."""
    from negotiation.errors import NegotiationError
    from negotiation.what_if.sweep import grid

    found: dict[str, Any] = {}
    for path, text in _pairs(items, "--over", "--over parameters.x=0:1:0.1"):
        if ":" not in text:
            found[path] = split_list(text)
            continue
        parts = text.split(":")
        if len(parts) != 3:
            raise NegotiationError(
                f"--over {path}={text}: no LOW:HIGH:STEP",
                remedy="write --over parameters.x=0:1:0.1, or a list, 0,0.5,1",
            )
        found[path] = grid(parts[0].strip(), parts[1].strip(), step=parts[2].strip())
    return found


def _ranges(items: tuple[str, ...], option: str = "--over") -> dict[str, tuple[str, str]]:
    """Return PATH=low:high as ends of ranges."""
    from negotiation.errors import NegotiationError

    found = {}
    for path, text in _pairs(items, option, f"{option} parameters.x=0:1"):
        low, colon, high = text.partition(":")
        if not colon:
            raise NegotiationError(
                f"{option} {path}={text}: no LOW:HIGH", remedy=f"write {option} parameters.x=0:1"
            )
        found[path] = (low.strip(), high.strip())
    return found


@contextmanager
def _counting() -> Iterator[Callable[[int, int], None]]:
    """Yield a callback that says how much is done and how long the rest will take."""
    from negotiation.cli import common
    from negotiation.what_if.work import Eta

    eta = Eta()
    started = told = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal told
        line, now = eta.text(done, total), time.monotonic()
        if now - started > common.PATIENCE and now - told > PAUSE:
            told = now
            click.echo(line, err=True)

    yield report


@contextmanager
def _cluster(address: str | None) -> Iterator[Executor | None]:
    """Yield an executor on a Dask cluster, or None."""
    from negotiation.errors import NegotiationError

    if address is None:
        yield None
        return
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise NegotiationError(
            "distributed is not installed", remedy="install negotiation[distributed]"
        ) from None
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise NegotiationError(
            f"no Dask cluster at {address}: {str(error).splitlines()[0]}",
            remedy="start one with: dask scheduler",
        ) from None
    with client:
        yield client.get_executor()


def _refuse_unused(used: set[str], when: str) -> None:
    """Refuse options that were given and would change nothing."""
    from click.core import ParameterSource

    from negotiation.errors import NegotiationError

    context = click.get_current_context()
    for own in context.command.params:
        given = context.get_parameter_source(own.name or "") is ParameterSource.COMMANDLINE
        if given and own.name in UNUSED and own.name not in used:
            raise NegotiationError(
                f"{own.opts[0]} is of no use {when}", remedy=f"leave out {own.opts[0]}"
            )


def _print(
    title: str,
    intro: str,
    results: dict[str, Result],
    form: str,
    *,
    exact: bool,
    details: bool = True,
) -> None:
    from negotiation.report import Page

    sections = tuple((heading, result.tables()) for heading, result in results.items())
    data = [result.to_dict() for result in results.values()]
    page = Page(title, intro, sections, data[0] if len(data) == 1 else data)
    show(page, form, exact=exact, details=details)


def _plottable(plot: str | None) -> None:
    """Refuse a picture that cannot be written, before the work."""
    if plot is not None:
        from negotiation.report.plots import check_target

        check_target(plot)


def _plot(plot: str | None, result: Any, **options: Any) -> None:
    """Draw what has been printed."""
    if plot is None:
        return
    from negotiation.report.plots import draw

    draw(result, plot, **options)
    click.echo(f"wrote {plot}", err=True)


@cli.command()
@click.argument("model")
@click.argument("other", required=False)
@READING
@SET
@OUTPUT
@click.option("--why", metavar="PATH", help="Which difference explains the change of an output.")
@DETAILS
@FORM
@EXACT
def compare(
    model: str,
    other: str | None,
    reading: str | None,
    pairs: tuple[str, ...],
    outputs: tuple[str, ...],
    why: str | None,
    details: bool,
    form: str,
    exact: bool,
) -> None:
    """Compare MODEL with OTHER: a reading of it, another model, or MODEL with --set changes.

    Without OTHER, the model (or its --reading) is compared with itself changed by --set.
    """
    from negotiation.errors import NegotiationError
    from negotiation.what_if.attribution import attribution
    from negotiation.what_if.compare import compare as compare_models

    loaded = load_model(model)
    names = readings_of(loaded, reading)
    base = variant(loaded, names[0], {})
    changes = changes_of(pairs)
    if other is None and not changes:
        raise NegotiationError(
            "nothing to compare with", remedy="name a reading, another model, or --set PATH=VALUE"
        )
    if other is None:
        second = base.override(changes)
    elif other in loaded.readings:
        second = variant(loaded, other, changes)
    else:
        second = load_model(other).override(changes)
    changed = changes if other is None else second
    found = compare_models(base, changed, outputs=outputs or None)
    results: dict[str, Result] = {"Comparison": found}
    if why is not None:
        with _counting() as report:
            results[f"What explains {why}"] = attribution(base, second, why, progress=report)
    there = other or "itself with " + ", ".join(pairs)
    title = f"{names[0] or model} against {there}"
    _print(title, loaded.title, results, form, exact=exact, details=details)


@cli.command()
@click.argument("model")
@click.option(
    "--over",
    metavar="PATH=VALUES",
    multiple=True,
    required=True,
    help="LOW:HIGH:STEP or a list a,b,c; several make a grid.",
)
@OUTPUT
@READING
@SET
@JOBS
@DASK
@click.option("--resume", "folder", metavar="DIR", help="Keep results there, and go on from them.")
@click.option("--yes", is_flag=True, help="Go on whatever the number of points.")
@FORM
@EXACT
@PLOT
def sweep(
    model: str,
    over: tuple[str, ...],
    outputs: tuple[str, ...],
    reading: str | None,
    pairs: tuple[str, ...],
    jobs: int,
    dask: str | None,
    folder: str | None,
    yes: bool,
    form: str,
    exact: bool,
    plot: str | None,
) -> None:
    """Solve MODEL at every point of a grid of inputs, and list the outputs."""
    from negotiation.errors import NegotiationError
    from negotiation.report import Page
    from negotiation.what_if.sweep import sweep as sweep_model

    _plottable(plot)
    chosen = _chosen(model, reading, pairs)
    values = _values(over)
    if plot is not None and len(values) > 2:
        raise NegotiationError(
            f"a sweep of {len(values)} inputs has no picture",
            remedy="sweep one or two, or leave out --plot",
        )
    with _counting() as report, _cluster(dask) as executor:
        found = sweep_model(
            chosen,
            values,
            outputs,
            executor,
            jobs=jobs,
            folder=folder,
            progress=report,
            yes=yes,
        )
    tables = found.full_tables() if form == "csv" else found.tables()
    page = Page(f"Sweep of {chosen.title}", "", (("Sweep", tables),), found.to_dict())
    show(page, form, exact=exact)
    if len(found.failures) == len(found):
        raise NegotiationError(
            f"all {len(found):,} points failed, the first with: {found.failures[0].message}",
            remedy="give values at which the model is valid, and outputs that exist there",
        )
    _plot(plot, found)


@cli.command()
@click.argument("model")
@click.argument("output", required=False)
@RANGE
@click.option("--points", type=click.IntRange(min=2), default=2, help="Points per range.")
@READING
@SET
@JOBS
@FORM
@EXACT
@PLOT
def tornado(
    model: str,
    output: str | None,
    over: tuple[str, ...],
    points: int,
    reading: str | None,
    pairs: tuple[str, ...],
    jobs: int,
    form: str,
    exact: bool,
    plot: str | None,
) -> None:
    """Turn each uncertain number of MODEL, one at a time, and say what it does to OUTPUT.

    Without OUTPUT: which numbers flip which verdicts.
    """
    from negotiation.what_if.tornado import flips
    from negotiation.what_if.tornado import tornado as turn

    _plottable(plot)
    chosen = _chosen(model, reading, pairs)
    ranges = _ranges(over) or None
    with _counting() as report:
        if output is None:
            _refuse_unused({"over", "jobs"}, "without an OUTPUT")
            result: Result = flips(chosen, over=ranges, jobs=jobs, progress=report)
        else:
            result = turn(chosen, output, over=ranges, points=points, jobs=jobs, progress=report)
    title = f"What moves {output}" if output else "What flips the verdicts"
    _print(title, chosen.title, {"Tornado": result}, form, exact=exact)
    _plot(plot, result)


@cli.command()
@click.argument("model")
@click.argument("path")
@click.option("--low", metavar="NUMBER", help="Lower end, instead of the declared one.")
@click.option("--high", metavar="NUMBER", help="Upper end, instead of the declared one.")
@click.option(
    "--against",
    metavar="PATH[=LOW:HIGH]",
    help="A second input: curves and a map of both.",
)
@OUTPUT
@READING
@SET
@FORM
@EXACT
@PLOT
def tipping(
    model: str,
    path: str,
    low: str | None,
    high: str | None,
    against: str | None,
    outputs: tuple[str, ...],
    reading: str | None,
    pairs: tuple[str, ...],
    form: str,
    exact: bool,
    plot: str | None,
) -> None:
    """Find the exact values of the input PATH of MODEL at which its answers change."""
    from negotiation.errors import NegotiationError
    from negotiation.what_if.curves import tipping_curves
    from negotiation.what_if.tipping import tipping_points

    _plottable(plot)
    chosen = _chosen(model, reading, pairs)
    if against is not None:
        if len(outputs) > 1:
            raise NegotiationError(
                "curves are of one output at a time", remedy="name one --output with --against"
            )
        ends: tuple[str | None, str | None] = (None, None)
        if "=" in against:
            ((against, ends),) = _ranges((against,), "--against").items()
        with _counting() as report:
            curves = tipping_curves(
                chosen,
                path,
                against,
                low=low,
                high=high,
                other_low=ends[0],
                other_high=ends[1],
                output=outputs[0] if outputs else None,
                progress=report,
            )
        title = f"Where {path} and {against} tip"
        _print(title, chosen.title, {"Tipping curves": curves}, form, exact=exact)
        _plot(plot, curves)
        return
    found = tipping_points(chosen, path, low=low, high=high, outputs=outputs or None)
    _print(f"Where {path} tips", chosen.title, {"Tipping points": found}, form, exact=exact)
    _plot(plot, found)


@cli.command()
@click.argument("model")
@click.argument("what")
@READING
@SET
@FORM
def conditions(
    model: str, what: str, reading: str | None, pairs: tuple[str, ...], form: str
) -> None:
    """Say in the parameters of MODEL when WHAT, a profile or an agreement, holds."""
    from negotiation.what_if.conditions import conditions as find

    chosen = _chosen(model, reading, pairs)
    found = find(chosen, what)
    _print(f"When {what} holds", chosen.title, {"Conditions": found}, form, exact=False)


@cli.command()
@click.argument("model")
@OUTPUT
@RANGE
@click.option("--draws", type=click.IntRange(min=1), default=1024, show_default=True)
@SEED
@click.option(
    "--method", type=click.Choice(["sobol", "random", "latin"]), default="sobol", show_default=True
)
@click.option("--drivers", metavar="PATH", help="Which inputs drive an output (Sobol indices).")
@click.option("--weights", is_flag=True, help="Ranks of agreements under uncertain weights.")
@click.option("--swaps", is_flag=True, help="Predictions that a swap of neighbours changes.")
@READING
@SET
@JOBS
@DASK
@FORM
@EXACT
@PLOT
def robustness(
    model: str,
    outputs: tuple[str, ...],
    over: tuple[str, ...],
    draws: int,
    seed: int,
    method: str,
    drivers: str | None,
    weights: bool,
    swaps: bool,
    reading: str | None,
    pairs: tuple[str, ...],
    jobs: int,
    dask: str | None,
    form: str,
    exact: bool,
    plot: str | None,
) -> None:
    """Draw the uncertain numbers of MODEL from their ranges, and say how likely each answer is."""
    from negotiation.what_if import fragility, robustness, sensitivity, smaa

    asked = {"--drivers": drivers is not None, "--weights": weights, "--swaps": swaps}
    chosen_ones = [name for name, given in asked.items() if given]
    if chosen_ones:
        used = set().union(*(ROBUSTNESS[name] for name in chosen_ones))
        _refuse_unused(used, f"with {' and '.join(chosen_ones)}")
    _plottable(plot)
    chosen = _chosen(model, reading, pairs)
    ranges = _ranges(over) or None
    results: dict[str, Result] = {}
    with _counting() as report, _cluster(dask) as executor:
        common: dict[str, Any] = {"seed": seed, "draws": draws}
        shared: dict[str, Any] = {"over": ranges, "jobs": jobs}
        shared |= {"executor": executor, "progress": report}
        if drivers is not None:
            found: Result = sensitivity.sensitivity(chosen, drivers, **common, **shared)
            results[f"What drives {drivers}"] = found
        if weights:
            results["Ranks under uncertain weights"] = smaa.acceptability(
                chosen, method=method, **common
            )
        if swaps:
            results["Swaps of neighbours"] = fragility.fragility(chosen)
        if not results:
            found = robustness.robustness(
                chosen, outputs=outputs or None, method=method, **common, **shared
            )
            results["Robustness"] = found
    _print(f"Robustness of {chosen.title}", "", results, form, exact=exact)
    _plot(plot, results.get("Robustness"))


@cli.command()
@click.argument("model")
@click.argument("agreement")
@click.option("--criterion", metavar="NAME", help="One criterion, instead of all that hold counts.")
@click.option("--break", "reverse", is_flag=True, help="The least change that breaks it instead.")
@RANGE
@READING
@SET
@FORM
@EXACT
def repair(
    model: str,
    agreement: str,
    criterion: str | None,
    reverse: bool,
    over: tuple[str, ...],
    reading: str | None,
    pairs: tuple[str, ...],
    form: str,
    exact: bool,
) -> None:
    """Find the least change of MODEL that makes AGREEMENT stable."""
    from negotiation.what_if.repair import breaking
    from negotiation.what_if.repair import repair as mend

    chosen = _chosen(model, reading, pairs)
    work = breaking if reverse else mend
    with progress() as report:
        found = work(chosen, agreement, criterion, over=_ranges(over) or None, progress=report)
    title = f"What breaks {agreement}" if reverse else f"What would make {agreement} hold"
    _print(title, chosen.title, {"Changes": found}, form, exact=exact)
