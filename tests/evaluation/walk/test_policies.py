"""Policies decide on numbers worked by hand; sums over steps are those of their parts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.evaluation.walk.policies import (
    ACCURACY,
    RETURN,
    is_ahead,
    lead_of,
    paired_lead,
    takes_candidate,
)
from titan_mlopt.evaluation.walk.records import PairedLead, StrategyScore
from titan_mlopt.evaluation.walk.summary import summarise_strategy, walk_efficiency


def stats_of(direction: list[int], moves: list[int], cost_bps: float = 0.0) -> BacktestStats:
    said, n = np.array(direction, np.int8), len(direction)
    return BacktestStats(
        direction=said,
        confidence=np.full(n, 0.6),
        traded=said != 0,
        returns=np.array(moves) * 0.01,
        cost_bps=cost_bps,
    )


@pytest.mark.parametrize(
    ("policy", "difference", "taken"),
    [
        ("never", 9.0, False),
        ("always", -9.0, True),
        ("gated", 0.009, False),
        ("gated", 0.01, True),
        ("gated", -0.02, False),
    ],
)
def test_gated_asks_for_one_standard_error_and_the_others_for_nothing(
    policy: str, difference: float, taken: bool
) -> None:
    assert takes_candidate(policy, PairedLead(ACCURACY, difference, 0.01)) is taken


def test_without_a_comparison_gated_keeps_what_is_in_force() -> None:
    assert not takes_candidate("gated", None)
    assert takes_candidate("always", None)


def test_an_equal_candidate_is_not_ahead() -> None:
    assert not is_ahead(PairedLead(ACCURACY, 0.0, 0.0))


def test_the_lead_of_an_accuracy_by_hand() -> None:
    # Right on 3 of 4 bars and on 2 of 4: .25 apart, on one bar, so deviations of .75 and three of
    # -.25, variance 3/16. One lag (4 · .04^(2/9) = 1.96): products .75 · -.25 + 2 · .0625 =
    # -1/16, over 4 and weighed by half, twice: -1/64. √((3/16 - 1/64) / 4) = √(11/256) = .2073.
    lead = paired_lead(
        stats_of([1, 1, 1, -1], [1, 1, 1, 1]), stats_of([-1, 1, 1, -1], [1, 1, 1, 1]), "accuracy"
    )
    assert lead is not None
    assert lead.unit == ACCURACY
    assert lead.difference == pytest.approx(0.25)
    assert lead.standard_error == pytest.approx(math.sqrt(11 / 256))


def test_flat_bars_count_for_the_standard_error_and_not_for_the_accuracy() -> None:
    # One decided bar of two, right: an accuracy of 1, against 1/2 on two decided bars.
    lead = paired_lead(stats_of([1, 0], [1, 1]), stats_of([1, -1], [1, 1]), "multi")
    assert lead is not None
    assert lead.difference == pytest.approx(0.5)
    assert paired_lead(stats_of([0, 0], [1, 1]), stats_of([1, -1], [1, 1]), "accuracy") is None


def test_the_objective_sharpe_compares_returns_after_costs() -> None:
    # UP and DOWN over returns of 1 %, 1 %: .01 - (-.01), less the same costs of one entry each.
    lead = paired_lead(stats_of([1, 1], [1, 1], 5), stats_of([-1, -1], [1, 1], 5), "sharpe")
    assert lead == PairedLead(RETURN, pytest.approx(0.02), pytest.approx(0.0, abs=1e-12))


def test_other_numbers_of_bars_are_refused() -> None:
    with pytest.raises(ValueError, match="must compare the same bars, got 1 and 2"):
        paired_lead(stats_of([1], [1]), stats_of([1, 1], [1, 1]), "accuracy")


def test_a_constant_lead_has_no_error() -> None:
    assert lead_of(np.ones(5), np.zeros(5), RETURN) == PairedLead(RETURN, 1.0, 0.0)


def score(**changes: object) -> StrategyScore:
    fields = {
        **{"config_sha256": "a", "changed": False, "in_sample": 0.6, "n_predictions": 100},
        **{"hits": 55, "ece": 0.1, "gross": 1.1, "net": 1.05, "position": 1},
    }
    return StrategyScore(**{**fields, **changes})  # type: ignore[arg-type]  # chosen by name


def test_three_steps_add_up_by_hand() -> None:
    # 55 + 45 + 60 of 300 = 160/300; in-sample .6; efficiency (.5333 - .5) / .1 = 1/3.
    summary = summarise_strategy(
        [score(), score(hits=45, changed=True, net=0.5), score(hits=60, gross=1.0)]
    )
    assert summary.accuracy == pytest.approx(160 / 300)
    assert summary.efficiency == pytest.approx(1 / 3)
    assert (summary.changes, summary.turnover) == (1, 0.5)
    assert summary.equity_gross == pytest.approx((1.1, 1.21, 1.21))
    assert summary.equity == pytest.approx((1.05, 0.525, 0.55125))


def test_nothing_predicted_or_nothing_in_sample_has_no_efficiency() -> None:
    assert summarise_strategy([score(n_predictions=0, hits=0)]).accuracy is None
    assert walk_efficiency(0.6, 0.5) is None
    assert walk_efficiency(None, 0.6) is None
    assert summarise_strategy([]).equity == ()
