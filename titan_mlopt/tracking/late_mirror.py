"""The mirror before MLflow is imported: what a study tells is kept until the real one hears it."""

from __future__ import annotations

import importlib
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from titan_mlopt.records import Checkpoint, TrialRecord

if TYPE_CHECKING:
    from titan_mlopt.tracking.mirror import StudyMirror

#: Builds the mirror, given what is told its notices.
Build = Callable[[Callable[[str], None]], "StudyMirror"]


class LateMirror:
    """Listens to a study from the start; imports MLflow once the first trial has begun.

    That takes seconds of this process, in which the first trials can run.
    build: called once, in a thread of its own. on_notice: told notices in the thread that made us.
    later: modules that the end of the study needs, imported meanwhile.
    """

    def __init__(
        self, build: Build, on_notice: Callable[[str], None], later: tuple[str, ...] = ()
    ) -> None:
        self._build, self._on_notice, self._later = build, on_notice, later
        self._home = threading.get_ident()
        self._notices: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._kept: list[Callable[[StudyMirror], None]] = []
        self._mirror: StudyMirror | None = None
        self._error: BaseException | None = None
        self._opened = threading.Event()
        self._thread: threading.Thread | None = None

    def trial_started(self, trial: TrialRecord) -> None:
        """Begin the trial's run."""
        self._tell(lambda mirror: mirror.trial_started(trial))
        self._start()

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Add a checkpoint to the trial's metrics."""
        self._tell(lambda mirror: mirror.trial_progressed(number, checkpoint))

    def trial_finished(self, trial: TrialRecord) -> None:
        """Write the trial's metrics and files and end its run."""
        self._tell(lambda mirror: mirror.trial_finished(trial))

    def ready(self) -> StudyMirror:
        """Return the mirror, which has heard all, once MLflow is imported.

        Raises what its making raised.
        """
        self._start()
        self._opened.wait()
        self._pass_on()
        if self._error is not None:
            raise self._error
        assert self._mirror is not None
        return self._mirror

    def close(self, status: str, patience_s: float | None = None) -> None:
        """Close the mirror, if it was ever wanted (see ``StudyMirror.close``)."""
        if self._thread is not None and self._error is None:
            self.ready().close(status, patience_s)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="mlflow-import", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        try:
            self._open()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self._error = error
        finally:
            self._opened.set()
        for name in self._later:
            importlib.import_module(name)

    def _open(self) -> None:
        mirror = self._build(self._notice)
        with self._lock:
            for message in self._kept:
                message(mirror)
            self._kept.clear()
            self._mirror = mirror

    def _tell(self, message: Callable[[StudyMirror], None]) -> None:
        with self._lock:
            if self._mirror is None:
                self._kept.append(message)
            else:
                message(self._mirror)
        self._pass_on()

    def _notice(self, text: str) -> None:
        """Hand on a notice, at once or with the next word from the thread that listens to them."""
        if threading.get_ident() == self._home:
            self._on_notice(text)
        else:
            self._notices.put(text)

    def _pass_on(self) -> None:
        while not self._notices.empty():
            self._on_notice(self._notices.get())
