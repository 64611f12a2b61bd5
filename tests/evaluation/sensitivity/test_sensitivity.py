"""Which parameters are said to act, and how it is said: worked out by hand."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from support.page_cases import numbers
from support.sensitivity_cases import CONFIG, RANGES, verdicts
from titan_mlopt.core.config_files import base_config
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space, load_space, space_text
from titan_mlopt.core.trial import COMPLETE, EXCEPTION, FAIL, INTERRUPTED, Metrics, TrialOutcome
from titan_mlopt.evaluation.sensitivity.analysis import (
    BASE,
    DEAD,
    MOVES,
    NOISY_BASE_RUNS,
    UNKNOWN,
    Sensitivity,
    find_effects,
    freeze_dead,
    missing_base_runs,
    plan_variations,
)
from titan_mlopt.evaluation.sensitivity.report import (
    csv_text,
    markdown,
    text_lines,
    verdict_sentence,
)


def of(accuracy: float | None, n: float = 100.0, **more: float | None) -> TrialOutcome:
    metrics: Metrics = {"accuracy": accuracy, "ece": 0.05, "sharpe": 1.0, "n_predictions": n}
    return TrialOutcome(COMPLETE, metrics={**metrics, **more})


def found(outcomes: list[TrialOutcome | None], repeat: int = 1) -> Sensitivity:
    """Return what the outcomes of base, base, x low, x high and y low say."""
    plan = plan_variations(CONFIG, RANGES, repeat)
    by_number = {i: outcome for i, outcome in enumerate(outcomes) if outcome is not None}
    return find_effects(CONFIG, RANGES, plan, by_number)


# --- the plan ----------------------------------------------------------------------------------


def test_each_parameter_goes_alone_to_both_ends_and_an_end_that_it_is_at_needs_no_job() -> None:
    plan = plan_variations(CONFIG, RANGES)
    assert [(job.number, job.parameter, job.end, job.config) for job in plan] == [
        (0, "", BASE, {"a.x": 4, "b.y": 0.5}),
        (1, "", BASE, {"a.x": 4, "b.y": 0.5}),
        (2, "a.x", "low", {"a.x": 0, "b.y": 0.5}),
        (3, "a.x", "high", {"a.x": 10, "b.y": 0.5}),
        (4, "b.y", "low", {"a.x": 4, "b.y": 0.1}),
    ]
    assert [type(job.value) for job in plan[2:]] == [int, int, float]
    assert plan[2].name == "a.x = 0 (low)"


def test_ends_are_of_the_type_that_is_drawn() -> None:
    (*_, low, high) = plan_variations({"a.x": 0.5}, {"a.x": (0, 1, "float")})
    assert (repr(low.value), repr(high.value)) == ("0.0", "1.0")


def test_repeat_holds_for_the_ends_and_for_the_base_one_by_one() -> None:
    plan = plan_variations(CONFIG, RANGES, 3)
    assert [job.repeat for job in plan] == [1, 1, 1, 3, 3, 3]


def test_a_plan_gets_missing_base_runs_when_those_it_has_differ_and_only_then() -> None:
    plan = plan_variations(CONFIG, RANGES)
    assert missing_base_runs(plan, {0: of(0.5)}) == ()
    assert missing_base_runs(plan, {0: of(0.5), 1: of(0.5)}) == ()
    more = missing_base_runs(plan, {0: of(0.5), 1: of(0.5, sharpe=1.1)})
    assert [(job.number, job.end) for job in more] == [(n, BASE) for n in range(5, 11)]
    assert len([job for job in [*plan, *more] if job.end == BASE]) == NOISY_BASE_RUNS
    everything = {n: of(0.5 + n / 1000) for n in range(11)}
    assert missing_base_runs([*plan, *more], everything) == ()


# --- effects, worked out by hand -----------------------------------------------------------------


def test_differences_and_effects_are_those_worked_out_by_hand() -> None:
    result = found([of(0.52), of(0.54), of(0.50, ece=0.02), of(0.62, sharpe=-1.0), of(0.53)])
    assert result.base["accuracy"] == pytest.approx(0.53)
    assert result.noise["accuracy"] == pytest.approx(0.02 / 2**0.5)
    assert (result.noise["ece"], result.base_runs) == (0.0, 2)
    x, y = result.effects
    assert (x.parameter, y.parameter) == ("a.x", "b.y")
    assert x.low.differences["accuracy"] == pytest.approx(-0.03)
    assert x.high.differences["accuracy"] == pytest.approx(0.09)
    assert x.effect("accuracy") == pytest.approx(0.09)
    assert x.effect("ece") == pytest.approx(0.03)
    assert x.effect("sharpe") == pytest.approx(2.0)
    # 3 × .01414 = .0424: .09 is beyond it.
    assert x.moved == ("accuracy", "ece", "sharpe")
    assert y.effect("accuracy") == pytest.approx(0.0, abs=1e-12)
    assert y.high.differences == {"accuracy": 0, "ece": 0, "sharpe": 0, "n_predictions": 0}
    assert verdicts(result) == {"a.x": MOVES, "b.y": DEAD}


@pytest.mark.parametrize(("accuracy", "verdict"), [(0.572, DEAD), (0.573, MOVES), (0.487, MOVES)])
def test_what_moves_no_more_than_three_standard_deviations_is_dead(
    accuracy: float, verdict: str
) -> None:
    result = found([of(0.52), of(0.54), of(0.53), of(accuracy), of(0.53)])
    assert verdicts(result)["a.x"] == verdict


def test_without_noise_the_smallest_difference_counts_but_not_the_rounding_of_a_mean() -> None:
    equal = [of(0.1), of(0.1)]
    assert verdicts(found([*equal, of(0.1), of(0.1 + 1e-9), of(0.1)]))["a.x"] == MOVES
    of_three = sum([0.1] * 3) / 3
    assert of_three != 0.1
    assert verdicts(found([*equal, of(of_three), of(0.1), of(0.1)]))["a.x"] == DEAD


def test_a_change_in_the_number_of_predictions_alone_is_no_death() -> None:
    result = found([of(0.5), of(0.5), of(0.5), of(0.5, n=99.0), of(0.5)])
    assert result.effects[0].moved == ("n_predictions",)
    assert "moves (number of predictions only)" in "\n".join(text_lines(result))


def test_a_metric_that_loses_its_value_moves_and_one_that_never_had_it_does_not() -> None:
    none: dict[str, float | None] = {"sharpe": None}
    lost = found([of(0.5), of(0.5), of(0.5, **none), of(0.5), of(0.5)])
    assert verdicts(lost) == {"a.x": MOVES, "b.y": DEAD}
    assert lost.effects[0].low.differences["sharpe"] is None
    never = found([of(0.5, **none) for _ in range(5)])
    assert never.noise["sharpe"] == 0.0
    assert verdicts(never) == {"a.x": DEAD, "b.y": DEAD}


def test_a_failed_end_makes_its_parameter_unknown_even_if_the_other_end_is_still() -> None:
    bad = TrialOutcome(FAIL, EXCEPTION, "RuntimeError: no | such\nwindow")
    result = found([of(0.5), of(0.5), bad, of(0.5), of(0.5)])
    assert verdicts(result) == {"a.x": UNKNOWN, "b.y": DEAD}
    text = "\n".join(text_lines(result))
    assert "unknown: exception at low" in text
    assert "a.x = 0 (low): exception: RuntimeError: no | such window" in text
    assert numbers(verdict_sentence(result)) == ["1", "2", "1"]
    assert "no \\| such window" in markdown(result, {})
    assert "unknown,,exception at low" in csv_text(result)


def test_what_was_not_reached_is_unknown_and_so_is_everything_without_two_base_runs() -> None:
    stopped = TrialOutcome(FAIL, INTERRUPTED, "stopped")
    half = found([of(0.5), of(0.5), of(0.6), stopped, of(0.5)])
    assert verdicts(half) == {"a.x": UNKNOWN, "b.y": DEAD}
    assert half.effects[0].high.reason == "not measured"
    assert verdicts(found([])) == verdicts(found([of(0.5)])) == {"a.x": UNKNOWN, "b.y": UNKNOWN}
    one = found([of(0.5), None, of(0.6), of(0.7), of(0.5)])
    assert verdicts(one) == {"a.x": UNKNOWN, "b.y": UNKNOWN}
    assert "noise  unknown" in text_lines(one)[1]


def test_a_metric_with_a_value_in_one_base_run_only_cannot_prove_a_death() -> None:
    result = found([of(0.5), of(0.5, sharpe=None), of(0.6), of(0.5), of(0.5)])
    assert result.noise["sharpe"] is None
    assert verdicts(result) == {"a.x": MOVES, "b.y": UNKNOWN}


def test_the_largest_effect_on_accuracy_is_on_top() -> None:
    result = found([of(0.5), of(0.5), of(0.501), of(0.5), of(0.4)])
    assert [effect.parameter for effect in result.effects] == ["b.y", "a.x"]


def test_the_table_shows_plain_differences_and_is_honest_about_them() -> None:
    result = found([of(0.5), of(0.5), of(0.4877), of(0.5, ece=0.050001), of(0.5)])
    lines = text_lines(result)
    assert numbers(lines[0])[:6] == ["0.5000", "100", "95", "0.404", "0.596", "0.0500"]
    assert lines[1].split()[:2] == ["noise", "none:"]
    (row,) = (line for line in lines if line.startswith("a.x "))
    cells = ["a.x", "4", "0 → 10", "-0.0123 / 0", "0 / +1e-06", "0 / 0", "moves"]
    assert re.split(r"  +", row) == cells
    assert "--repeat" not in "\n".join(lines)


def test_a_noisy_study_says_how_noisy_and_what_makes_it_surer() -> None:
    outcomes: list[TrialOutcome | None] = [of(0.52), of(0.54), of(0.53), of(0.53), of(0.53)]
    lines = text_lines(found(outcomes))
    assert numbers(lines[1])[:3] == ["0.0141", "0.0000", "0.00"]
    assert "--repeat 3" in "\n".join(lines)
    assert "--repeat" not in "\n".join(text_lines(dataclasses.replace(found(outcomes), repeat=3)))


@pytest.mark.parametrize(
    ("dead", "count"),
    [([], "none"), (["p0"], "1"), (["p0", "p1"], "2")],
)
def test_the_sentence_counts(dead: list[str], count: str) -> None:
    effect = found([of(0.5), of(0.5), of(0.5), of(0.6), of(0.5)]).effects[0]
    effects = tuple(
        dataclasses.replace(effect, parameter=p, verdict=DEAD if p in dead else MOVES)
        for p in ("p0", "p1", "p2")
    )
    sentence = verdict_sentence(Sensitivity({}, {}, {}, 2, 1, effects))
    assert re.findall(r"none|\d+", sentence) == [count, "3"]


# --- the space that is left ----------------------------------------------------------------------


def test_the_space_that_is_left_holds_the_dead_at_the_configs_values(tmp_path: Path) -> None:
    result = found([of(0.5), of(0.5), of(0.6), of(0.5), of(0.5)])
    result = dataclasses.replace(result, config={**CONFIG, "own.z": 1})
    left = freeze_dead(Space(RANGES), result, embedded=False)
    assert left == Space({"a.x": (0, 10, "int")}, {"own.z": 1, "b.y": 0.5})
    (tmp_path / "s.json").write_text(space_text(left))
    assert load_space(tmp_path / "s.json") == left


def test_of_the_embedded_backtest_only_what_is_not_a_default_is_held() -> None:
    base = base_config(Space(), {"calibration.blend": 0.5, "ml.max_depth": 8})
    plan = plan_variations(base, TUNABLE_PARAMS)
    outcomes = {job.number: of(0.6 if "window" in job.parameter else 0.5) for job in plan}
    left = freeze_dead(Space(), find_effects(base, TUNABLE_PARAMS, plan, outcomes), embedded=True)
    assert list(left.ranges) == [f"feature.{w}_window" for w in ("fast", "slow", "rsi")]
    assert left.fixed["calibration.blend"] == 0.5
    assert left.fixed["ml.max_depth"] == 8
    assert len(left.fixed) == 18 + 1


def test_a_space_without_anything_to_draw_is_refused() -> None:
    result = found([of(0.5) for _ in range(5)])
    with pytest.raises(ConfigError, match="must leave a parameter to draw, got 2 of 2 dead"):
        freeze_dead(Space(RANGES), result, embedded=False)
