"""Sample candles: a synthetic market with a known, planted predictability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import ConfigError, short_repr

#: Name of these candles, used in place of a file.
SAMPLE = "sample"
START_TS = 1_704_067_200  # 2024-01-01T00:00:00Z
_START_CENTS = 60_000_00.0
CALM, TREND, TURBULENT = 0, 1, 2

# Per regime: calm, trend, turbulent.
_MEAN_BARS = np.array([150.0, 160.0, 68.0])  # mean length; shares of about .40, .42, .18
_REPEAT = np.array([0.445, 0.56, 0.50])  # P(direction of the last bar repeats)
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


def sample_candles(n: int = 5760, seed: int = 2024, interval_s: int = 60) -> Candles:
    """Return synthetic candles from 2024-01-01T00:00:00Z on; they are no market data.

    They have regimes (calm, trend, turbulent) that differ in volatility and volume, clustered
    volatility, and volume by the time of day. The next direction is predictable in three ways: it
    repeats with probability .56 in a trend and .445 in calm, and with .40 after a bar with high
    volume and a small move. A rule that knows the regime and the last bar is right about 55 % of
    the time, persistence about 50 %.

    Prices are multiples of 0.01, volumes of 1e-5. Only uniform random numbers, + - * /, square
    roots and comparisons are used, so the same arguments give the same bits on every machine.

    Args:
        n: Number of candles, >= 2; the default is four days of minutes.
        seed: >= 0.
        interval_s: Seconds per candle, >= 1.

    Raises:
        ConfigError: An argument is out of its range.
    """
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
    moves = _directions(rng, regimes, absorbing) * sizes
    closes = np.rint(_START_CENTS * np.cumprod(1.0 + moves))
    opens = np.concatenate(([_START_CENTS], closes[:-1]))
    highs, lows = _wicks(rng, opens, closes, sizes)
    volumes = _volumes(rng, ts, regimes, absorbing, sizes)
    candles = Candles(
        SAMPLE, ts, opens / 100.0, highs / 100.0, lows / 100.0, closes / 100.0, volumes
    )
    # "sample" means the candles with the default arguments only.
    default = (n, seed, interval_s) == sample_candles.__defaults__
    return replace(candles, path=SAMPLE) if default else candles


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


def _directions(
    rng: np.random.Generator, regimes: IntArray, absorbing: NDArray[np.bool_]
) -> FloatArray:
    """Return +1 or -1 for each bar; this is where the predictability is planted."""
    repeats = _REPEAT[regimes]
    repeats[1:][absorbing[:-1]] = _REPEAT_AFTER
    signs: FloatArray = np.where(rng.random(len(regimes)) < repeats, 1.0, -1.0)
    return np.cumprod(signs, dtype=np.float64)


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
