"""The command line: one verb for each public function, a thin skin over the library.

Every error the user can cause is one message on standard error and exit status 2; progress
goes to standard error as well, so that standard output can be piped.
"""

from __future__ import annotations

import sys

import click

from negotiation.cli import solving, what_if  # noqa: F401  the verbs register themselves
from negotiation.cli.common import cli

__all__ = ["cli", "main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the project's own errors exit with status 2 and no traceback."""
    try:
        status = cli.main(arguments, prog_name="negotiation", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
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
