"""When a running trial is looked at, and the pruner that judges it."""

from __future__ import annotations

import optuna

from titan_mlopt.config import CAREFUL_PREDICTIONS, CAREFUL_SHARE, TunerConfig

#: Checkpoints of a trial that predicts every bar; each costs the study's database 3-6 ms.
N_CHECKPOINTS = 16


def checkpoint_grid(n_bars: int) -> tuple[int, ...]:
    """Return the numbers of predictions after which each trial of a study is looked at.

    ``n_bars``: the most predictions that a trial can make. The last is left out: it is the result.
    """
    steps = {n_bars * k // N_CHECKPOINTS for k in range(1, N_CHECKPOINTS)}
    return tuple(sorted(steps - {0}))


def warm_up_steps(config: TunerConfig, n_bars: int) -> int:
    """Return the predictions before which no trial is pruned."""
    if config.n_warmup_steps is not None:
        return config.n_warmup_steps
    return max(CAREFUL_PREDICTIONS, round(CAREFUL_SHARE * n_bars))


def build_pruner(config: TunerConfig, n_bars: int) -> optuna.pruners.BasePruner:
    """Return the pruner that ``config`` names; steps and resources are predictions."""
    if config.pruner_type == "median":
        return optuna.pruners.MedianPruner(
            n_startup_trials=config.n_startup_trials,
            n_warmup_steps=warm_up_steps(config, n_bars),
            interval_steps=config.interval_steps,
        )
    if config.pruner_type == "hyperband":
        careful = config.n_warmup_steps is None
        first = warm_up_steps(config, n_bars) if careful else config.min_resource
        return optuna.pruners.HyperbandPruner(
            min_resource=first,
            max_resource=max(n_bars, first) if careful else config.max_resource,
            reduction_factor=config.reduction_factor,
        )
    return optuna.pruners.NopPruner()
