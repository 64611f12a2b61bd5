"""More trials of the study in titan.db, and what each costs: `more.py space-file trials`.

CPU time in ms a trial of the coordinator's thread, split, and of the mirror's process. "between":
ms from the end of a trial to the start of the next one's process. One more trial, in a call before,
does what is done once a process.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from pathlib import Path
from typing import Any

import optuna
from peak import peak_mb

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.search_space import load_space
from titan_mlopt.core.settings import AUTO_SAMPLE_HOLDOUT
from titan_mlopt.core.trial import Checkpoint, TrialRecord
from titan_mlopt.study import coordinator
from titan_mlopt.study.coordinator import Coordinator

# The mirror is done with all that it heard when it uses less than this in so long.
_IDLE_CPU_S, _IDLE_S = 0.02, 1.0


class Clocks:
    """A listener that reads the threads' clocks at the end of the first trial and of the last."""

    def __init__(self, n_trials: int) -> None:
        self._left = self._n_trials = n_trials
        self._ended = 0.0
        #: Seconds by part, as the coordinator keeps them.
        self.of_coordinator: dict[str, float] = {}
        self.seconds = dict.fromkeys(("sampler", "study", "coordinator", "mirror", "between"), 0.0)

    def watch(self, run: Coordinator) -> None:
        """Read the clocks that a coordinator keeps, too."""
        self.of_coordinator = run.seconds

    def trial_started(self, trial: TrialRecord) -> None:
        """End what passed since the trial before."""
        if self._ended:
            self.seconds["between"] += time.perf_counter() - self._ended

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Nothing is read."""

    def trial_finished(self, trial: TrialRecord) -> None:
        """Begin with the first, end with the last."""
        if self._left == self._n_trials:
            # What the mirror mends first is no trial's cost.
            self.seconds["mirror"] -= idle_clock()
            self._read(-1)
        self._left -= 1
        if self._left == 0:
            self._read(1)
            self.seconds["mirror"] += idle_clock()
        self._ended = time.perf_counter()

    def _read(self, sign: int) -> None:
        self.seconds["coordinator"] += sign * time.thread_time()
        for part in ("sampler", "study"):
            self.seconds[part] += sign * self.of_coordinator[part]


def idle_clock() -> float:
    """Return the CPU seconds of the mirror's process, once it has nothing left to do."""
    last = -math.inf
    while True:
        now = cpu_seconds(mirror_pid())
        if now - last < _IDLE_CPU_S:
            return now
        last = now
        time.sleep(_IDLE_S)


def mirror_pid() -> int:
    """Return the process that mirrors for this one."""
    threads = Path("/proc/self/task").iterdir()
    children = [pid for thread in threads for pid in (thread / "children").read_text().split()]
    (found,) = (pid for pid in children if b"mirror.main" in command_of(pid))
    return int(found)


def command_of(pid: str) -> bytes:
    """Return the command line of a process."""
    return Path("/proc", pid, "cmdline").read_bytes()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, as the kernel counts it, to a hundredth of a second."""
    fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watched(Coordinator):
    """A coordinator whose clocks are read while it runs."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        clocks.watch(self)


optuna.logging.set_verbosity(optuna.logging.WARNING)
n_trials = int(sys.argv[2])
clocks = Clocks(n_trials + 1)
coordinator.Coordinator = Watched  # type: ignore[misc]
# As the command line takes the sample, which began this study.
config = TunerConfig(
    n_warmup_steps=None, holdout=AUTO_SAMPLE_HOLDOUT, space=load_space(sys.argv[1])
)
with AutoTuner("titan.db", config, on_notice=lambda text: None) as tuner:
    tuner.optimize("sample", more=1)
    tuner.add_listener(clocks)
    tuner.optimize("sample", more=n_trials + 1)
report = tuner.report
assert report is not None
assert report.mirror_failure is None, report.mirror_failure
costs = {part: 1e3 * seconds / n_trials for part, seconds in clocks.seconds.items()}
costs["own"] = costs["coordinator"] - costs["sampler"] - costs["study"]
print(json.dumps({**costs, "peak_mb": peak_mb()}))
