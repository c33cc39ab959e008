"""How much rests on patience alone? Give every party the same, and judge the packages again."""

import negotiation as ng

reading = ng.load("alaska/settlement").reading("igs")
outputs = [f"stability.verdicts.{name}.self_enforcing.holds" for name in reading.agreements]
paths = [f"parties.{party}.patience" for party in reading.parties]
stated = {path: reading.number(path) for path in paths}
variants = {
    "as the model states it": stated,
    "everybody as Moscow": dict.fromkeys(paths, stated["parties.ru.patience"]),
    "everybody as Washington": dict.fromkeys(paths, stated["parties.us.patience"]),
}

swept = ng.sweep(reading, points=list(variants.values()), outputs=outputs)
for label, row in zip(variants, swept.rows(), strict=True):
    holds = dict(zip(reading.agreements, row.outputs.values(), strict=True))
    kept = [name.replace("_", " ") for name, yes in holds.items() if yes]
    print(f"patience {label}: {', '.join(kept) or 'nothing'} would be kept")
