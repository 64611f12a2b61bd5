"""Repair of a study's runs in MLflow: what ``reconcile`` finds is written again; idempotent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.tracking import reconcile
from titan_mlopt.tracking.parent_run import is_described
from titan_mlopt.tracking.reconcile import Discrepancy, Runs, compare, find_missing_files, find_runs
from titan_mlopt.tracking.run_content import MIRRORED, PARENT_RUN
from titan_mlopt.tracking.run_writer import begin_run, finish_run, number_runs
from titan_mlopt.tracking.store import Parent, is_refusal

# A run is repaired in place first; if that did not help, it is replaced.
_PASSES = 4
# What writing the last batch and the end of a run repairs.
_CONTENT = frozenset(
    (
        *(reconcile.ZOMBIE, reconcile.STATUS, reconcile.PARAMS, reconcile.METRICS),
        *(reconcile.TAGS, reconcile.FILES, reconcile.PARTIAL),
    )
)
_SURPLUS = frozenset((reconcile.DUPLICATE, reconcile.STRAY))


@dataclass(frozen=True, slots=True)
class Repair:
    """discrepancies: what was wrong. remaining: what still is. runs: as they are now."""

    discrepancies: tuple[Discrepancy, ...]
    remaining: tuple[Discrepancy, ...]
    runs: Runs


@dataclass(frozen=True)
class RunRepairer:
    """Repairs the runs of one study.

    begin_parent: creates a parent run where none exists; its argument is the ids of deleted ones.
    describe: writes the parent's note, metrics and files; None leaves them. folder: for files until
    they are uploaded. own_parent: of the calling coordinator, which describes and ends it itself.
    show: called with the newest parent after a repair, to write the view of the trials. mark: gives
    the mark of the study (``StudyReport.mark``), which is written where ``describe`` is.
    """

    client: MlflowClient
    study: StudyRecord
    begin_parent: Callable[[list[str]], Parent]
    describe: Callable[[Parent, Runs], None] | None
    folder: Path
    own_parent: Parent | None = None
    show: Callable[[Parent], None] = lambda _: None
    mark: Callable[[], str] = lambda: ""

    def inspect(
        self, *, files: bool = False, tuned_now: bool = False, runs: Runs | None = None
    ) -> tuple[Runs, list[Discrepancy]]:
        """Return the study's runs and what is wrong with them; nothing is written.

        Args:
            files: Check the files of the runs too; one request per run.
            tuned_now: Another coordinator is tuning the study.
            runs: If they were just read; None reads them.
        """
        runs = find_runs(self.client, self.study.uid) if runs is None else runs
        discrepancies = compare(self.study, runs, tuned_now=tuned_now)
        if files:
            discrepancies += find_missing_files(self.client, self.study, runs)
        return runs, [d for d in discrepancies if not self._is_ignored(d)]

    def _is_ignored(self, discrepancy: Discrepancy) -> bool:
        if discrepancy.kind == reconcile.UNDESCRIBED:
            return self.describe is None
        return self.own_parent is not None and discrepancy.run_id == self.own_parent.run_id

    def repair(self, *, files: bool = False, runs: Runs | None = None) -> Repair:
        """Repair all that is wrong; a second call finds nothing. See ``inspect`` for arguments."""
        runs, discrepancies = self.inspect(files=files, runs=runs)
        remaining = discrepancies
        for attempt in range(_PASSES):
            if not _of_runs(remaining):
                break
            self._repair(remaining, runs, replace=attempt > 0)
            runs, remaining = self.inspect(files=files)
        number_runs(self.client, runs)
        for run in list(runs.living_parents.values())[-1:]:
            remaining = self._describe(run, runs, remaining)
            self.show(as_parent(run))
        return Repair(tuple(discrepancies), tuple(remaining), runs)

    def _describe(self, newest: Run, runs: Runs, remaining: list[Discrepancy]) -> list[Discrepancy]:
        """Describe the newest parent if it must be; return what remains.

        With the runs as they are now, which the note links to. The parent is marked when no run
        differs from the study, and described before that: the mark vouches for its page, too.
        """
        of_runs, mark = _of_runs(remaining), self.mark()
        unmarked = bool(mark) and not of_runs and newest.data.tags.get(MIRRORED) != mark
        if self.describe is None or not (unmarked or len(of_runs) < len(remaining)):
            return remaining
        self.describe(as_parent(newest), runs)
        if not is_described(self.client.get_run(newest.info.run_id), self.study):
            return remaining
        if unmarked:
            self.client.set_tag(newest.info.run_id, MIRRORED, mark)
        return of_runs

    def _repair(self, discrepancies: Iterable[Discrepancy], runs: Runs, *, replace: bool) -> None:
        """Repair once; ``replace``: replace runs, because repairing in place has not helped."""
        parent = self._parent(runs)
        handled: set[str] = set()
        for discrepancy in discrepancies:
            kind, run_id = discrepancy.kind, discrepancy.run_id
            if run_id and run_id in handled:
                continue
            handled.add(run_id)
            if kind in _SURPLUS:
                self.client.delete_run(run_id)
            elif kind == reconcile.MISSING:
                self._write(discrepancy.trial, parent)
            elif kind == reconcile.DELETED:
                self.client.restore_run(run_id)
            elif kind == reconcile.ORPHAN:
                self._adopt(discrepancy, runs, parent)
            elif kind in _CONTENT and replace:
                self._replace(discrepancy, parent)
            elif kind in _CONTENT:
                self._finish(discrepancy.trial, run_id)
            elif kind == reconcile.PARENT_ZOMBIE:
                self.client.set_terminated(run_id, "KILLED")

    def _parent(self, runs: Runs) -> Parent:
        """Return the caller's own parent, else the newest one, else a new one."""
        if self.own_parent is not None:
            return self.own_parent
        parents = list(runs.living_parents.values())
        if not parents:
            return self.begin_parent([run.info.run_id for run in reversed(runs.parents)])
        return as_parent(parents[-1])

    def _write(self, number: int | None, parent: Parent) -> None:
        trial = self._trials[number]
        run_id = begin_run(self.client, trial, self.study, parent).run_id
        finish_run(self.client, run_id, trial, self.study, self.folder)

    def _finish(self, number: int | None, run_id: str) -> None:
        try:
            finish_run(self.client, run_id, self._trials[number], self.study, self.folder)
        except MlflowException as error:  # params cannot be changed: the next pass makes a new run
            if not is_refusal(error):
                raise

    def _replace(self, discrepancy: Discrepancy, parent: Parent) -> None:
        """Write a new run, then delete the wrong one: a kill between leaves a duplicate."""
        self._write(discrepancy.trial, parent)
        self.client.delete_run(discrepancy.run_id)

    def _adopt(self, discrepancy: Discrepancy, runs: Runs, parent: Parent) -> None:
        """Give a run an existing parent, in its own experiment if there is one there."""
        run = next(run for run in runs.trials if run.info.run_id == discrepancy.run_id)
        experiment_id = run.info.experiment_id
        parents = [p for p in runs.living_parents.values() if p.info.experiment_id == experiment_id]
        if parents:
            self.client.set_tag(discrepancy.run_id, PARENT_RUN, parents[-1].info.run_id)
        elif parent.experiment_id == experiment_id:
            self.client.set_tag(discrepancy.run_id, PARENT_RUN, parent.run_id)
        else:
            self._replace(discrepancy, parent)

    @cached_property
    def _trials(self) -> dict[int | None, TrialRecord]:
        return {trial.number: trial for trial in self.study.trials}


def _of_runs(discrepancies: Iterable[Discrepancy]) -> list[Discrepancy]:
    """Return what is wrong beside the description of the newest parent."""
    return [d for d in discrepancies if d.kind != reconcile.UNDESCRIBED]


def as_parent(run: Run) -> Parent:
    """Return the parent run of a study as a ``Parent``."""
    return Parent(run.info.run_id, run.info.experiment_id, adopted=False)
