"""Garbage collection and cores of the own process; identity of processes."""

from __future__ import annotations

import atexit
import gc
import os
from contextlib import suppress
from pathlib import Path

# Python's default of 700 doubles the time it takes to read a study of 5,000 trials.
_THRESHOLD = (100_000, 50, 100)
_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


def collect_garbage_rarely() -> None:
    """Raise the garbage collector's thresholds, and skip its last run at exit.

    Changes the whole process: for our own entry points only, not for programs that import us.
    """
    gc.set_threshold(*_THRESHOLD)
    atexit.register(gc.freeze)


def count_cores() -> int:
    """Return how many cores this process may use, at least 1.

    A container's limit of CPU time (``cpu.max`` of cgroup v2) counts as whole cores, rounded up.
    """
    has_affinity = hasattr(os, "sched_getaffinity")  # not on macOS
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    with suppress(OSError, ValueError):  # no cgroup v2, or "max" for no limit
        quota_us, period_us = map(int, _CPU_MAX.read_text(encoding="ascii").split())
        cores = min(cores, -(-quota_us // period_us))
    return max(1, cores)


def read_boot_id() -> str:
    """Return the id of the machine's current boot, "" where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # not Linux
        return ""


def read_process_start(pid: int) -> tuple[str, int] | None:
    """Return the state letter of a process and its start time, in clock ticks since boot.

    Locks and scratch folders store the ticks. psutil's ``create_time`` does not fit: it changes
    with the system clock (docs/adr/0030).

    Returns:
        State and ticks, or None for a process that does not exist or is hidden, and without /proc.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        fields = stat.rpartition(")")[2].split()
        return fields[0], int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
