"""The coordinator's side of a zygote: its process, the socket to it, and how long it is silent."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from titan_mlopt.core.errors import TrialError, printable, short_repr
from titan_mlopt.executors.local import workspace, zygote
from titan_mlopt.executors.local.clock import Stopwatch
from titan_mlopt.executors.local.messages import ImportRequest, Lines, StrayBytesError
from titan_mlopt.executors.local.processes import end_session

#: How long a trial, or what is left of a session, may take to end once it is killed.
END_TIMEOUT_S = 5.0
_START_TIMEOUT_S = 120.0  # the first start of all compiles the candle loop
# A zygote that answers no ping for so long is replaced, and sooner when something is to be killed.
_SILENCE_S, _SILENCE_AT_KILL_S = 30.0, 3.0
_PING_S = 1.0
_CHUNK_BYTES = 2**18
_REASON_LENGTH = 300
SLOW_START = (
    "no folder for compiled code can be written (NUMBA_CACHE_DIR, the package, the user's cache), "
    "so every start compiles the backtest anew, which takes seconds; set NUMBA_CACHE_DIR to a "
    "folder that stays"
)
# A study of placebos opens one pool after the other.
_slow_start_noticed = False


class LostZygoteError(Exception):
    """The zygote is dead, or as good as dead; the text says how.

    Attributes:
        import_fault: Why the backtest cannot be imported once for all trials, "" when the loss
            says nothing of that.
    """

    def __init__(self, how: str, import_fault: str = "") -> None:
        super().__init__(how)
        self.import_fault = import_fault


class ZygoteClient:
    """A zygote that starts in the background; ``close`` ends it.

    Args:
        scratch: The coordinator's folder; removed when the process cannot be started.
        notice: Called once a process when each start has to compile the backtest anew.

    Raises:
        TrialError: The process cannot be started.
    """

    def __init__(self, scratch: Path, notice: Callable[[str], None]) -> None:
        self.has_started = self.imports = False
        self._notice = notice
        self._lines, self._pinged = Lines(), False
        self._silence = Stopwatch(time.monotonic())
        self.connection, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    zygote.launch(theirs, scratch),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # a signal to our group is ours to handle
                )
            except OSError as error:
                self.connection.close()
                workspace.remove_folder(scratch)
                raise TrialError(
                    f"trials: the worker process must start, got {error}; "
                    f"can {short_repr(sys.executable)} be run?"
                ) from error
        self.connection.setblocking(False)

    @property
    def is_ready(self) -> bool:
        """Whether it forks trials at once: it has started, and imports nothing."""
        return self.has_started and not self.imports

    def import_backtest(self, request: ImportRequest) -> None:
        """Have it import a backtest before it forks trials."""
        self.imports = True
        self._silence.restart(time.monotonic())
        self.send({"import": asdict(request)})

    @property
    def has_died(self) -> bool:
        """Whether the process has ended; it is reaped."""
        return self._process.poll() is not None

    def send(self, message: dict[str, Any], fds: Iterable[int] = ()) -> None:
        """Send a message; one that is dead, or has left so much unread, does not get it.

        Its silence shows that later.
        """
        with suppress(OSError):
            socket.send_fds(self.connection, [json.dumps(message).encode() + b"\n"], list(fds))

    def receive(self) -> list[dict[str, Any]]:
        """Return the ends of trials that it has reported: their ``ended``, ``code`` and more.

        Raises:
            LostZygoteError: It is dead, or sends what is no message of ours.
        """
        try:
            data = self.connection.recv(_CHUNK_BYTES)
            messages = self._lines.feed(data)
            if not data:
                raise ConnectionResetError  # a reset and an end are the same to us
            ends = [message for message in messages if self._is_end(message)]
        except BlockingIOError:
            return []
        except ConnectionError as error:
            fault = "it ends the process" if self.has_started and self.imports else ""
            raise LostZygoteError("the death of its worker's parent", fault) from error
        except StrayBytesError as error:
            raise LostZygoteError(f"stray bytes from its worker's parent ({error})") from error
        self._silence.restart(time.monotonic())
        self._pinged = False
        return ends

    def _is_end(self, message: dict[str, Any]) -> bool:
        if "not_imported" in message:
            fault = printable(str(message["not_imported"]))[:_REASON_LENGTH]
            raise LostZygoteError("the end of its worker's parent", fault)
        if "imported" in message:
            self.imports = False
            return False
        if "ready" in message:
            self.has_started = True
            if "compiles_anew" in message:
                self._notice_slow_start()
            return False
        if "pong" in message:
            return False
        number, code = message.get("ended"), message.get("code", "")
        if not isinstance(number, int) or not isinstance(code, int | None):
            raise StrayBytesError(short_repr(message))
        return True

    def _notice_slow_start(self) -> None:
        global _slow_start_noticed
        if not _slow_start_noticed:
            _slow_start_noticed = True
            self._notice(SLOW_START)

    def check_silence(self, *, kills: bool) -> None:
        """Count its silence and ask for a sign of life; kills: whether it was told to kill.

        Raises:
            LostZygoteError: It has been silent for too long.
        """
        silent_s = self._silence.look(time.monotonic())
        if self.is_silent(kills=kills):
            is_slow = self.has_started and self.imports and not kills
            fault = f"it takes longer than {_START_TIMEOUT_S:.0f} s" if is_slow else ""
            raise LostZygoteError(f"no word of its worker's parent for {silent_s:.0f} s", fault)
        if self.is_ready and not self._pinged and silent_s >= _PING_S:
            self._pinged = True
            self.send({"ping": 1})

    def is_silent(self, *, kills: bool) -> bool:
        """Whether it has been silent for so long that it counts as dead."""
        limit_s = _SILENCE_S if self.is_ready else _START_TIMEOUT_S
        return self._silence.seconds >= (_SILENCE_AT_KILL_S if kills else limit_s)

    def disconnect(self) -> None:
        """Let it see the end of the socket, even when a fork of ours holds a copy."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def close(self, patience_s: float | None = None) -> int:
        """End it and all that its trials have running, and return its exit code.

        patience_s: how long it may take to end by itself before it is killed; None kills at once.
        """
        self.connection.close()
        if patience_s is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
        if self._process.returncode is None:  # its pid cannot be reused as long as nobody waited
            self._process.kill()
            end_session(self._process.pid, END_TIMEOUT_S)
            self._process.wait()
        return self._process.returncode
