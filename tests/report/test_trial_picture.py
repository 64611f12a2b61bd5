"""What a trial's picture shows: the numbers and words of each panel, whatever is missing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from support.picture_cases import full_outcome, full_trial, trial_of
from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, PRUNER, TIMEOUT, Metrics, TrialOutcome
from titan_mlopt.report.svg.trial_data import LUCK, Equity, Head, trial_picture


def complete(**parts: object) -> TrialOutcome:
    return replace(TrialOutcome(COMPLETE), **parts)  # type: ignore[arg-type]


def equity_of(curve: object, metrics: Metrics | None = None) -> Equity:
    return trial_picture(trial_of(complete(curve=curve, metrics=metrics or {}))).equity


def test_each_panel_names_its_numbers_and_what_they_are_worth() -> None:
    picture = trial_picture(full_trial())
    # The gain is that of the last point, and no metric.
    gain = 100 * (full_outcome().curve[-1][1] - 1)
    assert picture.reliability.head == Head("Reliability", "ECE 0.0200 (noise floor 0.0340)")
    assert picture.equity.head.numbers == (
        f"Sharpe 3.00 (± 19.10) · gain {gain:+.2f} % · max drawdown 12.50 %"
    )
    assert picture.rolling.head == Head(
        "Rolling accuracy, last 200",
        "accuracy 0.5500 (n=200, 95 % 0.481 to 0.617)",
    )
    assert picture.confidence.head == Head("Confidence", "coverage 0.40 (200 of 500 bars)")


def test_the_title_is_trial_state_and_objective() -> None:
    picture = trial_picture(full_trial())
    assert picture.title == ("Trial 17", "COMPLETE", "objective 0.55")
    assert picture.facts == "predictions on 200 of 500 bars · 120 traded · 0.6 s"
    both = replace(full_trial(), values=(0.5312, -3.25), violated=True)
    assert trial_picture(both).title[2] == "objectives 0.5312 / -3.25 · ECE above its limit"


def test_runs_that_were_averaged_and_another_backtest_are_named() -> None:
    outcome = complete(metrics={"repeats": 3.0}, backtest={"path": "titan.core.backtest:run"})
    facts = trial_picture(trial_of(outcome)).facts
    assert facts == "mean of 3 runs, the first is drawn · backtest titan.core.backtest:run"


def test_a_message_is_one_line_of_120_signs() -> None:
    outcome = TrialOutcome(FAIL, TIMEOUT, message="must finish\n within  600 s, " + 200 * "x")
    facts = trial_picture(trial_of(outcome)).facts
    assert facts.startswith("must finish within 600 s, xxx")
    assert (len(facts), facts[-1]) == (120, "…")


def test_a_bin_is_mean_confidence_hit_rate_and_its_wilson_interval() -> None:
    bins = ((100, 52.0, 40), (50, 30.0, 35))
    found = trial_picture(trial_of(complete(bins=bins))).reliability
    low, high = found.bins
    assert (low.confidence, low.rate, low.share) == (0.52, 0.4, 1.0)
    assert (high.confidence, high.rate, high.share) == (0.6, 0.7, 0.5)
    # Wilson for 40 of 100, worked by hand: (.4 + .0192 ± 1.96 · sqrt(.0024 + .000096)) / 1.0384.
    assert (low.low, low.high) == pytest.approx((0.3094, 0.4980), abs=2e-4)
    # Limits: x from .52 to .60, padded by .01; y from .4 to .7, padded by .15 of .3.
    assert found.x == pytest.approx((0.51, 0.61))
    assert found.y == pytest.approx((0.355, 0.745))
    assert found.hidden == 0


def test_a_small_bin_does_not_flatten_the_reliability_panel_but_is_counted() -> None:
    bins = ((500, 260.0, 260), (500, 280.0, 280), (1, 0.9, 0))
    found = trial_picture(trial_of(complete(bins=bins))).reliability
    assert [row.rate for row in found.bins] == [0.52, 0.56]
    assert found.hidden == 1
    assert found.y[0] > 0.3


def test_gain_and_drawdown_are_percent_since_the_start() -> None:
    found = equity_of(((0, 1.0, 0.0), (40, 1.1, 0.0), (90, 0.88, 0.2)))
    assert [bar for bar, _ in found.gains] == [bar for bar, _ in found.drawdowns] == [0, 40, 90]
    assert [gain for _, gain in found.gains] == pytest.approx([0, 10, -12])
    assert [fall for _, fall in found.drawdowns] == pytest.approx([0, 0, -20])
    assert found.head.numbers == "gain -12.00 % · max drawdown 20.00 %"
    # Padded by 6 % of 22; a tenth more than the deepest.
    assert found.x == (0, 90)
    assert found.y == pytest.approx((-13.32, 11.32))
    assert found.y_drawdown == pytest.approx((-22.0, 0.0))


def test_a_drawdown_that_is_no_share_is_read_off_the_curve() -> None:
    curve = ((0, 1.0, 0.0), (9, 0.9, 0.1))
    assert "max drawdown 10.00 %" in equity_of(curve, {"max_drawdown": -0.1}).head.numbers
    assert "max drawdown 11.00 %" in equity_of(curve, {"max_drawdown": 0.11}).head.numbers


@pytest.mark.parametrize("rounding", [0.0, 5e-324, 1e-15])
def test_equity_that_never_moved_is_a_level_line_without_drawdown(rounding: float) -> None:
    curve = ((0, 1.0, 0.0), (5, 1.0 + rounding, rounding))
    found = equity_of(curve, {"sharpe": None, "max_drawdown": 0.0})
    assert found.head.numbers == "gain +0.00 % · max drawdown 0.00 %"
    assert found.y == pytest.approx((-1.0, 1.0))
    assert found.y_drawdown == (-1.0, 0.0)


def test_one_point_has_an_axis_to_stand_on() -> None:
    outcome = complete(bins=((1, 0.5, 1),), curve=((7, 1.0, 0.0),), rolling=((200, 0.5),))
    found = trial_picture(trial_of(outcome))
    assert found.equity.x == (7, 8)
    assert found.rolling.x == (200, 201)
    assert found.confidence.bars == ((0.5, 1.0, 1, 1),)
    # Mean confidence .5 padded by .01; hit rate 1 is the upper end.
    assert found.reliability.x == (0.49, 0.51)
    assert found.reliability.y == (pytest.approx(0.49 - 0.15 * 0.51), 1.03)


def test_rolling_accuracy_is_held_by_its_axis_with_the_band_of_coin_flips() -> None:
    # 1.96 standard deviations of the rate of 200 flips: 1.96 · sqrt(.25 / 200).
    assert pytest.approx(0.0693, abs=1e-4) == LUCK
    outcome = complete(rolling=((200, 0.51), (300, 0.51)), metrics={"accuracy": 0.7})
    found = trial_picture(trial_of(outcome)).rolling
    assert found.rates == ((200, 0.51), (300, 0.51))
    assert found.overall == 0.7
    assert found.y == pytest.approx((0.5 - 1.5 * LUCK, 0.72))


def test_the_histogram_shows_the_bins_in_use_and_one_more_on_either_side() -> None:
    bins = [(0, 0.0, 0)] * 25
    bins[5], bins[7] = (10, 6.1, 4), (20, 13.0, 15)
    found = trial_picture(trial_of(complete(bins=tuple(bins)))).confidence
    # Bin b is from .5 + .02 b to .5 + .02 (b + 1).
    assert found.bars == ((0.6, 0.62, 4, 10), (0.64, 0.66, 15, 20))
    assert found.x == pytest.approx((0.58, 0.68))
    assert found.y == pytest.approx((0.0, 21.6))


@pytest.mark.parametrize("bins", [(), ((0, 0.0, 0),) * 25], ids=["absent", "zero"])
def test_a_trial_that_predicted_nothing_says_so_and_keeps_its_equity(
    bins: tuple[tuple[int, float, int], ...],
) -> None:
    metrics: Metrics = {"accuracy": 0.0, "n_predictions": 0.0, "n_bars": 90.0, "coverage": 0.0}
    flat = complete(bins=bins, metrics=metrics, curve=((0, 1.0, 0.0), (89, 1.0, 0.0)))
    found = trial_picture(trial_of(flat))
    panels = (found.reliability, found.rolling, found.confidence)
    assert [panel.head.empty for panel in panels] == ["no predictions"] * 3
    assert found.rolling.head.numbers == ""
    assert found.confidence.head.numbers == "coverage 0.00 (0 of 90 bars)"
    assert found.equity.head.empty == ""


def test_predictions_that_a_backtest_keeps_to_itself_are_not_called_none() -> None:
    found = trial_picture(trial_of(complete(metrics={"accuracy": 0.5, "n_predictions": 90.0})))
    assert found.reliability.head.empty == "predictions not recorded"
    assert found.equity.head.empty == "no equity curve"


def test_a_pruned_trial_shows_what_it_has_and_names_what_it_lacks() -> None:
    outcome = TrialOutcome(PRUNED, PRUNER, "stopped after 30", bins=((30, 16.0, 14),))
    # Optuna keeps the last checkpoint as a pruned trial's value: no objective of a whole trial.
    trial = replace(trial_of(outcome, 4, violated=True), values=(0.47,))
    found = trial_picture(trial)
    assert found.title == ("Trial 4", "PRUNED (pruner)", "ECE above its limit")
    assert found.facts == "stopped after 30"
    assert found.rolling.head.empty == "fewer than 200 predictions"
    assert found.equity.head.empty == "no equity curve"
    assert found.reliability.head.empty == found.confidence.head.empty == ""


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, 1.7e308])
def test_missing_values_are_gaps_and_stretch_no_axis(missing: float) -> None:
    outcome = complete(
        bins=((10, 6.0, 5), (10, missing, 5)),
        curve=((0, 1.0, 0.0), (1, missing, missing), (2, 1.5, 0.0)),
        rolling=((200, 0.5), (201, missing)),
    )
    found = trial_picture(trial_of(outcome))
    assert len(found.reliability.bins) == len(found.confidence.bars) == 1
    assert found.equity.y == pytest.approx((-3.0, 53.0))
    assert math.isnan(found.equity.gains[1][1])
    assert found.rolling.y == pytest.approx((0.5 - 1.5 * LUCK, 0.5 + 1.5 * LUCK))


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_metrics_without_a_value_are_left_out(missing: float) -> None:
    names = ("accuracy", "ece", "sharpe", "max_drawdown", "coverage", "n_bars", "n_traded")
    outcome = replace(full_outcome(), metrics=dict.fromkeys(names, missing))
    found = trial_picture(trial_of(outcome))
    assert found.facts == "0.6 s"
    assert found.reliability.head == Head("Reliability", "")
    assert found.confidence.head == Head("Confidence", "")
    assert found.rolling.head.numbers == ""
    assert found.rolling.overall is None
    assert found.equity.head.numbers.startswith("gain ")


@pytest.mark.parametrize("equity", [math.nan, 1.7e308])
def test_a_curve_without_a_value_that_can_be_drawn_is_none(equity: float) -> None:
    assert equity_of(((0, equity, 0.0),)).head.empty == "no equity curve"


def test_a_trial_that_has_not_ended_has_a_picture_too() -> None:
    found = trial_picture(trial_of(None))
    assert found.title == ("Trial 3", "RUNNING", "")
    assert found.facts == ""
