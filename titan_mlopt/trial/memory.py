"""The memory of a trial: its limit, and how it shows that it was want of memory that ended it.

The limit is RLIMIT_DATA, over what the zygote has already: it counts what a process can write for
itself, so neither the mapped candles nor address space that libraries reserve and never touch.
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
)


def limit_memory(n_bytes: int | None) -> None:
    """Let this process take ``n_bytes`` more than it has; None sets no limit.

    On Linux; elsewhere the kernel keeps no such count. In any case the kernel, when it must end
    something, ends this process before its coordinator.
    """
    with suppress(OSError):
        (_PROC / "self" / "oom_score_adj").write_text(_OOM_SCORE)
    taken = _data_bytes()
    if n_bytes is not None and taken is not None:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = taken + n_bytes
        if most == resource.RLIM_INFINITY or wanted < most:
            resource.setrlimit(resource.RLIMIT_DATA, (wanted, most))


def lift_limit() -> None:
    """Take the limit away, so that a process that ran into it can still tell."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _data_bytes() -> int | None:
    """Return what this process can write for itself, as RLIMIT_DATA counts it; None when unseen."""
    with suppress(OSError, ValueError):
        for line in (_PROC / "self" / "status").read_text().splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return None


def is_shortage(error: BaseException) -> bool:
    """Whether an exception, or one that it came from, says that memory was short."""
    seen: set[int] = set()
    links: list[BaseException | None] = [error]
    while links:
        link = links.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
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
    """Return how many processes the kernel ended for want of memory since boot; None when unseen.

    Of the whole machine: cgroups' own counts, whose place and form differ, are part of it.
    """
    with suppress(OSError, ValueError):
        for line in (_PROC / "vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return None
