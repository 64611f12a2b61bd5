"""Which records of an external backtest belong to the scored bars of a segment.

A record names no bar, but each bar has one and they come in order: so the last one belongs to the
last bar, and what comes before the scored ones is of the warm-up. That each bar has one shows in
what is missing: on every segment the same few bars at the start, the backtest's own warm-up.
"""

from __future__ import annotations

from dataclasses import dataclass

from titan_mlopt.backtest.predictions import PREDICTIONS_FILE
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.core.errors import BacktestError

# The record of the last candle, which has no outcome, is written by some and not by others.
_SLACK = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """One run: how many candles it was given, and the stats of all its records."""

    n_candles: int
    stats: BacktestStats

    @property
    def n_records(self) -> int:
        """Number of records, FLAT ones included."""
        return len(self.stats.direction)

    @property
    def missing(self) -> int:
        """Candles without a record."""
        return self.n_candles - self.n_records


def scored_part(run: Recorded, n_bars: int) -> BacktestStats:
    """Return the stats of the last ``n_bars`` bars; ``BacktestError`` when there are fewer."""
    if run.n_records < n_bars:
        raise BacktestError(
            f"backtest: must write a record for each bar into {PREDICTIONS_FILE}, and warm up on "
            f"at most {run.n_candles - n_bars - 1} candles, to be scored on segments, got "
            f"{run.n_records} records for {run.n_candles} candles; {_REMEDY}"
        )
    return run.stats.tail(n_bars)


def check_same_missing(first: Recorded, second: Recorded) -> None:
    """Raise ``BacktestError`` unless both lack the same number of records, plus or minus one."""
    if abs(first.missing - second.missing) > _SLACK:
        raise BacktestError(
            f"backtest: must write a record for each bar into {PREDICTIONS_FILE}, FLAT ones too, "
            f"to be scored on segments, got {first.n_records} records for {first.n_candles} "
            f"candles and {second.n_records} for {second.n_candles}; {_REMEDY}"
        )


_REMEDY = "write them all, or score it in one piece with --segments 1"
