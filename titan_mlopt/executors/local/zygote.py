"""The process that trials are forked from: imports everything once, runs nothing, one thread.

The coordinator starts one zygote with ``python -c`` and talks to it over a socket, one line of JSON
per message. A trial is a fork of it (3 ms), in a process group of its own, so that a kill takes the
trial's children along. The zygote enforces deadlines, reaps dead trials and reports their ends. It
answers each ping, so that the coordinator can replace one that is stopped.
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
import resource
import selectors
import signal
import socket
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from titan_mlopt.core.trees import remove_tree
from titan_mlopt.executors.local.clock import Stopwatch, WaitCounter
from titan_mlopt.executors.local.launch import python_command
from titan_mlopt.executors.local.messages import ImportRequest, Lines, StrayBytesError

_PR_SET_PDEATHSIG = 1
# glibc's malloc.h
_M_MMAP_THRESHOLD, _LARGE_BYTES = -3, 2**20
_MAX_LINE = 65_536
_THREADS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS"),
)
# pyarrow, which pandas imports, would start a thread that returns memory.
_ARROW_MEMORY = "JE_ARROW_MALLOC_CONF"
#: Of a coordinator's scratch folder: the machine code of its zygotes, when it can be kept nowhere.
CODE_FOLDER = "compiled"
# Seconds between two looks at the time that trials have used.
_TICK_S = 0.25


@dataclass
class _Child:
    """A trial that runs. used: its time so far; fd: its end of the socket to the coordinator."""

    number: int
    timeout_s: float
    used: Stopwatch
    waits: WaitCounter
    fd: int
    timed_out: bool = False

    @property
    def rest_s(self) -> float:
        """Seconds until its timeout."""
        return max(0.0, self.timeout_s - self.used.seconds)

    def close(self) -> None:
        os.close(self.fd)
        self.waits.close()


def main(fd: str, scratch: str, coordinator: str) -> None:
    """Serve process ``coordinator`` at the other end of socket ``fd`` until it closes or dies."""
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # forks of a threaded process can hang
    os.environ[_ARROW_MEMORY] = "background_thread:false"
    _free_large_blocks()
    parent = int(coordinator)
    with socket.socket(fileno=int(fd)) as connection, contextlib.suppress(_Orphaned):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the coordinator to handle
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as is a shutdown of the machine
        signal.signal(signal.SIGCONT, lambda *_: _end_orphaned(parent))
        die_with_parent(signal.SIGCONT)
        _end_orphaned(parent)
        with _blas_unseen():
            from titan_mlopt.backtest.engine import compiled

            code_is_kept = compiled.code_is_kept()
            if not code_is_kept:
                compiled.keep_code_in(Path(scratch, CODE_FOLDER))
            from titan_mlopt.executors.local import preload, worker  # so that forks have them

            rehearsal = Path(scratch, "rehearsal")
            rehearsal.mkdir(parents=True, exist_ok=True)
            worker.warm_up(rehearsal)
            remove_tree(rehearsal)
        gc.freeze()  # forks share these pages until somebody writes to them
        hooks = _Hooks(worker.serve_trial, preload.import_backtest, code_is_kept)
        _Zygote(connection, parent, hooks).serve()
    remove_tree(Path(scratch))
    os._exit(0)  # an orderly exit of numba takes 0.2 s


def _free_large_blocks() -> None:
    """Have glibc return large arrays to the kernel when they are freed.

    Its default threshold grows with each of them, and a trial on millions of candles would keep
    50 % more memory.
    """
    with contextlib.suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


class _Orphaned(BaseException):
    """The coordinator is dead."""


def _end_orphaned(coordinator: int) -> None:
    """Raise ``_Orphaned`` when the coordinator is dead.

    The kernel's signal alone is no proof: it also comes when only the thread that started us ends.
    """
    if os.getppid() != coordinator:
        raise _Orphaned


@contextlib.contextmanager
def _blas_unseen() -> Iterator[None]:
    """Keep numba from importing scipy.linalg (0.2 s, 10 MB) only to check that there is a BLAS.

    Code that uses linear algebra imports the real module later, when it is compiled.
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


@dataclass(frozen=True)
class _Hooks:
    """What a zygote runs of modules that its coordinator does without.

    code_is_kept: whether the next zygote finds the compiled code.
    """

    serve_trial: Callable[[int, WaitCounter], None]
    import_backtest: Callable[[ImportRequest], str]
    code_is_kept: bool


class _Zygote:
    def __init__(self, connection: socket.socket, coordinator: int, hooks: _Hooks) -> None:
        self._connection, self._coordinator = connection, coordinator
        self.hooks = hooks
        self._children: dict[int, _Child] = {}
        self._fds: list[int] = []
        self._lines = Lines()
        self._wake, self._waker = socket.socketpair()

    def serve(self) -> None:
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for signum in (signal.SIGCHLD, signal.SIGCONT):
            signal.signal(signum, lambda *_: None)  # only to wake the select
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            try:
                remark = {} if self.hooks.code_is_kept else {"compiles_anew": True}
                self._send(ready=os.getpid(), **remark)
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
        """Handle events and deadlines once; return False when the coordinator is gone."""
        ready = {key.fileobj for key, _ in selector.select(self._patience())}
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                self._wake.recv(4096)
        self._reap()
        self._enforce_deadlines()
        if os.getppid() != self._coordinator:
            return False
        return self._read() if self._connection in ready else True

    def _patience(self) -> float | None:
        rests = [child.rest_s for child in self._children.values() if not child.timed_out]
        return min(*rests, _TICK_S) if rests else None

    def _enforce_deadlines(self) -> None:
        """Kill trials that have used their time.

        The time in which a trial waits for the coordinator does not count, nor the time in which
        this process was stopped: neither is the trial's fault.
        """
        moment = time.monotonic()
        for pid, child in self._children.items():
            child.used.look(moment, counts=not child.waits.is_waiting(child.fd))
            if not child.timed_out and not child.rest_s:
                child.timed_out = True
                self._kill(pid)

    def _reap(self) -> None:
        for pid in list(self._children):
            reaped_pid, status = os.waitpid(pid, os.WNOHANG)
            if reaped_pid:
                child = self._children.pop(pid)
                self._kill(pid)  # its own children; their group keeps its number in use
                child.close()
                code = os.waitstatus_to_exitcode(status)
                self._send(ended=child.number, code=code, timed_out=child.timed_out)

    def _kill(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)

    def _read(self) -> bool:
        """Obey the coordinator; return False when it is gone, or sends what is no message."""
        data, fds, _, _ = socket.recv_fds(self._connection, _MAX_LINE, 16)
        if not data:
            return False
        self._fds += fds
        try:
            for message in self._lines.feed(data):
                self._obey(message)
        except (StrayBytesError, LookupError) as error:  # the coordinator starts another one
            print(f"trials: the worker process must be told what it knows, got {error}")  # noqa: T201
            return False
        return True

    def _import(self, request: dict[str, Any]) -> None:
        """Import a backtest for all trials; end this process when each has to do it itself."""
        if reason := self.hooks.import_backtest(ImportRequest(**request)):
            self._send(not_imported=reason)
            os._exit(0)  # another one takes its place and its scratch folder
        gc.freeze()
        self._send(imported=1)

    def _obey(self, message: dict[str, Any]) -> None:
        if "run" in message:
            self._fork(message["run"], message["timeout_s"], self._fds.pop(0))
        elif "ping" in message:
            self._send(pong=message["ping"])
        elif "import" in message:
            self._import(message["import"])
        else:
            number = message["kill"]
            for pid in [pid for pid, child in self._children.items() if child.number == number]:
                self._kill(pid)

    def _fork(self, number: int, timeout_s: float, fd: int) -> None:
        zygote, waits = os.getpid(), WaitCounter()
        try:
            pid = os.fork()
        except OSError as error:  # no memory or too many processes: fails this trial alone
            os.close(fd)
            waits.close()
            self._send(ended=number, code=None, why=f"no process ({error.strerror})")
            return
        if pid == 0:
            _become_trial(fd, waits, zygote, self)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)
        used = Stopwatch(time.monotonic())
        self._children[pid] = _Child(number, timeout_s, used, waits, fd)

    def close_inherited(self) -> None:
        """Close the zygote's sockets and reset its signal handlers, in a fork of it."""
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGCHLD, signal.SIGCONT, signal.SIGTERM):
            signal.signal(signum, signal.SIG_DFL)
        for end in (self._connection, self._wake, self._waker):
            end.close()
        for sibling in self._children.values():
            sibling.close()

    def _send(self, **message: object) -> None:
        self._connection.sendall(json.dumps(message).encode() + b"\n")


def _become_trial(fd: int, waits: WaitCounter, zygote: int, parent: _Zygote) -> NoReturn:
    """Run the trial in this fork and end the process, whatever happens."""
    code = 1
    try:
        os.setpgid(0, 0)
        os.set_inheritable(fd, False)
        die_with_parent()
        parent.close_inherited()
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))  # a core is gigabytes
        if os.getppid() == zygote:  # else it died before we asked to follow it
            parent.hooks.serve_trial(fd, waits)
            code = 0
    except BaseException:  # noqa: BLE001 - SystemExit too: the log says what ended the trial
        traceback.print_exc()
    finally:
        os._exit(code)


def launch(connection: socket.socket, scratch: Path) -> list[str]:
    """Return the command that starts a zygote at the other end of ``connection``."""
    return python_command(
        "titan_mlopt.executors.local.zygote", connection.fileno(), scratch, os.getpid()
    )
