"""The private folders of coordinators: locked while their owner lives, removed when it is dead.

The lock is an flock on the folder itself: the kernel drops it with its holder, and every process of
this machine sees it, whatever container it is in (docs/adr/0023).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import socket
import tempfile
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from titan_mlopt.core.errors import TitanMloptWarning
from titan_mlopt.core.process import read_boot_id, read_process_start
from titan_mlopt.core.trees import remove_tree

PREFIX = "titan_mlopt-"
# Process, its start, the kernel's boot, the host, and a random part; other folders with the prefix
# belong to no coordinator of this kind.
_NAME = re.compile(re.escape(PREFIX) + r"(\d+)-(\d+)-([0-9a-f]{8})-([0-9a-f]{8})-\w+")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ATTEMPTS = 100

#: The folders of this process, each with the descriptor that holds its lock.
_descriptors: dict[Path, int] = {}


def make_scratch(parent: Path) -> Path:
    """Make a folder that this process owns until ``release_scratch``; may raise ``OSError``."""
    start = _start_of(os.getpid()) or 0
    prefix = f"{PREFIX}{os.getpid()}-{start}-{_boot()}-{_host()}-"
    for _ in range(_ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        if _hold(folder):
            return folder
    raise OSError(errno.EBUSY, "each new one was swept at once")


def _hold(folder: Path) -> bool:
    """Lock a new folder; return False when another coordinator has removed it meanwhile."""
    try:
        descriptor = os.open(folder, _FOLDER)
    except FileNotFoundError:
        return False
    if _lock(folder, descriptor) and _is_at(folder, descriptor):
        _descriptors[folder] = descriptor
        return True
    os.close(descriptor)
    return False


def _lock(folder: Path, descriptor: int) -> bool:
    """Return False when another process has the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system without locks: nobody removes folders there
        warnings.warn(
            f"scratch: {folder.parent} should be on a file system with flock, got {error.strerror};"
            " what a killed study leaves there is never removed, another --scratch avoids that",
            TitanMloptWarning,
            stacklevel=5,
        )
    return True


def _is_at(folder: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(folder.stat(), os.fstat(descriptor))
    return False


def release_scratch(folder: Path) -> None:
    """Unlock a folder of this process; do nothing for any other folder."""
    descriptor = _descriptors.pop(folder, None)
    if descriptor is not None:
        os.close(descriptor)


def sweep(parents: Iterable[Path]) -> None:
    """Remove the scratch folders of dead coordinators of this user from these folders.

    No error ends it; one ``TitanMloptWarning`` names what could not be removed.
    """
    remaining: list[str] = []
    for parent in dict.fromkeys(parents):
        with suppress(OSError), os.scandir(parent) as entries:
            for entry in list(entries):
                if (name := _NAME.fullmatch(entry.name)) and _may_be_dead(name):
                    folder = Path(entry.path)
                    if (error := _remove_unless_held(folder)) is not None:
                        remaining.append(f"{folder} ({error.strerror})")
    if remaining:
        suffix = f" and {len(remaining) - 1} more" if len(remaining) > 1 else ""
        warnings.warn(
            f"scratch: folders of ended studies must be removable, got {remaining[0]}{suffix}; "
            "remove them by hand",
            TitanMloptWarning,
            stacklevel=3,
        )


def _may_be_dead(name: re.Match[str]) -> bool:
    """Whether the owner may be dead by the folder's name, so that the lock decides."""
    pid, start, boot, host = name.groups()
    if boot == _boot():
        # A live owner may have lost its lock: a program that closes all descriptors closes it too.
        return _start_of(int(pid)) != int(start)
    return host == _host()  # another host may share the disk, with locks that are not seen here


def _remove_unless_held(folder: Path) -> OSError | None:
    """Remove a folder that nobody has locked; return the error when some of it remains.

    No error is what a dying trial of the owner's wrote meanwhile: it goes with the next sweep.
    """
    with suppress(OSError):  # another user's, a link, held, or gone
        descriptor = os.open(folder, _FOLDER)
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                error = remove_tree(folder)
                return None if error is not None and error.errno == errno.ENOTEMPTY else error
        finally:
            os.close(descriptor)
    return None


def _start_of(pid: int) -> int | None:
    start = read_process_start(pid)
    return None if start is None else start[1]


def _boot() -> str:
    """Return 8 digits for this run of the kernel, the same ones where it has no name."""
    return _short(read_boot_id())


def _host() -> str:
    return _short(socket.gethostname())


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
