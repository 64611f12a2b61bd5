"""When a running trial is looked at, and the pruners that judge it."""

from __future__ import annotations

import math
from statistics import NormalDist

import optuna
from optuna.trial import TrialState

from titan_mlopt.backtest.stats import SECONDS_PER_YEAR
from titan_mlopt.config import CAREFUL_PREDICTIONS, CAREFUL_SHARE, TunerConfig

#: Checkpoints of a trial that predicts every bar; each costs the study's database 3-6 ms.
N_CHECKPOINTS = 16


def checkpoint_grid(config: TunerConfig, n_bars: int) -> tuple[int, ...]:
    """Return the numbers of predictions after which each trial of a study is looked at.

    ``n_bars``: the most predictions that a trial can make; that end is left out: it is the result.
    None on segments: there each segment is a checkpoint.
    Evenly spaced; for a pruner that begins before the first of these, each a like multiple of the
    one before, from the pruner's first step on.
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
    """Return the predictions, on segments the scored bars, before which no trial is pruned."""
    if config.n_warmup_steps is None:
        return max(CAREFUL_PREDICTIONS, round(CAREFUL_SHARE * n_bars))
    return config.min_resource if config.pruner_type == "hyperband" else config.n_warmup_steps


def build_pruner(config: TunerConfig, n_bars: int, interval_s: int) -> optuna.pruners.BasePruner:
    """Return the pruner that ``config`` names; steps and resources are predictions."""
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
    """Return the standard deviation of what one prediction adds to the mean that is the objective.

    Accuracy: .5 of a hit or miss. Sharpe: √(bars a year). Both, in the units of ``Scale``: √n_bars,
    as if the two moved as one.
    """
    if objective == "multi":
        return math.sqrt(n_bars)
    return math.sqrt(SECONDS_PER_YEAR / interval_s) if objective == "sharpe" else 0.5


class RacingPruner(optuna.pruners.BasePruner):
    """Stops a trial once it will hardly end above the best one (racing: Maron & Moore 1994).

    After n of N predictions the mean differs from its final value with the standard deviation
    σ·√(1/n - 1/N), for N predictions alike. The trial goes on while value + margin·√(1/n - 1/N)
    reaches the best final value; ``margin`` is σ times the quantile of the wanted confidence.
    """

    def __init__(self, n_total: int, margin: float, n_startup_trials: int, first: int) -> None:
        self._n_total, self._margin = n_total, margin
        self._n_startup_trials, self._first = n_startup_trials, first

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        """Return whether to stop the trial; never before ``n_startup_trials`` are COMPLETE."""
        step = trial.last_step
        if step is None or step < self._first:
            return False
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(complete) < max(1, self._n_startup_trials):
            return False
        best = max(trial.values[0] for trial in complete)
        left = max(0.0, 1.0 / max(step, 1) - 1.0 / self._n_total)
        return bool(trial.intermediate_values[step] + self._margin * math.sqrt(left) < best)
