"""Which code ran: the commit of the checkout that the package is imported from, when it is one."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

from titan_mlopt import __version__

_PATIENCE_S = 5.0


@functools.cache
def git_commit() -> str | None:
    """Return the 40 hex digits of HEAD, None outside a checkout or without git."""
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return None
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def code_version() -> str:
    """Return the version with the commit behind it, ``0.1.0+g1a2b3c4d5e6f``."""
    commit = git_commit()
    return f"{__version__}+g{commit[:12]}" if commit else __version__
