"""Whom does time favour during a pause? Change the sign of the drift and see who leaves a truce."""

import negotiation as ng

model = ng.load("alaska/settlement")
base = "stability.verdicts.unconditional_ceasefire.self_enforcing"
drift = "parameters.pause_shift"

for name in model.readings:
    reading = model.reading(name)
    swept = ng.sweep(reading, {drift: ["-0.1", "0", "0.1"]}, [f"{base}.holds", f"{base}.witness"])
    print(f"{name}: {reading.readings[name].title}")
    for row in swept.rows():
        holds, witness = row.outputs.values()
        shift = float(row.inputs[drift])
        print(f"  drift {shift:+.1f}: {'kept' if holds else witness['text']}")
