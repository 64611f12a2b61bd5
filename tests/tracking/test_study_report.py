"""The report that a tune writes for the study's parent run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.studies import Tuned
from titan_mlopt.analysis import importances
from titan_mlopt.study.storage.studies import load_study
from titan_mlopt.tracking.study_report import StudyReport


def test_the_importances_of_a_study_are_worked_out_once_for_its_page_and_its_view(
    tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed, compute = [], importances.get_param_importances

    def counted(study: Any, **options: Any) -> dict[str, float]:
        computed.append(study.study_name)
        return compute(study, **options)

    monkeypatch.setattr(importances, "get_param_importances", counted)
    study = load_study(tuned.db, "titan_optimization")
    report = StudyReport(study, tuned.report.study, tuned.config, tuned.db, store=tuned.uri)
    report.write(tmp_path / "report")
    assert len(report.parameters) > 0
    # Eight trials are too few for resamples, which are evaluated besides.
    assert computed == ["titan_optimization"]
