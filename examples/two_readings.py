"""What two documents imply for the same package, side by side."""

import negotiation as ng

model = ng.load("alaska/settlement")
for name, reading in model.readings.items():
    table = model.reading(name).solve()["stability"]
    print(reading.title)
    print(f"  acceptable to all: {table.counts['acceptable']:,} of {table.size:,} agreements")
    for row in table.rows:
        if not row.searched:
            verdict = "holds" if row.holds else f"no, {row.reason}"
            print(f"  {row.name}: {verdict}")
