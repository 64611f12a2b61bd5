"""Trials that nobody ran, with outcomes of a real one's size."""

from __future__ import annotations

import math

import numpy as np
from optuna.trial import FrozenTrial, create_trial

from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params
from titan_mlopt.core.trial import COMPLETE, Checkpoint, TrialOutcome
from titan_mlopt.study.samplers.distributions import distributions_of
from titan_mlopt.study.storage.studies import OUTCOME, POINT, stored_outcome

SPACE = distributions_of(TUNABLE_PARAMS)
BARS = 5700


def made_up_trial(point: int, names: tuple[str, ...], rng: np.random.Generator) -> FrozenTrial:
    """Return a COMPLETE trial of a point, as a study stores it; names: of what is maximised."""
    params = _draw_params(rng)
    outcome = made_up_outcome(rng, skill=float(params["ensemble.flat_threshold"]) - 0.55)
    values = [float(outcome.metrics[name] or 0.0) for name in names]
    return create_trial(
        params=params,
        distributions=SPACE,
        values=values,
        # Optuna's samplers take none of two objectives.
        intermediate_values={point.n_predictions: point.accuracy for point in outcome.checkpoints}
        if len(names) == 1
        else None,
        user_attrs={OUTCOME: stored_outcome(outcome, violated=False), POINT: point},
    )


def _draw_params(rng: np.random.Generator) -> Params:
    """Return unit draws laid over each range, on a log scale where the range is one."""
    params: Params = {}
    for name, (low, high, kind) in TUNABLE_PARAMS.items():
        if kind == "log":
            params[name] = math.exp(rng.uniform(math.log(low), math.log(high)))
        else:
            value = rng.uniform(low, high)
            params[name] = round(value) if kind == "int" else value
    return params


def made_up_outcome(rng: np.random.Generator, skill: float) -> TrialOutcome:
    """Return an outcome with everything that a trial on the sample stores."""
    n = int(rng.integers(4000, BARS))
    hits = int(rng.binomial(n, 0.5 + 0.2 * skill))
    names = [
        *("ece", "ece_noise", "ece_gap", "mce", "brier", "log_loss", "sharpe_se", "sortino"),
        *("max_drawdown", "total_return", "turnover", "n_traded", "coverage", "unchanged_share"),
    ]
    metrics: dict[str, float | None] = {name: float(rng.uniform()) for name in names}
    metrics |= {"accuracy": hits / n, "hits": float(hits), "n_predictions": float(n)}
    metrics |= {"n_bars": float(BARS), "sharpe": float(rng.normal(0, 10))}
    equity = np.cumprod(1 + rng.normal(0, 0.001, 200)).round(6).tolist()
    return TrialOutcome(
        COMPLETE,
        metrics=metrics,
        checkpoints=tuple(
            Checkpoint(500 * step, 600 * step, *rng.uniform(size=3).tolist())
            for step in range(1, 10)
        ),
        bins=tuple((n // 25, n / 25 * (0.51 + 0.02 * bin_), hits // 25) for bin_ in range(25)),
        curve=tuple((BARS // 200 * at, value, 0.012345) for at, value in enumerate(equity)),
        rolling=tuple((200 + n // 200 * at, 0.5123) for at in range(200)),
        blocks=tuple((n // 64, hits // 64, *rng.normal(0, 1e-3, 2).tolist()) for _ in range(64)),
        duration_seconds=0.6,
    )
