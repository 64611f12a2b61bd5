"""A walk of three small steps without the classifier, for the tests of walks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from support.walk_cases import QUICK_SPACE
from titan_mlopt import TunerConfig
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.study import StopRequest
from titan_mlopt.core.trial import Checkpoint, TrialRecord
from titan_mlopt.evaluation.walk.records import WalkResult
from titan_mlopt.evaluation.walk.runs import WalkRuns
from titan_mlopt.evaluation.walk.study import WalkPlan, WalkReport, WalkStudy

HOUR_S = 3600
#: Windows of 20 hours, 1,200 candles, of which 240 are sealed; steps of 3 hours, 180 bars.
TRAIN_S, STEP_S = 20 * HOUR_S, 3 * HOUR_S
N_TRAIN, N_STEP = 1200, 180
PLAN = WalkPlan("gated", TRAIN_S, STEP_S)
CONFIG = TunerConfig(
    **{"n_trials": 3, "seed": 5, "tracking": False, "space": QUICK_SPACE, "holdout": 0.2},
    **{"cost_bps": 1.0, "n_warmup_steps": None, "min_predictions": 50},
)


def candles_of(steps: int) -> Candles:
    """Return candles with room for so many steps, the last outcome included."""
    return sample_candles().head(N_TRAIN + steps * N_STEP + 1)


@dataclass
class Heard:
    """Hears a walk; stops it after so many trials."""

    stop: StopRequest = field(default_factory=StopRequest)
    stop_after: int | None = None
    planned_as: tuple[int, int, int] | None = None
    n_walked: int = 0
    n_trials: int = 0
    notices: list[str] = field(default_factory=list)

    def planned(self, n_steps: int, n_walked: int, n_trials: int) -> None:
        self.planned_as = (n_steps, n_walked, n_trials)

    def walked(self, result: WalkResult) -> None:
        self.n_walked = len(result.steps)

    def trial_started(self, trial: TrialRecord) -> None:
        """Nothing."""

    def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None:
        """Nothing."""

    def trial_finished(self, trial: TrialRecord) -> None:
        self.n_trials += 1
        if self.n_trials == self.stop_after:
            self.stop.ask("a test")


def walk_of(
    db: Path,
    candles: Candles,
    heard: Heard | None = None,
    plan: WalkPlan = PLAN,
    runs: WalkRuns | None = None,
    **changes: Any,
) -> WalkReport:
    """Walk in a database, with other settings than ``CONFIG`` where they are named."""
    heard = heard or Heard()
    config = replace(CONFIG, **changes)
    study = WalkStudy(candles, config, plan, db, heard.stop, heard, heard.notices.append, runs)
    return study.run()
