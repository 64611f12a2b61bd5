"""Ctrl-C at the command line: the first one asks to stop, the second one stops."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping(stop: Callable[[str], None], text: str) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM call ``stop`` with its name, saying ``text``; then raise."""
    asked = False

    def hear(number: int, _: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        stop(signal.Signals(number).name)
        # Not through sys.stderr: the signal may have come in the middle of a write to it.
        os.write(2, f"\n{text}\n".encode())

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
