"""Copying a study from one storage to another, verified and atomic."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import optuna
import sqlalchemy as sa
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial

from titan_mlopt.analysis.optuna_view import quiet_optuna
from titan_mlopt.core.errors import StudyError, did_you_mean, short_repr
from titan_mlopt.core.storage_url import StorageUrl
from titan_mlopt.study.storage.lock import lock_study
from titan_mlopt.study.storage.looks import add_looks, read_looks
from titan_mlopt.study.storage.sqlite import open_existing, open_storage, storage_errors

# Suffix of a copy's name until it is complete.
_UNFINISHED = " (being copied)"
_studies = sa.table("studies", sa.column("study_name"))


def copy_study(source: StorageUrl, target: StorageUrl, name: str, new_name: str) -> int:
    """Copy a study completely, and verify the copy before it gets its name.

    Copied are attributes and directions, and of each trial params, distributions, values,
    intermediate values, attributes, state and times. After an error or an interruption the target
    holds nothing of the study.

    Args:
        source: Storage of the study.
        target: Storage of the copy.
        name: Name of the study.
        new_name: Name of the copy.

    Returns:
        The number of trials.

    Raises:
        StudyError: There is no such study, it is being tuned, or ``new_name`` exists already.
    """
    with storage_errors(source):
        sender = open_existing(source)
        _check_study(sender, name, source)
        with storage_errors(target):
            receiver = open_storage(target)
            with (
                lock_study(sender, name),
                lock_study(receiver, new_name),
                _new_study(receiver, new_name) as draft,
            ):
                n_trials = _copy(sender, name, receiver, draft)
                add_looks(receiver, read_looks(sender))  # the copy's bars were looked at as well
                return n_trials


def _check_study(storage: RDBStorage, name: str, url: StorageUrl) -> None:
    names = [study.study_name for study in storage.get_all_studies()]
    if name not in names:
        existing = ", ".join(names) or "none"
        raise StudyError(
            f"study_name: must be a study of {url} ({existing}), got {short_repr(name)}"
            f"{did_you_mean(name, names)}"
        )


@contextmanager
def _new_study(storage: RDBStorage, name: str) -> Iterator[str]:
    """Yield the name of a draft that is renamed to ``name`` after the block, or else deleted."""
    draft, names = f"{name}{_UNFINISHED}", [s.study_name for s in storage.get_all_studies()]
    if name in names:
        raise StudyError(
            f"study {name}: must not be there yet, got one of that name in the target; choose "
            "another name with --as, or delete that one"
        )
    if draft in names:  # left by a copy that was killed; the lock of its name is ours
        optuna.delete_study(study_name=draft, storage=storage)
    try:
        yield draft
        with storage.engine.begin() as connection:
            mine = _studies.c.study_name == draft
            connection.execute(sa.update(_studies).where(mine).values(study_name=name))
    except BaseException:
        if draft in (study.study_name for study in storage.get_all_studies()):
            optuna.delete_study(study_name=draft, storage=storage)
        raise


def _copy(sender: RDBStorage, name: str, receiver: RDBStorage, draft: str) -> int:
    with quiet_optuna():
        optuna.copy_study(
            from_study_name=name, from_storage=sender, to_storage=receiver, to_study_name=draft
        )
    original, copy = (_content(*side) for side in ((sender, name), (receiver, draft)))
    if different := [part for part in original if original[part] != copy.get(part)]:
        raise StudyError(
            f"study {name}: its copy must equal it, got another {different[0]}; nothing was copied"
        )
    trials, copies = (
        storage.get_all_trials(_id(storage, study))
        for storage, study in ((sender, name), (receiver, draft))
    )
    for trial, copied in zip(trials, copies, strict=True):
        for part, value in trial_content(trial).items():
            if not same(value, trial_content(copied)[part]):
                raise StudyError(
                    f"study {name}: its copy must equal it, got another {part} of trial "
                    f"{trial.number}; nothing was copied"
                )
    return len(trials)


def _id(storage: RDBStorage, name: str) -> int:
    return storage.get_study_id_from_name(name)


def _content(storage: RDBStorage, name: str) -> dict[str, Any]:
    """Return the content of a study without its trials."""
    study = _id(storage, name)
    return {
        "directions": storage.get_study_directions(study),
        "user attributes": storage.get_study_user_attrs(study),
        "system attributes": storage.get_study_system_attrs(study),
        "number of trials": storage.get_n_trials(study),
    }


def trial_content(trial: FrozenTrial) -> Mapping[str, Any]:
    """Return the content of a trial by name, except its id in the database."""
    return {
        "number": trial.number,
        "state": trial.state,
        "values": trial.values,
        "params": trial.params,
        "distributions": trial.distributions,
        "intermediate values": trial.intermediate_values,
        "user attributes": trial.user_attrs,
        "system attributes": trial.system_attrs,
        "times": (trial.datetime_start, trial.datetime_complete),
    }


def same(first: Any, second: Any) -> bool:
    """Return whether two nested values are equal, where NaN equals NaN."""
    if isinstance(first, float) and isinstance(second, float):
        return first == second or (math.isnan(first) and math.isnan(second))
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)
