"""Which forecasts rest on a single rank? Swap neighbours in each party's order, one at a time."""

import negotiation as ng

model = ng.load("alaska/conflict_states")
for name in model.readings:
    found = ng.fragility(model.reading(name))
    turned = [swap for swap in found.swaps if swap.flips]
    print(f"{name}: {len(turned)} of {len(found.swaps)} swaps change a forecast")
    for swap in turned:
        upper, lower = swap.upper.replace("_", " "), swap.lower.replace("_", " ")
        print(f"  {swap.party}: {lower} above {upper} instead changes {', '.join(swap.flips)}")
