"""Metrics of an external backtest's return value, under any of the usual names."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Mapping
from decimal import Decimal

from titan_mlopt.core.errors import BacktestError, describe_exception, short_repr
from titan_mlopt.core.trial import Metrics

_ABSENT = object()
_ECE, _SHARPE = ("expected_calibration_error", "ece"), ("sharpe_ratio", "sharpe")
_TOTAL, _CORRECT = ("total", "n_predictions"), ("correct", "hits")
_CORE = {"accuracy", *_ECE, *_SHARPE, *_TOTAL, *_CORRECT}
#: Other names of our metrics (docs/metrics.md).
_OURS = {
    "brier_score": "brier",
    "logloss": "log_loss",
    "maximum_calibration_error": "mce",
    "max_calibration_error": "mce",
    "sharpe_standard_error": "sharpe_se",
    "sortino_ratio": "sortino",
    "maximum_drawdown": "max_drawdown",
}
#: The methods that are called, besides those of the main metrics.
_METHODS = {
    *_OURS,
    *_OURS.values(),
    *("win_rate", "loss_rate", "hit_rate", "total_return", "annualized_return", "annual_return"),
    *("calmar_ratio", "profit_factor", "payoff_ratio", "expectancy", "volatility", "turnover"),
    *("coverage", "precision", "recall", "f1_score", "balanced_accuracy", "auc", "roc_auc"),
    *("average_confidence", "avg_confidence", "mean_confidence", "information_ratio"),
}
_NAME = re.compile(r"[A-Za-z][\w.\- /]{0,99}", re.ASCII)
#: Numbers beyond this many are ignored.
_MOST_NUMBERS = 200


def read_metrics(stats: object) -> Metrics:
    """Return the metrics of a backtest's return value, by our names.

    Args:
        stats: An object or a mapping. Each value may be a number or a method without arguments;
            only the methods named here and well-known ones such as ``win_rate()`` are called.

    Returns:
        ``accuracy`` in [0, 1]: from ``accuracy``, or else ``correct`` / ``total``; 0 when ``total``
        is 0. ``ece`` in [0, 1]: from ``expected_calibration_error`` or ``ece``. ``sharpe``: from
        ``sharpe_ratio`` or ``sharpe``; None if NaN, which is its value without a trade.
        ``n_predictions`` and ``hits``: from ``total`` and ``correct``. All but accuracy are None
        where missing, and without any prediction also where they raise or are not finite. Other
        numbers keep their own names and are None if they raise or are not finite.

    Raises:
        BacktestError: There is no accuracy, accuracy, ece or sharpe is no finite number, accuracy
            or ece is not in [0, 1], a count is negative or no number, or ``correct`` exceeds
            ``total``. The message shows the value.
    """
    total, correct = _count(stats, _TOTAL), _count(stats, _CORRECT)
    if total is not None and correct is not None and correct > total:
        raise BacktestError(
            f"backtest: correct of what it returns must be at most total, got {correct:g} of "
            f"{total:g}; count predictions alone"
        )
    accuracy = _accuracy(stats, correct, total)
    ece, sharpe = (_core(stats, names, empty=total == 0) for names in (_ECE, _SHARPE))
    if ece is not None:
        _check_share("ece", ece)
    core = {"accuracy": accuracy, "ece": ece, "sharpe": sharpe}
    return {**core, "n_predictions": total, "hits": correct, **_further(stats)}


def _value(stats: object, name: str) -> object:
    """Return a value or a method's result, ``_ABSENT`` without one; its exceptions propagate."""
    if isinstance(stats, Mapping):
        return stats.get(name, _ABSENT)
    value = getattr(stats, name, _ABSENT)
    return value() if callable(value) else value


def _count(stats: object, names: tuple[str, ...]) -> float | None:
    """Return the first of ``names`` that is a number >= 0; None when none exists.

    A method that raises counts as missing: other programs may use the name for something else.
    """
    refused: tuple[str, object] | None = None
    for name in names:
        try:
            value = _value(stats, name)
        except Exception:  # noqa: BLE001 - the backtest's code; accuracy may do without a count
            value = None
        if value is _ABSENT or value is None:
            continue
        number = _float(value)
        if number is not None and math.isfinite(number) and number >= 0:
            return number
        refused = refused or (name, value)
    if refused is not None:
        name, value = refused
        raise BacktestError(
            f"backtest: {name} of what it returns must be a number from 0 on, got "
            f"{short_repr(value)}; count predictions, or leave it out"
        )
    return None


def _accuracy(stats: object, correct: float | None, total: float | None) -> float:
    if total == 0:
        return 0.0
    share = correct / total if correct is not None and total else None
    try:
        value = _value(stats, "accuracy")
    except Exception as error:
        if share is None:
            raise _no_number("accuracy", describe_exception(error)) from error
        value = share
    if value is _ABSENT or value is None:
        value = share
    if value is None:
        raise BacktestError(
            "backtest: must return an object with accuracy() or correct and total, got "
            f"{type(stats).__name__}; return_stats=True must be honoured"
        )
    number = _finite("accuracy", value)
    _check_share("accuracy", number)
    return number


def _core(stats: object, names: tuple[str, ...], *, empty: bool) -> float | None:
    """Return the first of ``names`` that exists; None without one, or for an undefined ratio.

    empty: no prediction was made, so a value that raises or is not finite counts as undefined.
    """
    for name in names:
        try:
            value = _value(stats, name)
        except Exception as error:
            if empty:
                return None
            raise _no_number(name, describe_exception(error)) from error
        if value is _ABSENT or value is None:
            continue
        number = _float(value)
        undefined = number is not None and not math.isfinite(number)
        if undefined and (empty or (names is _SHARPE and number != number)):
            return None
        return _finite(name, value)
    return None


def _finite(name: str, value: object) -> float:
    """Return a main metric as a float; raise ``BacktestError`` unless it is a finite number."""
    number = _float(value)
    if number is None:
        raise _no_number(name, short_repr(value))
    if not math.isfinite(number):
        raise BacktestError(
            f"backtest: {name} of what it returns must be a finite number, got "
            f"{short_repr(value)}; return a finite one, or None where it has no value"
        )
    return number


def _no_number(name: str, got: str) -> BacktestError:
    return BacktestError(
        f"backtest: {name} of what it returns must be a number, got {got}; return a float"
    )


def _check_share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise BacktestError(
            f"backtest: {name} of what it returns must be from 0 to 1, got {value:g}; "
            "return a share, not percent"
        )


def _further(stats: object) -> Metrics:
    """Return every other number, sorted by name."""
    metrics: Metrics = {}
    names = stats.keys() if isinstance(stats, Mapping) else dir(stats)
    for name in sorted(n for n in names if isinstance(n, str) and _NAME.fullmatch(n)):
        ours = _OURS.get(name, name)
        if name in _CORE or ours in metrics or len(metrics) == _MOST_NUMBERS:
            continue
        try:
            value = _public_value(stats, name)
            number = _float(value)
        except Exception:  # noqa: BLE001 - the backtest's code; only this number is lost
            metrics[ours] = None
            continue
        if number is not None:
            metrics[ours] = number if math.isfinite(number) else None
    return metrics


def _public_value(stats: object, name: str) -> object:
    if isinstance(stats, Mapping):
        return stats[name]
    value = getattr(stats, name)
    if callable(value):
        return value() if name in _METHODS else _ABSENT
    return value


def _float(value: object) -> float | None:
    """Return any real number as a float, inf if it is too large; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real | Decimal):
        return None
    try:
        return float(value)
    except (OverflowError, ValueError):  # ValueError: a signalling NaN
        return math.inf
