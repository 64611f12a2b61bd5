"""The folder of a version: the config as three JSON files, and an MLflow model that serves it.

The model is of MLflow's kind "models from code": a script, no pickle. The folder has the code of
the predictor too, so that it can be served where titan_mlopt is not installed.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, Schema

import titan_mlopt
from titan_mlopt.candles.formats import COLUMNS
from titan_mlopt.core.backtest_id import is_embedded
from titan_mlopt.core.bundle import Bundle, save_bundle
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.tracking.registry.served_table import (
    CONFIDENCE,
    DIRECTION,
    P_UP,
    TRADED,
    example_candles,
)

#: The modules of titan_mlopt that a served version imports; a test compares the two.
SERVED_CODE = (
    "__init__.py",
    *("backtest/__init__.py", "backtest/engine/__init__.py", "backtest/engine/classifier.py"),
    *("backtest/engine/compiled.py", "backtest/engine/ensemble.py"),
    *("backtest/engine/indicators.py", "backtest/engine/models.py"),
    *("backtest/engine/predictor.py", "backtest/engine/windows.py", "backtest/voting.py"),
    *("candles/__init__.py", "candles/candles.py", "candles/checks.py", "candles/formats.py"),
    *("candles/folders.py", "candles/frames.py", "candles/limits.py", "candles/numbers.py"),
    *("candles/sample.py", "candles/times.py"),
    *("core/__init__.py", "core/backtest_id.py", "core/bundle.py", "core/candle_options.py"),
    *("core/ensemble.py", "core/errors.py"),
    *("core/files.py", "core/findings.py", "core/json_text.py", "core/parameters.py"),
    *("core/plain.py", "core/study.py", "core/study_attributes.py", "core/trial.py"),
    "core/unchanged.py",
    *("tracking/__init__.py", "tracking/registry/__init__.py"),
    *("tracking/registry/served_table.py", "tracking/registry/serving.py"),
)
#: Packages needed to serve a version, pinned to the versions installed here.
SERVING_REQUIREMENTS = ("lightgbm", "mlflow", "numba", "numpy", "pandas")
SIGNATURE = ModelSignature(
    inputs=Schema(
        [ColSpec(DataType.long, COLUMNS[0]), *(ColSpec(DataType.double, c) for c in COLUMNS[1:])]
    ),
    outputs=Schema(
        [
            ColSpec(DataType.double, P_UP),
            ColSpec(DataType.double, CONFIDENCE),
            ColSpec(DataType.string, DIRECTION),
            ColSpec(DataType.boolean, TRADED),
        ]
    ),
)
_MLMODEL, _FLAVOR, _CODE_PATH = "MLmodel", "python_function", "model_code_path"
_PACKAGE = Path(titan_mlopt.__file__).parent
_SCRIPT = _PACKAGE / "tracking" / "registry" / "served_model.py"


def save_model(bundle: Bundle, folder: Path, *, model_id: str | None, run_id: str | None) -> None:
    """Write the bundle and the model that serves it into ``folder``.

    Args:
        bundle: The config with its params and manifest.
        folder: Must be empty or not exist.
        model_id: Of the MLflow model; None for none.
        run_id: Of the run that the model belongs to; None for none.
    """
    ensemble = bundle.ensemble
    configs = (bundle.config,) if ensemble is None else ensemble.configs
    if not is_embedded(bundle.manifest["backtest"]):
        configs = (DEFAULTS,)
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-model-") as scratch:
        code = Path(scratch) / _PACKAGE.name
        for name in SERVED_CODE:
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_PACKAGE / name, code / name)
        with _quiet_saving():
            mlflow.pyfunc.save_model(
                folder,
                python_model=_SCRIPT,
                code_paths=[str(code)],
                mlflow_model=Model(model_id=model_id, run_id=run_id),
                pip_requirements=[f"{name}=={version(name)}" for name in SERVING_REQUIREMENTS],
                signature=SIGNATURE,
                input_example=example_candles(*configs),
            )
    _forget_machine(folder / _MLMODEL)
    save_bundle(bundle, folder)


@contextmanager
def _quiet_saving() -> Iterator[None]:
    """Silence MLflow's log of each step of saving, but not its warnings."""
    logger = logging.getLogger("mlflow.pyfunc")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _forget_machine(mlmodel: Path) -> None:
    """Shorten the script's path in MLmodel, which is one of this machine, to its name."""
    model = Model.load(mlmodel)
    flavor = model.flavors[_FLAVOR]
    flavor[_CODE_PATH] = Path(flavor[_CODE_PATH]).name
    model.save(mlmodel)
