"""What an export promises: the best config of a study as a file, with no MLflow about."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from support.studies import Tuned
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.cli import main
from titan_mlopt.core.parameters import DEFAULTS, merge_config


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def study(tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tuned:
    """Return the tuned study with a copy of its database in the working folder."""
    for path in tuned.folder.glob("titan.db*"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tuned


@pytest.fixture
def hopeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a study, in titan.db of the working folder, whose one trial failed."""
    monkeypatch.chdir(tmp_path)
    config = TunerConfig(
        n_trials=1, limit=700, timeout_per_trial=0.001, tracking=False, study_name="no luck"
    )
    with AutoTuner("titan.db", config) as tuner:
        tuner.optimize("sample")
    return config.study_name


def test_the_file_holds_every_key_with_the_best_trials_values(study: Tuned) -> None:
    result = run("export", "--out", "c.json")
    assert result.exit_code == 0, result.stderr
    best = best_trial(study.report.study)
    assert best is not None
    assert json.loads(Path("c.json").read_text()) == merge_config(best.params)
    assert result.stdout.startswith(f"c.json: 30 keys, trial {best.number} of study titan_")


def test_the_file_is_to_the_byte_what_the_registry_hands_out(
    study: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", study.uri)
    pulled = run("pull", "--alias", "challenger", "--out", "pulled.json")
    assert pulled.exit_code == 0, pulled.stderr
    exported = json.loads(run("export", "--json").stdout)
    content = Path("config.json").read_bytes()
    assert content == Path("pulled.json").read_bytes()
    assert exported["config_sha256"] == hashlib.sha256(content).hexdigest()
    assert exported["out"] == "config.json"


def test_mlflow_is_neither_asked_nor_made(study: Tuned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert run("export").exit_code == 0
    assert not Path("mlflow.db").exists()


def test_a_study_without_a_complete_trial_exports_nothing(hopeless: str) -> None:
    result = run("export", "--study-name", hopeless)
    assert result.exit_code == 2
    assert result.stderr == (
        "titan-mlopt: study no luck: must have a COMPLETE trial to export, got none among 1; "
        "tune on, or pass --allow-defaults\n"
    )
    assert not Path("config.json").exists()


def test_the_defaults_are_written_when_allowed_and_called_so(hopeless: str) -> None:
    result = run("export", "--study-name", hopeless, "--allow-defaults")
    assert result.exit_code == 0, result.stderr
    assert json.loads(Path("config.json").read_text()) == DEFAULTS
    assert result.stderr == (
        "study no luck has no COMPLETE trial: config.json holds production's defaults\n"
    )
    assert "the defaults, no trial of study no luck" in result.stdout
    document = json.loads(
        run("export", "--study-name", hopeless, "--allow-defaults", "--json").stdout
    )
    assert document["trial"] is None


def test_what_comes_next_can_be_pasted_into_a_shell(study: Tuned, hopeless: str) -> None:
    result = run("export", "--study-name", hopeless, "--allow-defaults")
    assert result.stdout.endswith(
        "next:\n  titan-mlopt tune --db titan.db --study-name 'no luck' --candles sample --more 100"
        " --timeout-per-trial 0.001 --limit 700 --pruner-spec-defaults\n"
    )
    best = best_trial(study.report.study)
    assert best is not None
    next_line = run("export").stdout.splitlines()[-1]
    assert next_line == (
        f"  titan-mlopt replay --db titan.db --study-name titan_optimization --trial {best.number}"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--db", "no.db"], "db: must be an existing database, got 'no.db'"),
        (["--study-name", "none such"], "must be a study of this database (titan_optimization)"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(
    study: Tuned, words: list[str], message: str
) -> None:
    result = run("export", *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
