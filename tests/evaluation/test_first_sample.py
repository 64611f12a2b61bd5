"""A study of the first version of the sample: it goes on, is replayed and judged as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.walk_cases import QUICK_SPACE
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli import main
from titan_mlopt.core.errors import StudyError
from titan_mlopt.evaluation.gate.holdout import check_sealed
from titan_mlopt.evaluation.rerun import BacktestChoice, load_rerun
from titan_mlopt.study.storage.studies import load_record

CONFIG = TunerConfig(
    n_trials=1, seed=3, holdout=0.2, space=QUICK_SPACE, pruner_type="none", tracking=False
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("first_sample") / "titan.db"
    with AutoTuner(path, CONFIG) as tuner:
        tuner.optimize(sample_candles(version=1))  # named "sample", as it was then
    return path


def test_it_goes_on_and_is_replayed_on_its_own_candles(db: Path) -> None:
    before = load_record(db, CONFIG.study_name)
    assert (before.candles["name"], before.settings["candles_path"]) == ("sample", "sample")
    with AutoTuner(db, replace(CONFIG, n_trials=2)) as tuner:
        tuner.optimize("sample")
    after = load_record(db, CONFIG.study_name)
    assert len(after.trials) == 2
    assert after.candles == before.candles
    replayed = CliRunner().invoke(main, ["replay", "--db", str(db), "--trial", "1"])
    assert replayed.exit_code == 0, replayed.output


def test_its_hold_out_is_opened_on_its_own_candles_and_not_on_the_new_ones(db: Path) -> None:
    study = load_record(db, CONFIG.study_name)
    rerun = load_rerun(study, BacktestChoice(), "sample", 1, pytest.fail)
    assert rerun.whole.digest == sample_candles(version=1).digest
    assert check_sealed(study, rerun.whole) == 4608  # .8 · 5,760
    with pytest.raises(StudyError, match="those to tune on must be those of the study"):
        check_sealed(study, sample_candles())


def test_with_another_limit_it_is_refused_as_before(db: Path) -> None:
    with (
        AutoTuner(db, replace(CONFIG, limit=3000)) as tuner,
        pytest.raises(StudyError, match="must go on with the same candles"),
    ):
        tuner.optimize("sample")
