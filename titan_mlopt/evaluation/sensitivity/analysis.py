"""One-at-a-time sensitivity: each parameter varied alone to both ends of its range."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import DEFAULTS, Params, ParamValue, Range
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.trial import COMPLETE, INTERRUPTED, Metrics, TrialOutcome

BASE, LOW, HIGH = "base", "low", "high"
#: Verdicts on a parameter.
MOVES, DEAD, UNKNOWN = "moves", "dead", "unknown"
#: Why an end has no metrics when its run never ended.
NOT_MEASURED = "not measured"
#: The metrics whose differences are reported.
METRICS = ("accuracy", "ece", "sharpe")
#: A difference counts when it exceeds this many standard deviations of the base runs.
SIGMAS = 3.0
#: Fewest base runs (a single one has no spread), and base runs of a backtest that is not
#: deterministic: if its noise came from two runs, most dead parameters would move by chance.
LEAST_BASE_RUNS, NOISY_BASE_RUNS = 2, 8
_COMPARED_METRICS = (*METRICS, "n_predictions")
# The mean of equal numbers may be off in its last bits.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Variation:
    """One job: the base config itself (parameter "", end "base"), or one parameter at an end.

    config: the full config of the job. value: of the parameter; None for the base. repeat: how many
    runs are averaged.
    """

    number: int
    parameter: str
    end: str
    value: ParamValue | None
    config: Params
    repeat: int = 1

    @property
    def name(self) -> str:
        """``base 0``, or ``feature.fast_window = 3 (low)``."""
        if self.end == BASE:
            return f"{BASE} {self.number}"
        return f"{self.parameter} = {self.value} ({self.end})"


class VariationListener(Protocol):
    """Receives each job that was not killed; must not block."""

    def planned(self, plan: Sequence[Variation]) -> None:
        """Receive all jobs, before the first one and when jobs are added."""

    def varied(self, variation: Variation, outcome: TrialOutcome) -> None:
        """Receive the outcome of a job."""


@dataclass(frozen=True, slots=True)
class End:
    """One parameter at one end of its range.

    metrics: as measured, empty when the run failed or never ended. differences: of accuracy (a
    share), ece (a share), sharpe (a year's) and n_predictions to the base's mean, None where either
    has no value. reason, message: why there are no metrics, else "".
    """

    value: ParamValue
    metrics: Metrics = field(default_factory=dict)
    differences: Metrics = field(default_factory=dict)
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a parameter alone does; ``current`` is its value in the base config.

    moved: which of accuracy, ece, sharpe and n_predictions moved by more than the noise explains.
    verdict: "unknown" unless both ends were measured, else "moves" or "dead".
    """

    parameter: str
    current: ParamValue
    low: End
    high: End
    moved: tuple[str, ...]
    verdict: str

    @property
    def ends(self) -> tuple[tuple[str, End], ...]:
        """Both ends by name."""
        return (LOW, self.low), (HIGH, self.high)

    def effect(self, metric: str) -> float | None:
        """Return the largest absolute difference of a metric, None when no end has one."""
        differences = (end.differences.get(metric) for _, end in self.ends)
        return max((abs(d) for d in differences if d is not None), default=None)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The effects of all parameters around ``config``, the largest on accuracy first.

    base: means over the ``base_runs`` runs of the config itself that completed; None where a metric
    has no value. noise: their sample standard deviations, 0 when the runs are equal or none has a
    value, None when they cannot be told (fewer than two runs with a value). repeat: runs of each
    end of a parameter.
    """

    config: Params
    base: Metrics
    noise: Metrics
    base_runs: int
    repeat: int
    effects: tuple[Effect, ...]

    def names(self, verdict: str) -> tuple[str, ...]:
        """Return the parameters with this verdict."""
        return tuple(effect.parameter for effect in self.effects if effect.verdict == verdict)

    @property
    def noisy(self) -> bool:
        """Whether runs of the same config differ."""
        return any(self.noise.values())


def plan_variations(
    base: Params, ranges: Mapping[str, Range], repeat: int = 1
) -> tuple[Variation, ...]:
    """Return the jobs: the base ``max(2, repeat)`` times, then each parameter at low and at high.

    Args:
        base: The whole config, as ``base_config`` returns it.
        ranges: The parameters to vary; an end that is the base's own value needs no job.
        repeat: Runs that are averaged at each end.
    """
    runs = max(LEAST_BASE_RUNS, repeat)
    plan = [Variation(number, "", BASE, None, dict(base)) for number in range(runs)]
    for name in ranges:
        for end, value in _ends(ranges[name]):
            if value != base[name]:
                config = {**base, name: value}
                plan.append(Variation(len(plan), name, end, value, config, repeat))
    return tuple(plan)


def _ends(bounds: Range) -> tuple[tuple[str, ParamValue], ...]:
    """Return both ends by name, of the type that is drawn in the range."""
    kind = int if bounds[2] == "int" else float
    return (LOW, kind(bounds[0])), (HIGH, kind(bounds[1]))


def missing_base_runs(
    plan: Sequence[Variation], outcomes: Mapping[int, TrialOutcome]
) -> tuple[Variation, ...]:
    """Return the jobs that a plan lacks once its base runs have ended and differ, else none."""
    base = [job for job in plan if job.end == BASE]
    if len(base) >= NOISY_BASE_RUNS or any(job.number not in outcomes for job in base):
        return ()
    runs = _good_runs(plan, outcomes)
    if not any(_spread(runs, name) for name in _COMPARED_METRICS):
        return ()
    missing = range(NOISY_BASE_RUNS - len(base))
    return tuple(replace(base[0], number=len(plan) + index) for index in missing)


def find_effects(
    base: Params,
    ranges: Mapping[str, Range],
    plan: Sequence[Variation],
    outcomes: Mapping[int, TrialOutcome],
) -> Sensitivity:
    """Return the effect of each parameter.

    With fewer than two completed base runs no parameter can be judged: all are "unknown".

    Args:
        base: The whole config that was varied.
        ranges: The parameters that were varied.
        plan: All jobs.
        outcomes: By number of the job; jobs without one, and interrupted ones, were not measured.
    """
    runs = _good_runs(plan, outcomes)
    means = {name: _mean(runs, name) for name in _COMPARED_METRICS}
    noise = {name: _spread(runs, name) for name in _COMPARED_METRICS}
    jobs = {(job.parameter, job.end): job.number for job in plan}

    def measured(name: str, end: str, value: ParamValue) -> End:
        if value == base[name]:
            return _end(value, means, means)
        outcome = outcomes.get(jobs[name, end])
        if outcome is None or outcome.reason == INTERRUPTED:
            return End(value, reason=NOT_MEASURED)
        if outcome.state != COMPLETE:
            return End(value, reason=outcome.reason, message=outcome.message)
        return _end(value, outcome.metrics, means)

    effects = []
    for name, bounds in ranges.items():
        low, high = (measured(name, *end) for end in _ends(bounds))
        effects.append(_effect(name, base[name], low, high, means, noise))
    repeat = max((job.repeat for job in plan), default=1)
    effects.sort(key=_rank)
    return Sensitivity(dict(base), means, noise, len(runs), repeat, tuple(effects))


def _good_runs(plan: Sequence[Variation], outcomes: Mapping[int, TrialOutcome]) -> list[Metrics]:
    """Return the metrics of the base runs that completed."""
    base = (outcomes.get(job.number) for job in plan if job.end == BASE)
    return [outcome.metrics for outcome in base if outcome and outcome.state == COMPLETE]


def _mean(runs: Sequence[Metrics], name: str) -> float | None:
    """Return the exact mean, rounded once: of equal numbers it is the number itself."""
    values = list(_values(runs, name))
    return statistics.mean(values) if values else None


def _spread(runs: Sequence[Metrics], name: str) -> float | None:
    values = list(_values(runs, name))
    if len(runs) < LEAST_BASE_RUNS or 0 < len(values) < LEAST_BASE_RUNS:
        return None
    return statistics.stdev(values) if values else 0.0


def _values(runs: Sequence[Metrics], name: str) -> Iterator[float]:
    return (value for run in runs if (value := run.get(name)) is not None)


def _end(value: ParamValue, metrics: Metrics, means: Metrics) -> End:
    differences: Metrics = {}
    for name, mean in means.items():
        metric = metrics.get(name)
        differences[name] = None if metric is None or mean is None else metric - mean
    return End(value, dict(metrics), differences)


def _effect(
    name: str, current: ParamValue, low: End, high: End, means: Metrics, noise: Metrics
) -> Effect:
    measured = [end for end in (low, high) if not end.reason]
    moving = tuple(
        metric
        for metric in _COMPARED_METRICS
        if any(_exceeds_noise(end, metric, means[metric], noise[metric]) for end in measured)
    )
    verdict = MOVES if moving else DEAD
    if len(measured) < 2 or (not moving and None in noise.values()):
        verdict = UNKNOWN
    return Effect(name, current, low, high, moving, verdict)


def _exceeds_noise(end: End, metric: str, mean: float | None, noise: float | None) -> bool:
    """Return whether a metric differs by more than noise, or has a value at one of the two only."""
    if noise is None:
        return False
    difference = end.differences[metric]
    if difference is None or mean is None:
        return (end.metrics.get(metric) is None) != (mean is None)
    return abs(difference) > max(SIGMAS * noise, _ROUNDING * abs(mean))


def _rank(effect: Effect) -> tuple[float, ...]:
    """Return what to sort by: the largest effect on accuracy first, those without one last."""
    sizes = (effect.effect(metric) for metric in METRICS)
    return tuple(1.0 if size is None else -size for size in sizes)


def freeze_dead(space: Space, result: Sensitivity, *, embedded: bool) -> Space:
    """Return the space without the dead parameters, which are held at the base config's values.

    So is whatever else makes the base differ from a plain run: a study of it varies this config.

    Args:
        space: The space whose parameters were varied.
        result: Their effects.
        embedded: Whether the backtest is the embedded one, whose defaults need not be named.

    Raises:
        ConfigError: Every parameter is dead, or a condition cannot hold any more.
    """
    dead = result.names(DEAD)
    ranges = {name: bounds for name, bounds in space.ranges.items() if name not in dead}
    if not set(space.names) - set(dead):
        raise ConfigError(
            f"freeze_dead: must leave a parameter to draw, got {len(dead)} of {len(space.names)} "
            "dead; pass more candles or another config"
        )
    fixed = {
        name: value
        for name, value in result.config.items()
        if name not in space.names
        and (name in space.fixed or not embedded or value != DEFAULTS[name])
    }
    fixed |= {name: result.config[name] for name in dead}
    details = {name: detail for name, detail in space.details.items() if name not in dead}
    return Space(ranges, fixed, details=details, constraints=space.constraints)
