"""The data of a study's plots: history, importances, slices, Pareto front."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import accumulate
from typing import Any

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial

from titan_mlopt.analysis.importances import (
    EVALUATOR_NAMES,
    WHERE,
    ImportanceSpread,
    importance_spread,
    param_importances,
)
from titan_mlopt.analysis.luck import LuckLine
from titan_mlopt.analysis.optuna_view import Snapshot, bare_trial, complete_trials
from titan_mlopt.core.errors import StudyError

# COMPLETE trials that a plot needs, where it is not 2.
_NEEDS = {"optimization_history": 1, "pareto_front": 1}


@dataclass(frozen=True, slots=True)
class Aim:
    """One objective and its parameters, for plots.

    Attributes:
        index: Index of the objective.
        name: Name of the objective.
        importances: Importance of the COMPLETE trials' parameters, {} if unknown.
        problem: Why the importances are unknown, else "".
        ranked: The parameters, the most important first.
        varied: Those of them that take more than one value.
        spread: Returns how the importances differ over resamples of the trials; takes seconds.
        evaluator: What the importances are by, in words.
    """

    index: int
    name: str
    importances: Mapping[str, float]
    problem: str
    ranked: tuple[str, ...]
    varied: tuple[str, ...]
    spread: Callable[[], ImportanceSpread] = field(default=ImportanceSpread, compare=False)
    evaluator: str = EVALUATOR_NAMES["fanova"]


@dataclass(frozen=True, slots=True)
class PlotInfo:
    """The data of all plots of a study.

    Attributes:
        study: Snapshot of the study, without user attributes.
        aims: One for each objective.
        luck: What luck alone would give, by the name of the objective, where known.
    """

    study: Snapshot
    aims: tuple[Aim, ...]
    luck: Mapping[str, LuckLine]


def plot_info(
    study: optuna.Study,
    importances: Mapping[str, float] | None = None,
    *,
    objective_names: Sequence[str] | None = None,
    seed: int = 0,
    luck: Mapping[str, LuckLine] = {},
) -> PlotInfo:
    """Return the data of all plots of a study, computing the slow importances only once.

    Args:
        study: The study; its trials are read once.
        importances: Importances for the first objective, if they are known already.
        objective_names: Name of each objective; the tuner's by default.
        seed: Seed of the importances.
        luck: What luck alone would give, by the name of the objective.
    """
    multi = len(study.directions) > 1
    names = objective_names or (("accuracy", "sharpe") if multi else ("objective value",))
    snapshot = Snapshot(study, [bare_trial(trial) for trial in study.get_trials(deepcopy=False)])
    aims = (
        _aim(snapshot, index, name, seed, None if index else importances)
        for index, name in enumerate(names)
    )
    return PlotInfo(snapshot, tuple(aims), luck)


def _aim(
    study: Snapshot, index: int, name: str, seed: int, importances: Mapping[str, float] | None
) -> Aim:
    problem = ""
    if not importances:
        try:
            importances = param_importances(study, index, seed=seed)
        except StudyError as error:
            problem = str(error).partition(WHERE)[2]
    trials = complete_trials(study)
    used = dict.fromkeys(name for trial in trials for name in trial.params)
    shares = {name: share for name, share in (importances or {}).items() if name in used}
    ranked = tuple(sorted(used, key=lambda name: -shares.get(name, 0.0)))
    varied = [name for name in ranked if len({trial.params.get(name) for trial in trials}) > 1]
    spread: Callable[[], ImportanceSpread] = ImportanceSpread
    if shares:
        spread = cache(partial(importance_spread, study, index, seed=seed))
    return Aim(index, name, shares, problem, ranked, tuple(varied), spread)


def problem_of(key: str, info: PlotInfo, aim: Aim | None = None) -> str:
    """Return why a plot cannot be drawn, "" if it can.

    Args:
        key: Name of the plot, "slice" for instance.
        info: Data of the plots.
        aim: The objective, for a plot of one objective.
    """
    n = len(complete_trials(info.study))
    if key == "param_importances" and aim is not None and aim.problem:
        return aim.problem
    need = _NEEDS.get(key, 2)
    if n < need:
        return f"needs {need} complete {'trial' if need == 1 else 'trials'}, has {n}"
    if key == "slice" and aim is not None and not aim.ranked:
        return "needs a parameter, has none"
    if key == "contour" and aim is not None and len(aim.varied) < 2:
        return f"needs 2 parameters that vary, has {len(aim.varied)}"
    return ""


@dataclass(frozen=True, slots=True)
class History:
    """The history of one objective over the COMPLETE trials.

    Attributes:
        numbers: Number of each trial, increasing.
        values: Its value.
        best: The best value so far.
        luck: What luck alone would give, None if unknown.
        states: Number of trials in each state.
    """

    numbers: list[int]
    values: list[float]
    best: list[float]
    luck: LuckLine | None
    states: dict[str, int]


def history_info(info: PlotInfo, aim: Aim) -> History:
    """Return the history of an objective, which is maximised."""
    trials = complete_trials(info.study)
    values = [trial.values[aim.index] for trial in trials]
    return History(
        numbers=[trial.number for trial in trials],
        values=values,
        best=list(accumulate(values, max)),
        luck=info.luck.get(aim.name),
        states=dict(Counter(t.state.name for t in info.study.get_trials(deepcopy=False))),
    )


@dataclass(frozen=True, slots=True)
class Slice:
    """The objective over one parameter, for the COMPLETE trials that have it, oldest first.

    Attributes:
        name: Name of the parameter.
        xs: Its values; for a categorical one the index among ``choices``.
        ys: Values of the objective.
        log: Whether the parameter is sampled on a log scale.
        choices: Choices of a categorical parameter, else ().
        best: Index of the highest value of the objective.
    """

    name: str
    xs: list[float]
    ys: list[float]
    log: bool
    choices: tuple[str, ...]
    best: int


def slice_info(info: PlotInfo, aim: Aim, most: int, limit: int) -> list[Slice]:
    """Return the slices of the most important parameters.

    Args:
        info: Data of the plots.
        aim: The objective.
        most: Largest number of parameters.
        limit: Largest number of trials, chosen by ``sampled``.
    """
    trials = sampled(complete_trials(info.study), limit)
    having = {name: [t for t in trials if name in t.params] for name in aim.ranked[:most]}
    return [_slice(name, subset, aim) for name, subset in having.items() if subset]


def _slice(name: str, trials: list[FrozenTrial], aim: Aim) -> Slice:
    space = trials[0].distributions[name]
    choices = space.choices if isinstance(space, CategoricalDistribution) else ()
    log = isinstance(space, FloatDistribution | IntDistribution) and space.log
    ys = [trial.values[aim.index] for trial in trials]
    return Slice(
        name=name,
        xs=[_position(trial.params[name], choices) for trial in trials],
        ys=ys,
        log=log,
        choices=tuple(map(str, choices)),
        best=ys.index(max(ys)),
    )


def _position(value: Any, choices: Sequence[Any]) -> float:
    return float(choices.index(value) if choices else value)


@dataclass(frozen=True, slots=True)
class Front:
    """The Pareto front of two objectives; trials are ``(first value, second value, number)``.

    Attributes:
        front: Trials on the front, the highest first value first, which is the best trial.
        behind: The dominated trials.
    """

    front: list[tuple[float, float, int]]
    behind: list[tuple[float, float, int]]


def front_info(info: PlotInfo) -> Front:
    """Return the Pareto front of a study with two objectives, and the dominated trials."""
    trials = complete_trials(info.study)
    front = front_of(trials)
    on_it = {trial.number for trial in front}
    rows = [(*trial.values[:2], trial.number) for trial in trials if trial.number not in on_it]
    return Front([(*trial.values[:2], trial.number) for trial in front], rows)


def sampled(trials: list[FrozenTrial], limit: int) -> list[FrozenTrial]:
    """Return at most ``limit`` trials: the Pareto front, and others at even distances.

    Args:
        trials: COMPLETE trials, by number.
        limit: Largest number of trials; the front is cut to it, too.

    Returns:
        The trials, by number.
    """
    if len(trials) <= limit:
        return trials
    front = front_of(trials)[:limit]
    numbers = {trial.number for trial in front}
    dominated = [trial for trial in trials if trial.number not in numbers]
    room = limit - len(front)
    spaced = [dominated[index * len(dominated) // room] for index in range(room)]
    return sorted([*front, *spaced], key=lambda trial: trial.number)


def front_of(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Return the Pareto front, the highest first value first; the best trial for one objective."""
    front: list[FrozenTrial] = []
    for trial in sorted(trials, key=lambda trial: [-value for value in trial.values]):
        if not front or trial.values[-1] > front[-1].values[-1]:
            front.append(trial)
    return front
