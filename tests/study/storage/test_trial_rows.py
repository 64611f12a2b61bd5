"""Rows of trials go by the names of Optuna's columns, not by their places."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
import sqlalchemy as sa
from optuna.distributions import FloatDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from titan_mlopt.study.storage import fast_storage, trial_rows
from titan_mlopt.study.storage.fast_storage import LeanStorage

# The names of the tables in ``trial_rows``.
TABLES = ("PARAMS", "VALUES", "STEPS", "USER", "SYSTEM")


def turned(table: sa.Table) -> sa.Table:
    """Return the table of the same name with its columns in the opposite order."""
    columns = (
        sa.Column(c.name, c.type, primary_key=c.primary_key) for c in reversed(list(table.c))
    )
    return sa.Table(table.name, sa.MetaData(), *columns)


def written(folder: Path) -> list[FrozenTrial]:
    """Return the trials of a study with one of them, written and read by our rows alone."""
    storage = LeanStorage(f"sqlite:///{folder / 'titan.db'}")
    study = optuna.create_study(storage=storage, study_name="s", direction="maximize")
    trial = create_trial(
        state=TrialState.RUNNING,
        params={"a": 0.25, "b": 0.5},
        distributions={"a": FloatDistribution(0, 1), "b": FloatDistribution(0, 2)},
        user_attrs={"who": "us"},
        system_attrs={"what": 1},
        intermediate_values={10: 0.75},
    )
    trial_id, _ = trial_rows.insert_trial(storage.engine, study._study_id, trial)
    trial_rows.save_step(storage.engine, trial_id, 20, 0.5)
    with storage.engine.begin() as connection:
        trial_rows.end_trial(connection, trial_id, TrialState.COMPLETE, [0.625])
        condition = trial_rows.TRIALS.c.trial_id == trial_id
        return list(fast_storage._read(connection, condition))


@pytest.mark.parametrize("order", ["of this Optuna", "turned"])
def test_a_trial_is_written_and_read_whatever_order_the_columns_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    if order == "turned":
        for name in TABLES:
            monkeypatch.setattr(trial_rows, name, turned(getattr(trial_rows, name)))
        trial_rows._step_insert.cache_clear()
    (trial,) = written(tmp_path)
    trial_rows._step_insert.cache_clear()
    assert trial.params == {"a": 0.25, "b": 0.5}
    assert trial.intermediate_values == {10: 0.75, 20: 0.5}
    assert (trial.user_attrs, trial.system_attrs) == ({"who": "us"}, {"what": 1})
    assert trial.values == [0.625]
