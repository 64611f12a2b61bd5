"""The version of the running code, with the git commit of its checkout."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

from titan_mlopt import __version__

_GIT_TIMEOUT_S = 5.0


@functools.cache
def git_commit() -> str | None:
    """Return the commit of titan_mlopt's own checkout, None outside one or without git."""
    root = Path(__file__).resolve().parents[2]
    return commit_of(root) if (root / ".git").exists() else None


def commit_of(folder: Path) -> str | None:
    """Return the 40 hex digits of HEAD of the checkout that holds ``folder``.

    Returns:
        The commit, or None outside a checkout, without git, or when git takes too long.
    """
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def code_version() -> str:
    """Return the package's version, with the commit in a checkout: ``0.1.0+g1a2b3c4d5e6f``."""
    commit = git_commit()
    return f"{__version__}+g{commit[:12]}" if commit else __version__
