"""Studies whose trials are scored on segments: what counts, what is stored, what comes again."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from click.testing import CliRunner

from support.walk_cases import (
    CANDLES,
    N_CANDLES,
    N_SCORED,
    N_SEALED,
    N_TUNED,
    QUICK_SPACE,
    Walked,
    walk_study,
    walked,
)
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.backtest.runner import segment_stats
from titan_mlopt.backtest.segments import pool_stats, walk_metrics, walk_value
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.splits import split_candles, split_segments
from titan_mlopt.cli import main
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.scoring import progress_value, scale_of
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, PRUNED, PRUNER, Checkpoint, TrialOutcome
from titan_mlopt.evaluation.replay import replay_trial
from titan_mlopt.evaluation.rerun import find_candles
from titan_mlopt.study.storage.studies import read_study

__all__ = ["walked"]  # a fixture: pytest finds it here by its name


def outcomes(study: StudyRecord) -> list[TrialOutcome]:
    return [trial.outcome for trial in study.trials if trial.outcome is not None]


# --- what counts ----------------------------------------------------------------------------------


def test_a_trial_is_what_its_segments_are_run_alone_and_pooled_to_the_bit(walked: Walked) -> None:
    trial = walked.first(COMPLETE)
    assert trial.outcome is not None
    tuning, _ = split_candles(CANDLES, 0.2)
    config = merge_config({**QUICK_SPACE.fixed, **trial.params})
    segments = split_segments(tuning, 4, 750)
    parts = [segment_stats(tuning, segment, config, seed=3) for segment in segments]
    pooled = pool_stats(parts)
    walk = walk_metrics(trial.outcome.segments)
    assert trial.outcome.metrics == {**pooled.metrics(), **walk}
    assert trial.outcome.bins == pooled.plot_bins()
    assert trial.outcome.curve == pooled.curve()
    assert trial.outcome.rolling == pooled.rolling()
    assert trial.outcome.blocks == pooled.blocks()
    for score, part, segment in zip(trial.outcome.segments, parts, segments, strict=True):
        assert (score.first_bar, score.first_time) == (segment.first, segment.time)
        assert (score.bars, score.predictions, score.hits) == (
            segment.bars,
            part.total,
            part.correct,
        )
        assert (score.accuracy, score.sharpe) == (part.accuracy(), part.sharpe_ratio())
        assert score.ece == part.expected_calibration_error()


def test_metrics_are_pooled_and_the_objective_alone_is_segment_wise(walked: Walked) -> None:
    for trial in walked.study.trials:
        if trial.state != COMPLETE or trial.outcome is None:
            continue
        segments = trial.outcome.segments
        assert segments[0].first_bar == 750
        assert sum(s.bars for s in segments) == trial.metric("n_bars") == N_SCORED
        hits, n = sum(s.hits for s in segments), sum(s.predictions for s in segments)
        assert (trial.metric("hits"), trial.metric("n_predictions")) == (hits, n)
        assert trial.metric("accuracy") == pytest.approx(hits / n)
        counts = walk_value([s.accuracy or 0.0 for s in segments])
        value = counts - 0.1 * counts if trial.violated else counts
        assert trial.values == pytest.approx((value,))
        assert trial.violated == ((trial.metric("ece") or 0.0) > 0.05)


@pytest.mark.parametrize("objective", ["sharpe", "multi"])
def test_each_objective_counts_its_own_segments(tmp_path: Path, objective: str) -> None:
    settings = {"objective_type": objective, "n_trials": 2, "pruner_type": "none"}
    study = walk_study(tmp_path, "sample", limit=N_CANDLES, ece_constraint=0.0, **settings)
    for trial in study.trials:
        assert trial.outcome is not None
        sharpe = walk_value([s.sharpe or 0.0 for s in trial.outcome.segments])
        rate = walk_value([s.accuracy or 0.0 for s in trial.outcome.segments])
        # No ECE is 0: the first value loses a tenth of its size.
        expected = {"sharpe": [sharpe - 0.1 * abs(sharpe)], "multi": [0.9 * rate, sharpe]}
        assert list(trial.values or ()) == pytest.approx(expected[objective])


def test_too_few_predictions_are_counted_over_all_segments(tmp_path: Path) -> None:
    study = walk_study(tmp_path, "sample", limit=N_CANDLES, n_trials=1, min_predictions=N_SCORED)
    (trial,) = study.trials
    assert trial.outcome is not None
    assert (trial.state, trial.outcome.reason) == (PRUNED, "too_few_predictions")
    assert len(trial.outcome.segments) == 4


# --- pruning --------------------------------------------------------------------------------------


def test_a_trial_is_looked_at_after_each_segment_but_the_last(walked: Walked) -> None:
    pruned = 0
    for outcome in outcomes(walked.study):
        bars = [score.bars for score in outcome.segments]
        stopped = outcome.reason == PRUNER
        ends = [sum(bars[: k + 1]) for k in range(len(bars))]
        assert [point.step for point in outcome.checkpoints] == (ends if stopped else ends[:-1])
        assert len(bars) < 4 if stopped else len(bars) == 4
        for k, point in enumerate(outcome.checkpoints, start=1):
            so_far = walk_metrics(outcome.segments[:k])
            assert (point.walk_accuracy, point.walk_sharpe) == (
                so_far["walk_accuracy"],
                so_far["walk_sharpe"],
            )
            assert point.n_predictions == sum(s.predictions for s in outcome.segments[:k])
        pruned += stopped
    assert 0 < pruned < 8


def test_the_pruner_sees_the_objective_so_far_at_the_same_steps_for_every_trial(
    walked: Walked,
) -> None:
    study = optuna.load_study(study_name="walk", storage=f"sqlite:///{walked.db}")
    steps = set()
    for trial, outcome in zip(study.trials, outcomes(walked.study), strict=True):
        values = {point.step: point.walk_accuracy for point in outcome.checkpoints}
        assert trial.intermediate_values == values
        steps |= set(values)
    assert sorted(steps) == [332, 664, 996]  # of 1,327 bars, rounded up


def test_progress_counts_what_the_objective_counts() -> None:
    point = Checkpoint(100, 200, 0.6, 0.0, 9.0, 0.55, 4.0)
    scale = scale_of({"count": 100, "interval_s": 60}, TunerConfig())
    assert progress_value(point, "accuracy", scale) == 0.55
    assert progress_value(point, "sharpe", scale) == 4.0
    assert progress_value(point, "multi", scale) == scale.weigh(0.55, 4.0)


# --- what is stored, and comes again --------------------------------------------------------------


def test_the_study_knows_its_parts_and_how_it_scores(walked: Walked) -> None:
    tuning, sealed = split_candles(CANDLES, 0.2)
    assert sealed is not None
    study = walked.study
    assert study.candles == {**tuning.describe(), "name": "candles.csv"}
    assert study.candles["count"] == N_TUNED
    assert study.holdout == {
        **{"share": 0.2, "purged": 2},
        **{**sealed.describe(), "name": "candles.csv"},
    }
    assert study.holdout["count"] == N_SEALED
    assert study.scoring == {
        **{"ece_constraint": 0.05, "min_predictions": 100},
        **{"holdout": 0.2, "segments": 4, "warm_up": 750, "unchanged": "skip"},
    }
    assert study.openings == ()


def test_an_outcome_with_segments_survives_json(walked: Walked) -> None:
    for outcome in outcomes(walked.study):
        assert TrialOutcome.from_json(outcome.to_json()) == outcome
    plain = json.loads(outcomes(walked.study)[0].to_json())
    del plain["segments"]
    for point in plain["checkpoints"]:
        del point["walk_accuracy"], point["walk_sharpe"]
    older = TrialOutcome.from_json(json.dumps(plain))
    assert older.segments == ()
    assert older.checkpoints[0].walk_accuracy is None


@pytest.mark.parametrize("state", [COMPLETE, PRUNED])
def test_a_replay_gives_the_same_numbers_to_the_bit(walked: Walked, state: str) -> None:
    trial = walked.first(state)
    result = replay_trial(walked.study, trial.number, find_candles(walked.study, None))
    assert result.identical, result.different
    assert trial.outcome is not None
    n_segments, n_points = len(trial.outcome.segments), len(trial.outcome.checkpoints)
    assert (result.n_segments, result.n_checkpoints) == (n_segments, n_points)
    assert len(result.checkpoints) == 7 * n_points + 8 * n_segments


def test_a_replay_finds_the_part_to_tune_on_in_a_file_that_has_grown(
    walked: Walked, tmp_path: Path
) -> None:
    grown = tmp_path / "grown.csv"
    save_candles(sample_candles(), grown)
    number = walked.first(COMPLETE).number
    words = ["--db", str(walked.db), "--study", "walk", "--trial", str(number)]
    result = CliRunner().invoke(main, ["replay", *words, "--candles", str(grown)])
    assert result.exit_code == 0, result.output
    last = result.stdout.splitlines()[-1]
    assert last == "identical: 25 metrics, 3 checkpoints, 4 segments, bit for bit"


def test_a_segment_that_differs_is_named(walked: Walked) -> None:
    trial = walked.first(COMPLETE)
    assert trial.outcome is not None
    first, second, *rest = trial.outcome.segments
    off = replace(second, ece=math.nextafter(second.ece, 1))
    outcome = replace(trial.outcome, segments=(first, off, *rest))
    trials = tuple(
        replace(t, outcome=outcome) if t.number == trial.number else t for t in walked.study.trials
    )
    study = replace(walked.study, trials=trials)
    result = replay_trial(study, trial.number, find_candles(study, None))
    assert [row.name for row in result.different] == ["ece of segment 2"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"segments": 1},
            r"same scoring, segments=4, warm_up=750, got segments=none, warm_up=none",
        ),
        ({"segments": 3}, "same scoring, segments=4, got segments=3"),
        ({"holdout": 0.0}, r"same scoring, holdout=0\.2, got holdout=none"),
        ({"holdout": 0.25}, r"same scoring, holdout=0\.2, got holdout=0\.25"),
        (
            {"limit": N_CANDLES - 1},
            r"same candles, 'candles\.csv' \(SHA-256 .*, got 'candles\.csv'",
        ),
    ],
)
def test_a_study_goes_on_with_the_same_split_alone_and_says_what_differs(
    walked: Walked, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    shutil.copy(walked.db, tmp_path)
    with pytest.raises(StudyError, match=said):
        walk_study(tmp_path, walked.csv, **change)


def test_a_study_of_before_hold_outs_goes_on(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"limit": 400, "tracking": False, "space": QUICK_SPACE}
    with AutoTuner(tmp_path / "titan.db", TunerConfig(n_trials=1, **settings)) as tuner:
        tuner.optimize("sample")
        attrs = tuner.study.user_attrs
        assert attrs["titan_mlopt.scoring"] == {
            **{"ece_constraint": 0.05, "min_predictions": 100, "unchanged": "skip"}
        }
    with sqlite3.connect(tmp_path / "titan.db") as connection:
        older = "DELETE FROM study_user_attributes WHERE key IN (?, ?)"
        connection.execute(older, ("titan_mlopt.holdout", "titan_mlopt.baselines"))
    connection.close()
    with AutoTuner(tmp_path / "titan.db", TunerConfig(n_trials=2, **settings)) as tuner:
        tuner.optimize("sample")
        study = read_study(tuner.study)
    assert len(study.trials) == 2
    assert study.holdout == {}
    assert len(study.baselines) == 4


@pytest.mark.slow
def test_a_study_that_is_taken_up_again_equals_one_that_ran_through(tmp_path: Path) -> None:
    studies = []
    for name, totals in (("parts", (3, 5, 8)), ("whole", (8,))):
        (tmp_path / name).mkdir()
        for total in totals:
            study = walk_study(tmp_path / name, "sample", limit=N_CANDLES, n_trials=total)
        studies.append(
            [
                (t.params, t.state, t.values, t.outcome and (t.outcome.metrics, t.outcome.segments))
                for t in study.trials
            ]
        )
    assert studies[0] == studies[1]


# --- one run over all -----------------------------------------------------------------------------

# State, predictions, hits, checkpoints, predictions at the last one; accuracy, ece, sharpe, brier:
# first written down before there were segments, and anew when ENGINE_VERSION became 2, by a change
# of the classifier's settings alone. Another processor may round the last bit otherwise.
PLAIN = [
    (
        (COMPLETE, 426, 214, 14, 339),
        (0.5023474178403756, 0.05323508007446397, -22.823631133783643, 0.2572065806445437),
    ),
    ((PRUNED, 5, 1, 4, 5), (0.2, 0.3446352884104941, None, 0.2786870934052031)),
    (
        (COMPLETE, 506, 252, 14, 339),
        (0.4980237154150198, 0.06256267430094187, 4.510191505122267, 0.2564946950486061),
    ),
    (
        (COMPLETE, 425, 216, 14, 339),
        (0.508235294117647, 0.03278434616533426, -7.576907010359115, 0.25144594269906395),
    ),
    (
        (COMPLETE, 202, 120, 12, 148),
        (0.594059405940594, 0.044505245851855106, -9.632093484767331, 0.2431562116150961),
    ),
]


def test_a_study_in_one_piece_gives_the_numbers_that_it_always_gave(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"n_trials": 5, "limit": 900, "seed": 3, "tracking": False}
    config = TunerConfig(**settings, n_startup_trials=1, n_warmup_steps=0)
    with AutoTuner(tmp_path / "titan.db", config) as tuner:
        tuner.optimize(sample_candles(version=1))
        trials = read_study(tuner.study).trials
    for trial, (counts, values) in zip(trials, PLAIN, strict=True):
        assert trial.outcome is not None
        assert trial.outcome.segments == ()
        points = trial.outcome.checkpoints
        assert (trial.state, trial.metric("n_predictions"), trial.metric("hits")) == counts[:3]
        assert (len(points), points[-1].n_predictions) == counts[3:]
        for name, value in zip(("accuracy", "ece", "sharpe", "brier"), values, strict=True):
            assert trial.metric(name) == (value and pytest.approx(value, rel=1e-12))
        assert "walk_accuracy" not in trial.outcome.metrics
        assert points[-1].walk_accuracy is None
