"""Trials on the workers of a Dask cluster; ``executors.dask.worker`` is what runs there.

Every trial is one Dask task on one worker, chosen here. Checkpoints come as events of the topic
that has this client's name, and are answered out of band: 2 ms there and back over loopback.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from titan_mlopt.backtest.sources import find_difference
from titan_mlopt.core.backtest_id import comparable
from titan_mlopt.core.errors import TrialError
from titan_mlopt.core.trial import CHANGED, CRASH, FAIL, TIMEOUT, Checkpoint, TrialJob, TrialOutcome
from titan_mlopt.executors.base import Ended, Event, Executor, Reached
from titan_mlopt.executors.dask import messages
from titan_mlopt.executors.dask.cluster import Cluster
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.clock import Stopwatch
from titan_mlopt.executors.local.messages import StrayBytesError, read_checkpoint

#: A trial that has lost so many workers is given up: it may be what kills them.
MAX_LOSSES = 3
#: Seconds that a worker has after a trial's deadline to report its end, before it is asked to kill
#: it, and again before the trial is given up.
BACKSTOP_S = 10.0
_LONGEST_WAIT_S = 1.0


@dataclass
class _Running:
    """A submitted trial. address: of the worker, "" while it waits for one.

    used: its time since its worker reported its start. answers: by number of predictions, repeated
    to another attempt. ends_as: the outcome that it is killed with; gives_up: when its worker's
    silence counts as death.
    """

    job: TrialJob
    timeout_s: float
    attempt: int = 0
    losses: int = 0
    address: str = ""
    used: Stopwatch | None = None
    points: dict[int, Checkpoint] = field(default_factory=dict)
    answers: dict[int, bool] = field(default_factory=dict)
    ends_as: TrialOutcome | None = None
    gives_up: float | None = None

    @property
    def waits(self) -> bool:
        """Whether it waits for the answer to a checkpoint."""
        return bool(self.points) and max(self.points) not in self.answers


class DaskPool(Executor):
    """At most ``n_jobs`` trials at once on the cluster, as many as its workers have threads.

    A worker with another backtest is left out, as long as there are more workers and it has not run
    a trial with the right one before. A trial whose worker dies begins anew on another one, and is
    given the same answers.

    Args:
        scheduler: Its address.
        n_jobs: Number of trials at once.
        scratch: A folder of the coordinator's own, removed by ``close``.
        notice: Called with remarks for the user.
        backtest: Path, version and digest that every worker's must have; None accepts any.
        sources: SHA-256 by module of what it must load; the caller adds to it.

    Raises:
        TrialError: There is no scheduler, or a worker that cannot run trials.
    """

    def __init__(
        self,
        scheduler: str,
        n_jobs: int,
        scratch: Path,
        notice: Callable[[str], None],
        backtest: Mapping[str, str] | None = None,
        sources: Mapping[str, str] | None = None,
    ) -> None:
        self.n_jobs = n_jobs
        self._scratch, self._notice = scratch, notice
        self._backtest, self._sources = backtest, sources or {}
        self._agreed: set[str] = set()
        self._running: dict[int, _Running] = {}
        self._had_no_workers = False
        try:
            self._cluster = Cluster(scheduler)
        except TrialError:
            workspace.remove_folder(scratch)
            raise
        self._workers = self._cluster.workers()

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
        self._assign()

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
        """Return the next events, waiting for them at most ``timeout_s`` seconds, or about one.

        Raises ``TrialError`` when the scheduler is gone.
        """
        events = self._end_given_up()
        patience = _LONGEST_WAIT_S if timeout_s is None else min(timeout_s, _LONGEST_WAIT_S)
        for message in self._cluster.receive(0.0 if events else patience):
            events += self._take(message)
        self._enforce_deadlines()
        self._assign()
        return events

    def close(self) -> None:
        """Kill what runs, on every worker, and remove all files."""
        self._cluster.close()
        self._running.clear()
        workspace.remove_folder(self._scratch)

    # --- messages --------------------------------------------------------------------------------

    def _take(self, message: messages.ClusterMessage) -> list[Event]:
        match message:
            case messages.Failed(error):
                raise error
            case messages.WorkersChanged(workers, remarks):
                for remark in remarks:
                    self._notice(remark)
                return self._take_workers(workers)
        run = self._running.get(message.number)
        if run is None or run.attempt != message.attempt:
            return []  # of an attempt that was given up
        match message:
            case messages.TrialEvent():
                return self._take_event(run, message)
            case messages.Finished():
                return self._finish(run, message.outcome, message.sources)
            case messages.AttemptLost(why=why):
                return self._lose(run, why)

    def _take_workers(self, workers: Mapping[str, int]) -> list[Event]:
        """Note the workers; trials on those that are gone are lost."""
        self._workers, events = dict(workers), list[Event]()
        for run in list(self._running.values()):
            if run.address and run.address not in workers:
                events += self._lose(run, f"the end of its worker {run.address}")
        return events

    def _take_event(self, run: _Running, event: messages.TrialEvent) -> list[Event]:
        number, content = event.number, event.content
        if event.kind != messages.CHECKPOINT or content is None:
            run.used = run.used or Stopwatch(time.monotonic())
            return []
        try:
            point = read_checkpoint(content)
        except StrayBytesError as error:
            return self._lose(run, f"words that are none of a trial ({error})")
        if (go_on := run.answers.get(point.n_predictions)) is not None:
            self._cluster.answer(run.address, number, run.attempt, go_on=go_on)
            return []
        is_repeated = point.n_predictions in run.points  # asked, and not answered yet
        run.points[point.n_predictions] = point
        return [] if is_repeated or run.ends_as is not None else [Reached(number, point)]

    def _finish(
        self, run: _Running, outcome: TrialOutcome, sources: Mapping[str, str]
    ) -> list[Event]:
        different = self._difference(outcome, sources)
        if not different:
            self._agreed.add(run.address)
        elif run.address not in self._agreed and self._workers.keys() - {run.address}:
            why = f"another version of the backtest than {run.job.backtest}"
            self._exclude(run.address, f"{why} ({different})")
            return self._lose(run, f"another version of the backtest on {run.address}")
        else:  # it was edited: the study must not go on
            message = f"{different} on the Dask worker {run.address}"
            outcome = replace(outcome, state=FAIL, reason=CHANGED, message=message)
        del self._running[run.job.number]
        return [Ended(run.job.number, outcome, sources)]

    def _difference(self, outcome: TrialOutcome, sources: Mapping[str, str]) -> str:
        """Return how the backtest of a trial differs from the expected one, "" when it does not."""
        if self._backtest is None:
            return ""
        if (module := find_difference(self._sources, sources)) is not None:
            return f"another {module}"
        if outcome.reason == CHANGED:
            return outcome.message
        backtest, expected = comparable(outcome.backtest), comparable(self._backtest)
        if not backtest or backtest == expected:
            return ""
        return f"version {backtest.get('version') or 'unknown'}"

    def _lose(self, run: _Running, why: str) -> list[Event]:
        """Begin the trial anew elsewhere; one that is to end, or was lost too often, ends."""
        self._cluster.cancel(run.job.number, run.attempt)
        run.losses += 1
        if run.ends_as is None and run.losses < MAX_LOSSES:
            run.attempt, run.address, run.used = run.attempt + 1, "", None
            return []
        return [self._end(run, run.ends_as or _crash(run, why))]

    def _end(self, run: _Running, outcome: TrialOutcome) -> Ended:
        del self._running[run.job.number]
        points = tuple(run.points[n] for n in sorted(run.points))
        return Ended(run.job.number, replace(outcome, checkpoints=points))

    def _end_given_up(self) -> list[Event]:
        """End killed trials that have no worker yet, or whose worker is silent."""
        events: list[Event] = []
        for run in list(self._running.values()):
            if (
                run.ends_as is not None
                and run.gives_up is not None
                and run.gives_up <= time.monotonic()
            ):
                self._cluster.cancel(run.job.number, run.attempt)
                events.append(self._end(run, run.ends_as))
        return events

    def _enforce_deadlines(self) -> None:
        """Kill trials that their workers should have killed.

        As there, the time in which a trial waits for us or we were stopped does not count.
        """
        moment = time.monotonic()
        for number, run in self._running.items():
            if run.used is None:
                continue
            if run.used.look(moment, counts=not run.waits) > run.timeout_s + BACKSTOP_S:
                self.kill(number, _late(run))

    def _assign(self) -> None:
        """Give trials without a worker to the workers with the most room."""
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
            request = messages.TrialRequest(
                self._cluster.session, run.attempt, job, files, run.timeout_s
            )
            self._cluster.start(address, request)
        self._notice_no_workers()

    def _notice_no_workers(self) -> None:
        if not self._workers and not self._had_no_workers:
            self._notice(f"{self._cluster.address} has no workers now: waiting for some")
        self._had_no_workers = not self._workers

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
