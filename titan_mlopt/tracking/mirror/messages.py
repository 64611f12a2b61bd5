"""Messages between the coordinator and the mirror's process; imports no MLflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.report.markup import html_fragment, html_table


@dataclass(frozen=True, slots=True)
class MirrorJob:
    """The study that a mirror writes, and the store that it writes to.

    experiment: name; None for that of `mlflow run`, else the default. folder: temporary files.
    go_on: continue the newest parent run of the study, if there is one. seeks: name of the
    registered model whose champion is looked up, None for none. mark: of a study that has nothing
    left to run (``StudyReport.mark``), else ""; such a study comes without its trials, which
    ``verify`` brings where the mark is not that of the store.
    """

    uri: str
    study: StudyRecord
    experiment: str | None
    folder: str
    go_on: bool = False
    seeks: str | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class SomeTrials:
    """Trials of the study in the message that follows; a study of thousands comes in many of these.

    As one message they would be in memory twice, as records and as bytes, beside the pickler's list
    of all their parts.
    """

    trials: tuple[TrialRecord, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """A version in the registry; ``new`` unless it was there already."""

    name: str
    version: str
    new: bool

    def _repr_html_(self) -> str:
        state = "registered as challenger" if self.new else "registered before"
        rows = [("version", f"{self.name} version {self.version}"), ("state", state)]
        return html_fragment([html_table(rows)])


@dataclass(frozen=True, slots=True)
class Closing:
    """The last answer of a mirror; links: as in ``TuneReport``."""

    links: Mapping[str, str]
    busy_seconds: float


#: Coordinator to mirror: (number, name of the method, arguments). A notification, which gets no
#: answer, has None for its number.
Request = tuple[int | None, str, tuple[object, ...]]
#: The coordinator checks that the mirror's process lives; that answers with the number ``PONG``.
PING, PONG = "ping", 0
#: Mirror to coordinator: (number of the request, answer, why MLflow lacks something or None). A
#: notice for the user has None for its number.
Answer = tuple[int | None, object, str | None]
# Trials of one message: 3 MB with their curves.
_BATCH = 250


def split_message(message: object) -> Iterator[object]:
    """Yield the trials of a message's study, some at a time, and then the message without them."""
    study = _study_of(message)
    if study is None or not study.trials:
        yield message
        return
    for start in range(0, len(study.trials), _BATCH):
        yield SomeTrials(study.trials[start : start + _BATCH])
    yield join_message(message, ())


def join_message(message: object, trials: Sequence[TrialRecord]) -> object:
    """Return a message whose study has these trials; one without a study as it is."""
    study = _study_of(message)
    if study is None:
        return message
    whole = replace(study, trials=tuple(trials))
    if isinstance(message, MirrorJob):
        return replace(message, study=whole)
    assert isinstance(message, tuple)
    number, name, args = message
    return number, name, (whole, *args[1:])


def _study_of(message: object) -> StudyRecord | None:
    """Return the study of a job, or the first argument of a request that is one."""
    if isinstance(message, MirrorJob):
        return message.study
    first = message[2][:1] if isinstance(message, tuple) else ()
    return first[0] if first and isinstance(first[0], StudyRecord) else None
