"""The same games by this package and by its peers; where they differ, exact regret decides.

gambit (rational) and lrsnash are exact: their sets must be ours. nashpy and quantecon work in
floating point and promise less on degenerate games: whatever they find must be one of our
equilibria, or else have exact regret. What a peer loses or invents is kept as a game of its own
below. Completeness of our answer is judged by trying every basis in fractions.
"""

import json
import shutil
from fractions import Fraction

import numpy as np
import pytest
from lrsnash_answers import ANSWERS, GAMES, KINDS, benchmark, drawn, read
from strategies_games import extreme_by_bases

from negotiation.normal_form import NormalForm, equilibria, is_equilibrium, regrets
from negotiation.normal_form.batch import equilibria_batch

gambit = pytest.importorskip("pygambit")
nashpy = pytest.importorskip("nashpy")

GAMBIT_RANGE = 2**31  # beyond this range of payoffs gambit returns nothing
LRSNASH_TOP = 2**63  # beyond this lrsnash reads another payoff
CLOSE = 1e-6

# what nashpy says on the way, word for word
EVEN = (
    r"ignore:\nAn even number of \(\d+\) equilibria was returned. This\nindicates that the game is "
    r"degenerate. Consider using another algorithm\nto investigate.\n *$:RuntimeWarning"
)
DIVIDE = "ignore:divide by zero encountered in divide$:RuntimeWarning"
INVALID = "ignore:invalid value encountered in divide$:RuntimeWarning"


def over(payoffs, denominator=1):
    """Return the game of integer payoffs over a denominator, exactly."""
    exact = np.vectorize(lambda v: Fraction(int(v), denominator), otypes=[object])
    return NormalForm.from_arrays(*(exact(array) for array in payoffs))


def ours(game):
    profiles = [profile.strategies for profile in equilibria(game).profiles]
    assert len(set(profiles)) == len(profiles)
    return set(profiles)


def by_gambit(game):
    one, two = (np.vectorize(gambit.Rational)(payoffs) for payoffs in game.payoffs)
    peer = gambit.Game.from_arrays(one, two)
    return {
        tuple(
            tuple(Fraction(str(profile[strategy])) for strategy in player.strategies)
            for player in peer.players
        )
        for profile in gambit.nash.enummixed_solve(peer, rational=True).equilibria
    }


def by_nashpy(game, method):
    """Return what nashpy finds, or the error that it ends with."""
    peer = nashpy.Game(*(array.astype(float) for array in game.payoffs))
    try:
        return list(getattr(peer, method)())
    except Exception as error:  # noqa: BLE001  whatever a peer raises is its answer
        return error


def by_quantecon(game, method):
    from quantecon import game_theory  # noqa: PLC0415  slow to import: heavy tests only

    one, two = (array.astype(float) for array in game.payoffs)
    players = [game_theory.Player(np.ascontiguousarray(side)) for side in (one, two.T)]
    try:
        return list(getattr(game_theory, method)(game_theory.NormalFormGame(players)))
    except ValueError as error:
        return error


def flat(profile):
    return np.array([float(v) for strategy in profile for v in strategy])


def judged(game, answers, expected):
    """Return how many of our equilibria a peer loses and how many profiles it invents.

    Every profile of the peer must be near an equilibrium of ours or have exact regret.
    """
    points = np.array([flat(profile) for profile in expected])
    scale = max(1, *(abs(array).max() for array in game.payoffs))
    noise = scale / 10**12 if scale < 10**12 else 0  # a regret that rounding may make
    invented = 0
    for answer in answers:
        if not (abs(points - flat(answer)).max(axis=1) <= CLOSE).any():
            near = [
                [max(Fraction(0), Fraction(float(v)).limit_denominator(10**9)) for v in own]
                for own in answer
            ]
            assert all(sum(own) > 0 for own in near)
            mixed = [tuple(v / sum(own) for v in own) for own in near]
            assert max(regrets(game, mixed)) > noise, "an equilibrium that we lose"
            invented += 1
    found = np.array([flat(answer) for answer in answers]).reshape(len(answers), points.shape[1])
    lost = sum(not (abs(found - point).max(axis=1) <= CLOSE).any() for point in points)
    return lost, invented


def compared(number, seed, high=4):
    """Compare with gambit, and the integer games with the batch; return the games."""
    games, shapes = [], {}
    for kind, payoffs, denominator in drawn(seed, number, high):
        game = over(payoffs, denominator)
        expected = ours(game)
        games.append((kind, game, expected))
        shapes.setdefault(payoffs.shape, []).append((payoffs, denominator, expected))
        spread = max(int(array.max() - array.min()) for array in payoffs)
        theirs = by_gambit(game)
        assert theirs == (expected if spread < GAMBIT_RANGE else set()), payoffs.tolist()
        if spread >= GAMBIT_RANGE:
            assert expected == extreme_by_bases(game), payoffs.tolist()
    for cases in shapes.values():
        found = equilibria_batch(np.array([payoffs for payoffs, _, _ in cases]))
        for k, (payoffs, _, expected) in enumerate(cases):
            assert {p.strategies for p in found.equilibria(k)} == expected, payoffs.tolist()
    return games


# -- hundreds of games in every run ----------------------------------------------------------


def test_gambit_and_the_batch_agree_on_every_game():
    games = compared(400, seed=1)
    assert {kind for kind, _, _ in games} == set(KINDS)


def test_lrsnash_has_answered_these_games():
    cases = json.loads(ANSWERS.read_text())
    assert len(cases) == GAMES
    assert {case["kind"] for case in cases} == set(KINDS)
    for case in cases:
        theirs = [(read(x), read(y)) for x, y in case["equilibria"]]
        game = NormalForm.from_arrays(*case["payoffs"])
        assert ours(game) == set(theirs), case
        assert all(is_equilibrium(game, profile) for profile in theirs)


@pytest.mark.filterwarnings(EVEN, DIVIDE, INVALID)
def test_nothing_that_nashpy_finds_is_lost():
    for _, payoffs, denominator in drawn(seed=2, number=120, high=3):
        game = over(payoffs, denominator)
        expected = ours(game)
        for method in ("support_enumeration", "vertex_enumeration"):
            answers = by_nashpy(game, method)
            if not isinstance(answers, Exception):
                judged(game, answers, expected)


def test_what_lrsnash_prints_is_read_to_the_end():
    # 3 equilibria in two blocks: every strategy of player 2 goes with the one that follows
    text = (
        "*lrsnash:lrslib v.7.1 2021.6.2(64bit,lrsgmp.h,hybrid arithmetic) gmp v.6.2\n"
        "2  1  0  0 \n2  1/3  2/3  0 \n1  1  0  -1/2 \n\n2  0  1  -7 \n1  1/4  3/4  1/2 \n\n"
        "*Number of equilibria found: 3\n*Player 1: vertices=2 bases=2 pivots=4\n"
        "*Player 2: vertices=3 bases=5 pivots=9\n\n*0.001u 0.000s 2216Kb 0 flts 0 swaps\n"
    )
    third, quarter = Fraction(1, 3), Fraction(1, 4)
    assert list(benchmark().parsed(text)) == [
        ((1, 0), (1, 0)),
        ((1, 0), (third, 2 * third)),
        ((quarter, 3 * quarter), (0, 1)),
    ]


# -- thousands -------------------------------------------------------------------------------


@pytest.mark.heavy
def test_gambit_on_thousands_of_games():
    compared(4_000, seed=3, high=5)


@pytest.mark.heavy
@pytest.mark.filterwarnings(EVEN, DIVIDE, INVALID)
def test_nashpy_on_thousands_of_games():
    lost = 0
    for _, payoffs, denominator in drawn(seed=4, number=2_000):
        game = over(payoffs, denominator)
        answers = by_nashpy(game, "support_enumeration")
        lost += judged(game, answers, ours(game))[0] > 0
    assert lost > 100


@pytest.mark.heavy
def test_quantecon_on_thousands_of_games():
    pytest.importorskip("quantecon")
    for _, payoffs, denominator in drawn(seed=5, number=3_000):
        game = over(payoffs, denominator)
        expected = ours(game)
        for method in ("support_enumeration", "vertex_enumeration"):
            answers = by_quantecon(game, method)
            if not isinstance(answers, Exception):
                judged(game, answers, expected)


@pytest.mark.heavy
def test_lrsnash_itself_on_thousands_of_games(capsys):
    if shutil.which("lrsnash") is None:
        with capsys.disabled():
            print("\nlrsnash is not installed: compared with its kept answers only")  # noqa: T201
        return
    prepare, solve = benchmark().lrsnash_tool()
    for _, payoffs, denominator in drawn(seed=6, number=3_000, high=6):
        found = list(solve(prepare(*payoffs)))
        assert len(set(found)) == len(found)
        assert set(found) == ours(over(payoffs, denominator)), payoffs.tolist()
    # payoffs beyond 64 bits are read as 2^63 - 1, and the two rows become equal
    clamped = [[[10**20], [10**21]], [[0], [0]]]
    found = set(solve(prepare(*(np.array(array, dtype=object) for array in clamped))))
    assert found - ours(over(np.array(clamped, dtype=object))) == {((1, 0), (1,))}


# -- games that a peer gets wrong ------------------------------------------------------------

# payoffs of both, and how many extreme equilibria there are
KEPT = {
    "an ordinary 2 by 3 game, nothing tied": (
        [[[70, 18, 81], [82, 59, 54]], [[59, 68, 87], [62, 83, 32]]],
        3,
    ),
    "an ordinary 3 by 3 game, nothing tied": (
        [
            [[23, 76, 98], [68, 18, 56], [46, 66, 83]],
            [[87, 80, 68], [45, 54, 17], [56, 51, 66]],
        ],
        3,
    ),
    "one tie": ([[[4, -3], [1, -3]], [[-3, 5], [5, -1]]], 2),
    "an empty cell and a weakly dominated row": ([[[1, 1], [1, 0]], [[0, 0], [0, 2]]], 2),
    "the columns do not matter to player 2": ([[[-2, 1], [2, -4]], [[1, 1], [1, 1]]], 4),
    "nothing matters": ([[[0, 0], [0, 0]], [[0, 0], [0, 0]]], 4),
    "one row": ([[[1, 2, 3]], [[5, 5, 4]]], 2),
    "a tie of three": ([[[-1, 4, -2], [-2, 1, -2]], [[1, -1, 0], [-4, -3, 4]]], 3),
    "payoffs about a million": (
        [
            [
                [-764221, 379529, -6269, -491083],
                [486450, -668662, -374976, -946010],
                [-509184, 380040, -101993, -137610],
            ],
            [
                [116398, -117477, -4985, 488966],
                [818034, 630508, 264131, -68589],
                [617745, 929611, 162088, 636622],
            ],
        ],
        3,
    ),
    "differences of one in 10^15": (
        [
            [[10**15, 1], [10**15 + 1, -(10**15)]],
            [[10**15 + 1, 10**15], [1, -(10**15) + 1]],
        ],
        1,
    ),
    "a range of 2^31": ([[[2**31, 0], [0, 1]], [[1, 0], [0, 1]]], 3),
    "payoffs of 10^20 and 10^21": ([[[10**20], [10**21]], [[0], [0]]], 1),
}


@pytest.mark.parametrize("name", KEPT)
def test_we_find_all_of_them(name):
    payoffs, count = KEPT[name]
    game = NormalForm.from_arrays(*payoffs)
    assert ours(game) == extreme_by_bases(game)
    assert len(ours(game)) == count
    batch = equilibria_batch(np.array([payoffs], dtype=object))
    assert {profile.strategies for profile in batch.equilibria(0)} == ours(game)


def kept(name, answers):
    game = NormalForm.from_arrays(*KEPT[name][0])
    return judged(game, answers(game), ours(game))


@pytest.mark.parametrize(
    ("name", "lost", "invented"),
    [
        ("an ordinary 2 by 3 game, nothing tied", 1, 0),
        ("an ordinary 3 by 3 game, nothing tied", 1, 0),
        ("one tie", 1, 0),
        ("the columns do not matter to player 2", 2, 0),
    ],
)
@pytest.mark.filterwarnings(EVEN)
def test_nashpy_support_enumeration_loses_equilibria(name, lost, invented):
    answers = kept(name, lambda game: by_nashpy(game, "support_enumeration"))
    assert answers == (lost, invented)


@pytest.mark.parametrize(
    ("name", "lost", "invented"),
    [
        ("one tie", 2, 0),
        ("an empty cell and a weakly dominated row", 2, 0),
        ("payoffs about a million", 0, 2),
    ],
)
@pytest.mark.filterwarnings(DIVIDE, INVALID)
def test_nashpy_vertex_enumeration_loses_and_invents(name, lost, invented):
    answers = kept(name, lambda game: by_nashpy(game, "vertex_enumeration"))
    assert answers == (lost, invented)


def test_nashpy_vertex_enumeration_breaks_on_one_row():
    game = NormalForm.from_arrays(*KEPT["one row"][0])
    error = by_nashpy(game, "vertex_enumeration")
    assert isinstance(error, Exception)
    assert "dimension 1 must be > 1" in str(error)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("method", "name", "lost", "invented"),
    [
        ("support_enumeration", "the columns do not matter to player 2", 2, 0),
        ("support_enumeration", "a tie of three", 1, 0),
        ("vertex_enumeration", "one tie", 1, 0),
        ("vertex_enumeration", "nothing matters", 3, 0),
        ("vertex_enumeration", "differences of one in 10^15", 1, 1),
    ],
)
def test_quantecon_loses_and_invents(method, name, lost, invented):
    pytest.importorskip("quantecon")
    assert kept(name, lambda game: by_quantecon(game, method)) == (lost, invented)


def test_gambit_returns_nothing_beyond_31_bits():
    payoffs, count = KEPT["a range of 2^31"]
    assert by_gambit(NormalForm.from_arrays(*payoffs)) == set()
    payoffs = [[[2**30, 0], [0, 1]], payoffs[1]]
    game = NormalForm.from_arrays(*payoffs)
    assert by_gambit(game) == ours(game)
    assert len(ours(game)) == count
