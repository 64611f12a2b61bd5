"""What ``titan-mlopt delete-study`` promises: all of one study, nothing of anything else."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from support.apply_cases import Dump, assert_refused, dump
from support.deletion_cases import (
    MINE,
    OTHER,
    delete,
    files,
    make_run,
    make_runs,
    make_studies,
    make_version,
    stages,
)
from support.pool_cases import PATIENCE_S
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.tracking import deletion
from titan_mlopt.tracking.shared_view import view_tag, write_view

GC = "mlflow gc --backend-store-uri {uri} --tracking-uri {uri}"


@pytest.fixture
def titan(tmp_path: Path) -> Path:
    make_studies(tmp_path / "titan.db")
    return tmp_path / "titan.db"


def without(rows: Dump, study: str) -> Dump:
    """Return the rows of a database but for those of one study, by Optuna's keys."""
    (study_id,) = [row[1] for row in rows["studies"] if row[2] == study]
    trial_ids = {row[1] for row in rows["trials"] if row[3] == study_id}
    columns = {
        "studies": (1, {study_id}),
        "study_directions": (3, {study_id}),
        "study_user_attributes": (2, {study_id}),
        "study_system_attributes": (2, {study_id}),
        "trials": (3, {study_id}),
        **dict.fromkeys(
            ("trial_params", "trial_values", "trial_intermediate_values", "trial_heartbeats"),
            (2, trial_ids),
        ),
        "trial_user_attributes": (2, trial_ids),
        "trial_system_attributes": (2, trial_ids),
    }
    return {
        table: [row for row in content if row[columns[table][0]] not in columns[table][1]]
        if table in columns
        else content
        for table, content in rows.items()
    }


# --- everything of it -----------------------------------------------------------------------------


def test_the_study_its_runs_and_their_artifacts_go_and_nothing_else(
    store: str, titan: Path
) -> None:
    mine, others = make_runs(store), make_runs(store, OTHER)
    before = dump(titan)
    assert len(without(before, "mine")["trial_params"]) == 2
    result = delete(titan, "--yes")
    assert result.exit_code == 0, result.stderr
    assert dump(titan) == without(before, "mine")
    assert stages(store) == dict.fromkeys(mine, "deleted")
    assert stages(store, OTHER) == dict.fromkeys(others, "active")
    assert files(store, mine) == []
    assert len(files(store, others)) == 2 * len(others)
    assert result.stdout.splitlines()[-3:] == [
        "deleted study mine with 3 trials",
        "deleted 5 runs in MLflow",
        "MLflow keeps the rows of deleted runs, these and any others, until you say: "
        + GC.format(uri=store),
    ]


def test_the_view_of_its_trials_goes_and_that_of_another_study_stays(
    store: str, titan: Path
) -> None:
    make_runs(store)
    client = MlflowClient(store)
    homes = [client.get_experiment_by_name(name).experiment_id for name in ("first", "second")]
    for home, uid in ((homes[0], MINE), (homes[1], MINE), (homes[0], OTHER)):
        assert write_view(client, home, uid, ())
    assert delete(titan, "--yes").exit_code == 0
    assert [set(client.get_experiment(home).tags) for home in homes] == [{view_tag(OTHER)}, set()]


def test_what_will_go_is_said_exactly(store: str, titan: Path, tmp_path: Path) -> None:
    mine = make_runs(store)
    MlflowClient(store).delete_run(mine[1])
    make_version(store, mine[0], tmp_path)
    lines = delete(titan, "--yes").stdout.splitlines()
    assert lines[0].startswith(f"study mine in {titan}: 3 trials, 20")
    assert lines[1:5] == [
        "4 runs in MLflow with their artifacts: 1 parent, 3 of trials, 1 of them deleted in MLflow "
        "already",
        f"  parent {mine[3]} second call",
        "what stays, unless --with-versions is given: 1 run, as 1 version of the registry is made "
        "of it",
        f"  titan-config version 1 (challenger) of run {mine[0]}",
    ]


def test_running_trials_are_named(store: str, titan: Path) -> None:
    study = optuna.load_study(study_name="mine", storage=open_storage(titan))
    study.ask()
    assert "  1 trial RUNNING: stop its tune first" in delete(titan, "--yes").stdout


def test_runs_that_are_deleted_already_lose_their_artifacts_too(store: str, titan: Path) -> None:
    mine, client = make_runs(store), MlflowClient(store)
    client.delete_run(mine[1])
    client.delete_experiment(client.get_run(mine[3]).info.experiment_id)
    assert delete(titan, "--yes").exit_code == 0
    assert files(store, mine) == []
    assert set(stages(store).values()) == {"deleted"}


def test_every_page_of_runs_and_experiments_is_looked_at(
    store: str, titan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "PAGE", 2)
    monkeypatch.setattr(deletion, "_EXPERIMENTS", 2)
    mine, client = make_runs(store), MlflowClient(store)
    for n in range(4):
        mine.append(make_run(client, client.create_experiment(f"e{n}"), MINE, "t", mine[0]))
    assert delete(titan, "--yes").exit_code == 0
    assert stages(store) == dict.fromkeys(mine, "deleted")


def test_what_the_parents_logged_as_models_goes_as_well(store: str, titan: Path) -> None:
    mine, client = make_runs(store), MlflowClient(store)
    home = client.get_run(mine[0]).info.experiment_id
    model = client.create_logged_model(home, name="config", source_run_id=mine[0])
    kept = client.create_logged_model(home, name="else")
    for made in (model, kept):
        place = Path(made.artifact_location)
        place.mkdir(parents=True)
        (place / "MLmodel").write_text("x")
    assert delete(titan, "--yes").exit_code == 0
    assert [m.model_id for m in client.search_logged_models([home])] == [kept.model_id]
    assert not Path(model.artifact_location).exists()
    assert (Path(kept.artifact_location) / "MLmodel").exists()


# --- versions -------------------------------------------------------------------------------------


def test_a_run_that_a_version_is_made_of_stays_and_the_version_can_be_pulled(
    store: str, titan: Path, tmp_path: Path
) -> None:
    mine = make_runs(store)
    make_version(store, mine[0], tmp_path)
    result = delete(titan, "--yes")
    assert result.exit_code == 0, result.stderr
    assert stages(store) == {run: "deleted" if run != mine[0] else "active" for run in mine}
    assert "1 run kept for titan-config version 1 (challenger)" in result.stdout
    client = MlflowClient(store, registry_uri=store)
    from titan_mlopt.tracking.registry.versions import pull_bundle

    assert pull_bundle(client, "titan-config", "1").config == {"feature.fast_window": 7}


def test_with_versions_the_version_and_its_alias_go_too(
    store: str, titan: Path, tmp_path: Path
) -> None:
    mine, others = make_runs(store), make_runs(store, OTHER)
    make_version(store, mine[0], tmp_path)
    make_version(store, others[0], tmp_path, OTHER)
    result = delete(titan, "--yes", "--with-versions")
    lines = result.stdout.splitlines()
    assert lines[4:6] == [
        "1 version of the registry with every alias",
        f"  titan-config version 1 of run {mine[0]}",
    ]
    assert "deleted 5 runs and 1 version in MLflow" in result.stdout
    assert set(stages(store).values()) == {"deleted"}
    client = MlflowClient(store, registry_uri=store)
    left = client.search_model_versions("name = 'titan-config'")
    assert [version.version for version in left] in (["2"], [2])
    assert set(client.get_registered_model("titan-config").aliases) == {"challenger"}
    told = delete(titan, "--yes", "--json", name="other")
    assert told.stderr.startswith("study other in ")  # what will go, beside the document
    assert json.loads(told.stdout) == {
        **{"study": "other", "study_uid": OTHER, "deleted": True, "trials": 2},
        **{"runs": len(others) - 1, "versions": 0, "runs_kept": 1, "runs_with_artifacts_left": 0},
    }


# --- asking, refusing -----------------------------------------------------------------------------


def test_where_nobody_can_be_asked_it_is_refused_in_one_line(store: str, titan: Path) -> None:
    mine, before = make_runs(store), dump(titan)
    assert_refused(
        delete(titan),
        "yes: must be given where nobody can be asked, got no terminal on stdin; add --yes",
    )
    assert dump(titan) == before
    assert stages(store) == dict.fromkeys(mine, "active")


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "exit_code"), [(b"n\n", 1), (b"y\n", 0), (b"\n", 1)])
def test_in_a_terminal_it_asks_and_no_is_the_default(
    store: str, titan: Path, answer: bytes, exit_code: int
) -> None:
    mine, before = make_runs(store), dump(titan)
    words = ["delete-study", "--db", str(titan), "--study-name", "mine"]
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer)
        ran = subprocess.run(
            [sys.executable, "-m", "titan_mlopt", *words],
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert ran.returncode == exit_code, ran.stderr
    assert "delete this? [y/N]:" in ran.stdout
    if exit_code:
        assert ran.stdout.endswith("nothing was deleted\n")
        assert dump(titan) == before
        assert stages(store) == dict.fromkeys(mine, "active")
    else:
        assert dump(titan) == without(before, "mine")
        assert stages(store) == dict.fromkeys(mine, "deleted")


@pytest.mark.parametrize(
    ("words", "name", "message"),
    [
        (
            ["--yes"],
            "none",
            "--study-name: must be a study of this database (mine, other), got 'non",
        ),
        (["--yes", "--keep-runs", "--with-versions"], "mine", "must be one of the two, got both"),
        (["--yes", "--yes=maybe"], "mine", "--yes: must be true or false, got 'maybe'"),
    ],
)
def test_what_is_wrong_is_one_line(
    store: str, titan: Path, words: list[str], name: str, message: str
) -> None:
    before = dump(titan)
    assert_refused(delete(titan, *words, name=name), message)
    assert dump(titan) == before


def test_a_study_of_another_program_is_not_ours_to_delete(store: str, titan: Path) -> None:
    plain = optuna.create_study(study_name="plain", storage=open_storage(titan))
    plain.add_trial(optuna.trial.create_trial(value=1.0))
    before = dump(titan)
    refused = "study plain: must be one of titan_mlopt's, got trials of another program"
    assert_refused(delete(titan, "--yes", name="plain"), refused)
    assert dump(titan) == before


def test_a_study_that_was_made_and_never_begun_is_deleted(store: str, titan: Path) -> None:
    before = dump(titan)
    optuna.create_study(study_name="begun", storage=open_storage(titan))
    assert delete(titan, "--yes", name="begun").exit_code == 0
    assert dump(titan) == before


# --- without MLflow, or with one that fails -------------------------------------------------------


def test_with_keep_runs_mlflow_is_left_alone(store: str, titan: Path) -> None:
    mine, before = make_runs(store), dump(titan)
    result = delete(titan, "--yes", "--keep-runs")
    assert result.exit_code == 0
    assert "MLflow is left alone" in result.stdout
    assert dump(titan) == without(before, "mine")
    assert stages(store) == dict.fromkeys(mine, "active")


def test_without_a_store_it_says_how_to_do_without(
    titan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(titan.parent)
    before = dump(titan)
    result = delete(titan, "--yes")
    assert_refused(result, "mlflow.db: must be an MLflow store that exists, got no file; tune")
    assert result.stderr.endswith(", or leave its runs alone with --keep-runs\n")
    assert dump(titan) == before
    assert delete(titan, "--yes", "--keep-runs").exit_code == 0


def test_a_deletion_that_was_interrupted_leaves_the_study_and_is_finished_by_the_next(
    store: str, titan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, before, calls = make_runs(store), dump(titan), list[str]()
    real = MlflowClient.delete_run

    def failing(self: MlflowClient, run_id: str) -> None:
        calls.append(run_id)
        if len(calls) == 3:
            raise MlflowException("database is gone")
        real(self, run_id)

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "delete_run", failing)
        assert_refused(delete(titan, "--yes"), "must answer as an MLflow store, got database is go")
    assert dump(titan) == before
    assert sorted(stages(store).values()) == ["active"] * 3 + ["deleted"] * 2
    assert {mine[0], mine[3]} <= {run for run, stage in stages(store).items() if stage == "active"}
    assert delete(titan, "--yes").exit_code == 0
    assert dump(titan) == without(before, "mine")
    assert (set(stages(store).values()), files(store, mine)) == ({"deleted"}, [])


def test_artifacts_that_cannot_be_reached_are_told_and_stop_nothing(
    store: str, titan: Path
) -> None:
    client = MlflowClient(store)
    # Artifacts behind a server, which a store that is a file does not have.
    place = client.create_experiment("served", artifact_location="mlflow-artifacts:/served")
    tags = {"titan_mlopt.study_uid": MINE, "titan_mlopt.kind": "study"}
    run_id = client.create_run(place, tags=tags).info.run_id
    result = delete(titan, "--yes")
    assert result.exit_code == 0, result.stderr
    assert "artifacts of 1 run are still there: " in result.stdout
    assert stages(store) == {run_id: "deleted"}
