"""What the mirror in MLflow promises."""

from __future__ import annotations

import json
import re
import shlex
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import mlflow
import pytest
from click.testing import CliRunner
from conftest import Tuned
from mlflow import MlflowClient
from mlflow.entities import Run

from titan_mlopt import TUNABLE_PARAMS, AutoTuner, TunerConfig
from titan_mlopt.cli import main
from titan_mlopt.errors import TrackingError
from titan_mlopt.records import Checkpoint, TrialOutcome
from titan_mlopt.sample import sample_candles
from titan_mlopt.tracking import live_runs, runs, store
from titan_mlopt.tracking.mirror import StudyMirror

QUICK: dict[str, Any] = {"limit": 700, "min_predictions": 50, "register_as": None}

NOW_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def tune(uri: str, folder: Path, **settings: Any) -> AutoTuner:
    config = TunerConfig(**{**QUICK, "tracking_uri": uri, **settings})
    tuner = AutoTuner(folder / "titan.db", config)
    with tuner:
        tuner.optimize("sample")
    return tuner


def parent_of(client: MlflowClient, experiment: str = "titan_mlopt") -> Run:
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    (parent,) = client.search_runs(
        [found.experiment_id], "tags.`titan_mlopt.kind` = 'study'", max_results=9
    )
    return parent


def nested_of(client: MlflowClient, parent: Run) -> list[Run]:
    wanted = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    found = client.search_runs([parent.info.experiment_id], wanted)
    return sorted(found, key=lambda run: int(run.data.tags["titan_mlopt.trial"]))


def test_every_trial_is_a_nested_run_with_its_params_metrics_and_tags(tuned: Tuned) -> None:
    client = MlflowClient(tuned.uri)
    nested = nested_of(client, parent_of(client))
    trials = tuned.report.study.trials
    assert len(nested) == len(trials) == 8
    for run, trial in zip(nested, trials, strict=True):
        assert run.data.params == {name: str(value) for name, value in trial.params.items()}
        assert set(run.data.params) == set(TUNABLE_PARAMS)
        assert run.data.tags["titan_mlopt.state"] == trial.state
        assert run.data.tags["titan_mlopt.study"] == "titan_optimization"
        assert run.data.tags["titan_mlopt.candles_sha256"] == tuned.report.study.candles["sha256"]
        assert run.data.tags["titan_mlopt.version"].startswith("0.")
        assert run.info.status == {"COMPLETE": "FINISHED", "PRUNED": "KILLED"}[trial.state]
        for name in ("accuracy", "ece", "n_predictions", "coverage", "brier", "max_drawdown"):
            assert run.data.metrics[name] == trial.metric(name)
        assert run.data.metrics.get("sharpe") == trial.metric("sharpe")
        assert run.data.metrics["duration_seconds"] > 0
        if trial.state == "COMPLETE":
            assert trial.values is not None
            assert run.data.metrics["objective_value"] == trial.values[0]
        assert run.info.run_name.startswith(f"trial {trial.number:03d}")


def test_checkpoints_are_a_metrics_history_over_predictions(tuned: Tuned) -> None:
    client = MlflowClient(tuned.uri)
    run = nested_of(client, parent_of(client))[0]
    outcome = tuned.report.study.trials[0].outcome
    assert outcome is not None
    history = client.get_metric_history(run.info.run_id, "accuracy")
    by_step = {metric.step: metric.value for metric in history}
    expected = {point.n_predictions: point.accuracy for point in outcome.checkpoints}
    final = outcome.metrics["n_predictions"]
    assert final is not None
    assert by_step == {**expected, int(final): outcome.metrics["accuracy"]}
    assert len(expected) >= 3


def test_a_trials_run_shows_one_small_picture(tuned: Tuned) -> None:
    client = MlflowClient(tuned.uri)
    for run in nested_of(client, parent_of(client)):
        (picture,) = client.list_artifacts(run.info.run_id)
        assert picture.path == "trial.svg"
        assert picture.file_size is not None
        assert picture.file_size < 60_000


def test_the_parent_has_the_note_the_best_metrics_and_every_file(tuned: Tuned) -> None:
    client = MlflowClient(tuned.uri)
    parent = parent_of(client)
    files = {f.path for f in client.list_artifacts(parent.info.run_id)}
    assert files == {"plots", "leaderboard.csv", "results.json", "report.md", "best_config"}
    plots = {Path(f.path).name for f in client.list_artifacts(parent.info.run_id, "plots")}
    assert plots == {
        "optimization_history.html",
        "param_importances.html",
        "parallel_coordinate.html",
        "contour.html",
        "slice.html",
        "optimization_history.svg",
        "param_importances.svg",
        "slice.svg",
    }
    best = max(t.metric("accuracy") or 0 for t in tuned.report.study.trials if t.values)
    assert parent.data.metrics["best_accuracy"] <= best
    assert parent.data.metrics["total_trials"] == 8
    assert "Best config" in parent.data.tags["mlflow.note.content"]
    assert parent.info.status == "FINISHED"
    assert parent.data.params["n_trials"] == "8"
    assert "tracking_uri" not in parent.data.params


def test_the_running_best_is_a_history_over_trials(tuned: Tuned) -> None:
    client = MlflowClient(tuned.uri)
    parent = parent_of(client)
    history = client.get_metric_history(parent.info.run_id, "best_accuracy")
    told = {metric.step: metric.value for metric in history}
    ended = sorted(tuned.report.study.trials, key=lambda t: t.finished_at or 0)
    best, expected = -1.0, dict[int, float]()
    for trial in ended:
        if trial.values and trial.state == "COMPLETE" and trial.values[0] > best:
            best = trial.values[0]
            expected[trial.number] = trial.metric("accuracy") or 0.0
    expected[7] = list(expected.values())[-1]
    assert told == expected
    assert len(told) >= 2


def test_the_candles_are_a_dataset_that_a_change_in_the_middle_changes(
    store: str, tuned: Tuned, tmp_path: Path
) -> None:
    inputs = parent_of(MlflowClient(tuned.uri)).inputs.dataset_inputs
    (dataset,) = [one.dataset for one in inputs]
    sha256 = tuned.report.study.candles["sha256"]
    assert dataset.digest == sha256[:36]
    assert json.loads(dataset.profile)["sha256"] == sha256
    assert json.loads(dataset.profile)["count"] == 1500
    candles = sample_candles(1500)
    close = candles.close.copy()
    close[750] += 1e-9
    changed = replace(candles, close=close)
    config = TunerConfig(**{**QUICK, "tracking_uri": store, "n_trials": 1, "limit": 1500})
    with AutoTuner(tmp_path / "titan.db", config) as tuner:
        tuner.optimize(changed)
    (other,) = [one.dataset for one in parent_of(MlflowClient(store)).inputs.dataset_inputs]
    assert other.digest != dataset.digest


def test_each_state_has_a_colour_of_its_own_and_interrupted_one_too(tuned: Tuned) -> None:
    study, trial = tuned.report.study, tuned.report.study.trials[0]
    gone = TrialOutcome("FAIL", "interrupted")
    of = [
        *(replace(trial, state=state) for state in ("COMPLETE", "PRUNED", "FAIL", "RUNNING")),
        replace(trial, state="FAIL", outcome=gone),
    ]
    colours = [runs.trial_content(one, study).tags["mlflow.runColor"] for one in of]
    assert len(set(colours)) == 5
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)


def test_the_run_that_mlflow_run_made_becomes_the_parent(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = MlflowClient(store)
    given = client.create_run("0")
    client.log_param(given.info.run_id, "n_trials", "'1'")
    monkeypatch.setenv("MLFLOW_RUN_ID", given.info.run_id)
    tune(store, tmp_path, n_trials=1)
    run = client.get_run(given.info.run_id)
    assert run.data.tags["titan_mlopt.kind"] == "study"
    assert run.data.params["n_trials"] == "'1'"  # as `mlflow run` wrote it
    assert len(nested_of(client, run)) == 1


def test_an_experiment_that_is_named_wins_over_that_of_mlflow_run(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = MlflowClient(store)
    given = client.create_run("0")
    monkeypatch.setenv("MLFLOW_RUN_ID", given.info.run_id)
    tune(store, tmp_path, n_trials=1, experiment="mine")
    parent = parent_of(client, "mine")
    assert len(nested_of(client, parent)) == 1
    tags = client.get_run(given.info.run_id).data.tags
    assert tags["titan_mlopt.study_run"] == parent.info.run_id


def test_failed_trials_are_failed_runs_with_the_error_as_a_file(store: str, tmp_path: Path) -> None:
    tune(store, tmp_path, n_trials=1, timeout_per_trial=0.001)
    client = MlflowClient(store)
    (run,) = nested_of(client, parent_of(client))
    assert run.info.status == "FAILED"
    assert run.data.tags["titan_mlopt.reason"] == "timeout"
    assert "failed" in run.info.run_name or "fail" in run.info.run_name
    text = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/error.txt")
    assert text.startswith("timeout: trial 0: must finish within 0.001 s")


def test_a_new_experiment_says_of_which_kind_it_is(tuned: Tuned) -> None:
    experiment = MlflowClient(tuned.uri).get_experiment_by_name("titan_mlopt")
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"


def test_a_deleted_experiment_does_not_stop_the_study_and_is_said_once(
    store: str, tmp_path: Path
) -> None:
    client = MlflowClient(store)
    client.delete_experiment(client.create_experiment("gone"))
    with pytest.warns(UserWarning, match="must not be deleted, got 'gone'") as warned:
        tuner = tune(store, tmp_path, n_trials=2, experiment="gone", register_as="x")
    assert len([w for w in warned if "must not be deleted" in str(w.message)]) == 1
    assert tuner.report is not None
    assert tuner.report.trials_run == 2
    assert tuner.report.registered is None
    assert "must not be deleted" in str(tuner.report.mirror_failure)


def test_what_mlflow_lacks_is_said_at_the_end_with_the_command_that_mends_it(
    store: str, tmp_path: Path
) -> None:
    client = MlflowClient(store)
    gone = client.create_experiment("gone")
    client.delete_experiment(gone)
    words = ["tune", "--n-trials", "1", "--limit", "700", "--experiment", "gone"]
    ended = CliRunner().invoke(main, [*words, "--study-name", "my study"])
    assert ended.exit_code == 1
    assert "MLflow has not all of it: experiment: must not be deleted, got 'gone'" in ended.stdout
    remedy = "titan-mlopt doctor --db titan.db --study-name 'my study' --repair"
    assert remedy in ended.stdout
    client.restore_experiment(gone)
    assert CliRunner().invoke(main, shlex.split(remedy)[1:]).exit_code == 0
    assert len(nested_of(client, parent_of(client, "gone"))) == 1


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
    assert mirror.parent is not None
    client = MlflowClient(store)
    (run,) = nested_of(client, client.get_run(mirror.parent.run_id))
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
    assert mirror.parent is not None
    client = MlflowClient(store)
    runs = nested_of(client, client.get_run(mirror.parent.run_id))
    assert {run.data.tags["titan_mlopt.trial"]: run.info.status for run in runs} == {
        str(earlier.number): "FINISHED",
        str(trial.number): "RUNNING",
    }
    mirror.trial_progressed(trial.number, Checkpoint(500, 600, 0.53, 0.02, None), NOW_MS)
    mirror.trial_finished(trial)
    mirror.close("FINISHED")
    assert mirror.failure is None
    assert notices == ["MLflow: 1 runs were behind the study and are mended"]
    states = {run.info.status for run in nested_of(client, client.get_run(mirror.parent.run_id))}
    assert states == {"FINISHED"}


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
    assert mirror.parent is not None
    client = MlflowClient(store)
    (run,) = nested_of(client, client.get_run(mirror.parent.run_id))
    assert run.data.metrics["sharpe"] == trial.metric("sharpe")
    steps = [metric.step for metric in client.get_metric_history(run.info.run_id, "sharpe")]
    assert steps.count(last.n_predictions) == (2 if live else 1)


def test_a_stopped_study_leaves_no_run_running(store: str, tmp_path: Path) -> None:
    class Stop:
        def trial_started(self, trial: object) -> None: ...

        def trial_progressed(self, number: int, checkpoint: object) -> None:
            raise KeyboardInterrupt

        def trial_finished(self, trial: object) -> None: ...

    config = TunerConfig(**{**QUICK, "tracking_uri": store, "n_jobs": 2})
    tuner = AutoTuner(tmp_path / "titan.db", config, listeners=[Stop()])
    with tuner, pytest.raises(KeyboardInterrupt):
        tuner.optimize("sample")
    client = MlflowClient(store)
    parent = parent_of(client)
    states = {run.info.status for run in [parent, *nested_of(client, parent)]}
    assert states == {"KILLED"}


def test_the_link_to_the_trials_finds_those_of_every_call(store: str, tmp_path: Path) -> None:
    tune(store, tmp_path, n_trials=2)
    tuner = tune(store, tmp_path, n_trials=3)
    assert tuner.report is not None
    link = urlsplit(tuner.report.links["trials"])
    (wanted,) = parse_qs(urlsplit(link.fragment).query)["searchFilter"]
    client = MlflowClient(store)
    found = client.search_runs([client.get_experiment_by_name("titan_mlopt").experiment_id], wanted)
    assert sorted(run.data.tags["titan_mlopt.trial"] for run in found) == ["0", "1", "2"]


def test_names_say_accuracy_sharpe_and_the_state_when_it_is_not_complete(tuned: Tuned) -> None:
    names = [runs.trial_name(trial) for trial in tuned.report.study.trials]
    for name, trial in zip(names, tuned.report.study.trials, strict=True):
        state = "" if trial.state == "COMPLETE" else " · pruned"
        sharpe = "" if trial.metric("sharpe") is None else r" · sharpe -?\d+\.\d"
        assert re.fullmatch(rf"trial \d{{3}}{state} · acc \.\d{{4}}{sharpe}", name)
    assert any("sharpe" in name for name in names)


def test_plain_folders_are_explained_away_and_secrets_are_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(TrackingError, match=r"use sqlite:///mlflow\.db"):
        store_uri("file:///tmp/mlruns")
    with pytest.raises(TrackingError, match=r"use sqlite:///mlflow\.db"):
        store_uri("./mlruns")
    monkeypatch.chdir(tmp_path)
    assert store_uri(None) == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@host:5000")
    assert store_uri(None) == "http://me:secret@host:5000"
    assert store.without_secrets(store_uri(None)) == "http://***@host:5000"
    assert "secret" not in store.ui_command(store_uri(None))


store_uri = store.tracking_uri


def test_the_split_of_time_names_every_part(tuned: Tuned) -> None:
    assert set(tuned.report.seconds) == {
        "sampler",
        "study",
        "trials (sum)",
        "plots",
        "mlflow (beside the trials)",
        "after the last trial",
    }
    assert json.dumps(tuned.report.links)
