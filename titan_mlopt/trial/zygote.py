"""The process that trials are forked from: everything imported once, nothing run, one thread.

The coordinator starts one zygote with ``python -c`` and speaks to it over a socket, a line of JSON
a message. A trial is a fork of it (3 ms), in a process group of its own, so that a kill takes the
trial's children along. The zygote keeps the deadlines, reaps the dead and tells how they ended.
When the coordinator is gone, the socket closes and the kernel sends SIGCONT, which wakes a stopped
zygote too: it kills every trial, removes the scratch folder and ends. When the zygote is gone, the
kernel kills the trials.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
import traceback
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from titan_mlopt.trial.launch import python_command

_PR_SET_PDEATHSIG = 1
# glibc's malloc.h
_M_MMAP_THRESHOLD, _LARGE_BYTES = -3, 2**20
_MAX_LINE = 65_536
_THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS"),
)
_MAX_PATIENCE_S = 3600.0  # select refuses a month


@dataclass
class _Child:
    number: int
    deadline: float
    timed_out: bool = False


def main(fd: str, scratch: str, coordinator: str) -> None:
    """Serve process ``coordinator`` at the other end of socket ``fd`` until it closes or dies."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # forks of a process with threads can hang
    _free_large_blocks()
    parent = int(coordinator)
    with socket.socket(fileno=int(fd)) as line, contextlib.suppress(_Orphaned):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the coordinator to handle
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as is a machine that goes down
        signal.signal(signal.SIGCONT, lambda *_: _end_orphaned(parent))
        die_with_parent(signal.SIGCONT)
        _end_orphaned(parent)
        with _blas_unseen():
            from titan_mlopt.trial import worker  # imported here so that forks have it

            rehearsal = Path(scratch, "rehearsal")
            rehearsal.mkdir(parents=True, exist_ok=True)
            worker.warm_up(rehearsal)
            shutil.rmtree(rehearsal)
        gc.freeze()  # forks share these pages as long as nobody writes to them
        _Zygote(line, parent).serve()
    shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)  # taking numba apart in order takes 0.2 s


def _free_large_blocks() -> None:
    """Have glibc give large arrays back when they are freed.

    Its own limit grows with each of them, and a trial on millions of candles would keep half as
    much again.
    """
    with contextlib.suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


class _Orphaned(BaseException):
    """The coordinator is dead."""


def _end_orphaned(coordinator: int) -> None:
    """Raise ``_Orphaned`` when the coordinator is dead.

    The kernel's signal alone says less: it comes as well when only the thread that started us ends.
    """
    if os.getppid() != coordinator:
        raise _Orphaned


@contextlib.contextmanager
def _blas_unseen() -> Iterator[None]:
    """Keep numba from importing scipy.linalg (0.2 s, 10 MB) just to see that there is a BLAS.

    Code that does linear algebra gets the real module afterwards, when it is compiled.
    """
    name = "scipy.linalg.cython_blas"
    sys.modules.setdefault(name, stand_in := types.ModuleType(name))
    try:
        yield
    finally:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]


def die_with_parent(signum: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel for a signal when this process's parent dies (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signum)


class _Zygote:
    def __init__(self, line: socket.socket, coordinator: int) -> None:
        self._line, self._coordinator = line, coordinator
        self._children: dict[int, _Child] = {}
        self._fds: list[int] = []
        self._unread = b""
        self._wake, self._waker = socket.socketpair()

    def serve(self) -> None:
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for signum in (signal.SIGCHLD, signal.SIGCONT):
            signal.signal(signum, lambda *_: None)  # it wakes the select, that is all
        with selectors.DefaultSelector() as selector:
            selector.register(self._line, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            try:
                self._tell(ready=os.getpid())
                while self._step(selector):
                    pass
            except ConnectionError:
                pass  # the coordinator is gone
            finally:
                for pid in self._children:
                    self._kill(pid)
                for pid in self._children:
                    os.waitpid(pid, 0)  # until then it may still write to its folder

    def _step(self, selector: selectors.BaseSelector) -> bool:
        """Do what is due; return False when the coordinator is gone."""
        ready = {key.fileobj for key, _ in selector.select(self._patience())}
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                self._wake.recv(4096)
        self._reap()
        self._enforce_deadlines()
        if os.getppid() != self._coordinator:
            return False
        return self._read() if self._line in ready else True

    def _patience(self) -> float | None:
        due = [child.deadline for child in self._children.values() if not child.timed_out]
        if not due:
            return None
        return min(max(0.0, min(due) - time.monotonic()), _MAX_PATIENCE_S)

    def _enforce_deadlines(self) -> None:
        now = time.monotonic()
        for pid, child in self._children.items():
            if not child.timed_out and child.deadline <= now:
                child.timed_out = True
                self._kill(pid)

    def _reap(self) -> None:
        for pid in list(self._children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                child = self._children.pop(pid)
                self._kill(pid)  # what it started itself; its number is taken while they live
                code = os.waitstatus_to_exitcode(status)
                self._tell(ended=child.number, code=code, timed_out=child.timed_out)

    def _kill(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)

    def _read(self) -> bool:
        data, fds, _, _ = socket.recv_fds(self._line, _MAX_LINE, 16)
        if not data:
            return False
        self._fds += fds
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "run" in message:
                self._fork(message["run"], message["timeout_s"], self._fds.pop(0))
            else:
                for pid, child in self._children.items():
                    if child.number == message["kill"]:
                        self._kill(pid)
        return True

    def _fork(self, number: int, timeout_s: float, fd: int) -> None:
        zygote = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:  # no memory, too many processes: this trial's bad luck alone
            os.close(fd)
            self._tell(ended=number, code=None, why=f"no process ({error.strerror})")
            return
        if pid == 0:
            _become_trial(fd, zygote, self)
        os.close(fd)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)
        self._children[pid] = _Child(number, time.monotonic() + timeout_s)

    def close_inherited(self) -> None:
        """Leave the zygote's sockets and signal ways, in a fork of it."""
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGCHLD, signal.SIGCONT, signal.SIGTERM):
            signal.signal(signum, signal.SIG_DFL)
        for end in (self._line, self._wake, self._waker):
            end.close()

    def _tell(self, **message: object) -> None:
        self._line.sendall(json.dumps(message).encode() + b"\n")


def _become_trial(fd: int, zygote: int, parent: _Zygote) -> NoReturn:
    """Run the trial in this fork and end the process, whatever happens."""
    code = 1
    try:
        os.setpgid(0, 0)
        os.set_inheritable(fd, False)
        die_with_parent()
        parent.close_inherited()
        if os.getppid() == zygote:  # else it died before we asked to follow it
            from titan_mlopt.trial.worker import serve_trial

            serve_trial(fd)
            code = 0
    except BaseException:  # noqa: BLE001 - SystemExit too: the log tells what ended the trial
        traceback.print_exc()
    finally:
        os._exit(code)


def launch(line: socket.socket, scratch: Path) -> list[str]:
    """Return the command that starts a zygote at the other end of ``line``."""
    return python_command("titan_mlopt.trial.zygote", line.fileno(), scratch, os.getpid())
