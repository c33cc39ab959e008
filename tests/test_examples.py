"""The examples run, and say something."""

from __future__ import annotations

import io
import runpy
import tokenize
from pathlib import Path

import pytest
from shipped import solved_once

from negotiation import analysis, provenance

FOLDER = Path(__file__).resolve().parents[1] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
FIRST = FOLDER / "change_a_payoff.py"


def code_lines(path):
    """Return the numbers of the lines with code: no comments, no texts standing alone."""
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines = set()
    statement = []
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.NEWLINE:
            if any(part.type != tokenize.STRING for part in statement):
                for part in statement:
                    lines.update(range(part.start[0], part.end[0] + 1))
            statement = []
        elif token.type not in quiet | {tokenize.ENDMARKER, tokenize.ENCODING}:
            statement.append(token)
    return lines


def test_there_are_examples():
    assert FIRST in EXAMPLES
    assert len(EXAMPLES) > 1


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_and_prints(path, capsys, monkeypatch):
    monkeypatch.setattr(analysis, "solve", solved_once)
    monkeypatch.setattr(provenance, "solve", solved_once)
    runpy.run_path(str(path), run_name="__main__")
    captured = capsys.readouterr()
    assert captured.out.strip()
    assert captured.err == ""
    assert "object at 0x" not in captured.out
    assert "Fraction(" not in captured.out


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_says_what_it_shows_and_is_short(path):
    assert path.read_text("utf-8").startswith('"""')
    assert len(code_lines(path)) < (15 if path == FIRST else 50)
