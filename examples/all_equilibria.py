"""Every equilibrium of a degenerate game, exactly, with its components."""

import negotiation as ng

game = ng.NormalForm.from_arrays(
    [[1, 1, 0], [1, 1, 0], [0, 0, "1/3"]],
    [[1, 0, 0], [1, 2, 0], [0, 0, "1/3"]],
    players=["north", "south"],
    strategies=[["open", "licensed", "closed"], ["low", "high", "none"]],
)
print(game)
found = ng.equilibria(game)
print(found)
for profile in found.profiles:
    assert ng.is_equilibrium(game, profile.strategies)
