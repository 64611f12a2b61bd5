"""Indicators and features of each bar, from that bar and earlier ones only, in blocks."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from titan_mlopt.backtest.engine.compiled import compiled
from titan_mlopt.backtest.engine.windows import VOL_Z_BARS, Windows
from titan_mlopt.backtest.engine.windows import warm_up_bars as warm_up_bars
from titan_mlopt.backtest.engine.windows import windows_of as windows_of

# Rows of an indicator block.
TREND, VOL_Z, VOLUME_Z, RSI, MOVE, SIGMA = range(6)
N_INDICATORS = 6
N_FEATURES = 12
# Running sums are recomputed at every multiple of _REFRESH, and when one shrinks below a share of
# its maximum: the rounding errors of a price jump must not stay in a quiet market.
_REFRESH, _SHRUNK = 1024, 0.02
# A smaller standard deviation of returns counts as an unchanging price.
_STILL = 1e-8
# At a smaller ratio of variance to mean² the difference of the two sums is too inexact.
_STEADY = 1e-4


class Bars(NamedTuple):
    """The candle columns that the indicators read, float64 (n,) each."""

    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray


class Carry(NamedTuple):
    """The state between blocks: running sums, and a ring buffer of the last 100 volatilities."""

    price: np.ndarray
    vol: np.ndarray
    ring: np.ndarray


def new_carry() -> Carry:
    """Return the state before bar 0."""
    return Carry(np.zeros(5), np.zeros(6), np.zeros(VOL_Z_BARS))


def fill_indicators(
    bars: Bars, start: int, stop: int, windows: Windows, carry: Carry, out: np.ndarray
) -> None:
    """Compute the indicators of the bars start ≤ t < stop.

    Blocks follow one another from bar 0 on; their size does not change any bit of the result.

    Args:
        bars: All candles.
        start: First bar of the block, where the last block stopped.
        stop: One past its last bar.
        windows: Window lengths.
        carry: State from the last block, updated in place.
        out: float64 (6, block), of which column t - start is set: trend, (fast mean - slow mean) /
            (close · volatility); z-score of volatility over 100 bars; z-score of volume; RSI in
            [0, 100] from plain means, 50 without any move; move, return / volatility; volatility,
            0 while the price does not change. Bars before ``warm_up_bars`` are meaningless.
    """
    _fill_volatility(bars.close, start, stop, windows.vol, carry.vol, carry.ring, out)
    _fill_trend(bars.close, start, stop, windows, carry.price, out)
    _fill_volume(bars.volume, start, stop, windows.volume, out)


@compiled
def _fill_volatility(
    close: np.ndarray,
    start: int,
    stop: int,
    window: int,
    carry: np.ndarray,
    ring: np.ndarray,
    out: np.ndarray,
) -> None:
    total, total2, most, vols, vols2, most_vols = carry
    for t in range(start, stop):
        afresh = t % _REFRESH == 0 or t <= window
        ret = close[t] / close[t - 1] - 1.0 if t > 0 else 0.0
        if not afresh:
            old_ret = close[t - window] / close[t - window - 1] - 1.0
            total += ret - old_ret
            total2 += ret * ret - old_ret * old_ret
            most = max(most, total2)
            afresh = total2 < _SHRUNK * most
        if afresh:
            total = total2 = 0.0
            for k in range(max(1, t - window + 1), t + 1):
                past = close[k] / close[k - 1] - 1.0
                total += past
                total2 += past * past
            most = total2
        variance = (total2 - total * total / window) / (window - 1)
        sigma = math.sqrt(variance) if variance > _STILL * _STILL else 0.0
        slot = t % VOL_Z_BARS
        vols += sigma - ring[slot]
        vols2 += sigma * sigma - ring[slot] * ring[slot]
        ring[slot] = sigma
        most_vols = max(most_vols, vols2)
        if t % _REFRESH == 0 or vols2 < _SHRUNK * most_vols:
            vols = vols2 = 0.0
            for k in range(VOL_Z_BARS):
                vols += ring[k]
                vols2 += ring[k] * ring[k]
            most_vols = vols2
        out[SIGMA, t - start] = sigma
        out[MOVE, t - start] = ret / sigma if sigma > 0.0 else 0.0
        out[VOL_Z, t - start] = _z_score(sigma, vols, vols2, ring, 0, VOL_Z_BARS)
    carry[0], carry[1], carry[2] = total, total2, most
    carry[3], carry[4], carry[5] = vols, vols2, most_vols


@compiled
def _z_score(
    value: float, total: float, total2: float, values: np.ndarray, start: int, n: int
) -> float:
    """Return the z-score of ``value`` among ``n`` values from ``start`` on, 0 if all are equal.

    total, total2: sums of these values and of their squares.
    """
    mean = total / n
    variance = (total2 - total * mean) / (n - 1)
    if variance > _STEADY * mean * mean:
        return (value - mean) / math.sqrt(variance)
    away = away2 = 0.0
    for k in range(start, start + n):
        gap = values[k] - value
        away += gap
        away2 += gap * gap
    variance = (away2 - away * away / n) / (n - 1)
    return -away / n / math.sqrt(variance) if variance > 1e-12 * mean * mean else 0.0


@compiled
def _fill_trend(
    close: np.ndarray, start: int, stop: int, windows: Windows, carry: np.ndarray, out: np.ndarray
) -> None:
    fast, slow, gains, losses, most = carry
    longest = max(windows.slow, windows.rsi + 1)
    for t in range(start, stop):
        afresh = t % _REFRESH == 0 or t <= longest
        if not afresh:
            fast += close[t] - close[t - windows.fast]
            slow += close[t] - close[t - windows.slow]
            step = close[t] - close[t - 1]
            old_step = close[t - windows.rsi] - close[t - windows.rsi - 1]
            gains += max(step, 0.0) - max(old_step, 0.0)
            losses += max(-step, 0.0) - max(-old_step, 0.0)
            most = max(most, gains + losses)
            afresh = gains + losses < _SHRUNK * most
        if afresh:
            # Both means are relative to the current close, so that their difference stays exact.
            fast = slow = gains = losses = 0.0
            for k in range(max(0, t - windows.fast + 1), t + 1):
                fast += close[k] - close[t]
            for k in range(max(0, t - windows.slow + 1), t + 1):
                slow += close[k] - close[t]
            for k in range(max(1, t - windows.rsi + 1), t + 1):
                step = close[k] - close[k - 1]
                gains += max(step, 0.0)
                losses += max(-step, 0.0)
            most = gains + losses
        sigma = out[SIGMA, t - start]
        gap = fast / windows.fast - slow / windows.slow
        out[TREND, t - start] = gap / (close[t] * sigma) if sigma > 0.0 else 0.0
        total_move = gains + losses
        still = total_move <= 1e-12 * close[t]
        out[RSI, t - start] = 50.0 if still else min(100.0, max(0.0, 100.0 * gains / total_move))
    carry[0], carry[1], carry[2], carry[3], carry[4] = fast, slow, gains, losses, most


@compiled
def _fill_volume(volume: np.ndarray, start: int, stop: int, window: int, out: np.ndarray) -> None:
    for t in range(start, stop):
        total = total2 = 0.0
        first = max(0, t - window + 1)
        for k in range(first, t + 1):
            total += volume[k]
            total2 += volume[k] * volume[k]
        out[VOLUME_Z, t - start] = _z_score(volume[t], total, total2, volume, first, t + 1 - first)


@compiled
def fill_features(
    bars: Bars, start: int, stop: int, indicators: np.ndarray, features: np.ndarray
) -> None:
    """Compute the classifier's features of the bars start ≤ t < stop.

    The features are the five indicators, three lagged returns and the 5-bar return in units of
    volatility, the candle's body and the position of its close within its range, and the share of
    the bar's volume in that of the last two bars.

    Args:
        bars: All candles.
        start: First bar, >= 5.
        stop: One past the last bar.
        indicators: Of these bars, (6, block).
        features: float32 (block, 12), of which row t - start is set.
    """
    for t in range(start, stop):
        j = t - start
        row = features[j]
        for k in range(5):
            row[k] = indicators[k, j]
        sigma = indicators[SIGMA, j]
        scale = 1.0 / sigma if sigma > 0.0 else 0.0
        for lag in range(1, 4):
            row[4 + lag] = (bars.close[t - lag] / bars.close[t - lag - 1] - 1.0) * scale
        row[8] = (bars.close[t] / bars.close[t - 5] - 1.0) * scale / math.sqrt(5.0)
        span = bars.high[t] - bars.low[t]
        row[9] = (bars.close[t] - bars.open[t]) / span if span > 0.0 else 0.0
        row[10] = (bars.close[t] - bars.low[t]) / span if span > 0.0 else 0.5
        volume_sum = bars.volume[t] + bars.volume[t - 1]
        row[11] = bars.volume[t] / volume_sum if volume_sum > 0.0 else 0.5
