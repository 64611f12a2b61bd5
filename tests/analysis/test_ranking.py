"""Which trial is best, what is on the Pareto front, and how the weights order it."""

from __future__ import annotations

from typing import Any

import pytest

from support.summary_cases import study, trial
from titan_mlopt.analysis.ranking import (
    best_trial,
    pareto_front,
    ranked_trials,
    scale_of_study,
    weighted_front,
)
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.scoring import scale_of
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import PRUNED, RUNNING
from titan_mlopt.core.tuner_config import TunerConfig

# 10,000 candles and 10,000 bars a year (31,536,000 s / 3,153.6 s): the standard error of accuracy
# is .5 / 100 = .005, that of the Sharpe ratio 1.
ROUND = {"count": 10_000, "interval_s": 3153.6}


def three(**settings: Any) -> StudyRecord:
    """Return a study whose trials are all on the front: 4, 2 and 0 errors of accuracy above .5."""
    return study(
        trial(0, 0.50, 6.0),
        trial(1, 0.51, 1.0),
        trial(2, 0.52, -2.0),
        multi=True,
        candles=ROUND,
        settings=settings,
    )


def test_the_highest_value_wins_and_ties_go_to_the_lower_number() -> None:
    found = best_trial(study(trial(0, 0.5), trial(1, 0.6), trial(2, 0.6), trial(3, 0.55)))
    assert found is not None
    assert found.number == 1


def test_only_complete_trials_with_values_can_be_best() -> None:
    running = trial(1, 0.9, state=RUNNING)
    pruned = trial(2, 0.9, state=PRUNED)
    unknown = trial(3, float("nan"))
    assert best_trial(study(trial(0), running, pruned, unknown)) is None
    assert best_trial(study()) is None


def test_one_objective_has_a_front_of_one() -> None:
    assert [t.number for t in pareto_front(study(trial(0, 0.5), trial(1, 0.6)))] == [1]
    assert pareto_front(study()) == ()


def test_the_front_is_what_no_trial_dominates() -> None:
    points = study(
        trial(0, 0.50, 3.0),  # on it: the highest second value
        trial(1, 0.55, 2.0),  # on it
        trial(2, 0.55, 1.0),  # dominated by 1: equal first, lower second
        trial(3, 0.52, 2.0),  # dominated by 1: lower first, equal second
        trial(4, 0.60, -1.0),  # on it: the highest first value
        trial(5, 0.55, 2.0),  # on it: equal to 1
        trial(6, 0.49, 2.5),  # dominated by 0
        multi=True,
    )
    assert [t.number for t in pareto_front(points)] == [4, 1, 5, 0]


def test_with_two_objectives_the_best_has_the_highest_first_then_second_value() -> None:
    found = best_trial(
        study(trial(0, 0.5, 9.0), trial(1, 0.6, 1.0), trial(2, 0.6, 2.0), multi=True)
    )
    assert found is not None
    assert found.number == 2


@pytest.mark.parametrize(
    ("weights", "order"),
    [
        # .7 · 0 + .3 · 6 = 1.8, .7 · 2 + .3 · 1 = 1.7, .7 · 4 - .3 · 2 = 2.2
        ((0.7, 0.3), [(2, 2.2), (0, 1.8), (1, 1.7)]),
        ((7, 3), [(2, 2.2), (0, 1.8), (1, 1.7)]),
        # 6 / 2, (2 + 1) / 2, (4 - 2) / 2
        ((1, 1), [(0, 3.0), (1, 1.5), (2, 1.0)]),
        ((0, 1), [(0, 6.0), (1, 1.0), (2, -2.0)]),
        ((1, 0), [(2, 4.0), (1, 2.0), (0, 0.0)]),
    ],
)
def test_the_weights_order_the_front_in_standard_errors_from_no_skill(
    weights: tuple[float, float], order: list[tuple[int, float]]
) -> None:
    record = three(accuracy_weight=weights[0], sharpe_weight=weights[1])
    found = weighted_front(record)
    assert [t.number for t, _ in found] == [number for number, _ in order]
    assert [weighted for _, weighted in found] == pytest.approx([w for _, w in order], abs=1e-9)


def test_the_weights_change_neither_the_front_nor_the_best_trial() -> None:
    for settings in ({}, {"accuracy_weight": 0, "sharpe_weight": 1}):
        assert [t.number for t in pareto_front(three(**settings))] == [2, 1, 0]
        assert best_trial(three(**settings)) == three().trials[2]


def test_trials_with_the_same_values_go_by_their_numbers() -> None:
    same = study(trial(3, 0.51, 1.0), trial(1, 0.51, 1.0), multi=True, candles=ROUND)
    assert [t.number for t, _ in weighted_front(same)] == [1, 3]


def test_a_study_without_stored_weights_weighs_by_the_default_ones() -> None:
    scale = scale_of_study(three())
    assert (scale.accuracy_weight, scale.sharpe_weight) == (0.7, 0.3)
    assert (scale.accuracy_noise, scale.sharpe_noise) == pytest.approx((0.005, 1.0))


def test_the_scale_of_a_stored_study_is_that_of_its_config() -> None:
    config = TunerConfig(objective_type="multi", accuracy_weight=2, sharpe_weight=5)
    record = three(**config.as_dict())
    assert scale_of_study(record) == scale_of(ROUND, config)


def test_stored_weights_that_weigh_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match="accuracy_weight, sharpe_weight: must not both be 0"):
        scale_of_study(three(accuracy_weight=0, sharpe_weight=0))


@pytest.mark.parametrize("multi", [False, True])
def test_an_empty_study_has_no_order_and_no_front(multi: bool) -> None:
    record = study(multi=multi, candles={}, settings={})
    assert (ranked_trials(record), weighted_front(record)) == ([], [])
