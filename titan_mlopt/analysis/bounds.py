"""Where the best trials lie in the range of each parameter, and which ranges to change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import optuna

from titan_mlopt.analysis.best_config import space_of
from titan_mlopt.analysis.importances import WHERE, param_importances
from titan_mlopt.analysis.ranking import is_multi
from titan_mlopt.analysis.statistics.association import FloatArray, association_p_values
from titan_mlopt.core.errors import ConfigError, StudyError, did_you_mean, short_repr
from titan_mlopt.core.parameters import TUNABLE_PARAMS, ParamValue, Range
from titan_mlopt.core.scoring import MULTI
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.space.details import Detail
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, TrialRecord

#: What is proposed for a range.
NARROW, WIDEN, LEAVE = "narrow", "widen", "leave"
#: Parts of the reasons to leave a range that chance does not explain.
BY_HAND, TOO_FEW = "change it by hand", "too few values"
#: COMPLETE trials that are needed.
MIN_FOR_BOUNDS = 40
#: A range is changed when its corrected p-value is at most this.
LEVEL = 0.05
#: Share of the trials that count as the best.
BEST_SHARE = 0.25
# The best quarter "lies" between these of its quantiles, around its median.
_INNER = (0.1, 0.5, 0.9)
# A narrowed range leaves that much of the old one on both sides, and is at most that long.
_MARGIN, _LONGEST = 0.1, 0.75
# The best press against an end when their median lies that close to it; it is then moved so far.
_EDGE, _BEYOND = 0.1, 0.25


@dataclass(frozen=True, slots=True)
class ParameterBounds:
    """One parameter.

    Attributes:
        name: Its name.
        searched: The range that was searched, ``(low, high, kind)``.
        best: Between which values the middle 80 % of the best quarter lie, and their median:
            ``(low, median, high)``.
        importance: Its share by PED-ANOVA, from 0 to 1.
        p_alone: p-value of "the objective does not depend on it", by permutation.
        p_value: The same, corrected for the number of parameters.
        proposal: "narrow", "widen" or "leave".
        proposed: The proposed range; the searched one to leave it.
        reason: Why, in a sentence without a full stop.
    """

    name: str
    searched: Range
    best: tuple[float, float, float]
    importance: float
    p_alone: float
    p_value: float
    proposal: str
    proposed: Range
    reason: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """The parameters of a study, the surest first.

    Attributes:
        metric: Name of the objective that the trials were compared by.
        n_trials: COMPLETE trials that were compared.
        n_best: How many of them are the best quarter.
        left_out: Other trials that ended: pruned or failed, or without a finite value.
        parameters: The parameters that are sampled in a range.
        space: The search space with the proposed ranges.
    """

    metric: str
    n_trials: int
    n_best: int
    left_out: int
    parameters: tuple[ParameterBounds, ...]
    space: Space = field(repr=False)

    @property
    def changed(self) -> tuple[ParameterBounds, ...]:
        """The parameters whose range should change."""
        return tuple(parameter for parameter in self.parameters if parameter.proposal != LEAVE)

    @property
    def reasons(self) -> dict[str, str]:
        """Why each of the changed ranges, or of those to be changed by hand, should change."""
        told = (p for p in self.parameters if p.proposal != LEAVE or BY_HAND in p.reason)
        return {parameter.name: parameter.reason for parameter in told}


def find_bounds(study: optuna.Study, record: StudyRecord, metric: str | None = None) -> Bounds:
    """Return where the best trials of a study lie, and which ranges to change.

    Args:
        study: The study.
        record: The same study as plain data.
        metric: Of a study with two objectives, which one counts, "accuracy" or "sharpe"; None for
            accuracy, and for the objective of any other study.

    Raises:
        StudyError: Fewer than 40 trials are COMPLETE, or their values are all equal.
        ConfigError: The study has no such objective.
    """
    names = MULTI if is_multi(record) else (record.objective,)
    chosen = names[0] if metric is None else metric
    if chosen not in names:
        raise ConfigError(
            f"metric: must be {' or '.join(names)} for this study, got {short_repr(chosen)}"
            f"{did_you_mean(chosen, names)}"
        )
    index, trials = names.index(chosen), _usable(record.trials)
    if len(trials) < MIN_FOR_BOUNDS:
        raise StudyError(
            f"study {record.name}: bounds: needs {MIN_FOR_BOUNDS} complete trials, has "
            f"{len(trials)}; run more trials"
        )
    seed = int(record.settings.get("seed", 0))
    try:
        importances = param_importances(study, index, "ped_anova", seed)
    except StudyError as error:
        text = str(error).replace(WHERE, ": bounds: ")
        raise StudyError(text) from error
    stored = space_of(record)
    space = Space.from_plain(stored) if stored else Space()
    values = np.array([trial.values[index] for trial in trials if trial.values])
    parameters = _parameters(space, trials, values, importances, seed)
    ranges = dict(space.ranges) | {p.name: p.proposed for p in parameters}
    ended = sum(trial.finished_at is not None for trial in record.trials)
    return Bounds(
        metric=chosen,
        n_trials=len(trials),
        n_best=math.ceil(BEST_SHARE * len(trials)),
        left_out=ended - len(trials),
        parameters=parameters,
        space=replace(space, ranges=ranges),
    )


def _usable(trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Return the COMPLETE trials with finite values in the order in which they were sampled."""
    usable = [
        trial
        for trial in trials
        if trial.state == COMPLETE and trial.values and all(map(math.isfinite, trial.values))
    ]
    return sorted(usable, key=lambda trial: trial.number)


def _parameters(
    space: Space,
    trials: Sequence[TrialRecord],
    values: FloatArray,
    importances: Mapping[str, float],
    seed: int,
) -> tuple[ParameterBounds, ...]:
    n_best = math.ceil(BEST_SHARE * len(trials))
    best = np.argsort(-values, kind="stable")[:n_best]
    columns = _positions(space, trials)
    # Of a parameter that another program's trials lack there is nothing to say.
    columns = {name: column for name, column in columns.items() if np.isfinite(column[best]).any()}
    alone, corrected = association_p_values(list(columns.values()), values, seed)
    parameters = []
    for (name, column), p_alone, p_value in zip(columns.items(), alone, corrected, strict=True):
        bounds = space.ranges[name]
        inside = column[best][np.isfinite(column[best])]
        # Quantiles that are values of trials: whole numbers stay whole.
        lies = np.quantile(inside, _INNER, method="inverted_cdf").tolist()
        low, middle, high = (_value_at(position, bounds) for position in lies)
        proposal, proposed, reason = _propose(name, space, lies, p_value)
        share = importances.get(name, 0.0)
        parameters.append(
            ParameterBounds(
                name,
                *(bounds, (low, middle, high), share, p_alone, p_value),
                *(proposal, proposed, reason),
            )
        )
    return tuple(sorted(parameters, key=lambda p: (p.p_value, -p.importance)))


def _positions(space: Space, trials: Sequence[TrialRecord]) -> dict[str, FloatArray]:
    """Return where in its range each parameter lies in each trial, from 0 to 1.

    NaN where a trial lacks it, or where a condition of the space makes it inactive.
    """
    inactive = [space.inactive(trial.params) for trial in trials]
    columns = {}
    for name, bounds in space.ranges.items():
        low, high = _ends(bounds)
        scaled = [
            math.nan if name in without else _scaled(trial.params.get(name, math.nan), bounds[2])
            for trial, without in zip(trials, inactive, strict=True)
        ]
        columns[name] = (np.array(scaled) - low) / (high - low)
    return columns


def _scaled(value: ParamValue, kind: str) -> float:
    return math.log(float(value)) if kind == "log" else float(value)


def _ends(bounds: Range) -> tuple[float, float]:
    return _scaled(bounds[0], bounds[2]), _scaled(bounds[1], bounds[2])


def _rounded(value: float) -> float:
    """Return a multiple of a step as one types it."""
    return float(f"{value:.12g}")


def _value_at(position: float, bounds: Range) -> float:
    """Return the value at a position of a range, to four digits of it or of the range's length."""
    low, high = _ends(bounds)
    value = low + position * (high - low)
    value = math.exp(value) if bounds[2] == "log" else value
    smaller = min(abs(value), bounds[1] - bounds[0])
    return round(value, 3 - math.floor(math.log10(smaller))) if smaller else value


def _propose(
    name: str, space: Space, lies: Sequence[float], p_value: float
) -> tuple[str, Range, str]:
    """Return what to do with a range, the range to search next, and why.

    Args:
        name: The parameter.
        space: The space that was searched.
        lies: Low end, median and high end of the best quarter, as positions in the range.
        p_value: The corrected p-value.
    """
    bounds = space.ranges[name]
    if p_value > LEVEL:
        return LEAVE, bounds, f"chance explains it (p = {p_value:.2g})"
    low, middle, high = lies
    start, end = max(0.0, low - _MARGIN), min(1.0, high + _MARGIN)
    if end - start > _LONGEST:
        return LEAVE, bounds, "the best are spread over most of the range"
    at_low, at_high = middle <= _EDGE, middle >= 1 - _EDGE
    start = -_BEYOND if at_low else start
    end = 1 + _BEYOND if at_high else end
    proposed = _allowed(name, space, start, end)
    reason = f"{_whereabouts(bounds, lies)} (p = {p_value:.2g})"
    if name in _tied(space):
        why = "a prior, condition or constraint depends on this range"
        return LEAVE, bounds, f"{reason}; {BY_HAND}, as {why}"
    if proposed[0] < bounds[0] or proposed[1] > bounds[1]:
        return WIDEN, proposed, reason
    if at_low or at_high:
        further = name in TUNABLE_PARAMS and not space.beyond_titan
        reason += f"; {'only --beyond-titan lets it' if further else 'it must not'} go further"
    if proposed == bounds:
        return LEAVE, bounds, f"{reason}; it has {TOO_FEW} for a narrower range"
    return NARROW, proposed, reason


def _whereabouts(bounds: Range, lies: Sequence[float]) -> str:
    first, middle, last = (_value_at(position, bounds) for position in lies)
    if _EDGE < lies[1] < 1 - _EDGE:
        return f"the best quarter of the trials lie from {first:.12g} to {last:.12g}"
    end = bounds[0] if lies[1] <= _EDGE else bounds[1]
    where = f"at {end:.12g}" if middle == end else f"between {middle:.12g} and {end:.12g}"
    return f"half of the best quarter lie {where}, an end of the range"


def _tied(space: Space) -> set[str]:
    """Return the parameters on whose ranges priors, conditions and constraints depend."""
    priors = {name for name, detail in space.details.items() if detail.prior}
    parents = {detail.when.parent for detail in space.details.values() if detail.when}
    return priors.union(parents, *(text.names for text in space.parsed_constraints))


def _allowed(name: str, space: Space, start: float, end: float) -> Range:
    """Return the range between two positions, as far as the parameter may go.

    The ends are values that a step reaches: those next to the positions on their outer sides, or
    the last ones that are allowed.
    """
    bounds = low, high, kind = space.ranges[name]
    least, most = _limits(name, space)
    # What is not moved keeps its digits, and rounding must not widen what is narrowed.
    least, most = low if start >= 0 else least, high if end <= 1 else most
    first = low if start == 0 else max(_value_at(start, bounds), least)
    last = high if end == 1 else min(_value_at(end, bounds), most)
    step = space.details.get(name, Detail()).step or (1 if kind == "int" else None)
    if step is None:
        return first, last, kind

    def steps_to(value: float) -> float:
        return _rounded((value - low) / step)

    before, after = math.floor(steps_to(first)), math.ceil(steps_to(last))
    before = before if before >= steps_to(least) else math.ceil(steps_to(least))
    after = after if after <= steps_to(most) else math.floor(steps_to(most))
    first, last = low + step * before, low + step * after
    return (first, last, kind) if kind == "int" else (_rounded(first), _rounded(last), kind)


def _limits(name: str, space: Space) -> tuple[float, float]:
    """Return how far the range of a parameter may go.

    One of Titan's stays within Titan's own unless the space may go beyond, one of positive numbers
    stays positive, and one from 0 on has no negative ones.
    """
    low = space.ranges[name][0]
    if name in TUNABLE_PARAMS and not space.beyond_titan:
        return TUNABLE_PARAMS[name][:2]
    return (low / 2 if low >= 0 else -math.inf), math.inf
