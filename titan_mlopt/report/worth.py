"""What a study's result is worth, in rows and numbers: luck, overfitting, placebo, verdict."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from titan_mlopt.judgements import Judgement
from titan_mlopt.records import StudyRecord
from titan_mlopt.report.judgement_words import headline, opened_text
from titan_mlopt.report.phrases import holdout_text
from titan_mlopt.report.placebo import placebo_text, study_placebo
from titan_mlopt.report.plateau_page import plateau_sentence
from titan_mlopt.report.statistics import SharpeRisk, StudyStatistics
from titan_mlopt.report.summary import plain_json

Rows = list[tuple[str, str]]


def worth_rows(study: StudyRecord, found: StudyStatistics | None) -> Rows:
    """Return what is known of the chosen trial's worth, by what it is about."""
    rows: Rows = []
    if found is not None:
        rows = [("trials", f"{found.n_trials:,}, worth {found.independent:,.1f} independent ones")]
        rows += _accuracy_rows(found)
        rows += _sharpe_rows(found.sharpe) if found.sharpe else []
        rows += _overfitting_rows(found)
    rows.append(("placebo", placebo_text(study)))
    rows += [("plateau", plateau_sentence(study.plateau))] if study.plateau else []
    return [*rows, ("hold-out", _holdout_text(study))]


def _accuracy_rows(found: StudyStatistics) -> Rows:
    rows, own, ece = list[tuple[str, str]](), found.accuracy, found.calibration
    if own is not None:
        rows.append(
            (
                "accuracy",
                f"{own.hits / own.n:.4f} (n={own.n:,}, worth {own.n_effective:,.0f} independent "
                f"predictions, 95 % {own.low:.3f} to {own.high:.3f})",
            )
        )
    if ece is not None:
        text = f"{ece.ece:.4f}; perfect calibration shows {ece.noise:.4f} on average and up to "
        rows.append(("ECE", f"{text}{ece.noise_95:.4f} in 95 %"))
    return rows


def _sharpe_rows(risk: SharpeRisk) -> Rows:
    needed = "no number of bars shows"
    if risk.track_record is not None:
        needed = f"{math.ceil(risk.track_record):,} bars show"
    rows = [
        (
            "Sharpe ratio",
            f"{risk.sharpe:.2f} a year; P(true one above 0) is {risk.psr:.2f} for this trial alone "
            f"and {risk.dsr:.2f} after the search (deflated)",
        ),
        ("track record", f"{needed} with 95 % that it is above 0; there are {risk.n_bars:,}"),
    ]
    if risk.backtest_years is not None:
        rows.append(
            (
                "backtest length",
                f"luck alone finds this ratio in less than {risk.backtest_years:.2g} years of "
                f"data; there are {risk.years:.2g}",
            )
        )
    return rows


def _overfitting_rows(found: StudyStatistics) -> Rows:
    one = found.overfitting
    if one is None:
        return []
    return [
        (
            "overfitting",
            f"PBO {one.pbo:.2f}: of {one.splits:,} halvings of the time, how often the best trial "
            f"of one half is below the median in the other; it is not above the baseline of "
            f"{one.baseline:.4g} there in {one.below_baseline:.0%}; {one.metric} {one.inside:.4g} "
            f"where it was chosen, {one.outside:.4g} in the other half",
        )
    ]


def _holdout_text(study: StudyRecord) -> str:
    """Return what is sealed, how often it was opened, and what came of it last."""
    sealed, last = holdout_text(study), last_judgement(study)
    if sealed is None:
        return "none: all candles were tuned on, so no verdict is possible"
    return f"{sealed}; {headline(last)}" if last else sealed


def last_judgement(study: StudyRecord) -> Judgement | None:
    """Return the latest decision of the gate, None without one."""
    return study.judgements[-1] if study.judgements else None


def verdict_text(study: StudyRecord) -> str | None:
    """Return the latest decision in one line for the study's note; None without one."""
    last = last_judgement(study)
    if last is None:
        return None
    against = f" against {last.rival}" if last.rival else ""
    opened = opened_text(len(study.openings))
    return f"{headline(last)} (Trial {last.trial}{against}; {opened}.)"


def finding_metrics(study: StudyRecord) -> dict[str, float]:
    """Return what was found out after the trials by the names that metrics have."""
    found: dict[str, float] = {}
    placebo, last = study_placebo(study), last_judgement(study)
    if study.openings:
        found["holdout_openings"] = float(len(study.openings))
    if placebo is not None:
        found |= {"placebo_p": placebo.p_value, "placebo_studies": float(placebo.studies)}
    evidence = last.decision.get("evidence", {}) if last else {}
    accuracy = evidence.get("accuracy") or ()
    if accuracy:
        # The champion stands first; without one each has to be beaten.
        rivals = accuracy[:1] if evidence["has_champion"] else accuracy
        found["holdout_accuracy"] = float(accuracy[0]["accuracy_candidate"])
        found["holdout_difference"] = min(float(r["bootstrap"]["difference"]) for r in rivals)
    return found


def worth_document(study: StudyRecord, found: StudyStatistics | None) -> dict[str, Any]:
    """Return what is beside hold-out and openings in results.json, as strict JSON has it."""
    placebo = study_placebo(study)
    document: dict[str, Any] = plain_json(
        {
            "statistics": found.to_dict() if found else None,
            "placebo": asdict(placebo) if placebo else None,
            "placebo_runs": [asdict(run) for run in study.placebos],
            "judgements": [asdict(one) for one in study.judgements],
            "plateau": asdict(study.plateau) if study.plateau else None,
        }
    )
    return document
