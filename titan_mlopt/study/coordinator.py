"""The loop of a study: ask, run, watch, tell; the only writer of the study."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import TrialState

from titan_mlopt.config import TunerConfig
from titan_mlopt.params import TUNABLE_PARAMS, Params, merge_config
from titan_mlopt.records import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    Checkpoint,
    StudyListener,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.scoring import judged, progress_value, score
from titan_mlopt.study.sampling import build_sampler, distributions_of
from titan_mlopt.study.storage import OUTCOME, TrialWriter, read_trial
from titan_mlopt.trial.pool import Ended, Reached, WorkerPool

#: How long running trials may go on after the study was told to stop.
GRACE_S = 5.0
# How long a wait lasts at most, so that a stop is noticed.
_TICK_S = 0.2
_STOPPED = TrialOutcome(FAIL, INTERRUPTED, "stopped with the study before it was done")


@dataclass(frozen=True)
class Plan:
    """What the coordinator is to do; candles and grid are the same for every trial."""

    config: TunerConfig
    candles_path: str
    grid: tuple[int, ...]
    deadline_s: float | None  # of time.monotonic
    stop: threading.Event


def count_finished(study: optuna.Study) -> int:
    """Return the trials that count toward the total: all that ended, but the interrupted."""
    trials = study.get_trials(deepcopy=False)
    return sum(trial.state.is_finished() and not _was_interrupted(trial) for trial in trials)


def _was_interrupted(trial: optuna.trial.FrozenTrial) -> bool:
    return bool(trial.user_attrs.get(OUTCOME, {}).get("reason") == INTERRUPTED)


def release_stale(study: optuna.Study, writer: TrialWriter) -> int:
    """Mark trials that a dead coordinator left RUNNING as FAIL, interrupted; return how many."""
    stale = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    for trial in stale:
        gone = TrialOutcome(FAIL, INTERRUPTED, "its coordinator ended before it was done")
        writer.end(trial.number, gone)
    return len(stale)


def study_in_memory(study: optuna.Study, pruner: optuna.pruners.BasePruner) -> optuna.Study:
    """Return a copy of a stored study, on which asking and pruning touch no database."""
    copy = optuna.create_study(
        study_name=study.study_name, directions=study.directions, pruner=pruner
    )
    copy.add_trials(study.get_trials(deepcopy=False))
    return copy


class Coordinator:
    """Runs the trials of one study until it has ``n_trials`` or is told to stop.

    study: in memory, equal to the stored one that ``writer`` writes to.
    """

    def __init__(
        self,
        study: optuna.Study,
        writer: TrialWriter,
        pool: WorkerPool,
        plan: Plan,
        listeners: Sequence[StudyListener],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._study, self._writer, self._pool, self._plan = study, writer, pool, plan
        self._listeners = listeners
        self._clock = clock
        self._space: dict[str, BaseDistribution] = distributions_of(TUNABLE_PARAMS)
        self._trials: dict[int, optuna.Trial] = {}
        self._finished = count_finished(study)
        self._stopping_since: float | None = None
        self.trials_run = 0
        self.seconds = dict.fromkeys(("sampler", "study", "trials (sum)"), 0.0)

    def run(self) -> None:
        """Run the study; when it is interrupted by an exception, no trial stays RUNNING."""
        try:
            while True:
                while self._wants_trial():
                    self._start_trial()
                if not self._trials:
                    return
                for event in self._pool.wait(_TICK_S):
                    if isinstance(event, Reached):
                        self._judge(event.number, event.checkpoint)
                    elif isinstance(event, Ended):
                        self._finish(event.number, event.outcome)
                self._end_grace()
        finally:
            for number in list(self._trials):
                self._finish(number, _STOPPED)

    def _wants_trial(self) -> bool:
        left = self._plan.config.n_trials - self._finished - len(self._trials)
        return left > 0 and self._pool.free > 0 and not self._stopping()

    def _stopping(self) -> bool:
        if self._stopping_since is None:
            due = self._plan.deadline_s
            if self._plan.stop.is_set() or (due is not None and self._clock() >= due):
                self._stopping_since = self._clock()
        return self._stopping_since is not None

    def _end_grace(self) -> None:
        if self._stopping() and self._clock() >= (self._stopping_since or 0.0) + GRACE_S:
            for number in self._pool.running:
                self._pool.kill(number, _STOPPED)

    def _start_trial(self) -> None:
        config = self._plan.config
        with self._timed("sampler"):
            number = len(self._study.get_trials(deepcopy=False))
            self._study.sampler = build_sampler(config.seed, number, parallel=config.n_jobs > 1)
            trial = self._study.ask(self._space)
        frozen = self._study.get_trials(deepcopy=False)[trial.number]
        with self._timed("study"):
            self._writer.begin(frozen)
        self._trials[trial.number] = trial
        self._pool.submit(self._job(trial.number, dict(trial.params)), config.timeout_per_trial)
        for listener in self._listeners:
            listener.trial_started(read_trial(frozen))

    def _job(self, number: int, params: Params) -> TrialJob:
        return TrialJob(
            number=number,
            config=merge_config(params),
            candles_path=self._plan.candles_path,
            folder="",
            grid=self._plan.grid,
            seed=self._plan.config.seed,
        )

    def _judge(self, number: int, point: Checkpoint) -> None:
        """Report a checkpoint to the pruner, answer the trial, and store it."""
        trial, objective = self._trials[number], self._plan.config.objective_type
        with self._timed("study"):
            if objective == "multi":  # Optuna prunes single objectives only
                self._pool.answer(number, go_on=True)
            else:
                value = progress_value(point, objective)
                trial.report(value, point.n_predictions)
                self._pool.answer(number, go_on=not trial.should_prune())
                self._writer.report(number, point.n_predictions, value)
        for listener in self._listeners:
            listener.trial_progressed(number, point)

    def _finish(self, number: int, outcome: TrialOutcome) -> None:
        """Store what a trial ended with, tell the study, then everybody else."""
        config, trial = self._plan.config, self._trials.pop(number)
        outcome = judged(outcome, config)
        values, violated = None, False
        if outcome.state == COMPLETE:
            result = score(outcome.metrics, config)
            values, violated = list(result.values), result.violated
        with self._timed("study"):
            self._study.tell(trial, values, state=TrialState[outcome.state])
            record = read_trial(self._study.get_trials(deepcopy=False)[number])
            self._writer.end(number, outcome, record.values, violated=violated)
        if outcome.reason != INTERRUPTED:
            self._finished += 1
            self.trials_run += 1
        self.seconds["trials (sum)"] += outcome.duration_seconds
        for listener in self._listeners:
            listener.trial_finished(dataclasses.replace(record, outcome=outcome, violated=violated))

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began = time.thread_time()
        yield
        self.seconds[part] += time.thread_time() - began
