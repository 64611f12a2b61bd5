"""Trials whose pictures the tests look at."""

from __future__ import annotations

import random

from titan_mlopt.core.trial import COMPLETE, TrialOutcome, TrialRecord


def trial_of(
    outcome: TrialOutcome | None, number: int = 3, *, violated: bool = False
) -> TrialRecord:
    """Return a trial that ended so; its objective is .55 when it is COMPLETE."""
    state = outcome.state if outcome else "RUNNING"
    values = (0.55,) if state == COMPLETE else None
    return TrialRecord(number, state, {}, values, 0.0, 2.0, outcome, violated)


def full_outcome() -> TrialOutcome:
    """Return an outcome of the largest size: 25 used bins, 200 curve and rolling points."""
    rng = random.Random(1)
    bins = tuple((60, 60 * (0.51 + 0.02 * place), rng.randint(20, 50)) for place in range(25))
    curve = tuple((100 * at, 1 + rng.gauss(0, 0.05), abs(rng.gauss(0, 0.1))) for at in range(200))
    rolling = tuple((200 + 97 * at, rng.uniform(0.4, 0.6)) for at in range(200))
    metrics: dict[str, float | None] = {
        "accuracy": 0.55,
        "n_predictions": 200.0,
        "n_bars": 500.0,
        "n_traded": 120.0,
        "coverage": 0.4,
        "hits": 110.0,
        "ece": 0.02,
        "ece_noise": 0.034,
        "sharpe": 3.0,
        "sharpe_se": 19.1,
        "max_drawdown": 0.125,
    }
    return TrialOutcome(
        COMPLETE,
        metrics=metrics,
        bins=bins,
        curve=curve,
        rolling=rolling,
        duration_seconds=0.61,
    )


def full_trial() -> TrialRecord:
    """Return the trial of ``full_outcome``."""
    return trial_of(full_outcome(), 17)
