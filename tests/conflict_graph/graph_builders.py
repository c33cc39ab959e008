"""Turn the plain data of the oracle into graphs of the package."""

import numpy as np

from negotiation.conflict_graph import ConflictGraph, Control


def names(literal):
    return [f"s{k}" for k in range(literal.size)]


def explicit(literal, parties=None):
    """Build the graph of a Literal through from_moves."""
    parties = parties or [f"p{k}" for k in range(len(literal.arcs))]
    return ConflictGraph.from_moves(
        states=names(literal),
        moves=[
            (party, f"s{a}", f"s{b}")
            for party, arcs in zip(parties, literal.arcs, strict=True)
            for a, b in sorted(arcs)
        ],
        preferences={
            party: {f"s{s}": value for s, value in enumerate(worth)}
            for party, worth in zip(parties, literal.worth, strict=True)
        },
    )


def issue_form(given, *, scale=1):
    """Build the graph of a LiteralIssues through from_issues; large scales use Python integers."""
    shape = tuple(len(row) for row in given.options)
    grid = len(given.states)
    kind = object if scale > 1 else np.int64
    return ConflictGraph.from_issues(
        parties=given.parties,
        issues=dict(zip(given.issues, given.options, strict=True)),
        control={
            issue: Control(parties, joint)
            for issue, (parties, joint) in zip(given.issues, given.control, strict=True)
        },
        values={
            party: np.array([value * scale for value in worth[:grid]], dtype=kind).reshape(shape)
            for party, worth in zip(given.parties, given.worth, strict=True)
        },
        disagreement=(
            {
                party: worth[-1] * scale
                for party, worth in zip(given.parties, given.worth, strict=True)
            }
            if given.walk_out
            else None
        ),
        irreversible={
            issue: sorted(pairs) for issue, pairs in zip(given.issues, given.bans, strict=True)
        },
    )
