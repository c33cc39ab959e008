"""Attribution: which single difference between two models explains most of a change.

Let N be the differences of two models and v(S) a number of the outcome with the other's values
for the differences in S and one's for the rest. The whole change is v(N) - v({}). Of it,
difference i explains

- *from one*: v({i}) - v({}), one's model with only this changed;
- *from the other*: v(N) - v(N without i), the other's model with only this changed back;
- its **Shapley value**: the mean of v(S with i) - v(S) over the orders in which the differences
  may be brought in, S being those before i (Shapley 1953). These sum to the whole change
  exactly; a difference that never matters has 0; two that always do the same have the same.

Differences that make no valid model apart (an ideal and the option that it names, say) are
merged, and so is what cannot be taken without them, until every hybrid is valid: they are one
player of this game. The result says which.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from negotiation.errors import NegotiationError, TooLargeError, UnknownNameError, shorten
from negotiation.exact import generator, whole
from negotiation.model.model import Model
from negotiation.results import Result, Table
from negotiation.what_if.compare import measured
from negotiation.what_if.differences import (
    Difference,
    between,
    differences,
    other_model,
    value_at,
)
from negotiation.what_if.points import Evaluator, checked_model, number

__all__ = ["Attribution", "Share", "attribution"]

Group = frozenset[int]
Progress = Callable[[int, int], object]

LIMIT = 12
SLOW_LIMIT = 8
QUICK = ("normal_form", "conflict_graph")
"""Sections in milliseconds, whose outputs may be asked for thousands of times."""


@dataclass(frozen=True)
class Share:
    """What one difference, or several taken together, explains.

    Attributes
    ----------
    name : str
        Its path, or the name of the group.
    paths : tuple of str
        The differences in it.
    from_one, from_other : Fraction or None
        What it changes alone, from either end; None where the output has no value there.
    shapley : Fraction or None
        Its Shapley value; None where the output has no value in some hybrid.
    error : float or None
        Standard error of a sampled Shapley value.
    """

    name: str
    paths: tuple[str, ...]
    from_one: Fraction | None
    from_other: Fraction | None
    shapley: Fraction | None
    error: float | None = None


@dataclass(frozen=True)
class Attribution(Result):
    """Which differences explain the change of one output; see the module's opening.

    Attributes
    ----------
    output : str
        The number; the margin where a verdict was asked for.
    here, there : Fraction
        Its value at either end.
    shares : tuple of Share
        By the size of what they explain, the largest first.
    merged : tuple of tuple of str
        Differences that only make sense together.
    evaluations : int
        How many hybrids were solved.
    permutations : int
        How many orders were sampled; 0 where all were counted.
    reason : str
        Why there are no Shapley values, where there are none.
    """

    output: str
    here: Fraction
    there: Fraction
    shares: tuple[Share, ...]
    merged: tuple[tuple[str, ...], ...] = ()
    evaluations: int = 0
    permutations: int = 0
    reason: str = ""

    @property
    def change(self) -> Fraction:
        """The whole change."""
        return self.there - self.here

    @property
    def most(self) -> Share | None:
        """The share that explains most; None without a difference."""
        return self.shares[0] if self.shares else None

    def data(self) -> dict[str, object]:
        """Return ends, change and shares as plain data."""
        return {
            "output": self.output,
            "here": self.here,
            "there": self.there,
            "change": self.change,
            "guarantee": self.guarantee,
            "shares": {
                share.name: {
                    "paths": list(share.paths),
                    "from_one": share.from_one,
                    "from_other": share.from_other,
                    "shapley": share.shapley,
                    "error": share.error,
                }
                for share in self.shares
            },
            "merged": [list(paths) for paths in self.merged],
            "evaluations": self.evaluations,
            "permutations": self.permutations,
            "reason": self.reason,
        }

    def tables(self) -> tuple[Table, ...]:
        """Return the shares, the largest first, and what was merged."""
        columns = ["difference", "Shapley value", "from one", "from the other"]
        rows: list[list[object]] = [
            [share.name, share.shapley, share.from_one, share.from_other] for share in self.shares
        ]
        if self.permutations:
            columns.append("standard error")
            rows = [[*row, s.error] for row, s in zip(rows, self.shares, strict=True)]
        notes = [f"The Shapley values sum to the whole change, over {self.evaluations:,} models."]
        if self.permutations:
            notes.append(f"They are means over {self.permutations:,} sampled orders.")
        if self.reason:
            notes = [f"No Shapley values: {self.reason}."]
        for paths in self.merged:
            notes.append("Only valid together: " + ", ".join(paths))
        ends = Table(
            f"The change of {self.output}",
            ["one", "the other", "change"],
            [[self.here, self.there, self.change]],
            name="change",
        )
        shares = Table("What explains it", columns, rows, notes=notes, name="shares")
        return shares, ends


def attribution(
    one: Model,
    other: object,
    output: str,
    *,
    groups: str | Mapping[str, Iterable[str]] | None = None,
    limit: int | None = None,
    seed: int = 0,
    permutations: int = 200,
    progress: Progress | None = None,
) -> Attribution:
    """Tell which difference between two models explains most of the change of an output.

    Parameters
    ----------
    one : Model
    other : Model, str or mapping
        As in :func:`compare`.
    output : str
        Path of a number; yes and no are 1 and 0, a verdict means its margin.
    groups : str or mapping, optional
        ``"each"``: every difference by itself. ``"party"``, ``"issue"``: those that speak of
        the same one together. ``"part"``: those under the same two steps of their paths. A
        mapping: name -> path prefixes, what it leaves out each by itself. Default: each, or
        by part where there are more than `limit`.
    limit : int, optional
        Up to how many players Shapley values are exact, at 2^n evaluations; above it orders are
        sampled. Default 12, or 8 for outputs that rest on the whole agreement space.
    seed : int
        For sampling.
    permutations : int
        How many orders are sampled, at most n evaluations each, at least 2.
    progress : callable, optional
        Called with the evaluations done and the most there can be.

    Returns
    -------
    Attribution
        With guarantee ``"all"``, or ``"sampled"`` with standard errors.

    Raises
    ------
    NegotiationError
        If the output is no number at either end, or a group is empty or overlaps another.
    UnknownNameError
        For an unknown output, reading, path or grouping, with close matches.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("classics/prisoners_dilemma")
    >>> changes = {"parameters.temptation": 2, "parameters.reward": 4}
    >>> found = attribution(model, changes, "normal_form.equilibria.count")
    >>> found.most.name, sum(share.shapley for share in found.shares) == found.change
    ('parameters.temptation', True)
    """
    one = checked_model(one)
    there = other_model(one, other)
    path, _ = measured(one, output)
    if limit is None:
        limit = LIMIT if path.split(".", 1)[0] in QUICK else SLOW_LIMIT
    limit = whole(limit, "limit")
    permutations = whole(permutations, "permutations", least=1)
    if permutations < 2:
        raise NegotiationError("one order has no standard error", remedy="permutations=2 or more")
    generator(seed)  # a wrong seed is told before any work
    found = tuple(own for own in differences(one, there) if not own.words)
    game = _Hybrids(one, there, path, found)
    here, end = game.end(frozenset()), game.end(frozenset(range(len(found))))
    named = _grouped(found, groups, limit, one, there)
    while True:
        players = list(named)
        try:
            alone = _alone(game, players)
            values: list[Fraction] | None
            errors: list[float] | None = None
            if len(players) <= limit:
                values = _exact(game, players, progress)
            else:
                values, errors = _sampled(game, players, permutations, seed, progress)
        except _InvalidError as fault:
            named = _merged(game, named, fault.taken)
            continue
        break
    shares = []
    for place, group in enumerate(players):
        shares.append(
            Share(
                named[group] or " + ".join(found[i].path for i in sorted(group)),
                tuple(found[i].path for i in sorted(group)),
                *alone[place],
                None if values is None else values[place],
                errors[place] if errors else None,
            )
        )
    shares.sort(key=_size, reverse=True)
    return Attribution(
        path,
        here,
        end,
        tuple(shares),
        tuple(tuple(found[i].path for i in sorted(group)) for group in game.joined(named)),
        len(game.known),
        permutations if errors else 0,
        game.gap if values is None else "",
        guarantee="one" if values is None else "sampled" if errors else "all",
    )


def _size(share: Share) -> Fraction:
    parts = [share.shapley] if share.shapley is not None else [share.from_one, share.from_other]
    return max((abs(part) for part in parts if part is not None), default=Fraction(0))


class _InvalidError(Exception):
    """A hybrid that is no valid model."""

    def __init__(self, taken: Group) -> None:
        self.taken = taken
        super().__init__(taken)


class _Hybrids:
    """The value of every hybrid, each solved once."""

    def __init__(self, one: Model, other: Model, path: str, found: tuple[Difference, ...]) -> None:
        self.one, self.other, self.path, self.found = one, other, path, found
        self.known: dict[Group, Fraction | None] = {}
        self.faulty: set[Group] = set()
        self.gap = ""
        self.merges: list[Group] = []

    def build(self, taken: Group) -> Model:
        """Return the hybrid with some differences taken."""
        steps = [self.found[i].steps for i in sorted(taken)]
        values = {own: value_at(self.other.spec, own) for own in steps}
        like = self.other if taken and len(taken) == len(self.found) else None
        return between(self.one, self.other, values, like=like, bare=True)

    def end(self, taken: Group) -> Fraction:
        """Return the value at one of the ends, where there must be one."""
        (value,) = Evaluator(self.build(taken), (self.path,))({})
        self.known[taken] = number(value, self.path)
        return number(value, self.path)

    def valid(self, taken: Group) -> bool:
        """Whether a hybrid is a valid model."""
        try:
            self(taken)
        except _InvalidError:
            return False
        return True

    def __call__(self, taken: Group) -> Fraction | None:
        """Return the output of a hybrid; None where it has no value there."""
        if taken in self.faulty:
            raise _InvalidError(taken)
        if taken not in self.known:
            try:
                (value,) = Evaluator(self.build(taken), (self.path,))({})
                self.known[taken] = None if value is None else number(value, self.path)
            except TooLargeError:
                raise
            except UnknownNameError:
                self.known[taken] = None  # an output that one of the two does not have
            except NegotiationError:
                self.faulty.add(taken)
                raise _InvalidError(taken) from None
            if self.known[taken] is None and not self.gap:
                names = ", ".join(self.found[i].path for i in sorted(taken))
                self.gap = f"{self.path} has no value with {shorten(names, 160)} taken"
        return self.known[taken]

    def joined(self, named: Mapping[Group, str]) -> list[Group]:
        """Return the players that were merged."""
        return [group for group in named if any(own <= group for own in self.merges)]


def _alone(game: _Hybrids, players: list[Group]) -> list[tuple[Fraction | None, Fraction | None]]:
    everything: Group = frozenset().union(*players)
    first, last = game(frozenset()), game(everything)
    shares = []
    for group in players:
        change, back = game(group), game(everything - group)
        shares.append(
            (
                None if change is None or first is None else change - first,
                None if back is None or last is None else last - back,
            )
        )
    return shares


def _exact(
    game: _Hybrids, players: list[Group], progress: Progress | None
) -> list[Fraction] | None:
    """Return Shapley values by their formula over all coalitions."""
    count = len(players)
    worth: dict[tuple[int, ...], Fraction] = {}
    for size in range(count + 1):
        for chosen in itertools.combinations(range(count), size):
            value = game(frozenset().union(*(players[i] for i in chosen)))
            if value is None:
                return None
            worth[chosen] = value
            if progress is not None:
                progress(len(worth), 2**count)
    factorial = math.factorial
    shares = [Fraction(0)] * count
    for chosen, value in worth.items():
        size = len(chosen)
        for i in range(count):
            if i in chosen:
                shares[i] += value * factorial(size - 1) * factorial(count - size)
            else:
                shares[i] -= value * factorial(size) * factorial(count - size - 1)
    return [share / factorial(count) for share in shares]


def _sampled(
    game: _Hybrids,
    players: list[Group],
    permutations: int,
    seed: int,
    progress: Progress | None,
) -> tuple[list[Fraction] | None, list[float]]:
    """Return means of the contributions over sampled orders, with standard errors."""
    random = generator(seed)
    drawn: list[list[Fraction]] = []
    for done in range(permutations):
        taken: Group = frozenset()
        before = game(taken)
        shares = [Fraction(0)] * len(players)
        for i in random.permutation(len(players)).tolist():
            taken |= players[i]
            after = game(taken)
            if before is None or after is None:
                return None, []
            shares[i], before = after - before, after
        drawn.append(shares)
        if progress is not None:
            progress(done + 1, permutations)
    columns = list(zip(*drawn, strict=True))
    means = [sum(own, Fraction(0)) / permutations for own in columns]
    errors = [
        math.sqrt(sum((value - mean) ** 2 for value in own) / ((permutations - 1) * permutations))
        for own, mean in zip(columns, means, strict=True)
    ]
    return means, errors


# ---- players -------------------------------------------------------------------------------


def _grouped(
    found: tuple[Difference, ...],
    groups: str | Mapping[str, Iterable[str]] | None,
    limit: int,
    one: Model,
    other: Model,
) -> dict[Group, str]:
    """Return the players, each a set of differences, with names ("" for single ones)."""
    if isinstance(groups, Mapping):
        return _stated(found, groups)
    if groups is None:
        groups = "each" if len(found) <= limit else "part"
    keys: dict[str, Callable[[Difference], str]] = {
        "each": lambda own: own.path,
        "part": lambda own: ".".join(map(str, own.steps[:2])),
        "party": lambda own: _about(own, {*one.parties, *other.parties}),
        "issue": lambda own: _about(own, {*one.issues, *other.issues}),
    }
    if not isinstance(groups, str) or groups not in keys:
        raise UnknownNameError.of("grouping", groups, keys)
    sets: dict[str, list[int]] = {}
    for place, own in enumerate(found):
        sets.setdefault(keys[groups](own), []).append(place)
    return {frozenset(own): name for name, own in sets.items()}


def _about(own: Difference, names: set[str]) -> str:
    """Return the party or issue that a difference speaks of, else its part."""
    spoken = (str(step) for step in own.steps if step in names)
    return next(spoken, ".".join(map(str, own.steps[:2])))


def _stated(found: tuple[Difference, ...], groups: Mapping[str, Iterable[str]]) -> dict[Group, str]:
    named: dict[Group, str] = {}
    used: set[int] = set()
    for name, prefixes in groups.items():
        wanted = (prefixes,) if isinstance(prefixes, str) else tuple(prefixes)
        own = frozenset(
            place
            for place, difference in enumerate(found)
            for prefix in wanted
            if difference.path == prefix or difference.path.startswith(f"{prefix}.")
        )
        if not own:
            raise UnknownNameError.of(
                "difference", ", ".join(map(str, wanted)), [d.path for d in found]
            )
        if own & used:
            both = found[min(own & used)].path
            raise NegotiationError(
                f"{both} is in two groups", where=f"group '{name}'", remedy="name it once"
            )
        used |= own
        named[own] = str(name)
    for place, difference in enumerate(found):
        if place not in used:
            named[frozenset({place})] = difference.path
    return named


def _merged(game: _Hybrids, named: dict[Group, str], taken: Group) -> dict[Group, str]:
    """Merge two players across an invalid hybrid: one taken, one not, that belong together.

    Preferred are pairs of which either alone would mend the hybrid, then the closest paths.
    """
    inside = [group for group in named if group <= taken]
    outside = [group for group in named if not group & taken]

    def fit(pair: tuple[Group, Group]) -> tuple[int, int]:
        a, b = pair
        near = max(_near(game.found[i], game.found[j]) for i in a for j in b)
        return mends_out[a] + mends_in[b], near

    mends_out = {group: game.valid(taken - group) for group in inside}
    mends_in = {group: game.valid(taken | group) for group in outside}
    a, b = max(itertools.product(inside, outside), key=fit)
    joined = a | b
    game.merges.append(joined)
    rest = {group: name for group, name in named.items() if group not in {a, b}}
    return {joined: f"{named[a]} + {named[b]}", **rest}


def _near(a: Difference, b: Difference) -> int:
    """Return how many steps two paths share."""
    pairs = itertools.takewhile(
        lambda pair: pair[0] == pair[1], zip(a.steps, b.steps, strict=False)
    )
    return sum(1 for _ in pairs)
