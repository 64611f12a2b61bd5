"""The mirror held against the study: each kind of damage is found, mended, and stays mended."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mlflow import MlflowClient
from mlflow.entities import Run

from support.studies import Tuned, quick
from titan_mlopt.cli import main
from titan_mlopt.study.storage import lock
from titan_mlopt.tracking import reconcile
from titan_mlopt.tracking.reconcile import Runs, find_runs
from titan_mlopt.tracking.run_writer import begin_run, finish_run
from titan_mlopt.tracking.shared_view import view_tag


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture(scope="module")
def _there(
    empty_store: Path, tuned: Tuned, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mirrored]:
    """Write the finished study of 8 trials into a store of these tests' own, with its files."""
    folder = tmp_path_factory.mktemp("doctor")
    shutil.copy(empty_store, folder / "mlflow.db")
    shutil.copy(tuned.db, folder / "titan.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = run("mirror", "--to", f"sqlite:///{folder / 'mlflow.db'}")
        assert done.exit_code == 0, done.output
        yield Mirrored(f"sqlite:///{folder / 'mlflow.db'}", tuned, folder)


@pytest.fixture
def here(_there: Mirrored, monkeypatch: pytest.MonkeyPatch) -> Mirrored:
    """Return it; each test leaves it as it found it, which is what is promised."""
    monkeypatch.chdir(_there.folder)
    return _there


class Mirrored:
    def __init__(self, uri: str, tuned: Tuned, folder: Path) -> None:
        self.client, self.study, self.folder = MlflowClient(uri), tuned.report.study, folder

    @property
    def runs(self) -> Runs:
        return find_runs(self.client, self.study.uid)

    def of(self, number: int) -> Run:
        (found,) = [r for r in self.runs.by_trial[number] if reconcile.is_active(r)]
        return found

    def id_of(self, number: int) -> str:
        return str(self.of(number).info.run_id)

    @property
    def parent(self) -> Run:
        return list(self.runs.living_parents.values())[-1]


def doctor(*words: str) -> tuple[int, list[str]]:
    done = run("doctor", "--json", *words)
    content = json.loads(done.stdout)
    assert content["left"] == [] or done.exit_code == 1
    return done.exit_code, sorted({finding["kind"] for finding in content["found"]})


def test_a_study_written_into_an_empty_store_equals_the_first_mirror(
    here: Mirrored, tuned: Tuned
) -> None:
    first = find_runs(MlflowClient(tuned.uri), tuned.report.study.uid)
    for number, (there,) in first.by_trial.items():
        assert number is not None
        made = here.of(number)
        assert made.info.run_name == there.info.run_name
        assert made.info.status == there.info.status
        assert made.data.params == there.data.params
        assert made.data.metrics == there.data.metrics
        assert abs(made.info.end_time - there.info.end_time) < 5000
        wanted = {k: v for k, v in there.data.tags.items() if k.startswith("titan_mlopt.")}
        assert {k: v for k, v in made.data.tags.items() if k in wanted} == wanted
        files = [f.path for f in here.client.list_artifacts(made.info.run_id)]
        assert files == ["trial.svg"]
    assert here.parent.info.status == "FINISHED"
    files = {f.path for f in here.client.list_artifacts(here.parent.info.run_id)}
    assert {"plots", "results.json", "report.md", "report.html", "best_config"} <= files
    again = run("mirror", "--to", f"sqlite:///{Path('mlflow.db').absolute()}")
    assert "runs are there already" in again.output
    assert sum(map(reconcile.is_active, here.runs.trials)) == 8


def zombie(it: Mirrored) -> None:
    it.client.update_run(it.id_of(0), status="RUNNING")


def trial_without_a_run(it: Mirrored) -> None:
    # Its content is damaged first, so that restoring it is no way out.
    it.client.log_metric(it.id_of(1), "accuracy", 0.99, step=10**6)
    it.client.set_tag(it.id_of(1), "titan_mlopt.mirrored", "other")
    it.client.delete_run(it.id_of(1))


def deleted_run(it: Mirrored) -> None:
    it.client.delete_run(it.id_of(2))


def run_without_a_trial(it: Mirrored) -> None:
    it.client.set_tag(it.id_of(3), "titan_mlopt.trial", "77")


def run_without_a_number(it: Mirrored) -> None:
    it.client.set_tag(it.id_of(3), "titan_mlopt.trial", "-1")


def duplicate(it: Mirrored) -> None:
    trial, parent = it.study.trials[4], reconcile_parent(it)
    run_id = begin_run(it.client, trial, it.study, parent).run_id
    finish_run(it.client, run_id, trial, it.study, Path("files"))


def wrong_status(it: Mirrored) -> None:
    it.client.set_terminated(it.id_of(5), "FAILED")


def wrong_metric(it: Mirrored) -> None:
    it.client.log_metric(it.id_of(6), "accuracy", 0.99, step=10**6)


def wrong_params(it: Mirrored) -> None:
    """Params cannot be changed in MLflow: a run of the same trial with one of them wrong."""
    trial, parent = it.study.trials[7], reconcile_parent(it)
    it.client.set_tag(it.id_of(7), "titan_mlopt.mirrored", "other")
    it.client.delete_run(it.id_of(7))
    run_id = begin_run(it.client, trial, it.study, parent).run_id
    it.client.log_param(run_id, "online.learning_rate", "7")


def wrong_tag(it: Mirrored) -> None:
    it.client.set_tag(it.id_of(0), "titan_mlopt.state", "SUPERB")


def wrong_name(it: Mirrored) -> None:
    it.client.set_tag(it.id_of(1), "mlflow.runName", "my favourite")


def unfinished_batch(it: Mirrored) -> None:
    it.client.delete_tag(it.id_of(2), "titan_mlopt.mirrored")


def missing_file(it: Mirrored) -> None:
    (Path(it.of(6).info.artifact_uri.removeprefix("file://")) / "trial.svg").unlink()


def deleted_parent(it: Mirrored) -> None:
    it.client.delete_run(it.parent.info.run_id)


def parent_of_another_name(it: Mirrored) -> None:
    it.client.set_tag(it.id_of(5), "mlflow.parentRunId", "0" * 32)


def parent_zombie(it: Mirrored) -> None:
    it.client.update_run(it.parent.info.run_id, status="RUNNING")


def parent_without_note(it: Mirrored) -> None:
    it.client.delete_tag(it.parent.info.run_id, "mlflow.note.content")


def parent_out_of_date(it: Mirrored) -> None:
    it.client.log_metric(it.parent.info.run_id, "total_trials", 3, step=10**6)


def reconcile_parent(it: Mirrored) -> Any:
    from titan_mlopt.tracking.repair import as_parent

    return as_parent(it.parent)


DAMAGE: dict[str, tuple[Callable[[Mirrored], None], ...]] = {
    reconcile.ZOMBIE: (zombie,),
    reconcile.MISSING: (trial_without_a_run, run_without_a_trial, run_without_a_number),
    reconcile.DELETED: (deleted_run,),
    reconcile.STRAY: (run_without_a_trial, run_without_a_number),
    reconcile.DUPLICATE: (duplicate,),
    reconcile.STATUS: (wrong_status,),
    reconcile.METRICS: (wrong_metric,),
    reconcile.PARAMS: (wrong_params,),
    reconcile.TAGS: (wrong_tag, wrong_name),
    reconcile.PARTIAL: (unfinished_batch,),
    reconcile.FILES: (missing_file,),
    reconcile.NO_PARENT: (deleted_parent,),
    reconcile.ORPHAN: (deleted_parent, parent_of_another_name),
    reconcile.PARENT_ZOMBIE: (parent_zombie,),
    reconcile.UNDESCRIBED: (parent_without_note, parent_out_of_date),
}


@pytest.mark.slow
@pytest.mark.parametrize("harm", dict.fromkeys(harm for harms in DAMAGE.values() for harm in harms))
def test_each_kind_of_damage_is_found_mended_and_found_no_more(
    here: Mirrored, harm: Callable[[Mirrored], None]
) -> None:
    harm(here)
    status, kinds = doctor("--files")
    assert status == 1
    assert {kind for kind, harms in DAMAGE.items() if harm in harms} <= set(kinds)
    mended = run("doctor", "--files", "--repair")
    assert mended.exit_code == 0, mended.output
    assert "repaired: MLflow has all of it right now" in mended.output
    assert doctor("--files", "--repair") == (0, [])
    assert_right(here)


def assert_right(here: Mirrored) -> None:
    """Look at MLflow without the code that mends: one run a trial, as the study has it."""
    active = [r for r in here.runs.trials if r.info.lifecycle_stage == "active"]
    assert sorted(int(r.data.tags["titan_mlopt.trial"]) for r in active) == list(range(8))
    parents = {str(r.info.run_id) for r in here.runs.living_parents.values()}
    for made in active:
        trial = here.study.trials[int(made.data.tags["titan_mlopt.trial"])]
        assert made.data.tags["mlflow.parentRunId"] in parents
        assert made.data.tags["titan_mlopt.state"] == trial.state
        assert made.info.status == {"COMPLETE": "FINISHED", "PRUNED": "KILLED"}[trial.state]
        assert made.data.params == {name: str(value) for name, value in trial.params.items()}
        for name in ("accuracy", "ece", "brier", "n_predictions"):
            assert made.data.metrics[name] == trial.metric(name)
        assert [f.path for f in here.client.list_artifacts(made.info.run_id)] == ["trial.svg"]
    for parent in here.runs.living_parents.values():
        assert parent.info.status in ("FINISHED", "KILLED")
        assert parent.data.metrics["total_trials"] == 8
        assert "Best config" in parent.data.tags["mlflow.note.content"]


def printed(told: Result) -> list[str]:
    """Return the words of the one command that an answer ends with."""
    *_, title, line = told.stdout.splitlines()
    assert title.endswith(":")
    program, *words = shlex.split(line)
    assert program == "titan-mlopt"
    return words


@pytest.mark.slow
def test_all_kinds_of_damage_at_once_are_mended_by_the_printed_command(
    here: Mirrored,
) -> None:
    for harm in (
        *(zombie, wrong_tag, trial_without_a_run, deleted_run, run_without_a_trial, duplicate),
        *(wrong_status, missing_file, wrong_metric, wrong_params, deleted_parent),
    ):
        harm(here)
    status, kinds = doctor("--files")
    assert status == 1
    assert len(kinds) >= 12, kinds
    done = run(*printed(run("doctor", "--files")))
    assert done.exit_code == 0, done.output
    assert doctor("--files", "--repair") == (0, [])
    assert_right(here)


def in_a_shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_deleted_experiment_is_restored_by_the_printed_command(here: Mirrored) -> None:
    here.client.delete_experiment(here.parent.info.experiment_id)
    told = run("doctor")
    assert told.exit_code == 1
    assert "study without a run" in told.stdout
    line = told.stdout.splitlines()[-1]
    restore, _, repair = line.partition(" && ")  # a repair alone could only be refused
    assert "mlflow experiments restore --experiment-id" in restore
    assert repair.endswith("--repair")
    done = in_a_shell(line, here.folder)
    assert done.returncode == 0, done.stderr
    assert doctor("--files") == (0, [])
    assert_right(here)


@pytest.mark.slow
def test_a_store_that_is_no_database_or_gone_is_made_anew_by_the_printed_command(
    here: Mirrored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy("titan.db", tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("mlflow.db").write_text("no database")
    refused = run("doctor")
    assert refused.exit_code == 2
    assert "got another file; move the file away" in refused.stderr
    Path("mlflow.db").rename("mlflow.db.away")
    told = run("doctor", "--repair")
    assert told.exit_code == 2
    assert not Path("mlflow.db").exists()
    program, *words = shlex.split(told.stderr.rpartition("a new one of the study: ")[2])
    assert program == "titan-mlopt"
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert doctor("--files") == (0, [])


def test_of_a_study_that_is_not_there_no_store_is_proposed(
    here: Mirrored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy("titan.db", tmp_path)
    monkeypatch.chdir(tmp_path)
    told = run("doctor", "--study-name", "none such")
    assert told.exit_code == 2
    assert "must be a study of this database (titan_optimization)" in told.stderr


def test_a_table_names_trial_damage_and_remedy(here: Mirrored) -> None:
    wrong_status(here)
    done = run("doctor")
    assert done.exit_code == 1
    assert "wrong status" in done.output
    assert "must be" in done.output
    assert "study titan_optimization: 1 wrong status" in done.output
    assert done.output.rstrip().endswith(
        "titan-mlopt doctor --db titan.db --study-name titan_optimization --repair"
    )
    assert "repaired: MLflow has all of it" in run("doctor", "--repair").output
    assert run("doctor").output == (
        "study titan_optimization: 8 trials, and MLflow has all of them right\n"
    )


def test_a_study_that_is_tuned_now_is_looked_at_and_not_repaired(here: Mirrored) -> None:
    from titan_mlopt.study.storage.sqlite import open_storage

    wrong_metric(here)
    zombie(here)
    with lock.lock_study(open_storage("titan.db"), "titan_optimization"):
        assert doctor() == (1, [reconcile.METRICS])  # what is on its way is no damage
        told = run("doctor")
        assert "\nwhen the study is tuned no more, which host " in told.stdout
        refused = run("doctor", "--repair")
    assert refused.exit_code == 2
    assert "must not be tuned while it is repaired, got host" in refused.output
    assert run(*printed(told)).exit_code == 0
    assert doctor() == (0, [])


def test_runs_of_other_studies_and_of_people_are_left_alone(here: Mirrored) -> None:
    home = here.parent.info.experiment_id
    mine = here.client.create_run(home, run_name="my own").info.run_id
    other = here.client.create_run(
        home, tags={"titan_mlopt.study_uid": "abc", "titan_mlopt.kind": "trial"}
    ).info.run_id
    here.client.set_tag(here.id_of(0), "team", "quants")
    wrong_status(here)
    assert doctor("--repair")[0] == 0
    assert here.client.get_run(mine).info.lifecycle_stage == "active"
    assert here.client.get_run(other).info.status == "RUNNING"
    assert here.of(0).data.tags["team"] == "quants"


def test_what_an_earlier_call_left_is_mended_by_the_next_and_one_that_runs_nothing_adds_no_parent(
    store: str, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"tracking": True, "tracking_uri": store, "register_as": None}
    with quick(tmp_path, n_trials=3, **settings) as tuner:
        tuner.optimize("sample")
    client, uid = MlflowClient(store), tuner.study.user_attrs["titan_mlopt.uid"]
    before = find_runs(client, uid)
    ids = {number: own[0].info.run_id for number, own in before.by_trial.items()}
    client.delete_run(ids[0])
    client.update_run(ids[1], status="RUNNING")
    notices: list[str] = []
    with quick(tmp_path, n_trials=4, **settings) as tuner:
        tuner._notice = notices.append
        tuner.optimize("sample")
    assert any("2 runs were behind the study and are mended" in text for text in notices)
    runs = find_runs(client, uid)
    assert sorted(runs.by_trial) == [0, 1, 2, 3]
    assert all(len(own) == 1 for own in runs.by_trial.values())
    assert {own[0].info.status for own in runs.by_trial.values()} <= {"FINISHED", "KILLED"}
    first, second = runs.parents
    assert second.data.tags["titan_mlopt.earlier_parents"] == first.info.run_id
    assert doctor() == (0, [])
    with quick(tmp_path, n_trials=4, **settings) as tuner:
        tuner.optimize("sample")
    parents = find_runs(client, uid).parents
    assert [parent.info.run_id for parent in parents] == [first.info.run_id, second.info.run_id]
    assert parents[-1].info.status == "FINISHED"
    assert tuner.report is not None
    experiment = client.get_experiment(second.info.experiment_id)
    wanted = json.loads(experiment.tags[view_tag(uid)])["searchFilter"]  # the trials of every call
    found = client.search_runs([experiment.experiment_id], wanted)
    active = sorted(run.data.tags["titan_mlopt.trial"] for run in found)
    assert active == ["0", "1", "2", "3"]


def test_a_study_id_that_was_tampered_with_reaches_no_filter(here: Mirrored) -> None:
    import sqlite3

    uid = here.study.uid
    with sqlite3.connect("titan.db") as db:
        db.execute(
            "UPDATE study_user_attributes SET value_json = ? WHERE key = ?",
            (json.dumps("x' OR '1'='1"), "titan_mlopt.uid"),
        )
    refused = run("doctor")
    assert refused.exit_code == 2
    assert "must have an id of letters and digits" in refused.output
    with sqlite3.connect("titan.db") as db:
        db.execute(
            "UPDATE study_user_attributes SET value_json = ? WHERE key = ?",
            (json.dumps(uid), "titan_mlopt.uid"),
        )
