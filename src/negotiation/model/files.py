"""Model files: finding, reading and checking them.

A model is named by the path of a YAML file, or by the name of a shipped model such as
``alaska/settlement``. Shipped models live in ``models/`` of the repository and inside the
installed package.
"""

from __future__ import annotations

import os
from functools import lru_cache, partial
from pathlib import Path

from negotiation.errors import ModelError, Remedy, UnknownNameError, did_you_mean, shorten
from negotiation.exact import FrozenMap, of_kind
from negotiation.model.model import Model, Origin
from negotiation.model.parts import EvidenceFile, is_name
from negotiation.model.paths import copied, set_path, thawed
from negotiation.model.references import check_claims
from negotiation.model.schema import validate_evidence
from negotiation.model.yaml_tree import Tree, read_tree, read_tree_file

__all__ = [
    "catalogue",
    "load",
    "loads",
    "models_folder",
]


MAX_READ = 500_000  # readings times values: each reading is checked as a model of its own


def models_folder() -> Path:
    """Return the folder of the shipped models."""
    installed = Path(__file__).resolve().parent.parent / "shipped_models"
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[3] / "models"


def catalogue() -> dict[str, Path]:
    """Return name -> file of every shipped model.

    Examples
    --------
    >>> "alaska/settlement" in catalogue()
    True
    """
    root = models_folder()
    files = sorted(root.glob("*/*.yaml"))
    return {
        f"{file.parent.name}/{file.stem}": file for file in files if file.parent.name != "evidence"
    }


def load(name_or_path: str | Path) -> Model:
    """Load a shipped model by name, or a model file by path.

    Parameters
    ----------
    name_or_path : str or Path
        ``"alaska/settlement"``, or a path ending in ``.yaml`` or ``.yml``.

    Returns
    -------
    Model

    Raises
    ------
    UnknownNameError
        If no shipped model has this name (with close matches).
    ModelError
        If the file has faults; all of them are listed with file and line.

    Examples
    --------
    >>> load("classics/stag_hunt").title
    'Stag hunt'
    """
    text = str(name_or_path)
    path = Path(text)
    is_file = path.suffix in {".yaml", ".yml"} or isinstance(name_or_path, Path)
    if not is_file:
        known = catalogue()
        if text in known:
            path = known[text]
        elif os.path.isfile(text):  # noqa: PTH113  False, where a path asks the system in vain
            pass
        else:
            raise UnknownNameError(
                f"no shipped model is called '{shorten(text)}'",
                remedy=f"{did_you_mean(text, known)} (a file's name ends in .yaml)",
            )
    tree = read_tree_file(path)
    return _model(tree, path.parent, path.stem)


def loads(text: str, name: str = "<text>") -> Model:
    """Load a model from YAML text.

    Examples
    --------
    >>> loads("title: Nothing yet").title
    'Nothing yet'
    """
    of_kind(text, str, "text", "give the YAML of a model, or load its file")
    return _model(read_tree(text, name), models_folder(), "")


def _model(tree: Tree, folder: Path, name: str) -> Model:
    wanted = tree.data.get("evidence") or []
    wanted = [wanted] if isinstance(wanted, str) else wanted
    files = {}
    for entry in wanted if isinstance(wanted, list) else []:
        if isinstance(entry, str) and is_name(entry):  # other entries the schema refuses
            files[entry] = _find_evidence(entry, folder, tree)
    model = Model.from_data(tree.data, Origin(tree.data, tree, FrozenMap(files), name=name))
    _check_readings(model, tree)
    return model


def _check_readings(model: Model, tree: Tree) -> None:
    """Build every reading once, so that a fault in one is found on loading."""
    size = len(model.readings) * len(tree.lines)
    if size > MAX_READ:
        raise ModelError.one(
            tree.where(("readings",)),
            f"{len(model.readings):,} readings of a file of {len(tree.lines):,} values",
            f"their product is bounded by {MAX_READ:,}; split the file",
        )
    faults: list[tuple[str, str, Remedy]] = []
    for name, reading in model.readings.items():
        before = len(faults)
        data = copied(model.origin.data)
        for path, value in reading.set.items():
            try:
                set_path(data, path, thawed(value), model.paths)
            except UnknownNameError as error:
                place: tuple[str | int, ...] = ("readings", name, "set", path)
                if place not in tree.lines:
                    place = ("readings", name, path)
                faults.append((tree.where(place), error.what, partial(getattr, error, "remedy")))
        if len(faults) > before:
            continue
        try:
            model.reading(name)
        except ModelError as error:
            here = tree.where(("readings", name))
            for found in error.problems:
                inside = f": readings.{name}." in found.where
                own = found.where.startswith(f"{tree.name}:") and inside
                faults.append(
                    (found.where if own else f"{here}: {found.where}", found.what, found.remedy)
                )
    if faults:
        raise ModelError.of_faults(faults)


def _find_evidence(entry: str, folder: Path, tree: Tree) -> EvidenceFile:
    places = [folder / f"{entry}.yaml", models_folder() / "evidence" / f"{entry}.yaml"]
    for place in places:
        if place.is_file():
            return _load_evidence(place, place.stat().st_mtime_ns)
    known = sorted(file.stem for file in (models_folder() / "evidence").glob("*.yaml"))
    raise ModelError.one(
        tree.where(("evidence",)),
        f"no evidence file '{shorten(entry)}'",
        did_you_mean(entry, known),
    )


@lru_cache(maxsize=32)
def _load_evidence(path: Path, _modified: int) -> EvidenceFile:
    tree = read_tree_file(path)
    file: EvidenceFile = validate_evidence(tree.data, tree.where)
    faults = list(check_claims(file.claims, file.sources, file.topics, file.actors))
    if faults:
        raise ModelError.of_faults(
            (tree.where(where), what, remedy) for where, what, remedy in faults
        )
    return file
