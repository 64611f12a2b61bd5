"""Tables of a served version's requests and answers, without the predictor that computes them.

Code that only describes, saves or fetches a version need not compile the predictor.
"""

from __future__ import annotations

import pandas as pd

from titan_mlopt.backtest.engine.windows import warm_up_bars
from titan_mlopt.candles.formats import COLUMNS
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.parameters import Params

#: The columns of an answer.
P_UP, CONFIDENCE, DIRECTION, TRADED = ANSWER = ("p_up", "confidence", "direction", "traded")
#: Values of the column ``DIRECTION``.
FLAT, UP, DOWN = "FLAT", "UP", "DOWN"
# Bars of an example beyond the warm-up.
_DECIDED_BARS = 20


def example_candles(*configs: Params) -> pd.DataFrame:
    """Return sample candles that just suffice for the first decisions of each of ``configs``."""
    candles = sample_candles(max(map(warm_up_bars, configs)) + _DECIDED_BARS)
    return pd.DataFrame(dict(zip(COLUMNS, candles.arrays, strict=True)))
