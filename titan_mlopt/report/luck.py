"""What luck alone would show for the best of a study's trials."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from titan_mlopt.backtest.stats import SECONDS_PER_YEAR
from titan_mlopt.records import StudyRecord, TrialRecord
from titan_mlopt.report.ranking import ranked_trials
from titan_mlopt.report.summary import metric_of
from titan_mlopt.validation.significance import accuracy_luck, sharpe_luck

ACCURACY, SHARPE = "accuracy", "sharpe"


@dataclass(frozen=True, slots=True)
class LuckLine:
    """What the best of the first 1, 2, … COMPLETE trials shows when none has skill; at least one.

    numbers: of these trials, in order. expected: the mean; most: exceeded in 1 of 20 studies.
    """

    numbers: tuple[int, ...]
    expected: tuple[float, ...]
    most: tuple[float, ...]


def luck_lines(study: StudyRecord) -> dict[str, LuckLine]:
    """Return the lines of accuracy and of Sharpe ratio by these names, where they are known."""
    found = {name: luck_line(study, name) for name in (ACCURACY, SHARPE)}
    return {name: line for name, line in found.items() if line is not None}


def luck_line(study: StudyRecord, name: str) -> LuckLine | None:
    """Return the luck of "accuracy" or "sharpe"; None of others, and while nothing is known.

    Each trial counts with its own number of predictions, or of bars; one that does not tell it with
    the median of the others. A prediction hits with chance 1/2, less half of the unchanged closes.
    Trials are taken as independent: those of one study are correlated, which leaves less to luck,
    while a search that learns from its trials finds more on noise.
    """
    trials = sorted(ranked_trials(study), key=lambda trial: trial.number)
    bars_per_year = SECONDS_PER_YEAR / float(study.candles.get("interval_s") or 60)
    if name == ACCURACY:
        sizes = _sizes(trials, lambda trial: metric_of(trial, "n_predictions"))
        luck = None if sizes is None else accuracy_luck(sizes, _chance(trials))
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
    """Return the size of each trial, (n,), all above 0; None when none is known."""
    found = [size_of(trial) for trial in trials]
    known = [size for size in found if size and size > 0]
    if not known:
        return None
    usual = statistics.median(known)
    return np.array([size if size and size > 0 else usual for size in found])


def _bars(trial: TrialRecord, bars_per_year: float) -> float | None:
    """Return the bars of a trial, told or by the standard error of its Sharpe ratio."""
    sharpe, error = metric_of(trial, "sharpe"), metric_of(trial, "sharpe_se")
    told = metric_of(trial, "n_bars")
    if told or sharpe is None or not error:
        return told
    return (bars_per_year + sharpe * sharpe / 2) / error**2


def _chance(trials: Sequence[TrialRecord]) -> float:
    """Return the chance of a hit without skill: an unchanged close is a miss for both sides."""
    found = [metric_of(trial, "unchanged_share") for trial in trials]
    known = [share for share in found if share is not None and 0 <= share < 1]
    return 0.5 * (1 - statistics.median(known)) if known else 0.5
