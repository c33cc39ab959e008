"""The command line: one verb for each public function, a thin skin over the library.

Every error the user can cause is one message on standard error and exit status 2; progress
goes to standard error as well, so that standard output can be piped. The surroundings are met
here, in one place: output that cannot be written, and streams whose encoding lacks a character.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import unicodedata
from contextlib import suppress
from typing import TextIO

import click

from negotiation.cli import solving, what_if  # noqa: F401  the verbs register themselves
from negotiation.cli.common import cli

__all__ = ["cli", "main"]

LOOK_ALIKES = {
    **dict.fromkeys("–—−‐‑", "-"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”„", '"'),
    "…": "...",
    "·": "*",
    **dict.fromkeys("─━", "-"),
    **dict.fromkeys("│├└", "|"),
    "×": "x",
    "→": "->",
    "←": "<-",
    "↔": "<->",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "≈": "~",
    "±": "+-",
    "∞": "inf",
    "√": "sqrt",
    "∅": "{}",
    "✓": "yes",
    "✗": "no",
    "½": "1/2",
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "λ": "lambda",
    "μ": "mu",
    "π": "pi",
    "σ": "sigma",
}
"""What stands for a character in an encoding that has none."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the project's own errors exit with status 2 and no traceback."""
    for stream in (sys.stdout, sys.stderr):
        _fit(stream)
    if sys.stdout is None:
        sys.exit(_refused(OSError(errno.EBADF, "is closed")))
    try:
        status = cli.main(arguments, prog_name="negotiation", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except OSError as error:
        sys.exit(_refused(error))
    except Exception as error:
        from negotiation.errors import NegotiationError

        if isinstance(error, MemoryError):
            from negotiation.exact import out_of_memory

            error = out_of_memory("what was asked", error)
        if not isinstance(error, NegotiationError):
            raise
        click.echo(f"negotiation: {error}", err=True)
        sys.exit(error.exit_status)
    sys.exit(status if isinstance(status, int) else 0)


def _fit(stream: TextIO | None) -> None:
    """Let a stream write look-alikes for the characters that its encoding lacks."""
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        codecs.register_error("look-alikes", _look_alikes)
        stream.reconfigure(errors="look-alikes")


def _look_alikes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_look_alike, error.object[error.start : error.end])), error.end


def _look_alike(character: str) -> str:
    """Return what stands for one character: a letter loses its accent, else it is escaped."""
    base = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    escaped = character.encode("ascii", "backslashreplace").decode()
    return LOOK_ALIKES.get(character) or base or escaped


def _refused(error: OSError) -> int:
    """Say what the system refused to read or write, and return the exit status."""
    from negotiation.errors import printable, shorten

    where = shorten(error.filename, 250) if error.filename else "standard output"
    with suppress(OSError):
        click.echo(f"negotiation: {where}: {printable(error.strerror or str(error))}", err=True)
    if not error.filename and sys.stdout is not None:
        # What is left in the buffer has nowhere to go: Python would try again at its end.
        with suppress(OSError, ValueError):
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, sys.stdout.fileno())
            os.close(silent)
    return 2
