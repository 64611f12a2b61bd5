"""Neighbours of a config: every parameter moved a little, within its range."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from titan_mlopt.params import Params, Range

#: How far a parameter is moved at most, as a share of its range.
WIDTH = 0.1


def jitter_params(
    params: Params, ranges: Mapping[str, Range], rng: np.random.Generator, width: float = WIDTH
) -> tuple[Params, np.ndarray]:
    """Return a neighbour, and how far each parameter was moved in widths, (p,), in [−1, 1].

    Each is moved by a uniform draw from ± width · range, of a log parameter in logarithms, of a
    whole one by ± 1 at least, and stops at the ends of its range. The offsets are in the order of
    ``ranges`` and tell what was really done. Raises ``ValueError`` unless width is in (0, 1].
    """
    if not 0 < width <= 1:
        raise ValueError(f"jitter_params: width must be in (0, 1], got {width!r}")
    moved, offsets = dict(params), np.zeros(len(ranges))
    draws = rng.uniform(-1.0, 1.0, len(ranges))
    for place, (name, (low, high, kind)) in enumerate(ranges.items()):
        scale = math.log if kind == "log" else float
        old, reach = scale(params[name]), width * (scale(high) - scale(low))
        reach = max(1.0, reach) if kind == "int" else reach
        new = old + float(draws[place]) * reach
        if kind == "int":
            value: float = min(max(round(new), int(low)), int(high))
        else:
            value = min(max(math.exp(new) if kind == "log" else new, low), high)
        moved[name] = value
        offsets[place] = min(1.0, max(-1.0, (scale(value) - old) / reach))
    return moved, offsets
