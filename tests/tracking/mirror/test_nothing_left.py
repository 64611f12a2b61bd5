"""A study with nothing left to run: MLflow is asked whether it has all, and not for its runs."""

from __future__ import annotations

import gc
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric, Run

from support.studies import Tuned
from support.tracking_cases import nested_of, parent_of, tune
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.storage.studies import load_study, read_study
from titan_mlopt.tracking.mirror.loop import StudyMirror
from titan_mlopt.tracking.reconcile import METRICS, TAGS, ZOMBIE, compare, find_current, find_runs
from titan_mlopt.tracking.repair import Repair
from titan_mlopt.tracking.run_content import MIRRORED, NOTE
from titan_mlopt.tracking.study_report import StudyReport
from titan_mlopt.tracking.study_runs import open_repairer

MARK = "a mark"


@pytest.fixture
def written(store: str, tuned: Tuned, tmp_path: Path) -> str:
    """Write a study of 8 trials into the empty store, with its mark; return the store's URI."""
    study, notices = tuned.report.study, list[str]()
    mirror = StudyMirror(store, study, None, tmp_path, notices.append)
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "report.html").write_text("page")
    mirror.write_parent(study, "note", tmp_path / "page", None, mark=MARK)
    mirror.close("FINISHED")
    assert mirror.failure is None
    return store


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many runs each search of MLflow's client answers with, as they come."""
    sizes, search = list[int](), MlflowClient.search_runs

    def counted(self: MlflowClient, *args: Any, **kwargs: Any) -> Any:
        found = search(self, *args, **kwargs)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(MlflowClient, "search_runs", counted)
    return sizes


def taken_up(uri: str, study: StudyRecord, folder: Path, mark: str = MARK) -> StudyMirror:
    """Return the mirror of a study that has nothing left to run."""
    bare = replace(study, trials=())
    return StudyMirror(uri, bare, None, folder, lambda _: None, go_on=True, mark=mark)


def trial_runs(uri: str) -> list[Run]:
    client = MlflowClient(uri)
    return nested_of(client, parent_of(client))


def test_a_store_that_has_all_answers_with_the_parent_alone_and_stays_as_it_was(
    written: str, tuned: Tuned, tmp_path: Path, answers: list[int]
) -> None:
    before = [run.to_dictionary() for run in trial_runs(written)]
    answers.clear()
    mirror = taken_up(written, tuned.report.study, tmp_path)
    assert mirror.is_current(MARK)
    # The parent; runs of trials that are left running; deleted ones. Not one of the 8 runs is read.
    assert answers == [1, 0, 0]
    mirror.close("FINISHED")
    assert mirror.failure is None
    assert answers == [1, 0, 0]
    assert [run.to_dictionary() for run in trial_runs(written)] == before
    client = MlflowClient(written)
    assert parent_of(client).info.status == "FINISHED"
    assert parent_of(client).data.tags[MIRRORED] == MARK


def test_a_study_that_has_changed_since_is_compared_with_all_its_runs(
    written: str, tuned: Tuned, tmp_path: Path, answers: list[int]
) -> None:
    mirror = taken_up(written, tuned.report.study, tmp_path, mark="another mark")
    assert not mirror.is_current("another mark")
    mirror.verify(tuned.report.study)
    mirror.close("FINISHED")
    assert mirror.failure is None
    # The parent, then the parent and the 8 runs, once.
    assert answers == [1, 9]
    assert len(trial_runs(written)) == 8


def test_what_changed_between_the_two_readings_of_a_study_is_compared_too(
    written: str, tuned: Tuned, tmp_path: Path
) -> None:
    mirror = taken_up(written, tuned.report.study, tmp_path)
    assert not mirror.is_current("a mark with the champion as baseline")
    mirror.close("FINISHED")


@pytest.mark.parametrize("damage", ["deleted", "left running"])
def test_a_run_that_was_deleted_or_left_running_belies_the_mark_and_is_mended(
    written: str, tuned: Tuned, tmp_path: Path, damage: str
) -> None:
    client, study = MlflowClient(written), tuned.report.study
    hurt = trial_runs(written)[3].info.run_id
    if damage == "deleted":
        client.delete_run(hurt)
    else:
        client.update_run(hurt, status="RUNNING")
    assert find_current(client, study.uid, MARK) is None
    mirror = taken_up(written, study, tmp_path)
    assert not mirror.is_current(MARK)
    mirror.verify(study)
    mirror.close("FINISHED")
    assert client.get_run(hurt).info.status == "FINISHED"
    assert client.get_run(hurt).info.lifecycle_stage == "active"
    assert find_current(client, study.uid, MARK) is not None


def test_an_older_copy_of_a_store_or_an_earlier_parent_left_running_is_no_current_one(
    written: str, tuned: Tuned, tmp_path: Path
) -> None:
    client, uid = MlflowClient(written), tuned.report.study.uid
    parent = parent_of(client)
    tags = {name: parent.data.tags[name] for name in ("titan_mlopt.kind", "titan_mlopt.study_uid")}
    later = client.create_run(
        parent.info.experiment_id, start_time=parent.info.start_time + 1, tags=tags
    ).info.run_id
    assert find_current(client, uid, MARK) is None  # its parent was begun and has no mark yet
    client.set_tag(later, MIRRORED, "later")
    found = find_current(client, uid, "later")
    assert found is not None
    assert found.info.run_id == later
    client.update_run(parent.info.run_id, status="RUNNING")
    assert find_current(client, uid, "later") is None
    assert find_current(client, "", "later") is None


def test_a_value_that_was_changed_by_hand_is_found_by_a_comparison_alone(
    written: str, tuned: Tuned
) -> None:
    client, study = MlflowClient(written), tuned.report.study
    run = trial_runs(written)[2]
    client.log_batch(run.info.run_id, metrics=[Metric("trial_number", 77.0, 2**41, 0)])
    assert find_current(client, study.uid, MARK) is not None
    found = compare(study, find_runs(client, study.uid), tuned_now=False)
    assert [(d.kind, d.trial) for d in found if d.trial is not None] == [(METRICS, 2)]


def test_a_page_with_a_refused_run_gets_no_mark(store: str, tuned: Tuned, tmp_path: Path) -> None:
    study = tuned.report.study
    mirror = StudyMirror(store, study, None, tmp_path, lambda _: None)
    mirror.drain()
    mirror.refuse("the version", "no")
    (tmp_path / "page").mkdir()
    mirror.write_parent(study, "note", tmp_path / "page", None, mark=MARK)
    mirror.close("FINISHED")
    assert MIRRORED not in parent_of(MlflowClient(store)).data.tags


def test_the_runs_of_a_study_share_their_names_and_hold_no_object_a_metric(
    written: str, tuned: Tuned
) -> None:
    before = sum(isinstance(held, Metric) for held in gc.get_objects())
    runs = find_runs(MlflowClient(written), tuned.report.study.uid).trials
    gc.collect()
    assert sum(isinstance(held, Metric) for held in gc.get_objects()) <= before
    names = [id(name) for run in runs for part in _parts(run) for name in part]
    assert len(names) > 8 * 50  # each of 8 runs has its params, metrics and tags
    assert len(set(names)) == len({name for run in runs for part in _parts(run) for name in part})


def _parts(run: Run) -> tuple[dict[str, Any], ...]:
    return run.data.params, run.data.metrics, run.data.tags


def repaired(uri: str, tuned: Tuned) -> tuple[Repair, str]:
    """Repair the store as `doctor --repair` does; return what came of it, and the study's mark."""
    study = load_study(tuned.db, "titan_optimization")
    with open_repairer(study, read_study(study), tuned.db, uri) as repairer:
        return repairer.repair(), repairer.mark()


def test_a_repair_that_leaves_store_and_study_equal_writes_page_and_mark_once(
    written: str, tuned: Tuned, answers: list[int]
) -> None:
    client, uid = MlflowClient(written), tuned.report.study.uid
    client.set_tag(trial_runs(written)[3].info.run_id, "titan_mlopt.state", "FAIL")
    answers.clear()
    repair, mark = repaired(written, tuned)
    assert ([d.kind for d in repair.discrepancies], repair.remaining) == ([TAGS], ())
    # The parent and its 8 runs: before the repair, and once more behind it. The page came after.
    assert answers == [9, 9]
    parent = parent_of(client)
    assert parent.data.tags[MIRRORED] == mark != MARK
    assert parent.data.tags[NOTE] != "note"
    assert find_current(client, uid, mark) is not None
    answers.clear()
    assert repaired(written, tuned)[0].discrepancies == ()
    assert answers == [9]
    history = client.get_metric_history(parent.info.run_id, "total_trials")
    assert len(history) == 2  # by the mirror and the first repair: nothing is written again


def test_a_repair_after_which_a_run_still_differs_writes_no_mark(
    written: str, tuned: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, uid = MlflowClient(written), tuned.report.study.uid
    client.update_run(trial_runs(written)[3].info.run_id, status="RUNNING")
    monkeypatch.setattr(MlflowClient, "set_terminated", lambda *args, **kwargs: None)
    repair, mark = repaired(written, tuned)
    assert [d.kind for d in repair.remaining] == [ZOMBIE]
    assert parent_of(client).data.tags[MIRRORED] == MARK != mark
    assert find_current(client, uid, mark) is None


def test_the_mark_is_that_of_the_study_wherever_it_is_read_and_of_no_other(tuned: Tuned) -> None:
    def mark(record: StudyRecord, config: TunerConfig = tuned.config) -> str:
        return StudyReport(study, record, config, tuned.db, store=tuned.uri).mark

    study = load_study(tuned.db, "titan_optimization")
    record = tuned.report.study
    assert mark(read_study(study)) == mark(record)
    changed = [
        replace(record, trials=record.trials[:-1]),
        replace(record, settings={**record.settings, "n_trials": 9}),
        replace(record, baselines=record.baselines[:-1]),
        replace(record, trials=(*record.trials[:-1], replace(record.trials[-1], state="FAIL"))),
    ]
    assert len({mark(other) for other in (record, *changed)}) == 5


def test_a_tune_with_nothing_left_draws_nothing_and_one_with_other_settings_writes_it_all(
    store: str, tmp_path: Path
) -> None:
    tune(store, tmp_path, n_trials=2)
    client = MlflowClient(store)
    mark = parent_of(client).data.tags[MIRRORED]
    client.delete_tag(parent_of(client).info.run_id, MIRRORED)
    study = load_study(tmp_path / "titan.db", "titan_optimization")
    with open_repairer(study, read_study(study), tmp_path / "titan.db", store) as repairer:
        repairer.repair()  # which writes the same mark
    report = tune(store, tmp_path, n_trials=2).report
    assert report is not None
    assert (report.trials_run, report.seconds["plots"], report.mirror_failure) == (0, 0.0, None)
    assert report.links.keys() >= {"ui", "report"}
    assert parent_of(client).data.tags[MIRRORED] == mark
    shutil.rmtree(tmp_path / "mlruns", ignore_errors=True)
    changed = tune(store, tmp_path, n_trials=2, n_jobs=2).report
    assert changed is not None
    assert changed.seconds["plots"] > 0
    assert parent_of(client).data.tags[MIRRORED] != mark
