"""The mirror held against the study: what is missing, wrong, double or left over in MLflow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import Experiment, Run, ViewType

from titan_mlopt.records import RUNNING, StudyRecord
from titan_mlopt.tracking.parents import is_described
from titan_mlopt.tracking.runs import (
    MIRRORED,
    NOTE,
    PARENT_RUN,
    STUDY_KIND,
    TRIAL,
    TRIAL_KIND,
    RunContent,
    file_names,
    trial_content,
)
from titan_mlopt.tracking.store import KIND, of_study

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
_PAGE = 1000
_ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. trial: its number, None of a parent run. run_id: "" without one."""

    kind: str
    trial: int | None
    run_id: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a study as MLflow has them, deleted ones too, oldest first."""

    parents: tuple[Run, ...]
    trials: tuple[Run, ...]

    @property
    def living_parents(self) -> dict[str, Run]:
        """The parents that are not deleted, by run id, oldest first."""
        return {run.info.run_id: run for run in self.parents if is_active(run)}

    @property
    def by_trial(self) -> dict[int | None, list[Run]]:
        """The runs of trials by the number of the trial, None where they tell none."""
        found: dict[int | None, list[Run]] = defaultdict(list)
        for run in self.trials:
            found[trial_number(run)].append(run)
        return found


def is_active(run: Run) -> bool:
    """Return whether the run is not deleted."""
    return bool(run.info.lifecycle_stage == _ACTIVE)


def trial_number(run: Run) -> int | None:
    """Return the trial that a run says it is of, None when it says nothing usable."""
    text = run.data.tags.get(TRIAL, "")
    return int(text) if text.isascii() and text.isdigit() else None


def find_runs(client: MlflowClient, study_uid: str) -> Runs:
    """Return every run of the study, in whatever experiment that is not deleted."""
    if not study_uid:  # a study that was never begun has no runs
        return Runs((), ())
    experiments = [found.experiment_id for found in _experiments(client)]
    wanted = of_study(study_uid)
    found: list[Run] = []
    token: str | None = None
    while experiments:
        page = client.search_runs(
            experiments, wanted, ViewType.ALL, max_results=_PAGE, page_token=token
        )
        found += page
        token = page.token
        if not token:
            break
    found.sort(key=lambda run: (run.info.start_time or 0, run.info.run_id))
    kinds = defaultdict(list)
    for run in found:
        kinds[run.data.tags.get(KIND)].append(run)
    return Runs(tuple(kinds[STUDY_KIND]), tuple(kinds[TRIAL_KIND]))


def _experiments(client: MlflowClient) -> Iterator[Experiment]:
    token: str | None = None
    while True:
        page = client.search_experiments(max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def compare(study: StudyRecord, runs: Runs, *, tuned_now: bool) -> list[Finding]:
    """Return all that is wrong with the runs of a study.

    tuned_now: a coordinator is at work, so RUNNING is right for what it runs, and what is missing
    may be on its way: only what ended trials have wrongly is told then.
    """
    by_trial, parents = runs.by_trial, runs.living_parents
    found: list[Finding] = []
    for trial in study.trials:
        own = by_trial.pop(trial.number, [])
        if trial.state != RUNNING:
            found += _of_trial(trial.number, trial_content(trial, study), own, parents)
    for left in by_trial.values():
        found += [_stray(run) for run in left if is_active(run)]
    found += _of_parents(study, runs, tuned_now=tuned_now)
    if tuned_now:
        found = [finding for finding in found if finding.kind not in _ON_THE_WAY]
    return found


_ON_THE_WAY = (MISSING, PARTIAL, ZOMBIE, PARENT_ZOMBIE, UNDESCRIBED, NO_PARENT, STATUS)


def _stray(run: Run) -> Finding:
    number = trial_number(run)
    told = run.data.tags.get(TRIAL, "nothing")
    return Finding(STRAY, number, run.info.run_id, f"says trial {told}, which the study has not")


def _of_trial(
    number: int, content: RunContent, own: Sequence[Run], parents: Mapping[str, Run]
) -> Iterator[Finding]:
    """Yield what is wrong with the runs of one ended trial."""
    active = [run for run in own if is_active(run)]
    if not active:
        digest = content.digest
        gone = [run for run in own if run.data.tags.get(MIRRORED) == digest]
        if gone:
            yield Finding(DELETED, number, gone[-1].info.run_id, "it can be restored")
        else:
            yield Finding(MISSING, number, "", content.name)
        return
    wrong = {run.info.run_id: differences(run, content) for run in active}
    kept, *others = sorted(active, key=lambda run: len(wrong[run.info.run_id]))
    for run in others:
        yield Finding(DUPLICATE, number, run.info.run_id, f"beside {kept.info.run_id}")
    for kind, detail in wrong[kept.info.run_id]:
        yield Finding(kind, number, kept.info.run_id, detail)
    if kept.data.tags.get(PARENT_RUN) not in parents:
        yield Finding(ORPHAN, number, kept.info.run_id, str(kept.data.tags.get(PARENT_RUN)))


def differences(run: Run, content: RunContent) -> list[tuple[str, str]]:
    """Return what a run has otherwise than the content says: pairs of kind and detail."""
    found: list[tuple[str, str]] = []
    status = run.info.status
    if status == "RUNNING" and content.status != "RUNNING":
        found.append((ZOMBIE, f"must be {content.status}"))
    elif status != content.status:
        found.append((STATUS, f"must be {content.status}, is {status}"))
    for kind, wanted, there in (
        (PARAMS, content.params, run.data.params),
        (METRICS, content.latest, run.data.metrics),
        (TAGS, content.tags, run.data.tags),
    ):
        wrong = sorted(name for name, value in wanted.items() if there.get(name) != value)
        if wrong:
            found.append((kind, ", ".join(wrong[:3]) + (" …" if len(wrong) > 3 else "")))
    if run.info.run_name != content.name:
        found.append((TAGS, f"its name must be {content.name!r}"))
    if not found and run.data.tags.get(MIRRORED) != content.digest:
        found.append((PARTIAL, "its last batch is missing"))
    return found


def _of_parents(study: StudyRecord, runs: Runs, *, tuned_now: bool) -> Iterator[Finding]:
    living = list(runs.living_parents.values())
    if not living:
        if study.trials:
            yield Finding(NO_PARENT, None, "", "no run of the study is left")
        return
    if not tuned_now:
        for run in living:
            if run.info.status == "RUNNING":
                yield Finding(PARENT_ZOMBIE, None, run.info.run_id, "nobody tunes the study")
    if not is_described(living[-1], study):
        what = "its metrics" if living[-1].data.tags.get(NOTE) else "its description"
        yield Finding(UNDESCRIBED, None, living[-1].info.run_id, what)


def find_missing_files(client: MlflowClient, study: StudyRecord, runs: Runs) -> list[Finding]:
    """Return the runs of ended trials that lack a file; one request a run."""
    by_trial, found = runs.by_trial, []
    for trial in study.trials:
        wanted = file_names(trial) if trial.state != RUNNING else set()
        for run in filter(is_active, by_trial.get(trial.number, []) if wanted else []):
            lost = wanted - {file.path for file in client.list_artifacts(run.info.run_id)}
            if lost:
                detail = ", ".join(sorted(lost))
                found.append(Finding(FILES, trial.number, run.info.run_id, detail))
    return found
