"""Wrong input to every public function: one clear error, never a traceback of numpy."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.normal_form import (
    NormalForm,
    best_replies,
    dominated_strategies,
    equilibria,
    expected_payoffs,
    is_equilibrium,
    iterated_dominance,
    mixed_strategy,
    pure_equilibria,
    regrets,
)
from negotiation.normal_form.admissibility import is_efficient, is_undominated
from negotiation.normal_form.all_equilibria import iter_equilibria
from negotiation.normal_form.batch import equilibria_batch
from negotiation.normal_form.correlated import correlated_equilibrium, is_correlated_equilibrium
from negotiation.normal_form.degeneracy import is_degenerate
from negotiation.normal_form.evolutionary import (
    evolutionarily_stable_strategies,
    evolutionary_stability,
    is_symmetric,
)
from negotiation.normal_form.families import GameFamily
from negotiation.normal_form.formats import (
    from_frame,
    parse_nfg,
    read_csv,
    read_gam,
    read_nfg,
    to_frame,
    to_nashpy,
    to_pygambit,
    write_nfg,
)
from negotiation.normal_form.index import equilibrium_index
from negotiation.normal_form.learning import fictitious_play, replicator_dynamics
from negotiation.normal_form.lemke_howson import equilibria_on_paths, lemke_howson
from negotiation.normal_form.quantal_response import quantal_response
from negotiation.normal_form.selection import regret_radius, risk_dominance, select
from negotiation.normal_form.two_by_two import classify_two_by_two
from negotiation.normal_form.zero_sum import security_level, zero_sum_value

SELF = []
SELF.append(SELF)
DEEP = 1
for _ in range(3000):
    DEEP = [DEEP]
HUGE = 10**5000  # Python writes out no integer of more than 4,300 digits
MASKED = np.ma.array([[1, 2], [3, 4]], mask=[[0, 1], [0, 0]])

DILEMMA = NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]], players=("us", "ru"))
SYMMETRIC = NormalForm.from_arrays([[1, 0], [0, 1]], [[1, 0], [0, 1]])
WIDE = NormalForm.from_arrays([[3, 0, 1]], [[3, 5, 2]])

NO_NUMBERS = {
    "none": None,
    "nan": float("nan"),
    "numpy nan": np.float64("nan"),
    "decimal nan": Decimal("NaN"),
    "signalling nan": Decimal("sNaN"),
    "infinity": float("inf"),
    "overflow": float("1e400"),
    "single infinity": np.float32("-inf"),
    "decimal infinity": Decimal("Infinity"),
    "complex": 1j,
    "numpy complex": np.complex128(1),
    "word": "x",
    "empty": "",
    "division by zero": "1/0",
    "too large an exponent": "1e99999999",
    "underscore": "1_000",
    "other digits": "\u0663",
    "bytes": b"1",
    "dict": {},
    "set": {1},
    "object": object(),
    "function": len,
    "true": True,
    "numpy true": np.bool_(1),
    "date": np.datetime64("NaT"),
    "duration": np.timedelta64(1),
    "array without axes": np.array(1.5),
    "array of objects": np.array([1, None], dtype=object),
    "masked": np.ma.masked,
    "list that contains itself": SELF,
    "3,000 lists": DEEP,
}

NO_OPTIONS = {**NO_NUMBERS, "huge": HUGE, "long": "x" * 5000, "arrays": np.zeros((2, 2))}
NOT_NONE = {k: v for k, v in NO_OPTIONS.items() if v is not None}
NO_FLAGS = {k: v for k, v in NO_OPTIONS.items() if not isinstance(v, (bool, np.bool_))}
NO_MAPPINGS = {k: v for k, v in NOT_NONE.items() if k != "dict"}
NO_CALLS = {k: v for k, v in NOT_NONE.items() if not callable(v)}
NO_LIMITS = {**NO_NUMBERS, "-1": -1, "1.0": 1.0, "-huge": -HUGE}
NO_SECONDS = {
    k: v for k, v in NO_LIMITS.items() if v is not None and k not in {"1.0", "infinity", "overflow"}
}

NO_GAMES = {**NO_OPTIONS, "payoffs": [[1]], "class": NormalForm}

NO_DISTRIBUTIONS = {
    **NO_NUMBERS,
    "negative": (-0.5, 1.5),
    "sum 0.9": (0.4, 0.5),
    "sum 0": (0, 0),
    "too short": (1,),
    "too long": (0, 1, 0),
    "no entries": (),
    "nan inside": (float("nan"), 1),
    "none inside": (None, 1),
    "text inside": ("x", 1),
    "complex inside": (1j, 1),
    "true inside": (True, 0),
    "nested": ((0, 1), 1),
    "10**400": (10**400, 1),
    "1e400": ("1e400", 1),
    "wrong name": "row 3",
    "wrong names": {"row 3": 1},
    "named sum 0.9": {"row 1": 0.9},
    "huge": HUGE,
    "huge inside": (HUGE, 1),
    "duration inside": (np.timedelta64(1), 0),
}

NO_PROFILES = {
    **NO_NUMBERS,
    "one strategy": ((0, 1),),
    "three strategies": ((0, 1),) * 3,
    "names of others": {"us": (0, 1), "un": (0, 1)},
    "one name": {"us": (0, 1)},
    "an index as name": {0: (0, 1), 1: (0, 1)},
}

NO_PLAYERS = {
    "unknown": "un",
    "close": "uss",
    "none": None,
    "2": 2,
    "-1": -1,
    "0.0": 0.0,
    "true": True,
    "list": [0],
    "bytes": b"us",
    "10**400": 10**400,
    "huge": HUGE,
    "duration": np.timedelta64(1),
}

NO_TABLES = {
    **NO_NUMBERS,
    "ragged": [[1, 2], [3]],
    "ragged deep": [[[1], [2, 3]]],
    "mixed depths": [[1, [2]], [3, 4]],
    "empty": [],
    "no columns": [[]],
    "no rows": np.zeros((0, 2)),
    "vector": [1, 2],
    "three axes": np.zeros((2, 2, 2)),
    "other shape": [[1, 2, 3]],
    "nan inside": [[float("nan"), 1], [1, 1]],
    "complex inside": np.ones((2, 2), dtype=complex),
    "objects inside": np.array([[1, None], [1, 1]], dtype=object),
    "truths inside": np.ones((2, 2), dtype=bool),
    "text": "1 2\n3 4",
    "true inside": [[True, 1], [1, 1]],
    "durations": np.ones((2, 2), dtype="m8[s]"),
    "masked inside": MASKED,
    "structured": np.zeros((2, 2), dtype=[("a", int)]),
}

NO_LABELS = {
    "repeated": ["a", "a"],
    "too few": ["a"],
    "too many": ["a", "b", "c"],
    "none": [],
    "empty": ["a", ""],
    "numbers": [1, 2],
    "bytes": [b"a", b"b"],
    "missing": ["a", None],
    "text": "ab",
    "number": 2,
    "array without axes": np.array(1.5),
    "masked": np.ma.masked,
}

ZEROS = [[0, 0], [0, 0]]

ASKED = {
    "from_arrays, an entry": (NO_NUMBERS, lambda v: NormalForm.from_arrays([[v, 1]], [[0, 0]])),
    "from_arrays, an array": (NO_TABLES, lambda v: NormalForm.from_arrays(v, ZEROS)),
    "from_arrays, the other array": (NO_TABLES, lambda v: NormalForm.from_arrays(ZEROS, v)),
    "from_arrays, players": (NO_LABELS, lambda v: NormalForm.from_arrays(ZEROS, ZEROS, players=v)),
    "from_arrays, strategies of one": (
        NO_LABELS,
        lambda v: NormalForm.from_arrays(ZEROS, ZEROS, strategies=[v, ["c", "d"]]),
    ),
    "from_table, an entry": (
        NO_NUMBERS,
        lambda v: NormalForm.from_table({"x": ("a",), "y": ("b",)}, {("a", "b"): (v, 1)}),
    ),
    "from_table, payoffs": (
        {**NO_NUMBERS, "one": (1,), "three": (1, 2, 3), "text": "12"},
        lambda v: NormalForm.from_table({"x": ("a",), "y": ("b",)}, {("a", "b"): v}),
    ),
    "from_table, a profile": (
        {"short": ("a",), "long": ("a", "b", "c"), "text": "ab", "other": ("a", "c"), "none": None},
        lambda v: NormalForm.from_table({"x": ("a",), "y": ("b",)}, {v: (1, 2)}),
    ),
    "from_table, players": (NO_NUMBERS, lambda v: NormalForm.from_table(v, {("a",): (1,)})),
    "from_table, the table": (
        {**NO_NUMBERS, "no row": {}},
        lambda v: NormalForm.from_table({"x": ("a",)}, v),
    ),
    "payoff, the player": (NO_PLAYERS, lambda v: DILEMMA.payoff(v, (0, 0))),
    "rescale, the player": (NO_PLAYERS, DILEMMA.rescale),
    "rescale, the factor": ({**NO_NUMBERS, "0": 0, "-1": -1}, lambda v: DILEMMA.rescale(0, v)),
    "rescale, the shift": (NO_NUMBERS, lambda v: DILEMMA.rescale(0, 1, v)),
    "best_replies, the player": (NO_PLAYERS, lambda v: best_replies(DILEMMA, v, [(0, 1)])),
    "best_replies, the others": (
        {k: v for k, v in NO_PROFILES.items() if k != "one strategy"},  # one is right here
        lambda v: best_replies(DILEMMA, 0, v),
    ),
    "mixed_strategy": (NO_DISTRIBUTIONS, lambda v: mixed_strategy(DILEMMA, 0, v)),
    "is_undominated, the player": (NO_PLAYERS, lambda v: is_undominated(DILEMMA, v, (0, 1))),
    "is_undominated": (NO_DISTRIBUTIONS, lambda v: is_undominated(DILEMMA, 0, v)),
    "dominated, the player": (NO_PLAYERS, lambda v: dominated_strategies(DILEMMA, v)),
    "dominated, the kind": (NO_NUMBERS, lambda v: dominated_strategies(DILEMMA, 0, kind=v)),
    "evolutionary_stability": (NO_DISTRIBUTIONS, lambda v: evolutionary_stability(SYMMETRIC, v)),
    "security_level": (NO_PLAYERS, lambda v: security_level(DILEMMA, v)),
    "correlated, the objective": (
        {**NO_OPTIONS, "close": "totl", "number": 1, "bytes": b"total"},
        lambda v: correlated_equilibrium(DILEMMA, objective=v),
    ),
    "is_correlated, a probability": (
        {**NO_NUMBERS, "0.9": 0.9, "-1": -1, "10**400": 10**400},
        lambda v: is_correlated_equilibrium(DILEMMA, {("row 1", "column 1"): v}),
    ),
    "is_correlated": (NO_NUMBERS, lambda v: is_correlated_equilibrium(DILEMMA, v)),
    "quantal_response, the precision": (
        {k: v for k, v in NO_NUMBERS.items() if v is not None} | {"-1": -1},
        lambda v: quantal_response(DILEMMA, v),
    ),
    "risk_dominance": (
        {
            **NO_OPTIONS,
            "one": ("row 1",),
            "unknown": ("row 3", "column 1"),
            "text": "row 1",
            "names": {"us": 0},
        },
        lambda v: risk_dominance(DILEMMA, v, (1, 1)),
    ),
    "batch": (
        {**NO_TABLES, "masked games": np.ma.array(np.zeros((1, 2, 1, 1)), mask=True)},
        equilibria_batch,
    ),
    "batch, an entry": (
        {k: v for k, v in NO_NUMBERS.items() if k != "array without axes"},
        lambda v: equilibria_batch([[[[v, 1]], [[1, 1]]]]),
    ),
    "batch, threads": (
        {**NO_LIMITS, "0": 0},
        lambda v: equilibria_batch(np.zeros((1, 2, 1, 1)), threads=v),
    ),
    "batch, the chunk": (
        {k: v for k, v in NO_LIMITS.items() if v is not None} | {"0": 0},
        lambda v: equilibria_batch(np.zeros((1, 2, 1, 1)), chunk=v),
    ),
    "batch, progress": (
        NO_CALLS,
        lambda v: equilibria_batch(np.zeros((0, 2, 1, 1)), progress=v),  # before it starts
    ),
    "parse_nfg": (NOT_NONE, parse_nfg),
    "parse_nfg, the name": (NO_OPTIONS, lambda v: parse_nfg("NFG", v)),
    "read_nfg": (NO_OPTIONS, read_nfg),
    "read_csv, the delimiter": (NO_OPTIONS, lambda v: read_csv("no file", delimiter=v)),
    "bare constructor, payoffs": (NO_OPTIONS, lambda v: NormalForm(("x",), (("a",),), v)),
    "bare constructor, strategies": (NO_OPTIONS, lambda v: NormalForm(("x",), v, ([1],))),
    "payoff, the profile": (
        {**NO_OPTIONS, "text": "ab", "short": (0,), "duration inside": (np.timedelta64(1), 0)},
        lambda v: DILEMMA.payoff(0, v),
    ),
    "relabel, players": (NO_MAPPINGS, DILEMMA.relabel),
    "relabel, strategies": (NO_MAPPINGS, lambda v: DILEMMA.relabel({}, {"us": v})),
    "restrict": (NO_MAPPINGS, DILEMMA.restrict),
    "restrict, one": (
        {k: v for k, v in NO_OPTIONS.items() if k != "set"},  # of an index: right here
        lambda v: DILEMMA.restrict({"us": v}),
    ),
    "permute": (NO_OPTIONS, lambda v: DILEMMA.permute(0, v)),
    "dominated, mixed": (NO_FLAGS, lambda v: dominated_strategies(DILEMMA, 0, mixed=v)),
    "correlated, coarse": (NO_FLAGS, lambda v: correlated_equilibrium(DILEMMA, coarse=v)),
    "is_correlated, coarse": (
        NO_FLAGS,
        lambda v: is_correlated_equilibrium(DILEMMA, {(1, 1): 1}, coarse=v),
    ),
    "is_correlated, a profile": (
        {"none": None, "short": (0,), "huge": (HUGE, 0)},
        lambda v: is_correlated_equilibrium(DILEMMA, {v: 1}),
    ),
    "is_correlated, a huge sum": (
        {"": HUGE},
        lambda v: is_correlated_equilibrium(WIDE, {(0, 0): v}),
    ),
    "equilibria, the limit": (NO_LIMITS, lambda v: equilibria(DILEMMA, limit=v)),
    "equilibria, the seconds": (NO_SECONDS, lambda v: equilibria(DILEMMA, seconds=v)),
    "equilibria, stop": (NO_CALLS, lambda v: equilibria(DILEMMA, stop=v)),
    "is_degenerate, the limit": (NO_LIMITS, lambda v: is_degenerate(DILEMMA, limit=v)),
    "lemke_howson, the label": (
        {**NO_OPTIONS, "4": 4, "three": (0, 0, 0), "strategy": (0, HUGE)},
        lambda v: lemke_howson(DILEMMA, v),
    ),
    "select, found": (NOT_NONE, lambda v: select(DILEMMA, found=v)),
    "replicator_dynamics, the start": (NOT_NONE, lambda v: replicator_dynamics(DILEMMA, v)),
    "replicator_dynamics, times": (NOT_NONE, lambda v: replicator_dynamics(DILEMMA, times=v)),
    "replicator_dynamics, mutation": (
        NOT_NONE,
        lambda v: replicator_dynamics(DILEMMA, mutation=v, one_population=True),
    ),
    "fictitious_play, iterations": (
        {**NO_LIMITS, "0": 0, "huge": HUGE},
        lambda v: fictitious_play(DILEMMA, iterations=v, seed=0),
    ),
    "fictitious_play, the seed": (
        NO_LIMITS,
        lambda v: fictitious_play(DILEMMA, iterations=1, seed=v),
    ),
    "fictitious_play, the noise": (
        {**NO_NUMBERS, "-1": -1, "huge": HUGE},
        lambda v: fictitious_play(DILEMMA, iterations=1, seed=0, stochastic=True, noise=v),
    ),
    "family, formulas": (
        NO_OPTIONS,
        lambda v: GameFamily.from_formulas(["us"], [["a", "b"]], [v], {"x": 1}),
    ),
    "read_gam": (NO_OPTIONS, read_gam),
    "read_csv": (NO_NUMBERS, read_csv),
    "from_frame": (NO_OPTIONS, from_frame),
}
for judge in (is_equilibrium, expected_payoffs, regrets, regret_radius, is_efficient):
    ASKED |= {
        judge.__name__: (NO_PROFILES, lambda v, ask=judge: ask(DILEMMA, v)),
        f"{judge.__name__}, one": (
            NO_DISTRIBUTIONS,
            lambda v, ask=judge: ask(DILEMMA, (v, (0, 1))),
        ),
        f"{judge.__name__}, by name": (
            NO_DISTRIBUTIONS,
            lambda v, ask=judge: ask(DILEMMA, {"ru": "column 1", "us": v}),
        ),
    }

PURE = ("row 1", "column 1")
for takes_game in (
    lambda v: mixed_strategy(v, 0, (0, 1)),
    lambda v: best_replies(v, 0, [(0, 1)]),
    lambda v: expected_payoffs(v, PURE),
    lambda v: regrets(v, PURE),
    lambda v: is_equilibrium(v, PURE),
    pure_equilibria,
    equilibria,
    iter_equilibria,
    lemke_howson,
    lambda v: next(equilibria_on_paths(v)),
    is_degenerate,
    lambda v: equilibrium_index(v, PURE),
    lambda v: dominated_strategies(v, 0),
    iterated_dominance,
    lambda v: is_undominated(v, 0, (0, 1)),
    lambda v: is_efficient(v, PURE),
    correlated_equilibrium,
    lambda v: is_correlated_equilibrium(v, {PURE: 1}),
    quantal_response,
    select,
    lambda v: risk_dominance(v, PURE, PURE),
    lambda v: regret_radius(v, PURE),
    lambda v: security_level(v, 0),
    zero_sum_value,
    is_symmetric,
    lambda v: evolutionary_stability(v, (0, 1)),
    evolutionarily_stable_strategies,
    classify_two_by_two,
    replicator_dynamics,
    lambda v: fictitious_play(v, iterations=1, seed=0),
    write_nfg,
    to_nashpy,
    to_pygambit,
    to_frame,
):
    ASKED[f"the game, {len(ASKED)}"] = (NO_GAMES, takes_game)


def refused(ask, wrong):
    """Return the message of the error, which must be one of ours and of one line."""
    with pytest.raises(NegotiationError) as caught:
        ask(wrong)
    message = str(caught.value)
    assert message
    assert message.isprintable()
    assert len(message) < 600
    return message


@pytest.mark.parametrize("asked", ASKED)
def test_wrong_input_is_refused_in_words(asked):
    wrongs, ask = ASKED[asked]
    for wrong in wrongs.values():
        refused(ask, wrong)


@pytest.mark.parametrize(
    ("ask", "parts"),
    [
        (lambda: NormalForm.from_arrays([[1, 2], [3]], ZEROS), ("player 1", "ragged", "same")),
        (lambda: NormalForm.from_arrays([[float("nan")]], [[0]]), ("player 1", "nan", "finite")),
        (lambda: NormalForm.from_arrays(ZEROS, [[1]]), ("player 2", "1 by 1", "axis k")),
        (lambda: is_equilibrium(DILEMMA, ((0.4, 0.5), "column 1")), ("us", "0.9|9/10", "1")),
        (lambda: is_equilibrium(DILEMMA, ((-0.5, 1.5), "column 1")), ("us", "row 1", "-0.5")),
        (lambda: is_equilibrium(DILEMMA, ((1,), "column 1")), ("us", "1 prob", "row 1, row 2")),
        (
            lambda: is_equilibrium(DILEMMA, {"us": "row 1", "rus": 0}),
            ("rus", "did you mean", "'ru'"),
        ),
        (lambda: best_replies(DILEMMA, "uss", ["row 1"]), ("player 'uss'", "did you mean 'us'")),
        (lambda: classify_two_by_two(WIDE), ("1 by 3|1x3|1, 3",)),
        (lambda: zero_sum_value(DILEMMA), ("row 1",)),
        (lambda: equilibria([[1]]), ("game", "[[1]]", "NormalForm.from_arrays")),
        (lambda: DILEMMA.payoff(HUGE, (0, 0)), ("player", "too long to show", "us, ru")),
        (lambda: NormalForm.from_arrays(DEEP, ZEROS), ("player 1", "32 deep", "axis per player")),
        (lambda: NormalForm.from_arrays([[np.array(1.5)]], [[0]]), ("player 1", "array(1.5)")),
        (lambda: equilibria(DILEMMA, limit=-1), ("limit", "-1", "from 0")),
    ],
)
def test_messages_say_what_and_where(ask, parts):
    with pytest.raises(NegotiationError) as caught:
        ask()
    for part in parts:
        assert any(word in str(caught.value) for word in part.split("|")), str(caught.value)


def test_unknown_names_are_key_errors_too():
    for ask in (
        lambda: DILEMMA.payoff("un", (0, 0)),
        lambda: is_equilibrium(DILEMMA, ("row 3", "column 1")),
        lambda: DILEMMA.payoff("us", ("row 1", "column 9")),
    ):
        with pytest.raises(UnknownNameError):
            ask()
        with pytest.raises(KeyError):
            ask()


@pytest.mark.parametrize("huge", [10**400, "1e400", "1" + "0" * 400, Fraction(10**400)])
def test_ten_to_the_400_is_a_number_like_another(huge):
    game = NormalForm.from_arrays([[huge, 0], [0, 1]], [[1, 0], [0, 1]])
    result = equilibria(game)
    assert len(result.profiles) == 3
    small = Fraction(1, 10**400 + 1)
    assert result.profiles[2].strategies == ((Fraction(1, 2),) * 2, (small, 1 - small))
    assert is_equilibrium(game, result.profiles[2].strategies)
    assert regrets(game, ("row 2", "column 1"))[0] == 10**400
    assert expected_payoffs(game, ("row 1", "column 1")) == (10**400, 1)
    assert best_replies(game, 0, ["column 1"]) == ("row 1",)
    batch = equilibria_batch(np.array([[[[10**400, 0], [0, 1]], [[1, 0], [0, 1]]]], dtype=object))
    assert batch.equilibria(0) == result.profiles
    table = NormalForm.from_table({"x": ("a",)}, {("a",): (huge,)})
    assert table.payoff("x", ("a",)) == 10**400
