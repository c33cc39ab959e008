"""Change a payoff, see what changes: how bad must a crash be before anybody swerves?"""

import negotiation as ng

chicken = ng.load("classics/chicken")
for crash in (-10, -3, -1, 0):
    game = chicken.override({"parameters.crash": crash}).solve()["normal_form"]
    print(f"a crash is worth {crash}: {len(game.equilibria.profiles)} equilibria")
    print(game.equilibria)
