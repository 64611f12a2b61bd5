"""What a walk keeps, in a database of its own: a study for each step, and its outcome with it."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import optuna
from optuna.storages import RDBStorage

from titan_mlopt.core.errors import StudyError, short_repr
from titan_mlopt.core.parameters import canonical_json, digest
from titan_mlopt.core.plain import PlainError, read_plain
from titan_mlopt.evaluation.walk.records import StepOutcome

#: Attributes of child studies: what the walk was asked for, of the first one; outcome of the step.
WALK, OUTCOME = "titan_mlopt.walk", "titan_mlopt.walk_step"
_NAME = re.compile(r"step-\d{4,}")


def step_name(number: int) -> str:
    """Return the name of a step's child study."""
    return f"step-{number:04d}"


def check_own(backend: RDBStorage) -> None:
    """Raise ``StudyError`` when the database has a study that is no step of a walk."""
    names = optuna.study.get_all_study_names(backend)
    foreign = next((name for name in names if not _NAME.fullmatch(name)), None)
    if foreign is not None:
        raise StudyError(
            "db: must be a database of the walk's own, got one with the study "
            f"{short_repr(foreign)}; name another file"
        )


def load_outcomes(backend: RDBStorage) -> list[StepOutcome]:
    """Return the outcomes of the steps that have been walked, in order.

    Raises:
        StudyError: One is damaged.
    """
    attrs = {study.study_name: study.user_attrs for study in backend.get_all_studies()}
    outcomes = list[StepOutcome]()
    while (plain := attrs.get(step_name(len(outcomes)), {}).get(OUTCOME)) is not None:
        try:
            outcomes.append(read_plain(StepOutcome, plain, OUTCOME))
        except PlainError as error:
            raise StudyError(
                f"study {step_name(len(outcomes))}: {error}; restore a copy of the database, or "
                "walk in another one"
            ) from error
    return outcomes


def save_outcome(study: optuna.Study, outcome: StepOutcome) -> None:
    """Store the outcome of a step with its child study: from then on the step has been walked."""
    study.set_user_attr(OUTCOME, asdict(outcome))


def pin_settings(study: optuna.Study, settings: Mapping[str, Any]) -> str:
    """Store what a new walk was asked for, or compare it with what it began with.

    Args:
        study: The child study of the first step.
        settings: By option, without dashes at the front.

    Returns:
        The id of the walk.

    Raises:
        StudyError: They differ; the message names the options.
    """
    plain = json.loads(canonical_json(settings))
    if WALK not in study.user_attrs:
        study.set_user_attr(WALK, {"uid": uuid.uuid4().hex, "settings": plain})
    before = study.user_attrs[WALK]["settings"]
    names = [name for name in {**before, **plain} if before.get(name) != plain.get(name)]
    if names:
        began, got = (
            ", ".join(f"--{name.replace('_', '-')} {_text(side.get(name))}" for name in names)
            for side in (before, plain)
        )
        raise StudyError(
            f"walk: must go on as it began, with {began}, got {got}; use the same options, or "
            "another --db"
        )
    return str(study.user_attrs[WALK]["uid"])


def _text(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if "path" not in value:  # a space
        return f"of SHA-256 {digest(value)[:12]}…"
    sha256 = f"SHA-256 {value['sha256'][:12]}…" if value.get("sha256") else ""
    return " ".join(filter(None, (value["path"], value.get("version"), sha256)))
