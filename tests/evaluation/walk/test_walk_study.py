"""A walk sees no future, comes to the same end whatever interrupts it, and counts once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from support.external_cases import TITAN
from support.kill_points import killed_at
from support.walk_study_cases import (
    CONFIG,
    N_STEP,
    N_TRAIN,
    PLAN,
    Heard,
    candles_of,
    walk_of,
)
from titan_mlopt import AutoTuner
from titan_mlopt.candles.candles import COLUMNS, save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.errors import CandleError, ConfigError, StudyError
from titan_mlopt.core.plain import read_plain
from titan_mlopt.core.search_space import Space
from titan_mlopt.evaluation.gate.holdout import open_holdout
from titan_mlopt.evaluation.rerun import BacktestChoice, load_rerun
from titan_mlopt.evaluation.walk.records import STRATEGIES, StepOutcome, WalkResult
from titan_mlopt.evaluation.walk.report import steps_csv, text_lines
from titan_mlopt.evaluation.walk.study import LOCK, WalkReport
from titan_mlopt.study.storage.lock import lock_study
from titan_mlopt.study.storage.looks import read_looks
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import load_record, load_stored

CANDLES = candles_of(3)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("walk") / "walk.db"


@pytest.fixture(scope="module")
def walked(db: Path) -> Iterator[WalkReport]:
    """Three steps, walked without a break."""
    return walk_of(db, CANDLES)


def test_each_step_has_every_strategy_and_adjoins_the_one_before(walked: WalkReport) -> None:
    steps = walked.result.steps
    assert [outcome.step.trade.start for outcome in steps] == [
        N_TRAIN + number * N_STEP for number in range(3)
    ]
    for outcome in steps:
        assert tuple(outcome.scores) == STRATEGIES
        assert outcome.candidate is not None
        assert outcome.candidate["ml.enabled"] is False
    assert (walked.n_steps, walked.n_new, walked.stopped) == (3, 3, False)
    assert steps[0].lead is None
    assert len({outcome.scores["never"].config_sha256 for outcome in steps}) == 1
    for outcome in steps:
        assert outcome.scores["always"].config_sha256 == outcome.candidate_sha256


def test_up_on_every_bar_is_to_buy_and_to_hold(walked: WalkReport) -> None:
    first, last = N_TRAIN, N_TRAIN + 3 * N_STEP
    held = CANDLES.close[last] / CANDLES.close[first]
    summary = walked.result.strategies["always_up"]
    assert summary.equity_gross[-1] == pytest.approx(held, rel=1e-9)
    # Bought once at 1 bp of the first bar's equity, which is less than 1.0001 in all.
    bought = 1 - 1e-4 / (CANDLES.close[first + 1] / CANDLES.close[first])
    assert summary.equity[-1] == pytest.approx(held * bought, rel=1e-9)


def test_no_trial_sees_the_sealed_part_nor_what_comes_later(walked: WalkReport, db: Path) -> None:
    for outcome in walked.result.steps:
        record, step = load_record(db, outcome.study), outcome.step
        assert step.sealed is not None
        train = CANDLES.part(step.train.start, step.train.stop)
        sealed = CANDLES.part(step.sealed.start, step.sealed.stop)
        assert record.candles["sha256"] == train.digest
        assert record.holdout["sha256"] == sealed.digest
        assert step.sealed.stop == step.trade.start


def test_later_searches_start_from_the_config_in_force_and_draw_afresh(
    walked: WalkReport, db: Path
) -> None:
    first, second = (load_record(db, f"step-000{number}") for number in (0, 1))
    assert [trial.warm_start for trial in first.trials] == ["", "", ""]
    assert [trial.warm_start for trial in second.trials] == [
        *("config in force, of step-0000", "", "")
    ]
    sha256, start = walked.result.steps[0].scores["gated"].config_sha256, second.trials[0].params
    assert sha256 == walked.result.steps[0].candidate_sha256
    candidate = walked.result.steps[0].candidate
    assert candidate is not None
    assert start == {name: candidate[name] for name in start}
    drawn = [trial.params for record in (first, second) for trial in record.trials[1:]]
    assert all(a != b for i, a in enumerate(drawn) for b in drawn[:i])


@pytest.mark.matrix
@pytest.mark.parametrize("bar", [N_TRAIN + 40, N_TRAIN + N_STEP, N_TRAIN + N_STEP + 90])
def test_a_changed_future_changes_no_decision_and_no_score_before(
    bar: int, walked: WalkReport, tmp_path: Path
) -> None:
    """After this bar the market is another one: in the first step, at its last outcome, later."""
    rng, factor = np.random.default_rng(bar), np.ones(len(CANDLES))
    factor[bar + 1 :] = np.exp(np.cumsum(rng.normal(0, 0.002, len(CANDLES) - bar - 1)))
    prices = {name: getattr(CANDLES, name) * factor for name in ("open", "high", "low", "close")}
    other = replace(CANDLES, **prices).head(N_TRAIN + 2 * N_STEP + 1)
    outcomes = walk_of(tmp_path / "walk.db", other).result.steps
    n_scored = n_decided = 0
    for outcome, before in zip(outcomes, walked.result.steps, strict=False):
        if before.step.trade.stop <= bar:  # the outcome of its last bar is known
            assert outcome == before
            n_scored += 1
        if before.step.trade.start - 1 <= bar:  # its window is over
            assert (outcome.candidate, outcome.lead) == (before.candidate, before.lead)
            for name in STRATEGIES:
                config = before.scores[name].config_sha256
                assert outcome.scores[name].config_sha256 == config
            n_decided += 1
    assert n_scored == (0 if bar < N_TRAIN + N_STEP else 1)
    assert n_decided == n_scored + 1
    gross = [steps[n_scored].scores["always_up"].gross for steps in (outcomes, walked.result.steps)]
    assert gross[0] != gross[1]


@pytest.mark.matrix
def test_killed_at_any_write_it_comes_to_the_same_end(walked: WalkReport, tmp_path: Path) -> None:
    db, kills = tmp_path / "walk.db", 0
    for write in (9, 35, 60, 52, 90):
        kills += killed_at(write, lambda: walk_of(db, CANDLES))
    assert kills == 5
    again = walk_of(db, CANDLES)
    assert again.result == walked.result
    names = [f"step-000{number}" for number in range(3)]
    assert [len(load_record(db, name).trials) >= 3 for name in names] == [True] * 3


@pytest.mark.matrix
def test_stopped_softly_it_goes_on_and_a_grown_file_is_walked_on(
    walked: WalkReport, tmp_path: Path
) -> None:
    db, heard = tmp_path / "walk.db", Heard(stop_after=4)
    stopped = walk_of(db, candles_of(2), heard)
    assert stopped.stopped
    assert len(stopped.result.steps) == 1
    assert walk_of(db, candles_of(2)).n_new == 1
    grown = Heard()
    report = walk_of(db, CANDLES, grown)
    assert grown.planned_as == (3, 2, 3)
    assert report.result.steps == walked.result.steps


@pytest.mark.matrix
def test_a_gap_as_long_as_a_window_ends_no_walk(tmp_path: Path) -> None:
    """From 23 h to 45:01 h there are no candles: 0 and 93 to tune on at 44 h and 47 h, then 237."""
    db, whole, heard = tmp_path / "walk.db", sample_candles().head(3181), Heard()
    columns = {
        name: np.delete(getattr(whole, name), slice(1380, 2701)) for name in ("ts", *COLUMNS[1:])
    }
    candles = replace(whole, **columns)
    assert walk_of(db, candles.head(1381)).n_new == 1
    report = walk_of(db, candles, heard)
    assert heard.planned_as == (2, 1, 3)
    assert [outcome.step.trade.first_time for outcome in report.result.steps] == [
        *("2024-01-01T20:00:00Z", "2024-01-03T02:00:00Z")
    ]
    left_out = "candles: 2 steps left out, whose window has fewer than 170 candles to tune on"
    assert any(notice.startswith(left_out) for notice in heard.notices), heard.notices


def test_walked_again_it_tells_the_result_and_does_nothing(walked: WalkReport, db: Path) -> None:
    heard = Heard()
    again = walk_of(db, CANDLES, heard)
    assert again.result == walked.result
    assert (again.n_new, heard.n_trials, heard.n_walked) == (0, 0, 0)


def test_other_options_are_refused_by_their_names(walked: WalkReport, db: Path) -> None:
    message = (
        "walk: must go on as it began, with --cost-bps 1.0, --train 20h, --trials 3, got "
        "--cost-bps 0.0, --train 1d, --trials 4; use the same options, or another --db"
    )
    with pytest.raises(StudyError) as raised:
        walk_of(db, CANDLES, plan=replace(PLAN, train_s=86_400), n_trials=4, cost_bps=0.0)
    assert str(raised.value) == message


def test_other_candles_than_those_walked_are_refused(walked: WalkReport, db: Path) -> None:
    volume = CANDLES.volume.copy()
    volume[7] += 1
    changed = replace(CANDLES, volume=volume)
    with pytest.raises(StudyError, match=r"candles: must begin with those that have been walked"):
        walk_of(db, changed)
    with pytest.raises(StudyError, match=r"candles: must begin with .* 3 steps, got others"):
        walk_of(db, candles_of(2))


def test_a_second_process_is_told_who_walks(walked: WalkReport, db: Path) -> None:
    backend = open_storage(db)
    with lock_study(backend, LOCK), pytest.raises(StudyError) as raised:
        walk_of(db, CANDLES)
    backend.close()
    assert "study walk: must be tuned by one process at a time, got" in str(raised.value)
    assert str(raised.value).endswith("wait for it, stop it, or choose another --db")


def test_a_database_with_another_study_is_refused_and_unchanged(tmp_path: Path) -> None:
    db = tmp_path / "titan.db"
    with AutoTuner(db, CONFIG):
        pass
    with pytest.raises(StudyError, match="must be a database of the walk's own, got one with"):
        walk_of(db, CANDLES)


def test_bad_settings_leave_no_database(tmp_path: Path) -> None:
    db = tmp_path / "walk.db"
    with pytest.raises(ConfigError, match="holdout: must be above 0, got 0"):
        walk_of(db, CANDLES, holdout=0.0)
    with pytest.raises(CandleError, match="must leave at least 5120 candles to tune on"):
        walk_of(db, CANDLES, min_predictions=5000)
    assert not db.exists()


def test_the_walk_counts_once_in_the_ledger_when_its_config_is_judged(
    walked: WalkReport, db: Path, tmp_path: Path
) -> None:
    """Three windows were sealed and compared on; the gate's look is the second, not the fourth."""
    file, last = tmp_path / "candles.csv", walked.result.steps[-1]
    save_candles(CANDLES, file)
    study, backend = load_stored(db, last.study)
    looks = read_looks(backend)
    assert [(look.study, look.number, look.fresh) for look in looks] == [("walk", 1, True)]
    record = load_record(db, last.study)
    # The file begins before the window of the study, and ends after it.
    rerun = load_rerun(record, BacktestChoice(), str(file), 1, print)
    assert rerun.candles.digest == record.candles["sha256"]
    opened = open_holdout(
        *(study, backend, rerun.whole), why="a test", config_sha256=last.candidate_sha256
    )
    assert opened.look.number == 2
    backend.close()


def test_a_walk_survives_json_and_is_told_in_tables(walked: WalkReport) -> None:
    result = walked.result
    plain = json.loads(json.dumps(asdict(result)))
    assert read_plain(WalkResult, plain).steps == result.steps
    assert [read_plain(StepOutcome, step) for step in plain["steps"]] == list(result.steps)
    lines = text_lines(result)
    assert lines[0].startswith("3 steps traded from 2024-01-01T20:00:00Z to 2024-01-02T04:59:00Z")
    assert lines[-1].endswith("and not the promotion gate.")
    assert len(steps_csv(result.steps).splitlines()) == 1 + 3 * len(STRATEGIES)


@pytest.mark.matrix
def test_another_backtest_is_walked_by_its_records(tmp_path: Path) -> None:
    space = Space(ranges={"feature.fast_window": (3, 10, "int")}, fixed={"ml.enabled": False})
    report = walk_of(tmp_path / "walk.db", candles_of(2), space=space, n_trials=2, **TITAN)
    assert report.n_new == 2
    for outcome in report.result.steps:
        assert outcome.scores["gated"].n_predictions > 0
        assert outcome.candidate is not None
        assert set(outcome.candidate) == {"feature.fast_window", "ml.enabled"}


@pytest.mark.matrix
def test_without_a_completed_trial_the_default_config_stays_in_force(tmp_path: Path) -> None:
    report = walk_of(tmp_path / "walk.db", candles_of(1), min_predictions=830)
    (outcome,) = report.result.steps
    assert (outcome.candidate, outcome.in_sample, report.in_force) == (None, None, "")
    digests = {outcome.scores[name].config_sha256 for name in ("never", "gated", "default")}
    assert len(digests) == 1
    assert report.result.strategies["always"].efficiency is None
