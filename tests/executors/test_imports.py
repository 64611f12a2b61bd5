"""What is imported where: nothing heavy by the package, nothing of the coordinator's by a trial."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

import titan_mlopt
from support.paths import ROOT
from support.pool_cases import PATIENCE_S
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import merge_config
from titan_mlopt.core.trial import COMPLETE, TrialJob
from titan_mlopt.executors.base import Ended, Reached
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.pool import WorkerPool

LAZY = ("optuna", "mlflow", "plotly", "pandas", "numba")
#: What no trial may pay for; lightgbm's library is loaded without its package.
FOREIGN = (
    *("optuna", "mlflow", "plotly", "pandas", "sklearn", "pyarrow", "lightgbm", "rich", "click"),
    *("matplotlib", "sqlalchemy", "psutil", "scipy.linalg", "scipy.stats", "titan_mlopt.tuner"),
)
TRIAL_IMPORTS = (
    "import tempfile, pathlib, titan_mlopt.executors.local.zygote\n"
    "from titan_mlopt.executors.local.worker import warm_up\n"
    "folder = pathlib.Path(tempfile.mkdtemp())\n"
)


def modules_after(code: str) -> set[str]:
    """Return the modules of a fresh interpreter that ran ``code``."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}\nprint(*sys.modules)"
    command = [sys.executable, "-P", "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    modules = modules_after("import titan_mlopt; titan_mlopt.TUNABLE_PARAMS")
    assert "titan_mlopt.core.parameters" in modules
    assert modules.isdisjoint(LAZY)


def test_what_a_trial_needs_imports_nothing_of_the_coordinators() -> None:
    code = f"{TRIAL_IMPORTS}from titan_mlopt.executors.local.zygote import _blas_unseen\n"
    modules = modules_after(f"{code}with _blas_unseen(): warm_up(folder)")
    assert modules >= {"numba", "titan_mlopt.backtest.engine.classifier"}
    assert modules.isdisjoint(FOREIGN)


def test_code_with_linear_algebra_still_compiles_after_the_screen_is_gone() -> None:
    modules = modules_after(
        f"{TRIAL_IMPORTS}from titan_mlopt.executors.local.zygote import _blas_unseen\n"
        "with _blas_unseen(): warm_up(folder)\n"
        "assert 'scipy.linalg.cython_blas' not in sys.modules\n"
        "import numba, numpy as np\n"
        "square = numba.njit(lambda a: np.dot(a, a))\n"
        "assert square(np.eye(2)).tolist() == [[1, 0], [0, 1]]"
    )
    assert "scipy.linalg.cython_blas" in modules


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.usefixtures("own_processes")
def test_a_real_trial_imports_and_maps_nothing_of_the_coordinators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # The interpreter itself writes down each import: the zygote's to our stderr, the trial's own
    # to its log.
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    scratch = workspace.new_scratch(tmp_path)
    candles, log = scratch / "candles.npy", scratch / "trial-0" / workspace.LOG_FILE
    save_candles(sample_candles(), candles)
    job = TrialJob(0, merge_config({}), str(candles), "", (2000,))
    with WorkerPool(1, scratch) as pool:
        pool.submit(job, 600)
        (event,) = pool.wait(PATIENCE_S)
        assert isinstance(event, Reached)
        maps, lines = (worker_of(log) / "maps").read_text(), log.read_text()
        pool.answer(0, go_on=True)
        while not (events := pool.wait(60)):
            pass
        assert isinstance(events[0], Ended)
        assert events[0].outcome.state == COMPLETE
    lines += capfd.readouterr().err
    imported = {line.rpartition("|")[2].strip() for line in lines.splitlines()}
    assert imported >= {
        "numba",
        "titan_mlopt.backtest.engine.classifier",
        "titan_mlopt.executors.local.worker",
    }
    assert imported.isdisjoint(FOREIGN)
    mapped = {line.partition("/site-packages/")[2].partition("/")[0] for line in maps.splitlines()}
    assert mapped >= {"numpy", "llvmlite", "lightgbm"}
    assert "lightgbm/lib/lib_lightgbm" in maps
    assert mapped.isdisjoint({*FOREIGN} - {"lightgbm"})


def worker_of(log: Path) -> Path:
    """Return the /proc folder of the process that writes this log."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "fd" / "1").readlink() == log:
                return process
    raise AssertionError(log)


def test_the_public_names_can_be_imported() -> None:
    from titan_mlopt import (
        HAS_OPTUNA,
        TUNABLE_PARAMS,
        AutoTuner,
        OptimizationResult,
        TunerConfig,
        create_tuner,
        run_backtest,
    )

    assert HAS_OPTUNA is True
    assert len(TUNABLE_PARAMS) == 21
    assert callable(create_tuner)
    assert callable(run_backtest)
    assert AutoTuner.__module__ == "titan_mlopt.tuner"
    assert dataclasses.is_dataclass(TunerConfig)
    assert dataclasses.is_dataclass(OptimizationResult)


def test_dir_lists_every_public_name_and_each_can_be_had() -> None:
    assert {"AutoTuner", "TunerConfig", "run_backtest", "__version__"} <= set(dir(titan_mlopt))
    assert set(titan_mlopt.__all__) <= set(dir(titan_mlopt))
    for name in titan_mlopt.__all__:
        assert getattr(titan_mlopt, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'titan_mlopt' has no attribute 'AutoTunner'"):
        _ = titan_mlopt.AutoTunner  # type: ignore[attr-defined]
    with pytest.raises(ImportError, match="cannot import name 'AutoTunner'"):
        from titan_mlopt import AutoTunner  # type: ignore[attr-defined]  # noqa: F401


def test_settings_and_records_need_neither_numpy_nor_a_store() -> None:
    modules = modules_after("from titan_mlopt import TunerConfig, OptimizationResult")
    assert modules.isdisjoint((*LAZY, "numpy", "sqlite3"))
