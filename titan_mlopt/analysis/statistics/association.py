"""Which parameters go with an objective: p-values by permutation, corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: Permutations, which make 0.001 the lowest p-value.
N_PERMUTATIONS = 999
#: Consecutive trials of which values are exchanged.
BLOCK = 20


def association_p_values(
    positions: Sequence[FloatArray], values: FloatArray, seed: int
) -> tuple[list[float], list[float]]:
    """Return how often chance alone would tie values to each parameter as closely.

    The statistic of a parameter is the share of the variance of the values' ranks that a parabola
    in the parameter explains. Values are exchanged within ``BLOCK`` or more consecutive trials
    only: a search that learns samples better values in ever narrower regions of all parameters, and
    over the whole study each of them would seem to matter.

    The correction is the single-step max-T of P. H. Westfall and S. S. Young, Resampling-Based
    Multiple Testing (1993): each statistic is compared with the highest one of each permutation,
    standardised.

    Args:
        positions: For each parameter its value in each trial, on the scale on which it is sampled,
            in the order of the trials; NaN where it has none. Any unit.
        values: The objective in each trial, finite.
        seed: Seed of the permutations.

    Returns:
        The p-values of each parameter alone, and those corrected for all of them, from 0.001 to 1;
        1 for a parameter that does not vary.
    """
    shares = np.column_stack([_explained_shares(column, values, seed) for column in positions])
    spread = shares.std(axis=0)
    scores = (shares - shares.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    highest = scores.max(axis=1)
    tolerance = 1e-9  # sums in another order
    alone = (scores >= scores[0] - tolerance).mean(axis=0)
    corrected = [float((highest >= score - tolerance).mean()) for score in scores[0]]
    constant = spread == 0
    return (
        np.where(constant, 1.0, alone).tolist(),
        np.where(constant, 1.0, corrected).tolist(),
    )


def _explained_shares(position: FloatArray, values: FloatArray, seed: int) -> FloatArray:
    """Return the share of variance that is explained as observed, then in each permutation."""
    active = np.isfinite(position)
    x, ranks = position[active], _centred_ranks(values[active])
    degree = min(2, len(np.unique(x)) - 1)
    if degree < 1 or not ranks.any():
        return np.zeros(N_PERMUTATIONS + 1)
    x = (x - x.mean()) / x.std()
    basis, _ = np.linalg.qr(np.vander(x, degree + 1))
    draws = np.vstack([ranks, _permuted(ranks, np.random.default_rng(seed))])
    shares: FloatArray = ((draws @ basis) ** 2).sum(axis=1) / (ranks @ ranks)
    return shares


def _centred_ranks(values: FloatArray) -> FloatArray:
    """Return the ranks, equal values sharing theirs, less their mean."""
    _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    centred: FloatArray = ranks[index] - ranks[index].mean()
    return centred


def _permuted(ranks: FloatArray, rng: np.random.Generator) -> FloatArray:
    blocks = np.array_split(ranks, max(1, len(ranks) // BLOCK))
    return np.hstack(
        [rng.permuted(np.tile(block, (N_PERMUTATIONS, 1)), axis=1) for block in blocks]
    )
