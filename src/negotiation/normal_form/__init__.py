"""Games in normal form: payoff matrices and their equilibria."""

from negotiation.normal_form.all_equilibria import (
    Component,
    Equilibria,
    Equilibrium,
    equilibria,
)
from negotiation.normal_form.best_replies import (
    best_replies,
    expected_payoffs,
    is_equilibrium,
    mixed_strategy,
    regrets,
)
from negotiation.normal_form.dominance import (
    Dominance,
    DominanceResult,
    dominated_strategies,
    iterated_dominance,
)
from negotiation.normal_form.game import NormalForm
from negotiation.normal_form.pure import pure_equilibria

__all__ = [
    "Component",
    "Dominance",
    "DominanceResult",
    "Equilibria",
    "Equilibrium",
    "NormalForm",
    "best_replies",
    "dominated_strategies",
    "equilibria",
    "expected_payoffs",
    "is_equilibrium",
    "iterated_dominance",
    "mixed_strategy",
    "pure_equilibria",
    "regrets",
]
