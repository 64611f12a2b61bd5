"""Real candles to search on, each with an earlier part to tune on and a later part to judge on."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.candles import Candles, load_candles
from titan_mlopt.core.parameters import DEFAULTS, TUNABLE_PARAMS, ParamValue
from titan_mlopt.core.search_space import Space

#: Candles of either part.
N_TRAIN, N_LATER = 20_000, 20_000
#: The folder of real candles, beside the checkout unless the variable names another one.
FOLDER = "TITAN_MLOPT_CANDLES"
#: Titan's parameters without those of the classifier, which is off: a backtest takes 1 to 2 ms.
SPACE = Space(
    {name: bounds for name, bounds in TUNABLE_PARAMS.items() if not name.startswith("ml.")},
    {"ml.enabled": False},
)
#: Fewer predictions than this make no accuracy.
LEAST_PREDICTIONS = 100

_FILES = (
    "BTCUSDT_1m_20210326.csv.gz",
    "BTCUSDT_1m_20250101.csv.gz",
    "BTCUSDT_1m_20250301.csv.gz",
    "ETHUSDT_1m_20250101.csv.gz",
    "ETHUSDT_1m_20250301.csv.gz",
    "NEARUSDT_1m_20230801.csv.gz",
)


@dataclass(frozen=True)
class Market:
    """A stretch of a file.

    Attributes:
        name: Symbol and first day; a letter tells stretches of one file apart.
        symbol: What is traded.
        train: The part that is tuned on.
        later: The candles that follow it directly.
    """

    name: str
    symbol: str
    train: Candles
    later: Candles


def folder() -> Path:
    """Return the folder of real candles.

    Raises:
        SystemExit: It is not there.
    """
    path = Path(os.environ.get(FOLDER) or Path(__file__).parents[2] / "shared" / "data")
    if not path.is_dir():
        raise SystemExit(f"{path}: must be a folder of real candles, got none; set {FOLDER}")
    return path


@cache
def stretches(n: int, most: int = 2) -> tuple[tuple[str, Candles], ...]:
    """Return name and candles of each stretch of n candles.

    Those of one file follow each other, as many as it has, up to ``most``; at most 3.
    """
    parts = []
    for file in _FILES:
        candles = load_candles(folder() / file)
        symbol, _, day = file.removesuffix(".csv.gz").split("_")
        n_stretches = min(most, len(candles) // n)
        for k in range(n_stretches):
            name = f"{symbol} {day}" + ("" if n_stretches == 1 else f" {'abc'[k]}")
            parts.append((name, candles.part(k * n, (k + 1) * n)))
    return tuple(parts)


@cache
def markets(n_train: int = N_TRAIN, n_later: int = N_LATER) -> tuple[Market, ...]:
    """Return the stretches, each in two parts: one of each file, and two of the long file."""
    n = n_train + n_later
    return tuple(
        Market(name, name.split()[0], candles.part(0, n_train), candles.part(n_train, n))
        for name, candles in stretches(n)
    )


def objective(candles: Candles, params: Mapping[str, ParamValue]) -> float:
    """Return the accuracy of sampled params, from 0 to 1; 0.5 with under 100 predictions."""
    stats = backtest_stats(candles, {**DEFAULTS, **SPACE.fixed, **params})
    return stats.accuracy() if stats.total >= LEAST_PREDICTIONS else 0.5


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of values, one a market, and its standard error; 0 for a single value."""
    mean = statistics.fmean(values)
    error = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return mean, error


def shown(values: Sequence[float], digits: int = 2) -> str:
    """Return ``mean ± standard error`` of values."""
    mean, error = mean_and_error(values)
    return f"{mean:+.{digits}f} ± {error:.{digits}f}"
