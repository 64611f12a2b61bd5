"""In-sample statistics of a chosen trial: standard errors, deflated Sharpe ratio, overfitting."""

from __future__ import annotations

import math
import statistics
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from titan_mlopt.analysis.luck import chance_level
from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.analysis.statistics.intervals import effective_interval, effective_n_of_blocks
from titan_mlopt.analysis.statistics.overfitting import (
    ACCURACY,
    SHARPE,
    Overfitting,
    probability_of_overfitting,
)
from titan_mlopt.analysis.statistics.sharpe import (
    deflated_sharpe_ratio,
    independent_trials,
    minimum_backtest_length,
    minimum_track_record_length,
    per_bar,
    probabilistic_sharpe_ratio,
)
from titan_mlopt.analysis.summary import metric_of, plain_json, trial_hits
from titan_mlopt.backtest.returns import Moments
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    COMPLETE,
    PRUNED,
    SECONDS_PER_YEAR,
    LazyRows,
    TrialOutcome,
    TrialRecord,
)


@dataclass(frozen=True, slots=True)
class AccuracyError:
    """The uncertainty of an accuracy.

    Attributes:
        hits: Predictions that came true.
        n: Number of predictions.
        n_effective: Effective number of independent predictions, in (0, n].
        low: Lower bound of the 95 % Wilson interval for ``n_effective``.
        high: Its upper bound.
    """

    hits: int
    n: int
    n_effective: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SharpeRisk:
    """The significance of the chosen trial's Sharpe ratio after the search.

    Attributes:
        sharpe: The annualised ratio.
        psr: Probabilistic Sharpe ratio, in [0, 1].
        dsr: Deflated Sharpe ratio, in [0, 1].
        track_record: Minimum track record length in bars, for 95 % confidence that the true ratio
            is above 0; None if the ratio is not above 0.
        backtest_years: Minimum backtest length: years of data below which luck alone finds this
            ratio; None if the ratio is not above 0.
        n_bars: Bars of the trial.
        years: Years of the trial's bars.
    """

    sharpe: float
    psr: float
    dsr: float
    track_record: float | None
    backtest_years: float | None
    n_bars: int
    years: float


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """An ECE with its noise floor: mean and 95 % quantile under perfect calibration."""

    ece: float
    noise: float
    noise_95: float


@dataclass(frozen=True, slots=True)
class StudyStatistics:
    """Statistics of one trial of a study; None for those that cannot be computed.

    Attributes:
        trial: Number of the trial.
        n_trials: Number of COMPLETE and PRUNED trials of the study.
        independent: Effective number of independent trials among them.
        accuracy: Uncertainty of the accuracy.
        sharpe: Significance of the Sharpe ratio.
        calibration: The ECE with its noise floor.
        overfitting: Probability of overfitting, over the COMPLETE trials, for the objective
            (accuracy with two objectives).
    """

    trial: int
    n_trials: int
    independent: float
    accuracy: AccuracyError | None
    sharpe: SharpeRisk | None
    calibration: CalibrationError | None
    overfitting: Overfitting | None

    def to_dict(self) -> dict[str, Any]:
        """Return all statistics as strict JSON."""
        document: dict[str, Any] = plain_json(asdict(self))
        return document


def study_statistics(
    study: StudyRecord, trial: TrialRecord | None = None
) -> StudyStatistics | None:
    """Return the statistics of a COMPLETE trial.

    The sources of the formulas are given in ``analysis.statistics``. FAILed trials do not count.
    PRUNED ones only add to the number of trials: their blocks cover other bars, so correlations,
    spread of the ratios and cross-validation use the COMPLETE ones. 500 trials take less than a
    second.

    Args:
        study: The study with all its trials.
        trial: The trial; None for the best one.

    Returns:
        The statistics, or None without a trial that has an outcome.
    """
    chosen = trial or best_trial(study)
    if chosen is None or chosen.outcome is None:
        return None
    complete = [t for t in study.trials if t.state == COMPLETE and t.outcome]
    n_trials = len(complete) + sum(t.state == PRUNED for t in study.trials)
    having, blocks = _blocks(complete)
    independent = _independent(blocks, n_trials)
    return StudyStatistics(
        trial=chosen.number,
        n_trials=n_trials,
        independent=independent,
        accuracy=_accuracy(chosen),
        sharpe=_sharpe(study, chosen, complete, independent),
        calibration=_calibration(chosen),
        overfitting=_overfitting(study, having, blocks),
    )


def statistics_metrics(stats: StudyStatistics) -> dict[str, float]:
    """Return the statistics by the names of their logged metrics, without unknown ones."""
    accuracy, sharpe, overfitting = stats.accuracy, stats.sharpe, stats.overfitting
    named: dict[str, float | None] = {
        "independent_trials": stats.independent,
        "effective_predictions": accuracy.n_effective if accuracy else None,
        "psr": sharpe.psr if sharpe else None,
        "dsr": sharpe.dsr if sharpe else None,
        "min_track_record_bars": sharpe.track_record if sharpe else None,
        "min_backtest_years": sharpe.backtest_years if sharpe else None,
        "pbo": overfitting.pbo if overfitting else None,
        "pbo_below_baseline": overfitting.below_baseline if overfitting else None,
    }
    return {name: value for name, value in named.items() if value is not None}


def _independent(blocks: np.ndarray, n_trials: int) -> float:
    """Return the effective number of all trials by the mean correlation of the COMPLETE ones."""
    n = len(blocks)
    if n < 2:
        return float(max(n_trials, 1))
    correlation = (n - independent_trials(blocks[:, :, 2])) / (n - 1)
    return correlation + (1 - correlation) * max(n_trials, n)


def _blocks(trials: list[TrialRecord]) -> tuple[list[TrialRecord], np.ndarray]:
    """Return the trials with the most common number of blocks, and these, (trials, blocks, 4)."""
    pairs = [(trial, _sums(trial.outcome)) for trial in trials if trial.outcome]
    pairs = [(trial, sums) for trial, sums in pairs if len(sums)]
    if not pairs:
        return [], np.empty((0, 0, 4))
    n_blocks = statistics.mode(len(sums) for _, sums in pairs)
    same = [(trial, sums) for trial, sums in pairs if len(sums) == n_blocks]
    return [trial for trial, _ in same], np.stack([sums for _, sums in same])


def _sums(outcome: TrialOutcome) -> np.ndarray:
    """Return the blocks of a trial, (blocks, 4)."""
    blocks = outcome.blocks
    if isinstance(blocks, LazyRows):
        with suppress(ValueError, TypeError):
            sums = np.array(parse_json(blocks.text, strict=False), np.float64)
            if sums.ndim == 2 and sums.shape[1] == 4 and np.isfinite(sums).all():
                return sums
    return np.array(tuple(blocks), np.float64).reshape(-1, 4)  # or a ``StudyError``


def _accuracy(trial: TrialRecord) -> AccuracyError | None:
    counts = trial_hits(trial)
    if counts is None or trial.outcome is None:
        return None
    hits, n = counts
    sums = _sums(trial.outcome)
    n_effective = float(n)
    # An external backtest may report counts that differ from its records.
    if int(sums[:, 0].sum()) == n and int(sums[:, 1].sum()) == hits:
        n_effective = effective_n_of_blocks(sums[:, 0], sums[:, 1])
    return AccuracyError(hits, n, n_effective, *effective_interval(hits, n, n_effective))


def _sharpe(
    study: StudyRecord, chosen: TrialRecord, complete: list[TrialRecord], independent: float
) -> SharpeRisk | None:
    names = ("sharpe", "skewness", "kurtosis", "n_bars")
    annual, skewness, kurtosis, n = (metric_of(chosen, name) for name in names)
    interval_s = float(study.candles.get("interval_s") or 0)
    if annual is None or skewness is None or kurtosis is None or not n or n < 2 or not interval_s:
        return None
    bars_per_year = SECONDS_PER_YEAR / interval_s
    moments = Moments(int(n), per_bar(annual, bars_per_year), skewness, kurtosis)
    ratios = [metric_of(trial, "sharpe") for trial in complete]
    ratios_per_bar = [per_bar(ratio, bars_per_year) for ratio in ratios if ratio is not None]
    variance = statistics.variance(ratios_per_bar) if len(ratios_per_bar) > 1 else 0.0
    bars = minimum_track_record_length(moments)
    return SharpeRisk(
        sharpe=annual,
        psr=probabilistic_sharpe_ratio(moments),
        dsr=deflated_sharpe_ratio(moments, variance, independent),
        track_record=bars if math.isfinite(bars) else None,
        backtest_years=minimum_backtest_length(independent, annual) if annual > 0 else None,
        n_bars=int(n),
        years=n / bars_per_year,
    )


def _calibration(trial: TrialRecord) -> CalibrationError | None:
    ece, noise, most = (metric_of(trial, name) for name in ("ece", "ece_noise", "ece_noise_95"))
    if ece is None or noise is None or most is None:
        return None
    return CalibrationError(ece, noise, most)


def _overfitting(
    study: StudyRecord, trials: list[TrialRecord], blocks: np.ndarray
) -> Overfitting | None:
    if len(blocks) < 2:
        return None
    metric = SHARPE if study.objective == "sharpe" else ACCURACY
    n_bars = [metric_of(trial, "n_bars") or 0.0 for trial in trials]
    return probability_of_overfitting(
        blocks,
        metric,
        baseline=chance_level(study) if metric == ACCURACY else None,
        n_bars=np.array(n_bars, np.int64),
    )
