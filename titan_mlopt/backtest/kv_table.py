"""Titan's ``kv`` table in a trial's database, from which a backtest reads its config."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.parameters import Params, ParamValue, merge_config

CONFIG_PREFIX = "config."
WEIGHTS_KEY = "state.ensemble_weights"
#: Set in the database of a trial whose config may leave Titan's ranges.
BEYOND_KEY = "titan_mlopt.beyond_titan"
# Limit of a value's text: Titan's largest, the weights of its models, have some kilobytes.
_MOST_BYTES = 10_000_000
CREATE_TABLE = (
    "CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value_blob BLOB, updated_at INTEGER)"
)
PUT_ROW = (
    "INSERT INTO kv (key, value_blob, updated_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
    "SET value_blob = excluded.value_blob, updated_at = excluded.updated_at"
)


def encode_value(value: object) -> bytes:
    """Return a value as Titan stores it: zlib-compressed compact JSON."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode())


def decode_value(blob: bytes, where: str) -> object:
    """Return the value that ``encode_value`` encoded.

    Args:
        blob: The stored bytes.
        where: Names the value in the error message.

    Raises:
        ConfigError: The bytes are no zlib-compressed JSON of at most 10 MB.
    """
    try:
        return parse_json(_decompressed(blob))
    except (zlib.error, ValueError, TypeError) as error:
        why = short_repr(str(error))
        raise ConfigError(
            f"{where}: must be zlib-compressed JSON, got {short_repr(blob, 40)} ({why}); write it "
            "anew"
        ) from error


def _decompressed(blob: bytes) -> bytes:
    """Return the text of a value; a few bytes may say that they are gigabytes."""
    stream = zlib.decompressobj()
    text = stream.decompress(blob, _MOST_BYTES)
    if not stream.eof:
        raise ValueError(f"no end within {_MOST_BYTES:,} bytes")
    return text


def save_values(db_path: str | Path, values: Mapping[str, object], now_s: int) -> None:
    """Write values into the table ``kv`` in one transaction.

    Args:
        db_path: SQLite file; file and table are created if needed.
        values: JSON values by key; existing keys are replaced.
        now_s: UTC seconds since 1970, stored with each row.
    """
    with closing(sqlite3.connect(db_path)) as connection, connection:
        connection.execute(CREATE_TABLE)
        connection.executemany(
            PUT_ROW, [(key, encode_value(value), now_s) for key, value in values.items()]
        )


def load_values(db_path: str | Path, prefix: str) -> dict[str, object]:
    """Return every value whose key begins with ``prefix``; {} without a file or a table ``kv``.

    Raises:
        ConfigError: The file is no SQLite database, or a value is no zlib-compressed JSON.
    """
    path = Path(db_path)
    if not path.exists():
        return {}
    try:
        rows = _load_rows(path, prefix)
    except sqlite3.DatabaseError as error:
        raise ConfigError(
            f"{path.name}: must be a SQLite database with Titan's table kv, got {error}; "
            "pass Titan's database or a new one"
        ) from error
    return {key: decode_value(blob, f"{path.name}: {key}") for key, blob in rows}


def _load_rows(path: Path, prefix: str) -> list[tuple[str, bytes]]:
    """Return key and blob of every row whose key begins with ``prefix``, read-only."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'kv'"
        ).fetchone()
        if not tables[0]:
            return []
        return connection.execute(
            "SELECT key, value_blob FROM kv WHERE substr(key, 1, ?) = ? ORDER BY key",
            (len(prefix), prefix),
        ).fetchall()


def save_config(
    db_path: str | Path, config: Mapping[str, ParamValue], now_s: int, *, beyond: bool = False
) -> None:
    """Write a config as Titan stores it: one row ``config.<name>`` per key, types preserved.

    beyond: it may leave Titan's ranges, as ``load_config`` will then let it.
    """
    values: dict[str, object] = {CONFIG_PREFIX + name: v for name, v in config.items()}
    if beyond:
        values[BEYOND_KEY] = True
    save_values(db_path, values, now_s)


def load_config(db_path: str | Path) -> Params:
    """Return the full config of a trial's database: the defaults updated with its values.

    Config keys of Titan that the embedded predictor does not have are ignored.

    Raises:
        ConfigError: The database cannot be read, or a value has the wrong type or is out of its
            range.
    """
    stored = load_values(db_path, CONFIG_PREFIX)
    defaults = merge_config({})
    named = {key.removeprefix(CONFIG_PREFIX): value for key, value in stored.items()}
    beyond = load_values(db_path, BEYOND_KEY).get(BEYOND_KEY) is True
    known = {k: v for k, v in named.items() if k in defaults}
    return merge_config(known, beyond=beyond)  # type: ignore[arg-type]  # checked by merge_config
