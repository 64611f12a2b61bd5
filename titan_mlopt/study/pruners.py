"""The checkpoints of a trial, and the pruners that decide at them."""

from __future__ import annotations

import math
from statistics import NormalDist

import optuna
from optuna.trial import TrialState

from titan_mlopt.core.trial import SECONDS_PER_YEAR
from titan_mlopt.core.tuner_config import CAREFUL_PREDICTIONS, CAREFUL_SHARE, TunerConfig

#: Checkpoints of a trial that predicts every bar; each takes the database 3-6 ms.
N_CHECKPOINTS = 16


def checkpoint_grid(config: TunerConfig, n_bars: int) -> tuple[int, ...]:
    """Return the numbers of predictions at which trials report checkpoints.

    They are evenly spaced, or a geometric series from the pruner's first step on if that comes
    before the first of the evenly spaced ones.

    Args:
        config: The settings of the study.
        n_bars: Largest number of predictions of a trial; no checkpoint there, as it is the end.

    Returns:
        Increasing numbers; () with segments, which are the checkpoints then.
    """
    if config.segments > 1:
        return ()
    even = {n_bars * k // N_CHECKPOINTS for k in range(1, N_CHECKPOINTS)}
    first = max(1, first_step(config, n_bars))
    if config.pruner_type != "none" and 0 < first < min(even - {0}, default=0):
        growth = (n_bars / first) ** (1 / N_CHECKPOINTS)
        even = {round(first * growth**k) for k in range(N_CHECKPOINTS)}
    return tuple(sorted(even - {0, n_bars}))


def first_step(config: TunerConfig, n_bars: int) -> int:
    """Return the step before which no trial is pruned: predictions, or scored bars on segments."""
    if config.n_warmup_steps is None:
        return max(CAREFUL_PREDICTIONS, round(CAREFUL_SHARE * n_bars))
    return config.min_resource if config.pruner_type == "hyperband" else config.n_warmup_steps


def build_pruner(config: TunerConfig, n_bars: int, interval_s: int) -> optuna.pruners.BasePruner:
    """Return the pruner of a study; its steps and resources are predictions.

    Args:
        config: The settings of the study.
        n_bars: Largest number of predictions of a trial.
        interval_s: Seconds per candle.
    """
    first = first_step(config, n_bars)
    if config.pruner_type == "median":
        return optuna.pruners.MedianPruner(
            n_startup_trials=config.n_startup_trials,
            n_warmup_steps=first,
            interval_steps=config.interval_steps,
        )
    if config.pruner_type == "hyperband":
        careful = config.n_warmup_steps is None
        return optuna.pruners.HyperbandPruner(
            min_resource=max(1, first),
            max_resource=max(n_bars, first) if careful else config.max_resource,
            reduction_factor=config.reduction_factor,
        )
    if config.pruner_type == "racing":
        spread = spread_of_one(config.objective_type, n_bars, interval_s)
        z = NormalDist().inv_cdf(config.racing_confidence)
        return RacingPruner(n_bars, spread * z, config.n_startup_trials, first)
    return optuna.pruners.NopPruner()


def spread_of_one(objective: str, n_bars: int, interval_s: int) -> float:
    """Return the standard deviation of one prediction's contribution to the objective, a mean.

    It is .5 for accuracy, √(bars per year) for the annualised Sharpe ratio, and √n_bars for both in
    the units of ``Scale``, as if the two were perfectly correlated.

    Args:
        objective: "accuracy", "sharpe" or "multi".
        n_bars: Largest number of predictions of a trial.
        interval_s: Seconds per candle.
    """
    if objective == "multi":
        return math.sqrt(n_bars)
    return math.sqrt(SECONDS_PER_YEAR / interval_s) if objective == "sharpe" else 0.5


class RacingPruner(optuna.pruners.BasePruner):
    """Prunes a trial that is unlikely to end above the best one.

    Racing as by O. Maron and A. W. Moore, Hoeffding races, NIPS 6 (1994) 59-66. With identically
    distributed predictions, the mean of n out of N predictions deviates from its final value with a
    standard deviation of σ·√(1/n - 1/N). A trial continues while value + margin·√(1/n - 1/N)
    reaches the best final value.

    Args:
        n_total: N, the largest number of predictions of a trial.
        margin: σ times the normal quantile of the confidence.
        n_startup_trials: COMPLETE trials before which nothing is pruned.
        first: Step before which nothing is pruned.
    """

    def __init__(self, n_total: int, margin: float, n_startup_trials: int, first: int) -> None:
        self._n_total, self._margin = n_total, margin
        self._n_startup_trials, self._first = n_startup_trials, first

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        """Return whether to prune the trial."""
        step = trial.last_step
        if step is None or step < self._first:
            return False
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(complete) < max(1, self._n_startup_trials):
            return False
        best = max(trial.values[0] for trial in complete)
        variance = max(0.0, 1.0 / max(step, 1) - 1.0 / self._n_total)
        return bool(trial.intermediate_values[step] + self._margin * math.sqrt(variance) < best)
