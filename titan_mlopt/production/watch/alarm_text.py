"""What an alarm of a watch says, in a sentence."""

from __future__ import annotations

import math

from titan_mlopt.production.watch.promise import HOLDOUT, Promise
from titan_mlopt.production.watch.state import Alarm


def alarm_text(alarm: Alarm, promise: Promise) -> str:
    """Return which null hypothesis an alarm rejects, and by how much."""
    nulls = {
        "accuracy": f"accuracy is below {promise.least_accuracy:.2%}",
        "calibration": f"ECE is above {promise.most_ece or 0:.4f}",
        "coverage": (
            f"coverage is not within {promise.least_coverage or 0:.1%} to "
            f"{promise.most_coverage or 0:.1%}"
        ),
        "drawdown": "drawdown is deeper than luck makes it on the hold-out",
    }
    against = {HOLDOUT: "the gate's hold-out", "": "the coin"}.get(promise.source, promise.source)
    e_value = math.exp(min(alarm.log_e, 690.0))
    return (
        f"{nulls[alarm.test]}, against {against}: e-value {e_value:,.0f} at record "
        f"{alarm.record:,}, {promise.needed:g} are needed"
    )
