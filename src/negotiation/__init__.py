"""From documents in which parties state demands to stable agreements.

The public names, by chapter::

    load, loads, Model                       a negotiation as data
    check, check_predictions, trace          its provenance and its predictions
    NormalForm, equilibria, iter_equilibria, equilibria_batch, GameFamily, is_equilibrium,
    pure_equilibria, isolated_equilibria, lemke_howson, equilibrium_index, is_degenerate,
    iterated_dominance, rationalizable_sets, correlated_equilibrium,
    is_correlated_equilibrium, quantal_response, fictitious_play, replicator_dynamics,
    zero_sum_value, select, risk_dominance, regret_radius, classify_two_by_two, read_nfg,
    read_gam, read_csv, from_frame, write_nfg, write_gam, write_csv
                                             payoff matrices
    AgreementSpace, pareto_frontier, nash_bargaining, kalai_smorodinsky, egalitarian,
    utilitarian, ratification                bargaining
    ConflictGraph, graph_stability           the graph model for conflict resolution
    compare, hybrid, mixture, attribution, sweep, iter_sweep, grid, tornado, flips,
    tipping_points, tipping_curves, conditions, robustness, sensitivity, acceptability,
    fragility, repair, breaking
                                             what if: change an input, see what changes
    Formula, parse                           payoff formulas
    Result, Table, Verdict, Witness          what solvers return
    NegotiationError and its children        what can go wrong

Names are imported when first used, so that ``import negotiation`` costs nothing.

Examples
--------
>>> import negotiation as ng
>>> game = ng.NormalForm.from_arrays([[3, 0], [5, 1]], [[3, 5], [0, 1]])
>>> ng.equilibria(game).guarantee
'extreme'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiation.analysis import Analysis, check_predictions
    from negotiation.bargaining import (
        AgreementSpace,
        egalitarian,
        kalai_smorodinsky,
        nash_bargaining,
        pareto_frontier,
        ratification,
        utilitarian,
    )
    from negotiation.conflict_graph import ConflictGraph, graph_stability
    from negotiation.errors import (
        FormulaError,
        GameError,
        ModelError,
        NegotiationError,
        TooLargeError,
        UnknownNameError,
    )
    from negotiation.formulas import Formula, parse
    from negotiation.model.files import catalogue, load, loads
    from negotiation.model.model import Model
    from negotiation.model.schema import json_schema
    from negotiation.normal_form import (
        NormalForm,
        equilibria,
        is_equilibrium,
        iterated_dominance,
        pure_equilibria,
    )
    from negotiation.normal_form.all_equilibria import iter_equilibria
    from negotiation.normal_form.batch import equilibria_batch
    from negotiation.normal_form.correlated import (
        correlated_equilibrium,
        is_correlated_equilibrium,
    )
    from negotiation.normal_form.degeneracy import is_degenerate
    from negotiation.normal_form.families import GameFamily
    from negotiation.normal_form.formats import (
        from_frame,
        read_csv,
        read_gam,
        read_nfg,
        write_csv,
        write_gam,
        write_nfg,
    )
    from negotiation.normal_form.index import equilibrium_index
    from negotiation.normal_form.learning import fictitious_play, replicator_dynamics
    from negotiation.normal_form.lemke_howson import lemke_howson
    from negotiation.normal_form.quantal_response import quantal_response
    from negotiation.normal_form.rationalizability import rationalizable_sets
    from negotiation.normal_form.selection import regret_radius, risk_dominance, select
    from negotiation.normal_form.support_systems import isolated_equilibria
    from negotiation.normal_form.two_by_two import classify_two_by_two
    from negotiation.normal_form.zero_sum import zero_sum_value
    from negotiation.provenance import check, trace
    from negotiation.results import Result, Table, Verdict, Witness
    from negotiation.what_if.attribution import attribution
    from negotiation.what_if.compare import compare
    from negotiation.what_if.conditions import conditions
    from negotiation.what_if.curves import tipping_curves
    from negotiation.what_if.differences import hybrid, mixture
    from negotiation.what_if.fragility import fragility
    from negotiation.what_if.repair import breaking, repair
    from negotiation.what_if.robustness import robustness
    from negotiation.what_if.sensitivity import sensitivity
    from negotiation.what_if.smaa import acceptability
    from negotiation.what_if.sweep import grid, iter_sweep, sweep
    from negotiation.what_if.tipping import tipping_points
    from negotiation.what_if.tornado import flips, tornado

__version__ = "0.1.0"

_HOMES = {
    "negotiation.analysis": ["Analysis", "check_predictions"],
    "negotiation.bargaining": [
        "AgreementSpace",
        "egalitarian",
        "kalai_smorodinsky",
        "nash_bargaining",
        "pareto_frontier",
        "ratification",
        "utilitarian",
    ],
    "negotiation.conflict_graph": ["ConflictGraph", "graph_stability"],
    "negotiation.errors": [
        "FormulaError",
        "GameError",
        "ModelError",
        "NegotiationError",
        "TooLargeError",
        "UnknownNameError",
    ],
    "negotiation.formulas": ["Formula", "parse"],
    "negotiation.model.files": ["catalogue", "load", "loads"],
    "negotiation.model.model": ["Model"],
    "negotiation.model.schema": ["json_schema"],
    "negotiation.normal_form": [
        "NormalForm",
        "equilibria",
        "is_equilibrium",
        "iterated_dominance",
        "pure_equilibria",
    ],
    "negotiation.normal_form.all_equilibria": ["iter_equilibria"],
    "negotiation.normal_form.degeneracy": ["is_degenerate"],
    "negotiation.normal_form.families": ["GameFamily"],
    "negotiation.normal_form.index": ["equilibrium_index"],
    "negotiation.normal_form.learning": ["fictitious_play", "replicator_dynamics"],
    "negotiation.normal_form.lemke_howson": ["lemke_howson"],
    "negotiation.normal_form.rationalizability": ["rationalizable_sets"],
    "negotiation.normal_form.support_systems": ["isolated_equilibria"],
    "negotiation.normal_form.batch": ["equilibria_batch"],
    "negotiation.normal_form.correlated": ["correlated_equilibrium", "is_correlated_equilibrium"],
    "negotiation.normal_form.quantal_response": ["quantal_response"],
    "negotiation.normal_form.zero_sum": ["zero_sum_value"],
    "negotiation.normal_form.formats": [
        "from_frame",
        "read_csv",
        "read_gam",
        "read_nfg",
        "write_csv",
        "write_gam",
        "write_nfg",
    ],
    "negotiation.normal_form.selection": ["regret_radius", "risk_dominance", "select"],
    "negotiation.normal_form.two_by_two": ["classify_two_by_two"],
    "negotiation.provenance": ["check", "trace"],
    "negotiation.results": ["Result", "Table", "Verdict", "Witness"],
    "negotiation.what_if.repair": ["breaking", "repair"],
    "negotiation.what_if.conditions": ["conditions"],
    "negotiation.what_if.curves": ["tipping_curves"],
    "negotiation.what_if.tipping": ["tipping_points"],
    "negotiation.what_if.attribution": ["attribution"],
    "negotiation.what_if.compare": ["compare"],
    "negotiation.what_if.differences": ["hybrid", "mixture"],
    "negotiation.what_if.fragility": ["fragility"],
    "negotiation.what_if.robustness": ["robustness"],
    "negotiation.what_if.sensitivity": ["sensitivity"],
    "negotiation.what_if.smaa": ["acceptability"],
    "negotiation.what_if.sweep": ["grid", "iter_sweep", "sweep"],
    "negotiation.what_if.tornado": ["flips", "tornado"],
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AgreementSpace",
    "Analysis",
    "ConflictGraph",
    "Formula",
    "FormulaError",
    "GameError",
    "GameFamily",
    "Model",
    "ModelError",
    "NegotiationError",
    "NormalForm",
    "Result",
    "Table",
    "TooLargeError",
    "UnknownNameError",
    "Verdict",
    "Witness",
    "acceptability",
    "attribution",
    "breaking",
    "catalogue",
    "check",
    "check_predictions",
    "classify_two_by_two",
    "compare",
    "conditions",
    "correlated_equilibrium",
    "egalitarian",
    "equilibria",
    "equilibria_batch",
    "equilibrium_index",
    "fictitious_play",
    "flips",
    "fragility",
    "from_frame",
    "graph_stability",
    "grid",
    "hybrid",
    "is_correlated_equilibrium",
    "is_degenerate",
    "is_equilibrium",
    "isolated_equilibria",
    "iter_equilibria",
    "iter_sweep",
    "iterated_dominance",
    "json_schema",
    "kalai_smorodinsky",
    "lemke_howson",
    "load",
    "loads",
    "mixture",
    "nash_bargaining",
    "pareto_frontier",
    "parse",
    "pure_equilibria",
    "quantal_response",
    "ratification",
    "rationalizable_sets",
    "read_csv",
    "read_gam",
    "read_nfg",
    "regret_radius",
    "repair",
    "replicator_dynamics",
    "risk_dominance",
    "robustness",
    "select",
    "sensitivity",
    "sweep",
    "tipping_curves",
    "tipping_points",
    "tornado",
    "trace",
    "utilitarian",
    "write_csv",
    "write_gam",
    "write_nfg",
    "zero_sum_value",
]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module 'negotiation' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
