"""Writing running and ended trials into the stored study."""

from __future__ import annotations

from collections.abc import Sequence

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial

from titan_mlopt.core.errors import StudyError
from titan_mlopt.core.trial import FAIL, INTERRUPTED, TrialOutcome
from titan_mlopt.study.storage.studies import stored_outcome
from titan_mlopt.study.storage.trial_attributes import save_end
from titan_mlopt.study.storage.trial_rows import insert_trial, save_step


class TrialWriter:
    """Writes trials into a stored study with few statements per trial.

    The coordinator samples and prunes on an in-memory study, because Optuna's reads of running
    trials from a database take longer than all writes.

    Args:
        study: The stored study.
        backend: Its storage.
    """

    def __init__(self, study: optuna.Study, backend: RDBStorage) -> None:
        self._storage = backend
        self._study_id = backend.get_study_id_from_name(study.study_name)
        self._ids: dict[int, int] = {}

    def begin(self, trial: FrozenTrial) -> None:
        """Store a running trial with its parameters.

        Raises:
            StudyError: Its number is not the study's next one: another program writes to the study.
        """
        trial_id, number = insert_trial(self._storage.engine, self._study_id, trial)
        self._ids[trial.number] = trial_id
        if number != trial.number:
            outcome = TrialOutcome(FAIL, INTERRUPTED, "another program writes to this study")
            self.end(trial.number, outcome)
            raise StudyError(
                f"trial {trial.number}: must be the study's next, got {number}; another program "
                "writes to this study: stop it, then run again"
            )

    def report(self, number: int, step: int, value: float) -> None:
        """Store a running trial's value after ``step`` predictions."""
        save_step(self._storage.engine, self._ids[number], step, value)

    def end(
        self,
        number: int,
        outcome: TrialOutcome,
        values: Sequence[float] | None = None,
        *,
        violated: bool = False,
    ) -> None:
        """Store the outcome of a trial and its state at once: an ended trial is always complete.

        Args:
            number: The trial's number.
            outcome: Its outcome.
            values: Its objective values; None unless COMPLETE.
            violated: Whether its ECE was above the constraint.
        """
        trial_id = self._ids.pop(number, None)
        if trial_id is None:
            trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)
        stored = stored_outcome(outcome, violated=violated)
        save_end(self._storage.engine, trial_id, stored, values)
