"""Millions of bars: what is summed in chunks is what the whole column gives, and is never whole."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from titan_mlopt.backtest.chunks import CHUNK_BARS, cuts
from titan_mlopt.backtest.returns import equity_chunks, find_moments, net_returns
from titan_mlopt.backtest.runner import Progress
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.executors.local.outcomes import ended

LONG = 2 * CHUNK_BARS + 12_345
#: Metrics that rest on sums of floats: what is summed apart may differ in the last bits.
SUMMED = (
    *("ece", "ece_gap", "brier", "log_loss", "sharpe", "sortino", "skewness", "kurtosis"),
    *("total_return", "max_drawdown"),
)


def long_stats(n: int = LONG, cost_bps: float = 0.0, sd: float = 1e-3) -> BacktestStats:
    rng = np.random.default_rng(4)
    direction = rng.integers(-1, 2, n).astype(np.int8)
    return BacktestStats(
        direction=direction,
        confidence=np.where(direction != 0, rng.uniform(0.5, 0.9, n), 0.5),
        traded=(rng.random(n) < 0.7) & (direction != 0),
        returns=rng.normal(0, sd, n),
        cost_bps=cost_bps,
        breaks=(5, CHUNK_BARS, 2 * CHUNK_BARS + 1),
    )


def test_cuts_leave_nothing_out_and_take_nothing_twice() -> None:
    found = [(cut.start, cut.stop) for cut in cuts(LONG)]
    assert found == [(0, CHUNK_BARS), (CHUNK_BARS, 2 * CHUNK_BARS), (2 * CHUNK_BARS, LONG)]
    assert [(cut.start, cut.stop) for cut in cuts(CHUNK_BARS)] == [(0, CHUNK_BARS)]
    assert list(cuts(0)) == []


def test_net_returns_of_any_slice_are_those_of_the_whole() -> None:
    stats = long_stats(cost_bps=2.5)
    whole = net_returns(stats.position, stats.returns, 2.5, stats.breaks)
    changed = np.abs(np.diff(stats.position, prepend=np.int8(0)))
    for bar in stats.breaks:
        changed[bar] = abs(stats.position[bar])
    assert whole.tobytes() == (stats.position * stats.returns - changed * 2.5e-4).tobytes()
    for start, stop in [(0, 1), (1, 6), (4, 5), (CHUNK_BARS - 1, CHUNK_BARS + 2), (0, LONG)]:
        assert stats.net_returns[start:stop].tobytes() == whole[start:stop].tobytes()


def test_metrics_of_several_chunks_are_those_of_whole_columns() -> None:
    stats = long_stats(cost_bps=2.5)
    net, metrics, made = stats.net, stats.metrics(), stats.predicted
    sure, hit, year = stats.confidence[made], stats.hit[made], math.sqrt(525_600)
    away, equity = net - net.mean(), np.cumprod(1 + net)
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = np.bincount(bins, sure, 10) - np.bincount(bins[hit], minlength=10)
    assert {name: metrics[name] for name in ("n_predictions", "hits", "accuracy", "turnover")} == {
        "n_predictions": made.sum(),
        "hits": hit.sum(),
        "accuracy": hit.mean(),
        "turnover": np.abs(net_returns(stats.position, 0 * net, 1e4, stats.breaks)).mean(),
    }
    assert {name: metrics[name] for name in SUMMED} == pytest.approx(
        {
            "ece": np.abs(gaps).sum() / len(sure),
            "ece_gap": (sure - hit).mean(),
            "brier": np.square(sure - hit).mean(),
            "log_loss": -np.log(np.where(hit, sure, 1 - sure)).mean(),
            "sharpe": net.mean() / net.std(ddof=1) * year,
            "sortino": net.mean() / math.sqrt(np.square(np.minimum(net, 0)).mean()) * year,
            "skewness": (away**3).mean() / (away**2).mean() ** 1.5,
            "kurtosis": (away**4).mean() / (away**2).mean() ** 2,
            "total_return": equity[-1] - 1,
            "max_drawdown": (1 - equity / np.maximum(np.maximum.accumulate(equity), 1)).max(),
        },
        rel=1e-9,
    )


@pytest.mark.parametrize("sd", [1e-3, 0.5, 3.0])  # the last ends at 0
def test_equity_in_chunks_has_the_bits_of_the_whole(sd: float) -> None:
    net = long_stats(sd=sd).net
    equity = np.cumprod(np.maximum(1.0 + net, 0.0))
    peak = np.maximum(np.maximum.accumulate(equity), 1.0)
    found = list(equity_chunks(net))
    assert len(found) == 3
    assert np.concatenate([part for part, _ in found]).tobytes() == equity.tobytes()
    falls = np.concatenate([fall for _, fall in found])
    assert falls.tobytes() == (1.0 - equity / peak).tobytes()


def test_equity_that_no_float_holds_stays_the_largest_one_across_chunks() -> None:
    returns = np.zeros(CHUNK_BARS + 10)
    returns[:1100] = 1.0  # 2^1100
    returns[CHUNK_BARS + 2] = -0.5
    returns[CHUNK_BARS + 5] = -1.0
    equity = np.concatenate([part for part, _ in equity_chunks(returns)])
    assert equity[1000] == 2.0**1001
    assert set(equity[1100 : CHUNK_BARS + 5]) == {np.finfo(float).max}
    assert set(equity[CHUNK_BARS + 5 :]) == {0.0}


def test_checkpoints_between_chunks_have_the_bits_of_scoring_everything_anew() -> None:
    whole = long_stats(cost_bps=1.0)
    progress = Progress(whole)
    for n_bars in (1000, CHUNK_BARS + 1, LONG - 7, LONG):
        assert progress.checkpoint(n_bars) == whole.head(n_bars).checkpoint(), n_bars


def test_rows_that_are_stored_hold_every_bar_of_all_chunks() -> None:
    stats = long_stats()
    net, equity = stats.net, np.cumprod(1 + stats.net)
    edges = [LONG * block // 64 for block in range(65)]
    for block, start, stop in zip(stats.blocks(), edges[:-1], edges[1:], strict=True):
        made, hits, total, total2 = block
        assert (made, hits) == (stats.predicted[start:stop].sum(), stats.hit[start:stop].sum())
        assert total == pytest.approx(net[start:stop].sum(), abs=1e-12)
        assert total2 == pytest.approx(np.square(net[start:stop]).sum(), abs=1e-12)
    assert [bar for bar, _, _ in stats.curve()] == np.linspace(0, LONG - 1, 200).astype(
        int
    ).tolist()
    assert [round(float(equity[bar]), 6) for bar, _, _ in stats.curve()] == [
        value for _, value, _ in stats.curve()
    ]
    assert sum(count for count, _, _ in stats.plot_bins()) == stats.total
    hits = stats.hit[stats.predicted]
    assert dict(stats.rolling())[stats.total] == round(hits[-200:].mean(), 4)


def test_scoring_takes_less_memory_than_one_column_of_floats() -> None:
    stats = long_stats(5_000_000)
    tracemalloc.start()
    ended(stats, (), stopped=False)
    assert find_moments(stats.net_returns) is not None
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < stats.returns.nbytes
