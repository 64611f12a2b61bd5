"""What was found out after a study's trials is kept with it, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from titan_mlopt.core.findings import (
    GateDecision,
    ParameterSensitivity,
    PlaceboRun,
    RobustnessEntry,
    RobustnessResult,
)
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import open_study, read_study, save_finding

JUDGED = GateDecision(
    when="2026-01-01T00:00:00Z",
    trial=3,
    config_sha256="ab",
    verdict="CANNOT_TELL",
    sentence="Too short.",
    rival="",
    rival_sha256="",
    opening=1,
    decision={
        "alpha": 0.02,
        "thresholds": {"alpha": 0.02, "min_improvement": 0.005},
        "evidence": {"candidates": 1, "has_champion": False, "accuracy": []},
        "findings": [
            {
                **{"test": "coverage", "role": "guard", "status": "unknown"},
                **{"value": None, "threshold": None, "sentence": "nothing was predicted"},
            }
        ],
    },
)
PLATEAU = RobustnessResult(
    when="2026-01-01T00:00:00Z",
    n_trials=9,
    metric="accuracy",
    segments=4,
    width=0.1,
    seed=1,
    best=3,
    flattest=3,
    entries=(RobustnessEntry(3, 0.53, 0.52, 0.01, 0.004, True, (0.52, 0.521)),),
    parameters=(ParameterSensitivity("a", 0.1, None), ParameterSensitivity("b", 0.0, 0.2)),
)


@pytest.fixture
def study(tmp_path: Path) -> optuna.Study:
    return open_study(open_storage(tmp_path / "titan.db"), "s", ("maximize",))


def test_each_finding_comes_back_as_it_was_stored(study: optuna.Study) -> None:
    runs = PlaceboRun(1, 7, 20, 0.53), PlaceboRun(0, 9, 20, None), PlaceboRun(0, 9, 4, 0.51)
    for run in runs:
        save_finding(study, run)
    save_finding(study, JUDGED)
    save_finding(study, PLATEAU)
    record = read_study(study)
    assert record.placebos == (runs[2], runs[1], runs[0])
    assert record.gate_decisions == (JUDGED,)
    assert record.robustness == PLATEAU


def test_two_decisions_of_one_moment_and_one_opening_are_both_kept(study: optuna.Study) -> None:
    other = replace(JUDGED, trial=4)
    save_finding(study, JUDGED)
    save_finding(study, other)
    save_finding(study, JUDGED)  # a repetition is the same
    found = read_study(study).gate_decisions
    assert sorted(one.trial for one in found) == [3, 4]


def test_decisions_are_told_in_their_order(study: optuna.Study) -> None:
    later = replace(JUDGED, when="2026-01-02T00:00:00Z", opening=2)
    third = replace(JUDGED, when="2026-01-02T00:00:00Z", opening=3)
    for one in (third, JUDGED, later):
        save_finding(study, one)
    assert read_study(study).gate_decisions == (JUDGED, later, third)


def test_a_study_without_findings_has_none(study: optuna.Study) -> None:
    record = read_study(study)
    assert (record.placebos, record.gate_decisions, record.robustness) == ((), (), None)
