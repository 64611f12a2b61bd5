"""Days of a stand-in Titan that reads its config from its database, and the nights between them."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from support.apply_cases import run
from support.kill_points import killed_at
from support.paths import ROOT
from support.pool_cases import PATIENCE_S
from titan_mlopt.candles.candles import Candles, save_candles

TITAN = Path(__file__).parent / "days"
DAY = 1440
#: A night tunes on so many of the last candles, and seals this share of them: more than a day, so
#: that the sealed bars of two nights overlap.
WINDOW, SHARE, N_TRIALS = 3 * DAY, 0.4, 6
#: How often the next close goes on with the trend of the last closes, by regime.
FOLLOWS, TURNS = 0.66, 0.34
TREND = 12
BACKTEST = ("--backtest", "titan.core.backtest:run_backtest", "--backtest-path", "backtest")
APPLY = ("apply", "--db", "titan.db", "--json")
WATCH = (
    *("watch", "--predictions", "predictions.jsonl", "--once", "--json"),
    *("--on-alarm", "rollback", "--db", "titan.db"),
)
SPACE = {
    "ranges": {"trend.window": [8, 16, "int"], "trend.follows": [-1.0, 1.0, "float"]},
    "fixed": {"trend.confidence": 0.62},
}


def market(regimes: dict[int, float], days: int, seed: int = 5) -> Candles:
    """Return candles of whole days.

    regimes: how often the next close goes on with the trend, by the day from which on it holds.
    """
    n = days * DAY
    draws = np.random.default_rng(seed)
    sizes, coins = 4e-4 * (0.1 + np.abs(draws.standard_normal(n))), draws.random(n)
    chances = np.empty(n)
    for day, chance in sorted(regimes.items()):
        chances[day * DAY :] = chance
    close = np.full(n, 60_000.0)
    for t in range(1, n):
        trend = close[t - 1] - close[max(0, t - TREND) : t].mean()
        up = (trend >= 0) == (coins[t] < chances[t])
        close[t] = close[t - 1] * (1.0 + (sizes[t] if up else -sizes[t]))
    open_ = np.concatenate([close[:1], close[:-1]])
    high, low = np.maximum(open_, close) * 1.0001, np.minimum(open_, close) * 0.9999
    ts = 1_704_067_200 + 60 * np.arange(n, dtype=np.int64)
    return Candles("market", ts, open_, high, low, close, np.full(n, 10.0))


def load_titan() -> ModuleType:
    """Return the stand-in's module, under a name that no other stand-in has."""
    path = TITAN / "titan" / "core" / "backtest.py"
    spec = importlib.util.spec_from_file_location("titan_of_days", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Days:
    """A folder in which production and its nights go on; the working one.

    candles: of all days. log: what each command said, in order. kills: commands that were killed.
    """

    folder: Path
    candles: Candles
    log: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    kills: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.db = self.folder / "titan.db"
        self.live = self.folder / "predictions.jsonl"
        self.titan = load_titan()
        shutil.copytree(TITAN, self.folder / "backtest")
        (self.folder / "space.json").write_text(json.dumps(SPACE))
        (self.folder / "nights").mkdir()

    def trade(self, day: int) -> None:
        """Let the stand-in trade a day with the config that its database has now."""
        first, stop = day * DAY - 1, (day + 1) * DAY
        closes = self.candles.close[first - self.titan.WARM_UP : stop].tolist()
        config = self.titan.load_config(self.db)
        with self.live.open("a", encoding="utf-8") as file:
            for record in self.titan.decide(closes, config, self.titan.WARM_UP):
                file.write(f"{self.titan.line_of(*record)}\n")

    def night(self, day: int, *, kill: str = "") -> None:
        """Tune on what is known at the start of a day, ask the gate, and apply the champion.

        kill: the command that is killed on its way, and run again.
        """
        words = self.tune_words(f"night-{day:02d}", self.night_candles(day), seed=day)
        if kill == "tune":
            self.kill_tune(*words)
        version = self.call(*words)["registered"]["version"]
        promote = ("promote", version, *BACKTEST, "--json")
        if kill == "promote":
            self.kill(20, *promote)
        self.call(*promote, codes=(0, 3))
        if kill == "apply":
            self.kill(3, *APPLY)
        self.call(*APPLY)

    def force_rotten(self) -> None:
        """Promote by force what was tuned on a market that turns back."""
        words = self.tune_words("rotten", market({0: TURNS}, 3, seed=9), seed=14)
        version = self.call(*words)["registered"]["version"]
        self.call("promote", version, "--force", "--reason", "it shone elsewhere", "--json")
        self.call(*APPLY)

    def watch(self, *, kill: bool = False) -> dict[str, Any]:
        """Look at what was traded, and let an alarm roll back."""
        if kill:
            self.kill(6, *WATCH)
        return self.call(*WATCH, codes=(0, 4))

    def night_candles(self, day: int) -> Candles:
        """Return the last candles that are known at the start of a day."""
        return self.candles.part(max(0, day * DAY - WINDOW), day * DAY)

    def tune_words(self, name: str, candles: Candles, seed: int) -> tuple[str, ...]:
        """Write the candles of a night, and return the command that tunes on them."""
        save_candles(candles, self.folder / "nights" / f"{name}.csv")
        return (
            *("tune", "--candles", f"nights/{name}.csv", "--study-name", name),
            *("--n-trials", str(N_TRIALS), "--holdout", str(SHARE), "--space", "space.json"),
            *(*BACKTEST, "--min-predictions", "100", "--pruner", "none", "--seed", str(seed)),
            "--json",
        )

    def call(self, *words: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
        """Run a command and log what it said."""
        result = run(*words)
        assert result.exit_code in codes, (words, result.output)
        document: dict[str, Any] = json.loads(result.stdout)
        self.log.append((words[0], {**document, "exit_code": result.exit_code, "words": words}))
        return document

    def kill(self, writes: int, *words: str) -> None:
        """Kill a command right after its n-th write."""
        assert killed_at(writes, lambda: run(*words)), words
        self.kills.append(words[0])

    def kill_tune(self, *words: str) -> None:
        """Kill a study in the fifth call of the backtest: a trial, as the baselines come first."""
        place = self.folder / "backtest" / "titan" / "core"
        (place / "hold").write_text("5")
        with subprocess.Popen(
            [sys.executable, "-m", "titan_mlopt", *words],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process:
            wait_for((place / "held").exists)
            process.kill()
        (place / "hold").unlink()
        assert process.returncode == -signal.SIGKILL
        self.kills.append("tune")

    def said(self, command: str) -> list[dict[str, Any]]:
        """Return what a command said, call by call."""
        return [document for name, document in self.log if name == command]


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it is true; the time is a bound against hanging, no promise."""
    deadline = time.monotonic() + 10 * PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
