"""Scratch folders: where they are made, what their paths never hold, and that they go."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from titan_mlopt.core.errors import TrialError
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.scratch import PREFIX
from titan_mlopt.executors.local.workspace import LOG_FILE

MEMORY = Path("/dev/shm")
needs_memory = pytest.mark.skipif(not MEMORY.is_dir(), reason=f"no shared memory in {MEMORY}")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make tempfile use ``tmp_path``, as TMPDIR would at the start."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("TMPDIR", raising=False)
    return tmp_path


@needs_memory
def test_scratch_is_in_shared_memory_when_that_is_roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "MIN_FREE_BYTES", 0)
    scratch = workspace.new_scratch()
    workspace.remove_folder(scratch)
    assert scratch.parent == MEMORY


@needs_memory
def test_scratch_is_in_tmpdir_when_shared_memory_is_short(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "MIN_FREE_BYTES", 2**62)
    assert workspace.new_scratch().parent == temporary


def test_scratch_is_in_tmpdir_on_a_machine_without_shared_memory(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "_SHARED_MEMORY", temporary / "missing")
    assert workspace.new_scratch().parent == temporary


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_scratch_is_in_tmpdir_when_shared_memory_is_not_ours_to_write(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = temporary / "locked"
    locked.mkdir(0o500)
    monkeypatch.setattr(workspace, "_SHARED_MEMORY", locked)
    monkeypatch.setattr(workspace, "MIN_FREE_BYTES", 0)
    assert workspace.new_scratch().parent == temporary


def test_scratch_is_private_absolute_and_names_its_coordinator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = (workspace.new_scratch(Path()) for _ in range(2))
    assert first != second
    assert first.parent == tmp_path
    assert first.name.startswith(f"{PREFIX}{os.getpid()}-")
    if sys.platform != "win32":
        assert stat.S_IMODE(first.stat().st_mode) == 0o700


def test_no_folder_of_a_trial_has_db_in_its_path(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Titan's own backtest cuts the path of a database at ".db".
    assert ".db" not in str(workspace.open_folder(workspace.new_scratch(tmp_path), 3))
    cut = temporary / "old.db.d"
    cut.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(cut))
    monkeypatch.setattr(workspace, "MIN_FREE_BYTES", 2**62)
    for parent in (None, cut):
        with pytest.raises(TrialError, match=r'must not hold "\.db", got .*old\.db\.d.; choose'):
            workspace.new_scratch(parent)
    assert list(cut.iterdir()) == []


def test_temporary_files_of_a_command_lie_in_a_folder_that_goes(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "MIN_FREE_BYTES", 2**62)
    with workspace.private_temporary():
        (private,) = temporary.iterdir()
        assert Path(tempfile.mkdtemp()).parent == private
        assert workspace.new_scratch().parent == temporary  # that of trials is not in it
    assert tempfile.gettempdir() == str(temporary)
    assert not private.exists()
    monkeypatch.setenv("TMPDIR", "/proc")  # takes nothing: who needs a file will say so
    with workspace.private_temporary():
        assert tempfile.gettempdir() == str(temporary)


def test_an_opened_folder_is_empty_whatever_an_earlier_one_left(tmp_path: Path) -> None:
    folder = workspace.open_folder(tmp_path, 3)
    (folder / "out").mkdir()
    (folder / "out" / "summary.json").write_text("{}")
    assert workspace.open_folder(tmp_path, 3) == folder
    assert list(folder.iterdir()) == []
    assert workspace.open_folder(tmp_path, 4) != folder


def test_a_removed_folder_takes_all_with_it_and_nothing_that_it_links_to(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "candles.npy").touch()
    folder = workspace.open_folder(tmp_path, 3)
    (folder / "link").symlink_to(kept)
    for _ in range(2):
        workspace.remove_folder(folder)
        assert [path.name for path in tmp_path.rglob("*")] == ["kept", "candles.npy"]


def test_a_log_is_cut_to_its_last_200_kb(tmp_path: Path) -> None:
    assert workspace.read_log(tmp_path) == ""
    log = tmp_path / LOG_FILE
    log.write_bytes(b"short \xff\n")
    assert workspace.read_log(tmp_path) == "short �\n"
    log.write_bytes(b"first" + b"x" * 200_000 + b"last")
    assert workspace.read_log(tmp_path) == "x" * 199_996 + "last"
    log.unlink()
    os.mkfifo(log)
    assert workspace.read_log(tmp_path) == ""
