"""Quality of a study's result: uncertainty, overfitting, and the findings after the trials."""

from __future__ import annotations

import math
from typing import Any

from titan_mlopt.analysis.significance import SharpeRisk, StudyStatistics
from titan_mlopt.analysis.summary import plain_json
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.findings.kinds import KINDS, Rows


def quality_rows(study: StudyRecord, statistics: StudyStatistics | None) -> Rows:
    """Return labels and sentences on how far the chosen trial's numbers can be trusted.

    Args:
        study: The study, for its findings.
        statistics: As ``study_statistics`` returns them; None leaves their rows out.
    """
    rows: Rows = []
    if statistics is not None:
        n_trials, independent = statistics.n_trials, statistics.independent
        rows = [("trials", f"{n_trials:,}, worth {independent:,.1f} independent ones")]
        rows += _accuracy_rows(statistics)
        rows += _sharpe_rows(statistics.sharpe) if statistics.sharpe else []
        rows += _overfitting_rows(statistics)
    rows += [row for kind in KINDS for row in kind.rows(study)]
    return sorted(rows, key=lambda row: row[0] == "hold-out")  # the hold-out's row comes last


def _accuracy_rows(statistics: StudyStatistics) -> Rows:
    rows, rate, ece = list[tuple[str, str]](), statistics.accuracy, statistics.calibration
    if rate is not None:
        text = f"{rate.hits / rate.n:.4f} (n={rate.n:,}, worth {rate.n_effective:,.0f} independent "
        rows.append(("accuracy", f"{text}predictions, 95 % {rate.low:.3f} to {rate.high:.3f})"))
    if ece is not None:
        text = f"{ece.ece:.4f}; perfect calibration shows {ece.noise:.4f} on average and up to "
        rows.append(("ECE", f"{text}{ece.noise_95:.4f} in 95 %"))
    return rows


def _sharpe_rows(risk: SharpeRisk) -> Rows:
    needed = "no number of bars shows"
    if risk.track_record is not None:
        needed = f"{math.ceil(risk.track_record):,} bars show"
    ratio = (
        f"{risk.sharpe:.2f} a year; P(true one above 0) is {risk.psr:.2f} for this trial alone "
        f"and {risk.dsr:.2f} after the search (deflated)"
    )
    record = f"{needed} with 95 % that it is above 0; there are {risk.n_bars:,}"
    rows = [("Sharpe ratio", ratio), ("track record", record)]
    if risk.backtest_years is not None:
        length = f"luck alone finds this ratio in less than {risk.backtest_years:.2g} years of "
        rows.append(("backtest length", f"{length}data; there are {risk.years:.2g}"))
    return rows


def _overfitting_rows(statistics: StudyStatistics) -> Rows:
    risk = statistics.overfitting
    if risk is None:
        return []
    text = (
        f"PBO {risk.pbo:.2f}: of {risk.splits:,} halvings of the time, how often the best trial "
        f"of one half is below the median in the other; it is not above the baseline of "
        f"{risk.baseline:.4g} there in {risk.below_baseline:.0%}; {risk.metric} {risk.inside:.4g} "
        f"where it was chosen, {risk.outside:.4g} in the other half"
    )
    return [("overfitting", text)]


def quality_document(study: StudyRecord, statistics: StudyStatistics | None) -> dict[str, Any]:
    """Return the statistics and all findings as keys of results.json, in strict JSON."""
    document: dict[str, Any] = {"statistics": statistics.to_dict() if statistics else None}
    for kind in KINDS:
        document |= kind.document(study)
    plain: dict[str, Any] = plain_json(document)
    return plain
