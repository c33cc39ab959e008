import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies_games import (
    MIXED_SIZES,
    SMALL,
    degenerate_games,
    dual_cyclic,
    extreme_by_bases,
    games,
    is_nondegenerate,
    literal_equilibrium,
)

from negotiation.errors import GameError, UnknownNameError
from negotiation.normal_form import NormalForm, equilibria
from negotiation.normal_form import lemke_howson as module
from negotiation.normal_form.index import equilibrium_index
from negotiation.normal_form.lemke_howson import equilibria_on_paths, lemke_howson


@given(st.one_of(degenerate_games(high=4), games(entries=MIXED_SIZES, high=3)))
@settings(max_examples=60)
def test_every_label_leads_to_an_extreme_equilibrium(game):
    known = extreme_by_bases(game)
    for label in range(sum(game.shape)):
        found = lemke_howson(game, label)
        assert literal_equilibrium(game, *found.strategies)
        assert found.strategies in known
        assert found in equilibria(game).profiles


@given(games(entries=SMALL, low=2, high=4))
@settings(max_examples=40)
def test_paths_from_the_artificial_equilibrium_end_at_index_one(game):
    # the ends of a path have opposite indices, and the artificial equilibrium has -1
    assume(is_nondegenerate(game))
    for label in range(sum(game.shape)):
        assert equilibrium_index(game, lemke_howson(game, label)) == 1


@given(degenerate_games(high=4))
@settings(max_examples=40)
def test_many_paths_give_distinct_extreme_equilibria(game):
    found = list(equilibria_on_paths(game))
    assert found
    assert len(set(found)) == len(found)
    assert set(found) <= set(equilibria(game).profiles)
    first = {lemke_howson(game, label) for label in range(sum(game.shape))}
    assert set(equilibria_on_paths(game, everywhere=False)) == first
    assert first <= set(found)


@pytest.mark.parametrize("steps", [1, 2])
def test_long_paths_are_put_off_and_none_is_lost(steps):
    rng = np.random.default_rng(3)
    for game in [dual_cyclic(), NormalForm.from_arrays(*rng.integers(0, 9, (2, 6, 6)))]:
        usual = set(equilibria_on_paths(game))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "FIRST_STEPS", steps)
            assert set(equilibria_on_paths(game)) == usual


def test_coordination_games_are_connected_by_paths():
    unit = np.eye(4, dtype=int)
    game = NormalForm.from_arrays(unit, unit)
    assert set(equilibria_on_paths(game)) == set(equilibria(game).profiles)
    for i in range(4):
        assert lemke_howson(game, i).supports == lemke_howson(game, 4 + i).supports == ((i,), (i,))


def test_labels_by_name():
    game = NormalForm.from_arrays(
        [[2, 0], [0, 1]], [[1, 0], [0, 2]], players=("us", "ru"), strategies=(("a", "b"),) * 2
    )
    assert lemke_howson(game, ("ru", "b")) == lemke_howson(game, (1, 1)) == lemke_howson(game, 3)
    assert lemke_howson(game, ("ru", "b")).payoffs == (1, 2)
    with pytest.raises(UnknownNameError):
        lemke_howson(game, ("ru", "c"))
    with pytest.raises(UnknownNameError):
        lemke_howson(game, ("rus", "a"))


@pytest.mark.parametrize("label", [4, -1, True, 1.0, ("player 1", "row 1", 2)])
def test_no_such_label(label):
    with pytest.raises(GameError, match="label"):
        lemke_howson(NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]]), label)


def test_two_players_only():
    with pytest.raises(GameError, match="1 players"):
        lemke_howson(NormalForm.from_arrays([1, 2]))


def test_a_check_ends_the_search():
    calls = itertools.count()

    def check(vertices):
        assert vertices == 0
        if next(calls) == 25:
            raise KeyboardInterrupt

    found = []
    with pytest.raises(KeyboardInterrupt):
        found.extend(equilibria_on_paths(dual_cyclic(), check=check))
    assert next(calls) == 26
    assert lemke_howson(dual_cyclic()) in equilibria(dual_cyclic()).profiles


def test_a_large_game():
    A, B = np.random.default_rng(1).integers(0, 100, (2, 30, 30))
    game = NormalForm.from_arrays(A, B)
    found = list(itertools.islice(equilibria_on_paths(game), 3))
    assert len(found) == 3
    assert all(literal_equilibrium(game, *profile.strategies) for profile in found)
