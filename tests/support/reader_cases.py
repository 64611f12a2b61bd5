"""A process that opens and closes a database meanwhile."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

#: Opens, reads and closes a database for ever, as a notebook or a script does; says when it began.
READER = """
import sqlite3, sys, time

first = True
while True:
    connection = sqlite3.connect(sys.argv[1], timeout=60)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    connection.close()
    time.sleep(0.005)
    if first:
        print("reading", flush=True)
        first = False
"""


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Let another process open and close the database in a loop meanwhile."""
    command = [sys.executable, "-c", READER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "reading\n"
            yield
        finally:
            process.kill()
