"""Double what trade is worth to Washington: does recognition enter the deal over territory?"""

import negotiation as ng

model = ng.load("alaska/territory_for_commerce")
weight = "parameters.us_gain"
deal = "bargaining.nash.agreement"

for name in model.readings:
    reading = model.reading(name)
    stated = reading.number(weight)
    factors = [stated / 4, stated / 2, stated, 2 * stated, 4 * stated]
    swept = ng.sweep(reading, {weight: factors}, [f"{deal}.recognition", f"{deal}.truce"])
    print(f"{name}: the model's weight is {float(stated):g}")
    for row in swept.rows():
        recognition, truce = (text.replace("_", " ") for text in row.outputs.values())
        times = float(row.inputs[weight] / stated)
        print(f"  multiplied by {times:g}: recognition {recognition}, {truce}")
