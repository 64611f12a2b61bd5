"""The stand-in has production Titan's habits: what else is tested with it counts on that."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.standin_cases import N_CANDLES, call_of, csv, imports, titan
from titan_mlopt.backtest.external import read_metrics
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, PredictionReader
from titan_mlopt.core.parameters import TUNABLE_PARAMS

__all__ = ["csv", "imports", "titan"]  # fixtures: pytest finds them here by their names
N_BARS = N_CANDLES - 40 - 1


def rows_of(db: Path) -> dict[str, tuple[bytes, int]]:
    with closing(sqlite3.connect(db)) as connection:
        return {key: (blob, at) for key, blob, at in connection.execute("SELECT * FROM kv")}


def test_it_leaves_files_behind_and_a_session_beside_the_database(
    titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    titan.run_backtest(**call_of(csv, tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("out", "trial.db", "trial_session.db", "trial_session.db-shm", "trial_session.db-wal")
    ]
    out = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert out == ["predictions.jsonl", "report.md", "summary.json"]


def test_a_path_with_db_in_it_leads_its_session_elsewhere(
    titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    call = call_of(csv, tmp_path / "a.dbs")
    with pytest.raises(sqlite3.OperationalError, match="unable to open database file"):
        titan.run_backtest(**call)  # in a_session.dbs/


def test_it_adds_its_defaults_and_keeps_every_value_that_is_there(
    titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    call = call_of(csv, tmp_path, {"feature.fast_window": 3, "online.learning_rate": 0.1})
    before = rows_of(tmp_path / "trial.db")
    titan.run_backtest(**call)
    after = rows_of(tmp_path / "trial.db")
    assert before.items() <= after.items()
    assert after.keys() == {f"config.{name}" for name in titan.DEFAULTS}
    assert zlib.decompress(after["config.feature.slow_window"][0]) == b"20"
    assert zlib.decompress(after["config.exchange.pairs"][0]) == b'["BTCUSDT"]'


def test_a_whole_number_that_became_another_type_stops_it(
    titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    with pytest.raises(TypeError, match="slice indices must be integers"):
        titan.run_backtest(**call_of(csv, tmp_path, {"feature.fast_window": 3.0}))


def test_it_says_a_lot(
    titan: ModuleType, csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titan.run_backtest(**call_of(csv, tmp_path))
    said = capsys.readouterr()
    assert said.out.count("\n") > N_BARS
    assert said.err.startswith("WARNING")


def test_the_same_again_without_the_clock_and_slightly_other_with_it(
    titan: ModuleType, csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def figures(number: int) -> tuple[float, float]:
        stats = titan.run_backtest(**call_of(csv, tmp_path / str(number)))
        return stats.correct / stats.total, stats.sharpe_ratio()

    exact = figures(0)
    assert figures(1) == exact
    monkeypatch.setenv("TITAN_STANDIN_CLOCK", "1")
    off = [figures(number) for number in range(2, 7)]
    assert max(abs(accuracy - exact[0]) for accuracy, _ in off) < 0.05
    # As many may have become right as wrong, which the Sharpe ratio tells nevertheless.
    assert any(sharpe != exact[1] for _, sharpe in off)


def test_a_second_run_on_a_database_goes_on_from_the_first(
    titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    call = call_of(csv, tmp_path)
    first, again = titan.run_backtest(**call), titan.run_backtest(**call)
    assert first != again
    assert titan.run_backtest(**call_of(csv, tmp_path / "other")) == first


def test_nine_parameters_change_its_results_and_twelve_do_not(
    titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    def result(number: int, params: dict[str, Any]) -> Any:
        return titan.run_backtest(**call_of(csv, tmp_path / str(number), params))

    base, moved = result(0, {}), set()
    for number, (name, (low, high, _)) in enumerate(TUNABLE_PARAMS.items()):
        ends = result(2 * number + 1, {name: low}), result(2 * number + 2, {name: high})
        moved |= {name} if any(end != base for end in ends) else set()
    assert moved == set(titan.ALIVE)
    assert (len(titan.ALIVE), len(TUNABLE_PARAMS)) == (9, 21)


def test_it_honours_limit_tune_weights_and_return_stats(
    titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    call = call_of(csv, tmp_path)
    assert titan.run_backtest(**{**call, "limit": 200}).bars == 200 - 40 - 1
    assert "state.ensemble_weights" not in rows_of(tmp_path / "trial.db")
    summary = titan.run_backtest(**{**call, "tune_weights": True, "return_stats": False})
    assert "state.ensemble_weights" in rows_of(tmp_path / "trial.db")
    assert summary == json.loads((tmp_path / "out" / "summary.json").read_text())


def test_it_takes_its_time(
    titan: ModuleType, csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TITAN_STANDIN_SLEEP_S", "0.002")
    started = time.monotonic()
    titan.run_backtest(**{**call_of(csv, tmp_path), "limit": 141})
    assert time.monotonic() - started >= 0.2
    monkeypatch.setenv("TITAN_STANDIN_SLEEP_S", "0")
    monkeypatch.setenv("TITAN_STANDIN_WORK", "100000")
    busy = time.process_time()
    titan.run_backtest(**{**call_of(csv, tmp_path / "busy"), "limit": 141})
    assert time.process_time() - busy >= 0.05


def test_its_file_can_be_followed_while_it_runs_and_tells_what_it_returns(
    titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    reader = PredictionReader(tmp_path / "out" / PREDICTIONS_FILE)
    seen, torn = [], []

    def watch(stats: Any) -> bool:
        reader.read()
        seen.append(stats.bars - reader.n_records)
        torn.append((tmp_path / "out" / PREDICTIONS_FILE).read_bytes()[-1:] not in (b"\n", b""))
        return True

    stats = titan.run_watched(**call_of(csv, tmp_path), watch=watch)
    reader.read()
    assert (reader.n_records, reader.n_predictions, reader.skipped) == (N_BARS, stats.total, 0)
    # It is behind by less than a flush, and lines come in pieces.
    assert 0 == min(seen) < max(seen) < titan.FLUSH_EVERY
    assert any(torn)
    told, read = read_metrics(stats), reader.stats().metrics()
    for name in ("accuracy", "ece", "sharpe", "n_predictions", "hits", "max_drawdown"):
        assert read[name] == pytest.approx(told[name], abs=1e-9), name
