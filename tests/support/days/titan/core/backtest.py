"""A small Titan: it bets with the trend of the last closes or against it, as its config says."""

from __future__ import annotations

import csv
import json
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

Config = dict[str, Any]

#: What it uses where the database has no such key.
DEFAULTS: Config = {"trend.window": 12, "trend.follows": 1.0, "trend.confidence": 0.62}
#: Candles that every window may look back on.
WARM_UP = 40
_SIDES = {1: "UP", -1: "DOWN", 0: "FLAT"}


def run_backtest(
    csv_path: str,
    db_path: str,
    out_dir: str,
    limit: int | None = None,
    tune_weights: bool = True,
    return_stats: bool = False,
) -> dict[str, float]:
    """Write ``predictions.jsonl`` and return what was right.

    A file ``hold`` beside this one has the number of the call that waits until it is gone; the file
    ``held`` says that it does.
    """
    with Path(csv_path).open(newline="") as file:
        closes = [float(row["close"]) for row in csv.DictReader(file)][:limit]
    if limit is None:
        _wait_where_held(Path(__file__).parent)
    records = list(decide(closes, load_config(db_path), WARM_UP))
    Path(out_dir, "predictions.jsonl").write_text("".join(f"{line_of(*r)}\n" for r in records))
    hits = sum(side * change > 0 for side, _, change in records)
    return {"total": sum(side != 0 for side, _, _ in records), "correct": hits}


def decide(closes: list[float], config: Config, first: int) -> Iterator[tuple[int, float, float]]:
    """Yield side, confidence and return of each bar from ``first`` on, but the last."""
    window, sign = config["trend.window"], 1 if config["trend.follows"] > 0 else -1
    for i in range(first, len(closes) - 1):
        trend = closes[i] - sum(closes[i - window + 1 : i + 1]) / window
        side = sign * ((trend > 0) - (trend < 0))
        yield side, config["trend.confidence"], closes[i + 1] / closes[i] - 1.0


def line_of(side: int, confidence: float, change: float) -> str:
    """Return a bar as a line of predictions."""
    went = (change > 0) - (change < 0)
    decision = {"direction": _SIDES[side], "confidence": confidence if side else 0.5}
    return json.dumps(
        {"decision": decision, "outcome": {"direction": _SIDES[went], "return": change}}
    )


def load_config(db_path: str | Path) -> Config:
    """Return the config of the table ``kv``, with the defaults of what it lacks."""
    with closing(sqlite3.connect(db_path)) as db:
        rows = db.execute("SELECT key, value_blob FROM kv WHERE key LIKE 'config.%'").fetchall()
    stored = {key.removeprefix("config."): json.loads(zlib.decompress(blob)) for key, blob in rows}
    return {**DEFAULTS, **stored}


def _wait_where_held(folder: Path) -> None:
    hold, calls = folder / "hold", folder / "calls"
    if not hold.exists():
        return
    with calls.open("ab") as file:
        file.write(b".")
        is_held = file.tell() == int(hold.read_text())
    if is_held:
        (folder / "held").touch()
    while is_held and hold.exists():
        time.sleep(0.01)
