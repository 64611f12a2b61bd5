"""What a version is watched against: the gate's figures with their margins, or less."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from support.watch_cases import MANIFEST, decision
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.findings import FreshDecision
from titan_mlopt.production.watch.promise import (
    ACCURACY,
    CALIBRATION,
    COVERAGE,
    TESTS,
    make_promise,
    promise_of,
)


def test_the_nulls_are_the_gates_figures_with_their_margins() -> None:
    made = decision()
    evidence = made.decision["evidence"]
    promise = make_promise(made, MANIFEST, 0.05)
    (coin,) = evidence["accuracy"]
    assert promise.source == "hold-out"
    assert promise.accuracy == coin["accuracy_candidate"]
    assert promise.least_accuracy == 0.5 + coin["bootstrap"]["low"]
    assert promise.least_accuracy < promise.accuracy
    assert promise.most_ece == evidence["calibration"]["ece"] + 0.01
    # min_coverage_ratio is .5: half of the coverage, and one and a half, at most 1.
    coverage = evidence["coverage"][0]
    assert promise.least_coverage == coverage / 2
    assert promise.most_coverage == min(1.0, coverage * 1.5)
    assert promise.tail is not None
    assert promise.tail.n_bars == 1440
    assert promise.tests == TESTS
    assert promise.needed == 80.0  # 4 tests share .05


def test_the_margins_are_those_that_the_gate_was_asked_with() -> None:
    limits = {**decision().decision["thresholds"], "ece_margin": 0.03, "min_coverage_ratio": 0.9}
    promise = make_promise(decision(thresholds=limits), MANIFEST, 0.05)
    assert promise.ece is not None
    assert promise.most_ece == promise.ece + 0.03
    assert promise.coverage is not None
    assert promise.least_coverage == promise.coverage * 0.9


def test_without_a_decision_only_the_coin_is_tested_at_the_whole_level() -> None:
    for judged in (None, decision(evidence={})):
        promise = make_promise(judged, MANIFEST, 0.05)
        assert (promise.source, promise.accuracy, promise.least_accuracy) == ("", None, 0.5)
        assert promise.tests == (ACCURACY,)
        assert promise.needed == 20.0


def test_the_votes_of_an_ensemble_promise_nothing_of_its_best_member() -> None:
    promise = make_promise(decision(), {**MANIFEST, "ensemble": {"members": []}}, 0.05)
    assert (promise.source, promise.least_accuracy, promise.tests) == ("", 0.5, (ACCURACY,))


def test_figures_of_bars_that_the_config_was_tuned_on_are_no_promise() -> None:
    seen = [{"role": "candidate", "name": "a", "share": 1.0, "seconds": 9}]
    assert make_promise(decision(tuned=seen), MANIFEST, 0.05).tests == (ACCURACY,)
    rival = [{**seen[0], "role": "champion"}]
    assert make_promise(decision(tuned=rival), MANIFEST, 0.05).tests == TESTS


def test_the_figures_of_fresh_candles_are_a_promise_too() -> None:
    judged = FreshDecision(**asdict(decision()))
    promise = make_promise(judged, MANIFEST, 0.05)
    assert (promise.source, promise.tests) == ("fresh candles", TESTS)


def test_an_older_decision_without_drawdowns_leaves_that_test_out() -> None:
    old = {**decision().decision["evidence"]}
    del old["drawdown_tail"]
    promise = make_promise(decision(evidence=old), MANIFEST, 0.06)
    assert promise.tests == (ACCURACY, CALIBRATION, COVERAGE)
    assert promise.needed == pytest.approx(50.0)


def test_costs_bars_and_the_rule_for_unchanged_closes_are_the_studys() -> None:
    manifest = {"scoring": {"unchanged": "up", "cost_bps": 2.5}, "candles": {"interval_s": 300}}
    promise = make_promise(None, manifest, 0.05)
    assert (promise.unchanged, promise.cost_bps, promise.interval_s) == ("up", 2.5, 300.0)
    old = make_promise(None, {}, 0.05)  # studies without a rule counted a miss
    assert (old.unchanged, old.cost_bps, old.interval_s) == ("miss", 0.0, 60.0)


@pytest.mark.parametrize("alpha", [0.0, 1.0, float("nan")])
def test_an_alpha_out_of_its_range_is_refused(alpha: float) -> None:
    with pytest.raises(ConfigError, match=r"alpha: must be in \(0, 1\), got .*; 0.05 is"):
        make_promise(None, MANIFEST, alpha)


def test_json_keeps_a_promise_to_the_bit() -> None:
    for promise in (make_promise(decision(), MANIFEST, 0.05), make_promise(None, {}, 0.1)):
        assert promise_of(json.loads(json.dumps(asdict(promise)))) == promise
