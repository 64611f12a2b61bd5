"""What a study's own trials say of its choice, held against published numbers and by hand."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from types import FrameType
from typing import Any

import numpy as np
import pytest

from support.summary_cases import study, trial
from titan_mlopt.analysis.significance import statistics_metrics, study_statistics
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import FAIL, PRUNED, SECONDS_PER_YEAR, LazyRows, TrialRecord

DAY = {"interval_s": 86_400}
#: Of the published example a year has 250 days, here 365.
A_YEAR = math.sqrt(SECONDS_PER_YEAR / 86_400)


def with_blocks(one: TrialRecord, blocks: list[tuple[int, int, float, float]]) -> TrialRecord:
    assert one.outcome is not None
    return replace(one, outcome=replace(one.outcome, blocks=tuple(blocks)))


def ratio_trial(number: int, per_day: float, **more: float) -> TrialRecord:
    return trial(number, 0.5, sharpe=per_day * A_YEAR, **more)


def searched(n: int, *more: TrialRecord) -> StudyRecord:
    """A study whose n trials have ratios a day of variance .5 / 250, and no blocks."""
    away = math.sqrt(0.5 / 250 * (n - 1) / n)
    trials = [ratio_trial(i, away if i % 2 else -away) for i in range(n)]
    return study(*trials, *more, candles=DAY)


@pytest.mark.parametrize(("n", "expected"), [(100, 0.9004), (46, 0.9505)])
def test_the_deflated_sharpe_ratio_of_bailey_and_lopez_de_prado_2014_comes_out(
    n: int, expected: float
) -> None:
    chosen = ratio_trial(n, 2.5 / math.sqrt(250), skewness=-3.0, kurtosis=10.0, n_bars=1250.0)
    found = study_statistics(searched(n), chosen)
    assert found is not None
    assert found.sharpe is not None
    assert found.independent == n
    assert found.sharpe.dsr == pytest.approx(expected, abs=5e-5)


def test_pruned_trials_count_as_trials_and_failed_ones_do_not() -> None:
    chosen = ratio_trial(99, 2.5 / math.sqrt(250), skewness=-3.0, kurtosis=10.0, n_bars=1250.0)
    pruned = [trial(100 + i, state=PRUNED, accuracy=0.5) for i in range(54)]
    failed = [trial(200 + i, state=FAIL) for i in range(30)]
    found = study_statistics(searched(46, *pruned, *failed), chosen)
    assert found is not None
    assert found.sharpe is not None
    assert found.n_trials == 100
    # The spread is that of the 46; as many trials as in the published example are deflated by.
    assert found.sharpe.dsr == pytest.approx(0.9004, abs=5e-5)


def test_trials_that_all_do_the_same_are_worth_one() -> None:
    blocks = [(10, 5, 0.01 * ((i * 7) % 5), 0.001) for i in range(64)]
    same = study(*(with_blocks(trial(i, 0.5, accuracy=0.5), blocks) for i in range(5)))
    found = study_statistics(same)
    assert found is not None
    assert found.independent == pytest.approx(1.0)


def test_a_trial_that_is_better_in_each_block_is_not_overfitted() -> None:
    def hits(k: int) -> list[tuple[int, int, float, float]]:
        return [(100, k, 0.0, 0.0)] * 64

    trials = [
        with_blocks(trial(i, k / 100, accuracy=k / 100, unchanged_share=0.04), hits(k))
        for i, k in enumerate((47, 48, 60))
    ]
    found = study_statistics(study(*trials))
    assert found is not None
    assert found.overfitting is not None
    assert (found.overfitting.pbo, found.overfitting.below_baseline) == (0.0, 0.0)
    assert found.overfitting.outside == pytest.approx(0.6)
    # Unchanged closes are a miss for both sides: (1 − .04) / 2.
    assert found.overfitting.baseline == pytest.approx(0.48)
    worse = study_statistics(study(*trials[:2]))
    assert worse is not None
    assert worse.overfitting is not None
    assert worse.overfitting.below_baseline == 1.0  # .48 is not above .48


def calls_of_statistics(n_trials: int) -> int:
    """Calls of Python functions for the statistics of trials whose 64 blocks are stored as text."""
    text, trials, calls = json.dumps([(100, 50, 0.25, 0.5)] * 64), list[TrialRecord](), list[int]()
    for number in range(n_trials):
        bare = trial(number, 0.5)
        assert bare.outcome is not None
        trials.append(replace(bare, outcome=replace(bare.outcome, blocks=LazyRows(text, 4))))
    record = study(*trials)

    def count(frame: FrameType, event: str, argument: object) -> None:
        calls.append(event == "call")

    sys.setprofile(count)
    study_statistics(record)
    sys.setprofile(None)
    return sum(calls)


def test_the_blocks_of_a_trial_are_read_with_fewer_calls_than_there_are_blocks() -> None:
    assert calls_of_statistics(14) - calls_of_statistics(4) < 10 * 64


def test_hits_that_come_in_runs_are_worth_fewer_predictions() -> None:
    steady = [(100, 53, 0.0, 0.0)] * 64
    found = study_statistics(
        study(with_blocks(trial(0, 0.53, hits=3392.0, n_predictions=6400.0), steady))
    )
    assert found is not None
    assert found.accuracy is not None
    assert found.accuracy.n_effective == 6400
    low, high = wilson_interval(3392, 6400)
    assert (found.accuracy.low, found.accuracy.high) == pytest.approx((low, high))
    uneven = [(100, 33 if i % 2 else 73, 0.0, 0.0) for i in range(64)]
    runs = study_statistics(
        study(with_blocks(trial(0, 0.53, hits=3392.0, n_predictions=6400.0), uneven))
    )
    assert runs is not None
    assert runs.accuracy is not None
    # Pearson's dispersion: 64 · 20² / (.53 · .47 · 100) / 63 = 16.313.
    assert runs.accuracy.n_effective == pytest.approx(6400 / 16.313, rel=1e-4)
    assert runs.accuracy.low < low


def test_blocks_that_are_not_those_of_the_count_do_not_shrink_it() -> None:
    uneven = [(100, 33 if i % 2 else 73, 0.0, 0.0) for i in range(64)]
    found = study_statistics(
        study(with_blocks(trial(0, 0.53, hits=53.0, n_predictions=100.0), uneven))
    )
    assert found is not None
    assert found.accuracy is not None
    assert found.accuracy.n_effective == 100


def test_what_is_not_known_is_none_and_no_metric() -> None:
    assert study_statistics(study()) is None
    assert study_statistics(study(trial(0, state=PRUNED))) is None
    bare = study_statistics(study(trial(0, 0.5, accuracy=0.5)))
    assert bare is not None
    assert (bare.accuracy, bare.sharpe, bare.calibration, bare.overfitting) == (None,) * 4
    assert statistics_metrics(bare) == {"independent_trials": 1.0}


def test_a_loss_has_no_length_of_track_record_or_backtest() -> None:
    losing = ratio_trial(0, -0.1, skewness=0.0, kurtosis=3.0, n_bars=1250.0)
    found = study_statistics(study(losing, candles=DAY))
    assert found is not None
    assert found.sharpe is not None
    assert (found.sharpe.track_record, found.sharpe.backtest_years) == (None, None)
    assert found.sharpe.psr < 0.01
    assert "min_track_record_bars" not in statistics_metrics(found)


def test_the_metrics_and_the_document_have_every_number() -> None:
    chosen = ratio_trial(100, 0.2, skewness=0.0, kurtosis=3.0, n_bars=1250.0)
    found = study_statistics(searched(100, chosen), chosen)
    assert found is not None
    metrics = statistics_metrics(found)
    assert set(metrics) == {
        *("independent_trials", "psr", "dsr", "min_track_record_bars", "min_backtest_years")
    }
    document: dict[str, Any] = found.to_dict()
    assert document["sharpe"]["dsr"] == metrics["dsr"]
    assert document["trial"] == 100


@pytest.mark.slow
def test_500_trials_of_43200_bars_have_every_split() -> None:
    rng = np.random.default_rng(1)
    trials = []
    for number in range(500):
        hits, returns = rng.binomial(675, 0.5, 64), rng.normal(0, 1e-3, 64)
        metrics = {"accuracy": hits.sum() / 43_200, "hits": float(hits.sum()), "sharpe": 1.0}
        metrics |= {"n_predictions": 43_200.0, "n_bars": 43_200.0, "skewness": 0.0, "kurtosis": 3.0}
        blocks = [(675, int(k), float(r), 1e-6) for k, r in zip(hits, returns, strict=True)]
        trials.append(with_blocks(trial(number, metrics["accuracy"], **metrics), blocks))
    record = study(*trials)
    found = study_statistics(record)
    assert found is not None
    assert found.overfitting is not None
    assert found.overfitting.splits == 12_870
    assert 480 < found.independent <= 500
