"""Bargaining over a space of agreements: frontier, solutions, ratification."""

from negotiation.bargaining.agreements import Agreement, AgreementSpace, Mask, Term
from negotiation.bargaining.checks import is_bargaining_solution
from negotiation.bargaining.frontier import (
    Frontier,
    dominating,
    efficient,
    is_efficient,
    pareto_frontier,
)
from negotiation.bargaining.merging import Change, best_change, improving_change
from negotiation.bargaining.payoff_points import Agreements, PayoffPoint, PayoffPoints
from negotiation.bargaining.ratification import Ratification, Ratifier, ratification, win_set
from negotiation.bargaining.solutions import (
    BargainingSolution,
    egalitarian,
    kalai_smorodinsky,
    nash_bargaining,
    utilitarian,
)

__all__ = [
    "Agreement",
    "AgreementSpace",
    "Agreements",
    "BargainingSolution",
    "Change",
    "Frontier",
    "Mask",
    "PayoffPoint",
    "PayoffPoints",
    "Ratification",
    "Ratifier",
    "Term",
    "best_change",
    "dominating",
    "efficient",
    "egalitarian",
    "improving_change",
    "is_bargaining_solution",
    "is_efficient",
    "kalai_smorodinsky",
    "nash_bargaining",
    "pareto_frontier",
    "ratification",
    "utilitarian",
    "win_set",
]
