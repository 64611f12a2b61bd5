"""Window lengths of the predictor, apart from its code, which a coordinator need not compile."""

from __future__ import annotations

from typing import NamedTuple

from titan_mlopt.core.parameters import Params

#: Window of the z-score of volatility, in bars.
VOL_Z_BARS = 100
#: Past bars on which the classifier is trained at most. A growing window would double the time of a
#: backtest at 50,000 candles.
TRAINING_BARS = 5000


class Windows(NamedTuple):
    """Window lengths in bars."""

    fast: int
    slow: int
    rsi: int
    vol: int
    volume: int


def windows_of(config: Params) -> Windows:
    """Return the window lengths of a full config."""
    return Windows(
        *(
            int(config[f"feature.{name}_window"])
            for name in ("fast", "slow", "rsi", "vol", "volume")
        )
    )


def warm_up_bars(config: Params) -> int:
    """Return the index of the first bar at which all indicators of a full config are defined."""
    windows = windows_of(config)
    return max(windows.slow - 1, windows.rsi, windows.volume - 1, windows.vol + VOL_Z_BARS - 1)
