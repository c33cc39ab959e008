"""Neither document states a minimum for Ukraine: sweep one, and see which packages survive it."""

import negotiation as ng

model = ng.load("alaska/settlement")
minimum = "parameters.ua_without_agreement"
for name in model.readings:
    reading = model.reading(name)
    outputs = [f"stability.verdicts.{own}.acceptable" for own in reading.agreements]
    swept = ng.sweep(reading, {minimum: ng.grid("0.2", "0.4", step="0.1")}, outputs)
    print(f"{name}:")
    for row in swept.rows():
        refused, kept = [], []
        for own, verdict in zip(reading.agreements, row.outputs.values(), strict=True):
            who = verdict["witness"]["who"] if verdict["witness"] else []
            (refused if "ua" in who else kept).append(own.replace("_", " "))
        print(
            f"  minimum {float(row.inputs[minimum]):.1f}: Ukraine takes {', '.join(kept) or 'none'}"
        )
