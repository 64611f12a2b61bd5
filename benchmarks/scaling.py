"""Efficiency over the number of workers: trials that sleep, everything else real.

Efficiency: the time that the trials took by themselves, over wall time times workers. The
coordinator's cost of a trial is the processor time of its process, sampler, study and pruning
included; the mirror's is that of its own process; what workers do is none of it. On a machine with
other work its main thread waits for a core besides: that is told, and is not the program's.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import stub_backtest
from frame import empty_folder

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.sample import sample_candles

HERE = Path(__file__).parent
WORKERS = (1, 4, 16, 64)
#: Threads of a Dask worker at most.
THREADS = 16
SECONDS = 5.0
PARTS = ("coordinator", "sampler", "study", "mirror", "waited")


@contextlib.contextmanager
def dask_cluster(n_workers: int) -> Iterator[dict[str, Any]]:
    """Start a scheduler and workers with so many threads in all; give the settings to use them."""
    dask = (sys.executable, "-m", "dask")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as at_exit:
        file = Path(name) / "scheduler.json"

        def start(*words: str) -> None:
            command = [*dask, *words, "--no-dashboard"]
            process = subprocess.Popen(command, cwd=name, stderr=subprocess.DEVNULL)
            at_exit.callback(process.wait, 30)
            at_exit.callback(process.terminate)

        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
        for _ in range(600):
            if file.is_file() and file.read_text().strip():
                break
            time.sleep(0.1)
        left = n_workers
        while left:
            threads = min(left, THREADS)
            start("worker", "--scheduler-file", str(file), "--nthreads", str(threads), "--no-nanny")
            left -= threads
        address = json.loads(file.read_text())["address"]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            while sum(client.nthreads().values()) < n_workers:
                time.sleep(0.1)
        yield {"executor": "dask", "scheduler": address}


def measure(n_workers: int, executor: str, *, mirror: bool) -> dict[str, float]:
    """Return efficiency, trials a second, and the coordinator's seconds a trial, by part."""
    n_trials = max(4, 3 * n_workers)
    cluster = dask_cluster(n_workers) if executor == "dask" else contextlib.nullcontext({})
    with empty_folder() as folder, cluster as where:
        config = TunerConfig(
            n_trials=n_trials,
            n_jobs=n_workers,
            n_startup_trials=10**6,  # checkpoints are asked and answered, nothing is pruned
            n_warmup_steps=None,
            min_predictions=1,
            backtest="stub_backtest:run_backtest",
            backtest_path=str(HERE),
            tracking=mirror,
            tracking_uri=f"sqlite:///{folder}/mlflow.db",
            register_as=None,
            **where,
        )
        with AutoTuner(folder / "titan.db", config, on_notice=lambda _: None) as tuner:
            candles = sample_candles(version=1)
            tuner.optimize(candles, more=n_workers)  # processes, candles and imports are there
            clock = Clock()
            tuner.add_listener(clock)
            used, waited = time.process_time(), waited_for_a_core()
            tuner.optimize(candles, more=n_trials)
            seconds = clock.last - clock.first
            cost = (time.process_time() - used) / n_trials
            waited = (waited_for_a_core() - waited) / n_trials
            assert tuner.report is not None
            split = tuner.report.seconds
    return {
        "efficiency": n_trials * SECONDS / (seconds * n_workers),
        "trials/s": n_trials / seconds,
        "coordinator": cost,
        "waited": waited,
        "sampler": split["sampler"] / n_trials,
        "study": split["study"] / n_trials,
        "mirror": split.get("mlflow (beside the trials)", 0.0) / n_trials,
    }


def waited_for_a_core() -> float:
    """Return the seconds in which this thread could have run and did not; 0 without /proc."""
    place = Path("/proc/thread-self/schedstat")
    return int(place.read_text().split()[1]) / 1e9 if place.exists() else 0.0


class Clock:
    """Notes when the first trial began and the last one ended."""

    def __init__(self) -> None:
        self.first = self.last = 0.0

    def trial_started(self, trial: object) -> None:
        """Note the first."""
        self.first = self.first or time.perf_counter()

    def trial_progressed(self, number: int, checkpoint: object) -> None:
        """Note nothing."""

    def trial_finished(self, trial: object) -> None:
        """Note the last so far."""
        self.last = time.perf_counter()


def main() -> None:
    """Print the table; arguments are the numbers of workers."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    os.environ[stub_backtest.SECONDS] = str(SECONDS)
    print(f"trials of {SECONDS:g} s; ms of the coordinator's processor time a trial")
    heads = ("executor", "mirror", "workers", "efficiency", "trials/s", *PARTS)
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for executor in ("local", "dask"):
        for mirror in (False, True):
            for n_workers in map(int, sys.argv[1:] or WORKERS):
                row = measure(n_workers, executor, mirror=mirror)
                ms = [f"{row[part] * 1e3:.0f} ms" for part in PARTS]
                cells = [executor, "on" if mirror else "off", str(n_workers)]
                cells += [f"{row['efficiency']:.2f}", f"{row['trials/s']:.2f}", *ms]
                print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
