"""The metrics of what any backtest returned, whatever it calls them."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Mapping
from decimal import Decimal

from titan_mlopt.errors import BacktestError, shown, told
from titan_mlopt.records import Metrics

_ABSENT = object()
_ECE, _SHARPE = ("expected_calibration_error", "ece"), ("sharpe_ratio", "sharpe")
_TOTAL, _CORRECT = ("total", "n_predictions"), ("correct", "hits")
_CORE = {"accuracy", *_ECE, *_SHARPE, *_TOTAL, *_CORRECT}
#: Names of further numbers and ours for them (docs/metrics.md); methods of other names are not run.
_OURS = {
    "brier_score": "brier",
    "logloss": "log_loss",
    "maximum_calibration_error": "mce",
    "max_calibration_error": "mce",
    "sharpe_standard_error": "sharpe_se",
    "sortino_ratio": "sortino",
    "maximum_drawdown": "max_drawdown",
}
_METHODS = {
    *_OURS,
    *_OURS.values(),
    *("win_rate", "loss_rate", "hit_rate", "total_return", "annualized_return", "annual_return"),
    *("calmar_ratio", "profit_factor", "payoff_ratio", "expectancy", "volatility", "turnover"),
    *("coverage", "precision", "recall", "f1_score", "balanced_accuracy", "auc", "roc_auc"),
    *("average_confidence", "avg_confidence", "mean_confidence", "information_ratio"),
}
_NAME = re.compile(r"[A-Za-z][\w.\- /]{0,99}", re.ASCII)
#: More further numbers than this are no metrics.
_MOST_NUMBERS = 200


def read_metrics(stats: object) -> Metrics:
    """Return the metrics of what a backtest returned, by our names; an object or a mapping.

    accuracy: in [0, 1], of ``accuracy()`` or else ``correct`` / ``total``; 0 when ``total`` is 0.
    ece: in [0, 1], and sharpe: of ``expected_calibration_error()`` or ``ece()`` and
    ``sharpe_ratio()``, or plain numbers of these names. n_predictions, hits: of ``total`` and
    ``correct``. All but accuracy are None where they are missing or not finite. Further numbers
    (attributes, properties, well-known methods such as ``win_rate()``) go by their own names, None
    when they raise or are not finite. No other method is called.
    Raises ``BacktestError`` when there is no accuracy, accuracy, ece or sharpe is no number, or
    more is correct than was predicted.
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
    """Return a value, that of the method when it is one, or ``_ABSENT``; what it raises passes."""
    if isinstance(stats, Mapping):
        return stats.get(name, _ABSENT)
    value = getattr(stats, name, _ABSENT)
    return value() if callable(value) else value


def _count(stats: object, names: tuple[str, ...]) -> float | None:
    """Return a number from 0 on; None for anything else."""
    for name in names:
        try:
            number = _float(_value(stats, name))
        except Exception:  # noqa: BLE001 - their code; without a count the rest may do
            number = None
        if number is not None and math.isfinite(number) and number >= 0:
            return number
    return None


def _accuracy(stats: object, correct: float | None, total: float | None) -> float:
    if total == 0:
        return 0.0
    share = correct / total if correct is not None and total else None
    try:
        value = _value(stats, "accuracy")
    except Exception as error:
        if share is None:
            raise _no_number("accuracy", told(error)) from error
        value = share
    if value is _ABSENT or value is None:
        value = share
    if value is None:
        raise BacktestError(
            "backtest: must return an object with accuracy() or correct and total, got "
            f"{type(stats).__name__}; return_stats=True must be honoured"
        )
    number = _float(value)
    if number is None:
        raise _no_number("accuracy", shown(value))
    _check_share("accuracy", number)
    return number


def _core(stats: object, names: tuple[str, ...], *, empty: bool) -> float | None:
    """Return the first of ``names`` that is there; None without one, or when it is not finite.

    empty: no prediction was made, so what raises has no value.
    """
    for name in names:
        try:
            value = _value(stats, name)
        except Exception as error:
            if empty:
                return None
            raise _no_number(name, told(error)) from error
        if value is _ABSENT or value is None:
            continue
        number = _float(value)
        if number is None:
            raise _no_number(name, shown(value))
        return number if math.isfinite(number) else None
    return None


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
    found: Metrics = {}
    names = stats.keys() if isinstance(stats, Mapping) else dir(stats)
    for name in sorted(n for n in names if isinstance(n, str) and _NAME.fullmatch(n)):
        ours = _OURS.get(name, name)
        if name in _CORE or ours in found or len(found) == _MOST_NUMBERS:
            continue
        try:
            value = _public_value(stats, name)
            number = _float(value)
        except Exception:  # noqa: BLE001 - their code; one number less
            found[ours] = None
            continue
        if number is not None:
            found[ours] = number if math.isfinite(number) else None
    return found


def _public_value(stats: object, name: str) -> object:
    if isinstance(stats, Mapping):
        return stats[name]
    value = getattr(stats, name)
    if callable(value):
        return value() if name in _METHODS else _ABSENT
    return value


def _float(value: object) -> float | None:
    """Return a number of Python's or numpy's as float, inf when none holds it; else None."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real | Decimal):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
