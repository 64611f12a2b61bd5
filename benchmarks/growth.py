"""What a trial, a resume and a look cost, by the size of the study.

The study is grown from made-up outcomes through Optuna, and its mirror from the study by `doctor
--repair`; the trials that are measured are real, without the classifier. Commands are processes
of their own: imports count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import optuna
from frame import Figure, empty_folder, figure, new_store, run_program
from made_up import made_up_trial

from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space, space_text
from titan_mlopt.study.storage.studies import load_study

SIZES, QUICK_SIZES = (100, 1000, 5000, 10_000), (50, 100, 200)
#: Trials of a measured call, and such calls at each size.
MORE, QUICK_MORE = (20, 3), (5, 1)
#: What a size of 5,000 must do with, and what some commands must, by their name and the trials.
LONGEST, LARGEST = "< 10 s", "< 600 MB"
RESUME = "resume, nothing left"
TARGETS = {
    (RESUME, 5000): "≤ 6 s",
    (RESUME, 10_000): "≤ 12 s",
    ("report", 10_000): "≤ 15 s",
    ("verdict", 10_000): "≤ 5 s",
}
STUDY, SPACE_FILE = "titan_optimization", "space.json"
SPACE = Space(dict(TUNABLE_PARAMS), {"ml.enabled": False})
COSTS = {
    "sampler": "sampler",
    "study": "writes to the study, and pruning",
    "own": "the coordinator's own",
    "mirror": "mirror, its process",
    "between": "from the end of one to the start of the next",
}


def count_trials(folder: Path) -> int:
    """Return the trials of the study."""
    return len(load_study(folder / "titan.db", STUDY).get_trials(deepcopy=False))


def grow(folder: Path, n_trials: int) -> None:
    """Add made-up trials until the study has so many."""
    study, rng = load_study(folder / "titan.db", STUDY), np.random.default_rng(n_trials)
    there = len(study.get_trials(deepcopy=False))
    study.add_trials([made_up_trial(point, ("accuracy",), rng) for point in range(there, n_trials)])


def commands(n_trials: int) -> dict[str, tuple[str, ...]]:
    """Return the commands that are measured, by what they do."""
    return {
        RESUME: ("tune", "--n-trials", str(n_trials), "--space", SPACE_FILE),
        "leaderboard": ("leaderboard",),
        "studies": ("studies",),
        "report": ("report",),
        "verdict": ("verdict",),
        "doctor": ("doctor",),
    }


def cost_of_trials(folder: Path, name: str, more: tuple[int, int]) -> Iterator[Figure]:
    """Yield what a trial costs beside its own run: CPU time, and from one trial to the next."""
    n_trials, n_calls = more
    told = [run_program("more", folder, SPACE_FILE, n_trials) for _ in range(n_calls)]
    for key, what in COSTS.items():
        yield figure(f"a trial at {name}: {what}", [one[key] for one in told], "ms")
    yield figure(f"{n_trials} trials at {name}, peak", _peaks(told), "MB", LARGEST)


def cost_of_commands(folder: Path, size: int, n_calls: int) -> Iterator[Figure]:
    """Yield seconds and largest memory of each command."""
    name = f"{size:,}"
    for what, words in commands(count_trials(folder)).items():
        told = [run_program("command", folder, *words) for _ in range(n_calls)]
        target = TARGETS.get((what, size), LONGEST)
        yield figure(f"{what}, {name} trials", [one["seconds"] for one in told], "s", target)
        yield figure(f"{what}, {name} trials, peak", _peaks(told), "MB", LARGEST)


def _peaks(told: Sequence[dict[str, float]]) -> list[float]:
    return [one["peak_mb"] for one in told]


def measure(*, quick: bool) -> Iterator[Figure]:
    """Yield the costs at each size."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    more = QUICK_MORE if quick else MORE
    with empty_folder() as folder:
        (folder / "mlflow.db").write_bytes(new_store("store.open_client(uri)"))
        (folder / SPACE_FILE).write_text(space_text(SPACE))
        run_program("command", folder, "tune", "--n-trials", 1, "--space", SPACE_FILE)
        for size in QUICK_SIZES if quick else SIZES:
            there, name = count_trials(folder), f"{size:,}"
            grow(folder, size)
            seconds = run_program("command", folder, "doctor", "--repair")["seconds"]
            yield figure(f"doctor --repair, {size - there:,} new runs of {name}", seconds, "s")
            yield from cost_of_trials(folder, name, more)
            yield from cost_of_commands(folder, size, more[1])
