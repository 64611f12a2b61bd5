"""Which points of a study are tried again, and which trials count."""

from __future__ import annotations

import optuna

from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    PRUNED,
    RUNNING,
    TIMEOUT,
    TrialOutcome,
    TrialRecord,
    ended_trials,
)
from titan_mlopt.study.retries import plan_retries
from titan_mlopt.study.storage.studies import OUTCOME, count_ended, read_study, stored_outcome


def trial(number: int, point: int | None, state: str = COMPLETE, reason: str = "") -> TrialRecord:
    outcome = None if state == RUNNING else TrialOutcome(state, reason)
    return TrialRecord(number, state, {"x": number}, None, None, None, outcome, point=point)


def cut(number: int, point: int | None) -> TrialRecord:
    return trial(number, point, FAIL, INTERRUPTED)


def stored(trials: list[TrialRecord]) -> optuna.Study:
    """Return a study of Optuna's with these trials."""
    study = optuna.create_study(direction="maximize")
    for one in trials:
        attrs = {OUTCOME: stored_outcome(one.outcome, violated=False)} if one.outcome else {}
        value = 0.5 if one.state == COMPLETE else None
        state = optuna.trial.TrialState[one.state]
        study.add_trial(optuna.create_trial(state=state, value=value, user_attrs=attrs))
    return study


def test_trials_of_another_program_count_as_they_ended() -> None:
    study = optuna.create_study(direction="maximize")
    assert count_ended(study) == 0
    study.add_trial(optuna.create_trial(value=1.0))
    study.ask()
    assert count_ended(study) == len(ended_trials(read_study(study).trials)) == 1


def test_an_empty_study_begins_with_point_0() -> None:
    assert plan_retries([]).pending == ()
    assert plan_retries([]).next_point == 0


def test_an_interrupted_point_is_tried_again_with_its_own_params() -> None:
    found = plan_retries([trial(0, 0), cut(1, 1), trial(2, 2, PRUNED)])
    assert found.pending == ((1, {"x": 1}),)
    assert found.next_point == 3


def test_a_point_that_ended_by_itself_is_not_tried_again() -> None:
    failed = trial(0, 0, FAIL, TIMEOUT)
    assert plan_retries([failed, cut(1, 1), trial(2, 1)]).pending == ()


def test_a_point_is_tried_again_at_most_twice() -> None:
    assert plan_retries([cut(0, 0), cut(1, 0)]).pending == ((0, {"x": 1}),)
    assert plan_retries([cut(0, 0), cut(1, 0), cut(2, 0)]).pending == ()
    assert plan_retries([cut(0, 0), cut(1, 0), cut(2, 0)]).next_point == 1


def test_a_trial_that_a_client_asked_for_is_not_tried_again() -> None:
    assert plan_retries([cut(0, None)]).pending == ()


def test_complete_pruned_and_failed_trials_count_and_interrupted_and_running_ones_do_not() -> None:
    trials = [
        trial(0, 0),
        trial(1, 1, PRUNED),
        trial(2, 2, FAIL, TIMEOUT),
        cut(3, 3),
        trial(4, 4, RUNNING),
    ]
    assert [t.number for t in ended_trials(trials)] == [0, 1, 2]
    assert count_ended(stored(trials)) == 3


def test_ended_trials_come_in_the_order_of_their_points() -> None:
    assert [t.number for t in ended_trials([cut(0, 0), trial(1, 1), trial(2, 0)])] == [2, 1]
