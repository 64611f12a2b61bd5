"""Which config may go to production, what it changes there, and what is remembered of it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from titan_mlopt.core.backtest_id import is_embedded
from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.parameters import DEFAULTS, ParamValue, check_param, is_value
from titan_mlopt.core.plain import PlainError, read_plain

#: The backtest of production Titan: what a config must have been tuned on to go there.
TITANS_BACKTEST = "titan.core.backtest:run_backtest"
_KEY = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*", re.ASCII)
_MOST_LETTERS = 200
T = TypeVar("T", "Applied", "Backup")

#: Key, then value as JSON; None where there is no such key.
Texts = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Release:
    """A registered version that may be applied. forced_reason: why it may, all the same."""

    name: str
    version: str
    config_sha256: str
    backtest: str
    values: Mapping[str, ParamValue]
    forced_reason: str | None = None


def check_release(
    name: str, version: str, bundle: Bundle, *, target: str, reason: str | None = None
) -> Release:
    """Return a version as fit for a database whose Titan is backtested by ``target``.

    Args:
        name: Of the registered model.
        version: Its number.
        bundle: Its files.
        target: Import path of the backtest of that Titan.
        reason: Why a config that was tuned on another backtest is applied; None refuses it.

    Raises:
        ConfigError: It was tuned on another backtest, or a value is out of range or no number.
    """
    tuned_on = _backtest_of(bundle.manifest)
    check_values(bundle.config, tuned_on)
    if tuned_on != target and reason is None:
        raise ConfigError(
            f"backtest: must be the target's, {target}, got {short_repr(tuned_on)} for {name} "
            f"version {version}; a config tuned on one says nothing about the other: name with "
            '--backtest what production runs, tune on that, or pass --force --reason "…"'
        )
    forced = reason if tuned_on != target else None
    return Release(name, version, bundle.config_sha256, tuned_on, dict(bundle.config), forced)


def _backtest_of(manifest: Mapping[str, Any]) -> str:
    backtest = manifest.get("backtest")
    path = backtest.get("path") if isinstance(backtest, Mapping) else None
    if not isinstance(path, str):
        raise ConfigError(
            f"manifest.json: must name the backtest of the study, got {short_repr(backtest)}; "
            "register the study's best again"
        )
    return path


def check_values(config: Mapping[str, object], backtest: str) -> None:
    """Check that every value may stand in a config tuned on ``backtest``.

    A known key must be in its range. A config of an external backtest may have other keys: words
    with dots between, with true, false, a finite number or a short text.

    Raises:
        ConfigError: A key or a value may not; the text names it.
    """
    for name, value in config.items():
        if name in DEFAULTS or is_embedded({"path": backtest}):
            check_param(name, value)  # type: ignore[arg-type]  # it checks the type
        else:
            _check_foreign(name, value)


def _check_foreign(name: str, value: object) -> None:
    if not _KEY.fullmatch(name) or len(name) > _MOST_LETTERS:
        raise ConfigError(
            f"config: keys must be words with dots between, at most {_MOST_LETTERS} letters, got "
            f"{short_repr(name)}; rename it in the search space"
        )
    finite = isinstance(value, bool | int | float) and abs(value) < math.inf
    if not finite and not is_value(value):
        raise ConfigError(
            f"{name}: must be true, false, a finite number or a short text, got "
            f"{short_repr(value)}; tune again"
        )


# --- what changes --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """A key and its values as JSON, before and after; None where there is no such key."""

    key: str
    old: str | None
    new: str | None


def as_text(value: object) -> str:
    """Return a value as JSON; the texts of 5, 5.0 and true differ, as the values do for Titan."""
    return json.dumps(value, separators=(",", ":"))


def compare(old: Texts, new: Texts) -> tuple[Change, ...]:
    """Return the keys of ``new`` with another value or type than in ``old``, in order."""
    pairs = ((key, old.get(key), text) for key, text in new.items())
    return tuple(Change(key, before, after) for key, before, after in pairs if before != after)


# --- what is remembered --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Applied:
    """The version in force, as the database remembers it.

    number: 1 for the first version ever applied, then one more each. at: UTC, ISO 8601.
    before: ``{"name": …, "version": …}`` of the version that it replaced, None for the first.
    """

    number: int
    name: str
    version: str
    config_sha256: str
    backtest: str
    at: str
    forced_reason: str | None
    before: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Backup:
    """What an apply replaced. ``number`` is its ``Applied``'s, ``at_s`` its time, epoch seconds.

    rows: each key's row before, packed for JSON, None where there was none; the row of ``Applied``
    among them. values: the config that was applied, by key of the table.
    """

    number: int
    at_s: int
    rows: Mapping[str, Any]
    values: Mapping[str, ParamValue]


def next_applied(release: Release, at: str, before: Applied | None) -> Applied:
    """Return what is remembered of a release that is applied after ``before``."""
    return Applied(
        number=before.number + 1 if before else 1,
        name=release.name,
        version=release.version,
        config_sha256=release.config_sha256,
        backtest=release.backtest,
        at=at,
        forced_reason=release.forced_reason,
        before={"name": before.name, "version": before.version} if before else None,
    )


def is_same(applied: Applied | None, release: Release) -> bool:
    """Whether the version in force is this one: name, number and hash of the config."""
    names = ("name", "version", "config_sha256")
    return applied is not None and all(getattr(applied, n) == getattr(release, n) for n in names)


def read_applied(record: object, where: str) -> Applied:
    """Return the ``Applied`` of its record; ``where`` names it in a ``ConfigError``."""
    return _checked(record, Applied, where)


def read_backups(records: object, where: str) -> list[Backup]:
    """Return the backups of their records, oldest first; ``where`` names them in an error."""
    if not isinstance(records, list) or not records:
        raise _not_ours(where, records)
    return [_checked(record, Backup, where) for record in records]


def _checked(record: object, kind: type[T], where: str) -> T:
    if not isinstance(record, dict) or set(record) != set(kind.__dataclass_fields__):
        raise _not_ours(where, record)
    try:
        return read_plain(kind, record)
    except PlainError as error:
        raise _not_ours(where, record) from error


def _not_ours(where: str, record: object) -> ConfigError:
    return ConfigError(
        f"{where}: must be as titan_mlopt wrote it, got {short_repr(record)}; put the row back, or "
        "remove it with what it remembers"
    )
