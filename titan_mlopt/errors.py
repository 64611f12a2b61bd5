"""Versions that were registered before 2.0, and programs that catch our errors, import this."""

from titan_mlopt.core.errors import (
    BacktestError,
    CandleError,
    ConfigError,
    StudyError,
    TitanMloptError,
    TrackingError,
    TrialError,
)

__all__ = [
    "BacktestError",
    "CandleError",
    "ConfigError",
    "StudyError",
    "TitanMloptError",
    "TrackingError",
    "TrialError",
]
