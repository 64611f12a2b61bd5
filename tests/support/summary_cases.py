"""Studies and trials that the tests of summary, ranking and note share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from titan_mlopt.analysis.summary import plain_json, study_document, trial_document
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    PRUNED,
    PRUNER,
    RUNNING,
    TIMEOUT,
    TrialOutcome,
    TrialRecord,
)

PARAMS = {"feature.fast_window": 7, "online.learning_rate": 0.02}


def trial(
    number: int,
    *values: float,
    state: str = COMPLETE,
    reason: str = "",
    violated: bool = False,
    seconds: float = 2.0,
    **metrics: float | None,
) -> TrialRecord:
    outcome = TrialOutcome(state, reason, metrics=metrics, duration_seconds=seconds)
    return TrialRecord(
        number=number,
        state=state,
        params=dict(PARAMS),
        values=values or None,
        started_at=100.0,
        finished_at=None if state == RUNNING else 100.0 + seconds,
        outcome=None if state == RUNNING else outcome,
        violated=violated,
    )


def study(*trials: TrialRecord, multi: bool = False, **changes: Any) -> StudyRecord:
    record = StudyRecord(
        uid="u1",
        name="btc_1m",
        objective="multi" if multi else "accuracy",
        directions=("maximize",) * (2 if multi else 1),
        candles={
            "name": "btc.csv",
            "sha256": "ab12",
            "count": 20000,
            "first": 1767225600,
            "last": 1768425540,
            "interval_s": 60,
            "gaps": 0,
        },
        backtest={"path": "titan_mlopt.backtest.runner:run_backtest"},
        space_sha256="cd34",
        settings={"n_trials": 50},
        trials=trials,
    )
    return replace(record, **changes)


def results_document(record: StudyRecord) -> dict[str, Any]:
    """Return what results.json says of a study and its trials, without the findings."""
    return {
        **study_document(record),
        "trials": [plain_json(trial_document(t)) for t in record.trials],
    }


def finished() -> StudyRecord:
    return study(
        trial(0, 0.52, accuracy=0.52, ece=0.02, sharpe=1.0, n_predictions=1000.0, hits=520.0),
        trial(1, 0.55, accuracy=0.55, ece=0.04, sharpe=None, n_predictions=200.0, hits=110.0),
        trial(2, state=PRUNED, reason=PRUNER, accuracy=0.48, n_predictions=50.0),
        trial(3, state=FAIL, reason=TIMEOUT, seconds=600.0),
        trial(4, 0.45, violated=True, accuracy=0.50, ece=0.09, sharpe=3.0, seconds=5.0),
        trial(5, state=FAIL, reason=INTERRUPTED),
        trial(6, state=RUNNING),
    )


def front_of(n: int) -> StudyRecord:
    """Return a front of n trials: each next one .001 less accurate, its Sharpe ratio 1 higher.

    With standard errors of .005 and 1 a step costs .7 · .2 = .14 and brings .3: the last weighs
    the most, trial i weighs .14 · (20 - i) + .3 · i.
    """
    trials = [
        trial(
            i,
            0.52 - 0.001 * i,
            float(i),
            accuracy=0.52 - 0.001 * i,
            sharpe=float(i),
            sharpe_se=1.0,
            n_predictions=10_000.0,
            hits=5200.0 - 10 * i,
        )
        for i in range(n)
    ]
    candles = {"count": 10_000, "interval_s": 3153.6}
    return study(*trials, multi=True, candles=candles)
