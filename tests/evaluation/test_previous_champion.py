"""The champion before, replayed on the candles of the live run: the numbers of its own backtest."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from support.apply_cases import (
    NAME,
    OTHER,
    TITANS,
    assert_done,
    bundle_of,
    embedded,
    register,
    run,
)
from support.verdict_cases import DEFAULT, market
from support.watch_cases import MANIFEST, write
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.candles.candles import Candles, save_candles
from titan_mlopt.core.bundle import Bundle, with_ensemble
from titan_mlopt.core.ensemble import Ensemble
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.evaluation.previous_champion import replay_previous
from titan_mlopt.evaluation.rerun import BacktestChoice

N = 300
pytestmark = pytest.mark.usefixtures("own_cache")


def scored(bundle: Bundle) -> Bundle:
    return replace(bundle, manifest={**bundle.manifest, **MANIFEST})


def candle_file(folder: Path, candles: Candles) -> str:
    path = folder / "live.csv"
    save_candles(candles, path)
    return str(path)


def test_it_has_the_numbers_of_its_own_backtest_on_the_last_bars(
    store: str, tmp_path: Path
) -> None:
    candles = market(900, follows=0.6)
    register(store, tmp_path, scored(embedded(DEFAULT)))
    register(store, tmp_path, scored(embedded({**DEFAULT, "feature.fast_window": 4})))
    path, stats = candle_file(tmp_path, candles), backtest_stats(candles, DEFAULT).tail(N)
    write(tmp_path / "predictions.jsonl", stats)
    page = ("watch", "--predictions", "predictions.jsonl", "--candles", path)
    found = json.loads(assert_done(run(*page, "--json")))
    previous = found["previous"]
    assert previous["version"] == "1"
    # It is the same run, so that its figures are those of the live one.
    for name in ("accuracy", "ece"):
        assert previous[name] == {**found[name], "promised": None}
    assert previous["sharpe"]["value"] == pytest.approx(stats.sharpe_ratio())
    assert "version 1, champion before" in assert_done(run(*page))


def test_an_ensemble_votes_again(store: str, tmp_path: Path) -> None:
    candles, other = market(900, follows=0.6), {**DEFAULT, "feature.fast_window": 9}
    ensemble = with_ensemble(scored(embedded(DEFAULT)), Ensemble((3, 4), (DEFAULT, other), 0.3), {})
    register(store, tmp_path, ensemble)
    register(store, tmp_path, scored(embedded(other)))
    path = candle_file(tmp_path, candles)
    voted = replay_previous(store, NAME, "2", path, N, BacktestChoice())
    assert voted is not None
    alone = backtest_stats(candles, DEFAULT).tail(N)
    assert len(voted.stats.direction) == N
    assert voted.stats.direction.tolist() != alone.direction.tolist()


def test_without_a_champion_before_or_with_a_bad_file_a_notice_says_so(
    store: str, tmp_path: Path
) -> None:
    candles = market(300)
    register(store, tmp_path, scored(embedded(DEFAULT)))
    write(tmp_path / "predictions.jsonl", backtest_stats(candles, DEFAULT).tail(9))
    page = ("watch", "--predictions", "predictions.jsonl", "--json")
    for path, message in (
        (candle_file(tmp_path, candles), "has no champion before version 1"),
        ("none.csv", "the champion before is not told: none.csv: must be"),
    ):
        if path == "none.csv":
            register(store, tmp_path, scored(embedded({**DEFAULT, "feature.fast_window": 4})))
            write(tmp_path / "predictions.jsonl", backtest_stats(candles, DEFAULT).tail(9))
        result = run(*page, "--candles", path)
        assert result.exit_code == 0
        assert message in result.stderr
        assert "previous" not in json.loads(result.stdout)


def test_code_is_run_only_where_the_user_names_it(store: str, tmp_path: Path) -> None:
    register(store, tmp_path, bundle_of(TITANS))
    register(store, tmp_path, bundle_of(OTHER))
    with pytest.raises(ConfigError, match=r"backtest: must be that of titan-config version 1, ti"):
        replay_previous(store, NAME, "2", "x.csv", 5, BacktestChoice("other.module:run"))
