"""Plain records that cross borders: coordinator to worker and back, study to mirror and report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from titan_mlopt.params import Params

COMPLETE, PRUNED, FAIL, RUNNING = "COMPLETE", "PRUNED", "FAIL", "RUNNING"

#: Reasons stored with a trial that is not COMPLETE.
PRUNER, TOO_FEW, EXCEPTION, CRASH, TIMEOUT, INTERRUPTED = (
    "pruner",
    "too_few_predictions",
    "exception",
    "crash",
    "timeout",
    "interrupted",
)

Metrics = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Metrics of a running trial over its first ``n_predictions`` predictions."""

    n_predictions: int
    n_bars: int
    accuracy: float
    ece: float
    sharpe: float | None


@dataclass(frozen=True, slots=True)
class TrialJob:
    """All that a worker needs to run one trial; paths are absolute.

    backtest: import path of one that is not the embedded one, "" for that; backtest_path: a folder
    to look in. repeat: runs of it. interval_s: seconds a candle. dry: only see whether it can run.
    """

    number: int
    config: Params
    candles_path: str
    folder: str
    grid: tuple[int, ...]
    limit: int | None = None
    seed: int = 0
    backtest: str = ""
    backtest_path: str = ""
    repeat: int = 1
    interval_s: float = 60.0
    dry: bool = False


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """What a trial ended with; ``metrics`` are partial when it was pruned, empty when it failed.

    bins: one ``(count, sum of confidence, hits)`` for each of 25 equal confidence bins on [.5, 1].
    curve: at most 200 ``(bar, equity, drawdown)``; equity starts at 1, drawdown is in [0, 1].
    rolling: at most 200 ``(prediction, accuracy of the last 200 predictions)``.
    blocks: equal time blocks, each ``(predictions, hits, sum of returns, sum of squared returns)``.
    backtest: path, version and digest of the source of a backtest that is not the embedded one.
    """

    state: str
    reason: str = ""
    message: str = ""
    traceback: str = ""
    log: str = ""
    metrics: Metrics = field(default_factory=dict)
    checkpoints: tuple[Checkpoint, ...] = ()
    bins: tuple[tuple[int, float, int], ...] = ()
    curve: tuple[tuple[int, float, float], ...] = ()
    rolling: tuple[tuple[int, float], ...] = ()
    blocks: tuple[tuple[int, int, float, float], ...] = ()
    duration_seconds: float = 0.0
    backtest: Mapping[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """Return the outcome by field, nothing copied: ``json.dumps`` takes it with asdict."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def to_json(self) -> str:
        """Return the outcome as one line of JSON."""
        return json.dumps(self.fields(), separators=(",", ":"), default=asdict)

    @classmethod
    def from_json(cls, text: str) -> TrialOutcome:
        """Return the outcome that ``to_json`` wrote."""
        return cls.from_plain(json.loads(text))

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> TrialOutcome:
        """Return the outcome in parsed JSON; keys that are not known here are left out."""
        known = {key: raw[key] for key in cls.__dataclass_fields__ if key in raw}
        known["checkpoints"] = tuple(
            Checkpoint(**{key: point[key] for key in Checkpoint.__dataclass_fields__})
            for point in known.get("checkpoints", ())
        )
        for key in ("bins", "curve", "rolling", "blocks"):
            known[key] = tuple(tuple(row) for row in known.get(key, ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One trial as it is stored; times are UTC seconds since 1970, None while unknown.

    point: which of the study's draws it tries; a trial that was interrupted and the one that
    repeats it have the same; None for a trial that the study's coordinator did not ask for.
    """

    number: int
    state: str
    params: Params
    values: tuple[float, ...] | None
    started_at: float | None
    finished_at: float | None
    outcome: TrialOutcome | None
    violated: bool = False
    point: int | None = None

    def metric(self, name: str) -> float | None:
        """Return the metric, or None where the trial has none of that name."""
        return self.outcome.metrics.get(name) if self.outcome else None


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A study as it is stored: identity, settings and every trial, oldest first."""

    uid: str
    name: str
    objective: str
    directions: tuple[str, ...]
    candles: Mapping[str, Any]
    backtest: Mapping[str, Any]
    space_sha256: str
    settings: Mapping[str, Any]
    trials: tuple[TrialRecord, ...]


class StudyListener(Protocol):
    """Told by the coordinator, in order, what happens in a study; must not block."""

    def trial_started(self, trial: TrialRecord) -> None:
        """Hear that a trial was handed to a worker."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Hear that a running trial reached a checkpoint."""

    def trial_finished(self, trial: TrialRecord) -> None:
        """Hear that a trial ended and is stored."""


@dataclass(frozen=True, slots=True)
class OptimizationResult:
    """Result of one trial, under the names of the AutoTuner's public contract."""

    trial_number: int
    params: Params
    accuracy: float
    ece: float
    sharpe: float
    objective_value: float
    duration_seconds: float
    state: str
