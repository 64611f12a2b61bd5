"""Scores of a step and configs in force, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from support.walked_cases import outcome, score
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.walk.in_force import (
    UNTUNED,
    ConfigInForce,
    follow_steps,
    next_in_force,
    step_seed,
)
from titan_mlopt.evaluation.walk.policies import ACCURACY
from titan_mlopt.evaluation.walk.records import CandleRange, PairedLead
from titan_mlopt.evaluation.walk.scoring import always_up_stats, returns_of, score_strategy

UNTUNED_CONFIG = ConfigInForce({}, "d0", 7, UNTUNED, None)
FIRST = ConfigInForce({"a": 1}, "a0", 1, 0, 0.6)
SECOND = ConfigInForce({"a": 2}, "a1", 2, 1, 0.7)
AHEAD = PairedLead(ACCURACY, 0.02, 0.01)


def test_a_position_is_kept_from_step_to_step_and_only_its_changes_cost() -> None:
    # DOWN before; then UP, DOWN and out at returns of 1 % each, for 10 bp of what changes hands:
    # changes of 2, 2 and 1. 1.01 · .99 · 1 before costs, 1.008 · .988 · .999 after them.
    stats = BacktestStats(
        direction=np.array([1, -1, 0], np.int8),
        confidence=np.full(3, 0.6),
        traded=np.ones(3, np.bool_),
        returns=np.full(3, 0.01),
    )
    before = score("a0", 5, 1.0, position=-1)
    scored = score_strategy(stats, np.full(3, 0.01), SECOND, before, 10.0)
    assert scored.gross == pytest.approx(1.01 * 0.99)
    assert scored.net == pytest.approx(1.008 * 0.988 * 0.999)
    assert (scored.position, scored.changed, scored.in_sample) == (0, True, 0.7)
    assert (scored.n_predictions, scored.hits, scored.accuracy) == (2, 1, 0.5)
    first = score_strategy(stats, np.full(3, 0.01), SECOND, None, 10.0)
    assert first.net == pytest.approx(1.009 * 0.988 * 0.999)
    assert not first.changed


def test_up_on_every_bar_has_the_returns_of_the_candles_and_no_calibration() -> None:
    candles = sample_candles().head(50)
    bars = CandleRange.of(candles.ts, 10, 40)
    stats = always_up_stats(candles, bars, TunerConfig())
    returns = returns_of(candles, bars)
    assert len(returns) == 30
    assert np.prod(1 + returns) == pytest.approx(candles.close[40] / candles.close[10])
    scored = score_strategy(stats, returns, None, None, 0.0)
    assert (scored.config_sha256, scored.ece, scored.position) == ("", None, 1)
    assert scored.hits == int((np.diff(candles.close[10:41]) > 0).sum())


@pytest.mark.parametrize("policy", ["never", "always", "gated"])
def test_the_first_candidate_comes_into_force_under_every_policy(policy: str) -> None:
    assert next_in_force(policy, UNTUNED_CONFIG, FIRST, None) == FIRST
    assert next_in_force(policy, UNTUNED_CONFIG, None, None) == UNTUNED_CONFIG


def test_the_same_config_found_again_keeps_its_step() -> None:
    again = replace(SECOND, config_sha256="a0")
    assert next_in_force("always", FIRST, again, AHEAD) == FIRST
    assert next_in_force("gated", FIRST, SECOND, AHEAD) == SECOND
    assert next_in_force("never", FIRST, SECOND, AHEAD) == FIRST


def test_followed_step_by_step_each_policy_has_its_own_config() -> None:
    steps = [outcome(0), outcome(1, AHEAD), outcome(2, PairedLead(ACCURACY, -0.1, 0.01))]
    in_force = follow_steps(steps, UNTUNED_CONFIG, 9)
    assert {name: config.step for name, config in in_force.items()} == {
        **{"never": 0, "always": 2, "gated": 1},
    }
    assert in_force["gated"].seed == step_seed(9, 1) != step_seed(9, 2)
