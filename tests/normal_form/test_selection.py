import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_games import MIXED_SIZES, SMALL, TIES, degenerate_games, distributions, games, solve

from negotiation.errors import GameError, TooLargeError
from negotiation.normal_form import (
    NormalForm,
    equilibria,
    evolutionary,
    expected_payoffs,
    is_equilibrium,
    pure_equilibria,
)
from negotiation.normal_form.admissibility import is_efficient, is_undominated, unbeaten_outcomes
from negotiation.normal_form.evolutionary import (
    evolutionarily_stable_strategies,
    evolutionary_stability,
    is_symmetric,
)
from negotiation.normal_form.selection import (
    regret_radius,
    risk_dominance,
    select,
)

HUNT = NormalForm.from_arrays([[9, 0], [8, 7]], [[9, 8], [0, 7]], strategies=[["stag", "hare"]] * 2)


def both(payoffs, **names):
    """Return the symmetric game in which the row player has these payoffs."""
    return NormalForm.from_arrays(payoffs, np.transpose(payoffs).tolist(), **names)


def rows_of(game, player):
    return np.moveaxis(game.payoffs[player], player, 0).reshape(game.shape[player], -1)


def dot(weights, values):
    return sum((w * v for w, v in zip(weights, values, strict=True)), Fraction(0))


# -- mixtures that are nowhere worse ---------------------------------------------------


def largest_slack(rows, target):
    """Return the most that a mixture of rows, nowhere below the target, can exceed it in all.

    By every basis of the program: x a distribution, each column's slack at least 0.
    None if no mixture is nowhere below.
    """
    size = len(rows)
    gains = [[row[t] - target[t] for row in rows] for t in range(len(target))]
    equalities = [[int(i == k) for k in range(size)] for i in range(size)] + gains
    best = None
    for basis in itertools.combinations(equalities, size - 1):
        x = solve([[1] * size, *basis], [1] + [0] * (size - 1))
        if x is None or min(x) < 0 or min(dot(x, own) for own in gains) < 0:
            continue
        slack = sum(dot(x, own) for own in gains)
        best = slack if best is None else max(best, slack)
    return best


@pytest.mark.parametrize("entries", [TIES, SMALL, MIXED_SIZES])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_undominated_exactly_where_no_mixture_is_weakly_better(entries, data):
    game = data.draw(games(entries=entries, high=4))
    for p in (0, 1):
        x = data.draw(distributions(game.shape[p]))
        rows = rows_of(game, p)
        own = [dot(x, column) for column in rows.T]
        verdict = is_undominated(game, p, x)
        assert verdict.holds == (largest_slack(rows, own) == 0)
        for s in range(game.shape[p]):  # a mixture is dominated if something it uses is
            if x[s] and not is_undominated(game, p, game.strategies[p][s]):
                assert not verdict


@pytest.mark.parametrize("entries", [TIES, SMALL])
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_efficient_exactly_where_no_lottery_is_better(entries, data):
    game = data.draw(games(entries=entries, low=2, high=2))
    mixed = [data.draw(distributions(2)) for _ in range(2)]
    points = [list(point) for point in zip(*(a.ravel() for a in game.payoffs), strict=True)]
    target = expected_payoffs(game, mixed)
    verdict = is_efficient(game, mixed)
    assert verdict.holds == (largest_slack(points, target) == 0)


def test_the_penalty_grows_until_a_certificate_appears():
    # whether row 1 is dominated hangs on which column the millionth is lost in
    tiny = Fraction(1, 10**6)
    game = NormalForm.from_arrays(
        [[0, 0, 0], [-1, 0, 10**6], [1, -tiny, 0]], np.zeros((3, 3), dtype=int).tolist()
    )
    assert is_undominated(game, 0, "row 1")
    game = NormalForm.from_arrays(
        [[0, 0, 0], [-1, 0, 10**6], [1, 0, -tiny]], np.zeros((3, 3), dtype=int).tolist()
    )
    assert not is_undominated(game, 0, "row 1")


def test_a_pure_strategy_may_be_weakly_dominated_by_a_mixture_only():
    game = NormalForm.from_arrays(
        [[4, 0, 2], [0, 4, 2], [2, 2, 1]], np.zeros((3, 3), dtype=int).tolist()
    )
    verdict = is_undominated(game, "player 1", "row 3")
    assert str(verdict) == (
        "no: player 1: 0.5 row 1 + 0.5 row 2 never earns less than row 3, and sometimes more"
    )
    assert is_undominated(game, "player 1", [0.5, 0.5, 0])


def test_a_lottery_may_be_better_where_no_outcome_is():
    game = NormalForm.from_arrays([[10, 0], [0, 4]], [[0, 0], [10, 4]])
    verdict = is_efficient(game, ("row 2", "column 2"))
    assert not verdict
    assert verdict.witness.text == (
        "0.5 row 1/column 1 + 0.5 row 2/column 1 gives 5 to player 1 instead of 4, "
        "5 to player 2 instead of 4"
    )
    assert is_efficient(game, ("row 1", "column 1"))


# -- trembling-hand perfection ---------------------------------------------------------


def is_perfect(game, x, y):
    """Say whether a pure equilibrium of a two-by-two game survives small enough trembles.

    The definition: completely mixed strategies arbitrarily close to which it stays a best
    reply. Against trembles of size e the other's mixture is (1 - e, e): a line, on which a
    difference of payoffs keeps its sign for all small e.
    """
    tremble = Fraction(1, 10**9)
    for p, (own, other) in enumerate([(x, y), (y, x)]):
        mixture = [tremble, tremble]
        mixture[other] = 1 - tremble
        rows = rows_of(game, p)
        earned = [dot(mixture, row) for row in rows]
        if earned[own] < max(earned):
            return False
    return True


@given(game=games(entries=TIES, low=2, high=2))
@settings(max_examples=80, deadline=None)
def test_perfect_equilibria_are_those_that_survive_trembles(game):
    result = select(game)
    for own in result.standings:
        if own.profile.pure:
            x, y = (side[0] for side in own.profile.supports)
            assert own.perfect == is_perfect(game, x, y)
    assert any(own.perfect for own in result.standings)  # Selten (1975): one exists


@given(game=degenerate_games(high=3))
@settings(max_examples=30, deadline=None)
def test_every_game_has_a_perfect_extreme_equilibrium(game):
    assert any(own.perfect for own in select(game).standings)


def test_the_known_imperfect_equilibrium():
    # Selten's kind of example: both equilibria are pure, one relies on a dominated strategy
    result = select(NormalForm.from_arrays([[1, 0], [0, 0]], [[1, 0], [0, 0]]))
    assert {own.name: own.perfect for own in result.standings} == {
        "row 1/column 1": True,
        "row 2/column 2": False,
    }
    # Myerson (1978): adding a row and a column that are dominated makes row 2 perfect
    payoffs = [[1, 0, -9], [0, 0, -7], [-9, -7, -7]]
    result = select(both(payoffs))
    perfect = {own.name for own in result.standings if own.perfect}
    assert perfect == {"row 1/column 1", "row 2/column 2"}


def test_with_three_players_perfection_is_decided_at_both_ends_only():
    strict = np.zeros((2, 2, 2), dtype=int)
    strict[0, 0, 0] = 1
    game = NormalForm.from_arrays(*[strict.tolist()] * 3)
    result = select(game)
    assert result.guarantee == "all"
    found = {own.name: own.perfect for own in result.standings}
    assert found["strategy 1/strategy 1/strategy 1"] is True
    assert found["strategy 2/strategy 2/strategy 2"] is False
    flat = NormalForm.from_arrays(*[np.zeros((2, 2, 2), dtype=int).tolist()] * 3)
    assert {own.perfect for own in select(flat).standings} == {None}


def test_where_equilibria_may_be_missing_it_is_said():
    agreed = np.zeros((4, 4, 4), dtype=int)
    agreed[(range(4),) * 3] = 1
    result = select(NormalForm.from_arrays(agreed, agreed, agreed))
    assert result.guarantee == "some"
    assert "There may be other equilibria." in str(result)


# -- margins and radii -----------------------------------------------------------------


@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_radius_is_exactly_where_equilibria_break(data):
    game = data.draw(games(entries=SMALL, low=2, high=3, players=data.draw(st.integers(2, 3))))
    for place in pure_equilibria(game):
        names = game.names(place)
        radius = regret_radius(game, names)

        # the worst change of size r: this equilibrium loses r everywhere, the rest gains r
        def moved(r, place=place):
            arrays = []
            for array in game.payoffs:
                changed = array + r
                changed[place] = array[place] - r
                arrays.append(changed)
            return NormalForm.from_arrays(*arrays)

        assert is_equilibrium(moved(radius), names)
        assert not is_equilibrium(moved(radius + Fraction(1, 1000)), names)
        noise = [
            np.reshape(
                data.draw(
                    st.lists(
                        st.fractions(-1, 1, max_denominator=9),
                        min_size=array.size,
                        max_size=array.size,
                    )
                ),
                array.shape,
            )
            for array in game.payoffs
        ]
        shaken = [a + radius * d for a, d in zip(game.payoffs, noise, strict=True)]
        assert is_equilibrium(NormalForm.from_arrays(*shaken), names)


def test_mixed_equilibria_break_at_once_and_lonely_ones_never():
    found = select(HUNT)
    mixed = found.standings[2]
    assert (mixed.margin, mixed.radius) == (0, 0)
    first = next(iter(mixed.profile.supports[0]))
    raised = HUNT.payoffs[0].copy()
    raised[first] += Fraction(1, 10**9)
    assert not is_equilibrium(
        NormalForm.from_arrays(raised, HUNT.payoffs[1]), mixed.profile.strategies
    )
    alone = NormalForm.from_arrays([[1]], [[2]])
    assert regret_radius(alone, ("row 1", "column 1")) is None
    assert select(alone).standings[0].perfect is True
    with pytest.raises(GameError, match="no equilibrium: player"):
        regret_radius(HUNT, ("stag", "hare"))


# -- payoff and risk dominance ---------------------------------------------------------


def test_stag_hunt():
    result = select(HUNT)
    assert result.data()["payoff_dominant"] == "stag/stag"
    assert result.data()["risk_dominant"] == "hare/hare"
    (pair,) = result.risk
    # stag/stag: a deviation loses 1 each; hare/hare: 7 each
    assert pair.losses == ((1, 1), (7, 7))
    assert pair.products == (1, 49)
    assert pair.ratio == Fraction(1, 49)
    assert pair.measure == pytest.approx(-2 * math.log(7), abs=1e-12)
    assert result.to_dict()["risk"][0]["dominant"] == "hare/hare"
    assert pickle.loads(pickle.dumps(result)) == result


@given(a=st.integers(1, 9), b=st.integers(1, 9), c=st.integers(1, 9), d=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_risk_dominance_has_the_larger_basin_in_the_space_of_beliefs(a, b, c, d):
    # losses a, b at the first equilibrium and c, d at the second, on the diagonal
    game = NormalForm.from_arrays([[a, 0], [0, c]], [[b, 0], [0, d]])
    pair = risk_dominance(game, (0, 0), (1, 1))
    # the mixed equilibrium: player 2 plays column 1 with c/(a+c), player 1 row 1 with d/(b+d);
    # the first dominates exactly if these sum to less than one
    total = Fraction(c, a + c) + Fraction(d, b + d)
    assert pair.dominant == (None if total == 1 else int(total > 1))
    mirrored = risk_dominance(game, (1, 1), (0, 0))
    assert mirrored.ratio == 1 / pair.ratio
    assert mirrored.measure == pytest.approx(-pair.measure, abs=1e-12)
    # what each player earns when the *other* plays something changes nothing
    moved = NormalForm.from_arrays([[a + 5, 0], [5, c]], [[b, 0], [-3, d - 3]])
    assert risk_dominance(moved, (0, 0), (1, 1)).losses == pair.losses


def test_sentences_of_risk_dominance():
    even = NormalForm.from_arrays([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    pair = risk_dominance(even, (0, 0), (1, 1))
    assert str(pair) == (
        "neither row 1/column 1 nor row 2/column 2 risk-dominates: "
        "both products of losses are 2 against 2"
    )
    assert select(even).risk_dominant is None
    assert select(even).payoff_dominant is None
    assert str(risk_dominance(HUNT, (1, 1), (0, 0))).startswith("hare/hare risk-dominates stag")


@given(game=games(entries=SMALL, low=2, high=3))
@settings(max_examples=40, deadline=None)
def test_selection_against_the_definitions(game):
    result = select(game)
    profiles = result.equilibria.profiles
    better = [
        k
        for k, one in enumerate(profiles)
        if len(profiles) > 1
        and all(
            all(a > b for a, b in zip(one.payoffs, two.payoffs, strict=True))
            for two in profiles
            if two is not one
        )
    ]
    assert [k for k in [result.payoff_dominant] if k is not None] == better
    strict = [
        game.names(place)
        for place in pure_equilibria(game)
        if is_equilibrium(game, game.names(place)).margin > 0
    ]
    # two strict equilibria never share a strategy, so all pairs are compared
    assert [pair.profiles for pair in result.risk] == list(itertools.combinations(strict, 2))
    for own in result.standings:
        assert own.margin == is_equilibrium(game, own.profile.strategies).margin
        assert own.efficient.holds == is_efficient(game, own.profile.strategies).holds
    assert result.data()["count"] == len(profiles)
    assert str(result).startswith("Selection among equilibria")
    assert select(game, equilibria(game)) == result


def test_risk_dominance_refuses_what_is_not_defined():
    cube = NormalForm.from_arrays(*[np.zeros((2, 2, 2), dtype=int).tolist()] * 3)
    with pytest.raises(GameError, match="with 3 players is not defined"):
        risk_dominance(cube, (0, 0, 0), (1, 1, 1))
    with pytest.raises(GameError, match="stag/hare is no strict equilibrium: player"):
        risk_dominance(HUNT, ("stag", "hare"), ("hare", "stag"))
    with pytest.raises(GameError, match="player 1 plays stag in both"):
        risk_dominance(HUNT, ("stag", "stag"), ("stag", "hare"))
    with pytest.raises(GameError, match="equilibria of another game"):
        select(HUNT, equilibria(cube))


# -- evolutionary stability ------------------------------------------------------------


def determinant(matrix):
    """Return the determinant by expansion along the first row."""
    if not matrix:
        return Fraction(1)
    return sum(
        (
            (-1) ** j * value * determinant([row[:j] + row[j + 1 :] for row in matrix[1:]])
            for j, value in enumerate(matrix[0])
            if value
        ),
        Fraction(0),
    )


def strictly_copositive(matrix):
    """Say whether z'Mz > 0 for all z >= 0 but 0, by Keller's criterion (Hadeler, 1983).

    Every principal submatrix whose last row has positive cofactors only has a positive
    determinant.
    """
    size = len(matrix)
    for count in range(1, size + 1):
        for chosen in itertools.combinations(range(size), count):
            sub = [[matrix[i][j] for j in chosen] for i in chosen]
            cofactors = [
                (-1) ** (count - 1 + j) * determinant([row[:j] + row[j + 1 :] for row in sub[:-1]])
                for j in range(count)
            ]
            if min(cofactors) > 0 and determinant(sub) <= 0:
                return False
    return True


def stable_by_haigh(A, x):
    """Say whether x is evolutionarily stable, by positive definiteness and copositivity.

    With k a strategy that x uses, the form of A on directions that sum to zero, less k, is to
    be negative where the strategies that x does not use only gain weight (Abakuks, 1980).
    """
    size = len(A)
    against = [dot(x, row) for row in A]
    if dot(x, against) < max(against):
        return False
    replies = [i for i in range(size) if against[i] == max(against)]
    k = next(i for i in range(size) if x[i])
    rest = sorted((i for i in replies if i != k), key=lambda i: x[i] == 0)
    used = sum(1 for i in rest if x[i])
    M = [
        [
            A[k][j] + A[i][k] - A[i][j] - A[k][k] + A[k][i] + A[j][k] - A[j][i] - A[k][k]
            for j in rest
        ]
        for i in rest
    ]
    for _ in range(used):  # the strategies in use: pivots of the definite block
        if M[0][0] <= 0:
            return False
        M = [
            [M[i][j] - M[i][0] * M[0][j] / M[0][0] for j in range(1, len(M))]
            for i in range(1, len(M))
        ]
    return strictly_copositive(M)


@pytest.mark.parametrize("entries", [TIES, st.integers(-3, 3), MIXED_SIZES])
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_stability_agrees_with_the_matrix_criterion_and_the_definition(entries, data):
    size = data.draw(st.integers(1, 4))
    flat = data.draw(st.lists(entries, min_size=size**2, max_size=size**2))
    A = [[Fraction(v) for v in flat[size * i : size * (i + 1)]] for i in range(size)]
    game = both(A)
    found = evolutionarily_stable_strategies(game)
    candidates = [data.draw(distributions(size)), *found]
    candidates += [own.strategies[0] for own in equilibria(game).profiles]
    for x in candidates:
        verdict = evolutionary_stability(game, x)
        assert verdict.holds == stable_by_haigh(A, x)
        assert (x in found) == verdict.holds
        for weights in itertools.product(range(3), repeat=size):
            if not sum(weights):
                continue
            y = tuple(Fraction(w, sum(weights)) for w in weights)
            home, away = [dot(x, row) for row in A], [dot(y, row) for row in A]
            first, second = dot(x, home) - dot(y, home), dot(x, away) - dot(y, away)
            if y != x and verdict:
                assert first > 0 or (first == 0 and second > 0)


def test_rock_paper_scissors():
    def cycle(win):
        return both([[0, -1, win], [win, 0, -1], [-1, win, 0]], strategies=[["R", "P", "S"]] * 2)

    third = (Fraction(1, 3),) * 3
    assert evolutionarily_stable_strategies(cycle(2)) == (third,)
    assert evolutionarily_stable_strategies(cycle(1)) == ()
    assert evolutionarily_stable_strategies(cycle("1/2")) == ()
    verdict = evolutionary_stability(cycle(1), third)
    assert verdict.witness.to == "R"
    assert str(verdict) == (
        "no: R earns 0 against 0.3333 R + 0.3333 P + 0.3333 S as that does itself, and "
        "0 against itself, where 0.3333 R + 0.3333 P + 0.3333 S earns 0"
    )


@pytest.mark.parametrize(("home", "stable"), [("0.6", False), ("2/3", False), ("0.7", True)])
def test_a_mutant_may_need_three_strategies(home, stable):
    # one of a, b, c alone earns 0 against itself, two earn 1/2, all three 2/3
    payoffs = [[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0], [home, home, home, 0]]
    game = both(payoffs, strategies=[["a", "b", "c", "d"]] * 2)
    verdict = evolutionary_stability(game, "d")
    assert verdict.holds is stable
    if not stable:
        assert verdict.witness.to == "0.3333 a + 0.3333 b + 0.3333 c"


@given(value=st.integers(1, 9), cost=st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_hawk_and_dove(value, cost):
    # Maynard Smith and Price: hawks in the proportion of value to cost, all if it is larger
    half = Fraction(value - cost, 2)
    game = both([[half, value], [0, Fraction(value, 2)]], strategies=[["hawk", "dove"]] * 2)
    share = min(Fraction(value, cost), Fraction(1))
    assert evolutionarily_stable_strategies(game) == ((share, 1 - share),)
    standing = [own for own in select(game).standings if own.evolutionarily_stable]
    assert [own.profile.strategies for own in standing] == [((share, 1 - share),) * 2]


def test_stability_needs_a_symmetric_game():
    skew = NormalForm.from_arrays([[1, 2], [3, 4]], [[1, 2], [3, 4]])
    assert not is_symmetric(skew)
    assert not is_symmetric(NormalForm.from_arrays([[1, 2]], [[1, 2]]))
    for asked in (
        lambda: evolutionary_stability(skew, "row 1"),
        lambda: evolutionarily_stable_strategies(skew),
    ):
        with pytest.raises(GameError, match="not symmetric"):
            asked()
    assert {own.evolutionarily_stable for own in select(skew).standings} == {None}
    flat = both(np.zeros((17, 17), dtype=int).tolist())
    with pytest.raises(TooLargeError, match="17 strategies are best replies"):
        evolutionary_stability(flat, "row 1")


def test_what_is_not_compared_by_risk_is_not_denied():
    one = np.zeros((2, 2, 2), dtype=int)
    one[0, 0, 0], one[1, 1, 1] = 2, 1
    for count, expected in ((2, True), (3, None)):
        payoffs = [one if count == 3 else one.sum(axis=2)] * count
        table = select(NormalForm.from_arrays(*payoffs)).tables()[0]
        column = table.columns.index("risk-dominant")
        assert table.rows[0][column] is expected


def test_selection_of_many_equilibria_repeats_no_work():
    diagonal = np.eye(8, dtype=int)
    many = select(both(diagonal.tolist()))
    assert len(many.standings) == 255
    assert len({id(own.efficient) for own in many.standings}) == 8
    assert many.payoff_dominant is None
    assert many.risk_dominant is None
    # the interior equilibrium of the negative is stable on 2^15 faces of best replies
    even = [Fraction(1, 15)] * 15
    assert evolutionary_stability(both((-np.eye(15, dtype=int)).tolist()), even)


@given(entries=st.lists(st.lists(st.integers(-1, 1), min_size=3, max_size=3), min_size=1))
@settings(max_examples=40, deadline=None)
def test_unbeaten_outcomes_are_those_that_none_beats(entries):
    game = NormalForm.from_arrays(*[[list(column)] for column in zip(*entries, strict=True)][:2])
    points = [tuple(own[:2]) for own in entries]
    names, payoffs = unbeaten_outcomes(game)
    unbeaten = [
        k
        for k, own in enumerate(points)
        if own not in points[:k]
        and not any(other[0] >= own[0] and other[1] >= own[1] and other != own for other in points)
    ]
    assert [tuple(row) for row in payoffs.tolist()] == [points[k] for k in unbeaten]
    columns = game.strategies[1]
    assert names == tuple(f"{game.strategies[0][0]}/{columns[k]}" for k in unbeaten)


@pytest.mark.parametrize("matrix", [(-1, 0), (0, -1), (0, 1), (-2, 1)])
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_concavity_proves_only_what_the_faces_say(matrix, data):
    diagonal, rest = matrix
    size = data.draw(st.integers(2, 4))
    entry = st.integers(min(rest, 0) - 1, max(rest, 0) + 1)
    payoffs = [[data.draw(entry) for _ in range(size)] for _ in range(size)]
    for k in range(size):
        payoffs[k][k], payoffs[k][0] = diagonal, diagonal  # all reply best to the first
    game = both(payoffs)
    with pytest.MonkeyPatch.context() as patch:
        verdict = evolutionary_stability(game, "row 1")
        patch.setattr(evolutionary, "_is_concave", lambda *_: False)
        assert evolutionary_stability(game, "row 1") == verdict
