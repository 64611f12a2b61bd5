"""Runs of trials that run, fail or are stopped, and of studies that MLflow has no place for."""

from __future__ import annotations

import shlex
import time
from dataclasses import replace
from pathlib import Path

import mlflow
import pytest
from click.testing import CliRunner
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from support.pool_cases import PATIENCE_S, eventually
from support.studies import Tuned, quick
from support.tracking_cases import QUICK, nested_of, parent_of, tune
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.cli import main
from titan_mlopt.core.trial import Checkpoint
from titan_mlopt.study.storage.studies import load_record, read_study
from titan_mlopt.tracking.mirror import live_runs, loop, mirrored_study
from titan_mlopt.tracking.mirror.client import MirrorProcess
from titan_mlopt.tracking.mirror.loop import StudyMirror
from titan_mlopt.tuning import call

NOW_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def test_failed_trials_are_failed_runs_with_the_error_as_a_file(store: str, tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=1, timeout_per_trial=0.001) as tuner:
        tuner.optimize("sample")
        study = read_study(tuner.study)
    StudyMirror(store, study, None, tmp_path, lambda notice: None).close("FINISHED")
    client = MlflowClient(store)
    (run,) = nested_of(client, parent_of(client))
    assert run.info.status == "FAILED"
    assert run.data.tags["titan_mlopt.reason"] == "timeout"
    assert "failed" in run.info.run_name or "fail" in run.info.run_name
    text = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/error.txt")
    assert text.startswith("timeout: trial 0: must finish within 0.001 s")


def test_a_deleted_experiment_does_not_stop_the_study_and_the_end_has_the_command_that_mends_it(
    store: str, tmp_path: Path
) -> None:
    client = MlflowClient(store)
    gone = client.create_experiment("gone")
    client.delete_experiment(gone)
    words = ["tune", "--n-trials", "2", "--limit", "700", "--experiment", "gone"]
    ended = CliRunner().invoke(main, [*words, "--study-name", "my study"])
    assert ended.exit_code == 1
    assert ended.stderr.count("must not be deleted, got 'gone'") == 1
    assert "MLflow has not all of it: experiment: must not be deleted, got 'gone'" in ended.stdout
    assert "registered" not in ended.stdout
    trials = load_record(tmp_path / "titan.db", "my study").trials
    assert [trial.state for trial in trials] == ["COMPLETE", "COMPLETE"]
    remedy = "titan-mlopt doctor --db titan.db --study-name 'my study' --repair"
    assert remedy in ended.stdout
    client.restore_experiment(gone)
    assert CliRunner().invoke(main, shlex.split(remedy)[1:]).exit_code == 0
    assert len(nested_of(client, parent_of(client, "gone"))) == 2


def test_a_running_trials_checkpoints_reach_its_run_before_it_ends(
    store: str, tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_runs, "_FLUSH_S", 0.0)
    trial = tuned.report.study.trials[0]
    study = replace(tuned.report.study, trials=())
    mirror = StudyMirror(store, study, None, tmp_path, pytest.fail)
    mirror.trial_started(replace(trial, state="RUNNING", outcome=None, finished_at=None))
    mirror.trial_progressed(trial.number, Checkpoint(500, 600, 0.53, 0.02, None), NOW_MS)
    mirror.drain()
    assert mirror.runs.parent is not None
    client = MlflowClient(store)
    (run,) = nested_of(client, client.get_run(mirror.runs.parent.run_id))
    assert run.info.status == "RUNNING"
    assert run.data.metrics == {"accuracy": 0.53, "ece": 0.02}
    mirror.trial_finished(trial)
    mirror.close("FINISHED")
    assert client.get_run(run.info.run_id).info.status == "FINISHED"


def test_a_trial_that_begins_while_earlier_ones_are_mended_keeps_its_run(
    store: str, tuned: Tuned, tmp_path: Path
) -> None:
    """A study that goes on: its new trial is none that an earlier call left over."""
    earlier, trial = tuned.report.study.trials[:2]
    study, notices = replace(tuned.report.study, trials=(earlier,)), list[str]()
    mirror = StudyMirror(store, study, None, tmp_path, notices.append)
    mirror.trial_started(replace(trial, state="RUNNING", outcome=None, finished_at=None))
    mirror.drain()
    assert mirror.runs.parent is not None
    client = MlflowClient(store)
    runs = nested_of(client, client.get_run(mirror.runs.parent.run_id))
    assert {run.data.tags["titan_mlopt.trial"]: run.info.status for run in runs} == {
        str(earlier.number): "FINISHED",
        str(trial.number): "RUNNING",
    }
    mirror.trial_progressed(trial.number, Checkpoint(500, 600, 0.53, 0.02, None), NOW_MS)
    mirror.trial_finished(trial)
    mirror.close("FINISHED")
    assert mirror.failure is None
    assert notices == ["MLflow: 1 runs were behind the study and are mended"]
    states = {
        run.info.status for run in nested_of(client, client.get_run(mirror.runs.parent.run_id))
    }
    assert states == {"FINISHED"}


def test_at_its_end_a_study_asks_at_once_whether_mlflow_is_back(
    store: str, tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause between two tries may be longer than what the end waits for."""
    monkeypatch.setattr(loop, "_FIRST_PAUSE_S", 1e6)
    with monkeypatch.context() as patch:

        def away(*_: object, **__: object) -> None:
            raise MlflowException("it is away")

        patch.setattr(mirrored_study, "open_client", away)
        study = replace(tuned.report.study, trials=())
        mirror = StudyMirror(store, study, None, tmp_path, lambda notice: None)
        eventually(lambda: mirror.failure)
    mirror.trial_finished(tuned.report.study.trials[0])
    mirror.close("FINISHED")
    assert mirror.failure is None
    client = MlflowClient(store)
    assert len(nested_of(client, parent_of(client))) == 1


def test_a_study_whose_page_came_too_late_is_not_called_whole(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MirrorProcess, "draining", lambda self: lambda: False)
    report = tune(store, tmp_path, n_trials=1).report
    assert report is not None
    assert report.mirror_failure == "it took the last runs too late for the study's page"
    client = MlflowClient(store)
    assert len(nested_of(client, parent_of(client))) == 1


@pytest.mark.parametrize("live", [True, False])
def test_the_end_of_a_trial_counts_more_than_a_checkpoint_at_its_last_prediction(
    store: str, tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    """Bars without a prediction follow it; of equal steps and times MLflow takes the larger."""
    monkeypatch.setattr(live_runs, "_FLUSH_S", 0.0)
    trial = next(one for one in tuned.report.study.trials if one.metric("sharpe") is not None)
    assert trial.outcome is not None
    last = Checkpoint(int(trial.metric("n_predictions") or 0), 600, 0.53, 0.02, 1e6)
    outcome = replace(trial.outcome, checkpoints=(*trial.outcome.checkpoints, last))
    trial = replace(trial, outcome=outcome)
    study = replace(tuned.report.study, trials=() if live else (trial,))
    mirror = StudyMirror(store, study, None, tmp_path, lambda notice: None)
    if live:
        mirror.trial_started(replace(trial, state="RUNNING", outcome=None, finished_at=None))
        mirror.trial_progressed(trial.number, last, NOW_MS)
        mirror.drain()
        mirror.trial_finished(replace(trial, finished_at=time.time()))
    mirror.close("FINISHED")
    assert mirror.failure is None
    assert mirror.runs.parent is not None
    client = MlflowClient(store)
    (run,) = nested_of(client, client.get_run(mirror.runs.parent.run_id))
    assert run.data.metrics["sharpe"] == trial.metric("sharpe")
    steps = [metric.step for metric in client.get_metric_history(run.info.run_id, "sharpe")]
    assert steps.count(last.n_predictions) == (2 if live else 1)


def test_a_stopped_study_leaves_no_run_running(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is not written by then is the next call's.
    monkeypatch.setattr(call, "_MIRROR_PATIENCE_S", PATIENCE_S)

    class StopRequest:
        def trial_started(self, trial: object) -> None: ...

        def trial_progressed(self, number: int, checkpoint: object) -> None:
            raise KeyboardInterrupt

        def trial_finished(self, trial: object) -> None: ...

    config = TunerConfig(**{**QUICK, "tracking_uri": store, "n_jobs": 2})
    tuner = AutoTuner(tmp_path / "titan.db", config, listeners=[StopRequest()])
    with tuner, pytest.raises(KeyboardInterrupt):
        tuner.optimize("sample")
    client = MlflowClient(store)
    parent = parent_of(client)
    states = {run.info.status for run in [parent, *nested_of(client, parent)]}
    assert states == {"KILLED"}
