"""Ranking of a study's trials, and its Pareto front, by values or by weight."""

from __future__ import annotations

import functools
import json
import math
from dataclasses import replace

from titan_mlopt.core.errors import StudyError, short_repr
from titan_mlopt.core.scoring import Scale, objective_value, scale_of
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, TrialRecord
from titan_mlopt.core.tuner_config import TunerConfig


def is_multi(study: StudyRecord) -> bool:
    """Return whether the study has two objectives, accuracy and Sharpe ratio."""
    return len(study.directions) > 1


def ranked_trials(study: StudyRecord) -> list[TrialRecord]:
    """Return the COMPLETE trials without NaN values, best first; all objectives are maximised.

    Ties go to the higher second value, then to the lower number.
    """
    usable = [
        trial
        for trial in study.trials
        if trial.state == COMPLETE and trial.values and not any(map(math.isnan, trial.values))
    ]
    return sorted(usable, key=lambda trial: (*(-v for v in trial.values or ()), trial.number))


def best_trial(study: StudyRecord) -> TrialRecord | None:
    """Return the COMPLETE trial with the highest first value, None without one.

    Ties go as in ``ranked_trials``, so with two objectives it is on the Pareto front.
    """
    return next(iter(ranked_trials(study)), None)


def best_feasible(record: StudyRecord, k: int) -> list[TrialRecord]:
    """Return the k best COMPLETE trials that keep the ECE constraint, each config once."""
    feasible = tuple(trial for trial in record.trials if not trial.violated)
    return best_configs(replace(record, trials=feasible), k)


def best_configs(record: StudyRecord, k: int) -> list[TrialRecord]:
    """Return the k best COMPLETE trials by ``objective_value``, each config once.

    A trial that violates the ECE constraint has a penalised value. Ties go to the lower number.
    """
    scale, best = scale_of_study(record), list[TrialRecord]()
    ranked = sorted(
        (trial for trial in ranked_trials(record) if trial.values),
        key=lambda trial: (-objective_value(trial.values or (), scale), trial.number),
    )
    for trial in ranked:
        if all(trial.params != better.params for better in best):
            best.append(trial)
    return best[:k]


def pareto_front(study: StudyRecord) -> tuple[TrialRecord, ...]:
    """Return the trials that no other one dominates, best first; the best for one objective."""
    ranked = ranked_trials(study)
    if not is_multi(study):
        return tuple(ranked[:1])
    front: list[TrialRecord] = []
    for trial in ranked:
        assert trial.values is not None
        last = front[-1].values if front else None
        # Sorted by the first value, so a trial is on the front if its second value is higher than
        # that of the last one there, or if it equals that one.
        if last is None or trial.values[1] > last[1] or trial.values == last:
            front.append(trial)
    return tuple(front)


def weighted_front(study: StudyRecord) -> list[tuple[TrialRecord, float]]:
    """Return the Pareto front with the ``objective_value`` of each trial, the highest first.

    That is the weighted mean of accuracy and Sharpe ratio, after the ECE penalty, in standard
    errors above no skill (``Scale.weigh``); for one objective the value itself. Ties go to the
    more accurate trial, then to the lower number. [] without a COMPLETE trial.
    """
    scale = scale_of_study(study)
    front = [(t, objective_value(t.values, scale)) for t in pareto_front(study) if t.values]
    return sorted(front, key=lambda entry: -entry[1])


def scale_of_study(study: StudyRecord) -> Scale:
    """Return the scale that combines a study's objectives, by its weights or the default ones.

    Raises:
        ConfigError: The stored weights are invalid.
    """
    names = ("accuracy_weight", "sharpe_weight")
    weights = {name: study.settings[name] for name in names if name in study.settings}
    return scale_of(study.candles, _config_with(json.dumps(weights)))


@functools.lru_cache(maxsize=8)
def _config_with(weights: str) -> TunerConfig:
    """Return a config with weights given in JSON; cached, as it is needed for every trial."""
    return TunerConfig(**json.loads(weights))


def complete_trial(record: StudyRecord, number: int | None) -> TrialRecord:
    """Return a COMPLETE trial of the study.

    Args:
        record: The study.
        number: Of the trial; None for the best one.

    Raises:
        StudyError: The study has no COMPLETE trial, or none of this number.
    """
    complete = {trial.number: trial for trial in record.trials if trial.state == COMPLETE}
    trial = best_trial(record) if number is None else complete.get(number)
    if trial is None:
        numbers = ", ".join(map(str, list(complete)[:10])) + (" …" if len(complete) > 10 else "")
        raise StudyError(
            f"trial: must be a COMPLETE trial of the study {record.name} ({numbers or 'none'}), "
            f"got {short_repr('best' if number is None else number)}; see titan-mlopt leaderboard"
        )
    return trial
