"""Metrics: every number worked by hand or taken from a published example."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.stats_cases import random_stats, stats_of
from titan_mlopt.backtest.returns import (
    equity_and_drawdown,
    net_returns,
    sharpe_ratio,
    sharpe_standard_error,
    sortino_ratio,
)
from titan_mlopt.backtest.stats import BacktestStats

YES, NO = True, False
MINUTES_A_YEAR = 525_600


@pytest.fixture
def five() -> BacktestStats:
    """FLAT, a traded hit, a traded miss, a traded hit, an untraded unchanged close: a miss here."""
    return stats_of(
        [0, 1, 1, -1, -1],
        [0.5, 0.6, 0.6, 0.8, 0.7],
        [NO, YES, YES, YES, NO],
        [0.01, 0.02, -0.01, -0.04, 0.0],
        unchanged="miss",
    )


# --- returns -----------------------------------------------------------------------------------


def test_sharpe_divides_by_the_sample_standard_deviation() -> None:
    # Mean .02, deviations ±.01: sd sqrt(.0002 / 1) = .014142; with ddof 0 it would be 2.
    assert sharpe_ratio(np.array([0.01, 0.03]), 1) == pytest.approx(math.sqrt(2))
    assert sharpe_ratio(np.array([0.01, 0.03]), 12) == pytest.approx(math.sqrt(24))


def test_sharpe_is_annualised_by_the_candle_interval(five: BacktestStats) -> None:
    assert five.bars_per_year == MINUTES_A_YEAR
    assert replace(five, interval_s=3600).bars_per_year == 8760
    assert replace(five, interval_s=86_400).bars_per_year == 365
    # One bar's ratio is .5, see the test of all metrics.
    assert replace(five, interval_s=3600).sharpe_ratio() == pytest.approx(0.5 * math.sqrt(8760))


@pytest.mark.parametrize("returns", [[], [0.01], [0.0, 0.0, 0.0], [0.1, 0.1, 0.1], [-0.3] * 7])
def test_sharpe_is_none_without_any_spread(returns: list[float]) -> None:
    assert sharpe_ratio(np.array(returns), MINUTES_A_YEAR) is None


def test_sharpe_standard_error_is_lo_s() -> None:
    # Lo (2002), eq. 9: sqrt((1 + SR²/2) / T); T = 60, SR = .5: sqrt(1.125 / 60) = .1369,
    # T = 12, SR = 1: sqrt(1.5 / 12) = .3536.
    assert sharpe_standard_error(0.5, 60, 1) == pytest.approx(0.1369, abs=5e-5)
    assert sharpe_standard_error(1.0, 12, 1) == pytest.approx(0.3536, abs=5e-5)
    # Annualised, ratio and error grow alike.
    yearly = sharpe_standard_error(0.5 * math.sqrt(12), 60, 12)
    assert yearly == pytest.approx(math.sqrt(1.125 / 60) * math.sqrt(12))


def test_the_standard_error_is_the_spread_of_the_ratio_over_many_samples() -> None:
    rng = np.random.default_rng(5)
    ratios = [sharpe_ratio(rng.normal(0.2, 1, 250), 1) or 0.0 for _ in range(2000)]
    assert np.std(ratios) == pytest.approx(sharpe_standard_error(0.2, 250, 1), rel=0.06)


def test_sortino_is_that_of_rollinger_and_hoffman() -> None:
    # "Sortino: A 'Sharper' Ratio", target 0: mean 10 %, sqrt((.05² + .04²) / 8) = 2.264 %: 4.417.
    returns = np.array([0.17, 0.15, 0.23, -0.05, 0.12, 0.09, 0.13, -0.04])
    assert sortino_ratio(returns, 1) == pytest.approx(4.417, abs=5e-4)
    assert sortino_ratio(returns, 4) == pytest.approx(2 * 4.417, abs=1e-3)


@pytest.mark.parametrize("returns", [[], [0.0, 0.0], [0.1, 0.0]])
def test_sortino_is_none_without_losses(returns: list[float]) -> None:
    assert sortino_ratio(np.array(returns), 1) is None


@pytest.mark.parametrize(
    ("returns", "equity", "drawdown"),
    [
        # Up to 1.25, down to .75 (.4 below the peak), up to 1.125 (.1 below).
        ([0.25, -0.4, 0.5], [1.25, 0.75, 1.125], [0.0, 0.4, 0.1]),
        # A fall at once is a fall from the starting 1.
        ([-0.1, 0.05], [0.9, 0.945], [0.1, 0.055]),
        # A short position in a price that rises by 150 % has lost all, not won a negative equity.
        ([-1.5, -0.5, 0.2], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]),
        ([], [], []),
    ],
)
def test_drawdown_is_the_fall_of_compounded_equity_from_its_peak(
    returns: list[float], equity: list[float], drawdown: list[float]
) -> None:
    found = equity_and_drawdown(np.array(returns, float))
    assert found[0] == pytest.approx(equity)
    assert found[1] == pytest.approx(drawdown)


def test_each_change_of_position_costs() -> None:
    # Changes 1, 0, 2, 1 (from 0, flat before the first bar) at 10 bps: .001, 0, .002, .001.
    net = net_returns(np.array([1.0, 1, -1, 0]), np.array([0.01, 0.02, 0.03, 0.04]), cost_bps=10)
    assert net == pytest.approx([0.009, 0.02, -0.032, -0.001])


# --- the record --------------------------------------------------------------------------------


def test_all_metrics_of_five_bars_are_those_worked_by_hand(five: BacktestStats) -> None:
    year = math.sqrt(MINUTES_A_YEAR)
    metrics = five.metrics()
    noise, most = metrics.pop("ece_noise"), metrics.pop("ece_noise_95")
    # Bins [.6,.7): .576 as above; [.7,.8): 2·.7·.3; [.8,.9): 2·.8·.2. Sum 1.316, over 4.
    assert noise == pytest.approx(0.329, abs=0.02)
    # Sums of gaps: 2.3 or more with chance .0536, 2.1 or more with .092. The draws say which.
    assert most in (pytest.approx(2.3 / 4), pytest.approx(2.1 / 4))
    assert metrics == pytest.approx(
        {
            # Predictions on bars 1 to 4; the unchanged close counts as a miss.
            "accuracy": 2 / 4,
            # |1.2 - 1| + |.7 - 0| + |.8 - 1| = 1.1, over 4; the worst bin is [.7,.8).
            "ece": 0.275,
            "ece_gap": (2.7 - 2) / 4,
            "mce": 0.7,
            "brier": (0.16 + 0.36 + 0.04 + 0.49) / 4,
            "log_loss": -math.log(0.6 * 0.4 * 0.8 * 0.3) / 4,
            # Position 0, 1, 1, -1, 0; returns 0, .02, -.01, .04, 0: mean .01, squared deviations
            # 1, 1, 4, 9, 1 (·1e-4), over 4: sd .02.
            "sharpe": 0.5 * year,
            "sharpe_se": math.sqrt((1 + 0.25 / 2) / 5) * year,
            # In hundredths -1, 1, -2, 3, -1: m2 = 16 / 5, m3 = 18 / 5, m4 = 100 / 5.
            "skewness": 3.6 / 3.2**1.5,
            "kurtosis": 20 / 3.2**2,
            # sqrt(.01² / 5) = .0044721: ratio sqrt(5).
            "sortino": math.sqrt(5) * year,
            "max_drawdown": 0.01,
            # 1.02 · .99 · 1.04 - 1
            "total_return": 0.050192,
            # |0| + |1| + |0| + |-2| + |1| = 4, over 5 bars.
            "turnover": 0.8,
            # .02 - .01 + .04 = .05 for 4 units that change hands: .0125 a unit.
            "break_even_bps": 125.0,
            "n_predictions": 4,
            "n_bars": 5,
            "n_traded": 3,
            "hits": 2,
            "coverage": 0.8,
            "unchanged_share": 0.2,
        }
    )


def test_at_the_break_even_costs_nothing_is_earned(five: BacktestStats) -> None:
    assert replace(five, cost_bps=125).net.sum() == pytest.approx(0.0)
    idle = replace(five, traded=np.zeros(5, bool))
    assert idle.metrics()["break_even_bps"] is None


def test_costs_lower_the_returns_and_nothing_else(five: BacktestStats) -> None:
    dear = replace(five, cost_bps=100)
    # .01 a unit: 0, .02 - .01, -.01, .04 - .02, 0 - .01.
    assert dear.net == pytest.approx([0, 0.01, -0.01, 0.02, -0.01])
    changed = {k for k, v in dear.metrics().items() if v != five.metrics()[k]}
    # The fall of .01 is the same by chance: here each of the two falls is a bar of -.01.
    assert changed == {
        *("sharpe", "sharpe_se", "skewness", "kurtosis", "sortino", "total_return"),
    }


def test_an_unchanged_close_is_a_miss_for_both_sides() -> None:
    both = stats_of([1, -1], [0.6, 0.6], [YES, YES], [0.0, 0.0])
    assert both.hit.tolist() == [NO, NO]
    assert both.accuracy() == 0.0
    assert both.metrics()["unchanged_share"] == 1.0


def test_methods_and_metrics_say_the_same(five: BacktestStats) -> None:
    metrics, point = five.metrics(), five.checkpoint()
    assert (five.total, five.correct) == (4, 2)
    assert five.accuracy() == metrics["accuracy"] == point.accuracy
    assert five.expected_calibration_error() == metrics["ece"] == point.ece
    assert five.sharpe_ratio() == metrics["sharpe"] == point.sharpe
    assert five.brier_score() == metrics["brier"]
    assert five.max_drawdown() == metrics["max_drawdown"]
    assert (point.n_predictions, point.n_bars) == (4, 5)


@pytest.mark.parametrize("n", [0, 1, 50])
def test_a_silent_predictor_has_zeros_and_nones(n: int) -> None:
    silent = stats_of([0] * n, [0.5] * n, [NO] * n, [0.01] * n)
    metrics = silent.metrics()
    missing = {"ece_gap", "brier", "log_loss", "sharpe", "sharpe_se", "sortino", "break_even_bps"}
    missing |= {"skewness", "kurtosis"}
    assert {name for name, value in metrics.items() if value is None} == missing
    assert {value for name, value in metrics.items() if name not in missing} == {0.0, float(n)}
    assert silent.checkpoint().sharpe is None
    assert silent.rolling() == ()
    assert sum(count for count, _, _ in silent.plot_bins()) == 0
    assert len(silent.curve()) == len(silent.blocks()) == n


def test_one_bar_has_no_sharpe_but_a_return() -> None:
    metrics = stats_of([-1], [0.55], [YES], [-0.02]).metrics()
    assert metrics["sharpe"] is None
    assert metrics["total_return"] == pytest.approx(0.02)
    assert metrics["accuracy"] == metrics["coverage"] == metrics["turnover"] == 1.0


@pytest.mark.parametrize("n_bars", [0, 1, 2, 137, 999, 1000, 5000])
def test_head_is_the_stats_of_the_prefix(n_bars: int) -> None:
    whole = replace(random_stats(1000, 1, cost_bps=3), seed=9, interval_s=300)
    prefix = BacktestStats(
        whole.direction[:n_bars],
        whole.confidence[:n_bars],
        whole.traded[:n_bars],
        whole.returns[:n_bars],
        interval_s=300,
        cost_bps=3,
        seed=9,
    )
    head = whole.head(n_bars)
    assert head.metrics() == prefix.metrics()
    assert head.blocks() == prefix.blocks()


@pytest.mark.parametrize("n", [1, 5, 63, 64, 65, 1000, 1439, 5640])
def test_blocks_are_equal_in_time_and_sum_to_the_totals(n: int) -> None:
    stats = replace(random_stats(n, n, cost_bps=2), unchanged="miss")
    blocks = stats.blocks()
    assert len(blocks) == min(64, n)
    predictions, hits, total, total2 = map(sum, zip(*blocks, strict=True))
    assert (predictions, hits) == (stats.total, stats.correct)
    assert total == pytest.approx(stats.net.sum(), abs=1e-12)
    assert total2 == pytest.approx(np.square(stats.net).sum(), abs=1e-12)
    # With a prediction on every bar the counts are the lengths: they differ by 1 at most.
    every = replace(stats, direction=np.ones(n, np.int8))
    lengths = [count for count, _, _, _ in every.blocks()]
    assert max(lengths) - min(lengths) <= 1


def test_blocks_stand_in_order_of_time() -> None:
    stats = stats_of([1] * 128, [0.6] * 128, [YES] * 128, [i / 1e4 for i in range(128)])
    # Block i holds bars 2i and 2i + 1.
    assert [r for _, _, r, _ in stats.blocks()] == pytest.approx(
        [(4 * i + 1) / 1e4 for i in range(64)]
    )


def test_plot_bins_are_25_from_one_half_to_one() -> None:
    # Every edge .50, .52 … .98 belongs to the bin above it, 1.0 to the last.
    edges = [float(f"{(50 + 2 * k) / 100:.2f}") for k in range(26)]
    stats = stats_of([1] * 26, edges, [NO] * 26, [0.01] * 26)
    bins = stats.plot_bins()
    assert [count for count, _, _ in bins] == [1] * 24 + [2]
    assert [hits for _, _, hits in bins] == [1] * 24 + [2]
    assert [total for _, total, _ in bins] == [*edges[:24], pytest.approx(1.98)]


def test_plot_bins_count_predictions_only(five: BacktestStats) -> None:
    filled = [row for row in five.plot_bins() if row[0]]
    assert filled == [(2, 1.2, 1), (1, 0.7, 0), (1, 0.8, 1)]


@pytest.mark.parametrize("n", [1, 2, 3, 150, 199, 200, 201, 202, 399, 400, 5640, 525_601])
def test_the_curve_has_at_most_200_points_with_both_ends(n: int) -> None:
    stats = BacktestStats(
        np.ones(n, np.int8), np.full(n, 0.6), np.ones(n, bool), np.resize([0.01, -0.01, 0.0], n)
    )
    bars, equity, drawdown = zip(*stats.curve(), strict=True)
    assert len(bars) == min(n, 200)
    assert (bars[0], bars[-1]) == (0, n - 1)
    gaps = np.diff(bars)
    assert n == 1 or (gaps.min() >= 1 and gaps.max() - gaps.min() <= 1)
    exact = equity_and_drawdown(stats.net)
    assert equity == pytest.approx(exact[0][list(bars)], abs=1e-6)
    assert drawdown == pytest.approx(exact[1][list(bars)], abs=1e-6)


@pytest.mark.parametrize(("n", "points"), [(0, 0), (199, 0), (200, 1), (201, 2), (5000, 200)])
def test_rolling_accuracy_has_at_most_200_points_with_both_ends(n: int, points: int) -> None:
    rolling = replace(random_stats(n, 2, flat=0.0), unchanged="miss").rolling()
    assert len(rolling) == points
    if points:
        assert (rolling[0][0], rolling[-1][0]) == (200, n)


def test_rolling_accuracy_is_of_the_last_200_predictions() -> None:
    # 100 hits, then 150 misses, every second bar FLAT: after 200 predictions 100 of them hit,
    # after 250 the last 200 hold 50 hits.
    direction, returns = [1, 0] * 250, [0.01, 0.01] * 100 + [-0.01, 0.01] * 150
    rolling = dict(stats_of(direction, [0.6] * 500, [NO] * 500, returns).rolling())
    assert (rolling[200], rolling[225], rolling[250]) == (0.5, 0.375, 0.25)


@settings(max_examples=60, deadline=None)
@given(
    bars=st.lists(
        st.tuples(
            st.sampled_from([-1, 0, 1]),
            st.floats(0.5, 1.0),
            st.booleans(),
            st.floats(-0.99, 3.0) | st.just(0.0),
        ),
        max_size=120,
    ),
    cost_bps=st.sampled_from([0.0, 5.0]),
)
def test_whatever_the_bars_the_metrics_are_finite_and_within_their_ranges(
    bars: list[tuple[int, float, bool, float]], cost_bps: float
) -> None:
    direction, confidence, traded, returns = (
        map(list, zip(*bars, strict=True)) if bars else [[]] * 4
    )
    stats = stats_of(direction, confidence, traded, returns, cost_bps=cost_bps)
    metrics = stats.metrics()
    assert all(math.isfinite(value) for value in metrics.values() if value is not None)
    within = ("accuracy", "ece", "mce", "ece_noise", "ece_noise_95", "max_drawdown", "coverage")
    for name in (*within, "unchanged_share"):
        assert 0.0 <= metrics[name] <= 1.0 + 1e-12, name
    # A bin's gap is at most the worst, and gaps of one sign are the signed gap.
    assert abs(metrics["ece_gap"] or 0.0) <= metrics["ece"] + 1e-12
    assert metrics["ece"] <= metrics["mce"] + 1e-12
    assert all(0.0 <= drawdown <= 1.0 for _, _, drawdown in stats.curve())
