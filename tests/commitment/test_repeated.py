"""Self-enforcement against discounted sums over an infinite horizon."""

import itertools
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.commitment import (
    Stakes,
    critical_discount,
    self_enforcing,
    self_enforcing_mask,
)
from negotiation.errors import GameError, TooLargeError

numbers = st.fractions(min_value=-3, max_value=3, max_denominator=6)
patiences = st.fractions(min_value=0, max_value=1, max_denominator=30).filter(lambda d: d < 1)
lags = st.integers(1, 4)
stakes = st.builds(Stakes, numbers, numbers, numbers, patiences, st.sampled_from(["", "moving"]))


def stream(prefix, forever, delta):
    """Discounted sum of a prefix followed by one number for ever."""
    total = sum((value * delta**t for t, value in enumerate(prefix)), Fraction(0))
    return total + delta ** len(prefix) * forever / (1 - delta)


def keeps(c, d, n, delta, lag):
    return stream([], c, delta) >= stream([d] * lag, n, delta)


@given(numbers, numbers, numbers, patiences, lags)
def test_the_verdict_is_that_of_the_infinite_sums(c, d, n, delta, lag):
    critical = critical_discount(c, d, n, lag)
    assert critical.holds(delta) == keeps(c, d, n, delta, lag)
    # a breach planned for a later period pays if and only if one now does
    later = stream([c, c], c, delta) >= stream([c, c, *[d] * lag], n, delta)
    assert later == critical.holds(delta) or delta == 0
    margin = critical.margin(delta)
    if margin is None:
        assert not critical.feasible
        assert not critical.holds(delta)
    else:
        assert critical.feasible
        assert (margin >= 0) == critical.holds(delta)
    assert (critical.slack(delta) >= 0) == critical.holds(delta)


@given(numbers, numbers, numbers)
def test_the_threshold_is_where_the_answer_flips(c, d, n):
    critical = critical_discount(c, d, n)
    step = Fraction(1, 10**9)
    grid = [Fraction(k, 12) for k in range(12)] + [1 - step]
    if not critical.feasible:
        assert critical.ratio is None
        assert critical.value is None
        assert not any(keeps(c, d, n, delta, 1) for delta in grid)
    elif critical.ceiling is not None:
        assert critical.ratio == 0
        assert 0 <= critical.ceiling < 1
        assert keeps(c, d, n, critical.ceiling, 1)
        assert not keeps(c, d, n, critical.ceiling + step * (1 - critical.ceiling), 1)
    else:
        assert critical.value == critical.ratio
        assert keeps(c, d, n, critical.ratio, 1)
        assert all(keeps(c, d, n, delta, 1) for delta in grid if delta >= critical.ratio)
        assert not any(keeps(c, d, n, delta, 1) for delta in grid if delta < critical.ratio)


def test_every_pattern_of_signs_is_met():
    levels = [Fraction(k) for k in range(3)]
    for c, d, n in itertools.product(levels, repeat=3):
        critical = critical_discount(c, d, n)
        kept = [keeps(c, d, n, Fraction(k, 50), 1) for k in range(50)]
        assert [critical.holds(Fraction(k, 50)) for k in range(50)] == kept
        assert critical.feasible == any(kept), (c, d, n)


@pytest.mark.parametrize(
    ("temptation", "reward", "penalty"), [(5, 3, 1), (4, 3, 2), (10, 6, 0), ("1.5", 1, "1/3")]
)
def test_grim_trigger_in_the_prisoners_dilemma(temptation, reward, penalty):
    t, r, p = (Fraction(str(value)) for value in (temptation, reward, penalty))
    assert critical_discount(reward, temptation, penalty).ratio == (t - r) / (t - p)


def test_a_lag_raises_the_critical_factor_to_its_root():
    critical = critical_discount(3, 5, 1, lag=3)
    assert critical.ratio == Fraction(1, 2)
    assert critical.value == pytest.approx(0.5 ** (1 / 3), rel=1e-12)
    assert critical.holds(0.7938)
    assert not critical.holds(0.7937)
    assert critical_discount(3, 2, 1, lag=3).value == 0


@given(
    st.lists(st.tuples(*[st.integers(-20, 20)] * 3), min_size=1, max_size=20),
    patiences,
    lags,
    st.sampled_from([1, 10**6, 10**17, 10**30]),
)
def test_the_mask_is_the_verdict_on_each_entry(rows, delta, lag, scale):
    scaled = [[value * scale for value in row] for row in rows]
    kind = np.int64 if scale < 10**17 else object
    c, d, n = (np.array(column, dtype=kind) for column in zip(*scaled, strict=True))
    mask = self_enforcing_mask(c, d, n, delta, lag)
    assert mask.tolist() == [critical_discount(*row, lag).holds(delta) for row in rows]
    assert not mask.flags.writeable


def test_the_mask_is_exact_at_the_edge_of_64_bits():
    edge = 2**61
    c = np.array([edge, edge - 1])
    mask = self_enforcing_mask(c, np.array([edge, edge]), edge - 4, Fraction(999_999, 10**6))
    assert mask.tolist() == [True, True]
    mask = self_enforcing_mask(c, np.array([edge, edge]), edge - 4, Fraction(1, 10**6))
    assert mask.tolist() == [True, False]
    assert self_enforcing_mask(np.array([], dtype=int), 1, 1, 0).tolist() == []


def test_no_patience_keeps_a_party_past_a_red_line_that_a_breach_leaves_behind():
    line = "zone: open crosses its red line"
    stakes_ = {
        "us": Stakes(1, 2, 0, "0.9"),
        "ru": Stakes(5, 3, 0, "0.9", "switching zone from open to closed", line),
        "ua": Stakes(1, 1, 3, "0.5"),
    }
    result = self_enforcing(stakes_)
    assert not result.keeps("ru")
    assert result.weakest == "ru"
    verdict = result.verdict()
    assert (verdict.holds, verdict.margin, verdict.witness.amount) == (False, None, None)
    assert verdict.witness.who == ("ru", "ua")
    assert verdict.witness.text == (
        f"ru breaks it: {line}, and switching zone from open to closed does not; also broken by ua"
    )
    data = result.data()
    for key in ("critical", "ceiling", "margin", "slack"):
        assert data[key]["ru"] is None
    assert dict(zip(result.tables()[0].columns, result.tables()[0].rows[1], strict=True))[
        "patience needed"
    ] == ("none is enough")


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["us", "ru", "ua"]), stakes, min_size=1), lags)
def test_all_parties_together(parties, lag):
    result = self_enforcing(parties, lag)
    kept = {
        name: keeps(s.cooperate, s.deviate, s.punish, s.patience, lag)
        for name, s in parties.items()
    }
    verdict = result.verdict()
    assert {name: result.keeps(name) for name in parties} == kept
    assert verdict.holds == result.holds == all(kept.values())
    data = result.data()
    assert data["keeps"] == kept
    assert set(data["margin"]) == set(data["critical"]) == set(parties)
    if verdict.holds:
        assert verdict.margin == min(data["margin"].values())
        assert verdict.witness is None
    else:
        assert set(verdict.witness.who) == {name for name, keep in kept.items() if not keep}
        assert verdict.witness.who[0] == result.weakest
        assert verdict.margin is None or verdict.margin < 0
    assert str(result)
    assert pickle.loads(pickle.dumps(result)) == result
    assert hash(result) == hash(self_enforcing(parties, lag))


@pytest.mark.parametrize(
    ("stake", "lag", "text"),
    [
        (
            Stakes("0.6", "0.8", "0.5", "0.5", "switching zone to open"),
            1,
            (
                "ru breaks it: switching zone to open gives 0.8 now against 0.6; "
                "it keeps only with patience 0.6667, has 0.5"
            ),
        ),
        (
            Stakes("0.6", "0.8", "0.6", "0.9"),
            1,
            (
                "ru breaks it: a breach gives 0.8 now against 0.6, and 0.6 later, "
                "so that no patience keeps it"
            ),
        ),
        (
            Stakes("0.6", "0.5", "0.8", "0.9", "walking out"),
            1,
            (
                "ru breaks it: after a breach it gets 0.8, against 0.6 by keeping; "
                "only patience up to 0.3333 would keep it, has 0.9"
            ),
        ),
        (
            Stakes("0.6", "0.8", "0.5", "0.8"),
            3,
            (
                "ru breaks it: a breach gives 0.8 now against 0.6 for 3 periods; "
                "it keeps only with patience 0.8736, has 0.8"
            ),
        ),
    ],
    ids=["impatient", "no patience helps", "growing power", "lag"],
)
def test_the_witness_says_who_breaks_it_and_why(stake, lag, text):
    assert (
        self_enforcing({"ru": stake, "us": Stakes(1, 0, 0, 0)}, lag).verdict().witness.text == text
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: critical_discount(1, 2, 0).holds(1), GameError, "patience 1 is no discount"),
        (lambda: critical_discount(1, 2, 0, lag=0), GameError, "a lag of 0"),
        (lambda: critical_discount(1, 2, 0, lag="1/2"), GameError, "a lag of 0.5"),
        (lambda: critical_discount(1, 2, 0, lag=10**6), TooLargeError, "periods of lag"),
        (lambda: critical_discount("x", 2, 0), GameError, "cooperate: 'x' is no number"),
        (lambda: Stakes(1, 2, 3, -1), GameError, "patience -1"),
        (lambda: self_enforcing({}), GameError, "no parties"),
        (lambda: self_enforcing_mask(np.array([0.5]), 1, 1, 0), GameError, "float64"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()
