"""Ensembles of another backtest's configs, which vote by its records; and ensembles from Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.external_cases import _no_clock, study_of, write_backtest
from support.standin_cases import csv
from support.verdict_cases import SETTINGS, market
from titan_mlopt import AutoTuner, TunerConfig, open_study
from titan_mlopt.backtest.predictions import parse_record
from titan_mlopt.candles.candles import load_candles, save_candles
from titan_mlopt.core.errors import ConfigError, StudyError, TrackingError
from titan_mlopt.core.search_space import Space
from titan_mlopt.study.dataset import segment_warm_up

__all__ = ["_no_clock", "csv"]  # fixtures: pytest finds them here by their names
pytestmark = pytest.mark.slow
SPACE = Space({"feature.fast_window": (3, 10, "int"), "feature.slow_window": (15, 30, "int")})
#: The stand-in's records of each run are kept, in the order of the runs.
KEEP = """
stats = titan.run_backtest(**call)
text = Path(out_dir, "predictions.jsonl").read_text()
(HERE / f"kept-{time.time_ns()}.jsonl").write_text(text)
return stats
"""


def tune(folder: Path, candles: Path, body: str = "") -> dict[str, Any]:
    settings = write_backtest(folder / "code", body)
    with study_of(folder, settings, space=SPACE, n_trials=4, n_jobs=2) as tuner:
        tuner.optimize(candles)
    return settings


def test_members_of_another_backtest_vote_by_their_records_of_the_same_bar(
    csv: Path, tmp_path: Path
) -> None:
    settings = tune(tmp_path, csv)
    result = open_study(tmp_path / "titan.db").ensemble(2, **settings)
    n_bars = len(load_candles(csv)) - 1 - segment_warm_up(SPACE)
    assert result.metrics["n_bars"] == n_bars
    assert result.metrics["n_predictions"] == result.members[0]["n_predictions"]
    assert set(result.ensemble.configs[0]) == {"feature.fast_window", "feature.slow_window"}
    (tmp_path / "code" / "external.py").write_text("")  # nothing of it is left to run


def test_the_votes_are_those_of_the_records(csv: Path, tmp_path: Path) -> None:
    settings = tune(tmp_path, csv, KEEP)
    for file in (tmp_path / "code").glob("kept-*.jsonl"):
        file.unlink()
    result = open_study(tmp_path / "titan.db").ensemble(2, **settings)
    *_, first, second = sorted((tmp_path / "code").glob("kept-*.jsonl"))  # after the dry run
    n_bars = int(result.metrics["n_bars"] or 0)
    votes = np.zeros(n_bars)
    for file in (first, second):
        records = [parse_record(line.encode()) for line in file.read_text().splitlines()]
        sides = [record[0] * (record[1] - 0.5) for record in records if record is not None]
        votes += np.array(sides[-n_bars:])
    predicted = np.abs(votes / 2) >= result.ensemble.threshold
    moves = np.sign(np.diff(load_candles(csv).close))[-n_bars:]
    assert result.metrics["hits"] == int((np.sign(votes) * moves > 0)[predicted].sum())


def test_without_a_record_for_each_bar_there_is_no_vote_and_one_line_says_so(
    csv: Path, tmp_path: Path
) -> None:
    numbers = "accuracy=.5 + trial / 100, n_predictions=500, ece=.01, sharpe=1.0"
    settings = tune(tmp_path, csv, f"return dict({numbers})")
    with pytest.raises(
        StudyError,
        match=r"must run again and be matched bar by bar to vote, got: trial 3 cannot be scored "
        r"bar by bar: the backtest must write a record for each bar .*, got 0 for the 49 bars",
    ) as caught:
        open_study(tmp_path / "titan.db").ensemble(2, **settings)
    assert "\n" not in str(caught.value)


# --- from Python -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("python")
    save_candles(market(3000), path / "candles.csv")
    with AutoTuner(path / "titan.db", TunerConfig(**SETTINGS)) as tuner:
        tuner.optimize(path / "candles.csv")
    return path


def test_a_stored_study_makes_an_ensemble_and_stays_as_it_is(folder: Path) -> None:
    before = (folder / "titan.db").read_bytes()
    study = open_study(folder / "titan.db")
    result = study.ensemble(3, n_jobs=2)
    assert len(result.trials) == 3
    assert result.version is None
    assert study.best is not None
    assert result.trials[0] == study.best.trial_number
    numbers = ", ".join(map(str, result.trials))
    assert repr(result).startswith(f"<ensemble of trials {numbers} of study titan_optimization: ")
    assert json.loads(json.dumps(result.ensemble.document()))["threshold"] > 0
    assert (folder / "titan.db").read_bytes() == before


def test_python_errors_name_pythons_arguments(folder: Path, store: str) -> None:
    study = open_study(folder / "titan.db")
    with pytest.raises(ConfigError, match=r"^top: must be at most 4, .*, got 9"):
        study.ensemble(9)
    with pytest.raises(TrackingError, match="must have a run in this MLflow store to register"):
        study.ensemble(2, register_as="titan-config")
