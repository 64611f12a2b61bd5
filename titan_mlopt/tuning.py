"""One call of ``optimize``: candles, trials, mirror, report, registered version."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from titan_mlopt.bundle import build_bundle, save_bundle
from titan_mlopt.candles import Candles
from titan_mlopt.config import TunerConfig
from titan_mlopt.errors import TrackingError
from titan_mlopt.provenance import git_commit
from titan_mlopt.records import StudyListener, StudyRecord, TrialRecord
from titan_mlopt.report.summary import best_trial, summarise
from titan_mlopt.scoring import objective_value, progress_value, scale_of
from titan_mlopt.space import Space, space_text
from titan_mlopt.study import coordinator, database, pruning, storage
from titan_mlopt.study.judge import Judge
from titan_mlopt.subject import (
    backtest_identity,
    most_predictions,
    open_scratch,
    put_candles,
    scratch_folder,
)
from titan_mlopt.trial.pool import WorkerPool

if TYPE_CHECKING:
    import optuna

    from titan_mlopt.tracking.registry import Registered
    from titan_mlopt.tracking.runs import StudyMirror

# How long MLflow may take to write what is left after an error or an interrupt.
_MIRROR_PATIENCE_S = 10.0


@dataclass(frozen=True)
class TuneReport:
    """What one call of ``optimize`` did.

    trials_run: in this call. stopped: told to, before the end. mirror_failure: why MLflow has not
    all of it. links: commands and addresses to look at it. seconds: where the time went, by part.
    """

    study: StudyRecord
    trials_run: int
    stopped: bool
    registered: Registered | None
    mirror_failure: str | None
    links: dict[str, str]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Tuning:
    """What a call works on; ``run`` does the work. n_trials: of the study in all."""

    study: optuna.Study
    writer: storage.TrialWriter
    config: TunerConfig
    n_trials: int
    db_path: Path
    stop: threading.Event
    listeners: tuple[StudyListener, ...]
    notice: Callable[[str], None]

    def run(self, candles: Candles, deadline_s: float | None) -> TuneReport:
        """Run the missing trials, mirror them, and register the best config.

        When it is interrupted by an exception, no trial and no run of it stays RUNNING.
        """
        backtest = backtest_identity(self.config, candles)
        with database.storage_errors(self.db_path):
            storage.pin_identity(self.study, self._identity(candles, backtest))
            stale = coordinator.release_stale(self.study, self.writer)
        if stale:
            self.notice(f"{stale} trials that were left running are marked as interrupted")
        mirror, status = self._open_mirror(), "FAILED"
        try:
            run = self._run_trials(candles, deadline_s, mirror)
            return self._conclude(run, mirror)
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            if mirror is not None:
                mirror.close(status, patience_s=_MIRROR_PATIENCE_S)

    def _identity(self, candles: Candles, backtest: Mapping[str, str]) -> dict[str, Any]:
        settings = self.config.as_dict()
        del settings["tracking_uri"]  # it may hold a password
        return {
            storage.OBJECTIVE: self.config.objective_type,
            storage.CANDLES: candles.describe(),
            storage.SPACE: self.config.space.digest,
            storage.BACKTEST: dict(backtest),
            storage.SCORING: self.config.scoring(),
            storage.PRUNER: self.config.pruning(),
            storage.SEED: self.config.seed,
            storage.SETTINGS: {**settings, "candles_path": candles.path},
        }

    def _open_mirror(self) -> StudyMirror | None:
        if not self.config.tracking:
            return None
        from titan_mlopt.tracking.runs import StudyMirror
        from titan_mlopt.tracking.store import tracking_uri

        uri = tracking_uri(self.config.tracking_uri)
        return StudyMirror(uri, storage.read_study(self.study), self.config, self._mirror_failed)

    def _mirror_failed(self, reason: str) -> None:
        self.notice(
            f"MLflow: must take the runs, got {reason}; the study goes on, its trials are safe in "
            f"{self.db_path}"
        )

    def _run_trials(
        self, candles: Candles, deadline_s: float | None, mirror: StudyMirror | None
    ) -> coordinator.Coordinator:
        n_bars = most_predictions(candles, self.config)
        scale = scale_of(candles.describe(), self.config)
        scratch = open_scratch(self.config)
        with WorkerPool(self.config.n_jobs, scratch) as pool:
            path = put_candles(candles, self.config, scratch)
            plan = coordinator.Plan(
                config=self.config,
                n_trials=self.n_trials,
                candles_path=str(path),
                grid=pruning.checkpoint_grid(self.config, n_bars),
                scale=scale,
                deadline_s=deadline_s,
                stop=self.stop,
                interval_s=candles.interval_s,
            )
            judge = Judge(
                self.study.study_name,
                pruning.build_pruner(self.config, n_bars, candles.interval_s),
                partial(progress_value, objective=self.config.objective_type, scale=scale),
                private=self.config.deterministic and self.config.n_jobs > 1,
            )
            listeners = [*self.listeners, *([mirror] if mirror else [])]
            with database.storage_errors(self.db_path):
                study = coordinator.study_in_memory(self.study)
                run = coordinator.Coordinator(study, judge, self.writer, pool, plan, listeners)
                run.run()
        return run

    def _conclude(self, run: coordinator.Coordinator, mirror: StudyMirror | None) -> TuneReport:
        """Complete the mirror, register the best config, and say what was done."""
        record, seconds = storage.read_study(self.study), dict(run.seconds)
        stopped = self.stop.is_set() and run.left > 0
        registered, links, failure = None, dict[str, str](), None
        if mirror is not None:
            began = time.perf_counter()
            best = best_trial(record)
            seconds["plots"] = self._mirror_report(mirror, record, best)
            mirror.close("KILLED" if stopped else "FINISHED")
            if not stopped and best is not None and mirror.failure is None:
                registered, failure = self._register(mirror, record, best)
            failure = failure or mirror.failure
            links = _links(mirror, record.uid)
            seconds["mlflow (beside the trials)"] = mirror.busy_seconds
            seconds["after the last trial"] = time.perf_counter() - began
        return TuneReport(record, run.trials_run, stopped, registered, failure, links, seconds)

    def _mirror_report(
        self, mirror: StudyMirror, record: StudyRecord, best: TrialRecord | None
    ) -> float:
        """Give the mirror the parent's note, metrics and files; return the seconds of drawing."""
        from titan_mlopt.report.commands import SPACE_FILE, study_commands
        from titan_mlopt.report.folder import write_report
        from titan_mlopt.tracking.registry import BEST_CONFIG

        with scratch_folder(self.config) as folder:
            began = time.perf_counter()
            commands = study_commands(record, self.config, self.db_path)
            note = write_report(self.study, record, commands, folder)
            drawn = time.perf_counter() - began
            if self.config.space != Space():
                (folder / SPACE_FILE).write_text(space_text(self.config.space))
            if best is not None:
                save_bundle(build_bundle(record, best, git_commit()), folder / BEST_CONFIG)
            mirror.write_parent(note, _parent_metrics(record, best, self.config), folder)
            mirror.drain()
        return drawn

    def _register(
        self, mirror: StudyMirror, record: StudyRecord, best: TrialRecord
    ) -> tuple[Registered | None, str | None]:
        """Return the version that the best config is now, or why there is none."""
        if self.config.register_as is None or mirror.parent is None:
            return None, None
        from titan_mlopt.tracking.registry import register_config
        from titan_mlopt.tracking.store import mlflow_errors

        bundle = build_bundle(record, best, git_commit())
        name, run_id = self.config.register_as, mirror.parent.run_id
        try:
            with mlflow_errors(mirror.uri):
                return register_config(mirror.client, name, run_id, bundle), None
        except TrackingError as error:
            self._mirror_failed(str(error))
            return None, str(error)


def _parent_metrics(
    record: StudyRecord, best: TrialRecord | None, config: TunerConfig
) -> dict[str, float]:
    summary = summarise(record)
    metrics = {
        name: float(summary[name])
        for name in (
            *("total_trials", "completed_trials", "pruned_trials", "failed_trials"),
            *("ece_violations", "ece_violations_beyond_noise"),
        )
    }
    if best is not None and best.values:
        scale = scale_of(record.candles, config)
        metrics["best_objective_value"] = objective_value(best.values, scale)
        for name in ("accuracy", "ece", "sharpe"):
            value = best.metric(name)
            if value is not None:
                metrics[f"best_{name}"] = value
    return metrics


def _links(mirror: StudyMirror, study_uid: str) -> dict[str, str]:
    from titan_mlopt.tracking.store import run_link, trials_link, ui_command

    if mirror.parent is None:
        return {}
    return {
        "ui": ui_command(mirror.uri),
        "study": run_link(mirror.uri, mirror.parent),
        "trials": trials_link(mirror.uri, mirror.parent, study_uid),
    }
