"""The loop of a study: ask, run, watch, tell; the only writer of the study."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from copy import copy as copy_of
from dataclasses import dataclass

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

from titan_mlopt.config import TunerConfig
from titan_mlopt.params import Params, merge_config
from titan_mlopt.records import (
    COMPLETE,
    DRAWN,
    FAIL,
    INTERRUPTED,
    Checkpoint,
    Segment,
    StudyListener,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.report.snapshot import quiet_optuna
from titan_mlopt.scoring import Scale, judged, objective_value, score
from titan_mlopt.study.judge import Judge
from titan_mlopt.study.points import ended_trials, find_points
from titan_mlopt.study.sampling import build_sampler, distributions_of
from titan_mlopt.study.storage import OUTCOME, POINT, read_trial
from titan_mlopt.study.trial_writer import TrialWriter
from titan_mlopt.trial.executor import Ended, Executor, Reached

#: How long running trials may go on after the study was told to stop.
GRACE_S = 5.0
# How long a wait lasts at most, so that a stop is noticed.
_TICK_S = 0.2
# What of an outcome is for pictures and statistics alone: nearly all of it.
_HEAVY = frozenset((*DRAWN, "blocks"))
_STOPPED = TrialOutcome(FAIL, INTERRUPTED, "stopped with the study before it was done")


@dataclass(frozen=True)
class Plan:
    """What the coordinator is to do; candles and grid are the same for every trial."""

    config: TunerConfig
    n_trials: int  # of the study in all
    candles_path: str
    grid: tuple[int, ...]
    scale: Scale
    deadline_s: float | None  # of time.monotonic
    stop: threading.Event
    interval_s: float = 60.0
    renew: Callable[[], None] = lambda: None  # says that the coordinator lives, and may raise
    segments: tuple[Segment, ...] = ()

    def config_of(self, params: Params) -> Params:
        """Return what a trial's database is to hold: of the embedded backtest the whole config."""
        own = self.config.space.complete(params)
        return merge_config(own) if self.config.backtest is None else own

    def job(self, number: int, whole: Params) -> TrialJob:
        """Return the job that runs a whole config, as ``config_of`` gives it."""
        config = self.config
        return TrialJob(
            number=number,
            config=whole,
            candles_path=self.candles_path,
            folder="",
            grid=self.grid,
            seed=config.seed,
            backtest=config.backtest or "",
            backtest_path=config.backtest_folder,
            repeat=config.repeat,
            interval_s=self.interval_s,
            memory_bytes=config.memory_bytes,
            segments=self.segments,
            sealed=config.holdout > 0,
        )


def release_stale(study: optuna.Study, writer: TrialWriter) -> int:
    """Mark trials that a dead coordinator left RUNNING as FAIL, interrupted; return how many."""
    stale = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    for trial in stale:
        gone = TrialOutcome(FAIL, INTERRUPTED, "its coordinator ended before it was done")
        with suppress(optuna.exceptions.UpdateFinishedTrialError):  # it ended meanwhile
            writer.end(trial.number, gone)
    return len(stale)


def study_in_memory(study: optuna.Study) -> optuna.Study:
    """Return a copy of a stored study, on which asking touches no database.

    Of the outcomes only what tells how a trial went on and ended: Optuna copies each value.
    """
    with quiet_optuna():
        copy = optuna.create_study(study_name=study.study_name, directions=study.directions)
    copy.add_trials([_light(trial) for trial in study.get_trials(deepcopy=False)])
    return copy


def _light(trial: FrozenTrial) -> FrozenTrial:
    """Return a trial without the bins and curves of its outcome."""
    raw = trial.user_attrs.get(OUTCOME)
    light = copy_of(trial)
    if raw is not None:
        kept = {name: value for name, value in raw.items() if name not in _HEAVY}
        light.user_attrs = {**trial.user_attrs, OUTCOME: kept}
    return light


class Coordinator:
    """Runs the trials of one study until it has ``n_trials`` or is told to stop.

    study: in memory, equal to the stored one that ``writer`` writes to. judge: empty.
    """

    def __init__(
        self,
        study: optuna.Study,
        judge: Judge,
        writer: TrialWriter,
        pool: Executor,
        plan: Plan,
        listeners: Sequence[StudyListener],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._study, self._judge, self._writer = study, judge, writer
        self._pool, self._plan, self._listeners = pool, plan, listeners
        self._clock = clock
        self._space: dict[str, BaseDistribution] = distributions_of(plan.config.space.ranges)
        self._trials: dict[int, optuna.Trial] = {}
        self._points: dict[int, int] = {}
        self._ended: dict[int, TrialOutcome] = {}
        self._stopping_since: float | None = None
        self.trials_run = 0
        self.seconds = dict.fromkeys(("sampler", "study", "trials (sum)"), 0.0)
        self._recall()

    def _recall(self) -> None:
        """Take the study's earlier trials into account."""
        records = [read_trial(trial) for trial in self._study.get_trials(deepcopy=False)]
        points, ended = find_points(records), ended_trials(records)
        self._again = deque(points.again if self._plan.config.retry else ())
        self._next_point = points.next
        self._finished = len(ended)
        for trial in ended:
            checkpoints = trial.outcome.checkpoints if trial.outcome else ()
            value = objective_value(trial.values, self._plan.scale) if trial.values else None
            self._judge.recall(checkpoints, trial.state, value)

    @property
    def left(self) -> int:
        """Trials that the study still lacks."""
        return max(0, self._plan.n_trials - self._finished)

    def run(self) -> None:
        """Run the study; when it is interrupted by an exception, no trial stays RUNNING."""
        with ExitStack() as at_exit:
            at_exit.callback(self._give_up)
            while True:
                while self._wants_trial():
                    self._start_trial()
                if not self._trials and (not self.left or self._stopping()):
                    return  # with trials left it waits for room: Dask's workers come and go
                self._plan.renew()
                for event in self._pool.wait(_TICK_S):
                    if isinstance(event, Reached):
                        self._watch(event.number, event.checkpoint)
                    elif isinstance(event, Ended):
                        self._ended[event.number] = event.outcome
                        self._finish_ended()
                self._finish_ended()  # what was kept back until there was room, or a stop
                self._end_grace()

    def _give_up(self) -> None:
        """End what still runs, each trial even if the one before cannot be stored."""
        with ExitStack() as each:
            for number in sorted(self._trials, reverse=True):
                each.callback(self._finish, number, self._ended.get(number, _STOPPED))

    def _wants_trial(self) -> bool:
        room = min(self._pool.free, self._plan.config.n_jobs - len(self._trials))
        return self.left > len(self._trials) and room > 0 and not self._stopping()

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
                self._space, config.seed, point, parallel=config.n_jobs > 1
            )
            trial = self._study.ask(self._space)
            trial.set_user_attr(POINT, point)
        frozen = self._study.get_trials(deepcopy=False)[trial.number]
        with self._timed("study"):
            self._writer.begin(frozen)
            self._judge.begin(point)
        self._trials[trial.number], self._points[trial.number] = trial, point
        job = self._plan.job(trial.number, self._plan.config_of(dict(trial.params)))
        self._pool.submit(job, config.timeout_per_trial)
        for listener in self._listeners:
            listener.trial_started(read_trial(frozen))

    def _choose_point(self) -> int:
        """Return a point that was interrupted, with its params queued, or else a new one."""
        if self._again:
            point, params = self._again.popleft()
            self._study.enqueue_trial(params)
            return point
        self._next_point += 1
        return self._next_point - 1

    def _watch(self, number: int, checkpoint: Checkpoint) -> None:
        with self._timed("study"):
            value, prune = self._judge.prunes(self._points[number], checkpoint)
            self._pool.answer(number, go_on=not prune)
            if len(self._study.directions) == 1:  # Optuna's samplers take none of two objectives
                self._writer.report(number, checkpoint.step, value)
                self._trials[number].report(value, checkpoint.step)
        for listener in self._listeners:
            listener.trial_progressed(number, checkpoint)

    def _finish_ended(self) -> None:
        """Tell what has ended: at once, or, when deterministic, in the order of asking."""
        if not self._plan.config.deterministic:
            for number in list(self._ended):
                self._finish(number, self._ended.pop(number))
            return
        while self._may_tell() and (number := min(self._trials)) in self._ended:
            self._finish(number, self._ended.pop(number))
            if self._wants_trial():
                self._start_trial()

    def _may_tell(self) -> bool:
        """Return whether the first of the trials under way may be told, when deterministic.

        Not before as many are under way as there are jobs: with a worker less for a while, which
        Dask may have, the next points would be drawn knowing more.
        """
        all_asked = self.left <= len(self._trials) or self._stopping()
        return bool(self._ended) and (all_asked or len(self._trials) >= self._plan.config.n_jobs)

    def _finish(self, number: int, outcome: TrialOutcome) -> None:
        """Store what a trial ended with, tell the study, then everybody else."""
        config, trial = self._plan.config, self._trials.pop(number)
        outcome = judged(outcome, config)
        values, violated = None, False
        if outcome.state == COMPLETE:
            result = score(outcome.metrics, config)
            values, violated = result.values, result.violated
        with self._timed("study"):
            self._study.tell(trial, values, state=TrialState[outcome.state])
            value = objective_value(values, self._plan.scale) if values else None
            self._judge.end(self._points.pop(number), outcome.state, value)
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
