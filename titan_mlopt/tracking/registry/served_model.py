"""The script that MLflow executes to serve a version; each version's folder has a copy of it.

It may import only ``serving``, ``core.errors`` and what they need: the folder has no other code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from titan_mlopt.core.errors import TitanMloptError
from titan_mlopt.tracking.registry.serving import ServedConfig, load_served


class ServedModel(PythonModel):
    """Answers candles with decisions; raises MLflow's errors, which its server passes on."""

    _served: ServedConfig

    def load_context(self, context: PythonModelContext) -> None:
        """Read the config beside this file; MLflow passes ``context`` by that name."""
        try:
            self._served = load_served(Path(__file__).parent)
        except TitanMloptError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from None

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return one row a candle: p_up, confidence, direction, traded."""
        try:
            return self._served.predict(model_input)
        except TitanMloptError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from None


set_model(ServedModel())
