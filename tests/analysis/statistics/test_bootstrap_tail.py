"""How many resamples a level takes, and p-values beyond them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from titan_mlopt.analysis.statistics.bootstrap import Difference
from titan_mlopt.analysis.statistics.bootstrap_tail import bootstrap_tail, resamples_for

#: No resample of 9,999 is as far out as the difference.
FAR = Difference(0.05, 1e-4, 1.0, 0.03, 0.07, 0.005, 1.0, 1000, 9999)


@pytest.mark.parametrize(
    ("level", "resamples"),
    [(0.02, 4999), (0.016, 4999), (0.0025, 8000), (0.001, 19_999), (1e-9, 19_999)],
)
def test_a_level_takes_twenty_times_its_inverse_within_bounds(level: float, resamples: int) -> None:
    assert resamples_for(level) == resamples


def test_beyond_the_resamples_p_is_the_tail_of_student_s_t_with_7_degrees_of_freedom() -> None:
    # Abramowitz & Stegun 26.7.3, with θ = arctan(t / √7) at 10 standard errors.
    theta = math.atan(10 / math.sqrt(7))
    cos = math.cos(theta)
    series = cos + 2 / 3 * cos**3 + 8 / 15 * cos**5
    within = 2 / math.pi * (theta + math.sin(theta) * series)
    assert bootstrap_tail(FAR) == pytest.approx((1 - within) / 2, rel=1e-6)


def test_p_is_never_above_what_the_resamples_show_nor_changed_where_they_tell() -> None:
    near = replace(FAR, difference=0.02)  # 4 standard errors: P(T > 4) = .0026
    assert bootstrap_tail(near) == 1e-4
    told = replace(FAR, p_greater=2e-4)
    assert bootstrap_tail(told) == 2e-4
    assert bootstrap_tail(replace(FAR, standard_error=0.0)) == 1e-4
