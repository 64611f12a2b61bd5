"""Search space, settings, scoring and records: the contract in plain values."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_mlopt.config import TunerConfig
from titan_mlopt.errors import ConfigError
from titan_mlopt.params import (
    DEFAULTS,
    TUNABLE_PARAMS,
    canonical_json,
    check_param,
    digest,
    merge_config,
)
from titan_mlopt.records import (
    COMPLETE,
    FAIL,
    PRUNED,
    TOO_FEW,
    Checkpoint,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.scoring import (
    directions_of,
    judged,
    objective_value,
    penalised,
    progress_value,
    score,
)

# --- params ------------------------------------------------------------------------------------


def test_the_search_space_is_production_titans() -> None:
    assert len(TUNABLE_PARAMS) == 21
    # The three that the specification shows.
    assert TUNABLE_PARAMS["online.learning_rate"] == (0.001, 0.1, "log")
    assert TUNABLE_PARAMS["model.rsi_oversold"] == (25, 35, "int")
    assert TUNABLE_PARAMS["pattern.max_boost"] == (0.01, 0.05, "float")
    assert {kind for _, _, kind in TUNABLE_PARAMS.values()} == {"int", "float", "log"}


@pytest.mark.parametrize("name", TUNABLE_PARAMS)
def test_each_tunable_default_has_its_kind_and_lies_between_its_ends(name: str) -> None:
    low, high, kind = TUNABLE_PARAMS[name]
    assert low <= DEFAULTS[name] <= high
    assert low < high
    assert isinstance(DEFAULTS[name], int if kind == "int" else float)
    for end in (low, high):
        check_param(name, end)


def test_merge_config_lays_params_over_the_defaults() -> None:
    assert merge_config({}) == DEFAULTS
    merged = merge_config({"ml.enabled": False, "feature.fast_window": 3})
    assert list(merged) == list(DEFAULTS)
    assert {k for k in merged if merged[k] != DEFAULTS[k]} == {"ml.enabled", "feature.fast_window"}
    assert merged["ml.enabled"] is False
    assert DEFAULTS["ml.enabled"] is True


def test_merge_config_gives_a_dict_of_its_own() -> None:
    merge_config({})["feature.fast_window"] = 9
    assert merge_config({})["feature.fast_window"] == 5


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("feature.fast", 5, r"config: keys must be Titan's, got 'feature\.fast'"),
        (
            "feature.fast_window",
            2,
            "feature.fast_window: must be a whole number from 3 to 10, got 2",
        ),
        (
            "feature.fast_window",
            11,
            "feature.fast_window: must be a whole number from 3 to 10, got 11",
        ),
        ("feature.fast_window", 5.0, r"feature.fast_window: must be a whole number .*, got 5\.0"),
        ("feature.fast_window", True, "feature.fast_window: must be a whole number .*, got True"),
        ("feature.fast_window", "5", "feature.fast_window: must be a whole number .*, got '5'"),
        ("feature.fast_window", None, "feature.fast_window: must be a whole number .*, got None"),
        (
            "pattern.max_boost",
            0.051,
            r"pattern.max_boost: must be a number from 0\.01 to 0\.05, got",
        ),
        ("pattern.max_boost", math.nan, "pattern.max_boost: must be a number .*, got nan"),
        ("pattern.max_boost", math.inf, "pattern.max_boost: must be a number .*, got inf"),
        ("pattern.max_boost", [0.02], r"pattern.max_boost: must be a number .*, got \[0\.02\]"),
        ("calibration.decay", False, "calibration.decay: must be a number .*, got False"),
        # True is 1 to Python, and 1 lies within these ranges.
        ("calibration.blend", True, "calibration.blend: must be a number .*, got True"),
        ("calibration.min_samples", True, "calibration.min_samples: must be a whole .*, got True"),
        ("ml.enabled", 1, "ml.enabled: must be true or false, got 1"),
        ("ml.enabled", "true", "ml.enabled: must be true or false, got 'true'"),
        ("ml.min_samples", 49, "ml.min_samples: must be a whole number from 50 to 5000, got 49"),
    ],
)
def test_a_bad_param_is_refused_by_name_range_and_value(
    name: str, value: Any, message: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        check_param(name, value)
    with pytest.raises(ConfigError, match=f"^{message}"):
        merge_config({name: value})


def test_a_whole_number_may_stand_for_a_fraction() -> None:
    assert merge_config({"calibration.blend": 1})["calibration.blend"] == 1


def test_equal_values_have_equal_digests_whatever_their_order() -> None:
    assert canonical_json({"b": 2, "a": [1, True]}) == '{"a":[1,true],"b":2}'
    expected = hashlib.sha256(b'{"a":1,"b":2}').hexdigest()
    assert digest({"b": 2, "a": 1}) == digest({"a": 1, "b": 2}) == expected
    assert digest({"a": 1}) != digest({"a": 1.0})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_canonical_json_has_no_word_for_nan(value: float) -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        canonical_json({"a": value})


# --- settings ----------------------------------------------------------------------------------


def test_the_first_ten_settings_and_defaults_are_the_specifications() -> None:
    assert list(TunerConfig().as_dict().items())[:10] == [
        ("n_trials", 100),
        ("timeout_per_trial", 300),
        ("study_name", "titan_optimization"),
        ("pruner_type", "median"),
        ("n_jobs", 1),
        ("objective_type", "accuracy"),
        ("ece_constraint", 0.05),
        ("min_predictions", 100),
        ("accuracy_weight", 0.7),
        ("sharpe_weight", 0.3),
    ]


def test_the_pruners_defaults_are_the_specifications() -> None:
    found = TunerConfig()
    median = [found.n_startup_trials, found.n_warmup_steps, found.interval_steps]
    hyperband = [found.min_resource, found.max_resource, found.reduction_factor]
    assert (median, hyperband) == ([5, 10, 5], [10, 1000, 3])


BAD_SETTINGS: dict[str, list[Any]] = {
    "n_trials": [0, -1, 1.5, True, "10", None],
    "timeout_per_trial": [0, -1, math.nan, math.inf, True, "300", None, 10**400],
    "study_name": ["", "  ", None, 3, "a\nb", "x" * 201],
    "pruner_type": ["Median", "", None, ["median"]],
    "n_jobs": [0, -1, 2.0, True],
    "objective_type": ["ece", "", None],
    "ece_constraint": [-0.01, 1.01, math.nan, "0.05", None],
    "min_predictions": [-1, 1.0, None],
    "accuracy_weight": [-0.1, math.inf, math.nan, None],
    "sharpe_weight": [-0.1, math.inf, math.nan, "1"],
    "seed": [-1, 1.0, None],
    "limit": [1, 0, 2.0, True, "all"],
    "n_startup_trials": [-1, 0.5],
    "n_warmup_steps": [-1, 0.5, "10"],
    "interval_steps": [0, -5, 1.0],
    "min_resource": [0, 1.5, 1001],
    "max_resource": [0, None],
    "reduction_factor": [1, 0, 3.0],
    "tracking": ["no", 0, None],
    "tracking_uri": ["", " ", 5],
    "experiment": ["", 5],
    "register_as": ["", "a/b", "a:b", 5],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD_SETTINGS.items() for value in values]
)
def test_every_bad_setting_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: must be .*got "):
        TunerConfig(**{name: value})


def test_every_setting_has_bad_values_above() -> None:
    assert set(BAD_SETTINGS) == {field.name for field in fields(TunerConfig)}


@pytest.mark.parametrize(
    "good",
    [
        {"n_trials": 1, "n_jobs": 64, "timeout_per_trial": 0.5},
        {"ece_constraint": 0, "min_predictions": 0, "seed": 0},
        {"ece_constraint": 1, "accuracy_weight": 0, "sharpe_weight": 1},
        {"limit": None, "n_warmup_steps": None, "experiment": None, "register_as": None},
        {"limit": 2, "n_startup_trials": 0, "n_warmup_steps": 0},
        {"min_resource": 1000, "study_name": "BTC 1m – März", "tracking_uri": "sqlite:///m.db"},
        {"pruner_type": "hyperband", "objective_type": "multi"},
        {"pruner_type": "none", "objective_type": "sharpe", "tracking": False},
    ],
)
def test_the_ends_of_the_ranges_are_settings_too(good: dict[str, Any]) -> None:
    found = TunerConfig(**good).as_dict()
    assert {name: found[name] for name in good} == good


def test_settings_do_not_change() -> None:
    with pytest.raises(AttributeError, match="cannot assign to field 'n_trials'"):
        TunerConfig().n_trials = 5  # type: ignore[misc]


# --- scoring -----------------------------------------------------------------------------------


def metrics_of(accuracy: float, ece: float, sharpe: float | None, n: float = 500) -> dict[str, Any]:
    return {"accuracy": accuracy, "ece": ece, "sharpe": sharpe, "n_predictions": n}


@pytest.mark.parametrize(
    ("objective", "values"),
    [("accuracy", (0.54,)), ("sharpe", (2.0,)), ("multi", (0.54, 2.0))],
)
def test_each_objective_reads_its_own_metrics(objective: str, values: tuple[float, ...]) -> None:
    found = score(metrics_of(0.54, 0.05, 2.0), TunerConfig(objective_type=objective))
    assert found.values == values
    assert not found.violated
    assert directions_of(objective) == ("maximize",) * len(values)


def test_an_ece_above_its_constraint_costs_a_tenth_and_one_on_it_nothing() -> None:
    multi = TunerConfig(objective_type="multi")
    above = score(metrics_of(0.54, math.nextafter(0.05, 1), 2.0), multi)
    # .54 · .9 and 2 · .9
    assert above.values == pytest.approx((0.486, 1.8))
    assert above.violated
    assert score(metrics_of(0.54, 0.05, 2.0), multi).values == (0.54, 2.0)


def test_the_penalty_worsens_a_negative_sharpe_too() -> None:
    found = score(metrics_of(0.5, 0.2, -2.0), TunerConfig(objective_type="sharpe"))
    assert found.values == pytest.approx((-2.2,))  # and not -1.8, which would be a reward


@given(st.floats(-1e300, 1e300))
def test_the_penalty_never_improves_a_value(value: float) -> None:
    assert penalised(value) <= value


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_penalty_keeps_the_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert penalised(low) <= penalised(high)


def test_a_sharpe_that_does_not_exist_counts_zero() -> None:
    found = score(metrics_of(0.5, 0.9, None), TunerConfig(objective_type="multi"))
    assert found.values == (0.45, 0.0)


@pytest.mark.parametrize(
    ("objective", "value"), [("accuracy", 0.6), ("multi", 0.6), ("sharpe", -3)]
)
def test_the_pruner_sees_the_objective_without_penalty(objective: str, value: float) -> None:
    assert progress_value(Checkpoint(10, 20, 0.6, 0.4, -3.0), objective) == value


def test_progress_without_a_sharpe_counts_zero() -> None:
    assert progress_value(Checkpoint(10, 20, 0.6, 0.4, None), "sharpe") == 0.0


def test_two_objectives_are_weighed_into_one_number() -> None:
    assert objective_value((0.54,), TunerConfig()) == 0.54
    # .7 · .5 + .3 · 2
    assert objective_value((0.5, 2.0), TunerConfig()) == pytest.approx(0.95)
    own = TunerConfig(accuracy_weight=0.5, sharpe_weight=0.25)
    assert objective_value((0.5, 2.0), own) == 0.75


def test_too_few_predictions_prune_a_complete_trial_and_keep_its_numbers() -> None:
    done = TrialOutcome(COMPLETE, metrics=metrics_of(0.6, 0.01, 1.0, n=99), log="x")
    pruned = judged(done, TunerConfig())
    assert (pruned.state, pruned.reason) == (PRUNED, TOO_FEW)
    assert pruned.message.startswith("must make at least 100 predictions, got 99; ")
    assert replace(pruned, state=COMPLETE, reason="", message="") == done


@pytest.mark.parametrize(
    "outcome",
    [
        TrialOutcome(COMPLETE, metrics=metrics_of(0.6, 0.01, 1.0, n=100)),
        TrialOutcome(PRUNED, reason="pruner", metrics=metrics_of(0.6, 0.01, 1.0, n=10)),
        TrialOutcome(FAIL, reason="timeout"),
    ],
)
def test_other_outcomes_count_as_they_are(outcome: TrialOutcome) -> None:
    assert judged(outcome, TunerConfig()) is outcome


def test_a_complete_trial_without_metrics_made_no_predictions() -> None:
    assert judged(TrialOutcome(COMPLETE), TunerConfig()).state == PRUNED


# --- records -----------------------------------------------------------------------------------

COUNTS, NUMBERS = st.integers(0, 10**9), st.floats(allow_nan=False)
OUTCOMES = st.builds(
    TrialOutcome,
    state=st.sampled_from([COMPLETE, PRUNED, FAIL]),
    reason=st.text(),
    message=st.text(),
    traceback=st.text(),
    log=st.text(),
    metrics=st.dictionaries(st.text(), NUMBERS | st.none(), max_size=5),
    checkpoints=st.lists(
        st.builds(
            Checkpoint,
            n_predictions=COUNTS,
            n_bars=COUNTS,
            accuracy=NUMBERS,
            ece=NUMBERS,
            sharpe=NUMBERS | st.none(),
        ),
        max_size=4,
    ).map(tuple),
    bins=st.lists(st.tuples(COUNTS, NUMBERS, COUNTS), max_size=4).map(tuple),
    curve=st.lists(st.tuples(COUNTS, NUMBERS, NUMBERS), max_size=4).map(tuple),
    rolling=st.lists(st.tuples(COUNTS, NUMBERS), max_size=4).map(tuple),
    blocks=st.lists(st.tuples(COUNTS, COUNTS, NUMBERS, NUMBERS), max_size=4).map(tuple),
    duration_seconds=NUMBERS,
)


@settings(max_examples=100, deadline=None)
@given(OUTCOMES)
def test_an_outcome_comes_back_from_one_line_of_json_equal(outcome: TrialOutcome) -> None:
    text = outcome.to_json()
    assert "\n" not in text
    again = TrialOutcome.from_json(text)
    assert again == outcome
    assert again.to_json() == text


def test_an_outcome_of_a_later_version_is_read_without_what_is_new() -> None:
    point = Checkpoint(10, 20, 0.5, 0.1, None)
    raw = json.loads(TrialOutcome(COMPLETE, checkpoints=(point,)).to_json())
    raw["colour"] = "green"
    raw["checkpoints"][0]["brier"] = 0.25
    assert TrialOutcome.from_json(json.dumps(raw)) == TrialOutcome(COMPLETE, checkpoints=(point,))


def test_an_outcome_of_an_earlier_version_gets_the_defaults() -> None:
    assert TrialOutcome.from_json('{"state":"FAIL"}') == TrialOutcome(FAIL)


def test_a_trial_without_outcome_has_no_metrics() -> None:
    running = TrialRecord(0, "RUNNING", {}, None, 1.0, None, None)
    assert running.metric("accuracy") is None
    done = replace(running, outcome=TrialOutcome(COMPLETE, metrics={"accuracy": 0.6}))
    assert done.metric("accuracy") == 0.6
    assert done.metric("brier") is None
