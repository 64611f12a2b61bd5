"""How many resamples a level takes, and the p-value where no resample is as far out."""

from __future__ import annotations

import math

from scipy.special import stdtr

from titan_mlopt.analysis.statistics.bootstrap import Difference
from titan_mlopt.analysis.statistics.paired_tests import BLOCKS

#: Resamples of the gate: so many at least and at most, and so many times one over the level, as p
#: must be able to fall well below it.
GATE_RESAMPLES, MOST_RESAMPLES, _RESAMPLES_A_LEVEL = 4999, 19_999, 20


def resamples_for(level: float) -> int:
    """Return how many resamples a test at this level takes, from 4,999 to 19,999.

    20 / level, so that p-values well below the level can be told from those just below it; more
    than 19,999 would take minutes on a long hold-out (``bootstrap_tail``).
    """
    return min(MOST_RESAMPLES, max(GATE_RESAMPLES, math.ceil(_RESAMPLES_A_LEVEL / level)))


def bootstrap_tail(test: Difference) -> float:
    """Return the one-sided p-value of "a is not greater".

    That of the resamples as long as one of them is as far out as the observed difference. Beyond
    them it is the tail of Student's t with 7 degrees of freedom at difference / standard error, but
    no more than 1 / (1 + resamples), which the resamples show. This tail is far heavier than that
    of resampled rates, which is nearly normal, and it is that of the test by 8 blocks of time, so a
    candidate gains nothing from it that this test does not ask for as well.
    """
    if test.p_greater * (test.resamples + 1) > 1.5 or not test.standard_error > 0:
        return test.p_greater
    far = float(stdtr(BLOCKS - 1, -test.difference / test.standard_error))
    return min(test.p_greater, far)
