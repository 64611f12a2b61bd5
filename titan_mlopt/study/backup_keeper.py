"""A listener that keeps a backup of the database at every 50 finished trials."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from titan_mlopt.errors import StudyError
from titan_mlopt.records import INTERRUPTED, Checkpoint, TrialRecord
from titan_mlopt.study.backup import keep_backup, remove_remains

#: Finished trials of a study from one backup to the next.
EVERY = 50
_PATIENCE_S = 20.0


class BackupKeeper:
    """Copies the database in a thread of its own, with connections of its own.

    finished: trials that the study has already. notice: told once when a backup fails, in the
    study's thread. As a context it waits at its end for a copy that is being made.
    """

    def __init__(self, db_path: Path, finished: int, notice: Callable[[str], None]) -> None:
        self._db_path = db_path.absolute()
        self._finished, self._notice = finished, notice
        self._thread: threading.Thread | None = None
        self._failure, self._told = "", False
        remove_remains(db_path)

    def __enter__(self) -> BackupKeeper:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)
        self._tell()

    def trial_started(self, trial: TrialRecord) -> None:
        """Nothing is done."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Nothing is done."""

    def trial_finished(self, trial: TrialRecord) -> None:
        """Begin a backup when it is time; one that is being made still is enough."""
        if trial.outcome is not None and trial.outcome.reason == INTERRUPTED:
            return
        self._finished += 1
        self._tell()
        busy = self._thread is not None and self._thread.is_alive()
        if self._finished % EVERY == 0 and not busy:
            self._thread = threading.Thread(target=self._keep, name="backup", daemon=True)
            self._thread.start()

    def _keep(self) -> None:
        try:
            keep_backup(self._db_path)
        except StudyError as error:
            self._failure = str(error)

    def _tell(self) -> None:
        if self._failure and not self._told:
            self._told = True
            self._notice(f"no backup was made: {self._failure}; the study goes on")
