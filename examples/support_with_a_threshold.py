"""When does European support collapse? Raise its cost, or do without one contributor."""

import negotiation as ng

model = ng.load("alaska/burden_sharing")
cost, need = "parameters.cost", "parameters.need"
output = "normal_form.equilibria.outcomes"

swept = ng.sweep(model, {need: [4, 3], cost: ["0.2", "0.6", "0.9", "1.1"]}, [output])
for row in swept.rows():
    needed = int(row.inputs[need])
    kept = [outcome for outcome in row.outputs[output] if outcome.count("give") >= needed]
    lost = len(row.outputs[output]) > len(kept)
    words = "is kept up, or collapses" if kept and lost else "is kept up" if kept else "collapses"
    print(f"{needed} of 4 needed, at a cost of {float(row.inputs[cost]):g}: support {words}")
