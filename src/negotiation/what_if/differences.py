"""Differences: in which inputs two models differ, and models in between.

Two models are compared as what they say, part by part, whatever file or shorthand they came
from. The unit is one **difference**: a number with its range, a choice (an ideal, a red line, a
ranking...), or a part that only one of them has. Names, descriptions and reasons are set apart
as *words*: no outcome rests on them.

Between two models lie

- :func:`hybrid`: one's values for some differences, the other's for the rest;
- :func:`mixture`: every number that differs at (1 - w) * one + w * other.

A hybrid need not make sense: an ideal may name an option that only the other model has. It is
then refused with the faults, as any model is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import NegotiationError, UnknownNameError, shorten
from negotiation.exact import FrozenMap, OrderedMap, exact, listed, show, show_apart
from negotiation.model.model import Model, Origin
from negotiation.model.parts import QuantityPart
from negotiation.model.yaml_tree import leaves
from negotiation.results import fields_of
from negotiation.what_if.points import checked_model

__all__ = ["Difference", "differences", "hybrid", "mixture", "other_model"]

WORDS = frozenset({"title", "name", "about", "notes", "note", "says", "because", "assumption"}) | {
    *("ours", "topic", "basis", "evidence", "sources", "claims", "readings", "predictions")
}
"""Fields that no outcome rests on."""
WHOLE = frozenset({"commitment.lag"})
"""Numbers that must stay whole, and so are not mixed."""

Step = str | int
Path = tuple[Step, ...]


@dataclass(frozen=True)
class Difference:
    """One input in which two models differ.

    Attributes
    ----------
    path : str
        Where.
    here, there : object
        What the one and the other say: a number, a formula, a name, a tuple of names; the part
        as text where only one of them has it, and None for the one that has not.
    range_here, range_there : str
        The declared ranges, where these differ.
    mixes : bool
        Whether both sides are numbers, so that there is something in between.
    words : bool
        Whether only words differ: a name, a description, a reason.
    steps : tuple
        The path as steps.
    """

    path: str
    here: Any
    there: Any
    range_here: str = ""
    range_there: str = ""
    mixes: bool = False
    words: bool = False
    steps: Path = dataclasses.field(default=(), repr=False, compare=False)

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        return fields_of(self, "words", "steps")

    def cells(self) -> list[Any]:
        """Return path, here and there as the cells of a table, ranges in brackets."""
        sides = [self.here, self.there]
        if all(isinstance(value, Fraction) for value in sides) and show(sides[0]) == show(sides[1]):
            sides = show_apart(*sides)
        return [self.path, _cell(sides[0], self.range_here), _cell(sides[1], self.range_there)]


def _cell(value: Any, ends: str) -> Any:
    if value is None:
        return "(not there)"
    if isinstance(value, tuple):
        value = ", ".join(map(str, value)) or "(none)"
    elif value == "":
        value = "(none)"
    if not ends:
        return value
    return f"{show(value) if isinstance(value, Fraction) else value} [{ends}]"


def other_model(model: Model, other: object) -> Model:
    """Return the other model of a comparison: a model, a reading's name or overrides.

    Raises
    ------
    NegotiationError
        If it is none of these, or a reading is asked of a model that is another reading already.
    UnknownNameError
        For an unknown reading or path, with close matches.
    """
    if isinstance(other, Model):
        return other
    if isinstance(other, str):
        now = model.origin.reading
        if now and now != other and other in model.readings:
            raise NegotiationError(
                f"the model is the reading '{now}' already, and its values would stay in place",
                where=f"reading '{other}'",
                remedy="compare two readings of the model as written, both made by .reading(...)",
            )
        return model.reading(other)
    if isinstance(other, Mapping):
        return model.override(other)
    raise NegotiationError(
        f"'{shorten(other)}' is nothing to compare a model with",
        remedy="give a model, the name of a reading, or a mapping of paths to values",
    )


# ---- what differs --------------------------------------------------------------------------


def differences(one: Model, other: Model) -> tuple[Difference, ...]:
    """Return every difference of two models, words last.

    Parameters
    ----------
    one, other : Model

    Returns
    -------
    tuple of Difference
        In the order of the file format; no path is a part of another.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("classics/chicken")
    >>> [(d.path, d.there) for d in differences(model, model.override({"parameters.crash": -5}))]
    [('parameters.crash', Fraction(-5, 1))]
    """
    found = list(_walk(checked_model(one).spec, checked_model(other).spec, ()))
    if one.evidence != other.evidence and not any(d.steps[0] in _EVIDENCE for d in found):
        found.append(Difference("evidence", "", "", words=True, steps=("evidence",)))
    return tuple(sorted(found, key=lambda difference: difference.words))


_EVIDENCE = ("evidence", "sources", "claims")


def _walk(here: Any, there: Any, steps: Path) -> Iterator[Difference]:
    if here == there and type(here) is type(there):
        return
    if isinstance(here, QuantityPart) and isinstance(there, QuantityPart):
        yield _numbers(here, there, steps)
    elif dataclasses.is_dataclass(here) and type(here) is type(there):
        for item in dataclasses.fields(here):
            a, b = getattr(here, item.name), getattr(there, item.name)
            if item.name in WORDS:
                if a != b:
                    yield _leaf(None, None, (*steps, item.name), words=True)
            else:
                yield from _walk(a, b, (*steps, item.name))
    elif isinstance(here, FrozenMap) and isinstance(there, FrozenMap):
        if isinstance(here, OrderedMap) and list(here) != list(there):
            yield _leaf(tuple(here), tuple(there), steps)
            return
        for key in (*here, *(key for key in there if key not in here)):
            yield from _walk(here.get(key), there.get(key), (*steps, key))
    elif _records(here) and _records(there) and len(here) == len(there):
        for place, (a, b) in enumerate(zip(here, there, strict=True)):
            yield from _walk(a, b, (*steps, place))
    else:
        yield _leaf(_said(here), _said(there), steps)


def _records(value: Any) -> bool:
    return isinstance(value, tuple) and all(map(dataclasses.is_dataclass, value))


def _leaf(here: Any, there: Any, steps: Path, *, words: bool = False) -> Difference:
    return Difference(".".join(map(str, steps)), here, there, words=words, steps=steps)


def _numbers(here: QuantityPart, there: QuantityPart, steps: Path) -> Difference:
    path = ".".join(map(str, steps))
    ends = [_ends(part) for part in (here, there)]
    if ends[0] == ends[1]:
        ends = ["", ""]
    return Difference(
        path,
        here.value,
        there.value,
        ends[0],
        ends[1],
        mixes=isinstance(here.value, Fraction)
        and isinstance(there.value, Fraction)
        and path not in WHOLE,
        words=(here.value, *ends) == (there.value, "", ""),
        steps=steps,
    )


def _ends(part: QuantityPart) -> str:
    if part.low is None and part.high is None:
        return "no range"
    low = "any" if part.low is None else show(part.low)
    high = "any" if part.high is None else show(part.high)
    return f"{low} to {high}"


def _said(value: Any) -> Any:
    """Return a part as a name, a number, a tuple of texts or a short text."""
    if value is None or isinstance(value, (Fraction, str, bool)):
        return value
    if isinstance(value, QuantityPart):
        return value.value
    if isinstance(value, tuple) and not any(map(dataclasses.is_dataclass, value)):
        return tuple(item if isinstance(item, str) else " / ".join(item) for item in value)
    tree = _plain(value)
    return shorten(", ".join(f"{_dotted(path)}: {leaf}" for path, leaf in leaves(tree)))


# ---- models in between -----------------------------------------------------------------------


def _plain(part: Any) -> Any:
    """Return a part as the plain data of a model file, without shorthand."""
    if dataclasses.is_dataclass(part):
        fields = ((item, getattr(part, item.name)) for item in dataclasses.fields(part))
        return {item.name: _plain(value) for item, value in fields if not _left_out(item, value)}
    if isinstance(part, Mapping):
        return {key: _plain(value) for key, value in part.items()}
    if isinstance(part, tuple):
        return [_plain(value) for value in part]
    return part


def _left_out(item: dataclasses.Field[Any], value: Any) -> bool:
    optional = (
        item.default is not dataclasses.MISSING or item.default_factory is not dataclasses.MISSING
    )
    return optional and value in (None, (), "", {})


def value_at(part: Any, steps: Path) -> Any:
    """Return what a model has at some steps, None where it has nothing."""
    for step in steps:
        if isinstance(part, FrozenMap):
            part = part.get(step)
        else:
            part = part[step] if isinstance(step, int) else getattr(part, step)
    return part


def _put(tree: Any, steps: Path, value: Any) -> None:
    """Set, or take out where the value is None, one part of plain data."""
    for step in steps[:-1]:
        tree = tree[step] if isinstance(step, int) else tree.setdefault(step, {})
    if value is None:
        tree.pop(steps[-1], None)
    else:
        tree[steps[-1]] = _plain(value)


def _in_order(tree: Any, like: Any) -> Any:
    """Return plain data with its keys in the order of the other's."""
    if isinstance(tree, dict) and isinstance(like, dict):
        keys = [*(key for key in like if key in tree), *(key for key in tree if key not in like)]
        return {key: _in_order(tree[key], like.get(key)) for key in keys}
    if isinstance(tree, list) and isinstance(like, list) and len(tree) == len(like):
        return [_in_order(item, own) for item, own in zip(tree, like, strict=True)]
    return tree


def between(
    one: Model,
    other: Model,
    values: Mapping[Path, Any],
    *,
    like: Model | None = None,
    bare: bool = False,
) -> Model:
    """Return `one` with some parts replaced; evidence files of `other` are kept at hand.

    A `bare` model leaves out the evidence and all that cites it, on which no outcome rests.
    """
    tree = _plain(one.spec)
    for steps, value in values.items():
        _put(tree, steps, value)
    if like is not None:
        tree = _in_order(tree, _plain(like.spec))
    if bare:
        tree = {key: _bare(part) for key, part in tree.items() if key not in WORDS - {"title"}}
        return Model.from_data(tree, Origin(tree, name=one.origin.name))
    first, second = (other, one) if ("evidence",) in values else (one, other)
    files = {**second.origin.files, **first.origin.files}
    named = {name: files[name] for name in tree.get("evidence", ()) if name in files}
    return Model.from_data(tree, Origin(tree, files=FrozenMap(named), name=one.origin.name))


def _bare(tree: Any) -> Any:
    """Return plain data without citations; a part may have such a name, and stays."""
    if isinstance(tree, dict):
        return {
            key: _bare(part)
            for key, part in tree.items()
            if not (key == "because" and isinstance(part, list))
            and not (key == "topic" and isinstance(part, str))
        }
    return [_bare(part) for part in tree] if isinstance(tree, list) else tree


def hybrid(one: Model, other: Model, take: Iterable[str]) -> Model:
    """Return a model with the other's values for the paths taken and one's for the rest.

    Parameters
    ----------
    one, other : Model
        Two models, two readings of one model, say.
    take : iterable of str
        Paths; a path takes everything below it: ``demands.ru`` takes all that this party wants.
        What does not differ may be taken, to no effect.

    Returns
    -------
    Model
        With nothing taken it equals `one`, with every difference taken `other`. Where a value
        goes, its range and its reasons go with it.

    Raises
    ------
    UnknownNameError
        For a path that neither model has, with close matches.
    ModelError
        If values taken apart make no valid model, with every fault.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("classics/chicken")
    >>> other = model.override({"parameters.crash": -5, "parameters.win": 2})
    >>> mixed = hybrid(model, other, ["parameters.crash"])
    >>> mixed == model.override({"parameters.crash": -5})
    True
    """
    found = differences(one, other)
    names = None if isinstance(take, str) else listed(take)
    if names is None:
        raise NegotiationError(
            f"'{shorten(take)}' is no list of paths", remedy="write ['parameters.x', 'demands.us']"
        )
    ends = [own.steps for own in found]
    for model in (one, other):
        ends += _paths(model)
    known = {_dotted(path[:end]) for path in ends for end in range(1, len(path) + 1)}
    taken: dict[Path, Any] = {}
    for name in names:
        path = _full(name, one, other)
        if path not in known:
            raise UnknownNameError.of("path", name, sorted(known))
        for difference in found:
            if _within(difference.path, path):
                taken[difference.steps] = value_at(other.spec, difference.steps)
            elif _within(path, difference.path):
                raise NegotiationError(
                    f"{path} differs together with the rest of {difference.path}",
                    remedy=f"take {difference.path}",
                )
    everything = all(difference.steps in taken for difference in found if not difference.words)
    return between(one, other, taken, like=other if everything and taken else None)


def _within(path: str, above: str) -> bool:
    return path == above or path.startswith(above + ".")


def _dotted(path: Iterable[Step]) -> str:
    return ".".join(map(str, path))


def _paths(model: Model) -> Iterator[Path]:
    yield ("evidence",)
    for path, _ in leaves(_plain(model.spec)):
        yield path
        if isinstance(path[-1], int):
            yield path[:-1]


def _full(name: object, one: Model, other: Model) -> str:
    """Return a path as the model layer spells it in full."""
    if not isinstance(name, str):
        raise UnknownNameError.of("path", name, one.paths)
    steps = name.removesuffix(".value").split(".")
    if steps[0] == "agreements" and len(steps) == 3 and steps[2] in {*one.issues, *other.issues}:
        steps.insert(2, "options")
    if steps[:2] == ["normal_form", "payoffs"] and len(steps) == 4:
        section = one.spec.normal_form or other.spec.normal_form
        players = list(section.players) if section else []
        if steps[3] in players:
            steps[3] = str(players.index(steps[3]))
    return ".".join(steps)


def mixture(one: Model, other: Model, w: object) -> Model:
    """Return a model whose numbers lie between those of two models.

    Every number that differs becomes (1 - w) * one + w * other, exactly, and so do the ends of
    its range; an end that only one side declares stays, as far as the value leaves it room. What
    is no number on both sides (a choice, a formula, a part that only one has, a number that must
    stay whole) has nothing in between: it is as in `one` for w < 1 and as in `other` at w = 1.
    :attr:`Comparison.unmixed` lists these. Weights are scaled to sum to 1 after mixing.

    Parameters
    ----------
    one, other : Model
    w : number
        Weight of `other`, from 0 to 1.

    Returns
    -------
    Model
        Equal to `one` at w = 0 and to `other` at w = 1.

    Raises
    ------
    NegotiationError
        If w is no number from 0 to 1.

    Examples
    --------
    >>> import negotiation as ng
    >>> model = ng.load("classics/chicken")
    >>> half = mixture(model, model.override({"parameters.crash": -20}), "1/2")
    >>> half.number("parameters.crash")
    Fraction(-15, 1)
    """
    weight = exact(w, where="w")
    if not 0 <= weight <= 1:
        raise NegotiationError(
            f"{show(weight)} is no weight", where="w", remedy="give a number from 0 to 1"
        )
    found = differences(one, other)
    values: dict[Path, Any] = {}
    for difference in found:
        here, there = (value_at(model.spec, difference.steps) for model in (one, other))
        if weight == 1:
            values[difference.steps] = there
        elif weight and difference.mixes and not difference.words:
            values[difference.steps] = _mixed(here, there, weight)
    return between(one, other, values, like=other if weight == 1 else None)


def _mixed(here: QuantityPart, there: QuantityPart, weight: Fraction) -> QuantityPart:
    def mix(a: Any, b: Any) -> Any:
        return (1 - weight) * a + weight * b

    value = mix(here.value, there.value)
    ends: list[Fraction | None] = []
    for a, b, widest in ((here.low, there.low, min), (here.high, there.high, max)):
        if a is not None and b is not None:
            ends.append(mix(a, b))
        else:
            end = b if a is None else a
            ends.append(None if end is None else widest(end, value))
    same = here.because == there.because
    return dataclasses.replace(
        here,
        value=value,
        low=ends[0],
        high=ends[1],
        because=here.because if same else (),
        assumption=f"{show(1 - weight)} of one value and {show(weight)} of another",
    )
