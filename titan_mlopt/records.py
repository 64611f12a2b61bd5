"""Plain records that cross borders: coordinator to worker and back, study to mirror and report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from titan_mlopt.judgements import Judgement, PlaceboRun, PlateauResult
from titan_mlopt.params import Params
from titan_mlopt.rows import Rows

COMPLETE, PRUNED, FAIL, RUNNING = "COMPLETE", "PRUNED", "FAIL", "RUNNING"

#: Reasons stored with a trial that is not COMPLETE.
PRUNER, TOO_FEW, EXCEPTION, CRASH, TIMEOUT, MEMORY, INTERRUPTED = (
    "pruner",
    "too_few_predictions",
    "exception",
    "crash",
    "timeout",
    "memory",
    "interrupted",
)

#: Fields of an outcome that only its picture needs.
DRAWN = ("bins", "curve", "rolling")

Metrics = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Metrics of a running trial over its first ``n_predictions`` predictions.

    walk_accuracy, walk_sharpe: what counts of a trial on segments (``segments.walk_metrics``), so
    far; None for one that runs in one piece.
    """

    n_predictions: int
    n_bars: int
    accuracy: float
    ece: float
    sharpe: float | None
    walk_accuracy: float | None = None
    walk_sharpe: float | None = None

    @property
    def step(self) -> int:
        """How far the trial is, as pruners count: in predictions, on segments in scored bars."""
        return self.n_predictions if self.walk_accuracy is None else self.n_bars


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the candles on which a trial runs afresh: those with start <= number < stop.

    first: the first bar that is scored; the ones before it warm up. The last one scored is
    stop - 2: the last candle has no outcome. time: when bar ``first`` opens, UTC seconds since
    1970. path: file of these candles alone, for a backtest that reads files; else "".
    """

    start: int
    first: int
    stop: int
    time: int
    path: str = ""

    @property
    def bars(self) -> int:
        """Number of scored bars."""
        return self.stop - 1 - self.first


@dataclass(frozen=True, slots=True)
class SegmentScore:
    """How a trial did on one segment.

    first_bar, first_time: the first scored bar, counted from 0 in the study's candles, and when it
    opens, UTC seconds since 1970. accuracy: None without a prediction. sharpe: None as in metrics.
    """

    first_bar: int
    first_time: int
    bars: int
    predictions: int
    hits: int
    accuracy: float | None
    ece: float
    sharpe: float | None


@dataclass(frozen=True, slots=True)
class TrialJob:
    """All that a worker needs to run one trial; paths are absolute.

    backtest: import path of one that is not the embedded one, "" for that; backtest_path: a folder
    to look in. repeat: runs of it. interval_s: seconds a candle. dry: only see whether it can run.
    memory_bytes: what it may take at most, None for no limit.
    segments: what is run one after the other instead of all candles, () for these. sealed: a part
    of the candles is held out: the trial's working directory is its folder. bars_path: file for
    every scored bar of the one segment, "" for none.
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
    memory_bytes: int | None = None
    segments: tuple[Segment, ...] = ()
    sealed: bool = False
    bars_path: str = ""

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> TrialJob:
        """Return the job that ``asdict`` took apart and JSON has made lists of."""
        segments = tuple(Segment(**segment) for segment in raw["segments"])
        return cls(**{**raw, "grid": tuple(raw["grid"]), "segments": segments})


def _plain(part: Any) -> Any:
    """Return what JSON takes for a part of an outcome that it does not know."""
    return list(part) if isinstance(part, Rows) else asdict(part)


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """What a trial ended with; ``metrics`` are partial when it was pruned, empty when it failed.

    bins: one ``(count, sum of confidence, hits)`` for each of 25 equal confidence bins on [.5, 1].
    curve: at most 200 ``(bar, equity, drawdown)``; equity starts at 1, drawdown is in [0, 1].
    rolling: at most 200 ``(prediction, accuracy of the last 200 predictions)``.
    blocks: equal time blocks, each ``(predictions, hits, sum of returns, sum of squared returns)``.
    segments: () for a trial that runs in one piece; all else is then pooled over them.
    backtest: path, version and digest of the source of a backtest that is not the embedded one.
    """

    state: str
    reason: str = ""
    message: str = ""
    traceback: str = ""
    log: str = ""
    metrics: Metrics = field(default_factory=dict)
    checkpoints: tuple[Checkpoint, ...] = ()
    bins: Sequence[tuple[int, float, int]] = ()
    curve: Sequence[tuple[int, float, float]] = ()
    rolling: Sequence[tuple[int, float]] = ()
    blocks: tuple[tuple[int, int, float, float], ...] = ()
    segments: tuple[SegmentScore, ...] = ()
    duration_seconds: float = 0.0
    backtest: Mapping[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """Return the outcome by field, nothing copied: ``json.dumps`` takes it with asdict."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def to_json(self) -> str:
        """Return the outcome as one line of JSON."""
        return json.dumps(self.fields(), separators=(",", ":"), default=_plain)

    @classmethod
    def from_json(cls, text: str) -> TrialOutcome:
        """Return the outcome that ``to_json`` wrote."""
        return cls.from_plain(json.loads(text))

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> TrialOutcome:
        """Return the outcome in parsed JSON; keys that are not known here are left out."""
        known = {key: raw[key] for key in cls.__dataclass_fields__ if key in raw}
        known["checkpoints"] = tuple(
            Checkpoint(**{k: point[k] for k in Checkpoint.__dataclass_fields__ if k in point})
            for point in known.get("checkpoints", ())
        )
        known["segments"] = tuple(SegmentScore(**row) for row in known.get("segments", ()))
        for key in (*DRAWN, "blocks"):
            rows = known.get(key, ())
            known[key] = Rows(rows) if isinstance(rows, str) else tuple(tuple(row) for row in rows)
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
class Baseline:
    """What had to be beaten, on the bars that the trials are scored on.

    kind: "rule", one without a config; "default" or "champion", a config that was run as a trial
    is. state: COMPLETE or FAIL. values: the objective's, as of a trial; () unless COMPLETE. detail:
    of a champion its version, of what failed why. config_sha256: of the config's JSON, "" of rules.
    """

    name: str
    kind: str
    state: str
    metrics: Metrics = field(default_factory=dict)
    values: tuple[float, ...] = ()
    detail: str = ""
    config_sha256: str = ""

    def metric(self, name: str) -> float | None:
        """Return the metric, or None where it has none of that name."""
        return self.metrics.get(name)


@dataclass(frozen=True, slots=True)
class Champion:
    """The registered config behind the alias, and the seed of its study.

    fault: why it cannot be used, then without config.
    """

    version: str
    config: Params
    fault: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """One look at the hold-out. when: ISO, UTC. config_sha256: the config that was judged on it."""

    when: str
    why: str
    config_sha256: str


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """A study as it is stored: identity, settings and every trial, oldest first.

    candles: what the trials see. scoring: the settings that make values comparable. holdout: what
    is known of the sealed candles, {} when nothing is held out. openings: looks at them so far.
    placebos, judgements, plateau: what was found out after the trials.
    """

    uid: str
    name: str
    objective: str
    directions: tuple[str, ...]
    candles: Mapping[str, Any]
    backtest: Mapping[str, Any]
    space_sha256: str
    settings: Mapping[str, Any]
    trials: tuple[TrialRecord, ...]
    scoring: Mapping[str, Any] = field(default_factory=dict)
    holdout: Mapping[str, Any] = field(default_factory=dict)
    openings: tuple[Opening, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    placebos: tuple[PlaceboRun, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    plateau: PlateauResult | None = None


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
