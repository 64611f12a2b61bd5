"""Trees of folders deeper than any path can name."""

from __future__ import annotations

import os
from pathlib import Path


def make_deep(folder: Path, depth: int) -> None:
    """Make a chain of folders, each with a file: deeper than any path can name."""
    folder.mkdir(exist_ok=True)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("folder", dir_fd=here)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        below = os.open("folder", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
