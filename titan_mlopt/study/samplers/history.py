"""What a sampler knows: the points that were tried, and how well each did."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from titan_mlopt.study.storage.studies import POINT


@dataclass(frozen=True)
class History:
    """The points of a study with one objective before the one that is sampled, lowest first.

    Attributes:
        valued: The last try of each point that ended COMPLETE or PRUNED.
        unknown: Sampled parameters of the points that run, or failed.
    """

    valued: tuple[FrozenTrial, ...]
    unknown: tuple[Mapping[str, Any], ...] = ()

    @property
    def params(self) -> tuple[Mapping[str, Any], ...]:
        """Sampled parameters of each valued point."""
        return tuple(trial.params for trial in self.valued)

    @property
    def values(self) -> tuple[float, ...]:
        """The same points' values, to be maximised.

        Of a COMPLETE trial its own; of a PRUNED one the last that it reported, but no more than the
        median of the COMPLETE ones (0 without any), which it also counts if it reported nothing.
        """
        complete = [float(t.value) for t in self.valued if t.value is not None]
        median = statistics.median(complete) if complete else 0.0
        return tuple(_value_of(trial, median) for trial in self.valued)

    def first(self, n: int) -> History:
        """Return the history when only the first n points had a value."""
        return History(self.valued[:n])


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
    has_value = [t.state in (TrialState.COMPLETE, TrialState.PRUNED) for t in points]
    return History(
        valued=tuple(compress(points, has_value)),
        unknown=tuple(t.params for t, valued in zip(points, has_value, strict=True) if not valued),
    )


def _value_of(trial: FrozenTrial, median: float) -> float:
    if trial.value is not None:
        return float(trial.value)
    reported = trial.intermediate_values
    return min(reported[max(reported)], median) if reported else median
