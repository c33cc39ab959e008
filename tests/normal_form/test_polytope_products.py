"""Multilinear systems that fall apart into one polytope per player.

Oracle: the rows evaluated at points of the products and on grids.
"""

import itertools
import math
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation.normal_form.polytope_products import Polytope, Row, separate, values_on


def value(entries, weights):
    """Return a row at a point by the definition."""
    places = itertools.product(*(range(len(own)) for own in weights))
    return sum(
        entry * math.prod(own[i] for own, i in zip(weights, place, strict=True))
        for entry, place in zip(entries, places, strict=True)
    )


def solves(rows, weights):
    values = [(row.equation, value(row.entries, weights)) for row in rows]
    return all(v == 0 if equation else v <= 0 for equation, v in values)


def inside(grain, size):
    return [own for own in itertools.product(range(1, grain), repeat=size) if sum(own) == grain]


@st.composite
def systems(draw):
    sizes = draw(st.sampled_from([(2,), (3,), (2, 2), (3, 2), (2, 2, 2)]))
    size = math.prod(sizes)
    plain = st.lists(st.integers(-1, 1), min_size=size, max_size=size)
    factors = st.tuples(*(st.lists(st.integers(-1, 2), min_size=m, max_size=m) for m in sizes))
    product = factors.map(lambda own: [math.prod(entry) for entry in itertools.product(*own)])
    entries = st.one_of(plain, product)
    rows = draw(st.lists(st.builds(Row, entries, st.booleans()), min_size=1, max_size=4))
    return sizes, rows


@given(system=systems())
@settings(max_examples=60)
def test_products_are_the_solutions_with_all_probabilities_positive(system):
    sizes, rows = system
    found = separate(tuple(map(Polytope.simplex, sizes)), rows)
    for sides in found.products:
        for weights in itertools.product(*(side.vertices for side in sides)):
            assert solves(rows, weights)
        middle = [tuple(map(sum, zip(*side.vertices, strict=True))) for side in sides]
        assert solves(rows, middle)
        assert all(map(all, middle))  # it is no limit only
        for side in sides:
            assert len({sum(v) for v in side.vertices}) == 1
            assert all(side.holds(v) for v in side.vertices)
    if found.remainders:
        return
    for weights in itertools.product(*(inside(6, size) for size in sizes)):
        covered = any(
            all(side.holds(own) for side, own in zip(sides, weights, strict=True))
            for sides in found.products
        )
        assert covered == solves(rows, weights)


@given(
    size=st.integers(2, 4),
    cuts=st.lists(
        st.tuples(st.lists(st.integers(-2, 2), min_size=4, max_size=4), st.booleans()), max_size=3
    ),
)
@settings(max_examples=60)
def test_a_polytope_has_the_vertices_of_its_inequalities(size, cuts):
    polytope = Polytope.simplex(size)
    for coefficients, equation in cuts:
        if polytope is not None:
            polytope = polytope.cut(coefficients[:size], equation=equation)
    points = [own for own in itertools.product(range(13), repeat=size) if sum(own) == 12]
    allowed = [
        own
        for own in points
        if all(
            v == 0 if equation else v <= 0
            for coefficients, equation in cuts
            for v in [sum(a * w for a, w in zip(coefficients, own, strict=False))]
        )
    ]
    if polytope is None:
        assert not allowed
        return
    for own in points:
        assert polytope.holds(own) == (own in allowed)
    # the largest value of a linear function is at a vertex
    for axis in range(size):
        top = max((Fraction(own[axis], 12) for own in allowed), default=Fraction(0))
        assert max(Fraction(v[axis], sum(v)) for v in polytope.vertices) >= top
    assert len(set(polytope.vertices)) == len(polytope.vertices)
    for v in polytope.vertices:
        assert polytope.holds(v)
        assert min(v) >= 0


def test_an_equation_of_one_sign_holds_on_faces():
    # 3 x0 <= 1, and the product of 1 - 3 x0 with y0 and with y1 adds up to nothing
    sides = (Polytope.simplex(2), Polytope.simplex(2))
    rows = [Row((2, 2, -1, -1), equation=False), Row((2, 4, -1, -2), equation=True)]
    found = separate(sides, rows)
    (product,) = found.products
    assert product[0].vertices == ((1, 2),)
    assert product[1].vertices == ((1, 0), (0, 1))
    assert values_on(rows[1].entries, product) == [0, 0]
