"""Our studies beside the program that people write themselves, and beside the least possible.

`programs/ours.py`, `peer.py` and `floor.py` each run a whole study on the sample, in a process of
their own that starts cold. The classifier off: bookkeeping is nearly all there is. On: the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from frame import Figure, alternate, empty_folder, figure, new_store, ratio, run_program

#: (trials, rounds, classifier on): 1,000 trials with the classifier would take hours.
SIZES, QUICK_SIZES = ((100, 3, 0), (100, 1, 1), (1000, 1, 0)), ((8, 1, 0),)
JOBS, QUICK_JOBS = (1, 2), (2,)
_STORES = {"ours": "store.open_client(uri)", "peer": "mlflow.MlflowClient(uri)", "floor": None}
_TARGETS = {(0, 1): "≥ 2.5", (0, 2): "≥ 4"}
_FLOOR_TARGET = "≤ 1.3"


def seconds_of(program: str, n_trials: int, n_jobs: int, classifier: int) -> float:
    """Return the seconds of a whole study by one of the programs, its imports included."""
    made_by = _STORES[program]
    with empty_folder() as folder:
        if made_by is not None:
            (folder / "mlflow.db").write_bytes(new_store(made_by))
        told = run_program(program, folder, n_trials, n_jobs, classifier)
    assert told["trials"] == n_trials
    return told["seconds"]


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield seconds and ratios by size and number of jobs, with the classifier and without."""
    for n_trials, n_rounds, classifier in QUICK_SIZES if quick else SIZES:
        for n_jobs in QUICK_JOBS if quick else JOBS:
            word = "on" if classifier else "off"
            name = f"{n_trials:,} trials, classifier {word}, n_jobs={n_jobs}"
            runs = {
                program: partial(seconds_of, program, n_trials, n_jobs, classifier)
                for program in _STORES
            }
            found = alternate(runs, n_rounds)
            for program in _STORES:
                yield figure(f"{name}: {program}", found[program], "s")
            target = _TARGETS.get((classifier, n_jobs), "")
            yield ratio(f"{name}: peer / ours", found["peer"], found["ours"], target)
            target = _FLOOR_TARGET if classifier else ""
            yield ratio(f"{name}: ours / floor", found["ours"], found["floor"], target)
