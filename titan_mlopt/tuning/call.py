"""One call of ``optimize``: candles, mirror, baselines, trials."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from titan_mlopt.core.scoring import progress_value, scale_of
from titan_mlopt.core.storage_url import StorageUrl
from titan_mlopt.core.study import Baseline, StopRequest, StudyListener, StudyRecord
from titan_mlopt.core.trial import COMPLETE, ended_trials
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.base import Executor
from titan_mlopt.executors.dry_run import KnownBacktest, try_backtest
from titan_mlopt.executors.factory import open_executor
from titan_mlopt.executors.jobs import TrialJobs
from titan_mlopt.executors.local.workspace import new_scratch, scratch_folder
from titan_mlopt.study import baselines, coordinator, identity, pruners
from titan_mlopt.study.beginning import Beginning, Start
from titan_mlopt.study.dataset import TuningData
from titan_mlopt.study.pruning_study import PruningStudy
from titan_mlopt.study.storage import lock, sqlite, studies, trial_attributes
from titan_mlopt.study.trial_coordinates import TrialCoordinates
from titan_mlopt.study.trial_writer import TrialWriter
from titan_mlopt.tracking.revision import opens_at_once
from titan_mlopt.tracking.uri import tracking_uri
from titan_mlopt.tuning.ending import Ending, Outcome, TuneReport
from titan_mlopt.tuning.new_study import start_sources

if TYPE_CHECKING:
    import optuna

    from titan_mlopt.tracking.mirror.client import MirrorProcess

# With less time than this for all trials default config and champion are left out.
_LEAST_TIME_S = 10.0
# How long the first trial waits for a server of MLflow, which may refuse the study.
_STORE_PATIENCE_S = 30.0
# How long MLflow may take to write what is left after an error or an interrupt.
_MIRROR_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Tuning:
    """What a call works on; ``run`` does the work.

    data: made with ``config``. n_trials: of the study in all. on_begin: called when the study has
    taken candles and settings, and before anything is run for it. on_wait: called after the last
    trial with a sentence on each thing that is waited for. beginning: of a new study.
    backtest: as ``check_new_study`` returned it, None for a dry run now.
    """

    study: optuna.Study
    backend: optuna.storages.RDBStorage
    config: TunerConfig
    data: TuningData
    n_trials: int
    db_path: StorageUrl
    stop: StopRequest
    listeners: tuple[StudyListener, ...]
    notice: Callable[[str], None]
    on_begin: Callable[[], None] = lambda: None
    on_wait: Callable[[str], None] = lambda _: None
    beginning: Beginning = field(default_factory=Beginning)
    backtest: KnownBacktest | None = None

    @cached_property
    def writer(self) -> TrialWriter:
        """What writes trials into the stored study."""
        return TrialWriter(self.study, self.backend)

    @property
    def _ending(self) -> Ending:
        call = self.study, self.config, self.n_trials, self.db_path, self.stop
        return Ending(*call, self.notice, self.on_wait)

    def run(self, deadline_s: float | None) -> TuneReport:
        """Run the missing trials, mirror them, and register the best config.

        When it is interrupted by an exception, no trial and no run of it stays RUNNING.
        """
        data = self.data
        backtest = self.backtest or try_backtest(
            self.config, data.candles, self.notice, data.segments
        )
        rule = identity.stored_unchanged(self.study) or backtest.unchanged
        return replace(self, config=replace(self.config, unchanged=rule))._run_locked(
            deadline_s, backtest
        )

    def _run_locked(self, deadline_s: float | None, backtest: KnownBacktest) -> TuneReport:
        """Do the work of ``run`` while no other process may write to the study."""
        data, config = self.data, self.config
        with (
            sqlite.storage_errors(self.db_path),
            lock.lock_study(
                self.backend,
                self.study.study_name,
                watch=lock.Watch(wait=self.stop.event.wait, notice=self.notice),
            ) as study_lock,
        ):
            start = self._start()  # a source that is not there leaves nothing behind
            identity.pin_identity(
                self.study, identity.describe_identity(data, config, backtest.identity)
            )
            sources = identity.merge_sources(self.study, backtest.sources)
            self.beginning.pin(self.study, start)
            self.on_begin()
            stale = coordinator.release_stale(self.study, self.writer)
            if stale:
                self.notice(f"{stale} trials that were left running are marked as interrupted")
            trial_attributes.name_objectives(self.study, config.objective_type)
            trial_attributes.add_missing(self.study, self.backend)
            mirrors = config.tracking  # only the mirror has files of its own
            with scratch_folder(config.scratch) if mirrors else nullcontext(Path()) as folder:
                return self._run(deadline_s, folder, study_lock, replace(backtest, sources=sources))

    def _start(self) -> Start:
        """Return what the study begins with; sources are read before its first trial alone."""

        def stored(name: str) -> StudyRecord:
            # The study itself is new and empty, so it is no source.
            source = studies.find_study(self.backend, name, without=self.study.study_name)
            return studies.read_study(source)

        sources = start_sources(self.config, stored, self.notice)
        return self.beginning.read(self.study, self.config, sources)

    def _run(
        self,
        deadline_s: float | None,
        folder: Path,
        study_lock: lock.StudyLock,
        backtest: KnownBacktest,
    ) -> TuneReport:
        scratch = new_scratch(self.config.scratch)
        with ExitStack() as opened:
            # Both start in the background.
            pool = opened.enter_context(
                open_executor(
                    *(self.config, self.config.n_jobs, scratch, self.notice),
                    *(backtest.identity, backtest.sources),
                    on_sources=partial(studies.save_sources, self.study),
                )
            )
            mirror, status = self._open_mirror(folder), "FAILED"
            try:
                with opened.pop_all():
                    plan = self._plan(deadline_s, study_lock, scratch, mirror)
                    outcome = self._run_trials(plan, pool, mirror)
                return self._ending.conclude(outcome, mirror, folder)
            except KeyboardInterrupt:
                status = "KILLED"
                # It may have come between what was stored and what was told.
                coordinator.release_stale(self.study, self.writer)
                if mirror is not None:
                    mirror.verify(studies.read_study(self.study), always=True)
                raise
            finally:
                if mirror is not None:
                    mirror.close(status, patience_s=_MIRROR_PATIENCE_S)

    def _open_mirror(self, folder: Path) -> MirrorProcess | None:
        if not self.config.tracking:
            return None
        from titan_mlopt.tracking.mirror.client import MirrorProcess
        from titan_mlopt.tracking.mirror.messages import MirrorJob

        uri = tracking_uri(self.config.tracking_uri)

        def job() -> MirrorJob:
            record = studies.read_study(self.study)
            done = len(ended_trials(record.trials)) >= self.n_trials  # nothing is left to run
            return MirrorJob(
                uri=uri,
                study=replace(record, trials=()) if done else record,
                experiment=self.config.experiment,
                folder=str(folder),
                go_on=done,
                mark=self._ending.report_of(record).mark if done else "",
                seeks=None if baselines.CHAMPION in self._measured else self.config.register_as,
            )

        return MirrorProcess(job, self.notice, self.stop.event.is_set)

    def _plan(
        self,
        deadline_s: float | None,
        study_lock: lock.StudyLock,
        scratch: Path,
        mirror: MirrorProcess | None,
    ) -> coordinator.Plan:
        """Return what the trials are to do; the files that they read are written to ``scratch``."""
        config, data = self.config, self.data

        def renew() -> None:
            study_lock.renew()
            if mirror is not None:
                mirror.check()

        grid = pruners.checkpoint_grid(config, data.most_predictions)
        start = self._start()
        return coordinator.Plan(
            config=config,
            n_trials=self.n_trials,
            jobs=TrialJobs.write(data.candles, config, scratch, data.segments, grid),
            scale=scale_of(data.description, config),
            deadline_s=deadline_s,
            stop=self.stop.event,
            schedule=identity.stored_schedule(self.study),
            renew=renew,
            start_points=start.points,
            prior=start.prior(),
        )

    def _run_trials(
        self, plan: coordinator.Plan, pool: Executor, mirror: MirrorProcess | None
    ) -> Outcome:
        """Run the missing trials and the baselines, the champion last when there is time for it.

        Its config comes from MLflow, which takes seconds: without a deadline trials go first.
        """
        measure, outcome = self._measure(pool, plan), Outcome()
        self._save_baselines(measure.rules_and_default(self.data, self._measured))
        self._check_store(plan, mirror)
        champion_last = plan.deadline_s is None
        if not champion_last:
            self._measure_champion(measure, mirror)
        if studies.count_ended(self.study) < self.n_trials:
            outcome = self._run_missing(plan, pool, mirror)
        if champion_last:
            self._measure_champion(measure, mirror)
        return outcome

    def _check_store(self, plan: coordinator.Plan, mirror: MirrorProcess | None) -> None:
        """Raise ``StoreRefused`` before the first trial, not after hours of them.

        MLflow opens a SQLite file while trials run; if it refuses that, they are stopped then.
        """
        if mirror is None or studies.count_ended(self.study) >= self.n_trials:
            return
        patience_s = _STORE_PATIENCE_S
        if plan.deadline_s is not None:
            patience_s = min(patience_s, max(0.0, plan.deadline_s - time.monotonic()) / 2)
        uri = tracking_uri(self.config.tracking_uri)
        mirror.check(0.0 if opens_at_once(uri) else patience_s)

    def _run_missing(
        self, plan: coordinator.Plan, pool: Executor, mirror: MirrorProcess | None
    ) -> Outcome:
        config, data = self.config, self.data
        pruning_study = PruningStudy(
            self.study.study_name,
            pruners.build_pruner(config, data.most_predictions, data.candles.interval_s),
            partial(progress_value, objective=config.objective_type, scale=plan.scale),
            private=config.deterministic and config.n_jobs > 1,
        )
        listeners = [*self.listeners, *([mirror] if mirror else [])]
        study = coordinator.study_in_memory(self.study, TrialCoordinates(config.space))
        loop = coordinator.Coordinator(study, pruning_study, self.writer, pool, plan, listeners)
        loop.run()
        return Outcome(loop.trials_run, loop.remaining, dict(loop.seconds))

    @property
    def _measured(self) -> set[str]:
        """Names of the study's baselines; one that failed is tried again: its cause may be gone."""
        stored = studies.read_identity(self.study).baselines
        return {baseline.name for baseline in stored if baseline.state == COMPLETE}

    def _measure(self, pool: Executor, plan: coordinator.Plan) -> baselines.Measure:
        """Return what measures baselines; it takes half of the time that there is, at most."""
        limit, began = math.inf, time.monotonic()
        if plan.deadline_s is not None:
            time_left = plan.deadline_s - began
            limit = began + (time_left / 2 if time_left >= _LEAST_TIME_S else 0.0)
        return baselines.Measure(
            pool=pool,
            config=self.config,
            jobs=plan.jobs,
            due=lambda: plan.stop.is_set() or time.monotonic() >= limit,
            renew=plan.renew,
        )

    def _measure_champion(self, measure: baselines.Measure, mirror: MirrorProcess | None) -> None:
        if mirror is not None and baselines.CHAMPION not in self._measured:
            self._save_baselines(measure.champion(mirror.champion))

    def _save_baselines(self, measured: Iterator[Baseline]) -> None:
        """Store each baseline when it is measured."""
        for baseline in measured:
            stored = {b.name: b for b in studies.read_identity(self.study).baselines}
            studies.save_baselines(self.study, list({**stored, baseline.name: baseline}.values()))
