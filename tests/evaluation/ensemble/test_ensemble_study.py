"""An ensemble of a study: who votes, at which coverage, and what the members must be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.summary_cases import study as plain_study
from support.summary_cases import trial
from support.verdict_cases import SETTINGS, market, tuned
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.bundle import build_bundle, load_bundle, save_bundle
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.parameters import Params
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import PRUNED
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.ensemble.study import (
    EnsembleResult,
    choose_members,
    ensemble_bundle,
    make_ensemble,
)
from titan_mlopt.evaluation.rerun import Rerun
from titan_mlopt.study.dataset import study_segments
from titan_mlopt.study.storage.studies import read_study

CANDLES = market(3000, follows=0.6)
TUNED_ON = CANDLES.part(0, 2398)
#: Scored bars begin at the 120th, after the 20 of volatility and the 100 of its z-score.
FIRST = 119


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> StudyRecord:
    with tuned(tmp_path_factory.mktemp("tuned"), CANDLES) as tuner:
        return read_study(tuner.study)


def rerun(candles: Candles = TUNED_ON, **changes: object) -> Rerun:
    return Rerun(TunerConfig(**{**SETTINGS, **changes}), CANDLES, candles)


@pytest.fixture(scope="module")
def result(record: StudyRecord) -> EnsembleResult:
    return make_ensemble(record, rerun(), 3)


def votes_of(configs: tuple[Params, ...]) -> tuple[np.ndarray, list[BacktestStats]]:
    """Return mean votes and members' stats, from the engine itself."""
    stats = [
        backtest_stats(TUNED_ON, config, 42).tail(len(TUNED_ON) - 1 - FIRST) for config in configs
    ]
    return np.mean([s.direction * (s.confidence - 0.5) for s in stats], axis=0), stats


def test_members_are_the_best_trials_by_the_objective_the_best_one_first(
    record: StudyRecord, result: EnsembleResult
) -> None:
    ranked = sorted(record.trials, key=lambda one: (-(one.values or (0,))[0], one.number))
    assert list(result.trials) == [one.number for one in ranked[:3]]
    assert result.ensemble.configs[0] == build_bundle(record, ranked[0], None).config


def test_the_ensemble_predicts_as_often_as_its_best_member(result: EnsembleResult) -> None:
    assert result.metrics["n_predictions"] == result.members[0]["n_predictions"]
    assert result.metrics["coverage"] == result.members[0]["coverage"]


def test_its_metrics_are_those_of_the_mean_vote_of_the_engine_itself(
    result: EnsembleResult,
) -> None:
    votes, stats = votes_of(result.ensemble.configs)
    predicted = np.abs(votes) >= result.ensemble.threshold
    moves = np.sign(np.diff(TUNED_ON.close[FIRST:]))
    assert result.metrics["hits"] == int((np.sign(votes) * moves > 0)[predicted].sum())
    assert [one["hits"] for one in result.members] == [one.correct for one in stats]
    assert result.difference is not None
    assert result.difference.difference == pytest.approx(
        (result.metrics["accuracy"] or 0) - (result.members[0]["accuracy"] or 0)
    )


def test_the_same_study_gives_the_same_ensemble_to_the_bit(
    record: StudyRecord, result: EnsembleResult
) -> None:
    assert make_ensemble(record, rerun(), 3) == result


@pytest.mark.slow
def test_members_of_a_walk_forward_study_vote_on_its_segments(record: StudyRecord) -> None:
    walk = rerun(segments=2)
    result = make_ensemble(record, walk, 2)
    segments = study_segments(TUNED_ON, walk.config)
    assert result.metrics["n_bars"] == sum(segment.bars for segment in segments)
    assert result.metrics["n_predictions"] == result.members[0]["n_predictions"]
    assert result.metrics["walk_accuracy"] is not None


def test_the_bundle_is_the_best_members_with_the_ensemble_beside_it(
    record: StudyRecord, result: EnsembleResult, tmp_path: Path
) -> None:
    bundle = ensemble_bundle(record, result, None)
    alone = build_bundle(record, choose_members(record, 2)[0], None)
    save_bundle(bundle, tmp_path / "ensemble")
    save_bundle(alone, tmp_path / "alone")
    for name in ("config.json", "params.json"):
        assert (tmp_path / "ensemble" / name).read_bytes() == (
            tmp_path / "alone" / name
        ).read_bytes()
    loaded = load_bundle(tmp_path / "ensemble")
    assert loaded.ensemble == result.ensemble
    assert loaded.manifest["metrics"] == result.metrics
    assert loaded.config_sha256 == alone.config_sha256 == loaded.manifest["config_sha256"]
    assert loaded.decider_sha256 == result.ensemble.sha256 != alone.decider_sha256


def test_an_ensemble_needs_two_different_configs() -> None:
    first = trial(0, 0.53)
    same = trial(1, 0.52)
    pruned = replace(trial(2, state=PRUNED), params={"feature.fast_window": 3})
    with pytest.raises(
        StudyError, match=r"must have 2 COMPLETE trials with different configs .*, got 1"
    ):
        choose_members(plain_study(first, same, pruned), 2)


def test_a_member_may_violate_the_ece_constraint_as_the_best_trial_may() -> None:
    one, other = trial(0, 0.53), trial(1, 0.56 * 0.9, violated=True)
    members = choose_members(plain_study(one, replace(other, params={"feature.fast_window": 3})), 2)
    assert [member.number for member in members] == [0, 1]  # its value is penalised already


def test_more_members_than_there_are_configs_are_refused() -> None:
    others = [replace(trial(n, 0.53), params={"feature.fast_window": n}) for n in (4, 5, 6)]
    with pytest.raises(ConfigError, match=r"top: must be at most 3, .*, got 5; tune it further"):
        choose_members(plain_study(*others), 5)
    with pytest.raises(ConfigError, match="top: must be"):
        choose_members(plain_study(*others), 1)


def test_members_that_never_vote_make_no_ensemble(record: StudyRecord) -> None:
    flat = replace(
        TUNED_ON, close=np.full(len(TUNED_ON), 100.0), open=np.full(len(TUNED_ON), 100.0)
    )
    with pytest.raises(StudyError, match=r"members must have votes with a confidence above \.5"):
        make_ensemble(record, rerun(flat), 2)
