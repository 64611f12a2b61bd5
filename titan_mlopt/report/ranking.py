"""The order of a study's trials: the best first, the Pareto front, the front by its weights."""

from __future__ import annotations

import functools
import json
import math

from titan_mlopt.config import TunerConfig
from titan_mlopt.records import COMPLETE, StudyRecord, TrialRecord
from titan_mlopt.scoring import Scale, objective_value, scale_of


def is_multi(study: StudyRecord) -> bool:
    """Return whether the study has two objectives: accuracy and Sharpe."""
    return len(study.directions) > 1


def ranked_trials(study: StudyRecord) -> list[TrialRecord]:
    """Return the COMPLETE trials that have usable values, best first (all maximised)."""
    usable = [
        trial
        for trial in study.trials
        if trial.state == COMPLETE and trial.values and not any(map(math.isnan, trial.values))
    ]
    return sorted(usable, key=lambda trial: (*(-v for v in trial.values or ()), trial.number))


def best_trial(study: StudyRecord) -> TrialRecord | None:
    """Return the COMPLETE trial with the highest first value, or None.

    Ties go to the higher second value, then to the lower number; so with two objectives the
    best is the Pareto-optimal trial with the highest first value.
    """
    return next(iter(ranked_trials(study)), None)


def pareto_front(study: StudyRecord) -> tuple[TrialRecord, ...]:
    """Return the trials that no other one dominates, best first; one objective: the best alone."""
    ranked = ranked_trials(study)
    if not is_multi(study):
        return tuple(ranked[:1])
    front: list[TrialRecord] = []
    for trial in ranked:
        assert trial.values is not None
        last = front[-1].values if front else None
        # Sorted by the first value, so only a higher second value, or equality, stays on the front.
        if last is None or trial.values[1] > last[1] or trial.values == last:
            front.append(trial)
    return tuple(front)


def weighted_front(study: StudyRecord) -> list[tuple[TrialRecord, float]]:
    """Return the Pareto front with what each trial weighs, the heaviest first.

    The weight is that of the values, so after the ECE penalty, in standard errors away from no
    skill (``Scale.weigh``); of one objective it is the value itself. Of equals the more accurate
    goes first, then the lower number; [] without a COMPLETE trial.
    """
    scale = scale_of_study(study)
    front = [(t, objective_value(t.values, scale)) for t in pareto_front(study) if t.values]
    return sorted(front, key=lambda weighed: -weighed[1])


def scale_of_study(study: StudyRecord) -> Scale:
    """Return what weighs accuracy against Sharpe: by the study's weights, else the default ones.

    Raises ``ConfigError`` when the stored weights are not such as ``TunerConfig`` takes.
    """
    names = ("accuracy_weight", "sharpe_weight")
    weights = {name: study.settings[name] for name in names if name in study.settings}
    return scale_of(study.candles, _weighing(json.dumps(weights)))


@functools.lru_cache(maxsize=8)
def _weighing(weights: str) -> TunerConfig:
    """Return a config with such weights, in JSON; made anew for each trial, it would take long."""
    return TunerConfig(**json.loads(weights))
