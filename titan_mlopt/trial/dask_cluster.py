"""The connection to a Dask cluster: who is there, calls to workers, what they send back.

Everything of Dask happens in the client's own thread; what it hears waits in an inbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from typing import Any

from titan_mlopt.errors import ConfigError, TrialError, told
from titan_mlopt.records import TrialOutcome
from titan_mlopt.trial import dask_host as host
from titan_mlopt.trial.dask_candles import CandleSender
from titan_mlopt.trial.dask_messages import (
    LACKS,
    OUTCOME,
    Arrived,
    Failed,
    Finished,
    Joined,
    Lost,
    Order,
    Told,
)

_CONNECT_TIMEOUT_S = 10.0
_CLOSE_TIMEOUT_S = 15.0
# How often it is looked who is there, besides when the scheduler says that it changed.
_LOOK_S = 1.0
# How often a worker may say that it has no candles, after it got them.
_MAX_PUSHES = 3
# What the scheduler says of workers on its topic "all".
_CHANGES = ("add-worker", "remove-worker")


class Cluster:
    """The cluster of the scheduler at ``address``; close it after use.

    Raises ``TrialError`` when there is none, or workers that cannot run trials.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._inbox: queue.SimpleQueue[Arrived] = queue.SimpleQueue()
        self._client = _connect(address)
        self.session: str = self._client.id
        self.candles = CandleSender(self._client, self.session)
        # What follows is the client's own thread's.
        self._here = host.describe()
        self._known: dict[str, int] = {}
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
        """Return who is there, with the number of trials each can run at once."""
        return dict(self._known)

    def hear(self, patience_s: float) -> Iterator[Arrived]:
        """Yield what arrived, waiting for the first of it at most ``patience_s`` seconds."""
        with contextlib.suppress(queue.Empty):
            yield self._inbox.get(timeout=patience_s) if patience_s else self._inbox.get_nowait()
            while True:
                yield self._inbox.get_nowait()

    def start(self, address: str, order: Order) -> None:
        """Run an attempt at a trial on a worker."""
        self._do(self._start, address, order)

    def answer(self, address: str, number: int, attempt: int, *, go_on: bool) -> None:
        """Answer a checkpoint."""
        self._do(self._spawn, self._call([address], host.answer, number, attempt, go_on=go_on))

    def kill(self, address: str, number: int, attempt: int, outcome: TrialOutcome) -> None:
        """Kill a trial; it ends with ``outcome``."""
        text = outcome.to_json()
        self._do(self._spawn, self._call([address], host.kill, number, attempt, text))

    def cancel(self, number: int, attempt: int) -> None:
        """Give up an attempt, whatever becomes of it."""
        self._do(self._cancel, number, attempt)

    def exclude(self, address: str) -> None:
        """Count a worker no more, as long as it is there."""
        self._do(self._exclude, address)

    def close(self) -> None:
        """End what there is of this coordinator on the workers, and disconnect."""
        with contextlib.suppress(OSError):  # no scheduler any more: the workers notice
            if self._client.status == "running":
                self._client.sync(self._end, callback_timeout=_CLOSE_TIMEOUT_S)
            self._client.close(_CLOSE_TIMEOUT_S)

    def _do(self, what: Callable[..., object], *args: object) -> None:
        self._client.loop.add_callback(what, *args)

    # --- in the client's own thread --------------------------------------------------------------

    async def _begin(self) -> None:
        self._client.subscribe_topic(self.session, self._on_word)
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
        left = [address for address in await self._client.nthreads() if address in self._used]
        await self._call(left, host.end_session)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._inbox.put(Failed(error))

    def _on_word(self, event: tuple[float, Any]) -> None:
        _, message = event
        if isinstance(message, dict) and "kind" in message:  # Dask itself uses the topic too
            words = (message[name] for name in Told.__dataclass_fields__)
            self._inbox.put(Told(*words))

    def _on_change(self, event: tuple[float, Any]) -> None:
        _, message = event
        if isinstance(message, dict) and message.get("action") in _CHANGES:
            self._changed.set()

    async def _watch(self) -> None:
        """Look who is there again and again."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _LOOK_S)
            self._changed.clear()
            before, text = dict(self._known), ""
            try:
                remarks = await self._look()
                text = "" if self._client.status == "running" else "no answer any more"
            except OSError as error:
                remarks, text = [], told(error)
            if text:
                self._inbox.put(Failed(self._gone(text)))
                return
            if remarks or self._known != before:
                self._inbox.put(Joined(dict(self._known), tuple(remarks)))

    def _gone(self, text: str) -> TrialError:
        return TrialError(
            f"scheduler {self.address}: must stay while trials run, got {text}; finished trials "
            "are safe, run again when it is back"
        )

    async def _look(self) -> list[str]:
        """Note who is there, and return what is to be said of those that are new."""
        there = await self._client.nthreads()
        self._excluded &= there.keys()
        new = [address for address in there if address not in {*self._known, *self._excluded}]
        found = await self._client.run(host.describe, workers=new, on_error="return") if new else {}
        good, remarks = {*self._known} & there.keys(), list[str]()
        for address, versions in found.items():
            if problem := _problem(address, versions, self._here):
                self._excluded.add(address)
                remarks.append(problem)
            elif isinstance(versions, dict):  # else it is gone again, or will be asked again
                good.add(address)
                remarks += self._differences(address, versions)
        self._known = {address: there[address] for address in there if address in good}
        return remarks

    def _differences(self, address: str, versions: Mapping[str, str]) -> Iterator[str]:
        for name, version in versions.items():
            text = f"{name} {version or 'not at all'} where this machine has {self._here[name]}"
            if version != self._here[name] and text not in self._remarked:
                self._remarked.add(text)
                yield f"Dask worker {address} has {text}: the last bits of numbers may differ"

    async def _beat(self) -> None:
        """Tell the idle workers that this coordinator lives."""
        while True:
            await asyncio.sleep(host.BEAT_S)
            for address in self._used & self._known.keys():
                if not self._busy[address]:
                    self._spawn(self._call([address], host.beat))

    def _start(self, address: str, order: Order) -> None:
        key = order.job.number, order.attempt
        self._attempts[key] = self._spawn(self._attempt(address, order))
        self._attempts[key].add_done_callback(lambda _: self._attempts.pop(key, None))

    def _cancel(self, number: int, attempt: int) -> None:
        if (task := self._attempts.get((number, attempt))) is not None:
            task.cancel()

    def _exclude(self, address: str) -> None:
        self._excluded.add(address)
        self._known.pop(address, None)

    async def _attempt(self, address: str, order: Order) -> None:
        number, attempt = order.job.number, order.attempt
        self._used.add(address)
        self._busy[address] += 1
        try:
            outcome = TrialOutcome.from_json(await self._run(address, order))
            self._inbox.put(Finished(number, attempt, outcome))
        except Exception as error:  # noqa: BLE001 - whatever it is, the trial can begin anew
            if self._client.status != "running":
                self._inbox.put(Failed(self._gone(told(error))))
            self._inbox.put(Lost(number, attempt, told(error)))
        finally:
            self._busy[address] -= 1

    async def _run(self, address: str, order: Order) -> str:
        """Return the outcome of the order's task, after sending it the candles that it lacks."""
        for push in range(_MAX_PUSHES):
            future = self._client.submit(
                host.run_trial,
                order.to_json(),
                key=f"titan_mlopt-trial-{order.job.number}-{order.attempt}-{push}-{self.session}",
                workers=[address],
                allow_other_workers=False,
                pure=False,
            )
            try:
                reply = json.loads(await future)
            finally:
                future.release()  # Dask wants the task no more, and the worker ends the trial
            if OUTCOME in reply:
                return str(reply[OUTCOME])
            lacking = [file for file in order.files if file.digest in reply[LACKS]]
            await self.candles.send(address, lacking)
        raise TrialError(f"candles must stay on {address}, got none there again and again")

    async def _call(
        self,
        addresses: Collection[str],
        function: Callable[..., object],
        *args: object,
        **more: object,
    ) -> None:
        """Call a function of ``dask_host`` on workers; those that are gone are fine."""
        with contextlib.suppress(OSError):  # no scheduler: the watch tells
            where = {"workers": list(addresses), "on_error": "ignore"}
            await self._client.run(function, self.session, *args, **where, **more)


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
            f"scheduler {address}: must be a Dask scheduler that answers, got {told(error)}; start "
            "one with `dask scheduler`, see docs/scaling.md"
        ) from error


def _problem(address: str, found: object, here: Mapping[str, str]) -> str:
    """Return why a worker cannot run trials, "" when it can or did not answer."""
    wanted = here["titan_mlopt"]
    remedy = "install the same version there, with the extra dask"
    if isinstance(found, Exception) and not isinstance(found, OSError):  # it cannot load the call
        return f"Dask worker {address}: must have titan_mlopt {wanted}, got {found}; {remedy}"
    if isinstance(found, dict) and found.get("titan_mlopt") != wanted:
        got = found.get("titan_mlopt")
        return f"Dask worker {address}: must have titan_mlopt {wanted}, got {got}; {remedy}"
    return ""
