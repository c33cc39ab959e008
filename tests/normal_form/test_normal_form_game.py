import copy
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import games

from negotiation.errors import GameError, UnknownNameError
from negotiation.normal_form import NormalForm

DILEMMA = NormalForm.from_table(
    {"us": ("cooperate", "defect"), "ru": ("cooperate", "defect")},
    {
        ("cooperate", "cooperate"): (3, 3),
        ("cooperate", "defect"): (0, 5),
        ("defect", "cooperate"): (5, 0),
        ("defect", "defect"): (1, 1),
    },
)


def test_axis_k_is_player_k_for_every_player():
    assert DILEMMA.payoffs[0][0, 1] == 0
    assert DILEMMA.payoffs[1][0, 1] == 5
    assert DILEMMA.payoff("ru", ("cooperate", "defect")) == 5
    assert DILEMMA.payoffs_at({"ru": "defect", "us": 0}) == (0, 5)


def test_axis_order_with_three_players():
    arrays = [np.arange(24).reshape(2, 3, 4) + 100 * p for p in range(3)]
    game = NormalForm.from_arrays(*arrays)
    assert game.shape == (2, 3, 4)
    for place in np.ndindex(2, 3, 4):
        assert game.payoffs_at(place) == tuple(array[place] for array in arrays)
    assert game.strategies[2] == ("strategy 1", "strategy 2", "strategy 3", "strategy 4")


def test_arrays_and_table_make_the_same_game():
    names = ("cooperate", "defect")
    game = NormalForm.from_arrays(
        [[3, 0], [5, 1]], [[3, 5], [0, 1]], players=("us", "ru"), strategies=(names, names)
    )
    assert game == DILEMMA
    assert hash(game) == hash(DILEMMA)
    assert game != game.rescale("us", 2)
    assert game != 3


@pytest.mark.parametrize("value", [0.1, "0.1", "1/10", Decimal("0.1"), Fraction(1, 10)])
def test_numbers_are_what_they_say(value):
    game = NormalForm.from_arrays([[value]], np.array([[0.1]]))
    assert game.payoffs[0][0, 0] == game.payoffs[1][0, 0] == Fraction(1, 10)


def test_anything_with_an_array_inside_is_accepted():
    class Frame:
        def __array__(self, dtype=None, copy=None):
            return np.array([[1, 2]], dtype=dtype)

    assert NormalForm.from_arrays(Frame(), Frame()).payoffs[0].tolist() == [[1, 2]]


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_pickling_keeps_everything(clone):
    again = clone(DILEMMA)
    assert again == DILEMMA
    assert hash(again) == hash(DILEMMA)
    with pytest.raises(ValueError, match="read-only"):
        again.payoffs[0][0, 0] = 7


def test_a_game_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        DILEMMA.payoffs[0][0, 0] = Fraction(7)
    with pytest.raises(AttributeError):
        DILEMMA.players = ("a", "b")
    values = np.array([[1, 2]])
    game = NormalForm.from_arrays(values, values)
    values[0, 0] = 9
    assert game.payoffs[0][0, 0] == 1


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ([], {}, "no payoff arrays"),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], {}, "payoffs of player 1: ragged"),
        ([[1, 2], [3, 4]], {}, "payoffs of player 1: 1 dimensions for 2 players"),
        ([[[1, 2]]], {}, "2 dimensions for 1 players"),
        ([[[1, 2]], [[1], [2]]], {}, "payoffs of player 2: shape 2 by 1 differs from 1 by 2"),
        ([[[]], [[]]], {}, "empty payoff array"),
        ([7, 8], {}, "0 dimensions for 2 players"),
        ([[[float("nan")]], [[1]]], {}, "nan is no finite number"),
        ([[[1]], [[float("inf")]]], {}, "payoffs of player 2: inf is no finite number"),
        ([[[1j]], [[1]]], {}, "no number"),
        ([[["much"]], [[1]]], {}, "'much' is no number"),
        ([[[True]], [[1]]], {}, "no number"),
        ([[[None]], [[1]]], {}, "no number"),
        (["text", [[1]]], {}, "no number"),
        ([[[1]], [[1]]], {"players": ["a", "a"]}, "repeated names: a"),
        ([[[1]], [[1]]], {"players": ["a"]}, "1 player names for 2 payoff arrays"),
        ([[[1]], [[1]]], {"players": "ab"}, "no list of names"),
        ([[[1]], [[1]]], {"players": ["a", ""]}, "non-empty text"),
        ([[[1]], [[1]]], {"players": ["a", 2]}, "'2' is no name"),
        ([[[1, 2]], [[1, 2]]], {"strategies": [["x"], ["y"]]}, "1 by 2 where .* make 1 by 1"),
        ([[[1, 2]], [[1, 2]]], {"strategies": [["x"], ["y", "y"]]}, "strategies of player 2: rep"),
        ([[[1]], [[1]]], {"strategies": [["x"]]}, "1 lists of strategies for 2 players"),
        ([[[1]], [[1]]], {"strategies": ["x", "y"]}, "'x' is no list of names"),
        ([[[1]], [[1]]], {"strategies": 5}, "no list of strategy names"),
        ([[[1]], [[1]]], {"strategies": [["x"], 5]}, "no list"),
        ([[[1]], [[1]]], {"strategies": [[], ["y"]]}, "player 1 has no strategies"),
    ],
)
def test_ill_formed_arrays_are_refused(arrays, options, message):
    with pytest.raises(GameError, match=message):
        NormalForm.from_arrays(*arrays, **options)


@pytest.mark.parametrize(
    ("players", "table", "error", "message"),
    [
        ({}, {}, GameError, "without players"),
        ({"a": ()}, {}, GameError, "a has no strategies"),
        ({"a": ("x", "x")}, {}, GameError, "repeated names: x"),
        (["a"], {}, GameError, "must be mappings"),
        ({"a": ("x",), "b": ("y", "z")}, {("x", "z"): (1, 2)}, GameError, "1 of 2 .* is x/y"),
        ({"a": ("x",)}, {("x", "y"): (1,)}, GameError, "no tuple of 1 strategies"),
        ({"a": ("x",)}, {"x": (1,)}, GameError, "no tuple of 1 strategies"),
        ({"a": ("settle",)}, {("setle",): (1,)}, UnknownNameError, "did you mean 'settle'"),
        ({"a": ("x",)}, {("x",): (1, 2)}, GameError, "no list of 1 payoffs"),
        ({"a": ("x",)}, {("x",): 1}, GameError, "no list of 1 payoffs"),
        ({"a": ("x",)}, {("x",): "1"}, GameError, "no list of 1 payoffs"),
        ({"a": ("x",)}, {("x",): ("?",)}, GameError, "payoff of a: '\\?' is no number"),
    ],
)
def test_ill_formed_tables_are_refused(players, table, error, message):
    with pytest.raises(error, match=message):
        NormalForm.from_table(players, table)


def test_the_bare_constructor_validates_too():
    with pytest.raises(GameError, match="1 payoff arrays for 2 players"):
        NormalForm(("a", "b"), (("x",), ("y",)), ([[1]],))


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda g: g.payoff("rux", (0, 0)), UnknownNameError, "did you mean 'ru'"),
        (lambda g: g.payoff(2, (0, 0)), UnknownNameError, "unknown player '2'"),
        (lambda g: g.payoff(-1, (0, 0)), UnknownNameError, "unknown player"),
        (lambda g: g.payoff("us", (0, True)), UnknownNameError, "unknown strategy"),
        (lambda g: g.payoff("us", ("defect",)), GameError, "no profile of 2 strategies"),
        (lambda g: g.payoff("us", "defect"), GameError, "no profile of 2 strategies"),
        (lambda g: g.payoff("us", {"us": "defect"}), GameError, "no profile"),
        (lambda g: g.payoffs_at({"us": 0, "uk": 0}), UnknownNameError, "unknown player 'uk'"),
        (lambda g: g.strategy_index("us", "defct"), UnknownNameError, "did you mean 'defect'"),
        (lambda g: g.rescale("us", 0), GameError, "not positive"),
        (lambda g: g.rescale("us", -1), GameError, "not positive"),
        (lambda g: g.permute("us", [0]), GameError, "every strategy once"),
        (lambda g: g.permute("us", [0, 0]), GameError, "every strategy once"),
        (lambda g: g.relabel({"uk": "x"}), UnknownNameError, "unknown player"),
        (lambda g: g.relabel({"us": "ru"}), GameError, "repeated names: ru"),
        (lambda g: g.restrict({"us": []}), GameError, "no strategies"),
    ],
)
def test_wrong_questions_are_told_so(ask, error, message):
    with pytest.raises(error, match=message):
        ask(DILEMMA)


@given(games(players=3, high=3), st.data())
@settings(max_examples=30)
def test_changes_undo_each_other(game, data):
    player = data.draw(st.integers(0, 2))
    assert game.rescale(player, "2/3", 5).rescale(player, "3/2", "-15/2") == game
    assert game.swap_players(0, 2).swap_players(0, 2) == game
    order = data.draw(st.permutations(range(game.shape[player])))
    back = [order.index(i) for i in range(len(order))]
    assert game.permute(player, order).permute(player, back) == game
    swapped = game.swap_players(0, 2)
    assert swapped.payoffs_at(tuple(s - 1 for s in swapped.shape)) == tuple(
        reversed(game.payoffs_at(tuple(s - 1 for s in game.shape)))
    )


def test_names_travel_with_their_payoffs():
    game = DILEMMA.relabel({"us": "US"}, {"us": {"defect": "attack"}})
    assert game.players == ("US", "ru")
    assert game.payoff("US", ("attack", "cooperate")) == 5
    turned = game.swap_players().permute("US", ["attack", "cooperate"])
    assert turned.payoff("US", {"US": "attack", "ru": "cooperate"}) == 5
    kept = game.restrict({"ru": ["defect"]})
    assert kept.shape == (2, 1)
    assert kept.payoffs_at(("attack", "defect")) == (1, 1)


def test_the_payoff_matrix_marks_best_replies():
    assert DILEMMA.table().rows == (
        ("cooperate", "3, 3", "0, 5*"),
        ("defect", "5*, 0", "1*, 1*"),
    )
    thirds = NormalForm.from_arrays([["1/3"]], [[0.5]])
    assert thirds.table(fractions=True).rows == (("row 1", "1/3*, 1/2*"),)
    assert "0.3333*, 0.5*" in str(thirds)
    assert "<td>0.3333*, 0.5*</td>" in thirds._repr_html_()
    assert repr(DILEMMA) == "NormalForm(players=('us', 'ru'), shape=(2, 2))"


def test_other_games_show_one_row_per_profile():
    game = NormalForm.from_arrays([1, 2])
    assert game.table().rows == (("strategy 1", "1"), ("strategy 2", "2*"))
    assert len(NormalForm.from_arrays(*np.zeros((3, 2, 2, 2))).table().rows) == 8


def test_integers_over_a_common_denominator_are_exact():
    game = NormalForm.from_arrays([["1/3", "1/4"]], [[10**30, "1e-3"]])
    for (array, denominator), payoffs in zip(game.scaled, game.payoffs, strict=True):
        assert [Fraction(int(v), denominator) for v in array.ravel()] == list(payoffs.ravel())


def test_a_title_is_kept_and_is_no_part_of_identity():
    titled = NormalForm(DILEMMA.players, DILEMMA.strategies, DILEMMA.payoffs, "Dilemma")
    assert titled == DILEMMA
    assert hash(titled) == hash(DILEMMA)
    derived = [
        titled.rescale("us", 2),
        titled.relabel({"us": "we"}),
        titled.restrict({"us": ["defect"]}),
        titled.permute("us", [1, 0]),
        titled.swap_players(),
        pickle.loads(pickle.dumps(titled)),
        copy.deepcopy(titled),
    ]
    assert [game.title for game in derived] == ["Dilemma"] * len(derived)
    assert str(titled).startswith("Dilemma: us chooses the row, ru the column")
    assert str(DILEMMA).startswith("Payoffs: us chooses")
    assert titled.to_nfg().startswith('NFG 1 R "Dilemma" {')
    assert titled.to_nfg(title="").startswith('NFG 1 R "" {')
    single = NormalForm.from_arrays([1], title="Alone")
    assert single.table().title == "Alone"
    table = {("x",): (1,)}
    assert NormalForm.from_table({"a": ("x",)}, table, title="One").title == "One"
    with pytest.raises(GameError, match="'3' is no title"):
        NormalForm.from_arrays([1], title=3)


def test_derived_games_check_what_they_are_given():
    with pytest.raises(GameError, match="repeated names: defect"):
        DILEMMA.restrict({"us": ["defect", "defect"]})
    with pytest.raises(GameError, match="no strategies"):
        DILEMMA.restrict({"us": []})
    for game in (DILEMMA.swap_players(), DILEMMA.restrict({"us": [0]}), DILEMMA.rescale(0, 2)):
        assert not any(array.flags.writeable for array in game.payoffs)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int8, np.uint64])
def test_arrays_of_numbers_are_read_entry_by_entry(kind):
    values = np.array([[3, 1, 3], [2, 1, 0]], dtype=kind)
    array = NormalForm.from_arrays(values, values / kind(2)).payoffs
    assert array[0].tolist() == [[3, 1, 3], [2, 1, 0]]
    assert array[1].tolist() == [[Fraction(v, 2) for v in row] for row in ((3, 1, 3), (2, 1, 0))]
    with pytest.raises(GameError, match="payoffs of player 1: nan is no finite number"):
        NormalForm.from_arrays(np.array([[np.nan, np.nan]]), [[1, 2]])


def test_the_matrix_in_latex():
    game = DILEMMA.relabel({"us": "R&D_1"})
    text = game.to_latex()
    assert r"R\&D\_1 & cooperate & defect \\" in text
    assert r"defect & 5*, 0 & 1*, 1* \\" in text
    assert r"\caption{Payoffs: R\&D\_1 chooses the row, ru the column}" in text


def test_too_many_players_or_profiles_make_no_room():
    with pytest.raises(GameError, match="40 players"):
        NormalForm.from_table({f"p{k}": ["only"] for k in range(40)}, {("only",) * 40: (0,) * 40})
    with pytest.raises(GameError, match="1 rows for 1,073,741,824 profiles"):
        NormalForm.from_table(
            {f"p{k}": ["yes", "no"] for k in range(30)}, {("yes",) * 30: (0,) * 30}
        )


def test_words_for_what_is_no_mixed_strategy():
    game = NormalForm.from_arrays([[1, 2]], [[1, 2]])
    assert game.words(1, (0.5, 0.5)) == "0.5 column 1 + 0.5 column 2"
    for wrong in (None, (1,), "ab"):
        with pytest.raises(GameError, match="no mixed strategy over 2 strategies"):
            game.words(1, wrong if wrong != "ab" else 3)
