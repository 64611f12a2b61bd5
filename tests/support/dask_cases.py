"""A real Dask scheduler and workers, each a process of its own, for the tests of the cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from support.paths import ROOT
from support.pool_cases import PATIENCE_S, children_of, eventually, is_alive, linux
from support.server_cases import free_port
from titan_mlopt import AutoTuner
from titan_mlopt.core.trial import TrialOutcome, TrialRecord
from titan_mlopt.executors.dask.executor import DaskPool
from titan_mlopt.executors.local import workspace
from titan_mlopt.study.storage.studies import read_study

_DASK = (sys.executable, "-m", "dask")
MARKS = [
    linux,
    pytest.mark.slow,
    # Dask's own, of sockets that its threads close a moment later.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
#: Makes the stand-in for Titan's backtest quick, and the same again.
STEADY = {"TITAN_STANDIN_SLEEP_S": "0", "TITAN_STANDIN_CLOCK": "0"}


class DaskCluster:
    """``dask scheduler`` and as many ``dask worker`` as were started, on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self._start("scheduler", "--host", "127.0.0.1", "--scheduler-file", str(file))
        eventually(lambda: file.is_file() and file.read_text().strip())
        self.address: str = json.loads(file.read_text())["address"]

    def start_worker(self, *options: str, **environment: str) -> Worker:
        """Start a worker with one thread and without a nanny; return it when it is there."""
        number = len(self._processes)
        folder = self.folder / f"worker-{number}"
        folder.mkdir()
        words = ("--nthreads", "1", "--no-nanny", "--name", str(number), "--host", "127.0.0.1")
        process = self._start(
            *("worker", self.address, *words, "--local-directory", str(folder), *options),
            **environment,
        )
        log = self.folder / f"{number}.log"
        eventually(lambda: b"Starting established connection" in log.read_bytes())
        return Worker(process, folder)

    def _start(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        port = "--port" if words[0] == "scheduler" else "--worker-port"
        with (self.folder / f"{len(self._processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*_DASK, *words, port, "0", "--no-dashboard"],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            )
        self._processes.append(process)
        return process

    def kill_scheduler(self) -> None:
        self._processes[0].kill()

    def close(self) -> None:
        # A worker that is to end while its scheduler ends may wait for ever.
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()


@contextmanager
def running_commands(
    commands: list[list[str]], folder: Path, host: str = "scheduler-host"
) -> Iterator[str]:
    """Run a page's scheduler and workers, which call it ``host:8786``; give its address."""
    pytest.importorskip("distributed", reason="Dask comes with the extra dask")
    port = str(free_port())
    with ExitStack() as at_exit:
        for number, words in enumerate(commands):
            place = [word.replace(f"//{host}:", "//127.0.0.1:") for word in words]
            place = [word.replace("8786", port) for word in place]
            log = at_exit.enter_context((folder / f"{number}.log").open("w"))
            assert place[0] == "dask"
            process = subprocess.Popen(
                [sys.executable, "-m", *place, "--no-dashboard", "--host", "127.0.0.1"],
                stdout=log,
                stderr=log,
                cwd=folder,
            )
            at_exit.callback(process.wait, PATIENCE_S)
            at_exit.callback(process.terminate)
            ready = "Scheduler at:" if number == 0 else "Starting established connection"
            eventually(lambda n=number, text=ready: text in (folder / f"{n}.log").read_text())
        protocol = "tls" if "tls" in commands[0] else "tcp"
        yield f"{protocol}://127.0.0.1:{port}"


class Worker:
    """A Dask worker, looked at through /proc and its folder."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process, self._folder = process, folder

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait()

    def zygotes(self) -> list[int]:
        """Return the processes that the worker started and that live."""
        return [pid for pid in children_of(self.pid) if is_alive(pid)]

    def trials(self) -> list[int]:
        """Return the processes of the trials that run on the worker."""
        return [pid for zygote in self.zygotes() for pid in children_of(zygote) if is_alive(pid)]

    def hosts(self) -> list[Path]:
        """Return the folders that coordinators have on the worker."""
        inside = os.walk(self._folder)  # unlike rglob it passes over a folder that has gone
        return sorted(
            Path(folder, name)
            for folder, names, _ in inside
            for name in names
            if name.startswith("titan_mlopt-")
        )

    def scratches(self) -> list[Path]:
        """Return the scratch folders of the worker's pools."""
        places = (Path("/dev/shm"), Path(os.environ.get("TMPDIR", "/tmp")))
        return [path for place in places for path in place.glob(f"titan_mlopt-{self.pid}-*")]

    def is_clean(self) -> bool:
        """Whether nothing of any coordinator is left."""
        return not (self.zygotes() or self.hosts() or self.scratches())


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A scheduler without workers."""
    made = DaskCluster(tmp_path_factory.mktemp("dask"))
    yield made
    made.close()


def dask_settings(cluster: DaskCluster, **more: Any) -> dict[str, Any]:
    return {"executor": "dask", "scheduler": cluster.address, **more}


@pytest.fixture(scope="module")
def worker(cluster: DaskCluster) -> Worker:
    return cluster.start_worker(**STEADY)


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def pool(
    cluster: DaskCluster, worker: Worker, tmp_path: Path, notices: list[str]
) -> Iterator[DaskPool]:
    scratch = workspace.new_scratch(tmp_path)
    with DaskPool(cluster.address, 2, scratch, notices.append) as pool:
        yield pool
    assert not scratch.exists()
    assert worker.is_clean()


def points_of(tuner: AutoTuner) -> list[tuple[Any, ...]]:
    """Return all that a study holds of its trials but their times."""
    return [known_of(trial) for trial in read_study(tuner.study).trials]


def known_of(t: TrialRecord) -> tuple[Any, ...]:
    return t.number, t.point, t.params, t.state, t.values, _timeless(t.outcome)


def _timeless(outcome: TrialOutcome | None) -> dict[str, Any]:
    assert outcome is not None
    return {
        name: getattr(outcome, name)
        for name in TrialOutcome.__dataclass_fields__
        if name != "duration_seconds"
    }
