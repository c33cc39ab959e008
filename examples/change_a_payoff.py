"""Change a payoff, see what changes: how bad must a crash be before anybody swerves?"""

import negotiation as ng

chicken = ng.load("classics/chicken")
for crash in (-10, -4, -1, 0):
    found = chicken.override({"parameters.crash": crash}).solve()["normal_form"].equilibria
    print(f"crash worth {crash}: {len(found.profiles)} equilibria")
    for profile in found.profiles:
        plays = [found.words(p, s) for p, s in zip(found.game.players, profile.strategies)]
        print("   ", " / ".join(plays))
