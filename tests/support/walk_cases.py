"""A small study with a hold-out and segments, for the tests of both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord
from titan_mlopt.study.storage.studies import read_study

#: Without the classifier, for speed.
QUICK_SPACE = Space(fixed={"ml.enabled": False})
N_CANDLES = 2600
CANDLES = sample_candles().head(N_CANDLES)
#: 2,600 · .2 are sealed, two are out; 750 of the rest warm up, the last has no outcome.
N_SEALED, N_TUNED, N_SCORED = 520, 2078, 1327
WALK: dict[str, Any] = {
    **{"n_trials": 8, "seed": 3, "study_name": "walk", "tracking": False, "space": QUICK_SPACE},
    **{"holdout": 0.2, "segments": 4, "n_startup_trials": 2, "n_warmup_steps": 0},
}


@dataclass(frozen=True)
class Walked:
    """A study of 8 trials, some of them pruned, on a file of candles."""

    db: Path
    csv: Path
    study: StudyRecord

    def first(self, state: str) -> TrialRecord:
        return next(trial for trial in self.study.trials if trial.state == state)


def walk_study(folder: Path, source: Any, **changes: Any) -> StudyRecord:
    """Run such a study in ``folder`` and return it."""
    with AutoTuner(folder / "titan.db", TunerConfig(**{**WALK, **changes})) as tuner:
        tuner.optimize(source)
        return read_study(tuner.study)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    folder = tmp_path_factory.mktemp("walk")
    csv = folder / "candles.csv"
    save_candles(CANDLES, csv)
    return Walked(folder / "titan.db", csv, walk_study(folder, csv))
