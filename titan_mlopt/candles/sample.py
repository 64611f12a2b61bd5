"""Sample candles: a synthetic market with a known, planted predictability.

Studies store the digest of their candles, so every version of the sample can be made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import ConfigError, short_repr

#: Name of these candles, used in place of a file.
SAMPLE = "sample"
#: The version that new studies get.
VERSION = 2
# Number of candles and seed of each version: four days of minutes, and five, whose sealed last two
# rise as often as they fall.
_WHOLE = {1: (5760, 2024), 2: (7200, 2025)}
START_TS = 1_704_067_200  # 2024-01-01T00:00:00Z
_START_CENTS = 60_000_00.0
CALM, TREND, TURBULENT = 0, 1, 2

# Per regime: calm, trend, turbulent.
_MEAN_BARS = np.array([150.0, 160.0, 68.0])  # mean length; shares of about .40, .42, .18
# Version 1: P(direction of the last bar repeats).
_REPEAT = np.array([0.445, 0.56, 0.50])
# Version 2: P(the close goes to the side of the trend of FAST against SLOW bars), and how much
# more after a bar that went against it. The default config looks at 5 and 20 bars.
FAST, SLOW = 9, 29
_FOLLOW, _MORE_AFTER_PULLBACK = np.array([0.56, 0.62, 0.58]), 0.08
_VARIANCE = np.array([3.0e-4, 5.0e-4, 1.0e-3]) ** 2  # long-run variance of a bar's return
_VOLUME = np.array([0.8, 1.1, 1.7])
# Share of absorbing bars, with high volume but a small move, in any regime; the next bar mostly
# reverses.
_ABSORBING, _REPEAT_AFTER = 0.04, 0.40
_ARCH, _GARCH = 0.10, 0.82
_BASE_VOLUME = 12.0
_TYPICAL_MOVE = 4.1e-4  # the mean of |return|

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def sample_candles(
    n: int | None = None,
    seed: int | None = None,
    interval_s: int = 60,
    version: int = VERSION,
) -> Candles:
    """Return synthetic candles from 2024-01-01T00:00:00Z on; they are no market data.

    They have regimes (calm, trend, turbulent) that differ in volatility and volume, clustered
    volatility, and volume by the time of day. The next direction is predictable: it goes to the
    side of the trend, the mean of the last 9 closes less that of the last 29, with probability
    .56 in calm, .62 in a trend and .58 in turbulence, .08 more after a bar against the trend. After
    a bar with high volume and a small move it repeats with .40 instead. Following that trend is
    right about 62 % of the time, persistence and its opposite about 50 %: more than any market
    gives away, so that a few thousand candles are enough to show it.

    Version 1 has a fainter predictability: the direction repeats with probability .56 in a trend
    and .445 in calm.

    Prices are multiples of 0.01, volumes of 1e-5. Only uniform random numbers, + - * /, square
    roots and comparisons are used, so the same arguments give the same bits on every machine.

    Args:
        n: Number of candles, >= 2; None for that of the version: four days of minutes, or five.
        seed: >= 0; None for that of the version.
        interval_s: Seconds per candle, >= 1.
        version: 1 or 2.

    Raises:
        ConfigError: An argument is out of its range.
    """
    if version not in _WHOLE:
        raise ConfigError(f"sample: version must be 1 or 2, got {short_repr(version)}")
    whole = _WHOLE[version]
    n, seed = whole[0] if n is None else n, whole[1] if seed is None else seed
    for name, value, low in (("n", n, 2), ("seed", seed, 0), ("interval_s", interval_s, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise ConfigError(
                f"sample: {name} must be a whole number >= {low}, got {short_repr(value)}"
            )
    rng = np.random.Generator(np.random.PCG64(seed))
    ts = START_TS + interval_s * np.arange(n, dtype=np.int64)
    regimes = planted_regimes(rng, n)
    absorbing = rng.random(n) < _ABSORBING
    sizes = _move_sizes(rng, regimes, absorbing)
    closes_of = _repeating_closes if version == 1 else _trending_closes
    closes = closes_of(rng.random(n), regimes, absorbing, sizes)
    opens = np.concatenate(([_START_CENTS], closes[:-1]))
    highs, lows = _wicks(rng, opens, closes, sizes)
    volumes = _volumes(rng, ts, regimes, absorbing, sizes)
    candles = Candles(
        SAMPLE, ts, opens / 100.0, highs / 100.0, lows / 100.0, closes / 100.0, volumes
    )
    # "sample" means whole versions only.
    return replace(candles, path=SAMPLE) if (n, seed, interval_s) == (*whole, 60) else candles


def stored_sample(description: Mapping[str, Any]) -> Candles:
    """Return the version of the sample on which a study was tuned, the newest when none fits.

    Args:
        description: What the study stores of the candles to tune on; {} for a new study.
    """
    count, newest = int(description.get("count", 0)), sample_candles()
    for older in range(VERSION - 1, 0, -1):
        candles = sample_candles(version=older)
        if 2 <= count <= len(candles) and candles.head(count).digest == description.get("sha256"):
            return candles
    return newest


def is_whole_sample(candles: Candles) -> bool:
    """Return whether these are the sample that new studies get, all of it."""
    return candles.path == SAMPLE and len(candles) == _WHOLE[VERSION][0]


def planted_regimes(rng: np.random.Generator, n: int) -> IntArray:
    """Return the regime of each bar, (n,), by a Markov chain.

    The mean length of a stay is ``_MEAN_BARS``; both other regimes are equally likely to follow.
    """
    leaves = rng.random(n)
    turns = rng.integers(1, 3, n).tolist()
    odds = (1.0 / _MEAN_BARS).tolist()
    regimes, regime = [], TREND
    for leave, turn in zip(leaves.tolist(), turns, strict=True):
        if leave < odds[regime]:
            regime = (regime + turn) % 3
        regimes.append(regime)
    return np.array(regimes, np.int64)


def _bell(rng: np.random.Generator, n: int) -> FloatArray:
    """Return nearly normal numbers (n,), mean 0, variance 1: sums of 12 uniform integers.

    ``standard_normal`` uses the C library's log and exp, which differ in the last bit by platform.
    """
    total = rng.integers(0, 2**20, (12, n)).sum(axis=0)
    return np.asarray((total + 6) / 2.0**20 - 6.0)


def _move_sizes(
    rng: np.random.Generator, regimes: IntArray, absorbing: NDArray[np.bool_]
) -> FloatArray:
    """Return the absolute return of each bar, > 0: GARCH(1, 1) around the regime's variance."""
    shocks = np.abs(_bell(rng, len(regimes))) + 0.02
    floors = ((1.0 - _ARCH - _GARCH) * _VARIANCE)[regimes].tolist()
    variances, variance, square = [], float(_VARIANCE[regimes[0]]), 1.0
    for floor, shock in zip(floors, (shocks * shocks).tolist(), strict=True):
        variance = floor + variance * (_ARCH * square + _GARCH)
        variances.append(variance)
        square = shock
    sizes = np.minimum(np.sqrt(variances) * shocks, 0.05)
    return np.where(absorbing, 0.15 * sizes, sizes)


def _repeating_closes(
    coins: FloatArray, regimes: IntArray, absorbing: NDArray[np.bool_], sizes: FloatArray
) -> FloatArray:
    """Return the closes of version 1 in cents: a direction repeats, more or less often."""
    repeats = _REPEAT[regimes]
    repeats[1:][absorbing[:-1]] = _REPEAT_AFTER
    signs: FloatArray = np.where(coins < repeats, 1.0, -1.0)
    moves = np.cumprod(signs, dtype=np.float64) * sizes
    closes: FloatArray = np.rint(_START_CENTS * np.cumprod(1.0 + moves))
    return closes


def _trending_closes(
    coins: FloatArray, regimes: IntArray, absorbing: NDArray[np.bool_], sizes: FloatArray
) -> FloatArray:
    """Return the closes of version 2 in cents: they go to the side of the trend.

    Closes are whole cents, so that their sums and the trend's sign are exact.
    """
    follows, reverses = _FOLLOW[regimes].tolist(), absorbing.tolist()
    closes, sums, last = [_START_CENTS], [0.0, _START_CENTS], 1.0
    for t, (coin, size) in enumerate(zip(coins[1:].tolist(), sizes[1:].tolist(), strict=True), 1):
        side, chance = last, 0.5
        if reverses[t - 1]:
            chance = _REPEAT_AFTER
        elif t >= SLOW:
            fast, slow = sums[t] - sums[t - FAST], sums[t] - sums[t - SLOW]
            side = 1.0 if SLOW * fast > FAST * slow else -1.0
            chance = follows[t] + (_MORE_AFTER_PULLBACK if side != last else 0.0)
        last = side if coin < chance else -side
        closes.append(float(round(closes[-1] * (1.0 + last * size))))
        sums.append(sums[-1] + closes[-1])
    return np.array(closes)


def _wicks(
    rng: np.random.Generator, opens: FloatArray, closes: FloatArray, sizes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return highs and lows in cents; a quarter of the candle ends has no wick."""
    reach = (
        0.7 * opens * (sizes + _TYPICAL_MOVE) * np.maximum(rng.random((2, len(opens))) - 0.25, 0)
    )
    up, down = np.rint(reach)
    return np.maximum(opens, closes) + up, np.minimum(opens, closes) - down


def _volumes(
    rng: np.random.Generator,
    ts: IntArray,
    regimes: IntArray,
    absorbing: NDArray[np.bool_],
    sizes: FloatArray,
) -> FloatArray:
    """Return volumes >= 1e-5, highest at 15:00 UTC, for large moves and for absorbing bars."""
    away = np.abs((ts % 86_400) / 86_400 - 15 / 24)
    by_hour = 1.6 - 2.4 * np.minimum(away, 1.0 - away)
    noise = 0.2 + rng.random(len(ts)) + rng.random(len(ts)) * rng.random(len(ts))
    by_move = np.where(absorbing, 4.0, 0.5 + sizes / _TYPICAL_MOVE)
    volumes = _BASE_VOLUME * by_hour * by_move * noise * _VOLUME[regimes]
    ticks: FloatArray = np.maximum(np.rint(volumes * 1e5), 1.0)
    return ticks / 1e5
