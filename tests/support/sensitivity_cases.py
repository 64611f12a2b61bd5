"""A backtest that is known, and what is known of the stand-in, for the tests of sensitivity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.standin_cases import STANDIN, write
from titan_mlopt.core.parameters import Params, Range
from titan_mlopt.core.search_space import Space
from titan_mlopt.evaluation.sensitivity.analysis import Sensitivity

TITAN = "titan.core.backtest:run_backtest"
RANGES: dict[str, Range] = {"a.x": (0, 10, "int"), "b.y": (0.1, 0.5, "float")}
CONFIG: Params = {"a.x": 4, "b.y": 0.5}
#: A backtest whose numbers can be worked out, and which fails or hangs where it is told to.
KNOWN = """
import json, sqlite3, time, zlib
def run_backtest(csv_path, db_path, out_dir, limit=None, tune_weights=True, return_stats=False):
    with sqlite3.connect(db_path) as db:
        rows = db.execute("SELECT key, value_blob FROM kv").fetchall()
    config = {k.removeprefix("config."): json.loads(zlib.decompress(v)) for k, v in rows}
    x, y = config.get("a.x", 4), config.get("b.y", 0.5)
    if x == HANGS_AT:
        time.sleep(3600)
    if x == FAILS_AT:
        raise RuntimeError("no such window")
    return {"accuracy": 0.5 + x / 100, "ece": 0.1 * y, "sharpe": 2.0 - x, "total": 100}
"""


def verdicts(result: Sensitivity) -> dict[str, str]:
    return {effect.parameter: effect.verdict for effect in result.effects}


def known(folder: Path, fails_at: int = -1, hangs_at: int = -1) -> dict[str, Any]:
    """Write the backtest and return the settings that name it; it hangs until it is killed."""
    text = KNOWN.replace("FAILS_AT", str(fails_at)).replace("HANGS_AT", str(hangs_at))
    path = write(folder / "code", text, "known.py")
    return {"backtest": "known:run_backtest", "backtest_path": path, "space": Space(RANGES)}


def standin(monkeypatch: pytest.MonkeyPatch, clock: str = "0") -> dict[str, Any]:
    """Return the settings that name the stand-in, quick; clock: a file makes it noisy."""
    monkeypatch.setenv("TITAN_STANDIN_SLEEP_S", "0")
    monkeypatch.setenv("TITAN_STANDIN_CLOCK", clock)
    return {"backtest": TITAN, "backtest_path": str(STANDIN)}


def alive() -> set[str]:
    """Return the parameters that act in the stand-in, by its own word."""
    text = (STANDIN / "titan" / "core" / "backtest.py").read_text()
    scope: dict[str, Any] = {}
    exec(text[text.index("ALIVE = (") : text.index("#: What it adds")], scope)
    return set(scope["ALIVE"])
