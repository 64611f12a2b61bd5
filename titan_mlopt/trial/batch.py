"""Jobs that are run to their ends, each a process of its own, and looked at when all are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from titan_mlopt.records import TrialJob, TrialOutcome
from titan_mlopt.trial.executor import Ended, Executor

# How long a wait lasts at most, so that a stop is noticed.
_TICK_S = 0.2


def run_jobs(
    pool: Executor,
    jobs: Sequence[TrialJob],
    timeout_s: float,
    *,
    stopped: Callable[[], bool] = lambda: False,
    on_end: Callable[[int, TrialOutcome], None] = lambda _, __: None,
) -> dict[int, TrialOutcome] | None:
    """Return the outcome of each job by its number; None once ``stopped`` says so.

    on_end: told of each as it ends. What runs when it is stopped ends with the pool.
    """
    waiting, outcomes = list(jobs), dict[int, TrialOutcome]()
    while len(outcomes) < len(jobs):
        while waiting and pool.free:
            pool.submit(waiting.pop(0), timeout_s)
        for event in pool.wait(_TICK_S):
            if isinstance(event, Ended):
                outcomes[event.number] = event.outcome
                on_end(event.number, event.outcome)
            else:
                pool.answer(event.number, go_on=True)
        if stopped():
            return None
    return outcomes
