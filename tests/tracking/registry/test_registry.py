"""What the registry promises: a verified way from the best trial to production, and back."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from mlflow import MlflowClient
from mlflow.store.db import utils

from support.apply_cases import make_titan_db
from support.studies import Tuned
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.core.bundle import Bundle, build_bundle, load_bundle, save_bundle
from titan_mlopt.core.errors import ConfigError, TrackingError
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.tracking.registry.aliases import promote_version, register_config
from titan_mlopt.tracking.registry.versions import find_versions, pull_bundle, resolve_version
from titan_mlopt.tracking.store import Purpose, check_store, open_client
from titan_mlopt.tracking.uri import tracking_uri

NAME = "titan-config"


def best_of(study: StudyRecord) -> TrialRecord:
    best = best_trial(study)
    assert best is not None
    return best


@pytest.fixture
def bundle(tuned: Tuned) -> Bundle:
    return build_bundle(tuned.report.study, best_of(tuned.report.study), "c" * 40)


def run_with(client: MlflowClient, bundle: Bundle, folder: Path) -> str:
    """Return a run that has the bundle among its artifacts."""
    save_bundle(bundle, folder / "best_config")
    run = client.create_run("0")
    client.log_artifacts(run.info.run_id, str(folder / "best_config"), "best_config")
    return str(run.info.run_id)


def test_the_best_config_of_a_tune_is_version_1_with_the_alias_challenger(tuned: Tuned) -> None:
    client = open_client(tuned.uri)
    version = resolve_version(client, NAME, alias="challenger", version=None)
    assert version == "1"
    pulled = pull_bundle(client, NAME, version)
    best = best_of(tuned.report.study)
    assert pulled.params == best.params
    assert pulled.config == {**DEFAULTS, **best.params}
    manifest = pulled.manifest
    assert manifest["study"] == {"uid": tuned.report.study.uid, "name": "titan_optimization"}
    assert manifest["trial"] == best.number
    assert manifest["metrics"]["accuracy"] == best.metric("accuracy")
    assert manifest["candles"]["sha256"] == tuned.report.study.candles["sha256"]
    assert manifest["backtest"]["path"] == "titan_mlopt.backtest.runner:run_backtest"
    assert manifest["seed"] == 42
    assert manifest["schema_version"] == 1
    assert manifest["verdict"] is None
    assert set(manifest["versions"]) >= {"titan_mlopt", "python", "optuna", "lightgbm", "numba"}


def test_the_folder_holds_three_json_files_and_no_pickle(tuned: Tuned) -> None:
    client = open_client(tuned.uri)
    (version,) = find_versions(client, NAME)
    assert version.run_id is not None
    files = {Path(f.path).name for f in client.list_artifacts(version.run_id, "best_config")}
    assert files == {"config.json", "params.json", "manifest.json"}


def test_a_tune_that_changed_nothing_reuses_the_version(tuned: Tuned, tmp_path: Path) -> None:
    for name in ("titan.db", "mlflow.db"):
        shutil.copy(tuned.folder / name, tmp_path / name)
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    with AutoTuner(tmp_path / "titan.db", replace(tuned.config, tracking_uri=uri)) as tuner:
        tuner.optimize("sample")
        assert tuner.report is not None
        assert tuner.report.trials_run == 0
        assert tuner.report.registered is not None
        assert not tuner.report.registered.new
    assert [str(v.version) for v in find_versions(open_client(uri), NAME)] == ["1"]


def test_another_config_is_a_new_version_and_the_challenger_moves(
    store: str, tmp_path: Path, bundle: Bundle, tuned: Tuned
) -> None:
    client = open_client(store)
    first = register_config(client, NAME, run_with(client, bundle, tmp_path / "1"), bundle)
    trials = tuned.report.study.trials
    other = next(t for t in trials if t.params != bundle.params and t.state == "COMPLETE")
    second_bundle = build_bundle(tuned.report.study, other, None)
    run_id = run_with(client, second_bundle, tmp_path / "2")
    second = register_config(client, NAME, run_id, second_bundle)
    assert (first.version, second.version) == ("1", "2")
    assert resolve_version(client, NAME, alias="challenger", version=None) == "2"
    assert promote_version(client, NAME, "1") is None
    assert promote_version(client, NAME, "2") == "1"
    assert resolve_version(client, NAME, alias="champion", version=None) == "2"
    assert pull_bundle(client, NAME, "1") == bundle


def test_what_does_not_exist_says_what_does(tuned: Tuned) -> None:
    client = open_client(tuned.uri)
    with pytest.raises(TrackingError, match=r"has challenger \(version 1\) and version 1, got"):
        resolve_version(client, NAME, alias="champion", version=None)
    with pytest.raises(TrackingError, match="must be one of 1, got '9'"):
        resolve_version(client, NAME, alias=None, version="9")
    with pytest.raises(TrackingError, match=r"registered config \(titan-config\), got 'other'"):
        resolve_version(client, "other", alias="champion", version=None)
    with pytest.raises(TrackingError, match="must be one of 1, got 'x; DROP'"):
        promote_version(client, NAME, "x; DROP")


def test_a_config_that_was_changed_after_it_was_registered_is_refused(
    tuned: Tuned, tmp_path: Path, bundle: Bundle
) -> None:
    save_bundle(bundle, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["feature.fast_window"] = 4 if config["feature.fast_window"] != 4 else 5
    (tmp_path / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    with pytest.raises(TrackingError, match="it was changed after it was registered"):
        load_bundle(tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("manifest.json", "{}", "schema_version must be 1, got None"),
        ("manifest.json", "[]", "must hold a JSON object"),
        ("config.json", "not json", "must be JSON, got"),
        ("params.json", '{"os.system": 1}', "must be part of config.json, got other values"),
        ("params.json", '{"feature.fast_window": 99}', "must be part of config.json"),
    ],
)
def test_a_folder_that_is_no_bundle_is_refused(
    tmp_path: Path, bundle: Bundle, file: str, text: str, message: str
) -> None:
    save_bundle(bundle, tmp_path)
    (tmp_path / file).write_text(text)
    with pytest.raises((TrackingError, ConfigError), match=message):
        load_bundle(tmp_path)


def test_a_missing_file_is_said(tmp_path: Path, bundle: Bundle) -> None:
    save_bundle(bundle, tmp_path)
    (tmp_path / "params.json").unlink()
    with pytest.raises(TrackingError, match=r"params\.json: must be a JSON file"):
        load_bundle(tmp_path)


def test_a_bundle_that_is_saved_and_loaded_is_the_same_with_types(
    tmp_path: Path, bundle: Bundle
) -> None:
    save_bundle(bundle, tmp_path)
    loaded = load_bundle(tmp_path)
    assert loaded == bundle
    assert {k: type(v) for k, v in loaded.config.items()} == {
        k: type(v) for k, v in DEFAULTS.items()
    }


# --- stores that cannot be used: MLflow itself would try for two minutes -----------------------


@pytest.fixture
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where MLflow is about to wait before it tries again to open a store."""
    waits = SimpleNamespace(sleep=lambda seconds: pytest.fail(f"MLflow waits for {seconds} s"))
    monkeypatch.setattr(utils, "time", waits)


at_once = pytest.mark.usefixtures("one_try")
needs_a_user = pytest.mark.skipif(os.geteuid() == 0, reason="root is refused nothing")


@at_once
@pytest.mark.parametrize(
    ("place", "purpose", "message"),
    [
        ("folder", "make", "must be an MLflow store, got a folder; name a file, or set"),
        ("text.db", "make", "must be a SQLite database, got another file; move the file away"),
        ("text.db", "read", "must be a SQLite database, got another file"),
        ("titan.db", "make", "must be an MLflow store, got a database of another program; name an"),
        ("titan.db", "read", "must be an MLflow store, got a database of another program"),
        ("text.db/x.db", "make", "must be in an existing folder, got none"),
        ("no/x.db", "make", "must be in an existing folder, got none; make the folder"),
        ("no/x.db", "read", "must be an MLflow store that exists, got no file; tune first"),
        ("x.db", "write", "must be an MLflow store that exists, got no file; tune first"),
        ("empty.db", "read", "must be an MLflow store, got an empty file; tune first"),
    ],
)
def test_a_store_that_cannot_be_one_is_refused_at_once(
    tmp_path: Path, place: str, purpose: Purpose, message: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.db").write_text("{}")
    (tmp_path / "empty.db").touch()
    make_titan_db(tmp_path / "titan.db")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(TrackingError, match=message) as caught:
        open_client(f"sqlite:///{tmp_path / place}", purpose)
    assert str(caught.value).startswith(f"{tmp_path / place}: ")
    assert str(caught.value).endswith(", or set MLFLOW_TRACKING_URI")
    assert sorted(tmp_path.rglob("*")) == before


@at_once
@needs_a_user
def test_a_store_that_may_only_be_read_is_read_and_not_written(store: str, tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.chmod(0o444)
    for purpose in ("write", "make"):
        with pytest.raises(TrackingError, match="must be writable, its folder too, got no permis"):
            open_client(store, purpose)
    tmp_path.chmod(0o555)
    assert open_client(store, "read").search_registered_models() == []
    with pytest.raises(TrackingError, match="must be writable, its folder too, got no permission"):
        open_client(f"sqlite:///{tmp_path / 'new.db'}")
    path.chmod(0o000)
    with pytest.raises(TrackingError, match="must be readable, got no permission"):
        open_client(store, "read")
    tmp_path.chmod(0o000)
    with pytest.raises(TrackingError, match="must be readable, got Permission denied"):
        open_client(store, "read")
    tmp_path.chmod(0o700)


def test_an_empty_file_may_become_a_store_and_others_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    check_store(f"sqlite:///{tmp_path / 'empty.db'}")
    for uri in ("http://127.0.0.1:9", "postgresql://me@127.0.0.1:9/x", "sqlite://"):
        check_store(uri, "read")


@pytest.mark.parametrize("uri", ["sqlite://mlflow.db", "sqlite://me:secret@host/x.db"])
def test_an_address_with_too_few_slashes_is_explained(uri: str) -> None:
    with pytest.raises(TrackingError, match="must be sqlite:/// and a path") as caught:
        check_store(uri)
    assert "secret" not in str(caught.value)


def test_a_tune_beside_a_broken_store_loses_no_trial_and_no_time(tmp_path: Path) -> None:
    """What it tells is what we found: MLflow, which would try for long, is not asked."""
    (tmp_path / "mlflow.db").write_text("not a database")
    uri, told = f"sqlite:///{tmp_path / 'mlflow.db'}", list[str]()
    config = TunerConfig(n_trials=1, limit=700, tracking_uri=uri)
    with AutoTuner(tmp_path / "titan.db", config, on_notice=told.append) as tuner:
        assert tuner.optimize("sample")
        assert tuner.report is not None
        assert "must be a SQLite database, got another file" in str(tuner.report.mirror_failure)
    assert len([text for text in told if "got another file; move" in text]) == 1
    assert (tmp_path / "mlflow.db").read_text() == "not a database"


def test_the_setting_that_was_wrong_is_the_one_that_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "./other")
    with pytest.raises(
        TrackingError, match=r"^tracking_uri: must be a database .* got '\./mlruns'"
    ):
        tracking_uri("./mlruns")
    with pytest.raises(TrackingError, match=r"^MLFLOW_TRACKING_URI: must be .* got '\./other'"):
        tracking_uri()


@pytest.mark.parametrize("name", ["what?", "a%20b", "100%25"])
def test_a_folder_that_would_be_misread_in_an_address_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    with pytest.raises(TrackingError, match="must have a path that a database's address can hold"):
        tracking_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////elsewhere/mlflow.db")
    assert tracking_uri() == "sqlite:////elsewhere/mlflow.db"


@pytest.mark.parametrize("name", ["a b", "#1", "100%", "50%off", "a@b:c", "ä&+;="])
def test_other_odd_folders_hold_the_store_that_is_opened(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).mkdir()
    path = shutil.move(tmp_path / "mlflow.db", tmp_path / name)
    monkeypatch.chdir(tmp_path / name)
    open_client(tracking_uri(), "write").create_registered_model("found")
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM registered_models").fetchall() == [("found",)]
    connection.close()
