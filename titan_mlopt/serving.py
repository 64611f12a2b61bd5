"""What a served version answers: the embedded predictor's decisions on the candles it is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from titan_mlopt.backtest.identity import ENGINE_VERSION, IDENTITY, is_embedded
from titan_mlopt.bundle import MANIFEST_FILE, load_bundle
from titan_mlopt.candle_format import COLUMNS, Table
from titan_mlopt.candle_parquet import read_frame
from titan_mlopt.candles import check_candles
from titan_mlopt.engine.indicators import warm_up_bars
from titan_mlopt.engine.predictor import Predictor
from titan_mlopt.errors import CandleError, TrackingError, shown
from titan_mlopt.params import Params
from titan_mlopt.sample import sample_candles

if TYPE_CHECKING:
    import pandas as pd

#: The columns of an answer.
P_UP, CONFIDENCE, DIRECTION, TRADED = ANSWER = ("p_up", "confidence", "direction", "traded")
FLAT, UP, DOWN = "FLAT", "UP", "DOWN"
# By the engine's direction: 0, +1, and -1, which counts from the end.
_WORDS = np.array([FLAT, UP, DOWN], dtype=object)
_WHERE = "candles"
# Bars beyond the warm-up that an example has.
_DECIDED_BARS = 20


@dataclass(frozen=True, slots=True)
class ServedConfig:
    """A registered config with the seed that its study ran with; ``predict`` answers with it."""

    config: Params
    seed: int

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the decision of each candle, one row a candle, under the index of ``frame``.

        frame: candles as a candle file has them, oldest first, with the columns timestamp, open,
        high, low, close, volume; at least ``warm_up_bars(config) + 2`` rows. The predictor learns
        from each candle, so a decision depends on all that come before it.
        Answers with p_up, float64 in (0, 1), and confidence, float64 in [.5, 1], both .5 where
        nothing is said; direction, "UP", "DOWN" or "FLAT"; traded, bool. The bars before the first
        decision are FLAT. Raises ``CandleError`` for candles that cannot be used.
        """
        import pandas as pd

        table = read_frame(_WHERE, frame)
        _check_oldest_first(table)
        predictor = Predictor(check_candles(table), self.config, self.seed)
        try:
            predictor.run()
        finally:
            predictor.close()
        made = predictor.decisions
        columns = (made.p_up, made.confidence, _WORDS[made.direction], made.traded)
        return pd.DataFrame(dict(zip(ANSWER, columns, strict=True)), index=frame.index)


def load_served(folder: Path) -> ServedConfig:
    """Read a version's folder, verify it, and compile the predictor.

    Raises ``TrackingError`` when the config was changed, or was not tuned on the predictor that
    this code is.
    """
    bundle = load_bundle(folder)
    tuned_on = bundle.manifest.get("backtest") or {}
    if not is_embedded(tuned_on):
        raise TrackingError(
            f"{MANIFEST_FILE}: backtest must be {IDENTITY}, the predictor that is served, got "
            f"{shown(tuned_on.get('path'))}; a config tuned on another backtest is for that one "
            "alone: `titan-mlopt pull` or `apply` it"
        )
    if tuned_on.get("version", ENGINE_VERSION) != ENGINE_VERSION:
        raise TrackingError(
            f"{MANIFEST_FILE}: backtest must be version {ENGINE_VERSION}, which this titan_mlopt "
            f"is, got {shown(tuned_on['version'])}; load it in a process that has not imported "
            "another titan_mlopt, or tune again"
        )
    served = ServedConfig(bundle.config, int(bundle.manifest.get("seed") or 0))
    served.predict(example_candles(bundle.config))
    return served


def example_candles(config: Params) -> pd.DataFrame:
    """Return sample candles that are just enough for the first decisions of ``config``."""
    import pandas as pd

    candles = sample_candles(warm_up_bars(config) + _DECIDED_BARS)
    return pd.DataFrame(dict(zip(COLUMNS, candles.arrays, strict=True)))


def _check_oldest_first(table: Table) -> None:
    times = table.columns[0]
    wrong = np.flatnonzero(np.diff(times) <= 0)
    if len(wrong):
        here = int(wrong[0]) + 1
        before, got = (shown(table.cell(row, 0)) for row in (here - 1, here))
        raise CandleError(
            f"{_WHERE}: row {here + 1}: timestamp must be after row {here}'s {before}, got {got}; "
            "sort by timestamp, oldest first, and remove what is there twice"
        )
