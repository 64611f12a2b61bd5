"""The parent run of a study: the run of `mlflow run` where it may be, else one of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mlflow import MlflowClient

from support.studies import QUICK
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.tracking.parent_run import EARLIER
from titan_mlopt.tracking.project_run import PROJECT_RUN, STUDY_RUNS, open_parent
from titan_mlopt.tracking.store import KIND, STUDY_UID, Parent


def tags_of(uid: str) -> dict[str, str]:
    return {KIND: "study", STUDY_UID: uid, "titan_mlopt.study": f"study {uid}"}


def opened(
    client: MlflowClient, uid: str, experiment: str | None = None, **more: str
) -> tuple[Parent, list[str]]:
    """Return the parent of a study and the notices."""
    told: list[str] = []
    tags = {**tags_of(uid), **more}
    return open_parent(client, f"study {uid}", experiment, tags, told.append), told


@pytest.fixture
def client(store: str) -> MlflowClient:
    return MlflowClient(store)


@pytest.fixture
def given(client: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the run of `mlflow run`, in an experiment of its own."""
    run = client.create_run(client.create_experiment("project"), run_name="main")
    monkeypatch.setenv("MLFLOW_RUN_ID", run.info.run_id)
    return str(run.info.run_id)


def test_a_run_that_is_running_and_nobodys_is_adopted(client: MlflowClient, given: str) -> None:
    parent, told = opened(client, "a")
    assert (parent.run_id, parent.adopted, told) == (given, True, [])
    assert client.get_run(given).data.tags[STUDY_UID] == "a"
    tags = client.get_experiment(parent.experiment_id).tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert "Studies tuned by titan_mlopt" in tags["mlflow.note.content"]


def test_an_experiment_keeps_its_own_description_and_default_gets_none(
    client: MlflowClient, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = client.get_run(given).info.experiment_id
    client.set_experiment_tag(home, "mlflow.note.content", "ours")
    opened(client, "a")
    assert client.get_experiment(home).tags["mlflow.note.content"] == "ours"
    monkeypatch.setenv("MLFLOW_RUN_ID", client.create_run("0").info.run_id)
    parent, _ = opened(client, "b")
    assert parent.experiment_id == "0"
    assert client.get_experiment("0").tags == {}


def test_a_study_adopts_its_own_run_again(client: MlflowClient, given: str) -> None:
    opened(client, "a")
    parent, told = opened(client, "a", **{EARLIER: f"x,{given},y"})
    assert (parent.run_id, told) == (given, [])
    assert client.get_run(given).data.tags[EARLIER] == "x,y"  # it is not before itself


def test_the_run_of_another_study_is_left_alone_and_linked(
    client: MlflowClient, given: str
) -> None:
    opened(client, "a")
    second, told = opened(client, "b")
    third, _ = opened(client, "c")
    assert len({given, second.run_id, third.run_id}) == 3
    assert told == [
        f"MLFLOW_RUN_ID: must name a run that is RUNNING and no other study's, got {given!r}, the "
        "run of 'study a'; this study gets a run of its own"
    ]
    run = client.get_run(given)
    assert (run.data.tags[STUDY_UID], run.info.run_name) == ("a", "study a")
    assert run.data.tags[STUDY_RUNS] == f"{third.run_id},{second.run_id}"
    for parent in (second, third):
        made = client.get_run(parent.run_id)
        assert made.data.tags[PROJECT_RUN] == given
        assert made.info.experiment_id == run.info.experiment_id
        assert not parent.adopted


@pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
def test_a_foreign_run_that_has_ended_is_not_touched(
    client: MlflowClient, given: str, status: str
) -> None:
    client.set_terminated(given, status)
    before = client.get_run(given)
    parent, told = opened(client, "a")
    assert parent.run_id != given
    assert len(told) == 1
    assert f"got {given!r}, which is {status}; this study gets a run of its own" in told[0]
    after = client.get_run(given)
    assert (after.info.status, after.info.end_time) == (status, before.info.end_time)
    assert after.data.tags == before.data.tags
    made = client.get_run(parent.run_id)
    assert made.data.tags[PROJECT_RUN] == given
    assert client.get_experiment(made.info.experiment_id).name == "titan_mlopt"


@pytest.mark.parametrize("value", ["0123456789abcdef0123456789abcdef", "../../etc", "no run"])
def test_a_stale_id_is_said_and_not_followed(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", value)
    parent, told = opened(client, "a")
    assert len(told) == 1
    assert f"got {value!r}, which this store does not have; this study gets a run" in told[0]
    assert PROJECT_RUN not in client.get_run(parent.run_id).data.tags


def test_a_deleted_run_is_not_followed(client: MlflowClient, given: str) -> None:
    client.delete_run(given)
    parent, told = opened(client, "a")
    assert parent.run_id != given
    assert f"got {given!r}, which is deleted; this study" in told[0]


def test_two_studies_at_once_do_not_both_adopt_a_run(client: MlflowClient, given: str) -> None:
    """Both have seen it free; the param that only one can write decides."""
    client.log_param(given, STUDY_UID, "b")
    parent, told = opened(client, "a")
    assert parent.run_id != given
    assert f"got {given!r}, the run of another study; this study" in told[0]
    assert STUDY_UID not in client.get_run(given).data.tags


def test_an_experiment_that_is_named_says_that_the_run_is_not_followed(
    client: MlflowClient, given: str
) -> None:
    parent, told = opened(client, "a", experiment="mine")
    assert client.get_experiment_by_name("mine").experiment_id == parent.experiment_id
    assert told == [
        f"MLFLOW_RUN_ID: must name a run of the experiment 'mine', got {given!r} of 'project'; "
        "this study gets a run of its own"
    ]
    assert client.get_run(given).data.tags[STUDY_RUNS] == parent.run_id
    assert client.get_run(parent.run_id).data.tags[PROJECT_RUN] == given


@pytest.mark.slow
def test_a_script_that_tunes_two_symbols_under_mlflow_run_has_a_parent_for_each(
    store: str, client: MlflowClient, given: str, tmp_path: Path
) -> None:
    uids: list[str] = []
    told: list[str] = []
    client.log_param(given, "n_trials", "'1'")
    for symbol in ("btc", "eth"):
        config = TunerConfig(
            **{**QUICK, "tracking": True, "register_as": None, "tracking_uri": store},
            n_trials=1,
            study_name=symbol,
        )
        with AutoTuner(tmp_path / "titan.db", config, on_notice=told.append) as tuner:
            tuner.optimize("sample")
            assert tuner.report is not None
            assert tuner.report.mirror_failure is None
            uids.append(tuner.report.study.uid)
    experiment = client.get_run(given).info.experiment_id
    parents = {}
    for uid in uids:
        wanted = f"tags.`{STUDY_UID}` = '{uid}' and tags.`{KIND}` = "
        (parent,) = client.search_runs([experiment], f"{wanted}'study'")
        (trial,) = client.search_runs([experiment], f"{wanted}'trial'")
        assert trial.data.tags["mlflow.parentRunId"] == parent.info.run_id
        parents[uid] = parent
    first, second = (parents[uid] for uid in uids)
    assert (first.info.run_id, first.info.run_name) == (given, "btc")
    assert first.data.params["study_name"] == "btc"
    assert first.data.params["n_trials"] == "'1'"  # as `mlflow run` wrote it
    assert second.info.run_name == "eth"
    assert second.data.params["study_name"] == "eth"
    assert len([text for text in told if re.match("MLFLOW_RUN_ID: must name", text)]) == 1
