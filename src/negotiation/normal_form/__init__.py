"""Games in normal form: payoff matrices and their equilibria."""
