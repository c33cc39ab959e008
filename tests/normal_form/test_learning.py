"""Learning dynamics: known limits, labels, repeatability, refusals."""

import pickle
from fractions import Fraction

import numpy as np
import pytest

from negotiation.errors import GameError, TooLargeError, UnknownNameError
from negotiation.normal_form import NormalForm, regrets
from negotiation.normal_form.learning import fictitious_play, replicator_dynamics

HAWK = NormalForm.from_arrays(
    [[-1, 4], [0, 2]],
    [[-1, 0], [4, 2]],
    players=["us", "ru"],
    strategies=[["hawk", "dove"], ["fight", "yield"]],
)
CYCLE = NormalForm.from_arrays(
    [[0, -1, 1], [1, 0, -1], [-1, 1, 0]],
    [[0, 1, -1], [-1, 0, 1], [1, -1, 0]],
    strategies=[["rock", "paper", "scissors"]] * 2,
)
ZERO_SUM = NormalForm.from_arrays([[2, -1, 0], [-1, 1, 3]], [[-2, 1, 0], [1, -1, -3]])


@pytest.mark.parametrize("share", ["1/100", "1/2", "99/100"])
def test_one_population_converges_to_the_stable_strategy(share):
    found = replicator_dynamics(HAWK, {"hawk": share, "dove": 1 - Fraction(share)}, **ONE)
    assert found.final["us"]["hawk"] == pytest.approx(2 / 3, abs=1e-6)
    assert found.final["ru"]["fight"] == found.final["us"]["hawk"]
    assert found.nearest_equilibrium.strategies[0] == (Fraction(2, 3), Fraction(1, 3))
    assert found.distance < 1e-5
    assert max(found.regrets) < Fraction(1, 10**5)


ONE = {"one_population": True}


def test_two_populations_part_ways():
    found = replicator_dynamics(HAWK, {"ru": ["0.5", "0.5"], "us": ["0.6", "0.4"]})
    assert found.final["us"]["hawk"] == pytest.approx(1, abs=1e-6)
    assert found.final["ru"]["yield"] == pytest.approx(1, abs=1e-6)
    assert found.frequencies[0][0].tolist() == pytest.approx([0.6, 0.4])
    assert found.nearest_equilibrium.payoffs == (4, 0)


def test_a_cycle_keeps_its_constant_of_motion():
    start = ["1/2", "1/4", "1/4"]
    found = replicator_dynamics(CYCLE, start, times=np.linspace(0, 50, 501), **ONE)
    path = found.frequencies[0]
    # the product of the shares is constant along zero-sum orbits
    assert np.allclose(path.prod(axis=1), 1 / 32, rtol=1e-4)
    assert path[:, 0].max() - path[:, 0].min() > 0.2
    middle = found.times > 25
    assert path[middle, 0].max() - path[middle, 0].min() > 0.2  # it does not settle


def test_mutation_mixes_evenly():
    share = [["1/3"] * 3] * 3
    found = replicator_dynamics(CYCLE, [1, 0, 0], mutation=share, **ONE)
    assert np.allclose(found.frequencies[0].sum(axis=1), 1, atol=1e-6)
    identity = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    start = ["1/2", "1/4", "1/4"]
    plain = replicator_dynamics(CYCLE, start, **ONE)
    same = replicator_dynamics(CYCLE, start, mutation=identity, **ONE)
    assert np.allclose(plain.frequencies[0], same.frequencies[0])


def test_the_default_start_is_even():
    for options in ({}, ONE):
        found = replicator_dynamics(CYCLE, **options)
        assert np.allclose(found.frequencies[1], 1 / 3)
        assert len(found.times) == len(found.frequencies[0]) == 1001
        assert found.guarantee == "simulated"


def test_fictitious_play_approaches_the_value_of_a_zero_sum_game():
    found = fictitious_play(ZERO_SUM, iterations=4000, seed=1)
    assert max(found.regrets) < Fraction(1, 10)
    assert found.distance < 0.1
    assert found.nearest_equilibrium.strategies[0] == (Fraction(2, 5), Fraction(3, 5))


def test_stochastic_fictitious_play_stays_near_even_play():
    pennies = NormalForm.from_arrays([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    found = fictitious_play(pennies, iterations=3000, seed=5, stochastic=True, temperature=1)
    assert np.allclose(found.frequencies[0][-1], 0.5, atol=0.05)
    assert found.dynamics == "stochastic fictitious play"


def test_a_dominant_strategy_is_learnt():
    dilemma = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    found = fictitious_play(dilemma, iterations=500, seed=0)
    # the first move is drawn among all, every later one is the dominant strategy
    assert found.frequencies[0][-1][1] >= 499 / 500
    assert found.nearest_equilibrium.strategies == ((0, 1), (0, 1))


@pytest.mark.parametrize("seed", [0, 7, 2**80])
@pytest.mark.parametrize("stochastic", [False, True])
def test_the_same_seed_gives_the_same_run(seed, stochastic):
    np.random.seed(3)  # noqa: NPY002  what nashpy draws from
    first = fictitious_play(CYCLE, iterations=60, seed=seed, stochastic=stochastic)
    after = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    assert np.random.random() == after  # noqa: NPY002  the global generator is left as it was
    second = fictitious_play(CYCLE, iterations=60, seed=seed, stochastic=stochastic)
    assert all(map(np.array_equal, first.frequencies, second.frequencies))


def test_seeds_matter():
    runs = [fictitious_play(CYCLE, iterations=60, seed=seed).frequencies[0] for seed in range(5)]
    assert len({run.tobytes() for run in runs}) > 1


def test_permuting_strategies_permutes_the_path():
    start = [["1/2", "1/3", "1/6"], ["1/4", "1/4", "1/2"]]
    found = replicator_dynamics(CYCLE, start, times=[0, 1, 2])
    order = [2, 0, 1]
    turned = replicator_dynamics(
        CYCLE.permute(0, order), [[start[0][i] for i in order], start[1]], times=[0, 1, 2]
    )
    assert turned.final["player 1"].keys() == found.final["player 1"].keys()
    assert turned.final["player 1"] == pytest.approx(found.final["player 1"], abs=1e-6)
    swapped = replicator_dynamics(CYCLE.swap_players(), start[::-1], times=[0, 1, 2])
    assert swapped.final["player 2"] == pytest.approx(found.final["player 2"], abs=1e-6)


def test_a_trajectory_is_a_labelled_read_only_result():
    found = replicator_dynamics(HAWK, [["0.6", "0.4"], ["0.5", "0.5"]], times=[0, 0.5, 1])
    for array in (found.times, *found.frequencies):
        assert not array.flags.writeable
    table = found.tables()[0]
    assert table.columns == ("time", "us: hawk", "us: dove", "ru: fight", "ru: yield")
    assert [row[0] for row in table.rows] == [0, 0.5, 1]
    assert "us could still gain" in str(found)
    data = found.to_dict()
    assert data["final"]["us"]["hawk"] == found.frequencies[0][-1, 0]
    assert data["guarantee"] == "simulated"
    # the regrets are those of the very doubles of the last point
    assert sum(found.last[0]) == 1
    assert found.regrets == regrets(HAWK, found.last)
    again = pickle.loads(pickle.dumps(found))
    assert again.final == found.final


THREE = NormalForm.from_arrays(*[np.zeros((1, 1, 1), dtype=int)] * 3)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: replicator_dynamics(HAWK, [[1, 1], [1, 0]]), GameError, "start, .* add up to 2"),
        (lambda: replicator_dynamics(HAWK, [[1], [1, 0]]), GameError, "1 probabilities for 2"),
        (lambda: replicator_dynamics(HAWK, [["-1", 2], [1, 0]]), GameError, "negative"),
        (lambda: replicator_dynamics(HAWK, [[1, 0]]), GameError, "one mixed strategy per player"),
        (lambda: replicator_dynamics(HAWK, "hawk"), GameError, "one mixed strategy per player"),
        (lambda: replicator_dynamics(HAWK, 3), GameError, "one mixed strategy per player"),
        (lambda: replicator_dynamics(HAWK, {"uss": "hawk"}), UnknownNameError, "did you mean 'us'"),
        (lambda: replicator_dynamics(HAWK, [1], **ONE), GameError, "1 probabilities for 2"),
        (lambda: replicator_dynamics(HAWK, ["nan", 1], **ONE), GameError, "no number"),
        (lambda: replicator_dynamics(HAWK, times=[-1, 2]), GameError, "negative"),
        (lambda: replicator_dynamics(HAWK, times=[0, 2, 1]), GameError, "do not increase"),
        (lambda: replicator_dynamics(HAWK, times=[0]), GameError, "at least two"),
        (lambda: replicator_dynamics(HAWK, times=[0, float("inf")]), GameError, "no times"),
        (lambda: replicator_dynamics(HAWK, times="soon"), GameError, "'soon' are no times"),
        (lambda: replicator_dynamics(ZERO_SUM, **ONE), GameError, "not symmetric"),
        (lambda: replicator_dynamics(THREE), GameError, "3 players"),
        (lambda: replicator_dynamics(HAWK, mutation=[[1]]), GameError, "set one_population"),
        (lambda: replicator_dynamics(HAWK, mutation=[[1]], **ONE), GameError, "no matrix"),
        (lambda: replicator_dynamics(HAWK, mutation=3, **ONE), GameError, "no matrix"),
        (lambda: replicator_dynamics(HAWK, mutation=[[2, -1]] * 2, **ONE), GameError, "no matrix"),
        (lambda: fictitious_play(HAWK, iterations=0, seed=1), GameError, "iterations: 0"),
        (lambda: fictitious_play(HAWK, iterations=True, seed=1), GameError, "iterations: True"),
        (lambda: fictitious_play(HAWK, iterations=10**9, seed=1), TooLargeError, "at most"),
        (lambda: fictitious_play(HAWK, iterations=5, seed=-1), GameError, "seed -1"),
        (lambda: fictitious_play(HAWK, iterations=5, seed=0.5), GameError, "seed 0.5"),
        (
            lambda: fictitious_play(HAWK, iterations=5, seed=1, stochastic=True, temperature=0),
            GameError,
            "temperature: 0",
        ),
        (
            lambda: fictitious_play(HAWK, iterations=5, seed=1, stochastic=True, noise=-1),
            GameError,
            "noise: -1",
        ),
        (
            lambda: fictitious_play(HAWK.rescale(0, 10**6), iterations=5, seed=1, stochastic=True),
            GameError,
            "too large for this temperature",
        ),
        (lambda: replicator_dynamics(HAWK.rescale(0, 10**400)), GameError, "range of floats"),
    ],
)
def test_bad_input_is_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
