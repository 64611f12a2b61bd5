"""The benchmark of fewer candles: what each way of searching spends, on the embedded sample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from titan_mlopt.candles.sample import sample_candles

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
N_WHOLE = 12


@pytest.fixture
def fidelity(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(BENCHMARKS)
    import search_fidelity  # type: ignore[import-not-found]  # in a folder of its own

    return search_fidelity


@pytest.mark.parametrize(
    ("way", "trials", "whole"),
    [
        ("none: whole trials", 12, 12),
        # Three configs on a third and one of them on the rest cost 5/3 whole trials: 7 brackets.
        ("halving: a third, all", 21, 7),
        # Nine on a ninth, three on a third, one on all: 1 + 3 * 2/9 + 2/3 = 7/3 whole trials.
        ("halving: a ninth, a third, all", 45, 5),
    ],
)
def test_a_way_tries_as_many_configs_as_its_candles_allow(
    fidelity: ModuleType, way: str, trials: int, whole: int
) -> None:
    search = fidelity.Search(sample_candles(1500), "tpe", 0, 0.0)
    search.budget = N_WHOLE * search.n_bars
    function, argument = fidelity.WAYS[way]
    function(search, argument)
    assert (search.asked, len(search.whole)) == (trials, whole)
    assert 0 <= search.budget < 7 / 3 * search.n_bars
    assert search.best() in [params for _, params in search.whole]
