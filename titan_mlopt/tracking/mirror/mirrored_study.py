"""The runs of a study in MLflow: the parent run, the runs of its trials, and the shared view."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric

from titan_mlopt.analysis.significance import StudyStatistics
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.tracking.artifact_probe import probe_artifacts
from titan_mlopt.tracking.mirror.live_runs import LiveRuns
from titan_mlopt.tracking.parent_run import (
    CALL,
    RunningBest,
    begin_parent,
    describe_parent,
    parent_tags,
)
from titan_mlopt.tracking.project_run import open_parent
from titan_mlopt.tracking.reconcile import Runs, find_current, find_runs
from titan_mlopt.tracking.refusals import check_server
from titan_mlopt.tracking.repair import RunRepairer, as_parent
from titan_mlopt.tracking.run_content import MIRRORED
from titan_mlopt.tracking.shared_view import has_view, view_links, write_view
from titan_mlopt.tracking.store import Parent, open_client, report_link, run_address, run_link


class MirroredStudy:
    """What a mirror writes, a step a method; each can be called again after an error of MLflow.

    Args:
        uri: Of the store.
        study: The study as it stands before the mirror's first trial.
        experiment: Its name; None for that of `mlflow run`, else the default.
        folder: For files until they are uploaded.
        notice: Receives messages for the user.
        go_on: Continue the newest parent run of the study, if there is one, instead of a new one.
        mark: As in ``MirrorJob``; the study then has no trials.
    """

    def __init__(
        self,
        uri: str,
        study: StudyRecord,
        experiment: str | None,
        folder: Path,
        notice: Callable[[str], None],
        *,
        go_on: bool,
        mark: str,
    ) -> None:
        self.uri = uri
        self.parent: Parent | None = None
        #: Whether the store has a study of the mark.
        self.is_current = False
        #: What MLflow refused besides the runs of trials, and why.
        self.refused: dict[str, str] = {}
        self.trials = LiveRuns(study, folder)
        self._study, self._experiment, self._folder = study, experiment, folder
        self._notice, self._go_on, self._mark = notice, go_on, mark
        self._best, self._best_metrics = RunningBest(study), list[Metric]()
        for trial in study.trials:
            self._best.update(trial)
        self._call = uuid.uuid4().hex
        self._earlier: Runs | None = None
        self._has_view = False

    @property
    def client(self) -> MlflowClient:
        """The client of the store, once the parent run is open."""
        return self._client

    def end_trial(self, trial: TrialRecord) -> None:
        """Note that a trial has ended, and whether it is the best so far."""
        self.trials.end(trial)
        self._best_metrics += self._best.update(trial)

    def write_trials(self, parent: Parent) -> None:
        """Write what is due of the trials, and the metrics of the best."""
        self.trials.write(self._client, parent)
        if self._best_metrics:
            self._client.log_batch(parent.run_id, metrics=self._best_metrics)
            self._best_metrics = []

    def refusals(self) -> str | None:
        """Return what MLflow has refused in words, None when it has taken everything."""
        refused = {**self.refused, **{f"trial {n}": why for n, why in self.trials.refused.items()}}
        if not refused:
            return None
        first, why = next(iter(refused.items()))
        suffix = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        return f"{first} refused{suffix}: {why}"

    def links(self) -> dict[str, str]:
        """Return the addresses of the study, its trials, their charts and its report."""
        if self.parent is None:
            return {}
        views = view_links(self.uri, self.parent, self._study.uid, shared=self._has_view)
        study, report = run_link(self.uri, self.parent), report_link(self.uri, self.parent)
        return {"study": study, **views, "report": report}

    def trial_links(self) -> dict[int, str]:
        """Return the address of each trial's page, as a link on another page of the same MLflow."""
        assert self.parent is not None
        experiment = self.parent.experiment_id
        return {number: run_address(experiment, run) for number, run in self.trials.run_ids.items()}

    def open(self) -> None:
        """Open the parent run: an adopted one, the newest earlier one, or a new one."""
        check_server(self.uri)
        self._client: MlflowClient = open_client(self.uri, on_notice=self._notice)
        current = self._mark and find_current(self._client, self._study.uid, self._mark)
        if current:
            self.parent, self.is_current = as_parent(current), True
            return
        self._earlier = earlier = find_runs(self._client, self._study.uid)
        parents = list(earlier.living_parents.values())
        mine = [run for run in parents if run.data.tags.get(CALL) == self._call]
        if mine or (self._go_on and parents):  # mine: created, but the answer was lost
            self.parent = as_parent((mine or parents)[-1])
            return
        ids = [run.info.run_id for run in reversed(parents)]
        tags = {**parent_tags(self._study, ids), CALL: self._call}
        parent = open_parent(self._client, self._study.name, self._experiment, tags, self._notice)
        probe_artifacts(self._client, self.uri, parent)
        self.parent = parent

    def begin(self) -> None:
        """Describe the parent run as far as it is known, and see to the shared view."""
        assert self.parent is not None
        begin_parent(self._client, self.parent, self._study)
        experiment_id, uid = self.parent.experiment_id, self._study.uid
        # What matters is known at the end; until then the page has columns of metrics.
        self._has_view = has_view(self._client, experiment_id, uid) or write_view(
            self._client, experiment_id, uid, ()
        )

    def repair_earlier(self) -> None:
        """Repair what earlier calls have left; the first call of a study has nothing to repair."""
        if self._mark:  # the trials are not here: by them every run would be a stray
            return
        earlier = self._earlier
        if self._study.trials or earlier is None or earlier.trials:
            self.verify(self._study)
        self._earlier = None

    def verify(self, study: StudyRecord) -> None:
        """Repair the runs as they were read before, else as they are now."""
        earlier, self._earlier = self._earlier, None  # frees thousands of runs
        # Without an earlier parent the runs must be read again: there is a new one now.
        self._repair(study, earlier if earlier and earlier.living_parents else None)

    def _repair(self, study: StudyRecord, runs: Runs | None = None) -> None:
        repairer = RunRepairer(self._client, study, _unreachable, None, self._folder, self.parent)
        repair = repairer.repair(runs=runs)
        if repair.discrepancies:
            self._notice(
                f"MLflow: {len(repair.discrepancies)} runs were behind the study and are mended"
            )
        self._note_runs(repair.runs)
        if repair.remaining:
            kinds = ", ".join(sorted({discrepancy.kind for discrepancy in repair.remaining}))
            self.refused["the study's runs"] = f"{kinds} cannot be mended"

    def _note_runs(self, runs: Runs) -> None:
        for number, trial_runs in runs.by_trial.items():
            if number is not None:
                self.trials.run_ids[number] = trial_runs[-1].info.run_id

    def describe(
        self,
        study: StudyRecord,
        note: str,
        folder: Path,
        statistics: StudyStatistics | None,
        parameters: Sequence[str],
        mark: str,
    ) -> None:
        """Write the parent's page and files, and the view; the arguments: ``write_parent``."""
        assert self.parent is not None
        describe_parent(self._client, self.parent, study, note, folder, statistics)
        uid = self._study.uid
        self._has_view = write_view(self._client, self.parent.experiment_id, uid, parameters)
        if mark and self.refusals() is None:
            self._client.set_tag(self.parent.run_id, MIRRORED, mark)

    def terminate(self, status: str) -> None:
        """End the parent run."""
        assert self.parent is not None
        self._client.set_terminated(self.parent.run_id, status)


def _unreachable(_: object) -> Parent:
    raise AssertionError("the mirror has a parent before it repairs")
