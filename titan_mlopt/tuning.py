"""One call of ``optimize``: candles, trials, mirror, report, registered version."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from titan_mlopt.bundle import build_bundle
from titan_mlopt.candles import Candles
from titan_mlopt.config import TunerConfig
from titan_mlopt.mirroring import StudyReport
from titan_mlopt.place import Place
from titan_mlopt.provenance import git_commit
from titan_mlopt.records import COMPLETE, FAIL, Baseline, StudyListener, StudyRecord
from titan_mlopt.report.summary import best_trial
from titan_mlopt.scoring import progress_value, scale_of
from titan_mlopt.stop import Stop
from titan_mlopt.study import baselines, coordinator, database, lease, pruning, storage
from titan_mlopt.study.judge import Judge
from titan_mlopt.study.points import ended_trials
from titan_mlopt.study.trial_writer import TrialWriter
from titan_mlopt.subject import (
    Subject,
    backtest_identity,
    most_predictions,
    open_executor,
    open_scratch,
    put_candles,
    put_segments,
    scratch_folder,
    study_subject,
)
from titan_mlopt.trial.executor import Executor

if TYPE_CHECKING:
    import optuna

    from titan_mlopt.tracking.mirror_messages import Registered
    from titan_mlopt.tracking.mirror_process import MirrorProcess

# With less time than this for all trials default config and champion are left out.
_LEAST_TIME_S = 10.0
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
    db_path: Place


@dataclass(frozen=True, slots=True)
class _Ran:
    """What is kept of the coordinator, whose study of thousands of trials is not."""

    trials: int
    left: int
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Tuning:
    """What a call works on; ``run`` does the work. n_trials: of the study in all."""

    study: optuna.Study
    backend: optuna.storages.RDBStorage
    writer: TrialWriter
    config: TunerConfig
    n_trials: int
    db_path: Place
    stop: Stop
    listeners: tuple[StudyListener, ...]
    notice: Callable[[str], None]

    def run(self, candles: Candles, deadline_s: float | None) -> TuneReport:
        """Run the missing trials, mirror them, and register the best config.

        When it is interrupted by an exception, no trial and no run of it stays RUNNING.
        """
        subject = study_subject(candles, self.config)
        backtest = backtest_identity(self.config, subject.candles, self.notice)
        with (
            database.storage_errors(self.db_path),
            lease.hold_study(self.backend, self.study.study_name) as held,
        ):
            storage.pin_identity(self.study, self._identity(subject, backtest))
            stale = coordinator.release_stale(self.study, self.writer)
            if stale:
                self.notice(f"{stale} trials that were left running are marked as interrupted")
            mirrors = self.config.tracking  # only the mirror has files of its own
            with scratch_folder(self.config) if mirrors else nullcontext(Path()) as folder:
                return self._run(subject, deadline_s, folder, held, backtest)

    def _run(
        self,
        subject: Subject,
        deadline_s: float | None,
        folder: Path,
        held: lease.Lease,
        backtest: Mapping[str, str],
    ) -> TuneReport:
        scratch, n_jobs = open_scratch(self.config), self.config.n_jobs
        with ExitStack() as opened:
            # Both start in the background.
            pool = opened.enter_context(
                open_executor(self.config, n_jobs, scratch, self.notice, backtest)
            )
            mirror, status = self._open_mirror(folder), "FAILED"
            try:
                with opened.pop_all():
                    plan = self._plan(subject, deadline_s, held, scratch)
                    ran = self._run_trials(subject, plan, pool, mirror)
                return self._conclude(ran, mirror, folder)
            except KeyboardInterrupt:
                status = "KILLED"
                # It may have come between what was stored and what was told.
                coordinator.release_stale(self.study, self.writer)
                if mirror is not None:
                    mirror.verify(storage.read_study(self.study), always=True)
                raise
            finally:
                if mirror is not None:
                    mirror.close(status, patience_s=_MIRROR_PATIENCE_S)

    def _identity(self, subject: Subject, backtest: Mapping[str, str]) -> dict[str, Any]:
        settings, scoring = self.config.as_dict(), self.config.scoring()
        del settings["tracking_uri"]  # it may hold a password
        # The order is that in which a difference is looked for: another share makes other candles.
        return {
            storage.OBJECTIVE: self.config.objective_type,
            storage.SCORING: scoring | ({"warm_up": subject.warm_up} if subject.segments else {}),
            storage.CANDLES: subject.candles.describe(),
            storage.HOLDOUT: dict(subject.holdout),
            storage.SPACE: self.config.space.digest,
            storage.BACKTEST: dict(backtest),
            storage.PRUNER: self.config.pruning(),
            storage.SEED: self.config.seed,
            storage.SETTINGS: {**settings, "candles_path": subject.candles.path},
        }

    def _open_mirror(self, folder: Path) -> MirrorProcess | None:
        if not self.config.tracking:
            return None
        from titan_mlopt.tracking.address import tracking_uri
        from titan_mlopt.tracking.mirror_messages import MirrorJob
        from titan_mlopt.tracking.mirror_process import MirrorProcess

        uri = tracking_uri(self.config.tracking_uri)

        def job() -> MirrorJob:
            record = storage.read_study(self.study)
            return MirrorJob(
                uri=uri,
                study=record,
                experiment=self.config.experiment,
                folder=str(folder),
                go_on=len(ended_trials(record.trials)) >= self.n_trials,  # nothing is left to run
                seeks=None if baselines.CHAMPION in self._measured else self.config.register_as,
            )

        return MirrorProcess(job, self.notice)

    def _plan(
        self, subject: Subject, deadline_s: float | None, held: lease.Lease, scratch: Path
    ) -> coordinator.Plan:
        """Return what the trials are to do; what they read is put into ``scratch``."""
        candles = subject.candles
        return coordinator.Plan(
            config=self.config,
            n_trials=self.n_trials,
            candles_path=str(put_candles(candles, self.config, scratch)),
            grid=pruning.checkpoint_grid(self.config, most_predictions(candles, self.config)),
            scale=scale_of(candles.describe(), self.config),
            deadline_s=deadline_s,
            stop=self.stop.asked,
            interval_s=candles.interval_s,
            renew=held.renew,
            segments=put_segments(candles, subject.segments, self.config, scratch),
        )

    def _run_trials(
        self,
        subject: Subject,
        plan: coordinator.Plan,
        pool: Executor,
        mirror: MirrorProcess | None,
    ) -> _Ran:
        measure = self._measure(pool, plan)
        self._keep(measure.rules_and_default(subject, self._measured))
        # Its config comes from MLflow, which is seconds away: trials begin without it, unless there
        # may be no time for it after them.
        last = plan.deadline_s is None
        if not last:
            self._measure_champion(measure, mirror)
        if storage.count_ended(self.study) >= self.n_trials:
            ran = _Ran(0, 0, {})
        else:
            ran = self._run_missing(subject, plan, pool, mirror)
        if last:
            self._measure_champion(measure, mirror)
        return ran

    def _run_missing(
        self,
        subject: Subject,
        plan: coordinator.Plan,
        pool: Executor,
        mirror: MirrorProcess | None,
    ) -> _Ran:
        n_bars = most_predictions(subject.candles, self.config)
        judge = Judge(
            self.study.study_name,
            pruning.build_pruner(self.config, n_bars, subject.candles.interval_s),
            partial(progress_value, objective=self.config.objective_type, scale=plan.scale),
            private=self.config.deterministic and self.config.n_jobs > 1,
        )
        listeners = [*self.listeners, *([mirror] if mirror else [])]
        study = coordinator.study_in_memory(self.study)
        run = coordinator.Coordinator(study, judge, self.writer, pool, plan, listeners)
        run.run()
        return _Ran(run.trials_run, run.left, dict(run.seconds))

    @property
    def _measured(self) -> set[str]:
        """Names of the study's baselines; one that failed is tried again: its cause may be gone."""
        found = storage.read_identity(self.study).baselines
        return {one.name for one in found if one.state == COMPLETE}

    def _measure(self, pool: Executor, plan: coordinator.Plan) -> baselines.Measure:
        """Return what measures baselines; it takes half of the time that there is, at most."""
        limit, now = math.inf, time.monotonic()
        if plan.deadline_s is not None:
            left = plan.deadline_s - now
            limit = now + (left / 2 if left >= _LEAST_TIME_S else 0.0)
        return baselines.Measure(
            pool=pool,
            config=self.config,
            job_of=plan.job,
            due=lambda: plan.stop.is_set() or time.monotonic() >= limit,
            renew=plan.renew,
        )

    def _measure_champion(self, measure: baselines.Measure, mirror: MirrorProcess | None) -> None:
        if mirror is not None and baselines.CHAMPION not in self._measured:
            self._keep(measure.champion(mirror.champion))

    def _keep(self, measured: Iterator[Baseline]) -> None:
        """Store each baseline when it is measured."""
        for baseline in measured:
            found = {one.name: one for one in storage.read_identity(self.study).baselines}
            storage.save_baselines(self.study, list({**found, baseline.name: baseline}.values()))

    def _conclude(self, ran: _Ran, mirror: MirrorProcess | None, folder: Path) -> TuneReport:
        """Complete the mirror, register the best config, and say what was done."""
        record, seconds = storage.read_study(self.study), dict(ran.seconds)
        if best_trial(record) is not None:  # else the trials' own failures tell
            for baseline in record.baselines:
                if baseline.state == FAIL:
                    self.notice(f"baseline {baseline.name}: not measured, got {baseline.detail}")
        stopped = self.stop.asked.is_set() and ran.left > 0
        registered, links = None, dict[str, str]()
        if mirror is not None:
            began = time.perf_counter()
            mirror.verify(record)
            draining = mirror.draining()
            register = self._registering(mirror, record, stopped=stopped)
            why = self.stop.sentence(self.n_trials - ran.left, self.n_trials)
            report = StudyReport(
                *(self.study, record, self.config, self.db_path), why if stopped else None
            )
            report.write(folder / "report")  # while the mirror catches up
            seconds["plots"] = time.perf_counter() - began
            if draining():
                note = report.write_note(folder / "report", mirror.trial_links())
                mirror.write_parent(record, note, folder / "report", report.statistics)
            registered = register()
            closing = mirror.close("KILLED" if stopped else "FINISHED")
            links = dict(closing.links)
            seconds["mlflow (beside the trials)"] = closing.busy_seconds
            seconds["after the last trial"] = time.perf_counter() - began
        failure = mirror.failure if mirror is not None else None
        return TuneReport(
            *(record, ran.trials, stopped, registered, failure, links, seconds),
            db_path=self.db_path,
        )

    def _registering(
        self, mirror: MirrorProcess, record: StudyRecord, *, stopped: bool
    ) -> Callable[[], Registered | None]:
        """Begin to register the best config, where there is one; return what waits for that.

        Of a stopped study only when told to.
        """
        best, name = best_trial(record), self.config.register_as
        if best is None or name is None or (stopped and not self.config.register_stopped):
            return lambda: None
        return mirror.registering(name, build_bundle(record, best, git_commit()))
