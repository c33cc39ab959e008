"""Recognise Crimea in law rather than in fact, and nothing else: who gains, and does it hold?"""

import negotiation as ng

model = ng.load("alaska/regions")
package = "three_de_facto"
for name in model.readings:
    reading = model.reading(name)
    table = reading.solve()["stability"]
    changed = reading.override({f"agreements.{package}.crimea": "recognised"})
    before, after = table.row(package), changed.solve()["stability"].row(package)
    print(f"{name}:")
    for party in reading.parties:
        if party in before.utilities:
            gain = float(after.utilities[party] - before.utilities[party])
            print(f"  {reading.parties[party].name}: {gain:+.3f}")
    for key, verdict in after.verdicts.items():
        if verdict.holds != before.verdicts[key].holds:
            print(f"  {key}: {before.verdicts[key].mark} becomes {verdict.mark}")
