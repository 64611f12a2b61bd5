"""Trials on a Dask worker: for each coordinator a pool of killable processes beside the worker.

What a coordinator calls here, as a task or out of band, takes and returns plain data. A pool, its
processes and files end with the coordinator: when it says so, when the scheduler no longer wants a
trial's task, or when an idle pool hears nothing of it any more.
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
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from titan_mlopt.backtest.identity import ENGINE_VERSION
from titan_mlopt.records import FAIL, INTERRUPTED, TrialOutcome
from titan_mlopt.trial import workspace
from titan_mlopt.trial.dask_messages import CHECKPOINT, LACKS, OUTCOME, STARTED, Order, SentFile
from titan_mlopt.trial.executor import Ended, Event
from titan_mlopt.trial.pool import WorkerPool
from titan_mlopt.trial.scratch import PREFIX

if TYPE_CHECKING:
    from distributed import Worker

#: An idle pool hears of its coordinator this often, and ends when it heard nothing for so long.
BEAT_S, PATIENCE_S = 2.0, 8.0
#: What a trial's numbers depend on, besides this program.
LIBRARIES = ("numpy", "numba", "lightgbm")
# How long the pool's thread waits at most before it looks whether it is still wanted.
_TICK_S = 0.2
_CLOSE_TIMEOUT_S = 10.0
_UNWANTED = TrialOutcome(FAIL, INTERRUPTED, "its coordinator no longer wants it")


@dataclass
class _Waiting:
    """A task that waits for its trial. key: the task's, in Dask."""

    order: Order
    key: str
    outcome: concurrent.futures.Future[TrialOutcome] = field(
        default_factory=concurrent.futures.Future
    )


class Host:
    """The trials of one coordinator on this worker; its own thread alone touches their pool."""

    def __init__(self, session: str, worker: Worker) -> None:
        self.heard_at = time.monotonic()
        self._session, self._worker = session, worker
        self._folder = Path(worker.local_directory) / f"{PREFIX}{session}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._commands: queue.SimpleQueue[Callable[[WorkerPool], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()  # of the next two
        self._running: dict[int, _Waiting] = {}
        self._cause: BaseException | None = None
        self._closing = threading.Event()
        self._pool: WorkerPool | None = None
        self._thread = threading.Thread(target=self._serve, name="titan_mlopt", daemon=True)
        self._thread.start()

    # --- called by tasks and out of band, from other threads ---------------------------------

    def candles(self, file: SentFile) -> Path:
        """Return where a candle file is, or is to be."""
        return self._folder / f"candles-{file.digest}{file.suffix}"

    def lacks(self, order: Order) -> list[str]:
        """Return the digests of the files that must be sent here before the trial can run."""
        return [file.digest for file in order.files if not self.candles(file).exists()]

    def run(self, order: Order, key: str) -> TrialOutcome:
        """Run a trial to its end and return what came of it; the caller's thread waits."""
        waiting, number = _Waiting(order, key), order.job.number
        with self._lock:
            if self._cause is not None:
                raise self._cause
            if number in self._running:  # an attempt that this coordinator has given up
                raise RuntimeError(f"an earlier attempt at trial {number} is still running")
            self._running[number] = waiting
        self._do(lambda pool: self._start(pool, waiting))
        return waiting.outcome.result()

    def answer(self, number: int, attempt: int, *, go_on: bool) -> None:
        """Answer the checkpoint of a trial that waits for it."""

        def command(pool: WorkerPool) -> None:
            if self._is(number, attempt):
                pool.answer(number, go_on=go_on)

        self._do(command)

    def kill(self, number: int, attempt: int, outcome: TrialOutcome) -> None:
        """Kill a trial; it ends with ``outcome``."""

        def command(pool: WorkerPool) -> None:
            if self._is(number, attempt):
                pool.kill(number, outcome)

        self._do(command)

    def close(self) -> None:
        """End the trials, their pool and the files; return when they are gone."""
        self._closing.set()
        self._wake()
        self._thread.join(_CLOSE_TIMEOUT_S)

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
            shutil.rmtree(self._folder, ignore_errors=True)
            with self._lock:
                self._cause, left = cause, list(self._running.values())
            for waiting in left:
                waiting.outcome.set_exception(cause)

    def _step(self, pool: WorkerPool) -> None:
        while not self._commands.empty():
            self._commands.get()(pool)
        for event in pool.wait(_TICK_S):
            self._pass_on(event)
        for number, waiting in list(self._running.items()):
            if not self._is_wanted(waiting):
                pool.kill(number, _UNWANTED)

    def _start(self, pool: WorkerPool, waiting: _Waiting) -> None:
        order = waiting.order
        paths = {file.digest: str(self.candles(file)) for file in order.files}
        pool.submit(order.job_reading(paths), order.timeout_s)
        self._tell(waiting, STARTED)

    def _pass_on(self, event: Event) -> None:
        waiting = self._running[event.number]
        if isinstance(event, Ended):
            if self._is_wanted(waiting):
                self.heard_at = time.monotonic()
            with self._lock:
                del self._running[event.number]
            waiting.outcome.set_result(event.outcome)
        else:
            self._tell(waiting, CHECKPOINT, dataclasses.asdict(event.checkpoint))

    def _tell(self, waiting: _Waiting, kind: str, content: object = None) -> None:
        number, attempt = waiting.order.job.number, waiting.order.attempt
        message = {"kind": kind, "number": number, "attempt": attempt, "content": content}
        self._worker.log_event(self._session, message)

    def _is(self, number: int, attempt: int) -> bool:
        waiting = self._running.get(number)
        return waiting is not None and waiting.order.attempt == attempt

    def _is_wanted(self, waiting: _Waiting) -> bool:
        """Return whether the trial's task is: Dask leaves the thread of a cancelled one alone."""
        task = self._worker.state.tasks.get(waiting.key)
        return task is not None and task.state in ("executing", "long-running")

    def _is_over(self) -> bool:
        if self._closing.is_set() or self._worker.status.name in ("closing", "closed", "failed"):
            return True
        silent = time.monotonic() - self.heard_at > PATIENCE_S
        return silent and not self._running


# --- what a coordinator calls on a worker ------------------------------------------------------

_hosts: dict[str, Host] = {}
_lock = threading.Lock()


def run_trial(text: str) -> str:
    """Run the trial of an ``Order`` in JSON: the task that Dask sees; its thread only waits.

    Returns JSON: the outcome, or the digests of the files that must be sent here first.
    """
    from distributed import get_worker

    order, worker = Order.from_json(text), get_worker()
    host = _open_host(order.session, worker)
    if lacks := host.lacks(order):
        return json.dumps({LACKS: lacks})
    return json.dumps({OUTCOME: host.run(order, str(worker.get_current_task())).to_json()})


def describe() -> dict[str, str]:
    """Return the versions that a trial's numbers depend on; of what is not installed ""."""
    from titan_mlopt import __version__

    found = {"titan_mlopt": f"{__version__}, engine {ENGINE_VERSION}"}
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return {**dict.fromkeys(LIBRARIES, ""), **found, "python": platform.python_version()}


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
    """Take a part of a candle file, in order; the last one is held against the digest.

    Raises ``ValueError`` when what arrived is not what was sent.
    """
    path = _open_host(session, dask_worker).candles(SentFile(digest, suffix))
    part = path.with_name(f"{path.name}.part")
    await asyncio.to_thread(_write, part, chunk, "wb" if first else "ab")
    if last:
        await asyncio.to_thread(_accept, part, path, digest)


def _write(part: Path, chunk: bytes, mode: str) -> None:
    with part.open(mode) as file:
        file.write(chunk)


def _accept(part: Path, path: Path, digest: str) -> None:
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        part.unlink()
        raise ValueError(f"candles must arrive as SHA-256 {digest[:12]}…, got {found[:12]}…")
    part.rename(path)


def has_candles(session: str, digest: str, suffix: str) -> bool:
    """Whether the candles of this digest arrived here."""
    host = _hosts.get(session)
    return host is not None and host.candles(SentFile(digest, suffix)).exists()


def answer(session: str, number: int, attempt: int, *, go_on: bool) -> None:
    """Answer a checkpoint; nothing happens when the trial is gone."""
    if (host := _hosts.get(session)) is not None:
        host.answer(number, attempt, go_on=go_on)


def kill(session: str, number: int, attempt: int, outcome: str) -> None:
    """Kill a trial, which ends with the outcome, given in JSON; nothing happens when it is gone."""
    if (host := _hosts.get(session)) is not None:
        host.kill(number, attempt, TrialOutcome.from_json(outcome))


def beat(session: str) -> None:
    """Hear that the coordinator of an idle pool lives."""
    if (host := _hosts.get(session)) is not None:
        host.heard_at = time.monotonic()


async def end_session(session: str) -> None:
    """End all that a coordinator has on this worker; return when it is gone."""
    if (host := _hosts.get(session)) is not None:
        await asyncio.to_thread(host.close)


def _open_host(session: str, worker: Worker) -> Host:
    with _lock:
        if session not in _hosts:
            _hosts[session] = Host(session, worker)
        return _hosts[session]


def _forget(session: str, host: Host) -> None:
    with _lock:
        if _hosts.get(session) is host:
            del _hosts[session]
