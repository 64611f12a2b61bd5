"""A backtest that is not ours is watched, stopped and repeated: the same whatever its speed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.edited_cases import After
from support.external_cases import _no_clock, outcomes_of, run_job, study_of, write_backtest
from support.pool_cases import _shared_pool, shared_pool, shared_scratch
from support.standin_cases import STANDIN, call_of, csv, imports, titan
from titan_mlopt.core.trial import (
    COMPLETE,
    EXCEPTION,
    FAIL,
    PRUNED,
    PRUNER,
    Checkpoint,
    Metrics,
    TrialOutcome,
)
from titan_mlopt.executors.local.external import averaged
from titan_mlopt.study.storage.studies import read_study

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
GRID = (50, 120, 200, 310)


def asking(body: str = "") -> dict[str, str]:
    """Return a backtest that asks by itself, every 70 predictions, with what ``body`` leaves."""
    watch = f"""
        def watch(stats):
            told = {{"accuracy": stats.correct / stats.total, "ece": stats.ece(),
                    "total": stats.total, "n_bars": stats.bars}}
            {body or "pass"}
            return stats.total % 70 > 0 or on_checkpoint is None or on_checkpoint(told)

        return titan.run_watched(**call, watch=watch)
    """
    return {"body": watch, "more": ", *, on_checkpoint=None"}


@pytest.fixture
def expected(titan: ModuleType, csv: Path, tmp_path: Path) -> Callable[..., list[Checkpoint]]:
    """Return what works out the checkpoints of the stand-in from its own sums, run here."""

    def work_out(*steps: int) -> list[Checkpoint]:
        points: list[Checkpoint] = []

        def watch(stats: Any) -> bool:
            if stats.total in steps:
                rate, sharpe = stats.correct / stats.total, stats.sharpe_ratio()
                points.append(Checkpoint(stats.total, stats.bars, rate, stats.ece(), sharpe))
            return True

        titan.run_watched(**call_of(csv, tmp_path / f"here-{steps}"), watch=watch)
        return points

    return work_out


def close(one: tuple[Checkpoint, ...], other: list[Checkpoint]) -> bool:
    """Whether they are the same but for the order in which sums were taken."""
    return [dataclasses.astuple(point) for point in one] == [
        pytest.approx(dataclasses.astuple(point)) for point in other
    ]


# --- by the file that it writes ------------------------------------------------------------------


def test_a_hopeless_trial_is_stopped_while_it_runs(csv: Path, tmp_path: Path) -> None:
    # Trials 2 and on are always wrong, and wait after 300 candles for the end that is theirs.
    # They begin once there are two to compare them with.
    body = """
        if trial < 2:
            return titan.run_backtest(**call)
        until((HERE / "two").exists)
        record = json.dumps({"direction": "UP", "confidence": 0.6, "return": -0.001})
        Path(out_dir, "predictions.jsonl").write_text(f"{record}\\n" * 300)
        try:
            until(lambda: False)
        finally:
            (HERE / "end").touch()
    """
    pruning = {"pruner_type": "median", "n_startup_trials": 2, "n_warmup_steps": 100}
    with study_of(
        tmp_path, write_backtest(tmp_path, body), n_trials=4, n_jobs=2, **pruning
    ) as tuner:
        tuner.add_listener(After(2, (tmp_path / "two").touch))
        tuner.optimize(csv)
        study = read_study(tuner.study)
    *_, one, other = outcomes_of(study)
    for outcome in (one, other):
        assert (outcome.state, outcome.reason) == (PRUNED, PRUNER), outcome.traceback
        n = outcome.metrics["n_predictions"]
        assert 100 <= (n or 0) < 300
        assert outcome.metrics["n_bars"] == n == outcome.checkpoints[-1].n_predictions
        assert outcome.metrics["accuracy"] == 0
        assert outcome.message == f"stopped by the pruner after {n:.0f} predictions"
    assert not (tmp_path / "end").exists()


SLOWER = 'os.environ["TITAN_STANDIN_SLEEP_S"] = f"{trial / 1000}"  # a candle'


def test_its_checkpoints_are_the_same_however_slow_it_is(
    run_job: RunJob, expected: Callable[..., list[Checkpoint]]
) -> None:
    (quick, asked), (slow, also_asked) = (run_job(SLOWER, number=n, grid=GRID) for n in (0, 1))
    assert asked == also_asked == list(GRID)
    assert quick.state == COMPLETE
    assert dataclasses.replace(slow, duration_seconds=quick.duration_seconds) == quick
    assert close(quick.checkpoints, expected(*GRID))


def test_where_it_is_stopped_is_the_same_however_slow_it_is(
    run_job: RunJob, expected: Callable[..., list[Checkpoint]]
) -> None:
    (quick, asked), (slow, also_asked) = (
        run_job(SLOWER, number=n, grid=GRID, stop_at=120, repeat=3) for n in (0, 1)
    )
    assert asked == also_asked == [50, 120]
    assert (quick.state, quick.reason, quick.metrics["n_predictions"]) == (PRUNED, PRUNER, 120)
    assert dataclasses.replace(slow, duration_seconds=quick.duration_seconds) == quick
    assert close(quick.checkpoints, expected(50, 120))
    assert "accuracy_sd" not in quick.metrics  # stopped in the first run


def test_a_trial_that_raises_has_the_checkpoints_that_it_reached(run_job: RunJob) -> None:
    settings = {"backtest": "titan.core.variants:raises", "backtest_path": str(STANDIN)}
    outcome, asked = run_job(settings=settings, grid=(20, 45, 60))  # it raises after 50
    assert (outcome.state, outcome.reason) == (FAIL, EXCEPTION)
    assert asked == [point.n_predictions for point in outcome.checkpoints] == [20, 45]


def test_a_last_line_without_its_end_counts(run_job: RunJob) -> None:
    body = """
        record = json.dumps({"direction": "UP", "confidence": 0.6, "return": 0.001})
        Path(out_dir, "predictions.jsonl").write_text("\\n".join([record] * 3))
        return {"accuracy": 1.0}
    """
    outcome, asked = run_job(body, grid=(2, 3))
    assert asked == [2, 3]
    assert (outcome.metrics["n_predictions"], outcome.metrics["hits"]) == (3, 3)


def test_without_a_file_it_runs_to_its_end_with_what_it_returns(run_job: RunJob) -> None:
    outcome, asked = run_job('return {"total": 4, "correct": 3}', grid=GRID)
    assert (outcome.state, asked, outcome.curve) == (COMPLETE, [], ())
    assert outcome.metrics == {
        **{"accuracy": 0.75, "n_predictions": 4, "hits": 3},
        **{"ece": None, "sharpe": None},
    }


@pytest.mark.parametrize(
    ("then", "got"),
    [
        ("shutil.rmtree(out_dir)", "got No such file or directory"),
        ("resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))", "got Too many open files"),
        (
            "os.remove(out_dir + '/predictions.jsonl'); os.mkdir(out_dir + '/predictions.jsonl')",
            "got no regular file",
        ),
    ],
    ids=["its folder is gone", "too many open files", "a folder of that name"],
)
def test_a_trial_whose_predictions_cannot_be_read_at_its_end_fails_and_says_why(
    run_job: RunJob, then: str, got: str
) -> None:
    """Without them it would be COMPLETE with no ECE, and with none of its penalty."""
    body = f"import resource, shutil\nstats = titan.run_backtest(**call)\n{then}\nreturn stats"
    outcome, _ = run_job(body)
    assert (outcome.state, outcome.reason) == (FAIL, EXCEPTION)
    assert "predictions.jsonl: must be readable when the backtest ends" in outcome.message
    assert got in outcome.message


def test_what_a_backtest_raises_is_told_also_when_its_predictions_are_gone(run_job: RunJob) -> None:
    outcome, _ = run_job("import shutil; shutil.rmtree(out_dir); raise ValueError('no luck')")
    assert outcome.message == "ValueError: no luck"


def test_a_repeated_run_without_the_predictions_that_the_first_one_had_fails(
    run_job: RunJob,
) -> None:
    body = """
    stats = titan.run_backtest(**call)
    if run == "run-1":
        os.remove(out_dir + "/predictions.jsonl")
    return stats
    """
    outcome, _ = run_job(body, repeat=2)
    assert (outcome.state, outcome.reason) == (FAIL, EXCEPTION)
    assert "must be written by each of the repeated runs" in outcome.message


# --- by asking itself ----------------------------------------------------------------------------


def test_predictions_that_are_gone_after_a_checkpoint_are_missed(run_job: RunJob) -> None:
    body = """
    stats = titan.run_backtest(**call)
    on_checkpoint({"accuracy": 0.5, "ece": 0.1, "n_predictions": 70, "sharpe": 0.0})
    os.remove(out_dir + "/predictions.jsonl")
    return stats
    """
    outcome, asked = run_job(body, more=", *, on_checkpoint=None", grid=(70,))
    assert (outcome.state, asked) == (FAIL, [70])
    assert "predictions.jsonl: must be readable when the backtest ends" in outcome.message


def test_a_backtest_that_takes_on_checkpoint_and_grid_asks_at_its_steps(
    run_job: RunJob, expected: Callable[..., list[Checkpoint]]
) -> None:
    settings = {
        "backtest": "titan.core.variants:with_on_checkpoint",
        "backtest_path": str(STANDIN),
    }
    outcome, asked = run_job(settings=settings, grid=GRID)
    assert (outcome.state, asked) == (COMPLETE, list(GRID))
    assert list(outcome.checkpoints) == expected(*GRID)
    outcome, asked = run_job(settings=settings, grid=GRID, stop_at=120)
    assert (outcome.state, outcome.reason, asked) == (PRUNED, PRUNER, [50, 120])
    assert outcome.message == "stopped by the pruner after 120 predictions"
    assert (outcome.metrics["n_predictions"], outcome.metrics["accuracy"]) == (
        120,
        expected(120)[0].accuracy,
    )


def test_without_a_grid_the_first_call_at_or_after_each_step_counts(run_job: RunJob) -> None:
    _, asked = run_job(**asking(), grid=(50, 60, 140, 300))
    assert asked == [70, 140, 350]  # both 50 and 60 are behind at 70


@pytest.mark.parametrize("body", ["told = stats", "told['sharpe'] = float('nan')"])
def test_it_may_tell_whatever_it_may_return(run_job: RunJob, body: str) -> None:
    outcome, asked = run_job(**asking(body), grid=(70,))
    (point,) = outcome.checkpoints
    assert (asked, point.n_predictions) == ([70], 70)
    assert (point.sharpe is None) == ("nan" in body)
    assert point.n_bars == 70 if body == "told = stats" else point.n_bars > 70


def test_one_that_does_not_stop_is_pruned_all_the_same_and_not_asked_again(
    run_job: RunJob,
) -> None:
    body = "on_checkpoint is None or stats.total % 70 or on_checkpoint(told); return True"
    outcome, asked = run_job(**asking(body), grid=(70, 140, 210), stop_at=70)
    assert (outcome.state, asked) == (PRUNED, [70])
    assert outcome.message == "stopped by the pruner after 70 predictions"


@pytest.mark.parametrize("name", ["accuracy", "ece", "total"])
def test_what_cannot_be_judged_is_said(run_job: RunJob, name: str) -> None:
    outcome, _ = run_job(**asking(f"del told[{name!r}]"), grid=(70,))
    assert (outcome.state, outcome.reason) == (FAIL, EXCEPTION)
    must = "on_checkpoint must be called with" if name != "accuracy" else "with accuracy() or"
    assert must in outcome.message


# --- repeated ------------------------------------------------------------------------------------


def test_repeated_runs_give_the_mean_of_each_metric_and_the_spread_of_three() -> None:
    runs: list[Metrics] = [
        {"accuracy": 0.50, "ece": 0.1, "sharpe": None, "win_rate": 0.4},
        {"accuracy": 0.53, "ece": 0.2, "sharpe": 1.0, "win_rate": None},
        {"accuracy": 0.56, "ece": 0.3, "sharpe": 3.0},
    ]
    assert averaged(runs) == {
        "accuracy": pytest.approx(0.53),
        "accuracy_sd": pytest.approx(0.03),  # √((.03² + 0 + .03²) / 2)
        "ece": pytest.approx(0.2),
        "ece_sd": pytest.approx(0.1),
        "sharpe": 2.0,
        "sharpe_sd": pytest.approx(2**0.5),
        "win_rate": 0.4,
        "repeats": 3.0,
    }
    assert averaged(runs[:2])["sharpe_sd"] is None  # only one has a Sharpe ratio
    assert averaged(runs[:1]) == runs[0]


def test_a_trial_stores_the_mean_and_the_spread_of_its_runs(run_job: RunJob) -> None:
    body = """
        number = int(run.removeprefix("run-"))
        return {"total": 100, "correct": 40 + 10 * number, "sharpe": 2.0 ** number}
    """
    outcome, _ = run_job(body, repeat=3)
    assert outcome.metrics == {
        **{"accuracy": 0.5, "accuracy_sd": pytest.approx(0.1), "hits": 50, "n_predictions": 100},
        # 1, 2 and 4: 7/3, and √((16 + 1 + 25) / 9 / 2)
        **{"sharpe": pytest.approx(7 / 3), "sharpe_sd": pytest.approx((7 / 3) ** 0.5)},
        **{"ece": None, "ece_sd": None, "repeats": 3},
    }


def test_no_run_goes_on_from_the_session_of_the_one_before(run_job: RunJob) -> None:
    outcome, _ = run_job(repeat=3)
    assert outcome.metrics["accuracy_sd"] == outcome.metrics["sharpe_sd"] == 0
    again, _ = run_job("titan.run_backtest(**call)", repeat=3)  # as a session does
    assert again.metrics["sharpe"] != outcome.metrics["sharpe"]


def test_a_run_that_fails_fails_its_trial(run_job: RunJob) -> None:
    outcome, _ = run_job('if run == "run-2": raise ValueError("late")', repeat=3)
    assert (outcome.state, outcome.message, outcome.metrics) == (FAIL, "ValueError: late", {})
