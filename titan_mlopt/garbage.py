"""How often Python looks for cycles of objects: seldom, where thousands of trials are read."""

from __future__ import annotations

import atexit
import gc

# Objects that are made before the young ones are looked at, and how many such looks come before one
# at the older ones. Python's own 700 makes reading a study of 5,000 trials take twice as long.
_THRESHOLD = (100_000, 50, 100)


def collect_seldom() -> None:
    """Set it for the whole process; for programs of our own, not for those that import us.

    At its end Python looks no more: what thousands of trials leave goes with the process.
    """
    gc.set_threshold(*_THRESHOLD)
    atexit.register(gc.freeze)
