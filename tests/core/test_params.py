"""What the search space and the config promise."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import pytest

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import (
    DEFAULTS,
    TUNABLE_PARAMS,
    canonical_json,
    check_param,
    digest,
    merge_config,
)


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
