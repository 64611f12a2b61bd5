"""What luck alone would show for the best of a study's trials."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from titan_mlopt.records import StudyRecord
from titan_mlopt.report.ranking import ranked_trials
from titan_mlopt.report.summary import metric_of
from titan_mlopt.validation.significance import expected_best_accuracy, expected_maximum


@dataclass(frozen=True, slots=True)
class Luck:
    """Means of the highest of ``n_trials`` independent trials without skill.

    n_predictions: median of the COMPLETE trials. accuracy: None while that is unknown; it assumes
    that a prediction hits with chance 1/2. sharpe: None where no trial has a standard error.
    """

    n_trials: int
    n_predictions: float | None
    accuracy: float | None
    sharpe: float | None


def find_luck(study: StudyRecord) -> Luck | None:
    """Return what luck alone would show; None without a COMPLETE trial.

    Sharpe: ``expected_maximum`` of the median standard error. Trials of one study are correlated,
    which leaves less to luck; a search that learns from its trials may find more on noise.
    """
    trials = ranked_trials(study)
    if not trials:
        return None
    n, error = median_predictions(study), _median(study, "sharpe_se")
    k = len(trials)
    return Luck(
        n_trials=k,
        n_predictions=n,
        accuracy=None if n is None else expected_best_accuracy(n, k),
        sharpe=None if error is None else error * expected_maximum(k),
    )


def median_predictions(study: StudyRecord) -> float | None:
    """Return the median number of predictions of a COMPLETE trial, None while unknown."""
    return _median(study, "n_predictions")


def _median(study: StudyRecord, metric: str) -> float | None:
    """Return the metric's median over the COMPLETE trials that have it above 0, or None."""
    values = [metric_of(trial, metric) for trial in ranked_trials(study)]
    known = [value for value in values if value]
    return statistics.median(known) if known else None
