"""What follows the last trial: the end of the mirror, the page, the registered version."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.core.bundle import build_bundle
from titan_mlopt.core.provenance import git_commit
from titan_mlopt.core.storage_url import StorageUrl
from titan_mlopt.core.study import StopRequest, StudyRecord
from titan_mlopt.core.trial import FAIL
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study import transfer
from titan_mlopt.study.storage import studies
from titan_mlopt.tracking.study_report import StudyReport
from titan_mlopt.tracking.uri import tracking_uri

if TYPE_CHECKING:
    import optuna

    from titan_mlopt.tracking.mirror.client import MirrorProcess
    from titan_mlopt.tracking.mirror.messages import Registered


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
    db_path: StorageUrl


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is kept of the coordinator, whose study of thousands of trials is not.

    trials_run: in this call. remaining: trials that were asked for and have not ended. seconds:
    where the time went, by part.
    """

    trials_run: int = 0
    remaining: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ending:
    """The end of a call, with or without a mirror; the arguments are those of ``Tuning``."""

    study: optuna.Study
    config: TunerConfig
    n_trials: int
    db_path: StorageUrl
    stop: StopRequest
    notice: Callable[[str], None]
    on_wait: Callable[[str], None]

    def conclude(self, outcome: Outcome, mirror: MirrorProcess | None, folder: Path) -> TuneReport:
        """Complete the mirror, register the best config, and say what was done."""
        record, seconds = studies.read_study(self.study), dict(outcome.seconds)
        self._tell_of_baselines(record)
        if outcome.trials_run and (text := transfer.weights_text(self.study)):
            self.notice(text)
        stopped = self.stop.event.is_set() and outcome.remaining > 0
        registered, links, failure = None, dict[str, str](), None
        if mirror is not None:
            began = time.perf_counter()
            why = self.stop.sentence(self.n_trials - outcome.remaining, self.n_trials)
            report = self.report_of(record, why if stopped else None)
            current = mirror.is_current(report.mark)
            if not current:
                mirror.verify(record)
            draining = mirror.draining()
            register = self._registering(mirror, record, stopped=stopped)
            if current:
                drained, seconds["plots"] = draining(), 0.0
            else:
                drained = self._describe(report, mirror, draining, folder, seconds)
            registered = register()
            closing = mirror.close("KILLED" if stopped else "FINISHED")
            links = dict(closing.links)
            seconds["mlflow (beside the trials)"] = closing.busy_seconds
            seconds["after the last trial"] = time.perf_counter() - began
            failure = mirror.failure
            if failure is None and not drained:
                failure = "it took the last runs too late for the study's page"
            if not drained:
                links.pop("report", None)
        return TuneReport(
            *(record, outcome.trials_run, stopped, registered, failure, links, seconds),
            db_path=self.db_path,
        )

    def report_of(self, record: StudyRecord, stopped: str | None = None) -> StudyReport:
        """Return the report of a study; stopped: why it ended early."""
        return StudyReport(
            *(self.study, record, self.config, self.db_path, stopped),
            store=tracking_uri(self.config.tracking_uri),
        )

    def _describe(
        self,
        report: StudyReport,
        mirror: MirrorProcess,
        drained: Callable[[], bool],
        folder: Path,
        seconds: dict[str, float],
    ) -> bool:
        """Write the study's page to MLflow, once that has all runs; return whether it has."""
        began = time.perf_counter()
        plots = not self.stop.event.is_set()  # whoever stops does not wait for them
        if plots:
            self.on_wait("drawing the plots, while MLflow takes the last runs")
        report.write(folder / "report", plots=plots)
        if plots:
            seconds["plots"] = time.perf_counter() - began
        self.on_wait("waiting for MLflow to have all runs")
        if not drained():
            return False
        note = report.write_note(folder / "report", mirror.trial_links())
        analyses = (report.statistics, report.parameters)
        mark = report.mark if plots else ""  # a page without plots is written again
        mirror.write_parent(report.record, note, folder / "report", *analyses, mark)
        return True

    def _tell_of_baselines(self, record: StudyRecord) -> None:
        """Name the baselines that failed; without a COMPLETE trial the trials' failures tell."""
        for baseline in record.baselines if best_trial(record) is not None else ():
            if baseline.state == FAIL:
                self.notice(f"baseline {baseline.name}: not measured, got {baseline.detail}")

    def _registering(
        self, mirror: MirrorProcess, record: StudyRecord, *, stopped: bool
    ) -> Callable[[], Registered | None]:
        """Begin to register the best config, where there is one; return what waits for that.

        Of a stopped study only when told to.
        """
        best, name = best_trial(record), self.config.register_as
        if best is None or name is None or (stopped and not self.config.register_stopped):
            return lambda: None
        wait = mirror.registering(name, build_bundle(record, best, git_commit()))

        def register() -> Registered | None:
            self.on_wait(f"registering trial {best.number} as {name}")
            return wait()

        return register
