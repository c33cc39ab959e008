"""Which agreements are stable: the verdict table.

Each agreement is put to ten questions, each answered by a verdict with its margin and, for
every no, a witness:

=================  ==========================================================================
criterion          the agreement passes when
=================  ==========================================================================
acceptable         it crosses no signatory's red line and gives each at least what it gets
                   without agreement (individual rationality)
efficient          no other agreement is at least as good for every party and better for one
                   (Pareto)
ratifiable         every ratifier consents: it lies in all win-sets (Putnam 1988)
nash               no party gains by switching what it controls, or by walking out
seq                every such gain can be undone by credible answers of the others
                   (sequential stability, Fraser and Hipel 1979)
smr                every such gain can be undone, whatever the mover does next
                   (symmetric metarationality, Howard 1971)
gmr                every such gain can be undone by some answer of the others, credible or not
                   (general metarationality, Howard 1971)
coalition_proof    no coalition of two or more can move to where every member is better off
self_enforcing     each party's patience is at least the critical discount factor at which
                   keeping the agreement beats a one-shot breach followed by punishment
robust             it stays acceptable when every number with a declared range is moved, one
                   at a time, to any value of its range
=================  ==========================================================================

Moves, preferences and the walk-out are those of
:func:`negotiation.model.build.issue_graph`: a party switches what it controls, a signatory may
walk out. An agreement that crosses a party's red line ranks
below no agreement for that party, and by how much has no unit: such verdicts have no margin.

Where walking out is a move, every acceptable agreement is GMR-stable, because a threat need
not be credible there, and an agreement is Nash-stable only if no implementer would rather
switch: efficiency, ratification, sequential stability and self-enforcement are what tell
agreements apart.
"""

from negotiation.stability.enforcement import Enforcement
from negotiation.stability.judge import Judge
from negotiation.stability.table import CRITERIA, HOLDING, Judged, StabilityTable
from negotiation.stability.verdict_table import verdict_table

__all__ = [
    "CRITERIA",
    "HOLDING",
    "Enforcement",
    "Judge",
    "Judged",
    "StabilityTable",
    "verdict_table",
]
