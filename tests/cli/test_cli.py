"""What a person at the command line is promised."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from support.paths import ROOT
from support.studies import Tuned
from titan_mlopt.candles.candles import load_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def files_here() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tune", "--n_trials", "abc"], "--n-trials: must be a whole number >= 1, got 'abc'"),
        (["tune", "--n-trials", "0"], "--n-trials: must be a whole number >= 1, got 0"),
        (["tune", "--n-trials", "2.5"], "--n-trials: must be a whole number >= 1, got '2.5'"),
        (
            ["tune", "--n_jobs", "-2"],
            "--n-jobs: must be a whole number >= 1, or -1 for all cores, got -2",
        ),
        (
            ["tune", "--n-jobs", "0"],
            "--n-jobs: must be a whole number >= 1, or -1 for all cores, got 0",
        ),
        (["tune", "--seed", "x"], "--seed: must be a whole number"),
        (["tune", "--timeout_per_trial", "soon"], "--timeout-per-trial: must be a number >= 0"),
        (["tune", "--timeout_per_trial", "0"], "--timeout-per-trial: must be a number > 0, got 0"),
        (["tune", "--timeout-total", "nan"], "--timeout-total: must be a number >= 0, got 'nan'"),
        (["tune", "--ece-constraint", "2"], "--ece-constraint: must be a number >= 0 and <= 1"),
        (["tune", "--limit", "1"], "--limit: must be a whole number >= 2, got 1"),
        (["tune", "--min_predictions", "few"], "--min-predictions: must be a whole number"),
        (["tune", "--objective", "profit"], "--objective: must be one of accuracy, sharpe, multi"),
        (["tune", "--pruner", "mdian"], "--pruner: must be one of median, hyperband, racing, none"),
        (["tune", "--register-as", "a/b"], "--register-as: must be 1 to 200 printable"),
        (["tune", "--study-name", " "], "--study-name: must be 1 to 200 printable"),
        (["tune", "--study-name", "it's"], "--study-name: must be 1 to 200 printable characters"),
        (["tune", "--study-name", "a/b"], "without quotes and slashes"),
        (["tune", "--more", "-1"], "--more: must be a whole number >= 0, got -1"),
        (["tune", "--accuracy-weight", "-1"], "--accuracy-weight: must be a number >= 0"),
        (["tune", "--accuracy-weight=0", "--sharpe-weight=0"], "must not both be 0"),
        (["tune", "--no-retry", "maybe"], "--no-retry: must be true or false, got 'maybe'"),
        (["tune", "--frob", "1"], "No such option"),
        (["tune", "--candles", "nope.csv"], "nope.csv: must be a file"),
        (["tune", "--db", "no/such/x.db"], "no/such/x.db: must be a file in an existing folder"),
        (["report", "--db", "no.db"], "--db: must be an existing database, got 'no.db'"),
        (["pull", "--alias", "a", "--version", "1"], "--alias, --version: must be one of the two"),
        (["pull"], "--name: must be a registered config (none), got 'titan-config'"),
        (["promote", "1"], "--name: must be a registered config (none), got 'titan-config'"),
        (["promote"], "Missing argument 'VERSION'"),
        (["frob"], "No such command 'frob'"),
        (["sample", "x.doc"], "x.doc"),
    ],
)
def test_bad_input_is_one_line_that_names_it_and_exit_code_2(
    store: str, words: list[str], message: str
) -> None:
    before = files_here()
    result = run(*words)
    assert result.exit_code == 2
    assert files_here() == before
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("titan-mlopt: ")
    assert result.stdout == ""


def test_help_teaches_and_the_version_is_said() -> None:
    told = [line.rstrip() for line in run("--help").stdout.splitlines()]
    tour = told[told.index("  A first tour:") + 1 : told.index("Options:") - 1]
    assert len(tour) == 12
    assert all(line.startswith("    titan-mlopt ") for line in tour)
    assert "Stop with Ctrl-C" in run("tune", "--help").stdout
    assert run("--version").stdout.startswith("titan-mlopt, version ")


def test_more_jobs_than_cores_are_one_notice_and_minus_one_is_as_many_as_cores(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
    words = ("tune", "--n-trials", "1", "--limit", "700", "--register-as", "none", "--json")
    result = run(*words, "--n-jobs", "3")
    assert json.loads(result.stdout)["trials_run"] == 1
    assert result.stderr.count("3 trials at once on 1 cores take turns") == 1
    again = run(*words, "--n-jobs", "-1")
    assert "nothing is left to run" in again.stderr
    assert "at once" not in again.stderr


def test_the_end_says_what_came_out_and_what_to_do_next(store: str) -> None:
    result = run("tune", "--n-trials", "3", "--limit", "900", "--n-jobs", "2")
    assert result.exit_code == 0, result.stderr
    assert "accuracy" in result.stdout
    assert "95 %" in result.stdout
    assert "registered as titan-config version 1, alias challenger" in result.stdout
    assert f"mlflow server --backend-store-uri {store}" in result.stdout
    assert result.stdout.endswith(
        "version 1 cannot be judged: the study has no hold-out, so the gate could only say CANNOT "
        "TELL\na hold-out is of use from about 20,000 candles on, where it is automatic\nnext:\n"
        "  titan-mlopt report --db titan.db --study-name titan_optimization\n"
    )
    assert "\n3/3 trials, best" in result.stderr
    begins = ("drawing ", "waiting ", "registering ")
    waited = [line for line in result.stderr.splitlines() if line.startswith(begins)]
    best = re.search(r"best +trial (\d)", result.stdout)
    assert best is not None
    assert waited == [
        "drawing the plots, while MLflow takes the last runs",
        "waiting for MLflow to have all runs",
        f"registering trial {best[1]} as titan-config",
    ]
    assert "\x1b" not in result.stdout + result.stderr
    again = run("tune", "--n-trials", "3", "--limit", "900")
    assert "nothing is left to run" in again.stderr
    assert "registered before as titan-config version 1" in again.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--objective", "sharpe"], "must go on with the same objective"),
        (["--objective", "multi"], "must have the same objective"),
        (["--limit", "900"], "must go on with the same candles"),
        (["--seed", "1"], "must go on with the same seed"),
        (["--holdout", "10%"], "must go on with the same scoring"),
    ],
    ids=["objective", "objectives", "candles", "seed", "hold-out"],
)
def test_a_study_that_cannot_go_on_is_refused_before_any_word_of_progress(
    tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    shutil.copy(tuned.db, tmp_path / "titan.db")
    monkeypatch.chdir(tmp_path)
    had = ("--limit", "1500", "--min-predictions", "200", "--pruner-spec-defaults")
    result = run("tune", "--n-trials", "9", *had, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_a_script_reads_one_json_document(store: str) -> None:
    result = run("tune", "--n-trials", "2", "--limit", "900", "--json")
    document = json.loads(result.stdout)
    assert document["summary"]["total_trials"] == 2
    assert document["registered"] == {"name": "titan-config", "version": "1"}
    assert (document["verdict"], document["promotion"]) == (None, None)
    forced = run("promote", "1", "--force", "--reason", "a test").stdout
    assert "\nchampion of titan-config is version 1\n" in forced
    pulled = json.loads(run("pull", "--json", "--out", "c.json").stdout)
    assert pulled["version"] == "1"
    assert len(json.loads(Path("c.json").read_text())) == 30


def test_nothing_is_registered_when_told_so_with_options_as_mlflow_writes_them(store: str) -> None:
    result = run("tune", "--n_trials", "1", "--limit", "700", "--register_as", "none", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["registered"] is None


def test_the_report_has_every_file(tuned: Tuned, tmp_path: Path) -> None:
    result = run("report", "--db", str(tuned.db), "--out", str(tmp_path / "r"))
    assert result.exit_code == 0, result.stderr
    assert {p.name for p in (tmp_path / "r").iterdir()} == {
        *(
            "plots",
            "leaderboard.csv",
            "results.json",
            "importances.json",
            "report.md",
            "report.html",
        ),
    }
    wrong = run("report", "--db", str(tuned.db), "--study-name", "none such")
    assert wrong.exit_code == 2
    assert "must be a study of this database (titan_optimization)" in wrong.stderr


def test_the_sample_is_written_and_read_back_the_same(tmp_path: Path) -> None:
    result = run("sample", str(tmp_path / "s.csv.gz"))
    assert result.exit_code == 0, result.stderr
    assert load_candles(tmp_path / "s.csv.gz").digest == sample_candles().digest
    assert sample_candles().digest in result.stdout
    told = json.loads(run("sample", str(tmp_path / "s.csv"), "--n", "60", "--json").stdout)
    assert (told["out"], told["count"], told["gaps"]) == (str(tmp_path / "s.csv"), 60, 0)
    assert told["sha256"] == sample_candles(60).digest


def test_a_store_that_does_not_answer_is_one_line(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    result = run("pull")
    assert result.exit_code == 2
    assert "http://***@127.0.0.1:9: must answer as an MLflow store" in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.slow
def test_a_signal_stops_softly_and_the_same_command_goes_on(store: str, tmp_path: Path) -> None:
    stop_by(signal.SIGINT, tmp_path)
    result = run("tune", "--n-trials", "1", "--limit", "900", "--json")
    assert json.loads(result.stdout)["trials_run"] == 0
    assert json.loads(result.stdout)["not_due"] == "study titan_optimization has all of its trials"
    assert json.loads(result.stdout)["registered"]["version"] == "1"


def stop_by(number: signal.Signals, folder: Path) -> None:
    """Tune in ``folder`` until a trial has ended, and stop by a signal."""
    command = [sys.executable, "-m", "titan_mlopt", "tune", "--n-trials", "400", "--limit", "900"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "trials, best" in line:
                break
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=1500)
    assert process.returncode == 130, stderr
    assert "stopping: running trials get a few seconds" in stderr
    assert "stopped: no plots were drawn; nothing was registered; the same command" in stdout
    assert "drawing the plots" not in stderr
    assert "Traceback" not in stderr
