"""The start points of a study: read from their sources before the first trial, then pinned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import optuna

from titan_mlopt.analysis.ranking import ranked_trials
from titan_mlopt.core.bundle import trial_config
from titan_mlopt.core.config_lists import load_configs
from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.parameters import DEFAULTS, Params
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.start_points import StartPoint, fit_params, merge_points
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.study.pinned import pin, read_pinned
from titan_mlopt.study.storage.studies import WARM_START, load_source

#: So many of the best trials of a study are start points.
TOP = 5
DEFAULT_CONFIG, CHAMPION = "defaults", "champion"
_FILES = (".json", ".csv")


@dataclass(frozen=True)
class Sources:
    """Where start points are read from.

    Attributes:
        space: The space of the study that tries them.
        studies: Returns the study of this name in the study's own database; raises ``StudyError``.
        registered: Returns label and config of the champion or of a version by its number; None
            when there is no champion yet. Raises ``TitanMloptError``.
        notice: Told what was changed or left out.
    """

    space: Space
    studies: Callable[[str], StudyRecord]
    registered: Callable[[str], tuple[str, Params] | None]
    notice: Callable[[str], None]


def start_points(
    study: optuna.Study | None, names: Sequence[str], sources: Sources, also: Sequence[str] = ()
) -> tuple[StartPoint, ...]:
    """Return the start points of a study: the pinned ones, or those that are asked for.

    Args:
        study: The stored study, None before it is made.
        names: Names of sources: "defaults", "champion", the number of a version, a file, a study,
            or FILE.db:STUDY; () for the pinned ones.
        sources: Read only when nothing is pinned.
        also: Names of sources that another setting asks for; they are compared with nothing.

    Raises:
        StudyError: The study was begun otherwise, or a source is no study.
        ConfigError: A file cannot be read.
    """
    pinned = read_pinned(study, WARM_START, names)
    if pinned is None:
        return read_points((*names, *also), sources) if names or also else ()
    return tuple(StartPoint(point["source"], point["params"]) for point in pinned["points"])


def pin_points(study: optuna.Study, names: Sequence[str], points: Sequence[StartPoint]) -> None:
    """Store the start points with a study that has none: its sources may change or go."""
    pin(study, WARM_START, names, points=[asdict(point) for point in points])


def read_points(names: Sequence[str], sources: Sources) -> tuple[StartPoint, ...]:
    """Return the points of all sources in their order, the defaults first, each params once."""
    points: list[StartPoint] = []
    for name in dict.fromkeys((DEFAULT_CONFIG, *names)):
        configs = _read_source(name, sources)
        for source, config in configs:
            params, changes = fit_params(sources.space, config)
            if params:
                points.append(StartPoint(source, params))
            if changes or not params:
                remark = ", ".join(changes) or "left out, as it has no parameter of the space"
                sources.notice(f"warm start: {source}: {remark}")
    return merge_points(points)


def _read_source(name: str, sources: Sources) -> list[tuple[str, Params]]:
    """Return label and config of each point of a source."""
    if name == DEFAULT_CONFIG:
        return _defaults(sources.space)
    if name == CHAMPION or name.isdecimal():
        registered = sources.registered(name)
        if registered is None:
            sources.notice("warm start: there is no champion yet, so nothing is taken from it")
        return [] if registered is None else [registered]
    if name.lower().endswith(_FILES):
        return [(f"file {label}", config) for label, config in load_configs(name)]
    record = read_source_study(name, sources.studies)
    best = ranked_trials(record)[:TOP]
    if not best:
        sources.notice(f"warm start: study {name} has no COMPLETE trial, so nothing is taken")
    return [(f"study {name} trial {trial.number}", trial_config(record, trial)) for trial in best]


def _defaults(space: Space) -> list[tuple[str, Params]]:
    """Return the default config; none for a space with parameters whose default is unknown."""
    have_defaults = all(name in DEFAULTS for name in space.names)
    return [(DEFAULT_CONFIG, {**DEFAULTS, **space.fixed})] if have_defaults else []


def read_source_study(
    name: str, studies: Callable[[str], StudyRecord], setting: str = "warm_start"
) -> StudyRecord:
    """Return a study by its name, or by FILE.db:NAME one of another database file.

    Raises:
        StudyError: There is no such database or study; the message begins with the setting.
    """
    file, _, study_name = name.partition(":")
    try:
        in_file = study_name and Path(file).is_file()
        return load_source(file, study_name) if in_file else studies(name)
    except StudyError as error:
        message = str(error).removeprefix("study_name: ")
        raise StudyError(f"{setting}: {message}") from error
