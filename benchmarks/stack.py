"""Our studies beside the program that people write themselves, and beside the least possible.

`programs/ours.py`, `peer.py` and `floor.py` each run a whole study on the sample, in a process of
their own that starts cold. The classifier off: bookkeeping is nearly all there is. On: the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from frame import Figure, alternate, empty_folder, figure, new_store, ratio, run_program

#: (trials, rounds, classifier on): 1,000 trials with the classifier would take hours.
SIZES, QUICK_SIZES = ((100, 3, 0), (100, 3, 1), (1000, 1, 0)), ((8, 1, 0),)
JOBS, QUICK_JOBS = (1, 2), (2,)
_STORES = {"ours": "store.open_client(uri)", "peer": "mlflow.MlflowClient(uri)", "floor": None}
_TARGETS = {(0, 1): "≥ 2.5", (0, 2): "≥ 4"}
_FLOOR_TARGET = "≤ 1.35"
#: What ours does besides the trials -> its name among the seconds that a study reports.
_PARTS = {
    "MLflow's writes, CPU": "mlflow (beside the trials)",
    "sampler, CPU": "sampler",
    "writes to the study, CPU": "study",
    "after the last trial": "after the last trial",
}


def spent_by(program: str, n_trials: int, n_jobs: int, classifier: int) -> dict[str, float]:
    """Return what a whole study by one of the programs takes, its imports included, in seconds."""
    made_by = _STORES[program]
    with empty_folder() as folder:
        if made_by is not None:
            (folder / "mlflow.db").write_bytes(new_store(made_by))
        spent = run_program(program, folder, n_trials, n_jobs, classifier)
    assert spent["trials"] == n_trials
    return spent


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield seconds and ratios by size and number of jobs, with the classifier and without."""
    for n_trials, n_rounds, classifier in QUICK_SIZES if quick else SIZES:
        for n_jobs in QUICK_JOBS if quick else JOBS:
            word = "on" if classifier else "off"
            name = f"{n_trials:,} trials, classifier {word}, n_jobs={n_jobs}"
            runs = {
                program: partial(spent_by, program, n_trials, n_jobs, classifier)
                for program in _STORES
            }
            spent = alternate(runs, n_rounds)
            seconds, cpu = (
                {program: [run[key] for run in spent[program]] for program in _STORES}
                for key in ("seconds", "cpu")
            )
            for program in _STORES:
                yield figure(f"{name}: {program}", seconds[program], "s")
            target = _TARGETS.get((classifier, n_jobs), "")
            yield ratio(f"{name}: peer / ours", seconds["peer"], seconds["ours"], target)
            target = _FLOOR_TARGET if classifier else ""
            yield ratio(f"{name}: ours / floor", seconds["ours"], seconds["floor"], target)
            yield ratio(f"{name}: ours / floor, CPU time", cpu["ours"], cpu["floor"])
            for part, key in _PARTS.items() if classifier else ():
                yield figure(f"{name}: ours, {part}", [run[key] for run in spent["ours"]], "s")
