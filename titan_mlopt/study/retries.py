"""Retries of interrupted trials.

A point is one sample of the parameters. It is tried until a trial of it ends by itself, at most
``MAX_RETRIES`` times more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from titan_mlopt.core.parameters import Params
from titan_mlopt.core.trial import TrialRecord, was_interrupted

#: How often an interrupted point is tried again.
MAX_RETRIES = 2


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """Where a resumed study goes on.

    Attributes:
        pending: ``(point, params)`` of the points to try again, lowest point first.
        next_point: The first point number that is free.
        tries: How often each point was tried.
    """

    pending: tuple[tuple[int, Params], ...]
    next_point: int
    tries: Mapping[int, int]


def plan_retries(trials: Sequence[TrialRecord]) -> RetryPlan:
    """Return which points are tried again.

    Args:
        trials: All trials of the study; those without a point (of another program) are ignored.
    """
    by_point: dict[int, list[TrialRecord]] = {}
    for trial in trials:
        if trial.point is not None:
            by_point.setdefault(trial.point, []).append(trial)
    pending = [
        (point, dict(tries[-1].params))
        for point, tries in sorted(by_point.items())
        if len(tries) <= MAX_RETRIES and all(map(was_interrupted, tries))
    ]
    counts = {point: len(tries) for point, tries in by_point.items()}
    return RetryPlan(tuple(pending), max(by_point, default=-1) + 1, counts)
