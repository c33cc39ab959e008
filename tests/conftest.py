"""Make the shared strategies importable, register the Hypothesis profiles, run commands."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# Every run draws the same examples, so that a change is what breaks a test. To explore, say
# HYPOTHESIS_PROFILE=random (make test-heavy does) with pytest's --hypothesis-seed.
settings.register_profile("same", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("random", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture
def run(capsys):
    """Run the command line in this process; return (status, standard output, standard error)."""

    from negotiation.cli import main  # noqa: PLC0415  only the tests of commands need it

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        captured = capsys.readouterr()
        return stop.value.code or 0, captured.out, captured.err

    return call


@pytest.fixture
def fine(run):
    """Run what must succeed silently; return standard output."""

    def call(*arguments):
        status, out, err = run(*arguments)
        assert (status, err) == (0, ""), err
        assert out.endswith("\n")
        return out

    return call
