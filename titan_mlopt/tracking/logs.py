"""What MLflow and Alembic announce on stderr, kept back where progress and summary show it."""

from __future__ import annotations

import logging
import os

#: MLflow's variable for the level of its loggers, which its import sets; processes inherit it.
LEVEL = "MLFLOW_LOGGING_LEVEL"


def quieten() -> None:
    """Keep back what is less than a warning, and what is logged with a traceback and raised too."""
    os.environ.setdefault(LEVEL, "WARNING")
    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # A filter, because MLflow's import sets the levels of its loggers anew.
    logging.getLogger("mlflow.store.db.utils").addFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Keep back what MLflow logs with a traceback and raises as well: it is told in one line."""
    return record.exc_info is None
