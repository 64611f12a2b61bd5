"""Whether a running trial goes on: Optuna's pruners, on one value for any objective."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import optuna
from optuna.trial import FrozenTrial, TrialState

from titan_mlopt.records import COMPLETE, Checkpoint
from titan_mlopt.report.snapshot import quiet_optuna

ValueOf = Callable[[Checkpoint], float]


class Judge:
    """Keeps the trials in memory as the pruner sees them: with one value, also of two objectives.

    value_of: what counts of a checkpoint. private: each trial is judged by those that were over
    when it began, whatever ends meanwhile; else by the running ones too, as in Optuna.
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
        """Add a trial of an earlier call, in the order in which the trials were first asked for."""
        trial = self._study.ask()
        for point in checkpoints:
            trial.report(self._value_of(point), point.step)
            if isinstance(self._pruner, optuna.pruners.HyperbandPruner):
                trial.should_prune()  # it marks the rung that the trial reached
        self._tell(trial, state, value)

    def begin(self, point: int) -> None:
        """Take in a trial that starts."""
        study = self._study
        if self._private:
            study = self._new_study(study.study_name)
            study.add_trials(self._study.get_trials(deepcopy=False))
        self._trials[point] = study.ask()

    def prunes(self, point: int, checkpoint: Checkpoint) -> tuple[float, bool]:
        """Return what the checkpoint is worth, and whether the trial is to stop there."""
        trial, value = self._trials[point], self._value_of(checkpoint)
        trial.report(value, checkpoint.step)
        return value, bool(trial.should_prune())

    def end(self, point: int, state: str, value: float | None) -> None:
        """Take note of how a trial ended; ``value`` is that of a COMPLETE one."""
        trial = self._trials.pop(point)
        self._tell(trial, state, value)
        if self._private:
            frozen: FrozenTrial = trial.study.get_trials(deepcopy=False)[trial.number]
            self._study.add_trial(frozen)

    def _tell(self, trial: optuna.Trial, state: str, value: float | None) -> None:
        values = value if state == COMPLETE else None
        trial.study.tell(trial, values, state=TrialState[state])
