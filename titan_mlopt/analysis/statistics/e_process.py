"""E-values of a paired comparison that may be looked at after every bar."""

from __future__ import annotations

import numpy as np

#: Constant bets of the mixture. A lead of 2 points is bet on best by .04 to .08 and one of 5 by .1
#: to .2, depending on the rival; neighbours a factor of 2 apart lose little in between.
BETS = (0.04, 0.08, 0.16, 0.32)
# A logarithm below it is 0 but for the rounding of the sums.
_ROUNDING = 1e-9


def bar_scores(direction: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Return the score of each bar: 1 for a hit, 0 for a miss, ½ for FLAT.

    A bar whose close did not move scores ½ for everybody, so that it says nothing.

    Args:
        direction: Predicted, +1, −1 or 0 (FLAT), (n,).
        outcome: What happened, +1, −1 or 0 (did not move), (n,).
    """
    return np.asarray((1 + np.sign(direction * outcome, dtype=np.float64)) / 2)


def e_process(differences: np.ndarray) -> np.ndarray:
    """Return the logarithm of the e-value after each bar, that of a look then.

    E_t = Π_{s ≤ t} (1 + λ_s · d_s) with a bet λ_s in [0, 1) that depends on the bars before s
    alone. Under the null hypothesis E[d_t | past] <= 0 at every bar, E is a supermartingale that
    begins at 1, so the probability that it ever reaches 1/α is at most α (J. Ville, Étude critique
    de la notion de collectif, 1939): it may be looked at as often as one likes, and
    collecting may stop at any time. The bars need not be independent. The null hypothesis is about
    every bar: a candidate that is better at times and worse at others is not covered by it, even if
    it is no better on average.

    I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by betting, J. R.
    Stat. Soc. B 86 (2024) 1-27, whose hedged capital with constant bets this is: the mean of the
    products of ``BETS``, for which λ_s is the mean of the bets weighed by their products so far.
    Against small leads it is faster than their aGRAPA, which spends its first bars on
    finding the bet (``test_a_lead_is_found_sooner_than_by_a_bet_that_is_estimated``).

    Args:
        differences: d, score of the candidate less that of the rival, (n,), in [−1, 1]; or (n, k)
            for k comparisons at once.

    Returns:
        log E of the same shape; [] for no bars. Values depend on the bars so far alone, so a longer
        series begins with them.

    Raises:
        ValueError: A difference is not in [−1, 1].
    """
    return mixed_capital(log_capital(differences))


def log_capital(differences: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """Return the logarithm of the product of each bet of ``BETS`` after each bar.

    The sums are added in the order of the bars, so that a series which is read in parts gives the
    same numbers as the whole, to the bit.

    Args:
        differences: As of ``e_process``, (n,) or (n, k).
        before: The last row of the bars before, (bets,) or (bets, k); None at the beginning.

    Returns:
        (n, bets) or (n, bets, k).

    Raises:
        ValueError: A difference is not in [−1, 1].
    """
    d = np.asarray(differences, np.float64)
    if not (np.abs(d) <= 1).all():  # also NaN
        raise ValueError("e_process: differences must be in [-1, 1], got others")
    steps = np.stack([np.log1p(bet * d) for bet in BETS], axis=1)
    if before is not None and len(steps):
        steps[0] += before
    return np.cumsum(steps, axis=0)


def mixed_capital(log_products: np.ndarray) -> np.ndarray:
    """Return the logarithm of the mean product of the bets: log E.

    Args:
        log_products: As from ``log_capital``, (n, bets) or (n, bets, k).

    Returns:
        (n,) or (n, k).
    """
    products = np.moveaxis(log_products, 1, 0)
    log_e = np.full(products.shape[1:], -np.inf)
    for product in products:
        np.logaddexp(log_e, product, out=log_e)
    return np.asarray(log_e - np.log(len(BETS)))


def bars_to_go(log_e: float, n_bars: int, log_needed: float) -> float | None:
    """Return how many more bars log E takes to ``log_needed`` when it grows on as it did.

    Args:
        log_e: After ``n_bars`` >= 1 bars.
        n_bars: Number of bars so far.
        log_needed: Logarithm of the e-value that is needed.

    Returns:
        The bars, 0 when it is reached; None when it does not grow.
    """
    if log_e >= log_needed:
        return 0.0
    return None if log_e < _ROUNDING else (log_needed - log_e) * n_bars / log_e
