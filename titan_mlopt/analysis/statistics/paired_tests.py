"""Paired tests of two configs on the same bars, each against what luck alone would show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, gammaln, ndtr, stdtr

from titan_mlopt.analysis.statistics.bootstrap import sharpe_influence
from titan_mlopt.analysis.statistics.intervals import newey_west_lags, newey_west_variance

#: Blocks of ``block_means_test``.
BLOCKS = 8
# Simulations of the signs for configs that are FLAT on different bars.
_SIGN_DRAWS = 49_999


@dataclass(frozen=True, slots=True)
class PairedTest:
    """The result of a paired test.

    Attributes:
        statistic: Increases with a − b.
        p_greater: One-sided p-value of "a is not greater than b", in [0, 1].
        p_less: One-sided p-value of "a is not less than b"; the two sum to 1.
    """

    statistic: float
    p_greater: float
    p_less: float


def mcnemar_mid_p(better: int, worse: int) -> PairedTest:
    """Return McNemar's test with mid-p of two configs that both predict on the same bars.

    Given the number of bars on which only one is right, each is a fair coin if both are right
    equally often: P(X > better) + P(X = better) / 2 of X ~ Binomial(better + worse, 1/2) (M. W.
    Fagerland, S. Lydersen and P. Laake, The McNemar test for binary matched-pairs data: mid-p and
    asymptotic are better than exact conditional, BMC Medical Research Methodology 13 (2013) 91).

    Args:
        better: Bars on which only a is right.
        worse: Bars on which only b is right.

    Returns:
        The test, its statistic (better − worse) / √(better + worse); 0 without such bars, where
        both p are 1/2.

    Raises:
        ValueError: A negative number.
    """
    if better < 0 or worse < 0:
        raise ValueError(f"mcnemar_mid_p: must be >= 0, got {better=}, {worse=}")
    n = better + worse
    if n == 0:
        return PairedTest(0.0, 0.5, 0.5)
    log_point = gammaln(n + 1) - gammaln(better + 1) - gammaln(worse + 1) - n * math.log(2)
    point = math.exp(float(log_point))
    at_least = float(betainc(better, worse + 1, 0.5)) if better else 1.0
    greater = min(1.0, max(0.0, at_least - point / 2))
    return PairedTest((better - worse) / math.sqrt(n), greater, 1 - greater)


def mcnemar_with_flat(
    direction_a: np.ndarray,
    direction_b: np.ndarray | None,
    outcome: np.ndarray,
    rng: np.random.Generator,
) -> PairedTest | None:
    """Return McNemar's test of two accuracies when either config is FLAT on some bars.

    Bars whose outcome is 0 are left out: they are a miss for both sides. With n_a and n_b
    predictions left, the difference of the accuracies is Σ w · outcome with w = (a / n_a − b / n_b)
    / 2. When nothing can be predicted each outcome is a fair coin whatever the directions are, and
    the sum has the distribution that flipping the coins gives: its mid-p. Where both predict on the
    same bars, or against the coin, that is ``mcnemar_mid_p``, exactly; else it is drawn, 49,999
    times, and p is at least 1e-5.

    Args:
        direction_a: +1, −1 or 0 for each bar, (n,).
        direction_b: The same of the other config; None for a coin.
        outcome: Direction of the move, (n,).
        rng: Source of the coins.

    Returns:
        The test, its statistic the sum over √Σ w²; None when either makes no prediction on a bar
        that moved.
    """
    is_move = outcome != 0
    a = direction_a[is_move].astype(np.int64)
    b = np.zeros_like(a) if direction_b is None else direction_b[is_move].astype(np.int64)
    up = np.sign(outcome[is_move]).astype(np.int64)
    n_a, n_b = int(np.count_nonzero(a)), int(np.count_nonzero(b))
    if not n_a or (direction_b is not None and not n_b):
        return None
    if direction_b is None or np.array_equal(a != 0, b != 0):
        apart = a != b
        return mcnemar_mid_p(int((a * up > 0)[apart].sum()), int((a * up < 0)[apart].sum()))
    # Integers, so ties are exact.
    weight = a * n_b - b * n_a
    size, count = np.unique(np.abs(weight[weight != 0]), return_counts=True)
    if not len(size):
        return PairedTest(0.0, 0.5, 0.5)
    observed = int(weight @ up)
    heads = rng.binomial(count, 0.5, (_SIGN_DRAWS, len(count)))
    simulated = (2 * heads - count) @ size
    above = float((simulated > observed).sum()) + float((simulated == observed).sum()) / 2
    greater = (above + 0.5) / (_SIGN_DRAWS + 1)
    return PairedTest(observed / math.sqrt(float(weight @ weight)), greater, 1 - greater)


def block_means_test(
    hit_a: np.ndarray, scored_a: np.ndarray, hit_b: np.ndarray, scored_b: np.ndarray
) -> PairedTest | None:
    """Return the t-test that two accuracies differ, on their differences in 8 blocks of time.

    The bars are cut into 8 consecutive blocks of equal length, give or take one bar. The difference
    of the accuracies in each is one observation, and these are held against Student's t with 7
    degrees of freedom. Whatever the dependence of bars near each other, the blocks are nearly
    independent as long as it does not reach across most of a block, so the test keeps its level
    where hits come in long, weak regimes that the block length of a bootstrap misses (R. Ibragimov
    and U. K. Müller, t-statistic based correlation and heterogeneity robust inference, Journal of
    Business & Economic Statistics 28 (2010) 453-468; for levels up to .08, two-sided).

    Args:
        hit_a: What each bar scores for a, 0 to 1, (n,); 0 where it is not scored.
        scored_a: Whether the bar is scored for a, (n,).
        hit_b: The same of b.
        scored_b: The same of b.

    Returns:
        The test. A block without a scored bar of either is left out, with its degree of freedom.
        None when fewer than two are left. Where all differences are the same, the statistic is 0 or
        infinite.
    """
    with np.errstate(invalid="ignore"):  # 0 / 0 in a block without predictions
        by_block = _block_means(hit_a, scored_a) - _block_means(hit_b, scored_b)
    differences = by_block[np.isfinite(by_block)]
    n = len(differences)
    if n < 2:
        return None
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    if sd <= 1e-14:
        statistic = math.copysign(math.inf, mean) if abs(mean) > 1e-14 else 0.0
    else:
        statistic = mean / sd * math.sqrt(n)
    less = float(stdtr(n - 1, statistic))
    return PairedTest(statistic, 1 - less, less)


def _block_means(hit: np.ndarray, scored: np.ndarray) -> np.ndarray:
    pairs = zip(np.array_split(hit, BLOCKS), np.array_split(scored, BLOCKS), strict=True)
    sums = np.array([(float(h.sum()), float(s.sum())) for h, s in pairs])
    return np.asarray(sums[:, 0] / sums[:, 1])


def pesaran_timmermann(direction: np.ndarray, outcome: np.ndarray) -> PairedTest | None:
    """Return the test that directions are right more often than their shares alone explain.

    One that says UP on 60 % of the bars is right on more than half of those of a rising market
    without any timing: independent directions and outcomes agree on P* = p · q + (1 − p) · (1 − q),
    for the shares p and q of UP. The statistic is (P − P*) / √(V(P) − V(P*)), P the share of hits,
    against the normal distribution (M. H. Pesaran and A. Timmermann, A simple nonparametric test of
    predictive performance, Journal of Business & Economic Statistics 10 (1992) 461-465, eq. 6).

    Args:
        direction: +1, −1 or 0 for each bar, (n,).
        outcome: Direction of the move, (n,); bars on which either is 0 are left out.

    Returns:
        The test, or None when all directions or all outcomes that are left are the same: then
        timing cannot be told from exposure.
    """
    is_scored = (direction != 0) & (outcome != 0)
    said_up, up = direction[is_scored] > 0, outcome[is_scored] > 0
    n = len(said_up)
    if not n or said_up.all() or not said_up.any() or up.all() or not up.any():
        return None
    p, q = float(said_up.mean()), float(up.mean())
    by_chance = p * q + (1 - p) * (1 - q)
    # of the share of hits, less that of the share by chance
    variance = by_chance * (1 - by_chance) / n
    variance -= ((2 * q - 1) ** 2 * p * (1 - p) + (2 * p - 1) ** 2 * q * (1 - q)) / n
    variance -= 4 * p * (1 - p) * q * (1 - q) / n**2
    if variance <= 0.0:
        return None
    statistic = (float(np.mean(said_up == up)) - by_chance) / math.sqrt(variance)
    less = float(ndtr(statistic))
    return PairedTest(statistic, 1 - less, less)


def diebold_mariano(
    loss_a: np.ndarray, loss_b: np.ndarray, *, horizon: int = 1, lags: int | None = None
) -> PairedTest | None:
    """Return the test that the mean losses of two forecasts of the same bars differ.

    d̄ / √(Ω / n), Ω the long-run variance of d = loss_a − loss_b with Bartlett weights, times √((n
    + 1 − 2h + h · (h − 1) / n) / n), against Student's t with n − 1 degrees of freedom (F. X.
    Diebold and R. S. Mariano, Comparing predictive accuracy, Journal of Business & Economic
    Statistics 13 (1995) 253-263; D. Harvey, S. Leybourne and P. Newbold, Testing the equality of
    prediction mean squared errors, International Journal of Forecasting 13 (1997) 281-291).

    Args:
        loss_a: Loss of each bar, (n,), say the Brier score (p_up − happened)²; lower is better, so
            ``p_greater`` is the p-value of "a is not worse".
        loss_b: The same of the other forecast.
        horizon: Bars ahead, h >= 1.
        lags: Of the variance; None is ``newey_west_lags``, as losses of a regime come in runs.

    Returns:
        The test, or None for n < 2, or when all d are equal and so have no spread.

    Raises:
        ValueError: horizon < 1, or other shapes.
    """
    if horizon < 1:
        raise ValueError(f"diebold_mariano: horizon must be >= 1, got {horizon!r}")
    apart = np.asarray(loss_a, np.float64) - np.asarray(loss_b, np.float64)
    n = len(apart)
    if n < 2 or np.ptp(apart) <= 1e-14:
        return None
    mean = float(apart.mean())
    variance = newey_west_variance(apart - mean, newey_west_lags(n) if lags is None else lags)
    factor = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    if variance <= 0.0 or factor <= 0.0:
        return None
    statistic = mean / math.sqrt(variance / n) * math.sqrt(factor)
    less = float(stdtr(n - 1, statistic))
    return PairedTest(statistic, 1 - less, less)


def sharpe_difference_test(
    returns_a: np.ndarray, returns_b: np.ndarray | None = None
) -> PairedTest | None:
    """Return the probabilistic-Sharpe-ratio test of a difference on the same bars.

    (s_a − s_b) · √(n − 1) over the standard deviation (divisor n) of the difference of their
    influences, against the normal distribution: where b is a fixed ratio, ``1 − p_greater`` is the
    probabilistic Sharpe ratio of Bailey and López de Prado (2012); of two series it also counts the
    error of b and their correlation (J. D. Opdyke, Comparing Sharpe ratios: so where are the
    p-values?, Journal of Asset Management 8 (2007) 308-336). Ratios have ddof 1, and are 0 without
    any spread. Bars are taken as independent, which the bootstrap does not do.

    Args:
        returns_a: Of each bar, (n,).
        returns_b: Of the same bars; None for a ratio of 0.

    Returns:
        The test, or None for n < 2, or when the influences do not differ.
    """
    a = np.asarray(returns_a, np.float64)
    b = np.zeros_like(a) if returns_b is None else np.asarray(returns_b, np.float64)
    n = len(a)
    if n < 2:
        return None
    spread = float((sharpe_influence(a) - sharpe_influence(b)).std())
    if spread <= 1e-12:
        return None
    statistic = (_sharpe(a) - _sharpe(b)) * math.sqrt(n - 1) / spread
    less = float(ndtr(statistic))
    return PairedTest(statistic, 1 - less, less)


def _sharpe(returns: np.ndarray) -> float:
    sd = float(returns.std(ddof=1))
    spread = sd > 1e-14 * float(np.abs(returns).max(initial=0.0))
    return float(returns.mean()) / sd if spread else 0.0
