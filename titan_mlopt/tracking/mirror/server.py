"""The mirror server: dispatches notifications and answers requests from the coordinator."""

from __future__ import annotations

import os
import tempfile
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.core.study import Champion
from titan_mlopt.tracking.logs import LEVEL, quieten
from titan_mlopt.tracking.mirror.loop import StudyMirror
from titan_mlopt.tracking.mirror.messages import Answer, Closing, MirrorJob, Registered, Request
from titan_mlopt.tracking.registry.aliases import register_config
from titan_mlopt.tracking.registry.champion import ChampionLookup
from titan_mlopt.tracking.registry.verdict_tags import finish_versions
from titan_mlopt.tracking.sqlite import close_stores
from titan_mlopt.tracking.store import mlflow_errors, ui_command


class MirrorServer:
    """Calls the mirror's methods for notifications; answers each request in its own thread.

    connection: to the coordinator; several threads may send on it.
    """

    def __init__(self, job: MirrorJob, connection: Connection) -> None:
        if os.environ.get(LEVEL) == "WARNING":
            quieten()
        # A kill leaves temporary files of MLflow behind; they go with the coordinator's folder.
        tempfile.tempdir = job.folder
        self._connection = connection
        study = job.study
        self._lookup = ChampionLookup(job.uri, job.seeks, study.backtest) if job.seeks else None
        self._mirror = StudyMirror(
            *(job.uri, study, job.experiment, Path(job.folder), self._notice),
            go_on=job.go_on,
            mark=job.mark,
        )
        self._answers: dict[str, Callable[..., object]] = {
            "refusal": self._mirror.refusal,
            "current": self._mirror.is_current,
            "unsure": lambda: self._mirror.is_unsure,
            "champion": self._champion,
            "drain": self._mirror.drain,
            "trial_links": self._mirror.runs.trial_links,
            "register": self._register,
            "close": self._close,
        }

    def serve(self, requests: SimpleQueue[Request]) -> None:
        """Dispatch requests; never returns."""
        while True:
            number, name, args = requests.get()
            if number is None:
                getattr(self._mirror, name)(*args)
            else:
                threading.Thread(
                    target=self._answer, args=(number, name, args), daemon=True
                ).start()

    def _answer(self, number: int, name: str, args: tuple[object, ...]) -> None:
        try:
            self._send((number, self._answers[name](*args), self._mirror.failure))
        except BaseException:  # noqa: BLE001 - the coordinator must not wait for an answer forever
            traceback.print_exc()
            os._exit(1)

    def _notice(self, text: str) -> None:
        self._send((None, text, None))

    def _send(self, answer: Answer) -> None:
        self._connection.send(answer)

    def _champion(self) -> Champion | None:
        return self._lookup.wait() if self._lookup is not None else None

    def _register(self, name: str, bundle: Bundle) -> Registered | None:
        """Return the version of a config; on failure None, and the mirror notes the failure."""
        mirror = self._mirror
        if not mirror.drain():  # a version's run must be written first
            return None
        assert mirror.runs.parent is not None
        try:
            with mlflow_errors(mirror.runs.uri):
                registered = register_config(
                    mirror.runs.client, name, mirror.runs.parent.run_id, bundle, notice=self._notice
                )
                finish_versions(mirror.runs.client, name, self._notice)
                return registered
        except TrackingError as error:
            self._notice(f"MLflow: must register the config, got {error}; run the command again")
            mirror.refuse("the version", str(error))
            return None

    def _close(self, status: str, patience_s: float | None) -> Closing:
        mirror = self._mirror
        mirror.close(status, patience_s)
        close_stores()
        links = mirror.runs.links()
        return Closing(
            {"ui": ui_command(mirror.runs.uri), **links} if links else {}, mirror.busy_seconds
        )
