"""A backtest that is not ours on segments: run on each file, scored by its own records alone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from support.external_cases import TITAN, _no_clock, outcomes_of, ran, run_job, write_backtest
from support.pool_cases import _shared_pool, shared_pool, shared_scratch
from support.segment_cases import SHORT
from support.standin_cases import call_of, imports, titan
from titan_mlopt.backtest.predictions import PREDICTIONS_FILE, PredictionReader
from titan_mlopt.backtest.segments import pool_stats, score_segment, walk_metrics
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.splits import split_segments
from titan_mlopt.core.errors import BacktestError
from titan_mlopt.core.trial import COMPLETE, FAIL, PRUNED, PRUNER, Segment, TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.jobs import TrialJobs
from titan_mlopt.executors.local.alignment import Recorded, check_same_missing, scored_part

# Fixtures: pytest finds them here by their names.
__all__ = [
    "_no_clock",
    "_shared_pool",
    "csv",
    "imports",
    "run_job",
    "shared_pool",
    "shared_scratch",
    "titan",
]
RunJob = Callable[..., tuple[TrialOutcome, list[int]]]
CANDLES, WARM_UP, K = sample_candles(900), 150, 3


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("candles") / "candles.csv"
    save_candles(CANDLES, path)
    return path


@pytest.fixture(scope="module")
def segments(tmp_path_factory: pytest.TempPathFactory) -> tuple[Segment, ...]:
    folder, external = tmp_path_factory.mktemp("segments"), TunerConfig(backtest="a:b")
    return TrialJobs.write(CANDLES, external, folder, split_segments(CANDLES, K, WARM_UP)).segments


@pytest.fixture
def expected(
    titan: ModuleType, segments: tuple[Segment, ...], tmp_path: Path
) -> list[BacktestStats]:
    """Return the stats of the scored bars of each segment, of the stand-in run here."""
    parts = []
    for k, segment in enumerate(segments):
        call = call_of(Path(segment.path), tmp_path / f"here-{k}")
        titan.run_backtest(**call)
        reader = PredictionReader(Path(str(call["out_dir"])) / PREDICTIONS_FILE)
        reader.read(ended=True)
        whole = reader.stats()
        # It predicts from candle 40 on: 110 bars of the warm-up, then those that count.
        assert len(whole.direction) == WARM_UP - 40 + segment.bars
        parts.append(whole.part(WARM_UP - 40, len(whole.direction)))
    return parts


# --- what is scored -------------------------------------------------------------------------------


def test_the_scored_bars_are_those_after_the_warm_up_of_each_file(
    run_job: RunJob, segments: tuple[Segment, ...], expected: list[BacktestStats]
) -> None:
    outcome, asked = run_job(settings=TITAN, segments=segments)
    assert outcome.state == COMPLETE, outcome.traceback
    pooled = pool_stats(expected)
    scores = tuple(map(score_segment, expected, segments))
    assert outcome.segments == scores
    ours = {**pooled.metrics(), **walk_metrics(scores)}
    assert {name: outcome.metrics[name] for name in ours} == ours
    assert (outcome.bins, outcome.blocks) == (pooled.plot_bins(), pooled.blocks())
    assert asked == np.cumsum([s.predictions for s in scores])[:-1].tolist()
    assert [point.step for point in outcome.checkpoints] == [250, 500]
    # What it alone tells is the mean of whole runs: 110 + 250 and 110 + 249 bars.
    assert outcome.metrics["bars"] == pytest.approx((360 + 360 + 359) / 3)
    assert set(outcome.metrics) - set(ours) == {"bars", "win_rate"}


def test_its_returns_on_segments_are_after_the_costs_of_the_study(
    run_job: RunJob, segments: tuple[Segment, ...], expected: list[BacktestStats]
) -> None:
    outcome, _ = run_job(settings=TITAN, segments=segments, cost_bps=5.0)
    dear = pool_stats([dataclasses.replace(part, cost_bps=5.0) for part in expected]).metrics()
    assert {name: outcome.metrics[name] for name in dear} == dear
    assert dear["total_return"] != pool_stats(expected).metrics()["total_return"]


def test_each_run_has_a_fresh_database_and_folder_and_the_slice_alone(
    run_job: RunJob, tmp_path: Path, segments: tuple[Segment, ...]
) -> None:
    body = """
        folders = sorted(path.name for path in Path(db_path).parents[1].glob("run-*"))
        rows = Path(csv_path).read_text().splitlines()
        told = [folders, limit, len(rows) - 1, rows[1].split(",")[0], rows[-1].split(",")[0]]
        (HERE / run).write_text(json.dumps(told))
    """
    outcome, _ = run_job(body, segments=segments, repeat=2)
    assert outcome.state == COMPLETE, outcome.traceback
    for number in range(2):
        for k, segment in enumerate(segments):
            name = f"run-{number}-{k}"
            ends = [str(int(CANDLES.ts[i])) for i in (segment.start, segment.stop - 1)]
            told = json.loads((tmp_path / name).read_text())
            assert told == [[name], None, segment.stop - segment.start, *ends]


def test_it_is_asked_after_each_segment_and_stops_there(
    run_job: RunJob, segments: tuple[Segment, ...], expected: list[BacktestStats]
) -> None:
    first = expected[0].total
    outcome, asked = run_job(settings=TITAN, segments=segments, stop_at=first, repeat=3)
    assert (outcome.state, outcome.reason, asked) == (PRUNED, PRUNER, [first])
    assert len(outcome.segments) == 1
    assert outcome.metrics["n_bars"] == segments[0].bars
    assert outcome.metrics["walk_accuracy"] == outcome.metrics["accuracy"]
    assert outcome.message == f"stopped by the pruner after {first} predictions"


def test_one_that_asks_by_itself_is_not_asked_within_a_segment(
    run_job: RunJob, segments: tuple[Segment, ...]
) -> None:
    settings = {
        "backtest": "titan.core.variants:with_on_checkpoint",
        "backtest_path": TITAN["backtest_path"],
    }
    outcome, asked = run_job(settings=settings, segments=segments)
    assert (outcome.state, len(asked)) == (COMPLETE, K - 1)


NOISY = """
    number = int(run.split("-")[1])
    n = sum(1 for _ in open(csv_path)) - 1
    record = {"direction": "UP", "confidence": 0.6, "return": 0.001 if number else -0.001}
    Path(out_dir, "predictions.jsonl").write_text((json.dumps(record) + "\\n") * (n - 1))
    return {"accuracy": 0.5, "luck": number}
"""


def test_repeated_runs_are_averaged_and_the_segments_are_those_of_the_first(
    run_job: RunJob, segments: tuple[Segment, ...]
) -> None:
    outcome, _ = run_job(NOISY, segments=segments, repeat=3)
    # Always wrong in the first run, always right in the other two.
    assert [score.accuracy for score in outcome.segments] == [0.0] * K
    assert outcome.metrics["walk_accuracy"] == pytest.approx(2 / 3)
    assert outcome.metrics["accuracy_sd"] == pytest.approx((1 / 3) ** 0.5)
    assert outcome.metrics["luck"] == 1.0


# --- whether it can be told -----------------------------------------------------------------------


def recorded(n_candles: int, n_records: int) -> Recorded:
    zeros = np.zeros(n_records)
    return Recorded(n_candles, BacktestStats(zeros.astype(np.int8), zeros, zeros > 0, zeros))


def test_the_last_records_count_and_too_few_are_refused() -> None:
    assert len(scored_part(recorded(100, 60), 50).direction) == 50
    message = (
        r"warm up on at most 49 candles, .* got 49 records for 100 candles; write them all, or"
    )
    with pytest.raises(BacktestError, match=message):
        scored_part(recorded(100, 49), 50)


def test_what_is_missing_must_be_the_same_but_for_the_last_candle() -> None:
    check_same_missing(recorded(100, 60), recorded(200, 160))
    check_same_missing(recorded(100, 60), recorded(200, 161))
    for n_records in (158, 162):
        with pytest.raises(BacktestError, match=f"got 60 records for 100 .* {n_records} for 200;"):
            check_same_missing(recorded(100, 60), recorded(200, n_records))


OMITS_FLAT = """
    stats = titan.run_backtest(**call)
    file = Path(out_dir, "predictions.jsonl")
    lines = [line for line in file.read_text().splitlines() if '"FLAT"' not in line]
    file.write_text("\\n".join(lines))
    return stats
"""
WRITES_NOTHING = 'return {"accuracy": 0.5, "total": 100}'
WARMS_UP_LONG = """
    stats = titan.run_backtest(**call)
    file = Path(out_dir, "predictions.jsonl")
    file.write_text("\\n".join(file.read_text().splitlines()[300:]))
    return stats
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (WRITES_NOTHING, r"into predictions\.jsonl, .* got 0 records for 500 candles; write them"),
        (OMITS_FLAT, r"a record for each bar .* got \d+ records for 500 candles"),
        (WARMS_UP_LONG, r"warm up on at most 300 candles, .* got 159 records for 500 candles"),
    ],
    ids=["nothing", "no FLAT bars", "long warm-up"],
)
def test_one_that_cannot_be_scored_on_segments_is_told_so_before_the_first_trial(
    csv: Path, tmp_path: Path, body: str, said: str
) -> None:
    named = write_backtest(tmp_path, body)
    with pytest.raises(BacktestError, match=said + r".* with --segments 1$"):
        ran(tmp_path, named, csv, segments=2, space=SHORT)
    assert ran(tmp_path, named, csv, space=SHORT, n_trials=1).trials[0].state == COMPLETE


def test_flat_bars_that_only_some_parameters_leave_out_fail_the_trial(
    run_job: RunJob, segments: tuple[Segment, ...]
) -> None:
    # On the third file alone every other record is missing.
    body = """
        stats = titan.run_backtest(**call)
        file = Path(out_dir, "predictions.jsonl")
        if run.endswith("-2"):
            file.write_text("\\n".join(file.read_text().splitlines()[:-20]))
        return stats
    """
    outcome, _ = run_job(body, segments=segments)
    assert (outcome.state, outcome.reason) == (FAIL, "exception")
    assert "got 360 records for 401 candles and 339 for 400" in outcome.message


def test_a_sharpe_ratio_on_segments_needs_the_returns(csv: Path, tmp_path: Path) -> None:
    body = """
        stats = titan.run_backtest(**call)
        file = Path(out_dir, "predictions.jsonl")
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        for line in lines:
            del line["outcome"]["return"]
        file.write_text("\\n".join(map(json.dumps, lines)))
        return stats
    """
    named = write_backtest(tmp_path, body)
    with pytest.raises(BacktestError, match=r"the return of each bar .* --segments 1$"):
        ran(tmp_path, named, csv, segments=2, space=SHORT, objective_type="sharpe")
    study = ran(tmp_path, named, csv, segments=2, space=SHORT, n_trials=1)
    assert study.trials[0].metric("walk_accuracy") is not None


# --- a whole study --------------------------------------------------------------------------------


def test_a_study_of_it_is_scored_pruned_and_compared_on_segments(csv: Path, tmp_path: Path) -> None:
    pruning: dict[str, Any] = {"pruner_type": "median", "n_startup_trials": 1, "n_warmup_steps": 0}
    study = ran(tmp_path, TITAN, csv, segments=3, space=SHORT, n_trials=5, **pruning)
    done = [out for out in outcomes_of(study) if out.state == COMPLETE]
    assert {len(out.segments) for out in done} == {3}
    assert {out.metrics["n_bars"] for out in done} == {900 - 300 - 1}
    (default,) = [one for one in study.baselines if one.name == "default"]
    assert (default.state, default.metrics["n_bars"]) == (COMPLETE, 599)
    for trial in study.trials:
        assert trial.outcome is not None
        if trial.state == COMPLETE:
            assert trial.values is not None
            whole = trial.outcome.metrics["walk_accuracy"] or 0.0
            assert trial.values[0] in (whole, whole - 0.1 * whole)
    assert dataclasses.asdict(default)["config_sha256"]
