"""What if: change an input, see what changes, and where it starts to.

One module per question:

- ``compare``, ``differences``, ``attribution``: two models side by side, models in between, and
  which single difference explains a change;
- ``sweep``: outputs over a grid of inputs (``sweep_results`` is what it returns; ``work`` and
  ``store`` spread long work over workers and keep it in folders);
- ``tornado``: each number across its range, one at a time;
- ``tipping``, ``curves``, ``conditions``: where exactly an outcome changes (``tipping_results`` is
  what the first returns, ``outcomes`` what can be an outcome);
- ``robustness``, ``sensitivity``, ``smaa``, ``fragility``: how sure an outcome is while numbers,
  weights or ranks are uncertain (``sampling`` draws them; ``draws`` judges agreements at every
  draw, by way of ``numbers``, ``kinds`` and ``neighbourhoods``);
- ``repair``: the least change that makes an agreement hold, or breaks it.

What they stand on:

- ``points``: a model with some inputs changed, and its outputs there;
- ``bernstein``: signs of polynomials over an interval, many at once;
- ``tables``: a party's numbers over all agreements, as polynomials in inputs;
- ``deciders``: which signs decide the equilibria of a payoff matrix, or consent;
- ``solution_decider``, ``envelopes``: what a bargaining solution picks along one input;
- ``boundaries``: which polynomials in two inputs are zero where an outcome changes;
- ``subjects``, ``enclosures``, ``ways``: what is asked about an agreement, answers over whole
  boxes of inputs, and along the way of one input.
"""
