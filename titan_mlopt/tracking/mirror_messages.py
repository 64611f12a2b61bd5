"""What the coordinator and the mirror's process tell each other; needs no MLflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from titan_mlopt.records import StudyRecord


@dataclass(frozen=True, slots=True)
class MirrorJob:
    """What a mirror is to write, and where.

    experiment: None for that of `mlflow run`, else the default. folder: for files on their way.
    go_on: with the newest parent of the study, where there is one. seeks: name of the model whose
    champion is looked for, None for none.
    """

    uri: str
    study: StudyRecord
    experiment: str | None
    folder: str
    go_on: bool = False
    seeks: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A version in the registry; ``new`` unless it was there already."""

    name: str
    version: str
    new: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """What is left to say of a mirror that has ended; links: as in ``TuneReport``."""

    links: Mapping[str, str]
    busy_seconds: float


#: Coordinator to mirror: (number of a question, or None for what wants no answer; method; words).
Told = tuple[int | None, str, tuple[object, ...]]
#: Mirror to coordinator: (number of the question, answer, why MLflow has not all of it), or a
#: notice, which has no number.
Answer = tuple[int | None, object, str | None]
