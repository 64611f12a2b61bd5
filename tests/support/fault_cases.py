"""Studies in processes of their own, which tests kill, and what is left of them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings

from support.paths import ROOT
from support.pool_cases import eventually, is_alive
from support.tally import LONG, SEED
from titan_mlopt.executors.local.scratch import PREFIX

MEMORY = Path("/dev/shm")
_MARK = "TITAN_MLOPT_TEST_FAMILY"


def fuzzed(short: int, long: int) -> Callable[[Any], Any]:
    """Return what makes a Hypothesis test try so many inputs, the same ones for the same seed."""

    def wrap(test: Any) -> Any:
        bounded = settings(
            max_examples=long if LONG else short,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        return bounded(seed(SEED)(test))

    return wrap


@dataclass
class Family:
    """Commands with all that they start, told by a mark in their environment."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    coordinators: list[int] = field(default_factory=list)

    @property
    def temporary(self) -> Path:
        """TMPDIR of the family."""
        path = self.folder / "tmp"
        path.mkdir(exist_ok=True)
        return path

    @contextlib.contextmanager
    def start(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """Run a Python command line in a process group of its own; nothing of it stays."""
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env={
                **os.environ,
                **{"PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary), _MARK: self.mark},
                **self.environment,
                **(environment or {}),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.coordinators.append(process.pid)
        try:
            yield process
        finally:
            self.kill_all()
            process.communicate()

    def members(self) -> list[int]:
        """Return the processes that live."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"{_MARK}={self.mark}".encode() in (process / "environ").read_bytes():
                    found.append(int(process.name))
        return [pid for pid in sorted(found) if is_alive(pid)]

    def kill_all(self) -> None:
        """Kill all at once, as far as they can tell: none is left to tidy up after another."""
        # Coordinators last: the kernel wakes a stopped zygote when its coordinator dies.
        members = sorted(self.members(), key=lambda pid: pid in self.coordinators)
        for signum in (signal.SIGSTOP, signal.SIGKILL):
            for pid in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signum)

    def await_end(self) -> None:
        """Wait until nobody of the family lives."""
        eventually(lambda: self.members() == [])

    def left(self) -> list[Path]:
        """Return what lies in TMPDIR and shared memory of the family's coordinators."""
        shared = [
            path
            for pid in self.coordinators
            for path in (MEMORY.glob(f"{PREFIX}{pid}-*") if MEMORY.is_dir() else ())
        ]
        return [*self.temporary.iterdir(), *shared]
