"""What a sampler knows: the points that were tried, and how well each did."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from titan_mlopt.study.storage.studies import POINT


@dataclass(frozen=True)
class History:
    """The points of a study with one objective before the one that is sampled, lowest first.

    Attributes:
        params: Sampled parameters of each ended point.
        values: The same points' values, to be maximised: of a COMPLETE trial its own, of a PRUNED
            one the last that it reported but no more than the median of the COMPLETE ones, of a
            FAIL one, and of a PRUNED one that reported nothing, the lowest of all.
        running: Sampled parameters of the points that have not ended.
    """

    params: tuple[Mapping[str, Any], ...]
    values: tuple[float, ...]
    running: tuple[Mapping[str, Any], ...] = ()


def history_of(study: optuna.Study, trial: FrozenTrial, names: Iterable[str]) -> History:
    """Return what is known when a trial is sampled.

    An interrupted trial that was tried again counts once, as its last try, so that a resumed study
    has the history that it would have had.

    Args:
        study: The study, with one objective to be maximised.
        trial: The trial that is sampled; it and later ones are left out.
        names: The sampled parameters; trials without one of them are left out.
    """
    last: dict[int, FrozenTrial] = {}
    wanted = set(names)
    for earlier in study.get_trials(deepcopy=False)[: trial.number]:
        if wanted <= earlier.params.keys():
            last[earlier.user_attrs.get(POINT, earlier.number)] = earlier
    points = [last[point] for point in sorted(last)]
    ended = [t for t in points if t.state.is_finished()]
    return History(
        params=tuple(t.params for t in ended),
        values=_values_of(ended),
        running=tuple(t.params for t in points if not t.state.is_finished()),
    )


def _values_of(ended: list[FrozenTrial]) -> tuple[float, ...]:
    complete = [float(t.value) for t in ended if t.value is not None]
    median = statistics.median(complete) if complete else 0.0
    values = [_value_of(t, median) for t in ended]
    worst = min((value for value in values if value is not None), default=0.0)
    return tuple(worst if value is None else value for value in values)


def _value_of(trial: FrozenTrial, median: float) -> float | None:
    if trial.value is not None:
        return float(trial.value)
    if trial.state == TrialState.PRUNED and trial.intermediate_values:
        return min(trial.intermediate_values[max(trial.intermediate_values)], median)
    return None
