"""Two packages that are refused: what is the least that would make each of them hold?"""

import negotiation as ng

for name, reading, agreement, criterion in (
    ("alaska/regions", "pism", "three_de_facto", "acceptable"),
    ("alaska/settlement", "pism", "unconditional_ceasefire", "seq"),
):
    model = ng.load(name).reading(reading)
    found = ng.repair(model, agreement, criterion)
    print(f"{agreement.replace('_', ' ')} ({model.title}, {reading}), to be {criterion}:")
    for kind, heading in (
        ("payoff", "give"),
        ("payment", "pay"),
        ("commitment", "promise"),
        ("input", "one number"),
        ("inputs", "several numbers"),
    ):
        for change in found.of(kind):
            if change.works:
                print(f"  {heading}: {change.text}")
    idle = [change for change in found.of("input") if not change.works]
    print(f"  {len(idle)} other numbers do not do it anywhere within their ranges,")
    print(f"  which is {'proved' if all(change.proved for change in idle) else 'not proved'}.")
