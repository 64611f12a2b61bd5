"""A backtest by its import path: what comes of running it, and what tells it from another."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import titan_mlopt
from support.standin_cases import STANDIN, call_of, csv, imports, write
from titan_mlopt.backtest.external import accepts, describe_backtest, load_backtest, read_metrics
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, PredictionReader
from titan_mlopt.backtest.runner import run_backtest
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.trial import Checkpoint

__all__ = ["csv", "imports"]  # fixtures: pytest finds them here by their names
pytestmark = pytest.mark.usefixtures("imports")

TITAN = "titan.core.backtest:run_backtest"


# --- what it returns and does --------------------------------------------------------------------


def test_titans_backtest_is_found_in_its_folder_and_runs(csv: Path, tmp_path: Path) -> None:
    stats = load_backtest(TITAN, str(STANDIN))(**call_of(csv, tmp_path))
    metrics = read_metrics(stats)
    assert metrics["accuracy"] == stats.correct / stats.total
    assert metrics["win_rate"] == metrics["accuracy"]
    assert metrics["ece"] == stats.ece() > 0
    assert metrics["sharpe"] == stats.sharpe_ratio()
    assert metrics["max_drawdown"] == stats.max_drawdown > 0
    assert (metrics["n_predictions"], metrics["bars"]) == (stats.total, stats.bars)
    assert (stats.total, stats.correct) == (metrics["n_predictions"], metrics["hits"])  # not reset


def test_a_backtest_that_ignores_return_stats_is_refused_by_what_it_returned(
    csv: Path, tmp_path: Path
) -> None:
    run = load_backtest("titan.core.variants:returns_none", str(STANDIN))
    with pytest.raises(BacktestError, match="got NoneType; return_stats=True must be honoured"):
        read_metrics(run(**call_of(csv, tmp_path)))


def test_a_summary_is_as_good_as_an_object(csv: Path, tmp_path: Path) -> None:
    run = load_backtest("titan.core.variants:returns_a_summary", str(STANDIN))
    metrics = read_metrics(run(**call_of(csv, tmp_path)))
    assert 0.0 < (metrics["accuracy"] or 0.0) < 1.0
    assert (metrics["sharpe"], metrics["n_predictions"]) == (None, None)


def test_what_a_backtest_raises_passes_and_its_file_holds_what_it_did(
    csv: Path, tmp_path: Path
) -> None:
    run = load_backtest("titan.core.variants:raises", str(STANDIN))
    with pytest.raises(RuntimeError, match="the exchange has no such symbol"):
        run(**call_of(csv, tmp_path))
    reader = PredictionReader(tmp_path / "out" / PREDICTIONS_FILE)
    reader.read()
    assert reader.n_predictions == 50


def test_a_process_that_dies_leaves_a_file_that_can_be_read(csv: Path, tmp_path: Path) -> None:
    call = {**call_of(csv, tmp_path), "limit": 400}
    code = "import json, sys; from titan.core.variants import dies; dies(**json.loads(sys.argv[1]))"
    env = {**os.environ, "PYTHONPATH": str(STANDIN)}
    ran = subprocess.run(
        [sys.executable, "-c", code, json.dumps(call)], env=env, check=False, capture_output=True
    )
    assert ran.returncode == 3
    reader = PredictionReader(tmp_path / "out" / PREDICTIONS_FILE)
    reader.read(ended=True)
    assert 42 <= reader.n_predictions <= 50
    assert reader.skipped <= 1


def test_a_backtest_that_asks_by_itself_stops_where_it_is_told(csv: Path, tmp_path: Path) -> None:
    run = load_backtest("titan.core.variants:with_on_checkpoint", str(STANDIN))
    points: list[Checkpoint] = []

    def on_checkpoint(point: dict[str, Any]) -> bool:
        points.append(Checkpoint(**point))
        return len(points) < 3

    stats = run(**call_of(csv, tmp_path), on_checkpoint=on_checkpoint, grid=(10, 50, 200, 300))
    assert [point.n_predictions for point in points] == [10, 50, 200]
    assert stats.total == 200
    reader = PredictionReader(tmp_path / "out" / PREDICTIONS_FILE)
    reader.read()
    for point in points:
        told = reader.stats(point.n_predictions).checkpoint()
        assert (told.n_bars, told.accuracy) == (point.n_bars, point.accuracy)
        assert (told.ece, told.sharpe) == pytest.approx((point.ece, point.sharpe))


def test_an_optional_keyword_is_accepted_when_it_is_named() -> None:
    asks = load_backtest("titan.core.variants:with_on_checkpoint", str(STANDIN))
    plain = load_backtest(TITAN)
    names = ("on_checkpoint", "grid", "seed")
    assert [accepts(asks, name) for name in names] == [True, True, False]
    assert [accepts(plain, name) for name in names] == [False] * 3
    assert all(accepts(run_backtest, name) for name in names)
    assert not accepts(load_backtest("titan.core.variants:raises"), "on_checkpoint")  # **call
    assert not accepts(lambda seed, /: None, "seed")
    assert not accepts(lambda *seed: None, "seed")
    assert not accepts(dict.update, "seed")


# --- what tells two apart ------------------------------------------------------------------------


def test_a_backtest_is_known_by_path_version_and_the_digest_of_its_source() -> None:
    source = STANDIN / "titan" / "core" / "backtest.py"
    assert describe_backtest(load_backtest(TITAN, str(STANDIN))) == {
        "path": TITAN,
        "version": "0.9.1",
        "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
    }


def test_a_changed_program_is_another_backtest(tmp_path: Path) -> None:
    def described(text: str) -> dict[str, str]:
        sys.modules.pop("odd", None)
        return describe_backtest(load_backtest("odd:run", write(tmp_path, text)))

    first = described("def run(**call): return 1")
    assert first["version"] == ""
    assert first["sha256"] != described("def run(**call): return 12")["sha256"]
    assert first == described("def run(**call): return 1")


def test_the_version_of_an_installed_distribution_goes_first(monkeypatch: Any) -> None:
    import hypothesis

    version = hypothesis.__version__
    monkeypatch.setattr(hypothesis, "__version__", "0")
    assert describe_backtest(hypothesis.given)["version"] == version


def test_the_path_that_was_asked_for_is_kept() -> None:
    run = load_backtest("titan.core.variants:run_watched", str(STANDIN))
    asked = describe_backtest(run, "titan.core.variants:run_watched")
    assert asked["path"] == "titan.core.variants:run_watched"
    assert describe_backtest(run) == {**asked, "path": "titan.core.backtest:run_watched"}


def test_wrapped_and_partial_functions_are_described_by_what_is_in_them() -> None:
    @functools.wraps(run_backtest)
    def wrapped(**call: Any) -> Any:
        return run_backtest(**call)

    described = describe_backtest(run_backtest)
    assert described["path"] == "titan_mlopt.backtest.runner:run_backtest"
    assert describe_backtest(functools.partial(wrapped, seed=1)) == described


def test_what_has_no_source_is_described_all_the_same() -> None:
    assert describe_backtest(dict.update) == {"path": ":dict.update", "version": "", "sha256": ""}


def test_it_imports_nothing_heavy() -> None:
    root = Path(titan_mlopt.__file__).parents[1]
    code = (
        f"import sys; sys.path.insert(0, {str(root)!r})\n"
        "import titan_mlopt.backtest.external, titan_mlopt.backtest.predictions\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True)
    modules = set(ran.stdout.decode().split())
    heavy = {
        "optuna",
        "mlflow",
        "pandas",
        "numba",
        "lightgbm",
        "scipy",
        "sqlite3",
        "importlib.metadata",
    }
    assert "titan_mlopt.backtest.results" in modules
    assert modules.isdisjoint(heavy)
