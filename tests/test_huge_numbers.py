"""Numbers beyond the range and the precision of floats are ranked and shown like any others."""

from fractions import Fraction

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import negotiation as ng
from negotiation.errors import NegotiationError
from negotiation.exact import nearest_float
from negotiation.model import build
from negotiation.stability import Judge
from negotiation.what_if.repair.criteria import of_agreement

HUGE = """
title: a huge score
parties: {x: {}, y: {}}
parameters: {p: {value: 1e400, low: 1e399, high: 2e400}}
issues: {i: {options: [l, h]}}
demands:
  x: {i: {aspires: l, scores: {l: p, h: 0}}}
  y: {i: {aspires: h}}
disagreement: {x: 0, y: 0}
bargaining: {players: [x, y]}
"""


def test_a_score_beyond_the_range_of_floats():
    analysis = ng.loads(HUGE).solve()
    assert analysis["stability"].row("best_1").agreement == {"i": "l"}
    for concept in ("kalai_smorodinsky", "egalitarian", "utilitarian"):
        assert analysis.get_path(f"bargaining.{concept}.exists")
    assert analysis.get_path("bargaining.utilitarian.utility.x") == 10**400
    assert "1e+400" in str(analysis)


numbers = st.lists(st.integers(0, 3), min_size=3, max_size=3)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(numbers, numbers), min_size=2, max_size=2),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.sampled_from([400, -400, 18]),
)
def test_a_common_factor_changes_no_row(scores, without, power):
    """The same agreements are found, in the same order, and meet the same criteria."""
    rows = []
    for factor in (Fraction(1), Fraction(10) ** power):
        tree = {
            "title": "scaled",
            "parties": {"x": {}, "y": {}},
            "issues": {f"i{k}": {"options": ["a", "b", "c"]} for k in range(2)},
            "demands": {
                party: {
                    f"i{k}": {
                        "scores": {
                            option: str(value * factor)
                            for option, value in zip("abc", scores[k][place], strict=True)
                        }
                    }
                    for k in range(2)
                }
                for place, party in enumerate("xy")
            },
            "disagreement": {
                party: str(value * factor) for party, value in zip("xy", without, strict=True)
            },
            "bargaining": {"players": ["x", "y"]},
        }
        table = ng.loads(yaml.safe_dump(tree)).solve()["stability"]
        rows.append([(row.names, row.agreement, row.met) for row in table.rows])
    assert rows[0] == rows[1]


def test_the_worst_broken_clause_is_found_beyond_the_precision_of_floats():
    """All gain most by c, by one part in ten to the eighteen; floats see no difference."""
    most = 10**18
    tree = {
        "title": "close",
        "parties": {"x": {}, "y": {}},
        "issues": {"i": {"options": ["a", "b", "c"], "control": {"by": ["x", "y"], "joint": True}}},
        "demands": {party: {"i": {"scores": {"a": 0, "b": most, "c": most + 1}}} for party in "xy"},
        "disagreement": {"x": 0, "y": 0},
        "agreements": {"deal": {"i": "a"}},
    }
    assert float(most) == float(most + 1)
    model = ng.loads(yaml.safe_dump(tree))
    judge = Judge(model, build.agreement_space(model))
    agreement = model.agreement("deal")
    graph = build.issue_graph(model, judge.space)
    now = {party: (Fraction(0), 0) for party in "xy"}
    for criterion in ("efficient", "coalition_proof"):
        (search,) = of_agreement(judge, agreement, [criterion], graph).searched
        assert search(now).why.endswith("(c)"), criterion


def test_what_if_beyond_the_range_of_floats():
    model = ng.loads(HUGE)
    output = "bargaining.utilitarian.utility.x"
    swept = ng.sweep(model, {"parameters.p": ["-1e400", 0, "1e400"]}, outputs=[output])
    (column,) = (swept.to_dataframe(exact=False)[output],)
    assert column.tolist() == [0, 0, np.inf]
    drawn = ng.robustness(model, outputs=[output], draws=8)
    spread = drawn.spread(output)
    assert 10**399 <= spread.least < spread.most <= 2 * 10**400
    assert str(drawn)
    assert ng.tornado(model, output).base == 10**400
    with pytest.raises(NegotiationError, match="beyond the range of floats"):
        ng.sensitivity(model, output, draws=8)


def test_spread_of_tiny_numbers():
    """Squares of 1e-300 are no floats; the deviation is one nevertheless."""
    text = HUGE.replace("1e400, low: 1e399, high: 2e400", "1e-300, low: 0, high: 2e-300")
    model = ng.loads(text)
    output = "bargaining.kalai_smorodinsky.range.x.high"
    spread = ng.robustness(model, outputs=[output], draws=64).spread(output)
    assert 0 < spread.deviation < 1e-300
    assert 0.9e-300 < spread.mean < 1.1e-300


def test_nearest_float():
    assert nearest_float(Fraction(1, 3)) == 1 / 3
    assert (nearest_float(10**400), nearest_float(-(10**400))) == (np.inf, -np.inf)
