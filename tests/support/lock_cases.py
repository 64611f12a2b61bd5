"""A process that holds a study, and a clock that goes on only while somebody waits."""

from __future__ import annotations

from collections.abc import Callable

from titan_mlopt.study.storage.lock import Watch

HOLDING = """
import sys
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.lock import lock_study
with lock_study(open_storage(sys.argv[1]), "nightly"):
    print("held", flush=True)
    sys.stdin.readline()
"""


class Clock:
    """A clock that only goes on while somebody waits; ``at`` maps a time to what happens then."""

    def __init__(self, at: dict[float, Callable[[], object]] | None = None) -> None:
        self.now, self.at, self.notices = 0.0, dict(at or {}), list[str]()

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        for moment in [moment for moment in self.at if moment <= self.now]:
            if self.at.pop(moment)() == "stop":
                return True
        return False

    def watch(self) -> Watch:
        return Watch(lambda: self.now, self.wait, self.notices.append)
