"""The mirror's desk: passes on what is told, and answers what is asked."""

from __future__ import annotations

import os
import tempfile
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from titan_mlopt.errors import TrackingError
from titan_mlopt.tracking.champion import ChampionLookup
from titan_mlopt.tracking.logs import LEVEL, quieten
from titan_mlopt.tracking.mirror import StudyMirror
from titan_mlopt.tracking.mirror_messages import Answer, Closing, MirrorJob, Registered, Told
from titan_mlopt.tracking.registry import register_config
from titan_mlopt.tracking.sqlite_store import close_stores
from titan_mlopt.tracking.store import mlflow_errors, run_link, trials_link, ui_command

if TYPE_CHECKING:
    from titan_mlopt.bundle import Bundle
    from titan_mlopt.records import Champion


class Desk:
    """Passes on what is told, and answers what is asked, each question in a thread of its own."""

    def __init__(self, job: MirrorJob, line: Connection) -> None:
        if os.environ.get(LEVEL) == "WARNING":
            quieten()
        # What MLflow leaves in TMPDIR when we are killed goes with the coordinator's folder.
        tempfile.tempdir = job.folder
        self._line, self._one_at_a_time = line, threading.Lock()
        study = job.study
        self._lookup = ChampionLookup(job.uri, job.seeks, study.backtest) if job.seeks else None
        self._mirror = StudyMirror(
            *(job.uri, study, job.experiment, Path(job.folder), self._notice), go_on=job.go_on
        )
        self._tellable: dict[str, Callable[..., None]] = {
            method.__name__: method
            for method in (
                *(self._mirror.trial_started, self._mirror.trial_progressed),
                *(self._mirror.trial_finished, self._mirror.verify, self._mirror.write_parent),
            )
        }
        self._askable: dict[str, Callable[..., object]] = {
            "unsure": lambda: self._mirror.is_unsure,
            "champion": self._champion,
            "drain": self._mirror.drain,
            "trial_links": self._mirror.trial_links,
            "register": self._register,
            "close": self._close,
        }

    def serve(self, heard: SimpleQueue[Told]) -> None:
        """Do what is heard, for ever."""
        while True:
            number, name, words = heard.get()
            if number is None:
                self._tellable[name](*words)
            else:
                threading.Thread(
                    target=self._answer, args=(number, name, words), daemon=True
                ).start()

    def _answer(self, number: int, name: str, words: tuple[object, ...]) -> None:
        try:
            self._send((number, self._askable[name](*words), self._mirror.failure))
        except BaseException:  # noqa: BLE001 - whatever it is, nobody may wait for the answer for ever
            traceback.print_exc()
            os._exit(1)

    def _notice(self, text: str) -> None:
        self._send((None, text, None))

    def _send(self, answer: Answer) -> None:
        with self._one_at_a_time:
            self._line.send(answer)

    def _champion(self) -> Champion | None:
        return self._lookup.wait() if self._lookup is not None else None

    def _register(self, name: str, bundle: Bundle) -> Registered | None:
        """Return the version that a config is now; None, and a failure, without one."""
        mirror = self._mirror
        if not mirror.drain():  # a version's run comes first
            return None
        assert mirror.parent is not None
        try:
            with mlflow_errors(mirror.uri):
                return register_config(mirror.client, name, mirror.parent.run_id, bundle)
        except TrackingError as error:
            self._notice(f"MLflow: must register the config, got {error}; run the command again")
            mirror.refuse("the version", str(error))
            return None

    def _close(self, status: str, patience_s: float | None) -> Closing:
        mirror = self._mirror
        mirror.close(status, patience_s)
        close_stores()
        links = {}
        if mirror.parent is not None:
            links = {
                "ui": ui_command(mirror.uri),
                "study": run_link(mirror.uri, mirror.parent),
                "trials": trials_link(mirror.uri, mirror.parent, mirror.study_uid),
            }
        return Closing(links, mirror.busy_seconds)
