"""Indicators and features: right by hand and against plain sums, finite in any market."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from support.engine_cases import OFTEN_TRAINED, bars_of, candles_with, decided, indicators_of
from titan_mlopt.backtest.engine.indicators import (
    MOVE,
    N_FEATURES,
    N_INDICATORS,
    RSI,
    SIGMA,
    TREND,
    VOL_Z,
    VOL_Z_BARS,
    VOLUME_Z,
    fill_features,
    fill_indicators,
    new_carry,
    warm_up_bars,
    windows_of,
)
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.parameters import DEFAULTS, Params, merge_config


def naive_indicators(candles: Candles, config: Params) -> np.ndarray:
    """Each bar from its own window alone, with numpy's sums."""
    windows, n = windows_of(config), len(candles)
    close, volume, out = candles.close, candles.volume, np.zeros((N_INDICATORS, n))
    returns = np.concatenate([[0.0], close[1:] / close[:-1] - 1.0])
    steps = np.concatenate([[0.0], np.diff(close)])
    for t in range(windows.vol, n):
        sigma = returns[t - windows.vol + 1 : t + 1].std(ddof=1)
        out[SIGMA, t] = sigma if sigma > 1e-8 else 0.0
    for t in range(warm_up_bars(config), n):
        sigma = out[SIGMA, t]
        last = steps[t - windows.rsi + 1 : t + 1]
        gains, losses = last[last > 0].sum(), -last[last < 0].sum()
        out[RSI, t] = 100 * gains / (gains + losses) if gains + losses else 50.0
        out[VOL_Z, t] = z_score(out[SIGMA, t - VOL_Z_BARS + 1 : t + 1])
        out[VOLUME_Z, t] = z_score(volume[t - windows.volume + 1 : t + 1])
        if sigma:
            fast, slow = close[t - windows.fast + 1 : t + 1], close[t - windows.slow + 1 : t + 1]
            out[TREND, t] = (fast.mean() - slow.mean()) / (close[t] * sigma)
            out[MOVE, t] = returns[t] / sigma
    return out


def z_score(window: np.ndarray) -> float:
    sd = window.std(ddof=1)
    return float((window[-1] - window.mean()) / sd) if sd > 1e-6 * abs(window.mean()) else 0.0


def walk(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.round(60_000 * np.exp(np.cumsum(rng.normal(0, 5e-4, n))), 2)


def jumping(n: int) -> np.ndarray:
    close = walk(n, 2)
    for bar, factor in ((1100, 5.0), (1600, 0.1), (2050, 1.5), (2600, 10.0), (2601, 0.1)):
        close[bar:] *= factor
    return np.round(close, 2)


def resting(n: int) -> np.ndarray:
    close = jumping(n)
    for start, stop in ((1300, 1310), (1601, 1900), (2602, 3000)):
        close[start:stop] = close[start - 1]
    return close


LONG = 3400
SERIES: dict[str, Callable[[int], np.ndarray]] = {
    "walk": lambda n: walk(n, 1),
    "jumps": jumping,
    "jumps and rests": resting,
    "calm after a storm": lambda n: (
        100
        * np.exp(
            np.cumsum(np.random.default_rng(4).normal(0, np.where(np.arange(n) < 2060, 3e-2, 2e-6)))
        )
    ),
    "penny": lambda n: np.maximum(np.round(walk(n, 5) / 1e6, 4), 1e-4),
}


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize(
    "config",
    [
        DEFAULTS,
        merge_config(
            {
                "feature.fast_window": 10,
                "feature.slow_window": 15,
                "feature.rsi_window": 20,
                "feature.vol_window": 7,
                "feature.volume_window": 50,
            }
        ),
        merge_config({"feature.vol_window": 300, "feature.volume_window": 2}),
    ],
    ids=["defaults", "other windows", "far windows"],
)
def test_sliding_sums_agree_with_sums_of_each_window(series: str, config: Params) -> None:
    # 3,400 bars cross the fresh sums at 1,024, 2,048 and 3,072.
    volume = np.random.default_rng(9).lognormal(0, 1, LONG).round(5)
    volume[500:540] = 0.0
    volume[2048:2060] *= 1e6
    candles = candles_with(SERIES[series](LONG), volume)
    found, expected = indicators_of(candles, config), naive_indicators(candles, config)
    ready = warm_up_bars(config)
    assert np.isfinite(found).all()
    for row in range(N_INDICATORS):
        np.testing.assert_allclose(
            found[row, ready:], expected[row, ready:], rtol=1e-9, atol=1e-9, err_msg=str(row)
        )


@pytest.mark.parametrize("series", SERIES)
def test_indicators_do_not_depend_on_where_the_blocks_are_cut(series: str) -> None:
    candles = candles_with(SERIES[series](LONG), np.random.default_rng(9).lognormal(0, 1, LONG))
    windows, carry, out = windows_of(DEFAULTS), new_carry(), np.empty((N_INDICATORS, LONG))
    cuts = np.unique(np.random.default_rng(1).integers(1, LONG, 600))
    for start, stop in zip([0, *cuts], [*cuts, LONG], strict=True):
        block = np.empty((N_INDICATORS, stop - start))
        fill_indicators(bars_of(candles), int(start), int(stop), windows, carry, block)
        out[:, start:stop] = block
    assert out.tobytes() == indicators_of(candles).tobytes()


def test_indicators_of_a_short_series_are_those_worked_by_hand() -> None:
    # 140 closes of 100, then 103, 102, 102, 104: RSI over 10 steps: gains 3 + 2, losses 1.
    close = np.array([100.0] * 140 + [103.0, 102.0, 102.0, 104.0])
    volume = np.array([1.0] * 143 + [3.0])
    config = merge_config({"feature.rsi_window": 10, "feature.volume_window": 4})
    last = indicators_of(candles_with(close, volume), config)[:, -1]
    assert last[RSI] == pytest.approx(100 * 5 / 6)
    # Volumes 1, 1, 1, 3: mean 1.5, sd sqrt((3 · .25 + 2.25) / 3) = 1.
    assert last[VOLUME_Z] == pytest.approx(1.5)
    # Fast mean (100 + 103 + 102 + 102 + 104) / 5 = 102.2; slow (16 · 100 + 411) / 20 = 100.55.
    assert last[TREND] * 104 * last[SIGMA] == pytest.approx(102.2 - 100.55)
    # Returns of the last 20 bars: .03, -1/103, 0, 2/102 and 16 zeros.
    moves = np.array([0.03, -1 / 103, 2 / 102])
    variance = ((moves**2).sum() - moves.sum() ** 2 / 20) / 19
    assert last[SIGMA] == pytest.approx(math.sqrt(variance))
    assert last[MOVE] == pytest.approx(2 / 102 / math.sqrt(variance))


def test_the_first_decision_comes_when_every_indicator_is_ready() -> None:
    # 20 returns need bar 20, 100 volatilities bar 119.
    assert warm_up_bars(DEFAULTS) == 119
    assert warm_up_bars(merge_config({"feature.vol_window": 5})) == 104
    assert warm_up_bars(merge_config({"feature.volume_window": 500})) == 499


def test_features_are_those_worked_by_hand() -> None:
    candles = Candles(
        "made",
        60 * np.arange(7),
        np.array([1.0, 1, 1, 1, 1, 1, 102]),
        np.array([1.0, 1, 1, 1, 1, 1, 106]),
        np.array([1.0, 1, 1, 1, 1, 1, 101]),
        np.array([99.0, 100, 100, 101, 101, 102, 105]),
        np.array([1.0, 1, 1, 1, 1, 1, 3]),
    )
    indicators, rows = np.zeros((N_INDICATORS, 1)), np.empty((1, N_FEATURES), np.float32)
    indicators[:, 0] = [1.5, -0.5, 2.0, 60.0, 0.7, 0.01]
    fill_features(bars_of(candles), 6, 7, indicators, rows)
    assert rows[0] == pytest.approx(
        [
            *(1.5, -0.5, 2.0, 60.0, 0.7),
            # The three returns before this bar's, in volatilities of .01.
            *(1 / 101 / 0.01, 0.0, 1 / 100 / 0.01),
            # Five bars back: 105 / 100 - 1 = .05, five volatilities, over sqrt(5).
            math.sqrt(5),
            # Body 105 - 102 and place 105 - 101 in a span of 5; volume 3 of 3 + 1.
            *(0.6, 0.8, 0.75),
        ],
        rel=1e-6,
    )


@pytest.mark.parametrize("volume", [0.0, 5.0])
def test_a_standing_market_gives_finite_numbers_and_no_prediction(volume: float) -> None:
    flat = np.full(3300, 7.25)
    candles = Candles("flat", 60 * np.arange(3300), *[flat] * 4, np.full(3300, volume))
    found = indicators_of(candles)[:, 119:]
    assert np.isfinite(found).all()
    assert (found[RSI] == 50.0).all()
    assert (np.delete(found, RSI, axis=0) == 0.0).all()
    decisions = decided(candles, merge_config({"ml.n_estimators": 50}))
    assert not decisions.direction.any()
    assert (decisions.p_up == 0.5).all()


def test_a_market_that_stops_and_starts_again_gives_finite_numbers() -> None:
    close, volume = resting(LONG), np.ones(LONG)
    volume[1601:1900] = 0.0
    candles = candles_with(close, volume)
    indicators = indicators_of(candles)
    rows = np.empty((LONG - 119, N_FEATURES), np.float32)
    ready = np.ascontiguousarray(indicators[:, 119:])
    fill_features(bars_of(candles), 119, LONG, ready, rows)
    assert np.isfinite(rows).all()
    decisions = decided(candles, OFTEN_TRAINED)
    assert np.isfinite(decisions.p_up).all()
    assert np.isfinite(decisions.confidence).all()
