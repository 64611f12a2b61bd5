"""MLflow's servers on loopback: started, waited for, and gone with all that they started."""

from __future__ import annotations

import inspect
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from support.pool_cases import PATIENCE_S

# How long a server may take to end by itself.
_GRACE_S = 60
_ports = itertools.count()


def skip_unless_mlflow_serves_here() -> None:
    """Skip the test where MLflow's model server cannot start at all: an old one on a new Starlette.

    Starlette 1.0 took away what it decorates its routes with.
    """
    from fastapi import FastAPI
    from mlflow.pyfunc import scoring_server

    if not hasattr(FastAPI, "route") and "@app.route(" in inspect.getsource(scoring_server.init):
        pytest.skip("this MLflow's model server needs starlette < 1")


def free_port() -> int:
    """Return a port that nobody listens on, below those that the kernel gives to connections.

    It takes a server seconds to bind it: one of the kernel's would be a connection's meanwhile.
    Processes of tests have numbers close to each other, and so begin far from each other here.
    """
    while True:
        port = 20_000 + (os.getpid() * 101 + next(_ports)) % 12_000
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:  # somebody's
                continue
        return port


def environment(**settings: str) -> dict[str, str]:
    """Return this environment with the interpreter's own commands first on PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    no_jobs = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # five processes for nothing here
    return {**os.environ, "PATH": path, **no_jobs, **settings}


@contextmanager
def running(
    command: Sequence[str], ready: str, folder: Path, env: Mapping[str, str]
) -> Iterator[Path]:
    """Run a server until the block ends; yield its log once the address ``ready`` answers."""
    log = folder / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=stream, stderr=stream, start_new_session=True
        )
    try:
        _wait(lambda: process.poll() is not None or _answers(ready), log)
        assert process.poll() is None, log.read_text()
        yield log
    finally:
        _end(process, log)


def _wait(done: object, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():  # type: ignore[operator]
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _end(process: subprocess.Popen[bytes], log: Path) -> None:
    """End the server's whole group, and see that nothing of it is left."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not _group_lives(process):
            break
        with suppress(ProcessLookupError):  # gone meanwhile
            os.killpg(process.pid, sign)
        deadline = time.monotonic() + _GRACE_S
        while _group_lives(process) and time.monotonic() < deadline:
            time.sleep(0.05)
    process.wait(_GRACE_S)
    assert not _group_lives(process), log.read_text()


def _group_lives(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process of its group runs; one that only its parent has to reap does not."""
    process.poll()  # reaps it
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return any(_is_running(pid, process.pid) for pid in psutil.pids())


def _is_running(pid: int, group: int) -> bool:
    try:
        return os.getpgid(pid) == group and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):  # gone meanwhile
        return False


def post(address: str, body: bytes, kind: str) -> tuple[int, bytes]:
    """Return status and body of the answer."""
    request = urllib.request.Request(address, body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
