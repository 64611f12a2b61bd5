"""Placebo studies, presented: how often the same search finds as much where luck alone acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from titan_mlopt.analysis.placebo import FEWEST_FOR_5_PERCENT, placebo_runs, study_placebo
from titan_mlopt.core.findings import PLACEBO, PlaceboRun, findings_below
from titan_mlopt.core.study import StudyRecord

NAME = "placebo"


def load(attrs: Mapping[str, Any]) -> tuple[PlaceboRun, ...]:
    """Return the placebo runs, those of the fewest trials first, by number."""
    runs = findings_below(attrs, PLACEBO, PlaceboRun)
    return tuple(sorted(runs, key=lambda run: (run.n_trials, run.number)))


def rows(study: StudyRecord) -> list[tuple[str, str]]:
    """Return what the placebo runs say, or that there are none."""
    return [("placebo", placebo_text(study))]


def placebo_text(study: StudyRecord) -> str:
    """Return what the placebo runs say in one sentence, or that there are none."""
    result = study_placebo(study)
    if result is None:
        return "not run: titan-mlopt placebo"
    text = (
        f"p = {result.p_value:.2g}: {result.reached} of {result.studies} studies of "
        f"{placebo_runs(study)[0].n_trials} trials on candles with random directions found as much "
        f"as {result.observed:.4g}"
    )
    if result.studies < FEWEST_FOR_5_PERCENT:
        text += f"; fewer than {FEWEST_FOR_5_PERCENT} cannot show p = .05"
    return text


def metrics(study: StudyRecord) -> dict[str, float]:
    """Return the p-value and the number of placebo studies."""
    result = study_placebo(study)
    if result is None:
        return {}
    return {"placebo_p": result.p_value, "placebo_studies": float(result.studies)}


def files(study: StudyRecord) -> dict[str, str]:
    """Return no files: the runs are in results.json."""
    return {}


def document(study: StudyRecord) -> dict[str, Any]:
    """Return the test and every run."""
    result = study_placebo(study)
    return {
        "placebo": asdict(result) if result else None,
        "placebo_runs": [asdict(run) for run in study.placebos],
    }
