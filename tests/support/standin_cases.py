"""The stand-in for production Titan: importable for one test, quick, and without a clock."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from titan_mlopt.backtest.kv_table import save_config
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import ParamValue

STANDIN = Path(__file__).parent / "standin"
N_CANDLES = 800


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("candles") / "candles.csv"
    save_candles(sample_candles(N_CANDLES), path)
    return path


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget afterwards what the test imported of the stand-in, and where it looked for it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("TITAN_STANDIN_SLEEP_S", "0")
    monkeypatch.setenv("TITAN_STANDIN_CLOCK", "0")
    before = set(sys.modules)
    yield
    backtest = sys.modules.get("titan.core.backtest")
    for session in backtest.SESSIONS if backtest else ():
        session.close()
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("titan", "odd"):
            del sys.modules[name]


@pytest.fixture
def titan(imports: None) -> ModuleType:
    """The module ``titan.core.backtest``."""
    sys.path.insert(0, str(STANDIN))
    return importlib.import_module("titan.core.backtest")


def call_of(
    csv: Path, folder: Path, params: dict[str, ParamValue] | None = None
) -> dict[str, object]:
    """Return the arguments of a call, with a new database in ``folder`` that holds ``params``."""
    folder.mkdir(exist_ok=True)
    save_config(folder / "trial.db", params or {}, 1_700_000_000)
    return {
        "csv_path": str(csv),
        "db_path": str(folder / "trial.db"),
        "out_dir": str(folder / "out"),
        "limit": None,
        "tune_weights": False,
        "return_stats": True,
    }


def write(folder: Path, text: str, name: str = "odd.py") -> str:
    """Write a module and return the folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return str(folder)
