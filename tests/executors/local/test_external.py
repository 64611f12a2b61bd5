"""Whole studies over the stand-in for production Titan: what a study of any backtest promises."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from support.external_cases import (
    N_BARS,
    TITAN,
    _no_clock,
    outcomes_of,
    ran,
    study_of,
    write_backtest,
)
from support.pool_cases import eventually, is_alive, linux, processes_of
from support.standin_cases import STANDIN, call_of, csv, imports, titan
from titan_mlopt import TunerConfig
from titan_mlopt.analysis.summary import summarise
from titan_mlopt.candles.candles import load_candles
from titan_mlopt.core.errors import BacktestError, StudyError
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, CRASH, EXCEPTION, FAIL, PRUNED, PRUNER, TIMEOUT
from titan_mlopt.executors import dry_run
from titan_mlopt.report.terminal import summary_lines

__all__ = ["_no_clock", "csv", "imports", "titan"]  # fixtures: pytest finds them by their names
pytestmark = linux


# --- a study -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def driven(_no_clock: None, csv: Path, tmp_path_factory: pytest.TempPathFactory) -> StudyRecord:
    """Return a study of the stand-in, pruned after 100 predictions at the earliest."""
    pruning = {"pruner_type": "median", "n_startup_trials": 3, "n_warmup_steps": 100}
    jobs = {"n_trials": 12, "n_jobs": 2, "deterministic": True, "ece_constraint": 1}
    return ran(tmp_path_factory.mktemp("driven"), TITAN, csv, **jobs, **pruning)


def test_a_study_stores_of_each_complete_trial_what_the_backtest_returned(
    driven: StudyRecord, titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    complete = [trial for trial in driven.trials if trial.state == COMPLETE]
    assert len(complete) >= 3
    for trial in complete:
        stats = titan.run_backtest(**call_of(csv, tmp_path / str(trial.number), trial.params))
        found = {
            "accuracy": stats.correct / stats.total,  # it has no accuracy()
            "ece": stats.ece(),
            "sharpe": stats.sharpe_ratio(),
            "n_predictions": stats.total,
            "hits": stats.correct,
            "max_drawdown": stats.max_drawdown,
            "win_rate": stats.win_rate(),
            "bars": N_BARS,
        }
        assert {name: trial.metric(name) for name in found} == found
        assert trial.values == (found["accuracy"],)
        assert trial.outcome is not None
        assert len(trial.outcome.curve) == 200  # from its predictions.jsonl, as are the next
        assert trial.metric("brier") is not None


def test_a_study_stores_of_each_pruned_trial_what_it_was_when_it_was_stopped(
    driven: StudyRecord, titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    pruned = [trial for trial in driven.trials if trial.state == PRUNED]
    assert {trial.state for trial in driven.trials} == {COMPLETE, PRUNED}
    for trial in pruned:
        assert trial.outcome is not None
        n = trial.outcome.checkpoints[-1].n_predictions
        assert trial.outcome.reason == PRUNER
        assert trial.outcome.message == f"stopped by the pruner after {n} predictions"
        call = call_of(csv, tmp_path / str(trial.number), trial.params)
        stats = titan.run_watched(**call, watch=lambda stats, n=n: stats.total < n)
        assert stats.bars < N_BARS
        assert (trial.metric("n_predictions"), trial.metric("hits")) == (n, stats.correct)
        assert trial.metric("ece") == pytest.approx(stats.ece())
        assert trial.metric("sharpe") == pytest.approx(stats.sharpe_ratio())


def test_the_study_and_each_trial_say_which_program_it_was(driven: StudyRecord) -> None:
    source = (STANDIN / "titan" / "core" / "backtest.py").read_bytes()
    identity = {
        "path": TITAN["backtest"],
        "version": "0.9.1",
        "sha256": hashlib.sha256(source).hexdigest(),
    }
    assert dict(driven.backtest) == identity
    assert [dict(outcome.backtest) for outcome in outcomes_of(driven)] == [identity] * 12


def test_the_tuner_neither_imports_the_backtest_nor_shows_what_it_prints(
    csv: Path, tmp_path: Path
) -> None:
    code = (
        "import json, sys; from pathlib import Path; from support.external_cases import *\n"
        "study = ran(Path(sys.argv[1]), TITAN, Path(sys.argv[2]), n_trials=2, n_jobs=2)\n"
        "names = [name for name in sys.modules if name.partition('.')[0] == 'titan']\n"
        "print(json.dumps([names, [trial.state for trial in study.trials]]))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(tmp_path), str(csv)]
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == [[], [COMPLETE, COMPLETE]]
    for noise in ("TITAN", "candle", "WARNING"):
        assert noise not in told.stderr


def test_two_trials_run_at_the_same_time(csv: Path, tmp_path: Path) -> None:
    meet = """
        if trial >= 0:
            (HERE / f"here-{trial}").touch()
            until(lambda: all((HERE / f"here-{number}").exists() for number in (0, 1)))
    """
    study = ran(tmp_path, write_backtest(tmp_path, meet), csv, n_trials=2, n_jobs=2)
    assert [trial.state for trial in study.trials] == [COMPLETE] * 2


# --- what cannot be used -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("titan.nowhere:run", r"titan\.nowhere: must be importable, got ModuleNotFoundError: "),
        ("titan.core.exits:run", "must be importable, got SystemExit: usage: exits.py CSV"),
        ("titan.core.variants:not_callable", "must be a function, got 'run_backtest'"),
        ("titan.core.variants:lacks_a_parameter", "must take limit by keyword"),
        ("titan.core.variants:returns_none", "return_stats=True must be honoured"),
        (
            "titan.core.variants:raises",
            "got RuntimeError: the exchange has no such symbol; ",
        ),
        ("titan.core.variants:dies", "got exit code 3 after 0 predictions.*log ends with 'candle "),
        ("", "must run on the first candles, got SystemExit: no licence"),
    ],
)
def test_what_cannot_be_used_is_one_clear_error_before_the_first_trial(
    where: str, said: str, csv: Path, tmp_path: Path
) -> None:
    (tmp_path / "scratch").mkdir()
    settings = {**TITAN, "backtest": where} if where else write_backtest(tmp_path, EXITS)
    with study_of(tmp_path, settings, scratch=str(tmp_path / "scratch")) as tuner:
        with pytest.raises(BacktestError, match=said) as error:
            tuner.optimize(csv)
        assert "\n" not in str(error.value)
        assert tuner.study.trials == []
        assert tuner.study.user_attrs == {}
    assert list((tmp_path / "scratch").iterdir()) == []
    assert processes_of(tmp_path / "scratch") == []


EXITS = "sys.exit('no licence')"


def test_what_does_not_come_back_is_an_error_as_well(
    csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "DRY_TIMEOUT_S", 1.0)
    settings = write_backtest(tmp_path, "until(lambda: False)")
    with study_of(tmp_path, settings) as tuner:
        with pytest.raises(BacktestError) as error:
            tuner.optimize(csv)
        assert str(error.value) == (
            "backtest external:run_backtest: must run on the first candles within 1 s, got no end "
            "of it; try it by hand first"
        )
        assert tuner.study.trials == []


def test_a_dry_run_may_take_longer_than_a_trial(csv: Path, tmp_path: Path) -> None:
    settings = write_backtest(tmp_path, "time.sleep(0.3)")  # the first import may take its time
    config = TunerConfig(**settings, timeout_per_trial=0.2)
    backtest = dry_run.try_backtest(config, load_candles(csv), print)
    assert backtest.identity["path"] == "external:run_backtest"


def test_the_dry_run_gets_the_fixed_parameters_alone(csv: Path, tmp_path: Path) -> None:
    # The middle of a range may be nothing that the backtest runs with.
    space = Space({"own.window": (2, 1000, "int")}, {"own.fee": 0.001})
    settings = write_backtest(tmp_path, WITNESS)
    config = TunerConfig(**settings, space=space)
    dry_run.try_backtest(config, load_candles(csv), print)
    before, _ = json.loads((tmp_path / "seen--1.json").read_text())
    assert {key: value for key, (value, _) in before.items()} == {"config.own.fee": 0.001}


# --- the same program ----------------------------------------------------------------------------


def test_a_study_refuses_to_go_on_with_a_changed_program_or_another_path(
    csv: Path, tmp_path: Path
) -> None:
    settings = write_backtest(tmp_path)
    module = tmp_path / "external.py"
    module.write_text(module.read_text() + "\nother = run_backtest\n")
    ran(tmp_path, settings, csv, n_trials=1)
    with (
        study_of(tmp_path, {**settings, "backtest": "external:other"}, n_trials=2) as tuner,
        pytest.raises(StudyError, match="must go on with the same backtest"),
    ):
        tuner.optimize(csv)
    module.write_text(module.read_text() + "# better\n")
    with study_of(tmp_path, settings, n_trials=2) as tuner:
        with pytest.raises(StudyError, match="must go on with the same backtest"):
            tuner.optimize(csv)
        assert len(tuner.study.trials) == 1


# --- its config ----------------------------------------------------------------------------------

WITNESS = """
    def rows():
        db = sqlite3.connect(db_path)
        found = db.execute("SELECT key, value_blob, updated_at FROM kv").fetchall()
        db.close()
        return {key: (json.loads(zlib.decompress(blob)), at) for key, blob, at in found}

    before = rows()
    stats = titan.run_backtest(**call)
    (HERE / f"seen-{trial}.json").write_text(json.dumps([before, rows()]))
    return stats
"""


def typed(values: dict[str, Any]) -> dict[str, tuple[type, Any]]:
    return {name: (type(value), value) for name, value in values.items()}


def test_the_backtest_finds_the_trials_params_alone_and_adds_its_own_defaults(
    titan: ModuleType, csv: Path, tmp_path: Path
) -> None:
    space = Space(
        {"feature.fast_window": (3, 8, "int"), "sizing.kelly_fraction": (0.1, 0.5, "float")},
        {"feature.slow_window": 25, "ml.enabled": False},
    )
    began = int(time.time())
    study = ran(tmp_path, write_backtest(tmp_path, WITNESS), csv, n_trials=2, space=space)
    for trial in study.trials:
        own = {**trial.params, **space.fixed}
        assert len(own) == 4
        before, after = json.loads((tmp_path / f"seen-{trial.number}.json").read_text())
        assert {type(at) for _, at in before.values()} == {int}
        assert all(began <= at <= time.time() for _, at in before.values())
        for rows, config in ((before, own), (after, {**titan.DEFAULTS, **own})):
            found = {key.removeprefix("config."): value for key, (value, _) in rows.items()}
            assert typed(found) == typed(config)


# --- what goes wrong later -----------------------------------------------------------------------

FAILING = """
    def watch(stats):
        if trial == 1 and stats.total == 50:
            raise RuntimeError("the exchange is closed")
        if trial == 2 and stats.total == 50:
            os._exit(3)
        if trial == 3 and stats.total == 50:
            child = subprocess.Popen(["sleep", "1000"])
            (HERE / "child").write_text(str(child.pid))
            child.wait()
        return True

    return titan.run_watched(**call, watch=watch)
"""


def test_exceptions_crashes_and_timeouts_are_fail_with_the_reason_and_the_study_goes_on(
    csv: Path, tmp_path: Path
) -> None:
    (tmp_path / "scratch").mkdir()
    settings = {**write_backtest(tmp_path, FAILING), "scratch": str(tmp_path / "scratch")}
    study = ran(tmp_path, settings, csv, n_trials=6, n_jobs=2, timeout_per_trial=20)
    good, raised, died, hung, *rest = outcomes_of(study)
    assert {outcome.state for outcome in (good, *rest)} == {COMPLETE}
    assert {outcome.state for outcome in (raised, died, hung)} == {FAIL}
    assert (raised.reason, died.reason, hung.reason) == (EXCEPTION, CRASH, TIMEOUT)
    assert raised.message == "RuntimeError: the exchange is closed"
    assert "in watch" in raised.traceback
    assert "got exit code 3" in died.message
    assert "must finish within 20 s" in hung.message
    assert all(outcome.log.startswith("TITAN backtest") for outcome in (raised, died, hung))
    assert summarise(study)["reasons"] == {EXCEPTION: 1, CRASH: 1, TIMEOUT: 1}
    child = int((tmp_path / "child").read_text())
    eventually(lambda: not is_alive(child))
    assert processes_of(tmp_path / "scratch") == []
    assert list((tmp_path / "scratch").iterdir()) == []


# --- repeated runs -------------------------------------------------------------------------------


def test_a_repeated_study_says_how_large_the_noise_is_beside_the_differences(
    csv: Path, tmp_path: Path
) -> None:
    # Runs .47, .50 and .53, a hundredth more in each trial: noise .03 / √3, spread .01.
    body = """
        number = int(run.removeprefix("run-"))
        return {"accuracy": 0.47 + 0.03 * number + 0.01 * trial} if trial >= 0 else {"accuracy": 0}
    """
    study = ran(tmp_path, write_backtest(tmp_path, body), csv, n_trials=3, repeat=3)
    for trial in study.trials:
        assert trial.metric("accuracy") == pytest.approx(0.50 + 0.01 * trial.number)
        assert trial.metric("accuracy_sd") == pytest.approx(0.03)
        assert trial.metric("repeats") == 3
    summary = summarise(study)
    assert summary["noise_accuracy"] == pytest.approx(0.03 / 3**0.5)
    assert summary["spread_accuracy"] == pytest.approx(0.01)
    (line,) = [line for line in summary_lines(study) if line.startswith("noise")]
    assert line.split("  ", 1)[1].strip() == (
        "± 0.0173 accuracy (3 runs a config); differences between configs ± 0.0100; "
        "much of the difference is noise: raise --repeat"
    )
