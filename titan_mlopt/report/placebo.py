"""A study beside its repetitions on placebo candles: how often luck finds as much."""

from __future__ import annotations

import sys
from dataclasses import replace

from titan_mlopt.judgements import PlaceboRun
from titan_mlopt.records import INTERRUPTED, RUNNING, StudyRecord
from titan_mlopt.report.ranking import ranked_trials, scale_of_study
from titan_mlopt.scoring import objective_value
from titan_mlopt.validation.placebo import FEWEST_FOR_5_PERCENT, PlaceboTest, placebo_test


def best_value(study: StudyRecord) -> float | None:
    """Return the highest objective value of the COMPLETE trials, of two objectives weighed."""
    scale = scale_of_study(study)
    values = [objective_value(one.values, scale) for one in ranked_trials(study) if one.values]
    return max(values, default=None)


def placebo_runs(study: StudyRecord) -> tuple[PlaceboRun, ...]:
    """Return the placebo runs of the most trials, [] without any."""
    most = max((run.n_trials for run in study.placebos), default=0)
    return tuple(run for run in study.placebos if run.n_trials == most)


def study_placebo(study: StudyRecord) -> PlaceboTest | None:
    """Return the test of the study's best value, over as many trials as the placebo runs had.

    None without placebo runs, or without a COMPLETE trial. A placebo run without a COMPLETE trial
    has reached nothing.
    """
    runs = placebo_runs(study)
    observed = best_value(first_trials(study, runs[0].n_trials)) if runs else None
    if observed is None:
        return None
    return placebo_test(
        observed, [-sys.float_info.max if run.best is None else run.best for run in runs]
    )


def first_trials(study: StudyRecord, n: int) -> StudyRecord:
    """Return the study as it was after its first ``n`` ended trials, in the order of points."""
    ended = [
        trial
        for trial in study.trials
        if trial.state != RUNNING and not (trial.outcome and trial.outcome.reason == INTERRUPTED)
    ]
    ended.sort(key=lambda t: (t.number if t.point is None else t.point, t.number))
    return replace(study, trials=tuple(ended[:n]))


def placebo_text(study: StudyRecord) -> str:
    """Return what the placebo runs say, or that there are none."""
    found = study_placebo(study)
    if found is None:
        return "not run: titan-mlopt placebo"
    runs = placebo_runs(study)
    text = (
        f"p = {found.p_value:.2g}: {found.reached} of {found.studies} studies of "
        f"{runs[0].n_trials} trials on candles with random directions found as much as "
        f"{found.observed:.4g}"
    )
    if found.studies < FEWEST_FOR_5_PERCENT:
        text += f"; fewer than {FEWEST_FOR_5_PERCENT} cannot show p = .05"
    return text
