"""What the pruners do with running trials, of one objective and of two."""

from __future__ import annotations

import math
from collections.abc import Sequence

import optuna
import pytest

from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, Checkpoint
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study import pruners as pruning
from titan_mlopt.study.pruning_study import PruningStudy


def points(values: Sequence[float]) -> list[Checkpoint]:
    """Return checkpoints after 100, 200, … predictions with these accuracies."""
    return [
        Checkpoint(100 * step, 100 * step, value, 0.0, None)
        for step, value in enumerate(values, start=1)
    ]


def judge_of(pruner: optuna.pruners.BasePruner, *, private: bool = False) -> PruningStudy:
    return PruningStudy("s", pruner, lambda point: point.accuracy, private=private)


def run(judge: PruningStudy, point: int, values: Sequence[float]) -> int | None:
    """Run a trial through the judge; return the predictions at which it was pruned, or None."""
    judge.begin(point)
    for checkpoint in points(values):
        if judge.prunes(point, checkpoint)[1]:
            judge.end(point, PRUNED, None)
            return checkpoint.n_predictions
    judge.end(point, COMPLETE, values[-1])
    return None


def median(**figures: int) -> optuna.pruners.BasePruner:
    return pruning.build_pruner(TunerConfig(**figures), 1000, 60)  # type: ignore[arg-type]


def test_the_median_pruner_stops_what_is_below_the_median_of_the_others() -> None:
    judge = judge_of(median(n_startup_trials=3, n_warmup_steps=100))
    for point, level in enumerate((0.50, 0.52, 0.54)):
        assert run(judge, point, [level] * 3) is None
    assert run(judge, 3, [0.53, 0.53, 0.53]) is None
    assert run(judge, 4, [0.51, 0.51, 0.51]) == 100


def test_nothing_is_pruned_before_the_first_step_or_among_the_startup_trials() -> None:
    judge = judge_of(median(n_startup_trials=3, n_warmup_steps=200))
    for point, level in enumerate((0.54, 0.52, 0.50)):
        assert run(judge, point, [level] * 3) is None
    assert run(judge, 3, [0.40, 0.40, 0.40]) == 200


def test_failed_trials_do_not_move_the_median() -> None:
    judge = judge_of(median(n_startup_trials=2, n_warmup_steps=0))
    for point, level in enumerate((0.50, 0.52)):
        run(judge, point, [level])
    for point in (2, 3, 4):
        judge.begin(point)
        judge.end(point, FAIL, None)
    assert run(judge, 5, [0.515]) is None
    assert run(judge, 6, [0.40]) == 100


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("pruner", ["median", "hyperband", "racing", "none"])
def test_a_study_that_is_recalled_prunes_as_one_that_ran_through(
    pruner: str, private: bool
) -> None:
    config = TunerConfig(
        pruner_type=pruner, n_startup_trials=2, n_warmup_steps=100, min_resource=100
    )
    # A scale with spread enough that the racing pruner stops some.
    levels = [0.9, 0.5, 0.8, 0.95, 0.3, 0.7, 0.99, 0.2, 0.6, 0.96, 0.4, 0.97]
    trials = [[level, level + 0.01, level - 0.01] for level in levels]

    def build() -> PruningStudy:
        return judge_of(pruning.build_pruner(config, 1000, 60), private=private)

    whole, straight = build(), list[int | None]()
    for point, values in enumerate(trials):
        straight.append(run(whole, point, values))
    again = build()
    for values, stopped in list(zip(trials, straight, strict=True))[:6]:
        seen = [p for p in points(values) if stopped is None or p.n_predictions <= stopped]
        again.recall(seen, PRUNED if stopped else COMPLETE, None if stopped else values[-1])
    resumed = [run(again, point, trials[point]) for point in range(6, len(trials))]
    assert resumed == straight[6:]
    if pruner == "none":
        assert straight == [None] * len(trials)
    else:
        assert {100, None} <= set(straight)


def test_a_private_trial_sees_only_what_was_over_when_it_began() -> None:
    for private, expected in ((True, False), (False, True)):
        judge = judge_of(median(n_startup_trials=1, n_warmup_steps=0), private=private)
        judge.begin(0)
        judge.begin(1)
        judge.prunes(0, points([0.6])[0])
        judge.end(0, COMPLETE, 0.6)
        assert judge.prunes(1, points([0.5])[0])[1] is expected


def test_racing_stops_a_trial_when_it_can_hardly_reach_the_best() -> None:
    # At n = 400 of 1600 an accuracy differs from its end by .5·√(1/400 - 1/1600) = .02165; 95 % of
    # the time it ends less than 1.64485 · .02165 = .03561 higher.
    margin = 1.6448536 * 0.5 * math.sqrt(1 / 400 - 1 / 1600)
    assert margin == pytest.approx(0.03561, abs=1e-5)
    config = TunerConfig(pruner_type="racing", n_startup_trials=1, n_warmup_steps=400)
    judge = judge_of(pruning.build_pruner(config, 1600, 60))
    assert run(judge, 0, [0.56] * 15) is None
    judge.begin(1)
    assert not judge.prunes(1, points([0.3])[0])[1]  # before the first step
    assert not judge.prunes(1, points([0.3] * 3 + [0.56 - 0.0355])[3])[1]
    judge.begin(2)
    assert judge.prunes(2, points([0.3] * 3 + [0.56 - 0.0357])[3])[1]


def test_racing_waits_for_its_startup_trials() -> None:
    config = TunerConfig(pruner_type="racing", n_startup_trials=2, n_warmup_steps=0)
    judge = judge_of(pruning.build_pruner(config, 1600, 60))
    assert run(judge, 0, [0.9]) is None
    assert run(judge, 1, [0.1]) is None
    assert run(judge, 2, [0.1]) == 100


def test_the_spread_of_one_prediction_gives_each_objective_its_standard_error() -> None:
    # n = 400 bars: .5/20, √525600/20, and 1 in the units in which two objectives are weighed
    for objective, expected in (("accuracy", 0.025), ("sharpe", 36.2491), ("multi", 1.0)):
        found = pruning.spread_of_one(objective, 400, 60) / math.sqrt(400)
        assert found == pytest.approx(expected, abs=1e-4)
