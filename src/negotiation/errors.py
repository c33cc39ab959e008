"""Errors as part of the product.

Every fault a user can cause is told in one message with three parts: *what* is wrong,
*where* it is (``file:line`` or the path of the value) and a *remedy*, with close matches
when a name is unknown. All of them derive from :class:`NegotiationError`; the command line
prints them without a traceback and exits with status 2.

The tree::

    NegotiationError
    ├── GameError          an ill-formed mathematical object (also a ValueError)
    ├── FormulaError       a payoff formula that cannot be read or evaluated (also a ValueError)
    ├── UnknownNameError   a party, option, strategy, section... that does not exist (KeyError)
    ├── TooLargeError      a question whose answer would not fit; says the estimate
    └── ModelError         faults of a model file, all of them, each with its place
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial

__all__ = [
    "FormulaError",
    "GameError",
    "ModelError",
    "NegotiationError",
    "Problem",
    "Remedy",
    "TooLargeError",
    "UnknownNameError",
    "close_matches",
    "did_you_mean",
    "first_few",
    "printable",
    "shorten",
]

MAX_SHOWN = 12  # names or problems shown before "and N more"
MAX_SOUGHT = 100  # characters of an unknown name that are compared with known ones
MAX_COMPARED = 1_000_000  # pairs of characters compared in one search for close matches

Remedy = str | Callable[[], str]
"""A remedy, or a function that looks for one when it is to be shown."""


def first_few(texts: Iterable[str], limit: int = 6) -> list[str]:
    """Return the first few texts, with dots after them if there are more.

    Examples
    --------
    >>> first_few("abcd", 2), first_few("ab", 2)
    (['a', 'b', '...'], ['a', 'b'])
    """
    few = list(itertools.islice(texts, limit + 1))
    return few if len(few) <= limit else [*few[:limit], "..."]


def shorten(text: object, limit: int = 80) -> str:
    """Return ``repr``-like text cut to `limit` characters, for use inside a message.

    Integers of thousands of digits and very deep lists have no text; they are described.

    Examples
    --------
    >>> shorten("a" * 100, 10)
    'aaaaaaa...'
    """
    try:
        string = str(text)
    except (ValueError, RecursionError):
        string = f"<{type(text).__name__}, too long to show>"
    return printable(string if len(string) <= limit else string[: limit - 3] + "...")


def printable(text: str) -> str:
    r"""Return `text` with control characters escaped, fit for one line of a terminal.

    Examples
    --------
    >>> printable("two\nlines")
    'two\\nlines'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def close_matches(text: str, names: Iterable[str]) -> list[str]:
    """Return up to three of `names` that look like `text`, the closest first.

    The search is bounded: names whose length rules them out are left out, and where the others
    are too many for :data:`MAX_COMPARED` pairs of characters, those are compared that share the
    longest beginning and end with `text`.

    Examples
    --------
    >>> close_matches("patience", ["patent", "patiance", "weight"])
    ['patiance', 'patent']
    """
    text = text[:MAX_SOUGHT]
    # Similarity is twice the common characters by all: 0.6 at least takes lengths within 3 : 7.
    short, long = 3 * len(text) / 7, 7 * len(text) / 3
    near = [name for name in names if short <= len(name) <= long]
    if len(text) * sum(map(len, near)) > MAX_COMPARED:
        near.sort(key=lambda name: _shared_ends(text, name), reverse=True)
        room, kept = MAX_COMPARED // len(text), 0
        while room > 0 and kept < len(near):
            room -= len(near[kept])
            kept += 1
        near = near[:kept]
    return get_close_matches(text, near, n=3, cutoff=0.6)


def _shared_ends(one: str, two: str) -> int:
    """Return how many characters two texts share at their beginning and at their end."""
    ends = (zip(one, two, strict=False), zip(reversed(one), reversed(two), strict=False))
    return sum(1 for end in ends for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], end))


def did_you_mean(name: object, candidates: Iterable[str]) -> str:
    """Return a remedy for an unknown `name`: close matches, else the list of what exists.

    Examples
    --------
    >>> did_you_mean("rusia", ["russia", "ukraine"])
    "did you mean 'russia'?"
    >>> did_you_mean("x", ["russia", "ukraine"])
    'one of: russia, ukraine'
    """
    names = [str(candidate) for candidate in candidates]
    text = shorten(name, 200)
    close = close_matches(text, names)
    if not close and text:
        close = [n for n in names if n.lower() == text.lower() or n.endswith("." + text)][:3]
    if close:
        return "did you mean " + " or ".join(f"'{match}'" for match in close) + "?"
    if not names:
        return "nothing of that kind is defined"
    shown = ", ".join(names[:MAX_SHOWN])
    more = len(names) - MAX_SHOWN
    return f"one of: {shown}" + (f" and {more} more" if more > 0 else "")


class NegotiationError(Exception):
    """Base of every error this package raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong.
    where : str, optional
        File and line, or the path of the value.
    remedy : str or callable, optional
        What the user can do; a function is called when the remedy is first read.
    """

    exit_status = 2

    def __init__(self, what: str, *, where: str = "", remedy: Remedy = "") -> None:
        self.what = what
        self.where = where
        self._remedy = remedy
        super().__init__(what, where)

    @property
    def remedy(self) -> str:
        """What the user can do."""
        if not isinstance(self._remedy, str):
            self._remedy = self._remedy()
        return self._remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return printable(f"{text}; {self.remedy}" if self.remedy else text)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.remedy))


def _rebuild(kind: type[NegotiationError], what: str, where: str, remedy: str) -> NegotiationError:
    error = kind.__new__(kind)
    NegotiationError.__init__(error, what, where=where, remedy=remedy)
    return error


class GameError(NegotiationError, ValueError):
    """An ill-formed game, space, graph or profile."""


class FormulaError(NegotiationError, ValueError):
    """A formula that cannot be read, or that has no value at these parameters."""


class UnknownNameError(NegotiationError, KeyError):
    """A name that does not exist; the remedy lists close matches."""

    @classmethod
    def of(
        cls, kind: str, name: object, candidates: Iterable[str], *, where: str = ""
    ) -> UnknownNameError:
        """Build the error for an unknown `name` of some `kind` among `candidates`.

        Close matches are sought when the remedy is read: an error that is caught costs little.
        """
        known = candidates if isinstance(candidates, tuple) else tuple(candidates)
        remedy = partial(did_you_mean, name, known)
        return cls(f"unknown {kind} '{shorten(name)}'", where=where, remedy=remedy)


class TooLargeError(NegotiationError):
    """A question that is refused before it starts, with the estimate."""


@dataclass(frozen=True)
class Problem:
    """One fault of a model file: where, what, remedy."""

    where: str
    what: str
    remedy: str = ""

    @property
    def line(self) -> int:
        """The line in ``file:line``, for sorting; 0 without one."""
        found = re.search(r":([0-9]+)(?::|$)", self.where)
        return int(found[1]) if found else 0

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return printable(f"{text}; {self.remedy}" if self.remedy else text)


class ModelError(NegotiationError):
    """All faults found in a model file, in the order of their lines.

    Attributes
    ----------
    problems : tuple of Problem
        Every fault; the message shows the first dozen and counts the rest.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.what for problem in self.problems[:MAX_SHOWN]))

    def __str__(self) -> str:
        shown = [str(problem) for problem in self.problems[:MAX_SHOWN]]
        more = len(self.problems) - MAX_SHOWN
        if more > 0:
            shown.append(f"... and {more} more problems")
        return "\n".join(shown)

    def __reduce__(self) -> tuple[object, ...]:
        return (ModelError, (self.problems,))

    @classmethod
    def of_faults(cls, faults: Iterable[tuple[str, str, Remedy]]) -> ModelError:
        """Build the error for faults (where, what, remedy), which are put in order.

        A remedy that must be looked for is looked for only where it is shown, so that a file
        with thousands of unknown names is refused as fast as it is read.
        """
        places = [(Problem(where, what), remedy) for where, what, remedy in faults]
        places.sort(key=lambda fault: fault[0].line)
        return cls(
            replace(problem, remedy=remedy)
            if isinstance(remedy, str)
            else replace(problem, remedy=remedy() if place < MAX_SHOWN else "")
            for place, (problem, remedy) in enumerate(places)
        )

    @classmethod
    def one(cls, where: str, what: str, remedy: str = "") -> ModelError:
        """Build an error with a single problem."""
        return cls([Problem(where, what, remedy)])
