"""A backtest that was edited since its study, or is while the study's configs are run again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.edited_cases import write_package
from support.external_cases import _no_clock, ran, study_of
from support.pool_cases import linux
from support.standin_cases import csv
from titan_mlopt import TunerConfig
from titan_mlopt.candles.candles import Candles, load_candles
from titan_mlopt.core.errors import BacktestError, StudyError
from titan_mlopt.core.findings import PlaceboRun
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.study import StopRequest
from titan_mlopt.core.trial import TrialOutcome, TrialRecord
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest, score_on_holdout
from titan_mlopt.evaluation.placebo.study import PlaceboStudy
from titan_mlopt.evaluation.rerun import BacktestChoice, load_rerun
from titan_mlopt.evaluation.robustness.study import RobustnessStudy
from titan_mlopt.evaluation.sensitivity.study import SensitivityStudy
from titan_mlopt.study.storage.studies import read_study

__all__ = ["_no_clock", "csv"]  # fixtures: pytest finds them by their names
pytestmark = [linux, pytest.mark.slow]

SPACE = Space({"own.window": (2, 50, "int")})


class Heard:
    """Edits a file after the first run of whatever it listens to."""

    def __init__(self, edit: Callable[[], object] = lambda: None) -> None:
        self._edit, self.runs = edit, 0

    def planned(self, *_: object) -> None: ...

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: object) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None: ...

    def ran(self, outcome: TrialOutcome) -> None:
        self._once()

    def varied(self, variation: object, outcome: TrialOutcome) -> None:
        self._once()

    def repeated(self, run: PlaceboRun) -> None:
        self._once()

    def _once(self) -> None:
        self.runs += 1
        if self.runs == 1:
            self._edit()


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    return tmp_path / "lib" / "edited" / "rates.py"


@pytest.fixture
def candles(csv: Path) -> Candles:
    return load_candles(csv)


@pytest.fixture
def settings(tmp_path: Path, csv: Path) -> dict[str, Any]:
    """Tune a study of two trials in the test's folder; return its settings."""
    chosen: dict[str, Any] = {**write_package(tmp_path), "space": SPACE, "n_trials": 2}
    ran(tmp_path, chosen, csv)
    return chosen


def named(settings: dict[str, Any]) -> BacktestChoice:
    return BacktestChoice(settings["backtest"], settings["backtest_path"])


def test_the_configs_of_a_study_are_not_run_again_by_an_edited_backtest(
    settings: dict[str, Any], tmp_path: Path, csv: Path, rates: Path
) -> None:
    with study_of(tmp_path, settings) as tuner:
        record = read_study(tuner.study)
    rerun = load_rerun(record, named(settings), str(csv), 1, print)
    assert rerun.sources == record.sources
    rates.write_text("RATE = 0.99\n")
    with pytest.raises(
        StudyError,
        match=r"must be run by the backtest that it was tuned with, edited\.main:run_backtest "
        r"version unknown with edited\.rates \(SHA-256 .* got .* with edited\.rates \(SHA-256 ",
    ):
        load_rerun(record, named(settings), str(csv), 1, print)
    rates.unlink()
    with pytest.raises(BacktestError, match="must be importable"):
        load_rerun(record, named(settings), str(csv), 1, print)
    older = replace(record, sources={})
    rates.write_text("RATE = 0.99\n")
    assert "edited.rates" in load_rerun(older, named(settings), str(csv), 1, print).sources


def test_a_plateau_ends_when_the_backtest_is_edited_meanwhile(
    settings: dict[str, Any], tmp_path: Path, csv: Path, rates: Path
) -> None:
    with study_of(tmp_path, settings) as tuner:
        rerun = load_rerun(read_study(tuner.study), named(settings), str(csv), 1, print)
        heard = Heard(lambda: rates.write_text("RATE = 0.99\n"))
        work = RobustnessStudy(
            *(tuner.study, rerun.candles, rerun.config, 1, 3, threading.Event(), heard),
            sources=rerun.sources,
        )
        with pytest.raises(BacktestError, match=r"got another edited\.rates "):
            work.run()
        assert read_study(tuner.study).robustness is None


def test_placebo_studies_end_when_the_backtest_is_edited_between_two_of_them(
    settings: dict[str, Any], tmp_path: Path, csv: Path, rates: Path
) -> None:
    with study_of(tmp_path, settings) as tuner:
        rerun = load_rerun(read_study(tuner.study), named(settings), str(csv), 1, print)
        heard = Heard(lambda: rates.write_text("RATE = 0.99\n"))
        work = PlaceboStudy(
            *(tuner.study, rerun.candles, rerun.config, 3, 1, StopRequest(), heard, print),
            sources=rerun.sources,
        )
        with pytest.raises(StudyError, match=r"same backtest, its module 'edited\.rates' "):
            work.run()
        assert len(read_study(tuner.study).placebos) == 1


def test_a_holdout_is_scored_by_the_sources_of_the_study_alone(
    settings: dict[str, Any], tmp_path: Path, candles: Candles, rates: Path
) -> None:
    with study_of(tmp_path, settings) as tuner:
        sources = read_study(tuner.study).sources
    rates.write_text("RATE = 0.99\n")
    config = TunerConfig(backtest=settings["backtest"], backtest_path=settings["backtest_path"])
    contenders = [ConfigUnderTest("the candidate", {"own.window": 3}, 1)]
    with pytest.raises(BacktestError, match=r"got another edited\.rates "):
        score_on_holdout(candles, 600, contenders, config, sources)


def test_a_sensitivity_study_ends_when_the_backtest_is_edited_meanwhile(
    tmp_path: Path, candles: Candles, rates: Path
) -> None:
    config = TunerConfig(**write_package(tmp_path), space=SPACE, tracking=False)
    heard = Heard(lambda: rates.write_text("RATE = 0.99\n"))
    study = SensitivityStudy(config, candles, {"own.window": 5}, threading.Event(), (heard,))
    with pytest.raises(BacktestError, match=r"got another edited\.rates "):
        study.run()
