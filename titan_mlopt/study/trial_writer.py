"""Running and ended trials written into a study, through Optuna's storage."""

from __future__ import annotations

from collections.abc import Sequence

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from titan_mlopt.errors import StudyError
from titan_mlopt.records import FAIL, INTERRUPTED, TrialOutcome
from titan_mlopt.study.storage import OUTCOME, stored_outcome


class TrialWriter:
    """Writes trials into the study through Optuna's storage, in few statements a trial.

    The coordinator samples and prunes on a study in memory: Optuna's own reads of running trials
    from a database cost more than all that is written.
    """

    def __init__(self, study: optuna.Study, backend: BaseStorage) -> None:
        self._storage = backend
        self._study_id = backend.get_study_id_from_name(study.study_name)
        self._ids: dict[int, int] = {}

    def begin(self, trial: FrozenTrial) -> None:
        """Store a running trial with its parameters; its number must be the next one."""
        trial_id = self._storage.create_new_trial(self._study_id, template_trial=trial)
        number = self._storage.get_trial_number_from_id(trial_id)
        if number != trial.number:
            gone = TrialOutcome(FAIL, INTERRUPTED, "another program writes to this study")
            self._end(trial_id, gone)
            raise StudyError(
                f"trial {trial.number}: must be the study's next, got {number}; another program "
                "writes to this study: stop it, then run again"
            )
        self._ids[trial.number] = trial_id

    def report(self, number: int, step: int, value: float) -> None:
        """Store a running trial's value after ``step`` predictions."""
        self._storage.set_trial_intermediate_value(self._ids[number], step, value)

    def end(
        self,
        number: int,
        outcome: TrialOutcome,
        values: Sequence[float] | None = None,
        *,
        violated: bool = False,
    ) -> None:
        """Store all that a trial produced, then its state: who sees it ended sees it whole."""
        trial_id = self._ids.pop(number, None)
        if trial_id is None:
            trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)
        self._end(trial_id, outcome, values, violated=violated)

    def _end(
        self,
        trial_id: int,
        outcome: TrialOutcome,
        values: Sequence[float] | None = None,
        *,
        violated: bool = False,
    ) -> None:
        content = stored_outcome(outcome, violated=violated)
        self._storage.set_trial_user_attr(trial_id, OUTCOME, content)
        self._storage.set_trial_state_values(trial_id, TrialState[outcome.state], values)
