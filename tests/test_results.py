"""Tables, verdicts and results: what people read and what programs get."""

from __future__ import annotations

import csv
import html
import io
import json
import pickle
from dataclasses import FrozenInstanceError, dataclass
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from negotiation.exact import FrozenMap
from negotiation.results import (
    LISTED,
    Result,
    Table,
    Verdict,
    Witness,
    bound_list,
    jsonable,
    markdown,
)

HALF = Fraction(1, 2)
WITNESS = Witness("move", "us leaves: 0.5 instead of 0.2", ("us",), "war", Fraction(3, 10))
TABLE = Table(
    "Payoffs",
    ["party", "utility", "holds"],
    [["us", HALF, True], ["ru <b>|&", Fraction(1, 3), Verdict(holds=None)], ["ua", None, False]],
    notes=["a note & <more>"],
    name="payoffs",
)


def test_text():
    assert TABLE.as_text() == (
        "Payoffs\n"
        "party     utility  holds\n"
        "--------  -------  -----\n"
        "us            0.5  yes\n"
        "ru <b>|&   0.3333  –\n"
        "ua              –  no\n"
        "a note & <more>"
    )
    assert str(TABLE) == TABLE.as_text()


def test_exact_text():
    assert "1/3" in TABLE.as_text(exact=True)
    assert "1/3" not in TABLE.as_text()


def test_markdown_escapes_bars():
    lines = TABLE.as_markdown().splitlines()
    assert lines[0] == "**Payoffs**"
    assert lines[2] == "| party | utility | holds |"
    assert lines[3] == "| --- | ---: | --- |"
    assert lines[5] == "| ru &lt;b>\\|& | 0.3333 | – |"
    assert lines[-1] == "*a note & &lt;more>*"


@pytest.mark.parametrize("cell", ["two\nlines", "a\r\nb"])
def test_markdown_keeps_a_row_on_one_line(cell):
    assert len(Table("", ["a"], [[cell]]).as_markdown().splitlines()) == 3


class Cells(HTMLParser):
    """Collects the tags and the text of the cells of an HTML table."""

    def __init__(self):
        super().__init__()
        self.tags, self.cells, self.open = set(), [], False

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not attrs
        if tag in {"td", "th"}:
            self.cells.append("")
            self.open = True

    def handle_endtag(self, tag):
        self.open = self.open and tag not in {"td", "th"}

    def handle_data(self, data):
        if self.open:
            self.cells[-1] += data


@given(st.lists(st.text(max_size=12), min_size=1, max_size=3), st.text(max_size=12))
def test_html_is_escaped(cells, title):
    page = Table(title, cells, [cells], notes=[title]).as_html()
    found = Cells()
    found.feed(page)
    found.close()
    assert found.tags <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    plain = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells * 2]
    assert [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in found.cells] == plain
    assert Table(title, cells, [cells])._repr_html_().startswith("<table>")


CELLS = st.one_of(st.text(max_size=12), st.fractions(), st.booleans(), st.none())


@given(st.lists(st.tuples(CELLS, CELLS), max_size=4))
@example([(None, "\r")])
@example([("=1+1", "-x"), (Fraction(1, 4), Fraction(11, 12)), (Fraction(10**30, 3), "'=a")])
def test_csv_reads_back(rows):
    table = Table("t", ["a", "b"], rows)
    read = list(csv.reader(io.StringIO(table.as_csv(), newline="")))
    exactly = list(csv.reader(io.StringIO(table.as_csv(exact=True), newline="")))
    assert read[0] == exactly[0] == ["a", "b"]
    for row, texts, exact_texts in zip(rows, read[1:], exactly[1:], strict=True):
        for value, text, exact_text in zip(row, texts, exact_texts, strict=True):
            if isinstance(value, Fraction):
                assert Fraction(exact_text) == value
                assert "/" not in text
                if Fraction(text) != value:  # half a unit of the seventeenth digit at most
                    assert abs(Fraction(text) / value - 1) <= Fraction(5, 10**17)
            elif isinstance(value, str):
                assert text == exact_text
                assert text.removeprefix("'") == value.removeprefix("'")
                assert not text.startswith(("=", "+", "-", "@", "\t", "\r"))
            else:
                assert text == exact_text == {None: "", True: "yes", False: "no"}[value]


@given(st.lists(st.tuples(CELLS, CELLS), max_size=4))
def test_columns_are_set_right_where_they_hold_numbers_only(rows):
    for column, numeric in enumerate(Table("", ["a", "b"], rows).numeric):
        cells = [row[column] for row in rows]
        numbers = [cell for cell in cells if isinstance(cell, Fraction)]
        others = [cell for cell in cells if cell is not None and not isinstance(cell, Fraction)]
        assert numeric is (bool(numbers) and not others)


def test_empty_tables_can_be_written():
    table = Table("", ["a", "b"], [])
    assert table.as_text() == "a  b\n-  -"
    assert table.as_markdown() == "| a | b |\n| --- | --- |"
    assert table.as_csv() == "a,b\n"
    assert "<tbody></tbody>" in table.as_html()


def test_tables_are_immutable_and_picklable():
    assert pickle.loads(pickle.dumps(TABLE)) == TABLE
    assert hash(TABLE) == hash(pickle.loads(pickle.dumps(TABLE)))
    with pytest.raises(FrozenInstanceError):
        TABLE.title = "x"
    assert isinstance(TABLE.rows[0], tuple)


def test_dataframe():
    frame = TABLE.to_dataframe()
    assert list(frame.columns) == ["party", "utility", "holds"]
    assert frame["utility"].dtype == float
    assert frame["utility"][1] == 1 / 3
    exactly = TABLE.to_dataframe(exact=True)
    assert exactly["utility"][1] == Fraction(1, 3)


def test_columns_of_frames_have_one_type():
    table = Table(
        "t",
        ["whole", "large", "gaps", "flags", "verdicts", "lists", "text", "none", "mixed"],
        [
            [1, 2**70, None, True, Verdict(holds=True), (Fraction(1, 4), "a"), "x", None, 1],
            [2, 1, Fraction(1, 4), False, Verdict(holds=None), (), "1/4", None, "y"],
        ],
    )
    frame = table.to_dataframe()
    kinds = ["int64", "float64", "float64", "bool"]
    assert [str(frame[own].dtype) for own in list(frame)[:4]] == kinds
    assert frame["gaps"].isna().tolist() == [True, False]
    assert frame["verdicts"].tolist() == [True, None]
    assert frame["lists"].tolist() == ["0.25, a", "none"]
    assert frame["none"].tolist() == [None, None]
    assert frame["mixed"].tolist() == ["1", "y"]
    assert frame.describe()["gaps"]["max"] == 0.25
    back = pd.read_csv(io.StringIO(frame.to_csv(index=False)))
    assert back["gaps"][1] == 0.25
    assert Table("t", ["a", "a"], [[1, Fraction(1, 2)]]).to_dataframe().shape == (1, 2)
    assert Table("t", ["a"], []).to_dataframe().shape == (0, 1)


# ---- verdicts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holds", "mark", "truth"), [(True, "yes", True), (False, "no", False), (None, "–", False)]
)
def test_verdict(holds, mark, truth):
    verdict = Verdict(holds, Fraction(-1, 4), WITNESS)
    assert bool(verdict) is truth
    assert verdict.mark == mark
    assert str(verdict) == f"{mark} (margin -0.25): us leaves: 0.5 instead of 0.2"
    assert str(Verdict(holds)) == mark
    assert str(Verdict(holds, witness=WITNESS)) == f"{mark}: us leaves: 0.5 instead of 0.2"


def test_verdict_data():
    data = Verdict(holds=False, margin=HALF, witness=WITNESS).data()
    assert data["margin"] == HALF
    assert data["witness"]["who"] == ["us"]
    assert Verdict(holds=True).data() == {"holds": True, "margin": None, "witness": None}
    assert pickle.loads(
        pickle.dumps(Verdict(holds=False, margin=HALF, witness=WITNESS))
    ) == Verdict(holds=False, margin=HALF, witness=WITNESS)
    assert hash(Verdict(holds=False, margin=HALF, witness=WITNESS)) == hash(
        Verdict(holds=False, margin=HALF, witness=WITNESS)
    )


# ---- results ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Small(Result):
    """A result with one table."""

    value: Fraction = HALF

    def tables(self):
        return (Table("Small", ["value"], [[self.value]]), TABLE)

    def data(self):
        return {
            "value": self.value,
            "verdict": Verdict(holds=True, margin=HALF),
            "inside": {1: (None, 2)},
        }


def test_result():
    result = Small()
    assert str(result).startswith("Small\nvalue\n")
    assert str(result).count("\n\n") == 1
    assert result._repr_html_().count("<table>") == 2
    assert result.to_dict() == {
        "value": "1/2",
        "verdict": {"holds": True, "margin": "1/2", "witness": None},
        "inside": {"1": [None, 2]},
    }
    assert json.loads(json.dumps(result.to_dict())) == result.to_dict()
    assert result.to_dataframe(exact=True)["value"][0] == HALF
    assert result.to_dataframe()["value"].dtype == float
    assert result.guarantee == "all"
    assert pickle.loads(pickle.dumps(result)) == result


def test_results_must_say_their_tables_and_data():
    with pytest.raises(NotImplementedError, match="Result"):
        Result().tables()
    with pytest.raises(NotImplementedError, match="Result"):
        Result().data()


def test_jsonable():
    value = {
        "fraction": Fraction(3, 5),
        "whole": Fraction(3),
        "huge": Fraction(10**5000),
        "array": np.array([[Fraction(1, 3), Fraction(2)]], dtype=object),
        "numbers": np.array([1, 2]),
        "scalar": np.int64(4),
        "flag": np.True_,
        "set": {"b", "a"},
        "frozen": FrozenMap({"k": (1, None, True)}),
        "verdict": Verdict(holds=False),
        "result": Small(),
        2: 1.5,
        "other": complex(1, 2),
    }
    data = jsonable(value)
    assert data["fraction"] == "3/5"
    assert data["whole"] == "3"
    assert len(data["huge"]) == 5001
    assert data["array"] == [["1/3", "2"]]
    assert data["numbers"] == [1, 2]
    assert data["scalar"] == 4
    assert data["flag"] is True
    assert data["set"] == ["a", "b"]
    assert data["frozen"] == {"k": [1, None, True]}
    assert data["verdict"]["holds"] is False
    assert data["result"]["value"] == "1/2"
    assert data["2"] == 1.5
    assert data["other"] == "(1+2j)"
    json.dumps(data)


def test_latex_escapes_every_special_character():
    names = r"a & b % c $ d # e _ f { g } h ~ i ^ j \ k < l > m | n"
    table = Table(
        names, [names, "x"], [["*best", names], ["[1]", "-2 or B-2"]], [names, "two\nlines"]
    )
    text = table.as_latex()
    escaped = (
        r"a \& b \% c \$ d \# e \_ f \{ g \} h \textasciitilde{} i \textasciicircum{} j "
        r"\textbackslash{} k \textless{} l \textgreater{} m \textbar{} n"
    )
    assert text.count(escaped) == 4
    lines = text.splitlines()
    assert rf"\caption{{{escaped}}}" in lines
    # what follows \\ must not be read as its argument
    assert rf"{{}}*best & {escaped} \\" in lines
    assert r"{}[1] & $-$2 or B-2 \\" in lines
    assert lines[-2] == "two lines"
    assert r"\begin{tabular}{lp{7cm}}" in lines or r"\begin{tabular}{p{7cm}p{7cm}}" in lines


def test_latex_ligatures_numbers_and_rules():
    table = Table("", ["name", "n"], [["a--b ``c''", -3], ["d", None]])
    plain, booktabs = table.as_latex(), table.as_latex(booktabs=True)
    assert r"a-{}-b `{}`c'{}' & $-$3 \\" in plain
    assert "d & -- " in plain
    assert r"\begin{tabular}{lr}" in plain
    assert r"\caption" not in plain
    assert plain.count(r"\hline") == 3
    assert plain.count("{") == plain.count("}")
    assert r"\hline" not in booktabs
    assert booktabs.count("rule") == 3
    exact = Table("", ["n"], [[Fraction(1, 3)]])
    assert "1/3" in exact.as_latex(exact=True)
    assert "0.3333" in exact.as_latex()


def test_long_tables_are_bounded_with_a_mark_where_people_read_them():
    squares = Table("Squares", ["n", "square"], [[k, k * k] for k in range(250)], ["a note"])
    for text in (squares.as_text(), squares.as_markdown(), squares.as_html(), squares.as_latex()):
        assert "9801" in text
        assert "10000" not in text
        assert "... and 150 more" in text
        assert "a note" in text
    assert len(squares.as_csv().splitlines()) == 251
    assert len(squares.to_dataframe()) == 250
    assert squares.to_dataframe().attrs == {}


@pytest.mark.parametrize(("left_out", "mark"), [(7, "... and 7 more"), (None, "... and more")])
def test_rows_that_nobody_made_are_marked_in_every_format(left_out, mark):
    table = Table("Some", ["n", "square"], [[1, 1], [2, 4]], left_out=left_out)
    for text in (table.as_text(), table.as_markdown(), table.as_html(), table.as_latex()):
        assert mark in text
    assert table.as_csv() == f"n,square\n1,1\n2,4\n{mark},\n"
    assert table.to_dataframe().attrs == {"left_out": mark}
    assert table.filled(["n"], [[1]], []).left_out == left_out


def test_lists_of_data_are_complete_or_say_how_many_are_missing():
    assert bound_list("states", range(3)) == {"states": [0, 1, 2]}
    found = bound_list("states", range(LISTED + 5))
    assert (len(found["states"]), found["states_left_out"]) == (LISTED, 5)


@given(st.lists(st.sampled_from(["<", ">", "&", "&lt;", "b", "|", "&#60;", " "])))
def test_markdown_shows_html_and_does_not_obey_it(parts):
    text = "".join(parts)
    written = markdown(text)
    assert "<" not in written
    assert html.unescape(written) == " ".join(text.split())
