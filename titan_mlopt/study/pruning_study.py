"""Pruning of running trials by Optuna's pruners, on one value for any objective."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import optuna
from optuna.trial import FrozenTrial, TrialState

from titan_mlopt.analysis.optuna_view import quiet_optuna
from titan_mlopt.core.trial import COMPLETE, Checkpoint

ValueOf = Callable[[Checkpoint], float]


class PruningStudy:
    """An in-memory study for the pruner, in which each trial has a single value.

    Optuna's pruners do not support two objectives.

    Args:
        name: Name of the study; HyperbandPruner assigns brackets by it.
        pruner: Optuna's pruner.
        value_of: Returns the value of a checkpoint.
        private: Whether a trial is compared only with trials that had ended when it began, so that
            the decision does not depend on timing. Otherwise it is compared with running trials
            too, as in Optuna.
    """

    def __init__(
        self,
        name: str,
        pruner: optuna.pruners.BasePruner,
        value_of: ValueOf,
        *,
        private: bool = False,
    ) -> None:
        self._pruner, self._value_of, self._private = pruner, value_of, private
        self._study = self._new_study(name)
        self._trials: dict[int, optuna.Trial] = {}

    def _new_study(self, name: str) -> optuna.Study:
        with quiet_optuna():
            return optuna.create_study(
                study_name=name,
                direction="maximize",
                sampler=optuna.samplers.RandomSampler(),
                pruner=self._pruner,
            )

    def recall(self, checkpoints: Iterable[Checkpoint], state: str, value: float | None) -> None:
        """Add an ended trial of an earlier call; call it in the order of the points.

        Args:
            checkpoints: Its checkpoints in order.
            state: COMPLETE, PRUNED or FAIL.
            value: Final value of a COMPLETE trial.
        """
        trial = self._study.ask()
        for checkpoint in checkpoints:
            trial.report(self._value_of(checkpoint), checkpoint.step)
            if isinstance(self._pruner, optuna.pruners.HyperbandPruner):
                trial.should_prune()  # records the rung that the trial reached
        self._tell(trial, state, value)

    def begin(self, point: int) -> None:
        """Add a trial that starts."""
        study = self._study
        if self._private:
            study = self._new_study(study.study_name)
            study.add_trials(self._study.get_trials(deepcopy=False))
        self._trials[point] = study.ask()

    def prunes(self, point: int, checkpoint: Checkpoint) -> tuple[float, bool]:
        """Return the value of a checkpoint, and whether to prune the trial there."""
        trial, value = self._trials[point], self._value_of(checkpoint)
        trial.report(value, checkpoint.step)
        return value, bool(trial.should_prune())

    def end(self, point: int, state: str, value: float | None) -> None:
        """Record the end of a trial; ``value`` is the final value of a COMPLETE one."""
        trial = self._trials.pop(point)
        self._tell(trial, state, value)
        if self._private:
            frozen: FrozenTrial = trial.study.get_trials(deepcopy=False)[trial.number]
            self._study.add_trial(frozen)

    def _tell(self, trial: optuna.Trial, state: str, value: float | None) -> None:
        values = value if state == COMPLETE else None
        trial.study.tell(trial, values, state=TrialState[state])
