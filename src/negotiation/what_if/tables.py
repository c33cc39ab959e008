"""A party's numbers over all agreements at once, as polynomials in open inputs.

With some inputs open, every number of a party is a rational function of them
(:mod:`negotiation.model.symbolic`). Brought to one divisor that is positive where one looks,
what is left above it are polynomials. The utility of an agreement is a sum of such numbers, one
score per issue and the terms that the agreement meets; so that for each monomial its coefficients
over all agreements are one table of integers, made as fast as a space of fixed numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation.bargaining import AgreementSpace
from negotiation.formulas import Node
from negotiation.model.symbolic import Around

__all__ = ["Poly", "Powers", "over_one_divisor", "poly_of", "shifted", "tabulated"]

Powers = tuple[int, ...]
Poly = Mapping[Powers, Fraction]
"""A polynomial: powers of the inputs -> coefficient."""

ROOM = 2**60
Term = tuple[Mapping[str, tuple[str, ...]], Poly]
"""Options by issue, and what is added where an agreement has one of them on each."""


def poly_of(element: Any) -> Poly:
    """Return an element of a ring of polynomials."""
    return {
        tuple(powers): Fraction(int(value.numerator), int(value.denominator))
        for powers, value in element.terms()
        if value
    }


def shifted(poly: Poly, centre: Sequence[Fraction], radius: Sequence[Fraction]) -> Poly:
    """Return a polynomial in x as one in y, with x = centre + radius * y."""
    found: dict[Powers, Fraction] = {}
    for powers, value in poly.items():
        parts = []
        for power, c, r in zip(powers, centre, radius, strict=True):
            if r:
                parts.append(
                    [(k, math.comb(power, k) * c ** (power - k) * r**k) for k in range(power + 1)]
                )
            else:
                parts.append([(0, c**power)])
        for row in itertools.product(*parts):
            factor = value
            for _, own in row:
                factor *= own
            if factor:
                key = tuple(k for k, _ in row)
                found[key] = found.get(key, Fraction(0)) + factor
    return found


def over_one_divisor(nodes: Sequence[Node], around: Around) -> tuple[list[Poly], Poly]:
    """Return numbers times one divisor that is positive at the point of `around`, and that."""
    one = (0,) * len(around.at)
    if all(node[0] == "number" for node in nodes):
        return [{one: node[1]} if node[1] else {} for node in nodes], {one: Fraction(1)}
    functions = [around.function(node) for node in nodes]
    common = functions[0].field.ring.one
    for own in functions:
        common = common.lcm(own.denom)
    above = [poly_of(own.numer * common.exquo(own.denom)) for own in functions]
    divisor = poly_of(common)
    point = list(around.at.values())
    if shifted(divisor, point, [Fraction(0)] * len(point))[one] < 0:
        above, divisor = [_negative(own) for own in above], _negative(divisor)
    return above, divisor


def _negative(poly: Poly) -> Poly:
    return {powers: -value for powers, value in poly.items()}


def tabulated(
    space: AgreementSpace,
    rows: Sequence[Sequence[Poly]],
    terms: Sequence[Term],
    without: Poly,
    *,
    inputs: int,
    scale: int,
) -> dict[Powers, NDArray[Any]]:
    """Return, for each monomial, its coefficients over all agreements, and without agreement.

    Parameters
    ----------
    space : AgreementSpace
    rows : sequence
        By issue and option what a score adds.
    terms : sequence
        Interactions.
    without : polynomial
        The last entry of each table.
    inputs : int
        How many there are.
    scale : int
        What makes all coefficients integers.

    Returns
    -------
    dict
        Powers -> integers, with room for a few sums in 64 bits, or else Python integers. The
        constant is always among them.

    Raises
    ------
    TooLargeError
        Where there is no room for them.
    """
    every = [*itertools.chain(*rows), *(poly for _, poly in terms), without]
    bound = sum(max(sum(map(abs, poly.values())) for poly in row) for row in rows) + sum(
        sum(map(abs, poly.values())) for poly in (*(poly for _, poly in terms), without)
    )
    kind: Any = np.int64 if bound * scale * 4 < ROOM else object
    keys = dict.fromkeys([(0,) * inputs, *itertools.chain(*every)])
    item = 8 if kind is np.int64 else 48
    space.require_room("numbers as functions of inputs", item * (len(keys) + 2))
    tables = {}
    for key in keys:
        table = np.zeros(1, dtype=kind)
        for row in rows:
            column = [int(poly.get(key, 0) * scale) for poly in row]
            table = np.add.outer(table, np.array(column, dtype=kind)).ravel()
        grid = table.reshape(space.shape)
        for when, poly in terms:
            if key in poly:
                places = [
                    [k for k, option in enumerate(options) if option in when.get(issue, options)]
                    for issue, options in space.issues.items()
                ]
                grid[np.ix_(*places)] += int(poly[key] * scale)
        last = np.array([int(without.get(key, 0) * scale)], dtype=kind)
        tables[key] = np.concatenate([table, last])
    return tables
