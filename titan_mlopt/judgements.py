"""What was found out about a study after its trials: placebo runs, decisions of the gate, plateau.

Plain records, stored with the study, one attribute each, so that none overwrites another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PlaceboRun:
    """One repetition of a study on placebo candles.

    number: from 0 on; seed: of candles and sampler. n_trials: of the study's first trials, which it
    is to be compared with. best: the highest objective value, None when no trial completed.
    """

    number: int
    seed: int
    n_trials: int
    best: float | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """One decision of the gate, with all that it rests on.

    when: ISO, UTC. trial: of the study. config_sha256: of the config that was judged. verdict:
    PROMOTE, KEEP_CHAMPION or CANNOT_TELL; sentence: why. rival: "titan-config version 3", "" when
    there was no champion; rival_sha256: of its config. opening: how often the hold-out had been
    opened, this time counted. decision: ``gate.Decision.to_dict``, {} when nothing was scored.
    """

    when: str
    trial: int
    config_sha256: str
    verdict: str
    sentence: str
    rival: str
    rival_sha256: str
    opening: int
    decision: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlateauEntry:
    """One of the best configs among its neighbours.

    score, floor, drop, standard_error, eligible: as in ``plateau.Terrain``; floor is the lower
    quartile of the neighbours' scores. neighbours: the mean score of each that could be scored.
    """

    trial: int
    score: float
    floor: float
    drop: float
    standard_error: float | None
    eligible: bool
    neighbours: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ParameterLoss:
    """What jittering one parameter by its full width costs, as in ``plateau.Stability``."""

    parameter: str
    loss: float
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class PlateauResult:
    """Whether the best config stands on a plateau.

    when: ISO, UTC. n_trials: of the study then. metric: what the scores are: "accuracy", "sharpe",
    or "weighed" for both. segments: how many each config was scored on. width: of the jitter, a
    share of each range. best, flattest: trial numbers. entries: the best configs, best first.
    parameters: the largest loss first.
    """

    when: str
    n_trials: int
    metric: str
    segments: int
    width: float
    seed: int
    best: int
    flattest: int
    entries: tuple[PlateauEntry, ...]
    parameters: tuple[ParameterLoss, ...]
