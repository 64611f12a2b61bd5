"""Which config is in force on the next step, as pure functions.

``gated`` is a policy and not the promotion gate: one standard error on a few thousand bars is a
weak test, taken again at each step, and nothing is corrected for it.
"""

from __future__ import annotations

import math

import numpy as np

from titan_mlopt.analysis.statistics.intervals import newey_west_lags, newey_west_variance
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.evaluation.walk.records import ALWAYS, GATED, PairedLead

#: Units of a lead.
ACCURACY, RETURN = "accuracy", "return"
#: Standard errors by which a candidate must be ahead for ``gated``.
ERRORS = 1.0


def takes_candidate(policy: str, lead: PairedLead | None) -> bool:
    """Return whether a policy that has a config in force puts the candidate in its place.

    Args:
        policy: One of ``POLICIES``.
        lead: Of the candidate on the sealed part; None where it cannot be told, which keeps the
            config in force.
    """
    return policy == ALWAYS or (policy == GATED and is_ahead(lead))


def is_ahead(lead: PairedLead | None) -> bool:
    """Return whether a lead is above 0 and at least one standard error."""
    return (
        lead is not None and lead.difference > 0 and lead.difference >= ERRORS * lead.standard_error
    )


def paired_lead(
    candidate: BacktestStats, in_force: BacktestStats, objective: str
) -> PairedLead | None:
    """Return how far a candidate is ahead of the config in force on the same bars.

    With the objective "sharpe" the mean net return per bar is compared, else the accuracy over the
    bars that each config decided. The standard error is that of Newey and West, with the usual
    number of lags; of an accuracy, a ratio of two sums, by its influence at each bar.

    Args:
        candidate: Stats of the sealed bars, (n,).
        in_force: Stats of the same bars.
        objective: Of the study.

    Returns:
        The lead; None for n < 2, or when one of them made no prediction that counts.

    Raises:
        ValueError: They have different numbers of bars.
    """
    if len(candidate.direction) != len(in_force.direction):
        raise ValueError(
            f"paired_lead: must compare the same bars, got {len(candidate.direction)} and "
            f"{len(in_force.direction)}"
        )
    if len(candidate.direction) < 2:
        return None
    if objective == "sharpe":
        return lead_of(candidate.net, in_force.net, RETURN)
    if not candidate.total or not in_force.total:
        return None
    return lead_of(_accuracy_parts(candidate), _accuracy_parts(in_force), ACCURACY)


def lead_of(candidate: np.ndarray, in_force: np.ndarray, unit: str) -> PairedLead:
    """Return the mean difference of two series on the same bars, with its standard error.

    Args:
        candidate: A number for each bar, (n,), n >= 2.
        in_force: The same of the other config.
        unit: ``ACCURACY`` or ``RETURN``.
    """
    apart = np.asarray(candidate, np.float64) - np.asarray(in_force, np.float64)
    n, mean = len(apart), float(apart.mean())
    variance = newey_west_variance(apart - mean, newey_west_lags(n))
    return PairedLead(unit, mean, math.sqrt(variance / n))


def _accuracy_parts(stats: BacktestStats) -> np.ndarray:
    """Return numbers whose mean is the accuracy, and whose spread is that of its influence."""
    decided, accuracy = stats.predicted.astype(np.float64), stats.accuracy()
    return np.asarray(accuracy + (stats.hit - accuracy * decided) / decided.mean())
