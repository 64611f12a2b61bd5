"""Quality of a study's result: uncertainty, overfitting, and the findings after the trials."""

from __future__ import annotations

import math
from typing import Any

from titan_mlopt.analysis.luck import chance_level
from titan_mlopt.analysis.significance import SharpeRisk, StudyStatistics
from titan_mlopt.analysis.summary import plain_json
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.findings.kinds import KINDS, Rows
from titan_mlopt.report.format import days_text, sharpe_costs

_DAYS_PER_YEAR = 365


def quality_rows(study: StudyRecord, statistics: StudyStatistics | None) -> Rows:
    """Return labels and sentences on how far the chosen trial's numbers can be trusted.

    Args:
        study: The study, for its findings.
        statistics: As ``study_statistics`` returns them; None leaves their rows out.
    """
    rows: Rows = []
    if statistics is not None:
        n_trials, independent = statistics.n_trials, statistics.independent
        rows = [("trials", f"{n_trials:,}, effective number of trials {independent:,.1f}")]
        rows += _accuracy_rows(statistics, chance_level(study))
        rows += _sharpe_rows(statistics.sharpe, sharpe_costs(study)) if statistics.sharpe else []
        rows += _overfitting_rows(statistics)
    rows += [row for kind in KINDS for row in kind.rows(study)]
    return sorted(rows, key=lambda row: row[0] == "hold-out")  # the hold-out's row comes last


def _accuracy_rows(statistics: StudyStatistics, chance: float) -> Rows:
    rows, rate, ece = list[tuple[str, str]](), statistics.accuracy, statistics.calibration
    if rate is not None:
        text = (
            f"{rate.hits / rate.n:.4f} where a coin has {chance:.4f} (n={rate.n:,}, effective "
            f"number {rate.n_effective:,.0f}, 95 % {rate.low:.3f} to {rate.high:.3f})"
        )
        rows.append(("accuracy", text))
    if ece is not None:
        text = f"{ece.ece:.4f}; perfect calibration shows {ece.noise:.4f} on average and up to "
        rows.append(("ECE", f"{text}{ece.noise_95:.4f} in 95 %"))
    return rows


def _sharpe_rows(risk: SharpeRisk, costs: str) -> Rows:
    bars_per_day = risk.n_bars / risk.years / _DAYS_PER_YEAR
    rows = [
        ("Sharpe ratio", f"{risk.sharpe:.2f} a year, {costs}"),
        (
            "probabilistic Sharpe ratio",
            f"{risk.psr:.2f}: confidence that the true ratio is above 0, for one trial that was "
            "looked at alone",
        ),
        (
            "deflated Sharpe ratio",
            f"{risk.dsr:.2f}: confidence that it is above the best ratio that so many trials "
            "without skill would show on average",
        ),
    ]
    needed = "no number of bars is enough"
    if risk.track_record is not None:
        needed = f"{days_text(math.ceil(risk.track_record) / bars_per_day)} are enough"
    data = days_text(risk.n_bars / bars_per_day)
    record = f"{needed} to be 95 % sure that this ratio is above 0; there are {data}"
    rows.append(("minimum track record length", record))
    if risk.backtest_years is not None:
        length = days_text(risk.backtest_years * _DAYS_PER_YEAR)
        rows.append(
            (
                "minimum backtest length",
                f"on {length} of data the best of so many trials without skill shows this ratio on "
                f"average; there are {data}",
            )
        )
    return rows


def _overfitting_rows(statistics: StudyStatistics) -> Rows:
    risk = statistics.overfitting
    if risk is None:
        return []
    text = (
        f"PBO {risk.pbo:.2f}: share of {risk.splits:,} CSCV splits in which the best trial of one "
        f"half is below the median in the other; in {risk.below_baseline:.0%} it is not above the "
        f"{risk.baseline:.4g} of no skill there; {risk.metric} {risk.inside:.4g} "
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
