"""Run jobs to their ends: submit, wait, answer checkpoints, repeat what was interrupted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from titan_mlopt.core.trial import FAIL, INTERRUPTED, TrialJob, TrialOutcome
from titan_mlopt.executors.base import Ended, Executor, Reached

#: The longest wait for an event, in seconds, so that a request to stop is noticed.
TICK_S = 0.2
_STOPPED = TrialOutcome(FAIL, INTERRUPTED, "stopped before it was done")


def run_jobs(
    pool: Executor,
    jobs: deque[TrialJob],
    timeout_s: float,
    *,
    is_stopped: Callable[[], bool] = lambda: False,
    goes_on: Callable[[Reached], bool] = lambda _: True,
    on_end: Callable[[Ended], None] = lambda _: None,
) -> dict[int, Ended]:
    """Run each job to its end, as many at once as the pool takes.

    Args:
        pool: An executor in which nothing else runs.
        jobs: Those that wait, each with a number of its own; they leave it as they start, and
            ``on_end`` may add more. A job whose process was interrupted comes back to its front.
        timeout_s: Seconds that each job has.
        is_stopped: Asked at least every ``TICK_S`` seconds. Once it returns True, running jobs are
            killed and no others start.
        goes_on: Answers each checkpoint: whether the job goes on.
        on_end: Called with each end, in the order of the ends.

    Returns:
        The end of each job by its number, without those that a stop prevented.
    """
    submitted, ends = dict[int, TrialJob](), dict[int, Ended]()
    while True:
        stopping = is_stopped()
        while jobs and pool.free and not stopping:
            job = jobs.popleft()
            submitted[job.number] = job
            pool.submit(job, timeout_s)
        if not pool.running and (stopping or not jobs):
            return ends
        if stopping:
            for number in pool.running:
                pool.kill(number, _STOPPED)
        for event in pool.wait(TICK_S):
            if isinstance(event, Reached):
                pool.answer(event.number, go_on=goes_on(event))
            elif event.outcome.reason == INTERRUPTED:  # not the job's fault
                jobs.appendleft(submitted[event.number])
            else:
                ends[event.number] = event
                on_end(event)


def run_alone(
    pool: Executor,
    job: TrialJob,
    timeout_s: float,
    goes_on: Callable[[Reached], bool] = lambda _: True,
) -> Ended:
    """Run one job and return its end; see ``run_jobs``."""
    return run_jobs(pool, deque([job]), timeout_s, goes_on=goes_on)[job.number]
