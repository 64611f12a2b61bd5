r"""A backtest of one's own in 20 lines: two moving averages, and a bet on the side of the faster.

To tune it:

    titan-mlopt tune --candles data.csv --space sma_space.toml \
      --backtest sma_crossover:run_backtest --backtest-path .
"""

import json
import sqlite3
import zlib

import numpy as np
import pandas as pd


def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    """Bet on each candle by the config in ``db_path``; see docs/backtests.md for the contract."""
    db = sqlite3.connect(db_path)
    rows = db.execute("SELECT key, value_blob FROM kv WHERE key LIKE 'config.%'").fetchall()
    db.close()
    config = {key.removeprefix("config."): json.loads(zlib.decompress(blob)) for key, blob in rows}
    close = pd.read_csv(csv_path, nrows=limit)["close"]
    fast = close.rolling(config.get("fast_window", 10)).mean()
    slow = close.rolling(config.get("slow_window", 40)).mean()
    bars = pd.DataFrame({"gap": fast / slow - 1, "return": close.shift(-1) / close - 1}).dropna()
    side = np.sign(bars["gap"]) * (bars["gap"].abs() > config.get("least_gap", 0.0001))
    bars["direction"] = side.map({-1: "DOWN", 0: "FLAT", 1: "UP"})
    hit = (side * bars["return"] > 0).astype(float).where(side != 0)
    bars["confidence"] = hit.expanding().mean().shift().fillna(0.5).clip(0.5, 0.7)  # so far
    bars.drop(columns="gap").to_json(f"{out_dir}/predictions.jsonl", orient="records", lines=True)
    return {"total": int(hit.count()), "correct": int(hit.sum())}
