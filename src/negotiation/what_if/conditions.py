"""Conditions: what must be true of the parameters for an outcome to hold, as inequalities.

For a pure profile of a payoff matrix: it is an equilibrium exactly if no player gains by a single
deviation, one inequality for each. For a named agreement: it is acceptable exactly if no
signatory gets less than without agreement and no red line is crossed. The parameters stay letters,
everything else is worked out; each inequality comes with how it stands in the model. Where a
divisor in a formula is zero the model has no outcome, even if the divisor cancels out of the
inequality: these places are listed beside.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from negotiation.errors import NegotiationError, UnknownNameError
from negotiation.exact import names_of, show
from negotiation.formulas import Formula, Node
from negotiation.model import build
from negotiation.model.model import Model
from negotiation.model.parts import steps
from negotiation.model.symbolic import Inputs, borders, field_of, folded
from negotiation.results import Result, Table
from negotiation.stability.judge import Judge
from negotiation.what_if.points import checked_model, knob

__all__ = ["Condition", "Conditions", "conditions"]


@dataclass(frozen=True)
class Condition:
    """One inequality.

    Attributes
    ----------
    who : str
        Whose it is.
    keeps, instead : str
        What it keeps, and instead of what.
    inequality : str
        In the parameters, such as ``"crash - lose >= 0"``; ``"always"``; ``"never"``.
    margin : Fraction or None
        Its left side as the model stands, in utility; None for a red line.
    """

    who: str
    keeps: str
    instead: str
    inequality: str
    margin: Fraction | None

    @property
    def holds(self) -> bool:
        """Whether it holds as the model stands."""
        return self.margin is not None and self.margin >= 0

    def __str__(self) -> str:
        how = self.inequality
        how = how if how in {"always", "never"} else f"while {how}"
        if self.margin is None:
            return f"{self.who} {how} takes {self.keeps}: {self.instead}"
        return f"{self.who} keeps {self.keeps} rather than {self.instead} {how}"

    def data(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        names = ("who", "keeps", "instead", "inequality", "margin", "holds")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Conditions(Result):
    """All inequalities of a profile or an agreement: it holds exactly if all of them do.

    Attributes
    ----------
    of : str
        The profile or the agreement.
    question : str
        What holds then.
    rows : tuple of Condition
    undefined : tuple of str
        Where there is no outcome, such as ``"a = 0"``: a formula divides by zero.
    """

    of: str
    question: str
    rows: tuple[Condition, ...]
    undefined: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all hold as the model stands."""
        return all(row.holds for row in self.rows)

    def data(self) -> dict[str, Any]:
        """Return the rows as plain data."""
        return {
            "of": self.of,
            "question": self.question,
            "holds": self.holds,
            "conditions": [row.data() for row in self.rows],
            "undefined": list(self.undefined),
        }

    def tables(self) -> tuple[Table, ...]:
        """Return one table, a row for each inequality."""
        notes = [f"As the model stands it is{'' if self.holds else ' not'}."]
        if self.undefined:
            notes.append(
                f"No outcome where {' or '.join(self.undefined)}: a formula divides by zero."
            )
        return (
            Table(
                f"{self.of} is {self.question} exactly if",
                ["who", "keeps", "rather than", "condition", "now", "by"],
                [
                    [row.who, row.keeps, row.instead, row.inequality, row.holds, row.margin]
                    for row in self.rows
                ],
                notes=notes,
                name="conditions",
            ),
        )


def conditions(
    model: Model, of: str | Sequence[str], *, over: Iterable[str] | str | None = None
) -> Conditions:
    """Say under which conditions a pure equilibrium or an acceptable agreement holds.

    Parameters
    ----------
    model : Model
    of : str or sequence of str
        A profile of the payoff matrix, such as ``"swerve/straight"`` or one strategy per player;
        or the name of an agreement.
    over : str or iterable of str, optional
        Paths of the numbers to leave open. Default: all parameters that are numbers.

    Returns
    -------
    Conditions

    Raises
    ------
    UnknownNameError
        If there is no such profile, agreement or number, with close matches.
    NegotiationError
        If the model has neither a payoff matrix nor named agreements with demands.

    Examples
    --------
    >>> import negotiation as ng
    >>> for row in conditions(ng.load("classics/chicken"), "swerve/straight").rows:
    ...     print(row)
    first keeps swerve rather than straight while -crash + lose >= 0
    second keeps straight rather than swerve while win >= 0
    """
    model = checked_model(model)
    opened = {f"parameters.{name}": name for name in model.spec.parameters}
    if over is not None:
        paths = [knob(model, path).path for path in names_of(over, "over")]
        opened = {path: path.removeprefix("parameters.") for path in paths}
    else:
        derived = {n for n, part in model.spec.parameters.items() if isinstance(part.value, str)}
        opened = {path: name for path, name in opened.items() if name not in derived}
    inputs = Inputs(model, opened)
    values = {name: knob(model, path).value for path, name in opened.items()}
    form = model.spec.normal_form
    named = of if isinstance(of, str) else "/".join(map(str, of)) if _listed(of) else of
    if isinstance(named, str) and model.demands and named in model.agreements:
        return _acceptable(model, inputs, named, values)
    profile = steps(named) if isinstance(named, str) else ()
    if form is None:
        if not model.agreements or not model.demands:
            raise NegotiationError(
                f"'{model.title}' has no payoff matrix and no named agreements",
                remedy="add normal_form, or agreements and demands",
            )
        raise UnknownNameError.of("agreement", named, model.agreements)
    profiles = list(itertools.product(*form.players.values()))
    if profile not in profiles:
        known = ["/".join(one) for one in profiles]
        raise UnknownNameError.of(
            "profile", named, [*known, *(model.agreements if model.demands else ())]
        )
    return _equilibrium(model, inputs, profile, values)


def _listed(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _equilibrium(
    model: Model, inputs: Inputs, profile: tuple[str, ...], values: dict[str, Fraction]
) -> Conditions:
    form = model.spec.normal_form
    assert form is not None
    table = form.rows
    rows, margins = [], []
    for place, (player, own) in enumerate(form.players.items()):
        for other in own:
            if other == profile[place]:
                continue
            away = (*profile[:place], other, *profile[place + 1 :])
            margin = folded(
                "-", inputs.quantity(table[profile][place]), inputs.quantity(table[away][place])
            )
            margins.append(margin)
            rows.append(_condition(player, profile[place], other, margin, values))
    return Conditions("/".join(profile), "an equilibrium", tuple(rows), _poles(inputs, margins))


def _acceptable(model: Model, inputs: Inputs, name: str, values: dict[str, Fraction]) -> Conditions:
    agreement = model.agreement(name)
    space = build.agreement_space(model)
    rows, margins = [], []
    for party in Judge(model, space).signatories:
        for issue, option in space.crossed(party, agreement):
            line = f"a red line is crossed, {issue}: {option}"
            rows.append(Condition(party, name, line, "never", None))
        margin = folded("-", inputs.utility(party, agreement), inputs.disagreement(party))
        margins.append(margin)
        rows.append(_condition(party, name, "no agreement", margin, values))
    return Conditions(name, "acceptable", tuple(rows), _poles(inputs, margins))


def _poles(inputs: Inputs, margins: Iterable[Node]) -> tuple[str, ...]:
    """Return where a formula of the model divides by zero, as equations in the open inputs."""
    from sympy import Symbol  # noqa: PLC0415  half a second that most runs never need

    opened = sorted(own for own in inputs.names.values() if isinstance(own, str))
    if not opened:
        return ()
    over = field_of([Symbol(name, real=True) for name in opened])
    found: dict[str, None] = {}
    for pole in borders([*margins, *inputs.moving], over).poles:
        for factor, _ in pole.factor_list()[1]:
            _, plain = factor.as_expr().as_content_primitive()
            found.setdefault(f"{plain} = 0")
    return tuple(found)


def _condition(
    who: str, keeps: str, instead: str, margin: Node, values: dict[str, Fraction]
) -> Condition:
    formula = Formula(keeps, margin, (), ())
    return Condition(who, keeps, instead, inequality(formula.sympy()), formula.value(values))


def inequality(expression: Any) -> str:
    """Return ``expression >= 0`` as short as it can be said.

    Examples
    --------
    >>> import sympy
    >>> x, y = sympy.symbols("x y", real=True)
    >>> inequality(2 * x - 2 * y + x**2 - x**2), inequality(3 - 2 * x), inequality(x / x)
    ('x - y >= 0', 'x <= 3/2', 'always')
    """
    import sympy  # noqa: PLC0415  half a second that most runs never need

    if expression.has(sympy.Min, sympy.Max, sympy.Abs):
        if expression.is_nonnegative:
            return "always"
        return f"{sympy.expand(expression)} >= 0"
    above, below = sympy.fraction(sympy.cancel(sympy.together(expression)))
    above, below = sympy.expand(above), sympy.expand(below)
    if below.is_number:
        above, below = sympy.expand(above / below), sympy.Integer(1)
    if below == 1 and above.is_number:
        return "always" if above >= 0 else "never"
    content, above = above.as_content_primitive()
    if content < 0:
        above = -above
    if below != 1:
        return f"({above})/({below}) >= 0"
    symbols = sorted(above.free_symbols, key=str)
    if len(symbols) == 1:
        (one,) = symbols
        line = sympy.Poly(above, one)
        if line.degree() == 1:
            slope, height = line.all_coeffs()
            bound = -height / slope
            end = show(Fraction(int(bound.p), int(bound.q)), fractions=True)
            return f"{one} {'>=' if slope > 0 else '<='} {end}"
    return f"{above} >= 0"
