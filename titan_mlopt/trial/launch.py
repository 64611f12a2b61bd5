"""How a process of our own is started: a fresh interpreter that finds what this one does."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def python_command(module: str, *words: object) -> list[str]:
    """Return the command that calls ``main`` of one of our modules with so many words.

    It finds modules where this process does, whatever it was started with, and writes each line of
    output at once.
    """
    code = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
        f"from {module} import main; main(*sys.argv[2:])"
    )
    root = str(Path(__file__).resolve().parents[2])
    path = json.dumps([*(entry or str(Path.cwd()) for entry in sys.path), root])
    return [sys.executable, "-u", "-P", "-c", code, path, *map(str, words)]
