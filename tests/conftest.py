"""Studies and stores that several tests look at; each is made once a session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
import pytest
from apply_cases import TITANS, bundle_of, make_titan_db, register

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.tuning import TuneReport

DATA = Path(__file__).parents[2] / "shared" / "data"
optuna.logging.set_verbosity(optuna.logging.WARNING)
for _module in ("candle_cases", "engine_cases", "pool_cases", "summary_cases"):
    pytest.register_assert_rewrite(_module)


@pytest.fixture(scope="session", autouse=True)
def _no_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take away settings of MLflow's that the machine may have, and the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def _empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables of an MLflow store once: they take seconds."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def store(_empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URI of an empty MLflow store in the test's folder, which is the working one."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(_empty_store, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep copies of pulled versions in the test's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Return a database as Titan makes it."""
    make_titan_db(tmp_path / "titan.db")
    return tmp_path / "titan.db"


@pytest.fixture
def champion(store: str, tmp_path: Path) -> Path:
    """Register a config of Titan's own backtest as champion; return its artifacts."""
    return register(store, tmp_path, bundle_of(TITANS))


@dataclass(frozen=True)
class Tuned:
    """A small finished study with its mirror: 8 trials on the first 1,500 sample candles."""

    folder: Path
    db: Path
    uri: str
    config: TunerConfig
    report: TuneReport


@pytest.fixture(scope="session")
def tuned(_empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    """Return the study; tests must not change it."""
    folder = tmp_path_factory.mktemp("tuned")
    shutil.copy(_empty_store, folder / "mlflow.db")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    config = TunerConfig(n_trials=8, n_jobs=2, limit=1500, tracking_uri=uri, min_predictions=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with AutoTuner(folder / "titan.db", config) as tuner:
            tuner.optimize("sample")
            assert tuner.report is not None
            return Tuned(folder, folder / "titan.db", uri, config, tuner.report)


QUICK: dict[str, Any] = {"limit": 700, "tracking": False, "min_predictions": 50}


def quick(path: Path, **settings: Any) -> AutoTuner:
    return AutoTuner(path / "titan.db", TunerConfig(**{**QUICK, **settings}))
