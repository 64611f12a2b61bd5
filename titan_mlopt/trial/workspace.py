"""Scratch folders: one for a coordinator, in it one for each running trial, gone when it ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from titan_mlopt.errors import TrialError, shown
from titan_mlopt.trial.scratch import make_scratch, release_scratch, sweep

DB_FILE, OUT_FOLDER, LOG_FILE = "trial.db", "out", "log.txt"
#: Shared memory is used when this much is free: a trial's database is slow on a busy disk.
MIN_FREE_BYTES = 512 * 2**20
# With less nothing of a trial can be written.
_LEAST_FREE_BYTES = 64 * 2**10
_LOG_TAIL = 200_000
#: TMPDIR itself while this process has a place of its own; one for it, as is tempfile.tempdir.
_temporary: Path | None = None
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the folders in it are private (mkdtemp)


def new_scratch(parent: Path | None = None) -> Path:
    """Make a private folder for one coordinator and return it; sweep those of dead ones.

    In ``parent`` when given, else in shared memory when there is room, else in TMPDIR.
    Raises ``TrialError`` when it cannot be made, or its path would hold ".db", where Titan cuts a
    database's path in two.
    """
    parent = (parent or _roomy_folder() or temporary_folder()).absolute()
    if ".db" in str(parent):
        raise TrialError(
            f'scratch: its path must not hold ".db", got {shown(str(parent), 400)}; choose another '
            "scratch folder or TMPDIR"
        )
    sweep([parent, _SHARED_MEMORY, temporary_folder()])
    try:
        return make_scratch(parent)
    except OSError as error:
        raise TrialError(
            f"scratch: {parent} must take a folder, got {error.strerror}; set TMPDIR or pass "
            "another --scratch"
        ) from error


@contextmanager
def private_temporary() -> Iterator[None]:
    """Let what this process puts into TMPDIR lie in a folder of its own, which is removed.

    When it is killed, the next ``new_scratch`` sweeps that. Libraries (MLflow for each artifact)
    leave folders that nobody knows again.
    """
    global _temporary
    public, before = temporary_folder(), tempfile.tempdir
    try:
        folder = make_scratch(public)
    except OSError:  # who needs one will say so
        yield
        return
    _temporary, tempfile.tempdir = public, str(folder)
    try:
        yield
    finally:
        _temporary, tempfile.tempdir = None, before
        remove_folder(folder)


def temporary_folder() -> Path:
    """Return TMPDIR as it was set, fit or not: Python itself would go elsewhere without a word.

    What is put there stays, also by a command with a ``private_temporary``.
    """
    if _temporary is not None:
        return _temporary
    with suppress(FileNotFoundError):  # nowhere at all
        return Path(os.environ.get("TMPDIR") or tempfile.gettempdir())
    return Path("/tmp")  # noqa: S108 - named in the error that follows


def _roomy_folder() -> Path | None:
    memory = _SHARED_MEMORY
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    return memory if usable and shutil.disk_usage(memory).free >= MIN_FREE_BYTES else None


def open_folder(scratch: Path, number: int) -> Path:
    """Make the empty folder of trial ``number`` and return it; its path holds no ".db".

    Raises ``TrialError`` when the scratch folder is gone or takes no more.
    """
    folder = scratch / f"trial-{number}"
    remove_folder(folder)
    try:
        folder.mkdir()
    except OSError as error:
        raise TrialError(
            f"scratch: {scratch} must take a folder for each trial, got {error.strerror}; see what "
            "removes or fills it, or pass another --scratch, then run again"
        ) from error
    return folder


def check_files(scratch: Path, candles: Path) -> None:
    """Raise ``TrialError`` when scratch or the candles in it are gone, or its disk is full.

    A trial that failed meanwhile says nothing of its config.
    """
    for path in (scratch, candles):
        if path.is_relative_to(scratch) and not path.exists():
            raise TrialError(
                f"scratch: {path} must stay while trials run, got nothing there; see what removes "
                "files, or pass another --scratch, then run again"
            )
    free = shutil.disk_usage(scratch).free
    if free < _LEAST_FREE_BYTES:
        raise TrialError(
            f"scratch: {scratch} must have room for trials, got {free:,} bytes free; make room or "
            "pass another --scratch, then run again"
        )


def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it; one that is gone already is fine."""
    shutil.rmtree(folder, ignore_errors=True)
    release_scratch(folder)


def read_log(folder: Path) -> str:
    """Return the last 200 kB that a trial printed, "" when it printed nothing."""
    path = folder / LOG_FILE
    if not path.is_file():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _LOG_TAIL))
        return log.read().decode(errors="replace")
