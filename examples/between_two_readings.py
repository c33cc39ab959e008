"""Between two documents: at which mixture of their numbers does the predicted deal change?"""

from fractions import Fraction

import negotiation as ng

model = ng.load("alaska/territory_for_commerce")
pism, igs = model.reading("pism"), model.reading("igs")

before = None
for tenth in range(11):
    weight = Fraction(tenth, 10)
    deal = ng.mixture(pism, igs, weight).solve()["bargaining"].solutions["nash"].agreements[0]
    if deal != before:
        changed = [issue for issue in deal if before is None or deal[issue] != before[issue]]
        words = ", ".join(f"{issue} {deal[issue].replace('_', ' ')}" for issue in changed)
        print(f"from weight {float(weight):.1f} on igs: {words}")
    before = deal
