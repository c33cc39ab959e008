"""A valid model that uses every section, for the tests of the model layer to break."""

VALID = """\
title: Strait fishing dispute
evidence: []
sources:
  note: {title: Note of 1 March, author: Northern ministry, date: 2024-03-01, paragraphs: 9}
claims:
  N1: {source: note, at: p2, says: wants the inner zone closed, strength: 5}
  N2: {source: note, at: p5.1, says: expects patrols to stay cheap, strength: 3}
parties:
  north: {name: Northland, patience: {value: 0.9, low: 0.8, high: 0.98, because: [N2]}}
  south: {name: Southland, patience: 0.7}
issues:
  zone:
    options: [closed, licensed, open]
    control: north
    irreversible: [[open, closed]]
  quota:
    options: [none, low, high]
    control: {by: [north, south], joint: true}
parameters:
  patrol_cost:
    value: 0.1
    low: 0
    high: 0.3
    because: [N2]
  half: patrol_cost / 2
demands:
  north:
    zone: {aspires: closed, accepts: licensed, weight: 3, because: [N1]}
    quota: {aspires: none, weight: 1}
  south:
    zone: {aspires: open, weight: 2}
    quota:
      aspires: high
      accepts: low
      weight: 2
interactions:
  - party: north
    when: {zone: open, quota: [low, high]}
    amount: -patrol_cost
disagreement:
  north: 0.4 - patrol_cost
  south: 0.2
agreements:
  interim: {zone: licensed, quota: low}
  final: {like: interim, options: {zone: closed}}
ratifiers:
  assembly: {of: south, at_least: 0.3}
normal_form:
  players: {north: [insist, yield], south: [insist, yield]}
  payoffs:
    insist/insist: [0, 0]
    insist/yield: [2, half]
    yield/insist: [half, 2]
    yield/yield: ["1", 1 - half]
demand_game:
  players: [north, south]
  over: [zone, quota]
  clash: disagreement
bargaining: {players: [north, south]}
conflict_graph:
  states: [war, truce]
  moves:
    - {by: north, start: war, to: truce}
  ranking:
    north: [truce, war]
    south:
      order: [war, truce]
commitment: {lag: 1, punishment: interim}
stability: {candidates: [interim], best: 3}
readings:
  calm:
    parameters.patrol_cost: 0.02
  storm:
    title: Storm
    set:
      parameters.patrol_cost: {value: 0.2, because: [N1]}
predictions:
  impasse:
    says: no concession
    reading: calm
    expect: bargaining.nash.exists == false
    because: [N1]
"""
