"""Configs on the same bars of a hold-out: whose records fit which bars, with any backtest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.external_cases import write_backtest
from support.verdict_cases import DEFAULT, market
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.backtest.stats import BacktestStats, load_bars, save_bars
from titan_mlopt.candles.candles import Candles
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest, same_bars, score_on_holdout

CANDLES = market(900, follows=0.5)
FIRST = 600
MOVES = np.sign(np.diff(CANDLES.close[FIRST:])).astype(np.int8)
N = len(MOVES)


def stats(direction: np.ndarray, outcome: np.ndarray) -> BacktestStats:
    n = len(direction)
    return BacktestStats(
        direction.astype(np.int8),
        np.full(n, 0.6),
        direction != 0,
        np.zeros(n),
        outcome=outcome.astype(np.int8),
    )


def sides(n: int = N) -> np.ndarray:
    return np.random.default_rng(5).choice([-1, 0, 1], n)


def test_records_of_the_bars_alone_are_taken_as_they_are() -> None:
    said = sides()
    found = same_bars(stats(said, MOVES), CANDLES, FIRST)
    assert (found.direction == said).all()
    assert found.outcome is not None
    assert (found.outcome == MOVES).all()


@pytest.mark.parametrize("more", ["before", "after"])
def test_one_record_more_before_or_after_is_found_by_what_the_others_tell(more: str) -> None:
    said, extra = sides(), np.array([0])
    parts = ([extra, said], [extra, MOVES]) if more == "before" else ([said, extra], [MOVES, extra])
    direction, outcome = (np.concatenate(part) for part in parts)
    found = same_bars(stats(direction, outcome), CANDLES, FIRST)
    assert (found.direction == said).all()


def test_flat_bars_have_the_candles_outcome_whatever_the_records_tell() -> None:
    said = sides()
    told = np.where(said == 0, 0, MOVES)
    found = same_bars(stats(said, told), CANDLES, FIRST)
    assert found.outcome is not None
    assert (found.outcome == MOVES).all()


def test_outcomes_of_other_bars_are_refused_with_the_remedy() -> None:
    shifted = np.roll(MOVES, 5)
    with pytest.raises(
        BacktestError,
        match=r"the outcome in predictions.jsonl must be the direction of the next close, got "
        r"another one on \d\d% of the predictions; write one record a bar, FLAT ones too, in order",
    ):
        same_bars(stats(np.ones(N), shifted), CANDLES, FIRST)


def test_a_few_outcomes_may_be_read_otherwise_but_not_more() -> None:
    few, many = MOVES.copy(), MOVES.copy()
    few[:5] *= -1  # 5 of 299
    many[:7] *= -1
    assert same_bars(stats(np.ones(N), few), CANDLES, FIRST).total == N
    with pytest.raises(BacktestError, match="got another one on 2% of the predictions"):
        same_bars(stats(np.ones(N), many), CANDLES, FIRST)


def test_bars_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    whole = replace(stats(sides(), MOVES), interval_s=300.0, cost_bps=1.5, seed=7)
    for one in (whole, replace(whole, outcome=None)):
        save_bars(one, tmp_path / "bars.npz")
        found = load_bars(tmp_path / "bars.npz")
        assert (found.interval_s, found.cost_bps, found.seed) == (300.0, 1.5, 7)
        assert (found.direction == one.direction).all()
        assert (found.confidence == one.confidence).all()
        assert (found.outcome is None) == (one.outcome is None)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x80\x04cos\nsystem\n"])
def test_what_is_no_file_of_bars_is_refused_and_never_unpickled(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "bars.npz").write_bytes(content)
    with pytest.raises(BacktestError, match="bars: must be the file that the backtest's process"):
        load_bars(tmp_path / "bars.npz")


@pytest.mark.slow
def test_two_configs_of_the_embedded_predictor_have_the_same_bars() -> None:
    other = {**DEFAULT, "feature.slow_window": 30, "feature.rsi_window": 20}
    contenders = [ConfigUnderTest("a", DEFAULT, 1), ConfigUnderTest("b", other, 1)]
    scored = score_on_holdout(CANDLES, FIRST, contenders, TunerConfig(n_jobs=2))
    for one, config in zip(scored, (DEFAULT, other), strict=True):
        assert one.stats is not None
        assert (one.stats.outcome == MOVES).all()
        expected = backtest_stats(CANDLES, config, 1).tail(N)
        assert (one.stats.direction == expected.direction).all()
        assert (one.stats.confidence == expected.confidence).all()


def external(tmp_path: Path, body: str = "") -> TunerConfig:
    settings: Any = write_backtest(tmp_path / "code", body)
    return TunerConfig(**settings, timeout_per_trial=60)


def scored_external(tmp_path: Path, candles: Candles = CANDLES, body: str = "") -> tuple[str, Any]:
    config = {"feature.fast_window": 5, "feature.slow_window": 20}
    (one,) = score_on_holdout(
        candles, FIRST, [ConfigUnderTest("the candidate", config, 1)], external(tmp_path, body)
    )
    return one.fault, one.stats


@pytest.mark.slow
def test_an_external_backtest_that_writes_a_record_for_each_bar_is_aligned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TITAN_STANDIN_SLEEP_S", "0")
    monkeypatch.setenv("TITAN_STANDIN_CLOCK", "0")
    fault, found = scored_external(tmp_path)
    assert fault == ""
    assert len(found.direction) == N
    assert (found.outcome == MOVES).all()
    assert 0 < found.total < N  # FLAT ones are there


_KEEPS = (
    "    stats = titan.run_backtest(**call)\n"
    "    path = Path(out_dir) / 'predictions.jsonl'\n"
    "    lines = path.read_text().splitlines()\n"
    "    path.write_text('\\n'.join({kept}))\n"
    "    return stats"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            _KEEPS.format(kept="lines[-100:]"),
            "the candidate cannot be scored bar by bar: the backtest must write a record for each "
            "bar into predictions.jsonl, FLAT ones too, got 100 for the 299 bars to score; ",
        ),
        (
            _KEEPS.format(kept="line for line in lines if 'FLAT' not in line.split('outcome')[0]"),
            "the candidate cannot be scored bar by bar: the outcome in predictions.jsonl must be",
        ),
        (
            "    raise RuntimeError('no such exchange')",
            "the candidate did not run on these candles",
        ),
    ],
    ids=["too few records", "no FLAT records", "raises"],
)
def test_an_external_backtest_that_cannot_be_aligned_says_why_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    monkeypatch.setenv("TITAN_STANDIN_SLEEP_S", "0")
    fault, found = scored_external(tmp_path, body=body)
    assert fault.startswith(said), fault
    assert found is None
