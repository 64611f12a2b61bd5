"""One stored trial run again, in a process of its own, and held against what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from titan_mlopt.backtest import identity
from titan_mlopt.candles import Candles, load_candles, save_candles
from titan_mlopt.config import TunerConfig
from titan_mlopt.errors import StudyError, shown
from titan_mlopt.params import Params, merge_config
from titan_mlopt.records import (
    COMPLETE,
    FAIL,
    PRUNED,
    PRUNER,
    Checkpoint,
    SegmentScore,
    StudyRecord,
    TrialJob,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.sample import SAMPLE, sample_candles
from titan_mlopt.scoring import judged
from titan_mlopt.trial import workspace
from titan_mlopt.trial.executor import Ended
from titan_mlopt.trial.pool import WorkerPool
from titan_mlopt.validation.splits import split_segments

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
    """Run trial ``number`` of the study again and compare; its duration is not compared.

    candles: those that the study was tuned on, cut to its limit. The seed and the seconds after
    which the trial is killed are the study's; a pruned trial stops at its last checkpoint.
    Raises ``StudyError`` for a trial that cannot be compared, for other candles, and for a study
    of another backtest; ``TrialError`` when no process can be started.
    """
    trial = find_trial(study, number)
    check_candles(study, candles)
    assert trial.outcome is not None
    grid = tuple(point.n_predictions for point in trial.outcome.checkpoints)
    segments = int(study.scoring.get("segments", 1))
    job = TrialJob(
        number=number,
        config=merge_config({**_fixed(study), **trial.params}),
        candles_path="",
        folder="",
        grid=grid if segments == 1 else (),
        seed=study.settings["seed"],
        segments=split_segments(candles, segments, int(study.scoring["warm_up"]))
        if segments > 1
        else (),
    )
    stop_after = len(grid) if trial.outcome.reason == PRUNER else None
    plain = TunerConfig()
    timeout_s = study.settings.get("timeout_per_trial", plain.timeout_per_trial)
    least = study.settings.get("min_predictions", plain.min_predictions)
    outcome = _run(job, candles, timeout_s, stop_after)
    return _compare(study, trial, judged(outcome, TunerConfig(min_predictions=least)))


def _fixed(study: StudyRecord) -> Params:
    """Return the values that the study's space held fast."""
    fixed: Params = study.settings.get("space", {}).get("fixed", {})
    return fixed


def find_trial(study: StudyRecord, number: int) -> TrialRecord:
    """Return the trial; ``StudyError`` unless it ended with metrics, by the backtest of here."""
    here = {"path": identity.IDENTITY, "version": identity.ENGINE_VERSION}
    if dict(study.backtest) != here:
        raise StudyError(
            f"study {study.name}: must be one of the backtest {_named(here)}, got "
            f"{_named(study.backtest)}; replay it with the titan_mlopt that ran it"
        )
    found = next((trial for trial in study.trials if trial.number == number), None)
    if found is None:
        numbers = [trial.number for trial in study.trials]
        there = f"from {min(numbers)} to {max(numbers)}" if numbers else "of which there are none"
        raise StudyError(
            f"trial: must be a number of the study's trials, {there}, got {shown(number)}"
        )
    if found.state not in (COMPLETE, PRUNED) or found.outcome is None:
        why = f" ({found.outcome.reason})" if found.outcome else ""
        raise StudyError(
            f"trial {number}: must have ended with metrics to compare, got {found.state}{why}; "
            "choose one that is COMPLETE or PRUNED"
        )
    return found


def find_candles(study: StudyRecord, given: str | None) -> Candles:
    """Return the candles that the study was tuned on, from ``given`` or where the study had them.

    They are cut to its limit, and to what comes before its hold-out.
    Raises ``CandleError`` for a bad file, ``StudyError`` when no place is known.
    """
    return tuning_part(study, find_whole(study, given))


def find_whole(study: StudyRecord, given: str | None) -> Candles:
    """Return all candles of the file that the study was made from, its hold-out too; see above."""
    name = study.candles.get("name")
    place = given or study.settings.get("candles_path") or (SAMPLE if name == SAMPLE else "")
    if place == SAMPLE:
        return sample_candles()
    if given is None and not Path(place).is_file():
        raise StudyError(
            f"candles: must still be where the study {study.name} read them, got no file "
            f"{shown(place or name)}; pass --candles FILE"
        )
    return load_candles(place)


def tuning_part(study: StudyRecord, candles: Candles) -> Candles:
    """Return the candles before the hold-out, by their number: the file may have grown since."""
    if study.holdout:
        return candles.head(int(study.candles["count"]))
    limit = study.settings.get("limit")
    return candles if limit is None else candles.head(limit)


def check_candles(study: StudyRecord, candles: Candles) -> None:
    """Raise ``StudyError`` unless these are the candles that the study was tuned on."""
    stored, got = str(study.candles.get("sha256", "")), candles.digest
    if stored != got:
        raise StudyError(
            f"candles: must be those of the study {study.name}, SHA-256 {stored[:12]}…, got "
            f"{candles.name} with {got[:12]}…; pass --candles FILE"
        )


def _named(backtest: Mapping[str, Any]) -> str:
    return f"{backtest.get('path', 'unknown')} version {backtest.get('version', 'unknown')}"


def _run(job: TrialJob, candles: Candles, timeout_s: float, stop_after: int | None) -> TrialOutcome:
    """Run the job in a worker as a study does; stop it after so many checkpoints."""
    scratch, reached = workspace.new_scratch(), 0
    with WorkerPool(1, scratch) as pool:
        path = scratch / "candles.npy"
        save_candles(candles, path)
        pool.submit(replace(job, candles_path=str(path)), timeout_s)
        while True:
            for event in pool.wait():
                if isinstance(event, Ended):
                    return event.outcome
                reached += 1
                pool.answer(job.number, go_on=reached != stop_after)


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
