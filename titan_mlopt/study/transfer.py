"""The trials of other studies that a search starts from: read before its first, then pinned."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna

from titan_mlopt.analysis.ranking import ranked_trials
from titan_mlopt.core.bundle import trial_config
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.start_points import fit_params
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.tuner_config import AUTO_SAMPLER, GP, TunerConfig
from titan_mlopt.study.pinned import pin, read_pinned
from titan_mlopt.study.samplers.unit_cube import UnitCube
from titan_mlopt.study.storage.studies import TRANSFER, WEIGHTS
from titan_mlopt.study.trial_coordinates import TrialCoordinates
from titan_mlopt.study.warm_start import read_source_study

if TYPE_CHECKING:
    from titan_mlopt.study.samplers.transfer import TransferPrior

#: The most trials of a source that are kept with the study, and the fewest that it must have.
MOST_TRIALS, LEAST_TRIALS = 200, 10
#: A source with a smaller weight helps little: shuffled ones ended with up to 0.13.
LITTLE = 0.15
# Decimals of what is stored; coordinates are from 0 to 1.
_DECIMALS = 4
# The weights that are told are the means of so many trials.
_LAST = 10

#: A source as it is stored: the study as it was asked for and its uid, its number of usable trials,
#: their points in this study's unit cube, and their values in standard deviations.
StoredSource = Mapping[str, Any]


def transfer_config(config: TunerConfig) -> TunerConfig:
    """Return the settings of a study that starts from others: with the sampler gp.

    Raises:
        ConfigError: Another sampler is chosen, or there are two objectives.
    """
    if config.sampler not in (TunerConfig.sampler, AUTO_SAMPLER, GP):
        raise ConfigError(
            f"sampler: must be {GP} with transfer, got {config.sampler!r}; leave one of them out"
        )
    if config.objective_type == "multi":
        raise ConfigError(
            "transfer: must be left out with two objectives, got multi; choose one of them"
        )
    return replace(config, sampler=GP)


def transfer_sources(
    study: optuna.Study | None,
    names: Sequence[str],
    space: Space,
    objective: str,
    studies: Callable[[str], StudyRecord],
) -> Sequence[StoredSource]:
    """Return the sources of a study: the pinned ones, or those that are asked for.

    Args:
        study: The stored study, None before it is made.
        names: Names of studies, or FILE.db:NAME; () for the pinned ones.
        space: Of the study.
        objective: Of the study; a source must have the same.
        studies: Returns the study of this name in the study's own database.

    Raises:
        StudyError: The study was begun otherwise, or a source cannot be used.
    """
    pinned = read_pinned(study, TRANSFER, names)
    if pinned is not None:
        stored: Sequence[StoredSource] = pinned["sources"]
        return stored
    records = {name: read_source_study(name, studies, "transfer") for name in names}
    return [stored_source(record, space, objective, name) for name, record in records.items()]


def pin_sources(study: optuna.Study, names: Sequence[str], sources: Sequence[StoredSource]) -> None:
    """Store the sources with a study that has none: they may change or go."""
    pin(study, TRANSFER, names, sources=list(sources))


def stored_source(
    record: StudyRecord, space: Space, objective: str, label: str = ""
) -> StoredSource:
    """Return what a study that is searched over a space keeps of another study.

    Of each COMPLETE trial the whole config counts, with the values that its space held fixed. One
    that this space does not have, by its ranges, choices, constraints or fixed values, is left out.
    A parameter that the other study does not have
    counts as it stands in ``Space.point``.

    Args:
        record: The other study.
        space: Of the study that is searched.
        objective: Of the same.
        label: Which source it is, as it was asked for; "" for the name of the other study, which
            another database may have as well.

    Raises:
        StudyError: The other study has another objective, or too few trials inside this space.
    """
    label = label or record.name
    where = f"transfer: study {label} must"
    if record.objective != objective:
        raise StudyError(
            f"{where} have the objective {objective}, got {record.objective}; leave it out, or "
            "take its best trials alone with warm_start"
        )
    coordinates = TrialCoordinates(space)
    # The axes stand in the sampler's order.
    cube = UnitCube(dict(sorted(coordinates.distributions.items())), one_hot=True)
    elsewhere, middle = space.point(), cube.from_unit(np.full(cube.n_axes, 0.5))
    inside: list[tuple[list[float], float]] = []
    ranked = ranked_trials(record)
    for trial in ranked:
        params, changes = fit_params(space, trial_config(record, trial))
        if params and not changes:
            values = {**elsewhere, **params}
            sampled = coordinates.encode({n: values[n] for n in space.names if n in values})
            point = cube.to_unit({**middle, **sampled})
            rounded = [round(float(axis), _DECIMALS) for axis in point]
            inside.append((rounded, (trial.values or (0.0,))[0]))
    if len(inside) < LEAST_TRIALS:
        raise StudyError(
            f"{where} have at least {LEAST_TRIALS} COMPLETE trials inside this space, got "
            f"{len(inside)} of {len(ranked)}; run more of it, or take its best alone with "
            "warm_start"
        )
    pinned_trials = _evenly(inside, MOST_TRIALS)
    mean, sd = statistics.fmean(v for _, v in inside), statistics.pstdev(v for _, v in inside)
    return {
        "study": label,
        "uid": record.uid,
        "trials": len(inside),
        "points": [point for point, _ in pinned_trials],
        "values": [round((value - mean) / (sd or 1.0), _DECIMALS) for _, value in pinned_trials],
    }


def _evenly(rows: list[tuple[list[float], float]], most: int) -> list[tuple[list[float], float]]:
    """Return at most so many rows, the first and the last among them."""
    if len(rows) <= most:
        return rows
    return [rows[round(i * (len(rows) - 1) / (most - 1))] for i in range(most)]


def transfer_prior(sources: Sequence[StoredSource]) -> TransferPrior | None:
    """Return the mean that the sampler starts from, None without sources."""
    if not sources:
        return None
    from titan_mlopt.study.samplers.transfer import TransferPrior, TransferSource

    return TransferPrior(
        [TransferSource(s["study"], np.array(s["points"]), np.array(s["values"])) for s in sources]
    )


def weights_text(study: optuna.Study) -> str | None:
    """Return in a sentence how much the sources said of a study; None before a trial used them."""
    attributes = [trial.user_attrs for trial in study.get_trials(deepcopy=False)]
    trials = [attrs[WEIGHTS] for attrs in attributes if WEIGHTS in attrs]
    if not trials:
        return None
    last = trials[-_LAST:]
    means = {name: statistics.fmean(weights[name] for weights in last) for name in last[-1]}
    texts = (
        f"study {name} has the weight {weight:.2f}{'' if weight >= LITTLE else ': it helps little'}"
        for name, weight in means.items()
    )
    return f"transfer: {'; '.join(texts)} (0 to 1, learned from this study's trials)"
