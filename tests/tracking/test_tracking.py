"""What a study's runs in MLflow hold, and where they are."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from support.studies import Tuned
from support.tracking_cases import nested_of, parent_of
from titan_mlopt import TUNABLE_PARAMS
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.core.trial import TrialOutcome
from titan_mlopt.tracking import run_content, store
from titan_mlopt.tracking.mirror.loop import StudyMirror
from titan_mlopt.tracking.parent_run import candles_input, missing_params
from titan_mlopt.tracking.uri import tracking_uri, without_secrets


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
    tables = {"leaderboard.csv", "results.json", "importances.json"}
    assert files == {"plots", "report.md", "report.html", "best_config"} | tables
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


def test_the_candles_are_a_dataset_that_a_change_in_the_middle_changes(tuned: Tuned) -> None:
    inputs = parent_of(MlflowClient(tuned.uri)).inputs.dataset_inputs
    (dataset,) = [one.dataset for one in inputs]
    sha256 = tuned.report.study.candles["sha256"]
    assert dataset.digest == sha256[:36]
    assert json.loads(dataset.profile)["sha256"] == sha256
    assert json.loads(dataset.profile)["count"] == 1500
    candles = sample_candles().head(1500)
    close = candles.close.copy()
    close[750] += 1e-9
    digests = [one.digest for one in (candles, replace(candles, close=close))]
    same, other = (candles_input({"sha256": digest}).dataset for digest in digests)
    assert same.digest == dataset.digest
    assert other.digest != dataset.digest


def test_only_what_did_not_complete_has_a_colour_so_that_lines_of_charts_differ(
    tuned: Tuned,
) -> None:
    study, trial = tuned.report.study, tuned.report.study.trials[0]
    gone = TrialOutcome("FAIL", "interrupted")
    of = [
        *(replace(trial, state=state) for state in ("COMPLETE", "RUNNING", "PRUNED", "FAIL")),
        replace(trial, state="FAIL", outcome=gone),
    ]
    colours = [run_content.trial_content(one, study).tags.get("mlflow.runColor") for one in of]
    assert colours == [None, None, "#e0a030", "#d04437", "#8e8e8e"]


def test_single_values_are_at_step_0_and_curves_end_with_the_final_value(tuned: Tuned) -> None:
    client, curves = MlflowClient(tuned.uri), {"accuracy", "ece", "sharpe"}
    parent = parent_of(client)
    trials = tuned.report.study.trials
    best = next(t for t in trials if t.state == "COMPLETE" and t.metric("sharpe"))
    run = nested_of(client, parent)[best.number]
    steps = {
        name: max(m.step for m in client.get_metric_history(run.info.run_id, name))
        for name in run.data.metrics
    }
    assert set(steps) > {"objective_value", "trial_number", "hits", "duration_seconds", *curves}
    final = best.metric("n_predictions")
    assert steps == {name: final if name in curves else 0 for name in steps}
    assert run.data.metrics["trial_number"] == best.number
    for name in ("total_trials", "baseline_default_accuracy", "effective_predictions"):
        (single,) = client.get_metric_history(parent.info.run_id, name)
        assert single.step == 0


def test_a_trials_run_names_the_candles_as_its_dataset(tuned: Tuned) -> None:
    client = MlflowClient(tuned.uri)
    for run in nested_of(client, parent_of(client)):
        (used,) = run.inputs.dataset_inputs
        assert used.dataset.digest == tuned.report.study.candles["sha256"][:36]


def test_settings_that_mlflow_run_wrote_under_their_options_names_are_not_written_again() -> None:
    settings = {
        "pruner_type": "median", "objective_type": "multi", "candles_path": "a b.csv", "seed": 42,
        "holdout": 0.2, "retry": True, "tracking_uri": "sqlite:///mlflow.db",
    }  # fmt: skip
    assert missing_params(settings, {}) == {
        "pruner_type": "median", "objective_type": "multi", "candles_path": "a b.csv", "seed": "42",
        "holdout": "0.2", "retry": "True",
    }  # fmt: skip
    given = {
        "pruner": "median", "objective": "accuracy", "candles": "'a b.csv'", "seed": "42",
        "holdout": "auto", "no_retry": "false",
    }  # fmt: skip
    assert missing_params(settings, given) == {"objective_type": "multi"}


def test_an_experiment_that_is_named_wins_over_that_of_mlflow_run(
    store: str, tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, told = MlflowClient(store), list[str]()
    given = client.create_run("0")
    monkeypatch.setenv("MLFLOW_RUN_ID", given.info.run_id)
    mirror = StudyMirror(
        store, replace(tuned.report.study, trials=()), "mine", tmp_path, told.append
    )
    mirror.trial_finished(tuned.report.study.trials[0])
    mirror.close("FINISHED")
    (notice,) = told
    assert notice.startswith("MLFLOW_RUN_ID: must name a run of the experiment 'mine'")
    parent = parent_of(client, "mine")
    assert len(nested_of(client, parent)) == 1
    tags = client.get_run(given.info.run_id).data.tags
    assert tags["titan_mlopt.study_run"] == parent.info.run_id


def test_a_new_experiment_says_of_which_kind_it_is_and_what_is_in_it(tuned: Tuned) -> None:
    experiment = MlflowClient(tuned.uri).get_experiment_by_name("titan_mlopt")
    assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
    assert "Studies tuned by titan_mlopt" in experiment.tags["mlflow.note.content"]


def test_names_say_sharpe_accuracy_and_the_state_when_it_is_not_complete(tuned: Tuned) -> None:
    names = [run_content.trial_name(trial) for trial in tuned.report.study.trials]
    for name, trial in zip(names, tuned.report.study.trials, strict=True):
        state = "" if trial.state == "COMPLETE" else " · pruned"
        sharpe = "" if trial.metric("sharpe") is None else r" · sharpe -?\d+\.\d"
        assert re.fullmatch(rf"trial \d{{3}}{state}{sharpe} · acc \.\d{{4}}", name)
    assert any("sharpe" in name for name in names)


def test_plain_folders_are_explained_away_and_secrets_are_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(TrackingError, match=r"use sqlite:///mlflow\.db"):
        tracking_uri("file:///tmp/mlruns")
    with pytest.raises(TrackingError, match=r"use sqlite:///mlflow\.db"):
        tracking_uri("./mlruns")
    monkeypatch.chdir(tmp_path)
    assert tracking_uri(None) == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@host:5000")
    assert tracking_uri(None) == "http://me:secret@host:5000"
    assert without_secrets(tracking_uri(None)) == "http://***@host:5000"
    assert "secret" not in store.ui_command(tracking_uri(None))


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
