"""A trial: its job for a worker, its checkpoints and outcome, and its stored record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, overload

from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.plain import PlainError, read_plain
from titan_mlopt.core.unchanged import SKIP

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
#: The backtest's source changed since earlier trials. Only sent to the coordinator, which stores
#: such a trial as interrupted.
CHANGED = "changed"

#: Fields of an outcome that only plots need, and how many numbers their rows have.
PLOT_FIELDS = {"bins": 3, "curve": 3, "rolling": 2}
#: Fields that are kept as JSON where they are read as text, and how many numbers their rows have.
LAZY_FIELDS = {**PLOT_FIELDS, "blocks": 4}

# More than a century of candles of one second.
_MOST_PREDICTIONS = 2**32

Metrics = dict[str, float | None]

#: Annualises Sharpe ratios. The markets trade on every day of the year.
SECONDS_PER_YEAR = 365 * 86_400


Row = tuple[Any, ...]


class LazyRows(Sequence[Row]):
    """Rows kept as JSON text and parsed on each access; compares equal to a tuple of tuples.

    The text takes a seventh of the memory of the tuples. A study of thousands of trials holds such
    rows for every trial and plots those of a few.

    Args:
        text: JSON, a list of lists of numbers; ``StudyError`` on access when it is none.
        width: Numbers in each row; None for any.
    """

    __slots__ = ("_width", "text")

    def __init__(self, text: str, width: int | None = None) -> None:
        self.text, self._width = text, width

    def _rows(self) -> tuple[Row, ...]:
        try:
            rows = tuple(tuple(row) for row in parse_json(self.text, strict=False))
            if not all(self._width in (None, len(row)) for row in rows):
                raise ValueError(f"rows that have not {self._width} numbers")
            if not all(value - value == 0 for row in rows for value in row):
                raise ValueError("numbers that are not finite")
        except (ValueError, TypeError) as error:
            raise StudyError(
                f"plots: the stored rows of a trial must be lists of numbers, got {error}; "
                "restore a backup of the database"
            ) from error
        return rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows())

    def __len__(self) -> int:
        return len(self._rows())

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        return self._rows()[index]

    def __eq__(self, rows: object) -> bool:
        if isinstance(rows, LazyRows):
            return self.text == rows.text or self._rows() == rows._rows()
        return isinstance(rows, tuple) and self._rows() == rows

    def __hash__(self) -> int:
        return hash(self._rows())

    def __repr__(self) -> str:
        return repr(self._rows())


def rows_text(rows: Sequence[Row]) -> str:
    """Return rows as the JSON text of ``LazyRows``."""
    if isinstance(rows, LazyRows):
        return rows.text
    return json.dumps(rows, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Metrics of a running trial over its bars so far.

    Attributes:
        n_predictions: Predictions so far; FLAT bars are not counted.
        n_bars: Scored bars so far.
        accuracy: Hits / predictions, in [0, 1]; 0 without predictions.
        ece: Expected calibration error, in [0, 1].
        sharpe: Annualised Sharpe ratio, None where it is undefined.
        walk_accuracy: Objective of a walk-forward trial so far (``segments.walk_metrics``), None
            for a trial over all candles at once.
        walk_sharpe: The same of the Sharpe ratio.
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
        """The step that pruners see: predictions, or scored bars of a walk-forward trial."""
        return self.n_predictions if self.walk_accuracy is None else self.n_bars


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a walk-forward trial, on which the predictor starts afresh.

    Candles are counted from 0 in the candles to tune on.

    Attributes:
        start: First candle of the segment.
        first: First scored bar; the candles before it warm up the predictor.
        stop: One past the last candle. The last scored bar is stop - 2, as the last candle has no
            outcome.
        time: Opening time of bar ``first``, UTC seconds since 1970.
        path: File with the candles of the segment alone, for backtests that read files; else "".
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
    """The metrics of a trial on one segment.

    Attributes:
        first_bar: First scored bar, counted from 0 in the study's candles.
        first_time: Its opening time, UTC seconds since 1970.
        bars: Scored bars.
        predictions: Number of predictions.
        hits: Number of predictions that came true.
        accuracy: Hits / predictions, None without a prediction.
        ece: Expected calibration error, in [0, 1].
        sharpe: Annualised Sharpe ratio, None where it is undefined.
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
    """Everything a worker needs to run one trial; all paths are absolute.

    Attributes:
        number: The trial's number.
        config: Config to run, every key that the backtest needs.
        candles_path: File of the candles.
        folder: Folder of the trial, removed when it ends.
        grid: Numbers of predictions after which the trial reports a checkpoint.
        limit: Use only the first candles; None for all.
        seed: Seed of the classifier and of the noise floors.
        backtest: Import path of an external backtest, "" for the embedded one.
        backtest_path: Folder put first on ``sys.path``, "" for none.
        repeat: Runs of an external backtest, whose metrics are averaged.
        interval_s: Seconds per candle.
        dry: Only check that the backtest can be loaded.
        memory_bytes: Memory limit, None for none.
        segments: Segments to run one after another, () for one run over all candles.
        sealed: Whether a hold-out exists. The trial then works in its own folder, from which no
            relative path leads to the sealed candles.
        bars_path: File to which every scored bar is saved, "" for none.
        cost_bps: Trading costs, one way, in basis points per unit of changed position.
        unchanged: What an unchanged close counts as (``core.unchanged``).
        sources: SHA-256 by module of the backtest's sources as earlier trials loaded them, None
            before the first.
        fresh_import: Whether each trial imports an external backtest for itself.
        examined: Folder in which an external backtest's last run leaves a copy of its records and
            what it left behind, for a check of the backtest; "" for none.
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
    sources: Mapping[str, str] | None = None
    cost_bps: float = 0.0
    unchanged: str = SKIP
    fresh_import: bool = False
    examined: str = ""

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> TrialJob:
        """Return the job from the parsed JSON of its ``asdict``."""
        segments = tuple(Segment(**segment) for segment in raw["segments"])
        return cls(**{**raw, "grid": tuple(raw["grid"]), "segments": segments})


def _plain(part: Any) -> Any:
    """Convert a part of an outcome that ``json.dumps`` does not know."""
    return list(part) if isinstance(part, LazyRows) else asdict(part)


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """The result of a trial.

    Attributes:
        state: COMPLETE, PRUNED or FAIL.
        reason: Why it is not COMPLETE (``PRUNER``, ``TIMEOUT``, …), else "".
        message: The reason in a sentence, for the user.
        traceback: Of an exception, as text.
        log: The end of what a failed trial printed.
        metrics: By logged name, None where undefined; partial when pruned, {} when failed.
        checkpoints: Checkpoints in order.
        bins: ``(count, sum of confidence, hits)`` of 25 equal confidence bins on [.5, 1].
        curve: At most 200 ``(bar, equity, drawdown)``; equity starts at 1, drawdown is in [0, 1].
        rolling: At most 200 ``(prediction, accuracy of the last 200 predictions)``.
        blocks: Equal time blocks, each ``(predictions, hits, sum of returns, sum of squared
            returns)``.
        segments: Scores per segment; the other fields are pooled over them. () for a trial over
            all candles at once.
        duration_seconds: Wall-clock time of the trial.
        backtest: Path, version and source digest of an external backtest, {} for the embedded one.
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
    blocks: Sequence[tuple[int, int, float, float]] = ()
    segments: tuple[SegmentScore, ...] = ()
    duration_seconds: float = 0.0
    backtest: Mapping[str, str] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """Return the outcome by field name, without a copy of any value."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def to_json(self) -> str:
        """Return the outcome as one line of JSON."""
        return json.dumps(self.fields(), separators=(",", ":"), default=_plain)

    @classmethod
    def from_json(cls, text: str) -> TrialOutcome:
        """Return the outcome that ``to_json`` wrote."""
        return cls.from_plain(parse_json(text, strict=False))

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> TrialOutcome:
        """Return the outcome from parsed JSON; unknown keys are ignored.

        Raises:
            PlainError: A part has another type.
        """
        if not isinstance(raw, dict):
            raise PlainError("an object", raw)
        lazy = {
            key: LazyRows(raw[key], width)
            for key, width in LAZY_FIELDS.items()
            if isinstance(raw.get(key), str)
        }
        outcome = read_plain(cls, raw | lazy)
        count = outcome.metrics.get("n_predictions") or 0
        if not 0 <= count < _MOST_PREDICTIONS:  # it sizes arrays
            raise PlainError("a possible count", count, ("metrics", "n_predictions"))
        return outcome


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One trial as it is stored.

    Attributes:
        number: Optuna's trial number.
        state: Optuna's name of the state: COMPLETE, PRUNED, FAIL or RUNNING.
        params: Sampled parameters, without those whose condition does not hold.
        values: One value per objective, None unless COMPLETE.
        started_at: UTC seconds since 1970, None while unknown.
        finished_at: The same of its end.
        outcome: The result, None while it runs.
        violated: Whether the ECE was above its constraint.
        point: Number of the sample that it tries: an interrupted trial and its retry have the same
            point. None for a trial that another program added to the study.
        warm_start: Where its params come from when it is one of the study's start points, else "".
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
    warm_start: str = ""

    def metric(self, name: str) -> float | None:
        """Return the metric of that name, None where the trial has none."""
        return self.outcome.metrics.get(name) if self.outcome else None


def was_interrupted(trial: TrialRecord) -> bool:
    """Return whether the trial was ended from outside, which says nothing about its parameters."""
    return trial.outcome is not None and trial.outcome.reason == INTERRUPTED


def ended_trials(trials: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Return the trials that count toward ``n_trials``, in the order of their points.

    RUNNING and interrupted trials do not count. A trial without a point is ordered by its number.
    """
    ended = [t for t in trials if t.state != RUNNING and not was_interrupted(t)]
    return sorted(ended, key=lambda t: (t.number if t.point is None else t.point, t.number))


@dataclass(frozen=True, slots=True)
class OptimizationResult:
    """The result of one trial, under the public names of Titan's own AutoTuner.

    Attributes:
        trial_number: Number of the trial in its study, from 0.
        params: The parameters that it tried.
        accuracy: Hits over predictions, in [0, 1]; 0 without a prediction.
        ece: Expected calibration error, in [0, 1]; 0 without a prediction.
        sharpe: Annualised Sharpe ratio; 0 where it is not defined.
        objective_value: What the study maximises, with the penalty of a violated ECE constraint; 0
            without a value.
        duration_seconds: From handing the trial to a worker to its end.
        state: "COMPLETE", "PRUNED" or "FAIL".
    """

    trial_number: int
    params: Params
    accuracy: float
    ece: float
    sharpe: float
    objective_value: float
    duration_seconds: float
    state: str
