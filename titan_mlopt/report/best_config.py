"""The best config beside production's defaults: what changed, and what stopped at an end."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from titan_mlopt.params import DEFAULTS, TUNABLE_PARAMS, ParamValue
from titan_mlopt.records import StudyRecord, TrialRecord
from titan_mlopt.report.summary import param_names

LOWER, UPPER = "lower", "upper"
# So close to a bound, in parts of the range, is at its end.
_AT_END = 0.01


@dataclass(frozen=True, slots=True)
class Tuned:
    """One tuned parameter. default: None where Titan has none. bounds: None while unknown.

    end: the end of its range, "lower" or "upper", that the value lies within 1 % of, else "".
    """

    name: str
    default: ParamValue | None
    value: ParamValue
    bounds: tuple[float, float] | None
    end: str

    @property
    def changed(self) -> bool:
        """Whether the value is another than the default; without a default it is."""
        return self.default is None or self.value != self.default


def tuned_params(study: StudyRecord, trial: TrialRecord) -> list[Tuned]:
    """Return every parameter of the trial, those of production Titan first and in its order."""
    ranges = ranges_of(study)
    return [
        Tuned(
            name,
            DEFAULTS.get(name),
            trial.params[name],
            tuple(ranges[name][:2]) if name in ranges else None,
            _end_of(trial.params[name], ranges.get(name)),
        )
        for name in param_names((trial,))
    ]


def ranges_of(study: StudyRecord) -> Mapping[str, Any]:
    """Return ``{name: (low, high, kind)}`` of what the study draws; Titan's where none are kept."""
    ranges: Mapping[str, Any] = space_of(study).get("ranges") or TUNABLE_PARAMS
    return ranges


def fixed_of(study: StudyRecord) -> Mapping[str, ParamValue]:
    """Return what the study holds fixed."""
    fixed: Mapping[str, ParamValue] = space_of(study).get("fixed") or {}
    return fixed


def space_of(study: StudyRecord) -> Mapping[str, Any]:
    """Return the search space as the study's settings keep it, {} where they do not."""
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
    place = (value - low) / (high - low)
    if place <= _AT_END:
        return LOWER
    return UPPER if place >= 1 - _AT_END else ""
