"""Folders and files of trials: a scratch folder per coordinator, in it one per running trial."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from titan_mlopt.core.errors import TrialError, short_repr
from titan_mlopt.core.trees import remove_tree
from titan_mlopt.executors.local.scratch import make_scratch, release_scratch, sweep

DB_FILE, OUT_FOLDER, LOG_FILE = "trial.db", "out", "log.txt"
#: Shared memory is used when this much is free: a trial's database is slow on a busy disk.
MIN_FREE_BYTES = 512 * 2**20
# With less, a trial cannot write anything.
_LEAST_FREE_BYTES = 64 * 2**10
_LOG_TAIL, _LOG_LIMIT = 200_000, 10_000_000
#: Seconds between two looks at a file that grows.
POLL_S = 0.05
#: TMPDIR while ``private_temporary`` has replaced it; per process, as tempfile.tempdir is.
_temporary: Path | None = None
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the folders in it are private (mkdtemp)


def new_scratch(parent: str | Path | None = None) -> Path:
    """Make a private folder for one coordinator and return it; remove those of dead ones.

    Args:
        parent: Where to make it; None for shared memory when that has room, else TMPDIR.

    Raises:
        TrialError: It cannot be made, or its path would hold ".db", where Titan splits the path of
            a database.
    """
    parent = Path(parent or _roomy_folder() or temporary_folder()).absolute()
    if ".db" in str(parent):
        raise TrialError(
            f'scratch: its path must not hold ".db", got {short_repr(str(parent), 400)}; choose '
            "another scratch folder or TMPDIR"
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
def scratch_folder(parent: str | Path | None = None) -> Iterator[Path]:
    """Give a ``new_scratch`` that is gone afterwards."""
    folder = new_scratch(parent)
    try:
        yield folder
    finally:
        remove_folder(folder)


@contextmanager
def private_temporary() -> Iterator[Path | None]:
    """Give this process a TMPDIR of its own, and remove it afterwards.

    Yields that folder, None where TMPDIR takes none. When the process is killed, the next
    ``new_scratch`` removes it. Libraries leave folders behind (MLflow one per artifact).
    """
    global _temporary
    public, before = temporary_folder(), tempfile.tempdir
    try:
        folder = make_scratch(public)
    except OSError:  # whoever needs it reports it
        yield None
        return
    _temporary, tempfile.tempdir = public, str(folder)
    try:
        yield folder
    finally:
        _temporary, tempfile.tempdir = None, before
        remove_folder(folder)


def temporary_folder() -> Path:
    """Return TMPDIR as it was set, usable or not: Python itself would silently use another folder.

    Files put there stay, even within ``private_temporary``.
    """
    if _temporary is not None:
        return _temporary
    with suppress(FileNotFoundError):  # no usable folder at all
        return Path(os.environ.get("TMPDIR") or tempfile.gettempdir())
    return Path("/tmp")  # noqa: S108 - named in the error that follows


def _roomy_folder() -> Path | None:
    memory = _SHARED_MEMORY
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    return memory if usable and shutil.disk_usage(memory).free >= MIN_FREE_BYTES else None


def open_folder(scratch: Path, number: int) -> Path:
    """Make the empty folder of trial ``number`` and return it.

    Raises:
        TrialError: The scratch folder is gone or full.
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

    A trial that failed for that says nothing about its config.
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
    """Remove a folder and all in it; one that is gone already is fine.

    Files that cannot be removed stay until the next coordinator's ``new_scratch``, which warns.
    """
    remove_tree(folder)
    release_scratch(folder)


def read_log(folder: Path) -> str:
    """Return the last 200 kB that a trial printed, "" when it printed nothing."""
    path = folder / LOG_FILE
    if not path.is_file():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _LOG_TAIL))
        return log.read().decode(errors="replace")


@contextmanager
def limit_log(folder: Path) -> Iterator[None]:
    """Cut the log of a trial whenever it becomes too long: it may lie in memory."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(POLL_S):
            with suppress(OSError):
                _cut_log(folder)

    thread = threading.Thread(target=watch, name="log", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _cut_log(folder: Path) -> None:
    """Keep the end of a log that is too long; what is printed meanwhile may be lost."""
    path = folder / LOG_FILE
    if path.stat().st_size > _LOG_LIMIT:
        tail = read_log(folder).encode()
        os.truncate(path, 0)  # the trial appends: its next output follows the tail
        with path.open("ab") as log:
            log.write(tail)
