"""Every setting of ``titan-mlopt tune``, in the order of its options.

The command line's options and every printed command are generated from this list; MLproject and
docs/parameters.md are tested against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from titan_mlopt.core.search_space import Space, load_space
from titan_mlopt.core.setting import (
    AUTO_POSITIVE,
    AUTO_SHARE,
    CHECK,
    CHOICE,
    COUNT,
    EMBEDDED,
    JOBS,
    NAMES,
    NONE,
    NUMBER,
    OPTIONAL_COUNT,
    OPTIONAL_NUMBER,
    POSITIVE,
    SENSITIVITY,
    SPACE,
    SWITCH,
    TEXT,
    TUNE,
    WALK,
    Setting,
    setting_of,
)
from titan_mlopt.core.storage_url import DEFAULT_DB
from titan_mlopt.core.tuner_config import (
    AUTO_CANDLES,
    AUTO_HOLDOUT,
    AUTO_SAMPLE_HOLDOUT,
    AUTO_SEGMENTS,
    TunerConfig,
    figures_of,
)

__all__ = ["AUTO_CANDLES", "AUTO_HOLDOUT", "AUTO_SAMPLE_HOLDOUT", "AUTO_SEGMENTS"]
__all__ += ["BY_FIELD", "BY_NAME", "SETTINGS"]
__all__ += ["AUTO_POSITIVE", "AUTO_SHARE", "CHOICE", "COUNT", "EMBEDDED", "JOBS", "NAMES", "NONE"]
__all__ += ["NUMBER", "OPTIONAL_COUNT", "OPTIONAL_NUMBER", "POSITIVE", "SPACE", "SWITCH", "TEXT"]
__all__ += ["Setting", "is_plain_space", "option_words", "settings_of", "tuner_config"]
__all__ += ["unspeakable"]

_DECLARED = {
    setting.name: setting for field in fields(TunerConfig) if (setting := setting_of(field))
}
_OF_DATABASE = (
    *_DECLARED["study_name"].commands,
    *("studies", "promote", "backup", "restore", "delete-study"),
)
# Settings of one call or of the database, which are no fields of TunerConfig.
_OF_CALLS = (
    Setting(
        *("candles", TEXT, "sample"),
        help="File or folder of candles (docs/candles.md); 'sample' is the embedded one.",
        pins=True,
        path=True,
        commands=(TUNE, SENSITIVITY, WALK, CHECK),
    ),
    Setting(
        *("more", OPTIONAL_COUNT, "0"),
        help="Run so many on top of those that the study has, whatever --n-trials says; 0 for off.",
    ),
    Setting(
        *("warm_start", NAMES, NONE),
        help="Configs to try first, after the defaults: champion, the number of a version, a study "
        "(its best five) or a file of configs; several with commas, or the option again.",
    ),
    Setting(
        *("transfer", NAMES, NONE),
        help="Studies that the search starts from, of another symbol say, as far as its own trials "
        "bear them out; their best five are tried first. With the sampler gp.",
    ),
    Setting(
        *("db", TEXT, DEFAULT_DB),
        help="SQLite file that holds the study.",
        path=True,
        commands=_OF_DATABASE,
    ),
    Setting(
        *("storage", TEXT, NONE),
        help="Instead of --db: postgresql+psycopg://user@host/database, or env:NAME for the "
        "variable that holds it.",
        commands=_OF_DATABASE,
    ),
    Setting(
        *("timeout_total", OPTIONAL_NUMBER, "0"),
        help="Seconds after which no trial is started; 0 for none.",
    ),
    Setting(
        *("placebo", OPTIONAL_COUNT, "0"),
        help="Repeat the study so often on candles with random directions, 19 or more for p <= "
        ".05.",
    ),
    Setting(
        *("promote", SWITCH, "false"),
        help="Ask the gate at the end, and make the new version champion if it says so.",
    ),
    Setting(
        *("beyond_titan", SWITCH, "false"),
        help="Let the file of --space widen Titan's own ranges; a version of such a study is "
        "marked.",
        pins=True,
        commands=(TUNE, SENSITIVITY, WALK, "space", CHECK),
    ),
    Setting(
        *("gate", TEXT, NONE),
        help="JSON file of limits of the gate that replace the default ones (docs/verdicts.md).",
        path=True,
        commands=(TUNE, "promote", "validate", "verdict"),
    ),
)
_ORDER = (
    *("candles", "n_trials", "more", "db", "storage", "study_name", "objective", "pruner"),
    *("pruner_spec_defaults", "sampler", "n_jobs", "timeout_per_trial", "timeout_total", "seed"),
    *("deterministic", "no_retry", "symbol", "timezone", "columns", "limit", "holdout", "segments"),
    *("ece_constraint", "min_predictions", "accuracy_weight", "sharpe_weight", "cost_bps"),
    *("backtest", "backtest_path", "repeat", "fresh_import", "space", "beyond_titan"),
    *("warm_start", "transfer", "scratch"),
    *("memory_per_trial", "no_backup", "executor", "scheduler"),
    *("experiment", "register_as", "register_stopped", "placebo", "promote", "gate"),
)
BY_NAME = _DECLARED | {setting.name: setting for setting in _OF_CALLS}
SETTINGS = tuple(BY_NAME[name] for name in _ORDER)
#: The settings that are fields of ``TunerConfig``, by the name of the field.
BY_FIELD = {setting.field: setting for setting in SETTINGS if setting.field}
# The caller prints these itself.
_APART = ("study_name", "n_trials")


def settings_of(command: str) -> tuple[Setting, ...]:
    """Return the settings that are options of a command."""
    return tuple(setting for setting in SETTINGS if command in setting.commands)


def tuner_config(command: str, chosen: Mapping[str, Any], **without_option: Any) -> TunerConfig:
    """Return the settings of one call of a command.

    Args:
        command: The command.
        chosen: Parsed value of each of its options by name. None for an option that may be auto
            keeps the field's default.
        **without_option: Fields that have no option.

    Raises:
        ConfigError: A setting is out of its range, or does not fit the others.
    """
    fields = {
        setting.field: _value_of(setting, chosen)
        for setting in settings_of(command)
        if setting.field and not (setting.may_be_auto and chosen[setting.name] is None)
    }
    return TunerConfig(**fields, **without_option)


def _value_of(setting: Setting, chosen: Mapping[str, Any]) -> Any:
    """Return the value of a field; the range of a space depends on another option."""
    value = chosen[setting.name]
    if setting.kind == SPACE and value != NONE and chosen.get("beyond_titan"):
        return load_space(value, beyond_titan=True)
    return setting.value(value)


def unspeakable(settings: Mapping[str, Any]) -> str | None:
    """Return the first setting of a study that no option of ``tune`` can express.

    A command printed without it would be refused by the study.

    Args:
        settings: Settings as the study stores them.

    Returns:
        The name of the field, or None when the options can express all settings.
    """
    pruner = str(settings.get("pruner_type", _PLAIN["pruner_type"]))
    for name in figures_of(pruner):
        setting, value = BY_FIELD.get(name), settings.get(name, _PLAIN[name])
        expressible = (_PLAIN[name],) if setting is None else setting.spellings.values()
        if value not in expressible:
            return name
    return None


def option_words(
    settings: Mapping[str, Any], space_file: str = "", command: str = TUNE
) -> list[str]:
    """Return the arguments for all options that differ from their defaults, switches last.

    Study name and number of trials are left to the caller.

    Args:
        settings: Fields by name, as ``TunerConfig.as_dict`` returns them or as they come back from
            JSON; a missing one has its default.
        space_file: File that holds the space, where that is not Titan's own.
        command: The command.
    """
    values, switches = list[str](), list[str]()
    for setting in settings_of(command):
        name = setting.field
        if not name or name in _APART or name not in settings:
            continue
        value = settings[name]
        if setting.kind == SWITCH:
            switches += [setting.option] if value == setting.spellings["true"] else []
        elif setting.kind == SPACE:
            values += [] if is_plain_space(value) else [setting.option, space_file]
            switches += ["--beyond-titan"] if value and value.get("beyond_titan") else []
        elif value != _PLAIN[name]:
            values += [setting.option, setting.text(value)]
    return [*values, *switches]


def is_plain_space(space: Mapping[str, Any] | None) -> bool:
    """Return whether a stored space, whose ranges JSON has turned into lists, is Titan's own."""
    if space is None:
        return True
    return Space.from_plain(space) == Space()


_PLAIN = asdict(TunerConfig())
