from __future__ import annotations

import math

import pytest

from titan_mlopt.analysis.statistics.look_levels import level_of_look


def test_the_first_look_gets_four_fifths_and_the_next_ones_share_the_rest():
    # .2 · .02 · 6/π² = .0024317…, divided by 1, 4, 9.
    assert level_of_look(0.02, 1) == pytest.approx(0.016)
    assert level_of_look(0.02, 2) == pytest.approx(0.00243171, abs=1e-8)
    assert level_of_look(0.02, 3) == pytest.approx(0.00243171 / 4, abs=1e-8)
    assert level_of_look(0.02, 4) == pytest.approx(0.00243171 / 9, abs=1e-8)


def test_the_levels_of_any_number_of_looks_sum_to_no_more_than_alpha():
    levels = [level_of_look(0.02, look) for look in range(1, 100_001)]
    # What is left after 10^5 looks is below .2 · .02 · 6/π² / 10^5.
    assert 0.02 - 1e-7 < math.fsum(levels) < 0.02


@pytest.mark.parametrize(("alpha", "look"), [(0.0, 1), (1.0, 1), (0.02, 0)])
def test_a_level_needs_an_alpha_between_0_and_1_and_a_look_from_1_on(alpha, look):
    with pytest.raises(ValueError, match="level of a look: alpha must be in"):
        level_of_look(alpha, look)
