"""Mirrors and zygotes that are forked from a process with their imports done.

A fresh interpreter spends seconds on importing MLflow, and half of one on numba, before it does
what a test is about. Here the same command runs in a fork of a process that has imported the same
modules and done nothing else: in a session of its own, with the environment, the folder and the
output of whoever starts it. Its parent is that process, and not the coordinator; tests of the
processes themselves start fresh ones, see ``own_processes``.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from support.paths import ROOT
from titan_mlopt.executors.local import zygote_client
from titan_mlopt.tracking.mirror import client as mirror_client

#: What a process of each module imports, and does before its first message.
_PREPARED = {
    "titan_mlopt.tracking.mirror.main": (
        "import titan_mlopt.tracking.mirror.server\n"
        "import mlflow.store.tracking.sqlalchemy_store\n"
        "import mlflow.store.model_registry.sqlalchemy_store\n"
    ),
    "titan_mlopt.executors.local.zygote": (
        "import tempfile\n"
        "from pathlib import Path\n"
        "from titan_mlopt.executors.local import zygote\n"
        "zygote._free_large_blocks()\n"
        "with zygote._blas_unseen(), tempfile.TemporaryDirectory() as folder:\n"
        "    from titan_mlopt.backtest.engine import compiled\n"
        "    compiled.code_is_kept()\n"
        "    from titan_mlopt.executors.local import worker\n"
        "    worker.warm_up(Path(folder))\n"
    ),
}

#: So that the libraries start none: forks of a threaded process can hang.
_ONE_THREAD = {
    **{"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}

#: Forks a child for each message; tells its number, and then how it ended.
_SERVER = """
import gc, json, os, select, signal, socket, sys

control = socket.socket(fileno=int(sys.argv[1]))
{prepare}
gc.freeze()
here, wake = socket.socketpair()
wake.setblocking(False)
here.setblocking(False)
signal.signal(signal.SIGCHLD, lambda *_: None)
signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
told = {{}}


def become(request, fds):
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    for end in (control, here, wake, *told.values()):
        end.close()
    line, out, err = fds
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    code, path, _, *words = request["command"]
    words[-1] = str(os.getppid())  # the parent that it ends with
    sys.argv = ["-c", path, str(line), *words]
    exec(code, {{"__name__": "__main__"}})


while True:
    ready, _, _ = select.select([control, here], [], [])
    if here in ready:
        here.recv(4096)
    while told:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            break
        with told.pop(pid) as end:
            try:
                end.sendall(str(os.waitstatus_to_exitcode(status)).encode())
            except OSError:
                pass  # nobody asks any more
    if control not in ready:
        continue
    data, fds, _, _ = socket.recv_fds(control, 2**20, 4)
    if not data:
        os._exit(0)
    answer, *fds = fds
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(answer)
            become(json.loads(data), fds)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)
    for fd in fds:
        os.close(fd)
    told[pid] = socket.socket(fileno=answer)
    told[pid].sendall(f"{{pid}} ".encode())
"""


class _Server:
    """The process that the others are forked from; it ends with this one."""

    def __init__(self, prepare: str, environment: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        code = _SERVER.format(prepare=prepare)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-P", "-c", code, str(theirs.fileno())],
                env={**environment, **_ONE_THREAD, "PYTHONPATH": str(ROOT)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def fork(self, command: Sequence[str], line: int) -> socket.socket:
        ours, theirs = socket.socketpair()
        folder, environment = str(Path.cwd()), dict(os.environ)
        request = {"command": command, "folder": folder, "environment": environment}
        with theirs:
            data = json.dumps(request).encode()
            socket.send_fds(self._control, [data], [theirs.fileno(), line, 1, 2])
        return ours

    def close(self) -> None:
        self._control.close()
        self._process.wait()


_servers: dict[str, _Server] = {}
_forked = defaultdict[str, "list[Forked]"](list)
#: Of the session: what a test sets, only the forks get.
_environment = dict(os.environ)


class Forked:
    """As ``subprocess.Popen`` of a command of ``python_command``, as far as it is made use of."""

    def __init__(self, command: Sequence[str], pass_fds: Sequence[int], **_: Any) -> None:
        named = re.search(r"from (\S+) import main;", command[4])
        assert named, command
        module, (line,) = named[1], pass_fds
        if module not in _servers:
            _servers[module] = _Server(_PREPARED[module], _environment)
        self._told = _servers[module].fork(command[4:], line)
        self.args, self.returncode = command, None
        self.pid = int(self._read(b" "))
        _forked[module].append(self)

    def _read(self, end: bytes) -> bytes:
        """Return what the server tells until this byte, or until it tells no more."""
        found = b""
        while (byte := self._told.recv(1)) and byte != end:
            found += byte
        return found

    def poll(self) -> int | None:
        ready = self.returncode is None and select.select([self._told], [], [], 0)[0]
        return self._end() if ready else self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None and not select.select([self._told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return self._end()

    def _end(self) -> int:
        if self.returncode is None:
            self.returncode = int(self._read(b"") or -signal.SIGKILL)
            self._told.close()
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def forked(module: str) -> list[int]:
    """Return the processes of a module that were forked for this one and have not ended."""
    return [process.pid for process in _forked[module] if process.poll() is None]


_STAND_IN = SimpleNamespace(
    Popen=Forked, DEVNULL=subprocess.DEVNULL, TimeoutExpired=subprocess.TimeoutExpired
)


@contextmanager
def _started_by(how: ModuleType | SimpleNamespace) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for starter in (mirror_client, zygote_client):
            patch.setattr(starter, "subprocess", how)
        yield


@contextmanager
def prepared_processes() -> Iterator[None]:
    """Fork mirrors and zygotes of this process from prepared ones; none of these stays."""
    _environment.clear()
    _environment.update(os.environ)
    with _started_by(_STAND_IN) if sys.platform == "linux" else nullcontext():
        yield
    while _servers:
        _servers.popitem()[1].close()


@contextmanager
def fresh_processes() -> Iterator[None]:
    """Start mirrors and zygotes as the product does."""
    with _started_by(subprocess):
        yield
