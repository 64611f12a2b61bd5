"""What luck alone would show for a study: each trial counts with its own size."""

from __future__ import annotations

import math

import pytest

from support.page_cases import numbers
from support.summary_cases import study, trial
from titan_mlopt.analysis.luck import luck_line, luck_lines
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import FAIL, PRUNED, PRUNER, TIMEOUT
from titan_mlopt.report.format import luck_clause


def of(*sizes: float | None, **metrics: float | None) -> StudyRecord:
    """Return a study whose trials have these numbers of predictions; the later, the worse."""
    return study(
        *(trial(n, 0.6 - n / 100, n_predictions=size, **metrics) for n, size in enumerate(sizes))
    )


def test_each_trial_counts_with_its_own_number_of_predictions() -> None:
    found = luck_line(of(100.0, 2500.0), "accuracy")
    assert found is not None
    assert found.numbers == (0, 1)
    # The larger of two normals of σ .05 and .01 has the mean √((.05² + .01²) / 2π).
    expected = 0.5 + math.sqrt((0.05**2 + 0.01**2) / (2 * math.pi))
    assert found.expected == pytest.approx((0.5, expected), abs=1e-7)
    assert found.most[0] == pytest.approx(0.5 + 0.05 * 1.644854, abs=1e-5)
    # Their median of 1,300 would give 3/4 of that.
    middle = luck_line(of(1300.0, 1300.0), "accuracy")
    assert middle is not None
    assert middle.expected[1] - 0.5 < 0.4 * (expected - 0.5)


def test_one_that_does_not_tell_it_counts_with_the_median_of_the_others() -> None:
    found = luck_line(of(None, 900.0, 0.0, 2500.0, 1600.0), "accuracy")
    same = luck_line(of(1600.0, 900.0, 1600.0, 2500.0, 1600.0), "accuracy")
    assert found == same
    assert luck_line(of(None, None), "accuracy") is None


def test_an_unchanged_close_is_a_miss_for_luck_too() -> None:
    found = luck_line(of(2500.0, unchanged_share=0.2), "accuracy")
    assert found is not None
    assert found.expected[0] == pytest.approx(0.4, abs=1e-9)
    assert found.most[0] == pytest.approx(0.4 + 1.644854 * math.sqrt(0.24 / 2500), abs=1e-5)


def test_the_luck_of_a_sharpe_ratio_goes_by_the_bars_of_each_trial() -> None:
    found = luck_line(of(None, n_bars=1440.0), "sharpe")
    assert found is not None
    error = math.sqrt(525_600 / 1440)  # 19.1
    assert found.expected[0] == pytest.approx(0.0, abs=1e-6)
    assert found.most[0] == pytest.approx(1.644854 * error, rel=1e-4)
    # Where the bars are not told, the standard error tells them: (A + s²/2) / e².
    told = luck_line(of(None, sharpe=3.0, sharpe_se=math.sqrt((525_600 + 4.5) / 1440)), "sharpe")
    assert told is not None
    assert told.most == pytest.approx(found.most, rel=1e-9)
    assert luck_line(of(None, sharpe=3.0), "sharpe") is None


def test_every_trial_that_was_looked_at_counts_in_the_order_in_which_they_came() -> None:
    record = study(
        trial(4, 0.7, n_predictions=400.0),
        trial(2, state=PRUNED, reason=PRUNER, n_predictions=50.0),
        trial(1, 0.5, n_predictions=400.0),
        trial(3, state=FAIL, reason=TIMEOUT),
    )
    found = luck_line(record, "accuracy")
    assert found is not None
    assert found.numbers == (1, 2, 4)
    # The pruned trial as if it had gone on: of n normals of σ .025 the largest stays below
    # Φ⁻¹(.95^(1/n)) · σ: 1.644854, 1.954508, 2.121201.
    assert found.most == pytest.approx(
        [0.5 + 0.025 * score for score in (1.644854, 1.954508, 2.121201)], abs=1e-5
    )


def test_the_sentence_counts_pruned_trials_too() -> None:
    pruned = (trial(n, state=PRUNED, reason=PRUNER) for n in range(1, 5))
    clause = luck_clause(study(trial(0, 0.5, n_predictions=2500.0), *pruned))
    assert clause is not None
    assert "the best of 5 trials" in clause


def test_there_is_no_luck_of_what_is_no_metric_and_none_without_a_complete_trial() -> None:
    assert luck_line(of(100.0), "objective value") is None
    assert luck_lines(of()) == {}
    assert luck_clause(of()) is None
    assert set(luck_lines(of(100.0))) == {"accuracy"}
    assert set(luck_lines(of(100.0, n_bars=120.0))) == {"accuracy", "sharpe"}


def test_the_sentence_says_that_a_search_that_learns_finds_more() -> None:
    said = luck_clause(of(2500.0, 2500.0, accuracy=0.52))
    assert said is not None
    assert numbers(said) == ["2", "0.5056", "0.5195", "1", "20", "0.52"]
    assert "learns" in said
    alone = luck_clause(of(2500.0, accuracy=0.52))
    assert alone is not None
    assert numbers(alone) == ["0.5", "0.5164", "1", "20", "0.52"]
    assert "learns" not in alone
