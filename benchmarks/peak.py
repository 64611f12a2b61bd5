"""The most memory that a process took, its parent's left out."""

from __future__ import annotations

import re
import resource
from pathlib import Path


def peak_mb() -> float:
    """Return this process's largest resident size in MB.

    The kernel's ``ru_maxrss`` begins at the size of the process that it was forked from; VmHWM
    begins anew with the program. Without /proc it is the former.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
