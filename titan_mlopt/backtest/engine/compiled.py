"""Compilation of the candle loop with numba, and the folder of the machine code.

numba caches machine code in NUMBA_CACHE_DIR, beside the source or in the user's cache folder. It
refuses to compile if it can write to none of them, as in a container with read-only code and HOME.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import njit

_F = TypeVar("_F", bound=Callable[..., Any])
# The loop's machine code takes 1 MB; numba raises when the disk is full while it writes.
_ROOM_BYTES = 8 * 2**20


def compiled(function: _F) -> _F:
    """Compile a numeric function on its first call, and cache the machine code if possible.

    Without a cache each process that is no fork compiles it again. Division follows C, without
    Python's check for 0, which would make the loop three times as slow; so the functions check
    every divisor that can be 0 themselves.
    """
    return cast(_F, njit(cache=code_is_kept(), error_model="numpy")(function))


def keep_code_in(folder: Path) -> None:
    """Cache machine code of this process and its children in ``folder``, created if needed.

    Call it before the loop is imported, which is when numba chooses the folder of each function.
    """
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    numba.config.reload_config()  # type: ignore[no-untyped-call]
    code_is_kept.cache_clear()


@functools.cache
def code_is_kept() -> bool:
    """Return whether numba has a writable folder for machine code, with enough room."""
    try:
        folder = njit(cache=True)(_probe).stats.cache_path
    except RuntimeError:  # numba found no writable folder
        return False
    return folder is not None and shutil.disk_usage(folder).free >= _ROOM_BYTES


def _probe() -> None:
    """Do nothing: a function of this file for which numba chooses a folder."""
