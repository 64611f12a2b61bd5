"""What the objective values promise."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan_mlopt.core.scoring import (
    Scale,
    directions_of,
    enforce_min_predictions,
    objective_value,
    penalised,
    progress_value,
    scale_of,
    score,
)
from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, TOO_FEW, Checkpoint, TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig

SCALE = Scale(accuracy_weight=0.7, sharpe_weight=0.3, accuracy_noise=0.005, sharpe_noise=7.25)


def metrics_of(accuracy: float, ece: float, sharpe: float | None, n: float = 500) -> dict[str, Any]:
    return {"accuracy": accuracy, "ece": ece, "sharpe": sharpe, "n_predictions": n}


@pytest.mark.parametrize(
    ("objective", "values"),
    [("accuracy", (0.54,)), ("sharpe", (2.0,)), ("multi", (0.54, 2.0))],
)
def test_each_objective_reads_its_own_metrics(objective: str, values: tuple[float, ...]) -> None:
    found = score(metrics_of(0.54, 0.05, 2.0), TunerConfig(objective_type=objective))
    assert found.values == values
    assert not found.violated
    assert directions_of(objective) == ("maximize",) * len(values)


def test_an_ece_above_its_constraint_costs_a_tenth_and_one_on_it_nothing() -> None:
    multi = TunerConfig(objective_type="multi")
    above = score(metrics_of(0.54, math.nextafter(0.05, 1), 2.0), multi)
    # .54 · .9: the accuracy alone is penalised
    assert above.values == pytest.approx((0.486, 2.0))
    assert above.violated
    assert score(metrics_of(0.54, 0.05, 2.0), multi).values == (0.54, 2.0)


def test_the_penalty_worsens_a_negative_sharpe_too() -> None:
    found = score(metrics_of(0.5, 0.2, -2.0), TunerConfig(objective_type="sharpe"))
    assert found.values == pytest.approx((-2.2,))  # and not -1.8, which would be a reward


@given(st.floats(-1e300, 1e300))
def test_the_penalty_never_improves_a_value(value: float) -> None:
    assert penalised(value) <= value


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_penalty_keeps_the_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert penalised(low) <= penalised(high)


def test_a_sharpe_that_does_not_exist_counts_zero() -> None:
    found = score(metrics_of(0.5, 0.9, None), TunerConfig(objective_type="multi"))
    assert found.values == (0.45, 0.0)


@pytest.mark.parametrize(
    ("objective", "value"),
    # multi: (.7 · .1 / .005 + .3 · -3 / 7.25) / 1
    [("accuracy", 0.6), ("multi", 14 - 0.9 / 7.25), ("sharpe", -3)],
)
def test_the_pruner_sees_the_objective_without_penalty(objective: str, value: float) -> None:
    found = progress_value(Checkpoint(10, 20, 0.6, 0.4, -3.0), objective, SCALE)
    assert found == pytest.approx(value)


def test_progress_without_a_sharpe_counts_zero() -> None:
    assert progress_value(Checkpoint(10, 20, 0.6, 0.4, None), "sharpe", SCALE) == 0.0


def test_two_objectives_are_weighed_in_standard_errors_away_from_no_skill() -> None:
    assert objective_value((0.54,), SCALE) == 0.54
    # accuracy 8 standard errors above 1/2, Sharpe 2 above 0
    assert objective_value((0.54, 14.5), SCALE) == pytest.approx(0.7 * 8 + 0.3 * 2)
    # weights count by their ratio: (2 · 8 + 2 · 2) / 4
    own = replace(SCALE, accuracy_weight=2, sharpe_weight=2)
    assert objective_value((0.54, 14.5), own) == pytest.approx(5)
    assert objective_value((0.5, 0.0), SCALE) == 0


def test_the_noise_of_a_study_is_that_of_its_candles() -> None:
    # 10,000 minutes: .5 / √10000, √(525600 / 10000)
    found = scale_of({"count": 10_000, "interval_s": 60}, TunerConfig())
    assert found.accuracy_noise == pytest.approx(0.005)
    assert found.sharpe_noise == pytest.approx(7.2498, abs=1e-4)
    assert (found.accuracy_weight, found.sharpe_weight) == (0.7, 0.3)
    unknown = scale_of({}, TunerConfig())
    assert (unknown.accuracy_noise, unknown.sharpe_noise) == (0.5, 1.0)


def test_too_few_predictions_prune_a_complete_trial_and_keep_its_numbers() -> None:
    done = TrialOutcome(COMPLETE, metrics=metrics_of(0.6, 0.01, 1.0, n=99), log="x")
    pruned = enforce_min_predictions(done, TunerConfig())
    assert (pruned.state, pruned.reason) == (PRUNED, TOO_FEW)
    assert pruned.message.startswith("must make at least 100 predictions, got 99; ")
    assert replace(pruned, state=COMPLETE, reason="", message="") == done


@pytest.mark.parametrize(
    "outcome",
    [
        TrialOutcome(COMPLETE, metrics=metrics_of(0.6, 0.01, 1.0, n=100)),
        TrialOutcome(PRUNED, reason="pruner", metrics=metrics_of(0.6, 0.01, 1.0, n=10)),
        TrialOutcome(FAIL, reason="timeout"),
    ],
)
def test_other_outcomes_count_as_they_are(outcome: TrialOutcome) -> None:
    assert enforce_min_predictions(outcome, TunerConfig()) is outcome


def test_a_backtest_that_does_not_tell_its_predictions_is_taken_as_it_is() -> None:
    done = TrialOutcome(COMPLETE, metrics={"accuracy": 0.6, "n_predictions": None})
    assert enforce_min_predictions(done, TunerConfig()) is done


def test_a_metric_that_a_backtest_does_not_have_counts_zero_and_violates_nothing() -> None:
    found = score({"accuracy": 0.6}, TunerConfig(objective_type="multi"))
    assert found.values == (0.6, 0.0)
    assert not found.violated
