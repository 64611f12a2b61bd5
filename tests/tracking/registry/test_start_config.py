"""Registered configs as the first trials of a study, and their marks in MLflow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mlflow import MlflowClient

from support.apply_cases import embedded, register
from support.tracking_cases import nested_of, parent_of
from titan_mlopt.cli.main import main
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.study.storage.studies import load_record
from titan_mlopt.tracking.registry.start_config import registered_config

NAME = "titan-config"
ONE, TWO = ({**DEFAULTS, "feature.fast_window": window} for window in (7, 9))


@pytest.fixture
def registry(store: str, tmp_path: Path) -> str:
    """Return a store with two versions, the first of which is the champion."""
    register(store, tmp_path, embedded(ONE), name=NAME)
    register(store, tmp_path, embedded(TWO), name=NAME, champion=False)
    return store


def test_the_champion_and_a_version_are_read_with_their_labels(registry: str) -> None:
    notices: list[str] = []
    assert registered_config(registry, NAME, "champion", notices.append) == (
        f"champion {NAME} v1",
        ONE,
    )
    assert registered_config(registry, NAME, "2", notices.append) == (f"{NAME} v2", TWO)
    assert notices == []


def test_without_a_store_or_a_name_there_is_no_champion(tmp_path: Path, store: str) -> None:
    missing = f"sqlite:///{tmp_path / 'none.db'}"
    for uri in (missing, store):
        assert registered_config(uri, NAME, "champion", print) is None
    assert not (tmp_path / "none.db").exists()


def test_a_version_that_is_not_there_is_refused_with_those_that_are(registry: str) -> None:
    with pytest.raises(TrackingError, match=r"^warm_start: version: must be one of 2, 1, got '3'"):
        registered_config(registry, NAME, "3", print)


def test_a_version_that_was_changed_is_refused(store: str, tmp_path: Path) -> None:
    folder = register(store, tmp_path, embedded(ONE), name=NAME)
    (folder / "config.json").write_text(json.dumps(TWO))
    with pytest.raises(TrackingError, match=r"warm_start: config\.json: its SHA-256 must be"):
        registered_config(store, NAME, "champion", print)


def tune(*words: str) -> Result:
    quick = ("--limit", "700", "--min-predictions", "50", "--register-as", NAME)
    return CliRunner().invoke(main, ["tune", *quick, *words])


@pytest.mark.slow
def test_the_command_tries_what_the_registry_names_first_and_marks_it(
    registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry)
    words = ("--n-trials", "4", "--warm-start", "champion,2", "--warm-start", "own.csv")
    Path("own.csv").write_text("feature.fast_window\n99\n")
    result = tune(*words)
    assert result.exit_code == 0, result.output
    assert "warm start: file own.csv row 1: feature.fast_window 99 to 10" in result.stderr
    sources = ["defaults", f"champion {NAME} v1", f"{NAME} v2", "file own.csv row 1"]
    trials = load_record("titan.db", "titan_optimization").trials
    assert [trial.warm_start for trial in trials] == sources
    assert [trial.params["feature.fast_window"] for trial in trials] == [5, 7, 9, 10]
    client = MlflowClient(registry)
    runs = nested_of(client, parent_of(client))
    assert [run.data.tags["titan_mlopt.warm_start"] for run in runs] == sources
    board = CliRunner().invoke(main, ["leaderboard"]).stdout
    assert board.splitlines()[0].split()[-1] == "start"
    assert all(source in board for source in sources)
    results = json.loads(CliRunner().invoke(main, ["leaderboard", "--json"]).stdout)
    assert {row["warm_start"] for row in results["trials"]} == set(sources)
    refused = tune("--n-trials", "5", "--warm-start", "champion")
    assert refused.exit_code == 2
    began = "titan_optimization began with, champion, 2, own.csv, got champion;"
    assert f"--warm-start: must be what {began}" in refused.stderr
    assert tune("--n-trials", "5", "--warm-start", "none").exit_code == 0
