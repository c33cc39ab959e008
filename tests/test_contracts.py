"""What holds for the package as a whole: public names, start-up, a clean repository."""

from __future__ import annotations

import contextlib
import doctest
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import negotiation

ROOT = Path(__file__).resolve().parents[1]
ERRORS = {
    "FormulaError",
    "GameError",
    "ModelError",
    "NegotiationError",
    "TooLargeError",
    "UnknownNameError",
}
NO_EXAMPLE = ERRORS | {"Result"}
"""Errors are raised by the package, not by its users; Result is the base of what solvers return."""


# ---- public names -----------------------------------------------------------------------


def test_public_names_are_sorted_and_distinct():
    assert sorted(set(negotiation.__all__)) == list(negotiation.__all__)
    assert set(negotiation.__all__) <= set(dir(negotiation))
    assert "__version__" in dir(negotiation)
    assert re.fullmatch(r"\d+\.\d+\.\d+", negotiation.__version__)


@pytest.mark.parametrize("name", negotiation.__all__)
def test_public_name_is_documented_with_an_example(name):
    found = getattr(negotiation, name)
    assert found.__module__.startswith("negotiation.")
    text = inspect.getdoc(found)
    assert text
    assert callable(found)
    if name not in NO_EXAMPLE:
        assert "Examples\n--------" in text
        assert doctest.DocTestParser().get_examples(text)


@pytest.mark.parametrize("name", sorted(set(negotiation.__all__) - ERRORS))
def test_public_methods_are_documented(name):
    found = getattr(negotiation, name)
    for key, member in vars(found).items() if inspect.isclass(found) else ():
        if not key.startswith("_") and (callable(member) or isinstance(member, property)):
            assert inspect.getdoc(getattr(found, key)), f"{name}.{key}"


def test_errors_derive_from_one():
    for name in ERRORS:
        assert issubclass(getattr(negotiation, name), negotiation.NegotiationError)


def test_a_name_that_does_not_exist():
    with pytest.raises(AttributeError, match="'negotiation' has no attribute 'solve_all'"):
        negotiation.solve_all  # noqa: B018  the access is the test
    assert not hasattr(negotiation, "np")


def test_annotations_of_public_functions_are_complete():
    for name in negotiation.__all__:
        found = getattr(negotiation, name)
        if inspect.isfunction(found):
            signature = inspect.signature(found)
            assert signature.return_annotation is not inspect.Signature.empty, name
            for parameter in signature.parameters.values():
                assert parameter.annotation is not inspect.Parameter.empty, f"{name}: {parameter}"


# ---- foreign arguments --------------------------------------------------------------------

FOREIGN = {"text": "name", "nothing": None, "number": 7, "mapping": {"a": 1}, "model": None}
PROPER = {
    "Model": lambda: negotiation.load("classics/chicken"),
    "NormalForm": lambda: negotiation.NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]]),
    "AgreementSpace": lambda: negotiation.AgreementSpace.additive(
        {"x": ("a", "b")}, {"us": {"x": (0, 1)}, "ru": {"x": (1, 0)}}
    ),
    "ConflictGraph": lambda: negotiation.ConflictGraph.from_moves(
        states=["a", "b"], moves=[("p", "a", "b")], preferences={"p": ["a", "b"]}
    ),
}
FUNCTIONS = [name for name in negotiation.__all__ if inspect.isfunction(getattr(negotiation, name))]
MACHINERY = {"executor", "progress", "folder", "jobs", "draws", "seed"}
"""Arguments that say how to work, not on what."""


def call(function, *arguments, **named):
    """Call a public function: an answer, or an error of this package."""
    with contextlib.suppress(negotiation.NegotiationError):
        found = function(*arguments, **named)
        if inspect.isgenerator(found):
            list(found)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_foreign_arguments_are_refused_in_words(name):
    function = getattr(negotiation, name)
    parameters = list(inspect.signature(function).parameters.values())
    needed = [one.name for one in parameters if one.default is one.empty]
    for label, value in FOREIGN.items():
        thing = PROPER["Model"]() if label == "model" else value
        call(function, **dict.fromkeys(needed, thing))
    first = parameters[0] if parameters else None
    if first is None or first.annotation not in PROPER:
        return
    proper = PROPER[first.annotation]()
    for other in parameters[1:]:
        if other.name in MACHINERY:
            continue
        for label, value in FOREIGN.items():
            thing = PROPER["Model"]() if label == "model" else value
            named = dict.fromkeys(needed[1:], "name") | {other.name: thing}
            call(function, proper, **named)


def test_what_is_no_model_space_or_graph_is_told_what_to_build():
    for ask, what in [
        (negotiation.check, "'name' is no model; load one with negotiation.load"),
        (negotiation.nash_bargaining, "'name' is no space of agreements; build one with"),
        (negotiation.graph_stability, "'name' is no conflict graph; build one with"),
    ]:
        with pytest.raises(negotiation.GameError, match=re.escape(what)):
            ask("name")


# ---- start-up ---------------------------------------------------------------------------

HEAVY = ("numpy", "pydantic", "sympy", "scipy", "pandas", "matplotlib", "nashpy", "rich", "ruamel")
MODULES = f"""
import json, sys
heavy = {HEAVY!r}
print(json.dumps(sorted(set(heavy) & set(sys.modules))))
"""
HELP = """
import contextlib, io
from negotiation.cli import main
for arguments in (["--help"], ["solve", "--help"]):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(arguments)
"""


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("import negotiation", []),
        ("import negotiation; dir(negotiation)", []),
        (HELP, []),
        ("import negotiation; negotiation.NormalForm; negotiation.equilibria", ["numpy"]),
        ("import negotiation; negotiation.AgreementSpace; negotiation.ConflictGraph", ["numpy"]),
    ],
    ids=["import", "dir", "help", "payoff matrices", "bargaining and graphs"],
)
def test_what_is_imported(code, loaded):
    done = subprocess.run(
        [sys.executable, "-c", code + MODULES], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == loaded


# ---- the repository ---------------------------------------------------------------------

SKIPPED = {".git", ".venv", "_build", "__pycache__", "dist", "build", "node_modules"}
TEXT = {"", ".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".cfg", ".in", ".rst", ".json", ".sh"}


def tracked():
    """Return the files of the repository: what git tracks, else what lies there."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode == 0 and done.stdout:
        paths = [ROOT / name for name in done.stdout.split("\0") if name]
    else:
        paths = [
            path
            for path in ROOT.rglob("*")
            if not any(
                part in SKIPPED or part.endswith(("_cache", ".egg-info")) or part == ".hypothesis"
                for part in path.relative_to(ROOT).parts
            )
        ]
    return [path for path in paths if path.is_file() and path.suffix in TEXT]


HOSTS = "|".join(
    re.escape(".".join(parts))
    for parts in (("pypi", "org"), ("pythonhosted", "org"), ("anaconda", "org"), ("conda", "io"))
)
PLACES = "|".join(f"/{name}/" for name in ("home", "root", "Users", "tmp", "work", "mnt"))
FORBIDDEN = {
    "a registry": re.compile(HOSTS),
    "an absolute path": re.compile(rf"(?<![\w.\-*)\]}}/])(?:{PLACES})[\w.]"),
    "a path of Windows": re.compile(r"\b[A-Z]:\\\\?(?:Users|Windows)"),
    "an index of packages": re.compile("(?:--(?:extra-)?index" + "-url|PIP" + "_INDEX)"),
    "a conflict of merging": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}


def test_the_patterns_find_what_they_look_for():
    assert FORBIDDEN["an absolute path"].search('open("' + "/ho" + 'me/ann/file")')
    assert FORBIDDEN["a registry"].search("https://py" + "pi.org/simple")
    assert not FORBIDDEN["an absolute path"].search("a/b and docs/" + "work/x and 1/2")


def test_the_repository_names_no_place_and_no_registry():
    files = tracked()
    assert ROOT / "pyproject.toml" in files
    found = []
    for path in files:
        text = path.read_text(encoding="utf-8")
        for what, pattern in FORBIDDEN.items():
            match = pattern.search(text)
            if match:
                line = text.count("\n", 0, match.start()) + 1
                found.append(f"{path.relative_to(ROOT)}:{line}: {what}: {match[0]}")
    assert found == []
