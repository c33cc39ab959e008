"""Add one thing to a package and judge it again: a ceasefire with and without a guarantee."""

import negotiation as ng

pism = ng.load("alaska/settlement").reading("pism")
for guarantee in ("none", "european", "article5_style"):
    changed = pism.override({"agreements.washington_signal.guarantee": guarantee})
    row = changed.solve()["stability"].row("washington_signal")
    print(f"guarantee {guarantee}: Russia gets {float(row.utilities['ru']):.3f}")
    print(f"  self-enforcing: {row.verdicts['self_enforcing']}")
