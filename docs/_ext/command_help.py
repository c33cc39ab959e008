"""Put the help text of a command where a page says ``<!-- help: COMMAND -->``.

``<!-- help -->`` alone stands for the help of the whole program.
"""

import re
from typing import Any

import click

from negotiation.cli import cli

MARK = re.compile(r"^<!-- help(?:: (\w+))? -->$", re.MULTILINE)
WIDTH = 80


def help_text(name: str = "") -> str:
    """Return what ``negotiation NAME --help`` prints, 80 columns wide."""
    top = click.Context(cli, info_name="negotiation", terminal_width=WIDTH, **cli.context_settings)
    if not name:
        return cli.get_help(top)
    command = cli.commands[name]
    context = click.Context(command, info_name=name, parent=top, terminal_width=WIDTH)
    return command.get_help(context)


def fill(text: str) -> str:
    """Replace every mark on a page by a block with the help text."""
    return MARK.sub(lambda match: f"```text\n{help_text(match[1] or '')}\n```", text)


def setup(app: Any) -> dict[str, Any]:
    """Fill the marks of every page as it is read."""

    def read(_app: Any, _page: str, source: list[str]) -> None:
        source[0] = fill(source[0])

    app.connect("source-read", read)
    return {"version": "1", "parallel_read_safe": True}
