"""Silencing of what MLflow and Alembic log to stderr, beside progress and summary."""

from __future__ import annotations

import logging
import os

#: Environment variable with the level of MLflow's loggers, which child processes inherit.
LEVEL = "MLFLOW_LOGGING_LEVEL"


def quieten() -> None:
    """Drop what is less than a warning, and errors that MLflow both logs and raises."""
    os.environ.setdefault(LEVEL, "WARNING")
    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # A filter, because MLflow's import resets the levels of its loggers.
    logging.getLogger("mlflow.store.db.utils").addFilter(_without_traceback)
    # What it lacks is in the error too.
    logging.getLogger("mlflow.utils.databricks_utils").addFilter(lambda _: False)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Drop errors that are logged with a traceback: they are raised too, and shown in one line."""
    return record.exc_info is None
