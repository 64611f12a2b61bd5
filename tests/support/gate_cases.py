"""Hold-outs for the tests of the gate: markets of coins, and predictors of a known accuracy."""

from __future__ import annotations

import numpy as np

from titan_mlopt.analysis.statistics.naive_rules import baseline_directions
from titan_mlopt.backtest.stats import BacktestStats


def market(n: int, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Returns of ``n`` bars without any predictability, and what the baselines say on them.

    Volatility comes in clusters, and 3 % of the closes are unchanged.
    """
    size = 4e-4 * np.exp(0.5 * np.sin(np.arange(n + 500) / 200))
    returns = rng.standard_normal(n + 500) * size
    returns[rng.random(n + 500) < 0.03] = 0.0
    closes = np.concatenate([[1.0], np.cumprod(1 + returns)])
    directions = {name: said[500:-1] for name, said in baseline_directions(closes, 500).items()}
    return returns[500:], directions


def predictor(
    returns: np.ndarray,
    rng: np.random.Generator,
    *,
    accuracy: float = 0.5,
    coverage: float = 0.8,
    confidence: float = 0.55,
    traded: float = 0.7,
) -> BacktestStats:
    """Stats of one that is right on this share of the bars that move, whatever came before."""
    n = len(returns)
    up = np.where(returns == 0, rng.choice([-1, 1], n), np.sign(returns))
    direction = np.where(rng.random(n) < accuracy, up, -up)
    direction[rng.random(n) >= coverage] = 0
    sure = np.where(direction == 0, 0.5, confidence)
    return BacktestStats(
        direction.astype(np.int8), sure, (direction != 0) & (rng.random(n) < traded), returns
    )


def stats_of(
    direction: list[int],
    returns: list[float],
    confidence: list[float] | None = None,
    traded: list[bool] | None = None,
    outcome: list[int] | None = None,
) -> BacktestStats:
    sides = np.array(direction, np.int8)
    return BacktestStats(
        sides,
        np.where(sides == 0, 0.5, 0.6) if confidence is None else np.array(confidence),
        sides != 0 if traded is None else np.array(traded),
        np.array(returns),
        outcome=None if outcome is None else np.array(outcome, np.int8),
    )
