"""Files and frames of games: read exactly, written exactly, refused with the place."""

import importlib
import math
import os
import re
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies_games import MIXED_SIZES, SMALL, games

from negotiation.errors import GameError, NegotiationError
from negotiation.normal_form import NormalForm, source
from negotiation.normal_form.formats import (
    from_frame,
    parse_nfg,
    read_csv,
    read_gam,
    read_nfg,
    to_frame,
    to_nashpy,
    to_pygambit,
    write_csv,
    write_gam,
    write_nfg,
)

PAYOFFS = 'NFG 1 R "t" { "us" "ru" } { { "stay" "go" } { "settle" "wait" } }\n"c"\n\n'
STAG = NormalForm.from_arrays([[4, 0], [3, 3]], [[4, 3], [0, 3]], players=["us", "ru"])
OUTCOMES = PAYOFFS + '{ { "a" 1, -2 }\n{ "b" 1/2 .5, } { "" 1e2, 1e-2 } }\n3 1 0 1\n'

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=4).map(Fraction)
entries = st.one_of(MIXED_SIZES, decimals, st.fractions())
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
nasty = st.one_of(names, st.text('\\" {}', min_size=1, max_size=6))


@st.composite
def named_games(draw, labels=nasty, count=None):
    """Draw a game of one to four players with any names and payoffs."""
    players = draw(st.integers(1, 4)) if count is None else count
    game = draw(games(entries=entries, players=players))

    def distinct(size):
        return tuple(draw(st.lists(labels, min_size=size, max_size=size, unique=True)))

    return NormalForm(distinct(players), tuple(map(distinct, game.shape)), game.payoffs)


def refused(read, *arguments):
    """Return the message of the GameError that reading raises."""
    with pytest.raises(GameError) as caught:
        read(*arguments)
    return str(caught.value)


# -- .nfg: reading ---------------------------------------------------------------------


def test_payoffs_run_with_the_first_player_fastest_and_player_by_player():
    game = parse_nfg('NFG 1 R "t" { "a" "b" "c" } { 2 3 2 } ' + " ".join(map(str, range(36))))
    place = 0
    for k in range(2):
        for j in range(3):
            for i in range(2):
                assert game.payoffs_at((i, j, k)) == (place, place + 1, place + 2)
                place += 3


def test_the_payoff_form_with_labels_and_comment():
    game = parse_nfg(PAYOFFS + "1 2 3 4 5 6 7 8")
    assert game.players == ("us", "ru")
    assert game.strategies == (("stay", "go"), ("settle", "wait"))
    assert game.payoffs_at(("go", "settle")) == (3, 4)
    assert game.payoffs_at(("stay", "wait")) == (5, 6)


def test_the_outcome_form_with_and_without_commas_and_the_null_outcome():
    game = parse_nfg(OUTCOMES)
    half = Fraction(1, 2)
    assert game.payoffs_at(("stay", "settle")) == (100, Fraction(1, 100))
    assert game.payoffs_at(("go", "settle")) == (1, -2)
    assert game.payoffs_at(("stay", "wait")) == (0, 0)
    assert parse_nfg(OUTCOMES.replace("3 1 0 1", "2 2 2 2")).payoffs_at((0, 0)) == (half, half)


def test_the_old_form_with_counts_gets_the_default_names():
    text = 'NFG 1 D "t" {"us" "ru"} {2 2}\n4 4 3 0 0 3 3 3'
    assert parse_nfg(text) == STAG
    assert parse_nfg(text.replace("{2 2}", '{2 {"" ""}}')) == STAG
    three = parse_nfg('NFG 1 D "" {"" "" ""} {1 2 1} 1 2 3 4 5 6')
    assert three.players == ("player 1", "player 2", "player 3")
    assert three.strategies[1] == ("strategy 1", "strategy 2")


def test_repeated_and_empty_labels_are_made_unique():
    game = parse_nfg('NFG 1 R "" {"a" "a"} {{"x" "" "x"} {"column 2" "" ""}} ' + "0 " * 18)
    assert game.players == ("a", "a (2)")
    assert game.strategies == (("x", "row 2", "x (2)"), ("column 2", "column 2 (2)", "column 3"))
    game = parse_nfg('NFG 1 R "" {"a"} {{"x" "x" "x (2)" "x"}} 0 0 0 0')
    assert game.strategies == (("x", "x (3)", "x (2)", "x (4)"),)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Fraction(1, 10)),
        ("-.5", Fraction(-1, 2)),
        ("+2.", Fraction(2)),
        ("-1/3", Fraction(-1, 3)),
        ("1E-3", Fraction(1, 1000)),
        ("1e400", Fraction(10**400)),
        ("123456789012345678901234567890/11", Fraction(123456789012345678901234567890, 11)),
    ],
)
def test_payoffs_are_exact(text, value):
    assert parse_nfg(f'NFG 1 R "" {{"a"}} {{1}} {text}').payoffs_at((0,)) == (value,)
    assert parse_nfg(f'NFG 1 R "" {{"a"}} {{1}} {{{{"" {text}}}}} 1').payoffs_at((0,)) == (value,)


def test_quotation_marks_and_backslashes_in_labels():
    game = parse_nfg(r'NFG 1 R "a \"title\"" {"the \"US\""} {{"\alpha" "a\\\"b" "end\\"}} 0 0 0')
    assert game.players == ('the "US"',)
    assert game.strategies == (("\\alpha", 'a\\"b', "end\\"),)


def test_white_space_and_a_byte_order_mark_mean_nothing():
    text = '\ufeff NFG\r\n1\tR"t"{"us""ru"}{2 2}""4 4\r\n3 0\v0 3\f3 3\r\n\r\n'
    assert parse_nfg(text) == STAG


# -- .nfg: errors ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (PAYOFFS + "1 2 3 4 5 6 7", "4:14", "too few payoffs: 7 where 2 players .* need 8"),
        (PAYOFFS + "1 2 3 4 5 6 7 8\n 9 0", "5:2", "too many payoffs: .* need 8"),
        (PAYOFFS, "2:4", "too few payoffs: 0"),
        (PAYOFFS + "1 2 three", "4:5", "'three' is no number"),
        (PAYOFFS + "1,5 2", "4:2", "',' where a payoff must be; write decimals with a point"),
        (PAYOFFS + "1/0", "4:1", "divides by zero"),
        (PAYOFFS + "1e9999", "4:1", "exponent"),
        (PAYOFFS + "nan", "4:1", "'nan' is no number"),
        (PAYOFFS + "١", "4:1", "is no number"),
        (PAYOFFS + '{ {"a" 1} } 1 1 1 1', "4:3", "1 in outcome 1, expected 2"),
        (PAYOFFS + '{ {"a" 1 2 3} } 1 1 1 1', "4:3", "3 in outcome 1, expected 2"),
        (PAYOFFS + '{ {"a" 1,, 2} } 1 1 1 1', "4:10", "',' where a payoff, or }"),
        (PAYOFFS + "{ {1 2} } 1 1 1 1", "4:4", "'1' where the outcome's name"),
        (PAYOFFS + '{ {"a" 1 2} } 1 1 2 1', "4:19", "there is no outcome 2"),
        (PAYOFFS + '{ {"a" 1 2} } 1 1 -1 1', "4:19", "'-1' is no number of an outcome"),
        (PAYOFFS + '{ {"a" 1 2} } 1 1 1', "4:20", "too few outcome numbers: 3 .* need 4"),
        (PAYOFFS + '{ {"a" 1 2} } 1 1 1 1 1', "4:23", "too many outcome numbers: .* need 4"),
        (PAYOFFS + '{ {"a" 1 2} ', "4:13", "the file ends where an outcome, or }"),
        ('EFG 2 R "t" { "a" }', "1:1", "extensive form"),
        ('""', "1:1", "the label '' where NFG must be"),
        ("hello", "1:1", "'hello' where NFG must be"),
        ('NFG 2 R "t"', "1:5", "'2' where the version 1"),
        ('NFG 1 X "t"', "1:7", "'X' where R or D"),
        ("NFG 1 R t", "1:9", "'t' where the title"),
        ('NFG 1 R "t', "1:9", "a label that does not end"),
        ('NFG 1 R "t\\"', "1:9", "a label that does not end"),
        ('NFG 1 R "t" { } { }', "1:13", "0 players"),
        ('NFG 1 R "t" { a } { 1 }', "1:15", "'a' where one of the players"),
        ('NFG 1 R "t" { "a" } { { } }', "1:23", "0 strategies of a"),
        ('NFG 1 R "t" { "a" } { 0 }', "1:23", "'0' is no number of strategies"),
        ('NFG 1 R "t" { "a" } { 99999999999999 }', "1:23", "is no number of strategies"),
        ('NFG 1 R "t" { "a" } { 99999 }', "1:23", "99999 strategies; at most 4096"),
        ('NFG 1 R "t" { "a" } { 2 2 }', "1:25", "strategies of more than 1 players"),
        ('NFG 1 R "t" { "a" "b" } { 2 }', "1:25", "strategies of 1 players"),
        ('NFG 1 R "t" { "a" "b" } { 4000 4000 }', "1:25", "make 32000000 payoffs"),
        ('NFG 1 R "t" {' + ' "a"' * 33 + " } {" + " 1" * 33 + " }", "1:13", "33 players"),
        ('NFG 1 R "t"\n{ "a" }', "2:8", "the file ends where the strategies"),
    ],
)
def test_faults_have_their_place(text, place, what):
    message = refused(parse_nfg, text, "game.nfg")
    assert message.startswith(f"game.nfg:{place}: ")
    assert re.search(what, message)


@pytest.mark.parametrize("text", ["", " \n\t", "\ufeff", None, b"NFG", 3])
def test_what_is_no_text_is_refused(text):
    assert refused(parse_nfg, text).startswith("<text>: ")


READERS = [read_nfg, read_gam, read_csv]


@pytest.mark.parametrize("read", READERS)
def test_files_that_cannot_be_read_are_refused(read, tmp_path, monkeypatch):
    path = tmp_path / "game"
    assert "No such file" in refused(read, path)
    assert "cannot be read" in refused(read, tmp_path)
    assert "cannot be read" in refused(read, "a\0b")
    assert "cannot be read" in refused(read, None)
    path.write_bytes(b"")
    assert f"{path}: the file is empty" in refused(read, path)
    path.write_bytes("NFG\n1 é \xff".encode("latin-1"))
    assert f"{path}:2:3: this is no UTF-8 text" in refused(read, path)
    monkeypatch.setattr(source, "MAX_BYTES", 10)
    path.write_bytes("é".encode() * 6)
    assert "more than 10 bytes" in refused(read, path)


def test_a_file_is_read_like_its_text(tmp_path):
    path = tmp_path / "game.nfg"
    path.write_bytes(b"\xef\xbb\xbf" + PAYOFFS.encode() + b"1 2 3 4 5 6 7 8")
    assert read_nfg(path) == read_nfg(str(path)) == parse_nfg(PAYOFFS + "1 2 3 4 5 6 7 8")
    path.write_text(PAYOFFS)
    assert refused(read_nfg, path).startswith(f"{path}:2:4: too few payoffs")


# -- .nfg: writing ---------------------------------------------------------------------


@given(named_games(), nasty)
@settings(max_examples=100)
@example(NormalForm.from_arrays([1], players=["\\"]), "\\")
@example(NormalForm.from_arrays([1], players=['\\\\"\\']), '"')
def test_what_is_written_is_read_back(game, title):
    again = parse_nfg(write_nfg(game, title=title))
    assert again == game
    assert again.title == title
    assert write_nfg(again) == write_nfg(game, title=title)


@given(named_games())
@settings(max_examples=20)
def test_files_keep_every_character(tmp_path_factory, game):
    path = tmp_path_factory.mktemp("nfg") / "game.nfg"
    path.write_bytes(write_nfg(game).encode())
    assert read_nfg(path) == game


def test_the_text_that_is_written():
    game = NormalForm.from_arrays([["1/3", 0.25], [10**30, -1]], [[-0.5, 0], ["-7/6", "1e-3"]])
    assert write_nfg(game, title='A "title"') == (
        'NFG 1 R "A \\"title\\"" { "player 1" "player 2" }\n\n'
        '{ { "row 1" "row 2" }\n{ "column 1" "column 2" } }\n""\n\n'
        "1/3 -0.5 1000000000000000000000000000000 -7/6\n0.25 0 -1 0.001\n"
    )


LONG = ["9" * 999, "1." + "3" * 990, "." + "3" * 990 + "e-1000", "3" * 990 + "e1000"]
POWERS = ["1e-15", "1e-16", "12e1000", "10e1000", "1e-1000", "0.05e-1000", "12.5e-1000", "5e999"]


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("text", [*LONG, *POWERS, "1/" + "7" * 99])
def test_every_payoff_that_can_be_read_can_be_written(sign, text):
    game = NormalForm.from_arrays([sign + text])
    assert parse_nfg(write_nfg(game)) == game


@given(st.integers(-(10**6), 10**6), st.integers(-1000, 1000))
@settings(max_examples=50)
def test_powers_of_ten_are_written_exactly(mantissa, power):
    game = NormalForm.from_arrays([f"{mantissa}e{power}"])
    assert parse_nfg(write_nfg(game)) == game


def test_what_cannot_be_written_is_refused():
    for value in (Fraction(1, 3**3000), Fraction(10**1001 - 1), Fraction(1, 7**20000)):
        assert "a payoff of" in refused(write_nfg, NormalForm.from_arrays([value]))
    with pytest.raises(GameError, match="is no title"):
        write_nfg(STAG, title=5)


# -- .gam ------------------------------------------------------------------------------


def gam(tmp_path, text):
    path = tmp_path / "game.gam"
    path.write_text(text, encoding="utf-8")
    return path


def test_gam_runs_player_by_player(tmp_path):
    text = "# by hand\n3\n2 3 2 # strategies\n" + "\n".join(map(str, range(36)))
    game = read_gam(gam(tmp_path, text))
    for i, j, k in np.ndindex(2, 3, 2):
        place = i + 2 * j + 6 * k
        assert game.payoffs_at((i, j, k)) == (place, 12 + place, 24 + place)


def test_gam_is_exact_and_has_default_names(tmp_path):
    game = read_gam(gam(tmp_path, "2\n1 2\n0.1 1/3 -2e-1 7"))
    assert game == NormalForm.from_arrays([["1/10", "1/3"]], [["-1/5", 7]])


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("2\n1 2\n1 2 3", "3:6", "too few payoffs: 3 where 2 players .* need 4"),
        ("2\n1 2\n1 2 3 4 5", "3:9", "too many payoffs: .* need 4"),
        ("2\n1 2\n1 2 x 4", "3:5", "'x' is no number"),
        ("two", "1:1", "'two' is no number of players"),
        ("# 2\n\n", "1:4", "the file ends where the number of players"),
        ("2\n1", "2:2", "the file ends where the number of strategies of player 2"),
        ("2\n1 -2", "2:3", "'-2' is no number of strategies of player 2"),
        ("40 1", "1:1", "40 players; at most 32"),
        ("3\n4000 4000 4000\n1", "1:1", "payoffs; at most"),
    ],
)
def test_faults_of_gam_files_have_their_place(tmp_path, text, place, what):
    path = gam(tmp_path, text)
    message = refused(read_gam, path)
    assert message.startswith(f"{path}:{place}: ")
    assert re.search(what, message)


@given(games(players=3))
@settings(max_examples=20)
def test_gam_round_trip(tmp_path_factory, game):
    lines = ["3", " ".join(map(str, game.shape))]
    lines += [" ".join(map(str, array.ravel(order="F"))) for array in game.payoffs]
    assert read_gam(gam(tmp_path_factory.mktemp("gam"), "\n".join(lines))) == game


# -- CSV -------------------------------------------------------------------------------


def csv(tmp_path, text):
    path = tmp_path / "game.csv"
    path.write_bytes(text.encode())
    return path


GAME = NormalForm.from_arrays(
    [[3, "0.1"], ["1/2", 1]],
    [[0, 5], [-1, 1]],
    players=["us", "ru"],
    strategies=[["stay", "go, now"], ["settle", 'the "wait"']],
)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ('"us,ru",settle,"the ""wait"""\nstay,"3, 0","0.1,5"\n"go, now","1/2,-1","1,1"\n', ","),
        ('us;ru,settle,the "wait"\r\nstay,3;0,0.1; 5\r\n"go, now" , 1/2 ;-1,1;1\r\n\r\n', ","),
        ('"us;ru";settle;"the ""wait"""\nstay;3,0;.1,5\ngo, now;1/2,-1;1,1', ";"),
        ('\ufeffus,ru\tsettle\tthe "wait"\nstay\t3,0\t.1,5\n\ngo, now\t1/2,-1\t1,1', "\t"),
    ],
)
def test_csv_with_pairs(tmp_path, text, delimiter):
    text = text.replace("\n\n", "\n")
    assert read_csv(csv(tmp_path, text), delimiter=delimiter) == GAME


def test_csv_with_two_blocks(tmp_path):
    head = 'settle,"the ""wait"""'
    one, two = f'us,{head}\nstay,3,.1\n"go, now",1/2,1\n', f'ru,{head}\nstay,0,5\n"go, now",-1,1'
    for between in ("\n", ",,\n", "\n , ,\n\n"):
        assert read_csv(csv(tmp_path, one + between + two)) == GAME


def test_csv_names_of_players(tmp_path):
    def players(corner):
        return read_csv(csv(tmp_path, f"{corner},a\nx,1;2\n")).players

    assert players("") == ("player 1", "player 2")
    assert players("us") == ("us", "player 2")
    assert players('"us, ru"') == ("us", "ru")
    assert players('", ru"') == ("player 1", "ru")
    assert players("player 2") == ("player 2", "player 2 (2)")


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (",a,b\nx,1;2\n", "2:1", "2 cells where the header has 3"),
        (",a\nx,1,2\n", "2:1", "3 cells where the header has 2; put a cell .* in quotes"),
        (",a\nx,1\n", "2:3", "'1' is no pair of payoffs"),
        (",a\nx,1;2;3\n", "2:3", "'1;2;3' is no pair of payoffs"),
        (",a\nx,1;\n", "2:3", "'1;' is no pair of payoffs"),
        (",a\nx,\n", "2:3", "'' is no pair of payoffs"),
        (",a\nx, 1; q\n", "2:7", "'q' is no number"),
        (',a\nx,"1, q"\n', "2:7", "'q' is no number"),
        (",a\nx,1\n\n,a\nx,y\n", "5:3", "'y' is no number"),
        (",a\nx,1\n\n,b\nx,2\n", "4:1", "other strategies"),
        (",a\nx,1\n\n,a\nx,2\n\n,a\nx,3", "7:1", "3 blocks"),
        (",a,a\nx,1;2,1;2\n", "1:4", "the name 'a' again"),
        (",a\nx,1;2\nx,3;4\n", "3:1", "the name 'x' again"),
        (",a,\nx,1;2,3;4\n", "1:4", "no name"),
        ("q,a\n", "1:1", "a block without strategies"),
        ("q\nx\n", "1:1", "a block without strategies"),
        (',a\nx,"1,2\n', "2:3", "a quoted cell that does not end"),
        (',a\nx,"1,2" 3\n', "2:3", "a quoted cell that does not end"),
        ("us;us,a\nx,1;2", "1:1", "both players are called 'us'"),
        ("us;ru;ua,a\nx,1;2", "1:1", "3 names of players"),
        (",,\n,\n", "1:1", "no cell has any content"),
    ],
)
def test_faults_of_csv_files_have_their_place(tmp_path, text, place, what):
    path = csv(tmp_path, text)
    message = refused(read_csv, path)
    assert message.startswith(f"{path}:{place}: ")
    assert re.search(what, message)


def test_only_usual_delimiters_and_marks(tmp_path):
    path = csv(tmp_path, ",a\nx,1;2")
    with pytest.raises(GameError, match="is no delimiter"):
        read_csv(path, delimiter="|")
    with pytest.raises(GameError, match="is no decimal mark"):
        read_csv(path, decimal="'")
    with pytest.raises(GameError, match="'klingon' is no encoding"):
        read_csv(path, encoding="klingon")
    assert "'|' is no delimiter" in refused(read_csv, csv(tmp_path, "sep=|\n|a\nx|1;2"))


HALVES = NormalForm.from_arrays(
    [["3.5", "1.5"]], [["1.25", 0]], players=["us", "ru"], strategies=[["x"], ["a", "b"]]
)
POINTS = "us;a;b\nx;3.5;1.5\n\nru;a;b\nx;1.25;0\n"


@pytest.mark.parametrize(
    "text",
    [
        POINTS,
        POINTS.replace(".", ","),
        "sep=;\n" + POINTS.replace(".", ","),
        '"sep=;"\r\n' + POINTS.replace("\n", "\r\n"),
        POINTS.replace(".", ",").replace(";", "\t"),
        POINTS.replace(";", ","),
        POINTS.replace("\n", ";;;\n"),
        POINTS.replace(".", ",").replace("\n", ";\n"),
        'us,ru;a;b\nx;3.5,1.25;"1.5, 0"',
        'us,ru;a;b\nx;"3,5;1,25";"1,5;0"',
        "us,ru\ta\tb\nx\t3,5;1,25\t1,5;0\t\t",
        'us;ru,a,b,,\nx,"3.5,1.25",1.5;0,,\n,,,,\n',
        '"us;ru",a,b\nx,7/2;5/4,3/2;0',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_dialect_of_a_spreadsheet(tmp_path, text, encoding):
    path = tmp_path / "game.csv"
    path.write_bytes(text.encode(encoding))
    assert read_csv(path) == HALVES


@pytest.mark.parametrize(
    "text",
    ["u;a;b\nx;3,5;1,2", "u\ta\tb\nx\t3,5\t1,2\n", "sep=;\nu;a;b\nx;-3,5;1,2\n"],
)
def test_a_pair_that_may_be_a_decimal_number_is_not_guessed(tmp_path, text):
    path = csv(tmp_path, text)
    message = refused(read_csv, path)
    assert "3,5' is a pair of payoffs or a decimal number" in message
    assert "decimal='.' for pairs" in message
    assert read_csv(path, decimal=".").payoffs_at((0, 1)) == (1, 2)
    with pytest.raises(GameError, match="3,5' is no pair of payoffs"):
        read_csv(path, decimal=",")  # one block of numbers is no game
    spaced = csv(tmp_path, text.replace("3,5", "3, 5"))
    assert read_csv(spaced).payoffs_at((0, 1)) == (1, 2)


def test_two_possible_delimiters_are_not_guessed(tmp_path):
    text = "u;a,b\nx;1,5\n\nv;a,b\nx;1,5\n"
    assert "separated by semicolons or by commas" in refused(read_csv, csv(tmp_path, text))
    assert read_csv(csv(tmp_path, text), delimiter=";").payoffs_at((0, 0)) == (1.5, 1.5)
    assert read_csv(csv(tmp_path, text), delimiter=",").payoffs_at((0, 0)) == (5, 5)
    assert read_csv(csv(tmp_path, "u,v;w\nx,1;2\n")).payoffs_at(("x", "v;w")) == (1, 2)


def test_other_encodings_are_named_by_the_caller(tmp_path):
    path = tmp_path / "game.csv"
    text = "café,a\nx,1;2\n"
    path.write_bytes(text.encode("cp1252"))
    assert ":1:4: this is no UTF-8 text" in refused(read_csv, path)
    assert read_csv(path, encoding="cp1252").players[0] == "café"
    path.write_bytes(text.encode("utf-16-le"))
    assert read_csv(path, encoding="utf-16-le").players[0] == "café"
    path.write_bytes(b"\xff\xfe\x00\xd8\x00")
    assert "this is no utf-16 text" in refused(read_csv, path)


@given(games(entries=entries, players=2), st.sampled_from(",;\t"), st.data())
@settings(max_examples=60)
def test_csv_that_is_written_is_read_back(tmp_path_factory, game, delimiter, data):
    free = st.one_of(names, st.text(',;"\t \n=xé1', min_size=1, max_size=4))
    free = free.filter(lambda name: name == name.strip() and name.strip())

    def distinct(size):
        return tuple(data.draw(st.lists(free, min_size=size, max_size=size, unique=True)))

    game = NormalForm(distinct(2), tuple(map(distinct, game.shape)), game.payoffs)
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(write_csv(game, delimiter=delimiter).encode())
    assert read_csv(path, delimiter=delimiter) == game
    try:
        assert read_csv(path) == game
    except GameError as fault:  # names full of delimiters may leave it open; never another game
        assert "may be separated" in str(fault)  # noqa: PT017


def test_what_csv_cannot_hold_is_refused():
    assert "3 players" in refused(write_csv, NormalForm.from_arrays([[[1]]], [[[1]]], [[[1]]]))
    assert "white space" in refused(write_csv, STAG.relabel({"us": "us "}))
    with pytest.raises(GameError, match="is no delimiter"):
        write_csv(STAG, delimiter="|")


@given(games(entries=entries, players=3))
@settings(max_examples=20)
def test_gam_that_is_written_is_read_back(tmp_path_factory, game):
    path = gam(tmp_path_factory.getbasetemp(), write_gam(game))
    plain = NormalForm.from_arrays(*game.payoffs)
    assert read_gam(path) == plain


@pytest.mark.parametrize("read", READERS)
def test_a_pipe_is_no_file(read, tmp_path):
    os.mkfifo(tmp_path / "game")
    assert "is a pipe, a socket or a device" in refused(read, tmp_path / "game")


# -- frames ----------------------------------------------------------------------------


@given(named_games(labels=names))
@settings(max_examples=30)
def test_frame_round_trip(game):
    assert from_frame(to_frame(game)) == game


def test_a_frame_has_a_row_per_profile():
    frame = to_frame(GAME)
    assert frame.loc[("go, now", "settle"), "us"] == Fraction(1, 2)
    assert list(frame.columns) == list(frame.index.names) == ["us", "ru"]
    assert from_frame(frame.rename_axis(index=[None, None])) == GAME
    assert from_frame(frame.astype(float)) == GAME


def test_a_frame_with_a_payoff_matrix():
    cells = [["3, 0", (0.1, 5)], [["1/2", -1], np.array([1, 1])]]
    matrix = pd.DataFrame(cells, index=GAME.strategies[0], columns=GAME.strategies[1])
    unnamed = from_frame(matrix)
    assert unnamed.players == ("player 1", "player 2")
    assert unnamed.relabel({"player 1": "us", "player 2": "ru"}) == GAME
    assert from_frame(matrix.rename_axis(index="us", columns="ru")) == GAME
    numbered = from_frame(pd.DataFrame([["1;2", "3;4"]]))
    assert numbered.strategies == (("0",), ("0", "1"))


def frames():
    tidy = to_frame(STAG)
    matrix = pd.DataFrame([["1, 2", "3, 4"]], index=["x"], columns=["a", "b"])
    return {
        "no pandas frame": [[1, 2]],
        "an empty frame": pd.DataFrame(),
        "several levels": tidy.T,
        "'5' is no pair": pd.DataFrame([[5]]),
        "'1,2,3' is no pair": pd.DataFrame([["1,2,3"]]),
        "is no pair": pd.DataFrame([[b"ab"]]),
        "'3,5' is a pair of payoffs or a decimal": pd.DataFrame([["3,5", "1,2"]]),
        "'q' is no number": pd.DataFrame([["1,q"]]),
        "repeated names: us": matrix.rename_axis(index="us", columns="us"),
        "repeated names: a": matrix.set_axis(["a", "a"], axis="columns"),
        "1 of 4 profiles have no payoffs": tidy.iloc[1:],
        "repeated profiles": pd.concat([tidy, tidy]),
        "2 index levels for 1 columns": tidy[["us"]],
        "index levels us, ru for columns ru, us": tidy[["ru", "us"]],
        "repeated columns": tidy.set_axis(["us", "us"], axis="columns"),
        "nan is no finite number": tidy.astype(float).where(tidy != 4),
        "is no name": matrix.set_axis(["", "b"], axis="columns"),
    }


@pytest.mark.parametrize("what", frames())
def test_faults_of_frames(what):
    assert what in refused(from_frame, frames()[what])


# -- other packages --------------------------------------------------------------------


@given(games(entries=SMALL))
@settings(max_examples=10)
def test_nashpy_gets_the_same_matrices(game):
    peer = to_nashpy(game)
    for ours, theirs in zip(game.payoffs, peer.payoff_matrices, strict=True):
        assert theirs.dtype == np.float64
        assert np.array_equal(ours.astype(float), theirs)


def test_games_that_nashpy_cannot_hold():
    assert "1 players" in refused(to_nashpy, NormalForm.from_arrays([1, 2]))
    huge = NormalForm.from_arrays([["1e400"]], [[0]])
    assert "beyond the range of floats" in refused(to_nashpy, huge)


@pytest.mark.parametrize(
    ("module", "convert", "extra"),
    [("pygambit", to_pygambit, "oracles"), ("pandas", to_frame, "tables")],
)
def test_a_missing_package_is_named(monkeypatch, module, convert, extra):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(NegotiationError, match=rf"{module} is not installed.*\[{extra}\]"):
        convert(STAG)


# -- anything at all -------------------------------------------------------------------

VALID = [PAYOFFS + "1 2 3 4 5 6 7 8", OUTCOMES, 'NFG 1 D "t" {"us" "ru"} {2 2} 4 4 3 0 0 3 3 3']
GAM = "2\n2 2\n1 2 3.5 4\n1/2 2 3 4e1"
CSV = '"us, ru",settle,wait\nstay,"3, 0",1; 1\ngo,"2, 2.5",0; 0\n\n'
pieces = st.one_of(
    st.sampled_from([*'{}",\n;#\\/.-+e0 1\x00', "1e5", '""', "1/0", "{ }", "9" * 30, "é"]),
    st.text(max_size=3),
)


@st.composite
def mutants(draw, texts):
    """Draw a valid text with some pieces cut, doubled or put in."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 3))):
        a, b = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        kind = draw(st.sampled_from(["cut", "double", "insert", "replace", "end"]))
        middle = {"cut": "", "double": text[a:b] * 2, "end": ""}.get(kind)
        if middle is None:
            middle = draw(pieces) + (text[a:b] if kind == "insert" else "")
        text = text[:a] + middle + ("" if kind == "end" else text[b:])
    return text


def holds(game):
    return isinstance(game, NormalForm) and math.prod(game.shape) > 0


@given(st.one_of(mutants(VALID), st.text(), st.text('NFG1R "{}\\,\n02')))
@settings(max_examples=400)
def test_any_text_is_a_game_or_a_clear_error(text):
    try:
        game = parse_nfg(text, "any")
    except GameError as fault:
        where = fault.where
        assert re.fullmatch(r"any(:\d+:\d+)?", where)
    else:
        assert parse_nfg(write_nfg(game)) == game


@pytest.mark.parametrize(("read", "valid"), [(read_gam, GAM), (read_csv, CSV)])
@given(data=st.data())
@settings(max_examples=150)
def test_any_file_is_a_game_or_a_clear_error(tmp_path_factory, read, valid, data):
    path = tmp_path_factory.getbasetemp() / "any"
    text = data.draw(st.one_of(mutants([valid]), st.text()))
    path.write_bytes(text.encode(errors="replace"))
    try:
        assert holds(read(path))
    except GameError as fault:
        where = fault.where.removeprefix(str(path))
        assert re.fullmatch(r"(:\d+:\d+)?", where)


@pytest.mark.parametrize("read", READERS)
@given(data=st.binary(max_size=60))
@settings(max_examples=50)
def test_any_bytes_are_a_game_or_a_clear_error(tmp_path_factory, read, data):
    path = tmp_path_factory.getbasetemp() / "bytes"
    path.write_bytes(data)
    try:
        assert holds(read(path))
    except GameError as fault:
        where = fault.where
        assert where.startswith(str(path))
