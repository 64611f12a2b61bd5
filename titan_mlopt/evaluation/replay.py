"""Replay of a stored trial in a process of its own, compared with what is stored."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from typing import Any

from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.splits import split_segments
from titan_mlopt.core import backtest_id
from titan_mlopt.core.errors import StudyError, short_repr
from titan_mlopt.core.scoring import enforce_min_predictions
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    PRUNED,
    PRUNER,
    Checkpoint,
    SegmentScore,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.core.tuner_config import LOCAL
from titan_mlopt.evaluation.rerun import check_candles
from titan_mlopt.executors.factory import open_jobs
from titan_mlopt.executors.run import run_alone
from titan_mlopt.tracking.study_report import config_of

Value = float | str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One number (or the state) as it is stored and as it came out again; None where it has none.

    equal: by ``==``, which for what JSON gives back of a float means every bit.
    """

    name: str
    stored: Value
    replayed: Value

    @property
    def equal(self) -> bool:
        """Whether both are the same."""
        return self.stored == self.replayed


@dataclass(frozen=True, slots=True)
class Replay:
    """A trial beside its repetition.

    state: the stored one. metrics: the state with its reason, then every metric that either has.
    checkpoints: the figures of every checkpoint, named ``accuracy at 1440``, and of every segment,
    named ``accuracy of segment 2``. n_checkpoints, n_segments: those stored. message: why the
    repetition failed, else "".
    """

    study: str
    trial: int
    state: str
    metrics: tuple[Row, ...]
    checkpoints: tuple[Row, ...]
    n_checkpoints: int
    message: str
    n_segments: int = 0

    @property
    def different(self) -> tuple[Row, ...]:
        """The rows that are not the same, metrics first."""
        return tuple(row for row in (*self.metrics, *self.checkpoints) if not row.equal)

    @property
    def identical(self) -> bool:
        """Whether state, every metric and every checkpoint are the same, bit for bit."""
        return not self.different


def replay_trial(study: StudyRecord, number: int, candles: Candles) -> Replay:
    """Run a trial of the study again and compare everything but its duration.

    Seed, timeout and memory limit are the study's; a pruned trial stops at its last checkpoint.

    Args:
        study: The study.
        number: Of one of its trials.
        candles: Those that the study was tuned on, as ``find_candles`` returns them.

    Raises:
        StudyError: The trial cannot be compared, the candles are others, or the study is of
            another backtest.
        TrialError: No process can be started.
    """
    trial = find_trial(study, number)
    check_candles(study, candles)
    assert trial.outcome is not None
    k = int(study.scoring.get("segments", 1))
    segments = split_segments(candles, k, int(study.scoring["warm_up"])) if k > 1 else ()
    grid = () if segments else tuple(p.n_predictions for p in trial.outcome.checkpoints)
    was_stopped = trial.outcome.reason == PRUNER and trial.outcome.checkpoints
    last_step = trial.outcome.checkpoints[-1].step if was_stopped else math.inf
    here: dict[str, Any] = {"executor": LOCAL, "scheduler": None, "scratch": None, "n_jobs": 1}
    config = replace(config_of(study), backtest=None, **here)
    with open_jobs(config, candles, segments) as (pool, maker):
        job = maker.job(number, maker.config_of(trial.params), grid=grid)
        end = run_alone(
            pool, job, config.timeout_per_trial, lambda event: event.checkpoint.step < last_step
        )
    return _compare(study, trial, enforce_min_predictions(end.outcome, config))


def find_trial(study: StudyRecord, number: int) -> TrialRecord:
    """Return a trial that can be compared with its repetition.

    Raises:
        StudyError: There is no such trial, it has no metrics, or the study is not of this version
            of the embedded backtest.
    """
    embedded = {"path": backtest_id.IDENTITY, "version": backtest_id.ENGINE_VERSION}
    path = study.backtest.get("path")
    if path and not backtest_id.is_embedded(study.backtest):
        raise StudyError(
            f"study {study.name}: must be of the embedded backtest to be replayed bit for bit, got "
            f"{path}, whose numbers may differ from run to run; tune "
            "with --repeat 3 to see by how much"
        )
    if dict(study.backtest) != embedded:
        raise StudyError(
            f"study {study.name}: must be one of the backtest {_backtest_text(embedded)}, got "
            f"{_backtest_text(study.backtest)}; replay it with the titan_mlopt that ran it"
        )
    trial = next((trial for trial in study.trials if trial.number == number), None)
    if trial is None:
        numbers = [trial.number for trial in study.trials]
        span = f"from {min(numbers)} to {max(numbers)}" if numbers else "of which there are none"
        raise StudyError(
            f"trial: must be a number of the study's trials, {span}, got {short_repr(number)}"
        )
    if trial.state not in (COMPLETE, PRUNED) or trial.outcome is None:
        why = f" ({trial.outcome.reason})" if trial.outcome else ""
        raise StudyError(
            f"trial {number}: must have ended with metrics to compare, got {trial.state}{why}; "
            "choose one that is COMPLETE or PRUNED"
        )
    return trial


def _backtest_text(backtest: Mapping[str, Any]) -> str:
    return f"{backtest.get('path', 'unknown')} version {backtest.get('version', 'unknown')}"


def _compare(study: StudyRecord, trial: TrialRecord, got: TrialOutcome) -> Replay:
    was = trial.outcome
    assert was is not None
    names = [*was.metrics, *(name for name in got.metrics if name not in was.metrics)]
    metrics = [Row(name, was.metrics.get(name), got.metrics.get(name)) for name in names]
    return Replay(
        study=study.name,
        trial=trial.number,
        state=trial.state,
        metrics=(Row("state", _state(trial.state, was), _state(got.state, got)), *metrics),
        checkpoints=(
            *_checkpoint_rows(was.checkpoints, got.checkpoints),
            *_segment_rows(was.segments, got.segments),
        ),
        n_checkpoints=len(was.checkpoints),
        message=got.message if got.state == FAIL else "",
        n_segments=len(was.segments),
    )


def _state(state: str, outcome: TrialOutcome) -> str:
    return f"{state} ({outcome.reason})" if outcome.reason else state


def _checkpoint_rows(was: Sequence[Checkpoint], got: Sequence[Checkpoint]) -> Iterator[Row]:
    """Yield a row for each figure of each checkpoint, told apart by its step."""
    before, after = ({point.step: asdict(point) for point in side} for side in (was, got))
    for n in sorted({*before, *after}):
        for name in Checkpoint.__dataclass_fields__:
            row = Row(f"{name} at {n}", before.get(n, {}).get(name), after.get(n, {}).get(name))
            if not name.startswith("walk_") or {row.stored, row.replayed} != {None}:
                yield row


def _segment_rows(was: Sequence[SegmentScore], got: Sequence[SegmentScore]) -> Iterator[Row]:
    """Yield a row for each figure of each segment, counted from 1."""
    for n, (before, after) in enumerate(zip_longest(was, got), start=1):
        for name in SegmentScore.__dataclass_fields__:
            sides = (getattr(side, name) if side else None for side in (before, after))
            yield Row(f"{name} of segment {n}", *sides)
