"""What was found out about a study, as attributes of the study: written here, and read back.

Each finding has a key of its own: of two that are written at once, by two processes, none is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import optuna

from titan_mlopt.judgements import (
    Judgement,
    ParameterLoss,
    PlaceboRun,
    PlateauEntry,
    PlateauResult,
)
from titan_mlopt.params import digest

#: Keys of the study's user attributes; the first two are followed by a dot and more.
PLACEBO, DECISION, PLATEAU = (f"titan_mlopt.{key}" for key in ("placebo", "decision", "plateau"))


def save_placebo(study: optuna.Study, run: PlaceboRun) -> None:
    """Store a placebo run, in place of one of the same number and of as many trials."""
    study.set_user_attr(f"{PLACEBO}.{run.n_trials}.{run.number}", asdict(run))


def save_judgement(study: optuna.Study, judgement: Judgement) -> None:
    """Store a decision of the gate beside the earlier ones."""
    content = asdict(judgement)
    study.set_user_attr(f"{DECISION}.{judgement.opening}.{digest(content)[:8]}", content)


def save_plateau(study: optuna.Study, result: PlateauResult) -> None:
    """Store what was found about the plateau, in place of what was known before."""
    study.set_user_attr(PLATEAU, asdict(result))


def read_placebos(attrs: Mapping[str, Any]) -> tuple[PlaceboRun, ...]:
    """Return the placebo runs, those of the fewest trials first, by number."""
    runs = [PlaceboRun(**row) for row in _below(attrs, PLACEBO)]
    return tuple(sorted(runs, key=lambda run: (run.n_trials, run.number)))


def read_judgements(attrs: Mapping[str, Any]) -> tuple[Judgement, ...]:
    """Return the decisions of the gate, oldest first."""
    found = [Judgement(**row) for row in _below(attrs, DECISION)]
    return tuple(sorted(found, key=lambda one: (one.when, one.opening)))


def read_plateau(attrs: Mapping[str, Any]) -> PlateauResult | None:
    """Return what is known about the plateau, None when it was not looked at."""
    row = attrs.get(PLATEAU)
    if row is None:
        return None
    entries = tuple(
        PlateauEntry(**{**entry, "neighbours": tuple(entry["neighbours"])})
        for entry in row["entries"]
    )
    losses = tuple(ParameterLoss(**loss) for loss in row["parameters"])
    return PlateauResult(**{**row, "entries": entries, "parameters": losses})


def _below(attrs: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [value for name, value in attrs.items() if name.startswith(f"{key}.")]
