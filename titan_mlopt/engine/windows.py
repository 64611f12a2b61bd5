"""How far back the indicators look, without what computes them: a coordinator need not compile."""

from __future__ import annotations

from typing import NamedTuple

from titan_mlopt.params import Params

#: Bars over which the z-score of volatility is taken.
VOL_Z_BARS = 100


class Windows(NamedTuple):
    """Window lengths in bars."""

    fast: int
    slow: int
    rsi: int
    vol: int
    volume: int


def windows_of(config: Params) -> Windows:
    """Return the window lengths that ``config`` asks for."""
    return Windows(
        *(
            int(config[f"feature.{name}_window"])
            for name in ("fast", "slow", "rsi", "vol", "volume")
        )
    )


def warm_up_bars(config: Params) -> int:
    """Return the index of the first bar at which every indicator of ``config`` is ready."""
    windows = windows_of(config)
    return max(windows.slow - 1, windows.rsi, windows.volume - 1, windows.vol + VOL_Z_BARS - 1)
