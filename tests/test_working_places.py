"""``create_tuner`` where people call it: in a thread, in an event loop, from another folder."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from support.studies import QUICK, quick
from titan_mlopt import create_tuner
from titan_mlopt.core.parameters import Params

pytestmark = pytest.mark.slow


def best(folder: Path, name: str) -> Params:
    with quick(folder, n_trials=2, study_name=name) as tuner:
        return tuner.optimize("sample")


def test_a_thread_and_a_running_event_loop_tune_as_the_main_thread_does(tmp_path: Path) -> None:
    expected = best(tmp_path, "main thread")
    results: list[Params] = []
    thread = threading.Thread(target=lambda: results.append(best(tmp_path, "thread")))
    thread.start()
    thread.join()

    async def in_a_loop() -> None:
        results.append(best(tmp_path, "in the loop"))
        results.append(await asyncio.to_thread(best, tmp_path, "beside the loop"))

    asyncio.run(in_a_loop())
    assert results == [expected] * 3


def test_a_tuner_keeps_its_database_and_its_backups_when_the_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setattr("titan_mlopt.study.storage.backup.EVERY", 1)
    with create_tuner("titan.db", n_trials=2, **QUICK) as tuner:
        assert tuner.db_path == Path("titan.db")
        monkeypatch.chdir(elsewhere)
        assert tuner.db_path == home / "titan.db"
        tuner.optimize("sample")
    assert list(elsewhere.iterdir()) == []
    assert (home / "titan.db.backup").exists()
