"""Simulated production: false alarms under a look at every record, and how soon a drop shows."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from support.paths import ROOT
from titan_mlopt.analysis.statistics.intervals import wilson_interval
from titan_mlopt.production.watch.promise import ACCURACY, CALIBRATION, TESTS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def simulation() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        import watch

        yield watch


def test_false_alarms_of_2000_live_runs_that_just_keep_their_promise_stay_below_alpha(
    simulation: ModuleType,
) -> None:
    """Every null holds with equality, and the alarm is that of any record and any test."""
    promise, law = simulation.edge_promise(alpha=0.2)
    assert promise.tests == TESTS
    paths = simulation.false_alarms([promise], law, 2000, 1000)
    alarmed = sum(bool(path.predictions) for path in paths)
    low, _ = wilson_interval(float(alarmed), 2000)
    assert low <= 0.2
    # Watches that never raise an alarm would keep the level too.
    assert {test for path in paths for test in path.predictions} >= {ACCURACY, CALIBRATION}


def test_a_drop_of_3_points_is_noticed_within_twice_the_predictions_of_one_look(
    simulation: ModuleType,
) -> None:
    promise, _ = simulation.edge_promise()
    found = simulation.false_alarms([promise], simulation.Law(0.51), 200, 12_000, seed=1)
    for quantile, power in ((0.5, 0.5), (0.9, 0.9)):
        wait = simulation.delay(found, ACCURACY, quantile)
        once = simulation.fixed_sample(0.54, 0.51, 0.05 / 4, power)
        assert once < wait < 2.2 * once


def test_the_predictions_of_one_look_are_worked_by_hand(simulation: ModuleType) -> None:
    # z(.95) = 1.645, z(.5) = 0: (1.645 · .5 / .05)² = 270.6.
    assert simulation.fixed_sample(0.5, 0.45, 0.05, 0.5) == 271


def test_the_figures_of_a_hold_out_are_the_gates(simulation: ModuleType) -> None:
    promise = simulation.holdout_promise(simulation.Law(0.6), 500, 3)
    assert promise.least_accuracy < 0.6 < promise.accuracy + 0.1
    assert promise.tests == TESTS
