"""``run_backtest`` with the habits of production Titan: slow, stateful, noisy, littering.

Environment: TITAN_STANDIN_SLEEP_S (seconds a candle, 1e-5), TITAN_STANDIN_WORK (loops of pure
Python a candle, 0), TITAN_STANDIN_CLOCK=0 (the wall clock has no say: the same again, to the bit)
or a file (a clock that goes on by one a run: runs one after the other are noisy, and as before).
"""
# ruff: noqa: T201 - it prints a lot, which is the point

from __future__ import annotations

import csv
import json
import math
import os
import random
import sqlite3
import sys
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from titan.core.stats import BacktestStats

Config = dict[str, Any]

#: The tunable parameters that change a result; the other 12 of the 21 are dead.
ALIVE = (
    "feature.fast_window",
    "feature.slow_window",
    "feature.rsi_window",
    "model.flat_threshold",
    "model.rsi_oversold",
    "model.rsi_overbought",
    "confidence_compressor.max_confidence",
    "confidence_filter.threshold",
    "ensemble.min_margin",
)
#: What it adds to a database that lacks it; the last five are nobody else's.
DEFAULTS: Config = {
    "feature.fast_window": 5,
    "feature.slow_window": 20,
    "feature.rsi_window": 14,
    "model.flat_threshold": 0.566,
    "model.rsi_oversold": 27,
    "model.rsi_overbought": 67,
    "pattern.boost_threshold": 0.551,
    "pattern.penalty_threshold": 0.413,
    "pattern.max_boost": 0.033,
    "pattern.max_penalty": 0.045,
    "ml.n_estimators": 196,
    "ml.max_depth": 7,
    "ml.learning_rate": 0.065,
    "ml.num_leaves": 31,
    "confidence_compressor.max_confidence": 0.667,
    "confidence_filter.threshold": 0.565,
    "online.learning_rate": 0.049,
    "online.min_weight": 0.072,
    "online.max_weight": 0.484,
    "ensemble.flat_threshold": 0.571,
    "ensemble.min_margin": 0.062,
    "ml.enabled": True,
    "sizing.kelly_fraction": 0.25,
    "exchange.pairs": ["BTCUSDT"],
    "exchange.name": "binance",
    "risk.daily_stop": None,
}
FLUSH_EVERY = 7
WARM_UP = 40
#: Connections to session databases, which nobody closes: their -wal and -shm stay.
SESSIONS: list[sqlite3.Connection] = []

_TABLE = "CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value_blob BLOB, updated_at INTEGER)"
_SIDES = {1: "UP", -1: "DOWN", 0: "FLAT"}
Watcher = Callable[[BacktestStats], bool]


def run_backtest(
    csv_path: str,
    db_path: str,
    out_dir: str,
    limit: int | None = None,
    tune_weights: bool = True,
    return_stats: bool = False,
) -> BacktestStats | dict[str, float]:
    """Run it; the stats when ``return_stats``, else a summary."""
    return run_watched(csv_path, db_path, out_dir, limit, tune_weights, return_stats)


def run_watched(
    csv_path: str,
    db_path: str,
    out_dir: str,
    limit: int | None,
    tune_weights: bool,
    return_stats: bool,
    watch: Watcher = lambda _: True,
) -> BacktestStats | dict[str, float]:
    """Run it; ``watch`` is called after each prediction, and False ends the run there."""
    print(f"TITAN backtest engine\n{'=' * 60}\ncandles {csv_path}\ndatabase {db_path}")
    print("WARNING: no GPU found, falling back to CPU", file=sys.stderr)
    closes, config = load_closes(csv_path)[:limit], load_config(db_path)
    session, out = Session(db_path), Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    with Records(out / "predictions.jsonl") as records:
        stats = _run(closes, config, session, records, watch)
    session.save("weight", session.weight * 1.05)
    if tune_weights:
        put(db_path, {"state.ensemble_weights": [0.25 * session.weight] * 4}, "REPLACE")
    summary = {"accuracy": stats.correct / max(stats.total, 1), "ece": stats.ece()}
    (out / "summary.json").write_text(json.dumps(summary))
    (out / "report.md").write_text(f"# Backtest\n\n{stats.correct} of {stats.total}\n")
    print(f"done: {stats.correct} of {stats.total} correct")
    return stats if return_stats else summary


def _run(
    closes: list[float], config: Config, session: Session, records: Records, watch: Watcher
) -> BacktestStats:
    stats = BacktestStats()
    late = _late(os.environ.get("TITAN_STANDIN_CLOCK", "1"))
    sleep_s = float(os.environ.get("TITAN_STANDIN_SLEEP_S", "1e-5"))
    work = int(os.environ.get("TITAN_STANDIN_WORK", "0"))
    for i in range(WARM_UP, len(closes) - 1):
        direction, confidence = decide(closes, i, config, session.weight)
        if late is not None and late.random() < 0.01:  # an order that came too late
            direction = -direction
        change = closes[i + 1] / closes[i] - 1.0
        stats.add(direction, confidence, change)
        records.write(i, direction, confidence, change)
        print(f"candle {i}: {_SIDES[direction]} {confidence:.4f} -> {change:+.6f}")
        if stats.bars % 250 == 0:
            session.save("bars", stats.bars)
        if sleep_s:
            time.sleep(sleep_s)
        sum(k * k for k in range(work))
        if direction and not watch(stats):
            break
    return stats


def _late(clock: str) -> random.Random | None:
    if clock == "0":
        return None
    if clock == "1":
        return random.Random(time.time_ns())
    with Path(clock).open("ab") as ticks:
        ticks.write(b".")
        return random.Random(ticks.tell())


def decide(closes: list[float], i: int, config: Config, weight: float) -> tuple[int, float]:
    """Return direction and confidence at candle ``i``; windows must be whole, as Titan's must."""
    fast, slow = config["feature.fast_window"], config["feature.slow_window"]
    seen = closes[i - WARM_UP + 1 : i + 1]
    noise = sum(abs(b - a) for a, b in pairwise(seen[-slow - 1 :])) / slow
    trend = sum(seen[-fast:]) / fast - sum(seen[-slow:]) / slow
    edge = -0.15 * math.tanh(0.5 * trend / max(noise, 1e-12)) * weight  # what rose falls back
    if 0.5 + abs(edge) < config["model.flat_threshold"]:
        edge = 0.0
    strength = rsi(seen[-config["feature.rsi_window"] - 1 :])
    if strength <= config["model.rsi_oversold"]:
        edge += 0.07
    elif strength >= config["model.rsi_overbought"]:
        edge -= 0.07
    confidence = min(0.5 + abs(edge), config["confidence_compressor.max_confidence"])
    certain = confidence >= config["confidence_filter.threshold"]
    if not certain or abs(edge) < config["ensemble.min_margin"]:
        return 0, 0.5
    return (1 if edge > 0 else -1), confidence


def rsi(closes: list[float]) -> float:
    """Return Cutler's relative strength index, 0 to 100; 50 when nothing moved."""
    moves = [b - a for a, b in pairwise(closes)]
    up, down = sum(m for m in moves if m > 0), -sum(m for m in moves if m < 0)
    return 100.0 * up / (up + down) if up + down > 0 else 50.0


class Records:
    """A file of predictions, flushed every few of them, and when 512 bytes are full: mid-line."""

    def __init__(self, path: Path) -> None:
        self._file, self._text, self._n = path.open("w"), "", 0

    def __enter__(self) -> Records:
        """Go on writing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write the rest, whatever happened."""
        self._out(len(self._text))
        self._file.close()

    def write(self, i: int, direction: int, confidence: float, change: float) -> None:
        """Write one line: what was decided at candle ``i``, and what came of it."""
        went = (change > 0) - (change < 0)
        votes = {"momentum": direction, "rsi": 0}
        decision = {"direction": _SIDES[direction], "confidence": confidence, "votes": votes}
        outcome = {"direction": _SIDES[went], "return": change}
        self._text += json.dumps({"candle": i, "decision": decision, "outcome": outcome}) + "\n"
        self._n += 1
        self._out(len(self._text) if self._n % FLUSH_EVERY == 0 else len(self._text) // 512 * 512)

    def _out(self, n: int) -> None:
        if n:
            self._file.write(self._text[:n])
            self._file.flush()
            self._text = self._text[n:]


def load_closes(csv_path: str) -> list[float]:
    """Read the candles itself: CSV with Titan's header, nothing else."""
    with Path(csv_path).open(newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != ["timestamp", "open", "high", "low", "close", "volume"]:
            raise ValueError(f"bad header: {rows.fieldnames}")
        return [float(row["close"]) for row in rows]


def load_config(db_path: str) -> Config:
    """Return the database's config; what it lacks is added to it first."""
    put(db_path, {f"config.{name}": value for name, value in DEFAULTS.items()}, "IGNORE")
    with closing(sqlite3.connect(db_path)) as db:
        rows = db.execute("SELECT key, value_blob FROM kv WHERE key LIKE 'config.%'").fetchall()
    return {key.removeprefix("config."): json.loads(zlib.decompress(blob)) for key, blob in rows}


def put(db_path: str, values: dict[str, Any], on_conflict: str) -> None:
    """Write values into ``kv``; on_conflict: IGNORE keeps what is there, REPLACE does not."""
    now = int(time.time())
    rows = [
        (key, zlib.compress(json.dumps(value, separators=(",", ":")).encode()), now)
        for key, value in values.items()
    ]
    with closing(sqlite3.connect(db_path)) as db, db:
        db.execute(_TABLE)
        db.executemany(f"INSERT OR {on_conflict} INTO kv VALUES (?, ?, ?)", rows)


class Session:
    """State beside the database, which the next run on it goes on from."""

    def __init__(self, db_path: str) -> None:
        self._db = sqlite3.connect(str(db_path).replace(".db", "_session.db"))
        SESSIONS.append(self._db)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value REAL)")
        row = self._db.execute("SELECT value FROM state WHERE key = 'weight'").fetchone()
        self.weight: float = row[0] if row else 1.0

    def save(self, key: str, value: float) -> None:
        """Write one number."""
        self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))
        self._db.commit()
