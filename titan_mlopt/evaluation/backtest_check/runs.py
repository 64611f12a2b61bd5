"""Runs of a backtest under check: each in a process of its own, which leaves its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from titan_mlopt.candles.candles import Candles, save_candles
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.trial import COMPLETE, TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.backtest_check.records import Records, read_records
from titan_mlopt.executors.base import Executor
from titan_mlopt.executors.dry_run import DRY_TIMEOUT_S
from titan_mlopt.executors.jobs import TrialJobs
from titan_mlopt.executors.local.remnants import read_remnants
from titan_mlopt.executors.run import run_alone

_GRID = (10, 100, 1000)
_COMPARED = ("accuracy", "ece", "sharpe", "n_predictions")


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has ended; records: None where it wrote no file."""

    outcome: TrialOutcome
    records: Records | None
    sources: Mapping[str, str]

    @property
    def completed(self) -> bool:
        """Whether it came to its end."""
        return self.outcome.state == COMPLETE

    @property
    def metrics(self) -> dict[str, float]:
        """The main metrics, without those that it has not."""
        values = ((name, self.outcome.metrics.get(name)) for name in _COMPARED)
        return {name: value for name, value in values if value is not None}

    def difference(self, second: Run) -> str:
        """Return the first difference of two runs, "" when decisions and metrics are the same."""
        if self.records is not None and second.records is not None:
            line = self.records.first_different_decision(second.records)
            if line is not None:
                return f"from line {line + 1} of the records on"
        pairs = ((name, self.metrics.get(name), second.metrics.get(name)) for name in _COMPARED)
        return next((f"{name} {a} and {b}" for name, a, b in pairs if a != b), "")


@dataclass
class Runner:
    """Runs configs one after the other.

    sources: what the dry run loaded, None before it. remnants: what runs left behind, sentences as
    the keys.
    """

    config: TunerConfig
    pool: Executor
    jobs: TrialJobs
    first_candles: Candles
    sources: Mapping[str, str] | None = None
    remnants: dict[str, None] = field(default_factory=dict)
    _n_runs: int = 0

    @cached_property
    def first_path(self) -> Path:
        """File of the first candles."""
        return self.save("first", self.first_candles)

    def save(self, name: str, candles: Candles) -> Path:
        """Write candles beside those of the trials, and return the file."""
        path = self.jobs.candles_path.with_name(f"{name}.csv")
        save_candles(candles, path)
        return path

    def timeout_s(self, *, dry: bool) -> float:
        """Return the seconds that a run has."""
        return min(self.config.timeout_per_trial, DRY_TIMEOUT_S if dry else float("inf"))

    def run(self, config: Params, path: Path | None = None, **changes: Any) -> Run:
        """Run a config on a file, None for the first candles, in an empty working folder."""
        self._n_runs += 1
        path = path or self.first_path
        folder = path.with_name(f"examined-{self._n_runs}")
        folder.mkdir()
        settings = {"candles_path": str(path), "examined": str(folder), "sealed": True}
        settings |= {"grid": _GRID, "sources": self.sources, "fresh_import": False, "repeat": 1}
        job = self.jobs.job(self._n_runs, config, **{**settings, **changes})
        end = run_alone(self.pool, job, self.timeout_s(dry=job.dry))
        self.remnants |= dict.fromkeys(read_remnants(folder))
        return Run(end.outcome, read_records(folder), end.sources)
