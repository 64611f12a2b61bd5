"""Commands as a container runs them: for ``nobody``, code and HOME read-only, little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import titan_mlopt

_INSIDE = Path(__file__).with_name("container.py")


@dataclass(frozen=True)
class Ran:
    """A command that has ended: its arguments of Python, its exit code, and what it printed."""

    words: list[str]
    code: int
    out: str
    err: str


class NoContainerError(Exception):
    """This machine lets nobody make mounts, or ``nobody`` may not read the environment."""


def run_contained(
    commands: Sequence[Sequence[str]], env: dict[str, str] | None = None, *, prepare: str = ""
) -> list[Ran]:
    """Run Python with each of the lists of arguments, one after the other, in one container.

    env: variables besides HOME and PATH; None takes one away. prepare: shell commands, run by
    root before the first. Raises ``NoContainerError``.
    """
    trees = [sys.prefix, sys.base_prefix, str(Path(titan_mlopt.__file__).parent)]
    plan = {"trees": trees, "commands": commands, "env": env or {}, "prepare": prepare}
    try:
        ran = subprocess.run(
            ["unshare", "--mount", sys.executable, "-I", str(_INSIDE), json.dumps(plan)],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise NoContainerError(str(error)) from error
    if ran.returncode != 0:
        raise NoContainerError(ran.stderr.strip())
    return [Ran(**found) for found in json.loads(ran.stdout)]
