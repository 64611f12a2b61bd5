"""Whether work is to end early: asked from another thread or by a signal."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass
class Stop:
    """Whether a study is to end early, and who said so."""

    asked: threading.Event = field(default_factory=threading.Event)
    by: str = ""

    def ask(self, by: str) -> None:
        """Ask, from any thread or a signal handler; the first one to ask is named."""
        self.by = self.by or by
        self.asked.set()

    def sentence(self, done: int, total: int) -> str:
        """Return why a study is not whole."""
        by = f" by {self.by}" if self.by else ""
        return f"Stopped{by} after {done} of {total} trials; the same command goes on from here."
