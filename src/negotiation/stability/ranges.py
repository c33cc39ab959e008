r"""Acceptance over the whole range of a number, exactly.

With one number x of a model left open, what a signatory gains over no agreement,

    g(x) = u(a; x) - d(x),

is a tree of formulas in x (:mod:`negotiation.model.symbolic`). The agreement is acceptable over a
range exactly if g >= 0 for every signatory at every x of it at which the model has a meaning.

- **The ends decide** where g is a ratio of two linear functions whose divisors have no zero in the
  range: it goes one way only, and its least value is at an end. Degrees are counted on the tree,
  so that this takes no algebra. Weights, scores and amounts of their own are of this kind.
- **Pieces** decide otherwise. The range is cut at the zeros of divisors, at the breaks of min, max
  and abs, where a number of the model reaches 0 or 1, past which some are not allowed, and where
  the lag is whole. Between two cuts g is one rational function, and the model has a meaning all
  along or nowhere. Between two neighbouring zeros g has one sign, which one number shows; its
  least value is at a cut or where its derivative is zero.

A range reaches from ``low`` to ``high``, or from the stated value to the one of them that is
declared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import floor
from typing import Any

from negotiation.errors import NegotiationError, TooLargeError
from negotiation.exact import show
from negotiation.formulas import Node, applied
from negotiation.model.model import Model
from negotiation.model.symbolic import (
    Around,
    Inputs,
    PoleError,
    borders,
    constant,
    dense,
    field_of,
    folded,
    names,
)
from negotiation.roots import Algebraic, Number, between, roots

__all__ = ["RANGED", "Least", "Range", "ends_decide", "gains", "ranges"]

RANGED = ("parameters", "demands", "interactions", "disagreement")
"""Parts of a model whose numbers bear on acceptance."""
X = "x"
MAX_LAG = 100
MAX_DEGREE = 60
"""Largest degree of a function whose zeros are looked for."""
FINE = 10**12
"""Where the least gain is at an irrational number it is rounded down to a multiple of 1/FINE."""
CLOSE = Fraction(1, 10**13)
"""How close to an irrational number a rational one is that stands for it."""


@dataclass(frozen=True)
class Least:
    """The least that is gained as a number moves over its range.

    Attributes
    ----------
    at : Fraction
        A value at which the gain is least, or close to one.
    gain : Fraction
        If it is negative, the gain at `at`; otherwise no value of the range has a smaller one.
    attained : bool
        Whether both are true of it; otherwise it is a limit, was rounded down, or, if negative,
        there may be smaller ones.
    """

    at: Fraction
    gain: Fraction
    attained: bool = True


def ranges(model: Model) -> tuple[Range, ...]:
    """Return the ranges of the numbers that bear on acceptance."""
    found = []
    for path, part in model.quantities:
        if path.split(".", maxsplit=1)[0] not in RANGED or part.low == part.high is None:
            continue
        own = model.number(part)
        ends = [own if end is None else end for end in (part.low, part.high)]
        if min(ends) < max(ends):
            found.append(Range(model, path, min(ends), max(ends)))
    return tuple(found)


def gains(inputs: Inputs, parties: Iterable[str], agreement: Mapping[str, str]) -> list[Node]:
    """Return what parties gain by an agreement over no agreement, as trees."""
    return [
        folded("-", inputs.utility(party, agreement), inputs.disagreement(party))
        for party in parties
    ]


@dataclass(eq=False)
class Range:
    """One number of a model and its range, both ends included.

    Attributes
    ----------
    model : Model
    path : str
    low, high : Fraction
    left_out : list of str
        Where the model was found to have no meaning, and why.
    """

    model: Model
    path: str
    low: Fraction
    high: Fraction
    left_out: list[str] = field(default_factory=list)

    @cached_property
    def inputs(self) -> Inputs:
        """The model with the number open."""
        return Inputs(self.model, {self.path: X})

    @cached_property
    def whole(self) -> bool:
        """Whether the model has a meaning at both ends."""
        ends = [self._allowed(end, note=True) for end in (self.low, self.high)]  # each is noted
        return all(ends)

    def _allowed(self, at: Fraction, *, note: bool = False) -> bool:
        """Say whether the model has a meaning at a value."""
        try:
            self.model.override({self.path: at})
        except NegotiationError as error:
            if note:
                self.left_out.append(f"{self.path} = {show(at)} ({error.what})")
            return False
        return True

    def least(self, parties: Iterable[str], agreement: Mapping[str, str]) -> Least | None:
        """Return the least of what parties gain over the range; None if nothing moves.

        Raises
        ------
        TooLargeError
            If a formula has too many branches of min, max and abs, or too high a degree.
        """
        found = [own for _, own in self.all_least(parties, agreement)]
        return min(found, key=lambda own: (own.gain, not own.attained), default=None)

    def all_least(
        self, parties: Iterable[str], agreement: Mapping[str, str]
    ) -> Iterator[tuple[str, Least]]:
        """Yield the least of what each party gains, but for those whose gain does not move."""
        parties = tuple(parties)
        for party, node in zip(parties, gains(self.inputs, parties, agreement), strict=True):
            if X not in names(node):
                continue
            if self.whole and ends_decide(node, X, self.low, self.high):
                at = min((self.low, self.high), key=lambda end: _valued(node, end))
                yield party, Least(at, _valued(node, at))
            elif found := self._over_pieces(node):
                yield party, found

    def at_ends(self, parties: Iterable[str], agreement: Mapping[str, str]) -> Least | None:
        """Return the least of what parties gain at the two ends alone."""
        nodes = gains(self.inputs, parties, agreement)
        rows = [
            Least(end, min(_valued(node, end) for node in nodes))
            for end in (self.low, self.high)
            if self._allowed(end)
        ]
        return min(rows, key=lambda own: own.gain, default=None)

    # ---- piece by piece -------------------------------------------------------------------

    def _over_pieces(self, node: Node) -> Least | None:
        """Return the least of a gain; None if the model has no meaning in the whole range."""
        places, pieces = self._cut(node)
        found = [Least(at, _valued(node, at)) for at in places]
        proved = True
        for left, right, function in pieces:
            lowest, sure = _lowest(function, left, right)
            found += lowest
            proved &= sure
        if not found:
            return None
        least = min(found, key=lambda own: (own.gain, not own.attained))
        if least.gain >= 0:
            return least
        refused = min((own for own in found if own.attained), key=lambda own: own.gain)
        return replace(refused, attained=proved and refused.gain == least.gain)

    def _cut(self, node: Node) -> tuple[list[Fraction], list[tuple[Number, Number, Any]]]:
        """Return the cuts and the pieces where the model has a meaning, these with the gain.

        A cut that is not rational lies between two pieces; what holds on them holds there.
        """
        over = field_of([X])
        moving = self.inputs.moving
        every = list(dict.fromkeys([node, *moving]))
        found = borders(every, over)
        edges = roots(map(dense, (*found.poles, *found.breaks)), self.low, self.high)
        places = {self.low, self.high, *edges}
        pieces = []
        for start, end in pairwise(sorted(places)):
            around = Around(over, {X: between(start, end)})
            try:
                functions = {own: around.function(own) for own in every}
            except PoleError:
                self._leave_out(f"{show_number(start)} to {show_number(end)}", "division by zero")
                continue
            if max(f.numer.degree() + f.denom.degree() for f in functions.values()) > MAX_DEGREE:
                raise TooLargeError(
                    f"a formula of a degree above {MAX_DEGREE} in {self.path}",
                    remedy="write it with lower powers, or declare no range",
                )
            limits = [
                dense((functions[own] - over.one * k).numer) for own in moving for k in (0, 1)
            ]
            limits += [dense(own.numer) for own in self._whole_lags(functions, over)]
            inner = sorted({start, end, *roots(limits, start, end)})
            places.update(inner)
            for left, right in pairwise(inner):
                if self._allowed(between(left, right)):
                    pieces.append((left, right, functions[node]))
                else:
                    self._leave_out(f"{show_number(left)} to {show_number(right)}", "not allowed")
        allowed = []
        for at in sorted(places):
            if isinstance(at, Algebraic):
                continue
            if self._allowed(at):
                allowed.append(at)
            elif self.low < at < self.high:
                self._leave_out(show(at), "no outcome")
        return allowed, pieces

    def _leave_out(self, where: str, why: str) -> None:
        text = f"{self.path} = {where} ({why})"
        if text not in self.left_out:
            self.left_out.append(text)

    def _whole_lags(self, functions: Mapping[Node, Any], over: Any) -> Iterator[Any]:
        section = self.model.spec.commitment
        lag = None if section is None else functions.get(self.inputs.quantity(section.lag))
        if lag is not None:
            yield from (lag - over.one * own for own in range(1, MAX_LAG + 1))


def show_number(value: Number) -> str:
    """Return a number as short text."""
    return value.digits() if isinstance(value, Algebraic) else show(value)


# ---- one gain on one piece --------------------------------------------------------------------


def _valued(node: Node, at: Fraction) -> Fraction:
    """Return the value of a tree in one name."""
    if node[0] == "number":
        number: Fraction = node[1]
        return number
    if node[0] == "name":
        return at
    value: Fraction = applied(node[0], [_valued(child, at) for child in node[1:]])
    return value


def _element(element: Any, at: Fraction) -> Fraction:
    """Return the value of an element of a ring in one name."""
    values = (
        Fraction(int(value.numerator), int(value.denominator)) * at**power
        for (power,), value in element.terms()
    )
    return sum(values, Fraction(0))


def _at(function: Any, at: Fraction) -> Fraction | None:
    """Return the value of a rational function, or its limit; None where it has none."""
    below = _element(function.denom, at)
    return _element(function.numer, at) / below if below else None


def _inside(polynomial: Any, left: Number, right: Number) -> list[Number]:
    """Return the zeros strictly between two numbers."""
    low = left.low if isinstance(left, Algebraic) else left
    high = right.high if isinstance(right, Algebraic) else right
    return [at for at in roots([dense(polynomial)], low, high) if left < at < right]


def _samples(function: Any, left: Number, right: Number) -> list[Fraction]:
    """Return a number from every interval between zeros of a function on an open piece."""
    zeros = _inside(function.numer, left, right)
    return [between(one, two) for one, two in pairwise([left, *zeros, right])]


def _lowest(function: Any, left: Number, right: Number) -> tuple[list[Least], bool]:
    """Return where a function is least on an open piece without poles, and whether that is proved.

    If the function is negative anywhere, then at one of the numbers returned that are attained.
    Otherwise there is one number, and it is proved.
    """
    gen = function.numer.ring.gens[0]
    slope = function.numer.diff(gen) * function.denom - function.numer * function.denom.diff(gen)
    turns = _inside(slope, left, right) if slope else []
    marks = [*turns, *(end for end in (left, right) if isinstance(end, Algebraic))]
    near = [_near(at, left, right) if isinstance(at, Algebraic) else at for at in marks]
    inside = {*_samples(function, left, right), *near}
    found = [Least(at, _valued_at(function, at)) for at in sorted(inside)]
    ends = [(end, _at(function, end)) for end in (left, right) if isinstance(end, Fraction)]
    found += [Least(end, limit, attained=False) for end, limit in ends if limit is not None]
    least = min(found, key=lambda own: (own.gain, not own.attained))
    proved = _never_below(function, least.gain, left, right)
    if any(own.attained and own.gain < 0 for own in found):
        return found, proved
    if proved:
        return [least], True
    # the least is at an irrational number: round down until that is proved
    bound, step = least.gain, 0
    while not _never_below(function, bound, left, right):
        bound = max(Fraction(0), Fraction(floor(least.gain * FINE) - step, FINE))
        step = 2 * step + 1
    return [Least(least.at, bound, attained=False)], True


def _valued_at(function: Any, at: Fraction) -> Fraction:
    value = _at(function, at)
    assert value is not None  # there is no pole inside a piece
    return value


def _never_below(function: Any, bound: Fraction, left: Number, right: Number) -> bool:
    """Say whether a function is nowhere on an open piece below a number."""
    above = function - constant(function.field, bound)
    return all(_valued_at(function, at) >= bound for at in _samples(above, left, right))


def _near(number: Algebraic, left: Number, right: Number) -> Fraction:
    """Return a rational number inside a piece, close to an irrational one or end of it."""
    own = number.refine(CLOSE)
    while (left < number and own.low <= left) or (number < right <= own.high):
        own = own.halved()
    return between(number if number == left else own.low, number if number == right else own.high)


# ---- where the ends decide --------------------------------------------------------------------


def ends_decide(
    node: Node, name: str, low: Fraction, high: Fraction, positive: Iterable[Node] = ()
) -> bool:
    """Say whether a tree goes one way only, or not at all, as a name goes from `low` to `high`.

    The tree has a value at both ends. What is not plain from the degrees of numerator and divisor
    is denied.

    Parameters
    ----------
    node : tree
    name : str
    low, high : Fraction
    positive : iterable of trees
        Divisors known to be positive over the range, whatever other names stand for.

    Examples
    --------
    >>> from negotiation.formulas import parse
    >>> trees = [parse(text).node for text in ("(1 + x)/(2 + x)", "x*(1 - x)", "1/x", "abs(x)")]
    >>> [ends_decide(tree, "x", Fraction(-1), Fraction(1)) for tree in trees]
    [True, False, False, False]
    """
    sizes: dict[Node, int] = {}
    if not _linear(_degrees(node, name, sizes), sizes):
        return False
    known = set(positive)
    for divisor in tuple(sizes):
        if divisor in known:
            continue
        if names(divisor) != {name} or not _linear(_degrees(divisor, name, sizes), sizes):
            return False
        if _valued(divisor, low) * _valued(divisor, high) <= 0:
            return False
    return True


Degrees = tuple[int, Counter[Node]]
"""A bound on the degree of the numerator in one name, and the divisors with their powers."""


def _linear(degrees: Degrees | None, sizes: Mapping[Node, int]) -> bool:
    return degrees is not None and degrees[0] <= 1 and _size(degrees[1], sizes) <= 1


def _size(divisors: Counter[Node], sizes: Mapping[Node, int]) -> int:
    """Return a bound on the degree of a product of divisors."""
    return sum(sizes[divisor] * power for divisor, power in divisors.items())


def _degrees(node: Node, name: str, sizes: dict[Node, int]) -> Degrees | None:
    """Return the degrees of a tree; None across min, max and abs of what is no constant.

    `sizes` is given the degree of the numerator of each divisor.
    """
    head = node[0]
    if head == "number":
        return 0, Counter()
    if head == "name":
        return int(node[1] == name), Counter()
    if head == "**":
        power, found = int(node[2][1]), _degrees(node[1], name, sizes)
        if found is None:
            return None
        if power < 0:
            found = _divided((0, Counter()), found, node[1], sizes)
        above, below = found
        return above * abs(power), Counter({own: n * abs(power) for own, n in below.items()})
    parts = [_degrees(child, name, sizes) for child in node[1:]]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if head in {"min", "max", "abs"}:
        return None if any(above or below for above, below in known) else known[0]
    if head == "/":
        return _divided(known[0], known[1], node[2], sizes)
    if head == "*":
        (above, below), (more, under) = known
        return above + more, below + under
    total, *rest = known
    for above, below in rest:
        common = total[1] | below
        total = (
            max(
                total[0] + _size(common - total[1], sizes),
                above + _size(common - below, sizes),
            ),
            common,
        )
    return total


def _divided(one: Degrees, two: Degrees, divisor: Node, sizes: dict[Node, int]) -> Degrees:
    """Return the degrees of a quotient."""
    if two == (0, Counter()):
        return one
    sizes[divisor] = two[0]
    return one[0] + _size(two[1], sizes), one[1] + Counter([divisor])
