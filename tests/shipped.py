"""The shipped models, each loaded and solved at most once in a run of the tests."""

from __future__ import annotations

from functools import cache

import negotiation as ng
from negotiation.model.files import catalogue

NAMES = tuple(catalogue())


@cache
def loaded(name, reading=""):
    """Return a shipped model, in a reading."""
    return loaded(name).reading(reading) if reading else ng.load(name)


def readings(name):
    """Return "" (as written) and the names of the readings."""
    return ("", *loaded(name).readings)


@cache
def solved(name, reading=""):
    """Return the analysis of a shipped model, in a reading."""
    return loaded(name, reading).solve()
