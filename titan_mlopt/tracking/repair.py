"""The mirror made anew from the study: what `reconcile` finds is mended, again and again alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from titan_mlopt.records import StudyRecord, TrialRecord
from titan_mlopt.tracking import reconcile
from titan_mlopt.tracking.reconcile import Finding, Runs, compare, find_missing_files, find_runs
from titan_mlopt.tracking.runs import PARENT_RUN
from titan_mlopt.tracking.store import Parent, is_refusal
from titan_mlopt.tracking.trial_runs import begin_run, finish_run

# What is wrong is mended in place, then, where that did not help, by a new run; then looked at.
_PASSES = 4
# The parts of a run that its last batch and its end write.
_CONTENT = frozenset(
    (
        *(reconcile.ZOMBIE, reconcile.STATUS, reconcile.PARAMS, reconcile.METRICS),
        *(reconcile.TAGS, reconcile.FILES, reconcile.PARTIAL),
    )
)
_LEFT_OVER = frozenset((reconcile.DUPLICATE, reconcile.STRAY))


@dataclass(frozen=True, slots=True)
class Repair:
    """found: what was wrong. left: what still is. runs: as they are now."""

    found: tuple[Finding, ...]
    left: tuple[Finding, ...]
    runs: Runs


@dataclass(frozen=True)
class Mender:
    """Mends the runs of one study.

    begin_parent: makes a parent run where none is left, told the ids of earlier ones. describe:
    writes the parent's note, metrics and files; None leaves them. folder: for files on their way.
    own: the parent of the coordinator that calls, which will describe and end it itself.
    """

    client: MlflowClient
    study: StudyRecord
    begin_parent: Callable[[list[str]], Parent]
    describe: Callable[[Parent, Runs], None] | None
    folder: Path
    own: Parent | None = None

    def look(
        self, *, files: bool = False, tuned_now: bool = False, runs: Runs | None = None
    ) -> tuple[Runs, list[Finding]]:
        """Return the study's runs and what is wrong with them.

        files: with the files of the runs too. tuned_now: another coordinator is at work on it.
        runs: as they were just found; None: to be looked for.
        """
        runs = find_runs(self.client, self.study.uid) if runs is None else runs
        found = compare(self.study, runs, tuned_now=tuned_now)
        if files:
            found += find_missing_files(self.client, self.study, runs)
        return runs, [finding for finding in found if not self._left_alone(finding)]

    def _left_alone(self, finding: Finding) -> bool:
        if finding.kind == reconcile.UNDESCRIBED:
            return self.describe is None
        return self.own is not None and finding.run_id == self.own.run_id

    def repair(self, *, files: bool = False, runs: Runs | None = None) -> Repair:
        """Mend all that is wrong; a second call finds nothing. runs: see ``look``."""
        runs, found = self.look(files=files, runs=runs)
        first, left = tuple(found), found
        for attempt in range(_PASSES):
            if not left:
                break
            self._mend(left, runs, anew=attempt > 0)
            runs, left = self.look(files=files)
        return Repair(first, tuple(left), runs)

    def _mend(self, found: Iterable[Finding], runs: Runs, *, anew: bool) -> None:
        """Mend once; ``anew``: by new runs, where mending in place has not helped."""
        parent = self._parent(runs)
        done: set[str] = set()
        for finding in found:
            kind, run_id = finding.kind, finding.run_id
            if run_id and run_id in done:
                continue
            done.add(run_id)
            if kind in _LEFT_OVER:
                self.client.delete_run(run_id)
            elif kind == reconcile.MISSING:
                self._write(finding.trial, parent)
            elif kind == reconcile.DELETED:
                self.client.restore_run(run_id)
            elif kind == reconcile.ORPHAN:
                self._adopt(finding, runs, parent)
            elif kind in _CONTENT and anew:
                self._replace(finding, parent)
            elif kind in _CONTENT:
                self._finish(finding.trial, run_id)
            elif kind == reconcile.PARENT_ZOMBIE:
                self.client.set_terminated(run_id, "KILLED")
            elif kind == reconcile.UNDESCRIBED and self.describe is not None:
                self.describe(parent, runs)

    def _parent(self, runs: Runs) -> Parent:
        """Return the caller's own parent, else the newest there is, or a new one."""
        if self.own is not None:
            return self.own
        living = list(runs.living_parents.values())
        if not living:
            return self.begin_parent([run.info.run_id for run in reversed(runs.parents)])
        return as_parent(living[-1])

    def _write(self, number: int | None, parent: Parent) -> None:
        trial = self._trials[number]
        run_id = begin_run(self.client, trial, self.study, parent)
        finish_run(self.client, run_id, trial, self.study, self.folder)

    def _finish(self, number: int | None, run_id: str) -> None:
        try:
            finish_run(self.client, run_id, self._trials[number], self.study, self.folder)
        except MlflowException as error:  # params cannot be changed: the next pass makes a new run
            if not is_refusal(error):
                raise

    def _replace(self, finding: Finding, parent: Parent) -> None:
        """Write the run anew and delete the wrong one, in this order: killed, it is a duplicate."""
        self._write(finding.trial, parent)
        self.client.delete_run(finding.run_id)

    def _adopt(self, finding: Finding, runs: Runs, parent: Parent) -> None:
        """Give a run a living parent, in its own experiment where there is one."""
        run = next(run for run in runs.trials if run.info.run_id == finding.run_id)
        home = run.info.experiment_id
        near = [p for p in runs.living_parents.values() if p.info.experiment_id == home]
        if near:
            self.client.set_tag(finding.run_id, PARENT_RUN, near[-1].info.run_id)
        elif parent.experiment_id == home:
            self.client.set_tag(finding.run_id, PARENT_RUN, parent.run_id)
        else:
            self._replace(finding, parent)

    @cached_property
    def _trials(self) -> dict[int | None, TrialRecord]:
        return {trial.number: trial for trial in self.study.trials}


def as_parent(run: Run) -> Parent:
    """Return a run that is a study's parent already."""
    return Parent(run.info.run_id, run.info.experiment_id, adopted=False)
