"""Whether a database is still the file that was opened; what it held is saved when it is not.

SQLite goes on in a file that was removed or moved away, and all that it writes there is lost.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from titan_mlopt.errors import StudyError
from titan_mlopt.study.backup import rescue


class Presence:
    """Looks, whenever a transaction begins, whether the file is still where it was first seen."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None
        self._failure = ""

    def uri(self) -> str:
        """Return how to open the file: only the first time it may be made."""
        if self._file is not None and not self._is_there():
            self._raise(None)
        return f"{self._path.as_uri()}?mode={'rwc' if self._file is None else 'rw'}"

    def see(self) -> None:
        """Take the file that is there now for the right one, when none was seen before."""
        if self._file is None:
            self._file = self._find()

    def watch(self, engine: Engine) -> None:
        """Raise ``StudyError`` from now on where a transaction begins and the file is not there."""
        event.listen(engine, "begin", self._look)

    def _look(self, connection: Connection) -> None:
        if not self._is_there():
            raw = connection.connection.dbapi_connection
            self._raise(raw if isinstance(raw, sqlite3.Connection) else None)

    def _is_there(self) -> bool:
        return self._file is not None and self._find() == self._file

    def _find(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _raise(self, connection: sqlite3.Connection | None) -> None:
        """Save, once, what the connection has open, and say so; ``StudyError``."""
        if not self._failure:
            got = "no file" if self._find() is None else "another file"
            saved = rescue(connection, self._path) if connection else None
            remedy = f"what it held is in {saved}" if saved else "what it held could not be saved"
            self._failure = (
                f"{self._path}: must stay in its place while a study runs, got {got} there; "
                f"{remedy}: put it back, then run again"
            )
        raise StudyError(self._failure)
