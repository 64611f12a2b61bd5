"""How a trial's process words its end: with stats, or with an exception."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import replace

from titan_mlopt.backtest.segments import Walk, walk_metrics
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.records import (
    COMPLETE,
    EXCEPTION,
    FAIL,
    PRUNED,
    PRUNER,
    Checkpoint,
    TrialOutcome,
)

_MESSAGE_LIMIT, _TRACEBACK_LIMIT = 2000, 20_000


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


def failed(error: BaseException, points: Sequence[Checkpoint]) -> TrialOutcome:
    """Return the outcome of a run that an exception ended."""
    return TrialOutcome(
        FAIL,
        EXCEPTION,
        _text(f"{type(error).__name__}: {error}")[:_MESSAGE_LIMIT],
        _text("".join(traceback.format_exception(error)))[-_TRACEBACK_LIMIT:],
        checkpoints=tuple(points),
    )


def _text(text: str) -> str:
    """Return what UTF-8 has words for: names of files may hold half a character."""
    return text.encode("utf-8", "replace").decode()
