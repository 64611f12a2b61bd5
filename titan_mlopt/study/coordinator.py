"""The coordinator's loop: sample, run, prune, store. It is the only writer of the study."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from copy import copy as copy_of
from dataclasses import dataclass
from typing import TYPE_CHECKING

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from titan_mlopt.analysis.optuna_view import quiet_optuna
from titan_mlopt.core.scoring import Scale, enforce_min_predictions, objective_value, score
from titan_mlopt.core.start_points import StartPoint
from titan_mlopt.core.study import StudyListener
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    PLOT_FIELDS,
    Checkpoint,
    TrialOutcome,
    ended_trials,
)
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.base import Ended, Executor, Reached
from titan_mlopt.executors.jobs import TrialJobs
from titan_mlopt.study.pruning_study import PruningStudy
from titan_mlopt.study.retries import MAX_RETRIES, plan_retries
from titan_mlopt.study.samplers.build import build_sampler
from titan_mlopt.study.samplers.schedule import Schedule
from titan_mlopt.study.storage.studies import (
    OUTCOME,
    POINT,
    START,
    WEIGHTS,
    raw_outcome,
    read_trial,
)
from titan_mlopt.study.trial_coordinates import TrialCoordinates
from titan_mlopt.study.trial_writer import TrialWriter

if TYPE_CHECKING:
    from titan_mlopt.study.samplers.transfer import TransferPrior

#: How long running trials may continue after a request to stop.
GRACE_S = 5.0
# Longest wait for an event, so that a stop is noticed.
_TICK_S = 0.2
# Fields of an outcome that only plots and statistics need, and nearly all of its size.
_HEAVY = frozenset((*PLOT_FIELDS, "blocks"))
_STOPPED = TrialOutcome(FAIL, INTERRUPTED, "stopped with the study before it was done")


@dataclass(frozen=True)
class Plan:
    """What the coordinator has to do.

    Attributes:
        config: The settings of the study.
        n_trials: Total number of trials of the study.
        jobs: Makes the trials' jobs.
        scale: Combines the values of two objectives.
        deadline_s: Time after which no trial starts, of ``time.monotonic``; None for none.
        stop: Set to end the study early.
        schedule: Which sampler chooses which point.
        renew: Called in every round of the loop; raises when the lock of the study was lost.
        start_points: Tried first: the study's point number i is the i-th of them.
        prior: What other studies say of a point, for the sampler gp.
    """

    config: TunerConfig
    n_trials: int
    jobs: TrialJobs
    scale: Scale
    deadline_s: float | None
    stop: threading.Event
    schedule: Schedule = Schedule()  # noqa: RUF009 - frozen
    renew: Callable[[], None] = lambda: None
    start_points: tuple[StartPoint, ...] = ()
    prior: TransferPrior | None = None


def release_stale(study: optuna.Study, writer: TrialWriter) -> int:
    """Mark trials that a dead coordinator left RUNNING as interrupted, and return their number."""
    stale = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    for trial in stale:
        outcome = TrialOutcome(FAIL, INTERRUPTED, "its coordinator ended before it was done")
        with suppress(optuna.exceptions.UpdateFinishedTrialError):  # it ended in the meantime
            writer.end(trial.number, outcome)
    return len(stale)


def study_in_memory(
    study: optuna.Study, coordinates: TrialCoordinates | None = None
) -> optuna.Study:
    """Return an in-memory copy of a stored study, so that sampling needs no database.

    Its outcomes lack plot data, since Optuna copies all attributes at each ask.

    Args:
        study: The stored study.
        coordinates: Say what is sampled where that is not the value; None for the values.
    """
    with quiet_optuna():
        copy = optuna.create_study(study_name=study.study_name, directions=study.directions)
    trials = map(_light, study.get_trials(deepcopy=False))
    copy.add_trials(list(trials if coordinates is None else map(coordinates.sampled, trials)))
    return copy


def _light(trial: FrozenTrial) -> FrozenTrial:
    """Return a trial without the bins and curves of its outcome."""
    raw = raw_outcome(trial)
    light = copy_of(trial)
    if raw:
        outcome = {name: value for name, value in raw.items() if name not in _HEAVY}
        light.user_attrs = {**trial.user_attrs, OUTCOME: outcome}
    return light


class Coordinator:
    """Runs the trials of one study until it has ``n_trials`` or is stopped.

    Args:
        study: In-memory copy of the stored study (``study_in_memory``).
        pruning_study: Empty.
        writer: Writes into the stored study.
        pool: Runs the trials.
        plan: What to run.
        listeners: Called for each trial, in order.
        clock: Seconds, as of ``time.monotonic``.

    Attributes:
        trials_run: Trials that this coordinator has run to their end.
        seconds: CPU seconds of sampler and study in this thread, and the sum of the trials'
            durations.
    """

    def __init__(
        self,
        study: optuna.Study,
        pruning_study: PruningStudy,
        writer: TrialWriter,
        pool: Executor,
        plan: Plan,
        listeners: Sequence[StudyListener],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._study, self._pruning_study, self._writer = study, pruning_study, writer
        self._pool, self._plan, self._listeners = pool, plan, listeners
        self._clock = clock
        self._coordinates = TrialCoordinates(plan.config.space)
        self._space: dict[str, BaseDistribution] = self._coordinates.distributions
        self._trials: dict[int, optuna.Trial] = {}
        self._points: dict[int, int] = {}
        self._ended: dict[int, TrialOutcome] = {}
        self._stopping_since: float | None = None
        self.trials_run = 0
        self.seconds = dict.fromkeys(("sampler", "study", "trials (sum)"), 0.0)
        self._recall()

    def _recall(self) -> None:
        """Restore retries, counts and the pruner's state from the study's earlier trials."""
        trials = self._study.get_trials(deepcopy=False)
        records = [read_trial(trial) for trial in trials]
        retries, ended = plan_retries(records), ended_trials(records)
        sampled = {trial.user_attrs.get(POINT): dict(trial.params) for trial in trials}
        pending = [(point, sampled[point]) for point, _ in retries.pending]
        self._pending = deque(pending if self._plan.config.retry else ())
        self._next_point, self._tries = retries.next_point, Counter(retries.tries)
        self._finished = len(ended)
        for trial in ended:
            checkpoints = trial.outcome.checkpoints if trial.outcome else ()
            value = objective_value(trial.values, self._plan.scale) if trial.values else None
            self._pruning_study.recall(checkpoints, trial.state, value)

    @property
    def remaining(self) -> int:
        """Number of trials that are still to be finished."""
        return max(0, self._plan.n_trials - self._finished)

    def run(self) -> None:
        """Run the study. After an exception no trial is left RUNNING."""
        with ExitStack() as at_exit:
            at_exit.callback(self._give_up)
            while True:
                while self._wants_trial():
                    self._start_trial()
                if not self._trials and (not self.remaining or self._stopping()):
                    return  # while trials remain, wait for a worker: Dask's come and go
                self._plan.renew()
                for event in self._pool.wait(_TICK_S):
                    if isinstance(event, Reached):
                        self._watch(event.number, event.checkpoint)
                    elif isinstance(event, Ended):
                        self._ended[event.number] = event.outcome
                        self._finish_ended()
                self._finish_ended()  # results that were held back, see _may_finish
                self._end_grace()

    def _give_up(self) -> None:
        """Store every running trial as interrupted, even if storing another one fails."""
        with ExitStack() as callbacks:
            for number in sorted(self._trials, reverse=True):
                callbacks.callback(self._finish, number, self._ended.get(number, _STOPPED))

    def _wants_trial(self) -> bool:
        room = min(self._pool.free, self._plan.config.n_jobs - len(self._trials))
        return self.remaining > len(self._trials) and room > 0 and not self._stopping()

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
            point = self._choose_point()
            self._study.sampler = build_sampler(
                *(self._space, config.seed, point),
                parallel=config.n_jobs > 1,
                name=self._plan.schedule.at(point),
                prior=self._plan.prior,
            )
            trial = self._study.ask(self._space)
            trial.set_user_attr(POINT, point)
            if point < len(self._plan.start_points):
                trial.set_user_attr(START, self._plan.start_points[point].source)
            if self._plan.prior is not None and self._plan.prior.weights:
                trial.set_user_attr(WEIGHTS, self._plan.prior.weights)
        frozen = self._coordinates.stored(self._study.get_trials(deepcopy=False)[trial.number])
        with self._timed("study"):
            self._writer.begin(frozen)
            self._pruning_study.begin(point)
        self._trials[trial.number], self._points[trial.number] = trial, point
        self._tries[point] += 1
        jobs = self._plan.jobs
        record = read_trial(frozen)
        job = jobs.job(trial.number, jobs.config_of(record.params))
        self._pool.submit(job, config.timeout_per_trial)
        for listener in self._listeners:
            listener.trial_started(record)

    def _choose_point(self) -> int:
        """Return the next point: an interrupted one, a start point or a new one.

        The params of the first two are enqueued.
        """
        if self._pending:
            point, params = self._pending.popleft()
            self._study.enqueue_trial(params)
            return point
        point = self._next_point
        self._next_point += 1
        if point < len(self._plan.start_points):
            params = self._plan.start_points[point].params
            self._study.enqueue_trial(self._coordinates.encode(params))
        return point

    def _watch(self, number: int, checkpoint: Checkpoint) -> None:
        with self._timed("study"):
            value, prune = self._pruning_study.prunes(self._points[number], checkpoint)
            self._pool.answer(number, go_on=not prune)
            if len(self._study.directions) == 1:  # Optuna allows no reports with two objectives
                self._writer.report(number, checkpoint.step, value)
                self._trials[number].report(value, checkpoint.step)
        for listener in self._listeners:
            listener.trial_progressed(number, checkpoint)

    def _finish_ended(self) -> None:
        """Finish ended trials: at once, or in the order of sampling when deterministic."""
        if not self._plan.config.deterministic:
            for number in list(self._ended):
                self._finish(number, self._ended.pop(number))
            return
        while self._may_finish() and (number := min(self._trials)) in self._ended:
            self._finish(number, self._ended.pop(number))
            if self._wants_trial():
                self._start_trial()

    def _may_finish(self) -> bool:
        """Return whether the result of the oldest running trial may be used, when deterministic.

        Hold results back until n_jobs trials are running. Otherwise a run that briefly lost a Dask
        worker would sample later trials with more history, and the study would not be reproducible.
        """
        all_started = self.remaining <= len(self._trials) or self._stopping()
        return bool(self._ended) and (all_started or len(self._trials) >= self._plan.config.n_jobs)

    def _finish(self, number: int, outcome: TrialOutcome) -> None:
        """Pass the result of a trial to sampler and pruner, store it, then call the listeners."""
        config, trial = self._plan.config, self._trials.pop(number)
        outcome = enforce_min_predictions(outcome, config)
        values, violated = None, False
        if outcome.state == COMPLETE:
            result = score(outcome.metrics, config)
            values, violated = result.values, result.violated
        with self._timed("study"):
            self._study.tell(trial, values, state=TrialState[outcome.state])
            value = objective_value(values, self._plan.scale) if values else None
            self._pruning_study.end(point := self._points.pop(number), outcome.state, value)
            frozen = self._study.get_trials(deepcopy=False)[number]
            record = read_trial(self._coordinates.stored(frozen))
            self._writer.end(number, outcome, record.values, violated=violated)
        if outcome.reason != INTERRUPTED:
            self._finished += 1
            self.trials_run += 1
        elif config.retry and self._tries[point] <= MAX_RETRIES:  # the executor was interrupted
            self._pending.append((point, dict(trial.params)))
        self.seconds["trials (sum)"] += outcome.duration_seconds
        for listener in self._listeners:
            listener.trial_finished(dataclasses.replace(record, outcome=outcome, violated=violated))

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began = time.thread_time()
        yield
        self.seconds[part] += time.thread_time() - began
