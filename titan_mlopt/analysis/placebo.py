"""The placebo test: how often studies on placebo candles reach the best value of the real one."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from titan_mlopt.analysis.ranking import ranked_trials, scale_of_study
from titan_mlopt.core.findings import PlaceboRun
from titan_mlopt.core.scoring import objective_value
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import ended_trials

#: Fewest placebo studies with which p can be as low as .05.
FEWEST_FOR_5_PERCENT = 19


@dataclass(frozen=True, slots=True)
class PlaceboTest:
    """The result of the placebo test.

    Attributes:
        observed: Best objective value of the real study.
        reached: Number of placebo studies whose best value is at least that.
        studies: Number of placebo studies, >= 1.
        p_value: (1 + reached) / (1 + studies), in (0, 1].
        lowest: Smallest possible p-value, 1 / (1 + studies): .05 with 19 studies, .1 with 9.
    """

    observed: float
    reached: int
    studies: int
    p_value: float
    lowest: float


def best_value(study: StudyRecord) -> float | None:
    """Return the highest ``objective_value`` of the COMPLETE trials, None without any."""
    scale = scale_of_study(study)
    values = [objective_value(run.values, scale) for run in ranked_trials(study) if run.values]
    return max(values, default=None)


def placebo_runs(study: StudyRecord) -> tuple[PlaceboRun, ...]:
    """Return the placebo runs with the largest number of trials, () without any."""
    most = max((run.n_trials for run in study.placebos), default=0)
    return tuple(run for run in study.placebos if run.n_trials == most)


def study_placebo(study: StudyRecord) -> PlaceboTest | None:
    """Return the placebo test of a study, over as many first trials as the placebo runs have.

    Args:
        study: The study with its placebo runs. A run without a COMPLETE trial counts as one that
            did not reach the best value.

    Returns:
        The test; None without placebo runs or without a COMPLETE trial.
    """
    runs = placebo_runs(study)
    observed = best_value(first_trials(study, runs[0].n_trials)) if runs else None
    if observed is None:
        return None
    return placebo_test(
        observed, [-sys.float_info.max if run.best is None else run.best for run in runs]
    )


def first_trials(study: StudyRecord, n: int) -> StudyRecord:
    """Return the study with only its first ``n`` ended trials, in the order of their points."""
    return replace(study, trials=tuple(ended_trials(study.trials)[:n]))


def placebo_test(observed: float, placebo: Sequence[float]) -> PlaceboTest:
    """Return the Monte Carlo p-value of a study's best value among those on placebo candles.

    p = (1 + #{placebo >= observed}) / (1 + K) (A. C. Davison and D. V. Hinkley, Bootstrap methods
    and their application, 1997, § 4.2). The real study counts as one of the samples, so p is never
    0, and on candles without predictability P(p <= α) is at most α.

    Args:
        observed: Best value of the real study; higher is better.
        placebo: Best values of the K >= 1 placebo studies, found by the same search.

    Raises:
        ValueError: There is no placebo study, or a value is not finite.
    """
    if not placebo or not all(math.isfinite(value) for value in (observed, *placebo)):
        raise ValueError(
            f"placebo_test: must have finite values of at least one study, got {observed=}, "
            f"placebo={list(placebo)!r}"
        )
    reached, k = sum(value >= observed for value in placebo), len(placebo)
    return PlaceboTest(observed, reached, k, (1 + reached) / (1 + k), 1 / (1 + k))
