"""Run the code in README.md and docs/*.md as tests.

Every page is run from top to bottom in an empty folder of its own:

- ``python`` blocks: lines after ``>>>`` are run and what they print is compared;
- ``console`` blocks: lines after ``$`` are run in this process if they start with ``negotiation``
  or ``python FILE``; output that is shown is compared, ``...`` stands for anything. Commands of
  the surroundings (``pip``, ``make``...) are not run;
- ``yaml`` blocks must be YAML; one that starts with ``# file: NAME`` is written to that file, and
  with ``# file: NAME, continued`` added to it.
"""

import contextlib
import doctest
import io
import os
import runpy
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sybil import Example, Sybil
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser

ROOT = Path(__file__).resolve().parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NOT_RUN = {".", "cd", "git", "make", "pip", "python3", "source"}


def run_command(line: str) -> str:
    """Run one command line of a document and return what it writes."""
    words, target = shlex.split(line), None
    if ">" in words:
        target = words[words.index(">") + 1]
        words = words[: words.index(">")]
    output, errors = io.StringIO(), io.StringIO()
    status: object = 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            if words[0] == "negotiation":
                from negotiation.cli import main  # noqa: PLC0415  only pages with commands need it

                main(words[1:])
            else:
                runpy.run_path(str(ROOT / words[1]), run_name="__main__")
        except SystemExit as stop:
            status = stop.code
    written = output.getvalue()
    if status not in {0, None}:
        return written + errors.getvalue()
    if target is not None:
        Path(target).write_text(written, encoding="utf-8")
        return ""
    return written


def run_console(example: Example) -> str | None:
    """Run the commands of a ``console`` block and compare what they write."""
    steps: list[tuple[str, list[str]]] = []
    for line in example.parsed.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif steps and steps[-1][0].endswith("\\"):
            steps[-1] = (steps[-1][0][:-1] + line.lstrip("> "), [])
        elif steps:
            steps[-1][1].append(line)
        else:
            return f"output before any command: {line}"
    for command, shown in steps:
        words = shlex.split(command)
        runnable = words[0] == "negotiation" or (
            words[0] == "python" and words[1:] and words[1].endswith(".py")
        )
        if not runnable:
            if words[0] in NOT_RUN or words[:2] == ["python", "-m"]:
                continue
            return f"no way to run: {command}"
        got = run_command(command).rstrip() + "\n"
        want = "\n".join(shown).rstrip() + "\n"
        if want.strip() and not doctest.OutputChecker().check_output(want, got, FLAGS):
            return f"$ {command}\nexpected:\n{want}\ngot:\n{got}"
        if not want.strip() and got.startswith("negotiation: "):
            return f"$ {command}\n{got}"
    return None


def take_yaml(example: Example) -> str | None:
    """Check a ``yaml`` block, and write it to the file it names."""
    from negotiation.model.yaml_tree import read_tree  # noqa: PLC0415

    text = str(example.parsed)
    head, _, rest = text.partition("\n")
    if head.startswith("# file: "):
        name, _, more = head.removeprefix("# file: ").partition(",")
        mode = "a" if more.strip() == "continued" else "w"
        with Path(name.strip()).open(mode, encoding="utf-8") as file:
            file.write(rest if mode == "a" else text)
    read_tree(text)
    return None


def enter_folder(namespace: dict[str, Any]) -> None:
    """Start a page in an empty folder."""
    namespace["_home"] = Path.cwd()
    namespace["_folder"] = tempfile.mkdtemp()
    os.chdir(namespace["_folder"])


def leave_folder(namespace: dict[str, Any]) -> None:
    """Go back, and remove what the page wrote."""
    os.chdir(namespace["_home"])
    shutil.rmtree(namespace["_folder"])


pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=FLAGS),
        CodeBlockParser("console", run_console),
        CodeBlockParser("yaml", take_yaml),
    ],
    patterns=["*.md"],
    excludes=["docs/_build/*"],
    setup=enter_folder,
    teardown=leave_folder,
).pytest()
