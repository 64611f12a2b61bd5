"""Anytime-valid tests of a predictor in use: accuracy, calibration, coverage and drawdown.

Each returns the logarithm of an e-process: under its null hypothesis the probability that E ever
reaches 1/α is at most α, however often it is looked at (J. Ville, Étude critique de la notion de
collectif, 1939; A. Ramdas, P. Grünwald, V. Vovk and G. Shafer, Game-theoretic statistics and safe
anytime-valid inference, Statistical Science 38 (2023) 576-601). The state of each test is small and
goes from one part of the series to the next, and parts of any size give the same numbers to the
bit.
"""

from __future__ import annotations

import numpy as np

from titan_mlopt.analysis.statistics.e_process import BETS, log_capital

#: Bars whose coverage is one observation: filters that look at the market are FLAT for many bars in
#: a row, so that single bars say nothing about a share.
COVERAGE_BARS = 60


def first_capital() -> np.ndarray:
    """Return the logarithm of each bet's product before any bar, zeros of (bets,)."""
    return np.zeros(len(BETS))


def accuracy_capital(hit: np.ndarray, at_least: float, before: np.ndarray) -> np.ndarray:
    """Bet against "each prediction is a hit with probability >= ``at_least``, given the past".

    The difference of a prediction is ``at_least`` − hit, whose mean is <= 0 under the null
    hypothesis (I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by
    betting, J. R. Stat. Soc. B 86 (2024) 1-27).

    Args:
        hit: Whether each prediction came true, (n,).
        at_least: In [0, 1].
        before: State after the predictions before, ``first_capital`` or the last row returned.

    Returns:
        As ``log_capital``; its last row is the next state.
    """
    return log_capital(at_least - np.asarray(hit, np.float64), before)


def calibration_gaps(
    bins: np.ndarray, gap: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return confidence − hit of each prediction, signed as its bin was wrong so far.

    Args:
        bins: Index of each prediction's bin, (n,).
        gap: Confidence − hit, of the same shape.
        before: Σ gap of each bin so far, (bins,).

    Returns:
        w · gap with w = −1 where the bin's sum before the prediction is negative, else 1; and the
        sums after it.
    """
    sums, signed = np.array(before, np.float64), np.array(gap, np.float64)
    for number in range(len(sums)):
        mine = bins == number
        steps = np.where(mine, gap, 0.0)
        if not len(steps):
            break
        running = np.cumsum(np.concatenate([sums[number][None], steps]), axis=0)
        signed[mine & (running[:-1] < 0)] *= -1
        sums[number] = running[-1]
    return signed, sums


def calibration_capital(signed: np.ndarray, at_most: float, before: np.ndarray) -> np.ndarray:
    """Bet against "the ECE of each next prediction, given the past, is <= ``at_most``".

    ECE = Σ_b P(b) · |E[confidence − hit | b]| is the largest E[w(b) · (confidence − hit)] over
    weights w of the bins in [−1, 1]. So with weights that depend on earlier predictions alone, as
    those of ``calibration_gaps``, the mean of w · gap − ``at_most`` is <= 0 under the null
    hypothesis. It is divided by 1 + ``at_most`` to be in [−1, 1].

    Args:
        signed: From ``calibration_gaps``, (n,).
        at_most: Largest ECE of the null hypothesis, in [0, 1].
        before: As of ``accuracy_capital``.

    Returns:
        As ``log_capital``.
    """
    return log_capital((signed - at_most) / (1.0 + at_most), before)


def coverage_capital(
    shares: np.ndarray, bounds: tuple[float, float], before: np.ndarray
) -> np.ndarray:
    """Bet against "the mean share of each next block, given the past, is within ``bounds``".

    Half of the capital bets on a share below, half on one above; their mean is an e-process too.

    Args:
        shares: Predictions per bar of each whole block of ``COVERAGE_BARS``, (n,).
        bounds: Lowest and highest mean share of the null hypothesis, in [0, 1].
        before: State after the blocks before, (2 · bets,).

    Returns:
        (n, 2 · bets); its last row is the next state.
    """
    low, high = bounds
    below = log_capital(low - shares, before[: len(BETS)])
    above = log_capital(shares - high, before[len(BETS) :])
    return np.concatenate([below, above], axis=1)


def log_evidence(p_value: np.ndarray) -> np.ndarray:
    """Return log E of a p-value: (1 − p + p · ln p) / (p · (ln p)²), 1/2 at p = 1.

    The mixture over κ of κ · p^(κ − 1), whose mean is 1 for a uniform p (V. Vovk and R. Wang,
    E-values: calibration, combination and applications, Annals of Statistics 49 (2021) 1736-1754).

    Args:
        p_value: In (0, 1], any shape.
    """
    p = np.asarray(p_value, np.float64)
    log_p = np.log(p)
    near_1 = p > 0.999  # the difference would be rounding alone; the limit is 1/2
    safe = np.where(near_1, 0.5, p)
    log_safe = np.where(near_1, np.log(0.5), log_p)
    value = (1 - safe + safe * log_safe) / (safe * np.square(log_safe))
    return np.log(np.where(near_1, 0.5, value))


def drawdown_evidence(drawdown: np.ndarray, levels: np.ndarray, exceeded: np.ndarray) -> np.ndarray:
    """Bet against "the drawdown of a window of bars is as in the resamples of the hold-out".

    The p-value is the smallest level whose drawdown is exceeded. The drawdown of a window can only
    grow, and with it E, so that E may be looked at before the window has ended: it is no larger
    than at its end. Windows multiply.

    Args:
        drawdown: Largest one so far in each window, (n,).
        levels: Decreasing, the first one 1, (levels,).
        exceeded: Drawdown that a window exceeds with at most this probability, (levels,); the
            first one below 0.

    Returns:
        log E of each window, of the shape of ``drawdown``.
    """
    index = np.searchsorted(exceeded, drawdown, side="left") - 1
    return log_evidence(np.asarray(levels)[index])
