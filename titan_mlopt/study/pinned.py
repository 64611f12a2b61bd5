"""What a study takes from elsewhere: read before its first trial, stored with it, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import optuna

from titan_mlopt.core.errors import StudyError

#: Key, in the stored value, of the names of the sources that were asked for.
NAMES = "asked"


def read_pinned(
    study: optuna.Study | None, key: str, names: Sequence[str]
) -> Mapping[str, Any] | None:
    """Return what a study has pinned; None for one that may still pin something.

    Args:
        study: The stored study, None before it is made.
        key: Of its attribute; what follows the dot is the name of the setting.
        names: Names of the sources that are asked for now, () for what is pinned.

    Raises:
        StudyError: The study began with other sources, or without any.
    """
    if study is None:
        return None
    pinned: Mapping[str, Any] | None = study.user_attrs.get(key) or None
    setting = key.rpartition(".")[2]
    remedy = "leave it out, or choose another study_name"
    if pinned is not None:
        if names and list(names) != pinned[NAMES]:
            raise StudyError(
                f"{setting}: must be what {study.study_name} began with, "
                f"{', '.join(pinned[NAMES]) or 'none'}, got {', '.join(names)}; {remedy}"
            )
    elif names and any(trial.state.is_finished() for trial in study.get_trials(deepcopy=False)):
        raise StudyError(
            f"{setting}: must be given before the first trial of {study.study_name}, got "
            f"{', '.join(names)}; {remedy}"
        )
    return pinned


def pin(study: optuna.Study, key: str, names: Sequence[str], **content: Any) -> None:
    """Store what came of the sources, unless there is nothing or the study has it already."""
    if (names or any(content.values())) and key not in study.user_attrs:
        study.set_user_attr(key, {NAMES: list(names), **content})
