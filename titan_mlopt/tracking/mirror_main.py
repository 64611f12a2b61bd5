"""The mirror's process: hears what a study does, writes it to MLflow, answers questions.

It never waits for MLflow before it hears the next: a full line would stop the coordinator. When the
line closes the coordinator is gone, or done with it, and it ends at once.
"""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from titan_mlopt.garbage import collect_seldom
from titan_mlopt.trial.zygote import die_with_parent


def main(fd: str, coordinator: str) -> None:
    """Serve process ``coordinator`` at the other end of socket ``fd`` until it closes or dies."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a machine that goes down: for the coordinator
    die_with_parent()
    if os.getppid() != int(coordinator):  # it died before we asked to follow it
        return
    collect_seldom()
    line, heard = Connection(int(fd)), SimpleQueue[Any]()
    threading.Thread(target=_hear, args=(line, heard), daemon=True).start()
    # A second or two, in which the coordinator may say more.
    from titan_mlopt.tracking.desk import Desk

    Desk(heard.get(), line).serve(heard)


def _hear(line: Connection, heard: SimpleQueue[Any]) -> None:
    while True:
        try:
            heard.put(line.recv())
        except (EOFError, OSError):
            os._exit(0)
