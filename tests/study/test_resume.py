"""What a study that is stopped, taken up again and repeated promises."""

from __future__ import annotations

import dataclasses
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import pytest

from support.studies import Tuned, quick
from titan_mlopt import AutoTuner
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.trial import COMPLETE, FAIL, INTERRUPTED, PRUNED, TrialRecord, was_interrupted
from titan_mlopt.executors.local.pool import WorkerPool
from titan_mlopt.study.coordinator import study_in_memory
from titan_mlopt.study.storage.studies import load_study, read_study, read_trial


def points(tuner: AutoTuner) -> list[tuple[Any, ...]]:
    """Return what must repeat of each point: params, state, values and every metric."""
    return [
        (t.point, t.params, t.state, t.values, t.outcome and t.outcome.metrics)
        for t in read_study(tuner.study).trials
        if not was_interrupted(t)
    ]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_study_to_the_bit_with_one_worker(tmp_path: Path) -> None:
    studies = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with quick(tmp_path / name, n_trials=12, n_warmup_steps=100, n_startup_trials=2) as tuner:
            tuner.optimize("sample")
            studies.append(points(tuner))
    assert studies[0] == studies[1]
    assert len({str(point[0]) for point in studies[0]}) == 12
    with quick(tmp_path / "b", n_trials=3, study_name="other seed", seed=7) as tuner:
        tuner.optimize("sample")
        assert points(tuner) != studies[0][:3]


@pytest.mark.slow
def test_a_study_that_is_taken_up_again_equals_one_that_ran_through(tmp_path: Path) -> None:
    for name in ("parts", "whole"):
        (tmp_path / name).mkdir()
    for n_trials in (5, 12):
        with quick(tmp_path / "parts", n_trials=n_trials) as tuner:
            tuner.optimize("sample")
            parts = points(tuner)
    with quick(tmp_path / "whole", n_trials=12) as tuner:
        tuner.optimize("sample")
        assert points(tuner) == parts


def test_a_copy_to_ask_on_leaves_out_the_curves_of_outcomes_and_nothing_else(tuned: Tuned) -> None:
    study = load_study(tuned.db, "titan_optimization")
    stored, copied = study.get_trials(deepcopy=False), study_in_memory(study).trials
    for one, other in zip(stored, copied, strict=True):
        assert (one.params, one.distributions) == (other.params, other.distributions)
        assert (one.number, one.state, one.values) == (other.number, other.state, other.values)
        assert one.intermediate_values == other.intermediate_values
        whole, light = read_trial(one), read_trial(other)
        assert whole.outcome is not None
        assert whole.outcome.curve
        left_out = dataclasses.replace(whole.outcome, bins=(), curve=(), rolling=(), blocks=())
        assert dataclasses.replace(whole, outcome=left_out) == light


def test_n_trials_is_the_total_and_a_second_call_runs_nothing(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=3) as tuner:
        tuner.optimize("sample")
        assert tuner.report is not None
        assert tuner.report.trials_run == 3
        tuner.optimize("sample")
        assert tuner.report.trials_run == 0
        assert len(tuner.study.trials) == 3


@pytest.fixture(scope="module")
def one_trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the database of a study of one trial, which tests copy."""
    folder = tmp_path_factory.mktemp("one")
    with quick(folder, n_trials=1) as tuner:
        tuner.optimize("sample")
    return folder / "titan.db"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"objective_type": "sharpe"}, "objective"),
        ({"objective_type": "multi"}, "objective"),
        ({"limit": 699}, "candles"),
        ({"ece_constraint": 0.06}, "scoring"),
        ({"min_predictions": 51}, "scoring"),
        ({"cost_bps": 1.0}, "scoring"),
        ({"pruner_type": "none"}, "pruner"),
        ({"n_warmup_steps": 20}, "pruner"),
        ({"sampler": "random"}, "sampler"),
        ({"seed": 7}, "seed"),
    ],
)
def test_a_study_is_not_continued_with_something_else(
    one_trial: Path, tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    shutil.copy(one_trial, tmp_path)
    with quick(tmp_path, n_trials=2, **change) as tuner:
        with pytest.raises(StudyError, match=f"same {named}.*another study_name"):
            tuner.optimize("sample")
        assert len(tuner.study.trials) == 1


def test_a_study_of_an_earlier_version_goes_on_with_tpe_alone(
    one_trial: Path, tmp_path: Path
) -> None:
    shutil.copy(one_trial, tmp_path)
    with closing(sqlite3.connect(tmp_path / "titan.db")) as connection, connection:
        deleted = connection.execute(
            "DELETE FROM study_user_attributes WHERE key = 'titan_mlopt.sampler'"
        )
        assert deleted.rowcount == 1
    with (
        quick(tmp_path, n_trials=2, sampler="gp") as tuner,
        pytest.raises(StudyError, match=r"same sampler, sampler=tpe, got sampler=gp; choose"),
    ):
        tuner.optimize("sample")
    with quick(tmp_path, n_trials=2) as tuner:
        tuner.optimize("sample")
        assert len(tuner.study.trials) == 2


def test_a_study_goes_on_with_the_same_candles_under_another_name(
    one_trial: Path, tmp_path: Path
) -> None:
    shutil.copy(one_trial, tmp_path)
    save_candles(sample_candles().head(700), tmp_path / "moved.csv")
    with quick(tmp_path, n_trials=2) as tuner:
        tuner.optimize(tmp_path / "moved.csv")
        assert len(tuner.study.trials) == 2


def test_trials_of_another_program_are_not_taken_over(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'titan.db'}"
    foreign = optuna.create_study(storage=url, study_name="theirs", direction="maximize")
    foreign.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    tuner = quick(tmp_path, study_name="theirs")
    with tuner, pytest.raises(StudyError, match="must be one of titan_mlopt's"):
        tuner.optimize("sample")


def test_a_trial_left_running_is_marked_and_does_not_count(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=2) as tuner:
        tuner.study.ask()
        with pytest.warns(UserWarning, match="1 trials that were left running"):
            tuner.optimize("sample")
        states = [t.state for t in read_study(tuner.study).trials]
        assert states == [FAIL, COMPLETE, COMPLETE]
        left = read_study(tuner.study).trials[0].outcome
        assert left is not None
        assert left.reason == INTERRUPTED
        assert tuner.get_summary()["failed_trials"] == 0


class _StopAfter:
    """Stops the tuner when so many trials are done."""

    def __init__(self, tuner: AutoTuner, n: int, how: str) -> None:
        self._tuner, self._left, self._how = tuner, n, how

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: object) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None:
        self._left -= 1
        if self._left == 0:
            if self._how == "interrupt":
                raise KeyboardInterrupt
            self._tuner.stop()


@pytest.mark.parametrize("how", ["stop", "interrupt"])
def test_a_stopped_study_leaves_no_trial_running_and_goes_on_later(
    tmp_path: Path, how: str
) -> None:
    with quick(tmp_path, n_trials=6, n_jobs=2) as tuner:
        tuner.add_listener(_StopAfter(tuner, 2, how))
        if how == "interrupt":
            with pytest.raises(KeyboardInterrupt):
                tuner.optimize("sample")
        else:
            tuner.optimize("sample")
            assert tuner.report is not None
            assert tuner.report.stopped
        assert all(trial.state.is_finished() for trial in tuner.study.trials)
    with quick(tmp_path, n_trials=6) as tuner:
        tuner.optimize("sample")
        assert tuner.get_summary()["total_trials"] == 6


class _InterruptAt:
    """Interrupts as Ctrl-C would, when a trial of that number reaches a checkpoint."""

    def __init__(self, number: int) -> None:
        self._number = number

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: object) -> None:
        if number == self._number:
            raise KeyboardInterrupt


PRUNING = [
    {"pruner_type": "median", "n_startup_trials": 2},
    {"pruner_type": "hyperband", "min_resource": 30, "max_resource": 500},
    {"pruner_type": "racing", "n_startup_trials": 2, "racing_confidence": 0.51},
    {"pruner_type": "median", "n_startup_trials": 2, "objective_type": "multi"},
]


@pytest.mark.parametrize("settings", PRUNING)
@pytest.mark.slow
def test_a_study_interrupted_within_a_trial_and_taken_up_equals_one_that_ran_through(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    for name in ("parts", "whole"):
        (tmp_path / name).mkdir()
    with quick(tmp_path / "whole", n_trials=14, **settings) as tuner:
        tuner.optimize("sample")
        whole = points(tuner)
    for number in (4, 9):
        with quick(tmp_path / "parts", n_trials=14, **settings) as tuner:
            tuner.add_listener(_InterruptAt(number))
            with pytest.raises(KeyboardInterrupt):
                tuner.optimize("sample")
    with quick(tmp_path / "parts", n_trials=14, **settings) as tuner:
        tuner.optimize("sample")
        assert points(tuner) == whole
        assert len(tuner.study.trials) == 16
        assert tuner.get_summary()["total_trials"] == 14
    assert {COMPLETE, PRUNED} == {state for _, _, state, _, _ in whole}
    assert [point for point, *_ in whole] == list(range(14))


def test_without_retry_an_interrupted_point_is_left_and_a_new_one_drawn(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=5) as tuner:
        tuner.add_listener(_InterruptAt(2))
        with pytest.raises(KeyboardInterrupt):
            tuner.optimize("sample")
    with quick(tmp_path, n_trials=5, retry=False) as tuner:
        tuner.optimize("sample")
        trials = read_study(tuner.study).trials
    (gone,) = [trial for trial in trials if was_interrupted(trial)]
    assert [trial.point for trial in trials].count(gone.point) == 1
    assert len(trials) == 6
    assert len({str(trial.params) for trial in trials}) == 6


@pytest.mark.slow
def test_two_workers_give_the_same_study_when_told_to_be_deterministic(tmp_path: Path) -> None:
    studies = []
    for name, interrupted in (("a", False), ("b", False), ("c", True)):
        (tmp_path / name).mkdir()
        settings = {"n_trials": 12, "n_jobs": 2, "deterministic": True, "n_startup_trials": 2}
        if interrupted:
            with quick(tmp_path / name, **settings) as tuner:
                tuner.add_listener(_InterruptAt(6))
                with pytest.raises(KeyboardInterrupt):
                    tuner.optimize("sample")
        with quick(tmp_path / name, **settings) as tuner:
            tuner.optimize("sample")
            studies.append(sorted(points(tuner), key=lambda point: point[0]))
    assert studies[0] == studies[1] == studies[2]
    assert {COMPLETE, PRUNED} == {state for _, _, state, _, _ in studies[0]}


class _Counting:
    """Counts the trials that have ended."""

    def __init__(self) -> None:
        self.ended = 0

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: object) -> None: ...

    def trial_finished(self, trial: TrialRecord) -> None:
        self.ended += 1


@pytest.mark.slow
def test_a_deterministic_study_is_the_same_with_a_worker_less_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Dask, whose workers come and go. rooms: by the number of trials that have ended."""
    settings = {"n_trials": 12, "n_jobs": 2, "deterministic": True, "pruner_type": "none"}
    studies = []
    for name, rooms in (("a", [2]), ("b", [1]), ("c", [2] * 6 + [1] * 3 + [2] * 6)):
        counting = _Counting()

        def free(pool: WorkerPool, rooms: list[int] = rooms, count: _Counting = counting) -> int:
            return max(0, rooms[count.ended % len(rooms)] - len(pool.running))

        monkeypatch.setattr(WorkerPool, "free", property(free))
        (tmp_path / name).mkdir()
        with quick(tmp_path / name, **settings) as tuner:
            tuner.add_listener(counting)
            tuner.optimize("sample")
            studies.append(points(tuner))
    assert studies[0] == studies[1] == studies[2]
    assert [point[0] for point in studies[0]] == list(range(12))


@pytest.mark.slow
def test_results_are_told_in_the_order_of_asking_when_deterministic(tmp_path: Path) -> None:
    told: list[int] = []

    class Listener:
        def trial_started(self, trial: TrialRecord) -> None: ...

        def trial_progressed(self, number: int, checkpoint: object) -> None: ...

        def trial_finished(self, trial: TrialRecord) -> None:
            told.append(trial.number)

    with quick(tmp_path, n_trials=10, n_jobs=3, deterministic=True) as tuner:
        tuner.add_listener(Listener())
        tuner.optimize("sample")
    assert told == list(range(10))


def test_more_adds_to_the_trials_that_there_are(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=2) as tuner:
        tuner.optimize("sample")
        tuner.optimize("sample", more=3)
        assert tuner.get_summary()["total_trials"] == 5
        tuner.optimize("sample")
        assert tuner.get_summary()["total_trials"] == 5
        with pytest.raises(ConfigError, match=r"^more: must be a whole number >= 1, got 0"):
            tuner.optimize("sample", more=0)


def test_no_point_is_drawn_twice(tmp_path: Path) -> None:
    for n_trials in (4, 8):
        with quick(tmp_path, n_trials=n_trials, n_jobs=2) as tuner:
            tuner.optimize("sample")
            drawn = [str(t.params) for t in read_study(tuner.study).trials]
    assert len(set(drawn)) == 8


def test_failed_and_pruned_trials_count_toward_the_total(tmp_path: Path) -> None:
    with quick(tmp_path, n_trials=2, timeout_per_trial=0.001) as tuner:
        tuner.optimize("sample")
    with quick(tmp_path, n_trials=3) as tuner:
        tuner.optimize("sample")
        assert [t.state for t in read_study(tuner.study).trials] == [FAIL, FAIL, COMPLETE]
