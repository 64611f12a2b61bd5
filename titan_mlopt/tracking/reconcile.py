"""A study's runs in MLflow compared with the study: missing, wrong, duplicate or stray ones."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from mlflow import MlflowClient
from mlflow.entities import Run, RunData, ViewType

from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import RUNNING, TrialRecord
from titan_mlopt.tracking.parent_run import is_described
from titan_mlopt.tracking.run_content import (
    MIRRORED,
    NOTE,
    PARENT_RUN,
    STUDY_KIND,
    TRIAL,
    TRIAL_KIND,
    RunContent,
    file_names,
    former_content,
    trial_content,
)
from titan_mlopt.tracking.store import KIND, PAGE, all_pages, of_study

#: Kinds of damage, as `doctor` names them.
MISSING, DELETED, DUPLICATE, STRAY, ZOMBIE, STATUS, PARAMS, METRICS, TAGS, FILES, PARTIAL = (
    *("trial without a run", "run deleted", "duplicate run", "run without a trial"),
    *("left running", "wrong status", "wrong params", "wrong metrics", "wrong tags"),
    *("missing files", "not written to the end"),
)
ORPHAN, NO_PARENT, PARENT_ZOMBIE, UNDESCRIBED = (
    "parent is gone",
    "study without a run",
    "study's run left running",
    "study's run out of date",
)
_ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that is wrong. trial: number, None for a parent run. run_id: "" without a run."""

    kind: str
    trial: int | None
    run_id: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a study in MLflow, deleted ones too, oldest first."""

    parents: tuple[Run, ...]
    trials: tuple[Run, ...]

    @property
    def living_parents(self) -> dict[str, Run]:
        """The parents that are not deleted, by run id, oldest first."""
        return {run.info.run_id: run for run in self.parents if is_active(run)}

    @property
    def by_trial(self) -> dict[int | None, list[Run]]:
        """The runs of trials by the number of the trial, None where no tag names one."""
        by_number: dict[int | None, list[Run]] = defaultdict(list)
        for run in self.trials:
            by_number[trial_number(run)].append(run)
        return by_number


def is_active(run: Run) -> bool:
    """Return whether the run is not deleted."""
    return bool(run.info.lifecycle_stage == _ACTIVE)


def trial_number(run: Run) -> int | None:
    """Return the number of the trial in a run's tag, None without a usable one."""
    text = run.data.tags.get(TRIAL, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def find_runs(client: MlflowClient, study_uid: str) -> Runs:
    """Return every run of the study, in all experiments that are not deleted."""
    if not study_uid:  # a study that was never begun has no runs
        return Runs((), ())
    experiments = all_pages(partial(client.search_experiments, max_results=PAGE))
    ids = [experiment.experiment_id for experiment in experiments]
    if not ids:
        return Runs((), ())
    search = partial(client.search_runs, ids, of_study(study_uid), ViewType.ALL, max_results=PAGE)
    kinds = defaultdict(list)
    slim_runs = map(_slim, all_pages(search))  # page by page: no page is held whole behind the next
    for run in sorted(slim_runs, key=lambda r: (r.info.start_time or 0, r.info.run_id)):
        kinds[run.data.tags.get(KIND)].append(run)
    return Runs(tuple(kinds[STUDY_KIND]), tuple(kinds[TRIAL_KIND]))


def _slim(run: Run) -> Run:
    """Return a run without MLflow's object of each metric, whose names and tags all runs share.

    A run of MLflow's has 27 such objects, and 60 texts that all others of its study have as well.
    """
    data = RunData()
    data.metrics.update((sys.intern(name), number) for name, number in run.data.metrics.items())
    data.params.update((sys.intern(name), text) for name, text in run.data.params.items())
    data.tags.update((sys.intern(k), sys.intern(text)) for k, text in run.data.tags.items())
    return Run(run.info, data)


def find_current(client: MlflowClient, study_uid: str, mark: str) -> Run | None:
    """Return the newest parent run if the store has all of the study, as it says, else None.

    A few requests, whatever the number of trials. A run that was deleted, or left running, belies
    the mark; what was changed by hand within a run, or removed for good, is for ``compare``.
    """
    ids = [e.experiment_id for e in all_pages(partial(client.search_experiments, max_results=PAGE))]
    if not study_uid or not ids:
        return None
    of_kind = f"{of_study(study_uid)} and tags.`{KIND}` = "
    search = partial(client.search_runs, ids, f"{of_kind}'{STUDY_KIND}'", max_results=PAGE)
    parents = sorted(all_pages(search), key=lambda r: (r.info.start_time or 0, r.info.run_id))
    if not parents or parents[-1].data.tags.get(MIRRORED) != mark:
        return None
    if any(run.info.status == "RUNNING" for run in parents[:-1]):
        return None
    trials = f"{of_kind}'{TRIAL_KIND}'"
    running = client.search_runs(ids, f"{trials} and attributes.status = 'RUNNING'", max_results=1)
    deleted = client.search_runs(ids, trials, ViewType.DELETED_ONLY, max_results=1)
    return None if running or deleted else parents[-1]


def compare(study: StudyRecord, runs: Runs, *, tuned_now: bool) -> list[Discrepancy]:
    """Return all that is wrong with the runs of a study.

    Args:
        study: With all its trials.
        runs: Of the study, as ``find_runs`` returns them.
        tuned_now: A coordinator is running. RUNNING is then the right status of its runs, and what
            is missing may still be written: only wrong content of ended trials is returned.

    Returns:
        The discrepancies: of trials in their order, of stray runs, of parent runs.
    """
    by_trial, parents = runs.by_trial, runs.living_parents
    discrepancies: list[Discrepancy] = []
    for trial in study.trials:
        trial_runs = by_trial.pop(trial.number, [])
        if trial.state != RUNNING:
            discrepancies += _of_trial(trial, study, trial_runs, parents)
    for stray_runs in by_trial.values():
        discrepancies += [_stray(run) for run in stray_runs if is_active(run)]
    discrepancies += _of_parents(study, runs, tuned_now=tuned_now)
    if tuned_now:
        discrepancies = [d for d in discrepancies if d.kind not in _TRANSIENT]
    return discrepancies


# What a running coordinator is about to write.
_TRANSIENT = (MISSING, PARTIAL, ZOMBIE, PARENT_ZOMBIE, UNDESCRIBED, NO_PARENT, STATUS)


def _stray(run: Run) -> Discrepancy:
    number = trial_number(run)
    tag = run.data.tags.get(TRIAL, "nothing")
    return Discrepancy(STRAY, number, run.info.run_id, f"says trial {tag}, which the study has not")


def _of_trial(
    trial: TrialRecord, study: StudyRecord, runs: Sequence[Run], parents: Mapping[str, Run]
) -> Iterator[Discrepancy]:
    """Yield what is wrong with the runs of one ended trial."""
    active, number = [run for run in runs if is_active(run)], trial.number
    contents = [trial_content(trial, study)]
    if len(active) != 1 or differences(active[0], contents[0]):
        contents.append(former_content(trial, study))  # is right too
    if not active:
        digests = {content.digest for content in contents}
        deleted = [run for run in runs if run.data.tags.get(MIRRORED) in digests]
        if deleted:
            yield Discrepancy(DELETED, number, deleted[-1].info.run_id, "it can be restored")
        else:
            yield Discrepancy(MISSING, number, "", contents[0].name)
        return
    wrong = {
        run.info.run_id: min((differences(run, content) for content in contents), key=len)
        for run in active
    }
    best, *duplicates = sorted(active, key=lambda run: len(wrong[run.info.run_id]))
    best_id, parent = best.info.run_id, best.data.tags.get(PARENT_RUN)
    for run in duplicates:
        yield Discrepancy(DUPLICATE, number, run.info.run_id, f"beside {best_id}")
    for kind, detail in wrong[best_id]:
        yield Discrepancy(kind, number, best_id, detail)
    if parent not in parents:
        yield Discrepancy(ORPHAN, number, best_id, str(parent))


def differences(run: Run, content: RunContent) -> list[tuple[str, str]]:
    """Return the differences between a run and its expected content: pairs of kind and detail."""
    pairs: list[tuple[str, str]] = []
    status = run.info.status
    if status == "RUNNING" and content.status != "RUNNING":
        pairs.append((ZOMBIE, f"must be {content.status}"))
    elif status != content.status:
        pairs.append((STATUS, f"must be {content.status}, is {status}"))
    for kind, expected, actual in (
        (PARAMS, content.params, run.data.params),
        (METRICS, content.latest, run.data.metrics),
        (TAGS, content.tags, run.data.tags),
    ):
        wrong = sorted(name for name, value in expected.items() if actual.get(name) != value)
        if wrong:
            pairs.append((kind, ", ".join(wrong[:3]) + (" …" if len(wrong) > 3 else "")))
    if run.info.run_name != content.name:
        pairs.append((TAGS, f"its name must be {content.name!r}"))
    if not pairs and run.data.tags.get(MIRRORED) != content.digest:
        pairs.append((PARTIAL, "its last batch is missing"))
    return pairs


def _of_parents(study: StudyRecord, runs: Runs, *, tuned_now: bool) -> Iterator[Discrepancy]:
    parents = list(runs.living_parents.values())
    if not parents:
        if study.trials:
            yield Discrepancy(NO_PARENT, None, "", "no run of the study is left")
        return
    if not tuned_now:
        for run in parents:
            if run.info.status == "RUNNING":
                yield Discrepancy(PARENT_ZOMBIE, None, run.info.run_id, "nobody tunes the study")
    newest = parents[-1]
    if not is_described(newest, study):
        detail = "its metrics" if newest.data.tags.get(NOTE) else "its description"
        yield Discrepancy(UNDESCRIBED, None, newest.info.run_id, detail)


def find_missing_files(client: MlflowClient, study: StudyRecord, runs: Runs) -> list[Discrepancy]:
    """Return the runs of ended trials that lack a file; takes one request per run."""
    by_trial, discrepancies = runs.by_trial, []
    for trial in study.trials:
        expected = file_names(trial) if trial.state != RUNNING else set()
        for run in filter(is_active, by_trial.get(trial.number, []) if expected else []):
            missing = expected - {file.path for file in client.list_artifacts(run.info.run_id)}
            if missing:
                detail = ", ".join(sorted(missing))
                discrepancies.append(Discrepancy(FILES, trial.number, run.info.run_id, detail))
    return discrepancies
