"""Bargaining over a space of agreements: frontier, solutions, ratification."""
