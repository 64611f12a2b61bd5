"""One study with everything that its pages can show, the gate's evidence, and a sensitivity."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from support.summary_cases import study, trial
from titan_mlopt.analysis.significance import (
    AccuracyError,
    CalibrationError,
    SharpeRisk,
    StudyStatistics,
)
from titan_mlopt.analysis.statistics.bootstrap import Difference
from titan_mlopt.analysis.statistics.calibration import CalibrationTest
from titan_mlopt.analysis.statistics.naive_rules import ALWAYS_UP, PERSISTENCE
from titan_mlopt.analysis.statistics.overfitting import Overfitting
from titan_mlopt.analysis.statistics.paired_tests import PairedTest
from titan_mlopt.analysis.summary import plain_json
from titan_mlopt.core.findings import (
    FreshDecision,
    GateDecision,
    ParameterSensitivity,
    PlaceboRun,
    RobustnessEntry,
    RobustnessResult,
)
from titan_mlopt.core.study import Baseline, Opening, StudyRecord
from titan_mlopt.core.trial import COMPLETE, FAIL, INTERRUPTED, PRUNED, PRUNER, RUNNING, TIMEOUT
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.gate.decision import decide
from titan_mlopt.evaluation.gate.evidence import (
    CHAMPION,
    COIN,
    AccuracyEvidence,
    BrierEvidence,
    Evidence,
    SharpeEvidence,
)
from titan_mlopt.evaluation.gate.fresh import FreshBars, build_fresh, decide_fresh
from titan_mlopt.evaluation.gate.thresholds import GateThresholds

MOMENT = "2026-01-02T03:04:05Z"
SEALED = {"count": 1500, "first": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:59:00Z"}
OVERFITTING = Overfitting(0.41, 0.3, 0.56, 0.51, 0.05, 4, 16, 12_870, "accuracy", 0.5)
STATISTICS = StudyStatistics(
    trial=1,
    n_trials=4,
    independent=2.6,
    accuracy=AccuracyError(110, 200, 150.0, 0.47, 0.63),
    sharpe=SharpeRisk(3.0, 0.56, 0.31, 12_345.6, 0.25, 1440, 0.0027),
    calibration=CalibrationError(0.02, 0.034, 0.05),
    overfitting=OVERFITTING,
)
ROBUSTNESS = RobustnessResult(
    *("2026-01-01T00:00:00Z", 40, "accuracy", 4, 0.1, 1, 7, 12),
    entries=(
        RobustnessEntry(7, 0.541, 0.522, 0.015, 0.006, True, (0.52, 0.53)),
        RobustnessEntry(12, 0.537, 0.531, 0.003, 0.005, True, (0.53, 0.535)),
        RobustnessEntry(3, 0.535, 0.511, 0.01, None, True, (0.51, 0.52)),
        RobustnessEntry(4, 0.52, 0.5, 0.02, 0.005, False, (0.5, 0.51)),
    ),
    parameters=(
        ParameterSensitivity("model.rsi_oversold", 0.012, 0.002),
        ParameterSensitivity("feature.fast_window", -0.001, None),
    ),
)


def placebos(*best: float | None, n_trials: int = 6) -> tuple[PlaceboRun, ...]:
    return tuple(PlaceboRun(i, 0, n_trials, value) for i, value in enumerate(best))


def difference(value: float, p: float) -> Difference:
    """Return a difference with an interval of .02 to either side and this p-value."""
    return Difference(value, p, 1 - p, value - 0.02, value + 0.02, 0.01, 3.5, 1500, 4999)


def paired(p: float) -> PairedTest:
    return PairedTest(2.5, p, 1 - p)


def rival(name: str, rate: float, p: float, accuracy: float = 0.58) -> AccuracyEvidence:
    """Return that the candidate's accuracy on 1,200 bars is compared with this one."""
    apart = difference(accuracy - rate, p)
    tests = apart, paired(p / 2), paired(p / 4)
    return AccuracyEvidence(name, 1200, 1100, accuracy, rate, *tests)


def evidence(*rivals: AccuracyEvidence, **changes: Any) -> Evidence:
    """Return evidence of which every check can be made; by default against a champion."""
    against = rivals or (
        *(rival(CHAMPION, 0.53, 0.004), rival(COIN, 0.5, 0.001)),
        *(rival(ALWAYS_UP, 0.51, 0.002), rival(PERSISTENCE, 0.49, 0.0005)),
    )
    one = against[0].rival == CHAMPION
    full = Evidence(
        n_bars=1500,
        has_champion=one,
        candidates=1,
        accuracy=against,
        timing=paired(0.03),
        sharpe=SharpeEvidence(4.0, 1.0 if one else 0.0, difference(0.01, 0.2), paired(0.25)),
        brier=BrierEvidence(0.2401, 0.2477 if one else 0.25, 1300, paired(0.9)),
        calibration=CalibrationTest(0.021, 0.015, 0.03, 0.21, 1200),
        ece_difference=difference(0.005, 0.3) if one else None,
        drawdown=(0.11, 0.1 if one else None),
        coverage=(0.8, 0.75 if one else None),
        deflated_sharpe=0.31,
        overfitting=OVERFITTING,
    )
    return replace(full, **changes)


def gate_decision(seen: Evidence | None, **changes: Any) -> GateDecision:
    """Return what the gate decides on trial 1 by this evidence; None: nothing was scored."""
    decided = None if seen is None else decide(seen)
    decision = GateDecision(
        when=MOMENT,
        trial=1,
        config_sha256="c0ffee",
        verdict=decided.verdict if decided else "CANNOT_TELL",
        sentence=decided.sentence if decided else "The champion did not run on the hold-out.",
        rival="titan-config version 3" if seen is None or seen.has_champion else "",
        rival_sha256="",
        opening=3,
        decision=plain_json(asdict(decided)) if decided else {},
    )
    return replace(decision, **changes)


def fresh_decision(e_value: float, seen: Evidence | None = None) -> FreshDecision:
    """Return what is decided on trial 1 after 4,880 fresh minutes, at the second look at them.

    e_value: against the champion, having grown evenly; against the coin it is ten times as much.
    """
    n, grown = 4880, np.log(e_value) * np.arange(1, 4881) / 4880
    begin = 1_704_067_200
    times = begin + 60 * np.arange(1, n + 1)
    bars = FreshBars(begin, int(times[-1]), n + 1, n, "ab12", "cd34")
    log_e = {CHAMPION: grown, COIN: grown + np.log(10)}
    fresh = build_fresh(log_e, times, bars, alpha=0.02, look=1, looks=2)
    decided = decide_fresh(fresh, evidence() if seen is None else seen, GateThresholds())
    return FreshDecision(
        when=MOMENT,
        trial=1,
        config_sha256="c0ffee",
        verdict=decided.verdict,
        sentence=decided.sentence,
        rival="titan-config version 3",
        rival_sha256="",
        opening=3,
        decision=plain_json(asdict(decided)),
    )


def settings_of(**changes: Any) -> dict[str, Any]:
    """Return settings as a study keeps them, of 100 trials on a file."""
    return {**TunerConfig(**changes).as_dict(), "candles_path": "/data/btc.csv"}


def whole_study(**changes: Any) -> StudyRecord:
    """Return a study with trials of every state, baselines, hold-out, segments and findings.

    Its best trial is 1, of 110 hits in 200 predictions.
    """
    best = {"accuracy": 0.55, "n_predictions": 200.0, "hits": 110.0, "coverage": 0.4}
    sure = {"ece": 0.02, "ece_noise": 0.034, "ece_noise_95": 0.05, "sharpe": 3.0, "sharpe_se": 19.1}
    other = {"accuracy": 0.52, "n_predictions": 1000.0, "hits": 520.0, "coverage": 0.5}
    bad = {"accuracy": 0.50, "n_predictions": 400.0, "hits": 200.0, "ece": 0.09}
    # Of the best trial's parameters one is at an end of its range, and one is the default.
    params = {"feature.fast_window": 10, "ml.max_depth": 7, "online.learning_rate": 0.02}
    record = study(
        trial(0, 0.52, accuracy_sd=0.03, repeats=9.0, **other, ece=0.02, sharpe=1.0),
        replace(trial(1, 0.55, accuracy_sd=0.06, repeats=9.0, **best, **sure), params=params),
        trial(2, state=PRUNED, reason=PRUNER, accuracy=0.48, n_predictions=50.0, hits=24.0),
        trial(3, state=FAIL, reason=TIMEOUT, seconds=600.0),
        trial(4, 0.45, violated=True, **bad, ece_noise_95=0.05, sharpe=-3.0, seconds=5.0),
        trial(5, state=FAIL, reason=INTERRUPTED),
        trial(6, state=RUNNING),
        settings=settings_of(),
        scoring={"segments": 4, "warm_up": 750},
        holdout=SEALED,
        openings=tuple(Opening(MOMENT, "trial 1 against champion", "c0ffee") for _ in range(3)),
        baselines=(
            Baseline("majority", "rule", COMPLETE, {**other, "accuracy": 0.5, "hits": 500.0}),
            Baseline("persistence", "rule", COMPLETE, {"accuracy": 0.49, "n_predictions": 1000.0}),
            Baseline("anti_persistence", "rule", COMPLETE, {"accuracy": 0.51}),
            Baseline("default", "default", COMPLETE, {**other, "sharpe": 0.5}, (0.51,)),
            Baseline("champion", "champion", FAIL, detail="version 3 is damaged"),
        ),
        findings={
            "placebo": placebos(*[0.53] * 18, 0.56),
            "gate": (gate_decision(evidence()),),
            "robustness": ROBUSTNESS,
        },
    )
    return replace(record, **changes)
