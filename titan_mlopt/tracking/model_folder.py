"""A version's folder: three JSON files that are the config, and an MLflow model that serves it.

The model is MLflow's "models from code": text that serving executes, and no pickle. It brings the
code of the predictor along, so that it can be served where titan_mlopt is not installed.
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
from titan_mlopt.backtest.identity import is_embedded
from titan_mlopt.bundle import Bundle, save_bundle
from titan_mlopt.candle_format import COLUMNS
from titan_mlopt.params import DEFAULTS
from titan_mlopt.serving import CONFIDENCE, DIRECTION, P_UP, TRADED, example_candles

#: All of titan_mlopt that a served version imports; what it imports is tested to be just that.
SERVED_CODE = (
    *("__init__.py", "backtest/__init__.py", "backtest/identity.py", "bundle.py"),
    *("candle_bytes.py", "candle_checks.py", "candle_files.py", "candle_format.py"),
    *("candle_parquet.py", "candles.py"),
    *("engine/__init__.py", "engine/classifier.py", "engine/compiled.py", "engine/ensemble.py"),
    *("engine/indicators.py", "engine/models.py", "engine/predictor.py"),
    "engine/windows.py",
    *(
        "errors.py",
        "judgements.py",
        "params.py",
        "records.py",
        "rows.py",
        "sample.py",
        "serving.py",
    ),
)
#: What has to be installed to serve it, in the versions that are here.
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
_SCRIPT = _PACKAGE / "tracking" / "served_model.py"


def save_model(bundle: Bundle, folder: Path, *, model_id: str | None, run_id: str | None) -> None:
    """Write the bundle and the model that serves it into ``folder``, which must be empty.

    model_id, run_id: of the MLflow model and of the run that it belongs to, None for neither.
    """
    config = bundle.config if is_embedded(bundle.manifest["backtest"]) else DEFAULTS
    with tempfile.TemporaryDirectory(prefix="titan_mlopt-model-") as scratch:
        code = Path(scratch) / _PACKAGE.name
        for name in SERVED_CODE:
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_PACKAGE / name, code / name)
        with _without_remarks():
            mlflow.pyfunc.save_model(
                folder,
                python_model=_SCRIPT,
                code_paths=[str(code)],
                mlflow_model=Model(model_id=model_id, run_id=run_id),
                pip_requirements=[f"{name}=={version(name)}" for name in SERVING_REQUIREMENTS],
                signature=SIGNATURE,
                input_example=example_candles(config),
            )
    _forget_machine(folder / _MLMODEL)
    save_bundle(bundle, folder)


@contextmanager
def _without_remarks() -> Iterator[None]:
    """Keep MLflow from announcing each step of saving; its warnings are shown."""
    logger = logging.getLogger("mlflow.pyfunc")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _forget_machine(mlmodel: Path) -> None:
    """Leave the script's name alone in MLmodel: MLflow writes its path on this machine."""
    model = Model.load(mlmodel)
    flavor = model.flavors[_FLAVOR]
    flavor[_CODE_PATH] = Path(flavor[_CODE_PATH]).name
    model.save(mlmodel)
