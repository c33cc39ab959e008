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
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = [
    "FormulaError",
    "GameError",
    "ModelError",
    "NegotiationError",
    "Problem",
    "TooLargeError",
    "UnknownNameError",
    "did_you_mean",
    "first_few",
    "printable",
    "shorten",
]

MAX_SHOWN = 12  # names or problems shown before "and N more"


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
    close = get_close_matches(text, names, n=3, cutoff=0.6)
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
    remedy : str, optional
        What the user can do.
    """

    exit_status = 2

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what, where, remedy)

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
        """Build the error for an unknown `name` of some `kind` among `candidates`."""
        return cls(
            f"unknown {kind} '{shorten(name)}'", where=where, remedy=did_you_mean(name, candidates)
        )


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
    def one(cls, where: str, what: str, remedy: str = "") -> ModelError:
        """Build an error with a single problem."""
        return cls([Problem(where, what, remedy)])
