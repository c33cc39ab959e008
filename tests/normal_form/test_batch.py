"""Many games at once: the answers are those of the exact solver, game by game."""

import pickle
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import dual_cyclic, extreme_by_bases

from negotiation.errors import GameError, TooLargeError, UnknownNameError
from negotiation.normal_form import NormalForm, equilibria, is_equilibrium
from negotiation.normal_form import batch as batch_module
from negotiation.normal_form.batch import equilibria_batch
from negotiation.normal_form.batch_kernels import UNSOLVED, half_range, program, solve_games

pytest.importorskip("numba")

SHAPES = [(1, 1), (1, 4), (4, 1), (2, 2), (2, 3), (3, 2), (3, 3), (2, 5), (4, 3), (4, 4)]


def as_fractions(payoffs):
    exact = np.empty(payoffs.shape, dtype=object)
    exact.ravel()[:] = [Fraction(v) for v in payoffs.ravel().tolist()]
    return NormalForm.from_arrays(*exact)


def assert_equals_exact(games, found):
    games = np.asarray(games)
    assert found.offsets.tolist() == [0, *np.cumsum(found.counts).tolist()]
    for k, payoffs in enumerate(games):
        expected = equilibria(as_fractions(payoffs)).profiles
        assert found.equilibria(k) == expected, payoffs.tolist()
        assert found.counts[k] == len(expected)
        span = slice(found.offsets[k], found.offsets[k + 1])
        for p in (0, 1):
            exact = [[float(v) for v in profile.strategies[p]] for profile in expected]
            assert np.allclose(found.strategies[p][span], exact, rtol=1e-14, atol=0)
        values = [[float(v) for v in profile.payoffs] for profile in expected]
        rounding = 1e-14 * float(abs(payoffs).max()) + 5e-324
        assert np.allclose(found.payoffs[span], values, rtol=0, atol=rounding)


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
    assert found.exact_games == 1  # its payoffs are too large for machine arithmetic
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
def test_payoffs_at_the_bounds_of_each_arithmetic(shape):
    sides = [shape, shape[::-1]]
    rng = np.random.default_rng(shape)
    for top, beyond in ((2**53, False), (2**62, True)):
        half = min(half_range(*own, top) for own in sides)
        tight = rng.integers(-half, half + 1, size=(20, 2, *shape))
        tight[:, :, 0, 0], tight[:, :, -1, -1] = -half, half
        extreme = half * rng.choice([-1, 1], size=(20, 2, *shape))
        games = np.concatenate([tight, extreme, tight // 2 * 2 + 1])
        found = equilibria_batch(games)
        assert found.exact_games == 0
        assert_equals_exact(games, found)
        wide = tight.astype(object) * 4 + rng.integers(0, 2, size=tight.shape)
        found = equilibria_batch(wide)
        assert (found.exact_games > 0) == beyond
        assert_equals_exact(wide, found)


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
    assert equilibria_batch(uneven).exact_games == 1
    assert equilibria_batch(three).exact_games == 6
    tenth = equilibria_batch([[[[0.1]], [[0.5]]]]).equilibria(0)[0].payoffs
    assert tenth == (Fraction(0.1), Fraction(1, 2))
    single = equilibria_batch(np.full((1, 2, 1, 1), 0.1, dtype=np.float32))
    assert single.equilibria(0)[0].payoffs[0] == Fraction(float(np.float32(0.1)))


def test_mixed_batches_put_every_game_in_its_place():
    rng = np.random.default_rng(9)
    games = rng.integers(0, 3, size=(60, 2, 3, 3)).astype(object)
    for k in range(0, 60, 3):  # every third beyond doubles, every ninth beyond 64 bits
        spread = 10**6 if k % 9 else 10**20
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
    limits = np.array([2 * half_range(3, 3, 2**53)] * 2, dtype=np.uint64)
    sides = [tuple(side) for side in plan.sides]
    counts, small = np.full(90, UNSOLVED), True
    done, need, pieces = 0, 1, []
    while done < 90:
        first, second, values = (np.empty((need, width)) for width in (3, 3, 2))
        weights = np.empty((need, 6), dtype=np.int64)
        done, used, need = solve_games(
            games, games.astype(float), np.arange(90), done, small, limits, plan.size, *sides,
            np.zeros(1), counts, first, second, values, weights,
        )  # fmt: skip
        pieces.append((first[:used], weights[:used]))
    assert len(pieces) > 2
    found = equilibria_batch(games)
    assert np.array_equal(counts, found.counts)
    assert np.array_equal(np.concatenate([first for first, _ in pieces]), found.strategies[0])
    totals = [weights[:, :3].sum(axis=1) for _, weights in pieces]
    shares = [
        weights[:, :3] / total[:, None] for (_, weights), total in zip(pieces, totals, strict=True)
    ]
    assert np.array_equal(np.concatenate(shares), found.strategies[0])


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
        ([[[[Fraction(1, 2)]], [[0]]]], "neither integers nor doubles"),
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
