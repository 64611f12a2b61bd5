"""What a backtest returns: every way to its metrics, and what is refused."""

from __future__ import annotations

import dataclasses
import math
from collections import UserDict
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from titan_mlopt.backtest.results import read_metrics
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.errors import BacktestError


def returned(**values: Any) -> SimpleNamespace:
    """An object whose callables are methods without arguments."""
    return SimpleNamespace(**values)


def method(value: Any) -> Any:
    return lambda: value


def fails() -> float:
    raise ZeroDivisionError("float division by zero")


GOOD = {"accuracy": 0.5, "ece": 0.25, "sharpe": 1.5, "total": 4, "correct": 2}


@pytest.mark.parametrize(
    "stats",
    [
        returned(
            accuracy=method(0.5),
            expected_calibration_error=method(0.25),
            sharpe_ratio=method(1.5),
            total=4,
            correct=2,
        ),
        returned(correct=2, total=4, ece=method(0.25), sharpe=1.5),
        returned(correct=method(2), total=method(4), ece=0.25, sharpe_ratio=1.5),
        returned(accuracy=0.5, n_predictions=4, hits=2, ece=0.25, sharpe=method(1.5)),
        returned(accuracy=None, total=4, correct=2, ece=0.25, sharpe=1.5),
        returned(accuracy=fails, total=4, correct=2, ece=0.25, sharpe=1.5),
        # Titan's own names go first.
        returned(
            accuracy=0.5,
            ece=0.9,
            expected_calibration_error=0.25,
            sharpe=9,
            sharpe_ratio=1.5,
            total=4,
            correct=2,
        ),
        GOOD,
        UserDict(GOOD),
        {
            "accuracy": np.float32(0.5),
            "ece": np.float64(0.25),
            "sharpe": Decimal("1.5"),
            "total": np.int64(4),
            "correct": Fraction(2),
        },
    ],
)
def test_the_metrics_are_found_wherever_they_are(stats: object) -> None:
    metrics = read_metrics(stats)
    assert metrics == {"accuracy": 0.5, "ece": 0.25, "sharpe": 1.5, "n_predictions": 4, "hits": 2}
    assert {type(value) for value in metrics.values()} == {float}


def test_what_is_missing_is_none() -> None:
    missing = {"ece": None, "sharpe": None, "n_predictions": None, "hits": None}
    assert read_metrics(returned(accuracy=0.5)) == {"accuracy": 0.5, **missing}
    nothing = returned(accuracy=0.5, ece=None, sharpe=method(None), total=None, correct=fails)
    assert read_metrics(nothing) == {"accuracy": 0.5, **missing}


def test_more_hits_than_predictions_are_one_clear_error() -> None:
    with pytest.raises(BacktestError, match=r"correct .* must be at most total, got 5 of 4"):
        read_metrics(returned(accuracy=0.5, correct=5, total=4))


@pytest.mark.parametrize("name", ["sharpe", "sharpe_ratio"])
@pytest.mark.parametrize("undefined", [math.nan, np.float32("nan"), Decimal("nan")])
def test_a_sharpe_ratio_that_is_undefined_is_none(name: str, undefined: float) -> None:
    """0 / 0, which is what a backtest without a trade computes."""
    metrics = read_metrics(returned(accuracy=0.5, **{name: method(undefined)}))
    assert metrics["sharpe"] is None


@pytest.mark.parametrize(
    ("name", "value", "got"),
    [
        ("accuracy", math.nan, "nan"),
        ("accuracy", method(np.float64("inf")), r"np\.float64\(inf\)"),
        ("accuracy", -math.inf, "-inf"),
        ("ece", math.nan, "nan"),
        ("expected_calibration_error", method(math.inf), "inf"),
        ("sharpe", math.inf, "inf"),
        ("sharpe_ratio", method(np.float64("-inf")), r"np\.float64\(-inf\)"),
        ("sharpe_ratio", Decimal("Infinity"), r"Decimal\('Infinity'\)"),
        ("sharpe_ratio", Decimal("sNaN"), r"Decimal\('sNaN'\)"),
        ("sharpe_ratio", 10**400, "10000.*…"),
        ("sharpe_ratio", method(-(10**5000)), "an int that cannot be shown"),
    ],
)
def test_a_main_metric_that_is_not_finite_is_refused_with_what_came_back(
    name: str, value: Any, got: str
) -> None:
    message = (
        rf"^backtest: {name} of what it returns must be a finite number, got {got}; "
        "return a finite one, or None where it has no value$"
    )
    with pytest.raises(BacktestError, match=message):
        read_metrics(returned(**{"accuracy": 0.5, "total": 4, name: value}))


@pytest.mark.parametrize(
    ("name", "value", "got"),
    [
        ("total", -1, "-1"),
        ("total", "many", "'many'"),
        ("total", True, "True"),
        ("total", math.nan, "nan"),
        ("total", 10**400, "10000.*"),
        ("n_predictions", np.int64(-3), r"np\.int64\(-3\)"),
        ("correct", "2", "'2'"),
        ("hits", method(-0.5), r"-0\.5"),
        ("hits", [True, False], r"\[True, False\]"),
    ],
)
def test_a_count_that_is_none_is_refused_with_what_came_back(
    name: str, value: Any, got: str
) -> None:
    message = (
        rf"^backtest: {name} of what it returns must be a number from 0 on, got {got}; "
        "count predictions, or leave it out$"
    )
    with pytest.raises(BacktestError, match=message):
        read_metrics(returned(**{"accuracy": 0.5, name: value}))


def test_a_second_name_is_a_count_where_the_first_means_something_else() -> None:
    metrics = read_metrics(returned(accuracy=0.5, total=-12.5, n_predictions=4, correct=[], hits=2))
    assert (metrics["n_predictions"], metrics["hits"]) == (4, 2)


@pytest.mark.parametrize("accuracy", [fails, method(math.nan), method(0.0), None])
def test_without_any_prediction_accuracy_is_zero_and_the_rest_may_fail(accuracy: Any) -> None:
    stats = returned(accuracy=accuracy, total=0, correct=0, ece=fails, sharpe_ratio=fails)
    expected = {"accuracy": 0, "ece": None, "sharpe": None, "n_predictions": 0, "hits": 0}
    assert read_metrics(stats) == expected


@pytest.mark.parametrize(
    ("stats", "kind"),
    [
        (None, "NoneType"),
        (0.51, "float"),
        ((0.51, 0.02), "tuple"),
        ("accuracy", "str"),
        ({}, "dict"),
        ({"accuracy": None}, "dict"),
        (returned(correct=5), "SimpleNamespace"),
        (returned(total=5, ece=0.1), "SimpleNamespace"),
        (returned(total=fails, correct=5), "SimpleNamespace"),
    ],
)
def test_what_has_no_accuracy_is_refused_by_its_type(stats: object, kind: str) -> None:
    message = (
        r"^backtest: must return an object with accuracy\(\) or correct and total, got "
        rf"{kind}; return_stats=True must be honoured$"
    )
    with pytest.raises(BacktestError, match=message):
        read_metrics(stats)


@pytest.mark.parametrize(
    ("name", "value", "got"),
    [
        ("accuracy", "0.5", r"'0\.5'"),
        ("accuracy", True, "True"),
        ("accuracy", method([0.5]), r"\[0\.5\]"),
        ("accuracy", fails, "ZeroDivisionError: float division by zero"),
        ("ece", "0.1", r"'0\.1'"),
        ("ece", np.array([0.1]), r"array\(\[0\.1\]\)"),
        ("expected_calibration_error", fails, "ZeroDivisionError: float division by zero"),
        ("sharpe_ratio", method("n/a"), "'n/a'"),
        ("sharpe", method(False), "False"),
        ("sharpe_ratio", lambda rate: rate, r"TypeError: .*missing 1 required positional .*"),
    ],
)
def test_a_main_metric_that_is_no_number_is_refused(name: str, value: Any, got: str) -> None:
    message = rf"^backtest: {name} of what it returns must be a number, got {got}; return a float$"
    with pytest.raises(BacktestError, match=message):
        read_metrics(returned(**{"accuracy": 0.5, name: value}))


@pytest.mark.parametrize(
    ("stats", "message"),
    [
        ({"accuracy": 51.7}, r"accuracy .* from 0 to 1, got 51\.7; return a share, not percent"),
        ({"accuracy": -0.1}, r"accuracy .* from 0 to 1, got -0\.1"),
        ({"correct": 3, "total": 2}, "correct .* at most total, got 3 of 2; count predictions"),
        ({"accuracy": 0.5, "ece": 3.2}, r"ece .* from 0 to 1, got 3\.2; return a share"),
    ],
)
def test_a_share_beyond_one_is_refused(stats: dict[str, float], message: str) -> None:
    with pytest.raises(BacktestError, match=rf"^backtest: {message}"):
        read_metrics(stats)


@dataclasses.dataclass
class Rich:
    """Numbers of every kind, and much that is none."""

    correct: int = 2
    total: int = 4
    max_drawdown: float = 0.125
    longest: int = 7
    exact: Decimal = Decimal("0.5")
    single: np.float32 = dataclasses.field(default_factory=lambda: np.float32(0.25))
    name: str = "titan"
    verbose: bool = True
    notes: Any = None
    _hidden: float = 9.0
    infinite: float = math.inf
    calls: list[str] = dataclasses.field(default_factory=list)
    LIMIT = 3

    @property
    def total_return(self) -> float:
        return 0.75

    @property
    def broken(self) -> float:
        raise KeyError("no trades")

    def brier_score(self) -> float:
        return 0.2

    def sortino_ratio(self) -> Any:
        return np.float64(1.25)

    def win_rate(self) -> float:
        raise ZeroDivisionError

    def profit_factor(self) -> float:
        return math.inf

    def coverage(self, of: int) -> float:
        return of

    def reset(self) -> int:
        self.calls.append("reset")
        return 1

    def close(self) -> float:
        self.calls.append("close")
        return 1.0


def test_further_numbers_go_by_our_names_or_their_own_and_no_other_method_is_called() -> None:
    stats = Rich()
    metrics = read_metrics(stats)
    assert {name: value for name, value in metrics.items() if value is not None} == {
        **{"accuracy": 0.5, "n_predictions": 4.0, "hits": 2.0},
        **{"max_drawdown": 0.125, "longest": 7.0, "exact": 0.5, "single": 0.25, "LIMIT": 3.0},
        **{"total_return": 0.75, "brier": 0.2, "sortino": 1.25},
    }
    nones = {"ece", "sharpe", "infinite", "broken", "win_rate", "profit_factor", "coverage"}
    assert {name for name, value in metrics.items() if value is None} == nones
    assert {type(value) for value in metrics.values()} == {float, type(None)}
    assert stats.calls == []


def test_a_mapping_gives_its_numbers_and_none_of_its_methods() -> None:
    stats: dict[object, object]
    stats = {"accuracy": 0.5, "brier_score": 0.2, "win rate": 0.5, "cost/bps": 3, 7: 8, "_x": 1}
    stats |= {"": 1, "a" * 101: 1, "naïve": 1, "note": "x", "flag": True, "win_rate": method(1)}
    found = {name: value for name, value in read_metrics(stats).items() if value is not None}
    assert found == {"accuracy": 0.5, "brier": 0.2, "win rate": 0.5, "cost/bps": 3}


def test_our_own_name_goes_before_another_word_for_it() -> None:
    both = {"accuracy": 0.5, "brier": 0.2, "brier_score": 0.9, "sortino_ratio": 9, "sortino": 1}
    metrics = read_metrics(both)
    assert (metrics["brier"], metrics["sortino"]) == (0.2, 1.0)
    assert "brier_score" not in metrics


def test_of_very_many_numbers_some_are_taken() -> None:
    stats = {f"n{i:05d}": i for i in range(10_000)} | {"accuracy": 0.5, "total": 9}
    metrics = read_metrics(stats)
    assert len(metrics) == 200 + 5
    assert (metrics["accuracy"], metrics["n_predictions"]) == (0.5, 9)


def test_the_embedded_stats_are_read_as_they_are() -> None:
    stats = BacktestStats(
        np.array([1, 1, -1], np.int8),
        np.array([0.6, 0.7, 0.8]),
        np.array([True, True, False]),
        np.array([0.01, -0.02, -0.01]),
    )
    own, read = stats.metrics(), read_metrics(stats)
    names = ("accuracy", "ece", "sharpe", "n_predictions", "hits", "brier", "max_drawdown")
    assert {name: read[name] for name in names} == {name: own[name] for name in names}
