"""The literal definitions of the graph model, in sets and plain Python.

Shares no code with the package: arcs are sets of pairs, preferences lists of integers.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import strategies as st

CONCEPTS = ("nash", "gmr", "smr", "seq", "sseq")


@dataclass(frozen=True)
class Literal:
    """A graph as sets: ``arcs[i]`` holds pairs (from, to), ``worth[i][s]`` is a preference."""

    size: int
    arcs: tuple[frozenset, ...]
    worth: tuple[tuple[int, ...], ...]

    def moves(self, i, s):
        return {b for a, b in self.arcs[i] if a == s}

    def improvements(self, i, s):
        return {b for b in self.moves(i, s) if self.worth[i][b] > self.worth[i][s]}

    def reach(self, coalition, start, *, improving=False):
        """R_H(s), by the two rules of its definition with sets of last movers."""
        step = self.improvements if improving else self.moves
        last = {}
        for j in coalition:
            for q in step(j, start):
                last.setdefault(q, set()).add(j)
        while True:
            grown = {q: set(movers) for q, movers in last.items()}
            for q, movers in last.items():
                for j in coalition:
                    if movers != {j}:
                        for r in step(j, q):
                            grown.setdefault(r, set()).add(j)
            if grown == last:
                return set(last)
            last = grown

    def sanctioned(self, concept, i, s, s1):
        """Whether some answer of the others deters i from moving from s to s1."""
        if concept == "nash":
            return False
        others = [j for j in range(len(self.arcs)) if j != i]
        bound = self.worth[i][s]
        for s2 in self.reach(others, s1, improving=concept in {"seq", "sseq"}):
            if self.worth[i][s2] <= bound and (
                concept in {"gmr", "seq"}
                or all(self.worth[i][s3] <= bound for s3 in self.moves(i, s2))
            ):
                return True
        return False

    def stable(self, concept, i, s):
        return all(self.sanctioned(concept, i, s, s1) for s1 in self.improvements(i, s))

    def equilibrium(self, concept, s):
        return all(self.stable(concept, i, s) for i in range(len(self.arcs)))

    def with_worth(self, i, s, value):
        """The same graph in which one state is worth something else to one party."""
        row = (*self.worth[i][:s], value, *self.worth[i][s + 1 :])
        return Literal(self.size, self.arcs, (*self.worth[:i], row, *self.worth[i + 1 :]))

    def transitive(self):
        return all(
            self.moves(i, b) <= self.moves(i, a) | {a}
            for i in range(len(self.arcs))
            for a, b in self.arcs[i]
        )

    def closed(self):
        """The same graph with every party's moves made transitive."""
        found = []
        for arcs in self.arcs:
            closure = set(arcs)
            while True:
                more = {(a, d) for a, b in closure for c, d in closure if b == c and a != d}
                if more <= closure:
                    break
                closure |= more
            found.append(frozenset(closure))
        return Literal(self.size, tuple(found), self.worth)


@st.composite
def literals(draw, *, max_states=6, parties=(2, 4)):
    """Random explicit graphs: ties, intransitive arcs and common moves are all frequent."""
    size = draw(st.integers(1, max_states))
    count = draw(st.integers(*parties))
    pairs = [(a, b) for a in range(size) for b in range(size) if a != b]
    some = st.sets(st.sampled_from(pairs), max_size=3 * size) if pairs else st.just(set())
    arcs = tuple(frozenset(draw(some)) for _ in range(count))
    top = draw(st.sampled_from([1, 2, size + 1]))
    ranks = st.tuples(*[st.integers(0, top)] * size)
    return Literal(size, arcs, tuple(draw(ranks) for _ in range(count)))


@dataclass(frozen=True)
class LiteralIssues:
    """An issue-form graph as plain data; `control` maps to (parties, joint)."""

    options: tuple[tuple[str, ...], ...]
    parties: tuple[str, ...]
    control: tuple[tuple[tuple[str, ...], bool], ...]
    bans: tuple[frozenset, ...]
    worth: tuple[tuple[int, ...], ...]
    walk_out: bool

    @property
    def issues(self):
        return tuple(f"issue{k}" for k in range(len(self.options)))

    @property
    def states(self):
        return list(itertools.product(*self.options))

    def may(self, coalition, k):
        parties, joint = self.control[k]
        if joint:
            return bool(parties) and set(parties) <= set(coalition)
        return bool(set(parties) & set(coalition))

    def together(self, coalition):
        """Arcs of a coalition that switches any issues in its hands at the same time."""
        states = self.states
        found = set()
        for (a, old), (b, new) in itertools.permutations(enumerate(states), 2):
            if all(
                x == y or (self.may(coalition, k) and (x, y) not in self.bans[k])
                for k, (x, y) in enumerate(zip(old, new, strict=True))
            ):
                found.add((a, b))
        if self.walk_out and coalition:
            found |= {(a, len(states)) for a in range(len(states))}
        return frozenset(found)

    def literal(self):
        arcs = tuple(self.together({party}) for party in self.parties)
        return Literal(len(self.states) + self.walk_out, arcs, self.worth)


@st.composite
def issue_graphs(draw, *, max_options=3, parties=(2, 3)):
    """Random issue forms: shared, joint and nobody's control, bans, with or without walk-out."""
    counts = draw(st.lists(st.integers(1, max_options), min_size=1, max_size=3))
    options = tuple(tuple("abcd"[:count]) for count in counts)
    names = tuple(f"p{k}" for k in range(draw(st.integers(*parties))))
    control = []
    bans = []
    for row in options:
        who = draw(st.lists(st.sampled_from(names), unique=True, max_size=2))
        control.append((tuple(who), draw(st.booleans())))
        pairs = list(itertools.permutations(row, 2))
        banned = st.sets(st.sampled_from(pairs), max_size=3) if pairs else st.just(set())
        bans.append(frozenset(draw(st.one_of(st.just(set()), banned))))
    walk_out = draw(st.booleans())
    size = walk_out
    for _ in itertools.product(*options):
        size += 1
    top = draw(st.sampled_from([1, 3, size]))
    ranks = st.lists(st.integers(0, top), min_size=size, max_size=size).map(tuple)
    worth = tuple(draw(ranks) for _ in names)
    return LiteralIssues(options, names, tuple(control), tuple(bans), worth, walk_out)
