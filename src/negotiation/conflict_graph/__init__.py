"""The graph model for conflict resolution: moves, preferences, stability."""
