"""Studies and stores that several tests look at; each is made once a session."""

from __future__ import annotations

import compileall
import gc
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from hypothesis import HealthCheck, settings

from support.apply_cases import TITANS, bundle_of, make_titan_db, register
from support.paths import ROOT
from support.prepared import fresh_processes, prepared_processes
from support.store_cases import move_store
from support.studies import Tuned
from titan_mlopt import AutoTuner, TunerConfig

optuna.logging.set_verbosity(optuna.logging.WARNING)
# The same examples at each run, and no clock: a slow machine makes no test fail.
settings.register_profile(
    "same", derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("same")


def pytest_configure() -> None:
    """Compile our modules once, where each of the processes that tests start would do it anew.

    With PYTHONDONTWRITEBYTECODE none of them keeps what it compiles: a tenth of a second each.
    """
    compileall.compile_dir(ROOT / "titan_mlopt", quiet=2)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Put files with slow tests first: the quick ones fill the gaps that these leave at the end.

    pytest-randomly shuffles files too; only its order within a file is kept.
    """
    files = {path: k for k, path in enumerate(dict.fromkeys(item.path for item in items))}
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    yield
    items.sort(key=lambda item: (item.path not in slow, files[item.path]))


def pytest_collection_finish() -> None:
    """Spare each garbage collection a look at a million objects that stay to the end."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _no_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take away settings of MLflow's that the machine may have, and the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        experiment = ("MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID")
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", *experiment):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _prepared_processes() -> Iterator[None]:
    """Spare each study of the tests' own process the imports of its mirror and its zygote."""
    with prepared_processes():
        yield


@pytest.fixture
def own_processes() -> Iterator[None]:
    """Start mirrors and zygotes as the product does, for tests of these processes."""
    with fresh_processes():
        yield


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables of an MLflow store once: they take seconds."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def store(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URI of an empty MLflow store in the test's folder, which is the working one."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every user of the machine may enter and write to, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="titan-mlopt-tests-") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep copies of pulled versions in the test's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Return a database as Titan makes it."""
    make_titan_db(tmp_path / "titan.db")
    return tmp_path / "titan.db"


@pytest.fixture(scope="session")
def _champions_home(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Register a config of Titan's own backtest as champion; return the artifacts' place."""
    folder = tmp_path_factory.mktemp("champion")
    shutil.copy(empty_store, folder / "mlflow.db")
    return register(f"sqlite:///{folder / 'mlflow.db'}", folder, bundle_of(TITANS))


@pytest.fixture
def champion(_champions_home: Path, store: str, tmp_path: Path) -> Path:
    """Return the artifacts of a config of Titan's own backtest, the champion of the store."""
    home = next(path for path in _champions_home.parents if (path / "mlflow.db").exists())
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    move_store(tmp_path / "mlflow.db", home, tmp_path)
    return tmp_path / _champions_home.relative_to(home)


@pytest.fixture(scope="session")
def tuned(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    """Return the study; tests must not change it."""
    folder = tmp_path_factory.mktemp("tuned")
    shutil.copy(empty_store, folder / "mlflow.db")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    config = TunerConfig(n_trials=8, n_jobs=2, limit=1500, tracking_uri=uri, min_predictions=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with AutoTuner(folder / "titan.db", config) as tuner:
            tuner.optimize("sample")
            assert tuner.report is not None
            return Tuned(folder, folder / "titan.db", uri, config, tuner.report)
