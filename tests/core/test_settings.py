"""The one list of settings: options, MLproject, documentation and tuner agree with it."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from support.command_cases import all_commands
from support.paths import ROOT
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core import settings
from titan_mlopt.core.backtest_id import IDENTITY
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space, load_space, space_text
from titan_mlopt.core.settings import (
    BY_FIELD,
    BY_NAME,
    SETTINGS,
    Setting,
    option_words,
    unspeakable,
)
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.identity import describe_identity
from titan_mlopt.study.storage import studies

MLPROJECT = yaml.safe_load((ROOT / "MLproject").read_text())
PAGE = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
INTS = (settings.COUNT, settings.POSITIVE, settings.OPTIONAL_COUNT, settings.JOBS)
FLOATS = (settings.NUMBER, settings.OPTIONAL_NUMBER)
#: Fields that are no option of `tune`.
NO_OPTION = {
    *("n_startup_trials", "interval_steps", "min_resource", "max_resource", "reduction_factor"),
    *("racing_confidence", "tracking", "tracking_uri", "storage", "unchanged"),
}
OWN_SPACE = Space({name: TUNABLE_PARAMS[name] for name in list(TUNABLE_PARAMS)[:3]})
#: For each field another value than the default.
OTHER: dict[str, Any] = {
    "n_trials": 7,
    "timeout_per_trial": 12.5,
    "study_name": "mine",
    "pruner_type": "racing",
    "n_jobs": 3,
    "objective_type": "multi",
    "ece_constraint": 0.03,
    "min_predictions": 50,
    "accuracy_weight": 0.5,
    "sharpe_weight": 0.5,
    "cost_bps": 2.5,
    "sampler": "random",
    "seed": 7,
    "symbol": "ETHUSDT",
    "timezone": "Europe/Berlin",
    "columns": "-,timestamp,open,high,low,close,volume",
    "limit": 900,
    "holdout": 0.25,
    "segments": 2,
    "n_warmup_steps": 10,
    "deterministic": True,
    "fresh_import": True,
    "backtest": "a.b:c",
    "backtest_path": "/",
    "repeat": 2,
    "space": OWN_SPACE,
    "scratch": "/",
    "memory_per_trial": "2GB",
    "backup": False,
    "executor": "dask",
    "scheduler": "tcp://127.0.0.1:8786",
    "experiment": "mine",
    "register_as": None,
    "register_stopped": True,
    "retry": False,
}
#: That of the command line, where it is not the field's own.
AS_TYPED = {"n_warmup_steps": None, "memory_per_trial": "auto"}


def tune_options() -> dict[str, click.Option]:
    found = all_commands()["tune"]
    return {p.name: p for p in found.params if isinstance(p, click.Option)}


def test_every_option_of_tune_but_json_is_in_the_list_in_its_order() -> None:
    names = [name for name in tune_options() if name != "as_json"]
    assert names == [setting.name for setting in settings.settings_of("tune")]
    assert names == [setting.name for setting in SETTINGS]


def test_every_command_has_the_options_that_the_list_gives_it() -> None:
    for setting in SETTINGS:
        for command in setting.commands:
            found = all_commands()[command]
            (option,) = (p for p in found.params if p.name == setting.name)
            default = "false" if option.default is False else option.default
            if setting.kind == settings.NAMES:
                (default,) = option.default
            assert (option.help, default) == (setting.help, setting.default), setting.name
            assert setting.option in option.opts


def test_mlproject_has_a_parameter_for_each_setting_with_its_type_and_default() -> None:
    parameters = MLPROJECT["entry_points"]["main"]["parameters"]
    assert list(parameters) == [setting.name for setting in SETTINGS]
    for setting in SETTINGS:
        told = parameters[setting.name]
        kind = "int" if setting.kind in INTS else "float" if setting.kind in FLOATS else "string"
        assert (told["type"], str(told["default"])) == (kind, setting.default), setting.name


def test_every_field_of_the_tuner_is_a_setting_or_known_to_be_none() -> None:
    assert {field.name for field in fields(TunerConfig)} == {*BY_FIELD, *NO_OPTION}


def test_the_table_of_settings_in_the_documentation_is_the_list() -> None:
    table = PAGE.partition("## Tuner settings")[2].partition("\n\nHow the values")[0]
    rows = [row.split(" | ") for row in re.findall(r"^\| (`.*) \|$", table, re.MULTILINE)]
    assert {row[0].strip("`") for row in rows} == {field.name for field in fields(TunerConfig)}
    for field, default, option, _ in rows:
        name = field.strip("`")
        plain = str(getattr(TunerConfig(), name)) if name != "space" else "Space()"
        assert default.strip("`").strip('"') == plain
        if name == "storage":
            assert option == f"`{BY_NAME['storage'].option}`"
        else:
            assert option == (f"`{BY_FIELD[name].option}`" if name in BY_FIELD else "–")


def test_the_command_lines_defaults_are_those_of_the_tuner() -> None:
    chosen = all_commands()["tune"].make_context("tune", []).params
    assert settings.tuner_config("tune", chosen) == replace(TunerConfig(), **AS_TYPED)


def test_what_the_options_say_of_a_study_comes_back_as_the_same_study(tmp_path: Path) -> None:
    (tmp_path / "space.json").write_text(space_text(OWN_SPACE))
    space = load_space(tmp_path / "space.json")
    config = TunerConfig(**{**OTHER, "space": space, "n_warmup_steps": None})
    words = option_words(config.as_dict(), config.as_dict()["space_path"])
    more = ["--study-name", "mine", "--n-trials", "7"]
    chosen = all_commands()["tune"].make_context("tune", [*words, *more]).params
    assert settings.tuner_config("tune", chosen) == config


def test_defaults_are_not_said() -> None:
    assert option_words(replace(TunerConfig(), **AS_TYPED).as_dict()) == []
    assert option_words({}) == []
    assert option_words(TunerConfig().as_dict()) == ["--pruner-spec-defaults"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"n_startup_trials": 9}, "n_startup_trials"),
        ({"n_warmup_steps": 50}, "n_warmup_steps"),
        ({"n_warmup_steps": None}, None),
        ({"pruner_type": "racing", "racing_confidence": 0.9}, "racing_confidence"),
        ({"racing_confidence": 0.9}, None),  # the median pruner does not read it
        ({"pruner_type": "none", "n_warmup_steps": 50}, None),
    ],
)
def test_what_no_option_says_is_named(changes: dict[str, Any], name: str | None) -> None:
    assert unspeakable(TunerConfig(**changes).as_dict()) == name


def identity(config: TunerConfig, candles: Candles) -> dict[str, Any]:
    """Return what a study would be held to, without its settings."""
    backtest = {"path": config.backtest or IDENTITY}
    parts = describe_identity(tuning_data(candles, config), config, backtest)
    return {key: value for key, value in parts.items() if key != studies.SETTINGS}


@pytest.mark.parametrize("setting", [one for one in SETTINGS if one.field], ids=lambda s: s.name)
def test_a_setting_pins_a_study_just_when_the_list_says_so(setting: Setting) -> None:
    """The candles' own option is no field; the weights are read by the objective multi alone."""
    candles = sample_candles(2000)
    plain = TunerConfig(objective_type="multi", n_warmup_steps=None)
    value = "sharpe" if setting.field == "objective_type" else OTHER[setting.field]
    changes = {setting.field: value}
    if setting.field == "executor":
        changes["scheduler"] = OTHER["scheduler"]
    if setting.field == "scheduler":
        changes["executor"] = OTHER["executor"]
    changed = replace(plain, **changes)
    own = candles.head(changed.limit) if changed.limit else candles
    differs = identity(plain, candles) != identity(changed, own)
    assert differs == setting.pins


def test_a_space_that_came_from_a_file_says_where_and_is_equal_to_the_same_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("space.json").write_text(space_text(OWN_SPACE))
    found = load_space("space.json")
    assert (found.path, found) == (str(tmp_path / "space.json"), OWN_SPACE)
    told = TunerConfig(space=found).as_dict()
    assert told["space_path"] == found.path
    assert set(told["space"]) == {"ranges", "fixed"}
    assert "space_path" not in TunerConfig(space=OWN_SPACE).as_dict()


def test_a_file_of_limits_is_read_before_the_first_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from titan_mlopt.cli.tune import check_follow_up

    with pytest.raises(ConfigError, match=r"no\.json: must be a readable file"):
        check_follow_up(TunerConfig(), {"gate": "no.json", "promote": False})
