r"""A scikit-learn classifier as a backtest of one's own: fitted again and again on the bars before.

To tune it:

    titan-mlopt tune --candles data.csv --space sklearn_space.toml \
      --backtest sklearn_classifier:run_backtest --backtest-path .
"""

import json
import sqlite3
import zlib

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

DEFAULTS = {"n_returns": 5, "train_bars": 600, "C": 1.0, "least_confidence": 0.5}
#: Bars that one fit predicts.
BLOCK = 100
#: Longest training part of sklearn_space.toml: predictions begin there whatever the config, so that
#: all trials are scored on the same bars.
MOST_TRAIN_BARS = 1200
#: Where fewer candles are read, as in the dry run, they begin earlier.
SHORT_TRAIN_BARS = 300


def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    """Fit and predict by the config in ``db_path``; see docs/backtests.md for the contract."""
    db = sqlite3.connect(db_path)
    rows = db.execute("SELECT key, value_blob FROM kv WHERE key LIKE 'config.%'").fetchall()
    db.close()
    drawn = {key.removeprefix("config."): json.loads(zlib.decompress(blob)) for key, blob in rows}
    config = {**DEFAULTS, **drawn}

    close = pd.read_csv(csv_path, nrows=limit)["close"].to_numpy()
    change = np.diff(np.log(close))
    lags = config["n_returns"]
    # Row i has the returns up to bar i + lags; its outcome is the return after that bar.
    features = np.lib.stride_tricks.sliding_window_view(change, lags)[:-1]
    outcome = change[lags:]
    begin = MOST_TRAIN_BARS if len(close) > 2 * MOST_TRAIN_BARS else SHORT_TRAIN_BARS

    total = correct = 0
    with open(f"{out_dir}/predictions.jsonl", "w", buffering=1) as file:
        for start in range(begin - lags, len(outcome), BLOCK):
            block = slice(start, start + BLOCK)
            known = slice(max(0, start - config["train_bars"]), start)
            p_up = predicted(features[known], outcome[known] > 0, features[block], config["C"])
            for p, log_return in zip(p_up, outcome[block], strict=True):
                confidence = max(p, 1 - p)
                side = 0 if confidence < config["least_confidence"] else 1 if p > 0.5 else -1
                record = {
                    "direction": ("FLAT", "UP", "DOWN")[side],
                    "confidence": float(confidence),
                    "return": float(np.expm1(log_return)),
                }
                file.write(json.dumps(record) + "\n")
                total += side != 0
                correct += int(side * log_return > 0)
    return {"total": total, "correct": correct}


def predicted(features, rose, later, strength):
    """Return the probability of UP on each of the later rows; a half where all went one way."""
    if rose.all() or not rose.any():
        return np.full(len(later), 0.5)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength))
    return model.fit(features, rose).predict_proba(later)[:, 1]
