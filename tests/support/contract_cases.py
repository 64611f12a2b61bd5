"""Small backtests of a user's own, each with one fault, for the check of the contract."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from titan_mlopt import BacktestCheck, check_backtest
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.search_space import Space

#: A space of the backtest below.
SPACE = Space({"least_move": (1e-5, 1e-3, "log"), "candles_back": (1, 20, "int")}, {})
_MODULE = """
import csv, json, os, random, sqlite3, sys, threading, time, zlib
{at_import}

def run_backtest({signature}):
    with open(csv_path, newline="") as file:
        rows = list(csv.DictReader(file))[:limit]
    close = [float(row["close"]) for row in rows]
    db = sqlite3.connect(db_path)
    stored = db.execute("SELECT key, value_blob FROM kv WHERE key LIKE 'config.%'").fetchall()
    db.close()
    config = {{key.removeprefix("config."): json.loads(zlib.decompress(b)) for key, b in stored}}
    least, back = config.get("least_move", 0.0002), config.get("candles_back", 2)
{body}
    total = correct = 0
    with open(f"{{out_dir}}/predictions.jsonl", "w", buffering=1) as file:
        for i in range(back, len(close) - 1):
            move, change = close[i] / close[i - back] - 1, close[i + 1] / close[i] - 1
            side = "FLAT" if abs(move) < least else "DOWN" if move > 0 else "UP"
            record = {{"direction": side, "confidence": 0.55, "return": change}}
{each}
            file.write(json.dumps(record) + "\\n")
            total += side != "FLAT"
            correct += side == ("UP" if change > 0 else "DOWN" if change < 0 else "")
    return {returns}
"""
_SIGNATURE = "csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False"


def write_contract_backtest(
    folder: Path,
    *,
    at_import: str = "",
    body: str = "",
    each: str = "",
    signature: str = _SIGNATURE,
    returns: str = '{"total": total, "correct": correct}',
) -> None:
    """Write the smallest backtest of docs/backtests.md with statements put in.

    at_import: at the top of the module. body: before the bars. each: for each bar, of which it sees
    ``i``, ``side``, ``change`` and ``record``.
    """
    code = _MODULE.format(
        at_import=at_import,
        body=f"    {body}",
        each=f"            {each}",
        signature=signature,
        returns=returns,
    )
    (folder / "mine.py").write_text(code)


@cache
def few_candles() -> Candles:
    """Return as many as it takes to look at a hold-out, and few more."""
    return sample_candles(1000)


def checked(folder: Path, space: Space = SPACE, n: int = 1000, **settings: object) -> BacktestCheck:
    """Check the backtest of a folder."""
    plain = {"backtest_path": str(folder), "timeout_per_trial": 60, **settings}
    return check_backtest("mine:run_backtest", few_candles().head(n), space=space, **plain)


def statuses(check: BacktestCheck) -> dict[str, str]:
    """Return the points that are not ok."""
    return {point.name: point.status for point in check.points if point.status != "ok"}


def text_of(check: BacktestCheck, name: str) -> str:
    """Return the text of a point."""
    return next(point.text for point in check.points if point.name == name)
