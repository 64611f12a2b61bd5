"""Our statistics against arch and statsmodels, where these have the same formula."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import binom

from titan_mlopt.analysis.statistics.bootstrap import (
    autocovariances,
    optimal_block_length,
    resampled_sums,
)
from titan_mlopt.analysis.statistics.intervals import (
    newey_west_lags,
    newey_west_variance,
    wilson_interval,
)
from titan_mlopt.analysis.statistics.paired_tests import (
    BLOCKS,
    block_means_test,
    diebold_mariano,
    mcnemar_mid_p,
)
from titan_mlopt.analysis.statistics.sample_size import visible_errors

# Imported when a test runs: the imports take seconds, which collecting need not wait for.
NOT_THERE = "arch and statsmodels come with the extra test"
COUNTS = [(0, 9), (3, 11), (12, 12), (31, 15), (400, 460)]


@pytest.fixture(scope="module")
def arch() -> ModuleType:
    return pytest.importorskip("arch.bootstrap", reason=NOT_THERE)


@pytest.fixture(scope="module")
def regression() -> ModuleType:
    return pytest.importorskip("statsmodels.regression.linear_model", reason=NOT_THERE)


def autoregression(n: int, phi: float, seed: int) -> np.ndarray:
    shocks = np.random.default_rng(seed).standard_normal(n + 200)
    values = np.zeros(n + 200)
    for t in range(1, n + 200):
        values[t] = phi * values[t - 1] + shocks[t]
    return values[-n:]


@pytest.mark.parametrize(("hits", "misses"), COUNTS)
def test_wilson_s_interval_is_that_of_statsmodels(hits: int, misses: int) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion", reason=NOT_THERE)
    theirs = proportion.proportion_confint(hits, hits + misses, alpha=0.05, method="wilson")
    assert wilson_interval(hits, hits + misses) == pytest.approx(theirs, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("better", "worse"), COUNTS)
def test_mcnemar_s_test_is_that_of_statsmodels_but_for_half_of_what_was_seen(
    better: int, worse: int
) -> None:
    tables = pytest.importorskip("statsmodels.stats.contingency_tables", reason=NOT_THERE)
    ours, table = mcnemar_mid_p(better, worse), [[700, better], [worse, 600]]
    # The exact test doubles the tail of the rarer side with all of the point, a mid-p has half.
    point = float(binom.pmf(better, better + worse, 0.5))
    doubled = 2 * (min(ours.p_greater, ours.p_less) + point / 2)
    assert min(1.0, doubled) == pytest.approx(tables.mcnemar(table, exact=True).pvalue, rel=1e-9)
    asymptotic = tables.mcnemar(table, exact=False, correction=False)
    assert ours.statistic**2 == pytest.approx(asymptotic.statistic, rel=1e-12)


@pytest.mark.parametrize("lags", [0, 1, 7, 40])
def test_the_long_run_variance_is_the_hac_variance_of_statsmodels(
    regression: ModuleType, lags: int
) -> None:
    values = autoregression(300, 0.5, seed=1)
    fit = regression.OLS(values, np.ones(300)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    ours = newey_west_variance(values - values.mean(), lags)
    assert ours / 300 == pytest.approx(float(fit.cov_params().item()), rel=1e-10)


def test_diebold_and_mariano_s_test_is_the_hac_regression_on_a_constant(
    regression: ModuleType,
) -> None:
    # At a horizon of 1 the correction of Harvey and others is that of use_correction, (n − 1) / n.
    n = 250
    rng = np.random.default_rng(3)
    ours, theirs = rng.random(n), rng.random(n) + autoregression(n, 0.7, seed=4) / 10 + 0.02
    test = diebold_mariano(ours, theirs)
    assert test is not None
    fit = regression.OLS(ours - theirs, np.ones(n)).fit(
        cov_type="HAC",
        cov_kwds={"maxlags": newey_west_lags(n), "use_correction": True},
        use_t=True,
    )
    assert test.statistic == pytest.approx(float(fit.tvalues.item()), rel=1e-10)
    two_sided = 2 * min(test.p_greater, test.p_less)
    assert two_sided == pytest.approx(float(fit.pvalues.item()), rel=1e-9)


def test_the_test_of_blocks_is_student_s_t_of_their_differences() -> None:
    weights = pytest.importorskip("statsmodels.stats.weightstats", reason=NOT_THERE)
    rng = np.random.default_rng(5)
    hits, others = rng.random((BLOCKS, 50)) < 0.56, rng.random((BLOCKS, 50)) < 0.5
    scored = np.ones(BLOCKS * 50)
    test = block_means_test(hits.ravel(), scored, others.ravel(), scored)
    assert test is not None
    differences = hits.mean(axis=1) - others.mean(axis=1)
    statistic, p, _ = weights.DescrStatsW(differences).ttest_mean(0, alternative="larger")
    assert (test.statistic, test.p_greater) == pytest.approx((statistic, p), rel=1e-9)


@pytest.mark.parametrize("alpha", [0.02, 0.016, 0.005])
def test_what_is_visible_is_found_with_the_power_that_statsmodels_tells(alpha: float) -> None:
    power = pytest.importorskip("statsmodels.stats.power", reason=NOT_THERE)
    effect = visible_errors(alpha, 0.9) / math.sqrt(BLOCKS)
    theirs = power.TTestPower().power(effect, BLOCKS, alpha, alternative="larger")
    assert theirs == pytest.approx(0.9, abs=1e-6)


def test_autocovariances_are_those_of_statsmodels() -> None:
    stattools = pytest.importorskip("statsmodels.tsa.stattools", reason=NOT_THERE)
    values = autoregression(200, 0.8, seed=6)
    theirs = stattools.acovf(values, adjusted=False, demean=True, nlag=30, fft=False)
    assert autocovariances(values - values.mean(), 30) == pytest.approx(theirs, rel=1e-10)


@pytest.mark.parametrize("seed", [7, 8])
def test_the_block_length_of_a_long_memory_is_that_of_arch(arch: ModuleType, seed: int) -> None:
    # Both look at the most lags there are, ⌈√n⌉ + 5, and the length is below its bound of 60.
    values = autoregression(400, 0.9, seed)
    (theirs,) = arch.optimal_block_length(values)["stationary"]
    assert 5 < theirs < 59
    assert optimal_block_length(values) == pytest.approx(theirs, rel=1e-10)


def test_the_block_length_of_a_short_memory_is_near_that_of_arch(arch: ModuleType) -> None:
    # arch counts the first insignificant lag, Politis and White the last significant one.
    series = [autoregression(3000, 0.5, seed) for seed in range(20)]
    ours = [optimal_block_length(values) for values in series]
    theirs = [arch.optimal_block_length(values)["stationary"][0] for values in series]
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.1)


@pytest.mark.parametrize("length", [1.0, 12.0])
def test_resampled_means_spread_as_those_of_arch_s_stationary_bootstrap(
    arch: ModuleType, length: float
) -> None:
    values, resamples = autoregression(250, 0.7, seed=9), 3000
    sums = resampled_sums(values[:, None], length, resamples, np.random.default_rng(10))
    bootstrap = arch.StationaryBootstrap(length, values, seed=np.random.default_rng(11))
    theirs = bootstrap.apply(np.mean, resamples).ravel()
    ours = sums[:, 0] / 250
    # Two standard errors of a standard deviation: 1 / √(2 · 3000) = 1.3 % each.
    assert ours.std() == pytest.approx(theirs.std(), rel=0.05)
    assert ours.mean() == pytest.approx(theirs.mean(), abs=4 * theirs.std() / math.sqrt(resamples))
