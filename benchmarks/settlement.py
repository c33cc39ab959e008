"""Whole-process times of the headline commands: ``python benchmarks/settlement.py``.

Prints medians of several runs, the ratio of ``negotiation --help`` to ``python -c "import
numpy"``, and the peak memory of solving the headline model. No target is enforced here: the
figures are for people, and machines differ.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time

from negotiation import catalogue

RUNS = 5


def seconds(command: list[str], runs: int = RUNS) -> float:
    """Return the median wall time of a command after one warm-up run."""
    times = []
    for run in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        if run:
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    python = sys.executable
    command = [python, "-m", "negotiation"]
    numpy = seconds([python, "-c", "import numpy"])
    helped = seconds([*command, "--help"])
    print(f"import numpy                          {numpy:6.2f} s")
    print(f"negotiation --help                    {helped:6.2f} s   {helped / numpy:.2f} x numpy")
    for name in catalogue():
        took = seconds([*command, "solve", name], runs=3)
        print(f"solve {name:30s}  {took:6.2f} s")
    for reading in ("igs", "pism", "all"):
        took = seconds([*command, "solve", "alaska/settlement", "--reading", reading], runs=3)
        print(f"solve alaska/settlement, reading {reading:4s} {took:6.2f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest peak memory of any of these   {peak:6.0f} MB")


if __name__ == "__main__":
    main()
