"""Trials on a Dask worker: for each coordinator a pool of killable processes beside the worker.

The functions that a coordinator calls here, as a task or out of band, take and return plain data. A
pool, its processes and files end with the coordinator: when it says so, when the scheduler has
dropped a trial's task, or when an idle pool gets no heartbeat any more.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import hashlib
import json
import platform
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from titan_mlopt.core.backtest_id import ENGINE_VERSION
from titan_mlopt.core.trees import remove_tree
from titan_mlopt.core.trial import FAIL, INTERRUPTED, TrialOutcome
from titan_mlopt.executors.base import Ended, Event
from titan_mlopt.executors.dask import messages
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.pool import WorkerPool
from titan_mlopt.executors.local.scratch import PREFIX

if TYPE_CHECKING:
    from distributed import Worker

#: Seconds between two heartbeats to an idle pool, and after the last one until the pool ends.
BEAT_S, PATIENCE_S = 2.0, 8.0
#: A trial's numbers depend on these, besides this program.
LIBRARIES = ("numpy", "numba", "lightgbm")
# Seconds after which the pool's thread at the latest looks whether it is still needed.
_TICK_S = 0.2
_CLOSE_TIMEOUT_S = 10.0
_ABANDONED = TrialOutcome(FAIL, INTERRUPTED, "its coordinator no longer wants it")


@dataclass
class _Task:
    """A Dask task that waits for its trial. key: the task's, in Dask."""

    request: messages.TrialRequest
    key: str
    end: concurrent.futures.Future[Ended] = field(default_factory=concurrent.futures.Future)


class Host:
    """The trials of one coordinator on this worker; its own thread alone touches their pool."""

    def __init__(self, session: str, worker: Worker) -> None:
        self.heard_at = time.monotonic()
        self._session, self._worker = session, worker
        self._folder = Path(worker.local_directory) / f"{PREFIX}{session}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._commands: queue.SimpleQueue[Callable[[WorkerPool], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()  # of the next two
        self._running: dict[int, _Task] = {}
        self._cause: BaseException | None = None
        self._closing = threading.Event()
        self._pool: WorkerPool | None = None
        self._thread = threading.Thread(target=self._serve, name="titan_mlopt", daemon=True)
        self._thread.start()

    # --- called by tasks and out of band, from other threads ---------------------------------

    def candles(self, file: messages.SentFile) -> Path:
        """Return where a candle file is, or is to be."""
        return self._folder / f"candles-{file.digest}{file.suffix}"

    def lacks(self, request: messages.TrialRequest) -> list[str]:
        """Return the digests of the files that must be sent here before the trial can run."""
        return [file.digest for file in request.files if not self.candles(file).exists()]

    def run(self, request: messages.TrialRequest, key: str) -> Ended:
        """Run a trial and return its end; the caller's thread waits."""
        task, number = _Task(request, key), request.job.number
        with self._lock:
            if self._cause is not None:
                raise self._cause
            if number in self._running:  # an attempt that this coordinator has given up
                raise RuntimeError(f"an earlier attempt at trial {number} is still running")
            self._running[number] = task
        self._do(lambda pool: self._start(pool, task))
        return task.end.result()

    def answer(self, number: int, attempt: int, *, go_on: bool) -> None:
        """Answer the checkpoint of a trial that waits for it."""
        self._do_for(number, attempt, lambda pool: pool.answer(number, go_on=go_on))

    def kill(self, number: int, attempt: int, outcome: TrialOutcome) -> None:
        """Kill a trial; it ends with ``outcome``."""
        self._do_for(number, attempt, lambda pool: pool.kill(number, outcome))

    def close(self) -> None:
        """End the trials, their pool and the files; return when they are gone."""
        self._closing.set()
        self._wake()
        self._thread.join(_CLOSE_TIMEOUT_S)

    def _do_for(self, number: int, attempt: int, command: Callable[[WorkerPool], None]) -> None:
        """Run a command in the pool's thread, unless the attempt has ended by then."""

        def checked(pool: WorkerPool) -> None:
            task = self._running.get(number)
            if task is not None and task.request.attempt == attempt:
                command(pool)

        self._do(checked)

    def _do(self, command: Callable[[WorkerPool], None]) -> None:
        self._commands.put(command)
        self._wake()

    def _wake(self) -> None:
        if (pool := self._pool) is not None:
            pool.wake()

    # --- the pool's own thread -----------------------------------------------------------------

    def _serve(self) -> None:
        cause: BaseException = RuntimeError("the pool of this worker has ended")
        try:
            with WorkerPool(self._worker.state.nthreads, workspace.new_scratch()) as pool:
                self._pool = pool
                while not self._is_over():
                    self._step(pool)
        except Exception as error:  # noqa: BLE001 - the tasks that wait raise it
            cause = error
        finally:
            _forget(self._session, self)
            remove_tree(self._folder)
            with self._lock:
                self._cause, tasks = cause, list(self._running.values())
            for task in tasks:
                task.end.set_exception(cause)

    def _step(self, pool: WorkerPool) -> None:
        while not self._commands.empty():
            self._commands.get()(pool)
        for event in pool.wait(_TICK_S):
            self._pass_on(event)
        for number, task in list(self._running.items()):
            if not self._is_wanted(task):
                pool.kill(number, _ABANDONED)

    def _start(self, pool: WorkerPool, task: _Task) -> None:
        request = task.request
        paths = {file.digest: str(self.candles(file)) for file in request.files}
        pool.submit(request.job_reading(paths), request.timeout_s)
        self._report(task, messages.STARTED)

    def _pass_on(self, event: Event) -> None:
        task = self._running[event.number]
        if isinstance(event, Ended):
            if self._is_wanted(task):
                self.heard_at = time.monotonic()
            with self._lock:
                del self._running[event.number]
            task.end.set_result(event)
        else:
            self._report(task, messages.CHECKPOINT, dataclasses.asdict(event.checkpoint))

    def _report(self, task: _Task, kind: str, content: object = None) -> None:
        number, attempt = task.request.job.number, task.request.attempt
        message = {"kind": kind, "number": number, "attempt": attempt, "content": content}
        self._worker.log_event(self._session, message)

    def _is_wanted(self, task: _Task) -> bool:
        """Return whether Dask still wants the task: the thread of a cancelled one goes on."""
        state = self._worker.state.tasks.get(task.key)
        return state is not None and state.state in ("executing", "long-running")

    def _is_over(self) -> bool:
        if self._closing.is_set() or self._worker.status.name in ("closing", "closed", "failed"):
            return True
        silent = time.monotonic() - self.heard_at > PATIENCE_S
        return silent and not self._running


# --- what a coordinator calls on a worker ------------------------------------------------------

_hosts: dict[str, Host] = {}
_lock = threading.Lock()


def run_trial(text: str) -> str:
    """Run the trial of a ``TrialRequest`` in JSON: the task that Dask sees; its thread only waits.

    Returns JSON: the outcome and the sources, or the digests of the files that must be sent here
    first.
    """
    from distributed import get_worker

    request, worker = messages.TrialRequest.from_json(text), get_worker()
    host = _open_host(request.session, worker)
    if lacks := host.lacks(request):
        return json.dumps({messages.LACKS: lacks})
    end = host.run(request, str(worker.get_current_task()))
    return json.dumps(
        {messages.OUTCOME: end.outcome.to_json(), messages.SOURCES: dict(end.sources)}
    )


def describe() -> dict[str, str]:
    """Return the versions that a trial's numbers depend on, "" for a library that is missing."""
    from titan_mlopt import __version__

    versions = {"titan_mlopt": f"{__version__}, engine {ENGINE_VERSION}"}
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            versions[name] = version(name)
    return {**dict.fromkeys(LIBRARIES, ""), **versions, "python": platform.python_version()}


async def put_candles(
    session: str,
    digest: str,
    suffix: str,
    chunk: bytes,
    *,
    first: bool,
    last: bool,
    dask_worker: Worker,
) -> None:
    """Take a part of a candle file, in order; after the last one the digest is checked.

    Raises ``ValueError`` when what arrived is not what was sent.
    """
    path = _open_host(session, dask_worker).candles(messages.SentFile(digest, suffix))
    part = path.with_name(f"{path.name}.part")
    await asyncio.to_thread(_write, part, chunk, "wb" if first else "ab")
    if last:
        await asyncio.to_thread(_accept, part, path, digest)


def _write(part: Path, chunk: bytes, mode: str) -> None:
    with part.open(mode) as file:
        file.write(chunk)


def _accept(part: Path, path: Path, digest: str) -> None:
    with part.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != digest:
        part.unlink()
        raise ValueError(f"candles must arrive as SHA-256 {digest[:12]}…, got {actual[:12]}…")
    part.rename(path)


def has_candles(session: str, digest: str, suffix: str) -> bool:
    """Whether the candles of this digest arrived here."""
    host = _hosts.get(session)
    return host is not None and host.candles(messages.SentFile(digest, suffix)).exists()


def answer(session: str, number: int, attempt: int, *, go_on: bool) -> None:
    """Answer a checkpoint; nothing happens when the trial is gone."""
    if (host := _hosts.get(session)) is not None:
        host.answer(number, attempt, go_on=go_on)


def kill(session: str, number: int, attempt: int, outcome: str) -> None:
    """Kill a trial, which ends with the outcome, given in JSON; nothing happens when it is gone."""
    if (host := _hosts.get(session)) is not None:
        host.kill(number, attempt, TrialOutcome.from_json(outcome))


def beat(session: str) -> None:
    """Note a heartbeat of the coordinator of an idle pool."""
    if (host := _hosts.get(session)) is not None:
        host.heard_at = time.monotonic()


async def end_session(session: str) -> None:
    """End all trials and files of a coordinator on this worker; return when they are gone."""
    if (host := _hosts.get(session)) is not None:
        await asyncio.to_thread(host.close)


def _open_host(session: str, worker: Worker) -> Host:
    with _lock:
        if session not in _hosts:
            _hosts[session] = Host(session, worker)
        # Candles may be long in coming, and meanwhile its coordinator sends no heartbeat.
        _hosts[session].heard_at = time.monotonic()
        return _hosts[session]


def _forget(session: str, host: Host) -> None:
    with _lock:
        if _hosts.get(session) is host:
            del _hosts[session]
