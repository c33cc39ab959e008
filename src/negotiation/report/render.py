"""Results as pages: terminal text, Markdown, HTML, LaTeX, CSV and JSON.

Every page is made of the same tables (:class:`~negotiation.results.Table`) under the headings
of :data:`~negotiation.analysis.ANALYSES`. Several readings are set side by side: rows with the
same first cell stand together, one for each reading; a table that is the same in all readings
is shown once.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from negotiation.analysis import ANALYSES, Analysis, Checked
from negotiation.results import Table, Verdict, csv_line, latex, markdown

__all__ = ["Page", "analysis_page", "predictions_table", "render", "side_by_side"]

LONG = {"witnesses", "components"}  # details where several readings stand side by side
FORMATS = ("text", "json", "md", "html", "latex", "csv")


@dataclass(frozen=True)
class Page:
    """Headed groups of tables, with the JSON-ready data behind them."""

    title: str
    intro: str
    sections: tuple[tuple[str, tuple[Table, ...]], ...]
    data: Any
    notes: str = ""


def analysis_page(analyses: Mapping[str, Analysis]) -> Page:
    """Set one or several readings of one model on a page.

    Parameters
    ----------
    analyses : mapping of str to Analysis
        Reading ("" for the model as written) -> its analysis.
    """
    first = next(iter(analyses.values()))
    model = first.model
    sections: list[tuple[str, tuple[Table, ...]]] = []
    for entry in ANALYSES:
        found = {name: a[entry.name].tables() for name, a in analyses.items() if entry.name in a}
        refusals = [
            [name, str(a.refused[entry.name])]
            for name, a in analyses.items()
            if entry.name in a.refused
        ]
        if refusals:
            several = len(analyses) > 1
            heads = ["reading", "not solved, because"] if several else ["not solved, because"]
            rows = refusals if several else [row[1:] for row in refusals]
            sections.append((entry.title, (Table("", heads, rows, name="refused"),)))
        if not found:
            continue
        if len(analyses) == 1:
            tables = next(iter(found.values()))
        else:
            names = dict.fromkeys(table.name for tables in found.values() for table in tables)
            tables = tuple(
                side_by_side(
                    {
                        reading: table
                        for reading, group in found.items()
                        for table in group
                        if table.name == name
                    }
                )
                for name in names
            )
            tables = tuple(replace(t, detail=t.detail or t.name in LONG) for t in tables)
        sections.append((entry.title, tables))
    checked = [item for analysis in analyses.values() for item in analysis.predictions()]
    if checked:
        sections.append(("What the sources expect", (predictions_table(checked),)))
    intro = model.spec.about
    titles = {name: model.readings[name].title for name in analyses if name}
    labels = [f"{name}: {title}" if title else name for name, title in titles.items()]
    if labels:
        intro += "\n\nReadings: " + "; ".join(labels) + "."
    changed = [
        f"{path} = {value}"
        for analysis in analyses.values()
        for path, value in analysis.model.origin.overrides
    ]
    if changed:
        intro += "\n\nChanged by hand: " + ", ".join(dict.fromkeys(changed)) + "."
    data = (
        first.to_dict()
        if len(analyses) == 1
        else {name: analysis.to_dict() for name, analysis in analyses.items()}
    )
    return Page(model.title, intro, tuple(sections), data, model.spec.notes)


def side_by_side(tables: Mapping[str, Table]) -> Table:
    """Merge one table of several readings into one.

    Examples
    --------
    >>> a, b = Table("T", ["x", "y"], [["p", "q"]]), Table("T", ["x", "y"], [["p", "r"]])
    >>> side_by_side({"igs": a, "pism": b}).rows
    (('p', 'igs', 'q'), ('', 'pism', 'r'))
    >>> a, b = Table("T", ["x", "y"], [["p", 1]]), Table("T", ["x", "y"], [["p", 2]])
    >>> side_by_side({"igs": a, "pism": b}).rows
    (('p', 1, 2),)
    """
    first = next(iter(tables.values()))
    if len({(table.columns, table.rows, table.notes) for table in tables.values()}) == 1:
        label = "" if len(tables) > 1 else f" ({next(iter(tables))} only)"
        return replace(first, title=first.title + label)
    missing = [table.left_out for table in tables.values()]
    return replace(
        _merged(tables),
        shown=sum(table.shown for table in tables.values()),
        left_out=None if None in missing else sum(count or 0 for count in missing),
    )


def _merged(tables: Mapping[str, Table]) -> Table:
    """Merge tables that differ in the way that suits their shape."""
    first = next(iter(tables.values()))
    if len({table.columns for table in tables.values()}) > 1:
        return _joined_columns(tables)
    if len(first.columns) == 2 and any(first.numeric):
        return _pivoted(tables)
    if any(len({row[0] for row in table.rows}) < len(table.rows) for table in tables.values()):
        return _stacked(tables)
    grouped: dict[Any, list[tuple[str, tuple[Any, ...]]]] = {}
    for reading, table in tables.items():
        for row in table.rows:
            grouped.setdefault(row[0], []).append((reading, row))
    rows: list[list[Any]] = []
    for key, members in grouped.items():
        seen = False
        last = ""
        for reading, row in members:
            rows.append(["" if seen else key, "" if reading == last else reading, *row[1:]])
            seen, last = True, reading
    columns = [first.columns[0], "reading", *first.columns[1:]]
    return first.filled(columns, rows, _joint_notes(tables))


def _joint_notes(tables: Mapping[str, Table]) -> list[str]:
    """Return the notes of all readings, each reading's own marked with its name."""
    notes: dict[str, None] = {}
    for reading, table in tables.items():
        for note in table.notes:
            shared = all(note in other.notes for other in tables.values())
            notes.setdefault(note if shared or len(tables) == 1 else f"{reading}: {note}")
    return list(notes)


def _pivoted(tables: Mapping[str, Table]) -> Table:
    """Give each reading a column of its own, for tables of one number for each name."""
    first = next(iter(tables.values()))
    values = {reading: dict(table.rows) for reading, table in tables.items()}
    keys = dict.fromkeys(row[0] for table in tables.values() for row in table.rows)
    rows = [[key, *(column.get(key) for column in values.values())] for key in keys]
    columns = [first.columns[0], *values]
    return first.filled(columns, rows, _joint_notes(tables))


def _stacked(tables: Mapping[str, Table]) -> Table:
    """Put the rows of one reading after those of another, the reading in front."""
    first = next(iter(tables.values()))
    rows = []
    for reading, table in tables.items():
        rows += [[reading if not place else "", *row] for place, row in enumerate(table.rows)]
    columns = ["reading", *first.columns]
    return first.filled(columns, rows, _joint_notes(tables))


def _joined_columns(tables: Mapping[str, Table]) -> Table:
    """Join tables with different columns on their first column."""
    first = next(iter(tables.values()))
    keys = list(dict.fromkeys(row[0] for table in tables.values() for row in table.rows))
    columns = [first.columns[0]]
    cells: list[dict[Any, Any]] = []
    done: dict[tuple[str, tuple[Any, ...]], int] = {}
    for reading, table in tables.items():
        for place, head in enumerate(table.columns[1:], start=1):
            column = {row[0]: row[place] for row in table.rows}
            identity = (head, tuple(column.get(key) for key in keys))
            if identity in done:
                columns[done[identity]] = head
                continue
            done[identity] = len(columns)
            columns.append(f"{head} ({reading})")
            cells.append(column)
    rows = [[key, *(column.get(key) for column in cells)] for key in keys]
    return first.filled(columns, rows, first.notes)


def predictions_table(checked: Sequence[Checked], model: str = "") -> Table:
    """List predictions: what the source expects, what the model says, agree or not."""
    agreed = sum(1 for item in checked if item.agrees)
    columns = ["prediction", "reading", "the source expects", "the model says", "outcome", "claims"]
    rows = [
        [
            item.name,
            item.reading or "as written",
            item.prediction.says,
            _brief_paths(item.outcome.found) if item.outcome else item.error,
            item.mark,
            ", ".join(item.prediction.because),
        ]
        for item in checked
    ]
    return Table(
        f"Predictions of {model}" if model else "Predictions",
        columns,
        rows,
        notes=[f"{agreed} of {len(checked)} agree; a disagreement is a finding, not an error."],
        name="predictions",
    )


def _brief_paths(found: str) -> str:
    """Keep the last three steps of each output path."""
    return re.sub(r"(?:[\w/-]+\.)+((?:[\w/-]+\.){2}[\w/-]+)(?= (?:=|against))", r"\1", found)


def render(
    page: Page,
    form: str,
    *,
    width: int | None = None,
    exact: bool = False,
    details: bool = True,
) -> str:
    """Write a page in one of the formats text, json, md, html, latex, csv.

    Parameters
    ----------
    page : Page
        What to write.
    form : str
        One of :data:`FORMATS`.
    width : int, optional
        Columns of the text format.
    exact : bool
        Whether numbers are written as fractions.
    details : bool
        Whether the text format shows tables marked as details; the others always do.
    """
    if form == "json":
        return json.dumps(page.data, indent=2, ensure_ascii=False)
    if form == "csv":
        return _csv(page, exact=exact)
    if form == "md":
        blocks = [f"# {markdown(page.title)}", *map(markdown, page.intro.split("\n\n"))]
        for heading, tables in page.sections:
            blocks.append(f"## {markdown(heading)}")
            blocks += [table.as_markdown(exact=exact) for table in tables]
        if page.notes:
            blocks += ["## Notes of the modeller", *map(markdown, page.notes.split("\n\n"))]
        return "\n\n".join(block for block in blocks if block)
    if form == "html":
        return _html(page, exact=exact)
    if form == "latex":
        return _latex(page, exact=exact)
    return _text(page, width, exact=exact, details=details)


def _csv(page: Page, *, exact: bool) -> str:
    lines = []
    for heading, tables in page.sections:
        for table in tables:
            lines += [
                csv_line([f"# {heading}: {table.title or table.name}"]),
                table.as_csv(exact=exact),
            ]
    return "".join(lines).rstrip("\n")


_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;font-size:.9rem}caption{text-align:left;
font-weight:600;padding:.3rem 0}th,td{border-bottom:1px solid #ccc;padding:.25rem .6rem;
text-align:left;vertical-align:top}"""


def _html(page: Page, *, exact: bool) -> str:
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>{html.escape(page.title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(page.title)}</h1>",
        *(f"<p>{html.escape(text)}</p>" for text in page.intro.split("\n\n") if text),
    ]
    for heading, tables in page.sections:
        parts.append(f"<h2>{html.escape(heading)}</h2>")
        parts += [table.as_html(exact=exact) for table in tables]
    if page.notes:
        parts.append("<h2>Notes of the modeller</h2>")
        parts += [f"<p>{html.escape(text)}</p>" for text in page.notes.split("\n\n")]
    return "\n".join([*parts, "</body></html>"])


_PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[landscape,margin=2cm]{geometry}
\begin{document}"""


def _latex(page: Page, *, exact: bool) -> str:
    """Write a document of its own; after each group all tables are placed."""
    parts = [_PREAMBLE, rf"\section*{{{latex(page.title)}}}"]
    parts += [latex(text) for text in page.intro.split("\n\n") if text]
    for heading, tables in page.sections:
        parts.append(rf"\subsection*{{{latex(heading)}}}")
        parts += [table.as_latex(exact=exact) for table in tables]
        parts.append(r"\clearpage")
    if page.notes:
        parts.append(r"\subsection*{Notes of the modeller}")
        parts += [latex(text) for text in page.notes.split("\n\n")]
    return "\n\n".join([*parts, r"\end{document}"])


def _text(page: Page, width: int | None, *, exact: bool, details: bool) -> str:
    from rich.console import Console  # noqa: PLC0415  only text needs it

    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=width or 110,
        color_system=None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(page.title)
    console.print("=" * min(len(page.title), console.width))
    if page.intro:
        console.print(page.intro)
    hidden = [table.title for _, tables in page.sections for table in tables if table.detail]
    for heading, tables in page.sections:
        console.print()
        console.print(heading)
        console.print("-" * len(heading))
        for table in tables:
            if details or not table.detail:
                console.print()
                _print_table(console, table, exact=exact)
    if page.notes and details:
        console.print()
        console.print("Notes of the modeller")
        console.print("---------------------")
        console.print(page.notes)
    elif page.notes:
        hidden.append("notes of the modeller")
    if hidden and not details:
        console.print()
        console.print(f"More with --details: {'; '.join(hidden)}.")
    lines = [line.rstrip() for line in buffer.getvalue().splitlines()]
    return "\n".join(lines)


def _print_table(console: Any, table: Table, *, exact: bool) -> None:
    from rich import box  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = table.bounded
    shown = RichTable(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), expand=False
    )
    verdicts = [
        bool(column) and all(isinstance(v, Verdict) or v in {"yes", "no", "–", ""} for v in column)
        for column in (zip(*table.rows, strict=True) if table.rows else [()] * len(table.columns))
    ]
    cells = table.cells(exact=exact)
    widths = [max(map(len, column)) for column in zip(table.columns, *cells, strict=True)]
    wide = sum(widths) + 2 * (len(widths) - 1) > console.width
    for head, right, mark in zip(table.columns, table.numeric, verdicts, strict=True):
        shown.add_column(
            Text(_broken(head) if wide else head),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=right or mark,
        )
    for row in cells:
        shown.add_row(*(Text(cell) for cell in row))
    if table.title:
        console.print(Text(table.title, style="bold"))
    console.print(shown)
    for note in table.notes:
        console.print(Text(note))


def _broken(head: str, width: int = 12) -> str:
    """Break the head of a column after dots, underscores and spaces, into lines of some width.

    Columns of numbers keep the width of their longest line: a long output path would leave the
    columns beside it nothing.
    """
    lines = [""]
    for piece in re.findall(r"[^._ ]*[._ ]?", head):
        if lines[-1] and len(lines[-1] + piece) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)
