"""A space of one parameter, as a file has it."""

from __future__ import annotations

from titan_mlopt.core.parameters import TUNABLE_PARAMS

SPACE = {
    "ranges": {name: list(TUNABLE_PARAMS[name]) for name in ("feature.fast_window",)},
    "fixed": {"ml.enabled": False},
}
