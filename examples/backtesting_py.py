r"""A strategy of backtesting.py as a backtest of one's own, with the space of sma_crossover.py.

To tune it:

    titan-mlopt tune --candles data.csv --space sma_space.toml \
      --backtest backtesting_py:run_backtest --backtest-path .

Needs `pip install backtesting`. That package has the licence AGPL-3.0, titan_mlopt has Apache-2.0
and does not depend on it: whether the AGPL suits you is for you to decide.
"""

import json
import sqlite3
import zlib

import pandas as pd
from backtesting import Backtest, Strategy


class SmaCross(Strategy):
    """Long while the fast average is above the slow one by ``least_gap``, short in the mirror."""

    fast_window = 10
    slow_window = 40
    least_gap = 0.0001

    def init(self):
        """Compute both averages over all candles, and keep no side yet."""
        self.fast = self.I(moving_average, self.data.Close, self.fast_window)
        self.slow = self.I(moving_average, self.data.Close, self.slow_window)
        self.sides = {}

    def next(self):
        """Choose a side at the close of a candle; backtesting.py trades at the next open."""
        gap = self.fast[-1] / self.slow[-1] - 1
        side = 0 if abs(gap) <= self.least_gap else 1 if gap > 0 else -1
        self.sides[len(self.data) - 1] = side
        if side > 0 and not self.position.is_long:
            self.position.close()
            self.buy(size=0.5)
        elif side < 0 and not self.position.is_short:
            self.position.close()
            self.sell(size=0.5)
        elif side == 0 and self.position:
            self.position.close()


def moving_average(close, window):
    """Return the mean of the last ``window`` closes, NaN at the beginning."""
    return pd.Series(close).rolling(window).mean()


def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    """Run the strategy with the config in ``db_path``; see docs/backtests.md for the contract."""
    db = sqlite3.connect(db_path)
    rows = db.execute("SELECT key, value_blob FROM kv WHERE key LIKE 'config.%'").fetchall()
    db.close()
    config = {key.removeprefix("config."): json.loads(zlib.decompress(blob)) for key, blob in rows}

    candles = pd.read_csv(csv_path, nrows=limit)
    candles.index = pd.to_datetime(candles.pop("timestamp"), unit="s")
    candles = candles.rename(columns=str.capitalize)
    # Enough cash for any price: backtesting.py trades whole units.
    cash = 1000 * candles["Close"].max()
    backtest = Backtest(candles, SmaCross, cash=cash, exclusive_orders=False, finalize_trades=True)
    result = backtest.run(**config)

    change = (candles["Close"].shift(-1) / candles["Close"] - 1).to_numpy()
    total = correct = 0
    with open(f"{out_dir}/predictions.jsonl", "w") as file:
        # The last candle has no outcome yet.
        for bar, side in result._strategy.sides.items():
            if bar + 1 < len(candles):
                direction = ("FLAT", "UP", "DOWN")[side]
                record = {"direction": direction, "confidence": 0.55, "return": change[bar]}
                file.write(json.dumps(record) + "\n")
                total += side != 0
                correct += side * change[bar] > 0
    return {
        "total": total,
        "correct": int(correct),
        "n_trades": int(result["# Trades"]),
        "return_percent": float(result["Return [%]"]),
    }
