"""Places for studies, and a study with a trial of every kind, for the tests of storages."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.trial import TrialState, create_trial

from support.postgres_cases import new_database, postgres
from support.studies import QUICK
from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.core.storage_url import StorageUrl, parse_storage
from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, Checkpoint, TrialOutcome
from titan_mlopt.study.identity import pin_identity
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import (
    OBJECTIVE,
    open_study,
)
from titan_mlopt.study.trial_writer import TrialWriter

# A fixture that `place` asks for.
__all__ = ["new_database", "postgres"]

SPACE = {
    "x": FloatDistribution(1e-5, 1.0, log=True),
    "n": IntDistribution(0, 10**6),
    "kind": CategoricalDistribution(["a", "b", 3, None]),
}
POINT = Checkpoint(100, 120, 0.5123456789012345, 0.1, None)
WORDS = "100 % 'quoted' \"twice\" \\u0000 \x00 \ud7ff ünïcødé\n\t; DROP TABLE trials"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> StorageUrl:
    """A place where nothing is yet."""
    if request.param == "sqlite":
        return tmp_path / "titan.db"
    return parse_storage(request.getfixturevalue("new_database")())


@pytest.fixture
def storage(place: StorageUrl) -> Iterator[RDBStorage]:
    storage = open_storage(place)
    yield storage
    storage.remove_session()
    storage.engine.dispose()


def quick_in(place: StorageUrl, **settings: Any) -> AutoTuner:
    return AutoTuner(place, TunerConfig(**{**QUICK, **settings}))


def fill(storage: RDBStorage, name: str = "study") -> optuna.Study:
    """Make a study with a trial of every kind that there can be."""
    study = open_study(storage, name, ("maximize", "maximize"))
    pin_identity(study, {OBJECTIVE: "multi", "titan_mlopt.candles": {"name": "ünï", "sha256": "0"}})
    writer = TrialWriter(study, storage)
    outcomes = [
        TrialOutcome(COMPLETE, metrics={"accuracy": 0.1 + 0.2, "ece": None}, checkpoints=(POINT,)),
        TrialOutcome(FAIL, "exception", WORDS, WORDS, WORDS, {"sharpe": -1.5}),
        TrialOutcome(PRUNED, "pruner", curve=((1, 1e-300, 1e300),) * 200),
    ]
    for number, outcome in enumerate(outcomes):
        params = {"x": 0.1 + 0.2 * number, "n": number, "kind": ["a", 3, None][number]}
        running = create_trial(state=TrialState.RUNNING, params=params, distributions=SPACE)
        running.number = number
        running.set_user_attr("point", number)
        writer.begin(running)
        for step, value in ((1, 1 / 3), (2, math.inf), (3, -math.inf), (10**9, math.nan)):
            writer.report(number, step, value)
        values = (math.inf, -1e-17) if outcome.state == COMPLETE else None
        writer.end(number, outcome, values)
    left = create_trial(state=TrialState.RUNNING)
    left.number = 3
    writer.begin(left)
    return study
