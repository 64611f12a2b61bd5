"""Registered versions of either backtest, and a database as Titan makes it."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from mlflow import MlflowClient
from mlflow.utils.file_utils import local_file_uri_to_path

from titan_mlopt.cli import main
from titan_mlopt.core.backtest_id import ENGINE_VERSION, IDENTITY
from titan_mlopt.core.bundle import Bundle
from titan_mlopt.production.release import TITANS_BACKTEST
from titan_mlopt.tracking.registry.aliases import promote_version, register_config
from titan_mlopt.tracking.store import open_client

NAME = "titan-config"
#: Words of a promotion that does not ask the gate.
FORCE = ("--force", "--reason", "a test")
#: A config of Titan's own backtest: keys of ours and one that only Titan knows.
TITANS: dict[str, bool | int | float] = {
    "feature.fast_window": 7,
    "feature.slow_window": 20,
    "ml.enabled": False,
    "ml.learning_rate": 0.1 + 0.02,
    "online.min_weight": 0.072,
    "regime.max_drift": 2.5e-07,
}
OTHER = {**TITANS, "feature.fast_window": 4, "ml.enabled": True}

Dump = dict[str, list[tuple[Any, ...]]]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def assert_refused(result: Result, message: str) -> None:
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stderr.startswith("titan-mlopt: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def assert_done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def bundle_of(config: Mapping[str, Any], backtest: str = TITANS_BACKTEST, uid: str = "u") -> Bundle:
    version = ENGINE_VERSION if backtest == IDENTITY else "1"
    bundle = Bundle(dict(config), {}, {})
    manifest = {
        "schema_version": 1,
        "study": {"uid": uid, "name": "night"},
        "trial": 3,
        "metrics": {"accuracy": 0.53},
        "backtest": {"path": backtest, "version": version},
        "candles": {"name": "btc.csv", "count": 1000},
        "config_sha256": bundle.config_sha256,
    }
    return replace(bundle, manifest=manifest)


def register(
    uri: str, folder: Path, bundle: Bundle, *, champion: bool = True, name: str = NAME
) -> Path:
    """Make the bundle a version, the champion; return the folder of its artifacts."""
    client = open_client(uri)
    number = len(list(folder.glob("artifacts-*")))
    place = folder / f"artifacts-{number}"
    experiment = client.create_experiment(place.name, artifact_location=place.as_uri())
    made = register_config(client, name, client.create_run(experiment).info.run_id, bundle)
    if champion:
        promote_version(client, name, made.version)
    return folder_of(client, name, made.version)


def folder_of(client: MlflowClient, name: str, version: str) -> Path:
    """Return the folder of a version in a store on this machine."""
    uri = client.get_model_version_download_uri(name, version)
    return Path(local_file_uri_to_path(uri))


def embedded(config: Mapping[str, Any]) -> Bundle:
    return bundle_of(config, IDENTITY)


def packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode())


def make_titan_db(path: Path, journal: str = "delete") -> None:
    """Make the database of a Titan that has run: its config, its state, candles, patterns."""
    config: dict[str, object] = {
        "feature.fast_window": 5,
        "feature.slow_window": 20,
        "ml.enabled": True,
        "ml.learning_rate": 0.065,
        "notes.of_the_owner": "do not touch",
    }
    rows = [(f"config.{key}", packed(value), 1_700_000_000 + i) for i, (key, value) in
            enumerate(config.items())]  # fmt: skip
    rows += [
        ("state.ensemble_weights", packed([0.2, 0.3, 0.5]), 1_700_000_100),
        ("state.raw", b"\x00\xff no zlib", None),
        ("state.text", "kept as text", 1.5),
    ]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute(
            "CREATE TABLE kv (key TEXT PRIMARY KEY, value_blob BLOB, updated_at INTEGER)"
        )
        connection.execute("CREATE TABLE candles (ts INTEGER PRIMARY KEY, close REAL)")
        connection.execute("CREATE TABLE patterns (id INTEGER PRIMARY KEY, body BLOB, hits INT)")
        connection.executemany("INSERT INTO kv VALUES (?, ?, ?)", rows)
        connection.executemany(
            "INSERT INTO candles VALUES (?, ?)", [(60 * i, 100 + i / 7) for i in range(50)]
        )
        connection.executemany(
            "INSERT INTO patterns VALUES (?, ?, ?)", [(i, bytes([i] * 9), i) for i in range(20)]
        )


def dump(path: Path) -> Dump:
    """Return every row of every table with the types of its cells, and the schema."""
    with closing(sqlite3.connect(path)) as connection:
        schema = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        found: Dump = {"": sorted(schema)}
        for kind, table, _ in schema:
            if kind == "table":
                rows = connection.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid")
                found[table] = [(*row, *map(type, row)) for row in rows]
        return found


def kv(path: Path) -> dict[str, tuple[Any, Any]]:
    """Return each key's blob and time."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT key, value_blob, updated_at FROM kv").fetchall()
    return {key: (blob, at) for key, blob, at in rows}


def value(path: Path, key: str) -> Any:
    return json.loads(zlib.decompress(kv(path)[key][0]))


def put(path: Path, key: str, blob: object, at: int = 5) -> None:
    """Write a row as somebody else would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT OR REPLACE INTO kv VALUES (?, ?, ?)", (key, blob, at))
