"""The best result that luck alone would give over a study's trials."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from titan_mlopt.analysis.ranking import ranked_trials
from titan_mlopt.analysis.statistics.luck import accuracy_luck, sharpe_luck
from titan_mlopt.analysis.summary import metric_of
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import PRUNED, SECONDS_PER_YEAR, TrialRecord
from titan_mlopt.core.unchanged import chance_of, rule_of

ACCURACY, SHARPE = "accuracy", "sharpe"


@dataclass(frozen=True, slots=True)
class LuckLine:
    """The best value of the first 1, 2, … n trials without skill, n >= 1.

    Attributes:
        numbers: Numbers of the COMPLETE and PRUNED trials, increasing.
        expected: Mean of the best value so far.
        most: Its 95 % quantile, which 1 of 20 studies without skill exceeds.
    """

    numbers: tuple[int, ...]
    expected: tuple[float, ...]
    most: tuple[float, ...]


def luck_lines(study: StudyRecord) -> dict[str, LuckLine]:
    """Return the luck of "accuracy" and "sharpe" by name, without those that are unknown."""
    lines = {name: luck_line(study, name) for name in (ACCURACY, SHARPE)}
    return {name: line for name, line in lines.items() if line is not None}


def luck_line(study: StudyRecord, name: str) -> LuckLine | None:
    """Return the luck of one objective.

    PRUNED trials count, as in the deflated Sharpe ratio: each was looked at, and would have become
    the best one had it been lucky. A COMPLETE trial counts with its own number of predictions or
    bars; a PRUNED one, or one that reports none, with the median of these. A prediction hits by
    chance with the probability ``chance_level``. Trials are taken as
    independent. Those of one study are correlated, which lowers the best by luck; a search that
    learns from its trials raises it.

    Args:
        study: The study.
        name: "accuracy" or "sharpe".

    Returns:
        The luck; None for another name, or if no trial reports its size.
    """
    complete = ranked_trials(study)
    pruned = [trial for trial in study.trials if trial.state == PRUNED]
    trials = sorted([*complete, *pruned], key=lambda trial: trial.number)
    bars_per_year = SECONDS_PER_YEAR / float(study.candles.get("interval_s") or 60)
    if name == ACCURACY:
        sizes = _sizes(trials, lambda trial: metric_of(trial, "n_predictions"))
        luck = None if sizes is None else accuracy_luck(sizes, chance_level(study))
    elif name == SHARPE:
        sizes = _sizes(trials, lambda trial: _bars(trial, bars_per_year))
        luck = None if sizes is None else sharpe_luck(sizes, bars_per_year)
    else:
        luck = None
    if luck is None:
        return None
    numbers = tuple(trial.number for trial in trials)
    return LuckLine(numbers, tuple(luck.expected.tolist()), tuple(luck.most.tolist()))


def _sizes(
    trials: Sequence[TrialRecord], size_of: Callable[[TrialRecord], float | None]
) -> np.ndarray | None:
    """Return each trial's size, (n,), > 0, the median if unknown; None if all are unknown.

    The size of a PRUNED trial is what it would have been: it has scored a part of its bars only.
    """
    sizes = [None if trial.state == PRUNED else size_of(trial) for trial in trials]
    valid = [size for size in sizes if size and size > 0]
    if not valid:
        return None
    median = statistics.median(valid)
    return np.array([size if size and size > 0 else median for size in sizes])


def _bars(trial: TrialRecord, bars_per_year: float) -> float | None:
    """Return the bars of a trial, as reported or derived from its Sharpe ratio's standard error."""
    sharpe, error = metric_of(trial, "sharpe"), metric_of(trial, "sharpe_se")
    n_bars = metric_of(trial, "n_bars")
    if n_bars or sharpe is None or not error:
        return n_bars
    return (bars_per_year + sharpe * sharpe / 2) / error**2


def chance_level(study: StudyRecord) -> float:
    """Return the accuracy of a coin on the bars of the study's trials, by its rule for them."""
    return chance_of(rule_of(study.scoring), unchanged_share(study) or 0.0)


def unchanged_share(study: StudyRecord) -> float | None:
    """Return the share of unchanged closes, the median of the COMPLETE trials; None if unknown."""
    shares = [metric_of(trial, "unchanged_share") for trial in ranked_trials(study)]
    valid = [share for share in shares if share is not None and 0 <= share < 1]
    return statistics.median(valid) if valid else None
