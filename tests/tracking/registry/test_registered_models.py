"""What a version is in MLflow: files first, a model with metrics to search by, tags, words."""

from __future__ import annotations

import contextlib
import json
import pickle
import shutil
import sys
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus

from support.apply_cases import (
    FORCE,
    NAME,
    TITANS,
    assert_done,
    bundle_of,
    folder_of,
    make_titan_db,
    register,
    run,
    value,
)
from support.served_cases import CONFIG, METRICS, assert_is_the_engines, frame_of, served_bundle
from support.studies import Tuned
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.report.version_page import describe_version, verdict_of
from titan_mlopt.tracking.registry.alias_history import read_moves
from titan_mlopt.tracking.registry.aliases import register_config
from titan_mlopt.tracking.registry.versions import (
    LISTED_METRICS,
    MODEL_ID,
    find_versions,
    list_versions,
    pull_bundle,
    resolve_version,
)
from titan_mlopt.tracking.store import open_client


@pytest.fixture
def client(store: str, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.setattr(sys, "path", list(sys.path))  # loading a model puts its code on it
    return open_client(store)


def new_run(client: MlflowClient, experiment: str = "0") -> str:
    return str(client.create_run(experiment).info.run_id)


# --- versions as models --------------------------------------------------------------------------


def test_a_version_is_loaded_by_its_alias_and_answers_with_the_registered_config(
    client: MlflowClient,
) -> None:
    register_config(client, NAME, new_run(client), served_bundle())
    model = mlflow.pyfunc.load_model(f"models:/{NAME}@challenger")
    candles = sample_candles(1500)
    assert_is_the_engines(model.predict(frame_of(candles)), candles, CONFIG)


def test_models_are_found_by_metric_and_lead_to_their_versions(client: MlflowClient) -> None:
    register_config(client, NAME, new_run(client), served_bundle())
    worse = served_bundle(merge_config({}), metrics={"accuracy": 0.51, "ece": 0.05})
    register_config(client, NAME, new_run(client), worse)

    def found(wanted: str) -> list[str]:
        models = client.search_logged_models(["0"], filter_string=wanted)
        assert all(model.status == LoggedModelStatus.READY for model in models)
        links = [json.loads(model.tags["mlflow.modelVersions"]) for model in models]
        assert all(link[0]["name"] == NAME for link in links)
        return sorted(str(link["version"]) for (link,) in links)

    assert found("metrics.accuracy > 0.5") == ["1", "2"]
    assert found("metrics.accuracy > 0.54") == ["1"]
    assert found("metrics.ece > 0.04 AND metrics.accuracy < 0.52") == ["2"]
    assert found("metrics.accuracy > 0.56") == []
    assert found("params.feature.fast_window = '4' AND metrics.sharpe > 3") == ["1"]


def test_a_model_has_every_metric_that_has_a_value_and_the_tuned_params(
    client: MlflowClient,
) -> None:
    run_id = new_run(client)
    register_config(client, NAME, run_id, served_bundle())
    (version,) = find_versions(client, NAME)
    model = client.get_logged_model(version.tags[MODEL_ID])
    known = {name: value for name, value in METRICS.items() if value is not None}
    assert {metric.key: metric.value for metric in model.metrics or ()} == known
    assert model.params == {"feature.fast_window": "4"}
    assert (model.source_run_id, version.run_id) == (run_id, run_id)
    outputs = client.get_run(run_id).outputs
    assert outputs is not None
    assert [output.model_id for output in outputs.model_outputs] == [model.model_id]
    metadata = mlflow.pyfunc.load_model(f"models:/{NAME}/1").metadata
    assert (metadata.model_id, metadata.run_id) == (model.model_id, run_id)


def test_the_same_config_of_the_same_study_is_uploaded_once(client: MlflowClient) -> None:
    first = register_config(client, NAME, new_run(client), served_bundle(), clock=lambda: 1.0)
    again = register_config(client, NAME, new_run(client), served_bundle(), clock=lambda: 2.0)
    assert (first.version, first.new, again.version, again.new) == ("1", True, "1", False)
    assert len(client.search_logged_models(["0"])) == 1
    (move,) = read_moves(client.get_registered_model(NAME).tags)
    assert (move.alias, move.before, move.after, move.how, move.at) == (
        *("challenger", None, "1", "register"),
        "1970-01-01T00:00:01.000+00:00",
    )


def test_the_challenger_moves_back_when_an_earlier_config_is_the_best_again(
    client: MlflowClient,
) -> None:
    other = served_bundle(merge_config({}))
    for bundle in (served_bundle(), other, served_bundle()):
        register_config(client, NAME, new_run(client), bundle)
    assert resolve_version(client, NAME, alias="challenger", version=None) == "1"
    moves = read_moves(client.get_registered_model(NAME).tags)
    assert [(move.before, move.after) for move in moves] == [(None, "1"), ("1", "2"), ("2", "1")]


def test_files_that_cannot_be_stored_leave_no_version_and_a_failed_model(
    client: MlflowClient, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    place = (tmp_path / "file" / "artifacts").as_uri()
    experiment = client.create_experiment("full", artifact_location=place)
    with pytest.raises(NotADirectoryError):
        register_config(client, NAME, new_run(client, experiment), served_bundle())
    assert find_versions(client, NAME) == []
    assert client.get_registered_model(NAME).aliases == {}
    (model,) = client.search_logged_models([experiment])
    assert model.status == LoggedModelStatus.FAILED


def test_what_a_killed_process_left_of_the_same_model_is_failed_and_other_models_are_left_alone(
    client: MlflowClient,
) -> None:
    """As after SIGKILL in the middle of the upload: the model is there and PENDING."""
    run_id, mine, other = new_run(client), served_bundle(), served_bundle(merge_config({}))
    left = {}
    for bundle in (mine, other):
        tags = {
            "titan_mlopt.config_sha256": bundle.config_sha256,
            "titan_mlopt.study_uid": bundle.manifest["study"]["uid"],
        }
        left[bundle.config_sha256] = client.create_logged_model("0", tags=tags).model_id
    register_config(client, NAME, run_id, mine)
    states = {model.model_id: model.status for model in client.search_logged_models(["0"])}
    assert states.pop(left[mine.config_sha256]) == LoggedModelStatus.FAILED
    assert states.pop(left[other.config_sha256]) == LoggedModelStatus.PENDING
    assert list(states.values()) == [LoggedModelStatus.READY]


def test_a_tunes_version_is_a_model_of_its_run_and_holds_the_runs_config(tuned: Tuned) -> None:
    client = open_client(tuned.uri)
    (version,) = find_versions(client, NAME)
    model = client.get_logged_model(version.tags[MODEL_ID])
    assert model.source_run_id == version.run_id
    folder = folder_of(client, NAME, "1")
    beside = client.download_artifacts(str(version.run_id), "best_config")
    for name in ("config.json", "params.json", "manifest.json"):
        assert (folder / name).read_bytes() == (Path(beside) / name).read_bytes()


# --- tags and words ------------------------------------------------------------------------------


def test_a_version_is_listed_from_its_tags_with_what_its_numbers_are_worth(
    client: MlflowClient,
) -> None:
    bundle = served_bundle(verdict={"decision": "CANNOT TELL"})
    register_config(client, NAME, new_run(client), bundle)
    (entry,) = list_versions(client, NAME)
    assert entry.metrics == {name: METRICS[name] for name in LISTED_METRICS}
    assert (entry.study, entry.trial, entry.verdict) == ("night", "3", "CANNOT TELL")
    assert entry.backtest == "titan_mlopt.backtest.runner:run_backtest"
    client.set_model_version_tag(NAME, "1", "titan_mlopt.ece", "about .02")
    (entry,) = list_versions(client, NAME)
    assert entry.metrics["ece"] is None


def test_the_description_says_what_the_numbers_are_worth_and_where_they_are_from(
    client: MlflowClient,
) -> None:
    span = {"first": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:00:00Z"}
    bundle = served_bundle(candles={"name": "btc.csv", "count": 1000, "sha256": "e" * 64, **span})
    register_config(client, NAME, new_run(client), bundle)
    text = find_versions(client, NAME)[0].description
    assert text == describe_version(bundle)
    # 550 of 1,000 by Wilson: .55192 / 1.00384 = .5498 ± 1.96 · √.00024846 / 1.00384 = .0308.
    assert "| accuracy | 0.5500 (n=1,000, 95 % 0.519 to 0.581) |" in text
    assert "| ECE | 0.0210 (noise floor 0.0300) |" in text
    assert "| Sharpe, annualised, before costs | 3.50 (± 16.20) |" in text
    assert "`btc.csv`, 1000 of them, `2026-01-01T00:00:00Z` to `2026-01-02T00:00:00Z`" in text
    assert "study `night`, trial 3, tuned with `titan_mlopt.backtest.runner:run_backtest`" in text
    assert bundle.config_sha256 in text
    assert "in-sample" in text
    assert "Verdict: none yet." in text


def test_names_that_markdown_would_read_stand_as_they_are_and_nothing_is_too_long() -> None:
    study = {"uid": "u", "name": "`<img src=x>`\n| **" + "x" * 9000}
    text = describe_version(served_bundle(study=study))
    assert "study ` <img src=x> | **xxx".replace("` <", "`<") in text
    assert len(text) < 5000  # what the column of MLflow's database holds


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (None, None),
        ({}, None),
        ("PROMOTE", "PROMOTE"),
        ({"decision": "KEEP CHAMPION"}, "KEEP CHAMPION"),
    ],
)
def test_a_verdict_is_a_word_or_a_decision(verdict: object, word: str | None) -> None:
    assert verdict_of({"verdict": verdict}) == word


# --- only serving executes -----------------------------------------------------------------------


class _Bait:
    """Writes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.marker,)


def bait(folder: Path, marker: Path) -> None:
    """Make everything in a version's folder that could be executed write the marker."""
    code = f"from pathlib import Path\nPath({str(marker)!r}).touch()\n"
    for path in folder.rglob("*.py"):
        path.write_text(code)
    for name in ("sitecustomize.py", "config.py", "json.py"):
        (folder / name).write_text(code)
    (folder / "python_model.pkl").write_bytes(pickle.dumps(_Bait(marker)))


def test_pull_apply_promote_and_rollback_execute_nothing_of_a_version(
    client: MlflowClient, tmp_path: Path, own_cache: None
) -> None:
    register(client.tracking_uri, tmp_path, bundle_of({**TITANS, "feature.fast_window": 3}))
    folder, marker = register(client.tracking_uri, tmp_path, bundle_of(TITANS)), tmp_path / "marker"
    bait(folder, marker)
    make_titan_db(tmp_path / "titan.db")
    assert_done(run("pull", "--version", "2", "--out", "out.json"))
    assert json.loads(Path("out.json").read_text()) == TITANS
    assert_done(run("apply", "--version", "2", "--db", "titan.db"))
    assert value(tmp_path / "titan.db", "config.feature.fast_window") == 7
    assert_done(run("versions"))
    assert_done(run("rollback"))
    assert_done(run("promote", "2", *FORCE))
    assert not marker.exists()
    with contextlib.suppress(mlflow.MlflowException):  # it is no model any more
        mlflow.pyfunc.load_model(f"models:/{NAME}@champion")
    assert marker.exists()  # the bait is good


def test_a_pull_fetches_the_three_files_alone(client: MlflowClient, tmp_path: Path) -> None:
    folder = register(client.tracking_uri, tmp_path, served_bundle())
    shutil.rmtree(folder / "code")
    (folder / "MLmodel").unlink()
    (folder / "beside").symlink_to("/nowhere")  # what fetches it fails
    assert pull_bundle(client, NAME, "1") == served_bundle()
