"""Follow an answer back to the paragraphs it rests on."""

import negotiation as ng

pism = ng.load("alaska/settlement").reading("pism")
answer = ng.trace(pism, "stability.verdicts.washington_signal.self_enforcing")
print(answer.value)
for _, claim, where, speaker, hedge, says in answer.rows:
    print(f"  {where} [{claim}, {speaker}, hedge: {hedge}] {says}")
