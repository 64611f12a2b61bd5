"""Every way of looking twice at sealed bars is counted: studies, files, databases, backups."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import create_trial

from support.verdict_cases import SETTINGS, market
from titan_mlopt import TunerConfig
from titan_mlopt.analysis.looks import CANDIDATE, STUDY
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sampled_closes import price_range
from titan_mlopt.core.backtest_id import IDENTITY
from titan_mlopt.core.look import Look, look_text
from titan_mlopt.core.trial import COMPLETE, TrialRecord
from titan_mlopt.evaluation.gate.holdout import open_holdout
from titan_mlopt.evaluation.gate.tuned import tuned_in_database, tuned_in_manifest
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.identity import describe_identity, pin_identity
from titan_mlopt.study.storage.backup import restore_backup, save_backup
from titan_mlopt.study.storage.copy import copy_study
from titan_mlopt.study.storage.looks import TABLE, read_looks
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import open_study, read_identity, remove_study
from titan_mlopt.tracking.registry.look_tags import LOOK, read_look_tags

CANDLES = market(3000)
Change = Callable[[Candles], Candles]


def judge(db: Path, config: str, candles: Candles = CANDLES, **settings: Any) -> Look:
    """Judge a config on the hold-out of a study without trials, made if needed; return the look."""
    tuner_config = TunerConfig(**{**SETTINGS, "study_name": "one", **settings})
    whole = candles.head(tuner_config.limit) if tuner_config.limit else candles
    backend = open_storage(db)
    study = open_study(backend, tuner_config.study_name, ("maximize",))
    data = tuning_data(whole, tuner_config)
    pin_identity(study, describe_identity(data, tuner_config, {"path": IDENTITY, "version": "1"}))
    look = open_holdout(
        study, backend, whole, why="test", config_sha256=config, clock=lambda: 1_767_225_600.0
    ).look
    backend.remove_session()
    backend.engine.dispose()
    return look


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Return a database in which config A was judged on the hold-out of a study."""
    path = tmp_path / "titan.db"
    assert judge(path, "A").number == 1
    return path


def volume_changed(candles: Candles, bar: int = -1) -> Candles:
    volume = candles.volume.copy()
    volume[bar] += 1e-6
    return replace(candles, volume=volume)


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        (lambda candles: candles, {"holdout": 0.3}),
        (lambda candles: candles, {"limit": 2900}),
        (lambda candles: replace(candles, name="other.csv", path="/other.csv"), {}),
        (lambda candles: candles, {}),
        (volume_changed, {}),
        (lambda candles: candles, {"seed": 7}),
    ],
    ids=["share", "limit", "file", "study", "volume", "seed"],
)
def test_another_study_of_the_same_bars_is_no_way_of_looking_twice(
    db: Path, change: Change, settings: dict[str, Any]
) -> None:
    other = {"study_name": "two", **settings}
    assert judge(db, "B", change(CANDLES), **other).number == 2
    assert judge(db, "C", change(CANDLES), **other).number == 3
    assert judge(db, "B", change(CANDLES), **other).number == 2


def test_the_same_config_with_another_share_or_seed_is_counted_as_another_test(db: Path) -> None:
    assert judge(db, "A", study_name="two").number == 1
    assert judge(db, "A", study_name="three", holdout=0.3).number == 2
    assert judge(db, "A", study_name="four", seed=7).number == 3


@pytest.mark.parametrize("bar", [-1, 1000], ids=["sealed", "before"])
def test_the_same_config_on_candles_with_a_changed_digit_is_counted_as_another_test(
    db: Path, bar: int
) -> None:
    """Predictions use volumes, so each changed file would be another chance at the same number."""
    assert judge(db, "A", volume_changed(CANDLES, bar), study_name="two").number == 2
    assert judge(db, "A", volume_changed(CANDLES, bar), study_name="two").number == 2


def test_new_candles_bring_new_level(db: Path) -> None:
    """3,000 candles, of which the last 600 were sealed; of 4,000 the last 800 are."""
    assert judge(db, "B", market(4000), study_name="two").number == 1
    assert judge(db, "C", market(4000), study_name="three", holdout=0.3).number == 3


def test_another_market_at_the_same_time_does_not_count_unless_it_has_the_same_symbol(
    db: Path,
) -> None:
    other = market(3000, seed=9)
    assert judge(db, "B", other, study_name="two").number == 1
    assert judge(db, "C", CANDLES, study_name="three", symbol="BTCUSDT").number == 2
    assert judge(db, "D", other, study_name="four", symbol="btc-usdt").number == 3


def test_a_finding_of_a_later_version_in_another_study_does_not_stop_the_gate(db: Path) -> None:
    backend = open_storage(db)
    study = open_study(backend, "one", ("maximize",))
    study.set_user_attr("titan_mlopt.decision.1.abc", {"a field of a later version": 1})
    assert judge(db, "B", study_name="two").number == 2


def test_a_deleted_study_leaves_its_looks(db: Path) -> None:
    remove_study(db, "one")
    assert judge(db, "B").number == 2


def test_the_openings_of_a_study_of_an_earlier_version_count_and_outlive_it(db: Path) -> None:
    forget(db)
    assert judge(db, "B", study_name="two").number == 2
    forget(db)
    remove_study(db, "two")
    remove_study(db, "one")
    assert judge(db, "C", study_name="three").number == 3
    assert judge(db, "D", study_name="four", holdout=0.3).number == 2  # as it shares no digest


def forget(db: Path) -> None:
    """Remove the looks, as if an earlier version had opened the hold-outs."""
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(f"DELETE FROM {TABLE}")


@pytest.mark.parametrize("old", [False, True], ids=["of now", "of an earlier version"])
def test_a_restored_backup_has_the_looks_that_came_after_it(
    tmp_path: Path, db: Path, old: bool
) -> None:
    save_backup(db, tmp_path / "copy")
    if old:
        with closing(sqlite3.connect(tmp_path / "copy")) as connection, connection:
            connection.execute(f"DROP TABLE {TABLE}")
    assert judge(db, "B").number == 2
    restore_backup(db, tmp_path / "copy")
    assert judge(db, "C", study_name="two").number == 3


def test_a_read_only_backup_can_be_restored() -> None:
    """Root may write to read-only files, so as root the test is another user meanwhile."""
    user = os.geteuid() or 65_534
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        db, copy = folder / "titan.db", folder / "copy"
        judge(db, "A")
        save_backup(db, copy)
        copy.chmod(0o444)
        for path in (folder, *folder.iterdir()):
            os.chown(path, user, -1)
        before = os.geteuid()
        os.seteuid(user)
        try:
            restore_backup(db, copy)
        finally:
            os.seteuid(before)
        assert [look.config_sha256 for look in read_looks(open_storage(db))] == ["A"]


def test_a_damaged_database_can_be_replaced_all_the_same(tmp_path: Path, db: Path) -> None:
    save_backup(db, tmp_path / "copy")
    for path in tmp_path.glob("titan.db-*"):
        path.unlink()
    db.write_bytes(b"no database" * 500)
    restore_backup(db, tmp_path / "copy")
    assert judge(db, "B").number == 2


def test_a_copied_study_takes_the_looks_to_the_other_database(tmp_path: Path, db: Path) -> None:
    copy_study(db, tmp_path / "other.db", "one", "copy")
    assert judge(tmp_path / "other.db", "B").number == 2


def test_looks_at_once_get_different_numbers(db: Path) -> None:
    def numbers(name: str) -> list[int]:
        return [judge(db, f"{name}{n}").number for n in range(4)]

    with ThreadPoolExecutor(3) as threads:
        found = [number for part in threads.map(numbers, "xyz") for number in part]
    assert sorted(found) == list(range(2, 14))


def test_rows_and_tags_that_hold_no_look_are_left_out_with_one_notice(db: Path) -> None:
    look = judge(db, "A")
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(f"INSERT INTO {TABLE} VALUES ('x', '{{')")
    assert read_looks(open_storage(db)) == [look]
    tags = {f"{LOOK}.{look.id}": look_text(look), f"{LOOK}.x": "{", f"{LOOK}.y": "[]", "z": "{"}
    notices = list[str]()
    assert read_look_tags(tags, notices.append) == [look]
    (notice,) = notices
    assert notice.startswith("titan_mlopt.look.x and 1 more: must be the tag of a look")


# --- who was tuned on sealed bars -----------------------------------------------------------------


def test_a_study_that_was_tuned_on_sealed_bars_is_named_and_one_with_the_config_is_the_candidate(
    db: Path,
) -> None:
    """The study "all" was tuned on every candle, "market" on those of another market."""
    point = {"feature.fast_window": 7.0}
    for name, candles in (("all", CANDLES), ("market", market(3000, seed=9))):
        config = TunerConfig(**{**SETTINGS, "study_name": name, "holdout": 0.0})
        study = open_study(open_storage(db), name, ("maximize",))
        identity = {"path": IDENTITY, "version": "1"}
        pin_identity(study, describe_identity(tuning_data(candles, config), config, identity))
    backend = open_storage(db)
    record = read_identity(open_study(backend, "one", ("maximize",)))
    sealed = judge(db, "A").sealed
    trial = TrialRecord(0, COMPLETE, point, (0.5,), None, None, None, violated=False)
    (tuned,) = tuned_in_database(backend, record, [trial], sealed)
    assert (tuned.role, tuned.name) == (STUDY, "study all")
    ranges = {name: FloatDistribution(1, 50) for name in point}
    tried = create_trial(params=point, distributions=ranges, value=0.5)
    open_study(backend, "all", ("maximize",)).add_trial(tried)
    (tuned,) = tuned_in_database(backend, record, [trial], sealed)
    assert tuned.role == CANDIDATE
    other = replace(trial, params={"feature.fast_window": 8})
    assert tuned_in_database(backend, record, [other], sealed)[0].role == STUDY


def test_the_manifest_of_a_version_tells_what_it_was_tuned_on() -> None:
    part = CANDLES.part(0, 1000)
    (tuned,) = tuned_in_manifest(CANDIDATE, "v1", {"candles": part.describe()})
    assert (tuned.bars.first, tuned.bars.last) == (price_range(part).first, price_range(part).last)
    assert tuned.bars.closes is None
    assert tuned_in_manifest(CANDIDATE, "v1", {}) == ()
