"""Reading JSON files, and writing files atomically."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.json_text import json_fault, parse_json

#: Limit of a file of settings that a user passes; real ones are far smaller.
_MOST_BYTES = 1_000_000


def read_json(path: str | Path, remedy: str = "") -> Any:
    """Return the content of a JSON file of at most 1 MB that a user passed.

    Args:
        path: The file.
        remedy: End of the error message: what to do about a file that cannot be read.

    Raises:
        ConfigError: It cannot be read, is too large or is no JSON; the message names the file.
    """
    raw = read_bytes(path, remedy)
    try:
        return parse_json(raw)
    except ValueError as error:
        end = remedy and f"; {remedy}"
        raise ConfigError(f"{path}: {json_fault(error)}{end}") from error


def read_regular(path: Path) -> bytes:
    """Return the content of a file of at most 1 MB that another program wrote.

    A pipe or a device in its place, which could keep a reader for ever, is not opened.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no regular file, or too large.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("must be a regular file, got a folder, a pipe or a device")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        return _read_bounded(file)


def _read_bounded(file: BinaryIO) -> bytes:
    raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise ValueError(f"must be at most {_MOST_BYTES:,} bytes, got more")
    return raw


def read_text(path: str | Path, remedy: str = "") -> str:
    """Return the text of a UTF-8 file of at most 1 MB that a user passed.

    Args:
        path: The file; a byte order mark at its beginning is left out.
        remedy: As in ``read_json``.

    Raises:
        ConfigError: It cannot be read, is too large or is no UTF-8; the message names the file.
    """
    try:
        return read_bytes(path, remedy).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        end = remedy and f"; {remedy}"
        raise ConfigError(f"{path}: must be text in UTF-8, got other bytes{end}") from error


def read_bytes(path: str | Path, remedy: str = "", most: int = _MOST_BYTES) -> bytes:
    """Return the bytes of a file that a user passed, at most ``most``.

    Raises:
        ConfigError: It cannot be read or is too large; the message names the file.
    """
    end = remedy and f"; {remedy}"
    try:
        with Path(path).open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise ConfigError(f"{path}: must be a readable file, got {error.strerror}{end}") from error
    if len(raw) > most:
        raise ConfigError(f"{path}: must be at most {most:,} bytes, got more{end}")
    return raw


def write_file(path: str, text: str) -> None:
    """Write a text file in UTF-8, atomically as ``write_whole`` does.

    Raises:
        ConfigError: The file cannot be written.
    """
    try:
        write_whole(Path(path), text.encode("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: must be writable, got {error.strerror}; choose another path"
        ) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file atomically: on failure the old content stays.

    Symbolic links are followed, and an existing file keeps its owner, group and mode. Anything but
    a regular file (a pipe, a terminal) is written to directly.

    Raises:
        OSError: The file cannot be written, or not with the same owner.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(content)
    else:
        _replace(Path(os.path.realpath(path)), content)


def _replace(target: Path, content: bytes) -> None:
    if target.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not os.access(target, os.W_OK):  # a rename ignores the file's mode
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        if target.exists():
            copy_access(target.stat(), part)
        part.replace(target)
    finally:
        with contextlib.suppress(OSError):  # must not mask the error that is being raised
            part.unlink(missing_ok=True)


def copy_access(like: os.stat_result, path: Path) -> None:
    """Give a file the owner, group and mode of the file that it replaces.

    Args:
        like: ``stat`` of the file to replace.
        path: The new file.

    Raises:
        OSError: This user may not give the file to that owner or group.
    """
    status = path.stat()
    if (status.st_uid, status.st_gid) != (like.st_uid, like.st_gid):
        try:
            os.chown(path, like.st_uid, like.st_gid)
        except PermissionError as error:
            owner = f"user {like.st_uid}, group {like.st_gid}"
            raise OSError(error.errno, f"a file of {owner}, who would lose it") from error
    path.chmod(stat.S_IMODE(like.st_mode))  # after chown, which clears set-user-ID bits
