"""Statistics of bars that tests make up."""

from __future__ import annotations

from typing import Any

import numpy as np

from titan_mlopt.backtest.stats import BacktestStats


def stats_of(
    direction: list[int],
    confidence: list[float],
    traded: list[bool],
    returns: list[float],
    **kw: Any,
) -> BacktestStats:
    return BacktestStats(
        np.array(direction, np.int8),
        np.array(confidence, float),
        np.array(traded, bool),
        np.array(returns, float),
        **kw,
    )


def random_stats(n: int, seed: int, *, flat: float = 0.2, cost_bps: float = 0.0) -> BacktestStats:
    rng = np.random.default_rng(seed)
    direction = rng.choice([-1, 0, 1], n, p=[(1 - flat) / 2, flat, (1 - flat) / 2])
    confidence = np.where(direction == 0, 0.5, rng.uniform(0.5, 0.8, n))
    returns = np.where(rng.random(n) < 0.05, 0.0, rng.normal(0, 1e-3, n))
    traded = (direction != 0) & (confidence > 0.6)
    return BacktestStats(direction.astype(np.int8), confidence, traded, returns, cost_bps=cost_bps)
