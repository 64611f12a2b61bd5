"""Files that commands write: whole or not at all, and one line when that fails."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

from titan_mlopt.errors import ConfigError


def write_file(path: str, text: str) -> None:
    """Write ``text`` as the file ``path``; when that fails, its old content stays.

    A link is followed; what is no regular file (a pipe, a terminal) is written straight.
    Raises ``ConfigError`` when it cannot be written.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_text(text, encoding="utf-8")
        else:
            _replace(Path(os.path.realpath(target)), text)
    except OSError as error:
        raise ConfigError(
            f"{path}: must be writable, got {error.strerror}; choose another path"
        ) from error


def _replace(target: Path, text: str) -> None:
    """Put a new file in the place of ``target``, with its permissions when there was one."""
    if target.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if target.exists() and not os.access(target, os.W_OK):  # replacing it would not ask
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    finally:
        with contextlib.suppress(OSError):  # the error that brought us here is the one to tell
            part.unlink(missing_ok=True)
