"""In the place of Titan's ``titan.core.tuner``: its names, its arguments by position, its files."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import titan_mlopt
from support.paths import ROOT
from support.standin_cases import STANDIN, imports
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.production.release import TITANS_BACKTEST

__all__ = ["imports"]  # a fixture: pytest finds it here by its name

PAGE = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## In the place of Titan's own tuner\n")[2].partition("\n## ")[0]
MODULE, *EXAMPLES = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
CREATE = ("db_path", "n_trials", "objective", "pruner")
CONFIG = {
    "n_trials": 100,
    "timeout_per_trial": 300,
    "study_name": "titan_optimization",
    "pruner_type": "median",
    "n_jobs": 1,
    "objective_type": "accuracy",
    "ece_constraint": 0.05,
    "min_predictions": 100,
    "accuracy_weight": 0.7,
    "sharpe_weight": 0.3,
}
RESULT = (
    *("trial_number", "params", "accuracy", "ece", "sharpe"),
    *("objective_value", "duration_seconds", "state"),
)
#: The arguments that clients pass by position.
METHODS = {
    "__init__": ["db_path", "config"],
    "optimize": ["candles_path", "timeout_total"],
    "get_best_params": [],
    "get_importance": [],
    "export_config": ["path"],
    "visualize": ["output_dir"],
    "get_summary": [],
    "save_results": ["path"],
    "close": [],
}
PLOTS = (
    *("optimization_history.html", "param_importances.html", "parallel_coordinate.html"),
    *("contour.html", "slice.html"),
)


def titan_in(folder: Path) -> Path:
    """Copy the stand-in with the tuner of the page in its place, and return where it lies."""
    place = Path(shutil.copytree(STANDIN, folder / "titans"))
    (place / "titan" / "core" / "tuner.py").write_text(MODULE)
    return place


@pytest.fixture
def titans(imports: None, tmp_path: Path) -> ModuleType:
    """The module ``titan.core.tuner`` of a Titan whose own was replaced."""
    sys.path.insert(0, str(titan_in(tmp_path)))
    return importlib.import_module("titan.core.tuner")


@pytest.fixture(params=["titan.core.tuner", "titan_mlopt"])
def module(request: pytest.FixtureRequest) -> ModuleType:
    """The names under either import path."""
    if request.param == "titan_mlopt":
        return titan_mlopt
    replaced: ModuleType = request.getfixturevalue("titans")
    return replaced


def test_the_module_is_short_and_has_all_that_titans_own_clients_import(
    titans: ModuleType,
) -> None:
    code = [line for line in MODULE.splitlines() if line.startswith(("from", "import"))]
    assert len(MODULE.split('"""')[2].strip().splitlines()) == len(code) <= 3
    names = ("AutoTuner", "TunerConfig", "OptimizationResult", "create_tuner", "TUNABLE_PARAMS")
    assert all(hasattr(titans, name) for name in names)
    assert titans.HAS_OPTUNA is True
    assert titans.TUNABLE_PARAMS == TUNABLE_PARAMS


def test_create_tuner_takes_titans_arguments_by_position_and_by_name(
    module: ModuleType, tmp_path: Path
) -> None:
    parameters = inspect.signature(module.create_tuner).parameters
    assert tuple(parameters)[:4] == CREATE
    assert [parameters[name].default for name in CREATE[1:]] == [100, "accuracy", "median"]
    given = (str(tmp_path / "titan.db"), 5, "sharpe", "hyperband")
    for arguments, named in ((given, {}), ((), dict(zip(CREATE, given, strict=True)))):
        tuner = module.create_tuner(*arguments, **named)
        assert isinstance(tuner, module.AutoTuner)
        assert isinstance(tuner.config, module.TunerConfig)
        found = tuner.config
        assert (found.n_trials, found.objective_type, found.pruner_type) == given[1:]
        assert tuner.study.study_name == "titan_optimization"
        tuner.close()


@pytest.mark.parametrize("pruner", ["median", "hyperband", "none"])
def test_each_pruner_is_chosen_by_titans_name_of_it(
    module: ModuleType, tmp_path: Path, pruner: str
) -> None:
    with module.create_tuner(db_path=tmp_path / "titan.db", pruner=pruner) as tuner:
        assert tuner.config.pruner_type == pruner
        assert tuner.config.n_trials == 100


@pytest.mark.parametrize(("objective", "n"), [("accuracy", 1), ("sharpe", 1), ("multi", 2)])
def test_each_objective_has_its_directions(
    module: ModuleType, tmp_path: Path, objective: str, n: int
) -> None:
    with module.create_tuner(db_path=tmp_path / "titan.db", objective=objective) as tuner:
        assert tuner.config.objective_type == objective
        assert [direction.name for direction in tuner.study.directions] == ["MAXIMIZE"] * n


def test_create_tuner_still_takes_every_other_setting_by_name(
    module: ModuleType, tmp_path: Path
) -> None:
    db = tmp_path / "titan.db"
    settings = {"pruner_type": "none", "n_jobs": 2, "study_name": "other", "tracking": False}
    with module.create_tuner(db, 7, **settings) as tuner:
        found = {name: getattr(tuner.config, name) for name in settings}
        assert found == settings
    with module.create_tuner(db, pruner="none", pruner_type="none") as tuner:
        assert tuner.config.pruner_type == "none"
    with pytest.raises(ConfigError, match=r"^pruner: must be the same as pruner_type, got 'hyper"):
        module.create_tuner(db, pruner="hyperband", pruner_type="none")
    with pytest.raises(TypeError, match="n_trails"):
        module.create_tuner(db, n_trails=5)


def test_the_settings_and_the_results_have_titans_fields_in_its_order(module: ModuleType) -> None:
    fields = dataclasses.fields(module.TunerConfig)[: len(CONFIG)]
    assert {field.name: field.default for field in fields} == CONFIG
    changed = (50, 60, "named", "hyperband", 2, "sharpe", 0.03, 200, 0.6, 0.4)
    config = module.TunerConfig(*changed)
    assert tuple(getattr(config, name) for name in CONFIG) == changed
    assert tuple(field.name for field in dataclasses.fields(module.OptimizationResult)) == RESULT
    values = (3, {"a": 1}, 0.5, 0.01, 1.2, 0.5, 4.0, "COMPLETE")
    assert dataclasses.astuple(module.OptimizationResult(*values)) == values


def test_every_method_takes_titans_arguments_by_position(module: ModuleType) -> None:
    for name, wanted in METHODS.items():
        parameters = list(inspect.signature(getattr(module.AutoTuner, name)).parameters.values())
        of_client = parameters[1 : 1 + len(wanted)]
        assert [parameter.name for parameter in of_client] == wanted, name
        assert {parameter.kind for parameter in of_client} <= {
            inspect.Parameter.POSITIONAL_OR_KEYWORD
        }
        others = parameters[1 + len(wanted) :]
        assert all(other.default is not other.empty for other in others), name


def test_titans_backtest_is_tuned_in_its_place_and_the_embedded_one_elsewhere(
    titans: ModuleType, tmp_path: Path
) -> None:
    db = tmp_path / "titan.db"
    made = (titans.create_tuner(db), titans.AutoTuner(db), titans.AutoTuner(str(db), None))
    assert [tuner.config.backtest for tuner in made] == [TITANS_BACKTEST] * 3
    assert titans.TunerConfig(backtest="my:run").backtest == "my:run"
    embedded = titan_mlopt.create_tuner(db)
    assert embedded.config.backtest is None
    for tuner in (*made, embedded):
        tuner.close()


def test_an_empty_study_exports_defaults_sums_up_to_nothing_and_saves_no_trials(
    module: ModuleType, tmp_path: Path
) -> None:
    notices: list[str] = []
    tuner = module.AutoTuner(tmp_path / "titan.db", on_notice=notices.append)
    with tuner:
        assert tuner.results == []
        assert tuner.get_best_params() == {}
        summary = tuner.get_summary()
        tuner.export_config(str(tmp_path / "config.json"))
        tuner.save_results(str(tmp_path / "results.json"))
    counts = ("total", "completed", "pruned", "failed")
    assert [summary[f"{name}_trials"] for name in counts] == [0, 0, 0, 0]
    assert (summary["study_name"], summary["best_params"]) == ("titan_optimization", {})
    assert json.loads((tmp_path / "config.json").read_text())["feature.fast_window"] == 5
    assert notices == [
        f"{tmp_path / 'config.json'}: no trial has completed, so the defaults are written"
    ]
    saved = json.loads((tmp_path / "results.json").read_text())
    assert (saved["trials"], saved["importance"]) == ([], {})
    assert saved["summary"] == summary


@pytest.mark.slow
def test_a_study_of_titans_backtest_gives_titans_files_with_titans_names(
    store: str, titans: ModuleType, tmp_path: Path
) -> None:
    save_candles(sample_candles(400), tmp_path / "data.csv")
    db = str(tmp_path / "titan.db")
    with titans.create_tuner(db, 5, "accuracy", "none") as tuner:
        best = tuner.optimize("data.csv", 600)
        summary, importance, results = tuner.get_summary(), tuner.get_importance(), tuner.results
        tuner.export_config("config.json")
        tuner.save_results("results.json")
        tuner.visualize("plots/")
    assert set(best) == set(TUNABLE_PARAMS)
    # What the trial ran with; Titan adds its own defaults to it.
    assert json.loads((tmp_path / "config.json").read_text()) == best
    assert {path.name for path in (tmp_path / "plots").iterdir()} >= set(PLOTS)
    counts = {f"{name}_trials": n for name, n in (("total", 5), ("completed", 5), ("failed", 0))}
    assert summary.items() >= {**counts, "pruned_trials": 0, "best_params": best}.items()
    assert summary["best_value"] == max(result.objective_value for result in results)
    assert summary["avg_accuracy"] == pytest.approx(sum(r.accuracy for r in results) / 5)
    # As Titan's own command line prints them.
    for name in ("best_accuracy", "best_sharpe", "avg_ece", "avg_sharpe", "avg_duration"):
        assert re.fullmatch(r"-?\d+\.\d{4}", f"{summary[name]:.4f}")
    assert sum(importance.values()) == pytest.approx(1.0)
    assert list(importance.values()) == sorted(importance.values(), reverse=True)
    saved = json.loads((tmp_path / "results.json").read_text())
    assert saved["summary"] == summary
    assert saved["importance"] == importance
    assert [{name: trial[name] for name in RESULT} for trial in saved["trials"]] == [
        {**dataclasses.asdict(result)} for result in results
    ]
    assert [result.state for result in results] == ["COMPLETE"] * 5


@pytest.mark.slow
def test_two_objectives_give_one_flat_dict_of_importances_and_too_few_trials_none(
    titans: ModuleType, tmp_path: Path
) -> None:
    save_candles(sample_candles(400), tmp_path / "data.csv")
    notices: list[str] = []
    config = titans.TunerConfig(1, objective_type="multi", pruner_type="none", tracking=False)
    with titans.AutoTuner(tmp_path / "titan.db", config, on_notice=notices.append) as tuner:
        tuner.optimize(tmp_path / "data.csv")
        assert tuner.get_importance() == {}
        assert "needs 4 complete trials, has 1" in notices[-1]
        tuner.optimize(tmp_path / "data.csv", more=4)
        importance = tuner.get_importance()
        tuner.save_results(tmp_path / "results.json")
    assert set(importance) <= set(TUNABLE_PARAMS)
    assert sum(importance.values()) == pytest.approx(1.0)
    saved = json.loads((tmp_path / "results.json").read_text())["importance"]
    assert saved["accuracy"] == importance
    assert set(saved) == {"accuracy", "sharpe"}


@pytest.mark.docs
def test_the_specifications_examples_run_through_the_module_in_titans_place(
    store: str, tmp_path: Path
) -> None:
    basic, advanced, resume = (scaled(example) for example in EXAMPLES)
    place = titan_in(tmp_path)
    summary = run_example(f"{basic}\nprint(tuner.get_summary()['total_trials'])", place, tmp_path)
    assert summary == "5\n"
    assert set(json.loads((tmp_path / "config.json").read_text())) == set(TUNABLE_PARAMS)
    printed = run_example(
        f"{advanced}\nprint(summary['total_trials'], len(importance) <= 21, len(best))",
        *(place, tmp_path),
    )
    assert printed == "10 True 21\n"
    assert len(json.loads((tmp_path / "results.json").read_text())["trials"]) == 10
    assert {path.name for path in (tmp_path / "plots").iterdir()} >= set(PLOTS[:1])
    (tmp_path / "titan.db").unlink()
    first, later = resume.split("# Later")
    imported = "from titan.core.tuner import create_tuner\n"
    counted = f"{imported}{first}print(len(tuner1.results))\n# Later{later}"
    assert run_example(f"{counted}print(len(tuner2.results))", place, tmp_path) == "5\n10\n"


def scaled(example: str) -> str:
    """Return an example of the specification with a tenth of its trials."""
    return re.sub(r"n_trials=(\d+)0\b", r"n_trials=\1", example)


def run_example(code: str, place: Path, folder: Path) -> str:
    """Run a script in ``folder`` that finds Titan in ``place``, and return what it printed."""
    if not (folder / "data.csv").exists():
        save_candles(sample_candles(2000), folder / "data.csv")
    env: dict[str, Any] = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(place)])}
    env |= {"TITAN_STANDIN_SLEEP_S": "0", "TITAN_STANDIN_CLOCK": "0"}
    (folder / "example.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "example.py"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
