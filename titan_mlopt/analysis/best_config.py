"""The tuned parameters of a trial compared with production's defaults and with their ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from titan_mlopt.analysis.summary import param_names
from titan_mlopt.core.parameters import DEFAULTS, TUNABLE_PARAMS, ParamValue, Range
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord

LOWER, UPPER = "lower", "upper"
# A value this close to a bound, as a share of the range, counts as at the bound.
_AT_END = 0.01


@dataclass(frozen=True, slots=True)
class Tuned:
    """One tuned parameter.

    Attributes:
        name: Its name.
        default: Production's default, None for a parameter of an external backtest.
        value: Its value in the trial.
        bounds: Its range, None when unknown.
        end: "lower" or "upper" if the value is within 1 % of that bound, else "".
    """

    name: str
    default: ParamValue | None
    value: ParamValue
    bounds: tuple[float, float] | None
    end: str

    @property
    def changed(self) -> bool:
        """Whether the value differs from the default; True without a default."""
        return self.default is None or self.value != self.default


def tuned_params(study: StudyRecord, trial: TrialRecord) -> list[Tuned]:
    """Return every parameter of a trial, those of production Titan first and in its order."""
    ranges = ranges_of(study)
    return [
        Tuned(
            name,
            DEFAULTS.get(name),
            trial.params[name],
            ranges[name][:2] if name in ranges else None,
            _end_of(trial.params[name], ranges.get(name)),
        )
        for name in param_names((trial,))
    ]


def ranges_of(study: StudyRecord) -> Mapping[str, Range]:
    """Return ``{name: (low, high, kind)}`` of the study's space, Titan's if none is stored."""
    space = space_of(study)
    return Space.from_plain(space).ranges if space else TUNABLE_PARAMS


def fixed_of(study: StudyRecord) -> Mapping[str, ParamValue]:
    """Return the fixed values of the study's space."""
    fixed: Mapping[str, ParamValue] = space_of(study).get("fixed") or {}
    return fixed


def space_of(study: StudyRecord) -> Mapping[str, Any]:
    """Return the search space as stored in the study's settings, {} if it is not."""
    space: Mapping[str, Any] = study.settings.get("space") or {}
    return space


def _end_of(value: ParamValue, bounds: Any) -> str:
    if bounds is None or not isinstance(value, int | float):
        return ""
    low, high, kind = bounds
    if kind == "log":
        if not value > 0:
            return ""
        low, high, value = math.log(low), math.log(high), math.log(value)
    position = (value - low) / (high - low)
    if position <= _AT_END:
        return LOWER
    return UPPER if position >= 1 - _AT_END else ""
