"""The memory of a trial: its limit, and the signs that a shortage ended it.

The limit is RLIMIT_DATA, on top of what the zygote has already: it counts private writable memory,
so neither the mapped candles nor address space that libraries reserve and never touch.
"""

from __future__ import annotations

import errno
import re
import resource
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
# Of processes that are short of memory, the kernel ends those with a high score first.
_OOM_SCORE = "500"
# What C++, Rust and LLVM print before they abort, and what LightGBM passes on.
_SIGNS = re.compile(
    r"bad_alloc|bad allocation|MemoryError|[Cc]annot allocate memory"
    r"|memory allocation of \d+ bytes failed|LLVM ERROR: out of memory"
    r"|Memory allocation still failed|failed to map segment"
)
#: With a smaller RLIMIT_DATA the libraries of a study cannot be loaded.
LEAST_SESSION_BYTES = 640 * 2**20
# What this process had before ``limit_memory``; None until then.
_before: int | None = None


def limit_memory(n_bytes: int | None) -> None:
    """Let this process take ``n_bytes`` more than it has; None sets no limit.

    On Linux; elsewhere the kernel keeps no such count. A lower limit of the user's stays. In any
    case the kernel, when it must end something, ends this process before its coordinator.
    """
    with suppress(OSError):
        (_PROC / "self" / "oom_score_adj").write_text(_OOM_SCORE)
    global _before
    _before, n_used = session_limit() or resource.RLIM_INFINITY, _data_bytes()
    if n_bytes is None or n_used is None:
        return
    limit = n_used + n_bytes
    if _before == resource.RLIM_INFINITY or limit < _before:  # a lower one stays in force
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        with suppress(OSError, ValueError):  # a sandbox may forbid it: then the machine's holds
            resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def lift_limit() -> None:
    """Lift the limit, so that a process that ran into it can still report."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def session_limit() -> int | None:
    """Return the RLIMIT_DATA that a user set (``ulimit -d``), in bytes; None without one."""
    if _before is not None:
        return None if _before == resource.RLIM_INFINITY else _before
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    return min((limit for limit in limits if limit != resource.RLIM_INFINITY), default=None)


def _data_bytes() -> int | None:
    """Return this process's private writable memory, as RLIMIT_DATA counts it; None when unseen."""
    kilobytes = _read_number("self/status", "VmData:")
    return None if kilobytes is None else kilobytes * 1024


def _read_number(file: str, key: str) -> int | None:
    """Return the number after a key in a file of /proc, None when unseen."""
    with suppress(OSError, ValueError):
        for line in (_PROC / file).read_text().splitlines():
            if line.split(maxsplit=1)[:1] == [key]:
                return int(line.split()[1])
    return None


def is_shortage(error: BaseException) -> bool:
    """Whether an exception, or one that it came from, says that memory was short."""
    visited: set[int] = set()
    links: list[BaseException | None] = [error]
    while links:
        link = links.pop()
        if link is None or id(link) in visited:
            continue
        visited.add(id(link))
        if isinstance(link, MemoryError) or tells_shortage(str(link)):
            return True
        if isinstance(link, OSError) and link.errno == errno.ENOMEM:
            return True
        links += [link.__cause__, link.__context__]
    return False


def tells_shortage(text: str) -> bool:
    """Whether a message or a log says that memory was short."""
    return _SIGNS.search(text) is not None


def count_kills() -> int | None:
    """Return how many processes the kernel killed for memory since boot; None when unseen.

    Of the whole machine: cgroups' own counts, whose place and form differ, are part of it.
    """
    return _read_number("vmstat", "oom_kill")
