"""The config around which parameters are varied: what it holds, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_mlopt.core.config_files import base_config, load_config
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.core.search_space import Space


def test_the_base_is_productions_defaults_unless_told() -> None:
    assert base_config(Space()) == DEFAULTS
    own = base_config(Space(), {"feature.fast_window": 7, "calibration.blend": 0.5})
    assert own == {**DEFAULTS, "feature.fast_window": 7, "calibration.blend": 0.5}


def test_another_backtest_gets_what_the_space_and_the_file_name_alone() -> None:
    space = Space({"feature.fast_window": (3, 10, "int"), "own.x": (0, 9, "int")}, {"own.z": True})
    config = base_config(space, {"own.x": 3, "sizing.kelly": 0.25}, embedded=False)
    assert config == {"feature.fast_window": 5, "own.x": 3, "own.z": True, "sizing.kelly": 0.25}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"feature.fast_window": 11}', "must be a whole number from 3 to 10, got 11"),
        ('{"feature.fast_window": 6}', "must be a whole number from 3 to 5, as the space says"),
        ('{"feature.fast_window": 4.0}', "must be a whole number from 3 to 10, got 4.0"),
        ('{"ml.max_depth": 8}', "ml.max_depth must be 5, at which the space holds it, got 8"),
        ('{"no.such": 1}', "keys must be Titan's, got 'no.such'"),
        (
            '{"feature.fast_window": "5"}',
            "must be a whole number from 3 to 10, got '5'",
        ),
        ('{"feature.fast_window": NaN}', "config.json: must hold finite numbers, got NaN"),
        ('{"ml.max_depth": 5, "ml.max_depth": 6}', "of an object once, got 'ml.max_depth' twice"),
        ("[1]", "must be {name: number, bool or text, …}, got [1]"),
        ("{", "must be JSON"),
        (None, "must be a readable file, got No such file"),
    ],
)
def test_a_config_that_does_not_fit_is_a_clear_error_that_names_the_file(
    tmp_path: Path, text: str | None, message: str
) -> None:
    space, file = Space({"feature.fast_window": (3, 5, "int")}, {"ml.max_depth": 5}), "config.json"
    if text is not None:
        (tmp_path / file).write_text(text)
    with pytest.raises(ConfigError) as caught:
        base_config(space, load_config(tmp_path / file), where=str(tmp_path / file))
    assert str(caught.value).startswith(f"{tmp_path / file}: ")
    assert message in str(caught.value)


def test_a_space_whose_own_parameter_has_no_value_is_an_error_that_says_so() -> None:
    with pytest.raises(ConfigError, match=r"config: must hold own\.x, of which no default"):
        base_config(Space({"own.x": (0, 9, "int")}), embedded=False)
