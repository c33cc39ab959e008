"""Put one document's Russia into the other document's model: which difference explains what?"""

import negotiation as ng

model = ng.load("alaska/territory_for_commerce")
igs, pism = model.reading("igs"), model.reading("pism")
output = "bargaining.nash.utility.ru"

russia = [own.path for own in ng.compare(pism, igs, outputs=[output]).inputs if ".ru" in own.path]
mixed = ng.hybrid(pism, igs, take=russia)
for label, one in (("pism", pism), ("pism with Russia as in igs", mixed), ("igs", igs)):
    print(f"{label}: Russia's share is {float(one.solve().get_path(output)):.3f}")

found = ng.attribution(pism, igs, output, groups="part")
print(f"of the change of {float(found.change):+.3f}, by what differs:")
for share in found.shares:
    print(f"  {share.name}: {float(share.shapley):+.3f}")
