"""A negotiation of one's own, written as text: who may fish where."""

import negotiation as ng

FISHING = """
title: Strait fishing dispute
sources:
  note: {title: Note of 1 March, author: Northern ministry}
claims:
  N1: {source: note, at: p2, says: wants the inner zone closed, kind: demand, strength: 5}
parties:
  north: {name: Northland, patience: {value: 0.9, assumption: a stable government}}
  south: {name: Southland, patience: {value: 0.7, assumption: elections within the year}}
issues:
  zone: {options: [closed, licensed, open], control: north}
  quota: {options: [none, low, high], control: south}
demands:
  north:
    zone: {aspires: closed, accepts: licensed, weight: 3, because: [N1]}
    quota: {aspires: none, weight: 1, assumption: inferred}
  south:
    zone: {aspires: open, weight: 2, assumption: inferred}
    quota: {aspires: high, accepts: low, weight: 2, assumption: inferred}
disagreement:
  north: {value: 0.4, assumption: patrols go on}
  south: {value: 0.2, assumption: boats stay in port}
agreements:
  interim: {zone: licensed, quota: low}
commitment: {}
bargaining: {players: [north, south]}
"""

analysis = ng.loads(FISHING).solve()
print(analysis["bargaining"])
print(analysis["stability"].row("interim").verdicts["self_enforcing"])
