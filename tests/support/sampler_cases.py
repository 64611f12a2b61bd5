"""Studies whose trials a formula answers at once: what samplers do, without processes."""

from __future__ import annotations

import math
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np

from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params
from titan_mlopt.core.scoring import directions_of, scale_of
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    PRUNED,
    Checkpoint,
    TrialJob,
    TrialOutcome,
    was_interrupted,
)
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.base import Ended, Event, Executor, Reached
from titan_mlopt.executors.jobs import TrialJobs
from titan_mlopt.study.coordinator import Coordinator, Plan, release_stale, study_in_memory
from titan_mlopt.study.pruners import build_pruner
from titan_mlopt.study.pruning_study import PruningStudy
from titan_mlopt.study.samplers.schedule import Schedule
from titan_mlopt.study.storage import sqlite, studies
from titan_mlopt.study.trial_writer import TrialWriter

#: Some of Titan's parameters: whole numbers, shares and one on a logarithmic scale.
RANGES = {
    name: TUNABLE_PARAMS[name]
    for name in ("feature.fast_window", "feature.slow_window", "pattern.max_boost")
} | {"ml.learning_rate": TUNABLE_PARAMS["ml.learning_rate"]}
STEP = 100


class Killed(Exception):
    """The coordinator ends, as by a signal, with its trials running."""


def unit_values(config: Params) -> list[float]:
    """Return where a config stands in ``RANGES``, each from 0 to 1."""
    values = []
    for name, (low, high, kind) in RANGES.items():
        value = float(config[name])
        if kind == "log":
            low, high, value = math.log(low), math.log(high), math.log(value)
        values.append((value - low) / (high - low))
    return values


def accuracy_of(config: Params) -> float:
    """Return the formula's accuracy: .6 where every value is at .7, .1 lost per squared unit."""
    return 0.6 - 0.1 * sum((x - 0.7) ** 2 for x in unit_values(config))


class Formula(Executor):
    """Answers trials by ``accuracy_of``; one in eight fails.

    Args:
        slots: Trials at a time.
        order: Seed of the order in which running trials go on; None for the order of their start.
        kill_after: Raises ``Killed`` instead of ending so many trials and one.

    Attributes:
        killed: Folder for the database as a kill leaves it, with its trials running; the exception
            itself lets the coordinator tidy up.
        database: That of the study.
    """

    database: Path
    killed: Path

    def __init__(self, slots: int, order: int | None = None, kill_after: int = 10**9) -> None:
        self._slots, self._kill_after, self._ended = slots, kill_after, 0
        self._order = None if order is None else np.random.default_rng(order)
        self._jobs: dict[int, TrialJob] = {}
        self._go_on: dict[int, bool] = {}

    @property
    def free(self) -> int:
        return self._slots - len(self._jobs)

    @property
    def running(self) -> tuple[int, ...]:
        return tuple(self._jobs)

    def submit(self, job: TrialJob, timeout_s: float) -> None:
        self._jobs[job.number] = job

    def answer(self, number: int, *, go_on: bool) -> None:
        self._go_on[number] = go_on

    def kill(self, number: int, outcome: TrialOutcome) -> None:
        raise AssertionError("no trial is killed here")

    def close(self) -> None:
        self._jobs.clear()

    def wait(self, timeout_s: float | None = None) -> list[Event]:
        numbers = list(self._jobs)
        number = numbers[0] if self._order is None else int(self._order.choice(numbers))
        job = self._jobs[number]
        accuracy = accuracy_of(job.config)
        checkpoint = Checkpoint(STEP, STEP, accuracy, 0.0, 0.0)
        if number not in self._go_on:
            return [Reached(number, checkpoint)]
        if self._ended == self._kill_after:
            self.killed.mkdir()
            with (
                closing(sqlite3.connect(self.database)) as study,
                closing(sqlite3.connect(self.killed / self.database.name)) as copy,
            ):
                study.backup(copy)
            raise Killed
        self._ended += 1
        del self._jobs[number]
        if int(1e9 * accuracy) % 8 == 0:
            return [Ended(number, TrialOutcome(FAIL, "exception", "the formula failed"))]
        metrics = {"accuracy": accuracy, "sharpe": -10 * accuracy, "ece": 0.0, "n_predictions": 200}
        state = COMPLETE if self._go_on[number] else PRUNED
        return [Ended(number, TrialOutcome(state, metrics=metrics, checkpoints=(checkpoint,)))]


def config_of(sampler: str, n_trials: int, **settings: Any) -> TunerConfig:
    """Return the settings of a study of the formula."""
    pruning = {"n_startup_trials": 4, "n_warmup_steps": STEP, "tracking": False}
    return TunerConfig(
        **{"n_trials": n_trials, "space": Space(RANGES), "sampler": sampler, **pruning, **settings}
    )


def run_formula(folder: Path, config: TunerConfig, pool: Formula) -> list[tuple[Any, ...]]:
    """Run a study in ``titan.db`` of the folder, or go on with it.

    When it is killed, what is stored then is copied into the folder ``killed`` within.

    Returns:
        Point, params, state and values of each trial that nothing interrupted.
    """
    path = folder / "titan.db"
    pool.database, pool.killed = path, folder / "killed"
    with sqlite.storage_errors(path):
        backend = sqlite.open_storage(path)
        directions = directions_of(config.objective_type)
        study = studies.open_study(backend, config.study_name, directions)
        writer = TrialWriter(study, backend)
        release_stale(study, writer)
        scale = scale_of({"count": 2 * STEP}, config)
        jobs = TrialJobs(config, folder / "candles.npy", 60, grid=(STEP,))
        schedule = Schedule(config.sampler, gp_points=15)
        plan = Plan(config, config.n_trials, jobs, scale, None, threading.Event(), schedule)
        private = config.deterministic and config.n_jobs > 1
        pruning_study = PruningStudy(
            config.study_name,
            build_pruner(config, 2 * STEP, 60),
            lambda checkpoint: checkpoint.accuracy,
            private=private,
        )
        loop = Coordinator(study_in_memory(study), pruning_study, writer, pool, plan, ())
        with suppress(Killed):
            loop.run()
    records = studies.read_study(study).trials
    return [(t.point, t.params, t.state, t.values) for t in records if not was_interrupted(t)]
