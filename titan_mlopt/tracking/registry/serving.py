"""A served version: the embedded predictor's decisions on the candles of a request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from titan_mlopt.backtest.voting import Ballot, elect, mean_votes
from titan_mlopt.candles.candles import Candles, check_candles
from titan_mlopt.candles.formats import Table
from titan_mlopt.candles.frames import read_frame
from titan_mlopt.core.backtest_id import ENGINE_VERSION, IDENTITY, is_embedded
from titan_mlopt.core.bundle import MANIFEST_FILE, load_bundle
from titan_mlopt.core.ensemble import Ensemble
from titan_mlopt.core.errors import CandleError, TrackingError, short_repr
from titan_mlopt.core.parameters import Params
from titan_mlopt.tracking.registry.served_table import ANSWER, DOWN, FLAT, UP, example_candles

# Indexed by the engine's direction: 0, +1, and -1, which is the last.
_DIRECTIONS = np.array([FLAT, UP, DOWN], dtype=object)
_WHERE = "candles"


@dataclass(frozen=True, slots=True)
class ServedConfig:
    """A registered config with the seed of its study; with an ensemble its members vote instead."""

    config: Params
    seed: int
    ensemble: Ensemble | None = None

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the decision for each candle.

        The predictor learns from each candle, so a decision depends on all candles before it.

        Args:
            frame: Candles as in a candle file, oldest first, with the columns timestamp, open,
                high, low, close, volume; at least ``warm_up_bars(config) + 2`` rows, of
                an ensemble for each of its configs.

        Returns:
            One row per candle, with the index of ``frame``: p_up, float64 in (0, 1), and
            confidence, float64 in [.5, 1], both .5 without a decision; direction, "UP", "DOWN" or
            "FLAT", which it is before the first decision; traded, bool. p_up of an ensemble is 1/2
            and the mean vote.

        Raises:
            CandleError: The candles cannot be used.
        """
        table = read_frame(_WHERE, frame)
        _check_oldest_first(table)
        candles = check_candles(table)
        if self.ensemble is None:
            p_up, ballot = _decide(candles, self.config, self.seed)
        else:
            ballots = [_decide(candles, member, self.seed)[1] for member in self.ensemble.configs]
            p_up, ballot = 0.5 + mean_votes(ballots), elect(ballots, self.ensemble.threshold)
        columns = (p_up, ballot.confidence, _DIRECTIONS[ballot.direction], ballot.traded)
        return pd.DataFrame(dict(zip(ANSWER, columns, strict=True)), index=frame.index)


def _decide(candles: Candles, config: Params, seed: int) -> tuple[np.ndarray, Ballot]:
    """Return p(UP) and the decisions of one config on each candle."""
    # Here, as MLflow also runs this module to save a version, which needs no numba.
    from titan_mlopt.backtest.engine.predictor import Predictor

    predictor = Predictor(candles, config, seed)
    try:
        predictor.run()
    finally:
        predictor.close()
    decisions = predictor.decisions
    return decisions.p_up, Ballot(decisions.direction, decisions.confidence, decisions.traded)


def load_served(folder: Path) -> ServedConfig:
    """Read and verify a version's folder, and compile the predictor.

    Raises ``TrackingError`` when the config was changed, or was tuned on another predictor or
    another version of it.
    """
    bundle = load_bundle(folder)
    tuned_on = bundle.manifest.get("backtest") or {}
    if not is_embedded(tuned_on):
        raise TrackingError(
            f"{MANIFEST_FILE}: backtest must be {IDENTITY}, the predictor that is served, got "
            f"{short_repr(tuned_on.get('path'))}; a config tuned on another backtest is for that "
            "one alone: `titan-mlopt pull` or `apply` it"
        )
    if tuned_on.get("version", ENGINE_VERSION) != ENGINE_VERSION:
        raise TrackingError(
            f"{MANIFEST_FILE}: backtest must be version {ENGINE_VERSION}, which this titan_mlopt "
            f"is, got {short_repr(tuned_on['version'])}; load it in a process that has not "
            "imported another titan_mlopt, or tune again"
        )
    ensemble = bundle.ensemble
    served = ServedConfig(bundle.config, int(bundle.manifest.get("seed") or 0), ensemble)
    served.predict(example_candles(*((bundle.config,) if ensemble is None else ensemble.configs)))
    return served


def _check_oldest_first(table: Table) -> None:
    times = table.columns[0]
    wrong = np.flatnonzero(np.diff(times) <= 0)
    if len(wrong):
        late = int(wrong[0]) + 1
        before, got = (short_repr(table.cell(row, 0)) for row in (late - 1, late))
        raise CandleError(
            f"{_WHERE}: row {late + 1}: timestamp must be after row {late}'s {before}, got {got}; "
            "sort by timestamp, oldest first, and remove what is there twice"
        )
