"""Many games at once: the answers are those of the exact solver, game by game."""

import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import dual_cyclic, extreme_by_bases

from negotiation.errors import GameError, TooLargeError, UnknownNameError
from negotiation.normal_form import NormalForm, all_equilibria, equilibria, is_equilibrium
from negotiation.normal_form import batch as batch_module
from negotiation.normal_form.batch import equilibria_batch
from negotiation.normal_form.batch_kernels import (
    DOUBLES,
    UNSOLVED,
    _leading,
    _quotient,
    error_factors,
    half_range,
    solve_games,
)
from negotiation.normal_form.bordered_minors import program, vertex_pairs

pytest.importorskip("numba")

SHAPES = [(1, 1), (1, 4), (4, 1), (2, 2), (2, 3), (3, 2), (3, 3), (2, 5), (4, 3), (4, 4)]


@pytest.fixture(autouse=True, scope="module")
def kernel():
    """Load the kernel, which few games would not."""
    equilibria_batch(np.zeros((batch_module.FEW, 2, 2, 2), dtype=int))


def as_fractions(payoffs):
    exact = np.empty(payoffs.shape, dtype=object)
    exact.ravel()[:] = [Fraction(v) for v in payoffs.ravel().tolist()]
    return NormalForm.from_arrays(*exact)


def nearest(value):
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def assert_equals_exact(games, found):
    assert found.offsets.tolist() == [0, *np.cumsum(found.counts).tolist()]
    for k, payoffs in enumerate(games):
        expected = equilibria(as_fractions(np.asarray(payoffs))).profiles
        assert found.equilibria(k) == expected, found.games[k].tolist()
        assert found.counts[k] == len(expected)
        span = slice(found.offsets[k], found.offsets[k + 1])
        for p in (0, 1):
            exact = [[float(v) for v in profile.strategies[p]] for profile in expected]
            assert found.strategies[p][span].tolist() == exact, found.games[k].tolist()
        values = [[nearest(v) for v in profile.payoffs] for profile in expected]
        assert found.payoffs[span].tolist() == values, found.games[k].tolist()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("high", [1, 2, 9, 1000])
def test_equal_to_the_exact_solver(shape, high):
    rng = np.random.default_rng([*shape, high])
    games = rng.integers(-high // 2, high // 2 + 1, size=(30 if max(shape) > 3 else 60, 2, *shape))
    found = equilibria_batch(games)
    assert found.compiled
    assert found.exact_games == 0
    assert_equals_exact(games, found)


@given(data=st.data(), shape=st.sampled_from(SHAPES))
@settings(max_examples=40)
def test_games_built_to_be_degenerate(data, shape):
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    games = rng.integers(0, data.draw(st.integers(2, 4)), size=(6, 2, *shape))
    games[1, :, -1] = games[1, :, 0]
    games[2, :, :, -1] = games[2, :, :, 0]
    games[3, 0] = 1
    games[4, :, 1:, 1:] = 0
    games[5] = 0
    found = equilibria_batch(games)
    assert found.exact_games == 0
    assert_equals_exact(games, found)


def test_against_vertices_by_bases():
    games = np.random.default_rng(5).integers(0, 3, size=(25, 2, 3, 3))
    found = equilibria_batch(games)
    for k in range(len(games)):
        game = found.game(k)
        profiles = found.equilibria(k)
        assert {profile.strategies for profile in profiles} == extreme_by_bases(game)
        assert all(is_equilibrium(game, profile.strategies) for profile in profiles)


def test_six_by_six():
    rng = np.random.default_rng(6)
    games = np.concatenate(
        [rng.integers(0, high, size=(6, 2, 6, 6)) for high in (3, 50)]
        + [np.array([[array.astype(int) for array in dual_cyclic().payoffs]])]
    )
    found = equilibria_batch(games)
    assert found.counts[-1] == 75
    assert found.exact_games == 0
    assert_equals_exact(games, found)


def test_closed_families():
    games = np.zeros((2, 2, 4, 4), dtype=int)
    games[0] = np.eye(4, dtype=int)
    assert equilibria_batch(games).counts.tolist() == [2**4 - 1, 4**2]


def test_same_supports_are_ordered_by_their_probabilities():
    # the column player does not care: many vertices of the rows with the same support
    games = np.array([[[[0, 0, 0], [0, 0, 0]], [[0, 3, 4], [5, 4, 3]]]])
    games = np.concatenate([games, games[:, :, ::-1]])
    found = equilibria_batch(games)
    mixed = [p.strategies[0] for p in found.equilibria(0) if len(p.supports[0]) == 2]
    assert len(set(mixed)) > 1
    assert_equals_exact(games, found)


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (3, 4)])
def test_payoffs_at_the_bounds_of_exact_doubles(shape):
    rng = np.random.default_rng(shape)
    half = min(half_range(*own) for own in (shape, shape[::-1]))
    tight = rng.integers(-half, half + 1, size=(20, 2, *shape))
    tight[:, :, 0, 0], tight[:, :, -1, -1] = -half, half
    extreme = half * rng.choice([-1, 1], size=(20, 2, *shape))
    wide = tight.astype(object) * 4 + rng.integers(0, 2, size=tight.shape)
    for games in (tight, extreme, tight // 2 * 2 + 1, wide):
        found = equilibria_batch(games)
        assert found.exact_games == 0
        assert_equals_exact(games, found)


def test_common_factors_and_shifts_change_no_count():
    games = np.random.default_rng(7).integers(0, 20, size=(40, 2, 3, 3))
    found = equilibria_batch(games)
    for changed in (games + 10**12, games * 10**9, games * 10**15 - 10**17, games.astype(float)):
        other = equilibria_batch(changed)
        assert other.exact_games == 0
        assert np.array_equal(other.counts, found.counts)
        assert np.array_equal(other.strategies[0], found.strategies[0])
    huge = equilibria_batch(games[:5].astype(object) * 10**400)
    assert huge.exact_games == 5
    assert huge.equilibria(0)[0].payoffs == tuple(
        v * 10**400 for v in found.equilibria(0)[0].payoffs
    )
    assert not np.isnan(huge.payoffs).any()


def test_floats_mean_the_doubles_they_are():
    rng = np.random.default_rng(8)
    small = rng.integers(-40, 40, size=(30, 2, 3, 3)) / 8
    assert equilibria_batch(small).exact_games == 0
    uneven = np.concatenate(
        [
            rng.random((10, 2, 2, 2)),
            rng.random((5, 2, 2, 2)) * 1e300,
            rng.integers(0, 3, size=(10, 2, 2, 2)) * 5e-324,
            np.full((1, 2, 2, 2), 0.1),
            np.array([[[[1e308, -1e308], [0.1, 1e-308]], [[0, 0.1], [0.3, 0.2]]]]),
        ]
    )
    three = rng.random((6, 2, 3, 3))
    for games in (small, uneven, three):
        assert_equals_exact(games, equilibria_batch(games))
    # results that may be subnormal numbers are left to the exact solver
    assert sorted(equilibria_batch(uneven).solved_exactly) == [*range(15, 25), 26]
    assert equilibria_batch(three).exact_games == 0
    tenth = equilibria_batch([[[[0.1]], [[0.5]]]]).equilibria(0)[0].payoffs
    assert tenth == (Fraction(0.1), Fraction(1, 2))
    single = equilibria_batch(np.full((1, 2, 1, 1), 0.1, dtype=np.float32))
    assert single.equilibria(0)[0].payoffs[0] == Fraction(float(np.float32(0.1)))


def test_mixed_batches_put_every_game_in_its_place():
    rng = np.random.default_rng(9)
    games = rng.integers(0, 3, size=(60, 2, 3, 3)).astype(object)
    for k in range(0, 60, 3):  # every third beyond doubles, every ninth beyond 256 bits
        spread = 10**6 if k % 9 else 10**90
        games[k] = rng.integers(0, 900, size=(2, 3, 3)).astype(object) * spread + games[k]
    found = equilibria_batch(games)
    assert sorted(found.solved_exactly) == list(range(0, 60, 9))
    assert_equals_exact(games, found)
    for options in ({"chunk": 1}, {"chunk": 7, "threads": 3}, {"chunk": 64}):
        other = equilibria_batch(games, **options)
        assert np.array_equal(other.counts, found.counts)
        assert np.array_equal(other.strategies[1], found.strategies[1])
        assert np.array_equal(other.strategies[1], found.strategies[1])
        assert np.array_equal(other.payoffs, found.payoffs)
        assert other.solved_exactly == found.solved_exactly


def test_rows_run_out_and_the_kernel_goes_on():
    games = np.random.default_rng(10).integers(0, 2, size=(90, 2, 3, 3))
    plan = program(3, 3)
    nothing = np.empty(0)
    source = (
        DOUBLES, nothing.astype(np.int64), games.astype(float).ravel(),
        np.empty((0, 0), np.uint64), nothing.astype(bool), np.empty((0, 0), np.uint64),
    )  # fmt: skip
    for array in source[1:]:
        array.setflags(write=False)
    limits = np.array([2 * half_range(3, 3)] * 2, dtype=np.uint64)
    factors = (np.array(error_factors(2, rounded=False)),) * 2
    sides = [tuple(side) for side in plan.sides]
    counts, small = np.full(90, UNSOLVED), False
    done, need, pieces = 0, 1, []
    while done < 90:
        rows = [np.empty((need, width)) for width in (3, 3, 2)]
        bases = np.empty((need, 2), dtype=np.int32)
        done, used, need = solve_games(
            source, source[2], np.arange(90), done, small, limits, factors,
            np.empty((0, 0), dtype=np.int8), (3, 3), plan.size, *sides, counts, *rows, bases,
        )  # fmt: skip
        pieces.append((rows[0][:used], bases[:used]))
    assert len(pieces) > 2
    found = equilibria_batch(games)
    assert np.array_equal(counts, found.counts)
    for place, own in enumerate((found.strategies[0], found.bases)):
        assert np.array_equal(np.concatenate([piece[place] for piece in pieces]), own)


# payoffs that lie next to ties, or next to the ends of what machine numbers hold
NEAR_TIES = {
    "sevenths": lambda rng, shape: rng.integers(0, 3, size=shape) / 7,
    "tenths": lambda rng, shape: rng.choice([0.1, 0.2, 0.3, 0.1 + 0.2], size=shape),
    "one unit in the last place": lambda rng, shape: 1 + rng.integers(-1, 3, size=shape) * 2.0**-52,
    "neighbours of a sixth": lambda rng, shape: np.nextafter(
        rng.integers(1, 4, size=shape) / 6, rng.choice([0.0, 1.0], size=shape)
    ),
    "one decimal": lambda rng, shape: np.round(rng.random(shape), 1),
    "three decimals": lambda rng, shape: np.round(rng.random(shape), 3),
    "doubles": lambda rng, shape: rng.random(shape),
    "many scales": lambda rng, shape: np.exp(5 * rng.standard_normal(shape)),
    "far apart": lambda rng, shape: rng.random(shape) * 2.0 ** rng.integers(-90, 90, size=shape),
    "tiny": lambda rng, shape: rng.choice([0.1, 0.1, 5.0, -1e-17, 0.0], size=shape),
    "subnormal": lambda rng, shape: rng.integers(0, 3, size=shape) * 5e-324,
    "huge": lambda rng, shape: rng.integers(0, 3, size=shape) * 0.8e308,
    "near 2^51": lambda rng, shape: 2**51 - rng.integers(0, 3, size=shape),
    "near 2^53": lambda rng, shape: 2**53 + rng.integers(-2, 3, size=shape),
    "ends of 64 bits": lambda rng, shape: rng.choice([-(2**63), 2**63 - 1], size=shape),
    "all of 64 bits": lambda rng, shape: rng.integers(-(2**63), 2**63 - 1, size=shape),
    "ties beyond doubles": lambda rng, shape: (
        rng.integers(0, 3, size=shape) * 2**40 + rng.integers(0, 2, size=shape)
    ),
    "beyond 64 bits": lambda rng, shape: (
        rng.integers(0, 4, size=shape).astype(object) * 10**20 + rng.integers(0, 2, size=shape)
    ),
    "beyond 256 bits": lambda rng, shape: rng.integers(0, 4, size=shape).astype(object) * 10**90,
    "fractions": lambda rng, shape: np.vectorize(
        lambda v: Fraction(int(v), int(v) + 3), otypes=[object]
    )(rng.integers(0, 9, size=shape)),
}


def near_ties(kind, rng, shape, number):
    games = NEAR_TIES[kind](rng, (number, 2, *shape))
    games[1::5, :, :, -1] = games[1::5, :, :, 0]
    games[2::5, 0] = games[2::5, 0, :1, :1]
    if games.dtype == float:
        games[3::5, 1] = -games[3::5, 0]
    if games.dtype == float and shape[0] == shape[1]:
        games[3::5, 0] = games[3::5, 0] / 4 - games[3::5, 0].transpose(0, 2, 1) / 4
        games[3::5, 1] = -games[3::5, 0]
    return games


@pytest.mark.parametrize("kind", NEAR_TIES)
def test_near_ties_and_rounding(kind):
    for shape in ((2, 2), (2, 3), (3, 3), (4, 3)):
        games = near_ties(kind, np.random.default_rng([*shape, len(kind)]), shape, 10)
        assert_equals_exact(games, equilibria_batch(games))


@pytest.mark.heavy
@pytest.mark.parametrize("kind", NEAR_TIES)
@pytest.mark.parametrize("seed", range(5))
def test_near_ties_of_many_shapes(kind, seed):
    for shape in [*SHAPES, (3, 5), (5, 5)]:
        games = near_ties(kind, np.random.default_rng([*shape, len(kind), seed]), shape, 40)
        assert_equals_exact(games, equilibria_batch(games))


def test_error_factors_bound_the_error_of_minors():
    rng = np.random.default_rng(13)
    for rows in (2, 3, 4):
        bound = error_factors(rows, rounded=False)[rows]
        for _ in range(40):
            payoffs = rng.choice([-1.0, 1.0], size=(rows, rows + 1)) * (1 - rng.random() / 2**20)
            payoffs += rng.random((rows, rows + 1)) * 2.0**-21 * (payoffs < 0)

            def minor(own, columns, number):
                if not own:
                    return number(1)
                value = number(0)
                for k, t in enumerate(columns):
                    rest = minor(own[:-1], columns[:k] + columns[k + 1 :], number)
                    value = number(own[-1][t]) * rest - value
                return value

            own, columns = payoffs.tolist(), tuple(range(rows + 1))
            error = abs(Fraction(minor(own, columns, float)) - minor(own, columns, Fraction))
            assert error <= bound * abs(payoffs).max() ** rows


def test_quotients_are_the_nearest_doubles():
    rng = np.random.default_rng(14)
    spare = np.zeros((8, 24), dtype=np.uint64)

    def words(value):
        return np.frombuffer(value.to_bytes(48, "little"), dtype="<u4").astype(np.uint64)

    for k in range(600):
        below = 1 + int.from_bytes(rng.bytes(1 + k % 15), "little")
        half_way = 2 * int(rng.integers(2**52, 2**53)) + 1
        above = [
            int.from_bytes(rng.bytes(1 + k % 20), "little"),
            half_way * below,
            half_way * below + int(rng.choice([-1, 1])),
            int(rng.integers(2**53)) * below,
        ][k % 4] << int(rng.integers(90))
        found = _quotient(words(above), 12, words(below), 12, _leading(words(below), 12), 0, spare)
        assert found == float(Fraction(above, below))


def test_lists_of_mixed_numbers_are_exact():
    one, two = [[2**63, -1], [2**63 + 1, 0]], [[1, 0], [0, 1]]
    for payoffs in (
        [[one, two]],
        [[one, np.array(two, dtype=np.uint64)]],
        [[one, [[1.0, 0], [0, Decimal(1)]]]],
        [[[[Fraction(v) for v in row] for row in one], two]],
        np.array([[one, two]], dtype=object),
    ):
        found = equilibria_batch(payoffs)
        assert found.counts.tolist() == [1]
        assert found.equilibria(0) == equilibria(NormalForm.from_arrays(one, two)).profiles
    # numpy would make doubles of all, in which the first two are the same
    large = equilibria_batch([[[[2**53 + 1, 2**53]], [[0.5, 0.25]]]])
    assert large.equilibria(0)[0].payoffs == (2**53 + 1, Fraction(1, 2))
    tenths = equilibria_batch([[[[Decimal("0.1"), 0.1]], [[Fraction(1, 3), np.float32(0.1)]]]])
    assert tenths.game(0).payoffs[0].tolist() == [[Fraction(1, 10), Fraction(0.1)]]
    assert tenths.game(0).payoffs[1].tolist() == [
        [Fraction(1, 3), Fraction(float(np.float32(0.1)))]
    ]


@given(data=st.data(), shape=st.sampled_from(SHAPES[:7]))
@settings(max_examples=40)
def test_one_game_and_many_are_read_alike(data, shape):
    numbers = st.one_of(
        st.integers(-(2**70), 2**70),
        st.fractions(max_denominator=10**6),
        st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-9, max_value=9),
    )
    drawn = data.draw(st.lists(numbers, min_size=1, max_size=4))
    places = data.draw(st.randoms(use_true_random=False))
    A, B = (
        [[places.choice(drawn) for _ in range(shape[1])] for _ in range(shape[0])] for _ in (0, 1)
    )
    found = equilibria_batch([[A, B]])
    assert found.equilibria(0) == equilibria(NormalForm.from_arrays(A, B)).profiles


def test_payoffs_are_the_exact_ones_rounded():
    # expected payoffs lost digits when they were added up in doubles
    half = [[[2**51, 2**51 + 1], [2**51 + 1, 2**51]], [[0, 1], [1, 0]]]
    assert 2**51 + 0.5 in equilibria_batch([half]).payoffs[:, 0]
    rng = np.random.default_rng(15)
    A = rng.random((40, 3, 3))
    A -= A.transpose(0, 2, 1)
    found = equilibria_batch(np.stack([A, -A], axis=1))
    assert not found.payoffs.any()


def test_few_games_do_not_load_the_kernel():
    code = (
        "import sys; import numpy as np; from negotiation.normal_form.batch import *\n"
        "found = equilibria_batch(np.arange(80).reshape(10, 2, 2, 2))\n"
        "assert not found.compiled and found.exact_games == 10 and 'few games' in str(found)\n"
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (2, 2), (3, 2), (3, 3), (2, 5), (4, 4)])
def test_pairs_of_vertices_are_those_of_both_polyhedra(shape):
    rng = np.random.default_rng(shape)
    for high in (1, 2, 9, 10**20):
        for _ in range(8):
            A, B = rng.integers(0, min(high, 9) + 1, size=(2, *shape)).astype(object) * high
            game = NormalForm.from_arrays(A, B)
            sides, pairs = all_equilibria._of_polyhedra(game, None)
            expected = {(sides[0][i], sides[1][j]) for i, j in pairs}
            sides, pairs = all_equilibria._of_small_game(game)
            assert {(sides[0][i], sides[1][j]) for i, j in pairs} == expected
            _, _, pairs = vertex_pairs(A.ravel().tolist(), B.ravel().tolist(), shape)
            assert len(pairs) == len(set(pairs)) == len(expected)


def test_without_numba_everything_is_solved_exactly(monkeypatch):
    games = np.random.default_rng(11).integers(0, 3, size=(20, 2, 2, 3))
    fast = equilibria_batch(games)
    monkeypatch.setattr(batch_module.importlib.util, "find_spec", lambda _: None)
    slow = equilibria_batch(games, chunk=6)
    assert not slow.compiled
    assert slow.exact_games == 20
    assert "numba is not installed" in str(slow)
    assert_equals_exact(games, slow)
    assert np.array_equal(slow.counts, fast.counts)


def test_no_numba_for_single_games():
    code = (
        "import sys; import negotiation.normal_form as nf; import negotiation.normal_form.batch;"
        "nf.equilibria(nf.NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]]));"
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_progress_and_empty_batches():
    calls = []
    games = np.zeros((10, 2, 2, 2), dtype=int)
    equilibria_batch(games, chunk=4, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(4, 10), (8, 10), (10, 10)]
    nothing = equilibria_batch(games[:0])
    assert len(nothing) == 0
    assert nothing.counts.shape == (0,)
    assert nothing.data()["equilibria"] == 0


def test_results_are_read_only_and_speak():
    games = np.array([[[[2, 0], [0, 1]], [[1, 0], [0, 2]]]] * 3)
    found = equilibria_batch(games)
    games[:] = 0
    assert found.equilibria(1)[0].payoffs == (2, 1)
    for array in (found.counts, found.games, found.payoffs, *found.strategies):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    assert found.data()["games_by_count"] == {3: 3}
    assert "0 of 3 games went to the exact solver" in str(found)
    assert pickle.loads(pickle.dumps(found)).equilibria(2) == found.equilibria(2)
    for k in (3, -1, True, "x"):
        with pytest.raises(UnknownNameError, match="no game"):
            found.equilibria(k)


@pytest.mark.parametrize(
    ("payoffs", "message"),
    [
        ([[1, 2], [3, 4]], "not .N, 2, m, n."),
        (np.zeros((4, 3, 2, 2)), "not .N, 2, m, n."),
        (np.zeros((4, 2, 0, 2)), "not .N, 2, m, n."),
        ([[[[1, 2], [3]], [[1, 2], [3, 4]]]], "not .N, 2, m, n."),
        ("games", "not .N, 2, m, n."),
        (None, "not .N, 2, m, n."),
        ([[[[1.0, float("nan")]], [[0, 1]]]], "nan at .0, 0, 0, 1. is no finite number"),
        ([[[[1.0, 0]], [[0, float("inf")]]]], "inf at .0, 1, 0, 1. is no finite number"),
        ([[[[1j]], [[0]]]], "neither integers nor doubles"),
        ([[[["a"]], [["b"]]]], "neither integers nor doubles"),
        ([[[[True]], [[False]]]], "neither integers nor doubles"),
        ([[[[Fraction(1, 2)]], [["1/2"]]]], "neither integers nor doubles"),
        ([[[[Fraction(1, 2)]], [[float("nan")]]]], "nan at .0, 1, 0, 0. is no finite number"),
        ([[[[Decimal("NaN")]], [[0]]]], "no finite number"),
        ([[[[2**70]], [[np.longdouble(1)]]]], "neither integers nor doubles"),
        ([[[[2**70]], [[True]]]], "neither integers nor doubles"),
        (np.zeros((1, 2, 1, 1), dtype=np.longdouble), "neither integers nor doubles"),
    ],
)
def test_bad_payoffs(payoffs, message):
    with pytest.raises(GameError, match=message):
        equilibria_batch(payoffs)


@pytest.mark.parametrize("options", [{"threads": 0}, {"chunk": -1}, {"chunk": 1.5}])
def test_bad_options(options):
    with pytest.raises(GameError, match="no positive integer"):
        equilibria_batch(np.zeros((1, 2, 2, 2)), **options)


def test_large_games_go_to_the_exact_solver_or_are_refused():
    long = np.random.default_rng(12).integers(0, 9, size=(2, 2, 1, 300))
    found = equilibria_batch(long)
    assert found.exact_games == 2
    assert_equals_exact(long, found)
    with pytest.raises(TooLargeError):
        equilibria_batch(np.zeros((1, 2, 40, 40)))
