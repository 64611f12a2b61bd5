"""What a trial costs the study's database, in statements: counted, not timed.

Requests a trial to MLflow are counted in test_remote_mirror.py, a trial's imports in
test_imports.py.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from support.studies import quick
from titan_mlopt import AutoTuner
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.trial import (
    COMPLETE,
    LAZY_FIELDS,
    PLOT_FIELDS,
    Checkpoint,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.study.storage import lock
from titan_mlopt.study.storage.studies import OUTCOME, read_study, stored_outcome

N_TRIALS = 31
#: A checkpoint is one row, written where the trial runs.
CHECKPOINT = 1
#: A trial beside its checkpoints. It begins with a lock of the study, its row, those of its
#: parameters and of its attributes, and its number; it ends with a look at it, the rows of its
#: outcome and of its values, and its state.
TRIAL = 5 + 4


@dataclass
class Statements:
    """A listener that notes how many statements there were by each checkpoint and each end."""

    n: int = 0
    by_checkpoint: dict[int, list[int]] = field(default_factory=dict)
    by_end: list[int] = field(default_factory=list)

    def watch(self, tuner: AutoTuner) -> None:
        tuner.add_listener(self)
        sa.event.listen(tuner._storage.engine, "before_cursor_execute", self.hear)

    def hear(self, _: Any, cursor: Any, statement: str, *more: Any) -> None:
        self.n += lock.TABLE not in statement  # that is renewed by the clock

    def trial_started(self, trial: TrialRecord) -> None: ...

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        self.by_checkpoint.setdefault(number, []).append(self.n)

    def trial_finished(self, trial: TrialRecord) -> None:
        self.by_end.append(self.n)

    def beside_checkpoints(self, number: int) -> int:
        """Return the statements from the end of the trial before to the end of this one."""
        whole = self.by_end[number] - self.by_end[number - 1]
        return whole - CHECKPOINT * len(self.by_checkpoint[number])


@dataclass(frozen=True)
class Counted:
    """A study that ran with one job, of which no trial was pruned, and its statements."""

    db: Path
    trials: tuple[TrialRecord, ...]
    statements: Statements


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    statements = Statements()
    space = Space(dict(TUNABLE_PARAMS), {"ml.enabled": False})
    settings = {"n_trials": N_TRIALS, "n_startup_trials": N_TRIALS, "space": space}
    with quick(tmp_path_factory.mktemp("counted"), backup=False, **settings) as tuner:
        statements.watch(tuner)
        tuner.optimize("sample")
        trials = read_study(tuner.study).trials
    assert [trial.state for trial in trials] == [COMPLETE] * N_TRIALS
    return Counted(tuner.db_path, trials, statements)


def test_a_trial_costs_nine_statements_however_many_parameters_it_has(counted: Counted) -> None:
    assert len(counted.trials[5].params) == len(TUNABLE_PARAMS) == 21
    assert {counted.statements.beside_checkpoints(n) for n in range(1, N_TRIALS)} == {TRIAL}


def test_a_checkpoint_costs_a_statement(counted: Counted) -> None:
    points = counted.statements.by_checkpoint[5]
    assert len(points) >= 10
    assert {after - before for before, after in pairwise(points)} == {CHECKPOINT}


def test_a_later_trial_costs_no_more_statements_than_an_early_one(counted: Counted) -> None:
    of_trial = counted.statements.beside_checkpoints
    assert of_trial(N_TRIALS - 1) == of_trial(5)


def test_an_outcome_is_stored_as_the_json_of_all_its_fields(counted: Counted) -> None:
    """What only its picture needs is text of JSON in it."""
    stored = "SELECT value_json FROM trial_user_attributes WHERE key = ? ORDER BY trial_id"
    with closing(sqlite3.connect(counted.db)) as connection:
        found = [json.loads(text) for (text,) in connection.execute(stored, (OUTCOME,))]
    for attribute, trial in zip(found, counted.trials, strict=True):
        assert trial.outcome is not None
        drawn = {name: json.loads(attribute[name]) for name in PLOT_FIELDS}
        assert drawn["curve"]
        rows = {name: [list(row) for row in getattr(trial.outcome, name)] for name in LAZY_FIELDS}
        fields = json.loads(json.dumps({**asdict(trial.outcome), **rows}))
        assert {**attribute, **drawn} == {**fields, "violated": trial.violated}


def test_an_outcome_whose_rows_are_lists_is_read_too(counted: Counted) -> None:
    outcome = counted.trials[0].outcome
    assert outcome is not None
    whole = json.loads(outcome.to_json())
    assert [type(whole[name]) for name in LAZY_FIELDS] == [list] * 4
    assert TrialOutcome.from_plain(whole) == outcome
    assert outcome == TrialOutcome.from_plain(stored_outcome(outcome, violated=False))
