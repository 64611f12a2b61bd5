"""Entry point of the mirror's process.

It reads messages from its first moment on, while it imports MLflow too: a full socket would block
the coordinator's sender. When the connection closes, the coordinator is dead or has finished, and
the process exits at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from titan_mlopt.core.errors import describe_exception
from titan_mlopt.core.process import collect_garbage_rarely
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.executors.local.memory import is_shortage
from titan_mlopt.executors.local.zygote import die_with_parent
from titan_mlopt.tracking.mirror.messages import PING, PONG, Answer, SomeTrials, join_message


def main(fd: str, coordinator: str) -> None:
    """Serve process ``coordinator`` at the other end of socket ``fd`` until it closes or dies."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # at a shutdown the coordinator decides
    die_with_parent()
    if os.getppid() != int(coordinator):  # it died before ``die_with_parent``
        return
    collect_garbage_rarely()
    connection, requests = SharedConnection(int(fd)), SimpleQueue[Any]()
    threading.Thread(target=_receive, args=(connection, requests), daemon=True).start()
    try:
        # MLflow takes a second or two to import; the thread above reads meanwhile.
        from titan_mlopt.tracking.mirror.server import MirrorServer

        server = MirrorServer(requests.get(), connection)
    except Exception as error:
        if not is_shortage(error):
            raise
        got = describe_exception(error)
        print(f"MLflow: must find memory to be imported, got {got}", file=sys.stderr)  # noqa: T201
        os._exit(1)
    server.serve(requests)


class SharedConnection(Connection):
    """The connection to the coordinator, on which several threads answer."""

    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        self._send_lock = threading.Lock()

    def send(self, obj: Answer) -> None:
        """Send an answer as one whole."""
        with self._send_lock:
            super().send(obj)


def _receive(connection: SharedConnection, requests: SimpleQueue[Any]) -> None:
    trials = list[TrialRecord]()
    while True:
        try:
            message = connection.recv()
            if message == PING:
                connection.send((PONG, None, None))
            elif isinstance(message, SomeTrials):
                trials += message.trials
            else:
                requests.put(join_message(message, trials) if trials else message)
                trials.clear()
        except (EOFError, OSError):
            os._exit(0)
