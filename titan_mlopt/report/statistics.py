"""What a study's own trials say about its choice: overfitting, luck and error, all in-sample."""

from __future__ import annotations

import math
import statistics
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from titan_mlopt.backtest.returns import Moments
from titan_mlopt.backtest.stats import SECONDS_PER_YEAR
from titan_mlopt.records import COMPLETE, PRUNED, StudyRecord, TrialRecord
from titan_mlopt.report.ranking import best_trial
from titan_mlopt.report.summary import metric_of, plain_json, trial_hits
from titan_mlopt.validation.intervals import effective_interval, effective_n_of_blocks
from titan_mlopt.validation.overfitting import (
    ACCURACY,
    SHARPE,
    Overfitting,
    probability_of_overfitting,
)
from titan_mlopt.validation.sharpe import (
    deflated_sharpe_ratio,
    independent_trials,
    minimum_backtest_length,
    minimum_track_record_length,
    per_bar,
    probabilistic_sharpe_ratio,
)

Blocks = tuple[tuple[int, int, float, float], ...]


@dataclass(frozen=True, slots=True)
class AccuracyError:
    """Hits of n predictions, their effective number, and the 95 % Wilson interval that it gives."""

    hits: int
    n: int
    n_effective: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SharpeRisk:
    """What the chosen trial's Sharpe ratio is worth after the search.

    sharpe: annualised. psr, dsr: probabilistic and deflated ratio, in [0, 1]. track_record: bars
    that show with 95 % that the true ratio is above 0, None when no number does. backtest_years:
    of data below which luck alone finds this ratio, None for one that is not above 0. years: of
    data that there are.
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
    """An ECE, and what perfect calibration shows at that n: its mean and its 95 % quantile."""

    ece: float
    noise: float
    noise_95: float


@dataclass(frozen=True, slots=True)
class StudyStatistics:
    """Of one trial of a study, the best unless told; None is what cannot be computed.

    n_trials: COMPLETE and PRUNED ones, of every call. independent: how many independent trials
    they are worth. overfitting: of the objective (of two the accuracy), over COMPLETE trials.
    """

    trial: int
    n_trials: int
    independent: float
    accuracy: AccuracyError | None
    sharpe: SharpeRisk | None
    calibration: CalibrationError | None
    overfitting: Overfitting | None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as strict JSON has it."""
        found: dict[str, Any] = plain_json(asdict(self))
        return found


def study_statistics(
    study: StudyRecord, trial: TrialRecord | None = None
) -> StudyStatistics | None:
    """Return the statistics of a COMPLETE trial, None for the best; None without one.

    The sources of the formulas stand at the functions of ``validation``. Trials that FAILed say
    nothing and do not count. Pruned ones count as trials; their blocks are of other bars, so
    correlation, spread of the ratios and cross-validation are those of the COMPLETE ones. 500
    trials take less than a second.
    """
    chosen = trial or best_trial(study)
    if chosen is None or chosen.outcome is None:
        return None
    complete = [one for one in study.trials if one.state == COMPLETE and one.outcome]
    n_trials = len(complete) + sum(one.state == PRUNED for one in study.trials)
    independent = _independent(complete, n_trials)
    return StudyStatistics(
        trial=chosen.number,
        n_trials=n_trials,
        independent=independent,
        accuracy=_accuracy(chosen),
        sharpe=_sharpe(study, chosen, complete, independent),
        calibration=_calibration(chosen),
        overfitting=_overfitting(study, complete),
    )


def statistics_metrics(found: StudyStatistics) -> dict[str, float]:
    """Return the statistics by the names that metrics have, without those that are unknown."""
    named: dict[str, float | None] = {"independent_trials": found.independent}
    if found.accuracy is not None:
        named["effective_predictions"] = found.accuracy.n_effective
    if found.sharpe is not None:
        named |= {
            "psr": found.sharpe.psr,
            "dsr": found.sharpe.dsr,
            "min_track_record_bars": found.sharpe.track_record,
            "min_backtest_years": found.sharpe.backtest_years,
        }
    if found.overfitting is not None:
        named["pbo"] = found.overfitting.pbo
        named["pbo_below_baseline"] = found.overfitting.below_baseline
    return {name: value for name, value in named.items() if value is not None}


def _independent(complete: list[TrialRecord], n_trials: int) -> float:
    """Return ``sharpe.independent_trials`` of all by the mean correlation of the COMPLETE ones."""
    rows = [[block[2] for block in blocks] for blocks in _blocks(complete)[1]]
    if len(rows) < 2:
        return float(max(n_trials, 1))
    n = len(rows)
    correlation = (n - independent_trials(np.array(rows))) / (n - 1)
    return correlation + (1 - correlation) * max(n_trials, n)


def _blocks(trials: list[TrialRecord]) -> tuple[list[TrialRecord], list[Blocks]]:
    """Return the trials with as many blocks as most have, and these."""
    having = [(one, one.outcome.blocks) for one in trials if one.outcome and one.outcome.blocks]
    if not having:
        return [], []
    wide = statistics.mode(len(blocks) for _, blocks in having)
    same = [(one, blocks) for one, blocks in having if len(blocks) == wide]
    return [one for one, _ in same], [blocks for _, blocks in same]


def _accuracy(trial: TrialRecord) -> AccuracyError | None:
    found = trial_hits(trial)
    if found is None or trial.outcome is None:
        return None
    hits, n = found
    sums = np.array(trial.outcome.blocks, np.float64).reshape(-1, 4)
    n_effective = float(n)
    # A backtest may tell other counts than its records have.
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
    a_year = SECONDS_PER_YEAR / interval_s
    moments = Moments(int(n), per_bar(annual, a_year), skewness, kurtosis)
    ratios = [metric_of(one, "sharpe") for one in complete]
    known = [per_bar(ratio, a_year) for ratio in ratios if ratio is not None]
    variance = statistics.variance(known) if len(known) > 1 else 0.0
    bars = minimum_track_record_length(moments)
    return SharpeRisk(
        sharpe=annual,
        psr=probabilistic_sharpe_ratio(moments),
        dsr=deflated_sharpe_ratio(moments, variance, independent),
        track_record=bars if math.isfinite(bars) else None,
        backtest_years=minimum_backtest_length(independent, annual) if annual > 0 else None,
        n_bars=int(n),
        years=n / a_year,
    )


def _calibration(trial: TrialRecord) -> CalibrationError | None:
    ece, noise, most = (metric_of(trial, name) for name in ("ece", "ece_noise", "ece_noise_95"))
    if ece is None or noise is None or most is None:
        return None
    return CalibrationError(ece, noise, most)


def _overfitting(study: StudyRecord, complete: list[TrialRecord]) -> Overfitting | None:
    trials, blocks = _blocks(complete)
    if len(blocks) < 2:
        return None
    metric = SHARPE if study.objective == "sharpe" else ACCURACY
    n_bars = [metric_of(one, "n_bars") or 0.0 for one in trials]
    still = [metric_of(one, "unchanged_share") or 0.0 for one in trials]
    return probability_of_overfitting(
        np.array(blocks, np.float64),
        metric,
        # An unchanged close is a miss for both sides.
        baseline=(1 - statistics.median(still)) / 2 if metric == ACCURACY else None,
        n_bars=np.array(n_bars, np.int64),
    )
