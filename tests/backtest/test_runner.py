"""run_backtest and Titan's config table: what is read, what is written, where it stops."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from titan_mlopt.backtest.kv_table import (
    decode_value,
    encode_value,
    load_config,
    load_values,
    save_config,
    save_values,
)
from titan_mlopt.backtest.runner import SUMMARY_FILE, backtest_stats, run_backtest
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import Candles, load_candles, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core import backtest_id
from titan_mlopt.core.errors import CandleError, ConfigError
from titan_mlopt.core.parameters import DEFAULTS, Params, merge_config
from titan_mlopt.core.trial import Checkpoint

N = 1500
QUICK: Params = {"ml.enabled": False}
NOW_S = 1_700_000_000


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("candles") / "sample.csv"
    save_candles(sample_candles(N), path)
    return path


@pytest.fixture(scope="module")
def candles(csv: Path) -> Candles:
    return load_candles(csv)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A trial's database with the classifier switched off, for speed."""
    path = tmp_path / "trial.db"
    save_config(path, QUICK, NOW_S)
    return path


def sql(db: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(db)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def put(db: Path, key: str, blob: object) -> None:
    sql(db, "INSERT OR REPLACE INTO kv VALUES (?, ?, ?)", key, blob, NOW_S)


def run(csv: Path, db: Path, out: Path, **kw: Any) -> BacktestStats:
    stats = run_backtest(csv, db, out, tune_weights=False, return_stats=True, **kw)
    assert isinstance(stats, BacktestStats)
    return stats


def same(one: BacktestStats, other: BacktestStats) -> bool:
    columns = ("direction", "confidence", "traded", "returns")
    return all(getattr(one, c).tobytes() == getattr(other, c).tobytes() for c in columns)


# --- Titan's table -----------------------------------------------------------------------------


def test_a_config_is_stored_as_titan_stores_it(tmp_path: Path) -> None:
    save_config(tmp_path / "a.db", {"ml.enabled": False, "online.learning_rate": 0.05}, NOW_S)
    assert sql(tmp_path / "a.db", "SELECT * FROM kv ORDER BY key") == [
        ("config.ml.enabled", zlib.compress(b"false"), NOW_S),
        ("config.online.learning_rate", zlib.compress(b"0.05"), NOW_S),
    ]
    (table,) = sql(tmp_path / "a.db", "SELECT sql FROM sqlite_master WHERE name = 'kv'")
    assert table[0].split("(", 1)[1] == "key TEXT PRIMARY KEY, value_blob BLOB, updated_at INTEGER)"
    types = "SELECT DISTINCT typeof(key), typeof(value_blob), typeof(updated_at) FROM kv"
    assert sql(tmp_path / "a.db", types) == [("text", "blob", "integer")]


def test_values_are_compact_json() -> None:
    assert zlib.decompress(encode_value({"a": [1, 0.5], "b": None})) == b'{"a":[1,0.5],"b":null}'


def test_types_survive_the_table(tmp_path: Path) -> None:
    save_config(tmp_path / "a.db", DEFAULTS, NOW_S)
    found = load_config(tmp_path / "a.db")
    assert found == DEFAULTS
    assert list(found) == list(DEFAULTS)
    assert {k: type(v) for k, v in found.items()} == {k: type(v) for k, v in DEFAULTS.items()}


def test_floats_survive_the_table_to_the_bit(tmp_path: Path) -> None:
    value = 0.1 * 0.3 + 1e-17
    save_config(tmp_path / "a.db", {"pattern.max_boost": value}, NOW_S)
    assert load_config(tmp_path / "a.db")["pattern.max_boost"].hex() == value.hex()  # type: ignore[union-attr]


def test_what_is_stored_replaces_what_was_stored(db: Path) -> None:
    save_config(db, {"ml.enabled": True, "feature.fast_window": 7}, NOW_S + 60)
    assert load_config(db)["ml.enabled"] is True
    assert sql(db, "SELECT key, updated_at FROM kv ORDER BY key") == [
        ("config.feature.fast_window", NOW_S + 60),
        ("config.ml.enabled", NOW_S + 60),
    ]


def test_config_keys_that_the_predictor_does_not_know_are_left_aside(db: Path) -> None:
    put(db, "config.sizing.kelly_fraction", zlib.compress(b"0.25"))
    put(db, "config.enabled_pairs", zlib.compress(b'["BTCUSDT"]'))
    put(db, "state.pattern_table", b"not even zlib")
    put(db, "configuration", b"\x00")
    assert load_config(db) == merge_config(QUICK)


def test_a_missing_table_means_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    sql(path, "CREATE TABLE candles (ts INTEGER)")
    assert load_config(path) == DEFAULTS
    assert sql(path, "SELECT name FROM sqlite_master") == [("candles",)]


def test_a_missing_database_means_the_defaults_and_is_not_made(tmp_path: Path) -> None:
    assert load_config(tmp_path / "absent.db") == DEFAULTS
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "blob", [b"", b"0.05", zlib.compress(b"{"), zlib.compress(b"1")[:-1], None]
)
def test_a_corrupt_value_is_refused_by_its_key(db: Path, blob: bytes | None) -> None:
    put(db, "config.ml.max_depth", blob)
    with pytest.raises(
        ConfigError, match=r"^trial\.db: config\.ml\.max_depth: must be zlib-compressed JSON, got "
    ):
        load_config(db)


def test_a_corrupt_value_under_another_prefix_is_not_looked_at(db: Path) -> None:
    put(db, "state.x", b"garbage")
    assert list(load_values(db, "config.")) == ["config.ml.enabled"]


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (b"7.0", r"ml\.max_depth: must be a whole number from 4 to 10, got 7\.0"),
        (b"true", r"ml\.max_depth: must be a whole number from 4 to 10, got True"),
        (b"11", r"ml\.max_depth: must be a whole number from 4 to 10, got 11"),
        (b'"7"', r"ml\.max_depth: must be a whole number from 4 to 10, got '7'"),
        (b"NaN", r"config\.ml\.max_depth: must be zlib-compressed JSON, got .*NaN"),
        (b"null", r"ml\.max_depth: must be a whole number from 4 to 10, got None"),
    ],
)
def test_a_stored_value_of_another_type_or_range_is_refused(
    db: Path, stored: bytes, message: str
) -> None:
    put(db, "config.ml.max_depth", zlib.compress(stored))
    with pytest.raises(ConfigError, match=message):
        load_config(db)


@pytest.mark.parametrize("content", [b"timestamp,open\n1,2\n" * 100, b"SQLite format 3\x00" * 60])
def test_a_file_that_is_no_database_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^x\.db: must be a SQLite database with Titan's table"):
        load_config(path)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be a SQLite database with Titan's table kv, got "):
        load_config(tmp_path)


def test_a_path_with_signs_of_an_address_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=rw#c%20.db"
    save_config(path, QUICK, NOW_S)
    assert load_config(path)["ml.enabled"] is False


def test_decode_value_names_where_it_stood() -> None:
    assert decode_value(encode_value([1, "x"]), "here") == [1, "x"]
    with pytest.raises(ConfigError, match=r"^here: must be zlib-compressed JSON, got b'x'"):
        decode_value(b"x", "here")


# --- run_backtest ------------------------------------------------------------------------------


def test_the_config_of_the_database_is_what_runs(
    csv: Path, candles: Candles, tmp_path: Path
) -> None:
    params: Params = {**QUICK, "feature.fast_window": 3, "ensemble.min_margin": 0.1}
    db = tmp_path / "t.db"
    sql(db, "CREATE TABLE kv (key TEXT PRIMARY KEY, value_blob BLOB, updated_at INTEGER)")
    for name, value in params.items():
        put(db, f"config.{name}", zlib.compress(json.dumps(value).encode()))
    found = run(csv, db, tmp_path)
    assert same(found, backtest_stats(candles, merge_config(params)))
    assert not same(found, backtest_stats(candles, merge_config(QUICK)))


def test_the_summary_is_the_metrics_as_json(csv: Path, db: Path, tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    metrics = run_backtest(csv, db, out, tune_weights=False)
    assert isinstance(metrics, dict)
    assert json.loads((out / SUMMARY_FILE).read_text()) == metrics
    assert [path.name for path in out.iterdir()] == ["summary.json"]
    assert metrics == run(csv, db, tmp_path).metrics()


def test_titans_own_positional_call_works(csv: Path, db: Path, tmp_path: Path) -> None:
    stats = run_backtest(str(csv), str(db), str(tmp_path / "out"), 700, False, True)
    assert isinstance(stats, BacktestStats)


def test_limit_takes_the_first_candles_only(
    csv: Path, db: Path, candles: Candles, tmp_path: Path
) -> None:
    found = run(csv, db, tmp_path, limit=700)
    # 700 candles, the first decision at bar 119 (20 returns, 100 volatilities), the last candle
    # without outcome.
    assert len(found.direction) == 700 - 119 - 1
    assert same(found, backtest_stats(candles.head(700), merge_config(QUICK)))
    assert same(found, run(csv, db, tmp_path).head(580))


def test_too_few_candles_are_refused_with_the_number_needed(
    csv: Path, db: Path, tmp_path: Path
) -> None:
    message = r"sample\.csv: must have at least 121 candles .*, got 120; pass more candles"
    with pytest.raises(CandleError, match=message):
        run(csv, db, tmp_path, limit=120)
    assert len(run(csv, db, tmp_path, limit=121).direction) == 1


def test_returns_are_those_of_the_next_bar(
    csv: Path, db: Path, candles: Candles, tmp_path: Path
) -> None:
    found, close = run(csv, db, tmp_path), candles.close
    assert found.returns[0] == close[120] / close[119] - 1.0
    assert found.returns[-1] == close[N - 1] / close[N - 2] - 1.0
    assert found.interval_s == 60


def test_without_tuning_the_database_keeps_every_byte(csv: Path, db: Path, tmp_path: Path) -> None:
    put(db, "state.ensemble_weights", zlib.compress(b"[1,0,0,0]"))
    before = db.read_bytes()
    run_backtest(csv, db, tmp_path / "out", tune_weights=False)
    assert db.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "trial.db"]


def test_with_tuning_the_weights_are_kept_and_all_else_stays(
    csv: Path, db: Path, candles: Candles, tmp_path: Path
) -> None:
    put(db, "config.sizing.kelly_fraction", zlib.compress(b"0.25"))
    put(db, "state.ensemble_weights", zlib.compress(b"[1,0,0,0]"))
    put(db, "state.other", b"\x01\x02")
    sql(db, "CREATE TABLE trades (id INTEGER, side TEXT)")
    sql(db, "INSERT INTO trades VALUES (1, 'UP')")
    others = "SELECT * FROM kv WHERE key != 'state.ensemble_weights' ORDER BY key"
    before = sql(db, others)
    run_backtest(csv, db, tmp_path)
    assert sql(db, others) == before
    assert sql(db, "SELECT * FROM trades") == [(1, "UP")]
    ((blob, updated_at),) = sql(
        db, "SELECT value_blob, updated_at FROM kv WHERE key = 'state.ensemble_weights'"
    )
    weights = json.loads(zlib.decompress(blob))
    assert len(weights) == 4
    assert sum(weights) == pytest.approx(1.0, abs=1e-9)
    assert updated_at == candles.ts[-1]


def test_kept_weights_do_not_change_the_next_run(csv: Path, db: Path, tmp_path: Path) -> None:
    first = run_backtest(csv, db, tmp_path)
    assert run_backtest(csv, db, tmp_path) == first


def test_costs_are_taken_from_the_returns(csv: Path, db: Path, tmp_path: Path) -> None:
    free, dear = run(csv, db, tmp_path), run(csv, db, tmp_path, cost_bps=5.0)
    assert same(free, dear)
    # Every unit of changed position costs .0005.
    paid = float(free.net.sum() - dear.net.sum())
    turned = (free.metrics()["turnover"] or 0.0) * len(free.net)
    assert paid == pytest.approx(0.0005 * turned)


def test_the_seed_reaches_the_noise_floor(csv: Path, db: Path, tmp_path: Path) -> None:
    noise = [run(csv, db, tmp_path, seed=seed).metrics()["ece_noise"] for seed in (1, 1, 2)]
    assert noise[0] == noise[1] != noise[2]


# --- checkpoints -------------------------------------------------------------------------------


def test_checkpoints_come_exactly_on_the_grid(csv: Path, db: Path, tmp_path: Path) -> None:
    points: list[Checkpoint] = []

    def on_checkpoint(point: Checkpoint) -> bool:
        points.append(point)
        return True

    whole = run(csv, db, tmp_path)
    grid = (1, 10, 350, 351, 800, whole.total + 5, 10**6)
    watched = run(csv, db, tmp_path, grid=grid, on_checkpoint=on_checkpoint)
    assert same(watched, whole)
    assert [point.n_predictions for point in points] == [1, 10, 350, 351, 800]
    assert points == [whole.head(point.n_bars).checkpoint() for point in points]
    # The bar of the n-th prediction is the last one that counts.
    made = np.cumsum(whole.predicted)
    assert [point.n_bars for point in points] == [
        int(np.searchsorted(made, n)) + 1 for n in (1, 10, 350, 351, 800)
    ]


@pytest.mark.parametrize("stop_at", [1, 10, 350])
def test_false_stops_there_with_the_stats_of_the_bars_so_far(
    csv: Path, db: Path, tmp_path: Path, stop_at: int
) -> None:
    seen: list[int] = []

    def on_checkpoint(point: Checkpoint) -> bool:
        seen.append(point.n_predictions)
        return point.n_predictions < stop_at

    stopped = run(csv, db, tmp_path / "out", grid=(1, 10, 350, 800), on_checkpoint=on_checkpoint)
    assert seen == [n for n in (1, 10, 350, 800) if n <= stop_at]
    assert stopped.total == stop_at
    whole = run(csv, db, tmp_path)
    assert same(stopped, whole.head(len(stopped.direction)))
    summary = json.loads((tmp_path / "out" / SUMMARY_FILE).read_text())
    assert summary == stopped.metrics()


def test_a_stopped_run_keeps_the_weights_that_it_had(csv: Path, db: Path, tmp_path: Path) -> None:
    run_backtest(csv, db, tmp_path, grid=(200,), on_checkpoint=lambda point: False)
    early = load_values(db, "state.")
    run_backtest(csv, db, tmp_path)
    assert load_values(db, "state.") != early


def test_a_grid_without_listener_and_a_listener_without_grid_change_nothing(
    csv: Path, db: Path, tmp_path: Path
) -> None:
    whole = run(csv, db, tmp_path)
    assert same(run(csv, db, tmp_path, grid=(10, 20)), whole)
    assert same(run(csv, db, tmp_path, on_checkpoint=lambda point: False), whole)


def test_what_a_listener_raises_passes_through(csv: Path, db: Path, tmp_path: Path) -> None:
    def on_checkpoint(point: Checkpoint) -> bool:
        raise InterruptedError(f"at {point.n_predictions}")

    with pytest.raises(InterruptedError, match="at 10"):
        run(csv, db, tmp_path / "out", grid=(10,), on_checkpoint=on_checkpoint)
    assert not (tmp_path / "out").exists()


def test_a_failed_write_of_the_config_leaves_the_table_as_it_was(db: Path) -> None:
    before = sql(db, "SELECT * FROM kv")
    with pytest.raises(TypeError, match="not JSON serializable"):
        save_values(db, {"config.feature.fast_window": 3, "config.x": object()}, NOW_S)
    assert sql(db, "SELECT * FROM kv") == before


def test_the_identity_is_the_import_path_of_run_backtest() -> None:
    module, name = backtest_id.IDENTITY.split(":")
    assert (module, name) == (run_backtest.__module__, run_backtest.__name__)
    assert backtest_id.ENGINE_VERSION
