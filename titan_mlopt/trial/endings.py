"""The words for a trial's end: with stats, with an exception, or without a word of its own."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace

from titan_mlopt.backtest.segments import Walk, walk_metrics
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.records import (
    COMPLETE,
    CRASH,
    EXCEPTION,
    FAIL,
    MEMORY,
    PRUNED,
    PRUNER,
    TIMEOUT,
    Checkpoint,
    TrialJob,
    TrialOutcome,
)
from titan_mlopt.trial.memory import is_shortage, lift_limit, tells_shortage

_MESSAGE_LIMIT, _TRACEBACK_LIMIT = 2000, 20_000
# What C code ends with that did not look whether it got the memory.
_FAULTS = (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT)


def ended(stats: BacktestStats, points: Sequence[Checkpoint], *, stopped: bool) -> TrialOutcome:
    """Return the outcome of a run that came to its end, or to that which the pruner set."""
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


def walked(walk: Walk, points: Sequence[Checkpoint]) -> TrialOutcome:
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
        lift_limit()  # the words need some too
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
    """What is known of a trial whose process ended without an outcome.

    code: its exit code, negative for a signal; None when nobody saw it, and why says what did.
    timeout_s: the time that it had and used up, None when it was in time. log: what it printed.
    kills: processes that the kernel ended for want of memory while it ran, None when unseen.
    """

    job: TrialJob
    points: Sequence[Checkpoint]
    code: int | None
    why: str = ""
    timeout_s: float | None = None
    log: str = ""
    kills: int | None = 0


def died(death: Death) -> TrialOutcome:
    """Return the outcome of such a trial."""
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
        seen = "may be the kernel's" if death.kills is None else "is the kernel's"
        return TrialOutcome(
            FAIL,
            MEMORY,
            f"trial {job.number}: must find the memory that it needs, got {how} after {reached} "
            f"predictions, which {seen} for want of memory; lower n_jobs or memory_per_trial",
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


def manner(code: int) -> str:
    """Return an exit code in words; a negative one is the number of a signal."""
    if code >= 0:
        return f"exit code {code}"
    name = next((known.name for known in signal.Signals if known == -code), "a real-time one")
    return f"signal {-code} ({name})"


def _short_of_memory(job: TrialJob, got: str, reached: int) -> str:
    limit, remedy = "the machine's memory", "lower n_jobs or pass fewer candles"
    if job.memory_bytes is not None:
        limit = f"{job.memory_bytes / 1e9:.3g} GB of memory"
        remedy = "raise memory_per_trial or pass fewer candles"
    return (
        f"trial {job.number}: must do with {limit}, got {got} after {reached} predictions; {remedy}"
    )


def _reached(points: Sequence[Checkpoint]) -> int:
    return points[-1].n_predictions if points else 0


def _text(text: str) -> str:
    """Return what UTF-8 has words for: names of files may hold half a character."""
    return text.encode("utf-8", "replace").decode()
