"""Trials on the workers of a Dask cluster; what runs there is in ``dask_host``.

Every trial is one Dask task on one worker, chosen here. Checkpoints come as events of the topic
that has this client's name, and are answered out of band: 2 ms there and back over loopback.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from titan_mlopt.errors import TrialError
from titan_mlopt.records import CRASH, FAIL, TIMEOUT, Checkpoint, TrialJob, TrialOutcome
from titan_mlopt.trial import workspace
from titan_mlopt.trial.dask_cluster import Cluster
from titan_mlopt.trial.dask_messages import (
    CHECKPOINT,
    Arrived,
    Failed,
    Finished,
    Joined,
    Lost,
    Order,
    Told,
)
from titan_mlopt.trial.executor import Ended, Event, Reached, run_alone

#: A trial whose workers died so often is given up: it may be what kills them.
MAX_LOSSES = 3
#: How long after a trial's deadline the worker may take to say that it is over, before it is told
#: to kill it, and then until it is given up.
BACKSTOP_S = 10.0
_LONGEST_WAIT_S = 1.0


@dataclass
class _Running:
    """A submitted trial. address: of the worker, "" while it waits for one.

    started: when its worker said so. answers: by number of predictions, for another attempt to
    hear again. ends_as: what it is killed for; gives_up: when its worker's silence counts as death.
    """

    job: TrialJob
    timeout_s: float
    attempt: int = 0
    losses: int = 0
    address: str = ""
    started: float | None = None
    points: dict[int, Checkpoint] = field(default_factory=dict)
    answers: dict[int, bool] = field(default_factory=dict)
    ends_as: TrialOutcome | None = None
    gives_up: float | None = None


class DaskPool:
    """At most ``n_jobs`` trials at once on the cluster, as many as its workers have threads.

    scheduler: its address. scratch: a folder of the coordinator's, removed by ``close``. backtest:
    path, version and digest that every worker's must have, None to take it as it comes.
    A trial whose worker dies begins anew on another one, and hears the answers that it had.
    Raises ``TrialError`` when there is no scheduler, or workers that cannot run trials.
    """

    def __init__(
        self,
        scheduler: str,
        n_jobs: int,
        scratch: Path,
        notice: Callable[[str], None],
        backtest: Mapping[str, str] | None = None,
    ) -> None:
        self.n_jobs = n_jobs
        self._scratch, self._notice, self._backtest = scratch, notice, backtest
        self._running: dict[int, _Running] = {}
        self._lonely = False
        try:
            self._cluster = Cluster(scheduler)
        except TrialError:
            workspace.remove_folder(scratch)
            raise
        self._workers = self._cluster.workers()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def transfers(self) -> Mapping[tuple[str, str], int]:
        """How often candles were sent, by worker and digest."""
        return self._cluster.candles.transfers

    @property
    def free(self) -> int:
        """Number of trials that may be submitted now: workers come and go."""
        room = min(self.n_jobs, sum(self._workers.values()))
        return max(0, room - len(self._running))

    @property
    def running(self) -> tuple[int, ...]:
        """Numbers of the trials that were submitted and have not ended."""
        return tuple(self._running)

    def submit(self, job: TrialJob, timeout_s: float) -> None:
        """Start a trial on the worker with the most room, or as soon as there is one."""
        self._running[job.number] = _Running(job, timeout_s)
        self._place()

    def check(self, job: TrialJob, timeout_s: float) -> TrialOutcome:
        """Run ``job`` alone, to see what comes of it: before the first trial, as a dry one."""
        return run_alone(self, job, timeout_s)

    def answer(self, number: int, *, go_on: bool) -> None:
        """Answer the last checkpoint of a trial; nothing happens when it has ended since."""
        run = self._running.get(number)
        if run is not None and run.points:
            run.answers[max(run.points)] = go_on
            self._cluster.answer(run.address, number, run.attempt, go_on=go_on)

    def kill(self, number: int, outcome: TrialOutcome) -> None:
        """Kill a running trial; it ends with ``outcome``, unless it was done already."""
        run = self._running.get(number)
        if run is not None and run.ends_as is None:
            run.ends_as, run.gives_up = outcome, time.monotonic()
            if run.address:
                run.gives_up += BACKSTOP_S
                self._cluster.kill(run.address, number, run.attempt, outcome)

    def wait(self, timeout_s: float | None = None) -> list[Event]:
        """Return what happened, waiting for it at most ``timeout_s`` seconds, or about one.

        Raises ``TrialError`` when the scheduler is gone.
        """
        events = self._given_up()
        patience = _LONGEST_WAIT_S if timeout_s is None else min(timeout_s, _LONGEST_WAIT_S)
        for message in self._cluster.hear(0.0 if events else patience):
            events += self._take(message)
        self._enforce_deadlines()
        self._place()
        return events

    def close(self) -> None:
        """Kill what runs, on every worker, and leave nothing there and here."""
        self._cluster.close()
        self._running.clear()
        workspace.remove_folder(self._scratch)

    # --- what happens --------------------------------------------------------------------------

    def _take(self, message: Arrived) -> list[Event]:
        match message:
            case Failed(error):
                raise error
            case Joined(workers, remarks):
                for remark in remarks:
                    self._notice(remark)
                return self._take_workers(workers)
        run = self._running.get(message.number)
        if run is None or run.attempt != message.attempt:
            return []  # of an attempt that was given up
        match message:
            case Told():
                return self._take_word(run, message)
            case Finished(outcome=outcome):
                return self._finish(run, outcome)
            case Lost(why=why):
                return self._lose(run, why)

    def _take_workers(self, workers: Mapping[str, int]) -> list[Event]:
        """Note who is there now; what the others ran is lost."""
        self._workers, events = dict(workers), list[Event]()
        for run in list(self._running.values()):
            if run.address and run.address not in workers:
                events += self._lose(run, f"the end of its worker {run.address}")
        return events

    def _take_word(self, run: _Running, word: Told) -> list[Event]:
        number, content = word.number, word.content
        if word.kind != CHECKPOINT or content is None:
            run.started = run.started or time.monotonic()
            return []
        point = Checkpoint(**content)
        if (go_on := run.answers.get(point.n_predictions)) is not None:
            self._cluster.answer(run.address, number, run.attempt, go_on=go_on)
            return []
        known = point.n_predictions in run.points  # asked, and not answered yet
        run.points[point.n_predictions] = point
        return [] if known or run.ends_as is not None else [Reached(number, point)]

    def _finish(self, run: _Running, outcome: TrialOutcome) -> list[Event]:
        told, wanted = dict(outcome.backtest), self._backtest
        if told and wanted is not None and told != dict(wanted):
            self._exclude(run.address, f"another version of the backtest than {run.job.backtest}")
            return self._lose(run, f"another version of the backtest on {run.address}")
        del self._running[run.job.number]
        return [Ended(run.job.number, outcome)]

    def _lose(self, run: _Running, why: str) -> list[Event]:
        """Have the trial begin anew elsewhere; one that is to end, or was lost too often, ends."""
        self._cluster.cancel(run.job.number, run.attempt)
        run.losses += 1
        if run.ends_as is None and run.losses < MAX_LOSSES:
            run.attempt, run.address, run.started = run.attempt + 1, "", None
            return []
        return [self._end(run, run.ends_as or _crash(run, why))]

    def _end(self, run: _Running, outcome: TrialOutcome) -> Ended:
        del self._running[run.job.number]
        points = tuple(run.points[n] for n in sorted(run.points))
        return Ended(run.job.number, replace(outcome, checkpoints=points))

    def _given_up(self) -> list[Event]:
        """End what was killed and whose worker says nothing, or that has none yet."""
        now, events = time.monotonic(), list[Event]()
        for run in list(self._running.values()):
            if run.ends_as is not None and run.gives_up is not None and run.gives_up <= now:
                self._cluster.cancel(run.job.number, run.attempt)
                events.append(self._end(run, run.ends_as))
        return events

    def _enforce_deadlines(self) -> None:
        """Kill what should have been killed by its worker."""
        now = time.monotonic()
        for number, run in self._running.items():
            if run.started is not None and now > run.started + run.timeout_s + BACKSTOP_S:
                self.kill(number, _late(run))

    def _place(self) -> None:
        """Hand the trials that have no worker to those with the most room."""
        waiting = [run for run in self._running.values() if not run.address and not run.ends_as]
        busy = Counter(run.address for run in self._running.values())
        for run in waiting:
            room = {address: n - busy[address] for address, n in self._workers.items()}
            address = max(room, key=room.__getitem__, default="")
            if not address or room[address] <= 0:
                break
            busy[address] += 1
            run.address = address
            job, files = self._cluster.candles.pack(run.job)
            order = Order(self._cluster.session, run.attempt, job, files, run.timeout_s)
            self._cluster.start(address, order)
        self._tell_lonely()

    def _tell_lonely(self) -> None:
        if not self._workers and not self._lonely:
            self._notice(f"{self._cluster.address} has no workers now: waiting for some")
        self._lonely = not self._workers

    def _exclude(self, address: str, why: str) -> None:
        self._notice(f"Dask worker {address} gets no trials any more: it has {why}")
        self._workers.pop(address, None)
        self._cluster.exclude(address)


def _reached(run: _Running) -> int:
    return max(run.points, default=0)


def _crash(run: _Running, why: str) -> TrialOutcome:
    return TrialOutcome(
        FAIL,
        CRASH,
        f"trial {run.job.number}: must end by itself, got {why} after {_reached(run)} predictions, "
        f"and others before: {run.losses} attempts in all; the logs of the workers may tell why",
    )


def _late(run: _Running) -> TrialOutcome:
    return TrialOutcome(
        FAIL,
        TIMEOUT,
        f"trial {run.job.number}: must finish within {run.timeout_s:g} s, killed after "
        f"{_reached(run)} predictions; raise timeout_per_trial or pass fewer candles",
    )
