"""Outcomes of trials: with stats, with an exception, or of a process that died without one."""

from __future__ import annotations

import math
import signal
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace

from titan_mlopt.backtest.segments import WalkForward, walk_metrics
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.trial import (
    COMPLETE,
    CRASH,
    EXCEPTION,
    FAIL,
    INTERRUPTED,
    MEMORY,
    PRUNED,
    PRUNER,
    TIMEOUT,
    Checkpoint,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.executors.local.memory import (
    is_shortage,
    lift_limit,
    session_limit,
    tells_shortage,
)

_MESSAGE_LIMIT, _TRACEBACK_LIMIT = 2000, 20_000
# Signals that end C code which did not check whether it got memory.
_FAULTS = (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT)


def ended(stats: BacktestStats, points: Sequence[Checkpoint], *, stopped: bool) -> TrialOutcome:
    """Return the outcome of a run that completed, or that the pruner stopped."""
    return TrialOutcome(
        state=PRUNED if stopped else COMPLETE,
        reason=PRUNER if stopped else "",
        message=stopped_text(stats.total) if stopped else "",
        metrics=stats.metrics(),
        checkpoints=tuple(points),
        bins=stats.plot_bins(),
        curve=stats.curve(),
        rolling=stats.rolling(),
        blocks=stats.blocks(),
    )


def walked(walk: WalkForward, points: Sequence[Checkpoint]) -> TrialOutcome:
    """Return the outcome of a run on segments."""
    outcome = ended(walk.stats, points, stopped=walk.stopped)
    metrics = {**outcome.metrics, **walk_metrics(walk.scores)}
    return replace(outcome, metrics=metrics, segments=walk.scores)


def stopped_text(n_predictions: int) -> str:
    """Return the message of a trial that the pruner ended."""
    return f"stopped by the pruner after {n_predictions} predictions"


def failed(error: BaseException, points: Sequence[Checkpoint], job: TrialJob) -> TrialOutcome:
    """Return the outcome of a run that an exception ended."""
    reason, message = EXCEPTION, f"{type(error).__name__}: {error}"
    if is_shortage(error):
        lift_limit()  # the message needs memory too
        reason, message = MEMORY, _short_of_memory(job, message, _reached(points))
    return TrialOutcome(
        FAIL,
        reason,
        _text(message)[:_MESSAGE_LIMIT],
        _text("".join(traceback.format_exception(error)))[-_TRACEBACK_LIMIT:],
        checkpoints=tuple(points),
    )


@dataclass(frozen=True, slots=True)
class Death:
    """The facts about a trial whose process ended without an outcome.

    code: its exit code, negative for a signal; None when there is none, and ``why`` says why.
    timeout_s: the time that it had and used up, None when it was in time. log: what it printed.
    kills: processes that the kernel killed for memory while it ran, None when unseen.
    """

    job: TrialJob
    points: Sequence[Checkpoint]
    code: int | None
    why: str = ""
    timeout_s: float | None = None
    log: str = ""
    kills: int | None = 0


def died(death: Death) -> TrialOutcome:
    """Return the outcome of a trial whose process died."""
    job, reached = death.job, _reached(death.points)
    if death.timeout_s is not None:
        return TrialOutcome(
            FAIL,
            TIMEOUT,
            f"trial {job.number}: must finish within {death.timeout_s:g} s, killed after "
            f"{reached} predictions; raise timeout_per_trial or pass fewer candles",
        )
    how = death.why if death.code is None else manner(death.code)
    killed = death.code == -signal.SIGKILL
    if killed and death.kills != 0:
        author = "may be the kernel's" if death.kills is None else "is the kernel's"
        return TrialOutcome(
            FAIL,
            MEMORY,
            f"trial {job.number}: must find the memory that it needs, got {how} after {reached} "
            f"predictions, which {author} for want of memory; lower n_jobs or memory_per_trial",
        )
    if death.code is not None and not killed and tells_shortage(death.log):
        return TrialOutcome(FAIL, MEMORY, _short_of_memory(job, how, reached))
    remedy = "if memory was short, lower n_jobs" if killed else "the trial's log may tell why"
    if job.memory_bytes is not None and death.code in _FAULTS:
        remedy += ", if not, its memory may have been short: raise memory_per_trial"
    return TrialOutcome(
        FAIL,
        CRASH,
        f"trial {job.number}: must end by itself, got {how} after {reached} predictions; {remedy}",
    )


def abandoned(job: TrialJob, points: Sequence[Checkpoint], how: str) -> TrialOutcome:
    """Return the outcome of a trial whose zygote was lost; how: what became of that.

    It says nothing about the config.
    """
    return TrialOutcome(
        FAIL,
        INTERRUPTED,
        f"trial {job.number}: must be left to run to its end, got {how} after {_reached(points)} "
        "predictions; its config is tried again",
    )


def manner(code: int) -> str:
    """Return a description of an exit code; a negative one is the number of a signal."""
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "a real-time one"
    return f"signal {-code} ({name})"


def _short_of_memory(job: TrialJob, got: str, reached: int) -> str:
    limit, remedy = "the machine's memory", "lower n_jobs or pass fewer candles"
    if job.memory_bytes is not None:
        limit = f"{job.memory_bytes / 1e9:.3g} GB of memory"
        remedy = "raise memory_per_trial or pass fewer candles"
    session = session_limit()
    if session is not None and session < (job.memory_bytes or math.inf):
        limit = f"the {session / 1e9:.3g} GB of data that ulimit -d leaves to each process"
        remedy = "raise that limit or pass fewer candles"
    return (
        f"trial {job.number}: must do with {limit}, got {got} after {reached} predictions; {remedy}"
    )


def _reached(points: Sequence[Checkpoint]) -> int:
    return points[-1].n_predictions if points else 0


def _text(text: str) -> str:
    """Return text that UTF-8 can encode: names of files may hold lone surrogates."""
    return text.encode("utf-8", "replace").decode()
