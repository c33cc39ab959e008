"""What a solver hands back: tables for people, data for programs, verdicts with witnesses.

- :class:`Table`: a title, column heads and rows of cells; written as text, Markdown, HTML,
  LaTeX or CSV, or handed to pandas.
- :class:`Witness`: the move, coalition, ratifier or dominating agreement that decides a
  question, with names.
- :class:`Verdict`: the one yes/no. ``margin`` is the distance to flipping, in the unit of the
  thing judged: positive where the verdict holds, negative where it does not, zero exactly on
  the border (which side the border belongs to is the criterion's own convention).
- :class:`Result`: base of what solvers return. Subclasses say ``tables()`` and ``data()``;
  printing, notebooks, ``to_dict`` and ``to_dataframe`` follow from these two.

Where an answer leaves open which of several values an output has, because several solutions are
tied, a :class:`Tied` stands in its place. It is no number and no text: whoever reads it must say
what is meant.

What can be long is bounded with a mark, or complete. A table written for people (text, Markdown,
HTML, LaTeX) shows its first ``shown`` rows and says how many more there are; CSV and frames have
all rows of the table. Rows that nobody has made, because there are too many, are counted in
``left_out``, and every format says so. :func:`bound_list` cuts a list of data and says so in a key
beside it. No other place cuts a list; a text inside a cell that is cut ends in dots.

CSV and frames are for other programs. :func:`csv_line` writes the rows of every CSV and
:func:`frame_of` makes every frame: with decimals and floats, or, on request, exactly.
"""

from __future__ import annotations

import csv
import html
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from negotiation.errors import NegotiationError, first_few, printable
from negotiation.exact import decimal_text, exact_text, fixed, nearest_float, show

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "Result",
    "Table",
    "Tied",
    "Verdict",
    "Witness",
    "all_tied",
    "bound_list",
    "csv_line",
    "fields_of",
    "frame_of",
    "jsonable",
    "latex",
    "markdown",
    "said",
    "tied",
]

SHOWN = 100  # rows of a table that are written for people
LISTED = 1000  # items of a long list in data for programs
_CALCULATED = re.compile(r"[=+\-@\t\r]")  # how text begins that a spreadsheet calculates
LONG_CELL = 40  # characters from which a column of text is set as paragraphs in LaTeX

_LATEX = {
    **{character: "\\" + character for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "–": "--",
}


def latex(text: str) -> str:
    r"""Return `text` escaped for LaTeX, in one line; a minus before a digit is a minus.

    Examples
    --------
    >>> print(latex("R&D_1 costs 5%, or -2"))
    R\&D\_1 costs 5\%, or $-$2
    """
    line = printable(" ".join(text.split()))
    # "--" and the like would become one character
    parts = re.split(r"(?<=[-`',?!])(?=[-`',])", line)
    parts = ["".join(_LATEX.get(character, character) for character in part) for part in parts]
    return re.sub(r"(?<![\w}-])-(?=\d)", "$-$", "{}".join(parts))


def markdown(text: str) -> str:
    """Return `text` for Markdown: in one line, HTML in it shown and not obeyed.

    Examples
    --------
    >>> print(markdown("a < b, <b>bold</b> &amp; R&D"))
    a &lt; b, &lt;b>bold&lt;/b> &amp;amp; R&D
    """
    line = " ".join(text.split())
    return re.sub(r"&(?=#?\w+;)", "&amp;", line).replace("<", "&lt;")


def jsonable(value: object) -> Any:
    """Return `value` with exact numbers as strings like "3/5", ready for ``json.dumps``.

    Examples
    --------
    >>> jsonable({"x": (Fraction(3, 5), None, True)})
    {'x': ['3/5', None, True]}
    """
    if isinstance(value, Fraction):
        return exact_text(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return jsonable(value.item())
    if isinstance(value, np.ndarray):
        return [jsonable(item) for item in value.tolist()]
    if isinstance(value, (Tied, Verdict)):
        return jsonable(value.data())
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [jsonable(item) for item in items]
    return str(value)


def bound_list(name: str, items: Sequence[Any], limit: int = LISTED) -> dict[str, Any]:
    """Return the entries of nested data for a list that may be long.

    A list that is cut has ``<name>_left_out`` beside it, the number of items that are missing; one
    that stands alone is complete.

    Examples
    --------
    >>> bound_list("states", ["s1", "s2", "s3"], limit=2)
    {'states': ['s1', 's2'], 'states_left_out': 1}
    >>> bound_list("states", ["s1", "s2"], limit=2)
    {'states': ['s1', 's2']}
    """
    entries: dict[str, Any] = {name: list(items[:limit])}
    if len(items) > limit:
        entries[f"{name}_left_out"] = len(items) - limit
    return entries


def said(
    value: object, *, between: str = ", ", fractions: bool = False, decimals: bool = False
) -> str:
    """Return a value as text for people.

    Parameters
    ----------
    value : object
        A number, a yes or no, a verdict, None, text, or a list or mapping of such.
    between : str
        What stands between the items of a list.
    fractions : bool
        Whether numbers are written as fractions.
    decimals : bool
        Whether they are written as decimals for other programs.

    Examples
    --------
    >>> said({"holds": True, "gain": Fraction(1, 3), "who": ("us", "ru")})
    'holds: yes, gain: 0.3333, who: us, ru'
    """
    if isinstance(value, Verdict):
        return value.mark
    if isinstance(value, Tied):
        return value.text(fractions=fractions, decimals=decimals)
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (Fraction, int)):
        return decimal_text(value) if decimals else show(value, fractions=fractions)
    if isinstance(value, float):
        return repr(value) if decimals or fractions else f"{value:.4g}"
    parts = partial(said, between=between, fractions=fractions, decimals=decimals)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {parts(item)}" for key, item in value.items())
    if isinstance(value, (tuple, list)):
        return between.join(map(parts, value)) or "none"
    return str(value)


def csv_line(cells: Iterable[object], *, exact: bool = False) -> str:
    r"""Return a row of CSV, with its line feed.

    Numbers are decimals (:func:`~negotiation.exact.decimal_text`), or fractions if `exact`, which
    spreadsheets may take for dates. None is an empty cell. Text that a spreadsheet would
    calculate, because it begins with ``=``, ``+``, ``-`` or ``@``, has an apostrophe put before it.

    Examples
    --------
    >>> csv_line(["deal", Fraction(1, 4), None, True, "=1+1"])
    "deal,0.25,,yes,'=1+1\n"
    >>> csv_line([Fraction(1, 4)], exact=True)
    '1/4\n'
    """
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([_csv_cell(own, exact) for own in cells])
    return buffer.getvalue().removesuffix("\r\n") + "\n"  # both characters are quoted in cells


def _csv_cell(value: object, exact: bool) -> str:
    if (value.holds if isinstance(value, Verdict) else value) is None:
        return ""
    text = said(value, fractions=exact, decimals=not exact)
    number = isinstance(value, (Fraction, int, float))
    return "'" + text if not number and _CALCULATED.match(text) else text


def frame_of(
    heads: Sequence[str], columns: Iterable[Iterable[object]], *, exact: bool = False
) -> Any:
    """Return a pandas frame (extra ``tables``).

    Parameters
    ----------
    heads : sequence of str
        Names of the columns; two may be the same.
    columns : iterable of iterables
        The values of each.
    exact : bool
        Whether values stay as they are, fractions among them. Otherwise numbers are floats, or
        integers where all are and fit into 64 bits; None is NaN among them; verdicts are their yes
        or no, lists and mappings text. Such frames can be plotted, described, and saved in any
        format.
    """
    import pandas as pd  # noqa: PLC0415  an optional extra, imported when asked for

    made = []
    for column in columns:
        values = list(column)
        if exact:
            array = np.empty(len(values), dtype=object)
            array[:] = values
            made.append(pd.Series(array).infer_objects())
        else:
            plain, kind = _column(values)
            made.append(pd.Series(plain, dtype=kind))
    frame = pd.concat(made, axis=1) if made else pd.DataFrame()
    frame.columns = pd.Index(heads)
    return frame


def _column(values: list[object]) -> tuple[list[object], str]:
    """Return the values of a column for other programs, and the type of its array."""
    found = [value.holds if isinstance(value, Verdict) else value for value in values]
    given = [value for value in found if value is not None]
    if given and all(isinstance(value, bool) for value in given):
        return found, "bool" if len(given) == len(found) else "object"
    if given and all(_is_number(value) for value in given):
        whole = all(isinstance(value, int) and abs(value) < 2**63 for value in found)
        return (found, "int64") if whole else (list(map(_nearest, found)), "float64")
    return [None if value is None else said(value, decimals=True) for value in found], "object"


def _nearest(value: Any) -> float:
    return math.nan if value is None else nearest_float(value)


def _mark(more: int | None) -> str:
    return "... and more" if more is None else f"... and {more:,} more"


@dataclass(frozen=True)
class Tied:
    """One of several values: the answer leaves open which.

    Parameters
    ----------
    values : sequence
        The different values, at least two; make them with :func:`tied`.
    worlds : tuple, optional
        What is tied, by name, and for each of its alternatives the place of its value here. Two
        that have the same name speak of the same alternatives.

    Examples
    --------
    >>> print(tied([Fraction(3, 5), Fraction(1, 2)]), "and", tied(["open", "closed"]))
    0.5 to 0.6 and closed or open
    """

    values: Sequence[Any]
    worlds: tuple[str, NDArray[np.intp]] | None = field(default=None, compare=False, repr=False)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    @property
    def numeric(self) -> bool:
        """Whether all values are numbers."""
        return _is_number(self.values[0]) and all(map(_is_number, self.values))

    @property
    def steps(self) -> tuple[str, ...]:
        """What there is below, where the values are mappings."""
        first = next((value for value in self.values if value is not None), None)
        return tuple(first) if isinstance(first, Mapping) else ()

    def at(self, step: str) -> Any:
        """Return what is at one of the :attr:`steps`: a value, or a ``Tied`` again.

        Values that can be long have a method ``column``: the entries, and the place of each.
        """
        column = getattr(self.values, "column", None)
        if column is not None:
            entries, places = column(step)
        else:
            entries = [None if own is None else own[step] for own in self.values]
            places = np.arange(len(entries))
        used = np.unique(places)
        found = [entries[k] for k in used]
        if self.worlds is None:
            return tied(found)
        source, codes = self.worlds
        return tied(found, (source, np.searchsorted(used, places)[codes]))

    def data(self) -> dict[str, Any]:
        """Return the ends of numbers, or the values, as plain data."""
        if self.numeric:
            return {"low": self.values[0], "high": self.values[-1]}
        return bound_list("one_of", self.values)

    def text(self, *, fractions: bool = False, decimals: bool = False) -> str:
        """Return it for people, or with decimals for other programs."""
        parts = partial(said, fractions=fractions, decimals=decimals)
        if self.numeric:
            return f"{parts(self.values[0])} to {parts(self.values[-1])}"
        return " or ".join(first_few(map(parts, self.values)))

    def __str__(self) -> str:
        return self.text()

    def __bool__(self) -> bool:
        raise NegotiationError(
            f"tied solutions differ: {self.text()}", remedy="say which of them is meant"
        )


def tied(values: Sequence[Any], worlds: tuple[str, NDArray[np.intp]] | None = None) -> Any:
    """Return the value that some values all are, or a :class:`Tied`; numbers in order.

    Parameters
    ----------
    values : sequence
        At least one, hashable.
    worlds : tuple, optional
        As in :class:`Tied`, with places in `values`.

    Examples
    --------
    >>> tied([Fraction(1, 2), Fraction(1, 2)]), tied(["b", "a", "b"]).values
    (Fraction(1, 2), ('a', 'b'))
    """
    different = list(dict.fromkeys(values))
    if len(different) == 1:
        return different[0]
    different.sort(key=None if all(map(_is_number, different)) else str)
    if worlds is None:
        return Tied(tuple(different))
    place = {value: k for k, value in enumerate(different)}
    source, codes = worlds
    return Tied(tuple(different), (source, np.array([place[own] for own in values])[codes]))


def all_tied(values: Sequence[Any], worlds: tuple[str, NDArray[np.intp]] | None = None) -> Any:
    """Return nested data that some values share, with a :class:`Tied` wherever they differ.

    Examples
    --------
    >>> print(said(all_tied([{"nash": True, "seq": True}, {"nash": False, "seq": True}])))
    nash: no or yes, seq: yes
    """
    first = values[0]
    if isinstance(first, Mapping) and all(
        isinstance(own, Mapping) and own.keys() == first.keys() for own in values
    ):
        return {key: all_tied([own[key] for own in values], worlds) for key in first}
    return tied([fixed(own) for own in values], worlds)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, Fraction)) and not isinstance(value, bool)


@dataclass(frozen=True)
class Table:
    """A table of cells; numbers stay numbers until the table is written.

    Parameters
    ----------
    title : str
        Shown above the table.
    columns : sequence of str
        Column heads.
    rows : sequence of sequences
        Cells: str, int, Fraction, bool, None or Verdict.
    notes : sequence of str
        Lines shown below.
    name : str
        A short identifier (file name of a CSV, say).
    detail : bool
        Whether a short page may leave it out.
    shown : int
        How many rows are written for people at most; CSV and frames have all.
    left_out : int or None
        How many rows belong here that the table does not have; None for an unknown number.

    Examples
    --------
    >>> print(Table("Payoffs", ["party", "utility"], [["us", Fraction(1, 2)]]).as_text())
    Payoffs
    party  utility
    -----  -------
    us         0.5
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    notes: tuple[str, ...] = ()
    name: str = ""
    detail: bool = False
    shown: int = SHOWN
    left_out: int | None = 0

    def __init__(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[Any]],
        notes: Sequence[str] = (),
        name: str = "",
        *,
        detail: bool = False,
        shown: int = SHOWN,
        left_out: int | None = 0,
    ) -> None:
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "columns", tuple(columns))
        object.__setattr__(self, "rows", tuple(tuple(row) for row in rows))
        object.__setattr__(self, "notes", tuple(notes))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "detail", detail)
        object.__setattr__(self, "shown", shown)
        object.__setattr__(self, "left_out", left_out)

    def filled(
        self, columns: Sequence[str], rows: Sequence[Sequence[Any]], notes: Sequence[str]
    ) -> Table:
        """Return a table with the same title, name and bounds and other contents."""
        kept = fields_of(self, "columns", "rows", "notes")
        return Table(columns=columns, rows=rows, notes=notes, **kept)

    @property
    def bounded(self) -> Table:
        """The rows that are written for people, with a note on those that are not.

        Examples
        --------
        >>> print(Table("", ["square"], [[k * k] for k in range(300)], shown=2).bounded)
        square
        ------
             0
             1
        ... and 298 more
        """
        if len(self.rows) <= self.shown and self.left_out == 0:
            return self
        more = None if self.left_out is None else len(self.rows[self.shown :]) + self.left_out
        notes = (_mark(more), *self.notes)
        return replace(self, rows=self.rows[: self.shown], notes=notes, left_out=0)

    def cell(self, value: object, *, exact: bool = False) -> str:
        """Return the text of one cell."""
        return said(value, fractions=exact)

    def cells(self, *, exact: bool = False) -> list[list[str]]:
        """Return all cells as text, row by row."""
        return [[self.cell(value, exact=exact) for value in row] for row in self.rows]

    @property
    def mark_of_left_out(self) -> list[list[str]]:
        """The row that stands in CSV for rows that the table does not have; none if it has all."""
        if self.left_out == 0:
            return []
        return [[_mark(self.left_out), *[""] * (len(self.columns) - 1)]]

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds numbers only (and is therefore set right)."""
        columns = list(zip(*self.rows, strict=True)) if self.rows else [()] * len(self.columns)
        return tuple(
            any(isinstance(v, (Fraction, int, float)) for v in column)
            and all(
                v is None or (isinstance(v, (Fraction, int, float)) and not isinstance(v, bool))
                for v in column
            )
            for column in columns
        )

    def as_text(self, *, exact: bool = False) -> str:
        """Write the table as aligned plain text."""
        if self.bounded is not self:
            return self.bounded.as_text(exact=exact)
        cells = self.cells(exact=exact)
        widths = [
            max([len(head), *(len(row[k]) for row in cells)]) for k, head in enumerate(self.columns)
        ]
        numeric = self.numeric

        def line(row: Sequence[str]) -> str:
            padded = (
                text.rjust(width) if right else text.ljust(width)
                for text, width, right in zip(row, widths, numeric, strict=True)
            )
            return "  ".join(padded).rstrip()

        lines = [self.title] if self.title else []
        lines += [line(self.columns), "  ".join("-" * width for width in widths)]
        lines += [line(row) for row in cells]
        return "\n".join([*lines, *self.notes])

    def as_markdown(self, *, exact: bool = False) -> str:
        """Write the table in Markdown."""
        if self.bounded is not self:
            return self.bounded.as_markdown(exact=exact)

        def line(row: Sequence[str]) -> str:
            cells = (markdown(text).replace("|", "\\|") for text in row)
            return "| " + " | ".join(cells) + " |"

        rule = ["---:" if right else "---" for right in self.numeric]
        lines = [f"**{markdown(self.title)}**", ""] if self.title else []
        lines += [line(self.columns), line(rule)]
        lines += [line(row) for row in self.cells(exact=exact)]
        if self.notes:
            lines += ["", *[f"*{markdown(note)}*" for note in self.notes]]
        return "\n".join(lines)

    def as_html(self, *, exact: bool = False) -> str:
        """Write the table in HTML, every cell escaped."""
        if self.bounded is not self:
            return self.bounded.as_html(exact=exact)
        head = "".join(f"<th>{html.escape(column)}</th>" for column in self.columns)
        body = "\n".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.cells(exact=exact)
        )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        return (
            f"<table>{caption}<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>{notes}"
        )

    def as_latex(self, *, exact: bool = False, booktabs: bool = False) -> str:
        r"""Write the table in LaTeX: a ``table`` with its caption, a ``tabular``, the notes.

        Every special character is escaped. Columns of long texts become paragraphs 7 cm wide.
        Letters beyond Latin ones need XeLaTeX or LuaLaTeX.

        Parameters
        ----------
        exact : bool
            Whether numbers are written as fractions.
        booktabs : bool
            Draw the rules with the package ``booktabs`` rather than with ``\hline``, which
            needs no package.

        Examples
        --------
        >>> print(Table("Shares", ["who", "share"], [["R&D", 1]], ["in %"]).as_latex())
        \begin{table}[htbp]
        \centering
        \caption{Shares}
        \begin{tabular}{lr}
        \hline
        who & share \\
        \hline
        R\&D & 1 \\
        \hline
        \end{tabular}
        <BLANKLINE>
        \smallskip
        in \%
        \end{table}
        """
        if self.bounded is not self:
            return self.bounded.as_latex(exact=exact, booktabs=booktabs)
        cells = self.cells(exact=exact)
        long = [any(len(row[k]) > LONG_CELL for row in cells) for k in range(len(self.columns))]
        spec = "".join(
            "r" if right else "p{7cm}" if wide else "l"
            for right, wide in zip(self.numeric, long, strict=True)
        )

        def line(row: Sequence[str]) -> str:
            text = " & ".join(map(latex, row))
            # a star or bracket here would be read as an argument of the \\ before it
            return ("{}" if text.startswith(("*", "[")) else "") + text + r" \\"

        top, middle, bottom = (
            (r"\toprule", r"\midrule", r"\bottomrule") if booktabs else (r"\hline",) * 3
        )
        lines = [r"\begin{table}[htbp]", r"\centering"]
        lines += [rf"\caption{{{latex(self.title)}}}"] if self.title else []
        lines += [rf"\begin{{tabular}}{{{spec}}}", top, line(self.columns), middle]
        lines += [*map(line, cells), bottom, r"\end{tabular}"]
        if self.notes:
            lines += ["", r"\smallskip", "\n\n".join(map(latex, self.notes))]
        return "\n".join([*lines, r"\end{table}"])

    def as_csv(self, *, exact: bool = False) -> str:
        """Write the table as CSV, numbers as decimals or fractions; see :func:`csv_line`.

        A last line tells of rows left out.
        """
        rows = (self.columns, *self.rows, *self.mark_of_left_out)
        return "".join(csv_line(row, exact=exact) for row in rows)

    def to_dataframe(self, *, exact: bool = False) -> Any:
        """Return a pandas frame, with floats or as it is; see :func:`frame_of`.

        If rows are left out, ``frame.attrs["left_out"]`` says so.
        """
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.columns)
        frame = frame_of(self.columns, columns, exact=exact)
        if self.left_out != 0:
            frame.attrs["left_out"] = _mark(self.left_out)
        return frame

    def __str__(self) -> str:
        return self.as_text()

    def _repr_html_(self) -> str:
        return self.as_html()


def fields_of(record: DataclassInstance, *left_out: str) -> dict[str, Any]:
    """Return the fields of a dataclass by name, in order and as they are, but for some.

    Examples
    --------
    >>> fields_of(Witness("walk-out", "ru leaves"), "who", "to", "amount")
    {'kind': 'walk-out', 'text': 'ru leaves'}
    """
    names = (own.name for own in fields(record) if own.name not in left_out)
    return {name: getattr(record, name) for name in names}


@dataclass(frozen=True)
class Witness:
    """What decides a verdict, with names.

    Parameters
    ----------
    kind : str
        ``"move"``, ``"walk-out"``, ``"red line"``, ``"coalition"``, ``"ratifier"``,
        ``"dominated"``, ``"deviation"``, ``"impatience"``, ``"range"``...
    text : str
        The sentence for people: who, to what, for how much.
    who : tuple of str
        The parties or ratifiers concerned.
    to : str
        Where the move leads, or what dominates; empty where nothing applies.
    amount : Fraction or None
        How much the mover gains, or how much is missing, in utility.

    Examples
    --------
    >>> print(Witness("walk-out", "ru leaves and gains 0.1", ("ru",), "", Fraction(1, 10)))
    ru leaves and gains 0.1
    """

    kind: str
    text: str
    who: tuple[str, ...] = ()
    to: str = ""
    amount: Fraction | None = None

    def __str__(self) -> str:
        return self.text

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return {
            "kind": self.kind,
            "text": self.text,
            "who": list(self.who),
            "to": self.to,
            "amount": self.amount,
        }


@dataclass(frozen=True)
class Verdict:
    """The answer to one yes/no question, with its margin and its witness.

    Parameters
    ----------
    holds : bool or None
        The answer; None where the question does not arise, or was not decided (the witness says
        why).
    margin : Fraction or None
        Distance to flipping; None where no number measures it.
    witness : Witness or None
        What decides the answer.

    Examples
    --------
    >>> bool(Verdict(True, Fraction(1, 4)))
    True
    """

    holds: bool | None
    margin: Fraction | None = None
    witness: Witness | None = None

    def __bool__(self) -> bool:
        return self.holds is True

    @property
    def mark(self) -> str:
        """``yes``, ``no`` or ``–``; ``?`` where it was not decided."""
        return "?" if self.undecided else said(self.holds)

    @property
    def undecided(self) -> bool:
        """Whether the question arises and its answer was not found; the witness says why."""
        return self.holds is None and self.witness is not None and self.witness.kind == "undecided"

    def __str__(self) -> str:
        text = self.mark
        if self.margin is not None:
            text += f" (margin {show(self.margin)})"
        return text + (f": {self.witness}" if self.witness else "")

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data; ``holds`` and ``margin`` are output paths."""
        found: dict[str, Any] = {
            "holds": self.holds,
            "margin": self.margin,
            "witness": self.witness.data() if self.witness else None,
        }
        if self.undecided and self.witness is not None:
            found["refused"] = self.witness.text
        return found


@dataclass(frozen=True)
class Result:
    """Base of everything a solver returns.

    ``guarantee`` says what is promised: ``"all"``, ``"extreme"``, ``"one"``,
    ``"some"``, ``"approximate"``, ``"sampled"``, ``"simulated"``.
    """

    guarantee: str = field(default="all", kw_only=True)

    def tables(self) -> tuple[Table, ...]:
        """Return the tables that show this result."""
        raise NotImplementedError(type(self).__name__)  # every subclass says its own

    def data(self) -> dict[str, Any]:
        """Return nested plain data with exact numbers; its keys are the output paths."""
        raise NotImplementedError(type(self).__name__)  # every subclass says its own

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data with exact numbers as strings like "3/5"."""
        data: dict[str, Any] = jsonable(self.data())
        return data

    def to_dataframe(self, *, exact: bool = False) -> Any:
        """Return the first table as a pandas frame, with floats or as it is."""
        return self.tables()[0].to_dataframe(exact=exact)

    def __str__(self) -> str:
        return "\n\n".join(table.as_text() for table in self.tables())

    def _repr_html_(self) -> str:
        return "\n".join(table.as_html() for table in self.tables())
