"""Scratch folders: one for a coordinator, in it one for each running trial, gone when it ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from titan_mlopt.errors import TrialError, shown

DB_FILE, OUT_FOLDER, LOG_FILE = "trial.db", "out", "log.txt"
PREFIX = "titan_mlopt-"
#: Shared memory is used when this much is free: a trial's database is slow on a busy disk.
MIN_FREE_BYTES = 512 * 2**20
_LOG_TAIL = 200_000
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the folders in it are private (mkdtemp)


def new_scratch(parent: Path | None = None) -> Path:
    """Make a private folder for one coordinator and return it.

    In ``parent`` when given, else in shared memory when there is room, else in TMPDIR.
    Raises ``TrialError`` when that path holds ".db", where Titan cuts a database's path in two.
    """
    parent = (parent or _roomy_folder() or Path(tempfile.gettempdir())).absolute()
    if ".db" in str(parent):
        raise TrialError(
            f'scratch: its path must not hold ".db", got {shown(str(parent), 400)}; choose another '
            "scratch folder or TMPDIR"
        )
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))


def _roomy_folder() -> Path | None:
    memory = _SHARED_MEMORY
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    return memory if usable and shutil.disk_usage(memory).free >= MIN_FREE_BYTES else None


def open_folder(scratch: Path, number: int) -> Path:
    """Make the empty folder of trial ``number`` and return it; its path holds no ".db"."""
    folder = scratch / f"trial-{number}"
    remove_folder(folder)
    folder.mkdir()
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it; one that is gone already is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def read_log(folder: Path) -> str:
    """Return the last 200 kB that a trial printed, "" when it printed nothing."""
    path = folder / LOG_FILE
    if not path.is_file():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _LOG_TAIL))
        return log.read().decode(errors="replace")
