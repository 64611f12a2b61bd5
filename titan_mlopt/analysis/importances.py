"""Importances of the parameters for an objective, and how far they depend on the trials."""

from __future__ import annotations

import importlib.util
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import optuna
from optuna.importance import BaseImportanceEvaluator, get_param_importances

from titan_mlopt.analysis.optuna_view import Snapshot, complete_trials, quiet_optuna
from titan_mlopt.core.errors import ConfigError, StudyError, short_repr

#: COMPLETE trials that are needed.
MIN_FOR_IMPORTANCES = 4
#: COMPLETE trials of which the spread is told: fewer say nothing, more take long.
MIN_FOR_SPREAD, MAX_FOR_SPREAD = 20, 1000
#: Bootstrap resamples of the trials. Of 1,000 trials one takes 0.4 s by fANOVA.
RESAMPLES = 10
# In so many of them the first parameter must come first for the ranks to be called stable.
_STABLE = 8
#: The evaluators, as tables and pictures name them.
EVALUATOR_NAMES = {
    "fanova": "fANOVA",
    "ped_anova": "PED-ANOVA",
    "shapley": "mean absolute Shapley values",
}
_Evaluator = Literal["fanova", "ped_anova", "shapley"]
#: Separates the name of the study from the problem in error messages.
WHERE = ": param importances: "


def param_importances(
    study: optuna.Study,
    objective_index: int = 0,
    evaluator: _Evaluator = "fanova",
    seed: int = 0,
) -> dict[str, float]:
    """Return the importance of each parameter.

    Args:
        study: The study.
        objective_index: Index of the objective.
        evaluator: fANOVA, PED-ANOVA, or mean absolute Shapley values, which need the extra "shap".
            fANOVA uses 16 trees of depth 8: at 1,000 trials that takes 0.5 s rather than 20, with
            the same leading parameters.
        seed: Seed of the evaluator.

    Returns:
        The parameters' shares, largest first, with a sum of 1.

    Raises:
        StudyError: Fewer than 4 trials are COMPLETE, their values are all equal, or no parameter
            varies in all of them.
        ConfigError: The evaluator is unknown, or shap is not installed.
    """
    build = _EVALUATORS.get(evaluator)
    if build is None:
        names = " or ".join(_EVALUATORS)
        raise ConfigError(f"importances: evaluator must be {names}, got {short_repr(evaluator)}")
    trials = complete_trials(study)
    where = f"study {study.study_name}{WHERE}"
    if len(trials) < MIN_FOR_IMPORTANCES:
        problem = f"needs {MIN_FOR_IMPORTANCES} complete trials, has {len(trials)}"
        raise StudyError(f"{where}{problem}; run more trials")
    if len({trial.values[objective_index] for trial in trials}) == 1:
        value = trials[0].values[objective_index]
        raise StudyError(
            f"{where}objective values must differ, got {value!r} in all {len(trials)} "
            "complete trials; check that the parameters reach the backtest"
        )
    with quiet_optuna():
        chosen = build(seed)
    return _shares(where, Snapshot(study, trials), objective_index, chosen)


@dataclass(frozen=True, slots=True)
class ImportanceSpread:
    """How the importances differ over bootstrap resamples of the COMPLETE trials.

    Attributes:
        resamples: Resamples that could be evaluated, 0 when there are none.
        low: Lowest share of each parameter over them; 0 where it does not vary.
        high: Highest share.
        remark: A sentence when the ranks are not stable or the spread is not told, else "".
    """

    resamples: int = 0
    low: Mapping[str, float] = field(default_factory=dict)
    high: Mapping[str, float] = field(default_factory=dict)
    remark: str = ""


def importance_spread(
    study: optuna.Study,
    objective_index: int = 0,
    evaluator: _Evaluator = "fanova",
    seed: int = 0,
) -> ImportanceSpread:
    """Return how the importances differ over ``RESAMPLES`` resamples; the same seed, the same ones.

    The arguments are those of ``param_importances``.
    """
    trials = complete_trials(study)
    if not MIN_FOR_SPREAD <= len(trials) <= MAX_FOR_SPREAD:
        return ImportanceSpread(
            remark=f"How stable the ranks are is told for {MIN_FOR_SPREAD} to {MAX_FOR_SPREAD:,} "
            f"complete trials; there {'is' if len(trials) == 1 else 'are'} {len(trials):,}."
        )
    rng, draws = np.random.default_rng(seed), list[dict[str, float]]()
    for _ in range(RESAMPLES):
        sample = [trials[index] for index in rng.integers(len(trials), size=len(trials))]
        try:
            resampled = Snapshot(study, sample)
            draws.append(param_importances(resampled, objective_index, evaluator, seed))
        except StudyError:  # a sample in which nothing varies
            continue
    names = {name for trial in trials for name in trial.params}
    shares = {name: [draw.get(name, 0.0) for draw in draws] for name in names}
    return ImportanceSpread(
        resamples=len(draws),
        low={name: min(values, default=0.0) for name, values in shares.items()},
        high={name: max(values, default=0.0) for name, values in shares.items()},
        remark=_rank_remark(draws),
    )


def _rank_remark(draws: list[dict[str, float]]) -> str:
    """Return that the ranks are not stable, "" when one parameter nearly always comes first."""
    first = Counter(next(iter(draw)) for draw in draws).most_common(2)
    if not first:
        return "How stable the ranks are is unknown: no resample of the trials can be evaluated."
    if first[0][1] * RESAMPLES >= _STABLE * len(draws):
        return ""
    (name, times), *further = first
    text = f"Ranks are not stable: over {len(draws)} resamples of the trials {name} comes first in "
    also = "".join(f" and {other} in {n}" for other, n in further)
    return f"{text}{times}{also}. More trials would tell."


def _shares(
    where: str, study: optuna.Study, index: int, evaluator: BaseImportanceEvaluator
) -> dict[str, float]:
    # PED-ANOVA minimises a given target.
    sign = -1.0 if isinstance(evaluator, optuna.importance.PedAnovaImportanceEvaluator) else 1.0
    try:
        with quiet_optuna():
            importances = get_param_importances(
                study, evaluator=evaluator, target=lambda trial: sign * trial.values[index]
            )
    except (RuntimeError, ValueError) as error:
        raise StudyError(f"{where}cannot be told, {error}; run more trials") from error
    total = math.fsum(importances.values())
    if not total > 0:
        raise StudyError(f"{where}a parameter must vary in all trials, got none; run more trials")
    return {name: float(value) / total for name, value in importances.items()}


def _shapley(seed: int) -> BaseImportanceEvaluator:
    from optuna_integration import ShapleyImportanceEvaluator

    if importlib.util.find_spec("shap") is None:
        raise ConfigError(
            "importances: shap must be installed for the evaluator shapley, got none; "
            "pip install 'titan-mlopt[shap]'"
        )
    evaluator: BaseImportanceEvaluator = ShapleyImportanceEvaluator(seed=seed)
    return evaluator


_EVALUATORS: dict[str, Callable[[int], BaseImportanceEvaluator]] = {
    "fanova": lambda seed: optuna.importance.FanovaImportanceEvaluator(
        n_trees=16, max_depth=8, seed=seed
    ),
    "ped_anova": lambda seed: optuna.importance.PedAnovaImportanceEvaluator(),
    "shapley": _shapley,
}
