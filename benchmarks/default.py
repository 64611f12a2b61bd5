"""The default job, 100 trials by two jobs with the classifier, beside the same trials alone.

`stack` has one round of it, since its other rows take long; here the pairs are repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from frame import Figure, alternate, figure, ratio
from stack import seconds_of

N_JOBS, CLASSIFIER = 2, 1
#: Trials and rounds.
SIZE, QUICK_SIZE = (100, 3), (8, 1)


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield the seconds of ours and of the floor, and the ratios within the pairs."""
    n_trials, n_rounds = QUICK_SIZE if quick else SIZE
    runs = {
        program: partial(seconds_of, program, n_trials, N_JOBS, CLASSIFIER)
        for program in ("ours", "floor")
    }
    found = alternate(runs, n_rounds)
    name = f"{n_trials} trials, classifier on, n_jobs={N_JOBS}"
    for program, seconds in found.items():
        yield figure(f"{name}: {program}", seconds, "s")
    yield ratio(f"{name}: ours / floor", found["ours"], found["floor"], "≤ 1.35")
