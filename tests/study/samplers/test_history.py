"""What counts as the value of a trial that did not complete."""

from __future__ import annotations

from typing import Any

import optuna
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState

from titan_mlopt.study.samplers.history import history_of
from titan_mlopt.study.storage.studies import POINT

SPACE = {"x": FloatDistribution(0.0, 1.0)}


def study_of(*trials: tuple[int, TrialState, float | None, dict[int, float]]) -> optuna.Study:
    """Return a study of trials, each a point, a state, a value and what it reported."""
    study = optuna.create_study(direction="maximize")
    for k, (point, state, value, reported) in enumerate(trials):
        made: dict[str, Any] = {"params": {"x": k / 10}, "distributions": SPACE}
        study.add_trial(
            optuna.trial.create_trial(
                **made,
                state=state,
                value=value,
                intermediate_values=reported,
                user_attrs={POINT: point},
            )
        )
    return study


def test_a_pruned_trial_counts_its_last_report_but_at_most_the_median() -> None:
    study = study_of(
        (0, TrialState.COMPLETE, 0.5, {}),
        (1, TrialState.COMPLETE, 0.6, {}),
        (2, TrialState.PRUNED, None, {100: 0.9, 200: 0.4}),
        (3, TrialState.PRUNED, None, {100: 0.7}),  # pruned with too few predictions, say
        (4, TrialState.PRUNED, None, {}),
        (5, TrialState.COMPLETE, 0.52, {}),
        (6, TrialState.FAIL, None, {100: 0.8}),
        (7, TrialState.RUNNING, None, {100: 0.8}),
    )
    history = history_of(study, study.ask(SPACE)._cached_frozen_trial, SPACE)
    assert history.values == (0.5, 0.6, 0.4, 0.52, 0.52, 0.52)  # the median of .5, .52 and .6
    assert [params["x"] for params in history.unknown] == [0.6, 0.7]
    assert history.first(3).values == (0.5, 0.6, 0.4)


def test_the_points_stand_in_their_order_with_their_last_try() -> None:
    study = study_of(
        (0, TrialState.FAIL, None, {}),
        (1, TrialState.COMPLETE, 0.5, {}),
        (0, TrialState.COMPLETE, 0.6, {}),
    )
    history = history_of(study, study.ask(SPACE)._cached_frozen_trial, SPACE)
    assert history.values == (0.6, 0.5)
    assert history.unknown == ()
