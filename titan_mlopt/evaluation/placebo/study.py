"""A placebo study: the same search on candles whose returns have random signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import optuna

from titan_mlopt.analysis.placebo import best_value, first_trials
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.findings import PlaceboRun
from titan_mlopt.core.scoring import directions_of
from titan_mlopt.core.study import StopRequest, StudyListener, StudyRecord
from titan_mlopt.core.trial import ended_trials
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.placebo.candles import placebo_candles
from titan_mlopt.executors.local.workspace import scratch_folder
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.storage import sqlite
from titan_mlopt.study.storage import studies as storage
from titan_mlopt.tuning import Tuning

_NAME = "placebo"


class PlaceboListener(StudyListener, Protocol):
    """Receives the trials of each placebo study, and its result."""

    def planned(self, observed: float, n_trials: int, n_stored: int, runs: int) -> None:
        """Receive what is repeated how often; ``n_stored`` of the runs are stored already."""

    def repeated(self, run: PlaceboRun) -> None:
        """Receive a placebo study that is done and stored."""


@dataclass(frozen=True)
class PlaceboStudy:
    """What is repeated; ``run`` does the work.

    study: the real one, to which the results go. candles: those that it was tuned on, without its
    hold-out. config: its settings; jobs and scratch folder may be others. runs: how many placebo
    studies there are to be in all. n_trials: of each, None for as many as the study has. sources:
    SHA-256 by module of what a backtest of others must load, as the study's trials did.
    """

    study: optuna.Study
    candles: Candles
    config: TunerConfig
    runs: int
    n_trials: int | None
    stop: StopRequest
    listener: PlaceboListener
    notice: Callable[[str], None]
    sources: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> StudyRecord:
        """Run the placebo studies that are missing; return the study with all of their results.

        Each is stored when it is done, so that a later call resumes after the last one. A stop
        discards the one that is running.

        Raises:
            ConfigError: More trials are asked for than the study has.
            StudyError: The study has no COMPLETE trial to compare with.
        """
        record = storage.read_study(self.study)
        n_trials = self._count_trials(record)
        observed = best_value(first_trials(record, n_trials))
        if observed is None:
            raise StudyError(
                f"study {record.name}: must have a COMPLETE trial among its first {n_trials} to be "
                "compared with placebo studies, got none; tune it first"
            )
        stored = {run.number for run in record.placebos if run.n_trials == n_trials}
        missing = [number for number in range(self.runs) if number not in stored]
        self.listener.planned(observed, n_trials, self.runs - len(missing), self.runs)
        for number in missing:
            run = self._repeat(number, n_trials)
            if run is None:
                break
            storage.save_finding(self.study, run)
            self.listener.repeated(run)
        return storage.read_study(self.study)

    def _count_trials(self, record: StudyRecord) -> int:
        n_ended = len(ended_trials(record.trials))
        if self.n_trials is not None and self.n_trials > n_ended:
            raise ConfigError(
                f"trials: must be at most the {n_ended} that the study {record.name} has, got "
                f"{self.n_trials}; its best is compared over as many"
            )
        return n_ended if self.n_trials is None else self.n_trials

    def _repeat(self, number: int, n_trials: int) -> PlaceboRun | None:
        """Return what the search finds on the placebo candles of that number; None when stopped."""
        seeds = np.random.SeedSequence([self.config.seed, number])
        seed = int(seeds.generate_state(1)[0])
        candles = placebo_candles(self.candles, np.random.default_rng(seeds.spawn(1)[0]))
        config = replace(
            self.config,
            study_name=_NAME,
            n_trials=n_trials,
            seed=seed,
            holdout=0.0,
            limit=None,
            tracking=False,
            register_as=None,
        )
        with scratch_folder(config.scratch) as folder:
            # A new database locks its folder, and the scratch folder is locked by us already.
            db_folder = folder / "study"
            db_folder.mkdir()
            placebo = self._tune(config, candles, db_folder / "placebo.db")
        if placebo is None:
            return None
        return PlaceboRun(number, seed, n_trials, best_value(placebo))

    def _tune(self, config: TunerConfig, candles: Candles, db_path: Path) -> StudyRecord | None:
        """Run a study in a database of its own; return it, or None when it was stopped."""
        backend = sqlite.open_storage(db_path)
        try:
            directions = directions_of(config.objective_type)
            study = storage.open_study(backend, _NAME, directions)
            storage.save_sources(study, self.sources)
            tuning = Tuning(
                study=study,
                backend=backend,
                config=config,
                data=tuning_data(candles, config),
                n_trials=config.n_trials,
                db_path=db_path,
                stop=self.stop,
                listeners=(self.listener,),
                notice=self.notice,
            )
            report = tuning.run(None)
            return None if report.stopped else report.study
        finally:
            backend.close()
