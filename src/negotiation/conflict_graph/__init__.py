"""The graph model for conflict resolution: moves, preferences, stability."""

from negotiation.conflict_graph.coalitions import coalition_improvement
from negotiation.conflict_graph.graph import ConflictGraph
from negotiation.conflict_graph.local import LocalGraph
from negotiation.conflict_graph.stability import (
    CONCEPTS,
    GraphStability,
    graph_stability,
    memory_of,
)
from negotiation.conflict_graph.states import Control, IssueStates

__all__ = [
    "CONCEPTS",
    "ConflictGraph",
    "Control",
    "GraphStability",
    "IssueStates",
    "LocalGraph",
    "coalition_improvement",
    "graph_stability",
    "memory_of",
]
