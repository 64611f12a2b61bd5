"""The content of a trial's run, from the study alone: status, tags, params, metrics, files."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from mlflow.entities import Metric

from titan_mlopt.analysis.ranking import scale_of_study
from titan_mlopt.core.scoring import Scale, objective_value
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    PRUNED,
    RUNNING,
    Checkpoint,
    SegmentScore,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.report.svg.trial import draw_trial_svg
from titan_mlopt.tracking.store import KIND, OBJECTIVE, STUDY_UID

STUDY, TRIAL, STATE, REASON, CANDLES, BACKTEST, SPACE, VERSION = (
    f"titan_mlopt.{key}"
    for key in (
        *("study", "trial", "state", "reason", "candles_sha256", "backtest", "space_sha256"),
        "version",
    )
)
#: Where the params of a start point come from; only its run has the tag.
WARM_START = "titan_mlopt.warm_start"
#: Digest of a run's content, written last: a run without it is incomplete.
MIRRORED = "titan_mlopt.mirrored"
NOTE, RUN_NAME, PARENT_RUN = "mlflow.note.content", "mlflow.runName", "mlflow.parentRunId"
COLOUR = "mlflow.runColor"
SVG_FILE, ERROR_FILE, LOG_FILE = "trial.svg", "error.txt", "log.txt"
SEGMENTS_FILE = "segments.csv"
#: Values of the tag ``titan_mlopt.kind``.
STUDY_KIND, TRIAL_KIND = "study", "trial"

#: MLflow's statuses for Optuna's states.
STATUSES = {COMPLETE: "FINISHED", PRUNED: "KILLED", FAIL: "FAILED", RUNNING: "RUNNING"}
# MLflow gives each other run a colour of its own, so that their lines can be told apart.
_COLOURS = {PRUNED: "#e0a030", FAIL: "#d04437"}
_INTERRUPTED_COLOUR = "#8e8e8e"
_FORMER_COLOURS = {COMPLETE: "#2e9e5b", RUNNING: "#3a7bd5"}
#: Metric of every trial: its number, the axis of the chart of convergence.
NUMBER = "trial_number"
#: Metrics of a segment, logged as ``segment_<name>``.
SEGMENT_METRICS = ("accuracy", "ece", "sharpe", "predictions")
_METRICS_OF_CHECKPOINT = ("accuracy", "ece", "sharpe")


@dataclass(frozen=True, slots=True)
class RunContent:
    """The content of a complete run; times are milliseconds since 1970, UTC.

    metrics: the whole history, one value per name and step. ended_ms: None while the trial runs.
    """

    name: str
    status: str
    started_ms: int
    ended_ms: int | None
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: tuple[Metric, ...]

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the content without times, parent and version."""
        tags = {k: v for k, v in self.tags.items() if k not in (PARENT_RUN, VERSION)}
        metrics = [(m.key, m.value, m.step) for m in self.metrics]
        whole = [self.name, self.status, sorted(tags.items()), sorted(self.params.items()), metrics]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:16]

    @property
    def latest(self) -> dict[str, float]:
        """Each metric's value at its last step."""
        return {m.key: m.value for m in sorted(self.metrics, key=lambda m: m.step)}


def trial_content(trial: TrialRecord, study: StudyRecord) -> RunContent:
    """Return the content of the run of a trial."""
    started, ended = _ms(trial.started_at), _ms(trial.finished_at)
    outcome = trial.outcome or TrialOutcome(trial.state)
    tags = {
        KIND: TRIAL_KIND,
        TRIAL: str(trial.number),
        STATE: trial.state,
        REASON: outcome.reason,
        **study_tags(study),
    }
    colour = _INTERRUPTED_COLOUR if _interrupted(trial) else _COLOURS.get(trial.state)
    further = {COLOUR: colour, WARM_START: trial.warm_start, NOTE: outcome.message}
    tags |= {key: text for key, text in further.items() if text}
    bars = max((checkpoint.n_bars for checkpoint in outcome.checkpoints), default=0)
    steps = _n_predictions(trial)
    final = {**trial_metrics(trial, scale_of_study(study)), NUMBER: float(trial.number)}
    checkpoints = [
        metric
        for checkpoint in outcome.checkpoints
        for metric in checkpoint_metrics(
            checkpoint, _within(started, ended, checkpoint.n_bars, bars)
        )
    ]
    # A curve ends with the final metric; MLflow draws a single value as a bar at step 0 only.
    curves = {metric.key for metric in checkpoints}
    last = [Metric(k, v, ended, steps if k in curves else 0) for k, v in final.items()]
    return RunContent(
        name=trial_name(trial),
        status=run_status(trial),
        started_ms=started,
        ended_ms=None if trial.state == RUNNING else ended,
        tags=tags,
        params={name: str(value) for name, value in trial.params.items()},
        metrics=(
            # The final metrics replace the checkpoint at the last prediction.
            *(m for m in checkpoints if m.step != steps or m.key not in final),
            *segment_metrics(outcome.segments, ended),
            *last,
        ),
    )


def former_content(trial: TrialRecord, study: StudyRecord) -> RunContent:
    """Return the content that runs had before there were charts: they stay as they are.

    Every metric was logged at the last prediction, each state had a colour, the accuracy came
    before the Sharpe ratio in the name, and the number of the trial was no metric.
    """
    content, steps = trial_content(trial, study), _n_predictions(trial)
    colour = content.tags.get(COLOUR) or _FORMER_COLOURS[trial.state]
    metrics = tuple(
        Metric(m.key, m.value, m.timestamp, m.step or steps)
        for m in content.metrics
        if m.key != NUMBER
    )
    name = trial_name(trial, former=True)
    return replace(content, name=name, tags={**content.tags, COLOUR: colour}, metrics=metrics)


def _n_predictions(trial: TrialRecord) -> int:
    return int(trial.metric("n_predictions") or 0)


def study_tags(study: StudyRecord) -> dict[str, str]:
    """Return the tags of every run of a study."""
    return {
        STUDY: study.name,
        STUDY_UID: study.uid,
        CANDLES: str(study.candles.get("sha256", "")),
        BACKTEST: str(study.backtest.get("path", "")),
        SPACE: study.space_sha256,
    }


def _ms(seconds: float | None) -> int:
    return 0 if seconds is None else int(seconds * 1000)


def _within(started: int, ended: int, part: int, whole: int) -> int:
    """Estimate when ``part`` of the bars were done: the time of a checkpoint is not stored."""
    return started + round((ended - started) * part / whole) if whole else ended


def _interrupted(trial: TrialRecord) -> bool:
    return trial.outcome is not None and trial.outcome.reason == INTERRUPTED


def run_status(trial: TrialRecord) -> str:
    """Return MLflow's status of a trial's run."""
    return "KILLED" if _interrupted(trial) else STATUSES[trial.state]


def trial_name(trial: TrialRecord, *, former: bool = False) -> str:
    """Return the run's name, such as ``trial 017 · sharpe 3.1 · acc .5312``.

    former: with the accuracy first; MLflow's table then cuts the Sharpe ratio off.
    """
    parts = [f"trial {trial.number:03d}"]
    if _interrupted(trial):
        parts.append(INTERRUPTED)
    elif trial.state != COMPLETE:
        parts.append(trial.state.lower())
    accuracy, sharpe = trial.metric("accuracy"), trial.metric("sharpe")
    values = [] if sharpe is None else [f"sharpe {sharpe:.1f}"]
    if accuracy is not None:
        values.append(f"acc {accuracy:.4f}".replace(" 0.", " ."))
    return " · ".join(parts + (values[::-1] if former else values))


def checkpoint_metrics(checkpoint: Checkpoint, timestamp_ms: int) -> list[Metric]:
    """Return a checkpoint's metrics; their step is the number of predictions."""
    values = {name: getattr(checkpoint, name) for name in _METRICS_OF_CHECKPOINT}
    return [
        Metric(name, value, timestamp_ms, checkpoint.n_predictions)
        for name, value in values.items()
        if value is not None and math.isfinite(value)
    ]


def segment_metrics(segments: Sequence[SegmentScore], timestamp_ms: int) -> list[Metric]:
    """Return each segment's metrics as ``segment_<name>``; their step is its number, from 1."""
    return [
        Metric(f"segment_{name}", value, timestamp_ms, number)
        for number, segment in enumerate(segments, start=1)
        for name in SEGMENT_METRICS
        if (value := _finite(getattr(segment, name))) is not None
    ]


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def segments_csv(segments: Sequence[SegmentScore]) -> str:
    """Return the table of a trial's segments, one a line; times are ISO, UTC."""
    names = list(SegmentScore.__dataclass_fields__)
    lines = [",".join(["segment", *names])]
    for number, segment in enumerate(segments, start=1):
        cells = {**asdict(segment), "first_time": _iso(segment.first_time)}
        lines.append(
            ",".join([str(number), *("" if v is None else str(v) for v in cells.values())])
        )
    return "\n".join(lines) + "\n"


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def trial_metrics(trial: TrialRecord, scale: Scale) -> dict[str, float]:
    """Return every metric of an ended trial that has a finite value."""
    if trial.outcome is None:
        return {}
    metrics = {name: v for name, v in trial.outcome.metrics.items() if v is not None}
    metrics["duration_seconds"] = trial.outcome.duration_seconds
    if trial.state == COMPLETE and trial.values:
        metrics[OBJECTIVE] = objective_value(trial.values, scale)
        metrics["ece_violated"] = float(trial.violated)
    return {name: float(value) for name, value in metrics.items() if math.isfinite(value)}


def _file_makers(trial: TrialRecord) -> dict[str, Callable[[], str]]:
    """Return a function for each file of a trial's run, by the name of the file."""
    outcome = trial.outcome
    if outcome is None:
        return {}
    makers: dict[str, Callable[[], str]] = {}
    if outcome.bins:
        makers[SVG_FILE] = lambda: draw_trial_svg(trial)
    if outcome.segments:
        makers[SEGMENTS_FILE] = lambda: segments_csv(outcome.segments)
    if trial.state == FAIL:
        makers[ERROR_FILE] = lambda: f"{outcome.reason}: {outcome.message}\n\n{outcome.traceback}"
        if outcome.log:
            makers[LOG_FILE] = lambda: outcome.log
    return makers


def trial_files(trial: TrialRecord) -> dict[str, str]:
    """Return the text files of a trial's run by name."""
    return {name: make() for name, make in _file_makers(trial).items()}


def file_names(trial: TrialRecord) -> set[str]:
    """Return the names of ``trial_files`` without writing their texts."""
    return set(_file_makers(trial))
