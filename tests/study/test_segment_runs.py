"""Studies with a hold-out and segments in MLflow: what runs hold, and that it can be held true."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient

from support.walk_cases import CANDLES, WALK, Walked, walked
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.splits import split_candles
from titan_mlopt.cli import main
from titan_mlopt.core.trial import COMPLETE, PRUNED
from titan_mlopt.study.storage.studies import read_study
from titan_mlopt.tracking.parent_run import candles_input, parent_metrics
from titan_mlopt.tracking.run_content import file_names, segments_csv, trial_content, trial_files

__all__ = ["walked"]  # a fixture: pytest finds it here by its name


@pytest.mark.parametrize("state", [COMPLETE, PRUNED])
def test_each_segment_is_a_step_of_its_metrics(walked: Walked, state: str) -> None:
    trial = walked.first(state)
    assert trial.outcome is not None
    content = trial_content(trial, walked.study)
    segments = trial.outcome.segments
    for name in ("accuracy", "ece", "sharpe", "predictions"):
        history = {m.step: m.value for m in content.metrics if m.key == f"segment_{name}"}
        assert history == {n: getattr(s, name) for n, s in enumerate(segments, start=1)}
    assert content.latest["walk_accuracy"] == trial.metric("walk_accuracy")
    assert content.latest["accuracy"] == trial.metric("accuracy")
    steps = [m.step for m in content.metrics if m.key == "accuracy"]
    n = {point.n_predictions for point in trial.outcome.checkpoints}
    assert steps == sorted(n | {int(trial.metric("n_predictions") or 0)})


def test_the_table_of_a_trial_has_a_line_for_each_segment(walked: Walked) -> None:
    trial = walked.first(COMPLETE)
    assert trial.outcome is not None
    files = trial_files(trial)
    assert set(files) == file_names(trial) == {"trial.svg", "segments.csv"}
    rows = list(csv.DictReader(io.StringIO(files["segments.csv"])))
    assert [row["segment"] for row in rows] == ["1", "2", "3", "4"]
    # Bar 750 of minutes from 2024-01-01T00:00:00Z on.
    assert (rows[0]["first_bar"], rows[0]["first_time"]) == ("750", "2024-01-01T12:30:00Z")
    for row, score in zip(rows, trial.outcome.segments, strict=True):
        assert float(row["accuracy"]) == score.accuracy
        assert int(row["hits"]) == score.hits
    silent = segments_csv([type(trial.outcome.segments[0])(0, 0, 9, 0, 0, None, 0.0, None)])
    assert silent.splitlines()[1] == "1,0,1970-01-01T00:00:00Z,9,0,0,,0.0,"


def test_the_dataset_is_the_part_to_tune_on(walked: Walked) -> None:
    tuning, _ = split_candles(CANDLES, 0.2)
    dataset = candles_input(walked.study.candles).dataset
    assert dataset.digest == tuning.digest[:36]
    assert json.loads(dataset.profile)["count"] == len(tuning)


@pytest.mark.slow
def test_a_mirrored_study_is_right_and_can_be_made_anew(store: str, tmp_path: Path) -> None:
    settings = {**WALK, "n_trials": 2, "tracking": True, "tracking_uri": store}
    with AutoTuner(tmp_path / "titan.db", TunerConfig(**settings)) as tuner:
        tuner.optimize(CANDLES)
        study = read_study(tuner.study)
    client = MlflowClient(store)
    experiments = [found.experiment_id for found in client.search_experiments()]
    (parent,) = client.search_runs(experiments, "tags.`titan_mlopt.kind` = 'study'")
    wanted = parent_metrics(study)
    assert len([name for name in wanted if name.startswith("baseline_")]) > 10
    assert {name: parent.data.metrics[name] for name in wanted} == wanted
    assert "520 candles sealed" in parent.data.tags["mlflow.note.content"]
    (given,) = parent.inputs.dataset_inputs
    assert given.dataset.digest == study.candles["sha256"][:36]
    words = ["--db", str(tmp_path / "titan.db"), "--study-name", "walk"]
    assert CliRunner().invoke(main, ["doctor", *words, "--files"]).exit_code == 0
    trials = client.search_runs(experiments, "tags.`titan_mlopt.kind` = 'trial'")
    for run in trials:
        names = {file.path for file in client.list_artifacts(run.info.run_id)}
        assert names == {"trial.svg", "segments.csv"}
    client.delete_run(parent.info.run_id)
    client.delete_run(trials[0].info.run_id)
    mended = CliRunner().invoke(main, ["doctor", *words, "--repair"])
    assert mended.exit_code == 0, mended.output
    assert CliRunner().invoke(main, ["doctor", *words, "--files"]).exit_code == 0
