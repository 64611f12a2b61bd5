"""What a study's plots show, before they are drawn: values, importances, best so far, front."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial

from titan_mlopt.errors import StudyError
from titan_mlopt.report.importances import WHERE, param_importances
from titan_mlopt.report.luck import LuckLine
from titan_mlopt.report.snapshot import Snapshot, bare_trial, complete_trials

# COMPLETE trials that a plot needs to say anything, where not 2.
_NEEDS = {"optimization_history": 1, "pareto_front": 1}


@dataclass(frozen=True, slots=True)
class Aim:
    """One objective as its plots show it.

    importances: of the parameters that COMPLETE trials have, {} while unknown, and then problem
    says why. ranked: those parameters, the most important first. varied: those of them that take
    more than one value.
    """

    index: int
    name: str
    importances: Mapping[str, float]
    problem: str
    ranked: tuple[str, ...]
    varied: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlotInfo:
    """A study that stands still, and what is looked at in it; one aim an objective.

    luck: what luck alone shows, by the name of the aim, where it is known.
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
    """Return what the plots of a study need; the importances, the slow part, are found once.

    ``importances`` are those of the first objective when they are known already.
    """
    multi = len(study.directions) > 1
    names = objective_names or (("accuracy", "sharpe") if multi else ("objective value",))
    snapshot = Snapshot(study, [bare_trial(trial) for trial in study.get_trials(deepcopy=False)])
    given = (importances, None)
    aims = (_aim(snapshot, index, name, seed, given[index]) for index, name in enumerate(names))
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
    known = {name: share for name, share in (importances or {}).items() if name in used}
    ranked = tuple(sorted(used, key=lambda name: -known.get(name, 0.0)))
    varied = [name for name in ranked if len({trial.params.get(name) for trial in trials}) > 1]
    return Aim(index, name, known, problem, ranked, tuple(varied))


def problem_of(key: str, info: PlotInfo, aim: Aim | None = None) -> str:
    """Return why the plot of that name cannot be drawn yet, "" when it can."""
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
    """Number, value and best value so far of each COMPLETE trial, in order.

    luck: what it alone shows, None where that is not known. states: trials of each state.
    """

    numbers: list[int]
    values: list[float]
    best: list[float]
    luck: LuckLine | None
    states: dict[str, int]


def history_info(info: PlotInfo, aim: Aim) -> History:
    """Return the values of an objective as they came; both directions are maximised."""
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
    """The COMPLETE trials that have a parameter: its value and the objective's, oldest first.

    xs: of a choice its place among ``choices``, which are () for a number. log: the parameter is
    drawn on a log scale. best: place of the highest value.
    """

    name: str
    xs: list[float]
    ys: list[float]
    log: bool
    choices: tuple[str, ...]
    best: int


def slice_info(info: PlotInfo, aim: Aim, most: int, limit: int) -> list[Slice]:
    """Return the slices of the most important parameters, over at most ``limit`` trials."""
    trials = sampled(complete_trials(info.study), limit)
    having = {name: [t for t in trials if name in t.params] for name in aim.ranked[:most]}
    return [_slice(name, found, aim) for name, found in having.items() if found]


def _slice(name: str, trials: list[FrozenTrial], aim: Aim) -> Slice:
    space = trials[0].distributions[name]
    choices = space.choices if isinstance(space, CategoricalDistribution) else ()
    log = isinstance(space, FloatDistribution | IntDistribution) and space.log
    ys = [trial.values[aim.index] for trial in trials]
    return Slice(
        name=name,
        xs=[_place(trial.params[name], choices) for trial in trials],
        ys=ys,
        log=log,
        choices=tuple(map(str, choices)),
        best=ys.index(max(ys)),
    )


def _place(value: Any, choices: Sequence[Any]) -> float:
    return float(choices.index(value) if choices else value)


@dataclass(frozen=True, slots=True)
class Front:
    """``(first value, second value, number)`` of trials: on the Pareto front, and behind it.

    front: by the first value, the highest first, which is the best trial.
    """

    front: list[tuple[float, float, int]]
    behind: list[tuple[float, float, int]]


def front_info(info: PlotInfo) -> Front:
    """Return the COMPLETE trials of two objectives by whether another one dominates them."""
    trials = complete_trials(info.study)
    front = front_of(trials)
    on_it = {trial.number for trial in front}
    rows = [(*trial.values[:2], trial.number) for trial in trials if trial.number not in on_it]
    return Front([(*trial.values[:2], trial.number) for trial in front], rows)


def sampled(trials: list[FrozenTrial], limit: int) -> list[FrozenTrial]:
    """Return at most ``limit`` trials by number: the Pareto front, the others evenly spaced."""
    if len(trials) <= limit:
        return trials
    front = front_of(trials)[:limit]
    rest = [trial for trial in trials if trial.number not in {kept.number for kept in front}]
    room = limit - len(front)
    spaced = [rest[place * len(rest) // room] for place in range(room)]
    return sorted([*front, *spaced], key=lambda trial: trial.number)


def front_of(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Return the trials that are best in the first value, or better than those in the last one."""
    front: list[FrozenTrial] = []
    for trial in sorted(trials, key=lambda trial: [-value for value in trial.values]):
        if not front or trial.values[-1] > front[-1].values[-1]:
            front.append(trial)
    return front
