"""What the registry promises: a verified way from the best trial to production, and back."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Tuned
from mlflow import MlflowClient

from titan_mlopt import AutoTuner
from titan_mlopt.bundle import Bundle, build_bundle, load_bundle, save_bundle
from titan_mlopt.errors import ConfigError, TrackingError
from titan_mlopt.params import DEFAULTS
from titan_mlopt.records import StudyRecord, TrialRecord
from titan_mlopt.report.summary import best_trial
from titan_mlopt.tracking.registry import (
    find_versions,
    promote_version,
    pull_bundle,
    register_config,
    resolve_version,
)
from titan_mlopt.tracking.store import open_client

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
    with pytest.raises(TrackingError, match=r"has challenger \(version 1\) and the versions 1"):
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
        ("config.json", "not json", "must be a JSON file"),
        ("params.json", '{"os.system": 1}', "keys must be Titan's, got 'os.system'"),
        ("params.json", '{"feature.fast_window": 99}', "must be a whole number from 3 to 10"),
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
