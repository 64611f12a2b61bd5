"""Commands that start our own modules in a fresh interpreter with this one's import path."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def python_command(module: str, *args: object) -> list[str]:
    """Return the command that calls ``main`` of one of our modules with ``args`` as strings.

    It imports from where this process does, however that was started, and its output is unbuffered.
    """
    code = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
        f"from {module} import main; main(*sys.argv[2:])"
    )
    root = str(Path(__file__).resolve().parents[3])
    path = json.dumps([*(entry or str(Path.cwd()) for entry in sys.path), root])
    return [sys.executable, "-u", "-P", "-c", code, path, *map(str, args)]
