"""The points of a study: each is drawn once, tried until it ends by itself, and counted once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from titan_mlopt.params import Params
from titan_mlopt.records import INTERRUPTED, RUNNING, TrialRecord

#: Times that a point is tried again after it was interrupted.
MAX_RETRIES = 2


@dataclass(frozen=True, slots=True)
class Points:
    """again: (point, params) of those to be tried again. next: the first number that is free."""

    again: tuple[tuple[int, Params], ...]
    next: int


def find_points(trials: Sequence[TrialRecord]) -> Points:
    """Return what is left to try again, and where to go on; trials without a point do not count."""
    tries: dict[int, list[TrialRecord]] = {}
    for trial in trials:
        if trial.point is not None:
            tries.setdefault(trial.point, []).append(trial)
    again = [
        (point, dict(made[-1].params))
        for point, made in sorted(tries.items())
        if len(made) <= MAX_RETRIES and all(map(was_interrupted, made))
    ]
    return Points(tuple(again), max(tries, default=-1) + 1)


def was_interrupted(trial: TrialRecord) -> bool:
    """Return whether the trial was ended from outside and says nothing of its point."""
    return trial.outcome is not None and trial.outcome.reason == INTERRUPTED


def ended_trials(trials: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Return the trials that count toward ``n_trials``, in the order of their points."""
    ended = [t for t in trials if t.state != RUNNING and not was_interrupted(t)]
    return sorted(ended, key=lambda t: (t.number if t.point is None else t.point, t.number))
