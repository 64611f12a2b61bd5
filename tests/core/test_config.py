"""What the settings of a tuning job promise."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import pytest

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.tuner_config import TunerConfig


def test_the_first_ten_settings_and_defaults_are_the_specifications() -> None:
    assert list(TunerConfig().as_dict().items())[:10] == [
        ("n_trials", 100),
        ("timeout_per_trial", 300),
        ("study_name", "titan_optimization"),
        ("pruner_type", "median"),
        ("n_jobs", 1),
        ("objective_type", "accuracy"),
        ("ece_constraint", 0.05),
        ("min_predictions", 100),
        ("accuracy_weight", 0.7),
        ("sharpe_weight", 0.3),
    ]


def test_the_pruners_defaults_are_the_specifications() -> None:
    found = TunerConfig()
    median = [found.n_startup_trials, found.n_warmup_steps, found.interval_steps]
    hyperband = [found.min_resource, found.max_resource, found.reduction_factor]
    assert (median, hyperband) == ([5, 10, 5], [10, 1000, 3])


BAD_SETTINGS: dict[str, list[Any]] = {
    "n_trials": [0, -1, 1.5, True, "10", None],
    "timeout_per_trial": [0, -1, math.nan, math.inf, True, "300", None, 10**400],
    "study_name": ["", "  ", None, 3, "a\nb", "x" * 201, "it's", 'a "b"', "a/b", "a\\b", "`ls`"],
    "pruner_type": ["Median", "", None, ["median"]],
    "n_jobs": [0, -2, 2.0, True, "2"],
    "objective_type": ["ece", "", None],
    "ece_constraint": [-0.01, 1.01, math.nan, "0.05", None],
    "min_predictions": [-1, 1.0, None],
    "accuracy_weight": [-0.1, math.inf, math.nan, None],
    "sharpe_weight": [-0.1, math.inf, math.nan, "1"],
    "cost_bps": [-0.1, 1000.1, math.nan, "1", None],
    "unchanged": ["flat", "", None, True],
    "sampler": ["TPE", "", None, ["tpe"]],
    "seed": [-1, 1.0, None],
    "symbol": ["", "/", "x" * 41, "a\nb", 7],
    "timezone": ["", "Berlin", "/etc/localtime", "../UTC", 1],
    "columns": ["", "open,close", "timestamp,open,high,low,close,volume,close", 6],
    "limit": [1, 0, 2.0, True, "all"],
    "holdout": [-0.1, 0.91, 1, math.nan, True, "0.2", "auto", None],
    "segments": [0, -1, 2.0, True, "auto", None],
    "n_startup_trials": [-1, 0.5],
    "n_warmup_steps": [-1, 0.5, "10"],
    "interval_steps": [0, -5, 1.0],
    "min_resource": [0, 1.5, 1001],
    "max_resource": [0, None],
    "reduction_factor": [1, 0, 3.0],
    "racing_confidence": [0.5, 1, 1.5, math.nan, "0.9", True, None],
    "deterministic": ["yes", 1, None],
    "fresh_import": ["yes", 1, None],
    "register_stopped": ["yes", 1, None],
    "retry": ["yes", 1, None],
    "backtest": ["titan", "a.b", ":f", "a:", "a:b:c", "a b:c", "os;x:y", 5, "../a:b"],
    "backtest_path": ["", "no/such/folder", 5],
    "repeat": [0, -1, 1.5, None],
    "space": [None, {}, "all"],
    "scratch": ["", "no/such/folder", 5],
    "memory_per_trial": [
        *(0, 10**6, -1, True, 2.5, "2", "2XB", "GB", "-2GB", "1e9", "², GB", ""),
        [],
    ],
    "backup": ["no", 1, None],
    "executor": ["Dask", "", None],
    "scheduler": ["", "tcp://host:8786", 5],  # with trials that run here
    "storage": ["", " ", 5, "mysql://u:p@h/d"],
    "tracking": ["no", 0, None],
    "tracking_uri": ["", " ", 5],
    "experiment": ["", 5, "a/b", ".", ".."],
    "register_as": ["", "a/b", "a:b", 5],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD_SETTINGS.items() for value in values]
)
def test_every_bad_setting_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: must be .*got "):
        TunerConfig(**{name: value})


def test_every_setting_has_bad_values_above() -> None:
    assert set(BAD_SETTINGS) == {field.name for field in fields(TunerConfig)}


@pytest.mark.parametrize(
    "good",
    [
        {"n_trials": 1, "n_jobs": 64, "timeout_per_trial": 0.5},
        {"ece_constraint": 0, "min_predictions": 0, "seed": 0},
        {"ece_constraint": 1, "accuracy_weight": 0, "sharpe_weight": 1},
        {"limit": None, "n_warmup_steps": None, "experiment": None, "register_as": None},
        {"limit": 2, "n_startup_trials": 0, "n_warmup_steps": 0},
        {"min_resource": 1000, "study_name": "BTC 1m – März", "tracking_uri": "sqlite:///m.db"},
        {"pruner_type": "hyperband", "objective_type": "multi"},
        {"pruner_type": "none", "objective_type": "sharpe", "tracking": False},
    ],
)
def test_the_ends_of_the_ranges_are_settings_too(good: dict[str, Any]) -> None:
    found = TunerConfig(**good).as_dict()
    assert {name: found[name] for name in good} == good


def test_two_weights_of_zero_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^accuracy_weight, sharpe_weight: must not both be 0"):
        TunerConfig(accuracy_weight=0, sharpe_weight=0)


def test_the_pruner_is_known_by_its_own_figures_alone() -> None:
    assert TunerConfig(min_resource=20).pruning() == TunerConfig().pruning()
    assert TunerConfig(interval_steps=6).pruning() != TunerConfig().pruning()
    assert TunerConfig(pruner_type="none").pruning() == {"pruner_type": "none"}


def test_weights_matter_to_two_objectives_alone() -> None:
    assert TunerConfig(sharpe_weight=0.5).scoring() == TunerConfig().scoring()
    assert TunerConfig(sharpe_weight=0.5, objective_type="multi").scoring()["sharpe_weight"] == 0.5


def test_the_embedded_backtest_takes_no_parameters_of_another() -> None:
    space = Space({"own.x": (1, 2, "int")})
    with pytest.raises(ConfigError, match=r"must hold parameters of the embedded .*'own\.x'"):
        TunerConfig(space=space)
    assert TunerConfig(space=space, backtest="a.b:c").space == space


def test_settings_do_not_change() -> None:
    with pytest.raises(AttributeError, match="cannot assign to field 'n_trials'"):
        TunerConfig().n_trials = 5  # type: ignore[misc]
