"""Where matplotlib keeps its list of fonts when it may not write to a folder of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SETTING = "MPLCONFIGDIR"


@contextmanager
def font_cache(private: Path | None) -> Iterator[None]:
    """Let matplotlib use a folder in ``private`` where it may not write to its own ones.

    By itself it makes one in TMPDIR, warns in several lines, and cannot remove it at the end of a
    command, whose temporary files are gone by then. None leaves everything to matplotlib.
    """
    before = os.environ.get(_SETTING)
    if private is None or all(map(_can_be_written, _default_folders(before))):
        yield
        return
    os.environ[_SETTING] = str(private / "matplotlib")
    try:
        yield
    finally:
        os.environ.pop(_SETTING)
        if before is not None:
            os.environ[_SETTING] = before


def _default_folders(setting: str | None) -> list[Path]:
    """Return where matplotlib writes to: its settings and its cache, in one folder or two."""
    if setting:
        return [Path(setting)]
    if not sys.platform.startswith(("linux", "freebsd")):
        return [Path("~/.matplotlib")]
    homes = (("XDG_CONFIG_HOME", "~/.config"), ("XDG_CACHE_HOME", "~/.cache"))
    return [Path(os.environ.get(name) or default) / "matplotlib" for name, default in homes]


def _can_be_written(folder: Path) -> bool:
    """Return whether ``folder`` can be written, or made."""
    try:
        path = folder.expanduser().absolute()
    except RuntimeError:  # no home
        return False
    ancestor = next(folder for folder in (path, *path.parents) if folder.exists())
    return ancestor.is_dir() and os.access(ancestor, os.W_OK | os.X_OK)
