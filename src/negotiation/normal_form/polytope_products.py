"""Multilinear conditions that fall apart into one polytope per player. Exact.

Players q mix over m_q strategies with probabilities x_q in a simplex. A *row* is a tensor R
with one axis per player and stands for the multilinear polynomial

    R(x) = sum over profiles t of R[t] * prod_q x_q[t_q],

which must vanish (an *equation*) or must not be positive. Sought are the x with all
probabilities positive. Let each x_q lie in a polytope P_q, at first the simplex. The values of R at
the profiles of vertices decide what it means for the product of the P_q, because R is linear in
each x_q:

- all of them zero, or none positive where R must not be: the row holds everywhere and is dropped;
- all of them positive (or negative, for an equation): there is no solution;
- none negative, where R must not be positive: R must vanish;
- they depend on the vertex of one player q only: R is linear on P_q, and cuts it;
- they are a product a(x_q) b(x of the others): R vanishes where a or b does and is not positive
  where their signs differ, so that there are two cases;
- an equation has values of one sign, some of them zero: it holds on faces of the P_q only.

A polytope that shrinks to a point leaves rows of fewer players, so that this goes on until no row
is left: then *every point of the product is a solution*, or until the rest cannot be taken apart.

With one player who mixes all rows are linear, and with two the conditions of these two are: of
generic payoffs nothing is left but the conditions of three and more players who mix.

Polytopes are kept by their vertices (integers with a common sum) and by which inequalities hold
there with equality. Two vertices span an edge if no third one has all the equalities they share.

Source: Motzkin, Raiffa, Thompson and Thrall (1953), the double description method.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["Cut", "Polytope", "Remainder", "Row", "Separated", "Sides", "separate", "values_on"]

MAX_CASES = 500
"""Cases that one system may fall into."""
MAX_CORNERS = 500
"""Vertices that a polytope may get."""

Vector: TypeAlias = tuple[int, ...]
Cut: TypeAlias = tuple[Vector, bool]


@dataclass(frozen=True)
class Row:
    """A condition: its entries in lexicographic order, and whether it is an equation."""

    entries: Sequence[int]
    equation: bool


@dataclass(frozen=True)
class Polytope:
    """A polytope of distributions.

    Attributes
    ----------
    vertices : tuple of tuple of int
        Weights, not negative, all with the same sum.
    tight : tuple of int
        Per vertex the inequalities that hold with equality, as bits: first those of the
        probabilities, then those of ``cuts``.
    cuts : tuple of (tuple of int, bool)
        What has cut it: coefficients of a linear function that must not be positive, or, if the
        flag is set, must vanish.
    whole : bool
        Whether it is the simplex.
    """

    vertices: tuple[Vector, ...]
    tight: tuple[int, ...]
    cuts: tuple[Cut, ...] = ()
    whole: bool = False

    @classmethod
    def simplex(cls, size: int) -> Polytope:
        """Return the polytope of all distributions over so many strategies."""
        every = (1 << size) - 1
        return cls(
            tuple(tuple(int(i == k) for i in range(size)) for k in range(size)),
            tuple(every & ~(1 << k) for k in range(size)),
            whole=size > 1,
        )

    @classmethod
    def at(cls, place: Vector) -> Polytope:
        """Return the polytope that is one point."""
        first = next(i for i, w in enumerate(place) if w)
        cuts: list[Cut] = []
        for k, w in enumerate(place):
            if k != first:
                line = [0] * len(place)
                line[k], line[first] = place[first], -w
                cuts.append((tuple(line), True))
        return cls((place,), (sum(1 << i for i, w in enumerate(place) if not w),), tuple(cuts))

    @property
    def inside(self) -> bool:
        """Whether some point has all probabilities positive."""
        common = -1
        for mask in self.tight:
            common &= mask
        return not common & ((1 << len(self.vertices[0])) - 1)

    def cut(self, coefficients: Sequence[int], *, equation: bool) -> Polytope | None:
        """Return the part on which a linear function vanishes, or is not positive.

        Examples
        --------
        >>> Polytope.simplex(3).cut((1, 1, -2), equation=True).vertices
        ((2, 0, 1), (0, 2, 1))
        """
        values = [sum(map(int.__mul__, coefficients, v)) for v in self.vertices]
        bit = 0 if equation else 1 << (len(self.vertices[0]) + len(self.cuts))
        kept = [
            (v, mask | (bit if value == 0 else 0))
            for v, mask, value in zip(self.vertices, self.tight, values, strict=True)
            if value == 0 or (value < 0 and not equation)
        ]
        below = [k for k, value in enumerate(values) if value < 0]
        for i in (k for k, value in enumerate(values) if value > 0):
            for j in below:
                shared = self.tight[i] & self.tight[j]
                if any(
                    mask & shared == shared for k, mask in enumerate(self.tight) if k not in {i, j}
                ):
                    continue
                mixed = [
                    values[i] * w - values[j] * v
                    for v, w in zip(self.vertices[i], self.vertices[j], strict=True)
                ]
                common = math.gcd(*mixed)
                kept.append((tuple(w // common for w in mixed), shared | bit))
        if not kept:
            return None
        total = math.lcm(*(sum(v) for v, _ in kept))
        return Polytope(
            tuple(tuple(w * (total // sum(v)) for w in v) for v, _ in kept),
            tuple(mask for _, mask in kept),
            (*self.cuts, (tuple(coefficients), equation)),
        )

    def faces(self) -> Iterator[Polytope]:
        """Yield the faces on which a cut that is no equation holds with equality."""
        size = len(self.vertices[0])
        for k, (coefficients, equation) in enumerate(self.cuts):
            held = [mask >> (size + k) & 1 for mask in self.tight]
            if not equation and 0 < sum(held) < len(held):
                face = self.cut(coefficients, equation=True)
                assert face is not None
                yield face

    def holds(self, weights: Sequence[int]) -> bool:
        """Say whether a distribution, given by weights on all strategies, lies in it."""
        for coefficients, equation in self.cuts:
            value = sum(map(int.__mul__, coefficients, weights))
            if value > 0 or (equation and value):
                return False
        return True


Sides: TypeAlias = tuple[Polytope, ...]


@dataclass(frozen=True)
class Remainder:
    """A product of polytopes, and the rows on it that cannot be taken apart."""

    sides: Sides
    rows: tuple[Row, ...]


@dataclass
class Separated:
    """The solutions of a system: products of polytopes, and what is left."""

    products: list[Sides] = field(default_factory=list)
    remainders: list[Remainder] = field(default_factory=list)
    cases: int = 0


def separate(sides: Sides, rows: Sequence[Row], implied: Sequence[Row] = ()) -> Separated:
    """Take a system apart into products of polytopes.

    Parameters
    ----------
    sides : tuple of Polytope
        Where the solutions are sought, one per player.
    rows : sequence of Row
        With as many entries as the product of the polytopes' numbers of coordinates.
    implied : sequence of Row
        Equations that follow from the others, used where these cannot be taken apart.

    Returns
    -------
    Separated
        The solutions with positive probabilities and their limits, exactly, where nothing
        remains. A remainder has polytopes that only equations have cut.

    Notes
    -----
    Complexity: each case evaluates every row at every profile of vertices, as often as rows are
    used up.

    Examples
    --------
    >>> pair = (Polytope.simplex(2), Polytope.simplex(2))
    >>> found = separate(pair, [Row((1, -1, -1, 1), True)])
    >>> [[side.vertices for side in product] for product in found.products]
    [[((1, 1),), ((1, 0), (0, 1))], [((1, 0), (0, 1)), ((1, 1),)]]
    >>> separate(pair, [Row((-1, 0, 0, 2), True)]).remainders[0].rows
    (Row(entries=(-1, 0, 0, 2), equation=True),)
    """
    found = Separated()
    _case(sides, list(rows), list(implied), found, None)
    return found


def _case(
    sides: Sides,
    rows: list[Row],
    implied: list[Row],
    found: Separated,
    remainder: Remainder | None,
) -> None:
    """Use up the rows of one case, and add what comes of it.

    Inequalities cut polytopes when equations no longer do; what remained then is what remains in
    the end, if equations are left.
    """
    found.cases += 1
    pending = [*rows]
    given = [*range(len(rows))]  # -1 for what follows from others
    while True:
        # drop rows that hold everywhere, and end where one holds nowhere
        live: list[tuple[int, Row, list[int]]] = []
        for k, row in zip(given, pending, strict=True):
            values = values_on(row.entries, sides)
            low, high = min(values), max(values)
            if low > 0 or (row.equation and high < 0):
                return
            if low == high == 0 or (not row.equation and high <= 0):
                continue
            if not row.equation and low == 0:
                row = Row(row.entries, equation=True)  # noqa: PLW2901
            live.append((k, row, values))
        given, pending = [k for k, _, _ in live], [row for _, row, _ in live]
        cutting = remainder is not None or not any(row.equation for row in pending)
        usable = [
            (k, row, values, _axes(values, sides))
            for k, (_, row, values) in enumerate(live)
            if row.equation or cutting
        ]
        # let a row of one player cut that player's polytope
        linear = next((one for one in usable if len(one[3]) == 1), None)
        if linear is not None:
            k, row, _, (q,) = linear
            coefficients = _restricted(row.entries, sides, q)
            side = sides[q].cut(coefficients, equation=row.equation)
            if side is None or not side.inside:
                return
            sides = (*sides[:q], side, *sides[q + 1 :])
            del given[k], pending[k]
            if len(side.vertices) > MAX_CORNERS:
                break
            continue
        if found.cases > MAX_CASES:
            break
        # a product has two cases
        for k, row, values, axes in usable:
            for q in axes:
                cases = _factors(row, values, sides, q)
                if cases is None:
                    continue
                rest = [one for i, one in enumerate(pending) if i != k]
                for case in cases:
                    _case(sides, [*rest, *case], implied, found, remainder)
                return
        # an equation of one sign holds on faces only
        for _, row, values, axes in usable:
            if row.equation and (min(values) >= 0 or max(values) <= 0):
                for q in axes:
                    for face in sides[q].faces():
                        if face.inside:
                            other = (*sides[:q], face, *sides[q + 1 :])
                            _case(other, pending, implied, found, remainder)
                return
        if implied and pending:
            pending += implied
            given += [-1] * len(implied)
            implied = []
        elif cutting or not pending:
            break
        else:
            remainder = Remainder(sides, _conditions(given, pending))
    left = _conditions(given, pending)
    if not left:
        found.products.append(sides)
    elif remainder is None:
        found.remainders.append(Remainder(sides, left))
    elif remainder not in found.remainders:
        found.remainders.append(remainder)


def _conditions(given: Sequence[int], rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows that do not follow from others."""
    return tuple(row for k, row in zip(given, rows, strict=True) if k >= 0)


def values_on(entries: Sequence[int], sides: Sides) -> list[int]:
    """Return the values of a row at all profiles of vertices, in lexicographic order."""
    flat = list(entries)
    before, after = 1, len(flat)
    for side in sides:
        size = len(side.vertices[0])
        after //= size
        if not side.whole:
            places = [[(w, s * after) for s, w in enumerate(v) if w] for v in side.vertices]
            flat = [
                sum(w * flat[block + place + c] for w, place in vertex)
                for block in range(0, before * size * after, size * after)
                for vertex in places
                for c in range(after)
            ]
        before *= len(side.vertices)
    return flat


def _axes(values: Sequence[int], sides: Sides) -> list[int]:
    """Return the players on whose vertex the values depend."""
    axes = []
    after = len(values)
    for q, side in enumerate(sides):
        count = len(side.vertices)
        block, after = after, after // count
        if count > 1 and any(
            values[start : start + block - after] != values[start + after : start + block]
            for start in range(0, len(values), block)
        ):
            axes.append(q)
    return axes


def _restricted(entries: Sequence[int], sides: Sides, q: int) -> Vector:
    """Return a row as a function of one player's strategy, the others at a vertex each."""
    others = tuple(
        Polytope.simplex(len(side.vertices[0])) if p == q else _corner(side, 0)
        for p, side in enumerate(sides)
    )
    return _reduced(values_on(entries, others))


def _corner(side: Polytope, k: int) -> Polytope:
    """Return one vertex of a polytope, to evaluate rows at."""
    return Polytope(side.vertices[k : k + 1], side.tight[k : k + 1])


def _reduced(entries: Sequence[int]) -> Vector:
    common = math.gcd(*entries) or 1
    return tuple(value // common for value in entries)


def _factors(
    row: Row, values: Sequence[int], sides: Sides, q: int
) -> tuple[tuple[Row, ...], ...] | None:
    """Return the cases of a row that is a product of a function of q and one of the others."""
    counts = [len(side.vertices) for side in sides]
    after = math.prod(counts[q + 1 :])
    if (
        values[0] * values[-1]
        != values[(counts[q] - 1) * after] * values[-1 - (counts[q] - 1) * after]
    ):
        return None  # a minor of the first and last vertex of q
    lines = [
        [
            values[start + v * after + c]
            for start in range(0, len(values), counts[q] * after)
            for c in range(after)
        ]
        for v in range(counts[q])
    ]
    v = next(k for k, line in enumerate(lines) if any(line))
    t = next(k for k, value in enumerate(lines[v]) if value)
    pivot = lines[v][t]
    for line in lines:
        if any(a * pivot != line[t] * b for a, b in zip(line, lines[v], strict=True)):
            return None
    # the profile of the others' vertices at place t
    place, vertices = t, {}
    for p in reversed([p for p in range(len(sides)) if p != q]):
        place, own = divmod(place, counts[p])
        vertices[p] = _corner(sides[p], own)
    whole = [Polytope.simplex(len(side.vertices[0])) for side in sides]
    first = values_on(row.entries, tuple(vertices.get(p, side) for p, side in enumerate(whole)))
    chosen = _corner(sides[q], v)
    second = values_on(row.entries, tuple(chosen if p == q else s for p, s in enumerate(whole)))
    sizes = [len(side.vertices[0]) for side in sides]
    one = _spread(_reduced(first), math.prod(sizes[:q]), math.prod(sizes[q + 1 :]))
    # the other factor does not depend on q: repeat its entries along that axis
    block = math.prod(sizes[q + 1 :])
    other = tuple(
        value
        for start in range(0, len(second), block)
        for _ in range(sizes[q])
        for value in _reduced(second)[start : start + block]
    )
    if row.equation:
        return (Row(one, equation=True),), (Row(other, equation=True),)
    less, more = Row(one, equation=False), Row(tuple(-e for e in one), equation=False)
    below, above = Row(other, equation=False), Row(tuple(-e for e in other), equation=False)
    if pivot > 0:  # the product of the factors must not be positive
        return (less, above), (more, below)
    return (less, below), (more, above)


def _spread(coefficients: Vector, before: int, after: int) -> Vector:
    """Return a function of one player as a row of all."""
    return tuple(value for _ in range(before) for value in coefficients for _ in range(after))
