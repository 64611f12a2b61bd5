"""Small studies that tests of several rooms make and look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.tuning import TuneReport


@dataclass(frozen=True)
class Tuned:
    """A small finished study with its mirror: 8 trials on the first 1,500 sample candles."""

    folder: Path
    db: Path
    uri: str
    config: TunerConfig
    report: TuneReport


QUICK: dict[str, Any] = {"limit": 700, "tracking": False, "min_predictions": 50}


def quick(path: Path, **settings: Any) -> AutoTuner:
    """Return a tuner whose trials take a blink, on ``titan.db`` in the folder."""
    return AutoTuner(path / "titan.db", TunerConfig(**{**QUICK, **settings}))
