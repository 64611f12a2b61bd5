"""The private folders of coordinators: locked while their owner lives, swept when it is dead.

The lock is an flock on the folder itself: the kernel drops it with its holder, and every process of
this machine sees it, whatever container it is in (docs/architecture.md says what else was weighed).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PREFIX = "titan_mlopt-"
# Process, its start, the kernel's boot, the host, and what makes it unique; other folders with
# the prefix are nobody's that is known here.
_NAME = re.compile(re.escape(PREFIX) + r"(\d+)-(\d+)-([0-9a-f]{8})-([0-9a-f]{8})-\w+")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ATTEMPTS = 100
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

#: The folders of this process, each with the descriptor that holds its lock.
_held: dict[Path, int] = {}


def make_scratch(parent: Path) -> Path:
    """Make a folder that is this process's until ``release_scratch``; ``OSError`` when it fails."""
    start = _start_of(os.getpid()) or 0
    prefix = f"{PREFIX}{os.getpid()}-{start}-{_boot()}-{_host()}-"
    for _ in range(_ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        if _hold(folder):
            return folder
    raise OSError(errno.EBUSY, "each new one was swept at once")


def _hold(folder: Path) -> bool:
    """Lock a new folder; return False when a sweeper came between making and locking it."""
    try:
        descriptor = os.open(folder, _FOLDER)
    except FileNotFoundError:
        return False
    if _lock(descriptor) and _is_at(folder, descriptor):
        _held[folder] = descriptor
        return True
    os.close(descriptor)
    return False


def _lock(descriptor: int) -> bool:
    """Return False when another process has the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without such locks: nobody will sweep there
        pass
    return True


def _is_at(folder: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(folder.stat(), os.fstat(descriptor))
    return False


def release_scratch(folder: Path) -> None:
    """Give up a folder of this process; of another one nothing happens."""
    descriptor = _held.pop(folder, None)
    if descriptor is not None:
        os.close(descriptor)


def sweep(parents: Iterable[Path]) -> None:
    """Remove what dead coordinators of this user left in these folders; it never raises."""
    for parent in dict.fromkeys(parents):
        with suppress(OSError), os.scandir(parent) as entries:
            for entry in list(entries):
                if (named := _NAME.fullmatch(entry.name)) and _may_be_dead(named):
                    _remove_unless_held(Path(entry.path))


def _may_be_dead(named: re.Match[str]) -> bool:
    """Whether the name leaves it to the lock to tell if its owner lives."""
    pid, start, boot, host = named.groups()
    if boot == _boot():
        # An owner that lives may have lost its lock: who closes every descriptor closes that too.
        return _start_of(int(pid)) != int(start)
    return host == _host()  # else another machine that shares a disk, whose locks may not be seen


def _remove_unless_held(folder: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, _FOLDER)
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)


def _start_of(pid: int) -> int | None:
    """Return when a process began, in ticks since boot; None when it cannot be seen."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def _boot() -> str:
    """Return 8 digits for this run of the kernel, the same ones where it has no name."""
    try:
        return _short(_BOOT_ID.read_text())
    except OSError:
        return _short("")


def _host() -> str:
    return _short(socket.gethostname())


def _short(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:8]
