"""Plateau, not peak: the config whose neighbours are good too, and what it is sensitive to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: Of a config's neighbours, the share that may score below its ``floor``.
FLOOR_QUANTILE = 0.25


@dataclass(frozen=True, slots=True)
class Terrain:
    """How one config's score stands among those of its jittered neighbours.

    score: mean over the segments. floor: the lower quartile of its neighbours' mean scores. drop:
    score − their median. standard_error: of its score, from the segments; None for one segment.
    eligible: whether its score is within one standard error of the best one's.
    """

    score: float
    floor: float
    drop: float
    standard_error: float | None
    eligible: bool


@dataclass(frozen=True, slots=True)
class Plateau:
    """terrains: in the configs' order. best: index of the highest score; flattest: see there."""

    terrains: tuple[Terrain, ...]
    best: int
    flattest: int


@dataclass(frozen=True, slots=True)
class Stability:
    """What one parameter's jitter does to the score, the others held.

    loss: score lost when it is jittered by its full width, by least squares; negative is a gain.
    standard_error: of it; None when there are too few neighbours to tell.
    """

    parameter: str
    loss: float
    standard_error: float | None


def find_plateau(scores: np.ndarray, neighbours: np.ndarray) -> Plateau:
    """Return the flattest good config: the highest floor among those as good as the best.

    scores: (k, segments), k >= 1, of each config on each segment, higher is better. neighbours:
    (k, m, segments), m >= 1, of m jittered copies of each. As good as the best are those whose mean
    is at least the best mean less its standard error, sd / √segments (ddof 1), which is the rule of
    one standard error of L. Breiman, J. H. Friedman, R. A. Olshen and C. J. Stone, Classification
    and regression trees, 1984, § 3.4.3, for the simplest tree; with one segment only the best is.
    Among them the one with the highest lower quartile of its neighbours' means is the flattest;
    equals: the higher score, then the first. Raises ``ValueError`` for other shapes or values that
    are not finite.
    """
    own, around = np.asarray(scores, np.float64), np.asarray(neighbours, np.float64)
    fits = own.ndim == 2 and around.ndim == 3 and around.shape[::2] == own.shape
    if not fits or not own.size or not around.size:
        raise ValueError(
            "find_plateau: scores must be (k, segments) and neighbours (k, m, segments), got "
            f"{own.shape} and {around.shape}"
        )
    if not (np.isfinite(own).all() and np.isfinite(around).all()):
        raise ValueError("find_plateau: scores must be finite, got one that is not")
    segments = own.shape[1]
    means, around_means = own.mean(axis=1), around.mean(axis=2)
    errors = own.std(axis=1, ddof=1) / math.sqrt(segments) if segments > 1 else None
    floors = np.quantile(around_means, FLOOR_QUANTILE, axis=1)
    drops = means - np.median(around_means, axis=1)
    best = int(means.argmax())
    eligible = means >= means[best] - (errors[best] if errors is not None else 0.0)
    flattest = max(np.flatnonzero(eligible).tolist(), key=lambda i: (floors[i], means[i], -i))
    return Plateau(
        tuple(
            Terrain(
                float(means[i]),
                float(floors[i]),
                float(drops[i]),
                None if errors is None else float(errors[i]),
                bool(eligible[i]),
            )
            for i in range(len(own))
        ),
        best,
        flattest,
    )


def parameter_stability(
    names: tuple[str, ...], offsets: np.ndarray, score: float, neighbours: np.ndarray
) -> tuple[Stability, ...]:
    """Return how much of the score each parameter's jitter costs, the largest loss first.

    names: p of them. offsets: (m, p), how far each neighbour is from the config, in widths of the
    jitter, in [−1, 1], 0 where it is not moved. score: of the config; neighbours: (m,). Least
    squares of score − neighbour on |offset| without an intercept (at no offset nothing is lost),
    the smallest solution where m < p; with neighbours that each move one parameter it is the mean
    loss, extrapolated to the full width. Standard errors are those of ordinary least squares, with
    m − rank degrees of freedom. A parameter that no neighbour moves has the loss 0 and no error.
    Raises ``ValueError`` for other shapes.
    """
    moved = np.abs(np.asarray(offsets, np.float64))
    lost = score - np.asarray(neighbours, np.float64)
    if moved.shape != (len(lost), len(names)) or not moved.size:
        raise ValueError(
            f"parameter_stability: offsets must be ({len(lost)}, {len(names)}), got {moved.shape}"
        )
    losses, _, rank, _ = np.linalg.lstsq(moved, lost)
    freedom = len(lost) - int(rank)
    residual = lost - moved @ losses
    used = [bool(column.any()) for column in moved.T]
    errors: list[float | None] = [None] * len(names)
    if freedom > 0 and rank == sum(used):
        spread = float(residual @ residual) / freedom
        diagonal = np.diag(np.linalg.pinv(moved.T @ moved)).tolist()
        errors = [
            math.sqrt(max(0.0, spread * d)) if u else None
            for d, u in zip(diagonal, used, strict=True)
        ]
    found = [Stability(*row) for row in zip(names, losses.tolist(), errors, strict=True)]
    return tuple(sorted(found, key=lambda one: -one.loss))
