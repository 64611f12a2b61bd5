"""A guard against moved or removed databases, which saves their content.

SQLite continues to write into a file that was removed or moved, and those writes would be lost.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError

from titan_mlopt.core.errors import StudyError
from titan_mlopt.study.storage.backup import rescue

# Suffixes of the files that SQLite keeps beside an open database.
_LOG = ("-wal", "-shm")


class DatabaseGuard:
    """Checks at the start of each transaction that the database is still the file first seen.

    Args:
        path: Absolute path of the database; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: os.stat_result | None = None
        self._failure = ""
        self._lock = threading.Lock()

    def uri(self) -> str:
        """Return the URI to open the file with; only the first one allows its creation.

        Raises:
            StudyError: The file was moved or removed.
        """
        if self._file is not None and not self._is_there():
            self._raise(None)
        return f"{self._path.as_uri()}?mode={'rwc' if self._file is None else 'rw'}"

    def see(self) -> None:
        """Remember the file that exists now, unless one was seen before."""
        if self._file is None:
            self._file = self._find()

    def watch(self, engine: Engine) -> None:
        """Make the engine's transactions raise ``StudyError`` once the file is moved or removed."""
        event.listen(engine, "begin", self._look)

    def close(self, engine: Engine) -> None:
        """Close the database, and remove the log that a moved database leaves behind.

        The log is first merged into the database, wherever that is; if that fails it stays.
        """
        # SQLite follows links too.
        path = Path(os.path.realpath(self._path))
        is_emptied = not path.exists() and self._empty_log(engine)
        engine.dispose()
        if is_emptied and not path.exists():
            for end in _LOG:
                with suppress(OSError):
                    path.with_name(path.name + end).unlink()

    def _empty_log(self, engine: Engine) -> bool:
        """Merge the write-ahead log into the database; return whether all of it was merged."""
        try:
            with closing(engine.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute("PRAGMA busy_timeout = 1000")  # others may read for hours
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                is_busy, *_ = cursor.fetchone() or (1,)
                return not is_busy
        except (StudyError, SQLAlchemyError, sqlite3.Error):  # not open, or in use by others
            return False

    def _look(self, connection: Connection) -> None:
        if not self._is_there():
            raw = connection.connection.dbapi_connection
            self._raise(raw if isinstance(raw, sqlite3.Connection) else None)

    def _is_there(self) -> bool:
        file = self._find()
        return file is not None and self._file is not None and os.path.samestat(file, self._file)

    def _find(self) -> os.stat_result | None:
        try:
            return self._path.stat()
        except OSError:
            return None

    def _raise(self, connection: sqlite3.Connection | None) -> None:
        """Raise ``StudyError``, after saving the content of the open database the first time."""
        with self._lock:  # the thread of the study lock's heartbeat may be here too
            if not self._failure:
                got = "no file" if self._find() is None else "another file"
                saved = rescue(connection, self._path, self._file) if connection else None
                rescued = f"is in {saved}" if saved else "could not be saved"
                self._failure = (
                    f"{self._path}: must stay in its place while a study runs, got {got} there; "
                    f"what it held {rescued}: put it back, then run again"
                )
        raise StudyError(self._failure)
