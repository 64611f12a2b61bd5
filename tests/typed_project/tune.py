"""What users write with the public names; a type checker must know each result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_type

import titan_mlopt
from titan_mlopt import (
    TUNABLE_PARAMS,
    AutoTuner,
    BacktestCheck,
    OptimizationResult,
    StoredStudy,
    TitanMloptError,
    TunerConfig,
    check_backtest,
    create_tuner,
    load_candles,
    open_study,
)
from titan_mlopt.core.search_space import Space, load_space

Value = int | float | bool | str


def tune(folder: Path) -> dict[str, Value]:
    """Tune, look, export."""
    config = TunerConfig(n_trials=10, objective_type="multi", holdout=0.2, space=Space())
    assert_type(config.n_trials, int)
    assert_type(config.backtest, str | None)
    with AutoTuner(folder / "titan.db", config) as tuner:
        best = tuner.optimize(folder / "data.csv", timeout_total=60.0)
        assert_type(best, dict[str, Value])
        assert_type(tuner.results, list[OptimizationResult])
        assert_type(tuner.get_best_params(), dict[str, Value])
        assert_type(tuner.get_summary(), dict[str, Any])
        assert_type(tuner.visualize(folder / "plots", "png"), list[Path])
        tuner.get_importance("shapley")
        tuner.get_importance("magic")  # type: ignore[arg-type]
        tuner.export_config(folder / "config.json")
        if tuner.report is not None and tuner.report.registered is not None:
            assert_type(tuner.report.registered.version, str)
    assert_type(create_tuner("titan.db", 20, pruner="racing", seed=1), AutoTuner)
    return best


def judge(db: str) -> str:
    """Read a finished study and its verdict."""
    study = open_study(db, "nightly")
    assert_type(study, StoredStudy)
    assert_type(study.best, OptimizationResult | None)
    verdict = study.verdict()
    assert_type(verdict.text, str)
    ensemble = study.ensemble(5, register_as="titan-config")
    assert_type(ensemble.version, str | None)
    best = study.best
    return verdict.text if best is None else f"{best.accuracy:.3f} {best.state}"


def check(file: str) -> bool:
    """Hold a backtest against the contract."""
    candles = load_candles(file, limit=1000)
    assert_type(len(candles), int)
    try:
        result = check_backtest(
            "my_backtest:run_backtest", candles, space=load_space("space.toml"), backtest_path="."
        )
    except TitanMloptError as error:
        assert_type(str(error), str)
        return False
    assert_type(result, BacktestCheck)
    assert_type(result.candles, Mapping[str, str | int])
    assert_type(result.points[0].text, str)
    assert_type(result.seconds_per_trial, float | None)
    return result.holds


assert_type(titan_mlopt.__version__, str)
names = [f"{name} {low} {high} {kind}" for name, (low, high, kind) in TUNABLE_PARAMS.items()]
