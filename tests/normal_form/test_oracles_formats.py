"""Against gambit's own reader and writer of .nfg, and quantecon's of .gam."""

import io
import string
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import MIXED_SIZES, games

from negotiation.normal_form import NormalForm, equilibria
from negotiation.normal_form.formats import parse_nfg, read_gam, to_pygambit, write_nfg

gambit = pytest.importorskip("pygambit")
converters = pytest.importorskip("quantecon.game_theory.game_converters")

# Gambit takes printable ASCII with single spaces inside, doubles some backslashes, and reads no
# label "3" of a second strategy, as it calls the third one so at first.
letters = "".join(sorted(set(string.printable) - set(string.whitespace + string.digits + "\\")))
word = st.text(letters, min_size=1, max_size=4)
plain = st.one_of(word, st.tuples(word, word).map(" ".join), word.map(lambda text: text + " 1"))
entries = st.one_of(MIXED_SIZES, st.decimals(-99, 99, places=3).map(Fraction))


@st.composite
def plain_games(draw):
    """Draw a game of one to three players with names that gambit takes."""
    game = draw(games(entries=entries, players=draw(st.integers(1, 3))))

    def distinct(size):
        return tuple(draw(st.lists(plain, min_size=size, max_size=size, unique=True)))

    return NormalForm(distinct(len(game.shape)), tuple(map(distinct, game.shape)), game.payoffs)


def by_gambit(peer):
    """Return gambit's game as ours, through its own arrays and labels."""
    arrays = [
        np.vectorize(lambda v: Fraction(int(v.numerator), int(v.denominator)), otypes=[object])(a)
        for a in peer.to_arrays()
    ]
    return NormalForm.from_arrays(
        *arrays,
        players=[player.label for player in peer.players],
        strategies=[[own.label for own in player.strategies] for player in peer.players],
    )


@given(plain_games(), plain)
@settings(max_examples=60)
def test_gambit_reads_what_is_written(game, title):
    peer = gambit.read_nfg(io.BytesIO(write_nfg(game, title=title).encode()))
    assert by_gambit(peer) == game
    assert peer.title == title


@given(plain_games(), plain)
@settings(max_examples=60)
def test_what_gambit_writes_is_read(game, title):
    peer = to_pygambit(game)
    peer.title = title
    text = peer.to_nfg()
    assert text.count("{") > 3 + len(game.players)  # the outcome form
    assert parse_nfg(text) == game


@given(plain_games())
@settings(max_examples=30)
def test_to_pygambit_keeps_names_and_payoffs(game):
    assert by_gambit(to_pygambit(game)) == game


def test_old_files_are_read_as_gambit_reads_them():
    for text in (
        'NFG 1 D "t" { "a" "b" } { 2 3 }\n1 2 3 4 5 6 7 8 9 10 11 12',
        'NFG 1 R "t" { "a" "b" "c" } { 2 1 2 }\n"x"\n.5 1/3 1e2 4. -5 6 7 8 9 10 1E-2 12',
        'NFG 1 R "t" {"a" "b"} {{"x" "y"} {"u" "v"}}\n{{"o" 1, 2} {"" 3 4} {"o" 3,4,}} 1 2 3 1',
    ):
        theirs = by_gambit(gambit.read_nfg(io.BytesIO(text.encode())))
        ours = parse_nfg(text)
        assert ours.players == theirs.players
        assert [a.tolist() for a in ours.payoffs] == [a.tolist() for a in theirs.payoffs]


def test_names_that_gambit_does_not_take():
    game = NormalForm.from_arrays(
        [[1, 2, 3]],
        [[4, 5, 6]],
        players=["Україна", " "],
        strategies=[["a\n\tb"], ["2  x", " 2 x", "name 1"]],
    )
    peer = to_pygambit(game)
    assert [player.label for player in peer.players][1] == "name 2"
    assert [own.label for own in list(peer.players)[1].strategies] == ["2 x", "2 x (2)", "name 1"]
    assert len({own.label for own in next(iter(peer.players)).strategies}) == 1
    assert by_gambit(peer).payoffs[0].tolist() == game.payoffs[0].tolist()


def test_names_that_gambit_uses_itself():
    game = NormalForm.from_arrays([1, 2], players=["2"], strategies=[["2", "1"]])
    assert by_gambit(to_pygambit(game)) == game


def test_the_peer_has_the_same_equilibria():
    game = NormalForm.from_arrays([["1/3", 0], [0, "2/7"]], [[1, 0], [0, "0.1"]])
    theirs = {
        tuple(
            tuple(Fraction(str(profile[own])) for own in player.strategies)
            for player in profile.game.players
        )
        for profile in gambit.nash.enummixed_solve(to_pygambit(game)).equilibria
    }
    assert theirs == {profile.strategies for profile in equilibria(game).profiles}


@given(games(players=3, entries=st.integers(-99, 99)))
@settings(max_examples=30)
def test_gam_against_quantecon(tmp_path_factory, game):
    rolled = [np.moveaxis(a, range(p), range(-p, 0)) for p, a in enumerate(game.payoffs)]
    players = [converters.Player(a.astype(int)) for a in rolled]
    text = converters.GAMWriter.to_string(converters.NormalFormGame(players))
    path = tmp_path_factory.getbasetemp() / "game.gam"
    path.write_text(text)
    assert read_gam(path) == game
