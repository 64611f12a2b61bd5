"""A study repeated on candles whose returns got random signs: what the same search finds there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import optuna

from titan_mlopt.candles import Candles
from titan_mlopt.config import TunerConfig
from titan_mlopt.errors import ConfigError, StudyError
from titan_mlopt.judgements import PlaceboRun
from titan_mlopt.records import StudyListener, StudyRecord
from titan_mlopt.report.placebo import best_value, first_trials
from titan_mlopt.scoring import directions_of
from titan_mlopt.stop import Stop
from titan_mlopt.study import database, storage
from titan_mlopt.study.findings import save_placebo
from titan_mlopt.study.points import ended_trials
from titan_mlopt.study.trial_writer import TrialWriter
from titan_mlopt.subject import scratch_folder
from titan_mlopt.tuning import Tuning
from titan_mlopt.validation.placebo import placebo_candles

_NAME = "placebo"


class PlaceboListener(StudyListener, Protocol):
    """Told of the trials of each placebo study, and when one is done."""

    def planned(self, observed: float, n_trials: int, done: int, runs: int) -> None:
        """Hear what is to be repeated how often; ``done`` of the runs are stored already."""

    def repeated(self, run: PlaceboRun) -> None:
        """Hear that a placebo study is done and stored."""


@dataclass(frozen=True)
class PlaceboStudy:
    """What is repeated; ``run`` does the work.

    study: the real one, to which the results go. candles: those that it was tuned on, without its
    hold-out. config: its settings; jobs and scratch folder may be others. runs: how many placebo
    studies there are to be in all. n_trials: of each, None for as many as the study has.
    """

    study: optuna.Study
    candles: Candles
    config: TunerConfig
    runs: int
    n_trials: int | None
    stop: Stop
    listener: PlaceboListener
    notice: Callable[[str], None]

    def run(self) -> StudyRecord:
        """Run the placebo studies that are missing; return the study with all of their results.

        Each is stored when it is done, so that a later call goes on after the last one. Told to
        stop, it leaves the one that runs undone. Raises ``StudyError`` without a COMPLETE trial to
        compare with, ``ConfigError`` for more trials than the study has.
        """
        record = storage.read_study(self.study)
        n_trials = self._count_trials(record)
        observed = best_value(first_trials(record, n_trials))
        if observed is None:
            raise StudyError(
                f"study {record.name}: must have a COMPLETE trial among its first {n_trials} to be "
                "compared with placebo studies, got none; tune it first"
            )
        there = {run.number for run in record.placebos if run.n_trials == n_trials}
        missing = [number for number in range(self.runs) if number not in there]
        self.listener.planned(observed, n_trials, self.runs - len(missing), self.runs)
        for number in missing:
            run = self._repeat(number, n_trials)
            if run is None:
                break
            save_placebo(self.study, run)
            self.listener.repeated(run)
        return storage.read_study(self.study)

    def _count_trials(self, record: StudyRecord) -> int:
        there = len(ended_trials(record.trials))
        if self.n_trials is not None and self.n_trials > there:
            raise ConfigError(
                f"trials: must be at most the {there} that the study {record.name} has, got "
                f"{self.n_trials}; its best is compared over as many"
            )
        return there if self.n_trials is None else self.n_trials

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
        with scratch_folder(config) as folder:
            place = folder / "study"  # who makes a database locks its folder: not ours, we hold it
            place.mkdir()
            found = self._tune(config, candles, place / "placebo.db")
        if found is None:
            return None
        return PlaceboRun(number, seed, n_trials, best_value(found))

    def _tune(self, config: TunerConfig, candles: Candles, db_path: Path) -> StudyRecord | None:
        """Run a study in a database of its own; return it, or None when it was stopped."""
        backend = database.open_storage(db_path)
        try:
            directions = directions_of(config.objective_type)
            study = storage.open_study(backend, _NAME, directions)
            tuning = Tuning(
                study=study,
                backend=backend,
                writer=TrialWriter(study, backend),
                config=config,
                n_trials=config.n_trials,
                db_path=db_path,
                stop=self.stop,
                listeners=(self.listener,),
                notice=self.notice,
            )
            report = tuning.run(candles, None)
            return None if report.stopped else report.study
        finally:
            backend.remove_session()
            backend.engine.dispose()
