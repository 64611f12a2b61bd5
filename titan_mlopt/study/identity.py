"""The identity of a study: stored before its first trial, and compared when it is resumed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import optuna

from titan_mlopt.backtest.sources import find_difference, shown_digest
from titan_mlopt.core.backtest_id import comparable
from titan_mlopt.core.errors import StudyError, short_repr
from titan_mlopt.core.scoring import directions_of
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.core.unchanged import rule_of
from titan_mlopt.study.dataset import TuningData
from titan_mlopt.study.samplers.schedule import Schedule, plan_schedule
from titan_mlopt.study.storage.studies import (
    BACKTEST,
    CANDLES,
    CLOSES,
    HOLDOUT,
    OBJECTIVE,
    PRUNER,
    SAMPLER,
    SCORING,
    SEED,
    SETTINGS,
    SPACE,
    UID,
    read_identity,
    save_sources,
)
from titan_mlopt.study.storage.versions import SCHEMA, SCHEMA_VERSION

# What a study of an earlier version has where it lacks the attribute.
_OLDER = {SAMPLER: Schedule().as_dict()}


def describe_identity(
    data: TuningData, config: TunerConfig, backtest: Mapping[str, str]
) -> dict[str, Any]:
    """Return the identity of a study, by attribute key.

    The order is that of the comparison: another hold-out share, say, also means other candles, so
    scoring comes first.

    Args:
        data: The candles of the study.
        config: Its settings.
        backtest: Identity of the backtest, from a dry run.
    """
    settings, scoring = config.as_dict(), config.scoring()
    del settings["tracking_uri"]  # may hold a password
    for name in ("backtest_path", "scratch"):  # absolute, so valid from any working directory
        settings[name] = settings[name] and str(Path(settings[name]).absolute())
    return {
        OBJECTIVE: config.objective_type,
        SCORING: scoring | ({"warm_up": data.warm_up} if data.segments else {}),
        CANDLES: data.description,
        HOLDOUT: data.holdout,
        SPACE: config.space.digest,
        BACKTEST: dict(backtest),
        PRUNER: config.pruning(),
        SAMPLER: plan_schedule(config, len(data.candles)).as_dict(),
        SEED: config.seed,
        CLOSES: asdict(data.closes),
        SETTINGS: {**settings, "candles_path": data.candles.path},
    }


def pin_identity(study: optuna.Study, identity: Mapping[str, Any]) -> None:
    """Store the identity of a new study, or compare it with the stored one.

    Args:
        study: A stored study. Its settings are updated if they changed.
        identity: As ``describe_identity`` returns it.

    Raises:
        StudyError: It differs from the stored one, or the study belongs to another program; the
            message names the difference.
    """
    read_identity(study)  # refuses attributes that are damaged
    stored = study.user_attrs
    directions = directions_of(str(identity[OBJECTIVE]))
    if tuple(direction.name.lower() for direction in study.directions) != directions:
        raise StudyError(
            f"study {study.study_name}: must have the same objective, with directions "
            f"{', '.join(directions)}, got {', '.join(d.name.lower() for d in study.directions)}; "
            "choose another study_name"
        )
    if UID not in stored:  # written last, so a study with a UID has its whole identity
        if any(trial.state.is_finished() for trial in study.get_trials(deepcopy=False)):
            raise StudyError(
                f"study {study.study_name}: must be one of titan_mlopt's, got trials of another "
                "program; choose another study_name"
            )
        for key, value in {**identity, SCHEMA: SCHEMA_VERSION, UID: uuid.uuid4().hex}.items():
            study.set_user_attr(key, value)
        return
    for key, value in identity.items():
        before = stored.get(key, _OLDER.get(key))
        if key not in (SETTINGS, CLOSES) and _comparable(key, before) != _comparable(key, value):
            name, before, after = _difference(key.removeprefix("titan_mlopt."), before, value)
            raise StudyError(
                f"study {study.study_name}: must go on with the same {name}, {before}, got "
                f"{after}; choose another study_name for a new study"
            )
    if stored.get(SETTINGS) != identity.get(SETTINGS):
        study.set_user_attr(SETTINGS, identity.get(SETTINGS))
    if CLOSES in identity and CLOSES not in stored:  # a study of an earlier version
        study.set_user_attr(CLOSES, identity[CLOSES])


def stored_schedule(study: optuna.Study) -> Schedule:
    """Return which sampler chooses which point of a stored study."""
    return Schedule.from_dict(study.user_attrs.get(SAMPLER))


def stored_unchanged(study: optuna.Study) -> str | None:
    """Return what an unchanged close counts as in a stored study; None for one without trials."""
    scoring = read_identity(study).scoring
    return rule_of(scoring) if scoring else None


def merge_sources(study: optuna.Study, sources: Mapping[str, str]) -> dict[str, str]:
    """Merge the sources that a backtest loaded into the stored ones.

    Args:
        study: A stored study.
        sources: SHA-256 by module.

    Returns:
        All sources, as they are stored now.

    Raises:
        StudyError: A module has another digest than before; the message names the first.
    """
    stored = dict(read_identity(study).sources)
    module = find_difference(stored, sources)
    if module is not None:
        before, after = shown_digest(stored[module]), shown_digest(sources[module])
        raise StudyError(
            f"study {study.study_name}: must go on with the same backtest, its module {module!r} "
            f"({before}), got another one ({after}); put it back, or choose another study_name for "
            "a new study"
        )
    merged = {**stored, **sources}
    save_sources(study, merged)
    return merged


def _difference(name: str, before: Any, after: Any) -> tuple[str, str, str]:
    """Return name, old and new value of a difference for a message, limited to what differs."""
    are_settings = isinstance(before, dict) and isinstance(after, dict)
    if not are_settings or "sha256" in {*before, *after}:
        return name, _describe(before), _describe(after)
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    first, second = (
        ", ".join(f"{key}={side.get(key, 'none')}" for key in keys) for side in (before, after)
    )
    return name, first, second


def _describe(value: Any) -> str:
    """Return a part of the identity for a message, with the first digits of its digest."""
    if value is None or value == {}:
        return "none"
    if isinstance(value, dict) and "sha256" in value:
        version = f" {value['version']}" if value.get("version") else ""
        name = value.get("name") or value.get("path")
        return f"{name!r}{version} (SHA-256 {value['sha256'][:12]}…)"
    return short_repr(value)


def _comparable(key: str, value: Any) -> Any:
    """Return what must not change: of candles the digest, not the name of their file."""
    if key == HOLDOUT:  # older studies lack the attribute
        return (value or {}).get("sha256")
    if key == BACKTEST and isinstance(value, dict):
        return comparable(value)
    if key == SAMPLER:  # the schedule of auto is that which the study began with
        return Schedule.from_dict(value).sampler
    is_candles = key == CANDLES and isinstance(value, dict)
    return value.get("sha256", value) if is_candles else value
