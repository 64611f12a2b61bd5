"""Checkpoints taken up where the last one was: the bits of scoring everything anew."""

from __future__ import annotations

import numpy as np
import pytest

from titan_mlopt.backtest.runner import Progress
from titan_mlopt.backtest.stats import BacktestStats


def stats_of(n: int, seed: int, cost_bps: float = 0.0, told: bool = False) -> BacktestStats:
    rng = np.random.default_rng(seed)
    direction = rng.integers(-1, 2, n).astype(np.int8)
    return BacktestStats(
        direction=direction,
        confidence=np.where(
            direction != 0, rng.choice([0.5, 0.55, 0.6, 1.0, *rng.random(3)], n), 0.5
        ),
        traded=(rng.random(n) < 0.7) & (direction != 0),
        returns=np.where(rng.random(n) < 0.1, 0.0, rng.normal(0, 1e-3, n)),
        cost_bps=cost_bps,
        outcome=rng.integers(-1, 2, n).astype(np.int8) if told else None,
    )


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("cost_bps", [0.0, 2.5])
@pytest.mark.parametrize("seed", range(5))
def test_each_checkpoint_has_the_bits_of_scoring_everything_anew(
    seed: int, cost_bps: float, told: bool
) -> None:
    whole = stats_of(3000, seed, cost_bps, told)
    progress = Progress(whole)
    for n_bars in (1, 2, 7, 7, 500, 501, 1777, 3000):
        assert progress.checkpoint(n_bars) == whole.head(n_bars).checkpoint(), n_bars


def test_decisions_may_come_after_the_start() -> None:
    ready = stats_of(400, 9)
    empty = BacktestStats(
        np.zeros(400, np.int8), np.full(400, 0.5), np.zeros(400, np.bool_), ready.returns
    )
    progress = Progress(empty)
    for start in range(0, 400, 100):
        stop = start + 100
        for mine, theirs in (
            (empty.direction, ready.direction),
            (empty.confidence, ready.confidence),
            (empty.traded, ready.traded),
        ):
            mine[start:stop] = theirs[start:stop]
        assert progress.checkpoint(stop) == ready.head(stop).checkpoint()


def test_without_a_prediction_accuracy_and_ece_are_0_and_sharpe_has_no_value() -> None:
    silent = BacktestStats(
        np.zeros(9, np.int8), np.full(9, 0.5), np.zeros(9, np.bool_), np.full(9, 0.01)
    )
    point = Progress(silent).checkpoint(9)
    assert (point.n_predictions, point.n_bars, point.accuracy, point.ece) == (0, 9, 0.0, 0.0)
    assert point.sharpe is None
