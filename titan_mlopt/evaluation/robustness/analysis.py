"""Robustness of configs: perturbed neighbours, their scores, and the parameters that matter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from titan_mlopt.core.findings import ParameterSensitivity
from titan_mlopt.core.parameters import Params, Range

#: The largest perturbation of a parameter, as a share of its range.
WIDTH = 0.1
#: Of a config's neighbours, the share that may score below its ``floor``.
FLOOR_QUANTILE = 0.25


@dataclass(frozen=True, slots=True)
class NeighbourhoodScore:
    """How one config's score stands among those of its perturbed neighbours.

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
class Robustness:
    """How robust configs are, by ``find_flattest``.

    scores: in the configs' order. best: index of the highest score. flattest: index of the config
    with the best neighbours among those that are as good as the best.
    """

    scores: tuple[NeighbourhoodScore, ...]
    best: int
    flattest: int


def find_flattest(scores: np.ndarray, neighbours: np.ndarray) -> Robustness:
    """Return the flattest good config: the highest floor among those as good as the best.

    As good as the best are those whose mean is at least the best mean less its standard error,
    sd / √segments (ddof 1): the rule of one standard error of L. Breiman, J. H. Friedman, R. A.
    Olshen and C. J. Stone, Classification and regression trees, 1984, § 3.4.3, for the simplest
    tree. With one segment only the best itself qualifies. The flattest of them has the highest
    lower quartile of its neighbours' means; ties go to the higher score, then to the first.

    Args:
        scores: (k, segments), k >= 1, of each config on each segment; higher is better.
        neighbours: (k, m, segments), m >= 1, of m perturbed copies of each config.

    Raises:
        ValueError: The shapes differ from these, or a value is not finite.
    """
    scores, around = np.asarray(scores, np.float64), np.asarray(neighbours, np.float64)
    fits = scores.ndim == 2 and around.ndim == 3 and around.shape[::2] == scores.shape
    if not fits or not scores.size or not around.size:
        raise ValueError(
            "find_flattest: scores must be (k, segments) and neighbours (k, m, segments), got "
            f"{scores.shape} and {around.shape}"
        )
    if not (np.isfinite(scores).all() and np.isfinite(around).all()):
        raise ValueError("find_flattest: scores must be finite, got one that is not")
    segments = scores.shape[1]
    means, around_means = scores.mean(axis=1), around.mean(axis=2)
    errors = scores.std(axis=1, ddof=1) / math.sqrt(segments) if segments > 1 else None
    floors = np.quantile(around_means, FLOOR_QUANTILE, axis=1)
    drops = means - np.median(around_means, axis=1)
    best = int(means.argmax())
    eligible = means >= means[best] - (errors[best] if errors is not None else 0.0)
    flattest = max(np.flatnonzero(eligible).tolist(), key=lambda i: (floors[i], means[i], -i))
    return Robustness(
        tuple(
            NeighbourhoodScore(
                float(means[i]),
                float(floors[i]),
                float(drops[i]),
                None if errors is None else float(errors[i]),
                bool(eligible[i]),
            )
            for i in range(len(scores))
        ),
        best,
        flattest,
    )


def perturb_params(
    params: Params, ranges: Mapping[str, Range], rng: np.random.Generator, width: float = WIDTH
) -> tuple[Params, np.ndarray]:
    """Return a neighbour of a config, and how far each parameter was perturbed.

    Each parameter is perturbed by a uniform draw from ± width · range: a log parameter in
    logarithms, an integer by ± 1 at least. It is clipped to its range.

    Args:
        params: The config.
        ranges: The p parameters to perturb; one that the config leaves out stays out.
        rng: Draws p numbers.
        width: The largest perturbation as a share of the range, in (0, 1].

    Returns:
        The neighbour, and its offsets after clipping, (p,), in widths, in [−1, 1], in the order of
        ``ranges``.

    Raises:
        ValueError: The width is not in (0, 1].
    """
    if not 0 < width <= 1:
        raise ValueError(f"perturb_params: width must be in (0, 1], got {width!r}")
    neighbour, offsets = dict(params), np.zeros(len(ranges))
    draws = rng.uniform(-1.0, 1.0, len(ranges))
    for index, (name, (low, high, kind)) in enumerate(ranges.items()):
        if name not in params:
            continue
        scale = math.log if kind == "log" else float
        old, reach = scale(float(params[name])), width * (scale(high) - scale(low))
        reach = max(1.0, reach) if kind == "int" else reach
        new = old + float(draws[index]) * reach
        if kind == "int":
            value: float = min(max(round(new), int(low)), int(high))
        else:
            value = min(max(math.exp(new) if kind == "log" else new, low), high)
        neighbour[name] = value
        offsets[index] = min(1.0, max(-1.0, (scale(value) - old) / reach))
    return neighbour, offsets


def parameter_sensitivities(
    names: tuple[str, ...], offsets: np.ndarray, score: float, neighbours: np.ndarray
) -> tuple[ParameterSensitivity, ...]:
    """Return how much score the perturbation of each parameter costs, the largest loss first.

    Least squares of score − neighbour on |offset| without an intercept (at no offset nothing is
    lost), the smallest solution where m < p. With neighbours that each perturb one parameter it is
    the mean loss, extrapolated to the full width. Standard errors are those of ordinary least
    squares, with m − rank degrees of freedom.

    Args:
        names: The p parameters.
        offsets: (m, p), how far each neighbour is from the config, in widths, in [−1, 1]; a
            parameter with zeros only has the loss 0 and no error.
        score: Of the config.
        neighbours: Scores, (m,).

    Raises:
        ValueError: The shapes differ from these.
    """
    distances = np.abs(np.asarray(offsets, np.float64))
    lost = score - np.asarray(neighbours, np.float64)
    if distances.shape != (len(lost), len(names)) or not distances.size:
        raise ValueError(
            f"parameter_sensitivities: offsets must be ({len(lost)}, {len(names)}), got "
            f"{distances.shape}"
        )
    losses, _, rank, _ = np.linalg.lstsq(distances, lost)
    freedom = len(lost) - int(rank)
    residual = lost - distances @ losses
    used = [bool(column.any()) for column in distances.T]
    errors: list[float | None] = [None] * len(names)
    if freedom > 0 and rank == sum(used):
        spread = float(residual @ residual) / freedom
        diagonal = np.diag(np.linalg.pinv(distances.T @ distances)).tolist()
        errors = [
            math.sqrt(max(0.0, spread * d)) if u else None
            for d, u in zip(diagonal, used, strict=True)
        ]
    effects = [
        ParameterSensitivity(*row) for row in zip(names, losses.tolist(), errors, strict=True)
    ]
    return tuple(sorted(effects, key=lambda effect: -effect.loss))
