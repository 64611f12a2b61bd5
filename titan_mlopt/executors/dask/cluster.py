"""The connection to a Dask cluster: its workers, calls to them, and messages from them.

All calls of Dask happen in the client's own thread; messages from there wait in an inbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from typing import Any

from titan_mlopt.core.errors import ConfigError, TrialError, describe_exception
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.trial import TrialOutcome
from titan_mlopt.executors.dask import messages
from titan_mlopt.executors.dask import worker as host
from titan_mlopt.executors.dask.files import CandleSender

_CONNECT_TIMEOUT_S = 10.0
_CLOSE_TIMEOUT_S = 15.0
# Seconds between two looks at the workers, besides when the scheduler reports a change.
_LOOK_S = 1.0
# How often candles are sent to a worker that lacks them again.
_MAX_PUSHES = 3
# Actions that the scheduler reports on its topic "all".
_CHANGES = ("add-worker", "remove-worker")


class Cluster:
    """The cluster of the scheduler at ``address``; close it after use.

    Raises ``TrialError`` when there is none, or workers that cannot run trials.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._inbox: queue.SimpleQueue[messages.ClusterMessage] = queue.SimpleQueue()
        self._client = _connect(address)
        self.session: str = self._client.id
        self.candles = CandleSender(self._client, self.session)
        # These belong to the client's own thread.
        self._versions = host.describe()
        self._workers: dict[str, int] = {}
        self._excluded: set[str] = set()
        self._remarked: set[str] = set()
        self._used: set[str] = set()
        self._busy: Counter[str] = Counter()
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._attempts: dict[tuple[int, int], asyncio.Task[None]] = {}
        try:
            self._client.sync(self._begin)
        except BaseException:
            self._client.close(_CLOSE_TIMEOUT_S)
            raise

    def workers(self) -> dict[str, int]:
        """Return the workers, with the number of trials each can run at once."""
        return dict(self._workers)

    def receive(self, patience_s: float) -> Iterator[messages.ClusterMessage]:
        """Yield the messages, waiting for the first at most ``patience_s`` seconds."""
        with contextlib.suppress(queue.Empty):
            yield self._inbox.get(timeout=patience_s) if patience_s else self._inbox.get_nowait()
            while True:
                yield self._inbox.get_nowait()

    def start(self, address: str, request: messages.TrialRequest) -> None:
        """Run an attempt at a trial on a worker."""
        self._do(self._start, address, request)

    def answer(self, address: str, number: int, attempt: int, *, go_on: bool) -> None:
        """Answer a checkpoint."""
        self._do(self._spawn, self._call([address], host.answer, number, attempt, go_on=go_on))

    def kill(self, address: str, number: int, attempt: int, outcome: TrialOutcome) -> None:
        """Kill a trial; it ends with ``outcome``."""
        text = outcome.to_json()
        self._do(self._spawn, self._call([address], host.kill, number, attempt, text))

    def cancel(self, number: int, attempt: int) -> None:
        """Give up an attempt."""
        self._do(self._cancel, number, attempt)

    def exclude(self, address: str) -> None:
        """Use a worker no more, as long as it stays connected."""
        self._do(self._exclude, address)

    def close(self) -> None:
        """End this coordinator's trials and files on the workers, and disconnect."""
        with contextlib.suppress(OSError):  # without a scheduler the workers notice by themselves
            if self._client.status == "running":
                self._client.sync(self._end, callback_timeout=_CLOSE_TIMEOUT_S)
            self._client.close(_CLOSE_TIMEOUT_S)

    def _do(self, function: Callable[..., object], *args: object) -> None:
        self._client.loop.add_callback(function, *args)

    # --- in the client's own thread --------------------------------------------------------------

    async def _begin(self) -> None:
        self._client.subscribe_topic(self.session, self._on_event)
        self._client.subscribe_topic("all", self._on_change)
        problems = await self._look()
        if problems:
            raise TrialError(problems[0])
        self._spawn(self._watch())
        self._spawn(self._beat())

    async def _end(self) -> None:
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        addresses = [address for address in await self._client.nthreads() if address in self._used]
        await self._call(addresses, host.end_session)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._inbox.put(messages.Failed(error))

    def _on_event(self, event: tuple[float, Any]) -> None:
        _, message = event
        names = messages.TrialEvent.__dataclass_fields__.keys()
        if isinstance(message, dict) and names <= message.keys():  # Dask uses the topic, too
            self._inbox.put(messages.TrialEvent(*(message[name] for name in names)))

    def _on_change(self, event: tuple[float, Any]) -> None:
        _, message = event
        if isinstance(message, dict) and message.get("action") in _CHANGES:
            self._changed.set()

    async def _watch(self) -> None:
        """Look at the workers again and again, and report changes."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _LOOK_S)
            self._changed.clear()
            before, text = dict(self._workers), ""
            try:
                remarks = await self._look()
                text = "" if self._client.status == "running" else "no answer any more"
            except OSError as error:
                remarks, text = [], describe_exception(error)
            if text:
                self._inbox.put(messages.Failed(self._scheduler_lost(text)))
                return
            if remarks or self._workers != before:
                self._inbox.put(messages.WorkersChanged(dict(self._workers), tuple(remarks)))

    def _scheduler_lost(self, text: str) -> TrialError:
        return TrialError(
            f"scheduler {self.address}: must stay while trials run, got {text}; finished trials "
            "are safe, run again when it is back"
        )

    async def _look(self) -> list[str]:
        """Note the workers, and return remarks on those that are new."""
        threads = await self._client.nthreads()
        self._excluded &= threads.keys()
        new = [address for address in threads if address not in {*self._workers, *self._excluded}]
        replies: dict[str, Any] = {}
        if new:
            replies = await self._client.run(host.describe, workers=new, on_error="return")
        good, remarks = {*self._workers} & threads.keys(), list[str]()
        for address, versions in replies.items():
            if problem := _problem(address, versions, self._versions):
                self._excluded.add(address)
                remarks.append(problem)
            elif isinstance(versions, dict):  # else it is gone again, or will be asked again
                good.add(address)
                remarks += self._differences(address, versions)
        self._workers = {address: threads[address] for address in threads if address in good}
        return remarks

    def _differences(self, address: str, versions: Mapping[str, str]) -> Iterator[str]:
        for name, version in versions.items():
            text = f"{name} {version or 'not at all'} where this machine has {self._versions[name]}"
            if version != self._versions[name] and text not in self._remarked:
                self._remarked.add(text)
                yield f"Dask worker {address} has {text}: the last bits of numbers may differ"

    async def _beat(self) -> None:
        """Send a heartbeat to the idle workers."""
        while True:
            await asyncio.sleep(host.BEAT_S)
            for address in self._used & self._workers.keys():
                if not self._busy[address]:
                    self._spawn(self._call([address], host.beat))

    def _start(self, address: str, request: messages.TrialRequest) -> None:
        key = request.job.number, request.attempt
        self._attempts[key] = self._spawn(self._attempt(address, request))
        self._attempts[key].add_done_callback(lambda _: self._attempts.pop(key, None))

    def _cancel(self, number: int, attempt: int) -> None:
        if (task := self._attempts.get((number, attempt))) is not None:
            task.cancel()

    def _exclude(self, address: str) -> None:
        self._excluded.add(address)
        self._workers.pop(address, None)

    async def _attempt(self, address: str, request: messages.TrialRequest) -> None:
        number, attempt = request.job.number, request.attempt
        self._used.add(address)
        self._busy[address] += 1
        try:
            reply = await self._run(address, request)
            outcome = TrialOutcome.from_json(reply[messages.OUTCOME])
            self._inbox.put(messages.Finished(number, attempt, outcome, reply[messages.SOURCES]))
        except Exception as error:  # noqa: BLE001 - the trial can begin anew
            if self._client.status != "running":
                self._inbox.put(messages.Failed(self._scheduler_lost(describe_exception(error))))
            self._inbox.put(messages.AttemptLost(number, attempt, describe_exception(error)))
        finally:
            self._busy[address] -= 1

    async def _run(self, address: str, request: messages.TrialRequest) -> dict[str, Any]:
        """Return the reply of the request's task, after sending the candles that are lacking."""
        for push in range(_MAX_PUSHES):
            future = self._client.submit(
                host.run_trial,
                request.to_json(),
                key=f"titan_mlopt-trial-{request.job.number}-{request.attempt}-{push}-{self.session}",
                workers=[address],
                allow_other_workers=False,
                pure=False,
            )
            try:
                reply: dict[str, Any] = parse_json(await future, strict=False)
            finally:
                future.release()  # Dask drops the task, and the worker ends the trial
            if messages.OUTCOME in reply:
                return reply
            lacking = [file for file in request.files if file.digest in reply[messages.LACKS]]
            await self.candles.send(address, lacking)
        raise TrialError(f"candles must stay on {address}, got none there again and again")

    async def _call(
        self,
        addresses: Collection[str],
        function: Callable[..., object],
        *args: object,
        **kwargs: object,
    ) -> None:
        """Call a function of ``executors.dask.worker`` on workers; those that are gone are fine."""
        with contextlib.suppress(OSError):  # no scheduler: ``_watch`` reports it
            targets = {"workers": list(addresses), "on_error": "ignore"}
            await self._client.run(function, self.session, *args, **targets, **kwargs)


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(
            f"executor: dask must be installed, got {error}; pip install 'titan-mlopt[dask]', or "
            "choose the executor local"
        ) from error
    try:
        return Client(  # type: ignore[no-untyped-call]  # as half of its methods
            address, timeout=_CONNECT_TIMEOUT_S, set_as_default=False, name="titan_mlopt"
        )
    except (OSError, ValueError, RuntimeError, TypeError, ImportError) as error:
        raise TrialError(
            f"scheduler {address}: must be a Dask scheduler that answers, got "
            f"{describe_exception(error)}; start one with `dask scheduler`, see docs/scaling.md"
        ) from error


def _problem(address: str, reply: object, versions: Mapping[str, str]) -> str:
    """Return why a worker cannot run trials, "" when it can or did not answer."""
    expected = versions["titan_mlopt"]
    remedy = "install the same version there, with the extra dask"
    got: object = expected
    if isinstance(reply, Exception) and not isinstance(reply, OSError):  # it cannot load the call
        got = reply
    elif isinstance(reply, dict):
        got = reply.get("titan_mlopt")
    if got == expected:
        return ""
    return f"Dask worker {address}: must have titan_mlopt {expected}, got {got}; {remedy}"
