"""Plans for Titan's production database: a config goes in, and comes out again, exactly."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from titan_mlopt.backtest.kv_table import CONFIG_PREFIX, decode_value, encode_value
from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.production import release as releases
from titan_mlopt.production.release import Applied, Backup, Change, Release, as_text, compare
from titan_mlopt.production.titan_db import Row, Rows, Titan, load_rows, replace_rows

#: Keys of the table: the version in force, what it replaced, what was undone by force.
APPLIED, BACKUP_PREFIX, UNDONE = "titan_mlopt.applied", "titan_mlopt.backup.", "titan_mlopt.undone"


@dataclass(frozen=True, slots=True)
class Step:
    """A change of the database that is planned.

    undone: the version that it takes back, None when it applies one. in_force: the version in force
    after it. changes: of config keys; unchanged: how many config keys stay as they are.
    before: each row that the plan looked at. after: each row to write; none when all is as wanted.
    """

    undone: Applied | None
    in_force: Applied | None
    changes: tuple[Change, ...]
    unchanged: int
    before: Rows
    after: Rows


def write_step(titan: Titan, step: Step) -> None:
    """Do what is planned, in one transaction; nothing at all when ``after`` is empty.

    Raises:
        ConfigError: A row has changed since it was planned; nothing is written then.
    """
    if step.after:
        replace_rows(titan, step.before, step.after)


def plan_apply(titan: Titan, release: Release, now_s: int) -> Step:
    """Return what applying a release changes: config keys that differ, their backup, the record.

    Args:
        titan: The open database.
        release: The version to apply; where it is in force unchanged, there is nothing to do.
        now_s: Seconds since 1970, UTC.

    Raises:
        ConfigError: The record or the backup in the database cannot be read.
    """
    values = {CONFIG_PREFIX + name: value for name, value in release.values.items()}
    backup_key = BACKUP_PREFIX + release.version
    before = load_rows(titan, [*values, APPLIED, backup_key])
    old = {key: _text(before[key]) for key in values}
    changes = compare(old, {key: as_text(value) for key, value in values.items()})
    unchanged, last = len(values) - len(changes), _read_applied(titan, before[APPLIED])
    if not changes and releases.is_same(last, release):
        return Step(None, last, (), unchanged, before, {})
    applied = releases.next_applied(release, _utc(now_s), last)
    replaced = {key: _pack(before[key]) for key in (*values, APPLIED)}
    backups = _read_backups(titan, backup_key, before[backup_key])
    backups.append(Backup(applied.number, now_s, replaced, values))
    after: dict[str, Row] = {
        change.key: (encode_value(values[change.key]), now_s) for change in changes
    }
    after[backup_key] = _backup_row(backups)
    after[APPLIED] = (encode_value(asdict(applied)), now_s)
    return Step(None, applied, changes, unchanged, before, after)


def plan_undo(titan: Titan, now_s: int, reason: str | None = None) -> Step:
    """Return what restores every row that the last apply replaced, and forgets that apply.

    Args:
        titan: The open database.
        now_s: Seconds since 1970, UTC.
        reason: Why keys that were changed since are overwritten all the same; it is stored, with
            their values, under ``titan_mlopt.undone``.

    Raises:
        ConfigError: Nothing was applied, or a key was changed since and there is no reason.
    """
    undone = _read_applied(titan, load_rows(titan, [APPLIED])[APPLIED])
    if undone is None:
        raise ConfigError(
            f"{titan.path}: must have an applied version to undo, got none; nothing is left to do"
        )
    backup_key = BACKUP_PREFIX + undone.version
    backups = _read_backups(titan, backup_key, load_rows(titan, [backup_key])[backup_key])
    last = _last_backup(titan, backup_key, backups, undone)
    before = load_rows(titan, [*last.rows, backup_key, UNDONE])
    texts = {key: _text(before[key]) for key in last.values}
    changed = compare({key: as_text(value) for key, value in last.values.items()}, texts)
    if changed and reason is None:
        raise _changed_since(titan, changed)
    after: dict[str, Row] = _unpack_all(last, f"{titan.path}: {backup_key}")
    changes = compare(texts, {key: _text(after[key]) for key in texts})
    restored = _read_applied(titan, after[APPLIED])
    after[backup_key] = _backup_row(backups[:-1])
    if changed:
        after[UNDONE] = (encode_value(_forced_undo(undone, changed, reason, now_s)), now_s)
    return Step(undone, restored, changes, len(texts) - len(changes), before, after)


def _last_backup(titan: Titan, key: str, backups: list[Backup], undone: Applied) -> Backup:
    last = backups[-1] if backups else None
    if last is None or last.number != undone.number:
        got = "none" if last is None else "that of another apply"
        raise ConfigError(
            f"{titan.path}: {key} must hold what version {undone.version} replaced, got {got}; "
            "apply the version that you want instead"
        )
    return last


def _changed_since(titan: Titan, changed: tuple[Change, ...]) -> ConfigError:
    key, got = changed[0].key, changed[0].new or "no such key"
    others_text = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return ConfigError(
        f"{titan.path}: {key}{others_text} must be as it was applied, {changed[0].old}, got {got}; "
        'someone changed it since: put it back, or overwrite it with --force --reason "…"'
    )


def _forced_undo(
    undone: Applied, changed: tuple[Change, ...], reason: str | None, now_s: int
) -> Mapping[str, object]:
    """Return what is remembered of keys that an undo overwrote: their values as JSON texts."""
    return {
        "name": undone.name,
        "version": undone.version,
        "at": _utc(now_s),
        "forced_reason": reason,
        "overwritten": {change.key: change.new for change in changed},
    }


def _utc(now_s: int) -> str:
    return datetime.fromtimestamp(now_s, UTC).isoformat()


# --- rows ----------------------------------------------------------------------------------------


def _text(row: Row) -> str | None:
    """Return a row's value as JSON, None without a row."""
    if row is None:
        return None
    try:
        return as_text(decode_value(row[0], ""))  # type: ignore[arg-type]  # it says what is wrong
    except ConfigError:
        return f"unreadable {short_repr(row[0], 40)}"


def _pack(row: Row) -> list[object] | None:
    """Return a row as JSON data from which ``_unpack`` gives the same, types and all."""
    if row is None:
        return None
    return [
        {"base64": base64.b64encode(cell).decode()} if isinstance(cell, bytes) else cell
        for cell in row
    ]


def _unpack(packed: list[object] | None) -> Row:
    if packed is None:
        return None
    blob, updated_at = (
        base64.b64decode(cell["base64"]) if isinstance(cell, dict) else cell for cell in packed
    )
    return blob, updated_at


def _unpack_all(backup: Backup, where: str) -> dict[str, Row]:
    try:
        rows = {key: _unpack(packed) for key, packed in backup.rows.items()}
        return {key: rows[key] for key in (*backup.values, APPLIED)}
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{where}: must hold a row of every key that was applied, got {error!r}; apply the "
            "version that you want instead"
        ) from error


def _backup_row(backups: list[Backup]) -> Row:
    """Return the row of the backups, dated as the last one; None when none is left."""
    if not backups:
        return None
    return encode_value([asdict(backup) for backup in backups]), backups[-1].at_s


def _decoded(titan: Titan, key: str, row: tuple[object, object]) -> object:
    return decode_value(row[0], f"{titan.path}: {key}")  # type: ignore[arg-type]  # as above


def _read_applied(titan: Titan, row: Row) -> Applied | None:
    if row is None:
        return None
    return releases.read_applied(_decoded(titan, APPLIED, row), f"{titan.path}: {APPLIED}")


def _read_backups(titan: Titan, key: str, row: Row) -> list[Backup]:
    if row is None:
        return []
    return releases.read_backups(_decoded(titan, key, row), f"{titan.path}: {key}")
