"""The classifier's settings beside those of before: what they cost and how well they predict.

Both backtest the same configs on the same real candles: the defaults, and points drawn from the
search space. `python benchmarks/classifier.py [n_candles] [n_configs]` (20,000 and 12).
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
from frame import alternate, machine
from scipy.special import stdtrit

from titan_mlopt.backtest.engine import classifier
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.candles import Candles, load_candles
from titan_mlopt.core.parameters import TUNABLE_PARAMS, Params, merge_config

DATA = Path(__file__).parents[2] / "shared" / "data"
FILES = (
    *("BTCUSDT_1m_20210326", "BTCUSDT_1m_20250101", "BTCUSDT_1m_20250301"),
    *("ETHUSDT_1m_20250101", "ETHUSDT_1m_20250301", "NEARUSDT_1m_20230801"),
    "UNITTESTBTC_1m_20171104",
)
#: The settings of engine version 1.
BEFORE = {"objective": "binary", "max_bin": 63, "min_data_in_leaf": 50}
SEED = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """A backtest: its CPU seconds, number of predictions and, in points, its metrics."""

    seconds: float
    n_predictions: float
    accuracy: float
    brier: float
    ece: float


#: What is compared; a positive difference is better.
SIGNS = {"accuracy": 1, "brier": -1, "ece": -1}


def drawn_configs(n: int, seed: Sequence[int]) -> Iterator[Params]:
    """Yield the defaults, then n - 1 points drawn from the search space."""
    yield merge_config({})
    rng = np.random.default_rng(seed)
    for _ in range(n - 1):
        point: Params = {}
        for name, (low, high, kind) in TUNABLE_PARAMS.items():
            if kind == "int":
                point[name] = int(rng.integers(int(low), int(high), endpoint=True))
            else:
                ends = (math.log(low), math.log(high)) if kind == "log" else (low, high)
                value = float(rng.uniform(*ends))
                point[name] = min(high, max(low, math.exp(value))) if kind == "log" else value
        yield merge_config(point)


def run(candles: Candles, config: Params, settings: Mapping[str, object]) -> Trial:
    """Backtest a config with the classifier's settings replaced."""
    with patch.object(classifier, "SETTINGS", settings):
        began = time.process_time()
        metrics = backtest_stats(candles, config, SEED).metrics()
        seconds = time.process_time() - began
    points = {name: 100 * float(metrics[name] or 0) for name in SIGNS}
    return Trial(seconds, float(metrics["n_predictions"] or 0), **points)


def pairs_of(candles: Candles, configs: Sequence[Params]) -> list[tuple[Trial, Trial]]:
    """Return each config's trial with the settings of before and with those of now."""
    pairs = []
    for number, config in enumerate(configs):
        settings = {"before": BEFORE, "now": dict(classifier.SETTINGS)}
        order = list(settings) if number % 2 == 0 else list(settings)[::-1]
        found = alternate({n: partial(run, candles, config, settings[n]) for n in order}, 1)
        pairs.append((found["before"][0], found["now"][0]))
    return pairs


def row_of(pairs: Sequence[tuple[Trial, Trial]]) -> dict[str, float]:
    """Return a file's mean improvements in points, the time's ratio, and the predictions' change.

    The time of all trials before is divided by that of all trials now.
    """
    before, now = zip(*pairs, strict=True)
    row = {
        name: sign * statistics.fmean(getattr(b, name) - getattr(a, name) for a, b in pairs)
        for name, sign in SIGNS.items()
    }
    row["predictions"] = 100 * (sum(t.n_predictions for t in now) / sum(
        t.n_predictions for t in before
    ) - 1)  # fmt: skip
    return row | {
        "at the defaults": before[0].seconds / now[0].seconds,
        "all": sum(t.seconds for t in before) / sum(t.seconds for t in now),
    }


def lower_limit(values: Sequence[float], level: float = 0.95) -> float:
    """Return the lower end of Student's two-sided interval of the mean, NaN for one value."""
    n = len(values)
    if n < 2:
        return math.nan
    reach = float(stdtrit(n - 1, 0.5 + level / 2))
    return statistics.fmean(values) - reach * statistics.stdev(values) / math.sqrt(n)


def line(name: str, row: Mapping[str, float]) -> str:
    """Return a line of the table."""
    cells = [f"{row[key]:+.2f}" if key in row else "" for key in SIGNS]
    cells += [f"{row['predictions']:+.1f} %" if "predictions" in row else ""]
    cells += [f"{row[key]:.2f} ×" if key in row else "" for key in ("at the defaults", "all")]
    return f"| {' | '.join((name, *cells))} |"


def main() -> None:
    """Print the table."""
    given = sys.argv[1:]
    n_candles, n_configs = (int(n) for n in (*given, *("20000", "12")[len(given) :]))
    titles = ("file", "accuracy", "Brier score", "ECE", "predictions")
    titles += ("time, defaults", "time, all configs")
    print(f"| {' | '.join(titles)} |\n{'|---' * len(titles)}|")
    rows = []
    for number, name in enumerate(FILES):
        path = DATA / f"{name}.csv.gz"
        if not path.exists():
            print(f"{path.name}: left out, it is not in {DATA}", file=sys.stderr)
            continue
        candles = load_candles(path).head(n_candles)
        backtest_stats(candles.head(1000), merge_config({}))  # compiled, and LightGBM loaded
        rows.append(row_of(pairs_of(candles, list(drawn_configs(n_configs, (SEED, number))))))
        print(line(name.replace("_1m_", " "), rows[-1]), flush=True)
    if rows:
        print(line("mean", {key: statistics.fmean(row[key] for row in rows) for key in rows[0]}))
        limits = {key: lower_limit([row[key] for row in rows]) for key in SIGNS}
        print(line("lower 95 % limit", limits))
    print(f"\n{', '.join(f'{key} {value}' for key, value in machine().items())}")


if __name__ == "__main__":
    main()
